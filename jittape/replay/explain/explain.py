"""Where a NaN comes from: the first instruction of a replay that makes one, its operands, and the source line of it.

Values. The result's elements that are NaN are followed back, element by element, to what they were computed from, as far as
that is NaN too; the first of these slots in the order of the tape is where the NaN arose, for its operands are none. What
does not reach the result (the arm that `np.where` did not take) is passed over while there is something that does. Without
a NaN, infinite values are followed in the same way.

Derivatives. Where values are finite, the reverse sweep is made again from the end of the tape to its middle, a quarter, and
so on: the adjoints that stand there tell whether they were finite so far. So the instruction whose partial derivative did it
is found with as many sweeps as the number of instructions has binary digits.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import numpy as np

from jittape import tree
from jittape.errors import BranchChanged
from jittape.replay.explain.findings import Explanation, Finding, Operand
from jittape.replay.explain.search import Subject
from jittape.replay.path import Path
from jittape.replay.paths import Paths, trace_path
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

__all__ = ["Explanation", "Finding", "Operand", "Watch", "explain_nan"]


def explain_nan(function: Paths, args: tuple[Any, ...], parameters: dict[str, Any]) -> Explanation:
    """`Function.explain_nan`."""
    leaves = [np.asarray(x, function._dtype) for x in function._leaves(args)]
    named = function._given(parameters)
    note = ""
    path = None
    error: BaseException | None = None
    if function._source:
        with suppress(BranchChanged):
            path = _due(function, leaves, named)
    if path is None and function._can_record():
        path, tape, error = _recorded(function, leaves, named)
        if path is None:
            return Subject(function, tape, None, error, note).explain()
    elif path is None:
        path = _due(function, leaves, named)
        if path.tape.lines is None:
            note = "it was recorded without source lines, and the Python function is not at hand to record it anew with them"
    tape = workspace(path.tape)
    tape.plan = None  # every value is wanted
    for places, given in ((path.inputs, leaves), (path.parameters, named)):
        for (start, stop, _), x in zip(places, given, strict=True):
            tape.value[start:stop] = np.ravel(np.asarray(x, function._dtype))
    try:
        tape.evaluate()
    except Exception as e:  # linear algebra of a singular matrix, or of a NaN
        error = e
    with np.errstate(all="ignore"):
        return Subject(function, tape, path, error, note).explain()


def _due(function: Paths, leaves: list[Any], named: list[Any]) -> Path:
    """The path that the arguments take, of those recorded or recorded now."""
    try:
        use = function._forward_leaves(leaves, named)
    except (ArithmeticError, ValueError):  # an operation that refuses its operands: the path goes as far as it went
        return function._path
    path: Path = use.replay.path
    use.end()
    return path


def _recorded(function: Paths, leaves: list[Any], named: list[Any]) -> tuple[Path | None, Tape, BaseException | None]:
    """The path that the arguments take, recorded with source lines; or the tape up to where the function raised."""
    tapes: list[Tape] = []
    f = function._f
    assert f is not None

    def watched(*args: Any, **kwargs: Any) -> Any:
        found, _ = tree.flatten(list(args))
        tapes.append(found[0].tape)
        return f(*args, **kwargs)

    args = function._rebuild(list(leaves))
    parameters = tree.flatten(function._parameters)[1](list(named))
    try:
        path = trace_path(watched, args, parameters, function._static, True, function.math)[0]
    except Exception as e:
        if not tapes or not tapes[0].count:
            raise
        return None, tapes[0], e
    return path, path.tape, None


class Watch:
    """Says once that a point gave a NaN, and where it comes from: for optimisers, which go on in silence.

    Args:
        function: the recorded function.
        what: what it is to the optimiser: "the objective".
    """

    def __init__(self, function: Paths, what: str) -> None:
        self.function, self.what = function, what
        self.warned = False

    def values(self, x: Any, value: Any, gradient: Any = None) -> None:
        """Warn of a value that is NaN, or of a finite value whose gradient is not finite; the value may be a function that computes it."""
        if self.warned:
            return
        if callable(value):
            if np.isfinite(gradient).all():
                return
            value = value()
        if np.isnan(np.sum(value)) and np.isnan(value).any():
            problem = "is NaN"
        elif gradient is not None and not np.isfinite(np.sum(gradient)) and np.isfinite(value).all() and not np.isfinite(gradient).all():  # fmt: skip
            problem = "has a derivative that is not finite"
        else:
            return
        self._warn(problem, x)

    def failed(self, x: Any, error: BaseException) -> None:
        """Warn of an error that means that there is no number."""
        if not self.warned:
            self._warn(f"raises {type(error).__name__} ({error})", x)

    def _warn(self, problem: str, x: Any) -> None:
        self.warned = True
        warnings.warn(
            f"{self.what} {problem} at a trial point; further ones are not announced, explain_nan(x) of the recorded function explains "
            f"each. {self.explanation(x)}",
            RuntimeWarning,
            stacklevel=5,
        )

    def start(self, x: Any, value: Any) -> None:
        """Raise where the first guess has no finite value.

        Raises:
            ValueError: with what `explain_nan` says.
        """
        if not np.isfinite(value).all():
            raise ValueError(f"{self.what} is not finite at the first guess, so that no optimiser can begin there. {self.explanation(x)}")

    def explanation(self, x: Any) -> str:
        """What `explain_nan` says; nothing that goes wrong in it may stop an optimiser."""
        try:
            return str(explain_nan(self.function, (np.asarray(x, self.function._dtype),), {}))
        except Exception as e:
            return f"It could not be explained: {type(e).__name__}: {e}"
