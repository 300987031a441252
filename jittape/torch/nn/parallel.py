"""torch.nn.parallel: a module on one device stands for its copies on several."""

from __future__ import annotations

from typing import Any

from jittape.nn import Module


class DataParallel(Module):
    """A module that calls another one, as PyTorch's does where there is no graphics processor.

    Args:
        module: it; names of its parameters begin with "module.".
        device_ids, output_device, dim: do nothing.

    Example:
        >>> import jittape.torch as torch
        >>> net = torch.nn.DataParallel(torch.nn.Linear(2, 1))
        >>> list(net.state_dict()), net(torch.ones(3, 2)).shape
        (['module.weight', 'module.bias'], torch.Size([3, 1]))
    """

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module, self.dim = module, dim
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self.module(*inputs, **kwargs)
