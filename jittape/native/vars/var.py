"""The Numba type `Var`: a real number that records on a tape what is done with it.

A Var is (value, slot, address of the tape's address block). One that came from a plain number has no tape (address 0); it
becomes a constant of the tape when it meets a Var that has one. An operation is appended to the tape's arrays by a few
stores; where these are full, a callback makes them longer.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typeconv import Conversion
from numba.extending import intrinsic, lower_cast, models, register_model
from numba.np import arrayobj

from jittape.native.vars.marks import mark
from jittape.ops.layout import (
    C_ARG0,
    C_ARG1,
    C_CACHE,
    C_COUNT,
    C_DECIDED,
    C_DECISION_COUNT,
    C_DECISION_LIMIT,
    C_DECISIONS,
    C_EXTRA,
    C_LIMIT,
    C_OPCODE,
    C_VALUE,
    CONSTANT,
    RECENT,
)

REAL, LONG, INT, OPCODE, BYTE, BIT = ir.DoubleType(), *map(ir.IntType, (64, 32, 16, 8, 1))
VAR = ir.LiteralStructType([REAL, LONG, LONG])
"""A Var in LLVM's language."""
RECORD = np.dtype([("value", "f8"), ("slot", "i8"), ("tape", "i8")])
"""A Var in an ndarray."""
GROW = "jittape_grow"
"""The symbol of the callback that makes a tape longer."""
SCATTER = 0x9E3779B97F4A7C15
"""The golden ratio in 64 bits: the upper bits of a product with it tell numbers that are close to one another apart."""
NUMBERS = (types.Float, types.Integer, types.Boolean)


class VarType(types.Type):  # type: ignore[misc]
    """A recorded real number. A plain number can become one, never the other way round: that would lose the derivative."""

    is_internal = True

    def __init__(self) -> None:
        super().__init__(name="jittape.Var")

    def can_convert_from(self, context: Any, other: Any) -> Any:
        if isinstance(other, types.Array) and other.ndim == 0 and isinstance(other.dtype, (VarType, *NUMBERS)):
            return Conversion.safe  # operations of arrays without axes are those of scalars
        return Conversion.safe if isinstance(other, NUMBERS) else None

    def unify(self, context: Any, other: Any) -> Any:
        if isinstance(other, NUMBERS):
            return self
        if isinstance(other, types.Omitted) and isinstance(other.value, (int, float)):
            return self
        return complex_var if isinstance(other, types.Complex) else None


class ComplexVarType(types.Type):  # type: ignore[misc]
    """A recorded complex number: two Vars. Numbers, real and complex, and Vars can become one, never the other way round."""

    is_internal = True

    def __init__(self) -> None:
        super().__init__(name="jittape.ComplexVar")

    def can_convert_from(self, context: Any, other: Any) -> Any:
        if isinstance(other, types.Array) and other.ndim == 0:
            other = other.dtype
        return Conversion.safe if isinstance(other, (VarType, ComplexVarType, types.Complex, *NUMBERS)) else None

    def unify(self, context: Any, other: Any) -> Any:
        if isinstance(other, types.Omitted) and isinstance(other.value, (int, float, complex)):
            return self
        return self if isinstance(other, (VarType, types.Complex, *NUMBERS)) else None


var = VarType()
complex_var = ComplexVarType()


class ArraysOf(type(types.Array)):  # type: ignore[misc]
    """Makes arrays of elements of a kind, `element`, instances of a class."""

    element: Any

    def __instancecheck__(cls, t: Any) -> bool:
        return isinstance(t, types.Array) and isinstance(t.dtype, cls.element)


class VarArrays(types.Array, metaclass=ArraysOf):  # type: ignore[misc]
    """What methods of arrays of Vars are registered for: one registered for `types.Array` would be lowered for every array."""

    element = VarType


FIELDS = ("value", "slot", "tape")


@register_model(VarType)
class VarModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, [*zip(FIELDS, (types.float64, types.int64, types.int64), strict=True)])

    def traverse(self, builder: Any) -> list[Any]:
        """What may hold references: none of its fields. Numba would take each Var apart wherever one comes to be or goes."""
        return []


