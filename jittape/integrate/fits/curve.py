"""Fits of curves: least squares of a model's residuals, or robust losses of them."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.optimize
from numpy.typing import NDArray

from jittape.functional.drivers import jacobian
from jittape.functions.hooks import name_of
from jittape.integrate.fits import charts
from jittape.integrate.fits.fit import Fit, inverse, scattered
from jittape.integrate.fits.losses import Loss
from jittape.integrate.fits.solve import Found, Problem, deficient, gradient_and_hessian, minimise
from jittape.integrate.residuals import Residuals
from jittape.replay.record import record

Reals = NDArray[Any]


class Prediction(NamedTuple):
    """Values of a curve at points, their standard errors, and the bands: confidence of the curve, prediction of a new observation."""

    value: Reals
    error: Reals
    confidence: tuple[Reals, Reals]
    prediction: tuple[Reals, Reals]


class CurveFit(Fit):
    """A fitted curve: see `Fit`. Made by `curve_fit`.

    Attributes:
        residuals: (observations - curve) / sigma at the estimates, flat.
        rss: their sum of squares; `deviation` is the residual standard deviation, the root of rss over the degrees of freedom.
        r_squared: the part of the weighted variance that the curve explains.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import curve_fit
        >>> t = np.arange(5.0)
        >>> fit = curve_fit(lambda t, a, b: a * t + b, t, np.array([1.0, 3.1, 4.9, 7.0, 9.1]))
        >>> round(fit.r_squared, 5), round(fit.deviation, 3)
        (0.99933, 0.095)
    """

    def __init__(self, model: _Model, problem: Problem, found: Found, absolute: bool, solver: dict[str, Any]) -> None:
        self.model, self.problem, self._solver = model, problem, solver
        self.names, self.x = model.names, found.x
        self.success, self.message, self.evaluations, self.fixed = found.success, found.message, found.evaluations, found.fixed
        self.absolute_sigma = absolute
        r = problem.residuals(found.x)
        self.residuals: Reals = -r
        self.rss = float(r @ r)
        self.observations = r.size
        free = ~found.fixed
        dof = r.size - int(free.sum())
        self.dof = dof
        self.degrees = float("inf") if absolute else float(max(dof, 0))
        self.deviation = float(np.sqrt(self.rss / dof)) if dof > 0 else float("nan")
        self._determined = True
        self.covariance = self._covariance(free)
        self.counted = int(free.sum()) + (not absolute)
        self.log_likelihood = self._log_likelihood()

    def _covariance(self, free: Reals) -> Reals:
        J = self.problem.jacobian(self.x)[:, free]
        if not free.any():
            return scattered(np.empty((0, 0)), free)
        if self.problem.loss.name != "linear":  # the sandwich of M-estimators
            _, H, _ = gradient_and_hessian(self.problem, self.x, free)
            first, _ = self.problem.loss.slopes(-self.residuals)
            bread = inverse(H)
            self._determined = bool(np.isfinite(bread).all())
            if not self._determined:
                return scattered(bread, free)
            half = (J * first[:, None]) @ bread
            scale = self.observations / self.dof if self.dof > 0 else np.nan
            return scattered(half.T @ half * scale, free)
        self._determined = not deficient(J)
        if not self._determined or (self.dof <= 0 and not self.absolute_sigma):
            return scattered(np.full((int(free.sum()),) * 2, np.inf), free)
        norms = np.linalg.norm(J, axis=0)
        R = np.linalg.qr(J / norms, mode="r")
        half = scipy.linalg.solve_triangular(R, np.eye(len(R))) / norms[:, None]
        scale = 1.0 if self.absolute_sigma else self.rss / self.dof
        return scattered(half @ half.T * scale, free)

    def _log_likelihood(self) -> float:
        """That of normal errors, with the variance that makes it greatest where the sigmas are relative; of a robust loss, less the loss."""
        m, logs = self.observations, self.model.log_sigmas
        if self.problem.loss.name != "linear":
            return -self.problem.loss.cost(-self.residuals)
        if self.absolute_sigma:
            return -0.5 * (self.rss + m * float(np.log(2 * np.pi))) - logs
        with np.errstate(divide="ignore"):
            return -0.5 * m * float(np.log(2 * np.pi * self.rss / m) + 1.0) - logs

    @property
    def r_squared(self) -> float:
        """The part of the weighted variance that the curve explains."""
        return 1.0 - self.rss / self.model.spread if self.model.spread > 0 else float("nan")

    # --- bands -----------------------------------------------------------------------------------------------------------------

    def __call__(self, xdata: Any) -> Any:
        """The curve at other points."""
        return np.asarray(self.model.call(xdata, self.x))

    def predict(self, xdata: Any, level: float = 0.95, sigma: Any = None, simultaneous: bool = False) -> Prediction:
        """The curve at points with its standard errors, confidence and prediction bands, by the exact gradient at each point.

        Args:
            xdata: as the model takes it.
            level: of the bands.
            sigma: of a new observation; by default the residual standard deviation (1 where `absolute_sigma` is set).
            simultaneous: bands that hold at all points at once (Scheffe), in place of at each.

        Example:
            >>> import numpy as np
            >>> from jittape.integrate.scipy import curve_fit
            >>> t = np.arange(5.0)
            >>> fit = curve_fit(lambda t, a, b: a * t + b, t, np.array([1.0, 3.1, 4.9, 7.0, 9.1]))
            >>> there = fit.predict(np.array([5.0]))
            >>> there.value.round(3).tolist(), there.error.round(3).tolist(), [b.round(3).tolist() for b in there.prediction]
            ([11.05], [0.099], [[10.612], [11.488]])
        """
        reach = self.quantile(level)
        free = ~self.fixed
        if simultaneous:
            from scipy.special import chdtri, fdtri

            k = int(free.sum())
            reach = float(np.sqrt(chdtri(k, 1.0 - level) if np.isinf(self.degrees) else k * fdtri(k, self.degrees, level)))
        value = self(xdata)
        J = np.asarray(jacobian(lambda p: self.model.call(xdata, p))(self.x)).reshape(*value.shape, -1)[..., free]
        covariance = self.covariance[np.ix_(free, free)]
        error = np.sqrt(np.einsum("...i,ij,...j->...", J, covariance, J))
        own = (1.0 if self.absolute_sigma else self.deviation) if sigma is None else np.asarray(sigma, float)
        wide = np.sqrt(error**2 + own**2)
        return Prediction(value, error, (value - reach * error, value + reach * error), (value - reach * wide, value + reach * wide))

    # --- profiles --------------------------------------------------------------------------------------------------------------

    def _limit(self, i: int, side: float) -> float:
        return float((self.model.lower if side < 0 else self.model.upper)[i])

    def _fall(self, i: int, value: float, others: Reals) -> tuple[float, Reals]:
        """Of linear loss (S - S_min) / s^2, whose root has Student's distribution as the quantiles have; else twice the loss's rise, scaled to the
        standard error."""
        model = self.model
        free = np.arange(self.x.size) != i

        def full(q: Reals) -> Reals:
            p = np.empty(self.x.size)
            p[free], p[i] = q, value
            return p

        one = Problem(
            lambda q: self.problem.residuals(full(q)),
            lambda q: self.problem.jacobian(full(q))[:, free],
            lambda q, w: self.problem.curvature(full(q), w)[np.ix_(free, free)],
            self.problem.loss,
        )
        if free.any():
            start = np.clip(others, model.lower[free], model.upper[free])
            if not np.isfinite(one.residuals(start)).all():
                return float("nan"), others
            found = minimise(one, start, model.lower[free], model.upper[free], None, {"max_nfev": 200})
            others = found.x
        rise = 2.0 * (self.problem.loss.cost(one.residuals(others)) - self.problem.loss.cost(-self.residuals))
        if self.problem.loss.name != "linear":
            active = ~self.fixed
            _, H, _ = gradient_and_hessian(self.problem, self.x, active)
            return rise / self._loss_scale(H, active), others
        return rise / (1.0 if self.absolute_sigma else self.rss / self.dof), others

    def _loss_scale(self, H: Reals, free: Reals) -> float:
        """Mean of psi^2 over mean of psi': what likelihoods of M-estimators are divided by."""
        first, second = self.problem.loss.slopes(-self.residuals)
        return float(np.sum(first**2) / max(self.dof, 1) / np.mean(second))

    def _call(self, f: Callable[..., Any], p: Any) -> Any:
        return self.model.by_position(f, p)

    # --- words and pictures ------------------------------------------------------------------------------------------------------

    def _title(self) -> str:
        how = "least squares" if self.problem.loss.name == "linear" else f"loss {self.problem.loss.name!r}, f_scale {self.problem.loss.scale:g}"
        return f"Fit of {self.model.title} by {how}" + ("" if self.success else f": NOT CONVERGED ({self.message})")

    def _heading(self) -> list[tuple[str, str]]:
        from jittape.integrate.fits.report import number

        rows = [("observations", str(self.observations)), ("parameters", str(len(self.names))), ("degrees of freedom", str(self.dof)),
                ("residual std. deviation", number(self.deviation, 11)), ("residual sum of squares", number(self.rss, 11)),
                ("R squared", f"{self.r_squared:.6f}"), ("log likelihood", f"{self.log_likelihood:.4f}"), ("AIC", f"{self.aic:.4f}"), ("BIC", f"{self.bic:.4f}"),
                ("sigma", "absolute" if self.absolute_sigma else "relative" if self.model.weighted else "estimated")]  # fmt: skip
        if self.problem.loss.name != "linear":
            rows = [row for row in rows if row[0] not in ("log likelihood", "AIC", "BIC")] + [("loss", number(self.problem.loss.cost(-self.residuals), 11))]
        return rows

    def _notes(self) -> list[str]:
        notes = []
        if self.fixed.any():
            notes.append(f"{', '.join(n for n, f in zip(self.names, self.fixed, strict=True) if f)} on a bound; the other errors hold where that is so.")
        if not self._determined:
            notes.append("the data do not determine all parameters: the Jacobian has dependent columns, and errors are infinite.")
        if self.problem.loss.name != "linear":
            notes.append("standard errors are those of M-estimators (sandwich of the exact Hessian).")
        return notes

    def plot(self, ax: Any = None, level: float | None = 0.95) -> Any:
        """Data, curve and bands by matplotlib; returns the axes.

        Args:
            ax: axes to draw on; new ones by default.
            level: of the bands; None for none.

        Raises:
            ImportError: matplotlib is not installed; `chart()` needs nothing.

        Example:
            >>> import numpy as np
            >>> from jittape.integrate.scipy import curve_fit
            >>> t = np.arange(5.0)
            >>> fit = curve_fit(lambda t, a, b: a * t + b, t, np.array([1.0, 3.1, 4.9, 7.0, 9.1]))
            >>> axes = fit.plot()  # needs matplotlib
        """
        return charts.plot(self, ax, level)

    def chart(self, width: int = 72, height: int = 20) -> str:
        """Data (o) and curve (.) as text, for models of one array of one axis.

        Args:
            width, height: in characters and lines.

        Example:
            >>> import numpy as np
            >>> from jittape.integrate.scipy import curve_fit
            >>> t = np.arange(5.0)
            >>> fit = curve_fit(lambda t, a, b: a * t + b, t, np.array([1.0, 3.1, 4.9, 7.0, 9.1]))
            >>> fit.chart().count("o")
            5
        """
        return charts.chart(self, width, height)


