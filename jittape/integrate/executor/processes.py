"""A pool of processes that outlives its workers: each is an executor of one process, and is replaced by itself.

`concurrent.futures.ProcessPoolExecutor` breaks as a whole when one of its processes dies, and all that it was given is lost with it. Here a
worker that dies takes with it what it was computing, and nothing else.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection
from typing import Any, NamedTuple

from jittape.replay.pieces import default_threads

AHEAD = 2
"""Calls that a worker is handed at a time: the one that it computes, and the next one, so that it need not wait."""
PRELOADED = "jittape.integrate.executor.preloaded"
"""What the process that workers are forked from has imported."""


class Call(NamedTuple):
    future: Future[Any]
    f: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Worker:
    """One process, and what it was handed."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.calls: deque[Call] = deque()
        self.executor: ProcessPoolExecutor | None = None

    def start(self) -> ProcessPoolExecutor:
        if self.executor is None:
            self.executor = ProcessPoolExecutor(1, self.context, initializer=_begin)
        return self.executor


class Processes(Executor):
    """An executor of processes whose deaths cost the call that each was computing, and no other one.

    A process that dies (killed by the system for its memory, by a batch system, by a fault in native code) is replaced by a new one. The future
    of the call that it was computing raises `BrokenProcessPool`; calls that wait are computed by others. The functions of this package give
    such a chunk to the executor again. Ctrl-C is left to this process: workers do not hear it. Workers end with this process, however it ends.

    Args:
        workers: how many processes; None for one a processor.
        context: a way of starting processes, of `multiprocessing.get_context`, or its name; None for "forkserver", where there is one, with
            this package imported already so that a worker starts in tens of milliseconds, and else for "spawn".

    Raises:
        ValueError: `workers` is less than 1, or there is no such way of starting processes.

    Example:
        >>> from jittape.integrate.executor import Processes
        >>> with Processes(2) as executor:
        ...     executor.submit(pow, 2, 10).result()
        1024
    """

    def __init__(self, workers: int | None = None, context: Any = None) -> None:
        count = default_threads() if workers is None else workers
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f"workers is a number of processes, 1 or more, or None for one a processor, not {workers!r}")
        self._max_workers = count
        if context is None:
            context = _preloaded() if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._context = multiprocessing.get_context(context) if isinstance(context, str) else context
        self._workers = [Worker(self._context) for _ in range(count)]
        self._waiting: deque[Call] = deque()
        self._lock = threading.RLock()
        self._ended = False
        self.deaths = 0
        """How many workers have died."""

    def submit(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a call computed; see `concurrent.futures.Executor.submit`.

        Args:
            f: the function, which is called with the other arguments.

        Raises:
            RuntimeError: the executor was shut down.
        """
        future: Future[Any] = Future()
        with self._lock:
            if self._ended:
                raise RuntimeError("this executor was shut down, and takes no calls")
            self._waiting.append(Call(future, f, args, kwargs))
        self._hand_out()
        return future

    def _hand_out(self) -> None:
        """Give calls that wait to workers that have room."""
        while True:
            with self._lock:
                worker = min(self._workers, key=lambda w: len(w.calls))
                if not self._waiting or len(worker.calls) >= AHEAD:
                    return
                call = self._waiting.popleft()
                if not call.future.running() and not call.future.set_running_or_notify_cancel():
                    continue
                executor = worker.start()
                worker.calls.append(call)
                try:
                    inner = executor.submit(call.f, *call.args, **call.kwargs)
                except BrokenProcessPool:  # it died idle, and begins nothing
                    worker.calls.remove(call)
                    self._waiting.appendleft(call)
                    self._died(worker, executor)
                    continue
                except Exception as error:  # of an interpreter that ends
                    worker.calls.remove(call)
                    call.future.set_exception(error)
                    continue
            inner.add_done_callback(partial(self._came, worker, executor, call))

    def _came(self, worker: Worker, executor: ProcessPoolExecutor, call: Call, inner: Future[Any]) -> None:
        """Something came of a call; called by the thread that manages the worker.

        Since Python 3.12 that thread holds its executor's lock while it says that the worker has died: nothing may be asked of the executor before it
        has let go, nor may it wait for our lock, which others hold while they hand that executor a call. So deaths are seen to by a thread of their own.
        """
        if not inner.cancelled() and isinstance(inner.exception(), BrokenProcessPool):
            try:
                threading.Thread(target=self._settle, args=(worker, executor, call, inner), daemon=True).start()
            except RuntimeError as error:  # the interpreter ends
                self._fail(call, error)
        else:
            self._settle(worker, executor, call, inner)

    def _settle(self, worker: Worker, executor: ProcessPoolExecutor, call: Call, inner: Future[Any]) -> None:
        """Pass on what came of a call."""
        error = None if inner.cancelled() else inner.exception()
        with self._lock:
            if isinstance(error, BrokenProcessPool):
                self._died(worker, executor)
            elif call in worker.calls:
                worker.calls.remove(call)
        if inner.cancelled():
            self._fail(call, RuntimeError("this executor was shut down before the call was computed"))
        elif error is None:
            with contextlib.suppress(Exception):
                call.future.set_result(inner.result())
        elif not isinstance(error, BrokenProcessPool):
            self._fail(call, error)
        self._hand_out()

    def _died(self, worker: Worker, executor: ProcessPoolExecutor) -> None:
        """The call that a worker was computing is lost; those that it had not begun wait again, before all others."""
        if worker.executor is not executor:  # told by another of its calls
            return
        worker.executor = None
        self.deaths += 1
        calls = list(worker.calls)
        worker.calls.clear()
        executor.shutdown(wait=False)
        if calls:
            self._waiting.extendleft(reversed(calls[1:]))
            self._fail(calls[0], BrokenProcessPool("the process that computed this call died"))

    @staticmethod
    def _fail(call: Call, error: BaseException) -> None:
        with contextlib.suppress(Exception):  # it may be settled
            call.future.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls, and end the workers once they have computed those that they were given. A `with` block does it at its end.

        Args:
            wait: until they have.
            cancel_futures: cancel calls that no worker has begun.

        Example:
            >>> from jittape.integrate.executor import Processes
            >>> executor = Processes(1)
            >>> executor.shutdown()
        """
        with self._lock:
            self._ended = True
            waiting = list(self._waiting) if cancel_futures else []
            if cancel_futures:
                self._waiting.clear()
        for call in waiting:
            if not call.future.cancel():
                self._fail(call, BrokenProcessPool("the executor was shut down before the call was computed"))
        with self._lock:
            left = [call.future for w in self._workers for call in w.calls] + [call.future for call in self._waiting]
        if not left:
            self._end(wait)
        elif wait:
            for future in left:
                with contextlib.suppress(BaseException):
                    future.exception()
            self._end(wait)
        else:
            for future in left:
                future.add_done_callback(lambda _: self._end_when_idle())

    def _end_when_idle(self) -> None:
        with self._lock:
            idle = not self._waiting and all(call.future.done() for w in self._workers for call in w.calls)
        if idle:
            self._end(wait=False)

    def _end(self, wait: bool) -> None:
        with self._lock:
            executors = [w.executor for w in self._workers if w.executor is not None]
        for executor in executors:
            executor.shutdown(wait=wait)


def _preloaded() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    return context


def _begin() -> None:
    """In a new worker: Ctrl-C is heard by the process that the user talks to, and the worker ends with that."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: Any) -> None:
    connection.wait([sentinel])
    os._exit(1)
