"""Numba functions of published packages that are differentiated as they are: where each is, what it is given, and what of that is
differentiated.

The packages are no dependencies: cases of those that are not installed are skipped. Most of them need `pip install --no-deps`.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit


@dataclass(frozen=True)
class Case:
    """One function of one package."""

    package: str
    """The distribution, as pip knows it."""
    where: str
    """module:function."""
    args: tuple[Any, ...]
    argnums: tuple[int, ...]
    use: Callable[[Any], Any] | None = None
    """Makes an njit function that calls it, where it returns nothing, or takes a function, or returns what is no number."""
    label: str = ""
    step: float = 1e-4
    """Of the differences, relative."""
    tolerance: float = 1e-7
    failure: str = ""
    """Why it cannot be differentiated, where it cannot: what the error says."""

    @property
    def name(self) -> str:
        return f"{self.package}.{self.where.split(':')[1]}{self.label and '-' + self.label}"

    def function(self) -> Any:
        """The package's dispatcher.

        Raises:
            ImportError: it is not installed.
        """
        module, name = self.where.split(":")
        f: Any = importlib.import_module(module)
        for part in name.split("."):
            f = getattr(f, part)
        return f


CASES: list[Case] = []


def case(package: str, where: str, args: tuple[Any, ...], argnums: tuple[int, ...], use: Any = None, **more: Any) -> None:
    CASES.append(Case(package, where, args, argnums, use, **more))


rng = np.random.default_rng(7)
A = np.array
K = 398600.4418  # km^3/s^2
R0 = A([7000.0, -1200.0, 1300.0])
V0 = A([1.1, 7.2, 1.4])
X8, Y8 = rng.uniform(0.2, 2.0, 8), rng.uniform(0.2, 2.0, 8)
SERIES = np.cumsum(rng.normal(size=24)) + 20.0
RETURNS = 0.01 * rng.normal(size=24)
GRID = A([-1.4, -0.2, 0.3, 1.1, 2.2])


# --- orbits -------------------------------------------------------------------------------------------------------------------

ORBIT = (K, 11067.79, 0.83285, math.radians(87.87), math.radians(227.89), math.radians(53.38), math.radians(92.335))
for _name, _args in {
    "E_to_nu": (1.2, 0.3), "nu_to_E": (1.2, 0.3), "F_to_nu": (1.2, 1.3), "M_to_E": (1.2, 0.3), "M_to_F": (1.2, 1.3), "M_to_D": (0.7,),
    "E_to_M": (1.2, 0.3), "fp_angle": (1.2, 0.3),
}.items():  # fmt: skip
    case("hapsira", f"hapsira.core.angles:{_name}", _args, tuple(range(len(_args))))
case("hapsira", "hapsira.core.elements:coe2rv", ORBIT, (1, 2, 3, 4, 5, 6))
case("hapsira", "hapsira.core.elements:rv2coe", (K, R0, V0), (1, 2))
case("hapsira", "hapsira.core.elements:coe2mee", ORBIT[1:], (0, 1, 2, 3, 4, 5))
case("hapsira", "hapsira.core.elements:eccentricity_vector", (K, R0, V0), (0, 1, 2))
case("hapsira", "hapsira.core.elements:coe_rotation_matrix", (0.4, 0.7, 1.1), (0, 1, 2))
case("hapsira", "hapsira.core.iod:izzo", (K, R0, A([1000.0, 8200.0, 1500.0]), 2000.0, 0, True, True, 35, 1e-10), (1, 2, 3))
case("hapsira", "hapsira.core.propagation.farnocchia:farnocchia_rv", (K, R0, V0, 3600.0), (1, 2, 3))
case("hapsira", "hapsira.core.propagation.vallado:vallado", (K, R0, V0, 1600.0, 350), (1, 2, 3))
case("hapsira", "hapsira.core.propagation.mikkola:mikkola", (K, R0, V0, 1600.0), (1, 2, 3))
case("hapsira", "hapsira.core.propagation.markley:markley", (K, R0, V0, 1600.0), (1, 2, 3))
case("hapsira", "hapsira.core.propagation.danby:danby", (K, R0, V0, 1600.0), (1, 2, 3))
case("hapsira", "hapsira.core.propagation.gooding:gooding", (K, R0, V0, 1600.0), (1, 2, 3))
case("hapsira", "hapsira.core.propagation.pimienta:pimienta", (K, R0, V0, 1600.0), (1, 2, 3))
case("hapsira", "hapsira.core.propagation.recseries:recseries", (K, R0, V0, 1600.0), (1, 2, 3), tolerance=1e-5)
case("hapsira", "hapsira.core.perturbations:J2_perturbation", (0.0, np.concatenate([R0, V0]), K, 1.08263e-3, 6378.1), (1, 3))
case("hapsira", "hapsira.core.perturbations:J3_perturbation", (0.0, np.concatenate([R0, V0]), K, -2.5e-6, 6378.1), (1, 3))
case("hapsira", "hapsira.core.perturbations:atmospheric_drag_exponential", (0.0, np.concatenate([R0, V0]), K, 6378.1, 2.2, 1e-2, 88.667, 3.6), (1, 4))
case("hapsira", "hapsira.core.flybys:compute_flyby", (A([1.0, 22.0, 3.0]), A([2.0, 13.0, 1.5]), 126686.5, 71492.0, 0.4), (0, 1, 4))
case("hapsira", "hapsira.core.spheroid_location:cartesian_to_ellipsoidal", (6378.137, 6356.752, 3000.0, 4000.0, 4100.0), (2, 3, 4))
case("hapsira", "hapsira.core.events:eclipse_function", (K, np.concatenate([R0, V0]), A([1.4e8, 3e7, 1e7]), 695700.0, 6378.1), (1, 2))
case("hapsira", "hapsira.core.events:line_of_sight", (R0, A([1000.0, 8200.0, 1500.0]), 6378.1), (0, 1))
case("hapsira", "hapsira._math.special:hyp2f1b", (0.3,), (0,))
case("hapsira", "hapsira._math.special:stumpff_c3", (0.7,), (0,))


# --- economics ----------------------------------------------------------------------------------------------------------------

@njit
def cubic(x, a, b):
    return x**3 - a * x - b


@njit
def cubic_prime(x, a, b):
    return 3 * x**2 - a


def newton(f):
    return njit(lambda a, b: f(cubic, 2.0, cubic_prime, (a, b)).root)


def bracketed(f):
    return njit(lambda a, b: f(cubic, 0.5, 3.0, (a, b)).root)


def gth(f):
    def run(matrix):
        copy, out = matrix.copy(), np.zeros(matrix.shape[0])
        f(copy, out)
        return out

    return njit(run)


case("quantecon", "quantecon.optimize.root_finding:newton", (1.5, 0.7), (0, 1), newton)
case("quantecon", "quantecon.optimize.root_finding:brentq", (1.5, 0.7), (0, 1), bracketed, tolerance=1e-4)
case("quantecon", "quantecon.optimize.root_finding:newton_secant", (1.5, 0.7), (0, 1), lambda f: njit(lambda a, b: f(cubic, 2.0, (a, b)).root), tolerance=1e-5)
case("quantecon", "quantecon._inequality:gini_coefficient", (X8,), (0,))
case("quantecon", "quantecon._inequality:lorenz_curve", (X8,), (0,))
case("quantecon", "quantecon.markov.gth_solve:_gth_solve_jit", (rng.dirichlet(np.ones(4), size=4),), (0,), gth)
case("quantecon", "quantecon.markov.approximation:std_norm_cdf", (0.7,), (0,))
case("quantecon", "quantecon._lss:simulate_linear_model", (0.3 * rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=(3, 9)), 10), (0, 1, 2))
case("quantecon", "quantecon.util.array:searchsorted", (GRID, 0.5), (1,), failure="with block")
case("quantecon", "quantecon.quad:_qnwsimp1", (5, 0.3, 2.0), (1, 2))
case("quantecon", "quantecon.quad:_qnwlege1", (5, 0.3, 2.0), (1, 2))
case("quantecon", "quantecon.optimize.pivoting:_pivoting", (rng.normal(size=(3, 5)),), (0,), lambda f: njit(lambda t: f(t.copy(), 1, 2)))
case("quantecon", "quantecon.optimize.linprog_simplex:linprog_simplex", (A([1.0, 1.7, 0.4]), A([[1.0, 2.0, 0.3], [3.0, 1.0, 0.7]]), A([4.0, 6.0])), (0, 1, 2), lambda f: njit(lambda c, a, b: f(c, a, b).fun))


# --- statistics ---------------------------------------------------------------------------------------------------------------

PAR = {
    "norm": (0.3, 1.2), "expon": (0.05, 1.2), "laplace": (0.3, 1.2), "t": (3.3, 0.3, 1.2), "chi2": (3.3, 0.1, 1.2), "gamma": (2.3, 0.1, 1.2),
    "lognorm": (0.7, 0.1, 1.2), "crystalball": (1.5, 2.5, 0.8, 0.6), "tsallis": (3.0, 4.0, 5.0), "truncnorm": (0.1, 2.5, 0.7, 1.1),
    "truncexpon": (0.1, 2.5, 0.05, 1.1), "qgaussian": (1.8, 0.4, 1.1), "exponnorm": (1.3, 0.4, 1.1), "skewnorm": (1.3, 0.4, 1.1),
    "cruijff": (0.1, 0.2, 0.7, 1.1, 0.9), "novosibirsk": (0.4, 0.4, 1.1), "cmsshape": (0.8, 0.3, 0.9), "argus": (1.0, 3.0, 0.5),
    "voigt": (0.7, 0.4, 1.1), "uniform": (0.05, 3.0), "crystalball_ex": (1.5, 2.5, 0.6, 1.4, 2.2, 0.8, 0.9),
}  # fmt: skip
POINTERS = {("voigt", "pdf")}
"""Those that call functions of SciPy's by pointer which the table does not have: voigt_profile."""
KINDS = {"cruijff": ("density",), "tsallis": ("pdf", "cdf"), "voigt": ("pdf",)}
for _name, _par in PAR.items():
    for _kind in KINDS.get(_name, ("logpdf", "cdf")):
        case("numba-stats", f"numba_stats.{_name}:_{_kind}", (X8, *_par), tuple(range(len(_par) + 1)), label=_name, failure="pointer to a compiled function" if (_name, _kind) in POINTERS else "")
