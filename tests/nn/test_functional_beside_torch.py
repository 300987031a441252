"""Activations and losses beside PyTorch: values, gradients and second derivatives at drawn points, options and shapes."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jittape as jt
import jittape.nn.functional as F

torch = pytest.importorskip("torch")
T = torch.nn.functional
ACTIVATIONS = {
    "relu": [{}], "relu6": [{}], "leaky_relu": [{}, {"negative_slope": 0.3}], "elu": [{}, {"alpha": 0.5}], "selu": [{}], "celu": [{}, {"alpha": 0.7}],
    "gelu": [{}, {"approximate": "tanh"}], "silu": [{}], "mish": [{}], "tanh": [{}], "sigmoid": [{}], "logsigmoid": [{}],
    "softplus": [{}, {"beta": 2.0}, {"beta": 2.0, "threshold": 1.0}], "softsign": [{}], "tanhshrink": [{}], "softshrink": [{}, {"lambd": 0.2}],
    "hardshrink": [{}, {"lambd": 0.2}], "hardtanh": [{}, {"min_val": -0.3, "max_val": 0.8}], "hardsigmoid": [{}], "hardswish": [{}],
    "threshold": [{"threshold": 0.1, "value": 0.7}], "glu": [{"dim": 0}], "softmax": [{"dim": 0}, {"dim": -1}], "log_softmax": [{"dim": 1}],
    "softmin": [{"dim": 1}], "normalize": [{}, {"p": 1.0, "dim": 0}],
}  # fmt: skip
KINKS = {"relu": [0.0], "hardtanh": [-1.0, 1.0], "relu6": [0.0, 6.0], "leaky_relu": [0.0], "elu": [0.0], "softshrink": [0.5, -0.5], "hardshrink": [0.5, -0.5],
         "hardsigmoid": [-3.0, 3.0], "hardswish": [-3.0, 3.0], "celu": [0.0], "selu": [0.0]}  # fmt: skip


FIRST = ("hardsigmoid", "multi_margin_loss", "multilabel_margin_loss")
"""Functions whose second derivatives PyTorch does not have."""


def second_order(lib, f, *arrays, second=True):
    """Value, gradients, and the gradients of a weighted sum of these, as arrays."""
    xs = [lib.tensor(a, requires_grad=True) for a in arrays]
    out = f(*xs)
    weights = lib.tensor(np.cos(np.arange(int(np.prod(tuple(out.shape), dtype=int)))).reshape(tuple(out.shape)))
    first = lib.autograd.grad((out * weights).sum(), xs, create_graph=True, allow_unused=True)
    found = [out, *[g for g in first if g is not None]]
    again = [(g * lib.tensor(np.sin(1.0 + np.arange(g.numel())).reshape(tuple(g.shape)))).sum() for g in first if g is not None and g.requires_grad]
    if again and second:
        total = again[0]
        for part in again[1:]:
            total = total + part
        found += [lib.zeros(tuple(x.shape)).double() if g is None else g for x, g in zip(xs, lib.autograd.grad(total, xs, allow_unused=True), strict=True)]
    return [np.asarray(t.detach().numpy(force=True), np.float64) for t in found]


def compare(f, g, *arrays, tol=1e-9, second=True):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine, theirs = second_order(jt, f, *arrays, second=second), second_order(torch, g, *arrays, second=second)
    n = min(len(mine), len(theirs))
    assert n >= 2
    for a, b in zip(mine[:n], theirs[:n], strict=True):
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol)
    for rest in (*mine[n:], *theirs[n:]):  # one sees that the second derivatives are zero, the other computes them
        np.testing.assert_allclose(rest, 0.0, atol=tol)


@pytest.mark.parametrize(("name", "k"), [(n, k) for n, o in ACTIVATIONS.items() for k in range(len(o))])
def test_activations(name, k):
    options = ACTIVATIONS[name][k]
    x = np.random.default_rng(k).normal(size=(4, 6)) * 2.5
    compare(lambda x: getattr(F, name)(x, **options), lambda x: getattr(T, name)(x, **options), x,
            tol=1e-6 if name in ("celu", "hardsigmoid", "hardswish") else 1e-9, second=name not in FIRST)  # fmt: skip  # torch has constants in float32


@pytest.mark.parametrize("name", KINKS)
def test_derivatives_at_kinks(name):
    x = np.array(KINKS[name])
    for lib in (jt, torch):
        t = lib.tensor(x, requires_grad=True)
        getattr(lib.nn.functional, name)(t).sum().backward()
        if lib is jt:
            mine = t.grad.numpy()
    np.testing.assert_array_equal(mine, t.grad.numpy())


def test_activations_in_place_and_modules():
    x = np.linspace(-4, 4, 24).reshape(4, 6)
    for name in ("ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "SiLU", "Mish", "Hardtanh", "Hardsigmoid", "Hardswish"):
        module, twin = getattr(jt.nn, name)(inplace=True), getattr(torch.nn, name)(inplace=True)
        assert repr(module) == repr(twin)
        t = jt.tensor(x)
        assert module(t) is t
        np.testing.assert_allclose(t.numpy(), twin(torch.tensor(x)).numpy(), rtol=1e-12, atol=1e-15)
    for name in ("GELU", "Tanh", "Sigmoid", "LogSigmoid", "Softplus", "Softsign", "Tanhshrink", "Softshrink", "Hardshrink", "GLU", "Softmax", "LogSoftmax", "Softmin", "PReLU"):
        options = {"dim": 1} if name in ("Softmax", "LogSoftmax", "Softmin") else {}
        module, twin = getattr(jt.nn, name)(**options), getattr(torch.nn, name)(**options)
        assert repr(module) == repr(twin)
        np.testing.assert_allclose(module(jt.tensor(x)).detach().numpy(), twin.double()(torch.tensor(x)).detach().numpy(), rtol=1e-12, atol=1e-15)


def unit(rng, *shape):
    return rng.uniform(0.05, 0.95, shape)


def signs(rng, *shape):
    return rng.choice([-1.0, 1.0], shape)


LOSSES = {
    "mse_loss": (lambda r: ([r.normal(size=(3, 4)), r.normal(size=(3, 4))], []), [{}]),
    "l1_loss": (lambda r: ([r.normal(size=(3, 4)), r.normal(size=(3, 4))], []), [{}]),
    "smooth_l1_loss": (lambda r: ([r.normal(size=(3, 4)), r.normal(size=(3, 4))], []), [{}, {"beta": 0.4}, {"beta": 0.0}]),
    "huber_loss": (lambda r: ([r.normal(size=(3, 4)), r.normal(size=(3, 4))], []), [{}, {"delta": 0.4}]),
    "binary_cross_entropy": (lambda r: ([unit(r, 3, 4), unit(r, 3, 4)], []), [{}, {"weight": np.arange(1.0, 5.0)}]),
    "binary_cross_entropy_with_logits": (lambda r: ([r.normal(size=(3, 4)), unit(r, 3, 4)], []),
                                         [{}, {"weight": np.arange(1.0, 5.0)}, {"pos_weight": np.arange(1.0, 5.0)}]),
    "kl_div": (lambda r: ([np.log(unit(r, 3, 4)), unit(r, 3, 4)], []), [{}, {"log_target": True}]),
    "poisson_nll_loss": (lambda r: ([unit(r, 3, 4)], [r.integers(0, 5, (3, 4)).astype(float)]), [{}, {"log_input": False}, {"full": True}]),
    "gaussian_nll_loss": (lambda r: ([r.normal(size=(3, 4)), r.normal(size=(3, 4)), unit(r, 3, 4)], []), [{}, {"full": True}, {"eps": 0.5}]),
    "hinge_embedding_loss": (lambda r: ([r.normal(size=(3, 4))], [signs(r, 3, 4)]), [{}, {"margin": 0.3}]),
    "margin_ranking_loss": (lambda r: ([r.normal(size=5), r.normal(size=5)], [signs(r, 5)]), [{}, {"margin": 0.3}]),
    "soft_margin_loss": (lambda r: ([r.normal(size=(3, 4))], [signs(r, 3, 4)]), [{}]),
    "multilabel_soft_margin_loss": (lambda r: ([r.normal(size=(3, 4))], [(signs(r, 3, 4) + 1) / 2]), [{}, {"weight": np.arange(1.0, 5.0)}]),
    "multilabel_margin_loss": (lambda r: ([r.normal(size=(2, 4))], [np.array([[3, 0, -1, 1], [1, -1, 2, 2]])]), [{}]),
    "multi_margin_loss": (lambda r: ([r.normal(size=(3, 4))], [r.integers(0, 4, 3)]), [{}, {"p": 2}, {"margin": 0.5, "weight": np.arange(1.0, 5.0)}]),
    "cosine_embedding_loss": (lambda r: ([r.normal(size=(3, 4)), r.normal(size=(3, 4))], [signs(r, 3)]), [{}, {"margin": 0.3}]),
    "triplet_margin_loss": (lambda r: ([r.normal(size=(3, 4)) for _ in range(3)], []), [{}, {"p": 1.0, "margin": 2.0}, {"swap": True}]),
    "nll_loss": (lambda r: ([r.normal(size=(3, 4))], [np.array([1, 3, -100])]), [{}, {"weight": np.arange(1.0, 5.0)}, {"ignore_index": 3}]),
    "cross_entropy": (lambda r: ([r.normal(size=(3, 4))], [np.array([1, 3, -100])]),
                      [{}, {"weight": np.arange(1.0, 5.0)}, {"label_smoothing": 0.2}, {"label_smoothing": 0.2, "weight": np.arange(1.0, 5.0)}]),
}  # fmt: skip


@settings(deadline=None, max_examples=2)
@given(seed=st.integers(0, 10**6), reduction=st.sampled_from(["mean", "sum", "none"]))
@pytest.mark.parametrize(("name", "k"), [(n, k) for n, (_, o) in LOSSES.items() for k in range(len(o))])
def test_losses(name, k, seed, reduction):
    draw, options = LOSSES[name]
    varied, fixed = draw(np.random.default_rng(seed))
    if name == "nll_loss" and options[k].get("ignore_index") == 3:
        fixed = [np.array([1, 3, 2])]

    def by(lib, functional):
        given = {n: lib.tensor(v) if isinstance(v, np.ndarray) else v for n, v in options[k].items()}
        return lambda *xs: getattr(functional, name)(*xs, *[lib.tensor(v) for v in fixed], **given, reduction=reduction)

    compare(by(jt, F), by(torch, T), *varied, second=name not in FIRST)


def test_cross_entropy_of_probabilities_and_of_images():
    r = np.random.default_rng(0)
    probabilities = r.dirichlet(np.ones(4), 3)
    for options in ({}, {"label_smoothing": 0.3}):
        compare(lambda x, t: F.cross_entropy(x, t, **options), lambda x, t: T.cross_entropy(x, t, **options), r.normal(size=(3, 4)), probabilities)
    classes = r.integers(0, 4, (2, 3, 5))
    for reduction in ("mean", "none"):
        compare(lambda x: F.cross_entropy(x, jt.tensor(classes), reduction=reduction), lambda x: T.cross_entropy(x, torch.tensor(classes), reduction=reduction),
                r.normal(size=(2, 4, 3, 5)))  # fmt: skip
    compare(lambda x: F.cross_entropy(x, jt.tensor(2)), lambda x: T.cross_entropy(x, torch.tensor(2)), r.normal(size=4))


def test_ctc():
    r = np.random.default_rng(1)
    x, targets = r.normal(size=(9, 3, 5)), np.array([[1, 2, 2, 3], [4, 4, 1, 0], [1, 3, 0, 0]])
    lengths, sizes = [9, 8, 7], [4, 3, 2]
    for reduction in ("mean", "sum", "none"):
        mine, theirs = (
            second_order_of_first(lib, lambda x, lib=lib: lib.nn.functional.ctc_loss(x.log_softmax(2), lib.tensor(targets), lib.tensor(lengths), lib.tensor(sizes), reduction=reduction), x)
            for lib in (jt, torch)
        )
        np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-9)
        np.testing.assert_allclose(mine[1], theirs[1], rtol=1e-8, atol=1e-10)


def second_order_of_first(lib, f, x):
    t = lib.tensor(x, requires_grad=True)
    out = f(t)
    out.sum().backward()
    return out.detach().numpy(), t.grad.numpy()


def test_linear_functions_and_vectors():
    r = np.random.default_rng(2)
    compare(F.bilinear, T.bilinear, r.normal(size=(3, 2)), r.normal(size=(3, 4)), r.normal(size=(5, 2, 4)), r.normal(size=5))
    compare(F.cosine_similarity, T.cosine_similarity, r.normal(size=(3, 4)), r.normal(size=(3, 4)))
    compare(F.pairwise_distance, T.pairwise_distance, r.normal(size=(3, 4)), r.normal(size=(3, 4)))
    rows = np.array([[1, 0], [2, 2]])
    for options in ({}, {"padding_idx": 2}):
        compare(lambda w: F.embedding(jt.tensor(rows), w, **options), lambda w: T.embedding(torch.tensor(rows), w, **options), r.normal(size=(3, 4)))
    for mode in ("sum", "mean", "max"):
        compare(lambda w: F.embedding_bag(jt.tensor([1, 0, 2, 2, 1]), w, jt.tensor([0, 2, 4]), mode=mode),
                lambda w: T.embedding_bag(torch.tensor([1, 0, 2, 2, 1]), w, torch.tensor([0, 2, 4]), mode=mode), r.normal(size=(3, 4)))  # fmt: skip


def test_dropout_keeps_the_mean_and_its_share():
    jt.manual_seed(0)
    x = jt.ones(20000, requires_grad=True)
    y = F.dropout(x, 0.3)
    assert abs(float((y.detach() == 0).double().mean()) - 0.3) < 0.02
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), y.detach().numpy())
    assert F.dropout(x, 0.3, training=False) is x
    z = F.dropout2d(jt.ones(50, 20, 3, 3), 0.5)
    assert {0.0, 18.0} == set(z.sum((2, 3)).reshape(-1).tolist())


def test_bad_input():
    x = jt.zeros(3, 4)
    for call, error, what in [
        (lambda: F.cross_entropy(x, jt.tensor([0, 1, 4])), IndexError, "Target 4 is out of bounds"),
        (lambda: F.cross_entropy(x, jt.tensor([0, 1])), ValueError, "rows, classes"),
        (lambda: F.cross_entropy(x, jt.tensor([0.0, 1.0, 2.0])), ValueError, "probabilities"),
        (lambda: F.nll_loss(x, jt.tensor([0, 1, 2]), weight=jt.ones(3)), ValueError, "4 classes"),
        (lambda: F.binary_cross_entropy(x + 2.0, x), RuntimeError, "between 0 and 1"),
        (lambda: F.embedding(jt.tensor([3]), jt.zeros(3, 2)), IndexError, "row 3 of an embedding of 3"),
        (lambda: F.mse_loss(x, jt.zeros(3)), ValueError, "broadcasting"),
        (lambda: F.mse_loss(x, x, "sum"), TypeError, "write reduction='sum'"),
            (lambda: F.mse_loss(x, x, reduction="average"), ValueError, "average is not a valid value"),
        (lambda: F.glu(jt.zeros(3, 3)), ValueError, "dimension -1"),
        (lambda: F.dropout(x, 1.5), ValueError, "1.5"),
        (lambda: F.one_hot(jt.tensor([-1])), RuntimeError, "non-negative"),
    ]:
        with pytest.raises(error, match=what):
            call()


@pytest.mark.parametrize(("stride", "dilation", "padding", "extra"), [((2, 1), (4, 3), (1, 0), (3, 2)), (1, 3, 2, 1), (2, 5, 0, 4)])
def test_transposed_convolution_whose_output_padding_reaches_the_stride(stride, dilation, padding, extra):
    """With a dilation above the stride the image has room for more windows than the input has places."""
    draw = np.random.default_rng(0)
    arrays = [draw.normal(size=s) for s in ((2, 4, 3, 4), (4, 3, 2, 3), (6,))]
    rows = []
    for room in (jt, torch):
        given = [room.tensor(a, requires_grad=True) for a in arrays]
        out = room.nn.functional.conv_transpose2d(*given, stride=stride, dilation=dilation, padding=padding, output_padding=extra, groups=2)
        (out**2).sum().backward()
        rows.append([out.detach().numpy(), *[t.grad.numpy() for t in given]])
    for a, b in zip(*rows, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10)
