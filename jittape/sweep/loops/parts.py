"""Which turns of a scalar loop can be swept as vectors (independent.py), and which of their instructions go turn by turn all the same.

From turn to turn there may be sums, chains of additions alone, of whose terms the adjoints are known; and a few instructions besides, as the
largest term so far: these are the serial part. What the two are made of does not depend on other turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from jittape.ops.expressions import calls_functions
from jittape.ops.layout import FIRST_OPERATION
from jittape.ops.spec import OPERANDS, by_code
from jittape.sweep.loops.body import (
    FIXED,
    LAG,
    STREAM,
    TURN,
    Body,
    Operand,
    contributing,
    is_given,
    reads,
    widest,
)
from jittape.sweep.loops.elements import has_form
from jittape.sweep.vectors import used

LEAST = 16
"""Turns from which vectors are worth their while."""
MOST_BUFFERS = 48
"""Chunks of memory that a kernel works in, so that they stay in the first-level cache or near it."""
ADDED, SUBTRACTED = "x + y", "x - y"
SERIAL = 8
"""Instructions of vectors that make one that goes turn by turn worth its while."""
NONE, SOME, MIXED = range(3)
SHORT = 40
"""Instructions of a body whose turns may be gone through twice."""


@dataclass(frozen=True)
class Chain:
    """A sum that goes from turn to turn.

    Attributes:
        links: the instructions that add to it in a turn, in order; the result of the last one goes on.
        terms: what each of them adds, and whether it is subtracted.
    """

    links: tuple[int, ...]
    terms: tuple[tuple[Operand, bool], ...]


@dataclass(frozen=True)
class Parts:
    """What of a body goes from turn to turn.

    Attributes:
        sums: of what can be added up apart.
        serial: the other instructions that go turn by turn, in order.
    """

    sums: tuple[Chain, ...]
    serial: tuple[int, ...]

    @property
    def links(self) -> dict[int, Chain]:
        """The instructions of the sums."""
        return {j: chain for chain in self.sums for j in chain.links}


@cache
def written(code: int, dtype: np.dtype[Any] = np.dtype(np.float64)) -> bool:  # noqa: B008
    """Whether an operation is the same in vectors as by itself, and takes less time: it calls no functions."""
    return code >= FIRST_OPERATION and has_form(code, dtype) and not any(map(calls_functions, (by_code(code).z, *by_code(code).partials)))


@lru_cache(256)  # it is asked for again and again while a loop is looked at
def parts(body: Body) -> Parts | None:
    """What goes from turn to turn; None where turns are not made of anything else, or what is carried on is."""
    readers: dict[Any, list[int]] = {}
    for j, row in enumerate(body.operands):
        for o in row:
            if o.kind in (TURN, LAG):
                readers.setdefault((o.kind, o.number), []).append(j)
    sums = {j: chain for j, lag in widest(body) if lag == 1 and (chain := _chain(body, readers, j)) is not None}
    while True:
        carried = {j for j, _ in widest(body)} - set(sums)
        serial: dict[int, None] = {}
        for j, row in enumerate(body.operands):
            if any((o.kind == LAG and o.number in carried) or (o.kind == TURN and o.number in serial) for o in row):
                serial[j] = None
        broken = [j for j, chain in sums.items() if set(chain.links) & set(serial)]
        if not broken:
            break
        for j in broken:
            del sums[j]
    links = {j for chain in sums.values() for j in chain.links}
    if not carried <= set(serial) or len(serial) * SERIAL > body.size - len(links) or len(serial) + len(links) == body.size:
        return None
    return Parts(tuple(sums.values()), tuple(serial))


def _chain(body: Body, readers: Mapping[Any, Sequence[int]], j: int) -> Chain | None:
    """The sum that goes on as the result of instruction j; None where something else does."""
    links: list[int] = []
    terms: list[tuple[Operand, bool]] = []
    before = LAG, j
    while not links or links[-1] != j:
        at = readers.get(before, [])
        term = _term(body, at[0], before) if len(at) == 1 else None
        if term is None:
            return None
        links.append(at[0])
        terms.append(term)
        before = TURN, at[0]
    return None if (TURN, j) in readers else Chain(tuple(links), tuple(terms))


def _term(body: Body, link: int, before: tuple[str, int]) -> tuple[Operand, bool] | None:
    """What an instruction adds to the sum that it reads, and whether it is subtracted."""
    op, row = by_code(body.codes[link]), body.operands[link]
    if op.z not in (ADDED, SUBTRACTED):
        return None
    mine = [(o.kind, o.number) == before for o in row]
    if mine == [True, False]:
        return row[1], op.z == SUBTRACTED
    return (row[0], False) if mine == [False, True] and op.z == ADDED else None


def streams_of(body: Body) -> tuple[frozenset[int], frozenset[int]]:
    """Numbers of the operands that move from turn to turn, and of those of them that have adjoints."""
    moving = [o for row in body.operands for o in row if o.kind == STREAM]
    return frozenset(o.number for o in moving), frozenset(o.number for o in moving if o.active)


def clears(body: Body) -> bool:
    """Whether the kernels of vectors of a body zero the caller's gradient where they add to it: they do so as they go down the turns, side by side."""
    added = {o for row in body.operands for o in row if o.active and is_given(body, o)}
    return bool(added) and all(o.kind == STREAM and o.number not in body.strided for o in added)


