"""The native driver of lane programs: many points of one recorded path, W at a time.

The lane memory holds a line or more for every slot: values[slot][lane], and adjoints in the same way. A program is a list
of records, each of which is carried out by the kernel whose address it begins with; a record without one is a call of
Python, for which the driver comes back. Nothing here checks an index: programs are built from validated tapes only.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_forward, call_reverse, i4_pointer, i8_pointer, real_pointer, real_size
from jittape.sweep.lanes.kernels import (
    F_AUX,
    F_LINES,
    F_W,
    F_X,
    F_Y,
    F_Z,
    FORWARD,
    LINE,
    R_GX,
    R_GY,
    R_LINES,
    R_R,
    R_W,
    R_X,
    R_Y,
    R_Z,
    REVERSE,
)
from jittape.sweep.lanes.memory import fence, lines, moved, rows_in, rows_out

# The driver's block of addresses and numbers, int64.
(
    D_X,  # points (rows, inputs), row after row
    D_Y,  # values (rows, outputs), or 0
    D_G,  # gradients (rows, outputs, wanted), or 0
    D_FAILED,  # int32 a row: the first guard that does not hold, or -1
    D_MEMORY,  # lane memory
    D_FORWARD,  # forward records
    D_FORWARDS,  # how many
    D_REVERSE,  # reverse records, those of all outputs after each other
    D_STARTS,  # int64: where those of each output begin, and where the last ones end
    D_SEEDS,  # int32 an output: line of its seed, or -1
    D_IN,  # int32 an input: line of its value
    D_IN_ADJOINT,  # int32 an output and a wanted input: line of the adjoint
    D_OUT,  # int32 an output: line of its value
    D_GUARDS,  # int32 a guard: line of its value
    D_EXPECTED,  # what it must be
    D_GUARD_COUNT,
    D_INPUTS,
    D_WANTED,  # how many of them, the first ones, have adjoints
    D_OUTPUTS,
    D_WIDTH,
    D_ROW,  # where the driver is, and what it does there
    D_STOP,
    D_PHASE,
    D_OUTPUT,
    D_AT,
    D_ROOM,  # room for the rows of a block, or 0
    D_PAST,  # whether gradients are so many that they are written past the caches
    D_ALONG,  # 0, or where points stand side by side instead, input after input: numbers from one input to the next
    D_G_ALONG,  # the same of gradients, of one output
    D_WHOLE,  # whether one kernel does it all, by H_IN and what follows it
) = range(30)
BLOCK = 30

LOAD, VALUES, CHECK, SEED, ADJOINTS = range(5)
"""Phases of a block of rows."""


@intrinsic
def call_kernel(typingctx, kernel, memory, record):
    """Call the kernel at an address."""

    def codegen(context, builder, sig, args):
        kinds = [ir.IntType(64), ir.IntType(32).as_pointer()]
        fn = builder.inttoptr(args[0], ir.FunctionType(ir.VoidType(), kinds).as_pointer())
        builder.call(fn, args[1:])
        return context.get_dummy_value()

    return types.none(types.int64, types.int64, record), codegen


@intrinsic
def address_in(typingctx, record):
    """The address that a record begins with."""

    def codegen(context, builder, sig, args):
        word = builder.load(builder.bitcast(args[0], ir.IntType(64).as_pointer()))
        word.align = 4
        return word

    return types.int64(record), codegen


AHEAD = 64
"""Bytes of a line of the processor's cache."""


@intrinsic
def prefetch(typingctx, address):
    """Ask for the line of memory at an address; nothing happens where there is none."""

    def codegen(context, builder, sig, args):
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        fn = builder.module.globals.get("llvm.prefetch.p0i8") or ir.Function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(fn, [builder.inttoptr(args[0], byte), number(0), number(2), number(1)])
        return context.get_dummy_value()

    return types.none(types.int64), codegen


