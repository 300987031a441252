"""Recorded functions for `scipy.optimize`: objectives, constraints and residuals with exact derivatives.

SciPy asks for value, gradient and Hessian at the same point one after the other; each is computed once. Everything is
recorded at the first guess and replayed natively; decisions by values are noticed, and their paths recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from jittape.function import Function, record

SECOND = ("trust-constr", "trust-exact", "trust-krylov", "trust-ncg", "Newton-CG", "dogleg")
"""Methods of scipy.optimize.minimize that take second derivatives."""
SPARSE_FROM = 200
"""Variables from which Hessians and Jacobians are sparse, unless said otherwise."""


def _recorded(f: Any, x0: Any, parameters: dict[str, Any]) -> Function:
    if isinstance(f, Function):
        if parameters:
            raise TypeError("a recorded function has its parameters; bind them, F.bind(name=...)")
        return f
    return record(f, x0, **parameters)


def _start(x0: Any) -> NDArray[np.float64]:
    x = np.array(x0, float)
    if x.ndim != 1:
        raise ValueError(f"the first guess is an array of one axis, as scipy.optimize has it, not of shape {x.shape}")
    return x


class Objective:
    """A function of an array with fun, jac, hess and hessp for `scipy.optimize`.

    Args:
        f: a scalar-valued function, or one that `jittape.record` returned.
        x0: a point to record it at, of one axis.
        sparse: whether `hess` returns a `scipy.sparse.csr_array`; by default from 200 variables on.
        parameters: keyword arguments of `f` that are not differentiated; `objective.function.bind(...)` changes them.

    Attributes:
        function: the recorded function.

    Example:
        >>> import numpy as np, scipy.optimize
        >>> from jittape.integrate.scipy import Objective
        >>> rosenbrock = lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
        >>> o = Objective(rosenbrock, np.zeros(5))
        >>> found = scipy.optimize.minimize(o.fun, np.zeros(5), jac=o.jac, hess=o.hess, method="trust-exact")
        >>> np.round(found.x, 6).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self, f: Callable[..., Any] | Function, x0: Any, *, sparse: bool | None = None, **parameters: Any
    ) -> None:
        x = _start(x0)
        self.function = _recorded(f, x, parameters)
        self.sparse = x.size >= SPARSE_FROM if sparse is None else sparse
        self._x: Any = None
        self._bound: Any = None
        self._value: Any = None
        self._gradient: Any = None

    def _at(self, x: Any) -> None:
        bound = self.function._bound  # parameters that were bound anew make another function of it
        if self._x is None or bound is not self._bound or not np.array_equal(x, self._x):
            self._value, self._gradient = self.function.value_and_grad(x)
            self._x, self._bound = np.array(x), bound  # SciPy changes its x in place

    def fun(self, x: Any) -> Any:
        """The value."""
        self._at(x)
        return self._value

    def jac(self, x: Any) -> NDArray[np.float64]:
        """The gradient, [n]."""
        self._at(x)
        return np.array(self._gradient)

    def hess(self, x: Any) -> Any:
        """The Hessian, [n, n], dense or sparse."""
        x = np.asarray(x, float)
        return self.function.sparse_hessian(x) if self.sparse else self.function.hessian(x)

    def hessp(self, x: Any, v: Any) -> Any:
        """The Hessian times a vector, [n]."""
        return self.function.hvp(np.asarray(x, float), np.asarray(v, float).reshape(np.shape(x)))


