"""The order in which samples are taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from jittape.eager.drawing import multinomial
from jittape.torch.creation import as_tensor
from jittape.torch.random import randint, randperm

T = TypeVar("T", covariant=True)


class Sampler(Generic[T]):
    """An order of samples: a subclass defines `__iter__`.

    Args:
        data_source: accepted.

    Example:
        >>> from jittape.torch.utils.data import DataLoader, Sampler
        >>> class Backwards(Sampler):
        ...     def __iter__(self):
        ...         return iter([2, 1, 0])
        >>> [batch.tolist() for batch in DataLoader([5, 6, 7], sampler=Backwards())]
        [[7], [6], [5]]
    """

    def __init__(self, data_source: Any = None) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} defines no __iter__")


class SequentialSampler(Sampler[int]):
    """The indices of a data set, one after the other.

    Args:
        data_source: the data set.

    Example:
        >>> from jittape.torch.utils.data import SequentialSampler
        >>> list(SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """The indices of a data set in random order.

    Args:
        data_source: the data set.
        replacement: whether a sample may be taken several times.
        num_samples: how many are taken; all by default.
        generator: a `Generator`; that of `manual_seed` if None.

    Raises:
        ValueError: `num_samples` is not positive.

    Example:
        >>> from jittape.torch.utils.data import RandomSampler
        >>> sorted(RandomSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Any, replacement: bool = False, num_samples: int | None = None, generator: Any = None) -> None:
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        if num_samples is not None and num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        self._num_samples = num_samples

    @property
    def num_samples(self) -> int:
        """How many are taken."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, left = len(self.data_source), self.num_samples
        if self.replacement:
            yield from randint(n, (left,), generator=self.generator).tolist()
            return
        while left > 0:
            order = randperm(n, generator=self.generator).tolist()
            yield from order[:left]
            left -= n

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """These indices in random order.

    Args:
        indices: of samples.
        generator: a `Generator`; that of `manual_seed` if None.

    Example:
        >>> from jittape.torch.utils.data import SubsetRandomSampler
        >>> sorted(SubsetRandomSampler([5, 1, 3]))
        [1, 3, 5]
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with these weights.

    Args:
        weights: one for each sample; they need not sum to one.
        num_samples: how many are drawn.
        replacement: whether a sample may be drawn several times.
        generator: a `Generator`; that of `manual_seed` if None.

    Example:
        >>> from jittape.torch.utils.data import WeightedRandomSampler
        >>> list(WeightedRandomSampler([0.0, 2.0], 3))
        [1, 1, 1]
    """

    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True, generator: Any = None) -> None:
        self.weights, self.num_samples, self.replacement, self.generator = as_tensor(weights), num_samples, replacement, generator

    def __iter__(self) -> Iterator[int]:
        return iter(multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator).tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Batches of another sampler's indices.

    Args:
        sampler: the other sampler.
        batch_size: indices of a batch.
        drop_last: whether a last batch that is not full is left out.

    Raises:
        ValueError: `batch_size` is no positive integer.

    Example:
        >>> from jittape.torch.utils.data import BatchSampler
        >>> list(BatchSampler(range(5), 2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for i in self.sampler:
            batch.append(i)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        n = len(self.sampler)  # type: ignore[arg-type]
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
