"""What things show of themselves in Jupyter: HTML that is whole, escaped and small, beside the text that `print` shows."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.eager.printing import options
from jittape.integrate import scipy as minimisers
from jittape.tape.display import duration, shortened, table

BAD = "<b>&\"'"
VOID = {"br"}


class Page(HTMLParser):
    """The cells of tables and the text of HTML, whose elements must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag in {"p", "code", "table", "thead", "tbody", "tr", "th", "td", "pre", "br", "svg", "defs", "marker", "rect", "path", "text", "title", "g"}, tag
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        assert tag in {"rect", "path", "br"}, tag

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def page(shown: Any) -> Page:
    text = shown._repr_html_()
    assert len(text) < 100_000
    return Page(text)


def orbit(x: Any) -> Any:
    a, b = x[0], x[1]
    for _ in range(200):
        a, b = a + 0.1 * b, b - 0.1 * np.sin(a)
    return a * a + b if a < b else a  # compared: a < b & so on


def test_a_function_and_its_paths() -> None:
    F = jt.record(orbit, np.ones(2))
    F.name = BAD
    found = page(F)
    assert found.text.startswith(BAD) and found.rows[0][0] == "path" and found.rows[1][1] == "1,001"
    assert page(F.describe()).text == found.text


def test_a_tape_is_drawn_or_listed() -> None:
    for source in (False, True):
        F = jt.record(orbit, np.ones(2), source=source)
        shown = F.tape._repr_html_()
        assert F.tape.draw().svg in shown and page(F.tape).text.startswith(repr(F.tape))
    short = jt.record(lambda x: x * x, 2.0)
    assert short.tape.draw().svg in short.tape._repr_html_()

    def long(x: Any) -> Any:
        for _ in range(10_001):
            x = x + x * 0.5
        return x

    big = jt.record(long, 1e-9).tape
    assert "<svg" not in big._repr_html_() and str(big) in page(big).text


@pytest.mark.parametrize("make", [np.zeros, np.ones])
def test_tensors_of_each_number_of_axes(make: Any) -> None:
    for shape in ((), (1,), (3,), (0,), (2, 3), (0, 2), (2, 2, 2), (7,), (8,), (20, 3), (3, 20), (20, 20)):
        v = make(shape)
        t = jt.tensor(v)
        found = page(t)
        assert found.text.startswith(f"tensor of shape {shape}, float64")
        if not v.size or v.ndim > 2:
            assert not found.rows
            continue
        cells = [row[(v.ndim == 2) :] for row in found.rows[(v.ndim > 0) :]]
        if v.size and max(v.shape, default=0) <= 7:
            assert [float(c) for row in cells for c in row] == v.ravel().tolist()
        else:
            assert any("..." in row for row in found.rows) and len(cells) <= 7 and max(map(len, cells)) <= 7


def test_the_ends_of_a_long_tensor() -> None:
    rows = page(jt.tensor(np.arange(400.0).reshape(20, 20))).rows
    assert rows[0] == ["", "0", "1", "2", "...", "17", "18", "19"]
    assert rows[1] == ["0", "0.", "1.", "2.", "...", "17.", "18.", "19."]
    assert rows[4] == ["..."] * 8 and rows[-1] == ["19", "380.", "381.", "382.", "...", "397.", "398.", "399."]
    assert options.edgeitems == 3


def test_what_else_a_tensor_says() -> None:
    x = jt.tensor([1.0, 2.5], requires_grad=True)
    assert "requires_grad=True" in page(x).text
    y = x * 2
    assert "grad_fn=<MulBackward0>" in page(y).text and page(y).rows == [["0", "1"], ["2.", "5."]]
    assert "float32" in page(jt.tensor(np.ones(2, np.float32))).text
    assert page(jt.tensor([True, False])).rows[1] == ["True", "False"]
    assert page(jt.tensor([1 + 2j])).rows[1][0].endswith("2.j")
    assert page(jt.tensor([np.nan, np.inf])).rows[1] == ["nan", "inf"]
    assert "requires_grad" in page(jt.nn.Parameter(jt.ones(2))).text


def test_an_explanation() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.log(x - 1.0))  # <log>

    found = jt.record(f, np.full(3, 2.0)).explain_nan(np.array([2.0, 0.5, 3.0]))
    assert repr(found) == str(found) and page(found).text.replace("\n", "") in str(found).replace("\n", "") and "# <log>" in page(found).text
    nothing = jt.record(f, np.full(3, 2.0)).explain_nan(np.full(3, 2.0))
    assert page(nothing).text == str(nothing) == repr(nothing)


