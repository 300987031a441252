"""torch.distributions beside PyTorch's: the same parameters, values and divergences; samples by their laws."""

import inspect
import warnings

import mpmath
import numpy as np
import pytest
import scipy.stats

import jittape.torch as torch
import jittape.torch.distributions as D
from jittape.torch.distributions import constraints, pathwise

T = pytest.importorskip("torch")
TD = pytest.importorskip("torch.distributions")


def made(room, maker):
    """A distribution of one of the two packages, its parameters float64 tensors of numbers drawn from one seed."""
    draw = np.random.default_rng(3)
    tensor = torch.tensor if room is D else T.tensor
    leaves = []

    def given(array):
        leaf = tensor(array).requires_grad_()
        leaves.append(leaf)
        return leaf

    def real(*shape):
        return given(draw.normal(size=shape))

    def positive(*shape):
        return given(draw.uniform(0.5, 3.0, shape))

    def chance(*shape):
        return given(draw.uniform(0.1, 0.9, shape))

    def parts(*shape):
        return given(draw.dirichlet(np.ones(shape[-1]) * 2, shape[:-1]))

    def spd(*shape):
        a = draw.normal(size=(*shape, shape[-1]))
        return given(a @ a.swapaxes(-1, -2) + 2 * np.eye(shape[-1]))

    def tril(*shape):
        a = np.tril(draw.normal(size=(*shape, shape[-1])), -1)
        return given(a + np.eye(shape[-1]) * 1.5)

    return maker(room, real, positive, chance, parts, spd, tril), leaves


