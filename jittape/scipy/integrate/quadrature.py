"""Integrals of functions: adaptive ones by QUADPACK's intervals, and Gauss-Legendre rules of fixed order.

`quad` asks SciPy where the integrand needs which intervals, with plain values, and records the integral over these: Kronrod's rule on
nodes that keep their places between the limits. As the nodes move with the limits, the derivative by these is Leibniz's, to the accuracy of
the rule, and so are those of higher order. A recording guards the error estimate: where the nodes are too few, they are found anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
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
HALVINGS, SHARPER = 200, 30
"""How often intervals are halved where QUADPACK extrapolated, and where it did not."""
SHARP = 1e-13
"""Relative size of the error estimate up to which they are."""
ROUNDED = 16.0
"""Units in the last place of an integral of an integrand in single precision that are no error."""
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
    expected = np.array([plain(float(x)) for x in np.ravel(plain_values(nodes))], float)
    tape = tape_of((flat,))
    lost = None if tape is None else tape.lost
    try:
        out = f(flat)
        if np.shape(out) == np.shape(flat) and np.allclose(plain_values(out), expected, SAME, SAME * np.abs(expected).max(initial=0.0), equal_nan=True):
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
    info, last = found[2], max(found[2]["last"], 1)
    if len(found) > 3:
        warnings.warn(found[3], original("scipy.integrate.IntegrationWarning"), stacklevel=4)
    rule = GK15 if np.isinf(low) or np.isinf(high) else GK21
    starts, ends = (np.array(info[k][:last]) for k in ("alist", "blist")) if high > low else (np.array([low]), np.array([high]))
    if len(found) == 3 and high > low:
        starts, ends = _refined(plain, low, high, starts, ends, rule, found[0], max(options["epsabs"], options["epsrel"] * abs(found[0])))
    calls, factor, half = _nodes(a, b, low, high, starts, ends)
    values = sum(_evaluated(f, x, plain) for x in calls) * factor
    parts = (values @ rule.kronrod) * half
    total = np.sum(parts)
    error = _error(values, rule, half)
    tape = decisions.guarded(error)
    if tape is not None:
        bound = np.maximum(max(options["epsabs"], SLACK * float(error.value())), options["epsrel"] * np.abs(total))
        places = np.concatenate([starts, ends])
        decisions.hold(tape, "the error estimate of scipy.integrate.quad on its nodes", [(ops.LESS_EQUAL, error.slots, bound.slots)], places.tobytes())
    return -total if flipped else total, stop(error), info


def _refined(plain: Callable[..., float], low: float, high: float, starts: Any, ends: Any, rule: Any, expected: float, tolerance: float) -> tuple[Any, Any]:
    """QUADPACK's intervals, halved where the rule is worst: until their sum is what QUADPACK found by extrapolation, and around kinks.

    Of a kink in an interval of width h the value has an error of the order h^2 and the derivative one of h. So the tolerance of the value is not
    enough; a smooth integrand is not concerned, as the rule has converged where that is reached.

    Raises:
        RecordingError: it takes too many to find what QUADPACK extrapolated.
    """

    def parts(starts: Any, ends: Any) -> tuple[Any, Any]:
        calls, factor, half = _nodes(low, high, low, high, starts, ends)
        values = sum(np.array([plain(float(x)) for x in np.ravel(nodes)], float).reshape(nodes.shape) for nodes in calls) * factor
        return (values @ rule.kronrod) * half, np.abs((values @ (rule.kronrod - rule.gauss)) * half)

    totals, errors = parts(starts, ends)
    if getattr(plain(0.5 * float(starts[0] + ends[0])), "dtype", None) == np.float32:  # an integrand that is rounded so has no more digits
        tolerance = max(tolerance, ROUNDED * float(np.finfo(np.float32).eps) * float(np.sum(np.abs(totals))))
    for halvings in range(HALVINGS):
        if not abs(np.sum(totals) - expected) > tolerance and (halvings >= SHARPER or not np.sum(errors) > SHARP * np.sum(np.abs(totals))):
            return starts, ends
        k = int(np.argmax(errors))
        middle = 0.5 * (starts[k] + ends[k])
        halves = np.array([starts[k], middle]), np.array([middle, ends[k]])
        found, rough = parts(*halves)
        starts, ends = (np.concatenate([np.delete(x, k), y]) for x, y in zip((starts, ends), halves, strict=True))
        totals, errors = np.concatenate([np.delete(totals, k), found]), np.concatenate([np.delete(errors, k), rough])
    raise RecordingError(
        f"scipy.integrate.quad: the integral over its intervals is {np.sum(totals)} and QUADPACK extrapolates {expected}: the integrand is too singular to be recorded. "
        "Substitute another variable, in which it is smooth"
    )


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
    if np.isinf(plain_values(a)) or np.isinf(plain_values(b)):
        raise ValueError("Gaussian quadrature is only available for finite limits.")
    nodes, weights = original("scipy.special.roots_legendre")(n)
    nodes = np.real(nodes)
    y = (b - a) * (nodes + 1.0) / 2.0 + a
    return (b - a) / 2.0 * np.sum(weights * func(y, *args), axis=-1), None
