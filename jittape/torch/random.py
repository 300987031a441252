"""Random numbers: generators, and tensors that are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from jittape.eager import creation
from jittape.eager.creation import check_device, drawn, finish, normal_numbers, ordered_as, shape_of
from jittape.eager.creation import generator as numbers
from jittape.eager.defaults import defaults
from jittape.eager.indexing import plain
from jittape.eager.tensor import Tensor, concrete, tensor_given
from jittape.torch.creation import sized


class Generator:
    """A sequence of random numbers of its own, for `generator=`.

    Args:
        device: "cpu", or None.

    Example:
        >>> import jittape.torch as torch
        >>> g = torch.Generator().manual_seed(3)
        >>> bool((torch.rand(2, generator=g) == torch.rand(2, generator=torch.Generator().manual_seed(3))).all())
        True
    """

    def __init__(self, device: Any = None) -> None:
        check_device(device)
        self._seed = 67280421310721
        self.numbers = np.random.default_rng(self._seed)

    def manual_seed(self, seed: Any) -> Generator:
        """Begin anew from a seed; returns the generator."""
        self._seed, self.numbers = int(seed), np.random.default_rng(int(seed) % 2**64)
        return self

    def seed(self) -> int:
        """Begin anew from a seed that the system gives; returns it.

        Example:
            >>> import jittape.torch as torch
            >>> g = torch.Generator()
            >>> g.seed() == g.initial_seed()
            True
        """
        self.manual_seed(int(np.random.SeedSequence().entropy) % 2**63)  # type: ignore[call-overload,arg-type]
        return self._seed

    def initial_seed(self) -> int:
        """The seed from which the sequence began.

        Example:
            >>> import jittape.torch as torch
            >>> torch.Generator().manual_seed(3).initial_seed()
            3
        """
        return self._seed

    def get_state(self) -> dict[str, Any]:
        """Where the sequence stands, for `set_state`.

        Example:
            >>> import jittape.torch as torch
            >>> g = torch.Generator()
            >>> state = g.get_state()
            >>> x = torch.rand(2, generator=g)
            >>> bool((torch.rand(2, generator=g.set_state(state)) == x).all())
            True
        """
        return {"seed": self._seed, "state": self.numbers.bit_generator.state}

    def set_state(self, state: dict[str, Any]) -> Generator:
        """Go on from where a sequence stood; returns the generator.

        Args:
            state: what `get_state` gave.

        Example:
            >>> import jittape.torch as torch
            >>> g, h = torch.Generator().manual_seed(1), torch.Generator()
            >>> h.set_state(g.get_state()).initial_seed()
            1
        """
        self._seed = state["seed"]
        self.numbers.bit_generator.state = state["state"]
        return self

    @property
    def device(self) -> str:
        """Where the numbers are made: on the CPU."""
        return "cpu"


class _Default(Generator):
    """The generator that is used where none is given: that of `jittape`."""

    def __init__(self) -> None:
        self._seed = 0

    @property
    def numbers(self) -> np.random.Generator:
        return creation.generator()

    @numbers.setter
    def numbers(self, new: np.random.Generator) -> None:
        creation.set_generator(new)


default_generator = _Default()


def manual_seed(seed: Any) -> Generator:
    """Begin the sequence of random tensors anew. The numbers are not those that PyTorch draws.

    Args:
        seed: a number.

    Returns:
        The generator that is used where none is given.

    Example:
        >>> import jittape.torch as torch
        >>> _ = torch.manual_seed(0)
        >>> x = torch.rand(2)
        >>> _ = torch.manual_seed(0)
        >>> bool((torch.rand(2) == x).all())
        True
    """
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Begin the sequence of random tensors anew from a seed that the system gives; returns it.

    Example:
        >>> import jittape.torch as torch
        >>> torch.seed() == torch.initial_seed()
        True
    """
    return default_generator.seed()


