"""Transforms of complex and of real arrays, along one axis or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.complexes import ComplexArray
from jittape.functions.fourier import BACKWARD, C2C, C2R, FORWARD, R2C, along, as_they_are
from jittape.functions.products import as_array
from jittape.scipy.declare import like, original


def _one(name: str, kind: int, direction: int) -> Callable[..., Any]:
    plain = original(f"scipy.fft.{name}")

    def rule(x: Any, n: Any = None, axis: int = -1, norm: Any = None, overwrite_x: bool = False, workers: Any = None, *, plan: Any = None) -> Any:
        x = real_for(kind, name, x)
        return along(x, kind, direction, norm, (axis,), (n,), lambda a: plain(a, n, axis, norm, workers=workers, plan=plan))

    rule.__name__ = rule.__qualname__ = name
    rule.__doc__ = plain.__doc__
    return like(f"scipy.fft.{name}", by="x")(rule)


def _several(name: str, kind: int, direction: int, default: tuple[int, ...] | None) -> Callable[..., Any]:
    plain = original(f"scipy.fft.{name}")

    def rule(x: Any, s: Any = None, axes: Any = default, norm: Any = None, overwrite_x: bool = False, workers: Any = None, *, plan: Any = None) -> Any:
        x = as_array(real_for(kind, name, x))
        complain = lambda a: plain(a, s, axes, norm, workers=workers, plan=plan)
        which, given = several_axes(x, s, axes, complain)
        return along(x, kind, direction, norm, which, given, complain)

    rule.__name__ = rule.__qualname__ = name
    rule.__doc__ = plain.__doc__
    return like(f"scipy.fft.{name}", by="x")(rule)


def real_for(kind: int, name: str, x: Any) -> Any:
    """What a transform of real numbers is given, or SciPy's error."""
    if kind == R2C and isinstance(x, ComplexArray):
        raise TypeError("x must be a real sequence")
    return x


def several_axes(x: Array, s: Any, axes: Any, complain: Callable[[Any], Any]) -> tuple[Sequence[int], Sequence[int | None] | None]:
    """Axes and lengths along them, as SciPy takes them; where they are wrong, SciPy's error."""
    given = None if s is None else [s] if np.ndim(s) == 0 else list(s)
    if axes is None:
        which = list(range(x.ndim) if given is None else range(x.ndim - len(given), x.ndim))
    else:
        which = [axes] if np.ndim(axes) == 0 else list(axes)
    wrong = (given is not None and len(given) != len(which)) or not which or min(which) < -x.ndim or max(which) >= x.ndim
    if wrong or len({a % x.ndim for a in which}) < len(which):
        complain(np.zeros(x.shape))
    return which, None if given is None else as_they_are(given, which, x.shape)


fft = _one("fft", C2C, FORWARD)
ifft = _one("ifft", C2C, BACKWARD)
rfft = _one("rfft", R2C, FORWARD)
irfft = _one("irfft", C2R, BACKWARD)
hfft = _one("hfft", C2R, FORWARD)
ihfft = _one("ihfft", R2C, BACKWARD)
fft2 = _several("fft2", C2C, FORWARD, (-2, -1))
ifft2 = _several("ifft2", C2C, BACKWARD, (-2, -1))
rfft2 = _several("rfft2", R2C, FORWARD, (-2, -1))
irfft2 = _several("irfft2", C2R, BACKWARD, (-2, -1))
hfft2 = _several("hfft2", C2R, FORWARD, (-2, -1))
ihfft2 = _several("ihfft2", R2C, BACKWARD, (-2, -1))
fftn = _several("fftn", C2C, FORWARD, None)
ifftn = _several("ifftn", C2C, BACKWARD, None)
rfftn = _several("rfftn", R2C, FORWARD, None)
irfftn = _several("irfftn", C2R, BACKWARD, None)
hfftn = _several("hfftn", C2R, FORWARD, None)
ihfftn = _several("ihfftn", R2C, BACKWARD, None)