class _Model:
    """A model with its data, and how it takes parameters."""

    def __init__(self, f: Callable[..., Any], xdata: Any, ydata: Any, names: list[str], keyed: bool) -> None:
        self.f, self.xdata, self.names, self.keyed = f, xdata, names, keyed
        self.ydata = np.asarray(ydata, float)
        self.title = "the model" if name_of(f) == "<lambda>" else name_of(f)
        self.lower = self.upper = np.empty(0)
        self.weighted, self.log_sigmas, self.spread = False, 0.0, 0.0

    def by_position(self, g: Callable[..., Any], p: Any, *first: Any) -> Any:
        if self.keyed:
            return g(*first, **{name: p[k] for k, name in enumerate(self.names)})
        return g(*first, *[p[k] for k in range(len(self.names))])

    def call(self, x: Any, p: Any) -> Any:
        return self.by_position(self.f, p, x)

    def weights(self, sigma: Any) -> tuple[Any, Any]:
        """(divisors of the residuals, or None; the inverse of the covariance's Cholesky factor, or None)."""
        y = self.ydata
        divisor, factor = None, None
        if sigma is not None:
            sigma = np.asarray(sigma, float)
            if sigma.shape == (y.size, y.size) and y.ndim == 1 and y.size > 1:
                try:
                    low = np.linalg.cholesky(sigma)
                except np.linalg.LinAlgError:
                    raise ValueError("sigma as a matrix is the covariance of the observations, and this one is not positive definite") from None
                factor, self.log_sigmas = np.linalg.inv(low), float(np.sum(np.log(np.diag(low))))
            elif sigma.shape in ((), (1,), y.shape):
                divisor = np.broadcast_to(sigma, y.shape)
                if not (divisor > 0).all() or not np.isfinite(divisor).all():
                    raise ValueError("sigma holds standard deviations of the observations, positive and finite")
                self.log_sigmas = float(np.sum(np.log(divisor)))
            else:
                raise ValueError(f"sigma is a number, an array of the shape {y.shape} of ydata, or a covariance [{y.size}, {y.size}]; not of shape {sigma.shape}")
            self.weighted = True
        w = np.ones(y.shape) if divisor is None else 1.0 / divisor
        if factor is None:
            centre = np.sum(w**2 * y) / np.sum(w**2)
            self.spread = float(np.sum((w * (y - centre)) ** 2))
        else:
            ones, z = factor @ np.ones(y.size), factor @ y
            self.spread = float(np.sum((z - ones * (ones @ z) / (ones @ ones)) ** 2))
        return divisor, factor


