"""Complex tensors of jittape.torch beside PyTorch: values, dtypes, shapes, gradients, gradients of gradients, in both precisions."""

import numpy as np
import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:A window was not provided:UserWarning", "ignore:stft with return_complex:UserWarning")
CASES = """
z + w | z - w | z * w | z / w | z * x | x * z | z / x | x / z | x - z | z + 2 | 2 - z | z * 1.5 | 1j * z | z / 2j | x * 1j | 1j / z | x + (2 - 1j) | i * 1j | i * z | z + i | x * k | k * z | z * 3j + i
z ** 2 | z ** 3 | z ** -1 | z ** 0.5 | z ** 2.5 | z ** w | x ** z | z ** x | 2 ** z | z ** 2j | a ** 1j | -z | +z | abs(z) | z.square() | z.reciprocal() | z.rsqrt() | z.neg() | z.positive()
z.exp() | z.exp2() | z.expm1() | z.log() | z.log2() | z.log10() | z.log1p() | z.sqrt() | z.sin() | z.cos() | z.tan() | z.asin() | z.acos() | z.atan() | z.sinh() | z.cosh() | z.tanh() | z.asinh() | z.acosh() | z.atanh() | z.sigmoid() | z.sinc()
z.abs() | z.angle() | z.sgn() | z.real | z.imag | z.conj() | z.conj_physical() | z.conj().resolve_conj() | z.conj() * z | z.conj().imag | z.conj().real | z.H | z.mH | z.adjoint() | T.view_as_real(z) | T.view_as_complex(T.stack([x, x * x], -1)) | T.complex(x, x * 2) | T.polar(a, x)
T.real(z) | T.imag(z) | T.real(x) | x.conj() | x.angle() | T.is_complex(z) | T.is_complex(x) | z.is_complex() | z.is_floating_point() | z.is_conj() | z.conj().is_conj() | T.isreal(d) | z.is_signed() | z.element_size() | T.result_type(x, 1j) == z.dtype | T.promote_types(T.int64, T.complex64) == T.complex64
z.sum() | z.sum(0) | z.sum(1, True) | z.sum((0, 1)) | z.mean() | z.mean(1) | z.prod() | z.prod(0) | z.var() | z.var(1) | z.std(0) | z.cumsum(1) | z.cumprod(0) | z.norm() | z.norm(dim=1) | z.norm(1) | z.logsumexp(1) | T.logcumsumexp(z, 1) | T.logaddexp(z, w) | z.trace() | z.diff(dim=0) | T.var_mean(z, 1)
z @ m | m @ z.T | z @ z.mH | z @ v | T.matmul(z, m) | z.mm(m) | T.mv(z, v) | T.dot(v, v) | T.vdot(v, z[0]) | T.inner(z, w) | T.outer(v, v) | T.bmm(T.stack([z, w]), T.stack([m, m])) | T.einsum("ij,kj->ik", z, w) | T.einsum("ij,ij->", z, w.conj()) | T.einsum("ij->ji", z) | T.tensordot(z, w) | T.kron(z, v) | T.addmm(z, z, m) | T.addmv(v[:2], z, v, beta=2j)
T.cross(z, w, dim=1) | T.trapezoid(z, dim=1) | T.nn.functional.linear(z, w, v[:2]) | T.cov(z) | T.addcmul(z, z, w, value=2) | T.addcdiv(z, z, w) | T.lerp(z, w, 0.3) | T.dist(z, w) | T.ldexp(z, T.tensor([1, 2, 0])) | T.float_power(z, 2) | T.linalg.vecdot(z, w) | T.linalg.vector_norm(z, 3) | z.detach().nan_to_num()
z[0] | z[0, 1] | z[:, 1] | z[..., None] | z[[1, 0, 1]] | z[:, [2, 0]] | z[i > 2] | z[1:, ::2] | z[..., 0] | z[T.tensor([0, 1]), T.tensor([1, 2])] | z.reshape(3, 2) | z.view(-1) | z.T | z.T.reshape(-1) | z.t() | z.permute(1, 0) | z.transpose(0, 1) | z.flatten() | z.unsqueeze(1) | z[:, :1].squeeze(1) | z.expand(4, 2, 3) | z.flip(0) | z.roll(1, 1)
z.diag() | z.diagonal() | v.diag() | v.diagflat() | T.diag_embed(z) | z.tril() | z.triu(1) | T.chunk(z, 3, 1) | T.split(z, 2, 1) | T.unbind(z) | T.cat([z, w]) | T.cat([z, x.detach()], 1) | T.stack([z, x.detach()]) | T.hstack([z, w]) | z.repeat(2, 1) | z.tile(2) | z.repeat_interleave(2, 1) | z.movedim(0, 1) | z.rot90() | z.as_strided((2, 2), (1, 2), 1) | (z * 2).as_strided((2, 2), (2, 1), 1) | z.unfold(1, 2, 1) | z.clone() | z.contiguous() | z.T.contiguous()
z.gather(1, i % 3) | z.index_select(1, T.tensor([2, 0])) | z.take(T.tensor([0, 5])) | z.masked_select(i > 2) | z.masked_fill(i > 2, 1j) | T.where(i > 2, z, w) | T.where(i > 2, z, 0) | T.where(i > 2, x.detach(), z) | z.scatter(1, x.argsort(1)[:, :2], w[:, :2]) | z.scatter_add(1, i % 3, w) | z.index_add(0, T.tensor([1, 0]), w) | z.index_copy(0, T.tensor([1]), w[:1]) | z.index_fill(0, T.tensor([1]), 2j) | z.index_put((T.tensor([0]), T.tensor([2])), v[0])
z == w | z != w | z == z.clone() | z == 1 | T.eq(z, x) | z.isfinite() | z.isnan() | T.isclose(z, z + 1e-9) | T.allclose(z, z) | T.equal(z, w) | z.any() | z.all() | d.nonzero() | d.count_nonzero() | z.logical_not() | T.logical_and(z, d) | bool(z[0, 0] != 0) | z.numel() | z.dim() | z.shape[1] | z.stride() | z.T.stride() | z.real.stride() | z.is_contiguous() | z.T.is_contiguous() | len(z)
z.to(T.complex64) | z.to(T.complex128) | x.to(T.complex64) | x.cdouble() | i.to(T.complex128) | z.cfloat() | z.bool() | x.double() * z | x.float() * z | d.type() | T.zeros(2, dtype=T.complex64) | T.ones_like(d) | T.full((2,), 1j) | T.eye(2, dtype=T.complex128) | T.tensor([1, 2j]) | T.tensor([1.0, 2j], dtype=T.complex128) | T.zeros_like(z) | T.zeros_like(z[:0]) | z[:0].sum(0) | z[:0].T.contiguous() | z.new_zeros(2) | z.new_tensor([1j, 2]) | T.empty(0, dtype=T.complex64).sum() | T.linspace(0, 1, 3) * 1j | T.linspace(0, 1j, 3) | T.full_like(z, 1j) | T.logspace(0, 1j, 3, dtype=T.complex128)
m.det() | m.inverse() | T.linalg.inv(m) | T.linalg.solve(m, z.T) | T.linalg.solve(m, v) | T.linalg.slogdet(m) | T.linalg.cholesky(h).abs() | T.linalg.cholesky(h, upper=True).abs() | T.linalg.cholesky_ex(h)[0].abs() | T.linalg.eigh(h)[0] | T.linalg.eigvalsh(h) | T.linalg.svdvals(z) | T.linalg.svd(z, full_matrices=False)[1] | T.linalg.pinv(z) | T.linalg.qr(z.T)[1].abs() | T.matrix_power(m, 3) | T.linalg.matrix_exp(m * 0.3) | T.linalg.norm(z) | T.linalg.matrix_norm(z) | T.linalg.multi_dot([z, m, w.T]) | T.logdet(h) | T.linalg.lstsq(z.T, v).solution
T.linalg.eigh(h)[1].abs() | T.linalg.svd(m)[0].abs() | T.linalg.solve_triangular(m, v[:, None], upper=False) | T.linalg.cond(m) | T.linalg.matrix_norm(z, "nuc") | T.linalg.cross(z, w)
F.fft(z) | F.fft(x) | F.ifft(z) | F.rfft(x) | F.irfft(z) | F.irfft(z, 5) | F.hfft(z) | F.ihfft(x) | F.fft(z, 5) | F.fft(z, 2) | F.fft(z, dim=0) | F.fft(z, norm="ortho") | F.ifft(z, norm="forward") | F.rfft(x, 5, 0, "ortho") | F.irfft(z, norm="ortho") | F.hfft(z, norm="forward") | F.ihfft(x, norm="ortho") | F.fft2(z) | F.ifft2(z) | F.rfft2(x) | F.irfft2(z) | F.fftn(z) | F.ifftn(z, norm="ortho") | F.rfftn(x, s=(4, 2)) | F.irfftn(z, s=(2, -1))
F.fft(s).stft(4, return_complex=True) | s.stft(4, 2, window=T.hann_window(4, dtype=s.dtype), return_complex=True) | s.stft(5, 2, 3, center=False, normalized=True, return_complex=True) | s.stft(4, 1, onesided=False, return_complex=True) | s.stft(4, 2, pad_mode="constant", return_complex=False) | T.stft(T.stack([s, s * s]), 4, return_complex=True)
s.stft(4, 2, return_complex=True).istft(4, 2) | s.stft(4, 2, return_complex=True).istft(4, 2, length=8) | T.istft(s.stft(4, 1, window=s[:4], onesided=False, return_complex=True), 4, 1, window=s[:4], return_complex=True) | T.istft(T.stack([z.T, z.T * 2j]).expand(2, 3, 2), 4, 2, normalized=True)
T.linalg.eigvals(m).sum() | T.linalg.eigvals(x[:, :2]).prod() | T.linalg.eig(m)[1].abs()
F.hfft2(z) | F.hfftn(z, norm="ortho") | F.hfftn(z, s=(3, 4), norm="forward") | F.ihfft2(x) | F.ihfftn(x, norm="forward") | F.fftn(z, dim=(1, 0)) | F.rfftn(x, dim=(1, 0)) | F.irfftn(z, dim=(0,)) | F.fftshift(z) | F.ifftshift(z, dim=1) | F.fftshift(x, 0) | F.fftfreq(5, 0.5) | F.rfftfreq(4) | F.fft(i) | F.fft(v) | F.ifft(F.fft(x)) | F.irfft(F.rfft(x), 3) | F.fftn(z, dim=()) | F.irfft(x)
"""  # noqa: E501
LINES = [c.strip() for c in CASES.replace("\n", "|").split("|") if c.strip()]


