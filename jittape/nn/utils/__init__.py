"""What training scripts do to parameters: limit gradients, see them as one vector, normalise weights."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from jittape.eager.functions import cat
from jittape.eager.tensor import Tensor, concrete
from jittape.nn.utils import rnn
from jittape.nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights, fuse_linear_bn_eval, fuse_linear_bn_weights
from jittape.nn.utils.normalizing import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "remove_spectral_norm",
           "remove_weight_norm", "rnn", "skip_init", "clip_grads_with_norm_", "spectral_norm", "vector_to_parameters", "weight_norm",
           "fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]  # fmt: skip


def __dir__() -> list[str]:
    return list(__all__)


def _gradients(parameters: Any) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p.info.grad for p in given if p.info.grad is not None]


def _norm(gradients: Iterable[Tensor], kind: float) -> float:
    values = [g.values().reshape(-1) for g in gradients]
    if not values:
        return 0.0
    if kind == math.inf:
        return max(float(np.abs(v).max(initial=0.0)) for v in values)
    if kind == 2.0:
        return math.sqrt(sum(float(np.dot(v, v)) for v in values))
    return float(np.linalg.norm(np.array([np.linalg.norm(v, kind) for v in values]), kind))


def get_total_norm(tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None) -> Tensor:
    """The norm of all elements of several tensors, as of one vector.

    Args:
        tensors: a tensor, or several.
        norm_type: the order p, may be infinite.
        error_if_nonfinite: raise an error where it is infinite or NaN.
        foreach: accepted; it does nothing.

    Raises:
        RuntimeError: the norm is not finite, if error_if_nonfinite.

    Example:
        >>> import jittape as jt
        >>> jt.nn.utils.get_total_norm([jt.tensor([3.0]), jt.tensor([4.0])])
        tensor(5.)
    """
    given = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    return _checked(_norm(given, float(norm_type)), given, norm_type, error_if_nonfinite)


def _checked(total: float, gradients: list[Tensor], norm_type: float, error: bool) -> Tensor:
    if error and not math.isfinite(total):
        raise RuntimeError(f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped")
    return concrete(np.asarray(total, gradients[0].dtype if gradients else None))


def clip_grad_norm_(parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None) -> Tensor:
    """Scale all gradients in place so that their norm, as of one vector, is at most max_norm.

    Args:
        parameters: a tensor, or several, whose `.grad` are scaled.
        max_norm: the largest norm.
        norm_type: the order p, may be infinite.
        error_if_nonfinite: raise an error where the norm is infinite or NaN.
        foreach: accepted; it does nothing.

    Returns:
        The norm before.

    Raises:
        RuntimeError: the norm is not finite, if error_if_nonfinite.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([3.0, 4.0], requires_grad=True)
        >>> x.grad = jt.tensor([3.0, 4.0])
        >>> jt.nn.utils.clip_grad_norm_([x], 1.0).item()
        5.0
    """
    gradients = _gradients(parameters)
    total = _checked(_norm(gradients, float(norm_type)), gradients, norm_type, error_if_nonfinite)
    _scale(gradients, max_norm, total)
    return total


def _scale(gradients: list[Tensor], max_norm: float, total: Any) -> None:
    """Scale in place by max_norm / total, where that is less than one; NaN makes all gradients NaN."""
    factor = float(max_norm) / (float(total) + 1e-6)
    if not factor >= 1.0:
        for g in gradients:
            g.detach().mul_(factor)


clip_grad_norm = clip_grad_norm_


def clip_grads_with_norm_(parameters: Any, max_norm: float, total_norm: Any, foreach: Any = None) -> None:
    """Scale all gradients in place by max_norm / total_norm, where that is less than one.

    Args:
        parameters: a tensor, or several, whose `.grad` are scaled.
        max_norm: the largest norm.
        total_norm: the norm, as `get_total_norm` gives it.
        foreach: accepted; it does nothing.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([3.0, 4.0], requires_grad=True)
        >>> x.grad = jt.tensor([3.0, 4.0])
        >>> jt.nn.utils.clip_grads_with_norm_([x], 1.0, 5.0)
        >>> x.grad.round(decimals=3)
        tensor([0.6, 0.8])
    """
    _scale(_gradients(parameters), max_norm, total_norm)


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """A layer whose parameters are to be set.

    Args:
        module_cls: its class, which is called with the other arguments.

    Example:
        >>> import jittape as jt
        >>> jt.nn.utils.skip_init(jt.nn.Linear, 3, 2)
        Linear(in_features=3, out_features=2, bias=True)
    """
    return module_cls(*args, **kwargs)


def clip_grad_value_(parameters: Any, clip_value: float, foreach: Any = None) -> None:
    """Limit each element of the gradients to [-clip_value, clip_value], in place.

    Args:
        parameters: a tensor, or several, whose `.grad` are limited.
        clip_value: the limit.
        foreach: accepted; it does nothing.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([3.0, 4.0], requires_grad=True)
        >>> x.grad = jt.tensor([0.5, -4.0])
        >>> jt.nn.utils.clip_grad_value_([x], 1.0)
        >>> x.grad
        tensor([ 0.5, -1. ])
    """
    for g in _gradients(parameters):
        g.detach().clamp_(-float(clip_value), float(clip_value))


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All `parameters` in one vector, differentiably.

    Example:
        >>> import jittape as jt
        >>> jt.nn.utils.parameters_to_vector(jt.nn.Linear(3, 2).parameters()).shape
        jittape.Size([8])
    """
    return cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write a vector, `vec`, into `parameters`, in the order of parameters_to_vector.

    Raises:
        TypeError: it is no tensor.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.Linear(1, 2)
        >>> jt.nn.utils.vector_to_parameters(jt.arange(4.0), layer.parameters())
        >>> layer.bias
        Parameter containing:
        tensor([2., 3.], requires_grad=True)
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    values, at = vec.detach().values(), 0
    for p in parameters:
        n = p.numel()
        p.detach().copy_(values[at : at + n].reshape(tuple(p.shape)))
        at += n