case("numba-stats", "numba_stats.norm:_ppf", (A([0.1, 0.4, 0.8]), 0.3, 1.2), (0, 1, 2), label="norm")
case("numba-stats", "numba_stats.bernstein:_density", (X8, A([0.3, 1.2, 0.7]), 0.0, 2.5), (0, 1), label="bernstein")
case("numba-stats", "numba_stats.poisson:_logpmf", (A([1.0, 3.0, 4.0]), 2.3), (1,), label="poisson")
case("numba-stats", "numba_stats.poisson:_cdf", (A([1.0, 3.0, 4.0]), 2.3), (1,), label="poisson")
case("numba-stats", "numba_stats.binom:_logpmf", (A([1.0, 2.0]), A([4.0, 5.0]), 0.3), (2,), label="binom")
case("numba-stats", "numba_stats.cpoisson:_cdf", (A([1.0, 3.5, 4.0]), 2.3), (0, 1), label="cpoisson")
case("numba-stats", "numba_stats.truncexponnorm:_logpdf", (X8, 0.1, 2.5, 1.3, 0.4, 1.1), (0, 1, 2, 3, 4, 5), label="truncexponnorm")
case("numba-stats", "numba_stats.truncexponnorm:_cdf", (X8, 0.1, 2.5, 1.3, 0.4, 1.1), (0, 1, 2, 3, 4, 5), label="truncexponnorm")
case("numba-stats", "numba_stats.norm:logpdf", (X8, 0.3, 1.2), (0, 1, 2), lambda f: njit(lambda x, m, s: f(x, m, s).sum()), label="in njit", failure="has no derivative rule")