@njit
def run(memory, records, k, end, size, ahead, stop):
    """Carry out records k to end; returns `end`, or the number of a record that calls Python.

    Meanwhile the memory at addresses `ahead` to `stop` is brought near, some lines a record, so that nobody waits for it.
    """
    record = at(records, k * size)
    step = AHEAD * ((stop - ahead) // (AHEAD * max(end - k, 1)) + 1)
    while k < end:
        kernel = address_in(record)
        if kernel == 0:
            return k
        call_kernel(kernel, memory, record)
        for address in range(ahead, min(ahead + step, stop), AHEAD):
            prefetch(address)
        ahead += step
        record = at(record, size)
        k += 1
    return k


@part
def check(v, failed, rows, guards, expected, count, per_line):
    """Note for each point of a block the first guard that does not hold there."""
    for i in range(count):
        x = at(v, guards[i] * per_line)
        want = expected[i]
        good = True
        for lane in range(rows):
            good &= x[lane] == want
        if not good:
            for lane in range(rows):
                if failed[lane] == -1 and not x[lane] == want:
                    failed[lane] = i


@part
def whole_blocks(address, count, like):
    """Sweep as many of `count` points as are whole blocks, where one kernel does it all and points lie side by side, as do their gradients; returns how many
    these are. It is what `batch` does, without its ways for all that may be otherwise."""
    c = i8_pointer(address)
    memory, width, size, per_line = c[D_MEMORY], c[D_WIDTH], real_size(like), size_in(like)
    v, head = real_pointer(memory, like), i8_pointer(memory)
    record, failed, guards, expected = i4_pointer(c[D_FORWARD]), i4_pointer(c[D_FAILED]), i4_pointer(c[D_GUARDS]), real_pointer(c[D_EXPECTED], like)
    kernel, out = address_in(record), i4_pointer(c[D_OUT])
    head[H_IN_STEP], head[H_OUT_STEP] = c[D_ALONG] * size, c[D_G_ALONG] * size
    end = count - count % width
    for row in range(0, end, width):
        head[H_IN], head[H_OUT] = c[D_X] + row * size, c[D_G] + row * size
        call_kernel(kernel, memory, record)
        check(v, at(failed, row), width, guards, expected, c[D_GUARD_COUNT], per_line)
        if c[D_Y] != 0:
            moved(memory + LINE * np.int64(out[0]), c[D_Y] + row * size, width * size, like, 0)
    return end


def batch(address, like):
    """Sweep rows D_ROW to D_STOP; returns 1 when it needs Python for the record at D_AT, else 0.

    Args:
        address: of the block of addresses.
        like: a number of the dtype.
    """
    c = i8_pointer(address)
    memory = c[D_MEMORY]
    v = real_pointer(memory, like)
    Y = real_pointer(c[D_Y], like)
    failed, expected = i4_pointer(c[D_FAILED]), real_pointer(c[D_EXPECTED], like)
    forward, reverse = i4_pointer(c[D_FORWARD]), i4_pointer(c[D_REVERSE])
    starts, seeds = i8_pointer(c[D_STARTS]), i4_pointer(c[D_SEEDS])
    into, into_adjoint, out, guards = i4_pointer(c[D_IN]), i4_pointer(c[D_IN_ADJOINT]), i4_pointer(c[D_OUT]), i4_pointer(c[D_GUARDS])  # fmt: skip
    inputs, wanted, outputs, width, count = c[D_INPUTS], c[D_WANTED], c[D_OUTPUTS], c[D_WIDTH], c[D_GUARD_COUNT]
    along, g_along = c[D_ALONG], c[D_G_ALONG]
    room, past, size = c[D_ROOM], c[D_PAST], real_size(like)
    row, stop, phase, j, k = c[D_ROW], c[D_STOP], c[D_PHASE], c[D_OUTPUT], c[D_AT]
    per_line = size_in(like)
    memory_head = i8_pointer(memory)
    while row < stop:
        rows = min(width, stop - row)
        memory_head[H_FAILED], memory_head[H_ROWS] = c[D_FAILED] + 4 * row, rows
        if phase == LOAD:
            if c[D_WHOLE] != 0 and inputs > 0:
                memory_head[H_IN], memory_head[H_IN_STEP] = memory + LINE * np.int64(into[0]), width * size
                if along != 0 and rows == width:
                    memory_head[H_IN], memory_head[H_IN_STEP] = c[D_X] + row * size, along * size
                if c[D_G] != 0:
                    memory_head[H_OUT], memory_head[H_OUT_STEP] = memory + LINE * np.int64(into_adjoint[0]), width * size
                    if g_along != 0 and rows == width:
                        memory_head[H_OUT], memory_head[H_OUT_STEP] = c[D_G] + row * size, g_along * size
            if along != 0 and c[D_WHOLE] != 0 and rows == width:
                pass  # they are read where they are
            elif along != 0:
                lines(c[D_X] + row * size, along * size, memory, into, inputs, rows * size, True, like)
            else:
                source = c[D_X] + row * inputs * size
                if room != 0:  # numbers of whole lines come faster than those of rows side by side
                    moved(source, room, rows * inputs * size, like, 0)
                    source = room
                rows_in(real_pointer(source, like), inputs, inputs, v, into, rows, per_line)
            if rows < width:  # lanes without a point repeat the last one
                for i in range(inputs):
                    x = at(v, into[i] * per_line)
                    for lane in range(rows, width):
                        x[lane] = x[rows - 1]
            if past == 0 and g_along == 0 and c[D_G] != 0 and outputs == 1 and starts[1] == starts[0]:  # one kernel does it all: the gradients are written next
                place = c[D_G] + row * wanted * size
                for address in range(place, place + rows * wanted * size, AHEAD):
                    prefetch(address)
            phase, k = VALUES, 0
        if phase == VALUES:
            following = min(width, stop - row - rows)  # the next block's points
            ahead = c[D_X] + (row + rows) * inputs * size
            following = following if along == 0 else np.int64(0)
            k = run(memory, forward, k, c[D_FORWARDS], FORWARD, ahead, ahead + following * inputs * size)
            if k < c[D_FORWARDS]:
                c[D_ROW], c[D_PHASE], c[D_OUTPUT], c[D_AT] = row, phase, j, k
                return 1
            phase = CHECK
        if phase == CHECK:
            for lane in range(rows):
                if failed[row + lane] != ERROR:
                    failed[row + lane] = -1
            check(v, at(failed, row), rows, guards, expected, count, per_line)
            if c[D_Y] != 0:
                rows_out(at(Y, row * outputs), outputs, outputs, v, out, rows, per_line)
            phase, j = SEED, 0
            if c[D_G] == 0:
                phase = LOAD
                row += width
                continue
        if phase == SEED:
            if seeds[j] >= 0:
                x = at(v, seeds[j] * per_line)
                for lane in range(width):
                    x[lane] = 1.0
            phase, k = ADJOINTS, starts[j]
        ahead = c[D_G] + (row * outputs + j) * wanted * size
        whole = rows * wanted * size if outputs == 1 and past == 0 and g_along == 0 else 0  # where the gradients will be written
        k = run(memory, reverse, k, starts[j + 1], REVERSE, ahead, ahead + whole)
        if k < starts[j + 1]:
            c[D_ROW], c[D_PHASE], c[D_OUTPUT], c[D_AT] = row, phase, j, k
            return 1
        phase = SEED
        j += 1
        if g_along != 0:
            if c[D_WHOLE] == 0 or rows < width:
                lines(c[D_G] + row * size, g_along * size, memory, into_adjoint, wanted, rows * size, False, like)
            phase, j = LOAD, 0
            row += width
            continue
        place = c[D_G] + (row * outputs + j - 1) * wanted * size
        by_room = room != 0 and outputs == 1
        rows_out(real_pointer(room if by_room else place, like), outputs * wanted, wanted, v, at(into_adjoint, (j - 1) * wanted), rows, per_line)
        if by_room:
            moved(room, place, rows * wanted * size, like, past)
        if j == outputs:
            phase, j = LOAD, 0
            row += width
    if past != 0:
        fence()
    c[D_ROW], c[D_PHASE] = stop, LOAD
    return 0


ERROR = -2
"""In place of a guard's number: Python raised an exception at this row, or a kernel leaves it to the sweep of one point."""


@intrinsic
def size_in(typingctx, like):
    """How many numbers of the type of `like` a line has."""

    def codegen(context, builder, sig, args):
        return ir.IntType(64)(16 if like == types.float32 else 8)

    return types.int64(like), codegen


# --- kernels of operations that have no form in vectors: their scalar kernels --------------------------------------------

H_KERNELS, H_LISTS, H_LINES, H_LINE_NUMBERS, H_FAILED, H_ROWS, H_IN, H_IN_STEP, H_OUT, H_OUT_STEP, H_ONCE = range(11)
"""The first words of the lane memory, int64: addresses of the table of scalar kernels and of the lists of places; lines and
numbers of a slot; where kernels note ERROR for a lane that is to be computed by itself, and how many lanes have points; for a kernel that does it all,
where the points' first input is and how many bytes further the next one, the same of what is written, the gradients, and
whether what is found once is known."""


@intrinsic
def head(typingctx, memory):
    """The lane memory's first line, as int64."""

    def codegen(context, builder, sig, args):
        return builder.bitcast(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(types.int64)(memory), codegen


def scalar_forward(v, record):
    """A forward record whose F_AUX is the number of a scalar kernel in the table."""
    per_line = size_in(v[0])
    table = i8_pointer(head(v)[H_KERNELS])
    x, y, w = at(v, record[F_X] * per_line), at(v, record[F_Y] * per_line), at(v, record[F_W] * per_line)
    call_forward(table[record[F_AUX]], x, y, w, at(v, record[F_Z] * per_line), record[F_LINES] * per_line)


def scalar_reverse(v, record):
    """A reverse record of one operand, whose adjoints are R_GX; R_GY is the number of a scalar kernel in the table."""
    per_line = size_in(v[0])
    table = i8_pointer(head(v)[H_KERNELS])
    x, y, w = at(v, record[R_X] * per_line), at(v, record[R_Y] * per_line), at(v, record[R_W] * per_line)
    z, r, g = at(v, record[R_Z] * per_line), at(v, record[R_R] * per_line), at(v, record[R_GX] * per_line)
    call_reverse(table[record[R_GY]], x, y, w, z, r, g, record[R_LINES] * per_line)
