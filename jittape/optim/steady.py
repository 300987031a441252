"""The step of an optimiser that goes on as before: one native call over addresses that are found once.

A step asks each parameter whether its memory, what is remembered of it and its place among the others are what they were, and
whether its gradient is an array as the native loop takes it. Where one is not, nothing was done yet, and the step is made as the first ones were.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.ndarrays import address_of
from jittape.eager.lending import recall
from jittape.eager.tensor import Tensor
from jittape.optim.native import Rule

GRADIENT = 2
"""The column of a table of rows in which the addresses of gradients stand, after sizes and addresses of parameters."""


class _Row(NamedTuple):
    """A parameter, its memory, what is remembered of it, its count of steps, and the tensors by which the rule changes it, with their memory."""

    p: Tensor
    data: NDArray[Any]
    remembered: dict[str, Any]
    steps: Tensor | None
    kept: tuple[tuple[str, Tensor, NDArray[Any]], ...]


class Steady:
    """What is the same in each step of an optimiser.

    Args:
        optimizer: whose rule and options are the same for all parameters of a group that have made as many steps.
        rows: its parameters, in order.
        rule: theirs.
        loop: the rule's native loop.

    Attributes:
        over: whether a step has found something changed other than gradients.
    """

    def __init__(self, optimizer: Any, rows: list[_Row], rule: Rule, loop: Any) -> None:
        self.over = False
        self._optimizer, self._rows, self._rule, self._loop = optimizer, rows, rule, loop
        self._groups, self._state = optimizer.param_groups, optimizer.state
        self._dtype = rows[0].data.dtype
        places = [[r.data.size, address_of(r.data), 0, *(address_of(a) for _, _, a in r.kept)] for r in rows]
        self._table = np.array(places, np.int64)
        self._gradients = self._table[:, GRADIENT]
        self._table_at = address_of(self._table)
        self._last: list[tuple[float, ...]] = []
        self._options: NDArray[Any] = np.zeros(0, self._dtype)

    @classmethod
    def of(cls, optimizer: Any) -> Steady | None:
        """Of an optimiser that has just made a step; None where its parameters are no arrays of one dtype in order, one is there twice, or no native loop moves them."""
        rows = []
        rules: dict[int, Rule] = {}
        for group in optimizer.param_groups:
            for p in group["params"]:
                remembered = optimizer.state.get(p)
                if p.has_parts or not p.is_leaf or remembered is None or p.info.grad is None:
                    return None
                count = remembered.get("step")
                rule, _ = optimizer.options(p, group, remembered, 1 if count is None else max(int(count._data), 1))
                rules[id(rule)] = rule
                kept = tuple([(name, remembered[name], remembered[name]._data) for name in rule.states])
                rows.append(_Row(p, p._data, remembered, count, kept))
        if len(rules) != 1 or len({id(r.p) for r in rows}) != len(rows):
            return None
        (rule,) = rules.values()
        dtype = rows[0].data.dtype
        if not all(a.flags.c_contiguous and a.dtype is dtype for r in rows for a in (r.data, *(k[2] for k in r.kept))):
            return None
        loop = rule.made(dtype)
        return None if loop is None else cls(optimizer, rows, rule, loop)

    def move(self) -> bool:
        """Make the step, if nothing but the gradients' memory has changed; else nothing is done."""
        optimizer, rows, dtype = self._optimizer, self._rows, self._dtype
        state = optimizer.state
        if state is not self._state or optimizer.param_groups is not self._groups:
            self.over = True
            return False
        addresses: list[int] = []
        options: list[tuple[float, ...]] = []
        counted: list[tuple[Tensor, int]] = []
        k = 0
        for group in self._groups:
            known = -1
            given: tuple[float, ...] = ()
            for p in group["params"]:
                if k == len(rows) or p is not rows[k].p:
                    self.over = True
                    return False
                _, data, remembered, count, kept = rows[k]
                k += 1
                if getattr(p, "_data", None) is not data or state.get(p) is not remembered or remembered.get("step") is not count:
                    self.over = True
                    return False
                for name, tensor, array in kept:
                    if remembered.get(name) is not tensor or tensor._data is not array:
                        self.over = True
                        return False
                g = p._info.grad
                g = None if g is None else getattr(g, "_data", None)
                if g is None or g.dtype is not dtype or g.size != data.size or not g.flags.c_contiguous:
                    return False
                step = 1
                if count is not None:
                    step = int(count._data) + 1
                    counted.append((count, step))
                if step != known:
                    rule, given = optimizer.options(p, group, remembered, step)
                    if rule is not self._rule:
                        self.over = True
                        return False
                    known = step
                addresses.append(address_of(g))
                options.append(given)
        if k != len(rows):
            self.over = True
            return False
        self._gradients[:] = addresses
        if options != self._last:
            self._last, self._options = options, np.array(options, dtype)
        for row in rows:
            recall(row.p)
            for _, tensor, _ in row.kept:
                recall(tensor)
        try:
            for count, step in counted:
                count._data[...] = step
            self._loop(self._table_at, k, address_of(self._options))
        finally:
            for row in rows:
                row.p._wrote()  # type: ignore[attr-defined]
        return True
