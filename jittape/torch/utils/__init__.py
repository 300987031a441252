"""torch.utils: data, and what else scripts ask for."""

from jittape.torch.utils import checkpoint, data

__all__ = ["checkpoint", "data"]
