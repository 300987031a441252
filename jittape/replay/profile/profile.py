"""What `F.profile(x)` returns: tables of where time and memory go, by source line, by operation and by loop."""

from __future__ import annotations

import html
import linecache
from functools import cached_property
from pathlib import Path as File
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import FIRST_OPERATION, FIRST_STRUCTURAL, OPERATION, RUN
from jittape.replay.paths import Paths
from jittape.replay.profile.measuring import measure
from jittape.tape.decode import lengths
from jittape.tape.display import duration, heading, pyplot, table
from jittape.tape.drawing import find_spans
from jittape.tape.holding import ADJOINTS, Memory
from jittape.tape.holding import memory as held
from jittape.tape.listing import Reader

SHOWN = 12
"""Rows of a table that are printed; what is left is one more."""
LEAVES = "(inputs and constants)"
BETWEEN = "(outside loops)"
UNKNOWN = "(no line of the function)"
WIDEST = 60
"""Characters of a row's name in a table."""
COLOURS = "#5c6bc0", "#ffb74d"
"""Forward and reverse."""


class ProfileRow(NamedTuple):
    """One line of a table of a profile.

    Attributes:
        what: the line as "file.py:12", the operation, or the loop in words.
        forward, reverse: seconds of both sweeps.
        share: of the whole call.
        calls: instructions of the recording, each of which is one call of an operation.
        nbytes: of values and adjoints of what these compute.
        filename, line: of a source line; "" and 0 of others.
    """

    what: str
    forward: float
    reverse: float
    share: float
    calls: int
    nbytes: int
    filename: str = ""
    line: int = 0

    @property
    def seconds(self) -> float:
        """Of both sweeps."""
        return self.forward + self.reverse

    @property
    def code(self) -> str:
        """The text of the source line, or "" where it is none or cannot be read."""
        return linecache.getline(self.filename, self.line).strip() if self.line else ""


