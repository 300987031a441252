"""Choosing the steps of a recorded differential equation natively: what `sweep/point/integrating.py` is given, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.replay.checkpoint import PartSite
from jittape.sweep.engine import integrating
from jittape.sweep.point.integrating import (
    FULL,
    N_FACTORED,
    N_FIELD,
    N_JACOBIAN,
    N_POINTS,
    PYTHON,
    R_COMPLEX,
    R_END,
    R_ERROR_BEFORE,
    R_IMAGINARY,
    R_LAST,
    R_LONGEST,
    R_NEWTON,
    R_REAL,
    R_RTOL,
    R_STEP,
    R_STEP_BEFORE,
    R_T,
    REALS,
    TOO_SMALL,
)

Reals = NDArray[np.float64]
BUFFER = 512
"""Steps after which a driver comes back, for an interrupt of the keyboard, too."""


class Tableau(NamedTuple):
    """The numbers of a method: of an explicit one A, B, C, E and the order of its estimate; of Radau T, TI, C, E, P, and its eigenvalues."""

    arrays: tuple[Reals, ...]
    order: float = 0.0
    eigenvalues: tuple[float, float, float] | None = None


class Integrated(NamedTuple):
    """Ends of steps, the first one included; stages of Radau, a row a step; how often the field, its Jacobian and factors were computed."""

    t: Reals
    stages: Reals
    fields: int
    jacobians: int
    factors: int


class TooSmall(Exception):
    """The step that is needed is smaller than the distance of numbers."""


def integrate(
    field: PartSite, operands: Sequence[Any], t1: float, tableau: Tableau, rtol: float, atol: Reals, first: float | None, longest: float, newton: float
) -> Integrated | None:
    """Choose steps from (y, t, *parameters) to t1, as SciPy does; None where Python is in the field, or where it decides otherwise on the way.

    Args:
        field: the site of (y, t, *parameters) -> f.
        rtol, atol, first, longest: SciPy's options rtol, atol (an array), first_step, max_step.
        newton: SciPy's tolerance of Radau's Newton iterations.
    """
    way = field.ways[0]
    path = way.part.path
    if not path.native or path.tape.dtype != np.float64:
        return None
    with way.part.used(way.constants, operands) as replay:
        try:
            if replay.forward() >= 0:
                return None
            replay.pull([])
            replay.prepare()
        except Exception:  # what it cannot do is for Python to say
            return None
        if replay.native is None:
            return None
        y, t = np.array(operands[0], np.float64), float(operands[1])
        n = y.size
        where = np.array([path.inputs[0][0], path.inputs[1][0], path.inputs[0][0], path.inputs[-1][1]], np.int64)
        found = np.concatenate([np.ravel(o.slots) for o in path.outputs]).astype(np.int32)
        real, counts = np.zeros(REALS), np.zeros(4, np.int64)
        real[[R_T, R_END, R_STEP, R_LONGEST, R_RTOL, R_STEP_BEFORE, R_ERROR_BEFORE, R_LAST, R_NEWTON]] = t, t1, first or 0.0, longest, rtol, -1.0, -1.0, 1.0, newton
        times, ends, rows = np.empty(BUFFER), [np.array([t])], [np.empty((0, 0 if tableau.eigenvalues is None else 3 * n))]
        tape, arrays = replay.tape, tableau.arrays
        advance: Callable[[], Any]
        if tableau.eigenvalues is None:
            driver, K = integrating("explicit"), np.empty((arrays[1].size + 1) * n)

            def advance() -> Any:
                return driver(tape.address, where, found, *arrays, tableau.order, y, K, atol, real, times, counts, tape.typed_zero)
        else:
            driver, f, Q, J, stages = integrating("radau"), np.empty(n), np.empty(3 * n), np.empty(n * n), np.empty(3 * n * BUFFER)
            real[[R_REAL, R_COMPLEX, R_IMAGINARY]] = tableau.eigenvalues

            def advance() -> Any:
                return driver(tape.address, where, found, *arrays, y, f, Q, J, atol, real, times, stages, counts, tape.typed_zero)

        while True:
            status = advance()
            points = int(counts[N_POINTS])
            ends.append(times[:points].copy())
            if tableau.eigenvalues is not None:
                rows.append(stages[: 3 * n * points].reshape(points, 3 * n).copy())
            counts[N_POINTS] = 0
            if status != FULL:
                break
        tape.partial = tape.loops is not None
        if status == PYTHON:
            replay.forget()
            return None
        if status == TOO_SMALL:
            raise TooSmall
        t_ends = np.concatenate(ends)
        kept = np.concatenate(rows) if tableau.eigenvalues is not None else np.empty((t_ends.size - 1, 0))
        return Integrated(t_ends, kept, int(counts[N_FIELD]), int(counts[N_JACOBIAN]), int(counts[N_FACTORED]))