# --- values of Vars in LLVM's language ------------------------------------------------------------------------------------


def proxy(context: Any, builder: Any, value: Any = None) -> Any:
    """A Var's fields: value, slot, tape. Those of one that is there are read off it, without memory: long functions compile in less time."""
    return cgutils.create_struct_proxy(var)(context, builder) if value is None else _Fields(builder, value)


class _Fields:
    """The fields of a Var that is there."""

    def __init__(self, builder: Any, of: Any) -> None:
        self._builder = builder
        self._of = of

    @property
    def value(self) -> Any:
        return self._builder.extract_value(self._of, FIELDS.index("value"))

    @property
    def slot(self) -> Any:
        return self._builder.extract_value(self._of, FIELDS.index("slot"))

    @property
    def tape(self) -> Any:
        return self._builder.extract_value(self._of, FIELDS.index("tape"))


def made(builder: Any, **fields: Any) -> Any:
    """A Var of these fields."""
    new = ir.Constant(VAR, ir.Undefined)
    for place, name in enumerate(FIELDS):
        new = builder.insert_value(new, fields[name], place)
    return new


def plain(builder: Any, value: Any) -> Any:
    """A Var of a number that is on no tape."""
    if isinstance(value, ir.Constant):
        return ir.Constant(VAR, [value, ir.Constant(LONG, -1), ir.Constant(LONG, 0)])
    return made(builder, value=value, slot=ir.Constant(LONG, -1), tape=ir.Constant(LONG, 0))


def _cast(context: Any, builder: Any, fromty: Any, toty: Any, value: Any) -> Any:
    return plain(builder, context.cast(builder, value, fromty, types.float64))


for _kind in NUMBERS:
    lower_cast(_kind, VarType)(_cast)


@lower_cast(types.Array, VarType)  # type: ignore[untyped-decorator]
def _cast_element(context: Any, builder: Any, fromty: Any, toty: Any, value: Any) -> Any:
    """The one element of an array without axes."""
    data = arrayobj.make_array(fromty)(context, builder, value).data
    element = arrayobj.load_item(context, builder, fromty, data)
    return element if isinstance(fromty.dtype, VarType) else _cast(context, builder, fromty.dtype, toty, element)


# --- appending to the tape --------------------------------------------------------------------------------------------------


class _Compiling(threading.local):
    """What is compiled in this thread.

    Attributes:
        apart: whether it is so long that operations are recorded by calls: inlined, they would take minutes to compile.
    """

    apart = False


compiling = _Compiling()


def written(module: Any, name: str, result: Any, arguments: Sequence[Any], body: Any, apart: bool = False, own: bool = False) -> Any:
    """A function of the module that is written when it is first asked for; equal ones of several modules are merged.

    Args:
        body: body(builder, *arguments) writes it.
        apart: whether it stays a function of its own, whoever calls it.
        own: whether it is the module's own. What computes must be: `fastmath` holds for all of a module, and for no other.
    """
    if apart:
        name += "_apart"
    found = module.globals.get(name)
    if found is None:
        found = ir.Function(module, ir.FunctionType(result, arguments), name)
        found.linkage = "internal" if own else "linkonce_odr"
        found.attributes.add("nounwind")
        found.attributes.add("noinline" if apart else "alwaysinline")
        body(ir.IRBuilder(found.append_basic_block("entry")), *found.args)
    return found


def _field(b: Any, block: Any, k: int) -> Any:
    return b.gep(block, [ir.Constant(INT, k)], inbounds=True)


def _load(b: Any, block: Any, k: int) -> Any:
    return b.load(_field(b, block, k))


def _store(b: Any, block: Any, k: int, i: Any, x: Any) -> None:
    """Store x as element i of the array whose address is in field k."""
    b.store(x, b.gep(b.inttoptr(_load(b, block, k), x.type.as_pointer()), [i], inbounds=True))


def _grow(b: Any, tape: Any) -> None:
    fn = cgutils.get_or_insert_function(b.module, ir.FunctionType(ir.VoidType(), [LONG]), GROW)
    b.call(fn, [tape])


