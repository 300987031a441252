"""Memory that is lent to a tape makes no difference: drawn programs, whose steps do something to it between forward and backward pass, where all
that can be is lent, and where nothing is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.state import state
from jittape.eager import lending, threads
from jittape.nn import functional as F

STEPS, WARM = 10, 4
BATCH, SIZES = 6, (5, 7, 3)


@pytest.fixture(autouse=True)
def tapes_that_end_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(threads, "CUT_COUNT", 1)
    monkeypatch.setattr(threads, "CUT_SLOTS", 1)
    forget()
    yield
    forget()


def forget() -> None:
    state.eager.clear()
    state.followed = None
    threads._spare.tapes.clear()


class Program:
    """Steps of training a net, with what was drawn in between; `found` is all that was seen."""

    def __init__(self, seed: int) -> None:
        draw = self.draw = np.random.default_rng(seed)
        self.net = jt.nn.Sequential(jt.nn.Linear(*SIZES[:2]), jt.nn.ReLU(), jt.nn.Linear(*SIZES[1:]))
        with jt.no_grad():
            for p in self.net.parameters():
                p.copy_(self.tensor(*p.shape))
        self.loose = self.tensor(SIZES[0], SIZES[1]).requires_grad_()
        name = draw.choice(["SGD", "Adam", "momentum"])
        moved = [*self.net.parameters(), self.loose]
        self.optimizer = (
            jt.optim.Adam(moved, lr=0.01)
            if name == "Adam"
            else jt.optim.SGD(moved, lr=0.01, momentum=0.5 * (name == "momentum"))
        )
        self.tied, self.hooks, self.kept_batch = draw.random(3) < 0.4
        self.events = [str(draw.choice(list(EVENTS))) for _ in range(3)]
        self.when = draw.random(3)
        self.zero = str(draw.choice(["none", "zeros", "seldom"]))
        self.batch = self.tensor(BATCH, SIZES[0])
        self.found: list[Any] = []
        self.held: list[Any] = []

    def tensor(self, *shape: int) -> jt.Tensor:
        return jt.tensor(self.draw.standard_normal(shape))

    def see(self, x: Any) -> None:
        self.found.append(None if x is None else np.array(x.detach().values() if isinstance(x, jt.Tensor) else x))

    def step(self, k: int) -> None:
        if self.zero != "seldom" or k % 3 == 0:
            self.optimizer.zero_grad(set_to_none=self.zero == "none")
        x = self.batch if self.kept_batch else self.tensor(BATCH, SIZES[0])
        y = self.tensor(BATCH, SIZES[2])
        h = x @ self.loose
        if self.tied:
            h = h + F.linear(x, self.net[0].weight)
        out = F.mse_loss(self.net(x) + self.net[2](jt.tanh(h)), y)
        if self.hooks:
            self.net[0].weight.register_hook(lambda g: 2.0 * g)
        due = [e for e, w in zip(self.events, self.when, strict=True) if k >= WARM and self.draw.random() < w]
        try:
            for e in due:
                EVENTS[e](self, x, out)
            out.backward()
        except RuntimeError as error:
            self.found.append(str(error))
        for p in (*self.net.parameters(), self.loose):
            self.see(p.grad)
        self.optimizer.step()
        self.see(out)
        for p in (*self.net.parameters(), self.loose):
            self.see(p)


def _copied(program: Program, x: Any, out: Any) -> None:
    with jt.no_grad():
        program.net[0].weight.mul_(1.5)
        program.loose += 1.0


def _moved(program: Program, x: Any, out: Any) -> None:
    program.optimizer.step()


def _batch_changed(program: Program, x: Any, out: Any) -> None:
    x.mul_(2.0)


def _detached(program: Program, x: Any, out: Any) -> None:
    program.net[2].weight.detach().zero_()
    program.loose.data.add_(1.0)
    x.detach()[0] = 5.0


def _by_ndarray(program: Program, x: Any, out: Any) -> None:
    program.net[0].weight.detach().numpy()[...] = 0.25
    x.numpy()[1] = 3.0


def _other_data(program: Program, x: Any, out: Any) -> None:
    before = program.loose.data
    program.loose.data = program.tensor(*program.loose.shape)
    before.zero_()


def _used_elsewhere(program: Program, x: Any, out: Any) -> None:
    w = program.net[0].weight
    more = (w * w).sum() + w.T[0].sum() + (x * x).sum() + w[1, 2]
    program.see(more)
    more.backward()


def _again(program: Program, x: Any, out: Any) -> None:
    out.backward(retain_graph=True)
    program.optimizer.step()


def _second_order(program: Program, x: Any, out: Any) -> None:
    (g,) = jt.autograd.grad(out, [program.loose], create_graph=True)
    program.see(g)
    (g * g).sum().backward(retain_graph=True)


def _by_other_thread(program: Program, x: Any, out: Any) -> None:

    def work() -> None:
        program.see(jt.autograd.grad(F.linear(x.detach(), program.net[0].weight).sum(), [program.net[0].weight])[0])
        with jt.no_grad():
            program.net[0].weight.add_(1.0)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def _values_later(program: Program, x: Any, out: Any) -> None:
    program.held.append(F.linear(x, program.net[0].weight))  # of a tape that ends before it is looked at
    if len(program.held) > 1:
        program.see(program.held[-2])


def _grad_used(program: Program, x: Any, out: Any) -> None:
    g = program.loose.grad
    if g is not None:
        more = (x @ g @ program.net[2].weight.T).sum()
        program.held.append(more)
        more.backward()


EVENTS = {
    f.__name__: f
    for f in (
        _copied,
        _moved,
        _batch_changed,
        _detached,
        _by_ndarray,
        _other_data,
        _used_elsewhere,
        _again,
        _second_order,
        _by_other_thread,
        _values_later,
        _grad_used,
    )
}


def run(seed: int, least: int) -> tuple[list[Any], int]:
    """What a program sees, and how many times memory was lent."""
    forget()
    lent = 0
    borrow = lending.Outside.borrow

    def counted(self: Any, tensor: Any, slot: int) -> bool:
        nonlocal lent
        found = borrow(self, tensor, slot)
        lent += found
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lending, "LEAST", least)
        patch.setattr(lending.Outside, "borrow", counted)
        program = Program(seed)
        for k in range(STEPS):
            program.step(k)
    return program.found, lent


@pytest.mark.parametrize("seed", range(60))
def test_what_is_lent_is_as_it_was(seed: int) -> None:
    (mine, lent), (copied, none) = run(seed, 1), run(seed, 1 << 40)
    assert lent > none == 0
    assert len(mine) == len(copied)
    for a, b in zip(mine, copied, strict=True):
        if isinstance(a, np.ndarray):
            np.testing.assert_allclose(
                a, b, rtol=0, atol=1e-9 * max(1.0, np.abs(b).max())
            )  # sums may be taken in another order
        else:
            assert a == b
