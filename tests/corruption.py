"""Damaging saved functions at random and using what still loads: run by test_files.py, in its process and in another.

`python corruption.py SEED COUNT` damages COUNT files of each recorded function and ends with 0 when every one of them was
either refused with TapeFileError or loaded as a tape that reads no slot before it is written.
"""

from __future__ import annotations

import copy
import sys
from collections import Counter
from contextlib import suppress
from typing import Any
from unittest import mock

import numpy as np
import recordings

from jittape.array.array import Array
from jittape.errors import BranchChanged, GradientError, TapeFileError
from jittape.instructions.calls import operations as calls
from jittape.instructions.matmul import SMALL
from jittape.instructions.matmul.native import lead
from jittape.ops.layout import (
    BLOCK_REF,
    CALL,
    CUMSUM,
    FIRST_STRUCTURAL,
    GATHER_REF,
    KIND,
    MATMUL,
    MAX,
    MIN,
    REF,
    RUN,
    RUN_REF,
    SEGMENT_SUM,
    SUM,
)
from jittape.replay import saving
from jittape.replay.function import Function
from jittape.tape import files, plan
from jittape.tape.tape import Tape
from jittape.tape.validate import ARITY

LIMIT = 1 << 17
"""Bytes that a damaged file's tape may need: sweeps of what loads stay quick."""
EXTREMES = (-(2**31), -(2**31) + 1, -65536, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 100, 1000, 65536, 2**30, 2**31 - 2, 2**31 - 1)
LEAST = (0, 1, 2, 3, 4, 6, 33, 100, 700, FIRST_STRUCTURAL - 1)
OPCODES = (*LEAST, RUN - 2, RUN - 1, *(RUN + code for code in LEAST), *range(RUN + FIRST_STRUCTURAL, 2 * RUN + 1), 2**16 - 1)
JSON = (None, True, False, -1, 0, 1, 2, 3, 7, 2**31 - 1, 2**31, 2**63, 10**40, 1.5, float("nan"), "", "add", "sin", "float32", "<f8", "x", [], [0], [[0, []]], {}, {"list": []}, {"tuple": [0]}, {"dict": [["a", 0]]}, {"0": "sin"})


def take_apart(data: bytes) -> tuple[dict[str, Any], files.Arrays]:
    header, arrays = files.disassemble(data)
    header = copy.deepcopy(header)
    del header["arrays"]
    return header, {key: np.array(a) for key, a in arrays.items()}


def put_together(header: dict[str, Any], arrays: files.Arrays) -> bytes:
    """A file with a digest that fits, whatever stands in it."""
    return files._assemble(header, arrays)


def damage_numbers(arrays: files.Arrays, rng: np.random.Generator) -> None:
    """Change one number of one array, or its length."""
    key = str(rng.choice([k for k, a in arrays.items() if a.size] or ["opcode"]))
    a = arrays[key]
    if rng.random() < 0.05 or not a.size:
        arrays[key] = a[: rng.integers(0, a.size + 1)] if rng.random() < 0.5 else np.append(a, a[-1:])
        return
    i = int(rng.integers(a.size))
    if key == "opcode":
        a[i] = rng.choice(OPCODES)
    elif a.dtype == np.int32:
        choice = rng.random()
        if choice < 0.4:
            a[i] = rng.choice(EXTREMES)
        elif choice < 0.8:
            a[i] = np.clip(int(a[i]) + int(rng.integers(-4, 5)), -(2**31), 2**31 - 1)
        elif choice < 0.9:
            a[i] = rng.integers(-(2**31), 2**31)
        else:
            a[i] = a[rng.integers(a.size)]
    elif a.dtype == np.uint8:
        a[i] = rng.integers(256)
    else:
        a[i] = rng.choice([np.nan, np.inf, -np.inf, 0.0, 1e30])


def damage_header(header: dict[str, Any], rng: np.random.Generator) -> None:
    """Replace, drop or add one thing of the header."""
    node: Any = header
    while True:
        keys = list(node) if isinstance(node, dict) else range(len(node))
        key = keys[rng.integers(len(keys))]
        if isinstance(node[key], (dict, list)) and node[key] and rng.random() < 0.8:
            node = node[key]
            continue
        if rng.random() < 0.1:
            del node[key]
        else:
            node[key] = copy.deepcopy(JSON[rng.integers(len(JSON))])
        return


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    header, arrays = take_apart(data)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        if rng.random() < 0.2:
            damage_header(header, rng)
        else:
            damage_numbers(arrays, rng)
    if rng.random() < 0.8 and arrays["opcode"].size == arrays["arg1"].size:  # not to be refused for the sum alone
        n = np.where(arrays["opcode"] >= RUN, arrays["arg1"], 1).astype(np.int64)
        header["slots"] = int(n.sum())
        leaf = ((arrays["opcode"] & (RUN - 1)) < 4) & (n < LIMIT)
        arrays["leaves"] = np.resize(arrays["leaves"], max(int(n[leaf].sum()), 0)) if arrays["leaves"].size else arrays["leaves"]
    return put_together(header, arrays)


# --- what the native code reads, said again in plain Python ------------------------------------------------------------