# --- finance ------------------------------------------------------------------------------------------------------------------

BOUNDS = np.tile(A([1e-8, 1e4]), (24, 1))


def recursion(f):
    """Volatility recursions of arch, which fill an argument."""

    def run(parameters, resids):
        sigma2 = np.zeros_like(resids)
        return f(parameters, np.abs(resids) ** 2.0, np.sign(resids), sigma2, 1, 1, 1, 24, 0.4, BOUNDS)

    return njit(run)


def egarch(f):
    def run(parameters, resids):
        n = len(resids)
        return f(parameters, resids, np.zeros(n), 1, 1, 1, n, 0.4, BOUNDS, np.zeros(n), np.zeros(n), np.zeros(n))

    return njit(run)


RESIDS = rng.normal(size=24)
case("arch", "arch.univariate.recursions_python:garch_recursion", (A([0.1, 0.1, 0.05, 0.8]), RESIDS), (0, 1), recursion)
case("arch", "arch.univariate.recursions_python:egarch_recursion", (A([0.1, 0.1, 0.05, 0.8]), RESIDS), (0, 1), egarch)
case("arch", "arch.univariate.recursions_python:arch_recursion", (A([0.1, 0.1, 0.05]), RESIDS), (0, 1), lambda f: njit(lambda p, r: f(p, r, np.empty_like(r), 2, 24, 0.4, BOUNDS)))
case("arch", "arch.univariate.recursions_python:harch_recursion", (A([0.1, 0.1, 0.05]), RESIDS), (0, 1), lambda f: njit(lambda p, r: f(p, r, np.empty_like(r), np.array([1, 5]), 24, 0.4, BOUNDS)))
case("arch", "arch.univariate.recursions_python:figarch_recursion", (A([0.1, 0.2, 0.4, 0.2]), RESIDS), (0, 1), lambda f: njit(lambda p, r: f(p, np.abs(r), np.empty_like(r), 1, 1, 24, 20, 0.4, BOUNDS)))
case("arch", "arch.univariate.recursions_python:aparch_recursion", (A([0.1, 0.1, 0.05, 0.8, 1.3]), RESIDS), (0, 1), lambda f: njit(lambda p, r: f(p, r, np.abs(r), np.empty_like(r), np.empty_like(r), 1, 1, 1, 24, 0.4, BOUNDS)))

