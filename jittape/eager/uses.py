"""Who still uses an object: questions to the interpreter, whose answers decide which memory is used again.

`unused` (tape/unused.py) asks whether a list holds the only reference to one of its elements: an ended tape that nobody looks at any more is
recorded on again. `holders` asks which objects of some classes refer to some others: compaction drops what no living tensor
or array needs, and renumbers those that live.

CPython answers exactly. It counts references, and the collector knows every object that refers to others (instances of Python
classes are among them, from their first moment to their last). Where that does not hold, memory is not used again; values and
derivatives are the same:

- Somebody else holds a reference (a debugger, a traceback, a cell of a notebook): the count is higher, and a holder that is
  kept alive is found as any other is.
- `gc.freeze()` hides objects from the collector: `holders` says that it cannot tell, once more are hidden than before this package was loaded.
- Another Python has no counts, or the collector's answers may be out of date: nothing is unused, and no holder can be told.

What neither sees is a slot number in a local variable. Code that holds one across a call that may compact counts itself in
`tape.busy`; for what a signal handler or a destructor does in the middle of such code, `interrupts` looks who has called.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from os import path
from typing import Any

from jittape.tape.unused import EXACT

FROZEN = gc.get_freeze_count()
"""How many objects the collector hides from the start: Python 3.12 counts its own immortal ones, and what was frozen before was none of ours."""

_ROOMS = tuple(path.join(path.dirname(path.dirname(__file__)), room, "") for room in ("array", "eager", "functions", "instructions", "passes", "sweep", "tape"))
"""Where the code stands that holds slot numbers."""
MADE = "<a function of jittape>"
"""The file of functions that are written while the package runs."""
_holds: dict[str, bool] = {}
"""File -> whether code in it holds slot numbers, of the files that were met."""


def interrupts() -> bool:
    """Whether the operation that asks was called in the middle of another one, by code that is not of these rooms."""
    frame = sys._getframe(1)
    within = True
    while frame is not None:  # from the operation outwards
        file = frame.f_code.co_filename
        holds = _holds.get(file)
        if holds is None:
            holds = _holds[file] = file.startswith(_ROOMS)
        if holds:
            if not within:
                return True
        elif within and file != MADE:
            within = False
        frame = frame.f_back  # type: ignore[assignment]
    return False


def holders(things: Sequence[Any], kinds: tuple[type, ...]) -> list[Any] | None:
    """The living objects of some classes that refer to some things directly; None where that cannot be told."""
    if not EXACT or gc.get_freeze_count() > FROZEN:
        return None
    return [holder for holder in gc.get_referrers(*things) if isinstance(holder, kinds)]
