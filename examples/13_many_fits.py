"""A fit a pixel: lifetimes of fluorescence in an image of 96 x 96 pixels, fitted together by jittape.integrate.batch.

After a flash, each pixel glows as a exp(-k t) + b, seen as counts of photons in 50 bins. Two dyes have lifetimes of 1 and 2.5 ns; the picture of the
lifetime 1 / k shows which one is where, though that of the brightness does not. Residuals are in units of their errors, so that the covariance needs no scale.
In a corner no light was seen: nothing is known of the lifetime there, which a standard error beyond measure says, and nobody is disturbed by it.

Checked: some pixels are fitted by SciPy, one after the other; and differences from the true lifetimes, in units of the standard errors, scatter by one.
"""

import time

import numpy as np
from scipy.optimize import least_squares

import jittape as jt

SIDE, BINS = 96, 50
t = np.linspace(0.1, 8.0, BINS)
row, column = np.mgrid[:SIDE, :SIDE] / SIDE
lifetime = np.where((row - 0.5) ** 2 + (column - 0.4) ** 2 < 0.08, 2.5, 1.0)
brightness = 200.0 * (1.0 + np.sin(5.0 * row) ** 2 + column)
dark = (row > 0.9) & (column > 0.9)
rng = np.random.default_rng(0)
clean = brightness[..., None] * np.exp(-t / lifetime[..., None]) + 5.0
counts = rng.poisson(np.where(dark[..., None], 0.0, clean)).reshape(-1, BINS).astype(float)


def residuals(p, y):
    return (p[0] * np.exp(-p[1] * t) + p[2] - y) / np.sqrt(np.maximum(y, 1.0))


first = np.array([300.0, 0.7, 3.0])
F = jt.record(residuals, first, y=counts[0])
bounds = ([0.0, 0.05, 0.0], [1e4, 10.0, 1e3])
jt.integrate.batch.least_squares(F, first, y=counts, bounds=bounds)  # which compiles
start = time.perf_counter()
fits = jt.integrate.batch.least_squares(F, first, y=counts, bounds=bounds)
print(f"{len(fits):,} pixels, {fits.success.sum():,} of them converged, {len(fits) / (time.perf_counter() - start):,.0f} fits a second")

lit = ~dark.ravel()
tau = 1.0 / fits.x[:, 1]
error = np.sqrt(fits.covariance(absolute_sigma=True)[:, 1, 1]) * tau**2  # of 1 / k
inside = lifetime.ravel() == 2.5
print(f"{(error > tau).sum()} pixels say nothing of their lifetime; {dark.sum()} are dark")
print(f"lifetimes {np.median(tau[lit & ~inside]):.2f} and {np.median(tau[lit & inside]):.2f} ns, where 1 and 2.5 are true")
spread = np.std((tau - lifetime.ravel())[lit] / error[lit])
print(f"differences from the truth are {spread:.2f} standard errors")
assert fits.success[lit].all() and 0.9 < spread < 1.15

for k in np.flatnonzero(lit)[::1000]:
    one = least_squares(residuals, first, args=(counts[k],), bounds=bounds, x_scale="jac", ftol=1e-12, xtol=1e-12)
    assert abs(fits.fun[k] - one.cost) < 1e-6 * one.cost, (k, fits.x[k], one.x)
print("the same minima as SciPy's, pixel by pixel")
