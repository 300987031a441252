"""Transforms of whole vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.nn import functional as F
from jittape.torch.distributions import constraints
from jittape.torch.distributions.transforms.base import Transform, needs
from jittape.torch.distributions.transforms.elements import clipped_sigmoid
from jittape.torch.distributions.utils import tril_matrix_to_vec, vec_to_tril_matrix


class ReshapeTransform(Transform):
    """Events in another shape.

    Args:
        in_shape: of events x.
        out_shape: of events y.
        cache_size: 1 to remember the last pair (x, y).

    Raises:
        ValueError: the shapes have different numbers of elements.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import ReshapeTransform
        >>> ReshapeTransform((4,), (2, 2))(torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """

    bijective = True

    def __init__(self, in_shape: Any, out_shape: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.in_shape, self.out_shape = torch.Size(in_shape), torch.Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError("in_shape, out_shape have different numbers of elements")

    def _made_of(self) -> tuple[Any, ...]:
        return self.in_shape, self.out_shape

    @constraints.dependent_property
    def domain(self) -> Any:  # type: ignore[override]
        """Where x lies."""
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self) -> Any:  # type: ignore[override]
        """Where y lies."""
        return constraints.independent(constraints.real, len(self.out_shape))

    def _call(self, x: Any) -> Any:
        return x.reshape(self.forward_shape(x.shape))

    def _inverse(self, y: Any) -> Any:
        return y.reshape(self.inverse_shape(y.shape))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return torch.zeros(x.shape[: x.dim() - len(self.in_shape)], dtype=x.dtype)

    def forward_shape(self, shape: Any) -> Any:
        return self._other(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Any) -> Any:
        return self._other(shape, self.out_shape, self.in_shape)

    def _other(self, shape: Any, event: Any, new: Any) -> Any:
        needs(shape, len(event))
        cut = len(shape) - len(event)
        if tuple(shape[cut:]) != tuple(event):
            raise ValueError(f"Shape mismatch: expected {shape[cut:]} but got {event}")
        return torch.Size((*shape[:cut], *new))


class SoftmaxTransform(Transform):
    """y = exp(x) / sum(exp(x)): not bijective.

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import SoftmaxTransform
        >>> SoftmaxTransform()(torch.tensor([0.0, 0.0])).tolist()
        [0.5, 0.5]
    """

    domain, codomain = constraints.real_vector, constraints.simplex

    def _call(self, x: Any) -> Any:
        return F.softmax(x, dim=-1)

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def forward_shape(self, shape: Any) -> Any:
        needs(shape, 1)
        return shape

    inverse_shape = forward_shape


class StickBreakingTransform(Transform):
    """Vectors to simplices of one part more: each number breaks off a share of what is left.

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import StickBreakingTransform
        >>> StickBreakingTransform()(torch.zeros(1)).tolist()
        [0.5, 0.5]
    """

    domain, codomain, bijective = constraints.real_vector, constraints.simplex, True

    def _offset(self, n: int, x: Any) -> Any:
        """What makes zeros equal parts."""
        return torch.arange(n, 0, -1).to(x.dtype).log()

    def _call(self, x: Any) -> Any:
        z = clipped_sigmoid(x - self._offset(x.shape[-1], x))
        rest = (1 - z).cumprod(-1)
        return F.pad(z, [0, 1], value=1) * F.pad(rest, [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        parts = y[..., :-1]
        rest = (1 - parts.cumsum(-1)).clamp(min=float(torch.finfo(y.dtype).tiny))
        return parts.log() - rest.log() + self._offset(parts.shape[-1], y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        x = x - self._offset(x.shape[-1], x)
        return (-x + F.logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        needs(shape, 1)
        return torch.Size((*shape[:-1], shape[-1] + 1))

    def inverse_shape(self, shape: Any) -> Any:
        needs(shape, 1)
        return torch.Size((*shape[:-1], shape[-1] - 1))


class LowerCholeskyTransform(Transform):
    """Matrices to lower triangular ones with positive diagonals.

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import LowerCholeskyTransform
        >>> LowerCholeskyTransform()(torch.tensor([[0.0, 5.0], [2.0, 0.0]])).tolist()
        [[1.0, 0.0], [2.0, 1.0]]
    """

    domain, codomain = constraints.independent(constraints.real, 2), constraints.lower_cholesky

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(Transform):
    """Matrices to positive definite ones.

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import PositiveDefiniteTransform
        >>> PositiveDefiniteTransform()(torch.tensor([[0.0, 5.0], [2.0, 0.0]])).tolist()
        [[1.0, 2.0], [2.0, 5.0]]
    """

    domain, codomain = constraints.independent(constraints.real, 2), constraints.positive_definite

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(torch.linalg.cholesky(y))


class CorrCholeskyTransform(Transform):
    """Vectors of D (D - 1) / 2 numbers to Cholesky factors of correlation matrices (Stan reference manual, 10.12).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import CorrCholeskyTransform
        >>> CorrCholeskyTransform()(torch.zeros(1)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """

    domain, codomain, bijective = constraints.real_vector, constraints.corr_cholesky, True
    __eq__, __hash__ = object.__eq__, object.__hash__  # as PyTorch's: each is equal to itself alone

    def _call(self, x: Any) -> Any:
        eps = float(torch.finfo(x.dtype).eps)
        r = vec_to_tril_matrix(x.tanh().clamp(min=-1 + eps, max=1 - eps), diag=-1)
        rest = (1 - r**2).sqrt().cumprod(-1)
        return (r + torch.eye(r.shape[-1], dtype=r.dtype)) * F.pad(rest[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        rest = F.pad((1 - (y * y).cumsum(-1))[..., :-1], [1, 0], value=1)
        return (tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(rest, diag=-1).sqrt()).atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any, intermediates: Any = None) -> Any:
        rest = tril_matrix_to_vec(1 - (y * y).cumsum(-1), diag=-2)
        return 0.5 * rest.log().sum(-1) - 2 * (x + F.softplus(-2 * x) - math.log(2.0)).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        needs(shape, 1)
        n = shape[-1]
        size = round((0.25 + 2 * n) ** 0.5 + 0.5)
        if size * (size - 1) // 2 != n:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return torch.Size((*shape[:-1], size, size))

    def inverse_shape(self, shape: Any) -> Any:
        needs(shape, 2)
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        n = shape[-1]
        return torch.Size((*shape[:-2], n * (n - 1) // 2))
