"""Integrals over two and three variables: integrals of integrals, each over intervals of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.constants import plain_values
from jittape.array.protocols import tape_of
from jittape.functions.products import recorded
from jittape.replay.closures import opened
from jittape.scipy.declare import like, original
from jittape.scipy.integrate.quadrature import adaptive, plain_function

Range = tuple[Any, Any]
"""The limits of a variable, each a number or a function of the later variables, the last one first."""


def _at(limits: Range, outer: tuple[Any, ...]) -> Any:
    return tuple(f(*outer[::-1]) if callable(f) else f for f in limits)


def _number(x: Any) -> Any:
    """One number: an integral within another one is asked for one place at a time."""
    if np.ndim(x):
        raise TypeError("one number at a time")
    return x


def nested(func: Any, ranges: list[Range], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """(integral of func(x0, ..., xn, *args), error estimate of the outermost one); None where nothing is recorded.

    Args:
        ranges: that of each variable, the innermost first.
        options: epsabs, epsrel and limit of each integral.
    """
    limits = [f for r in ranges for f in r]
    if not recorded(*limits) and tape_of(args) is None and not any(opened(f)[0] for f in (func, *limits) if callable(f)):
        return None
    plain_func, plain_args = plain_function(func, []), tuple(plain_values(args))
    plain_ranges: list[Range] = [tuple(plain_function(f, []) if callable(f) else plain_values(f) for f in r) for r in ranges]  # type: ignore[misc]
    scipys = original("scipy.integrate.quad")

    def plain(k: int, outer: tuple[Any, ...]) -> Any:
        if k < 0:
            return plain_func(*outer, *plain_args)
        low, high = _at(plain_ranges[k], outer)
        return scipys(lambda x: plain(k - 1, (x, *outer)), low, high, **options)[0]

    def level(k: int, outer: tuple[Any, ...]) -> tuple[Any, Any]:
        low, high = _at(ranges[k], outer)
        known = tuple(plain_values(outer))
        inner: Callable[[Any], Any] = lambda x: func(x, *outer, *args) if k == 0 else level(k - 1, (_number(x), *outer))[0]
        total, error, _ = adaptive(inner, lambda x: plain(k - 1, (x, *known)), low, high, options)
        return total, error

    return level(len(ranges) - 1, ())


WHAT = "limits, args, what the functions refer to"


@like("scipy.integrate.dblquad", by=WHAT, traced=True, several=("args",))
def dblquad(func: Any, a: Any, b: Any, gfun: Any, hfun: Any, args: Any = (), epsabs: Any = 1.49e-8, epsrel: Any = 1.49e-8) -> Any:
    """(integral of func(y, x, *args) over x from a to b and y from gfun(x) to hfun(x), an estimate of its error)."""
    found = nested(func, [(gfun, hfun), (a, b)], tuple(args), {"epsabs": epsabs, "epsrel": epsrel, "limit": 50})
    return original("scipy.integrate.dblquad")(func, a, b, gfun, hfun, args, epsabs, epsrel) if found is None else found


@like("scipy.integrate.tplquad", by=WHAT, traced=True, several=("args",))
def tplquad(
    func: Any, a: Any, b: Any, gfun: Any, hfun: Any, qfun: Any, rfun: Any, args: Any = (), epsabs: Any = 1.49e-8, epsrel: Any = 1.49e-8,
) -> Any:  # fmt: skip
    """(integral of func(z, y, x, *args) over x from a to b, y from gfun(x) to hfun(x) and z from qfun(x, y) to rfun(x, y), an estimate of its error)."""
    found = nested(func, [(qfun, rfun), (gfun, hfun), (a, b)], tuple(args), {"epsabs": epsabs, "epsrel": epsrel, "limit": 50})
    return original("scipy.integrate.tplquad")(func, a, b, gfun, hfun, qfun, rfun, args, epsabs, epsrel) if found is None else found
