"""torch.nn.utils.parametrizations: what `jittape.nn.utils.parametrizations` has."""

from jittape.nn.utils.parametrizations import *  # noqa: F403
