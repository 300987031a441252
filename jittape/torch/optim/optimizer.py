"""torch.optim.optimizer."""

from jittape.optim.optimizer import Optimizer

__all__ = ["Optimizer"]
