"""Numbers of classes in a recorded step: what a loss or an embedding makes of them is recorded, and their values are not to be had."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager.tensor import Size, Tensor

Read = Callable[[list[Any]], NDArray[Any]]


class Classes(Tensor):
    """An argument of integers or truth values while a step is recorded.

    It knows its shape and dtype. Losses by classes and embeddings take it (`rows`); whatever else asks for the values ends the recording.
    """

    __slots__ = ("_dtype", "_read", "_recorder", "_shape")

    def __init__(self, recorder: Any, k: int, x: Tensor, shape: tuple[int, ...] | None = None, read: Read | None = None) -> None:
        self.tape, self.slot = None, -1
        self._recorder = recorder
        self._shape: tuple[int, ...] = tuple(x.shape) if shape is None else shape
        self._dtype = x.dtype
        self._read: Read = (lambda tensors: tensors[k].values()) if read is None else read

    @property
    def _data(self) -> Any:  # type: ignore[override]
        """Somebody asks for the memory."""
        self._recorder.refuse("the values of an argument of integers are read")
        return self.present()

    def present(self) -> NDArray[Any]:
        """The values of the call that is recorded."""
        found: NDArray[Any] = self._read(self._recorder.arguments)
        return found

    @property
    def shape(self) -> Size:
        return Size(self._shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._dtype

    @property  # type: ignore[misc]
    def requires_grad(self) -> bool:  # type: ignore[override]
        return False

    @property
    def is_leaf(self) -> bool:
        return True

    def _reshaped(self, shape: tuple[int, ...]) -> Classes:
        read = self._read
        return Classes(self._recorder, 0, self, shape, lambda tensors: read(tensors).reshape(shape))

    def reshape(self, *shape: Any) -> Classes:
        """The same in another shape."""
        given = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        return self._reshaped(np.empty(self._shape, np.bool_).reshape(given).shape)

    view = reshape

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Classes:
        return self._reshaped((math.prod(self._shape),)) if (start_dim, end_dim) == (0, -1) else super().flatten(start_dim, end_dim)  # type: ignore[return-value]

    def squeeze(self, dim: Any = None) -> Classes:
        return self._reshaped(np.empty(self._shape, np.bool_).squeeze(dim).shape)

    def long(self) -> Classes:
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Itself where it stays what it is."""
        wanted = [a for a in (*args, kwargs.get("dtype")) if a is not None and not isinstance(a, (str, bool)) and type(a).__name__ != "device"]
        return self if all(np.dtype(a) == self._dtype for a in wanted) else super().to(*args, **kwargs)  # type: ignore[misc]

    def rows(self, n: int, axis: int = -1, ignored: int | None = None) -> Tensor:
        """A tensor with an axis of n more, which has a one at the number of each class and zeros elsewhere.

        Args:
            ignored: a class that has no one.
        """
        read = self._read

        def fill(tensors: list[Any]) -> NDArray[Any]:
            classes = read(tensors)
            check_classes(classes, n, ignored)
            at = axis % (classes.ndim + 1)
            given = classes if ignored is None else np.where(classes == ignored, -1, classes)
            return np.asarray(np.expand_dims(given, at) == np.arange(n).reshape((-1,) + (1,) * (classes.ndim - at)))

        return self._recorder.given(fill(self._recorder.arguments), fill)  # type: ignore[no-any-return]

    def counted(self, ignored: int) -> Tensor:
        """How many are not of a class that is ignored."""
        read = self._read

        def count(tensors: list[Any]) -> NDArray[Any]:
            return np.asarray((read(tensors) != ignored).sum())

        return self._recorder.given(count(self._recorder.arguments), count)  # type: ignore[no-any-return]


def check_classes(classes: NDArray[Any], n: int, ignored: int | None = None) -> None:
    """Refuse numbers that are none of n classes."""
    outside = classes[((classes < 0) | (classes >= n)) & (classes != ignored if ignored is not None else True)]
    if outside.size:
        more = "" if ignored is None else f", and {ignored} is ignored"
        raise IndexError(f"Target {outside.flat[0]} is out of bounds: there are {n} classes{more}")
