"""`scipy.special` for recorded values: its functions that are no ufuncs, which NumPy's protocol does not reach.

The ufuncs are recorded wherever they are called; they stand in the table of operations (ops/table.py) and in functions/special.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as _scipy

from jittape.array.array import Array, apply, stop_gradient
from jittape.array.protocols import as_number, without_derivative
from jittape.errors import RecordingError
from jittape.ops._generated import opcodes as ops
from jittape.scipy.declare import falling_through, like

__getattr__, __dir__ = falling_through("scipy.special")


# --- exponentials of sums -----------------------------------------------------------------------------------------------------------


def _log_of_sum(x: Any, axis: Any, keepdims: bool) -> Any:
    reduce: Any = np.logaddexp.reduce
    return reduce(x, axis=axis, keepdims=keepdims)


@like("scipy.special.logsumexp", by="a, b", note="with `b`, values only where the sum is positive, or `return_sign=True`")
def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """log(sum(b exp(a))) along `axis`, without overflow.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import special
        >>> jt.grad(special.logsumexp)(np.array([1000.0, 1000.0])).tolist()
        [0.5, 0.5]
    """
    if b is None:
        out = _log_of_sum(a, axis, keepdims)
        return (out, np.ones(np.shape(out))) if return_sign else out
    largest = stop_gradient(np.max(np.where(b == 0, -np.inf, a), axis=axis, keepdims=True))
    largest = np.where(np.isfinite(largest), largest, 0.0)
    total = np.sum(apply(ops.PRODUCT, b, np.exp(a - largest)), axis=axis, keepdims=True)  # zero where b is, though exp is infinite there
    out = (np.log(np.abs(total)) if return_sign else np.log(total)) + largest
    sign = np.sign(total)
    if not keepdims:
        out, sign = np.squeeze(out, axis=axis), np.squeeze(sign, axis=axis)
    return (out, sign) if return_sign else out


@like("scipy.special.softmax", by="x")
def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) / sum(exp(x)) along `axis`, without overflow.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import special
        >>> jt.grad(lambda x: special.softmax(x)[0])(np.zeros(2)).tolist()
        [0.25, -0.25]
    """
    return np.exp(log_softmax(x, axis))


@like("scipy.special.log_softmax", by="x")
def log_softmax(x: Any, axis: Any = None) -> Any:
    """x - log(sum(exp(x))) along `axis`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import special
        >>> jt.grad(lambda x: special.log_softmax(x)[0])(np.zeros(2)).tolist()
        [0.5, -0.5]
    """
    return x - _log_of_sum(x, axis, True)


