"""The sweeps of a tape with compiled loops: kernels (body.py) where there are any, the interpreter's sweep between them.

The table of loops (jittape/tape/loops.py) has their number, the addresses of the interpreter's sweeps, and then FIELDS numbers a loop.
"""

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_loop, call_step, i8_pointer, real_pointer
from jittape.ops.layout import C_ADJOINT, C_AT, C_AT_SLOT, C_LOOPS, C_STATUS, C_VALUE, DONE
from jittape.sweep.loops.body import D_TURNS

FIRST, END, SLOT, FORWARD, REVERSE, DATA = range(6)
"""Of a loop in the table: its first instruction, its end, its first slot, addresses of its kernels and of their data."""
FIELDS = 6
NUMBER, PLAIN_FORWARD, PLAIN_REVERSE, HEAD = range(4)


@part
def arrive(ctl, k, s):
    ctl[C_STATUS], ctl[C_AT], ctl[C_AT_SLOT] = DONE, k, s


def forward(address, k, end, s, like):
    """Values of instructions k to end: of loops, those that something reads."""
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    v = real_pointer(ctl[C_VALUE], like)
    for i in range(table[NUMBER]):
        row = at(table, HEAD + i * FIELDS)
        if row[END] <= k:
            continue
        if k < row[FIRST]:
            call_step(table[PLAIN_FORWARD], address, k, row[FIRST], s, like)
            if ctl[C_STATUS] != DONE:
                return
        call_loop(row[FORWARD], v, v, i8_pointer(row[DATA]))
        k = row[END]
        s = row[SLOT] + (row[END] - row[FIRST])
    arrive(ctl, k, s)
    if k < end:
        call_step(table[PLAIN_FORWARD], address, k, end, s, like)


def reverse(address, k, end, s, like):
    """Adjoints of instructions k - 1 down to end, whose slots end at s. What a kernel leaves over is swept by the interpreter."""
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    for i in range(table[NUMBER] - 1, -1, -1):
        row = at(table, HEAD + i * FIELDS)
        if row[FIRST] >= k:
            continue
        if k > row[END]:
            call_step(table[PLAIN_REVERSE], address, k, row[END], s, like)
            if ctl[C_STATUS] != DONE:
                return
            k = row[END]
        data = i8_pointer(row[DATA])
        left = k - row[FIRST]
        if k == row[END]:
            left = call_loop(row[REVERSE], v, g, data) * ((row[END] - row[FIRST]) // data[D_TURNS])
        k, s = row[FIRST], row[SLOT]
        if left > 0:  # from values of the whole loop, of which the kernel stored some
            call_step(table[PLAIN_FORWARD], address, k, k + left, s, like)
            if ctl[C_STATUS] == DONE:
                call_step(table[PLAIN_REVERSE], address, k + left, k, s + left, like)
            if ctl[C_STATUS] != DONE:
                ctl[C_AT], ctl[C_AT_SLOT] = k + left, s + left
                return
    arrive(ctl, k, s)
    if k > end:
        call_step(table[PLAIN_REVERSE], address, k, end, s, like)
