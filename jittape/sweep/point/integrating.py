"""Choosing the steps of a differential equation whose right-hand side is a tape: SciPy's step controls, natively.

Positions of what a step needs stand in the arrays that both drivers are given: `where` has the first slot of the state, the slot of the time, the first
slot of all inputs and the one after the last; `found` the slots of the derivative; `real` the time, the end, the next step's length, the longest one, rtol
and what a driver keeps beside; `counts` evaluations, Jacobians, factorisations, points that stand in the buffers.
"""

import math

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import call_step, i8_pointer, real_pointer
from jittape.ops.layout import C_ADJOINT, C_COUNT, C_REVERSE, C_SLOTS, C_STATUS, C_VALUE, DONE
from jittape.sweep.point.stepping import forward

FINISHED, FULL, PYTHON, TOO_SMALL = range(4)
"""What a driver returns: it is at the end, the buffers are full, the tape wants Python, the step has become too small."""
SAFETY, LEAST, MOST = 0.9, 0.2, 10.0
R_T, R_END, R_STEP, R_LONGEST, R_RTOL, R_STEP_BEFORE, R_ERROR_BEFORE, R_LAST, R_NEWTON, R_BEGUN, R_REAL, R_COMPLEX, R_IMAGINARY = range(13)
REALS = 13
N_FIELD, N_JACOBIAN, N_FACTORED, N_POINTS = range(4)
NEWTON = 6


@part
def field(address, where, found, t, y, at, out, to, counts, like):
    """out[to:] = f(t, y[at:]); whether the tape could."""
    ctl = i8_pointer(address)
    v = real_pointer(ctl[C_VALUE], like)
    n = found.size
    for i in range(n):
        v[where[0] + i] = y[at + i]
    v[where[1]] = t
    counts[N_FIELD] += 1
    if not forward(ctl, address, v, like):
        return False
    for i in range(n):
        out[to + i] = v[np.int64(found[i])]
    return True


@part
def slopes(address, where, found, J, counts, like):
    """J = df/dy where the tape was swept last; whether it could."""
    ctl = i8_pointer(address)
    g = real_pointer(ctl[C_ADJOINT], like)
    n = found.size
    counts[N_JACOBIAN] += 1
    for i in range(n):
        s = np.int64(found[i])
        g[s] += 1.0
        call_step(ctl[C_REVERSE], address, ctl[C_COUNT], 0, ctl[C_SLOTS], like)
        if ctl[C_STATUS] != DONE:
            return False
        for j in range(n):
            J[i * n + j] = g[where[0] + j]
        g[s] = 0.0
        for k in range(where[2], where[3]):
            g[k] = 0.0
    return True


@part
def norm_of(x, at, y, z, atol, rtol):
    """The root of the mean square of x[at:] over atol + rtol max(|y|, |z|)."""
    n = y.size
    total = 0.0
    for i in range(n):
        e = x[at + i] / (atol[i] + rtol * max(abs(y[i]), abs(z[i])))
        total += e * e
    return math.sqrt(total / n)


@part
def first_step(address, where, found, y, f, work, atol, real, order, counts, like):
    """SciPy's select_initial_step; -1 where the tape wants Python. f is f(t, y), work has room for twice y."""
    n = y.size
    t, span = real[R_T], abs(real[R_END] - real[R_T])
    sign = 1.0 if real[R_END] >= t else -1.0
    rtol = real[R_RTOL]
    d0, d1 = norm_of(y, 0, y, y, atol, rtol), norm_of(f, 0, y, y, atol, rtol)
    h0 = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
    h0 = min(h0, span)
    for i in range(n):
        work[i] = y[i] + h0 * sign * f[i]
    if not field(address, where, found, t + h0 * sign, work, 0, work, n, counts, like):
        return -1.0
    for i in range(n):
        work[n + i] -= f[i]
    d2 = norm_of(work, n, y, y, atol, rtol) / h0
    h1 = max(1e-6, h0 * 1e-3) if d1 <= 1e-15 and d2 <= 1e-15 else (0.01 / max(d1, d2)) ** (1.0 / (order + 1.0))
    return min(min(100.0 * h0, h1), min(span, real[R_LONGEST]))


@part
def shortest(t, sign):
    """Ten times the distance of t to the next number."""
    up = abs(t) * 2.220446049250313e-16
    return 10.0 * max(up, 5e-324)


