"""Reductions: values and errors as NumPy's, derivatives as finite differences and PyTorch have them."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy_oracle import agree, instructions, recorded

import jittape as jt
from jittape.functions.reductions import log_softmax, logsumexp, softmax

AXES = [None, 0, -1, 1, (0, 2), (-1, 0, 1), ()]
SUMS = ["sum", "mean", "prod", "max", "min", "var", "std"]
NAN = ["nansum", "nanmean", "nanprod", "nanmax", "nanmin", "nanvar", "nanstd"]


@pytest.fixture
def x(rng):
    return rng.normal(size=(3, 4, 2)) + 0.1


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", [*SUMS, "ptp"])
def test_values_and_gradients_over_axes(name, axis, x):
    function = getattr(np, name)
    if name in ("var", "std", "ptp") and axis == ():
        assert np.array_equal(recorded(lambda x: function(x, axis), x)[0], np.zeros(x.shape))
        return
    for keepdims in (False, True):
        agree(lambda x, k=keepdims: function(x, axis=axis, keepdims=k), x)


@pytest.mark.parametrize("name", [*SUMS, "ptp", "any", "all", "cumsum", "cumprod", "argmax", "argmin"])
def test_methods_are_the_functions(name, x):
    for axis in (None, 1):
        found = recorded(lambda x, a=axis: getattr(x, name)(axis=a), x) if name != "ptp" else recorded(lambda x, a=axis: x.ptp(a), x)
        np.testing.assert_allclose(found[0], getattr(np, name)(x, axis=axis), rtol=1e-13)


@pytest.mark.parametrize("name", [*SUMS, *NAN])
def test_second_order(name, x):
    agree(lambda x: getattr(np, name)(x * x[0], axis=1), x, order=2)


@pytest.mark.parametrize("name", [*SUMS, *NAN])
def test_where(name, x, rng):
    where = rng.random((4, 2)) > 0.4
    where[0] = True
    options = {"initial": 0.3} if "max" in name or "min" in name else {}
    agree(lambda x: getattr(np, name)(x, axis=1, where=where, **options), x)
    agree(lambda x: getattr(np, name)(x, axis=1, where=x > -0.5, **options), x, order=0)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "nansum", "nanprod", "nanmax", "nanmin"])
@pytest.mark.parametrize("initial", [0.7, -5.0, 9.0])
def test_initial(name, initial, x):
    agree(lambda x: getattr(np, name)(x, axis=0, initial=initial), x)
    agree(lambda x, v: getattr(np, name)(x, axis=0, initial=v), x, initial)


@pytest.mark.parametrize("name", ["var", "std", "nanvar", "nanstd"])
@pytest.mark.parametrize("options", [{"ddof": 1}, {"correction": 1}, {"ddof": 0.5}, {"ddof": 1, "keepdims": True}])
def test_degrees_of_freedom(name, options, x):
    agree(lambda x: getattr(np, name)(x, axis=1, **options), x, order=2)


def test_variance_with_a_given_mean(x):
    agree(lambda x: np.var(x, axis=1, mean=np.mean(x, axis=1, keepdims=True)), x)
    agree(lambda m: np.var(x, mean=m), np.array([[[0.3]]]))
    with pytest.raises(ValueError, match="simultaneously"):
        jt.grad(lambda x: np.var(x, ddof=1, correction=1))(x)


def test_empty_arrays():
    e, f = np.zeros((0, 3)), np.zeros((3, 0))
    for name in ("sum", "prod", "any", "all"):
        for axis in (None, 0, 1):
            agree(lambda x, n=name, a=axis: getattr(np, n)(x, axis=a) * 1.0, e, order=0)
            agree(lambda x, n=name, a=axis: getattr(np, n)(x, axis=a, keepdims=True) * 1.0, f, order=0)
    for name in ("max", "min"):
        with pytest.raises(ValueError, match=f"zero-size array to reduction operation {name}imum which has no identity"):
            jt.grad(lambda x, n=name: getattr(np, n)(x))(e)
        agree(lambda x, n=name: getattr(np, n)(x, axis=1), e, order=0)
        agree(lambda x, n=name: getattr(np, n)(x, axis=0, initial=2.0), e, order=0)
    for name in ("mean", "var"):
        with pytest.warns(RuntimeWarning):
            assert np.isnan(jt.record(lambda x, n=name: getattr(np, n)(x), e)(e))
    for name in ("cumsum", "cumprod"):
        agree(lambda x, n=name: getattr(np, n)(x, axis=0), e, order=0)
        agree(lambda x, n=name: getattr(np, n)(x), f, order=0)


def test_wrong_arguments(x):
    with pytest.raises(np.exceptions.AxisError):
        jt.grad(lambda x: np.sum(np.sum(x, axis=3)))(x)
    with pytest.raises(ValueError, match="repeated axis|duplicate"):
        jt.grad(lambda x: np.sum(np.prod(x, axis=(0, 0))))(x)
    with pytest.raises(ValueError, match="one has to specify 'initial'"):
        jt.grad(lambda x: np.max(x, where=x > 0))(x)
    with pytest.raises(TypeError, match="takes no dtype=int32.*float64"):
        jt.grad(lambda x: np.sum(x, dtype=np.int32))(x)
    with pytest.raises(TypeError, match="plain ndarray"):
        jt.grad(lambda x: np.sum(np.sum(x, 0, out=np.zeros((4, 2)))))(x)
    with pytest.raises(TypeError, match="plain ndarray"):
        jt.grad(lambda x: np.sum(np.sum(x, 0, None, np.zeros((4, 2)))))(x)


def test_scalars():
    for name in [*SUMS, *NAN, "cumsum", "cumprod", "ptp"]:
        if name in ("var", "std", "nanvar", "nanstd", "ptp"):
            assert jt.grad(getattr(np, name))(2.0) == 0.0
        elif not name.startswith("cum"):
            agree(getattr(np, name), 2.0)
            if name in ("sum", "prod", "max", "min"):
                agree(lambda x, n=name: getattr(np, n)(x, axis=0), 2.0)
        else:
            agree(getattr(np, name), 2.0)


def test_out_by_name_and_by_place(x):
    def total(x):
        y = x[0] * 1.0
        np.sum(x, 0, None, y)
        x.mean(0, out=y[:, :])
        return y

    agree(total, x)


def test_ties_share_evenly():
    torch = pytest.importorskip("torch")
    x = np.array([1.0, 3.0, 3.0, 3.0])
    assert jt.grad(np.max)(x).tolist() == torch.func.grad(torch.amax)(torch.tensor(x)).tolist()
    assert jt.grad(lambda x: np.min(-x))(x).tolist() == [0, -1 / 3, -1 / 3, -1 / 3]
    assert jt.grad(np.nanmax)(np.array([2.0, np.nan, 2.0])).tolist() == [0.5, 0.0, 0.5]


@pytest.mark.parametrize("zeros", [[], [1], [1, 4]])
def test_product_with_zeros_to_third_order(zeros, rng):
    x = rng.normal(size=6)
    x[zeros] = 0.0
    gradient = np.array([np.prod(np.delete(x, i)) for i in range(6)])
    np.testing.assert_allclose(jt.grad(np.prod)(x), gradient, rtol=1e-13)
    second = np.array([[0.0 if i == j else np.prod(np.delete(x, [i, j])) for j in range(6)] for i in range(6)])
    np.testing.assert_allclose(jt.hessian(np.prod)(x), second, rtol=1e-12, atol=1e-14)
    third = jt.jacobian(jt.hessian(np.prod))(x)
    for i, j, k in itertools.product(range(6), repeat=3):
        expected = 0.0 if len({i, j, k}) < 3 else np.prod(np.delete(x, [i, j, k]))
        assert third[i, j, k] == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("zeros", [[], [0], [2, 5]])
def test_cumulative_product_with_zeros(zeros, rng):
    x = rng.normal(size=7)
    x[zeros] = 0.0
    expected = [[np.prod(np.delete(x[: k + 1], i)) if i <= k else 0.0 for i in range(7)] for k in range(7)]
    np.testing.assert_allclose(jt.jacobian(np.cumprod)(x), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "nancumsum", "nancumprod"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_running_sums_and_products(name, axis, x):
    agree(lambda x: getattr(np, name)(x, axis=axis), x, order=2)


@pytest.mark.skipif(not hasattr(np, "cumulative_sum"), reason="NumPy 2.1 names")
@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_array_api_names(name, x):
    agree(lambda x: getattr(np, name)(x, axis=1, include_initial=True), x)
    agree(lambda x: getattr(np, name)(x[:, 0, 0]), x)
    with pytest.raises(ValueError, match="axis"):
        jt.grad(lambda x: np.sum(getattr(np, name)(x)))(x)


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 2)])
@pytest.mark.parametrize("name", NAN)
def test_nan_is_passed_over(name, axis, x):
    holes = x.copy()
    holes[0, 1, 0] = holes[2, 3, 1] = holes[1, 0, 0] = np.nan
    function = getattr(np, name)
    np.testing.assert_allclose(recorded(lambda x: function(x, axis=axis), holes)[0], function(holes, axis=axis), rtol=1e-13)
    gradient = jt.grad(lambda x: np.sum(function(x, axis=axis)))(holes)
    assert (gradient[np.isnan(holes)] == 0).all()
    h = 1e-6
    for place in ((0, 0, 0), (2, 2, 1), (1, 1, 0)):
        step = np.zeros(x.shape)
        step[place] = h
        numeric = (np.sum(function(holes + step, axis=axis)) - np.sum(function(holes - step, axis=axis))) / (2 * h)
        assert gradient[place] == pytest.approx(numeric, rel=1e-6, abs=1e-8)


def test_slices_of_nothing_but_nan():
    x = np.array([[1.0, 2.0], [np.nan, np.nan]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in NAN:
            np.testing.assert_array_equal(recorded(lambda x, n=name: getattr(np, n)(x, axis=1), x)[0], getattr(np, name)(x, axis=1))
    with pytest.raises(ValueError, match="All-NaN"):
        jt.grad(lambda x: np.sum(x[np.nanargmax(x, axis=1)]))(x)
    assert recorded(lambda x: np.nanargmin(x[:1], axis=1), x)[0].tolist() == [0]


def test_nan_reaches_plain_reductions():
    x = np.array([1.0, np.nan, 2.0])
    for name in ("sum", "prod", "max", "min", "mean", "std", "cumsum", "cumprod"):
        np.testing.assert_array_equal(recorded(getattr(np, name), x)[0], getattr(np, name)(x))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
def test_average(axis, x, rng):
    w = rng.random(x.shape)
    agree(lambda x, w: np.average(x, axis, w), x, w, order=2)
    agree(lambda x: np.average(x, axis), x)
    agree(lambda w: np.average(x, axis, weights=w, returned=True), w)
    agree(lambda x: np.average(x, axis, w, keepdims=True), x)
    agree(lambda x: np.average(x, axis, returned=True), x, order=0)


def test_average_along_one_axis(x, rng):
    w = rng.random(4)
    agree(lambda x, w: np.average(x, 1, w, returned=True), x, w)
    agree(lambda w: np.average(x, (2, 1), w), rng.random((2, 4)))
    with pytest.raises(TypeError, match="Axis must be specified"):
        jt.grad(lambda x: np.average(x, weights=w))(x)
    with pytest.raises(ValueError, match=r"\(4,\) and \(3, 4, 2\), axis=0"):
        jt.grad(lambda x: np.average(x, 0, weights=w).sum())(x)
    with pytest.raises(ZeroDivisionError):
        jt.grad(lambda x: np.average(x, 1, weights=0 * w).sum())(x)


# --- truth ---------------------------------------------------------------------------------------------------------------


@given(hnp.arrays(float, hnp.array_shapes(max_dims=3, min_side=0, max_side=4), elements=st.sampled_from([0.0, -0.0, 1.0, np.nan, np.inf])))
def test_any_all_and_counts(x):
    for axis in (None, 0, -1):
        for function in (np.any, np.all, np.count_nonzero):
            found = recorded(lambda x, f=function, a=axis: f(x, axis=a), x)[0]
            assert np.array_equal(found, function(x, axis=axis))
            assert np.asarray(found).dtype == np.asarray(function(x, axis=axis)).dtype


def test_extremes_of_truth_values_are_truth_values():
    x = np.array([[1.0, -1.0], [2.0, 3.0]])
    for function in (np.max, np.min, np.maximum.reduce):
        found = recorded(lambda x, f=function: f(x > 0, axis=1), x)[0]
        assert found.dtype == bool
        assert np.array_equal(found, function(x > 0, axis=1))


def test_truth_can_be_replayed():
    F = jt.record(lambda x: np.where(np.all(x > 0), np.sum(x), np.sum(x**2)), np.ones(3))
    assert F(np.array([1.0, 2.0, 3.0])) == 6.0
    assert F(np.array([1.0, -2.0, 3.0])) == 14.0
    F = jt.record(lambda x: np.sum(x) if np.any(x > 0) else x[0], np.ones(3), on_branch="raise")
    assert F(np.array([-1.0, 2.0, -3.0])) == -2.0
    with pytest.raises(jt.errors.BranchChanged, match="np.where"):
        F(-np.ones(3))
    F = jt.record(lambda x: np.sum(x) * np.count_nonzero(x), np.array([1.0, 0.0, 2.0]), on_branch="raise")
    assert F(np.array([0.0, 1.0, 1.0])) == 4.0
    with pytest.raises(jt.errors.BranchChanged, match="count_nonzero finds.*was 2 and is 3 here"):
        F(np.ones(3))


def test_isclose():
    a = np.array([1.0, 1.0, np.nan, np.inf, np.inf, 0.0])
    b = np.array([1.0 + 1e-9, 1.1, np.nan, np.inf, -np.inf, 1e-9])
    for equal_nan in (False, True):
        found = recorded(lambda a, b, e=equal_nan: np.isclose(a, b, equal_nan=e), a, b)[0]
        assert np.array_equal(found, np.isclose(a, b, equal_nan=equal_nan))
    assert jt.grad(lambda a: a[0] if np.allclose(a, a + 1e-12) else a[1])(np.ones(2)).tolist() == [1.0, 0.0]


# --- norms ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [None, 2, 1, 3, 0.5, -1, -2.5, 0, np.inf, -np.inf])
def test_vector_norms(order, x):
    agree(lambda x: np.linalg.norm(x, order, axis=1), x, order=2)
    agree(lambda x: np.linalg.norm(x[0, :, 0], order), x)
    agree(lambda x: np.linalg.norm(x, order, axis=-1, keepdims=True), x)
    if order is not None:
        agree(lambda x: np.linalg.vector_norm(x, ord=order, axis=(0, 1)), x)


@pytest.mark.parametrize("order", [None, "fro", 1, -1, np.inf, -np.inf])
def test_matrix_norms(order, x):
    agree(lambda x: np.linalg.norm(x, order, axis=(0, 1)), x, order=2)
    agree(lambda x: np.linalg.norm(x, order, axis=(2, 0), keepdims=True), x)
    agree(lambda x: np.linalg.norm(x[0], order), x)
    agree(lambda x: np.linalg.matrix_norm(x, ord=order or "fro"), x)


@pytest.mark.parametrize("order", [2, -2, "nuc"])
def test_norms_by_singular_values(order, x):
    agree(lambda x: np.linalg.norm(x, order, axis=(0, 1)), x, order=2)
    agree(lambda x: np.linalg.norm(x[0].T, order), x)
    agree(lambda x: np.linalg.norm(x, order, axis=(2, 0), keepdims=True), x)


def test_norm_of_everything(x):
    agree(np.linalg.norm, x, order=2)
    agree(lambda x: np.linalg.norm(x, keepdims=True), x)


@pytest.mark.parametrize("order", [None, 1, 2, 3, 1.5, 0.5])
def test_norm_at_zero_has_derivative_zero(order):
    assert jt.grad(lambda x: np.linalg.norm(x, order))(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert np.isfinite(jt.grad(lambda x: np.linalg.norm(x, order))(np.array([0.0, 1.0, 2.0]))).all()
    has_none = order is None or order > 1  # others are kinks only, whose second derivative counts as zero
    assert np.isnan(jt.hessian(lambda x: np.linalg.norm(x, order))(np.zeros(3))).any(axis=1).all() == has_none


def test_deviation_of_equal_values_has_derivative_zero():
    torch = pytest.importorskip("torch")
    x = np.full(4, 2.5)
    t = torch.tensor(x, requires_grad=True)
    torch.std(t).backward()
    assert jt.grad(lambda x: np.std(x, ddof=1))(x).tolist() == t.grad.tolist()


def test_norms_refused(x):
    for order, axis in (("nosuch", None), (3, (0, 1)), (2, (0, 1, 2)), ("fro", 0)):
        with pytest.raises(ValueError, match=r"[Nn]orm|dimensions"):
            jt.grad(lambda x, o=order, a=axis: np.sum(np.linalg.norm(x[0] if a is None else x, o, a)))(x)
    with pytest.raises(ValueError, match="Duplicate axes"):
        jt.grad(lambda x: np.sum(np.linalg.norm(x, axis=(0, 0))))(x)


# --- sums of exponentials -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
def test_sums_of_exponentials(axis, x):
    agree(lambda x: logsumexp(x, axis), x, order=2)
    for size in (1.0, 500.0):
        for function, oracle in ((logsumexp, scipy.special.logsumexp), (softmax, scipy.special.softmax), (log_softmax, scipy.special.log_softmax)):
            np.testing.assert_allclose(recorded(lambda x, f=function, k=size: f(k * x, axis), x)[0], oracle(size * x, axis), rtol=1e-12, atol=1e-300)
            np.testing.assert_allclose(function(size * x, axis), oracle(size * x, axis), rtol=1e-12, atol=1e-300)
    agree(lambda x: softmax(x, axis), x, order=2)
    agree(lambda x: log_softmax(x, axis), x, order=2)


def test_logsumexp_to_third_order(rng):
    x = rng.normal(size=3) + 700.0
    p = scipy.special.softmax(x)
    third = jt.jacobian(jt.hessian(logsumexp))(x)
    for i, j, k in itertools.product(range(3), repeat=3):
        a, b, c = (np.eye(3)[n] for n in (i, j, k))
        expected = p @ (a * b * c) - (p @ (a * b)) * p[k] - (p @ (a * c)) * p[j] - (p @ (b * c)) * p[i] + 2 * p[i] * p[j] * p[k]
        assert third[i, j, k] == pytest.approx(expected, abs=1e-12)


def test_logsumexp_of_infinities_and_factors(rng):
    for x in ([-np.inf, -np.inf], [-np.inf, 1.0], [np.inf, 1.0], [np.nan, 1.0]):
        np.testing.assert_array_equal(recorded(logsumexp, np.array(x))[0], scipy.special.logsumexp(x))
    assert jt.grad(logsumexp)(np.array([-np.inf, -np.inf])).tolist() == [0.0, 0.0]
    assert jt.grad(logsumexp)(np.array([-np.inf, 1.0])).tolist() == [0.0, 1.0]
    x, b = rng.normal(size=(2, 3)), rng.random((2, 3))
    np.testing.assert_allclose(recorded(lambda x: logsumexp(x, 1, b, True), x)[0], scipy.special.logsumexp(x, 1, b, True))


def test_the_shift_is_replayed():
    F = jt.record(lambda x: logsumexp(x), np.zeros(3))
    x = np.array([1000.0, 999.0, -1000.0])
    np.testing.assert_allclose(F(x), scipy.special.logsumexp(x))
    np.testing.assert_allclose(F.grad(x), scipy.special.softmax(x), atol=1e-300)


# --- what is recorded -----------------------------------------------------------------------------------------------------


def test_few_instructions(rng):
    x = rng.normal(size=(64, 100))
    for function, most in ((np.sum, 1), (np.mean, 2), (np.max, 1), (np.var, 6), (np.cumsum, 1), (np.prod, 20), (np.cumprod, 26), (logsumexp, 12)):
        assert instructions(function, x) <= most
    assert instructions(lambda x: np.prod(x, axis=0), x) <= 6
    assert instructions(lambda x: np.sum(x, axis=0, keepdims=True), x) == 1


@given(st.data())
def test_random_shapes_against_numpy(data):
    x = data.draw(hnp.arrays(float, hnp.array_shapes(max_dims=4, max_side=4), elements=st.floats(-3, 3)))
    order = data.draw(st.permutations(range(x.ndim)))
    axis = data.draw(st.sets(st.sampled_from(range(x.ndim)), min_size=1))
    name = data.draw(st.sampled_from(["sum", "mean", "prod", "max", "min", "var", "cumsum", "cumprod"]))
    where = tuple(axis) if not name.startswith("cum") else min(axis)
    agree(lambda x: getattr(np, name)(np.transpose(x, order)[::-1], where), x, order=0, rtol=1e-9)


REPLAYED = {
    **{name: getattr(np, name) for name in [*SUMS, *NAN, "cumsum", "cumprod", "nancumprod", "ptp", "cov", "corrcoef", "diff", "unwrap", "trapezoid"]},
    "norm": lambda x: np.linalg.norm(x, 3, axis=1),
    "logsumexp": logsumexp,
    "softmax": softmax,
    "average": lambda x: np.average(x, 0, x**2),
    "gradient": lambda x: np.gradient(x, np.cumsum(np.exp(x[0])), axis=1),
    "hypot": lambda x: np.hypot.reduce(x, axis=1),
    "logaddexp": lambda x: np.logaddexp.accumulate(x, axis=0),
    "reduceat": lambda x: np.multiply.reduceat(x, [0, 3, 1], axis=1),
    "convolve": lambda x: np.convolve(x[0], x[1]),
    "vander": lambda x: np.vander(x[0]),
    "bincount": lambda x: np.bincount([0, 2, 2, 0, 1], x[0]),
    "where": lambda x: np.sum(x, axis=0, where=x > 0),
}


@pytest.mark.parametrize("name", REPLAYED)
def test_replay_at_another_point(name, rng):
    f = REPLAYED[name]
    first, second = rng.normal(size=(2, 3, 5))
    with np.errstate(all="ignore"):
        expected = f(second)
    F = jt.record(f, first)
    np.testing.assert_allclose(F(second), expected, rtol=1e-11, atol=1e-13)
    w = rng.normal(size=np.shape(expected))
    G = jt.record(lambda x: np.sum(f(x) * w), first)
    np.testing.assert_allclose(G.grad(second), jt.grad(lambda x: np.sum(f(x) * w))(second), rtol=1e-11, atol=1e-12)


def test_float32_stays_float32(rng):
    x = rng.normal(size=(3, 4)).astype(np.float32)
    for name in [*SUMS, *NAN, "cumsum", "cumprod"]:
        assert recorded(getattr(np, name), x)[0].dtype == np.float32
        assert jt.grad(lambda x, n=name: np.sum(getattr(np, n)(x)))(x).dtype == np.float32


def test_axes_and_widths_that_are_no_integers():
    for f in (lambda x: np.sum(x, axis=0.5), lambda x: np.max(x, axis=1.0), lambda x: np.median(x, axis=1e308), lambda x: np.std(x, axis=0.0)):
        with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
            jt.vjp(f, np.ones(2))
    for width in (1.5, [1.0, 2.0], np.array([1j, 2.0])):
        with pytest.raises(TypeError, match="integral type"):
            jt.vjp(lambda x, w=width: np.pad(x, w), np.ones(2))


@pytest.mark.parametrize("f", [lambda x: np.std(x, ddof=1), lambda x: np.var(x, ddof=2), lambda x: np.sin(np.sum(np.var(x[None], axis=0, ddof=1)))])
@pytest.mark.filterwarnings("ignore:Degrees of freedom")
def test_a_spread_without_degrees_of_freedom_has_no_derivative(f):
    x = np.array([1.35])
    F = jt.record(f, x)
    for found in (f(x), jt.grad(f)(x), jt.hessian(f)(x), jt.jvp(f, (x,), (x,)), F(x), F.grad(x), F.hessian(x), F.batch_grad(x[None])):
        assert np.isnan(found).all()
    for create_graph in (False, True):
        t = jt.tensor([1.35], requires_grad=True)
        assert np.isnan(jt.autograd.grad(t.std(), t, create_graph=create_graph)[0].item())
