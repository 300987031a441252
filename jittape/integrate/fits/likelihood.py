"""Maximum likelihood with standard errors, by exact gradients and Hessians."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from jittape.errors import GradientError
from jittape.functions.hooks import name_of
from jittape.integrate.fits.curve import _bounds
from jittape.integrate.fits.fit import Fit, inverse, scattered
from jittape.integrate.fits.solve import at_bounds
from jittape.replay.record import record

Reals = NDArray[Any]
COVARIANCES = ("hessian", "opg", "robust")
STEPS = 100


class LikelihoodFit(Fit):
    """Maximum-likelihood estimates: see `Fit`. Made by `maximum_likelihood`.

    Attributes:
        hessian: of the negative log likelihood at the estimates, the observed information, (n, n).
        gradient: of the negative log likelihood, (n,).

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.fits import maximum_likelihood
        >>> y = np.array([1.0, 2.0, 3.0, 6.0])
        >>> fit = maximum_likelihood(lambda rate: np.log(rate) - rate * y, {"rate": 0.5})
        >>> round(fit.parameters["rate"], 4), fit.observations
        (0.3333, 4)
    """

    degrees = float("inf")

    def __init__(self, f: Callable[..., Any], names: list[str], keyed: bool, x: Reals, lower: Reals, upper: Reals, kind: str, scores: bool, observations: int | None) -> None:
        self.f, self.names, self.keyed, self.lower, self.upper = f, names, keyed, lower, upper
        self.title = "the likelihood" if name_of(f) == "<lambda>" else name_of(f)
        self.kind = kind

        def terms(p: Any) -> Any:
            found = self._call(f, p)
            if isinstance(found, (tuple, list, dict)) or found is None:
                raise GradientError("a log likelihood is one number, or an array of one number an observation")
            return found

        self._total = record(lambda p: -np.sum(terms(p)), x)
        self._terms = record(lambda p: np.reshape(terms(p), -1), x) if scores else None
        given = np.size(terms(x))
        self._counted = observations if observations is not None else given if given > 1 else None
        if kind != "hessian" and given == 1:
            raise ValueError(f'covariance {kind!r} needs the log likelihood of each observation: return them as an array, not their sum')
        value = float(self._total(x))
        if not np.isfinite(value):
            raise ValueError(f"the log likelihood is {-value} at the first guess: give another p0")
        self.x, self.success, self.message = self._maximum(x)
        self.fixed = at_bounds(self.x, lower, upper)
        self.log_likelihood = -float(self._total(self.x))
        self.gradient: Reals = np.asarray(self._total.grad(self.x))
        self.hessian: Reals = np.asarray(self._total.hessian(self.x))
        free = ~self.fixed
        self.counted = int(free.sum())
        self.covariance = scattered(self._covariance(free), free)

    @property
    def observations(self) -> int:  # type: ignore[override]
        """How many observations there are.

        Raises:
            ValueError: it is not known: the log likelihood is one number, and `observations` was not given.
        """
        if self._counted is None:
            raise ValueError("how many observations there are is not known, which BIC needs: give observations=, or return their log likelihoods as an array")
        return self._counted

    def _covariance(self, free: Reals) -> Reals:
        if not free.any():
            return np.empty((0, 0))
        bread = inverse(self.hessian[np.ix_(free, free)])
        if self.kind == "hessian" or not np.isfinite(bread).all():
            return bread
        assert self._terms is not None
        scores = np.asarray(self._terms.jacobian(self.x))[:, free]
        outer = scores.T @ scores
        return inverse(outer) if self.kind == "opg" else bread @ outer @ bread

    # --- the maximum -------------------------------------------------------------------------------------------------------------

    def _maximum(self, x: Reals) -> tuple[Reals, bool, str]:
        bounded = bool(np.isfinite(self.lower).any() or np.isfinite(self.upper).any())
        with np.errstate(all="ignore"):
            if bounded:
                found = scipy.optimize.minimize(self._total.value_and_grad, x, jac=True, method="L-BFGS-B", bounds=np.stack([self.lower, self.upper], 1), options={"maxiter": 10_000, "ftol": 1e-14, "gtol": 1e-9})
            else:
                found = scipy.optimize.minimize(self._total.value_and_grad, x, jac=True, hess=self._total.hessian, method="trust-exact", options={"maxiter": 2_000, "gtol": 1e-8})
            best = self._newton(np.asarray(found.x), np.arange(x.size) < 0)
        g = np.asarray(self._total.grad(best))
        free = ~at_bounds(best, self.lower, self.upper)
        H = np.asarray(self._total.hessian(best))
        decrement = 0.0
        if free.any():
            C = inverse(H[np.ix_(free, free)])
            decrement = float(g[free] @ C @ g[free]) if np.isfinite(C).all() else np.inf
        return best, bool(found.success or decrement < 1e-10), str(found.message)

    def _newton(self, x: Reals, held: Reals) -> Reals:
        """Newton steps of the parameters that are not held, as long as they lower the negative log likelihood."""
        value = float(self._total(x))
        for _ in range(STEPS):
            free = ~held & ~at_bounds(x, self.lower, self.upper)
            if not free.any():
                break
            g, H = np.asarray(self._total.grad(x))[free], np.asarray(self._total.hessian(x))[np.ix_(free, free)]
            scale = np.sqrt(np.abs(np.diag(H))) if np.isfinite(H).all() else np.zeros(1)
            if not scale.all() or not np.isfinite(g).all():
                break
            sizes, vectors = np.linalg.eigh(H / np.outer(scale, scale))
            sizes = np.maximum(np.abs(sizes), 1e-12 * np.abs(sizes).max())
            step = -(vectors @ ((vectors.T @ (g / scale)) / sizes)) / scale
            length = 1.0
            while length > 1e-10:
                new = x.copy()
                new[free] = np.clip(x[free] + length * step, self.lower[free], self.upper[free])
                trial = float(self._total(new))
                if trial <= value + 1e-13 * abs(value):
                    break
                length *= 0.25
            else:
                break
            small = float(np.max(np.abs(new - x) / np.maximum(np.abs(x), 1e-300))) < 1e-14
            gained = trial < value
            x, value = new, min(trial, value)
            if small or (not gained and length == 1.0 and float(np.abs(step / np.maximum(np.abs(x[free]), 1e-300)).max()) < 1e-10):
                break
        return x

    # --- profiles ------------------------------------------------------------------------------------------------------------------

    def _limit(self, i: int, side: float) -> float:
        return float((self.lower if side < 0 else self.upper)[i])

    def _fall(self, i: int, value: float, others: Reals) -> tuple[float, Reals]:
        held = np.arange(self.x.size) == i
        p = np.empty(self.x.size)
        p[~held], p[i] = others, value
        with np.errstate(all="ignore"):
            if not np.isfinite(float(self._total(p))):
                return float("nan"), others
            p = self._newton(p, held)
        return 2.0 * (float(self._total(p)) + self.log_likelihood), p[~held]

    def _call(self, f: Callable[..., Any], p: Any) -> Any:
        if self.keyed:
            return f(**{name: p[k] for k, name in enumerate(self.names)})
        return f(p)

    def _title(self) -> str:
        return f"Maximum of {self.title}" + ("" if self.success else f": NOT CONVERGED ({self.message})")

    def _heading(self) -> list[tuple[str, str]]:
        rows = [("parameters", str(len(self.names))), ("log likelihood", f"{self.log_likelihood:.6f}"), ("covariance", self.kind), ("AIC", f"{self.aic:.4f}")]
        if self._counted is not None:
            rows += [("observations", str(self._counted)), ("BIC", f"{self.bic:.4f}")]
        return rows

    def _notes(self) -> list[str]:
        notes = []
        if self.fixed.any():
            notes.append(f"{', '.join(n for n, f in zip(self.names, self.fixed, strict=True) if f)} on a bound; the other errors hold where that is so.")
        if np.isinf(self.covariance).any():
            notes.append("the Hessian is not positive definite: this is no maximum, or the data do not determine all parameters.")
        return notes


def maximum_likelihood(
    f: Callable[..., Any], p0: Any, *, bounds: Any = (-np.inf, np.inf), covariance: str = "hessian", names: Sequence[str] | None = None, observations: int | None = None,
) -> LikelihoodFit:
    """Maximum-likelihood estimates with standard errors, by exact gradients and Hessians.

    Args:
        f: the log likelihood: of an array of parameters, or, where p0 is a dict, of its keys as keyword arguments. It returns one number, or
            an array of one number an observation.
        p0: the first guess, an array of one axis or a dict of numbers.
        bounds: see `curve_fit`.
        covariance: "hessian", the inverse of the observed information; "opg", that of the outer products of the observations' scores; or
            "robust", the sandwich of both, which holds where the model is wrong, too.
        names: of the parameters; those of the dict, or p0, p1, ...
        observations: how many there are, for BIC, where f returns one number.

    Returns:
        A `LikelihoodFit`: estimates, covariance, intervals by Wald, profiles and the delta method, and a report.

    Raises:
        ValueError: the log likelihood is not finite at the first guess.
        TypeError: f is no function.

    Warns:
        OptimizeWarning: no maximum was found.

    Example:
        >>> import numpy as np
        >>> from jittape.integrate.fits import maximum_likelihood
        >>> y = np.array([1.2, 0.4, 2.5, 0.9, 1.7, 0.3])
        >>> fit = maximum_likelihood(lambda rate: np.log(rate) - rate * y, {"rate": 1.0})
        >>> round(fit.parameters["rate"], 6), round(float(fit.errors[0]), 6)
        (0.857143, 0.349927)
        >>> [round(v, 4) for v in fit.intervals()["rate"][3:5]]
        [0.3407, 1.7369]
    """
    if covariance not in COVARIANCES:
        raise ValueError(f"covariance is one of {', '.join(map(repr, COVARIANCES))}, not {covariance!r}")
    if not callable(f):
        raise TypeError(f"{type(f).__name__} stands where the log likelihood is needed: the arguments are maximum_likelihood(f, p0), in this order")
    keyed = isinstance(p0, Mapping)
    if keyed:
        titles, x = list(p0), np.array([float(v) for v in p0.values()])
    else:
        x = np.atleast_1d(np.asarray(p0, float)).copy()
        if x.ndim != 1:
            raise ValueError(f"p0 has one number a parameter, in an array of one axis or a dict; not shape {x.shape}")
        titles = list(names) if names is not None else [f"p{k}" for k in range(x.size)]
    if len(titles) != x.size or not x.size:
        raise ValueError(f"names are {x.size} different ones, one a parameter; got {titles}")
    lower, upper = _bounds(bounds, titles)
    if ((x < lower) | (x > upper)).any():
        raise ValueError("p0 lies outside of the bounds")
    fit = LikelihoodFit(f, titles, keyed, x, lower, upper, covariance, covariance != "hessian", observations)
    if not fit.success:
        warnings.warn(f"no maximum was found: {fit.message}", scipy.optimize.OptimizeWarning, stacklevel=2)
    return fit
