"""Values that are chosen by values: numbers of steps, active sets, assignments. They are found anew in every replay, and have the derivative zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.protocols import tape_of
from jittape.functions.linalg import record_call
from jittape.instructions.calls import operations
from jittape.replay import sites


class Chosen(sites.Site):
    """A site of any function of plain values."""

    approximate = True

    def __init__(self, choose: Callable[[Sequence[Any]], Any], shape: tuple[int, ...]) -> None:
        super().__init__()
        self.choose, self.shapes = choose, [shape]

    def values(self, operands: Sequence[Any]) -> list[Any]:
        return [np.asarray(self.choose(operands), float)]


def chosen(choose: Callable[[Sequence[Any]], Any], operands: Sequence[Any], shape: tuple[int, ...] = ()) -> Any:
    """What a function of the operands' values returns, an array of this shape, as a recorded array that no derivative passes.

    `int()` of it, or of its elements, is guarded as every decision is.
    """
    site = Chosen(choose, shape)
    tape_of(operands).parts[site.number] = site
    return record_call(CHOSEN, operands, [shape], (site.number,), False)[0]


def _forward(*given: Any) -> tuple[Any, ...]:
    *operands, number = given
    return tuple(sites.SITES[number].values(operands))


def _vjp(adjoints: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    return [None for _ in operands]


def _jvp(tangents: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    return [np.zeros(np.shape(z)) for z in results]


CHOSEN = operations.register("jittape.chosen", _forward, _vjp, _jvp, unsaved="what a Python function chooses by values cannot be saved")
