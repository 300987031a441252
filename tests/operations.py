"""Every line of the operation table as an oracle sees it: points of its domain, the function of mpmath, exact partial derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import scipy.special as sp

from jittape.array.array import apply
from jittape.ops import table
from jittape.ops._generated.opcodes import EXTERNALS
from jittape.ops.expressions import constant
from jittape.ops.spec import OPS, Op

assert table.op
mp.mp.dps = 40

CALLING = [op for op in OPS if op.code in EXTERNALS]
"""Operations that call functions by name, whose kernels are all written in one way (sweep/point/calling.py)."""
REPRESENTATIVES = ("cbrt", "erfcx", "ndtr", "iv", "j1", "gammainc", "gammainc_da", "stdtr", "owens_t", "betainc", "eval_legendre", "boxcox")
TESTED = [op for op in OPS if op not in CALLING or op.name in REPRESENTATIVES]
"""Operations that are tested in every form; those left out are tested in tests/ops/test_called_operations.py."""
DIFFERENTIABLE = [op for op in TESTED if any(constant(p) != 0.0 for p in op.partials)]
FLAT = [op for op in TESTED if op not in DIFFERENTIABLE]


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
    "unit_gap": lambda x: (1 - x) * (1 + x),
    "sech_squared": lambda x: mp.sech(x) ** 2,
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
    "gaussian_tail": lambda n, s, x: mp.fsum((-1) ** int(n) * mp.fac2(2 * k - 1) * mp.mpf(s) ** k / mp.mpf(2) ** k * mp.rf(2 * k + 1, n) / mp.mpf(x) ** (2 * k + 1 + n) for k in range(16)),
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


def inverse(function: Callable[[Any], Any], density: Callable[[Any], Any], p: Any, near: float) -> Any:
    """Where a distribution function is p, by Newton's method from a number that is right to ten digits."""
    t = mp.mpf(near)
    for _ in range(3):
        t -= (function(t) - p) / density(t)
    return t


def betainc(a: Any, b: Any, x: Any) -> Any:
    return mp.betainc(a, b, 0, x, regularized=True)


def gammainc(a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True)


def cosine_sum(phi: Any, m: Any, power: int, exponent: Any) -> Any:
    """The integral of sin(t)**power (1 - m sin(t)**2)**exponent from 0 to phi."""
    return mp.quad(lambda t: mp.sin(t) ** power * (1 - m * mp.sin(t) ** 2) ** exponent, mp.linspace(0, phi, 5))


half = mp.mpf(1) / 2

