"""Programs with complex tensors beside PyTorch: views, changes in place, leaves, hooks, gradients of results, optimisers, texts, errors."""

import copy
import io
import pickle
import re

import numpy as np
import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")
Z = np.array([[1 + 2j, 3 - 1j, 0.5j], [2 + 0.5j, -1 + 1j, 0.25 - 3j]])
X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def leaf(t, values=Z, dtype="complex128"):
    return t.tensor(values, dtype=getattr(t, dtype), requires_grad=True)


def plain(x):
    return x.detach().resolve_conj().resolve_neg().numpy() if hasattr(x, "detach") else x


# --- programs ----------------------------------------------------------------------------------------------------------------------


def stores(t):
    z, x = leaf(t), leaf(t, X, "float64")
    y = z * 2
    y[0, 1] = x[0, 0]
    y[1] = y[0].conj() * 1j
    y[:, 2] += z[:, 0]
    y[y.real > 3] = 1 - 1j
    y[0] *= x[0]
    loss = (y.abs() ** 2).sum()
    loss.backward()
    return y, z.grad, x.grad


def parts(t):
    z, x = leaf(t), leaf(t, X, "float64")
    y = z.clone()
    y.real[0] = x[1]
    y.imag.mul_(2.0)
    y.imag[1, 0] += x[0, 2]
    t.view_as_real(y)[1, 2, 0] = x[0, 0] ** 2
    y.real = y.real + 1.0
    y.exp().abs().sum().backward()
    return y, z.grad, x.grad


def as_complex(t):
    x = leaf(t, np.stack([X, X * 2], -1), "float64")
    z = t.view_as_complex(x)
    w = t.view_as_complex(x * 1.5)
    w[0] = 1j * z[1]
    w.imag[1] = 0.5
    (w * z).sum().abs().backward()
    return z, w, x.grad


def plain_memory(t):
    z = t.tensor(Z)
    v, r, i, c = z[0], z.real, t.view_as_real(z)[..., 1], z.conj()
    r[0, 0] = 7.0
    i[1] = -1.0
    v[2] = 3 + 4j
    c[1, 1] = 5 + 6j
    c.mul_(2.0)
    d = z.detach()
    d[1, 0] = 0.5j
    n = z.numpy()
    n[1, 2] = 9j
    back = t.from_numpy(Z.copy())
    back += 1
    return z, v, r, i, c, d, back, z.T.reshape(-1), z.view(3, 2), z.T[1]


def conjugates(t):
    z = leaf(t)
    y = z * 1.0
    c = y.conj()
    c[0] = 1 + 1j
    c[1] *= 2j
    y.sum().abs().backward()
    again = leaf(t).conj()
    return y, c, z.grad, again, again.imag, again.conj().is_conj(), c.resolve_conj().is_conj(), c.is_conj()


def grads(t):
    z = leaf(t)
    for _ in range(2):
        (z**3).abs().sum().backward()
    first = z.grad.clone()
    z.grad.zero_()
    w = z * z
    w.retain_grad()
    w.backward(t.tensor(Z.conj() * 1j))
    (g,) = t.autograd.grad((z * z.conj()).real.sum(), z, create_graph=True)
    (h,) = t.autograd.grad((g * g).imag.sum(), z)
    return first, z.grad, w.grad, g, h


def of_results(t):
    z = leaf(t)
    w = z.exp()
    u = w * z
    (g,) = t.autograd.grad(u.abs().sum(), w, retain_graph=True)
    more = t.autograd.grad(u, [z, w], t.tensor(Z), allow_unused=True)
    return g, *more


def hooks(t):
    z, seen = leaf(t), []
    z.register_hook(lambda g: seen.append(g.clone()) or g * 2j)
    z.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.clone()))
    y = z * (1 + 1j)
    handle = y.register_hook(lambda g: g.conj())
    y.abs().sum().backward()
    handle.remove()
    (z * 2).abs().sum().backward()
    return z.grad, *seen


def switched_off(t):
    z = leaf(t)
    with t.no_grad():
        z -= 0.5j
        z[0] = 1.0
        z.imag.clamp_(min=-1.0)
        w = z * 2
    z.data[1] = 2j
    z.abs().sum().backward()
    y = z.detach().requires_grad_()
    return z, w, z.grad, w.requires_grad, y.is_leaf, y.requires_grad, z.is_leaf, (z * 1).is_leaf, z._version


