"""What arguments of methods must be that NumPy's functions below them would broadcast, wrap around or take for something else, in silence.

A method that stands in `PRECONDITIONS` has its arguments looked at before it runs (eager/named.py); the words are PyTorch's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.eager.batched import Batched
from jittape.eager.kinds import METHODS, refuse
from jittape.eager.tensor import Tensor, dtype_in_words, in_range, tensor_given
from jittape.errors import ShapeError

_maximum = np.maximum.reduce
UNSIGNED = {np.dtype(np.int32): np.uint32, np.dtype(np.int64): np.uint64}
"""Dtypes of indices -> those in which negative numbers are large ones."""
PRECONDITIONS: dict[str, Callable[..., None]] = {}
"""Name of a method -> what is called with its arguments, and raises."""


def of(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator: a precondition of these methods, beside those that they have."""

    def declare(check: Callable[..., None]) -> Callable[..., None]:
        for name in names:
            PRECONDITIONS[name] = check if name not in PRECONDITIONS else _both(PRECONDITIONS[name], check)
        return check

    return declare


def _both(first: Callable[..., None], second: Callable[..., None]) -> Callable[..., None]:
    def check(*args: Any, **kwargs: Any) -> None:
        first(*args, **kwargs)
        second(*args, **kwargs)

    return check


def _is_tensor(x: Any) -> bool:
    return isinstance(x, Tensor) and not isinstance(x, Batched)


def _axis(dim: Any, x: Any) -> int:
    """A dimension of a tensor, counted from the first one; one without dimensions counts as having one."""
    return in_range(int(dim), max(x.dim(), 1))


def _without(shape: Any, axis: int) -> tuple[int, ...]:
    """A shape without one of its dimensions."""
    return (*shape[:axis], *shape[axis + 1 :])


def _is_index(x: Any) -> bool:
    """Whether the numbers of a tensor are int32 or int64, as indices are."""
    return x.dtype in UNSIGNED


@of("bmm")
def _batches(x: Any, mat2: Any) -> None:
    if _is_tensor(x) and _is_tensor(mat2) and x.dim() == mat2.dim() == 3 and x.shape[0] != mat2.shape[0]:
        raise ShapeError(f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but got: {list(mat2.shape[:2])}.")


@of("outer", "ger")
def _outer(x: Any, vec2: Any) -> None:
    for name, t in (("self", x), ("vec2", vec2)):
        if _is_tensor(t) and t.dim() != 1:
            raise ShapeError(f"outer: Expected 1-D argument {name}, but got {t.dim()}-D")


@of("addr")
def _addr(x: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> None:
    for name, t in (("vec1", vec1), ("vec2", vec2)):
        if _is_tensor(t) and t.dim() != 1:
            raise ShapeError(f"addr: Expected 1-D argument {name}, but got {t.dim()}-D")


def _covers(src: Any, shape: Any) -> None:
    if _is_tensor(src) and tuple(src.shape) != tuple(shape):
        raise ShapeError(f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = {list(shape)}")


@of("select_scatter")
def _select_scatter(x: Any, src: Any, dim: int, index: int) -> None:
    if _is_tensor(x):
        _covers(src, _without(x.shape, _axis(dim, x)))


@of("diagonal", "diagonal_scatter")
def _diagonal(x: Any, *args: Any, **kwargs: Any) -> None:
    if _is_tensor(x) and x.dim() < 2:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-max(x.dim(), 1)}, {max(x.dim(), 1) - 1}], but got 1): a diagonal is one of two dimensions")


