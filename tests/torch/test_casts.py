"""Tensors that require grad in several dtypes, beside PyTorch."""

import threading

import numpy as np
import pytest

import jittape.torch as jtt
from jittape.array.state import state

torch = pytest.importorskip("torch")


def both(run):
    for a, b in zip(run(torch), run(jtt), strict=True):
        assert str(a.dtype).split(".")[-1] == str(b.dtype)
        np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=2e-5, atol=1e-6)


def leaves(T):
    return T.tensor([1.0, 2.0, 0.5], dtype=T.float32, requires_grad=True), T.tensor([0.3, -1.0, 2.0], dtype=T.float64, requires_grad=True)


PROGRAMS = {
    "a leaf": lambda T, x, y: (x.double() * y).sum(),
    "a leaf twice": lambda T, x, y: (x.double() * y + x.double()).sum(),
    "between": lambda T, x, y: ((x * x).double().sin() * y).sum(),
    "there and back": lambda T, x, y: ((x.exp().double() * y).float() * x).sum(),
    "several times": lambda T, x, y: (((x * 2).double() * y).float().sin().double() * (x * 2).double()).sum(),
    "a number": lambda T, x, y: x.sum().double() * y[0],
    "a view": lambda T, x, y: (x[1:].double() * y[:2]).sum() + x.double()[0],
    "to": lambda T, x, y: (x.to(T.float64) * y).sum().to(T.float32),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    def run(T):
        x, y = leaves(T)
        f = PROGRAMS[name]
        out = f(T, x, y)
        out.backward(retain_graph=True)
        out.backward()
        g = T.autograd.grad(f(T, x, y), (x, y))
        h = T.autograd.grad(f(T, x, y), x)
        c = T.autograd.grad(f(T, x, y), (x, y), create_graph=True)
        second = (c[0] * c[0]).sum() + (c[1] * c[1]).sum().float()
        return [out, x.grad, y.grad, *g, *h, *c, *T.autograd.grad(second, (x, y))]

    both(run)


def test_freed():
    for T in (torch, jtt):
        x, y = leaves(T)
        out = ((x * x).double() * y).sum()
        out.backward()
        with pytest.raises(RuntimeError, match="second time"):
            out.backward()


def test_hooks_and_kept_gradients():
    def run(T):
        x, y = leaves(T)
        x.register_hook(lambda g: g * 2)
        h = (x * x).double()
        h.retain_grad()
        (h * y + x.double()).sum().backward()
        return [x.grad, h.grad]

    both(run)


def test_memory():
    sizes = []

    def steps():  # a thread has tapes of its own
        x, y = jtt.ones(1000, requires_grad=True), jtt.ones(1000, dtype=jtt.float64, requires_grad=True)
        for _ in range(100):
            x.grad = y.grad = None
            ((x * x).double() * y).float().sum().backward()
            sizes.append(sum(t.nbytes for t in state.eager.values()))

    thread = threading.Thread(target=steps)
    thread.start()
    thread.join()
    assert len(sizes) == 100 and max(sizes[50:]) <= max(sizes[:50])


MIXED = {
    "sum": lambda T, x, y, c: x + y,
    "product of results": lambda T, x, y, c: (x * 2) * (y * 3),
    "with a constant": lambda T, x, y, c: x * c,
    "quotient": lambda T, x, y, c: c / x - y,
    "power": lambda T, x, y, c: (x * x) ** (y * y),
    "a number of the other dtype": lambda T, x, y, c: x * y.sum(),
    "where": lambda T, x, y, c: T.where(x > 1, x, y),
    "functions": lambda T, x, y, c: T.maximum(x, y) + T.atan2(x, y),
    "cat": lambda T, x, y, c: T.cat([x, y]),
    "losses": lambda T, x, y, c: ((x - y) ** 2).mean(),
}


@pytest.mark.parametrize("name", MIXED)
def test_mixed(name):
    def run(T):
        x, y = leaves(T)
        out = MIXED[name](T, x, y, T.tensor([0.3, 0.7, 1.5], dtype=T.float64))
        found = T.autograd.grad((out * out).sum(), (x, y), create_graph=True, allow_unused=True)
        found = [g for g in found if g is not None]
        return [out, *found, *T.autograd.grad(sum((g.double() ** 2).sum() for g in found), x)]

    both(run)


STORED = {
    "copied": lambda y, z: y.copy_(z),
    "multiplied": lambda y, z: y.mul_(z.sin()),
    "an element": lambda y, z: y.__setitem__(0, z[1]),
    "an element of itself": lambda y, z: y.__setitem__(1, y[1] + z.sum()),
    "through a view": lambda y, z: y[1:].copy_(z[:2]),
    "behind the graph's back": lambda y, z: y.detach().mul_(z),
}


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("recorded", [False, True])
def test_values_of_another_dtype_are_stored(name, recorded):
    def run(T):
        x, z = leaves(T)
        found = []
        for small, large in ((x, z), (z, x)):
            y = small * 1.5 if recorded else small.detach().clone()
            STORED[name](y, large)
            found.append(y)
            if y.requires_grad:
                (y * y).sum().backward()
        return [*found, *[t.grad if t.grad is not None else T.zeros(3) for t in (x, z)]]

    both(run)


def test_casts_stay_with_the_values_that_they_were_made_of():
    def run(T):
        x, _ = leaves(T)
        h = x * 2
        wide = h.double()
        h.add_(1.0)
        y = T.ones(3, dtype=T.float64)
        y.mul_(h)
        h[0] = 1.0
        (wide * wide + y).sum().backward()
        return [wide, y, h, x.grad]

    both(run)


def test_leaves_that_no_longer_require_grad_get_none():
    for T in (torch, jtt):
        x, y = leaves(T)
        out = (x.double() * y).sum()
        x.detach_()
        out.backward()
        assert x.grad is None and y.grad is not None


def test_numbers_of_two_dtypes():
    def run(T):
        a, b = T.tensor(1.5, requires_grad=True), T.tensor(2.5, dtype=T.float64)
        with T.no_grad():
            c = 2.0 - T.tensor([0.5, 1.5], dtype=T.float64, requires_grad=True).min(-1).values
        return [a * b, b / a, a * 2.0, b - a * a, T.maximum(a, b), T.stack([b, a]), T.stack([a, a]), a * T.ones(2, dtype=T.float64), c]

    both(run)


def test_leaves_that_became_results_of_what_was_cast_from_them():
    """PyTorch refuses the pass: "leaf variable has been moved into the graph interior"."""
    x, y = leaves(jtt)
    wide = x.double()
    x.requires_grad_(False)
    for i in range(3):
        x[i] = x[i] * (wide * y).sum().float()
    (x.sum() + wide.sum() + y.sum()).backward()
    assert not x.is_leaf and y.grad is not None
