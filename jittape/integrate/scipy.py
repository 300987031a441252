"""Recorded functions for `scipy.optimize`: objectives, constraints and residuals with exact derivatives.

SciPy asks for value, gradient and Hessian at the same point one after the other; each is computed once. Everything is
recorded at the first guess and replayed natively; decisions by values are noticed, and their paths recorded.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

from jittape.errors import GradientError
from jittape.functions.hooks import name_of
from jittape.integrate.lagrangian import (
    SPARSE_FROM,
    Lagrangian,
    Part,
    check_order,
    check_scalar,
    check_taken,
    gathered,
    number,
    start,
    taken,
)
from jittape.integrate.residuals import Residuals, recorded
from jittape.integrate.result import made
from jittape.integrate.trials import Known, Residual, Trials
from jittape.integrate.variables import Variables, of_structure
from jittape.replay import access
from jittape.replay.explain.explain import Watch
from jittape.replay.function import Function

if TYPE_CHECKING:
    from jittape.integrate.fits import curve_fit as curve_fit

__all__ = ["Objective", "constraint", "curve_fit", "least_squares", "minimize", "root"]


def __dir__() -> list[str]:
    return list(__all__)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """`curve_fit`, which rests on what stands here."""
        if name == "curve_fit":
            from jittape.integrate.fits import curve_fit

            return curve_fit
        from jittape.names import missing  # nobody needs it whose names are right

        raise AttributeError(missing("module 'jittape.integrate.scipy'", name, lambda: __all__, {}))


HESSIANS = ("trust-constr", "trust-exact", "dogleg")
"""Methods of scipy.optimize.minimize that take Hessians."""
PRODUCTS = ("trust-krylov", "trust-ncg", "newton-cg")
"""Methods that take products with the Hessian."""
DENSE = ("trust-exact", "dogleg", "slsqp")
"""Methods that take no sparse matrices."""
VALUES = ("nelder-mead", "powell", "cobyla", "cobyqa")
"""Methods that take no derivatives."""


class Objective:
    """A function of an array with fun, jac, hess and hessp for `scipy.optimize`.

    Args:
        f: a scalar-valued function of an array of one axis, or one that `jittape.record` returned.
        x0: a point to record it at, [n].
        sparse: whether `hess` returns a `scipy.sparse.csr_array`; by default from 200 variables on.
        parameters: keyword arguments of `f` that are not differentiated, or one dict of them, parameters={...}; `objective.function.bind(...)`
            changes them.

    Attributes:
        function: the recorded function.

    Raises:
        GradientError: `f` does not return one number.

    Example:
        >>> import numpy as np, scipy.optimize
        >>> from jittape.integrate.scipy import Objective
        >>> rosenbrock = lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
        >>> o = Objective(rosenbrock, np.zeros(5))
        >>> found = scipy.optimize.minimize(o.fun, np.zeros(5), jac=o.jac, hess=o.hess, method="trust-exact")
        >>> np.round(found.x, 6).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, f: Part, x0: Any, *, sparse: bool | None = None, **parameters: Any) -> None:
        check_order("Objective(f, x0)", x0, f)
        x = start(x0)
        self.function = recorded(f, x, gathered(parameters), "the objective")
        check_scalar(self.function, "the objective")
        self.sparse = x.size >= SPARSE_FROM if sparse is None else sparse
        self.watch = Watch(self.function, "the objective")
        self._x: Any = None
        self._bindings: Any = None
        self._value: Any = None
        self._gradient: Any = None

    def _at(self, x: Any) -> None:
        bound = access.bindings(self.function)  # parameters that were bound anew make another function of it
        if self._x is None or bound is not self._bindings or not np.array_equal(x, self._x):
            self._x = None  # should that raise an error
            value, self._gradient = self.function.value_and_grad(np.asarray(x, float))
            self._value = number(value)
            self._x, self._bindings = np.array(x), bound  # SciPy changes its x in place
            self.watch.values(self._x, self._value, self._gradient)

    def fun(self, x: Any) -> Any:
        """The value at x, (n,)."""
        self._at(x)
        return self._value

    def jac(self, x: Any) -> NDArray[np.float64]:
        """The gradient at x, (n,)."""
        self._at(x)
        return np.array(self._gradient)

    def hess(self, x: Any) -> Any:
        """The Hessian at x, (n, n), dense or sparse."""
        x = np.asarray(x, float)
        try:
            found = self.function.sparse_hessian(x) if self.sparse else self.function.hessian(x)
        except GradientError:
            if not access.last_path(self.function).constant:
                raise
            return csr_array((x.size, x.size)) if self.sparse else np.zeros((x.size, x.size))
        self.watch.values(x, lambda: self.function(x), found.data if self.sparse else found)
        return found

    def hessp(self, x: Any, v: Any) -> Any:
        """The Hessian at x times a vector v, (n,).

        Example:
            >>> import numpy as np, jittape as jt
            >>> objective = jt.integrate.scipy.Objective(lambda x: np.sum(x**3), np.ones(2))
            >>> objective.hessp(np.array([1.0, 2.0]), np.array([1.0, 0.0])).tolist()
            [6.0, 0.0]
        """
        return self.function.hvp(np.asarray(x, float), np.asarray(v, float).reshape(np.shape(x)))