def explicit(address, where, found, A, B, C, E, order, y, K, atol, real, times, counts, like):
    """Steps of an explicit method whose last slope is the next one's first; E has one estimate of the error, or two as DOP853 has."""
    n, s = y.size, B.size
    sign = 1.0 if real[R_END] >= real[R_T] else -1.0
    rtol, exponent = real[R_RTOL], -1.0 / (order + 1.0)
    new, work = np.empty(n), np.empty(2 * n)
    if real[R_BEGUN] == 0.0:
        if not field(address, where, found, real[R_T], y, 0, K, 0, counts, like):
            return PYTHON
        if real[R_STEP] <= 0.0:
            f = K[:n].copy()
            real[R_STEP] = first_step(address, where, found, y, f, work, atol, real, order, counts, like)
            if real[R_STEP] < 0.0:
                return PYTHON
        real[R_BEGUN] = 1.0
    while sign * (real[R_T] - real[R_END]) < 0.0:
        if counts[N_POINTS] == times.size:
            return FULL
        t = real[R_T]
        least = shortest(t, sign)
        length = max(min(real[R_STEP], real[R_LONGEST]), least)
        rejected = False
        while True:
            if length < least:
                return TOO_SMALL
            after = t + length * sign
            if sign * (after - real[R_END]) > 0.0:
                after = real[R_END]
            h = after - t
            length = abs(h)
            for k in range(1, s + 1):
                for i in range(n):
                    total = 0.0
                    for j in range(k):
                        total += (B[j] if k == s else A[k * s + j]) * K[j * n + i]
                    work[i] = y[i] + h * total
                if k == s:
                    for i in range(n):
                        new[i] = work[i]
                if not field(address, where, found, t + (h if k == s else C[k] * h), work, 0, K, k * n, counts, like):
                    return PYTHON
            size, other = 0.0, 0.0
            for e in range(E.size // (s + 1)):
                for i in range(n):
                    total = 0.0
                    for j in range(s + 1):
                        total += E[e * (s + 1) + j] * K[j * n + i]
                    work[i] = h * total
                if e == 0:
                    size = norm_of(work, 0, y, new, atol, rtol)
                else:
                    other = norm_of(work, 0, y, new, atol, rtol)
            if E.size > s + 1:
                below = size * size + 0.01 * other * other
                size = size * size / math.sqrt(below) if below > 0.0 else 0.0
            if size < 1.0:
                factor = MOST if size == 0.0 else min(MOST, SAFETY * size**exponent)
                length *= min(1.0, factor) if rejected else factor
                break
            length *= max(LEAST, SAFETY * size**exponent) if size == size else LEAST
            rejected = True
        real[R_T], real[R_STEP] = after, length
        for i in range(n):
            y[i] = new[i]
            K[i] = K[s * n + i]
        times[counts[N_POINTS]] = after
        counts[N_POINTS] += 1
    return FINISHED


# --- Radau -------------------------------------------------------------------------------------------------------------------------


@part
def factor(M, n, rows):
    """LU factors of M, n x n, with partial pivoting, in place; whether there are any."""
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(M[i * n + k]) > abs(M[p * n + k]):
                p = i
        rows[k] = p
        pivot = M[p * n + k]
        if pivot == 0.0 or pivot != pivot:
            return False
        if p != k:
            for j in range(n):
                M[k * n + j], M[p * n + j] = M[p * n + j], M[k * n + j]
        for i in range(k + 1, n):
            w = M[i * n + k] / pivot
            M[i * n + k] = w
            if w != 0.0:
                for j in range(k + 1, n):
                    M[i * n + j] -= w * M[k * n + j]
    return True


@part
def solve(M, n, rows, b):
    """b = M^-1 b by these factors."""
    for k in range(n):
        b[k], b[rows[k]] = b[rows[k]], b[k]
    for k in range(n):
        for i in range(k + 1, n):
            b[i] -= M[i * n + k] * b[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            b[k] -= M[k * n + j] * b[j]
        b[k] /= M[k * n + k]


@part
def factors(J, h, real, M, rows, M2, rows2, counts):
    """Of mu / h - J for the real eigenvalue of the method and for the pair of complex ones, as a real matrix twice as large."""
    n = rows.size
    m = 2 * n
    a, b, c = real[R_REAL] / h, real[R_COMPLEX] / h, real[R_IMAGINARY] / h
    for i in range(n):
        for j in range(n):
            M[i * n + j] = -J[i * n + j]
            M2[i * m + j] = M2[(n + i) * m + n + j] = -J[i * n + j]
            M2[i * m + n + j] = M2[(n + i) * m + j] = 0.0
        M[i * n + i] += a
        M2[i * m + i] += b
        M2[(n + i) * m + n + i] += b
        M2[i * m + n + i] = -c
        M2[(n + i) * m + i] = c
    counts[N_FACTORED] += 2
    return factor(M, n, rows) and factor(M2, m, rows2)


@part
def predicted(length, before, size, size_before):
    """Gustafsson's controller; values before are negative where there are none."""
    if size == 0.0:
        return MOST
    ratio = 1.0 if size_before < 0.0 or before < 0.0 else length / before * (size_before / size) ** 0.25
    return min(1.0, ratio) * size**-0.25


def radau(address, where, found, T, TI, C, E, P, y, f, Q, J, atol, real, times, stages, counts, like):
    """Steps of Radau IIA of the fifth order, with the stages of each less its state, [step, 3 n]. Q is the last step's polynomial."""
    n = y.size
    sign = 1.0 if real[R_END] >= real[R_T] else -1.0
    rtol = real[R_RTOL]
    new, fresh, work, error = np.empty(n), np.empty(n), np.empty(2 * n), np.empty(n)
    Z, W, F, dW, pair, dist = np.empty(3 * n), np.empty(3 * n), np.empty(3 * n), np.empty(3 * n), np.empty(2 * n), np.empty(n)
    M, rows, M2, rows2 = np.empty(n * n), np.empty(n, np.int64), np.empty(4 * n * n), np.empty(2 * n, np.int64)
    if real[R_BEGUN] == 0.0:
        if not field(address, where, found, real[R_T], y, 0, f, 0, counts, like) or not slopes(address, where, found, J, counts, like):
            return PYTHON
        if real[R_STEP] <= 0.0:
            real[R_STEP] = first_step(address, where, found, y, f, work, atol, real, 3.0, counts, like)
            if real[R_STEP] < 0.0:
                return PYTHON
    factored, current = False, real[R_BEGUN] == 0.0
    while sign * (real[R_T] - real[R_END]) < 0.0:
        if counts[N_POINTS] == times.size:
            return FULL
        t = real[R_T]
        least = shortest(t, sign)
        length, before, size_before = real[R_STEP], real[R_STEP_BEFORE], real[R_ERROR_BEFORE]
        if length > real[R_LONGEST]:
            length, before, size_before = real[R_LONGEST], -1.0, -1.0
        elif length < least:
            length, before, size_before = least, -1.0, -1.0
        rejected = False
        while True:
            if length < least:
                return TOO_SMALL
            after = t + length * sign
            if sign * (after - real[R_END]) > 0.0:
                after = real[R_END]
            h = after - t
            length = abs(h)
            converged = False
            turns, rate = 0, 0.0
            while True:
                if not factored:
                    if not factors(J, h, real, M, rows, M2, rows2, counts):
                        break
                    factored = True
                for k in range(3):
                    x = 1.0 + h * C[k] / real[R_LAST]
                    for i in range(n):
                        guess = 0.0
                        if real[R_BEGUN] == 2.0:  # SciPy: the last step's polynomial, less the state now
                            guess = ((Q[i * 3 + 2] * x + Q[i * 3 + 1]) * x + Q[i * 3]) * x - (Q[i * 3] + Q[i * 3 + 1] + Q[i * 3 + 2])
                        Z[k * n + i] = guess
                for k in range(3):
                    for i in range(n):
                        W[k * n + i] = TI[k * 3] * Z[i] + TI[k * 3 + 1] * Z[n + i] + TI[k * 3 + 2] * Z[2 * n + i]
                last, rate, known = 0.0, 0.0, False
                for turn in range(NEWTON):
                    turns = turn + 1
                    finite = True
                    for k in range(3):
                        for i in range(n):
                            work[i] = y[i] + Z[k * n + i]
                        if not field(address, where, found, t + h * C[k], work, 0, F, k * n, counts, like):
                            return PYTHON
                        for i in range(n):
                            finite = finite and math.isfinite(F[k * n + i])
                    if not finite:
                        break
                    for i in range(n):
                        work[i] = TI[0] * F[i] + TI[1] * F[n + i] + TI[2] * F[2 * n + i] - real[R_REAL] / h * W[i]
                        pair[i] = TI[3] * F[i] + TI[4] * F[n + i] + TI[5] * F[2 * n + i] - (real[R_COMPLEX] * W[n + i] - real[R_IMAGINARY] * W[2 * n + i]) / h
                        pair[n + i] = TI[6] * F[i] + TI[7] * F[n + i] + TI[8] * F[2 * n + i] - (real[R_COMPLEX] * W[2 * n + i] + real[R_IMAGINARY] * W[n + i]) / h
                    solve(M, n, rows, work)
                    solve(M2, 2 * n, rows2, pair)
                    total = 0.0
                    for i in range(n):
                        dW[i], dW[n + i], dW[2 * n + i] = work[i], pair[i], pair[n + i]
                        scale = atol[i] + rtol * abs(y[i])
                        total += (work[i] / scale) ** 2 + (pair[i] / scale) ** 2 + (pair[n + i] / scale) ** 2
                    moved = math.sqrt(total / (3 * n))
                    if turn > 0:
                        rate, known = moved / last if last > 0.0 else 0.0, True
                    if known and (rate >= 1.0 or rate ** (NEWTON - turn) / (1.0 - rate) * moved > real[R_NEWTON]):
                        break
                    for i in range(3 * n):
                        W[i] += dW[i]
                    for k in range(3):
                        for i in range(n):
                            Z[k * n + i] = T[k * 3] * W[i] + T[k * 3 + 1] * W[n + i] + T[k * 3 + 2] * W[2 * n + i]
                    if moved == 0.0 or (known and rate / (1.0 - rate) * moved < real[R_NEWTON]):
                        converged = True
                        break
                    last = moved
                if converged or current:
                    break
                if not field(address, where, found, t, y, 0, f, 0, counts, like) or not slopes(address, where, found, J, counts, like):
                    return PYTHON
                current, factored = True, False
            if not converged:
                length *= 0.5
                factored = False
                continue
            for i in range(n):
                new[i] = y[i] + Z[2 * n + i]
                dist[i] = (E[0] * Z[i] + E[1] * Z[n + i] + E[2] * Z[2 * n + i]) / h
                error[i] = f[i] + dist[i]
            solve(M, n, rows, error)
            size = norm_of(error, 0, y, new, atol, rtol)
            safety = 0.9 * (2 * NEWTON + 1) / (2 * NEWTON + turns)
            if rejected and size > 1.0:
                for i in range(n):
                    work[i] = y[i] + error[i]
                if not field(address, where, found, t, work, 0, error, 0, counts, like):
                    return PYTHON
                for i in range(n):
                    error[i] += dist[i]
                solve(M, n, rows, error)
                size = norm_of(error, 0, y, new, atol, rtol)
            if size <= 1.0:
                break
            length *= max(LEAST, safety * predicted(length, before, size, size_before)) if size == size else LEAST
            factored, rejected = False, True
        again = turns > 2 and rate > 1e-3
        growth = min(MOST, safety * predicted(length, before, size, size_before))
        if not again and growth < 1.2:
            growth = 1.0
        else:
            factored = False
        if not field(address, where, found, after, new, 0, fresh, 0, counts, like):
            return PYTHON
        if again and not slopes(address, where, found, J, counts, like):
            return PYTHON
        current = again
        at = counts[N_POINTS]
        for i in range(3 * n):
            stages[at * 3 * n + i] = Z[i]
        for i in range(n):
            for k in range(3):
                Q[i * 3 + k] = Z[i] * P[k] + Z[n + i] * P[3 + k] + Z[2 * n + i] * P[6 + k]
            y[i], f[i] = new[i], fresh[i]
        times[at] = after
        counts[N_POINTS] = at + 1
        real[R_STEP_BEFORE], real[R_ERROR_BEFORE], real[R_BEGUN] = real[R_STEP], size, 2.0
        real[R_LAST] = h
        real[R_T], real[R_STEP] = after, length * growth
    return FINISHED
