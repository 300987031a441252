"""Hessians and Jacobians of recorded functions by their entries: a path whose results are the coefficients of their terms.

`eliminate.entries` writes them onto a copy of the path's tape; what they do not depend on is dropped. The tape that is left
is replayed as any other, at a point or in lanes, and its results are collected into a dense matrix, into the data of a
sparse one, or multiplied with vectors. Where elimination would cost more than that is worth, it is refused and products
with vectors (replay/hessians.py) stand in.
"""

from __future__ import annotations

from array import array
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.compiler.ndarrays import known
from jittape.errors import GradientError
from jittape.instructions.base import Refused
from jittape.instructions.references import Slots, reference, run_slots
from jittape.ops.layout import UNFIT
from jittape.passes import eliminate
from jittape.passes.renumber import prune
from jittape.passes.reroll import writable
from jittape.replay.batch_methods import Batches
from jittape.replay.builtins import PRODUCT, builtins_of
from jittape.replay.path import Path, Replay
from jittape.replay.paths import Derived, Use, write
from jittape.sweep.engine import entry_sweep
from jittape.sweep.point.enter import ALONG, ARRAY, WORDS
from jittape.sweep.point.entries import (
    E_COUNT,
    E_EXTRA,
    E_EXTRA_PIECES,
    E_EXTRA_PIECES_AT,
    E_EXTRA_PLACE,
    E_EXTRA_SOURCE,
    E_LENGTH,
    E_NDIM,
    E_PIECES,
    E_PIECES_AT,
    E_PLACE,
    E_SHAPE,
    E_SOURCE,
    ENTRIES,
)

if TYPE_CHECKING:
    from jittape.replay.paths import Paths
    from jittape.tape.tape import Tape

SHORTEST = 8
"""Entries of a piece, on the average."""
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class Lists:
    """Gather lists of references that belong to no tape."""

    def __init__(self) -> None:
        self.index = array("i")

    def gather_list(self, slots: Ints) -> int:
        first = len(self.index)
        self.index.frombytes(np.ascontiguousarray(slots, np.int32).tobytes())
        return first


class Collection:
    """How entries are collected into an array of one shape: the description that native code reads, and what it points to.

    Args:
        shape: of the result.
        source, place: the slot of each entry, and its place in the result (None where it holds just the entries).
        extra: slots and places of further coefficients.
    """

    def __init__(self, shape: tuple[int, ...], source: Ints, place: Longs | None, extra: tuple[Ints, Longs]) -> None:
        self.shape = shape
        self.source, self.place, self.extra = source, place, extra
        self.lengths = np.array(shape, np.int64)
        self.words = np.zeros(ENTRIES, np.int64)
        w = self.words
        w[E_NDIM], w[E_SHAPE], w[E_LENGTH] = len(shape), self.lengths.ctypes.data, int(np.prod(self.lengths))
        w[E_COUNT], w[E_SOURCE], w[E_PLACE] = source.size, source.ctypes.data, 0 if place is None else place.ctypes.data
        w[E_EXTRA], w[E_EXTRA_SOURCE], w[E_EXTRA_PLACE] = extra[0].size, extra[0].ctypes.data, extra[1].ctypes.data
        self._pieces = _pieces(source, np.arange(source.size) if place is None else place), _pieces(*extra)
        for pieces, count, at in zip(self._pieces, (E_PIECES, E_EXTRA_PIECES), (E_PIECES_AT, E_EXTRA_PIECES_AT), strict=True):
            if pieces is not None:
                w[count], w[at] = len(pieces), pieces.ctypes.data
        self.address = int(w.ctypes.data)

    def of_batch(self, values: NDArray[Any], column: Ints) -> NDArray[Any]:
        """The same of many points: [points, results of the path] -> [points, *shape]; `column` is a slot's place among the results."""
        out = np.zeros((len(values), int(self.words[E_LENGTH])), values.dtype)
        out[:, slice(None) if self.place is None else self.place] = values[:, column[self.source]]
        slots, place = self.extra
        if place.size:
            np.add.at(out, (slice(None), place), values[:, column[slots]])  # type: ignore[arg-type]
        return out.reshape(len(values), *self.shape)


def _pieces(source: Ints, place: Longs) -> Longs | None:
    """Slots and their places as pieces that move by equal steps (sweep/point/entries.py), in banded matrices the terms of a band; None where
    these are short. What goes to one place stays in its order."""
    if source.size < SHORTEST:
        return None
    rank = _times(place, np.arange(place.size))
    copy = _times(source, place)
    copy[np.isin(source, source[copy >= SHORTEST])] = 0  # a constant, which goes to all of a band
    order = np.lexsort((place, source, copy, rank))
    slots, places = source[order].astype(np.int64), place[order]
    steps, by = np.diff(slots), np.diff(places)
    breaks = np.flatnonzero((steps[1:] != steps[:-1]) | (by[1:] != by[:-1]) | (rank[order][2:] != rank[order][1:-1])) + 2
    firsts = np.concatenate(([0], breaks))
    if firsts.size * SHORTEST > source.size:
        return None
    inside = np.minimum(firsts, source.size - 2)  # of one number alone the steps are of no use
    return np.stack([slots[firsts], steps[inside], places[firsts], by[inside], np.diff(firsts, append=source.size)], axis=1)


