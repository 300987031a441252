"""Minima, differentiated by the equations that hold there: those of Karush, Kuhn and Tucker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.errors import GradientError
from jittape.functional.drivers import grad
from jittape.functions.lift import settle
from jittape.replay.implicit import plainly, solved, taken_apart
from jittape.scipy.declare import like, original
from jittape.scipy.optimize.derivatives import Derivatives
from jittape.scipy.optimize.results import Said, ends_of, given_options, tupled, value_of

NO_GRADIENT = ("nelder-mead", "powell", "cobyla", "cobyqa")
HESSIAN = ("newton-cg", "dogleg", "trust-ncg", "trust-krylov", "trust-exact", "trust-constr")
"""Methods of `minimize` that take no gradient, and that take a Hessian."""


def stationary(x: Any, slope: Any, low: Any, high: Any) -> Any:
    """Zero where x is stationary between bounds: x - P(x - slope), with the projection P onto the bounds.

    Where a bound holds x back this is x less the bound, else the slope.
    """
    if low is None:
        return slope
    return x - np.minimum(np.maximum(x - slope, low), high)


def bounds_of(box: Any, n: int, pairs: bool) -> tuple[Any, Any]:
    """(lower, upper) of n numbers, from both of them or from pairs."""
    if box is None:
        return None, None
    if pairs:
        low, high = ([b[i] for b in box] for i in (0, 1))
        low, high = [-np.inf if x is None else x for x in low], [np.inf if x is None else x for x in high]
    else:
        low, high = box
    return tuple(np.broadcast_to(settle(x), (n,)) for x in (low, high))  # type: ignore[return-value]


@like("scipy.optimize.minimize", by="args, bounds, and what fun and constraints refer to", note="the result's x and fun; exact derivatives are used where jac and hess are not given", always=True)
def minimize(
    fun: Any, x0: Any, args: Any = (), method: Any = None, jac: Any = None, hess: Any = None, hessp: Any = None, bounds: Any = None, constraints: Any = (), tol: Any = None,
    callback: Any = None, options: Any = None,
) -> Any:  # fmt: skip
    """A minimum of fun(x, *args), as SciPy's `OptimizeResult`.

    The minimum is differentiated by the stationarity of the Lagrangian; bounds and inequalities that hold it back are equations there.

    Raises:
        GradientError: constraints that are not dictionaries.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.optimize import minimize
        >>> def lowest(a):
        ...     return minimize(lambda x: np.sum((x - a) ** 4 + x**2), np.zeros(1), tol=1e-10).x[0]
        >>> round(float(jt.grad(lowest)(1.0)), 4)
        0.676
    """
    own, said = original("scipy.optimize.minimize"), Said("minimize")
    equations = list(constraints) if isinstance(constraints, (list, tuple)) else [constraints]
    more = given_options(method=method, tol=tol, callback=callback, options=options)
    each = [c.get("fun") if isinstance(c, dict) else None for c in equations]
    box, pairs = ends_of(bounds), not hasattr(bounds, "lb")
    given = taken_apart((x0, box, [c.get("args", ()) if isinstance(c, dict) else () for c in equations], tupled(args)),
                        (fun, *(g if callable(g) else None for g in (jac, hess, hessp)), *each))  # fmt: skip
    name = "" if method is None or callable(method) else method.lower()
    if not given.operands and not (jac in (None, False) and name in HESSIAN):
        return plainly("minimize", own, fun, x0, args, jac=jac, hess=hess, hessp=hessp, bounds=bounds, constraints=constraints, **more)
    if not all(isinstance(c, dict) for c in equations):
        raise GradientError("minimize is differentiated with constraints as dictionaries of type, fun and args; write LinearConstraint and NonlinearConstraint as such")
    kinds = [{k: v for k, v in c.items() if k not in ("fun", "args")} for c in equations]  # what the others refer to is the recording's
    jac, hess, hessp = (None if callable(g) else g for g in (jac, hess, hessp))
    exact = Derivatives(given, lambda x, arguments, functions: value_of(x, arguments, functions, jac))
    of_constraints = [Derivatives(given, lambda x, arguments, functions, k=k: functions[4 + k](x, *arguments[2][k])) for k in range(len(kinds))]

    def solve(arguments: Any, functions: list[Any], values: list[Any]) -> Any:
        x0, box, further, args = arguments
        x0 = np.asarray(x0, float)
        between = bounds_of(box, x0.size, pairs)
        f, own_jac, own_hess, own_hessp, *own_equations = functions
        at, options = exact.at(values), {}
        options["jac"] = own_jac or jac
        if own_jac is None and jac in (None, False) and name not in NO_GRADIENT:
            options["jac"] = at.grad
        if any(g is not None for g in (own_hess, own_hessp, hess, hessp)):
            options |= {"hess": own_hess or hess, "hessp": own_hessp or hessp}
        elif name in HESSIAN:
            options |= {"hessp": at.hvp} if name in ("newton-cg", "trust-ncg", "trust-krylov", "trust-constr") else {"hess": at.hessian}
        if box is not None:
            from scipy.optimize import Bounds  # for start-up

            options["bounds"] = Bounds(*between)
        if kinds:
            options["constraints"] = [
                {**c, "fun": g, **({} if "jac" in c else {"jac": d.at(values).jacobian}), "args": more_args}
                for c, g, d, more_args in zip(kinds, own_equations, of_constraints, further, strict=True)
            ]
        result = own(f, x0, args, **options, **more)
        x = np.asarray(result.x, float)
        slope = at.grad(x)
        left = np.linalg.norm(stationary(x, slope, *between))
        said.note(result, result.success or left <= STATIONARY * (1.0 + np.linalg.norm(at.grad(x0))), result.message)
        return [x, _multipliers(x, slope, between, [(c["type"], np.atleast_1d(g(x, *a)), np.atleast_2d(d.at(values).jacobian(x)))
                for c, g, d, a in zip(kinds, own_equations, of_constraints, further, strict=True)])]  # fmt: skip

    def residual(y: Any, arguments: Any, functions: list[Any]) -> Any:
        x, multipliers = y
        _, box, further, _ = arguments
        found, at = [], 0
        lagrangian = lambda x: value_of(x, arguments, functions, jac)
        for c, g, a in zip(kinds, functions[4:], further, strict=True):
            value = np.reshape(settle(g(x, *a)), -1)
            mine = multipliers[at : at + value.size]
            at += value.size
            lagrangian = lambda x, f=lagrangian, g=g, a=a, mine=mine: f(x) - np.sum(mine * np.reshape(settle(g(x, *a)), -1))  # type: ignore[misc]
            found.append(value if c["type"] == "eq" else np.minimum(value, mine))  # both are at least 0, and one of them is 0
        return [stationary(x, grad(lagrangian)(x), *bounds_of(box, x.shape[0], pairs)), *found]

    if not given.operands:  # a method that SciPy's function does not run without derivatives
        solve(*given.fill([]), [])
        return said.result
    x, value = solved(
        "the stationarity of what minimize was given", given, solve, residual, then=lambda y, arguments, functions: (y[0], value_of(y[0], arguments, functions, jac))
    )
    return said.filled(x=x, fun=value)


STATIONARY = 1e-5
"""The part of the first gradient, or of 1, that is left of a minimum all the same: methods call it a failure that rounding stopped them."""
NEAR = 1e-2
"""How near to zero an inequality may be that holds a minimum back, and how near to its bound a variable, relative to the largest ones and 1. Which do is found among these."""


def _multipliers(x: Any, slope: Any, box: tuple[Any, Any], constraints: Sequence[tuple[str, Any, Any]]) -> Any:
    """Lagrange multipliers at a minimum: what explains the slope best, those of inequalities that do not hold it back being zero.

    Bounds explain their share of it by multipliers of their own. Methods leave some distance to what holds a minimum back: SLSQP that of rounding,
    trust-constr up to 1e-5. So the distances decide nothing by themselves. They make a multiplier dear, whose product with the distance is to vanish as the
    unexplained slope is.
    """
    if not constraints:
        return np.empty(0)
    kinds = np.concatenate([np.full(len(value), kind == "eq") for kind, value, _ in constraints])
    values, J = np.concatenate([v for _, v, _ in constraints]), np.concatenate([d for _, _, d in constraints])
    found = np.zeros(len(values))
    active = kinds | (values <= NEAR * max(1.0, np.max(np.abs(values))))
    if not active.any():
        return found
    columns, distances = [J[active].T, -J[kinds].T], [np.where(kinds, 0.0, values)[active], np.zeros(np.count_nonzero(kinds))]  # an equation's is a difference of two
    for bound, inward in zip(box, (1.0, -1.0), strict=True):
        if bound is not None:
            near = inward * (x - bound) <= NEAR * max(1.0, np.max(np.abs(x)))
            columns.append(inward * np.eye(len(x))[:, near])
            distances.append((x - bound)[near])
    from scipy.optimize import nnls  # for start-up

    matrix, distance = np.hstack(columns), np.abs(np.concatenate(distances))
    several = nnls(np.vstack([matrix, np.diag(distance)]), np.concatenate([slope, np.zeros(len(distance))]))[0]
    # Of several answers, where more holds a minimum back than it has directions, the second one is of as few as need be.
    holds = (several > distance) | (distance == 0.0)
    several[~holds] = 0.0
    several[holds] = nnls(matrix[:, holds], slope)[0]
    found[active] = several[: np.count_nonzero(active)]
    found[kinds] -= several[np.count_nonzero(active) :][: np.count_nonzero(kinds)]
    return found


@like("scipy.optimize.minimize_scalar", by="args, bounds, and what fun refers to", note="the result's x and fun", always=True)
def minimize_scalar(fun: Any, bracket: Any = None, bounds: Any = None, args: Any = (), method: Any = None, tol: Any = None, options: Any = None) -> Any:
    """A minimum of a function of one number, as SciPy's `OptimizeResult`.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy.optimize import minimize_scalar
        >>> round(float(jt.grad(lambda a: minimize_scalar(lambda x: (x - a) ** 4 + x**2).x)(1.0)), 4)
        0.676
    """
    own, said = original("scipy.optimize.minimize_scalar"), Said("minimize_scalar")
    given = taken_apart((bracket, bounds, tupled(args)), (fun,))
    more = given_options(method=method, tol=tol, options=options)
    if not given.operands:
        return plainly("minimize_scalar", own, fun, bracket, bounds, args, **more)

    def solve(arguments: Any, functions: list[Any], values: list[Any]) -> Any:
        bracket, bounds, args = arguments
        result = own(functions[0], bracket, bounds, args, **more)
        said.note(result, result.success, getattr(result, "message", ""))
        return float(result.x)

    def residual(x: Any, arguments: Any, functions: list[Any]) -> Any:
        slope = grad(lambda x: value_of(x, arguments, functions))(x)
        return stationary(x, slope, *(arguments[1] or (None, None)))

    x, value = solved(
        "the stationarity of what minimize_scalar was given", given, solve, residual, then=lambda x, arguments, functions: (x, value_of(x, arguments, functions))
    )
    return said.filled(x=x, fun=value)
