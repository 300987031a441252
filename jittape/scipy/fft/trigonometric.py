"""Cosine and sine transforms of types 1 to 4, by Fourier transforms of as many numbers, or of twice as many (types 1, and 4 of odd lengths).

J. Makhoul, "A fast cosine transform in one and two dimensions", IEEE Trans. ASSP 28 (1980). Sine transforms are cosine transforms of numbers with
other signs in another order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.complexes import ComplexArray
from jittape.functions.fourier import BACKWARD, C2C, C2R, FORWARD, R2C, lengths_of, power_of, transform
from jittape.functions.products import as_array
from jittape.instructions.fourier.plans import roots
from jittape.scipy.declare import like, original
from jittape.scipy.fft.spectra import several_axes

INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}
ROOT = math.sqrt(2.0)


def _spectrum(x: Any, direction: int = FORWARD) -> tuple[Any, ...]:
    """(real, imaginary parts) of half the spectrum along the last axis."""
    return transform((x,), R2C, direction, 0, [x.ndim - 1], [x.shape[-1]])


def _turned(re: Any, im: Any, z: Any) -> tuple[Any, Any]:
    """Complex numbers times constants."""
    return re * z.real - im * z.imag, re * z.imag + im * z.real


def _interleaved(a: Any, b: Any, n: int) -> Any:
    """n elements, in turns of a and of b."""
    places = np.empty(n, np.intp)
    places[::2], places[1::2] = np.arange(a.shape[-1]), a.shape[-1] + np.arange(n // 2)
    return np.concatenate([a, b], axis=-1)[..., places]


def _cosine1(x: Any) -> Any:
    return _spectrum(np.concatenate([x, x[..., -2:0:-1]], axis=-1))[0]


def _cosine2(x: Any) -> Any:
    n = x.shape[-1]
    re, im = _spectrum(np.concatenate([x[..., ::2], x[..., 1::2][..., ::-1]], axis=-1))
    re, im = _turned(re, im, 2.0 * roots(np.arange(n // 2 + 1), 4 * n))
    return np.concatenate([re, -im[..., (n - 1) // 2 : 0 : -1]], axis=-1)


def _cosine3(x: Any) -> Any:
    n = x.shape[-1]
    half = n // 2 + 1
    back = np.concatenate([0.0 * x[..., :1], x[..., : n - half : -1]], axis=-1)
    re, im = _turned(x[..., :half], -back, roots(np.arange(half), 4 * n).conj())
    y = transform((re, im), C2R, BACKWARD, 0, [x.ndim - 1], [n])[0]
    return _interleaved(y[..., : (n + 1) // 2], y[..., : (n - 1) // 2 : -1], n)


def _cosine4(x: Any) -> Any:
    n = x.shape[-1]
    if n % 2:
        j = np.arange(n)
        z = roots(j, 4 * n)
        re, im = transform((x * z.real, x * z.imag), C2C, FORWARD, 0, [x.ndim - 1], [2 * n])
        return _turned(re[..., :n], im[..., :n], 2.0 * roots(2 * j + 1, 8 * n))[0]
    j = 4 * np.arange(n // 2)
    re, im = transform(_turned(x[..., ::2], x[..., ::-2], roots(j, 8 * n)), C2C, FORWARD, 0, [x.ndim - 1], [n // 2])
    re, im = _turned(re, im, 2.0 * roots(j + 1, 8 * n))
    return _interleaved(re, -im[..., ::-1], n)


def _signs(n: int) -> Any:
    """1, -1, 1, ..."""
    return 1.0 - 2.0 * (np.arange(n) % 2)


def _sine1(x: Any) -> Any:
    n, zero = x.shape[-1], 0.0 * x[..., :1]
    return -_spectrum(np.concatenate([zero, x, zero, -x[..., ::-1]], axis=-1))[1][..., 1 : n + 1]


TRANSFORMS: dict[tuple[bool, int], Callable[[Any], Any]] = {
    (False, 1): _cosine1,
    (False, 2): _cosine2,
    (False, 3): _cosine3,
    (False, 4): _cosine4,
    (True, 1): _sine1,
    (True, 2): lambda x: _cosine2(x * _signs(x.shape[-1]))[..., ::-1],
    (True, 3): lambda x: _cosine3(x[..., ::-1]) * _signs(x.shape[-1]),
    (True, 4): lambda x: _cosine4(x[..., ::-1]) * _signs(x.shape[-1]),
}


def _scaled(x: Any, sine: bool, type: int, power: int, orthogonal: bool) -> Any:
    """The transform along the last axis, divided by what the norm says; an orthogonal one has other factors at the ends."""
    n = x.shape[-1]
    ends = np.ones(n)
    if orthogonal and type == 1 and not sine:
        ends[0] = ends[-1] = ROOT
        x = x * ends
    elif orthogonal and type == 3:
        ends[-1 if sine else 0] = ROOT
        x = x * ends
    found = TRANSFORMS[sine, type](x)
    factor = float(2 * (n + ((1 if sine else -1) if type == 1 else 0))) ** (-0.5 * power)
    if orthogonal and type == 2:
        ends[-1 if sine else 0] = ROOT
    return found * (factor / ends) if orthogonal and type in (1, 2) and not (sine and type == 1) else found * factor if power else found


def _each(x: Any, sine: bool, inverse: bool, type: Any, lengths: Any, axes: Any, norm: Any, orthogonalize: Any) -> Any:
    if isinstance(x, ComplexArray):
        return ComplexArray.of_parts(*(_each(part, sine, inverse, type, lengths, axes, norm, orthogonalize) for part in (x.re, x.im)))
    power = power_of(norm, BACKWARD if inverse else FORWARD)
    orthogonal = norm == "ortho" if orthogonalize is None else bool(orthogonalize)
    for axis, n in zip(axes, lengths, strict=True):
        y = np.moveaxis(x, axis, -1)
        y = y[..., :n] if n <= y.shape[-1] else np.pad(y, [(0, 0)] * (y.ndim - 1) + [(0, n - y.shape[-1])])
        x = np.moveaxis(_scaled(y, sine, INVERSE[type] if inverse else type, power, orthogonal), -1, axis)
    return x


def _checked(x: Any, sine: bool, inverse: bool, type: Any, axes: Any, given: Any, norm: Any, orthogonalize: Any, complain: Any) -> Any:
    x = as_array(x)
    try:
        axes = [range(x.ndim)[axis] for axis in axes]
        lengths = lengths_of(x.shape, axes, given, C2C)
        power_of(norm, FORWARD)
        if type not in INVERSE or (type == 1 and not sine and min(lengths) < 2):
            raise ValueError(f"there is no such transform of type {type}")
    except (ValueError, IndexError, TypeError):
        complain(np.zeros(x.shape))
        raise
    return _each(x, sine, inverse, type, lengths, axes, norm, orthogonalize)


def _one(name: str) -> Callable[..., Any]:
    plain, sine, inverse = original(f"scipy.fft.{name}"), name.endswith("dst"), name[0] == "i"

    def rule(x: Any, type: int = 2, n: Any = None, axis: int = -1, norm: Any = None, overwrite_x: bool = False, workers: Any = None, orthogonalize: Any = None) -> Any:
        return _checked(x, sine, inverse, type, (axis,), (n,), norm, orthogonalize, lambda a: plain(a, type, n, axis, norm, False, workers, orthogonalize))

    rule.__name__ = rule.__qualname__ = name
    rule.__doc__ = plain.__doc__
    return like(f"scipy.fft.{name}", by="x")(rule)


def _several(name: str) -> Callable[..., Any]:
    plain, sine, inverse = original(f"scipy.fft.{name}"), name.endswith("dstn"), name[0] == "i"

    def rule(x: Any, type: int = 2, s: Any = None, axes: Any = None, norm: Any = None, overwrite_x: bool = False, workers: Any = None, *, orthogonalize: Any = None) -> Any:
        x = as_array(x)
        complain = lambda a: plain(a, type, s, axes, norm, False, workers, orthogonalize=orthogonalize)
        which, given = several_axes(x, s, axes, complain)
        return _checked(x, sine, inverse, type, which, given, norm, orthogonalize, complain)

    rule.__name__ = rule.__qualname__ = name
    rule.__doc__ = plain.__doc__
    return like(f"scipy.fft.{name}", by="x")(rule)


dct, idct, dst, idst = map(_one, ("dct", "idct", "dst", "idst"))
dctn, idctn, dstn, idstn = map(_several, ("dctn", "idctn", "dstn", "idstn"))
