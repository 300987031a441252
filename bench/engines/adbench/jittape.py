"""jittape: one observation's residuals at all observations, all observations at once, and sparse Jacobians of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numba import njit

import jittape as jt
from bench.adbench_bundle import INPUTS, Bundle, residuals, residuals_branching
from bench.adbench_hand import Hand, complicated, loops_of
from bench.adbench_hand import residuals as residuals_of_hand
from bench.common import Contender
from bench.engines.jittape import DISTRIBUTION as DISTRIBUTION
from bench.engines.jittape import start as start


def bundle(p: Bundle) -> Iterator[Contender]:
    entries, J, of_weights = p.room()

    def lanes(f: Any) -> Any:
        F = jt.record(lambda v, feature: np.stack(f(np, v, feature)), p.rows()[0], feature=p.features[0])

        def call() -> Any:
            F.batch_jacobian(p.rows(), feature=p.features, threads=1, out=J)
            np.multiply(p.weights, -2.0, out=of_weights)
            return entries

        return call

    def at_once() -> Any:
        F = jt.record(lambda V: [np.sum(r) for r in residuals(np, V.T, p.features.T)], p.rows())

        def call() -> Any:
            J[:, 0], J[:, 1] = F.jacobian(p.rows())
            np.multiply(p.weights, -2.0, out=of_weights)
            return entries

        return call

    def whole() -> Any:
        def f(cameras: Any, points: Any, weights: Any) -> Any:
            V = [*cameras[p.camera].T, *points[p.point].T, weights]
            return np.concatenate((np.stack(residuals(np, V, p.features.T), axis=1).ravel(), 1.0 - weights * weights))

        F = jt.record(f, p.cameras, p.points, p.weights)
        matrix = F.sparse_jacobian(p.cameras, p.points, p.weights)
        return partial(F.sparse_jacobian, p.cameras, p.points, p.weights, out=matrix)

    def entries_of(matrix: Any) -> Any:
        """With the two zeros of an observation that are not in the pattern: by where the middle of the picture is."""
        there = np.ones((2, INPUTS), bool)
        there[0, 8] = there[1, 7] = False
        J[:] = 0.0
        J[:, there] = matrix.data[: -p.observations].reshape(p.observations, -1)
        of_weights[:] = matrix.data[-p.observations :]
        return entries

    yield Contender("jittape batch_jacobian, branches, out=", lambda: lanes(residuals_branching))
    yield Contender("jittape batch_jacobian, out=", lambda: lanes(residuals))
    yield Contender("jittape jacobian, all observations at once", at_once, "written for batches")
    yield Contender("jittape sparse_jacobian of the whole, out=", whole, "pattern and colours found by itself", entries_of)


def hand(p: Hand) -> Iterator[Contender]:
    def dense(f: Any) -> Callable[[], Any]:
        us = {"us": np.zeros((1, 2)) if p.us is None else p.us}
        F = jt.record(f, p.unknown, **us)
        out = np.empty((len(p.seen), 3, p.unknown.size))
        z, shift = p.unknown, 0 if p.us is None else 2

        def call() -> Any:
            z[shift:] = p.pose
            return F.jacobian(z, out=out, **us)

        return call

    def sparse() -> Any:
        F = jt.record(lambda us, pose: complicated(np, us, pose, *p.data), p.us, p.pose)
        matrix = F.sparse_jacobian(p.us, p.pose)
        return partial(F.sparse_jacobian, p.us, p.pose, out=matrix)

    def anew() -> Any:
        J = jt.jacobian(lambda z: residuals_of_hand(np, z, p.us, *p.data))
        z, shift = p.unknown, 0 if p.us is None else 2

        def call() -> Any:
            z[shift:] = p.pose
            return J(z)

        return call

    def columns(matrix: Any) -> Any:
        """Of a sparse Jacobian by all us: those of each residual's own point, and of the pose."""
        count = len(p.seen)
        full = matrix.toarray().reshape(count, 3, -1)
        own = np.stack([full[i, :, 2 * i : 2 * i + 2] for i in range(count)])
        return np.concatenate((own, full[:, :, 2 * count :]), axis=2)

    def whole(z: Any, us: Any) -> Any:
        return residuals_of_hand(np, z, None if p.us is None else us, *p.data)

    yield Contender("jittape record, arrays, jacobian, out=", lambda: dense(whole))
    if len(p.seen) < 1000:  # else five times the time over arrays
        yield Contender("jittape record, njit loops, jacobian, out=", lambda: dense(njit(loops_of(p))))
    yield Contender("jittape jacobian, arrays, recorded anew", anew)
    if p.us is not None:
        yield Contender("jittape sparse_jacobian by all us, out=", sparse, "pattern and colours found by itself", columns)
