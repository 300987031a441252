"""Fits beside SciPy's, closed forms of linear models, and likelihoods that are known."""

import numpy as np
import pytest
import scipy.optimize
import scipy.special as sp
import scipy.stats

import jittape as jt
from jittape.integrate.fits import maximum_likelihood
from jittape.integrate.fits.losses import LOSSES, Loss
from jittape.integrate.scipy import curve_fit

T = np.linspace(0.0, 4.0, 25)
Y = 2.5 * np.exp(-0.55 * T) + 0.3 + 0.05 * np.random.default_rng(0).normal(size=T.size)
SIGMA = np.linspace(0.03, 0.08, T.size)
COVARIANCE = 0.0025 * 0.6 ** np.abs(np.subtract.outer(np.arange(T.size), np.arange(T.size)))


def decay(t, a, b, c):
    return a * np.exp(-b * t) + c


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("sigma", [None, SIGMA, COVARIANCE, 0.05], ids=["none", "each", "matrix", "one"])
@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), ([0, 0, -1], [10, 10, 1])], ids=["free", "bounded"])
def test_as_scipy(sigma, absolute, bounds):
    fit = curve_fit(decay, T, Y, [1.0, 1.0, 0.0], sigma, absolute, bounds)
    theirs = np.full(T.size, sigma) if np.ndim(sigma) == 0 and sigma is not None else sigma
    popt, pcov = scipy.optimize.curve_fit(decay, T, Y, [1.0, 1.0, 0.0], theirs, absolute, bounds=bounds, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    x, covariance = fit
    np.testing.assert_allclose(x, popt, rtol=1e-6)
    np.testing.assert_allclose(covariance, pcov, rtol=1e-4)
    assert fit.success
    assert fit.names == ["a", "b", "c"]
    np.testing.assert_allclose(fit(T), decay(T, *x), rtol=1e-14)


def test_a_line_has_the_statistics_of_linear_regression():
    y = 3.0 * T + 1.0 + np.random.default_rng(1).normal(size=T.size)
    fit = curve_fit(lambda t, slope, offset: slope * t + offset, T, y)
    known = scipy.stats.linregress(T, y)
    np.testing.assert_allclose([*fit.x, *fit.errors], [known.slope, known.intercept, known.stderr, known.intercept_stderr], rtol=1e-10)
    assert fit.r_squared == pytest.approx(known.rvalue**2, rel=1e-10)
    reach = scipy.stats.t.ppf(0.975, T.size - 2)
    np.testing.assert_allclose(fit.confidence(), np.stack([fit.x - reach * fit.errors, fit.x + reach * fit.errors], 1), rtol=1e-12)
    for row, wald in zip([r for r in fit.intervals() if r.method == "profile"], fit.confidence(), strict=True):
        np.testing.assert_allclose([row.lower, row.upper], wald, rtol=1e-7)  # a line's profiles are straight
    new = np.array([-1.0, 2.0, 10.0])
    X = np.stack([T, np.ones_like(T)], 1)
    leverage = np.einsum("ij,jk,ik->i", np.stack([new, np.ones(3)], 1), np.linalg.inv(X.T @ X), np.stack([new, np.ones(3)], 1))
    there = fit.predict(new, 0.9)
    reach = scipy.stats.t.ppf(0.95, T.size - 2)
    np.testing.assert_allclose(there.error, fit.deviation * np.sqrt(leverage), rtol=1e-10)
    np.testing.assert_allclose(there.prediction[1] - there.value, reach * fit.deviation * np.sqrt(1 + leverage), rtol=1e-10)
    wide = fit.predict(new, 0.9, simultaneous=True)
    np.testing.assert_allclose(wide.confidence[1] - wide.value, np.sqrt(2 * scipy.stats.f.ppf(0.9, 2, T.size - 2)) * there.error, rtol=1e-8)
    assert fit.log_likelihood == pytest.approx(np.sum(scipy.stats.norm.logpdf(fit.residuals, scale=np.sqrt(fit.rss / T.size))), rel=1e-12)
    assert fit.aic == pytest.approx(2 * 3 - 2 * fit.log_likelihood)


def test_profiles_end_where_the_rest_fitted_anew_has_risen_so_far():
    fit = curve_fit(decay, T, Y, [1.0, 1.0, 0.0])
    found = fit.profile("b", 0.95)
    goal = scipy.stats.t.ppf(0.975, fit.dof)
    for end in (found.lower, found.upper):
        rest = scipy.optimize.least_squares(lambda q, end=end: decay(T, q[0], end, q[1]) - Y, [2.5, 0.3], xtol=1e-15, ftol=1e-15, gtol=1e-15)
        assert np.sqrt((2 * rest.cost - fit.rss) / fit.deviation**2) == pytest.approx(goal, rel=1e-6)
    assert (np.diff(found.tau) > 0).all()
    assert found.upper - fit.parameters["b"] > fit.parameters["b"] - found.lower  # it is skew


def test_the_delta_method():
    fit = curve_fit(decay, T, Y, {"a": 1.0, "b": 1.0, "c": 0.0})
    half = fit.delta(lambda a, b, c: np.log(2.0) / b, name="half-life")
    slope = np.array([0.0, -np.log(2.0) / fit.x[1] ** 2, 0.0])
    assert half.estimate == pytest.approx(np.log(2.0) / fit.x[1])
    assert half.error == pytest.approx(np.sqrt(slope @ fit.covariance @ slope))
    table = fit.intervals(0.9, {"half-life": lambda a, b, c: np.log(2.0) / b}, names=["b"])
    assert [row.method for row in table] == ["wald", "profile", "delta"]
    assert "half-life" in str(table)
    with pytest.raises(KeyError, match="there are b, half-life"):
        table["zeroth"]


def outliers():
    y = Y.copy()
    y[[3, 11, 20]] += [2.0, -1.5, 3.0]
    return y


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "linear"])
def test_robust_losses_as_scipy(loss):
    y = outliers()
    fit = curve_fit(decay, T, y, [2.0, 0.5, 0.2], loss=loss, f_scale=0.1)
    known = scipy.optimize.least_squares(lambda p: decay(T, *p) - y, [2.0, 0.5, 0.2], loss=loss, f_scale=0.1, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    np.testing.assert_allclose(fit.x, known.x, rtol=1e-5)
    assert fit.problem.loss.cost(-fit.residuals) <= known.cost * (1 + 1e-12)
    assert np.abs(fit.x - [2.5, 0.55, 0.3]).max() < 0.15
    assert np.isfinite(fit.errors).all()
    assert "f_scale 0.1" in fit.report()


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_of_losses_are_their_derivatives(name):
    loss = Loss(name, 0.7)
    r = np.array([-3.0, -0.69, -0.2, 0.0, 0.5, 0.9, 10.0])
    first, second = loss.slopes(r)
    h = 1e-5
    costs = [np.array([loss.cost(np.array([v])) for v in r + d]) for d in (-h, 0.0, h)]
    np.testing.assert_allclose(first, (costs[2] - costs[0]) / (2 * h), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(second, (costs[2] - 2 * costs[1] + costs[0]) / h**2, rtol=1e-3, atol=1e-4)


def test_the_hessian_of_a_robust_loss_is_exact():
    y = outliers()
    fit = curve_fit(decay, T, y, [2.0, 0.5, 0.2], loss="cauchy", f_scale=0.1)
    from jittape.integrate.fits.solve import gradient_and_hessian

    def loss(p):
        return 0.5 * 0.1**2 * np.sum(np.log1p(((decay(T, p[0], p[1], p[2]) - y) / 0.1) ** 2))

    p = np.array([2.2, 0.6, 0.1])
    gradient, hessian, _ = gradient_and_hessian(fit.problem, p, np.ones(3, bool))
    np.testing.assert_allclose(gradient, jt.grad(loss)(p), rtol=1e-9)
    np.testing.assert_allclose(hessian, jt.hessian(loss)(p), rtol=1e-9, atol=1e-12)


def test_parameters_on_a_bound_have_no_error():
    fit = curve_fit(decay, T, Y, bounds={"c": (0.5, None)}, p0=[2.0, 1.0, 0.6])
    assert fit.fixed.tolist() == [False, False, True]
    assert fit.parameters["c"] == pytest.approx(0.5)
    assert np.isnan(fit.errors[2])
    assert np.isfinite(fit.errors[:2]).all()
    assert "on a bound" in fit.report()
    assert fit.delta(lambda a, b, c: a * b).error > 0
    with pytest.raises(ValueError, match="c has no standard error .it lies on a bound"):
        fit.profile("c")


def test_what_the_data_do_not_determine():
    with pytest.warns(scipy.optimize.OptimizeWarning, match="do not determine"):
        fit = curve_fit(lambda t, a, b: a * b * t, T, T)
    assert np.isinf(fit.covariance).all()
    assert "do not determine" in fit.report()


def test_the_report():
    text = curve_fit(decay, T, Y, [1.0, 1.0, 0.0]).report()
    assert text.splitlines()[0] == "Fit of decay by least squares"
    for part in ("observations", "degrees of freedom", "residual std. deviation", "R squared", "AIC", "[0.025", "P>|t|", "Correlations"):
        assert part in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_chart():
    lines = curve_fit(decay, T, Y, [1.0, 1.0, 0.0]).chart(40, 10).splitlines()
    assert len(lines) == 12
    assert sum(line.count("o") for line in lines) > 10


def test_the_plot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ax = curve_fit(decay, T, Y, [1.0, 1.0, 0.0]).plot()
    assert len(ax.lines) == 2
    assert len(ax.collections) == 2


# --- likelihoods -------------------------------------------------------------------------------------------------------------------

SAMPLE = np.random.default_rng(3).gamma(2.5, 1.4, size=200)


def normal(mean, log_sd):
    return -0.5 * ((SAMPLE - mean) * np.exp(-log_sd)) ** 2 - log_sd - 0.5 * np.log(2 * np.pi)


def test_the_normal_distribution():
    fit = maximum_likelihood(normal, {"mean": 1.0, "log_sd": 0.0})
    sd, n = SAMPLE.std(), SAMPLE.size
    np.testing.assert_allclose(fit.x, [SAMPLE.mean(), np.log(sd)], rtol=1e-10)
    np.testing.assert_allclose(fit.errors, [sd / np.sqrt(n), 1 / np.sqrt(2 * n)], rtol=1e-8)
    assert fit.log_likelihood == pytest.approx(np.sum(scipy.stats.norm.logpdf(SAMPLE, SAMPLE.mean(), sd)))
    assert fit.bic == pytest.approx(2 * np.log(n) - 2 * fit.log_likelihood)
    spread = fit.delta(lambda mean, log_sd: np.exp(log_sd))
    assert spread.error == pytest.approx(sd / np.sqrt(2 * n))
    scores = np.stack([(SAMPLE - SAMPLE.mean()) / sd**2, (SAMPLE - SAMPLE.mean()) ** 2 / sd**2 - 1], 1)
    outer, info = scores.T @ scores, np.diag([n / sd**2, 2 * n])
    for kind, expected in (("opg", np.linalg.inv(outer)), ("robust", np.linalg.inv(info) @ outer @ np.linalg.inv(info))):
        found = maximum_likelihood(normal, {"mean": 1.0, "log_sd": 0.0}, covariance=kind)
        np.testing.assert_allclose(found.covariance, expected, rtol=1e-6, atol=1e-12)


def test_the_gamma_distribution():
    def likelihood(p):
        shape, scale = p[0], p[1]
        return np.sum((shape - 1) * np.log(SAMPLE) - SAMPLE / scale - sp.gammaln(shape) - shape * np.log(scale))

    fit = maximum_likelihood(likelihood, [1.0, 1.0], names=["shape", "scale"], bounds=([1e-3, 1e-3], np.inf), observations=SAMPLE.size)
    shape, _, scale = scipy.stats.gamma.fit(SAMPLE, floc=0)
    np.testing.assert_allclose(fit.x, [shape, scale], rtol=1e-5)
    information = SAMPLE.size * np.array([[sp.polygamma(1, fit.x[0]), 1 / fit.x[1]], [1 / fit.x[1], fit.x[0] / fit.x[1] ** 2]])
    np.testing.assert_allclose(fit.covariance, np.linalg.inv(information), rtol=1e-6)
    goal = scipy.stats.chi2.ppf(0.95, 1)
    for end in fit.intervals(names=["shape"])["shape"][3:5]:
        best = SAMPLE.mean() / end  # the scale of greatest likelihood for a shape
        assert 2 * (fit.log_likelihood - likelihood([end, best])) == pytest.approx(goal, rel=1e-6)
    assert "P>|z|" in fit.report()
    assert str(SAMPLE.size) in str(fit)


def test_a_likelihood_on_a_bound():
    fit = maximum_likelihood(lambda m: -0.5 * (m - SAMPLE) ** 2, {"m": 10.0}, bounds={"m": (5.0, None)})
    assert fit.parameters == {"m": 5.0}
    assert np.isnan(fit.errors[0])


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: curve_fit(lambda t, *p: t, T, Y), ValueError, "give p0"),
    (lambda: curve_fit(decay, T, Y[:3]), ValueError, r"shape \(25,\), and ydata has shape \(3,\)"),
    (lambda: curve_fit(decay, T, np.where(T > 3, np.nan, Y)), ValueError, "ydata holds NaN"),
    (lambda: curve_fit(decay, T, Y, sigma=np.zeros(T.size)), ValueError, "positive and finite"),
    (lambda: curve_fit(decay, T, Y, sigma=np.ones(3)), ValueError, "sigma is a number"),
    (lambda: curve_fit(decay, T, Y, sigma=-COVARIANCE), ValueError, "not positive definite"),
    (lambda: curve_fit(decay, T, Y, [1.0, 2.0, 3.0, 4.0]), ValueError, "takes 3 parameters"),
    (lambda: curve_fit(decay, T, Y, [1.0, 2.0, 3.0], bounds=(2.0, 1.0)), ValueError, "less than its upper"),
    (lambda: curve_fit(decay, T, Y, [1.0, 2.0, 3.0], bounds=(2.0, 5.0)), ValueError, "p0 lies outside"),
    (lambda: curve_fit(decay, T, Y, bounds={"d": (0, 1)}), ValueError, "bounds are for 'd'"),
    (lambda: curve_fit(decay, T, Y, loss="l1"), ValueError, "loss is one of"),
    (lambda: curve_fit(decay, T, Y, loss="huber", f_scale=0.0), ValueError, "f_scale is a positive number"),
    (lambda: curve_fit(decay, T, Y, loss="huber", method="lm"), ValueError, "takes no loss"),
    (lambda: curve_fit(decay, T, Y, jac="2-point"), TypeError, "own Jacobian"),
    (lambda: curve_fit(decay, T, Y, full_output=True), TypeError, "SciPy's alone"),
    (lambda: curve_fit(lambda t, a: np.log(a) * t, T, Y, [-1.0]), ValueError, "finite"),
    (lambda: curve_fit(decay, T, Y).profile("d"), KeyError, "there are a, b, c"),
    (lambda: curve_fit(decay, T, Y).confidence(95), ValueError, "between 0 and 1"),
    (lambda: curve_fit(decay, T, Y).delta(lambda a, b, c: np.stack([a, b])), ValueError, "return one number"),
    (lambda: maximum_likelihood(lambda p: np.sum(p) * np.nan, [1.0]), ValueError, "at the first guess"),
    (lambda: maximum_likelihood(lambda p: -np.sum(p**2), [1.0], covariance="opg"), ValueError, "of each observation"),
    (lambda: maximum_likelihood(lambda p: -np.sum(p**2), [1.0], covariance="exact"), ValueError, "covariance is one of"),
    (lambda: maximum_likelihood(lambda p: -np.sum(p**2), [1.0]).bic, ValueError, "observations="),
])  # fmt: skip
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
