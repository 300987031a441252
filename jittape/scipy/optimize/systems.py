"""Roots of systems of equations, and fixed points."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.functions.lift import as_zero_d
from jittape.replay.implicit import plainly, solved, taken_apart
from jittape.scipy.declare import like, original
from jittape.scipy.optimize.derivatives import Derivatives
from jittape.scipy.optimize.results import Said, given_options, tupled, value_of

TAKE_JACOBIAN = ("hybr", "lm")
"""Methods of `root` that do."""


@like("scipy.optimize.root", by="args, and what fun refers to", note="the result's x; methods hybr and lm are given the exact Jacobian", always=True)
def root(fun: Any, x0: Any, args: Any = (), method: Any = "hybr", jac: Any = None, tol: Any = None, callback: Any = None, options: Any = None) -> Any:
    """A root of the vector function fun(x, *args), as SciPy's `OptimizeResult`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.optimize import root
        >>> def corner(a):
        ...     return root(lambda x: np.stack([x[0] + x[1] - a, x[0] - x[1] ** 2]), np.ones(2)).x[1]
        >>> round(float(jt.grad(corner)(2.0)), 6)
        0.333333
    """
    own, said = original("scipy.optimize.root"), Said("root")
    given = taken_apart((x0, tupled(args)), (fun, jac if callable(jac) else None))
    more = given_options(tol=tol, callback=callback, options=options)
    if not given.operands:
        return plainly("root", own, fun, x0, args, method, jac, **more)
    exact = Derivatives(given, value_of) if jac is None and method in TAKE_JACOBIAN else None
    jac = None if callable(jac) else jac  # what it refers to is the recording's

    def solve(arguments: Any, functions: list[Any], values: list[Any]) -> Any:
        x0, args = arguments
        jacobian = exact.at(values).jacobian if exact is not None else functions[1] or jac
        result = own(functions[0], np.asarray(x0, float), args, method, jacobian, **more)
        said.note(result, result.success, result.message)
        return np.asarray(result.x, float)

    x = solved("the function given to root", given, solve, lambda x, arguments, functions: value_of(x, arguments, functions, jac))
    return said.filled(x=x)


@like("scipy.optimize.fsolve", by="args, and what func refers to", note="the exact Jacobian is used where fprime is not given", always=True)
def fsolve(
    func: Any, x0: Any, args: Any = (), fprime: Any = None, full_output: Any = 0, col_deriv: Any = 0, xtol: float = 1.49012e-8, maxfev: int = 0, band: Any = None,
    epsfcn: Any = None, factor: float = 100, diag: Any = None,
) -> Any:  # fmt: skip
    """A root of the vector function func(x, *args) by MINPACK's hybrd and hybrj."""
    own, said = original("scipy.optimize.fsolve"), Said("fsolve")
    given = taken_apart((x0, tupled(args)), (func, fprime))
    more = {"col_deriv": col_deriv, "xtol": xtol, "maxfev": maxfev, "band": band, "epsfcn": epsfcn, "factor": factor, "diag": diag}
    if not given.operands:
        return plainly("fsolve", own, func, x0, args, fprime, full_output, **more)
    exact = None
    if fprime is None and band is None:
        exact, more["col_deriv"] = Derivatives(given, value_of), 0

    def solve(arguments: Any, functions: list[Any], values: list[Any]) -> Any:
        x0, args = arguments
        x, *result = own(functions[0], np.asarray(x0, float), args, exact.at(values).jacobian if exact is not None else functions[1], True, **more)
        said.note(result, result[1] == 1, result[2])
        return np.asarray(x, float)

    x = solved("the function given to fsolve", given, solve, value_of)
    return (x, *said.result) if full_output else x


@like("scipy.optimize.fixed_point", by="args, and what func refers to", always=True)
def fixed_point(func: Any, x0: Any, args: Any = (), xtol: float = 1e-8, maxiter: int = 500, method: str = "del2") -> Any:
    """x with func(x, *args) = x.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.optimize import fixed_point
        >>> round(float(jt.grad(lambda a: fixed_point(lambda x: np.cos(a * x), 0.5))(1.0)), 5)
        -0.29747
    """
    own = original("scipy.optimize.fixed_point")
    given = taken_apart((x0, tupled(args)), (func,))
    if not given.operands:
        return plainly("fixed_point", own, func, x0, args, xtol, maxiter, method)

    def solve(arguments: Any, functions: list[Any], values: list[Any]) -> Any:
        x0, args = arguments
        x = own(functions[0], np.asarray(x0, float), args, xtol, maxiter, method)
        return np.asarray(x, float) if np.ndim(x) else float(x)

    found = solved("the function given to fixed_point", given, solve, lambda x, arguments, functions: x - value_of(x, arguments, functions))
    return as_zero_d(found) if method == "del2" else found  # where SciPy's is an array, too
