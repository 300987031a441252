"""Distributions of one variable: what their methods record.

A distribution is a declaration: its standard log density, and whatever of the distribution function, its complement, their logarithms and
inverses, its moments and entropy is more than what follows from the others. Location and scale, the support, invalid parameters and what
is not given are the same for all of them, here. Plain arguments go to SciPy's object of the same name, and so do attributes that are
not declared (`fit`, `expect`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.errors import GradientError
from jittape.functions.lift import stop
from jittape.scipy.stats.arguments import Parameters, choose, every, infinite, is_number, positive, real, spoilt
from jittape.scipy.stats.formulas import complement
from jittape.scipy.stats.law import Law, Rule
from jittape.scipy.stats.solutions import quantile, undifferentiated

POINTWISE = ("cdf", "logcdf", "sf", "logsf", "ppf", "isf", "interval")
OF_PARAMETERS = ("mean", "var", "std", "median", "entropy", "stats", "support", "rvs")


class Distribution(Law):
    """What continuous and discrete distributions share."""

    density = "pdf"
    """The name of its density."""

    def __init__(self, name: str, by: str, lower: Any, upper: Any, valid: Rule, rules: dict[str, Any], note: str = "") -> None:
        self.lower, self.upper, self.valid, self.rules = lower, upper, valid, rules
        points, others = ({m: getattr(self, f"_{m}") for m in methods} for methods in ((self.density, f"log{self.density}", *POINTWISE), OF_PARAMETERS))
        missing = [m for m in ("mean", "var", "entropy") if m not in rules and "cdf" in rules]
        note = "; ".join(filter(None, (note, f"not {', '.join(missing)}" if missing else "")))
        super().__init__(name, by, points, others, note)

    # --- arguments -------------------------------------------------------------------------------------------------------

    def parameters(self, args: Any, kwds: Any) -> Parameters:
        """Shapes, loc and scale; the scale is NaN where one of them is not valid, or `spoil` is."""
        shapes, loc, scale = self.plain._parse_args(*args, **kwds)
        shapes = tuple(map(real, shapes))
        loc, scale = real(loc), real(scale)
        valid = every(self.valid(*shapes), True if is_number(scale, 1.0) else scale > 0.0)
        if self.density == "pmf":
            spoil = spoilt(0.0, valid)
            return Parameters(shapes, loc, scale, None if is_number(spoil, 0.0) else spoil)
        return Parameters(shapes, loc, spoilt(scale, valid))

    def ends(self, shapes: tuple[Any, ...]) -> tuple[Any, Any]:
        """The ends of the support of the standard distribution."""
        return tuple(end(*shapes) if callable(end) else end for end in (self.lower, self.upper))  # type: ignore[return-value]

    def standard(self, x: Any, p: Parameters) -> Any:
        """(x - loc) / scale."""
        y = real(x)
        if not is_number(p.loc, 0.0):
            y = y - p.loc
        return y if is_number(p.scale, 1.0) else y / p.scale

    def scaled(self, y: Any, p: Parameters) -> Any:
        """loc + scale y, of the parameters' shape."""
        if not is_number(p.scale, 1.0):
            y = y * p.scale
        if not is_number(p.loc, 0.0):
            y = y + p.loc
        return y

    def refuse(self, what: str) -> GradientError:
        return GradientError(
            f"scipy.stats.{self.name}.{what} of recorded values is not recorded; its value, without a derivative, is that of plain parameters: "
            "pass jittape.stop_gradient(parameter)"
        )

    def rule(self, name: str) -> Rule:
        """A rule of the standard distribution, made of the others where it is not declared."""
        found = self.rules.get(name)
        if found is not None:
            return found  # type: ignore[no-any-return]
        made = getattr(self, f"_made_{name}", None)
        if made is None:
            raise self.refuse(name)
        return made  # type: ignore[no-any-return]

    def _made_sf(self, y: Any, *shapes: Any) -> Any:
        return 1.0 - self.rule("cdf")(y, *shapes)

    def _made_logcdf(self, y: Any, *shapes: Any) -> Any:
        return np.log(self.rule("cdf")(y, *shapes))

    def _made_logsf(self, y: Any, *shapes: Any) -> Any:
        return np.log(self.rule("sf")(y, *shapes))

    # --- methods of points -----------------------------------------------------------------------------------------------

    def _cumulative(self, name: str, x: Any, args: Any, kwds: Any) -> Any:
        """cdf, sf or their logarithms, with what they are outside of the support."""
        p = self.parameters(args, kwds)
        y = self.point(x, p)
        inside, below, above = self.where(x, y, p.shapes)
        v = self.rule(name)(inside, *p.shapes)
        least, most = (0.0, 1.0) if not name.startswith("log") else (-np.inf, 0.0)
        first, last = (least, most) if name.endswith("cdf") else (most, least)
        if below is not None:
            v = choose(below, first, v)
        if above is not None:
            v = choose(above, last, v)
        return p.spoilt(v)

    def point(self, x: Any, p: Parameters) -> Any:
        raise NotImplementedError

    def where(self, x: Any, y: Any, shapes: tuple[Any, ...], closed: bool = False) -> tuple[Any, Any, Any]:
        """(y, moved inwards where it is outside, whether it is at or below the lower end, at or above the upper one; None where no end is)."""
        raise NotImplementedError

    def _cdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        return self._cumulative("cdf", x, args, kwds)

    def _sf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        return self._cumulative("sf", x, args, kwds)

    def _logcdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        return self._cumulative("logcdf", x, args, kwds)

    def _logsf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        return self._cumulative("logsf", x, args, kwds)

    def _ppf(self, q: Any, *args: Any, **kwds: Any) -> Any:
        return self._quantile("ppf", q, args, kwds)

    def _isf(self, q: Any, *args: Any, **kwds: Any) -> Any:
        return self._quantile("isf", q, args, kwds)

    def _quantile(self, name: str, q: Any, args: Any, kwds: Any) -> Any:
        p = self.parameters(args, kwds)
        q = real(q)
        q = spoilt(q, np.logical_and(q >= 0.0, q <= 1.0))
        return p.spoilt(self.scaled(self.inverse(name, q, p.shapes), p))

    def inverse(self, name: str, q: Any, shapes: tuple[Any, ...]) -> Any:
        raise NotImplementedError

    # --- methods of parameters -------------------------------------------------------------------------------------------

    def moment(self, name: str, p: Parameters) -> Any:
        """The mean, variance, skewness or kurtosis of the standard distribution, of the parameters' shape."""
        found = self.rules.get(name)
        if found is None:
            raise self.refuse(name)
        return p.spoilt(found(*p.shapes) if callable(found) else found)

    def _mean(self, *args: Any, **kwds: Any) -> Any:
        p = self.parameters(args, kwds)
        return self.moment("mean", p) * p.scale + p.loc

    def _var(self, *args: Any, **kwds: Any) -> Any:
        p = self.parameters(args, kwds)
        return self.moment("var", p) * np.square(p.scale) + 0.0 * p.loc

    def _std(self, *args: Any, **kwds: Any) -> Any:
        p = self.parameters(args, kwds)
        return np.sqrt(self.moment("var", p)) * p.scale + 0.0 * p.loc

    def _stats(self, *args: Any, **kwds: Any) -> Any:
        shapes, loc, scale, moments = self.plain._parse_args_stats(*args, **kwds)
        p = self.parameters((*shapes, loc, scale), {}) if self.density == "pdf" else self.parameters((*shapes, loc), {})
        spread = 0.0 * (p.loc + p.scale)
        parts = {
            "m": lambda: self.moment("mean", p) * p.scale + p.loc, "v": lambda: self.moment("var", p) * np.square(p.scale) + spread,
            "s": lambda: self.moment("skew", p) + spread, "k": lambda: self.moment("kurt", p) + spread,
        }  # fmt: skip
        found = tuple(parts[m]() for m in "mvsk" if m in moments)
        return found[0] if len(found) == 1 else found

    def _median(self, *args: Any, **kwds: Any) -> Any:
        return self._ppf(0.5, *args, **kwds)

    def _interval(self, confidence: Any, *args: Any, **kwds: Any) -> Any:
        tail = 0.5 * (1.0 - real(confidence))
        return self._ppf(tail, *args, **kwds), self._ppf(1.0 - tail, *args, **kwds)

    def _support(self, *args: Any, **kwds: Any) -> Any:
        p = self.parameters(args, kwds)
        return tuple(end * p.scale + p.loc for end in self.ends(p.shapes))

    def _entropy(self, *args: Any, **kwds: Any) -> Any:
        p = self.parameters(args, kwds)
        found = self.moment("entropy", p) + 0.0 * p.loc
        return found if is_number(p.scale, 1.0) else found + np.log(p.scale)

    def _rvs(self, *args: Any, **kwds: Any) -> Any:
        raise NotImplementedError