CASES = {
    "Normal": lambda D, r, p, c, s, m, t: D.Normal(r(3), p(2, 3)),
    "Laplace": lambda D, r, p, c, s, m, t: D.Laplace(r(3), p(2, 3)),
    "Cauchy": lambda D, r, p, c, s, m, t: D.Cauchy(r(3), p(2, 3)),
    "Uniform": lambda D, r, p, c, s, m, t: D.Uniform(-p(3), p(2, 3)),
    "Exponential": lambda D, r, p, c, s, m, t: D.Exponential(p(3)),
    "Gamma": lambda D, r, p, c, s, m, t: D.Gamma(p(3), p(2, 3)),
    "Chi2": lambda D, r, p, c, s, m, t: D.Chi2(p(3)),
    "InverseGamma": lambda D, r, p, c, s, m, t: D.InverseGamma(p(3), p(2, 3)),
    "Beta": lambda D, r, p, c, s, m, t: D.Beta(p(3), p(2, 3)),
    "Dirichlet": lambda D, r, p, c, s, m, t: D.Dirichlet(p(2, 3)),
    "StudentT": lambda D, r, p, c, s, m, t: D.StudentT(p(3), r(2, 3), p(3)),
    "FisherSnedecor": lambda D, r, p, c, s, m, t: D.FisherSnedecor(p(3), p(2, 3)),
    "Bernoulli": lambda D, r, p, c, s, m, t: D.Bernoulli(c(2, 3)),
    "BernoulliLogits": lambda D, r, p, c, s, m, t: D.Bernoulli(logits=r(2, 3)),
    "ContinuousBernoulli": lambda D, r, p, c, s, m, t: D.ContinuousBernoulli(c(2, 3)),
    "ContinuousBernoulliLogits": lambda D, r, p, c, s, m, t: D.ContinuousBernoulli(logits=r(2, 3)),
    "Geometric": lambda D, r, p, c, s, m, t: D.Geometric(c(2, 3)),
    "Binomial": lambda D, r, p, c, s, m, t: D.Binomial(5, c(2, 3)),
    "NegativeBinomial": lambda D, r, p, c, s, m, t: D.NegativeBinomial(3.0, logits=r(2, 3)),
    "Poisson": lambda D, r, p, c, s, m, t: D.Poisson(p(2, 3)),
    "Categorical": lambda D, r, p, c, s, m, t: D.Categorical(s(2, 4)),
    "CategoricalLogits": lambda D, r, p, c, s, m, t: D.Categorical(logits=r(2, 4)),
    "OneHotCategorical": lambda D, r, p, c, s, m, t: D.OneHotCategorical(s(2, 4)),
    "OneHotCategoricalStraightThrough": lambda D, r, p, c, s, m, t: D.OneHotCategoricalStraightThrough(s(2, 4)),
    "Multinomial": lambda D, r, p, c, s, m, t: D.Multinomial(6, s(2, 4)),
    "Independent": lambda D, r, p, c, s, m, t: D.Independent(D.Normal(r(2, 3), p(3)), 1),
    "LogNormal": lambda D, r, p, c, s, m, t: D.LogNormal(r(3), p(2, 3)),
    "LogisticNormal": lambda D, r, p, c, s, m, t: D.LogisticNormal(r(3), p(2, 3)),
    "HalfNormal": lambda D, r, p, c, s, m, t: D.HalfNormal(p(3)),
    "HalfCauchy": lambda D, r, p, c, s, m, t: D.HalfCauchy(p(3)),
    "Gumbel": lambda D, r, p, c, s, m, t: D.Gumbel(r(3), p(2, 3)),
    "Weibull": lambda D, r, p, c, s, m, t: D.Weibull(p(3), p(2, 3)),
    "Pareto": lambda D, r, p, c, s, m, t: D.Pareto(p(3), p(2, 3)),
    "GeneralizedPareto": lambda D, r, p, c, s, m, t: D.GeneralizedPareto(r(3), p(2, 3), p(3)),
    "Kumaraswamy": lambda D, r, p, c, s, m, t: D.Kumaraswamy(p(3), p(2, 3)),
    "RelaxedBernoulli": lambda D, r, p, c, s, m, t: D.RelaxedBernoulli(p(), c(2, 3)),
    "RelaxedOneHotCategorical": lambda D, r, p, c, s, m, t: D.RelaxedOneHotCategorical(p(), logits=r(2, 4)),
    "VonMises": lambda D, r, p, c, s, m, t: D.VonMises(r(3), p(2, 3)),
    "MultivariateNormal": lambda D, r, p, c, s, m, t: D.MultivariateNormal(r(2, 3), m(3)),
    "MultivariateNormalTril": lambda D, r, p, c, s, m, t: D.MultivariateNormal(r(3), scale_tril=t(2, 3)),
    "MultivariateNormalPrecision": lambda D, r, p, c, s, m, t: D.MultivariateNormal(r(3), precision_matrix=m(3)),
    "LowRankMultivariateNormal": lambda D, r, p, c, s, m, t: D.LowRankMultivariateNormal(r(3), r(2, 3, 1), p(2, 3)),
    "MixtureSameFamily": lambda D, r, p, c, s, m, t: D.MixtureSameFamily(D.Categorical(s(2, 4)), D.Normal(r(2, 4), p(4))),
    "MixtureOfVectors": lambda D, r, p, c, s, m, t: D.MixtureSameFamily(D.Categorical(s(4)), D.Independent(D.Normal(r(4, 3), p(4, 3)), 1)),
    "LKJCholesky": lambda D, r, p, c, s, m, t: D.LKJCholesky(3, p(2)),
    "Wishart": lambda D, r, p, c, s, m, t: D.Wishart(p(2) + 3, m(3)),
    "Logistic": lambda D, r, p, c, s, m, t: D.TransformedDistribution(D.Uniform(p(3) * 0, p(3) * 0 + 1), [D.SigmoidTransform().inv, D.AffineTransform(r(3), -p(2, 3))]),
    "Squashed": lambda D, r, p, c, s, m, t: D.Independent(D.TransformedDistribution(D.Normal(r(2, 3), p(3)), D.TanhTransform(cache_size=1)), 1),
}  # fmt: skip


def same(ours, theirs, **how):
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), **{"rtol": 1e-9, "atol": 1e-11, **how})


def slopes(value, leaves, room):
    grad = torch.autograd.grad if room is D else T.autograd.grad
    return grad(value.sum(), leaves, allow_unused=True)


