"""The names of operations, as PyTorch's graphs have them."""

from __future__ import annotations

from jittape.eager.tape import EagerTape
from jittape.ops.layout import CALL, FREED, LEAVES, OPERATION, STRUCTURAL
from jittape.ops.spec import by_code


def operation(tape: EagerTape, k: int) -> str:
    """The name of the backward pass of instruction k."""
    code = int(tape.opcode[k]) & OPERATION
    if code in LEAVES:
        return "FreedBackward" if code == FREED else "ViewBackward0"
    if code == CALL:
        return next((c.name for c in tape.contexts if c.at == k), "CallBackward0")
    name = STRUCTURAL.get(code) or by_code(code).name
    return _NAMES.get(name) or "".join(part.capitalize() for part in name.split("_")) + "Backward0"


_NAMES = {"powc": "PowBackward0", "square": "PowBackward0", "matmul": "MmBackward0", "pos": "CloneBackward0"}
