"""Functions and methods of jittape.torch beside PyTorch: values, dtypes, shapes, gradients."""

import numpy as np
import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")
CASES = """
x.sort(1) | x.sort(0, descending=True) | x.argsort(1) | x.topk(2, 1) | x.topk(3, 0, largest=False) | x.kthvalue(2, 1) | x.median() | x.median(1) | n.median(0) | n.nanmedian(1)
i.mode(1) | x.quantile(0.3) | x.quantile(0.7, 1, True) | x.quantile(T.tensor([0.1, 0.5], dtype=x.dtype), 0) | x.cummax(1) | x.cummin(0) | T.logcumsumexp(x, 1) | x.diff(dim=0) | x.diff(n=2)
i.unique() | i.unique(return_inverse=True, return_counts=True) | T.unique(i, dim=0) | T.unique_consecutive(i) | i.nonzero() | T.nonzero(i, as_tuple=True) | i.count_nonzero(1)
T.bincount(v) | T.bincount(v, minlength=9) | T.histc(x, 4, -1, 1) | T.isin(i, T.tensor([1, 2])) | T.searchsorted(s, x) | T.searchsorted(s, x, right=True) | T.bucketize(x, s)
x.scatter(1, y.argsort(1)[:, :3], y[:, :3]) | x.scatter(0, i[:2, :3] % 3, 1.5) | x.scatter_add(1, i % 4, y) | x.scatter_add(0, i % 3, y) | x.scatter_reduce(1, i % 4, y, "prod") | x.scatter_reduce(0, i % 3, y, "amax")
x.scatter_reduce(1, i % 4, y, "mean", include_self=False) | x.scatter_reduce(1, i % 4, y, "sum", include_self=False) | x.index_add(0, T.tensor([2, 0, 2]), y) | x.index_add(1, T.tensor([1, 1, 0, 3]), y, alpha=2)
x.index_copy(0, T.tensor([2, 0]), y[:2]) | x.index_fill(1, T.tensor([1, 3]), 7.0) | x.index_put((T.tensor([0, 1]), T.tensor([2, 2])), y[0, :2]) | x.index_put((T.tensor([0, 0, 2]),), y, accumulate=True)
x.take(T.tensor([0, 5, 5])) | T.take_along_dim(x, x.argsort(1), 1) | x.masked_select(x > 0) | x.masked_scatter(x > 0, y) | x.select(1, 2) | x.narrow(1, 1, 2) | T.narrow(x, 0, -2, 2) | x.gather(1, i % 4)
x.repeat_interleave(2) | x.repeat_interleave(T.tensor([1, 0, 2]), 0) | x.index_select(1, T.tensor([3, 0, 0])) | T.where(x > 0, x, y) | T.where(x > 0, x, 0.5) | x.masked_fill(x > 0, -1.0)
T.addmm(m, x, y.T) | T.addmm(m, x, y.T, beta=0.5, alpha=2) | T.addmv(x[:, 0], x, y[0]) | T.addr(m, x[:, 0], y[:, 1]) | T.baddbmm(b @ b, b, b, beta=0.3) | T.addbmm(m[:2, :2], b, b) | T.addcmul(x, x, y, value=0.3) | T.addcdiv(x, y, y * y + 1, value=0.3)
T.inner(x, y) | T.kron(x, y) | T.cross(x[:, :3], y[:, :3], dim=1) | T.matrix_power(m, 3) | T.det(m) | T.logdet(p) | T.slogdet(m) | T.inverse(p) | T.linalg.cholesky((p + p.T) / 2) | T.linalg.solve(p, x) | T.linalg.solve(p, x[:, 0])
T.linalg.eigvalsh((p + p.T) / 2) | T.linalg.svdvals(x) | T.linalg.pinv(x) | T.linalg.lstsq(x.T, y.T).solution | T.linalg.norm(x) | T.linalg.vector_norm(x, 3, 1) | T.linalg.matrix_norm(x, "nuc") | T.linalg.matrix_norm(x, 1) | T.linalg.norm(x, 2)
T.linalg.cond(p) | T.linalg.multi_dot([m, x, y.T]) | T.linalg.solve_triangular(p, x, upper=False) | T.linalg.qr(x)[1].abs() | T.linalg.vecdot(x, y) | T.linalg.matrix_exp(m * 0.3) | T.dist(x, y) | x.norm(dim=1) | x.norm(1)
T.var_mean(x, 1) | T.std_mean(x, 0, correction=0) | n.nansum(1) | n.nanmean(0) | T.cov(x) | T.corrcoef(x) | x.renorm(2, 0, 1.0) | x.clamp_min(0.1) | x.clamp_max(0.1) | x.round() | T.round(x, decimals=1) | (x * 100).round(decimals=-1) | i.round() | x.frac() | T.floor_divide(x.detach(), 0.3) | x.float_power(2)
T.logaddexp2(x, y) | T.ldexp(x, T.tensor([1, 2, 0, 3])) | n.nan_to_num(0.5) | T.heaviside(x.detach(), y.detach()) | x.signbit() | T.isclose(x, x + 1e-9) | T.logical_and(x > 0, y > 0) | T.logical_xor(x > 0, y > 0) | T.bitwise_and(i, 3) | T.gcd(i, i + 2)
T.cdist(x, y) | T.cdist(x, y, p=1.0) | T.trapezoid(x, dim=1) | T.trapezoid(x, s[:4]) | T.cumulative_trapezoid(x, dx=0.5) | x.movedim(0, 1) | T.swapdims(x, 0, 1) | x.ravel() | x.unflatten(1, (2, 2)) | x.unfold(1, 2, 1) | x.tile(2, 1)
T.rot90(x) | x.fliplr() | x.flipud() | T.tensor_split(x, 3, 1) | T.hsplit(x, 2) | T.vsplit(x, [1]) | T.diag_embed(x) | T.diagflat(x[0]) | T.hstack([x, y]) | T.vstack([x, y]) | T.dstack([x, y]) | T.column_stack([x, y])
T.broadcast_tensors(x, y[0]) | T.atleast_1d(x[0, 0]) | T.atleast_2d(x[0]) | T.atleast_3d(x) | T.combinations(x[0]) | T.meshgrid(x[0], y[:, 0], indexing="ij") | T.meshgrid(x[0], y[:, 0], indexing="xy") | T.cartesian_prod(x[0, :2], y[0, :2])
T.block_diag(x, y) | T.einsum("ij,kj->ik", x, y) | T.tril(x) | T.triu(x, 1) | T.roll(x, 1, 1) | T.flatten(x) | T.stack([x, y], 1) | T.cat([x, y], 1) | T.chunk(x, 2, 1) | T.unbind(x) | T.split(x, 3, 1) | T.logsumexp(x, 1) | T.softmax(x, 0)
T.special.expit(x) | T.special.xlog1py(x, y * y) | T.special.ndtr(x) | T.special.multigammaln(p[0] + 3, 2) | T.special.i0(x) | T.special.entr(y * y) | T.tril_indices(3, 4, 1) | T.triu_indices(3, 3) | T.nn.functional.one_hot(v, 6)
x + 1 | x / i | i / 2 | i * 2.5 | i / i.clamp(min=1) | i.sqrt() | x * T.tensor(2.0, dtype=T.float64) | x.detach().float() + 1 | i.float() * 0.5 | (x > 0) * 1.5 | x ** 2 | 2 ** x | i ** 2 | i + 0.5 | i // 2 | T.arange(3) / 2 | x.mean() | x.std() | x.var(0)
T.arange(5) | T.arange(1, 2, 0.3) | T.linspace(0, 1, 5) | T.logspace(0, 2, 3) | T.eye(2, 3) | T.full((2,), 3) | T.full((2,), 3.0) | T.zeros(2).dtype == T.float32 | T.ones(2, dtype=T.int64) | T.tensor([1, 2.5]) | T.tensor([True]) | T.tensor([]) | T.hann_window(5) | T.blackman_window(4, periodic=False)
x.new_tensor([1, 2]) | x.new_full((2,), 3) | x.new_zeros(2, 3) | x.stride() | x.T.stride() | x.is_contiguous() | x.T.is_contiguous() | x.element_size() | x.dim() | i.type() | x.long() | x.detach().type(T.FloatTensor) | x.detach().to(T.float32) | i.bool() | T.result_type(i, 1.0) == T.float32
"""  # noqa: E501
LINES = [c.strip() for c in CASES.replace("\n", "|").split("|") if c.strip()]


