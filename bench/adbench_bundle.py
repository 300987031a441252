"""ADBench's bundle adjustment: what 31,843 observations of 7,776 points by 49 cameras are off, and its sparse Jacobian.

A camera is 11 numbers: rotation vector, centre, focal length, middle of the picture, two of radial distortion. An observation i of the weight w is two
residuals, w (projection - feature), and one of its weight, 1 - w^2. The answer is what a matrix in CSR holds: for each observation 2 x 15 partials, by
camera, point and weight, then those of the last residuals, -2 w.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

CAMERA, POINT, INPUTS = 11, 3, 15
SIZES = ((49, 7_776, 31_843), (257, 65_132, 225_911))
"""Cameras, points, observations: ADBench's ba1 and ba5."""


@dataclass
class Bundle:
    """Where it is evaluated; `features` and the two indices are not differentiated."""

    case: str
    cameras: Any
    points: Any
    weights: Any
    features: Any
    camera: Any
    point: Any

    @property
    def observations(self) -> int:
        return len(self.weights)

    def rows(self) -> Any:
        """The inputs of each observation's residuals: its camera, its point, its weight."""
        return np.concatenate((self.cameras[self.camera], self.points[self.point], self.weights[:, None]), axis=1)

    def room(self) -> tuple[Any, Any, Any]:
        """(entries of the matrix, those of reprojections as (observations, 2, 15), those of weights)."""
        n = self.observations
        entries = np.empty(2 * INPUTS * n + n)
        return entries, entries[: 2 * INPUTS * n].reshape(n, 2, INPUTS), entries[2 * INPUTS * n :]

    def by_hand(self) -> Any:
        entries, J, of_weights = self.room()
        jacobian(self.cameras, self.points, self.weights, self.features, self.camera, self.point, J, of_weights)
        return entries

    def move(self) -> None:
        """Go to another point nearby, in place."""
        self.cameras *= 0.98
        self.weights *= 0.98


def bundles() -> Iterator[Bundle]:
    for n, m, p in SIZES:
        draw = np.random.default_rng(21)
        cameras = np.concatenate((
            0.3 * draw.standard_normal((n, 3)), 0.5 * draw.standard_normal((n, 3)) - (0.0, 0.0, 6.0), draw.uniform(500.0, 900.0, (n, 1)),
            draw.uniform(300.0, 400.0, (n, 2)), 0.1 * draw.standard_normal((n, 1)), 0.01 * draw.standard_normal((n, 1)),
        ), axis=1)  # fmt: skip
        i = np.arange(p)
        yield Bundle(f"bundle adjustment, {n} cameras, {m} points, {p} observations", cameras, draw.standard_normal((m, 3)), draw.uniform(0.5, 1.0, p),
                     draw.uniform(0.0, 700.0, (p, 2)), i % n, i % m)  # fmt: skip


# --- the residuals, for any module `m` that has NumPy's names; an input is a number, or an array of many observations' ------------


def _rotated(m: Any, r: Any, x: Any, square: Any) -> list[Any]:
    """x rotated by the vector r of this square, which is not zero (Rodrigues)."""
    angle = m.sqrt(square)
    c, s = m.cos(angle), m.sin(angle)
    w = [v / angle for v in r]
    along = (w[0] * x[0] + w[1] * x[1] + w[2] * x[2]) * (1.0 - c)
    return [x[k] * c + _cross(w, x)[k] * s + w[k] * along for k in range(3)]


def _cross(a: Any, b: Any) -> list[Any]:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _projected(v: Any, x: Any, features: Any) -> tuple[Any, Any]:
    """Residuals of a point in the camera's system."""
    a, b = x[0] / x[2], x[1] / x[2]
    square = a * a + b * b
    long = v[6] * (1.0 + v[9] * square + v[10] * square * square)
    return v[14] * (a * long + v[7] - features[0]), v[14] * (b * long + v[8] - features[1])


def residuals_branching(m: Any, v: Any, features: Any) -> tuple[Any, Any]:
    """As it is published: a rotation by nothing is another formula."""
    r, x = v[:3], [v[11 + k] - v[3 + k] for k in range(3)]
    square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2]
    if square != 0.0:
        x = _rotated(m, r, x, square)
    else:
        x = [a + b for a, b in zip(x, _cross(r, x), strict=True)]
    return _projected(v, x, features)


def residuals(m: Any, v: Any, features: Any) -> tuple[Any, Any]:
    """The same for engines that follow no branches, and for many observations at once."""
    r, x = v[:3], [v[11 + k] - v[3 + k] for k in range(3)]
    square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2]
    some = square != 0.0
    turned, small = _rotated(m, r, x, m.where(some, square, 1.0)), _cross(r, x)
    return _projected(v, [m.where(some, turned[k], x[k] + small[k]) for k in range(3)], features)


# --- by hand ------------------------------------------------------------------------------------------------------------


