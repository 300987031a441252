"""Guards: what the program decided by recorded values while it was recorded, so that a replay can tell whether it still holds.

A guard says that the values of some slots must be what they were. Comparisons and other masks are recorded operations, so
whatever a program can decide by is in some slot; decisions that would come out alike for many values (an order, the place
of a number among others) are recorded as comparisons first (functions/decisions.py), so that only those are guarded.

Since the function is deterministic, two paths that agree in the outcomes of their first guards decide the same thing next.
Where that is an order (kind HOLDS), each path has the comparisons of its own order recorded, and its outcome is a digest of
which elements they compare: whether another path holds can only be found by trying it.
"""

from __future__ import annotations

import linecache
import math
from array import array
from bisect import bisect_right
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.tape.lines import calling_line

TRUTH, NUMBER, HOLDS = range(3)
"""What a guard's outcome is: truth values, numbers, or relations that must hold (an order), each 1 where it does."""
KEY = 16
NO_KEY = bytes(KEY)
SHOWN = 6
"""Outcomes of one guard that a message shows."""
MOST = 200
"""Characters of a source line that a file holds."""


class Entry(NamedTuple):
    """One guard: the slots start to stop of the flat arrays.

    Attributes:
        what: what was decided, such as "the truth value".
        filename, line: where.
        kind: TRUTH, NUMBER or HOLDS.
    """

    start: int
    stop: int
    what: str
    filename: str
    line: int
    kind: int


