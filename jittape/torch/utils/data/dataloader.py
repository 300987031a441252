"""torch.utils.data.dataloader."""

from jittape.torch.utils.data.collate import default_collate
from jittape.torch.utils.data.loader import DataLoader

__all__ = ["DataLoader", "default_collate"]
