"""The passes that a tape goes through before its loops are found (loops.py). Each leaves slots and values where they are.

docs/loops.md has a listing before and after each of them, and what they gain.
"""

from __future__ import annotations

from collections.abc import Sequence

from jittape.instructions.references import Slots
from jittape.passes.dead import drop
from jittape.passes.folding import fold
from jittape.passes.switches import DEAD, FOLDING, switched_on
from jittape.tape.tape import Tape


def prepared(tape: Tape, roots: Sequence[Slots]) -> Tape:
    """A tape after the passes that go over instructions; the same slots and memory, and itself where they find nothing.

    Args:
        tape: of a path that is to be compiled.
        roots: slots whose values are wanted.
    """
    if switched_on(FOLDING):
        tape = fold(tape)
    if switched_on(DEAD):
        tape = drop(tape, roots)
    return tape
