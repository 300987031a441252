"""Linear filters of images: correlations with given weights, Gaussian and uniform ones, derivatives. The borders are padded as `mode` says."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.products import as_array, recorded, shape_of
from jittape.scipy.convolutions import flipped, valid, way
from jittape.scipy.declare import like

MODES = {
    "reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap", "grid-wrap": "wrap",
    "constant": "constant", "grid-constant": "constant",
}  # fmt: skip
"""SciPy's names of what lies beyond the borders -> np.pad's."""


def per_axis(name: str, what: str, x: Any, n: int) -> list[Any]:
    """One of an argument for each of n axes."""
    if not isinstance(x, (list, tuple)) and (isinstance(x, str) or np.ndim(x) == 0):
        return [x] * n
    found = list(x)
    if len(found) != n:
        raise RuntimeError(f"scipy.ndimage.{name}: {what} has {len(found)} elements for {n} axes")
    return found


def chosen_axes(axes: Any, ndim: int) -> list[int]:
    return list(range(ndim)) if axes is None else [int(a) % ndim for a in np.atleast_1d(axes)]


def padded(name: str, x: Any, widths: Sequence[tuple[int, int]], modes: Sequence[str], cval: Any) -> Any:
    """An image with a border along each axis."""
    for mode in modes:
        if mode not in MODES:
            raise RuntimeError(f"scipy.ndimage.{name}: boundary mode not supported: {mode!r}; the modes are {', '.join(MODES)}")
    for axis, (width, mode) in enumerate(zip(widths, modes, strict=True)):
        if max(width) > 0:
            here = [(0, 0)] * axis + [width] + [(0, 0)] * (x.ndim - axis - 1)
            x = np.pad(x, here, constant_values=cval) if MODES[mode] == "constant" else np.pad(x, here, MODES[mode])  # type: ignore[call-overload]
    return x


def no_output(name: str, output: Any) -> None:
    if output is not None:
        raise RecordingError(f"scipy.ndimage.{name} of recorded values takes no output=; assign what it returns")


def correlated(name: str, x: Any, w: Any, modes: Sequence[str], cval: Any, origins: Sequence[int]) -> Any:
    """out[i] = sum of w[j] x[i + j - size // 2 - origin], with as many axes in w as in x."""
    widths = []
    for size, origin in zip(w.shape, origins, strict=True):
        before = size // 2 + int(origin)
        if not 0 <= before < max(size, 1):
            raise ValueError(f"scipy.ndimage.{name}: invalid origin {origin} of a filter of size {size}")
        widths.append((before, size - 1 - before))
    if not w.size:
        raise RuntimeError(f"scipy.ndimage.{name}: no filter weights given")
    x = padded(name, x, widths, modes, cval)
    w = flipped(w)
    return valid(x, w, way(x, w, "valid"))


def along(name: str, x: Any, w: Any, axis: int, mode: str, cval: Any, origin: int) -> Any:
    """A correlation with a vector along one axis."""
    x, w = as_array(x), as_array(w)
    if w.ndim != 1 or not w.size:
        raise RuntimeError(f"scipy.ndimage.{name}: the weights are a vector that is not empty, not an array of shape {w.shape}")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"scipy.ndimage.{name}: invalid axis {axis} of an array of shape {x.shape}")
    axis %= x.ndim
    shape = [1] * x.ndim
    shape[axis] = w.shape[0]
    origins = [0] * x.ndim
    origins[axis] = origin
    return correlated(name, x, np.reshape(w, shape), ["reflect"] * axis + [mode] + ["reflect"] * (x.ndim - axis - 1), cval, origins)


def _turned(origin: Any, size: int) -> Any:
    """The origin of the correlation with the reversed weights that is a convolution."""
    return -int(origin) - (0 if size % 2 else 1)


@like("scipy.ndimage.correlate1d", by="input, weights, cval")
def correlate1d(input: Any, weights: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0) -> Any:
    """The correlation with a vector along an axis."""
    no_output("correlate1d", output)
    return along("correlate1d", input, weights, axis, mode, cval, origin)


@like("scipy.ndimage.convolve1d", by="input, weights, cval")
def convolve1d(input: Any, weights: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0) -> Any:
    """The convolution with a vector along an axis."""
    no_output("convolve1d", output)
    weights = as_array(weights)
    return along("convolve1d", input, weights[::-1], axis, mode, cval, _turned(origin, weights.shape[0]))


