"""Gradients of views and of other tensors that merely name elements: as in PyTorch, or refused.

Every program runs in both; ours may raise SharedSlotsError where it stands in REFUSED.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.state import state
from jittape.errors import SharedSlotsError

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def fresh(torch_in_float64: None) -> None:
    """New tapes, and PyTorch in float64."""
    state.eager.clear()


X = [[0.3, -0.7, 1.1], [0.5, 0.9, -0.4]]

VIEWS: dict[str, Callable[[Any, Any], Any]] = {
    "row": lambda t, h: h[0],
    "element": lambda t, h: h[0, 1],
    "slice": lambda t, h: h[:, 1:],
    "all": lambda t, h: h[...],
    "list": lambda t, h: h[[1, 0]],
    "duplicates": lambda t, h: h[[0, 0, 1]],
    "mask": lambda t, h: h[h > 0],
    "reshape": lambda t, h: h.reshape(3, 2),
    "flatten": lambda t, h: h.flatten(),
    "view": lambda t, h: h.view(-1),
    "T": lambda t, h: h.T,
    "permute": lambda t, h: h.permute(1, 0),
    "contiguous": lambda t, h: h.T.contiguous(),
    "unsqueeze": lambda t, h: h.unsqueeze(1),
    "squeeze": lambda t, h: h.squeeze(0),
    "expand": lambda t, h: h.unsqueeze(0).expand(2, 2, 3),
    "repeat": lambda t, h: h.repeat(2, 1),
    "flip": lambda t, h: h.flip(0),
    "roll": lambda t, h: h.roll(1, 0),
    "gather": lambda t, h: h.gather(1, t.tensor([[0, 0], [2, 1]])),
    "index_select": lambda t, h: h.index_select(1, t.tensor([2, 2])),
    "diagonal": lambda t, h: h.diagonal(),
    "tril": lambda t, h: h.tril(),
    "unbind": lambda t, h: h.unbind(1)[1],
    "split": lambda t, h: h.split(2, 1)[0],
    "max": lambda t, h: h.max(1)[0],
    "stack": lambda t, h: t.stack([h, h]),
    "cat": lambda t, h: t.cat([h, h[:1]]),
    "cat with constants": lambda t, h: t.cat([h, t.ones(1, 3)]),
    "view of a view": lambda t, h: h.T[1:].reshape(-1),
    "rows, flat": lambda t, h: h[1:].reshape(-1),
    "clone": lambda t, h: h.clone(),
    "clone of a view": lambda t, h: h[0].clone(),
    "sum": lambda t, h: h.sum(1),
    "cumprod": lambda t, h: h.cumprod(1),
    "softmax": lambda t, h: h.softmax(1),
    "product": lambda t, h: h @ h.T,
}
OWN = {"flip", "clone", "clone of a view", "contiguous", "sum", "softmax", "product"}
"""What has slots of its own, so that gradients are exact whatever else is used."""


def start(t: Any) -> tuple[Any, Any]:
    x = t.tensor(X, requires_grad=True)
    return x, (x * 1.5).tanh()


def numbers(g: Any) -> Any:
    return np.array(g.detach().numpy())


def compare(program: Callable[[Any], Any], refused: bool) -> None:
    """The program's gradient in both libraries, or our refusal."""
    if refused:
        with pytest.raises(SharedSlotsError, match="clone"):
            program(jt)
    else:
        np.testing.assert_allclose(numbers(program(jt)), numbers(program(torch)), rtol=1e-12)


@pytest.mark.parametrize("name", VIEWS)
def test_source_used_too(name: str) -> None:
    def program(t: Any) -> Any:
        _, h = start(t)
        v = VIEWS[name](t, h)
        (g,) = t.autograd.grad((v * v).sum() + (h**3).sum(), v)
        return g

    compare(program, name not in OWN)


@pytest.mark.parametrize("name", VIEWS)
def test_source_is_exact_whatever_views_there_are(name: str) -> None:
    def program(t: Any) -> Any:
        _, h = start(t)
        v = VIEWS[name](t, h)
        (g,) = t.autograd.grad((v * v).sum() + (h**3).sum(), h)
        return g

    compare(program, False)


