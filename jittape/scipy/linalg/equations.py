"""Matrix equations: Sylvester's, Lyapunov's and Riccati's. The derivative of each is the solution of a linear one with the same matrices.

Lancaster and Rodman (1995), Algebraic Riccati Equations; Kao and Hennequin (2020), arXiv:2011.11430.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.products import as_array
from jittape.scipy.declare import like
from jittape.scipy.operations import Operation


def _square(name: str, what: str, a: Any) -> Any:
    a = as_array(a)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise ValueError(f"scipy.linalg.{name} takes a square matrix [n, n] as {what}, not an array of shape {a.shape}")
    return a


def _fitting(name: str, what: str, x: Any, shape: tuple[int, ...]) -> Any:
    x = as_array(x)
    if x.shape != shape:
        raise ValueError(f"scipy.linalg.{name}: {what} has shape {x.shape}, and the other matrices ask for {shape}")
    return x


# --- Sylvester's equation, a x + x b = q ---------------------------------------------------------------------------------------


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    from scipy.linalg import solve_sylvester  # for start-up

    return (solve_sylvester(a, b, q),)


def _sylvester_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    a, b, q = operands
    (s,) = SYLVESTER(a.T, b.T, g[0])
    return -s @ z[0].T, -z[0].T @ s, s


SYLVESTER: Operation = Operation(
    "scipy.linalg.equations.sylvester",
    _sylvester,
    _sylvester_vjp,
    lambda t, z, x, _: SYLVESTER(x[0], x[1], t[2] - t[0] @ z[0] - z[0] @ t[1]),
    lambda s, _: [s[2]],
)


@like("scipy.linalg.solve_sylvester", by="a, b, q")
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The solution of a @ x + x @ b = q for a [m, m], b [n, n] and q [m, n].

    Raises:
        LinAlgError: an eigenvalue of `a` is that of -b.
        ValueError: shapes that do not fit.
    """
    a, b = _square("solve_sylvester", "a", a), _square("solve_sylvester", "b", b)
    return SYLVESTER(a, b, _fitting("solve_sylvester", "q", q, (a.shape[0], b.shape[0])))[0]


# --- Lyapunov's equations ---------------------------------------------------------------------------------------------------------


def _continuous(a: Any, q: Any) -> Any:
    """The solution of a @ x + x @ a.T = q."""
    return SYLVESTER(a, a.T, q)[0]


@like("scipy.linalg.solve_continuous_lyapunov", by="a, q")
def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """The solution of a @ x + x @ a.T = q for matrices [n, n].

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import linalg
        >>> jt.grad(lambda q: linalg.solve_continuous_lyapunov(np.diag([1.0, 2.0]), q)[0, 1])(np.eye(2)).round(6).tolist()
        [[0.0, 0.333333], [0.0, 0.0]]
    """
    a = _square("solve_continuous_lyapunov", "a", a)
    return _continuous(a, _fitting("solve_continuous_lyapunov", "q", q, a.shape))


def _lyapunov(a: Any, q: Any, bilinear: int) -> Any:
    from scipy.linalg import solve_discrete_lyapunov  # for start-up

    return (solve_discrete_lyapunov(a, q, method="bilinear" if bilinear else "direct"),)


def _lyapunov_vjp(g: Any, z: Any, operands: Any, attributes: Any) -> Any:
    a, x = operands[0], z[0]
    (s,) = LYAPUNOV(a.T, g[0], attributes=attributes)
    return s @ a @ x.T + s.T @ a @ x, s


def _lyapunov_jvp(t: Any, z: Any, operands: Any, attributes: Any) -> Any:
    a, x = operands[0], z[0]
    return LYAPUNOV(a, t[1] + t[0] @ x @ a.T + a @ x @ t[0].T, attributes=attributes)


LYAPUNOV = Operation("scipy.linalg.equations.discrete_lyapunov", _lyapunov, _lyapunov_vjp, _lyapunov_jvp, lambda s, _: [s[1]])
DIRECT = 10
"""Up to this many rows SciPy solves the discrete equation as one system of all elements, unless told otherwise."""


def _discrete(a: Any, q: Any, method: Any = None) -> Any:
    """The solution of x = a @ x @ a.T + q."""
    return LYAPUNOV(a, q, attributes=(int(a.shape[0] >= DIRECT if method is None else method == "bilinear"),))[0]


