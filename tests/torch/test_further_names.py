"""Functions that few scripts use, beside PyTorch's: values and gradients; layers of sizes that are known at the first call; weights that are normalised."""

import warnings

import numpy as np
import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")

DRAW = np.random.default_rng(0)
A, B, S = DRAW.normal(size=(3, 4, 4)), DRAW.normal(size=(3, 4, 2)), DRAW.normal(size=(4, 4))
P, V = DRAW.uniform(0.5, 3.0, (3, 4)), DRAW.normal(size=(3, 4))
SPD = S @ S.T + 4 * np.eye(4)


def parts(x):
    return [t for v in x for t in parts(v)] if isinstance(x, (tuple, list)) else [x]


def compared(f, *arrays, gradients=True):
    found = []
    for room in (torch, T):
        given = [room.tensor(a) for a in arrays]
        if gradients:
            given = [t.requires_grad_() if t.dtype == room.float64 else t for t in given]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = parts(f(room, *given))
        row = [t.detach().numpy() if hasattr(t, "detach") else np.asarray(t) for t in out]
        if gradients:
            total = sum((t.sin() * room.tensor(np.arange(t.numel()).reshape(t.shape) + 1.0)).sum() for t in out if getattr(t, "requires_grad", False))
            row += [g.numpy() for g in room.autograd.grad(total, [t for t in given if t.requires_grad])]
        found.append(row)
    assert len(found[0]) == len(found[1])
    for a, b in zip(*found, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


DIFFERENTIABLE = {
    "polygamma": (lambda t, p: t.polygamma(1, p), P), "special.polygamma": (lambda t, p: t.special.polygamma(2, p), P), "i0": (lambda t, p: t.i0(p), P),
    "mvlgamma": (lambda t, p: t.mvlgamma(p + 2, 3), P), "frexp": (lambda t, p: t.frexp(p)[0], P), "sum_to_size": (lambda t, v: v.sum_to_size(1, 4), V), "msort": (lambda t, v: t.msort(v), V),
    "select_scatter": (lambda t, v: t.select_scatter(v, v[0] * 2, 0, 1), V), "slice_scatter": (lambda t, v: t.slice_scatter(v, v[:, :2] * 2, 1, 0, 4, 2), V),
    "diagonal_scatter": (lambda t, s: t.diagonal_scatter(s, s[0] * 2), S), "put": (lambda t, v: v.put(t.tensor([1, 5]), v[0, :2] * 3), V), "matrix_exp": (lambda t, a: t.matrix_exp(a), A),
    "qr": (lambda t, a: t.qr(a), S), "cholesky_inverse": (lambda t, a: t.cholesky_inverse(a.tril() + 5 * t.eye(4, dtype=a.dtype)), S),
    "cholesky_solve": (lambda t, b, a: t.cholesky_solve(b, a.tril() + 5 * t.eye(4, dtype=a.dtype)), B[0], S),
    "triangular_solve": (lambda t, b, a: t.triangular_solve(b, a + 5 * t.eye(4, dtype=a.dtype))[0], B[0], S), "lu": (lambda t, a: t.linalg.lu(a), A), "lu_factor": (lambda t, a: t.linalg.lu_factor(a), A),
    "lu_solve": (lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a), b), A, B), "lu_unpack": (lambda t, a: t.lu_unpack(*t.linalg.lu_factor(a)), A),
    "inv_ex": (lambda t, a: t.linalg.inv_ex(a)[0], A), "solve_ex": (lambda t, a, b: t.linalg.solve_ex(a, b)[0], A, B), "tensorinv": (lambda t, a: t.linalg.tensorinv(a.reshape(2, 2, 4), 2), S),
    "tensorsolve": (lambda t, a, b: t.linalg.tensorsolve(a.reshape(2, 2, 4), b[:2, :2]), S, B[0]), "cholesky": (lambda t, a: t.linalg.cholesky(a), SPD), "eigvalsh": (lambda t, a: t.linalg.eigvalsh(a), SPD),
    "gradient": (lambda t, v: t.gradient(v, spacing=0.5), V), "pdist": (lambda t, v: t.nn.functional.pdist(v), V), "transpose_copy": (lambda t, v: t.transpose_copy(v, 0, 1), V),
    "i0e": (lambda t, v: t.special.i0e(v), V), "i1e": (lambda t, v: t.special.i1e(v), V), "igamma": (lambda t, q: t.igamma(t.tensor(P), q), P[::-1].copy()),
}  # fmt: skip
PLAIN = {
    "nextafter": (lambda t, v: t.nextafter(v, v + 1), V), "frexp": (lambda t, v: t.frexp(v), V), "shift": (lambda t, v: t.bitwise_left_shift((v * 4).to(t.int64).abs(), 2), V),
    "right": (lambda t, v: t.bitwise_right_shift((v * 40).to(t.int64), 2), V), "unravel_index": (lambda t, v: t.unravel_index(t.tensor([1, 7]), (3, 4)), V),
    "histogram": (lambda t, v: t.histogram(v, 5), V), "y0": (lambda t, p: t.special.bessel_y0(p), P), "k1": (lambda t, p: t.special.modified_bessel_k1(p), P),
    "k0e": (lambda t, p: t.special.scaled_modified_bessel_k0(p), P), "j0s": (lambda t, p: t.special.spherical_bessel_j0(p), P), "zeta": (lambda t, p: t.special.zeta(p + 1, p), P),
    "vander": (lambda t, v: t.vander(v[0], 3), V), "chebyshev": (lambda t, v: t.special.chebyshev_polynomial_t(v, 3), V), "hermite": (lambda t, v: t.special.hermite_polynomial_he(v, 3), V),
    "legendre": (lambda t, v: t.special.legendre_polynomial_p(v, 4), V), "cholesky_ex": (lambda t, a: t.linalg.cholesky_ex(a)[1], np.stack([S, SPD])),
    "pca": (lambda t, a: t.pca_lowrank(a, 4)[1], A), "frombuffer": (lambda t, v: t.frombuffer(bytearray(8), dtype=t.float64), V),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_values_and_gradients(name):
    f, *arrays = DIFFERENTIABLE[name]
    compared(f, *arrays)


@pytest.mark.parametrize("name", PLAIN)
def test_values(name):
    f, *arrays = PLAIN[name]
    compared(f, *arrays, gradients=False)


def test_airy():
    np.testing.assert_allclose(torch.special.airy_ai(torch.tensor(V)).numpy(), T.special.airy_ai(T.tensor(V)).numpy(), rtol=1e-4)
    assert torch.special.airy_ai(torch.tensor(1)).item() == pytest.approx(0.1352924, rel=1e-6)
    assert torch.autograd.gradgradcheck(torch.special.airy_ai, (torch.tensor(V).requires_grad_(),))


def test_zeta_of_numbers_and_by_both_arguments():
    compared(lambda t, q: t.special.zeta(3.0, q), P)
    single = torch.special.zeta(torch.tensor([3.0, 4.0]), 2.0)
    assert single.dtype == torch.float32
    np.testing.assert_allclose(single.numpy(), [0.2020569, 0.0823232], rtol=1e-6)
    assert torch.special.zeta(torch.tensor(3), torch.tensor(2)).item() == pytest.approx(0.2020569, rel=1e-6)
    assert torch.autograd.gradgradcheck(lambda x: torch.special.zeta(x + 1, 2.0), (torch.tensor(P[0]).requires_grad_(),))


def test_singular_matrices_and_right_sides_of_a_larger_batch():
    a, b = np.stack([np.eye(4), np.zeros((4, 4))]), B[:, None]
    found = torch.linalg.solve_ex(torch.tensor(a), torch.tensor(b))
    assert found.info.tolist() == [0, 1]
    np.testing.assert_array_equal(found.result.numpy(), np.where(np.array([False, True])[:, None, None], np.nan, b))


def test_gradients_of_a_norm_that_is_not_a_number():
    weight = torch.ones(2, requires_grad=True)
    weight.grad = torch.ones(2)
    torch.nn.utils.clip_grads_with_norm_([weight], 1.0, torch.tensor(float("nan")))
    assert weight.grad.isnan().all()


def test_second_derivatives_of_lu():
    a = torch.tensor(S).requires_grad_()
    assert torch.autograd.gradgradcheck(lambda x: torch.linalg.lu(x)[1:], (a,))


@pytest.mark.parametrize("shape", [(0, 3, 4), (2, 0, 3, 3), (2, 4, 3)])
def test_stacks_that_are_factored(shape):
    a = np.random.default_rng(0).normal(size=shape)
    ours, theirs = ([*t.linalg.lu(t.tensor(a)), *t.linalg.lu_factor(t.tensor(a))] for t in (torch, T))
    for a, b in zip(ours, theirs, strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(a.numpy(), b.numpy())


def test_derivatives_that_pytorch_lacks():
    x = torch.tensor(P).requires_grad_()
    for name in ("bessel_y0", "bessel_y1", "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0", "i0e", "i1e"):
        assert torch.autograd.gradcheck(getattr(torch.special, name), (x,))


LAYERS = [
    (lambda nn: nn.LazyLinear(3), (5, 7)), (lambda nn: nn.LazyConv1d(4, 3, groups=2), (2, 6, 9)), (lambda nn: nn.LazyConv2d(4, 3, padding=1), (2, 3, 8, 8)),
    (lambda nn: nn.LazyConvTranspose2d(4, 3, stride=2), (2, 3, 5, 5)), (lambda nn: nn.LazyBatchNorm2d(), (2, 3, 4, 4)), (lambda nn: nn.LazyBatchNorm1d(), (4, 3)),
    (lambda nn: nn.LazyInstanceNorm2d(affine=True), (2, 3, 4, 4)),
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(LAYERS)))
def test_sizes_known_at_the_first_call(k):
    make, shape = LAYERS[k]
    values = DRAW.normal(size=shape).astype(np.float32)
    found = []
    for room in (torch, T):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = make(room.nn)
        first = next(layer.parameters())
        with pytest.raises(RuntimeError, match="shape of an uninitialized"):
            _ = first.shape
        assert layer.has_uninitialized_params()
        layer(room.tensor(values))
        assert next(layer.parameters()) is first
        found.append((layer, [(n, tuple(p.shape)) for n, p in layer.named_parameters()], repr(layer).split("(")[0]))
    assert found[0][1:] == found[1][1:]
    layer, other = found[0][0], found[1][0]
    layer.load_state_dict(other.state_dict())
    np.testing.assert_allclose(layer(torch.tensor(values)).detach().numpy(), other(T.tensor(values)).detach().numpy(), rtol=1e-4, atol=1e-5)


def test_normalised_weights():
    values = DRAW.normal(size=(5, 4)).astype(np.float32)
    found = []
    for room in (torch, T):
        layer = room.nn.Linear(4, 3)
        with room.no_grad():
            layer.weight.copy_(room.arange(12).reshape(3, 4) / 5.0 - 1)
            layer.bias.zero_()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = room.nn.utils.weight_norm(layer)
        (layer(room.tensor(values)) ** 2).sum().backward()
        names = sorted(n for n, _ in layer.named_parameters())
        row = [layer.weight_g.grad.numpy(), layer.weight_v.grad.numpy()]
        room.nn.utils.remove_weight_norm(layer)
        found.append((names, sorted(n for n, _ in layer.named_parameters()), [*row, layer.weight.detach().numpy()]))
        spectral = room.nn.utils.spectral_norm(room.nn.Linear(4, 3), n_power_iterations=30)
        spectral(room.tensor(values))
        assert float(room.linalg.svdvals(spectral.weight.detach())[0]) == pytest.approx(1.0, abs=1e-3)
        room.nn.utils.remove_spectral_norm(spectral)
        assert sorted(spectral.state_dict()) == ["bias", "weight"]
    assert found[0][:2] == found[1][:2]
    for a, b in zip(found[0][2], found[1][2], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="not found"):
        torch.nn.utils.remove_weight_norm(torch.nn.Linear(2, 2))


def test_what_scripts_of_other_devices_say():
    model = torch.nn.Linear(2, 1)
    scaler = torch.amp.GradScaler("cuda", enabled=True)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    before = model.weight.detach().clone()
    with torch.amp.autocast("cpu"):
        loss = model(torch.ones(3, 2)).sum()
    scaler.scale(loss).backward()
    scaler.unscale_(optimiser)
    scaler.step(optimiser)
    scaler.update()
    assert torch.allclose(model.weight.detach(), before - 0.3)

    assert f"{torch.tensor(1.23456):.2f} {torch.tensor(3)}" == "1.23 3"


def test_functions_between_casts_are_let_go():
    from jittape.eager.custom import NODES

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            return 3 * g * ctx.saved_tensors[0] ** 2

    w = torch.randn(4, requires_grad=True)
    counts = []
    for _ in range(3000):
        (Cube.apply(Cube.apply(w).double()) ** 2).sum().backward()
        counts.append(len(NODES))
    assert max(counts[1500:]) <= max(counts[:1500]) + 200


def test_polynomials_are_taken_of_what_requires_grad_where_nothing_is_recorded():
    x = torch.tensor([0.3, -0.7], requires_grad=True)
    with torch.no_grad():
        found = torch.special.chebyshev_polynomial_t(x, 2)
    assert found.tolist() == pytest.approx([2 * 0.09 - 1, 2 * 0.49 - 1], abs=1e-6)
    with pytest.raises(NotImplementedError, match="the derivative for 'chebyshev_polynomial_t: x' is not implemented"):
        torch.special.chebyshev_polynomial_t(x, 2)


def test_factors_of_singular_matrices():
    a = [[1.0, 1.0], [1.0, 1.0]]
    for t in (T, torch):
        A = t.tensor([a, [[1.0, 0.0], [0.0, 1.0]]])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(RuntimeError, match=r"torch.linalg.lu_factor: .*U\[2,2\] is zero"):
                t.linalg.lu_factor(A)
            with pytest.raises(RuntimeError, match=r"torch.linalg.lu_factor_ex: .*U\[2,2\] is zero"):
                t.linalg.lu_factor_ex(A, check_errors=True)
            assert t.linalg.lu_factor_ex(A)[2].tolist() == t.linalg.inv_ex(A)[1].tolist() == [2, 0]
            assert t.linalg.inv_ex(t.tensor([[1.0, 1.0], [1.0, 1.0 + 2.0**-23]]))[1].item() == 0
            assert t.linalg.lu(A)[2].tolist() == [[[1.0, 1.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]]
