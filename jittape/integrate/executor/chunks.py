"""Chunks of a batch on an executor: which are under way, which are done, which have to be done again.

The future of a chunk raises only what the executor did (a worker died, a cluster went away): errors of the function come
back as results. So a future that fails is a chunk to compute again: on the executor while it takes chunks, on a new one
where the user gave a function that makes them, else in this process.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import queue
import warnings
import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from jittape.integrate.executor import worker
from jittape.integrate.executor.worker import Failed, Job, Lacks, Outcome, Reals, Shared
from jittape.replay import saving
from jittape.replay.function import Function
from jittape.replay.pieces import default_threads

INLINE = 4096
"""Bytes up to which the function or the parameters are sent with every chunk, which costs less than being asked for them."""
SOURCE_MOST = 1 << 22
"""Bytes of a pickled Python function (with what it holds on to) from which it is not sent."""
POLL = 0.5
"""Seconds after which futures are asked whether they are done, should one have kept silent."""

_packed: WeakKeyDictionary[Function, tuple[Any, str, bytes]] = WeakKeyDictionary()


def pack_function(function: Function) -> tuple[str, bytes]:
    """(digest, bytes) of a function with all its paths and, where it can be pickled, the Python function."""
    version = function.statistics["recorded"], function.on_branch, function.max_paths
    known = _packed.get(function)
    if known is not None and known[0] == version:
        return known[1:]
    source = saving.pickled_source(function, elsewhere=True, most=SOURCE_MOST)
    parts = saving.to_bytes(function), source, function.on_branch, function.max_paths
    data = zlib.compress(pickle.dumps(parts), 1)
    key = _digest(data)
    _packed[function] = version, key, data
    return key, data


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


class Pool:
    """An executor, or a function that makes executors, of which one is in use at a time."""

    def __init__(self, executor: Any) -> None:
        self._factory: Callable[[], Any] | None = None
        self._submit: Callable[..., Any] | None = None
        self._owned: Any = None
        self.workers = 1
        self.renewals = 0
        self.here = executor is None or isinstance(executor, ThreadPoolExecutor)
        """Whether chunks are computed by threads of this process."""
        if executor is not None and not hasattr(executor, "submit"):
            if not callable(executor):
                raise TypeError(
                    "executor is a concurrent.futures Executor, a Dask Client, a function that makes one of them, or "
                    f"None for this process; not {executor!r}"
                )
            self._factory = executor
            self._make()
        elif executor is not None:
            self._use(executor)

    def _make(self) -> None:
        assert self._factory is not None
        self._owned = made = self._factory()
        if not hasattr(made, "submit"):
            raise TypeError(f"the function given as executor returned {made!r}, which has no method submit")
        self.here = isinstance(made, ThreadPoolExecutor)
        self._use(made)

    def _use(self, executor: Any) -> None:
        self.workers = _workers(executor)
        if hasattr(
            executor, "get_executor"
        ):  # a Dask Client: chunks are no values that it should look for among others
            executor = executor.get_executor(pure=False)
        self._submit = executor.submit

    @property
    def alive(self) -> bool:
        return self._submit is not None

    def submit(self, *args: Any) -> Any:
        assert self._submit is not None
        return self._submit(worker.work, *args)

    def submit_here(self, *args: Any) -> Any:
        assert self._submit is not None
        return self._submit(worker.compute, *args)

    def broken(self, retries: int) -> None:
        """It takes no more: use another one from now on, or none where so many in a row did not complete a chunk."""
        self._submit = None
        if self._factory is not None and self.renewals < retries:
            self.renewals += 1
            self.close(wait=False)
            self._make()

    def close(self, wait: bool) -> None:
        made, self._owned = self._owned, None
        if made is None:
            return
        if hasattr(made, "shutdown") and not hasattr(made, "get_executor"):
            with contextlib.suppress(TypeError):
                made.shutdown(wait=wait, cancel_futures=not wait)
                return
            made.shutdown(wait=wait)
        elif hasattr(made, "close"):
            made.close()


def _workers(executor: Any) -> int:
    """About how many chunks it computes at a time."""
    if hasattr(executor, "nthreads"):  # a Dask Client
        return max(1, sum(map(int, executor.nthreads().values())))
    for name in ("_max_workers", "num_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    return default_threads()


class Run:
    """One batch on an executor.

    Args:
        function, job, shared: what is computed.
        rows: of chunk k; `count` of chunks.
        accept: takes (k, outcome) of each chunk, in any order, once.
        executor, retries, local: as `map_grad` has them.
        name: of the caller, for messages.
    """

    def __init__(self, function: Function, job: Job, shared: Shared, rows: Callable[[int], Reals], count: int,
                 accept: Callable[[int, Outcome], None], executor: Any, retries: int, local: bool, name: str) -> None:  # fmt: skip
        self.function, self.job, self.shared = function, job, shared
        self.rows, self.count, self.accept = rows, count, accept
        self.retries, self.local, self.name = retries, local, name
        self.pool = Pool(executor)
        self.given_none = executor is None
        self.todo = deque(range(count))
        self.flying: dict[Any, int] = {}
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.attempts = [0] * count
        self.begged: set[int] = set()
        """Chunks whose worker lacked what it was not sent."""
        self.sent: dict[str, int] = {}
        self.failed: tuple[int, Failed] | None = None
        self.rescued: tuple[int, BaseException | None] = (0, None)
        self.last: BaseException | None = None

    def run(self) -> None:
        """Compute every chunk, or raise the error of the first point that raised one."""
        whole = False
        try:
            if not self.pool.here:
                self._pack()
            while self.todo or self.flying:
                self._fill()
                if self.flying:
                    self._settle(self._next())
            whole = True
        finally:
            for future in self.flying:
                with contextlib.suppress(Exception):
                    future.cancel()
            self.pool.close(wait=whole)
        if self.failed is not None:
            raise self.failed[1].error

    def warn(self) -> None:
        """Tell the caller's caller what the executor did not do."""
        if self.rescued[0]:
            error = self.rescued[1]
            warnings.warn(
                f"{self.name} computed {self.rescued[0]} of {self.count} chunks in this process, because the executor did "
                f"not: {type(error).__name__}: {error}. For a new executor where one broke, pass a function that makes it, "
                "executor=lambda: ProcessPoolExecutor()",
                RuntimeWarning,
                stacklevel=4,
            )

    def _pack(self) -> None:
        """Digests for the job, and the bytes behind them."""
        key, data = pack_function(self.function)
        shared = pickle.dumps(self.shared)
        self.blobs = {key: data, _digest(shared): shared}
        self.job = replace(self.job, function=key, shared=_digest(shared))

    def _fill(self) -> None:
        """Begin chunks while the executor has room; compute those here that it cannot compute."""
        while self.todo and len(self.flying) < (2 * self.pool.workers + 2 if self.pool.alive else 1):
            k = self.todo.popleft()
            if not self.pool.alive or self.attempts[k] > self.retries:
                self._here(k)
                continue
            try:
                future = self._submit(k)
            except Exception as error:
                self.last = error
                self.todo.appendleft(k)
                try:
                    self.pool.broken(self.retries)
                except Exception as failure:  # there is no other executor
                    self.last = failure
                continue
            self.flying[future] = k
            future.add_done_callback(self.done.put)

    def _submit(self, k: int) -> Any:
        if self.pool.here:
            return self.pool.submit_here(self.function, self.job, self.rows(k), self.shared, True)
        sent = {}
        for key, data in self.blobs.items():
            if len(data) <= INLINE or k in self.begged or self.sent.get(key, 0) < self.pool.workers:
                sent[key] = data
                self.sent[key] = self.sent.get(key, 0) + 1
        return self.pool.submit(self.job, self.rows(k), sent)

    def _next(self) -> Any:
        """A future that is done."""
        while True:
            try:
                future = self.done.get(timeout=POLL)
            except queue.Empty:
                found = [f for f in self.flying if f.done()]
                if found:
                    return found[0]
            else:
                if future in self.flying:
                    return future

    def _settle(self, future: Any) -> None:
        k = self.flying.pop(future)
        try:
            outcome = future.result()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # asyncio's CancelledError is no Exception
            self._again(k, error)
            return
        self.pool.renewals = 0
        if isinstance(outcome, Lacks):
            self.begged.add(k)
            self.todo.appendleft(k)
        else:
            self._take(k, outcome)

    def _again(self, k: int, error: BaseException) -> None:
        self.attempts[k] += 1
        self.last = error
        self.todo.appendleft(k)

    def _here(self, k: int) -> None:
        """Compute a chunk in this process."""
        if not self.given_none:
            if not self.local:
                raise RuntimeError(
                    f"{self.name}: the executor did not compute chunk {k} in {self.attempts[k]} attempts, and local=False"
                ) from self.last
            self.rescued = self.rescued[0] + 1, self.last
        job = self.job if self.given_none else replace(self.job, threads=None)
        self._take(k, worker.compute(self.function, job, self.rows(k), self.shared, True))

    def _take(self, k: int, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self.failed = k, outcome
            self.todo = deque(j for j in self.todo if j < k)
            for future, j in list(self.flying.items()):
                if j > k:
                    future.cancel()
                    del self.flying[future]
            return
        recorded = self.function.statistics["recorded"]
        self.accept(k, outcome)
        if self.function.statistics["recorded"] > recorded and not self.pool.here and self.pool.alive:
            self._pack()  # paths that workers could not record: those of later chunks need not
