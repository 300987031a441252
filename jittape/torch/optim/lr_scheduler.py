"""torch.optim.lr_scheduler: the rates of `jittape.optim.lr_scheduler`."""

from jittape.optim.lr_scheduler import *  # noqa: F403
