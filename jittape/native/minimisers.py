"""Minimisers of Numba functions inside native code: `jittape.native.minimize`, `least_squares` and `root` make functions of numba.njit.

A minimiser is a loop around the function's derivatives (native_gradient.py, second_order.py) and a native judge of trial points (solvers/trust.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from jittape.compiler.dispatchers import is_dispatcher
from jittape.compiler.locks import compiling
from jittape.native import minimiser_steps
from jittape.native.compile.cache import keep
from jittape.native.compile.explain import explaining
from jittape.native.compile.made import Made
from jittape.native.compile.source import from_source
from jittape.native.native_gradient import value_and_grad
from jittape.native.refused import made_outside, refuse
from jittape.native.second_order import value_and_jacobian, value_grad_and_hessian
from jittape.solvers import trust

NO_ROOT = -3
"""Status of a minimum of |r| that is no root."""
_made = Made()
_lock = compiling()


class Minimum(NamedTuple):
    """What a native `minimize` returns.

    Attributes:
        x: the last good point. fun, grad: value and gradient there.
        optimality: the largest element of the projected gradient.
        nit, nfev: steps that were taken, and evaluations.
        status: 1, 2, 3: projected gradient, reduction, step below gtol, ftol, xtol; 0: evaluations are used up; -1: not finite at the first guess;
            -2: not finite at any point that was tried around the last good one. success: whether it is above zero.
    """

    x: Any
    fun: float
    grad: Any
    optimality: float
    nit: int
    nfev: int
    status: int
    success: bool


class Fit(NamedTuple):
    """What a native `least_squares` returns: as `Minimum`, with `cost` r'r / 2 and `hessian` J'J."""

    x: Any
    cost: float
    grad: Any
    hessian: Any
    optimality: float
    nit: int
    nfev: int
    status: int
    success: bool


class Root(NamedTuple):
    """What a native `root` returns: `fun` is r(x), `norm` its largest element; a status of -3 is a minimum of |r| that is no root."""

    x: Any
    fun: Any
    norm: float
    nit: int
    nfev: int
    status: int
    success: bool


# --- texts ---------------------------------------------------------------------------------------------------------------

_BEGIN = """def {name}(x0, args=(), bounds=None):
    x = start(x0)
    n = x.size
    lower, upper = sides(bounds, x)
    M, counters, W, free = rooms(x)
    T = np.array([ftol, xtol, gtol, 8.881784197001252e-16, float(limit if limit > 0 else each * (n + 1))])
"""
_MINIMIZE = """    while True:
        value, g = derivatives(x, *args)
        status = judged(kind, M, counters, value, g, M, lower, upper, T, x, W, free)
        if status != RUNNING:
            break
"""
_NEWTON = """    while True:
        value, g, h = derivatives(x, *args)
        status = judged(kind, M, counters, value, g, h, lower, upper, T, x, W, free)
        if status != RUNNING:
            break
"""
_MINIMUM = """    at = M[NUMBERS : NUMBERS + 2 * n]
    return Minimum(at[:n].copy(), M[VALUE], at[n:].copy(), M[SLOPE], counters[STEPS], counters[EVALUATIONS], status, status > 0)
"""
_RESIDUALS = """    first = np.inf
    while True:
        values, jacobian = derivatives(x, *args)
        r = residuals_of(values)
        J = jacobian.reshape(r.size, n)
        status = judged(kind, M, counters, 0.5 * np.sum(r * r), gradient(r, J), normal(J), lower, upper, T, x, W, free)
        first = min(first, largest(r)) if counters[EVALUATIONS] == 1 else first
        if status != RUNNING:
            break
"""
_FIT = """    at = M[NUMBERS : NUMBERS + 2 * n]
    B = M[NUMBERS + 4 * n : NUMBERS + 4 * n + n * n].copy().reshape(n, n)
    for i in range(n):
        for j in range(i):
            B[j, i] = B[i, j]
    return Fit(at[:n].copy(), M[VALUE], at[n:].copy(), B, M[SLOPE], counters[STEPS], counters[EVALUATIONS], status, status > 0)
