"""Factors, natively."""

import numpy as np

from jittape.compiler.pointers import at, blas_letter, i8_pointer, real_pointer, real_size, u1_pointer
from jittape.instructions.factors_native import factor, rounding
from jittape.instructions.lu.record import MATRIX_AT
from jittape.instructions.matrices_native import flag_matrix
from jittape.ops.layout import C_VALUE
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import FINISHED


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v = real_pointer(ctl[C_VALUE], like)
    batch, n, a = np.int64(meta[m0]), np.int64(meta[m0 + 1]), m0 + MATRIX_AT
    for b in range(batch):
        out = s + b * (n * n + n)
        x = at(v, meta[a] + b * np.int64(meta[a + 1]))
        factor(x, np.int64(meta[a + 2]), np.int64(meta[a + 3]), n, at(v, out), ctl[C_VALUE] + out * real_size(like), blas_letter(like), rounding(like))


def reverse(address, k, end, s, like):
    """Nothing: what is computed with factors passes its adjoints on to the matrices."""


def tangent(address, k, end, s, like):
    """Nothing, likewise."""


def flags(address, k, flags_address, mode):
    meta, _, m0, _ = record(i8_pointer(address), k)
    n = np.int64(meta[m0 + 1])
    return np.int64(flag_matrix(meta, u1_pointer(flags_address), m0 + MATRIX_AT, np.int64(meta[m0]), n, n, mode))


def need(address, k, s, _):
    return 0


def spread(address, k, s, _):
    return FINISHED
