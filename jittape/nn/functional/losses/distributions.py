"""Losses that are minus log-likelihoods: of counts, of normal numbers, of sequences of labels; and the divergence of two distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager.creation import as_tensor
from jittape.eager.functions import cat, stack
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError
from jittape.nn.functional.kinds import floating
from jittape.nn.functional.losses.reduction import reduced, said_as


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
    floating(input, "kl_div: Integral and complex inputs not supported.", "iuc")
    reduction = said_as(size_average, reduce, reduction)
    if isinstance(size_average, str):
        size_average, reduction = None, size_average
    input, target = as_tensor(input), as_tensor(target)
    loss = target.exp() * (target - input) if log_target else target.xlogy(target) - target * input
    return loss.sum() / float(input.shape[0] if input.dim() else 1) if reduction == "batchmean" else reduced(loss, reduction)


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
        RuntimeError: an input is longer than T, or a length is negative or no integer.
        ShapeError: there are not as many lengths as sequences, or targets as these say.
        IndexError: a target is no class.
        ValueError: another `reduction`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> logs = jt.full((2, 1, 2), 0.5).log()
        >>> F.ctc_loss(logs, jt.tensor([[1]]), jt.tensor([2]), jt.tensor([1])).round(decimals=4)
        tensor(0.2877)
    """
    x = floating(log_probs, "ctc_loss_cpu", "iubc")
    if x.dim() not in (2, 3):
        raise ShapeError(f"Expected log_probs of shape (T, N, C) or (T, C) for ctc_loss, but got {list(x.shape)}")
    single = x.dim() == 2
    if single:
        x = x.unsqueeze(1)
    steps, n, _ = x.shape
    lengths, sizes = (np.asarray(plain(v)).reshape(-1) for v in (input_lengths, target_lengths))
    for name, given in (("input_lengths", lengths), ("target_lengths", sizes)):
        if given.dtype.kind not in "iu" and given.size:
            raise RuntimeError(f"{name} must be integral, not {given.dtype}")
        if given.size != n:
            raise ShapeError(f"{name} must be of size batch_size, {n}, not {given.size}")
        if given.size and given.min() < 0:
            raise RuntimeError(f"Expected {name} to have value at least 0, but got value {given.min()}")
    labels = np.asarray(plain(targets))
    labels = labels.reshape(1, -1) if single and labels.ndim < 2 else labels
    if labels.ndim == 1:
        if labels.size != sizes.sum():
            raise ShapeError(f"Expected tensor to have size {sizes.sum()} at dimension 0, but got size {labels.size} for argument 'targets' of ctc_loss: the sum of target_lengths")
        ends = np.concatenate([[0], np.cumsum(sizes)])
        rows = [labels[a:b] for a, b in zip(ends[:-1], ends[1:], strict=True)]
    else:
        if labels.shape[0] != n or (sizes.size and sizes.max() > labels.shape[1]):
            raise ShapeError(f"Expected targets of shape [{n}, at least {sizes.max(initial=0)}] for ctc_loss, but got {list(labels.shape)}")
        rows = [row[:k] for row, k in zip(labels, sizes, strict=True)]
    for row in rows:
        if row.size and (row.min() < 0 or row.max() >= x.shape[2]):
            raise IndexError(f"ctc_loss: targets are between 0 and {x.shape[2] - 1}, the classes of log_probs, not {row.min()} to {row.max()}")
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