def some(each):
    """The cases, of which one in so many is no slow test."""
    return [c if k % each == 0 else pytest.param(c, marks=pytest.mark.slow) for k, c in enumerate(LINES)]


def inputs(lib, real):
    """Leaves z, w, m, h, v, x, a; k is a number; d and i do not require grad."""
    r = np.random.default_rng(1)
    c = {np.float64: np.complex128, np.float32: np.complex64}[real]
    draw = lambda *shape: r.normal(size=shape) + 1j * r.normal(size=shape)  # noqa: E731
    g = draw(3, 3)
    given = {"z": draw(2, 3), "w": draw(2, 3), "m": draw(3, 3), "v": draw(3), "h": g @ g.conj().T + np.eye(3) * 3, "k": draw()}
    out = {name: lib.tensor(np.asarray(v, c), requires_grad=True) for name, v in given.items()}
    out |= {"x": lib.tensor(r.normal(size=(2, 3)).astype(real), requires_grad=True), "a": lib.tensor((r.random((2, 3)) + 0.5).astype(real), requires_grad=True)}
    out |= {"s": lib.tensor(r.normal(size=9).astype(real), requires_grad=True)}
    out |= {"d": lib.tensor(np.array([1, 2j, 0], c)), "i": lib.tensor(r.integers(0, 5, (2, 3))), "T": lib, "F": lib.fft}
    return out


