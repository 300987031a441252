"""Recorded residuals for least squares: Jacobian, Gauss-Newton matrix and their products, which share one replay a point."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from jittape import tree
from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.functions.hooks import recordable
from jittape.integrate.lagrangian import (
    SPARSE_FROM,
    Part,
    check_order,
    check_part,
    check_taken,
    gathered,
    start,
    vector,
)
from jittape.replay import access
from jittape.replay.explain.explain import Watch
from jittape.replay.function import Function
from jittape.replay.paths import Use
from jittape.replay.record import record


def recorded(f: Part, x: NDArray[np.float64], parameters: dict[str, Any], what: str) -> Function:
    """`f` recorded at x, or as it is where it was recorded already."""
    check_part(f, x, what)
    check_taken([f], parameters)
    return f if isinstance(f, Function) else record(f, x, **parameters)


def _listed(value: Any) -> bool:
    """Whether a result is a list of numbers, which SciPy takes for an array."""
    return isinstance(value, (list, tuple)) and len(value) > 0 and all(np.isscalar(v) or getattr(v, "shape", None) == () for v in value)


class _Joined:
    """A function of residuals that returns a list, as one that returns an array: an object, so that it can be pickled with the function."""

    def __init__(self, r: Callable[..., Any]) -> None:
        functools.update_wrapper(self, r)
        self.r = recordable(r)

    def __call__(self, x: Any, **parameters: Any) -> Any:
        return vector(self.r(x, **parameters))


class Residuals:
    """Residuals r(x) of least squares, their Jacobian J, and the Gauss-Newton matrix J' J.

    J' J is the Hessian of |r(x)|^2 / 2 without the terms of second derivatives, which are small where residuals are.
    Products with it take a forward and a reverse sweep and form no matrix. What was computed at a point is kept until
    another one is asked for.

    Args:
        r: a function of an array of one axis that returns residuals, an array of one axis or more or a list of numbers; or
            one that `jittape.record` returned.
        x0: a point to record it at.
        sparse: whether `jac` and `gauss_newton` return a `scipy.sparse.csr_array`; by default from 200 variables on.
        parameters: keyword arguments of `r` that are not differentiated; `residuals.function.bind(...)` changes them.

    Attributes:
        function: the recorded function.
        shape: of the Jacobian: (residuals, variables).

    Raises:
        GradientError: `r` returns nothing recorded, or several arrays.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import Residuals
        >>> R = Residuals(lambda x: np.stack([x[0] * x[1], x[1] ** 2, x[0]]), np.ones(2))
        >>> x = np.array([2.0, 3.0])
        >>> R.residuals(x).tolist(), R.jac(x).tolist()
        ([6.0, 9.0, 2.0], [[3.0, 2.0], [0.0, 6.0], [1.0, 0.0]])
        >>> R.gauss_newton(x).tolist(), R.gauss_newton_product(x, np.array([1.0, 0.0])).tolist()
        ([[10.0, 6.0], [6.0, 40.0]], [10.0, 6.0])
    """

    def __init__(self, r: Part, x0: Any, *, sparse: bool | None = None, **parameters: Any) -> None:
        check_order("Residuals(r, x0)", x0, r)
        x, parameters = start(x0), gathered(parameters)
        self.function = recorded(r, x, parameters, "the vector of residuals")
        path = self.function.paths[0]
        if not isinstance(r, Function) and _listed(path.rebuild_output(path.outputs)):
            self.function = record(_Joined(r), x, **parameters)
        self.sparse = x.size >= SPARSE_FROM if sparse is None else sparse
        (out, *more) = self.function.paths[0].outputs or [None]
        if more or not isinstance(out, Array) or out.is_mask:
            if more:
                got, way = tree.describe(path.rebuild_output(path.outputs)), "np.stack numbers; of arrays, np.concatenate them"
            else:
                got = "None" if out is None else "truth values" if isinstance(out, Array) else "what does not depend on x"
                way = "a return is missing, perhaps" if out is None else "residuals depend on x"
            raise GradientError(f"{self.function.name} does not return one recorded array of residuals but {got}; {way}")
        if not out.shape:
            raise ValueError("residuals are an array of at least one axis, not of shape (); for one residual, np.stack([r])")
        self.shape = (out.size, x.size)
        self.watch = Watch(self.function, "the vector of residuals")
        self._x: Any = None
        self._bindings: Any = None
        self._use: Use | None = None
        self._kept: dict[str, Any] = {}
        self._lock = threading.RLock()

    # --- one point ---------------------------------------------------------------------------------------------------------

    def _at(self, x: Any) -> Use:
        """The replay that went forward at x."""
        bound = access.bindings(self.function)  # parameters that were bound anew make another function of it
        if self._use is None or bound is not self._bindings or not np.array_equal(x, self._x):
            self._end()
            x = np.array(x, float)  # SciPy changes its x in place
            self._use = access.forward(self.function, x)
            self._x, self._bindings = x, bound
            self._kept["r"] = np.ravel(self._use.replay.results())
            self.watch.values(x, self._kept["r"])
        return self._use

    def _end(self) -> None:
        self._kept = {}
        self._x = None
        use, self._use = self._use, None
        if use is not None:
            use.end()

    def __del__(self) -> None:
        if getattr(self, "_use", None) is not None:
            self._end()

    def __getstate__(self) -> dict[str, Any]:
        left = ("_use", "_x", "_bindings", "_kept", "_lock", "watch")
        return {name: value for name, value in self.__dict__.items() if name not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.watch = Watch(self.function, "the vector of residuals")
        self._x = self._bindings = self._use = None
        self._kept = {}
        self._lock = threading.RLock()

    def residuals(self, x: Any) -> NDArray[Any]:
        """r(x), [m]."""
        with self._lock:
            self._at(x)
            found: NDArray[Any] = self._kept["r"].copy()
            return found

    fun = residuals

    def cost(self, x: Any) -> float:
        """|r(x)|^2 / 2, which SciPy calls cost."""
        r = self.residuals(x)
        return float(r @ r) / 2.0

    def gradient(self, x: Any) -> NDArray[Any]:
        """J' r, [n]: the gradient of the cost, by one reverse sweep."""
        with self._lock:
            self._at(x)
            return self._pull(self._kept["r"])

    def jac(self, x: Any) -> Any:
        """J, [m, n], dense or sparse."""
        with self._lock:
            self._at(x)
            if "J" not in self._kept:
                point = self._x
                if self.sparse:
                    J = self.function.sparse_jacobian(point)
                else:
                    J = np.reshape(self.function.jacobian(point), self.shape)
                self._kept["J"] = J
                self.watch.values(point, self._kept["r"], J.data if self.sparse else J)
            return self._kept["J"].copy()

    # --- products ----------------------------------------------------------------------------------------------------------

    def _push(self, v: Any) -> NDArray[Any]:
        assert self._use is not None
        found = self._use.replay.push([self._vector(v, self.shape[1], "a direction")])
        return np.array(found[0], float).ravel()

    def _pull(self, u: Any) -> NDArray[Any]:
        assert self._use is not None
        replay = self._use.replay
        (out,) = replay.path.outputs
        if not isinstance(out, Array):  # a path whose residuals are constants
            return np.zeros(self.shape[1])
        (found,) = replay.pull([(out.slots.ravel(), self._vector(u, self.shape[0], "an adjoint"))])
        return np.asarray(found)

    @staticmethod
    def _vector(v: Any, size: int, what: str) -> NDArray[np.float64]:
        v = np.asarray(v, float)
        if v.size != size or v.ndim > 2 or (v.ndim == 2 and 1 not in v.shape):
            raise ValueError(f"{what} is a vector of {size} numbers, not of shape {v.shape}")
        flat: NDArray[np.float64] = v.ravel()
        return flat

    def jac_product(self, x: Any, v: Any) -> NDArray[Any]:
        """J v, [m], by one forward sweep."""
        with self._lock:
            self._at(x)
            return self._push(v)

    def jac_transpose_product(self, x: Any, u: Any) -> NDArray[Any]:
        """J' u, [n], by one reverse sweep."""
        with self._lock:
            self._at(x)
            return self._pull(u)

    def operator(self, x: Any) -> LinearOperator:
        """J as a `scipy.sparse.linalg.LinearOperator`, for `lsmr` and its like; it forms no matrix."""
        x = np.array(x, float)
        return LinearOperator(self.shape, matvec=lambda v: self.jac_product(x, v), rmatvec=lambda u: self.jac_transpose_product(x, u), dtype=float)  # fmt: skip

    # --- Gauss-Newton ------------------------------------------------------------------------------------------------------

    def gauss_newton(self, x: Any) -> Any:
        """J' J, [n, n], symmetric: dense, or a `csr_array` with int32 indices."""
        with self._lock:
            J = self.jac(x)
        if not scipy.sparse.issparse(J):
            return J.T @ J
        found = scipy.sparse.csr_array(J.T @ J)
        found.sort_indices()
        return found

    def gauss_newton_product(self, x: Any, v: Any) -> NDArray[Any]:
        """J' (J v), [n]: a forward and a reverse sweep of one replay."""
        with self._lock:
            self._at(x)
            return self._pull(self._push(v))

    def gauss_newton_operator(self, x: Any) -> LinearOperator:
        """J' J as a `scipy.sparse.linalg.LinearOperator`, for `cg` and its like."""
        x = np.array(x, float)
        n = self.shape[1]

        def product(v: Any) -> NDArray[Any]:
            return self.gauss_newton_product(x, v)

        return LinearOperator((n, n), matvec=product, rmatvec=product, dtype=float)
