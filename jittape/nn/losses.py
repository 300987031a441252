"""Losses as modules: they keep their options, and the function is that of `jittape.nn.functional`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn.documented import twin
from jittape.nn.functional.losses import said_as
from jittape.nn.module import Module

OLD = ("size_average", "reduce")
"""Options of PyTorch that `reduction` has taken the place of."""
BUFFERS = ("weight", "pos_weight")
"""Options that are tensors: they are saved with the module, and converted."""


class _Loss(Module):
    """A loss with options. A subclass names its function and its options with their defaults; their order is the function's."""

    function: ClassVar[Callable[..., Tensor]]
    options: ClassVar[dict[str, Any]] = {}
    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls) -> None:
        defaults = {**cls.options, **dict.fromkeys(OLD), "reduction": "mean"}
        names = [n for n in inspect.signature(cls.function).parameters if n in defaults]
        cls.__signature__ = inspect.Signature([inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=defaults[n]) for n in names])
        twin(cls.function)(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        given = self.__signature__.bind(*args, **kwargs)
        given.apply_defaults()
        options = given.arguments
        if "reduction" in options:
            options["reduction"] = said_as(options.get("size_average"), options.get("reduce"), options["reduction"])
        for name, value in given.arguments.items():
            if name in BUFFERS:
                self.register_buffer(name, value)
            elif name not in OLD:
                setattr(self, name, value)

    def forward(self, *inputs: Any, **named: Any) -> Tensor:
        if not self.options:
            return type(self).function(*inputs, **named, reduction=self.reduction)
        return type(self).function(*inputs, **named, **{name: getattr(self, name) for name in self.options}, reduction=self.reduction)

    if TYPE_CHECKING:
        reduction: str

        def __call__(self, *inputs: Any, **named: Any) -> Tensor: ...


class MSELoss(_Loss):
    """Mean squared difference."""

    function = F.mse_loss


class L1Loss(_Loss):
    """Mean absolute difference."""

    function = F.l1_loss


class SmoothL1Loss(_Loss):
    """Squares near zero, absolute differences beyond beta."""

    function = F.smooth_l1_loss
    options: ClassVar[dict[str, Any]] = {"beta": 1.0}


class HuberLoss(_Loss):
    """Squares near zero, absolute differences beyond delta.

    Raises:
        TypeError: a delta that is no number.
    """

    function = F.huber_loss
    options: ClassVar[dict[str, Any]] = {"delta": 1.0}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not isinstance(self.delta, (int, float)):
            raise TypeError(f"delta must be a float or int, got: {type(self.delta)}")


class NLLLoss(_Loss):
    """Minus the log-probabilities of the classes."""

    function = F.nll_loss
    options: ClassVar[dict[str, Any]] = {"weight": None, "ignore_index": -100}


class CrossEntropyLoss(_Loss):
    """Cross entropy of logits and numbers of classes, or probabilities."""

    function = F.cross_entropy
    options: ClassVar[dict[str, Any]] = {"weight": None, "ignore_index": -100, "label_smoothing": 0.0}


class BCELoss(_Loss):
    """Binary cross entropy of probabilities."""

    function = F.binary_cross_entropy
    options: ClassVar[dict[str, Any]] = {"weight": None}


class BCEWithLogitsLoss(_Loss):
    """Binary cross entropy of logits and probabilities."""

    function = F.binary_cross_entropy_with_logits
    options: ClassVar[dict[str, Any]] = {"weight": None, "pos_weight": None}


class KLDivLoss(_Loss):
    """Kullback-Leibler divergence of log-probabilities from probabilities."""

    function = F.kl_div
    options: ClassVar[dict[str, Any]] = {"log_target": False}


class PoissonNLLLoss(_Loss):
    """Minus the log-likelihood of counts."""

    function = F.poisson_nll_loss
    options: ClassVar[dict[str, Any]] = {"log_input": True, "full": False, "eps": 1e-8}


class GaussianNLLLoss(_Loss):
    """Minus the log-likelihood of normal numbers: of means, targets and variances."""

    function = F.gaussian_nll_loss
    options: ClassVar[dict[str, Any]] = {"full": False, "eps": 1e-6}


class HingeEmbeddingLoss(_Loss):
    """Of distances, for pairs that belong together (1) and others (-1)."""

    function = F.hinge_embedding_loss
    options: ClassVar[dict[str, Any]] = {"margin": 1.0}


class MarginRankingLoss(_Loss):
    """Of two scores, for which is to be larger."""

    function = F.margin_ranking_loss
    options: ClassVar[dict[str, Any]] = {"margin": 0.0}


class SoftMarginLoss(_Loss):
    """log(1 + exp(-t x))."""

    function = F.soft_margin_loss


class MultiLabelSoftMarginLoss(_Loss):
    """Binary cross entropy of logits, the mean over the classes."""

    function = F.multilabel_soft_margin_loss
    options: ClassVar[dict[str, Any]] = {"weight": None}


class MultiLabelMarginLoss(_Loss):
    """Margins between the classes of a sample and all others."""

    function = F.multilabel_margin_loss


class MultiMarginLoss(_Loss):
    """Margins between the class of a sample and the others."""

    function = F.multi_margin_loss
    options: ClassVar[dict[str, Any]] = {"p": 1, "margin": 1.0, "weight": None}


class CosineEmbeddingLoss(_Loss):
    """Of the cosine between pairs."""

    function = F.cosine_embedding_loss
    options: ClassVar[dict[str, Any]] = {"margin": 0.0}


class TripletMarginLoss(_Loss):
    """Margins between distances to a sample that belongs to the anchor and one that does not."""

    function = F.triplet_margin_loss
    options: ClassVar[dict[str, Any]] = {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False}


class CTCLoss(_Loss):
    """Connectionist temporal classification."""

    function = F.ctc_loss
    options: ClassVar[dict[str, Any]] = {"blank": 0, "zero_infinity": False}


@twin(F.triplet_margin_with_distance_loss)
class TripletMarginWithDistanceLoss(Module):
    """TripletMarginLoss with a distance of one's own."""

    def __init__(self, *, distance_function: Callable[[Any, Any], Tensor] | None = None, margin: float = 1.0, swap: bool = False, reduction: str = "mean") -> None:
        super().__init__()
        self.distance_function, self.margin, self.swap, self.reduction = distance_function, margin, swap, reduction

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Tensor:
        return F.triplet_margin_with_distance_loss(anchor, positive, negative, distance_function=self.distance_function, margin=self.margin, swap=self.swap,
                                                   reduction=self.reduction)  # fmt: skip
