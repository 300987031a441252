"""Weights that are computed from others: what is trained, what is saved, values and gradients, beside PyTorch."""

import importlib

import numpy as np
import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")


def rooms():
    for room in (torch, T):
        yield room, *(importlib.import_module(f"{room.__name__}.nn.utils.{name}") for name in ("parametrize", "parametrizations"))


def same_layers(make):
    layers = [make(room) for room in (torch, T)]
    values = {k: np.random.default_rng(0).normal(size=tuple(v.shape)) for k, v in layers[0].state_dict().items()}
    for room, layer in zip((torch, T), layers, strict=True):
        layer.double().load_state_dict({k: room.tensor(v) for k, v in values.items()})
    return layers


def classes(room):
    class Symmetric(room.nn.Module):
        def forward(self, X):
            return X.triu() + X.triu(1).transpose(-1, -2)

    class Positive(room.nn.Module):
        def forward(self, X):
            return X.exp()

        def right_inverse(self, A):
            return A.log()

    class Halves(room.nn.Module):
        def forward(self, a, b):
            return a + b

        def right_inverse(self, A):
            return A / 2, A / 2

    return Symmetric(), Positive(), Halves()


def told(layer, x):
    out = layer(x)
    (out.sin() * (out.detach() + 1)).sum().backward()
    return [out.detach().numpy(), *[p.grad.numpy() for p in layer.parameters() if p.grad is not None]]


@pytest.mark.parametrize("which", [(0,), (1,), (1, 0), (2,), (2, 1)])
def test_constraints(which):
    rows, texts = [], []
    for (room, parametrize, _), layer in zip(rooms(), same_layers(lambda room: room.nn.Linear(3, 3)), strict=True):
        with room.no_grad():
            layer.weight.copy_(layer.weight.abs() + 0.1)
        for k in which:
            assert parametrize.register_parametrization(layer, "weight", classes(room)[k]) is layer
        row = told(layer, room.tensor(np.arange(6.0).reshape(2, 3) / 7))
        if all(k != 0 for k in which):
            layer.weight = layer.weight.detach() * 2
            row.append(layer.weight.detach().numpy())
        row += [v.numpy().copy() for v in layer.state_dict().values()]
        texts.append((str(layer), list(layer.state_dict()), type(layer).__name__, parametrize.is_parametrized(layer), parametrize.is_parametrized(layer, "bias")))
        before = layer.weight.detach().numpy().copy()
        parametrize.remove_parametrizations(layer, "weight")
        np.testing.assert_allclose(before, layer.weight.detach().numpy(), rtol=1e-14)
        texts.append((str(layer), list(layer.state_dict()), parametrize.is_parametrized(layer)))
        rows.append(row)
    assert texts[:2] == texts[2:]
    for a, b in zip(*rows, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["weight_norm", "orthogonal", "spectral_norm"])
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_known_constraints(name, shape):
    if name == "spectral_norm":  # begins with vectors that are drawn
        layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(*shape).double(), n_power_iterations=60)
        assert abs(np.linalg.norm(layer(torch.eye(shape[0], dtype=torch.float64)).T.detach().numpy() - layer.bias.detach().numpy()[:, None], 2) - 1) < 1e-6
        layer.weight.sum().backward()
        assert np.isfinite(layer.parametrizations.weight.original.grad.numpy()).all()
        return
    for options in ({},) if name == "weight_norm" else ({}, {"orthogonal_map": "cayley"}, {"orthogonal_map": "householder"}, {"orthogonal_map": "householder", "use_trivialization": False}):
        rows = []
        made = same_layers(lambda room: room.nn.Linear(*shape))
        for (room, _, parametrizations), layer in zip(rooms(), made, strict=True):
            if shape[0] != shape[1] and options.get("use_trivialization", True) and name == "orthogonal":
                q = np.linalg.qr(np.random.default_rng(1).normal(size=(max(shape), max(shape))))[0]
                getattr(parametrizations, name)(layer, **options)
                layer.parametrizations.weight[0].base = room.tensor(q)
                layer.load_state_dict({k: room.tensor(np.cos(np.arange(v.numel())).reshape(tuple(v.shape))) if "original" in k else v for k, v in layer.state_dict().items()})
            else:
                getattr(parametrizations, name)(layer, **options)
            rows.append([layer.weight.detach().numpy(), *told(layer, room.tensor(np.arange(2.0 * shape[0]).reshape(2, -1) / 5)), *[v.numpy() for v in layer.state_dict().values()]])
            if name == "orthogonal":
                w = layer.weight.detach().numpy()
                w = w if w.shape[0] >= w.shape[1] else w.T
                if shape[0] == shape[1] or not options.get("use_trivialization", True):
                    np.testing.assert_allclose(w.T @ w, np.eye(min(shape)), atol=1e-10)
        for a, b in zip(*rows, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


def test_cached_weights_and_errors():
    for room, parametrize, parametrizations in rooms():
        layer = parametrize.register_parametrization(room.nn.Linear(2, 2), "weight", classes(room)[0])
        with parametrize.cached():
            assert layer.weight is layer.weight
        assert layer.weight is not layer.weight
        with pytest.raises(ValueError, match="does not have a parameter"):
            parametrize.register_parametrization(layer, "none", room.nn.ReLU())
        with pytest.raises(ValueError, match="may not change the shape"):
            parametrize.register_parametrization(room.nn.Linear(2, 2), "weight", room.nn.Flatten(0))
        with pytest.raises(ValueError, match="does not have a parametrization"):
            parametrize.remove_parametrizations(layer, "bias")
        with pytest.raises(RuntimeError, match="does not implement right_inverse"):
            layer.weight = room.ones(2, 2)
        with pytest.raises(ValueError, match="orthogonal_map"):
            parametrizations.orthogonal(room.nn.Linear(2, 2), orthogonal_map="none")
        assert parametrize.type_before_parametrizations(layer) is room.nn.Linear


def test_a_constrained_layer_is_trained():
    torch.manual_seed(0)
    layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(3, 3, bias=False))
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    x = torch.randn(50, 3)
    target = x @ torch.linalg.qr(torch.randn(3, 3)).Q
    first = None
    for _ in range(100):
        optimizer.zero_grad()
        loss = ((layer(x) - target) ** 2).mean()
        first = loss.item() if first is None else first
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5 * first and (layer.weight @ layer.weight.T).allclose(torch.eye(3), atol=1e-4)
