"""autograd.Function, hooks of tensors and of modules, beside PyTorch."""

import gc
import weakref

import numpy as np
import pytest

import jittape as jt
import jittape.torch as jtt
from jittape.eager.custom import NODES

torch = pytest.importorskip("torch")


def both(run):
    """The numbers that a program gives with PyTorch and here."""
    for a, b in zip(run(torch), run(jtt), strict=True):
        a, b = (np.asarray(t.detach().numpy() if hasattr(t, "detach") else t) for t in (a, b))
        np.testing.assert_allclose(b, a, rtol=1e-11)


def leaf(T, *values):
    return T.tensor(list(values), dtype=T.float64, requires_grad=True)


def cube(T, setup=False):
    def keep(ctx, inputs, output):
        x, k, w = inputs
        ctx.save_for_backward(x, w)
        ctx.k, ctx.y = k, output[0]

    class Cube(T.autograd.Function):
        if setup:

            @staticmethod
            def forward(x, k, w):
                return x**3 * k * w, (x * 2).sum()

            setup_context = staticmethod(keep)
        else:

            @staticmethod
            def forward(ctx, x, k, w):
                out = x**3 * k * w, (x * 2).sum()
                keep(ctx, (x, k, w), out)
                return out

        @staticmethod
        def backward(ctx, g, h):
            x, w = ctx.saved_tensors
            assert ctx.needs_input_grad == (True, False, True)
            return g * 3 * ctx.y / x + 2 * h, None, g * x**3 * ctx.k

    return Cube


@pytest.mark.parametrize("setup", [False, True])
def test_orders(setup):
    def run(T):
        f = cube(T, setup)
        x, w = leaf(T, 1.0, 2.0, 3.0), leaf(T, 0.5, 2.0, 0.3)
        y, s = f.apply(x.sin(), 3, w)
        g = T.autograd.grad((y * y).sum() + s * s, (x, w), create_graph=True)
        h = T.autograd.grad((g[0] * g[0]).sum() + g[1].sum(), (x, w), create_graph=True)
        k = T.autograd.grad((h[0] * h[1]).sum(), (x, w), retain_graph=True)
        (g[0] * w).sum().backward()
        with T.no_grad():
            plain = f.apply(x, 2, w)
        assert not plain[0].requires_grad and not f.apply(x.detach(), 2, w.detach())[0].requires_grad
        return [y, s, *g, *h, *k, x.grad, w.grad, *plain]

    both(run)


def test_named_as_the_function():
    y = cube(jtt).apply(leaf(jtt, 1.0), 2, leaf(jtt, 1.0))[0]
    assert y.grad_fn.name() == "CubeBackward"
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_nothing_saved_twice():
    def run(T):
        class Twice(T.autograd.Function):
            @staticmethod
            def forward(ctx, x, factor=2):
                ctx.factor = factor
                return x * factor

            @staticmethod
            def backward(ctx, g):
                return g * ctx.factor, None

        x = leaf(T, 1.0, 2.0)
        y = Twice.apply(x, 3).sum()
        y.backward()
        y.backward()
        return [x.grad]

    both(run)


def test_results_that_do_not_depend():
    def run(T):
        seen = []

        class Sorted(T.autograd.Function):
            @staticmethod
            def forward(ctx, x, materialize):
                ctx.set_materialize_grads(materialize)
                out, index = x.sort()
                ctx.mark_non_differentiable(index)
                ctx.save_for_backward(index)
                return out, index, "text", x.exp()

            @staticmethod
            def backward(ctx, g, i, text, h):
                seen.append([v is None for v in (g, i, h)])
                (index,) = ctx.saved_tensors
                return T.zeros_like(g).scatter(0, index, g), None

        x = leaf(T, 3.0, 1.0, 2.0)
        grads = []
        for materialize in (True, False):
            y, index, text, _ = Sorted.apply(x, materialize)
            assert text == "text" and not index.requires_grad
            grads += T.autograd.grad((y * T.tensor([1.0, 2.0, 3.0], dtype=T.float64)).sum(), x)
        return [*grads, seen]

    both(run)


