"""Fourier transforms across the lanes, which are elements behind the last axis: passes go by whole vectors of points."""

from numba import njit

from jittape.compiler.pointers import (
    address_of,
    allocate,
    at,
    call_point,
    i4_pointer,
    i8_pointer,
    real_pointer,
    real_size,
    release,
    u1_pointer,
    void,
)
from jittape.instructions.fourier.arrays import A_AXES, A_INNER, A_LENGTHS, A_ROOM, work_of
from jittape.sweep.lanes.driver import ERROR, H_FAILED, H_KERNELS, H_LINES, H_LISTS, H_ROWS, head, size_in
from jittape.sweep.lanes.fields import L_ADJOINTS, L_RESULT, L_RESULT_VALUES, L_ROW, L_VALUES

W_ADDRESS, W_BEFORE, W_AFTER, W_TOLD = range(4)
"""Words: the transform's address, elements of a part before and after it, and what it is told."""


@njit
def transformed(v, record):
    """Memory with the lines that are read, and what they are transformed to: (memory, that, numbers of a slot); 0 where there is none."""
    memory = head(v)
    words, lists = at(i8_pointer(memory[H_KERNELS]), record[L_ADJOINTS]), i4_pointer(memory[H_LISTS])
    places, count = at(lists, record[L_VALUES]), record[L_ROW]
    width = memory[H_LINES] * size_in(v[0])
    told = at(words, W_TOLD)
    axes, before, after = told[A_AXES], words[W_BEFORE] * width, words[W_AFTER] * width
    room = allocate(8 * (A_LENGTHS + 2 * axes) + 128 + real_size(v[0]) * (told[A_ROOM] + 2 * (before + after)))
    address = address_of(room)
    if address == 0:
        failed = i4_pointer(memory[H_FAILED])
        for lane in range(memory[H_ROWS]):
            failed[lane] = ERROR
        return address, v, width
    a = i8_pointer(address)
    for i in range(A_LENGTHS + 2 * axes):
        a[i] = told[i]
    a[A_INNER] *= width
    x = at(real_pointer(work_of(address, axes), v[0]), told[A_ROOM])
    y = at(x, 2 * before)
    for i in range(count):
        out = at(x, i * width)
        if places[i] < 0:
            for lane in range(width):
                out[lane] = 0.0
        else:
            source = at(v, places[i] * size_in(v[0]))
            for lane in range(width):
                out[lane] = source[lane]
    for i in range(count * width, 2 * before):
        x[i] = 0.0
    call_point(words[W_ADDRESS], address, address_of(x), address_of(at(x, before)), address_of(y), address_of(at(y, after)), v[0])
    return address, y, width


def compute(v, record):
    address, y, width = transformed(v, record)
    if address == 0:
        return
    lists = i4_pointer(head(v)[H_LISTS])
    out = at(lists, record[L_RESULT])
    for i in range(record[L_RESULT_VALUES]):
        target, source = at(v, out[i] * size_in(v[0])), at(y, i * width)
        for lane in range(width):
            target[lane] = source[lane]
    release(void(u1_pointer(address)))


def adjoint(v, record):
    """Add to the adjoints of the operand; read are those of the results."""
    address, y, width = transformed(v, record)
    if address == 0:
        return
    lists = i4_pointer(head(v)[H_LISTS])
    out = at(lists, record[L_RESULT])
    for i in range(record[L_RESULT_VALUES]):
        if out[i] >= 0:
            target, source = at(v, out[i] * size_in(v[0])), at(y, i * width)
            for lane in range(width):
                target[lane] += source[lane]
    release(void(u1_pointer(address)))
