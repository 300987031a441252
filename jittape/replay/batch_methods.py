"""The methods of a recorded function for many points at once."""

from __future__ import annotations

from typing import Any

from jittape.replay.paths import Paths


class Batches(Paths):
    """The part of `Function` that takes batches of points."""

    def batch_value(
        self,
        *args: Any,
        threads: int | None = None,
        math: str = "fast",
        progress: Any = None,
        out: Any = None,
        **parameters: Any,
    ) -> Any:
        """The function's value at many points, swept in SIMD lanes and threads.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] * x[1] if x[0] > 0 else -x[1], np.ones(2))
            >>> F.batch_value(np.array([[2.0, 3.0], [-1.0, 4.0]])).tolist()
            [6.0, -4.0]

        Points that decide otherwise than the recorded path are swept on their own paths, as in a call at
        one point. More: docs/parallel.md, docs/accuracy.md.

        Args:
            args: as recorded, with an axis of points before those of every leaf: (points, *shape). Where
                there are several leaves, those that are given in the recorded shape are the same at all
                points.
            threads: how many threads share the work; None for one a processor where there is enough of it.
            math: "fast" takes exp, sin and their like from the C library's vector functions where it has
                them, with errors of at most 4 units in the last place; "precise" takes those that a call at
                one point takes.
            progress: a function of (points done, points in all) that is called now and then in this thread,
                or True for a bar of tqdm, where that is installed.
            out: an array that the values are written to, where the result is one array or number:
                (points, *its shape).
            parameters: see `bind`; for this call only. One that is given with an axis of points,
                (points, *shape), differs between them: data that belong to a point and are not
                differentiated.

        Returns:
            The function's result with an axis of points before those of every leaf.

        Raises:
            ValueError: shapes that do not fit; paths that return results of different shapes.
            BranchChanged: another path is due at some point, and `on_branch` is "raise".
        """
        Y = self._batch("values", args, parameters, threads, math, progress, out)[0]
        return Y

    def batch_grad(
        self,
        *args: Any,
        threads: int | None = None,
        math: str = "fast",
        progress: Any = None,
        out: Any = None,
        **parameters: Any,
    ) -> Any:
        """The gradient at many points: of the argument's structure, with an axis of points before those of every leaf.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] * x[1], np.ones(2))
            >>> F.batch_grad(np.array([[2.0, 3.0], [-1.0, 4.0]])).tolist()
            [[3.0, 2.0], [4.0, -1.0]]
            >>> G = jt.record(lambda x, y: (x - y) ** 2, 0.0, y=0.0)  # y is a datum of each point
            >>> G.batch_grad(np.array([1.0, 2.0]), y=np.array([0.0, 5.0])).tolist()
            [2.0, -6.0]

        Args:
            args, threads, math, progress, parameters: see `batch_value`.
            out: an array that the gradients are written to: (points, *shape of the argument).

        Raises:
            GradientError: the function does not return one recorded scalar.
            ValueError, BranchChanged: those of `batch_value`.
        """
        return self._batch("gradient", args, parameters, threads, math, progress, out, values=False)[1]

    def batch_value_and_grad(
        self,
        *args: Any,
        threads: int | None = None,
        math: str = "fast",
        progress: Any = None,
        out: Any = None,
        **parameters: Any,
    ) -> tuple[Any, Any]:
        """Values and gradients at many points, of one sweep.

        Args:
            args, threads, math, progress, out, parameters: see `batch_grad`, whose errors these are.

        Returns:
            (values, gradients): (points,) and (points, *shape of the argument).

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] * x[1], np.ones(2))
            >>> values, gradients = F.batch_value_and_grad(np.array([[2.0, 3.0], [-1.0, 4.0]]))
            >>> values.tolist(), gradients.tolist()
            ([6.0, -4.0], [[3.0, 2.0], [4.0, -1.0]])
        """
        return self._batch("gradient", args, parameters, threads, math, progress, out)

    def batch_jacobian(
        self,
        *args: Any,
        threads: int | None = None,
        math: str = "fast",
        progress: Any = None,
        out: Any = None,
        **parameters: Any,
    ) -> Any:
        """The Jacobian at many points: as `jacobian`, with an axis of points before those of every block.

        Args:
            args, threads, math, progress, parameters: see `batch_value`, whose errors these are.
            out: an array that the Jacobians are written to, where there is one result and one argument.

        Returns:
            For a result of shape s and an argument of shape t, an array (points, *s, *t).

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x * x[0], np.ones(2))
            >>> F.batch_jacobian(np.array([[2.0, 3.0], [-1.0, 4.0]])).tolist()
            [[[4.0, 0.0], [3.0, 2.0]], [[-2.0, 0.0], [4.0, -1.0]]]
        """
        return self._batch("jacobian", args, parameters, threads, math, progress, out)[1]

    def _batch(self, kind: str, args: tuple[Any, ...], parameters: dict[str, Any], threads: int | None, math: str, progress: Any,
               out: Any, values: bool = True) -> tuple[Any, Any]:  # fmt: skip
        from jittape.replay import batch, columns, pieces  # for start-up

        if progress is False:
            progress = None
        named, varying, X = columns.parameters(self, parameters, columns.columns(self, args))
        task = batch.Task(
            self, named, kind, math, threads, None if progress is None else pieces.Progress(progress, len(X)), varying
        )
        try:
            return batch.run(task, X, out, values)
        finally:
            if task.progress is not None:
                task.progress.close()
