"""What views of one memory share, so that recorded arrays alias each other where NumPy's do."""

from __future__ import annotations

from jittape.instructions.references import Slots


class Store:
    """What the views of one memory share, so that an assignment to one is seen by all (NumPy's aliasing).

    Attributes:
        base, size: the run of slots that the views name.
        private: where the slots stand after the first assignment; None before.
        constant: no element depends on an input: all came from an allocator, or from arithmetic of such arrays.
        read_only: views made through this store cannot be assigned to (np.broadcast_to, np.diagonal).
    """

    __slots__ = ("base", "constant", "private", "size")
    read_only = False

    def __init__(self, base: int, size: int, constant: bool = False) -> None:
        self.base, self.size, self.constant = base, size, constant
        self.private: Slots | None = None

    @property
    def root(self) -> Store:
        """The store itself; of a window the one that it looks into."""
        return self


class Window(Store):
    """The store of views that NumPy makes read-only; it follows the store that it looks into."""

    __slots__ = ("store",)
    read_only = True

    def __init__(self, store: Store) -> None:
        self.store = store.root

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


def span(slots: Slots) -> tuple[int, int]:
    """(lowest slot, how many to the highest) of a view of the shared arange."""
    if not slots.size:
        return 0, 0
    first = int(slots.flat[0])
    reach = [(n - 1) * (st // slots.itemsize) for n, st in zip(slots.shape, slots.strides, strict=True)]
    return first + sum(r for r in reach if r < 0), 1 + sum(abs(r) for r in reach)
