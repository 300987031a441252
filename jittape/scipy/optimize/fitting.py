"""Least squares: fits, differentiated by the data and by whatever else residuals depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.errors import GradientError
from jittape.functional.drivers import grad, jacobian
from jittape.functions.lift import settle
from jittape.replay.implicit import plainly, solved, taken_apart
from jittape.scipy.declare import like, original
from jittape.scipy.optimize.derivatives import Derivatives
from jittape.scipy.optimize.minima import stationary
from jittape.scipy.optimize.results import Said, ends_of, given_options

RHO: dict[str, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    "soft_l1": lambda z: 2.0 * (np.sqrt(1.0 + z) - 1.0),
    "huber": lambda z: np.where(z <= 1.0, z, 2.0 * np.sqrt(np.maximum(z, 1.0)) - 1.0),
    "cauchy": np.log1p,
    "arctan": np.arctan,
}
"""Losses of SciPy's `least_squares` by their names."""


def _cost(r: Any, loss: Any, scale: Any) -> Any:
    """SciPy's cost of residuals: half of the sum of the losses of their squares."""
    z = (np.reshape(settle(r), -1) / scale) ** 2
    return 0.5 * scale**2 * np.sum(RHO[loss](z) if isinstance(loss, str) else loss(z)[0])


@like("scipy.optimize.least_squares", by="args, kwargs, bounds, and what fun refers to", note="the result's x, cost and fun; the exact Jacobian is used where jac is not given", always=True)
def least_squares(
    fun: Any, x0: Any, jac: Any = "2-point", bounds: Any = (-np.inf, np.inf), method: str = "trf", ftol: Any = 1e-8, xtol: Any = 1e-8, gtol: Any = 1e-8, x_scale: Any = None,
    loss: Any = "linear", f_scale: Any = 1.0, diff_step: Any = None, tr_solver: Any = None, tr_options: Any = None, jac_sparsity: Any = None, max_nfev: Any = None,
    verbose: int = 0, args: Any = (), kwargs: Any = None, callback: Any = None, workers: Any = None,
) -> Any:  # fmt: skip
    """x of the least sum of squares of fun(x, *args, **kwargs), as SciPy's `OptimizeResult`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.optimize import least_squares
        >>> t = np.arange(4.0)
        >>> def rate(y):
        ...     return least_squares(lambda p: np.exp(-p[0] * t) - y, np.ones(1)).x[0]
        >>> jt.grad(rate)(np.exp(-0.5 * t)).shape
        (4,)
    """
    own, said = original("scipy.optimize.least_squares"), Said("least_squares")
    box = tuple(ends_of(bounds))
    given = taken_apart((x0, box, f_scale, args, kwargs or {}), (fun, jac if callable(jac) else None, loss if callable(loss) else None))
    more = {"method": method, "ftol": ftol, "xtol": xtol, "gtol": gtol, "verbose": verbose}
    more |= given_options(
        x_scale=x_scale, diff_step=diff_step, tr_solver=tr_solver, tr_options=tr_options, jac_sparsity=jac_sparsity, max_nfev=max_nfev, callback=callback, workers=workers
    )
    if not given.operands:
        return plainly("least_squares", own, fun, x0, jac, bounds, loss=loss, f_scale=f_scale, args=args, kwargs=kwargs or {}, **more)

    def values(x: Any, arguments: Any, functions: list[Any]) -> Any:
        return np.reshape(settle(functions[0](x, *arguments[3], **arguments[4])), -1)

    exact = None if callable(jac) or jac_sparsity is not None else Derivatives(given, values)

    jac, loss = None if callable(jac) else jac, None if callable(loss) else loss  # what they refer to is the recording's

    def solve(arguments: Any, functions: list[Any], at: list[Any]) -> Any:
        x0, box, f_scale, args, kwargs = arguments
        derivative: Any = jac
        if exact is not None:
            J = exact.at(at).jacobian
            derivative = lambda x, *args, **kwargs: J(x)
        elif functions[1] is not None:
            derivative = functions[1]
        x0, box = np.asarray(x0, float), tuple(np.asarray(b, float) for b in box)
        result = own(functions[0], x0, derivative, box, loss=functions[2] or loss, f_scale=f_scale, args=args, kwargs=kwargs, **more)
        said.note(result, result.success, result.message)
        return np.atleast_1d(np.asarray(result.x, float))

    def residual(x: Any, arguments: Any, functions: list[Any]) -> Any:
        _, box, f_scale, _, _ = arguments
        slope = grad(lambda x: _cost(values(x, arguments, functions), functions[2] or loss, f_scale))(x)
        low, high = box
        return stationary(x, slope, low, high)

    def then(x: Any, arguments: Any, functions: list[Any]) -> Any:
        r = values(x, arguments, functions)
        return x, r, _cost(r, functions[2] or loss, arguments[2])

    x, r, cost = solved("the stationarity of what least_squares was given", given, solve, residual, then=then)
    return said.filled(x=x, fun=r, cost=cost)