def softplus(x: Any, **kwargs: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    return apply(ops.SOFTPLUS, x)


if hasattr(_scipy, "softplus"):  # SciPy 1.17
    softplus = like("scipy.special.softplus", by="x")(softplus)


# --- of gamma functions ----------------------------------------------------------------------------------------------------------------


@like("scipy.special.multigammaln", by="a", note="NaN where `a` is too small, for which SciPy raises an error")
def multigammaln(a: Any, d: Any) -> Any:
    """The logarithm of the multivariate gamma function of dimension d.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy import special
        >>> round(float(jt.grad(special.multigammaln)(3.0, 2)), 6)
        1.625941
    """
    if isinstance(d, Array) or np.ndim(d) or d != np.floor(d):
        raise ValueError("d should be a positive integer (dimension)")
    total = sum(apply(ops.LGAMMA, a - 0.5 * k) for k in range(int(d)))
    return as_number(np.where(a > 0.5 * (d - 1), total + d * (d - 1) * 0.25 * math.log(math.pi), np.nan))


@like("scipy.special.polygamma", by="x")
def polygamma(n: Any, x: Any) -> Any:
    """Derivative of order n of digamma.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy import special
        >>> round(float(jt.grad(special.polygamma, argnums=1)(1, 2.0)), 6)
        -0.404114
    """
    without_derivative("scipy.special.polygamma", "n", n)
    return apply(ops.POLYGAMMA, n, x)


@like("scipy.special.zeta", by="x, q", note="`x` to the second order; its derivative is NaN where `q` is negative")
def zeta(x: Any, q: Any = None, out: Any = None) -> Any:
    """Riemann's zeta function, or with `q` Hurwitz's, the sum over k from 0 on of (k + q)**-x.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy import special
        >>> round(float(jt.grad(special.zeta)(2.0)), 6)
        -0.937548
    """
    if out is not None:
        raise RecordingError("zeta of recorded values does not take out=; use its result")
    if q is not None:
        return np.where(x < 1, np.nan, apply(ops.ZETA, x, q))
    direct = apply(ops.ZETA, np.where(x < 0, 2.0, x), 1.0)
    s = np.where(x < 0, x, -1.0)
    reflected = 2.0**s * math.pi ** (s - 1.0) * apply(ops.SINDG, 90.0 * s) * apply(ops.GAMMA, 1.0 - s) * apply(ops.ZETA, 1.0 - s, 1.0)
    return np.where(x < 0, reflected, direct)


def _inexact(function: str, exact: Any) -> None:
    if exact:
        raise RecordingError(f"scipy.special.{function} of recorded values is one of real numbers: leave exact=True away")


@like("scipy.special.factorial", by="n", note="of real numbers: `exact=False`, `extend=\"zero\"`")
def factorial(n: Any, exact: Any = False, extend: Any = "zero") -> Any:
    """gamma(n + 1), zero for negative n.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy import special
        >>> round(float(jt.grad(special.factorial)(2.0)), 6)
        1.845569
    """
    _inexact("factorial", exact)
    if extend != "zero":
        raise RecordingError("scipy.special.factorial of recorded values takes extend='zero' only; write gamma(n + 1)")
    return np.where(n < 0, 0.0, apply(ops.GAMMA, np.where(n < 0, 0.0, n) + 1.0))


@like("scipy.special.comb", by="N, k", note="of real numbers: `exact=False`")
def comb(N: Any, k: Any, *, exact: Any = False, repetition: Any = False) -> Any:
    """Binomial coefficient of real numbers, zero where k is negative or beyond N.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy import special
        >>> round(float(jt.grad(special.comb)(4.0, 2.0)), 6)
        3.5
    """
    _inexact("comb", exact)
    if repetition:
        return np.where((k == 0) & (N >= 0), 1.0, apply(ops.BINOM, N + k - 1, k))
    return np.where((k <= N) & (N >= 0) & (k >= 0), apply(ops.BINOM, N, k), 0.0)


@like("scipy.special.perm", by="N, k", note="of real numbers: `exact=False`")
def perm(N: Any, k: Any, exact: Any = False) -> Any:
    """Permutations of k of N things, gamma(N + 1) / gamma(N - k + 1).

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy import special
        >>> round(float(jt.grad(special.perm)(4.0, 2.0)), 6)
        7.0
    """
    _inexact("perm", exact)
    return np.where((k <= N) & (N >= 0) & (k >= 0), apply(ops.POCH, N - k + 1, k), 0.0)


# --- spherical Bessel functions and Lambert's W ---------------------------------------------------------------------------------------------


def _spherical(name: str, op: int, signs: tuple[float, float]) -> Any:
    """The function of SciPy's, whose derivative is (s n f(n-1) + t (n+1) f(n+1)) / (2n + 1) with the signs s and t."""

    def spherical(n: Any, z: Any, derivative: Any = False) -> Any:
        without_derivative(f"scipy.special.{name}", "n", n)
        if not derivative:
            return apply(op, n, z)
        below = apply(op, np.maximum(n - 1, 0), z)
        return (signs[0] * n * below + signs[1] * (n + 1) * apply(op, n + 1, z)) / (2 * n + 1)

    spherical.__name__ = spherical.__qualname__ = name
    spherical.__doc__ = f"""scipy.special.{name} of order n, or with `derivative` its derivative.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy import special
        >>> f = special.{name}
        >>> bool(abs(jt.grad(f, argnums=1)(2, 1.5) - f(2, 1.5, derivative=True)) < 1e-12)
        True
    """
    return like(f"scipy.special.{name}", by="z")(spherical)


spherical_jn = _spherical("spherical_jn", ops.SPHERICAL_JN, (1.0, -1.0))
spherical_yn = _spherical("spherical_yn", ops.SPHERICAL_YN, (1.0, -1.0))
spherical_in = _spherical("spherical_in", ops.SPHERICAL_IN, (1.0, 1.0))
spherical_kn = _spherical("spherical_kn", ops.SPHERICAL_KN, (-1.0, -1.0))


@like("scipy.special.lambertw", by="z", note="of recorded values the real branches, k = 0 and -1, as real numbers; NaN where the value is complex")
def lambertw(z: Any, k: Any = 0, tol: Any = 1e-8) -> Any:
    """Lambert's W, the inverse of w exp(w).

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy import special
        >>> round(float(jt.grad(special.lambertw)(1.0)), 6)
        0.361896
    """
    if np.ndim(k) or k not in (0, -1):
        raise RecordingError("lambertw of recorded values takes the real branches only: k=0 or k=-1")
    return apply(ops.LAMBERTW0 if k == 0 else ops.LAMBERTW1, z)
