"""Writes the table of what `jittape.scipy` differentiates into docs/scipy.md: `python -m jittape.tools.scipy_table`."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jittape import scipy
from jittape.array import protocols
from jittape.ops.expressions import names
from jittape.ops.spec import BY_NAME, Op, by_code
from jittape.ops.table import UNKNOWN
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
            parts.append("Ufuncs, recorded wherever they are called:\n\n| function | differentiated by | recorded as |\n|---|---|---|\n" + "\n".join(ufuncs()) + "\n")
            parts.append("Other functions, of `jittape.scipy.special`:\n")
        parts.append("| function | differentiated by | |\n|---|---|---|\n" + "\n".join(rooms.get(room, ())) + "\n")
    return "\n".join(parts) + "\n"


MANY = 9
"""An order of derivatives that is not asked for."""


@cache
def order(op: Op, p: int) -> int:
    """How often an operation can be differentiated by an operand, MANY where there is no end to it."""
    if op.partials[p] == UNKNOWN:
        return 0
    inner = [BY_NAME[name] for name in names(op.partials[p]) & FOLLOWED]
    return 1 + min((order(q, p) for q in inner if p < q.arity), default=MANY)


FOLLOWED = frozenset(name for name in BY_NAME if re.search(r"_d[a-z]+$", name))
"""Operations that are derivatives by a parameter."""


def arguments(function: Any) -> list[str]:
    """The names of a ufunc's arguments: those of its rule, or of the line in its documentation that has no x1."""
    rule = protocols.FUNCTIONS.get(function)
    if rule is not None:
        return list(inspect.signature(rule).parameters)
    found = re.findall(rf"^\s*{function.__name__}\(([^)/\[]*)\)", function.__doc__, re.MULTILINE)
    return [name for name in found[-1].split(", ") if "=" not in name]


def ufuncs() -> list[str]:
    """A row for each ufunc of scipy.special that is recorded."""
    protocols.load_special()
    special = importlib.import_module("jittape.functions.special")
    scipys = importlib.import_module("scipy.special")
    codes = {f.__name__: code for f, code in protocols.scipy_ufuncs().items()}
    rows = []
    for name in protocols.special_names():
        given = arguments(getattr(scipys, name))
        if name in codes:
            op = by_code(codes[name])
            by = [x + {1: " once", 2: " twice"}.get(order(op, p), "") for p, x in enumerate(given) if p not in op.constant]
            how = f"operation `{op.name}`"
        else:
            by = [x for x in given if x not in special.REFUSED[name].split()]
            how = "a call of SciPy" if name in special.CALLED else "several operations"
        rows.append(f"| `{name}` | {', '.join(by)} | {how} |")
    return rows


def page(path: Path = PAGE) -> str:
    """The page with the tables as they should be."""
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    return before + BEGIN + text() + END + rest.split(END)[1]


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
