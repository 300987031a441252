"""Drawn numba.njit functions of nested loops, decisions, stores, early ends and helper functions: native gradients beside Python's and differences.

The functions are longer than those of `tests/wide native`, and are written as loops over elements are. Each is asked by `jt.grad` of the native function, by
`jt.native.value_and_grad` inside native code, by a recording of a Python function that calls it, and some by a native Hessian.
"""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from typing import Any

import numba
import numpy as np
from long_run import Fault
from programs_target import agree

import jittape as jt

POINTS = 4
QUICK: dict[str, int] = {}
HELPERS = """
@njit
def bend(a, b):
    if a > b:
        return np.sin(a) * b
    return a - 0.5 * b * b

@njit
def mix(u, k):
    s = 0.0
    for j in range(len(u)):
        if j % 2 == k:
            s += u[j] * u[(j + 1) % len(u)]
        else:
            s -= 0.25 * u[j]
    return s

@njit
def walk(a, b, n):
    for j in range(n):
        a, b = np.tanh(a + 0.5 * b), b * 0.75 + 0.125 * a
        if a > 0.9:
            return a * b
    return a - b
"""


class Native:
    """The text of a function f(x) of an array, drawn by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.lines: list[str] = []
        self.numbers = ["x[0]", "x[-1]", "s"]
        self.loops: list[str] = []
        self.count = 0
        self.block("    ", self.random.randint(5, 14), 0)
        body = "\n".join(self.lines)
        made = "".join(f"    v{k} = 0.0\n" for k in range(1, self.count + 1))
        self.text = f"{HELPERS}\ndef f(x):\n    n = len(x)\n    s = 0.5\n    a = np.zeros(n)\n{made}{body}\n    return s + np.sum(a * x){''.join(f' + {0.5 + 0.25 * k} * v{k}' for k in range(1, self.count + 1))}\n"

    def number(self) -> str:
        r = self.random
        choices = [*self.numbers[-6:], str(r.randint(-8, 8) / 4)]
        if self.loops:
            i = r.choice(self.loops)
            choices += [f"x[{i} % n]", f"a[{i} % n]", f"a[({i} + 1) % n]", f"0.25 * {i}", f"x[-1 - {i} % n]"]
        return r.choice(choices)

    def expression(self) -> str:
        a, b = self.number(), self.number()
        return self.random.choice([
            f"np.sin({a}) + {b}", f"{a} * {b}", f"{a} / (1.5 + {b} * {b})", f"np.exp(-abs({a})) * {b}", f"max({a}, {b})", f"min({a}, {b}) * 0.5", f"math.tanh({a} - {b})",
            f"np.sqrt(1.0 + {a} * {a})", f"bend({a}, {b})", f"walk({a}, {b}, {self.random.randint(1, 6)})", f"mix(x, {self.random.randint(0, 1)}) * {a}", f"np.arctan2({a}, 2.0 + {b} * {b})",
            f"({a}) ** 2 - {b}", f"abs({a}) ** 1.5", f"np.log(2.0 + {a} * {a})", f"np.dot(x, a) * {a}", f"np.max(x) - {a}", f"np.sum(a[1:] * x[:-1]) + {a}", f"({a} if {self.condition()} else {b})",
        ])  # fmt: skip

    def condition(self) -> str:
        a, b = self.number(), self.number()
        return self.random.choice([f"{a} > {b}", f"{a} < 0.25", f"{a} > 0 and {b} < 1.5", f"not {a} > {b}", f"abs({a}) > 0.5 or {b} > 0"])

    def block(self, indent: str, statements: int, depth: int) -> None:
        for _ in range(statements):
            self.statement(indent, depth)

    def statement(self, indent: str, depth: int) -> None:
        r = self.random
        kind = r.choices(["number", "s", "store", "for", "while", "if", "swap", "slice", "leave"], [4, 4, 3, 3, 1.5, 3, 1, 1, 1])[0]
        if kind == "number" and depth < 2 and self.count < 8:
            name = self._assigned()
            self.lines.append(f"{indent}{name} = np.tanh({self.expression()})")
            self.numbers.append(name)
        elif kind in ("number", "s", "swap"):
            self.lines.append(f"{indent}s = np.tanh(s * 0.5 + {self.expression()})")
        elif kind == "store":
            i = f"{r.choice(self.loops)} % n" if self.loops else r.choice(["0", "-1", "n // 2"])
            self.lines.append(f"{indent}a[{i}] {r.choice(['=', '+=', '-='])} np.sin({self.expression()})")
        elif kind == "slice":
            self.lines.append(indent + r.choice(["a[:] = a[::-1] * 0.5", "a[1:] = x[:-1] * s", "a *= 0.75", "a = np.tanh(a + x * s)", "a = a.copy()", "a = np.where(x > s, a, x)"]))
        elif kind == "leave" and self.loops:
            self.lines.append(f"{indent}if {self.condition()}:\n{indent}    {r.choice(['break', 'continue'])}")
        elif kind in ("for", "while") and depth < 3:
            self.count_loops = getattr(self, "count_loops", 0) + 1
            i = f"i{self.count_loops}"
            if kind == "for":
                self.lines.append(f"{indent}for {i} in range({r.choice(['n', '3', '5', 'n - 1'])}):")
            else:  # counted before anything is gone by, so that it ends
                self.lines.append(f"{indent}{i} = 0\n{indent}while {i} < {r.randint(2, 8)} and ({self.condition()}):\n{indent}    {i} += 1")
            self.loops.append(i)
            self.block(indent + "    ", r.randint(1, 4), depth + 1)
            self.loops.pop()
            self.lines.append(f"{indent}    s = s * 0.9")
        elif depth < 3:
            self.lines.append(f"{indent}if {self.condition()}:")
            self.block(indent + "    ", r.randint(1, 3), depth + 1)
            if r.random() < 0.6:
                self.lines.append(f"{indent}else:")
                self.block(indent + "    ", r.randint(1, 2), depth + 1)
        else:
            self.lines.append(f"{indent}s = s * 0.5 + {self.number()}")

    def _assigned(self) -> str:
        self.count += 1
        return f"v{self.count}"


def made(text: str, native: bool) -> Any:
    # functions of `math` take numbers alone: a recording takes NumPy's of the same names
    namespace: dict[str, Any] = {"np": np if native else jt.numpy, "math": math if native else jt.numpy, "njit": numba.njit if native else (lambda f: f)}
    exec(compile(text, "<drawn>", "exec"), namespace)
    return numba.njit(namespace["f"]) if native else namespace["f"]


def plain(text: str) -> Any:
    namespace: dict[str, Any] = {"np": np, "math": math, "njit": lambda f: f}
    exec(compile(text, "<drawn>", "exec"), namespace)
    return namespace["f"]


def slopes(f: Any, x: Any, d: Any) -> float | None:
    """A central difference where both sides agree."""
    h = 1e-6
    above, here, below = float(f(x + h * d)), float(f(x)), float(f(x - h * d))
    if abs(above - 2 * here + below) / h > 1e-4 * (1 + abs(above - below) / h):
        return None
    return (above - below) / (2 * h)


def case(seed: int) -> Counter[str]:
    text = Native(seed).text
    try:
        return tried(text, seed)
    except Exception as error:
        error.add_note(text[len(HELPERS) :])
        raise


def tried(text: str, seed: int) -> Counter[str]:
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    python, recordable, native = plain(text), made(text, False), made(text, True)
    points = [rng.normal(size=int(rng.integers(2, 7))) for _ in range(POINTS)]
    if not all(math.isfinite(python(x.copy())) for x in points):
        return Counter({"no number": 1})
    for x in points:
        if abs(native(x.copy()) - python(x.copy())) > 1e-9:
            return Counter({"Numba differs from Python": 1})
    gradient, both = jt.grad(native), jt.native.value_and_grad(native)

    @numba.njit
    def inside(X: Any) -> Any:
        out = np.empty_like(X)
        total = 0.0
        for k in range(len(X)):
            v, g = both(X[k])
            out[k] = g
            total += v
        return total, out

    for x in points:
        given = x.copy()
        g = gradient(given)
        wanted = jt.grad(recordable)(x)
        at = f"at {x.tolist()}"
        try:
            agree(g, wanted, 1e-8, f"native gradient {at}")
        except Fault:
            if all(np.allclose(jt.grad(recordable)(x + 1e-12 * rng.normal(size=x.shape)), wanted, rtol=1e-6) for _ in range(8)):
                raise
            counts["decided by rounding"] += 1
            continue
        if not np.array_equal(given, x):
            raise Fault(f"the argument was changed {at}")
        total, rows = inside(np.stack([x, 0.5 * x, x]))
        agree(rows[0], g, 1e-12, f"gradient inside native code {at}")
        agree(rows[2], rows[0], 0.0, f"gradient inside native code, again, {at}")
        agree(total, 2 * native(x) + native(0.5 * x), 1e-10, f"values inside native code {at}")
        counts["native gradients"] += 4
        d = rng.normal(size=x.shape)
        slope = slopes(python, x, d)
        if slope is None:
            counts["not smooth there, no differences"] += 1
        else:
            agree(g @ d, slope, 1e-4, f"differences {at}")
            counts["differences"] += 1
        v, t = jt.jvp(recordable, (x,), (d,))
        agree(t, g @ d, 1e-8, f"tangent {at}")
    F = jt.record(recordable, points[0])
    for s in (1.0, 0.75, -0.5):
        agree(F.grad(s * points[0]), gradient(s * points[0]), 1e-8, f"replay at {(s * points[0]).tolist()}")
        counts["replays"] += 1
    if seed % 4 == 0:
        x = points[0]
        H = jt.native.hessian(native)(x)
        agree(H, jt.hessian(recordable)(x), 1e-6, f"native Hessian at {x.tolist()}")
        counts["native Hessians"] += 1
    counts["functions compiled by Numba"] += 1
    return counts