def _times(x: NDArray[Any], order: NDArray[Any]) -> Longs:
    """How often each number was met before, if one goes through them in this order."""
    ranked = np.lexsort((order, x))
    starts = np.flatnonzero(np.concatenate(([True], x[ranked[1:]] != x[ranked[:-1]])))
    found = np.empty(x.size, np.int64)
    found[ranked] = np.arange(x.size) - np.repeat(starts, np.diff(starts, append=x.size))
    return found


class Terms:
    """The terms of a Hessian as native code reads them for products with vectors, and the description of where they are."""

    def __init__(self, meta: Ints, index: Ints, count: int) -> None:
        self.meta, self.index = meta, index
        self.words = np.array([meta.ctypes.data, index.ctypes.data, count], np.int64)
        self.address = int(self.words.ctypes.data)


class EntriesPath(Path):
    """A path whose results are the coefficients of a matrix of derivatives of another path.

    Attributes:
        n: the number of variables.
        indptr, indices: the pattern, as of a csr_array, both int32.
        sparse_entries: how the entries of the matrix are collected in the order of the pattern.
        dense_entries: how the matrix is collected as an array, of Hessians only.
    """

    dense_entries: Collection | None = None

    def __init__(self, base: Path) -> None:
        self.base = base
        if not self.promising(base):
            raise Refused
        tape, to = writable(base.shown())
        inputs = [to[start:stop] for start, stop, _ in base.inputs]
        end = tape.slots
        terms = self.find(tape, to, inputs)
        coefficients = []
        for t in terms:
            slots = np.int32(tape.constant(t.c.number)) if t.c.array is None else t.c.array.slots  # type: ignore[arg-type]
            coefficients.append(np.broadcast_to(slots, t.a.shape))
        new, by = prune(tape, coefficients)
        self.n = sum(stop - start for start, stop, _ in base.inputs)
        variable = np.zeros(end, np.int32)
        at = 0
        for slots in inputs:
            variable[slots] = np.arange(at, at + slots.size)
            at += slots.size
        self._terms = [(variable[t.a], self.other(t, variable, end), _moved(c, by)) for t, c in zip(terms, coefficients, strict=True)]
        wanted = np.zeros(new.slots, bool)
        for _, _, c in self._terms:
            wanted[c] = True
        results = np.flatnonzero(wanted).astype(np.int32)
        self.column = np.zeros(new.slots, np.int32)
        self.column[results] = np.arange(results.size)
        new.evaluate()
        new.end()

        def moved(places: list[Any]) -> list[Any]:
            return [(0, 0, shape) if s == e else ((first := int(to[s] + by[to[s]])), first + e - s, shape) for s, e, shape in places]

        super().__init__(new, moved(base.inputs), moved(base.parameters), [Array.of(new, results)], _first, base.forms)
        self._collections()
        self.pool = [EntriesReplay(self, self.replayed)]

    def find(self, tape: Tape, to: Ints, inputs: list[Slots]) -> list[eliminate.Term]:
        """The terms, whose coefficients are appended to a copy of the tape; `to` are its slots of those of the path."""
        raise NotImplementedError

    def other(self, term: eliminate.Term, variable: Ints, end: int) -> Any:
        """Of the places of a term, the variables or rows that belong to its slots b."""
        raise NotImplementedError

    def _collections(self) -> None:
        raise NotImplementedError

    def _collect(self, rows: list[Ints], columns: list[Ints], slots: list[Ints], count: int) -> tuple[Longs, Longs, tuple[Ints, Ints]]:
        """Find the pattern of `count` rows; returns (places of the entries and of further coefficients, row by row, and the slots of both)."""
        n = max(self.n, 1)
        key = np.concatenate([np.zeros(0, np.int64), *(r.astype(np.int64) * n + c for r, c in zip(rows, columns, strict=True))])
        slot = np.concatenate([np.zeros(0, np.int32), *slots]).astype(np.int32)
        order = np.argsort(key, kind="stable")
        key, slot = key[order], slot[order]
        first = np.concatenate(([True], key[1:] != key[:-1])) if key.size else np.zeros(0, bool)
        entry = np.cumsum(first) - 1
        place = key[first]
        self.indices = (place % n).astype(np.int32)
        self.indptr = np.searchsorted(place, np.arange(count + 1, dtype=np.int64) * n).astype(np.int32)
        self.indices.flags.writeable = self.indptr.flags.writeable = False  # every matrix that is returned has these very arrays
        source, more = np.ascontiguousarray(slot[first]), np.ascontiguousarray(slot[~first])
        self.sparse_entries = Collection((place.size,), source, None, (more, np.ascontiguousarray(entry[~first])))
        return place, key[~first], (source, more)

    def promising(self, base: Path) -> bool:
        """Whether elimination may be worth while, by a look at the path."""
        return True

    def another(self) -> Replay:
        return EntriesReplay(self, super().another().tape)


