"""torch.distributions: distributions of tensors, with densities, samples, moments and divergences."""

from __future__ import annotations

from jittape.torch.distributions import constraints, transforms
from jittape.torch.distributions.bernoulli import Bernoulli
from jittape.torch.distributions.beta import Beta
from jittape.torch.distributions.binomial import Binomial
from jittape.torch.distributions.categorical import Categorical
from jittape.torch.distributions.cauchy import Cauchy
from jittape.torch.distributions.chi2 import Chi2
from jittape.torch.distributions.constraint_registry import biject_to, transform_to
from jittape.torch.distributions.continuous_bernoulli import ContinuousBernoulli
from jittape.torch.distributions.dirichlet import Dirichlet
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.exp_family import ExponentialFamily
from jittape.torch.distributions.exponential import Exponential
from jittape.torch.distributions.fishersnedecor import FisherSnedecor
from jittape.torch.distributions.gamma import Gamma
from jittape.torch.distributions.generalized_pareto import GeneralizedPareto
from jittape.torch.distributions.geometric import Geometric
from jittape.torch.distributions.gumbel import Gumbel
from jittape.torch.distributions.half_cauchy import HalfCauchy
from jittape.torch.distributions.half_normal import HalfNormal
from jittape.torch.distributions.independent import Independent
from jittape.torch.distributions.inverse_gamma import InverseGamma
from jittape.torch.distributions.kl import kl_divergence, register_kl
from jittape.torch.distributions.kumaraswamy import Kumaraswamy
from jittape.torch.distributions.laplace import Laplace
from jittape.torch.distributions.lkj_cholesky import LKJCholesky
from jittape.torch.distributions.log_normal import LogNormal
from jittape.torch.distributions.logistic_normal import LogisticNormal
from jittape.torch.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from jittape.torch.distributions.mixture_same_family import MixtureSameFamily
from jittape.torch.distributions.multinomial import Multinomial
from jittape.torch.distributions.multivariate_normal import MultivariateNormal
from jittape.torch.distributions.negative_binomial import NegativeBinomial
from jittape.torch.distributions.normal import Normal
from jittape.torch.distributions.one_hot_categorical import OneHotCategorical, OneHotCategoricalStraightThrough
from jittape.torch.distributions.pareto import Pareto
from jittape.torch.distributions.poisson import Poisson
from jittape.torch.distributions.relaxed_bernoulli import RelaxedBernoulli
from jittape.torch.distributions.relaxed_categorical import RelaxedOneHotCategorical
from jittape.torch.distributions.studentT import StudentT
from jittape.torch.distributions.transformed_distribution import TransformedDistribution
from jittape.torch.distributions.transforms import *  # noqa: F403
from jittape.torch.distributions.uniform import Uniform
from jittape.torch.distributions.von_mises import VonMises
from jittape.torch.distributions.weibull import Weibull
from jittape.torch.distributions.wishart import Wishart

__all__ = [
    "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2", "ContinuousBernoulli", "Dirichlet", "Distribution", "Exponential",
    "ExponentialFamily", "FisherSnedecor", "Gamma", "GeneralizedPareto", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "Independent",
    "InverseGamma", "Kumaraswamy", "LKJCholesky", "Laplace", "LogNormal", "LogisticNormal", "LowRankMultivariateNormal", "MixtureSameFamily",
    "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal", "OneHotCategorical", "OneHotCategoricalStraightThrough", "Pareto",
    "Poisson", "RelaxedBernoulli", "RelaxedOneHotCategorical", "StudentT", "TransformedDistribution", "Uniform", "VonMises", "Weibull", "Wishart",
    "biject_to", "constraints", "kl_divergence", "register_kl", "transform_to", "transforms",
    *transforms.__all__,
]  # fmt: skip
