"""Rates of stiff kinetics fitted to data through SciPy's Radau method: Robertson's autocatalytic reaction.

The residuals are recorded once, solver and all; their Jacobian comes through the steps that the solver takes at each point.
"""

import numpy as np
from scipy.optimize import least_squares

import jittape as jt
from jittape.scipy.integrate import solve_ivp

TIMES = np.logspace(-2, 4, 25)
SCALES = np.array([1.0, 2e4, 1.0])[:, None]  # of the three species
RATES = np.array([0.04, 3e7, 1e4])  # of A -> B, B + B -> C + B, B + C -> A + C


def concentrations(log_rates):
    k = np.exp(log_rates)

    def field(t, y):
        a, b, c = k[0] * y[0], k[1] * y[1] ** 2, k[2] * y[1] * y[2]
        return np.stack([c - a, a - c - b, b])

    return solve_ivp(field, (0.0, TIMES[-1]), [1.0, 0.0, 0.0], method="Radau", t_eval=TIMES, rtol=1e-8, atol=1e-11).y


truth = np.log(RATES)
noise = 0.01 * np.random.default_rng(0).standard_normal((3, TIMES.size))
start = truth + np.array([0.5, -0.8, 0.7])
observed = jt.record(concentrations, start)(truth) + noise / SCALES

residuals = jt.record(lambda p: np.ravel(SCALES * (concentrations(p) - observed)) / 0.01, start)
fit = least_squares(residuals, start, jac=residuals.jacobian, x_scale="jac")
errors = np.sqrt(np.diag(np.linalg.inv(fit.jac.T @ fit.jac)))

print(f"{fit.nfev} evaluations, {fit.njev} Jacobians, chi squared {2 * fit.cost:.1f} of {noise.size - 3} degrees of freedom")
for name, k, e, true in zip("123", np.exp(fit.x), errors, RATES, strict=True):
    print(f"k{name} = {k:.4g} +- {100 * e:.1f}%   (data were made with {true:g})")

assert fit.success and np.all(np.abs(fit.x - truth) < 4.0 * errors)
assert 0.6 < 2 * fit.cost / (noise.size - 3) < 1.5
step = 1e-4 * np.array([0.3, -0.5, 0.8])
slope = (residuals(fit.x + step) - residuals(fit.x - step)) / 2
assert np.max(np.abs(residuals.jacobian(fit.x) @ step - slope)) < 1e-4 * np.max(np.abs(slope))