class HessianPath(EntriesPath):
    """The same of the Hessian of a path whose result is one number.

    Attributes:
        dense_entries: how the Hessian as an array (of two axes, or twice those of the only argument) is collected.
    """

    def promising(self, base: Path) -> bool:
        return not eliminate.expands(base.shown(), [(start, stop) for start, stop, _ in base.inputs])

    def find(self, tape: Tape, to: Ints, inputs: list[Slots]) -> list[eliminate.Term]:
        return [] if self.base.constant else eliminate.entries(tape, int(to[self.base.seed]), inputs)

    def other(self, term: eliminate.Term, variable: Ints, end: int) -> Any:
        return None if term.diagonal else variable[term.b]

    def _collections(self) -> None:
        n = self.n
        rows: list[Ints] = []
        columns: list[Ints] = []
        slots: list[Ints] = []
        for a, b, c in self._terms:
            high, low = (a, a) if b is None else (np.maximum(a, b), np.minimum(a, b))  # so both triangles add up in one order
            for row, column in ((high, low),) if b is None else ((high, low), (low, high)):
                rows.append(row)
                columns.append(column)
                slots.append(c)
        place, again, (source, more) = self._collect(rows, columns, slots, n)
        shape = self.inputs[0][2] if len(self.inputs) == 1 else (n,)
        self.dense_entries = Collection(shape + shape, source, place, (more, again))

    @cached_property
    def products(self) -> Terms:
        """Records of the terms, for products with vectors."""
        lists = Lists()
        meta: list[int] = []
        for a, b, c in sorted(self._terms, key=lambda term: term[0].size):
            for slots in (a, a if b is None else b, c):
                meta += reference(lists, slots, slots.shape)  # type: ignore[arg-type]
            meta += (a.size, b is None)
        return Terms(np.array(meta or [0], np.int32), np.array(lists.index or [0], np.int32), len(self._terms))


class JacobianPath(EntriesPath):
    """The same of the Jacobian of a path whose result is one array."""

    @property
    def rows(self) -> Slots:
        """The slots of the result, in order."""
        found: Slots = self.base.outputs[0].slots.reshape(-1)
        return found

    def find(self, tape: Tape, to: Ints, inputs: list[Slots]) -> list[eliminate.Term]:
        return eliminate.jacobian_entries(tape, to[self.rows], inputs)

    def other(self, term: eliminate.Term, variable: Ints, end: int) -> Any:
        return term.b - np.int32(end)

    def _collections(self) -> None:
        self._collect([b for _, b, _ in self._terms], [a for a, _, _ in self._terms], [c for _, _, c in self._terms], self.rows.size)


def _first(leaves: list[Any]) -> Any:
    return leaves[0]


def _moved(slots: Slots, by: NDArray[np.int32]) -> Slots:
    """Slots on the pruned tape, as a view of one number or of the shared arange where they were one."""
    if not any(slots.strides):
        return np.broadcast_to(slots.flat[:1] + by[slots.flat[0]], slots.shape)
    new = slots + by[slots]
    return run_slots(int(new[0]), new.size) if (np.diff(new) == 1).all() else new


class EntriesReplay(Replay):
    """A replay that collects entries."""

    __slots__ = ()

    def write(self, to: Collection, out: NDArray[Any]) -> None:
        """Collect the entries after `forward` into a contiguous array."""
        tape = self.tape
        entry_sweep("entries", tape.dtype)(self.value.ctypes.data, to.address, out.ctypes.data, tape.typed_zero)

    def add_products(self, vectors: NDArray[Any], out: NDArray[Any]) -> None:
        """Add the Hessian times each row of a contiguous array to a row of `out`."""
        tape, path = self.tape, self.path
        assert isinstance(path, HessianPath)
        tape.bind()
        sweep, scratch = entry_sweep("products", tape.dtype), int(tape.scratch.ctypes.data)  # type: ignore[union-attr]
        for v, y in zip(vectors, out, strict=True):
            sweep(self.value.ctypes.data, path.products.address, v.ctypes.data, y.ctypes.data, scratch, tape.typed_zero)


