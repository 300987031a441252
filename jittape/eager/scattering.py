"""Methods of tensors that take and put elements by index. What is put is recorded as an assignment is: derivatives go to what stands there at last."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.eager.calls import call
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.named import extend_named
from jittape.eager.shapes import axis_of, require_axes
from jittape.eager.tensor import Tensor, concrete


def as_index(x: Any) -> NDArray[Any]:
    """An index as integers."""
    at = np.asarray(plain(x))
    if at.dtype.kind not in "iub":
        raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, not {at.dtype}")
    return at if at.dtype.kind == "b" else at.astype(np.int64)


def _places(x: Any, dim: Any, index: Any) -> tuple[Any, ...]:
    """The index of elements of x whose place along an axis an index gives, and whose other places are its own."""
    axis, at = axis_of(x, dim), as_index(index)
    if axis == ():
        return ()
    if not at.ndim and x.dim() == 1:  # as in PyTorch, one without dimensions has one element
        at = at.reshape(1)
    if at.ndim != x.dim():
        raise RuntimeError(f"Index tensor must have the same number of dimensions as self tensor: {at.ndim} and {x.dim()}")
    n = x.shape[axis]
    if at.size and (at.min() < 0 or at.max() >= n):
        raise RuntimeError(f"index {at[(at < 0) | (at >= n)].flat[0]} is out of bounds for dimension {axis} with size {n}")
    grid = list(np.ogrid[tuple(slice(k) for k in at.shape)])
    grid[axis] = at
    return tuple(grid)


def _along(x: Any, dim: Any, index: Any) -> Any:
    """The index of slices along a dimension; of the element of a tensor without any, if it is chosen."""
    axis, at = axis_of(x, dim), as_index(index)
    if axis == ():
        if at.size and np.any(at):
            raise IndexError(f"index {at[at != 0].flat[0]} is out of bounds for dimension 0 with size 1")
        return ... if at.size else np.zeros((), np.bool_)
    return (*(slice(None),) * axis, at)


def _part(src: Any, index: NDArray[Any]) -> Any:
    """As much of a source as the index asks for."""
    if not isinstance(src, Tensor) or not src.dim():
        return src
    return src[tuple(slice(n) for n in index.shape)] if tuple(src.shape) != index.shape else src


def _added(x: Any, places: tuple[Any, ...], src: Any) -> Tensor:
    """x with values added at places that may repeat."""
    shape = tuple(x.shape)
    if not places:
        return x + (src.reshape(()) if isinstance(src, Tensor) else src)  # type: ignore[no-any-return]
    return call(_add_at, x, np.ravel_multi_index(np.broadcast_arrays(*places), shape).reshape(-1), src)  # type: ignore[no-any-return]


def _add_at(x: Any, flat: NDArray[Any], values: Any) -> Any:
    """A copy of an array, recorded or not, with values added at flat places."""
    if isinstance(values, Array) and not isinstance(x, Array):
        x = values.reshape(-1)[:1].sum() * 0.0 + x
    out = np.array(x).reshape(-1) if not isinstance(x, Array) else np.positive(x).reshape(-1)
    np.add.at(out, flat, values.reshape(-1) if np.ndim(values) else values)
    return out.reshape(x.shape)


@extend_named
class Scattering:
    """The methods of Tensor that take and put by index."""

    # --- copies with a part that is another --------------------------------------------------------------------------------------

    def select_scatter(self: Any, src: Any, dim: int, index: int) -> Tensor:
        """A copy whose slice number `index` along `dim` is `src`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.select_scatter(jt.ones(2), 0, 1)
            tensor([[0., 0.],
                    [1., 1.]])
        """
        out = self.clone()
        out[(*(slice(None),) * axis_of(self, dim), index)] = src
        return out  # type: ignore[no-any-return]

    def slice_scatter(self: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Tensor:
        """A copy whose slices start:end:step along `dim` are `src`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(4)
            >>> x.slice_scatter(jt.ones(2), 0, 1, 3)
            tensor([0., 1., 1., 0.])
        """
        out = self.clone()
        out[(*(slice(None),) * axis_of(self, dim), slice(start, end, step))] = src
        return out  # type: ignore[no-any-return]

    def diagonal_scatter(self: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """A copy whose diagonal of the dimensions `dim1` and `dim2`, number `offset` above the main one, is `src`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.diagonal_scatter(jt.ones(2))
            tensor([[1., 0.],
                    [0., 1.]])
        """
        out = self.clone()
        out.diagonal(offset, dim1, dim2).copy_(src)
        return out  # type: ignore[no-any-return]

    def put(self: Any, index: Any, source: Any, accumulate: bool = False) -> Tensor:
        """A copy with the elements of `source` at the places `index` of the flattened tensor; with `accumulate`, added there.

        Raises:
            IndexError: a place that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.put(jt.tensor([1, 2]), jt.tensor([5.0, 6.0]))
            tensor([[0., 5.],
                    [6., 0.]])
        """
        at, n = as_index(index).reshape(-1), self.numel()
        if ((at < -n) | (at >= n)).any():
            raise IndexError(f"put_(): out of range: tried to access index {at[(at < -n) | (at >= n)][0]} on a tensor of {n} elements.")
        at = at % max(n, 1)
        if not self.dim():
            return self.reshape(1).put(concrete(at), source, accumulate).reshape(())  # type: ignore[no-any-return]
        values = source.reshape(-1) if isinstance(source, Tensor) else source
        return self.index_put(tuple(map(concrete, np.unravel_index(at, tuple(self.shape)))), values, accumulate)  # type: ignore[no-any-return]

    # --- along a dimension -----------------------------------------------------------------------------------------------------

    def scatter(self: Any, dim: Any, index: Any, src: Any = None, value: Any = None, *, reduce: str | None = None) -> Tensor:
        """A copy with elements of `src`, or a number, `value`, put at the places that `index` gives along `dim`; with `reduce` "add" or "multiply", joined with what is there.

        `index` has as many dimensions as the tensor; an element of it at (i, j) puts src[i, j] at (index[i, j], j) where `dim` is 0.

        Raises:
            RuntimeError: a place that there is not, another number of dimensions, or another `reduce`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.scatter(0, jt.tensor([0, 2]), jt.tensor([5.0, 6.0]))
            tensor([5., 0., 6.])
        """
        return self.clone().contiguous().scatter_(dim, index, src, value, reduce=reduce)  # type: ignore[no-any-return]

    def scatter_(self: Any, dim: Any, index: Any, src: Any = None, value: Any = None, *, reduce: str | None = None) -> Tensor:
        """In place: the tensor becomes the result of `scatter`, and is returned.

        Raises:
            RuntimeError: another `reduce`, and those of `scatter`.
        """
        given = value if src is None else src
        at = as_index(index)
        part = _part(given, at)
        if reduce is not None:
            if reduce not in ("add", "multiply"):
                raise RuntimeError(f"reduce argument must be either add or multiply, not {reduce!r}")
            return self.copy_(self.scatter_reduce(dim, index, part if isinstance(part, Tensor) else concrete(np.full(at.shape, part, self.dtype)),  # type: ignore[no-any-return]
                                                  "sum" if reduce == "add" else "prod"))  # type: ignore[no-any-return]  # fmt: skip
        places = _places(self, dim, at)
        if places or at.size:  # a tensor without axes has one place
            self[places if places else ...] = part
        return self  # type: ignore[no-any-return]

    def scatter_add(self: Any, dim: Any, index: Any, src: Any) -> Tensor:
        """A copy with elements of `src` added at the places that `index` gives along `dim`, as `scatter` puts them.

        Raises:
            RuntimeError: those of `scatter`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.scatter_add(0, jt.tensor([0, 0]), jt.tensor([5.0, 6.0]))
            tensor([11.,  0.,  0.])
        """
        at = as_index(index)
        if not at.size:
            return self.clone()  # type: ignore[no-any-return]
        return _added(self, _places(self, dim, at), _part(src, at))

    def scatter_add_(self: Any, dim: Any, index: Any, src: Any) -> Tensor:
        """In place: the tensor becomes the result of `scatter_add`, and is returned."""
        return self.copy_(self.scatter_add(dim, index, src))  # type: ignore[no-any-return]

    def scatter_reduce(self: Any, dim: Any, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Tensor:
        """A copy in which the elements of `src` that meet at a place, as `index` gives it along `dim`, are put together.

        `reduce` is "sum", "prod", "mean", "amax" or "amin"; what stood at the place counts, too, unless `include_self` is False.

        Raises:
            RuntimeError: another `reduce`, and those of `scatter`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.scatter_reduce(0, jt.tensor([0, 0]), jt.tensor([5.0, 6.0]), "amax")
            tensor([6., 1.])
        """
        if reduce not in ("sum", "prod", "mean", "amax", "amin"):
            raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
        at = as_index(index)
        places, part = _places(self, dim, at), _part(src, at)
        if not places:
            if not at.size:
                return self.clone()  # type: ignore[no-any-return]
            places, part = (np.zeros(1, int),), part.reshape(1)
        x = self.reshape(-1)
        shape = tuple(self.shape) or (1,)
        flat = np.ravel_multi_index(np.broadcast_arrays(*places), shape).reshape(-1)
        values = part.reshape(-1)
        order = np.argsort(flat, kind="stable")
        found, first = np.unique(flat[order], return_index=True)
        counts = np.diff(np.append(first, flat.size))
        out = x.clone()
        if not found.size:
            return out.reshape(tuple(self.shape))  # type: ignore[no-any-return]
        new: Any = out[found] if include_self else values[order[first]]
        for k in range(0 if include_self else 1, int(counts.max())):
            more = counts > k
            v = values[order[first[more] + k]]
            old = new[more]
            joined = old + v if reduce in ("sum", "mean") else old * v if reduce == "prod" else old.maximum(v) if reduce == "amax" else old.minimum(v)
            if more.all():
                new = joined
            else:
                new = new.clone()
                new[np.flatnonzero(more)] = joined
        if reduce == "mean":
            new = new / (counts + include_self).astype(self.dtype)
        out[found] = new
        return out.reshape(tuple(self.shape))  # type: ignore[no-any-return]

    def index_add(self: Any, dim: Any, index: Any, source: Any, *, alpha: Any = 1) -> Tensor:
        """A copy with slices of `source`, times `alpha`, added to those of the numbers `index` along `dim`.

        Raises:
            RuntimeError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.index_add(0, jt.tensor([0, 0]), jt.tensor([5.0, 6.0]))
            tensor([11.,  0.,  0.])
        """
        axis, at = axis_of(self, dim), as_index(index).reshape(-1)
        spread = np.broadcast_to(at.reshape([-1 if i == axis else 1 for i in range(self.dim())]), tuple(source.shape))
        return _added(self, _places(self, dim, spread), source if alpha == 1 else source * alpha)

    def index_add_(self: Any, dim: Any, index: Any, source: Any, *, alpha: Any = 1) -> Tensor:
        """In place: the tensor becomes the result of `index_add`, and is returned."""
        return self.copy_(self.index_add(dim, index, source, alpha=alpha))  # type: ignore[no-any-return]

    def index_copy(self: Any, dim: Any, index: Any, source: Any) -> Tensor:
        """A copy with slices of `source` at those of the numbers `index` along `dim`.

        Raises:
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.index_copy(0, jt.tensor([0, 2]), jt.tensor([5.0, 6.0]))
            tensor([5., 0., 6.])
        """
        return self.clone().contiguous().index_copy_(dim, index, source)  # type: ignore[no-any-return]

    def index_copy_(self: Any, dim: Any, index: Any, source: Any) -> Tensor:
        """In place: the tensor becomes the result of `index_copy`, and is returned."""
        self[_along(self, dim, index)] = source
        return self  # type: ignore[no-any-return]

    def index_fill(self: Any, dim: Any, index: Any, value: Any) -> Tensor:
        """A copy with a number, `value`, in the slices of the numbers `index` along `dim`.

        Raises:
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.index_fill(0, jt.tensor([0, 2]), 7.0)
            tensor([7., 0., 7.])
        """
        return self.clone().index_fill_(dim, index, value)  # type: ignore[no-any-return]

    def index_fill_(self: Any, dim: Any, index: Any, value: Any) -> Tensor:
        """In place: the tensor becomes the result of `index_fill`, and is returned."""
        self[_along(self, dim, index)] = value
        return self  # type: ignore[no-any-return]

    def index_put(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
        """A copy with `values` at the places `indices`, a tuple of tensors: x[indices] = values, or, with `accumulate`, added where places repeat.

        Raises:
            IndexError: a place that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.index_put((jt.tensor([0, 1]), jt.tensor([1, 0])), jt.tensor([5.0, 6.0]))
            tensor([[0., 5.],
                    [6., 0.]])
        """
        return self.clone().index_put_(indices, values, accumulate)  # type: ignore[no-any-return]

    def index_put_(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
        """In place: the tensor becomes the result of `index_put`, and is returned."""
        at = tuple(np.asarray(plain(i)) for i in indices)
        if not accumulate:
            self[at] = values
            return self  # type: ignore[no-any-return]
        if any(i.dtype.kind == "b" for i in at):
            at = tuple(k for i in at for k in (np.nonzero(i) if i.dtype.kind == "b" else (i,)))
        shape = np.broadcast_shapes(*(i.shape for i in at))
        rest = tuple(self.shape)[len(at) :]
        full = [np.broadcast_to(i % n, shape).reshape(shape + (1,) * len(rest)) for i, n in zip(at, self.shape, strict=False)]
        full += [g.reshape((1,) * len(shape) + g.shape) for g in np.ogrid[tuple(slice(n) for n in rest)]] if rest else []
        spread = values.expand(shape + rest) if isinstance(values, Tensor) and values.dim() else values
        return self.copy_(_added(self, tuple(full), spread))  # type: ignore[no-any-return]

    # --- flat and by masks -----------------------------------------------------------------------------------------------------

    def take(self: Any, index: Any) -> Tensor:
        """Elements by their number in the flattened tensor; the result has the shape of `index`.

        Raises:
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.take(jt.tensor([0, 3]))
            tensor([1., 4.])
        """
        return self.reshape(-1)[as_index(index)]  # type: ignore[no-any-return]

    def take_along_dim(self: Any, indices: Any, dim: Any = None) -> Tensor:
        """Elements by their places along `dim`, whose other dimensions broadcast with those of `indices`; without `dim`, in the flattened tensor.

        Raises:
            IndexError: a place that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [2.0, 4.0]])
            >>> x.take_along_dim(x.argsort(1), 1)
            tensor([[1., 3.],
                    [2., 4.]])
        """
        if dim is None:
            return self.reshape(-1)[as_index(indices).reshape(-1)]  # type: ignore[no-any-return]
        return call(np.take_along_axis, self, as_index(indices), axis_of(self, dim))  # type: ignore[no-any-return]

    def masked_select(self: Any, mask: Any) -> Tensor:
        """The elements where `mask` is true, in one dimension; shapes broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -2.0, 3.0])
            >>> x.masked_select(x > 0)
            tensor([1., 3.])
        """
        truth = np.asarray(plain(mask))
        shape = np.broadcast_shapes(truth.shape, tuple(self.shape))
        return self.expand(shape)[np.broadcast_to(truth, shape)]  # type: ignore[no-any-return]

    def masked_scatter(self: Any, mask: Any, source: Any) -> Tensor:
        """A copy with the elements where `mask` is true replaced by those of `source`, one after the other.

        Raises:
            RuntimeError: `source` has less elements than are replaced.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.masked_scatter(jt.tensor([True, False, True]), jt.tensor([5.0, 6.0]))
            tensor([5., 0., 6.])
        """
        truth = np.asarray(plain(mask))
        if truth.dtype != np.bool_:
            raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {truth.dtype}")
        shape = np.broadcast_shapes(truth.shape, tuple(self.shape))
        truth = np.ascontiguousarray(np.broadcast_to(truth, shape))
        count = int(truth.sum())
        if source.numel() < count:
            raise RuntimeError(f"number of elements of source < number of ones in mask: {source.numel()} < {count}")
        numbers = np.where(truth, np.cumsum(truth.reshape(-1)).reshape(truth.shape) - 1, 0)
        return where(truth, source.reshape(-1)[numbers], self.expand(shape).contiguous())  # type: ignore[no-any-return]

    def masked_scatter_(self: Any, mask: Any, source: Any) -> Tensor:
        """In place: the tensor becomes the result of `masked_scatter`, and is returned."""
        return self.copy_(self.masked_scatter(mask, source))  # type: ignore[no-any-return]

    # --- slices ----------------------------------------------------------------------------------------------------------------

    def select(self: Any, dim: Any, index: int) -> Tensor:
        """The slice of number `index` along `dim`, a view.

        Raises:
            IndexError: there is no such slice.
            RuntimeError: the tensor has no dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.select(1, 0)
            tensor([1., 3.])
        """
        require_axes(self, "select")
        return self[(*(slice(None),) * axis_of(self, dim), index)]  # type: ignore[no-any-return]

    def narrow(self: Any, dim: Any, start: Any, length: int) -> Tensor:
        """The slices along `dim` from number `start` on, `length` of them; a view.

        Raises:
            RuntimeError: they end beyond the dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.narrow(0, 1, 3)
            tensor([1, 2, 3])
        """
        require_axes(self, "narrow")
        axis, first = axis_of(self, dim), int(start)
        n = self.shape[axis]
        first = first + n if first < 0 else first
        if length < 0 or first > n or first + length > n:
            raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({n}).")
        return self[(*(slice(None),) * axis, slice(first, first + length))]  # type: ignore[no-any-return]

    def repeat_interleave(self: Any, repeats: Any, dim: Any = None, *, output_size: Any = None) -> Tensor:
        """Each slice along `dim` several times: `repeats` is a number, or one a slice. Of the flattened tensor by default; `output_size` is accepted.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.repeat_interleave(2)
            tensor([1., 1., 2., 2.])
        """
        x = self.reshape(-1) if dim is None else self
        axis = 0 if dim is None else axis_of(x, dim)
        times = np.asarray(plain(repeats))
        at = np.repeat(np.arange(x.shape[axis]), times)
        return x.contiguous()[(*(slice(None),) * axis, at)]  # type: ignore[no-any-return]

    def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Tensor:
        """Put a number, `fill_value`, on the diagonal, in place; with `wrap`, of a tall matrix, on those of its further squares, too.

        Raises:
            RuntimeError: the tensor has less than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.fill_diagonal_(5.0)
            tensor([[5., 0.],
                    [0., 5.]])
        """
        if self.dim() < 2:
            raise RuntimeError("dimensions must larger than 1")
        n = min(self.shape)
        k = np.arange(n)
        self[(k,) * self.dim()] = fill_value
        if wrap and self.dim() == 2 and self.shape[0] > self.shape[1] + 1:
            rows, columns = self.shape
            flat = np.arange(0, rows * columns, columns + 1)
            self[(flat // columns, flat % columns)] = fill_value
        return self  # type: ignore[no-any-return]