def test_dirty():
    def run(T):
        class Double(T.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                x.mul_(2)
                ctx.mark_dirty(x)
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 2

        x = leaf(T, 1.0, 2.0)
        h = x * x
        out = Double.apply(h)
        assert out is h
        (h * h).sum().backward()
        with pytest.raises(RuntimeError, match="leaf"):
            Double.apply(x)
        return [h, x.grad]

    both(run)


@pytest.mark.parametrize(
    "returned, kind, message",
    [
        (lambda g: (g,), RuntimeError, "incorrect number of gradients"),
        (lambda g: (g, g), RuntimeError, "different than None at position 2"),
        (lambda g: (1.0, None), (TypeError, RuntimeError), "expected Variable or None"),
        (lambda g: (g[:2], None), RuntimeError, "invalid gradient at index 0"),
    ],
)
def test_errors_of_backward(returned, kind, message):
    for T in (torch, jtt):

        class Wrong(T.autograd.Function):
            @staticmethod
            def forward(ctx, x, k):
                return x * k

            @staticmethod
            def backward(ctx, g):
                return returned(g)

        with pytest.raises(kind, match=message):
            Wrong.apply(leaf(T, 1.0, 2.0, 3.0), 2).sum().backward()


def test_errors():
    for T in (torch, jtt):

        class Bare(T.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

        with pytest.raises(NotImplementedError, match="You must implement either the backward or vjp"):
            Bare.apply(leaf(T, 1.0)).backward()

        class Empty(T.autograd.Function):
            pass

        with pytest.raises(NotImplementedError, match="You must implement the forward"):
            Empty.apply(leaf(T, 1.0))

        class Once(T.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            @T.autograd.function.once_differentiable
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                return g * 2 * x

        x = leaf(T, 3.0)
        (g,) = T.autograd.grad((Once.apply(x) ** 2).sum(), x, create_graph=True)
        assert g.item() == 108
        with pytest.raises(RuntimeError, match="once_differentiable"):
            g.backward()
    with pytest.raises(TypeError, match="no keyword"):
        Bare.apply(x=leaf(jtt, 1.0))
    with pytest.raises(jt.errors.RecordingError, match="jittape.primitive"):
        jt.grad(lambda v: Bare.apply(v))(1.0)


def test_records_in_its_backward():
    def run(T):
        class Recompute(T.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return (x.sin() * x).exp()

            @staticmethod
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                with T.enable_grad():
                    z = x.detach().requires_grad_()
                    y = (z.sin() * z).exp()
                return T.autograd.grad(y, z, g)

        x = leaf(T, *np.linspace(0, 1, 50))
        y = x * x
        for _ in range(30):
            y = Recompute.apply(y).cos()
        y.sum().backward()
        return [x.grad]

    both(run)


def test_contexts_end_with_their_graphs():
    contexts = []

    class Keep(jt.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            contexts.append(weakref.ref(ctx))
            y = x * x
            ctx.save_for_backward(x, y)
            ctx.y = y
            return y

        @staticmethod
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]

    x = jt.tensor(np.ones(3), requires_grad=True)
    y = Keep.apply(Keep.apply(x)).sum()
    assert all(ref() is not None for ref in contexts)
    y.backward()
    gc.collect()
    assert all(ref() is None for ref in contexts)
    before = len(NODES)
    big = jt.tensor(np.ones(1 << 15), requires_grad=True)
    for _ in range(300):
        Keep.apply(Keep.apply(big))  # abandoned: compaction drops them
    for _ in range(300):
        (g,) = jt.autograd.grad(Keep.apply(big).sum(), big, create_graph=True)
        jt.autograd.grad(g.sum(), big, create_graph=True)
    assert len(NODES) - before < 300


# --- hooks -------------------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("create", [False, True])
def test_hooks_of_tensors(create):
    def run(T):
        log = []
        x = leaf(T, 1.0, 2.0, 3.0)
        x.register_hook(lambda g: g * 2)
        x.register_post_accumulate_grad_hook(lambda p: log.append(p.grad.detach().clone()))
        h = (x * x).sin()
        h.retain_grad()
        h.register_hook(lambda g: log.append(g.detach().clone()))
        handle = h.register_hook(lambda g: g * g)
        s = h.sum()
        s.register_hook(lambda g: g * 3)
        v = x[1:]
        v.register_hook(lambda g: g * 5)
        e = h[1] * 2
        e.register_hook(lambda g: g * 7)
        (s * s + (v**3).sum() * e).backward(create_graph=create, retain_graph=True)
        log += [x.grad, h.grad]
        handle.remove()
        log += T.autograd.grad((h * h).sum(), [x, h], retain_graph=True)
        if create:
            g, x.grad = x.grad, None
            (g * g).sum().backward()
            log.append(x.grad)
        return log

    both(run)


def test_errors_of_hooks():
    for T in (torch, jtt):
        x = leaf(T, 1.0, 2.0)
        with pytest.raises(RuntimeError, match="doesn't require grad"):
            x.detach().register_hook(print)
        with pytest.raises(RuntimeError, match="non-leaf"):
            (x * 2).register_post_accumulate_grad_hook(print)
        y = x * 2
        y.register_hook(lambda g: g.sum())
        with pytest.raises(RuntimeError, match="changed the size"):
            y.sum().backward()
        y = x * 2
        y.register_hook(lambda g: 1.0)
        with pytest.raises(TypeError, match="expected Variable, but hook returned 'float'"):
            y.sum().backward()


def test_hooks_of_modules():
    def run(T):
        log = []

        class Net(T.nn.Module):
            def __init__(self):
                super().__init__()
                self.w = T.nn.Parameter(T.tensor([[1.0, 2.0], [0.5, -1.0]], dtype=T.float64))

            def forward(self, x, y):
                return T.tanh(x @ self.w) * y, x.sum()

        net = Net()
        net.register_full_backward_pre_hook(lambda m, g: (g[0] * 2, g[1]))
        net.register_full_backward_hook(lambda m, gi, go: log.extend([gi[0], go[0], go[1]]))
        handle = net.register_full_backward_hook(lambda m, gi, go: (gi[0] * 3, gi[1]))
        x = T.tensor([[1.0, -1.0]], dtype=T.float64, requires_grad=True)
        for _ in range(2):
            a, b = net(x, 0.5)
            ((a * a).sum() + b).backward()
            log += [x.grad.clone(), net.w.grad.clone()]
            handle.remove()
        a, b = net(x.detach(), 0.5)
        return log

    both(run)


@pytest.mark.parametrize("shape", [(), (2,)])
def test_constant_gradients_of_recorded_passes(shape):
    """A rule that returns what depends on nothing: a constant, or zeros that a hook has made."""

    def run(T):
        class Fixed(T.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 3

            @staticmethod
            def backward(ctx, g):
                return T.full(shape, 5.0, dtype=T.float64)

        class Twice(T.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g * 2

        x = T.full(shape, 0.3, dtype=T.float64, requires_grad=True)
        (g,) = T.autograd.grad((Fixed.apply(x * 2) ** 2 * x).sum(), x, create_graph=True)
        y = Twice.apply(x * 1.5)
        y.register_hook(lambda g: g * 0.0)
        (h,) = T.autograd.grad((y * x).sum(), x, create_graph=True)
        return [g, h, *T.autograd.grad((g * x).sum(), x)]

    both(run)
