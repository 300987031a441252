"""Writes the table of what `jittape.scipy` differentiates into docs/scipy.md: `python -m jittape.tools.scipy_table`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from jittape import scipy
from jittape.array import protocols
from jittape.scipy.declare import DECLARED

PAGE = Path(__file__).parents[2] / "docs" / "scipy.md"
BEGIN, END = "<!-- table: written by jittape.tools.scipy_table -->\n", "<!-- end of table -->"


def text() -> str:
    """The tables, one a module of SciPy's, as they stand on the page."""
    for room in scipy.ROOMS:
        importlib.import_module(f"jittape.scipy.{room}")
    protocols.load()
    rooms: dict[str, list[str]] = {}
    for path, declared in sorted(DECLARED.items()):
        room = next(r for r in sorted(scipy.ROOMS, key=len, reverse=True) if path.startswith(f"scipy.{r}."))
        name = path.removeprefix(f"scipy.{room}.")
        rooms.setdefault(room, []).append(f"| `{name}` | {declared.by} | {declared.note} |")
    parts = []
    for room in scipy.ROOMS:
        parts.append(f"\n### scipy.{room}\n")
        if room == "special":
            parts.append("Ufuncs, recorded wherever they are called: " + ", ".join(f"`{name}`" for name in protocols.special_names()) + ".\n")
        parts.append("| function | differentiated by | |\n|---|---|---|\n" + "\n".join(rooms.get(room, ())) + "\n")
    return "\n".join(parts) + "\n"


def page() -> str:
    """The page with the tables as they should be."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    return before + BEGIN + text() + END + rest.split(END)[1]


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
