"""What is found where a NaN comes from: instructions of a replay, and the explanation in words."""

from __future__ import annotations

import linecache
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from jittape.tape.display import block, heading, table


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


@dataclass(frozen=True, repr=False)
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

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, _, rest = str(self).partition("\n")
        values = [(o.name, f"{o.value!r}") for o in self.first.operands] if self.first is not None else []
        return heading(head) + (block(rest) if rest else "") + (table(("operand", "value"), values) if len(values) > 1 else "")