def copies(t):
    z = leaf(t)
    z.abs().sum().backward()
    other = copy.deepcopy(z)
    new = pickle.loads(pickle.dumps(z.detach()))
    file = io.BytesIO()
    t.save({"z": z.detach(), "n": 1}, file)
    file.seek(0)
    read = t.load(file)["z"]
    return other, other.grad, other.is_leaf, new, read, copy.copy(z.detach())


def single(t):
    z = leaf(t, Z, "complex64")
    x = leaf(t, X, "float32")
    d = t.tensor(X)
    y = z * x + d * z + 1
    y.to(t.complex64).abs().sum().backward()
    f = (z.to(t.complex128) * 2).real.to(t.float32) + z.cfloat().imag
    f.sum().backward()
    return y, z.grad, x.grad, f


def modules(t):
    class Model(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = t.nn.Parameter(t.tensor(Z))
            self.register_buffer("b", t.tensor(Z[:, 0]))

        def forward(self, x):
            return t.nn.functional.linear(x, self.w, self.b).abs().sum()

    m = Model()
    names = [n for n, _ in m.named_parameters()]
    state = {k: v * 2 for k, v in m.state_dict().items()}
    m.load_state_dict(state)
    m(t.tensor(X[0] * (1 + 0j))).backward()
    return names, m.w, m.w.grad, m.b, isinstance(m.w, t.nn.Parameter), m.w.requires_grad


def linear_algebra(t):
    z, x = leaf(t), leaf(t, X, "float64")
    a = t.cat([z, z[:1] * 1j]) + t.eye(3) * 4
    s = t.linalg.solve(a, x.T.to(t.complex128)) + t.linalg.inv(a)[:, :2]
    h = a @ a.mH
    e = t.linalg.eigvalsh(h).sum() + t.linalg.eigh(h).eigenvalues[0] + t.linalg.svdvals(z).prod()
    (s.abs().sum() + e + t.linalg.det(a).real).backward()
    return s, e, z.grad, x.grad


def whole_spectra(t):
    z, x = leaf(t), leaf(t, X, "float64")
    s = t.fft.rfft(x)
    s[:, 1] *= z[:, 0]
    y = t.fft.irfft(s, 3)
    y = y + t.fft.ifft(t.fft.fft(z) * z).real
    (y**2).sum().backward()
    return y, z.grad, x.grad


def own_function(t):
    class Mul(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, y, k):
            ctx.save_for_backward(x, y)
            ctx.k = k
            return x * y * k, x.abs()

        @staticmethod
        def backward(ctx, g, h):
            x, y = ctx.saved_tensors
            return g * (y * ctx.k).conj() + h * x.sgn(), (g * (x * ctx.k).conj()).real, None

    z, x = leaf(t), leaf(t, X, "float64")
    a, b = Mul.apply(z.conj(), x, 2j)
    loss = a.abs().sum() + (b**2).sum()
    (g,) = t.autograd.grad(loss, z, create_graph=True)
    g.abs().sum().backward()
    return a, b, g, z.grad, x.grad


def again(t):
    z = leaf(t)
    w = t.utils.checkpoint.checkpoint(lambda a: (a * a).exp() * 0.1, z, use_reentrant=False)
    w.abs().sum().backward()
    f = lambda a: (a**3).abs().sum()  # noqa: E731
    assert t.autograd.gradcheck(lambda a: (a * a.conj() + a, a.abs()), leaf(t))
    assert t.autograd.gradgradcheck(lambda a: a**3, leaf(t))
    return w, z.grad, t.func.grad(f)(leaf(t).detach()), *t.func.vjp(lambda a: a * a, z.detach())[1](z.detach()), t.autograd.functional.jacobian(lambda a: a.abs(), z.detach())


def through_numpy(t):
    z = t.tensor(Z)
    return np.exp(z.numpy()), t.as_tensor(Z) * 2, t.from_numpy(Z.astype(np.complex64)), z.tolist(), z[0, 0].item(), complex(z[0, 1]), float(z[0, 0].imag), t.tensor(z.tolist()).dtype is None


def into_plain(t):
    """Recorded values stored into what does not require grad, and into the memory of leaves."""
    z, w = leaf(t), leaf(t)
    y, u = t.zeros(3, dtype=t.complex128), t.tensor(Z)
    y[1:] = z[0, 1:]
    u.imag[0] = z[1].abs()
    u.conj()[1] = z[0]
    w.data[0] = z[1] * 2
    (y.abs().sum() + (u * w).real.sum()).backward()
    return y, u, w, z.grad, w.grad


PROGRAMS = [stores, parts, as_complex, plain_memory, conjugates, grads, of_results, hooks, switched_off, copies, single, modules, linear_algebra, whole_spectra, own_function, again, through_numpy, into_plain]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_program(program):
    ours, theirs = ([plain(x) for x in program(t)] for t in (jtt, torch))
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if isinstance(b, np.ndarray):
            assert a.shape == b.shape and a.dtype == b.dtype, k
            tolerance = 1e-5 if b.dtype in (np.float32, np.complex64) else 1e-10
            np.testing.assert_allclose(a, b, tolerance, tolerance, err_msg=f"result {k}")
        else:
            assert a == b, k


OPTIMIZERS = {
    "sgd": lambda t, p: t.optim.SGD(p, lr=1e-2, momentum=0.9, weight_decay=0.1, nesterov=True),
    "adam": lambda t, p: t.optim.Adam(p, lr=1e-2, amsgrad=True),
    "adamw": lambda t, p: t.optim.AdamW(p, lr=1e-2),
    "rmsprop": lambda t, p: t.optim.RMSprop(p, lr=1e-2, centered=True, momentum=0.5),
    "adagrad": lambda t, p: t.optim.Adagrad(p, lr=1e-2, initial_accumulator_value=0.1),
    "adamax": lambda t, p: t.optim.Adamax(p),
    "rprop": lambda t, p: t.optim.Rprop(p),
    "lbfgs": lambda t, p: t.optim.LBFGS(p, lr=0.5, max_iter=3),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name):
    """A complex parameter and a real one, with the state saved and loaded in the middle."""
    found = []
    for t in (jtt, torch):
        z, x = leaf(t), leaf(t, X, "float64")
        optimizer = OPTIMIZERS[name](t, [z, x])

        def closure(t=t, z=z, x=x, optimizer=optimizer):
            optimizer.zero_grad()
            loss = ((t.fft.fft(z * x).abs() ** 2 - 1) ** 2).mean()
            loss.backward()
            return loss

        for step in range(4):
            if step == 2:
                state = optimizer.state_dict()
                optimizer = OPTIMIZERS[name](t, [z, x])
                optimizer.load_state_dict(state)
            closure()
            optimizer.step(closure)
            found.append((plain(z).copy(), plain(x).copy()))
    for ours, theirs in zip(found[:4], found[4:], strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, 1e-9, 1e-11)


TEXTS = [
    lambda t: t.tensor([1 + 2j, 3 - 1j]), lambda t: t.tensor([1 + 2j, 3.5 - 1j]), lambda t: t.tensor([[1 + 1j, complex("nan")], [2, 1e-3j]]), lambda t: t.tensor(1.5 - 2j),
    lambda t: t.tensor([1e-8 + 1j, 1e9 - 2j]), lambda t: t.tensor([], dtype=t.complex64), lambda t: t.tensor([1j], requires_grad=True), lambda t: t.tensor([1j], dtype=t.complex128),
    lambda t: t.arange(2000) * 1j, lambda t: t.arange(30).reshape(2, 15) * (0.1 + 1j), lambda t: t.tensor([1j], requires_grad=True) * 2, lambda t: t.tensor([complex("inf"), -1j]),
    lambda t: t.zeros(2, 0, dtype=t.complex64), lambda t: t.tensor([1j, 2]).conj(), lambda t: t.tensor([-0.25 - 1e-7j, 2.5]), lambda t: t.tensor([1j], requires_grad=True).exp(),
    lambda t: t.tensor([1j], requires_grad=True).conj(), lambda t: t.tensor([1j], requires_grad=True).sum(), lambda t: t.ones(2, 2, 2) * 1j,
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(TEXTS)))
def test_text(k):
    assert repr(TEXTS[k](jtt)) == repr(TEXTS[k](torch))


