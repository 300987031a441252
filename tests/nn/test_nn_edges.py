"""Modules and optimisers where something is missing or None, and losses of shapes that do not fit; without PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape import nn, optim
from jittape.errors import ShapeError
from jittape.nn import functional


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(jt.tensor([2.0, 3.0]))
        self.register_buffer("offset", jt.tensor([1.0, 1.0]))


def test_parameters_and_buffers_may_be_set_to_none() -> None:
    m = Scaled()
    m.scale = None
    m.offset = jt.tensor([4.0])
    assert m.scale is None and m.offset.tolist() == [4.0] and [n for n, _ in m.named_buffers()] == ["offset"]
    m.offset = None
    assert m.offset is None and not list(m.parameters()) and not list(m.buffers())
    for name in ("scale", "offset"):
        with pytest.raises(TypeError, match=f"cannot assign float to '{name}'"):
            setattr(m, name, 1.0)
    with pytest.raises(TypeError, match="cannot assign Tensor to 'scale': a Parameter"):
        m.scale = jt.tensor([1.0])


def test_what_is_wrong_with_a_state_and_nothing_else_is_told() -> None:
    m = Scaled()
    state = m.state_dict()
    with pytest.raises(RuntimeError) as caught:
        m.load_state_dict({**state, "b": 1.0, "a": 2.0})
    assert str(caught.value) == 'Error(s) in loading state_dict for Scaled:\n\tUnexpected key(s) in state_dict: "b", "a". '
    with pytest.raises(RuntimeError) as caught:
        m.load_state_dict({})
    assert str(caught.value) == 'Error(s) in loading state_dict for Scaled:\n\tMissing key(s) in state_dict: "scale", "offset". '
    m.load_state_dict({"scale": [5.0, 6.0], "c": 1.0}, strict=False)
    assert m.scale.tolist() == [5.0, 6.0] and m.offset.tolist() == [1.0, 1.0]


def test_gradients_follow_the_dtype() -> None:
    m = Scaled()
    (m.scale * m.scale).sum().backward()
    m.float()
    assert m.scale.dtype == m.scale.grad.dtype == m.offset.dtype == jt.float32 and m.scale.grad.tolist() == [4.0, 6.0]
    m.double()
    assert m.scale.dtype == m.scale.grad.dtype == m.offset.dtype == jt.float64
    m.zero_grad()
    assert m.float().scale.grad is None


def test_reductions_and_shapes_of_losses() -> None:
    x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = jt.tensor([[1.0, 1.0], [1.0, 1.0]])
    assert functional.l1_loss(x, y).item() == 1.5 and functional.l1_loss(x, y, reduction="sum").item() == 6.0
    assert functional.l1_loss(x, y, reduction="none").tolist() == [[0.0, 1.0], [2.0, 3.0]]
    for loss in (functional.l1_loss, functional.mse_loss, functional.binary_cross_entropy_with_logits):
        with pytest.raises(ShapeError, match=rf"{loss.__name__}.*\(2, 2\).*\(2,\)"):
            loss(x, y[0])
        with pytest.raises(ValueError, match="average is not a valid value for reduction"):
            loss(x, y, reduction="average")


@pytest.mark.parametrize(
    ("shape", "target", "error", "match"),
    [
        ((3,), [0, 1, 2], ShapeError, r"\(3,\) and \(3,\)"),
        ((3, 2, 1), [0, 1, 1], ShapeError, r"\(3, 2, 1\)"),
        ((3, 2), [0, 1], ShapeError, r"\(3, 2\) and \(2,\)"),
        ((3, 2), [[0, 1, 1]], ShapeError, r"and \(1, 3\)"),
        ((3, 2), [0, 1, 2], IndexError, "Target 2 is out of bounds: there are 2 classes"),
        ((3, 2), [0.0, 1.0, 1.0], RuntimeError, "integers; got float64"),
    ],
)
def test_classes_that_do_not_fit(shape: Any, target: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        functional.nll_loss(jt.zeros(*shape), np.array(target))


def test_a_loaded_state_of_an_optimiser_is_its_own() -> None:
    """What the one that it was taken from goes on to do does not change it."""

    def trained() -> tuple[Any, Any]:
        x = jt.tensor([3.0], requires_grad=True)
        return x, optim.Adam([x], lr=0.1)

    def step(x: Any, o: Any) -> float:
        o.zero_grad()
        (x * x).sum().backward()
        o.step()
        return float(x.item())

    x, first = trained()
    step(x, first)
    y, second = trained()
    second.load_state_dict(first.state_dict())
    with jt.no_grad():
        y.copy_(x)
    wanted = [step(x, first) for _ in range(3)]
    assert [step(y, second) for _ in range(3)] == wanted


def test_names_of_the_functions() -> None:
    assert "mse_loss" in dir(functional) and "np" not in dir(functional)


@pytest.mark.parametrize("option", [{"lr": -1.0}, {"eps": -1e-8}, {"weight_decay": -0.1}, {"betas": (0.9, 1.0)}, {"betas": (-0.1, 0.9)}])
def test_options_of_adam_are_checked(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Invalid"):
        optim.Adam([jt.ones(2, requires_grad=True)], **option)


@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_remembers_what_it_needs(amsgrad: bool) -> None:
    x = jt.ones(2, requires_grad=True)
    o = optim.Adam([x], amsgrad=amsgrad)
    x.sum().backward()
    o.step()
    (state,) = o.state_dict()["state"].values()
    assert set(state) == {"step", "exp_avg", "exp_avg_sq"} | ({"max_exp_avg_sq"} if amsgrad else set())


def test_a_call_that_fails_leaves_the_tape_as_it_was() -> None:
    """What failed once was asked for again by whatever was computed next, so that nothing could be any more."""
    from jittape.eager.calls import call
    from jittape.functions.products import append_call
    from jittape.instructions.calls.operations import register

    def forward(x: Any) -> Any:
        raise ValueError("as if a rule had a fault")

    fails = register("fails_in_a_test", forward, lambda g, *_: g, lambda t, *_: t)
    kept = jt.ones(3, requires_grad=True) * 2
    x = jt.ones(3, requires_grad=True)
    with pytest.raises(ValueError, match="as if"):
        call(lambda a: append_call(fails, (a,), [a.shape])[0], x)
    assert (kept * 2).tolist() == [4, 4, 4]
    ((x + kept) ** 2).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [6, 6, 6]
