"""The tape's arrays: growth, bytes an operation, limits of memory and of slots, and that nothing is lost at a limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.array import Array
from jittape.errors import TapeLimitError
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import INPUT, MAX_SLOTS, RUN, RUN_REF, SCALAR_REF, SUM
from jittape.tape import arrays, memory
from jittape.tape import tape as tape_module
from jittape.tape.arrays import FIRST_CAPACITY
from jittape.tape.tape import Tape

STATE = ("count", "extra", "slots", "capacity", "constants")


@pytest.fixture(autouse=True)
def unlimited(memory_limit: None) -> None:
    """No limit is left over."""


def state(tape: Tape) -> tuple[Any, ...]:
    """What a refused operation must not change."""
    n = tape.count
    return (
        [getattr(tape, name) if name != "constants" else dict(tape.constants) for name in STATE],
        tape.opcode[:n].tolist(), tape.arg0[:n].tolist(), tape.arg1[:n].tolist(), tape.meta.tolist(),
        None if tape.lines is None else list(tape.lines), tape.index.tolist(),
    )  # fmt: skip


def chain(tape: Tape, n: int) -> tuple[Array, Array]:
    """(x, x + 0.5 + 0.5 ...): n recorded scalar additions."""
    x = y = Array(tape, tape.append_leaf(1.0, INPUT))
    for _ in range(n):
        y = y + 0.5
    return x, y


def gradient(tape: Tape, x: Array, y: Array) -> float:
    tape.adjoints()[y.slot] = 1.0
    tape.reverse()
    assert tape.adjoint is not None
    g = float(tape.adjoint[x.slot])
    tape.adjoint[x.slot] = 0.0
    return g


# --- growth --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [FIRST_CAPACITY - 3, FIRST_CAPACITY - 2, FIRST_CAPACITY - 1, FIRST_CAPACITY, 5000, 70_000])
def test_growth_keeps_what_was_recorded(n: int) -> None:
    tape = Tape()
    x, y = chain(tape, n)
    assert tape.count == n + 2 and tape.capacity >= tape.count
    assert y.value() == 1.0 + 0.5 * n
    assert gradient(tape, x, y) == 1.0


def test_values_survive_growth_between_evaluations() -> None:
    tape = Tape()
    x, y = chain(tape, 100)
    assert y.value() == 51.0
    base = tape.append_leaf(np.arange(10_000.0), INPUT)
    total = tape.append_run(SUM, 1, (10_000, RUN_REF, base, 1, 1, 10_000))
    z = y * Array(tape, total)
    assert z.value() == 51.0 * np.arange(10_000.0).sum()
    assert gradient(tape, x, z) == np.arange(10_000.0).sum()


def test_arrays_double() -> None:
    tape = Tape()
    seen = {tape.capacity}
    for _ in range(10 * FIRST_CAPACITY):
        tape.append_scalar(ops.ADD, 0, 0)
        seen.add(tape.capacity)
    assert sorted(seen) == [FIRST_CAPACITY * 2**i for i in range(5)]


def test_at_most_30_bytes_a_scalar_operation() -> None:
    n = 1_000_000
    tape = Tape()
    tape.append_leaf(1.0, INPUT)
    for k in range(n):
        tape.append_scalar(ops.SIN, k)
    tape.adjoints()[n] = 1.0
    tape.reverse()
    assert tape.adjoint is not None and 0.0 < tape.adjoint[0] < 1.0
    assert tape.nbytes / n <= 30


def test_nbytes_counts_every_array() -> None:
    tape = Tape()
    tape.append_leaf(np.ones(3), INPUT)
    before = tape.nbytes
    tape.gather_list(np.arange(5, dtype=np.int32))
    assert tape.nbytes == before + 20
    tape.append_run(SUM, 1, (3, RUN_REF, 0, 1, 1, 3))
    assert tape.nbytes == before + 20 + 24
    tape.adjoints()
    assert tape.nbytes == before + 20 + 24 + 8 * tape.slots
    tape.tangents()
    assert tape.nbytes == before + 20 + 24 + 16 * tape.slots
    assert f"{tape.nbytes:,} bytes" in repr(tape)


# --- the limit of memory ---------------------------------------------------------------------------------------------------


def test_a_recording_over_the_limit_names_it_and_stays_usable() -> None:
    tape = Tape()
    x, y = chain(tape, 10)
    jt.set_memory_limit(60_000)
    with pytest.raises(TapeLimitError, match=r"would need [\d,]+ bytes for more instructions, more than the limit of 60,000") as caught:
        while True:
            y = y + 0.5
    assert isinstance(caught.value, MemoryError)
    held = tape.count
    assert tape.nbytes <= 60_000 and tape.nbytes > 50_000  # the room under the limit was used
    jt.set_memory_limit(None)
    assert y.value() == 1.0 + 0.5 * (held - 2)
    y = y + 0.5
    assert gradient(tape, x, y) == 1.0


def test_grad_over_the_limit_raises_and_works_again_without() -> None:
    def f(x: Any) -> Any:
        for _ in range(20_000):
            x = np.sin(x)
        return x

    jt.set_memory_limit(100_000)
    with pytest.raises(TapeLimitError, match="jittape.set_memory_limit set. Raise the limit"):
        jt.grad(f)(1.0)
    jt.set_memory_limit(None)
    assert 0.0 < jt.grad(f)(1.0) < 1.0


REFUSED = {
    "a run": lambda t: t.append_run(ops.EXP, 10**6, (SCALAR_REF, 0, 0, 0, 1)),
    "a leaf": lambda t: t.append_leaf(np.zeros(10**6), INPUT),
    "a gather list": lambda t: t.gather_list(np.zeros(10**6, np.int32)),
    "instructions": lambda t: t.reserve(10**6),
    "values": lambda t: t.reserve_slots(10**6),
}


def filled() -> Tape:
    tape = Tape()
    tape.lines = []
    tape.append_leaf(2.0, INPUT)
    tape.constant(3.0)
    tape.append_scalar(ops.MUL, 0, 1)
    tape.append_leaf(np.arange(4.0), INPUT)
    tape.append_run(SUM, 1, (4, RUN_REF, 3, 1, 1, 4))
    return tape


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_changes_nothing(what: str) -> None:
    tape = filled()
    before = state(tape)
    jt.set_memory_limit(tape.nbytes + 1000)
    with pytest.raises(TapeLimitError, match="more than the limit of"):
        REFUSED[what](tape)
    assert state(tape) == before
    tape.evaluate()
    assert tape.value[:8].tolist() == [2.0, 3.0, 6.0, 0.0, 1.0, 2.0, 3.0, 6.0]


@pytest.mark.parametrize("what", ["adjoints", "tangents"])
def test_sweeps_over_the_limit_change_nothing(what: str) -> None:
    tape = Tape()
    x, y = chain(tape, 5000)
    tape.evaluate()
    before = state(tape)
    jt.set_memory_limit(tape.nbytes + 1000)
    with pytest.raises(TapeLimitError, match=f"bytes for {what}"):
        getattr(tape, what)()
    assert state(tape) == before
    jt.set_memory_limit(None)
    assert gradient(tape, x, y) == 1.0


@pytest.mark.parametrize("limit", [0, -1, 1.5, "2 GB", True])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(ValueError, match="positive number of bytes or None, not"):
        jt.set_memory_limit(limit)


# --- no memory -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def no_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every allocation of more than a megabyte fails."""

    class Numpy:
        def __getattr__(self, name: str) -> Any:
            return getattr(np, name)

        def empty(self, n: Any, *args: Any) -> Any:
            return self._small(np.empty, n, *args)

        def zeros(self, n: Any, *args: Any) -> Any:
            return self._small(np.zeros, n, *args)

        def _small(self, make: Any, n: Any, *args: Any) -> Any:
            if n > 1 << 20:
                raise MemoryError
            return make(n, *args)

    def kept(n: int, *args: Any, **options: Any) -> Any:
        if n > 1 << 20:
            raise MemoryError("cannot allocate memory")
        return memory.kept(n, *args, **options)

    monkeypatch.setattr(tape_module, "np", Numpy())
    monkeypatch.setattr(tape_module, "kept", kept)
    monkeypatch.setattr(arrays, "np", Numpy())
    monkeypatch.setattr(arrays, "kept", kept)
    yield


