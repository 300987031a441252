"""Optimisers by PyTorch's names."""

from jittape.optim.adam import Adam
from jittape.optim.optimizer import Optimizer
from jittape.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]


def __dir__() -> list[str]:
    return list(__all__)
