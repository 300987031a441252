"""torch.autograd.function."""

from jittape.eager.custom import Context as FunctionCtx
from jittape.eager.custom import Function, once_differentiable

__all__ = ["Function", "FunctionCtx", "once_differentiable"]
