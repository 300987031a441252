"""From constraints to the transforms that satisfy them: `transform_to(constraint)`, and `biject_to(constraint)` for bijective ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jittape.torch.distributions import constraints, transforms
from jittape.torch.distributions.utils import NUMBERS

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """A table of constraints and makers of transforms; called with a constraint, it gives the transform from all numbers to that region.

    Raises:
        NotImplementedError: at the call, none is known for this class of constraints.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import constraints, transform_to
        >>> transform_to(constraints.positive)(torch.zeros(2))
        tensor([1., 1.])
    """

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], Any]] = {}

    def register(self, constraint: Any, factory: Callable[[Any], Any] | None = None) -> Any:
        """Have `factory(constraint)` make the transforms for a class of constraints; without it, a decorator."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not (isinstance(kind, type) and issubclass(kind, constraints.Constraint)):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """The transform from all numbers to a region.

        Raises:
            NotImplementedError: none is known for this class of constraints.
        """
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _interval(c: Any) -> Any:
    low, high = c.lower_bound, c.upper_bound
    if isinstance(low, NUMBERS) and isinstance(high, NUMBERS) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


def _above(c: Any) -> Any:
    """The half-line above zero is exp(x); above another bound, that and the bound."""
    if isinstance(c.lower_bound, NUMBERS) and c.lower_bound == 0:
        return transforms.ExpTransform()
    return transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(c.lower_bound, 1)])


BOTH = (
    (constraints.real, lambda c: transforms.identity_transform),
    (constraints.greater_than, _above),
    (constraints.greater_than_eq, _above),
    (constraints.less_than, lambda c: transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(c.upper_bound, -1)])),
    (constraints.interval, _interval),
    (constraints.half_open_interval, _interval),
    (constraints.corr_cholesky, lambda c: transforms.CorrCholeskyTransform()),
)
ONE: tuple[tuple[Any, Any, Any], ...] = (
    (biject_to, constraints.simplex, lambda c: transforms.StickBreakingTransform()),
    (transform_to, constraints.simplex, lambda c: transforms.SoftmaxTransform()),
    (transform_to, constraints.lower_cholesky, lambda c: transforms.LowerCholeskyTransform()),
    (transform_to, constraints.positive_definite, lambda c: transforms.PositiveDefiniteTransform()),
    (transform_to, constraints.positive_semidefinite, lambda c: transforms.PositiveDefiniteTransform()),
)


def _of_parts(registry: ConstraintRegistry) -> None:
    registry.register(constraints.independent, lambda c: transforms.IndependentTransform(registry(c.base_constraint), c.reinterpreted_batch_ndims))
    registry.register(constraints.cat, lambda c: transforms.CatTransform([registry(one) for one in c.cseq], c.dim, c.lengths))
    registry.register(constraints.stack, lambda c: transforms.StackTransform([registry(one) for one in c.cseq], c.dim))


for _registry in (biject_to, transform_to):
    for _constraint, _factory in BOTH:
        _registry.register(_constraint, _factory)
    _of_parts(_registry)
for _registry, _constraint, _factory in ONE:
    _registry.register(_constraint, _factory)
