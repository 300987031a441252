"""Calls of checkpointed parts: two operations of the tape, values and pulled adjoints, over whatever computes them.

Such a call names its **site** by a number. A site computes from its operands values, adjoints and tangents, and keeps nothing in
between. Where derivatives are differentiated, adjoints are a call themselves; their derivatives are those of the site that computes
values and tangents, `pushed`, so that every order comes of these two operations:

    pull(x, g) = J(x)^T g,   and with w for its adjoint:   adjoint of g = J(x) w,   adjoint of x = pull of <g, J(x) w> by x.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any
from weakref import WeakValueDictionary, ref

import numpy as np

from jittape.array.protocols import tape_of
from jittape.functions.linalg import record_call
from jittape.instructions.calls import operations

Shape = tuple[int, ...]

SITES: WeakValueDictionary[int, Site] = WeakValueDictionary()
"""By number; tapes keep those that their calls name."""
_numbers = itertools.count(1)


class Site:
    """What computes a checkpointed part.

    Attributes:
        number: by which calls name it.
        inputs: how many of the operands have derivatives: the first ones.
        shapes: of the results.
    """

    inputs: int
    shapes: list[Shape]
    approximate = False
    """Whether results are those of a solver, to its tolerance."""

    def __init__(self) -> None:
        self.number = next(_numbers)
        self._pushed: Any = None
        SITES[self.number] = self

    def values(self, operands: Sequence[Any]) -> list[Any]:
        """The results."""
        raise NotImplementedError

    def pull(self, operands: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
        """The adjoints of the inputs, for those of the results."""
        raise NotImplementedError

    def push(self, operands: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
        """The tangents of the results, for those of the inputs."""
        n = self.inputs
        return self.pushed().values([*operands[:n], *tangents, *operands[n:]])[len(self.shapes) :]

    def pushed(self) -> Site:
        """The site of (inputs, their tangents, other operands) -> (results, their tangents)."""
        known: Site | None = None if self._pushed is None else self._pushed()
        if known is None:
            known = self.make_pushed()
            self._pushed = ref(known)  # which refers to this one: nothing waits for the garbage collector
        return known

    def make_pushed(self) -> Site:
        raise NotImplementedError

    def holds(self) -> tuple[int, int]:
        """(bytes that adjoints through it take, values that are computed again for them)."""
        raise NotImplementedError


def record(site: Site, operands: Sequence[Any]) -> list[Any]:
    """The results of a site as a call on the tape of its operands."""
    _keep(site, operands)
    return record_call(VALUES, operands, site.shapes, (site.number,), False)


def _keep(site: Site, operands: Sequence[Any]) -> None:
    tape_of(operands).parts[site.number] = site


def values_of(site: Site, operands: Sequence[Any]) -> list[Any]:
    """The results of a site: plain ones, or recorded ones of recorded operands."""
    return site.values(operands) if tape_of(operands) is None else record(site, operands)


def pull(site: Site, operands: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
    """The adjoints of its inputs, plain or recorded."""
    given = [*operands, *adjoints]
    if tape_of(given) is None:
        return site.pull(operands, adjoints)
    _keep(site, given)
    return record_call(PULLED, given, [np.shape(x) for x in operands[: site.inputs]], (site.number,), False)


def pulled_along(site: Site, operands: Sequence[Any], tangents: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
    """The derivative of <adjoints, J(x) tangents> by the inputs x."""
    n = site.inputs
    nothing = [np.zeros(shape) for shape in site.shapes]
    return pull(site.pushed(), [*operands[:n], *tangents, *operands[n:]], [*nothing, *adjoints])[:n]


def push(site: Site, operands: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
    """The tangents of its results, plain or recorded."""
    if tape_of([*operands, *tangents]) is None:
        return site.push(operands, tangents)
    n = site.inputs
    return values_of(site.pushed(), [*operands[:n], *tangents, *operands[n:]])[len(site.shapes) :]


def padded(found: Sequence[Any], operands: Sequence[Any]) -> list[Any]:
    """Adjoints of the first operands, with None for the others."""
    return [*found, *(None for _ in operands[len(found) :])]


# --- values --------------------------------------------------------------------------------------------------------------------


def _forward(*given: Any) -> tuple[Any, ...]:
    *operands, number = given
    return tuple(SITES[number].values(operands))


def _vjp(adjoints: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    return padded(pull(SITES[attributes[0]], operands, adjoints), operands)


def _jvp(tangents: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    site = SITES[attributes[0]]
    return push(site, operands, tangents[: site.inputs])


# --- pulled adjoints -----------------------------------------------------------------------------------------------------------


def _split(given: Sequence[Any], number: int) -> tuple[Site, Sequence[Any], Sequence[Any]]:
    """(the site, its operands, the adjoints of its results) of what a call of pulled adjoints is given."""
    site = SITES[number]
    at = len(given) - len(site.shapes)
    return site, given[:at], given[at:]


def _pulled_forward(*given: Any) -> tuple[Any, ...]:
    site, operands, adjoints = _split(given[:-1], given[-1])
    return tuple(site.pull(operands, adjoints))


def _pulled_vjp(adjoints: Sequence[Any], results: Sequence[Any], given: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    site, operands, pulled = _split(given, attributes[0])
    return [*padded(pulled_along(site, operands, adjoints, pulled), operands), *push(site, operands, adjoints)]


def _pulled_jvp(tangents: Sequence[Any], results: Sequence[Any], given: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    site, operands, pulled = _split(given, attributes[0])
    of_operands, of_pulled = tangents[: site.inputs], tangents[len(operands) :]
    first, second = pull(site, operands, of_pulled), pulled_along(site, operands, of_operands, pulled)
    return [a + b for a, b in zip(first, second, strict=True)]


def _holds(attributes: Sequence[int]) -> tuple[int, int]:
    return SITES[attributes[0]].holds()


NOT_SAVED = "a checkpointed part cannot be saved: it is recorded from its Python function. Record the function without jittape.checkpoint to save it"
VALUES = operations.register("jittape.checkpoint", _forward, _vjp, _jvp, unsaved=NOT_SAVED, holds=_holds)
PULLED = operations.register("jittape.checkpoint.pulled", _pulled_forward, _pulled_vjp, _pulled_jvp, unsaved=NOT_SAVED, holds=_holds)

