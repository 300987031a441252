"""Functions of one array that are differentiated at one point after the other while what they read changes: recorded on the tape of the last recording, and anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
from array_cases import REASONS, compiled
from array_programs import ArrayProgram, replaced, source
from cases import Case, Disagreement, Outcome
from differences import attempt, outcome_of
from drivers import ANY, SCALAR

import jittape as jt
import jittape.numpy
from jittape.functional import again

STEPS = 14
"""How often a program is differentiated."""
FLOAT = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
DEFINES = re.compile(r"(v\d+) = ([^\n]*)\Z")
NUMBERS = (0.0, -0.0, 1.0, 2.0, 0.5, 1, 2, np.float64(1.0), np.float64(0.5), -1.0, 3)
WORLD = ("C", "S", "k0", "k1", "k2")
"""What programs read: numbers, decisions, arrays."""
CONSTANTS = ("{a} * {k}", "{k} + {a}", "{k} - {a}", "{a} / (2.0 + np.abs({k}))", "np.where({a} > 0.2, {a}, {k})", "np.maximum({a}, {k})", "np.arctan2({a}, {k})", "{k} @ {a}", "{a} @ {k}")


ROUNDED = 1e-11
LARGEST_POINT = 64
FEW, WHOLE = 12, ("jacobian", "hessian")
"""Variables of which whole matrices are asked."""


class AgainProgram(ArrayProgram):
    """Of `x` and of arrays that are constants."""

    def _names(self) -> dict[str, Any]:
        shape = self.points[0].shape
        self.given = [np.array([self.random.uniform(-1.5, 1.5) for _ in range(int(np.prod(s)))]).reshape(s) for s in (shape, shape, shape[-1:])]
        return super()._names() | {f"k{j}": k.copy() for j, k in enumerate(self.given)}

    def _kinds(self) -> list[tuple[Callable[[], None], float]]:
        return [*super()._kinds(), (self._with_constant, 6)]

    def _with_constant(self) -> None:
        a, _ = self._array()
        name = self._fresh()
        self._add(f"{name} = " + replaced(self.random.choice(CONSTANTS), {"{a}": a, "{k}": f"k{self.random.randrange(3)}"}), name)


class World:
    """What a program reads, and what becomes of it."""

    def __init__(self, seed: int, numbers: tuple[float, ...], switches: int, given: tuple[np.ndarray, ...]) -> None:
        self.random = Random(seed * 3 + 2)
        self.first = numbers
        self.numbers: list[Any] = list(numbers)
        self.switches = [True] * switches
        self.arrays = [k.copy() for k in given]

    def change(self) -> None:
        random = self.random
        for _ in range(random.choice([0, 0, 1, 1, 2])):
            kind = random.random()
            if kind < 0.4 and self.numbers:
                k = random.randrange(len(self.numbers))
                self.numbers[k] = random.choice([*NUMBERS, self.first[k], self.first[k], random.choice(self.numbers), np.float64(self.first[k])])
            elif kind < 0.65 and self.switches:
                k = random.randrange(len(self.switches))
                self.switches[k] = not self.switches[k]
            else:
                k = random.randrange(len(self.arrays))
                self.arrays[k] = self.another(self.arrays[k])

    def another(self, k: np.ndarray) -> np.ndarray:
        random = self.random
        kind = random.randrange(9)
        if kind == 0:
            return k * random.choice([0.0, -1.0, 1.0, 0.5])
        if kind == 1:
            return np.asfortranarray(k)
        if kind == 2:
            return np.repeat(k, 2, axis=-1)[..., ::2] if k.ndim else k.copy()
        if kind == 3:
            return next((other.copy() for other in self.arrays if other.shape == k.shape and other is not k), k)
        if kind == 4:
            return np.full_like(k, random.choice([0.0, 1.0, 0.5]))
        if kind == 5:
            return k.astype(np.float32 if k.dtype == np.float64 else np.float64)
        if kind == 6:
            return np.broadcast_to(k[..., :1], k.shape) if k.ndim else k
        if kind == 7:
            return np.ascontiguousarray(k[::-1]) if k.ndim else k + 1.0
        new = k.copy()
        new.flat[random.randrange(k.size)] = random.choice([0.0, -0.0, 1.0, np.inf, np.nan])
        return new

    def given(self) -> dict[str, Any]:
        """Copies in the same order, which a program may store into; what repeats one number does so no more."""
        arrays = {f"k{j}": k if 0 in k.strides else k.copy("K") for j, k in enumerate(self.arrays)}
        return {"C": self.numbers, "S": self.switches, **arrays}


@dataclass(frozen=True)
class AgainCase(Case):
    seed: int
    lines: tuple[str, ...]
    terms: tuple[str, ...]
    numbers: tuple[float, ...]
    switches: int
    points: tuple[np.ndarray, ...]
    given: tuple[np.ndarray, ...]
    reasons = REASONS

    @classmethod
    def drawn(cls, seed: int) -> AgainCase | None:
        try:
            program = AgainProgram(seed)
            if program.points[0].size > LARGEST_POINT or any("while" in line for line in program.lines):
                return None  # a loop might not end with other numbers
            random, numbers, switches, lines = Random(seed * 5 + 3), [], 0, []

            def number(found: re.Match[str]) -> str:
                numbers.append(float(found[0]))
                return f"C[{len(numbers) - 1}]"

            known: dict[tuple[int, ...], list[str]] = {program.points[0].shape: ["x"]}
            for line in program.lines:
                line = FLOAT.sub(number, line)
                defined = DEFINES.match(line)
                if defined:
                    shape = np.shape(program.namespace.get(defined[1], 0.0))
                    if random.random() < 0.5 and shape in known:
                        line = f"{defined[1]} = {defined[2]} if S[{switches}] else {random.choice(known[shape])} * 1.0"
                        switches += 1
                    known.setdefault(shape, []).append(defined[1])
                lines.append(line)
            terms = [f"({1 + 0.25 * k:.2f} * np.sum({n}) if S[{switches + k}] else 0.0)" for k, n in enumerate(known_names(program))]
            case = cls(seed, tuple(lines), tuple(terms), tuple(numbers), switches + len(terms), program.points, tuple(program.given))
            case.plain(case.points[0].copy())
        except Exception:  # a line that was taken back has left something that NumPy does not take
            return None
        return case

    @cached_property
    def program(self) -> str:
        return source(self.lines, " + ".join(self.terms))

    @property
    def text(self) -> str:
        return f"{self.program}# {self.numbers}, seed {self.seed}\nx = np.array({self.points[0].tolist()})"

    def plain(self, x: np.ndarray) -> Any:
        world = World(self.seed, self.numbers, self.switches, self.given)
        return compiled(self.program, {"np": np, **world.given()})(x)

    @property
    def parts(self) -> int:
        return len(self.terms) + len(self.lines)

    def without(self, part: int) -> AgainCase | None:
        if part < len(self.terms):
            smaller = replace(self, terms=self.terms[:part] + self.terms[part + 1 :])
        else:
            part -= len(self.terms)
            smaller = replace(self, lines=self.lines[:part] + self.lines[part + 1 :])
        return None if not smaller.terms or isinstance(attempt(lambda: smaller.plain(smaller.points[0].copy())), Exception) else smaller

    def check(self) -> Outcome:
        return outcome_of(self.again_and_anew, self.program)

    def again_and_anew(self) -> tuple[str, ...]:
        world = World(self.seed, self.numbers, self.switches, self.given)
        namespace: dict[str, Any] = {"np": jittape.numpy, **world.given()}
        code = compile(source(self.lines, " + ".join(self.terms)), "<drawn>", "exec")
        exec(code, namespace)
        f = namespace["f"]

        def array(x: Any) -> Any:
            return f(x) * x[..., None] if x.ndim and x.shape[-1] < 4 else f(x) * x

        drivers = [(name, driver(array)) for name, driver in ANY.items()] + [(name, driver(f)) for name, driver in SCALAR.items()]
        before = again.FOLLOWS
        routes = []
        again._known.recordings.clear()
        name, call = drivers[0]
        try:
            for _ in range(STEPS):
                world.change()
                if world.random.random() < 0.4:
                    name, call = world.random.choice(drivers)
                x = world.random.choice(self.points)
                if x.size > FEW and name in WHOLE:
                    name, call = drivers[1]
                found = []
                for follows in (True, False):
                    again.FOLLOWS = follows
                    namespace.update(world.given())
                    found.append(attempt(lambda: call(x.copy())))
                compared(*found, name)
                routes.append(name)
        finally:
            again.FOLLOWS = before
        return tuple(routes)


def known_names(program: ArrayProgram) -> list[str]:
    return [n for n in program.names if n in program.namespace]


def compared(again: Any, anew: Any, what: str) -> None:
    """Raises Disagreement where two results are not equal to the bit (Jacobians, which are found in several ways: but for rounding), or errors do not say the same."""
    if isinstance(again, Exception) or isinstance(anew, Exception):
        if type(again) is not type(anew) or str(again) != str(anew):
            raise Disagreement(f"{what} fails otherwise: {again!r} for {anew!r}")
        return
    mine, theirs = jt.tree.leaves(again), jt.tree.leaves(anew)
    for a, b in zip(mine, theirs, strict=True):
        scale = np.max(np.abs(b)[np.isfinite(b)], initial=1.0)
        equal = np.allclose(a, b, rtol=ROUNDED, atol=ROUNDED * scale, equal_nan=True) if what == "jacobian" else np.array_equal(a, b, equal_nan=True)
        if np.shape(a) != np.shape(b) or np.asarray(a).dtype != np.asarray(b).dtype or not equal:
            raise Disagreement(f"{what}: {np.asarray(a).tolist()} for {np.asarray(b).tolist()}")