class Continuous(Distribution):
    """A distribution with a density."""

    def _logpdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        p = self.parameters(args, kwds)
        y = self.standard(x, p)
        inside, below, above = self.where(x, y, p.shapes, closed=not self.rules.get("open", False))
        v = self.rule("logpdf")(inside, *p.shapes)
        if not is_number(p.scale, 1.0):
            v = v - np.log(p.scale)
        for outside in (below, above):
            if outside is not None:
                v = choose(outside, -np.inf, v)
        return v

    def _pdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        return np.exp(self._logpdf(x, *args, **kwds))

    def point(self, x: Any, p: Parameters) -> Any:
        return self.standard(x, p)

    def where(self, x: Any, y: Any, shapes: tuple[Any, ...], closed: bool = False) -> tuple[Any, Any, Any]:
        lower, upper = self.ends(shapes)
        no_lower, no_upper = is_number(lower, -np.inf), is_number(upper, np.inf)
        below = infinite(x, -np.inf) if no_lower else y < lower if closed else y <= lower
        above = infinite(x, np.inf) if no_upper else y > upper if closed else y >= upper
        if below is None and above is None:
            return y, None, None
        outside = below if above is None else above if below is None else np.logical_or(below, above)
        if "middle" in self.rules:
            middle = self.rules["middle"](*shapes)
        else:
            middle = 0.5 * (lower + upper) if not (no_lower or no_upper) else lower + 1.0 if not no_lower else upper - 1.0 if not no_upper else 0.0
        return choose(outside, middle, y), below, above

    def inverse(self, name: str, q: Any, shapes: tuple[Any, ...]) -> Any:
        found = self.rules.get(name)
        if found is not None:
            return found(q, *shapes)
        probability, sign = ("cdf", 1.0) if name == "ppf" else ("sf", -1.0)
        if tape_of((q, *shapes)) is None:
            return getattr(self.plain, name)(q, *shapes)
        return quantile(f"scipy.stats.{self.name}.{name}", self.rule(probability), self.rule("logpdf"), sign, q, shapes)

    def _made_logcdf(self, y: Any, *shapes: Any) -> Any:
        return self._logarithm("cdf", "sf", y, shapes)

    def _made_logsf(self, y: Any, *shapes: Any) -> Any:
        return self._logarithm("sf", "cdf", y, shapes)

    def _logarithm(self, name: str, other: str, y: Any, shapes: tuple[Any, ...]) -> Any:
        """The logarithm of a probability, by its complement where that is small and declared."""
        v = self.rule(name)(y, *shapes)
        if self.rules.get("sf") is None:
            return np.log(v)
        small = v < 0.5
        return np.where(small, np.log(np.where(small, v, 1.0)), np.log1p(-np.where(small, 0.0, self.rule(other)(y, *shapes))))

    def _rvs(self, *args: Any, **kwds: Any) -> Any:
        """Random numbers as SciPy draws them; those of a shape that is recorded stay at their probability as it changes."""
        size, random_state = kwds.pop("size", None), kwds.pop("random_state", None)
        shapes, loc, scale, given = self.plain._parse_args_rvs(*args, **kwds)
        size = given if size is None else size
        p = self.parameters((*shapes, loc, scale), {})
        at = [np.asarray(s.value() if isinstance(s, Array) else s) for s in p.shapes]
        spread = np.zeros(np.broadcast_shapes(np.shape(p.loc), np.shape(p.scale)))
        drawn = np.asarray(self.plain.rvs(*at, loc=spread, size=size, random_state=random_state))[()]
        if tape_of(p.shapes) is None:
            return self.scaled(drawn, p)
        low, high = self.plain.cdf(drawn, *at), self.plain.sf(drawn, *at)
        y = np.where(low <= 0.5, self.inverse("ppf", np.minimum(low, 0.5), p.shapes), self.inverse("isf", np.minimum(high, 0.5), p.shapes))
        return self.scaled(y, p)


