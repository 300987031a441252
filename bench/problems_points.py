"""W14: gradients at 100,000 points: the formula of Black and Scholes, paths of Heston's model, a barrier with branches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import njit

from bench.models import Points

COUNT = 100_000
HESTON_STEPS = 20
BARRIER_STEPS = 12
REBATE = 5.0
ROOT_HALF, ROOT_TAU = math.sqrt(0.5), math.sqrt(2.0 * math.pi)


def black_scholes(m: Any, x: Any) -> Any:
    """A call: spot, strike, time, rate, volatility."""
    s, k, t, r, sigma = x[0], x[1], x[2], x[3], x[4]
    spread = sigma * m.sqrt(t)
    d = (m.log(s / k) + r * t) / spread + 0.5 * spread
    return 0.5 * (s * (1.0 + m.erf(ROOT_HALF * d)) - k * m.exp(-r * t) * (1.0 + m.erf(ROOT_HALF * (d - spread))))


@njit(error_model="numpy")
def black_scholes_gradient(X):  # type: ignore[no-untyped-def]
    G = np.empty_like(X)
    for row in range(X.shape[0]):
        s, k, t, r, sigma = X[row]
        root = math.sqrt(t)
        spread = sigma * root
        d = (math.log(s / k) + r * t) / spread + 0.5 * spread
        discount = math.exp(-r * t)
        first, second = 0.5 * (1.0 + math.erf(ROOT_HALF * d)), 0.5 * (1.0 + math.erf(ROOT_HALF * (d - spread)))
        density = s * math.exp(-0.5 * d * d) / ROOT_TAU
        G[row, 0] = first
        G[row, 1] = -discount * second
        G[row, 2] = 0.5 * density * sigma / root + r * k * discount * second
        G[row, 3] = t * k * discount * second
        G[row, 4] = density * root
    return G


def heston(m: Any, x: Any) -> Any:
    """The logarithm of the spot at the end of a path: variance, its speed, mean and volatility, correlation, and two normal numbers a step."""
    v, kappa, theta, xi, rho = x[0], x[1], x[2], x[3], x[4]
    h = 1.0 / HESTON_STEPS
    other = m.sqrt(1.0 - rho * rho)
    s = 0.0
    for step in range(HESTON_STEPS):
        a, b = x[5 + 2 * step], x[6 + 2 * step]
        root = m.sqrt(m.maximum(v, 0.0) + 1e-6) * math.sqrt(h)
        s = s - 0.5 * h * v + root * (rho * a + other * b)
        v = v + kappa * (theta - v) * h + xi * root * a
    return s


@njit(error_model="numpy")
def heston_gradient(X):  # type: ignore[no-untyped-def]
    G = np.empty_like(X)
    h = 1.0 / HESTON_STEPS
    c = math.sqrt(h)
    vs, roots = np.empty(HESTON_STEPS), np.empty(HESTON_STEPS)
    for row in range(X.shape[0]):
        v, kappa, theta, xi, rho = X[row, 0], X[row, 1], X[row, 2], X[row, 3], X[row, 4]
        other = math.sqrt(1.0 - rho * rho)
        for step in range(HESTON_STEPS):
            vs[step] = v
            roots[step] = root = math.sqrt(max(v, 0.0) + 1e-6) * c
            v = v + kappa * (theta - v) * h + xi * root * X[row, 5 + 2 * step]
        bar = g_kappa = g_theta = g_xi = g_rho = g_other = 0.0
        for step in range(HESTON_STEPS - 1, -1, -1):
            a, b, v, root = X[row, 5 + 2 * step], X[row, 6 + 2 * step], vs[step], roots[step]
            mixed = rho * a + other * b
            g_kappa += bar * (theta - v) * h
            g_theta += bar * kappa * h
            g_xi += bar * root * a
            g_rho += root * a
            g_other += root * b
            G[row, 5 + 2 * step] = root * rho + bar * xi * root
            G[row, 6 + 2 * step] = root * other
            of_root = mixed + bar * xi * a
            bar = bar * (1.0 - kappa * h) - 0.5 * h
            if v > 0.0:
                bar += of_root * 0.5 * h / root
        G[row, 0], G[row, 1], G[row, 2], G[row, 3] = bar, g_kappa, g_theta, g_xi
        G[row, 4] = g_rho - g_other * rho / other
    return G


def barrier_branching(m: Any, x: Any) -> Any:
    """A call that is knocked out, with a rebate, at the first step at which the spot passes the barrier.

    Of spot, strike, barrier, volatility, rate, and a normal number a step.
    """
    spot, strike, limit, sigma, r = x[0], x[1], x[2], x[3], x[4]
    h = 1.0 / BARRIER_STEPS
    for step in range(BARRIER_STEPS):
        spot = spot * m.exp((r - 0.5 * sigma * sigma) * h + sigma * math.sqrt(h) * x[5 + step])
        if spot > limit:
            return REBATE * m.exp(-r * (step + 1) * h)
    if spot <= strike:
        return 0.0
    return (spot - strike) * m.exp(-r)


def barrier(m: Any, x: Any) -> Any:
    """The same for engines that follow no branches."""
    spot, strike, limit, sigma, r = x[0], x[1], x[2], x[3], x[4]
    h = 1.0 / BARRIER_STEPS
    spots = []
    for step in range(BARRIER_STEPS):
        spot = spot * m.exp((r - 0.5 * sigma * sigma) * h + sigma * math.sqrt(h) * x[5 + step])
        spots.append(spot)
    value = m.where(spot > strike, (spot - strike) * m.exp(-r), 0.0 * spot)
    for step in range(BARRIER_STEPS - 1, -1, -1):
        value = m.where(spots[step] > limit, REBATE * m.exp(-r * (step + 1) * h), value)
    return value


@njit(error_model="numpy")
def barrier_gradient(X):  # type: ignore[no-untyped-def]
    G = np.zeros_like(X)
    h = 1.0 / BARRIER_STEPS
    root = math.sqrt(h)
    for row in range(X.shape[0]):
        spot, strike, limit, sigma, r = X[row, 0], X[row, 1], X[row, 2], X[row, 3], X[row, 4]
        out = False
        normals = 0.0
        for step in range(BARRIER_STEPS):
            normals += X[row, 5 + step]
            spot = spot * math.exp((r - 0.5 * sigma * sigma) * h + sigma * root * X[row, 5 + step])
            if spot > limit:
                G[row, 4] = -(step + 1) * h * REBATE * math.exp(-r * (step + 1) * h)
                out = True
                break
        if out or spot <= strike:
            continue
        discount = math.exp(-r)
        whole = discount * spot
        G[row, 0], G[row, 1] = whole / X[row, 0], -discount
        G[row, 3] = whole * (root * normals - sigma)
        G[row, 4] = whole - (spot - strike) * discount
        for step in range(BARRIER_STEPS):
            G[row, 5 + step] = whole * sigma * root
    return G


def points() -> Iterator[Points]:
    random = np.random.default_rng(14)
    X = random.uniform([80.0, 80.0, 0.2, 0.0, 0.1], [120.0, 120.0, 2.0, 0.1, 0.5], (COUNT, 5))
    yield Points(f"Black-Scholes, {COUNT} points", X, black_scholes_gradient, black_scholes)
    X = random.uniform([0.02, 1.0, 0.02, 0.1, -0.8], [0.2, 4.0, 0.2, 0.4, 0.2], (COUNT, 5))
    X = np.hstack((X, random.standard_normal((COUNT, 2 * HESTON_STEPS))))
    yield Points(f"Heston, {HESTON_STEPS} steps, {COUNT} paths", X, heston_gradient, heston)
    X = random.uniform([80.0, 90.0, 115.0, 0.1, 0.0], [120.0, 110.0, 150.0, 0.4, 0.1], (COUNT, 5))
    X = np.hstack((X, random.standard_normal((COUNT, BARRIER_STEPS))))
    yield Points(f"barrier, {BARRIER_STEPS} steps, {COUNT} paths", X, barrier_gradient, barrier, barrier_branching)
