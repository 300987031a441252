"""Transforms of transforms: one after the other, of several numbers together, of parts."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.transforms.base import Transform, needs
from jittape.torch.distributions.utils import lazy_property, sum_rightmost


class ComposeTransform(Transform):
    """Several transforms, one after the other.

    Args:
        parts: the transforms, the first one applied first.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import ComposeTransform
        >>> from jittape.torch.distributions.transforms import AffineTransform, ExpTransform
        >>> t = ComposeTransform([AffineTransform(0.0, -2.0), ExpTransform()])
        >>> t(torch.tensor(0.0)).item(), t.bijective, t.sign
        (1.0, True, -1)
    """

    def __init__(self, parts: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = [part.with_cache(cache_size) for part in parts] if cache_size else list(parts)

    def _made_of(self) -> tuple[Any, ...]:
        return (self.parts,)

    def _end(self, parts: list[Any], end: Any, ends: Any) -> Any:
        """The constraint at one end, whose events have the dimensions that all parts need."""
        if not parts:
            return constraints.real
        dim = ends(parts[-1])[1].event_dim
        for part in reversed(parts):
            near, far = ends(part)
            dim = max(dim + near.event_dim - far.event_dim, near.event_dim)
        more = dim - end.event_dim
        return constraints.independent(end, more) if more else end

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:  # type: ignore[override]
        """Where x lies."""
        return self._end(self.parts, self.parts[0].domain if self.parts else None, lambda p: (p.domain, p.codomain))

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:  # type: ignore[override]
        """Where y lies."""
        return self._end(
            self.parts[::-1], self.parts[-1].codomain if self.parts else None, lambda p: (p.codomain, p.domain)
        )

    @lazy_property
    def bijective(self) -> Any:
        """Whether all parts are."""
        return all(p.bijective for p in self.parts)

    @lazy_property
    def sign(self) -> Any:
        """The product of the signs of the parts."""
        sign = 1
        for p in self.parts:
            sign = sign * p.sign
        return sign

    @property
    def inv(self) -> Any:
        if self._inv is None:
            self._inv = ComposeTransform([p.inv for p in reversed(self.parts)])
            self._inv._inv = self
        return self._inv

    def __call__(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        if not self.parts:
            return torch.zeros_like(x)
        points = [x]
        for part in self.parts[:-1]:
            points.append(part(points[-1]))
        points.append(y)
        total: Any = 0
        dim = self.domain.event_dim
        for part, a, b in zip(self.parts, points[:-1], points[1:], strict=True):
            total = total + sum_rightmost(part.log_abs_det_jacobian(a, b), dim - part.domain.event_dim)
            dim += part.codomain.event_dim - part.domain.event_dim
        return total

    def forward_shape(self, shape: Any) -> Any:
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}(\n    " + ",\n    ".join(map(repr, self.parts)) + "\n)"


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """A transform whose events take in more of the last dimensions.

    Args:
        base_transform: a transform.
        reinterpreted_batch_ndims: how many dimensions.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import IndependentTransform
        >>> from jittape.torch.distributions.transforms import ExpTransform
        >>> t = IndependentTransform(ExpTransform(), 1)
        >>> t.log_abs_det_jacobian(torch.ones(3), torch.ones(3).exp()).item()
        3.0
    """

    def __init__(self, base_transform: Any, reinterpreted_batch_ndims: int, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    def _made_of(self) -> tuple[Any, ...]:
        return self.base_transform, self.reinterpreted_batch_ndims

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:  # type: ignore[override]
        """Where x lies."""
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:  # type: ignore[override]
        """Where y lies."""
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    @property
    def bijective(self) -> Any:  # type: ignore[override]
        """The base transform's."""
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:  # type: ignore[override]
        """The base transform's."""
        return self.base_transform.sign

    def _call(self, x: Any) -> Any:
        needs(x.shape, self.domain.event_dim)
        return self.base_transform(x)

    def _inverse(self, y: Any) -> Any:
        needs(y.shape, self.codomain.event_dim)
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return sum_rightmost(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Any) -> Any:
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


