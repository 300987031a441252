"""A tape that follows its last recording holds what it would hold otherwise: each program is run with scripts and without, number by number.

Programs are steps that repeat, with something else now and then: what a script says must not be believed then.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from os import path
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.state import state
from jittape.eager import following, lending, threads
from jittape.errors import FreedGraphError
from jittape.nn import functional as F

STEPS = 12
HERE = path.dirname(jt.__file__)
EVERY = 9
"""From how many points in a step one is tried."""
Program = Callable[[int], list[Any]]


@pytest.fixture(autouse=True, params=[lending.LEAST, 1], ids=["copied", "lent"])
def tapes_that_end_at_once(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    monkeypatch.setattr(lending, "LEAST", request.param)
    monkeypatch.setattr(threads, "CUT_COUNT", 1)
    monkeypatch.setattr(threads, "CUT_SLOTS", 1)
    forget()
    yield
    forget()


def forget() -> None:
    state.eager.clear()
    state.followed = None
    threads._spare.tapes.clear()


def numbers(found: Any) -> Any:
    """What a step gave, as arrays: tensors are read when all steps are over."""
    return [None if x is None else np.array(x.detach().values() if isinstance(x, jt.Tensor) else x) for x in found]


def both(make: Callable[[], Program], steps: int = STEPS) -> tuple[int, int]:
    """Runs a program's steps on tapes that follow and on tapes that do not. Returns how many operations and passes were taken from scripts."""
    taken = [0, 0]
    take, plan_of = following.Following.take, following.Following.plan_of

    def counted(self: Any, key: Any, operands: Any) -> Any:
        new = take(self, key, operands)
        taken[0] += new is not None
        return new

    def planned(self: Any, slot: int) -> Any:
        plan = plan_of(self, slot)
        taken[1] += plan is not None
        return plan

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following.Following, "take", counted)
        patch.setattr(following.Following, "plan_of", planned)
        step = make()
        mine = [numbers(out) for out in [step(k) for k in range(steps)]]
    forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "begin", lambda tape: (tape.forget(), tape.begin()))
        step = make()
        plain = [numbers(out) for out in [step(k) for k in range(steps)]]
    for k, (a, b) in enumerate(zip(mine, plain, strict=True)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert (x is None) == (y is None), k
            if x is not None:
                np.testing.assert_array_equal(x, y, err_msg=f"step {k}")
    return taken[0], taken[1]


class Net:
    """Two layers, a batch that is another one each step, and a step of gradient descent."""

    def __init__(self, seed: int = 0, sizes: tuple[int, ...] = (4, 7, 2)) -> None:
        self.rng = np.random.default_rng(seed)
        self.parameters = [self.leaf(n, m) if k == 0 else self.leaf(n) for m, n in zip(sizes, sizes[1:], strict=False) for k in (0, 1)]
        self.sizes = sizes

    def leaf(self, *shape: int) -> jt.Tensor:
        return jt.tensor(self.rng.normal(size=shape), requires_grad=True)

    def batch(self, n: int = 5) -> tuple[jt.Tensor, jt.Tensor]:
        return jt.tensor(self.rng.normal(size=(n, self.sizes[0]))), jt.tensor(self.rng.normal(size=(n, self.sizes[-1])))

    def __call__(self, x: Any, hidden: Callable[[Any], Any] = jt.tanh) -> Any:
        for k in range(0, len(self.parameters), 2):
            x = F.linear(x, *self.parameters[k : k + 2])
            if k + 2 < len(self.parameters):
                x = hidden(x)
        return x

    def step(self) -> list[Any]:
        """Move, and forget the gradients, which are returned."""
        grads = [p.grad for p in self.parameters]
        with jt.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p -= 0.1 * p.grad
                p.grad = None
        return grads


def simple() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def test_steps_that_repeat_are_followed() -> None:
    taken, passes = both(simple)
    assert taken > 2 * STEPS and passes > STEPS // 2


def held_losses() -> Program:
    net, held = Net(), []

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        h = net(x)
        loss = F.mse_loss(h, y)
        loss.backward()
        held.append((h, loss))
        return [h, loss, *net.step()]  # looked at when all is over

    return step


def one_held_in_between() -> Program:
    net, held = Net(), [None]

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        h = net(x)
        loss = F.mse_loss(h, y)
        loss.backward()
        before, held[0] = held[0], (h if k % 3 else None)
        return [None if before is None else before.detach().clone(), loss.item(), *net.step()]

    return step


def other_shapes() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch(3 if k % 4 == 3 else 5)
        loss = F.mse_loss(net(x), y)
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def other_numbers() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        factor = (2.0, 2, 10.0, -0.0, 0.0, 1.0)[k // 2 % 6]
        first, second = (3.0, 7.0) if k % 4 < 2 else (7.0, 3.0)
        loss = (factor * (net(x) - y) ** 2 + factor).mean() * (5 * 2.0) / (k // 3 + 1)
        loss = loss + (net(x) * first + y * second - net(x) * 7.0).square().mean()
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def requires_grad_or_not() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        net.parameters[0].requires_grad_(k % 5 != 4)
        x.requires_grad_(k % 3 == 2)
        loss = F.mse_loss(net(x), y)
        loss.backward()
        return [loss.item(), x.grad, *net.step()]

    return step


def changed_in_place_in_between() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        w = net.parameters[0]
        a = net(x)
        if k % 2:
            with jt.no_grad():
                w *= 0.5
        if k % 3 == 1:
            x += 1.0
        loss = F.mse_loss(a + net(x), y)
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def recorded_changed_in_place() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        h = F.linear(x, *net.parameters[:2])
        if k % 3 == 0:
            h[0] = 1.0
        elif k % 3 == 1:
            h.relu_()
        view = h[1:]
        if k % 4 == 3:
            view *= 2.0
        loss = F.mse_loss(F.linear(jt.tanh(h), *net.parameters[2:]), y) + view.sum()
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def hooks_that_come_and_go() -> Program:
    net, log = Net(), []

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        seen = []
        h = jt.tanh(F.linear(x, *net.parameters[:2]))
        if k % 3 == 2:
            h.register_hook(lambda g: seen.append(g) or 2 * g)
        handle = net.parameters[0].register_hook(lambda g: -g) if k % 4 == 3 else None
        if k % 5 == 4:
            h.retain_grad()
        loss = F.mse_loss(F.linear(h, *net.parameters[2:]), y)
        loss.backward()
        if handle is not None:
            handle.remove()
        log.append(seen)
        return [loss.item(), h.grad if k % 5 == 4 else None, *seen, *net.step()]

    return step


def errors_in_the_middle() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        try:
            h = F.linear(x, *net.parameters[:2])
            if k % 3 == 1:
                raise KeyError
            if k % 3 == 2:
                F.linear(h, *net.parameters[:2])  # of other shapes
        except (KeyError, ValueError):
            pass
        loss = F.mse_loss(net(x), y)
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def a_hook_that_raises() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()

        def fail(g: Any) -> None:
            if k % 4 == 2:
                raise ArithmeticError

        handle = net.parameters[2].register_hook(fail)
        loss = F.mse_loss(net(x), y)
        try:
            loss.backward()
        except ArithmeticError:
            for p in net.parameters:
                p.grad = None
            loss = F.mse_loss(net(x), y)
            handle.remove()
            loss.backward()
        handle.remove()
        return [loss.item(), *net.step()]

    return step


def two_nets_in_turns() -> Program:
    nets = [Net(1), Net(2, (4, 3, 2))]

    def step(k: int) -> list[Any]:
        found = []
        for net in nets if k % 5 else nets[::-1]:
            x, y = net.batch()
            loss = F.mse_loss(net(x), y)
            loss.backward()
            found += [loss.item(), *net.step()]
        return found

    return step


def the_same_leaf_twice() -> Program:
    rng = np.random.default_rng(4)
    a, b = (jt.tensor(rng.normal(size=(3, 3)), requires_grad=True) for _ in range(2))

    def step(k: int) -> list[Any]:
        u, v = ((a, b), (a, a), (b, a), (b, b))[k // 2 % 4]
        loss = ((u * v) @ v + u).sigmoid().sum()
        loss.backward()
        found = [loss.item(), a.grad, b.grad]
        a.grad = b.grad = None
        return found

    return step


def accumulation() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        found = []
        for _ in range(1 + k % 3):
            x, y = net.batch()
            loss = F.mse_loss(net(x), y)
            loss.backward()
            found.append(loss.item())
        return [*found, *net.step()]

    return step


def second_derivatives() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        x.requires_grad_()
        out = net(x)
        loss = F.mse_loss(out, y)
        if k % 2:
            (g,) = jt.autograd.grad(out.sum(), x, create_graph=True)
            loss = loss + (g**2).mean()
        loss.backward()
        return [loss.item(), x.grad, *net.step()]

    return step


def passes_that_keep_the_graph() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        loss = F.mse_loss(net(x), y)
        if k % 3 == 1:
            loss.backward(retain_graph=True)
        loss.backward()
        with pytest.raises(FreedGraphError):
            loss.backward()
        return [loss.item(), *net.step()]

    return step


def no_grad_in_between() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        h = F.linear(x, *net.parameters[:2])
        with jt.no_grad():
            seen = net(x) if k % 2 else jt.tanh(h)
        loss = F.mse_loss(F.linear(jt.tanh(h), *net.parameters[2:]), y)
        loss.backward()
        return [loss.item(), seen, *net.step()]

    return step


def values_read_in_between() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        h = F.linear(x, *net.parameters[:2])
        scale = float(h.detach().values().max()) if k % 2 else 1.0
        out = F.linear(jt.tanh(h / scale), *net.parameters[2:])
        loss = F.mse_loss(out, y)
        if loss.item() > 1.0:
            loss = loss.log()
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def middle_tensors_that_die() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        h = F.linear(x, *net.parameters[:2])
        unused = [(h * n).sum() for n in range(k % 4)]
        out = F.linear(jt.tanh(h), *net.parameters[2:])
        del h, unused
        if k % 8 == 7:
            gc.collect()
        loss = F.mse_loss(out, y)
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def graphs_that_are_left() -> Program:
    net, left = Net(), []

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        loss = F.mse_loss(net(x), y)
        if k % 4 == 1:
            left.append(loss)  # no pass comes by
            return [loss.item()]
        if k % 4 == 3 and left:
            loss = loss + left.pop()
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def layouts() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch(4)
        if k % 3 == 2:
            x = x.T
        loss = F.mse_loss(net(x), y) if k % 2 else ((net(x).T - y.T) ** 2).mean()
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def gathered() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        rows = jt.tensor(np.array([0, 2, 4]) if k % 3 else np.array([1, 1, 3]))
        loss = F.cross_entropy(net(x)[rows], jt.tensor(np.array([0, 1, k % 2])))
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def gathered_of_several() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        parts = [jt.tanh(F.linear(x, *net.parameters[:2])), jt.sin(F.linear(x, *net.parameters[:2])), F.linear(x, *net.parameters[:2]).relu()]
        flat = jt.cat(parts)
        rows = np.array([[0, 1, 2, 3], [0, 5, 6, 1], [10, 11, 12, 3], [6, 7, 6, 9], [0, 4, 2, 1]][k % 5])
        chosen = flat[rows]
        loss = (F.linear(chosen, *net.parameters[2:]) ** 2).sum() + (flat[rows[:2], rows[2:] % 7] * 3.0).sum()
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def classes_that_differ() -> Program:
    net = Net(0, (4, 6, 3))

    def step(k: int) -> list[Any]:
        x, _ = net.batch(6)
        classes = net.rng.integers(0, 3, 6)
        loss = F.cross_entropy(net(x), jt.tensor(classes), ignore_index=1 if k % 6 == 5 else -100)
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def arrays_and_axes() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        factors = net.rng.normal(size=(5, 2) if k % 4 else (2, 5)).reshape(5, 2, order="F" if k % 3 == 2 else "C")
        h = net(x) * factors + net.rng.normal(size=2)
        loss = (h.sum(k % 2, keepdim=k % 3 == 1) ** 2).mean() + h.mean(-1).exp().sum() + h.softmax(1).var()
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def left_while_operands_are_found() -> Program:
    """The script is left at a constant, which stands in the call that appends what it is for."""
    v = jt.tensor([1.01], requires_grad=True)

    def step(k: int) -> list[Any]:
        v.grad = None
        loss = v.mean() if k % 3 else v.sum()
        if k % 4 == 3:
            loss = loss.sin()
        loss.backward()
        return [loss.item(), v.grad]

    return step


def exposed_memory() -> Program:
    net = Net()
    memory = net.parameters[1].detach().numpy()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        a = net(x)
        if k % 2:
            memory[0] += 1.0  # seen by nobody
        loss = F.mse_loss(a * net(x), y)
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def exposed_results_and_views_of_leaves() -> Program:
    net = Net()

    def step(k: int) -> list[Any]:
        x, y = net.batch()
        w, b = net.parameters[:2]
        h = F.linear(x, w, b)
        if k % 4 == 3:
            memory = h.detach().numpy()
            memory *= 2.0
        rows = w[1:3] if k % 3 else w[2:4]
        if k % 6 == 4:
            with jt.no_grad():
                w[2] = 1.0
        loss = F.mse_loss(F.linear(jt.tanh(h), *net.parameters[2:]), y) + (rows * rows).sum()
        loss.backward()
        return [loss.item(), *net.step()]

    return step


def bare_tensors() -> Program:
    rng = np.random.default_rng(3)
    w, b = jt.tensor(rng.normal(size=(4, 1)), requires_grad=True), jt.tensor(0.1, requires_grad=True)

    def step(k: int) -> list[Any]:
        x, y = jt.tensor(rng.normal(size=(6, 4))), jt.tensor(rng.uniform(size=(6, 1)))
        p = (x @ w + b).sigmoid()
        loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean() + 1e-3 * w.square().sum()
        loss.backward()
        with jt.no_grad():
            found = [loss.item(), w.grad, b.grad]
            w.sub_(0.1 * w.grad), b.sub_(0.1 * b.grad)
            w.grad = b.grad = None
        return found

    return step


PROGRAMS = (held_losses, one_held_in_between, other_shapes, other_numbers, requires_grad_or_not, changed_in_place_in_between, recorded_changed_in_place,
    hooks_that_come_and_go, errors_in_the_middle, a_hook_that_raises, two_nets_in_turns, the_same_leaf_twice, accumulation, second_derivatives,
    passes_that_keep_the_graph, no_grad_in_between, values_read_in_between, middle_tensors_that_die, graphs_that_are_left, layouts, gathered, gathered_of_several, classes_that_differ, arrays_and_axes, left_while_operands_are_found,
    exposed_memory, exposed_results_and_views_of_leaves, bare_tensors)  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
@pytest.mark.parametrize("cut", [1, 40])
def test_steps_that_do_not_repeat_are_as_without_scripts(program: Callable[[], Program], cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "CUT_COUNT", cut)  # several steps on a tape
    monkeypatch.setattr(threads, "CUT_SLOTS", 1 << 20 if cut > 1 else 1)
    both(program, 40)


def test_lists_of_slots_are_written_over() -> None:
    """Classes of samples are others in each step, and the step is followed all the same."""

    def make() -> Program:
        net = Net(0, (4, 6, 3))

        def step(k: int) -> list[Any]:
            x, _ = net.batch(6)
            loss = F.cross_entropy(net(x), jt.tensor(net.rng.integers(0, 3, 6)))
            loss.backward()
            return [loss.item(), *net.step()]

        return step

    taken, passes = both(make)
    assert taken > 5 * (STEPS - 3) and passes >= STEPS - 4


def test_steps_in_threads_are_those_of_one() -> None:
    found: dict[int, Any] = {}

    def work(n: int) -> None:
        step = simple()
        found[n] = [numbers(step(k)) for k in range(STEPS)]

    work(0)
    workers = [threading.Thread(target=work, args=(n,)) for n in (1, 2)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    for n in (1, 2):
        for a, b in zip(found[0], found[n], strict=True):
            for x, y in zip(a, b, strict=True):
                np.testing.assert_array_equal(x, y)


def test_a_tape_that_does_not_repeat_has_no_script_for_a_while() -> None:
    rng = np.random.default_rng(0)
    x = jt.tensor(rng.normal(size=9), requires_grad=True)
    for k in range(2 * following.FAILURES + 8):
        y = x * (2.0 + k)
        for _ in range(int(rng.integers(1, 9))):
            y = (jt.sin, jt.cos, jt.tanh, jt.exp)[int(rng.integers(4))](y)
        y.sum().backward()
    tapes = threads._spare.tapes
    assert tapes and any(t.script is not None and t.script.rest for t in tapes)


def test_a_tape_that_was_refused_memory_is_cleared_before_it_goes_on() -> None:
    step = simple()
    for k in range(6):
        step(k)
    x = jt.tensor([0.5, 0.7], requires_grad=True)
    left = (x * 3.0).sum()  # begins a tape, which does not end
    tape = state.eager[np.dtype(np.float64)]
    with pytest.raises(jt.TapeLimitError):
        raise tape.refusal("no room")
    (x * x).sum().backward()
    assert tape.ceiling and x.grad.tolist() == [1.0, 1.4]
    assert left.item() == pytest.approx(3.6)


def test_a_followed_tape_that_was_refused_memory_takes_nothing_over() -> None:
    x = jt.tensor([0.5, 0.7], requires_grad=True)
    for _ in range(6):
        y = x * x
        y.sum().backward()
        del y
    y = x * x
    tape = y.tape
    assert type(tape) is following.Following and tape.script.at < len(tape.script.events)
    with pytest.raises(jt.TapeLimitError):
        raise tape.refusal("no room")
    assert tape.take("sum", (y,)) is None  # it would be the next of the script
    y.sum().backward()
    assert tape.ceiling


def test_scalar_programs_have_no_script() -> None:
    x = jt.tensor(0.3, requires_grad=True)
    for _ in range(6):
        y = x
        for _ in range(2 * following.SCALARS):
            y = y * 1.01
        y.backward()
    assert all(type(t).__name__ == "EagerTape" for t in threads._spare.tapes)
    assert x.grad.item() == pytest.approx(6 * 1.01 ** (2 * following.SCALARS))


def another() -> list[float]:
    """What a signal handler does in the middle of a step."""
    with jt.enable_grad():
        u = jt.tensor([[0.5, 0.7], [0.2, 0.9]], requires_grad=True)
        v = jt.tensor([0.3, 0.1], requires_grad=True)
        (F.mse_loss(jt.tanh(F.linear(u, u, v)), u) * 2.0).backward()
    return [*u.grad.reshape(-1).tolist(), *v.grad.tolist()]


def interrupted(at: int) -> tuple[list[Any], list[float] | None]:
    """The numbers of some steps, at one point of which a handler comes, and what the handler finds; None where there is no such point."""
    forget()
    step, passed, found = bare_tensors() if at % 2 else simple(), 0, []

    def profile(frame: Any, event: str, _: Any) -> None:
        nonlocal passed
        if event in ("call", "c_return") and frame.f_code.co_filename.startswith(HERE):
            passed += 1
            if passed == at // 2:
                sys.setprofile(None)
                found.append(another())

    out = [numbers(step(k)) for k in range(6)]
    sys.setprofile(profile)
    try:
        out += [numbers(step(k)) for k in range(6, 8)]
    finally:
        sys.setprofile(None)
    out += [numbers(step(k)) for k in range(8, 10)]
    return out, found[0] if found else None


def test_a_handler_in_the_middle_of_a_followed_step() -> None:
    due = another()
    forget()
    want = [[numbers(step(k)) for k in range(10)] for step in (simple(), bare_tensors())]
    for first in (0, 1):
        at, more = 2 + first, True
        while more:
            out, found = interrupted(at)
            more = found is not None
            for k, (a, b) in enumerate(zip(out, want[first], strict=True)):
                for x, y in zip(a, b, strict=True):
                    np.testing.assert_allclose(x, y, rtol=1e-12, err_msg=f"point {at}, step {k}")
            assert found is None or found == pytest.approx(due, rel=1e-13), at
            at += 2 * EVERY
