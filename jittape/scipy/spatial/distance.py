"""`scipy.spatial.distance` for recorded values: distances between vectors, and between all pairs of rows of matrices.

A metric is a line of METRICS: a function of vectors along the last axis, which broadcasts over the others. The derivative of a distance
of zero is zero, as a norm's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.lift import safe_sqrt
from jittape.functions.products import as_array
from jittape.scipy.declare import falling_through, like, original
from jittape.scipy.operations import placed

__getattr__, __dir__ = falling_through("scipy.spatial.distance")

# --- metrics ----------------------------------------------------------------------------------------------------------------------------


def _total(x: Any, w: Any = None) -> Any:
    return np.sum(x if w is None else w * x, axis=-1)


def _sqeuclidean(u: Any, v: Any, w: Any = None) -> Any:
    d = u - v
    return _total(d * d, w)


def _minkowski(u: Any, v: Any, p: Any = 2, w: Any = None) -> Any:
    if p <= 0:
        raise ValueError("scipy.spatial.distance: p must be greater than 0")
    d = u - v
    return np.linalg.norm(d if w is None or p == np.inf else d * w ** (1.0 / p), p, axis=-1)


def _chebyshev(u: Any, v: Any, w: Any = None) -> Any:
    d = np.abs(u - v)
    return np.max(d if w is None else np.where(np.asarray(w) > 0, d, 0.0), axis=-1)


def _cosine(u: Any, v: Any, w: Any = None) -> Any:
    return 1.0 - _total(u * v, w) / safe_sqrt(_total(u * u, w) * _total(v * v, w))


def _correlation(u: Any, v: Any, w: Any = None, centered: bool = True) -> Any:
    if w is not None:
        w = w / np.sum(w)
    if centered:
        u, v = (x - (np.mean(x, axis=-1, keepdims=True) if w is None else np.sum(w * x, axis=-1, keepdims=True)) for x in (u, v))
    return _cosine(u, v, w)


def _mahalanobis(u: Any, v: Any, VI: Any) -> Any:
    d = u - v
    return safe_sqrt(np.sum(np.matmul(d, VI) * d, axis=-1))


def _canberra(u: Any, v: Any, w: Any = None) -> Any:
    size = np.abs(u) + np.abs(v)
    return _total(np.where(size == 0.0, 0.0, np.abs(u - v) / np.where(size == 0.0, 1.0, size)), w)


METRICS: dict[str, Callable[..., Any]] = {
    "euclidean": lambda u, v, w=None: safe_sqrt(_sqeuclidean(u, v, w)),
    "sqeuclidean": _sqeuclidean,
    "cityblock": lambda u, v, w=None: _total(np.abs(u - v), w),
    "chebyshev": _chebyshev,
    "minkowski": _minkowski,
    "cosine": _cosine,
    "correlation": _correlation,
    "mahalanobis": _mahalanobis,
    "seuclidean": lambda u, v, V: safe_sqrt(_total((u - v) ** 2 / V)),
    "braycurtis": lambda u, v, w=None: _total(np.abs(u - v), w) / _total(np.abs(u + v), w),
    "canberra": _canberra,
}
ALIASES = {
    "euclid": "euclidean", "eu": "euclidean", "e": "euclidean", "sqe": "sqeuclidean", "sqeuclid": "sqeuclidean", "cblock": "cityblock", "cb": "cityblock", "c": "cityblock",
    "manhattan": "cityblock", "chebychev": "chebyshev", "cheby": "chebyshev", "cheb": "chebyshev", "ch": "chebyshev", "mi": "minkowski", "m": "minkowski",
    "pnorm": "minkowski", "cos": "cosine", "co": "correlation", "mahal": "mahalanobis", "mah": "mahalanobis", "se": "seuclidean", "s": "seuclidean",
}  # fmt: skip
"""SciPy's short names."""