def inputs(lib):
    r = np.random.default_rng(0)
    x, y = r.normal(size=(3, 4)), r.normal(size=(3, 4))
    n = np.where(r.random((3, 4)) < 0.3, np.nan, x)
    g = r.normal(size=(3, 3))
    given = {"x": x, "y": y, "n": n, "m": r.normal(size=(3, 3)), "p": g @ g.T + 3 * np.eye(3), "b": r.normal(size=(2, 2, 2)), "s": np.sort(r.normal(size=6))}
    out = {k: lib.tensor(v, requires_grad=k not in "s") for k, v in given.items()}
    out |= {"i": lib.tensor(r.integers(0, 5, (3, 4))), "v": lib.tensor(r.integers(0, 6, 8)), "T": lib}
    return out


def flat(out):
    return [v for part in out for v in flat(part)] if isinstance(out, (tuple, list)) and not (out and all(isinstance(v, int) for v in out)) else [out]


@pytest.mark.parametrize("case", LINES)
def test_function(case):
    found = []
    for lib in (jtt, torch):
        given = inputs(lib)
        out = flat(eval(case, given))  # our own cases
        grads = []
        total = 0.0
        for t in out:
            if isinstance(t, lib.Tensor) and t.requires_grad:
                total = total + (t * lib.tensor(np.cos(np.arange(t.numel())).reshape(tuple(t.shape)), dtype=t.dtype)).nansum()
        if isinstance(total, lib.Tensor):
            variables = [given[k] for k in "xynmpb"]
            grads = [None if g is None else g.numpy() for g in lib.autograd.grad(total, variables, allow_unused=True)]
        found.append(([np.asarray(t.detach().numpy()) if isinstance(t, lib.Tensor) else t for t in out], grads))
    (mine, mine_grads), (theirs, their_grads) = found
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        if isinstance(a, np.ndarray):
            assert a.shape == b.shape and a.dtype == b.dtype, (a.dtype, b.dtype, a.shape, b.shape)
            np.testing.assert_allclose(a, b, rtol=1e-6 if a.dtype == np.float32 else 1e-9, atol=1e-7 if a.dtype == np.float32 else 1e-12)
        else:
            assert a == b
    assert bool(mine_grads) == bool(their_grads)
    for a, b in zip(mine_grads, their_grads, strict=True):
        np.testing.assert_allclose(0.0 if a is None else a, 0.0 if b is None else b, rtol=1e-8, atol=1e-10)
