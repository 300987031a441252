"""The estimates: SciPy's least squares with the exact Jacobian, and Newton steps with the exact Hessian until nothing is gained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.optimize
from numpy.typing import NDArray

from jittape.integrate.fits.losses import Loss

Reals = NDArray[Any]
POLISHED = 50
"""Steps of refinement at most."""


class Problem(NamedTuple):
    """Residuals of parameters with their derivatives.

    Attributes:
        residuals, jacobian: of parameters, [m] and [m, n].
        curvature: (parameters, weights [m]) -> the sum of weights times the residuals' Hessians, [n, n].
    """

    residuals: Callable[[Reals], Reals]
    jacobian: Callable[[Reals], Reals]
    curvature: Callable[[Reals, Reals], Reals]
    loss: Loss


class Found(NamedTuple):
    """Parameters, whether they are a minimum, in words, how often residuals were computed, and which lie on a bound."""

    x: Reals
    success: bool
    message: str
    evaluations: int
    fixed: Reals


def at_bounds(x: Reals, lower: Reals, upper: Reals) -> Reals:
    """Which parameters lie on a bound."""
    close = 1e-9 * np.maximum(1.0, np.abs(x))
    found: Reals = (x - lower <= close) | (upper - x <= close)
    return found


def minimise(problem: Problem, x0: Reals, lower: Reals, upper: Reals, method: str | None, options: dict[str, Any]) -> Found:
    """The parameters of least loss, from x0."""
    bounded = bool(np.isfinite(lower).any() or np.isfinite(upper).any())
    robust = problem.loss.name != "linear"
    chosen = method or ("trf" if bounded or robust or len(problem.residuals(x0)) < x0.size else "lm")
    tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "x_scale": "jac", "max_nfev": 2000 * max(x0.size, 1), **options}
    more = {} if chosen == "lm" else {"bounds": (lower, upper), "loss": problem.loss.name, "f_scale": problem.loss.scale}
    if chosen == "lm" and (bounded or robust):
        raise ValueError(f'method "lm" takes no {"bounds" if bounded else "loss"}: leave it away, or use "trf"')
    with np.errstate(all="ignore"):
        found = scipy.optimize.least_squares(problem.residuals, x0, jac=problem.jacobian, method=chosen, **more, **tight)
        if method is None and chosen == "lm" and deficient(problem.jacobian(found.x)):  # it ran away, perhaps
            other = scipy.optimize.least_squares(problem.residuals, x0, jac=problem.jacobian, method="trf", **tight)
            found = other if other.cost < found.cost else found
        x = found.x
        fixed = at_bounds(x, lower, upper) if bounded else np.zeros(x.size, bool)
        x = polished(problem, x, ~fixed, lower, upper)
    success = bool(found.status > 0 or stationary(problem, x, ~fixed))
    return Found(x, success, str(found.message), int(found.nfev), fixed)


def deficient(J: Reals) -> bool:
    """Whether columns depend on each other to rounding."""
    norms = np.linalg.norm(J, axis=0)
    if len(J) < norms.size or not np.isfinite(norms).all() or not norms.all():
        return True
    sizes = np.linalg.svd(J / norms, compute_uv=False)
    return bool(sizes[-1] <= np.finfo(float).eps * max(J.shape) * sizes[0])


def gradient_and_hessian(problem: Problem, x: Reals, free: Reals) -> tuple[Reals, Reals, Reals]:
    """Of the loss by the free parameters: gradient, exact Hessian, and that without the residuals' own second derivatives."""
    r, J = problem.residuals(x), problem.jacobian(x)[:, free]
    first, second = problem.loss.slopes(r)
    simple = (J.T * second) @ J
    return J.T @ first, simple + problem.curvature(x, first)[np.ix_(free, free)], simple


def stationary(problem: Problem, x: Reals, free: Reals) -> bool:
    """Whether the gradient is zero to rounding."""
    r, J = problem.residuals(x), problem.jacobian(x)[:, free]
    first, _ = problem.loss.slopes(r)
    sizes = np.linalg.norm(J, axis=0) * np.linalg.norm(first)
    return bool((np.abs(J.T @ first) <= 1e-6 * np.maximum(sizes, 1e-300)).all())


def polished(problem: Problem, x: Reals, free: Reals, lower: Reals, upper: Reals) -> Reals:
    """x after Newton steps, as long as these lower the gradient."""
    if not free.any():
        return x
    cost = problem.loss.cost(problem.residuals(x))
    size = np.inf
    for _ in range(POLISHED):
        step = _step(problem, x, free)
        if step is None:
            break
        new = x.copy()
        new[free] = np.clip(x[free] + step, lower[free], upper[free])
        length = float(np.max(np.abs(new - x) / np.maximum(np.abs(x), 1e-300)))
        value = problem.loss.cost(problem.residuals(new))
        rounding = 1e-6 if length < 1e-4 else 1e-12  # small residuals of large numbers have few digits, and their squares fewer
        if not np.isfinite(value) or value > cost * (1.0 + rounding) or length > 0.5 * size:
            break
        x, cost, size = new, min(value, cost), length
        if length < 1e-15:
            break
    return x


def _step(problem: Problem, x: Reals, free: Reals) -> Reals | None:
    """A Newton step, of scaled parameters: J' (w r) and J' w J + C are solved by the factors of sqrt(w) J, whose condition is the root of the Hessian's."""
    r, J = problem.residuals(x), problem.jacobian(x)[:, free]
    first, second = problem.loss.slopes(r)
    C = problem.curvature(x, first)[np.ix_(free, free)]
    norms = np.linalg.norm(J, axis=0)
    if not (np.isfinite(J).all() and np.isfinite(C).all() and norms.all()) or len(J) < norms.size:
        return None
    J, C = J / norms, C / np.outer(norms, norms)
    try:
        if (second > 1e-8).all():
            root = np.sqrt(second)
            Q, R = np.linalg.qr(J * root[:, None])
            back = scipy.linalg.solve_triangular(R, np.eye(len(R)))
            whole = np.eye(len(R)) + back.T @ C @ back
            step: Reals = back @ scipy.linalg.cho_solve(scipy.linalg.cho_factor(whole), Q.T @ (first / root))
        else:
            step = scipy.linalg.cho_solve(scipy.linalg.cho_factor((J.T * second) @ J + C), J.T @ first)
        found: Reals = -step / norms
        return found
    except (scipy.linalg.LinAlgError, ValueError):
        return None