MP |= {
    "rgamma": mp.rgamma,
    "beta": mp.beta,
    "betaln": lambda a, b: mp.log(mp.beta(a, b)),
    "binom": mp.binomial,
    "poch": mp.rf,
    "zeta": mp.zeta,
    "zetac": lambda s: mp.zeta(s) - 1,
    "zeta_ds": lambda s, q: mp.zeta(s, q, 1),
    "zeta_dss": lambda s, q: mp.zeta(s, q, 2),
    "gamma_pdf": lambda a, x: x ** (a - 1) * mp.exp(-x) / mp.gamma(a),
    "gammaincinv": lambda a, p: inverse(lambda t: gammainc(a, t), lambda t: t ** (a - 1) * mp.exp(-t) / mp.gamma(a), p, sp.gammaincinv(float(a), float(p))),
    "gammainccinv": lambda a, p: inverse(lambda t: gammainc(a, t), lambda t: t ** (a - 1) * mp.exp(-t) / mp.gamma(a), 1 - p, sp.gammainccinv(float(a), float(p))),
    "beta_pdf": lambda a, b, x: x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b),
    "betainc": betainc,
    "betaincc": lambda a, b, x: betainc(b, a, 1 - x),
    "betainc_da": lambda a, b, x: mp.diff(lambda v: betainc(v, b, x), a),
    "betainc_db": lambda a, b, x: mp.diff(lambda v: betainc(a, v, x), b),
    "betainc_daa": lambda a, b, x: mp.diff(lambda v: betainc(v, b, x), a, 2),
    "betainc_dab": lambda a, b, x: mp.diff(lambda u, v: betainc(u, v, x), (a, b), (1, 1)),
    "betainc_dbb": lambda a, b, x: mp.diff(lambda v: betainc(a, v, x), b, 2),
    "betaincinv": lambda a, b, p: inverse(lambda t: betainc(a, b, t), lambda t: t ** (a - 1) * (1 - t) ** (b - 1) / mp.beta(a, b), p, sp.betaincinv(float(a), float(b), float(p))),
    "betainccinv": lambda a, b, p: inverse(lambda t: betainc(a, b, t), lambda t: t ** (a - 1) * (1 - t) ** (b - 1) / mp.beta(a, b), 1 - p, sp.betainccinv(float(a), float(b), float(p))),
    "student_pdf": lambda n, t: mp.gamma((n + 1) / 2) / mp.gamma(n / 2) / mp.sqrt(n * mp.pi) * (1 + t * t / n) ** (-(n + 1) / 2),
    "stdtrit": lambda n, p: inverse(lambda t: student(n, t), lambda t: MP["student_pdf"](n, t), p, sp.stdtrit(float(n), float(p))),
    "ndtri_exp": lambda x: mp.sqrt(2) * mp.erfinv(2 * mp.exp(x) - 1),
    "erfcinv": lambda x: mp.erfinv(1 - x),
    "dawsn": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
    "erfi": mp.erfi,
    "exp1": mp.e1,
    "expi": mp.ei,
    "expn": lambda n, x: mp.expint(n, x).real,
    "exprel": lambda x: mp.quad(lambda u: mp.exp(x * u), [0, 1]),
    "exprel_n": lambda n, x: mp.quad(lambda u: u**n * mp.exp(x * u), [0, 1]),
    "log1prel": lambda x: mp.quad(lambda u: 1 / (1 + x * u), [0, 1]),
    "log1prel_n": lambda n, x: (-1) ** int(n) * mp.factorial(n) * mp.quad(lambda u: u**n / (1 + x * u) ** (n + 1), [0, 1]),
    "spence": lambda x: mp.polylog(2, 1 - x).real,
    "si": mp.si,
    "ci": mp.ci,
    "shi": mp.shi,
    "chi": mp.chi,
    "fresnel_s": mp.fresnels,
    "fresnel_c": mp.fresnelc,
    "lambertw0": lambda x: mp.lambertw(x).real,
    "lambertw1": lambda x: mp.lambertw(x, -1).real,
    "wrightomega": lambda x: mp.lambertw(mp.exp(x)).real,
    "y0": lambda x: mp.bessely(0, x),
    "y1": lambda x: mp.bessely(1, x),
    "yv": mp.bessely,
    "k0": lambda x: mp.besselk(0, x),
    "k1": lambda x: mp.besselk(1, x),
    "kv": mp.besselk,
    "yve": mp.bessely,
    "jve": mp.besselj,
    "spherical_in": lambda n, x: mp.sqrt(mp.pi / (2 * x)) * mp.besseli(n + half, x),
    "spherical_kn": lambda n, x: mp.sqrt(mp.pi / (2 * x)) * mp.besselk(n + half, x),
    "i0e": lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
    "i1e": lambda x: mp.exp(-abs(x)) * mp.besseli(1, x),
    "ive": lambda v, x: mp.exp(-abs(x)) * mp.besseli(v, x),
    "k0e": lambda x: mp.exp(x) * mp.besselk(0, x),
    "k1e": lambda x: mp.exp(x) * mp.besselk(1, x),
    "kve": lambda v, x: mp.exp(x) * mp.besselk(v, x),
    "spherical_jn": lambda n, x: mp.sqrt(mp.pi / (2 * x)) * mp.besselj(n + half, x),
    "spherical_yn": lambda n, x: mp.sqrt(mp.pi / (2 * x)) * mp.bessely(n + half, x),
    "airy_ai": mp.airyai,
    "airy_aip": lambda x: mp.airyai(x, 1),
    "airy_bi": mp.airybi,
    "airy_bip": lambda x: mp.airybi(x, 1),
    "airye_ai": lambda x: mp.airyai(x) * mp.exp(2 * x * mp.sqrt(x) / 3),
    "airye_aip": lambda x: mp.airyai(x, 1) * mp.exp(2 * x * mp.sqrt(x) / 3),
    "airye_bi": lambda x: mp.airybi(x) * mp.exp(-abs((2 * x * mp.sqrt(x) / 3).real)),
    "airye_bip": lambda x: mp.airybi(x, 1) * mp.exp(-abs((2 * x * mp.sqrt(x) / 3).real)),
    "ellipk": mp.ellipk,
    "ellipk_n": lambda n, m: cosine_sum(mp.pi / 2, m, 2 * int(n), -half - n) * mp.rf(half, n),
    "ellipkm1": lambda x: mp.ellipk(1 - x),
    "ellipe": mp.ellipe,
    "ellipe_n": lambda n, m: cosine_sum(mp.pi / 2, m, 2 * int(n), half - n) * mp.rf(-half, n),
    "ellipkinc": mp.ellipf,
    "ellipkinc_dm": lambda phi, m: cosine_sum(phi, m, 2, -3 * half) / 2,
    "ellipkinc_dmm": lambda phi, m: 3 * cosine_sum(phi, m, 4, -5 * half) / 4,
    "ellipeinc": mp.ellipe,
    "ellipeinc_dm": lambda phi, m: -cosine_sum(phi, m, 2, -half) / 2,
    "ellipeinc_dmm": lambda phi, m: -cosine_sum(phi, m, 4, -3 * half) / 4,
    "hyp0f1": mp.hyp0f1,
    "hyp1f1": mp.hyp1f1,
    "hyperu": mp.hyperu,
    "eval_gegenbauer": mp.gegenbauer,
    "eval_legendre": mp.legendre,
    "eval_chebyt": mp.chebyt,
    "eval_chebyu": mp.chebyu,
    "eval_genlaguerre": mp.laguerre,
    "eval_laguerre": lambda n, x: mp.laguerre(n, 0, x),
    "eval_hermite": mp.hermite,
    "eval_hermitenorm": lambda n, x: mp.hermite(n, x / mp.sqrt(2)) / mp.sqrt(2) ** int(n),
    "lpmv": lambda m, v, x: mp.legenp(v, m, x),
    "boxcox": lambda x, y: (x**y - 1) / y,
    "boxcox1p": lambda x, y: ((1 + x) ** y - 1) / y,
    "inv_boxcox": lambda x, y: (1 + x * y) ** (1 / y),
    "inv_boxcox1p": lambda x, y: (1 + x * y) ** (1 / y) - 1,
    "entr": lambda x: -x * mp.log(x),
    "rel_entr": lambda x, y: x * mp.log(x / y),
    "pseudo_huber": lambda x, y: x * x * (mp.sqrt(1 + (y / x) ** 2) - 1),
    "cosm1": lambda x: mp.cos(x) - 1,
    "sindg": lambda x: mp.sin(x * mp.pi / 180),
    "cosdg": lambda x: mp.cos(x * mp.pi / 180),
    "tandg": lambda x: mp.tan(x * mp.pi / 180),
    "cotdg": lambda x: mp.cot(x * mp.pi / 180),
    "exp10": lambda x: mp.mpf(10) ** x,
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


UNKNOWN = {"betainc": 3, "gammainc": 3, "gammaincc": 3, "stdtr": 3, "gammainc_da": 2, "stdtr_da": 2, "gammainc_daa": 1, "stdtr_daa": 1}
"""The order of derivatives by the first operand, or of betainc the first two, that the table does not know."""


def student(n: Any, t: Any) -> Any:
    """Student's distribution function."""
    tail = mp.betainc(n / 2, mp.mpf(1) / 2, 0, n / (n + t * t), regularized=True) / 2
    return choose(t > 0, 1 - tail, tail)


def exact_partial(op: Op, point: list[float], *order: int) -> float:
    """A partial derivative of the operation by mpmath; NaN where the table knows none."""
    whole = tuple(order)
    if sum(whole[: 2 if op.name == "betainc" else 1]) >= UNKNOWN.get(op.name, 99):
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
