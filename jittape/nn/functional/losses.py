"""Losses: what a prediction costs, an element or a sample each, and reduced to a number."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager.batched import Batched
from jittape.eager.calls import as_one, elementwise
from jittape.eager.creation import as_tensor
from jittape.eager.functions import cat, stack
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor, concrete, dtype_in_words
from jittape.errors import ShapeError
from jittape.nn.functional.classes import Classes, check_classes
from jittape.nn.functional.linear import pairwise_distance
from jittape.ops._generated import opcodes as ops


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


def _pair(name: str, x: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Input and target of one shape."""
    x, target = as_tensor(x), as_tensor(target)
    if x.shape != target.shape:
        raise ShapeError(
            f"{name}: the input has shape {tuple(x.shape)} and the target {tuple(target.shape)}; broadcasting one against "
            "the other is nearly always a mistake. Reshape one of them"
        )
    return x, target


# --- differences -------------------------------------------------------------------------------------------------------------------


def mse_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None) -> Tensor:
    """Mean of (input - target)**2.

    Args:
        input, target: tensors of one shape.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", or "none".
        weight: of each element; the mean is divided by the sum of the weights.

    Raises:
        ShapeError: shapes that differ.
        ValueError: another `reduction`.
        NotImplementedError: complex numbers, whose squares are no sizes.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.mse_loss(jt.tensor([1.0, 2.0]), jt.tensor([1.0, 4.0]))
        tensor(2.)
    """
    reduction = said_as(size_average, reduce, reduction)
    if weight is None and type(reduction) is str:
        return as_one("mse_loss", reduction, (input, target), _squared)  # type: ignore[no-any-return]
    return _squared(input, target, reduction, weight)


def _squared(x: Any, target: Any, reduction: str, weight: Any = None) -> Tensor:
    x, target = _pair("mse_loss", x, target)
    if x.has_parts or target.has_parts:
        raise NotImplementedError(f"\"mse_cpu\" not implemented for '{dtype_in_words(x.dtype)}'; write (x - target).abs().square().mean()")
    return _weighted((x - target) ** 2, weight, reduction)


def l1_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None) -> Tensor:
    """Mean of abs(input - target).

    Args:
        input, target: tensors of one shape.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", or "none".
        weight: of each element; the mean is divided by the sum of the weights.

    Raises:
        ShapeError: shapes that differ.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.l1_loss(jt.tensor([1.0, 2.0]), jt.tensor([1.0, 4.0]))
        tensor(1.)
    """
    reduction = said_as(size_average, reduce, reduction)
    input, target = _pair("l1_loss", input, target)
    return _weighted((input - target).abs(), weight, reduction)


def _weighted(loss: Tensor, weight: Any, reduction: str) -> Tensor:
    """With a weight an element, whose sum divides the mean."""
    if weight is None:
        return reduced(loss, reduction)
    weight = as_tensor(weight)
    total = loss * weight
    return total.sum() / weight.expand(loss.shape).sum() if reduction == "mean" else reduced(total, reduction)  # type: ignore[no-any-return]


