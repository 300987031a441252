"""Loops in loops over the same operands, with compiled bodies: copies side by side, first turns, a state beside vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from compiled_and_not import agree, agree_at_drawn_points, pair, same
from drawn_layers import Layers, layers
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.replay import compiled as compiling


@examples(12)
@given(layers(), st.integers(0, 2**32 - 1), st.sampled_from([np.float64, np.float32]))
@pytest.mark.filterwarnings("ignore")
def test_drawn_layers(program: Layers, seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    x, data = rng.normal(size=program.size).astype(dtype), rng.normal(size=program.rows * program.deep).astype(dtype)
    with np.errstate(all="ignore"):
        F, G, _ = pair(program, x, data=data)
        y = agree_at_drawn_points(F, G, x.size, dtype, rng)
        assert same(F.jvp((x,), (y,))[1], G.jvp((x,), (y,))[1])
        G.compile()  # tangents, too
        assert same(F.jvp((x,), (y,))[1], G.jvp((x,), (y,))[1])


COLUMNS, DEEP, ROWS = 26, 5, 40


def scores(x: Any, data: Any) -> Any:
    """Logarithms of sums of exponentials of quadratic forms, as a mixture has them."""
    total = 0.0
    for r in range(ROWS):
        top, found = -np.inf, []
        for i in range(COLUMNS):
            y = x[i * DEEP]
            for j in range(DEEP):
                z = x[i * DEEP + j] * data[r * DEEP + j]
                y = y - z * z
            found.append(y)
            top = np.maximum(top, y)
        s = 0.0
        for y in found:
            s = s + np.exp(y - top)
        total = total + top + np.log(s)
    return total


@pytest.fixture(scope="module")
def mixture() -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=COLUMNS * DEEP)
    return *pair(scores, x, data=rng.normal(size=ROWS * DEEP)), x


def test_they_are_vectors_over_columns_of_a_matrix(mixture: tuple[Any, Any, Any, Any]) -> None:
    F, G, report, x = mixture
    whole = [line for line in report.lines if line.startswith("%") and "as vectors" in line]
    assert len(whole) >= ROWS - 2
    assert report.instructions - report.compiled < 10 * ROWS
    for k in range(3):
        agree(F, G, x * (1.0 + k))


def test_a_matrix_is_copied_once_for_all_rows(mixture: tuple[Any, Any, Any, Any]) -> None:
    _, G, _, _ = mixture
    rows = G.paths[0].replayed.loops.rows
    made, last = zip(*(row.packs for row in rows), strict=True)
    assert sum(address != 0 for address in made) == sum(address != 0 for address in last) == 1
    assert len({row.pack.data.ctypes.data for row in rows if row.pack}) == 1 and sum(row.pack is not None for row in rows) >= ROWS - 2


def test_what_a_loop_between_them_leaves_is_taken_from_the_copies(mixture: tuple[Any, Any, Any, Any]) -> None:
    """The loop over exponentials comes to zero times infinity, where adjoints of the matrix stand in the copies."""
    F, G, _, x = mixture
    with np.errstate(all="ignore"):
        for value in (np.inf, -np.inf, 1e200, np.nan):
            y = x.copy()
            y[7] = value
            for _ in range(2):
                agree(F, G, y)
            agree(F, G, x)


def test_a_column_that_is_read_between_is_not_copied() -> None:
    def f(x: Any, data: Any) -> Any:
        total = 0.0
        for r in range(8):
            s = 0.0
            for i in range(20):
                y = x[3 * i] * data[r] - x[3 * i + 1] * x[3 * i + 1]
                s = s + y * y - 0.5 * y
            total = total + s * x[6]
        return total

    x = np.linspace(-1.0, 1.0, 60)
    F, G, _ = pair(f, x, data=np.linspace(0.5, 2.0, 8))
    loops = G.paths[0].replayed.loops
    assert loops is not None and all(row.pack is None for row in loops.rows)
    agree(F, G, x)


def test_first_turns_are_turns_of_the_body() -> None:
    def f(x: Any, c: Any) -> Any:
        total = c[0]
        for k in range(6):
            s, before = x[40 + k], x[41 + k]
            for i in range(40):
                s, before = s * 0.5 + np.sin(x[i] * before), s
            total = total + s
        return total

    x = np.linspace(0.1, 1.0, 50)
    F, G, report = pair(f, x, c=np.array([0.5]))
    turns = [int(line.split()[1]) for line in report.lines if line.startswith("%") and "turns of 4" in line]
    assert turns.count(40) >= 4
    agree(F, G, x)
    H = jt.record(f, x, c=np.array([0.5]))
    H.grad(x)
    assert same(compiling.compile_path(H.paths[0]) and H.grad(x), F.grad(x))


def test_steps_store_what_is_far_from_what_is_stored() -> None:
    """Of time steps, not of turns that are vectors, and not where points are lanes."""
    from jittape.passes.loops import Repeated, find
    from jittape.sweep.loops.body import REACH, recomputed
    from jittape.tape.workspace import workspace

    def steps(p: Any) -> Any:
        x, y = p[0], p[1]
        for _ in range(40):
            a, b = x * (p[2] - y), y * (x - p[3])
            u, v = x + 0.5 * a, y + 0.5 * b
            x, y = x + u * (p[2] - v), y + v * (u - p[3])
        return x * y

    F, G, _ = pair(steps, np.array([0.3, 0.2, 0.1, 0.4]))
    agree(F, G, np.array([0.2, 0.3, 0.15, 0.35]))
    tape = workspace(F.paths[0].tape)
    outputs = [np.array([tape.slots - 1])]
    loop = max((loop for loop in find(tape, outputs).loops), key=lambda loop: loop.turns)
    lanes = max((loop for loop in Repeated(tape, outputs, None).loops), key=lambda loop: loop.turns)
    assert len(lanes.body.kept) == 2 and len(loop.body.kept) == 4
    away: dict[int, int] = {}
    for j in sorted(recomputed(loop.body)):
        away[j] = 1 + max((away.get(o.number, 0) for o in loop.body.operands[j] if o.kind == "turn"), default=0)
    assert max(away.values()) <= REACH


@pytest.mark.parametrize("size", [450, 900])
def test_long_chains_that_are_computed_anew(size: int) -> None:
    """Hundreds of operations, each made of the one before, of which a reverse sweep needs the last one: no recursion is as deep."""

    def straight(x: Any) -> Any:
        y = x[0]
        for code, k in np.random.default_rng(size).integers(0, (3, 40), (size, 2)).tolist():
            y = y + x[k] if code == 0 else y - x[k] if code == 1 else x[k] - y
        return y * y * x[1]

    def turns(x: Any) -> Any:
        total, signs = 0.0, np.random.default_rng(size).integers(0, 2, size).tolist()
        for i in range(40):
            y = x[i]
            for k in range(size):
                y = y + x[i] if signs[k] else x[i] - y
            total = total + y * y
        return total

    rng = np.random.default_rng(0)
    for f in (straight, turns):
        F, G, report = pair(f, rng.normal(size=40))
        assert "RecursionError" not in str(report) and report.compiled > 0.95 * report.instructions
        agree_at_drawn_points(F, G, 40, np.float64, rng)
