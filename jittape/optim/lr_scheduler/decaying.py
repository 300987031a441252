"""Rates that follow a formula of the epoch."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from jittape.optim.lr_scheduler.base import LRScheduler, Rates
from jittape.optim.optimizer import Optimizer


def _functions(optimizer: Optimizer, given: Any) -> list[Callable[[int], float]]:
    """A function a group."""
    found = list(given) if isinstance(given, (list, tuple)) else [given] * len(optimizer.param_groups)
    if len(found) != len(optimizer.param_groups):
        raise ValueError(f"Expected {len(optimizer.param_groups)} lr_lambdas, but got {len(found)}")
    return found


def _keep_functions(state: dict[str, Any]) -> dict[str, Any]:
    """A state whose plain functions are left out, as they cannot be saved; of objects that are called, what they hold is kept."""
    return {**state, "lr_lambdas": [dict(vars(f)) if not isinstance(f, type(_keep_functions)) else None for f in state["lr_lambdas"]]}


class _ByFunction(LRScheduler):
    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        self.lr_lambdas = _functions(optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        return _keep_functions(super().state_dict())

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        vars(self).update({k: v for k, v in state_dict.items() if k != "lr_lambdas"})
        for f, kept in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if kept is not None:
                vars(f).update(kept)


class LambdaLR(_ByFunction):
    """The first rate times a function of the epoch.

    Args:
        optimizer: whose rates it sets.
        lr_lambda: the function, one for all groups or one each.
        last_epoch: of a training that goes on; -1 for one that begins.

    Raises:
        ValueError: another number of functions than of groups.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.tensor(1.0, requires_grad=True)], lr=0.1)
        >>> scheduler = jt.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.05]
    """

    def get_lr(self) -> Rates:
        return [base * f(self.last_epoch) for f, base in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(_ByFunction):
    """The last rate times a function of the epoch.

    Args:
        optimizer: whose rates it sets.
        lr_lambda: the function, one for all groups or one each.
        last_epoch: of a training that goes on; -1 for one that begins.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.MultiplicativeLR(optimizer, lr_lambda=lambda epoch: 0.5)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.4]
    """

    def get_lr(self) -> Rates:
        return self._rates() if self._is_initial else [rate * f(self.last_epoch) for f, rate in zip(self.lr_lambdas, self._rates(), strict=True)]


class StepLR(LRScheduler):
    """The rate is multiplied with gamma every step_size epochs.

    Args:
        optimizer: whose rates it sets.
        step_size: how many epochs.
        gamma: the factor.
        last_epoch: of a training that goes on; -1 for one that begins.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.StepLR(optimizer, step_size=1)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.08]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        if self.last_epoch == 0 or self.last_epoch % self.step_size != 0:
            return self._rates()
        return [rate * self.gamma for rate in self._rates()]

    def _get_closed_form_lr(self) -> Rates:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiStepLR(LRScheduler):
    """The rate is multiplied with gamma at each of these epochs.

    Args:
        optimizer: whose rates it sets.
        milestones: the epochs.
        gamma: the factor.
        last_epoch: of a training that goes on; -1 for one that begins.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1])
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.08]
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        return [rate * self.gamma ** self.milestones[self.last_epoch] for rate in self._rates()]

    def _get_closed_form_lr(self) -> Rates:
        return [base * self.gamma ** bisect_right(sorted(self.milestones.elements()), self.last_epoch) for base in self.base_lrs]


class ConstantLR(LRScheduler):
    """The first total_iters epochs have a rate that is smaller by a factor.

    Args:
        optimizer: whose rates it sets.
        factor: between 0 and 1.
        total_iters: how many.
        last_epoch: of a training that goes on; -1 for one that begins.

    Raises:
        ValueError: `factor` is not between 0 and 1.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=1)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.8]
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        if not 0 <= factor <= 1.0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        if self.last_epoch == 0:
            return [rate * self.factor for rate in self._rates()]
        return [rate / self.factor if self.last_epoch == self.total_iters else rate for rate in self._rates()]

    def _get_closed_form_lr(self) -> Rates:
        return [base * (1 if self.last_epoch >= self.total_iters else self.factor) for base in self.base_lrs]


