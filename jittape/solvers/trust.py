"""One problem of minimisation as a state: a trial point is judged by what the function is there, and the next one chosen.

Whoever has the function calls `judge` with its value, gradient and matrix of second derivatives at the trial point, until that returns a status.
The model is quadratic, in a region of trust; it is that of Levenberg and Marquardt, of Newton, or of Broyden, Fletcher, Goldfarb and Shanno, which
differ in the matrix alone:

    GAUSS_NEWTON   J'J; lengths are measured by the largest norm that each column of J had, as in MINPACK
    NEWTON         the Hessian, which need not be positive definite
    BFGS           updated from gradients

Bounds are kept at every trial point. Variables that stand at a bound and are pushed outwards are held there; a step that crosses bounds is cut there, and
found anew for the variables that are left. Where function, gradient or matrix are not finite at a trial point, it is refused, and the region made smaller.
"""

import math

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i8_pointer, real_pointer
from jittape.solvers.linear import in_ball, norm, update

GAUSS_NEWTON, NEWTON, BFGS = range(3)
RUNNING, GRADIENT, REDUCTION, STEP, LIMIT, NOT_FINITE, SURROUNDED = 100, 1, 2, 3, 0, -1, -2
"""Statuses: none yet; the gradient, the reduction, the step are below their tolerances; evaluations are used up; function or derivatives are not
finite at the first guess; they are not at any point that was tried around the last good one."""
(PHASE, EVALUATIONS, STEPS, UPDATES, BAD), COUNTERS = range(5), 5
"""Of the counters of a problem."""
(VALUE, RADIUS, PREDICTED, LENGTH, INSIDE, SLOPE), NUMBERS = range(6), 6
"""Of the numbers of a problem."""
FTOL, XTOL, GTOL, ROUNDING, MOST = range(5)
"""Of the tolerances: relative reduction, relative step, largest element of the projected gradient, unit of rounding, evaluations."""
ACCEPTED, POOR, GOOD = 1e-4, 0.25, 0.75
"""Parts of the predicted reduction from which a trial point is taken, the region is made smaller, and may grow."""


def state(n: int) -> int:
    """Numbers that a problem of n variables keeps: numbers, then x, gradient, measures and step, and the matrix."""
    return NUMBERS + 4 * n + n * n


@part
def projected(x, g, lower, upper, n):
    """The largest element of the gradient, as far as bounds let one go down."""
    most = 0.0
    for i in range(n):
        d = min(g[i], x[i] - lower[i]) if g[i] > 0.0 else max(g[i], x[i] - upper[i])
        most = max(most, abs(d))
    return most


@part
def _measure(kind, B, d, first, n):
    """Bring the measures of lengths up to date."""
    for i in range(n):
        if kind == GAUSS_NEWTON:
            column = math.sqrt(max(B[i * n + i], 0.0))
            d[i] = (column if column > 0.0 else 1.0) if first else max(d[i], column)
        elif first:
            d[i] = 1.0


@part
def _length(v, d, n):
    most = 0.0
    for i in range(n):
        most = max(most, abs(d[i] * v[i]))
    if most == 0.0 or not most < math.inf:
        return most
    s = 0.0
    for i in range(n):
        s += (d[i] * v[i] / most) ** 2
    return most * math.sqrt(s)


@part
def _reduction(g, B, p, n):
    """What the model says that a step reduces the function by."""
    s = 0.0
    for i in range(n):
        row = g[i]
        for j in range(n):
            row += 0.5 * (B[i * n + j] if j <= i else B[j * n + i]) * p[j]
        s += row * p[i]
    return -s


@part
def propose(S, x, g, d, p, B, lower, upper, trial, W, free, n):
    """Choose the next trial point; returns whether there is one that the model says is better."""
    A, L, V = W, at(W, n * n), at(W, 2 * n * n)
    h, q, w = at(W, 3 * n * n), at(W, 3 * n * n + n), at(W, 3 * n * n + 2 * n)
    m = 0
    for i in range(n):
        p[i] = 0.0
        trial[i] = x[i]
        if (x[i] > lower[i] or g[i] < 0.0) and (x[i] < upper[i] or g[i] > 0.0):
            free[m] = i
            m += 1
    inside, cut, at_first = True, False, m
    while m > 0:
        for a in range(m):
            i = free[a]
            s = g[i]
            if cut:
                for j in range(n):
                    s += (B[i * n + j] if j <= i else B[j * n + i]) * p[j]
            h[a] = s / d[i]
            for b in range(a + 1):
                j = free[b]
                A[a * m + b] = B[i * n + j] / (d[i] * d[j])  # free is in order, so this is the lower triangle
        inside = in_ball(A, h, S[RADIUS], q, m, L, V, w) and inside
        left = 0
        for a in range(m):
            i = free[a]
            step = q[a] / d[i]
            if x[i] + step < lower[i]:
                p[i], trial[i], cut = lower[i] - x[i], lower[i], True
            elif x[i] + step > upper[i]:
                p[i], trial[i], cut = upper[i] - x[i], upper[i], True
            else:
                q[left], free[left] = step, i
                left += 1
        if left == m:
            for a in range(m):
                i = free[a]
                p[i] = q[a]
                trial[i] = min(max(x[i] + q[a], lower[i]), upper[i])
            break
        m = left
    S[PREDICTED] = _reduction(g, B, p, n)
    if cut and not S[PREDICTED] > 0.0:  # what was cut has turned the step: down the projected gradient
        inside = False
        for i in range(n):
            w[i] = g[i] / d[i]
        t = S[RADIUS] / max(norm(w, n), 1e-300)
        for _ in range(60):
            for i in range(n):
                trial[i] = min(max(x[i] - t * g[i] / d[i] ** 2, lower[i]), upper[i])
                p[i] = trial[i] - x[i]
            S[PREDICTED] = _reduction(g, B, p, n)
            if S[PREDICTED] > 0.0:
                break
            t *= 0.25
    S[LENGTH] = _length(p, d, n)
    S[INSIDE] = 1.0 if inside else 0.0
    return at_first > 0 and S[PREDICTED] > 0.0


