"""What the recorded tensors of one memory share, so that they alias each other and plain memory as PyTorch's tensors do.

Views of several elements follow changes by themselves: they look at the same slot numbers (array/stores.py). What does not
is told by their Family: single elements, which have a slot number of their own, and plain memory that must hold the same
values (a Mirror): that of `y.detach()`, of an ndarray that was handed out, of tensors that shared the memory of a plain one
before recorded values were stored there.

A change of a mirror is a change of values behind the graph's back: the recorded tensors get the new values, and derivatives
flow as if nothing had happened. On the tape that is a copy of the elements, whose value is overwritten.
"""

from __future__ import annotations

import weakref
from threading import get_ident
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from jittape.array.array import Array, apply
from jittape.array.layout import axes_of, copied_along
from jittape.array.stores import Store
from jittape.eager.info import Info
from jittape.eager.operands import Storage, note
from jittape.eager.ownership import APART, Origin, keep_node
from jittape.eager.tape import IS_FREED, EagerTape
from jittape.eager.tensor import Tensor, recorded
from jittape.eager.threads import tape_for
from jittape.errors import RecordingError, SharedSlotsError, TapeMismatchError
from jittape.instructions.references import Slots, is_shared, run_slots
from jittape.ops._generated.opcodes import POS
from jittape.ops.layout import CONSTANT, FREED
from jittape.tape.unused import unused

SPARSE = 8
"""The memory of a detached view has the view's gaps, unless it would be so many times as large as without them."""


class Mirror:
    """Plain memory that holds the values of recorded elements.

    Attributes:
        family: weak reference to the family of these, which holds this mirror.
        array, key: the recorded elements; of a single one its index.
        root: weak reference to the ndarray that owns the memory.
        layout: (offset, shape, strides) of the elements there, in elements; None for the whole of `root` in its own shape.
        storage: weak reference to what the tensors share that look at this memory.
        kept: the memory and the storage, where these tie two families to each other.
        held: the memory, once an ndarray of it was handed out: it may be written to and dropped before anybody looks.
    """

    __slots__ = ("__weakref__", "array", "family", "held", "key", "kept", "layout", "root", "storage")

    def __init__(self, family: Family, array: Array, key: Any, root: NDArray[Any], layout: Any, storage: Storage) -> None:
        self.family, self.array, self.key = weakref.ref(family), array, key
        self.root, self.layout, self.storage = weakref.ref(root), layout, weakref.ref(storage)
        self.held: list[NDArray[Any]] = []
        self.kept = (root, storage) if storage.mirrors and any(ref() is not None for ref in storage.mirrors) else None
        family.mirrors.append(self)
        storage.mirrors.append(weakref.ref(self))
        if storage.exposed:
            family.expose()

    def hold(self) -> None:
        """Hold memory that was handed out."""
        root, storage = self.root(), self.storage()
        if not self.held and root is not None and (storage is None or storage.exposed):
            self.held.append(root)

    def seen(self) -> NDArray[Any] | None:
        """The memory of the elements; None when nobody looks at it any more."""
        root = self.root()
        if root is None or self.layout is None:
            return root
        return laid_out(flat(root), *self.layout)

    def looked_at(self) -> Storage:
        """The storage, a new one where only an ndarray that was handed out looks at the memory."""
        storage = self.storage()
        if storage is None:
            storage = Storage()
            storage.exposed = True
            storage.mirrors.append(weakref.ref(self))
            self.storage = weakref.ref(storage)
        return storage

    def values(self) -> NDArray[Any]:
        values = self.array.value()
        return values if self.key is None else values[self.key]  # type: ignore[no-any-return]

    def show(self, unseen: bool = False) -> None:
        """The recorded elements have changed: so does the memory."""
        memory, values = self.seen(), self.values()
        if memory is None or not differences(memory, values).any():
            return
        memory[...] = values
        storage = self.storage()
        if storage is not None:
            storage.change(self, unseen)

    def pull(self, unseen: bool = False) -> None:
        """The memory may have changed (through `.data`): so do the recorded elements, and derivatives flow as before."""
        memory, family = self.seen(), self.family()
        if memory is None or family is None:
            return
        changed = differences(memory, self.values())
        if not changed.any():
            return
        if family.apart and any(t.info.apart for t in family.living()):
            raise SharedSlotsError(APART)
        cut = family.left and not unseen  # as in PyTorch, where a view is taken anew when a change was counted
        if cut:
            changed = np.ones_like(changed)
        tape = tape_for(memory.dtype)
        if self.array.tape is not tape:
            if self.array.tape.thread != get_ident():
                raise TapeMismatchError(
                    "the memory of a tensor that another thread records was changed (through detach(), .data or numpy()); pass "
                    "x.detach().clone() between threads"
                )
            family.move(tape)
        if not cut:
            for t in family.living():
                keep_node(t)
        values = np.array(memory)
        if self.key is None:
            overwrite(tape, self.array, changed, values, cut)
        else:
            self.array[self.key] = overwritten(tape, Array(tape, int(self.array.slots[self.key])), values, cut)
        family.version += not unseen
        family.changed(tape, self, unseen)


