"""Batches beyond one machine: values and gradients of many points, computed by any `concurrent.futures` executor.

A batch is split into chunks of points; each is computed where the executor has it computed, and what comes back is put
together in order. The function is sent to a process once, not with every chunk. A chunk whose worker died is computed again.

Executors are those of `concurrent.futures` (threads, processes), a `Client` of Dask, `mpi4py.futures.MPIPoolExecutor`, and
whatever else has `submit(f, *args)` that returns such futures; see docs/parallel.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.integrate.executor import worker
from jittape.integrate.executor.chunks import Run
from jittape.integrate.executor.worker import Done, Failed, Job, Outcome, Reals, Shared, Total
from jittape.replay import access, batch
from jittape.replay.columns import Results, columns
from jittape.replay.function import Function
from jittape.replay.pieces import Progress

CHUNKS = 256
"""Chunks that a long batch is split into, about."""
LEAST_SECONDS = 0.02
"""Work of a chunk, about, below which handing it out would take a good part of the time."""
MOST_BYTES = 1 << 22
"""Bytes of arguments, or of results, that a chunk has at most."""

__all__ = ["map_grad", "map_jacobian", "map_value", "map_value_and_grad", "sum_grad", "sum_value", "sum_value_and_grad"]


@dataclass(frozen=True)
class Options:
    """How a batch is shared out; see `map_grad`."""

    name: str
    executor: Any
    chunk: int | None
    retries: int
    local: bool

    def __post_init__(self) -> None:
        if self.chunk is not None and (
            not isinstance(self.chunk, int) or isinstance(self.chunk, bool) or self.chunk < 1
        ):
            raise ValueError(f"chunk is a number of points, 1 or more, or None, not {self.chunk!r}")
        if not isinstance(self.retries, int) or isinstance(self.retries, bool) or self.retries < 0:
            raise ValueError(
                f"retries is how often a chunk is given to the executor again, 0 or more, not {self.retries!r}"
            )

    def rows(self, function: Function, points: int, row_bytes: int) -> int:
        """Points of a chunk. It does not depend on the executor, so that sums do not."""
        if self.chunk is not None:
            return self.chunk
        seconds = batch.OPERATION * (access.last_path(function).tape.slots + 1)
        least = min(int(LEAST_SECONDS / seconds) + 1, MOST_BYTES // max(row_bytes, 1))
        most = max(MOST_BYTES // max(row_bytes, 1), 1)
        rows = max(min(max(-(-points // CHUNKS), least), most), 1)
        return rows if rows < batch.BLOCK else rows // batch.BLOCK * batch.BLOCK


class Remote(batch.Task):
    """A batch whose rows are swept elsewhere."""

    options: Options
    shared_out: Run | None = None

    def sweep(self, X: Reals, Y: Reals | None, G: Reals | None, first: Results) -> None:
        function = self.function
        assert isinstance(function, Function)
        shared = Shared([np.array(p) for p in self.named], np.empty(0, access.dtype(function)))
        job = Job(self.kind, Y is not None, False, self.math, self.threads, tuple(first.shapes), tuple(first.masks))
        width = X.shape[1] + (0 if Y is None else first.size) + (0 if G is None else first.size * X.shape[1])
        n = self.options.rows(function, len(X), width * X.itemsize)

        def accept(k: int, outcome: Outcome) -> None:
            assert isinstance(outcome, Done)
            rows = slice(k * n, min((k + 1) * n, len(X)))
            if Y is not None:
                Y[rows] = outcome.values
            if G is not None:
                G[rows] = outcome.derivatives
            if outcome.missed:  # paths that could not be recorded there are recorded here
                missed = np.array(outcome.missed) + k * n
                there = worker.compute(function, job, X[missed], shared, True)
                if isinstance(there, Failed):
                    raise at_row(there.error, None if there.row is None else int(missed[there.row]))
                assert isinstance(there, Done)
                if Y is not None:
                    Y[missed] = there.values
                if G is not None:
                    G[missed] = there.derivatives
            self.tell(rows.stop - rows.start)

        self.shared_out = hand_out(self.options, function, job, shared, X, n, accept)


def hand_out(options: Options, function: Function, job: Job, shared: Shared, X: Reals, n: int, accept: Any) -> Run:
    """Compute X in chunks of n rows."""
    run = Run(function, job, shared, lambda k: X[k * n : (k + 1) * n], -(-len(X) // n), accept,
              options.executor, options.retries, options.local, options.name)  # fmt: skip
    try:
        run.run()
        return run
    except Exception as error:
        if run.failed is None or error is not run.failed[1].error:
            raise
        k, failed = run.failed
        raise at_row(
            error, None if failed.row is None else k * n + failed.row, (k * n, min((k + 1) * n, len(X)))
        ) from None


def at_row(error: Exception, row: int | None, rows: tuple[int, int] = (0, 0)) -> Exception:
    """The error, with the point that it came from."""
    error.__notes__ = [note for note in getattr(error, "__notes__", []) if not note.startswith("at point")]  # of a chunk
    error.add_note(
        f"at point {row} of the batch" if row is not None else f"at points {rows[0]} to {rows[1]} of the batch"
    )
    return error


def mapped(function: Function, kind: str, values: bool, args: tuple[Any, ...], options: Options, math: str,
           threads: int | None, progress: Any, parameters: dict[str, Any]) -> tuple[Any, Any]:  # fmt: skip
    if not isinstance(function, Function):
        raise TypeError(f"{options.name} takes a recorded function, jittape.record(f, *example), not {function!r}")
    X = columns(function, args)
    named = access.given(function, parameters)
    task = Remote(function, named, kind, math, threads, None if progress is None or progress is False else Progress(progress, len(X)))
    task.options = options
    try:
        found = batch.run(task, X, None, values)
    finally:
        if task.progress is not None:
            task.progress.close()
    if task.shared_out is not None:
        task.shared_out.warn()
    return found


def map_value(F: Function, *args: Any, executor: Any, chunk: int | None = None, math: str = "fast", threads: int | None = 1,
              progress: Any = None, retries: int = 2, local: bool = True, **parameters: Any) -> Any:  # fmt: skip
    """The function's value at many points, computed by an executor: what `F.batch_value` returns.

    Arguments and errors are those of `map_grad`; the result may be of any structure.
    """
    options = Options("map_value", executor, chunk, retries, local)
    return mapped(F, "values", True, args, options, math, threads, progress, parameters)[0]


def map_grad(F: Function, *args: Any, executor: Any, chunk: int | None = None, math: str = "fast", threads: int | None = 1,
             progress: Any = None, retries: int = 2, local: bool = True, **parameters: Any) -> Any:  # fmt: skip
    """The gradient at many points, computed by an executor: what `F.batch_grad` returns.

    Points that decide otherwise than any recorded path are recorded by the worker, if the Python function can be pickled
    (functions of modules can; others with cloudpickle, where that is installed), and else in this process.

    Args:
        F: a recorded function.
        args: as recorded, with an axis of points before those of every leaf: (points, *shape).
        executor: anything with `submit(f, *args)` that returns futures of the kind of `concurrent.futures`: its executors, a
            `Client` of Dask, `mpi4py.futures.MPIPoolExecutor`; or a function without arguments that makes one, which is
            shut down in the end, and replaced should it break; or None to compute the chunks here.
        chunk: points of a chunk; None for about 256 chunks, fewer where they would take less than 20 ms, more where they would
            have more than 4 MB.
        math: "fast" or "precise", see `Function.batch_value`.
        threads: how many threads a chunk is computed by; None for one a processor.
        progress: a function of (points done, points in all) that is called in this thread, or True for a bar of tqdm.
        retries: how often a chunk whose worker failed is given to the executor again.
        local: compute a chunk in this process where the executor has failed it for good (a `RuntimeWarning` says so), rather
            than raise a RuntimeError.
        parameters: see `Function.bind`; for this call only.

    Returns:
        The gradient of the argument's structure, with an axis of points before those of every leaf. Each point's is that of
        `F.batch_grad`, to the last bit where `math` is "precise" or one path is taken by all points.

    Raises:
        ValueError: shapes that do not fit.
        GradientError: the function does not return one recorded scalar.
        Exception: what the function itself raises, at the first point that raises, with a note that names the point. Nothing
            of the executor's is raised, unless `local` is False.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> F = jt.record(lambda x: x[0] * x[1] if x[0] > 0 else x[1], np.ones(2))
        >>> with ThreadPoolExecutor(2) as executor:
        ...     G = jt.integrate.executor.map_grad(F, np.array([[2.0, 3.0], [-1.0, 4.0]]), executor=executor)
        >>> G.tolist()
        [[3.0, 2.0], [0.0, 1.0]]
    """
    options = Options("map_grad", executor, chunk, retries, local)
    return mapped(F, "gradient", False, args, options, math, threads, progress, parameters)[1]


def map_value_and_grad(F: Function, *args: Any, executor: Any, chunk: int | None = None, math: str = "fast",
                       threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True,
                       **parameters: Any) -> tuple[Any, Any]:  # fmt: skip
    """Values and gradients at many points: what `F.batch_value_and_grad` returns; arguments are those of `map_grad`."""
    options = Options("map_value_and_grad", executor, chunk, retries, local)
    return mapped(F, "gradient", True, args, options, math, threads, progress, parameters)


def map_jacobian(F: Function, *args: Any, executor: Any, chunk: int | None = None, math: str = "fast", threads: int | None = 1,
                 progress: Any = None, retries: int = 2, local: bool = True, **parameters: Any) -> Any:  # fmt: skip
    """The Jacobian at many points: what `F.batch_jacobian` returns; arguments are those of `map_grad`."""
    options = Options("map_jacobian", executor, chunk, retries, local)
    return mapped(F, "jacobian", False, args, options, math, threads, progress, parameters)[1]


# --- sums ----------------------------------------------------------------------------------------------------------------


def summed(function: Function, kind: str, values: bool, common: Any, points: tuple[Any, ...], options: Options, math: str,
           threads: int | None, progress: Any, parameters: dict[str, Any]) -> tuple[Any, Any]:  # fmt: skip
    if not isinstance(function, Function):
        raise TypeError(f"{options.name} takes a recorded function, jittape.record(f, *example), not {function!r}")
    path, dtype = access.last_path(function), access.dtype(function)
    if path.seed < 0 and not path.constant:
        raise GradientError(f"{function.name} does not return one recorded scalar, so its values cannot be added up")
    if not points:
        raise TypeError(
            f"{options.name}(F, shared, *points) adds up over points: record F with at least two arguments, the first one "
            "shared by all points"
        )
    X = columns(function, points, 1)
    like = access.structure(function)[0]
    leaves, (_, rebuild) = tree.aligned(common, like), tree.flatten(like)
    if leaves is None:
        raise ValueError(
            f"{function.name} was recorded with a first argument {tree.describe(like)}, given {tree.describe(common)}"
        )
    shapes = function.shapes[: len(leaves)]
    flat = [np.asarray(access.checked(function, x, shape), dtype).ravel() for x, shape in zip(leaves, shapes, strict=True)]
    named = access.given(function, parameters)
    batch.Task(function, named, kind, math, threads, None)  # its checks
    shared = Shared([np.array(p) for p in named], np.concatenate([np.empty(0, dtype), *flat]))
    out = path.outputs[0]
    shape = out.shape if isinstance(out, Array) else np.shape(out)
    job = Job(kind, values, True, math, threads, (shape,), (isinstance(out, Array) and out.is_mask,))
    n = options.rows(function, len(X), X.shape[1] * X.itemsize)
    shown = None if progress is None or progress is False else Progress(progress, len(X))
    total, waiting, next_chunk = worker.Sum(), dict[int, Reals](), 0

    def accept(k: int, outcome: Outcome) -> None:
        nonlocal next_chunk
        assert isinstance(outcome, Total)
        sums = outcome.sums
        if sums is None:  # paths that could not be recorded there are recorded here
            there = worker.compute(function, job, X[k * n : (k + 1) * n], shared, True)
            if isinstance(there, Failed):
                raise at_row(there.error, None if there.row is None else k * n + there.row)
            assert isinstance(there, Total)
            sums = there.sums
        assert sums is not None
        waiting[k] = sums
        while next_chunk in waiting:
            total.add(waiting.pop(next_chunk))
            next_chunk += 1
        if shown is not None:
            shown.add(min(n, len(X) - k * n))

    try:
        run = hand_out(options, function, job, shared, X, n, accept)
    finally:
        if shown is not None:
            shown.close()
    run.warn()
    result = total.result()
    if result is None:
        result = np.zeros(int(values) + shared.inputs.size)
    result = result.astype(dtype)
    value = result[0] if values else None
    if kind == "values":
        return value, None
    found, at = [], int(values)
    for shape in shapes:
        size = int(np.prod(shape, dtype=np.int64))
        found.append(result[at : at + size].reshape(shape)[()] if not shape else result[at : at + size].reshape(shape))
        at += size
    return value, rebuild(found)


def sum_value(F: Function, shared: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
              threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True,
              **parameters: Any) -> Any:  # fmt: skip
    """The sum of the function's values over points; arguments are those of `sum_grad`."""
    options = Options("sum_value", executor, chunk, retries, local)
    return summed(F, "values", True, shared, points, options, math, threads, progress, parameters)[0]


