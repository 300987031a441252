"""Hooks beside PyTorch: they belong to the graph, and are called once with a whole gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.state import state
from jittape.eager.compact import compact

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def fresh(torch_in_float64: None) -> None:
    state.eager.clear()


def of_a_dead_tensor(t: Any, x: Any, seen: list[Any]) -> Any:
    def middle() -> Any:
        h = x * 2.0
        h.register_hook(lambda g: g * 10.0)
        return (h * h).sum()

    return middle()


def before_a_change_in_place(t: Any, x: Any, seen: list[Any]) -> Any:
    h = x * 3.0
    handle = h.register_hook(lambda g: g * 0.0)
    h.register_hook(lambda g: seen.append(g.tolist()))
    h += x
    h.register_hook(lambda g: g + 1.0)
    h[0] = x[1]
    h.register_hook(lambda g: seen.append(g.tolist()))
    handle.remove()
    return (h * h).sum()


def kept_through_a_change_in_place(t: Any, x: Any, seen: list[Any]) -> Any:
    h = x.sin()
    h.retain_grad()
    h.register_hook(lambda g: g * 0.0)
    h.mul_(x)
    seen.append(h)
    return h.sum()


def of_a_leaf_that_was_changed(t: Any, x: Any, seen: list[Any]) -> Any:
    x.register_hook(lambda g: g.clamp(-1.5, 1.5))
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
    a = x * 2.0
    with t.no_grad():
        x.mul_(2.0)
    return (a * t.tensor([0.25, 1.0]) + x * x).sum()


def of_a_leaf_in_two_dtypes(t: Any, x: Any, seen: list[Any]) -> Any:
    x.register_hook(lambda g: g.clamp(-1.5, 1.5))
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
    return (x.to(t.float32) * 2.0).sum() + x.sum()


PROGRAMS: list[Callable[..., Any]] = [of_a_dead_tensor, before_a_change_in_place, kept_through_a_change_in_place, of_a_leaf_that_was_changed, of_a_leaf_in_two_dtypes]


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_hooks(program: Callable[..., Any], create: bool) -> None:
    found = []
    for t in (torch, jt):
        x, seen = t.tensor([1.0, 2.0], requires_grad=True), []
        program(t, x, seen).backward(create_graph=create)
        found.append([x.grad.tolist(), *[s if isinstance(s, list) else s.grad.tolist() for s in seen]])
    theirs, mine = found
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_hooks_follow_a_compaction_and_die_with_their_graph() -> None:
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    junk = [x * float(k) for k in range(20)]
    h = x * 2.0
    h.register_hook(lambda g: g * 10.0)
    y = (h * h).sum()
    (x * 3.0).register_hook(lambda g: g)
    del h, junk
    tape = y.tape
    assert compact(tape) and len(tape.hooked) == 1
    y.backward()
    assert x.grad.tolist() == [80.0, 160.0]


@pytest.mark.parametrize("create", [False, True])
def test_hooks_where_a_pass_ends(create: bool) -> None:
    """PyTorch hands out the gradient before the hooks where the pass goes on from there; here it is always the one after them."""
    found = []
    for t in (torch, jt):
        x = t.tensor([0.4, 0.7], requires_grad=True)
        h = x * 2.0
        h.register_hook(lambda g: g * 0.5)
        (g,) = t.autograd.grad((h * h * h).sum(), h, create_graph=create, retain_graph=True)
        found.append([g.tolist(), t.autograd.grad(g.sum(), x)[0].tolist() if create else None])
    np.testing.assert_allclose(found[1][0], found[0][0])
    assert not create or np.allclose(found[1][1], found[0][1])


def test_a_gradient_that_is_another_leaf_is_added_to() -> None:
    for t in (torch, jt):
        x, y = t.tensor([1.0, 2.0], requires_grad=True), t.tensor([5.0, 6.0], requires_grad=True)
        x.grad = y
        (x * 3.0).sum().backward()
        assert x.grad is y and y.tolist() == [8.0, 9.0]


def test_hooks_of_leaves_are_not_recorded_unless_the_pass_is() -> None:
    for t in (torch, jt):
        x = t.tensor([1.0, 2.0], requires_grad=True)
        x.register_post_accumulate_grad_hook(lambda p: [p.sub_(p.grad)].clear())
        (x * x).sum().backward()
        assert x.tolist() == [-1.0, -2.0] and x.requires_grad and x.is_leaf


def test_gradients_of_views_are_not_kept_after_their_elements_were_moved() -> None:
    x = jt.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    for moved in (lambda v: v.index_select(1, jt.tensor([0])), lambda v: v.flip(0), lambda v: v[[0]], lambda v: v.repeat(2, 1, 1), lambda v: jt.stack([v, v])):
        v = x.expand(2, 2, 2)
        assert moved(v).requires_grad
        with pytest.raises(jt.errors.SharedSlotsError):
            v.retain_grad()
