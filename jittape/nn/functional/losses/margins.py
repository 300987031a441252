"""Losses that ask for a distance: between the scores of classes, or between pairs and triplets of vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.eager.creation import as_tensor
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor
from jittape.errors import ShapeError
from jittape.nn.functional.kinds import floating
from jittape.nn.functional.linear import pairwise_distance
from jittape.nn.functional.losses.classes import class_weights
from jittape.nn.functional.losses.reduction import pair, reduced, said_as


def multi_margin_loss(
    input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, margin - input[y] + input[i])**p over the classes i other than y, over their number.

    Args:
        input: scores, (C,) or (N, C).
        target: the numbers of the classes, () or (N,).
        p: 1 or 2.
        margin: how far the class's score should be above the others.
        weight: (C,), of the classes.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all samples, their "sum", or "none".

    Raises:
        ValueError: another `p` or `reduction`.
        ShapeError: shapes that do not fit.
        RuntimeError: a target is no class.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.multi_margin_loss(jt.tensor([[0.5, 0.0]]), jt.tensor([0]))
        tensor(0.25)
    """
    floating(input, "multi_margin_loss_cpu_kernel")
    reduction = said_as(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    input = as_tensor(input)
    rows = input.reshape(1, -1) if input.dim() < 2 else input
    classes = np.asarray(plain(target))
    if classes.ndim > 1:
        raise ShapeError(f"multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples, not of shape {list(classes.shape)}")
    classes = classes.reshape(-1)
    n, c = rows.shape
    if classes.size != n:
        raise ShapeError(f"multi_margin_loss: target tensor should be 1-D with size equal to the batch. Expected target size [{n}], but got [{classes.size}]")
    if classes.size and (classes.min() < 0 or classes.max() >= c):
        raise RuntimeError("target out of range")
    others = (np.arange(c) != classes[:, None]).astype(input.dtype)
    weights = class_weights(weight, c, input)
    if weights is not None:
        others *= weights[classes][:, None]
    margins = (margin - rows[np.arange(n), classes].unsqueeze(1) + rows).relu()
    loss = ((margins if p == 1 else margins**2) * others).sum(1) / float(c)
    return reduced(loss if input.dim() > 1 else loss.reshape(()), reduction)


def multilabel_margin_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """max(0, 1 - (input[y] - input[i])) over each sample's classes y and all others i, over their number.

    Args:
        input: scores, (C,) or (N, C).
        target: numbers of classes, of the shape of input: each row up to its first -1.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all samples, their "sum", or "none".

    Raises:
        RuntimeError: a target is no class.
        ShapeError: the target is of another shape.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.multilabel_margin_loss(jt.tensor([[0.5, 0.0]]), jt.tensor([[0, -1]]))
        tensor(0.25)
    """
    floating(input, "multilabel_margin_loss_forward_out_frame")
    reduction = said_as(size_average, reduce, reduction)
    input = as_tensor(input)
    rows = input.reshape(1, -1) if input.dim() < 2 else input
    wanted = np.asarray(plain(target))
    if wanted.ndim > 2 or wanted.shape[-wanted.ndim :] != input.shape[-wanted.ndim :] or wanted.size != rows.numel():
        raise ShapeError(f"inconsistent target size: {list(wanted.shape)} for input of size: {list(input.shape)}")
    wanted = wanted.reshape(rows.shape)
    if wanted.size and wanted.max() >= rows.shape[1]:
        raise RuntimeError("argument #2 'target' is out of range")
    n, c = rows.shape
    listed = np.cumprod(wanted >= 0, axis=1).astype(bool)
    member = np.zeros((n, c), bool)
    member[np.nonzero(listed)[0], wanted[listed]] = True
    chosen = rows[np.arange(n)[:, None], np.where(listed, wanted, 0)]
    margins = (1.0 - chosen.unsqueeze(2) + rows.unsqueeze(1)).relu() * (listed[:, :, None] & ~member[:, None, :]).astype(input.dtype)
    loss = margins.sum((1, 2)) / float(c)
    return reduced(loss if input.dim() > 1 else loss.reshape(()), reduction)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """input where the target is 1, max(0, margin - input) where it is -1.

    Args:
        input: distances.
        target: 1 for pairs that belong together, -1 for others.
        margin: how far others should be apart.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", or "none".

    Raises:
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hinge_embedding_loss(jt.tensor([0.5, 0.25]), jt.tensor([1, -1]), reduction="none")
        tensor([0.5 , 0.75])
    """
    reduction = said_as(size_average, reduce, reduction)
    input, t = as_tensor(input), np.asarray(plain(target))
    return reduced(where(t != -1, input, 0.0) + where(t != 1, (margin - input).relu(), 0.0), reduction)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """max(0, -t (input1 - input2) + margin), element by element.

    Args:
        input1, input2: scores, of shapes that broadcast.
        target: t, 1 where input1 should be the larger one, -1 where input2 should.
        margin: how far they should be apart.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", or "none".

    Raises:
        ShapeError: the tensors have other numbers of dimensions.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.margin_ranking_loss(jt.tensor([1.0]), jt.tensor([3.0]), jt.tensor([1.0]))
        tensor(2.)
    """
    reduction = said_as(size_average, reduce, reduction)
    if not input1.dim() == input2.dim() == target.dim():
        raise ShapeError(f"margin_ranking_loss : All input tensors should have same dimension but got sizes: {[list(t.shape) for t in (input1, input2, target)]}")
    return reduced((-as_tensor(target) * (as_tensor(input1) - as_tensor(input2)) + margin).relu(), reduction)


def soft_margin_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-t input)), element by element.

    Args:
        input: scores.
        target: t, 1 or -1, of the shape of input.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", or "none".

    Raises:
        ShapeError: shapes that differ.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.soft_margin_loss(jt.tensor([0.0]), jt.tensor([1.0])).round(decimals=4)
        tensor(0.6931)
    """
    floating(input, "soft_margin_loss")
    reduction = said_as(size_average, reduce, reduction)
    input, target = pair("soft_margin_loss", input, target)
    return reduced((-target * input).softplus(), reduction)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1, of the angle between vectors.

    Args:
        input1, input2: vectors along the last axis, (D,) or (N, D).
        target: 1 for pairs that belong together, -1 for others, () or (N,).
        margin: the least cosine of others that costs something.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all pairs, their "sum", or "none".

    Raises:
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.cosine_embedding_loss(jt.tensor([[1.0, 0.0]]), jt.tensor([[0.0, 1.0]]), jt.tensor([1]))
        tensor(1.)
    """
    reduction = said_as(size_average, reduce, reduction)
    input1, input2, t = as_tensor(input1), as_tensor(input2), np.asarray(plain(target))
    tiny = 1e-12
    cos = (input1 * input2).sum(-1) / (((input1 * input1).sum(-1) + tiny) * ((input2 * input2).sum(-1) + tiny)).sqrt()
    return reduced(where(t == 1, 1.0 - cos, 0.0) + where(t == -1, (cos - margin).relu(), 0.0), reduction)


