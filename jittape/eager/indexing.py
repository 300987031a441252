"""Indexing of tensors: the views and copies that an index names, and assignment to what it names.

A view of several elements looks at the same slot numbers as what it was taken of; a single element is a scalar, which the tensor
that it was taken of knows; a view of a leaf is taken anew when the leaf has changed.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager.batched import NoRule, indexed
from jittape.eager.family import element, family_of, in_pairs, join
from jittape.eager.hollow import noted
from jittape.eager.memory import LEAF_IN_PLACE, UNRECORDED
from jittape.eager.operands import note, operand
from jittape.eager.ownership import Origin, name, origin_of_view
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor, concrete, extend, recorded
from jittape.eager.threads import tape_for
from jittape.instructions.references import is_shared, strided

LISTED = 32
"""Lists of as many entries or more are one index, whatever they hold."""


def several(key: Any) -> Any:
    """A list of indices is a tuple of them, as in PyTorch: x[[[0, 1], [1, 2]]] is x[[0, 1], [1, 2]], two elements. One of numbers is an index."""
    if type(key) is list and len(key) < LISTED and any(k is None or k is Ellipsis or isinstance(k, (list, tuple, slice, Tensor, np.ndarray)) for k in key):
        return tuple(key)
    return key


@extend
class Indexing:
    """The methods of Tensor that index it."""

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        if self.slot >= 0 and not self.is_leaf and key not in ((), Ellipsis):
            raise IndexError("a 0-d tensor has no elements to index; use x[()] or x[...]")
        if state.grad and self.requires_grad and self.is_leaf:
            raise RuntimeError(("a view of " + LEAF_IN_PLACE) if self.info.unrecorded < 0 else UNRECORDED)
        key = plain(several(key))
        if is_mixed(key):
            chosen, key = parted(key)
            self[chosen][key] = value
            return
        if isinstance(value, (Tensor, np.ndarray)) and value.ndim and value.shape[0] == 1 and self.slot < 0:
            value = value.reshape(without_ones(value.shape, np.ndim(self.values()[key])))
        self._set(value, key)

    def __getitem__(self: Any, key: Any) -> Any:
        if type(key) is not int:
            key = several(key)
            try:
                key = plain(key)
            except NoRule:
                return indexed(self, key)
            if not isinstance(key, tuple):
                key = (key,)
            if any(isinstance(k, (list, np.ndarray)) for k in key):
                if is_mixed(key):
                    chosen, key = parted(key)
                    return self[chosen][key]
                return self._selected(key)
            if not any(k is Ellipsis for k in key):
                key = (*key, ...)
        data = getattr(self, "_data", None)
        if data is not None and not (state.grad and self.requires_grad):
            out = data[(key, ...) if type(key) is int else key]
            return self._sharing(out) if isinstance(out, np.ndarray) and shares(out, data) else concrete(np.asarray(out))
        if not state.grad:
            return self._outside()[key]
        array = self._looked_at()
        if array.ndim == 0:
            found = np.asarray(array.slots)[key]
            return self._viewing(array.view(np.asarray(found)))
        found = array.slots[key]
        if not isinstance(found, np.ndarray) or (not found.ndim and is_element(key)):
            return self._element(array.tape, array, int(found), key)
        return self._viewing(array.view(found))

    def _selected(self: Any, key: Any) -> Any:
        """A copy of the elements that an index with lists or masks chooses."""
        data = getattr(self, "_data", None)
        if data is not None and not (state.grad and self.requires_grad):
            return concrete(selected(data, key))
        if not state.grad:
            return self.detach()[key]
        array = self._looked_at()
        slots = np.asarray(array.slots)
        family = self.info.family
        return self._viewing(array.view(selected(slots if family is None or not family.halves else in_pairs(slots), key)))

    def _looked_at(self: Any) -> Any:
        """The array of which a view is taken; a leaf's, and that of a view of a leaf, on the present tape."""
        info = getattr(self, "_info", None)
        if self.is_leaf or (info is not None and info.source is not None):
            return operand(tape_for(self.dtype), self)
        return Array(self.tape, self.slot) if self.slot >= 0 else self._array

    def _element(self: Any, tape: EagerTape, array: Array, slot: int, key: Any) -> Any:
        """One element as a recorded scalar that follows changes of this tensor."""
        new = recorded(Array(tape, slot))
        info = new.info
        info.view = True
        mine = self.info
        if mine.own is not None:
            info.origin, info.base = Origin(tape), mine.parent
            return new
        leaf = self if self.is_leaf else mine.parent if mine.source is not None else None
        if leaf is not None:
            if self is not leaf:
                name(mine)
            info.requires_grad = leaf.info.viewed = True
            info.parent, info.source = leaf, leaf.info.imported[0]
            info.position = slot - info.source.slot
            info.origin = Origin(tape)
            storage = leaf._share()
            if storage.exposed:
                new.tape, new.slot = None, -1
            else:
                note(storage.elements, new)
            return new
        info.origin = Origin(tape)
        name(mine)
        family = mine.family
        if family is None:
            family = family_of(self)
        info.family = family
        if family.exposed:
            new._array, new.slot = element(self, key), -1
        else:
            info.parent, info.key = self, key
        note(family.members, new)
        return new

    def _viewing(self: Any, array: Array) -> Any:
        """A view of this tensor's elements."""
        mine = self.info
        if mine.own is not None:  # these elements are a copy, which no memory belongs to
            new = recorded(array)
            new.info.origin, new.info.view, new.info.base = Origin(new.tape), True, mine.parent
            return new
        leaf = self if self.is_leaf else mine.parent if mine.source is not None else None
        memory = self._data if self.is_leaf else getattr(self, "_array", None)  # an element of exposed memory has none
        if self.slot >= 0 or memory is None or not memory.ndim:
            array = self._cell(array, leaf)
        new = recorded(array) if array.size else noted(recorded(array), (self,))
        new.info.origin = Origin(new.tape) if leaf is not None else origin_of_view(self)
        if leaf is not None:
            if self is not leaf:
                name(mine)
            if is_shared(array.slots):
                leaf._share()
                info = new.info
                info.view = True
                info.requires_grad = leaf.info.viewed = True
                info.parent, info.source = leaf, leaf.info.imported[0]
        elif self.slot >= 0 or np.shares_memory(array.slots, self._array.slots):
            new.info.view = True
            join(new, family_of(self))
        return new

    def _copied(self: Any, array: Array, order: Literal["C", "K"]) -> Any:
        """A tensor of this one's elements that does not share its memory."""
        leaf = self.is_leaf or self.info.source is not None
        if leaf and not self.is_leaf:
            name(self.info)
        new = recorded(copied(array, order)) if array.size else noted(recorded(array), (self,))
        new.info.origin = Origin(new.tape) if leaf else origin_of_view(self)
        return new

    def _cell(self: Any, array: Array, leaf: Any) -> Array:
        """A view of the one element of a tensor without axes, as slots that know where it stands."""
        still = (0,) * array.ndim
        if leaf is not None:
            return Array.of(array.tape, strided(int(array.slots.flat[0]), array.shape, still)) if array.size else array
        if self.slot < 0:
            return array
        family_of(self)
        parent = self._info.parent
        return parent._array.view(as_strided(element(parent, self._info.key).slots, array.shape, still))  # type: ignore[no-any-return]


