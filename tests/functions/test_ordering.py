"""Sorting, searching and quantiles: the order is data, what is chosen keeps its derivative."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy_oracle import agree, instructions, recorded

import jittape as jt
from jittape.functions.quantiles import POSITIONS


@pytest.fixture
def x(rng):
    return rng.permutation(np.linspace(-2.0, 3.0, 24)).reshape(3, 4, 2)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_sorted_values(axis, x):
    agree(lambda x: np.sort(x * x[0, 0, 0], axis=axis), x, order=2)
    agree(lambda x: np.partition(x, 1, axis=axis), x)
    for name in ("argsort", "argmax", "argmin"):
        assert np.array_equal(recorded(lambda x, n=name: getattr(np, n)(x, axis=axis), x)[0], getattr(np, name)(x, axis=axis))
        assert np.array_equal(recorded(lambda x, n=name: getattr(x, n)(axis=axis), x)[0], getattr(np, name)(x, axis=axis))
    assert np.array_equal(recorded(lambda x: np.argpartition(x, 1, axis=axis), x)[0], np.argpartition(x, 1, axis=axis))
    assert np.array_equal(recorded(lambda x: np.argmax(x, axis=axis, keepdims=True), x)[0], np.argmax(x, axis=axis, keepdims=True))


@given(hnp.arrays(float, hnp.array_shapes(max_dims=3, min_side=0, max_side=5), elements=st.floats(-2, 2) | st.just(np.nan)), st.integers(-1, 0))
def test_sorting_any_values(x, axis):
    np.testing.assert_array_equal(recorded(lambda x: np.sort(x, axis=axis), x)[0], np.sort(x, axis=axis))
    np.testing.assert_array_equal(recorded(lambda x: np.sort(x, axis=None, kind="heapsort"), x)[0], np.sort(x, axis=None))


def test_sorting_in_place_is_seen_by_views(x):
    def f(x):
        y = x[0] * 1.0
        view = y[1:]
        y.sort(axis=0)
        y.partition(1, axis=1)
        return view * 2.0

    agree(f, x)


def test_sorting_appends_nothing(x):
    for f in (np.sort, lambda x: np.partition(x, 1), np.unique, lambda x: np.quantile(x, 0.5, method="lower")):
        assert instructions(f, x) == 0
    assert instructions(np.median, x) <= 2
    assert instructions(lambda x: np.quantile(x, [0.1, 0.5, 0.77], axis=0), x) <= 3


def test_lexsort(rng):
    a, b = np.array([1.0, 2.0, 1.0, 2.0]), rng.normal(size=4)
    assert np.array_equal(recorded(lambda a, b: np.lexsort((b, a)), a, b)[0], np.lexsort((b, a)))
    assert np.array_equal(recorded(lambda b: np.lexsort((b, a)), b)[0], np.lexsort((b, a)))
    assert np.array_equal(recorded(lambda b: np.lexsort(np.stack((b, b)), axis=0), b)[0], np.lexsort(np.stack((b, b)), axis=0))


def test_places(x, rng):
    edges = np.sort(rng.normal(size=5))
    for f in (
        lambda x: np.searchsorted(edges, x), lambda x: np.searchsorted(x, 0.3, side="right"), lambda x: x.searchsorted(edges),
        lambda x: np.digitize(x, edges), lambda x: np.digitize(edges, x), lambda x: np.isin(x, [x[0] if type(x) is np.ndarray else 0.0]) * 0,
        lambda x: np.array_equal(x, x), lambda x: np.array_equiv(x, edges),
    ):  # fmt: skip
        v = np.sort(x.ravel())
        found, expected = recorded(f, v)[0], f(v)
        assert np.array_equal(found, expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_unique(axis):
    x = np.array([[3.0, 1.0, 3.0], [0.0, 2.0, 0.0], [3.0, 1.0, 3.0]])
    found = recorded(lambda x: np.unique(x, True, True, True, axis=axis), x)
    for a, b in zip(found, np.unique(x, True, True, True, axis=axis), strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(recorded(lambda x: np.unique(x, axis=axis), x)[0], np.unique(x, axis=axis))
    gradient = jt.grad(lambda x: np.sum(np.unique(x, axis=axis) ** 2))(x)
    assert gradient.sum() == 2 * np.unique(x, axis=axis).sum()


def test_unique_of_the_array_api():
    x = np.array([2.0, 1.0, 2.0, np.nan, np.nan])
    for name in ("unique_values", "unique_counts", "unique_inverse", "unique_all"):

        def parts(x, name=name):
            found = getattr(np, name)(x)
            return tuple(found) if isinstance(found, tuple) else (found,)

        expected, found = parts(x), recorded(parts, x)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(np.sort(a), np.sort(b))
    assert jt.grad(lambda x: np.sum(np.unique_counts(x[:3]).values))(x).tolist() == [1.0, 1.0, 0.0, 0.0, 0.0]


# --- quantiles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", POSITIONS)
def test_quantile_methods(method, rng):
    for n in (1, 2, 5, 8):
        x = rng.normal(size=(n, 3))
        q = np.array([0.0, 0.125, 0.2, 0.25, 0.5, 0.6, 0.9, 1.0])
        agree(lambda x, q=q: np.quantile(x, q, axis=0, method=method), x, order=0)
        holes = np.where(rng.random(x.shape) < 0.3, np.nan, x)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            agree(lambda x, q=q: np.nanquantile(x, q, axis=0, method=method), holes, order=0)
            agree(lambda x, q=q: np.quantile(x, q, axis=0, method=method), holes, order=0)
    agree(lambda x: np.quantile(x, [0.31, 0.77], axis=1, method=method), rng.normal(size=(3, 6)))


def test_every_method_of_numpy_is_there():
    with pytest.raises(ValueError) as numpy_error:
        np.quantile([1.0, 2.0], 0.5, method="nosuch")
    with pytest.raises(ValueError, match="'nosuch' is not a valid method") as error:
        jt.grad(lambda x: np.quantile(x, 0.5, method="nosuch"))(np.ones(2))
    assert all(name in str(error.value) for name in str(numpy_error.value).split("'")[3::2])


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (1, 2)])
@pytest.mark.parametrize("name", ["median", "nanmedian"])
def test_median(name, axis, x):
    for keepdims in (False, True):
        agree(lambda x, k=keepdims: getattr(np, name)(x * x[0, 0, 0], axis=axis, keepdims=k), x, order=2)


@pytest.mark.parametrize("axis", [None, 1, (0, 2)])
@pytest.mark.parametrize("name", ["percentile", "nanpercentile", "quantile", "nanquantile"])
def test_shapes_of_quantiles(name, axis, x):
    scale = 100 if "percentile" in name else 1
    for q in (0.3 * scale, np.array([0.1, 0.9]) * scale, np.full((2, 3), 0.4) * scale):
        if np.ndim(q) == 2 and "nan" in name:  # NumPy's nan-functions misplace the axes of q there
            continue
        for keepdims in (False, True):
            agree(lambda x, q=q, k=keepdims: getattr(np, name)(x, q, axis=axis, keepdims=k), x)


def test_gradient_of_quantile_as_in_torch(rng):
    torch = pytest.importorskip("torch")
    x = rng.normal(size=(5, 4))
    for interpolation in ("linear", "lower", "higher", "midpoint", "nearest"):
        t = torch.tensor(x, requires_grad=True)
        torch.quantile(t, torch.tensor([0.2, 0.63], dtype=float), dim=0, interpolation=interpolation).sum().backward()
        found = jt.grad(lambda x, m=interpolation: np.sum(np.quantile(x, [0.2, 0.63], axis=0, method=m)))(x)
        np.testing.assert_allclose(found, t.grad.numpy(), atol=1e-15)


def test_median_with_nan_and_infinity():
    x = np.array([[1.0, np.nan, 3.0, 2.0], [-np.inf, 0.0, 1.0, -np.inf], [np.nan] * 4, [4.0, 1.0, 3.0, 2.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("median", "nanmedian"):
            np.testing.assert_array_equal(recorded(lambda x, n=name: getattr(np, n)(x, axis=1), x)[0], getattr(np, name)(x, axis=1))
        assert jt.grad(lambda x: np.nanmedian(x[0]))(x)[0].tolist() == [0.0, 0.0, 0.0, 1.0]
    with pytest.warns(RuntimeWarning):
        assert np.isnan(recorded(np.median, np.zeros(0))[0])


def test_quantiles_refused(x):
    for f, message in (
        (lambda x: np.quantile(x, x[0, 0, 0]), "plain q"), (lambda x: np.quantile(x, 0.5, weights=x), "np.repeat"),
        (lambda x: np.nanpercentile(x, 5, weights=x, method="inverted_cdf"), "weights"),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=message):
            jt.grad(f)(x)
    with pytest.raises(ValueError, match=r"range \[0, 1\]"):
        jt.grad(lambda x: np.quantile(x, 1.5))(x)
    with pytest.raises(ValueError, match=r"range \[0, 100\]"):
        jt.grad(lambda x: np.percentile(x, -1))(x)
    with pytest.raises(np.exceptions.AxisError):
        jt.grad(lambda x: np.sum(np.sort(x, axis=3)))(x)


@pytest.mark.parametrize("kth", [0, 7, -1, (3, 290)])
def test_long_partitions_are_arranged_as_numpy_does(kth):
    """By vectors of the processor, where it has them, in another way than `argpartition`."""
    x = np.random.default_rng(0).normal(size=300)
    agree(lambda x: np.partition(x, kth), x)
    F = jt.record(lambda x: np.partition(x, kth), x)
    for y in (2.0 * x + 1.0, x[::-1].copy()):
        np.testing.assert_array_equal(F(y), np.partition(y, kth))


@pytest.mark.parametrize("f", [np.sort, np.median, np.unique, lambda x: x[np.argmax(x)], lambda x: np.partition(x, 1), lambda x: np.quantile(x, 0.3)])
def test_an_order_that_changes_is_not_replayed(f):
    g = lambda x: np.sum(f(x) ** 2)
    recorded = jt.record(g, np.array([3.0, 1.0, 2.0]), on_branch="raise")
    x = np.array([0.5, -1.0, 0.25])
    np.testing.assert_array_equal(recorded.grad(x), jt.grad(g)(x))
    with pytest.raises(jt.errors.BranchChanged, match="is another than was recorded"):
        recorded(-x)
    follows = jt.record(g, np.array([3.0, 1.0, 2.0]))
    for y in (x, -x, x[::-1].copy(), x):
        np.testing.assert_array_equal(follows.grad(y), jt.grad(g)(y))
    assert 1 < len(follows.paths) <= 3


# --- histograms ----------------------------------------------------------------------------------------------------------


def test_histogram(rng):
    x, w = rng.normal(size=50), rng.random(50)
    agree(lambda x: np.histogram(x, 7), x, order=0)
    agree(lambda x: np.histogram(x, 7, range=(-1, 1)), x, order=0)
    agree(lambda w: np.histogram(x, [-3.0, 0.0, 0.5, 3.0], weights=w), w)
    agree(lambda w: np.histogram(x, 7, (-1.0, 1.5), density=True, weights=w), w, order=2)
    agree(lambda w: np.histogram(np.linspace(0, 1, 50), 5, weights=w), w, order=0)
    agree(lambda e: np.histogram(x, e, density=True)[0], np.array([-5.0, -0.3, 0.4, 5.0]))
    assert jt.jacobian(lambda x: np.histogram(x, 2)[1])(np.array([1.0, 3.0, 2.0])).tolist() == [[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0]]
    with pytest.raises(TypeError, match="number of bins"):
        jt.grad(lambda x: np.histogram(x, "auto")[1][0])(x)
    with pytest.raises(TypeError, match="np.digitize"):
        jt.grad(lambda x: np.histogram2d(x, x)[0][0])(x)
    with pytest.raises(ValueError, match="same shape"):
        jt.grad(lambda w: np.histogram(x[:3], weights=w)[0].sum())(w)


def test_bincount(rng):
    groups = np.array([3, 0, 3, 1, 0, 3])
    agree(lambda w: np.bincount(groups, w), rng.normal(size=6), order=2)
    agree(lambda w: np.bincount(groups, w**2, minlength=9), rng.normal(size=6), order=2)
    agree(lambda w: np.bincount(np.zeros(0, int), w, minlength=2), np.zeros(0), order=0)
    assert instructions(lambda w: np.bincount(rng.integers(0, 99, 5000), w), rng.normal(size=5000)) == 1
    with pytest.raises(TypeError, match="np.histogram"):
        jt.grad(lambda x: np.sum(np.bincount(x)))(np.ones(3))
    with pytest.raises(ValueError, match=r"\(3,\) and \(6,\)"):
        jt.grad(lambda w: np.sum(np.bincount(groups, w)))(np.ones(3))
    with pytest.raises(ValueError, match="negative"):
        jt.grad(lambda w: np.sum(np.bincount(groups - 1, w)))(np.ones(6))