def push(module: Any) -> Any:
    """jittape_push(tape, opcode, arg0, arg1, value) -> slot."""

    def body(b: Any, tape: Any, opcode: Any, arg0: Any, arg1: Any, value: Any) -> None:
        block = b.inttoptr(tape, LONG.as_pointer())
        count = _load(b, block, C_COUNT)
        full = b.icmp_signed(">=", count, _load(b, block, C_LIMIT))
        before = b.block
        with b.if_then(full, likely=False):
            _grow(b, tape)
            again = _load(b, block, C_COUNT)  # set back where the tape could not grow
            grown = b.block
        n = b.phi(LONG)
        n.add_incoming(count, before)
        n.add_incoming(again, grown)
        _store(b, block, C_OPCODE, n, opcode)
        _store(b, block, C_ARG0, n, arg0)
        _store(b, block, C_ARG1, n, arg1)
        slot = b.add(n, _load(b, block, C_EXTRA))
        _store(b, block, C_VALUE, slot, value)
        b.store(b.add(n, ir.Constant(LONG, 1)), _field(b, block, C_COUNT))
        b.ret(slot)

    return written(module, "jittape_push", LONG, [LONG, OPCODE, INT, INT, REAL], body)


def constant(module: Any) -> Any:
    """jittape_constant(tape, value) -> the slot of a constant, one that was recorded lately if there is."""
    add = push(module)

    def body(b: Any, tape: Any, value: Any) -> None:
        block = b.inttoptr(tape, LONG.as_pointer())
        bits = b.bitcast(value, LONG)
        place = b.lshr(b.mul(bits, ir.Constant(LONG, SCATTER)), ir.Constant(LONG, LONG.width - (RECENT - 1).bit_length()))
        entry = b.gep(b.inttoptr(_load(b, block, C_CACHE), LONG.as_pointer()), [b.shl(place, ir.Constant(LONG, 1))])
        known = b.load(b.gep(entry, [ir.Constant(INT, 1)]))
        same = b.and_(b.icmp_unsigned("==", b.load(entry), bits), b.icmp_signed(">=", known, ir.Constant(LONG, 0)))
        with b.if_then(same, likely=True):
            b.ret(known)
        zero = ir.Constant(INT, 0)
        slot = b.call(add, [tape, ir.Constant(OPCODE, CONSTANT), zero, zero, value])
        b.store(bits, entry)
        b.store(slot, b.gep(entry, [ir.Constant(INT, 1)]))
        b.ret(slot)

    return written(module, "jittape_constant", LONG, [LONG, REAL], body)


def _slot(b: Any, tape: Any, own: Any, slot: Any, value: Any) -> Any:
    """The slot of an operand, which may be on no tape yet."""
    with b.if_else(b.icmp_unsigned("==", own, ir.Constant(LONG, 0))) as (absent, present):
        with absent:
            new = b.call(constant(b.module), [tape, value])
            first = b.block
        with present:
            second = b.block
    out = b.phi(LONG)
    out.add_incoming(new, first)
    out.add_incoming(slot, second)
    return b.trunc(out, INT)


def recorder(module: Any, arity: int, apart: bool = False) -> Any:
    """jittape_record<arity>(opcode, value, operand ...) -> the Var of that value, on no tape where no operand is on one."""

    def body(b: Any, opcode: Any, value: Any, *operands: Any) -> None:
        fields = [_Fields(b, x) for x in operands]
        tape = _tape(b, operands)
        with b.if_then(b.icmp_unsigned("==", tape, ir.Constant(LONG, 0))):
            b.ret(plain(b, value))
        slots = [_slot(b, tape, x.tape, x.slot, x.value) for x in fields]
        slot = b.call(push(module), [tape, opcode, slots[0], slots[1] if arity > 1 else ir.Constant(INT, 0), value])
        b.ret(made(b, value=value, slot=slot, tape=tape))

    return written(module, f"jittape_record{arity}", VAR, [OPCODE, REAL, *[VAR] * arity], body, apart)


def _tape(b: Any, operands: Sequence[Any]) -> Any:
    """The tape that one of some Vars is on, at least; 0 where none is."""
    tape, *more = (_Fields(b, x).tape for x in operands)
    for other in more:
        tape = b.or_(tape, other)
    return tape


