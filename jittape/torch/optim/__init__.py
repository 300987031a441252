"""torch.optim: the optimisers of `jittape.optim`."""

from jittape.optim import *  # noqa: F403
from jittape.optim import __all__ as __all__