def constraint(
    c: Part,
    x0: Any,
    lower: Any,
    upper: Any,
    *,
    sparse: bool | None = None,
    keep_feasible: Any = False,
    **parameters: Any,
) -> Any:
    """A `scipy.optimize.NonlinearConstraint` lower <= c(x) <= upper with exact first and second derivatives.

    Args:
        c: a function of an array of one axis that returns an array, a number or a list of numbers; or a recorded one.
        x0: a point to record it at, [n].
        lower, upper: bounds, numbers or arrays [m]; infinite where there is none, equal for an equation.
        sparse: whether Jacobian and Hessian are sparse; by default from 200 variables on.
        keep_feasible: SciPy's.
        parameters: keyword arguments of `c`; `lagrangian.bind` of the constraint that is returned changes them.

    Returns:
        A NonlinearConstraint, with one attribute more: `lagrangian`, the weighted sum of which `hess` is the Hessian.

    Raises:
        ValueError: bounds of another shape than the constraints' numbers.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import constraint
        >>> k = constraint(lambda x: [x[0] * x[1], x[1] ** 2], np.ones(2), 0.0, [1.0, np.inf])
        >>> k.hess(np.ones(2), np.array([3.0, 0.5])).tolist()
        [[0.0, 3.0], [3.0, 1.0]]
    """
    check_order("constraint(c, x0, lower, upper)", x0, c)
    x = start(x0)
    L = Lagrangian(None, c, x, sparse=sparse, **parameters)
    for name, bound in (("lower", lower), ("upper", upper)):
        if np.shape(bound) not in ((), (L.m,)):
            raise ValueError(
                f"{name} is a number or an array of {L.m} numbers, one a constraint, not of shape {np.shape(bound)}"
            )

    constraints = L.constraints
    assert constraints is not None
    watch = Watch(constraints, "a constraint")

    def fun(x: Any) -> Any:
        x = np.asarray(x, float)
        found = constraints(x)
        watch.values(x, found)
        return found

    def jac(x: Any) -> Any:
        found = L.jacobian(x)
        watch.values(x, lambda: constraints(x), found.data if issparse(found) else found)
        return found

    made = scipy.optimize.NonlinearConstraint(
        fun,
        np.asarray(lower, float),
        np.asarray(upper, float),
        jac=jac,
        hess=lambda x, v: L.hessian(x, v),
        keep_feasible=keep_feasible,
    )
    made.lagrangian = L
    return made


