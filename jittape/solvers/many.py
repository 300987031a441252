"""Many problems at a time, each in a row of its own: rows that have ended are handed the next problem, or given up."""

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i8_pointer, real_pointer
from jittape.solvers import linear
from jittape.solvers.trust import BFGS, COUNTERS, EVALUATIONS, NUMBERS, RUNNING, SLOPE, STEPS, VALUE, judge

(
    A_Y,  # what the function is at the rows' trial points: (value, gradient, lower triangle of the matrix) a row, or of BFGS the value alone
    A_G,  # and gradients
    A_X0,  # first guesses of all problems, with their data as further columns
    A_X,  # the same of the rows; here trial points go
    A_M,  # states of the rows (`trust.state`)
    A_I,  # counters of the rows, and the number of the problem
    A_LOWER,  # bounds of all problems
    A_UPPER,
    A_T,  # tolerances
    A_W,  # memory
    A_FREE,
    A_FOUND,  # of all problems: value, largest element of the projected gradient, x, gradient, lower triangle of the matrix
    A_COUNTS,  # and status, steps, evaluations
    A_N,  # variables
    A_COLUMNS,  # of X
    A_STATE,  # numbers of a state
    A_ACTIVE,  # rows that are in use
    A_NEXT,  # the next problem that waits
    A_STOP,  # and where there are no more
) = range(19)
BLOCK = 19
"""The block of addresses and numbers, int64."""


@part
def _copy(a, b, n):
    for i in range(n):
        b[i] = a[i]


@part
def _load(row, problem, X0, X, M, I, n, columns, numbers):
    _copy(at(X0, problem * columns), at(X, row * columns), columns)
    _copy(at(X0, problem * columns), at(M, row * numbers + NUMBERS), n)
    for k in range(COUNTERS):
        I[row * (COUNTERS + 1) + k] = 0
    I[row * (COUNTERS + 1) + COUNTERS] = problem


@part
def _keep(found, counts, M, I, status, n):
    """What became of a problem."""
    counts[0], counts[1], counts[2] = status, I[STEPS], I[EVALUATIONS]
    found[0], found[1] = M[VALUE], M[SLOPE]
    _copy(at(M, NUMBERS), at(found, 2), 2 * n)
    k = 2 + 2 * n
    for i in range(n):
        for j in range(i + 1):
            found[k] = M[NUMBERS + 4 * n + i * n + j]
            k += 1


def load(block):
    """Hand the rows the problems from A_NEXT on."""
    c = i8_pointer(block)
    X0, X, M, I = real_pointer(c[A_X0], 0.0), real_pointer(c[A_X], 0.0), real_pointer(c[A_M], 0.0), i8_pointer(c[A_I])
    for row in range(c[A_ACTIVE]):
        _load(row, c[A_NEXT] + row, X0, X, M, I, c[A_N], c[A_COLUMNS], c[A_STATE])
    c[A_NEXT] += c[A_ACTIVE]


def advance(kind, block):
    """Take the values of all rows that are in use into account and choose their next trial points; returns how many are in use then.

    Args:
        kind: of the model (solvers/trust.py).
        block: the address of the block. All is checked by whoever fills it.
    """
    c = i8_pointer(block)
    Y, G, X0, X = real_pointer(c[A_Y], 0.0), real_pointer(c[A_G], 0.0), real_pointer(c[A_X0], 0.0), real_pointer(c[A_X], 0.0)
    M, I, T, W, free = real_pointer(c[A_M], 0.0), i8_pointer(c[A_I]), real_pointer(c[A_T], 0.0), real_pointer(c[A_W], 0.0), i8_pointer(c[A_FREE])
    lower, upper = real_pointer(c[A_LOWER], 0.0), real_pointer(c[A_UPPER], 0.0)
    found, counts = real_pointer(c[A_FOUND], 0.0), i8_pointer(c[A_COUNTS])
    n, columns, numbers, active, following = c[A_N], c[A_COLUMNS], c[A_STATE], c[A_ACTIVE], c[A_NEXT]
    wide, counters, width = 1 if kind == BFGS else 1 + n + n * (n + 1) // 2, COUNTERS + 1, 2 + 2 * n + n * (n + 1) // 2
    memory, B = at(W, n * n), W
    row = 0
    while row < active:
        y, mine, count = at(Y, row * wide), at(M, row * numbers), at(I, row * counters)
        g = at(G, row * n) if kind == BFGS else at(y, 1)
        if kind != BFGS:
            k = 1 + n
            for i in range(n):
                for j in range(i + 1):
                    B[i * n + j] = y[k]
                    k += 1
        problem = count[COUNTERS]
        status = judge(kind, mine, count, y[0], g, B, at(lower, problem * n), at(upper, problem * n), T, at(X, row * columns), memory, free, n)
        if status == RUNNING:
            row += 1
            continue
        _keep(at(found, problem * width), at(counts, problem * 3), mine, count, status, n)
        if following < c[A_STOP]:
            _load(row, following, X0, X, M, I, n, columns, numbers)
            following += 1
            row += 1
            continue
        active -= 1  # the last row takes its place, and is the next one that is looked at
        if row < active:
            _copy(at(X, active * columns), at(X, row * columns), columns)
            _copy(at(Y, active * wide), y, wide)
            _copy(at(M, active * numbers), mine, numbers)
            _copy(at(I, active * counters), count, counters)
            if kind == BFGS:
                _copy(at(G, active * n), at(G, row * n), n)
    c[A_ACTIVE], c[A_NEXT] = active, following
    return active


def memory(n: int) -> int:
    """Numbers of memory that `advance` needs."""
    return linear.memory(n) + n * n
