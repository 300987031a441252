"""What each pass before compiling gains: gradients of code that repeats itself, interpreted and compiled with passes: `python -m bench.passes`."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numba import njit

from bench import common, loops

COLUMNS = ("problem", "instructions", "not_carried_out", "interpreted_us", "none_us", "dead_us", "folding_us", "common_us", "sums_us", "all_us", "none_s", "all_s", "equal")
SETS = {"none": "", "dead": "dead", "folding": "folding", "common": "common", "sums": "sums", "all": "folding,dead,common,sums"}
STEPS = 2000


def decays(x: Any) -> Any:
    """A model of three terms as people write it down, over an array."""
    k, t = x[0], np.linspace(0.0, 3.0, STEPS)
    return np.sum((x[1] * np.exp(-k * t) + x[2] * t * np.exp(-k * t) - 0.3 * np.exp(-k * t) * np.sin(t)) ** 2)


def diagnosed(x: Any) -> Any:
    """A model that also computes what nobody asks for."""
    r = np.tanh(x[1:] - x[:-1] ** 2)
    np.sqrt(np.mean((r - np.mean(r)) ** 2)), np.exp(-r * r) / (1.0 + r * r)
    return np.sum(r * r)


@njit  # type: ignore[misc]
def decays_loop(x: Any) -> Any:
    total = 0.0
    for i in range(STEPS):
        t = 0.0015 * i
        r = x[1] * np.exp(-x[0] * x[3 + i]) + x[2] * t * np.exp(-x[0] * x[3 + i]) - 0.3 * np.exp(-x[0] * x[3 + i])
        total += r * r
    return total


def relaxed(p: Any) -> Any:
    """A state that relaxes by exact steps: their factor is the same in every turn, and is written down in every turn."""
    x = p[0]
    for _ in range(STEPS):
        x = p[1] + (x - p[1]) * np.exp(-p[2] * 0.01) + 0.01 * np.sin(x) * np.exp(-p[3] / p[2])
    return x * x


def watched(p: Any) -> Any:
    """A pendulum whose energy is computed at every step and looked at by nobody."""
    a, w = p[0], p[1]
    for _ in range(STEPS):
        w = w - 0.01 * p[2] * np.sin(a)
        a = a + 0.01 * w
        energy = 0.5 * w * w + p[2] * (1.0 - np.cos(a))
        np.sqrt(energy * 2.0)
    return a * a + w


def expanded(x: Any) -> Any:
    """A polynomial in three variables as computer algebra expands it."""
    total = x[0] * 0.0
    for i in range(6):
        for j in range(6 - i):
            for k in range(6 - i - j):
                term = 0.1 * (1 + i + 2 * j - k)
                for variable, power in ((x[0], i), (x[1], j), (x[2], k)):
                    for _ in range(power):
                        term = term * variable
                total = total + term
    return total


def arm(q: Any) -> Any:
    """The end of an arm of six joints, angles added up anew in every term."""
    x = y = q[0] * 0.0
    for n in range(1, 7):
        for m in range(n):
            x, y = x + 0.1 * (m + 1) * np.cos(sum(q[i] for i in range(n))), y + 0.1 * (m + 1) * np.sin(sum(q[i] for i in range(n)))
    return x * x + y * y


def zeros(x: Any) -> Any:
    """Loops over an array of numbers that begin as constants."""
    u = [x[0] * 0.0 + 1.0] + [0.0] * 0
    table = np.zeros(200)
    import jittape.numpy as jnp

    weights = jnp.cos(jnp.sqrt(jnp.arange(200.0) + 1.0)) + table
    for i in range(200):
        u.append(u[-1] + 0.1 * x[i % 3] * weights[i] * np.sqrt(1.0 + 0.01 * i))
    return u[-1] * u[-1]


def problems() -> dict[str, tuple[Any, Any, dict[str, Any]]]:
    p = np.array([0.3, 0.7, 1.2, 0.4])
    signal = np.random.default_rng(0).normal(size=10_000)
    u = np.sin(np.linspace(0.0, 3.0, loops.CELLS))
    return {
        "decays, an array of 2,000": (decays, p[:3], {}),
        "diagnosed, an array of 2,000": (diagnosed, np.linspace(0.1, 0.9, STEPS), {}),
        "decays, an njit loop of 2,000": (decays_loop, np.concatenate((p[:3], np.linspace(0.0, 3.0, STEPS))), {}),
        "relaxation, 2,000 steps": (relaxed, p, {}),
        "watched pendulum, 2,000 steps": (watched, p[:3], {}),
        "W1 10": (loops.rosenbrock, 0.5 + 0.3 * np.sin(np.arange(10.0)), {}),
        "expanded polynomial": (expanded, p[:3], {}),
        "arm of six joints": (arm, np.linspace(0.1, 0.6, 6), {}),
        "constants": (zeros, p[:3], {}),
        "random graph, 30,000": (loops.random_graph, np.linspace(-1.0, 1.0, 50), {}),
        "W1 1,000, a loop": (loops.rosenbrock_loop, 0.5 + 0.3 * np.sin(np.arange(1000.0)), {}),
        "Lotka-Volterra, 1,000 steps": (loops.predator, np.array([1.0, 1.0, 1.1, 0.4, 0.4, 0.1]), {}),
        "filter, 10^4": (loops.filtered, np.array([0.2, 0.3, 0.2, -0.5, 0.2]), {"x": signal}),
        "heat, 200 cells, 500 steps": (loops.heat, u, {"w": u}),
    }


def main() -> None:
    import jittape as jt

    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.05, rounds=2) if options.quick else common.Clock(budget_s=0.2)
    rows = []
    for name, (f, x, parameters) in problems().items():
        if options.only not in name:
            continue
        F = jt.record(f, x, compile=False, **parameters)
        wanted, out = F.grad(x), np.empty_like(x)
        calls: dict[str, Any] = {"interpreted": lambda F=F, x=x, out=out: F.grad(x, out=out)}
        equal, seconds, counts = True, {}, {}
        for passes, names in SETS.items():
            os.environ["JITTAPE_PASSES"] = names
            G = jt.record(f, x, compile=False, **parameters)
            (report,) = G.compile(report=True)
            equal &= np.array_equal(wanted, G.grad(x))
            G.grad(x, out=out)
            seconds[passes], counts[passes] = report.seconds, report.instructions - report.dropped
            calls[passes] = lambda G=G, x=x, out=out: G.grad(x, out=out)
        samples = common.measure(calls, clock)
        us = {call: f"{1e6 * float(np.median(common.undisturbed(s)[0])):.3g}" for call, s in samples.items()}
        row = [name, counts["none"], counts["none"] - counts["all"], us["interpreted"], *(us[s] for s in SETS)]
        rows.append([*row, f"{seconds['none']:.2f}", f"{seconds['all']:.2f}", str(equal)])
        common.progress(f"passes {name}")
    print(f"\nus a gradient\n{'':<32} {'operations':>10} {'left out':>8} {'interp.':>8}", *(f"{s:>8}" for s in SETS), " equal")
    for row in rows:
        print(f"{row[0]:<32} {row[1]:>10,} {row[2]:>8,}", *(f"{x:>8}" for x in row[3:10]), f" {row[12]}")
    if not options.no_write and not options.only:
        print("\nwritten to", common.write_table("passes", COLUMNS, rows).relative_to(common.ROOT))


if __name__ == "__main__":
    main()
