"""Convolutions of arrays in several dimensions, whole ones and their valid parts: two bilinear operations that are each other's adjoints.

SciPy computes them, directly or by Fourier transforms. `signal` and `ndimage` are written with them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.functions.linalg import unbroadcast
from jittape.functions.products import shape_of
from jittape.scipy.declare import original
from jittape.scipy.operations import Operation, Shape

DIRECT, FOURIER = 0, 1
"""Attribute of an operation: how it is computed. Of FOURIER the axes follow; over the others it is element by element, broadcast."""


def flipped(x: Any, attributes: Sequence[int] = (DIRECT,)) -> Any:
    """x in reverse along the axes of a convolution."""
    axes = range(x.ndim) if attributes[0] == DIRECT else attributes[1:]
    return x[tuple(slice(None, None, -1) if a in axes else slice(None) for a in range(x.ndim))]


def _computed(a: Any, b: Any, mode: str, attributes: Sequence[int]) -> Any:
    if attributes[0] == FOURIER:
        return original("scipy.signal.fftconvolve")(a, b, mode, axes=list(attributes[1:]))
    if a.ndim > 1 and (found := _by_pieces(a, b, mode)) is not None:
        return found
    return original("scipy.signal.convolve")(a, b, mode, "direct")


PIECES = 4096
"""Up to how many elements of the smaller array, or of the result, are gone through one by one, each as an operation of whole arrays."""


def _by_pieces(a: Any, b: Any, mode: str) -> Any:
    """A convolution in several dimensions as a sum over the smaller array, or its few elements one by one; None where there are too many."""
    if mode == "full":
        if a.size < b.size:
            a, b = b, a
        if b.size > PIECES:
            return None
        out = np.zeros([m + n - 1 for m, n in zip(a.shape, b.shape, strict=True)], np.result_type(a, b))
        for place in np.ndindex(b.shape):
            out[tuple(slice(i, i + m) for i, m in zip(place, a.shape, strict=True))] += b[place] * a
        return out
    shape = [m - n + 1 for m, n in zip(a.shape, b.shape, strict=True)]
    turned = flipped(b)
    if min(b.size, math.prod(shape)) > PIECES:
        return None
    out = np.zeros(shape, np.result_type(a, b))
    if b.size <= out.size:
        for place in np.ndindex(b.shape):
            out += turned[place] * a[tuple(slice(i, i + m) for i, m in zip(place, shape, strict=True))]
    else:
        for place in np.ndindex(out.shape):
            out[place] = np.sum(turned * a[tuple(slice(i, i + m) for i, m in zip(place, b.shape, strict=True))])
    return out


def _shape(shapes: Sequence[Shape], attributes: Sequence[int], whole: bool) -> Shape:
    axes = range(len(shapes[0])) if attributes[0] == DIRECT else attributes[1:]
    return tuple((m + n - 1 if whole else m - n + 1) if i in axes else max(m, n) for i, (m, n) in enumerate(zip(*shapes, strict=True)))


def _full_vjp(g: Any, _: Any, operands: Any, at: Any, needed: Any = (True, True)) -> Any:
    a, b = operands
    return unbroadcast(valid(g[0], flipped(b, at), at), a) if needed[0] else None, unbroadcast(valid(g[0], flipped(a, at), at), b) if needed[1] else None


def _valid_vjp(g: Any, _: Any, operands: Any, at: Any, needed: Any = (True, True)) -> Any:
    a, b = operands
    ga = unbroadcast(full(g[0], flipped(b, at), at), a) if needed[0] else None
    return ga, unbroadcast(flipped(valid(a, flipped(g[0], at), at), at), b) if needed[1] else None


FULL = Operation(
    "scipy.convolutions.full",
    lambda a, b, *at: (_computed(a, b, "full", at),),
    _full_vjp,
    lambda t, _, x, at: (full(t[0], x[1], at) + full(x[0], t[1], at),),
    lambda s, at: [_shape(s, at, True)],
    selective=True,
)
VALID = Operation(
    "scipy.convolutions.valid",
    lambda a, b, *at: (_computed(a, b, "valid", at),),
    _valid_vjp,
    lambda t, _, x, at: (valid(t[0], x[1], at) + valid(x[0], t[1], at),),
    lambda s, at: [_shape(s, at, False)],
    selective=True,
)


def full(a: Any, b: Any, attributes: Sequence[int] = (DIRECT,)) -> Any:
    """The whole convolution of a and b, plain or recorded."""
    return FULL(a, b, attributes=tuple(attributes))[0]


def valid(a: Any, b: Any, attributes: Sequence[int] = (DIRECT,)) -> Any:
    """The part of the convolution of a and b, which is not larger, where they overlap wholly."""
    return VALID(a, b, attributes=tuple(attributes))[0]


def way(a: Any, b: Any, mode: str, method: str = "auto") -> tuple[int, ...]:
    """The attributes for the method that SciPy would take."""
    if method == "auto":
        plain = (np.broadcast_to(0.5, shape_of(x)) for x in (a, b))
        method = original("scipy.signal.choose_conv_method")(*plain, mode=mode)
    return (DIRECT,) if method == "direct" else (FOURIER, *range(len(shape_of(a))))
