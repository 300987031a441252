"""Functions, methods and layers that few scripts call, beside PyTorch: values, gradients, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape.torch as jtorch

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore")
RNG = np.random.default_rng(3)
A = RNG.standard_normal((4, 5, 3))


def arrays(x: Any) -> list[Any]:
    if isinstance(x, (tuple, list)):
        return [v for part in x for v in arrays(part)]
    return [x.detach().numpy() if hasattr(x, "detach") else x]


def alike(f: Any) -> None:
    """What a function gives with both engines; where PyTorch raises, the error is of its class."""
    try:
        expected = arrays(f(torch))
    except Exception as error:
        kind = RuntimeError if isinstance(error, RuntimeError) else type(error)
        with pytest.raises(kind):
            f(jtorch)
        return
    found = arrays(f(jtorch))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        if isinstance(b, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
        else:
            assert a == b


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("reduce", ["prod", "mean", "amax", "amin"])
def test_index_reduce(reduce: str, dim: int, include_self: bool) -> None:
    rng = np.random.default_rng([dim + 5, include_self])
    index = rng.integers(0, A.shape[dim] - 1, 6)  # one slice stays
    shape = list(A.shape)
    shape[dim] = 6
    source = rng.standard_normal(shape)

    def f(t: Any) -> Any:
        x, y = t.tensor(A, requires_grad=True), t.tensor(source, requires_grad=True)
        z = x.index_reduce(dim, t.tensor(index), y, reduce, include_self=include_self)
        (z * z).sum().backward()
        return z, x.grad, y.grad, t.index_reduce(t.tensor(A), dim, t.tensor(index), t.tensor(source), reduce, include_self=include_self)

    alike(f)


X = A.astype(np.float32)
SAME: dict[str, Any] = {
    "index_reduce of another number": lambda t: t.tensor(X).index_reduce(0, t.tensor([9]), t.tensor(X[:1]), "prod"),
    "index_reduce of another reduction": lambda t: t.tensor(X).index_reduce(0, t.tensor([0]), t.tensor(X[:1]), "sum"),
    "index_reduce of another length": lambda t: t.tensor(X).index_reduce(0, t.tensor([0, 1]), t.tensor(X[:1]), "prod"),
    "split_with_sizes": lambda t: (t.split_with_sizes(t.tensor(X), [1, 3]), t.tensor(X).split_with_sizes([1, 2, 2], 1)),
    "split_with_sizes that do not sum": lambda t: t.tensor(X).split_with_sizes([1, 2, 1], 1),
    "unsafe_split": lambda t: (t.unsafe_split(t.tensor(X), 2), t.unsafe_chunk(t.tensor(X), 2, 1)),
    "as_strided_scatter": lambda t: t.as_strided_scatter(t.tensor(X), -t.arange(6.0).reshape(2, 3), (2, 3), (7, 2), 3),
    "as_strided_scatter of what lies otherwise": lambda t: t.as_strided_scatter(t.tensor(X).permute(2, 0, 1), t.ones(2, 2), (2, 2), (7, 2), 1),
    "as_strided_scatter of what has gaps": lambda t: [t.as_strided_scatter(t.tensor(X)[..., ::2], t.ones(2, 3), (2, 3), step) for step in ((3, 1), (7, 2), (1, 4))],
    "as_strided_scatter of a part": lambda t: t.as_strided_scatter(t.tensor(X)[1:], t.ones(2, 2), (2, 2), (3, 1)),
    "as_strided_scatter of nothing": lambda t: t.as_strided_scatter(t.tensor(X), t.ones(0, 3), (0, 3), (1, 1)),
    "as_strided beyond what there is": lambda t: t.zeros(0).as_strided((2,), (1,)),
    "as_strided of no elements": lambda t: [t.zeros(3).as_strided((2, 0), (9, 1)), t.zeros(0).as_strided((0, 2), (1, 1))],
    "as_strided_scatter of another shape": lambda t: t.as_strided_scatter(t.tensor(X), t.ones(2, 2), (2, 3), (7, 2), 1),
    "nonzero_static": lambda t: [t.nonzero_static(t.tensor([[0.0, 1.0], [2.0, 3.0]]), size=n, fill_value=7) for n in (2, 5)],
    "narrow_copy": lambda t: t.narrow_copy(t.tensor(X), 1, 1, 2),
    "shapes in place": lambda t: [t.tensor(X).swapaxes_(0, 2), t.tensor(X).swapdims_(0, 1), t.tensor(X).as_strided_((2, 2), (1, 3))],
    "resize_": lambda t: [t.tensor(X).resize_(3, 4), t.tensor(X).resize_as_(t.zeros(2, 2)), t.tensor(X).set_(t.ones(3))],
    "resize_ of what requires grad": lambda t: t.tensor(X, requires_grad=True).resize_(2),
    "prelu": lambda t: [t.tensor(X).prelu(t.tensor([0.25])), t.prelu(t.tensor(X[:, :2]), t.tensor([0.25, -1.0]))],
    "prelu of other channels": lambda t: t.tensor(X).prelu(t.tensor([0.25, 0.5, 0.75])),
    "hardshrink": lambda t: [t.tensor(X).hardshrink(0.7), t.hardshrink(t.tensor([0.5, float("nan"), -1.0]))],
    "windows": lambda t: [f(n, periodic) for n in (1, 2, 5, 8) for periodic in (True, False) for f in (t.kaiser_window, t.bartlett_window)],
    "kaiser_window": lambda t: t.kaiser_window(7, True, beta=3.0),
    "householder_product": lambda t: t.linalg.householder_product(*t.geqrf(t.tensor(X[0]))),
    "dim_order": lambda t: t.tensor(X).permute(1, 2, 0).dim_order(),
    "flags": lambda t: [t.ones(1).is_meta, t.ones(1).is_quantized, t.ones(1).is_nested, t.ones(1).is_shared(), t.is_inference(t.ones(1))],
    "map_": lambda t: t.tensor([1.0, 2.0]).map_(t.tensor([3.0, 4.0]), lambda a, b: a * b + 1),
    "singular": lambda t: t.linalg.inv(t.zeros(2, 2)),
    "not positive definite": lambda t: t.linalg.cholesky(-t.ones(2, 2)),
    "not positive definite, recorded": lambda t: t.linalg.cholesky(-t.ones(2, 2).requires_grad_()),
    "not square": lambda t: t.linalg.inv(t.zeros(2, 3)),
    "upsample_nearest": lambda t: t.nn.functional.upsample_nearest(t.ones(1, 1, 2, 2), scale_factor=2),
    "upsample_bilinear": lambda t: t.nn.functional.upsample_bilinear(t.arange(4.0).reshape(1, 1, 2, 2), size=(3, 3)),
    "DataParallel": lambda t: list(t.nn.DataParallel(t.nn.Linear(2, 1)).state_dict()),
    "old names of init": lambda t: t.nn.init.constant(t.empty(2), 3.0),
    "dtypes that are named": lambda t: [repr(t.bfloat16), repr(t.half), t.float16.is_floating_point],
    "feature_alpha_dropout": lambda t: [t.nn.FeatureAlphaDropout(0.5).eval()(t.tensor(X)), t.nn.FeatureAlphaDropout(1.0)(t.tensor(X))],
    "feature_alpha_dropout of one axis": lambda t: t.nn.functional.feature_alpha_dropout(t.ones(2), 0.5, True),
    "fusion in training": lambda t: t.nn.utils.fuse_conv_bn_eval(t.nn.Conv1d(1, 1, 1), t.nn.BatchNorm1d(1)),
    "cutoffs that do not rise": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3, 3]),
    "no such class": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3])(t.ones(4), t.tensor(9)),
}


@pytest.mark.parametrize("name", SAME)
def test_same_as_in_pytorch(name: str) -> None:
    alike(SAME[name])


@pytest.mark.parametrize("name", ["chebyshev_polynomial_v", "chebyshev_polynomial_w", "shifted_chebyshev_polynomial_v", "shifted_chebyshev_polynomial_w"])
def test_polynomials(name: str) -> None:
    x = np.linspace(-1.5, 1.5, 13)
    alike(lambda t: [getattr(t.special, name)(t.tensor(x), n) for n in (-1, 0, 1, 2, 5, 9)])
    alike(lambda t: getattr(t.special, name)(t.tensor(x), t.arange(13)))


@pytest.mark.parametrize("seed", range(12))
def test_fractional_pooling_and_volumes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 2 + seed % 2
    shape = (*rng.integers(1, 4, 2).tolist(), *rng.integers(4, 9, n).tolist())
    x = rng.standard_normal(shape).astype([np.float32, np.float64][seed % 3 == 0])
    x = np.round(x) if seed % 4 == 0 else x
    samples = rng.random((*shape[:2], n)).astype(x.dtype)
    kernel = rng.integers(1, 4, n).tolist()
    size = [int(rng.integers(1, s - k + 1)) for s, k in zip(shape[2:], kernel, strict=True)]

    def fractional(t: Any) -> Any:
        a = t.tensor(x, requires_grad=True)
        y, places = getattr(t.nn.functional, f"fractional_max_pool{n}d")(a, kernel, output_size=size, return_indices=True, _random_samples=t.tensor(samples))
        (y**3).sum().backward()
        layer = getattr(t.nn, f"FractionalMaxPool{n}d")(2, output_ratio=0.5, _random_samples=t.tensor(samples))
        return y, places, a.grad, layer(t.tensor(x))

    def volumes(t: Any) -> Any:
        a = t.tensor(x.reshape(shape if n == 3 else (*shape[:2], 1, *shape[2:])), requires_grad=True)
        window = (1, 2, 2) if n == 2 else 2
        y, places = t.nn.functional.max_pool3d(a, window, stride=1 if seed % 4 else window, return_indices=True)
        z = t.nn.MaxUnpool3d(window, stride=1 if seed % 4 else window)(y, places, output_size=a.shape[2:])
        (z.pow(2).sum() + t.nn.LPPool3d(2.0, window)(a.abs() + 1.0).sum()).backward()
        return y, z, a.grad

    alike(fractional)
    alike(volumes)


def test_windows_at_random_places_are_drawn_anew() -> None:
    x = jtorch.arange(400.0).reshape(1, 1, 20, 20)
    found = {tuple(jtorch.nn.functional.fractional_max_pool2d(x, 2, output_ratio=0.6).flatten().tolist()) for _ in range(8)}
    assert len(found) > 1


@pytest.mark.parametrize("seed", range(6))
def test_adaptive_softmax(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = int(rng.integers(8, 12))
    weights: dict[str, Any] = {}
    x, labels = rng.standard_normal((7, features)).astype(np.float32), rng.integers(0, 10 if seed % 4 else 2, 7)

    def f(t: Any) -> Any:
        layer = t.nn.AdaptiveLogSoftmaxWithLoss(features, 10, [2, 5] if seed % 2 else [1, 3, 6], div_value=2.0, head_bias=bool(seed % 3))
        if not weights:
            weights.update({k: v.numpy().copy() for k, v in layer.state_dict().items()})
        layer.load_state_dict({k: t.tensor(v) for k, v in weights.items()})
        a = t.tensor(x, requires_grad=True)
        out = layer(a, t.tensor(labels))
        out.loss.backward()
        one = layer(a[0], t.tensor(labels[0]))
        return out.output, out.loss, one.output, a.grad, layer.log_prob(a), layer.predict(a), [p.grad for p in layer.parameters() if p.grad is not None], repr(layer)

    alike(f)


def test_buffers_register_themselves() -> None:
    def f(t: Any) -> Any:
        net = t.nn.Module()
        net.a, net.b = t.nn.Buffer(t.ones(2)), t.nn.Buffer(t.ones(2), persistent=False)
        return list(net.state_dict()), [name for name, _ in net.named_buffers()], isinstance(net.a, t.nn.Buffer)

    alike(f)


def test_fused_normalisation() -> None:
    def f(t: Any) -> Any:
        layer, norm = t.nn.Conv2d(2, 3, 2).eval(), t.nn.BatchNorm2d(3).eval()
        with t.no_grad():
            for k, p in enumerate([*layer.parameters(), *norm.parameters()]):
                p.copy_(t.tensor(np.random.default_rng(k).standard_normal(tuple(p.shape)).astype(np.float32)))
            norm.running_mean.copy_(t.tensor([0.1, 0.2, 0.3]))
            norm.running_var.copy_(t.tensor([1.0, 2.0, 3.0]))
        fused = t.nn.utils.fuse_conv_bn_eval(layer, norm)
        return fused.weight, fused.bias, fused(t.ones(1, 2, 4, 4))

    alike(f)


def test_a_dtype_that_is_absent_says_so() -> None:
    with pytest.raises(TypeError, match="torch.bfloat16"):
        jtorch.zeros(2, dtype=jtorch.bfloat16)
    with pytest.raises(TypeError, match="torch.float16"):
        jtorch.ones(2).to(jtorch.float16)


def test_fork_rng() -> None:
    jtorch.manual_seed(0)
    first = jtorch.rand(2)
    jtorch.manual_seed(0)
    with jtorch.random.fork_rng():
        jtorch.rand(5)
    assert bool((jtorch.rand(2) == first).all())
