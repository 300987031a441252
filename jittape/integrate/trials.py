"""What an optimiser of SciPy is told at a trial point where there is no number, so that it takes a shorter step.

None of them does at a NaN: it is neither less nor more than the value before, so that trust regions do not shrink and line searches end
there. At infinity trust regions shrink, simplices contract, and so on; line searches that interpolate divide infinity by infinity.
They are given a value above all that they saw of late and a slope out of the domain, from which they interpolate a step of about half
the length.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

if TYPE_CHECKING:
    from jittape.integrate.residuals import Residuals
    from jittape.integrate.scipy import Objective

Reals = NDArray[np.float64]
INTERPOLATING = ("cg", "bfgs", "newton-cg", "l-bfgs-b", "tnc")
"""Methods whose line searches interpolate."""
REFUSED = (ArithmeticError, np.linalg.LinAlgError)
"""Errors of a function that mean that there is no number at a point: a matrix that is not positive definite, say."""
SEEN = 64
"""Values that are looked back at for one that is not below that of the current iterate: more than a line search has trials."""
HIGHEST = 1e100
LONGER = 2.0
VIOLATION = 100.0
TOLD_OF_NAN = ("cobyla",) if np.lib.NumpyVersion(scipy.__version__) >= "1.16.0" else ()
"""Methods that know what a NaN of a constraint is: COBYLA has been PRIMA's since SciPy 1.16."""


class Latest:
    """What was computed last and holds numbers only: it stands in at a point that has none."""

    def __init__(self) -> None:
        self.value: Any = None

    def of(self, compute: Callable[[Any], Any], x: Any, failed: Callable[[Reals, Exception], None] | None = None) -> Any:
        """compute(x), or what stands for it; `failed` is told of errors."""
        try:
            found = compute(x)
        except REFUSED as error:
            if self.value is None:
                raise
            if failed is not None:
                failed(np.array(x), error)
            return self.value
        if np.isfinite(found.data if issparse(found) else found).all():
            self.value = found
        return found if self.value is None else self.value


class Trials:
    """An objective as one of SciPy's methods is given it, and the values of the constraints with it.

    Args:
        objective: what is computed.
        constraints: functions of x whose values are to be numbers, too, for methods that take derivatives.
        method: of `scipy.optimize.minimize`, in small letters.
        values: whether the method takes no derivatives.
    """

    def __init__(self, objective: Objective, constraints: Sequence[Callable[[Any], Any]], method: str, values: bool) -> None:
        self.objective, self.constraints = objective, constraints
        self.interpolating, self.values = method in INTERPOLATING, values
        self._seen: deque[float] = deque(maxlen=SEEN)
        self._last: tuple[Reals, float, Reals] | None = None
        """The last point that had a value, the value and the gradient."""
        self._at: tuple[Reals, Any, Any] | None = None
        """The point that was asked for last, with what is told of it."""
        self._hessian = Latest()

    def _told(self, x: Any) -> tuple[Reals, Any, Any]:
        if self._at is not None and np.array_equal(x, self._at[0]):
            return self._at
        x = np.array(x, float)  # SciPy changes its x in place
        try:
            value, gradient = self.objective.fun(x), self.objective.jac(x)
            whole = self._whole(x, value, gradient)
        except REFUSED as error:
            if self._last is None:
                raise
            self.objective.watch.failed(x, error)
            whole = False
        if self._last is None and not whole and not self.values and np.isfinite(value) and not np.isfinite(gradient).all():
            place = int(np.flatnonzero(~np.isfinite(gradient))[0])
            raise ValueError(
                f"the gradient is not finite at the first guess: {gradient[place]} by variable {place}, whose value is {x[place]:g}, where the "
                f"function is {value:g}. Begin at a point where it has a derivative"
            )
        if whole or self._last is None:
            self._last = x, float(value), gradient
            self._seen.append(float(value))
            self._at = self._last
        else:
            self._at = (x, *self._outside(x))
        return self._at

    def _whole(self, x: Reals, value: Any, gradient: Any) -> bool:
        """Whether everything at a point is a number, or a value without bound below."""
        if not value < np.inf:
            return False
        if not self.values and not np.isfinite(gradient).all():
            return False
        return self.values or all(np.isfinite(c(x)).all() for c in self.constraints)

    def _outside(self, x: Reals) -> tuple[float, Reals]:
        """Value and gradient that are told of a point that has none."""
        assert self._last is not None
        near, value, gradient = self._last
        if not self.interpolating:
            return np.inf, gradient
        highest, way = max(self._seen), x - near
        length = float(way @ way)
        if not (0.0 < length < np.inf):
            return highest + 1.0 + abs(highest), gradient
        told = highest + min(max(abs(float(gradient @ way)), 1e-3 * (1.0 + abs(highest))), HIGHEST)
        return told, 3.0 * (told - value) / length * way

    def fun(self, x: Any) -> Any:
        """The value, or what stands for it."""
        return self._told(x)[1]

    def jac(self, x: Any) -> Reals:
        """The gradient, or what stands for it."""
        return np.array(self._told(x)[2])

    def hess(self, x: Any) -> Any:
        """The Hessian; where it has none, that of the last point that had one, or a multiple of the identity: a step along the gradient."""
        found = self._hessian.of(self.objective.hess, x, self.objective.watch.failed)
        if self._hessian.value is not None:
            return found
        unit = self._scale(x) * np.eye(len(x))
        return csr_array(unit) if issparse(found) else unit

    def hessp(self, x: Any, v: Any) -> Any:
        """The Hessian times a vector; where it has none, a multiple of the vector."""
        found = self.objective.hessp(x, v)
        return found if np.isfinite(found).all() else self._scale(x) * np.asarray(v, float)

    def _scale(self, x: Any) -> float:
        """A curvature with which a step along the gradient has length one."""
        length = float(np.linalg.norm(self._told(x)[2]))
        return length if 0.0 < length < np.inf else 1.0


