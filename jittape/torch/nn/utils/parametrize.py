"""torch.nn.utils.parametrize: what `jittape.nn.utils.parametrize` has."""

from jittape.nn.utils.parametrize import *  # noqa: F403
