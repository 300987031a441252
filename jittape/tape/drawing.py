"""A tape as a picture: its instructions from top to bottom, what reads what as arcs beside them, folded where it is long."""

from __future__ import annotations

import html
import importlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from jittape.ops.layout import LEAVES, OPERATION
from jittape.tape.listing import Reader
from jittape.tape.tape import Tape

MOST = 60
"""Instructions that are drawn one by one; a longer tape is folded."""
ROW, TOP, CHARACTER, STEP = 22, 46, 7.2, 14
"""Pixels: the height of a row, of the heading, the width of a character, and between arcs."""
LANES = 18
"""How many arcs stand beside each other at most."""
COLOURS = {"input": "#bbdefb", "parameter": "#fff9c4", "constant": "#eeeeee", "loop": "#c8e6c9", "guard": "#ffccbc"}
SHOWN = 20_000
"""Instructions up to which a tape shows itself as a picture, if that has no more rows than MOST: others take too long, or do not fit."""
FOLDS = ("auto", "none", "lines", "loops")
find_spans: list[Callable[[Tape], list[tuple[int, int, str]]]] = []
"""What tells the loops of a tape as (first instruction, end, words): jittape/passes/loops.py, which stands above, puts itself here."""


@dataclass
class Row:
    """A line of the picture: one instruction, or many that are folded.

    Attributes:
        label: what is written.
        kind: by which it is coloured.
        count: instructions.
        reads: the rows that it reads, with how many operands.
        guards: what was decided here, and how often.
    """

    label: str
    kind: str = ""
    count: int = 1
    reads: Counter[int] = field(default_factory=Counter)
    guards: Counter[str] = field(default_factory=Counter)