@pytest.mark.parametrize("name", VIEWS)
def test_retained(name: str) -> None:
    def program(t: Any) -> Any:
        x, h = start(t)
        h.retain_grad()
        v = VIEWS[name](t, h)
        v.retain_grad()
        ((v * v).sum() + (h**3).sum()).backward()
        return t.cat([v.grad.reshape(-1), h.grad.reshape(-1), x.grad.reshape(-1)])

    compare(program, False)


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("name", VIEWS)
def test_retained_with_graph(name: str) -> None:
    def program(t: Any) -> Any:
        x, h = start(t)
        v = VIEWS[name](t, h)
        v.retain_grad()
        ((v * v).sum() + (h**3).sum()).backward(create_graph=True)
        g = v.grad
        (s,) = t.autograd.grad((g * g).sum(), x)
        return t.cat([g.reshape(-1), s.reshape(-1)])

    compare(program, False)


@pytest.mark.parametrize("name", VIEWS)
def test_retained_too_late(name: str) -> None:
    def program(t: Any) -> Any:
        _, h = start(t)
        v = VIEWS[name](t, h)
        a = (h**3).sum()
        v.retain_grad()
        ((v * v).sum() + a).backward()
        return v.grad

    compare(program, name not in OWN)


@pytest.mark.parametrize("name", VIEWS)
def test_views_of_a_leaf(name: str) -> None:
    def program(t: Any, retain: bool) -> Any:
        x = t.tensor(X, requires_grad=True)
        v = VIEWS[name](t, x)
        if retain:
            v.retain_grad()
        (g,) = t.autograd.grad((v * v).sum() + (x**3).sum(), v)
        return g

    compare(lambda t: program(t, False), name not in OWN)
    compare(lambda t: program(t, True), False)


EXACT = {"row", "slice", "all", "reshape", "flatten", "view", "T", "permute", "unsqueeze", "squeeze", "diagonal", "rows, flat"}
"""Views of a temporary tensor that are known to have it for themselves."""


@pytest.mark.parametrize("name", VIEWS)
def test_view_of_what_is_gone(name: str) -> None:
    def program(t: Any) -> Any:
        x = t.tensor(X, requires_grad=True)
        v = VIEWS[name](t, (x * 1.5).tanh())
        (g,) = t.autograd.grad((v * v).sum() + (x**3).sum(), v)
        return g

    compare(program, name not in EXACT | OWN)


def in_place(t: Any, name: str) -> Any:
    x = t.tensor(X, requires_grad=True)
    h = x * 1.5
    first = h.sum() * 2.0
    if name == "arithmetic":
        h.retain_grad()
        h += 1.0
        h.add_(x)
        return h, first + (h * h).sum()
    if name == "arithmetic, not retained":
        h.mul_(x)
        return h, first + (h * h).sum()
    if name == "element":
        h[0, 1] = 2.0
        return h, first + (h * h).sum()
    if name == "element, retained":
        h.retain_grad()
        h[0, 1] = x[0, 0] * 3.0
        return h, first + (h * h).sum()
    if name == "element, retained afterwards":
        h[0, 1] = x[0, 0] * 3.0
        h.retain_grad()
        return h, first + (h * h).sum()
    if name == "all of it":
        y = x * 2.0
        h.copy_(y)
        return h, y.sum() + (h * h).sum()
    if name == "through a view":
        v = h[0]
        v *= 2.0
        return h, first + (h * h).sum()
    if name == "scalar":
        s = h.sum()
        a = s * s
        s += 1.0
        return s, a + s**3
    if name == "scalar, another's":
        s, r = h.sum(), x.sum()
        s.copy_(r)
        return s, r * 5.0 + s**3
    if name == "filled":
        z = t.zeros(3)
        y = x[0, 0] * 2.0
        z[0] = y
        z[1] = y * y
        return z, (z * z).sum() + y * 5.0
    if name == "view that is alone":
        v = (x * 2.0).reshape(-1)
        v.relu_()
        return v, (v * v).sum() + (x**3).sum()
    if name == "view that was alone":
        v = (x * 2.0).reshape(-1)
        y = x[0, 0] * 3.0
        v[0] = y
        return v, (v * v).sum() + y
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("arithmetic", False),
        ("arithmetic, not retained", False),
        ("element", True),
        ("element, retained", False),
        ("element, retained afterwards", False),
        ("all of it", True),
        ("through a view", True),
        ("scalar", False),
        ("scalar, another's", True),
        ("filled", True),
        ("view that is alone", True),
        ("view that was alone", True),
    ],
)
def test_changed_in_place(name: str, refused: bool) -> None:
    def program(t: Any) -> Any:
        v, loss = in_place(t, name)
        if v.retains_grad:
            loss.backward()
            return v.grad
        return t.autograd.grad(loss, v)[0]

    compare(program, refused)


