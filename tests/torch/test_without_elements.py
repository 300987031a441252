"""Leaves that are reached only through tensors without elements have gradients as in PyTorch: zeros, by backward passes, autograd.grad, hooks and layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape.torch as jtorch

torch = pytest.importorskip("torch")

X = np.array([[1.0, -2.0], [3.0, 0.5], [0.2, -0.7]])
THROUGH: dict[str, Any] = {
    "slice": lambda t, x: x[:0].sum(),
    "mask": lambda t, x: x[x > 1e9].sum(),
    "masked_select": lambda t, x: t.masked_select(x, x > 1e9).sum(),
    "index": lambda t, x: x[t.zeros(0, dtype=t.int64)].sum(),
    "index_select": lambda t, x: x.index_select(0, t.zeros(0, dtype=t.int64)).sum(),
    "gather": lambda t, x: x.gather(0, t.zeros(0, 2, dtype=t.int64)).sum(),
    "operations": lambda t, x: (x[:0].exp() * x[:0] - 2.0).pow(2).sum() + 1.0,
    "several tensors": lambda t, x: (x[:0] * t.ones(2, dtype=t.float64) + x[0]).mean(),
    "cat": lambda t, x: t.cat([x[:0], t.ones(2, 2, dtype=t.float64)]).sum(),
    "stack": lambda t, x: t.stack([x[:0], x[:0]]).sum(),
    "rows of a product": lambda t, x: (t.zeros(0, 3, dtype=t.float64) @ x).sum(),
    "inner axis of a product": lambda t, x: (x[:, :0] @ t.zeros(0, 4, dtype=t.float64)).sum(),
    "einsum": lambda t, x: t.einsum("ij,jk->ik", t.zeros(0, 3, dtype=t.float64), x).sum(),
    "prod": lambda t, x: x[:0].prod(),
    "sum along an axis": lambda t, x: x[:, :0].sum(1).pow(2).sum(),
    "broadcast": lambda t, x: (x[0] * t.zeros(0, 2, dtype=t.float64)).sum(),
    "views of views": lambda t, x: x.t()[:, 1:1].reshape(0).clone().view(0, 2).sum(),
    "split": lambda t, x: x.split([0, 3])[0].sum(),
    "a result between": lambda t, x: x.sin().cos()[2:2].sum(),
    "repeat": lambda t, x: x.repeat(0, 1).sum(),
    "sort": lambda t, x: x[:0].sort()[0].sum(),
    "topk": lambda t, x: x.topk(0)[0].sum(),
    "softmax": lambda t, x: x[:0].softmax(1).sum(),
    "det": lambda t, x: t.linalg.det(x[:0, :0]),
    "svdvals": lambda t, x: t.linalg.svdvals(x[:0]).sum(),
    "another dtype": lambda t, x: x[:0].to(t.float32).sum(),
    "complex": lambda t, x: t.complex(x[:0], x[:0]).abs().sum(),
    "embedding": lambda t, x: t.nn.functional.embedding(t.zeros(0, dtype=t.int64), x).sum(),
    "cross_entropy": lambda t, x: t.nn.functional.cross_entropy(x[:0], t.zeros(0, dtype=t.int64), reduction="sum"),
    "convolution": lambda t, x: t.nn.functional.conv1d(t.zeros(0, 1, 8, dtype=t.float64), x.reshape(3, 1, 2)).sum(),
    "group_norm": lambda t, x: t.nn.functional.group_norm(t.zeros(0, 2, 2, dtype=t.float64), 1, x[0], x[1]).sum(),
    "stored": lambda t, x: stored(t.zeros(3, 2, dtype=t.float64), t.zeros(3, dtype=t.bool), x[:0]).sum(),
    "added in place": lambda t, x: t.ones(3, 2, dtype=t.float64).index_add_(0, t.zeros(0, dtype=t.int64), x[:0].tanh()).sum(),
    "beside others": lambda t, x: x[:0].sum() + (x[1] * x[1]).sum(),
}


def stored(z: Any, mask: Any, value: Any) -> Any:
    z[mask] = value * 2.0
    return z


def found(t: Any, f: Any) -> list[Any]:
    """The value, `.grad`, what hooks were given, a recorded gradient, and that of a product with another leaf."""
    x, z = t.tensor(X, requires_grad=True), t.tensor(2.0, dtype=t.float64, requires_grad=True)
    hooked: list[Any] = []
    x.register_hook(lambda g: hooked.append(g.tolist()))
    y = f(t, x)
    out: list[Any] = [y.item(), y.requires_grad]
    y.backward(retain_graph=True)
    out.append(x.grad.tolist())
    (g,) = t.autograd.grad(y, x, create_graph=True)
    out.append(g.tolist())
    x.grad = None
    (y * z).backward(retain_graph=True)
    out += [x.grad.tolist(), z.grad.tolist(), hooked]
    out.append(t.autograd.grad(y, x)[0].tolist())
    return out


@pytest.mark.parametrize("name", THROUGH)
def test_a_leaf_that_is_reached_through_nothing_has_zeros(name: str) -> None:
    for a, b in zip(found(jtorch, THROUGH[name]), found(torch, THROUGH[name]), strict=True):
        np.testing.assert_allclose(a, b)


def test_an_unused_leaf_has_none() -> None:
    x, w = jtorch.ones(2, requires_grad=True), jtorch.ones(2, requires_grad=True)
    unused = w[:0].sum()
    x[:0].sum().backward()
    assert x.grad is not None and w.grad is None and unused.requires_grad
    assert jtorch.autograd.grad(x[:0].sum(), w, allow_unused=True) == (None,)


LAYERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "Linear": (lambda n: n.Linear(2, 3), (0, 2)),
    "Conv1d": (lambda n: n.Conv1d(2, 4, 2, groups=2), (0, 2, 5)),
    "Conv2d": (lambda n: n.Conv2d(2, 3, 2), (0, 2, 5, 5)),
    "Conv3d": (lambda n: n.Conv3d(2, 3, 2), (0, 2, 4, 4, 4)),
    "ConvTranspose2d": (lambda n: n.ConvTranspose2d(2, 3, 2), (0, 2, 5, 5)),
    "BatchNorm1d": (lambda n: n.BatchNorm1d(2), (0, 2)),
    "LayerNorm": (lambda n: n.LayerNorm(2), (0, 2)),
    "GroupNorm": (lambda n: n.GroupNorm(1, 2), (0, 2, 4)),
    "RMSNorm": (lambda n: n.RMSNorm(2), (0, 2)),
    "PReLU": (lambda n: n.PReLU(), (0, 2)),
    "RNN": (lambda n: n.RNN(2, 3), (4, 0, 2)),
    "LSTM": (lambda n: n.LSTM(2, 3, num_layers=2, bidirectional=True), (4, 0, 2)),
    "GRU": (lambda n: n.GRU(2, 3), (4, 0, 2)),
    "LSTMCell": (lambda n: n.LSTMCell(2, 3), (0, 2)),
    "TransformerEncoderLayer": (lambda n: n.TransformerEncoderLayer(2, 1, 4, dropout=0.0, batch_first=True), (0, 4, 2)),
    "Sequential": (lambda n: n.Sequential(n.Linear(2, 3), n.ReLU(), n.Linear(3, 1)), (0, 2)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_of_no_samples(name: str) -> None:
    make, shape = LAYERS[name]
    told = []
    for t in (torch, jtorch):
        layer, x = make(t.nn), t.zeros(*shape, requires_grad=True)
        out = layer(x)
        out = out[0] if isinstance(out, tuple) else out
        out.sum().backward()
        told.append((tuple(out.shape), tuple(x.grad.shape), {n: p.grad.tolist() for n, p in layer.named_parameters()}))
    assert told[1] == told[0]


def test_experts_without_tokens_are_moved_by_their_momentum_as_in_pytorch() -> None:
    told = []
    for t in (torch, jtorch):
        experts = t.nn.ModuleList(t.nn.Linear(2, 2) for _ in range(3))
        for k, e in enumerate(experts):
            e.load_state_dict({"weight": t.tensor([[0.1, 0.2], [0.3, -0.4]]) * (k + 1), "bias": t.tensor([0.5, -0.5])})
        optimizer = t.optim.AdamW(experts.parameters(), lr=0.1)
        x, parts = t.tensor(X, dtype=t.float32), [t.tensor([0, 1, 1]), t.tensor([0, 2, 0]), t.tensor([1, 1, 1])]
        for where in parts:
            out = t.zeros_like(x)
            for k, e in enumerate(experts):
                out[where == k] = e(x[where == k])
            optimizer.zero_grad()
            (out**2).sum().backward()
            optimizer.step()
        told.append(np.concatenate([p.detach().numpy().reshape(-1) for p in experts.parameters()]))
    np.testing.assert_allclose(told[1], told[0], rtol=1e-5, atol=1e-6)
