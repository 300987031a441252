"""Fourier transforms of arrays along several axes, natively: columns.py along one axis after another."""

import numpy as np

from jittape.compiler.jit import part, separate
from jittape.compiler.pointers import at, call_columns, i8_pointer, real_pointer
from jittape.instructions.fourier.record import BACKWARD, C2C, DOUBLED, FORWARD, HALVED, R2C
from jittape.instructions.fourier.stages import P_COLUMNS
from jittape.instructions.fourier.turning import as_in

(
    A_KIND,
    A_DIRECTION,
    A_WEIGHTS,
    A_POWER,
    A_BATCH,
    A_AXES,
    A_INNER,  # elements behind the last axis
    A_ROOM,  # numbers of memory that it works in
    A_LENGTHS,  # of the axes, then the addresses of their plans
) = range(9)
"""What an array's transform is told, int64."""


@part
def run(plan, x, xi, cs, js, y, yi, dcs, djs, cols, scale, weight, work):
    call_columns(i8_pointer(plan)[P_COLUMNS], plan, x, xi, cs, js, y, yi, dcs, djs, cols, scale, weight, work)


@separate
def axis(plan, xr, xi, before, yr, yi, after, outer, inner, scale, weight, work):
    """Transforms along an axis of arrays [outer, before, inner], which has `after` elements then."""
    one = np.int64(1)
    if inner == 1:
        run(plan, xr, xi, before, one, yr, yi, after, one, outer, scale, weight, work)
        return
    for o in range(outer):
        u, v = o * before * inner, o * after * inner
        run(plan, at(xr, u), at(xi, u), one, inner, at(yr, v), at(yi, v), one, inner, inner, scale, weight, work)


@part
def elements(a, first, last):
    """The product of some lengths."""
    n = np.int64(1)
    for i in range(first, last):
        n *= a[A_LENGTHS + i]
    return n


@part
def work_of(told, axes):
    """Where the memory begins that a transform works in, behind what it is told."""
    return (told + 8 * (A_LENGTHS + 2 * axes) + 63) // 64 * 64


@part
def scale_of(power, total):
    return 1.0 if power == 0 else 1.0 / total if power == 2 else 1.0 / np.sqrt(total)


def transform(told, xr_address, xi_address, yr_address, yi_address, like):
    """Transform contiguous arrays [batch, *lengths, inner], of which half the last length is there where a side is complex and the other real.

    Of transforms to real numbers the input is written to.
    """
    a = i8_pointer(told)
    kind, axes, batch, inner = a[A_KIND], a[A_AXES], a[A_BATCH], a[A_INNER]
    xr, xi = real_pointer(xr_address, like), real_pointer(xi_address, like)
    yr, yi = real_pointer(yr_address, like), real_pointer(yi_address, like)
    work, plans = real_pointer(work_of(told, axes), like), at(a, A_LENGTHS + axes)
    zero, final = np.int64(0), axes - 1
    one = as_in(xr, 1)
    scale = as_in(xr, scale_of(a[A_POWER], elements(a, zero, axes) * 1.0))
    weight = as_in(xr, 0.5 if a[A_WEIGHTS] == HALVED else 2.0 if a[A_WEIGHTS] == DOUBLED else 1.0)
    last = a[A_LENGTHS + final]
    lines = batch * elements(a, zero, final)
    width = last if kind == C2C else last // 2 + 1
    if kind == C2C:
        if a[A_DIRECTION] == BACKWARD:
            xr, xi, yr, yi = xi, xr, yi, yr
        axis(plans[final], xr, xi, last, yr, yi, last, lines, inner, scale, one, work)
    elif kind == R2C:
        axis(plans[final], xr, xr, last, yr, yi, width, lines, inner, scale, weight, work)
    else:
        if a[A_DIRECTION] == FORWARD:
            for i in range(lines * width * inner):
                xi[i] = -xi[i]
        yr, yi = xi, xr
    for i in range(final - 1, -1, -1):
        n = a[A_LENGTHS + i]
        axis(plans[i], yr, yi, n, yr, yi, n, batch * elements(a, zero, i), width * inner * elements(a, i + 1, final), one, one, work)
    if kind == R2C:
        if a[A_DIRECTION] == BACKWARD:
            for i in range(lines * width * inner):
                yi[i] = -yi[i]
    elif kind != C2C:
        yr = real_pointer(yr_address, like)
        axis(plans[final], xr, xi, width, yr, yr, last, lines, inner, scale, weight, work)
    return np.int64(0)
