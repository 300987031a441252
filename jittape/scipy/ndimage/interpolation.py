"""Images between their pixels: splines through them, and what is sampled from these (Unser, Aldroubi and Eden 1993).

The filter that gives the coefficients of a spline is the inverse of a matrix that is symmetric but for the weights of its border, so
that its adjoint is the filter itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special

from jittape.errors import RecordingError
from jittape.functions.products import as_array, recorded, shape_of
from jittape.scipy.declare import like, original
from jittape.scipy.interpolate.bsplines import basis
from jittape.scipy.interpolate.places import place, value
from jittape.scipy.ndimage.filters import MODES, no_output, per_axis
from jittape.scipy.operations import Operation

FOLDED = {
    "mirror": "mirror", "constant": "mirror", "wrap": "mirror", "grid-constant": "mirror", "reflect": "reflect", "nearest": "reflect", "grid-mirror": "reflect",
    "grid-wrap": "grid-wrap",
}  # fmt: skip
"""SciPy's modes -> how a spline goes on beyond the borders."""
NUMBERS = {"mirror": 0, "reflect": 1, "grid-wrap": 2}
"""The attribute of the filter for each."""
SHORT = 64
"""Pixels of an axis up to which SciPy's filter of reflected images is not the exact inverse, and so not its own adjoint: it is a matrix then."""
BORDER = 12
"""Pixels that are added at the borders before the filter, where an image is continued otherwise than its spline."""


# --- the filter ----------------------------------------------------------------------------------------------------------------------------


def _filter(x: Any, order: int, axis: int, mode: int) -> Any:
    return (original("scipy.ndimage.spline_filter1d")(x, order, axis, mode=list(NUMBERS)[mode], output=x.dtype),)


def _filter_vjp(g: Any, _: Any, __: Any, attributes: Any) -> Any:
    order, axis, mode = attributes
    shape = [1] * g[0].ndim
    shape[axis] = -1
    weights = np.ones(g[0].shape[axis])
    if mode == NUMBERS["mirror"] and weights.size > 1:
        weights[[0, -1]] = 0.5
    weights = weights.reshape(shape)
    return (FILTER(g[0] / weights, attributes=attributes)[0] * weights,)


FILTER: Operation = Operation("scipy.ndimage.interpolation.filter", _filter, _filter_vjp, lambda t, _, __, at: FILTER(t[0], attributes=at), lambda s, _: [s[0]])


def _mode(name: str, mode: str) -> str:
    if mode not in FOLDED:
        raise RuntimeError(f"scipy.ndimage.{name}: boundary mode not supported: {mode!r}; the modes are {', '.join(FOLDED)}")
    return FOLDED[mode]


def filtered(name: str, x: Any, order: int, axes: Sequence[int], mode: str) -> Any:
    """The coefficients of the spline through an image, along some axes."""
    folded = _mode(name, mode)
    if not 0 <= order <= 5:
        raise RuntimeError(f"scipy.ndimage.{name}: spline order not supported: {order}")
    for axis in axes if order > 1 else ():
        n = x.shape[axis]
        if folded == "reflect" and n < SHORT:
            matrix = original("scipy.ndimage.spline_filter1d")(np.eye(n), order, 0, mode=mode)
            x = np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), matrix.T), -1, axis)
        else:
            (x,) = FILTER(x, attributes=(order, axis % x.ndim, NUMBERS[folded]))
    return x


@like("scipy.ndimage.spline_filter1d", by="input")
def spline_filter1d(input: Any, order: Any = 3, axis: Any = -1, output: Any = np.float64, mode: Any = "mirror") -> Any:
    """The coefficients of the spline through the values along an axis."""
    return filtered("spline_filter1d", as_array(input), int(order), [axis], mode)


@like("scipy.ndimage.spline_filter", by="input")
def spline_filter(input: Any, order: Any = 3, output: Any = np.float64, mode: Any = "mirror") -> Any:
    """The coefficients of the spline through an image."""
    return filtered("spline_filter", as_array(input), int(order), range(len(shape_of(input))), mode)


# --- samples -------------------------------------------------------------------------------------------------------------------------------


def _fold(i: Any, n: int, mode: str) -> Any:
    """Whole numbers inside of an axis of n pixels, for the spline that goes on beyond it."""
    if n == 1:
        return np.zeros_like(i)
    if mode == "nearest":
        return np.clip(i, 0, n - 1)
    if mode == "grid-wrap":
        return i % n
    if FOLDED[mode] == "mirror":
        i = i % (2 * n - 2)
        return np.where(i < n, i, 2 * n - 2 - i)
    i = i % (2 * n)
    return np.where(i < n, i, 2 * n - 1 - i)


def _whole(x: Any) -> Any:
    """The largest whole numbers that are not larger, found by value and guarded."""
    at = value(x)
    if not np.size(at) or not np.isfinite(at).all():
        raise ValueError("scipy.ndimage: coordinates are finite numbers")
    nodes = np.arange(math.floor(np.min(at)), math.floor(np.max(at)) + 2.0)
    return nodes[place(nodes, x, chosen=nodes.tobytes()) - 1].astype(np.intp)