@like("scipy.optimize.curve_fit", by="xdata, ydata, sigma, bounds, and what f refers to", note="popt and pcov; the exact Jacobian is used where jac is not given", always=True)
def curve_fit(
    f: Any, xdata: Any, ydata: Any, p0: Any = None, sigma: Any = None, absolute_sigma: bool = False, check_finite: Any = None, bounds: Any = (-np.inf, np.inf),
    method: Any = None, jac: Any = None, *, full_output: bool = False, nan_policy: Any = None, **kwargs: Any,
) -> Any:  # fmt: skip
    """(popt, pcov): the parameters with which f(xdata, *parameters) fits ydata best, and their covariance.

    Raises:
        GradientError: `nan_policy="omit"`, whose number of data a replay cannot change.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.optimize import curve_fit
        >>> x = np.arange(5.0)
        >>> slope = lambda y: curve_fit(lambda x, a, b: a * x + b, x, y)[0][0]
        >>> np.round(jt.grad(slope)(x**2), 3).tolist()
        [-0.2, -0.1, 0.0, 0.1, 0.2]
    """
    own, said = original("scipy.optimize.curve_fit"), Said("curve_fit")
    box = tuple(ends_of(bounds))
    given = taken_apart((xdata, ydata, p0, sigma, box), (f, jac if callable(jac) else None))
    more = given_options(check_finite=check_finite, method=method, nan_policy=nan_policy) | kwargs
    if not given.operands:
        return plainly("curve_fit", own, f, xdata, ydata, p0, sigma, absolute_sigma, bounds=bounds, jac=jac, full_output=full_output, **more)
    if nan_policy == "omit":
        raise GradientError('curve_fit is not differentiated with nan_policy="omit": take the data out before')

    def residuals(p: Any, arguments: Any, functions: list[Any]) -> Any:
        x, y, _, sigma, _ = arguments
        r = np.reshape(settle(functions[0](_data(x), *(p[i] for i in range(np.shape(p)[0])))) - settle(y), -1)
        if sigma is None:
            return r
        sigma = settle(sigma)
        return np.linalg.solve(np.linalg.cholesky(sigma), r) if sigma.ndim == 2 else r / sigma

    own_jac, jac = callable(jac), None if callable(jac) else jac
    exact = Derivatives(given, lambda p, arguments, functions: settle(functions[0](_data(arguments[0]), *(p[i] for i in range(np.shape(p)[0])))))

    def solve(arguments: Any, functions: list[Any], at: list[Any]) -> Any:
        x, y, p0, sigma, box = arguments
        derivative: Any = functions[1] or jac
        if jac is None and not own_jac:
            J = exact.at(at).jacobian
            derivative = lambda x, *p: J(np.array(p, float))
        popt, pcov, info, message, code = own(
            functions[0], _data(x), np.asarray(y, float), p0, sigma, absolute_sigma, bounds=tuple(np.asarray(b, float) for b in box), jac=derivative, full_output=True, **more
        )
        said.note((pcov, info, message, code), True)
        return np.asarray(popt, float)

    def residual(p: Any, arguments: Any, functions: list[Any]) -> Any:
        slope = grad(lambda p: 0.5 * np.sum(residuals(p, arguments, functions) ** 2))(p)
        return stationary(p, slope, *arguments[4])

    def then(popt: Any, arguments: Any, functions: list[Any]) -> Any:
        J = jacobian(lambda p: residuals(p, arguments, functions))(popt)
        pcov = np.linalg.inv(J.T @ J)
        m, n = J.shape
        if not absolute_sigma:
            pcov = pcov * (np.sum(residuals(popt, arguments, functions) ** 2) / (m - n)) if m > n else np.full((n, n), np.inf)
        return popt, pcov

    popt, pcov = solved("the stationarity of what curve_fit was given", given, solve, residual, then=then)
    return (popt, pcov, *said.result[1:]) if full_output else (popt, pcov)


def _data(x: Any) -> Any:
    """Independent variables as `curve_fit` hands them over."""
    return settle(x) if isinstance(x, (list, tuple, np.ndarray)) else x
