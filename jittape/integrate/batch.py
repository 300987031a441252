"""Many small problems of minimisation at a time: one recorded function, a problem a point, each with its own state.

Every thread has some rows of problems under way. At each turn the function is swept at the rows' trial points, in lanes, and native code judges them
(solvers/many.py): a problem that has ended leaves its row to the next one that waits, so that no lane computes what nobody needs.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from jittape.compiler.jit import function as compiled
from jittape.errors import GradientError
from jittape.replay import access
from jittape.replay.columns import Results
from jittape.replay.function import Function
from jittape.replay.models import MOST, NormalEquations, Points, SecondOrder, check_residuals, size
from jittape.replay.pieces import Progress, default_threads, in_pieces
from jittape.solvers import many, trust
from jittape.tape.display import heading, table

__all__ = ["Fits", "Found", "least_squares", "minimize"]

ROWS = 2048
"""Problems that a thread has under way."""
PIECE = 8192
"""Problems of a piece, at most: after each of them progress is told, and Ctrl-C is heard."""
MOST_NEWTON = 64
"""Variables of problems whose Hessians are recorded."""
Reals = NDArray[np.float64]
MESSAGES = {
    trust.GRADIENT: "the projected gradient is below gtol",
    trust.REDUCTION: "the relative reduction is below ftol",
    trust.STEP: "the relative step is below xtol",
    trust.LIMIT: "max_nfev evaluations are used up",
    trust.NOT_FINITE: "the function or its derivatives are not finite at the first guess",
    trust.SURROUNDED: "the function or its derivatives are not finite at any point that was tried around the last good one",
}


@dataclasses.dataclass(frozen=True, repr=False)
class Found:
    """What became of many problems: arrays with an axis of problems first. Made by `minimize` and `least_squares`.

    Attributes:
        x: the last good point of each, in the structure of the first guesses.
        fun: the function there; of least squares r'r / 2.
        grad: its gradient, (problems, n).
        optimality: the largest element of the projected gradient.
        hessian: the matrix of the model, (problems, n, n): J'J of least squares, the Hessian of "newton", an approximation of it of "bfgs".
        nit, nfev: steps that were taken, and evaluations.
        status: 1, 2, 3: projected gradient, reduction, step below gtol, ftol, xtol; 0: evaluations are used up; -1: not finite at the first guess; -2: not
            finite at any point that was tried around the last good one. `message(k)` says it in words.
        success: status > 0.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x, a: (x - a) ** 2, 0.0, a=1.0)
        >>> found = jt.integrate.batch.minimize(F, np.zeros(2), a=np.array([1.0, 2.0]))
        >>> found.x.round(6).tolist(), found.message(0)
        ([1.0, 2.0], 'the projected gradient is below gtol')
    """

    x: Any
    fun: Reals
    grad: Reals
    optimality: Reals
    hessian: Reals
    nit: NDArray[np.int64]
    nfev: NDArray[np.int64]
    status: NDArray[np.int64]

    @property
    def success(self) -> NDArray[np.bool_]:
        """Which problems have converged."""
        return self.status > 0

    def message(self, k: int) -> str:
        """In words why problem number `k` has ended."""
        return MESSAGES[int(self.status[k])]

    def __len__(self) -> int:
        return len(self.status)

    def __repr__(self) -> str:
        ends = ", ".join(f"{np.count_nonzero(self.status == s)} of status {s}" for s in sorted(set(self.status.tolist()), reverse=True))
        return f"<{len(self)} problems: {np.count_nonzero(self.success)} converged{'; ' + ends if ends else ''}>"

    def _repr_html_(self) -> str:
        rows = [(f"{np.count_nonzero(self.status == s):,}", s, MESSAGES[s]) for s in sorted(set(self.status.tolist()), reverse=True)]
        return heading(f"{len(self):,} problems: {np.count_nonzero(self.success):,} converged") + table(("problems", "status", "what it says"), rows, numbers=2)


@dataclasses.dataclass(frozen=True, repr=False)
class Fits(Found):
    """What became of many problems of least squares; see `Found`. Made by `least_squares`.

    Attributes:
        residuals: how many residuals a problem has.

    Example:
        >>> import numpy as np, jittape as jt
        >>> t = np.arange(4.0)
        >>> Y = np.array([[1.0, 3.1, 4.9, 7.0], [0.0, 1.1, 1.9, 3.0]])
        >>> F = jt.record(lambda p, y: p[0] + p[1] * t - y, np.ones(2), y=Y[0])
        >>> fits = jt.integrate.batch.least_squares(F, np.ones(2), y=Y)
        >>> fits.x.round(4).tolist(), fits.covariance().shape
        ([[1.03, 1.98], [0.03, 0.98]], (2, 2, 2))
    """

    residuals: int

    def covariance(self, *, absolute_sigma: bool = False) -> Reals:
        """Covariances of the estimates, (problems, n, n): inverses of J'J, times r'r / (m - n).

        As `scipy.optimize.curve_fit` gives them; infinite where J'J is singular.

        Args:
            absolute_sigma: residuals are in units of their errors, and the inverses are not scaled.
        """
        n = self.hessian.shape[1]
        scale = np.sqrt(np.maximum(np.einsum("pii->pi", self.hessian), 0.0))
        scale[scale == 0.0] = 1.0
        e, V = np.linalg.eigh(np.nan_to_num(self.hessian / (scale[:, :, None] * scale[:, None, :])))
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Reals = np.einsum("pik,pk,pjk->pij", V, 1.0 / e, V) / (scale[:, :, None] * scale[:, None, :])
            if not absolute_sigma:
                found *= (2.0 * self.fun / (self.residuals - n) if self.residuals > n else np.full(len(self), np.inf))[:, None, None]
        found[(e[:, 0] <= 1e-15 * n * e[:, -1]) | ~np.isfinite(self.hessian).all((1, 2))] = np.inf
        return found


def least_squares(F: Any, X0: Any, *, bounds: Any = (-np.inf, np.inf), ftol: float = 1e-8, xtol: float = 1e-8, gtol: float = 1e-8, max_nfev: int | None = None,
                  threads: int | None = None, math: str = "fast", progress: Any = None, **parameters: Any) -> Fits:  # fmt: skip
    """Many problems of least squares, min r'r / 2 with bounds: Levenberg's and Marquardt's method in lanes and threads, each problem with its own state.

    Args:
        F: recorded residuals r(x), of whatever shape: `jittape.record(r, x, y=y)`.
        X0: first guesses, with an axis of problems before those of the argument (a tuple of such where F has several); or one for all problems, of the
            recorded shape, where parameters have the axis.
        bounds: (lower, upper), numbers or arrays (n,) or (problems, n), of the arguments' numbers in order.
        ftol, xtol, gtol: a problem has ended where the predicted and the actual reduction are below ftol times the cost, a step below xtol times x (in
            the norm of J's columns), or all elements of the projected gradient below gtol.
        max_nfev: evaluations a problem at most; 100 n unless given.
        threads, math, progress: as of `F.batch_value`.
        parameters: of F; those with an axis of problems are each problem's own, its data say.

    Returns:
        A `Fits`: `x`, `fun`, `status`, `success`, `covariance()`, ... A problem that diverges, or meets NaN, says so by its status and keeps its last
        good point.

    Raises:
        TypeError: F was not recorded.
        ValueError: shapes that do not fit; a first guess that is not within its bounds.

    Example:
        >>> import numpy as np, jittape as jt
        >>> t = np.linspace(0.0, 2.0, 20)
        >>> Y = np.array([[3.0], [5.0]]) * np.exp(-np.array([[1.0], [2.0]]) * t)
        >>> F = jt.record(lambda p, y: p[0] * np.exp(-p[1] * t) - y, np.ones(2), y=Y[0])
        >>> fits = jt.integrate.batch.least_squares(F, np.ones(2), y=Y)
        >>> fits.x.round(6).tolist(), fits.success.tolist()
        ([[3.0, 1.0], [5.0, 2.0]], [True, True])
    """
    given = _arguments(F, X0, parameters, "least_squares")
    check_residuals(access.last_path(F), F.name)
    n = sum(int(np.prod(shape, dtype=np.int64)) for shape in F.shapes)
    m = Results(access.last_path(F)).size
    recorded = m * n * (n + 1) // 2 <= MOST
    points = Points(F, given, parameters, NormalEquations if recorded else "jacobian", math)
    evaluate = _values if recorded else _from_jacobians
    tolerances = _tolerances(ftol, xtol, gtol, max_nfev, 100 * n, F)
    return Fits(**_solve(points, trust.GAUSS_NEWTON, evaluate, bounds, tolerances, threads, progress), residuals=m)


def minimize(F: Any, X0: Any, *, method: str = "bfgs", bounds: Any = (-np.inf, np.inf), ftol: float = 1e-14, xtol: float = 1e-12, gtol: float = 1e-6,
             max_nfev: int | None = None, threads: int | None = None, math: str = "fast", progress: Any = None, **parameters: Any) -> Found:  # fmt: skip
    """Many problems of minimisation with bounds, in lanes and threads, each with its own state.

    Args:
        F: a recorded function of one number: `jittape.record(f, x, data=data)`.
        X0: first guesses, as of `least_squares`.
        method: "bfgs" takes values and gradients, "newton" Hessians as well, which may be indefinite; both keep steps in a region of trust.
        bounds, parameters, threads, math, progress: as of `least_squares`.
        ftol, xtol, gtol: a problem has ended where the predicted and the actual reduction are below ftol times the value, a step below xtol times x, or
            all elements of the projected gradient below gtol.
        max_nfev: evaluations a problem at most; 200 (n + 1) unless given.

    Returns:
        A `Found`: `x`, `fun`, `grad`, `status`, `success`, ...

    Raises:
        TypeError: F was not recorded.
        GradientError: F does not return one recorded number.
        ValueError: shapes that do not fit; a first guess that is not within its bounds; a method that there is not; "newton" of more than 64 variables.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x, a: 100.0 * (x[1] - x[0] ** 2) ** 2 + (a - x[0]) ** 2, np.zeros(2), a=1.0)
        >>> found = jt.integrate.batch.minimize(F, np.zeros((3, 2)), a=np.array([1.0, 2.0, 3.0]), method="newton")
        >>> found.x.round(4).tolist()
        [[1.0, 1.0], [2.0, 4.0], [3.0, 9.0]]
    """
    given = _arguments(F, X0, parameters, "minimize")
    path = access.last_path(F)
    if path.seed < 0 and not path.constant:
        raise GradientError(f"{F.name} does not return one recorded scalar, which is what minimize takes; for an array of residuals there is least_squares")
    if method not in ("bfgs", "newton"):
        raise ValueError(f'method is "bfgs" or "newton", not {method!r}')
    n = sum(int(np.prod(shape, dtype=np.int64)) for shape in F.shapes)
    if method == "newton" and n > MOST_NEWTON:
        raise ValueError(f'"newton" is for up to {MOST_NEWTON} variables, and {F.name} has {n}; take "bfgs", or jittape.integrate.scipy.minimize for each problem')
    tolerances = _tolerances(ftol, xtol, gtol, max_nfev, 200 * (n + 1), F)
    if method == "bfgs":
        return Found(**_solve(Points(F, given, parameters, "gradient", math), trust.BFGS, _gradients, bounds, tolerances, threads, progress))
    return Found(**_solve(Points(F, given, parameters, SecondOrder, math), trust.NEWTON, _values, bounds, tolerances, threads, progress))


# --- what is given -------------------------------------------------------------------------------------------------------


def _arguments(F: Any, X0: Any, parameters: dict[str, Any], name: str) -> tuple[Any, ...]:
    """The arguments of a batch."""
    if not isinstance(F, Function):
        swapped = f": the arguments are {name}(F, X0), in this order" if isinstance(X0, Function) else ""
        raise TypeError(f"{name} of many problems takes a recorded function, F = jittape.record(f, x0), not {type(F).__name__}{swapped}")
    args = (X0,) if len(F.shapes) == 1 or not isinstance(X0, tuple) else X0
    if access.of_one_array(F) and np.shape(X0) == F.shapes[0]:
        known = {k: np.shape(v) for k, v in access.parameters(F).items() if not isinstance(v, (tuple, list, dict))}
        counts = {np.shape(v)[0] for k, v in parameters.items() if k in known and np.ndim(v) == len(known[k]) + 1 and np.shape(v)[1:] == known[k]}
        if len(counts) == 1:
            return (np.broadcast_to(np.asarray(X0), (counts.pop(), *F.shapes[0])),)
    return args


def _tolerances(ftol: float, xtol: float, gtol: float, limit: int | None, default: int, F: Function) -> Reals:
    for name, x in (("ftol", ftol), ("xtol", xtol), ("gtol", gtol)):
        if not isinstance(x, (int, float, np.floating)) or not x >= 0.0:
            raise ValueError(f"{name} is a number of zero or more, not {x!r}")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, (int, np.integer)) or limit < 1):
        raise ValueError(f"max_nfev is a number of evaluations, 1 or more, or None for {default}, not {limit!r}")
    return np.array([ftol, xtol, gtol, 4.0 * np.finfo(access.dtype(F)).eps, default if limit is None else limit])


def _bounds(bounds: Any, X: NDArray[Any]) -> tuple[Reals, Reals]:
    """Lower and upper bounds of every problem, between which its first guess stands."""
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        raise ValueError(f"bounds is (lower, upper), two numbers or arrays, not {bounds!r}")
    sides = []
    for name, side in zip(("lower", "upper"), bounds, strict=True):
        a = np.asarray(side, float)
        if a.shape not in ((), X.shape[1:], X.shape):
            raise ValueError(f"{name} bounds are a number, or an array of shape {X.shape[1:]} or {X.shape}, not {a.shape}")
        sides.append(np.ascontiguousarray(np.broadcast_to(a, X.shape)))
    lower, upper = sides
    wrong = np.argwhere(~(lower <= upper))
    if len(wrong):
        k, i = wrong[0].tolist()
        raise ValueError(f"the lower bound {lower[k, i]} is not at most the upper bound {upper[k, i]}, of variable {i} of problem {k}")
    wrong = np.argwhere((X < lower) | (X > upper))
    if len(wrong):
        k, i = wrong[0].tolist()
        raise ValueError(
            f"the first guess of problem {k} is not within its bounds: variable {i} is {X[k, i]}, and its bounds are [{lower[k, i]}, {upper[k, i]}]; "
            "np.clip it"
        )
    return lower, upper


# --- values --------------------------------------------------------------------------------------------------------------


def _values(points: Points, X: NDArray[Any], n: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows of models."""
    Y = np.empty((len(X), size(n)), X.dtype)
    points.sweep(X, Y, None)
    return Y, _NONE