APART: dict[str, Callable[[Any, Any, Any], Any]] = {
    "source": lambda t, h, v: h.mul_(2.0),
    "element of the source": lambda t, h, v: h.__setitem__((0, 0), 5.0),
    "view": lambda t, h, v: v.mul_(2.0),
    "element of the view": lambda t, h, v: v.__setitem__(0, 5.0),
    "another view": lambda t, h, v: h[1].mul_(2.0),
    "an element": lambda t, h, v: h[0, 0].mul_(2.0),
}


@pytest.mark.parametrize("what", APART)
def test_change_in_place_that_a_retained_view_would_not_see(what: str) -> None:
    _, h = start(jt)
    v = h[0]
    v.retain_grad()
    with pytest.raises(SharedSlotsError, match="in place"):
        APART[what](jt, h, v)


def test_change_in_place_after_the_retained_view_is_gone() -> None:
    def program(t: Any) -> Any:
        x = t.tensor(X, requires_grad=True)
        h = x * 1.5
        v = h[0]
        v.retain_grad()
        del v
        h.mul_(2.0)
        (h * h).sum().backward()
        return x.grad

    compare(program, False)


def test_retained_element() -> None:
    def program(t: Any) -> Any:
        _, h = start(t)
        e = h[1, 2]
        e.retain_grad()
        (e * e * 3.0 + (h**3).sum()).backward()
        return e.grad

    compare(program, False)
    _, h = start(jt)
    e = h[1, 2]
    e.retain_grad()
    with pytest.raises(SharedSlotsError, match="in place"):
        h[0, 0] = 1.0


def test_view_of_a_scalar() -> None:
    def program(t: Any) -> Any:
        x = t.tensor(X, requires_grad=True)
        s = x.sum()
        v = s.reshape(1)
        s += 1.0
        v *= x[0, 0]
        (s * s).backward()
        return t.cat([s.reshape(1), v, x.grad.reshape(-1)])

    compare(program, False)


def test_retained_view_of_a_leaf() -> None:
    def program(t: Any, rounds: int) -> Any:
        x = t.tensor(X, requires_grad=True)
        v, e = x[0], x[1, 1]
        v.retain_grad()
        e.retain_grad()
        for _ in range(rounds):
            ((v * v).sum() * e + (x**3).sum()).backward()
        return t.cat([v.grad, e.grad.reshape(1), x.grad.reshape(-1)])

    compare(lambda t: program(t, 1), False)
    compare(lambda t: program(t, 2), False)
    compare(lambda t: program(t, 400), False)  # the tape is begun anew between


def test_retained_view_of_a_leaf_that_changes() -> None:
    x = jt.tensor(X, requires_grad=True)
    v = x[0]
    v.retain_grad()
    loss = (v * v).sum()
    with jt.no_grad():
        x.mul_(2.0)
    np.testing.assert_array_equal(v.detach().numpy(), 2 * np.array(X[0]))
    with pytest.raises(SharedSlotsError, match="anew"):
        v * 2.0
    loss.backward()
    np.testing.assert_allclose(v.grad.numpy(), 2 * np.array(X[0]))


def test_several_views_of_what_is_gone() -> None:
    def program(t: Any) -> Any:
        x = t.tensor(X, requires_grad=True)
        h = x * 2.0
        v, w = h.reshape(-1), h.T
        del h
        return t.autograd.grad((v * v).sum() + (w**3).sum(), v)[0]

    compare(program, True)


def test_view_and_stack_of_what_is_gone() -> None:
    def program(t: Any) -> Any:
        x = t.tensor(X, requires_grad=True)
        h = x * 2.0
        v, w = h.reshape(-1), t.stack([h, h])
        del h
        return t.autograd.grad((v * v).sum() + (w**3).sum(), v)[0]

    compare(program, True)


def test_view_of_what_was_used() -> None:
    def program(t: Any) -> Any:
        x = t.tensor(X, requires_grad=True)
        h = x * 2.0
        a = (h**3).sum()
        v = h.reshape(-1)
        del h
        return t.autograd.grad((v * v).sum() + a, v)[0]

    compare(program, True)


def test_view_of_what_is_used_later() -> None:
    def program(t: Any) -> Any:
        x = t.tensor(X, requires_grad=True)
        h = x * 2.0
        v = h.reshape(-1)
        a = (h**3).sum()
        del h
        return t.autograd.grad((v * v).sum() + a, v)[0]

    compare(program, True)


