"""Maps with inverses, and what they are asked."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints


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
        if type(self) is not type(other) or made_of is None or type(self) is Transform:
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


def needs(shape: Any, dim: int) -> None:
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
