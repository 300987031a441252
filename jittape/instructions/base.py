"""What a structural instruction is asked, and the registry that the asking goes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.blocks import added
from jittape.instructions.references import Slots
from jittape.ops.layout import STRUCTURAL
from jittape.sweep.engine import offer

Counts = NDArray[Any]
Ints = NDArray[np.int32]


class Operand(NamedTuple):
    """What an instruction reads: slots in the order and shape that it sees them in, and whether no adjoint goes there."""

    slots: Slots
    constant: bool


class Refused(Exception):
    """Elimination would cost more than products with vectors, or meets an operation that it does not know."""


class Instruction:
    """A structural instruction. `at` is where its record begins in the tape's `meta`, `n` how many slots it writes.

    Attributes:
        code: its number in `ops/layout.py`; `name` stands there, too.
        nonlinear: it has second partial derivatives that are not zero.
        saves: its reverse sweep reads values: of operands, and of the results where `saves_result`.
        refuses: for some values of its operands it raises an error, or has results of another shape.
        common: `python -m jittape warmup` compiles it ahead, without `--all`.
    """

    common = True
    nonlinear = False
    refuses = False
    saves = False
    saves_result = False

    def __init__(self, code: int) -> None:
        self.code = code
        self.name = STRUCTURAL[code]

    # --- the record --------------------------------------------------------------------------------------------------------

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        """What the instruction reads."""
        raise NotImplementedError

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        """The record for a tape on which slots have other numbers.

        Args:
            by: a `passes.renumber.Renumbering`: its `meta` and `index` hold the old records, `by.slot(s)`,
                `by.reference(record, place, n)` and `by.gathered(slots)` say what slots are called.
        """
        raise NotImplementedError

    def restated(self, tape: Any, operands: Sequence[Slots], old: Any, at: int, n: int) -> Sequence[int] | None:
        """The record on another tape of the same instruction over other slots; None where these cannot be named."""
        return None

    # --- many points -------------------------------------------------------------------------------------------------------

    def again(self, tape: Any, operands: Sequence[Slots], at: int, n: int) -> int:
        """Append the same instruction over other slots, of the shapes that `operands` gives; returns its first slot."""
        raise NotImplementedError

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        """Append what computes the same for many points, n slots a point, one point after another; returns the first slot.

        Args:
            operands: for each operand its slots [points, *shape], or [1, *shape] where all points have the same.
        """
        base = -1
        for p in range(points):
            first = self.again(tape, [x[p if len(x) > 1 else 0] for x in operands], at, n)
            base = first if p == 0 else base
        return base

    # --- files -------------------------------------------------------------------------------------------------------------

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        """Refuse a record of a file that would read what is not there; returns where the record ends.

        Args:
            reader: a `tape.validate.Reader`.
            k: the instruction.
            own: its first slot: what it reads has smaller numbers.
        """
        raise NotImplementedError

    # --- words -------------------------------------------------------------------------------------------------------------

    def title(self, tape: Any, at: int) -> str:
        """What it is called in listings and explanations."""
        return self.name

    def listed(self, reader: Any, at: int, n: int) -> str:
        """Its operands in a listing, by a `tape.listing.Reader`."""
        raise NotImplementedError

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        """(shape of the array that it computes, as far as the record knows, place in it) of the element at a place."""
        return (n,), place

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        """The slots that the elements at these places are computed from."""
        raise NotImplementedError

    # --- derivatives as instructions ---------------------------------------------------------------------------------------

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        """Pass the adjoints of slots `slot` to `slot + n` on to the operands, by instructions.

        Args:
            sweep: a `passes.reverse.ReverseSweep`.
        """
        raise NotImplementedError

    def rows(self, elimination: Any, at: int, n: int, which: Ints) -> tuple[Counts, Slots, Any]:
        """Some elements as sums of products: (how many slots each reads, these slots, their factors).

        Args:
            elimination: a `passes.eliminate.Elimination`.

        Raises:
            Refused: they are not.
        """
        raise Refused

    def inner(self, tape: Any, at: int) -> int:
        """Of a product of matrices, how many products each element is the sum of."""
        return 0

    def write_curvature(self, elimination: Any, slot: int, at: int, n: int) -> None:
        """Add the terms of the Hessian that the instruction makes: its adjoints times its second partials.

        Raises:
            Refused: they are not known here.
        """
        raise Refused

    # --- blocks of seeds -----------------------------------------------------------------------------------------------------

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        """Whether there is a rule for blocks (instructions/blocks.py): one of those that follow, of tangents or of adjoints."""
        return False

    def pull_block(self, tape: Any, step: Any, e: int, value: Any, block: Any) -> Any:
        """The adjoints of the elements of operand e, for a block of those of the results.

        Args:
            step: `at` and `n` as above, `fixed` (for each operand whether it is the same at every call), and `known`, what was found out
                about those.
            value: of every slot.
        """
        raise NotImplementedError

    def push_block(self, tape: Any, step: Any, e: int, value: Any, block: Any) -> Any:
        """The part of the results' tangents that is due to a block of those of operand e."""
        raise NotImplementedError

    def push_blocks(self, tape: Any, step: Any, value: Any, blocks: dict[int, Any]) -> Any:
        """The results' tangents, for blocks of those of some operands."""
        total = None
        for e, block in blocks.items():
            total = added(total, self.push_block(tape, step, e, value, block))
        return total

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        """The records of a lane program that compute instruction k: see lanes/program.py."""
        raise NotImplementedError

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        """Append the records that pass the adjoints of instruction k on: see lanes/reverse.py."""
        raise NotImplementedError


BY_CODE: dict[int, Instruction] = {}
"""Structural opcode -> instruction."""


def register(instruction: Instruction, native: Callable[[], Any], lanes: Callable[[], Any] | None = None) -> Instruction:
    """Add an instruction.

    Args:
        native: gives the module of its native code, when that is first needed (importing it takes milliseconds). Functions
            that it may have, each compiled when a tape first has the instruction:

            * `forward`, `reverse`, `tangent` (address block, instruction, end, slot, a number of the dtype): sweeps. Where
              there is no `forward`, the instruction has methods of these names, (tape, instruction, slot), that Python runs.
            * `flags` (address block, instruction, address of a byte a slot, mode): operands, for activity (sweep/point/flags.py).
            * `need`, `spread` (address of the block of sets, instruction, slot, 0): sparsity (sweep/sets/sparsity.py).
        lanes: gives the module of its lane kernels (address of the lane memory, record), which records name by
            ("structural", code, function).
    """
    if instruction.code in BY_CODE:
        raise ValueError(f"instruction {instruction.code} ({instruction.name}) is registered already")
    BY_CODE[instruction.code] = instruction
    offer(instruction.code, native, lanes)
    return instruction


def of(code: int) -> Instruction:
    """The structural instruction of this number."""
    return BY_CODE[code]
