"""torch.utils: data, and what else scripts ask for."""

from jittape.torch.utils import data

__all__ = ["data"]