@of("diagonal_scatter")
def _diagonal_scatter(x: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> None:
    if _is_tensor(x):
        _covers(src, x.detach().diagonal(offset, dim1, dim2).shape)  # type: ignore[attr-defined]


@of("slice_scatter")
def _slice_scatter(x: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> None:
    if _is_tensor(x) and x.dim():
        axis = _axis(dim, x)
        _covers(src, (*x.shape[:axis], len(range(*slice(start, end, step).indices(x.shape[axis]))), *x.shape[axis + 1 :]))


@of("as_strided_scatter")
def _as_strided_scatter(x: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None) -> None:
    _covers(src, size)


@of("index_add", "index_add_")
def _index_add(x: Any, dim: Any, index: Any, source: Any, *, alpha: Any = 1) -> None:
    if not (_is_tensor(x) and _is_tensor(index) and _is_tensor(source)):
        return
    if index.dim() > 1:
        raise IndexError("index_add_(): Index is supposed to be a vector")
    if x.dim() and x.dim() == source.dim():
        axis = _axis(dim, x)
        if _without(source.shape, axis) != _without(x.shape, axis):
            raise ShapeError(f"source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {list(x.shape)} source.shape = {list(source.shape)}")
        if index.numel() != source.shape[axis]:
            raise ShapeError(f"Number of indices ({index.numel()}) should be equal to source.size(dim): ({source.shape[axis]}), for dim: {axis}")
    elif x.dim() and not (source.dim() == 0 and x.dim() == 1 and index.numel() == 1):
        raise ShapeError(f"source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {list(x.shape)} source.shape = {list(source.shape)}")


@of("index_copy", "index_copy_")
def _index_copy(x: Any, dim: Any, index: Any, source: Any) -> None:
    if not (_is_tensor(x) and _is_tensor(index) and _is_tensor(source)):
        return
    if index.dim() > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.dim()})")
    if source.dim() == 0:
        if index.numel() != 1:
            raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {index.numel()})")
        return
    if x.dim() and x.dim() != source.dim():
        raise IndexError(f"index_copy_(): When source and destination are not scalars, their dimensionality must match. Source dimensionality ({source.dim()}), destination dimensionality ({x.dim()})")
    if x.dim():
        axis = _axis(dim, x)
        if _without(source.shape, axis) != _without(x.shape, axis):
            raise ShapeError("index_copy_(): Source/destination tensor must have same slice shapes.")
        if index.numel() != source.shape[axis]:
            raise IndexError(f"index_copy_(): Number of indices ({index.numel()}) should be equal to source.size(dim) ({source.shape[axis]})")


@of("put", "put_")
def _put(x: Any, index: Any, source: Any, accumulate: bool = False) -> None:
    if _is_tensor(index) and _is_tensor(source) and index.numel() != source.numel():
        raise IndexError(f"put_(): Expected source and index to have the same number of elements, but got source.numel() = {source.numel()}, index.numel() = {index.numel()}")


def _divided(name: str, of_vectors: int, of_others: int, least: int) -> Callable[..., None]:
    def check(x: Any, sections: Any) -> None:
        if not _is_tensor(x):
            return
        if x.dim() < least:
            raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension{'s' if least > 1 else ''}, but got a tensor with {x.dim()} dimensions!")
        axis = of_vectors if x.dim() == 1 else of_others
        if isinstance(sections, int) and (sections == 0 or x.shape[axis] % sections):
            raise RuntimeError(f"torch.{name} attempted to split along dimension {axis}, but the size of the dimension {x.shape[axis]} is not divisible by the split_size {sections}!")

    return check


of("hsplit")(_divided("hsplit", 0, 1, 1))
of("vsplit")(_divided("vsplit", 0, 0, 2))
of("dsplit")(_divided("dsplit", 2, 2, 3))


@of("diff")
def _diff(x: Any, n: int = 1, dim: Any = -1, prepend: Any = None, append: Any = None) -> None:
    if not _is_tensor(x) or not x.dim():
        return
    axis = _axis(-1 if dim is None else dim, x)
    for name, t in (("prepend", prepend), ("append", append)):
        if t is not None:
            tensor_given(t, "diff", name)
        if _is_tensor(t) and t.dim() != x.dim():
            raise ShapeError("diff expects prepend or append to be the same dimension as input")
        if _is_tensor(t) and any(a != b for k, (a, b) in enumerate(zip(t.shape, x.shape, strict=True)) if k != axis):
            raise ShapeError("diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension")


