"""Hamiltonian Monte Carlo, wholly native: 128 chains, whose momenta, leapfrog steps, adaptation and gradients are one @njit function.

A linear regression with 20 coefficients has a posterior distribution in closed form: normal, with a known mean and covariance. The log
density is recorded once, and native code asks for the gradients of 64 chains in one call, which computes them in SIMD lanes; blocks of so many chains run in a
parallel loop. Chains lie side by side in memory, `q[j, c]` is coefficient j of chain c, so that points need not be turned into lanes. Step sizes are found by dual
averaging over the chains of a block, and scales from the first half of the warm-up (Hoffman and Gelman, JMLR 15, 2014). Means and deviations are
compared with the closed form. See Neal, MCMC using Hamiltonian dynamics, in: Handbook of Markov Chain Monte Carlo (2011).
"""

import time

import numpy as np
from numba import njit, prange

import jittape as jt

ROWS, SIZE, NOISE, SCALE = 60, 20, 0.5, 2.0
BLOCKS, SIDE, WARMUP, DRAWS, STEPS = 2, 64, 300, 200, 12
TARGET = 0.8

draw = np.random.default_rng(11)
X = draw.normal(size=(ROWS, SIZE)) + draw.normal(size=(ROWS, 1))
y = X @ draw.normal(size=SIZE) + NOISE * draw.normal(size=ROWS)


def log_density(beta):
    """Of the coefficients, given the data: normal noise, and a normal prior."""
    return -0.5 * np.sum((beta / SCALE) ** 2) - 0.5 * np.sum(((y - X @ beta) / NOISE) ** 2)


recorded = jt.record(log_density, np.zeros(SIZE))
density, slope = jt.native.value_and_grad(recorded), jt.native.grad(recorded)


@njit
def trajectories(q, g, p, value, steps, scales, x, d, v, gained):
    """Leapfrog steps of all chains: from q to x, gradients d and values v there, and how much the energy has fallen. Each chain has its own step."""
    size, chains = q.shape
    gained[:] = -value
    for j in range(size):
        for c in range(chains):
            gained[c] += 0.5 * (p[j, c] * scales[j]) ** 2
            p[j, c] += 0.5 * steps[c] * g[j, c]
            x[j, c] = q[j, c] + steps[c] * scales[j] ** 2 * p[j, c]
    for _ in range(STEPS - 1):
        slope(x.T, d.T)
        for j in range(size):
            for c in range(chains):
                p[j, c] += steps[c] * d[j, c]
                x[j, c] += steps[c] * scales[j] ** 2 * p[j, c]
    density(x.T, d.T, v)
    gained += v
    for j in range(size):
        for c in range(chains):
            p[j, c] += 0.5 * steps[c] * d[j, c]
            gained[c] -= 0.5 * (p[j, c] * scales[j]) ** 2


@njit
def block(rng, draws):
    """Draws of the chains of a block, (draw, coefficient, chain); returns the share of their proposals that were taken."""
    q = rng.standard_normal((SIZE, SIDE))
    g, x, d, p = np.empty_like(q), np.empty_like(q), np.empty_like(q), np.empty_like(q)
    value, v, gained, scales = np.empty(SIDE), np.empty(SIDE), np.empty(SIDE), np.ones(SIZE)
    density(q.T, g.T, value)
    seen, total, squares, taken = 0, np.zeros(SIZE), np.zeros(SIZE), 0
    step, centre, slack, average, count = 0.05, np.log(0.5), 0.0, 0.0, 0
    for k in range(WARMUP + len(draws)):
        if k == WARMUP // 2:  # what was seen until here says how far each coefficient goes
            scales = np.sqrt(squares / seen - (total / seen) ** 2)
            step, centre, slack, average, count = 0.3, np.log(3.0), 0.0, 0.0, 0
        if k == WARMUP:
            step = np.exp(average)
        for j in range(SIZE):
            for c in range(SIDE):
                p[j, c] = rng.standard_normal() / scales[j]
        trajectories(q, g, p, value, step * rng.uniform(0.8, 1.2, SIDE), scales, x, d, v, gained)
        chance = 0.0
        for c in range(SIDE):
            one = min(1.0, np.exp(gained[c])) if np.isfinite(gained[c]) else 0.0
            chance += one / SIDE
            if rng.random() < one:
                q[:, c], g[:, c], value[c] = x[:, c], d[:, c], v[c]
                taken += k >= WARMUP
        if k >= WARMUP:
            draws[k - WARMUP] = q
            continue
        count += 1
        slack += (TARGET - chance - slack) / (count + 10)
        logarithm = centre - slack * np.sqrt(count) / 0.05
        average += (logarithm - average) * count**-0.75
        step = np.exp(logarithm)
        if 30 <= k < WARMUP // 2:
            seen += SIDE
            for c in range(SIDE):
                total += q[:, c]
                squares += q[:, c] ** 2
    return taken / (SIDE * len(draws))


@njit(parallel=True)
def sample(rngs, draws):
    taken = np.empty(len(draws))
    for b in prange(len(draws)):
        taken[b] = block(rngs[b], draws[b])
    return taken


def generators(seed):
    return tuple(np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(BLOCKS))


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


draws = np.empty((BLOCKS, DRAWS, SIZE, SIDE))
sample(generators(0), draws)  # compile
start = time.perf_counter()
taken = sample(generators(1), draws)
seconds = time.perf_counter() - start

draws = draws.transpose(0, 3, 1, 2).reshape(-1, DRAWS, SIZE)
precision = X.T @ X / NOISE**2 + np.eye(SIZE) / SCALE**2
covariance = np.linalg.inv(precision)
mean, deviation = covariance @ (X.T @ y) / NOISE**2, np.sqrt(np.diag(covariance))
size = effective(draws)
off = abs(draws.mean(axis=(0, 1)) - mean) / deviation * np.sqrt(size)
ratio = draws.std(axis=(0, 1)) / deviation
print(f"proposals taken    {', '.join(f'{t:.2f}' for t in taken)}")
print(f"effective samples  {size.min():,.0f} to {size.max():,.0f} of {len(draws) * DRAWS:,}")
print(f"means              off by at most {off.max():.1f} standard errors")
print(f"deviations         {ratio.min():.3f} to {ratio.max():.3f} of the exact ones")
print(f"{len(draws) * (WARMUP + DRAWS) * STEPS / seconds:,.0f} gradients and {size.min() / seconds:,.0f} effective samples a second")
assert off.max() < 4.0 and ratio.min() > 0.93 and ratio.max() < 1.07
assert taken.min() > 0.6 and size.min() > 1000.0
