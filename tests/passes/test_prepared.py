"""What the passes before loops change on a tape: instructions become constants, slots stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, OPERATION, RUN
from jittape.passes.common import Repeated
from jittape.passes.dead import drop
from jittape.passes.folding import fold
from jittape.passes.prepared import prepared
from jittape.passes.switches import SWITCHED, switched_on
from jittape.tape.decode import lengths
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace


def recorded(f: Any, *args: Any, **parameters: Any) -> tuple[Tape, Any]:
    """The tape of a path's replays, and the slots of the results."""
    path = jt.record(f, *args, compile=False, **parameters).paths[0]
    return workspace(path.tape), [o.slots.ravel() for o in path.outputs]


def operations(tape: Tape) -> int:
    return int(np.count_nonzero((tape.opcode[: tape.count] & OPERATION) >= FIRST_OPERATION))


def test_what_nothing_reads_becomes_constant() -> None:
    def f(x: Any) -> Any:
        np.exp(x[0]) * x[1]
        np.sum(np.sin(x))
        return x[0] * x[1]

    tape, roots = recorded(f, np.arange(3.0))
    new = drop(tape, roots)
    assert operations(tape) == 5 and operations(new) == 1 and new.slots == tape.slots
    assert drop(new, roots) is new
    new.value[:3] = 2.0, 5.0, 1.0
    new.evaluate()
    assert new.value[roots[0]] == [10.0]


def test_runs_that_were_apart_stay_apart() -> None:
    def f(x: Any) -> Any:
        y = x[1:] * x[:-1]
        np.sum(x)  # parts the runs
        return np.sum(x[1:] * y)

    tape, roots = recorded(f, np.arange(6.0))
    new = drop(tape, roots)
    nothing = np.flatnonzero((new.opcode[: new.count] >= RUN + FIRST_OPERATION) & (new.arg1[: new.count] == 0))
    assert nothing.size == 1 and operations(new) == 4 and new.slots == tape.slots


def test_long_stretches_become_one_leaf() -> None:
    def f(x: Any) -> Any:
        y = x[0]
        for _ in range(1500):
            y = y * x[1]
        return x[0] + x[1]

    tape, roots = recorded(f, np.arange(2.0))
    new = drop(tape, roots)
    assert tape.count > 1500 and new.count < 5 and new.slots == tape.slots
    assert int(lengths(new.opcode[: new.count], new.arg1[: new.count]).sum()) == tape.slots


def test_what_depends_on_constants_only_becomes_constant() -> None:
    tape = Tape()
    x = tape.append_leaf(np.array([2.0, 3.0]), 0)
    two = tape.constant(2.0)
    four = tape.append_scalar(ops.MUL, two, two)
    sine = tape.append_scalar(ops.SIN, four)
    result = tape.append_scalar(ops.MUL, sine, x)
    new = fold(workspace(tape))
    assert operations(new) == 1 and new.slots == tape.slots and new.opcode[new.count - 3] == CONSTANT
    assert new.value[sine] == np.sin(4.0)
    new.value[:2] = 5.0, 0.0
    new.done = new.done_slots = 0
    new.evaluate()
    assert new.value[result] == 5.0 * np.sin(4.0)
    assert fold(new) is new


def test_functions_of_equal_arrays_are_known_again() -> None:
    def f(x: Any, c: Any) -> Any:
        t = np.linspace(0.0, 1.0, 9)  # a leaf for each use
        a, b = np.exp(-x[0] * t), np.exp(-x[0] * np.linspace(0.0, 1.0, 9))
        return np.sum(a * b + np.exp(-x[1] * t) + np.exp(c[0] * t) + np.exp(t * c[0]))

    tape, _ = recorded(f, np.arange(2.0), c=np.ones(1))
    sizes = lengths(tape.opcode[: tape.count], tape.arg1[: tape.count])
    found = Repeated(tape, np.cumsum(sizes) - sizes)
    exponentials = (np.cumsum(sizes) - sizes)[tape.opcode[: tape.count] == RUN + ops.EXP].tolist()
    a, b, other, c, d = exponentials
    assert found.first.get(b) == a and found.first.get(d) == c and other not in found.first and c not in found.first


def test_the_environment_names_the_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    tape, roots = recorded(lambda x: (np.exp(x[0]), x[1] * 2.0)[1], np.arange(2.0))
    assert prepared(tape, roots) is not tape
    monkeypatch.setenv(SWITCHED, "")
    assert prepared(tape, roots) is tape and not switched_on("dead")


def test_runs_of_nothing_begin_where_others_begin() -> None:
    tape, _ = recorded(lambda x: np.sum(np.sin(x) * np.exp(x[:0]).sum() + np.sin(x) + np.exp(x[:0]).sum()), np.arange(20.0))
    sizes = lengths(tape.opcode[: tape.count], tape.arg1[: tape.count])
    starts = np.cumsum(sizes) - sizes
    sines = starts[tape.opcode[: tape.count] == RUN + ops.SIN].tolist()
    assert Repeated(tape, starts).first == {sines[1]: sines[0]}
