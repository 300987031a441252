"""Recorded arrays: a NumPy array of slot numbers, and Python's operators on it.

Structural functions work on the slot numbers and append nothing to the tape; arithmetic appends. NumPy's protocols
(NEP 13 and NEP 18) are answered by the tables in `jittape.functions`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from jittape.array.append import Shape, constant_operand
from jittape.array.copies import FLOATS, Copied
from jittape.array.layout import Axes, turned, turned_by_first
from jittape.array.operators import BOOLEAN, POWERS, PYTHONS, boolean
from jittape.array.state import ComplexOperand, check, complexly, mismatch, plain
from jittape.array.stores import Store, Window, span
from jittape.errors import RecordingError, TapeMismatchError
from jittape.instructions.references import SHARED_LIMIT, Slots, computed, inactive, is_shared, reference, run_slots
from jittape.ops._generated import opcodes as ops
from jittape.ops._generated.opcodes import SWITCH
from jittape.ops.layout import BLOCK_REF, CONSTANT, INACTIVE, RUN_REF, SCALAR_REF
from jittape.ops.spec import by_code
from jittape.tape.arrays import REBOUND, STORED
from jittape.tape.guards import NUMBER, TRUTH
from jittape.tape.tape import Tape


class Untyped:
    """What stands for a Numba type where there is none: whatever is asked of it raises.

    Native code of Numba asks whether an object has a type before it takes it, and cannot pass on what is raised at that; from Python 3.13 on that is
    printed besides.
    """

    def __init__(self, why: str) -> None:
        self.why = why

    def __getattr__(self, name: str) -> Any:
        raise RecordingError(self.why)


class Array(Copied):
    """A recorded array of real numbers.

    It behaves as an ndarray of its shape in arithmetic, indexing (assignment included) and NumPy's functions; its values
    are computed when they are asked for. Arrays are made by `jittape.grad` and its kin, for the arguments of the
    function that they differentiate.
    """

    __slots__ = ("_slots", "run", "slot", "store", "tape")
    run: Any
    """(first slot, size, shape) of a run in C order, whose `_slots` are made when they are asked for; else None."""
    store: Store | None
    """What it shares with the views of the same memory; None while nothing is shared. A scalar has none."""
    __array_priority__ = 1000.0
    is_mask: ClassVar[bool] = False
    is_complex: ClassVar[bool] = False

    def __init__(self, tape: Tape, slot: int) -> None:
        self.tape = tape
        self.slot = slot
        """The slot of a scalar, or -1."""

    # --- making ----------------------------------------------------------------------------------------------------------

    @classmethod
    def of(cls, tape: Tape, slots: Slots, store: Store | None = None) -> Array:
        """An array with these slots (kept, not copied)."""
        new = cls(tape, -1)
        new._slots = slots
        new.store = store
        new.run = None
        return new

    @classmethod
    def of_run(cls, tape: Tape, base: int, shape: Shape) -> Array:
        """An array whose slots are the run that begins at `base`."""
        if shape == ():
            return cls(tape, base)
        n = math.prod(shape)
        if base + n > SHARED_LIMIT:
            return cls.of(tape, run_slots(base, n).reshape(shape))
        new = cls(tape, -1)
        new.run = (base, n, shape)
        new.store = None
        return new

    @property
    def slots(self) -> Slots:
        """The slot numbers, an integer array of the array's shape."""
        if self.slot >= 0:
            return np.full((), self.slot, np.int32)
        store = self.store
        if store is not None and store.private is not None:  # a view of the same run was assigned to: follow
            s = self._slots
            first = int(s.flat[0]) - store.base if s.size else 0
            self.rename(np.lib.stride_tricks.as_strided(store.private[first:], s.shape, s.strides, writeable=not store.read_only))
            self.store = None
        return self._slots

    def view(self, slots: Any = None, read_only: bool = False) -> Any:
        """What a structural function made of `self.slots`: a scalar, a view that aliases this array, or a new array.

        Without an argument it is ndarray.view(): this array's elements under another name.
        """
        if not isinstance(slots, np.ndarray):
            if isinstance(slots, (int, np.integer)):
                if self.constant:  # NumPy's scalars are immutable, so an element that is a constant is a plain number
                    if self.tape.computed_constants:
                        self.tape.evaluate()
                    number = self.tape.value[slots]
                    return number != 0 if self.is_mask else number
                return type(self)(self.tape, int(slots))
            if slots is not None and self.constant and np.dtype(slots) != self.dtype:
                return self._method("view")(slots)
            if slots is not None and (self.is_mask or not (isinstance(slots, (type, str, np.dtype)) and np.dtype(slots) == self.dtype)):
                raise RecordingError(f"a recorded array cannot be viewed as {slots!r}; it holds real numbers of dtype {self.dtype}")
            if self.slot >= 0:
                return self
            slots = self.slots[...]
        store: Store | None = None
        if self.slot < 0:
            store = self.store
            if is_shared(slots):
                if store is None:
                    run = self.run
                    store = self.store = Store(*span(self._slots)) if run is None else Store(run[0], run[1])
                if read_only and not store.read_only:
                    store = Window(store)
            elif store is not None and (store.read_only or is_shared(self._slots)):  # a copy
                store = Store(0, 0, True) if store.constant else None
        return type(self).of(self.tape, slots, store)

    @property
    def constant(self) -> bool:
        """Whether it is known that no element depends on an input."""
        return self.slot < 0 and self.store is not None and self.store.constant

    # --- what it looks like ----------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Shape:
        if self.slot >= 0:
            return ()
        run = self.run
        return self._slots.shape if run is None else run[2]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        if self.slot >= 0:
            return 1
        run = self.run
        return self._slots.size if run is None else run[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(bool) if self.is_mask else self.tape.dtype

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    def __len__(self) -> int:
        if self.ndim == 0:
            from jittape.array.conversions import no_length  # for start-up

            raise no_length(self.tape)
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if self.ndim == 0:
            raise TypeError("iteration over a recorded scalar")
        return (self[i] for i in range(len(self)))

    def value(self, evaluate: bool = True) -> NDArray[Any]:
        """The current values, a new ndarray; without `evaluate` those that stand there."""
        tape = self.tape
        if evaluate and (tape.computed_constants or not self.constant):
            tape.evaluate()
        if self.slot >= 0:
            out = np.asarray(tape.value[self.slot])
        else:
            s = self.slots
            if s.size and is_shared(s) and s.flags.c_contiguous:
                base = int(s.flat[0])
                out = tape.value[base : base + s.size].reshape(s.shape).copy()
            elif s.ndim > 1 and not s.flags.c_contiguous:
                out = np.empty_like(s, tape.dtype)
                out[...] = tape.value[s]
            else:
                out = tape.value[s]
        return out != 0 if self.is_mask else out

    def decide(self, what: str) -> NDArray[Any]:
        """The current values, for a decision of the program that depends on them (a branch, an index, an order).

        In a recording that is to be replayed a guard notes that they must come out the same. Where many values decide
        alike, record what is compared and decide by that: `truth`, `whole`, functions/decisions.py.
        """
        tape = self.tape
        if tape.replayable and not self.constant:
            check(tape)
            tape.evaluate()
            kind = TRUTH if self.is_mask else NUMBER
            slot = self.slot
            if slot >= 0:
                tape.guard(slot, tape.value[slot], what, kind)
            else:
                tape.guard(self.slots, tape.value[self.slots], what, kind)
        return self.value()

    def truth(self, what: str) -> NDArray[np.bool_]:
        """Which elements are not zero, for a decision of the program."""
        if self.is_mask:
            return self.decide(what)
        if self.tape.replayable and not self.constant:
            return apply(ops.NOT_EQUAL, self, 0.0).decide(what)  # type: ignore[no-any-return]
        return self.value() != 0  # type: ignore[no-any-return]

    def whole(self, what: str) -> NDArray[Any]:
        """The elements without their fractions, for a decision of the program."""
        if not self.is_mask and self.tape.replayable and not self.constant:
            return apply(ops.TRUNC, self).decide(what)  # type: ignore[no-any-return]
        return self.decide(what)

    # --- indexing --------------------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        if type(key) is not int and type(key) is not slice:
            key = plain_key(key)
        return self.view(self.slots[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.slot >= 0:
            raise TypeError(
                "a recorded scalar does not support item assignment, as NumPy's scalars do not; bind the name anew "
                "(x = ...), or make an array that does: jittape.numpy.array(x)"
            )
        if type(value) is Array and value.slot >= 0 and value.tape is self.tape and (type(key) is int or not isinstance(key, Mask)):
            if not self.is_mask:  # the common case of a loop that fills an array
                self.writable_slots()[key if type(key) is int else plain_key(key)] = value.slot
                return
        if isinstance(key, Mask) and key.shape == self.shape and getattr(value, "shape", ()) == () and not isinstance(value, (list, tuple)):
            value = where(key, value, self)  # an operation, so that it may be replayed
            key = ...
        new, recorded = self.elements(value)
        key = plain_key(key)
        self.writable_slots(recorded)[key] = new

    def elements(self, value: Any) -> tuple[Slots, bool]:
        """(slots, whether they may depend on inputs) of something that is to be stored in this array."""
        if self.is_mask and not isinstance(value, Mask):
            value = value != 0 if isinstance(value, Array) else np.asarray(value) != 0
        if isinstance(value, (list, tuple)):
            value = listed(self.tape, value)
        if isinstance(value, Array):
            self._same_tape(value)
            return value.slots, not value.constant
        check(self.tape)
        return constant_operand(self.tape, value)[0], False

    def writable_slots(self, recorded: bool = True) -> Slots:
        """The slots as an array that may be written, shared with every view of the same memory.

        Args:
            recorded: whether what will be written may depend on inputs.
        """
        s = self.slots
        store = self.store
        self.tape.layout |= STORED
        if store is None:
            if is_shared(s):
                self.rename(s.copy("K"))
        elif store.read_only:
            raise ValueError("assignment destination is read-only")
        elif is_shared(s):
            store.constant = False
            store.private = np.arange(store.base, store.base + store.size, dtype=np.int32)
        elif recorded:
            store.constant = False
        return self.slots

    def storing(self, value: Any) -> tuple[Slots, Slots]:
        """(writable slots, slots of what is to be stored there), of one memory where one array holds both, as NumPy's functions find it."""
        new, recorded = self.elements(value)
        slots = self.writable_slots(recorded)
        return slots, value.slots if isinstance(value, Array) and not self.is_mask else new

    def rename(self, slots: Slots) -> None:
        """Hold these slots from now on."""
        self._slots, self.run = slots, None

    def _same_tape(self, other: Array) -> None:
        if other.tape is not self.tape:
            raise TapeMismatchError(mismatch(self.tape, other.tape))

    def become(self, new: Any) -> Array:
        """In-place arithmetic: this array (and its views) gets the slots of `new`."""
        if not isinstance(new, Array):
            if new is NotImplemented or self.slot >= 0:
                return NotImplemented  # type: ignore[no-any-return]
            self[...] = new
            return self
        if self.slot >= 0:
            self.tape.layout |= REBOUND
            return new
        if new.shape != self.shape:
            raise ValueError(f"non-broadcastable output operand with shape {self.shape} doesn't match the broadcast shape {new.shape}")
        if self.store is None and is_shared(self._slots) and self.is_mask == new.is_mask and new.slots.strides == self._slots.strides:
            self.tape.layout |= STORED
            self.rename(new.slots)  # nothing else looks at this run
        else:
            self[...] = new
        return self

    # --- protocols -------------------------------------------------------------------------------------------------------

    @property
    def _numba_type_(self) -> Any:
        """What Numba asks for where one of its functions is called with this, or finds it around it."""
        if self.constant:
            refused = "a function of numba.njit takes ndarrays: call it with np.asarray(a) of a constant that jittape.numpy has made"
        else:
            refused = (
                "a function of numba.njit is called with a recorded array, in a function of Python that is differentiated: call "
                "jittape.native.wrap(f) in its place"
            )
        if sys._getframe(1).f_globals.get("__name__", "").startswith("numba."):
            raise RecordingError(refused)
        return Untyped(refused)

    def __getattr__(self, name: str) -> Any:
        if name == "_slots" and self.slot < 0:  # of a run, not asked for before
            base, n, shape = self.run
            self._slots = run_slots(base, n).reshape(shape)
            return self._slots
        return self._method(name)

    if TYPE_CHECKING:  # array/protocols.py gives the class these, which stand above it

        def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any: ...
        def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any: ...
        def _method(self, name: str) -> Any: ...
        @staticmethod
        def _recordable(tape: Tape, made: Any) -> Any: ...


class Mask(Array):
    """A recorded array of truth values: what comparisons of recorded arrays give. Its derivative is zero."""

    __slots__ = ()
    is_mask = True

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True) -> Any:
        if np.dtype(dtype).kind != "f":
            return super().astype(dtype, order, casting, subok, copy)
        if self.slot >= 0:  # truth values are zeros and ones
            return Array(self.tape, self.slot)
        return Array.of(self.tape, self.slots.copy(order), Store(0, 0, True) if self.constant else None)


def plain_key(key: Any) -> Any:
    """An index with recorded masks and numbers replaced by their values."""
    if isinstance(key, Array):
        v = key.decide("an index")
        return v if key.is_mask else _integers(v)
    if isinstance(key, tuple):
        return tuple(plain_key(k) for k in key)
    if isinstance(key, list) and any(isinstance(k, Array) for k in key):
        return [plain_key(k) for k in key]
    return key


def _integers(v: NDArray[Any]) -> Any:
    if not np.array_equal(v, np.rint(v)):
        raise IndexError(f"arrays are indexed by integers, not by {v}")
    return v.astype(np.intp) if v.ndim else int(v)


def apply(op: int, *operands: Any) -> Any:
    """Record an elementwise operation over arrays, numbers and ndarrays, with NumPy's broadcasting."""
    first = operands[0] if isinstance(operands[0], Array) else next(x for x in operands if isinstance(x, Array))
    tape = first.tape
    return tape.operation(op, operands, _applied, (op, operands, first, tape)) if tape.repeats else _applied(op, operands, first, tape)


def _applied(op: int, operands: tuple[Any, ...], first: Array, tape: Tape) -> Any:
    try:
        check(tape)
        if tape.careful is not None and not tape.busy:
            taken = plainly(op, operands) if first.constant else None
            return tape.careful.operator(tape, op, operands) if taken is None else taken
        if first.is_mask and op in BOOLEAN:
            op = boolean(op, operands)
        shape: Shape = ()
        constant = True
        loose = False
        for x in operands:
            if isinstance(x, Array):
                if x.tape is not tape:
                    raise TapeMismatchError(mismatch(tape, x.tape))
                if x.slot >= 0:
                    constant = False
                    continue
                store = x.store
                constant = constant and store is not None and store.constant
                own = x._slots.shape if x.run is None else x.run[2]
                loose = loose or (x.run is None and len(own) > 1 and not x._slots.flags.c_contiguous)
            elif isinstance(x, (float, int)):
                continue
            elif type(x) is np.ndarray and x.dtype in FLOATS:
                own = x.shape
                loose = loose or (len(own) > 1 and not x.flags.c_contiguous)
            else:
                if op == ops.MUL and isinstance(x, (list, tuple)) and first.slot >= 0:
                    times = first.counted("a number of repetitions")
                    if times is not None:
                        return x * int(times)
                taken = plainly(op, operands)
                return apply(op, *[_operand(tape, x) for x in operands]) if taken is None else taken
            if own != shape:
                shape = own if own[len(own) - len(shape) :] == shape else _broadcast(operands) if own != shape[len(shape) - len(own) :] else shape
        if constant and not tape.busy and (taken := plainly(op, operands)) is not None:
            return taken
        if shape == () and op in SWITCH:
            slots = [x.slot if isinstance(x, Array) and x.slot >= 0 else _described(tape, x, (), 1)[1] for x in operands]
            return (Mask if op in ops.MASKS else Array)(tape, tape.append_scalar(op, *slots))
        if loose:
            order = (turned_by_first if tape.by_first else turned)(tuple([_layout(x) for x in operands]), len(shape))
            if order is not None:
                return _apply_turned(tape, op, operands, shape, constant, order)
        n = math.prod(shape)
        record: list[int] = []
        for x in operands:
            record += _described(tape, x, shape, n)
        base = tape.append_run(op, n, record)
        new = (Mask if op in ops.MASKS else Array).of_run(tape, base, shape)
        if constant and shape:
            new.store = Store(base, n, True)
            tape.computed_constants = True
        return new
    except ComplexOperand:
        return complexly().by_operation(op, operands)


def _layout(x: Any) -> Any:
    """(shape, strides) of an operand, which decide where NumPy lays out the result; None for strides of C order, and of numbers."""
    if isinstance(x, Array):
        return None if x.slot >= 0 else (x.run[2], None) if x.run is not None else (x._slots.shape, x._slots.strides)
    return (x.shape, x.strides) if isinstance(x, np.ndarray) else None


def _apply_turned(tape: Tape, op: int, operands: tuple[Any, ...], shape: Shape, constant: bool, order: tuple[Axes, Axes]) -> Any:
    """`apply` where NumPy goes through the operands in another order of axes than C's: as they lie in memory."""
    axes, back = order
    inner = tuple([shape[a] for a in axes])
    n = math.prod(shape)
    record: list[int] = []
    for x in operands:
        if isinstance(x, Array):
            if x.slot >= 0:
                record += (SCALAR_REF, x.slot, 0, 0, 1)
            else:
                s = x.slots
                if s.ndim < len(axes):
                    s = s[(None,) * (len(axes) - s.ndim)]
                ref = reference(tape, s.transpose(axes), inner)
                record += computed(ref) if x.constant else ref
        elif isinstance(x, np.ndarray):
            record += _described(tape, x[(None,) * (len(axes) - x.ndim)].transpose(axes), inner, n)
        else:
            record += _described(tape, x, inner, n)
    base = tape.append_run(op, n, record)
    slots = run_slots(base, n).reshape(inner).transpose(back)
    tape.computed_constants = tape.computed_constants or constant
    return (Mask if op in ops.MASKS else Array).of(tape, slots, Store(base, n, True) if constant else None)


def plainly(op: int, operands: tuple[Any, ...]) -> Any:
    """What NumPy makes of constants, of whatever dtype; None of recorded operands, and of operations that have no function of NumPy."""
    tape = None
    for x in operands:
        if isinstance(x, Array):
            tape = x.tape
            if not x.constant:
                return None
    name = by_code(op).numpy
    for x in operands:
        if isinstance(x, np.ndarray) and type(x) is not np.ndarray:  # whose operators may mean other things
            name = ""
    function = PYTHONS[op] if not name and op in PYTHONS else np.where if op == ops.WHERE else np.power if op == ops.POWC else getattr(np, name, None) if name else None
    if function is None or tape is None:
        return None
    return Array._recordable(tape, function(*[x.value() if isinstance(x, Array) else x for x in operands]))


def _operand(tape: Tape, x: Any) -> Any:
    """A list, or what becomes an ndarray, as `apply` takes it."""
    if type(x) in (list, tuple):
        x = listed(tape, x)
    if isinstance(x, Array):
        return x
    a = plain(x)
    return a if type(a) is np.ndarray and a.dtype in FLOATS else np.asarray(a, tape.dtype)


def _broadcast(operands: tuple[Any, ...]) -> Shape:
    shapes = [x.shape if isinstance(x, Array) else np.shape(x) for x in operands]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"operands could not be broadcast together with shapes {' '.join(map(str, shapes))}") from None


def _described(tape: Tape, x: Any, shape: Shape, n: int) -> tuple[int, int, int, int, int]:
    """The reference of an operand that is broadcast to n elements of some shape."""
    if isinstance(x, Array):
        if x.slot >= 0:
            return SCALAR_REF, x.slot, 0, 0, 1
        store, run = x.store, x.run
        if run is None or not n or (store is not None and (store.constant or store.private is not None)):
            ref = reference(tape, x.slots, shape)
            return computed(ref) if x.constant else ref
        base, size, own = run
        flag = 0
    elif type(x) is not np.ndarray or x.size == 1:
        return SCALAR_REF | INACTIVE, tape.constant(x if type(x) is not np.ndarray else x.item()), 0, 0, 1
    elif n and 0 not in x.strides:
        base, size, own = tape.append_leaf(x, CONSTANT), x.size, x.shape
        flag = INACTIVE
    else:
        return inactive(reference(tape, constant_operand(tape, x)[0], shape))
    if size == 1:
        return SCALAR_REF | flag, base, 0, 0, 1
    if own == shape:
        return RUN_REF | flag, base, 1, 1, n
    if own == shape[len(shape) - len(own) :]:
        return BLOCK_REF | flag, base, 0, 1, size
    ref = reference(tape, run_slots(base, size).reshape(own), shape)
    return inactive(ref) if flag else ref


def where(condition: Any, x: Any, y: Any) -> Any:
    """np.where of three arguments; the condition is an operation, not a decision."""
    return apply(ops.WHERE, condition, x, y)


PLAIN = frozenset((float, int, bool, complex, str))
"""Types of the elements of most lists, of which none is recorded."""


def holds_plain(x: Any) -> bool:
    """Whether a list or tuple is one of plain numbers or texts: a long one is known by the types of its elements."""
    return PLAIN.issuperset(map(type, x))


def holds_recorded(x: Any) -> bool:
    """Whether a nested list or tuple has a recorded array in it."""
    return not holds_plain(x) and any(isinstance(v, Array) or (isinstance(v, (list, tuple)) and holds_recorded(v)) for v in x)


def listed(tape: Tape, x: Any) -> Any:
    """A nested list with recorded arrays in it as one recorded array; what holds none is returned as it is."""
    if not holds_recorded(x):
        return x
    return Array.of(tape, gather(tape, x))


def gather(tape: Tape, x: Any) -> Slots:
    """The slots of a nested list of recorded arrays, ndarrays and numbers."""
    if isinstance(x, Array):
        if x.tape is not tape:
            raise TapeMismatchError(mismatch(tape, x.tape))
        return x.slots
    if not isinstance(x, (list, tuple)):
        return constant_operand(tape, x)[0]
    rows = [gather(tape, v) for v in x]
    shapes = {r.shape for r in rows}
    if len(shapes) > 1:
        raise ValueError(f"a list of recorded values is ragged: elements of shapes {', '.join(map(str, sorted(shapes)))} side by side")
    return np.array(rows, np.int32)


def power(x: Any, y: Any) -> Any:
    """x ** y, by cheaper operations where the exponent is a plain number."""
    if isinstance(y, Array):
        return apply(ops.POW, x, y)
    exponent = np.asarray(y)
    if exponent.ndim == 0 and exponent.dtype.kind in "fiu":
        op = POWERS.get(float(exponent))
        if op is not None:
            return apply(op, x)
    return apply(ops.POWC, x, y)


def stop_gradient(x: Any) -> Any:
    """The value of `x` as plain NumPy, a constant for the derivative.

    Inside a recording that is to be replayed it stays recorded, with derivative zero. Plain values are returned as they
    are; nested tuples, lists and dicts are gone through.

    Example:
        >>> import jittape as jt
        >>> float(jt.grad(lambda x: x * jt.stop_gradient(x))(3.0))
        3.0
    """
    if isinstance(x, Array):
        if x.tape.replayable:
            return apply(ops.STOP_GRADIENT, x)
        v = x.value()
        return v if v.ndim else v[()]
    if isinstance(x, tuple):
        items = [stop_gradient(v) for v in x]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, list):
        return [stop_gradient(v) for v in x]
    if isinstance(x, dict):
        return {k: stop_gradient(v) for k, v in x.items()}
    return x
