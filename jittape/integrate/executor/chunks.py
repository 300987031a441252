"""Chunks of a batch on an executor: which are under way, which are done, which have to be done again.

The future of a chunk raises only what the executor did (a worker died, a cluster went away): errors of the function come
back as results. So a future that fails is a chunk to compute again: on the executor while it takes chunks, on a new one
where the user gave a function that makes them, else in this process.
"""

from __future__ import annotations

import contextlib
import math
import pickle
import queue
import time
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from jittape.integrate.executor import worker
from jittape.integrate.executor.failures import Failure
from jittape.integrate.executor.journal import digest
from jittape.integrate.executor.memory import Remembered
from jittape.integrate.executor.options import Options
from jittape.integrate.executor.pieces import Source
from jittape.integrate.executor.pools import Pool
from jittape.integrate.executor.worker import Done, Failed, Job, Lacks, Outcome, Shared, Total
from jittape.replay import saving
from jittape.replay.function import Function

INLINE = 4096
"""Bytes up to which the function or the parameters are sent with every chunk, which costs less than being asked for them."""
SOURCE_MOST = 1 << 22
"""Bytes of a pickled Python function (with what it holds on to) from which it is not sent."""
LONELY = 30.0
"""Seconds without a chunk after which a cluster is asked whether it has workers."""
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
    key = digest(data).hex()
    _packed[function] = version, key, data
    return key, data


