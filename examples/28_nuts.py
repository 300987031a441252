"""The no-U-turn sampler, wholly native, on a curved distribution whose moments are known.

Ten bananas: x is normal with deviation 1, and y given x is normal around b (x^2 - 1) with deviation 0.5, so y has mean 0 and variance
0.25 + 2 b^2. The trajectory doubles until it turns back; points are drawn in proportion to their density (Betancourt, A conceptual introduction to
Hamiltonian Monte Carlo, 2017). No recursion: of the 2^depth steps of a doubling, those that begin a subtree are kept by the bits of their number
(Phan, Pradhan and Jankowiak, 2019). Step size by dual averaging (Hoffman and Gelman, JMLR 15, 2014), scales from the warm-up. All of it, gradients
by `jt.native.value_and_grad` included, is native.
"""

import time

import numpy as np
from numba import njit, prange

import jittape as jt

SIZE, BEND, WIDTH = 20, 0.4, 0.5
CHAINS, WARMUP, DRAWS, DEEPEST = 4, 600, 3000, 8
TARGET, DIVERGED = 0.85, 1000.0


@njit
def log_density(q):
    total = 0.0
    for i in range(0, q.size, 2):
        total -= 0.5 * q[i] ** 2 + 0.5 * ((q[i + 1] - BEND * (q[i] ** 2 - 1.0)) / WIDTH) ** 2
    return total


density = jt.native.value_and_grad(log_density)


@njit
def turns(first, last, total, scales):
    """Whether a piece of a trajectory, by the momenta at its ends and their sum, has turned back."""
    at_first = at_last = 0.0
    for i in range(first.size):
        rest = (total[i] - 0.5 * (first[i] + last[i])) * scales[i] ** 2
        at_first += first[i] * rest
        at_last += last[i] * rest
    return at_first <= 0.0 or at_last <= 0.0


@njit
def ones(n):
    """(ones among the bits of n but the last, ones that its bits end with)."""
    inner, end = 0, 0
    rest = n >> 1
    while rest:
        inner += rest & 1
        rest >>= 1
    while n & 1:
        end += 1
        n >>= 1
    return inner, end


@njit
def energy(value, p, scales):
    kinetic = 0.0
    for i in range(p.size):
        kinetic += (p[i] * scales[i]) ** 2
    return value - 0.5 * kinetic


@njit
def transition(q, value, g, step, scales):
    """The next draw, its density and gradient, the mean chance of acceptance, and the number of gradients."""
    size = q.size
    p = np.random.normal(0.0, 1.0, size) / scales
    start = energy(value, p, scales)
    left = right = (q, p, g)
    total, weight = p.copy(), 0.0
    kept, kept_total = np.empty((DEEPEST + 1, size)), np.empty((DEEPEST + 1, size))
    chances, steps = 0.0, 0
    for depth in range(DEEPEST):
        forward = np.random.random() < 0.5
        here = right if forward else left
        sign = step if forward else -step
        own, own_weight, found, stopped = np.zeros(size), -np.inf, (q, value, g), False
        for n in range(1 << depth):
            p = here[1] + 0.5 * sign * here[2]
            x = here[0] + sign * scales**2 * p
            v, d = density(x)
            p = p + 0.5 * sign * d
            here = (x, p, d)
            change = energy(v, p, scales) - start
            if not change > -DIVERGED:  # NaN is, too
                stopped = True
            chances += min(1.0, np.exp(change)) if np.isfinite(change) else 0.0
            steps += 1
            if stopped:
                break
            own += p
            joined = np.logaddexp(own_weight, change)
            if np.log(np.random.random()) < change - joined:
                found = (x, v, d)
            own_weight = joined
            place, complete = ones(n)
            if complete == 0:
                kept[place], kept_total[place] = p, own
            else:  # subtrees that this step completes
                for k in range(place, place - complete, -1):
                    if turns(kept[k], p, own - kept_total[k] + kept[k], scales):
                        stopped = True
            if stopped:
                break
        if stopped:
            break
        if np.log(np.random.random()) < own_weight - weight:
            q, value, g = found
        weight = np.logaddexp(weight, own_weight)
        if forward:
            right = here
        else:
            left = here
        total += own
        if turns(left[1], right[1], total, scales):
            break
    return q, value, g, chances / steps, steps


@njit
def chain(seed, size):
    """Draws of one chain, and the gradients that it took."""
    np.random.seed(seed)
    q, scales = np.random.normal(0.0, 1.0, size), np.ones(size)
    value, g = density(q)
    draws, gradients = np.empty((DRAWS, size)), 0
    seen, mean, squares = 0, np.zeros(size), np.zeros(size)
    step, centre, slack, average, count = 0.1, np.log(1.0), 0.0, 0.0, 0
    for k in range(WARMUP + DRAWS):
        if k == WARMUP // 2:  # what was seen until here says how far each number goes
            scales = np.sqrt(squares / (seen - 1))
            step, centre, slack, average, count = 0.3, np.log(2.0), 0.0, 0.0, 0
        if k == WARMUP:
            step = np.exp(average)
        q, value, g, chance, steps = transition(q, value, g, step, scales)
        gradients += steps
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
    return draws, gradients


@njit(parallel=True)
def sample(seed, size):
    draws, gradients = np.empty((CHAINS, DRAWS, size)), np.empty(CHAINS, np.int64)
    for c in prange(CHAINS):
        draws[c], gradients[c] = chain(seed + c, size)
    return draws, gradients


sample(0, 2)  # compile
start = time.perf_counter()
draws, gradients = sample(7, SIZE)
seconds = time.perf_counter() - start

x, y = draws[..., ::2], draws[..., 1::2]
spread = np.sqrt(WIDTH**2 + 2.0 * BEND**2)
print(f"{gradients.sum() / (CHAINS * (WARMUP + DRAWS)):.1f} steps a trajectory, {gradients.sum() / seconds:,.0f} gradients a second")
print(f"x: means {x.mean(axis=(0, 1)).min():+.3f} to {x.mean(axis=(0, 1)).max():+.3f}, deviations {x.std(axis=(0, 1)).min():.3f} to {x.std(axis=(0, 1)).max():.3f} (exact: 0, 1)")
print(f"y: means {y.mean(axis=(0, 1)).min():+.3f} to {y.mean(axis=(0, 1)).max():+.3f}, deviations {y.std(axis=(0, 1)).min():.3f} to {y.std(axis=(0, 1)).max():.3f} (exact: 0, {spread:.3f})")
bent = (y * (x**2 - 1.0)).mean(axis=(0, 1))
print(f"E[y (x^2 - 1)]: {bent.min():.3f} to {bent.max():.3f} (exact: {2.0 * BEND:.3f})")
assert abs(x.mean()) < 0.02 and abs(x.std() - 1.0) < 0.02
assert abs(y.mean()) < 0.03 and abs(y.std() / spread - 1.0) < 0.03
assert abs(bent.mean() / (2.0 * BEND) - 1.0) < 0.05
