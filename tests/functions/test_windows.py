"""Native loops over the windows of images beside NumPy's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jittape.functions import convolution
from jittape.functions.convolution import Geometry


@st.composite
def geometries(draw: Any) -> tuple[Geometry, int, int, int]:
    """Windows, samples, channels in and out."""
    axes = draw(st.integers(1, 2))
    kernel, stride, dilation = (tuple(draw(st.integers(1, 3)) for _ in range(axes)) for _ in range(3))
    padding = tuple(draw(st.integers(0, 2)) for _ in range(axes))
    size = tuple(draw(st.integers(max(1, d * (k - 1) + 1 - 2 * p), 8)) for k, d, p in zip(kernel, dilation, padding, strict=True))
    groups = draw(st.integers(1, 2))
    return Geometry(stride, padding, dilation, groups, size, kernel), draw(st.integers(1, 3)), groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 3))


def both(f: Any, *operands: Any) -> tuple[Any, Any]:
    """The results of NumPy and of native loops."""
    with pytest.MonkeyPatch.context() as m:
        m.setattr(convolution, "PATIENCE", 1 << 60)
        by_numpy = f(*operands)
        m.setattr(convolution, "PATIENCE", -1)
        m.setattr(convolution, "LARGE", 0)
        asked = dict(convolution._uses)
        native = f(*operands)
        assert convolution._uses != asked
    return by_numpy, native


@settings(max_examples=60)
@given(geometries(), st.sampled_from([np.float64, np.float32]), st.integers(0, 1000))
def test_convolutions(drawn: tuple[Geometry, int, int, int], dtype: Any, seed: int) -> None:
    at, n, c, out = drawn
    r = np.random.default_rng(seed)
    x, z = r.normal(size=(n, c, *at.size)).astype(dtype), r.normal(size=(n, out, *at.places)).astype(dtype)
    w = r.normal(size=(out, c // at.groups, *at.kernel)).astype(dtype)
    for f, a, b in ((convolution._convolve, x, w), (convolution._spread, z, w), (convolution._weigh, x, z)):
        (by_numpy,), (native,) = both(f, a, b, *at.attributes())
        assert native.dtype == dtype and native.shape == by_numpy.shape
        np.testing.assert_allclose(native, by_numpy, rtol=0, atol=200 * np.finfo(dtype).eps)


@settings(max_examples=60)
@given(geometries(), st.sampled_from([np.float64, np.float32]), st.integers(0, 1000))
def test_maxima(drawn: tuple[Geometry, int, int, int], dtype: Any, seed: int) -> None:
    """Ties, NaN, infinities and windows beside the image included."""
    at, n, c, _ = drawn
    at = replace(at, groups=1)
    r = np.random.default_rng(seed)
    x = r.integers(-2, 3, size=(n, c, *at.size)).astype(dtype)
    x[r.random(x.shape) < 0.1] = np.nan
    x[r.random(x.shape) < 0.1] = np.inf
    (best, places), (most, where) = both(convolution._largest, x, *at.attributes())
    np.testing.assert_array_equal(most, best)
    np.testing.assert_array_equal(where, places)
    assert most.dtype == where.dtype == dtype


def test_a_window_of_minus_infinity_has_a_place_in_the_image() -> None:
    at = Geometry((1,), (1,), (1,), 1, (3,), (3,))
    x = np.full((1, 1, 3), -np.inf)
    with pytest.MonkeyPatch.context() as m:
        m.setattr(convolution, "PATIENCE", -1)
        m.setattr(convolution, "LARGE", 0)
        assert convolution._largest(x, *at.attributes())[1].tolist() == [[[0.0, 0.0, 1.0]]]


@pytest.mark.parametrize("place", [-1.0, 3.0, np.nan])
def test_places_that_an_image_has_not_are_refused(place: float) -> None:
    z = np.ones((1, 2, 2))
    places = np.array([[[0.0, 1.0], [2.0, place]]])
    with pytest.MonkeyPatch.context() as m, np.errstate(all="ignore"):
        m.setattr(convolution, "PATIENCE", -1)
        m.setattr(convolution, "LARGE", 0)
        with pytest.raises(ValueError, match="in images of 3 elements"):
            convolution._put(z, places, 3)


@settings(max_examples=20)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 9), st.integers(1, 20), st.integers(0, 1000))
def test_putting(n: int, c: int, size: int, count: int, seed: int) -> None:
    r = np.random.default_rng(seed)
    z, places = r.normal(size=(n, c, count)), r.integers(0, size, size=(n, c, count)).astype(float)
    (by_numpy,), (native,) = both(convolution._put, z, places, size)
    np.testing.assert_allclose(native, by_numpy, rtol=0, atol=1e-13)
