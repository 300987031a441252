"""Hessians, Jacobians and their products inside native code: `jittape.native.hessian` and its kin make functions of numba.njit.

A call records once, as a native gradient does. The recording is linearized, and swept along some directions at a time (sweep/point/second.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from jittape.native import second_steps
from jittape.native.drivers import FAILED, Arguments, Written, make
from jittape.native.refused import made_outside, refuse

AHEAD = (("second", "second_table"),)
GIVE = "    give(tables, (tables, tape))"
MISFIT = "a direction does not have the shape of its argument"


def _names(*names: str) -> dict[str, Any]:
    return {name: getattr(second_steps, name) for name in ("second_table", *names)}


def _gradient(a: Arguments) -> str:
    return a.each(lambda i, x: f"sloped(out, {a.first(i)}, {x})")


def _checked(a: Arguments, holomorphic: bool) -> str:
    """A line that refuses what is complex where it has no derivative of that kind."""
    return f"    {'check_analytic' if holomorphic else 'check_parts'}(value, {a.differentiated})"


def _hessians(everything: bool, holomorphic: bool = False) -> Written:
    def body(a: Arguments) -> list[str]:
        h = a.each(lambda i, x: a.each(lambda j, y: f"block(out, n, n, {a.first(i)}, {a.first(j)}, {x}, {y})"))
        found = f"narrowed(value, {a.differentiated}), {_gradient(a)}, {h}" if everything else h
        check = [_checked(a, True)] if holomorphic else []
        return [*check, "    reason, out = find_hessian(second, tape, slot, n)", GIVE, *FAILED, f"    return {found}"]

    name = "value_grad_and_hessian" if everything else "hessian"
    names = _names("find_hessian", "block", "sloped", "check_parts", "check_analytic")
    return Written(name, body, names, complexes=holomorphic, holomorphic=holomorphic, ahead=AHEAD)


def _beside(a: Arguments) -> tuple[list[str], list[str]]:
    """Parameters with the direction in second place."""
    required = [a.shown[0].partition("=")[0], "direction"]
    return required + a.shown[1:], []


def _directed(a: Arguments, source: Callable[[int], str]) -> list[str]:
    """Lines that make the direction of all inputs."""
    lines = ["    v = np.empty(n)", "    fits = True"]
    for i in a.numbers:
        lines.append(f"    fits = put(v, {a.first(i)}, {source(i)}, {a.names[i]}) and fits")
    return [*lines, "    if not fits:", f"    {GIVE}", "        raise ValueError(MISFIT)"]


def _products(holomorphic: bool = False) -> Written:
    def body(a: Arguments) -> list[str]:
        lines = [_checked(a, True)] if holomorphic else []
        lines += _directed(a, lambda i: "direction" if a.single else f"direction[{a.numbers.index(i)}]")
        found = a.each(lambda i, x: f"sloped(out, n + {a.first(i)}, {x})")
        return [*lines, "    reason, out = find_product(second, tape, slot, n, v)", GIVE, *FAILED, f"    return {found}"]

    names = _names("find_product", "sloped", "put", "np", "check_parts", "check_analytic") | {"MISFIT": MISFIT}
    return Written("hvp", body, names, _beside, complexes=True, holomorphic=holomorphic, ahead=AHEAD)


RESULT = [
    "    m = count(value)",
    "    slots = np.empty(m, np.int64)",
    "    slots_into(slots, 0, value)",
]
"""Lines that find the slots of a result."""


def _jacobians(both: bool, holomorphic: bool = False) -> Written:
    def body(a: Arguments) -> list[str]:
        xs, firsts = a.each(lambda i, x: x), a.each(lambda i, x: a.first(i))
        lines = [_checked(a, holomorphic), *RESULT, "    reason, out = find_jacobian(second, tape, slots, n)"]
        lines += [f"    known = narrowed(plain(value), {a.differentiated})"] if both else []
        found = f"matrix(out, n, 0, value, {xs}, {firsts})"
        return [*lines, *_failed(), f"    found = {found}", GIVE, f"    return {'known, found' if both else 'found'}"]

    names = _names("find_jacobian", "count", "slots_into", "plain", "matrix", "np", "check_parts", "check_analytic")
    return Written("value_and_jacobian" if both else "jacobian", body, names, one=False, complexes=True, holomorphic=holomorphic, ahead=AHEAD)


def _failed() -> list[str]:
    return ["    if reason != 0:", f"    {GIVE}", *FAILED]


def _pushed() -> Written:
    def parameters(a: Arguments) -> tuple[list[str], list[str]]:
        lines = [f"    check_primals(primals, tangents, ({'0, ' * len(a.names)}), ({'0, ' * len(a.numbers)}))"]
        return ["primals", "tangents"], [*lines, *(f"    {name} = primals[{i}]" for i, name in enumerate(a.names))]

    def body(a: Arguments) -> list[str]:
        lines = [*_directed(a, lambda i: f"tangents[{a.numbers.index(i)}]"), *RESULT, "    reason, out = find_pushed(second, tape, slots, n, v)"]
        lines += [*_failed(), f"    known = narrowed(plain(value), {a.differentiated})"]
        return [*lines, f"    pushed = narrowed(shaped(out, 0, value), {a.differentiated})", GIVE, "    return known, pushed"]

    names = _names("find_pushed", "count", "slots_into", "plain", "shaped", "put", "np", "check_primals") | {"MISFIT": MISFIT}
    return Written("jvp", body, names, parameters, one=False, complexes=True, ahead=AHEAD)


_HESSIAN, _EVERYTHING, _PRODUCT, _JACOBIAN, _BOTH = (
    {holomorphic: made(holomorphic) for holomorphic in (False, True)}
    for made in (partial(_hessians, False), partial(_hessians, True), _products, partial(_jacobians, False), partial(_jacobians, True))
)
"""By whether the function is said to be analytic."""
_PUSHED = _pushed()


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, holomorphic: bool = False) -> Any:
    """The Hessian of a Numba function as a Numba function, to be called in native code, in `prange` too (and from Python).

    The function is recorded once a call; second derivatives then come from sweeps forward and back along up to eight directions at a time.

    Args:
        f: what `numba.njit` returned. It returns one number.
        argnums: which arguments to differentiate with respect to, as for `jittape.native.grad`.
        holomorphic: f is an analytic function of complex numbers, whose complex derivatives are asked for (docs/complex.md). The Hessian of a real function of
            complex numbers is refused.

    Returns:
        A function of numba.njit with the arguments of f. For an argument of shape s its result has shape s + s (a number for a number); where
        `argnums` is a sequence, it is a tuple of tuples, as that of `jittape.hessian`. It is symmetric to the last bit.

    Raises:
        numba.TypingError: where it is compiled: an argument cannot be differentiated, or f returns no number.
        TapeLimitError: when it is called: no memory, or more than `jittape.set_memory_limit` allows.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x, a):
        ...     return a * x[0] ** 2 * x[1]
        >>> H = jt.native.hessian(f)
        >>> @numba.njit
        ... def trace(x):
        ...     return np.trace(H(x, 3.0))
        >>> trace(np.array([1.0, 2.0]))
        12.0
    """
    return make(f, argnums, _HESSIAN[bool(holomorphic)])


def value_grad_and_hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, holomorphic: bool = False) -> Any:
    """(value, gradient, Hessian) of a Numba function as a Numba function, by one recording.

    Args:
        f, argnums, holomorphic: see `hessian`, whose errors these are.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x):
        ...     return np.sum(x**4)
        >>> everything = jt.native.value_grad_and_hessian(f)
        >>> @numba.njit
        ... def newton(x):
        ...     v, g, h = everything(x)
        ...     return x - np.linalg.solve(h, g)
        >>> newton(np.array([3.0, 6.0])).tolist()
        [2.0, 4.0]
    """
    return make(f, argnums, _EVERYTHING[bool(holomorphic)])


def hvp(f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, holomorphic: bool = False) -> Any:
    """Products of the Hessian of a Numba function with vectors as a Numba function: hvp(f)(x, v, *others).

    It costs a small multiple of a gradient, whatever the number of variables.

    Args:
        f, argnums, holomorphic: as for `hessian`. Of a real function of complex numbers it is the derivative of the gradient in the vector's direction.

    Returns:
        A function of numba.njit with the arguments of f, and the vector in second place: of the form of the argument that is
        differentiated, which the result has, too; a tuple of these where `argnums` is a sequence.

    Raises:
        ValueError: when it is called: the vector does not have the argument's shape.
        numba.TypingError, TapeLimitError: as for `hessian`.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x, a):
        ...     return a * np.sum(x**3)
        >>> jt.native.hvp(f)(np.array([1.0, 2.0]), np.array([1.0, 0.0]), 2.0).tolist()
        [12.0, 0.0]
    """
    return make(f, argnums, _PRODUCT[bool(holomorphic)])


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, holomorphic: bool = False) -> Any:
    """The Jacobian of a Numba function as a Numba function.

    It goes forward or back, up to eight columns or rows at a time, as there are fewer of either.

    Args:
        f: what `numba.njit` returned. It returns a number, an array, or a tuple of these.
        argnums, holomorphic: as for `hessian`. Real results may be differentiated by complex numbers, df/dx - i df/dy, and complex results by real ones.

    Returns:
        A function of numba.njit with the arguments of f. For a result of shape r and an argument of shape s, its result has shape r + s; in
        the place of each part of a tuple stands that of the part, a tuple where `argnums` is a sequence.

    Raises:
        numba.TypingError, TapeLimitError: as for `hessian`.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def polar(x):
        ...     return x[0] * np.cos(x[1]), x[0] * np.sin(x[1])
        >>> by_r, by_phi = jt.native.jacobian(polar)(np.array([2.0, 0.0]))
        >>> by_r.tolist(), by_phi.tolist()
        ([1.0, 0.0], [0.0, 2.0])
    """
    return make(f, argnums, _JACOBIAN[bool(holomorphic)])


def value_and_jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, holomorphic: bool = False) -> Any:
    """(value, Jacobian) of a Numba function as a Numba function, by one recording.

    Args:
        f, argnums, holomorphic: see `jacobian`, whose errors these are.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x):
        ...     return x * x
        >>> y, J = jt.native.value_and_jacobian(f)(np.array([1.0, 3.0]))
        >>> y.tolist(), J.tolist()
        ([1.0, 9.0], [[2.0, 0.0], [0.0, 6.0]])
    """
    return make(f, argnums, _BOTH[bool(holomorphic)])


def jvp(f: Callable[..., Any], argnums: int | Sequence[int] | None = None) -> Any:
    """Values and directional derivatives of a Numba function as a Numba function: jvp(f)(primals, tangents).

    Args:
        f: as for `jacobian`.
        argnums: which arguments are differentiated; all of them where it is None.

    Returns:
        A function of numba.njit of two tuples, the arguments of f and the directions of those that are differentiated, each of the
        argument's form. It returns (value, tangent), both of the form of the result.

    Raises:
        ValueError: when it is called: a direction does not have its argument's shape.
        numba.TypingError, TapeLimitError: as for `hessian`.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x, a):
        ...     return a * x**2
        >>> push = jt.native.jvp(f)
        >>> y, dy = push((np.array([1.0, 2.0]), 3.0), (np.array([1.0, 0.0]), 0.0))
        >>> y.tolist(), dy.tolist()
        ([3.0, 12.0], [6.0, 0.0])
    """
    return make(f, argnums, _PUSHED)


for _f in (hessian, value_grad_and_hessian, hvp, jacobian, value_and_jacobian, jvp):
    refuse(_f, f"jittape.native.{_f.__name__}", made_outside(_f.__name__))
