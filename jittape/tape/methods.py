"""Methods of `Tape` that stand above it: in words, as a drawing, as a file, copied, compared. Importing this gives Tape them."""

from __future__ import annotations

from typing import Any

from jittape.tape import files
from jittape.tape.holding import Memory
from jittape.tape.holding import memory as held
from jittape.tape.tape import Tape


def __str__(self: Tape) -> str:
    from jittape.tape.listing import summary  # for start-up: few programs print a tape

    return summary(self)


def _repr_html_(self: Tape) -> str:
    from jittape.tape.display import block, heading  # for start-up, as above
    from jittape.tape.drawing import draw, drawable

    if not drawable(self):
        return block(str(self))
    return heading(repr(self)) + draw(self).svg


def listing(self: Tape, first: int = 0, count: int | None = None, loops: bool = False) -> str:
    """The instructions in words, one a line: see `jittape.tape.listing.listing`. With `loops`, the loops that they are, and no values."""
    from jittape.tape.listing import listing, loops_of  # for start-up, as above

    return loops_of(self) if loops else listing(self, first, count)


def to_dot(self: Tape, first: int = 0, count: int | None = None) -> str:
    """A drawing of the tape as text for Graphviz: see `jittape.tape.listing.to_dot`."""
    from jittape.tape.listing import to_dot  # for start-up, as above

    return to_dot(self, first, count)


def draw(self: Tape, fold: str = "auto") -> Any:
    """A picture of the tape, for Jupyter, files (`.save("tape.svg")`) and, by `print`, terminals: see `jittape.tape.drawing.draw`."""
    from jittape.tape.drawing import draw  # for start-up, as above

    return draw(self, fold)


def memory(self: Tape) -> Memory:
    """What a gradient by this recording takes: bytes stored and at the peak, and values that checkpointed parts compute again.

    Example:
        >>> import numpy as np, jittape as jt
        >>> part = jt.checkpoint(lambda x: np.sin(x) * np.cos(x))
        >>> F = jt.record(lambda x: np.sum(part(part(x))), np.ones(100))
        >>> held = F.tape.memory()
        >>> held.stored, held.recomputed, held.calls
        (4816, 800, 2)
    """
    return held(self)


def save(self: Tape, path: Any) -> None:
    """Write the tape to a file; `Tape.load(path)` reads it. Functions are saved whole by `Function.save`."""
    files.save_tape(self, path)


def load(path: Any, memory_limit: int | None = None) -> Tape:
    """Read a tape that `save` wrote, validated; nothing can be recorded on it.

    Args:
        path: the file.
        memory_limit: bytes that the tape may need; None for the limit of `jittape.set_memory_limit`, and without one
            64 bytes for each byte of the file, or 256 MB if that is more.

    Raises:
        TapeFileError: the file is damaged, of another version, or needs more memory than that.
    """
    return files.load_tape(path, memory_limit)


def copy(self: Tape) -> Tape:
    """A tape of its own with the same recording and values."""
    return files.copy(self)


def __deepcopy__(self: Tape, memo: Any) -> Tape:
    return self.copy()


def __reduce__(self: Tape) -> Any:
    return files.tape_from_bytes, (files.pack(self),)


def __eq__(self: Tape, other: object) -> bool:
    """Whether two tapes have the same instructions and, bit for bit, the same inputs, constants and parameters."""
    return files.same(self, other) if isinstance(other, Tape) else NotImplemented


def install(cls: type[Tape]) -> None:
    for method in (__str__, _repr_html_, listing, to_dot, draw, memory, save, copy, __deepcopy__, __reduce__, __eq__):
        method.__qualname__ = f"{cls.__name__}.{method.__name__}"
        setattr(cls, method.__name__, method)
    load.__qualname__ = f"{cls.__name__}.load"
    cls.load = staticmethod(load)  # type: ignore[method-assign]
    cls.__copy__ = copy  # type: ignore[method-assign]


install(Tape)