def smooth_l1_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Half the square over beta where the difference is below beta, its size less beta / 2 elsewhere.

    Args:
        input, target: tensors of one shape.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", or "none".
        beta: 0 or more; 0 is `l1_loss`.

    Raises:
        ShapeError: shapes that differ.
        RuntimeError: `beta` is negative.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.smooth_l1_loss(jt.tensor([0.5, 3.0]), jt.tensor([0.0, 0.0]), reduction="none")
        tensor([0.125, 2.5  ])
    """
    reduction = said_as(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    input, target = _pair("smooth_l1_loss", input, target)
    d = (input - target).abs()
    return reduced(where(d.detach() < beta, 0.5 * d * d / beta, d - 0.5 * beta), reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Tensor:
    """Half the square where the difference is at most delta, delta times its size less delta**2 / 2 elsewhere.

    Args:
        input, target: tensors of one shape.
        reduction: "mean" of all elements, their "sum", or "none".
        delta: above 0.
        weight: of each element; the mean is divided by the sum of the weights.

    Raises:
        ShapeError: shapes that differ.
        RuntimeError: `delta` is not positive.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.huber_loss(jt.tensor([0.5, 3.0]), jt.tensor([0.0, 0.0]), reduction="none")
        tensor([0.125, 2.5  ])
    """
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    input, target = _pair("huber_loss", input, target)
    d = (input - target).abs()
    return _weighted(where(d.detach() <= delta, 0.5 * d * d, delta * (d - 0.5 * delta)), weight, reduction)


# --- classes -----------------------------------------------------------------------------------------------------------------------


def _classes(name: str, x: Tensor, target: Any, ignore_index: int) -> tuple[NDArray[Any], NDArray[np.bool_], int]:
    """(numbers of classes with those that are ignored as 0, what counts, number of classes) for x of shape (C), (N, C) or (N, C, ...)."""
    classes = np.asarray(plain(target))
    _shapes(name, x, classes.dtype, classes.shape)
    n = x.shape[min(1, x.dim() - 1)]
    counted = classes != ignore_index
    check_classes(classes, n, ignore_index)
    return np.where(counted, classes, 0), counted, n


def _shapes(name: str, x: Tensor, dtype: Any, shape: tuple[int, ...]) -> None:
    """Refuse classes that do not fit x."""
    if dtype.kind not in "iu":
        raise RuntimeError(f"the target holds the numbers of classes, integers; got {dtype}")
    if not x.dim() or shape != (tuple(x.shape[:1]) + tuple(x.shape[2:]) if x.dim() > 1 else ()):
        raise ShapeError(f"{name} takes (rows, classes, ...) and (rows, ...); got {tuple(x.shape)} and {shape}")


def _at_classes(x: Tensor, classes: NDArray[Any]) -> Tensor:
    """Of each sample the element of its class."""
    if x.dim() == 1:
        return x[int(classes)]
    if x.dim() == 2:
        return x[np.arange(x.shape[0]), classes]
    grid = np.ogrid[tuple(slice(n) for n in classes.shape)]
    return x[(grid[0], classes, *grid[1:])]


def _class_weights(weight: Any, n: int, x: Tensor) -> NDArray[Any] | None:
    if weight is None:
        return None
    if isinstance(weight, Tensor) and weight.requires_grad:
        raise RuntimeError("the derivative for 'weight' is not implemented: weights of classes are constants, pass weight.detach()")
    found = np.asarray(plain(weight))
    if found.shape != (n,):
        raise ShapeError(f"weight tensor should be defined either for all {n} classes or no classes but got weight tensor of shape: {list(found.shape)}")
    return found.astype(x.dtype)


def nll_loss(input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """Minus the log-probability of each sample's class.

    Args:
        input: log-probabilities, (C,), (N, C) or (N, C, d1, ...).
        target: the numbers of the classes, () or (N, d1, ...).
        weight: (C,), of the classes; the mean is divided by the sum of the weights.
        ignore_index: samples of this class contribute nothing, and do not count in the mean.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all samples, their "sum", or "none".

    Raises:
        ShapeError: shapes that do not fit.
        IndexError: a target is no class.
        RuntimeError: the targets are no integers.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> x = jt.tensor([[0.5, 0.25, 0.25]]).log()
        >>> F.nll_loss(x, jt.tensor([0])).round(decimals=4)
        tensor(0.6931)
    """
    reduction = said_as(size_average, reduce, reduction)
    if isinstance(weight, str):  # jittape's first form: nll_loss(x, target, reduction)
        weight, reduction = None, weight
    input = as_tensor(input)
    if isinstance(target, Classes) and weight is None and input.requires_grad:
        return _recorded_nll_loss(input, target, ignore_index, reduction)
    if isinstance(target, Batched) or isinstance(input, Batched):
        from jittape.nn.functional import batching  # for start-up time

        loss, counts = batching.nll_loss(input, target, weight, ignore_index)
        return loss.sum() / counts.sum() if reduction == "mean" else reduced(loss, reduction)
    classes, counted, n = _classes("nll_loss", input, target, ignore_index)
    weights = _class_weights(weight, n, input)
    loss = -_at_classes(input, classes)
    if weights is None and counted.all():
        return reduced(loss, reduction)
    factors = counted.astype(input.dtype) if weights is None else np.where(counted, weights[classes], 0).astype(input.dtype)
    loss = where(counted, loss * factors, 0.0) if weights is not None else where(counted, loss, 0.0)
    if reduction == "mean":
        return loss.sum() / float(factors.sum())  # type: ignore[no-any-return]
    return reduced(loss, reduction)


def _recorded_nll_loss(x: Tensor, target: Classes, ignore_index: int, reduction: str) -> Tensor:
    """nll_loss in a step that is recorded, whose classes may be others at each call."""
    _shapes("nll_loss", x, target.dtype, tuple(target.shape))
    axis = min(1, x.dim() - 1)
    n = x.shape[axis]
    loss = -elementwise(ops.WHERE, target.rows(n, axis, ignore_index), x, 0.0).sum(axis)  # type: ignore[attr-defined]
    return loss.sum() / target.counted(ignore_index) if reduction == "mean" else reduced(loss, reduction)


def cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """Cross entropy of logits, and the numbers of the classes or their probabilities.

    Args:
        input: logits, (C,), (N, C) or (N, C, d1, ...).
        target: numbers of classes, () or (N, d1, ...); or probabilities, of the shape of input.
        weight: (C,), of the classes; the mean is divided by the sum of the weights.
        ignore_index: samples of this class contribute nothing, and do not count in the mean.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all samples, their "sum", or "none".
        label_smoothing: the share of each target that is spread over all classes, between 0 and 1.

    Raises:
        ShapeError: shapes that do not fit.
        IndexError: a target is no class.
        RuntimeError: `label_smoothing` is not between 0 and 1.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.cross_entropy(jt.zeros(1, 4), jt.tensor([2])).round(decimals=4)
        tensor(1.3863)
    """
    reduction = said_as(size_average, reduce, reduction)
    if isinstance(weight, str):
        weight, reduction = None, weight
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    input = as_tensor(input)
    axis = min(1, input.dim() - 1)
    logs = input.log_softmax(axis)
    kind = target.dtype.kind if isinstance(target, Tensor) else np.asarray(target).dtype.kind
    if kind == "f":
        return _soft_cross_entropy(input, logs, as_tensor(target), weight, reduction, label_smoothing, axis)
    if label_smoothing == 0.0:
        return nll_loss(logs, target, weight, None, ignore_index, None, reduction)
    classes, counted, n = _classes("cross_entropy", input, target, ignore_index)
    weights = _class_weights(weight, n, input)
    hard = nll_loss(logs, target, weight, None, ignore_index, None, "sum" if reduction == "mean" else reduction)
    spread = -(logs if weights is None else logs * weights.reshape((-1,) + (1,) * (input.dim() - axis - 1))).sum(axis)
    smooth = where(counted, spread, 0.0)
    if reduction == "none":
        return hard * (1 - label_smoothing) + smooth * (label_smoothing / n)  # type: ignore[no-any-return]
    total = hard * (1 - label_smoothing) + smooth.sum() * (label_smoothing / n)
    if reduction == "sum":
        return total  # type: ignore[no-any-return]
    count = float(counted.sum()) if weights is None else float(weights[classes][counted].sum())
    return total / count  # type: ignore[no-any-return]


def _soft_cross_entropy(x: Tensor, logs: Tensor, target: Tensor, weight: Any, reduction: str, smoothing: float, axis: int) -> Tensor:
    if target.shape != x.shape:
        classes = "; classes are integers: target.long()" if target.shape == x.shape[:axis] + x.shape[axis + 1 :] else ""
        raise ShapeError(f"cross_entropy: probabilities of shape {tuple(target.shape)} do not fit logits of shape {tuple(x.shape)}{classes}")
    n = x.shape[axis]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / n
    weights = _class_weights(weight, n, x)
    products = logs * target
    if weights is not None:
        products = products * weights.reshape((-1,) + (1,) * (x.dim() - axis - 1))
    loss = -products.sum(axis)
    return loss.sum() / float(loss.numel()) if reduction == "mean" else reduced(loss, reduction)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """-(t log input + (1 - t) log(1 - input)) for probabilities input; the logarithms are at least -100.

    Args:
        input, target: probabilities, of one shape.
        weight: of each element.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", or "none".

    Raises:
        RuntimeError: an input is not between 0 and 1.
        ShapeError: shapes that differ.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.binary_cross_entropy(jt.tensor([0.5]), jt.tensor([1.0])).round(decimals=4)
        tensor(0.6931)
    """
    reduction = said_as(size_average, reduce, reduction)
    if isinstance(weight, str):
        weight, reduction = None, weight
    input, target = _pair("binary_cross_entropy", input, target)
    v = input.values()
    if not ((v >= 0) & (v <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    loss = -(target * _clamped_log(input) + (1.0 - target) * _clamped_log(1.0 - input))
    return reduced(loss if weight is None else loss * as_tensor(weight), reduction)


def _clamped_log(x: Tensor) -> Tensor:
    """max(log(x), -100), whose derivative where it is limited is that of log at a tiny number, as PyTorch's."""
    tiny = 1e-12
    low = x.detach() < tiny
    if not bool(low.any()):
        return x.log()  # type: ignore[no-any-return]
    v = x.values()
    exact = np.maximum(np.log(np.where(v > 0, v, 1e-300).astype(np.float64)), -100.0).astype(v.dtype)
    linear = (x - x.detach()) / tiny + concrete(exact)  # value as computed, slope 1 / tiny
    return where(low, linear, where(low, 1.0, x).log())  # type: ignore[no-any-return]


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean", pos_weight: Any = None,
) -> Tensor:  # fmt: skip
    """-(p t log sigmoid(input) + (1 - t) log(1 - sigmoid(input))), without overflow.

    Args:
        input, target: logits and probabilities, of one shape.
        weight: of the elements.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", or "none".
        pos_weight: p, of the positive ones.

    Raises:
        ShapeError: shapes that differ.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.binary_cross_entropy_with_logits(jt.tensor([0.0]), jt.tensor([1.0])).round(decimals=4)
        tensor(0.6931)
    """
    reduction = said_as(size_average, reduce, reduction)
    if isinstance(weight, str):
        weight, reduction = None, weight
    input, target = _pair("binary_cross_entropy_with_logits", input, target)
    if pos_weight is None:
        loss = input.softplus() - input * target
    else:
        loss = (1.0 - target) * input + (1.0 + (as_tensor(pos_weight) - 1.0) * target) * (-input).softplus()
    return reduced(loss if weight is None else loss * as_tensor(weight), reduction)


