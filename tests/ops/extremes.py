"""Search: first and second derivatives of the table's operations at extreme arguments, beside mpmath.

    python tests/ops/extremes.py 0 40                 all operations that mpmath has, 40 points each, drawn by seed 0
    python tests/ops/extremes.py 0 200 tanh ellipkm1  some of them

What differs by more than 1e-10 of itself is printed, nearest to one first; what docs/accuracy.md says of differences is among it. Where two precisions of mpmath
disagree, or both have zero (of terms that cancel), a point is left out.
"""

from __future__ import annotations

import signal
import sys
import warnings
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import operations  # noqa: E402

import jittape as jt  # noqa: E402
from jittape.ops.spec import BY_NAME, OPS, Op  # noqa: E402

SECONDS = 3.0
"""What a point may take of mpmath."""
PRECISIONS = ((150, 22), (500, 40))
"""Digits, and those of the steps relative to the arguments."""
NEAR, TINY, HUGE = 1e-10, 1e-290, 1e300


class TooLong(Exception):
    pass


def points(op: Op, rng: np.random.Generator, n: int) -> list[np.ndarray]:
    """Arguments of all sizes, near whole numbers, and in the operation's domain; orders as its tests have them."""
    found = []
    for p, interval in enumerate(op.domain):
        inside = rng.uniform(interval.low, interval.high, n)
        if p in op.constant and op.name != "powc":
            found.append(np.floor(inside))
            continue
        sign = rng.choice([1.0, -1.0], n)
        any_size, some = sign * 10.0 ** rng.uniform(-300, 300, n), sign * 10.0 ** rng.uniform(-6, 4, n)
        near = rng.integers(-3, 4, n) + sign * 10.0 ** rng.uniform(-15, -1, n)
        found.append(np.choose(rng.integers(0, 4, n), [inside, any_size, some, near]))
    return found


def wanted(op: Op, point: list[float]) -> dict[tuple[int, ...], float]:
    """Derivatives by differences of mpmath's function, those on which two precisions agree: (operand,) or (operand, operand) -> number."""
    tables = []
    for digits, places in PRECISIONS:
        with mp.workdps(digits):
            at = [mp.mpf(x) for x in point]
            step = [(abs(x) or mp.mpf(1)) * mp.mpf(10) ** -places for x in at]

            def f(*moves: tuple[int, int], at: Any = at, step: Any = step) -> Any:
                moved = list(at)
                for p, times in moves:
                    moved[p] += times * step[p]
                value = operations.MP[op.name](*moved)
                if isinstance(value, mp.mpc):
                    if value.imag:
                        raise ValueError("complex")
                    value = value.real
                return mp.mpf(value)

            table: dict[tuple[int, ...], Any] = {}
            free = operations.free(op)
            for i, p in enumerate(free):
                table[(p,)] = (f((p, 1)) - f((p, -1))) / (2 * step[p])
                table[(p, p)] = (f((p, 1)) - 2 * f() + f((p, -1))) / step[p] ** 2
                for q in free[i + 1 :]:
                    corners = f((p, 1), (q, 1)) - f((p, 1), (q, -1)) - f((p, -1), (q, 1)) + f((p, -1), (q, -1))
                    table[(p, q)] = corners / (4 * step[p] * step[q])
        tables.append(table)
    first, second = tables
    return {key: float(x) for key, x in second.items() if x and abs(first[key] - x) <= 1e-13 * abs(x)}


def found(op: Op, operands: list[np.ndarray]) -> dict[tuple[int, ...], np.ndarray]:
    """The same of all points by a gradient and products with the Hessian."""
    f, xs = operations.recorded(op, operands)
    free = operations.free(op)
    F = jt.record(lambda *xs: np.sum(f(*xs)), *xs)
    parts = lambda x: x if isinstance(x, tuple) else (x,)  # noqa: E731
    out = {(p,): g for p, g in zip(free, parts(F.grad(*xs)), strict=True)}
    for i, p in enumerate(free):
        v = tuple(np.full(x.shape, float(i == j)) for j, x in enumerate(xs))
        products = parts(F.hvp(tuple(xs) if len(xs) > 1 else xs[0], v if len(xs) > 1 else v[0]))
        out |= {(p, q): h for q, h in zip(free, products, strict=True)}
    return out


def scan(op: Op, seed: int, n: int) -> None:
    operands = points(op, np.random.default_rng([seed, op.code]), n)
    ours = found(op, operands)
    off: dict[tuple[int, ...], list[str]] = {}
    order = np.argsort([max(abs(np.log(np.abs(x[i]) + 1e-308)) for x in operands) for i in range(n)])
    left = 0
    for i in order.tolist():
        point = [float(x[i]) for x in operands]
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            exact = wanted(op, point)
        except Exception:  # outside of the domain, or mpmath takes too long or finds no sum
            left += 1
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        for key, x in exact.items():
            y = float(ours[key][i])
            if abs(x) < HUGE and not abs(y - x) <= NEAR * abs(x) and not (abs(x) < TINY and abs(y) < TINY):
                off.setdefault(key, []).append(f"{', '.join(f'{a:.4g}' for a in point)}: {y:.6g} for {x:.6g}")
    print(f"{op.name}: {n - left} points, {sum(map(len, off.values()))} differ", flush=True)
    for key, lines in off.items():
        print(f"    by {key}: {len(lines)}; " + "; ".join(lines[:4]), flush=True)


def too_long(*_: Any) -> None:
    raise TooLong


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    signal.signal(signal.SIGALRM, too_long)
    seed, count, *chosen = sys.argv[1:]
    names = chosen or [op.name for op in OPS if op.name in operations.MP and not op.mask and any(p != "0" for p in op.partials)]
    for name in names:
        scan(BY_NAME[name], int(seed), int(count))
