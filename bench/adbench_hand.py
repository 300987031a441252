"""ADBench's hand tracking: how far the vertices of a skinned hand are from points that were seen, and its Jacobian.

A pose is 26 numbers: rotation vector and translation of the hand, then four angles a finger. Each of 22 bones has a matrix, relative to the one that it
hangs on; a vertex is the mean, by its weights, of where the bones take it. Simple: each point belongs to a vertex. Complicated: to a place in a triangle, two further
numbers a point, `us`; then the answer has, for each residual, its partials by the two numbers of its own point before the 26, as ADBench has it.

The hand is drawn at random, with ADBench's sizes: its model is data of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from bench.adbench_bundle import rotation, rotation_partials

BONES, VERTICES, POSE = 22, 544, 26
FINGERS, JOINTS = 5, 3
SIZES = (100, 1_600)
"""Points: ADBench's hand1_t26_c100 and hand6_t26_c1600."""
SMALL = 1e-4
"""Angles below this are no rotation."""


def _places() -> Any:
    """Where the three angles of each bone are in (pose, 0)."""
    places = np.full((BONES, 3), POSE)
    for finger in range(FINGERS):
        for joint in range(JOINTS):
            bone, first = 2 + 4 * finger + joint, 6 + 4 * finger
            places[bone, 0] = first + (0, 2, 3)[joint]
            if joint == 0:
                places[bone, 1] = first + 1
    return places


PLACES = _places()
PARENTS = [-1, *(0 if k % 4 == 0 else k for k in range(4 * FINGERS)), 0]
"""A palm, four bones a finger, one after the other, and a wrist."""


@dataclass
class Hand:
    """Where it is evaluated.

    Attributes:
        case: as shown.
        pose: (26).
        us: (points, 2), or None.
        relatives: (22, 4, 4), of each bone to its parent, at rest.
        inverses: (22, 4, 4), of the absolute ones at rest.
        rest: (4, 544), vertices at rest, with a row of ones.
        weights: (22, 1, 544).
        seen: (points, 3).
        vertices: of each point one (points), or three (3, points).
    """

    case: str
    pose: Any
    us: Any
    relatives: Any
    inverses: Any
    rest: Any
    weights: Any
    seen: Any
    vertices: Any

    @property
    def data(self) -> tuple[Any, ...]:
        return self.relatives, self.inverses, self.rest, self.weights, self.seen, self.vertices

    @property
    def unknown(self) -> Any:
        """The numbers by which all residuals are differentiated at once: a shift of both us, if there are any, and the pose."""
        return self.pose if self.us is None else np.concatenate((np.zeros(2), self.pose))

    def by_hand(self) -> Any:
        corners = self.vertices.reshape(-1, len(self.seen))
        us = np.zeros((len(self.seen), 2)) if self.us is None else self.us
        return jacobian(self.pose, us, PLACES, np.array(PARENTS), self.relatives, self.inverses, self.rest, self.weights, corners)

    def move(self) -> None:
        """Go to another point nearby, in place."""
        self.pose *= 0.98
        if self.us is not None:
            self.us *= 0.98


def hands() -> Iterator[Hand]:
    for count in SIZES:
        for complicated in (False, True):
            draw = np.random.default_rng(22)
            relatives = np.tile(np.eye(4), (BONES, 1, 1))
            relatives[:, :3, 3] = draw.standard_normal((BONES, 3))
            for k in range(BONES):
                rotation(*(0.4 * draw.standard_normal(3)), relatives[k, :3, :3])
            absolutes = relatives.copy()
            for k in range(1, BONES):
                absolutes[k] = absolutes[PARENTS[k]] @ relatives[k]
            weights = np.zeros((VERTICES, BONES))
            for row in weights:
                row[draw.choice(BONES, 4, replace=False)] = draw.uniform(0.1, 1.0, 4)
            weights /= weights.sum(1, keepdims=True)
            rest = np.vstack((draw.standard_normal((3, VERTICES)), np.ones(VERTICES)))
            pose = 0.3 * draw.standard_normal(POSE)
            corners = draw.integers(0, VERTICES, (3, count) if complicated else count)
            yield Hand(f"hand, {'complicated' if complicated else 'simple'}, {count} points", pose, draw.uniform(0.0, 0.5, (count, 2)) if complicated else None, relatives,
                       np.linalg.inv(absolutes), rest, np.ascontiguousarray(weights.T)[:, None, :], draw.standard_normal((count, 3)), corners)  # fmt: skip


