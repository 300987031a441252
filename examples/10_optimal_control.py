"""Optimal control by direct collocation: a cart swings a pole up with least effort. Thousands of variables, by Ipopt.

The problem is the cart-pole of M. Kelly, An introduction to trajectory optimization, SIAM Review 59 (2017), section 6:
position q and angle theta of a pole hung to a cart that a force u drives, from rest with the pole down to rest with the pole
up, 1 m away, in 2 s, with the least integral of u^2 over time. The trajectory is cut into intervals; its values at their
ends are the variables, and the trapezoidal rule for the equations of motion gives the constraints. Each variable meets its
neighbours only: Jacobian and Hessian are sparse.

Without cyipopt (pip install cyipopt-wheels) a smaller problem is solved by SciPy's trust-constr.
"""

import time

import numpy as np
from scipy.integrate import solve_ivp

import jittape as jt

CART, POLE, LENGTH, GRAVITY = 1.0, 0.3, 0.5, 9.81  # kg, kg, m, m/s^2
DURATION, DISTANCE, LIMIT = 2.0, 1.0, 20.0  # s, m, N


def motion(q, u):
    """Time derivatives of the state q = (position, angle, velocity, angular velocity), [4, ...], under the force u."""
    s, c = np.sin(q[1]), np.cos(q[1])
    mass = CART + POLE * s**2
    acceleration = (LENGTH * POLE * s * q[3] ** 2 + u + POLE * GRAVITY * c * s) / mass
    angular = -(LENGTH * POLE * c * s * q[3] ** 2 + u * c + (CART + POLE) * GRAVITY * s) / (LENGTH * mass)
    return np.stack([q[2], q[3], acceleration, angular])


def effort(z):
    """The integral of u^2 by the trapezoidal rule; z holds state and force at the ends of all intervals, [5 (n + 1)]."""
    u = z.reshape(5, -1)[4]
    h = DURATION / (u.size - 1)
    return h * (np.sum(u**2) - 0.5 * (u[0] ** 2 + u[-1] ** 2))


def defects(z):
    """What is missing at the trapezoidal rule, and at both ends, [4 n + 8]."""
    q, u = z.reshape(5, -1)[:4], z.reshape(5, -1)[4]
    h = DURATION / (u.size - 1)
    rate = motion(q, u)
    rule = q[:, 1:] - q[:, :-1] - 0.5 * h * (rate[:, 1:] + rate[:, :-1])
    return np.concatenate([rule.reshape(-1), q[:, 0], q[:, -1] - np.array([DISTANCE, np.pi, 0.0, 0.0])])


def guess(intervals):
    """A straight line from the first state to the last."""
    t = np.linspace(0.0, 1.0, intervals + 1)
    return np.concatenate([DISTANCE * t, np.pi * t, np.zeros(3 * t.size)])


def solve():
    """(trajectory, how it was found)."""
    try:
        import cyipopt  # noqa: F401

        from jittape.integrate.ipopt import Problem
    except ImportError:
        from jittape.integrate.scipy import minimize

        z = guess(200)
        found = minimize(effort, z, constraints=[(defects, 0.0, 0.0)], method="trust-constr", sparse=True,
                         options={"maxiter": 500, "gtol": 1e-6, "xtol": 1e-10})  # fmt: skip
        return found.x, f"trust-constr, {found.nit} iterations"
    z = guess(1000)
    limit = np.concatenate([np.full(z.size // 5 * 4, np.inf), np.full(z.size // 5, LIMIT)])
    problem = Problem(effort, z, defects, lb=-limit, ub=limit, cl=0.0, cu=0.0)
    found = problem.solve(z, tol=1e-8)
    assert found.success, found.message
    return found.x, f"Ipopt, {found.nit} iterations"


begin = time.perf_counter()
z, how = solve()
taken = time.perf_counter() - begin
q, u = z.reshape(5, -1)[:4], z.reshape(5, -1)[4]
t = np.linspace(0.0, DURATION, u.size)
print(f"{z.size:,} variables, {4 * (u.size - 1) + 8:,} constraints: {how}, {taken:.1f} s with recording")
print(f"effort {effort(z):.4f} N^2 s, largest force {np.abs(u).max():.2f} N, largest defect {np.abs(defects(z)).max():.0e}")

# Driven by this force, the cart-pole that an accurate integrator simulates ends upright, too.
simulated = solve_ivp(lambda s, x: motion(x, np.interp(s, t, u)), (0.0, DURATION), np.zeros(4), rtol=1e-9, atol=1e-9, max_step=0.01)
miss = np.abs(simulated.y[:, -1] - [DISTANCE, np.pi, 0.0, 0.0])
print(f"simulated anew, it ends {miss[0] * 1000:.2f} mm and {np.degrees(miss[1]):.3f} degrees away")
assert np.abs(defects(z)).max() < 1e-6
assert miss.max() < (0.01 if u.size > 500 else 0.1)
# The problem is solved: the gradient of the effort is a combination of the gradients of the constraints.
J = jt.record(defects, z).sparse_jacobian(z)
gradient = jt.record(effort, z).grad(z)
if np.abs(u).max() < LIMIT - 1e-3:
    from scipy.sparse.linalg import lsqr

    rest = np.linalg.norm(gradient + J.T @ lsqr(J.T, -gradient, atol=1e-12, btol=1e-12, iter_lim=100_000)[0]) / np.linalg.norm(gradient)
    print(f"what of the gradient no constraint balances: {rest:.0e}")
    assert rest < 1e-3

try:
    import matplotlib
except ImportError:
    print("no matplotlib here, so no picture")
else:
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained", width_ratios=(1.15, 1))
    tip = np.stack([q[0] + LENGTH * np.sin(q[1]), -LENGTH * np.cos(q[1])])
    shades = plt.get_cmap("viridis")
    for k in np.linspace(0, u.size - 1, 21).astype(int):
        shade = shades(t[k] / DURATION)
        left.plot([q[0, k], tip[0, k]], [0.0, tip[1, k]], color=shade, lw=1.5)
        left.plot(q[0, k], 0.0, "s", color=shade, ms=9)
        left.plot(*tip[:, k], "o", color=shade, ms=6)
    left.plot(*tip, color="grey", lw=0.8, zorder=0)
    left.axhline(0.0, color="black", lw=0.8, zorder=0)
    left.set(aspect="equal", xlabel="position, m", ylabel="height, m", title=f"Swing-up in {DURATION:g} s with least effort")
    figure.colorbar(plt.cm.ScalarMappable(plt.Normalize(0, DURATION), shades), ax=left, label="time, s", shrink=0.8)
    right.plot(t, u, color="C3", label="force, N")
    right.plot(t, np.degrees(q[1]) / 10.0, color="C0", label="angle, 10 degrees")
    right.plot(t, 10.0 * q[0], color="C2", label="position, dm")
    right.axhline(0.0, color="black", lw=0.5)
    right.set(xlabel="time, s", title=f"{z.size:,} variables: {how}")
    right.legend(frameon=False)
    figure.savefig("optimal_control.png", dpi=110)
    print("optimal_control.png")
