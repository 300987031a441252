"""Images of another size, and pixels in another order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager.creation import as_tensor, spaced
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError
from jittape.nn.functional.kinds import floating
from jittape.nn.functional.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}
CUBIC = -0.75
"""The constant of Keys' cubic convolution (1981), as PyTorch has it."""


def pixel_shuffle(input: Any, upscale_factor: int) -> Tensor:
    """(..., C r r, H, W) as (..., C, H r, W r).

    Args:
        input: the tensor.
        upscale_factor: r.

    Raises:
        ShapeError: the channels are no multiple of r r.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.pixel_shuffle(jt.arange(4).reshape(4, 1, 1), upscale_factor=2)
        tensor([[[0, 1],
                 [2, 3]]])
    """
    input, r = as_tensor(input), upscale_factor
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise ShapeError(f"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but {c} is not divisible by {r * r}")
    input = input.reshape((*lead, c // (r * r), r, r, h, w))
    n = len(lead)
    return input.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2).reshape((*lead, c // (r * r), h * r, w * r))  # type: ignore[no-any-return]


def pixel_unshuffle(input: Any, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) as (..., C r r, H, W).

    Args:
        input: the tensor.
        downscale_factor: r.

    Raises:
        ShapeError: the height or the width is no multiple of r.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.pixel_unshuffle(jt.arange(4).reshape(1, 2, 2), downscale_factor=2).shape
        jittape.Size([4, 1, 1])
    """
    input, r = as_tensor(input), downscale_factor
    *lead, c, h, w = input.shape
    if h % r or w % r:
        raise ShapeError(f"pixel_unshuffle: an image of {h} x {w} is not divisible by downscale_factor={r}")
    input = input.reshape((*lead, c, h // r, r, w // r, r))
    n = len(lead)
    return input.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3).reshape((*lead, c * r * r, h // r, w // r))  # type: ignore[no-any-return]


def channel_shuffle(input: Any, groups: int) -> Tensor:
    """Channels in groups, one of each after the other.

    Args:
        input: (N, C, ...).
        groups: how many.

    Raises:
        ShapeError: the channels do not split into so many groups.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.channel_shuffle(jt.arange(4).reshape(1, 4, 1), groups=2).flatten()
        tensor([0, 2, 1, 3])
    """
    input = as_tensor(input)
    n, c, *size = input.shape
    if c % groups:
        raise ShapeError(f"channel_shuffle: {c} channels are not divisible by {groups} groups")
    return input.reshape((n, groups, c // groups, *size)).transpose(1, 2).reshape((n, c, *size))  # type: ignore[no-any-return]


def _matrix(size: int, wanted: int, scale: float | None, mode: str, corners: bool) -> np.ndarray[Any, Any]:
    """The matrix (wanted, size) that resamples an axis."""
    ratio = (size - 1) / (wanted - 1) if corners and wanted > 1 else 0.0 if corners else 1.0 / scale if scale is not None else size / wanted
    places = np.arange(wanted) * ratio if corners else (np.arange(wanted) + 0.5) * ratio - 0.5
    out = np.zeros((wanted, size))
    rows = np.arange(wanted)
    if mode == "nearest":
        out[rows, np.minimum(np.floor(np.arange(wanted) * ratio).astype(int), size - 1)] = 1.0
    elif mode == "nearest-exact":
        out[rows, np.minimum(np.floor((np.arange(wanted) + 0.5) * ratio).astype(int), size - 1)] = 1.0
    elif mode in LINEAR:
        places = np.maximum(places, 0.0)
        low = np.minimum(np.floor(places).astype(int), size - 1)
        share = places - low
        np.add.at(out, (rows, low), 1 - share)
        np.add.at(out, (rows, np.minimum(low + 1, size - 1)), share)
    else:
        low = np.floor(places).astype(int)
        t = places - low
        for k in range(-1, 3):
            d = np.abs(t - k)
            near = (CUBIC + 2) * d**3 - (CUBIC + 3) * d**2 + 1
            far = CUBIC * d**3 - 5 * CUBIC * d**2 + 8 * CUBIC * d - 4 * CUBIC
            np.add.at(out, (rows, np.clip(low + k, 0, size - 1)), np.where(d <= 1, near, far))
    return out


def interpolate(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:  # fmt: skip
    """Images (N, C, ...) of another size.

    Args:
        input: the images.
        size, scale_factor: one of both, a number or one an axis.
        mode: "nearest", "nearest-exact", "area"; "linear" of one axis, "bilinear" or "bicubic" of two, "trilinear" of three.
        align_corners: whether the corners of both images are the same points.
        recompute_scale_factor: compute with the ratio of the sizes that come, and not with `scale_factor`.
        antialias: False.

    Raises:
        ValueError: both or none of `size` and `scale_factor`, or `align_corners` for "nearest" and "area".
        ShapeError: input has no axis, or more than three, besides N and C.
        NotImplementedError: a mode for other axes, or `antialias`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.interpolate(jt.tensor([[[1.0, 2.0]]]), scale_factor=2)
        tensor([[[1., 1., 2., 2.]]])
    """
    input = as_tensor(input)
    n = input.dim() - 2
    if n not in (1, 2, 3):
        raise ShapeError(f"interpolate takes (N, C, ...) with one to three axes more, not shape {tuple(input.shape)}")
    if (size is None) == (scale_factor is None):
        raise ValueError("either size or scale_factor should be defined, and only one of them")
    if antialias:
        raise NotImplementedError("interpolate: antialias=True is not available")
    fitting = {"nearest", "nearest-exact", "area", {1: "linear", 2: "bilinear", 3: "trilinear"}[n]} | ({"bicubic"} if n == 2 else set())
    if mode not in fitting:
        raise NotImplementedError(f"Input Error: {input.dim()}D input with mode {mode!r}; for such there are {sorted(fitting)}")
    floating(input, f"upsample_{mode}", "ibc" if mode.startswith("nearest") else "iubc")
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError("align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear")
    scales: Any = (None,) * n
    if size is None:
        scales = tuple(scale_factor) if isinstance(scale_factor, (tuple, list)) else (scale_factor,) * n
        wanted = [math.floor(s * f) for s, f in zip(input.shape[2:], scales, strict=True)]
        if recompute_scale_factor:
            scales = (None,) * n
    else:
        wanted = [int(v) for v in (size if isinstance(size, (tuple, list)) else (size,) * n)]
    if mode == "area":
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[n - 1](input, tuple(wanted))
    for axis, (w, s) in enumerate(zip(wanted, scales, strict=True), 2):
        if mode.startswith("nearest"):
            places = _matrix(input.shape[axis], w, s, mode, False).argmax(1)
            input = input[(slice(None),) * axis + (places,)]
        else:
            matrix = _matrix(input.shape[axis], w, s, mode, bool(align_corners)).astype(input.dtype)
            input = (input.transpose(axis, -1) @ concrete(np.ascontiguousarray(matrix.T))).transpose(axis, -1)  # type: ignore[attr-defined, assignment]
    return input.contiguous()  # type: ignore[attr-defined, no-any-return]


def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None) -> Tensor:
    """`interpolate` under its first name.

    Args:
        input, size, scale_factor, mode, align_corners: see `interpolate`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.upsample(jt.tensor([[[1.0, 2.0]]]), scale_factor=2)
        tensor([[[1., 1., 2., 2.]]])
    """
    return interpolate(input, size, scale_factor, mode, align_corners)


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Tensor:
    """The points, in [-1, 1], that affine matrices map a grid to.

    Args:
        theta: (N, 2, 3).
        size: (N, C, H, W), of the grid.
        align_corners: whether -1 and 1 are the centres of the corners' pixels, and not their edges.

    Returns:
        (N, H, W, 2).

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.affine_grid(jt.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2), align_corners=True)
        tensor([[[[-1.,  0.],
                  [ 1.,  0.]]]])
    """
    theta = as_tensor(theta)
    n, _, h, w = size

    def axis(k: int) -> Any:
        ends = spaced(-1, 1, k, theta.dtype) if k > 1 else np.zeros(k, theta.dtype)
        return ends if align_corners else ends * theta.dtype.type(k - 1) / theta.dtype.type(k)

    y, x = np.meshgrid(axis(h), axis(w), indexing="ij")
    points = np.stack([x, y, np.ones_like(x)], -1).reshape(-1, 3)
    return (concrete(points) @ theta.transpose(1, 2)).reshape(n, h, w, 2)  # type: ignore[no-any-return]


def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None) -> Tensor:
    """Images at points, differentiable in both.

    Args:
        input: (N, C, H, W).
        grid: (N, h, w, 2), in [-1, 1].
        mode: "bilinear" or "nearest".
        padding_mode: "zeros" or "border".
        align_corners: whether -1 and 1 are the centres of the corners' pixels, and not their edges.

    Returns:
        (N, C, h, w).

    Raises:
        ShapeError: other shapes.
        NotImplementedError: another mode.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.grid_sample(jt.tensor([[[[1.0, 3.0]]]]), jt.zeros(1, 1, 1, 2), align_corners=True)
        tensor([[[[2.]]]])
    """
    floating(input, "grid_sampler_2d_cpu_kernel_impl", "iubc")
    input, grid = as_tensor(input), as_tensor(grid)
    if input.dim() != 4 or grid.dim() != 4 or grid.shape[3] != 2:
        raise ShapeError(f"grid_sample takes (N, C, H, W) and (N, h, w, 2), not {tuple(input.shape)} and {tuple(grid.shape)}")
    if mode not in ("bilinear", "nearest") or padding_mode not in ("zeros", "border"):
        raise NotImplementedError(f"grid_sample: mode {mode!r} with padding_mode {padding_mode!r} is not available; there are bilinear, nearest, and zeros, border")
    n, c, h, w = input.shape
    points = []
    for k, size in ((0, w), (1, h)):
        p = grid[..., k]
        p = (p + 1) * ((size - 1) / 2) if align_corners else ((p + 1) * size - 1) / 2
        points.append(p.clamp(0, size - 1) if padding_mode == "border" else p)
    px, py = points
    batch = np.arange(n)[:, None, None]

    def at(ix: Any, iy: Any) -> Any:
        inside = (ix >= 0) & (ix < w) & (iy >= 0) & (iy < h)
        values = input.permute(0, 2, 3, 1)[batch, np.clip(iy, 0, h - 1), np.clip(ix, 0, w - 1)]
        return values * inside[..., None].astype(input.dtype)

    vx, vy = px.detach().values(), py.detach().values()
    if mode == "nearest":
        return at(np.rint(vx).astype(int), np.rint(vy).astype(int)).permute(0, 3, 1, 2)  # type: ignore[no-any-return]
    fx, fy = np.floor(vx).astype(int), np.floor(vy).astype(int)
    sx, sy = (px - fx.astype(input.dtype)).unsqueeze(-1), (py - fy.astype(input.dtype)).unsqueeze(-1)
    top = at(fx, fy) * (1 - sx) + at(fx + 1, fy) * sx
    low = at(fx, fy + 1) * (1 - sx) + at(fx + 1, fy + 1) * sx
    return (top * (1 - sy) + low * sy).permute(0, 3, 1, 2)  # type: ignore[no-any-return]
