"""Small symmetric systems natively: Cholesky factors, eigenvalues by Jacobi's rotations, and the step that a quadratic model has inside a ball.

Matrices have a few rows, so that a call of LAPACK would take longer than the work itself. All of it stands in memory that callers hand over, as pointers: matrices row by row.
"""

import math

from jittape.compiler.jit import part

PIVOT = 1e-15
"""A pivot that is so small a part of its diagonal, times the number of rows, is rounding."""
NOUGHT = 1e-8
"""What a gradient may have along directions without curvature, as a part of its largest element, and be taken for rounding."""
SLACK = 0.1
"""How far a step may be from the border of its ball, as a part of the radius."""


@part
def factor(A, shift, L, n):
    """L L' = A + shift I; returns whether A + shift I is positive definite."""
    for i in range(n):
        for j in range(i + 1):
            s = A[i * n + j]
            if i == j:
                s += shift
            least = PIVOT * n * s
            for k in range(j):
                s -= L[i * n + k] * L[j * n + k]
            if i == j:
                if not s > least:
                    return False
                L[i * n + i] = math.sqrt(s)
            else:
                L[i * n + j] = s / L[j * n + j]
    return True


@part
def forward(L, b, out, n):
    """Solve L out = b."""
    for i in range(n):
        s = b[i]
        for k in range(i):
            s -= L[i * n + k] * out[k]
        out[i] = s / L[i * n + i]


@part
def backward(L, b, out, n):
    """Solve L' out = b."""
    for i in range(n - 1, -1, -1):
        s = b[i]
        for k in range(i + 1, n):
            s -= L[k * n + i] * out[k]
        out[i] = s / L[i * n + i]


@part
def norm(v, n):
    """The length of a vector, without overflow on the way."""
    most = 0.0
    for i in range(n):
        most = max(most, abs(v[i]))
    if most == 0.0 or not most < math.inf:
        return most
    s = 0.0
    for i in range(n):
        s += (v[i] / most) ** 2
    return most * math.sqrt(s)


@part
def eigen(A, V, e, n):
    """Eigenvalues e and eigenvectors, the columns of V, of a symmetric matrix, whose upper triangle is overwritten."""
    for i in range(n):
        for j in range(n):
            V[i * n + j] = 1.0 if i == j else 0.0
        for j in range(i):
            A[j * n + i] = A[i * n + j]
        e[i] = A[i * n + i]
    for _ in range(60):
        off, most = 0.0, 0.0
        for i in range(n):
            most = max(most, abs(e[i]))
            for j in range(i + 1, n):
                off = max(off, abs(A[i * n + j]))
        if not off > 1e-17 * most:
            return
        for i in range(n):
            for j in range(i + 1, n):
                a = A[i * n + j]
                if a == 0.0:
                    continue
                theta = 0.5 * (e[j] - e[i]) / a
                t = 1.0 / (abs(theta) + math.sqrt(1.0 + theta * theta)) if abs(theta) < 1e150 else 0.5 / abs(theta)
                if theta < 0.0:
                    t = -t
                c = 1.0 / math.sqrt(1.0 + t * t)
                s = t * c
                e[i] -= t * a
                e[j] += t * a
                A[i * n + j] = 0.0
                for k in range(i):
                    x, y = A[k * n + i], A[k * n + j]
                    A[k * n + i], A[k * n + j] = c * x - s * y, s * x + c * y
                for k in range(i + 1, j):
                    x, y = A[i * n + k], A[k * n + j]
                    A[i * n + k], A[k * n + j] = c * x - s * y, s * x + c * y
                for k in range(j + 1, n):
                    x, y = A[i * n + k], A[j * n + k]
                    A[i * n + k], A[j * n + k] = c * x - s * y, s * x + c * y
                for k in range(n):
                    x, y = V[k * n + i], V[k * n + j]
                    V[k * n + i], V[k * n + j] = c * x - s * y, s * x + c * y


