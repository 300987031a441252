"""Orbits by Taylor series of order 20: the field is recorded once, and an ordinary @njit integrator takes its steps from `jt.native.taylor_flow`.

Steps are those of Jorba and Zou (Experimental Mathematics 14, 2005): as long as the last two coefficients, for a tolerance of 1e-15, allow. At this
tolerance the energy wanders by rounding alone, as the square root of the number of steps (Brouwer's law), which is what heyoka, a compiled Taylor integrator, publishes
of itself (Biscani and Izzo, MNRAS 504, 2021). SciPy's DOP853 at its tightest tolerance drifts.
"""

import time

import numpy as np
import scipy.integrate
from numba import njit

import jittape as jt

ORDER, TOLERANCE = 20, 1e-15


@njit
def kepler(y):
    """A planet around the sun: place and velocity."""
    out = np.empty(4)
    pull = -1.0 / (y[0] ** 2 + y[1] ** 2) ** 1.5
    out[0], out[1], out[2], out[3] = y[2], y[3], pull * y[0], pull * y[1]
    return out


@njit
def henon_heiles(y):
    """A star in a galaxy (Henon and Heiles 1964)."""
    out = np.empty(4)
    out[0], out[1], out[2], out[3] = y[2], y[3], -y[0] - 2.0 * y[0] * y[1], -y[1] - y[0] ** 2 + y[1] ** 2
    return out


@njit
def kepler_energy(y):
    return 0.5 * (y[2] ** 2 + y[3] ** 2) - 1.0 / np.sqrt(y[0] ** 2 + y[1] ** 2)


@njit
def henon_heiles_energy(y):
    return 0.5 * (y[2] ** 2 + y[3] ** 2 + y[0] ** 2 + y[1] ** 2) + y[0] ** 2 * y[1] - y[1] ** 3 / 3.0


def integrator(field, y):
    """A function (y, end) -> (y at the end, steps)."""
    flow = jt.native.taylor_flow(field, y, ORDER)

    @njit
    def integrate(y, end):
        t, steps = 0.0, 0
        y, lost = y.copy(), np.zeros(y.size)
        while t < end:
            c = flow(y)
            size = np.max(np.abs(y))
            last, before = np.max(np.abs(c[ORDER])), np.max(np.abs(c[ORDER - 1]))
            h = min((size / last) ** (1.0 / ORDER), (size / before) ** (1.0 / (ORDER - 1))) * np.exp(-0.7 / (ORDER - 1)) * TOLERANCE ** (1.0 / ORDER)
            h = min(h, end - t)
            for i in range(y.size):
                s = c[ORDER, i]
                for k in range(ORDER - 1, 0, -1):
                    s = c[k, i] + h * s
                step = h * s - lost[i]  # what the last sum has rounded off is made up for
                new = y[i] + step
                lost[i] = (new - y[i]) - step
                y[i] = new
            t += h
            steps += 1
        return y, steps

    return integrate


for name, field, energy, y0, end in (
    ("Kepler, eccentricity 0.5", kepler, kepler_energy, np.array([0.5, 0.0, 0.0, np.sqrt(3.0)]), 200 * np.pi),
    ("Henon-Heiles, a chaotic star", henon_heiles, henon_heiles_energy, np.array([0.0, -0.25, 0.42, 0.0]), 1000.0),
):
    integrate = integrator(field, y0)
    integrate(y0, 1e-3)
    begin = time.perf_counter()
    y, steps = integrate(y0, end)
    spent = time.perf_counter() - begin
    drift = abs(energy(y) / energy(y0) - 1.0)
    back, _ = integrate(y * np.array([1.0, 1.0, -1.0, -1.0]), end)
    found = scipy.integrate.solve_ivp(lambda t, y, field=field: field(y), (0.0, end), y0, method="DOP853", rtol=3e-14, atol=1e-15)
    theirs = abs(energy(found.y[:, -1]) / energy(y0) - 1.0)
    print(f"{name}: {steps} steps of order {ORDER} in {spent:.2f} s, energy off by {drift:.0e} (DOP853: {found.t.size} steps, {theirs:.0e})")
    assert drift < 1e-14
    if field is kepler:
        print(f"  after {end / (2 * np.pi):.0f} periods the planet is {np.abs(y - y0).max():.0e} from where it began")
        assert np.abs(y - y0).max() < 1e-11
