"""Functions with products of matrices, their first and second derivatives by hand, and the run over them that W7, W8 and W9 share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from bench import bars, common
from bench.problems import move

SIZES = (8, 32, 32, 1)
"""Layers of W7's network."""
SMALL = 256
"""Batches up to which its Hessian is asked for."""
DIRECTIONS = 64
"""Directions that its Hessian by hand takes at a time."""
KINDS = ("gradient", "product", "Hessian")


class Problem(NamedTuple):
    """A scalar function of one vector.

    Attributes:
        f: of (a module that has NumPy's names, the data, x).
        data: arrays.
        x: where it is evaluated.
        gradient, product, hessian: by hand: of (data, x), the product of (data, x, v); no Hessian where that takes seconds.
        rtol: largest difference allowed, relative to the largest entry by hand.
        one_by_one: an engine that finds Hessians row by row in Python is not asked for one.
    """

    f: Callable[..., Any]
    data: tuple[Any, ...]
    x: Any
    gradient: Callable[..., Any]
    product: Callable[..., Any]
    hessian: Callable[..., Any] | None
    rtol: float
    one_by_one: bool = True


# --- W7: a network --------------------------------------------------------------------------------------------------------


def _parts(p: Any) -> list[Any]:
    """Weights and biases, in turns, of a vector of all, or of several."""
    found, at = [], 0
    for m, n in zip(SIZES, SIZES[1:], strict=False):
        found += [p[..., at : at + m * n].reshape(*p.shape[:-1], m, n), p[..., at + m * n : at + (m + 1) * n]]
        at += (m + 1) * n
    return found


def network(m: Any, data: Any, p: Any) -> Any:
    x, t = data
    w1, b1, w2, b2, w3, b3 = _parts(p)
    h = m.tanh(m.tanh(x @ w1 + b1) @ w2 + b2)
    return m.mean(((h @ w3 + b3)[:, 0] - t) ** 2)


def _network_gradient(data: Any, p: Any) -> Any:
    x, t = data
    w1, b1, w2, b2, w3, b3 = _parts(p)
    h1 = np.tanh(x @ w1 + b1)
    h2 = np.tanh(h1 @ w2 + b2)
    g3 = (2.0 / len(t)) * (h2 @ w3 + b3 - t[:, None])
    g2 = (g3 @ w3.T) * (1.0 - h2 * h2)
    g1 = (g2 @ w2.T) * (1.0 - h1 * h1)
    return np.concatenate([np.ravel(part) for part in (x.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0))])


def _network_products(data: Any, p: Any, v: Any) -> Any:
    """The Hessian times each row of v: the gradient above, differentiated line by line."""
    x, t = data
    w1, b1, w2, b2, w3, b3 = _parts(p)
    v1, c1, v2, c2, v3, c3 = _parts(v)
    h1 = np.tanh(x @ w1 + b1)
    h2 = np.tanh(h1 @ w2 + b2)
    d1, d2 = 1.0 - h1 * h1, 1.0 - h2 * h2
    g3 = (2.0 / len(t)) * (h2 @ w3 + b3 - t[:, None])
    back2 = g3 @ w3.T
    g2 = back2 * d2
    back1 = g2 @ w2.T
    r1 = d1 * (x @ v1 + c1[:, None])
    r2 = d2 * (r1 @ w2 + h1 @ v2 + c2[:, None])
    s3 = (2.0 / len(t)) * (r2 @ w3 + h2 @ v3 + c3[:, None])
    s2 = (s3 @ w3.T + g3 @ v3.mT) * d2 - 2.0 * back2 * h2 * r2
    s1 = (s2 @ w2.T + g2 @ v2.mT) * d1 - 2.0 * back1 * h1 * r1
    parts = (x.T @ s1, s1.sum(1), r1.mT @ g2 + h1.T @ s2, s2.sum(1), r2.mT @ g3 + h2.T @ s3, s3.sum(1))
    return np.concatenate([part.reshape(len(v), -1) for part in parts], axis=1)


def _network_hessian(data: Any, p: Any) -> Any:
    unit = np.eye(p.size)
    return np.concatenate([_network_products(data, p, unit[a : a + DIRECTIONS]) for a in range(0, p.size, DIRECTIONS)])


def network_problem(batch: int) -> Problem:
    rng = np.random.default_rng(7)
    x = rng.standard_normal((batch, SIZES[0]))
    count = sum((m + 1) * n for m, n in zip(SIZES, SIZES[1:], strict=False))
    return Problem(network, (x, np.sin(x.sum(1))), 0.3 * rng.standard_normal(count), _network_gradient,
                   lambda data, p, v: _network_products(data, p, v[None])[0], _network_hessian if batch <= SMALL else None, 1e-11, False)  # fmt: skip


# --- W8: a Gaussian process -----------------------------------------------------------------------------------------------


