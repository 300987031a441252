"""The models of the workloads, with reference answers written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

A, B = 0.99999, 1e-5
"""W6: the constants of the chain y = y * A + B."""


def rosenbrock_point(n: int) -> Any:
    """Where W1 is evaluated."""
    return 0.5 + 0.3 * np.sin(1.7 * np.arange(n) + 0.3)


def rosenbrock(x: Any) -> Any:
    """Chained Rosenbrock over whole arrays."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_loop(x: Any) -> Any:
    """Chained Rosenbrock as a Python loop over the elements."""
    s = 0.0
    for i in range(len(x) - 1):
        s = s + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


def rosenbrock_gradient(x: Any) -> Any:
    """Its gradient, by hand."""
    a = x[:-1]
    d = x[1:] - a * a
    g = np.zeros_like(x)
    g[:-1] = -400.0 * d * a - 2.0 * (1.0 - a)
    g[1:] += 200.0 * d
    return g


def rosenbrock_bands(x: Any) -> Any:
    """Its Hessian, by hand: the diagonal, those above and below it, and 0, the sum of all other entries."""
    a = x[:-1]
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200.0 * a * a - 400.0 * x[1:] + 2.0
    diagonal[1:] += 200.0
    return np.concatenate((diagonal, -400.0 * a, -400.0 * a, [0.0]))


def bands(A: Any) -> Any:
    """A sparse matrix in the form of `rosenbrock_bands`."""
    A = A.tocoo()
    far = np.abs(A.data[np.abs(A.row - A.col) > 1]).sum()
    return np.concatenate((*(A.diagonal(k) for k in (0, 1, -1)), [far]))


def rosenbrock_product(x: Any, v: Any) -> Any:
    """Its Hessian times v, by hand."""
    n = len(x)
    diagonal, above = np.split(rosenbrock_bands(x)[: 2 * n - 1], [n])
    out = diagonal * v
    out[:-1] += above * v[1:]
    out[1:] += above * v[:-1]
    return out


W3_VARIABLES = 20


def many_points(points: int) -> Any:
    """W3: where it is evaluated, a point a row."""
    return np.random.default_rng(3).uniform(0.1, 1.5, (points, W3_VARIABLES))


def many_loop(x: Any, exp: Any = np.exp, sin: Any = np.sin, log: Any = np.log) -> Any:
    """W3 at one point, scalar by scalar: 20 variables, 220 operations."""
    s = 0.0
    for i in range(W3_VARIABLES):
        j, k = (i + 1) % W3_VARIABLES, (i + 7) % W3_VARIABLES
        s = s + exp(-0.1 * x[i] * x[j]) * sin(x[k]) + log(1.0 + x[i] * x[i]) * x[j]
    return s


def many_gradient(X: Any) -> Any:
    """Its gradient at every row, by hand."""
    j, k = (np.roll(np.arange(W3_VARIABLES), -shift) for shift in (1, 7))
    e, c, d = np.exp(-0.1 * X * X[:, j]), np.cos(X[:, k]), 1.0 + X * X
    es = e * np.sin(X[:, k])
    g = 2.0 * X / d * X[:, j] - 0.1 * X[:, j] * es
    g[:, j] += np.log(d) - 0.1 * X * es
    g[:, k] += e * c
    return g


def many_whole(x: Any) -> Any:
    """W3 at one point, over whole arrays."""
    y, z = np.roll(x, -1), np.roll(x, -7)
    return np.sum(np.exp(-0.1 * x * y) * np.sin(z) + np.log(1.0 + x * x) * y)


def many_hessian(x: Any) -> Any:
    """Its Hessian at one point, by hand."""
    i = np.arange(W3_VARIABLES)
    j, k = np.roll(i, -1), np.roll(i, -7)
    y, z = x[j], x[k]
    e, d = np.exp(-0.1 * x * y), 1.0 + x * x
    es, ec = e * np.sin(z), e * np.cos(z)
    H = np.zeros((W3_VARIABLES, W3_VARIABLES))
    H[i, i] += 0.01 * y * y * es + y * (2.0 / d - 4.0 * x * x / d**2)
    H[j, j] += 0.01 * x * x * es
    H[k, k] -= es
    for p, q, entry in ((i, j, (0.01 * x * y - 0.1) * es + 2.0 * x / d), (i, k, -0.1 * y * ec), (j, k, -0.1 * x * ec)):
        H[p, q] += entry
        H[q, p] += entry
    return H


def arrowhead(x: Any) -> Any:
    """A function whose Hessian has a full first row and column and a diagonal."""
    return np.sum(np.sin(x[0] * x[1:]) + x[1:] ** 4)


def arrowhead_hessian(x: Any) -> Any:
    """Its Hessian by hand, a scipy.sparse.csr_array."""
    from scipy.sparse import coo_array

    n, a, y = len(x), x[0], x[1:]
    s, c = np.sin(a * y), np.cos(a * y)
    i, edge = np.arange(1, n), c - a * y * s
    zero = np.zeros(n - 1, int)
    data = np.concatenate(([-np.sum(y * y * s)], 12.0 * y * y - a * a * s, edge, edge))
    return coo_array((data, (np.concatenate(([0], i, zero, i)), np.concatenate(([0], i, i, zero)))), (n, n)).tocsr()