class LinearLR(LRScheduler):
    """A factor that goes from start_factor to end_factor in total_iters epochs.

    Args:
        optimizer: whose rates it sets.
        start_factor, end_factor: the factors, at most one.
        total_iters: how many epochs.
        last_epoch: of a training that goes on; -1 for one that begins.

    Raises:
        ValueError: a factor is not between 0 and 1.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.6]
    """

    def __init__(self, optimizer: Optimizer, start_factor: float = 1.0 / 3, end_factor: float = 1.0, total_iters: int = 5, last_epoch: int = -1) -> None:
        if not 0 < start_factor <= 1.0:
            raise ValueError("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        if not 0 <= end_factor <= 1.0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * min(self.total_iters, epoch) / self.total_iters

    def get_lr(self) -> Rates:
        if self.last_epoch == 0:
            return [rate * self.start_factor for rate in self._rates()]
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._rates()
        return [rate * self._factor(self.last_epoch) / self._factor(self.last_epoch - 1) for rate in self._rates()]

    def _get_closed_form_lr(self) -> Rates:
        return [base * self._factor(self.last_epoch) for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """The rate is multiplied with gamma every epoch.

    Args:
        optimizer: whose rates it sets.
        gamma: the factor.
        last_epoch: of a training that goes on; -1 for one that begins.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.4]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        return self._rates() if self._is_initial else [rate * self.gamma for rate in self._rates()]

    def _get_closed_form_lr(self) -> Rates:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(LRScheduler):
    """The rate falls to zero in total_iters epochs, by a power.

    Args:
        optimizer: whose rates it sets.
        total_iters: how many.
        power: the power.
        last_epoch: of a training that goes on; -1 for one that begins.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=2)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.4]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._rates()
        factor = ((1.0 - self.last_epoch / self.total_iters) / (1.0 - (self.last_epoch - 1) / self.total_iters)) ** self.power
        return [rate * factor for rate in self._rates()]

    def _get_closed_form_lr(self) -> Rates:
        return [base * (1.0 - min(self.total_iters, self.last_epoch) / self.total_iters) ** self.power for base in self.base_lrs]


class CosineAnnealingLR(LRScheduler):
    """The rate falls from its first value to eta_min and rises again, by a cosine of half period T_max (Loshchilov and Hutter, 2017).

    Args:
        optimizer: whose rates it sets.
        T_max: epochs of the fall.
        eta_min: the least rate.
        last_epoch: of a training that goes on; -1 for one that begins.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.4]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def _height(self, epoch: float) -> float:
        return 1 + math.cos(math.pi * epoch / self.T_max)

    def get_lr(self) -> Rates:
        if self._is_initial:
            return self._rates()
        if self._step_count == 1 and self.last_epoch > 0:
            return self._get_closed_form_lr()
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [rate + (base - self.eta_min) * rise for base, rate in zip(self.base_lrs, self._rates(), strict=True)]
        return [self._height(self.last_epoch) / self._height(self.last_epoch - 1) * (rate - self.eta_min) + self.eta_min for rate in self._rates()]

    def _get_closed_form_lr(self) -> Rates:
        return [self.eta_min + (base - self.eta_min) * self._height(self.last_epoch) / 2 for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Cosines one after the other, each T_mult times as long as the one before (Loshchilov and Hutter, 2017).

    Args:
        optimizer: whose rates it sets.
        T_0: epochs of the first fall.
        T_mult: a whole number.
        eta_min: the least rate.
        last_epoch: of a training that goes on; -1 for one that begins.

    Raises:
        ValueError: `T_0` or `T_mult` is below 1, or no integer.

    Example:
        >>> import jittape as jt
        >>> optimizer = jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8)
        >>> scheduler = jt.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.4]
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        self.T_0, self.T_i, self.T_mult, self.eta_min, self.T_cur = T_0, T_0, T_mult, eta_min, last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (base - self.eta_min) * height / 2 for base in self.base_lrs]

    def step(self, epoch: Any = None) -> None:
        """Set the rates of the next step, or of an epoch, which may be a fraction."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        else:
            if epoch < 0:
                raise ValueError(f"Expected non-negative epoch, but got {epoch}")
            self.T_cur, self.T_i = epoch, self.T_0
            if epoch >= self.T_0:
                if self.T_mult == 1:
                    self.T_cur = epoch % self.T_0
                else:
                    n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
                    self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
                    self.T_i = self.T_0 * self.T_mult**n
        self._step_count += 1
        self.last_epoch = math.floor(epoch)
        self._set(self.get_lr())