Y = RETURNS * 100
case("fynance", "fynance.models.econometric_models:_arma_garch", (Y, A([0.3]), A([0.2]), A([0.1]), A([0.7]), 0.05, 0.2, 1, 1, 1, 1), (0, 1, 2, 3, 4, 5, 6))
case("fynance", "fynance.models.econometric_models:_gjr_garch", (Y, 0.2, 0.1, 0.05, 0.8), (0, 1, 2, 3, 4))
case("fynance", "fynance.models.econometric_models:_egarch", (Y, 0.2, 0.1, 0.05, 0.8, 0.79), (0, 1, 2, 3, 4))
case("fynance", "fynance.models.econometric_models:_loglik_t", (Y, np.exp(RETURNS), 5.5), (0, 1, 2))
case("fynance", "fynance.features.filters:_kalman_filter_core", (rng.normal(size=(6, 2)), A([[1.0, 0.1], [0.0, 0.9]]), np.eye(2), 0.1 * np.eye(2), 0.2 * np.eye(2), np.zeros(2), np.eye(2)), (0, 1, 2, 3, 4, 5, 6))
case("fynance", "fynance.features._metrics_helpers:_drawdown_2d", (SERIES.reshape(12, 2), 0), (0,))
case("fynance", "fynance.features.momentums:_emstd_1d", (SERIES, 0.3), (0, 1))
case("fynance", "fynance.features.momentums:_wmstd_1d", (SERIES,), (0,), lambda f: njit(lambda x: f(x, 5)[1:]))
case("fynance", "fynance.features.momentums:_sma_2d", (SERIES.reshape(12, 2), 5), (0,))
case("fynance", "fynance.features.roll_functions:_roll_beta_1d", (SERIES, SERIES[::-1] ** 2), (0, 1), lambda f: njit(lambda x, y: f(x, y, 5)[6:]))
case("fynance", "fynance.features.ohlcv:_atr_kernel", (SERIES + 1.0, SERIES - 1.1, SERIES, 5), (0, 1, 2))
case("fynance", "fynance.features.ohlcv:_vwap_kernel", (SERIES, SERIES[::-1] ** 2, 5), (0, 1))
case("fynance", "fynance.portfolio.covariance:_ewma_cov_kernel", (rng.normal(size=(6, 3)), 0.9), (0, 1))
case("fynance", "fynance.metrics.risk:_roll_window_moments_1d", (RETURNS,), (0,), lambda f: njit(lambda x: f(x, 6)[0][7:]))
case("vectorbt", "vectorbt.returns.nb:sharpe_ratio_1d_nb", (RETURNS, 252.0), (0, 1))
case("vectorbt", "vectorbt.returns.nb:cum_returns_final_1d_nb", (RETURNS, 1.0), (0, 1))
case("vectorbt", "vectorbt.returns.nb:annualized_volatility_1d_nb", (RETURNS, 252.0), (0, 1))
case("vectorbt", "vectorbt.returns.nb:downside_risk_1d_nb", (RETURNS, 252.0), (0,))
case("vectorbt", "vectorbt.returns.nb:max_drawdown_1d_nb", (RETURNS,), (0,))
case("vectorbt", "vectorbt.returns.nb:sortino_ratio_1d_nb", (RETURNS, 252.0), (0,))
case("vectorbt", "vectorbt.returns.nb:omega_ratio_1d_nb", (RETURNS, 252.0), (0,))
case("vectorbt", "vectorbt.returns.nb:beta_1d_nb", (RETURNS, RETURNS[::-1].copy()), (0, 1))
case("vectorbt", "vectorbt.generic.nb:rolling_std_1d_nb", (SERIES, 5, 2, 1), (0,), lambda f: njit(lambda a, w, m, d: f(a, w, m, d)[4:]))
case("vectorbt", "vectorbt.generic.nb:ewm_mean_1d_nb", (SERIES, 5, 1, True), (0,))
case("vectorbt", "vectorbt.generic.nb:nanmean_nb", (SERIES.reshape(12, 2),), (0,))