def grid_energy(u: Any) -> Any:
    """An energy on a square grid whose Hessian is a five-point stencil: nonlinear diffusion and a source in every cell."""
    return np.sum(np.sqrt(1.0 + (u[1:] - u[:-1]) ** 2)) + np.sum(np.sqrt(1.0 + (u[:, 1:] - u[:, :-1]) ** 2)) + np.sum(np.exp(0.1 * u))


def grid_hessian(u: Any) -> Any:
    """Its Hessian by hand, a scipy.sparse.csr_array."""
    from scipy.sparse import coo_array

    at = np.arange(u.size).reshape(u.shape)
    diagonal = 0.01 * np.exp(0.1 * u)
    rows, cols, data = [at.ravel()], [at.ravel()], [diagonal.ravel()]
    for low, high in (((slice(None, -1),), (slice(1, None),)), ((slice(None), slice(None, -1)), (slice(None), slice(1, None)))):
        w = (1.0 + (u[high] - u[low]) ** 2) ** -1.5
        diagonal[low] += w
        diagonal[high] += w
        a, b = at[low].ravel(), at[high].ravel()
        rows += [a, b]
        cols += [b, a]
        data += [-w.ravel(), -w.ravel()]
    return coo_array((np.concatenate(data), (np.concatenate(rows), np.concatenate(cols))), (u.size, u.size)).tocsr()


def many_value(X: Any) -> Any:
    """W3 at every row, by hand."""
    Y, Z = np.roll(X, -1, axis=1), np.roll(X, -7, axis=1)
    return (np.exp(-0.1 * X * Y) * np.sin(Z) + np.log(1.0 + X * X) * Y).sum(1)


@dataclass
class Net:
    """W5: Linear, ReLU, Linear, mean squared error, plain SGD on one batch.

    Attributes:
        sizes: features, hidden units, outputs.
        batch: rows of the batch.
        dtype: float32 or float64.
        rate: learning rate.
    """

    sizes: tuple[int, int, int]
    batch: int
    dtype: Any
    rate: float = 0.01
    steps: int = 10
    """Steps after which the parameters are compared."""
    x: Any = field(init=False, repr=False)
    y: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        random = np.random.default_rng(7)
        self.x = random.standard_normal((self.batch, self.sizes[0])).astype(self.dtype)
        self.y = random.standard_normal((self.batch, self.sizes[2])).astype(self.dtype)

    def parameters(self) -> list[Any]:
        """Weights (out, in) and biases to begin with, new arrays at each call."""
        random = np.random.default_rng(11)
        found = []
        for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False):
            bound = 1.0 / np.sqrt(n_in)
            found += [random.uniform(-bound, bound, shape).astype(self.dtype) for shape in ((n_out, n_in), (n_out,))]
        return found

    def expected(self) -> Any:
        """Parameters after `steps` steps in float64, flat."""
        x, y = self.x.astype(float), self.y.astype(float)
        w1, b1, w2, b2 = (p.astype(float) for p in self.parameters())
        for _ in range(self.steps):
            before = x @ w1.T + b1
            hidden = np.where(before > 0, before, 0.0)
            seed = 2.0 / y.size * (hidden @ w2.T + b2 - y)
            back = (seed @ w2) * (before > 0)
            w1, b1 = w1 - self.rate * back.T @ x, b1 - self.rate * back.sum(0)
            w2, b2 = w2 - self.rate * seed.T @ hidden, b2 - self.rate * seed.sum(0)
        return self.flat([w1, b1, w2, b2])

    @staticmethod
    def flat(params: Sequence[Any]) -> Any:
        return np.concatenate([np.asarray(p, float).ravel() for p in params])


def kepler_point(n: int = 1000) -> Any:
    """W2: eccentricities in the first row, mean anomalies in the second."""
    rng = np.random.default_rng(2)
    return np.stack([rng.uniform(0.1, 0.7, n), rng.uniform(0.2, 3.0, n)])


def kepler_loop(z: Any, sin: Any = np.sin, cos: Any = np.cos) -> Any:
    """W2: Kepler's equation E - e sin E = M solved by Newton's method to 1e-12 for each pair, summed."""
    s = 0.0
    for i in range(len(z[0])):
        e, M = z[0][i], z[1][i]
        E = M
        while True:
            step = (E - e * sin(E) - M) / (1.0 - e * cos(E))
            E = E - step
            if abs(step) < 1e-12:
                break
        s = s + E
    return s


def kepler_njit(z: Any) -> Any:
    """The same for compilers: `kepler_loop` without arguments that are functions."""
    s = 0.0
    for i in range(z.shape[1]):
        e, M = z[0, i], z[1, i]
        E = M
        while True:
            step = (E - e * np.sin(E) - M) / (1.0 - e * np.cos(E))
            E = E - step
            if abs(step) < 1e-12:
                break
        s = s + E
    return s


