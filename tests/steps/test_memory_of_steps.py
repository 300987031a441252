"""compile_step keeps parameters where its replay reads them, and leaves gradients where its sweep finds them: nobody who looks there may see, or make,
anything else than with a step from Python."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape import nn, optim
from jittape.replay.compiled import compile_path

STEPS = 9
SIZES = {"one native call": (6, 5, 8), "runs longer than a chunk": (40, 30, 64), "a plan": (260, 120, 64)}
"""Inputs, hidden units, rows of a batch."""


class Training:
    """A net and its step, compiled or not."""

    def __init__(self, size: tuple[int, int, int], compiled: bool, make: Callable[..., Any]) -> None:
        inputs, hidden, self.rows = size
        jt.manual_seed(3)
        self.net = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, 1))
        self.batches = np.random.default_rng(1).standard_normal((STEPS, self.rows, inputs))
        self.optimizer = make(self.net.parameters())
        self.step = jt.compile_step(self.whole)
        self.compiled = compiled

    def whole(self, x: Any) -> Any:
        self.optimizer.zero_grad()
        loss = (self.net(x) - x[:, :1]).pow(2).mean()
        loss.backward()
        self.optimizer.step()
        return loss

    def go(self, k: int, rows: int | None = None) -> float:
        x = jt.tensor(self.batches[k][:rows])
        return float((self.step if self.compiled else self.whole)(x).item())

    @property
    def weight(self) -> Any:
        return self.net[0].weight


def paths(step: Any) -> list[Any]:
    """The recorded paths of a step."""
    return [recorded.path for found in step._known.values() for recorded in found]


def numpy_before(t: Training) -> Iterator[None]:
    """An ndarray of a parameter that was taken before the first step shares its memory."""
    seen = t.weight.detach().numpy()
    for k in range(STEPS):
        yield
        assert np.array_equal(seen, t.weight.detach().numpy())
        seen[0, k % 3] += 0.1


def numpy_after(t: Training) -> Iterator[None]:
    """So does one that is taken between steps."""
    for k in range(STEPS):
        yield
        if k == 4:
            seen = t.weight.detach().numpy()
        if k >= 4:
            assert np.array_equal(seen, t.weight.detach().numpy())
            seen[0] *= 1.1


def detached_before(t: Training) -> Iterator[None]:
    """A detached tensor."""
    seen = t.weight.detach()
    for _ in range(STEPS):
        yield
        assert bool((seen == t.weight).all())
        seen[1] += 0.05


def detached_in_between(t: Training) -> Iterator[None]:
    """Detached tensors that come and go, one of which stays."""
    kept = None
    for k in range(STEPS):
        yield
        t.weight.detach()[0] -= 0.01
        kept = t.weight.data if k == 3 else kept
        assert kept is None or bool((kept == t.weight).all())


def changed_in_place(t: Training) -> Iterator[None]:
    """Parameters are changed in place."""
    for k in range(STEPS):
        yield
        with jt.no_grad():
            t.weight.mul_(0.9)
            t.net[2].bias[0] = float(k)


def other_data(t: Training) -> Iterator[None]:
    """Parameters get other memory, and the first one back."""
    first = t.weight.data
    for k in range(STEPS):
        yield
        t.weight.data = jt.tensor(np.full(tuple(t.weight.shape), 0.1 * k)) if k % 3 else first


def transposed(t: Training) -> Iterator[None]:
    """A parameter whose memory is that of a transposed matrix stays so."""
    t.weight.data = jt.tensor(np.ascontiguousarray(t.weight.detach().numpy().T)).t()
    strides = t.weight.stride()
    for _ in range(STEPS):
        yield
        assert t.weight.stride() == strides


def loaded(t: Training) -> Iterator[None]:
    """States are taken, held and loaded again."""
    held = None
    for k in range(STEPS):
        yield
        if k == 2:
            held = {name: value.clone() for name, value in t.net.state_dict().items()}
        if k == 5:
            t.net.load_state_dict(held)


def gradients(t: Training) -> Iterator[None]:
    """Gradients are changed, added to, taken away; the next step is none the wiser."""
    for k in range(STEPS):
        yield
        if k % 3 == 0:
            t.weight.grad.mul_(100.0)
        elif k % 3 == 1:
            t.net(jt.tensor(t.batches[k])).sum().backward()
        else:
            t.net[2].weight.grad = None


def eager_in_between(t: Training) -> Iterator[None]:
    """A step from Python comes in between, and a graph that was built before steps is used after them."""
    for k in range(STEPS):
        out = t.net(jt.tensor(t.batches[0])).sum() if k < STEPS - 1 else None
        yield
        if out is not None:
            before = [p.grad for p in t.net.parameters()]
            for p in t.net.parameters():
                p.grad = None
            out.backward()
            for p, g in zip(t.net.parameters(), before, strict=True):
                p.grad = g
        if k == 5:
            t.whole(jt.tensor(t.batches[1]))


def cleared(t: Training) -> Iterator[None]:
    """Memory that is kept is given back, and other tapes take theirs."""
    for _ in range(STEPS):
        yield
        jt.clear_memory()
        gc.collect()
        jt.grad(lambda x: np.sum(x * x))(np.ones(3000))


def stopped(t: Training) -> Iterator[None]:
    """A hook of the optimiser raises in the middle of a step."""
    for k in range(STEPS):
        yield
        if k == 4:

            def stop(*args: Any) -> None:
                raise KeyError("stop")

            handle = t.optimizer.register_step_pre_hook(stop)
            with pytest.raises(KeyError):
                t.go(k)
            handle.remove()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [lambda ps: optim.SGD(ps, lr=0.1), lambda ps: optim.Adam(ps, lr=0.02)], ids=["SGD", "Adam"])
@pytest.mark.parametrize(
    "meddling",
    [numpy_before, numpy_after, detached_before, detached_in_between, changed_in_place, other_data, transposed, loaded, gradients, eager_in_between, cleared, stopped],
)
def test_who_looks_at_parameters_and_gradients_sees_what_a_step_from_python_does(meddling: Any, make: Any, size: str) -> None:
    results = []
    for compiled in (True, False):
        t = Training(SIZES[size], compiled, make)
        losses, kept = [], []
        for k, _ in enumerate(meddling(t)):
            losses.append(t.go(k))
            kept.append([(p.detach().clone(), p.grad.clone()) for p in t.net.parameters()])
        if compiled:
            assert t.step.why is None and t.step.recordings
            assert all(path.planned == (size == "a plan") for path in paths(t.step))
        results.append((losses, kept))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-11)
    for mine, other in zip(results[0][1], results[1][1], strict=True):
        for (p, g), (q, h) in zip(mine, other, strict=True):
            np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-9, atol=1e-13)
            np.testing.assert_allclose(g.numpy(), h.numpy(), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("size", SIZES)
def test_recordings_of_two_shapes_share_the_parameters(size: str) -> None:
    results = []
    for compiled in (True, False):
        t = Training(SIZES[size], compiled, lambda ps: optim.Adam(ps, lr=0.02))
        results.append([t.go(k, None if k % 3 else t.rows // 2) for k in range(STEPS)])
        if compiled:
            assert t.step.why is None and t.step.recordings == 2
    assert results[0] == pytest.approx(results[1], rel=1e-11)


@pytest.mark.parametrize("size", SIZES)
def test_parameters_outlive_their_step(size: str) -> None:
    t = Training(SIZES[size], True, lambda ps: optim.SGD(ps, lr=0.1))
    for k in range(STEPS):
        t.go(k)
    model, expected = t.net, [p.detach().clone().numpy() for p in t.net.parameters()]
    gradients = [p.grad.clone().numpy() for p in t.net.parameters()]
    del t
    gc.collect()
    jt.clear_memory()
    for n in (700, 3000, 300_000):
        jt.grad(lambda x: np.sum(np.sin(x) * x))(np.full(n, 7.0))
    for p, value, g in zip(model.parameters(), expected, gradients, strict=True):
        assert np.array_equal(p.detach().numpy(), value) and np.array_equal(p.grad.numpy(), g)


@pytest.mark.parametrize("size", SIZES)
def test_steps_whose_loops_are_compiled_go_on_as_before(size: str) -> None:
    results = []
    for compiled in (True, False):
        t = Training(SIZES[size], compiled, lambda ps: optim.Adam(ps, lr=0.02))
        losses = [t.go(k) for k in range(4)]
        if compiled:
            (path,) = paths(t.step)
            compile_path(path)
        results.append(losses + [t.go(k) for k in range(STEPS)])
    assert results[0] == pytest.approx(results[1], rel=1e-11)