def _spread(name: str, x: Any, weights: Any, mode: Any, cval: Any, origin: Any, axes: Any, turn: bool) -> Any:
    x, w = as_array(x), as_array(weights)
    chosen = chosen_axes(axes, x.ndim)
    if w.ndim != len(chosen):
        raise RuntimeError(f"scipy.ndimage.{name}: the weights have {w.ndim} axes, for {len(chosen)} axes of the input")
    modes, origins = per_axis(name, "mode", mode, len(chosen)), per_axis(name, "origin", origin, len(chosen))
    if turn:
        origins = [_turned(o, n) for o, n in zip(origins, w.shape, strict=True)]
        w = flipped(w)
    order = np.argsort(chosen)
    shape, every_mode, every_origin = [1] * x.ndim, ["reflect"] * x.ndim, [0] * x.ndim
    for i, axis in enumerate(chosen):
        shape[axis], every_mode[axis], every_origin[axis] = w.shape[i], modes[i], origins[i]
    return correlated(name, x, np.reshape(np.transpose(w, order), shape), every_mode, cval, every_origin)


@like("scipy.ndimage.correlate", by="input, weights, cval")
def correlate(input: Any, weights: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0, *, axes: Any = None) -> Any:
    """The correlation with an array of weights."""
    no_output("correlate", output)
    return _spread("correlate", input, weights, mode, cval, origin, axes, False)


@like("scipy.ndimage.convolve", by="input, weights, cval")
def convolve(input: Any, weights: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0, *, axes: Any = None) -> Any:
    """The convolution with an array of weights.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import ndimage
        >>> jt.grad(lambda w: np.sum(ndimage.convolve(np.eye(3), w)))(np.ones((1, 1))).tolist()
        [[3.0]]
    """
    no_output("convolve", output)
    return _spread("convolve", input, weights, mode, cval, origin, axes, True)


# --- Gaussian ------------------------------------------------------------------------------------------------------------------------


def gaussian_weights(sigma: Any, order: int, radius: int) -> Any:
    """A Gaussian of the standard deviation sigma at whole numbers, or its derivative, as correlations take it."""
    x = np.arange(-radius, radius + 1.0)
    phi = np.exp(-0.5 / (sigma * sigma) * x**2)
    phi = phi / np.sum(phi)
    if not order:
        return phi
    # (d/dx)^order of q(x) phi(x) is q'(x) - q(x) x / sigma^2, times phi(x): the coefficients of q, the constant first
    q: list[Any] = [1.0]
    for _ in range(order):
        rises = [(k + 1) * q[k + 1] for k in range(len(q) - 1)] + [0.0, 0.0]
        falls = [0.0] + [c / (sigma * sigma) for c in q]
        q = [a - b for a, b in zip(rises, falls, strict=True)]
    factor: Any = 0.0
    for k, c in enumerate(q):
        factor = factor + c * x**k
    return (factor * phi)[::-1]


def _radius(sigma: Any, truncate: float, radius: Any) -> int:
    if radius is not None:
        if not isinstance(radius, numbers.Integral) or radius < 0:
            raise ValueError("Radius must be a nonnegative integer.")
        return int(radius)
    return int(truncate * sigma + 0.5)  # of a recorded sigma it is guarded


@like("scipy.ndimage.gaussian_filter1d", by="input, sigma, cval")
def gaussian_filter1d(
    input: Any, sigma: Any, axis: Any = -1, order: Any = 0, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, truncate: Any = 4.0, *, radius: Any = None,
) -> Any:  # fmt: skip
    """The correlation with a Gaussian, or one of its derivatives, along an axis."""
    no_output("gaussian_filter1d", output)
    if order < 0:
        raise ValueError("order must be non-negative")
    return along("gaussian_filter1d", input, gaussian_weights(sigma, int(order), _radius(sigma, truncate, radius)), axis, mode, cval, 0)


@like("scipy.ndimage.gaussian_filter", by="input, sigma, cval")
def gaussian_filter(
    input: Any, sigma: Any, order: Any = 0, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, truncate: Any = 4.0, *, radius: Any = None, axes: Any = None,
) -> Any:  # fmt: skip
    """Gaussian filters along the axes, one after another."""
    no_output("gaussian_filter", output)
    x = as_array(input)
    chosen = chosen_axes(axes, x.ndim)
    lists = [per_axis("gaussian_filter", what, v, len(chosen)) for what, v in (("sigma", sigma), ("order", order), ("mode", mode), ("radius", radius))]
    for axis, s, o, m, r in zip(chosen, *lists, strict=True):
        if recorded(s) or s > 1e-15:
            x = along("gaussian_filter", x, gaussian_weights(s, int(o), _radius(s, truncate, r)), axis, m, cval, 0)
    return x