def sum_grad(F: Function, shared: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
             threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True,
             **parameters: Any) -> Any:  # fmt: skip
    """The gradient, by the first argument, of the function's sum over points: the gradient of a loss or a log-likelihood.

    `F` is the loss of one point of the data, recorded as F(shared, *point). Every worker adds up its chunks' gradients, so
    that of a chunk one gradient travels, however many points it has. Where one point is little work and `shared` is large
    (a network), record F for a small batch of data, and let each "point" be one: arrays of shape (batches, size, ...).

    Sums are formed in float64, in an order that follows from the number of points and `chunk` alone: it matters neither how
    many workers there are nor which of them is done first.

    Args:
        F: a recorded function of two arguments or more that returns a scalar.
        shared: the first argument, the same for all points: an array or a container of arrays. It may change from call to
            call; it is sent to each process once a call.
        points: the other arguments, with an axis of points before those of every leaf.
        executor, chunk, math, threads, progress, retries, local, parameters: see `map_grad`.

    Returns:
        The gradient, of the structure of `shared`; zeros without points.

    Raises:
        TypeError: there is no second argument.
        GradientError: the function does not return one recorded scalar.
        Exception: as in `map_grad`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> loss = jt.record(lambda w, x, y: (w @ x - y) ** 2, np.ones(2), np.ones(2), 1.0)
        >>> x, y = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([1.0, 4.0, 3.0])
        >>> with ThreadPoolExecutor(2) as executor:
        ...     jt.integrate.executor.sum_grad(loss, np.zeros(2), x, y, executor=executor).tolist()
        [-8.0, -22.0]
    """
    options = Options("sum_grad", executor, chunk, retries, local)
    return summed(F, "gradient", False, shared, points, options, math, threads, progress, parameters)[1]


def sum_value_and_grad(F: Function, shared: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
                       threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True,
                       **parameters: Any) -> tuple[Any, Any]:  # fmt: skip
    """The sum over points and its gradient by the first argument; arguments are those of `sum_grad`."""
    options = Options("sum_value_and_grad", executor, chunk, retries, local)
    return summed(F, "gradient", True, shared, points, options, math, threads, progress, parameters)