class Residual:
    """Residuals as SciPy's solvers are given them, and their Jacobian.

    trf, dogbox and lm step back from a NaN. hybr, which learns from rejected steps, too, is told residuals longer than the last ones.

    Args:
        residuals: what is computed.
        learning: whether the solver is hybr.
    """

    def __init__(self, residuals: Residuals, learning: bool) -> None:
        self.residuals, self.learning = residuals, learning
        self._last: Reals | None = None
        self._jacobian = Latest()

    def fun(self, x: Any) -> Reals:
        try:
            found = self.residuals.residuals(x)
        except REFUSED as error:
            if self._last is None:
                raise
            self.residuals.watch.failed(np.array(x), error)
            found = np.full(self.residuals.shape[0], np.nan)
        if np.isfinite(found).all():
            self._last = found
        elif self.learning and self._last is not None:
            return LONGER * self._last
        return found

    def jac(self, x: Any) -> Any:
        return self._jacobian.of(self.residuals.jac, x)


class Known:
    """The values and the Jacobian of a constraint; at a point where they are no numbers, those of the last one where they were.

    Methods that take no derivatives know the constraints by their values alone; they are told of a violation, or of the NaN.

    Args:
        fun, jac, lower, upper: of the constraint.
        values: whether the method takes no derivatives.
        method: of `scipy.optimize.minimize`, in small letters.
    """

    def __init__(self, fun: Callable[[Any], Any], jac: Callable[[Any], Any], lower: Any, upper: Any, values: bool, method: str) -> None:
        self._fun, self._jac, self._lower, self._upper, self._violated = fun, jac, lower, upper, values
        self._as_it_is = method in TOLD_OF_NAN
        self._value, self._jacobian = Latest(), Latest()
        self._at: tuple[Reals, Any] | None = None

    def values(self, x: Any) -> Any:
        """The values as they are, computed once a point."""
        if self._at is None or not np.array_equal(x, self._at[0]):
            self._at = None  # should that raise an error
            self._at = np.array(x, float), self._fun(x)
        return self._at[1]

    def _violation(self) -> Reals:
        """Values well beyond the bounds."""
        last = self._value.value
        far = VIOLATION * (1.0 + np.max(np.abs(last), initial=0.0))
        low, high = np.broadcast_to(self._lower, last.shape), np.broadcast_to(self._upper, last.shape)
        told: Reals = np.where(np.isfinite(low), low - far, np.where(np.isfinite(high), high + far, last))
        return told

    def fun(self, x: Any) -> Any:
        found, last = self._value.of(self.values, x), self._value.value
        outside = self._violated and last is not None and (self._at is None or last is not self._at[1])
        if outside and self._as_it_is:
            return np.full_like(last, np.nan)
        return self._violation() if outside else found

    def jac(self, x: Any) -> Any:
        return self._jacobian.of(self._jac, x)
