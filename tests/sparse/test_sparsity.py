"""Patterns and colours to be looked at: against the matrices themselves, against what colours give, and as text and pictures."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.errors import GradientError
from jittape.replay import sparse
from jittape.sparse.colouring import recover
from jittape.sparse.sparsity import FINE, PALETTE, SMALL, Sparsity


def band(x: Any) -> Any:
    return np.sum(x[1:] ** 2 * x[:-1])


def grid(x: Any) -> Any:
    u = x.reshape(-1, 13)
    return np.sum((u[1:] - u[:-1]) ** 4) + np.sum((u[:, 1:] - u[:, :-1]) ** 4)


def rows(x: Any) -> Any:
    return np.concatenate([x[:1] * np.sum(x).reshape(1), x[1:] * x[:-1]])


def dense(x: Any) -> Any:
    return np.linalg.det(x.reshape(3, 3)) + np.sum(np.linalg.inv(x.reshape(3, 3)))


CASES: dict[str, tuple[Callable[[Any], Any], Any, str]] = {
    "band": (band, np.linspace(1.0, 2.0, 7), "hessian"),
    "long band": (band, np.linspace(1.0, 2.0, 500), "hessian"),
    "grid": (grid, np.linspace(1.0, 2.0, 130) ** 2, "hessian"),
    "dense": (dense, np.eye(3).ravel() + 0.1, "hessian"),
    "rows": (rows, np.linspace(1.0, 2.0, 12), "jacobian"),
    "a wide Jacobian": (lambda x: x[::3] * x[1::3], np.ones(300), "jacobian"),
    "a Jacobian of one row": (band, np.linspace(1.0, 2.0, 7), "jacobian"),
    "single": (grid, (np.linspace(1.0, 2.0, 26) ** 2).astype(np.float32), "hessian"),
}


@pytest.mark.parametrize("by", ["", "products"])
@pytest.mark.parametrize("name", CASES)
def test_pattern_and_colours_are_the_matrix_s(name: str, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    f, x, of = CASES[name]
    if by:
        monkeypatch.setattr(sparse, "entries", lambda function: None)
        monkeypatch.setattr(sparse, "jacobian_entries", lambda function: None)
    F = jt.record(f, x)
    found = F.sparsity(x) if of == "hessian" or np.size(F(x)) > 1 else F.sparsity(x, of=of)
    matrix = F.sparse_hessian(x) if of == "hessian" else jt.record(lambda x: np.atleast_1d(f(x)), x).sparse_jacobian(x) if np.ndim(F(x)) == 0 else F.sparse_jacobian(x)
    assert found.what == of.title() and found.shape == matrix.shape and found.name == F.name
    assert np.array_equal(found.indptr, matrix.indptr) and np.array_equal(found.indices, matrix.indices)
    assert found.nnz == matrix.nnz and found.density == matrix.nnz / np.prod(matrix.shape)
    assert (found.pattern.toarray() == (found.pattern.toarray() != 0)).all() and found.pattern.nnz == matrix.nnz
    assert found.by == (by or ("products" if name == "dense" else "entries"))
    a, b = matrix.toarray().nonzero()
    assert found.bandwidth >= np.abs(a - b).max() and found.longest_row == np.diff(matrix.indptr).max()
    plan = found.plan  # the colours read the matrix
    if of == "hessian":
        assert np.allclose(recover(plan.seeds() @ matrix.toarray(), plan), matrix.data)
        assert found.column_colours is found.row_colours and found.colours == plan.count
    else:
        compressed = np.empty(plan.size)
        right, left = plan.parts(compressed)
        right[...], left[...] = plan.column_seeds() @ matrix.toarray().T, plan.row_seeds() @ matrix.toarray()
        assert np.allclose(recover(compressed, plan), matrix.data)
        assert found.colours == plan.columns + plan.rows


def test_text_of_a_small_one() -> None:
    text = str(jt.record(band, np.ones(4)).sparsity(np.ones(4)))
    head, how, *lines = text.split("\n")
    assert head == "Hessian of band: 4 x 4, 9 entries (56.25%), at most 3 a row, bandwidth 1"
    assert how == "found by its entries, in one replay; by colours it would take 3 products"
    assert lines[:5] == ["· ■ · ·", "■ ■ ■ ·", "· ■ ■ ■", "· · ■ ■", "───────"] and len(set(lines[5].split())) == 3
    ascii = jt.record(rows, np.ones(4)).sparsity(np.ones(4)).text(ascii=True)
    assert ascii.isascii() and ascii.split("\n")[0] == "x x x x  0"  # the long row has a direction on the left


@pytest.mark.parametrize("n", [SMALL, SMALL + 1, 5000])
def test_text_of_a_large_one_is_folded(n: int) -> None:
    found = jt.record(band, np.ones(n)).sparsity(np.ones(n))
    for ascii in (False, True):
        lines = found.text(ascii).split("\n")
        assert len(lines) <= SMALL + 2 and max(map(len, lines)) <= 2 * SMALL
        if n > SMALL:
            cells = np.array([[c != " " for c in line[1:-1]] for line in lines[1:-1]])
            m = cells.shape
            expected = np.zeros(m, bool)
            at = np.arange(n)
            for a, b in ((at[1:], at[1:]), (at[1:], at[:-1]), (at[:-1], at[1:])):
                expected[a * m[0] // n, b * m[1] // n] = True
            assert (cells == expected).all()


def test_a_full_block_is_dark_and_an_empty_pattern_is_empty() -> None:
    n = 100
    F = jt.record(lambda x: np.sum(x) ** 2, np.ones(n))
    assert set("".join(F.sparsity(np.ones(n)).text().split("\n")[1:-1])) == {"│", "█"}
    nothing = jt.record(lambda x: np.sum(x), np.ones(3)).sparsity(np.ones(3))
    assert nothing.nnz == 0 and "■" not in str(nothing) and "#" not in nothing.svg.replace("#ffffff", "").replace("#9e9e9e", "")
    constant = jt.record(lambda x: 3.0, np.ones(3)).sparsity(np.ones(3))
    assert constant.nnz == 0 and constant.shape == (3, 3)


def test_pictures() -> None:
    small, large = (jt.record(band, np.ones(n)).sparsity(np.ones(n)) for n in (6, 20_000))
    root = ET.fromstring(small.svg)
    rects = [r for r in root if r.tag.endswith("rect")][1:]
    fills = {r.get("fill") for r in rects}
    assert fills <= set(PALETTE) and len(fills) == small.colours
    size = int(rects[0].get("height") or 0)
    assert sum(int(r.get("width") or 0) // size for r in rects) == small.nnz
    ET.fromstring(large.svg)
    assert len(large.svg) < 60_000
    full = jt.record(lambda x: np.sum(x) ** 2, np.ones(1000)).sparsity(np.ones(1000))
    assert len(full.svg) < 30_000 and len(full._repr_html_()) < 30_000


def test_html_is_escaped(tmp_path: Path) -> None:
    F = jt.record(band, np.ones(4))
    F.name = "<script>f</script>"
    found = F.sparsity(np.ones(4))
    assert "<script>" not in found._repr_html_() and "&lt;script&gt;" in found._repr_html_() and "<svg" in found._repr_html_()
    found.save(tmp_path / "pattern.svg")
    assert (tmp_path / "pattern.svg").read_text(encoding="utf-8") == found.svg
    with pytest.raises(ValueError, match=r"saved as .svg, not as .png"):
        found.save(tmp_path / "pattern.png")


def test_bad_input() -> None:
    F = jt.record(rows, np.ones(4))
    with pytest.raises(ValueError, match='of is "hessian", "jacobian" or None'):
        F.sparsity(np.ones(4), of="gradient")
    with pytest.raises(GradientError, match="does not return one recorded scalar"):
        F.sparsity(np.ones(4), of="hessian")
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        F.sparsity(np.ones(5))
    with pytest.raises(GradientError, match="real"):
        jt.record(lambda z: np.sum(np.abs(z)), np.ones(2) + 1j).sparsity(np.ones(2) + 1j)
    with pytest.raises(GradientError, match="one recorded array"):
        jt.record(lambda x: (x, x * x), np.ones(2)).sparsity(np.ones(2))


def test_the_path_of_the_point() -> None:
    F = jt.record(lambda x: np.sum(x**2) if x[0] > 0.0 else np.sum(x) ** 2, np.ones(4))
    assert F.sparsity(np.ones(4)).nnz == 4 and F.sparsity(-np.ones(4)).nnz == 16


def test_parameters() -> None:
    F = jt.record(lambda x, a: np.sum(a * x**2), np.ones(4), a=np.ones(4))
    assert F.sparsity(np.ones(4), a=np.full(4, 2.0)).nnz == 4


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'Sparsity.plot needs matplotlib \(pip install "jittape\[plot\]"\); print\(sparsity\)'):
        jt.record(band, np.ones(4)).sparsity(np.ones(4)).plot()


@pytest.mark.parametrize("n", [6, FINE + 30])
def test_plot(n: int) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    found = jt.record(band, np.ones(n)).sparsity(np.ones(n))
    ax = found.plot()
    assert re.search(f"{found.nnz} entries, 3 colours", ax.get_title())
    image = np.asarray(ax.images[0].get_array())
    assert (image.reshape(*image.shape[:2], -1) != image[0, -1]).any(axis=2).sum() == (found.nnz if n <= FINE else (found._blocks(FINE, FINE) > 0.0).sum())
    assert found.plot(ax) is ax and isinstance(found, Sparsity)