# --- for any module `m` that has NumPy's names ----------------------------------------------------------------------------


def _turn(m: Any, v: Any) -> Any:
    """The matrix of a rotation vector, as it is published."""
    norm = m.sqrt(m.sum(v * v))
    small = norm < SMALL
    norm = m.where(small, 1.0, norm)
    (x, y, z), c, s = v / norm, m.cos(norm), m.sin(norm)
    R = m.stack((
        x * x + (1.0 - x * x) * c, x * y * (1.0 - c) - z * s, x * z * (1.0 - c) + y * s,
        x * y * (1.0 - c) + z * s, y * y + (1.0 - y * y) * c, y * z * (1.0 - c) - x * s,
        x * z * (1.0 - c) - y * s, z * y * (1.0 - c) + x * s, z * z + (1.0 - z * z) * c,
    ))  # fmt: skip
    return m.where(small, m.eye(3), m.reshape(R, (3, 3)))


def posed(m: Any, pose: Any, relatives: Any, inverses: Any, rest: Any, weights: Any) -> Any:
    """All vertices of a pose, (3, vertices)."""
    angles = m.concatenate((pose, m.zeros(1)))[PLACES]
    (cx, cz, cy), (sx, sz, sy) = m.cos(angles).T, m.sin(angles).T
    none, one = m.zeros(BONES), m.zeros(BONES) + 1.0
    turns = m.reshape(m.stack((
        cz * cy, cz * sy * sx - sz * cx, sz * sx + cz * sy * cx, none,
        sz * cy, cz * cx + sz * sy * sx, sz * sy * cx - cz * sx, none,
        -sy, cy * sx, cy * cx, none,
        none, none, none, one,
    ), 1), (BONES, 4, 4))  # fmt: skip
    bones = relatives @ turns
    absolutes = [bones[0]]
    for k in range(1, BONES):
        absolutes.append(absolutes[PARENTS[k]] @ bones[k])
    places = (m.stack(absolutes) @ inverses)[:, :3] @ rest
    return _turn(m, pose[:3]) @ m.sum(places * weights, 0) + pose[3:6, None]


def simple(m: Any, pose: Any, relatives: Any, inverses: Any, rest: Any, weights: Any, seen: Any, vertices: Any) -> Any:
    """(points, 3)."""
    return seen - posed(m, pose, relatives, inverses, rest, weights)[:, vertices].T


def complicated(m: Any, us: Any, pose: Any, relatives: Any, inverses: Any, rest: Any, weights: Any, seen: Any, vertices: Any) -> Any:
    """(points, 3)."""
    hand = posed(m, pose, relatives, inverses, rest, weights)
    u, v = us[:, 0], us[:, 1]
    return seen - (u * hand[:, vertices[0]] + v * hand[:, vertices[1]] + (1.0 - u - v) * hand[:, vertices[2]]).T


def residuals(m: Any, z: Any, us: Any, *data: Any) -> Any:
    """Of `Hand.unknown`: the answer is the dense Jacobian of this."""
    return simple(m, z, *data) if us is None else complicated(m, us + z[:2], z[2:], *data)


# --- as loops -----------------------------------------------------------------------------------------------------------


