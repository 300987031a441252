"""torch.autograd: `jittape.autograd` under PyTorch's name, and its sub-modules."""

from jittape import autograd as _autograd
from jittape.autograd import *  # noqa: F403
from jittape.torch.autograd import function, functional
from jittape.torch.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck

__all__ = [*_autograd.__all__, "GradcheckError", "Variable", "function", "functional", "gradcheck", "gradgradcheck"]


def Variable(data, requires_grad=False, volatile=None):  # type: ignore[no-untyped-def]  # noqa: N802
    """The tensor itself, as a leaf: PyTorch's old name."""
    return data.detach().requires_grad_(requires_grad)
