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

import linecache
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jittape.errors import BranchChanged
from jittape.replay.path import Path
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

if TYPE_CHECKING:
    from jittape.replay.function import Function


class Operand(NamedTuple):
    """What an instruction read.

    Attributes:
        name: where it stands: "x[3]" for an element of an argument, "constant", or the operation that computed it.
        value: its value.
    """

    name: str
    value: float


@dataclass(frozen=True)
class Finding:
    """One instruction of a replay, at one element.

    Attributes:
        value: what came out: NaN or an infinity; a value, or of derivatives an adjoint.
        operation: as in listings of the tape: "log", "sum", "matmul", "input", ...
        instruction: its number on the tape.
        index: the element's place in what the instruction computes: () for a number, (3,) in a run, (2, 0) in a matrix product.
        size: how many elements the instruction computes.
        name: where the element stands among the arguments, parameters and constants, if it does: "x[3]".
        operands: what it read (of a long sum the most conspicuous).
        read: how many operands it read.
        filename, line: the source line that recorded it; "" and 0 where lines were not kept.
    """

    value: float
    operation: str
    instruction: int
    index: tuple[int, ...]
    size: int
    name: str
    operands: tuple[Operand, ...]
    read: int
    filename: str
    line: int

    @property
    def kind(self) -> str:
        """ "NaN" or "infinity"."""
        return "NaN" if np.isnan(self.value) else "infinity"

    @property
    def code(self) -> str:
        """The text of the source line, or "" where it cannot be read."""
        return linecache.getline(self.filename, self.line).strip() if self.line else ""

    def _where(self) -> str:
        place = f", element {list(self.index)} of {self.size:,}" if self.index else ""
        source = f", {self.filename}:{self.line}" if self.line else ""
        return f"{self.operation} (instruction {self.instruction}{place}){source}"

    def _lines(self) -> list[str]:
        out = [f"    {self.code}"] if self.code else []
        if self.operands:
            shown = ", ".join(f"{o.name} = {o.value!r}" for o in self.operands)
            out.append(f"  operands: {shown}" + (f", ... {self.read - len(self.operands):,} more" if self.read > len(self.operands) else ""))  # fmt: skip
        return out


@dataclass(frozen=True)
class Explanation:
    """What `Function.explain_nan` found. It is false where there is nothing to explain: no NaN and no infinity.

    Attributes:
        function: the recorded function's name.
        what: "value" where a value is the first to be NaN or infinite, "derivative" where values are finite and an adjoint
            is not, "second derivative" where these are and the second derivative of an elementwise operation is not (for
            functions with one number as the result), "" where nothing is found.
        reaches: whether it reaches the result (or the gradient); what `np.where` did not choose does not.
        first: the instruction that made it: the first whose value (or adjoint) is NaN, or where none is, infinite.
        origin: where a NaN was made from an infinity (inf - inf), the instruction that made that; else None.
        error: what evaluation stopped with, if it did.
        note: why there is no source line, if there is none.
    """

    function: str
    what: str = ""
    reaches: bool = False
    first: Finding | None = None
    origin: Finding | None = None
    error: BaseException | None = field(default=None, compare=False)
    note: str = ""

    def __bool__(self) -> bool:
        return self.first is not None

    def __str__(self) -> str:
        first = self.first
        stopped = f"\n  evaluation stopped with {type(self.error).__name__}: {self.error}" if self.error is not None else ""
        if first is None:
            return f"{self.function}: no NaN and no infinity in values and derivatives at this point{stopped}"
        if first.operation in ("input", "parameter", "constant"):
            head = f"{first.name} is {first.value!r} itself" + (f", {first.filename}:{first.line}" if first.operation == "constant" and first.line else "")  # fmt: skip
            out = [f"{self.function}: {head}", *([f"    {first.code}"] if first.operation == "constant" and first.code else [])]
        elif self.what == "derivative":
            out = [f"{self.function}: values are finite, but the derivative of {first._where()} makes an adjoint {first.value!r}"]
            out += first._lines()
        elif self.what == "second derivative":
            out = [f"{self.function}: values and first derivatives are finite, but the second derivative of {first._where()} is {first.value!r}"]
            out += first._lines()
        else:
            out = [f"{self.function}: the first {first.kind} is made by {first._where()}, whose value is {first.value!r}"]
            out += first._lines()
        if self.origin is not None:
            out.append(f"  from {self.origin.value!r}, which is made by {self.origin._where()}")
            out += [f"  {line}" for line in self.origin._lines()]
        if not self.reaches:
            out.append("  it reaches neither the result nor its gradient")
        if self.note and not first.line:
            out.append(f"  {self.note}")
        return "\n".join(out) + stopped


def explain_nan(function: Function, args: tuple[Any, ...], parameters: dict[str, Any]) -> Explanation:
    """`Function.explain_nan`."""
    from jittape.replay.explain.search import Subject

    leaves = [np.asarray(x, function._dtype) for x in function._leaves(args)]
    named = function._named(parameters) if parameters else function._bound
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


def _due(function: Function, leaves: list[Any], named: list[Any]) -> Path:
    """The path that the arguments take, of those recorded or recorded now."""
    try:
        use = function._forward_leaves(leaves, named)
    except (ArithmeticError, ValueError):  # an operation that refuses its operands: the path goes as far as it went
        return function._path
    path: Path = use.replay.path
    use.end()
    return path


def _recorded(function: Function, leaves: list[Any], named: list[Any]) -> tuple[Path | None, Tape, BaseException | None]:
    """The path that the arguments take, recorded with source lines; or the tape up to where the function raised."""
    from jittape import tree
    from jittape.replay.paths import trace_path

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
        path = trace_path(watched, args, parameters, function._static, True)[0]
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

    def __init__(self, function: Function, what: str) -> None:
        self.function, self.what = function, what
        self.warned = False

    def values(self, x: Any, value: Any, gradient: Any = None) -> None:
        """Warn of a value that is NaN, or of a finite value whose gradient is not finite."""
        if self.warned:
            return
        if np.isnan(np.sum(value)) and np.isnan(value).any():
            problem = "is NaN"
        elif gradient is not None and not np.isfinite(np.sum(gradient)) and np.isfinite(value).all() and not np.isfinite(gradient).all():  # fmt: skip
            problem = "has a derivative that is not finite"
        else:
            return
        self.warned = True
        warnings.warn(
            f"{self.what} {problem} at a trial point; further ones are not announced, explain_nan(x) of the recorded function explains "
            f"each. {self.explanation(x)}",
            RuntimeWarning,
            stacklevel=4,
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
            return str(self.function.explain_nan(np.asarray(x, self.function._dtype)))
        except Exception as e:
            return f"It could not be explained: {type(e).__name__}: {e}"