class Profile:
    """Where time and memory of a recorded function's value and gradient go; made by `Function.profile`. `print` it.

    The times of all rows of a table are together `forward` and `reverse`; with `around` they are the whole call, `seconds`.

    Attributes:
        name: of the function.
        seconds: a call of `value_and_grad` at the point; of a function whose result is no number, of `vjp` and its pullback.
        forward, reverse: of it, the sweeps.
        around: of it, what is neither: arguments in, decisions checked, results out.
        spread: half the distance between the quartiles of the measured calls, as a part of `seconds`.
        scale: what the times of the stretches, each measured by itself, were multiplied with to be the whole sweeps: near to one
            where these were not disturbed.
        rounds: of measuring.
        compiled: instructions that compiled loops carry out; 0 where none are compiled.
        instructions: of the recording, leaves included.
        memory: what the gradient holds, as `F.tape.memory()`.
    """

    def __init__(self, function: Paths, args: tuple[Any, ...], parameters: dict[str, Any], seconds: float) -> None:
        found = measure(function, args, parameters, seconds)
        self.name = function.name
        self._path, self._forward, self._reverse = found.path, found.forward, found.reverse
        self.seconds, self.spread, self.rounds = found.whole, found.spread, found.rounds
        self.forward, self.reverse = float(found.forward.sum()), float(found.reverse.sum())
        self.around = max(self.seconds - self.forward - self.reverse, 0.0)
        self.scale = (self.forward + self.reverse) / found.parts if found.parts else 1.0
        self._fused, self._pulled = found.fused, found.pulled
        tape = self._tape = found.path.tape
        self.instructions = tape.count
        self.memory: Memory = held(tape)
        self._reader = Reader(tape)
        sizes = lengths(tape.opcode[: tape.count], tape.arg1[: tape.count])
        self._nbytes: NDArray[np.int64] = ADJOINTS * tape.dtype.itemsize * sizes
        self._leaf = (tape.opcode[: tape.count] & OPERATION) < FIRST_OPERATION
        loops = found.path.replayed.loops
        self._loops = [] if loops is None else [(row.slot, row.slot + row.slots, words) for row, words in zip(loops.rows, loops.words, strict=True)]
        """Compiled loops, by the slots that they write."""
        inside = np.zeros(tape.count, np.bool_)
        for start, stop, _ in self._loops:
            inside |= (self._reader.first >= start) & (self._reader.first < stop)
        self.compiled = int(np.count_nonzero(inside & ~self._leaf))

    # --- tables ------------------------------------------------------------------------------------------------------------

    def by_line(self) -> list[ProfileRow]:
        """A row for each source line, what takes longest first.

        Raises:
            ValueError: the function was recorded without source lines.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(np.exp(x) * x), np.ones(1000), source=True)
            >>> sum(row.calls for row in F.profile(np.ones(1000), measure_for=0.0).by_line()) == F.tape.count
            True
        """
        lines = self._tape.lines
        if lines is None:
            raise ValueError(f"source lines are known of recordings with source=True: jittape.record({self.name}, ..., source=True).profile(x).by_line()")
        return self._lines

    def by_operation(self) -> list[ProfileRow]:
        """A row for each operation, what takes longest first.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(np.exp(x) * x), np.ones(1000))
            >>> sorted(row.what for row in F.profile(np.ones(1000), measure_for=0.0).by_operation())
            ['(inputs and constants)', 'exp', 'mul', 'sum']
        """
        return self._operations

    def by_loop(self) -> list[ProfileRow]:
        """A row for each loop, and one for what is no loop, what takes longest first: compiled loops where there are any, else those that could be compiled.

        Example:
            >>> import jittape as jt
            >>> def f(x):
            ...     for _ in range(50):
            ...         x = x - 0.5 * (x * x)
            ...     return x
            >>> F = jt.record(f, 1.0)
            >>> [(row.what, row.calls) for row in F.profile(1.0, measure_for=0.0).by_loop() if row.calls > 10]
            [('%5:152 49 turns of 3: stored 1, carried 1', 147)]
        """
        return self._spans

    @cached_property
    def _lines(self) -> list[ProfileRow]:
        lines = self._tape.lines
        assert lines is not None
        places: dict[tuple[str, int], int] = {}
        which = np.array([places.setdefault(line, len(places)) for line in lines], np.int64)
        return self._table(which, [(f"{File(file).name}:{line}", file, line) if line else (UNKNOWN, "", 0) for file, line in places])

    @cached_property
    def _operations(self) -> list[ProfileRow]:
        opcode = self._tape.opcode[: self.instructions]
        known, which = np.unique(opcode & OPERATION, return_inverse=True)
        names = {int(code): self._reader.operation(int(np.flatnonzero(which == i)[0])) for i, code in enumerate(known) if code < FIRST_STRUCTURAL}
        numbers: dict[str, int] = {}
        owner = np.array([numbers.setdefault(names.get(int(code), ""), len(numbers)) for code in known], np.int64)[which]
        for k in np.flatnonzero(opcode >= RUN + FIRST_STRUCTURAL).tolist():  # whose names say more than their numbers
            owner[k] = numbers.setdefault(self._reader.operation(k), len(numbers))
        return self._table(owner, [(name, "", 0) for name in numbers])

    @cached_property
    def _spans(self) -> list[ProfileRow]:
        first, spans = self._reader.first, self._loops
        if not spans:
            import jittape.passes.loops  # noqa: F401  it puts itself into find_spans

            end = np.append(first, self._tape.slots)
            spans = [(int(end[a]), int(end[b]), words) for a, b, words in find_spans[0](self._tape)]
        owner = np.full(self.instructions, len(spans))
        for i, (start, stop, _) in enumerate(spans):
            owner[slice(*np.searchsorted(first, (start, stop)))] = i
        return self._table(owner, [*((words, "", 0) for *_, words in spans), (BETWEEN, "", 0)])

    def _table(self, owner: NDArray[np.int64], names: list[tuple[str, str, int]]) -> list[ProfileRow]:
        """Rows of the instructions that belong to each of these; leaves are a row of their own."""
        size = len(names) + 1
        owner = np.where(self._leaf, len(names), owner)
        forward, reverse, nbytes = (np.bincount(owner, w, size) for w in (self._forward, self._reverse, self._nbytes))
        calls = np.bincount(owner, minlength=size)
        rows = []
        for i, (what, filename, line) in enumerate([*names, (LEAVES, "", 0)]):
            if calls[i]:
                a, b = float(forward[i]), float(reverse[i])
                rows.append(ProfileRow(what, a, b, (a + b) / self.seconds, int(calls[i]), int(nbytes[i]), filename, line))
        return sorted(rows, key=lambda row: (-row.seconds, -row.calls, row.what))

    # --- shown -------------------------------------------------------------------------------------------------------------

    @property
    def tables(self) -> dict[str, list[ProfileRow]]:
        """What is printed: by line where lines are known, by operation, and by loop where loops are compiled."""
        found = {} if self._tape.lines is None else {"line": self.by_line()}
        found["operation"] = self.by_operation()
        if self.compiled:
            found["loop"] = self.by_loop()
        return found

    @property
    def heading(self) -> str:
        """The first lines of what is printed: the call, and its memory."""
        what = "a value and a pullback take" if self._pulled else "value and gradient take"
        how = f"{self.compiled:,} of {self.instructions:,} instructions in compiled loops" if self.compiled else f"{self.instructions:,} instructions, interpreted"
        fused = "\nits end is swept forward and back in one pass, whose time is shared out by that of two" if self._fused else ""
        return (f"{self.name}: {what} {duration(self.seconds)} (+- {self.spread:.0%}): forward {duration(self.forward)}, reverse {duration(self.reverse)}, "
                f"around them {duration(self.around)}\n{how}; {self.memory.stored:,} bytes of values and adjoints{fused}")  # fmt: skip

    def __str__(self) -> str:
        out = [self.heading]
        for by, rows in self.tables.items():
            out.append(f"{'share':>6}  {'forward':>8}  {'reverse':>8}  {'calls':>9}  {'bytes':>13}  {by}")
            for row in _folded(rows):
                code = f"  {row.code}" if row.code else ""
                text = _short(row.what + code)
                out.append(f"{row.share:>6.1%}  {duration(row.forward):>8}  {duration(row.reverse):>8}  {row.calls:>9,}  {row.nbytes:>13,}  {text}")
        return "\n".join(out)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        out = [heading(line) for line in self.heading.split("\n")]
        for by, rows in self.tables.items():
            cells = [
                (f"{r.share:.1%}", duration(r.forward), duration(r.reverse), f"{r.calls:,}", f"{r.nbytes:,}", f"{r.what}  {r.code}".strip()) for r in _folded(rows)
            ]
            out.append(table(("share", "forward", "reverse", "calls", "bytes", by), cells, numbers=5))
        return "".join(out)

    @property
    def svg(self) -> str:
        """The first table as bars, as a text in SVG."""
        by, rows = next(iter(self.tables.items()))
        shown = _folded(rows)
        most = max((row.seconds for row in shown), default=0.0) or 1.0
        labels = [_short(f"{row.what}  {row.code}".strip()) for row in shown]
        left = 16 + int(7.3 * max(map(len, labels), default=1))
        height = 58 + 22 * len(shown)
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + 420}" height="{height}" viewBox="0 0 {left + 420} {height}" font-family="monospace" font-size="12">',
               f'<rect width="{left + 420}" height="{height}" fill="#ffffff"/>',
               f'<text x="10" y="22" font-size="13">{html.escape(self.name)}, by {by}: {duration(self.seconds)}</text>',
               *(f'<rect x="{10 + 90 * i}" y="32" width="10" height="10" fill="{c}"/><text x="{25 + 90 * i}" y="41">{t}</text>' for i, (c, t) in enumerate(zip(COLOURS, ("forward", "reverse"), strict=True)))]  # fmt: skip
        for k, (row, label) in enumerate(zip(shown, labels, strict=True)):
            y, a, b = 52 + 22 * k, 320 * row.forward / most, 320 * row.reverse / most
            out.append(f'<text x="10" y="{y + 13}">{html.escape(label)}</text><rect x="{left}" y="{y}" width="{a:.1f}" height="16" fill="{COLOURS[0]}"/>'
                       f'<rect x="{left + a:.1f}" y="{y}" width="{b:.1f}" height="16" fill="{COLOURS[1]}"/><text x="{left + a + b + 6:.1f}" y="{y + 13}">{row.share:.1%}</text>')  # fmt: skip
        return "\n".join([*out, "</svg>"]) + "\n"

    def plot(self, by: str = "", ax: Any = None) -> Any:
        """A table as bars by matplotlib, forward and reverse; returns the axes.

        Args:
            by: "line", "operation" or "loop"; "" for the first table that is printed.
            ax: axes to draw on; None for new ones.

        Raises:
            ImportError: matplotlib is not installed; `print` shows the same as text, and `svg` as a picture.
            ValueError: another `by`; lines of a recording without them.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(np.exp(x) * x), np.ones(1000))
            >>> axes = F.profile(np.ones(1000)).plot()  # needs matplotlib  # doctest: +SKIP
        """
        tables = {"line": self.by_line, "operation": self.by_operation, "loop": self.by_loop}
        if by and by not in tables:
            raise ValueError(f'by is "line", "operation" or "loop", not {by!r}')
        by = by or next(iter(self.tables))
        rows = _folded(tables[by]())[::-1]
        if ax is None:
            plt = pyplot("Profile.plot", "print(profile) is the same as text, and profile.svg a picture")
            _, ax = plt.subplots(figsize=(8, 0.8 + 0.35 * len(rows)), layout="constrained")
        names = [_short(f"{row.what}  {row.code}".strip()) for row in rows]
        places = range(len(rows))
        unit, size = ("us", 1e-6) if self.seconds < 1e-3 else ("ms", 1e-3) if self.seconds < 1.0 else ("s", 1.0)
        forward = [row.forward / size for row in rows]
        ax.barh(places, forward, label="forward", color=COLOURS[0])
        ax.barh(places, [row.reverse / size for row in rows], left=forward, label="reverse", color=COLOURS[1])
        ax.set_yticks(list(places), names, family="monospace")
        ax.set_xlabel(unit)
        ax.set_title(f"{self.name}, by {by}")
        ax.legend()
        return ax


def _folded(rows: list[ProfileRow]) -> list[ProfileRow]:
    """The first rows, and what is left as one more."""
    if len(rows) <= SHOWN:
        return rows
    rest = rows[SHOWN - 1 :]
    more = ProfileRow(f"({len(rest):,} more)", *(sum(r[i] for r in rest) for i in range(1, 6)))  # type: ignore[arg-type, misc]
    return [*rows[: SHOWN - 1], more]


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."
