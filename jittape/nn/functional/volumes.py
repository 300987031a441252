"""What is done to volumes (N, C, D, H, W) as to images: maxima put back at their places, roots of sums of powers of windows."""

from __future__ import annotations

from typing import Any

from jittape.eager.tensor import Tensor
from jittape.nn.functional.pooling import _lp_pool, _max_unpool


def max_unpool3d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Tensor:
    """The numbers of `max_pool3d` at their places, zeros elsewhere.

    Args:
        input, indices: what `max_pool3d` returned.
        kernel_size, stride, padding: those of the pooling.
        output_size: the lengths of the result, where they do not follow from these.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> x, indices = F.max_pool3d(jt.arange(8.0).reshape(1, 1, 2, 2, 2), 2, return_indices=True)
        >>> F.max_unpool3d(x, indices, kernel_size=2).sum()
        tensor(7.)
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The root of the sum of powers of each window of (N, C, D, H, W).

    Args:
        input: (N, C, D, H, W), or without N.
        norm_type: the power p.
        kernel_size, stride, ceil_mode: see `avg_pool2d`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.lp_pool3d(jt.ones(1, 1, 1, 2, 2), norm_type=2, kernel_size=(1, 2, 2))
        tensor([[[[[2.]]]]])
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)
