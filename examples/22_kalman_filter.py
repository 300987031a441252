"""The likelihood of a Kalman filter: a local linear trend model fitted to a series of 500 measurements.

Level and slope wander with standard deviations exp(p[0]) and exp(p[1]), each measurement has the error exp(p[2]). The filter is an
@njit function with 2 x 2 matrices and a branch for missing measurements; its log-likelihood is maximised by BFGS with exact
gradients, and the Hessian at the maximum gives standard errors.
See Durbin and Koopman, Time Series Analysis by State Space Methods (2012), sections 3.2 and 7.2.
"""

import time

import numpy as np
import scipy.optimize
from numba import njit

import jittape as jt


@njit
def minus_log_likelihood(p, y):
    q_level, q_slope, r = np.exp(2.0 * p[0]), np.exp(2.0 * p[1]), np.exp(2.0 * p[2])
    F = np.array([[1.0, 1.0], [0.0, 1.0]])
    m = np.zeros(2)
    P = np.eye(2) * 1e4
    total = 0.0
    for t in range(y.size):
        m = F @ m
        P = F @ P @ F.T
        P[0, 0] += q_level
        P[1, 1] += q_slope
        if not np.isnan(y[t]):
            v = y[t] - m[0]
            s = P[0, 0] + r
            gain = P[:, 0] / s
            m = m + gain * v
            P = P - np.outer(gain, P[0, :])
            total += 0.5 * (np.log(2.0 * np.pi * s) + v * v / s)
    return total


rng = np.random.default_rng(7)
true = np.log([0.5, 0.05, 1.0])
slope = np.cumsum(0.05 * rng.normal(size=500))
y = np.cumsum(slope + 0.5 * rng.normal(size=500)) + rng.normal(size=500)
y[rng.random(500) < 0.1] = np.nan  # measurements that are missing

value_and_grad = jt.value_and_grad(minus_log_likelihood)
start = np.zeros(3)
value, gradient = value_and_grad(start, y)
h = 1e-5
central = [(minus_log_likelihood(start + d, y) - minus_log_likelihood(start - d, y)) / (2 * h) for d in h * np.eye(3)]
print(f"gradient at the start {gradient.round(4)}")
assert np.allclose(gradient, central, rtol=1e-6, atol=1e-5)

begin = time.perf_counter()
fit = scipy.optimize.minimize(value_and_grad, start, args=(y,), jac=True, method="BFGS", options={"gtol": 1e-4})
spent = time.perf_counter() - begin
errors = np.sqrt(np.diag(np.linalg.inv(jt.hessian(minus_log_likelihood)(fit.x, y))))
for name, estimate, error, truth in zip(("level", "slope", "measurement"), fit.x, errors, true, strict=True):
    print(f"log deviation of the {name:<12} {estimate:7.3f} +- {error:.3f}   true {truth:.3f}")
    assert abs(estimate - truth) < 4.0 * error
print(f"log-likelihood {-fit.fun:.3f} after {fit.nfev} values and gradients of 500 steps in {1e3 * spent:.0f} ms")
