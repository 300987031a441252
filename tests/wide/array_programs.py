"""Draws functions of one array: lines of text that run with `np` as NumPy or as jittape.numpy.

A line is kept if NumPy can run it at the first point, and what comes of it is finite, real and not large.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any, ClassVar

import array_tables
import numpy as np
from drawing import drawn_index, filled, indented, recent, rounded

SMALL = [(3,), (4,), (2, 3), (2, 2), (3, 3), (1,), (2, 1), (5,), (), (2, 3, 2)]
LARGE = [(17,), (40,), (6, 7), (130,), (600,), (12, 12), (3, 4, 5), (64,)]
LARGE_SHARE = 0.06
STEPS = [(0.3, ":"), (0.5, "place"), (0.62, "from"), (0.72, "to"), (0.8, "::-1"), (0.86, "::2"), (0.9, "None, :")]
LARGEST_NEW, LARGEST = 1e4, 1e5
POINTS, TRIES = 4, 40

Predicate = Callable[[np.ndarray], bool]


def broadcast(first: np.ndarray, second: np.ndarray) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(first.shape, second.shape)
    except ValueError:
        return None


def source(lines: list[str] | tuple[str, ...], result: str, arguments: str = "x") -> str:
    """The function of these lines."""
    return f"def f({arguments}):\n{indented(lines)}\n    return {result}\n"


class ArrayProgram:
    """The program of a seed: `lines`, the expression `result`, and the `points` at which it is looked at."""

    tables: ClassVar[Any] = array_tables

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        shape = random.choice(SMALL)
        shape = random.choice(LARGE) if random.random() < LARGE_SHARE else shape
        size = int(np.prod(shape))
        points = [np.array([random.uniform(-1.5, 1.5) for _ in range(size)]).reshape(shape) for _ in range(POINTS)]
        self.points = tuple(point * random.choice([0.3, 1.0, 1.0, 1.7]) for point in points)
        self.lines: list[str] = []
        self.names = ["x"]
        self.count = 0
        self.namespace: dict[str, Any] = {**self._names(), "x": self.points[0].copy()}
        random.random()  # the draw of a choice that is no more: seeds keep their programs
        self.linear_algebra = random.random() < 0.3
        self.outputs = random.random() < 0.3
        self.stores = random.random() < 0.7
        self.decides = random.random() < 0.5
        self._draw()

    def _names(self) -> dict[str, Any]:
        """What lines name besides arrays."""
        return {"np": np}

    def _kinds(self) -> list[tuple[Callable[[], None], float]]:
        """What draws a line, and how often."""
        return [
            (self._operation, 8), (self._loop, 1.2), (self._store, 4 if self.stores else 0), (self._output, 2 if self.outputs else 0),
            (self._decision, 1.5 if self.decides else 0),
        ]

    def _draw(self) -> None:
        random = self.random
        draws, weights = zip(*self._kinds())
        wanted = random.randint(3, 9)
        for _ in range(TRIES):
            random.choices(draws, weights)[0]()
            if len(self.lines) >= wanted:
                break
        # What comes out: all that is there, in one number or an array.
        live = [n for n in self.names if n in self.namespace]
        self.result = "0.0" + "".join(f" + {1 + 0.25 * k:.2f} * np.sum({n})" for k, n in enumerate(live))
        if random.random() < 0.35:
            arrays = [n for n in live if np.asarray(self.namespace[n]).size > 1]
            if arrays:
                self.result = f"{random.choice(arrays)} * 1.0 + ({self.result}) * 0.1"

    # --- names and lines ---

    def _fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def _array(self, fits: Predicate = lambda array: True) -> tuple[str, np.ndarray] | tuple[None, None]:
        found = [n for n in self.names if fits(np.asarray(self.namespace[n]))]
        if not found:
            return None, None
        name = recent(self.random, found, 0.5, 0.6)
        return name, np.asarray(self.namespace[name])

    def _add(self, text: str, name: str | None = None) -> bool:
        """Runs the text and keeps it if it does what it should; what it changed is put back if it fails."""
        namespace = dict(self.namespace)
        before = {n: np.array(held) for n in self.names if isinstance(held := self.namespace[n], np.ndarray)}
        try:
            exec(text, namespace)
        except Exception:
            self._put_back(before)
            return False
        if name is not None:
            if not self._serves(namespace.get(name)):
                return False
            self.names.append(name)
        for n in self.names:
            array = np.asarray(namespace.get(n, 0.0))
            if not np.all(np.isfinite(array)) or np.max(np.abs(array), initial=0) > LARGEST:
                self._put_back(before)
                if name in self.names:
                    self.names.remove(name)
                return False
        self.namespace = {key: held for key, held in namespace.items() if key != "__builtins__"}
        self.lines.append(text)
        return True

    def _put_back(self, before: dict[str, np.ndarray]) -> None:
        for n, values in before.items():
            try:
                self.namespace[n][...] = values
            except ValueError:  # read-only
                pass

    def _serves(self, result: Any) -> bool:
        if isinstance(result, (tuple, list)):
            return False
        array = np.asarray(result)
        if array.dtype.kind != "f" or not 0 < array.size <= 40 + 3 * self.points[0].size or array.ndim > 3:
            return False
        return bool(np.all(np.isfinite(array)) and np.max(np.abs(array)) <= LARGEST_NEW)

    def _number(self) -> float:
        return rounded(self.random, 1.5)

    def _index(self, array: np.ndarray) -> str:
        return drawn_index(self.random, array.shape, STEPS, 0.06)

    def _elements(self, name: str, array: np.ndarray) -> str:
        """An index by masks, numbers or orders."""
        random = self.random
        if array.ndim == 0:
            return "..."
        length = array.shape[0]
        return random.choice([
            f"{name} > {rounded(random, 1)}",
            str([random.randrange(-length, length) for _ in range(random.randint(1, 3))]),
            f"np.argsort({name}, axis=0)[0]" if array.ndim == 1 else f"np.argmax({name}, axis=0)",
            f"np.array({[random.random() < 0.6 for _ in range(length)]})",
            f"int(np.argmax({name})) % {length}",
            f"np.abs({name}) < 0.8",
            f"..., [{random.randrange(array.shape[-1])}]",
        ])

    def _axes(self, array: np.ndarray, keepdims: bool = True) -> str:
        random, axes = self.random, ""
        if array.ndim and random.random() >= 0.4:
            one = random.random() < 0.85
            axes = f", axis={random.randrange(-array.ndim, array.ndim) if one else tuple(range(array.ndim))}"
        return axes + ", keepdims=True" if keepdims and random.random() < 0.25 else axes

    # --- kinds of lines ---

    def _expression(self) -> str | None:
        random = self.random
        a, array = self._array()
        chance = random.random()
        if chance < 0.28:
            kind = random.choice(self.tables.UNARY)
        elif chance < 0.5:
            kind = random.choice(self.tables.REDUCTIONS)
        elif chance < 0.7:
            kind = random.choice(self.tables.SHAPES)
        elif chance < 0.78:
            kind = "{a}[" + (self._index(array) if random.random() < 0.7 else self._elements(a, array)) + "]"
        elif chance < 0.86 and self.linear_algebra:
            a, array = self._array(lambda other: other.ndim == 2)
            if a is None:
                return None
            kind = random.choice(self.tables.LINEAR_ALGEBRA)
        else:
            kind = random.choice(self.tables.BINARY)
        fitting = random.random() < 0.7
        b, _ = self._array(lambda other: broadcast(other, array) is not None) if fitting else self._array()
        axes, axis = self._axes(array), self._axes(array, keepdims=False)
        if "(" in axis:
            axis = ""
        words = {"{a}": a, "{b}": b or a, "{ax}": axes, "{x1}": axis, "{x0}": axis.lstrip(", "), "{c}": str(self._number())}
        return replaced(kind, words)

    def _operation(self) -> None:
        if expression := self._expression():
            name = self._fresh()
            self._add(f"{name} = {expression}", name)

    def _loop(self) -> None:
        a, array = self._array(lambda other: other.ndim == 1 and other.size > 1)
        if a is not None:
            name = self._fresh()
            kind = self.random.choice(self.tables.LOOPS)
            self._add(replaced(kind, {"{n}": name, "{a}": a, "{k}": str(len(array))}), name)

    def _store(self) -> None:
        random = self.random
        a, array = self._array()
        if a == "x" and random.random() < 0.8:
            return
        if not isinstance(self.namespace[a], np.ndarray):
            b, _ = self._array(lambda other: other.shape == ())
            self._add(f"{a} {random.choice(['+=', '*=', '-='])} {b or self._number()}")
            return
        chance, index, target = random.random(), "", array
        if 0.25 <= chance < 0.65:
            index = self._index(array) if random.random() < 0.65 else self._elements(a, array)
            try:
                target = np.asarray(eval(f"{a}[{index}]", dict(self.namespace)))
            except Exception:
                return
        b, _ = self._array(lambda other: broadcast(other, target) == target.shape)
        b = b or str(self._number())
        kinds = self.tables.STORES if chance < 0.25 else self.tables.STORES_INTO_PARTS if chance < 0.65 else self.tables.STORES_BY_FUNCTIONS
        kind = random.choice([filled(kind, lambda word: str(self._number())) for kind in kinds])
        self._add(replaced(kind, {"{a}": a, "{b}": b, "{i}": index, "{last}": str(max(array.size, 1) - 1)}))

    def _output(self) -> None:
        random = self.random
        b, written = self._array()
        if b == "x" or not isinstance(self.namespace[b], np.ndarray):
            return
        a, _ = self._array(lambda other: other.shape == written.shape) if random.random() < 0.8 else self._array()
        d, _ = self._array(lambda other: other.ndim == written.ndim + 1)
        name, kind = self._fresh(), random.choice(self.tables.OUTPUTS)
        line = replaced(kind, {"{a}": a, "{b}": b, "{d}": d or a, "{c}": str(self._number())})
        if re.search(r"\bcum|accumulate", kind) and written.ndim != max(np.ndim(self.namespace[a]), 1):
            return  # NumPy crashes
        if random.random() < 0.5:
            self._add(line)
        else:
            self._add(f"{name} = {line}", name)

    def _decision(self) -> None:
        random = self.random
        a, array = self._array()
        b, _ = self._array(lambda other: other.shape == array.shape)
        name, number = self._fresh(), str(self._number())
        place = str(array.size + random.choice([-1, 0, 1]))
        kind = random.choice(self.tables.DECISIONS)
        self._add(replaced(kind, {"{n}": name, "{a}": a, "{b}": b, "{c}": number, "<place>": place}), name)


def replaced(template: str, words: dict[str, str]) -> str:
    """The template with each of these words replaced (it may hold other braces)."""
    for word, text in words.items():
        template = template.replace(word, text)
    return template