def _settled(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a metric, those that may be recorded as arrays."""
    return {k: as_array(v) if k in ("w", "V", "VI") and v is not None else v for k, v in options.items()}


def _metric(name: str, metric: Any, rows: Callable[[], Any], options: dict[str, Any]) -> Callable[..., Any]:
    """The metric as a function of (u, v), with what SciPy takes of the data where it is not given."""
    if callable(metric):
        return metric  # type: ignore[no-any-return]
    known = ALIASES.get(str(metric).lower(), str(metric).lower())
    if known not in METRICS:
        raise RecordingError(f"scipy.spatial.distance.{name} of recorded values has the metrics {', '.join(METRICS)}, not {metric!r}")
    options = _settled(options)
    if known == "seuclidean" and options.get("V") is None:
        options["V"] = np.var(rows(), axis=0, ddof=1)
    if known == "mahalanobis" and options.get("VI") is None:
        x = rows()
        centred = x - np.mean(x, axis=0)
        options["VI"] = np.linalg.inv(centred.T @ centred / (x.shape[0] - 1)).T
    return lambda u, v: METRICS[known](u, v, **options)


def _matrix(name: str, what: str, x: Any) -> Any:
    x = as_array(x)
    if x.ndim != 2:
        raise ValueError(f"scipy.spatial.distance.{name}: {what} must be a 2-dimensional array of vectors as rows, not of shape {x.shape}")
    return x


def _no_out(name: str, out: Any) -> None:
    if out is not None:
        raise RecordingError(f"scipy.spatial.distance.{name} of recorded values takes no out=; assign what it returns")


@like("scipy.spatial.distance.cdist", by="XA, XB, w, V, VI", note=f"metrics {', '.join(METRICS)}, or a function")
def cdist(XA: Any, XB: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """The distances [m, n] between the rows of XA [m, d] and of XB [n, d].

    Raises:
        ValueError: the rows have different lengths.
        RecordingError: another metric.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.spatial import distance
        >>> jt.grad(lambda x: np.sum(distance.cdist(x, np.zeros((1, 2)))))(np.array([[3.0, 4.0], [0.0, 0.0]])).round(3).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """
    _no_out("cdist", out)
    a, b = _matrix("cdist", "XA", XA), _matrix("cdist", "XB", XB)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"scipy.spatial.distance.cdist: XA and XB must have the same number of columns, not {a.shape[1]} and {b.shape[1]}")
    f = _metric("cdist", metric, lambda: np.concatenate([a, b]), kwargs)
    if callable(metric):
        return as_array([[f(u, v) for v in b] for u in a])
    return f(a[:, None, :], b[None, :, :])


@like("scipy.spatial.distance.pdist", by="X, w, V, VI", note="metrics as cdist")
def pdist(X: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """The distances between the rows i < j of X [m, d], as a vector; `squareform` makes a matrix of it."""
    _no_out("pdist", out)
    x = _matrix("pdist", "X", X)
    f = _metric("pdist", metric, lambda: x, kwargs)
    i, j = np.triu_indices(x.shape[0], 1)
    if callable(metric):
        return as_array([f(x[k], x[m]) for k, m in zip(i, j, strict=True)])
    return f(x[i], x[j])


@like("scipy.spatial.distance.squareform", by="X")
def squareform(X: Any, force: Any = "no", checks: Any = True) -> Any:
    """A vector of distances as a symmetric matrix with a diagonal of zeros, or the other way."""
    x = as_array(X)
    original("scipy.spatial.distance.squareform")(x.value(), force, checks)
    return placed(lambda numbers: original("scipy.spatial.distance.squareform")(numbers, force, False), x)


# --- of two vectors ------------------------------------------------------------------------------------------------------------------


def _vectors(name: str, u: Any, v: Any, **options: Any) -> Any:
    u, v = as_array(u), as_array(v)
    if u.ndim != 1 or v.ndim != 1 or u.shape != v.shape:
        raise ValueError(f"scipy.spatial.distance.{name}: u and v are vectors of one length, not arrays of shapes {u.shape} and {v.shape}")
    return METRICS[name](u, v, **_settled(options))


@like("scipy.spatial.distance.euclidean", by="u, v, w")
def euclidean(u: Any, v: Any, w: Any = None) -> Any:
    """The length of u - v."""
    return _vectors("euclidean", u, v, w=w)


@like("scipy.spatial.distance.sqeuclidean", by="u, v, w")
def sqeuclidean(u: Any, v: Any, w: Any = None) -> Any:
    """The squared length of u - v."""
    return _vectors("sqeuclidean", u, v, w=w)


@like("scipy.spatial.distance.cityblock", by="u, v, w")
def cityblock(u: Any, v: Any, w: Any = None) -> Any:
    """The sum of the absolute differences."""
    return _vectors("cityblock", u, v, w=w)


@like("scipy.spatial.distance.chebyshev", by="u, v")
def chebyshev(u: Any, v: Any, w: Any = None) -> Any:
    """The largest absolute difference."""
    return _vectors("chebyshev", u, v, w=w)


@like("scipy.spatial.distance.minkowski", by="u, v, w")
def minkowski(u: Any, v: Any, p: Any = 2, w: Any = None) -> Any:
    """The norm of order p of u - v."""
    return _vectors("minkowski", u, v, p=p, w=w)


@like("scipy.spatial.distance.cosine", by="u, v, w")
def cosine(u: Any, v: Any, w: Any = None) -> Any:
    """One less the cosine of the angle between u and v."""
    return _vectors("cosine", u, v, w=w)


@like("scipy.spatial.distance.correlation", by="u, v, w")
def correlation(u: Any, v: Any, w: Any = None, centered: Any = True) -> Any:
    """One less the correlation of u and v."""
    return _vectors("correlation", u, v, w=w, centered=centered)


@like("scipy.spatial.distance.mahalanobis", by="u, v, VI")
def mahalanobis(u: Any, v: Any, VI: Any) -> Any:
    """The length of u - v in the metric VI, the inverse of a covariance."""
    return _vectors("mahalanobis", u, v, VI=VI)


@like("scipy.spatial.distance.seuclidean", by="u, v, V")
def seuclidean(u: Any, v: Any, V: Any) -> Any:
    """The length of u - v in units of the standard deviations, whose squares are V."""
    return _vectors("seuclidean", u, v, V=V)


@like("scipy.spatial.distance.braycurtis", by="u, v, w")
def braycurtis(u: Any, v: Any, w: Any = None) -> Any:
    """The sum of the absolute differences over that of the absolute sums."""
    return _vectors("braycurtis", u, v, w=w)


@like("scipy.spatial.distance.canberra", by="u, v, w")
def canberra(u: Any, v: Any, w: Any = None) -> Any:
    """The sum of the absolute differences, each over the sum of the absolute values."""
    return _vectors("canberra", u, v, w=w)
