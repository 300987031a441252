"""Normalisation of networks: numbers with mean 0 and variance 1 along some axes, and a scale and a shift a channel.

Both are calls (instructions/calls/operations.py), so that values and first derivatives are a few passes by NumPy over an array as it lies, however
the means broadcast; their rules are NumPy's functions, so that they can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.functions.products import append_call, recorded
from jittape.instructions.calls.operations import register


def halves(x: float) -> tuple[int, int]:
    """A float64 as two int32."""
    a, b = np.frombuffer(np.float64(x).tobytes(), np.int32).tolist()
    return a, b


def whole(a: int, b: int) -> float:
    """The float64 of two halves."""
    return float(np.frombuffer(np.array([a, b], np.int32).tobytes(), np.float64)[0])


def _axes(attributes: Sequence[int]) -> tuple[float, tuple[int, ...]]:
    return whole(attributes[0], attributes[1]), tuple(attributes[2:])


def _normalized(x: NDArray[Any], *attributes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    eps, axes = _axes(attributes)
    y = x - x.mean(axes, keepdims=True)
    rate = 1.0 / np.sqrt(np.square(y).mean(axes, keepdims=True) + x.dtype.type(eps))
    y *= rate
    return y, rate


def _mean(x: Any, axes: tuple[int, ...]) -> Any:
    return np.mean(x, axis=axes, keepdims=True)


def _normalized_vjp(g: Any, results: Any, operands: Any, attributes: Any) -> Any:
    """Written by the input where it is to be differentiated again, as its results are functions of it."""
    _, axes = _axes(attributes)
    y, rate = results
    by_y = rate * (g[0] - _mean(g[0], axes) - y * _mean(g[0] * y, axes))
    n = np.prod([y.shape[a] for a in axes])
    return (by_y - g[1] * rate * rate * y / float(n),)


def _normalized_jvp(t: Any, results: Any, operands: Any, attributes: Any) -> Any:
    _, axes = _axes(attributes)
    y, rate = results
    turn = _mean(t[0] * y, axes)
    return rate * (t[0] - _mean(t[0], axes) - y * turn), -rate * rate * turn


NORMALIZED = register("nn_normalized", _normalized, _normalized_vjp, _normalized_jvp)


def normalized(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """((x - mean) / sqrt(var + eps), 1 / sqrt(var + eps)), with mean and variance along some axes, which the second result keeps at length one."""
    attributes = [*halves(eps), *axes]
    if not recorded(x):
        y, rate = _normalized(np.asarray(x), *attributes)
        return y, rate
    kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    y, rate = append_call(NORMALIZED, (x,), [x.shape, kept], attributes)
    return y, rate


# --- scale and shift -----------------------------------------------------------------------------------------------------------------


def _scaled(x: NDArray[Any], w: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any]]:
    z = x * w
    z += b
    return (z,)


def _summed(x: Any, shape: tuple[int, ...]) -> Any:
    """The sum along the axes that a broadcast of this shape made."""
    lead = x.ndim - len(shape)
    axes = (*range(lead), *(lead + i for i, n in enumerate(shape) if n == 1 and x.shape[lead + i] != 1))
    return np.sum(x, axis=axes, keepdims=True).reshape(shape) if axes else x


def _scaled_vjp(g: Any, _: Any, operands: Any, __: Any, needed: Any = (True, True, True)) -> Any:
    x, w, b = operands
    return (
        g[0] * w if needed[0] else None,
        _summed(g[0] * x, w.shape) if needed[1] else None,
        _summed(g[0], b.shape) if needed[2] else None,
    )


SCALED = register("nn_scaled", _scaled, _scaled_vjp, lambda t, _, x, __: (t[0] * x[1] + x[0] * t[1] + t[2],), selective=True)


def scaled(x: Any, w: Any, b: Any) -> Any:
    """x * w + b, for w and b that broadcast to the shape of x."""
    if not recorded(x, w, b):
        return _scaled(*map(np.asarray, (x, w, b)))[0]
    return append_call(SCALED, (x, w, b), [tuple(x.shape)])[0]
