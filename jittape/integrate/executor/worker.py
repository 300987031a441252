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
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import BranchChanged
from jittape.integrate.executor import curvature
from jittape.integrate.executor.pieces import Part
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
        kind: "values", "gradient" or "jacobian"; of sums also "hessian", "hvp" and "gauss_newton".
        values: whether values are wanted beside gradients.
        total: whether the rows are added up.
        partial: whether rows that raise an error are left out, and named, rather than the chunk given up.
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
    partial: bool = False
    function: str = ""
    shared: str = ""


@dataclass(frozen=True)
class Shared:
    """Values that are the same at all points: leaves of the parameters, and first inputs of every row (of a sum).

    Attributes:
        direction: of products with Hessians, as `inputs`.
        reader: what reads points that are given by their places.
    """

    parameters: list[Any]
    inputs: Reals
    direction: Reals | None = None
    reader: Any = None


@dataclass(frozen=True)
class Lacks:
    """This process was not sent the things of these digests, or has forgotten them."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Failed:
    """The function raised an error, at this row of the chunk where that is known; or the chunk could not be read."""

    error: Exception
    row: int | None


@dataclass(frozen=True)
class Done:
    """Values and derivatives of the rows, but for those that take a path which could not be recorded here. NaN where they failed."""

    values: Reals | None
    derivatives: Reals | None
    missed: list[int]
    failures: tuple[tuple[int | None, Exception], ...] = ()


@dataclass(frozen=True)
class Total:
    """Sum of the values, then of the derivatives' elements; None where a path could not be recorded here. Rows that failed are not in it."""

    sums: Reals | None
    failures: tuple[tuple[int | None, Exception], ...] = ()


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


def work(job: Job, given: Any, sent: dict[str, bytes]) -> Outcome:
    """Compute a chunk: what executors are given to do."""
    function, shared = functions.get(job.function), values.get(job.shared)
    if function is None and job.function in sent:
        function = functions.put(job.function, unpack_function(sent[job.function]))
    if shared is None and job.shared in sent:
        try:
            shared = values.put(job.shared, pickle.loads(sent[job.shared]))
        except Exception as error:  # the module of a function that loads pieces is not here
            return Failed(portable(error), None)
    if function is None or shared is None:
        pairs = ((job.function, function), (job.shared, shared))
        return Lacks(tuple(key for key, item in pairs if item is None))
    outcome = compute(function, job, given, shared)
    if isinstance(outcome, Failed):
        return Failed(portable(outcome.error), outcome.row)
    if isinstance(outcome, (Done, Total)) and outcome.failures:
        return replace(outcome, failures=tuple((row, portable(error)) for row, error in outcome.failures))
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


def compute(function: Function, job: Job, given: Any, shared: Shared, here: bool = False) -> Outcome:
    """Compute a chunk by a function of this process; `here` where no other process could do better at what is missed."""
    try:
        rows: Reals = shared.reader.read(function, given.where) if isinstance(given, Part) else given
    except Exception as error:
        return Failed(error, None)
    try:
        return attempt(function, job, rows, shared, here)
    except Exception as error:
        if job.partial:
            return without_failures(function, job, rows, shared, here)
        return Failed(error, culprit(function, job, rows, shared, type(error)))


def attempt(function: Function, job: Job, rows: Reals, shared: Shared, here: bool) -> Done | Total:
    if job.total:
        return Total(add_up(function, job, rows, shared, here))
    return sweep(function, job, rows, shared, here)


def without_failures(function: Function, job: Job, rows: Reals, shared: Shared, here: bool) -> Done | Total:
    """Compute a chunk but for the rows that raise an error, which are found by halving."""
    failures: list[tuple[int, Exception]] = []
    todo = [(0, len(rows))]
    while todo:
        start, stop = todo.pop()
        try:
            attempt(function, job, rows[start:stop], shared, here)
        except Exception as error:
            if stop - start == 1:
                failures.append((start, error))
            else:
                middle = (start + stop) // 2
                todo += [(middle, stop), (start, middle)]
    good = np.ones(len(rows), bool)
    good[[row for row, _ in failures]] = False
    done = attempt(function, job, rows[good], shared, here)
    if isinstance(done, Total):
        return replace(done, failures=tuple(failures))
    at = np.flatnonzero(good)
    return Done(_spread(done.values, good), _spread(done.derivatives, good), [int(at[k]) for k in done.missed], tuple(failures))