def shares(view: NDArray[Any], data: NDArray[Any]) -> bool:
    """Whether what was made of an ndarray looks at its memory; without elements, whether it would."""
    return view.base is not None and (not view.size or np.may_share_memory(view, data))


def selected(layout: NDArray[Any], key: Any) -> NDArray[Any]:
    """Chosen elements; the axes that were not chosen from lie in memory as those of the whole do, as in PyTorch."""
    found = np.asarray(layout[key])
    if found.ndim != layout.ndim or layout.flags.c_contiguous:
        return np.asarray(found, order="C")
    strides = [abs(st) for st in layout.strides]
    for i, k in enumerate(_in_full(key, layout.ndim)):
        if isinstance(k, (list, np.ndarray)):
            strides[i] = 0  # its place among the axes is open
    order = list(reversed(range(found.ndim)))  # innermost first
    for i in range(1, found.ndim):
        for j in reversed(range(i)):
            a, b = strides[order[j]], strides[order[i]]
            if a and b and a <= b:
                break
            if a and b:
                order[i], order[j] = order[j], order[i]
                i = j
    order.reverse()
    return np.asarray(found.transpose(order), order="C").transpose(np.argsort(order))


def _in_full(key: Any, ndim: int) -> Any:
    """An index that makes no axes, with a slice for each axis in place of its ellipsis."""
    at = next((i for i, k in enumerate(key) if k is Ellipsis), None)
    return key if at is None else (*key[:at], *(slice(None),) * (ndim - len(key) + 1), *key[at + 1 :])


def copied(array: Array, order: Literal["C", "K"] = "K") -> Array:
    """The same elements under names of their own; a later assignment to one array does not reach the other."""
    if array.slot >= 0:
        return array
    slots = array.slots
    return Array.of(array.tape, slots if is_shared(slots) and (order == "K" or slots.flags.c_contiguous) else slots.copy(order))


def is_mixed(key: Any) -> bool:
    """Whether an index has both integers and lists: the integers choose first, as in PyTorch; NumPy makes lists of them."""
    if not isinstance(key, tuple):
        return False
    return any(isinstance(k, (list, np.ndarray)) for k in key) and any(map(_is_integer, key))


def _is_integer(k: Any) -> bool:
    """Whether part of an index is an integer; a truth value is a mask."""
    return isinstance(k, (int, np.integer)) and not isinstance(k, bool)


def parted(key: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """A mixed index as two: that of its integers, and the rest."""
    first: list[Any] = []
    rest: list[Any] = []
    for k in key:
        if _is_integer(k):
            first.append(int(k))
            continue
        rest.append(k)
        if k is Ellipsis:
            first.append(k)
        elif k is not None:
            mask = np.asarray(k) if isinstance(k, (list, np.ndarray)) else None
            first += [slice(None)] * (mask.ndim if mask is not None and mask.dtype == bool else 1)
    return tuple(first), tuple(rest)


def without_ones(shape: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """A shape without as many leading ones as it has axes too many."""
    spare = len(shape) - ndim
    while spare > 0 and shape[0] == 1:
        shape, spare = shape[1:], spare - 1
    return shape


def is_element(key: Any) -> bool:
    """Whether an index of integers names one element."""
    return isinstance(key, int) or all(isinstance(k, (int, np.integer)) or k is Ellipsis for k in key)


def plain(x: Any) -> Any:
    """An index or argument with tensors replaced by their values."""
    if isinstance(x, Tensor):
        v = x.values()
        return v if v.ndim else v[()]
    if isinstance(x, (tuple, list)):
        return (tuple if isinstance(x, tuple) else list)(plain(v) for v in x)
    return x
