"""W15: functions of whole arrays: bodies that attract each other, a recurrent net, a convolution, sums over long arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.models import Problem, Recurrence
from bench.problems_filters import recursive

BODIES = 100


def bodies(m: Any, x: Any, masses: Any, eps: Any) -> Any:
    """Energy of attracting bodies, by broadcasting: half of the sum over all pairs (with themselves: mass 0)."""
    x = m.reshape(x, (BODIES, 3))
    d = x[:, None, :] - x[None, :, :]
    return -0.5 * m.sum(masses / m.sqrt(m.sum(d * d, axis=2) + eps * eps))


def bodies_gradient(x: Any, masses: Any, eps: Any) -> Any:
    x = x.reshape(BODIES, 3)
    d = x[:, None] - x
    w = masses * (np.einsum("ijk,ijk->ij", d, d) + eps * eps) ** -1.5
    return (w.sum(1)[:, None] * x - w @ x).ravel()


def bodies_hessian(x: Any, masses: Any, eps: Any) -> Any:
    x = x.reshape(BODIES, 3)
    d = x[:, None] - x
    r2 = np.einsum("ijk,ijk->ij", d, d) + eps * eps
    w = masses * r2**-1.5
    pairs = (3.0 * w / r2)[:, :, None, None] * d[:, :, :, None] * d[:, :, None, :] - w[:, :, None, None] * np.eye(3)
    H = pairs.transpose(0, 2, 1, 3).copy()
    i = np.arange(BODIES)
    H[i, :, i, :] -= pairs.sum(1)
    return H.reshape(3 * BODIES, 3 * BODIES)


# --- a recurrent net --------------------------------------------------------------------------------------------------

INPUTS, HIDDEN, BATCH, TIMES = 16, 32, 16, 50
WEIGHTS = (INPUTS + HIDDEN, 4 * HIDDEN)


def _sigmoid(m: Any, z: Any) -> Any:
    return 1.0 / (1.0 + m.exp(-z))


def _cell(m: Any, unpacked: Any, state: Any, x: Any) -> Any:
    W, b = unpacked
    h, c = state
    z = m.concatenate((x, h), axis=1) @ W + b
    i, f, o = (_sigmoid(m, z[:, k * HIDDEN : (k + 1) * HIDDEN]) for k in range(3))
    c = f * c + i * m.tanh(z[:, 3 * HIDDEN :])
    return o * m.tanh(c), c


def lstm_gradient(p: Any, xs: Any) -> Any:
    """Backwards through time, by hand."""
    size = WEIGHTS[0] * WEIGHTS[1]
    W, b = p[:size].reshape(WEIGHTS), p[size:]
    h, c = np.zeros((BATCH, HIDDEN)), np.zeros((BATCH, HIDDEN))
    kept = []
    for x in xs:
        both = np.concatenate((x, h), 1)
        z = both @ W + b
        gates, new = 1.0 / (1.0 + np.exp(-z[:, : 3 * HIDDEN])), np.tanh(z[:, 3 * HIDDEN :])
        i, f, o = gates[:, :HIDDEN], gates[:, HIDDEN : 2 * HIDDEN], gates[:, 2 * HIDDEN :]
        before, c = c, f * c + i * new
        t = np.tanh(c)
        h = o * t
        kept.append((both, gates, i, f, o, new, before, t))
    out = np.zeros_like(p)
    of_W, of_b = out[:size].reshape(WEIGHTS), out[size:]
    dh, dc, dz = h / BATCH, np.zeros_like(c), np.empty((BATCH, 4 * HIDDEN))
    for both, gates, i, f, o, new, before, t in reversed(kept):
        dc = dc + dh * o * (1.0 - t * t)
        dz[:, :HIDDEN], dz[:, HIDDEN : 2 * HIDDEN], dz[:, 2 * HIDDEN : 3 * HIDDEN] = dc * new, dc * before, dh * t
        dz[:, : 3 * HIDDEN] *= gates * (1.0 - gates)
        dz[:, 3 * HIDDEN :] = dc * i * (1.0 - new * new)
        of_W += both.T @ dz
        of_b += dz.sum(0)
        dh, dc = dz @ W[INPUTS:].T, dc * f
    return out


def lstm() -> Problem:
    size = WEIGHTS[0] * WEIGHTS[1]
    random = np.random.default_rng(16)
    xs = random.standard_normal((TIMES, BATCH, INPUTS))
    F = Recurrence(
        lambda m, p: (m.reshape(p[:size], WEIGHTS), p[size:]),
        lambda m, _: (m.zeros((BATCH, HIDDEN)), m.zeros((BATCH, HIDDEN))),
        _cell,
        lambda m, state: 0.5 / BATCH * m.sum(state[0] * state[0]),
        xs,
    )
    p = random.uniform(-1.0, 1.0, size + WEIGHTS[1]) / np.sqrt(HIDDEN)
    return Problem(f"LSTM, {HIDDEN} hidden, batch {BATCH}, {TIMES} steps", p, lstm_gradient, whole=F, steps=F, data=(xs,), leave=("casadi",))


# --- convolution and sums ---------------------------------------------------------------------------------------------

TAPS, SIGNAL, LONG = 64, 10_000, 1_000_000


def convolution(m: Any, x: Any) -> Any:
    """The energy of a signal that is convolved with a kernel, which is the first part of the point."""
    y = m.convolve(x[TAPS:], x[:TAPS], "valid")
    return 0.5 * m.sum(y * y)


def convolution_gradient(x: Any) -> Any:
    kernel, signal = x[:TAPS], x[TAPS:]
    y = np.convolve(signal, kernel, "valid")
    return np.concatenate((np.correlate(signal, y, "valid")[::-1], np.convolve(y, kernel[::-1])))


def quartic(m: Any, x: Any) -> Any:
    u, v = x[0], x[1]
    w = u * u - 1.0
    return m.sum(0.25 * (w * w) + u * v)


def quartic_gradient(x: Any) -> Any:
    u, v = x
    out = np.empty_like(x)
    out[0], out[1] = u * (u * u - 1.0) + v, u
    return out


def softplus(m: Any, x: Any) -> Any:
    u, v = x[0], x[1]
    return m.sum(m.log(1.0 + m.exp(-u * v)) + u * m.sin(u))


def softplus_gradient(x: Any) -> Any:
    u, v = x
    s = -1.0 / (1.0 + np.exp(u * v))
    out = np.empty_like(x)
    out[0], out[1] = s * v + np.sin(u) + u * np.cos(u), s * u
    return out


def jobs() -> Iterator[tuple[Problem, str]]:
    random = np.random.default_rng(17)
    m = random.uniform(0.5, 1.5, BODIES)
    masses = np.outer(m, m) * (1.0 - np.eye(BODIES))
    attracting = Problem(
        f"{BODIES} bodies", random.standard_normal(3 * BODIES), bodies_gradient, whole=bodies, data=(masses, np.array(0.1)),
        hessian=bodies_hessian, kind="bodies", leave=("autograd hessian",),
    )  # fmt: skip
    yield attracting, "gradient"
    yield attracting, "hessian"
    yield lstm(), "gradient"
    x = np.concatenate((random.standard_normal(TAPS) / TAPS, random.standard_normal(SIGNAL)))
    yield Problem(f"convolution of {SIGNAL} with {TAPS}", x, convolution_gradient, whole=convolution), "gradient"
    yield recursive(), "gradient"
    for name, f, gradient in (
        ("(x x - 1)^2 / 4 + x y", quartic, quartic_gradient),
        ("log(1 + exp(-x y)) + x sin x", softplus, softplus_gradient),
    ):
        x = random.standard_normal((2, LONG))
        yield Problem(f"sum of {name} over {LONG}", x, gradient, whole=f, kind="sums"), "gradient"