def compared(name, ask, gradients=True, **how):
    """What both packages answer, and its gradients; the same refusal counts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (p, leaves), (q, others) = made(D, CASES[name]), made(TD, CASES[name])
        try:
            theirs = ask(q, T)
        except NotImplementedError:
            with pytest.raises(NotImplementedError):
                ask(p, torch)
            return
        except RuntimeError as error:  # of PyTorch's generalised Pareto, which takes single precision only
            assert "Double did not match Float" in str(error)  # noqa: PT017
            return
        ours = ask(p, torch)
        same(ours, theirs, **how)
        if gradients and theirs.requires_grad and theirs.isfinite().all():
            assert ours.requires_grad
            try:
                expected = slopes(theirs, others, TD)
            except NotImplementedError:
                return
            for g, h in zip(slopes(ours, leaves, D), expected, strict=True):
                assert (g is None or not g.any()) == (h is None or not h.any())
                if h is not None and g is not None:
                    same(g, h, rtol=1e-6, atol=1e-9)


MOMENTS = ("mean", "variance", "stddev", "mode")


@pytest.mark.parametrize("name", CASES)
def test_answers_are_those_of_pytorch(name):
    T.manual_seed(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, _ = made(TD, CASES[name])
        values = theirs.sample((4,)).numpy()
    for moment in MOMENTS if name != "Kumaraswamy" else MOMENTS[:-1]:  # whose mode PyTorch gives as NaN
        compared(name, lambda d, room, m=moment: getattr(d, m), gradients=moment != "mode", rtol=1e-6)
    compared(name, lambda d, room: d.log_prob(room.tensor(values)), rtol=1e-7)
    compared(name, lambda d, room: d.entropy(), rtol=1e-7)
    compared(name, lambda d, room: d.perplexity(), rtol=1e-7)
    compared(name, lambda d, room: d.cdf(room.tensor(values)), rtol=1e-7)
    if not name.startswith(("Multinomial", "Mixture", "LogisticNormal")):
        levels = np.random.default_rng(1).uniform(0.1, 0.9, values.shape)
        compared(name, lambda d, room: d.icdf(room.tensor(levels)), rtol=1e-6)
    for expand in (True, False):
        compared(name, lambda d, room, e=expand: d.enumerate_support(e), gradients=False)
    compared(name, lambda d, room: d.expand((5, *d.batch_shape)).log_prob(room.tensor(values[0])), rtol=1e-7)
    p, q = made(D, CASES[name])[0], made(TD, CASES[name])[0]
    assert tuple(p.batch_shape) == tuple(q.batch_shape)
    assert tuple(p.event_shape) == tuple(q.event_shape)
    assert p.has_rsample == q.has_rsample
    assert p.has_enumerate_support == q.has_enumerate_support
    assert list(p.arg_constraints) == list(q.arg_constraints)
    assert p.support.event_dim == q.support.event_dim


@pytest.mark.parametrize("name", CASES)
def test_samples_follow_the_law(name):
    """Means of samples, and of functions of them, are the distribution's, within six standard errors."""
    torch.manual_seed(11)
    p, _ = made(D, CASES[name])
    q, _ = made(TD, CASES[name])
    n = 20000
    x = p.sample((n,))
    assert not x.requires_grad
    assert tuple(x.shape) == (n, *p.batch_shape, *p.event_shape)
    assert tuple(x.shape) == (n, *q.batch_shape, *q.event_shape)
    assert p.support.check(x).all()
    T.manual_seed(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = q.sample((n,)).numpy()
    for f in (np.tanh, lambda v: np.tanh(v) ** 2, np.cos):
        a, b = f(x.numpy()), f(y)
        spread = np.sqrt((a.var(0) + b.var(0)) / n)
        assert (np.abs(a.mean(0) - b.mean(0)) <= 6 * spread + 1e-12).all()


REPARAMETRISED = [name for name in CASES if name in ("Gamma", "Beta", "Dirichlet", "StudentT", "Chi2", "FisherSnedecor", "Normal", "LogNormal", "Gumbel", "Weibull",
                  "Kumaraswamy", "RelaxedBernoulli", "RelaxedOneHotCategorical", "MultivariateNormal", "LowRankMultivariateNormal", "ContinuousBernoulli",
                  "HalfNormal", "Pareto", "Laplace", "Exponential", "InverseGamma", "Squashed")]  # fmt: skip


@pytest.mark.parametrize("name", REPARAMETRISED)
def test_gradients_of_samples_are_those_of_means(name):
    """The mean of d f(x) / d parameters over samples is the same in both packages, within six standard errors."""
    torch.manual_seed(2)
    T.manual_seed(2)
    found = []
    batches, size = 25, 200
    warnings.simplefilter("ignore")
    for package, room in ((D, torch), (TD, T)):
        d, leaves = made(package, CASES[name])
        runs = []
        for _ in range(batches):
            x = d.rsample((size,))
            runs.append([g.detach().numpy() for g in room.autograd.grad((x / (1 + x.abs())).sum() / size, leaves, retain_graph=True)])
        found.append([np.stack(parts) for parts in zip(*runs, strict=True)])
    for a, b in zip(*found, strict=True):
        spread = np.sqrt((a.var(0) + b.var(0)) / batches)
        assert (np.abs(a.mean(0) - b.mean(0)) <= 6 * spread + 1e-9).all()


def test_samples_move_as_implicit_functions_do():
    """dz/da at a fixed value of the distribution function, by numbers of forty digits."""
    with mpmath.workdps(40):
        for a, x in ((0.1, 0.3), (0.01, 1e-30), (2, 9.0), (30, 25.0), (1e3, 1030.0), (2e3, 1990.0), (0.001, 1e-5), (5, 1e-6)):
            a, x = mpmath.mpf(a), mpmath.mpf(x)
            slope = mpmath.diff(lambda a, x=x: mpmath.gammainc(a, 0, x, regularized=True), a) / (x ** (a - 1) * mpmath.exp(-x) / mpmath.gamma(a))
            assert pathwise.gamma_slope(float(a), float(x)) == pytest.approx(float(-slope), rel=1e-9)
            assert pathwise.gamma_slope_by_integral(float(a), float(x)) == pytest.approx(float(-slope), rel=1e-9)
        for a, b, x in ((0.1, 0.1, 0.3), (0.01, 3, 1e-5), (2, 5, 0.9), (30, 200, 0.13), (1e3, 1e3, 0.51), (0.5, 0.01, 0.999)):
            a, b, x = mpmath.mpf(a), mpmath.mpf(b), mpmath.mpf(x)
            slope = mpmath.diff(lambda a, b=b, x=x: mpmath.betainc(a, b, 0, x, regularized=True), a) * mpmath.beta(a, b) / (x ** (a - 1) * (1 - x) ** (b - 1))
            assert pathwise.beta_slope(float(a), float(b), float(x)) == pytest.approx(float(-slope), rel=1e-9)
    draw = np.random.default_rng(0)
    a = draw.uniform(0.2, 4.0, (6, 3))
    x = draw.dirichlet(np.ones(3), 6)
    theirs = T._dirichlet_grad(T.tensor(x), T.tensor(a), T.tensor(a.sum(-1, keepdims=True)).expand(6, 3))
    np.testing.assert_allclose(pathwise.dirichlet_slope(x, a), theirs.numpy(), rtol=2e-3)


def test_samples_of_single_precision_stay_in_range():
    torch.manual_seed(0)
    for d in (D.Gamma(torch.tensor(1e-3), 1.0), D.Dirichlet(torch.full((3,), 1e-3)), D.Beta(1e-3, 1e-3), D.Gumbel(0.0, 1.0), D.RelaxedBernoulli(0.1, torch.tensor(0.999))):
        x = d.rsample((2000,))
        assert x.dtype == torch.float32
        assert x.isfinite().all()
        assert d.support.check(x).all()
    a = torch.full((500,), 0.01, requires_grad=True)
    D.Gamma(a, 1.0).rsample().sum().backward()
    assert a.grad.isfinite().all()


KL = ["Bernoulli", "BernoulliLogits", "Beta", "Binomial", "Categorical", "Cauchy", "ContinuousBernoulli", "Dirichlet", "Exponential", "Gamma", "Geometric", "Gumbel",
      "HalfNormal", "Laplace", "LogNormal", "LowRankMultivariateNormal", "MultivariateNormal", "MultivariateNormalTril", "Normal", "OneHotCategorical", "Pareto", "Poisson",
      "Uniform", "Independent"]  # fmt: skip


@pytest.mark.parametrize("name", KL)
def test_divergences_are_those_of_pytorch(name):
    """Of this distribution to all others of which PyTorch has one, in values and gradients."""
    for other in KL:
        first, second = made(D, CASES[name]), made(D, CASES[other])
        theirs, others = made(TD, CASES[name]), made(TD, CASES[other])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                kl = TD.kl_divergence(theirs[0], others[0])
            except (NotImplementedError, RuntimeError):
                continue
            ours = D.kl_divergence(first[0], second[0])
        assert np.broadcast_shapes(ours.shape, kl.shape) == tuple(ours.shape)
        if name == "Uniform" and other == "ContinuousBernoulli":  # PyTorch has the bounds the wrong way round
            continue
        np.testing.assert_allclose(ours.detach().numpy(), np.broadcast_to(kl.detach().numpy(), ours.shape), rtol=1e-6, atol=1e-9)


def test_rules_of_divergences_are_found_by_classes():
    class Mine(D.Normal):
        pass

    class Other(D.Normal):
        pass

    a, b = Mine(0.0, 1.0), Other(1.0, 2.0)
    assert D.kl_divergence(a, b).item() == pytest.approx(D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(1.0, 2.0)).item())
    D.register_kl(Mine, D.Normal)(lambda p, q: "mine")
    assert D.kl_divergence(a, b) == "mine"
    D.register_kl(D.Normal, Other)(lambda p, q: "other")
    with pytest.warns(RuntimeWarning, match=r"Ambiguous kl_divergence\(Mine, Other\)"):
        D.kl_divergence(a, b)
    with pytest.raises(NotImplementedError, match=r"No KL\(p \|\| q\) is implemented for p type Poisson and q type Normal"):
        D.kl_divergence(D.Poisson(1.0), D.Normal(0.0, 1.0))


