"""What SciPy's solvers are given and say, at the call and at its replays."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any


def given_options(**options: Any) -> dict[str, Any]:
    """Options that are not None: releases of SciPy differ in which they have."""
    return {name: x for name, x in options.items() if x is not None}


def tupled(args: Any) -> tuple[Any, ...]:
    """Further arguments as SciPy takes them."""
    return args if isinstance(args, tuple) else (args,)


def ends_of(bounds: Any) -> Any:
    """SciPy's `Bounds` as (lower, upper); what else bounds may be as it is."""
    return (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds


def value_of(x: Any, arguments: Any, functions: Sequence[Any], jac: Any = None) -> Any:
    """The value at x of a call's first function, whose further arguments come last; where jac=True it returns its derivative besides."""
    found = functions[0](x, *arguments[-1])
    return found[0] if jac is True else found


class Said:
    """What a solver said at the call; an error where a replay does not converge as that did.

    Attributes:
        result: SciPy's result object, or what its function returns beside the solution.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.result: Any = None
        self._success = True

    def note(self, result: Any, success: Any, message: Any = "") -> None:
        if self.result is None:
            self.result, self._success = result, bool(success)
        elif self._success and not success:
            raise RuntimeError(f"{self.name} converged where it was recorded, and not in this replay: {message or result}")

    def filled(self, **recorded: Any) -> Any:
        """A copy of SciPy's result object with recorded values in it."""
        return filled(self.result, **recorded)


def filled(result: Any, **recorded: Any) -> Any:
    """A copy of a result object with recorded values in it, which what lives as long as the recording must not have."""
    found = copy.copy(result)
    for name, value in recorded.items():
        setattr(found, name, value)
    return found
