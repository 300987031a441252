"""Gradients that are recorded, of tensors of which parts do not matter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt


def test_a_recorded_gradient_that_is_zero_in_part() -> None:
    """The zeros are appended after it was settled what the leaves reach."""
    a, b, c = (jt.tensor([1.0, 2.0, 3.0], requires_grad=True) for _ in range(3))
    y = (a**3).sum() + (b[:2] ** 3).sum()
    p, q, r = jt.autograd.grad(y, (a, b, c), create_graph=True, allow_unused=True)
    assert q.tolist() == [3.0, 12.0, 0.0] and r is None and p.requires_grad and q.requires_grad
    second = jt.autograd.grad((p * q).sum(), (a, b))
    assert [g.tolist() for g in second] == [[18.0, 144.0, 0.0], [18.0, 144.0, 0.0]]


def test_a_recorded_gradient_of_a_linear_function_is_a_number() -> None:
    a, b = (jt.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    p, q = jt.autograd.grad((2.0 * a).sum() + (b * b).sum(), (a, b), create_graph=True)
    assert p.tolist() == [2.0, 2.0] and not p.requires_grad and q.requires_grad


def test_the_gradient_of_a_leaf_by_itself() -> None:
    x = jt.tensor(2.0, requires_grad=True)
    x.backward()
    assert x.grad.item() == 1.0
    y = jt.tensor([2.0, 3.0], requires_grad=True)
    y.backward(jt.tensor([4.0, 5.0]))
    assert y.grad.tolist() == [4.0, 5.0]
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        y.backward()


ALONG = {
    "cumsum": lambda x: x.cumsum(0), "cumprod": lambda x: x.cumprod(-1), "flip": lambda x: x.flip(0), "norm": lambda x: x.norm(dim=0), "p": lambda x: x.norm(3, dim=-1, keepdim=True),
    "gather": lambda x: x.gather(0, jt.tensor(0)), "index_select": lambda x: x.index_select(0, jt.tensor([0])), "sum": lambda x: x.sum((0,)), "mean": lambda x: x.mean((-1,)), "amax": lambda x: x.amax((0,)),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONG)
def test_along_the_dimension_of_a_tensor_without_any(name: str) -> None:
    x = jt.tensor(0.7, requires_grad=True)
    out = ALONG[name](x * 1.0)
    (out * out).backward()
    assert out.shape == () and abs(out.item() - 0.7) < 1e-15 and abs(x.grad.item() - 1.4) < 1e-15
    assert jt.tensor(0.7).argmax(0).tolist() == 0 and jt.tensor(0.7).argmin(-1).shape == ()
    with pytest.raises(IndexError, match="Dimension out of range"):
        x.cumsum(1)


@pytest.mark.parametrize("wrong", [object(), 1j])
def test_gradients_that_are_no_tensors(wrong: Any) -> None:
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="argument 'gradient' must be a sequence of Tensors"):
        (x * 2.0).backward(wrong)
    with pytest.raises(TypeError, match="argument 'inputs' must be a sequence of Tensors"):
        jt.autograd.grad(x.sum(), wrong)


def test_matrices_transposed() -> None:
    x = jt.tensor(0.7, requires_grad=True)
    (x.mT * 2.0).backward()
    assert x.grad.item() == 2.0  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match="only supported on matrices or batches of matrices"):
        _ = jt.ones(3).mT


def test_parts_of_nothing() -> None:
    x = jt.ones(0, 3)
    assert [p.shape for p in x.split(2)] == [(0, 3)]
    assert [p.shape for p in x.chunk(2)] == [(0, 3), (0, 3)]


@pytest.mark.parametrize("grad", [False, True])
def test_copies_of_expanded_tensors_are_contiguous(grad: bool) -> None:
    x = jt.tensor([0.5, 0.25], requires_grad=grad)
    for expanded in (x.expand(3, 2), x.unsqueeze(1).unsqueeze(0).expand(3, 2, 4)):
        assert expanded.clone().view(-1).tolist() == expanded.detach().clone().view(-1).tolist()


def test_a_tensor_is_not_its_own_gradient() -> None:
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="its own grad"):
        x.grad = x
    x.grad = x.detach()
    assert x.grad.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("refused_by", ["limit", "system"])
def test_a_tape_that_could_not_grow_is_cleared_of_what_nobody_needs(refused_by: str, memory_limit: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph of a computation that did not fit does not stand in the way of one that does."""
    from jittape.tape import arrays

    large, small = np.linspace(-1.0, 1.0, 300_000), np.linspace(-1.0, 1.0, 100_000)
    kept = arrays.kept

    def refuse(n: int, *more: Any) -> Any:
        if n > 1_500_000:
            raise MemoryError
        return kept(n, *more)

    def gradient(values: np.ndarray) -> np.ndarray:
        x = jt.tensor(values, requires_grad=True)
        (x.sin() * x + (-x * x).exp()).sum().backward()
        return x.grad.numpy()

    weight = jt.tensor([2.0], requires_grad=True)
    (weight * 3.0).sum().backward()
    with monkeypatch.context() as patch:
        if refused_by == "system":
            patch.setattr(arrays, "kept", refuse)
        for _ in range(2):
            jt.set_memory_limit(16_000_000 if refused_by == "limit" else None)
            with pytest.raises(jt.TapeLimitError, match="set_memory_limit" if refused_by == "limit" else "no memory"):
                gradient(large)
            np.testing.assert_allclose(gradient(small), np.cos(small) * small + np.sin(small) - 2.0 * small * np.exp(-small * small), rtol=1e-12, atol=1e-14)
    jt.set_memory_limit(None)
    (weight * weight).sum().backward()
    assert gradient(large).shape == large.shape and weight.grad.tolist() == [7.0]