def real(t):
    return t.tensor([1.0, 2.0])


def pair(t, grad=False):
    return t.tensor([1 + 2j, 3 - 1j], requires_grad=grad)


def into_real(t, how):
    how(t.zeros(2), t.ones(2) * 1j)


def register_and_run(t, hook):
    z = pair(t, True)
    z.register_hook(hook)
    (z * 2).abs().sum().backward()


ERRORS = [
    lambda t: pair(t, True).backward(), lambda t: (pair(t, True) * 2).sum().backward(), lambda t: (pair(t, True) * 2).backward(t.ones(2)),
    lambda t: real(t).requires_grad_().mul(2).backward(t.ones(2) * 1j), lambda t: t.autograd.grad(pair(t, True).sum(), pair(t, True)), lambda t: pair(t) < pair(t), lambda t: pair(t) >= 1,
    lambda t: pair(t) % 2, lambda t: pair(t) // 2, lambda t: pair(t) & pair(t), lambda t: ~pair(t), lambda t: round(pair(t)), lambda t: float(pair(t)[0]), lambda t: int(pair(t)[0]),
    lambda t: real(t).imag, lambda t: t.view_as_real(real(t)), lambda t: t.view_as_real(pair(t).conj()), lambda t: pair(t).conj().numpy(), lambda t: pair(t, True).numpy(),
    lambda t: t.view_as_complex(t.ones(3)), lambda t: t.view_as_complex(t.ones(3, 2, dtype=t.int64)), lambda t: t.view_as_complex(t.ones(2, 3).T), lambda t: t.view_as_complex(t.tensor(1.0)),
    lambda t: t.view_as_complex(t.ones(3, 3)[:, :2]), lambda t: t.complex(t.ones(2), t.ones(2).double()), lambda t: t.complex(t.ones(2).long(), t.ones(2).long()),
    lambda t: t.polar(t.ones(2), t.ones(2).double()), lambda t: into_real(t, lambda y, z: y.add_(z)), lambda t: into_real(t, lambda y, z: y.add_(1j)),
    lambda t: into_real(t, lambda y, z: y.fill_(1j)), lambda t: into_real(t, lambda y, z: y.__setitem__(0, 1j)), lambda t: pair(t, True).add_(1), lambda t: pair(t, True).__setitem__(0, 1),
    lambda t: setattr(pair(t), "grad", t.ones(2)), lambda t: setattr(real(t), "grad", t.ones(2) * 1j), lambda t: setattr(pair(t), "grad", t.ones(3) * 1j),
    lambda t: pair(t).max(), lambda t: pair(t).argmin(), lambda t: pair(t).sort(), lambda t: t.topk(pair(t), 1), lambda t: t.maximum(pair(t), pair(t)), lambda t: t.maximum(real(t), pair(t)),
    lambda t: pair(t).clamp(0, 1), lambda t: pair(t).sign(), lambda t: pair(t).floor(), lambda t: pair(t).round(), lambda t: pair(t).relu(), lambda t: pair(t).erf(), lambda t: pair(t).lgamma(),
    lambda t: pair(t).softmax(0), lambda t: pair(t).abs_(), lambda t: pair(t).floor_(), lambda t: pair(t).atan2(pair(t)), lambda t: pair(t).median(), lambda t: pair(t).unique(),
    lambda t: pair(t).cummax(0), lambda t: pair(t).signbit(), lambda t: pair(t).deg2rad(), lambda t: pair(t).nansum(), lambda t: pair(t).frexp(), lambda t: pair(t).logit(), lambda t: pair(t)[5],
    lambda t: pair(t)[0, 0], lambda t: pair(t)[0][0], lambda t: pair(t).reshape(3), lambda t: pair(t).sum(3), lambda t: pair(t) + t.ones(3), lambda t: len(pair(t)[0]), lambda t: bool(pair(t)),
    lambda t: pair(t).H.T.reshape(2, 1, 1).H, lambda t: pair(t).item(), lambda t: t.tensor([1j], dtype=t.float32),
    lambda t: t.full_like(real(t), 1j), lambda t: real(t).new_full((2,), 1j), lambda t: real(t).add(real(t), alpha=2j), lambda t: t.nn.functional.mse_loss(pair(t), pair(t)),
    lambda t: real(t).masked_fill(real(t) > 1, 1j), lambda t: register_and_run(t, lambda g: g.real), lambda t: t.fft.fft(real(t), 0), lambda t: t.fft.fft(real(t), norm="x"), lambda t: t.fft.rfft(pair(t)), lambda t: t.fft.ihfft(pair(t)), lambda t: t.fft.fftn(real(t), dim=(0, 0)),
    lambda t: t.fft.fftn(real(t), s=(2, 2), dim=(0,)), lambda t: t.fft.fft(t.tensor(1.0)), lambda t: t.fft.fft(real(t), dim=1), lambda t: t.fft.irfft(t.ones(1)), lambda t: t.fft.fft2(real(t)),
    lambda t: t.fft.rfftn(real(t), dim=()), lambda t: t.fft.fft("a"), lambda t: t.fft.fft(t.ones(0)), lambda t: t.fft.fft(real(t), 2.5), lambda t: t.fft.fftn(real(t), s=(0,)),
]  # fmt: skip
@pytest.mark.parametrize("k", range(len(ERRORS)))
def test_error(k):
    caught = []
    for t in (jtt, torch):
        with pytest.raises(Exception) as info:  # noqa: PT011  (of which kind it is, PyTorch tells)
            ERRORS[k](t)
        caught.append(info.value)
    ours, theirs = caught
    assert isinstance(ours, type(theirs)) or (isinstance(theirs, RuntimeError) and isinstance(ours, (RuntimeError, ValueError))), (ours, theirs)
    words = lambda e: re.sub(r"\W+", " ", str(e).split("\n")[0]).lower().split()  # noqa: E731
    mine, same = set(words(ours)), words(theirs)[:25]
    by_ourselves = ("operands could not be broadcast", "too many indices")  # as of real tensors
    assert sum(w in mine for w in same) >= 0.8 * len(same) or str(ours).startswith(by_ourselves), (str(ours), str(theirs))


