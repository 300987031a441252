"""Derivative rules as lists of steps, carried out in plain Python: they give the partials of the table."""

from __future__ import annotations

import ast

import naive
import numpy as np
import operations
import pytest

from jittape.ops.expressions import choice, constant, in_switch
from jittape.ops.layout import K_REVERSE, K_STORE, KERNELS, KINDS, NO_KERNEL, READS_Z, RUN, UNIT
from jittape.ops.spec import BY_NAME, OPS, Op
from jittape.sweep import templates as module
from jittape.sweep.engine import Engine, offered
from jittape.sweep.point.writing import NONZERO
from jittape.sweep.templates import NONE, PYTHON, STEP, Templates

BY_CODE = {op.code: op for op in OPS}
PAIRS = [(op, p) for op in OPS for p in range(min(op.arity, 2))]


@pytest.fixture(scope="module")
def lists() -> Templates:
    """Written anew."""
    return module.templates.__wrapped__()  # type: ignore[no-any-return]


def decides(op: Op, p: int) -> bool:
    """Whether a partial depends on a comparison, other than on a constant exponent's being zero."""
    arms = choice(op.partials[p])
    text = arms[2] if arms is not None and arms[0] == "y == 0" and 1 in op.constant else op.partials[p]
    found = list(ast.walk(ast.parse(text)))
    return any(isinstance(node, ast.Compare) or isinstance(node, ast.Name) and node.id in ("where", "inf") for node in found)


@pytest.mark.parametrize(("op", "p"), PAIRS, ids=[f"{op.name} by {'xy'[p]}" for op, p in PAIRS])
def test_a_list_gives_the_partial(op: Op, p: int, lists: Templates) -> None:
    first, end, outcome, when = lists.table[op.code, p].tolist()
    if p in op.constant or constant(op.partials[p]) == 0.0 or not in_switch(op):
        assert first == NONE
        return
    if decides(op, p):
        assert first == PYTHON
        return
    if first == PYTHON:
        return  # it calls what is no scalar operation
    assert when == (NONZERO if choice(op.partials[p]) else 0)
    assert end - first == {1.0: 0, -1.0: 1}.get(constant(op.partials[p]), end - first)
    if constant(op.partials[p]) is None:  # a zero against an infinite adjoint is the operation's to decide
        assert BY_CODE[lists.steps[end - 1, 0]].name == ("product" if op.zeros or op.even else "mulz") and lists.steps[end - 1, 1] == 0
    for point in zip(*operations.draw(op, 5), strict=True):
        if when and point[1] == 0.0:
            continue
        known = [1.7, point[0], point[1] if op.arity > 1 else np.nan, naive.function(op)(*point)]
        for code, *operands in lists.steps[first:end].tolist():
            step = BY_CODE[code]
            values = [lists.constants[-1 - q] if q < 0 else known[q] for q in operands[: step.arity]]
            known.append(naive.function(step)(*values))
        assert known[outcome] == pytest.approx(1.7 * naive.partial(op, p, *point), rel=1e-12)


def test_lists_follow_one_another(lists: Templates) -> None:
    rows = sorted(row for row in lists.table.reshape(-1, 4)[:, :2].tolist() if row[0] >= 0)
    assert rows[0][0] == 0 and rows[-1][1] == len(lists.steps) and all(a[1] == b[0] for a, b in zip(rows, rows[1:], strict=False))
    assert max(end - first for first, end in rows) == lists.most
    assert len(set(lists.constants)) == len(lists.constants)
    assert {op.name for op, p in PAIRS if lists.table[op.code, p, 0] >= 0} >= {"add", "div", "powc", "sin", "erf", "sigmoid", "sincn"}


def test_constants_of_some_operations(lists: Templates) -> None:
    def used(*names: str) -> list[float]:
        return [lists.constants[c] for c in lists.used(np.array([*(BY_NAME[n].code for n in names), RUN + 72, 0], np.uint16))]

    assert used("add", "mul", "sub") == [] and used() == []
    assert used("sqrt") == [0.5] and used("deg2rad") == [np.pi / 180] and sorted(used("square", "sqrt", "sqrt")) == [0.5, 2.0]
    assert set(used("erf")) == {2.0, 1.7724538509055159} and used("div", "log") == [1.0]
    assert STEP == 4


def test_what_kernels_read() -> None:
    table = Engine(np.dtype(np.float32), True).table
    for name, p, flags in (("exp", 0, READS_Z), ("sin", 0, 1), ("mul", 0, 2), ("mul", 1, 1), ("add", 0, UNIT), ("div", 1, 2 | READS_Z), ("tan", 0, READS_Z), ("sub", 1, 0)):
        for kind in (K_REVERSE, K_STORE):
            assert table[KERNELS + BY_NAME[name].code * KINDS + kind + p] == flags
    assert table[BY_NAME["floor"].code * KINDS + K_REVERSE] == NO_KERNEL and table[BY_NAME["powc"].code * KINDS + K_STORE + 1] == NO_KERNEL
    assert [table[2 * KERNELS + op.code] for op in OPS] == [op.arity for op in OPS]


def test_what_structural_instructions_offer() -> None:
    kinds = offered()
    assert all(kinds.values()) and len(kinds) > 5 and max(map(len, kinds.values())) > 2