def _spread(found: Reals | None, good: NDArray[np.bool_]) -> Reals | None:
    """Rows in their places among others, which are NaN."""
    if found is None:
        return None
    whole = np.full((len(good), *found.shape[1:]), np.nan, found.dtype)
    whole[good] = found
    return whole


def culprit(function: Function, job: Job, rows: Reals, shared: Shared, kind: type[Exception]) -> int | None:
    """The first row at which such an error is raised."""
    for row in range(len(rows)):
        try:
            attempt(function, job, rows[row : row + 1], shared, True)
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
    task.alike = True
    if job.total and job.kind != "values":
        task.wanted = shared.inputs.size
    by = rows.shape[1] if task.wanted is None else task.wanted
    y = np.empty((len(rows), first.size), access.dtype(function)) if job.values else None
    g = np.empty((len(rows), first.size, by), access.dtype(function)) if job.kind != "values" else None
    if len(rows):
        batch.sweep(task, rows, y, g, first)
    if task.missed and access.python_function(function) is None:
        access.forget_pickled(function)  # what cannot be loaded once cannot be loaded for each point
    return Done(y, g, task.missed or [])


def add_up(function: Function, job: Job, rows: Reals, shared: Shared, here: bool) -> Reals | None:
    """The sum over rows, in an order that follows from the number of rows and inputs alone."""
    inputs = shared.inputs.size
    width = inputs + rows.shape[1]
    size = block_rows(curvature.numbers(job.kind, inputs, width, job.shapes[0]))
    total = Sum()
    x = with_inputs(rows[:size], shared)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        x = x[: len(part)]
        x[:, inputs:] = part
        columns = summands(function, job, x, shared, here)
        if columns is None:
            return None
        total.add(pairwise(columns))
    found = total.result()
    return np.zeros(0) if found is None else found


def summands(function: Function, job: Job, x: Reals, shared: Shared, here: bool) -> Reals | None:
    """What is added up, a row a point; None where a path cannot be recorded here."""
    if job.kind in curvature.KINDS:
        try:
            return curvature.KINDS[job.kind](function, x, shared, job.math, job.threads)
        except BranchChanged:
            if here or function.on_branch == "raise" or access.python_function(function) is not None:
                raise
            return None
    first = replace(job, kind="jacobian") if job.kind == "gauss_newton" else job
    done = sweep(function, first, x, shared, here)
    if done.missed:
        return None
    if job.kind == "gauss_newton":
        assert done.values is not None and done.derivatives is not None
        return curvature.gauss_newton(done.values, done.derivatives)
    columns = [] if done.values is None else [done.values]
    if done.derivatives is not None:
        columns.append(done.derivatives[:, 0])
    return np.concatenate(columns, axis=1, dtype=np.float64)


def block_rows(numbers: int) -> int:
    """Rows that are swept, and then added up, together, of so many numbers each."""
    return int(max(min(64, BLOCK_BYTES // 4096), min(4096, BLOCK_BYTES // (8 * max(numbers, 1)))))


def pairwise(rows: Reals) -> Reals:
    """The sum of rows, as a balanced tree; the rows are overwritten."""
    while len(rows) > 1:
        half = len(rows) // 2
        rows[:half] += rows[half : 2 * half]
        if len(rows) % 2:
            rows[half] = rows[-1]
        rows = rows[: len(rows) - half]
    first: Reals = rows[0].copy()  # of a view, all rows would live as long
    return first


class Sum:
    """Adds up vectors as a balanced tree over their numbers: the order of additions is the same in whatever order they come.

    At most one vector is held for each level of the tree and each gap among the numbers that have come.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[int, int], Reals] = {}
        """Sums of the vectors from i 2^level on, 2^level of them, by (level, i)."""
        self._next = 0

    def add(self, vector: Reals, number: int | None = None) -> None:
        """Add vector `number`; by default the one behind the last that was added so."""
        if number is None:
            number, self._next = self._next, self._next + 1
        level, i = 0, number
        while (beside := self._parts.pop((level, i ^ 1), None)) is not None:
            vector = vector + beside if i % 2 == 0 else beside + vector
            level, i = level + 1, i // 2
        self._parts[level, i] = vector

    def result(self) -> Reals | None:
        """The sum of all, whose numbers leave no gap; None of no vectors."""
        total: Reals | None = None
        for key in sorted(self._parts, key=lambda key: key[0]):
            total = self._parts[key] if total is None else self._parts[key] + total
        return total
