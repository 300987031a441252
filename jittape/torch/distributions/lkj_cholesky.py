"""Random correlation matrices."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.beta import Beta
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.utils import broadcast_all


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices, of density det ** (concentration - 1) (Lewandowski, Kurowicka, Joe 2009).

    Args:
        dim: the rows of the matrices, at least 2.
        concentration: the exponent of the determinant, plus one; positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        ValueError: `dim` is less than 2.

    Example:
        >>> from jittape.torch.distributions import LKJCholesky
        >>> LKJCholesky(3, 1.0).sample().diagonal().gt(0).all().item()
        True
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.dim = self.dim
        return new

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():  # the onion method: each row a direction and, by a beta number, a length
            dtype = self.concentration.dtype
            row = torch.tensor([0.0, *range(self.dim - 1)], dtype=dtype)
            beta = Beta(row + 0.5, self.concentration.unsqueeze(-1) + 0.5 * (self.dim - 2) - 0.5 * row)
            directions = torch.randn(self._extended_shape(sample_shape), dtype=dtype).tril(-1)
            length = directions.norm(dim=-1, keepdim=True)
            rows = beta.sample(sample_shape).unsqueeze(-1).sqrt() * torch.where(length > 0, directions / length, 0.0)
            rest = (1 - rows.square().sum(-1)).clamp(min=float(torch.finfo(dtype).tiny)).sqrt()
            return rows + rest.diag_embed()

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        n = self.dim - 1
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - torch.arange(2, self.dim + 1)
        alpha = self.concentration + 0.5 * n
        normalizer = 0.5 * n * math.log(math.pi) + torch.special.multigammaln(alpha - 0.5, n) - alpha.lgamma() * n
        return (order * diagonal.log()).sum(-1) - normalizer
