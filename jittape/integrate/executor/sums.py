"""Sums over points of values and derivatives by what all points share: losses, likelihoods and least squares over data that need not fit.

The points are arrays, in memory or in files, or come in pieces; each chunk of them is added up where it is computed, and of a chunk one vector
travels back. What comes out follows from the points and the chunks alone: chunks are added as a balanced tree over their numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.functional.complexes import has_parts
from jittape.integrate.executor import curvature, worker
from jittape.integrate.executor.chunks import Run
from jittape.integrate.executor.memory import Remembered
from jittape.integrate.executor.options import Options
from jittape.integrate.executor.pieces import source
from jittape.integrate.executor.worker import Job, Outcome, Reals, Shared, Total
from jittape.replay import access, batch
from jittape.replay.function import Function
from jittape.replay.pieces import Progress

__all__ = ["sum_gauss_newton", "sum_grad", "sum_hessian", "sum_hvp", "sum_value", "sum_value_and_grad"]


class Whole:
    """The first argument of a function, which all points share: flat, and derivatives by it in its structure."""

    def __init__(self, function: Function) -> None:
        like = access.structure(function)[0]
        self.function, self.like = function, like
        leaves, self.rebuild = tree.flatten(like)
        self.shapes = list(function.shapes[: len(leaves)])
        self.sizes = [int(np.prod(shape, dtype=np.int64)) for shape in self.shapes]

    def flat(self, given: Any, what: str) -> Reals:
        leaves, dtype = tree.aligned(given, self.like), access.dtype(self.function)
        if leaves is None:
            raise ValueError(f"{self.function.name} was recorded with a first argument {tree.describe(self.like)}, given {what}{tree.describe(given)}")
        flat = [np.asarray(access.checked(self.function, x, shape), dtype).ravel() for x, shape in zip(leaves, self.shapes, strict=True)]
        return np.concatenate([np.empty(0, dtype), *flat])

    def vector(self, found: Reals) -> Any:
        parts, at = [], 0
        for shape, size in zip(self.shapes, self.sizes, strict=True):
            parts.append(found[at : at + size].reshape(shape)[()] if not shape else found[at : at + size].reshape(shape))
            at += size
        return self.rebuild(parts)

    def matrix(self, found: Reals) -> Any:
        """A matrix as blocks, in the structure of the argument twice."""
        ends = np.cumsum([0, *self.sizes]).tolist()
        return self.rebuild([
            self.rebuild([found[a : a + m, b : b + n].reshape(s + t)[()] for b, n, t in zip(ends, self.sizes, self.shapes, strict=False)])
            for a, m, s in zip(ends, self.sizes, self.shapes, strict=False)
        ])  # fmt: skip


def summed(function: Function, kind: str, values: bool, common: Any, points: tuple[Any, ...], options: Options, math: str,
           threads: int | None, progress: Any, parameters: dict[str, Any], direction: Any = None) -> tuple[Reals, Whole]:  # fmt: skip
    """What is added up, flat."""
    if not isinstance(function, Function):
        raise TypeError(f"{options.name} takes a recorded function, jittape.record(f, *example), not {function!r}")
    path, dtype = access.last_path(function), access.dtype(function)
    if kind == "gauss_newton":
        if len(path.outputs) != 1:
            raise GradientError(f"{function.name} does not return one array of residuals, but {len(path.outputs)} results")
    elif path.seed < 0 and not path.constant:
        raise GradientError(f"{function.name} does not return one recorded scalar, so its values cannot be added up")
    if kind in ("gauss_newton", *curvature.KINDS) and has_parts(access.structure(function)):
        raise TypeError(f"{options.name} is of functions of real arguments; {function.name} has a complex one")
    if not points or len(access.structure(function)) < 2:
        raise TypeError(
            f"{options.name}(F, shared, *points) adds up over points: record F with at least two arguments, the first one "
            "shared by all points"
        )
    data = source(function, points, lambda count, row_bytes: options.rows(function, count, row_bytes))
    whole = Whole(function)
    named = access.given(function, parameters)
    batch.Task(function, named, "values", math, threads, None)  # its checks
    vector = None if direction is None else whole.flat(direction, "a direction ")
    shared = Shared([np.array(p) for p in named], whole.flat(common, ""), vector, data.reader)
    out = path.outputs[0]
    shape = out.shape if isinstance(out, Array) else np.shape(out)
    partial = options.failures is not None
    job = Job(kind, values, True, math, threads, (tuple(shape),), (isinstance(out, Array) and out.is_mask,), partial)
    steps = data.number if data.number is not None else data.count if data.count is not None else float("inf")
    shown = None if progress is None or progress is False else Progress(progress, steps)  # type: ignore[arg-type]
    total, n = worker.Sum(), shared.inputs.size
    size = {"values": 0, "gradient": n, "hvp": n, "hessian": n * n, "gauss_newton": n + n * n}[kind] + int(values)

    def accept(k: int, outcome: Outcome) -> Outcome:
        found = outcome.sums if isinstance(outcome, Total) else None
        if found is None or not found.size:  # no points, or none that did not fail
            found = np.zeros(size)
        total.add(found, k)
        if shown is not None:
            shown.add(data.size(k))
        return outcome

    with Remembered(options.checkpoint, function, job, shared, data) as memory:
        try:
            result = memory.sum_known()
            if result is None:
                run = Run(function, job, shared, data, accept, options, memory)
                run.run()
                run.warn()
                result = total.result()
                if result is None:
                    result = np.zeros(size)
                if not options.failures:
                    memory.note_sum(result)
            elif shown is not None:
                shown.add(int(min(steps, 1 << 62)))
        finally:
            if shown is not None:
                shown.close()
    return result.astype(dtype), whole


def sum_value(F: Function, shared: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
              threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None,
              checkpoint: Any = None, **parameters: Any) -> Any:  # fmt: skip
    """The sum of the function's values over points.

    Args:
        F, shared, points, executor, chunk, math, threads, progress, retries, local, failures, checkpoint, parameters: see `sum_grad`, whose errors these are.

    Example:
        >>> import numpy as np, jittape as jt
        >>> loss = jt.record(lambda w, x, y: (w @ x - y) ** 2, np.ones(2), np.ones(2), 1.0)
        >>> x, y = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 4.0])
        >>> float(jt.integrate.executor.sum_value(loss, np.zeros(2), x, y, executor=None))
        17.0
    """
    options = Options("sum_value", executor, chunk, retries, local, failures, checkpoint)
    return summed(F, "values", True, shared, points, options, math, threads, progress, parameters)[0][0]


def sum_grad(F: Function, shared: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
             threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None,
             checkpoint: Any = None, **parameters: Any) -> Any:  # fmt: skip
    """The gradient, by the first argument, of the function's sum over points: the gradient of a loss or a log-likelihood.

    `F` is the loss of one point of the data, recorded as F(shared, *point). Every worker adds up its chunks' gradients, so
    that of a chunk one gradient travels, however many points it has. Where one point is little work and `shared` is large
    (a network), record F for a small batch of data, and let each "point" be one: arrays of shape (batches, size, ...).

    Sums are formed in float64, in an order that follows from the number of points and `chunk` alone: it matters neither how
    many workers there are, nor which of them is done first, nor which of them died on the way.

    Args:
        F: a recorded function of two arguments or more that returns a scalar.
        shared: the first argument, the same for all points: an array or a container of arrays. It may change from call to
            call; it is sent to each process once a call.
        points: the other arguments, with an axis of points before those of every leaf. Arrays in memory, of which a chunk is sent at a time;
            arrays of `np.memmap`, which workers read from the file, so that nothing is sent; other objects with a shape and slices
            (h5py, zarr), which this process reads a chunk at a time. Or `Pieces`, in place of all of them.
        executor, math, threads, progress, retries, local, checkpoint, parameters: see `map_grad`. Of `Pieces`, progress counts pieces.
        chunk: points of a chunk, see `map_grad`; of `Pieces`, each is a chunk.
        failures: as `map_grad` has it: points that fail are not in the sum.

    Returns:
        The gradient, of the structure of `shared`; zeros without points.

    Raises:
        TypeError: there is no second argument.
        GradientError: the function does not return one recorded scalar.
        Exception: as in `map_grad`, and what reading the points raises.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> loss = jt.record(lambda w, x, y: (w @ x - y) ** 2, np.ones(2), np.ones(2), 1.0)
        >>> x, y = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([1.0, 4.0, 3.0])
        >>> with ThreadPoolExecutor(2) as executor:
        ...     jt.integrate.executor.sum_grad(loss, np.zeros(2), x, y, executor=executor).tolist()
        [-8.0, -22.0]
    """
    options = Options("sum_grad", executor, chunk, retries, local, failures, checkpoint)
    found, whole = summed(F, "gradient", False, shared, points, options, math, threads, progress, parameters)
    return whole.vector(found)


def sum_value_and_grad(F: Function, shared: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
                       threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None,
                       checkpoint: Any = None, **parameters: Any) -> tuple[Any, Any]:  # fmt: skip
    """The sum over points and its gradient by the first argument.

    Args:
        F, shared, points, executor, chunk, math, threads, progress, retries, local, failures, checkpoint, parameters: see `sum_grad`, whose errors these are.

    Example:
        >>> import numpy as np, jittape as jt
        >>> loss = jt.record(lambda w, x, y: (w @ x - y) ** 2, np.ones(2), np.ones(2), 1.0)
        >>> x, y = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 4.0])
        >>> value, g = jt.integrate.executor.sum_value_and_grad(loss, np.zeros(2), x, y, executor=None)
        >>> float(value), g.tolist()
        (17.0, [-2.0, -16.0])
    """
    options = Options("sum_value_and_grad", executor, chunk, retries, local, failures, checkpoint)
    found, whole = summed(F, "gradient", True, shared, points, options, math, threads, progress, parameters)
    return found[0], whole.vector(found[1:])


def sum_hvp(F: Function, shared: Any, v: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
            threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None,
            checkpoint: Any = None, **parameters: Any) -> Any:  # fmt: skip
    """The product of the sum's Hessian by the first argument with a direction.

    Args:
        v: the direction, of the structure and shapes of `shared`.
        F, shared, points, executor, chunk, math, threads, progress, retries, local, failures, checkpoint, parameters: see `sum_grad`, whose errors these are.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda w, x: np.exp(w @ x), np.ones(2), np.ones(2))
        >>> jt.integrate.executor.sum_hvp(F, np.zeros(2), np.array([1.0, 0.0]), np.array([[1.0, 2.0], [3.0, 4.0]]), executor=None).tolist()
        [10.0, 14.0]
    """
    options = Options("sum_hvp", executor, chunk, retries, local, failures, checkpoint)
    found, whole = summed(F, "hvp", False, shared, points, options, math, threads, progress, parameters, v)
    return whole.vector(found)


def sum_hessian(F: Function, shared: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
                threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None,
                checkpoint: Any = None, **parameters: Any) -> Any:  # fmt: skip
    """The Hessian of the sum by the first argument.

    Args:
        F, shared, points, executor, chunk, math, threads, progress, retries, local, failures, checkpoint, parameters: see `sum_grad`, whose errors these are.

    Returns:
        For a first argument of shape s an array of shape s + s; of a container, blocks in its structure twice.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda w, x: np.exp(w @ x), np.ones(2), np.ones(2))
        >>> jt.integrate.executor.sum_hessian(F, np.zeros(2), np.array([[1.0, 2.0], [3.0, 4.0]]), executor=None).tolist()
        [[10.0, 14.0], [14.0, 20.0]]
    """
    options = Options("sum_hessian", executor, chunk, retries, local, failures, checkpoint)
    found, whole = summed(F, "hessian", False, shared, points, options, math, threads, progress, parameters)
    n = sum(whole.sizes)
    return whole.matrix(found.reshape(n, n))


def sum_gauss_newton(F: Function, shared: Any, *points: Any, executor: Any, chunk: int | None = None, math: str = "fast",
                     threads: int | None = 1, progress: Any = None, retries: int = 2, local: bool = True, failures: Any = None,
                     checkpoint: Any = None, **parameters: Any) -> tuple[Any, Any, Any]:  # fmt: skip
    """Half the sum of squared residuals, its gradient, and the matrix of Gauss and Newton, the sum of J^T J, by the first argument.

    Args:
        F: a recorded function F(shared, *point) that returns the residuals of one point, a number or an array.
        shared, points, executor, chunk, math, threads, progress, retries, local, failures, checkpoint, parameters: see `sum_grad`.

    Returns:
        (value, gradient of the structure of `shared`, matrix as `sum_hessian` returns it).

    Raises:
        GradientError: the function returns more than one array.
        Exception: as in `sum_grad`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda w, x, y: w @ x - y, np.ones(2), np.ones(2), 1.0)
        >>> x, y = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([1.0, 4.0, 3.0])
        >>> value, gradient, matrix = jt.integrate.executor.sum_gauss_newton(F, np.zeros(2), x, y, executor=None)
        >>> np.linalg.solve(matrix, -gradient).tolist(), float(value)
        ([1.0, 2.0], 13.0)
    """
    options = Options("sum_gauss_newton", executor, chunk, retries, local, failures, checkpoint)
    found, whole = summed(F, "gauss_newton", True, shared, points, options, math, threads, progress, parameters)
    n = sum(whole.sizes)
    return found[0], whole.vector(found[1 : 1 + n]), whole.matrix(found[1 + n :].reshape(n, n))
