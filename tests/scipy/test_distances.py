"""jittape.scipy.spatial.distance beside SciPy's."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.spatial.distance
from scipy_checks import check

import jittape as jt
from jittape.errors import RecordingError
from jittape.scipy.spatial import distance

RNG = np.random.default_rng(13)


def draw(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


OPTIONS: dict[str, dict[str, Any]] = {"minkowski": {"p": 3}}
W = np.array([0.5, 2.0, 1.2])


@pytest.mark.parametrize("metric", distance.METRICS)
def test_pairs_of_rows(metric: str) -> None:
    """Between two sets, within one, and of two vectors; with weights where the metric has them."""
    options = OPTIONS.get(metric, {})

    def f(S: Any, a: Any, b: Any) -> Any:
        import jittape.numpy as jnp

        one = {"mahalanobis": {"VI": np.diag(W)}, "seuclidean": {"V": W}}.get(metric, {**options, **({} if metric == "chebyshev" else {"w": W})})
        parts = [S.cdist(a, b, metric, **options), S.pdist(a, metric, **options), getattr(S, metric)(a[0], b[0], **one), S.cdist(a, b, metric, **one)]
        return jnp.concatenate([jnp.ravel(p) for p in parts])

    make = lambda: (draw(5, 3), draw(4, 3))
    check(partial(f, distance), partial(f, scipy.spatial.distance), [make(), make()], value=1e-11, first=1e-6, second=1e-4, h=2e-4)


def test_forms() -> None:
    x = draw(4, 2)
    f = lambda S: lambda x: S.squareform(S.pdist(x, lambda u, v: np.sum((u - v) ** 4)))
    np.testing.assert_allclose(jt.record(f(distance), x)(x), f(scipy.spatial.distance)(x), rtol=1e-12)
    m = scipy.spatial.distance.squareform(scipy.spatial.distance.pdist(x))
    assert jt.grad(lambda t: np.sum(distance.squareform(t * m)))(1.0) == pytest.approx(m.sum() / 2)


def test_points_at_one_place_have_no_derivative() -> None:
    x = np.array([[1.0, 2.0], [1.0, 2.0], [4.0, 6.0]])
    for metric, expected in (("euclidean", [[-1.2, -1.6]] * 1), ("minkowski", [[-1.2, -1.6]]), ("seuclidean", None)):
        g = jt.grad(lambda x: np.sum(distance.cdist(x, x, metric)))(x)
        assert np.isfinite(g).all()
        if expected is not None:
            np.testing.assert_allclose(g[0], expected[0], rtol=1e-12)


def test_what_is_refused_says_so() -> None:
    x = draw(3, 2)
    for f, error, words in [
        (lambda x: distance.cdist(x, x[:, :1]), ValueError, "same number of columns"),
        (lambda x: distance.pdist(x[0]), ValueError, "2-dimensional"),
        (lambda x: distance.cdist(x, x, "hamming"), RecordingError, "metrics euclidean"),
        (lambda x: distance.euclidean(x, x), ValueError, "vectors of one length"),
    ]:
        with pytest.raises(error, match=words):
            jt.record(lambda x: np.sum(f(x)), x)
    with pytest.raises(Exception, match="from jittape.scipy.spatial import distance"):
        jt.grad(lambda x: np.sum(scipy.spatial.distance.cdist(x, x)))(x)
