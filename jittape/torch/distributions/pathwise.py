"""How samples of gamma and beta distributions move with their parameters, at a fixed value of the distribution function.

A sample z with F(z; a) = u has dz/da = -(dF/da) / f(z) (implicit reparametrisation: Figurnov, Mohamed, Mnih, "Implicit Reparameterization
Gradients", 2018). With the density e^h of log z (gamma) or logit z (beta), which is log-concave, and the score s = d log f / da, dF/da is the
integral of s e^h over the lower tail, and minus that over the upper one: of these the one is taken over which h falls, or where h is near
its top the one over which it falls without a bend. It is a sum over a half-line by the double exponential rule (Takahasi, Mori 1974).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, psi

import jittape.torch as torch
from jittape.array.array import Array, apply
from jittape.eager.creation import generator
from jittape.eager.custom import Context, Function, once_differentiable
from jittape.eager.tensor import Tensor, concrete
from jittape.ops._generated.opcodes import GAMMAINC_DA
from jittape.ops.layout import INPUT
from jittape.tape.tape import Tape

Real = NDArray[np.float64]
FINE, COARSE = 0.08, 0.15
"""Steps of the rule: for double precision (1e-10) and for single precision (1e-7)."""
NEGLIGIBLE = -100.0
"""Of logarithms; numbers below are slow to compute with."""
NEAR = 1.0
"""How far h may lie below its top."""
LARGE = 1000.0
"""Of shapes: above, the operation takes as long as the integral."""
AT_ONCE = 4096
"""Elements whose integrals are computed together."""


def tail(u: Real, below: Any, slope: Real, curvature: Real, rate: Real, integrand: Callable[[Real, Any], Real], step: float) -> Real:
    """-(dF/da) / e^h(u).

    Args:
        u: where the tails begin.
        below: whether the lower one is taken.
        slope, curvature: first and second derivative of h at u.
        rate: by how much h falls in a unit far out.
        integrand: (d log f / da) exp(h(v) - h(u)) of v, whose last axis goes over nodes, and of the places of the elements.
    """
    out = np.empty_like(u)
    for k in range(0, u.size, AT_ONCE):
        at = slice(k, k + AT_ONCE)
        side = np.where(below[at], -1.0, 1.0)
        width = 1 / (np.abs(slope[at]) + np.sqrt(-curvature[at]))
        t = np.arange(-3.75, np.log(40 * max(1.0, 1 / np.min(rate[at] * width))), step)
        nodes = np.exp(t - np.exp(-t))
        weights = step * nodes * (1 + np.exp(-t))
        out[at] = side * width * (integrand(u[at, None] + (side * width)[:, None] * nodes, at) @ weights)
    return out


def gamma_slope(a: Any, z: Any, step: float = FINE) -> Any:
    """dz/da of samples z of the gamma distribution of shape a and rate 1: by the operation that is dF/da, where a is not large."""
    a, z = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(z, np.float64))
    shape, a, z = z.shape, a.reshape(-1), z.reshape(-1)
    out, large = np.empty_like(z), a > LARGE
    if not large.all():
        p, x = a[~large], z[~large]
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            out[~large] = -natively(GAMMAINC_DA, p, x) / np.exp((p - 1) * np.log(x) - x - gammaln(p))
    if large.any():
        out[large] = gamma_slope_by_integral(a[large], z[large], step)
    return out.reshape(shape)


def natively(op: int, *operands: Real) -> Real:
    """The values of an operation that NumPy and SciPy do not have."""
    tape = Tape(np.float64)
    given = [Array.of_run(tape, tape.append_leaf(np.ascontiguousarray(x), INPUT), x.shape) for x in operands]
    return np.array(apply(op, *given).value())


def gamma_slope_by_integral(a: Any, z: Any, step: float = FINE) -> Any:
    """As `gamma_slope`, by the integral over a tail."""
    a, z = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(z, np.float64))
    shape, a, z = z.shape, a.reshape(-1), z.reshape(-1)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        u, mean = np.log(z), psi(a)

        def integrand(v: Real, at: Any) -> Real:
            by = v - u[at, None]
            return (v - mean[at, None]) * np.exp(np.maximum(a[at, None] * by - z[at, None] * np.expm1(by), NEGLIGIBLE))  # type: ignore[no-any-return]

        below = (z < a) | (a * (np.log(a) - u) - a + z < NEAR)
        return (z * tail(u, below, a - z, -z, np.where(below, a, np.abs(a - z)), integrand, step)).reshape(shape)


def beta_slope(a: Any, b: Any, z: Any, step: float = FINE) -> Any:
    """dz/da of samples z of the beta distribution of a and b."""
    a, b, z = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (a, b, z)))
    shape, a, b, z = z.shape, a.reshape(-1), b.reshape(-1), z.reshape(-1)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        low, high = np.log(z), np.log1p(-z)
        u, mean = low - high, psi(a) - psi(a + b)

        def integrand(v: Real, at: Any) -> Real:
            log = np.minimum(v, 0) - np.log1p(np.exp(-np.abs(v)))  # of the number whose log odds v are
            fall = (a + b)[at, None] * (log - low[at, None]) - b[at, None] * (v - u[at, None])
            return (log - mean[at, None]) * np.exp(np.maximum(fall, NEGLIGIBLE))  # type: ignore[no-any-return]

        slope = a * (1 - z) - b * z
        lower = a * (np.log(a / (a + b)) - low) + b * (np.log(b / (a + b)) - high)
        below = np.where(slope > 0, (lower > NEAR) | (4 * b > a), (lower < NEAR) & (4 * a < b))
        return (z * (1 - z) * tail(u, below, slope, -(a + b) * z * (1 - z), np.where(below, a, b), integrand, step)).reshape(shape)


def step_for(dtype: Any) -> float:
    """The step that is accurate enough for a dtype."""
    return FINE if dtype == np.float64 else COARSE


def log_gamma_samples(a: Any) -> Any:
    """Logarithms of standard gamma samples, also where these are too small for a number: gamma(a) is gamma(a + 1) u^(1/a)."""
    draw = generator()
    a = np.asarray(a, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(draw.standard_gamma(a + 1)) - draw.standard_exponential(a.shape) / a


class StandardGamma(Function):
    """Samples of the gamma distribution of rate 1."""

    @staticmethod
    def forward(ctx: Context, concentration: Any) -> Any:
        a = concentration.values()
        z = concrete(np.asarray(generator().standard_gamma(a)).astype(a.dtype))
        ctx.save_for_backward(concentration, z)
        return z

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, g: Any) -> Any:
        a, z = (t.values() for t in ctx.saved_tensors)
        tiny = np.finfo(z.dtype).tiny
        return g * concrete(gamma_slope(a, np.maximum(z, tiny), step_for(z.dtype)).astype(z.dtype))


class DirichletSamples(Function):
    """Samples of the Dirichlet distribution; the last dimension are the parts."""

    @staticmethod
    def forward(ctx: Context, concentration: Any) -> Any:
        logs = log_gamma_samples(concentration.values())
        parts = np.exp(logs - logs.max(-1, keepdims=True))
        x = concrete((parts / parts.sum(-1, keepdims=True)).astype(concentration.dtype))
        ctx.save_for_backward(concentration, x)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, g: Any) -> Any:
        a, x = (t.values() for t in ctx.saved_tensors)
        slope = concrete(dirichlet_slope(x, a, step_for(x.dtype)).astype(x.dtype))
        return slope * (g - (concrete(x) * g).sum(-1, keepdim=True))  # type: ignore[attr-defined]


def dirichlet_slope(x: Any, a: Any, step: float = FINE) -> Any:
    """dx/da of each part by itself, a beta sample, over 1 - x: the other parts shrink in proportion."""
    x, a = np.asarray(x, np.float64), np.asarray(a, np.float64)
    limits = np.finfo(np.float64)
    x = np.clip(x, limits.tiny, 1 - limits.eps)
    return beta_slope(a, a.sum(-1, keepdims=True) - a, x, step) / (1 - x)


def standard_gamma(concentration: Any) -> Any:
    return StandardGamma.apply(concentration)


def dirichlet(concentration: Any) -> Any:
    return DirichletSamples.apply(concentration)


def uniform(shape: Any, dtype: Any) -> Any:
    """Uniform numbers strictly inside (0, 1)."""
    limits = torch.finfo(dtype)
    return torch.rand(shape, dtype=dtype).clamp(min=float(limits.tiny), max=float(1 - limits.eps))


def drawn(name: str, shape: Any, dtype: Any, *parameters: Any) -> Tensor:
    """Numbers of a distribution that NumPy's generators have, by its name there."""
    given = [np.asarray(p.detach().values() if isinstance(p, Tensor) else p) for p in parameters]
    return concrete(np.asarray(getattr(generator(), name)(*given, size=tuple(shape))).astype(dtype))
