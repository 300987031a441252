"""NumPy's namespace for functions that are differentiated: `import jittape.numpy as np`.

Everything here is NumPy's own, with two differences.

* **Allocators** (zeros, ones, empty, full, array, asarray, eye, identity, arange, linspace, logspace, geomspace, tri, diag
  of a list, copy, the *_like functions) give a recordable array while a function is being recorded on this thread, so that
  `a = np.zeros(3); a[0] = x` just works. Only arrays of floats and of complex numbers are: `np.arange(5)`, `np.zeros(3, dtype=int)` and other
  arrays of integers, truth values and objects stay plain, as indices and loop counters are meant to be. `np.asarray` of an
  ndarray is that ndarray, as in NumPy. Until a recorded value is stored in it, a recordable array is known to be constant:
  its elements are plain numbers, it may decide branches, nothing is differentiated with respect to it, and whatever takes an
  ndarray takes it: what is computed of constants alone is NumPy's own result, objects among them.
* **Lists** of recorded values are taken wherever NumPy takes a list: `np.sum([x[0], x[1]])`, `np.array([[a, b], [c, d]])`.

Outside a recording, plain arguments give plain ndarrays.

Example:
    >>> import jittape as jt, jittape.numpy as np
    >>> def f(x):
    ...     a = np.zeros(3)
    ...     for i in range(3):
    ...         a[i] = x[i] * i
    ...     return np.sum(a)
    >>> jt.grad(f)(np.ones(3)).tolist()
    [0.0, 1.0, 2.0]
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial, wraps
from types import FunctionType, ModuleType
from typing import Any

import numpy
from numpy import ndarray

from jittape.array import protocols as dispatch
from jittape.array.array import Array, holds_recorded
from jittape.array.constants import recordable
from jittape.array.protocols import tape_of
from jittape.array.state import current_tape
from jittape.functions.allocation import as_array, full_of, is_real, new_array
from jittape.functions.lists import caller, taking_lists, unlist


def __getattr__(name: str) -> Any:
    value = _taking_lists(name)
    if isinstance(value, (FunctionType, numpy.ufunc)) and not hasattr(builtins, name):  # any, sum ... are Python's here
        globals()[name] = value
    return value


@cache
def _taking_lists(name: str, module: Any = numpy) -> Any:
    value = getattr(module, name)
    return taking_lists(value) if isinstance(value, type(numpy.sum)) else value


class _Taking:
    """A namespace of NumPy's whose functions take lists of recorded values."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return _taking_lists(name, self.module)

    def __dir__(self) -> list[str]:
        return dir(self.module)

    def __repr__(self) -> str:
        return f"<{self.module.__name__} that takes lists of recorded values>"


linalg, fft = _Taking(numpy.linalg), _Taking(numpy.fft)


def __dir__() -> list[str]:
    return sorted(set(dir(numpy)))


def _recorded(x: Any) -> bool:
    return isinstance(x, Array) or (isinstance(x, (list, tuple)) and holds_recorded(x))


def _recordable(made: Any) -> Any:
    """A new ndarray as an array that recorded values can be stored in, while a recording is active."""
    tape = current_tape()
    return made if tape is None or made.dtype.kind not in "fc" else recordable(tape, made)


def _allocator(name: str) -> Callable[..., Any]:
    function = getattr(numpy, name)

    @wraps(function)
    def allocator(*args: Any, **kwargs: Any) -> Any:
        return _recordable(function(*dispatch.plain_values(args), **kwargs))

    return allocator


for _name in ("eye", "identity", "tri", "fromstring", "fromfile", "frombuffer"):
    globals()[_name] = _allocator(_name)


def _grid(name: str) -> Callable[..., Any]:
    """arange and linspace, whose ends may be recorded too."""
    function = getattr(numpy, name)

    @wraps(function)
    def grid(*args: Any, **kwargs: Any) -> Any:
        if current_tape() is None or any(isinstance(a, Array) for a in (*args, *kwargs.values())):
            return function(*args, **kwargs)
        made = function(*args, **kwargs)
        return (_recordable(made[0]), made[1]) if isinstance(made, tuple) else _recordable(made)

    return grid


for _name in ("arange", "linspace", "logspace", "geomspace"):
    globals()[_name] = _grid(_name)


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", **kwargs: Any) -> Any:
    """As numpy.full; while recording, a recordable array if it is of floats. `fill_value` may be recorded."""
    if _recorded(fill_value):
        value = as_array(fill_value)
        if is_real(dtype) and not value.is_complex:
            return full_of(value.tape, shape, value, order)
        made = _recordable(numpy.full(shape, 0, complex if is_real(dtype) else dtype, order))
        if not isinstance(made, Array):
            return numpy.full(shape, value.astype(dtype))
        made[...] = value
        return made
    if (call := caller(fill_value)) is not None:
        return call(partial(full, shape, dtype=dtype, order=order), fill_value)
    tape = current_tape()
    if tape is not None and is_real(numpy.asarray(fill_value).dtype if dtype is None else dtype):
        return full_of(tape, shape, fill_value, order)
    return _recordable(numpy.full(shape, fill_value, dtype, order, **kwargs))


def _filled(name: str, value: float) -> Callable[..., Any]:
    function = getattr(numpy, name)

    @wraps(function)
    def allocator(shape: Any, dtype: Any = float, order: Any = "C", **kwargs: Any) -> Any:
        tape = current_tape()
        if tape is not None and is_real(dtype):
            return full_of(tape, shape, value, order)
        return _recordable(function(shape, dtype, order, **kwargs))

    return allocator


zeros, ones, empty = _filled("zeros", 0.0), _filled("ones", 1.0), _filled("empty", 0.0)


