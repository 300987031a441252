"""Programs that random ones beside PyTorch were reduced to; and errors that name what was wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt


def leaf(values: Any = (1.0, 2.0, 3.0)) -> Any:
    return jt.tensor(np.array(values), requires_grad=True)


def test_integers_choose_before_lists_do() -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    for x in (jt.tensor(values), leaf(values), leaf(values) * 1.0):
        assert x[0, :, [1, 0]].tolist() == values[0][:, [1, 0]].tolist()
        assert x[[1, 0], :, 2].tolist() == values[..., 2][[1, 0]].tolist()
        assert x[..., 1, [0, 3]].tolist() == values[:, 1][:, [0, 3]].tolist()
    y = leaf(values) * 1.0
    y[0, :, [1, 0]] = leaf(np.ones((3, 2)))
    assert y[0, :, :2].tolist() == np.ones((3, 2)).tolist()


def test_leading_axes_of_length_one_fit_in_assignments() -> None:
    y = leaf() * 2.0
    y[0] = leaf([5.0])
    y[1:] = leaf([[7.0, 8.0]])
    assert y.tolist() == [5.0, 7.0, 8.0]


def test_what_does_not_fit_changes_nothing() -> None:
    b = jt.tensor(0.0)
    with pytest.raises(ValueError, match="broadcast"):
        b[...] = leaf([1.0, 2.0]) * 2.0
    assert not b.requires_grad


def test_views_are_not_detached_in_place() -> None:
    x = leaf()
    for view in (x[:2], x[0], (x * 1.0)[:2], jt.tensor([1.0, 2.0])[:1], x.view(-1)):
        with pytest.raises(RuntimeError, match="Can't detach views in-place"):
            view.detach_()
    y = x * 2.0
    y.retain_grad()
    y.sum().backward()
    y.detach_()
    assert y.grad.tolist() == [1.0, 1.0, 1.0] and not y.requires_grad


def test_flatten_of_one_axis_is_the_tensor_itself() -> None:
    x = leaf()
    assert x.flatten() is x


def test_inputs_keep_their_gradients_from_there_on() -> None:
    x = leaf()
    y = x.exp()
    y.sum().backward(inputs=[y], retain_graph=True)
    assert y.retains_grad and y.grad.tolist() == [1.0, 1.0, 1.0]
    y.sum().backward()
    assert y.grad.tolist() == [2.0, 2.0, 2.0]


def test_retained_gradients_come_from_every_pass() -> None:
    x = leaf()
    y = x.clone()
    y.retain_grad()
    side = x * 2.0
    side.retain_grad()
    jt.autograd.grad((y * y + side).sum(), y, retain_graph=True)
    assert y.grad.tolist() == [2.0, 4.0, 6.0] and side.grad is None
    (y * y).sum().backward(create_graph=True)
    (y * y).sum().backward()
    assert not y.grad.requires_grad and y.grad.tolist() == [6.0, 12.0, 18.0]


def test_a_gradient_by_what_lies_between_leaves_the_rest_of_the_graph() -> None:
    x = leaf()
    h = x * x
    jt.autograd.grad((h / x).sum(), h)
    h.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_a_recorded_gradient_of_one_number_can_be_added_to() -> None:
    x, b = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([0.5])
    (b * b).sum().backward(create_graph=True)
    (x + b).sum().backward()
    assert b.grad.tolist() == [5.0]
    w = leaf([2.0])
    (w.expand(3) * w.expand(3)).sum().backward(create_graph=True)
    w.grad[0] = 1.0
    assert w.grad.tolist() == [1.0]


def test_recorded_passes_pass_over_leaves_that_were_detached() -> None:
    x = leaf()
    y = (x * x).sum()
    x.detach_()
    y.backward(create_graph=True)
    assert x.grad is None


def test_views_of_views_that_keep_their_gradient() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    v = x[::2]
    v.retain_grad()
    w, e = v[:, 0], v[1, 1]
    assert w.tolist() == [1.0, 5.0] and e.item() == 6.0
    (w * w).sum().backward()
    assert v.grad.tolist() == [[2.0, 0.0], [10.0, 0.0]] and x.grad.tolist() == [[2.0, 0.0], [0.0, 0.0], [10.0, 0.0]]
    u = x[0]
    t = u[:1]
    with pytest.raises(jt.errors.SharedSlotsError):  # its use would not be seen
        u.retain_grad()
    assert t.tolist() == [1.0]


def test_a_number_that_keeps_its_gradient_after_its_memory_was_handed_out() -> None:
    y = leaf(0.5) ** 2
    y.detach().numpy()
    with jt.no_grad():
        y.zero_()
    y.retain_grad()
    assert y.detach().numpy() == 0.0


def test_values_are_not_stored_where_views_would_not_follow() -> None:
    x = leaf()
    view = x[:2]
    x.detach_()
    with pytest.raises(jt.errors.RecordingError, match="views of it"):
        x[0] = leaf(1.0) * 2.0
    assert view.tolist() == [1.0, 2.0]


X = [[2.0, 1.0], [1.0, 2.0]]
WRONG: dict[str, Callable[[Any], Any]] = {
    r"mm\(\): argument 'mat2'": lambda x: x.mm(None),
    r"mv\(\): argument 'vec'": lambda x: x.mv("a"),
    r"dot\(\): argument 'tensor'": lambda x: x.dot([1.0]),
    r"outer\(\): argument 'vec2'": lambda x: x.outer(None),
    r"view_as\(\): argument 'other'": lambda x: x.view_as(None),
    r"type_as\(\): argument 'other'": lambda x: x.type_as(3),
    r"mul\(\): argument 'other' .* not NoneType": lambda x: x.mul(None),
    r"maximum\(\): argument 'other' .* not str": lambda x: jt.maximum(x, "a"),
    r"gt\(\): argument 'other' .* not NoneType": lambda x: x.gt(None),
    r"fill_\(\): argument 'value'": lambda x: (x * 1.0).fill_(None),
    r"copy_\(\): argument 'src'": lambda x: (x * 1.0).copy_("a"),
    r"sum\(\): argument 'dim' must be int": lambda x: x.sum("a"),
    r"reshape\(\): argument 'size' must be int, not NoneType": lambda x: x.reshape(None),
    r"permute\(\): argument 'dims'": lambda x: x.permute("a", 0),
    r"unsqueeze\(\): argument 'dim'": lambda x: x.unsqueeze(None),
    r"chunk\(\): argument 'chunks'": lambda x: x.chunk("a"),
    r"split\(\): argument 'split_size'": lambda x: x.split(None),
    r"tril\(\): argument 'diagonal'": lambda x: x.tril(None),
    r"stack\(\): argument 'tensors'": lambda x: jt.stack(None),
    r"cat\(\): argument 'tensors'": lambda x: jt.cat(3),
    r"backward\(\): argument 'tensors'": lambda x: jt.autograd.backward(3),
    r"backward\(\): argument 'inputs'": lambda x: x.sum().backward(inputs=3),
    r"grad\(\): argument 'outputs'": lambda x: jt.autograd.grad(None, x),
    r"grad\(\): argument 'inputs'": lambda x: jt.autograd.grad(x.sum(), 3),
    r"eigh: UPLO": lambda x: np.linalg.eigh(x, UPLO=None),
    r"np\.quantile: q": lambda x: np.quantile(x, None),
    r"Tensor\.abs\(\) takes": lambda x: x.abs(None),
}


@pytest.mark.parametrize("message", WRONG)
def test_errors_of_wrong_types_name_function_and_argument(message: str) -> None:
    with pytest.raises(TypeError) as caught:
        WRONG[message](leaf(X))
    assert re.search(message, str(caught.value))


def test_fill_takes_one_number() -> None:
    with pytest.raises(RuntimeError, match="fill_ only supports 0-dimension"):
        jt.tensor([1.0]).fill_(jt.tensor([2.0]))
