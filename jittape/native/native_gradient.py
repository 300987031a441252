"""Gradients inside native code: `jittape.native.grad` and `value_and_grad` make functions of numba.njit."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, overload

from numba import carray, cfunc, njit, types

from jittape.compiler.dispatchers import is_dispatcher
from jittape.compiler.locks import compiling
from jittape.errors import GradientError, TapeLimitError
from jittape.functions.argnums import argument_numbers, is_single, positions
from jittape.functions.primitive import REGISTERED, Primitive
from jittape.native import gradient_steps
from jittape.native.compile.cache import keep
from jittape.native.compile.made import Made
from jittape.native.compile.source import from_source
from jittape.native.compile.versions import recording_version
from jittape.native.prepare import prepare
from jittape.native.recording.workspace import LIMITED
from jittape.native.refused import made_outside, refuse
from jittape.native.vars.sharing import STORED

P = ParamSpec("P")
T = TypeVar("T", bound=Any)
R = TypeVar("R")
LIMIT = (
    "the tape of a native gradient could not grow: no memory, or more than the limit that jittape.set_memory_limit set. "
    "Raise the limit, or record a smaller part of the computation"
)
SWEEP = "the reverse sweep of a native gradient failed; the log of jittape says why"
_made = Made()
_lock = compiling()


def _text(names: list[str], shown: list[str], numbers: tuple[int, ...], single: bool, value: bool) -> str:
    """The source of a gradient."""
    lines = [f"def gradient({', '.join(shown)}):"]
    total = "0"
    for i in numbers:
        lines.append(f"    n{i} = {total} + size({names[i]})")
        total = f"n{i}"
    lines += [
        f"    n = {total}",
        "    tables = table()",
        "    tape = begin(tables, (tables, n)) if tables != 0 else 0",
        "    if tape == 0:",
        "        raise TapeLimitError(LIMIT)",
    ]
    first = "0"
    for i in numbers:
        lines.append(f"    v{i} = load(tables, tape, {first}, {names[i]})")
        first = f"n{i}"
    pairs = [f"shares({names[i]}, {x})" for i in numbers for j, x in enumerate(names) if j != i and not (j in numbers and j < i)]
    handed = ", ".join(f"v{i}" if i in numbers else x for i, x in enumerate(names))
    lines += [f"    value, slot = call(tables, tape, ({handed},))"]
    if pairs:
        lines.append(f"    if {' or '.join(pairs)}:")
        first = "0"
        for i in numbers:
            lines += [f"        if stored(v{i}, {first}):", "            give(tables, (tables, tape))", "            raise GradientError(STORED)"]
            first = f"n{i}"
    lines += [
        "    reason = sweep(tables, (tape, slot, n))",
        "    if reason != 0:",
        "        give(tables, (tables, tape))",
        "        if reason == LIMITED:",
        "            raise TapeLimitError(LIMIT)",
        "        raise GradientError(SWEEP)",
    ]
    first = "0"
    for i in numbers:
        lines.append(f"    g{i} = collect(tables, tape, {first}, {names[i]})")
        first = f"n{i}"
    found = f"g{numbers[0]}" if single else "(" + "".join(f"g{i}, " for i in numbers) + ")"
    lines += ["    give(tables, (tables, tape))", f"    return value, {found}" if value else f"    return {found}"]
    return "\n".join(lines) + "\n"


def _calling(f: Any, parameters: Sequence[inspect.Parameter]) -> Any:
    """A function that calls one with a rule of its own, which then stands in for it."""
    names = ", ".join(p.name for p in parameters)
    found = from_source(f"def calling({names}):\n    return f_({names})\n", __name__, {"f_": f})["calling"]
    found.__name__ = found.__qualname__ = f.py_func.__name__
    return njit(found)


def _make(f: Any, argnums: int | Sequence[int], value: bool) -> Any:
    if isinstance(f, Primitive):
        f = f.f
    if not is_dispatcher(f):
        raise TypeError(f"a native gradient is that of a function of numba.njit, not of {f!r}; use jittape.grad")
    prepare()
    parameters = list(inspect.signature(f.py_func).parameters.values())
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        raise GradientError(f"{f.py_func.__name__} takes *args or **kwargs, and a native gradient needs to know its arguments: name them")
    numbers = positions(argument_numbers(argnums), len(parameters), f"{f.py_func.__name__} has")
    key = (numbers, is_single(argnums), value)
    with _lock:
        made = _made.of(f)
        if key not in made:
            names = [p.name for p in parameters]
            if set(names) & _own(len(names)):
                names = [f"a_{name}" for name in names]
            defaults = [f"default{i}" if p.default is not p.empty else "" for i, p in enumerate(parameters)]
            shown = [f"{name}={d}" if d else name for name, d in zip(names, defaults, strict=True)]
            scope: dict[str, Any] = {d: p.default for d, p in zip(defaults, parameters, strict=True) if d}
            scope |= {"TapeLimitError": TapeLimitError, "GradientError": GradientError, "LIMIT": LIMIT, "SWEEP": SWEEP}
            scope |= {k: getattr(gradient_steps, k) for k in STEPS}
            scope |= {"LIMITED": LIMITED, "STORED": STORED}
            scope["call"] = gradient_steps.caller(recording_version(_calling(f, parameters) if id(f) in REGISTERED else f, called=True))
            gradient = from_source(_text(names, shown, numbers, key[1], value), __name__, scope)["gradient"]
            gradient.__name__ = gradient.__qualname__ = f"{'value_and_grad' if value else 'grad'}_of_{f.py_func.__name__}"
            made[key] = dispatcher = njit(nogil=True)(gradient)
            dispatcher._jittape_version = True
            what = "_".join(map(str, numbers))
            keep(dispatcher, f, f"jittape.{gradient.__name__.split('_of_')[0]}_{what}{'' if key[1] else '_'}")
        return made[key]


STEPS = ("table", "begin", "load", "size", "sweep", "collect", "give", "shares", "stored")
_NAMES = {*STEPS, "call", "tables", "tape", "slot", "value", "n", "reason", "TapeLimitError", "GradientError", "LIMIT", "SWEEP", "LIMITED", "STORED"}


def _own(arguments: int) -> set[str]:
    """The names that the source of a gradient has beside those of its arguments."""
    return _NAMES | {f"{c}{i}" for c in ("n", "v", "g", "default") for i in range(arguments)}


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
        f: what `numba.njit` returned. It returns one number.
        argnums: which arguments to differentiate with respect to, floats or arrays of float64: a number, or several.

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
    return _make(f, argnums, False)


@overload
def value_and_grad(f: Callable[Concatenate[T, P], R], argnums: Literal[0] = 0) -> Callable[Concatenate[T, P], tuple[R, T]]: ...  # type: ignore[overload-overlap]
@overload
def value_and_grad(f: Callable[P, R], argnums: int) -> Callable[P, tuple[R, Any]]: ...
@overload
def value_and_grad(f: Callable[P, R], argnums: Sequence[int]) -> Callable[P, tuple[R, tuple[Any, ...]]]: ...
def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Any:
    """(value, gradient) of a Numba function as a Numba function: see `grad`."""
    return _make(f, argnums, True)


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
