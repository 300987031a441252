"""Functions beside PyTorch's at arguments that few tests have: other orders of norms, lists of indices, shapes that broadcast, empty ones, full factors."""

import numpy as np
import pytest

import jittape.torch as torch

T = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:torch.cholesky is deprecated", "ignore:Using a non-tuple sequence")

DRAW = np.random.default_rng(0)
A, B, S, V = DRAW.normal(size=(3, 4, 5)), DRAW.normal(size=(4, 3)), DRAW.normal(size=(4, 4)), DRAW.normal(size=(2, 3))
SPD = S @ S.T + 4 * np.eye(4)
COUNTS = DRAW.uniform(0.2, 6.0, (3, 4))
WITH_DERIVATIVES = {
    "norm of matrices": (lambda t, a: a.norm("fro", (0, 2)), A), "norm along several": (lambda t, a: a.norm(3, (1, 2), keepdim=True), A), "nuclear norm": (lambda t, a: t.norm(a, "nuc", (1, 2)), A),
    "norm along all": (lambda t, s: s.norm("fro", [0, 1]), S), "norm along one of a list": (lambda t, s: s.norm(1, [1]), S), "infinite renorm": (lambda t, a: a.renorm(float("inf"), 2, 0.5), A),
    "spectral norm that keeps": (lambda t, a: t.linalg.matrix_norm(a, 2, (-1, 0), True), A), "cosine of broadcast": (lambda t, v: t.cosine_similarity(v[:, None], v[None] * 2, dim=0), V),
    "hinge of other targets": (lambda t, v: t.nn.functional.hinge_embedding_loss(v, t.tensor([[1.0, -1.0, 0.5], [0.0, -1.0, 1.0]])), V),
    "poisson loss of real counts": (lambda t, c, a: t.nn.functional.poisson_nll_loss(a, c, full=True), COUNTS, A[0, :3, :4]),
    "tall full svd": (lambda t, b: (lambda f: (f[1], (f[0][:, :3] @ f[2]) ** 2))(t.linalg.svd(b)), B), "wide full svd": (lambda t, b: (lambda f: (f[1], (f[0] @ f[2][:3]) ** 2))(t.linalg.svd(b.T)), B),
    "cholesky of a leaf": (lambda t, s: t.cholesky(s), SPD), "pseudo-inverse by size": (lambda t, b: t.linalg.pinv(b, atol=0.1), B), "pseudo-inverse by part": (lambda t, b: t.linalg.pinv(b, 1e-8), B),
    "masked_scatter that broadcasts": (lambda t, v, s: v[0].masked_scatter(t.tensor([[True, False, True]] * 3), s), V, S), "put from the end": (lambda t, v, s: v.put(t.tensor([-1, 0]), s[0, :2]), V, S),
    "cat with nothing": (lambda t, v: t.cat([t.empty(0, dtype=t.float64), v, v], 1), V), "squeeze of no dimensions": (lambda t, v: v[:, None].squeeze(()), V),
    "a list of lists": (lambda t, a: a[[[0, 1], [1, 2]]], A), "a list of slices": (lambda t, a: a[[slice(None), [0, 2]]], A), "a list of tensors": (lambda t, a: a[[t.tensor([0, 1]), t.tensor([1, 3])]], A),
    "a list of one list": (lambda t, a: a[[[0, 1]]], A), "a list of numbers": (lambda t, a: a[[0, 2]], A),
    "maxima of overlapping windows": (lambda t, a: t.nn.functional.max_unpool2d(*t.nn.functional.max_pool2d(a, 3, 1, return_indices=True), 3, 1), A), "maxima of a line": (lambda t, v: t.nn.functional.max_unpool1d(v[None], t.tensor([[[0, 2, 0], [1, 1, 1]]]), 1), V),
    "reflections": (lambda t, b: t.orgqr(b, b[:3, 0]), B),
}  # fmt: skip
PLAIN = {
    "rank by size": lambda t: t.linalg.matrix_rank(t.tensor(S), atol=1.0), "rank by part": lambda t: t.linalg.matrix_rank(t.tensor(A), rtol=0.2), "rank by both": lambda t: t.linalg.matrix_rank(t.tensor(SPD), atol=5.0, rtol=0.1, hermitian=True),
    "rank of nothing": lambda t: t.linalg.matrix_rank(t.zeros(2, 0, 3)), "unique of a number": lambda t: t.unique_consecutive(t.tensor(3.0), return_inverse=True), "nan_to_num of integers": lambda t: t.nan_to_num(t.tensor([1, 2])),
    "searchsorted of nothing": lambda t: t.searchsorted(t.zeros(2, 3), t.zeros(2, 0)), "vander of a number": lambda t: t.linalg.vander(t.tensor(2.0), N=3), "correlations of integers": lambda t: t.corrcoef(t.tensor([[1, 2, 4], [3, 1, 2]])),
    "packed factors": lambda t: t.geqrf(t.tensor(B)), "limits": lambda t: [t.tensor([t.finfo(d).eps, t.finfo(d).tiny, t.finfo(d).max]) for d in (t.float32, t.float64)] + [t.tensor(t.iinfo(t.int8).max)],
    "linear numbers": lambda t: [t.linspace(a, b, n) for a, b, n in ((0, 2 * np.pi, 25), (-1, 1, 10), (0.1, 5.3, 101), (3, 3, 1), (1.5, -2.5, 0), (0, 1, 2))],
    "linear numbers, double": lambda t: [t.linspace(a, b, n, dtype=t.float64) for a, b, n in ((0, 2 * np.pi, 25), (-1, 1, 10))],
    "linear integers": lambda t: [t.linspace(a, b, n, dtype=t.int64) for a, b, n in ((-3, 9, 50), (0, 10, 4), (7, -7, 6), (2.5, 8.5, 5))],
    "powers": lambda t: [t.logspace(a, b, n, base) for a, b, n, base in ((0, 2, 5, 10.0), (-2, 3, 7, 2.0))], "powers of integers": lambda t: t.logspace(0, 3, 5, 2, dtype=t.int64),
    "polygamma of integers": lambda t: t.polygamma(1, t.tensor([1, 2, 3])), "bessel of integers": lambda t: t.i0(t.tensor([1, 2])), "nansum of integers": lambda t: t.nansum(t.tensor([1, 2])),
    "polynomials": lambda t: [getattr(t.special, f)(t.tensor([0.3, -0.7, 1.5]), n) for f in ("chebyshev_polynomial_t", "chebyshev_polynomial_u", "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p") for n in (t.tensor([3, -1, 2]), t.tensor([2.7, 0.0, 4.0]), -2, 3)],
    "sorted rows": lambda t: t.tensor(B).msort(),
    "indices of adaptive maxima": lambda t: t.nn.functional.adaptive_max_pool2d_with_indices(t.tensor(A), 2),
}  # fmt: skip
REFUSED = {
    "trace": lambda t: t.ones(2, 2, 2).trace(), "tril": lambda t: t.ones(3).tril(), "triu": lambda t: t.triu(t.ones(3)), "mask": lambda t: t.ones(3).masked_scatter(t.ones(3), t.ones(3)),
    "no samples": lambda t: t.multinomial(t.ones(3), 0), "nuclear norm of a vector": lambda t: t.ones(3).norm("nuc"),
}  # fmt: skip


