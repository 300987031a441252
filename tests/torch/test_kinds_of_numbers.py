"""Every function for each kind of numbers, beside PyTorch: the same dtype and numbers, or an error of the same class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape.torch as jtorch

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float32", "float64", "complex64")
A = np.array([[3, 0, 2], [1, 4, 0], [0, 2, 5]])
V, W = np.array([3, 0, 7, 1]), np.array([1, 2, 0, 5])
VECTORS: dict[str, Any] = {
    **{f: lambda t, x, y, f=f: getattr(x, f)() for f in ("abs", "ceil", "floor", "trunc", "round", "neg", "positive", "sign", "sgn", "square", "frac", "median", "argmax", "argmin", "all", "any",
                                                         "sum", "prod", "sin", "exp2", "rsqrt", "relu", "bitwise_not", "logical_not", "nanmean", "isinf")},
    **{f: lambda t, x, y, f=f: getattr(t, f)(x, y) for f in ("add", "mul", "fmod", "remainder", "hypot", "atan2", "logaddexp", "logaddexp2", "copysign", "maximum", "gcd", "lcm", "bitwise_and",
                                                             "bitwise_left_shift", "bitwise_right_shift", "dot", "vdot", "inner", "outer", "isin", "xlogy", "nextafter", "igamma", "heaviside", "equal", "ldexp")},
    "round to digits": lambda t, x, y: x.round(decimals=1), "floor division": lambda t, x, y: t.div(x.abs(), y.abs() + 1, rounding_mode="floor"), "powers": lambda t, x, y: x.abs() ** y.abs(),
    "powers by a number": lambda t, x, y: x**2, "sums along": lambda t, x, y: [x.sum(0), x.cumsum(0), x.cumprod(0)], "sums in the dtype": lambda t, x, y: [x.sum(0, dtype=x.dtype), x.cumsum(0, dtype=x.dtype), x.cumprod(0, dtype=x.dtype)],
    "clamp by numbers": lambda t, x, y: x.clamp(1, 2), "clamp by a tensor": lambda t, x, y: [x.clamp_min(y), x.clamp(max=y)], "topk": lambda t, x, y: x.topk(2).values, "kthvalue": lambda t, x, y: x.kthvalue(2).values,
    "lerp": lambda t, x, y: x.lerp(y, 0.5), "addcmul": lambda t, x, y: x.addcmul(y, y), "addcdiv": lambda t, x, y: x.addcdiv(y, y + 1), "cross": lambda t, x, y: t.cross(x[:3], y[:3], 0), "trapezoid": lambda t, x, y: t.cumsum(x, 0),
    "frexp": lambda t, x, y: x.frexp(), "logcumsumexp": lambda t, x, y: x.logcumsumexp(0), "bincount": lambda t, x, y: t.bincount(x.abs()), "histc": lambda t, x, y: t.histc(x, 4, 0, 8), "a small number beside it": lambda t, x, y: x + t.tensor(2),
    "a vector of bytes": lambda t, x, y: x + t.tensor([1, 2, 3, 4], dtype=t.uint8), "negative numbers": lambda t, x, y: [x + (-1), -1 + x, x * (-3), x > -1], "masked_scatter": lambda t, x, y: x.masked_scatter(t.tensor([True, False, True, False]), y),
    "std": lambda t, x, y: x.std(), "norm": lambda t, x, y: x.norm(), "complex": lambda t, x, y: t.complex(x, y), "vander": lambda t, x, y: t.linalg.vander(x), "softmax": lambda t, x, y: x.softmax(0), "mean": lambda t, x, y: x.mean(),
}  # fmt: skip
MATRICES: dict[str, Any] = {
    **{f: lambda t, a, f=f: getattr(a, f)() for f in ("det", "logdet", "inverse", "matrix_exp", "trace", "svd", "qr", "geqrf", "pinverse")},
    **{f: lambda t, a, f=f: getattr(t.linalg, f)(a) for f in ("det", "slogdet", "inv", "inv_ex", "cholesky_ex", "eigvalsh", "svdvals", "lu_factor", "cond", "matrix_norm", "pinv")},
    "matmul": lambda t, a: a @ a, "mm": lambda t, a: a.mm(a), "mv": lambda t, a: a.mv(a[0]), "bmm": lambda t, a: t.bmm(a[None], a[None]), "addmm": lambda t, a: a.addmm(a, a), "addmv": lambda t, a: a[0].addmv(a, a[1]),
    "addbmm": lambda t, a: a.addbmm(a[None], a[None]), "baddbmm": lambda t, a: a[None].baddbmm(a[None], a[None]), "solve": lambda t, a: t.linalg.solve(a, a), "lstsq": lambda t, a: t.linalg.lstsq(a, a).solution, "cdist": lambda t, a: t.cdist(a, a),
    "triangular": lambda t, a: t.linalg.solve_triangular(a, a, upper=True), "multi_dot": lambda t, a: t.linalg.multi_dot([a, a, a]), "eig": lambda t, a: t.linalg.eigvals(a).abs().sort().values, "matrix_rank": lambda t, a: t.linalg.matrix_rank(a),
    "products of the inverse": lambda t, a: t.linalg.matrix_power(a, -1), "hermitian": lambda t, a: t.linalg.pinv(a * (1 + 0.5j) if a.is_complex() else a, hermitian=True),
}  # fmt: skip
NETWORKS: dict[str, Any] = {
    "layer_norm": lambda F, x: F.layer_norm(x, (4,)), "batch_norm": lambda F, x: F.batch_norm(x, None, None, training=True), "group_norm": lambda F, x: F.group_norm(x, 2), "instance_norm": lambda F, x: F.instance_norm(x), "rms_norm": lambda F, x: F.rms_norm(x, (4,)),
    "max_pool1d": lambda F, x: F.max_pool1d(x, 2), "max_pool1d with places": lambda F, x: F.max_pool1d(x, 2, return_indices=True), "avg_pool1d": lambda F, x: F.avg_pool1d(x, 2), "adaptive": lambda F, x: F.adaptive_max_pool1d(x, 2), "pad": lambda F, x: [F.pad(x, (1, 1)), F.pad(x, (1, 1), mode="circular")],
    "replicate": lambda F, x: F.pad(x, (1, 1), mode="replicate"), "reflect": lambda F, x: F.pad(x, (1, 1), mode="reflect"), "glu": lambda F, x: F.glu(x), "gelu": lambda F, x: F.gelu(x), "threshold": lambda F, x: F.threshold(x, 1, 0), "relu": lambda F, x: F.relu(x), "softsign": lambda F, x: F.softsign(x),
    "smooth_l1": lambda F, x: F.smooth_l1_loss(x, x), "huber": lambda F, x: F.huber_loss(x, x), "mse": lambda F, x: F.mse_loss(x, x), "bce": lambda F, x: F.binary_cross_entropy_with_logits(x, x), "kl_div": lambda F, x: F.kl_div(x, x),
    "interpolate": lambda F, x: F.interpolate(x, 8), "linear": lambda F, x: F.linear(x, x[0]), "cosine": lambda F, x: F.cosine_similarity(x, x), "one_hot": lambda F, x: F.one_hot(x.abs(), 9),
}  # fmt: skip


def numbers(x: Any) -> list[Any]:
    return [n for part in x for n in numbers(part)] if isinstance(x, (tuple, list)) else [x]


def check(name: str, call: Any, given: Any) -> None:
    """The same of both, or errors of one class."""
    for dtype in DTYPES:
        expected, error = None, None
        try:
            expected = numbers(call(torch, [torch.tensor(g).to(getattr(torch, dtype)) for g in given]))
        except Exception as raised:  # noqa: BLE001
            error = RuntimeError if isinstance(raised, NotImplementedError) else type(raised)
        ours = [jtorch.tensor(g).to(getattr(jtorch, dtype)) for g in given]
        if error is not None:
            with pytest.raises(error):
                call(jtorch, ours)
            continue
        for a, b in zip(numbers(call(jtorch, ours)), expected, strict=True):
            if isinstance(b, bool):
                assert a == b
                continue
            a, b = a.resolve_conj().numpy(), b.resolve_conj().numpy()
            assert a.dtype == b.dtype, (name, dtype)
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5, err_msg=dtype)


@pytest.mark.parametrize("name", VECTORS)
def test_of_vectors(name: str) -> None:
    check(name, lambda t, given: VECTORS[name](t, *given), (V, W))


@pytest.mark.parametrize("name", MATRICES)
def test_of_matrices(name: str) -> None:
    check(name, lambda t, given: MATRICES[name](t, *given), (A,))


@pytest.mark.parametrize("name", NETWORKS)
def test_of_networks(name: str) -> None:
    check(name, lambda t, given: NETWORKS[name](t.nn.functional, *given), (np.stack([np.stack([V, W]), np.stack([W, W + V])]),))


TWO: dict[str, Any] = {
    "matmul": lambda t, a, b: a @ b, "mm": lambda t, a, b: a.mm(b), "mv": lambda t, a, b: a.mv(b[0]), "dot": lambda t, a, b: a[0].dot(b[0]), "bmm": lambda t, a, b: t.bmm(a[None], b[None]), "linear": lambda t, a, b: t.nn.functional.linear(a, b),
    "bias": lambda t, a, b: t.nn.functional.linear(a, a, b[0]), "all of linear": lambda t, a, b: t.nn.functional.linear(a, b, b[0]), "addmm": lambda t, a, b: a.addmm(b, b), "addmv": lambda t, a, b: a[0].addmv(b, b[0]), "addmm of one": lambda t, a, b: a.addmm(a, b),
    "inner": lambda t, a, b: a.inner(b), "multi_dot": lambda t, a, b: t.linalg.multi_dot([a, b, a]), "cross": lambda t, a, b: t.cross(a, b, 1), "chain": lambda t, a, b: t.chain_matmul(a, b), "einsum": lambda t, a, b: t.einsum("ij,jk->ik", a, b),
    "tensordot": lambda t, a, b: t.tensordot(a, b, 1), "conv1d": lambda t, a, b: t.nn.functional.conv1d(a[None], b[None]),
}  # fmt: skip


@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("name", TWO)
def test_products_of_two_dtypes_are_refused(name: str, grad: bool) -> None:
    for one, other in (("float32", "float64"), ("float64", "float32"), ("float32", "int64"), ("int64", "float32"), ("float32", "complex64"), ("int32", "int64")):
        if name == "conv1d" and other == "complex64":  # are taken here, as two convolutions
            continue
        for t in (torch, jtorch):
            a, b = (t.tensor(A).to(getattr(t, d)) for d in (one, other))
            if grad:
                a, b = (x.requires_grad_() if x.is_floating_point() else x for x in (a, b))
            with pytest.raises(RuntimeError):
                TWO[name](t, a, b)


@pytest.mark.skipif(torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"), reason="others round twice")
def test_spaces_and_grids_to_the_last_bit() -> None:
    """At the centres of pixels the last bit of a grid decides which neighbours have a part in a derivative."""
    for n in (2, 5, 12, 28, 64, 101):
        for ends in ((-1, 1), (0.1, 5.3)):
            np.testing.assert_array_equal(jtorch.linspace(*ends, n).numpy(), torch.linspace(*ends, n).numpy())
        for corners in (True, False):
            found = []
            for t in (jtorch, torch):
                grid = t.nn.functional.affine_grid(t.tensor([[[1.0, 0, 0], [0, 1, 0]]]), (1, 1, n, n), align_corners=corners).requires_grad_()
                (t.nn.functional.grid_sample(t.tensor(np.sin(np.arange(n * n, dtype=np.float32) ** 2).reshape(1, 1, n, n)), grid, align_corners=corners) ** 2).sum().backward()
                found.append((grid.detach().numpy(), grid.grad.numpy()))
            np.testing.assert_allclose(found[0][0], found[1][0], rtol=0, atol=1e-7)
            np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-3, atol=1e-3)


def test_what_lbfgs_remembers() -> None:
    for options in ({}, {"line_search_fn": "strong_wolfe", "history_size": 3}):
        found = []
        for t in (jtorch, torch):
            x = t.tensor([-1.2, 1.0, 0.3], dtype=t.float64, requires_grad=True)
            optimizer = t.optim.LBFGS([x], lr=0.5, max_iter=6, **options)

            def closure(t: Any = t, x: Any = x, optimizer: Any = optimizer) -> Any:
                optimizer.zero_grad()
                loss = ((x - t.tensor([0.5, 0.2, 2.0], dtype=t.float64)) ** 2 * t.tensor([1.0, 5.0, 20.0], dtype=t.float64)).sum() + x.pow(4).sum()
                loss.backward()
                return loss

            optimizer.step(closure)
            found.append(optimizer.state_dict()["state"][0])
        assert sorted(found[0]) == sorted(found[1])
        assert len(found[0]["al"]) == len(found[1]["al"])
        for a, b in zip(found[0]["al"], found[1]["al"], strict=True):
            assert (a is None) == (b is None)
            assert a is None or float(a) == pytest.approx(float(b), rel=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_places_of_maxima_have_room(dtype: str) -> None:
    x = (np.arange(2 * 3 * 12 * 15).reshape(2, 3, 12, 15) * 7) % 101
    for options in ({"kernel_size": 3}, {"kernel_size": 3, "padding": 1, "ceil_mode": True}):
        found, expected = (t.nn.functional.max_pool2d(t.tensor(x).to(getattr(t, dtype)), return_indices=True, **options)[1].numpy() for t in (jtorch, torch))
        np.testing.assert_array_equal(found, expected)


NUMBERS: dict[str, Any] = {
    "take by int32": lambda t: t.ones(3).take(t.tensor([0], dtype=t.int32)), "put by int32": lambda t: t.ones(3).put(t.tensor([0], dtype=t.int32), t.ones(1)),
    "take_along_dim from the end": lambda t: [t.arange(6.0).reshape(2, 3).take_along_dim(t.tensor([[-1, 0], [1, -3]]), 1)], "take_along_dim of all from the end": lambda t: t.ones(2, 2).take_along_dim(t.tensor([-1])),
    "take_along_dim of other axes": lambda t: t.ones(2, 2).take_along_dim(t.tensor([1, 0]), 1), "masked_select by numbers": lambda t: t.ones(3).masked_select(t.tensor([1, 0, 1])), "index_fill by a matrix": lambda t: t.ones(3).index_fill(0, t.tensor([[0]]), 1.0),
    "index_fill with a vector": lambda t: t.ones(3).index_fill(0, t.tensor([0]), t.ones(1)), "index_fill by int32": lambda t: t.ones(3).index_fill(0, t.tensor([0], dtype=t.int32), 1.0), "lerp of two dtypes": lambda t: t.ones(2).lerp(t.ones(2).double(), 0.5),
    "roll along more": lambda t: t.ones(2, 2).roll((1, 1), 0), "roll of several by one": lambda t: t.ones(2, 2).roll((1, 1)), "view of a negative length": lambda t: t.ones(4).view(2, -2), "reshape to a negative length": lambda t: t.ones(4).reshape(-3),
    "solve with pivots of others": lambda t: t.ones(2, 1).lu_solve(t.ones(2, 2), t.tensor([1, 2, 1], dtype=t.int32)), "solve with no pivots": lambda t: t.ones(2, 1).lu_solve(t.ones(2, 2), t.tensor([0, 3], dtype=t.int32)),
    "a sorter beyond": lambda t: t.searchsorted(t.ones(3), t.ones(1), sorter=t.tensor([0, 1, 3])), "a sorter of another length": lambda t: t.searchsorted(t.ones(3), t.ones(1), sorter=t.tensor([0, 1])), "another side": lambda t: t.searchsorted(t.ones(3), t.ones(1), side="middle"),
    "blocks of integers": lambda t: t.block_diag(t.ones(1, 1), t.tensor([[2]])), "ldexp of float64": lambda t: t.ldexp(t.ones(2), t.ones(2).double()), "xlogy of booleans": lambda t: t.ones(2).xlogy(t.tensor([True, True])),
    "arange": lambda t: [t.arange(*at, dtype=t.int8) for at in ((3.1,), (-0.9, 2.1, 2.0), (1.0, 5.000001, 2.0), (2.1, -2.9, -1.0))],
    "bytes": lambda t: [t.full((2,), -1, dtype=t.uint8), t.tensor([-1, 5], dtype=t.uint8), t.tensor(5, dtype=t.uint8) + 300, t.tensor([7], dtype=t.uint8) & -1],
    "too large": lambda t: t.full((2,), 300, dtype=t.uint8), "too large a list": lambda t: t.tensor([1, 300], dtype=t.uint8), "too small": lambda t: t.full((2,), -200, dtype=t.int8), "negative powers": lambda t: t.tensor([5], dtype=t.uint8) ** -1,
    "no step": lambda t: t.arange(0, 3, 0), "a complex end": lambda t: t.arange(0, 1j), "steps": lambda t: t.linspace(0, 1, 1.5), "real factors of integers": lambda t: t.tensor([1]).add(t.tensor([2]), alpha=1.5),
    "negative choices": lambda t: t.combinations(t.arange(3), -1), "choices of a matrix": lambda t: t.combinations(t.ones(2, 2)), "grids of two dtypes": lambda t: t.meshgrid(t.arange(2), t.ones(2)), "products of matrices": lambda t: t.cartesian_prod(t.ones(2, 2)),
    "covariances of three axes": lambda t: t.ones(2, 2, 2).cov(), "wrong pivots": lambda t: t.lu_unpack(t.ones(2, 2), t.tensor([3, 1], dtype=t.int32)), "a leading -1": lambda t: t.ones(2).expand(-1, 2), "too few sizes": lambda t: t.ones(2, 2).expand(2),
    "a diagonal of a vector": lambda t: t.ones(2).diagonal(), "kthvalue": lambda t: t.ones(2).kthvalue(3), "no matrix": lambda t: t.ones(2, 2).addmm(None, t.ones(2, 2)), "no tensor": lambda t: t.real(None), "none of a list": lambda t: t.block_diag(None, t.ones(2)),
    "shapes of parts": lambda t: t.complex(t.ones(2, 3), t.ones(4)), "shifts": lambda t: t.ones(3, dtype=t.int64).bitwise_left_shift(t.ones(2, dtype=t.int64)), "a number before": lambda t: t.ones(3).diff(prepend=1.0), "limits": lambda t: t.ones(3, 2).clamp(t.ones(4)),
    "geqrf": lambda t: t.ones(3).geqrf(), "factors": lambda t: t.ones(2, 2).addmm(t.ones(2, 2), t.ones(2, 2), alpha=1j), "text": lambda t: t.ones(2, 2).addmm(t.ones(2, 2), t.ones(2, 2), beta="x"),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_that_do_not_fit(name: str) -> None:
    try:
        expected = numbers(NUMBERS[name](torch))
    except Exception as raised:  # noqa: BLE001
        with pytest.raises(type(raised)):
            NUMBERS[name](jtorch)
        return
    for a, b in zip(numbers(NUMBERS[name](jtorch)), expected, strict=True):
        assert a.numpy().dtype == b.numpy().dtype
        np.testing.assert_array_equal(a.numpy(), b.numpy())


LAYERS: dict[str, Any] = {
    **{f"sequences: {name}": lambda t, F, at=at, n=n, m=m: F.ctc_loss(t.zeros(5, 2, 4).log_softmax(2), t.tensor(at), n, m)
       for name, at, n, m in (("negative lengths", [[1, 2], [1, 1]], (5, -1), (2, 2)), ("negative targets", [[1, 2], [1, 1]], (5, 5), (2, -2)), ("too many lengths", [[1, 2], [1, 1]], (5, 5, 5), (2, 2)),
                              ("too few targets", [1, 2, 3], (5, 5), (2, 2)), ("targets that end before", [[1, 2], [1, 1]], (5, 5), (2, 3)))},
    "sequences of integers": lambda t, F: F.ctc_loss(t.zeros(5, 2, 4, dtype=t.int64), t.ones(2, 2, dtype=t.int64), (5, 5), (2, 2)), "integers as weights": lambda t, F: F.nll_loss(t.ones(2, 3), t.tensor([0, 1]), t.tensor([1, 2, 3])),
    "probabilities above one": lambda t, F: F.binary_cross_entropy(t.ones(3) / 2, t.full((3,), 2.0)),
    "layer_norm with a number": lambda t, F: F.layer_norm(t.ones(2, 3), (3,), t.ones(1)), "layer_norm with another bias": lambda t, F: F.layer_norm(t.ones(2, 3), (3,), t.ones(3), t.ones(2, 3)), "layer_norm of nothing": lambda t, F: F.layer_norm(t.ones(2), ()),
    "rms_norm with a matrix": lambda t, F: F.rms_norm(t.ones(2, 3), (3,), t.ones(2, 3)), "rms_norm of another shape": lambda t, F: F.rms_norm(t.ones(2, 3), (2,)), "group_norm with a number": lambda t, F: F.group_norm(t.ones(2, 4, 3), 2, t.ones(1)),
    "batch_norm with a number": lambda t, F: F.batch_norm(t.ones(4, 2), None, None, t.ones(1), training=True), "instance_norm with a number": lambda t, F: F.instance_norm(t.ones(2, 2, 4), weight=t.ones(1)), "half of what runs": lambda t, F: F.batch_norm(t.ones(4, 2), t.ones(2), None, training=True),
    "unpool to far": lambda t, F: F.max_unpool1d(t.ones(1, 1, 2), t.tensor([[[0, 3]]]), 2, output_size=(9,)), "unpool of other places": lambda t, F: F.max_unpool1d(t.ones(2, 1, 2), t.tensor([[[0, 3]]]), 2), "unpool beyond": lambda t, F: F.max_unpool1d(t.ones(1, 1, 2), t.tensor([[[0, 4]]]), 2),
    "adaptive sizes": lambda t, F: F.adaptive_avg_pool2d(t.ones(1, 1, 4, 4), (2, 2, 2)), "a divisor of zero": lambda t, F: F.avg_pool2d(t.ones(1, 1, 4, 4), 2, divisor_override=0), "strides": lambda t, F: F.conv2d(t.ones(1, 1, 4, 4), t.ones(1, 1, 2, 2), stride=(1, 1, 1)),
    "classes of int32": lambda t, F: F.cross_entropy(t.ones(2, 3), t.zeros(2, dtype=t.int32)), "integers as probabilities": lambda t, F: F.binary_cross_entropy(t.ones(3) / 2, t.ones(3, dtype=t.int64)), "integers of logits": lambda t, F: F.binary_cross_entropy_with_logits(t.ones(3), t.ones(3, dtype=t.int64)),
    "probabilities of float64": lambda t, F: F.binary_cross_entropy(t.ones(3) / 2, t.ones(3).double()), "margins of other shapes": lambda t, F: F.margin_ranking_loss(t.ones(2, 2), t.ones(2), t.ones(2, 2)), "triplets of other shapes": lambda t, F: F.triplet_margin_loss(t.ones(2, 2), t.ones(2, 2), t.ones(2)),
    "classes in a matrix": lambda t, F: F.multi_margin_loss(t.ones(2, 3), t.zeros(1, 2, dtype=t.int64)), "labels of another shape": lambda t, F: F.multilabel_margin_loss(t.ones(2, 3), t.zeros(1, 2, 3, dtype=t.int64)), "labels beyond": lambda t, F: F.multilabel_margin_loss(t.ones(3), t.tensor([3, -1, 0])),
    "prelu with a matrix": lambda t, F: F.prelu(t.ones(2, 3), t.ones(1, 3)), "prelu of other channels": lambda t, F: F.prelu(t.ones(2, 3), t.ones(2)), "prelu of float64": lambda t, F: F.prelu(t.ones(2, 3), t.ones(3).double()), "the method prelu": lambda t, F: t.ones(2, 3).prelu(t.ones(2)),
    "groups": lambda t, F: F.group_norm(t.ones(2, 4), 3),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_arguments_of_layers_that_do_not_fit(name: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        LAYERS[name](torch, torch.nn.functional)
    with pytest.raises(RuntimeError if isinstance(theirs.value, NotImplementedError) else type(theirs.value)):
        LAYERS[name](jtorch, jtorch.nn.functional)


@pytest.mark.parametrize(
    ("equation", "first", "second"),
    [
        ("i,i->", (3,), (1,)), ("i,i->", (3,), (3,)), ("i,i->", (1,), (1,)), ("ij,jk->ik", (2, 3), (3, 2)), ("ij,jk->ik", (2, 1), (3, 2)), ("i,j->ij", (2,), (3,)),
        ("ij,ij", (2, 3), (2, 3)), ("...i,i->...", (2, 3), (3,)), ("...i,i->...", (2, 3), (1,)), ("bi,bi->b", (1, 3), (2, 3)), ("bij,bjk->bik", (2, 3, 1), (2, 1, 2)),
    ],
)  # fmt: skip
def test_einsum_takes_two_dtypes_where_it_is_no_product_of_matrices(equation, first, second):
    """Axes of length one are not summed over by a product of matrices, in PyTorch as here."""
    found = []
    for t in (torch, jtorch):
        try:
            found.append(t.einsum(equation, t.ones(*first, dtype=t.float32), t.ones(*second, dtype=t.float64)).tolist())
        except RuntimeError:
            found.append("refused")
    assert found[0] == found[1]
