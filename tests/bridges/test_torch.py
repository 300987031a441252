"""Recorded functions as PyTorch's: what its own functions of the same formula give, to third order, by points and mapped."""

import numpy as np
import pytest

import jittape as jt
from jittape.errors import GradientError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")  # by torch.func itself

from jittape.integrate.torch import Layer, function  # noqa: E402


def f(p, x):
    return {"v": np.sin(p["w"] @ x) * p["b"], "s": np.sum(x**2) * p["b"] if x[0] > 0 else p["b"] * x[1]}


def of_torch(p, x):
    return {"v": torch.sin(p["w"] @ x) * p["b"], "s": torch.sum(x**2) * p["b"] if x[0] > 0 else p["b"] * x[1]}


rng = np.random.default_rng(0)
P, X = {"w": rng.normal(size=(2, 3)), "b": 1.3}, rng.normal(size=(5, 3))
assert (X[:, 0] > 0).any() and (X[:, 0] < 0).any()


@pytest.fixture(scope="module")
def recorded():
    return jt.record(f, P, X[0])


def leaves():
    return [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (P["w"], P["b"], X)]


def joined(h, w, b, x):
    o = h({"w": w, "b": b}, x)
    return torch.cat([o["v"], o["s"].reshape(1)])


def by_points(h, w, b, X):
    return torch.stack([joined(h, w, b, x) for x in X])


def close(a, b):
    for x, y in zip(a, b, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("k", range(5))
def test_values_and_derivatives_to_third_order_on_both_branches(recorded, k):
    w, b, _ = leaves()
    g, x = function(recorded), torch.tensor(X[k], requires_grad=True)
    close([joined(g, w, b, x)], [joined(of_torch, w, b, x)])

    def orders(h):
        first = torch.autograd.grad((joined(h, w, b, x) ** 2).sum(), (w, b, x), create_graph=True)
        second = torch.autograd.grad(sum((q**2).sum() for q in first), (w, b, x), create_graph=True)
        return *first, *second, *torch.autograd.grad(sum((q**2).sum() for q in second), (w, b, x))

    close(orders(g), orders(of_torch))


@pytest.mark.parametrize("of", ["hessian", "jacrev of jacrev", "jacfwd of jacrev of jacfwd"])
def test_transformations_of_torch_func(recorded, of):
    w, b, _ = leaves()
    transform = {
        "hessian": torch.func.hessian,
        "jacrev of jacrev": lambda h: torch.func.jacrev(torch.func.jacrev(h)),
        "jacfwd of jacrev of jacfwd": lambda h: torch.func.jacfwd(torch.func.jacrev(torch.func.jacfwd(h))),
    }[of]
    x = torch.tensor(X[0])
    close(*([transform(lambda x: joined(h, w, b, x).sum() ** 2)(x)] for h in (function(recorded), of_torch)))


def test_mapped_and_batched_are_by_points(recorded):
    w, b, points = leaves()
    mapped = torch.vmap(lambda x: joined(function(recorded), w, b, x))(points)
    o = function(recorded, batch=True)({"w": w, "b": b}, points)
    batched = torch.cat([o["v"], o["s"][:, None]], 1)
    want = by_points(of_torch, w, b, points)
    for found in (mapped, batched):
        close([found], [want])

        def orders(y):
            first = torch.autograd.grad((y**3).sum(), (w, b, points), create_graph=True)
            return *first, *torch.autograd.grad(sum((q**2).sum() for q in first), (w, b, points), retain_graph=True)

        close(orders(found), orders(want))


def test_gradients_a_point_and_maps_of_maps(recorded):
    w, b, points = leaves()
    g = function(recorded)
    found = torch.vmap(torch.func.grad(lambda w, x: (joined(g, w, b, x) ** 2).sum()), (None, 0))(w, points)
    close([found], [torch.stack([torch.func.grad(lambda w: (joined(of_torch, w, b, x) ** 2).sum())(w) for x in points])])
    scales = torch.arange(1.0, 4.0, dtype=torch.float64)
    nested = torch.vmap(lambda s: torch.vmap(lambda x: joined(g, w * s, b, x))(points))(scales)
    close([nested], [torch.stack([by_points(of_torch, w * s, b, points) for s in scales])])


def test_float32_comes_back_as_float32():
    g = function(jt.record(lambda x: np.sum(np.exp(x)), np.ones(3)))
    x = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
    y = g(x)
    y.backward()
    assert y.dtype == x.grad.dtype == torch.float32
    torch.testing.assert_close(x.grad, torch.exp(x.detach()))


def test_parameters_that_are_bound_anew_count_in_second_derivatives():
    F = jt.record(lambda x, c: np.sum(c * x**3), np.ones(2), c=np.ones(2))
    g, x = function(F), torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    for c in ([1.0, 1.0], [2.0, 5.0]):
        F.bind(c=np.array(c))
        close([torch.autograd.functional.hessian(g, x)], [torch.diag(6.0 * torch.tensor(c, dtype=torch.float64) * x.detach())])
    close([torch.autograd.grad(function(F, c=np.ones(2))(x), x)[0]], [3.0 * x.detach() ** 2])


def test_a_layer_learns():
    F = jt.record(lambda w, x: np.tanh(w["a"] @ x) + w["b"], {"a": np.ones((2, 3)), "b": np.zeros(2)}, np.ones(3))
    torch.manual_seed(0)
    layer = Layer(F, {"a": rng.normal(size=(2, 3)), "b": np.zeros(2)}, batch=True)
    x = torch.randn(20, 3)
    y = torch.tanh(x @ torch.randn(3, 2)) + 0.5
    optimiser = torch.optim.Adam(layer.parameters(), 0.05)
    losses = []
    for _ in range(200):
        optimiser.zero_grad()
        loss = ((layer(x) - y) ** 2).mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.02 * losses[0]
    assert set(layer.state_dict()) == {"weights.0", "weights.1"}


def test_what_was_loaded_without_its_function_has_first_derivatives(tmp_path):
    jt.record(lambda x: np.sum(x**3), np.ones(2)).save(tmp_path / "f")
    g, x = function(jt.load(tmp_path / "f")), torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(g(x), x, create_graph=True)
    close([first], [3.0 * x**2])
    with pytest.raises(GradientError, match="loaded from a file without its Python function"):
        torch.autograd.grad(first.sum(), x)


def test_bad_input(recorded):
    with pytest.raises(TypeError, match="takes a recorded function"):
        function(f)
    with pytest.raises(ValueError, match=r"leaf 2 was recorded with shape \(3,\), called with \(4,\)"):
        function(recorded)({"w": torch.ones(2, 3), "b": torch.tensor(1.0)}, torch.ones(4))
    with pytest.raises(ValueError, match="recorded for arguments"):
        function(recorded)({"w": torch.ones(2, 3)}, torch.ones(3))
    with pytest.raises(TypeError, match="recorded with 2 arguments"):
        function(recorded)(torch.ones(3))
    with pytest.raises(ValueError, match="no argument has an axis of points"):
        function(recorded, batch=True)({"w": torch.ones(2, 3), "b": torch.tensor(1.0)}, torch.ones(3))
    with pytest.raises(GradientError, match="truth values"):
        function(jt.record(lambda x: x > 0, np.ones(2)))
    with pytest.raises(GradientError, match="on meta; jittape computes on the CPU"):
        function(jt.record(lambda x: x * 2, np.ones(2)))(torch.ones(2, device="meta"))
