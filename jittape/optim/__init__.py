"""Optimisers and learning rates by PyTorch's names."""

from jittape.optim import lr_scheduler
from jittape.optim.adafactor import Adafactor
from jittape.optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from jittape.optim.lbfgs import LBFGS
from jittape.optim.muon import Muon
from jittape.optim.optimizer import Optimizer
from jittape.optim.scaled import ASGD, Adadelta, Adagrad, RMSprop, Rprop
from jittape.optim.sgd import SGD

__all__ = [
    "ASGD", "LBFGS", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Muon", "NAdam", "Optimizer", "RAdam", "RMSprop", "Rprop", "lr_scheduler",
]  # fmt: skip


def __dir__() -> list[str]:
    return list(__all__)