@pytest.mark.parametrize("what", ["instructions", "values", "a leaf"])
def test_no_memory_is_a_limit_and_changes_nothing(what: str, monkeypatch: pytest.MonkeyPatch, no_memory: None) -> None:
    tape = filled()
    before = state(tape)
    grow = {"instructions": lambda: tape.reserve(2 << 20), "values": lambda: tape.reserve_slots(2 << 20), "a leaf": lambda: tape.append_leaf(np.broadcast_to(1.0, 2 << 20), INPUT)}
    with pytest.raises(TapeLimitError, match="no memory for a tape of"):
        grow[what]()
    assert state(tape) == before
    tape.evaluate()
    assert tape.value[7] == 6.0


def test_no_memory_for_adjoints(no_memory: None) -> None:
    tape = Tape()
    tape.append_leaf(1.0, INPUT)
    tape.append_run(ops.POS, 2 << 20, (SCALAR_REF, 0, 0, 0, 1))
    with pytest.raises(TapeLimitError, match="no memory for adjoints of 2,097,153 slots"):
        tape.adjoints()
    with pytest.raises(TapeLimitError, match="no memory for a tape of 2,097,153 values"):
        tape.evaluate()
    tape.truncate(1, 1)
    tape.evaluate()
    assert tape.adjoints().size == 1