@njit(error_model="numpy", inline="always")
def rotation(r0, r1, r2, R):  # type: ignore[no-untyped-def]
    """Writes the matrix of a rotation vector to R; returns its angle and axis."""
    angle = math.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
    if angle == 0.0:
        R[0, 0] = R[1, 1] = R[2, 2] = 1.0
        R[0, 1], R[0, 2], R[1, 2] = -r2, r1, -r0
        R[1, 0], R[2, 0], R[2, 1] = r2, -r1, r0
        return angle, 0.0, 0.0, 0.0
    a, b, d = r0 / angle, r1 / angle, r2 / angle
    c, s = math.cos(angle), math.sin(angle)
    k = 1.0 - c
    R[0, 0], R[0, 1], R[0, 2] = c + k * a * a, k * a * b - s * d, k * a * d + s * b
    R[1, 0], R[1, 1], R[1, 2] = k * a * b + s * d, c + k * b * b, k * b * d - s * a
    R[2, 0], R[2, 1], R[2, 2] = k * a * d - s * b, k * b * d + s * a, c + k * d * d
    return angle, a, b, d


@njit(error_model="numpy", inline="always")
def rotation_partials(angle, a, b, d, x, y, z, D):  # type: ignore[no-untyped-def]
    """Writes the partials of the rotated (x, y, z) by the rotation vector to D."""
    if angle == 0.0:
        D[0, 0] = D[1, 1] = D[2, 2] = 0.0
        D[0, 1], D[0, 2], D[1, 2] = z, -y, x
        D[1, 0], D[2, 0], D[2, 1] = -z, y, -x
        return
    c, s = math.cos(angle), math.sin(angle)
    k, along = 1.0 - c, a * x + b * y + d * z
    ex, ey, ez = c * (b * z - d * y) - s * x + s * along * a, c * (d * x - a * z) - s * y + s * along * b, c * (a * y - b * x) - s * z + s * along * d  # by the angle
    m00, m01, m02 = k * (along + a * x), k * a * y + s * z, k * a * z - s * y  # by the axis
    m10, m11, m12 = k * b * x - s * z, k * (along + b * y), k * b * z + s * x
    m20, m21, m22 = k * d * x + s * y, k * d * y - s * x, k * (along + d * z)
    u, v, w = (m00 * a + m01 * b + m02 * d), (m10 * a + m11 * b + m12 * d), (m20 * a + m21 * b + m22 * d)
    D[0, 0], D[0, 1], D[0, 2] = ex * a + (m00 - u * a) / angle, ex * b + (m01 - u * b) / angle, ex * d + (m02 - u * d) / angle
    D[1, 0], D[1, 1], D[1, 2] = ey * a + (m10 - v * a) / angle, ey * b + (m11 - v * b) / angle, ey * d + (m12 - v * d) / angle
    D[2, 0], D[2, 1], D[2, 2] = ez * a + (m20 - w * a) / angle, ez * b + (m21 - w * b) / angle, ez * d + (m22 - w * d) / angle


@njit(error_model="numpy")
def jacobian(cameras, points, weights, features, camera, point, J, of_weights):  # type: ignore[no-untyped-def]
    R, D = np.empty((3, 3)), np.empty((3, 3))
    for i in range(len(weights)):
        v, p, w = cameras[camera[i]], points[point[i]], weights[i]
        x, y, z = p[0] - v[3], p[1] - v[4], p[2] - v[5]
        angle, a, b, d = rotation(v[0], v[1], v[2], R)
        rotation_partials(angle, a, b, d, x, y, z, D)
        X, Y, Z = R[0, 0] * x + R[0, 1] * y + R[0, 2] * z, R[1, 0] * x + R[1, 1] * y + R[1, 2] * z, R[2, 0] * x + R[2, 1] * y + R[2, 2] * z
        p0, p1, inverse = X / Z, Y / Z, 1.0 / Z
        square = p0 * p0 + p1 * p1
        long = 1.0 + v[9] * square + v[10] * square * square
        slope = 2.0 * v[9] + 4.0 * v[10] * square
        f = w * v[6] * inverse
        e00, e01, e11 = f * (long + slope * p0 * p0), f * slope * p0 * p1, f * (long + slope * p1 * p1)
        e02, e12 = -(e00 * p0 + e01 * p1), -(e01 * p0 + e11 * p1)
        for k in range(3):
            J[i, 0, k] = e00 * D[0, k] + e01 * D[1, k] + e02 * D[2, k]
            J[i, 1, k] = e01 * D[0, k] + e11 * D[1, k] + e12 * D[2, k]
            J[i, 0, 11 + k] = e00 * R[0, k] + e01 * R[1, k] + e02 * R[2, k]
            J[i, 1, 11 + k] = e01 * R[0, k] + e11 * R[1, k] + e12 * R[2, k]
            J[i, 0, 3 + k], J[i, 1, 3 + k] = -J[i, 0, 11 + k], -J[i, 1, 11 + k]
        J[i, 0, 6], J[i, 1, 6] = w * long * p0, w * long * p1
        J[i, 0, 7], J[i, 0, 8], J[i, 1, 7], J[i, 1, 8] = w, 0.0, 0.0, w
        J[i, 0, 9], J[i, 1, 9] = w * v[6] * square * p0, w * v[6] * square * p1
        J[i, 0, 10], J[i, 1, 10] = J[i, 0, 9] * square, J[i, 1, 9] * square
        J[i, 0, 14], J[i, 1, 14] = v[6] * long * p0 + v[7] - features[i, 0], v[6] * long * p1 + v[8] - features[i, 1]
        of_weights[i] = -2.0 * w