class Discrete(Distribution):
    """A distribution over integers; differentiated by its parameters, as its points are none to differentiate by."""

    density = "pmf"

    def point(self, x: Any, p: Parameters) -> Any:
        return np.floor(self.standard(x, p))

    def where(self, x: Any, y: Any, shapes: tuple[Any, ...], closed: bool = False) -> tuple[Any, Any, Any]:
        lower, upper = self.ends(shapes)
        below = y < lower
        above = infinite(x, np.inf) if is_number(upper, np.inf) else y >= upper
        outside = below if above is None else np.logical_or(below, above)
        return choose(outside, lower, y), below, above

    def _logpmf(self, k: Any, *args: Any, **kwds: Any) -> Any:
        p = self.parameters(args, kwds)
        k = stop(self.standard(k, p))
        lower, upper = self.ends(p.shapes)
        outside = np.logical_or(k < lower, k != np.floor(k))
        above = infinite(k, np.inf) if is_number(upper, np.inf) else k > upper
        if above is not None:
            outside = np.logical_or(outside, above)
        return p.spoilt(choose(outside, -np.inf, self.rule("logpmf")(choose(outside, lower, k), *p.shapes)))

    def _pmf(self, k: Any, *args: Any, **kwds: Any) -> Any:
        return np.exp(self._logpmf(k, *args, **kwds))

    def inverse(self, name: str, q: Any, shapes: tuple[Any, ...]) -> Any:
        if tape_of((q, *shapes)) is None:
            return getattr(self.plain, name)(q, *shapes)
        return undifferentiated(f"scipy.stats.{self.name}.{name}", q, *shapes)

    def _made_logsf(self, y: Any, *shapes: Any) -> Any:
        return complement(self.rule("logcdf")(y, *shapes)) if "sf" not in self.rules else np.log(self.rule("sf")(y, *shapes))

    def _rvs(self, *args: Any, **kwds: Any) -> Any:
        raise GradientError(
            f"scipy.stats.{self.name}.rvs of recorded parameters: its numbers are integers, which have no derivative by them; draw with "
            "jittape.stop_gradient(parameter), and differentiate an expectation by weights or by the score, logpmf"
        )


def continuous(name: str, by: str = "x, loc, scale", *, lower: Any = -np.inf, upper: Any = np.inf, valid: Rule = positive, note: str = "", **rules: Any) -> Continuous:
    """Declare a distribution with a density.

    Args:
        name: SciPy's name.
        by: what it is differentiated by.
        lower, upper: the ends of the standard distribution's support, or functions of the shapes.
        valid: a function of the shapes, true where they are; by default where they are positive.
        note: what the table shall say besides.
        rules: logpdf, cdf, sf, logcdf, logsf of (y, *shapes), ppf, isf of (q, *shapes); mean, var, skew, kurt, entropy, numbers or functions of
            the shapes; `open`, whether the density is zero at the ends.
    """
    return Continuous(name, by, lower, upper, valid, rules, note)


def discrete(name: str, by: str, *, lower: Any = 0.0, upper: Any = np.inf, valid: Rule = positive, note: str = "", **rules: Any) -> Discrete:
    """Declare a distribution over integers: logpmf, cdf, sf ... of (k, *shapes), and moments, as for `continuous`."""
    return Discrete(name, by, lower, upper, valid, rules, note)
