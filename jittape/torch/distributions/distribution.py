"""What a distribution is."""

from __future__ import annotations

import warnings
from typing import Any

import jittape.torch as torch
from jittape.torch.distributions.constraints import is_dependent
from jittape.torch.distributions.utils import (
    all_numbers,
    broadcast_all,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)

ROOM = __name__.rpartition(".")[0]


class Distribution:
    """A distribution of tensors, as torch.distributions.Distribution: a batch of them, each over events of some shape.

    Args:
        batch_shape: of the parameters.
        event_shape: of one sample of one distribution.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        ValueError: a parameter is outside of its constraint.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import Bernoulli, Normal
        >>> d = Normal(0.0, 1.0).expand((2,))
        >>> d.sample((3,)).shape == d.rsample((3,)).shape == (3, 2)
        True
        >>> d.log_prob(torch.zeros(2))
        tensor([-0.9189, -0.9189])
        >>> d.cdf(torch.zeros(2)).tolist(), d.icdf(torch.tensor([0.5, 0.5])).tolist()
        ([0.5, 0.5], [0.0, 0.0])
        >>> d.entropy(), d.perplexity()
        (tensor([1.4189, 1.4189]), tensor([4.1327, 4.1327]))
        >>> Bernoulli(0.5).enumerate_support().tolist()
        [0.0, 1.0]
    """

    has_rsample = False
    has_enumerate_support = False
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Set whether distributions check their parameters and values.

        Args:
            value: True or False.

        Raises:
            ValueError: another value.

        Example:
            >>> from jittape.torch.distributions import Distribution
            >>> Distribution.set_default_validate_args(True)
        """
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None) -> None:
        self._batch_shape, self._event_shape = torch.Size(batch_shape), torch.Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        try:
            constraints = self.arg_constraints
        except NotImplementedError:
            constraints = {}
            warnings.warn(
                f"{self.__class__} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or initialize the distribution with "
                "`validate_args=False` to turn off validation.", stacklevel=4,
            )  # fmt: skip
        for name, constraint in constraints.items():
            if is_dependent(constraint) or (name not in self.__dict__ and isinstance(getattr(type(self), name), lazy_property)):
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution {self!r} to satisfy the "
                    f"constraint {constraint!r}, but found invalid values:\n{value}"
                )

    def _hold(self, validate_args: bool | None, **parameters: Any) -> None:
        """Begin with parameters of single numbers, which are broadcast."""
        values = broadcast_all(*parameters.values())
        for name, value in zip(parameters, values, strict=True):
            setattr(self, name, value)
        shape = () if all_numbers(*parameters.values()) else values[0].shape
        Distribution.__init__(self, shape, validate_args=validate_args)

    # --- shapes ------------------------------------------------------------------------------------------------------------

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distributions, in a batch of a larger shape.

        Args:
            batch_shape: the shape.

        Raises:
            NotImplementedError: a subclass with an `__init__` of its own has no `expand` of its own.
        """
        batch_shape = torch.Size(batch_shape)
        new = self._get_checked_instance(type(self), _instance)
        for name, constraint in self.arg_constraints.items():
            if name in self.__dict__ and torch.is_tensor(value := self.__dict__[name]):
                event = 0 if is_dependent(constraint) else constraint.event_dim
                setattr(new, name, value.expand((*batch_shape, *value.shape[value.dim() - event :])))
        for name in ("_given", "total_count", "_validate_args"):
            if name in self.__dict__ and name not in new.__dict__:
                setattr(new, name, self.__dict__[name])
        new._batch_shape, new._event_shape = batch_shape, self._event_shape
        return new

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        """What `expand` fills in: a subclass with an `__init__` of its own must have an `expand` of its own, too."""
        if _instance is not None:
            return _instance
        maker = next(c for c in type(self).__mro__ if "__init__" in vars(c))
        if not maker.__module__.startswith(ROOM):
            raise NotImplementedError(
                f"Subclass {self.__class__.__name__} of {cls.__name__} that defines a custom __init__ method must also define a custom .expand() method."
            )
        return self.__new__(type(self))

    @property
    def batch_shape(self) -> Any:
        """The shape of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """The shape of a sample of one distribution."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Any = ()) -> Any:
        return torch.Size((*sample_shape, *self._batch_shape, *self._event_shape))

    # --- what a distribution says of itself ----------------------------------------------------------------------------------

    @property
    def arg_constraints(self) -> dict[str, Any]:
        """What each parameter has to satisfy; a NotImplementedError where the class does not say."""
        raise NotImplementedError

    @property
    def support(self) -> Any:
        """Where samples lie; a NotImplementedError where the class does not say."""
        raise NotImplementedError

    @property
    def mean(self) -> Any:
        """The mean; a NotImplementedError where the class does not say."""
        raise NotImplementedError

    @property
    def mode(self) -> Any:
        """The value of the largest density or probability; a NotImplementedError where the class does not say."""
        raise NotImplementedError(f"{self.__class__} does not implement mode")

    @property
    def variance(self) -> Any:
        """The variance; a NotImplementedError where the class does not say."""
        raise NotImplementedError

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Any:
        """A tensor of samples, of sample_shape + batch_shape + event_shape."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Samples through which derivatives by the parameters flow.

        Args:
            sample_shape: the result is of sample_shape + batch_shape + event_shape.

        Raises:
            NotImplementedError: `has_rsample` is False.
        """
        raise NotImplementedError

    def sample_n(self, n: int) -> Any:
        """`sample((n,))`, with a warning that says so.

        Args:
            n: how many.

        Example:
            >>> import warnings
            >>> from jittape.torch.distributions import Normal
            >>> with warnings.catch_warnings():
            ...     warnings.simplefilter("ignore")
            ...     len(Normal(0.0, 1.0).sample_n(3))
            3
        """
        warnings.warn("`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", FutureWarning, stacklevel=2)
        return self.sample((n,))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density, or of the probability, at a value.

        Args:
            value: a tensor whose shape broadcasts with batch_shape + event_shape.

        Raises:
            NotImplementedError: the class has none.
        """
        raise NotImplementedError

    def cdf(self, value: Any) -> Any:
        """The probability of at most a value.

        Args:
            value: a tensor whose shape broadcasts with batch_shape.

        Raises:
            NotImplementedError: the class has none.
        """
        raise NotImplementedError

    def icdf(self, value: Any) -> Any:
        """The inverse of `cdf`.

        Args:
            value: probabilities, a tensor whose shape broadcasts with batch_shape.

        Raises:
            NotImplementedError: the class has none.
        """
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values, along the first dimension.

        Args:
            expand: whether they stand beside each distribution of the batch; else the batch's dimensions are of length one.

        Raises:
            NotImplementedError: `has_enumerate_support` is False.
        """
        raise NotImplementedError

    def entropy(self) -> Any:
        """The mean of -log_prob, of batch_shape.

        Raises:
            NotImplementedError: the class has none.
        """
        raise NotImplementedError

    def perplexity(self) -> Any:
        """exp(entropy)."""
        return torch.exp(self.entropy())

    def _all_values(self, values: Any, expand: bool) -> Any:
        """Values along the first dimension, beside a batch."""
        values = values.reshape((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values

    def _validate_sample(self, value: Any) -> None:
        """Check a value that `log_prob`, `cdf` or `icdf` is given."""
        if not self._validate_args:
            return
        if not torch.is_tensor(value):
            raise ValueError("The value argument to log_prob must be a Tensor")
        shape, event = value.shape, self._event_shape
        if tuple(shape[len(shape) - len(event) :]) != tuple(event):
            raise ValueError(f"The right-most size of value must match event_shape: {shape} vs {event}.")
        expected = self._extended_shape()
        if any(i not in (1, j) and j != 1 for i, j in zip(reversed(shape), reversed(expected), strict=False)):
            raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {expected}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `support` to enable sample validation. Please initialize the distribution with "
                "`validate_args=False` to turn off validation.", stacklevel=3,
            )  # fmt: skip
            return
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(shape)}) to be within the support ({support!r}) of the "
                f"distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = {name: self.__dict__[name] for name in self.arg_constraints if name in self.__dict__}
        return f"{type(self).__name__}({', '.join(f'{name}: {v if v.numel() == 1 else v.size()}' for name, v in shown.items())})"


class ByProbsOrLogits(Distribution):
    """What is given by probabilities or by logits; the other of them is computed when it is asked for."""

    is_binary = True
    _given: str

    def _one_of(self, probs: Any, logits: Any) -> Any:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        self._given = "logits" if probs is None else "probs"
        return logits if probs is None else probs

    def _hold_one(self, probs: Any, logits: Any, validate_args: bool | None) -> None:
        given = self._one_of(probs, logits)
        self._hold(validate_args, **{self._given: given})

    @property
    def _param(self) -> Any:
        return self.__dict__[self._given]

    @lazy_property
    def logits(self) -> Any:
        """The log odds; of categories the logarithms of the probabilities."""
        return probs_to_logits(self.probs, self.is_binary)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities."""
        return logits_to_probs(self.logits, self.is_binary)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.shape