def _window(x: Any, n: int, order: int, mode: str) -> tuple[Any, Any, Any]:
    """(pixels [*x, order + 1], their weights, which of them are inside) of the spline at coordinates x along an axis of n pixels."""
    if mode == "nearest":
        x = np.clip(x, 0.0, n - 1.0)
    if mode == "wrap" and n > 1:
        x = np.where((x < 0.0) | (x > n - 1.0), x % (n - 1.0), x)
    moved = x if order % 2 else x + 0.5
    floor = _whole(moved)
    weights = basis(np.arange(-order, order + 2.0), order, moved - floor)[0]
    i = floor[..., None] - order // 2 + np.arange(order + 1)
    return _fold(i, n, mode), weights, (i >= 0) & (i < n)


def sampled(name: str, image: Any, coordinates: Sequence[Any], order: int, mode: str, cval: Any, prefilter: bool) -> Any:
    """The spline through an image at coordinates of its first axes, one array an axis, which are broadcast: [*points, *other axes]."""
    d = len(coordinates)
    image, coordinates = as_array(image), [as_array(x) for x in coordinates]
    _mode(name, mode)
    sizes = image.shape[:d]
    border = BORDER if order > 1 and prefilter and mode in ("nearest", "grid-constant") else 0
    if border:
        widths = [(border, border)] * d + [(0, 0)] * (image.ndim - d)
        image = np.pad(image, widths, constant_values=cval) if mode == "grid-constant" else np.pad(image, widths, MODES[mode])  # type: ignore[call-overload]
    c = filtered(name, image, order, range(d), mode) if prefilter else image
    at = [x + border for x in coordinates] if border else coordinates
    windows = [_window(x, n, order, mode) for x, n in zip(at, c.shape, strict=False)]
    ndim = np.broadcast_shapes(*(x.shape for x in coordinates))
    points = len(ndim)

    def spread(v: Any, axis: int) -> Any:
        """What a window has along its last axis, as one of the axes of all windows behind those of the points."""
        return np.reshape(v, _leading(v.shape, points, axis, (1,) * (d - axis - 1)))

    index = tuple(spread(i, axis) for axis, (i, _, _) in enumerate(windows))
    values = c[index]
    rest = (1,) * (c.ndim - d)
    if mode == "grid-constant":
        inside: Any = True
        for axis, (_, _, w) in enumerate(windows):
            inside = inside & spread(w, axis)
        inside = np.broadcast_to(inside, values.shape[: points + d])
        values = np.where(np.reshape(inside, (*inside.shape, *rest)), values, cval)
    for axis in range(d - 1, -1, -1):  # the last window first
        weights = np.reshape(windows[axis][1], _leading(windows[axis][1].shape, points, axis, rest))
        values = np.sum(values * weights, axis=points + axis)
    if mode == "constant":
        beyond: Any = False
        for x, n in zip(coordinates, sizes, strict=True):
            beyond = beyond | (x < 0.0) | (x > n - 1.0)
        beyond = np.broadcast_to(beyond, ndim)
        values = np.where(np.reshape(beyond, (*ndim, *rest)) if rest else beyond, cval, values)
    return values