LEAVES = "zwmvhkxas"


def flat(out):
    return [v for part in out for v in flat(part)] if isinstance(out, (tuple, list)) and not (out and all(isinstance(v, int) for v in out)) else [out]


def plain(t):
    return t.detach().resolve_conj().resolve_neg().numpy()


def loss(lib, outputs):
    """A real number made of the results, in which every part counts with a weight of its own."""
    r = np.random.default_rng(2)
    total = 0.0
    for t in outputs:
        if isinstance(t, lib.Tensor) and t.requires_grad:
            weights = r.normal(size=(2, *t.shape))
            w = lib.tensor(weights, dtype=t.real.dtype)
            total = total + (t.real * w[0]).sum() + ((t.imag * w[1]).sum() if t.is_complex() else 0.0)
    return total


def run(lib, case, real, second):
    given = inputs(lib, real)
    out = flat(eval(case, given))  # our own cases
    values = [plain(t) if isinstance(t, lib.Tensor) else t for t in out]
    total = loss(lib, out)
    if isinstance(total, float):
        return values, None, None
    leaves = [given[name] for name in LEAVES]
    grads = lib.autograd.grad(total, leaves, create_graph=second, allow_unused=True)
    more = None
    if second:
        again = loss(lib, [g * g for g in grads if g is not None])
        if not isinstance(again, float) and again.requires_grad:
            more = [None if g is None else plain(g) for g in lib.autograd.grad(again, leaves, allow_unused=True)]
    return values, [None if g is None else plain(g) for g in grads], more


def close(ours, theirs, tolerance, of):
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(b, np.ndarray):
            if a is None:
                assert not b.any(), of
                continue
            assert a.shape == b.shape and a.dtype == b.dtype, (of, a.dtype, b.dtype, a.shape, b.shape)
            np.testing.assert_allclose(a, b, tolerance, tolerance * max(1.0, np.abs(b).max(initial=0.0)), err_msg=of)
        elif b is None:
            assert a is None or not a.any(), of
        else:
            assert a == b, of


@pytest.mark.parametrize("case", some(2))
def test_double(case):
    ours, theirs = run(jtt, case, np.float64, True), run(torch, case, np.float64, True)
    close(ours[0], theirs[0], 1e-11, "values")
    assert (ours[1] is None) == (theirs[1] is None)
    if theirs[1] is not None:
        close(ours[1], theirs[1], 1e-9, "gradients")
    if theirs[2] is not None:
        close(ours[2] or [None] * len(LEAVES), theirs[2], 1e-7, "gradients of gradients")


@pytest.mark.parametrize("case", some(8))
def test_single(case):
    ours, theirs = run(jtt, case, np.float32, False), run(torch, case, np.float32, False)
    close(ours[0], theirs[0], 2e-5, "values")
    if theirs[1] is not None:
        close(ours[1], theirs[1], 2e-4, "gradients")
