"""More methods and functions of tensors that move elements: joining, splitting, turning."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided_array

from jittape.eager.calls import call
from jittape.eager.family import settle
from jittape.eager.named import extend_named
from jittape.eager.shapes import axis_of, moved, sizes_of
from jittape.eager.tensor import Tensor, sequence_given
from jittape.errors import ShapeError


@extend_named
class Joining:
    """The methods of Tensor that move elements."""

    def movedim(self: Any, source: Any, destination: Any) -> Tensor:
        """The dimensions `source`, a number or several, at the places `destination`; the others keep their order. A view.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.movedim(0, -1).shape
            jittape.Size([3, 4, 2])
        """
        return moved(self, lambda layout: np.moveaxis(layout, axis_of(self, source), axis_of(self, destination)))

    moveaxis = movedim

    def swapdims(self: Any, dim0: int, dim1: int) -> Tensor:
        """The dimensions `dim0` and `dim1` change places, a view: as `transpose`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.swapdims(0, 1).shape
            jittape.Size([3, 2])
        """
        return self.transpose(dim0, dim1)  # type: ignore[no-any-return]

    def ravel(self: Any) -> Tensor:
        """All elements in one dimension: a view of what lies in order in memory, else a copy.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.ravel().shape
            jittape.Size([6])
        """
        return self.contiguous().reshape(-1)  # type: ignore[no-any-return]

    def unflatten(self: Any, dim: int, sizes: Any) -> Tensor:
        """The dimension `dim` as several, of the lengths `sizes`.

        Raises:
            ShapeError: the product of the sizes is another number.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 6)
            >>> x.unflatten(1, (2, 3)).shape
            jittape.Size([2, 2, 3])
        """
        axis, shape = axis_of(self, dim), tuple(self.shape)
        return self.reshape((*shape[:axis], *sizes, *shape[axis + 1 :]))  # type: ignore[no-any-return]

    def broadcast_to(self: Any, *size: Any) -> Tensor:
        """Dimensions of length one made longer without a copy: as `expand`, `size` is given as numbers or as one sequence.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0], [2.0]])
            >>> x.broadcast_to(2, 3).shape
            jittape.Size([2, 3])
        """
        return self.expand(*size)  # type: ignore[no-any-return]

    def unfold(self: Any, dimension: int, size: int, step: int) -> Tensor:
        """Windows of `size` elements along `dimension`, every `step` elements one, as a new last dimension; a view.

        Raises:
            RuntimeError: the dimension is shorter than a window, or `step` is not positive.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.unfold(0, 3, 2)
            tensor([[0, 1, 2],
                    [2, 3, 4]])
        """
        axis = axis_of(self, dimension)
        if axis == () and size == 1:
            return self.unsqueeze(0)  # type: ignore[no-any-return]
        n = self.shape[axis] if self.dim() else 1
        if size > n:
            raise RuntimeError(f"maximum size for tensor at dimension {axis} is {n} but size is {size}")
        if step <= 0:
            raise RuntimeError(f"step is {step} but must be > 0")

        def windows(layout: Any) -> Any:
            shape, strides = list(layout.shape), list(layout.strides)
            shape[axis], inner = (n - size) // step + 1, strides[axis]
            strides[axis] = inner * step
            return strided_array(layout, (*shape, size), (*strides, inner))

        return moved(self, windows)

    def as_strided(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
        """A view of the memory of this tensor: dimensions of lengths `size`, elements `stride` apart, from element `storage_offset` of the whole memory on.

        Raises:
            RuntimeError: it would have elements before the first or after the last one of this tensor; or the tensor requires grad, and is a
                view that begins elsewhere or a leaf that does not lie in order.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.as_strided((3, 3), (1, 1))
            tensor([[0, 1, 2],
                    [1, 2, 3],
                    [2, 3, 4]])
        """
        settle(self)
        info = getattr(self, "_info", None)
        if storage_offset is not None and self.requires_grad and info is not None and info.view:
            raise RuntimeError("as_strided() of a view that requires grad begins where the view does; give no storage_offset, or take it of the whole tensor")
        first = 0 if storage_offset is None else storage_offset - self.storage_offset()
        reach = [(n - 1) * s for n, s in zip(size, stride, strict=True)]
        leaf = self if self.is_leaf else info.parent if info is not None and info.source is not None else None
        if leaf is not None and leaf.requires_grad and not leaf._data.flags.c_contiguous:
            raise RuntimeError("as_strided() of a leaf that does not lie in order in memory; take it of a copy: x.contiguous()")

        def strided(layout: Any) -> Any:
            own = [(n - 1) * s // layout.itemsize for n, s in zip(layout.shape, layout.strides, strict=True)]
            before, behind = (first + sum(end(r, 0) for r in reach) - sum(end(r, 0) for r in own) for end in (min, max))
            if 0 not in size and (not layout.size or before < 0 or behind > 0):
                raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {storage_offset} are out of bounds of the elements of this tensor")
            steps = [s * layout.itemsize for s in stride]
            if not first:
                return strided_array(layout, size, steps)
            return strided_array(strided_array(layout, (first + 1,), (layout.itemsize,))[first:], size, steps)

        return moved(self if self.dim() else self.reshape(1), strided)

    def tile(self: Any, *dims: Any) -> Tensor:
        """The tensor repeated along each dimension, a copy: `dims` say how often, the last number the last dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0]])
            >>> x.tile(2)
            tensor([[1., 2., 1., 2.]])
        """
        return call(np.tile, self, sizes_of(dims, "tile"))  # type: ignore[no-any-return]

    def rot90(self: Any, k: int = 1, dims: Any = (0, 1)) -> Tensor:
        """Turned by 90 degrees `k` times, from the first of `dims` towards the second; a copy.

        Raises:
            RuntimeError: `dims` are not two different dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1, 2], [3, 4]])
            >>> x.rot90()
            tensor([[2, 4],
                    [1, 3]])
        """
        axes: tuple[int, ...] = axis_of(self, tuple(dims)) or ()
        if len(axes) != 2 or axes[0] == axes[1]:
            raise RuntimeError(f"rot90(): expected two different dimensions, not dims={tuple(dims)}")
        first, second = axes
        if k % 4 == 0:
            return self.clone()  # type: ignore[no-any-return]
        if k % 4 == 2:
            return self.flip(first, second)  # type: ignore[no-any-return]
        turned: Tensor = self.flip(second if k % 4 == 1 else first).transpose(first, second)  # lies in memory as PyTorch's does
        turned.info.view = False  # nobody else has what it is a view of
        return turned

    def fliplr(self: Any) -> Tensor:
        """The elements in reverse order along the second dimension, a copy.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1, 2], [3, 4]])
            >>> x.fliplr()
            tensor([[2, 1],
                    [4, 3]])
        """
        return self.flip(1)  # type: ignore[no-any-return]

    def flipud(self: Any) -> Tensor:
        """The elements in reverse order along the first dimension, a copy.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1, 2], [3, 4]])
            >>> x.flipud()
            tensor([[3, 4],
                    [1, 2]])
        """
        return self.flip(0)  # type: ignore[no-any-return]

    def tensor_split(self: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """Parts along `dim`: so many of nearly the same size, or those that end at the indices, which `indices_or_sections` is; views.

        Raises:
            RuntimeError: a number of parts below one.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.tensor_split(2)
            (tensor([0, 1, 2]), tensor([3, 4]))
            >>> x.tensor_split((1, 3))
            (tensor([0]), tensor([1, 2]), tensor([3, 4]))
        """
        axis = axis_of(self, dim)
        n = self.shape[axis]
        given = indices_or_sections.tolist() if isinstance(indices_or_sections, Tensor) else indices_or_sections
        if isinstance(given, int):
            if given <= 0:
                raise RuntimeError(f"number of sections must be larger than 0, got {given}")
            size, more = divmod(n, given)
            ends = np.cumsum([0, *[size + 1] * more, *[size] * (given - more)]).tolist()
        else:
            ends = [0, *given, n]
        before = (slice(None),) * axis
        return tuple(self[(*before, slice(a, b))] for a, b in zip(ends[:-1], ends[1:], strict=True))

    def hsplit(self: Any, sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along the second dimension, of a vector along the first: `sections` is a number of parts, or indices.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(4)
            >>> x.hsplit(2)
            (tensor([0, 1]), tensor([2, 3]))
        """
        return self.tensor_split(sections, 0 if self.dim() == 1 else 1)  # type: ignore[no-any-return]

    def vsplit(self: Any, sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along the first dimension: `sections` is a number of parts, or indices.

        Example:
            >>> import jittape as jt
            >>> x = jt.eye(2)
            >>> x.vsplit(2)
            (tensor([[1., 0.]]), tensor([[0., 1.]]))
        """
        return self.tensor_split(sections, 0)  # type: ignore[no-any-return]

    def dsplit(self: Any, sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along the third dimension: `sections` is a number of parts, or indices.

        Raises:
            IndexError: the tensor has less than three dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(1, 1, 4)
            >>> [part.shape for part in x.dsplit(2)]
            [jittape.Size([1, 1, 2]), jittape.Size([1, 1, 2])]
        """
        return self.tensor_split(sections, 2)  # type: ignore[no-any-return]

    def diag_embed(self: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
        """Matrices with the last dimension on their diagonals, number `offset` above the main one; `dim1` and `dim2` are where their dimensions stand.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.diag_embed()
            tensor([[1., 0.],
                    [0., 2.]])
        """
        n = self.shape[-1] + abs(offset)
        out = self.new_zeros(*self.shape[:-1], n, n)
        k = np.arange(self.shape[-1])
        out[..., k + max(-offset, 0), k + max(offset, 0)] = self
        return out if (dim1, dim2) == (-2, -1) else out.movedim((-2, -1), (dim1, dim2))  # type: ignore[attr-defined, no-any-return]

    def diagflat(self: Any, offset: int = 0) -> Tensor:
        """A matrix with all elements on its diagonal, number `offset` above the main one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.diagflat(1)
            tensor([[0., 1., 0.],
                    [0., 0., 2.],
                    [0., 0., 0.]])
        """
        return self.reshape(-1).diag(offset)  # type: ignore[no-any-return]


STACKED = """Tensors joined as NumPy's {name} does.

Args:
    tensors: a sequence of tensors.

Example:
    >>> import jittape.torch as torch
    >>> torch.{name}((torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))).tolist()
    {found}
"""


def _stacked(name: str, how: Any) -> Any:
    def function(tensors: Sequence[Any]) -> Tensor:
        given = sequence_given(tensors, name, "tensors")  # those without axes count as the vectors that they become
        return call(how, [t.reshape(1) if isinstance(t, Tensor) and not t.dim() else t for t in given])  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = STACKED.format(name=name, found=how(([1.0, 2.0], [3.0, 4.0])).tolist())
    return function


hstack, vstack, dstack, column_stack = (_stacked(n, getattr(np, n)) for n in ("hstack", "vstack", "dstack", "column_stack"))


row_stack = vstack


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors, expanded to one shape.

    Raises:
        ShapeError: the shapes of the `tensors` do not broadcast.

    Example:
        >>> import jittape.torch as torch
        >>> [tuple(t.shape) for t in torch.broadcast_tensors(torch.ones(2, 1), torch.ones(3))]
        [(2, 3), (2, 3)]
    """
    try:
        shape = np.broadcast_shapes(*(tuple(t.shape) for t in tensors))
    except ValueError as error:
        raise ShapeError(str(error)) from None
    return tuple(t.expand(shape) for t in tensors)


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape to which these `shapes` broadcast.

    Raises:
        ShapeError: they do not.

    Example:
        >>> import jittape.torch as torch
        >>> torch.broadcast_shapes((2, 1), (3,))
        (2, 3)
    """
    try:
        return np.broadcast_shapes(*(tuple(s) if not isinstance(s, int) else (s,) for s in shapes))
    except ValueError as error:
        raise ShapeError(f"Shape mismatch: objects cannot be broadcast to a single shape: {error}") from None


AT_LEAST = """Tensors with at least {n} dimensions: those that have fewer are reshaped, with dimensions of length one.

Args:
    tensors: one, whose view is returned, or several, for a tuple.

Example:
    >>> import jittape.torch as torch
    >>> torch.atleast_{n}d(torch.tensor(1.0)).tolist()
    {found}
"""


def _at_least(n: int) -> Any:
    def one(x: Any) -> Any:
        if x.dim() >= n:
            return x
        shape = tuple(x.shape)
        if n == 3 and len(shape) == 2:
            return x.unsqueeze(2)
        return x.reshape((1,) * (n - 1 - (n == 3 and len(shape) == 1)) + shape + (1,) * (n == 3 and len(shape) == 1)) if shape else x.reshape((1,) * n)

    def function(*tensors: Any) -> Any:
        given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
        out = tuple(one(t) for t in given)
        return out[0] if len(tensors) == 1 and isinstance(tensors[0], Tensor) else out

    function.__name__ = function.__qualname__ = f"atleast_{n}d"
    function.__doc__ = AT_LEAST.format(n=n, found=np.ones((1,) * n).tolist())
    return function


atleast_1d, atleast_2d, atleast_3d = (_at_least(n) for n in (1, 2, 3))


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of `r` elements of a vector, `input`, a row each; with `with_replacement`, an element may be chosen again.

    Raises:
        RuntimeError: `r` is negative.
        ShapeError: `input` is no vector.

    Example:
        >>> import jittape.torch as torch
        >>> torch.combinations(torch.tensor([1, 2, 3]))
        tensor([[1, 2],
                [1, 3],
                [2, 3]])
    """
    if input.dim() != 1:
        raise ShapeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    how = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    at = np.array(list(how(range(len(input)), r)), np.int64).reshape(-1, r)
    return input[at]  # type: ignore[no-any-return]
