"""What all losses do with their arguments and with a loss an element."""

from __future__ import annotations

import warnings
from typing import Any

from jittape.eager.creation import as_tensor
from jittape.eager.tensor import Tensor
from jittape.errors import ShapeError


def said_as(size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction that PyTorch's old arguments say, where they are given: they have taken precedence ever since."""
    if size_average is None and reduce is None:
        return reduction
    if isinstance(size_average, str):
        raise TypeError(f"size_average is True or False, not {size_average!r}; write reduction={size_average!r}")
    name = "none" if reduce is not None and not reduce else "mean" if size_average is None or size_average else "sum"
    warnings.warn(f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.", UserWarning, stacklevel=3)
    return name


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """A loss an element as its mean, its sum or itself."""
    if reduction == "mean":
        return loss.mean()  # type: ignore[no-any-return]
    if reduction == "sum":
        return loss.sum()  # type: ignore[no-any-return]
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction: it is 'mean', 'sum' or 'none'")


def pair(name: str, x: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Input and target of one shape."""
    x, target = as_tensor(x), as_tensor(target)
    if x.shape != target.shape:
        raise ShapeError(
            f"{name}: the input has shape {tuple(x.shape)} and the target {tuple(target.shape)}; broadcasting one against "
            "the other is nearly always a mistake. Reshape one of them"
        )
    return x, target


def weighted(loss: Tensor, weight: Any, reduction: str) -> Tensor:
    """With a weight an element, whose sum divides the mean."""
    if weight is None:
        return reduced(loss, reduction)
    weight = as_tensor(weight)
    total = loss * weight
    return total.sum() / weight.expand(loss.shape).sum() if reduction == "mean" else reduced(total, reduction)  # type: ignore[no-any-return]
