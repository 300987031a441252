"""jittape.scipy.interpolate beside SciPy's: by values, nodes and points, to two orders."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.interpolate
from scipy_checks import check, joined

import jittape as jt
from jittape.errors import RecordingError
from jittape.scipy import interpolate

RNG = np.random.default_rng(7)
X = np.array([0.0, 0.8, 1.5, 2.9, 3.4, 4.0, 5.5])
AT = np.array([0.3, 2.0, 3.15, 5.1, -0.4, 5.9])


def of_data(make: Any, periodic: bool = False) -> Any:
    """The object's values by the values, nodes and points that it is given."""

    def f(S: Any, y: Any, x: Any, at: Any) -> Any:
        import jittape.numpy as jnp

        if periodic:
            y = jnp.concatenate([y[:-1], y[:1]])
        return make(S, x, y)(at)

    return f


SHIFTED = lambda: X + 0.05 * RNG.standard_normal(X.size)
COLUMNS = lambda: (RNG.standard_normal((7, 2)), SHIFTED(), AT + 0.01)
LINE = lambda: (RNG.standard_normal(7), SHIFTED(), AT + 0.01)
CASES = {
    "CubicSpline": (of_data(lambda S, x, y: S.CubicSpline(x, y)), COLUMNS),
    "CubicSpline natural": (of_data(lambda S, x, y: S.CubicSpline(x, y, bc_type="natural")), LINE),
    "CubicSpline clamped": (of_data(lambda S, x, y: S.CubicSpline(x, y, bc_type=("clamped", (2, 0.3)))), LINE),
    "CubicSpline by slopes": (of_data(lambda S, x, y: S.CubicSpline(x, y, bc_type=((1, y[0]), (2, y[1])))), LINE),
    "CubicSpline by a slope and a name": (of_data(lambda S, x, y: S.CubicSpline(x, y, bc_type=((1, y[0]), "not-a-knot"))), LINE),
    "CubicSpline periodic": (of_data(lambda S, x, y: S.CubicSpline(x, y, bc_type="periodic"), True), LINE),
    "CubicSpline of two": (of_data(lambda S, x, y: S.CubicSpline(x[:2], y[:2])), LINE),
    "CubicSpline of three": (of_data(lambda S, x, y: S.CubicSpline(x[:3], y[:3])), LINE),
    "CubicSpline of three periodic": (of_data(lambda S, x, y: S.CubicSpline(x[:3], y[:2][[0, 1, 0]], bc_type="periodic")), LINE),
    "CubicSpline axis": (of_data(lambda S, x, y: S.CubicSpline(x, y.T, axis=1)), COLUMNS),
    "PchipInterpolator": (of_data(lambda S, x, y: S.PchipInterpolator(x, y)), COLUMNS),
    "Akima1DInterpolator": (of_data(lambda S, x, y: S.Akima1DInterpolator(x, y, extrapolate=True)), COLUMNS),
    "Akima1DInterpolator makima": (of_data(lambda S, x, y: S.Akima1DInterpolator(x, y, method="makima", extrapolate=True)), LINE),
    "CubicHermiteSpline": (of_data(lambda S, x, y: S.CubicHermiteSpline(x, y, y[::-1])), LINE),
    "derivative": (of_data(lambda S, x, y: S.CubicSpline(x, y).derivative()), LINE),
    "nu": (of_data(lambda S, x, y: lambda at: S.CubicSpline(x, y)(at, 2)), LINE),
    "antiderivative": (of_data(lambda S, x, y: S.CubicSpline(x, y).antiderivative(2)), LINE),
    "integrate": (of_data(lambda S, x, y: lambda at: S.CubicSpline(x, y).integrate(at[0], at[3])), LINE),
    "integrate periodic": (of_data(lambda S, x, y: lambda at: S.CubicSpline(x, y, bc_type="periodic").integrate(at[0], at[3] + 9.0), True), LINE),
    "PPoly": (lambda S, c, x, at: S.PPoly(c, x)(at), lambda: (RNG.standard_normal((3, 6)), SHIFTED(), AT)),
    "make_interp_spline": (of_data(lambda S, x, y: S.make_interp_spline(x, y)), COLUMNS),
    "make_interp_spline 2": (of_data(lambda S, x, y: S.make_interp_spline(x, y, k=2)), LINE),
    "make_interp_spline 1": (of_data(lambda S, x, y: S.make_interp_spline(x, y, k=1)), LINE),
    "make_interp_spline 5": (of_data(lambda S, x, y: S.make_interp_spline(x, y, k=5)), LINE),
    "make_interp_spline natural": (of_data(lambda S, x, y: S.make_interp_spline(x, y, bc_type="natural")), LINE),
    "make_interp_spline by slopes": (of_data(lambda S, x, y: S.make_interp_spline(x, y, bc_type=([(1, y[0])], [(2, y[1])]))), LINE),
    "BSpline": (lambda S, c, x, at: S.BSpline(x, c, 2)(at, 1), lambda: (RNG.standard_normal((4, 2)), SHIFTED(), np.array([1.8, 2.5]))),
    "BSpline integrate": (of_data(lambda S, x, y: lambda at: S.make_interp_spline(x, y).integrate(at[0], at[3])), LINE),
    "splev": (of_data(lambda S, x, y: lambda at: S.splev(at[:4], S.splrep(x, y), der=1)), LINE),
    "splev outside": (of_data(lambda S, x, y: lambda at: joined([S.splev(at, S.splrep(x, y, k=k), ext=e) for k, e in ((3, 0), (2, 1), (1, 3))])), LINE),
    "UnivariateSpline": (of_data(lambda S, x, y: lambda at: joined([S.UnivariateSpline(x, y, s=0)(at), S.InterpolatedUnivariateSpline(x, y, k=2, ext=1)(at)])), LINE),
    "UnivariateSpline integral": (of_data(lambda S, x, y: lambda at: joined([S.UnivariateSpline(x, y, s=0).integral(at[0], at[3]), S.splint(at[0], at[5], S.splrep(x, y)), S.UnivariateSpline(x, y, s=0).antiderivative()(at[:4]), S.UnivariateSpline(x, y, s=0).derivative()(at[:4])])), LINE),
    "interp1d": (of_data(lambda S, x, y: S.interp1d(x, y, axis=0, fill_value="extrapolate")), COLUMNS),
    "interp1d cubic": (of_data(lambda S, x, y: lambda at: S.interp1d(x, y, kind="cubic")(at[:4])), LINE),
    "interp1d nearest": (of_data(lambda S, x, y: S.interp1d(x, y, kind="nearest", bounds_error=False, fill_value=(7.0, 8.0))), LINE),
    "interp1d previous": (of_data(lambda S, x, y: lambda at: S.interp1d(x, y, kind="previous")(at[:4])), LINE),
    "interp1d next": (of_data(lambda S, x, y: lambda at: S.interp1d(x, y, kind="next")(at[:4])), LINE),
    "interp1d fill": (of_data(lambda S, x, y: S.interp1d(x, y, bounds_error=False, fill_value=2.0)), LINE),
    "KroghInterpolator": (of_data(lambda S, x, y: S.KroghInterpolator(x, y)), COLUMNS),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_by_values_nodes_and_points(name: str) -> None:
    f, make = CASES[name]
    first = make()
    points = [first, tuple(x + 1e-3 * RNG.standard_normal(x.shape) for x in first)]
    wide = name.startswith(("Krogh", "make_interp_spline 5"))
    kwargs = {"value": 1e-9 if wide else 1e-12, "first": 1e-6, "second": 1e-4, "h": 1e-4 if wide else 3e-5}
    check(partial(f, interpolate), partial(f, scipy.interpolate), points, **kwargs)


@pytest.mark.parametrize("make", [
    lambda y: interpolate.make_interp_spline(X, y), lambda y: interpolate.make_interp_spline(X, y, bc_type=([(1, y[0])], [(2, 0.5)])).derivative(),
    lambda y: interpolate.CubicSpline(X, y, bc_type=((1, y[0]), "natural")), lambda y: interpolate.CubicSpline(X, np.sin(X), bc_type=("clamped", (2, y[0]))).antiderivative(),
])  # fmt: skip
def test_splines_of_tensors_at_plain_points(make: Any) -> None:
    y = jt.tensor(np.cos(X), requires_grad=True)
    make(y)(AT).sum().backward()
    np.testing.assert_allclose(y.grad.numpy(), jt.grad(lambda y: np.sum(make(y)(AT)))(np.cos(X)), rtol=1e-13)


GRID = (np.array([0.0, 1.0, 2.5, 3.0]), np.array([-1.0, 0.0, 0.5, 2.0, 3.0]))
INSIDE = np.array([[0.4, 0.2], [2.7, 2.4], [1.2, -0.7]])


@pytest.mark.parametrize("method", ["linear", "nearest", "slinear", "cubic"])
def test_grids(method: str) -> None:
    f = lambda S, v, x, y, at: S.RegularGridInterpolator((x, y), v, method=method)(at)
    make = lambda: (RNG.standard_normal((4, 5)), GRID[0], GRID[1], INSIDE + 0.01 * RNG.standard_normal(INSIDE.shape))
    check(partial(f, interpolate), partial(f, scipy.interpolate), [make(), make()], value=1e-10, first=1e-6, second=1e-4, by=(0, 3) if method != "linear" else None)


def test_other_ways_of_asking_a_grid() -> None:
    v = RNG.standard_normal((4, 5, 2))
    for f in (
        lambda S, v: S.interpn(GRID, v, INSIDE), lambda S, v: S.RegularGridInterpolator(GRID, v)((INSIDE[:, 0], 0.2)),
        lambda S, v: S.RegularGridInterpolator(GRID, v, bounds_error=False, fill_value=None)([9.0, 0.3]),
        lambda S, v: S.RegularGridInterpolator(GRID, v, bounds_error=False)(np.array([[9.0, 0.3], [1.0, 1.0]])),
    ):  # fmt: skip
        np.testing.assert_allclose(jt.record(partial(f, interpolate), v)(v), f(scipy.interpolate, v), rtol=1e-12)


@pytest.mark.parametrize("kernel", ["thin_plate_spline", "gaussian", "linear", "cubic", "quintic", "multiquadric", "inverse_quadratic"])
def test_radial_basis_functions(kernel: str) -> None:
    f = lambda S, d, y, x: S.RBFInterpolator(y, d, kernel=kernel, epsilon=0.8, smoothing=0.1)(x)
    nodes = np.random.default_rng(1).random((9, 2)) * 2.0
    make = lambda: (RNG.standard_normal(9), nodes + 0.01 * RNG.random((9, 2)), np.array([[0.5, 0.4], [1.2, 0.9]]))
    check(partial(f, interpolate), partial(f, scipy.interpolate), [make(), make()], value=1e-9, first=1e-6, second=1e-4)


def test_barycentric_interpolation_goes_through_its_nodes() -> None:
    """SciPy's draws an order of the nodes; its derivative at a node is that of the polynomial."""
    f = lambda S: lambda at: S.BarycentricInterpolator(X, np.sin(X))(at)
    np.testing.assert_allclose(jt.record(f(interpolate), AT)(AT), f(scipy.interpolate)(AT), rtol=1e-11)
    np.testing.assert_allclose(jt.grad(f(interpolate))(X[2]), scipy.interpolate.KroghInterpolator(X, np.sin(X)).derivative(X[2]), rtol=1e-11)
    np.testing.assert_allclose(jt.grad(lambda y: interpolate.barycentric_interpolate(X, y, X[3]))(np.sin(X)), np.eye(7)[3], atol=1e-14)


def test_points_outside_are_not_numbers_and_have_no_derivative() -> None:
    s = interpolate.CubicSpline(X, X**2, extrapolate=False)
    F = jt.record(lambda at: s(at), AT)
    np.testing.assert_array_equal(np.isnan(F(AT)), (AT < 0) | (AT > 5.5))
    np.testing.assert_allclose(jt.grad(lambda at: np.sum(s(at)[:4]))(AT), [0.6, 4.0, 6.3, 10.2, 0.0, 0.0], rtol=1e-12)


@pytest.mark.parametrize("extrapolate", [0, np.False_, None])
def test_what_is_no_bool_says_whether_points_outside_are_numbers(extrapolate: Any) -> None:
    for make in (
        lambda S, y: S.CubicSpline(X, y, extrapolate=extrapolate), lambda S, y: S.Akima1DInterpolator(X, y, extrapolate=extrapolate),
        lambda S, y: S.PPoly(y[None, :6], X, extrapolate=extrapolate), lambda S, y: S.BSpline(np.r_[X[0], X, X[-1]], y, 1, extrapolate=extrapolate),
    ):  # fmt: skip
        np.testing.assert_allclose(jt.record(lambda y: make(interpolate, y)(AT), X**2)(X**2), make(scipy.interpolate, X**2)(AT), rtol=1e-12)


@pytest.mark.parametrize("at", [
    lambda p: interpolate.interp1d(X, X**2)(p),
    lambda p: interpolate.interp1d(X, X**2, kind="nearest", bounds_error=True)(p),
    lambda p: interpolate.splev(p, scipy.interpolate.splrep(X, X**2), ext=2),
    lambda p: interpolate.RegularGridInterpolator((X,), X**2)(p[:, None]),
])  # fmt: skip
def test_a_recording_refuses_points_that_leave_the_range(at: Any) -> None:
    inside, left = np.array([0.2, 0.3]), np.array([0.2, -0.1])
    F = jt.record(at, inside)
    np.testing.assert_allclose(F(inside + 0.01), at(inside + 0.01), rtol=1e-12)
    for call in (F, jt.record(lambda p: np.sum(at(p)), inside).grad):
        with pytest.raises(ValueError, match="outside the|out of bounds"):
            call(left)


def test_a_recording_refuses_values_that_are_no_longer_periodic() -> None:
    y = np.array([0.0, 1.0, 2.0, 1.0, 1.5, 0.3, 0.0])
    F = jt.record(lambda y: interpolate.CubicSpline(X, y, bc_type="periodic")(1.0), y)
    np.testing.assert_allclose(F(2.0 * y), scipy.interpolate.CubicSpline(X, 2.0 * y, bc_type="periodic")(1.0), rtol=1e-12)
    with pytest.raises(ValueError, match="identical"):
        F(y + X)


def test_objects_of_plain_data_are_scipys() -> None:
    s = interpolate.CubicSpline(X, X**2)
    assert isinstance(s, scipy.interpolate.CubicSpline)
    np.testing.assert_array_equal(s(AT), scipy.interpolate.CubicSpline(X, X**2)(AT))
    assert jt.grad(lambda t: s.derivative()(t))(1.2) == pytest.approx(2.0)
    assert jt.grad(lambda b: s.integrate(0.0, b))(1.2) == pytest.approx(1.44)
    u = interpolate.UnivariateSpline(X, X**2, s=0.1)
    assert jt.grad(lambda t: u(t))(1.2) == pytest.approx(scipy.interpolate.UnivariateSpline(X, X**2, s=0.1)(1.2, 1))
    b = interpolate.make_interp_spline(X, X**2)
    assert b(1.2) == scipy.interpolate.make_interp_spline(X, X**2)(1.2)


def test_a_recording_finds_other_intervals_anew() -> None:
    y = RNG.standard_normal(7)
    for make in (lambda S: S.PchipInterpolator(X, y), lambda S: S.interp1d(X, y), lambda S: S.interp1d(X, y, kind="nearest"), lambda S: S.make_interp_spline(X, y)):
        F = jt.record(lambda at: make(interpolate)(at), 0.3)
        for at in (0.3, 3.3, 0.8, 5.5, 0.5):
            np.testing.assert_allclose(F(at), make(scipy.interpolate)(at), rtol=1e-12)


def test_what_is_refused_says_so() -> None:
    y = RNG.standard_normal(7)
    for f, error, words in [
        (lambda y: interpolate.CubicSpline(X, y[:3]), ValueError, "x has 7 elements and y 3"),
        (lambda y: interpolate.CubicSpline(X[::-1], y), ValueError, "strictly increasing"),
        (lambda y: interpolate.CubicSpline(X, y, bc_type="periodic"), ValueError, "identical"),
        (lambda y: interpolate.CubicSpline(X, y).roots(), RecordingError, "roots"),
        (lambda y: interpolate.interp1d(X, y)(9.0), ValueError, "outside the interpolation range"),
        (lambda y: interpolate.RegularGridInterpolator((X,), y, method="pchip"), RecordingError, "methods linear"),
        (lambda y: interpolate.RegularGridInterpolator((X,), y)([[9.0]]), ValueError, "out of bounds in dimension 0"),
        (lambda y: interpolate.make_interp_spline(X, y, bc_type="periodic"), RecordingError, "CubicSpline has"),
        (lambda y: interpolate.UnivariateSpline(X, y), RecordingError, "s=0"),
        (lambda y: interpolate.RBFInterpolator(X[:, None], y, neighbors=3), RecordingError, "neighbors="),
    ]:
        with pytest.raises(error, match=words):
            jt.record(lambda y: (f(y), np.sum(y))[1], y)
