"""One step of a long short-term memory backwards, natively: what functions/recurrent.py writes with NumPy, in one pass over the gates."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import types

from jittape.compiler.jit import function

REAL = {np.dtype(np.float32): types.float32, np.dtype(np.float64): types.float64}


def lstm_back(dh: Any, dc: Any, saved: Any, squashed: Any, before: Any, da: Any) -> None:
    """Adjoints of the gates, and of the cell before in place of that of the cell.

    Args:
        dh, dc: (N, H), adjoints of the new state.
        saved: (N, 4 H), the gates i, f, g, o.
        squashed: (N, H), tanh of the new cell.
        before: (N, H), the cell before.
        da: (N, 4 H), for the result.
    """
    n, h = dh.shape
    for r in range(n):
        for k in range(h):
            i, f, g, o = saved[r, k], saved[r, h + k], saved[r, 2 * h + k], saved[r, 3 * h + k]
            t, d = squashed[r, k], dh[r, k]
            c = dc[r, k] + d * (o - o * t * t)
            da[r, k] = c * g * (i - i * i)
            da[r, h + k] = c * before[r, k] * (f - f * f)
            da[r, 2 * h + k] = c * (i - i * g * g)
            da[r, 3 * h + k] = d * t * (o - o * o)
            dc[r, k] = c * f


@cache
def native(dtype: np.dtype[Any]) -> Any:
    """`lstm_back` for C-contiguous matrices of this dtype."""
    matrix = types.Array(REAL[dtype], 2, "C")
    return function(lstm_back, [types.void(*(matrix,) * 6)])
