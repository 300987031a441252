"""Functions that make tensors, with PyTorch's parameters and default dtype."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.complexes import COMPLEX
from jittape.eager import creation
from jittape.eager.complex_calls import common
from jittape.eager.creation import check_device, finish, number, recorded_number, shape_of
from jittape.eager.defaults import defaults
from jittape.eager.functions import stack
from jittape.eager.tensor import Tensor, concrete, sequence_given, tensor_given
from jittape.errors import ShapeError


def real(dtype: Any) -> Any:
    """A dtype that was given, or the default one."""
    return defaults.real if dtype is None else np.dtype(dtype)


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False) -> Tensor:
    """A tensor with a copy of `data`: real numbers of Python become float32, its integers int64, an ndarray keeps its dtype.

    Args:
        data: a number, a nested list of numbers and tensors, an ndarray or a tensor.
        dtype: of the result.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.
        pin_memory: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> torch.tensor([1.0, 2.5])
        tensor([1.0000, 2.5000])
    """
    dtype = _inferred(data) if dtype is None else dtype
    return creation.tensor(data, requires_grad, dtype, device)


def _inferred(data: Any) -> Any:
    """The dtype of what Python's numbers make; None for what has one."""
    if isinstance(data, (Tensor, np.ndarray, np.generic)):
        return None
    if isinstance(data, (list, tuple)):
        kinds = {_inferred(v) if not isinstance(v, (Tensor, np.ndarray, np.generic)) else v.dtype for v in data}
        if not kinds:
            return defaults.real
        if len(kinds) == 1:
            return kinds.pop()
        floats = {k for k in kinds if k is not None and k.kind in "fc"}
        if floats:
            return np.result_type(*floats)
        return np.result_type(*kinds) if None not in kinds else None
    if isinstance(data, bool):
        return np.dtype(np.bool_)
    if isinstance(data, int):
        return np.dtype(np.int64)
    if isinstance(data, complex):
        return COMPLEX[defaults.real]
    return defaults.real if isinstance(data, float) else None


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor; the memory of a tensor or an ndarray is shared where the dtype is its own.

    Args:
        data: a tensor, an ndarray, a number or a nested list of numbers.
        dtype: of the result; that of `data` if None.
        device: "cpu", or None.

    Example:
        >>> import jittape.torch as torch
        >>> import numpy as np
        >>> a = np.zeros(2)
        >>> x = torch.as_tensor(a)
        >>> x[0] = 3
        >>> a.tolist()
        [3.0, 0.0]
    """
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or np.dtype(dtype) == data.dtype):
        return creation.from_numpy(data)
    return tensor(data, dtype=dtype)


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: Any = None, requires_grad: Any = False) -> Tensor:
    """`obj` as a tensor; memory is shared as by `as_tensor`, unless `copy` is set.

    Args:
        obj: a tensor, an ndarray, a number or a nested list of numbers.
        dtype: of the result; that of `obj` if None.
        device: "cpu", or None.
        copy: True for memory of its own.
        requires_grad: whether the result is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.asarray([1, 2], dtype=torch.float64).tolist()
        [1.0, 2.0]
    """
    out = tensor(obj, dtype=dtype) if copy else as_tensor(obj, dtype, device)
    return out.requires_grad_() if requires_grad else out


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """A tensor of no dimension, of the default dtype.

    Args:
        s: its number.
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.scalar_tensor(3)
        tensor(3.)
    """
    return tensor(s, dtype=real(dtype), device=device, requires_grad=requires_grad)


def sized(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function of sizes that takes them by name, too: empty(size=(2, 3)); and PyTorch's `layout`, of which there is one."""

    @functools.wraps(function)
    def named(*sizes: Any, **options: Any) -> Tensor:
        if "size" in options and not sizes:
            sizes = (options.pop("size"),)
        options.pop("layout", None)
        return function(*sizes, **options)

    return named


@sized
def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False) -> Tensor:
    """A tensor of zeros.

    Args:
        size: its shape: zeros(2, 3) or zeros((2, 3)).
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.
        pin_memory: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> torch.zeros(2, 3).tolist()
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    check_device(device)
    return finish(np.zeros(shape_of(_sizes(size)), real(dtype)), requires_grad)


@sized
def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """A tensor of ones.

    Args:
        size: its shape: ones(2, 3) or ones((2, 3)).
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.ones(2, 3).tolist()
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    check_device(device)
    return finish(np.ones(shape_of(_sizes(size)), real(dtype)), requires_grad)


