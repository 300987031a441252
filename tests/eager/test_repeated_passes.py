"""Recorded passes over a graph that was passed over before: what is copied is what the rules write, and is not where they write something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import jittape as jt
import jittape.torch as jtorch
from jittape.array.state import state
from jittape.eager import again
from jittape.instructions.references import shifted
from jittape.ops.layout import CONSTANT
from jittape.passes import repeated

torch = pytest.importorskip("torch")


class Watched:
    """How many passes were asked for and copied, and how many of these are the same to the last number."""

    def __init__(self) -> None:
        self.copied = self.asked = self.equal = 0


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """The passes of a test that begins with nothing remembered."""
    state.eager.clear()
    monkeypatch.setattr(repeated, "_known", type(repeated._known)())
    monkeypatch.setattr(repeated, "_held", [0])
    watched, found = Watched(), again.found

    def counted(*args: Any) -> Any:
        watched.asked += 1
        result = found(*args)
        watched.copied += result is not None
        return result

    monkeypatch.setattr(again, "found", counted)
    yield watched
    state.eager.clear()


@pytest.fixture
def compared(passes: Watched, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """The same, but all passes are written by the rules and compared with what would have been copied."""
    remember = again.remember
    matches: list[Any] = []

    def found(tape: Any, what: Any, wanted: Any) -> None:
        match = repeated.find(tape, what.key)
        matches.append(match if match is not None and again._plain(tape, match.first, wanted) else None)

    def checked(tape: Any, what: Any, sweep: Any, first: int, wanted: Any, gradients: Any, owners: Any, depends: Any) -> None:
        match = matches.pop()
        if match is not None:
            passes.copied += 1
            known, end, shift = match.known, repeated.end_of(tape), int(match.by[repeated.SLOT])
            assert match.first == first
            mine, copied = tape.opcode[what.end.k : end.k].tolist(), known.written.opcode.tolist()
            assert [o for o in mine if o != CONSTANT] == [o for o in copied if o != CONSTANT]
            if mine == copied:  # else the tape had a constant by now that it lacked then
                passes.equal += 1
                assert repeated._numbers(tape, what.end, end).tolist() == known.written.moved(tape, match.by).tolist()
                where, values = known.values
                assert tape.value[where + what.end.slot].tobytes() == values.tobytes()
                for (slot, slots), g in zip(known.results, gradients, strict=True):
                    assert g.slot == slot + shift if slots is None else np.array_equal(shifted(slots, shift), g.slots)
        remember(tape, what, sweep, first, wanted, gradients, owners, depends)

    monkeypatch.setattr(again, "found", found)
    monkeypatch.setattr(again, "remember", checked)
    return passes


def drawn(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


FUNCTIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "a net": lambda T, x, w: (x @ w).tanh() @ w.T,
    "sines of a net": lambda T, x, w: (x @ w + w[0]).sin().sum(1),
    "powers": lambda T, x, w: (x * w[0]) ** 3 + (x.exp() + 1.0) ** -1.5,
    "roots": lambda T, x, w: (x * x + 1.0).sqrt() * (w.sum(0) ** 2 + 0.5).sqrt(),
    "norms": lambda T, x, w: (x @ w).norm(dim=1),
    "columns": lambda T, x, w: x[:, :1] * w[1, 0] + x[:, 1:2] ** 2,
    "elements out of order": lambda T, x, w: x[:, [2, 0, 2]] * w[1, :3] ** 2,
    "joined": lambda T, x, w: T.cat([x, x * w[0], x.sin()], 1).sigmoid(),
    "choices": lambda T, x, w: T.where(x > 0, x * x, -x * w[0]) + x.relu() * x,
    "largest": lambda T, x, w: (x @ w).amax(1) * 2.0 + x.amax(),
    "softmax": lambda T, x, w: (x @ w).softmax(1) * T.log_softmax(x, 1),
    "sums on the way": lambda T, x, w: (x * w[0]).cumsum(1) * (x**2).mean(),
    "transposed": lambda T, x, w: (w.T @ x.T).T.reshape(-1) * 0.25,
    "one number": lambda T, x, w: (x[0, 0] * w[0, 0]).exp() * (x[0, 1] * x[0, 1]).log1p(),
    "a batch of products": lambda T, x, w: (x.reshape(1, 5, 4) @ w.reshape(1, 4, 4)).expand(3, 5, 4) @ w,
}  # fmt: skip


def second_order(T: Any, f: Callable[[Any, Any, Any], Any], x: Any, w: Any) -> Any:
    """Gradients of gradients, up to the third order."""
    y = f(T, x, w)
    y = y + y.sin() * y
    (g,) = T.autograd.grad(y, x, T.ones_like(y), create_graph=True)
    first = (g * g).sum()
    h, k = T.autograd.grad(first, (x, w), create_graph=True, allow_unused=True)
    loss = (h.sin() * x).sum() + (0.0 if k is None else (k * k).sum()) + first
    loss.backward()
    return loss


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_copied_is_what_the_rules_write(compared: Watched, name: str) -> None:
    kept, dtype = [], "float32" if len(name) % 2 else "float64"
    for step in range(4):
        x = jt.tensor(drawn(5, 4, seed=step).astype(dtype), requires_grad=True)
        w = jt.tensor(drawn(4, 4, seed=step + 10).astype(dtype), requires_grad=True)
        second_order(jtorch, FUNCTIONS[name], x, w)
        if step > 1:  # graphs stand elsewhere from here on, with other things before them
            kept.append((w * 3.0 + 0.125 * step).sum())
    assert compared.copied >= 3 and compared.equal >= 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_loops_agree_with_pytorch(passes: Watched, name: str) -> None:
    for step in range(4):
        found = []
        for T in (torch, jtorch):
            x, w = (T.from_numpy(drawn(*shape, seed=step + 20)).clone().requires_grad_() for shape in ((5, 4), (4, 4)))
            loss = second_order(T, FUNCTIONS[name], x, w)
            found.append([loss.detach().numpy(), x.grad.numpy(), np.zeros(1) if w.grad is None else w.grad.numpy()])
        for a, b in zip(*found, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-10)
    assert passes.copied >= 4


def steps(T: Any, f: Callable[[Any, Any, int], Any], n: int = 4) -> list[Any]:
    """Hessian products of a function that may change from step to step."""
    found = []
    for step in range(n):
        x = T.from_numpy(drawn(4, seed=3)).clone().requires_grad_()
        (g,) = T.autograd.grad(f(T, x, step), x, create_graph=True)
        (h,) = T.autograd.grad((g * T.from_numpy(drawn(4, seed=4))).sum(), x, allow_unused=True)
        found.append([g.detach().numpy().copy(), None if h is None else h.numpy().copy()])
    return found


CHANGING: dict[str, Callable[[Any, Any, int], Any]] = {
    "a factor": lambda T, x, step: (x.sin() * (1.0 + step)).sum(),
    "an exponent": lambda T, x, step: ((x * x + 0.5) ** (1.5 + step)).sum(),
    "a factor of one": lambda T, x, step: (x.exp() * float(step)).sum() + (x * x).sum(),
    "a root that is zero": lambda T, x, step: ((x * 0.0 if step == 2 else x) ** 2).sum().sqrt() + (x**3).sum(),
    "a root of what is zero": lambda T, x, step: ((x - (x.detach() if step % 2 else 1.0)) ** 2).sum().sqrt() ** 2,
    "constants of an array": lambda T, x, step: (x * x * T.from_numpy(drawn(4, seed=step))).sum(),
    "one constant of an array": lambda T, x, step: (x.sin() * T.from_numpy(drawn(1, seed=step))).sum(),
    "the order of elements": lambda T, x, step: (x[[0, 1, 2, 3] if step % 2 else [3, 1, 0, 2]] * x).sin().sum(),
    "how many times": lambda T, x, step: sum((x.sin() * x for _ in range(step + 1)), start=x).sum(),
    "a corner": lambda T, x, step: (x.abs() * (x - x[step % 4]).abs() ** 1.5).sum(),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGING)
def test_what_changes_is_seen(passes: Watched, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Against the rules, as second derivatives at corners differ from PyTorch's; and PyTorch where there are none."""
    mine = steps(jtorch, CHANGING[name], 6)
    monkeypatch.setattr(again, "asked", lambda *_: None)
    state.eager.clear()
    for a, b in zip(mine, steps(jtorch, CHANGING[name], 6), strict=True):
        np.testing.assert_array_equal(a, b)
    if "root" not in name and "corner" not in name:
        for a, b in zip(mine, steps(torch, CHANGING[name], 6), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def test_leaves_that_stand_there_twice(passes: Watched) -> None:
    """A graph may have two copies of one leaf where it had those of two."""
    found = []
    for T in (torch, jtorch):
        for twice in (False, False, True, True):
            a, b = (T.full((3,), v, dtype=T.float64).requires_grad_() for v in (2.0, 3.0))
            y = a * a
            if twice:
                b = a
                with T.no_grad():
                    a += 1.0
            y = (y.detach() * 0 + y if not twice else y.detach() * b * b) * b
            if not twice:
                y = y.detach() * b * b + y
            (g,) = T.autograd.grad(y.sum(), b, create_graph=True)
            (h,) = T.autograd.grad((g * g).sum(), b)
            found.append(h.numpy().copy())
    for a, b in zip(found[:4], found[4:], strict=True):
        np.testing.assert_allclose(a, b)


def test_hooks_of_a_later_pass_are_called(passes: Watched) -> None:
    seen = []
    for step in range(4):
        x = jt.tensor([0.5, 1.5], requires_grad=True)
        y = x * x
        if step == 3:
            y.register_hook(lambda g: seen.append(1) or 2.0 * g)
        (g,) = jt.autograd.grad((y * x).sum(), x, create_graph=True)
        np.testing.assert_allclose(g.detach().numpy(), (5.0 if step == 3 else 3.0) * np.array([0.25, 2.25]))
    assert seen == [1] and passes.copied == 2


def test_a_freed_graph_is_refused_as_ever(passes: Watched) -> None:
    for free in (False, False, True):
        x = jt.tensor([0.5, 1.5], requires_grad=True)
        y = (x * x).sin()
        if free:
            y.sum().backward()
            with pytest.raises(RuntimeError, match="second time"):
                jt.autograd.grad(y, x, jt.ones_like(y), create_graph=True)
        else:
            jt.autograd.grad(y, x, jt.ones_like(y), create_graph=True)
    assert passes.copied == 1


def test_what_is_remembered_has_an_end(passes: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated, "BYTES", 1 << 13)
    for n in range(1, 40):
        x = jt.tensor(np.linspace(0.1, 0.9, n), requires_grad=True)
        (g,) = jt.autograd.grad((x.sin() * x).sum(), x, create_graph=True)
        g.sum().backward()
    assert 0 < repeated._held[0] <= 1 << 13
    assert repeated._held[0] == sum(k.nbytes for alike in repeated._known.values() for k in alike)


def test_a_tape_ends_where_what_is_left_cannot_be_differentiated(passes: Watched) -> None:
    """Recorded passes leave instructions that no later pass comes by: computed from what was freed, they keep no tape."""
    w = jt.tensor(drawn(20, 20), requires_grad=True)
    lengths = []
    for step in range(6):
        x = jt.tensor(drawn(50, 20, seed=step), requires_grad=True)
        y = (x @ w).tanh()
        (g,) = jt.autograd.grad(y, x, jt.ones_like(y), create_graph=True)
        (h,) = jt.autograd.grad(g[:, :1], x, jt.ones_like(g[:, :1]), create_graph=True)
        left = h[:, 1:] * 2.0  # nobody differentiates it, and from here on nobody can
        (h[:, :1] ** 2).mean().backward()
        lengths.append(len(state.eager))
        with pytest.raises(RuntimeError, match="second time"):
            left.sum().backward()
        state.eager.clear()
    assert lengths == [0] * 6


def test_what_can_be_differentiated_keeps_its_tape() -> None:
    """A sum of what was freed needs no values, and a pass may go through it a second time."""
    state.eager.clear()
    x = jt.tensor(drawn(100, 100), requires_grad=True)
    y = x + 1.0
    z = y + 2.0
    (y * 3.0).sum().backward()
    assert state.eager
    z.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), np.full((100, 100), 4.0))


def test_leaves_of_other_shapes_get_gradients_of_their_own():
    """Graphs that differ in the shape of a leaf alone, whose elements are the same in a row."""
    for shape in ((2, 2), (4,), (1, 4), (2, 2), (4, 1)) * 2:
        x = jt.tensor(np.arange(4.0).reshape(shape), requires_grad=True)
        (g,) = jt.autograd.grad((x * x).sum(), x, create_graph=True)
        assert g.shape == shape and g.tolist() == (2.0 * np.arange(4.0)).reshape(shape).tolist()
        (h,) = jt.autograd.grad((g * g).sum(), x)
        assert h.shape == shape
        del x, g, h
