"""Statistics of samples: standard scores, moments, means, correlation, entropy and kernel densities."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import special

from jittape.errors import RecordingError
from jittape.scipy.declare import declare, has_recorded, like, original, recording
from jittape.scipy.stats.arguments import real
from jittape.scipy.stats.formulas import LOG_2PI
from jittape.scipy.stats.several import Spread


def _propagates(name: str, nan_policy: str) -> None:
    if nan_policy != "propagate":
        raise RecordingError(f"scipy.stats.{name} of recorded values has nan_policy='propagate' only, not {nan_policy!r}: choose the elements before")


def _central(a: Any, axis: Any) -> tuple[Any, Any]:
    """(deviations from the mean, number of elements averaged over)."""
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    mean = np.mean(a, axis=axis, keepdims=True)
    return a - mean, np.size(a) // np.size(mean)


def _axis(axis: Any) -> Any:
    return 0 if axis is None else axis


@like("scipy.stats.zmap", by="scores, compare")
def zmap(scores: Any, compare: Any, axis: Any = 0, ddof: int = 0, nan_policy: str = "propagate") -> Any:
    """Scores in standard deviations of `compare` from its mean."""
    _propagates("zmap", nan_policy)
    scores, compare = real(scores), real(compare)
    return (scores - np.mean(compare, axis=axis, keepdims=True)) / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


@like("scipy.stats.zscore", by="a")
def zscore(a: Any, axis: Any = 0, ddof: int = 0, nan_policy: str = "propagate") -> Any:
    """Elements in standard deviations from their mean.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import stats
        >>> bool(np.allclose(jt.grad(lambda x: np.sum(stats.zscore(x)))(np.array([1.0, 2.0, 4.0])), 0.0))
        True
    """
    _propagates("zscore", nan_policy)
    return zmap(a, a, axis, ddof)


@like("scipy.stats.moment", by="a, center")
def moment(a: Any, order: Any = 1, axis: Any = 0, nan_policy: str = "propagate", *, center: Any = None, keepdims: bool = False) -> Any:
    """The moment of a whole order about the mean, or about `center`."""
    _propagates("moment", nan_policy)
    a = real(a)
    if np.ndim(order):
        return np.stack([moment(a, k, axis, center=center, keepdims=keepdims) for k in order])
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    middle = np.mean(a, axis=axis, keepdims=True) if center is None else center
    return np.mean((a - middle) ** int(order), axis=axis, keepdims=keepdims)


@like("scipy.stats.skew", by="a")
def skew(a: Any, axis: Any = 0, bias: bool = True, nan_policy: str = "propagate", *, keepdims: bool = False) -> Any:
    """The third standardised moment; without `bias` corrected for the size of the sample."""
    _propagates("skew", nan_policy)
    d, n = _central(real(a), axis)
    m2, m3 = (np.mean(d**k, axis=_axis(axis), keepdims=keepdims) for k in (2, 3))
    found = m3 / m2**1.5
    return found if bias or n < 3 else found * np.sqrt((n - 1.0) * n) / (n - 2.0)


@like("scipy.stats.kurtosis", by="a")
def kurtosis(a: Any, axis: Any = 0, fisher: bool = True, bias: bool = True, nan_policy: str = "propagate", *, keepdims: bool = False) -> Any:
    """The fourth standardised moment, less 3 for Fisher's; without `bias` corrected for the size of the sample."""
    _propagates("kurtosis", nan_policy)
    d, n = _central(real(a), axis)
    m2, m4 = (np.mean(d**k, axis=_axis(axis), keepdims=keepdims) for k in (2, 4))
    found = m4 / np.square(m2)
    if not bias and n > 3:
        found = ((n * n - 1.0) * found - 3.0 * (n - 1.0) ** 2) / ((n - 2.0) * (n - 3.0)) + 3.0
    return found - 3.0 if fisher else found