def constraint(
    c: Callable[..., Any], x0: Any, lower: Any, upper: Any, *, sparse: bool | None = None, **parameters: Any
) -> Any:
    """A `scipy.optimize.NonlinearConstraint` lower <= c(x) <= upper with exact first and second derivatives.

    Args:
        c: a function of an array of one axis that returns one, or a number.
        x0: a point to record it at.
        lower, upper: bounds, numbers or arrays of c's shape; infinite where there is none, equal for an equation.
        sparse: whether Jacobian and Hessian are sparse; by default from 200 variables on.
        parameters: keyword arguments of `c`.
    """
    x = _start(x0)
    sparse = x.size >= SPARSE_FROM if sparse is None else sparse
    values = record(lambda x, **kw: np.atleast_1d(c(x, **kw)), x, **parameters)
    size = np.shape(values(x))
    weighted = record(
        lambda x, multipliers, **kw: np.sum(multipliers * np.atleast_1d(c(x, **kw))),
        x,
        multipliers=np.ones(size),
        **parameters,
    )

    def hess(x: Any, v: Any) -> Any:
        x, v = np.asarray(x, float), np.asarray(v, float).reshape(size)
        return weighted.sparse_hessian(x, multipliers=v) if sparse else weighted.hessian(x, multipliers=v)

    jac = values.sparse_jacobian if sparse else values.jacobian
    return scipy.optimize.NonlinearConstraint(
        lambda x: values(np.asarray(x, float)), lower, upper, jac=lambda x: jac(np.asarray(x, float)), hess=hess
    )


def minimize(f: Callable[..., Any] | Function, x0: Any, *, method: str | None = None, constraints: Sequence[Any] = (), sparse: bool | None = None,
             parameters: dict[str, Any] | None = None, **options: Any) -> Any:  # fmt: skip
    """`scipy.optimize.minimize` with exact derivatives of the first and, where the method takes them, second order.

    Args:
        f: a scalar-valued function of an array of one axis, or a recorded one.
        x0: the first guess.
        method: SciPy's; by default "trust-constr" with constraints, "L-BFGS-B" with bounds, else "trust-exact" below 200
            variables and "trust-krylov" from there on.
        constraints: tuples (c, lower, upper), see `constraint`; or SciPy's own constraints.
        sparse: see `Objective`.
        parameters: keyword arguments of `f`.
        options: the other arguments of `scipy.optimize.minimize` (bounds, tol, callback, options, ...).

    Returns:
        SciPy's OptimizeResult.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import minimize
        >>> found = minimize(lambda x: x[0] + x[1], np.array([0.5, 0.5]), constraints=[(lambda x: x @ x, -np.inf, 1.0)])
        >>> np.round(found.x, 3).tolist()
        [-0.707, -0.707]
    """
    for name in ("jac", "hess", "hessp", "args"):
        if name in options:
            raise TypeError(
                f"{name} is not given to jittape's minimize: derivatives are its own, and arguments are parameters={{...}}"
            )
    x = _start(x0)
    objective = Objective(f, x, sparse=sparse, **(parameters or {}))
    if callable(constraints) or isinstance(
        constraints, (dict, scipy.optimize.NonlinearConstraint, scipy.optimize.LinearConstraint)
    ):
        constraints = [constraints]
    found = [constraint(k[0], x, *k[1:], sparse=sparse) if isinstance(k, tuple) else k for k in constraints]  # fmt: skip
    if method is None:
        bounded = options.get("bounds") is not None
        method = (
            "trust-constr"
            if found
            else "L-BFGS-B"
            if bounded
            else "trust-exact"
            if x.size < SPARSE_FROM
            else "trust-krylov"
        )
    if method in SECOND:
        if method in ("trust-exact", "dogleg"):
            objective.sparse = False
        products = method in ("trust-krylov", "trust-ncg", "Newton-CG")
        options["hessp" if products else "hess"] = objective.hessp if products else objective.hess
    return scipy.optimize.minimize(objective.fun, x, method=method, jac=objective.jac, constraints=found, **options)


def least_squares(
    r: Callable[..., Any],
    x0: Any,
    *,
    sparse: bool | None = None,
    parameters: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """`scipy.optimize.least_squares` with the exact Jacobian of the residuals.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import least_squares
        >>> t = np.linspace(0.0, 1.0, 20)
        >>> found = least_squares(lambda p: p[0] * np.exp(p[1] * t) - 2.0 * np.exp(-t), np.array([1.0, 0.0]))
        >>> np.round(found.x, 6).tolist()
        [2.0, -1.0]
    """
    x = _start(x0)
    F = record(r, x, **(parameters or {}))
    jac = F.sparse_jacobian if (x.size >= SPARSE_FROM if sparse is None else sparse) else F.jacobian
    return scipy.optimize.least_squares(F, x, jac=lambda x: jac(np.asarray(x, float)), **options)
