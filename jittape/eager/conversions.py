"""Methods of tensors that give them in another dtype, or on another device, of which there is none."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager.casting import cast
from jittape.eager.complexes import converted
from jittape.eager.creation import check_device
from jittape.eager.devices import device as Device
from jittape.eager.tensor import FLOATS, NAMES, Tensor, concrete, extend, tensor_given, type_name


@extend
class Conversions:
    """The methods of Tensor that convert it."""

    def to(self: Any, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
        """The tensor in another dtype, `to(jt.float32)` or `to(dtype=...)`, or that of another tensor; itself where it has that.

        `copy` makes a copy in any case. "cpu" is the one `device` there is; `non_blocking` and `memory_format` are accepted and do nothing. Derivatives flow
        through a conversion to another real dtype.

        Raises:
            RuntimeError: another device.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.to(jt.float32).dtype
            dtype('float32')
        """
        for arg in args:
            if isinstance(arg, Tensor):
                dtype = arg.dtype
            elif isinstance(arg, Device) or (isinstance(arg, str) and not _is_dtype(arg)):
                check_device(arg)
            elif isinstance(arg, builtins.bool):
                continue  # non_blocking, by place
            else:
                dtype = arg
        check_device(device)
        if dtype is None or np.dtype(dtype) == self.dtype:
            return self.clone() if copy else self  # type: ignore[no-any-return]
        if self.has_parts or np.dtype(dtype).kind == "c":
            return converted(self, np.dtype(dtype))  # type: ignore[no-any-return]
        if self.requires_grad and state.grad and np.dtype(dtype) in FLOATS:
            return cast(self, np.dtype(dtype))
        return concrete(self.values().astype(dtype))

    def type_as(self: Any, other: Any) -> Tensor:
        """The tensor in the dtype of another one, `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.type_as(jt.tensor([1])).dtype
            dtype('int64')
        """
        return self.to(tensor_given(other, "type_as", "other").dtype)  # type: ignore[no-any-return]

    def double(self: Any) -> Tensor:
        """The tensor in float64.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 2])
            >>> x.double().dtype
            dtype('float64')
        """
        return self.to(np.float64)  # type: ignore[no-any-return]

    def float(self: Any) -> Tensor:
        """The tensor in float32.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 2])
            >>> x.float().dtype
            dtype('float32')
        """
        return self.to(np.float32)  # type: ignore[no-any-return]

    def long(self: Any) -> Tensor:
        """The tensor in int64: real numbers are cut off towards zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7, -1.7])
            >>> x.long()
            tensor([ 1, -1])
        """
        return self.to(np.int64)  # type: ignore[no-any-return]

    def int(self: Any) -> Tensor:
        """The tensor in int32: real numbers are cut off towards zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7, -1.7])
            >>> x.int().tolist()
            [1, -1]
        """
        return self.to(np.int32)  # type: ignore[no-any-return]

    def bool(self: Any) -> Tensor:
        """Truth values: whether each element differs from zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 2.0])
            >>> x.bool()
            tensor([False,  True])
        """
        return self.to(np.bool_)  # type: ignore[no-any-return]

    def short(self: Any) -> Tensor:
        """The tensor in int16.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.short().dtype
            dtype('int16')
        """
        return self.to(np.int16)  # type: ignore[no-any-return]

    def char(self: Any) -> Tensor:
        """The tensor in int8.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.char().dtype
            dtype('int8')
        """
        return self.to(np.int8)  # type: ignore[no-any-return]

    def byte(self: Any) -> Tensor:
        """The tensor in uint8.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.byte().dtype
            dtype('uint8')
        """
        return self.to(np.uint8)  # type: ignore[no-any-return]

    def type(self: Any, dtype: Any = None, non_blocking: Any = False) -> Any:
        """The tensor in another `dtype`, which a typed constructor may name; without one, the name of its type. `non_blocking` does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.type(), x.type(jt.int64)
            ('torch.DoubleTensor', tensor([1, 2]))
        """
        if dtype is None:
            return type_name(self.dtype)
        return self.to(dtype_of(dtype))

    def cpu(self: Any, memory_format: Any = None) -> Tensor:
        """The tensor itself, as all of them are on the CPU; `memory_format` is accepted and does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.cpu() is x
            True
        """
        return self  # type: ignore[no-any-return]

    def cuda(self: Any, device: Any = None) -> Tensor:
        """Refused, whatever the `device`: jittape computes on the CPU.

        Raises:
            AssertionError: always.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.cuda()
            Traceback (most recent call last):
            AssertionError: Torch not compiled with CUDA enabled: jittape computes on the CPU
        """
        raise AssertionError("Torch not compiled with CUDA enabled: jittape computes on the CPU")

    def pin_memory(self: Any) -> Tensor:
        """Accepted; the tensor itself."""
        return self  # type: ignore[no-any-return]

    def is_floating_point(self: Any) -> Any:
        """Whether the elements are real numbers, and not integers or truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.is_floating_point(), x.long().is_floating_point()
            (True, False)
        """
        return self.dtype.kind == "f"


TYPES = {name: dtype for dtype, name in NAMES.items() if dtype.kind != "c"}
"""PyTorch's names of types of tensors: FloatTensor, ..."""


def dtype_of(given: Any) -> Any:
    """A dtype, which may be given by the name of a type of tensors, or by the type."""
    name = given if isinstance(given, str) else getattr(given, "__name__", "")
    return TYPES.get(name.removeprefix("torch.").removesuffix("Tensor"), getattr(given, "of", given))


def _is_dtype(name: str) -> bool:
    try:
        np.dtype(name)
    except TypeError:
        return False
    return True
