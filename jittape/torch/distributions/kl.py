"""Kullback-Leibler divergences."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import jittape.torch as torch
from jittape.nn.functional import softplus
from jittape.torch.distributions.bernoulli import Bernoulli
from jittape.torch.distributions.beta import Beta
from jittape.torch.distributions.binomial import Binomial
from jittape.torch.distributions.categorical import Categorical
from jittape.torch.distributions.cauchy import Cauchy
from jittape.torch.distributions.continuous_bernoulli import ContinuousBernoulli
from jittape.torch.distributions.dirichlet import Dirichlet
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.exp_family import ExponentialFamily, divergence
from jittape.torch.distributions.exponential import Exponential
from jittape.torch.distributions.gamma import Gamma
from jittape.torch.distributions.geometric import Geometric
from jittape.torch.distributions.gumbel import Gumbel
from jittape.torch.distributions.half_normal import HalfNormal
from jittape.torch.distributions.independent import Independent
from jittape.torch.distributions.laplace import Laplace
from jittape.torch.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from jittape.torch.distributions.multivariate_normal import MultivariateNormal, half_log_det, mahalanobis, solved
from jittape.torch.distributions.normal import Normal
from jittape.torch.distributions.one_hot_categorical import OneHotCategorical
from jittape.torch.distributions.pareto import Pareto
from jittape.torch.distributions.poisson import Poisson
from jittape.torch.distributions.transformed_distribution import TransformedDistribution
from jittape.torch.distributions.uniform import Uniform
from jittape.torch.distributions.utils import euler_constant, sum_rightmost

Rule = Callable[[Any, Any], Any]
RULES: dict[tuple[type, type], Rule] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Rule], Rule]:
    """Decorator of a function that gives KL(p || q) for distributions of two classes.

    Args:
        type_p, type_q: the classes; their subclasses count, too, where no nearer rule is known.

    Raises:
        TypeError: one is no subclass of Distribution.

    Example:
        >>> from jittape.torch.distributions import Normal, kl_divergence, register_kl
        >>> class Mine(Normal):
        ...     pass
        >>> @register_kl(Mine, Normal)
        ... def zero(p, q):
        ...     return 0.0
        >>> kl_divergence(Mine(0.0, 1.0), Normal(0.0, 1.0))
        0.0
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def keep(rule: Rule) -> Rule:
        RULES[type_p, type_q] = rule
        return rule

    return keep


def _found(type_p: type, type_q: type) -> Rule | None:
    """The rule of the nearest classes; a warning where another is as near."""
    if (exact := RULES.get((type_p, type_q))) is not None:
        return exact
    known = [(p, q) for p, q in RULES if issubclass(type_p, p) and issubclass(type_q, q)]
    if not known:
        return None
    by_p = min(known, key=lambda m: (type_p.__mro__.index(m[0]), type_q.__mro__.index(m[1])))
    by_q = min(known, key=lambda m: (type_q.__mro__.index(m[1]), type_p.__mro__.index(m[0])))
    if RULES[by_p] is not RULES[by_q]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please register_kl({by_p[0].__name__}, {by_q[1].__name__})",
            RuntimeWarning, stacklevel=3,
        )  # fmt: skip
    return RULES[by_p]


def kl_divergence(p: Any, q: Any) -> Any:
    """KL(p || q), the mean of log p(x) - log q(x) over samples of p, of batch_shape.

    Args:
        p, q: distributions.

    Raises:
        NotImplementedError: no rule is known for these classes.

    Example:
        >>> from jittape.torch.distributions import Normal, kl_divergence
        >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
        tensor(0.5000)
    """
    rule = _found(type(p), type(q))
    if rule is None:
        raise NotImplementedError(f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}")
    return rule(p, q)


def _unless(wrong: Any, value: Any) -> Any:
    """Infinite where q gives no probability to what p does."""
    return torch.where(wrong, math.inf, value)


def _infinite(p: Any, q: Any) -> Any:
    return torch.full_like(p.mean, math.inf)


def _second(p: Any, q: Any) -> Any:
    """E[(x - q.loc) ** 2] of samples of p."""
    return p.variance + (p.mean - q.loc).square()