@part
def judge(kind, M, I, f, g_new, B_new, lower, upper, T, trial, W, free, n):
    """What the function is at the trial point (at the first guess, at first), taken into account; `trial` is the next one then.

    Args:
        M, I: the problem's numbers (`state`), of which x stands after the first NUMBERS, and counters, zeros at first.
        f, g_new, B_new: value, gradient and matrix, of which the lower triangle is read (none of it where that is updated).
        lower, upper: bounds. T: tolerances. W, free: memory (`linear.memory`; n integers).

    All but `kind`, `f` and `n` are pointers.

    Returns:
        A status, or RUNNING.
    """
    S, x, g = M, at(M, NUMBERS), at(M, NUMBERS + n)
    d, p, B = at(M, NUMBERS + 2 * n), at(M, NUMBERS + 3 * n), at(M, NUMBERS + 4 * n)
    I[EVALUATIONS] += 1
    finite = math.isfinite(f)
    for i in range(n):
        finite = finite and math.isfinite(g_new[i])
        if kind != BFGS:
            for j in range(i + 1):
                finite = finite and math.isfinite(B_new[i * n + j])
    first = I[PHASE] == 0
    status = RUNNING
    taken = first
    if first:
        I[PHASE] = 1
        S[VALUE] = f
        if not finite:
            S[SLOPE] = math.nan
            for i in range(n):
                g[i] = g_new[i]
            return NOT_FINITE
        if kind == BFGS:
            for i in range(n):
                for j in range(n):
                    B[i * n + j] = 1.0 if i == j else 0.0
    else:
        predicted, length = S[PREDICTED], S[LENGTH]
        actual = S[VALUE] - f if finite else -math.inf
        ratio = actual / predicted
        tiny = T[ROUNDING] * abs(S[VALUE])
        if finite and abs(actual) <= tiny and predicted <= tiny:  # rounding decides no more whether it goes down; the gradient does
            ratio = 1.0 if projected(trial, g_new, lower, upper, n) <= S[SLOPE] else -1.0
        taken = finite and ratio > ACCEPTED
        if kind == BFGS and finite:
            w, y = W, at(W, n)
            for i in range(n):
                y[i] = g_new[i] - g[i]
            if update(B, p, y, w, I[UPDATES] == 0, n):
                I[UPDATES] += 1
        I[BAD] = 0 if finite else 1
        if not finite:
            S[RADIUS] = 0.1 * min(S[RADIUS], length)
        elif ratio < POOR:
            slope = 0.0
            for i in range(n):
                slope += g[i] * p[i]
            part_of = 0.5 * slope / (slope + actual) if actual < 0.0 and slope + actual < 0.0 else 0.5  # where a parabola has its minimum
            S[RADIUS] = max(part_of, 0.1) * min(S[RADIUS], length)
        elif ratio > GOOD or S[INSIDE] == 1.0:
            S[RADIUS] = 2.0 * length if kind == GAUSS_NEWTON else max(S[RADIUS], 2.0 * length)
        if finite and abs(actual) <= T[FTOL] * abs(S[VALUE]) and predicted <= T[FTOL] * abs(S[VALUE]) and ratio <= 2.0:
            status = REDUCTION
        if taken:
            I[STEPS] += 1
            for i in range(n):
                x[i] = trial[i]
            S[VALUE] = f
    if taken:
        for i in range(n):
            g[i] = g_new[i]
            if kind != BFGS:
                for j in range(i + 1):
                    B[i * n + j] = B_new[i * n + j]
        _measure(kind, B, d, first, n)
        S[SLOPE] = projected(x, g, lower, upper, n)
    size = _length(x, d, n)
    if first:
        S[RADIUS] = max(1.0, 0.1 * size)
        if kind == GAUSS_NEWTON:
            S[RADIUS] = size if size > 0.0 else max(math.sqrt(2.0 * max(f, 0.0)), 1e-300)
    if S[SLOPE] <= T[GTOL]:
        return GRADIENT
    if status != RUNNING:
        return status
    least = T[XTOL] * (T[XTOL] + size)
    if not first and ((taken and S[LENGTH] <= least and S[INSIDE] == 1.0) or S[RADIUS] <= least):
        return SURROUNDED if I[BAD] else STEP
    if I[EVALUATIONS] >= T[MOST]:
        return LIMIT
    if not propose(S, x, g, d, p, B, lower, upper, trial, W, free, n):
        return REDUCTION
    return RUNNING


def judge_at(kind, M, I, f, g, B, lower, upper, T, trial, W, free, n):
    """`judge` of addresses, for native minimisers."""
    return judge(
        kind, real_pointer(M, 0.0), i8_pointer(I), f, real_pointer(g, 0.0), real_pointer(B, 0.0), real_pointer(lower, 0.0), real_pointer(upper, 0.0),
        real_pointer(T, 0.0), real_pointer(trial, 0.0), real_pointer(W, 0.0), i8_pointer(free), n,
    )  # fmt: skip
