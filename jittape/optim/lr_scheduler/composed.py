"""Schedulers of schedulers, and one that looks at a metric."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from jittape.optim.lr_scheduler.base import LRScheduler
from jittape.optim.optimizer import Optimizer


class _Several(LRScheduler):
    """A scheduler that is made of others."""

    _schedulers: list[Any]

    def _check(self, schedulers: Sequence[Any], optimizer: Optimizer) -> None:
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for k, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {k} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(f"{name} does not support `ReduceLROnPlateau`, whose `step` takes a metric; got one at index {k}")
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"{name} expects all schedulers to belong to the same optimizer; that at index {k} has another one")

    def state_dict(self) -> dict[str, Any]:
        state = {k: v for k, v in vars(self).items() if k not in ("optimizer", "_schedulers")}
        return {**state, "_schedulers": [s.state_dict() for s in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        vars(self).update({k: v for k, v in state_dict.items() if k != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(_Several):
    """One scheduler after the other: the next one begins at each milestone.

    Args:
        optimizer: whose rates they set.
        schedulers: of it.
        milestones: epochs, one less than schedulers.
        last_epoch: of a training that goes on; -1 for one that begins.

    Raises:
        ValueError: another number of milestones, no schedulers, or those of other optimisers.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> first, then = jt.optim.lr_scheduler.ConstantLR(optimizer, 0.5, 9), jt.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        >>> scheduler = jt.optim.lr_scheduler.SequentialLR(optimizer, [first, then], [2])
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates += scheduler.get_last_lr()
        ...     scheduler.step()
        >>> rates
        [0.4, 0.4, 0.8, 0.4]
    """

    def __init__(self, optimizer: Optimizer, schedulers: list[Any], milestones: list[int], last_epoch: int = -1) -> None:
        self._check(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(f"SequentialLR expects one scheduler more than milestones; got {len(schedulers)} and {len(milestones)}")
        self._schedulers, self._milestones, self.last_epoch, self.optimizer = schedulers, milestones, last_epoch + 1, optimizer
        for group in optimizer.param_groups:  # what the others did when they were made
            group["lr"] = group["initial_lr"]
        self._undo(self)
        first = schedulers[bisect_right(milestones, 0)]
        first._begin()
        self._last_lr = first.get_last_lr()

    def _undo(self, scheduler: Any) -> None:
        parts = getattr(scheduler, "_schedulers", None)
        if parts is None:
            scheduler.last_epoch -= 1
        else:
            for part in parts:
                self._undo(part)

    def step(self, epoch: Any = None) -> None:
        self.last_epoch += 1
        k = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[k]
        if k > 0 and self._milestones[k - 1] == self.last_epoch:
            scheduler._update(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Several):
    """Several schedulers at once.

    Args:
        schedulers: of one optimiser.
        optimizer: whose rates they set; that of the first one by default.

    Raises:
        ValueError: there is none, or they belong to different optimisers.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> halve, hold = jt.optim.lr_scheduler.ExponentialLR(optimizer, 0.5), jt.optim.lr_scheduler.ConstantLR(optimizer, 0.5, 1)
        >>> scheduler = jt.optim.lr_scheduler.ChainedScheduler([halve, hold])
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.4]
    """

    def __init__(self, schedulers: Sequence[Any], optimizer: Optimizer | None = None) -> None:
        if not schedulers:
            raise ValueError("ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.")
        self.optimizer = schedulers[0].optimizer if optimizer is None else optimizer
        self._check(schedulers, self.optimizer)
        self._schedulers = list(schedulers)
        self._last_lr = self._rates()

    def step(self, epoch: Any = None) -> None:
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._rates()


class ReduceLROnPlateau(LRScheduler):
    """The rate is multiplied with a factor when a metric has stopped to improve: `step(metric)`.

    Args:
        optimizer: whose rates it sets.
        mode: "min" or "max", what an improvement is.
        factor, patience: of the reduction, and the epochs without improvement before it.
        threshold, threshold_mode: what counts as one: a share ("rel") or a difference ("abs").
        cooldown: epochs after a reduction that do not count.
        min_lr: the least rate, one for all groups or one each.
        eps: smaller changes are not made.

    Raises:
        TypeError: it is no optimiser.
        ValueError: `factor` is not below 1, another mode, or another number of least rates than of groups.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        >>> for metric in (1.0, 1.0, 1.0):
        ...     scheduler.step(metric)
        >>> scheduler.get_last_lr()
        [0.4]
    """

    def __init__(self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
                 threshold_mode: str = "rel", cooldown: int = 0, min_lr: Any = 0, eps: float = 1e-8) -> None:  # fmt: skip
        if factor >= 1.0:
            raise ValueError("Factor should be < 1.0.")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        self.optimizer, self.factor = optimizer, factor
        several = isinstance(min_lr, (list, tuple))
        if several and len(min_lr) != len(optimizer.param_groups):
            raise ValueError(f"expected {len(optimizer.param_groups)} min_lrs, got {len(min_lr)}")
        self.default_min_lr = None if several else min_lr
        self.min_lrs = list(min_lr) if several else [min_lr] * len(optimizer.param_groups)
        self.patience, self.cooldown, self.eps, self.last_epoch = patience, cooldown, eps, 0
        self._last_lr = self._rates()
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self._reset()

    def _reset(self) -> None:
        self.best, self.cooldown_counter, self.num_bad_epochs = self.mode_worse, 0, 0

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs do not count, after a reduction."""
        return self.cooldown_counter > 0

    def is_better(self, a: float, best: float) -> bool:
        """Whether a metric `a` improves on the `best` one.

        Example:
            >>> import jittape as jt
            >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)])
            >>> scheduler = jt.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "min", threshold=0.1)
            >>> scheduler.is_better(0.95, 1.0), scheduler.is_better(0.8, 1.0)
            (False, True)
        """
        if self.threshold_mode == "rel":
            return a < best * (1.0 - self.threshold) if self.mode == "min" else a > best * (self.threshold + 1.0)
        return a < best - self.threshold if self.mode == "min" else a > best + self.threshold

    def step(self, metrics: Any, epoch: Any = None) -> None:  # type: ignore[override]
        current = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self.is_better(current, self.best):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            new = [max(rate * self.factor, least) for rate, least in zip(self._rates(), self.min_lrs, strict=True)]
            self._set([n if rate - n > self.eps else rate for n, rate in zip(new, self._rates(), strict=True)])
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self._rates()
