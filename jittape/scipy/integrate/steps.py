"""Steps of SciPy's one-step methods as functions that are recorded, and states between the ends of a step.

A step is given (y, row, t0, t1): the row says where it begins and how long it is, as fractions of the interval from t0 to t1, and for implicit methods
near what its stages are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from jittape.functional.drivers import jacobian
from jittape.replay.integrating import Tableau
from jittape.scipy.declare import original

Field = Callable[[Any, Any], Any]
"""f(t, y)."""


class Method(NamedTuple):
    """A one-step method.

    Attributes:
        step: (f, t, h, y, near) -> the next state.
        between: (f, t, h, y, near, x) -> the state at t + x h by SciPy's interpolation.
        until: the same by a step of its own, which has better derivatives by x.
        stages: how many its rows hold.
        tableau: makes the numbers that choosing steps natively takes; None where SciPy's solver does that.
    """

    step: Callable[[Field, Any, Any, Any, Any], Any]
    between: Callable[[Field, Any, Any, Any, Any, Any], Any]
    until: Callable[[Field, Any, Any, Any, Any, Any], Any]
    stages: int
    tableau: Callable[[], Tableau] | None = None


# --- explicit methods --------------------------------------------------------------------------------------------------------------


def _added(y: Any, h: Any, weights: Any, slopes: list[Any]) -> Any:
    """y + h times the weighted sum of slopes."""
    terms = [w * k for w, k in zip(weights, slopes, strict=False) if w != 0.0]
    if not terms:
        return y
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return y + h * total


def _slopes(f: Field, t: Any, h: Any, y: Any, A: Any, C: Any) -> list[Any]:
    found: list[Any] = []
    for a, c in zip(A, C, strict=True):
        found.append(f(t + c * h, _added(y, h, a[: len(found)].tolist(), found)))
    return found


@cache
def explicit(name: str) -> Method:
    """RK23, RK45 or DOP853 by SciPy's coefficients."""
    kind = original(f"scipy.integrate.{name}")
    A, B, C = kind.A, kind.B, kind.C
    dense = name == "DOP853"
    s = len(B)
    A, C = A[:s, :s], C[:s]

    def step(f: Field, t: Any, h: Any, y: Any, near: Any) -> Any:
        return _added(y, h, B.tolist(), _slopes(f, t, h, y, A, C))

    def between(f: Field, t: Any, h: Any, y: Any, near: Any, x: Any) -> Any:
        slopes = _slopes(f, t, h, y, A, C)
        after = _added(y, h, B.tolist(), slopes)
        slopes.append(f(t + h, after))
        if not dense:
            powers = [x]
            while len(powers) < kind.P.shape[1]:
                powers.append(powers[-1] * x)
            weights = [sum((p * w for p, w in zip(row.tolist(), powers, strict=True) if p != 0.0), 0.0) for row in kind.P]
            return y + h * sum((w * k for w, k in zip(weights, slopes, strict=True)), 0.0)
        for a, c in zip(kind.A_EXTRA, kind.C_EXTRA, strict=True):
            slopes.append(f(t + c * h, _added(y, h, a[: len(slopes)].tolist(), slopes)))
        moved = after - y
        parts = [moved, h * slopes[0] - moved, 2.0 * moved - h * (slopes[s] + slopes[0])]
        parts += [_added(0.0, h, d.tolist(), slopes) for d in kind.D]
        found: Any = 0.0
        for i, part in enumerate(reversed(parts)):
            found = (found + part) * (x if i % 2 == 0 else 1.0 - x)
        return y + found

    @cache
    def tableau() -> Tableau:
        whole = np.zeros((s, s))
        whole[:, : A.shape[1]] = A
        E = np.concatenate([kind.E5, kind.E3]) if dense else kind.E
        return Tableau(tuple(np.array(x, float).ravel() for x in (whole, B, C, E)), float(kind.error_estimator_order))

    return Method(step, between, lambda f, t, h, y, near, x: step(f, t, x * h, y, near), 0, tableau)


# --- Radau IIA of the fifth order -------------------------------------------------------------------------------------------------

