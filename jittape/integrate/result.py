"""What minimisers return: SciPy's result, which shows itself as a table in Jupyter."""

from __future__ import annotations

from typing import Any

from scipy.optimize import OptimizeResult

from jittape.tape.display import shortened, table

FIRST = ("success", "message", "x", "fun", "cost", "status", "nit", "nfev", "njev", "nhev")
"""What is shown first, as far as it is there."""


class Result(OptimizeResult):  # type: ignore[misc]
    """A `scipy.optimize.OptimizeResult`: text as SciPy prints it, a table in Jupyter."""

    def _repr_html_(self) -> str:
        names = [name for name in FIRST if name in self] + [name for name in self if name not in FIRST]
        return table((), [(name, shortened(self[name])) for name in names])


def made(found: Any) -> Any:
    """SciPy's result as one of these."""
    return Result(found) if type(found) is OptimizeResult else found
