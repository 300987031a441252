"""torch.nn.parameter."""

from jittape.nn.module import Parameter

__all__ = ["Parameter"]
