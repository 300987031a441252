"""Runs over pieces of arrays, split for replays: the same numbers as those of the recording as it is."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from draws import FACTOR

import jittape as jt
from jittape.passes.split import LONG, split
from jittape.replay import path as module

N = 4 * LONG
RNG = np.random.default_rng(0)
X = RNG.normal(size=5 * N)


def collocation(x: Any) -> Any:
    """The trapezoidal rule for four equations, stacked."""
    q, u = x[: 4 * N].reshape(4, N), x[4 * N :]
    s, c = np.sin(q[1]), np.cos(q[1])
    rate = np.stack([q[2], q[3], s * q[3] ** 2 + u, u * c - s])
    return q[:, 1:] - q[:, :-1] - 0.5 * (rate[:, 1:] + rate[:, :-1])


PROGRAMS = {
    "collocation": lambda x: np.sum(collocation(x) ** 2 * np.cos(np.arange(4.0))[:, None]),
    "concatenated": lambda x: np.sum(np.exp(np.concatenate([x[N:], x[:N]]) * 0.1) * x),
    "rows": lambda x: np.sum(np.tanh(x.reshape(5, N)[:, 1:] * x.reshape(5, N)[::-1, :-1])),
    "halves": lambda x: np.sum(np.exp(np.concatenate([x[N : 2 * N], x[:N]]) * 0.1) * x[: 2 * N]),
    "repeated": lambda x: np.sum(np.concatenate([np.broadcast_to(x[3], N), x[:N], np.zeros(N)]) * x[: 3 * N] ** 2),
    "one piece irregular": lambda x: np.sum(np.concatenate([x[:N], x[RNG_PLACES]]) * np.sin(x[: 2 * N])),
    "not aligned": lambda x: np.sum((np.concatenate([x[:N], x[2 * N : 3 * N]]) ** 2)[1:] * x[: 2 * N - 1]),
    "decisions": lambda x: np.sum(np.concatenate([x[N : 2 * N], x[:N]]) * x[: 2 * N]) if np.sum(x[:N] * x[1 : N + 1]) > -1e9 else np.sum(x),
}
WHOLE = {"concatenated", "repeated", "one piece irregular"}
"""Those that are not split."""
RNG_PLACES = RNG.integers(0, N, N)


@pytest.mark.parametrize("name", PROGRAMS)
def test_replays_are_those_of_the_recording(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    f = PROGRAMS[name]
    F = jt.record(f, X)
    path = F.paths[0]
    assert (path.replayed.count > path.tape.count) == (name not in WHOLE) and path.replayed.slots == path.tape.slots
    monkeypatch.setattr(module, "split", lambda tape: None)
    G = jt.record(f, X)
    assert G.paths[0].replayed.count == G.paths[0].tape.count
    v = np.cos(np.arange(X.size))
    for x in (X, 0.5 * X[::-1], -X):
        assert F(x) == G(x)
        np.testing.assert_allclose(F.grad(x), G.grad(x), rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(F.jvp((x,), (v,))[1], G.jvp((x,), (v,))[1], rtol=1e-12)
    np.testing.assert_allclose(F.hvp(X, v), G.hvp(X, v), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(F.batch_grad(np.stack([X, -X])), [G.grad(X), G.grad(-X)], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("seed", range(6 * FACTOR))
def test_drawn_stacks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(LONG, 2 * N, 4)
    if seed % 2:
        lengths[:] = lengths[0]
    cuts = [(a, a + n) for a, n in zip(rng.integers(0, 3 * N, 4).tolist(), lengths.tolist(), strict=True)]
    order = rng.permutation(8)

    def f(x: Any) -> Any:
        parts = [x[a:b] for a, b in cuts] + [np.sin(x[a:b])[::-1] for a, b in cuts]
        stacked = np.concatenate([parts[i] for i in order])
        other = np.concatenate([parts[i] for i in order[::-1]])
        z = stacked * other + 0.3 * stacked
        return np.sum(z * z) + np.sum(np.maximum(z, other)[7:])

    F = jt.record(f, X)
    for x in (2.0 * X, X):
        np.testing.assert_allclose(F(x), f(x), rtol=1e-12)
        np.testing.assert_allclose(F.grad(x), jt.grad(f)(x), rtol=1e-11, atol=1e-11)


def test_what_is_short_or_in_pieces_that_are_many_or_unequal_stays_as_it_is() -> None:
    for f in (
        lambda x: np.sum(np.concatenate([x[:10], x[20:30]]) * x[:20]),
        lambda x: np.sum(np.roll(x, 1) * x),
        lambda x: np.sum(x[: 64 * 40].reshape(64, 40)[:, 1:] ** 2),
        lambda x: np.sum(x[RNG_PLACES] ** 2),
        lambda x: np.sum(x * x),
    ):
        assert split(jt.record(f, X).tape) is None


def test_plans_values_and_threads() -> None:
    """A long path, whose replays leave values out of memory that its listing shows."""
    f = PROGRAMS["collocation"]
    long = np.concatenate([np.repeat(row, 12) for row in X.reshape(5, N)])

    def g(x: Any) -> Any:
        return sum((f(x.reshape(5, 12, N)[:, i].ravel()) for i in range(12)), 0.0)

    F = jt.record(g, long)
    assert F.paths[0].planned
    expected = jt.grad(g)(long)
    np.testing.assert_allclose(F.grad(long), expected, rtol=1e-12, atol=1e-12)
    assert "collocation" not in F.tape.listing(count=3)
    found: list[Any] = [None] * 4

    def work(i: int) -> None:
        found[i] = F.grad(long)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for one in found:
        np.testing.assert_allclose(one, expected, rtol=1e-12, atol=1e-12)
    tape = F.tape
    tape.evaluate()
    assert tape.value[F.paths[0].seed] == F(long)
