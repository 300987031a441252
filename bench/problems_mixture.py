"""W10: the likelihood of a Gaussian mixture, as ADBench has it: d = 10, K = 25, over whole arrays and as loops.

The point holds logarithms of weights (K), means (K, D), and K times the logarithms of D diagonal entries and the others of
a lower triangle, row by row: the factor of an inverse covariance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.models import Problem

D, K = 10, 25
LOWER = np.tril_indices(D, -1)
ENTRIES = D + len(LOWER[0])


def _places() -> Any:
    """Where the entries of a transposed triangle are in (diagonal, others, 0)."""
    places = np.full((D, D), ENTRIES)
    places[np.arange(D), np.arange(D)] = np.arange(D)
    places[LOWER[1], LOWER[0]] = np.arange(D, ENTRIES)
    return places.ravel()


def whole(m: Any, x: Any, X: Any, places: Any, zero: Any) -> Any:
    alphas, means, icf = x[:K], m.reshape(x[K : K + K * D], (K, 1, D)), m.reshape(x[K + K * D :], (K, ENTRIES))
    q, low = icf[:, :D], icf[:, D:]
    e = m.exp(q)
    triangles = m.reshape(m.concatenate((e, low, zero), axis=1)[:, places], (K, D, D))
    Z = (X - means) @ triangles
    inner = (alphas + m.sum(q, axis=1))[:, None] - 0.5 * m.sum(Z * Z, axis=2)
    top = m.amax(inner, axis=0)
    likelihood = m.sum(top + m.log(m.sum(m.exp(inner - top), axis=0))) - len(X) * m.log(m.sum(m.exp(alphas)))
    return likelihood + 0.5 * (m.sum(e * e) + m.sum(low * low))


def loops(x, X, places, zero):  # type: ignore[no-untyped-def]
    n, at = X.shape[0], K + K * D
    e = np.empty((K, D))
    base = np.empty(K)
    weights = 0.0
    prior = 0.0
    for k in range(K):
        base[k] = x[k]
        weights += np.exp(x[k])
        for i in range(ENTRIES):
            v = x[at + k * ENTRIES + i]
            if i < D:
                base[k] += v
                e[k, i] = np.exp(v)
                v = e[k, i]
            prior += 0.5 * v * v
    total = prior - n * np.log(weights)
    inner = np.empty(K)
    y = np.empty(D)
    for row in range(n):
        top = -np.inf
        for k in range(K):
            squares = 0.0
            entry = at + k * ENTRIES + D
            for i in range(D):
                y[i] = X[row, i] - x[K + k * D + i]
                z = e[k, i] * y[i]
                for j in range(i):
                    z += x[entry] * y[j]
                    entry += 1
                squares += z * z
            inner[k] = base[k] - 0.5 * squares
            top = max(top, inner[k])
        s = 0.0
        for k in range(K):
            s += np.exp(inner[k] - top)
        total += top + np.log(s)
    return total


def gradient(x: Any, X: Any, places: Any, zero: Any) -> Any:
    """By hand."""
    alphas, means, icf = x[:K], x[K : K + K * D].reshape(K, 1, D), x[K + K * D :].reshape(K, ENTRIES)
    q, low = icf[:, :D], icf[:, D:]
    e = np.exp(q)
    triangles = np.concatenate((e, low, zero), 1)[:, places].reshape(K, D, D)
    Y = X - means
    Z = Y @ triangles
    inner = (alphas + q.sum(1))[:, None] - 0.5 * np.einsum("kni,kni->kn", Z, Z)
    inner -= inner.max(0)
    np.exp(inner, out=inner)
    inner /= inner.sum(0)
    Z *= -inner[:, :, None]
    back = np.swapaxes(Y, 1, 2) @ Z
    shares, weights = inner.sum(1), np.exp(alphas)
    out = np.empty_like(x)
    out[:K] = shares - len(X) * weights / weights.sum()
    out[K : K + K * D] = -(Z.sum(1)[:, None, :] @ np.swapaxes(triangles, 1, 2)).ravel()
    of_icf = out[K + K * D :].reshape(K, ENTRIES)
    of_icf[:, :D] = shares[:, None] + np.einsum("kii->ki", back) * e + e * e
    of_icf[:, D:] = back[:, LOWER[1], LOWER[0]] + low
    return out


def problems() -> Iterator[Problem]:
    for n in (1_000, 10_000):
        random = np.random.default_rng(10)
        X = random.standard_normal((n, D))
        x = np.concatenate((random.standard_normal(K), random.standard_normal(K * D), 0.3 * random.standard_normal(K * ENTRIES)))
        few = {"njit loops": loops} if n == 1_000 else {}
        yield Problem(f"mixture n={n}", x, gradient, whole=whole, loops=few, data=(X, _places(), np.zeros((K, 1))), kind="mixture")