# --- two of a family -----------------------------------------------------------------------------------------------------------------

register_kl(ExponentialFamily, ExponentialFamily)(divergence)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    ones = _unless(q.probs == 0, p.probs * (softplus(-q.logits) - softplus(-p.logits)))
    zeros = _unless(q.probs == 1, (1 - p.probs) * (softplus(q.logits) - softplus(p.logits)))
    return torch.where(p.probs == 0, 0.0, ones) + torch.where(p.probs == 1, 0.0, zeros)


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    return kl_divergence(p._dirichlet, q._dirichlet)


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    kl = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return _unless(p.total_count > q.total_count, kl)


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    terms = _unless(q.probs == 0, p.probs * (p.logits - q.logits))
    return torch.where(p.probs == 0, 0.0, terms).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    return ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log() - (4 * p.scale * q.scale).log()


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    return p.mean * (p.logits - q.logits) - p._log_normalizer() + q._log_normalizer()


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    weighed = ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)
    return total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1) + weighed


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    return b * (p.rate / q.rate).log() + b.lgamma() - a.lgamma() + (a - b) * a.digamma() + (q.rate - p.rate) * (a / p.rate)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc) / q.scale
    return -ratio.log() + apart + ratio * euler_constant + ((1 + ratio).lgamma() - apart).exp() - (1 + euler_constant)


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * (-apart / p.scale).exp() - 1


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Any:
    ratio = q.alpha / p.alpha
    return _unless(p.scale < q.scale, q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    return _unless((q.low > p.low) | (q.high < p.high), ((q.high - q.low) / (p.high - p.low)).log())


@register_kl(MultivariateNormal, MultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _normal_vectors(p: Any, q: Any) -> Any:
    if p.event_shape != q.event_shape:
        raise ValueError("KL-divergence between two (Low Rank) Multivariate Normals with different event shapes cannot be computed")
    spread = solved(q.scale_tril, p.scale_tril).pow(2).sum((-2, -1))
    square = mahalanobis(q.scale_tril, q.loc - p.loc)
    return half_log_det(q.scale_tril) - half_log_det(p.scale_tril) + 0.5 * (spread + square - p.event_shape[0])


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


# --- of two families -----------------------------------------------------------------------------------------------------------------
# KL(p || q) is the mean of -log q over p, less the entropy of p; what that needs of p is its mean, its variance, and the means of
# log x, log(1 - x) or exp(-x).


def _log_mean(p: Any) -> Any:
    """E[log x]."""
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Gamma):
        return p.concentration.digamma() - p.rate.log()
    if isinstance(p, Exponential):
        return -p.rate.log() - euler_constant
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (_x_log_x(p.high) - _x_log_x(p.low)) / (p.high - p.low) - 1


def _x_log_x(x: Any) -> Any:
    return torch.where(x.detach() < 0, 0.0, x.clamp(min=0).xlogy(x.clamp(min=0)))


def _on_normal(p: Any, q: Any) -> Any:
    return -p.entropy() + 0.5 * math.log(2 * math.pi) + q.scale.log() + _second(p, q) / (2 * q.scale.square())


def _on_exponential(p: Any, q: Any) -> Any:
    return -p.entropy() - q.rate.log() + q.rate * p.mean


def _on_gamma(p: Any, q: Any) -> Any:
    a = q.concentration
    return -p.entropy() + a.lgamma() - a * q.rate.log() - (a - 1) * _log_mean(p) + q.rate * p.mean


def _on_uniform(p: Any, q: Any) -> Any:
    """Of p on [0, 1]."""
    return _unless((q.low > 0) | (q.high < 1), -p.entropy() + (q.high - q.low).log())


def _on_continuous_bernoulli(p: Any, q: Any) -> Any:
    return -p.entropy() - p.mean * q.logits + q._log_normalizer()


def _on_gumbel(p: Any, q: Any, decay: Any) -> Any:
    """`decay`: E[exp(-x / q.scale)]."""
    return -p.entropy() + q.scale.log() + (p.mean - q.loc) / q.scale + (q.loc / q.scale).exp() * decay


FROM: tuple[tuple[Rule, type, tuple[type, ...]], ...] = (
    (_on_normal, Normal, (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Uniform)),
    (_on_exponential, Exponential, (Beta, ContinuousBernoulli, Gamma)),
    (_on_gamma, Gamma, (Beta, Exponential)),
    (_on_uniform, Uniform, (Beta, ContinuousBernoulli)),
    (_on_continuous_bernoulli, ContinuousBernoulli, (Beta,)),
    (_infinite, Pareto, (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Normal)),
    (_infinite, Uniform, (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)),
    (_infinite, Beta, (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)),
    (_infinite, ContinuousBernoulli, (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)),
    (_infinite, Exponential, (Gumbel, Laplace, Normal)),
    (_infinite, Gamma, (Gumbel, Laplace, Normal)),
    (_infinite, Bernoulli, (Poisson,)),
    (_infinite, Binomial, (Poisson,)),
)
"""A rule, q, and the p it is for; infinite where p reaches beyond q."""
for _rule, _q, _kinds in FROM:
    for _p in _kinds:
        register_kl(_p, _q)(_rule)

@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Any, q: Any) -> Any:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p: Any, q: Any) -> Any:
    return _on_gumbel(p, q, p.rate / (p.rate + q.scale.reciprocal()))