class Guards:
    """The guards of a recording, in the order in which the program decided.

    Attributes:
        slots: int32, the slots that are guarded; `expected` (float64) the values that they must have. NaN matches
            nothing: a path with such a guard is never taken again. Both are copies that are made when they are asked for.
    """

    __slots__ = ("_entries", "_expected", "_flat", "_keys", "_slots", "_stops", "_texts")

    def __init__(self) -> None:
        self._slots = array("i")
        self._expected = array("d")
        self._stops: list[int] = []
        self._entries: list[tuple[str, str, int, int]] = []
        self._keys: dict[int, bytes] = {}
        self._texts: dict[tuple[str, int], str] | None = None
        self._flat: tuple[NDArray[np.int32], NDArray[np.float64]] | None = None

    def add(self, slots: Any, expected: Any, what: str, kind: int = NUMBER, key: bytes = NO_KEY) -> None:
        """The program decided by the values of these slots, which are `expected`; the source line is that of the caller.

        Args:
            slots: a slot or an integer array of them.
            expected: their values: a number or an array of the same size.
            what: what was decided, for messages: "the truth value", "an index".
            kind: TRUTH, NUMBER or HOLDS, where everything expected is 1 and what is not becomes NaN.
            key: of HOLDS, KEY bytes that tell which relations hold.
        """
        if kind == HOLDS:
            self._keys[len(self._stops)] = key
        if isinstance(slots, int):
            self._slots.append(slots)
            self._expected.append(expected)
        else:
            flat = np.ascontiguousarray(slots, np.int32).ravel()
            values = np.array(expected, np.float64).ravel()
            if kind == HOLDS:
                values[values != 1.0] = math.nan
            self._slots.frombytes(flat.tobytes())
            self._expected.frombytes(values.tobytes())
        self._stops.append(len(self._slots))
        self._entries.append((what, *calling_line(), kind))
        self._flat = None

    def extend(self, other: Guards) -> None:
        """What another part of the program decided, after this."""
        guards, slots = len(self._stops), len(self._slots)
        self._keys.update((guards + i, key) for i, key in other._keys.items())
        self._slots += other._slots
        self._expected += other._expected
        self._stops += [slots + stop for stop in other._stops]
        self._entries += other._entries
        self._flat = None

    # --- reading ---------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._stops)

    def __getitem__(self, i: int) -> Entry:
        return Entry(self._stops[i - 1] if i else 0, self._stops[i], *self._entries[i])

    def _arrays(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        if self._flat is None:
            self._flat = np.array(self._slots, np.int32), np.array(self._expected, np.float64)
        return self._flat

    @property
    def slots(self) -> NDArray[np.int32]:
        return self._arrays()[0]

    @property
    def expected(self) -> NDArray[np.float64]:
        return self._arrays()[1]

    @property
    def nbytes(self) -> int:
        return 4 * len(self._slots) + 8 * len(self._expected)

    @property
    def reusable(self) -> bool:
        """Whether there are values for which every guard holds: none expects NaN."""
        return not bool(np.isnan(self.expected).any())

    def entry_of(self, flat: int) -> int:
        """The guard that place `flat` of the flat arrays belongs to."""
        return bisect_right(self._stops, flat)

    def outcomes(self, stop: int | None = None) -> bytes:
        """The outcomes of the guards before `stop` (all by default), for comparing paths: equal bytes, equal decisions."""
        last = len(self._stops) if stop is None else stop
        expected, pieces, done = self.expected, [], 0
        for i, key in self._keys.items():
            if i >= last:
                break
            pieces += [_key(expected[done : self._stops[i - 1] if i else 0]), key]
            done = self._stops[i]
        pieces.append(_key(expected[done : self._stops[last - 1] if last else 0]))
        return b"".join(pieces)

    def outcome(self, i: int, values: NDArray[Any]) -> bytes | None:
        """What guard i comes out as for these values, in the bytes of `outcomes`: outcomes(i) + outcome(i, values) is what
        a path that agrees up to here has as its outcomes(i + 1). None for an order that is another than was recorded: which
        one it is, these values do not tell."""
        entry = self[i]
        found = values[self.slots[entry.start : entry.stop]]
        if entry.kind == HOLDS:
            return self._keys[i] if (found == 1).all() else None
        return _key(found)

    def describe(self, i: int, values: NDArray[Any] | None = None) -> str:
        """Guard i in words: "the truth value at model.py:12 (if x > 0:) was True"; with values, also what it is for them."""
        entry = self[i]
        source = self._source(entry.filename, entry.line)
        where = f"{entry.what} at {entry.filename}:{entry.line}{f' ({source})' if source else ''}"
        if entry.kind == HOLDS:
            return f"{where} is another than was recorded" if values is not None else f"{where} was found"
        text = f"{where} was {_text(self.expected[entry.start : entry.stop], entry.kind)}"
        if values is not None:
            text += f" and is {_text(values[self.slots[entry.start : entry.stop]], entry.kind)} here"
        return text

    # --- as a plain value ------------------------------------------------------------------------------------------------

    def copy(self) -> Guards:
        new = Guards()
        new._slots, new._expected = self._slots[:], self._expected[:]
        new._stops, new._entries, new._texts = list(self._stops), list(self._entries), self._texts
        new._keys = dict(self._keys)
        return new

    def renumbered(self, by: NDArray[np.int32]) -> Guards:
        """The same guards of a tape whose slot s is slot s + by[s] now."""
        new = self.copy()
        slots = self.slots
        new._slots = array("i")
        new._slots.frombytes((slots + by[slots]).astype(np.int32).tobytes())
        new._flat = None
        return new

    def __eq__(self, other: object) -> bool:
        """Whether the same slots are guarded with, bit for bit, the same expected values."""
        if not isinstance(other, Guards):
            return NotImplemented
        return self._stops == other._stops and self._keys == other._keys and self._slots == other._slots and self._expected.tobytes() == other._expected.tobytes()

    __hash__ = None  # type: ignore[assignment]

    def pack(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """(what a file's header holds of the guards, arrays)."""
        whats = {what: i for i, what in enumerate(dict.fromkeys(what for what, *_ in self._entries))}
        places = {place: i for i, place in enumerate(dict.fromkeys(entry[1:3] for entry in self._entries))}
        rows = [(stop, whats[w], places[f, line], kind) for stop, (w, f, line, kind) in zip(self._stops, self._entries, strict=True)]
        arrays: dict[str, NDArray[Any]] = {
            "guard_slots": self.slots,
            "guard_expected": self.expected,
            "guard_entries": np.array(rows, np.int32).ravel(),
            "guard_keys": np.frombuffer(b"".join(self._keys.values()), np.uint8),
        }
        return {"whats": list(whats), "places": [[f, line, self._source(f, line)] for f, line in places]}, arrays

    def _source(self, filename: str, line: int) -> str:
        """The text of a source line; a loaded recording brings its own, as no file is opened that a file names."""
        if self._texts is not None:
            return self._texts.get((filename, line), "")
        return linecache.getline(filename, line).strip()[:MOST] if line else ""

    @staticmethod
    def unpack(header: Any, arrays: dict[str, NDArray[Any]], slots: int) -> Guards:
        """The guards that `pack` packed.

        Raises:
            ValueError: they are damaged, or name other slots than those of the tape, 0 to `slots` - 1.
        """
        whats, places = header["whats"], header["places"]
        found, expected, flat = arrays["guard_slots"], arrays["guard_expected"], arrays["guard_entries"]
        if not (type(whats) is list and type(places) is list and all(type(what) is str for what in whats)):
            raise ValueError("what guards are about is no text")
        if not all(type(place) is list and list(map(type, place)) == [str, int, str] for place in places):
            raise ValueError("a guard's place is no line of a file")
        if found.dtype != np.int32 or expected.dtype != np.float64 or flat.dtype != np.int32 or flat.size % 4:
            raise ValueError("arrays of guards are of the wrong type")
        rows = flat.reshape(-1, 4).astype(np.int64)
        stops = rows[:, 0]
        orders = np.flatnonzero(rows[:, 3] == HOLDS).tolist()
        keys = arrays["guard_keys"]
        if keys.dtype != np.uint8 or keys.size != KEY * len(orders):
            raise ValueError("the keys of guards do not fit")
        if (np.diff(stops, prepend=0) < 0).any() or found.size != expected.size or found.size != (stops[-1] if stops.size else 0):
            raise ValueError("the lengths of guards do not fit")
        if found.size and not (0 <= int(found.min()) and int(found.max()) < slots):
            raise ValueError("a guard of a slot outside the tape")
        limits = (len(whats), len(places), HOLDS + 1)
        if any((column < 0).any() or (column >= limit).any() for column, limit in zip(rows.T[1:], limits, strict=True)):
            raise ValueError("a guard's place or kind is none that the file names")
        new = Guards()
        new._slots.frombytes(found.astype(np.int32).tobytes())
        new._expected.frombytes(expected.astype(np.float64).tobytes())
        new._stops = stops.tolist()
        new._entries = [(whats[w], places[p][0], places[p][1], kind) for _, w, p, kind in rows.tolist()]
        new._keys = {i: keys[KEY * j : KEY * (j + 1)].tobytes() for j, i in enumerate(orders)}
        new._texts = {(filename, line): text for filename, line, text in places}
        return new


def _key(values: NDArray[Any]) -> bytes:
    return (values.astype(np.float64) + 0.0).tobytes()  # -0.0 decides as 0.0 does


def _text(values: NDArray[Any], kind: int) -> str:
    shown = [str(v != 0) if kind == TRUTH else f"{v:.17g}" for v in values[:SHOWN].tolist()]
    if values.size == 1:
        return shown[0]
    return f"[{', '.join(shown)}{f', ... {values.size - SHOWN:,} more' if values.size > SHOWN else ''}]"
