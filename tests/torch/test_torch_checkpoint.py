"""torch.utils.checkpoint, inference_mode and batched gradients beside PyTorch."""

import numpy as np
import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")


def both(run):
    for a, b in zip(run(torch), run(jtt), strict=True):
        np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("leaf", [True, False])
def test_checkpoint(leaf):
    def run(T):
        import importlib

        checkpoint = importlib.import_module(f"{T.__name__}.utils.checkpoint").checkpoint
        net = T.nn.Sequential(T.nn.Linear(3, 4, dtype=T.float64), T.nn.Tanh(), T.nn.Linear(4, 2, dtype=T.float64))
        with T.no_grad():
            for k, p in enumerate(net.parameters()):
                p.copy_(T.tensor(np.random.default_rng(k).normal(size=p.shape), dtype=T.float64))
        x = T.tensor(np.linspace(-1, 2, 6).reshape(2, 3), dtype=T.float64, requires_grad=leaf)
        calls = []

        def block(a, factor=1.0):
            calls.append(a)
            return net(a) * factor, a.sum()

        for _ in range(2):
            out, total = checkpoint(block, x, factor=2.0, use_reentrant=False)
            ((out**2).sum() * total).backward()
        assert len(calls) == 4
        return [p.grad for p in net.parameters()] + ([x.grad] if leaf else [])

    both(run)


def test_recorded_pass():
    def run(T):
        import importlib

        checkpoint = importlib.import_module(f"{T.__name__}.utils.checkpoint").checkpoint
        x, w = (T.tensor(v, dtype=T.float64, requires_grad=True) for v in ([1.0, 2.0], [0.5, -0.3]))
        y = checkpoint(lambda a, b: (a * b).sin() * a, x * 2, w, use_reentrant=False)
        g = T.autograd.grad((y * y).sum(), (x, w), create_graph=True)
        return [*g, *T.autograd.grad((g[0] * g[1]).sum(), (x, w))]

    both(run)


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("create", [False, True])
def test_hooks_of_arguments_are_called_once(create):
    def run(T):
        import importlib

        checkpoint = importlib.import_module(f"{T.__name__}.utils.checkpoint").checkpoint
        x = T.tensor([1.0, 2.0], dtype=T.float64, requires_grad=True)
        y = x * 2
        y.register_hook(lambda g: g * 3)
        z = checkpoint(lambda a: a.sin() * 2, y, use_reentrant=False)
        (z**3).sum().backward(create_graph=create)
        return [x.grad]

    both(run)


def test_dropout_again():
    from jittape.torch.utils.checkpoint import checkpoint

    x = jtt.ones(50, requires_grad=True)
    y = checkpoint(lambda a: jtt.nn.functional.dropout(a, 0.5), x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())


def test_inference_mode():
    for T in (torch, jtt):
        x = T.ones(2, requires_grad=True)
        with T.inference_mode():
            assert not (x * 2).requires_grad

        @T.inference_mode()
        def f():
            return x * 2

        @T.inference_mode
        def g():
            return x * 2

        assert not f().requires_grad and not g().requires_grad and (x * 2).requires_grad
        with T.no_grad(), T.inference_mode(False):
            assert (x * 2).requires_grad


@pytest.mark.filterwarnings("ignore:Anomaly Detection", "ignore:Error detected")
def test_anomaly():
    for T in (torch, jtt):
        x = T.tensor([0.0, 1.0], dtype=T.float64, requires_grad=True)
        with T.autograd.detect_anomaly():
            (x * 2).sqrt().sum().backward()  # infinite
            with pytest.raises(RuntimeError, match="Function 'MulBackward0' returned nan values"):
                (x.sqrt() * x).sqrt().sum().backward()
        y = T.tensor([0.0, 1.0], dtype=T.float64, requires_grad=True)
        (y.sqrt() * 3).sum().backward()
        assert y.grad[1] == 1.5
        T.autograd.set_detect_anomaly(False)


def test_a_hook_that_fails_leaves_nothing():
    x, y = (jtt.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    handle = x.register_hook(lambda g: g[:1])
    out = (x * y).sum()
    with pytest.raises(RuntimeError, match="changed the size"):
        out.backward(retain_graph=True)
    handle.remove()
    x.grad = y.grad = None
    out.backward()
    assert x.grad.tolist() == [1, 2] and y.grad.tolist() == [1, 2]
