"""Kepler's equation: fit an orbit to measured positions, through Newton solves that run as many steps as they need.

A planet moves on an ellipse of semi-major axis a, eccentricity e, mean anomaly m at the beginning, period fixed; its
position was measured at 200 times with noise. The sum of squared residuals is an ordinary @njit function: for each time a `while`
loop solves E - e sin E = M. `jt.grad` differentiates it as it is, and SciPy's L-BFGS-B fits the orbit.
See Murray and Dermott, Solar System Dynamics (1999), section 2.4.
"""

import time

import numpy as np
import scipy.optimize
from numba import njit

import jittape as jt

PERIOD, NOISE = 11.86, 0.01  # years; astronomical units


@njit
def eccentric_anomaly(e, M):
    E = M
    step = 1.0
    while abs(step) > 1e-12:
        step = (E - e * np.sin(E) - M) / (1.0 - e * np.cos(E))
        E = E - step
    return E


@njit
def misfit(p, times, measured):
    """Half the sum of squared residuals in units of the noise; p = (a, e, m)."""
    total = 0.0
    for i in range(times.size):
        E = eccentric_anomaly(p[1], p[2] + 2.0 * np.pi * times[i] / PERIOD)
        x = p[0] * (np.cos(E) - p[1])
        y = p[0] * np.sqrt(1.0 - p[1] ** 2) * np.sin(E)
        total += (x - measured[i, 0]) ** 2 + (y - measured[i, 1]) ** 2
    return 0.5 * total / NOISE**2


true = np.array([5.2, 0.35, 0.6])
times = np.linspace(0.0, 20.0, 200)
E = np.array([eccentric_anomaly(true[1], true[2] + 2.0 * np.pi * t / PERIOD) for t in times])
measured = np.stack([true[0] * (np.cos(E) - true[1]), true[0] * np.sqrt(1.0 - true[1] ** 2) * np.sin(E)], axis=1)
measured += NOISE * np.random.default_rng(1).normal(size=measured.shape)

value_and_grad = jt.value_and_grad(misfit)
start = np.array([5.0, 0.2, 0.5])
_, g = value_and_grad(start, times, measured)
h = 1e-6
central = np.array([(misfit(start + d, times, measured) - misfit(start - d, times, measured)) / (2 * h) for d in h * np.eye(3)])
print(f"gradient at the start: {g.round(1)}, against central differences off by {np.abs(g / central - 1.0).max():.0e}")
assert np.allclose(g, central, rtol=1e-6)

begin = time.perf_counter()
fit = scipy.optimize.minimize(value_and_grad, start, args=(times, measured), jac=True, method="L-BFGS-B", bounds=[(1.0, 9.0), (0.0, 0.9), (-3.0, 3.0)], options={"ftol": 1e-14})
spent = time.perf_counter() - begin
deviation = np.sqrt(np.diag(np.linalg.inv(jt.hessian(misfit)(fit.x, times, measured))))
for name, estimate, sigma, truth in zip(("semi-major axis", "eccentricity", "mean anomaly"), fit.x, deviation, true, strict=True):
    print(f"{name:<16} {estimate:9.5f} +- {sigma:.5f}   true {truth}")
    assert abs(estimate - truth) < 4.0 * sigma
print(f"{fit.nfev} values and gradients, 200 Newton solves each, in {1e3 * spent:.0f} ms")
