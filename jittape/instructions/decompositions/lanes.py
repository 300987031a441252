"""Decompositions across the lanes: each lane's matrix by the routine of the kind, one after another."""

from numba import njit

from jittape.compiler.pointers import (
    address_of,
    allocate,
    at,
    call_routine,
    i4_pointer,
    i8_pointer,
    real_pointer,
    real_size,
    release,
)
from jittape.instructions.decompositions.kinds import BLAS
from jittape.instructions.decompositions.native import given, results
from jittape.instructions.decompositions.record import RESULTS, WORK
from jittape.instructions.factors_native import all_zero
from jittape.sweep.lanes.driver import ERROR, H_FAILED, H_KERNELS, H_LISTS, H_ROWS, head, size_in
from jittape.sweep.lanes.fields import L_ADJOINTS, L_RESULT, L_VALUES


@njit
def kept(v, record):
    """(address of the routine, record of the decomposition, list of places read, list of places written)."""
    memory = head(v)
    words, lists = at(i8_pointer(memory[H_KERNELS]), record[L_ADJOINTS]), i4_pointer(memory[H_LISTS])
    return words[0], i4_pointer(address_of(at(words, 1))), at(lists, record[L_VALUES]), at(lists, record[L_RESULT])


@njit
def made(meta):
    """Elements of one matrix of each result, together."""
    place, size = results(meta, 0), 0
    for r in range(meta[RESULTS]):
        size += meta[place + r]
    return size


@njit
def gather(v, places, n, lane, x):
    per_line = size_in(v[0])
    for i in range(n):
        x[i] = v[places[i] * per_line + lane]


@njit
def fail(failed, rows):
    for lane in range(rows):
        failed[lane] = ERROR


def compute(v, record):
    """The results; what a routine leaves to Python is left to the sweep of one point."""
    found, meta, operands, out = kept(v, record)
    memory, per_line = head(v), size_in(v[0])
    failed = i4_pointer(memory[H_FAILED])
    size, one = given(meta, 0), made(meta)
    room = allocate(real_size(v[0]) * (size + one + meta[WORK] + BLAS))
    if address_of(room) == 0:
        fail(failed, memory[H_ROWS])
        return
    x = real_pointer(address_of(room), v[0])
    z = at(x, size)
    for lane in range(memory[H_ROWS]):
        gather(v, operands, size, lane, x)
        if call_routine(found, x, z, x, z, meta, at(z, one)) == 0:
            failed[lane] = ERROR
            for i in range(one):
                z[i] = 0.0
        for i in range(one):
            v[out[i] * per_line + lane] = z[i]
    release(room)


def adjoint(v, record):
    """The adjoints of the operands += what comes of those of the results; read are operands, results, and adjoints of these."""
    found, meta, read, out = kept(v, record)
    memory, per_line = head(v), size_in(v[0])
    failed = i4_pointer(memory[H_FAILED])
    size, one = given(meta, 0), made(meta)
    room = allocate(real_size(v[0]) * (2 * (size + one) + meta[WORK] + BLAS))
    if address_of(room) == 0:
        fail(failed, memory[H_ROWS])
        return
    x = real_pointer(address_of(room), v[0])
    z, g = at(x, size), at(x, size + one)
    gx = at(g, one)
    for lane in range(memory[H_ROWS]):
        if failed[lane] == ERROR:
            continue
        gather(v, read, size + 2 * one, lane, x)
        if all_zero(g, one):
            continue
        if call_routine(found, x, z, g, gx, meta, at(gx, size)) == 0:
            failed[lane] = ERROR
            continue
        for i in range(size):
            v[out[i] * per_line + lane] += gx[i]
    release(room)
