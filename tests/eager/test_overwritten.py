"""Tensors whose values are changed behind the graph's back, and views taken under no_grad(), beside PyTorch: the same program in both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.state import state
from jittape.errors import RecordingError, SharedSlotsError

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def fresh(torch_in_float64: None) -> None:
    """New tapes, and PyTorch in float64."""
    state.eager.clear()


def leaf(t: Any, n: int) -> Any:
    return t.tensor([1.0, 2.0][:n] if n else 1.5, requires_grad=True)


def listed(*tensors: Any) -> list[Any]:
    return [None if g is None else np.asarray(g.tolist()).tolist() for g in tensors]


def outcome(program: Callable[[Any], Any], t: Any) -> Any:
    try:
        return program(t)
    except RuntimeError as error:
        return str(error)[:40]


def by_data(t: Any, y: Any) -> None:
    y.data.mul_(0.5)


def by_detach(t: Any, y: Any) -> None:
    y.detach()[...] = 3.0


def by_numpy(t: Any, y: Any) -> None:
    y.detach().numpy()[...] *= 0.5


def under_no_grad(t: Any, y: Any) -> None:
    with t.no_grad():
        y.mul_(0.5)


@pytest.mark.parametrize("change", [by_data, by_detach, by_numpy, under_no_grad])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_tensor_stays_the_node_that_it_was(n: int, change: Callable[[Any, Any], None]) -> None:
    """Its gradient counts uses before and after the change."""

    def program(t: Any, kept: bool, used_after: bool) -> list[Any]:
        x = leaf(t, n)
        y = x * 2
        if kept:
            y.retain_grad()
        z = (y * 3).sum()
        change(t, y)
        if used_after:
            z = z + (y.sin() * y).sum()
        if kept:
            z.backward()
            return listed(y.grad, x.grad)
        return listed(y, *t.autograd.grad(z, y))

    for kept in (False, True):
        for used_after in (False, True):
            ours, theirs = program(jt, kept, used_after), program(torch, kept, used_after)
            for a, b in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-13)


def test_recorded_values_make_another_node() -> None:
    x = leaf(jt, 2)
    y = x * 2
    y.data.mul_(0.5)
    y.mul_(3.0)
    assert jt.autograd.grad(y.sum(), y, retain_graph=True)[0].tolist() == [1.0, 1.0]
    assert jt.autograd.grad(y.sum(), x)[0].tolist() == [6.0, 6.0]


def test_memory_that_was_handed_out_is_looked_at_after_it_was_dropped() -> None:
    y = leaf(jt, 2) * 2
    y.detach().numpy()[0] = 7.0
    assert y.tolist() == [7.0, 4.0]
    a = y.detach().numpy()
    tail = a[1:]
    del a
    tail[0] = 5.0
    assert y.tolist() == [7.0, 5.0]
    del tail
    assert y.tolist() == [7.0, 5.0] and not any(m.held for m in y.info.family.mirrors)


def view_of(t: Any, key: Any = slice(1), source: Any = None) -> tuple[Any, Any]:
    x = leaf(t, 2) if source is None else source
    with t.no_grad():
        return x, x[key]


def begins_there(t: Any) -> Any:
    _, v = view_of(t, 0)
    v.backward()


def is_asked_for(t: Any) -> Any:
    _, v = view_of(t)
    return t.autograd.grad((v * v).sum(), v, allow_unused=True)


def collects_once_it_is_told(t: Any) -> Any:
    x, v = view_of(t)
    before = (v * v).sum()
    v.requires_grad_()
    before.backward()
    (v * v).sum().backward()
    return listed(v.grad, x.grad, *t.autograd.grad(v.sum(), v))


def changed_through_data(t: Any) -> Any:
    x, v = view_of(t)
    x.data.mul_(2.0)
    y, w = view_of(t, slice(1), x * 2)
    tail = y[:1]
    tail.data.mul_(0.5)
    w.data.add_(1.0)
    return listed(v * 3, w * 3, y)


def changed_otherwise(t: Any) -> Any:
    x, v = view_of(t)
    x.data.mul_(2.0)
    x.detach().mul_(2.0)
    return listed(v * 3)


def left_by_its_source(t: Any) -> Any:
    x = leaf(t, 2)
    y = x * 2
    v = y[:1]
    y.detach_()
    v.data.mul_(0.5)
    v.sum().backward()
    return listed(v, x.grad)


@pytest.mark.parametrize("program", [begins_there, is_asked_for, collects_once_it_is_told, changed_through_data, changed_otherwise, left_by_its_source])
def test_views_under_no_grad_and_changes_through_data(program: Callable[[Any], Any]) -> None:
    assert outcome(program, jt) == outcome(program, torch)


def test_a_kept_element_of_a_leaf_does_not_keep_old_values() -> None:
    x = leaf(jt, 0)
    v = x[...]
    v.retain_grad()
    with jt.no_grad():
        v.sub_(1.0)
    with pytest.raises(SharedSlotsError, match="take the view anew"):
        v.abs()


def test_a_gradient_is_not_kept_where_views_are_used_in_place_of_the_tensor() -> None:
    buffer = jt.zeros(2)
    head = buffer[:1]
    head[...] = leaf(jt, 1)
    with pytest.raises(SharedSlotsError, match="too late"):
        buffer.retain_grad()


def test_recorded_values_in_one_detached_tensor_do_not_reach_another() -> None:
    """They share values, and no graph, as in PyTorch."""

    def program(t: Any) -> Any:
        y = leaf(t, 2) * 2
        a, b = y.detach(), y.detach()
        b.add_(leaf(t, 0))
        return [*listed(a), a.requires_grad, b.requires_grad]

    assert program(jt) == program(torch)


def test_a_write_that_would_be_lost_is_refused() -> None:
    x = jt.tensor(np.arange(4.0).reshape(2, 2), requires_grad=True)
    with jt.no_grad():
        v = x.T
    row = v[0]
    with jt.no_grad(), pytest.raises(RecordingError, match="write to the leaf"):
        row.add_(1.0)
