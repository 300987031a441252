"""Energy of an n-body system: forces as its gradient, and a symplectic integrator that calls them inside native code.

The potential of 30 bodies with softened gravitation is an @njit function of their positions, two nested loops. Its gradient is
taken inside the integrator (leapfrog), which is native as a whole. The forces are checked by the formula, and the
integration by what it must keep: energy nearly, momentum and angular momentum to rounding.
See Hairer, Lubich and Wanner, Geometric Numerical Integration (2006), section I.3.
"""

import time

import numpy as np
from numba import njit

import jittape as jt

BODIES, SOFT, DT, STEPS = 30, 0.05, 2e-3, 500


@njit
def potential(x, mass):
    """Of positions x [n, 3]."""
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            d = x[i] - x[j]
            total -= mass[i] * mass[j] / np.sqrt(np.sum(d * d) + SOFT**2)
    return total


gradient = jt.native.grad(potential)


@njit
def integrate(x, v, mass, dt, steps):
    m = mass.reshape(-1, 1)
    a = -gradient(x, mass) / m
    for _ in range(steps):
        v = v + 0.5 * dt * a
        x = x + dt * v
        a = -gradient(x, mass) / m
        v = v + 0.5 * dt * a
    return x, v


rng = np.random.default_rng(5)
mass = rng.uniform(0.5, 1.5, BODIES) / BODIES
x, v = rng.normal(size=(BODIES, 3)), 0.4 * rng.normal(size=(BODIES, 3))

d = x[:, None] - x[None, :]
by_formula = np.sum(mass[:, None, None] * mass[None, :, None] * d / (np.sum(d * d, axis=2) + SOFT**2)[:, :, None] ** 1.5, axis=1)
print(f"forces off the formula by {np.abs(gradient(x, mass) - by_formula).max():.0e}")
assert np.allclose(gradient(x, mass), by_formula, rtol=1e-11, atol=1e-14)


def kept(x, v):
    energy = potential(x, mass) + 0.5 * np.sum(mass * np.sum(v * v, axis=1))
    return energy, mass @ v, np.sum(mass[:, None] * np.cross(x, v), axis=0)


integrate(x, v, mass, DT, 1)  # compile
begin = time.perf_counter()
x1, v1 = integrate(x, v, mass, DT, STEPS)
spent = time.perf_counter() - begin
(e0, p0, l0), (e1, p1, l1) = kept(x, v), kept(x1, v1)
print(f"energy {e0:.6f} -> {e1:.6f}, momentum kept to {np.abs(p1 - p0).max():.0e}, angular momentum to {np.abs(l1 - l0).max():.0e}")
print(f"{STEPS} steps of {BODIES} bodies in {1e3 * spent:.0f} ms")
assert abs(e1 - e0) < 1e-3 * abs(e0)
assert np.abs(p1 - p0).max() < 1e-12 and np.abs(l1 - l0).max() < 1e-12
