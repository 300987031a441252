"""What stands for a distribution of scipy.stats: methods that are recorded, SciPy's own attributes otherwise, and frozen parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jittape.array.protocols import as_number
from jittape.scipy.declare import declare, has_recorded, original, recording

Rule = Callable[..., Any]
ARGUMENTS = {"stats": ("moments",), "rvs": ("size", "random_state")}
"""Of methods of frozen distributions, those that may be given by place."""


def point_first(function: Rule) -> Rule:
    """A method whose first argument, a point, may be given by the name that SciPy has for it."""

    def method(*args: Any, **kwds: Any) -> Any:
        name = None if args else next((n for n in ("x", "k", "q", "confidence") if n in kwds), None)
        return function(*args, **kwds) if name is None else function(kwds.pop(name), **kwds)

    return method


def _numbers(rule: Rule) -> Rule:
    """A rule whose results without axes are numbers, as SciPy's are."""

    @functools.wraps(rule)
    def method(*args: Any, **kwds: Any) -> Any:
        found = rule(*args, **kwds)
        return tuple(map(as_number, found)) if isinstance(found, tuple) else as_number(found)

    return method


class Law:
    """A distribution: rules for some of SciPy's methods; the others are SciPy's own.

    Args:
        name: SciPy's name.
        by: what it is differentiated by.
        of_points: the rules of methods whose first argument is a point.
        of_parameters: those of the other methods.
        note: what the table shall say besides.
    """

    def __init__(self, name: str, by: str, of_points: dict[str, Rule], of_parameters: dict[str, Rule], note: str = "") -> None:
        self.name, self.plain = name, original(f"scipy.stats.{name}")
        self.__doc__ = f"`scipy.stats.{name}` for recorded values; differentiated by {by}."
        self.of_points, self.of_parameters = frozenset(of_points), frozenset(of_parameters)
        declare(f"scipy.stats.{name}", by, note, {*of_points, *of_parameters})
        for method, rule in of_points.items():
            setattr(self, method, point_first(recording(_numbers(rule), getattr(self.plain, method))))
        for method, rule in of_parameters.items():
            setattr(self, method, recording(_numbers(rule), getattr(self.plain, method)))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "plain":
            raise AttributeError(name)
        return getattr(self.plain, name)

    def __repr__(self) -> str:
        return f"<jittape.scipy.stats.{self.name}>"

    def __call__(self, *args: Any, **kwds: Any) -> Frozen:
        return Frozen(self, args, kwds)

    def freeze(self, *args: Any, **kwds: Any) -> Frozen:
        """The distribution with these parameters, as calling it gives."""
        return Frozen(self, args, kwds)


class Frozen:
    """A distribution with its parameters, `norm(loc, scale)`: the methods of the distribution without them."""

    def __init__(self, dist: Law, args: tuple[Any, ...], kwds: dict[str, Any]) -> None:
        self.seed = kwds.pop("seed", None)
        self.dist, self.args, self.kwds = dist, args, kwds

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self.dist.of_points:
            return point_first(lambda x, **more: getattr(self.dist, name)(x, *self.args, **self.kwds, **more))
        if name in self.dist.of_parameters:
            return lambda *args, **more: self._of_parameters(name, args, more)
        if has_recorded(self.args, self.kwds):
            raise AttributeError(f"a frozen distribution with recorded parameters has no attribute {name!r}")
        return getattr(self.dist.plain(*self.args, **self.kwds), name)

    def _of_parameters(self, name: str, args: Any, more: dict[str, Any]) -> Any:
        if name == "rvs" and self.seed is not None:
            more = {"random_state": self.seed, **more}
        return getattr(self.dist, name)(*self.args, **self.kwds, **dict(zip(ARGUMENTS.get(name, ()), args)), **more)
