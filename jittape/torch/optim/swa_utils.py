"""torch.optim.swa_utils: averages of a model's parameters over its training, and the learning rate that goes with them."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

from jittape.autograd import no_grad
from jittape.eager.creation import check_device, tensor
from jittape.nn import Module
from jittape.nn.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from jittape.optim import Optimizer
from jittape.optim.lr_scheduler import LRScheduler

__all__ = ["SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn", "update_bn"]


def get_swa_avg_fn() -> Callable[[Any, Any, Any], Any]:
    """(average, present parameter, number of those averaged) -> the mean of all."""
    return lambda average, present, count: average + (present - average) / (count + 1)


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], Any]:
    """(average, present parameter, number) -> a mean in which each step counts `decay` times as much as the next."""
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")
    return lambda average, present, count: decay * average + (1 - decay) * present


def _multi(one: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], None]:
    """A rule for lists of parameters, in place."""

    def update(averages: Any, presents: Any, count: Any) -> None:
        with no_grad():
            for average, present in zip(averages, presents, strict=True):
                average.copy_(one(average, present, count))

    return update


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    return _multi(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    return _multi(get_ema_avg_fn(decay))


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's (Izmailov et al., 2018; Polyak averaging).

    Args:
        model: is copied.
        avg_fn: a rule for one parameter; the mean of all by default.
        multi_avg_fn: a rule for lists of them, in place.
        use_buffers: average the buffers, too; else they are the model's.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.optim.swa_utils import AveragedModel
        >>> model = torch.nn.Linear(1, 1)
        >>> average = AveragedModel(model)
        >>> average.update_parameters(model)
        >>> bool((average(torch.ones(1)) == model(torch.ones(1))).all())
        True
    """

    def __init__(self, model: Module, device: Any = None, avg_fn: Any = None, multi_avg_fn: Any = None, use_buffers: bool = False) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        check_device(device)
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Let the averages take part of a model's present parameters; the first time they become these."""
        mine: Any = self.module.parameters()
        theirs: Any = model.parameters()
        if self.use_buffers:
            mine, theirs = itertools.chain(mine, self.module.buffers()), itertools.chain(theirs, model.buffers())
        averages, presents = [p.detach() for p in mine], [p.detach() for p in theirs]
        if not int(self.n_averaged):
            for average, present in zip(averages, presents, strict=True):
                average.copy_(present)
        else:
            rule = self.multi_avg_fn or _multi(self.avg_fn or get_swa_avg_fn())
            rule(averages, presents, self.n_averaged)
        if not self.use_buffers:
            for own, given in zip(self.module.buffers(), model.buffers(), strict=True):
                own.detach().copy_(given.detach())
        self.n_averaged += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Let a model's batch normalisations have the mean and variance of all of a loader's data, which goes through the model once.

    Args:
        loader: gives batches: tensors, or tuples that begin with one.
    """
    norms = [m for m in model.modules() if isinstance(m, (BatchNorm1d, BatchNorm2d, BatchNorm3d))]
    if not norms:
        return
    before = [m.momentum for m in norms]
    training = model.training
    model.train()
    for m in norms:
        m.reset_running_stats()
        m.momentum = None
    for batch in loader:
        model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for m, momentum in zip(norms, before, strict=True):
        m.momentum = momentum
    model.train(training)


class SWALR(LRScheduler):
    """The learning rate goes to `swa_lr` within some epochs, and stays there.

    Args:
        swa_lr: a rate, or one a group.
        anneal_epochs: how many steps that takes.
        anneal_strategy: "cos" or "linear".
    """

    def __init__(self, optimizer: Optimizer, swa_lr: Any, anneal_epochs: int = 10, anneal_strategy: str = "cos", last_epoch: int = -1) -> None:
        groups = optimizer.param_groups
        rates = list(swa_lr) if isinstance(swa_lr, (list, tuple)) else [swa_lr] * len(groups)
        if len(rates) != len(groups):
            raise ValueError(f"swa_lr must have the same length as optimizer.param_groups. swa_lr has {len(rates)} values, param_groups has {len(groups)}.")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for group, rate in zip(groups, rates, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs, self.anneal_strategy = anneal_epochs, anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return t if self.anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def get_lr(self) -> list[Any]:
        step = self.last_epoch if self.anneal_epochs else max(1, self.last_epoch)
        before, now = self._share(step - 1), self._share(step)
        found = []
        for group in self.optimizer.param_groups:
            end = group["swa_lr"]
            start = end if before == 1 else (group["lr"] - before * end) / (1 - before)
            found.append(end * now + start * (1 - now))
        return found
