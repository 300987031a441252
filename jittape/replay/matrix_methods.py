"""The methods of a recorded function that give matrices, and products with them: Jacobians and Hessians, dense and sparse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jittape.replay import jacobians
from jittape.replay.batch_methods import Batches
from jittape.replay.builtins import DENSE, PRODUCT

if TYPE_CHECKING:
    from jittape.sparse.sparsity import Sparsity


class Matrices(Batches):
    """The part of `Function` that gives Jacobians and Hessians."""

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
        return jacobians.dense(self, args, out, parameters)

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