def sharing(operands: Sequence[tuple[int, int]], turns: int) -> int:
    """What slots operands have in common, each of them with its first slot and its step: NONE, those of one step SOME, or others, too: MIXED."""
    reached, with_step = -1, 0
    for first, step in sorted(operands):
        if first <= reached and step != with_step:
            return MIXED
        reached, with_step = max((reached, with_step), (first + step * (turns - 1), step))
    before = 0, 0, 0
    for step, rest, first in sorted((step, first % step if step else 0, first) for first, step in operands):
        if before[:2] == (step, rest) and first < before[2] + step * turns:
            return SOME
        before = step, rest, first
    return NONE


def possible(body: Body) -> bool:
    """Whether turns of a body can be swept as vectors at all, wherever operands stand."""
    kinds = {o.kind for row in body.operands for o in row}
    return kinds <= {TURN, LAG, FIXED, STREAM} and all(map(written, body.codes)) and parts(body) is not None


def vectors(body: Body, operands: Sequence[tuple[int, int]], stored: Mapping[int, int], early: frozenset[int], shared: int) -> Body | None:
    """The body for kernels in vectors; None where a loop is none for them.

    Args:
        operands: where each operand that is data stands in the first turn, and the step.
        stored: by which steps results in memory stand.
        early: instructions whose results something reads before the last turn.
        shared: what slots the operands that have adjoints have in common, see `sharing`.
    """
    found = parts(body) if possible(body) else None
    if found is None:
        return None
    links, ends = set(found.links), {chain.links[-1] for chain in found.sums}
    if links & early or links & body.outside or links & body.kept - ends:
        return None
    if any(step != 1 for j, step in stored.items() if j not in links and j not in found.serial):
        return None
    streams, active = streams_of(body)
    if any(operands[n][1] < 1 for n in streams) or shared == MIXED:
        return None
    strided = frozenset(n for n in streams if operands[n][1] != 1)
    alone = shared == NONE and not strided & active
    order = sorted(active) if alone else sorted(active, key=lambda n: (n in strided, operands[n][0]))
    body = replace(body, order=tuple(order), strided=strided, apart=alone)
    return body if buffers(body) <= MOST_BUFFERS else None


