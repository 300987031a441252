"""A long loop that threads share: a group of runs, or turns of scalar instructions that do not depend on each other.

Each sweep of it says in which pieces threads take it, and what is added up afterwards (sweep/loops/pieces.py), so that the numbers are those of one thread,
to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.jit import Emitted, emitted
from jittape.instructions.references import referenced
from jittape.ops.expressions import calls_functions
from jittape.ops.layout import (
    C_ADJOINT,
    C_TANGENT,
    C_VALUE,
    CHUNK,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    KIND,
    RUN_REF,
    SCALAR_REF,
)
from jittape.ops.spec import by_code
from jittape.replay.pieces import in_pieces
from jittape.sweep.engine import LOOPS
from jittape.sweep.loops import elements, independent
from jittape.sweep.loops.body import (
    D_OPERANDS,
    D_SLOT,
    D_TURNS,
    FAR,
    FIXED,
    GATHER,
    LAG,
    STREAM,
    TURN,
    Body,
    data_operands,
    in_memory,
    widest,
)
from jittape.sweep.loops.elements import E_AGAIN, E_FETCHED, E_POSTED, E_POSTS, E_SIZE, E_SUM
from jittape.sweep.loops.parts import parts, posted, rooms
from jittape.sweep.loops.pieces import (
    W_DATA,
    W_FETCHED,
    W_KEPT,
    W_KERNEL,
    W_LIMITS,
    W_PLACES,
    W_POSTED,
    W_POSTS,
    W_ROOM,
    W_SUMS,
    W_TOTALS,
    W_WHAT,
    WORDS,
)
from jittape.sweep.vectors import kinds
from jittape.tape.loops import Row
from jittape.tape.tape import Tape

Longs = NDArray[np.int64]
FUNCTION, ARITHMETIC, MEMORY = 2e-9, 3e-10, 5e-10
"""Seconds that an operation of a turn takes there and back, where functions are called and where not, and what it has in memory, which several threads wait
for no less than one."""
PIECE, PARTS = 32, 2
"""The least chunks of a piece, and how many pieces a thread takes."""
KEEPING, MOST_KEPT = 3e-9, 1 << 24
"""Seconds that a contribution takes which is kept, in one thread, and how many at most are."""
SWEPT = {"forward": C_VALUE, "tangent": C_TANGENT, "reverse": C_ADJOINT}


class Kept(NamedTuple):
    """What of a reverse sweep is added after all pieces: by chunk and contribution where it stands, or -1, and the limit of it (see W_LIMITS)."""

    places: Longs
    limits: Longs
    numbers: int
    totals: int


def saving(body: Body, threads: int) -> float:
    """About how many seconds threads save of a turn, there and back."""
    ops = [by_code(code) for code in body.codes if FIRST_OPERATION <= code < FIRST_STRUCTURAL]
    alone = sum(FUNCTION if any(map(calls_functions, (op.z, *op.partials))) else ARITHMETIC for op in ops)
    memory = len({o.number for row in body.operands for o in row if o.kind != TURN}) + len(body.kept | body.outside)
    return max(alone - max(alone / threads, memory * MEMORY), 0.0)


class Share:
    """A loop that threads share.

    Attributes:
        row: the loop.
        sweeps: the names of the sweeps in which they do.
        buffers: chunks of memory that a piece works in, if that is more than what the loop does.
    """

    buffers = 0

    def __init__(self, row: Row, body: Body, turns: int, threads: int) -> None:
        self.row, self.body, self.turns, self.threads = row, body, turns, threads
        self.chunks = -(-turns // CHUNK)
        self.length = max(PIECE, -(-self.chunks // (threads * PARTS)))
        self.pieces = [(c, min(c + self.length, self.chunks)) for c in range(0, self.chunks, self.length)]
        self.sweeps: set[str] = set()
        self.each = turns * saving(body, threads) / 2
        """Seconds that threads save in a sweep."""
        self.alive: list[Any] = []
        self._idle: list[Any] = []

    def kernel(self, name: str, body: Body, dtype: np.dtype[Any], write: Callable[..., None]) -> int:
        """The address of one more kernel."""
        found: Emitted = emitted(name, f"{kinds(dtype, True)} {body.text}", lambda module, symbol: write(body, dtype, module, symbol), plain=True)
        self.alive.append(found)
        return found.address

    def words(self, **given: Any) -> Longs:
        """What pieces are told."""
        words = np.zeros(WORDS, np.int64)
        for name, x in given.items():
            words[WORD[name]] = x.ctypes.data if isinstance(x, np.ndarray) else x
        return words

    def room(self, size: int, dtype: Any) -> Any:
        """Memory to work in, which is handed back by `idle`."""
        try:
            return self._idle.pop()
        except IndexError:
            return np.empty(size, dtype)

    def in_pieces(self, tape: Tape, function: str, words: Callable[[int, int, Any], Longs], pieces: Sequence[tuple[int, int]] | None = None) -> None:
        """Let threads sweep the pieces; each works in memory of its own."""
        room = max(self.row.buffers, self.buffers, 1) * CHUNK

        def piece(c: int, end: int) -> None:
            mine = self.room(room, tape.dtype)
            call(tape, function, words(c, end, mine), c, end)
            self._idle.append(mine)

        pieces = self.pieces if pieces is None else pieces
        in_pieces(piece, pieces, min(self.threads, len(pieces)), lambda _: None)

    def saved(self) -> float:
        """Seconds that threads save, there and back."""
        return self.each * len(self.sweeps & {"forward", "reverse"})


WORD = {
    "data": W_DATA, "kernel": W_KERNEL, "what": W_WHAT, "sums": W_SUMS, "room": W_ROOM, "fetched": W_FETCHED, "places": W_PLACES, "limits": W_LIMITS,
    "kept": W_KEPT, "totals": W_TOTALS, "posts": W_POSTS, "posted": W_POSTED,
}  # fmt: skip


def call(tape: Tape, function: str, words: Longs, c: int, end: int) -> None:
    tape.engine.sweep(LOOPS + function)(tape.address, words.ctypes.data, c, end, tape.typed_zero)


class Runs(Share):
    """A group of runs."""

    def __init__(self, tape: Tape, row: Row, body: Body, threads: int, ends: bool) -> None:
        super().__init__(row, body, int(row.data[E_SIZE]), threads)
        self.sweeps |= {"forward", "tangent"}
        shared = replace(body, shared=True)
        self.refs = np.array([row.refs[n] for n in elements.posted(shared)], np.int64)
        self.data = row.data.copy()
        self.data[E_POSTED], self.data[E_POSTS] = self.refs.size, self.refs.ctypes.data
        self.buffers = 1 + int(row.data[E_FETCHED]) + self.refs.size
        self.kept = self._kept(tape)
        numbers = self.kept.numbers + self.kept.totals
        if numbers * KEEPING <= self.each / 2 and numbers < MOST_KEPT:
            self.sweeps.add("reverse")
            self.reversed = self.kernel("elements_reverse", shared, tape.dtype, elements.reverse)
            if ends:
                both = replace(shared, kept=frozenset())
                self.both, self.slopes = (self.kernel(f"elements_{f.__name__}", both, tape.dtype, f) for f in (elements.ending, elements.ending_slopes))

    def _kept(self, tape: Tape) -> Kept:
        """Which contributions are kept: of slots that several pieces reach, those of all but the first of them."""
        firsts = np.arange(0, self.turns, CHUNK)
        low, high = (np.empty((self.chunks, self.refs.size), np.int64) for _ in range(2))
        by_runs = np.zeros(self.refs.size, np.bool_)
        scalar = np.zeros(self.refs.size, np.bool_)
        for q, ref in enumerate(self.refs.tolist()):
            kind, base = tape.meta[ref] & KIND, tape.meta[ref + 1]
            by_runs[q], scalar[q] = kind == RUN_REF, kind == SCALAR_REF
            if by_runs[q]:
                low[:, q], high[:, q] = base + firsts, base + np.minimum(firsts + CHUNK, self.turns) - 1
            elif scalar[q]:
                low[:, q] = high[:, q] = base
            else:
                slots = referenced(tape, ref, self.turns).ravel()
                low[:, q], high[:, q] = np.minimum.reduceat(slots, firsts), np.maximum.reduceat(slots, firsts)
        places, limits = np.full(low.shape, -1, np.int64), np.zeros(low.shape, np.int64)
        sizes = np.zeros(low.shape, np.int64)
        for together in _sharing(low.min(axis=0), high.max(axis=0)):
            reached = -1
            for c, end in self.pieces:
                limits[c:end, together] = reached + 1
                if not (by_runs | scalar)[together].all():
                    _raise(low, high, limits, by_runs, together, c, end)
                reached = max(reached, int(high[c:end, together].max()))
        held = low < limits
        sizes[held] = CHUNK
        sizes[:, by_runs] = np.clip(limits - low, 0, CHUNK)[:, by_runs]
        sizes[:, scalar] = held[:, scalar]
        for mine in (scalar, ~scalar):
            ends = np.cumsum(sizes[:, mine]).reshape(sizes[:, mine].shape)
            places[:, mine] = np.where(held[:, mine], ends - sizes[:, mine], -1)
        return Kept(places, limits, int(sizes[:, ~scalar].sum()), int(sizes[:, scalar].sum()))

    def onward(self, tape: Tape, name: str) -> None:
        """Values, or tangents."""
        given = {"data": self.row.data, "kernel": self.row.forward if name == "forward" else tape.loops.tangent(self.row), "what": SWEPT[name]}  # type: ignore[union-attr]
        sums = np.empty(self.chunks)
        self.in_pieces(tape, "onward_piece", lambda c, end, room: self.words(**given, sums=sums, room=room))
        if self.row.data[E_SUM] >= 0:
            call(tape, "summed", self.words(**given, sums=sums), 0, self.chunks)

    def reverse(self, tape: Tape) -> None:
        """Adjoints."""
        self._reverse(tape, self.reversed, E_AGAIN, None)

    def both_ways(self, tape: Tape, valued: bool) -> None:
        """Values of the sum, if these are asked for, and adjoints, in one pass."""
        sums = np.empty(self.chunks) if valued else None
        self._reverse(tape, self.both if valued else self.slopes, E_FETCHED if valued else E_AGAIN, sums)
        if valued:
            call(tape, "summed", self.words(data=self.data, what=C_VALUE, sums=sums), 0, self.chunks)

    def _reverse(self, tape: Tape, kernel: int, fetched: int, sums: Any) -> None:
        kept, totals = np.empty(self.kept.numbers, tape.dtype), np.empty(self.kept.totals)
        given = {"data": self.data, "kernel": kernel, "fetched": self.data[fetched], "places": self.kept.places, "limits": self.kept.limits,
                 "kept": kept, "totals": totals, "sums": 0 if sums is None else sums}  # fmt: skip
        self.in_pieces(tape, "reverse_piece", lambda c, end, room: self.words(**given, room=room))
        call(tape, "reverse_kept", self.words(**given), 0, self.chunks)


def _sharing(low: Longs, high: Longs) -> list[list[int]]:
    """Ranges of slots that have some in common, or have them in common with others that do, together."""
    found: list[list[int]] = []
    reached = -1
    for q in np.argsort(low, kind="stable").tolist():
        if not found or low[q] > reached:
            found.append([])
        found[-1].append(q)
        reached = max(reached, int(high[q]))
    return found


def _raise(low: Longs, high: Longs, limits: Longs, by_runs: NDArray[np.bool_], together: list[int], c: int, end: int) -> None:
    """Set limits of a piece where some contributions are kept as a whole: what comes after them to the same slots is kept, too."""
    limit = int(limits[c, together[0]])
    for chunk in range(c, end):
        for q in sorted(together):
            limits[chunk, q] = limit
            if not by_runs[q] and low[chunk, q] < limit:
                limit = max(limit, int(high[chunk, q]) + 1)


class Turns(Share):
    """Turns of scalar instructions that do not depend on each other."""

    def __init__(self, tape: Tape, row: Row, body: Body, threads: int) -> None:
        super().__init__(row, body, int(row.data[D_TURNS]), threads)
        self.streams = sorted({o.number for r in body.operands for o in r if o.kind == STREAM})
        self.lists = sorted({o.number for r in body.operands for o in r if o.kind == GATHER})
        self.results = D_OPERANDS + 2 * data_operands(body)
        self.ends: list[tuple[int, int]] = []
        """Of sums, where data have the place of the last term's, and of the one before the first turn."""
        if not widest(body):
            self.sweeps |= {"forward", "tangent"}
        if body.order is not None:
            self._settle(tape)

    def _settle(self, tape: Tape) -> None:
        """Find out what is kept of the reverse sweep of vectors, if they are shared there."""
        body, data = self.body, self.row.data
        found = parts(body)
        assert found is not None
        targets = posted(body, found)
        if found.serial or any(o.kind == FIXED for o in targets):
            return
        places = in_memory(body)
        before = self.results + 2 * len(places)
        for q, (j, _) in enumerate(widest(body)):
            self.ends.append((self.results + 2 * places.index(j), before + q))
        self.posts = np.empty((0, 3), np.int64)
        self.top = 0
        """Chunks at the end of a piece of which contributions are kept."""
        if not body.apart:
            slots, steps = data[D_OPERANDS : self.results : 2], data[D_OPERANDS + 1 : self.results : 2]
            order = [(n, q) for n in body.order or () for q, o in enumerate(targets) if o.number == n]
            at = rooms(replace(body, apart=False), found).posted
            self.posts = np.array([(slots[n], steps[n], at[q]) for n, q in order], np.int64)
            ahead = np.array([(slots[n] - min(slots[k] for k, _ in order if _meet(slots, steps, n, k, self.turns))) // steps[n] for n, _ in order], np.int64)
            self.top = -(-int(ahead.max(initial=0)) // CHUNK)
            self.kept = self._kept(ahead)
            if self.kept.numbers * KEEPING > self.each / 2:
                return
            self.posting = self.kernel("turns_posting", body, tape.dtype, independent.posting)
        self.buffers = max(int(self.posts[:, 2].max(initial=-1)) + 1, self.row.buffers)
        self.sweeps.add("reverse")

    def _kept(self, ahead: Longs) -> Kept:
        limits = np.full((self.chunks, ahead.size), self.turns, np.int64)
        for c, end in self.pieces[:-1]:
            limits[c:end] = end * CHUNK - ahead
        firsts = np.arange(0, self.turns, CHUNK)[:, None]
        sizes = np.clip(firsts + CHUNK - limits, 0, CHUNK)
        ends = np.cumsum(sizes).reshape(sizes.shape)
        return Kept(np.where(sizes > 0, ends - sizes, -1), limits, int(sizes.sum()), 0)

    def part(self, c: int, end: int) -> Longs:
        """What kernels are told of the turns of chunks c to end."""
        first, data = c * CHUNK, self.row.data.copy()
        data[D_SLOT] += first * self.body.size
        data[D_TURNS] = min(end * CHUNK, self.turns) - first
        for n in self.streams:
            data[D_OPERANDS + 2 * n] += first * data[D_OPERANDS + 2 * n + 1]
        for n in self.lists:
            data[D_OPERANDS + 2 * n] += first * data.itemsize
        for at in range(self.results, self.results + 2 * len(in_memory(self.body)), 2):
            data[at] += first * data[at + 1]
        return data

    def onward(self, tape: Tape, name: str) -> None:
        """Values, or tangents."""
        kernel = self.row.forward if name == "forward" else tape.loops.tangent(self.row)  # type: ignore[union-attr]
        self._turns(tape, kernel, SWEPT[name], self.pieces, self.part)

    def _turns(self, tape: Tape, kernel: int, what: int, pieces: Sequence[tuple[int, int]], part: Callable[[int, int], Longs]) -> None:
        data = {piece: part(*piece) for piece in pieces}
        self.in_pieces(tape, "turns_piece", lambda c, end, room: self.words(data=data[c, end], kernel=kernel, what=what, room=room), pieces)

    def reverse(self, tape: Tape) -> None:
        """Adjoints: at the end of each piece but the last one by the kernel that leaves them in buffers."""
        g: Any = tape.adjoint
        data = self.row.data
        cells = np.empty((2, len(self.ends), len(self.pieces)), tape.dtype)
        places = (cells.ctypes.data - g.ctypes.data) // g.itemsize + np.arange(cells.size).reshape(cells.shape)
        last = [int(data[at] + (self.turns - 1) * data[at + 1]) for at, _ in self.ends]
        seeds = g[last]
        cells[0] = seeds[:, None]
        cells[1] = 0.0
        kept = np.empty(self.kept.numbers if self.top else 0, tape.dtype)
        given = {"data": data, "posts": self.posts, "posted": len(self.posts), "kept": kept}
        if self.top:
            given |= {"kernel": self.posting, "places": self.kept.places, "limits": self.kept.limits}

        def swept(c: int, end: int) -> None:
            room = self.room(max(self.buffers, 1) * CHUNK, tape.dtype)
            stop = max(end - self.top, c) if end < self.chunks else end
            if stop < end:
                call(tape, "reverse_turns_piece", self.words(**given, room=room), stop, end)
            if c < stop:
                mine = self.part(c, stop)
                for q, (at, before) in enumerate(self.ends):
                    mine[at : at + 2], mine[before] = (places[0, q, c // self.length], 0), places[1, q, c // self.length]
                call(tape, "turns_piece", self.words(data=mine, kernel=self.row.reverse, what=C_ADJOINT, room=room), c, stop)
            self._idle.append(room)

        in_pieces(swept, self.pieces[::-1], min(self.threads, len(self.pieces)), lambda _: None)
        if self.top:
            call(tape, "reverse_turns_kept", self.words(**given), 0, self.chunks)
        for (_, before), seed, at in zip(self.ends, seeds, last, strict=True):
            g[at] = 0.0
            g[data[before]] += seed


def _meet(slots: Longs, steps: Longs, n: int, k: int, turns: int) -> bool:
    """Whether operands n and k of equal steps share slots in so many turns."""
    by = slots[n] - slots[k]
    return bool(steps[n] == steps[k] and by % steps[n] == 0 and abs(by) < steps[n] * turns)


def independent_turns(row: Row, body: Body) -> bool:
    """Whether no turn of a loop reads what another one of it writes, but for sums."""
    kinds_of = {o.kind for r in body.operands for o in r}
    if not body.loop or FAR in kinds_of or (LAG in kinds_of and body.order is None):
        return False
    at = D_OPERANDS + 2 * data_operands(body)
    turns, written = int(row.data[D_TURNS]), row.data[at : at + 2 * len(in_memory(body))].reshape(-1, 2)
    spans = [tuple(sorted((a, a + step * (turns - 1)))) for a, step in written.tolist()]
    read = [(int(a.min()), int(a.max())) for a in row.lists]
    for n in {o.number for r in body.operands for o in r if o.kind in (STREAM, FIXED)}:
        a, step = row.data[D_OPERANDS + 2 * n : D_OPERANDS + 2 * n + 2].tolist()
        read.append(tuple(sorted((a, a + step * (turns - 1)))) if any(o.kind == STREAM and o.number == n for r in body.operands for o in r) else (a, a))
    return not any(a <= high and low <= b for a, b in spans for low, high in read)
