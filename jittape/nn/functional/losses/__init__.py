"""Losses: what a prediction costs, an element or a sample each, and reduced to a number."""

from jittape.nn.functional.losses.classes import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    multilabel_soft_margin_loss,
    nll_loss,
)
from jittape.nn.functional.losses.differences import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from jittape.nn.functional.losses.distributions import ctc_loss, gaussian_nll_loss, kl_div, poisson_nll_loss
from jittape.nn.functional.losses.margins import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from jittape.nn.functional.losses.reduction import reduced, said_as

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cosine_embedding_loss", "cross_entropy", "ctc_loss", "gaussian_nll_loss", "hinge_embedding_loss",
    "huber_loss", "kl_div", "l1_loss", "margin_ranking_loss", "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "nll_loss",
    "poisson_nll_loss", "reduced", "said_as", "smooth_l1_loss", "soft_margin_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
]  # fmt: skip
