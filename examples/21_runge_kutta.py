"""RK45 with step control, and the gradient of the end state.

The Dormand-Prince pair solves van der Pol's equation in an @njit function: steps are tried, refused, and made shorter or longer
by the error estimate, so every call takes a path of its own. The gradient of the end state with respect to
initial values and to the parameter comes from the same code, unmodified, and agrees with the variational equations solved by SciPy.
See Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I (1993), sections II.4 and II.5.
"""

import numpy as np
import scipy.integrate
from numba import njit

import jittape as jt


@njit
def rhs(y, mu):
    out = np.empty_like(y)
    out[0] = y[1]
    out[1] = mu * (1.0 - y[0] ** 2) * y[1] - y[0]
    return out


@njit
def rk45(y, mu, end, tolerance):
    """The state at time `end`, and the numbers of steps that were taken and refused."""
    t, h, taken, refused = 0.0, 0.01, 0, 0
    k1 = rhs(y, mu)
    while t < end:
        h = min(h, end - t)
        k2 = rhs(y + h * (k1 / 5.0), mu)
        k3 = rhs(y + h * (3.0 / 40.0 * k1 + 9.0 / 40.0 * k2), mu)
        k4 = rhs(y + h * (44.0 / 45.0 * k1 - 56.0 / 15.0 * k2 + 32.0 / 9.0 * k3), mu)
        k5 = rhs(y + h * (19372.0 / 6561.0 * k1 - 25360.0 / 2187.0 * k2 + 64448.0 / 6561.0 * k3 - 212.0 / 729.0 * k4), mu)
        k6 = rhs(y + h * (9017.0 / 3168.0 * k1 - 355.0 / 33.0 * k2 + 46732.0 / 5247.0 * k3 + 49.0 / 176.0 * k4 - 5103.0 / 18656.0 * k5), mu)
        new = y + h * (35.0 / 384.0 * k1 + 500.0 / 1113.0 * k3 + 125.0 / 192.0 * k4 - 2187.0 / 6784.0 * k5 + 11.0 / 84.0 * k6)
        k7 = rhs(new, mu)
        error = 0.0  # steps are chosen by it, and differentiated with all the rest
        for i in range(y.size):
            e = h * (71.0 / 57600.0 * k1[i] - 71.0 / 16695.0 * k3[i] + 71.0 / 1920.0 * k4[i] - 17253.0 / 339200.0 * k5[i] + 22.0 / 525.0 * k6[i] - k7[i] / 40.0)
            error = max(error, abs(e) / (tolerance * (1.0 + abs(y[i]))))
        if error <= 1.0:
            t, y, k1, taken = t + h, new, k7, taken + 1
        else:
            refused += 1
        factor = 0.9 * max(error, 1e-10) ** -0.2
        h = h * min(5.0, max(0.2, factor))
    return y, taken, refused


@njit
def end_state(p):
    """The first component at time 10, from p = (y0, y1, mu)."""
    return rk45(p[:2].copy(), p[2], 10.0, 1e-9)[0][0]


p = np.array([2.0, 0.0, 1.5])
value, gradient = jt.value_and_grad(end_state)(p)
_, taken, refused = rk45(p[:2].copy(), p[2], 10.0, 1e-9)


def variational(t, s):
    """The state and its derivatives by y0, y1 and mu."""
    y, D = s[:2], s[2:].reshape(2, 3)
    A = np.array([[0.0, 1.0], [-2.0 * p[2] * y[0] * y[1] - 1.0, p[2] * (1.0 - y[0] ** 2)]])
    by_mu = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, (1.0 - y[0] ** 2) * y[1]]])
    return np.concatenate([rhs.py_func(y, p[2]), (A @ D + by_mu).ravel()])


begin = np.concatenate([p[:2], np.eye(2, 3).ravel()])
s = scipy.integrate.solve_ivp(variational, (0.0, 10.0), begin, method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
print(f"{taken} steps taken, {refused} refused")
print(f"end state         {value:.10f}   reference {s[0]:.10f}")
for name, found, reference in zip(("by y(0)", "by y'(0)", "by mu"), gradient, s[2:5], strict=True):
    print(f"{name:<17} {found:.10f}   reference {reference:.10f}")
assert abs(value - s[0]) < 1e-6 and np.allclose(gradient, s[2:5], rtol=1e-5, atol=1e-6)

# The same in native code: shooting for a periodic orbit by Newton's method, gradients taken inside @njit.
g = jt.native.value_and_grad(end_state)


@njit
def amplitude_for(target, p):
    """The initial value y0 whose end state is `target`."""
    p = p.copy()
    for _ in range(20):
        value, gradient = g(p)
        step = (value - target) / gradient[0]
        p[0] -= step
        if abs(step) < 1e-10:
            break
    return p[0]


y0 = amplitude_for(value + 1e-3, p)
print(f"from y(0) = {y0:.8f} it ends {end_state(np.array([y0, 0.0, 1.5])) - value:.7f} further on (asked for 0.001)")
assert abs(end_state(np.array([y0, 0.0, 1.5])) - value - 1e-3) < 1e-8
