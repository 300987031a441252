"""Quantiles that SciPy finds by iteration, as functions of recorded values: by the implicit function theorem.

The value is SciPy's own, computed anew at each replay by an operation that has no derivative; two steps of Newton's method from it, which
change nothing but by rounding, have the derivatives of the solution of F(x; shapes) = q to the third order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy.stats

from jittape.functions.lift import lift_all, stop
from jittape.functions.linalg import record_call
from jittape.instructions.calls import operations
from jittape.scipy.declare import original


@cache
def _operation(path: str) -> operations.Call:
    function = original(path)
    return operations.register(
        path,
        lambda *operands: (np.asarray(function(*operands), float),),
        lambda g, z, operands, attributes: (None,) * len(operands),
        lambda t, z, operands, attributes: (np.zeros_like(z[0]),),
    )


def register(path: str) -> None:
    """Register the quantiles of a distribution of scipy.stats, which a saved tape names by their path."""
    name, _, method = path.removeprefix("scipy.stats.").partition(".")
    if path.startswith("scipy.stats.") and method in ("ppf", "isf") and isinstance(getattr(scipy.stats, name, None), (scipy.stats.rv_continuous, scipy.stats.rv_discrete)):
        _operation(path)


operations.REGISTRARS.append(register)


def undifferentiated(path: str, *operands: Any) -> Any:
    """SciPy's function of recorded values, without its derivative."""
    shape = np.broadcast_shapes(*map(np.shape, operands))
    return record_call(_operation(path), lift_all(*operands), [shape])[0]


def quantile(path: str, probability: Callable[..., Any], logpdf: Callable[..., Any], sign: float, q: Any, shapes: Sequence[Any]) -> Any:
    """The point at which `probability(x, *shapes)` is q.

    Args:
        path: SciPy's function of (q, *shapes) that finds it.
        probability: a distribution function (sign 1.0) or a survival function (sign -1.0).
        logpdf: the logarithm of the density.
    """
    at = undifferentiated(path, q, *shapes)
    inside = np.logical_and(q > 0.0, q < 1.0)
    x: Any = at
    for _ in range(2):
        x = x - np.where(inside, sign * (probability(x, *shapes) - q) * np.exp(-logpdf(x, *shapes)), 0.0)
    return at + np.where(np.isfinite(at), x - stop(x), 0.0)
