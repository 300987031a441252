"""What backward passes go through: their own graph, whatever else stands on the tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.state import state
from jittape.eager.threads import tape_for
from jittape.eager.visits import TOGETHER
from jittape.instructions.references import Slots


@pytest.fixture(autouse=True)
def fresh_tape() -> None:
    state.eager.clear()


def abandoned(n: int, size: int | None = None) -> Any:
    """A graph of many operations that nobody differentiates."""
    y = jt.tensor(np.full(size, 0.3) if size else 0.3, requires_grad=True)
    for _ in range(n):
        y = y * 0.5
    return y


def stretches(t: Any) -> list[tuple[int, int]]:
    tape = t.tape
    visit = tape.needed([np.array(t.slot)])
    found = [(st.first, st.end) for st in visit.stretches]
    tape.leave(visit)
    return found


@pytest.mark.parametrize("size", [None, 3])
def test_what_lies_between_is_passed_over(size: int | None) -> None:
    x = jt.tensor(2.0, requires_grad=True)
    low = x * x
    keep = abandoned(20 * TOGETHER, size)
    high = low * 3.0
    found = stretches(high)
    assert sum(end - first for first, end in found) <= 4 * TOGETHER < keep.tape.count
    high.backward()
    assert x.grad.item() == 12.0


def test_begins_and_owners() -> None:
    x = jt.tensor(np.arange(3.0), requires_grad=True)
    y, s = x, x.sum()
    for k in range(3 * TOGETHER):
        y = y * 0.5
        s = s + 1.0 if k % 3 else s * y[1]
    tape = tape_for(x.dtype)
    sizes = tape.sizes(slice(tape.count)).astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(sizes)))
    assert tape.begins()[: -(-tape.count // TOGETHER) + 1].tolist() == [*starts[: tape.count : TOGETHER].tolist(), tape.slots]
    assert [tape.start(k) for k in range(0, tape.count + 1, 7)] == starts[::7].tolist()
    slots = np.arange(tape.slots, dtype=np.int32)
    assert tape.owners(slots).tolist() == np.repeat(np.arange(tape.count), sizes).tolist()


def loop(step: Callable[[Any], Any], n: int) -> list[int]:
    """How many gradients each of n passes over a leaf that is changed in place looks up."""
    from jittape.passes.reverse import ReverseSweep

    counts = []
    calls = [0]
    gradient = ReverseSweep.gradient

    def counting(self: Any, slots: Slots) -> Any:
        calls[0] += 1
        return gradient(self, slots)

    w = jt.tensor(np.linspace(0.1, 0.5, 4), requires_grad=True)
    with pytest.MonkeyPatch.context() as m:
        m.setattr(ReverseSweep, "gradient", counting)
        m.setattr("jittape.eager.again.asked", lambda *_: None)  # what repeats is not written by rules again
        for _ in range(n):
            calls[0] = 0
            g = step(w)
            counts.append(calls[0])
            with jt.no_grad():
                w -= 0.01 * g
    return counts


def by_grad(w: Any) -> Any:
    (g,) = jt.autograd.grad((w.sin() * w).sum(), w, create_graph=True)
    return jt.autograd.grad((g * g).sum(), w)[0]


def by_backward(w: Any) -> Any:
    w.grad = None
    (w.sin() * w).sum().backward(create_graph=True)
    g, w.grad = w.grad, None
    (g * g).sum().backward()
    return w.grad


@pytest.mark.parametrize("step", [by_grad, by_backward])
def test_recorded_passes_do_not_meet_earlier_copies_of_a_leaf(step: Callable[[Any], Any]) -> None:
    counts = loop(step, 12)
    assert counts == counts[:1] * len(counts)


def test_passes_leave_their_memory_clean() -> None:
    keep = abandoned(2 * TOGETHER)
    w = jt.tensor([0.5, 0.7], requires_grad=True)
    for _ in range(3):
        v = w * 2.0
        v.retain_grad()
        (g,) = jt.autograd.grad((v**3).sum(), v, create_graph=True)
        (g * w).sum().backward()
        tape = keep.tape
        assert tape.adjoint is not None and not tape.adjoint.any() and not tape.passing
        for visit in tape._visits:
            assert not visit.flags.any() and not visit.varied.any() and not visit.stretches
            assert not visit.visited.any() and (visit.adjoint == -1).all()
        np.testing.assert_allclose(g.detach().numpy(), 12.0 * w.detach().numpy() ** 2)


def test_a_pass_within_a_pass() -> None:
    """What is called in the middle of a pass may differentiate itself."""
    w = jt.tensor([2.0, 3.0], requires_grad=True)
    tape = (w * 1.0).tape
    tape.passing, before = True, tape.adjoints()
    before[0] = 7.0
    (w**3).sum().backward()
    assert tape.adjoint is before and before[0] == 7.0 and tape.passing
    assert w.grad.tolist() == [12.0, 27.0]
    tape.passing, before[0] = False, 0.0


def test_gradients_of_nothing() -> None:
    x = jt.tensor(np.zeros((0, 3)), requires_grad=True)
    (g,) = jt.autograd.grad((x * 2.0).sum(), x, allow_unused=True)
    assert g is None or g.shape == (0, 3)


def test_an_interrupted_visit_leaves_no_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    x = jt.tensor(2.0, requires_grad=True)
    y = x * x
    stretches(y)
    tape = y.tape

    def interrupt(self: Any, values: bool = True) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(tape), "bind", interrupt)
        tape.needed([np.array(y.slot)])
    assert not tape._visits[-1].flags.any()


RECORDED = {
    "a product": lambda x, p, c: (x @ c.T).tanh(),
    "two products": lambda x, p, c: (x @ c.T).tanh() @ c,
    "a product with what requires grad": lambda x, p, c: x @ p,
    "parts joined": lambda x, p, c: jt.cat([x, c], dim=1) ** 2 * 3.0,
    "parts taken": lambda x, p, c: (x[1:] * c[:-1]).sum(1).exp(),
    "sums": lambda x, p, c: (x * c).sum(0) * p[0] / (1.0 + x * x).sum(),
}


@pytest.mark.parametrize("between", [0, 3 * TOGETHER])
@pytest.mark.parametrize("name", RECORDED)
def test_no_adjoint_stays_behind_a_pass_through_a_recorded_one(name: str, between: int) -> None:
    """Seeds of a recorded pass are constants, which later passes reach; what they left there was added to another graph that came to lie there."""
    r = np.random.default_rng(0)
    x, p = jt.tensor(r.normal(size=(5, 4)), requires_grad=True), jt.tensor(r.normal(size=(4, 4)), requires_grad=True)
    c = jt.tensor(r.normal(size=(5, 4)))
    y = RECORDED[name](x, p, c)
    kept = abandoned(between)
    (g,) = jt.autograd.grad(y, x, jt.ones_like(y), create_graph=True)
    (h,) = jt.autograd.grad((g * c).sum(), x, create_graph=True, allow_unused=True)
    loss = (g * g).sum() + (0.0 if h is None else (h * h).sum()) + (y * x.sum()).sum()
    tape: Any = loss.tape
    loss.backward()
    assert kept.item() and not tape.adjoint.any()


def test_gradients_stay_the_same_over_compactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jittape.eager.tape_pass.GRAPH_COUNT", 1 << 9)
    r = np.random.default_rng(0)
    first, second = (jt.tensor(0.4 * r.normal(size=shape), requires_grad=True) for shape in ((2, 8), (8, 1)))
    x, t = (jt.tensor(r.random((20, 1)), requires_grad=True) for _ in range(2))
    found: list[Any] = []
    for _ in range(60):
        first.grad = second.grad = None
        y = jt.cat([x, t], dim=1).matmul(first).tanh() @ second
        y_t, y_x = jt.autograd.grad(y, (t, x), jt.ones_like(y), create_graph=True)
        (y_xx,) = jt.autograd.grad(y_x, x, jt.ones_like(y_x), create_graph=True)
        ((y_t - 0.1 * y_xx) ** 2).mean().backward()
        found.append(np.concatenate([first.grad.numpy().reshape(-1), second.grad.numpy().reshape(-1)]))
    assert all(np.array_equal(g, found[0]) for g in found)