@sized
def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False) -> Tensor:
    """A tensor whose values are to be set; here they are zero.

    Args:
        size: its shape: empty(2, 3) or empty((2, 3)).
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.
        pin_memory: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> torch.empty(2, 3).shape
        torch.Size([2, 3])
    """
    return zeros(*size, dtype=dtype, device=device, requires_grad=requires_grad)


def _sizes(size: Any) -> Any:
    """Sizes, of which some may be tensors."""
    return tuple(n.__index__() if isinstance(n, Tensor) else n for n in size)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """A tensor of equal values.

    Args:
        size: its shape.
        fill_value: the value.
        dtype: of the result; that of the value if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.full((2, 2), 3).tolist()
        [[3, 3], [3, 3]]
    """
    check_device(device)
    if dtype is None and not isinstance(fill_value, Tensor):
        dtype = _inferred(fill_value)
    return creation.full(size, fill_value, dtype=dtype, requires_grad=requires_grad)


def eye(n: Any, m: Any = None, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """The identity matrix.

    Args:
        n: its rows.
        m: its columns; n if None.
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.eye(2, 3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    check_device(device)
    return finish(np.eye(n, m, dtype=real(dtype)), requires_grad)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Equally spaced numbers: arange(end), arange(start, end, step). Integers unless one of these is real.

    Args:
        start: the first number.
        end: the limit, which does not count.
        step: their distance.
        dtype: of the result.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Raises:
        RuntimeError: the step is zero, or leads away from the end.

    Example:
        >>> import jittape.torch as torch
        >>> torch.arange(0, 10, 3).tolist()
        [0, 3, 6, 9]
    """
    check_device(device)
    if end is None:
        start, end = 0, start
    start, end, step = (number("arange", x, np.float64) for x in (start, end, step))
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    n = math.ceil((end - start) / step)
    if dtype is not None and np.dtype(real(dtype)).kind in "iu":  # as PyTorch, which counts in the dtype
        start, step = int(start), int(step)
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(x, (int, np.integer)) for x in (start, end, step))
    values = start + step * np.arange(n)
    return finish(values.astype(np.int64 if whole and dtype is None else real(dtype)), requires_grad)


def range_(start: Any, end: Any, step: Any = 1) -> Tensor:
    """Equally spaced numbers of the default dtype, whose end counts. PyTorch no longer recommends it: use `arange`.

    Args:
        start: the first number.
        end: the limit, which counts.
        step: their distance.

    Example:
        >>> import jittape.torch as torch
        >>> torch.range(1, 3).tolist()
        [1.0, 2.0, 3.0]
    """
    return finish((start + step * np.arange(math.floor((end - start) / step) + 1)).astype(defaults.real), False)


def linspace(start: Any, end: Any, steps: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """`steps` equally spaced numbers from start to end, both included.

    Args:
        start, end: numbers or tensors of no dimension; derivatives go through these.
        steps: how many.
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linspace(0, 1, 5).tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    check_device(device)
    if dtype is None and (isinstance(start, complex) or isinstance(end, complex)):
        dtype = COMPLEX[defaults.real]
    if recorded_number(start) or recorded_number(end):
        return creation.linspace(start, end, steps, dtype=dtype, requires_grad=requires_grad)
    return finish(_steps("linspace", start, end, steps, real(dtype)).astype(real(dtype)), requires_grad)


def _steps(name: str, start: Any, end: Any, steps: Any, dtype: Any) -> Any:
    """Equally spaced numbers as PyTorch computes them: in the dtype (integers in double precision), from both ends to the middle."""
    n = number(name, steps)
    if isinstance(n, float):
        raise TypeError(f"{name}(): argument 'steps' must be int, not float")
    if n < 0:
        raise RuntimeError("number of steps must be non-negative")
    first, last = (number(name, x, dtype) for x in (start, end))
    kind = dtype if dtype.kind in "fc" else np.dtype(np.float64)
    first, last = (x if kind is dtype else int(x) for x in (first, last))
    return creation.spaced(first, last, n, kind)


def logspace(start: Any, end: Any, steps: Any, base: Any = 10.0, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """base ** x for `steps` equally spaced x from start to end.

    Args:
        start, end: the first and the last exponent.
        steps: how many.
        base: of the powers.
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.logspace(0, 2, 3).tolist()
        [1.0, 10.0, 100.0]
    """
    check_device(device)
    if dtype is None and (isinstance(start, complex) or isinstance(end, complex)):
        dtype = COMPLEX[defaults.real]
    dtype = real(dtype)
    powers = _steps("logspace", start, end, steps, dtype)
    return finish((powers.dtype.type(number("logspace", base)) ** powers).astype(dtype), requires_grad)


def empty_strided(size: Any, stride: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor with the given strides, whose values are to be set; here they are zero.

    Args:
        size: its shape.
        stride: for each dimension, how many elements of memory lie between neighbours.
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.empty_strided((2, 3), (1, 2)).stride()
        (1, 2)
    """
    check_device(device)
    reach = 1 + sum((n - 1) * st for n, st in zip(size, stride, strict=True) if n) if 0 not in tuple(size) else 0
    memory = np.zeros(reach, real(dtype))
    return concrete(np.lib.stride_tricks.as_strided(memory, size, [st * memory.itemsize for st in stride]))


LIKE = """`{what}` of the shape and dtype of a tensor.

Args:
    input: the tensor whose shape it has.
    dtype: of the result; that of `input` if None.
    device: "cpu", or None.
    requires_grad: whether it is a leaf by which is differentiated.
    memory_format: accepted; it does nothing.

Example:
    >>> import jittape.torch as torch
    >>> torch.{name}(torch.tensor([[1.0, 2.0]])).shape
    torch.Size([1, 2])
"""


def _like(name: str) -> Any:
    of = getattr(creation, name)

    def like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False, memory_format: Any = None) -> Tensor:
        check_device(device)
        return of(input, dtype=dtype, requires_grad=requires_grad)  # type: ignore[no-any-return]

    like.__name__ = like.__qualname__ = name
    like.__doc__ = LIKE.format(name=name, what=name.removesuffix("_like"))
    return like


