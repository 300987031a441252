"""Profiles: every instruction is counted once in every table, times are the call's, and what takes long is told from what does not."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from drawn_programs import STEPS
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.errors import BranchChanged
from jittape.ops.spec import by_code
from jittape.replay.profile.again import of_slots
from jittape.replay.profile.profile import LEAVES, SHOWN, Profile
from jittape.sweep.loops.body import recomputed
from jittape.tape.decode import lengths


def checked(F: Any, *args: Any, **more: Any) -> Profile:
    """A short profile whose tables add up, each instruction of the recording counted once."""
    profile = F.profile(*args, measure_for=0.0, **more)
    tape = F.tape
    tables = [profile.by_operation(), profile.by_loop(), *([profile.by_line()] if tape.lines is not None else [])]
    for rows in tables:
        assert sum(row.calls for row in rows) == profile.instructions == tape.count
        assert sum(row.nbytes for row in rows) == profile.memory.stored == tape.memory().stored
        assert np.isclose(sum(row.forward for row in rows), profile.forward) and np.isclose(sum(row.reverse for row in rows), profile.reverse)
        assert np.isclose(sum(row.share for row in rows) * profile.seconds, profile.forward + profile.reverse)
        assert len({(row.what, row.filename) for row in rows}) == len(rows)
        assert all(a.seconds >= b.seconds for a, b in zip(rows, rows[1:], strict=False))
        assert all(row.forward >= 0.0 and row.reverse >= 0.0 for row in rows)
        leaves = [row for row in rows if row.what == LEAVES]
        assert sum(row.seconds for row in leaves) == 0.0
    assert np.isclose(profile.forward + profile.reverse + profile.around, profile.seconds)
    assert min(profile.forward, profile.reverse, profile.around, profile.scale) >= 0.0 and np.isfinite(profile.scale)
    text = str(profile)
    assert F.name in text and "calls" in text and tables[0][0].what[:20] in text
    return profile


def orbit(x: Any) -> Any:
    a, b = x[0], x[1]
    for _ in range(300):
        a, b = a + 0.1 * b, b - 0.1 * np.sin(a)
    return a * a + b


def chain(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def mixed(x: Any) -> Any:
    y = np.tanh(x)
    for i in range(60):
        y = y * 0.9 + x[i] * np.cos(y[i])
    A = y.reshape(20, -1)
    return np.sum(np.linalg.solve(A @ A.T + 400.0 * np.eye(20), A @ np.ones(A.shape[1])) ** 2) + np.sum(np.exp(-(y**2)))


CASES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "scalar loop": (orbit, np.array([1.0, 2.0])),
    "short runs": (chain, np.full(5, 0.3)),
    "runs": (chain, np.full(3000, 0.3)),
    "a plan": (chain, np.full(60_000, 0.3)),
    "matrices, runs and scalars": (mixed, np.linspace(0.1, 1.0, 1000)),
    "an array": (lambda x: np.sin(x) * x, np.ones(40)),
    "several results": (lambda x: (np.sin(x), {"s": np.sum(x), "c": 3.0}), np.ones(4)),
    "single": (chain, np.full(3000, 0.3, np.float32)),
    "complex": (lambda z: np.sum(np.abs(np.exp(z) * z) ** 2), np.ones(50) + 2j),
    "a complex result": (lambda z: np.exp(z) * z, np.ones(5) + 2j),
    "a call": (lambda x: np.sum(jt.checkpoint(lambda y: np.sin(y) * y)(x * 2.0)), np.ones(30)),
    "decided": (lambda x: np.sum(np.sort(x) ** 2) if x[0] > 0.0 else np.sum(x), np.array([1.0, 3.0, 2.0])),
    "cumsum": (lambda x: np.sum(np.cumsum(np.cumsum(x) * x)), np.ones(2000)),
    "indexed": (lambda x: np.sum(x[np.arange(1999, -1, -1) // 3] * x.reshape(40, 50).T.ravel()), np.ones(2000)),
    "sums of nothing": (lambda x: np.sum(x[:0] * 2.0) + np.sum(x), np.ones(4)),
    "nothing of it wanted": (lambda x: x[0] + 0.0 * np.sum(np.exp(x)), np.ones(2000)),
}


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_tables_add_up(name: str, compiled: bool) -> None:
    f, x = CASES[name]
    F = jt.record(f, x, source=True)
    before = F(x)
    if compiled:
        F.compile()
    profile = checked(F, x)
    assert bool(profile.compiled) <= compiled
    after = F(x)
    if not isinstance(before, tuple):
        np.testing.assert_array_equal(before, after)  # it has left nothing behind
        if np.size(before) == 1:
            np.testing.assert_array_equal(F.grad(x), jt.record(f, x).grad(x))


@examples(20)
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4), st.lists(st.sampled_from([-1.5, -0.25, 0.5, 2.0]), min_size=4, max_size=4), st.booleans())
def test_any_program(names: list[str], values: list[float], compiled: bool) -> None:
    def f(x: Any) -> Any:
        v = x * 1.0
        for name in names:
            v = STEPS[name](v, 0.5)
        return np.sum(v * v)

    x = np.array(values)
    F = jt.record(f, np.array([0.7, -0.3, 1.1, 0.2]), source=True)
    if compiled:
        F.compile()
    checked(F, x)


def firsts(F: Any, x: Any) -> Iterator[Any]:
    """The line that takes longest, of some profiles: where others keep the machine busy, one may be wrong."""
    for _ in range(4):
        yield F.profile(x, measure_for=0.1).by_line()[0]


def test_what_takes_long_is_told() -> None:
    n = 50_000

    def f(x: Any) -> Any:
        y = x + 1.0
        y = np.tan(np.arctan(np.sinh(np.cbrt(np.arcsinh(np.expm1(np.log1p(y)))))))
        return np.sum(y)

    F = jt.record(f, np.ones(n), source=True)
    for _ in range(2):
        assert any("np.tan" in first.code and first.calls == 7 for first in firsts(F, np.ones(n)))
        F.compile()


def test_stretches_are_told_apart() -> None:
    """Two halves of one operation each, the first a copy: what is in a loop of tangents takes longer."""

    def f(x: Any) -> Any:
        a = b = x
        for _ in range(5000):
            a = a + 0.001
        for _ in range(5000):
            b = np.tan(b * 0.5)
        return a * b

    F = jt.record(f, 0.5, source=True)
    for _ in range(2):
        assert any(first.code == "b = np.tan(b * 0.5)" and first.calls == 10_000 for first in firsts(F, 0.5))
        F.compile()


def test_operations_are_weighed_among_their_neighbours() -> None:
    """A loop of three additions and a tangent a turn: one of these takes longer than one of those."""

    def f(x: Any) -> Any:
        a = x
        for _ in range(2000):
            b = a + 0.1
            b = b + 0.1
            b = b + 0.1
            a = np.tan(b)
        return a

    F = jt.record(f, 0.5, compile=False)
    found = []
    for _ in range(4):  # where others keep the machine busy, one may be wrong
        rows = {row.what: row for row in F.profile(0.5, measure_for=0.1).by_operation()}
        assert rows["add"].calls == 3 * rows["tan"].calls and rows["add"].seconds > 0.0
        found.append(rows["tan"].seconds / rows["tan"].calls > rows["add"].seconds / rows["add"].calls)
        if found[-1]:
            break
    assert any(found)


def test_what_a_compiled_loop_computes_twice() -> None:
    """Of sum(exp(x) + x), no value is stored: exp is computed again, as its derivative reads it, and the sum of the two is not."""

    def f(x: Any) -> Any:
        return np.sum(np.exp(x) + x)

    F = jt.record(f, np.ones(3000)).compile()
    loops = F.paths[0].replayed.loops
    assert loops is not None and [row.elements for row in loops.rows] == [True]
    codes = loops.bodies[0].codes
    assert [by_code(codes[j]).name for j in recomputed(loops.bodies[0])] == ["exp"]
    tape = F.tape
    starts = np.cumsum(lengths(tape.opcode[: tape.count], tape.arg1[: tape.count])) - lengths(tape.opcode[: tape.count], tape.arg1[: tape.count])
    twice = of_slots(loops, (0, 1), starts)
    assert [tape.listing(k, 1).split("= ")[1].split()[0] for k in np.flatnonzero(twice).tolist()] == ["exp"]


def test_loops_are_those_that_were_compiled() -> None:
    F = jt.record(orbit, np.array([1.0, 2.0]))
    loose = {row.what: row.calls for row in F.profile(np.ones(2), measure_for=0.0).by_loop()}
    report = F.compile(report=True)[0]
    profile = F.profile(np.ones(2), measure_for=0.0)
    rows = {row.what: row.calls for row in profile.by_loop()}
    assert profile.compiled == report.compiled
    (loop,) = [what for what in rows if what.startswith("%")]
    assert loop in report.lines and rows[loop] == report.compiled and loop in loose
    assert "(outside loops)" in rows and "in compiled loops" in str(profile)


def test_the_path_of_the_point() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.exp(x)) if x[0] > 0.0 else np.sum(np.sin(x) * x)

    F = jt.record(f, np.ones(30))
    assert "exp" in {row.what for row in F.profile(np.ones(30), measure_for=0.0).by_operation()}
    assert "sin" in {row.what for row in F.profile(-np.ones(30), measure_for=0.0).by_operation()}
    G = jt.record(f, np.ones(30), on_branch="raise")
    with pytest.raises(BranchChanged, match="another way"):
        G.profile(-np.ones(30))


def test_it_is_no_use_of_the_function() -> None:
    F = jt.record(chain, np.ones(2000))
    F.grad(np.ones(2000))
    hits = F.paths[0].hits
    F.profile(np.ones(2000), measure_for=0.05)
    assert F.paths[0].hits == hits


def test_several_arguments_and_parameters() -> None:
    F = jt.record(lambda x, y, a: np.sum(a * x * y["b"]), np.ones(3), {"b": np.ones(3)}, a=np.ones(3))
    checked(F, np.ones(3), {"b": np.ones(3)})
    checked(F, np.ones(3), {"b": np.ones(3)}, a=np.full(3, 2.0))


def test_a_compiled_function_of_the_user() -> None:
    import numba

    @numba.njit
    def f(x: Any) -> Any:
        total = 0.0
        for i in range(x.size):
            total += np.sin(x[i]) * x[i]
        return total

    profile = checked(jt.record(f, np.ones(50)), np.ones(50))
    assert {row.what: row.calls for row in profile.by_operation()}["sin"] == 50


def test_bad_input() -> None:
    F = jt.record(chain, np.ones(3))
    with pytest.raises(ValueError, match=r"shape \(3,\), called with shape \(4,\)"):
        F.profile(np.ones(4))
    with pytest.raises(TypeError, match="1 argument, called with 0"):
        F.profile()
    with pytest.raises(ValueError, match="measure_for is a number of seconds"):
        F.profile(np.ones(3), measure_for=-1.0)
    with pytest.raises(ValueError, match="source=True"):
        F.profile(np.ones(3), measure_for=0.0).by_line()
    with pytest.raises(ValueError, match="by is .*, not 'time'"):
        F.profile(np.ones(3), measure_for=0.0).plot("time")
    for f in (lambda x: x, lambda x: 3.0):
        with pytest.raises(ValueError, match="computes nothing"):
            jt.record(f, 1.0).profile(1.0)


def test_long_tables_are_folded() -> None:
    functions = [np.exp, np.sin, np.cos, np.tan, np.arctan, np.tanh, np.sinh, np.cosh, np.log1p, np.expm1, np.sqrt, np.square, np.abs, np.cbrt, np.log, np.exp2]

    def f(x: Any) -> Any:
        return sum(np.sum(g(x)) for g in functions)

    profile = checked(jt.record(f, np.full(3, 0.5)), np.full(3, 0.5))
    rows = profile.by_operation()
    assert len(rows) > SHOWN
    printed = str(profile).split("\n")
    assert len(printed) == 3 + SHOWN and printed[-1].endswith(f"({len(rows) - SHOWN + 1} more)")


def less_than(x: Any, y: Any) -> Any:
    return np.sum(np.where(x < y, x * x, np.exp(x)))  # a & b


def test_html_is_escaped_and_a_table() -> None:
    F = jt.record(less_than, np.ones(3), np.zeros(3), source=True)
    F.name = "<b>f</b>"
    profile = F.profile(np.ones(3), np.zeros(3), measure_for=0.0)
    shown = profile._repr_html_()
    assert "<b>" not in shown and html.escape("<b>f</b>") in shown and html.escape("np.where(x < y") in shown
    assert shown.count("<table>") == 2 and shown.count("<tr>") == shown.count("</tr>")
    svg = profile.svg
    assert svg.startswith("<svg ") and "<b>" not in svg and "x < y" not in svg and svg.count("<text") > len(profile.by_line())
    assert re.search(r'width="[0-9.]+" height="16"', svg)


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    profile = jt.record(chain, np.ones(3)).profile(np.ones(3), measure_for=0.0)
    with pytest.raises(ImportError, match=r'Profile.plot needs matplotlib \(pip install "jittape\[plot\]"\); print\(profile\)'):
        profile.plot()


def test_plot() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    F = jt.record(orbit, np.ones(2), source=True).compile()
    profile = F.profile(np.ones(2), measure_for=0.0)
    for by in ("", "line", "operation", "loop"):
        ax = profile.plot(by)
        assert len(ax.get_yticklabels()) == len({"": profile.by_line, "line": profile.by_line, "operation": profile.by_operation, "loop": profile.by_loop}[by]())
    assert profile.plot(ax=ax) is ax