def kepler_gradient(z: Any) -> Any:
    """Its gradient by the implicit function theorem, from solutions by bisection."""
    e, M = z
    low, high = M - 1.0, M + 1.0
    for _ in range(60):
        E = 0.5 * (low + high)
        above = E - e * np.sin(E) > M
        low, high = np.where(above, low, E), np.where(above, E, high)
    d = 1.0 / (1.0 - e * np.cos(E))
    return np.stack([np.sin(E) * d, d])


LARGE = {
    "sum(x*x)": (lambda m, x: m.sum(x * x), lambda x: 2.0 * x),
    "sum(sin(x)*x)": (lambda m, x: m.sum(m.sin(x) * x), lambda x: np.cos(x) * x + np.sin(x)),
    "Rosenbrock": (lambda m, x: m.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2), rosenbrock_gradient),
}
"""Functions of long arrays, written for any module that has NumPy's names, and their gradients by hand."""

DENSE = {
    "A @ x": (lambda m, A, x: A @ x, lambda A, x: A),
    "tanh(A @ x)": (lambda m, A, x: m.tanh(A @ x), lambda A, x: (1.0 - np.tanh(A @ x) ** 2)[:, None] * A),
    "tanh(A @ tanh(A @ x))": (
        lambda m, A, x: m.tanh(A @ m.tanh(A @ x)),
        lambda A, x: (1.0 - np.tanh(A @ np.tanh(A @ x)) ** 2)[:, None] * (A @ ((1.0 - np.tanh(A @ x) ** 2)[:, None] * A)),
    ),
}
"""W16: functions with dense Jacobians, likewise."""


def dense_point(n: int) -> Any:
    """(A, x) where W16 is evaluated."""
    return np.random.default_rng(10).standard_normal((n, n)) / np.sqrt(n), np.cos(np.arange(n))


def _log_det_gradient(a: Any) -> Any:
    return 2.0 * np.linalg.solve(a @ a.T + np.eye(len(a)), a)


def _solve_gradient(a: Any) -> Any:
    b = np.cos(np.arange(len(a)))
    x = np.linalg.solve(a, b)
    return -np.outer(np.linalg.solve(a.T, np.cos(x)), x)


def _eigh_gradient(a: Any) -> Any:
    w, v = np.linalg.eigh(a @ a.T)
    g = np.tri(len(a))
    distance = w - w[:, None] + np.eye(len(a))
    slopes = np.where(np.eye(len(a)) > 0, np.cos(w), (np.sin(w) - np.sin(w[:, None])) / distance)
    s = v @ ((v.T @ (g + g.T) @ v) * slopes) @ v.T
    return s @ a


def _svd_gradient(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a)
    return (u * (3.0 * s**2)) @ vh


def _expm_gradient(a: Any) -> Any:
    from scipy.linalg import expm_frechet

    return expm_frechet(a.T, np.tri(len(a)), compute_expm=False)


def _eigh(m: Any, expm: Any, a: Any) -> Any:
    w, v = m.linalg.eigh(a @ a.T)
    return (((v * m.sin(w)) @ v.T) * lower(m, len(a))).sum()


def lower(m: Any, n: int) -> Any:
    return m.asarray(np.tri(n))


MATRICES = {
    "solve": (lambda m, expm, a: m.sin(m.linalg.solve(a, m.asarray(np.cos(np.arange(len(a)))))).sum(), _solve_gradient),
    "cholesky": (lambda m, expm, a: 2.0 * m.log(m.diagonal(m.linalg.cholesky(a @ a.T + m.asarray(np.eye(len(a)))))).sum(), _log_det_gradient),
    "eigh": (_eigh, _eigh_gradient),
    "svd": (lambda m, expm, a: (m.linalg.svd(a)[1] ** 3).sum(), _svd_gradient),
    "qr": (lambda m, expm, a: m.log(abs(m.diagonal(m.linalg.qr(a)[1]))).sum(), lambda a: np.linalg.inv(a).T),
    "expm": (lambda m, expm, a: (expm(a) * lower(m, len(a))).sum(), _expm_gradient),
}
"""Functions of a matrix, written for a module that has NumPy's names and an exponential, and their gradients by hand."""


def matrix_point(n: int) -> Any:
    """(matrix, direction) where functions of a matrix are evaluated."""
    draw = np.random.default_rng(11)
    return draw.standard_normal((n, n)) / np.sqrt(n) + 1.5 * np.eye(n), draw.standard_normal((n, n)) / n


def matrix_product(gradient: Any, a: Any, v: Any) -> Any:
    """The Hessian times v, by differences of a gradient."""
    h = 1e-5
    return (gradient(a + h * v) - gradient(a - h * v)) / (2 * h)


def turn(a: Any) -> None:
    """Go to another matrix with the same singular values, in place."""
    a[:] = a[::-1, ::-1].copy()


def move(x: Any) -> None:
    """Go to another point, in place."""
    x[:] = 0.9 * x[::-1] + 0.05