zeros_like, ones_like, empty_like = _like("zeros_like"), _like("ones_like"), _like("empty_like")


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """A tensor of equal values, of the shape and dtype of a tensor.

    Args:
        input: the tensor whose shape it has.
        fill_value: the value.
        dtype: of the result; that of `input` if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.full_like(torch.zeros(2), 3.0).tolist()
        [3.0, 3.0]
    """
    check_device(device)
    return creation.full_like(input, fill_value, dtype=dtype, requires_grad=requires_grad)


def meshgrid(*tensors: Any, indexing: Any = "ij") -> tuple[Tensor, ...]:
    """Grids of coordinates: for each tensor one that repeats it along the dimensions of the others.

    Args:
        tensors: of one dimension each, or one list of them.
        indexing: "ij", or "xy", which exchanges the first two dimensions.

    Raises:
        RuntimeError: another `indexing`.

    Example:
        >>> import jittape.torch as torch
        >>> [g.tolist() for g in torch.meshgrid(torch.tensor([1, 2]), torch.tensor([3, 4, 5]))]
        [[[1, 1, 1], [2, 2, 2]], [[3, 4, 5], [3, 4, 5]]]
    """
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    axes = [tensor_given(t, "meshgrid", "tensors") for t in given]
    for t in axes:
        if t.dim() > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got one of shape {list(t.shape)}")
        if t.dtype != axes[0].dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
    axes = [t.reshape(-1) for t in axes]
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"torch.meshgrid: indexing must be one of 'xy' or 'ij', but received: {indexing}")
    shape = [t.numel() for t in axes]
    grids = [t.reshape([-1 if k == i else 1 for k in range(len(axes))]).expand(shape) for i, t in enumerate(axes)]
    if indexing == "xy" and len(axes) > 1:
        grids = [g.transpose(0, 1) for g in grids]
    return tuple(grids)


def cartesian_prod(*tensors: Any) -> Tensor:
    """All tuples of elements, a row each.

    Args:
        tensors: of one dimension each.

    Raises:
        ShapeError: one is no vector.

    Example:
        >>> import jittape.torch as torch
        >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4])).tolist()
        [[1, 3], [1, 4], [2, 3], [2, 4]]
    """
    for t in tensors:
        if tensor_given(t, "cartesian_prod", "tensors").dim() != 1:
            raise ShapeError(f"Expect a 1D vector, but got shape {list(t.shape)}")
    if len(tensors) == 1:
        return tensors[0]  # type: ignore[no-any-return]
    return stack([g.reshape(-1) for g in meshgrid(*tensors)], 1)


def tril_indices(row: Any, col: Any, offset: Any = 0, *, dtype: Any = np.int64, device: Any = None) -> Tensor:
    """The places of the lower triangle of a matrix, (2, n): a row of row numbers and one of column numbers.

    Args:
        row, col: the rows and columns of the matrix.
        offset: the last diagonal that counts; 0 for the main one, below it negative.
        dtype: of the result.
        device: "cpu", or None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.tril_indices(2, 2).tolist()
        [[0, 1, 1], [0, 0, 1]]
    """
    return concrete(np.array(np.tril_indices(row, offset, col)).astype(dtype))


