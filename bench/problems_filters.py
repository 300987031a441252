"""W13, the likelihood of a Kalman filter, and W15's recursive filter.

The point of the Kalman filter holds the transition matrix (n x n), and logarithms of the variances of n states and of two
measurements. The filter begins with mean 0 and covariance 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numba import njit

from bench.models import Problem, Recurrence

STEPS = 500
MEASURED = 2


def _matrix(n: int) -> Any:
    """What is measured of n states."""
    H = np.eye(MEASURED, n)
    H[1, n - 1] = H[0, n - 1] = 0.5
    return H


def kalman(n: int, y: Any, H: Any) -> Recurrence:
    def unpack(m: Any, x: Any) -> Any:
        F = m.reshape(x[: n * n], (n, n))
        return F, m.diag(m.exp(x[n * n : n * n + n])), m.diag(m.exp(x[n * n + n :])), m.asarray(H)

    def step(m: Any, unpacked: Any, state: Any, y: Any) -> Any:
        F, Q, R, H = unpacked
        mean, P, total = state
        mean, P = F @ mean, F @ P @ F.T + Q
        A = H @ P
        S = A @ H.T + R
        v = y - H @ mean
        G = m.linalg.solve(S, A)
        w = m.linalg.solve(S, v)
        total = total + m.log(S[0, 0] * S[1, 1] - S[0, 1] * S[1, 0]) + m.sum(v * w)
        return mean + G.T @ v, P - A.T @ G, total

    return Recurrence(unpack, lambda m, _: (m.zeros(n), m.eye(n), 0.0), step, lambda m, state: 0.5 * state[2], y)


def matrices(x, y, H):  # type: ignore[no-untyped-def]
    n = H.shape[1]
    F = x[: n * n].reshape(n, n)
    Q, R = np.diag(np.exp(x[n * n : n * n + n])), np.diag(np.exp(x[n * n + n :]))
    mean, P, total = np.zeros(n), np.eye(n), 0.0
    for t in range(y.shape[0]):
        mean = F @ mean
        P = F @ P @ F.T + Q
        A = H @ P
        S = A @ H.T + R
        v = y[t] - H @ mean
        G = np.linalg.solve(S, A)
        w = np.linalg.solve(S, v)
        total += np.log(S[0, 0] * S[1, 1] - S[0, 1] * S[1, 0]) + np.sum(v * w)
        mean = mean + G.T @ v
        P = P - A.T @ G
    return 0.5 * total


def two_states(x, y, H):  # type: ignore[no-untyped-def]
    f00, f01, f10, f11 = x[0], x[1], x[2], x[3]
    q0, q1, r0, r1 = np.exp(x[4]), np.exp(x[5]), np.exp(x[6]), np.exp(x[7])
    h00, h01, h10, h11 = H[0, 0], H[0, 1], H[1, 0], H[1, 1]
    m0, m1, p00, p01, p11, total = 0.0, 0.0, 1.0, 0.0, 1.0, 0.0
    for t in range(y.shape[0]):
        m0, m1 = f00 * m0 + f01 * m1, f10 * m0 + f11 * m1
        b00, b01, b10, b11 = f00 * p00 + f01 * p01, f00 * p01 + f01 * p11, f10 * p00 + f11 * p01, f10 * p01 + f11 * p11
        p00, p01, p11 = b00 * f00 + b01 * f01 + q0, b00 * f10 + b01 * f11, b10 * f10 + b11 * f11 + q1
        a00, a01, a10, a11 = h00 * p00 + h01 * p01, h00 * p01 + h01 * p11, h10 * p00 + h11 * p01, h10 * p01 + h11 * p11
        s00, s01, s11 = a00 * h00 + a01 * h01 + r0, a00 * h10 + a01 * h11, a10 * h10 + a11 * h11 + r1
        v0, v1 = y[t, 0] - h00 * m0 - h01 * m1, y[t, 1] - h10 * m0 - h11 * m1
        d = s00 * s11 - s01 * s01
        w0, w1 = (s11 * v0 - s01 * v1) / d, (s00 * v1 - s01 * v0) / d
        g00, g01 = (s11 * a00 - s01 * a10) / d, (s11 * a01 - s01 * a11) / d
        g10, g11 = (s00 * a10 - s01 * a00) / d, (s00 * a11 - s01 * a01) / d
        total += np.log(d) + v0 * w0 + v1 * w1
        m0, m1 = m0 + g00 * v0 + g10 * v1, m1 + g01 * v0 + g11 * v1
        p00, p01, p11 = p00 - a00 * g00 - a10 * g10, p01 - a00 * g01 - a10 * g11, p11 - a01 * g01 - a11 * g11
    return 0.5 * total


@njit
def _product(A, B, C):  # type: ignore[no-untyped-def]
    """C = A B, of small matrices."""
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            s = 0.0
            for k in range(A.shape[1]):
                s += A[i, k] * B[k, j]
            C[i, j] = s


@njit
def _inverse_times(S, A, C):  # type: ignore[no-untyped-def]
    d = 1.0 / (S[0, 0] * S[1, 1] - S[0, 1] * S[1, 0])
    for j in range(A.shape[1]):
        C[0, j] = d * (S[1, 1] * A[0, j] - S[0, 1] * A[1, j])
        C[1, j] = d * (S[0, 0] * A[1, j] - S[1, 0] * A[0, j])


@njit(error_model="numpy")
def kalman_gradient(x, y, H):  # type: ignore[no-untyped-def]
    """By hand: the filter, all that its steps have computed kept, and backwards."""
    o, n = H.shape
    T = y.shape[0]
    F = x[: n * n].copy().reshape(n, n)
    q, r = np.exp(x[n * n : n * n + n]), np.exp(x[n * n + n :])
    means, covariances = np.zeros((T + 1, n, 1)), np.zeros((T + 1, n, n))
    for i in range(n):
        covariances[0, i, i] = 1.0
    As, Gs, Ss, vs = np.empty((T, o, n)), np.empty((T, o, n)), np.empty((T, o, o)), np.empty((T, o, 1))
    B, P, mean, Hm = np.empty((n, n)), np.empty((n, n)), np.empty((n, 1)), np.empty((o, 1))
    FT, HT = F.T.copy(), H.T.copy()
    for t in range(T):
        A, G, S, v = As[t], Gs[t], Ss[t], vs[t]
        _product(F, means[t], mean)
        _product(F, covariances[t], B)
        _product(B, FT, P)
        for i in range(n):
            P[i, i] += q[i]
        _product(H, P, A)
        _product(A, HT, S)
        _product(H, mean, Hm)
        for i in range(o):
            S[i, i] += r[i]
            v[i, 0] = y[t, i] - Hm[i, 0]
        _inverse_times(S, A, G)
        for i in range(n):
            means[t + 1, i, 0] = mean[i, 0] + G[0, i] * v[0, 0] + G[1, i] * v[1, 0]
            for j in range(n):
                covariances[t + 1, i, j] = P[i, j] - A[0, i] * G[0, j] - A[1, i] * G[1, j]
    # adjoints: those of means and covariances are columns of m and P, all others are named after their values
    out = np.zeros(x.size)
    m, P = np.zeros((n, 1)), np.zeros((n, n))
    w, AP, Gbar, back = np.empty((o, 1)), np.empty((o, n)), np.empty((o, n)), np.empty((o, n))
    Sbar, FP, FPT, Fm = np.empty((o, o)), np.empty((n, n)), np.empty((n, n)), np.empty((n, 1))
    vbar = np.empty(o)
    for t in range(T - 1, -1, -1):
        A, G, S, v = As[t], Gs[t], Ss[t], vs[t]
        _inverse_times(S, v, w)
        _product(A, P, AP)
        for i in range(o):
            vbar[i] = w[i, 0]
            for j in range(n):
                vbar[i] += G[i, j] * m[j, 0]
                Gbar[i, j] = v[i, 0] * m[j, 0] - AP[i, j]
        _inverse_times(S, Gbar, back)
        d = S[0, 0] * S[1, 1] - S[0, 1] * S[1, 0]
        for i in range(o):
            for j in range(o):
                inverse = (S[1 - i, 1 - i] if i == j else -S[i, j]) / d
                s = 0.5 * (inverse - w[i, 0] * w[j, 0])
                for k in range(n):
                    s -= back[i, k] * G[j, k]
                Sbar[i, j] = s
            out[n * n + n + i] += Sbar[i, i] * r[i]
        for i in range(o):
            for j in range(n):
                s = back[i, j]
                for k in range(n):
                    s -= G[i, k] * P[j, k]
                Gbar[i, j] = s  # now the adjoint of A
                for k in range(o):
                    Gbar[i, j] += Sbar[i, k] * H[k, j]
        for i in range(n):
            for k in range(o):
                m[i, 0] -= H[k, i] * vbar[k]
                for j in range(n):
                    P[i, j] += H[k, i] * Gbar[k, j]
            out[n * n + i] += P[i, i] * q[i]
        for i in range(n):
            for j in range(n):
                FP[i, j] = P[i, j] + P[j, i]
        _product(F, covariances[t], B)
        _product(FP, B, FPT)
        for i in range(n):
            for j in range(n):
                out[i * n + j] += FPT[i, j] + m[i, 0] * means[t, j, 0]
        _product(FT, m, Fm)
        _product(FT, P, B)
        _product(B, F, P)
        m[:] = Fm
    return out


def filters() -> Iterator[Problem]:
    for n in (2, 4):
        random = np.random.default_rng(13)
        y = random.standard_normal((STEPS, MEASURED)).cumsum(0) * 0.2
        x = np.concatenate(((0.8 * np.eye(n) + 0.1 * random.standard_normal((n, n))).ravel(), 0.3 * random.standard_normal(n + MEASURED) - 1.0))
        H = _matrix(n)
        F = kalman(n, y, H)
        loops: dict[str, Callable[..., Any]] = {"njit matrices": matrices}
        if n == 2:
            loops["njit, written out"] = two_states
        yield Problem(f"Kalman, {n} states", x, kalman_gradient, "njit", whole=_with_rows(F), loops=loops, steps=F, data=(y, H), kind="solves")


def _with_rows(F: Recurrence) -> Callable[..., Any]:
    """The recurrence unrolled over the rows that are given."""
    return lambda m, x, y, *_: F(m, x, y)


# --- W15 --------------------------------------------------------------------------------------------------------------

SAMPLES = 10_000
COEFFICIENTS = (0.2, 0.3, 0.1, -0.6, 0.25)




def recursive() -> Problem:
    """The energy of what a filter of second order makes of a signal, by its five coefficients, two samples before, and the signal."""

    def step(m: Any, x: Any, state: Any, i: Any) -> Any:
        y1, y2, total = state
        y0 = x[0] * x[i] + x[1] * x[i - 1] + x[2] * x[i - 2] - x[3] * y1 - x[4] * y2
        return y0, y1, total + 0.5 * y0 * y0

    F = Recurrence(lambda m, x: x, lambda m, _: (0.0, 0.0, 0.0), step, lambda m, state: state[2], np.arange(7, 7 + SAMPLES))
    x = np.concatenate((COEFFICIENTS, np.random.default_rng(15).standard_normal(2 + SAMPLES)))
    return Problem(f"recursive filter, {SAMPLES} samples", x, recursive_gradient, "njit", whole=F, loops={"njit loops": recursive_loops},
                   steps=F, form="Python loop", kind="recursive", leave=("autograd", "torch"))  # fmt: skip


def recursive_loops(x):  # type: ignore[no-untyped-def]
    c0, c1, c2, c3, c4 = x[0], x[1], x[2], x[3], x[4]
    y1 = y2 = total = 0.0
    for i in range(7, x.size):
        y0 = c0 * x[i] + c1 * x[i - 1] + c2 * x[i - 2] - c3 * y1 - c4 * y2
        total += 0.5 * y0 * y0
        y2, y1 = y1, y0
    return total


@njit
def recursive_gradient(x):  # type: ignore[no-untyped-def]
    """By hand."""
    n = x.size
    y = np.zeros(n)
    for i in range(7, n):
        y[i] = x[0] * x[i] + x[1] * x[i - 1] + x[2] * x[i - 2] - x[3] * y[i - 1] - x[4] * y[i - 2]
    g = np.zeros(n)
    g0 = g1 = g2 = g3 = g4 = 0.0
    b1 = b2 = 0.0  # adjoints of the two results that follow
    for i in range(n - 1, 6, -1):
        b = y[i] - x[3] * b1 - x[4] * b2
        g0 += b * x[i]
        g1 += b * x[i - 1]
        g2 += b * x[i - 2]
        g3 -= b * y[i - 1]
        g4 -= b * y[i - 2]
        g[i] += x[0] * b
        g[i - 1] += x[1] * b
        g[i - 2] += x[2] * b
        b1, b2 = b, b1
    g[0], g[1], g[2], g[3], g[4] = g0, g1, g2, g3, g4
    return g
