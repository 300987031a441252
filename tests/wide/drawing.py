"""What the generators of programs share: how a name, an index, a line of a table is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TypeVar

Entry = TypeVar("Entry")

Steps = Sequence[tuple[float, str]]
"""What stands for an axis in an index, each with the bound up to which it is taken; beyond the last one the index ends."""


def recent(random: Random, names: Sequence[str], evenly: float, rate: float) -> str:
    """One of the names: any of them with the chance `evenly`, else rather one of the last."""
    if random.random() < evenly:
        return names[random.randrange(len(names))]
    return names[len(names) - 1 - min(int(random.expovariate(rate)), len(names) - 1)]


def by_chance(chance: float, table: Iterable[tuple[float, Entry]]) -> Entry | None:
    """The first entry of the table whose bound is above `chance`, or None."""
    return next((entry for bound, entry in table if chance < bound), None)


def drawn_index(random: Random, shape: Sequence[int], steps: Steps, ellipsis: float) -> str:
    """An index of integers, slices and new axes that fits an array of this shape."""
    parts: list[str] = []
    for length in shape:
        step = by_chance(random.random(), steps)
        if step is None:
            break
        if step == "place":
            step = str(random.randrange(-length, length))
        elif step == "from":
            step = f"{random.randrange(0, length)}:"
        elif step == "to":
            step = f":{random.randrange(1, length + 1)}"
        parts.append(step)
    if random.random() < ellipsis:
        parts.append("...")
    return ", ".join(parts) or "..."


def filled(template: str, draw: Callable[[str], str]) -> str:
    """The template with what `draw` makes of each word between angle brackets, from left to right."""
    return re.sub(r"<([a-z ]+)>", lambda found: draw(found[1]), template)


def indented(lines: Iterable[str]) -> str:
    """Lines, which may be of several lines themselves, as the body of a function."""
    return "\n".join("    " + line for text in lines for line in text.split("\n"))


def rounded(random: Random, bound: float) -> float:
    """A number between -bound and bound, of two digits."""
    return round(random.uniform(-bound, bound), 2)
