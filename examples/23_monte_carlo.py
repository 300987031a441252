"""A Monte Carlo option price and its sensitivities, path by path, in native code on every core.

The price of an Asian call (the average of 50 prices against the strike) under geometric Brownian motion. The payoff of one path
is an @njit function of spot, volatility and rate. `jt.native.grad` differentiates it inside a parallel loop over 40,000 paths, a
tape for each thread, so that price and sensitivities come from one pass over the random numbers.
They are checked against differences with the same random numbers, and a control: the discrete geometric average has a formula.
See Glasserman, Monte Carlo Methods in Financial Engineering (2003), sections 3.2 and 7.2.
"""

import time

import numpy as np
from numba import njit, prange
from scipy.stats import norm

import jittape as jt

STRIKE, YEARS, STEPS, PATHS = 100.0, 1.0, 50, 40_000


@njit
def payoff(p, normals, geometric):
    """Discounted payoff of one path; p = (spot, volatility, rate)."""
    spot, volatility, rate = p[0], p[1], p[2]
    dt = YEARS / normals.size
    drift, scale = (rate - 0.5 * volatility * volatility) * dt, volatility * np.sqrt(dt)
    logarithm, average = np.log(spot), 0.0
    for z in normals:
        logarithm = logarithm + drift + scale * z
        average += logarithm if geometric else np.exp(logarithm)
    average = average / normals.size
    if geometric:
        average = np.exp(average)
    return np.exp(-rate * YEARS) * max(average - STRIKE, 0.0)


gradient = jt.native.value_and_grad(payoff)


@njit(parallel=True)
def price(p, normals, geometric):
    """Mean and standard error of the payoff (first) and of its derivatives by spot, volatility and rate."""
    found = np.empty((normals.shape[0], 4))
    for i in prange(normals.shape[0]):
        value, g = gradient(p, normals[i], geometric)
        found[i, 0] = value
        found[i, 1:] = g
    return found


def geometric_call(spot, volatility, rate):
    """The formula for the discrete geometric average."""
    mean = np.log(spot) + (rate - 0.5 * volatility**2) * YEARS * (STEPS + 1) / (2 * STEPS)
    deviation = volatility * np.sqrt(YEARS * (STEPS + 1) * (2 * STEPS + 1) / (6 * STEPS**2))
    d = (mean - np.log(STRIKE)) / deviation
    return np.exp(-rate * YEARS) * (np.exp(mean + 0.5 * deviation**2) * norm.cdf(d + deviation) - STRIKE * norm.cdf(d))


p = np.array([100.0, 0.25, 0.04])
normals = np.random.default_rng(3).normal(size=(PATHS, STEPS))
price(p, normals[:10], False)  # compile
begin = time.perf_counter()
found = price(p, normals, False)
spent = time.perf_counter() - begin
mean, error = found.mean(axis=0), found.std(axis=0) / np.sqrt(PATHS)
for name, m, s in zip(("price", "delta", "vega", "rho"), mean, error, strict=True):
    print(f"Asian call, {name:<6} {m:8.4f} +- {s:.4f}")
print(f"{PATHS:,} paths of {STEPS} steps with gradients in {1e3 * spent:.0f} ms, {PATHS / spent:,.0f} gradients a second")

h = np.array([1e-3, 1e-5, 1e-5])
for k in range(3):
    up, down = (np.mean([payoff(p + sign * h * np.eye(3)[k], z, False) for z in normals[:4000]]) for sign in (1.0, -1.0))
    assert np.isclose((up - down) / (2 * h[k]), found[:4000, 1 + k].mean(), rtol=1e-3)
control = price(p, normals, True)
exact = geometric_call(*p)
h = 1e-5
exact = np.array([exact, *((geometric_call(*(p + h * d)) - geometric_call(*(p - h * d))) / (2 * h) for d in np.eye(3))])
off = (control.mean(axis=0) - exact) / (control.std(axis=0) / np.sqrt(PATHS))
print(f"geometric average, where there is a formula: off by {np.abs(off).max():.1f} standard errors at most")
assert np.abs(off).max() < 4.0
