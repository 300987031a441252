"""What is done where a chunk is computed: finding the function by its digest, sweeping the rows, adding them up.

A chunk comes with digests of what all chunks of a call share: the function, and the values of parameters. What this process
was sent before is taken from memory; what it lacks is asked for. Errors of the function are returned, not raised, so that
whatever a future raises is the executor's doing.
"""

from __future__ import annotations

import os
import pickle
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.replay import access, batch, saving
from jittape.replay.columns import Results
from jittape.replay.function import Function
from jittape.replay.path import Path

FUNCTIONS_KEPT = 16
VALUES_KEPT = 4
"""How many functions, and how many sets of values, a process keeps; those not used for longest go first."""
BLOCK_BYTES = 1 << 24
"""Bytes of gradients that are held while a chunk is added up."""

Reals = NDArray[Any]


@dataclass(frozen=True)
class Job:
    """What all chunks of a call have in common, and small enough to be sent with each.

    Attributes:
        kind: "values", "gradient" or "jacobian".
        values: whether values are wanted beside gradients.
        total: whether the rows are added up.
        math, threads: as for a batch.
        shapes, masks: of the results.
        function, shared: digests of the function and of `Shared`.
    """

    kind: str
    values: bool
    total: bool
    math: str
    threads: int | None
    shapes: tuple[tuple[int, ...], ...]
    masks: tuple[bool, ...]
    function: str = ""
    shared: str = ""


@dataclass(frozen=True)
class Shared:
    """Values that are the same at all points: leaves of the parameters, and first inputs of every row (of a sum)."""

    parameters: list[Any]
    inputs: Reals


@dataclass(frozen=True)
class Lacks:
    """This process was not sent the things of these digests, or has forgotten them."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Failed:
    """The function raised an error, at this row of the chunk where that is known."""

    error: Exception
    row: int | None


@dataclass(frozen=True)
class Done:
    """Values and derivatives of the rows, but for those that take a path which could not be recorded here."""

    values: Reals | None
    derivatives: Reals | None
    missed: list[int]


@dataclass(frozen=True)
class Total:
    """Sum of the values, then of the gradients' elements; None where a path could not be recorded here."""

    sums: Reals | None


Outcome = Lacks | Failed | Done | Total


class Memory:
    """What this process was sent last, by digest."""

    def __init__(self, kept: int) -> None:
        self.kept = kept
        self._items: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Any:
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def put(self, key: str, item: Any) -> Any:
        """What is remembered under the key from now on: what another thread put there before stays."""
        with self._lock:
            item = self._items.setdefault(key, item)
            self._items.move_to_end(key)
            while len(self._items) > self.kept:
                self._items.popitem(last=False)
            return item

    def __len__(self) -> int:
        return len(self._items)


functions = Memory(FUNCTIONS_KEPT)
values = Memory(VALUES_KEPT)