# --- machine learning ---------------------------------------------------------------------------------------------------------

P8, Q8 = X8 / X8.sum(), Y8 / Y8.sum()
for _name in ("euclidean", "manhattan", "canberra", "bray_curtis", "cosine", "correlation", "hellinger", "poincare", "symmetric_kl", "log_beta", "ll_dirichlet", "haversine", "chebyshev", "minkowski", "weighted_minkowski"):
    _x, _y = (P8, Q8) if _name in ("hellinger", "symmetric_kl") else (X8[:2], Y8[:2]) if _name == "haversine" else (1.3, 2.4) if _name == "log_beta" else (X8 / 6, Y8 / 6) if _name == "poincare" else (X8 + 1, Y8 + 1) if _name == "ll_dirichlet" else (X8, Y8)
    case("umap-learn", f"umap.distances:{_name}", (_x, _y, X8, 2.5) if _name == "weighted_minkowski" else (_x, _y), (0, 1))
case("umap-learn", "umap.distances:mahalanobis_f64", (X8[:3], Y8[:3], np.eye(3) + 0.1), (0, 1))
case("umap-learn", "umap.layouts:clip", (1.7,), (0,))
for _name in ("euclidean", "cosine", "jensen_shannon_divergence", "symmetric_kl_divergence", "wasserstein_1d", "tsss", "true_angular", "kantorovich"):
    case("pynndescent", f"pynndescent.distances:{_name}", (P8, Q8), (0, 1), failure="plain numbers" if _name == "kantorovich" else "")
