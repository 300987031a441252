"""Making tensors: `tensor`, and the functions that fill one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager.batched import Batched, drawing
from jittape.eager.devices import device as Device
from jittape.eager.named import NUMBER, named
from jittape.eager.tensor import FLOATS, Tensor, concrete
from jittape.errors import DerivativeLostError, ShapeError

float64 = double = np.dtype(np.float64)
float32 = float = np.dtype(np.float32)
int64 = long = np.dtype(np.int64)
int32 = int = np.dtype(np.int32)
bool = np.dtype(np.bool_)

_KINDS = "fiub"


def finish(data: Any, requires_grad: Any) -> Tensor:
    """A tensor that holds this ndarray, new and nobody else's."""
    new = concrete(data)
    return new.requires_grad_() if requires_grad else new


def tensor(data: Any, requires_grad: Any = False, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor with a copy of `data`.

    Args:
        data: a number, a nested list of numbers, an ndarray or a tensor (its values are taken).
        requires_grad: whether derivatives with respect to it are wanted. Real numbers only.
        dtype: float64, float32, an integer dtype or bool; by default that of an ndarray, float64 for Python's floats,
            int64 for its integers.
        device: "cpu", or None.

    Raises:
        RuntimeError: a tensor of integers or truth values cannot require grad.
        TypeError: data or dtype is not real numbers.
        ValueError: a nested list is ragged.

    Example:
        >>> import jittape as jt
        >>> jt.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True).shape
        jittape.Size([2, 2])
    """
    check_device(device)
    if not isinstance(requires_grad, (type(True), np.bool_)):
        raise TypeError(f"requires_grad is True or False, not {requires_grad!r}; the dtype is passed as dtype=")
    if isinstance(data, Tensor):
        if recorded_number(data):
            _warn("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone(), or x.clone() where the derivative is wanted")
        data = data.values()
    elif isinstance(data, (list, tuple)):
        data = _values(data)
    try:
        array = np.array(data, dtype)
    except (ValueError, TypeError) as error:
        if "inhomogeneous" in str(error):
            raise ValueError(f"the nested lists are ragged: {error}") from None
        raise
    if array.dtype == np.float16 or array.dtype.kind not in _KINDS or (array.dtype.kind == "f" and array.dtype not in FLOATS):
        raise TypeError(f"a tensor holds float64, float32, integers or truth values, not {array.dtype} (from {type(data).__name__})")
    if requires_grad and array.dtype not in FLOATS:
        raise RuntimeError(
            f"Only Tensors of floating point dtype can require gradients; got {array.dtype}: write 1.0 instead of 1, or pass dtype=float64"
        )
    return finish(array, requires_grad)


def _values(x: Any) -> Any:
    """A nested list with the values of its tensors."""
    if isinstance(x, Tensor):
        if recorded_number(x):
            _warn("a tensor that requires grad is read as a number, and its derivative ends there; use jittape.stack([...]), or x.detach()")
        return x.values()
    return [_values(v) for v in x] if isinstance(x, (list, tuple)) else x


def _warn(message: str) -> None:
    warnings.warn(message, UserWarning, stacklevel=4)


def check_device(device: Any) -> None:
    if device is not None:
        Device(device)


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """`data` as a tensor; an ndarray's memory is shared."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype == np.dtype(dtype) else data.to(dtype)
    return from_numpy(data) if isinstance(data, np.ndarray) and dtype is None else tensor(data, dtype=dtype)


def from_numpy(array: Any) -> Tensor:
    """A tensor that shares the memory of an ndarray."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    if array.dtype.kind not in _KINDS or array.dtype == np.float16:
        raise TypeError(f"can't convert np.ndarray of type {array.dtype} to a tensor; convert it to float64 first")
    new = concrete(array)
    new._share().exposed = True
    return new


def shape_of(size: Sequence[Any]) -> Any:
    """The shape that a function was given, as numbers or as a sequence."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    for n in size:
        if not isinstance(n, (type(0), np.integer)):
            raise TypeError(f"a size is an integer, not {type(n).__name__}")
        if n < 0:
            raise ShapeError(f"Trying to create tensor with negative dimension {n}: {list(size)}")
    return tuple(size)


@named
def zeros(*size: Any, dtype: Any = None, requires_grad: Any = False, device: Any = None) -> Tensor:
    """A tensor of zeros: zeros(2, 3) or zeros((2, 3))."""
    check_device(device)
    return finish(np.zeros(shape_of(size), dtype or float64), requires_grad)


@named
def ones(*size: Any, dtype: Any = None, requires_grad: Any = False, device: Any = None) -> Tensor:
    """A tensor of ones."""
    check_device(device)
    return finish(np.ones(shape_of(size), dtype or float64), requires_grad)


@named
def empty(*size: Any, dtype: Any = None, requires_grad: Any = False, device: Any = None) -> Tensor:
    """A tensor whose values are to be set; they are zero."""
    return zeros(*size, dtype=dtype, requires_grad=requires_grad, device=device)


@named
def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """A tensor of equal values."""
    shape = shape_of((size,) if isinstance(size, (tuple, list)) else (size,))
    if recorded_number(fill_value):
        return _filled(shape, fill_value, dtype)
    return finish(np.full(shape, number("full", fill_value), dtype), requires_grad)


