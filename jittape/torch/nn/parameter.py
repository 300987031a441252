"""torch.nn.parameter."""

from jittape.nn.buffers import Buffer
from jittape.nn.module import Parameter

__all__ = ["Buffer", "Parameter"]
