"""Methods of tensors that move elements: reshaping, transposing, selecting. On a tape they append nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from jittape.array.layout import ascending, axes_of, inverse
from jittape.array.state import state
from jittape.eager.batched import Batched, viewed
from jittape.eager.calls import call
from jittape.eager.family import settle
from jittape.eager.indexing import plain, shares
from jittape.eager.tensor import Tensor, concrete, extend, in_range, integer_given, sequence_given, tensor_given
from jittape.errors import ShapeError


def along(method: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A method along one dimension; a tensor without any is taken for one of a single element, as PyTorch does."""

    @wraps(method)
    def called(self: Any, dim: Any = None, *args: Any, **kwargs: Any) -> Any:
        if dim is None or axis_of(self, dim) != ():
            return method(self, dim, *args, **kwargs)
        return method(self.reshape(1), 0, *args, **kwargs).reshape(())

    return called


def require_matrices(x: Any, name: str) -> None:
    if x.dim() < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


@extend
class Shapes:
    """The methods of Tensor that move its elements."""

    def reshape(self: Any, *shape: Any) -> Tensor:
        """The elements in another shape, a view where the memory allows it.

        `shape` is given as numbers or as one sequence; one length may be -1, and follows from the others.

        Raises:
            ShapeError: the shape is of another number of elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6)
            >>> x.reshape(2, -1)
            tensor([[0, 1, 2],
                    [3, 4, 5]])
        """
        return reshaped(self, sizes_of(shape, "reshape"))

    def view(self: Any, *shape: Any) -> Tensor:
        """`reshape` that never copies; `shape` is given as numbers or as one sequence, one of which may be -1.

        Of a dtype in the place of the shape: the same memory as complex numbers, of half the length along the last axis, or as their parts, of twice the length.

        Raises:
            ShapeError: the shape is of another number of elements, or the memory's order does not allow a view.
            RuntimeError: the dtype is not that of the complex numbers of these parts, or of the parts of these numbers; or they do not lie side by side.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6)
            >>> x.view(3, 2).shape
            jittape.Size([3, 2])
        """
        if len(shape) == 1 and isinstance(shape[0], np.dtype):
            return self._as_dtype(shape[0])  # type: ignore[no-any-return]
        sizes = sizes_of(shape, "view")
        out = reshaped(self, sizes)
        layout = getattr(self, "_data", None)
        if layout is None and self.slot < 0:
            layout = getattr(self._looked_at(), "slots", None)
        if layout is not None and layout.size > 1 and not np.may_share_memory(layout, layout.reshape(sizes)):
            raise ShapeError(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
                "contiguous subspaces). Use .reshape(...) instead."
            )
        return out

    def view_as(self: Any, other: Any) -> Tensor:
        """`view` in the shape of another tensor, `other`, whose errors these are.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6)
            >>> x.view_as(jt.zeros(2, 3)).shape
            jittape.Size([2, 3])
        """
        return self.view(tensor_given(other, "view_as", "other").shape)  # type: ignore[no-any-return]

    def reshape_as(self: Any, other: Any) -> Tensor:
        """`reshape` in the shape of another tensor, `other`, whose errors these are.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6)
            >>> x.reshape_as(jt.zeros(2, 3)).shape
            jittape.Size([2, 3])
        """
        return self.reshape(tensor_given(other, "reshape_as", "other").shape)  # type: ignore[no-any-return]

    def flatten(self: Any, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """The dimensions from `start_dim` to `end_dim`, both included, as one: all of them by default.

        Raises:
            IndexError: a dimension that there is not.
            RuntimeError: `end_dim` comes before `start_dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.flatten(1).shape
            jittape.Size([2, 12])
        """
        shape = self.shape or (1,)
        n = len(shape)
        first, last = (in_range(integer_given(dim, "flatten", name), n) for name, dim in (("start_dim", start_dim), ("end_dim", end_dim)))
        if first > last:
            raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
        if first == last and self.shape:
            return self  # type: ignore[no-any-return]
        return self.reshape((*shape[:first], -1, *shape[last + 1 :]))  # type: ignore[no-any-return]

    def t(self: Any) -> Tensor:
        """The transpose of a matrix, a view; a tensor of fewer dimensions is itself.

        Raises:
            ShapeError: the tensor has more than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.t().shape
            jittape.Size([3, 2])
        """
        if self.dim() > 2:
            raise ShapeError(f"t() expects a tensor with <= 2 dimensions, but self is {self.dim()}D")
        return moved(self, np.transpose)

    def transpose(self: Any, dim0: int, dim1: int) -> Tensor:
        """The dimensions `dim0` and `dim1` change places, a view.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.transpose(0, 2).shape
            jittape.Size([4, 3, 2])
        """
        first, second = axis_of(self, dim0), axis_of(self, dim1)
        return moved(self, lambda layout: layout.swapaxes(first, second) if layout.ndim else layout[...])

    def permute(self: Any, *dims: Any) -> Tensor:
        """The dimensions in another order, a view: `dims` are their numbers, one by one or in a sequence.

        Raises:
            ShapeError: `dims` does not name each dimension once.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.permute(2, 0, 1).shape
            jittape.Size([4, 2, 3])
        """
        return moved(self, lambda layout: layout.transpose(sizes_of(dims, "permute")))

    def unsqueeze(self: Any, dim: int) -> Tensor:
        """A new dimension of length one at place `dim` of the result, a view.

        Raises:
            IndexError: `dim` is no place among the dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.unsqueeze(0).shape, x.unsqueeze(-1).shape
            (jittape.Size([1, 2, 3]), jittape.Size([2, 3, 1]))
        """
        in_range(integer_given(dim, "unsqueeze", "dim"), self.dim() + 1)
        return moved(self, lambda layout: np.expand_dims(layout, dim))

    def squeeze(self: Any, dim: Any = None) -> Tensor:
        """The tensor without dimensions of length one: all of them, or those of `dim`, a number or several; a view.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(1, 2, 1)
            >>> x.squeeze().shape, x.squeeze(0).shape
            (jittape.Size([2]), jittape.Size([2, 1]))
        """
        if dim is None:
            return moved(self, np.squeeze)
        if isinstance(dim, (tuple, list)) and not dim:
            return moved(self, lambda layout: layout)
        dims = axis_of(self, dim)
        keep = tuple(d for d in (dims if isinstance(dims, tuple) else (dims,)) if self.shape[d] == 1)
        return moved(self, lambda layout: np.squeeze(layout, axis=keep))

    def expand(self: Any, *size: Any) -> Tensor:
        """Dimensions of length one made longer without a copy: `size` are the lengths, -1 for one that stays.

        Raises:
            ShapeError: a dimension that is not of length one would change.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0], [2.0]])
            >>> x.expand(2, 3)
            tensor([[1., 1., 1.],
                    [2., 2., 2.]])
        """
        size = sizes_of(size, "expand")
        lead = len(size) - self.dim()
        if lead < 0:
            raise ShapeError(f"the number of sizes provided ({len(size)}) must be greater or equal to the number of dimensions in the tensor ({self.dim()})")
        if -1 in size[:lead]:
            raise ShapeError(f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {size.index(-1)}")
        old = (1,) * lead + tuple(self.shape)
        full = tuple(o if n == -1 else n for n, o in zip(size, old, strict=True))
        return moved(self, lambda layout: expanded(layout, full))

    def expand_as(self: Any, other: Any) -> Tensor:
        """`expand` to the shape of another tensor, `other`, whose errors these are.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0], [2.0]])
            >>> x.expand_as(jt.zeros(2, 3)).shape
            jittape.Size([2, 3])
        """
        return self.expand(tensor_given(other, "expand_as", "other").shape)  # type: ignore[no-any-return]

    def repeat(self: Any, *repeats: Any) -> Tensor:
        """The tensor repeated along each dimension, a copy: `repeats` say how often, new dimensions in front.

        Raises:
            RuntimeError: there are fewer numbers than dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.repeat(2, 2)
            tensor([[1., 2., 1., 2.],
                    [1., 2., 1., 2.]])
        """
        counts = sizes_of(repeats, "repeat")
        if len(counts) < self.dim():
            raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
        return call(np.tile, self, counts)  # type: ignore[no-any-return]

    def flip(self: Any, *dims: Any) -> Tensor:
        """The elements in reverse order along the dimensions `dims`, a copy.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(3)
            >>> x.flip(0)
            tensor([2, 1, 0])
        """
        dims = sizes_of(dims, "flip")
        if axis_of(self, dims) == ():
            return self.clone()  # type: ignore[no-any-return]
        return call(_flipped, self, dims, ordered=False)  # type: ignore[no-any-return]

    def roll(self: Any, shifts: Any, dims: Any = None) -> Tensor:
        """The elements moved by `shifts` places along the dimensions `dims`, those at the end to the front; without `dims`, in the flattened tensor.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(4)
            >>> x.roll(1)
            tensor([3, 0, 1, 2])
        """
        return call(np.roll, self, shifts, dims)  # type: ignore[no-any-return]

    def diag(self: Any, diagonal: int = 0) -> Tensor:
        """The diagonal of a matrix, or the matrix with a vector on its diagonal: number `diagonal` above the main one, below it if negative.

        Raises:
            ShapeError: the tensor has neither one nor two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.diag()
            tensor([[1., 0.],
                    [0., 2.]])
            >>> x.diag().diag()
            tensor([1., 2.])
        """
        return call(np.diag, self, integer_given(diagonal, "diag", "diagonal"))  # type: ignore[no-any-return]

    def diagonal(self: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """The diagonal of the dimensions `dim1` and `dim2` as a last dimension, a view: number `offset` above the main one.

        Raises:
            ShapeError: the tensor has less than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6).reshape(2, 3)
            >>> x.diagonal(1)
            tensor([1, 5])
        """
        return moved(self, lambda layout: _diagonal(layout, integer_given(offset, "diagonal", "offset"), dim1, dim2))

    def trace(self: Any) -> Tensor:
        """The sum of the diagonal of a matrix.

        Raises:
            ShapeError: it is no matrix.

        Example:
            >>> import jittape as jt
            >>> x = jt.eye(3)
            >>> x.trace()
            tensor(3.)
        """
        if self.dim() != 2:
            raise ShapeError(f"trace: expected a matrix, but got tensor with dim {self.dim()}")
        return self.diagonal().sum()  # type: ignore[no-any-return]

    def tril(self: Any, diagonal: int = 0) -> Tensor:
        """The lower triangles of matrices, zeros above: up to number `diagonal` above the main one.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(3, 3)
            >>> x.tril()
            tensor([[1., 0., 0.],
                    [1., 1., 0.],
                    [1., 1., 1.]])
        """
        require_matrices(self, "tril")
        return call(np.tril, self, integer_given(diagonal, "tril", "diagonal"))  # type: ignore[no-any-return]

    def triu(self: Any, diagonal: int = 0) -> Tensor:
        """The upper triangles of matrices, zeros below: from number `diagonal` above the main one on.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(3, 3)
            >>> x.triu(1)
            tensor([[0., 1., 1.],
                    [0., 0., 1.],
                    [0., 0., 0.]])
        """
        require_matrices(self, "triu")
        return call(np.triu, self, integer_given(diagonal, "triu", "diagonal"))  # type: ignore[no-any-return]

    def chunk(self: Any, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """At most `chunks` parts of equal size along `dim`, the last one may be smaller; views.

        Raises:
            RuntimeError: the tensor has no dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.chunk(2)
            (tensor([0, 1, 2]), tensor([3, 4]))
        """
        require_axes(self, "chunk")
        n = integer_given(chunks, "chunk", "chunks")
        if n < 1:
            raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {n}")
        size = -(-self.shape[dim] // n)
        return self.split(size if size else [0] * n, dim)  # type: ignore[no-any-return]

    def split(self: Any, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """Parts along `dim` of `split_size` slices each, the last one may be smaller; or of the sizes in a sequence. Views.

        Raises:
            ShapeError: the sizes do not sum to the length of the dimension.
            RuntimeError: the tensor has no dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.split(2)
            (tensor([0, 1]), tensor([2, 3]), tensor([4]))
            >>> x.split([1, 4])
            (tensor([0]), tensor([1, 2, 3, 4]))
        """
        require_axes(self, "split")
        n, before = self.shape[dim], (slice(None),) * axis_of(self, dim)
        if isinstance(split_size, int) and (split_size < 0 or (split_size == 0 and n)):
            raise RuntimeError(f"split expects split_size be non-negative, and not zero of a dimension of size {n}, but got split_size={split_size}")
        sizes = [min(split_size, n - i) for i in range(0, max(n, 1), split_size)] if isinstance(split_size, int) else sizes_of(tuple(sequence_given(split_size, "split", "split_size")), "split")
        if sum(sizes) != n:
            raise ShapeError(f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), but got {sizes}")
        ends = np.cumsum([0, *sizes])
        return tuple(self[(*before, slice(int(a), int(b)))] for a, b in zip(ends[:-1], ends[1:], strict=True))

    def unbind(self: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """The slices along `dim`, one by one; views.

        Raises:
            RuntimeError: the tensor has no dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.eye(2)
            >>> x.unbind()
            (tensor([1., 0.]), tensor([0., 1.]))
        """
        require_axes(self, "unbind")
        before = (slice(None),) * axis_of(self, dim)
        return tuple(self[(*before, i)] for i in range(self.shape[dim]))

    def gather(self: Any, dim: int, index: Any) -> Tensor:
        """Elements by their place along `dim`: the result has the shape of `index`, integers.

        Raises:
            IndexError: a place that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.gather(1, jt.tensor([[1], [0]]))
            tensor([[2.],
                    [3.]])
        """
        at = np.asarray(plain(index))
        if not at.size:
            return call(lambda x: np.reshape(x.reshape(-1)[:0], at.shape), self)  # type: ignore[no-any-return]
        x = self if self.dim() else self.reshape(1)
        axis = axis_of(x, dim)
        if at.ndim == x.dim() and at.shape != (*x.shape[:axis], at.shape[axis], *x.shape[axis + 1 :]):
            x = x[tuple(slice(None) if k == axis else slice(a) for k, a in enumerate(at.shape))]  # of less rows than there are, the first
        out = call(np.take_along_axis, x, np.atleast_1d(at), axis)
        return out if at.ndim else out.reshape(())  # type: ignore[no-any-return]

    @along
    def index_select(self: Any, dim: int, index: Any) -> Tensor:
        """Slices along `dim` by their numbers: `index` is a vector of integers.

        Raises:
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.index_select(1, jt.tensor([1, 1]))
            tensor([[2., 2.],
                    [4., 4.]])
        """
        return call(np.take, self, np.atleast_1d(plain(index)), axis=axis_of(self, dim))  # type: ignore[no-any-return]

    def contiguous(self: Any) -> Tensor:
        """The tensor itself where its elements lie in order in memory, else a copy.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.contiguous() is x, x.t().contiguous().is_contiguous()
            (True, True)
        """
        settle(self)
        return self if _layout(self).flags.c_contiguous else call(np.positive, self)  # type: ignore[no-any-return]


def as_it_lies(x: Any, axis: int, f: Callable[[Any, int], Any]) -> Any:
    """What a function along an axis makes of a tensor, or several, with axes in the order in memory that the tensor's have."""
    axes = axes_of(_layout(x))
    if ascending(axes):
        return f(x, axis)
    found = f(x.permute(axes), axes.index(axis))
    back = [t.permute(inverse(axes)) for t in (found if isinstance(found, tuple) else (found,))]
    for t in back:
        t.info.view = False  # nobody else has what it is a view of
    return tuple(back) if isinstance(found, tuple) else back[0]


def _layout(x: Any) -> NDArray[Any]:
    """An array with the strides of a tensor."""
    data = getattr(x, "_data", None)
    if data is not None:
        return data  # type: ignore[no-any-return]
    if x.has_parts:
        return x._lies()  # type: ignore[no-any-return]
    return np.zeros(()) if isinstance(x, Batched) or x.slot >= 0 else np.asarray(x._looked_at().slots)


def moved(x: Any, how: Callable[[NDArray[Any]], NDArray[Any]]) -> Tensor:
    """A view of a tensor, as a function of NumPy that views an ndarray makes it; a copy where NumPy copies."""
    data = getattr(x, "_data", None)
    if data is None and isinstance(x, Batched):
        return viewed(x, how, moved)  # type: ignore[no-any-return]
    if x.has_parts:
        return x._moved(how, moved)  # type: ignore[no-any-return]
    if not state.grad and data is None:
        x = x._outside()
        data = x._data
    plain = data is not None and not (state.grad and x.requires_grad)
    array: Any = None if plain else x._looked_at()
    whole: Any = data if plain else array.slots
    try:
        layout = how(whole)
    except ValueError as error:
        if isinstance(error, IndexError):
            raise
        raise ShapeError(str(error)) from None
    if not plain:
        view = x._viewing(array.view(layout))
        return view.clone() if _copies(x, how) else view  # type: ignore[no-any-return]
    if layout is data:  # NumPy's squeeze of what has no axis of length one: a view as any other
        layout = data[...]
    if not shares(layout, whole):
        return concrete(layout)
    return x._sharing(layout)  # type: ignore[no-any-return]


def _copies(x: Any, how: Callable[[NDArray[Any]], NDArray[Any]]) -> bool:
    """Whether a leaf's memory, or a view's of one, does not allow the view that its slots do: these lie in order, however the memory lies."""
    info = getattr(x, "_info", None)
    leaf = x if x.is_leaf else info.parent if info is not None and info.source is not None else None
    if leaf is None or leaf._data.flags.c_contiguous:
        return False
    memory = x._data if leaf is x else x._memory(info)
    return not shares(how(memory), memory)


def _diagonal(layout: NDArray[Any], offset: int, dim1: int, dim2: int) -> NDArray[Any]:
    """np.diagonal() that may be written to where the whole may."""
    found = np.diagonal(layout, offset, dim1, dim2)
    if layout.flags.writeable:
        found.flags.writeable = True
    return found


def reshaped(x: Any, sizes: tuple[Any, ...]) -> Tensor:
    try:
        return moved(x, lambda layout: layout.reshape(sizes))
    except ShapeError:
        raise ShapeError(f"shape '{list(sizes)}' is invalid for input of size {x.numel()}") from None


def _flipped(x: Any, dims: Any) -> Any:
    """np.flip() as a copy that lies in memory as the operand does."""
    out = np.flip(x, dims)
    return out.copy("K") if isinstance(out, np.ndarray) else np.positive(out)


def expanded(layout: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """np.broadcast_to, but of an array that may be written to."""
    return as_strided(layout, shape, np.broadcast_to(layout, shape).strides)


def axis_of(x: Tensor, dim: Any, axis: Any = None) -> Any:
    """A dimension or several as non-negative numbers."""
    dim = axis if dim is None else dim
    if dim is None:
        return None
    if isinstance(dim, (tuple, list)):
        axes = tuple(axis_of(x, d) for d in dim)
        return (axes or None) if x.dim() else ()
    if not isinstance(dim, (int, np.integer)):
        if not isinstance(dim, Tensor):
            raise TypeError(f"argument 'dim' must be int or tuple of ints, not {type(dim).__name__}")
        dim = dim.__index__()
    axis = in_range(dim, max(x.dim(), 1))
    return axis if x.dim() else ()


def require_axes(x: Tensor, function: str) -> None:
    if not x.dim():
        raise RuntimeError(f"{function} expects at least a 1-dimensional tensor")


def sizes_of(sizes: Any, function: str) -> tuple[Any, ...]:
    """The integers that a method was given, one by one or in a sequence."""
    found = tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else tuple(sizes)
    for n in found:
        if type(n) is not int:
            integer_given(n, function, "size" if function not in ("permute", "flip") else "dims")
        elif n < -1 and function in ("view", "reshape"):
            raise RuntimeError(f"invalid shape dimension {n} of shape {list(found)}")
    return found