# --- the limit of slots ----------------------------------------------------------------------------------------------------


def test_a_run_beyond_the_last_slot_is_refused() -> None:
    tape = filled()
    before = state(tape)
    message = rf"would need {MAX_SLOTS + 1:,} slots for a run of {MAX_SLOTS - 7:,}; it holds 8 and a tape has at most 2,147,483,647"
    with pytest.raises(TapeLimitError, match=message):
        tape.append_run(ops.EXP, MAX_SLOTS - 7, (SCALAR_REF, 0, 0, 0, 1))
    assert state(tape) == before


def test_scalar_operations_end_at_the_last_slot() -> None:
    """By the fast path of operators and by the slow one; the values of the huge run are never asked for."""
    tape = Tape()
    x = Array(tape, tape.append_leaf(2.0, INPUT))
    y = x * x
    tape.append_run(ops.POS, MAX_SLOTS - 4, (SCALAR_REF, 0, 0, 0, 1))
    z = x + y
    z = z + y
    assert z.slot == MAX_SLOTS - 1
    for append in (lambda: z + y, lambda: np.sin(z), lambda: tape.append_scalar(ops.SIN, 0)):
        before = state(tape)
        with pytest.raises(TapeLimitError, match=r"would need 2,147,483,648 slots for one more operation"):
            append()
        assert state(tape) == before
    tape.truncate(2, 2)
    tape.resume()
    z = x + y
    assert z.value() == 6.0 and gradient(tape, x, z) == 5.0


def test_arrays_do_not_grow_beyond_the_last_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "MAX_SLOTS", 1500)
    tape = Tape()
    x = y = Array(tape, tape.append_leaf(1.0, INPUT))
    with pytest.raises(TapeLimitError, match="would need 1,501 slots"):
        while True:
            y = np.cos(y) + y
    assert tape.slots == 1500 and tape.capacity == 1500
    assert np.isfinite(y.value()) and np.isfinite(gradient(tape, x, y))


@pytest.mark.parametrize("record", [(2**31, RUN_REF, 0, 1, 1, 4), (4, RUN_REF, 0, 1, 1, 2**40)])
def test_a_record_that_does_not_fit_is_refused_and_changes_nothing(record: tuple[int, ...]) -> None:
    tape = filled()
    before = state(tape)
    with pytest.raises(TapeLimitError, match="over 1 elements cannot be described in 32 bits"):
        tape.append_run(SUM, 1, record)
    assert state(tape) == before
    tape.append_run(SUM, 1, (4, RUN_REF, 3, 1, 1, 4))
    tape.evaluate()
    assert tape.value[8] == 6.0


def test_gather_lists_end_at_their_last_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "MAX_SLOTS", 100)
    tape = filled()
    assert tape.gather_list(np.zeros(60, np.int32)) == 0
    with pytest.raises(TapeLimitError, match="would need 120 places in its gather lists"):
        tape.gather_list(np.zeros(60, np.int32))
    assert len(tape.index) == 60 and tape.gather_list(np.ones(40, np.int32)) == 60


def test_sweeps_after_a_refused_operation_use_the_arrays_where_they_are() -> None:
    """A gather list moves the index array although no instruction follows."""
    tape = filled()
    first = tape.gather_list(np.array([6, 3, 4], np.int32))
    tape.append_run(SUM, 1, (3, 3, first, 6, 3, 3))
    tape.evaluate()
    tape.gather_list(np.full(100_000, 99, np.int32))
    with pytest.raises(TapeLimitError):
        tape.append_run(SUM, 1, (2**31, 0, 0, 0, 0, 0))
    tape.replay()
    assert tape.value[8] == 4.0


# --- constants, leaves, repr -------------------------------------------------------------------------------------------------


def test_equal_constants_share_a_slot() -> None:
    tape = Tape()
    assert tape.constant(2.5) == tape.constant(2.5) != tape.constant(2.0)
    zeros = {tape.constant(0.0), tape.constant(-0.0)}
    assert len(zeros) == 2
    signs = [np.signbit(tape.value[s]) for s in sorted(zeros)]
    assert signs == [False, True]


def test_leaves_of_every_rank() -> None:
    tape = Tape(np.float32)
    s = tape.append_leaf(1.5, INPUT)
    a = tape.append_leaf(np.arange(6.0).reshape(2, 3).T, INPUT)
    e = tape.append_leaf(np.zeros((0, 4)), INPUT)
    assert (s, a, e, tape.slots, tape.count) == (0, 1, 7, 7, 3)
    assert tape.value[:7].tolist() == [1.5, 0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
    assert [row[2] for row in tape.instructions()] == [INPUT, RUN + INPUT, RUN + INPUT]
    assert repr(tape).startswith("<Tape float32: 3 instructions, 7 slots,")
