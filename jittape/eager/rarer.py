"""Methods of tensors that few scripts call: PyTorch's other names of what there is, and what is put together from it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.named import extend_named
from jittape.eager.scattering import as_index
from jittape.eager.shapes import axis_of, sizes_of
from jittape.eager.tensor import Tensor, concrete, dtype_in_words, sequence_given, tensor_given
from jittape.errors import ShapeError

REDUCTIONS = ("prod", "mean", "amax", "amin")


def _places(shape: Any, stride: Any, first: int) -> Any:
    """Where elements stand in memory, in their order; `first` is the place of the first one."""
    steps = [np.arange(n) * s for n, s in zip(shape, stride, strict=True)]
    return sum(np.ix_(*steps), np.array(first)).reshape(-1) if steps else np.array([first])


@extend_named
class Rarer:
    """Methods of Tensor."""

    # --- parts -----------------------------------------------------------------------------------------------------------

    def split_with_sizes(self: Any, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """Parts along `dim` of the sizes `split_sizes`; views.

        Raises:
            ShapeError: the sizes do not sum to the length of the dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(3)
            >>> x.split_with_sizes([1, 2])
            (tensor([0]), tensor([1, 2]))
        """
        return self.split(sequence_given(split_sizes, "split_with_sizes", "split_sizes"), dim)  # type: ignore[no-any-return]

    def unsafe_chunk(self: Any, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """`chunk`: into `chunks` parts along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(2)
            >>> x.unsafe_chunk(2)
            (tensor([0]), tensor([1]))
        """
        return self.chunk(chunks, dim)  # type: ignore[no-any-return]

    def unsafe_split(self: Any, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """`split`: into parts of `split_size` along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(2)
            >>> x.unsafe_split(1)
            (tensor([0]), tensor([1]))
        """
        return self.split(split_size, dim)  # type: ignore[no-any-return]

    def unsafe_split_with_sizes(self: Any, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """`split_with_sizes`: into parts of the sizes `split_sizes` along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(2)
            >>> x.unsafe_split_with_sizes([1, 1])
            (tensor([0]), tensor([1]))
        """
        return self.split_with_sizes(split_sizes, dim)  # type: ignore[no-any-return]

    def narrow_copy(self: Any, dim: int, start: int, length: int) -> Tensor:
        """`narrow` as a copy: `length` slices along `dim` from number `start` on.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(3)
            >>> x.narrow_copy(0, 1, 2)
            tensor([1, 2])
        """
        return self.narrow(dim, start, length).clone()  # type: ignore[no-any-return]

    def nonzero_static(self: Any, *, size: int, fill_value: int = -1) -> Tensor:
        """The indices of the elements that are not zero, as `size` rows: the first ones, or `fill_value` behind the last one.

        Raises:
            RuntimeError: `size` is negative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 5.0])
            >>> x.nonzero_static(size=2)
            tensor([[ 1],
                    [-1]])
        """
        if size < 0:
            raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
        found = np.argwhere(self.values())[:size]
        return concrete(np.concatenate((found, np.full((size - len(found), found.shape[1]), fill_value, np.int64))).astype(np.int64))

    # --- put and reduced ---------------------------------------------------------------------------------------------------

    def as_strided_scatter(self: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
        """A copy whose elements that `as_strided` with `size`, `stride` and `storage_offset` views are `src`.

        Raises:
            ShapeError: `src` has another shape.
            RuntimeError: some would be before the first or after the last element of this tensor.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(4)
            >>> x.as_strided_scatter(jt.ones(2), (2,), (2,))
            tensor([1., 0., 1., 0.])
        """
        src = tensor_given(src, "as_strided_scatter", "src")
        own = _places(self.shape, self.stride(), 0)
        wanted = _places(size, stride, 0 if storage_offset is None else storage_offset - self.storage_offset())
        if wanted.size and (not own.size or wanted.min() < 0 or wanted.max() > own.max()):
            raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {storage_offset} are out of bounds of the elements of this tensor")
        of_place = np.full(own.max(initial=-1) + 1, -1)
        of_place[wanted] = np.arange(wanted.size)
        found = of_place[own]
        there = np.flatnonzero(found >= 0)
        flat = self.reshape(-1).clone()
        flat[concrete(there)] = src.reshape(-1)[concrete(found[there])]  # type: ignore[attr-defined]
        return flat.reshape(tuple(self.shape))  # type: ignore[no-any-return]

    def index_reduce(self: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Tensor:
        """A copy in which slices of `source` are put together with those of the numbers `index` along `dim`.

        `reduce` is "prod", "mean", "amax" or "amin"; what stood at a place counts, too, unless `include_self` is False.

        Raises:
            RuntimeError: another `reduce`, or dtypes that differ.
            ShapeError: there is not one slice for each number.
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(3)
            >>> x.index_reduce(0, jt.tensor([0, 0]), jt.tensor([5.0, 6.0]), "prod")
            tensor([30.,  1.,  1.])
        """
        if reduce not in REDUCTIONS:
            raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
        at = as_index(tensor_given(index, "index_reduce", "index"))
        if at.ndim > 1:
            raise IndexError("index_reduce(): Index is supposed to be a vector")
        at, source = at.reshape(-1), tensor_given(source, "index_reduce", "source")
        if source.dtype != self.dtype:
            raise RuntimeError(f"index_reduce(): self and source expected to have the same dtype, but got {self.dtype} and {source.dtype}")
        axis, shape = axis_of(self, dim), list(self.shape)
        if axis == ():
            return self.reshape(1).index_reduce(0, index, source.reshape(-1), reduce, include_self=include_self).reshape(())  # type: ignore[no-any-return, attr-defined]
        expected = [*shape[:axis], at.size, *shape[axis + 1 :]]
        if list(source.shape) != expected:
            raise ShapeError(f"index_reduce(): expected source to have shape {expected}, one slice for each number of index, but got {list(source.shape)}")
        if at.size and (at.min() < 0 or at.max() >= shape[axis]):
            raise IndexError("index out of range in self")
        spread = np.broadcast_to(at.reshape([-1 if k == axis else 1 for k in range(self.dim())]), tuple(source.shape))
        return self.scatter_reduce(axis, concrete(np.ascontiguousarray(spread)), source, reduce, include_self=include_self)  # type: ignore[no-any-return]

    def index_reduce_(self: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Tensor:
        """In place: the tensor becomes the result of `index_reduce`, and is returned."""
        return self.copy_(self.index_reduce(dim, index, source, reduce, include_self=include_self))  # type: ignore[no-any-return]

    def map_(self: Any, tensor: Any, callable: Any) -> Tensor:
        """In place: each element and that of `tensor` beside it become what a function of Python, `callable`, gives of them.

        Raises:
            RuntimeError: a tensor requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.map_(jt.tensor([5.0, 6.0]), lambda a, b: a * b)
            tensor([ 5., 12.])
        """
        if self.requires_grad or tensor_given(tensor, "map_", "tensor").requires_grad:
            raise RuntimeError("Can't call map_() on Variable that requires grad. Use var.detach().map_() instead.")
        values = np.broadcast_to(plain(tensor), tuple(self.shape))
        return self._set(np.vectorize(callable, otypes=[self.dtype])(self.values(), values))  # type: ignore[no-any-return]

    # --- shapes in place -----------------------------------------------------------------------------------------------------

    def swapaxes_(self: Any, axis0: int, axis1: int) -> Tensor:
        """In place: the tensor takes the shape of `swapaxes`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.transpose(axis0, axis1))  # type: ignore[no-any-return]

    def swapdims_(self: Any, dim0: int, dim1: int) -> Tensor:
        """In place: the tensor takes the shape of `swapdims`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.transpose(dim0, dim1))  # type: ignore[no-any-return]

    def as_strided_(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
        """In place: the tensor takes the shape of `as_strided`. RuntimeError where it requires grad."""
        return self._reshape_in_place(self.as_strided(size, stride, storage_offset))  # type: ignore[no-any-return]

    def resize_(self: Any, *sizes: Any, memory_format: Any = None) -> Tensor:
        """In place: the tensor takes the shape `sizes`, and keeps its first elements; further ones are zeros. `memory_format` does nothing.

        Raises:
            RuntimeError: it requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(4)
            >>> x.resize_(2)
            tensor([0, 1])
        """
        if not self.is_leaf or self.requires_grad:
            raise RuntimeError("cannot resize variables that require grad")
        shape = tuple(sizes_of(sizes, "resize_"))
        n = math.prod(shape)
        if n <= self.numel():
            return self._reshape_in_place(self.reshape(-1)[:n].reshape(shape))  # type: ignore[no-any-return]
        self.data = concrete(np.append(self.values().reshape(-1), np.zeros(n - self.numel(), self.dtype)).reshape(shape))
        return self  # type: ignore[no-any-return]

    def resize_as_(self: Any, the_template: Any, memory_format: Any = None) -> Tensor:
        """In place: the tensor takes the shape of another one, `the_template`, as `resize_` does. `memory_format` does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(4)
            >>> x.resize_as_(jt.zeros(2))
            tensor([0, 1])
        """
        return self.resize_(*tensor_given(the_template, "resize_as_", "the_template").shape)  # type: ignore[no-any-return]

    def set_(self: Any, source: Any = None) -> Tensor:
        """In place: the tensor shares the memory, and has the shape, of another one; without `source` it has no elements.

        Raises:
            RuntimeError: it requires grad, or the dtypes differ.

        Example:
            >>> import jittape as jt
            >>> x, y = jt.zeros(3), jt.ones(2)
            >>> x.set_(y)
            tensor([1., 1.])
        """
        if not self.is_leaf:
            raise RuntimeError("a tensor that was computed from others cannot be set to the memory of another one")
        source = concrete(np.empty(0, self.dtype)) if source is None else tensor_given(source, "set_", "source")
        if source.dtype != self.dtype:
            raise RuntimeError(f"Could not set tensor of type {source.dtype} to a tensor of type {self.dtype}")
        self.data = source
        return self  # type: ignore[no-any-return]

    # --- activations, counts ---------------------------------------------------------------------------------------------------

    def prelu(self: Any, weight: Any) -> Tensor:
        """The tensor where it is positive, `weight` times it elsewhere: one number, or one for each channel.

        Raises:
            ShapeError: the weights are not so many.
            RuntimeError: they are of another dtype.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 2.0])
            >>> x.prelu(jt.tensor([0.5]))
            tensor([-1.,  2.])
        """
        weight = tensor_given(weight, "prelu", "weight")
        if weight.dim() > 1:
            raise ShapeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.dim()}")
        if weight.dtype != self.dtype:
            raise RuntimeError(f"prelu: Type promoting not supported. Got {dtype_in_words(self.dtype)} and {dtype_in_words(weight.dtype)}")
        if weight.numel() != 1:
            channels = self.shape[1] if self.dim() > 1 else 1
            if weight.numel() != channels:
                raise ShapeError(f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} and channel size = {channels}.")
            weight = weight.reshape((1, -1) + (1,) * (self.dim() - 2))  # type: ignore[attr-defined]
        elif not self.dim():
            weight = weight.reshape(())  # type: ignore[attr-defined]
        return where(self.detach() > 0, self, self * weight)  # type: ignore[no-any-return]

    def hardshrink(self: Any, lambd: float = 0.5) -> Tensor:
        """The tensor, with zeros where it is between -lambd and lambd.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 0.2])
            >>> x.hardshrink()
            tensor([-2.,  0.])
        """
        x = self.detach()
        return where((x >= -lambd) & (x <= lambd), 0.0, self)  # type: ignore[no-any-return]

    # --- what it is --------------------------------------------------------------------------------------------------------

    def is_set_to(self: Any, tensor: Any) -> bool:
        """Whether this tensor and another one look at the same memory in the same way.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.is_set_to(x.detach())
            True
        """
        return self.data_ptr() == tensor.data_ptr() and self.shape == tensor.shape and self.stride() == tensor.stride()  # type: ignore[no-any-return]

    def is_inference(self: Any) -> bool:
        """Whether it was made in inference mode, which is `no_grad` here: never.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.is_inference()
            False
        """
        return False

    def is_shared(self: Any) -> bool:
        """Whether other processes share the memory: never.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.is_shared()
            False
        """
        return False

    def is_pinned(self: Any, device: Any = None) -> bool:
        """Whether the memory is pinned for a graphics processor, `device`: never.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.is_pinned()
            False
        """
        return False

    def dim_order(self: Any) -> tuple[int, ...]:
        """The dimensions from the outermost one in memory to the innermost one.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 3)
            >>> x.t().dim_order()
            (1, 0)
        """
        strides = self.stride()
        return tuple(sorted(range(self.dim()), key=lambda k: -strides[k]))

    @property
    def is_meta(self: Any) -> bool:
        """Whether the tensor has no values: never."""
        return False

    @property
    def is_quantized(self: Any) -> bool:
        """Whether its numbers are quantised: never."""
        return False

    @property
    def is_nested(self: Any) -> bool:
        """Whether it is a list of tensors: never."""
        return False
