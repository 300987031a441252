"""W11 and W12: a heat equation with a cubic term by explicit steps, Lotka-Volterra's equations by Runge-Kutta steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from numba import njit

from bench.models import Problem, Recurrence

HEAT_STEPS = 500
DIFFUSION, DECAY = 0.23, 0.01
"""W11: a step is u + DIFFUSION (left - 2 u + right) - DECAY u^3, on a ring of cells."""


def heat_step(m: Any, _: Any, state: Any, row: Any) -> Any:
    (u,) = state
    return (u + DIFFUSION * (m.roll(u, 1) - 2.0 * u + m.roll(u, -1)) - DECAY * u * u * u,)


HEAT = Recurrence(lambda m, u: u, lambda m, u: (u,), heat_step, lambda m, state: 0.5 * m.sum(state[0] * state[0]), HEAT_STEPS)


def heat_loops(u0):  # type: ignore[no-untyped-def]
    n = u0.size
    u, v = u0.copy(), u0.copy()
    for _ in range(HEAT_STEPS):
        for i in range(n):
            left = u[i - 1] if i > 0 else u[n - 1]
            right = u[i + 1] if i < n - 1 else u[0]
            v[i] = u[i] + DIFFUSION * (left - 2.0 * u[i] + right) - DECAY * u[i] * u[i] * u[i]
        u, v = v, u
    s = 0.0
    for i in range(n):
        s += 0.5 * u[i] * u[i]
    return s


@njit(error_model="numpy")
def _heat_gradient(u0):  # type: ignore[no-untyped-def]
    n = u0.size
    states = np.empty((HEAT_STEPS + 1, n))
    states[0] = u0
    for t in range(HEAT_STEPS):
        u, v = states[t], states[t + 1]
        for i in range(1, n - 1):
            v[i] = u[i] + DIFFUSION * (u[i - 1] - 2.0 * u[i] + u[i + 1]) - DECAY * u[i] * u[i] * u[i]
        for i, left, right in ((0, n - 1, 1), (n - 1, n - 2, 0)):
            v[i] = u[i] + DIFFUSION * (u[left] - 2.0 * u[i] + u[right]) - DECAY * u[i] * u[i] * u[i]
    g, h = states[HEAT_STEPS].copy(), np.empty(n)
    for t in range(HEAT_STEPS - 1, -1, -1):
        u = states[t]
        for i in range(1, n - 1):
            h[i] = g[i] * (1.0 - 2.0 * DIFFUSION - 3.0 * DECAY * u[i] * u[i]) + DIFFUSION * (g[i - 1] + g[i + 1])
        for i, left, right in ((0, n - 1, 1), (n - 1, n - 2, 0)):
            h[i] = g[i] * (1.0 - 2.0 * DIFFUSION - 3.0 * DECAY * u[i] * u[i]) + DIFFUSION * (g[left] + g[right])
        g, h = h, g
    return g


def heat() -> Iterator[Problem]:
    for n in (200, 2_000):
        x = np.sin(np.linspace(0.0, 3.0, n)) + 0.1 * np.random.default_rng(11).standard_normal(n)
        yield Problem(f"heat, {n} cells", x, _heat_gradient, "njit", whole=HEAT, loops={"njit loops": heat_loops}, steps=HEAT)


# --- W12 --------------------------------------------------------------------------------------------------------------

STEP = 0.01
FIRST = (10.0, 5.0)
"""W12: prey and predators to begin with."""
PARAMETERS = (1.1, 0.4, 0.4, 0.1)
"""Growth of the prey, what is eaten of it, death of the predators, their growth."""


def lotka_step(m: Any, p: Any, state: Any, row: Any) -> Any:
    a, b, c, d = p
    x, y = state
    k1x, k1y = x * (a - b * y), y * (d * x - c)
    u, v = x + 0.5 * STEP * k1x, y + 0.5 * STEP * k1y
    k2x, k2y = u * (a - b * v), v * (d * u - c)
    u, v = x + 0.5 * STEP * k2x, y + 0.5 * STEP * k2y
    k3x, k3y = u * (a - b * v), v * (d * u - c)
    u, v = x + STEP * k3x, y + STEP * k3y
    k4x, k4y = u * (a - b * v), v * (d * u - c)
    return x + STEP / 6.0 * (k1x + 2.0 * (k2x + k3x) + k4x), y + STEP / 6.0 * (k1y + 2.0 * (k2y + k3y) + k4y)


def lotka(steps: int) -> Recurrence:
    return Recurrence(
        lambda m, p: (p[0], p[1], p[2], p[3]),
        lambda m, p: FIRST,
        lotka_step,
        lambda m, state: 0.5 * (state[0] * state[0] + state[1] * state[1]),
        steps,
    )


@cache
def lotka_loops(steps: int) -> Any:
    def loops(p):  # type: ignore[no-untyped-def]
        a, b, c, d = p[0], p[1], p[2], p[3]
        x, y = FIRST
        for _ in range(steps):
            k1x, k1y = x * (a - b * y), y * (d * x - c)
            u, v = x + 0.5 * STEP * k1x, y + 0.5 * STEP * k1y
            k2x, k2y = u * (a - b * v), v * (d * u - c)
            u, v = x + 0.5 * STEP * k2x, y + 0.5 * STEP * k2y
            k3x, k3y = u * (a - b * v), v * (d * u - c)
            u, v = x + STEP * k3x, y + STEP * k3y
            k4x, k4y = u * (a - b * v), v * (d * u - c)
            x, y = x + STEP / 6.0 * (k1x + 2.0 * (k2x + k3x) + k4x), y + STEP / 6.0 * (k1y + 2.0 * (k2y + k3y) + k4y)
        return 0.5 * (x * x + y * y)

    return loops


@njit
def _flow(p, s, k):  # type: ignore[no-untyped-def]
    """Rates of (x, y), and of their first and second derivatives by the parameters, of a state of 2 + 8 + 32 numbers."""
    a, b, c, d = p
    x, y = s[0, 0], s[1, 0]
    k[0, 0], k[1, 0] = x * (a - b * y), y * (d * x - c)
    xx, xy, yx, yy = a - b * y, -b * x, d * y, d * x - c
    for i in range(4):
        k[0, 1 + i] = xx * s[0, 1 + i] + xy * s[1, 1 + i]
        k[1, 1 + i] = yx * s[0, 1 + i] + yy * s[1, 1 + i]
    k[0, 1] += x
    k[0, 2] -= x * y
    k[1, 3] -= y
    k[1, 4] += x * y
    if s.shape[1] == 5:
        return
    for i in range(4):
        for j in range(i + 1):
            at = 5 + 4 * i + j
            both = s[0, 1 + i] * s[1, 1 + j] + s[1, 1 + i] * s[0, 1 + j]
            k[0, at] = xx * s[0, at] + xy * s[1, at] - b * both
            k[1, at] = yx * s[0, at] + yy * s[1, at] + d * both
    for i in range(4):
        for first, second, factor_x, factor_y, row in ((0, 0, 1.0, 0.0, 0), (1, 0, -y, -x, 0), (2, 0, 0.0, -1.0, 1), (3, 0, y, x, 1)):
            # the rate depends on parameter `first` through factor_x x + factor_y y besides
            value = factor_x * s[0, 1 + i] + factor_y * s[1, 1 + i]
            high, low = max(first, i), min(first, i)
            k[row, 5 + 4 * high + low] += 2.0 * value if first == i else value


@njit
def _lotka_by_hand(p, steps, columns):  # type: ignore[no-untyped-def]
    s = np.zeros((2, columns))
    s[0, 0], s[1, 0] = FIRST
    k1, k2, k3, k4, u = np.zeros_like(s), np.zeros_like(s), np.zeros_like(s), np.zeros_like(s), np.zeros_like(s)
    for _ in range(steps):
        _flow(p, s, k1)
        for r in range(2):
            for i in range(columns):
                u[r, i] = s[r, i] + 0.5 * STEP * k1[r, i]
        _flow(p, u, k2)
        for r in range(2):
            for i in range(columns):
                u[r, i] = s[r, i] + 0.5 * STEP * k2[r, i]
        _flow(p, u, k3)
        for r in range(2):
            for i in range(columns):
                u[r, i] = s[r, i] + STEP * k3[r, i]
        _flow(p, u, k4)
        for r in range(2):
            for i in range(columns):
                s[r, i] += STEP / 6.0 * (k1[r, i] + 2.0 * (k2[r, i] + k3[r, i]) + k4[r, i])
    return s


def lotka_gradient(p: Any, steps: int) -> Any:
    """By hand: the equations of the derivatives by the parameters, with the same steps."""
    s = _lotka_by_hand(p, steps, 5)
    return s[0, 0] * s[0, 1:] + s[1, 0] * s[1, 1:]


def lotka_hessian(p: Any, steps: int) -> Any:
    """By hand: those of the second derivatives, too."""
    s = _lotka_by_hand(p, steps, 21)
    first, second = s[:, 1:5], s[:, 5:].reshape(2, 4, 4)
    second = second + np.tril(second, -1).transpose(0, 2, 1)
    return first.T @ first + s[0, 0] * second[0] + s[1, 0] * second[1]


def populations() -> Iterator[Problem]:
    for steps in (1_000, 10_000):
        F = lotka(steps)
        slow = ("torch", "autograd") if steps == 10_000 else ("autograd hessian", "torch hessian")
        yield Problem(
            f"Lotka-Volterra, {steps} steps",
            np.array(PARAMETERS),
            partial(lotka_gradient, steps=steps),
            "njit, forward mode",
            whole=F,
            loops={"njit loops": lotka_loops(steps)},
            steps=F,
            hessian=partial(lotka_hessian, steps=steps),
            form="Python loop",
            leave=slow,
        )