@part
def in_ball(A, h, radius, q, n, L, V, w):
    """The minimiser q of h'q + q'A q / 2 with |q| <= radius, about; L, V (n n numbers) and w (n) are memory.

    Returns whether it lies inside, where the model has its minimum.
    """
    if factor(A, 0.0, L, n):
        forward(L, h, w, n)
        backward(L, w, q, n)
        length = norm(q, n)
        for i in range(n):
            q[i] = -q[i]
        if length <= (1.0 + SLACK) * radius:
            return True
        shift = 0.0
        for _ in range(40):  # Newton's method for 1 / |q| = 1 / radius, which goes up to the solution
            forward(L, q, w, n)
            slope = norm(w, n)
            shift += (length / slope) ** 2 * (length - radius) / radius
            if not factor(A, shift, L, n):
                break
            forward(L, h, w, n)
            backward(L, w, q, n)
            length = norm(q, n)
            for i in range(n):
                q[i] = -q[i]
            if length <= (1.0 + SLACK) * radius:
                return False
    return _by_eigenvalues(A, h, radius, q, n, L, V, w)


@part
def _by_eigenvalues(A, h, radius, q, n, L, V, w):
    """The same where the matrix is not positive definite."""
    for i in range(n):
        for j in range(i + 1):
            L[i * n + j] = A[i * n + j]
    eigen(L, V, w, n)
    e = w
    least, most, steepest = math.inf, 0.0, 0.0
    for i in range(n):
        least, most = min(least, e[i]), max(most, abs(e[i]))
        s = 0.0
        for k in range(n):
            s += V[k * n + i] * h[k]
        L[i] = s  # from here on L holds h in the eigenvectors' directions
        steepest = max(steepest, abs(s))
    rounding = 4.0 * PIVOT * n * most
    if least > -rounding:  # none is negative: the shortest step to the minimum, if there is one
        total, inside = 0.0, True
        for i in range(n):
            if e[i] > rounding:
                total += (L[i] / e[i]) ** 2
            elif abs(L[i]) > NOUGHT * steepest:
                inside = False
        if inside and math.sqrt(total) <= (1.0 + SLACK) * radius:
            for k in range(n):
                q[k] = 0.0
                for i in range(n):
                    if e[i] > rounding:
                        q[k] -= V[k * n + i] * L[i] / e[i]
            return True
    low = max(0.0, -least)
    high = low + norm(L, n) / radius
    shift = high
    lowest = low
    for _ in range(100):
        shift = 0.5 * (low + high) if low == 0.0 or high > 4.0 * low else math.sqrt(low * high)
        total = 0.0
        for i in range(n):
            if e[i] + shift > rounding * 1e-3:
                total += (L[i] / (e[i] + shift)) ** 2
        length = math.sqrt(total)
        if length > (1.0 + SLACK) * radius:
            low = shift
        elif length < (1.0 - SLACK) * radius:
            high = shift
        else:
            break
        if not high - low > 1e-14 * high:
            break
    flat = -1
    total = 0.0
    for i in range(n):
        L[i] = -L[i] / (e[i] + shift) if e[i] + shift > rounding * 1e-3 else 0.0
        total += L[i] ** 2
        if e[i] == least:
            flat = i
    if least < -rounding and math.sqrt(total) < (1.0 - SLACK) * radius and shift <= lowest + 1e-6 * max(lowest, most):
        more = math.sqrt(max(radius * radius - total, 0.0))  # the gradient does not show where it goes down: along the eigenvector, to the border
        L[flat] += more if L[flat] >= 0.0 else -more
    for k in range(n):
        q[k] = 0.0
        for i in range(n):
            q[k] += V[k * n + i] * L[i]
    return False


@part
def update(B, s, y, w, first, n):
    """Broyden's, Fletcher's, Goldfarb's and Shanno's update of a positive definite matrix for a step s that changed the gradient by y; w is
    memory of n. The first one replaces the matrix by a multiple of one. Steps along which there is no curvature upwards leave it as it is; returns
    whether it was updated."""
    sy = ss = yy = 0.0
    for i in range(n):
        sy += s[i] * y[i]
        ss += s[i] * s[i]
        yy += y[i] * y[i]
    if not sy > 1e-10 * math.sqrt(ss) * math.sqrt(yy) or not yy < math.inf:
        return False
    if first:
        for i in range(n):
            for j in range(n):
                B[i * n + j] = yy / sy if i == j else 0.0
    bend = 0.0
    for i in range(n):
        w[i] = 0.0
        for j in range(n):
            w[i] += B[i * n + j] * s[j]
        bend += w[i] * s[i]
    if not bend > 0.0:
        return False
    for i in range(n):
        for j in range(n):
            B[i * n + j] += y[i] * y[j] / sy - w[i] * w[j] / bend
    return True


def memory(n: int) -> int:
    """Numbers of memory that a step needs."""
    return 3 * n * n + 3 * n
