"""Integrals of functions: adaptive ones by QUADPACK's intervals, and Gauss-Legendre rules of fixed order.

`quad` asks SciPy where the integrand needs which intervals, with plain values, and records the integral over these: Kronrod's rule on
nodes that keep their places between the limits. As the nodes move with the limits, the derivative by these is Leibniz's, to the accuracy of
the rule, and so are those of higher order. A recording guards the error estimate: where the nodes are too few, they are found anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.constants import plain_values
from jittape.array.protocols import tape_of
from jittape.errors import RecordingError
from jittape.functions import decisions
from jittape.functions.lift import stop
from jittape.functions.products import as_array, recorded
from jittape.ops._generated import opcodes as ops
from jittape.replay.closures import opened
from jittape.scipy.declare import like, original
from jittape.scipy.integrate.kronrod import GK15, GK21

SLACK = 10.0
"""How many times the error estimate of the recorded point, where that is larger than what was asked for, another point may have."""
SAME = 1e-9
"""Relative difference up to which an integrand of an array of nodes gives what it gives of one node after another."""


def plain_function(f: Callable[..., Any], met: list[bool]) -> Callable[..., float]:
    """The function on the values of the recorded ones that it refers to; `met` is appended to where a result is recorded all the same."""
    found, remake = opened(f)
    g = remake([x.value() if isinstance(x, Array) else x for x in found]) if found else f

    def plain(*args: Any) -> Any:
        out = g(*args)
        if isinstance(out, Array):
            met.append(True)
            out = out.value()
        return out

    return plain


def _value(x: Any) -> Any:
    return x.value() if isinstance(x, Array) else x


def _limit(x: Any) -> float:
    if isinstance(x, Array):
        found = np.asarray(x.value())
        if np.isinf(found).any():
            raise RecordingError("scipy.integrate.quad of recorded values: an infinite limit is plain, np.inf")
        x = found
    return float(np.reshape(x, ()))


def _nodes(a: Any, b: Any, low: float, high: float, starts: Any, ends: Any) -> tuple[list[Any], Any, Any]:
    """(nodes at which the integrand is asked, one array a call; its factor there; the half lengths of the intervals).

    Args:
        a, b: the limits, a the lower one.
        low, high: their values.
        starts, ends: QUADPACK's intervals, of the range (0, 1) for infinite limits.
    """
    half, middle = (ends - starts)[:, None] / 2.0, (ends + starts)[:, None] / 2.0
    infinite = np.isinf(low) or np.isinf(high)
    t = middle + half * (GK15 if infinite else GK21).nodes
    if not infinite:
        where = (t - low) / (high - low) if high > low else 0.5 + 0.5 * np.broadcast_to(GK21.nodes, t.shape)
        width = b - a
        return [a + width * where], 1.0, half[:, 0] / (high - low) * width if high > low else 0.5 * width * np.ones(len(half))
    away = (1.0 - t) / t
    calls = [away, -away] if np.isinf(low) and np.isinf(high) else [a + away] if np.isinf(high) else [b - away]
    return calls, 1.0 / t**2, half[:, 0]


def _evaluated(f: Callable[..., Any], nodes: Any, plain: Callable[..., float]) -> Any:
    """The integrand at nodes, [intervals, nodes]: at all of them at once if it is a function of arrays, else one after another."""
    flat = np.ravel(nodes)
    expected = np.array([plain(float(x)) for x in np.ravel(_value(nodes))], float)
    tape = tape_of((flat,))
    lost = None if tape is None else tape.lost
    try:
        out = f(flat)
        if np.shape(out) == np.shape(flat) and np.allclose(_value(out), expected, SAME, SAME * np.abs(expected).max(initial=0.0), equal_nan=True):
            return np.reshape(out, np.shape(nodes))
    except Exception:  # it branches, or calls what takes numbers only: what it says of one number is told below
        if tape is not None:
            tape.lost = lost
    values = [f(flat[i]) for i in range(flat.size)]
    return np.reshape(as_array([np.reshape(v, ()) if np.ndim(v) else v for v in values]), np.shape(nodes))


def adaptive(f: Callable[..., Any], plain: Callable[..., float], a: Any, b: Any, options: dict[str, Any], found: Any = None) -> tuple[Any, Any, dict[str, Any]]:
    """(the recorded integral, an estimate of its error, QUADPACK's information) of f, which is `plain` on values.

    Args:
        options: epsabs, epsrel, limit of SciPy's `quad`.
        found: what that returned, where it was asked already.
    """
    low, high = _limit(a), _limit(b)
    if recorded(a, b) and np.isfinite(low) and np.isfinite(high):
        flipped = not bool(a <= b)
    else:
        flipped = low > high
    if flipped:
        a, b, low, high = b, a, high, low
    if found is None or flipped:
        found = original("scipy.integrate.quad")(plain, low, high, full_output=1, **options)
    info, last = found[2], found[2]["last"]
    if len(found) > 3:
        warnings.warn(found[3], original("scipy.integrate.IntegrationWarning"), stacklevel=4)
    calls, factor, half = _nodes(a, b, low, high, info["alist"][:last], info["blist"][:last])
    values = sum(_evaluated(f, x, plain) for x in calls) * factor
    rule = GK15 if np.isinf(low) or np.isinf(high) else GK21
    parts = (values @ rule.kronrod) * half
    total = np.sum(parts)
    error = _error(values, rule, half)
    tape = decisions.guarded(error)
    if tape is not None:
        bound = np.maximum(max(options["epsabs"], SLACK * float(error.value())), options["epsrel"] * np.abs(total))
        places = np.concatenate([info["alist"][:last], info["blist"][:last]])
        decisions.hold(tape, "the error estimate of scipy.integrate.quad on its nodes", [(ops.LESS_EQUAL, error.slots, bound.slots)], places.tobytes())
    return -total if flipped else total, stop(error), info


def _error(values: Any, rule: Any, half: Any) -> Any:
    """QUADPACK's estimate of the error of Kronrod's rule, the sum over the intervals."""
    values, half = stop(values), np.abs(stop(half))
    mean = (values @ rule.kronrod) / 2.0
    rough = np.abs(values @ (rule.kronrod - rule.gauss)) * half
    spread = (np.abs(values - mean[:, None]) @ rule.kronrod) * half
    safe = np.where(spread == 0.0, 1.0, spread)
    return np.sum(np.where(spread == 0.0, rough, spread * np.minimum(1.0, (200.0 * rough / safe) ** 1.5)))


@like("scipy.integrate.quad", by="a, b, args, what func refers to", note="without points=, weight= and complex_func=", traced=True, several=("args",))
def quad(
    func: Any, a: Any, b: Any, args: Any = (), full_output: Any = 0, epsabs: Any = 1.49e-8, epsrel: Any = 1.49e-8, limit: Any = 50, points: Any = None,
    weight: Any = None, wvar: Any = None, wopts: Any = None, maxp1: Any = 50, limlst: Any = 50, complex_func: Any = False,
) -> Any:  # fmt: skip
    """(integral of func(x, *args) from a to b, an estimate of its error).

    Raises:
        RecordingError: points=, weight= or complex_func= with recorded values.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import integrate
        >>> round(float(jt.grad(lambda t: integrate.quad(lambda x: np.exp(-t * x), 0, np.inf)[0])(2.0)), 9)
        -0.25
    """
    args = args if isinstance(args, tuple) else (args,)
    given = {k: v for k, v in {"points": points, "weight": weight, "complex_func": complex_func or None}.items() if v is not None}
    options = {"epsabs": epsabs, "epsrel": epsrel, "limit": limit}
    met: list[bool] = []
    if callable(func):
        seen = recorded(a, b) or tape_of(args) is not None or bool(opened(func)[0])
        if seen and given:
            raise RecordingError(f"scipy.integrate.quad of recorded values takes no {', '.join(f'{k}=' for k in given)}: split the range at the points, write the weight into the function")
    if not callable(func) or given:
        return original("scipy.integrate.quad")(
            func, a, b, args, full_output, epsabs, epsrel, limit, points, weight, wvar, wopts, maxp1, limlst, complex_func=complex_func
        )
    values = tuple(plain_values(args))
    inner = plain_function(func, met)
    plain = lambda x: inner(x, *values)
    found = original("scipy.integrate.quad")(plain, _limit(a), _limit(b), full_output=1, **options)
    if not seen and not met:
        if full_output:
            return found
        if len(found) > 3:
            warnings.warn(found[3], original("scipy.integrate.IntegrationWarning"), stacklevel=3)
        return found[:2]
    total, error, info = adaptive(lambda x: func(x, *args), plain, a, b, options, found)
    return (total, error, info) if full_output else (total, error)


@like("scipy.integrate.fixed_quad", by="a, b, args, what func refers to", traced=True, several=("args",))
def fixed_quad(func: Any, a: Any, b: Any, args: Any = (), n: Any = 5) -> Any:
    """(integral of func(x, *args) from a to b by the Gauss-Legendre rule of n nodes, None); func takes arrays of nodes."""
    if np.isinf(_value(a)) or np.isinf(_value(b)):
        raise ValueError("Gaussian quadrature is only available for finite limits.")
    nodes, weights = original("scipy.special.roots_legendre")(n)
    nodes = np.real(nodes)
    y = (b - a) * (nodes + 1.0) / 2.0 + a
    return (b - a) / 2.0 * np.sum(weights * func(y, *args), axis=-1), None


# --- several variables ------------------------------------------------------------------------------------------------------------


def _nested(func: Any, ranges: Sequence[Any], plain_ranges: Sequence[Any], args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
    """(integral, error estimate of the outermost one) of func(x0, ..., xn, *args).

    Args:
        ranges: of each variable, the function of the later ones that gives its limits.
        plain_ranges: these on values.
    """
    plain_func, plain_args = plain_function(func, []), tuple(plain_values(args))
    scipys = original("scipy.integrate.quad")

    def plain(k: int, outer: tuple[Any, ...]) -> Any:
        if k < 0:
            return plain_func(*outer, *plain_args)
        low, high = plain_ranges[k](*outer)
        return scipys(lambda x: plain(k - 1, (x, *outer)), low, high, **options)[0]

    def level(k: int, outer: tuple[Any, ...]) -> tuple[Any, Any]:
        low, high = ranges[k](*outer)
        known = tuple(map(_value, outer))
        inner = lambda x: func(x, *outer, *args) if k == 0 else level(k - 1, (_number(x), *outer))[0]
        total, error, _ = adaptive(inner, lambda x: plain(k - 1, (x, *known)), low, high, options)
        return total, error

    return level(len(ranges) - 1, ())


def _number(x: Any) -> Any:
    """One number: an integral within another one is asked for one place at a time."""
    if np.ndim(x):
        raise TypeError("one number at a time")
    return x


@like("scipy.integrate.dblquad", by="a, b, gfun, hfun, args, what the functions refer to", traced=True, several=("args",))
def dblquad(func: Any, a: Any, b: Any, gfun: Any, hfun: Any, args: Any = (), epsabs: Any = 1.49e-8, epsrel: Any = 1.49e-8) -> Any:
    """(integral of func(y, x, *args) over x from a to b and y from gfun(x) to hfun(x), an estimate of its error)."""
    functions = [f for f in (func, gfun, hfun) if callable(f)]
    if not recorded(a, b, gfun, hfun) and tape_of(args) is None and not any(opened(f)[0] for f in functions):
        return original("scipy.integrate.dblquad")(func, a, b, gfun, hfun, args, epsabs, epsrel)
    plain = [plain_function(f, []) if callable(f) else _value(f) for f in (gfun, hfun)]
    options = {"epsabs": epsabs, "epsrel": epsrel, "limit": 50}
    return _nested(func, _ranges(a, b, gfun, hfun), _ranges(_value(a), _value(b), *plain), tuple(args), options)


def _ranges(a: Any, b: Any, low: Any, high: Any) -> list[Callable[..., tuple[Any, Any]]]:
    return [lambda x: tuple(f(x) if callable(f) else f for f in (low, high)), lambda: (a, b)]
