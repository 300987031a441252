"""Hessians by elimination, re-rolled tapes, and reverse sweeps that are written natively: each against a slower way."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drawn_arrays import BINARY, UNARY, arrays
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.array.array import Array
from jittape.instructions.references import run_slots
from jittape.ops.layout import CONSTANT, OPERATION, RUN
from jittape.passes import eliminate
from jittape.passes.renumber import prune
from jittape.passes.reroll import reroll
from jittape.passes.reverse import ReverseSweep, differentiate
from jittape.replay import hessians as second
from jittape.replay.entries import _pieces
from jittape.replay.path import Path
from jittape.tape.tape import Tape


def scalars(seed: int) -> Callable[[Any], Any]:
    """A function of an array of 6 that loops over its elements."""
    rng = np.random.default_rng(seed)
    body = rng.integers(0, 1 << 30, (rng.integers(2, 7), 4))
    carry = rng.integers(0, 3)
    data = rng.normal(size=8)

    def f(x: Any) -> Any:
        total, state = 0.0, x[0]
        for t in range(12):
            pool = [x[t % 6], x[(t + 1) % 6], data[t % 8] * x[2], state]
            for kind, i, j, how in body:
                a, b = pool[i % len(pool)], pool[j % len(pool)]
                pool.append(0.5 * (UNARY[how % len(UNARY)](a) if kind % 2 else BINARY[how % len(BINARY)](a, b)))
            total = total + pool[-1] * pool[-2]
            if carry == 1:
                state = np.sin(pool[-1])
            elif carry == 2:
                state = state * 0.5 + pool[-1]
        return total

    return f


def differences(F: Any, x: np.ndarray) -> np.ndarray:
    h = 1e-6
    return np.array([(F.grad(x + h * e) - F.grad(x - h * e)) / (2 * h) for e in np.eye(x.size)])


def check(f: Callable[[Any], Any], seed: int) -> None:
    rng = np.random.default_rng(seed + 1)
    x = rng.uniform(0.2, 1.0, 6)
    F = jt.record(f, x)
    if F._path.constant:
        return
    for _ in range(2):
        want = second.derived(F).along([x], [np.eye(6)], None)[0]
        H = F.hessian(x)
        if not (np.isfinite(want).all() and F.tape.count):
            return
        scale = max(1.0, np.abs(want).max())
        np.testing.assert_allclose(H, want, rtol=1e-9, atol=1e-11 * scale)
        np.testing.assert_allclose(H, differences(F, x), rtol=1e-4, atol=1e-4 * scale)
        np.testing.assert_array_equal(H, H.T)
        out = np.full((6, 6), np.nan)
        assert F.hessian(x, out=out) is out
        np.testing.assert_array_equal(out, H)
        S = F.sparse_hessian(x)
        if F._entries:
            np.testing.assert_array_equal(S.toarray(), H)
        np.testing.assert_allclose(S.toarray(), want, rtol=1e-9, atol=1e-11 * scale)
        assert F.sparse_hessian(x, out=S) is S
        V = rng.normal(size=(3, 6))
        np.testing.assert_allclose(F.hvp(x, V), V @ want, rtol=1e-9, atol=1e-11 * scale)
        np.testing.assert_allclose(F.batch_hessian(np.array([x, x])), [H, H], rtol=1e-9, atol=1e-11 * scale)
        x = rng.uniform(0.2, 1.0, 6)


@examples(60)
@given(st.integers(0, 1 << 30))
def test_entries_are_those_of_products(seed: int) -> None:
    check(arrays(seed), seed)


@examples(20)
@given(st.integers(0, 1 << 30))
def test_entries_of_loops_are_those_of_products(seed: int) -> None:
    check(scalars(seed), seed)


def writable(F: Any) -> Tape:
    tape: Tape = F._path.tape.copy()
    tape.ended, tape.plan, tape.thread = False, None, threading.get_ident()
    tape.resume()
    return tape


@examples(40)
@given(st.integers(0, 1 << 30))
def test_a_rolled_tape_computes_the_same(seed: int) -> None:
    for make in (scalars, arrays):
        x = np.random.default_rng(seed).uniform(0.2, 1.0, 6)
        F = jt.record(make(seed), x, math="precise")  # numbers and runs then have the same functions
        found = None if F._path.constant else reroll(F.tape)
        if found is None:
            continue
        tape, to = found
        assert tape.count < F.tape.count and tape.slots == F.tape.slots
        (start, stop, shape), path = F._path.inputs[0], F._path
        first = int(to[start])
        rolled = Path(tape, [(first, first + stop - start, shape)], [], [Array(tape, int(to[path.seed]))], lambda out: out[0])
        for point in (x, x[::-1].copy()):
            for p in (path, rolled):
                p.pool[0].inputs[0][...] = point
                if p.pool[0].forward() >= 0:
                    return
            np.testing.assert_array_equal(rolled.pool[0].results(), path.pool[0].results())
            np.testing.assert_array_equal(rolled.pool[0].value[to], path.pool[0].value[: to.size])
            np.testing.assert_allclose(rolled.pool[0].gradient(None)[0], path.pool[0].gradient(None)[0], rtol=1e-12, atol=1e-13)


def test_a_loop_becomes_a_few_runs() -> None:
    def loop(x: Any) -> Any:
        total = 0.0
        for i in range(len(x) - 1):
            total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
        return total

    F = jt.record(loop, np.linspace(0.1, 1.0, 1000))
    tape, to = reroll(F.tape)  # type: ignore[misc]
    assert F.tape.count > 7900 and np.count_nonzero(tape.opcode[: tape.count] >= RUN) == 7  # the input and six operations
    assert tape.value[to[F._path.seed]] == F.tape.value[F._path.seed]
    H = F.sparse_hessian(np.linspace(0.1, 1.0, 1000))
    assert F._entries._path.tape.count < 20 and H.nnz == 2998


def test_data_and_guards_survive_rolling() -> None:
    data = np.random.default_rng(0).normal(size=40)

    def f(x: Any) -> Any:
        total = 0.0
        for d in data:
            total = total + np.exp(x[0] * d) * x[1]
        return total if total > 0 else -(total**2)

    x = np.array([0.3, 0.7])
    F = jt.record(f, x)
    H = F.hessian(x)
    e = np.exp(0.3 * data)
    np.testing.assert_allclose(H, [[0.7 * (e * data**2).sum(), (e * data).sum()], [(e * data).sum(), 0.0]], rtol=1e-12, atol=1e-12)
    x = np.array([0.3, -0.7])
    T, d, dd = -0.7 * e.sum(), -0.7 * (e * data).sum(), -0.7 * (e * data**2).sum()
    want = [[-2 * d * d - 2 * T * dd, -2 * d * e.sum() - 2 * T * (e * data).sum()], [0, -2 * e.sum() ** 2]]
    want[1][0] = want[0][1]
    np.testing.assert_allclose(F.hessian(x), want, rtol=1e-12)
    assert len(F.paths) == 2 and len(F._entries.paths) == 2


# --- the sweep that is written natively -----------------------------------------------------------------------------------


@examples(40)
@given(st.integers(0, 1 << 30))
def test_the_native_sweep_is_that_of_the_rules(seed: int) -> None:
    x = np.random.default_rng(seed).uniform(0.2, 1.0, 6)
    F = jt.record(scalars(seed), x)
    if F._path.constant:
        return
    found = []
    for native in (True, False):
        tape = writable(F)
        if not native:
            tape.lines = [("", 0)] * tape.count  # source lines are kept by Python
        result = F._path.seed
        for _ in range(2):  # and once more, of the first component
            sweep = ReverseSweep(tape, 0, 0, [run_slots(0, 6)])
            sweep.seed(np.array([result], np.int32), 1.0)
            sweep.run()
            assert (sweep._native is not None) == native
            g = sweep.gradient(run_slots(0, 6))
            found.append(g.value())
            result = int(g.slots[0])
    np.testing.assert_allclose(found[0], F.grad(x), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found[0], found[2], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found[1], found[3], rtol=1e-9, atol=1e-11 * max(1.0, np.abs(found[3]).max()))


@examples(20)
@given(st.integers(0, 1 << 30))
def test_tapes_are_differentiated_again_and_again(seed: int) -> None:
    for make in (arrays, scalars):
        x = np.random.default_rng(seed).uniform(0.2, 1.0, 6)
        F = jt.record(make(seed), x)
        if F._path.constant:
            continue
        inputs = run_slots(0, 6)
        first, (g,) = differentiate(F.tape, np.array([F._path.seed], np.int32), [inputs])
        want = F.grad(x)
        if not np.isfinite(want).all():
            continue
        scale = max(1.0, np.abs(want).max())
        np.testing.assert_allclose(first.value[g], want, rtol=1e-12, atol=1e-13 * scale)
        weights = np.linspace(-1.0, 1.0, 6)
        second_, (h,) = differentiate(first, g, [inputs], weights)
        want = F.hvp(x, weights)
        if np.isfinite(want).all():
            np.testing.assert_allclose(second_.value[h], want, rtol=1e-9, atol=1e-10 * max(scale, np.abs(want).max()))
        assert first.guards == F.tape.guards or len(first.guards) == len(F.tape.guards)  # type: ignore[arg-type]


def test_a_million_instructions_are_differentiated() -> None:
    def chain(x: Any) -> Any:
        y = x[0]
        for _ in range(100_000):
            y = y * x[1] + 0.25 * np.sin(y)
        return y

    F = jt.record(chain, np.array([0.3, 0.9]))
    tape = writable(F)
    sweep = ReverseSweep(tape, 0, 0, [run_slots(0, 2)])
    sweep.seed(np.array([F._path.seed], np.int32), 1.0)
    sweep.run()
    np.testing.assert_allclose(sweep.gradient(run_slots(0, 2)).value(), F.grad(np.array([0.3, 0.9])), rtol=1e-11)


# --- dropping, folding ----------------------------------------------------------------------------------------------------


@examples(30)
@given(st.integers(0, 1 << 30))
def test_dropping_instructions_keeps_what_is_asked_for(seed: int) -> None:
    x = np.random.default_rng(seed).uniform(0.2, 1.0, 6)
    tape = jt.record(arrays(seed), x).tape
    tape.evaluate()
    rng = np.random.default_rng(seed)
    roots = rng.integers(0, tape.slots, 3).astype(np.int32)
    new, by = prune(tape, [roots])
    assert new.count <= tape.count
    before = tape.value[roots].copy()
    new.value[6:] = np.nan
    constants = [s for _, s, op, _, b in new.instructions() for s in range(s, s + (b if op >= RUN else 1)) if op & OPERATION == CONSTANT]
    old = {int(s + by[s]): s for s in range(tape.slots)}
    for s in constants:
        new.value[s] = tape.value[old[s]]
    new.done = new.done_slots = 0
    new.evaluate()
    np.testing.assert_array_equal(new.value[roots + by[roots]], before)


def test_factors_of_one_and_expressions_that_occur_twice_are_not_recorded() -> None:
    F = jt.record(lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), np.linspace(0, 1, 100))
    F.hessian(np.linspace(0, 1, 100))
    names = [op & OPERATION for *_, op, _, _ in ((k, s, op, a, b) for k, s, op, a, b in F._entries._path.tape.instructions())]
    assert len(names) <= 14  # the input, four constants and nine operations at most


def test_what_costs_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(0.1, 1.0, 60)
    F = jt.record(lambda x: np.sum(x**2) ** 2, x)
    monkeypatch.setattr(eliminate, "SMALL", 100)
    want = 8 * np.outer(x, x) + 4 * np.sum(x**2) * np.eye(60)
    np.testing.assert_allclose(F.hessian(x), want, rtol=1e-12)
    assert F._entries is False
    np.testing.assert_allclose(F.hvp(x, x), want @ x, rtol=1e-12)
    np.testing.assert_allclose(F.sparse_hessian(x).toarray(), want, rtol=1e-12)


@pytest.mark.parametrize("out", [np.empty((3, 3), np.float32), np.empty((3, 2)), np.empty((2, 3, 3))[0].T[::-1], [[0.0] * 3] * 3, np.empty((6, 6))[::2, ::2]])
def test_out_of_a_hessian(out: Any) -> None:
    F = jt.record(lambda x: np.prod(x), np.ones(3))
    x = np.array([1.0, 2.0, 3.0])
    want = np.array([[0.0, 3.0, 2.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]])
    for _ in range(2):
        if isinstance(out, np.ndarray) and out.shape == (3, 3) and out.dtype == float:
            assert F.hessian(x, out=out) is out
            np.testing.assert_array_equal(out, want)
        else:
            with pytest.raises(ValueError, match="out needs a writable array of float64 and shape"):
                F.hessian(x, out=out)


def test_out_of_products() -> None:
    F = jt.record(lambda x, y: np.sum(x**3 * y), np.ones(3), np.ones(3))
    args = (np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.0, 2.0]))
    v = (np.ones(3), np.zeros(3))
    out = (np.empty(3), np.empty(3))
    assert F.hvp(args, v, out=out) is out
    np.testing.assert_allclose(out, [6 * args[0] * args[1], 3 * args[0] ** 2], rtol=1e-13)
    G = jt.record(lambda x: np.sum(x**3), np.ones(3))
    w = np.array([1.0, 0.0, 2.0])
    assert G.hvp(args[0], w, out=w) is w  # the same memory
    np.testing.assert_allclose(w, [6.0, 0.0, 36.0])
    with pytest.raises(ValueError, match="out needs a writable array"):
        G.hvp(args[0], w, out=np.empty(4))


def test_constant_functions_have_zeros() -> None:
    x = np.ones(3)
    F = jt.record(lambda x: 2.0, x)
    assert F.hessian(x).tolist() == np.zeros((3, 3)).tolist() and F.sparse_hessian(x).nnz == 0 and F.hvp(x, x).tolist() == [0.0] * 3
    assert F.batch_hessian(np.ones((2, 3))).shape == (2, 3, 3)
    G = jt.record(lambda x: np.sum(x**2) if x[0] > 0 else 1.0, x)
    assert G.hessian(-x).tolist() == np.zeros((3, 3)).tolist() and G.hessian(x).tolist() == (2 * np.eye(3)).tolist()
    J = jt.record(lambda x: np.arange(4.0), x).sparse_jacobian(x)
    assert J.shape == (4, 3) and J.nnz == 0


def test_a_memory_limit_is_no_obstacle() -> None:
    x = np.linspace(0.1, 1.0, 500)
    jt.set_memory_limit(200_000)
    try:
        F = jt.record(lambda x: np.sum(x**3), x)
        np.testing.assert_allclose(F.sparse_hessian(x).diagonal(), 6 * x)
    finally:
        jt.set_memory_limit(None)


def test_products_stand_in_where_entries_pass_the_memory_limit() -> None:
    def f(x: Any) -> Any:
        y = x.reshape(-1, 8)
        return np.sum(np.exp(np.sum(y * y, axis=1)))

    z, v = np.random.default_rng(0).normal(size=(2, 8000)) * 0.3
    F, G = jt.record(f, z), jt.record(f, z)
    want = G.hvp(z, v)
    jt.set_memory_limit(1_500_000)
    try:
        found = F.hvp(z, v)
    finally:
        jt.set_memory_limit(None)
    assert G._entries and F._entries is False
    np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-12)
    H = F.sparse_hessian(z)
    np.testing.assert_allclose(H @ v, want, rtol=1e-9, atol=1e-12)


def test_hessians_of_loops_that_begin_with_a_variance_warn_of_nothing() -> None:
    """A loop is re-rolled beside runs that were there already."""

    def likelihood(p: Any, r: Any = None) -> Any:
        s, total = np.var(r), 0.0
        for t in range(len(r)):
            total = total + np.log(s) + r[t] ** 2 / s
            s = p[0] + p[1] * r[t] ** 2 + p[2] * s
        return total

    r, p = np.random.default_rng(0).normal(size=60), np.array([0.1, 0.2, 0.7])
    F = jt.record(likelihood, p, r=r)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        H = F.hessian(p)
    differences = [(F.grad(p + e) - F.grad(p - e)) / 2e-6 for e in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(H, differences, rtol=1e-6, atol=1e-6 * abs(H).max())


def test_long_recurrences_are_given_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = []
    spend = eliminate.Elimination.spend

    def counted(self: Any, elements: int) -> None:
        spent.append(elements)
        spend(self, elements)

    def recurrence(p: Any) -> Any:
        x, y = p[0], p[1]
        for _ in range(600):
            u, v = x + 0.05 * (p[2] * x - p[3] * x * y), y + 0.05 * (p[5] * x * y - p[4] * y)
            x, y = x + 0.01 * (p[2] * u - p[3] * u * v), y + 0.01 * (p[5] * u * v - p[4] * v)
        return x * x + y * y

    monkeypatch.setattr(eliminate.Elimination, "spend", counted)
    p = np.array([1.0, 1.0, 1.1, 0.4, 0.4, 0.1])
    F = jt.record(recurrence, p)
    np.testing.assert_allclose(F.hessian(p), jt.hessian(recurrence)(p), rtol=1e-9)
    assert 0 < len(spent) <= eliminate.TRIED


BANDED: dict[str, Callable[[Any], Any]] = {
    "chained": lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
    "five bands": lambda x: np.sum(x[2:] * x[1:-1] * x[:-2] + 3.0 * x[1:-1] ** 2 + np.cos(x[2:] - x[:-2])),
    "a ring": lambda x: np.sum((np.roll(x, 1) - x) ** 2 * x + np.exp(x)),
    "constant": lambda x: np.sum((x[1:] - x[:-1]) ** 2) + 0.5 * np.sum(x * x),
    "with a hub": lambda x: np.sum((x[1:] - x[0]) ** 2 * x[1:]),
}


@pytest.mark.parametrize("name", BANDED)
def test_bands_are_collected_piece_by_piece(name: str) -> None:
    f = BANDED[name]
    x = np.random.default_rng(0).normal(size=60)
    F = jt.record(f, x)
    H = F.sparse_hessian(x)
    pieces = [p for path in F._entries._paths for p in path.sparse_entries._pieces if p is not None]
    assert pieces
    np.testing.assert_allclose(H.toarray(), jt.hessian(f)(x), rtol=1e-12, atol=1e-12)
    assert np.array_equal(F.hessian(x), H.toarray())
    again = F.sparse_hessian(2.0 * x, out=H)
    np.testing.assert_allclose(again.toarray(), jt.hessian(f)(2.0 * x), rtol=1e-12, atol=1e-12)


@examples(60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(0, 3))
def test_pieces_put_numbers_where_lists_do(seed: int, n: int, kind: int) -> None:
    rng, i = np.random.default_rng(seed), np.arange(n)
    source, place = {
        0: (rng.integers(0, 50, n), rng.permutation(100)[:n]),
        1: (np.concatenate([i + 100, np.full(n, 7), 2 * i]), np.concatenate([3 * i, 3 * i + 1, 3 * i + 2])),
        2: (np.concatenate([i + 100, i + 300, np.full(n, 3)]), np.concatenate([3 * i, 3 * i[::-1], 3 * i])),
        3: (np.concatenate([i, i, i + n]), np.concatenate([3 * i, 3 * i + 2, 3 * i + 1])),
    }[kind]
    pieces = _pieces(source.astype(np.int32), place.astype(np.int64))
    assert (pieces is not None) or kind == 0 or n < 12
    if pieces is None:
        return
    values = rng.normal(size=1000)
    wanted, found, count = np.zeros(400), np.zeros(400), 0
    for s, p in zip(source, place, strict=True):
        wanted[p] += values[s]
    for s, step, p, by, size in pieces.tolist():
        for k in range(size):
            found[p + k * by] += values[s + k * step]
        count += size
    assert count == source.size and np.array_equal(wanted, found)