@like("scipy.linalg.solve_discrete_lyapunov", by="a, q")
def solve_discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    """The solution of a @ x @ a.T - x + q = 0 for matrices [n, n]."""
    if method not in (None, "direct", "bilinear"):
        raise ValueError(f"scipy.linalg.solve_discrete_lyapunov: method is None, 'direct' or 'bilinear', not {method!r}")
    a = _square("solve_discrete_lyapunov", "a", a)
    return _discrete(a, _fitting("solve_discrete_lyapunov", "q", q, a.shape), method)


# --- Riccati's equations ------------------------------------------------------------------------------------------------------------


def _riccati(name: str, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> tuple[Any, ...]:
    if e is not None or s is not None:
        raise RecordingError(f"scipy.linalg.{name} of recorded values takes no e= and s=: multiply the equation by the inverse of e, and complete the square with s, before")
    a = _square(name, "a", a)
    b, r = as_array(b), _square(name, "r", r)
    return a, _fitting(name, "b", b, (a.shape[0], r.shape[0])), _fitting(name, "q", q, a.shape), r


def _care(a: Any, b: Any, q: Any, r: Any) -> Any:
    from scipy.linalg import solve_continuous_are  # for start-up

    return (solve_continuous_are(a, b, q, r),)


def _care_parts(z: Any, operands: Any) -> tuple[Any, ...]:
    """(x, the gains inv(r) b' x and x b inv(r), the matrix of the closed loop)."""
    a, b, q, r = operands
    x = z[0]
    gain = np.linalg.solve(r, b.T @ x)
    return x, gain, np.linalg.solve(r.T, b.T @ x.T).T, a - b @ gain


def _care_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    x, gain, left, closed = _care_parts(z, operands)
    s = _continuous(closed, -g[0])
    return x @ s.T + x.T @ s, -(x.T @ s @ gain.T) - x @ s.T @ left, s, left.T @ s @ gain.T


def _care_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    x, gain, left, closed = _care_parts(z, operands)
    ta, tb, tq, tr = t
    change = ta.T @ x + x @ ta + tq - x @ tb @ gain - left @ tb.T @ x + left @ tr @ gain
    return (_continuous(closed.T, -change),)


CARE = Operation("scipy.linalg.equations.care", _care, _care_vjp, _care_jvp, lambda s, _: [s[0]])


@like("scipy.linalg.solve_continuous_are", by="a, b, q, r", note="without e and s")
def solve_continuous_are(a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: Any = True) -> Any:
    """The stabilising solution of a.T @ x + x @ a - x @ b @ inv(r) @ b.T @ x + q = 0.

    Raises:
        LinAlgError: there is none that is found.
        ValueError: shapes that do not fit, or q and r that are not symmetric.
    """
    return CARE(*_riccati("solve_continuous_are", a, b, q, r, e, s))[0]


def _dare(a: Any, b: Any, q: Any, r: Any) -> Any:
    from scipy.linalg import solve_discrete_are  # for start-up

    return (solve_discrete_are(a, b, q, r),)


def _dare_parts(z: Any, operands: Any) -> tuple[Any, ...]:
    """(x, the gain, the matrix of the closed loop)."""
    a, b, q, r = operands
    x = z[0]
    gain = np.linalg.solve(r + b.T @ x @ b, b.T @ x @ a)
    return x, gain, a - b @ gain


def _dare_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    x, gain, closed = _dare_parts(z, operands)
    s = _discrete(closed, g[0])
    ga = x @ closed @ (s + s.T)
    return ga, -(ga @ gain.T), s, gain @ s @ gain.T


def _dare_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    x, gain, closed = _dare_parts(z, operands)
    ta, tb, tq, tr = t
    half = (ta - tb @ gain).T @ x @ closed
    return (_discrete(closed.T, half + half.T + tq + gain.T @ tr @ gain),)


DARE = Operation("scipy.linalg.equations.dare", _dare, _dare_vjp, _dare_jvp, lambda s, _: [s[0]])


@like("scipy.linalg.solve_discrete_are", by="a, b, q, r", note="without e and s")
def solve_discrete_are(a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: Any = True) -> Any:
    """The stabilising solution of a.T @ x @ a - x - (a.T @ x @ b) @ inv(r + b.T @ x @ b) @ (b.T @ x @ a) + q = 0."""
    return DARE(*_riccati("solve_discrete_are", a, b, q, r, e, s))[0]
