"""Data sets: sequences of samples, and what is made of them."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from jittape.torch.random import randperm

T = TypeVar("T", covariant=True)


class Dataset(Generic[T]):
    """A sequence of samples: a subclass defines `__getitem__` and `__len__`.

    Example:
        >>> from jittape.torch.utils.data import DataLoader, Dataset
        >>> class Squares(Dataset):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, i):
        ...         return i * i
        >>> [batch.tolist() for batch in DataLoader(Squares(), batch_size=2)]
        [[0, 1], [4]]
    """

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} defines no __getitem__")

    def __add__(self, other: Dataset[Any]) -> ConcatDataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T]):
    """A stream of samples: a subclass defines `__iter__`.

    Example:
        >>> from jittape.torch.utils.data import DataLoader, IterableDataset
        >>> class Squares(IterableDataset):
        ...     def __iter__(self):
        ...         return iter([0, 1, 4])
        >>> [batch.tolist() for batch in DataLoader(Squares(), batch_size=2)]
        [[0, 1], [4]]
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} defines no __iter__")

    def __add__(self, other: Dataset[Any]) -> Any:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Any, ...]]):
    """Sample i is the i-th element of each tensor.

    Args:
        tensors: with equally many elements along their first dimension.

    Raises:
        AssertionError: they differ in number.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.utils.data import TensorDataset
        >>> TensorDataset(torch.zeros(3, 2), torch.arange(3))[1]
        (tensor([0., 0.]), tensor(1))
    """

    def __init__(self, *tensors: Any) -> None:
        if any(len(t) != len(tensors[0]) for t in tensors):
            raise AssertionError(f"Size mismatch between tensors: they have {[len(t) for t in tensors]} samples")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(t[index] for t in self.tensors)

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Any, ...]]:
        return [self[i] for i in indices]

    def __len__(self) -> int:
        return len(self.tensors[0])


class StackDataset(Dataset[Any]):
    """Sample i is the tuple of the i-th samples of several data sets; the dict, where they are given by name.

    Raises:
        ValueError: data sets of different lengths, none, or some by place and some by name.

    Example:
        >>> from jittape.torch.utils.data import StackDataset
        >>> StackDataset([1, 2], ["a", "b"])[1], StackDataset(x=[1, 2])[0]
        ((2, 'b'), {'x': 1})
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset takes data sets by place or by name, one of both")
        self.datasets: Any = kwargs or args
        parts = list(kwargs.values()) if kwargs else list(args)
        if any(len(d) != len(parts[0]) for d in parts):
            raise ValueError("Size mismatch between datasets")
        self._length = len(parts[0])

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {k: d[index] for k, d in self.datasets.items()}
        return tuple(d[index] for d in self.datasets)

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T]):
    """Several data sets, one after the other.

    Args:
        datasets: the data sets, each with a length.

    Raises:
        AssertionError: there are none, or one is an IterableDataset.

    Example:
        >>> from jittape.torch.utils.data import ConcatDataset
        >>> ConcatDataset([[1, 2], [3]])[2]
        3
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(d, IterableDataset) for d in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(itertools.accumulate(len(d) for d in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        if index < 0:
            if -index > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            index += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - (self.cumulative_sizes[which - 1] if which else 0)]


class ChainDataset(IterableDataset[T]):
    """Several streams, one after the other.

    Args:
        datasets: the streams.

    Example:
        >>> from jittape.torch.utils.data import ChainDataset
        >>> list(ChainDataset([[1, 2], [3]]))
        [1, 2, 3]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        for d in self.datasets:
            yield from d

    def __len__(self) -> int:
        return sum(len(d) for d in self.datasets)


class Subset(Dataset[T]):
    """The samples of a data set with these indices.

    Args:
        dataset: the data set.
        indices: of its samples, in order.

    Example:
        >>> from jittape.torch.utils.data import Subset
        >>> Subset(["a", "b", "c"], [2, 0])[0]
        'c'
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Any, lengths: Sequence[Any], generator: Any = None) -> list[Subset[Any]]:
    """Parts of a data set, drawn without replacement.

    Args:
        dataset: the data set.
        lengths: the number of samples of each part, or fractions that add up to one.
        generator: a `Generator`; that of `manual_seed` if None.

    Raises:
        ValueError: the lengths do not add up, or a fraction is not between 0 and 1.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.utils.data import random_split
        >>> [len(part) for part in random_split(range(10), [0.7, 0.3])]
        [7, 3]
    """
    sizes = list(lengths)
    if math.isclose(sum(sizes), 1) and sum(sizes) <= 1:
        if any(not 0 <= f <= 1 for f in sizes):
            raise ValueError("a fraction is between 0 and 1")
        sizes = [math.floor(len(dataset) * f) for f in sizes]
        for k in range(len(dataset) - sum(sizes)):
            sizes[k % len(sizes)] += 1
    if sum(sizes) != len(dataset):
        raise ValueError(f"Sum of input lengths does not equal the length of the input dataset: {sum(sizes)} and {len(dataset)}")
    order = randperm(sum(sizes), generator=generator).tolist()
    ends = np.cumsum([0, *sizes]).tolist()
    return [Subset(dataset, order[a:b]) for a, b in itertools.pairwise(ends)]
