"""A function that is one long sum over its argument, by several threads: each takes pieces of the terms, and numbers do not depend on how many there are.

Pieces are of one length. The sums of their chunks are added up afterwards in the order of one thread. Where terms read neighbouring elements, the last
chunk of a piece leaves what it contributes to the next one aside; as contributions of earlier terms come first, the first chunk of that is gone through
once more, from there on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.ops.expressions import calls_functions
from jittape.ops.layout import CHUNK
from jittape.ops.spec import by_code
from jittape.replay.pieces import default_threads, in_pieces
from jittape.sweep.engine import LOOPS
from jittape.sweep.loops.elements import E_SIZE
from jittape.tape.tape import Tape

WORTHWHILE = 1e-3
"""Seconds of work from which threads are used."""
FUNCTION, ARITHMETIC = 1e-9, 6e-11
"""Seconds that an operation of a term takes there and back, where functions are called and where not."""
PIECE, SHARES = 32, 2
"""The least chunks of a piece, and how many pieces a thread takes: each costs some ten microseconds."""


def possible(tape: Tape) -> bool:
    """Whether a function's gradient can be found in pieces."""
    return tape.loops is not None and tape.loops.whole and tape.loops.rows[-1].reach <= CHUNK


def work(tape: Tape) -> float:
    """About how many seconds such a gradient takes."""
    ops = map(by_code, tape.loops.bodies[-1].codes)  # type: ignore[union-attr]
    return _terms(tape) * sum(FUNCTION if any(map(calls_functions, (op.z, *op.partials))) else ARITHMETIC for op in ops)


def _terms(tape: Tape) -> int:
    return int(tape.loops.rows[-1].data[E_SIZE])  # type: ignore[union-attr]


class Divided:
    """Value and gradient of a replay's tape.

    Args:
        counter: of the path's replays.
        shape: of the argument.
        slot: where the value stands.
        threads: how many; None for one a processor.
    """

    def __init__(self, tape: Tape, counter: Any, shape: tuple[int, ...], slot: int, threads: int | None) -> None:
        row = tape.loops.rows[-1]  # type: ignore[union-attr]  # see `possible`
        self._tape, self._counter, self._shape, self._slot = tape, counter, shape, slot
        self._threads = default_threads() if threads is None else threads
        self._chunks = -(-_terms(tape) // CHUNK)
        self._length = max(PIECE, -(-self._chunks // (self._threads * SHARES)))
        self._pieces = [(c, min(c + self._length, self._chunks)) for c in range(0, self._chunks, self._length)]
        self._room, self._sums = max(row.buffers, 1) * CHUNK, np.empty(self._chunks)
        self._over = np.empty((len(self._pieces), CHUNK + max(row.reach, 0)), tape.dtype)

    def find(self, x: Any, out: Any, only: bool) -> None:
        """Both, or with `only` the gradient, which is written to `out`; the arrays share no memory."""

        def call(name: str, over: Any, c: int, end: int) -> None:
            arrays = x, out, self._sums, np.empty(self._room, self._tape.dtype), over
            words = np.array([*(a.ctypes.data for a in arrays), only], np.int64)
            self._tape.engine.sweep(LOOPS + name)(self._tape.address, words.ctypes.data, c, end, self._tape.dtype.type(0.0))

        def piece(c: int, end: int) -> None:
            call("piece", self._over[c // self._length], c, end)

        in_pieces(piece, self._pieces, min(self._threads, len(self._pieces)), lambda _: None)
        call("joined", self._over, self._length, self._chunks)
        self._counter += 1

    def gradient(self, x: Any, out: Any) -> Any:
        """The gradient at an argument as it comes, in a new array or in `out`; None where these are no arrays for that."""
        return self._found(x, out, True)

    def both(self, x: Any, out: Any) -> Any:
        """Value and gradient, likewise."""
        found = self._found(x, out, False)
        return None if found is None else (self._tape.value[self._slot], found)

    def _found(self, x: Any, out: Any, only: bool) -> Any:
        if not self._fits(x) or not (out is None or (self._fits(out) and out.flags.writeable and not np.may_share_memory(x, out))):
            return None
        out = np.empty(self._shape, self._tape.dtype) if out is None else out
        self.find(x, out, only)
        return out

    def _fits(self, x: Any) -> bool:
        return type(x) is np.ndarray and x.dtype == self._tape.dtype and x.shape == self._shape and x.flags.c_contiguous and x.flags.aligned
