"""Batch normalisation that is evaluated, put into the layer before it."""

from __future__ import annotations

import copy
from typing import Any

from jittape.eager.creation import zeros_like
from jittape.nn.module import Parameter


def fuse_conv_bn_weights(conv_w: Any, conv_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any, transpose: bool = False) -> Any:
    """Weight and bias of the convolution that is one followed by a batch normalisation.

    Args:
        conv_w, conv_b: weight and bias of the convolution; no bias is zeros.
        bn_rm, bn_rv, bn_eps: mean, variance, and what is added to it.
        bn_w, bn_b: weight and bias of the normalisation; None for ones and zeros.
        transpose: of a transposed convolution.

    Example:
        >>> import jittape as jt
        >>> from jittape.nn.utils.fusion import fuse_conv_bn_weights
        >>> w, b = fuse_conv_bn_weights(jt.ones(1, 1, 2), None, jt.ones(1), jt.ones(1), 0.0, None, None)
        >>> b.tolist()
        [-1.0]
    """
    conv_b = zeros_like(bn_rm) if conv_b is None else conv_b
    scale = (1.0 if bn_w is None else bn_w) * (bn_rv + bn_eps).rsqrt()
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    bias = (conv_b - bn_rm) * scale + (0.0 if bn_b is None else bn_b)
    return tuple(Parameter(new.to(old.dtype), old.requires_grad) for new, old in ((conv_w * scale.reshape(shape), conv_w), (bias, conv_b)))


def fuse_linear_bn_weights(linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any) -> Any:
    """Weight and bias of the affine layer that is one followed by a batch normalisation.

    Args:
        linear_w, linear_b: weight and bias of the layer; no bias is zeros.
        bn_rm, bn_rv, bn_eps, bn_w, bn_b: see `fuse_conv_bn_weights`.

    Example:
        >>> import jittape as jt
        >>> from jittape.nn.utils.fusion import fuse_linear_bn_weights
        >>> w, b = fuse_linear_bn_weights(jt.ones(1, 2), None, jt.ones(1), jt.ones(1), 0.0, None, None)
        >>> b.tolist()
        [-1.0]
    """
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _fused(layer: Any, bn: Any, *more: Any) -> Any:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    new = copy.deepcopy(layer)
    new.weight, new.bias = fuse_conv_bn_weights(new.weight, new.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, *more)
    return new


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A convolution and a batch normalisation, both in evaluation, as one convolution.

    Args:
        conv, bn: the layers, which stay as they are.
        transpose: whether the convolution is a transposed one.

    Raises:
        AssertionError: a layer is in training, or the normalisation keeps no statistics.

    Example:
        >>> import jittape as jt
        >>> conv, bn = jt.nn.Conv1d(1, 1, 2).eval(), jt.nn.BatchNorm1d(1).eval()
        >>> x = jt.ones(1, 1, 3)
        >>> bool(jt.allclose(jt.nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x))))
        True
    """
    return _fused(conv, bn, transpose)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """An affine layer and a batch normalisation, both in evaluation, as one affine layer.

    Args:
        linear, bn: the layers, which stay as they are.

    Raises:
        AssertionError: a layer is in training, the normalisation keeps no statistics, or its features are not those of the layer.

    Example:
        >>> import jittape as jt
        >>> linear, bn = jt.nn.Linear(2, 1).eval(), jt.nn.BatchNorm1d(1).eval()
        >>> x = jt.ones(1, 2)
        >>> bool(jt.allclose(jt.nn.utils.fuse_linear_bn_eval(linear, bn)(x), bn(linear(x))))
        True
    """
    if bn.num_features not in (1, linear.out_features):
        raise AssertionError("To fuse, linear.out_features == bn.num_features or bn.num_features == 1")
    return _fused(linear, bn)