def test_recorded_steps_run_from_python():
    z = jtt.nn.Parameter(jtt.tensor(Z))
    optimizer = jtt.optim.SGD([z], lr=0.1)

    @jtt.compile
    def step(x):
        optimizer.zero_grad()
        loss = ((z * x).abs() ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss

    losses = [step(jtt.tensor(X)).item() for _ in range(4)]
    assert losses == sorted(losses, reverse=True) and step.why == "complex tensors are computed with"


def test_arrays_that_live_on_are_compacted():
    """A recorded complex array that is held, in a traceback for one, has no slots of its own."""
    from jittape.eager.compact import compact
    from jittape.eager.complexes import on_tape
    from jittape.eager.threads import tape_for

    z = leaf(jtt)
    w = z * 2
    tape = tape_for(np.dtype(np.float64))
    held = on_tape(tape, w)
    for _ in range(20):
        _ = (z * 3).exp()
    assert compact(tape)
    np.testing.assert_array_equal(held.value(), 2 * Z)
    w.abs().sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), 2 * Z / np.abs(Z))


def test_files_of_torch_are_read():
    file = io.BytesIO()
    torch.save({"z": torch.tensor(Z), "c": torch.tensor(Z, dtype=torch.complex64).conj(), "i": torch.tensor(Z).conj().imag, "m": torch.nn.Linear(2, 3, dtype=torch.complex64).state_dict()}, file)
    file.seek(0)
    read = jtt.load(file)
    assert (read["z"].numpy() == Z).all() and (plain(read["c"]) == Z.conj().astype(np.complex64)).all() and (read["i"].numpy() == -Z.imag).all()
    layer = jtt.nn.Linear(2, 3, dtype=jtt.complex64)
    layer.load_state_dict(read["m"])
    assert layer.weight.dtype == jtt.complex64 and isinstance(layer.weight, jtt.nn.Parameter)


def test_modules_keep_their_kind():
    layer = jtt.nn.Linear(2, 3, dtype=jtt.complex64)
    assert layer.double().weight.dtype == jtt.complex64 and layer.to(jtt.complex128).weight.dtype == jtt.complex128
    with pytest.raises(TypeError, match="nor complex ones real"):
        layer.to(jtt.float32)
    with pytest.raises(TypeError, match="not made complex"):
        jtt.nn.Linear(2, 3).to(jtt.complex64)
    x = jtt.zeros(2)
    with pytest.raises(RuntimeError, match="data of a real tensor"):
        x.data = jtt.zeros(2, dtype=jtt.complex64)


def test_random_numbers():
    jtt.manual_seed(0)
    z = jtt.randn(4000, dtype=jtt.complex128)
    assert abs(z.abs().square().mean().item() - 1) < 0.1 and abs(z.imag.std().item() - 0.5**0.5) < 0.05
    u = jtt.rand(100, dtype=jtt.complex64)
    assert 0 <= u.real.min() and u.imag.max() < 1 and u.imag.std() > 0.2
    assert jtt.randn_like(z).imag.std() > 0.5 and jtt.zeros(2, dtype=jtt.cfloat).normal_().imag.any()