def triu_indices(row: Any, col: Any, offset: Any = 0, *, dtype: Any = np.int64, device: Any = None) -> Tensor:
    """The places of the upper triangle of a matrix, (2, n): a row of row numbers and one of column numbers.

    Args:
        row, col: the rows and columns of the matrix.
        offset: the first diagonal that counts; 0 for the main one, below it negative.
        dtype: of the result.
        device: "cpu", or None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.triu_indices(2, 2).tolist()
        [[0, 0, 1], [0, 1, 1]]
    """
    return concrete(np.array(np.triu_indices(row, offset, col)).astype(dtype))


def _window(values: Any, window_length: int, periodic: bool) -> Any:
    """A window of NumPy, which ends where it begins; a periodic one leaves its last number out."""
    if window_length < 2:
        return np.ones(window_length)
    return values(window_length + 1)[:-1] if periodic else values(window_length)


def hann_window(window_length: int, periodic: bool = True, *, dtype: Any = None) -> Tensor:
    """Hann's window, (window_length,).

    Args:
        window_length: how many numbers.
        periodic: whether it is one period of a periodic function; else it is symmetric.
        dtype: of the result; the default dtype if None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.hann_window(4).tolist()
        [0.0, 0.5, 1.0, 0.5]
    """
    return finish(_window(np.hanning, window_length, periodic).astype(real(dtype)), False)


def bartlett_window(window_length: int, periodic: bool = True, *, dtype: Any = None) -> Tensor:
    """Bartlett's window, a triangle, (window_length,).

    Args:
        window_length: how many numbers.
        periodic: whether it is one period of a periodic function; else it is symmetric.
        dtype: of the result; the default dtype if None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.bartlett_window(4).tolist()
        [0.0, 0.5, 1.0, 0.5]
    """
    return finish(_window(np.bartlett, window_length, periodic).astype(real(dtype)), False)


def kaiser_window(window_length: int, periodic: bool = True, beta: Any = 12.0, *, dtype: Any = None) -> Tensor:
    """Kaiser's window, (window_length,).

    Args:
        window_length: how many numbers.
        periodic: whether it is one period of a periodic function; else it is symmetric.
        beta: the larger, the narrower it is.
        dtype: of the result; the default dtype if None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.kaiser_window(3, periodic=False, beta=0.0).tolist()
        [1.0, 1.0, 1.0]
    """
    return finish(_window(lambda n: np.kaiser(n, beta), window_length, periodic).astype(real(dtype)), False)


def hamming_window(window_length: int, periodic: bool = True, *, dtype: Any = None) -> Tensor:
    """Hamming's window, (window_length,).

    Args:
        window_length: how many numbers.
        periodic: whether it is one period of a periodic function; else it is symmetric.
        dtype: of the result; the default dtype if None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.hamming_window(4)
        tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    return finish(_window(np.hamming, window_length, periodic).astype(real(dtype)), False)


def blackman_window(window_length: int, periodic: bool = True, *, dtype: Any = None) -> Tensor:
    """Blackman's window, (window_length,).

    Args:
        window_length: how many numbers.
        periodic: whether it is one period of a periodic function; else it is symmetric.
        dtype: of the result; the default dtype if None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.blackman_window(4).round(decimals=3).abs()
        tensor([0.0000, 0.3400, 1.0000, 0.3400])
    """
    return finish(_window(np.blackman, window_length, periodic).astype(real(dtype)), False)


def block_diag(*tensors: Any) -> Tensor:
    """Matrices along the diagonal of one, which is zero elsewhere.

    Args:
        tensors: of at most two dimensions; a vector is one row.

    Example:
        >>> import jittape.torch as torch
        >>> torch.block_diag(torch.ones(1, 2), torch.tensor([[3.0]])).tolist()
        [[1.0, 1.0, 0.0], [0.0, 0.0, 3.0]]
    """
    given = [tensor_given(t, "block_diag", "tensors") for t in sequence_given(tensors, "block_diag", "tensors")]
    blocks = [t.reshape(1, -1) if t.dim() < 2 else t for t in given]
    out = zeros(sum(b.shape[0] for b in blocks), sum(b.shape[1] for b in blocks), dtype=common(given))
    row = col = 0
    for b in blocks:
        out[row : row + b.shape[0], col : col + b.shape[1]] = b
        row, col = row + b.shape[0], col + b.shape[1]
    return out
