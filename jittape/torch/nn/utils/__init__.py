"""torch.nn.utils: the functions of `jittape.nn.utils`."""

from jittape.nn.utils import *  # noqa: F403
from jittape.torch.nn.utils import parametrizations as parametrizations
from jittape.torch.nn.utils import parametrize as parametrize
from jittape.torch.nn.utils import rnn as rnn  # type: ignore[no-redef]