@of("unflatten")
def _unflatten(x: Any, dim: int, sizes: Any) -> None:
    if not _is_tensor(x) or not x.dim() or not isinstance(sizes, (tuple, list)) or not all(isinstance(n, (int, np.integer)) for n in sizes):
        return
    n = x.shape[_axis(dim, x)]
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if (math.prod(sizes) != n) if -1 not in sizes else bool(n % max(1, -math.prod(sizes))):
        raise ShapeError(f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({n}) in the input tensor")


@of("renorm", "renorm_")
def _renorm(x: Any, p: float, dim: int, maxnorm: float) -> None:
    _real("linalg.vector_norm", x)
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")


@of("polygamma", "polygamma_")
def _polygamma(x: Any, n: Any) -> None:
    if isinstance(n, int) and n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")


@of("mvlgamma", "mvlgamma_")
def _mvlgamma(x: Any, p: int) -> None:
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")


@of("masked_fill", "masked_fill_")
def _masked_fill(x: Any, mask: Any, value: Any) -> None:
    if _is_tensor(mask) and mask.dtype.kind != "b":
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if _is_tensor(value) and value.dim():
        raise RuntimeError(f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s).")


@of("where")
def _where(x: Any, condition: Any, other: Any = None) -> None:
    if _is_tensor(condition) and condition.dtype.kind != "b" and condition.dtype != np.uint8:
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {dtype_in_words(condition.dtype)}")


def _real(name: str, x: Any) -> None:
    if _is_tensor(x) and x.dtype.kind in "iub":
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {dtype_in_words(x.dtype)}")


@of("std", "var", "std_mean", "var_mean")
def _variance(x: Any, *args: Any, **kwargs: Any) -> None:
    if _is_tensor(x) and x.dtype.kind in "iub":
        raise RuntimeError("std and var only support floating point and complex dtypes")


@of("norm")
def _norm(x: Any, p: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> None:
    if dtype is None:
        _real("linalg.vector_norm", x)


@of("quantile", "nanquantile")
def _quantile(x: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> None:
    if _is_tensor(x) and not x.numel():
        raise RuntimeError("quantile() input tensor must be non-empty")
    if _is_tensor(x) and x.dtype.kind != "f":
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if _is_tensor(q) and q.dim() > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if _is_tensor(x) and _is_tensor(q) and q.dtype != x.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")


@of("isclose", "allclose")
def _close(x: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> None:
    if _is_tensor(x) and _is_tensor(other) and x.dtype != other.dtype:
        raise RuntimeError(f"{dtype_in_words(x.dtype)} did not match {dtype_in_words(other.dtype)}")
    for name, t in (("rtol", rtol), ("atol", atol)):
        if t < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {t}")


@of("repeat_interleave")
def _repeat_interleave(x: Any, repeats: Any, dim: Any = None, *, output_size: Any = None) -> None:
    if output_size is not None and _is_tensor(x):
        n = x.numel() if dim is None else x.shape[_axis(dim, x)]
        total = int(repeats.sum() * (n if repeats.numel() == 1 else 1)) if _is_tensor(repeats) else int(repeats) * n
        if total != output_size:
            raise RuntimeError("allocated size does not match required size")


@of("cov", "corrcoef")
def _covariance(x: Any, **kwargs: Any) -> None:
    if _is_tensor(x) and x.dim() > 2:
        raise ShapeError(f"cov(): expected input to have two or fewer dimensions but got an input with {x.dim()} dimensions")
    if _is_tensor(x) and x.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")


@of("gather")
def _gather(x: Any, dim: int, index: Any) -> None:
    if not (_is_tensor(x) and _is_tensor(index)):
        return
    at, shape = index.values(), x.shape or (1,)
    axis = in_range(int(dim), len(shape))
    if not at.size:
        return
    if at.dtype not in UNSIGNED:
        raise RuntimeError(f"gather(): Expected dtype int32/int64 for index, but got {index.dtype}")
    chosen = at.shape or (1,)
    if len(chosen) != len(shape):
        raise ShapeError("Index tensor must have the same number of dimensions as input tensor")
    if (outside := _outside(at, shape[axis])) is not None:
        raise _OutOfBounds(f"index {outside} is out of bounds for dimension {axis} with size {shape[axis]}")
    for k, n in enumerate(chosen):
        if n > shape[k] and k != axis:
            raise ShapeError(f"Size does not match at dimension: expected index {list(chosen)} to be no larger than self {list(shape)} apart from dimension {axis}")


class _OutOfBounds(RuntimeError, IndexError):
    """What PyTorch says as a RuntimeError, and NumPy as an IndexError."""


def _outside(at: Any, n: int) -> int | None:
    """A number of an index that is none of n places, counted from the first one."""
    if not at.size or _maximum(at.view(UNSIGNED[at.dtype]), None) < n:  # negative ones are large then
        return None
    return int(at[(at < 0) | (at >= n)].flat[0])


@of("index_select", "index_copy", "index_copy_", "index_add", "index_add_")
def _numbers_of_slices(x: Any, dim: Any, index: Any, *args: Any, **kwargs: Any) -> None:
    if not (_is_tensor(x) and _is_tensor(index)):
        return
    at, shape = index.values(), x.shape or (1,)
    if at.dtype not in UNSIGNED:
        raise RuntimeError(f"Expected dtype int32 or int64 for index, but got {dtype_in_words(index.dtype)}")
    if at.ndim > 1:
        raise IndexError("Index is supposed to be a vector")
    axis = in_range(int(dim), len(shape))
    n = shape[axis]
    if (outside := _outside(at, n)) is not None:
        raise IndexError(f"index {outside} is out of bounds for dimension {axis} with size {n}")
    if args and _is_tensor(args[0]):
        _same_dtype(x, args[0])


def _long(name: str) -> Callable[..., None]:
    def check(x: Any, index: Any, *args: Any, **kwargs: Any) -> None:
        if _is_tensor(index) and index.dtype != np.int64:
            raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {dtype_in_words(index.dtype)}")

    return check


of("take")(_long("take"))
of("put", "put_")(_long("put_"))


@of("take_along_dim")
def _take_along_dim(x: Any, indices: Any, dim: Any = None) -> None:
    _long("take_along_dim")(x, indices)
    if _is_tensor(x) and _is_tensor(indices):
        if dim is not None and x.dim() != indices.dim():
            raise ShapeError(f"torch.take_along_dim(): input and indices should have the same number of dimensions, but got {x.dim()} dimensions for input, and {indices.dim()} dimensions for indices")
        if dim is None and (outside := _outside(indices.values(), x.numel())) is not None:  # along a dimension, places count from its end, too
            raise _OutOfBounds(f"index {outside} is out of bounds for dimension 0 with size {x.numel()}")


@of("masked_select")
def _masked_select(x: Any, mask: Any) -> None:
    if _is_tensor(mask) and mask.dtype.kind != "b":
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, but got {dtype_in_words(mask.dtype)}")


@of("index_fill", "index_fill_")
def _index_fill(x: Any, dim: Any, index: Any, value: Any) -> None:
    if _is_tensor(index) and index.dtype != np.int64:
        raise IndexError(f"index_fill_(): Expected dtype int64 for index, not {dtype_in_words(index.dtype)}")
    if _is_tensor(index) and index.dim() > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    if _is_tensor(value) and value.dim():
        raise RuntimeError(f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s).")


@of("index_reduce", "index_reduce_")
def _index_reduce(x: Any, dim: Any, index: Any, *args: Any, **kwargs: Any) -> None:
    if _is_tensor(index) and not _is_index(index):
        raise RuntimeError(f"index_reduce_(): Expected dtype int32/int64 for index but got: {dtype_in_words(index.dtype)}")


@of("lerp", "lerp_")
def _lerp(x: Any, end: Any, weight: Any) -> None:
    for name, t in (("end", end), ("weight", weight)):
        if _is_tensor(t) and t.dtype != x.dtype:
            raise RuntimeError(f"expected dtype {dtype_in_words(x.dtype)} for `{name}` but got dtype {dtype_in_words(t.dtype)}")


@of("roll")
def _roll(x: Any, shifts: Any, dims: Any = None) -> None:
    count, over = (1 if isinstance(n, int) else 0 if n is None else len(n) for n in (shifts, dims))
    if count != over and (over or count != 1):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {count}, dims:{over}")


@of("lu_solve")
def _lu_solve(x: Any, LU_data: Any, LU_pivots: Any) -> None:
    if x.dim() < 2 or LU_data.dim() < 2:
        raise ShapeError("linalg.lu_solve: tensors must have at least 2 dimensions.")
    if LU_pivots.shape != LU_data.shape[:-1]:
        raise ShapeError(f"linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix: {list(LU_data.shape)} and {list(LU_pivots.shape)}")
    check_pivots(LU_pivots, LU_data.shape[-1])


def check_pivots(pivots: Any, n: int) -> None:
    """Refuse what are no pivots of LAPACK's for n rows.

    Raises:
        RuntimeError: they are not int32, or not between 1 and n.
    """
    at = pivots.values()
    if at.dtype != np.int32:
        raise RuntimeError(f"pivots are of the dtype int32, as lu_factor gives them, not of {at.dtype}")
    if at.size and (at.min() < 1 or at.max() > n):
        raise RuntimeError(f"pivots must be between 1 and {n}. Did you properly pass the result of lu_factor?")


def _same_dtype(x: Any, src: Any) -> None:
    if x.dtype != src.dtype:
        raise RuntimeError(f"self and source expected to have the same dtype, but got (self) {dtype_in_words(x.dtype)} and (source) {dtype_in_words(src.dtype)}")


@of("scatter", "scatter_", "scatter_add", "scatter_add_", "scatter_reduce", "scatter_reduce_")
def _scatter(x: Any, dim: Any, index: Any, src: Any = None, *args: Any, **kwargs: Any) -> None:
    if not (_is_tensor(x) and _is_tensor(index)):
        return
    if index.numel() and not _is_index(index):
        raise RuntimeError(f"scatter(): Expected dtype int32/int64 for index, but got {index.dtype}")
    if _is_tensor(src):
        if src.dtype != x.dtype:
            raise RuntimeError(f"scatter(): Expected self.dtype to be equal to src.dtype: {dtype_in_words(x.dtype)} and {dtype_in_words(src.dtype)}")
        if index.numel() and (max(src.dim(), 1) != max(index.dim(), 1) or any(a > b for a, b in zip(index.shape, src.shape, strict=False))):
            raise ShapeError(f"Expected index {list(index.shape)} to be no larger than src {list(src.shape)}, and of as many dimensions")


@of("masked_scatter", "masked_scatter_")
def _masked_scatter(x: Any, mask: Any, source: Any) -> None:
    if _is_tensor(x) and _is_tensor(source):
        if x.dtype != source.dtype:
            raise RuntimeError(f"masked_scatter: expected self and source to have same dtypes but got {dtype_in_words(x.dtype)} and {dtype_in_words(source.dtype)}")


def _of_kind(name: str) -> Callable[..., None]:
    refusal = METHODS[name]

    def check(x: Any, *args: Any, **kwargs: Any) -> None:
        refuse(refusal, x)

    return check


for _method in METHODS:
    of(_method, f"{_method}_")(_of_kind(_method))
