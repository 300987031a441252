"""What fits have in common: estimates with a covariance, intervals by Wald, profiles and the delta method, and how they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.functional.drivers import jacobian
from jittape.integrate.fits import report
from jittape.integrate.fits.profile import Profile, profile

Reals = NDArray[Any]


class Interval(NamedTuple):
    """An estimate with its standard error and interval, and how the interval was found: "wald", "profile" or "delta"."""

    name: str
    estimate: float
    error: float
    lower: float
    upper: float
    method: str


class Intervals(list[Interval]):
    """Intervals, which print as a table; `intervals["name"]` is that of a name (the profile one, where there are several)."""

    def __init__(self, rows: Sequence[Interval], level: float) -> None:
        super().__init__(rows)
        self.level = level

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, str):
            found = [row for row in self if row.name == which]
            if not found:
                raise KeyError(f"there is no interval of {which!r}; there are {', '.join(dict.fromkeys(row.name for row in self))}")
            return found[-1]
        return super().__getitem__(which)

    def __str__(self) -> str:
        return report.intervals(self, self.level)

    def _repr_html_(self) -> str:
        return report.intervals_html(self, self.level)


class Fit:
    """Estimates of a fit with their statistics. Made by `curve_fit` and `maximum_likelihood`.

    Attributes:
        names: of the parameters.
        x: the estimates, (n,); `parameters` is a dict of them.
        covariance: of the estimates, (n, n); NaN for a parameter on a bound, infinite where the data do not determine one.
        errors: standard errors, (n,).
        correlation: (n, n).
        observations, degrees: how many observations there are, and degrees of freedom (infinite where quantiles are the normal distribution's).
        log_likelihood, aic, bic: at the estimates.
        success, message: whether a minimum was found, in words of the solver.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.scipy import curve_fit
        >>> t = np.arange(5.0)
        >>> fit = curve_fit(lambda t, a, b: a * t + b, t, np.array([1.0, 3.1, 4.9, 7.0, 9.1]))
        >>> {name: round(value, 2) for name, value in fit.parameters.items()}, fit.errors.round(3).tolist()
        ({'a': 2.01, 'b': 1.0}, [0.03, 0.073])
        >>> profile = fit.profile("a")
        >>> round(profile.lower, 3), round(profile.upper, 3)
        (1.915, 2.105)
        >>> [row.name for row in fit.intervals(functions={"zero": lambda a, b: -b / a})]
        ['a', 'a', 'b', 'b', 'zero']
        >>> fit.report().splitlines()[0]
        'Fit of the model by least squares'
        >>> round(fit.quantile(0.95), 3)
        3.182
    """

    names: list[str]
    x: Reals
    covariance: Reals
    observations: int
    degrees: float
    log_likelihood: float
    counted: int
    """Parameters that AIC and BIC count."""
    success: bool
    message: str

    @property
    def parameters(self) -> dict[str, float]:
        """The estimates by their names."""
        return dict(zip(self.names, self.x.tolist(), strict=True))

    @property
    def errors(self) -> Reals:
        """The standard errors of the estimates, (n,): roots of the diagonal of the covariance."""
        found: Reals = np.sqrt(np.diag(self.covariance))
        return found

    @property
    def correlation(self) -> Reals:
        """The correlations of the estimates, (n, n)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Reals = self.covariance / np.outer(self.errors, self.errors)
        return found

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 k - 2 log L; of a fit of a curve, k counts the variance, too, where that is estimated."""
        return 2.0 * self.counted - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """The Bayesian criterion, k log(observations) - 2 log L."""
        return self.counted * float(np.log(self.observations)) - 2.0 * self.log_likelihood

    def quantile(self, level: float) -> float:
        """How many standard errors an interval of this level reaches: of Student's distribution, or of the normal one.

        Args:
            level: between 0 and 1.

        Raises:
            ValueError: another `level`.
        """
        from scipy.special import ndtri, stdtrit

        if not (isinstance(level, (float, np.floating)) and 0.0 < float(level) < 1.0):
            raise ValueError(f"a level lies between 0 and 1, 0.95 say; not {level!r}")
        tail = 0.5 + 0.5 * float(level)
        return float(ndtri(tail) if np.isinf(self.degrees) else stdtrit(self.degrees, tail))

    def _place(self, name: Any) -> int:
        if isinstance(name, str):
            if name not in self.names:
                raise KeyError(f"there is no parameter {name!r}; there are {', '.join(self.names)}")
            return self.names.index(name)
        return int(range(len(self.names))[name])

    # --- intervals -----------------------------------------------------------------------------------------------------------

    def confidence(self, level: float = 0.95) -> Reals:
        """Intervals by standard errors (Wald), (n, 2).

        Args:
            level: between 0 and 1.

        Example:
            >>> import numpy as np
            >>> from jittape.integrate.scipy import curve_fit
            >>> t = np.arange(5.0)
            >>> fit = curve_fit(lambda t, a, b: a * t + b, t, np.array([1.0, 3.1, 4.9, 7.0, 9.1]))
            >>> fit.confidence().round(3).tolist()
            [[1.915, 2.105], [0.766, 1.234]]
        """
        reach = self.quantile(level) * self.errors
        return np.stack([self.x - reach, self.x + reach], axis=1)

    def delta(self, g: Callable[..., Any], level: float = 0.95, name: str = "") -> Interval:
        """A function of the parameters with its standard error and interval, by its exact gradient (delta method).

        Args:
            g: of the parameters, as the model takes them (by position; by keyword where they were given as a dict; a likelihood's as an
                array); it returns one number.
            level: of the interval, between 0 and 1.
            name: of the function, in reports.

        Raises:
            ValueError: g returns several numbers, or another `level`.

        Example:
            >>> import numpy as np
            >>> from jittape.integrate.scipy import curve_fit
            >>> t = np.arange(5.0)
            >>> fit = curve_fit(lambda t, a, b: a * t + b, t, np.array([1.0, 3.1, 4.9, 7.0, 9.1]))
            >>> zero = fit.delta(lambda a, b: -b / a)
            >>> round(zero.estimate, 4), round(zero.error, 4)
            (-0.4975, 0.0428)
        """

        def of(p: Any) -> Any:
            return self._call(g, p)

        value = np.asarray(of(self.x), float)
        if value.size != 1:
            raise ValueError(f"the delta method is for functions that return one number; this one returned an array of shape {value.shape}")
        slope = np.asarray(jacobian(of)(self.x), float).reshape(-1)
        known = np.where(slope == 0.0, 0.0, 1.0)
        covariance = np.where(np.outer(known, known) == 0.0, 0.0, self.covariance)
        error = float(np.sqrt(slope @ covariance @ slope))
        reach = self.quantile(level) * error
        title = name or getattr(g, "__name__", "g")
        return Interval("g" if title == "<lambda>" else title, float(value.reshape(-1)[0]), error, float(value.reshape(-1)[0]) - reach, float(value.reshape(-1)[0]) + reach, "delta")

    def profile(self, name: Any, level: float = 0.95) -> Profile:
        """The profile of a parameter: at each of its values the others are fitted anew, and the interval ends where the likelihood has fallen
        as far as the level says.

        Args:
            name: of the parameter, or its place.

        Returns:
            A `Profile` with `lower`, `upper` (infinite where the likelihood does not fall so far), `values` and `tau`, the signed root of
            the fall in standard errors, which is a straight line where Wald's interval is right.
        """
        self.quantile(level)
        return profile(self, self._place(name), level)

    def intervals(self, level: float = 0.95, functions: Mapping[str, Callable[..., Any]] | None = None, names: Sequence[Any] | None = None) -> Intervals:
        """Wald's and profile intervals of parameters and delta-method intervals of functions of them, in one table.

        Args:
            level: of all of them.
            functions: name -> function of the parameters, see `delta`.
            names: of the parameters that intervals are for; all by default.
        """
        rows = []
        wald = self.confidence(level)
        for i in [self._place(k) for k in names] if names is not None else range(len(self.names)):
            error = float(self.errors[i])
            rows.append(Interval(self.names[i], float(self.x[i]), error, float(wald[i, 0]), float(wald[i, 1]), "wald"))
            found = self.profile(i, level)
            rows.append(Interval(self.names[i], float(self.x[i]), error, found.lower, found.upper, "profile"))
        for title, g in (functions or {}).items():
            rows.append(self.delta(g, level, title))
        return Intervals(rows, level)

    # --- rooms' own ------------------------------------------------------------------------------------------------------------

    def _call(self, f: Callable[..., Any], p: Any) -> Any:
        """f of the parameters as the model takes them."""
        raise NotImplementedError

    def _fall(self, i: int, value: float, others: Reals) -> tuple[float, Reals]:
        """(twice how far the log likelihood falls where parameter i has a value, the others there), from these others."""
        raise NotImplementedError

    # --- words -------------------------------------------------------------------------------------------------------------------

    def report(self, level: float = 0.95, correlations: float = 0.1) -> str:
        """The fit in words and tables, as statsmodels and lmfit print theirs.

        Args:
            level: of the intervals by standard errors.
            correlations: those of a size below this are left out.
        """
        return report.summary(self, level, correlations)

    def _heading(self) -> list[tuple[str, str]]:
        raise NotImplementedError

    def __str__(self) -> str:
        return self.report()

    def _repr_html_(self) -> str:
        return report.summary_html(self, 0.95, 0.1)

    def __iter__(self) -> Iterator[Any]:
        """(estimates, covariance), as SciPy's curve_fit returns them."""
        return iter((self.x, self.covariance))


def inverse(A: Reals) -> Reals:
    """The inverse of a symmetric positive matrix, scaled to a diagonal of ones; infinite where it has none."""
    scale = np.sqrt(np.abs(np.diag(A)))
    if not np.isfinite(A).all() or not scale.all():
        return np.full(A.shape, np.inf)
    try:
        low = np.linalg.cholesky(A / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return np.full(A.shape, np.inf)
    half = np.linalg.inv(low)
    found: Reals = (half.T @ half) / np.outer(scale, scale)
    return found


def scattered(small: Reals, free: Reals) -> Reals:
    """A covariance of free parameters as that of all, NaN for the others."""
    found = np.full((free.size, free.size), np.nan)
    found[np.ix_(free, free)] = small
    return found