def _start(f: Callable[..., Any], p0: Any, names: Sequence[str] | None) -> tuple[Reals, list[str], bool]:
    """(first guess, names, whether the model takes them by keyword)."""
    if isinstance(p0, Mapping):
        if any(np.ndim(v) for v in p0.values()):
            raise ValueError("p0 as a dict holds one number a parameter")
        return np.array([float(v) for v in p0.values()]), list(p0), True
    known: list[str] = []
    rest = False
    try:
        found = list(inspect.signature(f).parameters.values())
        known = [p.name for p in found[1:] if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        rest = any(p.kind is p.VAR_POSITIONAL for p in found)
    except (TypeError, ValueError):
        rest = True
    if p0 is None:
        if rest or not known:
            raise ValueError(f"the number of parameters of {name_of(f)} is not known from its signature: give p0")
        x = np.ones(len(known))
    else:
        x = np.atleast_1d(np.asarray(p0, float)).copy()
        if x.ndim != 1:
            raise ValueError(f"p0 has one number a parameter, in an array of one axis or a dict; not shape {x.shape}")
        if not rest and len(known) < x.size:
            raise ValueError(f"{name_of(f)} takes {len(known)} parameters after the data, {', '.join(known)}; p0 holds {x.size}")
    titles = list(names) if names is not None else known[: x.size] if not rest and len(known) >= x.size else [f"p{k}" for k in range(x.size)]
    if len(titles) != x.size or len(set(titles)) != x.size:
        raise ValueError(f"names are {x.size} different ones, one a parameter; got {titles}")
    return x, titles, False


def _bounds(bounds: Any, names: list[str]) -> tuple[Reals, Reals]:
    if isinstance(bounds, scipy.optimize.Bounds):
        bounds = (bounds.lb, bounds.ub)
    if isinstance(bounds, Mapping):
        unknown = set(bounds) - set(names)
        if unknown:
            raise ValueError(f"bounds are for {', '.join(map(repr, sorted(unknown)))}, and the parameters are {', '.join(names)}")
        pairs = [bounds.get(name, (-np.inf, np.inf)) for name in names]
        bounds = ([-np.inf if a is None else a for a, _ in pairs], [np.inf if b is None else b for _, b in pairs])
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        raise ValueError("bounds are a pair (lower, upper) of numbers or arrays, a dict name: (lower, upper), or scipy.optimize.Bounds")
    lower, upper = (np.broadcast_to(np.asarray(b, float), (len(names),)).copy() for b in bounds)
    if not (lower < upper).all():
        raise ValueError(f"a lower bound is less than its upper one; they are {lower.tolist()} and {upper.tolist()}")
    return lower, upper


def curve_fit(
    f: Callable[..., Any],
    xdata: Any,
    ydata: Any,
    p0: Any = None,
    sigma: Any = None,
    absolute_sigma: bool = False,
    bounds: Any = (-np.inf, np.inf),
    method: str | None = None,
    *,
    loss: str = "linear",
    f_scale: float = 1.0,
    names: Sequence[str] | None = None,
    **options: Any,
) -> CurveFit:
    """Fit a model to data by least squares with exact derivatives; the arguments are those of `scipy.optimize.curve_fit`.

    Args:
        f: the model f(xdata, a, b, ...), which returns an array of the shape of ydata; or, where p0 is a dict, f(xdata, a=..., b=...).
        xdata: handed to the model as it is.
        ydata: the observations, an array.
        p0: the first guess, an array or a dict of numbers; ones by default.
        sigma: standard deviations of the observations, or their covariance, [m, m].
        absolute_sigma: sigma is what it says; else it tells relative weights, and the covariance is scaled by the residuals' variance.
        bounds: (lower, upper), numbers or arrays; or a dict name: (lower, upper); or `scipy.optimize.Bounds`.
        method: "lm", "trf" or "dogbox"; by default "lm", and "trf" with bounds or a robust loss.
        loss: "linear", "huber", "soft_l1", "cauchy" or "arctan", as in `scipy.optimize.least_squares`.
        f_scale: the size of a residual from which on it counts as an outlier.
        names: of the parameters; by default those of the model's arguments.
        options: further ones of `scipy.optimize.least_squares` (max_nfev, x_scale, ...).

    Returns:
        A `CurveFit`: estimates, covariance, intervals, bands and a report. `popt, pcov = curve_fit(...)` works, too.

    Raises:
        TypeError: `jac`, which is this function's own, or an option that is SciPy's alone.
        ValueError: shapes that do not fit together, or residuals that are not finite at the first guess.

    Warns:
        OptimizeWarning: the data do not determine all parameters, or no minimum was found.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import curve_fit
        >>> t = np.linspace(0.0, 4.0, 9)
        >>> y = np.array([2.53, 1.84, 1.42, 1.09, 0.88, 0.67, 0.58, 0.39, 0.37])
        >>> fit = curve_fit(lambda t, height, rate: height * np.exp(-rate * t), t, y)
        >>> {name: round(value, 4) for name, value in fit.parameters.items()}
        {'height': 2.4647, 'rate': 0.5211}
        >>> popt, pcov = fit
        >>> np.sqrt(np.diag(pcov)).round(4).tolist()
        [0.0436, 0.0162]
    """
    if "jac" in options:
        raise TypeError("jac is not given to jittape's curve_fit, which has its own Jacobian")
    for name in ("full_output", "nan_policy", "check_finite"):
        if name in options:
            raise TypeError(f"{name} is SciPy's alone: the fit that is returned holds residuals, messages and counts, and data must be finite")
    if not callable(f):
        raise TypeError(f"{type(f).__name__} stands where the model is needed: the arguments are curve_fit(f, xdata, ydata, p0), in this order")
    x, titles, keyed = _start(f, p0, names)
    model = _Model(f, xdata, ydata, titles, keyed)
    if not np.isfinite(model.ydata).all():
        raise ValueError("ydata holds NaN or infinities: leave these observations out")
    model.lower, model.upper = _bounds(bounds, titles)
    if ((x < model.lower) | (x > model.upper)).any():
        if p0 is not None:
            raise ValueError("p0 lies outside of the bounds")
        finite = np.isfinite(model.lower) & np.isfinite(model.upper)
        middle = np.where(finite, 0.5 * (model.lower + model.upper), np.where(np.isfinite(model.lower), model.lower + 1.0, np.where(np.isfinite(model.upper), model.upper - 1.0, 1.0)))
        x = middle
    divisor, factor = model.weights(sigma)
    y = model.ydata

    def difference(p: Any) -> Any:
        found = model.call(xdata, p)
        if np.shape(found) != y.shape and np.shape(found) != ():
            raise ValueError(f"the model returned an array of shape {np.shape(found)}, and ydata has shape {y.shape}")
        r = np.reshape(found - y, -1)
        if divisor is not None:
            return r / np.reshape(divisor, -1)
        return r if factor is None else factor @ r

    R = Residuals(difference, x, sparse=False)
    first = R.residuals(x)
    if not np.isfinite(first).all():
        R.watch.start(x, first)
        raise ValueError("the model is not finite at the first guess: give another p0")
    weighed: list[Any] = []

    def curvature(p: Reals, w: Reals) -> Reals:
        if not weighed:
            weighed.append(record(lambda p, w: np.sum(w * difference(p)), p, w=w))
        found: Reals = np.asarray(weighed[0].hessian(p, w=w))
        return found

    problem = Problem(R.residuals, R.jac, curvature, Loss(loss, f_scale))
    found = minimise(problem, x, model.lower, model.upper, method, options)
    fit = CurveFit(model, problem, found, bool(absolute_sigma), options)
    if not fit.success:
        warnings.warn(f"no minimum was found: {fit.message}", scipy.optimize.OptimizeWarning, stacklevel=2)
    elif not fit._determined or (fit.dof <= 0 and not absolute_sigma):
        warnings.warn("the covariance of the parameters could not be estimated: the data do not determine them all", scipy.optimize.OptimizeWarning, stacklevel=2)
    return fit
