"""Functions that branch, at 100,000 points: batches beside recording anew at every point: `python -m bench.branches`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import common

POINTS = 100_000
CHECK_S = 90.0
"""Seconds after which recording anew stops for a function; how many points were compared is shown."""
RTOL = 1e-11
"""A value or gradient is wrong that differs by more than this, relative to the largest entry at the point (or 1)."""
STEPS = 6
TABLE = 1.0 + np.sin(np.arange(12.0))


def barrier(x: Any) -> Any:
    """A call that is knocked out, with a rebate, at the first step at which the spot passes the barrier.

    Args:
        x: spot, strike, barrier, volatility, rate, and a normal number a step.
    """
    spot, strike, limit, sigma, r = x[0], x[1], x[2], x[3], x[4]
    dt = 1.0 / STEPS
    for step in range(STEPS):
        spot = spot * np.exp((r - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * x[5 + step])
        if spot > limit:
            return 5.0 * np.exp(-r * (step + 1) * dt)
    if spot <= strike:
        return 0.0
    return (spot - strike) * np.exp(-r)


def barrier_points(random: Any, n: int) -> Any:
    low, high = [80.0, 90.0, 115.0, 0.1, 0.0], [120.0, 110.0, 150.0, 0.4, 0.1]
    return np.hstack((random.uniform(low, high, (n, 5)), random.standard_normal((n, STEPS))))


def kepler(x: Any) -> Any:
    """Kepler's equation E - e sin E = M for (e, M), by Newton's method until the step is small."""
    e, M = x[0], x[1]
    E, step = M + e * np.sin(M), 1.0
    while abs(step) > 1e-12:
        step = (E - e * np.sin(E) - M) / (1.0 - e * np.cos(E))
        E = E - step
    return E * E


def kepler_points(random: Any, n: int) -> Any:
    return random.uniform([0.1, 0.2], [0.9, 3.0], (n, 2))


def shortfall(x: Any) -> Any:
    """Mean of the two worst of five, and the spread of the others, weighted."""
    s = np.sort(x)
    return 0.5 * (s[0] + s[1]) ** 2 + (s[4] - s[2]) * np.exp(s[3])


def shortfall_points(random: Any, n: int) -> Any:
    return random.normal(0.0, 1.0, (n, 5))


def table(x: Any) -> Any:
    """Linear interpolation in a table that is indexed by int()."""
    at = 10.0 * x[0]
    k = int(at)
    t = at - k
    return (TABLE[k] * (1.0 - t) + TABLE[k + 1] * t) * np.cos(x[1]) + x[1] ** 2


def table_points(random: Any, n: int) -> Any:
    return random.uniform([0.0, -1.0], [1.0, 1.0], (n, 2))


@dataclass
class Model:
    name: str
    f: Callable[[Any], Any]
    points: Callable[[Any, int], Any]
    what: str
    max_paths: int = 64


MODELS = (
    Model("barrier", barrier, barrier_points, "option knocked out at one of six steps, rebate, payoff"),
    Model("kepler", kepler, kepler_points, "Newton's method in a while loop"),
    Model("sort", shortfall, shortfall_points, "np.sort of five: 120 orders", 128),
    Model("sort, 64 paths kept", shortfall, shortfall_points, "more orders than paths are kept"),
    Model("int", table, table_points, "a table indexed by int()"),
)
COLUMNS = ("function", "way", "points", "compared", "wrong", "largest_difference", "paths", "recorded", "missed", "dropped",
           "off_first_path", "first_us_a_point", "us_a_point", "anew_us_a_point", "note")  # fmt: skip
WAYS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("fast", {"threads": 1}),
    ("precise", {"threads": 1, "math": "precise"}),
    ("fast, two threads", {"threads": 2}),
)


def anew(f: Any, X: Any, seconds: float) -> tuple[Any, float]:
    """Value and gradient (as a row) of recording anew at each point, until the time is over; and microseconds a point."""
    import jittape as jt

    both, rows = jt.value_and_grad(f), []
    start = time.perf_counter()
    for x in X:
        value, gradient = both(x)
        rows.append([value, *gradient])
        if time.perf_counter() - start > seconds:
            break
    return np.array(rows, float), 1e6 * (time.perf_counter() - start) / len(rows)


def compare(got: Any, right: Any) -> tuple[int, float]:
    """How many rows are wrong, and the largest relative difference."""
    scale = np.maximum(np.abs(right).max(1), 1.0)
    difference = np.abs(got[: len(right)] - right).max(1) / scale
    return int((~(difference <= RTOL)).sum()), float(difference.max())


def run(model: Model, points: int, seconds: float) -> list[list[Any]]:
    import jittape as jt

    X = model.points(np.random.default_rng(5), points)
    right, anew_us = anew(model.f, X, seconds)
    rows = []
    for way, options in WAYS:
        F = jt.record(model.f, X[0], max_paths=model.max_paths)
        F.batch_value_and_grad(X[:1], **options)  # lanes of the first path: native code is loaded, or compiled once
        first_path = F.paths[0]
        start = time.perf_counter()
        value, gradient = F.batch_value_and_grad(X, **options)
        first = 1e6 * (time.perf_counter() - start) / points
        wrong, largest = compare(np.column_stack((value, gradient)), right)
        statistics, off = dict(F.statistics), points + 1 - first_path.hits
        start = time.perf_counter()
        value, gradient = F.batch_value_and_grad(X, **options)
        again = 1e6 * (time.perf_counter() - start) / points
        wrong = max(wrong, compare(np.column_stack((value, gradient)), right)[0])
        rows.append([model.name, way, points, len(right), wrong, f"{largest:.1e}", statistics["paths"], statistics["recorded"] - 1,
                     statistics["missed"], statistics["dropped"], off, f"{first:.3g}", f"{again:.3g}", f"{anew_us:.4g}",
                     model.what])  # fmt: skip
        common.progress(f"branches {model.name}, {way}: {wrong} wrong of {len(right)}")
    return rows


def main() -> None:
    options = common.arguments(__doc__)
    points, seconds = (5000, 3.0) if options.quick else (POINTS, CHECK_S)
    rows = [row for model in MODELS if options.only in model.name for row in run(model, points, seconds)]
    width = max(len(f"{r[0]}, {r[1]}") for r in rows)
    print(f"\n{'':<{width}}  {'compared':>8} {'wrong':>5} {'largest':>8} {'paths':>5} {'recorded':>8} {'missed':>6} {'dropped':>7} "
          f"{'elsewhere':>9}  us a point: {'first':>7} {'again':>7} {'anew':>7}")  # fmt: skip
    for r in rows:
        print(f"{r[0] + ', ' + r[1]:<{width}}  {r[3]:>8} {r[4]:>5} {r[5]:>8} {r[6]:>5} {r[7]:>8} {r[8]:>6} {r[9]:>7} {r[10]:>9}"
              f"  {'':>11} {r[11]:>7} {r[12]:>7} {r[13]:>7}  {r[14]}")  # fmt: skip
    if not options.no_write and not options.only:
        print("\nwritten to", common.write_table("branches", COLUMNS, rows).relative_to(common.ROOT))
    print()
    common.bar("branches, wrong answers", float(sum(r[4] for r in rows)), 0, f"of {sum(r[3] for r in rows):,}")


if __name__ == "__main__":
    main()
