"""Hamiltonian Monte Carlo, wholly native: momenta, leapfrog steps, adaptation and gradients are one @njit function.

A linear regression with 20 coefficients has a posterior distribution in closed form: normal, with a known mean and covariance. The log
density is an @njit loop over the data, `jt.native.value_and_grad` its gradient inside the sampler, and four chains run at once in a parallel loop.
Step sizes are found by dual averaging, and scales from the first half of the warm-up (Hoffman and Gelman, JMLR 15, 2014). Means and deviations are
compared with the closed form. See Neal, MCMC using Hamiltonian dynamics, in: Handbook of Markov Chain Monte Carlo (2011).
"""

import time

import numpy as np
from numba import njit, prange

import jittape as jt

ROWS, SIZE, NOISE, SCALE = 60, 20, 0.5, 2.0
CHAINS, WARMUP, DRAWS, STEPS = 4, 500, 2000, 12
TARGET = 0.8


@njit
def log_density(beta, X, y):
    """Of the coefficients, given the data: normal noise, and a normal prior."""
    total = 0.0
    for j in range(beta.size):
        total -= 0.5 * (beta[j] / SCALE) ** 2
    for i in range(y.size):
        residual = y[i]
        for j in range(beta.size):
            residual -= X[i, j] * beta[j]
        total -= 0.5 * (residual / NOISE) ** 2
    return total


density = jt.native.value_and_grad(log_density)


@njit
def trajectory(q, value, g, p, step, scales, steps, X, y):
    """Leapfrog steps; returns the end and the change of energy."""
    energy = value - 0.5 * np.sum((p * scales) ** 2)
    p = p + 0.5 * step * g
    for k in range(steps):
        q = q + step * scales**2 * p
        value, g = density(q, X, y)
        p = p + (step if k < steps - 1 else 0.5 * step) * g
    return q, value, g, value - 0.5 * np.sum((p * scales) ** 2) - energy


@njit
def chain(seed, X, y):
    """Draws of one chain, and the share of its proposals that were taken."""
    np.random.seed(seed)
    size = X.shape[1]
    q, scales = np.random.normal(0.0, 1.0, size), np.ones(size)
    value, g = density(q, X, y)
    draws, taken = np.empty((DRAWS, size)), 0
    seen, mean, squares = 0, np.zeros(size), np.zeros(size)
    step, centre, slack, average, count = 0.05, np.log(0.5), 0.0, 0.0, 0
    for k in range(WARMUP + DRAWS):
        if k == WARMUP // 2:  # what was seen until here says how far each coefficient goes
            scales = np.sqrt(squares / (seen - 1))
            step, centre, slack, average, count = 0.3, np.log(3.0), 0.0, 0.0, 0
        if k == WARMUP:
            step = np.exp(average)
        p = np.random.normal(0.0, 1.0, size) / scales
        there = trajectory(q, value, g, p, step * np.random.uniform(0.8, 1.2), scales, STEPS, X, y)
        chance = min(1.0, np.exp(there[3])) if np.isfinite(there[3]) else 0.0
        if np.random.random() < chance:
            q, value, g = there[0], there[1], there[2]
            taken += k >= WARMUP
        if k >= WARMUP:
            draws[k - WARMUP] = q
            continue
        count += 1
        slack += (TARGET - chance - slack) / (count + 10)
        logarithm = centre - slack * np.sqrt(count) / 0.05
        average += (logarithm - average) * count**-0.75
        step = np.exp(logarithm)
        if 50 <= k < WARMUP // 2:
            seen += 1
            before = q - mean
            mean += before / seen
            squares += before * (q - mean)
    return draws, taken / DRAWS


@njit(parallel=True)
def sample(seed, X, y):
    draws, taken = np.empty((CHAINS, DRAWS, X.shape[1])), np.empty(CHAINS)
    for c in prange(CHAINS):
        draws[c], taken[c] = chain(seed + c, X, y)
    return draws, taken


def effective(draws):
    """Effective sample sizes by Geyer's initial sequences, of (chain, draw, parameter)."""
    chains, n, _ = draws.shape
    centred = draws - draws.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, 2 * n, axis=1)
    covariance = np.fft.irfft(abs(spectrum) ** 2, axis=1)[:, :n].mean(axis=0) / n
    total = covariance[0] * n / (n - 1) + draws.mean(axis=1).var(axis=0, ddof=1)
    rho = 1.0 - (covariance[0] * n / (n - 1) - covariance * n / (n - 1)) / total
    pairs = rho[: n // 2 * 2].reshape(n // 2, 2, -1).sum(axis=1)
    pairs = np.minimum.accumulate(np.where(np.minimum.accumulate(pairs > 0.0, axis=0), pairs, 0.0), axis=0)
    return chains * n / (2.0 * pairs.sum(axis=0) - 1.0)


draw = np.random.default_rng(11)
X = draw.normal(size=(ROWS, SIZE)) + draw.normal(size=(ROWS, 1))
y = X @ draw.normal(size=SIZE) + NOISE * draw.normal(size=ROWS)

sample(0, X[:5], y[:5])  # compile
start = time.perf_counter()
draws, taken = sample(1, X, y)
seconds = time.perf_counter() - start

precision = X.T @ X / NOISE**2 + np.eye(SIZE) / SCALE**2
covariance = np.linalg.inv(precision)
mean, deviation = covariance @ (X.T @ y) / NOISE**2, np.sqrt(np.diag(covariance))
size = effective(draws)
off = abs(draws.mean(axis=(0, 1)) - mean) / deviation * np.sqrt(size)
ratio = draws.std(axis=(0, 1)) / deviation
print(f"proposals taken    {', '.join(f'{t:.2f}' for t in taken)}")
print(f"effective samples  {size.min():,.0f} to {size.max():,.0f} of {CHAINS * DRAWS:,}")
print(f"means              off by at most {off.max():.1f} standard errors")
print(f"deviations         {ratio.min():.3f} to {ratio.max():.3f} of the exact ones")
print(f"{CHAINS * (WARMUP + DRAWS) * STEPS / seconds:,.0f} gradients and {size.min() / seconds:,.0f} effective samples a second")
assert off.max() < 4.0 and ratio.min() > 0.93 and ratio.max() < 1.07
assert taken.min() > 0.6 and size.min() > 1000.0
