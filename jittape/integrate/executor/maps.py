"""Batches beyond one machine: values and gradients of many points, computed by any `concurrent.futures` executor.

A batch is split into chunks of points; each is computed where the executor has it computed, and what comes back is put
together in order. The function is sent to a process once, not with every chunk. A chunk whose worker died is computed again.

Executors are those of `concurrent.futures` (threads, processes), a `Client` of Dask, `mpi4py.futures.MPIPoolExecutor`, and
whatever else has `submit(f, *args)` that returns such futures; see docs/parallel.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.integrate.executor import worker
from jittape.integrate.executor.chunks import Run, noted
from jittape.integrate.executor.memory import Remembered
from jittape.integrate.executor.options import Options
from jittape.integrate.executor.pieces import Slices
from jittape.integrate.executor.worker import Done, Failed, Job, Outcome, Reals, Shared
from jittape.replay import access, batch
from jittape.replay.columns import Results, columns
from jittape.replay.function import Function
from jittape.replay.path import Path
from jittape.replay.pieces import Progress

__all__ = ["map_grad", "map_jacobian", "map_value", "map_value_and_grad"]


class Remote(batch.Task):
    """A batch whose rows are swept elsewhere."""

    options: Options
    shared_out: Run | None = None

    def first_path(self, X: Reals) -> Path:
        try:
            return super().first_path(X)
        except Exception:
            if self.options.failures is None:
                raise
            return access.last_path(self.function)  # the first point is one of those that fail

    def sweep(self, X: Reals, Y: Reals | None, G: Reals | None, first: Results) -> None:
        function = self.function
        assert isinstance(function, Function)
        partial = self.options.failures is not None
        shared = Shared([np.array(p) for p in self.named], np.empty(0, access.dtype(function)))
        job = Job(self.kind, Y is not None, False, self.math, self.threads, tuple(first.shapes), tuple(first.masks), partial)
        width = X.shape[1] + (0 if Y is None else first.size) + (0 if G is None else first.size * X.shape[1])
        n = self.options.rows(function, len(X), width * X.itemsize)
        source = Slices(X, n)

        def accept(k: int, outcome: Outcome) -> Outcome:
            rows = source.rows(k)
            if isinstance(outcome, Failed):  # all of it
                for out in (Y, G):
                    if out is not None:
                        out[rows] = np.nan
                return outcome
            assert isinstance(outcome, Done)
            if Y is not None:
                Y[rows] = outcome.values
            if G is not None:
                G[rows] = outcome.derivatives
            if outcome.missed:  # paths that could not be recorded there are recorded here
                missed = np.array(outcome.missed) + rows.start
                there = worker.compute(function, job, X[missed], shared, True)
                if isinstance(there, Failed):
                    raise noted(there.error, source.words(k, None if there.row is None else outcome.missed[there.row]))
                assert isinstance(there, Done)
                if Y is not None:
                    Y[missed] = there.values
                if G is not None:
                    G[missed] = there.derivatives
                failures = tuple((None if row is None else outcome.missed[row], error) for row, error in there.failures)
                outcome = Done(None if Y is None else Y[rows], None if G is None else G[rows], [], (*outcome.failures, *failures))
            self.tell(source.size(k))
            return outcome

        with Remembered(self.options.checkpoint, function, job, shared, source) as memory:
            self.shared_out = Run(function, job, shared, source, accept, self.options, memory)
            self.shared_out.run()


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
              progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None, checkpoint: Any = None, **parameters: Any) -> Any:  # fmt: skip
    """The function's value at many points, computed by an executor: what `F.batch_value` returns.

    Args:
        F: a recorded function; its result may be of any structure.
        args, executor, chunk, math, threads, progress, retries, local, failures, checkpoint, parameters: see `map_grad`, whose errors these are.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: x[0] * x[1], np.ones(2))
        >>> X = np.array([[2.0, 3.0], [-1.0, 4.0]])
        >>> jt.integrate.executor.map_value(F, X, executor=None).tolist()
        [6.0, -4.0]
    """
    options = Options("map_value", executor, chunk, retries, local, failures, checkpoint)
    return mapped(F, "values", True, args, options, math, threads, progress, parameters)[0]


def map_grad(F: Function, *args: Any, executor: Any, chunk: int | None = None, math: str = "fast", threads: int | None = 1,
             progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None, checkpoint: Any = None, **parameters: Any) -> Any:  # fmt: skip
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
        failures: a list, to which a `Failure` is appended for every point whose function raises an error, with its number, chunk and error;
            the results there are NaN, and the other points go on. None to raise the error of the first such point.
        checkpoint: a file to which each chunk is written once it is computed, and in which it is looked up before: the same call of a process
            that was killed computes what was left (docs/scaling.md). Chunks with failures are computed again.
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
    options = Options("map_grad", executor, chunk, retries, local, failures, checkpoint)
    return mapped(F, "gradient", False, args, options, math, threads, progress, parameters)[1]


def map_value_and_grad(F: Function, *args: Any, executor: Any, chunk: int | None = None, math: str = "fast",
                       threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None,
                       checkpoint: Any = None, **parameters: Any) -> tuple[Any, Any]:  # fmt: skip
    """Values and gradients at many points: what `F.batch_value_and_grad` returns.

    Args:
        F: a recorded function.
        args, executor, chunk, math, threads, progress, retries, local, failures, checkpoint, parameters: see `map_grad`, whose errors these are.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: x[0] * x[1], np.ones(2))
        >>> X = np.array([[2.0, 3.0], [-1.0, 4.0]])
        >>> values, gradients = jt.integrate.executor.map_value_and_grad(F, X, executor=None)
        >>> values.tolist(), gradients.tolist()
        ([6.0, -4.0], [[3.0, 2.0], [4.0, -1.0]])
    """
    options = Options("map_value_and_grad", executor, chunk, retries, local, failures, checkpoint)
    return mapped(F, "gradient", True, args, options, math, threads, progress, parameters)


def map_jacobian(F: Function, *args: Any, executor: Any, chunk: int | None = None, math: str = "fast", threads: int | None = 1,
                 progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None, checkpoint: Any = None, **parameters: Any) -> Any:  # fmt: skip
    """The Jacobian at many points: what `F.batch_jacobian` returns.

    Args:
        F: a recorded function.
        args, executor, chunk, math, threads, progress, retries, local, failures, checkpoint, parameters: see `map_grad`, whose errors these are.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: x * x[0], np.ones(2))
        >>> X = np.array([[2.0, 3.0], [-1.0, 4.0]])
        >>> jt.integrate.executor.map_jacobian(F, X, executor=None).tolist()
        [[[4.0, 0.0], [3.0, 2.0]], [[-2.0, 0.0], [4.0, -1.0]]]
    """
    options = Options("map_jacobian", executor, chunk, retries, local, failures, checkpoint)
    return mapped(F, "jacobian", False, args, options, math, threads, progress, parameters)[1]
