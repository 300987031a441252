"""torch.autograd: `jittape.autograd` under PyTorch's name."""

from jittape.autograd import *  # noqa: F403
from jittape.torch.dtypes import Variable as Variable
