"""Gradients inside native code: `jittape.native.grad` and `value_and_grad` make functions of numba.njit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, overload

from numba import carray, cfunc, njit, types

from jittape.functions.hooks import made_of_recorded
from jittape.native import gradient_steps
from jittape.native.drivers import FAILED, Arguments, Written, make
from jittape.native.refused import made_outside, refuse

P = ParamSpec("P")
T = TypeVar("T", bound=Any)
R = TypeVar("R")


def _swept(value: bool) -> Written:
    """The driver of gradients, with the value or without."""

    def body(a: Arguments) -> list[str]:
        lines = ["    reason = sweep(tables, (tape, slot, n))", "    if reason != 0:", "        give(tables, (tables, tape))", *FAILED]
        lines += [f"    g{i} = collect(tables, tape, {a.first(i)}, {a.names[i]})" for i in a.numbers]
        found = a.each(lambda i, name: f"g{i}")
        lines.append("    give(tables, (tables, tape))")
        return [*lines, f"    return narrowed(value, {a.differentiated}), {found}" if value else f"    return {found}"]

    def nested(driver: Any, recording: Any, a: Arguments) -> Any:
        from jittape.native.nested import stand_in  # only who nests gradients needs it

        return stand_in(driver, recording, a, value)

    return Written("value_and_grad" if value else "grad", body, {}, complexes=True, nested=nested)


_GRAD, _BOTH = _swept(False), _swept(True)


@overload
def grad(f: Callable[Concatenate[T, P], Any], argnums: Literal[0] = 0) -> Callable[Concatenate[T, P], T]: ...
@overload
def grad(f: Callable[P, Any], argnums: int) -> Callable[P, Any]: ...
@overload
def grad(f: Callable[P, Any], argnums: Sequence[int]) -> Callable[P, tuple[Any, ...]]: ...
def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Any:
    """The gradient of a Numba function as a Numba function, to be called in native code (and from Python, too).

    What it records is kept on a tape that it takes for the time of the call; tapes are used again, whatever thread asks, so it
    may be called in `prange`, by several threads at once, and by a function that another gradient is taken of at the same time.

    Args:
        f: what `numba.njit` returned; it returns one number. Or what `jittape.record` returned for one array: the gradient is then its replay,
            compiled, and takes `out=`, an array that it is written to; a branch that was not recorded is recorded when it comes. Many points,
            (points, *shape), are swept in SIMD lanes (docs/native.md).
        argnums: which arguments to differentiate with respect to, floats, complex numbers or arrays of them: a number, or several. What is of
            single precision is computed with in double, and its derivatives are rounded. By a complex z = x + iy it is df/dx - i df/dy.

    Returns:
        A function of numba.njit with the arguments of f. Its result has the shape of the argument; a tuple of these where
        `argnums` is a sequence.

    Raises:
        numba.TypingError: where it is compiled: an argument cannot be differentiated, or f returns no number.
        TapeLimitError: when it is called: no memory for the tape, or more than `jittape.set_memory_limit` allows.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x, a):
        ...     return a * np.sum(x * x)
        >>> g = jt.native.grad(f)
        >>> @numba.njit
        ... def descend(x, steps):
        ...     for _ in range(steps):
        ...         x = x - 0.1 * g(x, 2.0)
        ...     return x
        >>> descend(np.array([1.0, 2.0]), 2).round(3).tolist()
        [0.36, 0.72]
    """
    return _made(f, argnums, False)


@overload
def value_and_grad(f: Callable[Concatenate[T, P], R], argnums: Literal[0] = 0) -> Callable[Concatenate[T, P], tuple[R, T]]: ...  # type: ignore[overload-overlap]
@overload
def value_and_grad(f: Callable[P, R], argnums: int) -> Callable[P, tuple[R, Any]]: ...
@overload
def value_and_grad(f: Callable[P, R], argnums: Sequence[int]) -> Callable[P, tuple[R, tuple[Any, ...]]]: ...
def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Any:
    """(value, gradient) of a Numba function as a Numba function, by one recording: see `grad`.

    Args:
        f, argnums: see `grad`, whose errors these are.

    Returns:
        A function of numba.njit with the arguments of f that returns (value, gradient).

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def cubes(x):
        ...     s = 0.0
        ...     for v in x:
        ...         s += v**3
        ...     return s
        >>> value, g = jt.native.value_and_grad(cubes)(np.array([1.0, 2.0]))
        >>> value, g.tolist()
        (9.0, [3.0, 12.0])
    """
    return _made(f, argnums, True)


def _made(f: Any, argnums: int | Sequence[int], valued: bool) -> Any:
    made = made_of_recorded(f)
    return make(f, argnums, _BOTH if valued else _GRAD) if made is None else made(f, argnums, valued)


def c_gradient(f: Callable[..., Any]) -> Any:
    """The gradient of a Numba function of one array, for callers in C (a solver that takes function pointers, say).

    Args:
        f: what `numba.njit` returned: of one array of one axis, returning one number.

    Returns:
        An object with `.address` and `.ctypes` of
        `int64_t gradient(const double *x, int64_t n, double *g, double *value)`, which writes the n entries of the gradient and the
        value, and returns 0, or 1 where f raised an exception or there was no memory. Keep the object as long as the address is used.

    Example:
        >>> import numpy as np, numba, ctypes, jittape as jt
        >>> @numba.njit
        ... def f(x):
        ...     return x[0] * x[1]
        >>> g = jt.native.c_gradient(f)
        >>> x, out, value = np.array([2.0, 3.0]), np.empty(2), np.empty(1)
        >>> g.ctypes(*(ctypes.c_void_p(a.ctypes.data) if k != 1 else a for k, a in enumerate((x, 2, out, value))))
        0
        >>> out.tolist(), value.tolist()
        ([3.0, 2.0], [6.0])
    """
    both = value_and_grad(f)

    @njit
    def call(x: Any, n: Any, g: Any, value: Any) -> Any:
        try:
            v, found = both(carray(x, n))
        except Exception:
            return 1
        value[0] = v
        for i in range(n):
            g[i] = found[i]
        return 0

    real = types.CPointer(types.float64)
    return cfunc(types.int64(types.voidptr, types.int64, types.voidptr, types.voidptr))(_addressed(call, real))


def _addressed(call: Any, real: Any) -> Any:
    pointer = gradient_steps.float_pointer

    def gradient(x: Any, n: Any, g: Any, value: Any) -> Any:
        return call(pointer(x), n, pointer(g), pointer(value))

    return gradient


for _f in (grad, value_and_grad, c_gradient):
    refuse(_f, f"jittape.native.{_f.__name__}", made_outside(_f.__name__))
