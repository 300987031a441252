"""Pooling: the largest number, the mean or a norm of each window, of a given length or of so many windows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager.calls import call
from jittape.eager.creation import as_tensor
from jittape.eager.functions import cat, stack
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError
from jittape.functions.convolution import Geometry, max_pool, put
from jittape.nn.functional.kinds import floating
from jittape.nn.functional.padding import pad
from jittape.nn.functional.windows import Sizes, check_windows, images, sizes


def _pool_geometry(name: str, x: Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any, n: int) -> Geometry:
    kernel = sizes("kernel_size", kernel, n)
    stride = kernel if stride is None or (isinstance(stride, (tuple, list)) and not stride) else sizes("stride", stride, n)
    padding, dilation = sizes("padding", padding, n), sizes("dilation", dilation, n)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise RuntimeError(f"{name}: pad should be at most half of effective kernel size, but got pad={padding} and kernel_size={kernel}")
    check_windows(kernel, stride, padding, dilation)
    at = Geometry(stride, padding, dilation, 1, tuple(x.shape[2:]), kernel)
    if min(at.places) < 1:
        raise ShapeError(f"{name}: windows of {kernel} do not fit an image of {tuple(x.shape[2:])}")
    return at


def _ceiled(x: Tensor, at: Geometry, value: float) -> tuple[Tensor, Geometry, Sizes]:
    """For ceil_mode: the image with more on its ends, so that the last windows count which begin within it or its left padding."""
    margins, grown = [], []
    for size, p, d, k, st in zip(at.size, at.padding, at.dilation, at.kernel, at.stride, strict=True):
        reach = d * (k - 1) + 1
        count = -(-(size + 2 * p - reach) // st) + 1
        if (count - 1) * st >= size + p:
            count -= 1
        more = max(0, (count - 1) * st + reach - size - 2 * p)
        margins.append(more)
        grown.append(size + more)
    if not any(margins):
        return x, at, (0,) * len(margins)
    spread = [v for m in reversed(margins) for v in (0, m)]
    return pad(x, spread, value=value), Geometry(at.stride, at.padding, at.dilation, 1, tuple(grown), at.kernel), tuple(margins)


def _max_pool(n: int, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, return_indices: bool) -> Any:
    x, single = images(f"max_pool{n}d", floating(x, f"max_pool{n}d", "iubc" if n == 1 and not return_indices else "bc"), n)
    at = _pool_geometry(f"max_pool{n}d", x, kernel_size, stride, padding, dilation, n)
    size = at.size
    if ceil_mode:
        x, at, _ = _ceiled(x, at, -math.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min)
    best, places = call(max_pool, x, at)
    if single:
        best, places = best[0], places[0]
    if not return_indices:
        return best
    flat = places.detach().values().astype(np.int64)
    if at.size != size:
        flat = np.ravel_multi_index(np.unravel_index(flat, at.size), size)
    return best, as_tensor(flat)


def max_pool1d(args: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """The largest number of each window of (N, C, L).

    Args:
        args, kernel_size, stride, padding, dilation, ceil_mode, return_indices: see `max_pool2d`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.max_pool1d(jt.tensor([[[1.0, 3.0, 2.0, 0.0]]]), kernel_size=2)
        tensor([[[3., 2.]]])
    """
    return _max_pool(1, args, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(args: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """The largest number of each window of (N, C, H, W).

    Args:
        args: (N, C, H, W), or without N.
        kernel_size: of a window, a number or one an axis.
        stride: from one window to the next; the kernel by default.
        padding: how many elements, less than any number, are added at each end: at most half a kernel.
        dilation: from one element of a window to the next.
        ceil_mode: windows that reach beyond the end count, too.
        return_indices: the flat places of the maxima, too.

    Raises:
        RuntimeError: `padding` is larger than half a kernel.
        ShapeError: args has other axes, or no window fits into it.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.max_pool2d(jt.arange(16.0).reshape(1, 1, 4, 4), kernel_size=2)
        tensor([[[[ 5.,  7.],
                  [13., 15.]]]])
    """
    return _max_pool(2, args, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(args: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """The largest number of each window of (N, C, D, H, W).

    Args:
        args, kernel_size, stride, padding, dilation, ceil_mode, return_indices: see `max_pool2d`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.max_pool3d(jt.arange(8.0).reshape(1, 1, 2, 2, 2), kernel_size=2)
        tensor([[[[[7.]]]]])
    """
    return _max_pool(3, args, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_unpool(n: int, x: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> Tensor:
    floating(x, f"max_unpool{n}d", "iubc")
    x, single = images(f"max_unpool{n}d", x, n)
    places = as_tensor(indices).values()
    places = places[None] if single else places
    kernel = sizes("kernel_size", kernel_size, n)
    stride = kernel if stride is None else sizes("stride", stride, n)
    padding = sizes("padding", padding, n)
    if places.shape != x.shape:
        raise ShapeError(f"Expected shape of indices to be same as that of the input tensor ({list(x.shape)}) but got indices tensor with shape: {list(places.shape)}")
    size = tuple((s - 1) * st + k - 2 * p for s, st, k, p in zip(x.shape[2:], stride, kernel, padding, strict=True))
    if output_size is not None:
        wanted = tuple(output_size)[-n:]
        if len(wanted) != n or any(not s - st < w < s + st for w, s, st in zip(wanted, size, stride, strict=True)):
            raise ValueError(f"invalid output_size {tuple(output_size)}: it may differ from {size} by less than the stride {stride} in each dimension")
        size = wanted
    if min(size) < 1:
        raise ShapeError(f"max_unpool{n}d: the result would have shape {size}")
    if places.size and (places.min() < 0 or places.max() >= math.prod(size)):
        raise ShapeError(f"Found an invalid max index: {places.max()} (output volumes are of size {size})")
    last = _last_ones(places.reshape((*places.shape[:2], math.prod(places.shape[2:]))), math.prod(size)).reshape(places.shape)
    where_to = places.astype(x.dtype)
    if last.all():
        out: Tensor = call(put, x, where_to, size)
    else:  # of windows that overlap the last one counts; derivatives go to all
        others = call(put, x * (~last).astype(x.dtype), where_to, size)
        out = call(put, x * last.astype(x.dtype), where_to, size) + (others - others.detach())
    return out[0] if single else out


def _last_ones(places: Any, size: int) -> Any:
    """Of flat places (N, C, n) in images of so many elements, which ones do not come again in their image."""
    keys = (places + size * np.arange(math.prod(places.shape[:2])).reshape((*places.shape[:2], 1))).reshape(-1)
    last = np.zeros(keys.size, bool)
    last[keys.size - 1 - np.unique(keys[::-1], return_index=True)[1]] = True
    return last


def max_unpool1d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Tensor:
    """The numbers of `max_pool1d` at their places, zeros elsewhere.

    Args:
        input, indices: what `max_pool1d` returned.
        kernel_size, stride, padding: those of the pooling.
        output_size: the length of the result, where it does not follow from these.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> x, indices = F.max_pool1d(jt.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2, return_indices=True)
        >>> F.max_unpool1d(x, indices, kernel_size=2)
        tensor([[[0., 3., 2., 0.]]])
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Tensor:
    """The numbers of `max_pool2d` at their places, zeros elsewhere.

    Args:
        input, indices: what `max_pool2d` returned.
        kernel_size, stride, padding: those of the pooling.
        output_size: the lengths of the result, where they do not follow from these.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> x, indices = F.max_pool2d(jt.arange(4.0).reshape(1, 1, 2, 2), 2, return_indices=True)
        >>> F.max_unpool2d(x, indices, kernel_size=2)
        tensor([[[[0., 0.],
                  [0., 3.]]]])
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def _window_sum(x: Tensor, at: Geometry) -> Tensor:
    """The sum of each window, by a view of the image for each place of the kernel, one axis after the other."""
    for axis, (k, st, d) in enumerate(zip(at.kernel, at.stride, at.dilation, strict=True)):
        before = (slice(None),) * (2 + axis)
        count = (x.shape[2 + axis] - d * (k - 1) - 1) // st + 1
        total: Any = None
        for i in range(k):
            part = x[(*before, slice(i * d, i * d + (count - 1) * st + 1, st))]
            total = part if total is None else total + part
        x = total
    return x


def _avg_pool(n: int, x: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool, divisor_override: int | None) -> Tensor:
    x, single = images(f"avg_pool{n}d", x, n)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if x.dtype != np.int64:
        floating(x, f"avg_pool{n}d", "iubc")
    at = _pool_geometry(f"avg_pool{n}d", x, kernel_size, stride, padding, 1, n)
    inside = np.ones((1, 1, *at.size))
    margins = [v for p in reversed(at.padding) for v in (p, p)]
    counted = np.pad(inside, [(0, 0), (0, 0), *((p, p) for p in at.padding)], constant_values=1.0 if count_include_pad else 0.0)
    padded = pad(x, margins) if any(at.padding) else x
    if ceil_mode:
        _, _, more = _ceiled(x, at, 0.0)
        if any(more):
            padded = pad(padded, [v for m in reversed(more) for v in (0, m)])
            counted = np.pad(counted, [(0, 0), (0, 0), *((0, m) for m in more)])
    total = _window_sum(padded, at)
    if divisor_override is not None:
        out = total / float(divisor_override)
    else:
        counts = _window_sum(as_tensor(counted), at).values()
        flat = counts.reshape(-1)
        out = total * float(1.0 / flat[0]) if (flat == flat[0]).all() and x.dtype.kind != "i" else total / counts.astype(x.dtype)
    if x.dtype.kind == "i":  # integers are divided as in C
        out = concrete(np.trunc(out.values()).astype(x.dtype))
    return out[0] if single else out  # type: ignore[no-any-return]


def avg_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True) -> Tensor:
    """The mean of each window of (N, C, L).

    Args:
        input, kernel_size, stride, padding, ceil_mode, count_include_pad: see `avg_pool2d`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.avg_pool1d(jt.tensor([[[1.0, 3.0, 2.0, 0.0]]]), kernel_size=2)
        tensor([[[2., 1.]]])
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Any = None) -> Tensor:
    """The mean of each window of (N, C, H, W).

    Args:
        input: (N, C, H, W), or without N.
        kernel_size: of a window, a number or one an axis.
        stride: from one window to the next; the kernel by default.
        padding: how many zeros are added at each end: at most half a kernel.
        ceil_mode: windows that reach beyond the end count, too.
        count_include_pad: whether zeros of the padding count.
        divisor_override: divide by this instead of the number of elements.

    Raises:
        RuntimeError: `padding` is larger than half a kernel.
        ShapeError: input has other axes, or no window fits into it.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.avg_pool2d(jt.arange(16.0).reshape(1, 1, 4, 4), kernel_size=2)
        tensor([[[[ 2.5,  4.5],
                  [10.5, 12.5]]]])
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Any = None) -> Tensor:
    """The mean of each window of (N, C, D, H, W).

    Args:
        input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: see `avg_pool2d`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.avg_pool3d(jt.arange(8.0).reshape(1, 1, 2, 2, 2), kernel_size=2)
        tensor([[[[[3.5]]]]])
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _lp_pool(n: int, x: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Tensor:
    kernel = sizes("kernel_size", kernel_size, n)
    mean = _avg_pool(n, as_tensor(x) ** norm_type, kernel, stride, 0, ceil_mode, True, 1)
    return (mean.sign() * mean.abs().relu()) ** (1.0 / norm_type)  # type: ignore[attr-defined, no-any-return]


def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The root of the sum of powers of each window of (N, C, L).

    Args:
        input: (N, C, L), or without N.
        norm_type: the power p.
        kernel_size, stride, ceil_mode: see `avg_pool2d`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.lp_pool1d(jt.tensor([[[3.0, 4.0]]]), norm_type=2, kernel_size=2)
        tensor([[[5.]]])
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The root of the sum of powers of each window of (N, C, H, W).

    Args:
        input: (N, C, H, W), or without N.
        norm_type: the power p.
        kernel_size, stride, ceil_mode: see `avg_pool2d`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.lp_pool2d(jt.ones(1, 1, 2, 2), norm_type=2, kernel_size=2)
        tensor([[[[2.]]]])
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


# --- so many windows ------------------------------------------------------------------------------------------------------------------


def _adaptive(n: int, x: Any, output_size: Any, name: str) -> tuple[Tensor, bool, list[list[tuple[int, int]]]]:
    """(image, whether without N, the ends of the windows along each axis)."""
    floating(x, name, "iubc")
    x, single = images(name, x, n)
    given = (output_size,) * n if output_size is None or isinstance(output_size, int) else tuple(output_size)
    if len(given) != n:
        raise ShapeError(f"{name}: output_size must be {n} numbers, not {given}")
    if any(o is not None and o < 0 for o in given):
        raise RuntimeError(f"{name}: elements of output_size must be greater than or equal to 0, got {given}")
    wanted = [s if o is None else o for o, s in zip(given, x.shape[2:], strict=True)]
    ends = [[((i * s) // o, -(-((i + 1) * s) // o)) for i in range(o)] for o, s in zip(wanted, x.shape[2:], strict=True)]
    return x, single, ends


def _adaptive_avg(n: int, x: Any, output_size: Any) -> Tensor:
    x, single, ends = _adaptive(n, x, output_size, f"adaptive_avg_pool{n}d")
    for axis, windows in enumerate(ends, 2):
        if len(windows) == 1:
            x = x.mean(axis, keepdim=True)
        elif len(windows) != x.shape[axis]:
            before = (slice(None),) * axis
            x = cat([x[(*before, slice(a, b))].mean(axis, keepdim=True) for a, b in windows], axis)
    return x[0] if single else x  # type: ignore[no-any-return]


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Tensor:
    """Means of so many windows that the result has this length.

    Args:
        input: (N, C, L), or without N.
        output_size: the length.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.adaptive_avg_pool1d(jt.tensor([[[1.0, 3.0, 2.0, 0.0]]]), output_size=2)
        tensor([[[2., 1.]]])
    """
    return _adaptive_avg(1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Tensor:
    """Means of so many windows that the result has these lengths.

    Args:
        input: (N, C, H, W), or without N.
        output_size: a number, or one an axis; None for that of input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.adaptive_avg_pool2d(jt.arange(4.0).reshape(1, 1, 2, 2), output_size=1)
        tensor([[[[1.5]]]])
    """
    return _adaptive_avg(2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Tensor:
    """Means of so many windows that the result has these lengths.

    Args:
        input: (N, C, D, H, W), or without N.
        output_size: a number, or one an axis; None for that of input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.adaptive_avg_pool3d(jt.arange(8.0).reshape(1, 1, 2, 2, 2), output_size=1)
        tensor([[[[[3.5]]]]])
    """
    return _adaptive_avg(3, input, output_size)


def _adaptive_max(n: int, x: Any, output_size: Any, return_indices: bool) -> Any:
    x, single, ends = _adaptive(n, x, output_size, f"adaptive_max_pool{n}d")
    size = tuple(x.shape[2:])
    values, places = [], []
    for which in np.ndindex(*[len(e) for e in ends]):
        spans = [ends[axis][i] for axis, i in enumerate(which)]
        part = x[(slice(None), slice(None), *[slice(a, b) for a, b in spans])]
        inner = tuple(part.shape[2:])
        best, at = part.reshape((*part.shape[:2], math.prod(part.shape[2:]))).max(-1)
        values.append(best)
        where = np.unravel_index(at.values(), inner)
        places.append(np.ravel_multi_index([w + a for w, (a, _) in zip(where, spans, strict=True)], size))
    shape = (*x.shape[:2], *[len(e) for e in ends])
    out = stack(values, -1).reshape(shape)
    found = as_tensor(np.stack(places, -1).reshape(shape).astype(np.int64))
    if single:
        out, found = out[0], found[0]
    return (out, found) if return_indices else out


def adaptive_max_pool1d(args: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Maxima of so many windows that the result has this length.

    Args:
        args: (N, C, L), or without N.
        output_size: the length.
        return_indices: the flat places of the maxima, too.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.adaptive_max_pool1d(jt.tensor([[[1.0, 3.0, 2.0, 0.0]]]), output_size=2)
        tensor([[[3., 2.]]])
    """
    return _adaptive_max(1, args, output_size, return_indices)


def adaptive_max_pool2d(args: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Maxima of so many windows that the result has these lengths.

    Args:
        args: (N, C, H, W), or without N.
        output_size: a number, or one an axis; None for that of args.
        return_indices: the flat places of the maxima, too.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.adaptive_max_pool2d(jt.arange(4.0).reshape(1, 1, 2, 2), output_size=1)
        tensor([[[[3.]]]])
    """
    return _adaptive_max(2, args, output_size, return_indices)


def adaptive_max_pool3d(args: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Maxima of so many windows that the result has these lengths.

    Args:
        args: (N, C, D, H, W), or without N.
        output_size: a number, or one an axis; None for that of args.
        return_indices: the flat places of the maxima, too.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.adaptive_max_pool3d(jt.arange(8.0).reshape(1, 1, 2, 2, 2), output_size=1)
        tensor([[[[[7.]]]]])
    """
    return _adaptive_max(3, args, output_size, return_indices)
