"""torch.nn.init: the functions of `jittape.nn.init`."""

from jittape.nn.init import *  # noqa: F403