def _after_fork() -> None:
    """In a child process nobody holds a lock."""
    functions._lock, values._lock = threading.Lock(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def unpack_function(data: bytes) -> Function:
    return saving.from_pickle(*pickle.loads(zlib.decompress(data)))


def work(job: Job, rows: Reals, sent: dict[str, bytes]) -> Outcome:
    """Compute a chunk: what executors are given to do."""
    function, shared = functions.get(job.function), values.get(job.shared)
    if function is None and job.function in sent:
        function = functions.put(job.function, unpack_function(sent[job.function]))
    if shared is None and job.shared in sent:
        shared = values.put(job.shared, pickle.loads(sent[job.shared]))
    if function is None or shared is None:
        pairs = ((job.function, function), (job.shared, shared))
        return Lacks(tuple(key for key, item in pairs if item is None))
    outcome = compute(function, job, rows, shared)
    if isinstance(outcome, Failed):
        return Failed(portable(outcome.error), outcome.row)
    return outcome


def portable(error: Exception) -> Exception:
    """An error that survives the way back."""
    try:
        back = pickle.loads(pickle.dumps(error))
        if type(back) is type(error) and str(back) == str(error):
            return error
    except Exception:
        pass
    kind = next((c for c in (ArithmeticError, ValueError, TypeError) if isinstance(error, c)), RuntimeError)
    return kind(f"{type(error).__name__}: {error}")


def compute(function: Function, job: Job, rows: Reals, shared: Shared, here: bool = False) -> Outcome:
    """Compute a chunk by a function of this process; `here` where no other process could do better at what is missed."""
    try:
        if job.total:
            return Total(add_up(function, job, rows, shared, here))
        return sweep(function, job, rows, shared, here)
    except Exception as error:
        return Failed(error, culprit(function, job, rows, shared, type(error)))


def culprit(function: Function, job: Job, rows: Reals, shared: Shared, kind: type[Exception]) -> int | None:
    """The first row at which such an error is raised."""
    for row in range(len(rows)):
        try:
            sweep(function, job, with_inputs(rows[row : row + 1], shared), shared, True)
        except kind:
            return row
        except Exception:
            return None
    return None


def with_inputs(rows: Reals, shared: Shared) -> Reals:
    """Rows behind the inputs that all points share."""
    if not shared.inputs.size:
        return rows
    return np.concatenate([np.broadcast_to(shared.inputs, (len(rows), shared.inputs.size)), rows], axis=1)


def first_path(function: Function, job: Job) -> Path:
    """A path that returns what the caller's returns; which one is swept first changes no result."""
    for path in function.paths:
        results = Results(path)
        if (tuple(results.shapes), tuple(results.masks)) == (job.shapes, job.masks):
            return path
    raise ValueError(f"no path of {function.name} returns results of shapes {list(job.shapes)}; call it point by point")


def sweep(function: Function, job: Job, rows: Reals, shared: Shared, here: bool) -> Done:
    """Values and derivatives of rows of all inputs."""
    first = Results(first_path(function, job))
    task = batch.Task(function, shared.parameters, job.kind, job.math, job.threads, None)
    task.missed = None if here else []
    y = np.empty((len(rows), first.size), access.dtype(function)) if job.values else None
    g = np.empty((len(rows), first.size, rows.shape[1]), access.dtype(function)) if job.kind != "values" else None
    if len(rows):
        batch.sweep(task, rows, y, g, first)
    if task.missed and access.python_function(function) is None:
        access.forget_pickled(function)  # what cannot be loaded once cannot be loaded for each point
    return Done(y, g, task.missed or [])


def add_up(function: Function, job: Job, rows: Reals, shared: Shared, here: bool) -> Reals | None:
    """The sum over rows, in an order that follows from the number of rows and inputs alone."""
    inputs = shared.inputs.size
    width = inputs + rows.shape[1]
    size = block_rows(width)
    total = Sum()
    x = with_inputs(rows[:size], shared)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        x = x[: len(part)]
        x[:, inputs:] = part
        done = sweep(function, job, x, shared, here)
        if done.missed:
            return None
        columns = [] if done.values is None else [done.values]
        if done.derivatives is not None:
            columns.append(done.derivatives[:, 0, :inputs])
        total.add(pairwise(np.concatenate(columns, axis=1, dtype=np.float64)))
    return total.result()


def block_rows(width: int) -> int:
    """Rows that are swept, and then added up, together."""
    return int(max(64, min(4096, BLOCK_BYTES // (8 * max(width, 1)))))


def pairwise(rows: Reals) -> Reals:
    """The sum of rows, as a balanced tree; the rows are overwritten."""
    while len(rows) > 1:
        half = len(rows) // 2
        rows[:half] += rows[half : 2 * half]
        if len(rows) % 2:
            rows[half] = rows[-1]
        rows = rows[: len(rows) - half]
    first: Reals = rows[0]
    return first


class Sum:
    """Adds up vectors that come one after the other, as a balanced tree: the order of additions is that of arrival."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, Reals]] = []

    def add(self, vector: Reals) -> None:
        level = 0
        while self._parts and self._parts[-1][0] == level:
            vector = self._parts.pop()[1] + vector
            level += 1
        self._parts.append((level, vector))

    def result(self) -> Reals | None:
        """The sum; None of no vectors."""
        total: Reals | None = None
        for _, part in reversed(self._parts):
            total = part if total is None else part + total
        return total
