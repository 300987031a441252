"""Convolutions of neural networks (correlations, as everybody calls them there), and pooling by maxima: of arrays and of recorded arrays.

A convolution is linear in its input and in its weight, so three operations are closed under differentiation: `convolve` (x, w) -> z,
`spread` (z, w) -> x, its adjoint by the input, which is the transposed convolution, and `weigh` (x, z) -> w, its adjoint by the weight. Each is a
product of matrices by BLAS, of the weight and of the windows of x, a column each.

Shapes: x (N, C, *S), w (O, C / groups, *K), z (N, O, *P).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from jittape.compiler.ndarrays import address_of
from jittape.functions.products import append_call, recorded
from jittape.instructions.calls.operations import Call, register

Shape = tuple[int, ...]
LARGE, PATIENCE = 1 << 14, 20
"""Elements of windows from which on native loops do what NumPy does, and how often they are asked for before they are compiled."""
_uses: dict[str, int] = {}
"""How often each was asked for."""
COLUMNS = 2**17
"""Elements of windows that are laid out at a time: they stay in the second-level cache."""


@dataclass(frozen=True)
class Geometry:
    """How windows lie in an image.

    Attributes:
        stride, padding, dilation: a number an axis.
        groups: parts of the channels that are convolved apart.
        size: shape of the image without channels, which a transposed convolution cannot tell from its input.
        kernel: shape of the window.
    """

    stride: Shape
    padding: Shape
    dilation: Shape
    groups: int
    size: Shape
    kernel: Shape

    @property
    def places(self) -> Shape:
        """How many windows there are along each axis."""
        return tuple(
            (s + 2 * p - d * (k - 1) - 1) // st + 1 for s, p, d, k, st in zip(self.size, self.padding, self.dilation, self.kernel, self.stride, strict=True)
        )

    def attributes(self) -> list[int]:
        """The same as integers, for a record."""
        return [len(self.size), *self.stride, *self.padding, *self.dilation, self.groups, *self.size, *self.kernel]

    @staticmethod
    def of(attributes: Sequence[int]) -> Geometry:
        n = attributes[0]
        parts = [tuple(attributes[1 + i * n : 1 + (i + 1) * n]) for i in range(3)]
        rest = attributes[2 + 3 * n :]
        return Geometry(parts[0], parts[1], parts[2], attributes[1 + 3 * n], tuple(rest[:n]), tuple(rest[n : 2 * n]))

    def described(self, shape: Shape) -> NDArray[np.int64]:
        """The same of images of this shape, for native loops: see instructions/calls/windows.py."""
        lead = 2 - len(self.size)
        parts = ((self.kernel, 1), (self.stride, 1), (self.padding, 0), (self.dilation, 1), (self.places, 1))
        return np.array([*shape[:2], *(1,) * lead, *shape[2:], *[v for part, alone in parts for v in (*(alone,) * lead, *part)]], np.int64)

    def padded(self, x: NDArray[Any]) -> NDArray[Any]:
        """The image with zeros around it."""
        if not any(self.padding):
            return x
        out = np.zeros((*x.shape[:2], *[s + 2 * p for s, p in zip(self.size, self.padding, strict=True)]), x.dtype)
        out[self.inside()] = x
        return out

    def inside(self) -> Any:
        """The place of the image in the padded one."""
        return (Ellipsis, *[slice(p, p + s) for p, s in zip(self.padding, self.size, strict=True)])

    def windows(self, x: NDArray[Any]) -> NDArray[Any]:
        """A view (N, groups, C / groups, *kernel, *places) of a padded image (N, C, ...), whatever its layout."""
        n, c = x.shape[:2]
        axes = x.strides[2:]
        inner = [st * d for st, d in zip(axes, self.dilation, strict=True)]
        outer = [st * s for st, s in zip(axes, self.stride, strict=True)]
        each = c // self.groups
        return as_strided(
            x, (n, self.groups, each, *self.kernel, *self.places), (x.strides[0], each * x.strides[1], x.strides[1], *inner, *outer), writeable=x.flags.writeable
        )


def _chunks(n: int, size: int) -> list[slice]:
    """Samples by so many that their columns stay in the cache."""
    step = max(1, COLUMNS // max(size, 1))
    return [slice(i, min(i + step, n)) for i in range(0, n, step)]


def _native(name: str, dtype: np.dtype[Any], axes: int, size: int) -> Any:
    """A native loop over windows (instructions/calls/windows.py), which takes addresses; None where NumPy is to do it."""
    if size < LARGE or axes > 2 or dtype.char not in "fd":
        return None
    _uses[name] = uses = _uses.get(name, 0) + 1
    if uses <= PATIENCE:
        return None
    from jittape.instructions.calls import windows  # for start-up: Numba's types

    return partial(_called, windows.native(getattr(windows, name), dtype), dtype.type(0))


def _called(loop: Any, zero: Any, *given: Any) -> None:
    loop(*[address_of(x) if isinstance(x, np.ndarray) else x for x in given], zero)


class _Columns:
    """The windows of an image as matrices."""

    def __init__(self, x: NDArray[Any], at: Geometry) -> None:
        self.x, self.at = np.ascontiguousarray(x), at
        n, channels = x.shape[:2]
        self.rows, self.places = channels * math.prod(at.kernel), math.prod(at.places)
        self._loop = _native("columns", x.dtype, len(at.size), n * self.rows * self.places)
        if self._loop is None:
            self._windows = at.windows(at.padded(self.x))
        else:
            self._described = at.described(x.shape)

    def __call__(self, some: slice) -> NDArray[Any]:
        """Those of some samples, (N, groups, rows, places)."""
        groups = self.at.groups
        if self._loop is None:
            windows = self._windows[some]
            return windows.reshape(*windows.shape[:2], self.rows // groups, self.places)
        x = self.x[some]
        found = np.empty((len(x), groups, self.rows // groups, self.places), x.dtype)
        self._described[0] = len(x)
        self._loop(x, self._described, found)
        return found


def _convolve(x: NDArray[Any], w: NDArray[Any], *attributes: int) -> tuple[NDArray[Any]]:
    at = Geometry.of(attributes)
    n, out = x.shape[0], w.shape[0]
    rows = math.prod(w.shape[1:])
    z = np.empty((n, out, *at.places), x.dtype)
    by_group = z.reshape(n, at.groups, out // at.groups, math.prod(at.places))
    weight = w.reshape(at.groups, out // at.groups, rows)
    columns = _Columns(x, at)
    for some in _chunks(n, rows * by_group.shape[-1] * at.groups):
        np.matmul(weight, columns(some), out=by_group[some])
    return (z,)


def _spread(z: NDArray[Any], w: NDArray[Any], *attributes: int) -> tuple[NDArray[Any]]:
    at = Geometry.of(attributes)
    n, out = z.shape[:2]
    rows = math.prod(w.shape[1:])
    channels, places = w.shape[1] * at.groups, math.prod(at.places)
    weight = w.reshape(at.groups, out // at.groups, rows).swapaxes(1, 2)
    gathered = _native("gathered", z.dtype, len(at.size), n * rows * places * at.groups)
    if gathered is not None:
        image = np.zeros((n, channels, *at.size), z.dtype)
        adjoints, described = z.reshape(n, at.groups, out // at.groups, places), at.described(image.shape)
        for some in _chunks(n, rows * places * at.groups):
            described[0] = len(image[some])
            gathered(np.matmul(weight, adjoints[some]), described, image[some])
        return (image,)
    x = np.moveaxis(np.zeros((channels, *[s + 2 * p for s, p in zip(at.size, at.padding, strict=True)], n), z.dtype), -1, 0)  # samples lie side by side: long rows
    windows = np.moveaxis(at.windows(x), 0, -1)
    for some in _chunks(n, rows * places * at.groups):
        given = np.moveaxis(z[some], 0, -1).reshape(at.groups, out // at.groups, -1)
        part = windows[..., some]
        columns = np.matmul(weight, given).reshape(part.shape)
        for place in np.ndindex(at.kernel):  # windows overlap each other, but not at one place of the kernel
            where = (slice(None),) * 2 + place
            part[where] += columns[where]
    return (np.ascontiguousarray(x[at.inside()]),)


def _weigh(x: NDArray[Any], z: NDArray[Any], *attributes: int) -> tuple[NDArray[Any]]:
    at = Geometry.of(attributes)
    n, out = z.shape[:2]
    each = x.shape[1] // at.groups
    rows = each * math.prod(at.kernel)
    w = np.zeros((at.groups, out // at.groups, rows), x.dtype)
    given = np.ascontiguousarray(z).reshape(n, at.groups, out // at.groups, math.prod(at.places))
    columns = _Columns(x, at)
    for some in _chunks(n, rows * given.shape[-1] * at.groups):
        w += np.matmul(given[some], columns(some).swapaxes(-1, -2)).sum(0)
    return (w.reshape(out, each, *at.kernel),)


def _linear(call: Call, operands: tuple[Any, Any], shape: Shape, at: Geometry) -> Any:
    """One of the three operations, of arrays or of recorded arrays."""
    if not recorded(*operands):
        return call.forward(*map(np.asarray, operands), *at.attributes())[0]
    return append_call(call, operands, [shape], at.attributes())[0]


def convolve(x: Any, w: Any, at: Geometry) -> Any:
    """The convolution z of an image x by a weight w."""
    return _linear(CONVOLVE, (x, w), (x.shape[0], w.shape[0], *at.places), at)


def spread(z: Any, w: Any, at: Geometry) -> Any:
    """The transposed convolution: the adjoint x of `convolve` by its input, for an adjoint z."""
    return _linear(SPREAD, (z, w), (z.shape[0], w.shape[1] * at.groups, *at.size), at)


def weigh(x: Any, z: Any, at: Geometry) -> Any:
    """The adjoint w of `convolve` by its weight, for an adjoint z."""
    return _linear(WEIGH, (x, z), (z.shape[1], x.shape[1] // at.groups, *at.kernel), at)


def _bilinear(name: str, forward: Any, rule: Any, by_first: Any, by_second: Any) -> Call:
    """An operation that is linear in both operands: its tangent is itself."""

    def vjp(g: Any, _: Any, operands: Any, attributes: Any, needed: Any = (True, True)) -> Any:
        a, b = operands
        at = Geometry.of(attributes)
        return by_first(g[0], a, b, at) if needed[0] else None, by_second(g[0], a, b, at) if needed[1] else None

    def jvp(t: Any, _: Any, operands: Any, attributes: Any) -> Any:
        a, b = operands
        at = Geometry.of(attributes)
        return (rule(t[0], b, at) + rule(a, t[1], at),)

    return register(name, forward, vjp, jvp, selective=True)


CONVOLVE = _bilinear("nn_convolve", _convolve, convolve, lambda g, x, w, at: spread(g, w, at), lambda g, x, w, at: weigh(x, g, at))
SPREAD = _bilinear("nn_convolve_transposed", _spread, spread, lambda g, z, w, at: convolve(g, w, at), lambda g, z, w, at: weigh(g, z, at))
WEIGH = _bilinear("nn_convolve_weight", _weigh, weigh, lambda g, x, z, at: spread(z, g, at), lambda g, x, z, at: convolve(x, g, at))


def with_bias(call: Call) -> Call:
    """A convolution, and a number added to each channel of its result."""

    def forward(a: Any, w: Any, b: Any, *attributes: int) -> Any:
        z = call.forward(a, w, *attributes)[0]
        z += b.reshape((1, -1) + (1,) * (z.ndim - 2))
        return (z,)

    def vjp(g: Any, z: Any, operands: Any, attributes: Any, needed: Any = (True, True, True)) -> Any:
        parts = call.vjp(g, z, operands[:2], attributes, needed=needed[:2])  # type: ignore[call-arg]
        return *parts, np.sum(g[0], axis=(0, *range(2, g[0].ndim))) if needed[2] else None

    def jvp(t: Any, z: Any, operands: Any, attributes: Any) -> Any:
        return (call.jvp(t[:2], z, operands[:2], attributes)[0] + t[2].reshape((1, -1) + (1,) * (z[0].ndim - 2)),)

    return register(f"{call.name}_bias", forward, vjp, jvp, selective=True)


CONVOLVE_BIAS, SPREAD_BIAS = with_bias(CONVOLVE), with_bias(SPREAD)


def convolution(x: Any, w: Any, b: Any, at: Geometry, transposed: bool = False) -> Any:
    """`convolve` or `spread` plus b, a number a channel, or None."""
    if b is None:
        return spread(x, w, at) if transposed else convolve(x, w, at)
    shape = (x.shape[0], w.shape[1] * at.groups, *at.size) if transposed else (x.shape[0], w.shape[0], *at.places)
    call = SPREAD_BIAS if transposed else CONVOLVE_BIAS
    if not recorded(x, w, b):
        return call.forward(*map(np.asarray, (x, w, b)), *at.attributes())[0]
    return append_call(call, (x, w, b), [shape], at.attributes())[0]


# --- maxima ------------------------------------------------------------------------------------------------------------------------


def _largest(x: NDArray[Any], *attributes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """(maxima of the windows, the places of these in the image); a window's first one counts, and NaN is larger than all."""
    at = Geometry.of(attributes)
    loop = _native("largest", x.dtype, len(at.size), math.prod(x.shape[:2]) * math.prod(at.places) * math.prod(at.kernel))
    if loop is not None:
        x = np.ascontiguousarray(x)
        results = tuple(np.empty((*x.shape[:2], *at.places), x.dtype) for _ in range(2))
        loop(x, at.described(x.shape), *results)
        return results  # type: ignore[return-value]
    values = x
    if any(at.padding):
        values = np.full((*x.shape[:2], *[s + 2 * p for s, p in zip(at.size, at.padding, strict=True)]), -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min, x.dtype)
        values[at.inside()] = x
    windows = at.windows(np.ascontiguousarray(values))[:, 0]
    ordered = not np.isnan(values.sum())
    best: Any = None
    found: Any = None
    for k, place in enumerate(np.ndindex(at.kernel)):
        one = windows[(slice(None),) * 2 + place].copy()
        if best is None:
            best, found = one, np.zeros(one.shape, np.uint16 if math.prod(at.kernel) > 255 else np.uint8)
            continue
        larger = one > best
        if ordered:
            np.maximum(best, one, out=best)
        else:
            larger |= np.isnan(one) & ~np.isnan(best)
            np.copyto(best, one, where=larger)
        np.copyto(found, k, where=larger)
    starts: Any = 0
    within: Any = 0
    for axis, size in enumerate(at.size):
        alone = [-1 if i == axis else 1 for i in range(len(at.size))]
        starts = starts * size + (np.arange(at.places[axis]) * at.stride[axis] - at.padding[axis]).reshape(alone)
        within = within * size + (np.arange(at.kernel[axis]) * at.dilation[axis]).reshape(alone)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.int64)  # small integers have no room for places
    flat = np.take(within.reshape(-1).astype(dtype), found)
    flat += starts.astype(dtype)
    return best, flat