def flow(body: Body, found: Parts) -> list[tuple[int, int]]:
    """The contributions to adjoints that a turn makes, but for those to a sum by itself, in order: (instruction, which of its operands)."""
    links = found.links
    reached = body.outside | set(links) | {j for j, _ in widest(body)}
    made = []
    for j in range(body.size - 1, -1, -1):
        for p in contributing(body.codes[j]) if j in reached else ():
            o = body.operands[j][p]
            if o.active and not (j in links and (o.kind == LAG or (o.kind == TURN and o.number in links))):
                reached |= {o.number} if o.kind == TURN else set()
                made.append((j, p))
    return made


def posted(body: Body, found: Parts) -> list[Operand]:
    """The operands outside a turn to which contributions go, one a contribution, in the order in which they are made."""
    operands = [body.operands[j][p] for j, p in flow(body, found)]
    return [o for o in operands if o.kind in (FIXED, STREAM)]


@dataclass(frozen=True)
class Rooms:
    """Chunks of memory that kernels of vectors work in, by what stands there.

    Attributes:
        terms: how many there are for terms of sums.
        forward: of results of the vectors that the serial part reads.
        backward: of those that it reads in reverse.
        made: of contributions of the serial part to others.
        posted: of contributions to operands outside a turn, by their number.
    """

    terms: int
    forward: dict[int, int]
    backward: dict[int, int]
    made: dict[tuple[int, int], int]
    posted: dict[int, int]

    @property
    def size(self) -> int:
        return max(self.terms + len(self.forward), len(self.backward) + len(self.made) + len(self.posted))


def rooms(body: Body, found: Parts) -> Rooms:
    """Where kernels of a body leave what they go on with."""
    serial = set(found.serial)
    targets = posted(body, found)
    terms = sum(len(chain.links) for chain in found.sums)

    def numbered(first: int, keys: Sequence[Any]) -> dict[Any, int]:
        return {key: first + q for q, key in enumerate(keys)}

    def inputs(asked: list[Operand]) -> list[int]:
        """The results of the vectors, not in memory, that these results of the serial part are made of."""
        results, seen = set(), set()
        while asked:
            o = asked.pop()
            if o.kind != TURN or o in seen or o.number in body.kept:
                continue
            seen.add(o)
            if o.number not in serial:
                results.add(o.number)
            else:
                op = by_code(body.codes[o.number])
                asked += [body.operands[o.number][OPERANDS.index(v)] for v in used(op, op.z)]
        return sorted(results)

    ahead = inputs([o for j in serial for o in body.operands[j]])
    passed = [(j, p) for j, p in flow(body, found) if j in serial]
    again = inputs([Operand(TURN, j) if v == "z" else body.operands[j][OPERANDS.index(v)] for j, p in passed for v in reads(body.codes[j], p)])
    leaving = [(j, p) for j, p in passed if not (body.operands[j][p].kind == LAG or (body.operands[j][p].kind == TURN and body.operands[j][p].number in serial))]
    waiting = [q for q, o in enumerate(targets) if not body.apart or o.kind == FIXED]
    return Rooms(terms, numbered(terms, ahead), numbered(0, again), numbered(len(again), leaving), numbered(len(again) + len(leaving), waiting))


def buffers(body: Body) -> int:
    """How many chunks of memory the kernels work in."""
    found = parts(body)
    assert found is not None
    return rooms(body, found).size


def at_once(body: Body, targets: Sequence[Operand]) -> int | None:
    """The operand in memory to whose adjoints contributions go at once, without a buffer: that with most of them, or the first one.

    What goes to operands that stand before it is computed and added before, so the turns are gone through twice; where that saves little,
    it is the first one.
    """
    count = dict.fromkeys(body.order or (), 0)
    for o in targets:
        if o.kind == STREAM:
            count[o.number] += 1
    reached = [n for n, times in count.items() if times and n not in body.strided]
    if not reached:
        return None
    most = max(reached, key=lambda n: count[n])
    return most if count[most] > count[reached[0]] + 1 and body.size <= SHORT else reached[0]