@like("scipy.stats.sem", by="a")
def sem(a: Any, axis: Any = 0, ddof: int = 1, nan_policy: str = "propagate", *, keepdims: bool = False) -> Any:
    """The standard error of the mean."""
    _propagates("sem", nan_policy)
    a = real(a)
    spread = np.std(a, axis=axis, ddof=ddof, keepdims=keepdims)
    return spread / np.sqrt(np.size(a) // np.size(spread))


@like("scipy.stats.variation", by="a")
def variation(a: Any, axis: Any = 0, nan_policy: str = "propagate", ddof: int = 0, *, keepdims: bool = False) -> Any:
    """The standard deviation over the mean."""
    _propagates("variation", nan_policy)
    a = real(a)
    return np.std(a, axis=axis, ddof=ddof, keepdims=keepdims) / np.mean(a, axis=axis, keepdims=keepdims)


def _average(x: Any, axis: Any, weights: Any, keepdims: bool) -> Any:
    if weights is None:
        return np.mean(x, axis=axis, keepdims=keepdims)
    return np.average(x, axis=axis, weights=real(weights), keepdims=bool(keepdims))  # type: ignore[call-overload]


def _own_dtype(name: str, dtype: Any) -> None:
    if dtype is not None:
        raise RecordingError(f"scipy.stats.{name} of recorded values takes no dtype=; leave it away")


@like("scipy.stats.gmean", by="a, weights")
def gmean(a: Any, axis: Any = 0, dtype: Any = None, weights: Any = None, *, nan_policy: str = "propagate", keepdims: bool = False) -> Any:
    """The geometric mean of positive numbers."""
    _propagates("gmean", nan_policy)
    _own_dtype("gmean", dtype)
    return np.exp(_average(np.log(real(a)), axis, weights, keepdims))


@like("scipy.stats.hmean", by="a, weights")
def hmean(a: Any, axis: Any = 0, dtype: Any = None, *, weights: Any = None, nan_policy: str = "propagate", keepdims: bool = False) -> Any:
    """The harmonic mean of positive numbers."""
    _propagates("hmean", nan_policy)
    _own_dtype("hmean", dtype)
    return 1.0 / _average(1.0 / real(a), axis, weights, keepdims)


@like("scipy.stats.pmean", by="a, p, weights")
def pmean(a: Any, p: Any, *, axis: Any = 0, dtype: Any = None, weights: Any = None, nan_policy: str = "propagate", keepdims: bool = False) -> Any:
    """The power mean of positive numbers; p is not zero where it is recorded."""
    _propagates("pmean", nan_policy)
    _own_dtype("pmean", dtype)
    if not has_recorded(p) and p == 0:
        return gmean(a, axis, weights=weights, keepdims=keepdims)
    return _average(real(a) ** p, axis, weights, keepdims) ** (1.0 / p)


@like("scipy.stats.entropy", by="pk, qk")
def entropy(pk: Any, qk: Any = None, base: Any = None, axis: Any = 0, *, nan_policy: str = "propagate", keepdims: bool = False) -> Any:
    """The entropy of shares in proportion to pk, or their divergence from shares in proportion to qk (Kullback and Leibler)."""
    _propagates("entropy", nan_policy)
    pk = real(pk)
    pk = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        found = np.sum(special.entr(pk), axis=axis, keepdims=keepdims)
    else:
        qk = real(qk)
        qk = qk / np.sum(qk, axis=axis, keepdims=True)
        found = np.sum(special.rel_entr(pk, qk), axis=axis, keepdims=keepdims)
    return found if base is None else found / np.log(base)


class Correlation(NamedTuple):
    """What `pearsonr` returns of recorded values."""

    statistic: Any
    pvalue: Any


@like("scipy.stats.pearsonr", by="x, y", note="of recorded values two-sided, by the t distribution")
def pearsonr(x: Any, y: Any, *, alternative: str = "two-sided", method: Any = None, axis: Any = 0) -> Any:
    """Pearson's correlation, and the probability of one as far from zero of independent normal samples."""
    if alternative != "two-sided" or method is not None:
        raise RecordingError("scipy.stats.pearsonr of recorded values has alternative='two-sided' and method=None only")
    (dx, n), (dy, _) = _central(real(x), axis), _central(real(y), axis)
    axis = _axis(axis)
    r = np.sum(dx * dy, axis=axis) / np.sqrt(np.sum(np.square(dx), axis=axis) * np.sum(np.square(dy), axis=axis))
    t = np.abs(r) * np.sqrt((n - 2.0) / ((1.0 - r) * (1.0 + r)))
    return Correlation(r, 2.0 * special.stdtr(n - 2.0, -t))


class gaussian_kde:
    """As scipy.stats.gaussian_kde: a density of normal kernels around a sample [n], or [d, n]; sample, weights and points may be recorded.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import stats
        >>> sample = np.array([0.0, 1.0, 3.0])
        >>> float(jt.grad(lambda x: stats.gaussian_kde(sample)(x)[0])(1.0)).__round__(6)
        -0.013576
    """

    def __init__(self, dataset: Any, bw_method: Any = None, weights: Any = None) -> None:
        self.given = dataset, bw_method, weights

    def _kernels(self, points: Any, dataset: Any, bw_method: Any, weights: Any) -> Any:
        """The logarithm of the density at points [d, m]."""
        data, x = np.atleast_2d(real(dataset)), np.atleast_2d(real(points))
        d, n = data.shape
        if n < 2:
            raise ValueError(f"scipy.stats.gaussian_kde: a sample has at least two points, not shape {data.shape}; it is [n] or [d, n]")
        if x.shape[0] != d:
            if x.shape != (1, d):
                raise ValueError(f"scipy.stats.gaussian_kde: points have dimension {x.shape[0]}, the sample {d}")
            x = np.reshape(x, (d, 1))
        w = np.full(n, 1.0 / n) if weights is None else real(weights) / np.sum(real(weights))
        size = 1.0 / np.sum(np.square(w))
        if bw_method is None or bw_method == "scott":
            factor = size ** (-1.0 / (d + 4.0))
        elif bw_method == "silverman":
            factor = (size * (d + 2.0) / 4.0) ** (-1.0 / (d + 4.0))
        elif callable(bw_method):
            raise RecordingError("scipy.stats.gaussian_kde of recorded values takes bw_method as a number, 'scott' or 'silverman'")
        else:
            factor = real(bw_method)
        mean = np.sum(data * w, axis=1, keepdims=True)
        cov = ((data - mean) * w) @ (data - mean).T / (1.0 - np.sum(np.square(w)))
        s = Spread("gaussian_kde", np.zeros(d), cov)
        z = s.whitened(np.reshape(x.T[:, None] - data.T[None], (-1, d))) / factor
        logs = np.reshape(-0.5 * np.sum(np.square(z), axis=-1), (x.shape[1], n)) + np.log(w)
        return np.logaddexp.reduce(logs, axis=1) - 0.5 * (d * LOG_2PI + s.log_det) - d * np.log(factor)

    def logpdf(self, x: Any) -> Any:
        """The logarithm of the density at points [m] or [d, m]."""
        plain = lambda x, data, bw, weights: original("scipy.stats.gaussian_kde")(data, bw, weights).logpdf(x)
        return recording(self._kernels, plain)(x, *self.given)

    def evaluate(self, points: Any) -> Any:
        """The density at points [m] or [d, m]."""
        plain = lambda x, data, bw, weights: original("scipy.stats.gaussian_kde")(data, bw, weights)(x)
        return recording(lambda *args: np.exp(self._kernels(*args)), plain)(points, *self.given)

    __call__ = pdf = evaluate

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or has_recorded(self.given):
            raise AttributeError(f"gaussian_kde of a recorded sample has no attribute {name!r}")
        return getattr(original("scipy.stats.gaussian_kde")(*self.given), name)


declare("scipy.stats.gaussian_kde", "dataset, weights, bw_method, points", "pdf, logpdf", ("pdf", "logpdf", "evaluate"))

__all__ = [
    "entropy", "gaussian_kde", "gmean", "hmean", "kurtosis", "moment", "pearsonr", "pmean", "sem", "skew", "variation", "zmap", "zscore",
]  # fmt: skip
