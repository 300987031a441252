"""Record once, replay natively: what `record` returns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.array.complexes import is_complex
from jittape.errors import GradientError
from jittape.functional.complexes import Packing, has_parts
from jittape.functional.trace import REFUSED
from jittape.functions.hooks import RECORDED
from jittape.replay.batch_methods import Batches
from jittape.replay.builtins import BOTH, DENSE, GRADIENT, PRODUCT, VALUE
from jittape.replay.jacobians import jacobian
from jittape.replay.path import Replay
from jittape.replay.paths import Use
from jittape.replay.pieces import check_threads
from jittape.tape.loops import enabled

if TYPE_CHECKING:
    from jittape.replay.description import Description
    from jittape.replay.explain.findings import Explanation
    from jittape.replay.profile.profile import Profile
    from jittape.sparse.sparsity import Sparsity

_NOTHING: Any = object()
"""Stands for an argument that was not given."""


class Function(Batches):
    """A recorded function, replayed natively. Made by `jittape.record`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: np.sum(x**3), np.ones(2))
        >>> float(F(np.array([1.0, 2.0]))), F.grad(np.array([1.0, 2.0])).tolist()
        (9.0, [3.0, 12.0])
        >>> F.batch_grad(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
        [[3.0, 12.0], [27.0, 48.0]]

    What the function decided by its arguments' values when it was recorded (a branch, a loop's end, a
    sort order) is checked at every replay. Where another decision is due, the path that takes it is
    found among those recorded before, or recorded then (`on_branch="record"`), or `BranchChanged` is
    raised (`on_branch="raise"`).

    Several threads may use a Function at once. More: docs/recording.md.

    Attributes:
        name: of the recorded function.
        shapes: shapes of the differentiated leaves, in order.
        on_branch: "record" or "raise".
        max_paths: how many paths are kept; the one that was not used for longest goes first.
    """

    def __repr__(self) -> str:
        more = f", {len(self._paths)} paths" if len(self._paths) > 1 else ""
        return f"<jittape.Function {self.name}: {self.tape!r}{more}>"

    def compile(self, report: bool = False, threads: int | None = 1) -> Any:
        """Compile the loops of this function's paths: calls, gradients and products with them take a fraction of the time afterwards.

        A loop that was recorded turn by turn is found again, and its body is compiled, once for every number of turns. The numbers are
        the same to the last bit. What is no loop goes on being interpreted; see docs/loops.md. `JITTAPE_LOOPS=0` makes it do nothing.

        Args:
            report: return what became a loop and what did not, to be printed, in place of the function.
            threads: how many threads share long loops whose turns do not depend on each other, where that saves time; None for one a processor. The
                numbers do not depend on it. Paths and second derivatives that come later have it, too.

        Returns:
            The function itself, or a list of reports, one a path, those of second derivatives that were asked for included.

        Raises:
            ValueError: `threads` is no number of threads.

        Example:
            >>> import jittape as jt
            >>> def f(x):
            ...     for _ in range(100):
            ...         x = x - 0.1 * x * x
            ...     return x
            >>> F = jt.record(f, 1.0).compile()
            >>> bool(F.grad(1.0) == jt.record(f, 1.0).grad(1.0))
            True
        """
        from jittape.replay import hessians  # for start-up
        from jittape.replay.compiled import compile_path

        check_threads(threads)
        self._compiled = enabled()
        hessians.products_to_compile(self)
        functions = [self, *(derived for derived in (self._products, self._entries) if derived)]
        paths = [path for function in functions for path in function._paths]
        reports = [compile_path(path) for path in paths] if self._compiled else []
        for function in functions:
            function._threads = threads
        for path in paths:
            path.share(threads)
        return reports if report else self

    def describe(self) -> Description:
        """What was recorded: arguments and results, and each path with what it decided, its size, and what of it is compiled.

        Returns:
            A `Description`: text by `print`, a table in Jupyter; its attributes are the figures.

        Example:
            >>> import jittape as jt
            >>> F = jt.record(lambda x: x**2 if x > 0 else -x, 1.0)
            >>> F(-1.0).item()
            1.0
            >>> print(F.describe())  # doctest: +ELLIPSIS
            <lambda>(ndarray[]) -> (), float64
              path 1 of 2: 2 instructions, ...
                the truth value at ... was False
              path 2 of 2: 2 instructions, ...
                the truth value at ... was True
        """
        from jittape.replay.description import Description  # for start-up

        return Description(self)

    def profile(self, *args: Any, measure_for: float = 0.5, **parameters: Any) -> Profile:
        """Where time and memory of value and gradient at a point go: by source line, by operation and by loop, forward and reverse.

        What is there is timed, on the path that the point takes: interpreted, or with compiled loops after `compile()`. Sweeps of stretches of
        the recording are timed in turns with whole calls; docs/looking.md says how, and to what a time is known.

        Args:
            args: as recorded.
            measure_for: about how many seconds it may take; a few calls are timed in any case.
            parameters: see `bind`; for this call only.

        Returns:
            A `Profile`: tables by `print` and in Jupyter, `by_line()`, `by_operation()` and `by_loop()` as data, `plot()` as a picture.

        Raises:
            ValueError: another shape than was recorded; a function that computes nothing.
            BranchChanged: another path is due, and `on_branch` is "raise".

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(np.exp(x) + x), np.ones(100_000))
            >>> profile = F.profile(np.ones(100_000))
            >>> [row.what for row in profile.by_operation()][0]
            'exp'
        """
        from jittape.replay.profile.profile import Profile  # for start-up

        if not measure_for >= 0.0:
            raise ValueError(f"measure_for is a number of seconds from 0 on, not {measure_for!r}")
        return Profile(self, args, parameters, measure_for)

    def _repr_html_(self) -> str:
        return self.describe()._repr_html_()

    # --- one point ---------------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **parameters: Any) -> Any:
        """The function's value, in its own structure, as NumPy.

        Keyword arguments are parameters (see `bind`), for this call only.
        """
        if len(args) == 1 and not parameters and self._shape is not None:
            value = self._shortly(VALUE, args[0], None)
            if value is not None:
                return value
        use = self._forward(args, parameters)
        out = use.replay.results()
        use.replay.prepare()
        use.end()
        return out

    def _shortly(self, which: int, x: Any, out: Any) -> Any:
        """The short way: what one native call gives, VALUE, GRADIENT or BOTH; None where it cannot be gone."""
        pool = self._path.pool
        try:
            replay = pool.pop()
        except IndexError:  # as many replays of the path are under way as there ever were
            return None
        found = None
        try:
            if replay.quick is not None:
                call, words = replay.quick[which]
                found = call(x, out)
                if found is None:
                    replay.stopped(words)
        finally:  # there may have been no memory for the result
            pool.append(replay)
        return found

    def grad(self, x: Any = _NOTHING, /, *more: Any, out: Any = None, **parameters: Any) -> Any:
        """The gradient with respect to the argument (a tuple of gradients where there are several).

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x**3), np.ones(2))
            >>> F.grad(np.array([1.0, 2.0])).tolist()
            [3.0, 12.0]
            >>> g = np.empty(2)
            >>> F.grad(np.array([1.0, 2.0]), out=g) is g
            True

        Args:
            x, more: arguments as recorded.
            out: an array of the argument's shape and dtype that the gradient is written to and that is returned (for
                several arguments, or containers, arrays in the structure of the gradient).
            parameters: see `bind`; for this call only.

        Raises:
            GradientError: the function does not return one recorded scalar.
            ValueError: another shape than was recorded, or an `out` of another shape or dtype.
            BranchChanged: another path is due, and `on_branch` is "raise".
        """
        if not more and not parameters and self._shape is not None:
            g = self._shortly(GRADIENT, x, out)
            if g is not None:
                return g
        return self._value_and_grad(() if x is _NOTHING else (x, *more), out, parameters, GRADIENT)[1]

    def value_and_grad(self, x: Any = _NOTHING, /, *more: Any, out: Any = None, **parameters: Any) -> tuple[Any, Any]:
        """Value and gradient of one replay.

        Args:
            x, more, out, parameters: see `grad`, whose errors these are.

        Returns:
            (value, gradient).

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x**3), np.ones(2))
            >>> value, g = F.value_and_grad(np.array([1.0, 2.0]))
            >>> float(value), g.tolist()
            (9.0, [3.0, 12.0])
        """
        if not more and not parameters and self._shape is not None:
            both: tuple[Any, Any] | None = self._shortly(BOTH, x, out)
            if both is not None:
                return both
        return self._value_and_grad(() if x is _NOTHING else (x, *more), out, parameters, BOTH)

    def _value_and_grad(self, args: tuple[Any, ...], out: Any, parameters: dict[str, Any], wanted: int) -> tuple[Any, Any]:
        """The value (None where only the gradient is wanted) and the gradient."""
        outs = None if out is None else self._check_out(self._out_leaves(out))
        use = self._forward(args, parameters, wanted)
        value = use.replay.results() if wanted == BOTH else None
        leaves = self._gradient(use.replay, outs)
        use.end()
        return value, out if out is not None else self._structured(leaves)

    def _gradient(self, replay: Replay, outs: list[Any] | None) -> list[Any]:
        path = replay.path
        if path.seed < 0:
            if not path.constant:
                how = ""
                if has_parts(path.rebuild_output(list(range(len(path.outputs))))):
                    how = ": it returns complex numbers; reduce them to a real one, or record jittape.grad(f, holomorphic=True) of an analytic function (docs/complex.md)"
                raise GradientError(f"{self.name} does not return one recorded scalar, so it has no gradient{how}")
            for o in outs or ():
                o[...] = 0.0
            return [np.zeros(shape, self._dtype)[()] for shape in self.shapes]
        leaves = replay.gradient(outs)
        replay.prepare()
        return leaves

    def jacobian(self, *args: Any, out: Any = None, **parameters: Any) -> Any:
        """The Jacobian: for a result of shape s and an argument of shape t an array of shape s + t.

        For containers, the structure of the result with the structure of the gradient at each leaf. It is assembled from
        reverse sweeps (one a result) or forward sweeps (one a variable), whichever are fewer; for all of them at once, as
        matrices, where the function is of arithmetic over arrays, sums and products of matrices; for eight or sixteen at once, where it is of
        scalars, or of arrays that are not long (docs/decisions/022-linear-programs.md).

        Args:
            args: as recorded.
            out: an array that the Jacobian is written to, where there is one result and one argument.
            parameters: see `bind`; for this call only.

        Raises:
            GradientError: a complex result by a complex argument.
            ValueError: `out` where there are several results or arguments, or of another shape or dtype.
            BranchChanged: another path is due, and `on_branch` is "raise".

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[:2] * x[1:], np.ones(3))
            >>> F.jacobian(np.array([1.0, 2.0, 3.0])).tolist()
            [[2.0, 1.0, 0.0], [0.0, 3.0, 2.0]]
        """
        use = self._forward(args, parameters)
        path, replay = use.replay.path, use.replay
        if self._complex and has_parts(path.rebuild_output(list(range(len(path.outputs))))):
            use.end()
            raise GradientError(
                f"jacobian: {self.name} has a complex result by a complex argument, which has four real derivatives; record "
                "jittape.jacobian(f, holomorphic=True) of an analytic function, or call F.jvp or F.vjp (docs/complex.md)"
            )
        sizes = [
            (int(np.prod(o.shape, dtype=np.int64)) if isinstance(o, Array) and not o.is_mask else 0)
            for o in path.outputs
        ]
        columns = sum(stop - start for start, stop, _ in path.inputs)
        given = None
        if out is not None and self._one_array and len(sizes) == 1:
            self._check_out([out], [path.outputs[0].shape + self.shapes[0] if isinstance(path.outputs[0], Array) else np.shape(path.outputs[0]) + self.shapes[0]])
            given = out.reshape(sizes[0], columns) if out.flags.c_contiguous and sizes[0] and columns else None
        found = jacobian(replay, given)
        if found is not None and given is not None and len(found) == 1 and found[0] is given:
            use.replay.prepare()
            use.end()
            return out
        if found is not None and len(found) == len(sizes) == 1 and out is None:
            use.replay.prepare()
            use.end()
            return path.rebuild_output([self._structured([found[0].reshape(path.outputs[0].shape + self.shapes[0])[()]])])
        blocks = [
            [np.zeros((o.shape if isinstance(o, Array) else np.shape(o)) + shape, self._dtype) for shape in self.shapes]
            for o in path.outputs
        ]
        if out is not None:
            if len(blocks) != 1 or not self._one_array:
                raise ValueError("out needs a function of one array with one result; leave it away")
            self._check_out([out], [blocks[0][0].shape])
            if out.flags.c_contiguous:
                out[...] = 0.0
                blocks = [[out]]
        if found is not None:
            ends = np.cumsum([0, *sizes])
            for k, row in enumerate(blocks):
                for block, matrix in zip(row, found, strict=True):
                    block[...] = matrix[ends[k] : ends[k + 1]].reshape(block.shape) if sizes[k] else 0.0
        elif columns < sum(sizes):
            tangents = [np.zeros(stop - start, self._dtype) for start, stop, _ in path.inputs]
            for j, t in enumerate(tangents):
                for i in range(t.size):
                    t[i] = 1.0
                    for k, column in enumerate(replay.push(tangents)):
                        if sizes[k]:
                            _flat(blocks[k][j], self.shapes[j])[..., i] = column
                    t[i] = 0.0
        else:
            for k, o in enumerate(path.outputs):
                if sizes[k]:
                    for place in np.ndindex(o.shape):
                        row = [
                            block[place] if block.ndim > len(place) else _element(block, place) for block in blocks[k]
                        ]
                        replay.pull([(o.slots[place].reshape(1), 1.0)], row)
        use.end()
        if out is not None:
            if blocks[0][0] is not out:
                out[...] = blocks[0][0]
            return out
        return path.rebuild_output([self._structured([b[()] for b in row]) for row in blocks])

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any], **parameters: Any) -> tuple[Any, Any]:
        """Value and directional derivative, by a forward sweep: as `jittape.jvp` of the recorded function.

        Args:
            primals: a tuple of the arguments.
            tangents: as many directions, of the same structure and shapes.
            parameters: see `bind`; for this call only.

        Returns:
            (value, tangent of it), of the same structure.

        Raises:
            TypeError: primals or tangents are no tuple or list.
            ValueError: another structure or shape than was recorded.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x**2, np.ones(2))
            >>> F.jvp((np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))[1].tolist()
            [2.0, 0.0]
        """
        if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
            raise TypeError("jvp takes the primals and the tangents as two tuples: F.jvp((x,), (v,))")
        directions = self._leaves(tuple(tangents))
        use = self._forward(tuple(primals), parameters)
        out, found = use.replay.results(), use.replay.push(directions)
        use.end()
        return out, use.replay.path.rebuild_output(found)

    def vjp(self, *primals: Any, **parameters: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """The value, and the function that pulls an adjoint of it back: as `jittape.vjp` of the recorded function.

        Args:
            primals: the arguments, as recorded.
            parameters: see `bind`; for this call only.

        Returns:
            (value, pullback): the pullback takes an adjoint of the value's structure and shapes and returns a tuple with one adjoint
            an argument; ValueError where the structure or a shape is another one. It holds memory of the replay until it is dropped.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x**2, np.ones(2))
            >>> value, pull = F.vjp(np.array([1.0, 2.0]))
            >>> pull(np.array([1.0, 10.0]))[0].tolist()
            [2.0, 40.0]
        """
        use = self._forward(primals, parameters)
        out = use.replay.results()
        return out, _Pullback(self, use, out)

    def hvp(self, x: Any, v: Any, out: Any = None, **parameters: Any) -> Any:
        """The Hessian times a vector, or a block of vectors, at a point: H(x) v.

        Args:
            x: the argument (for several arguments, a tuple of them).
            v: a direction of the structure and shapes of x; or a block of them, with an axis of directions before the axes
                of every leaf.
            out: where the products are written to: of the structure and shapes of v.
            parameters: see `bind`; for this call only.

        Returns:
            H(x) v, of the structure and shapes of v.

        Raises:
            GradientError: the function does not return one recorded scalar.
            ValueError: v or `out` is of another structure or shape.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x**3), np.ones(2))
            >>> F.hvp(np.array([1.0, 2.0]), np.array([1.0, 0.0])).tolist()
            [6.0, 0.0]
        """
        if self._entries and self._shape is not None and not parameters:
            found = self._entries.quickly(PRODUCT, x, v, out)
            if found is not None:
                return found
        from jittape.replay import hessians  # for start-up

        return hessians.hvp(self, x, v, out, parameters)

    def hessian(self, *args: Any, out: Any = None, **parameters: Any) -> Any:
        """The dense Hessian, exactly symmetric: for an argument of shape t of shape t + t, as `jittape.hessian`.

        Args:
            args: as recorded.
            out: an array that the Hessian is written to, where there is one argument.
            parameters: see `bind`; for this call only.

        Raises:
            GradientError: the function does not return one recorded scalar.
            ValueError: `out` where there are several arguments, or of another shape or dtype.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] ** 2 * x[1], np.ones(2))
            >>> F.hessian(np.array([1.0, 2.0])).tolist()
            [[4.0, 2.0], [2.0, 0.0]]
        """
        if len(args) == 1 and not parameters and self._entries and self._shape is not None:
            found = self._entries.quickly(DENSE, args[0], out)
            if found is not None:
                return found
        from jittape.replay import hessians  # for start-up

        return hessians.hessian(self, args, out, parameters)

    def batch_hvp(self, X: Any, V: Any, *, threads: int | None = None, math: str = "fast", progress: Any = None, **parameters: Any) -> Any:
        """The Hessian at many points times a vector each: as `hvp`, with an axis of points before those of every leaf.

        Args:
            X: the points, (points, *shape); for several arguments, a tuple of them.
            V: a direction for each, of the structure and shapes of X.
            threads, math, progress, parameters: see `batch_value`.

        Returns:
            H(x) v of each point, of the structure and shapes of V.

        Raises:
            GradientError: the function does not return one recorded scalar.
            ValueError: shapes that do not fit.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x**3), np.ones(2))
            >>> F.batch_hvp(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 2))).tolist()
            [[6.0, 12.0], [18.0, 24.0]]
        """
        from jittape.replay import hessians  # for start-up

        with hessians.placed(self, (X,) if self._single else tuple(X), threads, parameters):
            return hessians.batch_hvp(self, X, V, threads, math, progress, parameters)

    def batch_hessian(self, *args: Any, threads: int | None = None, math: str = "fast", **parameters: Any) -> Any:
        """Dense Hessians at many points, exactly symmetric: as `hessian`, with an axis of points before those of every block.

        Args:
            args: as recorded, with an axis of points: (points, *shape).
            threads, math, parameters: see `batch_value`.

        Returns:
            For an argument of shape t, an array (points, *t, *t).

        Raises:
            GradientError: the function does not return one recorded scalar.
            ValueError: shapes that do not fit.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] ** 2 * x[1], np.ones(2))
            >>> F.batch_hessian(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
            [[[4.0, 2.0], [2.0, 0.0]], [[8.0, 6.0], [6.0, 0.0]]]
        """
        from jittape.replay import hessians  # for start-up

        with hessians.placed(self, args, threads, parameters):
            return hessians.batch_hessian(self, args, threads, math, parameters)

    def sparse_hessian(self, *args: Any, out: Any = None, **parameters: Any) -> Any:
        """The Hessian as a `scipy.sparse.csr_array` of a fixed pattern, for functions whose variables meet a few others each.

        The pattern is structural: it holds at every point of the path. Pattern and colours are found at the first call.
        All matrices of a path share its arrays, which are read-only: `H.copy().eliminate_zeros()`, not `H.eliminate_zeros()`.

        Args:
            args: as recorded; the matrix has a row and a column for every number in them, in order: (n, n).
            out: a matrix that an earlier call returned, whose data are written anew.
            parameters: see `bind`; for this call only.

        Raises:
            GradientError: the function does not return one recorded scalar.
            DensePatternError: the pattern has too many entries.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x[1:] ** 2 * x[:-1]), np.ones(3))
            >>> F.sparse_hessian(np.array([1.0, 2.0, 3.0])).toarray().tolist()
            [[0.0, 4.0, 0.0], [4.0, 2.0, 6.0], [0.0, 6.0, 4.0]]
        """
        from jittape.replay import sparse  # for start-up

        return sparse.sparse_hessian(self, args, out, parameters)

    def sparse_jacobian(self, *args: Any, out: Any = None, **parameters: Any) -> Any:
        """The Jacobian as a `scipy.sparse.csr_array` of a fixed pattern: a row a result, a column a variable.

        Args:
            args: as recorded; the matrix is (m, n) for m numbers in the result and n in the arguments, in order.
            out: a matrix that an earlier call returned, whose data are written anew.
            parameters: see `bind`; for this call only.

        Raises:
            DensePatternError: the pattern has too many entries.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[1:] * x[:-1], np.ones(3))
            >>> F.sparse_jacobian(np.array([1.0, 2.0, 3.0])).toarray().tolist()
            [[2.0, 1.0, 0.0], [0.0, 3.0, 2.0]]
        """
        from jittape.replay import sparse  # for start-up

        return sparse.sparse_jacobian(self, args, out, parameters)

    def sparsity(self, *args: Any, of: str | None = None, **parameters: Any) -> Sparsity:
        """Pattern and colours of the sparse Hessian or Jacobian, to be looked at: nothing is evaluated but which path the point takes.

        Args:
            args: as recorded.
            of: "hessian" or "jacobian"; None for the Hessian of a function that returns one recorded number, and the Jacobian of another.
            parameters: see `bind`; for this call only.

        Returns:
            A `Sparsity`: text by `print`, a picture in Jupyter, by `plot()` and `save("pattern.svg")`; `pattern`, `nnz`, `density`, `colours`, and by which
            way the matrix is found as data.

        Raises:
            GradientError: complex arguments, or a Hessian of what is no recorded number.
            DensePatternError: the pattern has too many entries.
            ValueError: another `of`, or another shape than was recorded.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x[1:] ** 2 * x[:-1]), np.ones(5))
            >>> print(F.sparsity(np.ones(5)))
            Hessian of <lambda>: 5 x 5, 12 entries (48.00%), at most 3 a row, bandwidth 1
            found by its entries, in one replay; by colours it would take 3 products
            · ■ · · ·
            ■ ■ ■ · ·
            · ■ ■ ■ ·
            · · ■ ■ ■
            · · · ■ ■
            ─────────
            0 1 0 2 0
        """
        from jittape.replay import sparse  # for start-up

        return sparse.sparsity(self, args, of, parameters)

    def taylor(self, x: Any, order: int, direction: Any = None, *, directions: Any = None, **parameters: Any) -> Any:
        """Taylor coefficients along a direction, or several: as `jittape.taylor` of the recorded function.

        Args:
            x: the argument (for several arguments, a tuple of them).
            order: the highest coefficient.
            direction, directions: see `jittape.taylor`.
            parameters: see `bind`; for this call only.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] ** 2 * x[1], np.ones(2))
            >>> F.taylor(np.array([1.0, 2.0]), 3, np.array([1.0, 1.0])).tolist()
            [2.0, 5.0, 4.0, 1.0]
        """
        from jittape.replay import taylor  # for start-up

        return taylor.taylor(self, x, order, direction, directions, parameters)

    def explain_nan(self, *args: Any, **parameters: Any) -> Explanation:
        """Where a NaN (or where there is none, an infinity) at a point comes from: operation, operands and source line.

        The function is recorded anew at the point, on the path that it takes there, with source lines, unless it was recorded
        with `source=True`. Values are looked at first; where they are finite, adjoints; where these are, second derivatives.

        Args:
            args: as recorded.
            parameters: see `bind`; for this call only.

        Returns:
            An `Explanation` with `what` ("value", "derivative", "second derivative" or ""), `first` (operation, index, operands, filename, line, ...)
            and a text, `str(...)`. It is false where there is nothing to explain.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(np.log(x - 1.0)), np.full(3, 2.0))
            >>> found = F.explain_nan(np.array([2.0, 0.5, 3.0]))
            >>> found.first.operation, found.first.index, found.first.operands
            ('log', (1,), (Operand(name='sub', value=-0.5),))
            >>> bool(F.explain_nan(np.array([2.0, 1.5, 3.0])))
            False
        """
        from jittape.replay.explain.explain import explain_nan  # for start-up

        return explain_nan(self, args, parameters)

    if TYPE_CHECKING:  # replay/saving.py gives the class this, which stands above it

        def save(self, path: Any) -> None: ...


class _Pullback:
    """What `Function.vjp` returns: it holds its replay until it is dropped."""

    def __init__(self, function: Function, use: Use, out: Any) -> None:
        self._function, self._use, self._out = function, use, out
        self._lock = threading.Lock()

    def __call__(self, adjoint: Any) -> tuple[Any, ...]:
        """Adjoints of the arguments, for an adjoint of the result's structure and shapes."""
        like, _ = tree.flatten(self._out)
        given = tree.aligned(adjoint, self._out)
        if given is None:
            raise ValueError(
                f"vjp needs the result's structure, {tree.describe(self._out)}; got {tree.describe(adjoint)}"
            )
        if len(like) != len(self._use.replay.path.outputs):  # some are complex
            packing = Packing(like)
            given, like = packing.apart(given, True), packing.apart(like)
        seeds = []
        for k, (a, b, o) in enumerate(zip(given, like, self._use.replay.path.outputs, strict=True)):
            if np.shape(a) != np.shape(b):
                raise ValueError(
                    f"vjp: leaf {k} has shape {np.shape(a)}, but the function's result has shape {np.shape(b)} there"
                )
            if is_complex(a):
                raise TypeError(f"vjp: leaf {k} is complex, but the function's result is real there")
            if isinstance(o, Array) and not o.is_mask:
                seeds.append((o.slots, np.asarray(a, float)))
        with self._lock:
            leaves = self._use.replay.pull(seeds)
        return tuple(self._function._adjoints(leaves))

    def __del__(self) -> None:
        self._use.end()


def _flat(block: Any, shape: tuple[int, ...]) -> Any:
    """A view of a Jacobian block with the argument's axes as one."""
    return block.reshape(*block.shape[: block.ndim - len(shape)], -1)


def _element(block: Any, place: tuple[int, ...]) -> Any:
    """A view of one element, for a derivative by a number."""
    return block[(*(slice(i, i + 1) for i in place), ...)].reshape(())


REFUSED[Function] = (
    "a recorded Function has its own derivatives: F.grad(x), F.value_and_grad(x). For a recorded Hessian, record "
    "it: jittape.record(jittape.hessian(f), x)"
)


def _native(function: Function, argnums: Any, valued: bool) -> Any:
    from jittape.replay.native_calls import native  # for start-up: it is the compiler's part

    return native(function, argnums, valued)


RECORDED.append((Function, _native))