def recorded_number(x: Any) -> Any:
    """Whether a tensor stands where a number is expected, and its derivative counts."""
    return isinstance(x, Tensor) and state.grad and x.requires_grad


def number(function: str, x: Any) -> Any:
    """A number as NumPy takes it.

    Raises:
        DerivativeLostError: it is a tensor that requires grad, and its derivative would be lost.
    """
    if not isinstance(x, Tensor):
        if not NUMBER.holds(x):
            raise TypeError(f"{function}(): a number is expected, not {type(x).__name__}")
        return x
    if recorded_number(x):
        raise DerivativeLostError(
            f"{function}() takes a number here, and the derivative of a tensor that requires grad would be lost; pass x.item() "
            "where it is not wanted"
        )
    return x.item()


def _filled(shape: tuple[Any, ...], x: Any, dtype: Any) -> Tensor:
    if x.numel() != 1:
        raise ShapeError(f"fill_value is a number or a tensor of one element, not of shape {tuple(x.shape)}")
    out = x.reshape(()).expand(shape).clone()
    return out if dtype is None else out.to(dtype)  # type: ignore[no-any-return]


@named
def eye(n: Any, m: Any = None, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """The identity matrix."""
    return finish(np.eye(n, m, dtype=dtype or float64), requires_grad)


@named
def arange(*args: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Equally spaced numbers: arange(end), arange(start, end, step). Integers unless one of these is real."""
    return finish(np.arange(*[number("arange", x) for x in args], dtype=dtype), requires_grad)


@named
def linspace(start: Any, end: Any, steps: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """`steps` equally spaced numbers from start to end, both included."""
    steps = number("linspace", steps)
    if recorded_number(start) or recorded_number(end):
        way = np.linspace(0.0, 1.0, steps, dtype=(start if recorded_number(start) else end).dtype)
        out: Tensor = (1.0 - way) * start + way * end
        return out if dtype is None else out.to(dtype)  # type: ignore[no-any-return]
    return finish(np.linspace(number("linspace", start), number("linspace", end), steps, dtype=dtype or float64), requires_grad)


def _like(x: Any, dtype: Any) -> Any:
    return np.dtype(dtype) if dtype is not None else x.dtype


def _laid_out(x: Any) -> Any:
    """An array that lies in memory as the elements of a tensor do."""
    if isinstance(x, Batched):
        return np.empty(x.shape, x.dtype)
    if not isinstance(x, Tensor):
        if isinstance(x, np.ndarray):
            return x
        raise TypeError(f"argument 'input' must be a tensor, not {type(x).__name__}")
    data = getattr(x, "_data", None)
    if data is not None:
        return data
    return x._looked_at().slots if x.slot < 0 else np.zeros(())


@named
def zeros_like(x: Tensor, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    return finish(np.zeros_like(_laid_out(x), _like(x, dtype)), requires_grad)


@named
def ones_like(x: Tensor, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    return finish(np.ones_like(_laid_out(x), _like(x, dtype)), requires_grad)


@named
def empty_like(x: Tensor, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    return zeros_like(x, dtype=dtype, requires_grad=requires_grad)


@named
def full_like(x: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    if recorded_number(fill_value):
        return _filled(tuple(x.shape), fill_value, _like(x, dtype))
    return finish(np.full_like(_laid_out(x), number("full_like", fill_value), _like(x, dtype)), requires_grad)


# --- random numbers ------------------------------------------------------------------------------------------------------

_generator = [np.random.default_rng()]


def manual_seed(seed: Any) -> np.random.Generator:
    """Begin the sequence of random tensors anew; returns the generator."""
    _generator[0] = np.random.default_rng(seed)
    return _generator[0]


def set_generator(new: np.random.Generator) -> None:
    _generator[0] = new


def generator(given: Any = None) -> np.random.Generator:
    """NumPy's generator behind an argument `generator=`; that of random tensors and of the parameters of `jittape.nn` without one.

    Raises:
        TypeError: `given` is no `jittape.torch.Generator`.
    """
    drawing()
    if state.step is not None:
        state.step.refuse("random numbers are drawn")
    if given is None:
        return _generator[0]
    numbers = getattr(given, "numbers", None)
    if not isinstance(numbers, np.random.Generator):
        raise TypeError(f"argument 'generator' must be a torch.Generator, not {type(given).__name__}")
    return numbers


@named
def rand(*size: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Uniform numbers in [0, 1)."""
    return finish(generator().random(shape_of(size)).astype(dtype or float64, copy=False), requires_grad)


@named
def randn(*size: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Standard normal numbers."""
    return finish(np.asarray(generator().standard_normal(shape_of(size)), dtype or float64), requires_grad)


@named
def randint(low: Any, high: Any = None, size: Any = (), *, dtype: Any = None) -> Tensor:
    """Integers in [low, high), or [0, low)."""
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    return concrete(np.asarray(generator().integers(low, high, shape_of((size,))), dtype or int64))


@named
def randperm(n: Any) -> Tensor:
    """The numbers 0 to n - 1 in random order."""
    return concrete(generator().permutation(n))


@named
def rand_like(x: Tensor) -> Tensor:
    return rand(*x.shape, dtype=x.dtype)


@named
def randn_like(x: Tensor) -> Tensor:
    return randn(*x.shape, dtype=x.dtype)
