"""What converts a recorded value to a plain one is named by the name under which it is imported, with what to write in its place."""

from __future__ import annotations

import math
import random
import re
import statistics
import struct
from typing import Any

import numpy as np
import pytest
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.sparse.linalg
import scipy.spatial
import scipy.special
import scipy.stats
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

import jittape as jt
import jittape.scipy.linalg
from jittape.errors import DerivativeLostError

X = np.array([1.1, 2.2, 2.9])
RNG = np.random.default_rng(0)
S, M = scipy.sparse.csr_array(np.eye(3)), 2.0 * np.eye(3)
SPLINE = scipy.interpolate.CubicSpline([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 4.0, 9.0])


@np.vectorize
def twice(v: Any) -> Any:
    return 2 * v


def filled(x: Any) -> Any:
    a = np.zeros(3)
    a[0] = x[0]
    return a


def copied(x: Any) -> Any:
    a = np.zeros(3)
    a[:] = x
    return a


LIBRARIES = {
    "scipy.stats.norm.logpdf": (lambda x: norm.logpdf(x, 0.0, 1.0), "from jittape.scipy import stats`, whose norm.logpdf is recorded"),
    "scipy.stats.norm.cdf": (lambda x: scipy.stats.norm(x[0]).cdf(1.0), "whose norm.cdf"),
    "scipy.stats.gamma.logpdf": (lambda x: scipy.stats.gamma.logpdf(2.0, x[0]), "whose gamma.logpdf"),
    "scipy.stats.multivariate_normal.logpdf": (lambda x: multivariate_normal.logpdf(x, np.zeros(3), M), "whose multivariate_normal.logpdf"),
    "scipy.stats.skew": (lambda x: scipy.stats.skew(x), "whose skew"),
    "scipy.integrate.solve_ivp": (lambda x: scipy.integrate.solve_ivp(lambda t, y: -x[0] * y, (0, 1), [1.0]).y, "from jittape.scipy import integrate.*jittape.primitive"),
    "scipy.integrate.odeint": (lambda x: scipy.integrate.odeint(lambda y, t: -y, x, [0.0, 1.0]), "from jittape.scipy import integrate"),
    "scipy.integrate.quad": (lambda x: scipy.integrate.quad(lambda t: t, 0.0, x[0])[0], "from jittape.scipy import integrate"),
    "* of scipy.sparse.csr_array": (lambda x: S * x, r"A @ x, x @ A and A.dot\(x\).*A.toarray\(\) \* x"),
    "scipy.sparse.csr_array.multiply": (lambda x: S.multiply(x), "A.toarray"),
    "scipy.sparse.linalg.spsolve": (lambda x: scipy.sparse.linalg.spsolve(S.tocsc(), x), "from jittape.scipy.sparse import linalg`, whose spsolve"),
    "scipy.special.logsumexp": (lambda x: logsumexp(x), "whose logsumexp is recorded"),
    "scipy.special.softmax": (lambda x: scipy.special.softmax(x), "from jittape.scipy import special"),
    "scipy.linalg.solve": (lambda x: scipy.linalg.solve(M, x), "from jittape.scipy import linalg"),
    "scipy.linalg.cholesky": (lambda x: scipy.linalg.cholesky(M * x[0]), "from jittape.scipy import linalg"),
    "scipy.linalg.solve_triangular": (lambda x: scipy.linalg.solve_triangular(M, x), "from jittape.scipy import linalg"),
    "scipy.linalg.cho_solve": (lambda x: scipy.linalg.cho_solve((M, True), x), "from jittape.scipy import linalg"),
    "scipy.linalg.expm": (lambda x: scipy.linalg.expm(M * x[0]), "from jittape.scipy import linalg"),
    "scipy.sparse.linalg._interface.MatrixLinearOperator": (lambda x: scipy.sparse.linalg.aslinearoperator(S) @ x, "jittape.primitive"),
    "scipy.interpolate.CubicSpline": (lambda x: SPLINE(x), "from jittape.scipy import interpolate`, whose CubicSpline"),
    "scipy.interpolate.interp1d": (lambda x: scipy.interpolate.interp1d([0.0, 1.0, 2.0], x)(0.5), "whose interp1d is recorded"),
    "scipy.optimize.minimize": (lambda x: scipy.optimize.minimize(lambda z: np.sum((z - x[0]) ** 2), [1.0]).x, "from jittape.scipy import optimize`, whose minimize"),
    "scipy.spatial.distance.cdist": (lambda x: scipy.spatial.distance.cdist(x[:, None], x[:, None]), "whose cdist is recorded"),
    "jittape.scipy.linalg.null_space": (lambda x: jittape.scipy.linalg.null_space(M * x[0]), "functions of np.linalg and jittape.scipy.linalg"),
    "scipy.fft.fft": (lambda x: scipy.fft.fft(x), "from jittape.scipy import fft"),
    "numpy.vectorize": (lambda x: twice(x), r"np.stack\(\[f\(v\) for v in x\]\)"),
    "numpy.random.Generator.normal": (lambda x: RNG.normal(x[0], 1.0), r"mean \+ deviation \* rng.standard_normal"),
    "numpy.random.Generator.uniform": (lambda x: RNG.uniform(0.0, x[0]), r"rng.random"),
    "scipy.stats.gamma.cdf": (lambda x: scipy.stats.gamma.cdf(x, 2.0), "whose gamma.cdf is recorded"),
    "scipy.stats.gaussian_kde": (lambda x: scipy.stats.gaussian_kde(x)(0.5), "from jittape.scipy import stats"),
    "scipy.stats.zscore": (lambda x: scipy.stats.zscore(x), "whose zscore is recorded"),
    "scipy.stats.pearsonr": (lambda x: scipy.stats.pearsonr(x, x**2)[0], "whose pearsonr is recorded"),
    "scipy.stats.linregress": (lambda x: scipy.stats.linregress(x, x**2).slope, "Write its formula with NumPy"),
    "scipy.linalg.cho_factor": (lambda x: scipy.linalg.cho_factor(M * x[0])[0], "whose cho_factor"),
    "scipy.linalg.toeplitz": (lambda x: scipy.linalg.toeplitz(x), "whose toeplitz"),
    "scipy.linalg.norm": (lambda x: scipy.linalg.norm(x), "whose norm"),
    "scipy.integrate.simpson": (lambda x: scipy.integrate.simpson(x), "whose simpson"),
    "scipy.integrate.trapezoid": (lambda x: scipy.integrate.trapezoid(x), "whose trapezoid"),
    "scipy.interpolate.RegularGridInterpolator": (lambda x: scipy.interpolate.RegularGridInterpolator(([0.0, 1.0, 2.0],), x)([0.5])[0], "from jittape.scipy import interpolate"),
    "scipy.interpolate.PchipInterpolator": (lambda x: scipy.interpolate.PchipInterpolator([0.0, 1.0, 2.0], x)(0.5), "whose PchipInterpolator"),
    "scipy.optimize.brentq": (lambda x: scipy.optimize.brentq(lambda t: t - x[0], -5.0, 5.0), "whose brentq"),
    "scipy.optimize.root": (lambda x: scipy.optimize.root(lambda t: t - x, np.zeros(3)).x, "whose root"),
    "scipy.optimize.curve_fit": (lambda x: scipy.optimize.curve_fit(lambda t, a: a * t, np.arange(3.0), x)[0], "whose curve_fit"),
    "scipy.optimize.least_squares": (lambda x: scipy.optimize.least_squares(lambda t: t - x, np.zeros(3)).x, "whose least_squares"),
    "scipy.signal.convolve": (lambda x: scipy.signal.convolve(x, [1.0, 2.0]), "whose convolve"),
    "scipy.signal.lfilter": (lambda x: scipy.signal.lfilter([1.0], [1.0, 0.5], x), "whose lfilter"),
    "scipy.signal.savgol_filter": (lambda x: scipy.signal.savgol_filter(x, 3, 1), "whose savgol_filter"),
    "scipy.signal.find_peaks": (lambda x: scipy.signal.find_peaks(x)[0], "functions of jittape.scipy.signal"),
    "scipy.ndimage.gaussian_filter": (lambda x: scipy.ndimage.gaussian_filter(x, 1.0), "whose gaussian_filter"),
    "scipy.ndimage.map_coordinates": (lambda x: scipy.ndimage.map_coordinates(x, [[0.5, 1.5]]), "whose map_coordinates"),
    "scipy.spatial.KDTree": (lambda x: scipy.spatial.KDTree(x[:, None]).query([[0.0]])[0], "with NumPy's functions"),
    "math.exp": (lambda x: math.exp(x[0]), "write np.exp"),
    "math.hypot": (lambda x: math.hypot(*x), "write np.hypot"),
    "statistics.stdev": (lambda x: statistics.stdev(list(x)), "np.var"),
    "struct.pack": (lambda x: struct.pack("d", x[0])[0] * 1.0, "NumPy"),
    "numpy.polynomial.Polynomial": (lambda x: np.polynomial.Polynomial(x)(2.0), "np.polyval"),
    "numpy.full": (lambda x: np.full(3, x[0]), "NumPy"),
    "math.sin": (lambda x: math.sin(x[0]), "write np.sin"),
    "math.fsum": (lambda x: math.fsum(x), "NumPy"),
    "statistics.mean": (lambda x: statistics.mean(list(x)), "np.mean"),
    "random.Random.gammavariate": (lambda x: random.gammavariate(x[0], 1.0), "NumPy"),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_is_named_with_the_way_round(name: str) -> None:
    f, way = LIBRARIES[name]
    with pytest.raises(DerivativeLostError) as caught:
        jt.grad(lambda x: np.sum(f(x)))(X)
    said = str(caught.value)
    given = r"was given a recorded (array|number) at .*test_conversions\.py:\d+( in \w+)?, and would convert it to a"
    assert re.match(rf"(`.*`, )?(\S of )?{re.escape(name)},? {given}", said), said
    assert "build or fill" not in said and "docs/" not in said
    assert re.search(way, said), said


BUILT = {
    "array": (lambda x: np.array([x[0], x[1]]), "build or fill an array"),
    "asarray": (lambda x: np.asarray(x), "build or fill an array"),
    "float64": (lambda x: np.float64(x[0]), "build or fill an array"),
    "store": (filled, r"stored into a plain array.*`a\[0\]`.*build or fill"),
    "store of an array": (copied, r"stored into a plain ndarray.*`a\[:\]`.*build or fill"),
    "sum of a list": (lambda x: np.sum([x[0], x[1]]), r"^numpy.sum was given a list with recorded values at .*takes arrays.*np.stack"),
    "norm of a list": (lambda x: np.linalg.norm([x[0], x[1]]), r"^numpy.linalg.norm was given a list"),
    "float": (lambda x: float(x[0]), r"float\(\) of a recorded value.*stop_gradient"),
}


@pytest.mark.parametrize("name", BUILT)
def test_building_arrays(name: str) -> None:
    f, message = BUILT[name]
    with pytest.raises(DerivativeLostError, match=message) as caught:
        jt.grad(lambda x: np.sum(f(x)))(X)
    line = f.__code__.co_firstlineno
    there = re.search(r"test_conversions\.py:(\d+)( in \w+)?", str(caught.value))
    assert there is not None and int(there[1]) - line in range(3)
    assert (there[2] or "") == ("" if f.__name__ == "<lambda>" else f" in {f.__name__}")


def test_pandas() -> None:
    pd = pytest.importorskip("pandas")
    s = pd.Series([1.0, 2.0, 3.0])
    for f, name in ((lambda x: pd.Series(x), "pandas.Series"), (lambda x: s * x, r"\* of pandas.Series"), (lambda x: pd.cut(x, 2), "pandas.cut")):
        with pytest.raises(DerivativeLostError, match=rf"{name},? was given a recorded.*to_numpy\(\)"):
            jt.grad(lambda x, f=f: np.sum(f(x)))(X)


def test_code_without_source() -> None:
    """The text of a line that cannot be read is not made up."""
    scope: dict[str, Any] = {"np": np, "math": math, "norm": norm}
    exec("def f(x):\n    return math.sin(x[0])\ndef g(x):\n    return norm.logpdf(x[0])\n", scope)
    with pytest.raises(DerivativeLostError, match="functions of `math`"):
        jt.grad(scope["f"])(X)
    with pytest.raises(DerivativeLostError, match="scipy.stats.norm.logpdf was given a recorded array"):
        jt.grad(scope["g"])(X)


def test_a_librarys_function_that_is_differentiated_itself() -> None:
    with pytest.raises(DerivativeLostError, match="logsumexp"):
        jt.grad(logsumexp)(X)




@pytest.mark.parametrize(
    ("f", "way"),
    [
        (lambda x: jt.logsumexp(x, 0), r"write np.logaddexp.reduce\(x\)"),
        (lambda x: jt.relu(x), "np.maximum"),
        (lambda x: jt.sigmoid(x), "scipy.special.expit"),
        (lambda x: jt.trace(x), "np.trace"),
        (lambda x: jt.stack([x, x]), "np.stack"),
        (lambda x: jt.cat([x, x]), "np.concatenate"),
        (lambda x: jt.einsum("i,i", x, x), "np.einsum"),
        (lambda x: jt.where(x > 0, x, x), "np.where"),
        (lambda x: jt.tensordot(x, x, 1), "np.tensordot"),
    ],
)
def test_functions_of_tensors_name_numpys(f: Any, way: str) -> None:
    with pytest.raises(jt.RecordingError, match=f"is for tensors.*{way}"):
        jt.grad(lambda x: np.sum(f(x)))(X)


def test_every_function_that_is_named_exists() -> None:
    from jittape.eager.functions import FOR_ARRAYS, FUNCTIONS

    for name, way in FOR_ARRAYS.items():
        assert name in FUNCTIONS, name
        for word in way.replace("(", " ").replace(",", " ").split():
            if word.startswith(("np.", "scipy.")):
                found: Any = {"np": np, "scipy": scipy}[word.partition(".")[0]]
                for part in word.split(".")[1:]:
                    found = getattr(found, part)


class _Model:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.rngs = {"a": [self.rng]}


MODEL = _Model()


@pytest.mark.parametrize(("f", "name"), [
    (lambda x: np.random.default_rng().normal(x[0]), r"numpy\.random\.default_rng\(\)\.normal"),
    (lambda x: MODEL.rng.normal(x[0]), r"numpy\.random\.Generator\.normal"),
    (lambda x: MODEL.rngs["a"][0].normal(loc=x[0]), r"numpy\.random\.Generator\.normal"),
])  # fmt: skip
def test_methods_of_what_an_object_holds_are_named(f, name: str) -> None:
    with pytest.raises(DerivativeLostError, match=name + r" was given a recorded.*mean \+ deviation \* rng\.standard_normal"):
        jt.grad(f)(X)


def test_lengths_that_libraries_ask_for_are_remembered() -> None:
    torch = pytest.importorskip("torch")

    def f(x: Any) -> Any:
        try:
            torch.tensor(x[0])
        except TypeError:
            pass
        return x[0] * 2.0

    with pytest.raises(jt.errors.DerivativeLostError, match="would convert it to a tensor"):
        jt.grad(f)(np.array([1.0, 2.0]))
