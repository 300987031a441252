"""Methods that change tensors in place: those of their own, and forms of the methods that the modules above `methods` give tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager import (  # noqa: F401  (whose methods these are)
    arithmetic,
    drawing,
    joining,
    matrices,
    methods,
    ordering,
    products,
    rarer,
    scattering,
    statistics,
    storage,
)
from jittape.eager.calls import check_operand
from jittape.eager.creation import generator as numbers
from jittape.eager.indexing import plain
from jittape.eager.named import extend_named, name_methods
from jittape.eager.tensor import Tensor


@extend_named
class InPlace:
    """The methods of Tensor that are nothing else's form in place."""

    def zero_(self: Any) -> Tensor:
        """Set all elements to zero, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.zero_()
            tensor([0., 0.])
        """
        return self._set(0)  # type: ignore[no-any-return]

    def fill_(self: Any, value: Any) -> Tensor:
        """Set all elements to a number, `value`, or a tensor of one, in place.

        Raises:
            RuntimeError: `value` is a tensor with dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.fill_(5.0)
            tensor([5., 5.])
        """
        check_operand("fill_", value)
        if isinstance(value, Tensor) and value.ndim:
            raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
        return self._set(value)  # type: ignore[no-any-return]

    def copy_(self: Any, src: Any, non_blocking: Any = False) -> Tensor:
        """Take the elements of another tensor, `src`, of a shape that broadcasts, in place; derivatives flow to it. `non_blocking` is accepted.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.copy_(jt.tensor([1.0, 2.0]))
            tensor([1., 2.])
        """
        check_operand("copy_", src)
        return self._set(src)  # type: ignore[no-any-return]

    def addcmul_(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """Add tensor1 * tensor2 * value, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcmul_(jt.tensor([1.0, 2.0]), jt.tensor([3.0, 4.0]), value=10)
            tensor([31., 81.])
        """
        return self.add_(tensor1 * tensor2 * value)  # type: ignore[no-any-return]

    def addcdiv_(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """Add tensor1 / tensor2 * value, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcdiv_(jt.tensor([1.0, 2.0]), jt.tensor([2.0, 2.0]), value=10)
            tensor([ 6., 11.])
        """
        return self.add_(tensor1 / tensor2 * value)  # type: ignore[no-any-return]

    def uniform_(self: Any, low: Any = 0.0, high: Any = 1.0) -> Tensor:
        """Fill with uniform random numbers between `low` and `high`, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.uniform_(2.0, 3.0).min() >= 2.0
            tensor(True)
        """
        return self._set(numbers().uniform(low, high, self.shape).astype(self.dtype))  # type: ignore[no-any-return]

    def normal_(self: Any, mean: Any = 0.0, std: Any = 1.0) -> Tensor:
        """Fill with normal random numbers of this `mean` and standard deviation, `std`, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.normal_(5.0, 0.0)
            tensor([5., 5., 5.])
        """
        return self._set(numbers().normal(mean, std, self.shape).astype(self.dtype))  # type: ignore[no-any-return]

    # --- random numbers ---------------------------------------------------------------------------------------------------------

    def random_(self: Any, low: Any = 0, high: Any = None, *, generator: Any = None) -> Tensor:
        """Fill with random integers of [low, high), in place; without `high`, of [0, low), and without both up to the largest that the dtype holds exactly.

        `generator` is a `jittape.torch.Generator`, by default that of all random tensors.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.random_(2, 4).unique()
            tensor([2., 3.])
        """
        if high is None:
            low, high = (0, low) if low else (0, 2**24 if self.dtype == np.float32 else 2**53 if self.dtype.kind == "f" else np.iinfo(self.dtype).max)
        return self._set(numbers(generator).integers(low, high, tuple(self.shape)).astype(self.dtype))  # type: ignore[no-any-return]

    def bernoulli_(self: Any, p: Any = 0.5, *, generator: Any = None) -> Tensor:
        """Fill with ones with probability `p`, a number or a tensor, and zeros elsewhere, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.bernoulli_(1.0)
            tensor([1., 1., 1.])
        """
        return self._set((numbers(generator).random(tuple(self.shape)) < plain(p)).astype(self.dtype))  # type: ignore[no-any-return]

    def exponential_(self: Any, lambd: float = 1.0, *, generator: Any = None) -> Tensor:
        """Fill with exponential random numbers of rate `lambd`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.exponential_().min() >= 0
            tensor(True)
        """
        return self._set((numbers(generator).standard_exponential(tuple(self.shape)) / lambd).astype(self.dtype))  # type: ignore[no-any-return]

    def log_normal_(self: Any, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Tensor:
        """Fill with random numbers whose logarithms are normal, of this `mean` and standard deviation, `std`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.log_normal_().min() > 0
            tensor(True)
        """
        return self._set(numbers(generator).lognormal(mean, std, tuple(self.shape)).astype(self.dtype))  # type: ignore[no-any-return]

    def cauchy_(self: Any, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None) -> Tensor:
        """Fill with Cauchy random numbers of this `median` and scale, `sigma`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.cauchy_(5.0, 0.0)
            tensor([5., 5.])
        """
        return self._set((median + sigma * numbers(generator).standard_cauchy(tuple(self.shape))).astype(self.dtype))  # type: ignore[no-any-return]

    def geometric_(self: Any, p: float, *, generator: Any = None) -> Tensor:
        """Fill with geometric random numbers, how many trials of success probability `p` it takes, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.geometric_(1.0)
            tensor([1., 1., 1.])
        """
        return self._set(numbers(generator).geometric(p, tuple(self.shape)).astype(self.dtype))  # type: ignore[no-any-return]

    # --- shapes ------------------------------------------------------------------------------------------------------------------

    def apply_(self: Any, f: Any) -> Tensor:
        """Replace each element by what a function of Python, `f`, gives of it, in place.

        Raises:
            RuntimeError: the tensor requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.apply_(lambda v: v + 10)
            tensor([11., 12.])
        """
        if self.requires_grad:
            raise RuntimeError("apply_() cannot be called on a tensor that requires grad; write the function with tensors")
        return self._set(np.vectorize(f, otypes=[self.dtype])(self.values()))  # type: ignore[no-any-return]

    def squeeze_(self: Any, *dim: Any) -> Tensor:
        """In place: the tensor takes the shape of `squeeze`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.squeeze(*dim))  # type: ignore[no-any-return]

    def unsqueeze_(self: Any, dim: int) -> Tensor:
        """In place: the tensor takes the shape of `unsqueeze`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.unsqueeze(dim))  # type: ignore[no-any-return]

    def t_(self: Any) -> Tensor:
        """In place: the tensor takes the shape of `t`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.t())  # type: ignore[no-any-return]

    def transpose_(self: Any, dim0: int, dim1: int) -> Tensor:
        """In place: the tensor takes the shape of `transpose`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.transpose(dim0, dim1))  # type: ignore[no-any-return]

    def _reshape_in_place(self: Any, new: Any) -> Any:
        """Take the layout of a view of this tensor."""
        if not self.is_leaf or self.requires_grad:
            raise RuntimeError("the shape of a tensor that requires grad cannot be changed in place; write x = x.unsqueeze(dim) and the like")
        self._hold(new)
        return self

    def tril_(self: Any, diagonal: int = 0) -> Tensor:
        """In place: the tensor becomes the result of `tril`, and is returned."""
        return self._become(self.tril(diagonal))  # type: ignore[no-any-return]

    def triu_(self: Any, diagonal: int = 0) -> Tensor:
        """In place: the tensor becomes the result of `triu`, and is returned."""
        return self._become(self.triu(diagonal))  # type: ignore[no-any-return]


NEW = (
    "addbmm", "logit", "addmm", "addmv", "addr", "baddbmm", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "clamp_max", "clamp_min", "float_power",
    "floor_divide", "frac", "gcd", "heaviside", "lcm", "ldexp", "logical_and", "logical_or", "logical_xor", "nan_to_num", "renorm", "scatter_reduce",
    "arctan2", "clip", "divide", "greater", "greater_equal", "less", "less_equal", "multiply", "not_equal", "subtract", "true_divide", "xlogy",
    "bitwise_left_shift", "bitwise_right_shift", "i0", "igamma", "igammac", "mvlgamma", "nextafter", "polygamma", "put",
)  # fmt: skip
IN_PLACE = tuple(dict.fromkeys((*methods.IN_PLACE, *NEW)))
"""Methods that have an in-place form, name + "_"."""

for _name in NEW:
    setattr(Tensor, f"{_name}_", methods.in_place_form(_name))
name_methods(f"{_name}_" for _name in NEW)
