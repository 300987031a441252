"""A cast of a leaf is used step after step, though each backward pass frees its graph and tapes end: nothing of a cast is freed."""

import numpy as np
import pytest

import jittape.torch as ours

torch = pytest.importorskip("torch")
WIDTHS = (1, 20, 20, 20, 1)


def weights(rng):
    return [(0.5 * rng.normal(size=(n, m)), 0.1 * rng.normal(size=n)) for m, n in zip(WIDTHS[:-1], WIDTHS[1:], strict=True)]


def steps(t, number, way, between="float32", start="float64"):
    """Losses and gradients of the leaf, of a network whose input is a leaf cast once."""
    layers = [[t.tensor(a, dtype=getattr(t, between), requires_grad=True) for a in pair] for pair in weights(np.random.default_rng(0))]
    leaf = t.tensor(np.linspace(-1, 1, 60)[:, None], dtype=getattr(t, start), requires_grad=True)
    x = leaf.to(getattr(t, between))
    found = []
    for step in range(number):
        u = x
        for i, (w, b) in enumerate(layers):
            u = t.nn.functional.linear(u, w, b)
            u = t.tanh(u) if i < len(layers) - 1 else u
        if way == "gradients":
            (ux,) = t.autograd.grad(u.sum(), x, create_graph=True)
            (uxx,) = t.autograd.grad(ux.sum(), x, create_graph=True)
            u = uxx + u
        loss = (u * u).mean()
        loss.backward()
        found.append((loss.item(), float(leaf.grad.abs().sum())))
        with t.no_grad():
            for pair in layers:
                for p in pair:
                    p -= 0.01 * p.grad
                    p.grad = None
            if way == "leaf changes" and step == 2:
                leaf *= 0.5
    return found


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32")])
@pytest.mark.parametrize("way", ["gradients", "plain", "leaf changes"])
def test_a_cast_of_a_leaf_is_used_again_and_again(way, dtypes):
    np.testing.assert_allclose(steps(ours, 12, way, *dtypes), steps(torch, 12, way, *dtypes), rtol=2e-4)


def test_what_was_changed_after_the_cast_is_no_cast_any_more():
    def run(t):
        leaf = t.tensor([1.0, 2.0, 3.0], dtype=t.float64, requires_grad=True)
        x = leaf.float()
        y = leaf.float()
        y.mul_(3.0)
        found = []
        for _ in range(4):
            z = x
            for _ in range(40):
                z = z + t.sin(z * x) * 0.1
            (z.sum() + (y * 2.0).sum()).backward(retain_graph=True)
            found.append(leaf.grad.tolist())
        return found

    np.testing.assert_allclose(run(ours), run(torch), rtol=1e-5)
