"""CasADi, called with buffers: a function of one observation, mapped; the hand as an expression of scalars and of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import casadi
import numpy as np

from bench.adbench_bundle import INPUTS, Bundle, residuals
from bench.adbench_hand import BONES, PARENTS, PLACES, POSE, Hand
from bench.common import Contender
from bench.engines.casadi import DISTRIBUTION as DISTRIBUTION
from bench.engines.casadi import _filled
from bench.engines.casadi import start as start
from bench.engines.models.casadi import POINTS as MODULE

MODULE.cos, MODULE.sin = casadi.cos, casadi.sin


def bundle(p: Bundle) -> Iterator[Contender]:
    entries, J, of_weights = p.room()

    def make() -> Any:
        v, feature = casadi.SX.sym("v", INPUTS), casadi.SX.sym("f", 2)
        r = casadi.vertcat(*residuals(MODULE, [v[i] for i in range(INPUTS)], [feature[0], feature[1]]))
        F = casadi.Function("J", [v, feature], [casadi.densify(casadi.jacobian(r, v).T)]).map(p.observations)
        buffer, run = F.buffer()
        buffer.set_res(0, memoryview(J.reshape(-1)))

        def call() -> Any:
            rows = p.rows()
            buffer.set_arg(0, memoryview(rows.reshape(-1)))
            buffer.set_arg(1, memoryview(p.features.reshape(-1)))
            run()
            np.multiply(p.weights, -2.0, out=of_weights)
            return entries

        call.alive = F, buffer  # type: ignore[attr-defined]
        return call

    yield Contender("CasADi SX, map, buffer call", make)


def _posed(pose: Any, p: Hand, columns: Any) -> Any:
    """Vertices as (3, chosen): the weights of bones in one matrix product each."""
    angles = casadi.vertcat(pose, 0.0)
    absolutes: list[Any] = []
    total = 0.0
    for k in range(BONES):
        x, z, y = (angles[int(i)] for i in PLACES[k])
        cx, cy, cz, sx, sy, sz = casadi.cos(x), casadi.cos(y), casadi.cos(z), casadi.sin(x), casadi.sin(y), casadi.sin(z)
        rows = ((cz * cy, cz * sy * sx - sz * cx, sz * sx + cz * sy * cx, 0.0), (sz * cy, cz * cx + sz * sy * sx, sz * sy * cx - cz * sx, 0.0),
                (-sy, cy * sx, cy * cx, 0.0), (0.0, 0.0, 0.0, 1.0))  # fmt: skip
        bone = casadi.DM(p.relatives[k]) @ casadi.vertcat(*(casadi.horzcat(*row) for row in rows))
        absolutes.append(absolutes[PARENTS[k]] @ bone if k else bone)
        total += (absolutes[k] @ casadi.DM(p.inverses[k]))[:3, :] @ casadi.sparsify(casadi.DM(p.rest[:, columns] * p.weights[k][:, columns]))
    norm = casadi.norm_2(pose[:3])
    x, y, z = (pose[i] / norm for i in range(3))
    c, s = casadi.cos(norm), casadi.sin(norm)
    rows = ((x * x + (1.0 - x * x) * c, x * y * (1.0 - c) - z * s, x * z * (1.0 - c) + y * s), (x * y * (1.0 - c) + z * s, y * y + (1.0 - y * y) * c, y * z * (1.0 - c) - x * s),
            (x * z * (1.0 - c) - y * s, z * y * (1.0 - c) + x * s, z * z + (1.0 - z * z) * c))  # fmt: skip
    R = casadi.vertcat(*(casadi.horzcat(*row) for row in rows))
    return R @ total + casadi.repmat(pose[3:6], 1, len(columns))


def hand(p: Hand) -> Iterator[Contender]:
    if len(p.seen) > 1000:  # an expression of half a million scalars
        return

    def make() -> Any:
        count = len(p.seen)
        pose = casadi.SX.sym("pose", POSE)
        if p.us is None:
            r = casadi.DM(p.seen.T) - _posed(pose, p, p.vertices)
            J = casadi.densify(casadi.jacobian(casadi.vec(r), pose).T)
            return _filled(casadi.Function("J", [pose], [J]), p.pose)
        us, shift = casadi.SX.sym("us", 2, count), casadi.SX.sym("shift", 2)
        u, v = us[0, :] + shift[0], us[1, :] + shift[1]
        used = np.unique(p.vertices)
        hand = _posed(pose, p, used)
        a, b, c = (hand[:, np.searchsorted(used, corner).tolist()] for corner in p.vertices)
        r = casadi.DM(p.seen.T) - (a * casadi.repmat(u, 3, 1) + b * casadi.repmat(v, 3, 1) + c * casadi.repmat(1.0 - u - v, 3, 1))
        J = casadi.jacobian(casadi.vec(r), casadi.vertcat(shift, pose))
        J = casadi.densify(casadi.substitute(J, shift, casadi.SX.zeros(2)).T)
        F = casadi.Function("J", [us, pose], [J])
        out = np.empty(J.numel())
        buffer, run = F.buffer()
        buffer.set_res(0, memoryview(out))
        buffer.set_arg(0, memoryview(p.us.reshape(-1)))
        buffer.set_arg(1, memoryview(p.pose))

        def call() -> Any:
            run()
            return out

        call.alive = F, buffer  # type: ignore[attr-defined]
        return call

    yield Contender("CasADi SX, buffer call", make, "", lambda got: got.reshape(len(p.seen), 3, -1))