def likelihood(m: Any, data: Any, p: Any) -> Any:
    """Minus the logarithm of the likelihood, by logarithms of length, variance and noise."""
    distances, y, unit = data
    k = m.exp(p[1]) * m.exp(-0.5 * distances * m.exp(-2.0 * p[0])) + m.exp(p[2]) * unit
    return 0.5 * (y @ m.linalg.solve(k, y)) + m.sum(m.log(m.diagonal(m.linalg.cholesky(k))))


def _likelihood_parts(data: Any, p: Any) -> Any:
    """The inverse of the covariance, its product with y, the covariance's derivatives, and distances over squared lengths."""
    distances, y, unit = data
    r = distances * np.exp(-2.0 * p[0])
    signal, noise = np.exp(p[1] - 0.5 * r), np.exp(p[2]) * unit
    inverse = np.linalg.inv(signal + noise)
    return inverse, inverse @ y, (signal * r, signal, noise), r


def _likelihood_gradient(data: Any, p: Any) -> Any:
    inverse, a, first, _ = _likelihood_parts(data, p)
    outer = inverse - np.outer(a, a)
    return np.array([0.5 * np.vdot(outer, k) for k in first])


def _likelihood_hessian(data: Any, p: Any) -> Any:
    inverse, a, first, r = _likelihood_parts(data, p)
    outer = inverse - np.outer(a, a)
    solved = [inverse @ k for k in first]
    applied = [k @ a for k in first]
    H = np.empty((3, 3))
    second = {(0, 0): first[0] * (r - 2.0), (0, 1): first[0], (1, 1): first[1], (2, 2): first[2]}
    for i in range(3):
        for j in range(i, 3):
            curved = np.vdot(outer, second[i, j]) if (i, j) in second else 0.0
            H[i, j] = H[j, i] = 0.5 * (curved - np.vdot(solved[i], solved[j].T)) + applied[i] @ inverse @ applied[j]
    return H


def likelihood_problem(n: int) -> Problem:
    rng = np.random.default_rng(8)
    x = rng.standard_normal((n, 2))
    y = np.sin(x.sum(1)) + 0.1 * rng.standard_normal(n)
    data = (((x[:, None] - x) ** 2).sum(-1), y, np.eye(n))
    return Problem(likelihood, data, np.array([0.1, 0.2, -1.5]), _likelihood_gradient, lambda data, p, v: _likelihood_hessian(data, p) @ v,
                   _likelihood_hessian, 1e-9)  # fmt: skip


# --- W9: logistic regression ----------------------------------------------------------------------------------------------


def logistic(m: Any, data: Any, w: Any) -> Any:
    a, y = data
    z = a @ w
    return m.sum(m.log(1.0 + m.exp(z)) - y * z)


def _odds(data: Any, w: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-(data[0] @ w)))


def _logistic_weights(data: Any, w: Any) -> Any:
    s = _odds(data, w)
    return s * (1.0 - s)


def logistic_problem(n: int) -> Problem:
    rng = np.random.default_rng(9)
    a = rng.standard_normal((n, 20)) / np.sqrt(20)
    return Problem(
        logistic, (a, (rng.random(n) < 0.5).astype(float)), 0.3 * rng.standard_normal(20),
        lambda data, w: data[0].T @ (_odds(data, w) - data[1]),
        lambda data, w, v: data[0].T @ (_logistic_weights(data, w) * (data[0] @ v)),
        lambda data, w: data[0].T @ (_logistic_weights(data, w)[:, None] * data[0]), 1e-11,
    )  # fmt: skip


# --- the run --------------------------------------------------------------------------------------------------------------


def direction(x: Any) -> Any:
    """What products are along."""
    return np.cos(np.arange(x.size))


def by_hand(problem: Problem, kind: str, x: Any, v: Any) -> Callable[[], Any]:
    if kind == "product":
        return partial(problem.product, problem.data, x, v)
    derivative = problem.gradient if kind == "gradient" else problem.hessian
    assert derivative is not None
    return partial(derivative, problem.data, x)


def run(workload: str, doc: str, make: Callable[[int], Problem], sizes: tuple[int, ...]) -> list[common.Row]:
    """Measure gradient, product and Hessian at each size."""
    options = common.arguments(doc)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    rows: list[common.Row] = []
    for n in sizes:
        problem = make(n)
        for kind in KINDS if problem.hessian else KINDS[:2]:
            x = problem.x.copy()
            v = direction(x)
            case = f"{kind} n={n}"
            contenders, absent = common.collect(workload, case, problem, kind, x, v, only=options.only)
            block = common.run_case(workload, case, contenders, by_hand(problem, kind, x, v), problem.rtol, clock, partial(move, x)) + absent
            common.show(block)
            rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write(workload, rows).relative_to(common.ROOT))
    print()
    bars.show(workload, rows)
    return rows
