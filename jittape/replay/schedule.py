"""When to keep and when to compute again the states of a long loop, so that it is reversed with room for a few of them.

A. Griewank, A. Walther, Algorithm 799: revolve, ACM Transactions on Mathematical Software 26 (2000): with room for c states no step
is advanced more often than r times, where r is the least number with binomial(c + r, c) >= n, and r n - binomial(c + r, r - 1) steps
are advanced in all. No schedule has fewer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple


class Action(NamedTuple):
    """What is to be done next, with the states that stand in rows of a store.

    Attributes:
        what: "advance" the state in row `row` from step `first` to `end`, whose state goes to the next row, or "reverse" the steps
            `first` to `end`, their states going to the rows from `row` on.
    """

    what: str
    first: int
    end: int
    row: int


def reach(room: int, repeated: int) -> int:
    """How many steps can be reversed with room for so many states, the first one included, if none is advanced more often than so."""
    return math.comb(room + repeated, room) if repeated >= 0 else 0


def repetitions(steps: int, room: int) -> int:
    """How often a step is advanced at most."""
    low, high = 0, 1
    while reach(room, high) < steps:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reach(room, middle) >= steps else (middle, high)
    return 0 if steps <= 1 else high


def enough(steps: int, repeated: int) -> int:
    """Room for how many states suffices for advancing no step more often than so."""
    room = 1
    while reach(room, repeated) < steps:
        room *= 2
    low, high = room // 2, room
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reach(middle, repeated) >= steps else (middle, high)
    return max(high, 1)


def advances(steps: int, room: int) -> int:
    """How many steps are advanced in all."""
    r = repetitions(steps, room)
    return r * steps - reach(room + 1, r - 1) if r else 0


def schedule(steps: int, room: int) -> Iterator[Action]:
    """The actions that reverse a loop, the last steps first; its first state is in row 0 of a store of room + 1 rows."""
    todo = [(0, steps, 0)]
    while todo:
        first, end, row = todo.pop()
        length, free = end - first, room - row
        if length <= free + 1:  # the last state needs no row of its own: there is one more, for the state under way
            if length:
                yield Action("reverse", first, end, row)
            continue
        if free <= 1:  # from the first state again and again
            for t in range(end - 1, first, -1):
                yield Action("advance", first, t, row)
                yield Action("reverse", t, t + 1, row + 1)
            yield Action("reverse", first, first + 1, row)
            continue
        r = repetitions(length, free)
        middle = first + max(length - reach(free - 1, r), reach(free, r - 2))
        yield Action("advance", first, middle, row)
        todo += [(first, middle, row), (middle, end, row + 1)]
