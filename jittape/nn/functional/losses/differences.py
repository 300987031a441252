"""Losses by the differences of input and target."""

from __future__ import annotations

from typing import Any

from jittape.eager.calls import as_one
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor, dtype_in_words
from jittape.nn.functional.kinds import floating
from jittape.nn.functional.losses.reduction import pair, reduced, said_as, weighted


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
    x, target = pair("mse_loss", x, target)
    if x.has_parts or target.has_parts:
        raise NotImplementedError(f"\"mse_cpu\" not implemented for '{dtype_in_words(x.dtype)}'; write (x - target).abs().square().mean()")
    if target.dtype.kind != "f":  # integers beside real numbers are real
        floating(x, "mse_cpu", "iub")
    return weighted((x - target) ** 2, weight, reduction)


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
    input, target = pair("l1_loss", input, target)
    return weighted((input - target).abs(), weight, reduction)


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
    floating(input, "smooth_l1_cpu", "iuc")
    reduction = said_as(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    input, target = pair("smooth_l1_loss", input, target)
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
    floating(input, "huber_cpu", "iuc")
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    input, target = pair("huber_loss", input, target)
    d = (input - target).abs()
    return weighted(where(d.detach() <= delta, 0.5 * d * d, delta * (d - 0.5 * delta)), weight, reduction)
