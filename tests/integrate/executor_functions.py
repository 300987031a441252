"""Functions that workers of other processes import, and some that harm them; and executors of odd behaviour."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np


def in_worker() -> bool:
    return multiprocessing.parent_process() is not None


def smooth(x: Any) -> Any:
    return np.sum(np.exp(-x) * x[::-1]) + np.sin(x[0]) * x[1]


def branchy(x: Any) -> Any:
    if x[0] > 0.5:
        return np.sum(x**3)
    return x[1] * 2.0 if x[1] > 0 else np.exp(x[0])


def loss(p: Any, x: Any, y: Any) -> Any:
    return (np.tanh(x @ p["w"]) * p["scale"] + p["b"][0] - y) ** 2


def branchy_loss(w: Any, x: Any) -> Any:
    r = w @ x
    return 0.5 * r**2 if abs(r) < 1.0 else abs(r) - 0.5


def refuses(x: Any) -> Any:
    if x[0] > 0.5:
        raise ValueError(f"no value beyond a half, at {float(getattr(x[1], 'value', lambda: x[1])()):g}")
    return x[0] * x[1]


def dies_once(x: Any, flag: str) -> Any:
    """The first worker that meets a point beyond a half, and makes the file, is killed."""
    if x[0] > 0.5 and in_worker():
        try:
            os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return x[0] * x[1] if x[0] > 0.5 else x[0] ** 2


def dies_always(x: Any) -> Any:
    """Every worker that meets a point beyond a half ends at once."""
    if x[0] > 0.5 and in_worker():
        os._exit(3)
    return x[0] * x[1] if x[0] > 0.5 else x[0] ** 2


class Postman(Executor):
    """Runs in this process what went through pickle, and counts bytes. Futures are done when `order` says so."""

    def __init__(self, workers: int = 2, order: str = "first", forget: Any = None) -> None:
        self._max_workers, self.order, self.forget = workers, order, forget
        self.bytes: list[int] = []
        self.back: list[int] = []
        self.waiting: list[tuple[Future[Any], bytes]] = []
        self.rng = np.random.default_rng(7)
        self.swapped = 0
        """How many chunks were delivered before one that was submitted earlier."""

    def submit(self, f: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        letter = pickle.dumps((f, args))
        self.bytes.append(len(letter))
        future: Future[Any] = Future()
        if self.order == "first":
            self.deliver(future, letter)
        else:
            self.waiting.append((future, letter))
            if len(self.waiting) > self._max_workers:
                self.flush(1)
        return future

    def flush(self, count: int = 1 << 30) -> None:
        while self.waiting and count:
            at = int(self.rng.integers(len(self.waiting)))
            self.swapped += at > 0
            self.deliver(*self.waiting.pop(at))
            count -= 1

    def deliver(self, future: Future[Any], letter: bytes) -> None:
        if future.cancelled():
            return
        if self.forget is not None:
            self.forget()
        f, args = pickle.loads(letter)
        answer = pickle.dumps(f(*args))
        self.back.append(len(answer))
        future.set_result(pickle.loads(answer))
