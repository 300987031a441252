"""Making tensors: `tensor`, and the functions that fill one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.state import state
from jittape.eager.batched import Batched, drawing
from jittape.eager.complexes import REAL, ComplexTensor, as_pairs
from jittape.eager.devices import device as Device
from jittape.eager.layout import dense
from jittape.eager.named import NUMBER, named
from jittape.eager.tensor import FLOATS, Tensor, concrete
from jittape.errors import DerivativeLostError, ShapeError

float64 = double = np.dtype(np.float64)
float32 = float = np.dtype(np.float32)
int64 = long = np.dtype(np.int64)
int32 = int = np.dtype(np.int32)
bool = np.dtype(np.bool_)

_KINDS = "fiubc"


def finish(data: Any, requires_grad: Any) -> Tensor:
    """A tensor that holds this ndarray, new and nobody else's."""
    new = concrete(data)
    return new.requires_grad_() if requires_grad else new


def tensor(data: Any, requires_grad: Any = False, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor with a copy of `data`, for `backward()` and `jittape.nn`.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        >>> (x**2).sum().backward()
        >>> x.grad
        tensor([[2., 4.],
                [6., 8.]])

    Args:
        data: a number, a nested list of numbers, an ndarray or a tensor (its values are taken).
        requires_grad: whether derivatives with respect to it are wanted. Real and complex numbers only.
        dtype: float64, float32, complex128, complex64, an integer dtype or bool; by default that of an ndarray, float64 for Python's floats,
            complex128 for its complex numbers, int64 for its integers.
        device: "cpu", or None.

    Raises:
        RuntimeError: a tensor of integers or truth values cannot require grad.
        TypeError: data or dtype is not numbers, or `requires_grad` is neither True nor False.
        ValueError: a nested list is ragged.
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
    except OverflowError:
        array = _wrapped(data, dtype)
    except (ValueError, TypeError) as error:
        if "inhomogeneous" in str(error):
            raise ValueError(f"the nested lists are ragged: {error}") from None
        raise
    if array.dtype == np.float16 or array.dtype.kind not in _KINDS or (array.dtype.kind == "f" and array.dtype not in FLOATS) or (array.dtype.kind == "c" and array.dtype not in REAL):
        raise TypeError(f"a tensor holds float64, float32, complex128, complex64, integers or truth values, not {array.dtype} (from {type(data).__name__})")
    if requires_grad and array.dtype not in FLOATS and array.dtype not in REAL:
        raise RuntimeError(
            f"Only Tensors of floating point and complex dtype can require gradients; got {array.dtype}: write 1.0 instead of 1, or pass dtype=float64"
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
    """`data` as a tensor; an ndarray's memory is shared, and a tensor is itself.

    Args:
        data: what `jittape.tensor` takes, whose errors these are.
        dtype: another dtype, for which the data are copied.

    Example:
        >>> import numpy as np, jittape as jt
        >>> a = np.zeros(2)
        >>> x = jt.as_tensor(a)
        >>> a[0] = 5.0
        >>> x
        tensor([5., 0.])
    """
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype == np.dtype(dtype) else data.to(dtype)
    return from_numpy(data) if isinstance(data, np.ndarray) and dtype is None else tensor(data, dtype=dtype)


def from_numpy(array: Any) -> Tensor:
    """A tensor that shares the memory of an ndarray.

    Args:
        array: of real numbers, integers or truth values.

    Raises:
        TypeError: it is no ndarray, or of another dtype.

    Example:
        >>> import numpy as np, jittape as jt
        >>> a = np.zeros(2)
        >>> x = jt.from_numpy(a)
        >>> x += 1
        >>> a.tolist()
        [1.0, 1.0]
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    if array.dtype.kind not in _KINDS or array.dtype == np.float16:
        raise TypeError(f"can't convert np.ndarray of type {array.dtype} to a tensor; convert it to float64 first")
    new = ComplexTensor(concrete(as_pairs(array))) if array.dtype in REAL else concrete(array)
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
    """A tensor of zeros.

    Args:
        size: the shape, as numbers or as one sequence: zeros(2, 3) or zeros((2, 3)).
        dtype: float64 by default.
        requires_grad: whether derivatives with respect to it are wanted.
        device: "cpu", or None.

    Raises:
        ShapeError: a negative length.

    Example:
        >>> import jittape as jt
        >>> jt.zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    check_device(device)
    return finish(np.zeros(shape_of(size), dtype or float64), requires_grad)


@named
def ones(*size: Any, dtype: Any = None, requires_grad: Any = False, device: Any = None) -> Tensor:
    """A tensor of ones.

    Args:
        size: the shape, as numbers or as one sequence.
        dtype, requires_grad, device: see `zeros`.

    Example:
        >>> import jittape as jt
        >>> jt.ones(2, dtype=jt.int64)
        tensor([1, 1])
    """
    check_device(device)
    return finish(np.ones(shape_of(size), dtype or float64), requires_grad)


@named
def empty(*size: Any, dtype: Any = None, requires_grad: Any = False, device: Any = None) -> Tensor:
    """A tensor whose values are to be set; they are zero.

    Args:
        size: the shape, as numbers or as one sequence.
        dtype, requires_grad, device: see `zeros`.

    Example:
        >>> import jittape as jt
        >>> jt.empty(2, 3).shape
        jittape.Size([2, 3])
    """
    return zeros(*size, dtype=dtype, requires_grad=requires_grad, device=device)


@named
def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """A tensor of equal values.

    Args:
        size: the shape, a number or a sequence.
        fill_value: a number, or a tensor of one element, whose derivative is recorded.
        dtype: that of the value by default.
        requires_grad: whether derivatives with respect to the result are wanted.

    Raises:
        ShapeError: a negative length, or a tensor of several elements as the value.

    Example:
        >>> import jittape as jt
        >>> jt.full((2,), 7.0)
        tensor([7., 7.])
    """
    shape = shape_of((size,) if isinstance(size, (tuple, list)) else (size,))
    if recorded_number(fill_value):
        return _filled(shape, fill_value, dtype)
    return finish(np.full(shape, number("full", fill_value, dtype), dtype), requires_grad)


def recorded_number(x: Any) -> Any:
    """Whether a tensor stands where a number is expected, and its derivative counts."""
    return isinstance(x, Tensor) and state.grad and x.requires_grad


def _wrapped(x: Any, dtype: Any) -> Any:
    """Integers as they are stored in a dtype, where there is no room for some: negative ones wrap around in one without signs.

    Raises:
        RuntimeError: there is no room for them.
    """
    dtype, given = np.dtype(dtype), np.asarray(x)
    if dtype.kind not in "iu":
        return x
    most = np.iinfo(dtype).max
    least = -most if dtype.kind == "u" else np.iinfo(dtype).min
    if given.dtype.kind == "O" or (given < least).any() or (given > most).any():
        raise RuntimeError(f"value cannot be converted to type {dtype}_t without overflow")
    return given.astype(dtype)


def number(function: str, x: Any, dtype: Any = None) -> Any:
    """A number as NumPy takes it.

    Args:
        dtype: what it is to become, if that is known.

    Raises:
        DerivativeLostError: it is a tensor that requires grad, and its derivative would be lost.
        RuntimeError: it is complex, and `dtype` is not.
    """
    if dtype is not None and np.dtype(dtype).kind != "c" and np.iscomplexobj(x.values() if isinstance(x, Tensor) else x):
        raise RuntimeError(f"{function}(): value cannot be converted to type {np.dtype(dtype)} without overflow")
    if not isinstance(x, Tensor):
        if not NUMBER.holds(x):
            raise TypeError(f"{function}(): a number is expected, not {type(x).__name__}")
        return x if dtype is None or type(x) is not type(0) else _wrapped(x, dtype)
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
    """The identity matrix, (n, m): ones on the main diagonal.

    Args:
        n: rows.
        m: columns, n by default.
        dtype, requires_grad: see `zeros`.

    Example:
        >>> import jittape as jt
        >>> jt.eye(2)
        tensor([[1., 0.],
                [0., 1.]])
    """
    return finish(np.eye(n, m, dtype=dtype or float64), requires_grad)


@named
def arange(*args: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Equally spaced numbers: arange(end), arange(start, end), arange(start, end, step). The end is not included.

    Args:
        args: end; start and end; or start, end and step. Integers give integers.
        dtype, requires_grad: see `zeros`.

    Raises:
        DerivativeLostError: a tensor that requires grad among the numbers.

    Example:
        >>> import jittape as jt
        >>> jt.arange(1, 6, 2)
        tensor([1, 3, 5])
    """
    return finish(np.arange(*[number("arange", x) for x in args], dtype=dtype), requires_grad)


@named
def linspace(start: Any, end: Any, steps: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Equally spaced numbers from start to end, both included.

    Args:
        start, end: numbers, or tensors of one element, whose derivatives are recorded.
        steps: how many numbers.
        dtype, requires_grad: see `zeros`.

    Example:
        >>> import jittape as jt
        >>> jt.linspace(0.0, 1.0, 3)
        tensor([0. , 0.5, 1. ])
    """
    steps = number("linspace", steps)
    if recorded_number(start) or recorded_number(end):
        way = np.linspace(0.0, 1.0, steps, dtype=(start if recorded_number(start) else end).dtype)
        out: Tensor = (1.0 - way) * start + way * end
        return out if dtype is None else out.to(dtype)  # type: ignore[no-any-return]
    dtype = dtype or (np.dtype(np.complex128) if np.iscomplexobj(start) or np.iscomplexobj(end) else float64)
    return finish(np.linspace(number("linspace", start, dtype), number("linspace", end, dtype), steps, dtype=dtype), requires_grad)


def spaced(first: Any, last: Any, n: Any, dtype: np.dtype[Any]) -> Any:
    """Equally spaced numbers as PyTorch computes them: in the dtype, which is no integer, from both ends to the middle, each one rounded once."""
    first, last = dtype.type(first), dtype.type(last)
    if n <= 1:
        return np.full(n, first, dtype)
    step, k = (last - first) / dtype.type(n - 1), np.arange(n)
    first, last, step = (v.astype(np.result_type(dtype, np.float64)) for v in (first, last, step))
    return np.where(k < n // 2, first + step * k, last - step * (n - 1 - k)).astype(dtype)


def _like(x: Any, dtype: Any) -> Any:
    return np.dtype(dtype) if dtype is not None else x.dtype


def ordered_as(x: Any, new: Tensor) -> Tensor:
    """A new tensor whose elements lie in memory as those of another one of its shape."""
    if isinstance(new, Tensor) and not new.requires_grad:
        laid_out = np.empty_like(_laid_out(x), new.dtype)
        laid_out[...] = new.values()
        return concrete(laid_out)
    return new


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
        return dense(data)
    if x.has_parts:
        return dense(x._lies())  # type: ignore[attr-defined]
    return dense(x._looked_at().slots) if x.slot < 0 else np.zeros(())


@named
def zeros_like(x: Tensor, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Zeros of the shape and dtype of another tensor.

    Args:
        x: the other tensor.
        dtype: another dtype.
        requires_grad: whether derivatives with respect to the result are wanted.

    Raises:
        TypeError: x is no tensor.

    Example:
        >>> import jittape as jt
        >>> jt.zeros_like(jt.tensor([1, 2]))
        tensor([0, 0])
    """
    return finish(np.zeros_like(_laid_out(x), _like(x, dtype)), requires_grad)


@named
def ones_like(x: Tensor, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Ones of the shape and dtype of another tensor.

    Args:
        x, dtype, requires_grad: see `zeros_like`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> jt.ones_like(jt.tensor([1.0, 2.0]))
        tensor([1., 1.])
    """
    return finish(np.ones_like(_laid_out(x), _like(x, dtype)), requires_grad)


@named
def empty_like(x: Tensor, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """A tensor of the shape and dtype of another one whose values are to be set; they are zero.

    Args:
        x, dtype, requires_grad: see `zeros_like`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> jt.empty_like(jt.tensor([1.0, 2.0])).shape
        jittape.Size([2])
    """
    return zeros_like(x, dtype=dtype, requires_grad=requires_grad)


@named
def full_like(x: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """A tensor of equal values, of the shape and dtype of another one.

    Args:
        x, dtype, requires_grad: see `zeros_like`, whose errors these are.
        fill_value: a number, or a tensor of one element, whose derivative is recorded.

    Example:
        >>> import jittape as jt
        >>> jt.full_like(jt.zeros(2), 3.0)
        tensor([3., 3.])
    """
    if recorded_number(fill_value):
        return _filled(tuple(x.shape), fill_value, _like(x, dtype))
    return finish(np.full_like(_laid_out(x), number("full_like", fill_value, _like(x, dtype)), _like(x, dtype)), requires_grad)


# --- random numbers ------------------------------------------------------------------------------------------------------

_generator = [np.random.default_rng()]


def manual_seed(seed: Any) -> np.random.Generator:
    """Begin the sequence of random tensors anew.

    Args:
        seed: an integer, or whatever else `numpy.random.default_rng` takes.

    Returns:
        NumPy's generator, which random tensors are drawn from.

    Example:
        >>> import jittape as jt
        >>> _ = jt.manual_seed(0)
        >>> a = jt.rand(2)
        >>> _ = jt.manual_seed(0)
        >>> jt.equal(a, jt.rand(2))
        True
    """
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


def drawn(draw: Any, shape: Any, dtype: Any) -> NDArray[Any]:
    """Random numbers of a dtype; of complex ones both parts are drawn."""
    if np.dtype(dtype).kind == "c":
        return (draw((*shape, 2)) @ np.array([1, 1j])).astype(dtype)  # type: ignore[no-any-return]
    return np.asarray(draw(shape), dtype)


def normal_numbers(numbers: np.random.Generator, shape: Any, dtype: Any) -> NDArray[Any]:
    """Standard normal numbers; parts of complex ones have half the variance each."""
    values = drawn(numbers.standard_normal, shape, dtype)
    return values * values.real.dtype.type(np.sqrt(0.5)) if values.dtype.kind == "c" else values


@named
def rand(*size: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Uniform random numbers in [0, 1).

    Args:
        size: the shape, as numbers or as one sequence.
        dtype, requires_grad: see `zeros`.

    Example:
        >>> import jittape as jt
        >>> jt.rand(2, 3).shape
        jittape.Size([2, 3])
    """
    return finish(drawn(generator().random, shape_of(size), dtype or float64), requires_grad)


@named
def randn(*size: Any, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Standard normal random numbers.

    Args:
        size: the shape, as numbers or as one sequence.
        dtype, requires_grad: see `zeros`.

    Example:
        >>> import jittape as jt
        >>> jt.randn(2, 3).shape
        jittape.Size([2, 3])
    """
    return finish(normal_numbers(generator(), shape_of(size), dtype or float64), requires_grad)


@named
def randint(low: Any, high: Any = None, size: Any = (), *, dtype: Any = None) -> Tensor:
    """Random integers in [low, high), or in [0, low): randint(low, high, size) or randint(high, size).

    Args:
        low: the least one; or, without `high`, the end of the range.
        high: the end of the range, which is not included.
        size: the shape.
        dtype: int64 by default.

    Raises:
        ValueError: an empty range.

    Example:
        >>> import jittape as jt
        >>> x = jt.randint(0, 10, (5,))
        >>> x.shape, bool((x < 10).all())
        (jittape.Size([5]), True)
    """
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    return concrete(np.asarray(generator().integers(low, high, shape_of((size,))), dtype or int64))


@named
def randperm(n: Any) -> Tensor:
    """The numbers 0 to n - 1 in random order.

    Args:
        n: how many.

    Example:
        >>> import jittape as jt
        >>> jt.randperm(4).sort().values
        tensor([0, 1, 2, 3])
    """
    return concrete(generator().permutation(n))


@named
def rand_like(x: Tensor) -> Tensor:
    """Uniform random numbers in [0, 1), of the shape and dtype of another tensor.

    Args:
        x: the other tensor.

    Example:
        >>> import jittape as jt
        >>> jt.rand_like(jt.zeros(2, 3)).shape
        jittape.Size([2, 3])
    """
    return ordered_as(x, rand(*x.shape, dtype=x.dtype))


@named
def randn_like(x: Tensor) -> Tensor:
    """Standard normal random numbers, of the shape and dtype of another tensor.

    Args:
        x: the other tensor.

    Example:
        >>> import jittape as jt
        >>> jt.randn_like(jt.zeros(2, 3)).shape
        jittape.Size([2, 3])
    """
    return ordered_as(x, randn(*x.shape, dtype=x.dtype))