def named(tape: Tape, at: int, n: int) -> Any:
    """The slots of a reference, as sweep/point/operands.py reads it."""
    kind, base, s0, s1, n1 = tape.meta[at : at + REF]
    i = np.arange(n, dtype=object if n < 1000 else np.int64)
    if kind & KIND == RUN_REF:
        return base + i
    if kind & KIND == BLOCK_REF:
        return base + (i // n1) * s0 + (i % n1) * s1 if n else i
    if kind & KIND == GATHER_REF:
        assert n == 0 or (base >= 0 and base + n <= len(tape.index))
        return np.array(tape.index[base : base + n])
    return np.array([base])[:n]


def named_rows(tape: Tape, at: int, m: int) -> Any:
    """The slots of a reduction's operand, as instructions/rows.py reads it."""
    r, kind, base, s0, s1 = tape.meta[at : at + 5]
    if kind & KIND == BLOCK_REF:
        return (base + np.arange(m)[:, None] * s0 + np.arange(r) * s1).ravel()
    return named(tape, at + 1, m * r)


def matrix(tape: Tape, at: int, batch: int, rows: int, columns: int, large: bool) -> Any:
    base, sb, sr, sc, _ = tape.meta[at : at + 5]
    if not batch * rows * columns:
        return np.empty(0)
    starts = base + np.arange(batch) * sb
    i, j = np.arange(rows)[:, None], np.arange(columns)
    found = [(starts[:, None, None] + i * sr + j * sc).ravel()]
    if large:  # as BLAS reads the matrix, and its transpose
        for a, b, stride_a, stride_b, m, n in ((i, j, sr, sc, rows, columns), (j, i, sc, sr, columns, rows)):
            by_rows, step = lead.py_func(stride_a, stride_b, m, n)
            place = a * step + b if by_rows else a + b * step
            assert place.shape == (rows, columns)
            found.append((starts[:, None, None] + place).ravel())
            assert (found[-1] == found[0]).all()
    return np.concatenate(found)


def slots_read(tape: Tape, k: int, op: int, a: int, n: int) -> list[Any]:
    if op < RUN:
        return [np.array([a, n][: ARITY.get(op, 0)])]
    op -= RUN
    if op in ARITY:
        return [named(tape, a + REF * p, n) for p in range(ARITY[op])]
    if op in (SUM, MAX, MIN):
        return [named_rows(tape, a, n)]
    if op == CUMSUM:
        return [named_rows(tape, a, n // max(tape.meta[a], 1))]
    if op == SEGMENT_SUM:
        where, first = tape.meta[a : a + 2]
        assert 0 <= where <= where + n < len(tape.index)
        offsets = tape.index[where : where + n + 1]
        assert list(offsets) == sorted(offsets)
        assert 0 <= first + offsets[0] <= first + offsets[-1] <= len(tape.index)
        return [np.array(tape.index[first + offsets[0] : first + offsets[-1]])]
    if op == MATMUL:
        batch, m, inner, columns = tape.meta[a : a + 4]
        assert batch * m * columns == n
        large = m * inner * columns > SMALL
        return [matrix(tape, a + 4, batch, m, inner, large), matrix(tape, a + 9, batch, inner, columns, large)]
    if op == CALL:
        record = calls.read(tape, k)
        assert sum(int(np.prod(shape)) for shape in record.results) == n
        return [named(tape, at, int(np.prod(shape))) for shape, at in record.operands]
    return []


def check_reads(tape: Tape) -> None:
    """Every slot that an instruction reads was written before it."""
    for k, s, op, a, n in tape.instructions():
        for slots in slots_read(tape, k, op, a, n):
            if slots.size:
                assert 0 <= slots.min() and slots.max() < s, f"instruction {k} reads slots {slots.min()} to {slots.max()}, its own is {s}"


def use(function: Function) -> None:
    """Every sweep over a loaded function's tape."""
    tape = function.tape
    check_reads(tape)
    leaves = [np.full(shape, 0.5, tape.dtype) if shape else 0.5 for shape in function.shapes]
    args = function._rebuild(leaves)
    if tape.guards is not None:
        assert tape.guards.slots.size == 0 or (0 <= tape.guards.slots.min() and tape.guards.slots.max() < tape.slots)
    with np.errstate(all="ignore"):
        with suppress(BranchChanged):
            function(*args)
        try:
            function.grad(*args)
        except BranchChanged as error:
            assert "another way" in str(error)
        except GradientError as error:
            assert "scalar" in str(error)
        tape.replay()
        tape.adjoints()[...] = 1.0
        tape.reverse()
        tape.adjoint = None
        tape.tangents()[...] = 1.0
        tape.tangent()
        tape.evaluate()
    assert str(tape)
    assert tape.count > 200 or tape.to_dot()
    for out in function._path.outputs:
        if isinstance(out, Array):
            assert out.value().shape == out.shape


def run(seed: int, count: int) -> Counter[str]:
    """Damage `count` files of each function; returns how many were refused and how many were used."""
    rng = np.random.default_rng(seed)
    outcome: Counter[str] = Counter()
    with mock.patch.object(plan, "WORTHWHILE", 0):  # short recordings are swept by a plan too
        _run(rng, seed, count, outcome)
    return outcome


def _run(rng: np.random.Generator, seed: int, count: int, outcome: Counter[str]) -> None:
    for name in recordings.CASES:
        function, _ = recordings.recorded(name, source=name == "scalars")
        data = saving.to_bytes(function)
        for i in range(count):
            bad = damaged(data, rng)
            try:
                loaded = saving.from_bytes(bad, LIMIT)
            except TapeFileError:
                outcome["refused"] += 1
                continue
            try:
                use(loaded)
            except np.linalg.LinAlgError:
                outcome["singular"] += 1
                continue
            except Exception as error:
                raise AssertionError(f"file {i} of {name!r}, seed {seed}: {type(error).__name__}: {error}") from error
            outcome["used"] += 1


if __name__ == "__main__":
    print(dict(run(int(sys.argv[1]), int(sys.argv[2]))))
