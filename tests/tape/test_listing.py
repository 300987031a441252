"""Tapes in words and as drawings."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import recordings

import jittape as jt
from jittape.ops.layout import INPUT, RUN
from jittape.tape import plan
from jittape.tape.decode import operands
from jittape.tape.tape import Tape


def lines(f: Any, *args: Any) -> list[str]:
    """The listing of a recording, with single blanks."""
    return [" ".join(line.split()) for line in jt.record(f, *args).tape.listing().splitlines()]


X = np.arange(6.0)
A = np.arange(12.0).reshape(3, 4)


def test_scalar_operations_and_constants() -> None:
    assert lines(lambda x, y: np.sin(2.5 * x) / y, 3.0, 4.0) == [
        "%0 = input -> 3",
        "%1 = input -> 4",
        "%2 = constant -> 2.5",
        "%3 = mul %2=2.5, %0",
        "%4 = sin %3",
        "%5 = div %4, %1",
    ]


@pytest.mark.parametrize(("f", "args", "expected"), [
    (np.exp, (X,), "%6:12 = exp %0:6"),
    (lambda x: x[1::2] * x[2], (X,), "%6:9 = mul %1:7:2, %2"),
    (lambda x: -x[::-1], (X,), "%6:12 = neg %5:-1:-1"),
    (lambda a: -a.T, (A,), "%12:24 = neg %0:12"),  # in the order of memory, as NumPy goes
    (lambda a: a.T * A.T.copy(), (A,), "%24:36 = mul %0[4 x 3 by 1, 4], %12:24 const"),
    (lambda a: -a[:, 1], (A,), "%12:15 = neg %1:13:4"),
    (lambda x: -x[[4, 0, 0]], (X,), "%6:9 = neg %[4, 0, 0]"),
    (lambda x: -x[[4, 0, 0, 1, 1, 5]], (X,), "%6:12 = neg %[4, 0, 0, 1, ... 2 more]"),
    (lambda a, x: a + x, (A, X[:4]), "%16:28 = add %0:12, %12[3 x 4 by 0, 1]"),
    (lambda x: x * np.array([1.0, 2.0]), (X[:2],), "%4:6 = mul %0:2, %2:4=[1, 2]"),
    (lambda x: x * X, (X,), "%12:18 = mul %0:6, %6:12 const"),
    (np.sum, (A,), "%12:13 = sum %0:12"),
    (lambda a: np.sum(a, axis=1), (A,), "%12:15 = sum %0:12 in 3 x 4"),
    (lambda a: np.sum(a, axis=0), (A,), "%12:16 = sum %0[4 x 3 by 1, 4] in 4 x 3"),
    (lambda x: np.max(x[[3, 3, 1]]), (X,), "%6:7 = max %[3, 3, 1]"),
    (np.cumsum, (X,), "%6:12 = cumsum %0:6"),
    (lambda a: a @ a.T, (A,), "%12:21 = matmul %0:12 3 x 4 @ %0[4 x 3 by 1, 4] 4 x 3"),
    (lambda x: recordings.scaled_outer(x[:2], x[2:], 3)[0], (X,), "%6:15 = test.scaled_outer %0:2 2, %2:6 4, 3"),
])  # fmt: skip
def test_every_kind_of_operand(f: Any, args: Any, expected: str) -> None:
    assert lines(f, *args)[-1] == expected


def test_segments() -> None:
    listing = recordings.recorded("segments")[0].tape.listing()
    assert re.search(r"= segment_sum %\[37, 38, 41, 40, \.\.\. 1 more\] in 3 pieces", listing)


def test_values_appear_once_they_are_computed() -> None:
    function = jt.record(lambda x: np.sum(x * x), np.array([1.0, 2.0, 3.0]))
    assert "->" not in function.tape.listing(first=1)
    function(np.array([2.0, 3.0, 4.0]))
    assert [" ".join(line.split()) for line in function.tape.listing().splitlines()] == [
        "%0:3 = input -> [2, 3, 4]",
        "%3:6 = mul %0:3, %0:3 -> [4, 9, 16]",
        "%6:7 = sum %3:6 -> [29]",
    ]


def test_values_that_a_replay_did_not_keep_do_not_appear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WORTHWHILE", 0)
    function, args = recordings.recorded("long")
    function(*args)
    assert function.tape.partial
    assert [line for line in function.tape.listing().splitlines() if "->" in line and "input" not in line and "constant" not in line] == []


def test_long_runs_are_shortened() -> None:
    text = lines(lambda x: x + 1.0, np.arange(2000.0))[0]
    assert text == "%0:2000 = input -> [0, 1, 2, 3, ... 1,996 more]"


def test_source_lines() -> None:
    def f(x: Any) -> Any:
        y = np.sin(x)
        return y * x

    start = f.__code__.co_firstlineno
    text = jt.record(f, 1.0, source=True).tape.listing().splitlines()
    assert text[1].endswith(f"# {__file__}:{start + 1}")
    assert text[2].endswith(f"# {__file__}:{start + 2}")
    assert "#" not in jt.record(f, 1.0).tape.listing()


def test_a_part_of_a_listing() -> None:
    tape = recordings.recorded("scalars")[0].tape
    full = tape.listing().splitlines()
    assert len(full) == tape.count
    assert [x.split() for x in tape.listing(3, 4).splitlines()] == [x.split() for x in full[3:7]]
    assert [x.split() for x in tape.listing(tape.count - 1).splitlines()] == [full[-1].split()]
    assert tape.listing(count=0) == tape.listing(10**9) == ""
    for first, count in ((-1, None), (0, -1)):
        with pytest.raises(ValueError, match="begins at an instruction from 0 on"):
            tape.listing(first, count)


def test_str_shows_short_tapes_whole_and_long_ones_from_both_ends() -> None:
    tape = recordings.recorded("runs")[0].tape
    assert str(tape).splitlines() == [repr(tape), *tape.listing().splitlines()]
    long = Tape()
    long.append_leaf(1.0, INPUT)
    for k in range(5000):
        long.append_scalar(33, k)
    text = str(long).splitlines()
    assert len(text) == 42
    assert text[0] == repr(long) and text[21] == "... 4,961 more ..."
    assert text[1].startswith("%0") and text[-1].startswith("%5000")


def test_an_empty_tape() -> None:
    assert str(Tape()) == repr(Tape())
    assert Tape().listing() == ""
    assert Tape().to_dot().startswith("digraph tape {")


# --- drawings ------------------------------------------------------------------------------------------------------------


def parse(dot: str) -> tuple[dict[int, str], set[tuple[int, int]]]:
    """(node -> label, edges) of a drawing."""
    nodes = {int(k): label for k, label in re.findall(r'^  i(\d+) \[label="((?:[^"\\]|\\.)*)"', dot, re.M)}
    edges = {(int(a), int(b)) for a, b in re.findall(r"^  i(\d+) -> i(\d+);", dot, re.M)}
    assert dot.count("{") == dot.count("}") == 1
    return nodes, edges


@pytest.mark.parametrize("name", recordings.CASES)
def test_edges_lead_from_what_is_read(name: str) -> None:
    tape = recordings.recorded(name)[0].tape
    nodes, edges = parse(tape.to_dot())
    assert sorted(nodes) == list(range(tape.count))
    writer = [k for k, _, op, _, n in tape.instructions() for _ in range(n if op >= RUN else 1)]
    expected = {(writer[s], k) for k in range(tape.count) for slots, _ in operands(tape, k) for s in slots.ravel().tolist()}
    assert edges == expected


def test_a_part_of_a_drawing_shows_what_it_reads_dashed() -> None:
    dot = recordings.recorded("scalars")[0].tape.to_dot(4, 2)
    nodes, edges = parse(dot)
    assert sorted(nodes) == [2, 3, 4, 5]
    assert edges == {(2, 4), (3, 4), (4, 5)}
    assert dot.count("style=dashed") == 2
    assert nodes[3] == "%3 = constant"


def test_a_huge_drawing_is_refused() -> None:
    tape = Tape()
    for _ in range(1001):
        tape.append_leaf(1.0, INPUT)
    with pytest.raises(ValueError, match="a drawing of 1,001 instructions shows nothing; choose at most 1,000"):
        tape.to_dot()
    assert len(parse(tape.to_dot(0, 1000))[0]) == 1000
