"""Layers over a batch of tensors (eager/batched.py): rules for what they call."""

from __future__ import annotations

import dataclasses
from typing import Any

from jittape.eager.batched import Batched, Level, aligned, is_at, level_of, unwrapped
from jittape.eager.batched_rules import rule
from jittape.eager.calls import call
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor
from jittape.functions.convolution import convolution, max_pool
from jittape.functions.normalization import normalized, scaled


def _folded(x: Any) -> Any:
    """(elements, images, ...) as so many images."""
    return x.reshape((-1, *x.shape[2:]))


@rule(convolution)
def _convolution(level: Level, x: Any, weight: Any, bias: Any, at: Any, transposed: bool = False) -> Any:
    n = level.size
    if not (is_at(weight, level) or is_at(bias, level)):
        out = call(convolution, _folded(x.whole), weight, bias, at, transposed)
        return out.reshape((n, -1, *out.shape[1:]))
    images, kernels = unwrapped(x, level), unwrapped(weight, level)  # each element's channels are groups of their own
    side = images.movedim(0, 1)
    side = side.reshape((side.shape[0], n * side.shape[2], *side.shape[3:]))
    offsets = None if bias is None else unwrapped(bias, level).reshape(-1)
    out = call(convolution, side, _folded(kernels), offsets, dataclasses.replace(at, groups=n * at.groups), transposed)
    return out.reshape((out.shape[0], n, -1, *out.shape[2:])).movedim(1, 0)


@rule(max_pool)
def _max_pool(level: Level, x: Any, at: Any) -> Any:
    best, places = call(max_pool, _folded(x.whole), at)
    return tuple(t.reshape((level.size, -1, *t.shape[1:])) for t in (best, places))


@rule(normalized)
def _normalized(level: Level, x: Any, axes: Any, eps: float) -> Any:
    return call(normalized, x.whole, tuple(a % x.dim() + 1 for a in axes), eps)


@rule(scaled)
def _scaled(level: Level, x: Any, weight: Any, bias: Any) -> Any:
    return call(scaled, *aligned((Batched(unwrapped(x, level), level), weight, bias), level))


def nll_loss(x: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Tensor, Tensor]:
    """(the losses of `nll_loss`, the factors whose sum divides the mean), where each element of a batch has classes of its own."""
    level = level_of(x, target)
    axis = min(1, x.dim() - 1)
    if not is_at(x, level):
        x = Batched(unwrapped(x, level), level)
    counted = target != ignore_index
    classes = where(counted, target, 0)
    factors = counted.to(x.dtype) if weight is None else counted * weight[classes]
    return where(counted, -x.gather(axis, classes.unsqueeze(axis)).squeeze(axis) * factors, 0.0), factors
