"""torch.func, torch.autograd.functional and gradcheck beside PyTorch."""

import numpy as np
import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit")


def flat(x):
    if isinstance(x, dict):
        return [v for k in sorted(x) for v in flat(x[k])]
    return [v for part in x for v in flat(part)] if isinstance(x, (tuple, list)) else [x]


def both(run):
    a, b = flat(run(torch)), flat(run(jtt))
    assert len(a) == len(b)
    for u, v in zip(a, b, strict=True):
        assert tuple(u.shape) == tuple(v.shape)
        assert u.requires_grad == v.requires_grad
        np.testing.assert_allclose(v.detach().numpy(), u.detach().numpy(), rtol=1e-10, atol=1e-12)


def given(T, *shape, grad=False, seed=0):
    return T.tensor(np.random.default_rng(seed).uniform(0.5, 1.5, shape), dtype=T.float64, requires_grad=grad)


PROGRAMS = {
    "grad": lambda T, F, x, y: F.grad(lambda a: (a.sin() * a).sum())(x),
    "grad of grad": lambda T, F, x, y: F.grad(lambda a: F.grad(lambda b: (b**3).sum())(a).sin().sum())(x),
    "argnums": lambda T, F, x, y: F.grad(lambda a, b: (a * b.exp()).sum(), (0, 1))(x, y),
    "negative argnum": lambda T, F, x, y: F.grad(lambda a, b: (a * b.exp()).sum(), -1)(x, y),
    "trees": lambda T, F, x, y: F.grad(lambda p: (p["w"] * p["b"][0]).sum())({"w": x, "b": (y,)}),
    "aux": lambda T, F, x, y: F.grad_and_value(lambda a: ((a * y).sum(), a * 2), has_aux=True)(x),
    "unused": lambda T, F, x, y: F.grad(lambda a, b: a.sum(), (0, 1))(x, y),
    "vjp": lambda T, F, x, y: (lambda r: (r[0], r[1](y)))(F.vjp(lambda a: a.sin() * 2, x)),
    "vjp several": lambda T, F, x, y: (lambda r: (r[0], r[1]((y, x))))(F.vjp(lambda a, b: (a * b, a + b), x, y)),
    "jvp": lambda T, F, x, y: F.jvp(lambda a: a.sin() * a.sum(), (x,), (y,)),
    "jvp several": lambda T, F, x, y: F.jvp(lambda a, b: (a * b, a), (x, y), (y, x)),
    "jacrev": lambda T, F, x, y: F.jacrev(lambda a: a.sin() @ y.T)(x),
    "jacfwd": lambda T, F, x, y: F.jacfwd(lambda a, b: (a * b).sum(0), argnums=(0, 1))(x, y),
    "jacrev several": lambda T, F, x, y: F.jacrev(lambda a: (a.sum(0), {"s": a.prod()}))(x),
    "hessian": lambda T, F, x, y: F.hessian(lambda a: (a**3).sum() * a[0, 0])(x),
    "jacfwd of jacrev": lambda T, F, x, y: F.jacfwd(F.jacrev(lambda a: (a.exp() * y).sum()))(x),
    "vmap": lambda T, F, x, y: F.vmap(lambda a, b: (a * b).sum())(x, y),
    "vmap axes": lambda T, F, x, y: F.vmap(lambda a, b: a * b.sum(), (1, None), 1)(x, y),
    "vmap trees": lambda T, F, x, y: F.vmap(lambda p, k: {"a": p["x"] * p["y"], "b": p["x"].sum()}, in_dims=({"x": 0, "y": 0}, None))({"x": x, "y": y}, 3),
    "vmap of grad": lambda T, F, x, y: F.vmap(F.grad(lambda a, b: (a * b).sin().sum()), (0, 0))(x, y),
    "vmap twice": lambda T, F, x, y: F.vmap(F.vmap(lambda a: a * a))(x),
    "jacobian of vmap": lambda T, F, x, y: F.jacrev(lambda a: F.vmap(lambda r: r.sum() * r)(a))(x),
    "laplacian": lambda T, F, x, y: F.vmap(lambda r: F.hessian(lambda a: (a**3).sum())(r).diagonal().sum())(x),
    "jacobian": lambda T, F, x, y: T.autograd.functional.jacobian(lambda a, b: (a * b, a.sum()), (x, y)),
    "jacobian recorded": lambda T, F, x, y: T.autograd.functional.jacobian(lambda a: a**3, x, create_graph=True),
    "functional.hessian": lambda T, F, x, y: T.autograd.functional.hessian(lambda a: (a**3).sum(), x),
    "functional.hessian of two": lambda T, F, x, y: T.autograd.functional.hessian(lambda a, b: (a * a * b).sum(), (x, y)),
    "functional.vjp": lambda T, F, x, y: T.autograd.functional.vjp(lambda a: a.exp().sum(1), x, y[:, 0]),
    "functional.jvp": lambda T, F, x, y: T.autograd.functional.jvp(lambda a, b: a.exp() * b, (x, y), (y, x)),
    "hvp": lambda T, F, x, y: T.autograd.functional.hvp(lambda a: (a**3).sum(), x, y),
    "vhp": lambda T, F, x, y: T.autograd.functional.vhp(lambda a, b: (a**3 * b).sum(), (x, y), (y, x)),
    "batched": lambda T, F, x, y: T.autograd.grad(
        (z := x.detach().requires_grad_()).sin(), z, T.stack([y, x.detach()]), is_grads_batched=True
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    both(lambda T: PROGRAMS[name](T, T.func, given(T, 2, 3), given(T, 2, 3, seed=1)))


@pytest.mark.parametrize("name", ["grad", "argnums", "grad of grad", "vjp", "jvp", "jacrev", "hessian", "aux", "jacobian recorded", "vmap"])
def test_differentiated_from_outside(name):
    def run(T):
        x, y = given(T, 2, 3, grad=True), given(T, 2, 3, seed=1)
        found = [t for t in flat(PROGRAMS[name](T, T.func, x, y)) if t.requires_grad]
        total = sum((t * t).sum() for t in found)
        return T.autograd.grad(total, x)

    both(run)


def test_captured_parameters():
    def run(T):
        w = given(T, 3, grad=True)
        g = T.func.grad(lambda a: ((a * w) ** 2).sum())(given(T, 3, seed=1))
        return [g, *T.autograd.grad((g * g).sum(), w)]

    both(run)


def test_functional_call():
    def run(T):
        net = T.nn.Sequential(T.nn.Linear(3, 4, dtype=T.float64), T.nn.Tanh(), T.nn.Linear(4, 1, dtype=T.float64))
        p = {name: given(T, *v.shape, seed=k) for k, (name, v) in enumerate(net.named_parameters())}
        x = given(T, 5, 3, seed=9)
        before = net[0].weight

        def loss(q, row):
            return (T.func.functional_call(net, q, (row,)) ** 2).sum()

        found = [T.func.functional_call(net, p, x), T.func.grad(loss)(p, x), T.func.vmap(T.func.grad(loss), (None, 0))(p, x)]
        assert net[0].weight is before
        with pytest.raises(RuntimeError, match="[Mm]issing key"):
            T.func.functional_call(net, {}, x, strict=True)
        return found

    both(run)


def test_errors():
    for T in (torch, jtt):
        x = given(T, 3)
        with pytest.raises(RuntimeError, match="scalar [Tt]ensor"):
            T.func.grad(lambda a: a * 2)(x)
        with pytest.raises(RuntimeError):
            T.func.grad(lambda a: a.sum(), 1)(x)
        with pytest.raises(ValueError, match="same size in the mapped dimension"):
            T.func.vmap(lambda a, b: a)(x, given(T, 2))
        with pytest.raises(RuntimeError, match="independent of input 1"):
            T.autograd.functional.jacobian(lambda a, b: a * 2, (x, x), strict=True)
        with pytest.raises(RuntimeError):
            T.autograd.functional.vjp(lambda a: a * 2, x)
        with pytest.raises(RuntimeError):
            T.autograd.functional.hessian(lambda a: a * 2, x)


def test_gradcheck():
    for T in (torch, jtt):
        x, y = given(T, 2, 2, grad=True), given(T, 2, 2, grad=True, seed=1)
        assert T.autograd.gradcheck(lambda a, b: (a.sin() @ b, a.sum()), (x, y))
        assert T.autograd.gradgradcheck(lambda a, b: a.sin() * b, (x, y))

        class Wrong(T.autograd.Function):
            @staticmethod
            def forward(ctx, a):
                return a * a

            @staticmethod
            def backward(ctx, g):
                return g * 3

        with pytest.raises(T.autograd.gradcheck.__globals__["GradcheckError"], match="Jacobian mismatch for output 0 with respect to input 0"):
            T.autograd.gradcheck(Wrong.apply, (x,))
        assert not T.autograd.gradcheck(Wrong.apply, (x,), raise_exception=False)
        with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
            T.autograd.gradcheck(Wrong.apply, (x.detach(),))
