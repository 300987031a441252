"""Tensors where numbers are expected, integers, results in `out=`: values as in PyTorch, derivatives kept or refused."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp
from jittape.errors import DerivativeLostError

torch = pytest.importorskip("torch")


def test_a_tensor_fills_and_its_derivative_stays() -> None:
    w = jt.tensor(2.0, requires_grad=True)
    a = jt.full((2, 3), w) * 2.0 + jt.full_like(jt.ones(3), w)
    assert a.tolist() == [[6.0] * 3] * 2
    (a.sum() + jt.full((), w) + jt.linspace(w, 5.0, 3).sum() + jt.linspace(0.0, w, 3).sum() + jt.ones(2).fill_(w).sum()).backward()
    assert w.grad.item() == 12 + 6 + 1 + 1.5 + 1.5 + 2
    assert jt.linspace(w, 5.0, 3).tolist() == [2.0, 3.5, 5.0]
    x = jt.tensor([1, 2, 5]).clamp(max=w)
    assert x.requires_grad and x.tolist() == [1.0, 2.0, 2.0]


@pytest.mark.parametrize("f", [
    lambda x: jnp.array([[x[0], 1.0], [0.0, x[1]]]), jnp.array, jnp.copy, jnp.asarray, lambda x: jnp.asarray([x[1], 2.0]), jnp.ascontiguousarray, jnp.diag,
    lambda x: jnp.sum([x[0], 2.0, x[1]]), lambda x: jnp.full(3, x[0]), lambda x: jnp.fromiter((x[0], x[1]), float), lambda x: jnp.r_[x, 1.0], lambda x: jnp.c_[x, x],
    lambda x: jnp.ones_like(x) * x,
])  # fmt: skip
def test_numpys_names_keep_the_derivative_of_tensors_and_of_lists_of_them(f: Any) -> None:
    x = jt.tensor([0.3, 0.7], requires_grad=True)
    y = f(x)
    np.testing.assert_array_equal(y.detach().numpy(), f(np.array([0.3, 0.7])))
    (y**2).sum().backward()
    assert x.grad.tolist() == jt.grad(lambda x: jnp.sum(f(x) ** 2))(np.array([0.3, 0.7])).tolist()


@pytest.mark.parametrize("make", [lambda w: jt.arange(w), lambda w: jt.arange(0.0, w, 0.5), lambda w: jt.linspace(0.0, 1.0, w)])
def test_a_derivative_that_would_be_lost_is_refused(make: Any) -> None:
    w = jt.tensor(2.0, requires_grad=True)
    with pytest.raises(DerivativeLostError, match="item"):
        make(w)
    with pytest.raises(ValueError, match="one element"):
        jt.full((2,), jt.ones(2, requires_grad=True))
    assert jt.arange(jt.tensor(3)).tolist() == [0, 1, 2]
    with pytest.warns(UserWarning, match="clone"):
        assert jt.tensor(w).tolist() == 2.0
    with pytest.warns(UserWarning, match="stack"):
        assert jt.tensor([w, 1.0]).tolist() == [2.0, 1.0]


@pytest.mark.parametrize("name", ["floor", "ceil", "round", "trunc", "fix", "abs", "neg", "sign", "square", "relu"])
def test_whole_numbers_stay_whole(name: str) -> None:
    mine, theirs = getattr(jt.tensor([1, -2]), name)(), getattr(torch.tensor([1, -2]), name)()
    assert mine.dtype == jt.int64 and mine.tolist() == theirs.tolist()


def test_memory_of_integers_is_no_memory_of_a_leaf() -> None:
    for t in (torch, jt):
        x = t.tensor([1.0, 2.0], requires_grad=True)
        with pytest.raises(RuntimeError, match="must be floating point"):
            x.data = t.tensor([1, 2])
        y = t.tensor([1.0, 2.0])
        y.data = t.tensor([3, 4])
        assert y.tolist() == [3, 4]


def test_zeros_of_unused_inputs_can_be_differentiated() -> None:
    for t in (torch, jt):
        x, y = t.tensor(2.0, requires_grad=True), t.tensor(3.0, requires_grad=True)
        g, h = t.autograd.grad(x**3, [x, y], create_graph=True, materialize_grads=True)
        assert h.requires_grad and h.item() == 0.0
        assert t.autograd.grad(g + h, [x, y], materialize_grads=True)[0].item() == 12.0
        assert not t.autograd.grad(x**3, [x, y], materialize_grads=True)[1].requires_grad


def test_no_grad_holds_inside_of_generators() -> None:
    for t in (torch, jt):
        x = t.tensor(2.0, requires_grad=True)

        @t.no_grad()
        def modes(x: Any = x, t: Any = t) -> Any:
            got = yield (x * 2.0).requires_grad
            try:
                yield (got, t.is_grad_enabled())
            except KeyError:
                yield t.is_grad_enabled()
            return "end"

        g = modes()
        found = [next(g), t.is_grad_enabled(), g.send(5), t.is_grad_enabled(), g.throw(KeyError()), t.is_grad_enabled()]
        assert found == [False, True, (5, False), True, False, True]
        with pytest.raises(StopIteration) as end:
            next(g)
        assert end.value.value == "end"


def test_no_grad_holds_inside_of_coroutines_and_not_between() -> None:
    seen = []

    @jt.no_grad()
    async def quiet() -> int:
        seen.append(jt.is_grad_enabled())
        await asyncio.sleep(0)
        seen.append(jt.is_grad_enabled())
        return 3

    async def loud() -> None:
        seen.append(jt.is_grad_enabled())

    async def both() -> Any:
        return await asyncio.gather(quiet(), loud())

    assert asyncio.run(both())[0] == 3
    assert seen == [False, True, False] and jt.is_grad_enabled()


def test_parts_of_a_module_are_listed_once() -> None:
    part = jt.nn.Linear(2, 2)
    net = jt.nn.Sequential(part, jt.nn.ReLU(), part)
    assert [name for name, _ in net.named_children()] == ["0", "1"] and len(list(net.children())) == 2


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_ignored_targets(reduction: str) -> None:
    logits, target = [[0.1, 0.7, -0.2], [0.3, -0.4, 0.5], [1.0, 0.2, 0.1]], [2, -100, 0]
    results = []
    for t, F in ((torch, torch.nn.functional), (jt, jt.nn.functional)):
        for ignored in (-100, 0):
            x = t.tensor(logits, dtype=t.float64, requires_grad=True)
            loss = F.cross_entropy(x, t.tensor([2, ignored, 0]), ignore_index=ignored, reduction=reduction)
            loss.sum().backward()
            results += [loss.detach().numpy(), x.grad.numpy()]
    for theirs, mine in zip(results[:4], results[4:], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    with pytest.raises(IndexError, match="Target -1 is out of bounds"):
        jt.nn.functional.cross_entropy(jt.tensor(logits), jt.tensor([0, -1, 1]))
    assert jt.nn.CrossEntropyLoss(ignore_index=2)(jt.tensor(logits), jt.tensor(target[:1] + [1, 0])).item() > 0


def test_several_results_in_out() -> None:
    def f(x: Any) -> Any:
        a, b, c, d = jnp.zeros(2), jnp.zeros(2), jnp.zeros(2), jnp.zeros(2)
        np.divmod(x, 2.0, out=(a, b))
        np.modf(x, out=(c, d))
        q, r = np.divmod(x, 1.5, out=(None, d))
        assert r is d
        return (b * b).sum() + 3.0 * c.sum() + a.sum() + q.sum() + (d * d * d).sum()

    x = np.array([3.3, 4.6])
    plain = lambda x: (np.mod(x, 2) ** 2).sum() + 3 * np.modf(x)[0].sum() + (x // 2).sum() + (x // 1.5).sum() + (np.mod(x, 1.5) ** 3).sum()  # noqa: E731
    value, gradient = jt.value_and_grad(f)(x)
    assert value == pytest.approx(plain(x), rel=1e-14)
    np.testing.assert_allclose(gradient, 2 * np.mod(x, 2) + 3 + 3 * np.mod(x, 1.5) ** 2, rtol=1e-13)


def test_loops_of_recorded_passes_hold_their_memory_and_their_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step costs does not grow: neither slots of the tape nor the instructions that a pass looks at."""
    from jittape.array.state import state
    from jittape.eager import tape_pass
    from jittape.eager.recorded_sweep import RecordedSweep

    monkeypatch.setattr(tape_pass, "GRAPH_COUNT", 300)
    gc.unfreeze()  # compaction asks the collector
    state.eager.clear()
    looked: list[int] = []
    run = RecordedSweep.run_instruction
    monkeypatch.setattr(RecordedSweep, "run_instruction", lambda *args: (looked.append(1), run(*args))[1])
    x = jt.tensor(np.ones(10), requires_grad=True)
    counts, steps = [], []
    for _ in range(120):
        looked.clear()
        (g,) = jt.autograd.grad(((x * 2.0 - 1.0).tanh() ** 2).sum(), x, create_graph=True)
        (g * g).sum().backward()
        x.grad = None
        counts.append(g.tape.count)
        steps.append(len(looked))
    assert max(counts) < 400
    assert max(steps) == steps[0]  # and none, where a pass is copied


def test_elements_beside_constants_that_the_tape_knows() -> None:
    x = [-1.9, -0.97, -0.7, 1.3]
    for _ in range(3):
        v = jt.tensor(x, requires_grad=True)
        h = v * 1.0
        for e in (v[3], h[3], h.sum()):
            value = e.item()
            for w in (np.stack([0.5, 0.5, e]), np.stack([e, 0.5, 0.25]), np.where([False, True], e, 0.5)[[0, 1, 1]]):
                np.testing.assert_allclose(sorted(set(w.tolist())), sorted({0.5, value} | ({0.25} if w[2].item() == 0.25 else set())))
            alone = np.where([False, False], e, 0.5)
            h[3] = 7.0
            assert alone.tolist() == [0.5, 0.5]
        np.sum(np.stack([0.5, v[0]])).backward()
        assert v.grad.tolist() == [1.0, 0.0, 0.0, 0.0]