WRONG = (
    lambda D, t: D.Normal(t([0.0, 0.0]), t([1.0, -1.0])),
    lambda D, t: D.Normal("a", 1.0),
    lambda D, t: D.Bernoulli(t(1.5)),
    lambda D, t: D.Bernoulli(t(0.5), t(0.5)),
    lambda D, t: D.Categorical(t(0.5)),
    lambda D, t: D.Categorical(logits=t([0.0, float("nan")])),
    lambda D, t: D.Uniform(t(1.0), t(0.0)),
    lambda D, t: D.Gamma(t(-1.0), t(1.0)),
    lambda D, t: D.Dirichlet(t(1.0)),
    lambda D, t: D.MultivariateNormal(t([0.0, 0.0]), t([[1.0, 2.0], [2.0, 1.0]])),
    lambda D, t: D.MultivariateNormal(t([0.0, 0.0])),
    lambda D, t: D.Geometric(t([0.5, 0.0])),
    lambda D, t: D.Independent(D.Normal(t(0.0), t(1.0)), 1),
    lambda D, t: D.Normal(t(0.0), t(1.0)).log_prob(t(float("nan"))),
    lambda D, t: D.Normal(t([0.0, 1.0]), t(1.0)).log_prob(t([0.0, 1.0, 2.0])),
    lambda D, t: D.Normal(t(0.0), t(1.0)).log_prob(0.0),
    lambda D, t: D.Categorical(t([0.5, 0.5])).log_prob(t(2.0)),
    lambda D, t: D.Beta(t(1.0), t(1.0)).log_prob(t(1.5)),
    lambda D, t: D.MixtureSameFamily(D.Normal(t(0.0), t(1.0)), D.Normal(t([0.0]), t(1.0))),
    lambda D, t: D.TransformedDistribution(D.Normal(t(0.0), t(1.0)), 3),
    lambda D, t: D.transform_to(D.constraints.dependent),
    lambda D, t: D.Binomial(t([2.0, 3.0]), t(0.5)).enumerate_support(),
    lambda D, t: D.Normal(0.0, 1.0).enumerate_support(),
    lambda D, t: D.ReshapeTransform if False else D.transforms.ReshapeTransform((2,), (3,)),
)


