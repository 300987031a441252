"""What a recorded function is, in words and as a table for Jupyter: inputs, paths with what each stands for, instructions, memory, loops."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.passes.leaves import computing
from jittape.replay import access
from jittape.replay.path import Path
from jittape.replay.paths import Paths

MOST = 5
"""Decisions of a path that are told; the rest is counted."""


@dataclass(frozen=True)
class PathDescription:
    """One path of a recorded function.

    Attributes:
        conditions: what it decided, in words, with how often; where there is another path, those that tell it from the last one first.
        instructions: that compute something.
        slots: numbers that a forward sweep computes and keeps.
        nbytes: of its recording.
        hits: replays.
        compiled: of the instructions, those that compiled loops carry out; None where none were looked for yet.
    """

    conditions: tuple[str, ...]
    instructions: int
    slots: int
    nbytes: int
    hits: int
    compiled: int | None


class Description:
    """What `F.describe()` returns: text by `print`, a table in Jupyter.

    Attributes:
        name, dtype: of the function.
        arguments, parameters: their structures in words.
        results: shapes of the leaves of the result.
        paths: a `PathDescription` each, that used last first.
    """

    def __init__(self, function: Paths) -> None:
        self.name, self.dtype = function.name, access.dtype(function)
        self.arguments = [tree.describe(x) for x in access.structure(function)]
        self.parameters = {name: tree.describe(x) for name, x in access.parameters(function).items()}
        self.results = [tuple(o.shape) if isinstance(o, Array) else np.shape(o) for o in access.last_path(function).outputs]
        self.paths = [_path(p, function.paths) for p in function.paths]

    def __str__(self) -> str:
        lines = [f"{self.name}({', '.join(self.arguments)}) -> {', '.join(map(str, self.results))}, {self.dtype}"]
        lines += [f"  parameter {name}: {what}" for name, what in self.parameters.items()]
        for k, p in enumerate(self.paths):
            lines.append(f"  path {k + 1} of {len(self.paths)}: {self._figures(p)}")
            lines += [f"    {text}" for text in p.conditions]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = []
        for k, p in enumerate(self.paths):
            conditions = "<br>".join(map(html.escape, p.conditions)) or "takes every argument"
            cells = (k + 1, f"{p.instructions:,}", f"{p.slots:,}", f"{p.nbytes:,}", f"{p.hits:,}", "" if p.compiled is None else f"{p.compiled:,}", conditions)
            rows.append("<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>")
        heads = ("path", "instructions", "slots", "bytes", "replays", "compiled", "where")
        head = html.escape(str(self).partition("\n")[0])
        return f"<p><code>{head}</code></p><table><tr>{''.join(f'<th>{h}</th>' for h in heads)}</tr>{''.join(rows)}</table>"

    @staticmethod
    def _figures(p: PathDescription) -> str:
        compiled = "" if p.compiled is None else f", {p.compiled:,} of them in compiled loops"
        return f"{p.instructions:,} instructions{compiled}, {p.slots:,} slots, {p.nbytes:,} bytes, {p.hits:,} replays"


def _path(path: Path, paths: tuple[Path, ...]) -> PathDescription:
    others = [_decisions(p) for p in paths if p is not path]
    own = _decisions(path)
    telling = sorted(own, key=lambda text: all(text in other for other in others)) if others else list(own)
    conditions = [f"{text}{f', {own[text]:,} times' if own[text] > 1 else ''}" for text in telling[:MOST]]
    if len(telling) > MOST:
        conditions.append(f"and {sum(own[t] for t in telling[MOST:]):,} decisions more")
    report = path.report
    return PathDescription(tuple(conditions), int(np.count_nonzero(computing(path.tape))), path.tape.slots, path.tape.nbytes, path.hits,
                           None if report is None else report.compiled)  # fmt: skip


def _decisions(path: Path) -> Counter[str]:
    guards = path.tape.guards
    return Counter(guards.describe(i) for i in range(len(guards))) if guards is not None else Counter()
