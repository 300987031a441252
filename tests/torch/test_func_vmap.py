"""torch.func.vmap beside PyTorch's: operations over batches, nested transforms, what has no rule."""

import warnings

import numpy as np
import pytest

import jittape.torch as torch
from jittape.torch.func import functional_call, grad, hessian, jacrev, stack_module_state, vjp, vmap

T = pytest.importorskip("torch")

DRAW = np.random.default_rng(0)
X, Y, V, M = DRAW.normal(size=(4, 3, 5)), DRAW.normal(size=(4, 3, 5)), DRAW.normal(size=(4, 5)), DRAW.normal(size=(5, 6))
INDEX = DRAW.integers(0, 5, (4, 3))
IMAGES, KERNEL, BIAS = DRAW.normal(size=(4, 2, 3, 8, 8)), DRAW.normal(size=(5, 3, 3, 3)), DRAW.normal(size=5)


def compared(f, arrays, *how, **named):
    """A function of each package's namespace and tensors, mapped over a batch; here without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = T.func.vmap(lambda *x: f(T, *x), *how, **named)(*[T.tensor(x) for x in arrays])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = vmap(lambda *x: f(torch, *x), *how, **named)(*[torch.tensor(x) for x in arrays])
    for a, b in zip(ours if isinstance(ours, tuple) else (ours,), theirs if isinstance(theirs, tuple) else (theirs,), strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-6, atol=1e-9)


def stored(a):
    a[0] = a[1]
    a[:, 0] = 1.0
    return a


ONE = [
    lambda t, a: a * 2 + 1, lambda t, a: a.exp(), lambda t, a: a.tanh() ** 2, lambda t, a: a.sum(), lambda t, a: a.sum(0), lambda t, a: a.mean(-1, keepdim=True),
    lambda t, a: a.max(), lambda t, a: a.max(1).values, lambda t, a: a.amax(0), lambda t, a: a.softmax(-1), lambda t, a: t.logsumexp(a, 0), lambda t, a: t.log_softmax(a, 1),
    lambda t, a: a.T @ a, lambda t, a: a @ a.mT, lambda t, a: a.reshape(-1), lambda t, a: a.flatten(), lambda t, a: a.unsqueeze(0) + a.unsqueeze(1), lambda t, a: a.permute(1, 0),
    lambda t, a: a[0], lambda t, a: a[:, 1:3], lambda t, a: a[..., -1], lambda t, a: a[[0, 2]], lambda t, a: t.stack([a[0], a[1]]), lambda t, a: t.cat([a, a], 1),
    lambda t, a: t.where(a > 0, a, -a), lambda t, a: a.clamp(min=0.1), lambda t, a: t.relu(a), lambda t, a: a.norm(), lambda t, a: a.norm(dim=1), lambda t, a: a.var(0),
    lambda t, a: a.std(), lambda t, a: a.cumsum(1), lambda t, a: a.sort(1).values, lambda t, a: a.topk(2, 1)[0], lambda t, a: a.argmax(1), lambda t, a: a.argmax(),
    lambda t, a: t.einsum("ij,kj->ik", a, a), lambda t, a: t.outer(a[0], a[1]), lambda t, a: t.dot(a[0], a[1]), lambda t, a: t.diag(a[0]), lambda t, a: a[0].expand(2, 5),
    lambda t, a: a.repeat(2, 1), lambda t, a: a.flip(0), lambda t, a: a.roll(1, 0), lambda t, a: a.tril(), lambda t, a: a.masked_fill(a > 0, 0.0), lambda t, a: t.det(a @ a.mT),
    lambda t, a: t.linalg.inv(a @ a.mT + t.eye(3, dtype=a.dtype)), lambda t, a: t.linalg.cholesky(a @ a.mT + t.eye(3, dtype=a.dtype)), lambda t, a: a[:1].squeeze(),
    lambda t, a: t.linalg.solve(a @ a.mT + t.eye(3, dtype=a.dtype), a), lambda t, a: (a * 1).add_(1).mul_(2), lambda t, a: a[0, 0], lambda t, a: a.prod(), lambda t, a: a.min(0)[0],
    lambda t, a: ((a > 0) & (a < 1)).to(a.dtype), lambda t, a: a.float(), lambda t, a: a.chunk(2, 1)[0], lambda t, a: a.unbind(0)[1], lambda t, a: a.split(2, 1)[1],
    lambda t, a: a.diff(dim=1), lambda t, a: t.logaddexp(a, a * 2), lambda t, a: t.atan2(a, a + 1), lambda t, a: t.trace(a), lambda t, a: a.abs() ** 0.5, lambda t, a: 2.0**a,
    lambda t, a: 1 - a, lambda t, a: 1 / a, lambda t, a: (a > 1).any(), lambda t, a: a @ a[0], lambda t, a: a[:, 0] @ a, lambda t, a: t.zeros_like(a) + a, lambda t, a: a.movedim(0, 1),
    lambda t, a: t.nn.functional.gelu(a), lambda t, a: t.nn.functional.layer_norm(a, (5,)), lambda t, a: t.nn.functional.softplus(a), lambda t, a: t.nn.functional.normalize(a, dim=0),
    lambda t, a: t.nn.functional.mse_loss(a, a * 0), lambda t, a: t.nn.functional.pad(a, (1, 1)), lambda t, a: t.max(a, a * 2), lambda t, a: stored(a * 1), lambda t, a: a.median(),
    lambda t, a: a.unsqueeze(0) @ a.mT.unsqueeze(0), lambda t, a: t.cdist(a, a), lambda t, a: t.special.xlogy(a.abs(), a.abs()), lambda t, a: a.sum((0, 1)),
    lambda t, a: a.amax(keepdim=True), lambda t, a: a.norm(keepdim=True), lambda t, a: a.argmax(keepdim=True), lambda t, a: (a > 0).all(keepdim=True), lambda t, a: t.logsumexp(a, ()),
    lambda t, a: a[0, 0].max(), lambda t, a: a[0, 0].median(), lambda t, a: a[0, 0].sum(()), lambda t, a: a[0, 0].sum(0, keepdim=True), lambda t, a: a[0, 0].cumsum(0),
    lambda t, a: a[0, 0].sort()[0], lambda t, a: a[0, 0].softmax(0), lambda t, a: a[0, 0].argmax(keepdim=True),
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(ONE)))
def test_operations_of_one_tensor(k):
    compared(ONE[k], (X,))
    compared(ONE[k], (np.moveaxis(X, 0, 1).copy(),), 1)


TWO = [
    lambda t, a, b: a + b, lambda t, a, b: a @ b.mT, lambda t, a, b: a * b[0], lambda t, a, b: t.where(a > b, a, b), lambda t, a, b: t.cat([a, b]), lambda t, a, b: t.max(a, b),
    lambda t, a, b: t.stack([a, b], -1), lambda t, a, b: t.einsum("ij,ij->i", a, b), lambda t, a, b: ((a - b) ** 2).sum(), lambda t, a, b: t.minimum(a, b[1]),
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(TWO)))
def test_operations_of_two_tensors(k):
    compared(TWO[k], (X, Y))
    compared(TWO[k], (X, Y[0]), (0, None))
    compared(TWO[k], (X[0], Y), (None, 0))


def test_products_choices_and_layers():
    F = "functional"
    compared(lambda t, a, b: a @ b, (V, M), (0, None))
    compared(lambda t, a, b: b.T @ a, (V, M), (0, None))
    compared(lambda t, a, w: t.nn.functional.linear(a, w), (X, M.T.copy()), (0, None))
    compared(lambda t, a, w: t.nn.functional.linear(a, w), (X[0], np.stack([M.T] * 4)), (None, 0))
    compared(lambda t, a, i: a.gather(1, i.unsqueeze(1)), (X, INDEX))
    compared(lambda t, a, i: a[i], (X.swapaxes(1, 2).copy(), INDEX))
    compared(lambda t, a, i: a[i], (M, INDEX), (None, 0))
    compared(lambda t, a, i: t.nn.functional.embedding(i, a), (M, INDEX), (None, 0))
    for how in ({}, {"reduction": "sum"}, {"ignore_index": 2}, {"weight": True}):
        def loss(t, a, i, how=how):
            more = {k: (t.arange(1, 6).to(a.dtype) if k == "weight" else v) for k, v in how.items()}
            return getattr(t.nn, F).cross_entropy(a, i, **more)

        compared(loss, (X, INDEX))
    compared(lambda t, a, i: t.nn.functional.cross_entropy(a[0], i[0]), (X, INDEX))
    compared(lambda t, a, w, b: t.nn.functional.conv2d(a, w, b, padding=1), (IMAGES, KERNEL, BIAS), (0, None, None))
    compared(lambda t, a, w, b: t.nn.functional.conv2d(a, w, b, stride=2), (IMAGES, np.stack([KERNEL] * 4), np.stack([BIAS] * 4)))
    compared(lambda t, a: t.nn.functional.max_pool2d(a, 2), (IMAGES,))
    compared(lambda t, a: t.nn.functional.adaptive_avg_pool2d(a, 1), (IMAGES,))
    compared(lambda t, a: t.nn.functional.group_norm(a, 3), (IMAGES,))


def test_nested_transforms():
    compared(lambda t, a: t.func.vmap(lambda b: b * b.sum())(a), (X,))
    compared(lambda t, a, b: t.func.vmap(lambda c: t.func.vmap(lambda d: ((c - d) ** 2).sum())(b))(a), (X, Y))
    compared(lambda t, a: a, (X,), 0, 2)
    compared(lambda t, a: a.sum(0), (X,), chunk_size=3)
    compared(lambda t, a: t.func.grad(lambda q: (q.sin() * q).sum())(a), (X,))
    compared(lambda t, a: t.func.hessian(lambda q: (q.sin() * q).prod())(a), (V,))
    compared(lambda t, a: t.func.jacrev(lambda q: q.cumsum(0) * q)(a), (V,))
    compared(lambda t, a: t.func.grad(lambda q: t.func.grad(lambda z: (z**3).sum())(q).sum())(a), (V,))
    compared(lambda t, a, w: t.func.grad(lambda v: (a @ v).tanh().sum())(w), (V, M), (0, None))
    compared(lambda t, a: t.func.jvp(lambda q: q.sin() * q, (a,), (a * 0 + 1,))[1], (V,))
    compared(lambda t, a: t.func.vjp(lambda q: q.sin() * q, a)[1](a)[0], (V,))
    x = torch.tensor(V[0])
    _, pull = vjp(lambda q: q.cumsum(0) * q, x)
    rows = vmap(pull)(torch.eye(5, dtype=torch.float64))[0]
    assert torch.allclose(rows, jacrev(lambda q: q.cumsum(0) * q)(x))


def test_gradients_of_each_sample_and_ensembles():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(27, 4))
    parameters = {k: v.detach() for k, v in model.named_parameters()}
    x, y = torch.randn(5, 1, 8, 8), torch.tensor([0, 3, 1, 1, 2])

    def loss(p, x, y):
        return torch.nn.functional.cross_entropy(functional_call(model, p, (x.unsqueeze(0),)), y.unsqueeze(0))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = vmap(grad(loss), (None, 0, 0))(parameters, x, y)
    for k in range(5):
        one = grad(loss)(parameters, x[k], y[k])
        for name in one:
            assert torch.allclose(found[name][k], one[name], atol=1e-6)
    models = [torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2)) for _ in range(4)]
    stacked, buffers = stack_module_state(models)
    z = torch.randn(6, 3)
    out = vmap(lambda p, b: functional_call(models[0], (p, b), (z,)))(stacked, buffers)
    assert torch.allclose(out, torch.stack([m(z) for m in models]), atol=1e-6)
    laplace = vmap(lambda s: hessian(lambda p: models[0](p)[0])(s).trace())(z)
    assert torch.allclose(laplace, torch.stack([hessian(lambda p: models[0](p)[0])(s).trace() for s in z]), atol=1e-5)
    laplace.sum().backward()  # the network's parameters are shared by all points
    assert models[0][0].weight.grad.abs().sum() > 0


def test_what_has_no_rule_is_computed_one_by_one():
    x = torch.tensor([-1.0, 2.0, 3.0])
    with pytest.warns(UserWarning, match="no rule for a decision by what differs"):
        out = vmap(lambda a: a * 2 if a > 0 else a * 3)(x)
    assert out.tolist() == [-3.0, 4.0, 6.0]
    with pytest.warns(UserWarning, match="called for each of the 3 elements"):
        assert vmap(lambda a: torch.tensor(float(a.item() + 1)))(x).tolist() == [0.0, 3.0, 4.0]
    with pytest.warns(UserWarning):
        nested = vmap(lambda a: vmap(lambda b: a * b if a > 0 else b)(x))(x)
    assert nested.tolist() == [[-1.0, 2.0, 3.0], [-2.0, 4.0, 6.0], [-3.0, 6.0, 9.0]]


def test_random_numbers():
    x = torch.zeros(3, 2)
    with pytest.raises(RuntimeError, match="randomness error mode"):
        vmap(lambda a: a + torch.randn(2))(x)
    same = vmap(lambda a: a + torch.randn(2), randomness="same")(x)
    assert (same == same[0]).all()
    different = vmap(lambda a: a + torch.randn(2), randomness="different")(x)
    assert not (different[0] == different[1]).any()
    with pytest.warns(UserWarning):
        same = vmap(lambda a: a + torch.randn(2) if a.sum() == 0 else a, randomness="same")(x)
    assert (same == same[0]).all()


@pytest.mark.parametrize(("call", "error"), [
    (lambda t: t.func.vmap(lambda a: a)(t.ones(3), t.ones(2)), Exception),
    (lambda t: t.func.vmap(lambda a, b: a)(t.ones(3), t.ones(2)), ValueError),
    (lambda t: t.func.vmap(lambda a: a, 1)(t.ones(3)), ValueError),
    (lambda t: t.func.vmap(lambda a: 3)(t.ones(3)), ValueError),
    (lambda t: t.func.vmap(lambda a: a, randomness="some")(t.ones(3)), RuntimeError),
    (lambda t: t.func.vmap(lambda a: a, 0, None)(t.ones(3)), ValueError),
    (lambda t: t.func.vmap(lambda a: a, chunk_size=0)(t.ones(3)), ValueError),
    (lambda t: t.func.vmap(lambda a: a @ a)(t.ones(3, 2, 3)), RuntimeError),
    (lambda t: t.func.vmap(lambda a: a.sum(2))(t.ones(3, 2)), IndexError),
])  # fmt: skip
def test_errors(call, error):
    for room in (T, torch):
        with pytest.raises(error if room is T or error is not RuntimeError else (RuntimeError, ValueError)):
            call(room)