def loops_of(h: Hand) -> Any:
    """`residuals` of a hand as a function for Numba, of the unknowns and us: vertices that no point belongs to, and bones without weight, are left out."""
    places, parents, relatives, inverses, rest, weights, seen = PLACES, np.array(PARENTS), h.relatives, h.inverses, h.rest, h.weights, h.seen
    corners = h.vertices.reshape(-1, len(seen))
    used, at = np.unique(corners, return_inverse=True)
    at = at.reshape(corners.shape)
    first = 0 if h.us is None else 2

    def loops(z, us):  # type: ignore[no-untyped-def]
        n = len(parents)
        A, T, R = np.empty((n, 3, 4)), np.empty((n, 3, 4)), np.empty((3, 3))
        for k in range(n):
            x = z[first + places[k, 0]] if places[k, 0] < 26 else 0.0
            w = z[first + places[k, 1]] if places[k, 1] < 26 else 0.0
            cx, sx, cz, sz = np.cos(x), np.sin(x), np.cos(w), np.sin(w)
            for i in range(3):
                a, b, c, d = relatives[k, i, 0], relatives[k, i, 1], relatives[k, i, 2], relatives[k, i, 3]
                if parents[k] >= 0:
                    P, L = A[parents[k], i], relatives[k]
                    a, b, c = P[0] * L[0, 0] + P[1] * L[1, 0] + P[2] * L[2, 0], P[0] * L[0, 1] + P[1] * L[1, 1] + P[2] * L[2, 1], P[0] * L[0, 2] + P[1] * L[1, 2] + P[2] * L[2, 2]
                    d = P[0] * L[0, 3] + P[1] * L[1, 3] + P[2] * L[2, 3] + P[3]
                a, b = a * cz + b * sz, b * cz - a * sz
                A[k, i, 0], A[k, i, 1], A[k, i, 2], A[k, i, 3] = a, b * cx + c * sx, c * cx - b * sx, d
            for i in range(3):
                for j in range(4):
                    T[k, i, j] = A[k, i, 0] * inverses[k, 0, j] + A[k, i, 1] * inverses[k, 1, j] + A[k, i, 2] * inverses[k, 2, j]
                T[k, i, 3] += A[k, i, 3]
        r0, r1, r2 = z[first], z[first + 1], z[first + 2]
        norm = np.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
        if norm < SMALL:
            R[:] = np.eye(3)
        else:
            x, y, w, c, s = r0 / norm, r1 / norm, r2 / norm, np.cos(norm), np.sin(norm)
            R[0, 0], R[0, 1], R[0, 2] = x * x + (1.0 - x * x) * c, x * y * (1.0 - c) - w * s, x * w * (1.0 - c) + y * s
            R[1, 0], R[1, 1], R[1, 2] = x * y * (1.0 - c) + w * s, y * y + (1.0 - y * y) * c, y * w * (1.0 - c) - x * s
            R[2, 0], R[2, 1], R[2, 2] = x * w * (1.0 - c) - y * s, w * y * (1.0 - c) + x * s, w * w + (1.0 - w * w) * c
        moved, v = np.empty((len(used), 3)), np.empty(3)
        for k in range(len(used)):
            v[:] = 0.0
            for b in range(n):
                share = weights[b, 0, used[k]]
                if share != 0.0:
                    for i in range(3):
                        v[i] += T[b, i, 0] * (share * rest[0, used[k]]) + T[b, i, 1] * (share * rest[1, used[k]]) + T[b, i, 2] * (share * rest[2, used[k]]) + T[b, i, 3] * share
            for i in range(3):
                moved[k, i] = R[i, 0] * v[0] + R[i, 1] * v[1] + R[i, 2] * v[2] + z[first + 3 + i]
        out = np.empty((len(seen), 3))
        for k in range(len(seen)):
            if first == 0:
                for i in range(3):
                    out[k, i] = seen[k, i] - moved[at[0, k], i]
            else:
                p, q = us[k, 0] + z[0], us[k, 1] + z[1]
                for i in range(3):
                    out[k, i] = seen[k, i] - (p * moved[at[0, k], i] + q * moved[at[1, k], i] + (1.0 - p - q) * moved[at[2, k], i])
        return out

    return loops


# --- by hand ------------------------------------------------------------------------------------------------------------


@njit(error_model="numpy")
def _euler(x, z, y, out, by_x, by_z):  # type: ignore[no-untyped-def]
    """The matrix Rz Ry Rx, and its partials by two of the angles."""
    cx, cy, cz, sx, sy, sz = np.cos(x), np.cos(y), np.cos(z), np.sin(x), np.sin(y), np.sin(z)
    out[0, 0], out[0, 1], out[0, 2] = cz * cy, cz * sy * sx - sz * cx, sz * sx + cz * sy * cx
    out[1, 0], out[1, 1], out[1, 2] = sz * cy, cz * cx + sz * sy * sx, sz * sy * cx - cz * sx
    out[2, 0], out[2, 1], out[2, 2] = -sy, cy * sx, cy * cx
    for i in range(3):
        by_x[i, 0], by_x[i, 1], by_x[i, 2] = 0.0, out[i, 2], -out[i, 1]
        by_z[0, i], by_z[1, i], by_z[2, i] = -out[1, i], out[0, i], 0.0