def initial_seed() -> int:
    """The seed from which the sequence of random tensors began.

    Example:
        >>> import jittape.torch as torch
        >>> _ = torch.manual_seed(3)
        >>> torch.initial_seed()
        3
    """
    return default_generator.initial_seed()


def get_rng_state() -> dict[str, Any]:
    """Where the sequence of random tensors stands, for `set_rng_state`.

    Example:
        >>> import jittape.torch as torch
        >>> state = torch.get_rng_state()
        >>> x = torch.rand(2)
        >>> torch.set_rng_state(state)
        >>> bool((torch.rand(2) == x).all())
        True
    """
    return default_generator.get_state()


def set_rng_state(state: dict[str, Any]) -> None:
    """Go on with random tensors from where the sequence stood.

    Args:
        state: what `get_rng_state` gave.

    Example:
        >>> import jittape.torch as torch
        >>> state = torch.get_rng_state()
        >>> x = torch.rand(2)
        >>> torch.set_rng_state(state)
        >>> bool((torch.rand(2) == x).all())
        True
    """
    default_generator.set_state(state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, *args: Any, **kwargs: Any) -> Iterator[None]:
    """Context in which random tensors are drawn apart: after it the sequence goes on from where it stood before.

    Args:
        devices: does nothing.
        enabled: False for no such context.
        args, kwargs: do nothing.

    Example:
        >>> import jittape.torch as torch
        >>> state = torch.get_rng_state()
        >>> with torch.random.fork_rng():
        ...     x = torch.rand(2)
        >>> bool((torch.rand(2) == x).all())
        True
    """
    before = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(before)


def real(dtype: Any) -> Any:
    return defaults.real if dtype is None else dtype


def _drawn(values: Any, dtype: Any, requires_grad: Any, device: Any) -> Tensor:
    check_device(device)
    return finish(np.asarray(values, defaults.real if dtype is None else dtype), requires_grad)


@sized
def rand(*size: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False) -> Tensor:
    """Uniform numbers in [0, 1).

    Args:
        size: the shape: rand(2, 3) or rand((2, 3)).
        generator: a `Generator`; that of `manual_seed` if None.
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.
        pin_memory: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> x = torch.rand(2, 3)
        >>> bool(((x >= 0) & (x < 1)).all())
        True
    """
    return _drawn(drawn(numbers(generator).random, shape_of(size), real(dtype)), dtype, requires_grad, device)


@sized
def randn(*size: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False, pin_memory: Any = False) -> Tensor:
    """Standard normal numbers.

    Args:
        size: the shape: randn(2, 3) or randn((2, 3)).
        generator: a `Generator`; that of `manual_seed` if None.
        dtype: of the result; the default dtype if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.
        pin_memory: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> torch.randn(2, 3).shape
        torch.Size([2, 3])
    """
    return _drawn(normal_numbers(numbers(generator), shape_of(size), real(dtype)), dtype, requires_grad, device)