ROOT = 6**0.5
A3 = np.array(
    [
        [(88 - 7 * ROOT) / 360, (296 - 169 * ROOT) / 1800, (-2 + 3 * ROOT) / 225],
        [(296 + 169 * ROOT) / 1800, (88 + 7 * ROOT) / 360, (-2 - 3 * ROOT) / 225],
        [(16 - ROOT) / 36, (16 + ROOT) / 36, 1 / 9],
    ]
)
C3 = np.array([(4 - ROOT) / 10, (4 + ROOT) / 10, 1.0])
"""Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.8."""
CORRECTIONS = 3
"""Chord steps from stages that solve their equations: each gives the derivatives of one more order."""
FURTHER = 3
"""Chord steps besides, from stages that are interpolated."""


def _stages(f: Field, t: Any, h: Any, y: Any, near: Any, corrections: int = CORRECTIONS) -> list[Any]:
    """The stages less y.

    They solve z = h A f(y + z), and are near a constant that does so for the constants that y, h and what f refers to are. With the derivative M of
    these equations taken at that constant, k chord steps z <- z - M^-1 r(z) have an error of the order k + 1 in what is differentiated by.
    """
    n = near.shape[0] // 3
    times = [t + c * h for c in C3.tolist()]
    matrices = [jacobian(lambda u, at=at: f(at, u))(y + near[i * n : (i + 1) * n]) for i, at in enumerate(times)]
    M = np.eye(3 * n) - h * np.concatenate([np.concatenate([A3[i, j] * matrices[j] for j in range(3)], axis=1) for i in range(3)], axis=0)
    z = near
    for _ in range(corrections):
        slopes = [f(at, y + z[i * n : (i + 1) * n]) for i, at in enumerate(times)]
        r = z - h * np.concatenate([_added(0.0, 1.0, A3[i].tolist(), slopes) for i in range(3)])
        z = z - np.linalg.solve(M, r)
    return [z[i * n : (i + 1) * n] for i in range(3)]


def _radau_step(f: Field, t: Any, h: Any, y: Any, near: Any) -> Any:
    return y + _stages(f, t, h, y, near)[2]


def _collocated(stages: Any, x: Any) -> Any:
    """The polynomial that is 0 at 0 and has these stages at C3, at x."""
    nodes = [0.0, *C3.tolist()]
    found: Any = 0.0
    for i, z in enumerate(stages, 1):
        weight: Any = 1.0
        for j, node in enumerate(nodes):
            if j != i:
                weight = weight * ((x - node) / (nodes[i] - node))
        found = found + weight * z
    return found


def _radau_between(f: Field, t: Any, h: Any, y: Any, near: Any, x: Any) -> Any:
    return y + _collocated(_stages(f, t, h, y, near), x)


def _radau_until(f: Field, t: Any, h: Any, y: Any, near: Any, x: Any) -> Any:
    n = near.shape[0] // 3
    given = [near[i * n : (i + 1) * n] for i in range(3)]
    return y + _stages(f, t, x * h, y, np.concatenate([_collocated(given, c * x) for c in C3.tolist()]), CORRECTIONS + FURTHER)[2]


@cache
def _radau_tableau() -> Tableau:
    """Hairer and Wanner's transformation of A^-1 to a real and two complex eigenvalues, the estimate of the error and the polynomial of the stages."""
    values, vectors = np.linalg.eig(np.linalg.inv(A3))
    real = int(np.argmin(np.abs(values.imag)))
    pair = int(np.argmin(values.imag))
    one, two = vectors[:, real] / vectors[2, real], vectors[:, pair] / vectors[2, pair]
    T = np.stack([one.real, two.real, two.imag], axis=1)
    TI = np.linalg.inv(T)
    mu = values[real].real
    E = np.array([-13 - 7 * ROOT, -13 + 7 * ROOT, -1]) / 3
    P = np.linalg.inv(np.stack([C3, C3**2, C3**3]))
    return Tableau(tuple(x.ravel() for x in (T, TI, C3, E, P)), eigenvalues=(mu, values[pair].real, -values[pair].imag))


RADAU = Method(_radau_step, _radau_between, _radau_until, 3, _radau_tableau)


def method_of(name: Any) -> Method | None:
    """The method of this name of SciPy's (or its class), None of others."""
    name = getattr(name, "__name__", name)
    if name in ("RK23", "RK45", "DOP853"):
        return explicit(name)
    return RADAU if name == "Radau" else None
