"""Functions of scipy.special that are no single operation of the table: in terms of others, or calls of SciPy's own.

This module is imported when such a function is first asked for (`array/protocols.py`), as scipy.special takes a while to import.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.special as sp

from jittape.array.array import Array, apply
from jittape.array.protocols import as_number, implements, without_derivative
from jittape.functions.linalg import record_call, times, unbroadcast
from jittape.functions.products import as_array
from jittape.instructions.calls.operations import register
from jittape.ops._generated import opcodes as ops

NAN, INF = np.nan, np.inf


CALLED = ("hyp2f1", "eval_jacobi", "voigt_profile")
"""Functions that are calls of SciPy's own, by Python; the others are recorded as operations of the table."""
REFUSED: dict[str, str] = {}
"""Name -> the arguments that have no derivative."""


def named(name: str, but: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the rule of SciPy's ufunc of this name, if this release has it.

    Args:
        but: the arguments that must not be differentiated.
    """

    def decorator(rule: Callable[..., Any]) -> Callable[..., Any]:
        arguments = list(inspect.signature(rule).parameters)

        @functools.wraps(rule)
        def recorded(*args: Any) -> Any:
            for argument in but.split():
                without_derivative(f"scipy.special.{name}", argument, args[arguments.index(argument)])
            return rule(*args)

        REFUSED[name] = but
        return implements(getattr(sp, name, None))(recorded)

    return decorator


# --- several results ------------------------------------------------------------------------------------------------------------


@named("airy")
def airy(z: Any) -> Any:
    """Ai, its derivative, Bi, and its derivative."""
    return tuple(apply(op, z) for op in (ops.AIRY_AI, ops.AIRY_AIP, ops.AIRY_BI, ops.AIRY_BIP))


@named("airye")
def airye(z: Any) -> Any:
    """The same, scaled by exp(+-2/3 z**1.5); of negative numbers Ai has none."""
    return tuple(apply(op, z) for op in (ops.AIRYE_AI, ops.AIRYE_AIP, ops.AIRYE_BI, ops.AIRYE_BIP))


@named("sici")
def sici(x: Any) -> Any:
    return apply(ops.SI, x), apply(ops.CI, x)


@named("shichi")
def shichi(x: Any) -> Any:
    return apply(ops.SHI, x), apply(ops.CHI, x)


@named("fresnel")
def fresnel(z: Any) -> Any:
    return apply(ops.FRESNEL_S, z), apply(ops.FRESNEL_C, z)


# --- Bessel functions -------------------------------------------------------------------------------------------------------------


def _of_whole_order(name: str, op: int) -> None:
    @named(name, but="n")
    def rule(n: Any, x: Any) -> Any:
        return apply(op, np.trunc(n), x)


_of_whole_order("yn", ops.YV)
_of_whole_order("kn", ops.KV)


# --- gamma functions and information -----------------------------------------------------------------------------------------------


@named("loggamma")
def loggamma(z: Any) -> Any:
    return np.where(z < 0, NAN, apply(ops.LGAMMA, z))


@named("kl_div")
def kl_div(x: Any, y: Any) -> Any:
    relative = apply(ops.REL_ENTR, x, y)
    return np.where(relative == INF, INF, relative - x + y)


@named("huber")
def huber(delta: Any, r: Any) -> Any:
    size = np.abs(r)
    return as_number(np.where(delta < 0, INF, np.where(size <= delta, 0.5 * r * r, delta * (size - 0.5 * delta))))


# --- distribution functions ----------------------------------------------------------------------------------------------------------


@named("chdtr")
def chdtr(v: Any, x: Any) -> Any:
    return apply(ops.GAMMAINC, 0.5 * v, 0.5 * x)


@named("chdtrc")
def chdtrc(v: Any, x: Any) -> Any:
    return apply(ops.GAMMAINCC, 0.5 * v, 0.5 * x)


@named("chdtri")
def chdtri(v: Any, p: Any) -> Any:
    return np.where((p < 0) | (p > 1), NAN, 2.0 * apply(ops.GAMMAINCCINV, 0.5 * v, p))


@named("gdtr")
def gdtr(a: Any, b: Any, x: Any) -> Any:
    return apply(ops.GAMMAINC, b, a * x)


@named("gdtrc")
def gdtrc(a: Any, b: Any, x: Any) -> Any:
    return apply(ops.GAMMAINCC, b, a * x)


@named("gdtrix")
def gdtrix(a: Any, b: Any, p: Any) -> Any:
    return apply(ops.GAMMAINCINV, b, p) / a


@named("btdtr")
def btdtr(a: Any, b: Any, x: Any) -> Any:
    return apply(ops.BETAINC, a, b, x)


@named("btdtri")
def btdtri(a: Any, b: Any, p: Any) -> Any:
    return apply(ops.BETAINCINV, a, b, p)


@named("fdtr")
def fdtr(dfn: Any, dfd: Any, x: Any) -> Any:
    return np.where(x == INF, 1.0, apply(ops.BETAINC, 0.5 * dfn, 0.5 * dfd, dfn * x / (dfd + dfn * x)))


@named("fdtrc")
def fdtrc(dfn: Any, dfd: Any, x: Any) -> Any:
    body = apply(ops.BETAINCC, 0.5 * dfn, 0.5 * dfd, dfn * x / (dfd + dfn * x))
    tail = apply(ops.BETAINC, 0.5 * dfd, 0.5 * dfn, dfd / (dfd + dfn * x))  # each accurate where the other's last argument is next to one
    return np.where(x < 0, NAN, np.where(dfn * x < dfd, body, tail))


@named("fdtri")
def fdtri(dfn: Any, dfd: Any, p: Any) -> Any:
    w = apply(ops.BETAINCINV, 0.5 * dfn, 0.5 * dfd, p)
    rest = apply(ops.BETAINCCINV, 0.5 * dfd, 0.5 * dfn, p)  # 1 - w, to all its digits
    return dfd * w / (dfn * rest)


@named("pdtr")
def pdtr(k: Any, m: Any) -> Any:
    return apply(ops.GAMMAINCC, np.floor(k) + 1.0, m)


@named("pdtrc")
def pdtrc(k: Any, m: Any) -> Any:
    return apply(ops.GAMMAINC, np.floor(k) + 1.0, m)


def _counts(k: Any, n: Any, p: Any) -> Any:
    return (k >= 0) & (k <= n) & (p >= 0) & (p <= 1)


@named("bdtr")
def bdtr(k: Any, n: Any, p: Any) -> Any:
    k = np.floor(k)
    return np.where(_counts(k, n, p), np.where(k == n, 1.0, apply(ops.BETAINCC, k + 1.0, n - k, p)), NAN)


@named("bdtrc")
def bdtrc(k: Any, n: Any, p: Any) -> Any:
    k = np.floor(k)
    return np.where(_counts(np.maximum(k, 0.0), n, p), np.where(k < 0, 1.0, np.where(k == n, 0.0, apply(ops.BETAINC, k + 1.0, n - k, p))), NAN)


@named("nbdtr")
def nbdtr(k: Any, n: Any, p: Any) -> Any:
    return apply(ops.BETAINC, n, np.floor(k) + 1.0, p)


@named("nbdtrc")
def nbdtrc(k: Any, n: Any, p: Any) -> Any:
    return apply(ops.BETAINCC, n, np.floor(k) + 1.0, p)


# --- orthogonal polynomials -----------------------------------------------------------------------------------------------------------


def _polynomial(name: str, op: int, of: Callable[[Any], Any], factor: float = 1.0) -> None:
    @named(name, but="n")
    def rule(n: Any, x: Any) -> Any:
        return factor * apply(op, n, of(x))


def _shifted(x: Any) -> Any:
    return 2.0 * x - 1.0


_polynomial("eval_sh_legendre", ops.EVAL_LEGENDRE, _shifted)
_polynomial("eval_sh_chebyt", ops.EVAL_CHEBYT, _shifted)
_polynomial("eval_sh_chebyu", ops.EVAL_CHEBYU, _shifted)
_polynomial("eval_chebyc", ops.EVAL_CHEBYT, lambda x: 0.5 * x, 2.0)
_polynomial("eval_chebys", ops.EVAL_CHEBYU, lambda x: 0.5 * x)


# --- calls of SciPy's functions of four arguments, and of complex numbers -----------------------------------------------------------------

Partials = Callable[[Sequence[Any], Sequence[Any]], Sequence[Sequence[Any] | None]]


def _call(name: str, forward: Callable[..., tuple[Any, ...]], partials: Partials) -> Any:
    """An operation that is a Python function of arrays, element by element.

    Args:
        forward: the results, of the operands.
        partials: of operands and results, for each operand the derivatives of the results by it, or None where it is not differentiated.
    """

    def vjp(g: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], _: Any) -> Any:
        parts: list[Any] = []
        for x, by in zip(operands, partials(operands, results), strict=True):
            if by is None:
                parts.append(None)
                continue
            total = sum(times(a, d) for a, d in zip(g, by, strict=True))
            parts.append(unbroadcast(total, x))
        return tuple(parts)

    def jvp(t: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], _: Any) -> Any:
        known = [(v, by) for v, by in zip(t, partials(operands, results), strict=True) if by is not None]
        return tuple(sum(times(v, by[i]) for v, by in known) for i in range(len(results)))

    return register(name, forward, vjp, jvp)


def _record(call: Any, *operands: Any, results: int = 1) -> Any:
    """Record a call of broadcast operands; returns its results."""
    arrays = [as_array(x) for x in operands]
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    arrays = [np.broadcast_to(x, shape) for x in arrays]
    return record_call(call, arrays, [shape] * results)


def _again(call: Any, ufunc: Any, *operands: Any) -> Any:
    """The function in a rule of its own: of parameters that are constants, though they are recorded there."""
    return _record(call, *operands)[0] if any(isinstance(x, Array) for x in operands) else ufunc(*operands)


def _hyp2f1_partials(operands: Sequence[Any], results: Sequence[Any]) -> Any:
    a, b, c, x = operands
    return None, None, None, (a * b / c * _again(HYP2F1, sp.hyp2f1, a + 1.0, b + 1.0, c + 1.0, x),)


def _jacobi_partials(operands: Sequence[Any], results: Sequence[Any]) -> Any:
    n, a, b, x = operands
    lower = _again(JACOBI, sp.eval_jacobi, np.maximum(n - 1.0, 0.0), a + 1.0, b + 1.0, x)
    return None, None, None, (0.5 * np.where(n > 0, n + a + b + 1.0, 0.0) * lower,)


HYP2F1 = _call("hyp2f1", lambda a, b, c, x: (sp.hyp2f1(a, b, c, x),), _hyp2f1_partials)
JACOBI = _call("eval_jacobi", lambda n, a, b, x: (sp.eval_jacobi(n, a, b, x),), _jacobi_partials)


@named("hyp2f1", but="a b c")
def hyp2f1(a: Any, b: Any, c: Any, z: Any) -> Any:
    return _record(HYP2F1, a, b, c, z)[0]


@named("eval_jacobi", but="n alpha beta")
def eval_jacobi(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    return _record(JACOBI, n, alpha, beta, x)[0]


@named("eval_sh_jacobi", but="n p q")
def eval_sh_jacobi(n: Any, p: Any, q: Any, x: Any) -> Any:
    return eval_jacobi(n, p - q, q - 1.0, 2.0 * x - 1.0) / sp.binom(2.0 * n + p - 1.0, n)


def _faddeeva(x: Any, sigma: Any, gamma: Any) -> tuple[Any, Any]:
    """The profile of Voigt and the dispersion that belongs to it: w((x + i gamma) / (sigma sqrt 2)) / (sigma sqrt(2 pi))."""
    with np.errstate(all="ignore"):
        w = sp.wofz((x + 1j * gamma) / (np.sqrt(2.0) * sigma)) / (sigma * np.sqrt(2.0 * np.pi))
    real = sp.voigt_profile(x, sigma, gamma)
    return real, w.imag.astype(np.asarray(real).dtype)


def _voigt_partials(operands: Sequence[Any], results: Sequence[Any]) -> Any:
    """From w'(z) = 2 i / sqrt(pi) - 2 z w(z) (DLMF 7.10.2)."""
    (x, sigma, gamma), (v, d) = operands, results
    s = sigma * sigma
    vx, dx = (gamma * d - x * v) / s, (1.0 / np.pi - x * d - gamma * v) / s
    return (vx, dx), ((gamma * dx - v - x * vx) / sigma, -(d + x * dx + gamma * vx) / sigma), (-dx, vx)


VOIGT = _call("voigt", _faddeeva, _voigt_partials)


@named("voigt_profile")
def voigt_profile(x: Any, sigma: Any, gamma: Any) -> Any:
    return _record(VOIGT, x, sigma, gamma, results=2)[0]