@njit(error_model="numpy")
def jacobian(pose, us, places, parents, relatives, inverses, rest, weights, corners):  # type: ignore[no-untyped-def]
    """Matrices and their partials a bone, then vertices and theirs by the bones that have weight, each vertex once."""
    bones, many, count = len(parents), corners.shape[0] == 3, corners.shape[1]
    A, T, DA, DT = np.empty((bones, 4, 4)), np.empty((bones, 4, 4)), np.zeros((20, bones, 4, 4)), np.zeros((20, bones, 4, 4))
    moved = np.zeros((20, bones), np.bool_)
    tr, by_x, by_z = np.eye(4), np.zeros((4, 4)), np.zeros((4, 4))
    for k in range(bones):
        ax, az = places[k, 0], places[k, 1]
        _euler(pose[ax] if ax < 26 else 0.0, pose[az] if az < 26 else 0.0, 0.0, tr, by_x, by_z)
        bone = relatives[k] @ tr
        parent = parents[k]
        A[k] = A[parent] @ bone if parent >= 0 else bone
        before = A[parent] @ relatives[k] if parent >= 0 else relatives[k]
        for p in range(20):
            if parent >= 0 and moved[p, parent]:
                DA[p, k] = DA[p, parent] @ bone
                moved[p, k] = True
        if ax < 26:
            DA[ax - 6, k] = before @ by_x
            moved[ax - 6, k] = True
        if az < 26:
            DA[az - 6, k] = before @ by_z
            moved[az - 6, k] = True
        T[k] = A[k] @ inverses[k]
        for p in range(20):
            if moved[p, k]:
                DT[p, k] = DA[p, k] @ inverses[k]
    R, D = np.empty((3, 3)), np.empty((3, 3))
    angle, a, b, d = rotation(pose[0], pose[1], pose[2], R)
    vertices = rest.shape[1]
    known = np.zeros(vertices, np.bool_)
    at, slopes, local, dlocal = np.empty((vertices, 3)), np.zeros((vertices, 3, 26)), np.empty(3), np.empty((20, 3))
    first = 2 if many else 0
    out = np.zeros((count, 3, 26 + first))
    for n in range(count):
        for c in range(corners.shape[0]):
            v = corners[c, n]
            if known[v]:
                continue
            known[v] = True
            local[:] = 0.0
            dlocal[:] = 0.0
            for k in range(bones):
                w = weights[k, 0, v]
                if w == 0.0:
                    continue
                x, y, z = w * rest[0, v], w * rest[1, v], w * rest[2, v]
                for i in range(3):
                    local[i] += T[k, i, 0] * x + T[k, i, 1] * y + T[k, i, 2] * z + T[k, i, 3] * w
                for p in range(20):
                    if moved[p, k]:
                        for i in range(3):
                            dlocal[p, i] += DT[p, k, i, 0] * x + DT[p, k, i, 1] * y + DT[p, k, i, 2] * z + DT[p, k, i, 3] * w
            rotation_partials(angle, a, b, d, local[0], local[1], local[2], D)
            for i in range(3):
                at[v, i] = R[i, 0] * local[0] + R[i, 1] * local[1] + R[i, 2] * local[2]
                for j in range(3):
                    slopes[v, i, j] = -D[i, j]
                slopes[v, i, 3 + i] = -1.0
                for p in range(20):
                    slopes[v, i, 6 + p] = -(R[i, 0] * dlocal[p, 0] + R[i, 1] * dlocal[p, 1] + R[i, 2] * dlocal[p, 2])
        if not many:
            out[n] = slopes[corners[0, n]]
            continue
        v0, v1, v2, u, v = corners[0, n], corners[1, n], corners[2, n], us[n, 0], us[n, 1]
        for i in range(3):
            out[n, i, 0], out[n, i, 1] = at[v2, i] - at[v0, i], at[v2, i] - at[v1, i]
            for p in range(26):
                out[n, i, 2 + p] = u * slopes[v0, i, p] + v * slopes[v1, i, p] + (1.0 - u - v) * slopes[v2, i, p]
    return out
