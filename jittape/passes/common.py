"""Common subexpressions: functions of arrays that are written down twice, in groups of runs that are compiled apart, are computed once.

Within one body LLVM finds them by itself. What is shared is the value, which the later group reads where the earlier one has stored it.
Each run keeps an adjoint of its own, and its contributions go where they went, in the same order: added up before they are multiplied, two of
them might round otherwise, or cancel where a partial derivative is infinite, so that NaN would come out as zero. So the numbers are the same
to the last bit.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops._generated import opcodes
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, FIRST_STRUCTURAL, KIND, REF, RUN, RUN_REF, SCALAR_REF
from jittape.sweep.loops.body import computed_anew
from jittape.tape.decode import ARITIES
from jittape.tape.tape import Tape

COMMUTING = frozenset((opcodes.ADD, opcodes.MUL, opcodes.PRODUCT))
"""Operations that give the same bits for operands that change places."""
DEPTH = 8
"""Scalar operations that are looked through for what an operand is computed from."""


class Repeated:
    """The runs of a tape that have the values of earlier ones.

    Args:
        tape: the recording.
        starts: the first slot of each instruction.
    """

    def __init__(self, tape: Tape, starts: NDArray[np.int64]) -> None:
        self._tape, self._starts = tape, starts
        self._scalars: dict[int, Any] = {}
        self.first: dict[int, int] = {}
        """First slot of a run -> first slot of the earlier one; of arrays of constants, too, which are recorded at every use."""
        opcode, arg1 = tape.opcode[: tape.count], tape.arg1[: tape.count]
        known: dict[Any, int] = {}
        for k in np.flatnonzero((opcode >= RUN + CONSTANT) & (opcode < RUN + FIRST_STRUCTURAL) & (arg1 > 0)).tolist():
            code, start = int(opcode[k]), int(starts[k])
            if code >= RUN + FIRST_OPERATION:
                key = self._key(k)
            elif code == RUN + CONSTANT:
                key = CONSTANT, hashlib.blake2b(tape.value[start : start + int(arg1[k])].tobytes()).digest()
            else:
                continue
            found = known.setdefault(key, start)
            if found != start:
                self.first[start] = found

    def source(self, code: int, slot: int) -> int | None:
        """Where the values of a run of operation `code` that begins at a slot stand already, if they are not sooner computed again."""
        return None if computed_anew(code) else self.first.get(slot)

    def _key(self, k: int) -> Any:
        """Equal for runs of the same values."""
        tape = self._tape
        code, at, n = int(tape.opcode[k]) - RUN, int(tape.arg0[k]), int(tape.arg1[k])
        operands = [self._operand(*tape.meta[ref : ref + REF].tolist()) for ref in range(at, at + REF * int(ARITIES[code]), REF)]
        return code, n, *_in_order(code, operands)

    def _operand(self, flags: int, base: int, s0: int, s1: int, n1: int) -> Any:
        kind = flags & KIND
        if kind == SCALAR_REF:
            return kind, self._scalar(base, DEPTH)
        return (kind, self.first.get(base, base)) if kind == RUN_REF else (kind, base, s0, s1, n1)

    def _scalar(self, slot: int, depth: int) -> Any:
        """Equal for slots of the same value: the expression that it is computed by, or the slot."""
        if depth == DEPTH and slot in self._scalars:
            return self._scalars[slot]
        tape, found = self._tape, slot  # type: tuple[Tape, Any]
        k = int(self._starts.searchsorted(slot, "right")) - 1
        code = int(tape.opcode[k])
        if depth and FIRST_OPERATION <= code < RUN:
            operands = [self._scalar(int(arg[k]), depth - 1) for arg in (tape.arg0, tape.arg1)[: ARITIES[code]]]
            found = (code, *_in_order(code, operands))
        if depth == DEPTH:
            self._scalars[slot] = found
        return found


def _in_order(code: int, operands: list[Any]) -> list[Any]:
    return sorted(operands, key=repr) if code in COMMUTING else operands
