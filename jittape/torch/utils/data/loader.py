"""The loader of batches. Workers are threads: samples are prepared ahead, in order."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from jittape.torch.utils.data.collate import default_collate, default_convert
from jittape.torch.utils.data.dataset import IterableDataset
from jittape.torch.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler


class WorkerInfo(NamedTuple):
    """Of the worker in which a data set is asked: its number, how many there are, its seed and the data set. Made by `get_worker_info`.

    Example:
        >>> from jittape.torch.utils.data import WorkerInfo
        >>> WorkerInfo._fields
        ('id', 'num_workers', 'seed', 'dataset')
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


_worker = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """The worker in which this is called, a `WorkerInfo`; None in the main thread.

    Example:
        >>> from jittape.torch.utils.data import get_worker_info
        >>> print(get_worker_info())
        None
    """
    return getattr(_worker, "info", None)


class DataLoader:
    """Batches of a data set.

    Args:
        dataset: what has `__getitem__` and `__len__`, or an IterableDataset.
        batch_size: samples of a batch; None for single samples.
        shuffle: whether the order is drawn anew in each pass.
        sampler, batch_sampler: an order of one's own.
        num_workers: threads that prepare batches ahead.
        collate_fn: makes a batch of a list of samples.
        drop_last: whether a last batch that is not full is left out.
        generator: of the random order.
        prefetch_factor: batches that each worker prepares ahead, 2 by default.
        pin_memory, persistent_workers, multiprocessing_context, pin_memory_device, timeout, in_order: accepted.
        worker_init_fn: called with the number of each worker when it begins.

    Raises:
        ValueError: options that exclude each other (a sampler and shuffle, an order of a stream, ...), or a negative number of workers.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.utils.data import DataLoader, TensorDataset
        >>> [len(x) for x, y in DataLoader(TensorDataset(torch.zeros(5, 2), torch.zeros(5)), batch_size=2)]
        [2, 2, 1]
    """

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None, num_workers: int = 0, collate_fn: Callable[[Any], Any] | None = None, pin_memory: bool = False,
        drop_last: bool = False, timeout: float = 0, worker_init_fn: Callable[[int], None] | None = None, multiprocessing_context: Any = None,
        generator: Any = None, *, prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "", in_order: bool = True,
    ) -> None:  # fmt: skip
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable workers")
        stream = isinstance(dataset, IterableDataset)
        if stream and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError("DataLoader with IterableDataset: an order (shuffle, sampler, batch_sampler) cannot be given")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None and not stream:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None and not stream:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)  # type: ignore[arg-type]
        self.dataset, self.batch_size, self.drop_last, self.num_workers = dataset, batch_size, drop_last, num_workers
        self.sampler, self.batch_sampler, self.generator = sampler, batch_sampler, generator
        self.pin_memory, self.timeout, self.worker_init_fn = pin_memory, timeout, worker_init_fn
        self.prefetch_factor = 2 if prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        together = batch_sampler is not None or (stream and batch_size is not None)
        self.collate_fn = collate_fn if collate_fn is not None else default_collate if together else default_convert

    def __len__(self) -> int:
        if isinstance(self.dataset, IterableDataset):
            n = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return n
            return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
        return len(self.batch_sampler if self.batch_sampler is not None else self.sampler)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Any]:
        if isinstance(self.dataset, IterableDataset):
            return self._stream()
        order = iter(self.batch_sampler if self.batch_sampler is not None else self.sampler)  # type: ignore[arg-type]
        return self._ahead(order) if self.num_workers else (self._fetch(i) for i in order)

    def _fetch(self, index: Any) -> Any:
        """The sample, or the batch, of an index, or of several."""
        if self.batch_sampler is None:
            return self.collate_fn(self.dataset[index])
        several = getattr(self.dataset, "__getitems__", None)
        return self.collate_fn(several(index) if several is not None else [self.dataset[i] for i in index])

    def _stream(self) -> Iterator[Any]:
        if self.batch_size is None:
            for sample in self.dataset:
                yield self.collate_fn(sample)
            return
        batch: list[Any] = []
        for sample in self.dataset:
            batch.append(sample)
            if len(batch) == self.batch_size:
                yield self.collate_fn(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.collate_fn(batch)

    def _ahead(self, order: Iterator[Any]) -> Iterator[Any]:
        """Batches that threads prepare, in order."""
        count = iter(range(self.num_workers))
        lock = threading.Lock()

        def begin() -> None:
            with lock:
                number = next(count)
            _worker.info = WorkerInfo(number, self.num_workers, number, self.dataset)
            if self.worker_init_fn is not None:
                self.worker_init_fn(number)

        waiting: collections.deque[Future[Any]] = collections.deque()
        with ThreadPoolExecutor(self.num_workers, "DataLoader", begin) as pool:
            try:
                for index in order:
                    waiting.append(pool.submit(self._fetch, index))
                    if len(waiting) >= self.num_workers * self.prefetch_factor:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()
