"""Learning rates that change from step to step.

A scheduler sets `lr` of the optimiser's groups when it is made and at each `step()`. Most multiply the present rate, so that several can be used at
once; `initial_lr` of a group is where it began.
"""

from jittape.optim.lr_scheduler.base import LRScheduler
from jittape.optim.lr_scheduler.composed import ChainedScheduler, ReduceLROnPlateau, SequentialLR
from jittape.optim.lr_scheduler.cyclic import CyclicLR, OneCycleLR
from jittape.optim.lr_scheduler.decaying import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]

_LRScheduler = LRScheduler
"""The name of version 1 of PyTorch."""


def __dir__() -> list[str]:
    return list(__all__)