def _like(name: str) -> Callable[..., Any]:
    function = getattr(numpy, name)

    @wraps(function)
    def allocator(a: Any, *args: Any, **kwargs: Any) -> Any:
        if any(map(_recorded, (*args, *kwargs.values()))):
            return dispatch.call_function(function, (a, *args), kwargs)
        made = function(unlist(a), *args, **kwargs)
        return _recordable(made) if isinstance(made, ndarray) else made

    return allocator


for _name in ("zeros_like", "ones_like", "empty_like", "full_like"):
    globals()[_name] = _like(_name)


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = "K",
    subok: bool = False,
    ndmin: int = 0,
    like: Any = None,
) -> Any:
    """As numpy.array; lists of recorded values give a recorded array, and so do floats while recording.

    Raises:
        ValueError: a nested list is ragged.
    """
    if _recorded(object):
        return new_array(object, dtype, copy, order, subok, ndmin)
    if (call := caller(object)) is not None:
        return call(partial(array, dtype=dtype, order=order, ndmin=ndmin), object)
    made = numpy.array(object, dtype, copy=copy, order=order, subok=subok, ndmin=ndmin)
    return made if made is object else _recordable(made)


def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, device: Any = None, copy: Any = None, like: Any = None
) -> Any:
    """As numpy.asarray; recorded arrays, lists of recorded values and ndarrays of the right dtype are not copied."""
    if _recorded(a):
        return new_array(a, dtype, copy, order)
    if (call := caller(a)) is not None:
        if dtype is None and not copy and not isinstance(a, (list, tuple)):
            return a
        return call(partial(asarray, dtype=dtype, order=order, copy=copy), a)
    made = numpy.asarray(a, dtype, order, copy=copy)
    return made if isinstance(a, (ndarray, numpy.generic)) and not copy else _recordable(made)


asanyarray = asarray


def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """As numpy.ascontiguousarray."""
    if (call := caller(a)) is not None:
        return call(partial(ascontiguousarray, dtype=dtype), a)
    return new_array(a, dtype, None, "C", ndmin=1) if _recorded(a) else numpy.ascontiguousarray(a, dtype)


def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """As numpy.asfortranarray."""
    return new_array(a, dtype, None, "F", ndmin=1) if _recorded(a) else numpy.asfortranarray(a, dtype)


def copy(a: Any, order: Any = "K", subok: bool = False) -> Any:
    """As numpy.copy; while recording, a recordable array if it is of floats."""
    if (call := caller(a)) is not None:
        return call(partial(copy, order=order), a)
    return new_array(a, order=order) if _recorded(a) else _recordable(numpy.array(a, order=order, subok=subok))


def diag(v: Any, k: int = 0) -> Any:
    """As numpy.diag; while recording, the diagonal matrix of a list or of an ndarray is recordable."""
    made = numpy.diag(unlist(v), k)
    return _recordable(made) if isinstance(made, ndarray) and made.flags.owndata else made


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, *, like: Any = None) -> Any:
    """As numpy.fromiter, of recorded scalars too."""
    items: Any = list(iter) if count < 0 else [x for x, _ in zip(iter, range(count), strict=False)]
    if (call := caller(items)) is not None:
        return call(partial(as_array, dtype=dtype), items)
    return as_array(items, dtype) if holds_recorded(items) else _recordable(numpy.fromiter(items, dtype))


def ndenumerate(arr: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """As numpy.ndenumerate."""
    if isinstance(arr, Array):
        return ((i, arr[i]) for i in numpy.ndindex(arr.shape))
    return numpy.ndenumerate(arr)


def isscalar(element: Any) -> bool:
    """As numpy.isscalar; a recorded scalar is one, too."""
    return element.slot >= 0 if isinstance(element, Array) else numpy.isscalar(element)


class vectorize(numpy.vectorize):
    """As numpy.vectorize; over recorded arrays the function is called with one recorded scalar at a time."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not callable(getattr(self, "pyfunc", None)) or tape_of(args) is None:
            if tape_of(kwargs) is not None:
                raise TypeError("np.vectorize takes recorded arrays as positional arguments only")
            return super().__call__(*args, **kwargs)
        if self.signature is not None:
            raise TypeError(
                "np.vectorize with a signature is not supported for recorded arrays; write the loop, and np.stack"
            )
        spread = numpy.broadcast_arrays(*(unlist(a) for a in args))
        shape = spread[0].shape
        results = [self.pyfunc(*(a[i] for a in spread), **kwargs) for i in numpy.ndindex(shape)]
        if results and isinstance(results[0], tuple):
            return tuple(asarray(list(part)).reshape(shape) for part in zip(*results, strict=True))
        return asarray(results).reshape(shape)


class _Joiner:
    """r_ and c_ with recorded arrays in them."""

    def __init__(self, plain: Any, columns: bool) -> None:
        self.plain, self.columns = plain, columns

    def __getitem__(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        if tape_of(parts) is None:
            call = caller(parts)
            return self.plain[key] if call is None else call(self.__getitem__, parts)
        if any(isinstance(p, str) for p in parts):
            raise TypeError(
                "np.r_ with a directive is not supported for recorded arrays; use np.concatenate or np.stack"
            )
        arrays = [numpy.r_[p] if isinstance(p, slice) else numpy.atleast_1d(unlist(p)) for p in parts]
        if self.columns:
            arrays = [a[:, None] if a.ndim == 1 else a for a in arrays]
        return numpy.concatenate(arrays, -1 if self.columns else 0)

    def __len__(self) -> int:
        return 0


r_, c_ = _Joiner(numpy.r_, False), _Joiner(numpy.c_, True)

del _name
