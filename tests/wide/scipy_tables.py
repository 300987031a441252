"""What drawn programs of SciPy's functions are made of: `{a}` is any array, `{v}` and `{w}` are vectors of one length, `{k}` is that, `{m}` is a square matrix, `{e}` is a number, `{c}` a plain one; the order decides what a seed draws."""

ELEMENTS = [
    "S.special.expit({a})", "S.special.gammaln({a} * {a} + 0.5)", "S.special.erf({a})", "S.special.ndtr({a})", "S.special.log_ndtr({a})", "S.special.softmax({a})",
    "S.special.logsumexp({a})", "S.special.logsumexp({a}, axis=-1)", "S.special.log_softmax({a}, axis=0)", "S.special.xlogy({a} * {a}, {a} * {a} + 1.0)", "S.special.j0({a})", "S.special.i0e({a})",
    "S.special.betaln({a} * {a} + 1.0, 1.7)", "S.special.gammainc(1.7, {a} * {a} + 0.1)", "S.special.digamma({a} * {a} + 0.7)", "S.special.ellipk(S.special.expit({a}))",
    "S.special.entr(np.abs({a}) + 0.1)", "S.special.huber(1.0, {a})", "S.special.erfcx({a})", "S.special.ndtri(S.special.expit({a}))", "S.special.multigammaln({e} * {e} + 3.0, 2)",
    "S.stats.norm.logpdf({a})", "S.stats.norm.logpdf({a}, {e}, 1.0 + {e} * {e})", "S.stats.t.logpdf({a}, 4.0 + {e} * {e})", "S.stats.gamma.cdf({a} * {a} + 0.1, 1.7)", "S.stats.expon.logsf(np.abs({a}))",
    "S.stats.beta.logpdf(S.special.expit({a}), 2.0, 1.0 + {e} * {e})", "S.stats.norm.ppf(S.special.expit({a}))", "S.stats.laplace.cdf({a} + 0.013)", "S.stats.logistic.logpdf({a}, scale=1.3)",
    "S.stats.poisson.logpmf(2, {a} * {a} + 0.3)", "S.stats.lognorm.logpdf(np.exp({a}), 0.8)", "S.stats.gumbel_r.cdf({a})", "S.stats.weibull_min.logsf(np.abs({a}) + 0.2, 1.5)",
]
"""Functions of any array."""

VECTORS = [
    "S.integrate.trapezoid({v})", "S.integrate.simpson({v}, dx=0.3)", "S.integrate.cumulative_trapezoid({v}, initial=0)", "S.stats.zscore({v} + np.arange({k}))", "S.stats.skew({v} + np.arange({k}) ** 2)",
    "S.stats.gmean({v} * {v} + 0.2)", "S.stats.moment({v}, 3)", "S.stats.sem({v})",
    "S.signal.lfilter([1.0, 0.5], [1.0, -0.3], {v})", "S.signal.convolve({v}, {w}, 'same')", "S.signal.fftconvolve({v}, {w})", "S.signal.correlate({v}, {w})", "S.signal.detrend({v})",
    "S.signal.lfilter([{e}], [1.0, 0.3 * {e}], {v})", "S.signal.sosfilt([[1.0, 0.2, 0.0, 1.0, -0.4, 0.1]], {v})",
    "S.ndimage.gaussian_filter1d({v}, 0.8)", "S.ndimage.uniform_filter1d({v}, 3, mode='nearest')", "S.ndimage.convolve1d({v}, [0.2, 0.5, 0.3])",
    "S.interpolate.CubicSpline(np.arange({k}), {v})(np.linspace(0.1, {k} - 1.1, 4))", "S.interpolate.PchipInterpolator(np.arange({k}), {v})(np.linspace(0.1, {k} - 1.1, 4))",
    "S.interpolate.make_interp_spline(np.arange({k}), {v}, k=1)(0.3 + 0.1 * S.special.expit({w}))", "S.interpolate.BarycentricInterpolator(np.arange({k}), {v})(0.3)",
    "S.interpolate.Akima1DInterpolator(np.arange({k}), {v})(np.array([0.3, 0.7]))", "S.interpolate.interp1d(np.arange({k}), {v})(0.4 + 0.2 * np.tanh({e}))",
    "S.spatial.distance.euclidean({v}, {w} + 1.0)", "S.spatial.distance.cosine({v} + 2.0, {w} + 3.0)", "S.spatial.distance.cdist({v}[:, None], {w}[:, None] + 5.0, 'sqeuclidean')",
    "S.linalg.norm({v})", "S.linalg.toeplitz({v})", "S.linalg.solve_toeplitz(np.concatenate([[4.0 * {k}], {v}[1:]]), {w})", "S.linalg.circulant({v})",
    "S.linalg.solve_banded((0, 1), np.stack([{v}, 3.0 + {v} * {v}]), {w})", "S.linalg.block_diag({v}, {w})", "S.linalg.khatri_rao({v}[None], {w}[None])",
    "S.integrate.solve_ivp(lambda t, y: -y * {e} + np.sin(t), (0.0, 0.7), {v}, rtol=1e-9, atol=1e-9).y[:, -1]",
    "S.integrate.solve_ivp(lambda t, y, q: q - 0.3 * y ** 2, (0.0, 0.5), {v}, t_eval=[0.2, 0.5], args=({e},), method='DOP853', rtol=1e-10, atol=1e-10).y",
    "S.integrate.odeint(lambda y, t: -{e} * {e} * y, {v}, [0.0, 0.3, 0.6], rtol=1e-12, atol=1e-12)",
    "S.optimize.root(lambda z: z + 0.1 * z ** 3 - {v}, np.zeros({k}), tol=1e-12).x", "S.optimize.fsolve(lambda z, q: z * (2.0 + q * q) - {v}, np.zeros({k}), args=({e},), xtol=1e-13)",
]
"""Functions of vectors."""