class Family:
    """The recorded tensors of one memory.

    Attributes:
        members: weak references to them.
        mirrors: the plain memory that follows them, and that they follow.
        exposed: a mirror may change unseen, and is compared at each use.
        apart: a member does not follow changes of the others, so that none may be changed while it lives.
        version: how often the memory was written to.
        left: the tensor whose memory it is has left the graph by detach_(); its views keep theirs until the memory changes.
        halves: these are the parts of a complex result, all real ones before all imaginary ones, and not yet laid out as pairs.
    """

    __slots__ = ("__weakref__", "apart", "exposed", "halves", "left", "members", "mirrors", "version")

    def __init__(self, version: int = 0) -> None:
        self.version = version
        self.members: list[weakref.ref[Any]] = []
        self.mirrors: list[Mirror] = []
        self.exposed = self.apart = self.left = self.halves = False

    def living(self) -> list[Tensor]:
        return [t for ref in self.members if (t := ref()) is not None and t.info.family is self]

    def changed(self, tape: EagerTape, by: Mirror | None = None, unseen: bool = False) -> None:
        """Slots of the memory were replaced: single elements read theirs anew, and mirrors show the values."""
        for ref in self.members:
            t = ref()
            if t is not None and t.slot >= 0:
                info = t.info
                if info.family is self and info.key is not None and info.parent._array.tape is t.tape:  # type: ignore[union-attr]
                    t.slot = int(info.parent._array.slots[info.key])  # type: ignore[union-attr]
                    info.origin = Origin(tape)
        if self.mirrors:
            self.mirrors = [m for m in self.mirrors if m.root() is not None]
            for m in list(self.mirrors):
                if m is not by:
                    m.show(unseen)

    def renewed(self) -> None:
        """Recorded values were put into the memory: its tensors are other nodes of the graph from now on."""
        for t in self.living():
            t.info.node = None

    def leave(self, t: Any, storage: Storage) -> None:
        """The tensor whose memory this is leaves the graph, and is plain memory of this storage from now on."""
        others = [other for other in self.living() if other is not t]
        if others:
            self.left = True
            if t.slot < 0:
                stand_in = recorded(t._array)
                join(stand_in, self)
                for other in others:
                    if other.info.parent is t:
                        other.info.parent = stand_in
        if any(m.storage() is not storage and m.root() is not None for m in self.mirrors):
            storage.family = self  # memory of detached views, which no recorded tensor ties to it any more

    def expose(self) -> None:
        """An ndarray of a mirror was handed out. Single elements are arrays from here on, which are looked at at each use."""
        self.exposed = True
        for m in self.mirrors:
            m.hold()
        for t in self.living():
            if t.slot >= 0 and t.info.key is not None:
                t._array, t.slot = element(t.info.parent, t.info.key), -1
                t.info.key = t.info.parent = None

    def look(self) -> None:
        """Take over what was written to exposed memory; what nobody else holds any more cannot change again."""
        for m in list(self.mirrors):
            m.pull()
            if m.held and unused(m.held, 0):
                m.held.clear()

    def lay_in_pairs(self) -> None:
        """Lay out the parts of a complex result as PyTorch's, each real part beside its imaginary one, since somebody asks how they lie."""
        if not self.halves:
            return
        self.halves = False
        members = [t for t in self.living() if t.slot < 0 and not t.info.apart]
        arrays = [a for a in {id(a): a for a in (*(t._array for t in members), *(m.array for m in self.mirrors))}.values() if a.slots.size]
        memory = {id(found): found for found in map(_memory_of, arrays)}
        if len(memory) != 1:
            return
        for t in members:
            keep_node(t)  # its slots are still those that the graph names
        found = next(iter(memory.values()))
        old = np.arange(found.base, found.base + found.size, dtype=np.int32) if isinstance(found, Store) else found
        new = np.empty_like(old)
        new[0::2], new[1::2] = old[: old.size // 2], old[old.size // 2 :]
        for a, place in [(a, place_in_pairs(a)) for a in arrays]:
            a.rename(laid_out(new, *place))
            a.store = None

    def move(self, tape: EagerTape) -> None:
        """Stand on another tape, since the old one has ended: as a leaf whose graph was freed."""
        self.lay_in_pairs()
        arrays = [t for t in self.living() if t.slot < 0]
        mirrored = [m.array for m in self.mirrors]
        everything = [t._array.slots for t in arrays] + [a.slots for a in mirrored]
        places = layouts(everything)
        size = max((at + sum((n - 1) * st for n, st in zip(s, strides, strict=True) if st > 0) + 1 for at, s, strides in places if 0 not in s), default=0)
        values = np.zeros(size, tape.dtype)
        for place, array in zip(places, [*(t._array for t in arrays), *mirrored], strict=True):
            laid_out(values, *place)[...] = array.value()
        base = tape.append_leaf(values, FREED)
        tape.marked()[tape.count - 1] |= IS_FREED
        slots, store = stand(base, size)
        new = [Array.of(tape, laid_out(slots, *place), store) for place in places]
        known: dict[int, Array] = {}
        for t, array in zip(arrays, new, strict=False):
            known[id(t._array)] = array
            t.tape, t._array = tape, array
        for m, array in zip(self.mirrors, new[len(arrays) :], strict=True):
            m.array = known.get(id(m.array), array)
        for t in self.living():
            if t.slot >= 0 and t.info.key is not None:
                t.tape, t.slot = tape, int(t.info.parent._array.slots[t.info.key])  # type: ignore[union-attr]


# --- memory ------------------------------------------------------------------------------------------------------------------


def differences(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Which elements are not the same to the bit."""
    kind = np.int64 if a.dtype.itemsize == 8 else np.int32
    return np.asarray(np.asarray(a).view(kind) != np.asarray(b).view(kind))


def laid_out(memory: NDArray[Any], at: int, shape: Any, strides: Any) -> NDArray[Any]:
    """A view of flat memory; offset and strides in elements."""
    if 0 in shape:
        return np.empty(shape, memory.dtype)
    return as_strided(memory[at:], shape, [st * memory.itemsize for st in strides])


def flat(root: NDArray[Any]) -> NDArray[Any]:
    """All elements of an array without gaps, in the order of memory; a copy of another array."""
    return root.reshape(-1) if root.flags.c_contiguous else root.transpose(sorted(range(root.ndim), key=lambda i: -root.strides[i])).reshape(-1)


def root_of(data: NDArray[Any]) -> NDArray[Any]:
    """The ndarray whose memory a view looks at."""
    found, at = data, data.base
    while at is not None:  # what as_strided() puts between two arrays is none
        if isinstance(at, np.ndarray):
            found = at
        at = getattr(at, "base", None)
    return found


def address(data: NDArray[Any]) -> int:
    return int(data.__array_interface__["data"][0])


def place_in(root: NDArray[Any], data: NDArray[Any]) -> tuple[int, tuple[int, ...], tuple[int, ...]] | None:
    """(offset, shape, strides) of a view in the flat memory of `root`; None where it does not lie on its elements."""
    n = root.itemsize
    at = address(data) - address(root)
    if root.dtype != data.dtype or not (root.flags.forc or np.may_share_memory(root, flat(root))) or at % n or any(st % n for st in data.strides):
        return None
    return at // n, data.shape, tuple(st // n for st in data.strides)


def bounds(place: tuple[int, tuple[int, ...], tuple[int, ...]]) -> tuple[int, int]:
    """The lowest element of a layout, and the one after the highest."""
    at, shape, strides = place
    if 0 in shape:
        return at, at
    reach = [(n - 1) * st for n, st in zip(shape, strides, strict=True)]
    return at + sum(r for r in reach if r < 0), at + sum(r for r in reach if r > 0) + 1


def _memory_of(array: Array) -> Any:
    """What the views of one memory of slots share: their store, or the array that they look into."""
    slots = array.slots
    return root_of(slots) if not is_shared(slots) else array if array.store is None else array.store.root


def place_in_pairs(array: Array) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """(offset, shape, strides) of a view of the parts of a complex result, were each real part beside its imaginary one."""
    slots, memory = array.slots, _memory_of(array)
    shared = isinstance(memory, Store)
    at = int(slots.flat[0]) - memory.base if shared else (address(slots) - address(memory)) // slots.itemsize
    half: int = memory.size // 2
    shape = slots.shape

    def moved(place: int) -> int:
        return 2 * (place % half) + place // half

    strides = [moved(at + st // slots.itemsize) - moved(at) if n > 1 else 1 for n, st in zip(shape, slots.strides, strict=True)]
    return moved(at), shape, tuple(strides)


def in_pairs(slots: Slots) -> Slots:
    """A copy of the slots of a complex result's parts that has each real one beside its imaginary one."""
    return copied_along(slots, (*axes_of(slots[..., 0]), slots.ndim - 1))


def layouts(arrays: list[Slots]) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    """How views of one memory of slots lie relative to the lowest of their elements."""
    shared = [is_shared(s) for s in arrays if s.size]
    if all(shared):
        found = [(int(s.flat[0]) if s.size else -1, s.shape, tuple(st // s.itemsize for st in s.strides)) for s in arrays]
    elif any(shared):
        raise RecordingError("views of a tensor whose graph was freed cannot be changed in place any more; take x.clone()")
    else:
        found = [(address(s) // s.itemsize if s.size else -1, s.shape, tuple(st // s.itemsize for st in s.strides)) for s in arrays]
    low = min((bounds(p)[0] for p in found if 0 not in p[1]), default=0)
    return [(at - low if 0 not in s else 0, s, st) for at, s, st in found]


def stand(base: int, size: int) -> tuple[Slots, Store | None]:
    """The slots of a run that several arrays are to look at, and what these share."""
    slots = run_slots(base, size)
    return slots, Store(base, size) if not size or is_shared(slots) else None


# --- families ----------------------------------------------------------------------------------------------------------------


def family_of(t: Any) -> Family:
    """The family of a recorded tensor, which is founded if there is none."""
    info = getattr(t, "_info", None)
    if info is None:
        info = t._info = Info()
    family: Family | None = info.family
    if family is None:
        family = info.family = Family(info.version)
        family.members.append(weakref.ref(t))
        if t.slot >= 0:  # an element of an array of its own
            base = recorded(Array.of_run(t.tape, t.slot, (1,)))
            own = base._info = Info()
            info.parent, info.key, own.family = base, 0, family
            family.members.append(weakref.ref(base))
    return family


def settle(t: Any) -> None:
    """Lay out the memory of a tensor as PyTorch's lies, before somebody asks how it does."""
    info = getattr(t, "_info", None)
    if info is not None and info.family is not None:
        info.family.lay_in_pairs()


def join(t: Any, family: Family) -> None:
    t.info.family = family
    note(family.members, t)


def element(parent: Any, key: Any) -> Array:
    """An element as an array without axes, which looks at the parent's slots."""
    at = key if isinstance(key, tuple) else (key,)
    array = parent._array
    return array.view(array.slots[at if any(k is Ellipsis for k in at) else (*at, ...)])  # type: ignore[no-any-return]


def overwritten(tape: EagerTape, array: Array, values: NDArray[Any], cut: bool = False) -> Array:
    """A copy of recorded elements that has other values, and through which derivatives flow as through a copy, or (cut) do not."""
    if cut:
        base = tape.append_leaf(np.ascontiguousarray(values), CONSTANT)
        tape.mixed = True
        return Array.of_run(tape, base, values.shape)
    new: Array = apply(POS, array)
    tape.evaluate()
    tape.value[new.slots] = values
    return new


def overwrite(tape: EagerTape, array: Array, where: NDArray[np.bool_], values: NDArray[Any], cut: bool = False) -> None:
    """Give some elements of a recorded array other values, behind the graph's back."""
    if array.store is None and is_shared(array.slots) and where.all():
        array.rename(overwritten(tape, array, values, cut).slots)
    elif where.any():
        array[where] = overwritten(tape, Array.of(tape, array.slots[where]), values[where], cut)


def mirrored(t: Any) -> tuple[NDArray[Any], Storage]:
    """The values of a recorded tensor in memory that follows it, and that it follows; the same memory while somebody looks at it."""
    family = family_of(t)
    values = np.asarray(t.values())
    array, key = (t.info.parent._array, t.info.key) if t.slot >= 0 else (t._array, None)
    family.mirrors = [m for m in family.mirrors if m.root() is not None]
    for m in family.mirrors:
        if m.array is array and m.key == key and (memory := m.seen()) is not None:
            return memory, m.looked_at()
    storage = Storage()
    layout, root = None, values
    if t.slot < 0:
        slots = array.slots
        strides = place_in_pairs(array)[2] if family.halves and slots.size else tuple(st // slots.itemsize for st in slots.strides)
        if slots.size and (family.halves or not slots.flags.c_contiguous):
            low, high = bounds((0, slots.shape, strides))
            if high - low <= SPARSE * slots.size:
                root, layout = np.zeros(high - low, values.dtype), (-low, slots.shape, strides)
                memory = laid_out(root, *layout)
                memory[...] = values
                values = memory
    Mirror(family, array, key, root, layout, storage)
    return values, storage


def begin(t: Any) -> None:
    """A plain tensor becomes a recorded one, and so do those that are views of the same memory."""
    tape = tape_for(t.dtype)
    storage: Storage | None = t.info.storage
    if storage is None and t._data.flags.c_contiguous:
        base = tape.append_leaf(t._data, CONSTANT)
        tape.mixed = True
        t._adopt(Array.of_run(tape, base, t._data.shape))
        return
    group = t.info.group
    views = [t]
    if storage is not None and any((m := ref()) is not None and (f := m.family()) is not None and f.left and f.living() for ref in storage.mirrors):
        raise RecordingError(
            "values that require grad are stored into a tensor that left the graph by detach_() while views of it live, which would not "
            "follow; take the views after detach_(), or store into x.clone()"
        )
    if storage is not None:
        views = [v for ref in storage.members if (v := ref()) is not None and v is not t and v.is_leaf and v.info.group is group and not v.requires_grad]
        views.append(t)
    root = root_of(t._data)
    places = [place_in(root, v._data) for v in views]
    if any(p is None or bounds(p)[0] < 0 or bounds(p)[1] > root.size for p in places) or not root.flags.writeable:
        raise RecordingError(
            "values that require grad are stored into a tensor that shares memory in a way that cannot be followed (a view "
            "of another dtype, or read-only); store into x.clone()"
        )
    low = min(bounds(p)[0] for p in places if p is not None)
    size = max(bounds(p)[1] for p in places if p is not None) - low
    base = tape.append_leaf(flat(root)[low : low + size], CONSTANT)
    tape.mixed = True
    slots, store = stand(base, size)
    family = Family()
    whole = recorded(Array.of(tape, slots, store))
    join(whole, family)
    for v, place in zip(views, places, strict=True):
        assert place is not None
        at, shape, strides = place
        info = v.info
        info.storage = info.base = info.group = None
        if shape:
            v._adopt(Array.of(tape, laid_out(slots, at - low, shape, strides), store))
        else:
            v._adopt(Array(tape, base + at - low))
            info.parent, info.key = whole, at - low
        join(v, family)
        if len(views) > 1:
            info.origin = Origin(tape)
    if storage is not None:
        Mirror(family, whole._array, None, root, (low, (size,), (1,)), storage)
