"""What the engine asks of the interpreter before it uses memory again, and what happens where it gets no answer."""

from __future__ import annotations

import gc
import sys
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.state import state
from jittape.eager import threads, uses
from jittape.eager.compact import compact
from jittape.eager.tape import EagerTape
from jittape.eager.threads import SPARE, tape_for
from jittape.tape import unused as counts
from jittape.tape.unused import unused

STEPS, SIZE = 12, 9000
"""Steps of a training loop, each of which ends its tape: it holds more than CUT_SLOTS slots."""


@pytest.fixture(autouse=True)
def new_tapes() -> None:
    """Every test begins with new tapes, and none to spare."""
    state.eager.clear()
    threads._spare.tapes.clear()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by one with every tape that is made, not begun anew."""
    found: list[object] = []
    init = EagerTape.__init__

    def count(self: EagerTape, dtype: Any) -> None:
        found.append(object())
        init(self, dtype)

    monkeypatch.setattr(EagerTape, "__init__", count)
    return found


def train(look: Any = lambda tape: None) -> list[float]:
    """The losses of some steps; `look` sees the tape of each."""
    x = jt.tensor(np.linspace(-1.0, 1.0, SIZE), requires_grad=True)
    losses = []
    for _ in range(STEPS):
        loss = (x * x).sum()
        look(loss.tape)
        loss.backward()
        losses.append(loss.item())
        x.write_(lambda values, gradient: np.subtract(values, 0.1 * gradient, out=values), x.grad.values())
        x.grad = None
    return losses


def test_an_object_is_unused_when_only_the_list_refers_to_it() -> None:
    things = [object(), object()]
    assert unused(things, 0) and unused(things, 1)
    kept = things[1]
    assert unused(things, 0) and not unused(things, 1)
    del kept
    assert unused(things, 1)


def test_a_holder_elsewhere_counts() -> None:
    """A frame of another function, a closure and another container are holders as a local variable is."""
    things: list[Any] = [object()]

    def closure() -> Any:
        return kept

    kept: Any = things[0]
    assert not unused(things, 0)
    kept = [things[0]]
    assert not unused(things, 0)
    assert closure() is kept


def test_ended_tapes_are_recorded_on_again(made: list[object]) -> None:
    losses = train()
    assert len(made) <= SPARE
    assert losses == sorted(losses, reverse=True)


def test_a_tape_that_somebody_holds_is_left_alone(made: list[object]) -> None:
    held: list[EagerTape] = []
    losses = train(held.append)
    assert len(made) == STEPS == len({id(tape) for tape in held})
    assert losses == train()


def test_where_references_are_not_counted_no_tape_is_used_again(made: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other_python:
        other_python.setattr(counts, "EXACT", False)
        other_python.delattr(sys, "getrefcount")
        assert not unused([object()], 0)
        losses = train()
    assert len(made) == STEPS
    assert losses == train()


def test_holders_are_tensors_and_arrays_and_nothing_else() -> None:
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2.0
    z = y.sum()
    tape = tape_for(np.dtype(np.float64))
    note = [tape]
    found = uses.holders([tape], (jt.Tensor,))
    assert found is not None and {id(t) for t in found} == {id(y), id(z)}
    del note


def graph() -> tuple[Any, Any, Any]:
    x = jt.tensor([1.0, 2.0, 3.0], requires_grad=True)
    for _ in range(10):
        x * 7.0  # noqa: B018  (nothing keeps it)
    return x, (x * x).exp(), tape_for(np.dtype(np.float64))


def test_compaction_drops_what_nobody_holds_and_renumbers_what_a_frame_holds() -> None:
    x, y, tape = graph()
    before = y.tolist()
    array = y._array  # as a frame that a debugger has stopped holds it
    assert compact(tape)
    assert tape.count == 3  # the leaf, its square, and exp of that
    assert y.tolist() == before and array.value().tolist() == before
    y.sum().backward()
    np.testing.assert_allclose(x.grad.tolist(), 2 * np.array(x.tolist()) * before, rtol=1e-15)


@pytest.mark.parametrize("why", ["not counted", "frozen"])
def test_where_holders_cannot_be_told_nothing_is_dropped(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, tape = graph()
    before, count = y.tolist(), tape.count
    if why == "frozen":
        gc.freeze()
    else:
        monkeypatch.setattr(uses, "EXACT", False)
    try:
        assert uses.holders([tape], (jt.Tensor,)) is None
        assert not compact(tape)
    finally:
        gc.unfreeze()
    assert tape.count == count and y.tolist() == before
    y.sum().backward()
    np.testing.assert_allclose(x.grad.tolist(), 2 * np.array(x.tolist()) * before, rtol=1e-15)
