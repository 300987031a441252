"""Normalisation by mean and variance: of batches, layers, groups, instances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager.calls import call
from jittape.eager.creation import as_tensor
from jittape.eager.tensor import Tensor
from jittape.errors import ShapeError
from jittape.functions.normalization import normalized, scaled
from jittape.nn.functional.kinds import floating
from jittape.nn.functional.padding import pad


def _affine(x: Tensor, weight: Any, bias: Any, shape: Any, of: tuple[int, ...]) -> Tensor:
    """x times a weight, plus a bias, each of the shape `of` or None, which are reshaped to broadcast with x."""
    if weight is None and bias is None:
        return x
    for name, t in (("weight", weight), ("bias", bias)):
        if t is not None and t.shape != of:
            raise ShapeError(f"Expected {name} to be of shape {list(of)}, but got {name} of shape {list(t.shape)}")
    if bias is None:
        return x * weight.reshape(shape)  # type: ignore[no-any-return]
    if weight is None:
        return x + bias.reshape(shape)  # type: ignore[no-any-return]
    return call(scaled, x, weight.reshape(shape), bias.reshape(shape))  # type: ignore[no-any-return]


def batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    """Channels with the mean and the variance of the batch taken out, or of the running ones.

    Args:
        input: (N, C, ...).
        running_mean, running_var: (C,); while training they move to those of the batch by `momentum`, in place.
        weight, bias: (C,), a scale and a shift.
        training: whether the batch's own mean and variance are taken.
        momentum: how far the running ones move.
        eps: added to the variance.

    Raises:
        ShapeError: input has less than two axes.
        ValueError: there is one number a channel, while training; or no running mean and variance, while not.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.batch_norm(jt.tensor([[1.0], [3.0]]), None, None, training=True).round(decimals=3)
        tensor([[-1.],
                [ 1.]])
    """
    floating(input, "batch_norm", "iubc")
    input = as_tensor(input)
    if input.dim() < 2:
        raise ShapeError(f"batch_norm: an input has at least the axes (N, C), not shape {tuple(input.shape)}")
    shape = (1, -1) + (1,) * (input.dim() - 2)
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("Expected running_mean and running_var to be defined when training=False")
        mean, var = running_mean.detach().values(), running_var.detach().values()
        rate = (1.0 / np.sqrt(var + var.dtype.type(eps))).astype(input.dtype)
        y = call(scaled, input, rate.reshape(shape), (-mean * rate).astype(input.dtype).reshape(shape))
        return _affine(y, weight, bias, shape, (input.shape[1],))
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    axes = (0, *range(2, input.dim()))
    count = input.numel() // max(input.shape[1], 1)
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(input.shape)}")
    y, rate = call(normalized, input, axes, eps)
    if running_mean is not None and input.numel():
        values = input.detach().values()
        mean = values.mean(axes)
        var = 1.0 / rate.detach().values().reshape(-1) ** 2 - eps
        for running, now in ((running_mean, mean), (running_var, var * (count / (count - 1.0)))):
            if running is not None:
                running.detach().mul_(1 - momentum).add_(as_tensor((now * momentum).astype(running.dtype)))
    return _affine(y, weight, bias, shape, (input.shape[1],))


def instance_norm(input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None, use_input_stats: bool = True,
                  momentum: float = 0.1, eps: float = 1e-5) -> Tensor:  # fmt: skip
    """`batch_norm` of each sample by itself.

    Args:
        input: (N, C, ...).
        running_mean, running_var, weight, bias, momentum, eps: see `batch_norm`.
        use_input_stats: whether each sample's own mean and variance are taken, and not the running ones.

    Raises:
        ValueError: there is one number a sample and channel.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.instance_norm(jt.tensor([[[1.0, 3.0]]])).round(decimals=3)
        tensor([[[-1.,  1.]]])
    """
    floating(input, "batch_norm", "iubc")
    input = as_tensor(input)
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    axes = tuple(range(2, input.dim()))
    if input.numel() // max(input.shape[0] * input.shape[1], 1) <= 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {list(input.shape)}")
    y, _ = call(normalized, input, axes, eps)
    if running_mean is not None:
        values = input.detach().values()
        for running, now in ((running_mean, values.mean(axes)), (running_var, values.var(axes, ddof=1))):
            running.detach().mul_(1 - momentum).add_(as_tensor((now.mean(0) * momentum).astype(running.dtype)))
    return _affine(y, weight, bias, (1, -1) + (1,) * (input.dim() - 2), (input.shape[1],))


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """The last axes with mean 0 and variance 1, times a weight plus a bias.

    Args:
        input: (..., *normalized_shape).
        normalized_shape: a number, or the lengths of the last axes.
        weight, bias: of this shape, or None.
        eps: added to the variance.

    Raises:
        ShapeError: the last axes have other lengths.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.layer_norm(jt.tensor([1.0, 3.0]), 2).round(decimals=3)
        tensor([-1.,  1.])
    """
    floating(input, "LayerNormKernelImpl", "iubc")
    input = as_tensor(input)
    last = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not last or tuple(input.shape[input.dim() - len(last) :]) != last:
        raise ShapeError(f"Given normalized_shape={list(last)}, expected input with shape [*, {', '.join(map(str, last))}], but got input of size{list(input.shape)}")
    y, _ = call(normalized, input, tuple(range(input.dim() - len(last), input.dim())), eps)
    return _affine(y, weight, bias, last, last)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Groups of the channels of (N, C, ...) with mean 0 and variance 1.

    Args:
        input: (N, C, ...).
        num_groups: parts into which the channels are split.
        weight, bias: (C,), or None.
        eps: added to the variance.

    Raises:
        ShapeError: the channels do not split into so many groups, or the weight or bias has another shape.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.group_norm(jt.tensor([[1.0, 3.0, 5.0, 9.0]]), 2).round(decimals=3)
        tensor([[-1.,  1., -1.,  1.]])
    """
    floating(input, "GroupNormKernelImpl", "iubc")
    input = as_tensor(input)
    if input.dim() < 2 or input.shape[1] % num_groups:
        raise ShapeError(f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(input.shape)} and num_groups={num_groups}")
    y, _ = call(normalized, input.reshape((input.shape[0], num_groups, math.prod(input.shape[1:]) // num_groups)), (2,), eps)
    return _affine(y.reshape(input.shape), weight, bias, (1, -1) + (1,) * (input.dim() - 2), (input.shape[1],))


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    """The last axes divided by the root of the mean of their squares, times a weight.

    Args:
        input: (..., *normalized_shape).
        normalized_shape: a number, or the lengths of the last axes.
        weight: of this shape, or None.
        eps: added to the mean of squares; that of the dtype by default.

    Raises:
        ShapeError: the last axes have other lengths, or the weight has.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.rms_norm(jt.tensor([3.0, 3.0]), 2).round(decimals=4)
        tensor([1., 1.])
    """
    floating(input, "rms_norm", "iub")
    input = as_tensor(input)
    last = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not last or tuple(input.shape[input.dim() - len(last) :]) != last:
        raise ShapeError(f"Given normalized_shape={list(last)}, expected input with shape [*, {', '.join(map(str, last))}], but got input of size{list(input.shape)}")
    if weight is not None and weight.shape != last:
        raise ShapeError(f"Expected weight to be of same shape as normalized_shape, but got weight of shape {list(weight.shape)} and normalized_shape = {list(last)}")
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    axes = tuple(range(input.dim() - len(last), input.dim()))
    y = input / ((input * input).mean(axes, keepdim=True) + eps).sqrt()
    return y if weight is None else y * weight  # type: ignore[no-any-return]


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """input / (k + alpha * mean of squares over neighbouring channels)**beta.

    Args:
        input: (N, C, ...).
        size: how many channels are neighbours.
        alpha, beta, k: the constants.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.local_response_norm(jt.ones(1, 2, 1), size=2, alpha=1.0, beta=1.0, k=0.5)
        tensor([[[1.        ],
                 [0.66666667]]])
    """
    floating(input, "avg_pool2d", "iubc")
    input = as_tensor(input)
    squares = input * input
    channels = input.shape[1]
    total: Any = 0.0
    for shift in range(-(size // 2), (size - 1) // 2 + 1):
        low, high = max(0, shift), min(channels, channels + shift)
        part = squares[:, low:high]
        margins = [0, 0] * (input.dim() - 2) + [max(0, -shift), max(0, shift)]
        total = total + pad(part, margins)
    return input / (k + total * (alpha / size)) ** beta  # type: ignore[no-any-return]
