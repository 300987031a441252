"""Forward mode beside PyTorch's: jvp, jacfwd, linearize, dual tensors."""

import warnings

import numpy as np
import pytest

import jittape.torch as torch
import jittape.torch.autograd.forward_ad as ours_ad

T = pytest.importorskip("torch")
theirs_ad = pytest.importorskip("torch.autograd.forward_ad")

V = np.random.default_rng(0).normal(size=5)
FUNCTIONS = [
    lambda t, a: a.sin() * a.cumsum(0), lambda t, a: (a @ a) * a, lambda t, a: t.softmax(a, 0), lambda t, a: t.stack([a.sum(), a.prod()]), lambda t, a: a,
    lambda t, a: t.func.grad(lambda q: (q**4).sum())(a), lambda t, a: a.reshape(5, 1).expand(5, 3).sum(0), lambda t, a: t.linalg.inv(t.outer(a, a) + 3 * t.eye(5, dtype=a.dtype)),
]  # fmt: skip


def same(a, b):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.fixture(autouse=True)
def silent():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*torch.jit.*")
        yield


@pytest.mark.parametrize("k", range(len(FUNCTIONS)))
def test_tangents_and_jacobians(k):
    f = FUNCTIONS[k]
    x, t = torch.tensor(V), torch.tensor(V + 1)
    y, s = T.tensor(V), T.tensor(V + 1)
    value, tangent = torch.func.jvp(lambda a: f(torch, a), (x,), (t,))
    expected, slope = T.func.jvp(lambda a: f(T, a), (y,), (s,))
    same(value, expected)
    same(tangent, slope)
    same(torch.func.jacfwd(lambda a: f(torch, a))(x), T.func.jacfwd(lambda a: f(T, a))(y))
    same(torch.func.jacfwd(torch.func.jacrev(lambda a: f(torch, a)))(x), T.func.jacfwd(T.func.jacrev(lambda a: f(T, a)))(y))
    _, push = torch.func.linearize(lambda a: f(torch, a), x)
    same(push(t), slope)
    same(push(2 * t), 2 * slope)
    for room, ad, a, b in ((torch, ours_ad, x, t), (T, theirs_ad, y, s)):
        with ad.dual_level():
            unpacked = ad.unpack_dual(f(room, ad.make_dual(a, b)))
        same(unpacked.primal, expected)
        same(unpacked.tangent, slope)


def test_several_arguments_and_shared_results():
    def f(a, b):
        return {"sum": (a * b).sum(), "both": (a, b.exp())}

    a, b = torch.tensor(V), torch.tensor(V[:1])
    forward, backward = (getattr(torch.func, name)(f, (0, 1))(a, b) for name in ("jacfwd", "jacrev"))
    for x, y in zip(forward["both"] + (forward["sum"],), backward["both"] + (backward["sum"],), strict=True):
        for p, q in zip(x, y, strict=True):
            same(p, q)
    assert torch.func.jacfwd(lambda x: (x * 2, "aux"), has_aux=True)(a)[1] == "aux"


def test_tangents_can_be_differentiated():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with ours_ad.dual_level():
        dual = ours_ad.make_dual(w, torch.tensor([1.0, 3.0]))
        primal, tangent = ours_ad.unpack_dual((dual**3).sum())
        assert ours_ad.unpack_dual(torch.ones(2)).tangent is None
        tangent.backward()
    assert tangent.item() == 39.0
    assert w.grad.tolist() == [6.0, 36.0]
    primal.backward()
    assert w.grad.tolist() == [9.0, 48.0]
    gradient = torch.func.grad(lambda a: torch.func.jvp(lambda q: q**3, (a,), (torch.tensor(1.0),))[1])(torch.tensor(2.0))
    assert gradient.item() == 12.0


def test_levels():
    with pytest.raises(RuntimeError, match="no level exists"):
        ours_ad.make_dual(torch.ones(2), torch.ones(2))
    with pytest.raises(RuntimeError, match="no level is currently active"):
        ours_ad.exit_dual_level()
    with ours_ad.dual_level():
        with pytest.raises(RuntimeError, match="Nested forward mode"):
            ours_ad.enter_dual_level()
        with pytest.raises(ValueError, match="Expected tangent to be floating point"):
            ours_ad.make_dual(torch.ones(2), torch.ones(2, dtype=torch.int64))
        with pytest.raises(RuntimeError, match="shape"):
            ours_ad.make_dual(torch.ones(2), torch.ones(3))


def test_other_dtypes_and_functions_of_the_users():
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * 3 * ctx.saved_tensors[0] ** 2

    x = torch.tensor([1.0, 2.0])
    assert torch.func.jvp(Cube.apply, (x,), (torch.ones(2),))[1].tolist() == [3.0, 12.0]
    assert torch.func.jvp(lambda a: a.double() ** 2, (x,), (torch.ones(2),))[1].tolist() == [2.0, 4.0]
    assert torch.func.jacfwd(lambda a: a.double() ** 2)(x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
