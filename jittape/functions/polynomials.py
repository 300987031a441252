"""Convolution, polynomials and Vandermonde matrices.

A convolution is one call on the tape, of as many operations as NumPy's own and without memory for the products.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import REASONS, implements
from jittape.functions.lift import fresh, join, lift, lift_all, settle, tape_of
from jittape.instructions import calls
from jittape.instructions.calls.operations import register


def _vjp(adjoints: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    (g,), (a, v) = adjoints, operands
    return [_correlated(g, v), _correlated(g, a)]


def _correlated(g: Any, v: Any) -> Any:
    """Correlation of an adjoint with partials; an adjoint of zero contributes zero, however large the partial."""
    if isinstance(g, Array) or isinstance(v, Array) or np.isfinite(v).all():
        return np.correlate(g, v, "valid")
    windows = np.lib.stride_tricks.sliding_window_view(g, v.size)
    with np.errstate(invalid="ignore"):
        return np.where(windows == 0, 0.0, windows * v).sum(axis=-1)


def _jvp(tangents: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    (da, dv), (a, v) = tangents, operands
    return [np.convolve(da, v) + np.convolve(a, dv)]


CONVOLVE = register("convolve", lambda a, v: (np.convolve(a, v),), _vjp, _jvp)


def _full(a: Any, v: Any) -> Array:
    """The full convolution of two sequences, either of which may be plain."""
    x, y = lift_all(a, v)
    shape = (x.size + y.size - 1,)
    operands = [(x.slots, x is not a), (y.slots, y is not v)]
    (base,) = calls.INSTRUCTION.append(x.tape, CONVOLVE, (), operands, [shape])
    return Array.of_run(x.tape, base, shape)


def _sequences(a: Any, v: Any, name: str) -> tuple[Any, Any]:
    a, v = (settle(x) for x in (a, v))
    a, v = (x.reshape(1) if x.ndim == 0 else x for x in (a, v))
    if a.ndim != 1 or v.ndim != 1:
        raise ValueError(f"{name} takes sequences of one axis, not of shapes {a.shape} and {v.shape}")
    for x, which in ((a, "a"), (v, "v")):
        if not x.size:
            raise ValueError(f"{which} cannot be empty")
    return a, v


def _cut(full: Any, long: int, short: int, mode: str) -> Any:
    """The part of a full convolution that a mode keeps."""
    if mode == "full":
        return full
    if mode == "same":
        start = (short - 1) // 2
        return full[start : start + long]
    if mode == "valid":
        return full[short - 1 : long]
    raise ValueError(f"mode is 'full', 'same' or 'valid', not {mode!r}")


@implements(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = _sequences(a, v, "np.convolve")
    return _cut(_full(a, v), max(a.size, v.size), min(a.size, v.size), mode)


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = _sequences(a, v, "np.correlate")
    if a.size >= v.size:
        return _cut(_full(a, v[::-1]), a.size, v.size, mode)
    return fresh(_cut(_full(v, a[::-1]), v.size, a.size, mode)[::-1])


# --- polynomials -------------------------------------------------------------------------------------------------------------


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    tape = tape_of(p, x)
    assert tape is not None
    coefficients = settle(p)
    x = settle(x)
    y: Any = np.zeros_like(x.slots if isinstance(x, Array) else x, float)
    for i in range(coefficients.shape[0]):
        y = y * x + coefficients[i] if i else y + coefficients[i]
    return lift(tape, y)


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    n = x.size if N is None else N
    powers = x.reshape(-1, 1) ** np.arange(n, dtype=float) if n else lift(x.tape, np.empty((x.size, 0)))
    return powers if increasing else fresh(powers[:, ::-1])


@implements(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    return convolve(_trimmed(a1), _trimmed(a2))


def _trimmed(p: Any) -> Any:
    """Coefficients without leading zeros, as np.poly1d() has them; which are zero is a decision. The last one stays."""
    p = np.atleast_1d(p)
    first = 0
    while first < p.size - 1 and not p[first] != 0:
        first += 1
    return p[first:] if first else p


def _aligned(a: Any, b: Any) -> list[Any]:
    """Coefficients with leading zeros, so that both are as many."""
    a, b = (x.reshape(-1) if x.ndim == 0 else x for x in lift_all(a, b))
    n = max(len(a), len(b))
    if any(x.ndim > 1 and len(x) < n for x in (a, b)):
        raise ValueError(f"polynomials of {len(a)} and {len(b)} coefficients: only those of one axis get leading zeros, not arrays of shapes {a.shape} and {b.shape}")
    return [x if len(x) == n else join([np.zeros(n - len(x)), x]) for x in (a, b)]


@implements(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    a, b = _aligned(a1, a2)
    return a + b


@implements(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    a, b = _aligned(a1, a2)
    return a - b


@implements(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    for _ in range(m):
        p = p[:-1] * np.arange(p.size - 1, 0, -1, dtype=float)
    return p


@implements(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    m = int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    p, k = (lift(tape_of(p, k), x).reshape(-1) for x in (p, 0.0 if k is None else k))  # type: ignore[arg-type]
    if m and k.size not in (1, m):
        raise ValueError(f"k must be a scalar or a rank-1 array of length 1 or >m: got {k.size} constants for {m} integrals")
    for i in range(m):
        p = join([p / np.arange(p.size, 0, -1, dtype=float), k[i : i + 1] if k.size > 1 else k])
    return p


REASONS[np.polydiv] = "divide values of polynomials, np.polyval(u, x) / np.polyval(v, x)"