"""
_ROOT = """    found = M[NUMBERS : NUMBERS + n].copy()
    r = f(found, *args).ravel()
    norm = largest(r)
    if r.size != n:
        raise ValueError("root takes as many equations as unknowns; for others there is jittape.native.least_squares")
    if status >= 0:
        status = max(status, STEP) if norm <= tol * max(1.0, first) else (NO_ROOT if status > 0 else status)
    return Root(found, r, norm, counters[STEPS], counters[EVALUATIONS], status, status > 0)
"""


STEPS = ("residuals_of", "start", "sides", "rooms", "judged", "gradient", "normal", "largest")
_SCOPE = {"np": np, "Minimum": Minimum, "Fit": Fit, "Root": Root, "NO_ROOT": NO_ROOT} | {name: getattr(minimiser_steps, name) for name in STEPS}
_SCOPE |= {name: getattr(trust, name) for name in ("RUNNING", "NUMBERS", "VALUE", "SLOPE", "STEPS", "EVALUATIONS", "STEP")}


def _make(f: Any, name: str, text: str, kind: int, derivatives: Callable[[Any], Any], ftol: float, xtol: float, gtol: float, limit: int | None, each: int,
          tol: float = 0.0) -> Any:  # fmt: skip
    """The minimiser of a function: the same one every time."""
    if not is_dispatcher(f):
        raise TypeError(f"{name} in native code is that of a function of numba.njit, not of {f!r}; from Python, there is jittape.integrate.scipy.{name}")
    for what, x in (("ftol", ftol), ("xtol", xtol), ("gtol", gtol), ("tol", tol)):
        if not isinstance(x, (int, float)) or not 0.0 <= x < math.inf:
            raise ValueError(f"{what} is a number of zero or more, not {x!r}")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ValueError(f"max_nfev is a number of evaluations, 1 or more, or None, not {limit!r}")
    key = (name, kind, float(ftol), float(xtol), float(gtol), float(tol), limit)
    with _lock:
        made = _made.of(f)
        if key not in made:
            own = {"derivatives": derivatives(f), "f": f, "kind": kind, "ftol": float(ftol), "xtol": float(xtol), "gtol": float(gtol), "limit": limit or 0,
                   "each": each, "tol": float(tol)}  # fmt: skip
            solve = from_source(_BEGIN.format(name=name) + text, __name__, _SCOPE | own)[name]
            solve.__name__ = solve.__qualname__ = f"{name}_of_{f.py_func.__name__}"
            made[key] = dispatcher = njit(nogil=True)(solve)
            dispatcher._jittape_version = True
            explaining(dispatcher, f, ["x0", "args", "bounds"])
            keep(dispatcher, f, "jittape." + "_".join(map(str, key)))
        return made[key]


# --- for users -----------------------------------------------------------------------------------------------------------


def minimize(f: Callable[..., Any], *, method: str = "bfgs", ftol: float = 1e-14, xtol: float = 1e-12, gtol: float = 1e-6, max_nfev: int | None = None) -> Any:
    """A minimiser of a Numba function as a Numba function, to be called in native code, in `prange` too (and from Python).

    Args:
        f: what `numba.njit` returned: f(x, *args) of an array of one axis, returning one number.
        method: "bfgs" takes gradients, "newton" Hessians as well, which may be indefinite; both keep steps in a region of trust.
        ftol, xtol, gtol: it has ended where the predicted and the actual reduction are below ftol times the value, a step below xtol times x, or all
            elements of the projected gradient below gtol.
        max_nfev: evaluations at most; 200 (n + 1) unless given.

    Returns:
        A function of numba.njit, solve(x0, args=(), bounds=None): `args` is the tuple of f's other arguments, `bounds` is (lower, upper), numbers or
        arrays. It returns a named tuple (x, fun, grad, optimality, nit, nfev, status, success); see `jittape.native.minimisers.Minimum`.

    Raises:
        TypeError: f is no Numba function.
        ValueError: a method that there is not; when solve is called: an x0 that is not within its bounds.
        numba.TypingError: where it is compiled: x0 is no array of float64 of one axis, f cannot be differentiated or returns no number.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x, a):
        ...     return 100.0 * (x[1] - x[0] ** 2) ** 2 + (a - x[0]) ** 2
        >>> solve = jt.native.minimize(f)
        >>> @numba.njit(parallel=True)
        ... def many(a):
        ...     x = np.empty((a.size, 2))
        ...     for k in numba.prange(a.size):
        ...         x[k] = solve(np.zeros(2), (a[k],)).x
        ...     return x
        >>> many(np.array([1.0, 2.0])).round(4).tolist()
        [[1.0, 1.0], [2.0, 4.0]]
    """
    if method not in ("bfgs", "newton"):
        raise ValueError(f'method is "bfgs" or "newton", not {method!r}')
    if method == "bfgs":
        return _make(f, "minimize", _MINIMIZE + _MINIMUM, trust.BFGS, value_and_grad, ftol, xtol, gtol, max_nfev, 200)
    return _make(f, "minimize", _NEWTON + _MINIMUM, trust.NEWTON, value_grad_and_hessian, ftol, xtol, gtol, max_nfev, 200)


def least_squares(f: Callable[..., Any], *, ftol: float = 1e-8, xtol: float = 1e-8, gtol: float = 1e-8, max_nfev: int | None = None) -> Any:
    """Levenberg's and Marquardt's method for the residuals of a Numba function as a Numba function: see `minimize`.

    Args:
        f: what `numba.njit` returned: f(x, *args) of an array of one axis, returning an array of residuals.
        ftol, xtol, gtol, max_nfev: as of `minimize`; steps are measured in the norm of the Jacobian's columns, evaluations are 100 (n + 1) at most.

    Returns:
        A function of numba.njit, solve(x0, args=(), bounds=None), which returns a named tuple (x, cost, grad, hessian, optimality, nit, nfev, status,
        success), with cost r'r / 2 and hessian J'J.

    Raises:
        TypeError, ValueError, numba.TypingError: as for `minimize`.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def residuals(p, t, y):
        ...     return p[0] * np.exp(-p[1] * t) - y
        >>> fit = jt.native.least_squares(residuals)
        >>> t = np.linspace(0.0, 2.0, 20)
        >>> found = fit(np.ones(2), (t, 3.0 * np.exp(-2.0 * t)), (0.0, np.array([10.0, 10.0])))
        >>> found.x.round(6).tolist(), found.success
        ([3.0, 2.0], True)
    """
    return _make(f, "least_squares", _RESIDUALS + _FIT, trust.GAUSS_NEWTON, value_and_jacobian, ftol, xtol, gtol, max_nfev, 100)


def root(f: Callable[..., Any], *, tol: float = 1e-8, xtol: float = 1e-12, max_nfev: int | None = None) -> Any:
    """A solver of equations f(x) = 0 of a Numba function as a Numba function: Newton's method in a region of trust; see `minimize`.

    Args:
        f: what `numba.njit` returned: f(x, *args) of an array of one axis, returning an array of as many numbers.
        tol: x is a root where all of f is below tol, or tol times the largest at the first guess.
        xtol, max_nfev: as of `least_squares`.

    Returns:
        A function of numba.njit, solve(x0, args=(), bounds=None), which returns a named tuple (x, fun, norm, nit, nfev, status, success).

    Raises:
        TypeError, ValueError, numba.TypingError: as for `minimize`.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x, a):
        ...     return np.array([x[0] + x[1] - 3.0, x[0] * x[1] - a])
        >>> jt.native.root(f)(np.array([3.0, 0.5]), (2.0,)).x.round(8).tolist()
        [2.0, 1.0]
    """
    return _make(f, "root", _RESIDUALS + _ROOT, trust.GAUSS_NEWTON, value_and_jacobian, 0.0, xtol, 0.0, max_nfev, 100, tol)


for _f in (minimize, least_squares, root):
    refuse(_f, f"jittape.native.{_f.__name__}", made_outside(_f.__name__))