class Drawing:
    """A picture of a tape: shown in Jupyter, saved by `save`, in words by `str`.

    Attributes:
        rows: what it shows.
        svg, dot: as a text in SVG, and for Graphviz.
    """

    def __init__(self, title: str, rows: list[Row]) -> None:
        self.title, self.rows = title, rows

    def __str__(self) -> str:
        """The rows in words, each with the rows that it reads."""
        wide = max((len(row.label) for row in self.rows), default=0)
        lines = [self.title]
        for k, row in enumerate(self.rows):
            reads = f"  <- {', '.join(f'#{j}' for j in sorted(row.reads))}" if row.reads else ""
            lines.append(f"#{k:<4}{row.label:<{wide}}{reads}".rstrip())
            lines.extend(f"     guard: {text}" for text in _guards(row))
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, as SVG or, where its name ends with .dot or .gv, for Graphviz.

        Raises:
            ValueError: another ending.
        """
        place = Path(path)
        if place.suffix not in (".svg", ".dot", ".gv"):
            raise ValueError(f"a drawing of a tape is saved as .svg, .dot or .gv, not as {place.suffix or 'a file without an ending'}")
        place.write_text(self.svg if place.suffix == ".svg" else self.dot, encoding="utf-8")

    @property
    def dot(self) -> str:
        nodes = [f"  r{k} [label={_quoted(_label(row))}, fillcolor={_quoted(COLOURS.get(row.kind, '#ffffff'))}];" for k, row in enumerate(self.rows)]
        edges = [f"  r{j} -> r{k}{f' [label={n}]' if n > 1 else ''};" for k, row in enumerate(self.rows) for j, n in sorted(row.reads.items())]
        return "\n".join(["digraph tape {", "  node [shape=box, style=filled, fontname=monospace];", *nodes, *edges, "}"])

    @property
    def svg(self) -> str:
        labels = [_label(row) for row in self.rows]
        wide = int(CHARACTER * max((len(t) for t in [*labels, self.title]), default=1)) + 20
        arcs, lanes = _placed(self.rows)
        width, height = wide + 30 + STEP * (lanes + 1), TOP + ROW * len(self.rows) + 10
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="monospace" font-size="12">',
               '<defs><marker id="read" markerUnits="userSpaceOnUse" markerWidth="7" markerHeight="6" refX="6" refY="3" orient="auto"><path d="M0,0 L7,3 L0,6 z" fill="#5c6bc0"/></marker></defs>',
               f'<rect width="{width}" height="{height}" fill="#ffffff"/>', f'<text x="10" y="24" font-size="13">{html.escape(self.title)}</text>']  # fmt: skip
        for k, (row, label) in enumerate(zip(self.rows, labels, strict=True)):
            y = TOP + ROW * k
            colour = COLOURS["guard"] if row.guards else COLOURS.get(row.kind, "#ffffff")
            hint = f"<title>{html.escape(chr(10).join(_guards(row)))}</title>" if row.guards else ""
            out.append(f'<g>{hint}<rect x="8" y="{y - 15}" width="{wide}" height="{ROW - 3}" rx="3" fill="{colour}" stroke="#9e9e9e" stroke-width="0.6"/>'
                       f'<text x="14" y="{y}">{html.escape(label)}</text></g>')  # fmt: skip
        for j, k, lane, count in arcs:
            a, b, x = TOP + ROW * j - 5, TOP + ROW * k - 7, wide + 8 + STEP * (lane + 1)
            out.append(f'<path d="M{wide + 8},{a} C{x},{a} {x},{b} {wide + 10},{b}" fill="none" stroke="#5c6bc0" stroke-opacity="0.6" '
                       f'stroke-width="{min(0.9 + 0.25 * np.log2(count), 4):.1f}" marker-end="url(#read)"/>')  # fmt: skip
        return "\n".join([*out, "</svg>"]) + "\n"


def _label(row: Row) -> str:
    n = row.guards.total()
    return row.label + (f"   [{n:,} guard{'s' if n > 1 else ''}]" if n else "")


def _guards(row: Row) -> Iterator[str]:
    """What was decided at a row, a line each, in the order of the first time."""
    return (f"{text}{f', {n:,} times' if n > 1 else ''}" for text, n in row.guards.items())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _placed(rows: list[Row]) -> tuple[list[tuple[int, int, int, int]], int]:
    """Arcs as (row that is read, row that reads, how far out, operands): long ones farther out."""
    arcs = [(j, k, n) for k, row in enumerate(rows) for j, n in row.reads.items()]
    far = {arc: min(int(2 * abs(arc[1] - arc[0]) ** 0.7), LANES) for arc in arcs}
    return [(j, k, far[(j, k, n)], n) for j, k, n in arcs], max(far.values(), default=0)


def draw(tape: Tape, fold: str = "auto") -> Drawing:
    """A picture of a tape, from its first instruction at the top to its last.

    Args:
        tape: the tape.
        fold: "none": an instruction a row. "lines": a row for each source line (of a recording with `source=True`) of a stretch. "loops": a row for
            each loop, and for each stretch between. "auto" draws short tapes whole, and folds long ones by lines where these are
            known, else by loops.

    Returns:
        A `Drawing`.

    Raises:
        ValueError: another `fold`; lines of a tape that was recorded without them.

    Example:
        >>> import jittape as jt
        >>> print(jt.record(lambda x: x * x + 1.0, 3.0).tape.draw())
        a tape of 4 instructions
        #0   %0 = input   3
        #1   %1 = mul       <- #0
        #2   %2 = constant 1
        #3   %3 = add       <- #1, #2
    """
    if fold not in FOLDS:
        raise ValueError(f"fold is one of {', '.join(map(repr, FOLDS))}, not {fold!r}")
    if fold == "lines" and tape.lines is None:
        raise ValueError('source lines are known of recordings with source=True: jittape.record(f, x, source=True).tape.draw(fold="lines")')
    if fold == "auto":
        fold = "none" if tape.count <= MOST else "lines" if tape.lines is not None else "loops"
    reader = Reader(tape)
    labels, owner = {"none": _one_by_one, "lines": _by_lines, "loops": _by_loops}[fold](reader)
    rows = [Row(label, kind, count) for label, kind, count in labels]
    _connect(reader, rows, owner)
    how = {"none": "", "lines": ", folded by source line", "loops": ", folded by loop"}[fold]
    return Drawing(f"a tape of {tape.count:,} instructions{how}", rows)


def drawable(tape: Tape) -> bool:
    """Whether a tape shows itself as a picture, without being asked to."""
    if tape.count <= MOST:
        return True
    if tape.count > SHOWN:
        return False
    if tape.lines is not None:
        return len(set(tape.lines)) <= MOST
    if not find_spans:
        importlib.import_module("jittape.passes.loops")
    return len(find_spans[0](tape)) <= MOST // 2


Labels = list[tuple[str, str, int]]


def _one_by_one(reader: Reader) -> tuple[Labels, Any]:
    labels = []
    for k in range(reader.tape.count):
        what, leaf = reader.operation(k), int(reader.opcode[k]) & OPERATION in LEAVES
        value = f" {reader.value(k)}" if leaf else ""
        labels.append((f"{reader.place(k)} = {what}{value if what != 'input' else f'  {value}'}", what, 1))
    return labels, np.arange(reader.tape.count)


def _by_lines(reader: Reader) -> tuple[Labels, Any]:
    lines = reader.tape.lines
    assert lines is not None
    rows: dict[Any, int] = {}
    members: list[list[int]] = []
    owner = np.empty(reader.tape.count, np.int64)
    for k in range(reader.tape.count):
        leaf = int(reader.opcode[k]) & OPERATION in LEAVES
        key = reader.operation(k) if leaf else lines[k] if k < len(lines) else ("", 0)
        owner[k] = rows.setdefault(key, len(rows))
        if owner[k] == len(members):
            members.append([])
        members[owner[k]].append(k)
    labels = []
    for key, mine in zip(rows, members, strict=True):
        if isinstance(key, str):
            labels.append((f"{len(mine):,} {key}{'s' if len(mine) > 1 else ''}", key, len(mine)))
        else:
            labels.append((f"{Path(key[0]).name}:{key[1]}  {_kinds(reader, mine)}", "", len(mine)))
    return labels, owner


def _by_loops(reader: Reader) -> tuple[Labels, Any]:
    if not find_spans:
        importlib.import_module("jittape.passes.loops")
    labels: Labels = []
    owner = np.empty(reader.tape.count, np.int64)
    done = 0
    for first, end, words in [*sorted(find_spans[0](reader.tape)), (reader.tape.count, reader.tape.count, "")]:
        for label, kind, ks in _between(reader, done, first):
            owner[ks] = len(labels)
            labels.append((label, kind, len(ks)))
        if end > first:
            owner[first:end] = len(labels)
            labels.append((words, "loop", end - first))
        done = max(done, end)
    return labels, owner


def _between(reader: Reader, first: int, end: int) -> Iterator[tuple[str, str, list[int]]]:
    """Instructions that are no loop: leaves, and the others, of a stretch."""
    leaves = [k for k in range(first, end) if int(reader.opcode[k]) & OPERATION in LEAVES]
    others = [k for k in range(first, end) if int(reader.opcode[k]) & OPERATION not in LEAVES]
    for kind in dict.fromkeys(reader.operation(k) for k in leaves):
        mine = [k for k in leaves if reader.operation(k) == kind]
        yield f"{len(mine):,} {kind}{'s' if len(mine) > 1 else ''}" if len(mine) > 1 else f"{reader.place(mine[0])} = {kind}", kind, mine
    if others:
        yield f"{reader.place(others[0])} ...  {_kinds(reader, others)}" if len(others) > 1 else f"{reader.place(others[0])} = {reader.operation(others[0])}", "", others


def _kinds(reader: Reader, ks: list[int]) -> str:
    """The operations of some instructions, the most frequent first."""
    found = Counter(reader.operation(k) for k in ks).most_common()
    text = ", ".join(f"{n:,} {name}" if n > 1 else name for name, n in found[:4])
    return text + (", ..." if len(found) > 4 else "")


def _connect(reader: Reader, rows: list[Row], owner: Any) -> None:
    """What each row reads, and what was decided there."""
    tape = reader.tape
    for k in range(tape.count):
        for j in reader.reads(k).tolist():
            if owner[j] != owner[k]:
                rows[owner[k]].reads[int(owner[j])] += 1
    guards = tape.guards
    for i in range(0 if guards is None else len(guards)):
        assert guards is not None
        start, *_ = guards[i]
        rows[owner[int(reader.writer(guards.slots[start]))]].guards[guards.describe(i)] += 1
