"""Invertible maps of tensors whose Jacobians have known determinants, for TransformedDistribution and constrained parameters."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.nn import functional as F
from jittape.torch.distributions import constraints
from jittape.torch.distributions.utils import (
    NUMBERS,
    broadcast_all,
    lazy_property,
    sum_rightmost,
    tril_matrix_to_vec,
    vec_to_tril_matrix,
)

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform", "CumulativeDistributionTransform", "ExpTransform",
    "IndependentTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform", "SigmoidTransform",
    "SoftmaxTransform", "SoftplusTransform", "StackTransform", "StickBreakingTransform", "TanhTransform", "Transform", "identity_transform",
]  # fmt: skip


class Transform:
    """A map y = t(x); `t.inv` is its inverse.

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Attributes:
        domain, codomain: the constraints of x and y.
        bijective: whether t.inv(t(x)) == x and t(t.inv(y)) == y.
        sign: of a map of numbers, whether it rises (1) or falls (-1).

    Raises:
        ValueError: another `cache_size`.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import Transform
        >>> from jittape.torch.distributions.transforms import ExpTransform
        >>> t = ExpTransform(cache_size=1)
        >>> x = torch.tensor([1.0])
        >>> y = t(x)
        >>> t.inv(y) is x, t.log_abs_det_jacobian(x, y).item()
        (True, 1.0)
        >>> t.with_cache(0).forward_shape((2,)), t.inverse_shape((2,))
        ((2,), (2,))
    """

    bijective: Any = False
    domain: Any
    codomain: Any
    sign: Any

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self._cache_size = cache_size
        self._inv: Any = None
        self._cached_x_y: tuple[Any, Any] = None, None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_inv": None, "_cached_x_y": (None, None)}

    @property
    def event_dim(self) -> Any:
        """Of domain and codomain, where these have the same; a ValueError where they do not."""
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")
        return self.domain.event_dim

    @property
    def inv(self) -> Any:
        """The inverse map."""
        if self._inv is None:
            self._inv = _InverseTransform(self)
        return self._inv

    def _made_of(self) -> Any:
        """The arguments that make this transform, but for the cache; None of a class that does not say."""
        return () if type(self).__init__ is Transform.__init__ else None

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same transform with another size of cache.

        Args:
            cache_size: 1 to remember the last pair (x, y), or 0.

        Raises:
            NotImplementedError: the class does not say of what it is made.
        """
        if self._cache_size == cache_size:
            return self
        made_of = self._made_of()
        if made_of is None:
            raise NotImplementedError(f"{type(self)}.with_cache is not implemented")
        maker: Any = type(self)
        return maker(*made_of, cache_size=cache_size)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        made_of = self._made_of()
        if type(self) is not type(other) or made_of is None or type(self) in (Transform, CorrCholeskyTransform):
            return False
        return all(map(_same, made_of, other._made_of()))  # type: ignore[attr-defined]

    __hash__ = object.__hash__

    def __call__(self, x: Any) -> Any:
        """y of x."""
        if not self._cache_size:
            return self._call(x)
        x_old, y_old = self._cached_x_y
        if x is x_old:
            return y_old
        y = self._call(x)
        self._cached_x_y = x, y
        return y

    def _inv_call(self, y: Any) -> Any:
        """x of y."""
        if not self._cache_size:
            return self._inverse(y)
        x_old, y_old = self._cached_x_y
        if y is y_old:
            return x_old
        x = self._inverse(y)
        self._cached_x_y = x, y
        return x

    def _call(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The logarithm of the absolute determinant of the Jacobian at x, summed over the dimensions of events.

        Args:
            x: a value of the domain.
            y: the transform of it.

        Raises:
            NotImplementedError: the class has none.
        """
        raise NotImplementedError

    def forward_shape(self, shape: Any) -> Any:
        """The shape of y, from that of x."""
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """The shape of x, from that of y."""
        return shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _same(a: Any, b: Any) -> bool:
    if torch.is_tensor(a) or torch.is_tensor(b):
        return bool(torch.as_tensor(a == b).all())
    return bool(a == b)


def _needs(shape: Any, dim: int) -> None:
    if len(shape) < dim:
        raise ValueError("Too few dimensions on input")


class _InverseTransform(Transform):
    """The inverse of a transform."""

    def __init__(self, transform: Transform) -> None:
        super().__init__(transform._cache_size)
        self._inv = transform

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:  # type: ignore[override]
        return self._inv.codomain

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:  # type: ignore[override]
        return self._inv.domain

    @property
    def bijective(self) -> Any:  # type: ignore[override]
        return self._inv.bijective

    @property
    def sign(self) -> Any:  # type: ignore[override]
        return self._inv.sign

    def with_cache(self, cache_size: int = 1) -> Any:
        return self.inv.with_cache(cache_size).inv

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _InverseTransform) and bool(self._inv == other._inv)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inv!r})"

    def __call__(self, x: Any) -> Any:
        return self._inv._inv_call(x)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Any) -> Any:
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        return self._inv.forward_shape(shape)


# --- of transforms -----------------------------------------------------------------------------------------------------------------


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
        return self._end(self.parts[::-1], self.parts[-1].codomain if self.parts else None, lambda p: (p.codomain, p.domain))

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
        _needs(x.shape, self.domain.event_dim)
        return self.base_transform(x)

    def _inverse(self, y: Any) -> Any:
        _needs(y.shape, self.codomain.event_dim)
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
            raise AssertionError(f"x.size({self.dim}) = {x.shape[self.dim]} must equal len(transforms) {len(self.transforms)}")
        return list(x.unbind(self.dim))

    def _join(self, parts: list[Any]) -> Any:
        return torch.stack(parts, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self._join([t.log_abs_det_jacobian(a, b) for t, a, b in zip(self.transforms, self._cut(x), self._cut(y), strict=True)])

    @constraints.dependent_property
    def domain(self) -> Any:  # type: ignore[override]
        """Where x lies."""
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:  # type: ignore[override]
        """Where y lies."""
        return constraints.stack([t.codomain for t in self.transforms], self.dim)


# --- of numbers --------------------------------------------------------------------------------------------------------------------


class ExpTransform(Transform):
    """y = exp(x).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import ExpTransform
        >>> ExpTransform()(torch.tensor(0.0)).tolist()
        1.0
    """

    domain, codomain, bijective, sign = constraints.real, constraints.positive, True, 1

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x


class PowerTransform(Transform):
    """y = x ** exponent.

    Args:
        exponent: the exponent.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import PowerTransform
        >>> t = PowerTransform(torch.tensor(2.0))
        >>> t(torch.tensor(3.0)).item(), t.sign.item()
        (9.0, 1.0)
    """

    domain, codomain, bijective = constraints.positive, constraints.positive, True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def _made_of(self) -> tuple[Any, ...]:
        return (self.exponent,)

    @lazy_property
    def sign(self) -> Any:
        """The sign of the exponent."""
        return self.exponent.sign()

    def _call(self, x: Any) -> Any:
        return x.pow(self.exponent)

    def _inverse(self, y: Any) -> Any:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Any) -> Any:
        return torch.broadcast_shapes(shape, self.exponent.shape)

    inverse_shape = forward_shape


def _clipped_sigmoid(x: Any) -> Any:
    limits = torch.finfo(x.dtype)
    return torch.sigmoid(x).clamp(min=float(limits.tiny), max=1 - float(limits.eps))


class SigmoidTransform(Transform):
    """y = 1 / (1 + exp(-x)).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import SigmoidTransform
        >>> SigmoidTransform()(torch.tensor(0.0)).tolist()
        0.5
    """

    domain, codomain, bijective, sign = constraints.real, constraints.unit_interval, True, 1

    def _call(self, x: Any) -> Any:
        return _clipped_sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        limits = torch.finfo(y.dtype)
        y = y.clamp(min=float(limits.tiny), max=1 - float(limits.eps))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -F.softplus(-x) - F.softplus(x)


class SoftplusTransform(Transform):
    """y = log(1 + exp(x)).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import SoftplusTransform
        >>> round(SoftplusTransform()(torch.tensor(0.0)).item(), 4)
        0.6931
    """

    domain, codomain, bijective, sign = constraints.real, constraints.positive, True, 1

    def _call(self, x: Any) -> Any:
        return F.softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -F.softplus(-x)


class TanhTransform(Transform):
    """y = tanh(x).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import TanhTransform
        >>> TanhTransform()(torch.tensor(0.0)).tolist()
        0.0
    """

    domain, codomain, bijective, sign = constraints.real, constraints.interval(-1.0, 1.0), True, 1

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return 2.0 * (math.log(2.0) - x - F.softplus(-2.0 * x))  # log(1 - tanh(x)^2), also where that is zero


class AbsTransform(Transform):
    """y = |x|.

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import AbsTransform
        >>> AbsTransform()(torch.tensor(-2.0)).tolist()
        2.0
    """

    domain, codomain = constraints.real, constraints.positive

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Transform):
    """y = loc + scale * x, of events of event_dim dimensions.

    Args:
        loc: what is added.
        scale: what is multiplied by.
        event_dim: the dimensions of events.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import AffineTransform
        >>> AffineTransform(1.0, 2.0)(torch.tensor(3.0)).tolist()
        7.0
    """

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    def _made_of(self) -> tuple[Any, ...]:
        return self.loc, self.scale, self._event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:  # type: ignore[override]
        """Where x lies."""
        return constraints.independent(constraints.real, self._event_dim) if self._event_dim else constraints.real

    codomain = domain

    @property
    def sign(self) -> Any:  # type: ignore[override]
        """Whether it rises (1) or falls (-1)."""
        return (self.scale > 0) - (self.scale < 0) if isinstance(self.scale, NUMBERS) else self.scale.sign()

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        found = torch.full_like(x, math.log(abs(self.scale))) if isinstance(self.scale, NUMBERS) else self.scale.abs().log()
        if not self._event_dim:
            return found.expand(x.shape)
        return sum_rightmost(found.expand(x.shape) if found.dim() < self._event_dim else found, self._event_dim).expand(x.shape[: -self._event_dim])

    def forward_shape(self, shape: Any) -> Any:
        return torch.broadcast_shapes(shape, getattr(self.loc, "shape", ()), getattr(self.scale, "shape", ()))

    inverse_shape = forward_shape


class CumulativeDistributionTransform(Transform):
    """y = F(x), the distribution function of a distribution.

    Args:
        distribution: a distribution with `cdf` and `icdf`.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import CumulativeDistributionTransform
        >>> from jittape.torch.distributions import Normal
        >>> CumulativeDistributionTransform(Normal(0.0, 1.0))(torch.tensor(0.0)).item()
        0.5
    """

    codomain, bijective, sign = constraints.unit_interval, True, 1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    def _made_of(self) -> tuple[Any, ...]:
        return (self.distribution,)

    @property
    def domain(self) -> Any:  # type: ignore[override]
        """The support of the distribution."""
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self.distribution.log_prob(x)


# --- of vectors and matrices -------------------------------------------------------------------------------------------------------


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
        _needs(shape, len(event))
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
        _needs(shape, 1)
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
        z = _clipped_sigmoid(x - self._offset(x.shape[-1], x))
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
        _needs(shape, 1)
        return torch.Size((*shape[:-1], shape[-1] + 1))

    def inverse_shape(self, shape: Any) -> Any:
        _needs(shape, 1)
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
        _needs(shape, 1)
        n = shape[-1]
        size = round((0.25 + 2 * n) ** 0.5 + 0.5)
        if size * (size - 1) // 2 != n:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return torch.Size((*shape[:-1], size, size))

    def inverse_shape(self, shape: Any) -> Any:
        _needs(shape, 2)
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        n = shape[-1]
        return torch.Size((*shape[:-2], n * (n - 1) // 2))