def randint(low: Any, high: Any = None, size: Any = None, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Integers in [low, high), or [0, low): randint(10, (2, 3)), randint(3, 10, (2, 3)).

    Args:
        low: the least number; the limit where `high` is None.
        high: the limit, which does not count.
        size: the shape.
        generator: a `Generator`; that of `manual_seed` if None.
        dtype: of the result; int64 if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated, of a real dtype.

    Raises:
        TypeError: the shape is missing.

    Example:
        >>> import jittape.torch as torch
        >>> x = torch.randint(3, 10, (100,))
        >>> bool(((x >= 3) & (x < 10)).all())
        True
    """
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if size is None:
        raise TypeError("randint() takes the shape of the result: randint(high, size) or randint(low, high, size)")
    return _drawn(numbers(generator).integers(int(low), int(high), shape_of((size,))), np.int64 if dtype is None else dtype, requires_grad, device)


def randperm(n: Any, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """The numbers 0 to n - 1 in random order, (n,).

    Args:
        n: how many.
        generator: a `Generator`; that of `manual_seed` if None.
        dtype: of the result; int64 if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated, of a real dtype.

    Example:
        >>> import jittape.torch as torch
        >>> torch.randperm(4).sort().values.tolist()
        [0, 1, 2, 3]
    """
    return _drawn(numbers(generator).permutation(int(n)), np.int64 if dtype is None else dtype, requires_grad, device)


def rand_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Uniform numbers in [0, 1), of the shape and dtype of a tensor.

    Args:
        input: the tensor whose shape it has.
        dtype: of the result; that of `input` if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.rand_like(torch.zeros(2, 3)).shape
        torch.Size([2, 3])
    """
    new = ordered_as(input, rand(*tensor_given(input, "rand_like", "input").shape, dtype=dtype or input.dtype, device=device))
    return new.requires_grad_() if requires_grad else new


def randn_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Standard normal numbers, of the shape and dtype of a tensor.

    Args:
        input: the tensor whose shape it has.
        dtype: of the result; that of `input` if None.
        device: "cpu", or None.
        requires_grad: whether it is a leaf by which is differentiated.

    Example:
        >>> import jittape.torch as torch
        >>> torch.randn_like(torch.zeros(2, 3)).shape
        torch.Size([2, 3])
    """
    new = ordered_as(input, randn(*tensor_given(input, "randn_like", "input").shape, dtype=dtype or input.dtype, device=device))
    return new.requires_grad_() if requires_grad else new


def randint_like(input: Any, low: Any, high: Any = None, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Integers in [low, high), or [0, low), of the shape and dtype of a tensor.

    Args:
        input: the tensor whose shape it has.
        low: the least number; the limit where `high` is None.
        high: the limit, which does not count.
        dtype: of the result; that of `input` if None.
        device: "cpu", or None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.randint_like(torch.zeros(2, 3), 10).shape
        torch.Size([2, 3])
    """
    low, high = (0, low) if high is None else (low, high)
    return ordered_as(input, randint(low, high, tuple(tensor_given(input, "randint_like", "input").shape), dtype=dtype or input.dtype, device=device))


def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, dtype: Any = None, requires_grad: Any = False) -> Tensor:
    """Normal numbers: normal(mean, std) with tensors of means or deviations, or normal(0.0, 1.0, size).

    Args:
        mean: the mean, a number or a tensor.
        std: the standard deviation, a number or a tensor that broadcasts with it.
        size: the shape, where both are numbers.
        generator: a `Generator`; that of `manual_seed` if None.
        dtype: of the result; that of the tensors, or the default one, if None.
        requires_grad: whether it is a leaf by which is differentiated.

    Raises:
        RuntimeError: a deviation is negative.

    Example:
        >>> import jittape.torch as torch
        >>> torch.normal(torch.tensor([1.0, 2.0]), 0.0).tolist()
        [1.0, 2.0]
    """
    given = [x.dtype for x in (mean, std) if isinstance(x, Tensor) and x.dtype.kind == "f"]
    shape = shape_of((size,)) if size is not None else np.broadcast_shapes(*(tuple(x.shape) for x in (mean, std) if isinstance(x, Tensor)))
    deviations = plain(std)
    if (np.asarray(deviations) < 0).any():
        raise RuntimeError(f"normal expects all elements of std >= 0.0, but found std {np.asarray(deviations).min()}")
    values = numbers(generator).standard_normal(shape) * deviations + plain(mean)
    return _drawn(values, dtype or (given[0] if given else None), requires_grad, None)


def poisson(input: Any, generator: Any = None) -> Tensor:
    """Counts of Poisson's distribution.

    Args:
        input: a tensor of means, whose shape and dtype the result has.
        generator: a `Generator`; that of `manual_seed` if None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.poisson(torch.tensor([0.0, 0.0])).tolist()
        [0.0, 0.0]
    """
    values = tensor_given(input, "poisson", "input").values()
    return concrete(np.asarray(numbers(generator).poisson(values)).astype(values.dtype))