def test_a_report_and_memory() -> None:
    F = jt.record(orbit, np.ones(2))
    (report,) = F.compile(report=True)
    assert repr(report) == str(report) and page(report).text.replace("\n", "") == str(report).replace("\n", "")
    held = F.tape.memory()
    assert repr(held) == str(held) and [f"{held.peak:,}", "peak"] in page(held).rows
    part = jt.checkpoint(lambda x: np.sin(x))
    again = jt.record(lambda x: np.sum(part(x)), np.ones(5)).tape.memory()
    assert [f"{again.recomputed:,}", "values computed again"] in page(again).rows


def test_a_long_report_is_cut() -> None:
    from jittape.replay.compiled import SHOWN, Report

    long = Report(1, 1, 1, 0.5, tuple(f"line {k} <" for k in range(10_000)))
    assert len(page(long).text.split("\n")) == SHOWN + 1 and "9,900 more lines" in page(long).text


def test_profile_and_sparsity() -> None:
    F = jt.record(orbit, np.ones(2), source=True)
    F.name = BAD
    profile = F.profile(np.ones(2), measure_for=0.0)
    assert repr(profile) == str(profile)
    found = page(profile)
    assert found.text.startswith(BAD) and [row[5] for row in found.rows if "a < b & so on" in row[5]]
    pattern = F.sparsity(np.ones(2))
    assert repr(pattern) == str(pattern) and BAD in page(pattern).text


def rosen(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


RESULTS: dict[str, Callable[[], Any]] = {
    "minimize": lambda: minimisers.minimize(rosen, np.zeros(20)),
    "minimize, a structure": lambda: minimisers.minimize(lambda p: np.sum((p["a"] - 1.0) ** 2), {"a": np.zeros((2, 2))}),
    "least_squares": lambda: minimisers.least_squares(lambda x: x - np.arange(3.0), np.zeros(3)),
    "root": lambda: minimisers.root(lambda x: x**3 - 1.0, np.full(3, 2.0)),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_of_minimisers(name: str) -> None:
    from scipy.optimize import OptimizeResult

    found = RESULTS[name]()
    assert isinstance(found, OptimizeResult) and repr(found) == OptimizeResult.__repr__(found)
    rows = dict(page(found).rows)
    assert set(rows) == set(found) and rows["success"] == "True" and next(iter(rows)) == "success"
    assert all(len(cell) <= 200 for cell in rows.values())
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is type(found) and again.success


def test_many_problems() -> None:
    F = jt.record(lambda x, a: (x - a) ** 2, 0.0, a=1.0)
    found = jt.integrate.batch.minimize(F, np.zeros(3), a=np.array([1.0, 2.0, 3.0]))
    assert page(found).rows[1][0] == "3" and page(found).rows[1][2] == found.message(0)


def test_fits() -> None:
    t = np.linspace(0.0, 1.0, 20)
    fit = minimisers.curve_fit(lambda t, a, b: a * np.exp(-b * t), t, 2.0 * np.exp(-1.5 * t) + 0.01 * np.cos(40 * t))
    fit.names[0] = BAD
    rows = page(fit).rows
    cells = {row[0]: row[1] for row in rows if len(row) == 7}
    assert set(cells) == {"parameter", BAD, "b"} and float(cells["b"]) == pytest.approx(fit.x[1], rel=1e-9)
    for word in str(fit).split("\n")[0], "Correlations":
        assert word in page(fit).text
    shown = page(fit.intervals())
    assert shown.rows[0][1:4] == ["estimate", "std. error", "by"] and BAD in [row[0] for row in shown.rows]


def test_cells() -> None:
    assert Page(table((BAD,), [(BAD,)])).rows == [[BAD], [BAD]]
    assert shortened(np.arange(100.0)) == "[ 0.  1.  2. ... 97. 98. 99.]  (100,)" and shortened("x" * 300).endswith("...") and len(shortened("x" * 300)) == 200
    assert [duration(s) for s in (0.0, 3e-9, 1.5e-6, 999.7e-6, 0.0123, 2.0, 12345.0)] == ["0", "3 ns", "1.5 us", "1 ms", "12.3 ms", "2 s", "12,345 s"]


def test_importing_loads_no_profiles() -> None:
    code = "import sys, jittape; print([name for name in sys.modules if name.startswith(('jittape.replay.profile', 'jittape.sparse.sparsity', 'jittape.tape.display'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
