"""Losses of samples that belong to classes: by their numbers, by probabilities, or to one of two."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager.batched import Batched
from jittape.eager.calls import elementwise
from jittape.eager.creation import as_tensor
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor, concrete, dtype_in_words
from jittape.errors import ShapeError
from jittape.nn.functional.classes import Classes, check_classes
from jittape.nn.functional.kinds import floating
from jittape.nn.functional.losses.reduction import pair, reduced, said_as
from jittape.ops._generated import opcodes as ops


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
    floating(input, "nll_loss_out_frame", "iubc")
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
    weights = class_weights(weight, n, input)
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
    weights = class_weights(weight, n, input)
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
    weights = class_weights(weight, n, x)
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
        RuntimeError: an input or a target is not between 0 and 1, or the target is of another dtype.
        ShapeError: shapes that differ.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.binary_cross_entropy(jt.tensor([0.5]), jt.tensor([1.0])).round(decimals=4)
        tensor(0.6931)
    """
    floating(input, "binary_cross_entropy")
    reduction = said_as(size_average, reduce, reduction)
    if isinstance(weight, str):
        weight, reduction = None, weight
    input, target = pair("binary_cross_entropy", input, target)
    if target.dtype != input.dtype:
        raise RuntimeError(f"Found dtype {dtype_in_words(target.dtype)} but expected {dtype_in_words(input.dtype)}: the target holds probabilities, target.to(input.dtype)")
    v = input.values()
    if not ((v >= 0) & (v <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    v = target.values()
    if not ((v >= 0) & (v <= 1)).all():
        raise RuntimeError("all elements of target should be between 0 and 1")
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
        RuntimeError: the target holds integers.
        ShapeError: shapes that differ.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.binary_cross_entropy_with_logits(jt.tensor([0.0]), jt.tensor([1.0])).round(decimals=4)
        tensor(0.6931)
    """
    floating(input, "log_sigmoid_cpu")
    reduction = said_as(size_average, reduce, reduction)
    if isinstance(weight, str):
        weight, reduction = None, weight
    input, target = pair("binary_cross_entropy_with_logits", input, target)
    if target.dtype.kind != "f":
        raise RuntimeError(f"result type {dtype_in_words(input.dtype)} can't be cast to the desired output type {dtype_in_words(target.dtype)}: the target holds probabilities, target.float()")
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
    floating(input, "log_sigmoid_cpu")
    reduction = said_as(size_average, reduce, reduction)
    input, target = pair("multilabel_soft_margin_loss", input, target)
    loss = input.softplus() - input * target
    return reduced((loss if weight is None else loss * as_tensor(weight)).sum(-1) / float(input.shape[-1]), reduction)


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
    if dtype.kind not in "iu" or (dtype.itemsize > 1 if dtype.kind == "u" else dtype.itemsize < 8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, the numbers of the classes, integers; got {dtype}: pass target.long()")
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


def class_weights(weight: Any, n: int, x: Tensor) -> NDArray[Any] | None:
    if weight is None:
        return None
    if isinstance(weight, Tensor) and weight.requires_grad:
        raise RuntimeError("the derivative for 'weight' is not implemented: weights of classes are constants, pass weight.detach()")
    found = np.asarray(plain(weight))
    if found.dtype.kind != "f" and isinstance(weight, Tensor):
        raise RuntimeError(f"expected scalar type {dtype_in_words(x.dtype)} but found {dtype_in_words(found.dtype)}: weights of classes are real numbers, weight.float()")
    if found.shape != (n,):
        raise ShapeError(f"weight tensor should be defined either for all {n} classes or no classes but got weight tensor of shape: {list(found.shape)}")
    return found.astype(x.dtype)
