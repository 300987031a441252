"""What schedulers of learning rates have in common."""

from __future__ import annotations

from typing import Any

from jittape.eager.tensor import Tensor
from jittape.optim.optimizer import Optimizer, number

Rates = list[Any]


class LRScheduler:
    """Base of the schedulers. A subclass defines `get_lr`, the rates for `last_epoch`, one a group.

    Args:
        optimizer: whose rates it sets.
        last_epoch: of a training that goes on; -1 for one that begins.

    Attributes:
        optimizer: whose rates it sets.
        base_lrs: the rates at the beginning.
        last_epoch: how often `step` was called.

    Raises:
        TypeError: it is no optimiser.
        KeyError: a training goes on, and a group has no "initial_lr".

    Example:
        >>> import jittape as jt
        >>> class Halving(jt.optim.lr_scheduler.LRScheduler):
        ...     def get_lr(self):
        ...         return [rate * 0.5**self.last_epoch for rate in self.base_lrs]
        >>> scheduler = Halving(jt.optim.SGD([jt.ones(1, requires_grad=True)], lr=0.8))
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.4]
        >>> saved = scheduler.state_dict()
        >>> scheduler.load_state_dict(saved)
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for k, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", number(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(f"param 'initial_lr' is not specified in param_groups[{k}] when resuming a scheduler with last_epoch >= 0")
        self.base_lrs: Rates = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._begin()

    def _begin(self) -> None:
        """The rates of the first step."""
        self._step_count, self._is_initial, self._get_lr_called_within_step = 0, True, False
        self.step()
        self._is_initial = False

    def get_lr(self) -> Rates:
        """The rates for `last_epoch`, one a group: a subclass defines it.

        Raises:
            NotImplementedError: the subclass has none.
        """
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Set the rates of the next step: called once an epoch, or once a step, after the optimiser's.

        Args:
            epoch: its number, where it is not the next one.
        """
        self._step_count += 1
        self._update(epoch)

    def _update(self, epoch: int | None = None) -> None:
        closed = getattr(self, "_get_closed_form_lr", None)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._set(self.get_lr() if epoch is None or closed is None else closed())

    def _set(self, rates: Rates) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(number(rate))
            else:
                group["lr"] = rate
        self._last_lr = self._rates()

    def _rates(self) -> Rates:
        return [number(group["lr"]) for group in self.optimizer.param_groups]

    def get_last_lr(self) -> Rates:
        """The present rates, one a group."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """All that the scheduler remembers, without the optimiser."""
        return {k: v for k, v in vars(self).items() if k != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what `state_dict` gave: `state_dict`."""
        vars(self).update(state_dict)


