"""Losses as modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn.module import Module


class _Loss(Module):
    function: ClassVar[Callable[..., Tensor]]

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, x: Any, target: Any) -> Tensor:
        return type(self).function(x, target, self.reduction)

    if TYPE_CHECKING:

        def __call__(self, x: Any, target: Any) -> Tensor: ...


class MSELoss(_Loss):
    """Mean squared difference."""

    function = F.mse_loss


class L1Loss(_Loss):
    """Mean absolute difference."""

    function = F.l1_loss


class CrossEntropyLoss(_Loss):
    """Cross entropy of rows of logits and numbers of classes."""

    function = F.cross_entropy

    def __init__(self, reduction: str = "mean", *, ignore_index: int = -100) -> None:
        super().__init__(reduction)
        self.ignore_index = ignore_index

    def forward(self, x: Any, target: Any) -> Tensor:
        return F.cross_entropy(x, target, self.reduction, ignore_index=self.ignore_index)


class BCEWithLogitsLoss(_Loss):
    """Binary cross entropy of logits and probabilities."""

    function = F.binary_cross_entropy_with_logits
