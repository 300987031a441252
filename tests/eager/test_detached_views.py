"""Tensors that leave the graph, views taken under no_grad() and gradients that are kept, beside PyTorch: the same program in both."""

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


def leaf(t: Any, *values: float) -> Any:
    return t.tensor(list(values), requires_grad=True)


def without(t: Any, change: Callable[[], Any]) -> Any:
    with t.no_grad():
        return change()


def shown(*tensors: Any) -> list[Any]:
    """Values, and what is known of each tensor."""
    return [None if a is None else (np.asarray(a.tolist()).tolist(), a.requires_grad, a.is_leaf) for a in tensors]


def outcome(program: Callable[[Any], Any], t: Any) -> Any:
    try:
        return program(t)
    except RuntimeError as error:
        return str(error)[:40]


def memory_is_shared(t: Any) -> Any:
    x = leaf(t, 1.0, 2.0)
    y = x * 2
    d, e, n, tail = y.detach(), y.detach(), y.detach().numpy(), y[1:].detach()
    y.detach_()
    y[0] = 7.0
    d[1] = 9.0
    e.mul_(2.0)
    n[0] += 1.0
    return [*shown(y, d, e, tail), n.tolist()]


def updated(t: Any) -> Any:
    x = leaf(t, 1.0, 2.0)
    y = x * 2
    d, v, w = y.detach(), y[:1], y[1]
    (y * y).sum().backward()
    y.detach_()
    without(t, lambda: y.copy_(t.tensor([5.0, 6.0])))
    v.sum().backward()
    return shown(y, d, x.grad) + [v.tolist(), w.item(), v.requires_grad]


def view_written_to(t: Any) -> Any:
    y = leaf(t, 1.0, 2.0) * 2
    v = y[:1]
    y.detach_()
    v[0] = 7.0


def kept_gradient(t: Any) -> Any:
    x = leaf(t, 1.0, 2.0)
    y = x * x
    y.retain_grad()
    d = y.detach()
    y[0] = 3.0
    v = y[:1]
    y.sum().backward(retain_graph=True)
    d[0] = 2.0
    return [y.tolist(), d.tolist(), v.tolist(), y.grad.tolist(), x.grad.tolist()]


def views_outside(t: Any) -> Any:
    x = leaf(t, 1.0, 2.0)
    y, found = x * 2, []
    with t.no_grad():
        for a in (x, y):
            found += [a[:1], a[0], a.view(2, 1), a.unsqueeze(0), a[0:0], a.flip(0), a[[0, 1]], a.detach()[:1], a.expand(2, 2), a[:1] * 2.0, *a.split(1)]
    return shown(*found)


def gradient_outside(t: Any) -> Any:
    x = leaf(t, 1.0, 2.0)
    v = without(t, lambda: x[:1])
    (v * 3.0).sum().backward()
    return [x.grad, v.grad]


def written_outside(t: Any) -> Any:
    y = leaf(t, 1.0, 2.0) * 2
    without(t, lambda: y[:1]).add_(1.0)


def assigned_outside(t: Any) -> Any:
    x = leaf(t, 1.0, 2.0)
    without(t, lambda: x[:1]).add_(1.0)


def changed_since(t: Any) -> Any:
    y = leaf(t, 1.0, 2.0) * 2
    v = without(t, lambda: y[:1])
    y[0] = 7.0
    return v * 2.0


def leaf_changed_since(t: Any) -> Any:
    x = leaf(t, 1.0, 2.0)
    v = without(t, lambda: x[:1])
    without(t, lambda: x.add_(1.0))
    return v * 2.0


def empty_views(t: Any) -> Any:
    y, z, x = t.zeros(3), t.zeros(3), leaf(t, 2.0)
    v, w, u = y[3:], y.view(3, 1)[:, :0], z[:0]
    y[1:2] = x
    u.add_(x)
    (y * y).sum().backward()
    return shown(v, w, u, y, z, x.grad)


def views_of_leaves_with_gaps(t: Any) -> Any:
    x = t.tensor([1.0, 2.0, 3.0, 4.0])[::2].requires_grad_()
    v, w, u = x[:1], x.view(2, 1), x[1]
    seen = [v.tolist(), w.tolist(), u.item()]
    without(t, lambda: w.add_(1.0))
    y = t.tensor(0.5).expand(3).requires_grad_()
    z = without(t, lambda: t.tensor(0.7, requires_grad=True).expand(2))
    return [*seen, x.tolist(), v.tolist(), u.item(), y[:2].tolist(), z.reshape(-1).tolist(), z.view(2, 1).tolist()]