def minimize(f: Part, x0: Any, *, method: str | None = None, constraints: Sequence[Any] = (), sparse: bool | None = None,
             parameters: dict[str, Any] | None = None, **options: Any) -> Any:  # fmt: skip
    """`scipy.optimize.minimize` with exact derivatives of the first and, where the method takes them, second order.

    Args:
        f: a scalar-valued function of what x0 is, or a recorded one of an array of one axis.
        x0: the first guess: an array of one axis, or a structure of arrays (a matrix, a dict, a dataclass; see docs/transformations.md).
        method: SciPy's; by default "trust-constr" with constraints, "L-BFGS-B" with bounds, else "trust-exact" below 200
            variables and "trust-krylov" from there on.
        constraints: tuples (c, lower, upper), see `constraint`; their Hessian is one sweep for all numbers of a tuple. SciPy's own
            constraints (dicts too) are passed on as they are: what they bring no derivatives for is left to SciPy's differences.
        sparse: see `Objective`.
        parameters: keyword arguments; each function is handed those that it takes.
        options: the other arguments of `scipy.optimize.minimize` (bounds, tol, callback, options, ...). Bounds of a structure are a pair
            (lower, upper) of structures, whose leaves are numbers, arrays, or None where there is none.

    Returns:
        SciPy's OptimizeResult; `x` has the structure of x0.

    Raises:
        TypeError: `jac`, `hess`, `hessp` or `args` is given, or a constraint is no tuple (c, lower, upper).
        GradientError: f does not return one number.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import minimize
        >>> line = lambda p, t, y: np.sum((p["slope"] * t + p["offset"] - y) ** 2)
        >>> t = np.arange(4.0)
        >>> found = minimize(line, {"slope": 0.0, "offset": 0.0}, parameters={"t": t, "y": 3 * t + 1})
        >>> round(float(found.x["slope"]), 6), round(float(found.x["offset"]), 6)
        (3.0, 1.0)
        >>> found = minimize(lambda x: x[0] + x[1], np.array([0.5, 0.5]), constraints=[(lambda x: x @ x, -np.inf, 1.0)])
        >>> np.round(found.x, 3).tolist()
        [-0.707, -0.707]
    """
    for option in ("jac", "hess", "hessp"):
        if option in options:
            raise TypeError(f"{option} is not given to jittape's minimize: derivatives are its own")
    _refuse_args("minimize", f, options)
    check_order("minimize(f, x0)", x0, f)
    variables = of_structure(x0)
    if variables is not None:
        given = _options(variables, options)
        return variables.result(minimize(variables.function(f), variables.x, method=method, constraints=variables.constraints(constraints), sparse=sparse,
                                         parameters=parameters, **given, **options))  # fmt: skip
    x = start(x0)
    given = parameters or {}
    constraints = _each(constraints)
    own = [k[0] for k in constraints if isinstance(k, tuple)]
    check_taken([f, *own], given)
    if method is None:
        bounded = options.get("bounds") is not None
        small = "trust-exact" if x.size < SPARSE_FROM else "trust-krylov"
        method = "trust-constr" if constraints else "L-BFGS-B" if bounded else small
    name = method.lower() if isinstance(method, str) else ""
    if name in DENSE:
        sparse = False
    objective = Objective(f, x, sparse=sparse, **{p: given[p] for p in taken(f, given)})
    objective.watch.start(x, objective.function(x))
    found = [
        constraint(k[0], x, *k[1:], sparse=sparse, **{p: given[p] for p in taken(k[0], given)})
        if isinstance(k, tuple)
        else k
        for k in constraints
    ]
    known = []
    for k, own_one in zip(found, constraints, strict=True):
        if isinstance(own_one, tuple):
            numbers = Known(k.fun, k.jac, k.lb, k.ub, name in VALUES, name)
            k.fun, k.jac = numbers.fun, numbers.jac
            known.append(numbers.values)
    trials = Trials(objective, known, name, name in VALUES)
    if name != "trust-constr":
        for k, own_one in zip(found, constraints, strict=True):
            if isinstance(own_one, tuple):
                k.hess = scipy.optimize.BFGS()  # what stands there by default: others warn that they ignore it
    if name not in VALUES:
        options["jac"] = trials.jac
    if name in HESSIANS:
        options["hess"] = trials.hess
    elif name in PRODUCTS:
        options["hessp"] = trials.hessp
    return made(scipy.optimize.minimize(trials.fun, x, method=method, constraints=found, **options))


def _options(variables: Variables, options: dict[str, Any]) -> dict[str, Any]:
    """Take those arguments out that hold variables, and give them as vectors."""
    return {name: getattr(variables, name)(options.pop(name)) for name in ("bounds", "callback") if name in options}


def _refuse_args(name: str, f: Any, options: dict[str, Any]) -> None:
    """Refuse SciPy's args=, with what is written here in its place."""
    if "args" not in options and "kwargs" not in options:
        return
    given = options.get("args", ())
    given = given if isinstance(given, tuple) else (given,)
    way = "parameters={'data': data}, by the names of the function's arguments"
    if isinstance(f, Function):
        way = "F.bind(data=data), as it was recorded with its parameters"
    elif callable(f):
        with suppress(TypeError, ValueError):  # a built-in has no signature
            names = list(inspect.signature(f).parameters)[1 : len(given) + 1]
            if "args" in options and names:
                way = "parameters={" + ", ".join(f"{n!r}: {n}" for n in names) + "}"
    raise TypeError(f"{'args' if 'args' in options else 'kwargs'} is not given to jittape's {name}: in its place write {way}")


