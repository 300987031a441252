"""More functions of published packages, found by giving Numba functions of a package arguments of one kind after another until one
of them took some: numbers, vectors (v: 8 elements, w: 3), series (s: 30) and matrices (m: 3 by 3, r: 8 by 3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from native_packages import case
from numba import njit


def _drawn(k: int, *shape: int) -> Any:
    return np.random.default_rng(100 + k).uniform(0.5, 2.3, shape)


def v(k: int) -> Any: return _drawn(k, 8)
def w(k: int) -> Any: return _drawn(k, 3)
def s(k: int) -> Any: return 20.0 + np.cumsum(np.random.default_rng(200 + k).normal(size=30))
def m(k: int) -> Any: return 2.0 * np.eye(3) + 0.4 * _drawn(k, 3, 3)
def r(k: int) -> Any: return 0.4 * _drawn(k, 8, 3)
def c(k: int) -> Any: return 0.4 * _drawn(k, 3, 3, 3)


INTS = np.arange(8) % 3
Q = np.array([0.8, 0.3, 0.4, np.sqrt(0.11)])
"""A quaternion of length one."""


def fills(*places: int) -> Callable[[Any], Any]:
    """For functions that return nothing: a function that returns copies of the arguments that they fill."""

    def use(f: Any) -> Any:
        n = len(f.py_func.__code__.co_varnames[: f.py_func.__code__.co_argcount])
        text = f"def run({', '.join(f'a{i}' for i in range(n))}):\n"
        text += "".join(f"    b{i} = a{i}.copy()\n" for i in places)
        text += f"    f({', '.join(f'b{i}' if i in places else f'a{i}' for i in range(n))})\n    return ({', '.join(f'b{i}' for i in places)},)\n"
        scope = {"f": f}
        exec(text, scope)
        return njit(scope["run"])

    return use


# fmt: off

case("antropy", "antropy.utils:_linear_regression", (s(0), s(1)), (0, 1))

case("bztetra", "bztetra._causality:_build_augmented_omega_numba", (v(0),), (0,))
case("bztetra", "bztetra.twod._response_kernels:_upper_interval_s1", (0.4, 0.71), (0, 1))
case("bztetra", "bztetra.twod._response_kernels:_lower_interval_r2", (0.4, 0.71), (0, 1))
case("bztetra", "bztetra.twod._response_kernels:_sum_pair_scalar_observables_numba", (m(0),), (0,))
case("bztetra", "bztetra._response_static:_polstat_1211_numba", (0.4, 0.71, 1.02, 1.33), (0, 1, 2, 3))
case("bztetra", "bztetra._response_static:_polstat_1222_numba", (0.4, 0.71, 1.02, 1.33), (0, 1, 2, 3))

case("consav", "consav.grids:nonlinspace_jit", (0.4, 0.71, 4, 1.33), (0, 1, 3))
case("consav", "consav.linear_interp_1d:_interp_1d", (v(0), v(1), 1.02, 2), (0, 1, 2))
case("consav", "consav.linear_interp_2d:interp_2d", (v(0), w(1), m(2), 1.33, 1.64), (0, 1, 2, 3, 4))
case("consav", "consav.linear_interp_1d:interp_1d", (v(0), v(1), 1.02), (0, 1, 2))

case("cyrk", "CyRK.nb.nbrk:_norm", (s(0),), (0,))

case("econ-ark", "HARK.numba_tools:CRRAutility_invP", (0.4, 0.71), (0, 1))
case("econ-ark", "HARK.numba_tools:CRRAutilityP_inv", (0.4, 0.71), (0, 1))
case("econ-ark", "HARK.numba_tools:CRRAutilityP_invP", (0.4, 0.71), (0, 1))
case("econ-ark", "HARK.numba_tools:_decay_extrap_coeffs", (v(0), v(1), 1.02, 1.33), (0, 1, 2, 3))
case("econ-ark", "HARK.numba_tools:_interp_decay_deriv", (v(0), v(1), v(2), 1.33, 1.64, 1.95), (0, 1, 2, 3, 4, 5))
case("econ-ark", "HARK.numba_tools:CRRAutility", (0.4, 0.71), (0, 1))
case("econ-ark", "HARK.numba_tools:CRRAutilityPP", (0.4, 0.71), (0, 1))

case("fast-twed", "twed.utils:_dist_lp", (s(0), 0.71, 2), (0, 1))
case("fast-twed", "twed.utils:pad1d", (v(0),), (0,))
case("fast-twed", "twed.utils:pad2d", (m(0),), (0,))

case("fastpose", "fastpose.solvers.varying_focal:_rybkin_f_sq", (0.4, 0.71, 1.02, 1.33, 1.64, 1.95, 0.4, 0.71, 1.02), (0, 1, 2, 3, 4, 5, 6, 7, 8))
case("fastpose", "fastpose.solvers.p3p:_cubic_single_real", (0.4, 0.71, 1.02), (0, 1, 2))
case("fastpose", "fastpose.refiners.losses:_cauchy_cost", (0.4, 0.71), (0, 1))
case("fastpose", "fastpose.refiners.losses:_cauchy_weight", (0.4, 0.71), (0, 1))
case("fastpose", "fastpose.refiners.losses:_truncated_cauchy_cost", (0.4, 0.71), (0, 1))
case("fastpose", "fastpose.refiners.losses:_truncated_cost", (0.4, 0.71), (0, 1))

case("fluids", "fluids.numba:SA_partial_vertical_conical_head", (0.4, 0.71, 1.02), (0, 1, 2))
case("fluids", "fluids.numba:quadratic_from_points", (0.4, 0.71, 1.02, 1.33, 1.64, 1.95), (0, 1, 2, 3, 4, 5))
case("fluids", "fluids.numba:two_phase_dP_dz_acceleration", (2, m(1), 1.02, 1.33, 1.64, 1.95, 2, 0.71, w(8), w(9)), (1, 2, 3, 4, 5, 7, 8, 9))
case("fluids", "fluids.numba:scalh", (0.4, 0.71, 1.02, 1.33, 1.64), (0, 1, 2, 3, 4))
case("fluids", "fluids.numba:Weber", (m(0), 3, 1.02, 1.33), (0, 2, 3))
case("fluids", "fluids.numba:entrance_rounded_Harris", (0.4,), (0,))
case("fluids", "fluids.numba:cdf_Rosin_Rammler", (0.4, 3, 4), (0,))
case("fluids", "fluids.numba:head_from_K", (2, m(1), 9.807), (1, 2))
case("fluids", "fluids.numba:K_gate_valve_Crane", (0.4, 0.71, 1.02, None), (0, 1, 2))
case("fluids", "fluids.numba:Graf", (0.4,), (0,))
case("fluids", "fluids.numba:atmospheric_refraction_correction", (2, 0.71, 1.02, 1.33), (1, 2, 3))
case("fluids", "fluids.numba:Morton", (0.4, 0.71, 1.02, 1.33, 9.807), (0, 1, 2, 3, 4))
case("fluids", "fluids.numba:geocentric_sun_right_ascension", (0.4, 0.71, 1.02), (0, 1, 2))
case("fluids", "fluids.numba:XC_interp_obj", (0.4,), (0,))
case("fluids", "fluids.numba:mean_abs_error", (v(0), v(1)), (0, 1))
case("fluids", "fluids.numba:motor_efficiency_underloaded", (0.4, 0.5), (0, 1))

case("ht", "ht.numba:q_rad", (0.4, m(1), 0), (0, 1))
case("ht", "ht.numba:Nu_vertical_cylinder_Carne_Morgan", (0.4, 0.71, None), (0, 1))
case("ht", "ht.numba:Nu_Zukauskas_Bejan", (0.4, 0.71, 1.02, 1.33, 1.64, None), (0, 1, 2, 3, 4))
case("ht", "ht.numba:helical_turbulent_Nu_Mori_Nakayama", (0.4, 0.71, 1.02, 1.33), (0, 1, 2, 3))
case("ht", "ht.numba:Nu_HEDH_tube_bank", (0.4, 0.71, True, 1.33, 1.64, 1.95), (0, 1, 3, 4, 5))
case("ht", "ht.numba:k_to_R", (2, 0.71, 1.0), (1, 2))
case("ht", "ht.numba:Nu_Achenbach", (0.4, m(1), 0.4), (0, 1, 2))
case("ht", "ht.numba:McNelly", (w(0), 0.71, w(2), 1.33, w(4), 1.95, m(6), w(7), v(8)), (0, 1, 2, 3, 4, 5, 6, 7, 8))
case("ht", "ht.numba:Nu_cylinder_Fand", (0.4, 0.71), (0, 1))
case("ht", "ht.numba:Nu_free_vertical_plate", (0.4, 0.71, None, None, None, None), (0, 1))
case("ht", "ht.numba:Nu_external_horizontal_plate", (0.4, 0.71, None, None, None, 'Baehr', 'Schlichting', 500000.0), (0, 1, 7))
case("ht", "ht.numba:Nu_Gupta", (0.4, 0.71, None, None, None, None), (0, 1))
case("ht", "ht.numba:h_boiling_Yan_Lin", (2, v(1), 1.02, 1.33, 1.64, 1.95, v(6), 0.71, v(8), v(9), v(10)), (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))

case("hyper-corr", "hyper_corr.somersd:_bit_sum", (v(0), 3), (0,))
case("hyper-corr", "hyper_corr.kendalltau:_ranks_sorted", (v(0), s(1), 4), (0, 1))
case("hyper-corr", "hyper_corr.somersd:_UL", (m(0), 3, True), (0,))

case("kearsley-numba", "kearsley_numba.kearsley:fit", (m(0), m(1)), (0, 1))
case("kearsley-numba", "kearsley_numba.kearsley:apply_rot_2d", (m(0), m(1)), (0, 1))
case("kearsley-numba", "kearsley_numba.kearsley:fill_rot_and_trans", (Q, v(1), 1.02, m(3), v(4)), (0, 1, 2, 3, 4))
case("kearsley-numba", "kearsley_numba.kearsley:dot", (v(0), v(1)), (0, 1))
case("kearsley-numba", "kearsley_numba.kearsley:mean_numba", (r(0),), (0,))
case("kearsley-numba", "kearsley_numba.kearsley:fit_and_save", (m(0), m(1), m(2), w(3)), (0, 1, 2, 3))
case("kearsley-numba", "kearsley_numba.kearsley:fit_transform", (m(0), m(1), 1.02), (0, 1, 2))
case("kearsley-numba", "kearsley_numba.kearsley:eucl_dist", (v(0), v(1)), (0, 1))
case("kearsley-numba", "kearsley_numba.kearsley:transform", (0.4, m(1), m(2)), (0, 1, 2))

case("librosa", "librosa.core.notation:__bo_fold", (0.4,), (0,))
case("librosa", "librosa.sequence:__rqa_dp", (m(0), 0.71, 1.02, 1.33), (0, 1, 2, 3))
case("librosa", "librosa.core.notation:__o_fold", (0.4,), (0,))
case("librosa", "librosa.sequence:_viterbi", (m(0), m(1), 1.02), (0, 1, 2))

case("ndoptimize", "ndoptimize._least_squares:_whitened_residual", (m(0), 3, s(2), v(3), np.zeros(8)), (0, 2, 3, 4))
case("ndoptimize", "ndoptimize._least_squares:_chi2_prior", (v(0), v(1), v(2)), (0, 1, 2))

case("neurolib", "neurolib.models.aln.timeIntegration:fast_interp2_opt", (0.5 * np.arange(30.0), 0.5, 3.3, 0.4 * np.arange(8.0), 0.4, 1.3), (0, 1, 2, 3, 4, 5))
case("neurolib", "neurolib.models.multimodel.builder.aln:_get_interpolation_values", (3.3, 1.3, 0.5 * np.arange(30.0), 0.4 * np.arange(8.0), 0.5, 0.4), (0, 1, 2, 3, 4, 5))

case("noblegasmd", "noblegasmd.engine:mean_squared_velocity", (m(0), 3), (0,))
case("noblegasmd", "noblegasmd.engine:compute_forces", (m(0), 3), (0,))
case("noblegasmd", "noblegasmd.engine:compute_potential", (m(0), 3), (0,))
case("noblegasmd", "noblegasmd.engine:kinetic_energy", (m(0), 3), (0,))

case("numba-integrators", "numba_integrators._aux:norm", (s(0),), (0,))

case("numba-quaternion", "numba_quaternion:lastcol_quat_to_canonical", (Q,), (0,))
case("numba-quaternion", "numba_quaternion:canonical_quat_to_lastcol", (Q,), (0,))

case("numbacs", "numbacs.utils:shoelace", (m(0),), (0,))
case("numbacs", "numbacs.utils:inv_2D", (r(0),), (0,))
case("numbacs", "numbacs.utils:composite_simpsons_38_irregular", (v(0), w(1)), (0, 1))
case("numbacs", "numbacs.utils:gen_circ", (0.4, v(1), 4, None, None), (0, 1))
case("numbacs", "numbacs.utils:gen_filled_circ", (0.4, 3, 3.0, v(3), None, None), (0, 2, 3))
case("numbacs", "numbacs.utils:vec_dot_2D", (v(0), v(1)), (0, 1))
case("numbacs", "numbacs.utils:composite_simpsons", (v(0), 0.71), (0, 1))

case("numbagg", "numbagg.funcs:_first_valid_per_var", (r(0),), (0,))
case("numbagg", "numbagg.moving_matrix:_first_observation_shift", (r(0),), (0,))
case("numbagg", "numbagg.moving_matrix:_leading_rows_shift", (r(0), 3), (0,))

case("numbakit-ode", "nbkode.nbcompat.common:clip", (0.4, 0.71, 1.02), (0, 1, 2))

case("numbatalib", "numbatalib._func.ta_sinh:_sinh_kernel", (s(0), np.zeros(30)), (0,), fills(1))
case("numbatalib", "numbatalib._func.ta_cci:_cci_kernel", (v(0), v(1), v(2), np.zeros(30)), (0, 1, 2), fills(3))
case("numbatalib", "numbatalib._func.ta_typprice:_typprice_kernel", (s(0), s(1), s(2), np.zeros(30)), (0, 1, 2), fills(3))
case("numbatalib", "numbatalib._func.ta_wma:_wma_kernel", (s(0), 3, np.zeros(30)), (0,), fills(2))
case("numbatalib", "numbatalib._func.ta_sqrt:_sqrt_kernel", (s(0), np.zeros(30)), (0,), fills(1))
case("numbatalib", "numbatalib._func.ta_mom:_mom_kernel", (s(0), 3, np.zeros(30)), (0,), fills(2))
case("numbatalib", "numbatalib._func.ta_wclprice:_wclprice_kernel", (s(0), s(1), s(2), np.zeros(30)), (0, 1, 2), fills(3))
case("numbatalib", "numbatalib._func.ta_min:_min_kernel", (s(0), 3, np.zeros(30)), (0,), fills(2))
case("numbatalib", "numbatalib._func.ta_tsf:_tsf_kernel", (s(0), 3, np.zeros(30)), (0,), fills(2))
case("numbatalib", "numbatalib._func.ta_cosh:_cosh_kernel", (s(0), np.zeros(30)), (0,), fills(1))

case("pandapower", "pandapower.auxiliary:get_values", (v(0), v(1), INTS), (0, 1))

case("particles", "particles.hilbert:pack_index", (v(0), 0.71), (0, 1))
case("particles", "particles.hilbert:initial_start_end", (0.4, 0.71), (0, 1))
case("particles", "particles.variance_estimators:_sum_over_branches", (v(0), INTS), (0,))

case("prophetlite", "ProphetLite.fourier:get_future_fourier_series", (2, 3, 1.02, 2), (2,))
case("prophetlite", "ProphetLite.fourier:get_fourier_series", (2, 0.71, 4), (1,))

case("regridding", "regridding._interp_ndarray:_linear_interpolation", (s(0), 0.71), (0, 1))
case("regridding", "regridding.math:difference_3d", (w(0), w(1)), (0, 1))
case("regridding", "regridding._interp_ndarray:_ndarray_linear_interpolation_2d", (r(0), s(1), s(2)), (0, 1, 2))
case("regridding", "regridding.geometry:solid_angle", (w(0), m(1), 0.0), (0, 1, 2))
case("regridding", "regridding._weights._weights_multilinear._curvilinear:_distance", (0.4, 0.71, 1.02), (0, 1, 2))
case("regridding", "regridding.math:multiply_3d", (0.4, w(1)), (0, 1))

case("sequence-jacobian", "sequence_jacobian.utilities.interpolate:apply_coord_njit", (INTS, v(1), s(2)), (1, 2))
case("sequence-jacobian", "sequence_jacobian.utilities.optimized_routines:fast_aggregate", (s(0), s(1)), (0, 1))
case("sequence-jacobian", "sequence_jacobian.utilities.interpolate:interpolate_coord_robust_vector", (s(0), v(1)), (0, 1))
case("sequence-jacobian", "sequence_jacobian.utilities.interpolate:interpolate_point", (s(0), 0.71, 1.02, 1.33, 1.64), (0, 1, 2, 3, 4))
case("sequence-jacobian", "sequence_jacobian.hetblocks.hh_labor:cn", (0.4, 3, 1.02, 1.33, 1.64), (0, 2, 3, 4))

case("sparse", "sparse.numba_backend._compressed.convert:ravel_multi_index", (s(0), v(1)), (0, 1))
case("sparse", "sparse.numba_backend._compressed.convert:compute_flat", (m(0), v(1), 4), (0, 1))

case("spherical-functions", "spherical_functions.mode_conversions:eth_GHP", (v(0), 0.71, 0), (0, 1))
case("spherical-functions", "spherical_functions.mode_conversions:ethbar_GHP", (v(0), 0.71, 0), (0, 1))
case("spherical-functions", "spherical_functions.mode_conversions:constant_from_ell_0_mode", (0.4,), (0,))
case("spherical-functions", "spherical_functions.mode_conversions:constant_as_ell_0_mode", (0.4,), (0,))
case("spherical-functions", "spherical_functions.recursions.wignerH:nabsm_index", (2, 0.71), (1,))

case("ssqueezepy", "ssqueezepy.wavelets:_morlet", (2, 0.71, 1.02, m(3)), (1, 2, 3))
case("ssqueezepy", "ssqueezepy._gmw:_gmw_l1_par", (2, 0.71, 1.02, 1.33, 1.64), (1, 2, 3, 4))
case("ssqueezepy", "ssqueezepy._gmw:_gmw_l2", (2, 0.71, 1.02, 1.33, 1.64, 1.95), (1, 2, 3, 4, 5))
case("ssqueezepy", "ssqueezepy.wavelets:_morlet_par", (2, 0.71, 1.02, m(3)), (1, 2, 3))
case("ssqueezepy", "ssqueezepy.wavelets:_aifftshift_even", (v(0), v(1)), (0, 1))
case("ssqueezepy", "ssqueezepy.wavelets:_bump", (2, 0.71, 1.02, m(3), 1.64), (1, 2, 3, 4))
case("ssqueezepy", "ssqueezepy.wavelets:_hhhat", (0.4, m(1)), (0, 1))

case("ta-numba", "ta_numba.trend:sma_numba", (s(0), 20, 1), (0,))
case("ta-numba", "ta_numba.streaming.base:_streaming_true_range", (0.4, 0.71, s(2), 1.33), (0, 1, 2, 3))
case("ta-numba", "ta_numba.streaming.base:_streaming_stddev", (v(0),), (0,))
case("ta-numba", "ta_numba.helpers:_true_range_numba", (s(0), s(1), s(2)), (0, 1, 2))
case("ta-numba", "ta_numba.helpers:_ewm_numba", (s(0), 0.71), (0, 1))

case("turbosignal-sayam", "turbosignal.core:_numba_ema", (s(0), 0.71), (0, 1))
case("turbosignal-sayam", "turbosignal.core:_numba_rolling_avg", (s(0), 3), (0,))

case("xarray-spatial", "xrspatial.focal:_calc_max", (s(0),), (0,))
case("xarray-spatial", "xrspatial.viewshed:_calc_event_pos", (0.4, 0.71, 1.02, 1.33, 1.64), (0, 1, 2, 3, 4))
case("xarray-spatial", "xrspatial.viewshed:_calculate_event_row_col", (0.4, 0.71, 1.02, 1.33, 1.64), (0, 1, 2, 3, 4))
case("xarray-spatial", "xrspatial.perlin:_lerp", (s(0), 0.71, s(2)), (0, 1, 2))
case("xarray-spatial", "xrspatial.viewshed:_find_max_value", (v(0),), (0,))
case("xarray-spatial", "xrspatial.viewshed:_calc_dist_n_grad", (0.4, 0.71, 1.02, 1.33, 1.64, 1.95, 2, 3), (0, 1, 2, 3, 4, 5))

RAIN, EVAPORATION, WARMTH = 4.0 * _drawn(0, 20) - 2.0, _drawn(1, 20), 3.0 * _drawn(2, 20) - 4.0
case("pastas", "pastas.recharge:FlexModel.get_root_zone_balance", (RAIN, EVAPORATION, 25.0, 0.25, 10.0, 4.0, 1.0), (0, 1, 2, 3, 4, 5))
case("pastas", "pastas.recharge:FlexModel.get_interception_balance", (RAIN, EVAPORATION, 2.0, 1.0), (0, 1, 2))
case("pastas", "pastas.recharge:FlexModel.get_snow_balance", (RAIN, WARMTH, 0.1, 2.0), (0, 1, 2, 3))
case("pastas", "pastas.recharge:Berendrecht.get_recharge", (RAIN / 1000, EVAPORATION / 1000, 0.9, 1.0, 0.5, 250.0, -2.0, 0.5, 50.0, 1.0), (2, 3, 4, 5, 6, 7, 8), tolerance=1e-5, label="Berendrecht")
case("pastas", "pastas.recharge:Peterson.get_recharge", (RAIN, EVAPORATION, 1.5, 1.0, 1.0, 0.5, 1.0, 1.0), (0, 1, 2, 3, 4, 5), label="Peterson")
case("pastas", "pastas.noisemodels:ArmaNoiseModel.calculate_noise", (WARMTH, np.ones(20), 2.0, 3.0), (0, 2, 3))

STRIKES, VOLS, KINDS = np.array([90.0, 100.0, 112.0]), np.array([0.25, 0.2, 0.22]), np.array(["P", "C", "C"])
case("vanilla-option-pricers", "vanilla_option_pricers.black_scholes:compute_bsm_vanilla_price", (101.0, 95.0, 0.7, 0.2, "C", 0.97), (0, 1, 2, 3, 5))
case("vanilla-option-pricers", "vanilla_option_pricers.black_scholes:compute_bsm_vanilla_delta", (0.7, 101.0, 95.0, 0.2, "P", 0.97), (0, 1, 2, 3, 5))
case("vanilla-option-pricers", "vanilla_option_pricers.black_scholes:compute_bsm_vanilla_vega", (0.7, 101.0, 95.0, 0.2, 0.97), (0, 1, 2, 3, 4))
case("vanilla-option-pricers", "vanilla_option_pricers.black_scholes:compute_bsm_vanilla_theta", (0.7, 101.0, 95.0, 0.2, "C", 0.97, 0.02), (0, 1, 2, 3, 5, 6))
case("vanilla-option-pricers", "vanilla_option_pricers.black_scholes:compute_bsm_digital_price", (101.0, 95.0, 0.7, 0.2, "C", 0.97), (0, 1, 2, 3, 5))
case("vanilla-option-pricers", "vanilla_option_pricers.black_scholes:compute_bsm_vanilla_slice_prices", (0.7, 101.0, STRIKES, VOLS, KINDS, 0.97), (0, 1, 2, 3, 5))
case("vanilla-option-pricers", "vanilla_option_pricers.bachelier:compute_normal_price", (101.0, 95.0, 0.7, 20.0, 0.97, "C"), (0, 1, 2, 3, 4))
