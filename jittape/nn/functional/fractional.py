"""Pooling over windows of random places (Graham, 2015): so many of them that the result has a given size, or share of the image's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from jittape.eager.creation import as_tensor, generator
from jittape.eager.indexing import plain
from jittape.eager.tensor import concrete
from jittape.errors import ShapeError
from jittape.nn.functional.windows import sizes


def _first_places(sample: Any, size: int, count: int, window: int) -> NDArray[np.int64]:
    """Where the windows along an axis begin, for numbers between 0 and 1, (..., count)."""
    at = np.full((*sample.shape, count), size - window, np.int64)
    if count > 1:
        step = sample.dtype.type(size - window) / sample.dtype.type(count - 1)
        k = np.arange(count - 1, dtype=sample.dtype)
        at[..., :-1] = ((k + sample[..., None]) * step).astype(np.int64) - (sample * step).astype(np.int64)[..., None]
    return at


def _pooled(n: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool, samples: Any) -> Any:
    name = f"fractional_max_pool{n}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    x = as_tensor(input)
    if x.dim() not in (n + 1, n + 2) or 0 in x.shape[-n - 1 :]:
        raise ShapeError(f"{name}(): expected {n + 1}D or {n + 2}D tensor with elements along all but its first dimension, but got shape {list(x.shape)}")
    single = x.dim() == n + 1
    x = x.unsqueeze(0) if single else x
    image, kernel = tuple(x.shape[2:]), sizes("kernel_size", kernel_size, n)
    if output_size is None:
        ratio = (output_ratio,) * n if isinstance(output_ratio, (int, float)) else tuple(output_ratio)
        out = tuple(int(s * r) for s, r in zip(image, ratio, strict=True))
    else:
        out = sizes("output_size", output_size, n)
    for s, k, o in zip(image, kernel, out, strict=True):
        if o < 1 or k < 1 or o + k - 1 > s - (n == 3):  # a volume must have more, as in PyTorch
            raise ShapeError(f"{name}(): pool size {k} and output size {o} do not fit a dimension of length {s}")
    drawn = generator().random((*x.shape[:2], n)).astype(x.dtype) if samples is None else np.asarray(plain(samples), x.dtype)
    if drawn.shape != (*x.shape[:2], n):
        raise ShapeError(f"{name}(): _random_samples must have shape {(*x.shape[:2], n)}, not {drawn.shape}")
    # of two axes PyTorch takes the last one's number first, of three the first one's
    starts = [_first_places(drawn[..., n - 1 - a if n == 2 else a], s, o, k) for a, (s, o, k) in enumerate(zip(image, out, kernel, strict=True))]
    grid = np.ix_(*(np.arange(m) for m in x.shape[:2]), *(np.arange(m) for m in out))
    chosen = tuple(begins.reshape(*x.shape[:2], *(out[a] if b == a else 1 for b in range(n))) for a, begins in enumerate(starts))
    values = sliding_window_view(x.values(), kernel, axis=tuple(range(2, n + 2)))
    found = values[(*grid[:2], *chosen)].reshape((*x.shape[:2], *out, math.prod(kernel)))
    best = found.argmax(-1)
    if (unknown := np.isnan(found)).any():  # the last one of a window counts
        best = np.where(unknown.any(-1), unknown.shape[-1] - 1 - unknown[..., ::-1].argmax(-1), best)
    within = np.unravel_index(best, kernel)
    places = np.ravel_multi_index([np.broadcast_to(c, best.shape) + w for c, w in zip(chosen, within, strict=True)], image).astype(np.int64)
    flat = (*x.shape[:2], math.prod(out))
    result = x.reshape((*x.shape[:2], math.prod(image))).gather(-1, concrete(places.reshape(flat))).reshape((*x.shape[:2], *out))
    indices = concrete(places)
    if single:
        result, indices = result[0], indices[0]
    return (result, indices) if return_indices else result


def fractional_max_pool2d(
    input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False, _random_samples: Any = None
) -> Any:
    """The largest number of windows at random places of (N, C, H, W), which overlap or not as it comes.

    Args:
        input: (N, C, H, W), or without N.
        kernel_size: of a window, a number or one an axis.
        output_size: the lengths of the result, a number or one an axis.
        output_ratio: or their share of those of the image, between 0 and 1.
        return_indices: the flat places of the maxima, too.
        _random_samples: numbers between 0 and 1, (N, C, 2), that decide where windows begin; drawn if None.

    Raises:
        ValueError: neither output_size nor output_ratio is given.
        ShapeError: input has other axes, or the windows do not fit into it.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.fractional_max_pool2d(jt.arange(9.0).reshape(1, 1, 3, 3), kernel_size=2, output_size=2)
        tensor([[[[4., 5.],
                  [7., 8.]]]])
    """
    return _pooled(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False, _random_samples: Any = None
) -> Any:
    """The largest number of windows at random places of (N, C, D, H, W), which overlap or not as it comes.

    Args:
        input, kernel_size, output_size, output_ratio, return_indices: see `fractional_max_pool2d`, whose errors these are.
        _random_samples: numbers between 0 and 1, (N, C, 3), that decide where windows begin; drawn if None.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.fractional_max_pool3d(jt.arange(27.0).reshape(1, 1, 3, 3, 3), kernel_size=2, output_size=1)
        tensor([[[[[26.]]]]])
    """
    return _pooled(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)