def view_of_kept_view_of_leaf(t: Any) -> Any:
    v = leaf(t, 1.0, 2.0).view(-1)
    v.retain_grad()
    v.unsqueeze(0)[...] = 2.0


def refused_assignment(t: Any) -> Any:
    a, x = t.ones(2), leaf(t, 1.0, 2.0)
    with pytest.raises(RuntimeError, match="more than one element"):
        a.expand(3, 2)[...] = x
    return shown(a)


def retained_outputs(t: Any) -> Any:
    x, w = leaf(t, 1.0, 2.0), leaf(t, 3.0, 4.0)
    p, q = (x * x).sum(), (w * w).sum()
    p.retain_grad()
    q.retain_grad()
    (g,) = t.autograd.grad([p, q], [x], retain_graph=True)
    seen = shown(g, p.grad, q.grad)
    (none,) = t.autograd.grad(q, [x], allow_unused=True)
    return [*seen, none, *shown(q.grad)]


PROGRAMS = [memory_is_shared, updated, view_written_to, kept_gradient, views_outside, gradient_outside, written_outside, assigned_outside,
            changed_since, leaf_changed_since, empty_views, refused_assignment, views_of_leaves_with_gaps, view_of_kept_view_of_leaf, retained_outputs]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_programs_beside_torch(program: Callable[[Any], Any]) -> None:
    theirs, mine = outcome(program, torch), outcome(program, jt)
    assert isinstance(theirs, str) == isinstance(mine, str), (theirs, mine)
    if not isinstance(theirs, str):
        assert mine == theirs


def test_recorded_values_are_not_stored_where_views_of_the_graph_live() -> None:
    y = leaf(jt, 1.0, 2.0) * 2
    v = y[:1]
    y.detach_()
    with pytest.raises(RecordingError, match="detach_"):
        y *= leaf(jt, 3.0, 4.0)
    del v
    y *= leaf(jt, 3.0, 4.0)
    assert y.tolist() == [6.0, 16.0] and y.requires_grad


def test_a_kept_view_whose_memory_is_written_to_does_not_leave_its_source_behind() -> None:
    y = leaf(jt, 1.0, 2.0) * 1.0
    v = y[:1]
    v.retain_grad()
    with pytest.raises(SharedSlotsError, match="elements of its own"):
        v.data.sub_(0.5)


LENGTHS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "norm": lambda t, y, a: y.norm(), "a norm": lambda t, y, a: (a * y.norm()).sum(), "norm of a y": lambda t, y, a: (a * y).norm(),
    "root of a sum": lambda t, y, a: (y * y).sum().sqrt(), "y norm": lambda t, y, a: (y * y.norm()).sum(), "atan2": lambda t, y, a: t.atan2(y[0], y[1]),
}  # fmt: skip


@pytest.mark.parametrize("name", LENGTHS)
def test_second_derivatives_by_tensors_between_are_nan_where_there_is_no_limit(name: str) -> None:
    def seconds(t: Any) -> list[Any]:
        x, w = leaf(t, 0.0, 0.0), leaf(t, 1.0, 2.0)
        y, a = x * 2.0, w * 1.0
        u = y * 1.0
        (g,) = t.autograd.grad(LENGTHS[name](t, u, a), [x], create_graph=True)
        found = t.autograd.grad((g * t.tensor([1.0, 3.0])).sum(), [x, y, u], allow_unused=True)
        return [g.tolist() for g in found]

    assert np.isnan(seconds(torch)).all()
    assert np.isnan(seconds(jt)).all()


def test_second_derivatives_by_tensors_between_are_limits_where_there_are_some() -> None:
    x = leaf(jt, 0.0, 0.0)
    y = x * 2.0
    (g,) = jt.autograd.grad(y.norm() ** 2, [x], create_graph=True)
    by_x, by_y = jt.autograd.grad((g * jt.tensor([1.0, 3.0])).sum(), [x, y])
    assert by_x.tolist() == [8.0, 24.0] and by_y.tolist() == [4.0, 12.0]