NUMBERS = [
    "S.optimize.brentq(lambda t: t ** 3 + t - {e}, -9.0, 9.0, xtol=1e-14)", "S.optimize.newton(lambda t: t ** 3 + 2.0 * t - {e}, 0.1, tol=1e-13)", "S.optimize.toms748(lambda t, q: np.tanh(t) + t - q, -9.0, 9.0, args=({e},))",
    "S.integrate.quad(lambda t: np.exp(-t * {e} * 0.3), 0.0, 1.0)[0]", "S.integrate.quad(lambda t, q: q * np.cos(t * np.tanh(q)), 0.0, np.tanh({e}) + 1.5, args=({e},))[0]",
    "S.integrate.fixed_quad(lambda t: np.sin(t * {e}), 0.0, 1.0, n=6)[0]", "S.integrate.quad(lambda t: {e} * t if t < 0.5 else {e} ** 2, 0.0, 1.0)[0]",
    "S.integrate.dblquad(lambda y, x: x * y * {e}, 0.0, 1.0, 0.0, lambda x: x + 0.5)[0]",
    "S.special.gammainc(1.2 + {e} * {e}, 1.5)", "S.special.betainc(1.5, 1.0 + {e} * {e}, 0.4)", "S.stats.binom.logpmf(3, 7, S.special.expit({e}))", "S.stats.norm.entropy(scale=1.0 + {e} * {e})",
    "S.optimize.fixed_point(lambda t: np.cos(t) * 0.5 + 0.2 * {e}, 0.3, xtol=1e-13)",
]
"""Functions of a number."""

MATRICES = [
    "S.linalg.expm({m} * 0.4)", "S.linalg.solve({m} + 4.0 * np.eye({k}), {m})", "S.linalg.inv({m} + 4.0 * np.eye({k}))", "S.linalg.det({m} + np.eye({k}))", "S.linalg.cholesky({m} @ {m}.T + 2.0 * np.eye({k}))",
    "S.linalg.cho_solve(S.linalg.cho_factor({m} @ {m}.T + np.eye({k})), {m})", "S.linalg.lu_solve(S.linalg.lu_factor({m} + 4.0 * np.eye({k})), {m}[0])", "S.linalg.sqrtm({m} @ {m}.T + 2.0 * np.eye({k}))",
    "S.linalg.logm({m} @ {m}.T + 2.0 * np.eye({k}))", "S.linalg.solve_triangular({m} + 4.0 * np.eye({k}), {m}, lower=True)", "S.linalg.eigh({m} + {m}.T, eigvals_only=True)", "S.linalg.svdvals({m})",
    "S.linalg.solve_sylvester({m} + 4.0 * np.eye({k}), {m} + 5.0 * np.eye({k}), {m})", "S.linalg.pinv({m} + 4.0 * np.eye({k}))", "S.linalg.qr({m} + 4.0 * np.eye({k}))[1]", "S.linalg.lstsq({m} + 4.0 * np.eye({k}), {m}[0])[0]",
    "S.linalg.matrix_balance({m})[0] if False else {m} * 1.0", "S.linalg.polar({m} + 4.0 * np.eye({k}))[1]", "S.linalg.solve({m} @ {m}.T + np.eye({k}), {m}[:, 0], assume_a='pos')",
    "S.ndimage.gaussian_filter({m}, 0.7)", "S.ndimage.shift({m}, 0.3, order=1)", "S.ndimage.sobel({m})", "S.ndimage.map_coordinates({m}, [[0.3, 0.6], [0.2, 0.7]], order=1)", "S.signal.convolve2d({m}, {m}, 'same')",
    "S.spatial.distance.pdist({m} + 3.0 * np.eye({k}))", "S.spatial.distance.cdist({m}, {m} + 4.0)", "S.stats.multivariate_normal.logpdf({m}[0], np.zeros({k}), {m} @ {m}.T + np.eye({k}))",
    "S.special.logsumexp({m}, axis=1, b={m} * {m})", "S.integrate.trapezoid({m}, axis=0)", "S.interpolate.RegularGridInterpolator((np.arange({k}), np.arange({k})), {m})([[0.3, 0.6]])",
]
"""Functions of square matrices."""
