"""Checks of loaded tapes, one slot before what is refused and one after."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.errors import TapeFileError
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import BLOCK_REF, GATHER_REF, INPUT, RUN_REF
from jittape.tape import files
from jittape.tape.tape import Tape


def run_of(reference: tuple[int, ...], n: int = 4) -> bytes:
    """An elementwise run over references to four arguments, in slots 0 to 3."""
    tape = Tape()
    tape.append_leaf(np.arange(4.0), INPUT)
    tape.append_run(ops.POS, n, reference)
    return files.pack(tape)


@pytest.mark.parametrize(("reference", "read"), [
    ((RUN_REF, 0, 1, 1, 4), [0, 1, 2, 3]),
    ((BLOCK_REF, 2, -2, 1, 2), [2, 3, 0, 1]),
    ((BLOCK_REF, 1, 2, -1, 2), [1, 0, 3, 2]),
    ((BLOCK_REF, 3, -1, 5, 1), [3, 2, 1, 0]),
    ((BLOCK_REF, 0, 1, 0, 1), [0, 1, 2, 3]),
])  # fmt: skip
def test_blocks_that_touch_the_ends(reference: Any, read: list[int]) -> None:
    tape = files.unpack(run_of(reference))[0]
    tape.evaluate()
    assert tape.value[4:8].tolist() == read


@pytest.mark.parametrize("reference", [
    (RUN_REF, 1, 1, 1, 4), (BLOCK_REF, 1, -2, 1, 2), (BLOCK_REF, 0, 2, -1, 2), (BLOCK_REF, 3, 1, -1, 2), (BLOCK_REF, 1, 2, 1, 2),
    (BLOCK_REF, 2, -1, 5, 1), (BLOCK_REF, 4, -1, 0, 1),
])  # fmt: skip
def test_blocks_that_reach_one_slot_beyond(reference: Any) -> None:
    with pytest.raises(TapeFileError, match=r"instruction 1 \(pos\) reads, as operand 0, slots that are not written before it"):
        files.unpack(run_of(reference))


def test_runs_of_nothing() -> None:
    """They read nothing, wherever they would."""
    for reference in ((GATHER_REF, 0, 0, 0, 1), (BLOCK_REF, 9, 1, 1, 0), (RUN_REF, 9, 1, 1, 1)):
        assert files.unpack(run_of(reference, 0))[0].slots == 4


@pytest.mark.parametrize("f", [
    lambda x: np.sum(np.cumsum(x[::2]) ** 2), lambda x: np.max(x[::2]) * x[1], lambda x: np.sum(x[::2] * x[1::2]),
    lambda x: np.sum(np.max(x.reshape(4, 2)[:, :1], axis=1) ** 2), lambda x: np.sum(np.cumsum(x.reshape(4, 2)[:, 0]) * x[:4]),
    lambda x: np.sum(np.sum(x.reshape(4, 2)[:, :1], axis=1) ** 3), lambda x: np.sum(x.reshape(4, 2)[:, :1] @ x[:3].reshape(1, 3)),
    lambda x: np.sum(np.bincount([0, 2, 0, 1], x[::2]) ** 2), lambda x: np.sum(x[:0] @ x[:0].reshape(0, 3)) + x[0] ** 2,
    lambda x: np.sum(np.bincount(np.empty(0, int), x[:0], 3)) + x[0] ** 2, lambda x: np.sum(np.cumsum(x[:0])) + x[0] ** 2,
    lambda x: np.linalg.det(x[:4].reshape(2, 2)) + 0.0 * x[0], lambda x: np.sum(np.linalg.solve(3.0 * np.eye(4) + np.ones((4, 4)), x[::2]) * x[:4]),
    lambda x: np.sum(np.linalg.inv(x[::2].reshape(2, 2)) ** 2), lambda x: np.sum(np.linalg.solve(3.0 * np.eye(4) + np.ones((4, 4)), x.reshape(4, 2)[:, :1])),
])  # fmt: skip
def test_every_second_element_comes_back(f: Callable[[Any], Any]) -> None:
    x = np.array([0.3, -1.0, 2.0, 0.5, -0.7, 1.1, 0.9, 1.3])
    F = jt.record(f, x + 0.25)
    loaded = pickle.loads(pickle.dumps(F))
    assert loaded(x) == F(x) and np.array_equal(loaded.grad(x), F.grad(x))
