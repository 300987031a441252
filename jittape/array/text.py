"""The text of recorded values: it may be shown, and whatever else becomes of it is a derivative that is lost.

A function that is differentiated may print, log and raise what it likes. But a number that is read off a text, its length, or a
comparison of it is a constant, whatever the values are. So the text of a recorded value is a `str` that knows its tape: a text that
is made of it (a part of it, a sum of two) knows it, too, and everything else that is asked of it is remembered as a loss.
"""

from __future__ import annotations

import sys
from typing import Any
from weakref import ref

from jittape.tape.tape import Tape

LOST = (
    "the text of a recorded value is read here, which would drop its derivative in silence: show it (print, logging, the message of an "
    "error), and compute with the value itself; where the derivative is not wanted, take the text of jittape.stop_gradient(x)"
)
_KEPT = frozenset(("__doc__", "__getattribute__", "__getnewargs__", "__new__", "__repr__", "__str__", "__format__", "__sizeof__", "maketrans"))


SHOWING = frozenset(("pprint", "reprlib", "textwrap", "logging", "traceback", "warnings", "string", "io", "codecs", "unittest", "rich", "tqdm", "tabulate"))
"""Modules that look at a text to lay it out."""


def _is_shown(frame: Any) -> bool:
    """Whether who asks writes a text out (a stream in Python, which asks for its length), or lays it out."""
    return frame.f_code.co_name in ("write", "writelines") or frame.f_globals.get("__name__", "").partition(".")[0] in SHOWING


class Text(str):
    """The text of a recorded value, while its recording is under way."""

    __slots__ = ("tape",)
    tape: ref[Tape]

    def read(self) -> None:
        """Something other than a text is made of it."""
        tape = self.tape()
        if tape is not None and not tape.ended and not _is_shown(sys._getframe(2)):
            tape.lose(LOST)

    def __str__(self) -> str:
        return self

    def __repr__(self) -> str:
        return text(str.__repr__(self), self.tape)

    def __format__(self, spec: str) -> str:
        return text(str.__format__(self, spec), self.tape) if spec else self

    def __radd__(self, other: Any) -> Any:
        return text(str.__add__(other, self), self.tape) if isinstance(other, str) else NotImplemented

    def __float__(self) -> float:
        self.read()
        return float(str.__str__(self))

    def __int__(self) -> int:
        self.read()
        return int(str.__str__(self))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return str, (str.__str__(self),)

    def __copy__(self) -> str:
        return self

    def __deepcopy__(self, memo: Any) -> str:
        return self


def text(s: str, tape: ref[Tape]) -> Text:
    """A text that knows of which recording it is."""
    new = Text(s)
    new.tape = tape
    return new


def _reading(name: str) -> Any:
    method = getattr(str, name)

    def reading(self: Text, *args: Any, **kwargs: Any) -> Any:
        found = method(self, *args, **kwargs)
        if isinstance(found, str):
            return text(found, self.tape)
        if found is not NotImplemented:
            self.read()
        return found

    reading.__name__ = name
    return reading


for _name in vars(str):
    if _name not in _KEPT:
        setattr(Text, _name, _reading(_name))
