"""Points whose function raised an error, while the others went on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Failure:
    """An error at one point, or of a chunk that could not be read or computed.

    Attributes:
        error: what was raised.
        chunk: the number of the chunk, from 0.
        row: of the point in its chunk; None where the error is that of the whole chunk.
        point: of the point among all; None where that is not known, of points in pieces.
        piece: what the chunk was loaded by, of points in pieces.

    Example:
        >>> from jittape.integrate.executor import Failure
        >>> print(Failure(ValueError("negative"), 0, row=3, point=3))
        row 3 of chunk 0, point 3: ValueError: negative
    """

    error: Exception
    chunk: int
    row: int | None = None
    point: int | None = None
    piece: Any = None

    def __str__(self) -> str:
        where = f"row {self.row} of chunk {self.chunk}" if self.row is not None else f"all of chunk {self.chunk}"
        more = f", point {self.point}" if self.point is not None else f", piece {self.piece!r}" if self.piece is not None else ""
        return f"{where}{more}: {type(self.error).__name__}: {self.error}"
