"""Pieces of a batch, which threads take in turn, and how far it is.

A piece is one native call of some milliseconds, so that progress can be told, and Ctrl-C heard, between pieces.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def default_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_threads(threads: Any) -> None:
    """Raise ValueError for what is no number of threads."""
    if threads is not None and (not isinstance(threads, int) or isinstance(threads, bool) or threads < 1):
        raise ValueError(f"threads is a number of threads, 1 or more, or None for one a processor, not {threads!r}")


def in_pieces(
    sweep: Callable[[int, int], None], pieces: Sequence[tuple[int, int]], threads: int, tell: Callable[[int], None]
) -> None:
    """Sweep the rows of all pieces, in this thread and `threads` - 1 others; this one tells how many rows are done."""
    if threads <= 1:
        for start, stop in pieces:
            sweep(start, stop)
            tell(stop - start)
        return
    todo, turn, busy, stopped = iter(pieces), threading.Condition(), set(), False
    done: list[int] = []
    errors: list[BaseException] = []

    def work() -> None:
        nonlocal stopped
        while True:
            with turn:
                part = None if stopped else next(todo, None)
                if part is None:
                    return
                busy.add(part)
            try:
                sweep(*part)
                done.append(part[1] - part[0])
            except BaseException as error:
                errors.append(error)
                stopped = True
            finally:
                with turn:
                    busy.discard(part)
                    turn.notify_all()

    try:
        for _ in range(threads - 1):  # those that another batch keeps waiting find nothing left to do
            try:
                executor(threads - 1).submit(work)
            except RuntimeError:  # the interpreter ends, or may start no more threads: this one does it all
                break
        while not stopped:  # this thread takes its share, so that nobody is waited for who need not be
            with turn:
                part = next(todo, None)
            if part is None:
                break
            sweep(*part)
            done.append(part[1] - part[0])
            while done:
                tell(done.pop())
    finally:  # Ctrl-C, or an error in one of them: nobody may go on writing to the results
        try:
            stopped = True
            _patiently(turn, busy)
        finally:  # Ctrl-C once more, just before that began to wait
            stopped = True
            _patiently(turn, busy)
    if errors:
        raise errors[0]
    while done:
        tell(done.pop())


def _patiently(turn: threading.Condition, busy: set[tuple[int, int]]) -> None:
    """Wait until no piece is under way, however often Ctrl-C is pressed."""
    interrupted: BaseException | None = None
    while True:
        try:
            with turn:
                turn.wait_for(lambda: not busy)
            break
        except KeyboardInterrupt as error:
            interrupted = error
    if interrupted is not None:
        raise interrupted


_executors: dict[tuple[int, int], ThreadPoolExecutor] = {}


def executor(threads: int) -> ThreadPoolExecutor:
    """A pool of threads of this process that is kept; after a fork the child makes its own."""
    key = os.getpid(), threads
    found = _executors.get(key)
    if found is None:
        found = _executors.setdefault(key, ThreadPoolExecutor(threads, "jittape"))
    return found


class Progress:
    """Tells a callback, or tqdm's bar, how many points are done."""

    def __init__(self, progress: Any, total: int) -> None:
        self.done, self.total = 0, total
        self.bar: Any = None
        bar = hasattr(progress, "update") and hasattr(progress, "close")
        self.callback: Any = progress if callable(progress) and not bar else None
        if bar:  # tqdm itself, or a bar of it
            self.bar = progress(total=total, unit="point") if isinstance(progress, type) else progress
        elif progress is True:
            try:
                from tqdm.auto import tqdm  # optional
            except ImportError:
                raise ImportError(
                    "progress=True shows a bar of tqdm, which is not installed: pip install tqdm, or give a function of (done, total)"
                ) from None
            self.bar = tqdm(total=total, unit="point")
        elif self.callback is None:
            raise TypeError(f"progress is a function of (done, total), or True for a bar of tqdm, or tqdm's class, not {progress!r}")

    def add(self, points: int) -> None:
        points = min(points, self.total - self.done)  # points of another path are swept again
        if points > 0:
            self.done += points
            if self.bar is not None:
                self.bar.update(points)
            else:
                self.callback(self.done, self.total)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
