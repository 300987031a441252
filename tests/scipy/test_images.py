"""jittape.scipy.ndimage beside scipy.ndimage."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.ndimage
from scipy_checks import check, joined

import jittape as jt
from jittape.errors import RecordingError
from jittape.scipy import ndimage

RNG = np.random.default_rng(19)
MODES = ("reflect", "constant", "nearest", "mirror", "wrap", "grid-constant", "grid-wrap")


def draw(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


AT = np.array([[0.3, 2.7, 1.2, 3.4, -0.6, 5.7], [1.6, 0.2, 3.3, 4.6, 2.2, -1.4]])
CASES = {
    "weights": (lambda S, x, w: joined([S.correlate(x, w), S.convolve(x, w, mode="constant", cval=0.7), S.convolve(x, w, mode="wrap", origin=(0, 1))]), lambda: (draw(5, 6), draw(2, 3))),
    "vectors": (lambda S, x, w: joined([f(x, w, axis=a, mode=m) for f in (S.correlate1d, S.convolve1d) for a, m in zip((0, 1, 0, 1, 0), MODES)] + [S.convolve1d(x, w, origin=1), S.correlate1d(x, w, origin=-1)]), lambda: (draw(5, 6), draw(4))),
    "gaussian": (lambda S, x, s: joined([S.gaussian_filter(x, s), S.gaussian_filter1d(x, s, axis=0, order=1), S.gaussian_filter(x, [s, 0.5], order=[0, 2], mode="nearest")]), lambda: (draw(5, 6), np.array(0.9 + 0.05 * draw()))),
    "uniform": (lambda S, x: joined([S.uniform_filter(x, 3), S.uniform_filter1d(x, 4, mode="mirror"), S.uniform_filter(x, (2, 3), mode=("wrap", "nearest"))]), lambda: (draw(5, 6),)),
    "derivatives": (lambda S, x: joined([S.sobel(x), S.prewitt(x, axis=0), S.laplace(x), S.gaussian_laplace(x, 0.8), S.gaussian_gradient_magnitude(x, 0.8)]), lambda: (draw(5, 6),)),
    "spline_filter": (lambda S, x: joined([S.spline_filter(x, 3), *(S.spline_filter1d(x, k, axis=a, mode=m) for k, a, m in ((2, 0, "mirror"), (5, 1, "reflect"), (4, 0, "grid-wrap"), (3, 1, "mirror")))]), lambda: (draw(8, 9),)),
    "shift": (lambda S, x, s: joined([S.shift(x, s), S.shift(x, [s, -s], order=1, mode="nearest")]), lambda: (draw(5, 6), np.array(0.6 + 0.01 * draw()))),
    "zoom": (lambda S, x: joined([S.zoom(x, 1.6), S.zoom(x, (0.7, 2.0), order=1, mode="nearest")]), lambda: (draw(5, 6),)),
    "affine": (lambda S, x, m, o: joined([S.affine_transform(x, m, o, mode="mirror"), S.affine_transform(x, m[0] + m[1], o[0], mode="nearest"), S.affine_transform(x, m, o, output_shape=(3, 4), mode="reflect")]), lambda: (draw(5, 6), np.eye(2) + 0.1 * draw(2, 2), 0.3 + 0.1 * draw(2))),
    "rotate": (lambda S, x, a: joined([S.rotate(x, a), S.rotate(x, a, reshape=False, order=1, mode="reflect"), S.rotate(x, a, axes=(0, 2), reshape=False)]), lambda: (draw(4, 5, 3), np.array(22.0 + draw()))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name: str) -> None:
    f, make = CASES[name]
    first = make()
    points = [first, tuple(x + 1e-4 * draw(*x.shape) for x in first)]
    check(partial(f, ndimage), partial(f, scipy.ndimage), points, value=1e-11, first=1e-6, second=1e-4, h=2e-5 if name != "rotate" else 2e-3)


@pytest.mark.parametrize("angle", [90.0, -90.0, 180.0, 270.0])
def test_turned_by_right_angles_no_pixel_leaves_the_image(angle: float) -> None:
    x = draw(2, 5)
    for mode in ("constant", "wrap", "nearest"):
        f = lambda S, x, a, mode=mode: S.rotate(x, a, mode=mode)
        expected = f(scipy.ndimage, x, angle)
        np.testing.assert_allclose(jt.record(lambda x, f=f: f(ndimage, x, angle), x)(x), expected, atol=1e-12)
        np.testing.assert_allclose(jt.record(lambda x, a, f=f: f(ndimage, x, a), x, angle)(x, angle), expected, atol=1e-12)


@pytest.mark.parametrize("order", [0, 1, 3, 2, 5])
def test_coordinates(order: int) -> None:
    """By images and coordinates, in every mode."""

    def f(S: Any, x: Any, at: Any) -> Any:
        return joined([S.map_coordinates(x, at, order=order, mode=m, cval=0.5) for m in MODES] + [S.map_coordinates(x, at.reshape(2, 2, 3), order=order, prefilter=False)])

    make = lambda: (draw(5, 6), AT + 0.01 * draw(*AT.shape))
    check(partial(f, ndimage), partial(f, scipy.ndimage), [make(), make()], value=1e-11, first=1e-6, second=1e-4, h=3e-5)


def test_a_recording_finds_other_pixels_anew() -> None:
    x = draw(6)
    F = jt.record(lambda t: ndimage.map_coordinates(x, [t], order=3), np.array([1.2]))
    for t in (1.2, 3.7, 4.9):
        np.testing.assert_allclose(F(np.array([t])), scipy.ndimage.map_coordinates(x, [[t]], order=3), rtol=1e-12)


def test_what_is_refused_says_so() -> None:
    x = draw(4, 5)
    for f, error, words in [
        (lambda x: ndimage.correlate(x, np.ones(3)), RuntimeError, "weights have 1 axes"),
        (lambda x: ndimage.convolve(x, np.ones((2, 2)), mode="round"), RuntimeError, "mode not supported"),
        (lambda x: ndimage.correlate1d(x, np.ones(3), origin=3), ValueError, "invalid origin"),
        (lambda x: ndimage.gaussian_filter(x, 1.0, output=np.zeros((4, 5))), RecordingError, "output="),
        (lambda x: ndimage.map_coordinates(x, np.ones((3, 2))), RuntimeError, "a row for each"),
        (lambda x: ndimage.map_coordinates(x, np.ones((2, 2)), order=7), RuntimeError, "order not supported"),
        (lambda x: ndimage.zoom(x, 2.0, grid_mode=True), RecordingError, "grid_mode"),
    ]:
        with pytest.raises(error, match=words):
            jt.record(lambda x: np.sum(f(x)), x)
