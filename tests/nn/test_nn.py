"""Modules, losses and optimisers, side by side with PyTorch."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape import nn, optim
from jittape.errors import ShapeError

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def double_precision(torch_in_float64: None) -> None:
    jt.manual_seed(7)


def pair(*sizes: int, bias: bool = True) -> tuple[Any, Any]:
    """The same network in both: Linear layers of these sizes with activations between them."""
    def make(n: Any) -> Any:
        layers: list[Any] = []
        for k, (a, b) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
            layers.append(n.Linear(a, b, bias=bias))
            if k < len(sizes) - 2:
                layers.append([n.ReLU, n.Tanh, n.Sigmoid][k % 3]())
        return n.Sequential(*layers)

    mine, theirs = make(nn), make(torch.nn)
    theirs.load_state_dict({name: torch.tensor(t.numpy()) for name, t in mine.state_dict().items()})
    return mine, theirs


def data(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(sum(shape)).normal(size=shape)


OPTIMISERS = {
    "sgd": lambda o, p: o.SGD(p, lr=0.1),
    "momentum": lambda o, p: o.SGD(p, lr=0.05, momentum=0.9),
    "dampening": lambda o, p: o.SGD(p, lr=0.05, momentum=0.9, dampening=0.3),
    "nesterov": lambda o, p: o.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "decay": lambda o, p: o.SGD(p, lr=0.1, weight_decay=0.1),
    "maximize": lambda o, p: o.SGD(p, lr=0.001, maximize=True),
    "adam": lambda o, p: o.Adam(p, lr=0.01),
    "adam_decay": lambda o, p: o.Adam(p, lr=0.01, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.1),
    "amsgrad": lambda o, p: o.Adam(p, lr=0.1, amsgrad=True),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_training_as_in_torch(name: str) -> None:
    mine, theirs = pair(4, 6, 3, 2)
    x, y = data(8, 4), data(8, 2)
    losses = []
    for t, o, model in ((jt, optim, mine), (torch, torch.optim, theirs)):
        optimizer = OPTIMISERS[name](o, model.parameters())
        loss_fn = t.nn.MSELoss()
        a, b = t.tensor(x), t.tensor(y)
        history = []
        for _ in range(60):
            optimizer.zero_grad()
            loss = loss_fn(model(a), b)
            loss.backward()
            optimizer.step()
            history.append(loss.item())
        losses.append(history)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-8)
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-7, atol=1e-10)


LOSSES = {
    "mse": lambda f, x, y, c, t: f.mse_loss(x, y),
    "mse_sum": lambda f, x, y, c, t: f.mse_loss(x, y, reduction="sum"),
    "mse_none": lambda f, x, y, c, t: f.mse_loss(x, y, reduction="none"),
    "l1": lambda f, x, y, c, t: f.l1_loss(x, y),
    "bce": lambda f, x, y, c, t: f.binary_cross_entropy_with_logits(x * 300, t.sigmoid(y)),
    "cross_entropy": lambda f, x, y, c, t: f.cross_entropy(x * 300, c),
    "nll": lambda f, x, y, c, t: f.nll_loss(f.log_softmax(x, dim=1), c, reduction="sum"),
    "linear": lambda f, x, y, c, t: f.linear(x, y, y[:, 0]),
    "activations": lambda f, x, y, c, t: f.relu(x) + f.tanh(x) * f.sigmoid(x) + f.softplus(x) + f.softmax(x, dim=0),
}


@pytest.mark.parametrize("name", LOSSES)
def test_function_as_in_torch(name: str) -> None:
    results = []
    for t in (jt, torch):
        x, y = t.tensor(data(5, 3), requires_grad=True), t.tensor(data(5, 3) + 0.5)
        c = t.tensor([0, 2, 1, 1, 0])
        out = LOSSES[name](t.nn.functional, x, y, c, t)
        (out * out).sum().backward()
        results.append((out.detach().numpy(), x.grad.numpy()))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_linear_is_drawn_from_the_right_interval() -> None:
    layer = nn.Linear(16, 2000)
    w = layer.weight.detach().numpy()
    assert w.shape == (2000, 16)
    assert np.abs(w).max() <= 0.25
    assert np.abs(w).max() > 0.249
    assert abs(w.mean()) < 0.01
    assert w.var() == pytest.approx(0.25**2 / 3, rel=0.05)
    b = layer.bias.detach().numpy()
    assert np.abs(b).max() <= 0.25
    assert np.abs(b).max() > 0.24
    assert nn.Linear(3, 2, bias=False).bias is None


def test_linear_takes_vectors_matrices_and_stacks() -> None:
    layer = nn.Linear(3, 2)
    for shape in ((3,), (5, 3), (2, 5, 3)):
        assert layer(jt.ones(*shape)).shape == (*shape[:-1], 2)
    with pytest.raises(ShapeError, match=r"\(5, 4\).*\(2, 3\)"):
        layer(jt.ones(5, 4))
    assert isinstance(layer(np.ones((4, 3))), jt.Tensor)


def test_mse_refuses_to_broadcast() -> None:
    with pytest.raises(ShapeError, match=r"\(4, 1\).*\(4,\)"):
        nn.MSELoss()(jt.ones(4, 1), jt.ones(4))


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(2, 2)
        self.b = nn.Linear(2, 2)
        self.b.weight = self.a.weight
        self.scale = nn.Parameter(jt.tensor(2.0))
        self.register_buffer("offset", jt.tensor([1.0, 1.0]))
        self.parts = nn.ModuleList([nn.Tanh(), nn.Linear(2, 1)])

    def forward(self, x: Any) -> Any:
        h = self.b(self.a(x)) * self.scale + self.offset
        for part in self.parts:
            h = part(h)
        return h


def test_registries() -> None:
    m = Tied()
    assert [n for n, _ in m.named_parameters()] == ["scale", "a.weight", "a.bias", "b.bias", "parts.1.weight", "parts.1.bias"]
    assert [n for n, _ in m.named_buffers()] == ["offset"]
    assert len(list(m.modules())) == 6
    assert [n for n, _ in m.named_children()] == ["a", "b", "parts"]
    assert m.training
    m.eval()
    assert not m.parts[1].training
    m.train()
    assert m.parts[1].training
    m(jt.ones(3, 2)).sum().backward()
    assert all(p.grad is not None for p in m.parameters())
    m.zero_grad()
    assert all(p.grad is None for p in m.parameters())
    with pytest.raises(TypeError, match="cannot assign float"):
        m.scale = 1.0
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        m.nothing
    del m.scale
    assert "scale" not in dict(m.named_parameters())


def test_own_parameters_and_those_of_parts() -> None:
    m = Tied()
    assert [n for n, _ in m.named_parameters(recurse=False)] == ["scale"]
    assert [n for n, _ in m.a.named_parameters(recurse=False)] == ["weight", "bias"]
    assert [n for n, _ in m.named_buffers(recurse=False)] == ["offset"] and not list(m.a.buffers(recurse=False))


def test_assigning_anew_keeps_the_order() -> None:
    """Optimisers and saved states go by the order of the parameters."""
    m = nn.Linear(2, 3)
    m.weight = nn.Parameter(jt.ones(3, 2))
    assert [n for n, _ in m.named_parameters()] == ["weight", "bias"]


def test_methods_that_return_the_module() -> None:
    m = Tied()
    assert m.train() is m and m.eval() is m and m.requires_grad_(False) is m and m.apply(lambda part: None) is m
    assert not any(p.requires_grad for p in m.parameters())


@pytest.mark.parametrize("owner", ["optimiser", "module"])
def test_gradients_set_to_zero(owner: str) -> None:
    """A parameter that had no gradient has none afterwards."""
    m = nn.Linear(2, 3)
    (m.weight * 2.0).sum().backward()
    (optim.SGD(m.parameters(), lr=0.1) if owner == "optimiser" else m).zero_grad(set_to_none=False)
    assert m.bias.grad is None
    assert m.weight.grad.tolist() == [[0.0, 0.0]] * 3


def test_registering_before_init_is_refused() -> None:
    class Early(nn.Module):
        def __init__(self) -> None:
            self.w = nn.Parameter(jt.ones(2))

    with pytest.raises(AttributeError, match="super"):
        Early()


def test_forward_is_to_be_defined() -> None:
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Module()(1)


def test_state_dict_round_trip() -> None:
    a, b = Tied(), Tied()
    x = jt.ones(3, 2)
    assert not jt.allclose(a(x), b(x))
    b.load_state_dict({k: v.clone() for k, v in a.state_dict().items()} | {"b.weight": a.b.weight}, strict=False)
    assert jt.allclose(a(x), b(x))
    with pytest.raises(RuntimeError, match='Missing key.*"scale"'):
        a.load_state_dict({k: v for k, v in a.state_dict().items() if k != "scale"})
    with pytest.raises(RuntimeError, match="size mismatch for scale"):
        a.load_state_dict({**a.state_dict(), "scale": jt.ones(2)})


def test_dtype_of_a_model() -> None:
    m = nn.Sequential(nn.Linear(3, 2), nn.ReLU()).float()
    out = m(jt.ones(4, 3, dtype=jt.float32))
    out.sum().backward()
    assert out.dtype == jt.float32
    assert m[0].weight.grad.dtype == jt.float32


def test_deepcopy_of_a_model() -> None:
    m = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    c = copy.deepcopy(m)
    with jt.no_grad():
        c[0].weight.zero_()
    assert m[0].weight.abs().sum().item() > 0
    assert isinstance(c[0].weight, nn.Parameter)
    assert c[0].weight.requires_grad


def test_repr_of_a_model() -> None:
    mine, theirs = pair(2, 3, 1)
    assert repr(mine) == repr(theirs)


def test_parameter() -> None:
    source = jt.tensor([1.0, 2.0])
    p = nn.Parameter(source)
    assert p.is_leaf
    assert p.requires_grad
    source[0] = 5.0  # the memory is shared, as in PyTorch
    assert (p * 1.0).tolist() == [5.0, 2.0]
    assert repr(p).startswith("Parameter containing:\ntensor([5., 2.]")
    scalar = nn.Parameter(2.0)
    (scalar * scalar * 3.0).backward()
    assert scalar.grad.item() == 12.0
    assert type(scalar * 2.0) is jt.Tensor


def test_optimizer_groups_and_state() -> None:
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0])
    o = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1, momentum=0.5)
    for _ in range(2):
        o.zero_grad()
        (a + b).sum().backward()
        o.step()
    np.testing.assert_allclose([a.item(), b.item()], [1 - 0.1 - 0.15, 1 - 0.5 - 0.75])
    saved = o.state_dict()
    other = optim.SGD([{"params": [a]}, {"params": b, "lr": 9.0}], lr=9.0, momentum=0.5)
    other.load_state_dict(saved)
    other.zero_grad(set_to_none=False)
    assert a.grad.item() == 0.0
    other.step()
    np.testing.assert_allclose(a.item(), 0.75 - 0.1 * 0.75)


def test_step_with_a_closure() -> None:
    x = jt.tensor(3.0, requires_grad=True)
    o = optim.SGD([x], lr=0.1)

    def closure() -> Any:
        o.zero_grad()
        loss = x * x
        loss.backward()
        return loss

    with jt.no_grad():
        assert o.step(closure).item() == 9.0
    assert x.item() == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda p: optim.SGD(p, lr=-1.0), ValueError, "Invalid learning rate"),
        (lambda p: optim.SGD([], lr=0.1), ValueError, "empty parameter list"),
        (lambda p: optim.SGD(p[0]), TypeError, "iterable"),
        (lambda p: optim.SGD([p[0] * 2]), ValueError, "non-leaf"),
        (lambda p: optim.SGD([1.0]), TypeError, "float"),
        (lambda p: optim.SGD(p, nesterov=True), ValueError, "Nesterov"),
        (lambda p: optim.SGD([{"params": p[0]}, {"params": p[0]}]), ValueError, "more than one"),
        (lambda p: optim.Adam(p, betas=(1.0, 0.9)), ValueError, "beta parameter at index 0"),
    ],
)
def test_errors_of_optimisers(make: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        make([jt.ones(2, requires_grad=True)])