def _each(constraints: Any) -> Sequence[Any]:
    """The constraints one by one: tuples (c, lower, upper), or SciPy's own."""
    own = (dict, scipy.optimize.NonlinearConstraint, scipy.optimize.LinearConstraint)
    if constraints is None:
        return ()
    if callable(constraints) or isinstance(constraints, own) or (isinstance(constraints, tuple) and constraints and callable(constraints[0])):
        constraints = [constraints]
    for k in constraints:
        if not isinstance(k, own) and not (isinstance(k, tuple) and len(k) == 3 and callable(k[0])):
            what = name_of(k) if callable(k) else repr(k)
            raise TypeError(
                f"a constraint is a tuple (c, lower, upper), not {what}: (c, 0.0, 0.0) for an equation c(x) = 0, (c, 0.0, np.inf) for c(x) >= 0"
            )
    return list(constraints)


def least_squares(
    r: Part | Residuals,
    x0: Any,
    *,
    sparse: bool | None = None,
    products: bool = False,
    parameters: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """`scipy.optimize.least_squares` with the exact Jacobian of the residuals.

    Args:
        r: a function of what x0 is that returns an array; a recorded one; or a `Residuals`.
        x0: the first guess, as for `minimize`.
        sparse: whether the Jacobian is sparse; see `Residuals`.
        products: form no Jacobian: its products are computed by forward and reverse sweeps, with SciPy's "lsmr".
        parameters: keyword arguments of `r`.
        options: the other arguments of `scipy.optimize.least_squares` (bounds, method, loss, x_scale, ...).

    Raises:
        ValueError: residuals that are not finite at the first guess; the message says where that comes from.
        TypeError: `jac` or `args` is given; or `parameters` or `sparse` beside a `Residuals`.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import least_squares
        >>> t = np.linspace(0.0, 1.0, 20)
        >>> found = least_squares(lambda p: p[0] * np.exp(p[1] * t) - 2.0 * np.exp(-t), np.array([1.0, 0.0]))
        >>> np.round(found.x, 6).tolist()
        [2.0, -1.0]
    """
    if "jac" in options:
        raise TypeError("jac is not given to jittape's least_squares, which has its own Jacobian")
    _refuse_args("least_squares", r, options)
    if not isinstance(r, Residuals):
        check_order("least_squares(r, x0)", x0, r)
    variables = None if isinstance(r, Residuals) else of_structure(x0)
    if variables is not None:
        given = _options(variables, options)
        return variables.result(least_squares(variables.function(r), variables.x, sparse=sparse, products=products, parameters=parameters, **given, **options))
    x = start(x0)
    if isinstance(r, Residuals):
        if parameters or sparse is not None:
            raise TypeError("a Residuals has its parameters and its form: give parameters and sparse to it")
        R = r
    else:
        R = Residuals(r, x, sparse=sparse, **(parameters or {}))
    R.watch.start(x, R.function(x))
    if products:
        options.setdefault("tr_solver", "lsmr")
    elif options.get("method") == "lm" and R is not r:
        R.sparse = False  # MINPACK takes dense Jacobians only
    told = Residual(R, False)
    return made(scipy.optimize.least_squares(told.fun, x, jac=R.operator if products else told.jac, **options))


def root(r: Part, x0: Any, *, method: str = "hybr", parameters: dict[str, Any] | None = None, **options: Any) -> Any:
    """`scipy.optimize.root` with the exact Jacobian.

    Args:
        r: a function of what x0 is that returns as many numbers as x has; or a recorded one.
        x0: the first guess, as for `minimize`.
        method: "hybr" or "lm", those that use a Jacobian.
        parameters: keyword arguments of `r`.
        options: the other arguments of `scipy.optimize.root` (tol, callback, options).

    Returns:
        SciPy's OptimizeResult; `x` has the structure of x0.

    Raises:
        TypeError: `jac` or `args` is given.
        ValueError: another method.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import root
        >>> np.round(root(lambda x: np.stack([x[0] + x[1] - 3, x[0] * x[1] - 2]), np.array([3.0, 0.5])).x, 6).tolist()
        [2.0, 1.0]
    """
    if "jac" in options:
        raise TypeError("jac is not given to jittape's root, which has its own")
    _refuse_args("root", r, options)
    check_order("root(r, x0)", x0, r)
    if method not in ("hybr", "lm"):
        raise ValueError(f'root takes the methods that use a Jacobian, "hybr" and "lm", not {method!r}')
    variables = of_structure(x0)
    if variables is not None:
        return variables.result(root(variables.function(r), variables.x, method=method, parameters=parameters, **options))
    r_ = Residuals(r, x0, sparse=False, **(parameters or {}))
    r_.watch.start(start(x0), r_.function(start(x0)))
    told = Residual(r_, method == "hybr")
    return made(scipy.optimize.root(told.fun, start(x0), method=method, jac=told.jac, **options))