class Entries(Derived, Batches):
    """x -> the coefficients of a matrix of derivatives of a recorded function, on whatever path x takes.

    Raises:
        Refused: elimination is not worth while on the path of the function that was used last.
    """

    kind: type[EntriesPath]
    refused: str
    """Under this name a path keeps that elimination was refused."""

    def __init__(self, function: Paths) -> None:
        Derived.__init__(self, function)
        path = self.made(function._path)
        Batches.__init__(self, path, function._structure, function._rebuild, function.name, parameters=function._parameters, constants=function._constants,
                         max_paths=function.max_paths, compile=function._compiles, threads=function._threads)  # fmt: skip

    def made(self, base: Path) -> EntriesPath:
        """The entries of a path."""
        try:
            return self.kind(base)
        except Refused:
            base.sparse[self.refused] = True
            raise

    def check(self, base: Path) -> None:
        """Refuse a path that has no such matrix."""

    def _can_record(self) -> bool:
        return True

    def _record(self, leaves: list[Any], named: list[Any] | None) -> Any:
        """The entries of the path that x takes, which the function finds or records."""
        use = self._of._forward_leaves(leaves, named)
        base = use.replay.path
        use.end()
        with self._lock:
            self.check(base)
            if base.sparse.get(self.refused) or any(p.base is base for p in self._paths):  # type: ignore[attr-defined]  # of these, a length is zero here
                raise Refused
            path = self._keep(self.made(base))
        replay, pool = self._acquire(path)
        use = Use(replay, pool, None if named is None else self._bindings)
        write(replay.inputs, leaves)
        if named is not None:
            write(replay.parameters, named)
        try:
            if replay.forward() >= 0:
                raise Refused
        finally:
            use.end()
        return path, named

    def quickly(self, which: int, *given: Any) -> Any:
        """What the builtin DENSE, SPARSE or PRODUCT gives, where that can be done; else None."""
        pool = self._path.pool
        try:
            replay = pool.pop()
        except IndexError:
            return None
        found = None
        try:
            if replay.quick is not None:
                call, words = replay.quick[which]
                found = call(*given)
                if found is None:
                    replay.stopped(words)
        finally:
            pool.append(replay)
        return found


class HessianEntries(Entries):
    """The same of the Hessian."""

    kind, refused = HessianPath, "refused"

    def check(self, base: Path) -> None:
        if base.seed < 0 and not base.constant:
            raise GradientError(f"{self.name} does not return one recorded scalar at this point, so it has no Hessian")


class JacobianEntries(Entries):
    """The same of the Jacobian."""

    kind, refused = JacobianPath, "no entries of the Jacobian"

    def check(self, base: Path) -> None:
        if not one_array(base):
            raise Refused


def one_array(path: Path) -> bool:
    """Whether a path's result is one recorded array of numbers."""
    out = path.outputs
    return len(out) == 1 and isinstance(out[0], Array) and not out[0].is_mask


def entries(function: Paths) -> HessianEntries | None:
    """The function's Hessian by entries, made when it is first asked for; None where elimination is refused."""
    found: Any = function._entries
    if found is not None:
        return found or None

    def make() -> HessianEntries:
        path = function._path
        if path.seed < 0 and not path.constant:
            raise GradientError(f"{function.name} does not return one recorded scalar, so it has no Hessian")
        return HessianEntries(function)

    return function._made("_entries", make) or None


def jacobian_entries(function: Paths) -> JacobianEntries | None:
    """The function's Jacobian by entries, likewise."""
    found: Any = function._jacobian
    if found is not None:
        return found or None

    def make() -> JacobianEntries:
        if not one_array(function._path):
            raise Refused
        return JacobianEntries(function)

    return function._made("_jacobian", make) or None


def prepared(replay: Replay, products: bool = False) -> None:
    """Make a replay ready for one native call; for one that multiplies with a vector, if that is asked for."""
    path, tape = replay.path, replay.tape
    assert isinstance(path, EntriesPath)
    replay.prepare()
    if replay.native is None or len(path.inputs) != 1 or path.inputs[0][2] == () or not path.takes_c_order() or not known():
        return
    quick = replay.quick
    if quick is None:
        none = (_not_yet, np.zeros(WORDS, np.int64) + UNFIT)
        wanted = (path.dense_entries, path.sparse_entries)
        quick = [none if to is None else builtins_of(tape, "entries", (ARRAY,), to.lengths, description=to.address)[0] for to in wanted]
        quick.append(none)
    if products and quick[PRODUCT][0] is _not_yet:
        assert isinstance(path, HessianPath)
        quick[PRODUCT] = builtins_of(tape, "product", (ARRAY | ALONG,), path.shape, description=path.products.address)[0]
    replay.quick = quick


def _not_yet(*_: Any) -> None:
    """Stands for a builtin that was not asked for before."""
