"""How a batch is shared out: what every function of this room is told beside what it computes."""

from __future__ import annotations

from collections.abc import MutableSequence
from dataclasses import dataclass
from typing import Any

from jittape.integrate.executor.failures import Failure
from jittape.replay import access, batch
from jittape.replay.function import Function

CHUNKS = 256
"""Chunks that a long batch is split into, about."""
LEAST_SECONDS = 0.02
"""Work of a chunk, about, below which handing it out would take a good part of the time."""
MOST_BYTES = 1 << 22
"""Bytes of arguments, or of results, that a chunk has at most."""


@dataclass(frozen=True)
class Options:
    """See `maps.map_grad`."""

    name: str
    executor: Any
    chunk: int | None
    retries: int
    local: bool
    failures: MutableSequence[Failure] | None = None
    checkpoint: Any = None

    def __post_init__(self) -> None:
        if self.chunk is not None and (
            not isinstance(self.chunk, int) or isinstance(self.chunk, bool) or self.chunk < 1
        ):
            raise ValueError(f"chunk is a number of points, 1 or more, or None, not {self.chunk!r}")
        if not isinstance(self.retries, int) or isinstance(self.retries, bool) or self.retries < 0:
            raise ValueError(
                f"retries is how often a chunk is given to the executor again, 0 or more, not {self.retries!r}"
            )
        if self.failures is not None and not isinstance(self.failures, MutableSequence):
            raise TypeError(f"failures is a list, to which the points that fail are appended, or None, not {self.failures!r}")

    def rows(self, function: Function, points: int, row_bytes: int) -> int:
        """Points of a chunk. It does not depend on the executor, so that sums do not."""
        if self.chunk is not None:
            return self.chunk
        seconds = batch.OPERATION * (access.last_path(function).tape.slots + 1)
        least = min(int(LEAST_SECONDS / seconds) + 1, MOST_BYTES // max(row_bytes, 1))
        most = max(MOST_BYTES // max(row_bytes, 1), 1)
        rows = max(min(max(-(-points // CHUNKS), least), most), 1)
        return rows if rows < batch.BLOCK else rows // batch.BLOCK * batch.BLOCK
