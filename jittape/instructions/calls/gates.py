"""A step of a long short-term memory, forward and backwards, natively: what functions/recurrent.py writes with NumPy, in one pass over the gates."""

from __future__ import annotations

from collections.abc import Callable
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


def lstm_open(s: Any, a: Any, b: Any, half: Any) -> None:
    """Add the inputs of the gates to what went through the weight.

    Args:
        s: (N, 4 H), what went through the weight, whose rows were multiplied by `half`.
        a, b: (N, 4 H) and (4 H,), the inputs and the bias.
        half: (4 H,), what an argument of tanh is multiplied by.
    """
    n, m = s.shape
    for r in range(n):
        for k in range(m):
            s[r, k] += (a[r, k] + b[k]) * half[k]


def lstm_close(s: Any, half: Any, up: Any, before: Any, cell: Any) -> None:
    """Make gates of values of tanh, in place, and the new cell.

    Args:
        s: (N, 4 H), in the order i, f, g, o.
        half, up: (4 H,), a gate is tanh times `half` plus `up`.
        before: (N, H), the cell before.
        cell: (N, H), for the result.
    """
    n, h = cell.shape
    for r in range(n):
        for k in range(4 * h):
            s[r, k] = s[r, k] * half[k] + up[k]
        for k in range(h):
            cell[r, k] = s[r, h + k] * before[r, k] + s[r, k] * s[r, 2 * h + k]


@cache
def native(dtype: np.dtype[Any]) -> tuple[Any, Any, Any]:
    """`lstm_open`, `lstm_close` and `lstm_back` for C-contiguous arrays of this dtype."""
    row, matrix = (types.Array(REAL[dtype], n, "C") for n in (1, 2))
    signatures: dict[Callable[..., None], Any] = {lstm_open: (matrix, matrix, row, row), lstm_close: (matrix, row, row, matrix, matrix), lstm_back: (matrix,) * 6}
    opened, closed, back = (function(f, types.void(*arguments)) for f, arguments in signatures.items())
    return opened, closed, back