def record(context: Any, b: Any, opcode: int, value: Any, operands: Sequence[Any], apart: bool = False) -> Any:
    """Append an operation on Vars whose value is known; returns the Var.

    Args:
        apart: by a call, where it is not written by a function of the module that others call.
    """
    mark(context.active_code_library)
    return b.call(recorder(b.module, len(operands), apart), [ir.Constant(OPCODE, opcode), value, *operands])


def _noted(module: Any, name: str, arguments: list[Any], slot: Any) -> Any:
    """A function (tape, ...) that notes a slot as a decision, where the tape is to be replayed."""

    def body(b: Any, tape: Any, *more: Any) -> None:
        none = b.icmp_unsigned("==", tape, ir.Constant(LONG, 0))
        with b.if_then(none):
            b.ret_void()
        block = b.inttoptr(tape, LONG.as_pointer())
        with b.if_then(b.icmp_unsigned("==", _load(b, block, C_DECIDED), ir.Constant(LONG, 0)), likely=True):
            b.ret_void()
        full = b.icmp_signed(">=", _load(b, block, C_DECISION_COUNT), _load(b, block, C_DECISION_LIMIT))
        with b.if_then(full, likely=False):
            _grow(b, tape)
        decided = slot(b, *more)
        n = _load(b, block, C_DECISION_COUNT)
        _store(b, block, C_DECISIONS, n, b.trunc(decided, INT))
        b.store(b.add(n, ir.Constant(LONG, 1)), _field(b, block, C_DECISION_COUNT))
        b.ret_void()

    return written(module, name, ir.VoidType(), [LONG, *arguments], body)


def decide(context: Any, b: Any, opcode: int, value: Any, x: Any, y: Any) -> None:
    """A comparison of Vars that the program branches on: a guard of recordings that are replayed."""
    mark(context.active_code_library)

    def compared(b: Any, *operands: Any) -> Any:
        return _Fields(b, b.call(recorder(b.module, 2), operands)).slot

    noted = _noted(b.module, "jittape_decide", [OPCODE, REAL, VAR, VAR], compared)
    b.call(noted, [_tape(b, (x, y)), ir.Constant(OPCODE, opcode), value, x, y])


def decide_number(context: Any, b: Any, x: Any) -> None:
    """A number that the program decides by. The guard is the number itself: by a comparison with it, whose outcome is "the
    same" whichever number it is, one way through the program would be taken for another."""
    mark(context.active_code_library)
    x = _Fields(b, x)
    b.call(_noted(b.module, "jittape_decide_number", [LONG], lambda b, slot: slot), [x.tape, x.slot])


# --- looked at in native code, without recording -----------------------------------------------------------------------------


@intrinsic  # type: ignore[misc]
def value_of(typingctx, x):  # type: ignore[no-untyped-def]
    """The value of a Var as a plain number."""
    if not isinstance(x, VarType):
        return None
    return types.float64(x), lambda context, b, sig, args: proxy(context, b, args[0]).value


@intrinsic  # type: ignore[misc]
def own_tape(typingctx, x):  # type: ignore[no-untyped-def]
    """The tape of a Var, 0 where it is on none."""
    if not isinstance(x, VarType):
        return None
    return types.int64(x), lambda context, b, sig, args: proxy(context, b, args[0]).tape


@intrinsic  # type: ignore[misc]
def replayed(typingctx, x):  # type: ignore[no-untyped-def]
    """Whether the tape that a Var is on, if any, is to be replayed at other points."""
    if not isinstance(x, VarType):
        return None

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        tape = proxy(context, b, args[0]).tape
        before = b.block
        with b.if_then(b.icmp_unsigned("!=", tape, ir.Constant(LONG, 0))):
            noted = b.icmp_unsigned("!=", _load(b, b.inttoptr(tape, LONG.as_pointer()), C_DECIDED), ir.Constant(LONG, 0))
            on_tape = b.block
        out = b.phi(BIT)
        out.add_incoming(ir.Constant(BIT, 0), before)
        out.add_incoming(noted, on_tape)
        return out

    return types.boolean(x), codegen
