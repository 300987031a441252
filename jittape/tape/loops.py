"""The compiled loops of a tape, as its sweeps have them: see sweep/loops/driver.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEAD = 3
"""Of the table: the number of loops, and the addresses of the interpreter's sweeps."""
FIELDS = 6


class Loops:
    """A table of loops, and what has to stay alive for it.

    Args:
        rows: (first instruction, end, first slot, address of the forward kernel, of the reverse kernel, data) of each loop, in order.
        forward, reverse: addresses of the interpreter's sweeps.
        alive: what the kernels live in.
    """

    def __init__(self, rows: Sequence[tuple[int, int, int, int, int, NDArray[np.int64]]], forward: int, reverse: int, alive: Any) -> None:
        self.rows = list(rows)
        self._alive = alive
        table = [len(self.rows), forward, reverse]
        for *numbers, data in self.rows:
            table += [*numbers, data.ctypes.data]
        self._table = np.array(table, np.int64)
        self.address: int = self._table.ctypes.data