def parts(x):
    return [t for v in x for t in parts(v)] if isinstance(x, (tuple, list)) else [x]


@pytest.mark.parametrize("name", WITH_DERIVATIVES)
def test_values_and_derivatives(name):
    f, *arrays = WITH_DERIVATIVES[name]
    rows = []
    for room in (torch, T):
        given = [room.tensor(a, requires_grad=True) for a in arrays]
        out = parts(f(room, *given))
        total = sum((t.sin() * room.tensor(np.arange(t.numel()).reshape(tuple(t.shape)) + 1.0)).sum() for t in out)
        first = room.autograd.grad(total, given, create_graph=True)
        second = room.autograd.grad(sum((g * g).sum() for g in first), given, allow_unused=True)
        rows.append([t.detach().numpy() for t in (*out, *first)] + [np.zeros(a.shape) if g is None else g.numpy() for a, g in zip(arrays, second, strict=True)])
    for a, b in zip(*rows, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", PLAIN)
def test_values(name):
    mine, theirs = (parts(PLAIN[name](room)) for room in (torch, T))
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        assert str(a.dtype) == str(b.dtype).removeprefix("torch.") and a.shape == b.shape
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    for room in (torch, T):
        with pytest.raises(RuntimeError):
            REFUSED[name](room)


def test_lists_of_indices_store():
    for index in ([[0, 1], [1, 2]], [slice(None), [0, 2]]):
        x, y = torch.zeros(3, 4), T.zeros(3, 4)
        x[index] = 2.0
        y[index] = 2.0
        assert x.tolist() == y.tolist()


def test_draws_by_numbers_without_dimensions():
    for make in (torch.distributions.Gamma(2.0, 3.0), torch.distributions.Poisson(3.0), torch.distributions.NegativeBinomial(5.0, 0.5), torch.distributions.Beta(2.0, 3.0)):
        assert make.sample().shape == () and make.sample((2,)).shape == (2,)
    assert torch.tensor([0.0, 2.0]).multinomial(3, replacement=True).tolist() == [1, 1, 1]
    assert torch.tensor([0.0, 1.0]).bernoulli().tolist() == [0, 1] and torch.zeros(2).bernoulli(1.0).tolist() == [1, 1]


def test_nodes_have_classes_of_their_names():
    x = torch.ones(2, requires_grad=True)
    for y in (x * 2, x + x, (x * x).sum(), x.exp()):
        assert type(y.grad_fn).__name__ == y.grad_fn.name()
    assert type((x * 2).grad_fn) is type((x * 3).grad_fn)
    del x.grad
    assert x.grad is None and x.layout == torch.strided