# --- uniform and derivatives -----------------------------------------------------------------------------------------------------------


@like("scipy.ndimage.uniform_filter1d", by="input, cval")
def uniform_filter1d(input: Any, size: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0) -> Any:
    """The means of `size` neighbours along an axis."""
    no_output("uniform_filter1d", output)
    if size < 1:
        raise RuntimeError("incorrect filter size")
    return along("uniform_filter1d", input, np.full(int(size), 1.0 / size), axis, mode, cval, origin)


@like("scipy.ndimage.uniform_filter", by="input, cval")
def uniform_filter(input: Any, size: Any = 3, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, origin: Any = 0, *, axes: Any = None) -> Any:
    """The means over boxes of `size` neighbours."""
    no_output("uniform_filter", output)
    x = as_array(input)
    chosen = chosen_axes(axes, x.ndim)
    lists = [per_axis("uniform_filter", what, v, len(chosen)) for what, v in (("size", size), ("mode", mode), ("origin", origin))]
    for axis, n, m, o in zip(chosen, *lists, strict=True):
        if n > 1:
            x = along("uniform_filter", x, np.full(int(n), 1.0 / n), axis, m, cval, o)
    return x


def _edges(name: str, smooth: list[float]) -> Callable[[Any, int, Any, Any], Any]:
    """The difference of neighbours along an axis, smoothed along the others."""

    def rule(x: Any, axis: int, mode: Any, cval: Any) -> Any:
        x = as_array(x)
        axis %= x.ndim
        modes = per_axis(name, "mode", mode, x.ndim)
        out = along(name, x, np.array([-1.0, 0.0, 1.0]), axis, modes[axis], cval, 0)
        for other in (a for a in range(x.ndim) if a != axis):
            out = along(name, out, np.array(smooth), other, modes[other], cval, 0)
        return out

    return rule


_SOBEL, _PREWITT = _edges("sobel", [1.0, 2.0, 1.0]), _edges("prewitt", [1.0, 1.0, 1.0])


@like("scipy.ndimage.sobel", by="input, cval")
def sobel(input: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0) -> Any:
    """Sobel's filter along an axis."""
    no_output("sobel", output)
    return _SOBEL(input, axis, mode, cval)


@like("scipy.ndimage.prewitt", by="input, cval")
def prewitt(input: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect", cval: Any = 0.0) -> Any:
    """Prewitt's filter along an axis."""
    no_output("prewitt", output)
    return _PREWITT(input, axis, mode, cval)


@like("scipy.ndimage.laplace", by="input, cval")
def laplace(input: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *, axes: Any = None) -> Any:
    """The sum of the second differences along the axes."""
    no_output("laplace", output)
    chosen = chosen_axes(axes, len(shape_of(input)))
    modes = per_axis("laplace", "mode", mode, len(chosen))
    total: Any = 0.0
    for axis, m in zip(chosen, modes, strict=True):
        total = total + along("laplace", input, np.array([1.0, -2.0, 1.0]), axis, m, cval, 0)
    return total


def _of_gaussians(input: Any, sigma: Any, mode: Any, cval: Any, axes: Any, order_of: Callable[[int, int], int], **kwargs: Any) -> list[Any]:
    """The Gaussian derivatives along each axis in turn."""
    chosen = chosen_axes(axes, len(shape_of(input)))
    made = []
    for axis in range(len(chosen)):
        orders = [order_of(axis, other) for other in range(len(chosen))]
        made.append(gaussian_filter(input, sigma, orders, None, mode, cval, axes=chosen, **kwargs))
    return made


@like("scipy.ndimage.gaussian_laplace", by="input, sigma, cval")
def gaussian_laplace(input: Any, sigma: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *, axes: Any = None, **kwargs: Any) -> Any:
    """The sum of the second Gaussian derivatives along the axes."""
    no_output("gaussian_laplace", output)
    parts = _of_gaussians(input, sigma, mode, cval, axes, lambda axis, other: 2 * (axis == other), **kwargs)
    return sum(parts[1:], parts[0])


@like("scipy.ndimage.gaussian_gradient_magnitude", by="input, sigma, cval")
def gaussian_gradient_magnitude(input: Any, sigma: Any, output: Any = None, mode: Any = "reflect", cval: Any = 0.0, *, axes: Any = None, **kwargs: Any) -> Any:
    """The length of the gradient by Gaussian derivatives."""
    no_output("gaussian_gradient_magnitude", output)
    parts = _of_gaussians(input, sigma, mode, cval, axes, lambda axis, other: int(axis == other), **kwargs)
    return np.linalg.norm(np.stack(parts), axis=0)