def _leading(shape: Sequence[int], points: int, axis: int, rest: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of weights [*points, window] along the last one of the windows that are left."""
    return (*(1,) * (points - len(shape) + 1), *shape[:-1], *(1,) * axis, shape[-1], *rest)


@like("scipy.ndimage.map_coordinates", by="input, coordinates, cval")
def map_coordinates(input: Any, coordinates: Any, output: Any = None, order: Any = 3, mode: Any = "constant", cval: Any = 0.0, prefilter: Any = True) -> Any:
    """The image at coordinates [axes, ...], by a spline of an order from 0 (the nearest pixel) to 5.

    Raises:
        RuntimeError: another mode or order, or coordinates of another number of axes.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import ndimage
        >>> image = np.arange(12.0).reshape(3, 4)
        >>> jt.grad(lambda x: ndimage.map_coordinates(image, x[:, None], order=1)[0])(np.array([0.5, 1.5])).tolist()
        [4.0, 1.0]
    """
    no_output("map_coordinates", output)
    x = as_array(coordinates)
    if not x.ndim or x.shape[0] != len(shape_of(input)):
        raise RuntimeError(f"scipy.ndimage.map_coordinates: coordinates of shape {x.shape} do not have a row for each of the {len(shape_of(input))} axes")
    return sampled("map_coordinates", input, [x[i] for i in range(x.shape[0])], int(order), mode, cval, bool(prefilter))


def _axes_of(shape: Sequence[int]) -> list[Any]:
    """The numbers of the pixels along each axis, to be broadcast."""
    return [np.arange(float(n)).reshape((-1,) + (1,) * (len(shape) - i - 1)) for i, n in enumerate(shape)]


@like("scipy.ndimage.shift", by="input, shift, cval")
def shift(input: Any, shift: Any, output: Any = None, order: Any = 3, mode: Any = "constant", cval: Any = 0.0, prefilter: Any = True) -> Any:
    """The image moved by `shift` pixels along each axis."""
    no_output("shift", output)
    x = as_array(input)
    steps = as_array(shift)
    steps = [steps] * x.ndim if steps.ndim == 0 else per_axis("shift", "shift", steps, x.ndim)
    return sampled("shift", x, [i - s for i, s in zip(_axes_of(x.shape), steps, strict=True)], int(order), mode, cval, bool(prefilter))


@like("scipy.ndimage.zoom", by="input, cval")
def zoom(
    input: Any, zoom: Any, output: Any = None, order: Any = 3, mode: Any = "constant", cval: Any = 0.0, prefilter: Any = True, *, grid_mode: Any = False,
) -> Any:  # fmt: skip
    """The image with `zoom` times as many pixels along each axis."""
    no_output("zoom", output)
    if grid_mode or recorded(zoom):
        raise RecordingError("scipy.ndimage.zoom of recorded values takes a plain zoom and no grid_mode=; map_coordinates takes any coordinates")
    x = as_array(input)
    shape = [round(n * z) for n, z in zip(x.shape, per_axis("zoom", "zoom", zoom, x.ndim), strict=True)]
    at = [i * ((n - 1) / (m - 1) if m > 1 else 1.0) for i, n, m in zip(_axes_of(shape), x.shape, shape, strict=True)]
    return sampled("zoom", x, [np.minimum(i, n - 1.0) for i, n in zip(at, x.shape, strict=True)], int(order), mode, cval, bool(prefilter))


@like("scipy.ndimage.affine_transform", by="input, matrix, offset, cval")
def affine_transform(
    input: Any, matrix: Any, offset: Any = 0.0, output_shape: Any = None, output: Any = None, order: Any = 3, mode: Any = "constant", cval: Any = 0.0, prefilter: Any = True,
) -> Any:  # fmt: skip
    """The image at matrix @ o + offset for each pixel o of the result."""
    no_output("affine_transform", output)
    x, m = as_array(input), as_array(matrix)
    d = x.ndim
    shift = as_array(offset)
    if m.ndim == 2 and m.shape[1] == d + 1 and m.shape[0] in (d, d + 1):  # homogeneous
        m, shift = m[:d, :d], m[:d, d]
    if m.shape not in ((d,), (d, d)):
        raise RuntimeError(f"scipy.ndimage.affine_transform: a matrix of shape {m.shape} for an image of {d} axes")
    return _affine("affine_transform", x, m, shift, tuple(output_shape) if output_shape is not None else x.shape, int(order), mode, cval, bool(prefilter))


def _affine(name: str, x: Any, m: Any, shift: Any, shape: Sequence[int], order: int, mode: str, cval: Any, prefilter: bool) -> Any:
    grid = _axes_of(shape)
    at = []
    for i in range(len(shape)):
        row = m[i] * grid[i] if m.ndim == 1 else sum((m[i, j] * grid[j] for j in range(1, len(shape))), m[i, 0] * grid[0])
        at.append(row + (shift if shift.ndim == 0 else shift[i]))
    return sampled(name, x, at, order, mode, cval, prefilter)


@like("scipy.ndimage.rotate", by="input, angle, cval")
def rotate(
    input: Any, angle: Any, axes: Any = (1, 0), reshape: Any = True, output: Any = None, order: Any = 3, mode: Any = "constant", cval: Any = 0.0, prefilter: Any = True,
) -> Any:  # fmt: skip
    """The image turned by an angle, in degrees, in the plane of two axes."""
    no_output("rotate", output)
    x = as_array(input)
    first, second = sorted(a % x.ndim for a in axes)
    if first == second:
        raise ValueError("axes should contain only two values that differ")
    c, s = special.cosdg(angle), special.sindg(angle)  # exact at right angles, where pixels must not leave the image by rounding
    m = as_array([[c, s], [-s, c]])
    plane = np.array([x.shape[first], x.shape[second]])
    if reshape:
        corners = m @ np.array([[0, 0, plane[0], plane[0]], [0, plane[1], 0, plane[1]]])
        spans = [np.max(row) - np.min(row) for row in corners]
        shape = tuple(int(span + 0.5) for span in spans)  # of a recorded angle it is guarded
    else:
        shape = tuple(int(n) for n in plane)
    offset = (plane - 1) / 2.0 - m @ ((np.array(shape) - 1) / 2.0)
    out = _affine("rotate", np.moveaxis(x, (first, second), (0, 1)), m, offset, shape, int(order), mode, cval, bool(prefilter))
    return np.moveaxis(out, (0, 1), (first, second))
