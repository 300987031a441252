"""A neural ordinary differential equation: a network is the right-hand side, and learns a spiral from points of one trajectory."""

import numpy as np

import jittape as jt
from jittape.scipy.integrate import solve_ivp

TIMES = np.linspace(0.0, 6.0, 40)
START = np.array([2.0, 0.0])
A = np.array([[-0.1, 2.0], [-2.0, -0.1]])
HIDDEN = 16

target = solve_ivp(lambda t, y: A @ y**3, (0.0, TIMES[-1]), START, t_eval=TIMES, rtol=1e-8, atol=1e-8).y
shapes = [(HIDDEN, 2), (HIDDEN,), (2, HIDDEN), (2,)]
cuts = np.cumsum([int(np.prod(s)) for s in shapes])
rng = np.random.default_rng(1)
p = 0.3 * rng.standard_normal(cuts[-1])


def trajectory(p, times=TIMES):
    W, b, V, c = (part.reshape(s) for part, s in zip(np.split(p, cuts[:-1]), shapes, strict=True))
    return solve_ivp(lambda t, y: V @ np.tanh(W @ y**3 + b) + c, (0.0, times[-1]), START, t_eval=times, rtol=1e-7, atol=1e-7).y


first = jt.record(lambda p: np.mean((trajectory(p) - target) ** 2), p)(p)
m, v, k = np.zeros_like(p), np.zeros_like(p), 0
for n in (5, 10, 20, 30, 40):  # the beginning of the spiral, and then more of it: from a bad start the whole teaches little
    loss = jt.record(lambda p, n=n: np.mean((trajectory(p, TIMES[:n]) - target[:, :n]) ** 2), p)
    for _ in range(200):  # Adam
        g, k = loss.grad(p), k + 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p = p - 0.01 * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
    print(f"step {k}: loss {loss(p):.4f} over {n} points")

print(f"the loss fell from {first:.3f} to {loss(p):.4f}")
d = 1e-5 * rng.standard_normal(p.size)
assert abs(loss.grad(p) @ d - (loss(p + d) - loss(p - d)) / 2) < 1e-3 * np.linalg.norm(loss.grad(p)) * np.linalg.norm(d) + 1e-9
assert loss(p) < 0.01 * first
