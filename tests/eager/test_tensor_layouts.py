"""How new tensors lie in memory, beside PyTorch: a later reshape() or contiguous() is a view or a copy by that."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt

torch = pytest.importorskip("torch")

X = np.random.default_rng(3).uniform(-1.0, 1.0, (2, 3, 2))

RESULTS: dict[str, Callable[[Any, Any], Any]] = {
    "flip": lambda t, x: x.flip(1), "flip of two": lambda t, x: x.flip(0, 2), "roll": lambda t, x: x.roll(1, 0), "tril": lambda t, x: x.tril(),
    "diag": lambda t, x: x[0].diag(), "repeat": lambda t, x: x.repeat(1, 2, 1), "index_select": lambda t, x: x.index_select(1, t.tensor([0, 1])),
    "list": lambda t, x: x[[0, 1]], "list of a middle axis": lambda t, x: x[:, [0, 1]], "list of the last axis": lambda t, x: x[:, :, [0, 1]],
    "clone": lambda t, x: x.clone(), "contiguous": lambda t, x: x.contiguous(), "cat": lambda t, x: t.cat([x, x], 1), "stack": lambda t, x: t.stack([x, x], -1),
    "scaled": lambda t, x: x * 2.0, "cumsum": lambda t, x: x.cumsum(0), "cumprod": lambda t, x: x.cumprod(1), "softmax": lambda t, x: x.softmax(0),
    "log_softmax": lambda t, x: x.log_softmax(-1), "sum": lambda t, x: x.sum(0), "amax": lambda t, x: x.amax(1), "prod": lambda t, x: x.prod(1),
    "std": lambda t, x: x.std(0), "logsumexp": lambda t, x: x.logsumexp(0), "norm": lambda t, x: x.norm(dim=0), "masked_fill": lambda t, x: x.masked_fill(x > 0, 0.5),
    "zeros_like": lambda t, x: t.zeros_like(x), "full_like": lambda t, x: t.full_like(x, 1.5), "where": lambda t, x: t.where(x > 0, x, x * 2.0),
}  # fmt: skip


def written(t: Any, make: Callable[[Any, Any], Any], order: Any, grad: bool) -> Any:
    """Which results of reshape() and contiguous() are views: that they follow what is written to the tensor."""
    x = t.tensor(X, requires_grad=grad)
    y = make(t, x.permute(*order))
    flat, whole = y.reshape(-1), y.contiguous()
    with t.no_grad():
        y[(-1,) * y.dim()] = 7.0
        y[0] += 0.5
    return [v.detach().numpy().ravel() for v in (x, y, flat, whole)]


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("name", RESULTS)
def test_layouts_of_results(name: str, grad: bool) -> None:
    for order in itertools.permutations(range(3)):
        for found, expected in zip(written(jt, RESULTS[name], order, grad), written(torch, RESULTS[name], order, grad), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=f"{name} {order}")


@pytest.mark.parametrize("grad", [False, True])
def test_a_transposed_tensor_that_is_made_contiguous_can_be_viewed(grad: bool) -> None:
    x = jt.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=grad)
    v = x.T.contiguous().view(-1)
    np.testing.assert_allclose(v.detach().numpy(), [1.0, 3.0, 2.0, 4.0])
    np.testing.assert_allclose(x.flip(0).view(-1).detach().numpy(), [3.0, 4.0, 1.0, 2.0])


@pytest.mark.parametrize("view", ["squeeze", "permute", "expand"])
def test_a_view_of_the_same_shape_follows_recorded_values(view: str) -> None:
    z, w = jt.zeros(3), jt.tensor(0.5, requires_grad=True)
    v = {"squeeze": lambda: z.squeeze(), "permute": lambda: z.permute(0), "expand": lambda: z.expand(3)}[view]()
    z[1] = w * 2.0
    assert v.requires_grad
    np.testing.assert_allclose(v.detach().numpy(), [0.0, 1.0, 0.0])
    (v * v).sum().backward()
    assert w.grad.item() == 4.0


def test_recorded_values_are_stored_into_plain_results_of_any_order() -> None:
    d = jt.tensor(X).permute(1, 0, 2).clone()
    w = jt.tensor(0.5, requires_grad=True)
    d[0, 1, 0] += w
    d.reshape(-1)[2].backward()
    assert w.grad.item() == 1.0


def test_recorded_passes_of_tensors_have_rules_at_zero() -> None:
    x = jt.tensor([0.0, 0.0], requires_grad=True)
    (g,) = jt.autograd.grad((x * x).sum().sqrt() ** 2, x, create_graph=True)
    (h,) = jt.autograd.grad(g[0], x)
    np.testing.assert_allclose(h.numpy(), [2.0, 0.0])


def test_constant_gradients_of_recorded_passes_can_be_written_to() -> None:
    x = jt.tensor(X[0], requires_grad=True)
    (g,) = jt.autograd.grad(x.sum(), x, create_graph=True)
    g[0] = 3.0
    g[[1]] += 2.0
    np.testing.assert_allclose(g.numpy(), [[3.0, 3.0], [3.0, 3.0], [1.0, 1.0]])


@pytest.mark.parametrize("grad", [False, True])
def test_softmax_and_logsumexp_of_nothing(grad: bool) -> None:
    for t in (jt, torch):
        x = t.zeros(0, 3, requires_grad=grad)
        assert tuple(x.softmax(0).shape) == (0, 3) == tuple(x.log_softmax(1).shape)
        assert x.logsumexp(0).tolist() == [-np.inf] * 3


def test_elements_of_a_tensor_whose_memory_was_handed_out() -> None:
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    memory = x.detach().numpy()
    e = x[1]
    memory[1] = 5.0
    assert e.view(1, 1).tolist() == [[5.0]] and e.contiguous().item() == 5.0
    assert jt.zeros_like(e).item() == 0.0
    (e.view(1) * 2.0).sum().backward()
    assert x.grad.tolist() == [0.0, 2.0]


@pytest.mark.parametrize("k", range(-3, 5))
def test_turned_tensors_lie_as_pytorchs_do(k: int) -> None:
    found = []
    for lib in (jt, torch):
        y = lib.tensor(np.arange(6.0).reshape(2, 3)).rot90(k, (0, 1))
        flat = y.reshape(-1)
        flat[0] = 99.0
        found.append((y.tolist(), flat.tolist()))
    assert found[0] == found[1]
    with pytest.raises(RuntimeError, match="two different dimensions"):
        jt.tensor([[1.0]]).rot90(1, (0, 0))
    for x in (jt.tensor([[1.0, 2.0]]), jt.tensor([[1.0, 2.0]], requires_grad=True) * 1.0):
        assert not x.rot90(k).detach_().requires_grad


@pytest.mark.parametrize("recorded", [False, True])
def test_what_ravel_and_reshape_copy(recorded: bool) -> None:
    found = []
    for lib in (jt, torch):
        x = lib.tensor(np.arange(6.0).reshape(2, 3), requires_grad=recorded) * 1.0
        for part in (x, x[:, :1], x.t(), x[1], x[:, 1:], x.unsqueeze(1), x[0, 1]):
            for flat in (part.ravel(), part.reshape(-1), part.flatten()):
                flat += 1.0
        found.append(x.tolist())
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["rand_like", "randn_like", "randint_like"])
def test_random_tensors_lie_as_the_other_one_does(name):
    import jittape.torch as jtt

    x = jtt.zeros(2, 3, 4).permute(2, 0, 1)
    new = getattr(jtt, name)(x, *([5] if name == "randint_like" else []))
    assert new.shape == x.shape and new.stride() == torch.zeros(2, 3, 4).permute(2, 0, 1).stride()