def _pick(x: NDArray[Any], places: NDArray[Any], *attributes: int) -> tuple[NDArray[Any]]:
    flat = np.asarray(places).astype(np.int64).reshape(*places.shape[:2], math.prod(places.shape[2:]))
    return (np.take_along_axis(x.reshape(*x.shape[:2], math.prod(x.shape[2:])), flat, -1).reshape(places.shape),)


def _put(z: NDArray[Any], places: NDArray[Any], *size: int) -> tuple[NDArray[Any]]:
    n, c = z.shape[:2]
    length = math.prod(size)
    if places.size and not (places.min() >= 0 and places.max() < length):
        raise ValueError(f"places from {places.min()} to {places.max()} in images of {length} elements")
    loop = _native("put", z.dtype, 1, z.size)
    if loop is not None and places.shape == z.shape and places.dtype == z.dtype:
        image = np.zeros((n, c, *size), z.dtype)
        loop(np.ascontiguousarray(z), np.ascontiguousarray(places), image, n * c, z.size // max(n * c, 1), length)
        return (image,)
    start = (np.arange(n * c) * length).reshape(n, c, 1)
    at = (start + np.asarray(places).astype(np.int64).reshape(n, c, math.prod(places.shape[2:]))).reshape(-1)
    return (np.bincount(at, z.reshape(-1), n * c * length).astype(z.dtype).reshape(n, c, *size),)


def pick(x: Any, places: Any, size: Shape) -> Any:
    """The elements of images (N, C, *size) at flat places (N, C, ...)."""
    if not recorded(x, places):
        return _pick(np.asarray(x), np.asarray(places))[0]
    return append_call(PICK, (x, places), [places.shape], list(size))[0]


def put(z: Any, places: Any, size: Shape) -> Any:
    """Images (N, C, *size) of zeros, with z added at flat places: the adjoint of `pick`."""
    if not recorded(z, places):
        return _put(np.asarray(z), np.asarray(places), *size)[0]
    return append_call(PUT, (z, places), [(*z.shape[:2], *size)], list(size))[0]


PICK = register("nn_pick", _pick, lambda g, _, x, size: (put(g[0], x[1], tuple(size)), None), lambda t, _, x, size: (pick(t[0], x[1], tuple(size)),))
PUT = register("nn_put", _put, lambda g, _, z, size: (pick(g[0], z[1], tuple(size)), None), lambda t, _, z, size: (put(t[0], z[1], tuple(size)),))
LARGEST = register(
    "nn_max_pool",
    _largest,
    lambda g, z, x, a: (put(g[0], z[1], Geometry.of(a).size),),
    lambda t, z, x, a: (pick(t[0], z[1], Geometry.of(a).size), 0.0 * z[1]),
)


def max_pool(x: Any, at: Geometry) -> tuple[Any, Any]:
    """(maxima of windows, their flat places in the image) of an image (N, C, *S)."""
    shape = (*x.shape[:2], *at.places)
    if not recorded(x):
        best, places = _largest(np.asarray(x), *at.attributes())
        return best, places
    best, places = append_call(LARGEST, (x,), [shape, shape], at.attributes())
    return best, places
