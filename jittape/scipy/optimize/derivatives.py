"""Exact derivatives for SciPy's solvers, which take differences where nobody gives them any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.functions.hooks import recordable
from jittape.replay.implicit import Given
from jittape.replay.record import record


class Derivatives:
    """A function of x and of what it is given beside, recorded at the first point and replayed at all others.

    It lives as long as the call that it is for: its recording has the recorded values of the outer one as parameters, so that replays of that
    do not record it again.
    """

    def __init__(self, given: Given, f: Callable[..., Any]) -> None:
        """f: of (x, arguments, functions) as `given.fill` makes them."""
        self.fill, self.f = given.fill, f
        self._recorded: Any = None

    def at(self, values: Sequence[Any]) -> _At:
        return _At(self, list(values))

    def recorded(self, x: Any, values: list[Any]) -> Any:
        """The recorded function, and how it is called: at x with these values."""
        if self._recorded is None:

            def whole(x: Any, given: Any) -> Any:
                arguments, functions = self.fill(given)
                return self.f(x, arguments, list(map(recordable, functions)))

            self._recorded = record(whole, np.array(x, float) if np.ndim(x) else float(x), given=values)
        return self._recorded


class _At:
    """Its derivatives by x for fixed values, as SciPy calls them."""

    def __init__(self, of: Derivatives, values: list[Any]) -> None:
        self.of, self.values = of, values

    def _call(self, kind: str, x: Any, *more: Any) -> Any:
        x = np.asarray(x, float) if np.ndim(x) else float(x)
        return getattr(self.of.recorded(x, self.values), kind)(x, *more, given=self.values)

    def grad(self, x: Any, *args: Any) -> Any:
        return self._call("grad", x)

    def jacobian(self, x: Any, *args: Any) -> Any:
        return self._call("jacobian", x)

    def hessian(self, x: Any, *args: Any) -> Any:
        return self._call("hessian", x)

    def hvp(self, x: Any, v: Any, *args: Any) -> Any:
        return self._call("hvp", x, np.asarray(v, float))
