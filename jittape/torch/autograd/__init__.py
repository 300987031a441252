"""torch.autograd: `jittape.autograd` under PyTorch's name, and its sub-modules."""

from jittape import autograd as _autograd
from jittape.autograd import *  # noqa: F403
from jittape.torch.autograd import function, functional, graph
from jittape.torch.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck
from jittape.torch.dtypes import Variable

__all__ = [*_autograd.__all__, "GradcheckError", "Variable", "function", "functional", "gradcheck", "graph", "gradgradcheck"]