def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """`binary_cross_entropy_with_logits`, the mean over the classes of each sample.

    Args:
        input, target: logits and truth values, (..., C).
        weight: of the classes.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all samples, their "sum", or "none".

    Raises:
        ShapeError: shapes that differ.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.multilabel_soft_margin_loss(jt.zeros(1, 2), jt.tensor([[1.0, 0.0]])).round(decimals=4)
        tensor(0.6931)
    """
    reduction = said_as(size_average, reduce, reduction)
    input, target = _pair("multilabel_soft_margin_loss", input, target)
    loss = input.softplus() - input * target
    return reduced((loss if weight is None else loss * as_tensor(weight)).sum(-1) / float(input.shape[-1]), reduction)


def multilabel_margin_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """max(0, 1 - (input[y] - input[i])) over each sample's classes y and all others i, over their number.

    Args:
        input: scores, (C,) or (N, C).
        target: numbers of classes, of the shape of input: each row up to its first -1.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all samples, their "sum", or "none".

    Raises:
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.multilabel_margin_loss(jt.tensor([[0.5, 0.0]]), jt.tensor([[0, -1]]))
        tensor(0.25)
    """
    reduction = said_as(size_average, reduce, reduction)
    input = as_tensor(input)
    rows = input.reshape(1, -1) if input.dim() < 2 else input
    wanted = np.asarray(plain(target)).reshape(rows.shape)
    n, c = rows.shape
    listed = np.cumprod(wanted >= 0, axis=1).astype(bool)
    member = np.zeros((n, c), bool)
    member[np.nonzero(listed)[0], wanted[listed]] = True
    chosen = rows[np.arange(n)[:, None], np.where(listed, wanted, 0)]
    margins = (1.0 - chosen.unsqueeze(2) + rows.unsqueeze(1)).relu() * (listed[:, :, None] & ~member[:, None, :]).astype(input.dtype)
    loss = margins.sum((1, 2)) / float(c)
    return reduced(loss if input.dim() > 1 else loss.reshape(()), reduction)


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
    reduction = said_as(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    input = as_tensor(input)
    rows = input.reshape(1, -1) if input.dim() < 2 else input
    classes = np.asarray(plain(target)).reshape(-1)
    n, c = rows.shape
    if classes.size != n:
        raise ShapeError(f"multi_margin_loss: target tensor should be 1-D with size equal to the batch. Expected target size [{n}], but got [{classes.size}]")
    if classes.size and (classes.min() < 0 or classes.max() >= c):
        raise RuntimeError("target out of range")
    others = (np.arange(c) != classes[:, None]).astype(input.dtype)
    margins = (margin - rows[np.arange(n), classes].unsqueeze(1) + rows).relu()
    loss = ((margins if p == 1 else margins**2) * others).sum(1) / float(c)
    weights = _class_weights(weight, c, input)
    if weights is not None:
        loss = ((margins if p == 1 else margins**2) * others * weights[classes][:, None]).sum(1) / float(c)
    return reduced(loss if input.dim() > 1 else loss.reshape(()), reduction)


# --- distributions ------------------------------------------------------------------------------------------------------------------


def kl_div(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """t (log t - input) for log-probabilities input: the Kullback-Leibler divergence.

    Args:
        input: log-probabilities.
        target: probabilities t, or their logarithms.
        size_average, reduce: PyTorch's old way to say the reduction.
        reduction: "mean" of all elements, their "sum", "batchmean", the sum over the number of samples, or "none".
        log_target: whether the targets are logarithms.

    Raises:
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.kl_div(jt.tensor([[0.5, 0.5]]).log(), jt.tensor([[1.0, 0.0]]), reduction="batchmean").round(decimals=4)
        tensor(0.6931)
    """
    reduction = said_as(size_average, reduce, reduction)
    if isinstance(size_average, str):
        size_average, reduction = None, size_average
    input, target = as_tensor(input), as_tensor(target)
    loss = target.exp() * (target - input) if log_target else target.xlogy(target) - target * input
    return loss.sum() / float(input.shape[0]) if reduction == "batchmean" else reduced(loss, reduction)


def poisson_nll_loss(
    input: Any, target: Any, log_input: bool = True, full: bool = False, size_average: Any = None, eps: float = 1e-8, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Minus the log-likelihood of counts: exp(input) - t input, or input - t log(input + eps).

    Args:
        input: logarithms of rates, or rates.
        target: the counts t.
        log_input: whether input are logarithms.
        full: add Stirling's formula for log t!.
        size_average, reduce: PyTorch's old way to say the reduction.
        eps: keeps the logarithm of a rate of zero finite.
        reduction: "mean" of all elements, their "sum", or "none".

    Raises:
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.poisson_nll_loss(jt.tensor([0.0]), jt.tensor([3.0]))
        tensor(1.)
    """
    reduction = said_as(size_average, reduce, reduction)
    input, target = as_tensor(input), as_tensor(target)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        counts = target.to(loss.dtype)
        above = counts.detach() > 1
        safe = where(above, counts, 1.0)
        loss = loss + where(above, safe * safe.log() - safe + 0.5 * (2 * math.pi * safe).log(), 0.0)
    return reduced(loss, reduction)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> Tensor:
    """Minus the log-likelihood of normal numbers with these means and variances, which are at least eps.

    Args:
        input: the means.
        target: the numbers.
        var: the variances, of the shape of input, without its last axis, or with one of length one.
        full: add the constant log(2 pi) / 2.
        eps: the least variance.
        reduction: "mean" of all elements, their "sum", or "none".

    Raises:
        ValueError: a negative variance, variances of another shape, or another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.gaussian_nll_loss(jt.tensor([0.0]), jt.tensor([2.0]), jt.tensor([1.0]))
        tensor(2.)
    """
    input, target, var = as_tensor(input), as_tensor(target), as_tensor(var)
    if not isinstance(var, Tensor) or bool((var.detach() < 0).any()):
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if var.shape == input.shape[:-1]:
            var = var.unsqueeze(-1)
        elif var.numel() != 1 and not (var.dim() == input.dim() and sum(m for n, m in zip(input.shape, var.shape, strict=True) if n != m) == 1):
            raise ValueError("var is of incorrect size")  # but for one axis of length one
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    low = var.detach() < eps
    var = where(low, var - var.detach() + eps, var)  # limited in value; the derivative goes through, as in PyTorch
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def ctc_loss(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """Connectionist temporal classification (Graves et al., 2006): minus the log-probability of a sequence of labels.

    Args:
        log_probs: (T, N, C) or (T, C), log-probabilities.
        targets: (N, S), or all of them one after the other.
        input_lengths, target_lengths: (N,).
        blank: the class between labels.
        reduction: "mean" of the sequences, each over its length, their "sum", or "none".
        zero_infinity: sequences that do not fit their input cost nothing.

    Raises:
        RuntimeError: an input is longer than T.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> logs = jt.full((2, 1, 2), 0.5).log()
        >>> F.ctc_loss(logs, jt.tensor([[1]]), jt.tensor([2]), jt.tensor([1])).round(decimals=4)
        tensor(0.2877)
    """
    x = as_tensor(log_probs)
    single = x.dim() == 2
    if single:
        x = x.unsqueeze(1)
    steps, n, _ = x.shape
    lengths, sizes = (np.asarray(plain(v)).reshape(-1) for v in (input_lengths, target_lengths))
    labels = np.asarray(plain(targets))
    labels = labels.reshape(1, -1) if single and labels.ndim < 2 else labels
    if labels.ndim == 1:
        ends = np.concatenate([[0], np.cumsum(sizes)])
        rows = [labels[a:b] for a, b in zip(ends[:-1], ends[1:], strict=True)]
    else:
        rows = [row[:k] for row, k in zip(labels, sizes, strict=True)]
    if lengths.size and lengths.max() > steps:
        raise RuntimeError(f"Expected input_lengths to have value at most {steps}, but got value {lengths.max()}")
    losses = [_ctc_one(x[: int(lengths[k]), k], row, blank) for k, row in enumerate(rows)]
    loss = stack(losses)
    if zero_infinity:
        loss = where(np.isinf(loss.detach().values()), 0.0, loss)
    if reduction == "mean":
        return (loss / concrete(np.maximum(sizes, 1).astype(x.dtype))).mean()  # type: ignore[no-any-return]
    return loss.reshape(()) if single and reduction == "none" else reduced(loss, reduction)


def _ctc_one(x: Tensor, labels: NDArray[Any], blank: int) -> Tensor:
    """One sequence: the forward recursion over states blank, label, blank, ... in logarithms."""
    states = np.full(2 * labels.size + 1, blank)
    states[1::2] = labels
    none = -1e30
    """In place of -inf, whose differences are NaN."""
    jump = np.zeros(states.size, bool)
    jump[3::2] = labels[1:] != labels[:-1]
    if not x.shape[0]:
        return concrete(np.asarray(0.0 if not labels.size else np.inf, x.dtype))
    emitted = x[:, states]
    first = np.arange(states.size) < 2
    alpha = where(first, emitted[0], none)
    pad = concrete(np.full(2, none, x.dtype))
    for t in range(1, x.shape[0]):
        longer = cat([pad, alpha])
        ways = stack([alpha, longer[1:-1], where(jump, longer[:-2], none)])
        alpha = ways.logsumexp(0) + emitted[t]
    total = alpha[-2:].logsumexp(0) if states.size > 1 else alpha[-1]
    return where(total.detach().values() < none / 2, np.inf, -total)  # type: ignore[no-any-return]


# --- margins and distances ------------------------------------------------------------------------------------------------------------


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
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.margin_ranking_loss(jt.tensor([1.0]), jt.tensor([3.0]), jt.tensor([1.0]))
        tensor(2.)
    """
    reduction = said_as(size_average, reduce, reduction)
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
    reduction = said_as(size_average, reduce, reduction)
    input, target = _pair("soft_margin_loss", input, target)
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
        ValueError: `margin` is not positive, or another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> a = jt.tensor([[0.0, 0.0]])
        >>> F.triplet_margin_loss(a, jt.tensor([[3.0, 4.0]]), jt.tensor([[0.0, 2.0]])).round(decimals=4)
        tensor(4.)
    """
    reduction = said_as(size_average, reduce, reduction)
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
