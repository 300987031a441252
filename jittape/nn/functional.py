"""The functions of `torch.nn.functional` that the modules are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.calls import linear as recorded_linear
from jittape.eager.creation import as_tensor
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor
from jittape.errors import ShapeError

__all__ = [
    "binary_cross_entropy_with_logits", "cross_entropy", "l1_loss", "linear", "log_softmax", "mse_loss", "nll_loss",
    "relu", "sigmoid", "softmax", "softplus", "tanh",
]  # fmt: skip


def __dir__() -> list[str]:
    return list(__all__)


def linear(x: Any, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x @ weight.T + bias, for x of shape (..., in), weight (out, in) and bias (out,)."""
    x = as_tensor(x)
    out = None if bias is None else recorded_linear(x, weight, bias)
    if out is not None:
        return out
    if not x.dim() or x.shape[-1] != weight.shape[-1]:
        raise ShapeError(f"linear: an input of shape {tuple(x.shape)} does not fit a weight of shape {tuple(weight.shape)} (out, in)")
    out = x @ weight.T
    return out if bias is None else out + bias  # type: ignore[no-any-return]


def relu(x: Any) -> Tensor:
    return as_tensor(x).relu()  # type: ignore[no-any-return]


def tanh(x: Any) -> Tensor:
    return as_tensor(x).tanh()  # type: ignore[no-any-return]


def sigmoid(x: Any) -> Tensor:
    return as_tensor(x).sigmoid()  # type: ignore[no-any-return]


def softplus(x: Any) -> Tensor:
    return as_tensor(x).softplus()  # type: ignore[no-any-return]


def softmax(x: Any, dim: int) -> Tensor:
    return as_tensor(x).softmax(dim)  # type: ignore[no-any-return]


def log_softmax(x: Any, dim: int) -> Tensor:
    return as_tensor(x).log_softmax(dim)  # type: ignore[no-any-return]


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """A loss an element as its mean, its sum or itself."""
    if reduction == "mean":
        return loss.mean()  # type: ignore[no-any-return]
    if reduction == "sum":
        return loss.sum()  # type: ignore[no-any-return]
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction: it is 'mean', 'sum' or 'none'")


def _same_shape(name: str, x: Tensor, target: Tensor) -> None:
    if x.shape != target.shape:
        raise ShapeError(
            f"{name}: the input has shape {tuple(x.shape)} and the target {tuple(target.shape)}; broadcasting one against "
            "the other is nearly always a mistake. Reshape one of them"
        )


def mse_loss(x: Any, target: Any, reduction: str = "mean") -> Tensor:
    """Mean of (x - target)**2."""
    x, target = as_tensor(x), as_tensor(target)
    _same_shape("mse_loss", x, target)
    return reduced((x - target) ** 2, reduction)


def l1_loss(x: Any, target: Any, reduction: str = "mean") -> Tensor:
    """Mean of abs(x - target)."""
    x, target = as_tensor(x), as_tensor(target)
    _same_shape("l1_loss", x, target)
    return reduced((x - target).abs(), reduction)


def binary_cross_entropy_with_logits(x: Any, target: Any, reduction: str = "mean") -> Tensor:
    """-(t log sigmoid(x) + (1 - t) log(1 - sigmoid(x))), without overflow."""
    x, target = as_tensor(x), as_tensor(target)
    _same_shape("binary_cross_entropy_with_logits", x, target)
    return reduced(x.softplus() - x * target, reduction)


def nll_loss(log_probabilities: Any, target: Any, reduction: str = "mean", *, ignore_index: int = -100) -> Tensor:
    """Minus the log-probability of each row's class; `target` holds the classes' numbers.

    Args:
        ignore_index: rows of this class contribute nothing, and do not count in the mean.
    """
    x = as_tensor(log_probabilities)
    classes = np.asarray(plain(target))
    if classes.dtype.kind not in "iu":
        raise RuntimeError(f"the target holds the numbers of classes, integers; got {classes.dtype}")
    if x.dim() != 2 or classes.shape != x.shape[:1]:
        raise ShapeError(f"nll_loss takes (rows, classes) and (rows,); got {tuple(x.shape)} and {classes.shape}")
    counted = classes != ignore_index
    outside = classes[counted & ((classes < 0) | (classes >= x.shape[1]))]
    if outside.size:
        raise IndexError(f"Target {outside[0]} is out of bounds: there are {x.shape[1]} classes, and {ignore_index} is ignored")
    if counted.all():
        return reduced(-x[np.arange(x.shape[0]), classes], reduction)
    loss = where(counted, -x[np.arange(x.shape[0]), np.where(counted, classes, 0)], 0.0)
    if reduction == "mean":
        return loss.sum() / float(np.count_nonzero(counted))  # type: ignore[no-any-return]
    return reduced(loss, reduction)


def cross_entropy(x: Any, target: Any, reduction: str = "mean", *, ignore_index: int = -100) -> Tensor:
    """nll_loss of log_softmax: `x` holds a row of logits a sample, `target` the classes' numbers."""
    return nll_loss(as_tensor(x).log_softmax(-1), target, reduction, ignore_index=ignore_index)