@pytest.mark.parametrize("k", range(len(WRONG)))
def test_errors_are_those_of_pytorch(k):
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        WRONG[k](TD, T.tensor)
    with pytest.raises(type(theirs.value)) as ours:
        WRONG[k](D, torch.tensor)
    def words(error):
        return " ".join(str(error.value).split())[:60]

    assert words(ours) == words(theirs) or "implement" in words(theirs) or not words(theirs)
    shown = [repr(d.Normal(0.0, 1.0)) + repr(d.Independent(d.Bernoulli(t.tensor([0.5, 0.25])), 1)) + repr(d.constraints.interval(0.0, 1.0)) for d, t in ((D, torch), (TD, T))]
    assert shown[0] == shown[1]


def test_arguments_are_checked_unless_told_otherwise():
    D.Normal(0.0, -1.0, validate_args=False)
    D.Distribution.set_default_validate_args(False)
    try:
        D.Normal(0.0, -1.0)
        with pytest.raises(ValueError, match="constraint"):
            D.Normal(0.0, -1.0, validate_args=True)
    finally:
        D.Distribution.set_default_validate_args(True)


TRANSFORMS = {
    "exp": lambda D, t: D.ExpTransform(), "sigmoid": lambda D, t: D.SigmoidTransform(), "tanh": lambda D, t: D.TanhTransform(),
    "softplus": lambda D, t: D.SoftplusTransform(), "affine": lambda D, t: D.AffineTransform(t([1.0, 2.0, 3.0]), t([-1.0, 2.0, 0.5])),
    "affine1": lambda D, t: D.AffineTransform(0.5, 2.0, event_dim=1), "power": lambda D, t: D.ComposeTransform([D.ExpTransform(), D.PowerTransform(t(2.0))]),
    "stick": lambda D, t: D.StickBreakingTransform(), "corr": lambda D, t: D.CorrCholeskyTransform(),
    "composed": lambda D, t: D.ComposeTransform([D.AffineTransform(1.0, 2.0), D.StickBreakingTransform()]),
    "independent": lambda D, t: D.IndependentTransform(D.SigmoidTransform(), 1), "reshape": lambda D, t: D.ReshapeTransform((6,), (2, 3)),
    "cat": lambda D, t: D.CatTransform([D.ExpTransform(), D.SigmoidTransform()], -1, [2, 4]),
    "stack": lambda D, t: D.StackTransform([D.ExpTransform()] * 3 + [D.SigmoidTransform()] * 3, -1),
    "cdf": lambda D, t: D.CumulativeDistributionTransform(D.Normal(t(0.0), t(1.0))), "inverse": lambda D, t: D.SigmoidTransform().inv.inv,
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_are_those_of_pytorch(name):
    x = np.random.default_rng(0).normal(size=(4, 3 if name in ("affine", "affine1") else 6))
    ours, theirs = TRANSFORMS[name](D, lambda v: torch.tensor(v, dtype=torch.float64)), TRANSFORMS[name](TD, lambda v: T.tensor(v, dtype=T.float64))
    a, b = torch.tensor(x).requires_grad_(), T.tensor(x).requires_grad_()
    y, z = ours(a), theirs(b)
    same(y, z)
    same(ours.inv(y), theirs.inv(z), atol=1e-7)
    p, q = ours.log_abs_det_jacobian(a, y), theirs.log_abs_det_jacobian(b, z)
    same(p, q)
    same(torch.autograd.grad((p.sum() + y.sin().sum()), a)[0], T.autograd.grad((q.sum() + z.sin().sum()), b)[0])
    assert tuple(ours.forward_shape(a.shape)) == tuple(y.shape)
    assert tuple(ours.inverse_shape(y.shape)) == tuple(a.shape)
    assert ours.domain.event_dim == theirs.domain.event_dim
    assert ours.codomain.event_dim == theirs.codomain.event_dim
    assert ours.bijective == theirs.bijective
    assert ours.with_cache(1)(a) is not None
    assert ours == ours
    cached = ours.with_cache(1)
    if name not in ("composed", "power", "inverse"):
        assert cached.inv(cached(a)) is a


CONSTRAINTS = ("real", "positive", "nonnegative", "unit_interval", "simplex", "real_vector", "lower_cholesky", "positive_definite", "corr_cholesky")


@pytest.mark.parametrize("name", CONSTRAINTS)
@pytest.mark.parametrize("registry", ["transform_to", "biject_to"])
def test_constraints_have_transforms(name, registry):
    x = np.random.default_rng(1).normal(size=(3, 3, 3))
    try:
        theirs = getattr(TD, registry)(getattr(TD.constraints, name))(T.tensor(x))
    except NotImplementedError:
        with pytest.raises(NotImplementedError, match="Cannot transform"):
            getattr(D, registry)(getattr(constraints, name))
        return
    ours = getattr(D, registry)(getattr(constraints, name))(torch.tensor(x))
    same(ours, theirs)
    constraint, other = getattr(constraints, name), getattr(TD.constraints, name)
    for value in (ours.numpy(), x, -x):
        assert np.array_equal(constraint.check(torch.tensor(value)).numpy(), other.check(T.tensor(value)).numpy())


def test_modules_have_the_names_of_pytorch():
    assert set(TD.__all__) <= set(D.__all__)
    for name in TD.__all__:
        ours, theirs = getattr(D, name), getattr(TD, name)
        if inspect.isclass(theirs):
            assert {theirs.__module__.rpartition(".")[2], "transforms"} & set(ours.__module__.split("."))
            mine, others = inspect.signature(ours), inspect.signature(theirs)
            assert list(mine.parameters) == list(others.parameters)


def test_a_policy_gradient_and_an_elbo_train():
    torch.manual_seed(0)
    logits = torch.zeros(3, requires_grad=True)
    optimiser = torch.optim.SGD([logits], lr=0.5)
    pay = torch.tensor([0.0, 1.0, 0.2])
    for _ in range(60):
        policy = D.Categorical(logits=logits)
        action = policy.sample((64,))
        loss = -(policy.log_prob(action) * (pay[action] - pay.mean())).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert D.Categorical(logits=logits).probs[1] > 0.9
    data = torch.randn(200) * 0.5 + 2.0
    loc, log_scale = torch.zeros((), requires_grad=True), torch.zeros((), requires_grad=True)
    optimiser = torch.optim.Adam([loc, log_scale], lr=0.1)
    for _ in range(150):
        q = D.Normal(loc, log_scale.exp())
        z = q.rsample((8,))
        loss = -D.Normal(z.unsqueeze(-1), 0.5).log_prob(data).sum(-1).mean() + D.kl_divergence(q, D.Normal(0.0, 10.0))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert abs(loc.item() - data.mean().item()) < 0.1


def test_families_that_pytorch_computes_wrong():
    """The mode of Kumaraswamy's distribution, and a generalised Pareto one in double precision."""
    a, b = torch.tensor([2.0, 3.0], dtype=torch.float64), torch.tensor([3.0, 1.5], dtype=torch.float64)
    d = D.Kumaraswamy(a, b)
    assert (d.log_prob(d.mode) >= d.log_prob(d.mode + 1e-4)).all()
    assert (d.log_prob(d.mode) >= d.log_prob(d.mode - 1e-4)).all()
    x, loc, scale, c = np.array([0.6, 1.2]), 0.5, 1.7, np.array([0.3, -0.4])
    ours, oracle = D.GeneralizedPareto(torch.tensor(loc, dtype=torch.float64), scale, torch.tensor(c)), scipy.stats.genpareto(c, loc, scale)
    v = torch.tensor(x)
    for mine, theirs in ((ours.log_prob(v), oracle.logpdf(x)), (ours.cdf(v), oracle.cdf(x)), (ours.icdf(v / 2), oracle.ppf(x / 2)), (ours.mean, oracle.mean()),
                         (ours.variance, oracle.var()), (ours.entropy(), oracle.entropy())):  # fmt: skip
        np.testing.assert_allclose(mine.numpy(), theirs, rtol=1e-10)
