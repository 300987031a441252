"""Every line of the operation table as an oracle sees it: points of its domain, the function of mpmath, exact partial derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

from jittape.array.array import apply
from jittape.ops import table
from jittape.ops.expressions import constant
from jittape.ops.spec import OPS, Op

assert table.op
mp.mp.dps = 40

DIFFERENTIABLE = [op for op in OPS if any(constant(p) != 0.0 for p in op.partials)]
FLAT = [op for op in OPS if op not in DIFFERENTIABLE]


def choose(c: Any, a: Any, b: Any) -> Any:
    return a if c else b


MP: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "mulz": lambda x, y: x * y,
    "product": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "mod": lambda x, y: x - mp.floor(x / y) * y,
    "fmod": lambda x, y: x - int(x / y) * y,
    "pow": lambda x, y: x**y,
    "powc": lambda x, y: x**y,
    "neg": lambda x: -x,
    "pos": lambda x: x,
    "abs": lambda x: abs(x),
    "sqrt": mp.sqrt,
    "root": mp.sqrt,
    "corner": lambda x: x,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "exp": mp.exp,
    "exp2": lambda x: mp.mpf(2) ** x,
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x, 2),
    "log10": mp.log10,
    "log1p": lambda x: mp.log(1 + x),
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "logaddexp2": lambda x, y: mp.log(mp.mpf(2) ** x + mp.mpf(2) ** y, 2),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": mp.atan,
    "arctan2": mp.atan2,
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "arcsinh": mp.asinh,
    "arccosh": mp.acosh,
    "arctanh": mp.atanh,
    "sinc": mp.sincpi,
    "sincn": lambda n, x: mp.quad(lambda u: (mp.pi * u) ** n * mp.cos(mp.pi * x * u + n * mp.pi / 2), [0, 0.5, 1]),
    "deg2rad": lambda x: x * mp.pi / 180,
    "rad2deg": lambda x: x * 180 / mp.pi,
    "maximum": max,
    "minimum": min,
    "fmax": max,
    "fmin": min,
    "first_max": max,
    "first_min": min,
    "where": lambda c, a, b: choose(c != 0, a, b),
    "clip": lambda x, low, high: min(max(x, low), high),
    "heaviside": lambda x, y: choose(x > 0, mp.mpf(1), mp.mpf(0)),
    "copysign": lambda x, y: abs(x) * mp.sign(y),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfinv": mp.erfinv,
    "ndtr": mp.ncdf,
    "ndtri": lambda x: mp.sqrt(2) * mp.erfinv(2 * x - 1),
    "log_ndtr": lambda x: mp.log(mp.ncdf(x)),
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "gamma": mp.gamma,
    "digamma": mp.digamma,
    "polygamma": lambda n, x: mp.polygamma(int(n), x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "log_sigmoid": lambda x: -mp.log(1 + mp.exp(-x)),
    "logit": lambda x: mp.log(x / (1 - x)),
    "relu": lambda x: max(x, mp.mpf(0)),
    "xlogy": lambda x, y: x * mp.log(y),
    "xlog1py": lambda x, y: x * mp.log(1 + y),
    "i0": lambda x: mp.besseli(0, x),
    "i1": lambda x: mp.besseli(1, x),
    "j0": lambda x: mp.besselj(0, x),
    "j1": lambda x: mp.besselj(1, x),
    "iv": mp.besseli,
    "jv": mp.besselj,
    "gammainc": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
    "gammainc_da": lambda a, x: mp.diff(lambda v: mp.gammainc(v, 0, x, regularized=True), a),
    "gammainc_daa": lambda a, x: mp.diff(lambda v: mp.gammainc(v, 0, x, regularized=True), a, 2),
    "stdtr": lambda n, t: student(n, t),
    "stdtr_da": lambda n, t: mp.diff(lambda v: student(v, t), n),
    "stdtr_daa": lambda n, t: mp.diff(lambda v: student(v, t), n, 2),
    "owens_t": lambda h, a: mp.quad(lambda u: mp.exp(-h * h * (1 + u * u) / 2) / (1 + u * u), [0, a]) / (2 * mp.pi),
}


SLOW, SLOW_POINTS = ("gammainc_da", "gammainc_daa", "stdtr_da", "stdtr_daa"), 40
"""Operations whose values take mpmath long: so many points are drawn, again and again."""


def draw(op: Op, n: int, seed: int = 0) -> list[np.ndarray]:
    """n points of the operation's domain."""
    rng = np.random.default_rng([op.code, seed, n])
    out = []
    for p, interval in enumerate(op.domain):
        x = rng.uniform(interval.low, interval.high, n)
        if op.name in SLOW:
            x = np.resize(x[:SLOW_POINTS], n)
        for bad in interval.avoid:
            near = np.abs(x - bad) < interval.gap
            x[near] = bad + np.where(x[near] < bad, -1.5, 1.5) * interval.gap
        if p in op.constant and op.name != "powc":
            x = np.floor(x)  # an order
        out.append(x)
    return out


def free(op: Op) -> list[int]:
    """Operands that may be differentiated."""
    return [p for p in range(op.arity) if p not in op.constant]


def recorded(op: Op, operands: list[np.ndarray]) -> tuple[Callable[..., Any], list[np.ndarray]]:
    """The operation as a function of its free operands only, and these."""
    names = free(op)

    def f(*xs: Any) -> Any:
        full: list[Any] = list(operands)
        for p, x in zip(names, xs, strict=True):
            full[p] = x
        return apply(op.code, *full)

    return f, [operands[p] for p in names]


UNKNOWN = {"gammainc": 3, "gammaincc": 3, "stdtr": 3, "gammainc_da": 2, "stdtr_da": 2, "gammainc_daa": 1, "stdtr_daa": 1}
"""The order of derivatives by the first operand that the table does not know."""


def student(n: Any, t: Any) -> Any:
    """Student's distribution function."""
    tail = mp.betainc(n / 2, mp.mpf(1) / 2, 0, n / (n + t * t), regularized=True) / 2
    return choose(t > 0, 1 - tail, tail)


def exact_partial(op: Op, point: list[float], *order: int) -> float:
    """A partial derivative of the operation by mpmath; NaN where the table knows none."""
    whole = tuple(order)
    if whole[0] >= UNKNOWN.get(op.name, 99):
        return float("nan")
    variables = [p for p in range(op.arity) if p not in op.constant]
    fixed = [mp.mpf(float(x)) for x in point]

    def f(*xs: Any) -> Any:
        full = list(fixed)
        for p, x in zip(variables, xs, strict=True):
            full[p] = x
        return MP[op.name](*full)

    n = tuple(whole[p] for p in variables)
    at = tuple(fixed[p] for p in variables)
    return float(mp.diff(f, at if len(at) > 1 else at[0], n if len(n) > 1 else n[0]))
