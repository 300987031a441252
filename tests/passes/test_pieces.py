"""Lists of slots that are gone through piece by piece: the same slots, and the same numbers to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.ops.layout import CHUNK, PIECE
from jittape.passes.pieces import SHORTEST, table
from jittape.replay import path as module

RNG = np.random.default_rng(3)
PLACES = RNG.integers(0, 90, 20)


@examples(60)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 700), st.integers(1, 60)), min_size=1, max_size=12), st.integers(0, 1000))
def test_pieces_are_the_list(parts: list[tuple[int, int, int]], at: int) -> None:
    slots = np.concatenate([np.tile(np.arange(first, first + size, dtype=np.int32), times if 1 < size < 9 else 1) for first, size, times in parts])
    found = table(slots, at)
    if found is None:
        assert slots.size < SHORTEST * (2 * len(parts) + 2 * (slots.size // CHUNK + 1))
        return
    chunks = -(-slots.size // CHUNK)
    assert found.size == found[chunks] - at
    for c in range(chunks):
        rows = found[found[c] - at : found[c + 1] - at].reshape(-1, PIECE)
        again = [np.tile(np.arange(first, first + size), times) for _, first, size, times in rows]
        assert rows[:, 0].tolist() == np.cumsum([0, *(a.size for a in again[:-1])]).tolist()
        assert np.array_equal(np.concatenate(again), slots[c * CHUNK : (c + 1) * CHUNK])


def pairwise(x: Any) -> Any:
    d = x[:, None, :] - x[None, :, :]
    return np.sum(np.exp(-np.sum(d * d, axis=-1)) * np.arange(len(x)))


PROGRAMS = {
    "pairs of points in the plane": lambda x: pairwise(x.reshape(45, 2)),
    "pairs of points in space": lambda x: pairwise(x.reshape(30, 3)),
    "pairs, nine coordinates": lambda x: pairwise(x.reshape(10, 9)),
    "repeated": lambda x: np.sum(np.concatenate([np.tile(x[:7], 45), np.tile(x[9:16], 45)]) * np.sin(np.repeat(x, 7)) * np.arange(630.0)),
    "a ring": lambda x: np.sum((np.roll(x, 3) * x - np.tanh(np.roll(x, -1))) ** 2),
    "a frame": lambda x: np.sum(np.pad(x.reshape(3, 30), 1, mode="wrap")[1:, 1:] ** 3),
    "some of it irregular": lambda x: np.sum(np.concatenate([x, x[PLACES], x[20:]]) ** 2 * np.arange(180.0)),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PROGRAMS)
def test_numbers_are_the_same(name: str, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    f = PROGRAMS[name]
    x = RNG.normal(size=90).astype(dtype)
    F, G = (jt.record(f, x, compile=False) for _ in range(2))
    assert F.paths[0].replayed is not F.paths[0].tape
    G.compile()
    monkeypatch.setattr(module, "pieced", lambda tape: None)
    H = jt.record(f, x, compile=False)
    v = np.cos(np.arange(90, dtype=dtype))
    for y in (x, x[::-1].copy(), np.where(v > 0.9, dtype(np.inf), x)):
        for other in (F, G):
            assert np.array_equal(H(y), other(y), equal_nan=True)
            assert np.array_equal(H.grad(y), other.grad(y), equal_nan=True)
            assert np.array_equal(H.jvp((y,), (v,))[1], other.jvp((y,), (v,))[1], equal_nan=True)
    np.testing.assert_allclose(H.grad(x), jt.grad(f)(x), rtol=1e-12 if dtype == np.float64 else 1e-4, atol=1e-12 if dtype == np.float64 else 1e-5)
