"""Functions that workers of other processes import, and some that harm them; and executors of odd behaviour."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import time
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


def waits(x: Any, seconds: float = 0.0) -> tuple[Any, int]:
    """x, and which process saw it."""
    time.sleep(seconds)
    return x, os.getpid()


def dies() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def bent(w: Any, x: Any) -> Any:
    """Two paths through functions whose vector forms differ from libm's in the last bits."""
    s = np.exp(w[0] * x[0])
    return np.sin(w[1] * s) + np.log1p(s) if x[1] > 0.0 else np.cos(w[0] + s) * np.exp(-x[1])


class Load:
    """A piece of points by its number; noted in a file, where one is named."""

    def __init__(self, log: str = "", size: int = 50, bad: int = -1) -> None:
        self.log, self.size, self.bad = log, size, bad

    def __call__(self, k: int) -> Any:
        if self.log:
            with open(self.log, "a") as file:
                file.write(f"{k}\n")
        if k == self.bad:
            raise OSError(f"no file {k}")
        return np.random.default_rng(k).normal(size=(self.size, 2))


class Reversed(Executor):
    """Computes what it was given last first, once it has `most` calls, or the last of all."""

    def __init__(self, total: int, most: int = 6) -> None:
        self._max_workers, self.most, self.left = most // 2 - 1, most, total
        self.waiting: list[tuple[Future[Any], Any]] = []

    def submit(self, f: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, (f, args)))
        self.left -= 1
        if len(self.waiting) == self.most or not self.left:
            self.flush()
        return future

    def flush(self) -> None:
        while self.waiting:
            future, (f, args) = self.waiting.pop()
            future.set_result(f(*args))