def _gradients(points: Points, X: NDArray[Any], n: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Values and gradients."""
    Y, G = np.empty((len(X), 1), X.dtype), np.empty((len(X), 1, n), X.dtype)
    points.sweep(X, Y, G)
    return Y, G.reshape(len(X), n)


def _from_jacobians(points: Points, X: NDArray[Any], n: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows of models of least squares, by Jacobians."""
    r, J = np.empty((len(X), points.results), X.dtype), np.empty((len(X), points.results, n), X.dtype)
    points.sweep(X, r, J)
    Y = np.empty((len(X), size(n)), X.dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        Y[:, 0] = 0.5 * np.einsum("pm,pm->p", r, r)
        Y[:, 1 : 1 + n] = np.einsum("pm,pmi->pi", r, J)
        Y[:, 1 + n :] = (J.transpose(0, 2, 1) @ J)[:, *np.tril_indices(n)]
    return Y, _NONE


_NONE = np.zeros((1, 1))


# --- the turns -----------------------------------------------------------------------------------------------------------


@cache
def _native() -> tuple[Any, Any]:
    """`load` and `advance`, compiled."""
    return compiled(many.load, types.none(types.int64)), compiled(many.advance, types.int64(types.int64, types.int64))


class _Rows:
    """The problems that a thread has under way.

    Args:
        shared: arrays of all problems, by their places in the block of solvers/many.py.
        start, stop: the problems.
        n, columns: variables, and columns of a row.
    """

    def __init__(self, shared: dict[int, NDArray[Any]], start: int, stop: int, n: int, columns: int) -> None:
        self.active = rows = min(ROWS, stop - start)
        self.X = np.empty((rows, columns))
        self._arrays = {
            **shared, many.A_X: self.X, many.A_M: np.zeros((rows, trust.state(n))), many.A_I: np.zeros((rows, trust.COUNTERS + 1), np.int64),
            many.A_W: np.zeros(many.memory(n)), many.A_FREE: np.zeros(n, np.int64),
        }  # fmt: skip
        self._block = c = np.zeros(many.BLOCK, np.int64)
        for place, a in self._arrays.items():
            c[place] = a.ctypes.data
        c[many.A_N], c[many.A_COLUMNS], c[many.A_STATE] = n, columns, trust.state(n)
        c[many.A_ACTIVE], c[many.A_NEXT], c[many.A_STOP] = rows, start, stop
        self._load, self._advance = _native()
        self._load(c.ctypes.data)

    def take(self, kind: int, Y: NDArray[Any], G: NDArray[Any]) -> None:
        """Take the function's values at the rows into account."""
        Y, G = np.ascontiguousarray(Y, np.float64), np.ascontiguousarray(G, np.float64)
        self._block[many.A_Y], self._block[many.A_G] = Y.ctypes.data, G.ctypes.data
        self.active = self._advance(kind, self._block.ctypes.data)


def _solve(points: Points, kind: int, evaluate: Any, bounds: Any, T: Reals, threads: int | None, progress: Any) -> dict[str, Any]:
    """What became of all problems: the fields of a `Found`."""
    if threads is not None and (not isinstance(threads, int) or isinstance(threads, bool) or threads < 1):
        raise ValueError(f"threads is a number of threads, 1 or more, or None for one a processor, not {threads!r}")
    n, dtype = points.inputs, points.X.dtype
    X0 = np.ascontiguousarray(points.X, np.float64)
    problems = len(X0)
    lower, upper = _bounds(bounds, X0[:, :n])
    found, counts = np.empty((problems, 1 + n + size(n))), np.empty((problems, 3), np.int64)
    shared = {many.A_X0: X0, many.A_LOWER: lower, many.A_UPPER: upper, many.A_T: T, many.A_FOUND: found, many.A_COUNTS: counts}

    def piece(start: int, stop: int) -> None:
        rows = _Rows(shared, start, stop, n, X0.shape[1])
        while rows.active:
            rows.take(kind, *evaluate(points, rows.X[: rows.active].astype(dtype, copy=False), n))

    if progress is False:
        progress = None
    told = None if progress is None else Progress(progress, problems)
    crew = default_threads() if threads is None else threads
    length = max(min(PIECE, -(-problems // (4 * crew))), ROWS) if crew > 1 else PIECE
    pieces = [(a, min(a + length, problems)) for a in range(0, problems, length)]
    try:
        in_pieces(piece, pieces, min(crew, len(pieces)), told.add if told is not None else _ignore)
    finally:
        if told is not None:
            told.close()
    i, j = np.tril_indices(n)
    H = np.empty((problems, n, n))
    H[:, i, j] = H[:, j, i] = found[:, 2 + 2 * n :]
    x = points.structured(np.ascontiguousarray(found[:, 2 : 2 + n]).astype(dtype, copy=False))
    return {
        "x": x, "fun": found[:, 0].copy(), "grad": found[:, 2 + n : 2 + 2 * n].copy(), "optimality": found[:, 1].copy(), "hessian": H,
        "nit": counts[:, 1].copy(), "nfev": counts[:, 2].copy(), "status": counts[:, 0].copy(),
    }  # fmt: skip


def _ignore(done: int) -> None:
    """Nobody asked for progress."""
