"""Neural networks by PyTorch's names: modules, their parameters, losses and functions."""

from jittape.nn import functional, init
from jittape.nn.containers import ModuleList, Sequential
from jittape.nn.layers import Identity, Linear, ReLU, Sigmoid, Softplus, Tanh
from jittape.nn.losses import BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss
from jittape.nn.module import Module, Parameter

__all__ = [
    "BCEWithLogitsLoss", "CrossEntropyLoss", "Identity", "L1Loss", "Linear", "MSELoss", "Module", "ModuleList", "Parameter",
    "ReLU", "Sequential", "Sigmoid", "Softplus", "Tanh", "functional", "init",
]  # fmt: skip


def __dir__() -> list[str]:
    return list(__all__)