class _ByParts(Transform):
    """Transforms of parts along a dimension."""

    transforms: list[Any]
    dim: int

    def _cut(self, x: Any) -> list[Any]:
        raise NotImplementedError

    def _join(self, parts: list[Any]) -> Any:
        raise NotImplementedError

    @property
    def bijective(self) -> Any:  # type: ignore[override]
        """Whether all parts are."""
        return all(t.bijective for t in self.transforms)

    def _call(self, x: Any) -> Any:
        return self._join([t(part) for t, part in zip(self.transforms, self._cut(x), strict=True)])

    def _inverse(self, y: Any) -> Any:
        return self._join([t.inv(part) for t, part in zip(self.transforms, self._cut(y), strict=True)])


class CatTransform(_ByParts):
    """Transforms of parts of given lengths along a dimension.

    Args:
        tseq: the transforms.
        dim: the dimension.
        lengths: how many elements each transform takes; one each if None.
        cache_size: 1 to remember the last pair (x, y).

    Raises:
        AssertionError: as many lengths as transforms are needed.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import CatTransform
        >>> from jittape.torch.distributions.transforms import ExpTransform, TanhTransform
        >>> CatTransform([ExpTransform(), TanhTransform()], lengths=[2, 1])(torch.zeros(3)).tolist()
        [1.0, 1.0, 0.0]
    """

    def __init__(self, tseq: Any, dim: int = 0, lengths: Any = None, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.transforms = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})")
        self.dim = dim

    def _made_of(self) -> tuple[Any, ...]:
        return self.transforms, self.dim, self.lengths

    @property
    def event_dim(self) -> Any:
        return max(t.event_dim for t in self.transforms)

    @property
    def length(self) -> int:
        """How many elements the transforms take together."""
        return sum(self.lengths)

    def _cut(self, x: Any) -> list[Any]:
        if x.shape[self.dim] != self.length:
            raise AssertionError(f"x.size({self.dim}) = {x.shape[self.dim]} must equal length {self.length}")
        return list(x.split(self.lengths, self.dim))

    def _join(self, parts: list[Any]) -> Any:
        return torch.cat(parts, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        found = []
        for t, a, b in zip(self.transforms, self._cut(x), self._cut(y), strict=True):
            found.append(sum_rightmost(t.log_abs_det_jacobian(a, b), self.event_dim - t.event_dim))
        dim = self.dim if self.dim < 0 else self.dim - x.dim()
        dim += self.event_dim
        if dim < 0:
            return torch.cat(found, dim)
        total = found[0]
        for more in found[1:]:
            total = total + more
        return total

    @constraints.dependent_property
    def domain(self) -> Any:  # type: ignore[override]
        """Where x lies."""
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:  # type: ignore[override]
        """Where y lies."""
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_ByParts):
    """Transforms of the elements along a dimension.

    Args:
        tseq: the transforms.
        dim: the dimension.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import StackTransform
        >>> from jittape.torch.distributions.transforms import ExpTransform, TanhTransform
        >>> StackTransform([ExpTransform(), TanhTransform()])(torch.zeros(2)).tolist()
        [1.0, 0.0]
    """

    def __init__(self, tseq: Any, dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.transforms = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq)
        self.dim = dim

    def _made_of(self) -> tuple[Any, ...]:
        return self.transforms, self.dim

    def _cut(self, x: Any) -> list[Any]:
        if x.shape[self.dim] != len(self.transforms):
            raise AssertionError(
                f"x.size({self.dim}) = {x.shape[self.dim]} must equal len(transforms) {len(self.transforms)}"
            )
        return list(x.unbind(self.dim))

    def _join(self, parts: list[Any]) -> Any:
        return torch.stack(parts, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self._join(
            [t.log_abs_det_jacobian(a, b) for t, a, b in zip(self.transforms, self._cut(x), self._cut(y), strict=True)]
        )

    @constraints.dependent_property
    def domain(self) -> Any:  # type: ignore[override]
        """Where x lies."""
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:  # type: ignore[override]
        """Where y lies."""
        return constraints.stack([t.codomain for t in self.transforms], self.dim)


# --- of numbers --------------------------------------------------------------------------------------------------------------------