TS1, TS2 = np.sin(np.arange(14) * 0.7), np.cos(np.arange(14) * 0.5) + 0.1
for _name, _more in {"dtw": (), "wdtw": (), "ddtw": (), "msm": (), "twe": (), "erp": (), "adtw": (), "soft_dtw": (0.7,)}.items():
    case("aeon", f"aeon.distances.elastic._{_name}:{_name}_distance", (TS1, TS2, *_more), (0, 1))
case("aeon", "aeon.distances.pointwise._minkowski:minkowski_distance", (TS1, TS2, 3.0), (0, 1))
case("aeon", "aeon.transformations.series._yeojohnson:_yeo_johnson_transform", (TS1, 0.7), (0, 1))
case("aeon", "aeon.transformations.series.smoothing._lowess:_lowess_1d", (TS1 + 0.1 * TS2, 0.5, 2, 0.0), (0,))
for _name in ("braycurtis", "canberra", "correlation", "cosine", "euclidean", "jensenshannon"):
    case("fastdist", f"fastdist.fastdist:{_name}", (P8, Q8), (0, 1))
case("fastdist", "fastdist.fastdist:mahalanobis", (X8[:3], Y8[:3], np.eye(3) + 0.1), (0, 1, 2))
case("fastdist", "fastdist.fastdist:minkowski", (X8, Y8, 3.0), (0, 1, 2))
case("fastdist", "fastdist.fastdist:r2_score", (X8, Y8), (0, 1))
case("fastdist", "fastdist.fastdist:mean_squared_log_error", (X8, Y8), (0, 1))

LOG = lambda *shape: np.log(rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]))  # noqa: E731
case("hmmkay", "hmmkay.hmm:_forward", (A([0, 1, 1, 2, 0]), LOG(2), LOG(2, 2), LOG(2, 3)), (1, 2, 3), lambda f: njit(lambda s, p, a, b: f(s, p, a, b, np.empty((2, 5)))))
case("hmmkay", "hmmkay.utils:_logsumexp", (X8,), (0,))


# --- signals, splines, physics --------------------------------------------------------------------------------------------------

def resample(f):
    def run(x, window):
        y = np.zeros(12)
        delta = np.zeros_like(window)
        delta[:-1] = window[1:] - window[:-1]
        f(x, np.arange(12) * 0.55, window, delta, 8, 1.0, y)
        return y

    return njit(run)


