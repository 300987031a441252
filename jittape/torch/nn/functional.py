"""torch.nn.functional: the functions of `jittape.nn.functional`."""

from jittape.nn.functional import *  # noqa: F403
from jittape.nn.functional import __all__ as __all__
from jittape.nn.functional import __dir__ as __dir__