@register_kl(Gamma, Gumbel)
def _gamma_gumbel(p: Any, q: Any) -> Any:
    return _on_gumbel(p, q, (1 + (p.rate * q.scale).reciprocal()).pow(-p.concentration))


@register_kl(Normal, Gumbel)
def _normal_gumbel(p: Any, q: Any) -> Any:
    return _on_gumbel(p, q, (-p.loc / q.scale + 0.5 * (p.scale / q.scale).square()).exp())


@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p: Any, q: Any) -> Any:
    return _on_gumbel(p, q, q.scale / (p.high - p.low) * ((-p.low / q.scale).exp() - (-p.high / q.scale).exp()))


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Any:
    apart = p.loc - q.loc
    size = math.sqrt(2 / math.pi) * p.scale * (-0.5 * (apart / p.scale).square()).exp() + apart * (apart / (math.sqrt(2) * p.scale)).erf()
    return -p.entropy() + (2 * q.scale).log() + size / q.scale


@register_kl(Pareto, Exponential)
def _pareto_exponential(p: Any, q: Any) -> Any:
    return _unless(p.alpha <= 1, _on_exponential(p, q))


@register_kl(Pareto, Gamma)
def _pareto_gamma(p: Any, q: Any) -> Any:
    return _unless(p.alpha <= 1, _on_gamma(p, q))


@register_kl(Pareto, Normal)
def _pareto_normal(p: Any, q: Any) -> Any:
    return _unless(p.alpha <= 2, _on_normal(p, q))


@register_kl(Uniform, Beta)
def _uniform_beta(p: Any, q: Any) -> Any:
    a, b = q.concentration1, q.concentration0
    inner = -1 - (_x_log_x(1 - p.high) - _x_log_x(1 - p.low)) / (p.high - p.low)  # E[log(1 - x)]
    found = -p.entropy() - (a - 1) * _log_mean(p) - (b - 1) * inner + a.lgamma() + b.lgamma() - (a + b).lgamma()
    return _unless((p.high > 1) | (p.low < 0), found)


@register_kl(Uniform, ContinuousBernoulli)
def _uniform_continuous_bernoulli(p: Any, q: Any) -> Any:
    return _unless((p.high > 1) | (p.low < 0), _on_continuous_bernoulli(p, q))


@register_kl(Uniform, Exponential)
def _uniform_exponential(p: Any, q: Any) -> Any:
    return _unless(p.low < 0, _on_exponential(p, q))


@register_kl(Uniform, Gamma)
def _uniform_gamma(p: Any, q: Any) -> Any:
    return _unless(p.low < 0, _on_gamma(p, q))


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Any, q: Any) -> Any:
    found = -p.entropy() - q.alpha.log() - q.alpha * q.scale.log() + (q.alpha + 1) * _log_mean(p)
    return _unless(p.low < q.scale, found)