def test_gradient_of_a_gradient_with_respect_to_a_gradient() -> None:
    def program(t: Any, clone: bool) -> Any:
        x, y = t.tensor([1.0, 2.0], requires_grad=True), t.tensor([3.0, 4.0], requires_grad=True)
        h = y * y
        (g,) = t.autograd.grad((x * h).sum(), x, create_graph=True)
        if clone:
            g = g.clone()
        return t.autograd.grad((g * h).sum(), g)[0]

    compare(lambda t: program(t, False), True)
    compare(lambda t: program(t, True), False)


def test_results_of_a_call() -> None:
    def program(t: Any) -> Any:
        x = t.tensor([[2.0, 0.3], [0.3, 1.0]], requires_grad=True)
        w = x * 1.0
        s = t.linalg.eigh(w)[0] if t is torch else np.linalg.eigh(w)[0]
        return t.autograd.grad((s * s).sum() + w.sum(), s)[0]

    compare(program, False)


def test_trained_net() -> None:
    def program(t: Any) -> Any:
        w = t.tensor([[0.1, 0.2], [0.3, 0.4]], requires_grad=True)

        def net(x: Any) -> Any:
            return (x @ w).tanh()

        out = net(t.tensor([[1.0], [2.0]]).T).squeeze(0)
        return t.autograd.grad((out * out).sum(), out)[0]

    compare(program, False)


def test_compaction_keeps_views_apart() -> None:
    from jittape.eager import compact

    x = jt.tensor(X, requires_grad=True)
    h = x * 2.0
    v = h[0]
    v.retain_grad()
    w = h[1]
    loss = (v * v).sum() + (h**3).sum()
    tape = h.tape
    assert compact.compact(tape)
    with pytest.raises(SharedSlotsError, match="too late"):
        w.retain_grad()
    loss.backward()
    np.testing.assert_allclose(v.grad.numpy(), 4 * np.array(X[0]))


LAYOUTS = {
    "transposed": lambda a: a.t().view(6),
    "contiguous": lambda a: a.view(3, 2),
    "one more axis": lambda a: a.t().view(3, 1, 2),
    "columns": lambda a: a[:, :2].view(4),
    "inferred": lambda a: a.view(-1, 2),
    "rows": lambda a: a[::2].view(3),
}


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("name", LAYOUTS)
def test_view_is_no_copy(name: str, grad: bool) -> None:
    theirs = torch.ones((2, 3), dtype=torch.float64, requires_grad=grad)
    mine = jt.ones(2, 3, requires_grad=grad)
    if grad:
        theirs, mine = theirs * 2.0, mine * 2.0
    try:
        expected = tuple(LAYOUTS[name](theirs).shape)
    except RuntimeError as error:
        with pytest.raises(RuntimeError, match=str(error)[:40]):
            LAYOUTS[name](mine)
    else:
        assert tuple(LAYOUTS[name](mine).shape) == expected


def test_numpys_functions_do_not_write_into_tensors() -> None:
    x = jt.ones(2, 3)
    for write in (lambda: np.put(x, [0], 5.0), lambda: np.fill_diagonal(x, 1.0), lambda: np.add(x, 1.0, out=x), lambda: np.add.at(x, 0, 1.0)):
        with pytest.raises(TypeError, match="assign instead"):
            write()
    assert x.tolist() == [[1.0] * 3] * 2


def test_functions_of_tensors_refuse_recorded_arrays() -> None:
    with pytest.raises(TypeError, match=r"np\.sin"):
        jt.grad(lambda x: jt.sin(x))(2.0)


@pytest.mark.parametrize("use", [lambda v: v * 2, lambda v: v.detach(), str, lambda v: v[0, 1], lambda v: v.view(4)])
def test_views_of_what_is_no_leaf_any_more_say_so(use):
    x, leaf = jt.tensor(0.7, requires_grad=True), jt.tensor([0.88, -1.39, 1.46, -0.63], requires_grad=True)
    view = leaf.reshape(1, 4)
    leaf.requires_grad_(False)
    leaf[::2] += x
    with pytest.raises(jt.JittapeError, match="take the view anew"):
        use(view)
    leaf.reshape(1, 4).sum().backward()
    assert x.grad.item() == 2.0


def test_errors_about_a_tensors_state_are_handed_on():
    """A function of several tensors said that it takes a sequence of tensors."""
    import jittape.torch as jtt

    leaf = jtt.tensor([[1.43, 1.48], [0.33, -1.39]], requires_grad=True)
    view = leaf.select(0, 1)
    view.register_hook(lambda g: g + 0.5)
    leaf.data -= 0.1
    with pytest.raises(jt.JittapeError, match="take the view anew"):
        jtt.atleast_2d(view)
