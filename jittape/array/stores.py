"""What views of one memory share, so that recorded arrays alias each other where NumPy's do."""

from __future__ import annotations

from typing import Any
from weakref import ref

from numpy.typing import NDArray

from jittape.instructions.references import Slots


class Side:
    """A token of arrays of which it is not sure whether they share memory with those of another side.

    NumPy lays out what arithmetic makes of transposed arrays in their order, and we in C order. Where such a result is
    ravelled or reshaped so that axes merge, NumPy may make a copy and we a view, or the other way round. Both sides may be
    read; to assign to one while arrays of the other live raises an error.
    """

    __slots__ = ("__weakref__", "others")

    def __init__(self, others: list[ref[Side]] | None = None) -> None:
        self.others = [] if others is None else others
        self.others.append(ref(self))

    def alone(self) -> bool:
        self.others[:] = [r for r in self.others if r() is not None]
        return len(self.others) == 1


class Store:
    """What the views of one memory share, so that an assignment to one is seen by all (NumPy's aliasing).

    Attributes:
        base, size: the run of slots that the views name.
        private: where the slots stand after the first assignment; None before.
        constant: no element depends on an input: all came from an allocator, or from arithmetic of such arrays.
        read_only: views made through this store cannot be assigned to (np.broadcast_to, np.diagonal).
        side: None where the memory order is NumPy's, so that ravel() gives a view where NumPy's does.
    """

    __slots__ = ("base", "constant", "private", "size")
    read_only = False
    side: Side | None = None

    def __init__(self, base: int, size: int, constant: bool = False) -> None:
        self.base, self.size, self.constant = base, size, constant
        self.private: Slots | None = None

    @property
    def root(self) -> Store:
        """The store itself; of a window the one that it looks into."""
        return self


class Window(Store):
    """The store of views that NumPy makes read-only, or of one side; it follows the store that it looks into."""

    __slots__ = ("read_only", "side", "store")

    def __init__(self, store: Store, side: Side | None, read_only: bool = False) -> None:
        self.store = store.root
        self.side, self.read_only = side, read_only

    @property
    def root(self) -> Store:
        return self.store

    base = property(lambda self: self.store.base)  # type: ignore[assignment]
    size = property(lambda self: self.store.size)  # type: ignore[assignment]

    @property  # type: ignore[override]
    def private(self) -> Slots | None:
        return self.store.private

    @private.setter
    def private(self, slots: Slots | None) -> None:
        self.store.private = slots

    @property  # type: ignore[override]
    def constant(self) -> bool:
        return self.store.constant

    @constant.setter
    def constant(self, known: bool) -> None:
        self.store.constant = known


def in_order(s: NDArray[Any]) -> bool:
    """Whether NumPy lays out the result of arithmetic on an array of this layout in C order."""
    if s.ndim < 2 or s.flags.c_contiguous:
        return True
    strides = [abs(st) for n, st in zip(s.shape, s.strides, strict=True) if n > 1 and st]
    return all(a >= b for a, b in zip(strides, strides[1:], strict=False))


def span(slots: Slots) -> tuple[int, int]:
    """(lowest slot, how many to the highest) of a view of the shared arange."""
    if not slots.size:
        return 0, 0
    first = int(slots.flat[0])
    reach = [(n - 1) * (st // slots.itemsize) for n, st in zip(slots.shape, slots.strides, strict=True)]
    return first + sum(r for r in reach if r < 0), 1 + sum(abs(r) for r in reach)
