"""Tapes that native code takes for a gradient, sweeps and gives back, without Python where none need be made or made longer.

Idle tapes stand in a table, which they are taken from and put into by atomic exchanges. These functions are compiled once, kept
on disk, and called by their addresses, which stand in the same table: see native/recording/workspace.py, which owns it.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

import jittape_numba
from jittape.compiler.jit import callback, part
from jittape.compiler.pointers import call_step, i8_pointer, real_pointer, u2_pointer
from jittape.ops.layout import (
    C_ADJOINT,
    C_BUFFER,
    C_BUFFERED,
    C_CACHE,
    C_COUNT,
    C_DECIDED,
    C_EXTRA,
    C_FULL,
    C_INPUTS,
    C_LIMIT,
    C_LIMITED,
    C_OPCODE,
    C_REVERSE,
    C_SEED,
    C_SLOTS,
    C_STATUS,
    C_VALUE,
    DONE,
    INPUT,
    RECENT,
)

IDLE = 64
"""Address blocks that a table keeps: tapes for the next gradients, or replays of a path."""
LARGEST = 1 << 20
"""Instructions beyond which a tape is not kept here: its memory is, by the pool of jittape/tape/memory.py."""
LIMIT_NUMBER = IDLE
"""Place in the table of the memory limit's number; the functions' addresses follow."""
LONG = ir.IntType(64)


def symbol_call(name, result, *arguments):
    """A callback as a native function."""

    def codegen(context, b, sig, args):
        kind = ir.VoidType() if result == types.none else context.get_value_type(result)
        fn = cgutils.get_or_insert_function(b.module, ir.FunctionType(kind, [LONG] * len(args)), name)
        found = b.call(fn, args)
        return context.get_dummy_value() if result == types.none else found

    return result(*arguments), codegen


@intrinsic
def new(typingctx):
    return symbol_call("jittape_new", types.int64)


@intrinsic
def room(typingctx, tape, n):
    return symbol_call("jittape_room", types.none, types.int64, types.int64)


@intrinsic
def finish(typingctx, tape):
    return symbol_call("jittape_finish", types.none, types.int64)


@intrinsic
def drop(typingctx, tape):
    return symbol_call("jittape_drop", types.none, types.int64)


@intrinsic
def exchange(typingctx, address, value):
    """Atomically store a word; returns what was there."""

    def codegen(context, b, sig, args):
        return b.atomic_rmw("xchg", b.inttoptr(args[0], LONG.as_pointer()), args[1], "acq_rel")

    return types.int64(types.int64, types.int64), codegen


@intrinsic
def replace(typingctx, address, old, value):
    """Atomically store a word where `old` stands; returns whether it did."""

    def codegen(context, b, sig, args):
        found = b.cmpxchg(b.inttoptr(args[0], LONG.as_pointer()), args[1], args[2], "acq_rel", "monotonic")
        return b.extract_value(found, 1)

    return types.boolean(types.int64, types.int64, types.int64), codegen


@part
def taken(table):
    """An idle address block that nobody else uses from now on; 0 where there is none."""
    idle = i8_pointer(table)
    for k in range(IDLE):
        if idle[k] != 0:
            found = exchange(table + 8 * k, 0)
            if found != 0:
                return found
    return np.int64(0)


@part
def given_back(table, block):
    """Whether there was a place for an address block among the idle ones."""
    idle = i8_pointer(table)
    for k in range(IDLE):
        if idle[k] == 0 and replace(table + 8 * k, 0, block):
            return True
    return False


@part
def take(table):
    """The address block of a tape that nobody else uses; 0 where there is no memory for one."""
    tape = taken(table)
    return tape if tape != 0 else new()


@part
def put(table, tape):
    if i8_pointer(tape)[C_LIMIT] > LARGEST or not given_back(table, tape):
        drop(tape)


def give(table, tape):
    """Give a tape back."""
    put(table, tape)
    return 0


def begin(table, n):
    """Take a tape, and make it ready for a recording of n inputs; 0 where there is no memory."""
    tape = take(table)
    if tape == 0:
        return 0
    ctl = i8_pointer(tape)
    ctl[C_FULL] = 0
    if ctl[C_LIMIT] <= n or ctl[C_BUFFERED] < n or ctl[C_EXTRA] != 0 or ctl[C_LIMITED] != i8_pointer(table)[LIMIT_NUMBER]:
        room(tape, n)
        if ctl[C_FULL] != 0:
            put(table, tape)
            return 0
    opcode, cache = u2_pointer(ctl[C_OPCODE]), i8_pointer(ctl[C_CACHE])
    for i in range(n):
        opcode[i] = INPUT
    for i in range(2 * RECENT):
        cache[i] = -1
    ctl[C_COUNT], ctl[C_INPUTS], ctl[C_DECIDED] = n, n, 0
    return tape


def load(tape, first, data, n):
    """Make inputs of n numbers, and Vars in the tape's buffer: (value, slot, tape) each."""
    ctl = i8_pointer(tape)
    given = real_pointer(data, 0.0)
    values = real_pointer(ctl[C_VALUE] + 8 * first, 0.0)
    numbers, words = real_pointer(ctl[C_BUFFER] + 24 * first, 0.0), i8_pointer(ctl[C_BUFFER] + 24 * first)
    for i in range(n):
        values[i] = given[i]
        numbers[3 * i] = given[i]
        words[3 * i + 1] = first + i
        words[3 * i + 2] = tape
    return 0


def reverse(tape, slot, n):
    """The reverse sweep from a slot down to the inputs; returns 0, or why it failed (C_FULL)."""
    ctl = i8_pointer(tape)
    if ctl[C_FULL] != 0 or slot < 0:
        return ctl[C_FULL]
    ctl[C_SEED] = slot
    if ctl[C_EXTRA] == 0:
        count = ctl[C_COUNT]
        ctl[C_SLOTS] = count
        real_pointer(ctl[C_ADJOINT], 0.0)[slot] = 1.0
        call_step(ctl[C_REVERSE], tape, count, n, count, 0.0)
        if ctl[C_STATUS] == DONE:
            return 0
    finish(tape)
    return ctl[C_FULL]


def collect(tape, first, data, n):
    """Move the adjoints of n inputs into memory; zeros are left behind."""
    g = real_pointer(i8_pointer(tape)[C_ADJOINT] + 8 * first, 0.0)
    out = real_pointer(data, 0.0)
    for i in range(n):
        out[i] = g[i]
        g[i] = 0.0
    return 0


def remove(table, k):
    """Take idle tape k out of the table for good; 0 where none stands there."""
    return exchange(table + 8 * k, 0)


STEPS = (begin, load, reverse, collect, give)
"""What a gradient calls, in this order."""
FUNCTIONS = (*STEPS, remove)
"""What is called by address, in the order of the table: each takes addresses and numbers as int64 and returns one."""


def compiled():
    """The functions as C functions."""
    jittape_numba.init()  # the symbols that they call
    return [callback(f, types.int64(*(types.int64,) * f.__code__.co_argcount), slow=True) for f in FUNCTIONS]