def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, d(anchor, positive) - d(anchor, negative) + margin) with distances by the p-norm.

    Args:
        anchor, positive, negative: vectors along the last axis, (N, D).
        margin: how much farther the negative one should be, above 0.
        p: of the norm.
        eps: added to differences.
        swap: the distance of positive and negative counts where it is the smaller one.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all triplets, their "sum", or "none".

    Raises:
        ShapeError: the tensors have other numbers of dimensions.
        ValueError: `margin` is not positive, or another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> a = jt.tensor([[0.0, 0.0]])
        >>> F.triplet_margin_loss(a, jt.tensor([[3.0, 4.0]]), jt.tensor([[0.0, 2.0]])).round(decimals=4)
        tensor(4.)
    """
    reduction = said_as(size_average, reduce, reduction)
    if not anchor.dim() == positive.dim() == negative.dim():
        raise ShapeError(f"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: {[t.dim() for t in (anchor, positive, negative)]}")
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=lambda a, b: pairwise_distance(a, b, p, eps), margin=margin, swap=swap, reduction=reduction
    )


def triplet_margin_with_distance_loss(
    anchor: Any, positive: Any, negative: Any, *, distance_function: Callable[[Any, Any], Tensor] | None = None, margin: float = 1.0, swap: bool = False,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """`triplet_margin_loss` with a distance of one's own.

    Args:
        anchor, positive, negative: vectors along the last axis, (N, D).
        distance_function: of two of these; `pairwise_distance` by default.
        margin: how much farther the negative one should be, above 0.
        swap: the distance of positive and negative counts where it is the smaller one.
        reduction: "mean" of all triplets, their "sum", or "none".

    Raises:
        ValueError: `margin` is not positive, or another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> a, far = jt.tensor([[0.0]]), lambda x, y: (x - y).abs().sum(-1)
        >>> F.triplet_margin_with_distance_loss(a, jt.tensor([[3.0]]), jt.tensor([[2.0]]), distance_function=far)
        tensor(2.)
    """
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((near - far + margin).relu(), reduction)
