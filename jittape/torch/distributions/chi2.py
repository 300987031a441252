"""The chi-squared distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.gamma import Gamma


class Chi2(Gamma):
    """Sums of the squares of `df` normal numbers.

    Args:
        df: the degrees of freedom; positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import Chi2
        >>> Chi2(3.0).mean.item()
        3.0
    """

    arg_constraints = {"df": constraints.positive}

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        half = torch.as_tensor(0.5 * df)
        super().__init__(half, torch.full((), 0.5, dtype=half.dtype), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.concentration, new.rate = self.concentration.expand(batch_shape), self.rate.expand(batch_shape)
        return new

    @property
    def df(self) -> Any:
        """The degrees of freedom."""
        return self.concentration * 2