class Run:
    """One batch on an executor.

    Args:
        function, job, shared: what is computed.
        source: the points, in chunks.
        accept: takes (k, outcome) of each chunk, in any order, once, and returns the outcome, of which nothing is missed any more.
        options: of the caller.
        memory: what was computed before, and is to be kept.
    """

    def __init__(self, function: Function, job: Job, shared: Shared, source: Source, accept: Callable[[int, Outcome], Outcome],
                 options: Options, memory: Remembered) -> None:  # fmt: skip
        self.function, self.job, self.shared = function, job, shared
        self.source, self.accept, self.memory = source, accept, memory
        self.retries, self.local, self.name, self.failures = options.retries, options.local, options.name, options.failures
        self.pool = Pool(options.executor)
        self.given_none = options.executor is None
        self.fresh: Iterator[int] = source.chunks()
        """Chunks that were not begun yet."""
        self.todo: deque[int] = deque()
        """Chunks to do again."""
        self.begun = 0
        self.flying: dict[Any, int] = {}
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.attempts: dict[int, int] = {}
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
            while True:
                self._fill()
                if not self.flying:
                    break
                self._settle(self._next())
            whole = True
        finally:
            for future, k in self.flying.items():
                with contextlib.suppress(Exception):
                    if not future.cancel() and future.done():
                        self.memory.keep(k, future.result())
            self.pool.close(wait=whole)
        if self.failed is not None:
            k, failed = self.failed
            raise noted(failed.error, self.source.words(k, failed.row)) from None

    def warn(self) -> None:
        """Tell the caller's caller what the executor did not do."""
        if self.rescued[0]:
            error = self.rescued[1]
            warnings.warn(
                f"{self.name} computed {self.rescued[0]} of {self.begun} chunks in this process, because the executor did "
                f"not: {type(error).__name__}: {error}. For processes that are replaced where they die, pass executor=jittape.integrate.executor.Processes()",
                RuntimeWarning,
                stacklevel=4,
            )

    def _pack(self) -> None:
        """Digests for the job, and the bytes behind them."""
        key, data = pack_function(self.function)
        shared = pickle.dumps(self.shared)
        shared_key = digest(shared).hex()
        self.blobs = {key: data, shared_key: shared}
        self.job = replace(self.job, function=key, shared=shared_key)

    def _chunk(self) -> int | None:
        """A chunk to compute now; None where all are under way or done."""
        if self.todo:
            return self.todo.popleft()
        for k in self.fresh:
            self.begun += 1
            outcome = self.memory.known(k)
            if outcome is None:
                return k
            self._accept(k, outcome)
        return None

    def _fill(self) -> None:
        """Begin chunks while the executor has room; compute those here that it cannot compute."""
        while len(self.flying) < (2 * self.pool.workers + 2 if self.pool.alive else 1):
            k = self._chunk()
            if k is None:
                return
            if not self.pool.alive or self.attempts.get(k, 0) > self.retries:
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
            return self.pool.submit_here(self.function, self.job, self.source.payload(k), self.shared, True)
        sent = {}
        for key, data in self.blobs.items():
            if len(data) <= INLINE or k in self.begged or self.sent.get(key, 0) < self.pool.workers:
                sent[key] = data
                self.sent[key] = self.sent.get(key, 0) + 1
        return self.pool.submit(self.job, self.source.payload(k), sent)

    def _next(self) -> Any:
        """A future that is done."""
        since = time.monotonic()
        while True:
            try:
                future = self.done.get(timeout=POLL)
            except queue.Empty:
                found = [f for f in self.flying if f.done()]
                if found:
                    return found[0]
                if time.monotonic() > since + LONELY:
                    since = math.inf
                    if self.pool.deserted():
                        warnings.warn(f"{self.name} waits for workers: the cluster has none, and its chunks wait there", RuntimeWarning, stacklevel=6)
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
        self.attempts[k] = self.attempts.get(k, 0) + 1
        self.last = error
        self.todo.appendleft(k)

    def _here(self, k: int) -> None:
        """Compute a chunk in this process."""
        if not self.given_none:
            if not self.local:
                self._lost(k)
                return
            self.rescued = self.rescued[0] + 1, self.last
        job = self.job if self.given_none else replace(self.job, threads=None)
        self._take(k, worker.compute(self.function, job, self.source.payload(k), self.shared, True))

    def _lost(self, k: int) -> None:
        """A chunk that is not to be computed in this process, and that the executor did not compute."""
        error = RuntimeError(f"{self.name}: the executor did not compute chunk {k} in {self.attempts.get(k, 0)} attempts, and local=False")
        if self.failures is None or not self.pool.alive:
            raise error from self.last
        error.__cause__ = self.last
        self._accept(k, Failed(error, None))

    def _take(self, k: int, outcome: Outcome) -> None:
        if isinstance(outcome, Total) and outcome.sums is None:  # paths that could not be recorded there are recorded here
            outcome = self._recorded(k)
        if isinstance(outcome, Failed) and self.failures is None:
            self.failed = k, outcome
            self.todo = deque(j for j in self.todo if j < k)
            self.fresh = iter(())
            for future, j in list(self.flying.items()):
                if j > k:
                    future.cancel()
                    del self.flying[future]
            return
        self._accept(k, outcome)

    def _recorded(self, k: int) -> Outcome:
        """Compute a chunk in this process, which records paths; those of later chunks need not be."""
        recorded = self.function.statistics["recorded"]
        outcome = worker.compute(self.function, self.job, self.source.payload(k), self.shared, True)
        self._packed_again(recorded)
        return outcome

    def _packed_again(self, recorded: int) -> None:
        if self.function.statistics["recorded"] > recorded and not self.pool.here and self.pool.alive:
            self._pack()

    def _accept(self, k: int, outcome: Outcome) -> None:
        """Hand a chunk over, and note which of its points failed."""
        recorded = self.function.statistics["recorded"]
        outcome = self.accept(k, outcome)
        self.memory.keep(k, outcome)
        if self.failures is not None:
            found = [(None, outcome.error)] if isinstance(outcome, Failed) else outcome.failures if isinstance(outcome, (Done, Total)) else ()
            for row, error in found:
                point, piece = self.source.place(k, row)
                self.failures.append(Failure(error, k, row, point, piece))
        self.source.settled(k)
        self._packed_again(recorded)


def noted(error: Exception, words: str) -> Exception:
    """The error, with the point that it came from."""
    kept = [note for note in getattr(error, "__notes__", []) if not note.startswith("at point")]  # of a chunk
    error.__notes__ = [*kept, words]
    return error
