"""Rates that go up and down, and the momentum with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.optim.lr_scheduler.base import LRScheduler, Rates
from jittape.optim.optimizer import Optimizer


def _each(name: str, optimizer: Optimizer, given: Any) -> Rates:
    """An option, one for all groups or one each."""
    if isinstance(given, (list, tuple)):
        if len(given) != len(optimizer.param_groups):
            raise ValueError(f"{name} must have the same length as optimizer.param_groups. {name} has {len(given)} values, param_groups has {len(optimizer.param_groups)}.")
        return list(given)
    return [given] * len(optimizer.param_groups)


def _momentum(optimizer: Optimizer, option: str) -> bool:
    """Whether the momentum of an optimiser is the first of its betas."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError(f"optimizer must support momentum or beta1 with `{option}` option enabled")
    return "betas" in optimizer.defaults


def _set_momentum(group: dict[str, Any], first_beta: bool, value: float) -> None:
    if first_beta:
        group["betas"] = (value, *group["betas"][1:])
    else:
        group["momentum"] = value


class CyclicLR(LRScheduler):
    """The rate goes up and down between base_lr and max_lr (Smith, 2017), the momentum the other way round.

    Args:
        optimizer: whose rates it sets.
        base_lr, max_lr: the ends, one for all groups or one each.
        step_size_up, step_size_down: steps of each half.
        mode: "triangular", "triangular2" (each cycle half as high) or "exp_range" (heights gamma ** steps).
        gamma: see there.
        scale_fn, scale_mode: a height of one's own, a function of the cycle or of the steps ("cycle", "iterations").
        cycle_momentum, base_momentum, max_momentum: whether the momentum moves, and its ends.
        last_epoch: of a training that goes on; -1 for one that begins.

    Raises:
        TypeError: it is no optimiser.
        ValueError: another mode; other numbers of ends than of groups; an optimiser without a momentum.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], momentum=0.9)
        >>> scheduler = jt.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.4, step_size_up=2)
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.25]
    """

    def __init__(self, optimizer: Optimizer, base_lr: Any, max_lr: Any, step_size_up: int = 2000, step_size_down: int | None = None,
                 mode: str = "triangular", gamma: float = 1.0, scale_fn: Callable[[float], float] | None = None, scale_mode: str = "cycle",
                 cycle_momentum: bool = True, base_momentum: Any = 0.8, max_momentum: Any = 0.9, last_epoch: int = -1) -> None:  # fmt: skip
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        lows = _each("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for rate, group in zip(lows, optimizer.param_groups, strict=True):
                group["lr"] = rate
        self.max_lrs = _each("max_lr", optimizer, max_lr)
        up, down = float(step_size_up), float(step_size_up if step_size_down is None else step_size_down)
        self.total_size, self.step_ratio = up + down, up / (up + down)
        self.mode, self.gamma, self._own, self.cycle_momentum = mode, gamma, scale_fn, cycle_momentum
        self.scale_mode = scale_mode if scale_fn is not None else "iterations" if mode == "exp_range" else "cycle"
        if cycle_momentum:
            self.use_beta1 = _momentum(optimizer, "cycle_momentum")
            self.base_momentums, self.max_momentums = _each("base_momentum", optimizer, base_momentum), _each("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                for most, least, group in zip(self.max_momentums, self.base_momentums, optimizer.param_groups, strict=True):
                    _set_momentum(group, self.use_beta1, most)
                    group["max_momentum"], group["base_momentum"] = most, least
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lows

    def scale_fn(self, x: float) -> float:
        """The height of a cycle at `x`, its number or the number of steps, as `scale_mode` says.

        Example:
            >>> import jittape as jt
            >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], momentum=0.9)
            >>> jt.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.4, mode="triangular2").scale_fn(2.0)
            0.5
        """
        if self._own is not None:
            return self._own(x)
        return {"triangular": 1.0, "triangular2": 1 / (2.0 ** (x - 1)), "exp_range": self.gamma**x}[self.mode]  # type: ignore[no-any-return]

    def get_lr(self) -> Rates:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        share = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height = share * self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group, least, most in zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True):
                _set_momentum(group, self.use_beta1, most - (most - least) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]


class OneCycleLR(LRScheduler):
    """One rise to max_lr and one fall far below the beginning (Smith and Topin, 2018), over all steps of a training.

    Args:
        optimizer: whose rates it sets.
        max_lr: one for all groups or one each.
        total_steps: or epochs and steps_per_epoch.
        epochs, steps_per_epoch: see there.
        pct_start: share of the steps that rise.
        anneal_strategy: "cos" or "linear".
        cycle_momentum, base_momentum, max_momentum: whether the momentum moves the other way round, and its ends.
        div_factor, final_div_factor: max_lr over the first rate, and the first over the last.
        three_phase: a fall that mirrors the rise, then one to the last rate.
        last_epoch: of a training that goes on; -1 for one that begins.

    Raises:
        TypeError: it is no optimiser.
        ValueError: no number of steps, or options that are none of these.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], momentum=0.9)
        >>> scheduler = jt.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10, div_factor=4.0)
        >>> scheduler.get_last_lr()
        [0.25]
    """

    def __init__(self, optimizer: Optimizer, max_lr: Any, total_steps: int | None = None, epochs: int | None = None, steps_per_epoch: int | None = None,
                 pct_start: float = 0.3, anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: Any = 0.85, max_momentum: Any = 0.95,
                 div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False, last_epoch: int = -1) -> None:  # fmt: skip
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
            total_steps = epochs * steps_per_epoch
        if not isinstance(total_steps, (int, np.integer)) or total_steps <= 0:
            raise ValueError(f"Expected positive integer total_steps, but got {total_steps}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self.total_steps, self.anneal_strategy, self.cycle_momentum = total_steps, anneal_strategy, cycle_momentum
        rise = pct_start * total_steps
        if three_phase:
            self._phases = [(rise - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum"), (2 * rise - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                            (total_steps - 1.0, "initial_lr", "min_lr", "max_momentum", "max_momentum")]  # fmt: skip
        else:
            self._phases = [(rise - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum"), (total_steps - 1.0, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        if last_epoch == -1:
            for group, high in zip(optimizer.param_groups, _each("max_lr", optimizer, max_lr), strict=True):
                group["initial_lr"] = high / div_factor
                group["max_lr"], group["min_lr"] = high, group["initial_lr"] / final_div_factor
        if cycle_momentum:
            self.use_beta1 = _momentum(optimizer, "cycle_momentum")
            if last_epoch == -1:
                for group, most, least in zip(optimizer.param_groups, _each("max_momentum", optimizer, max_momentum), _each("base_momentum", optimizer, base_momentum), strict=True):
                    _set_momentum(group, self.use_beta1, most)
                    group["max_momentum"], group["base_momentum"] = most, least
        super().__init__(optimizer, last_epoch)

    def _between(self, a: float, b: float, share: float) -> float:
        if self.anneal_strategy == "linear":
            return (b - a) * share + a
        return b + (a - b) / 2.0 * (math.cos(math.pi * share) + 1)

    def get_lr(self) -> Rates:
        n = self.last_epoch
        if n > self.total_steps:
            raise ValueError(f"Tried to step {n} times. The specified number of total steps is {self.total_steps}")
        begin = 0.0
        for k, (end, first, last, first_momentum, last_momentum) in enumerate(self._phases):
            if n <= end or k == len(self._phases) - 1:
                share = (n - begin) / (end - begin)
                if self.cycle_momentum:
                    for group in self.optimizer.param_groups:
                        _set_momentum(group, self.use_beta1, self._between(group[first_momentum], group[last_momentum], share))
                return [self._between(group[first], group[last], share) for group in self.optimizer.param_groups]
            begin = end
        raise AssertionError("a phase ends after all steps")