case("resampy", "resampy.interpn:_resample_loop_s", (rng.normal(size=10), np.sinc(np.linspace(0, 4, 33))), (0, 1), resample)
case("stumpy", "stumpy.core:_sliding_dot_product", (X8[:4], SERIES), (0, 1))
case("stumpy", "stumpy.core:_rolling_nanstd_1d", (SERIES, 5), (0,))
case("stumpy", "stumpy.core:_p_norm_distance_profile", (X8[:4], SERIES, 2.0), (0, 1))
case("interpolation", "interpolation.splines.hermite:HermiteInterpolation", (0.5, GRID, GRID**2, 2 * GRID), (0, 1, 2, 3))
case("interpolation", "interpolation.splines.hermite:hermite_interp", (0.5, 0.3, 1.1, 0.2, 0.7, 0.4, 0.9), tuple(range(7)))
case("interpolation", "interpolation.splines.eval_cubic_numba:eval_cubic_spline_1", (A([0.0]), A([1.0]), A([6]), rng.normal(size=8), A([0.37])), (3, 4))
case("interpolation", "interpolation.splines.eval_cubic_numba:eval_cubic_spline_2", (A([0.0, 0.0]), A([1.0, 2.0]), A([6, 5]), rng.normal(size=(8, 7)), A([0.37, 1.2])), (3, 4))
case("interpolation", "interpolation.splines.filter_cubic:filter_coeffs_1d", (A([5.0]), rng.normal(size=6)), (1,))
case("interpolation", "interpolation.complete_poly:_complete_poly_impl_vec", (X8[:3],), (0,), lambda f: njit(lambda z: fill(f, z)))
case("numba-extinction", "numba_extinction.models.ccm_89:ccm89_invum", (A([0.5, 1.5, 2.5, 4.0, 7.0, 9.0]), 3.1), (0, 1), lambda f: njit(lambda x, r: sums(f, x)))
case("numba-extinction", "numba_extinction.models.calzetti_00:calzetti00_invum", (2.1, 3.1), (0, 1))
case("numba-extinction", "numba_extinction.models.ccm_89:compute_exctinction", (A([3500.0, 5500.0, 9000.0]), 0.8, 3.1), (1, 2))
case("numba-extinction", "numba_extinction.models.fitzpatrick_99:Fi99_uv_invum", (5.0, 0.8, 3.1, A([4.596, 0.99, 3.23, 0.41, 5.9, 4.596**2, 0.99**2])), (0, 1, 2, 3))
case("numba-extinction", "numba_extinction.utils.cubic_spline:sparse_solver", (rng.uniform(0.1, 0.3, 5), 2 + X8[:5], rng.uniform(0.1, 0.3, 5), X8[:5]), (0, 1, 2, 3))
case("cubic-spline", "cubic_spline.tools:sparse_solver", (rng.uniform(0.1, 0.3, 5), 2 + X8[:5], rng.uniform(0.1, 0.3, 5), X8[:5]), (0, 1, 2, 3))
case("numba-celltree", "numba_celltree.geometry_utils:polygon_area", (A([[0.0, 0.0], [2.0, 0.1], [2.3, 1.8], [0.2, 1.5]]),), (0,))
MODEL = (A([2.0, 4.0, 0.0]), A([4.0, 5.2, 7.0]), A([2.2, 3.0, 4.1]), A([2.4, 2.5, 2.9]))
case("disba", "disba._cps._surf96:dltar1", (0.3, 1.1, *MODEL, 0), (0, 1, 2, 4, 5))
case("disba", "disba._cps._surf96:dltar4", (0.5, 1.1, *MODEL, 0), (0, 1, 2, 3, 4, 5), lambda f: njit(lambda w, o, d, a, b, r, i: f(w, o, d, a, b, r, i, np.zeros((5, 5)))))
case("disba", "disba._cps._surf96:fast_delta", (0.45, 1.1, *MODEL, 1), (0, 1, 2, 3, 4, 5))
case("fastjmd95", "fastjmd95.jmd95numba:rho", (35.1, 12.2, 100.0), (0, 1, 2), lambda f: njit(lambda s, t, p: f(s, t, p)))
case("spherical", "spherical.recursions.wigner3j:normalize", (X8,), (0,), lambda f: njit(lambda x: normalized(f, x)))


@njit
def fill(f, z):
    out = np.empty(20)
    f(z, 3, out)
    return out


@njit
def sums(f, x):
    s = 0.0
    for i in range(len(x)):
        a, b = f(x[i])
        s += a * (i + 1) + b
    return s


@njit
def triangle(f, t, p):
    w = np.empty(3)
    f(t, p, w)
    return w


@njit
def product(f, p, q):
    out = np.empty(4)
    f(p, q, out)
    return out


@njit
def normalized(f, x):
    y = x.copy()
    f(y, 0, 7)
    return y
