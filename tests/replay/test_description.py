"""What a recorded function tells of itself, and pictures of tapes: figures are the tape's own, folded ones add up, files are what their names say."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import jittape as jt


def orbit(x):
    a, b = x[0], x[1]
    for _ in range(200):
        a, b = a + 0.1 * b, b - 0.1 * np.sin(a)
        if a > 5:
            b = -b
    return a * a + b


@pytest.fixture(scope="module")
def recorded():
    return jt.record(orbit, np.array([1.0, 2.0]), source=True)


@pytest.mark.parametrize("fold", ["none", "lines", "loops", "auto"])
def test_a_drawing_has_every_instruction_once_and_reads_what_is_read(recorded, fold):
    drawing = recorded.tape.draw(fold)
    assert sum(row.count for row in drawing.rows) == recorded.tape.count
    assert sum(row.guards.total() for row in drawing.rows) == len(recorded.tape.guards)
    root = ElementTree.fromstring(drawing.svg)
    assert len(root.findall(".//{*}rect")) == len(drawing.rows) + 1
    assert len(root.findall(".//{*}path[@fill='none']")) == sum(len(row.reads) for row in drawing.rows)
    assert all(f"#{k}" in str(drawing) for k in range(len(drawing.rows)))


def test_folds(recorded):
    lines = recorded.tape.draw().rows
    assert [row.label.partition(" ")[0].partition(":")[0] for row in lines[2:]] == ["test_description.py"] * (len(lines) - 2)
    loops = recorded.tape.draw("loops").rows
    assert len(loops) < 10 and any("turns of" in row.label and row.kind == "loop" for row in loops)
    by_hand = jt.record(lambda x: x * x + 1.0, 3.0).tape.draw()
    assert [dict(row.reads) for row in by_hand.rows] == [{}, {0: 1}, {}, {1: 1, 2: 1}]


def test_files(recorded, tmp_path):
    drawing = recorded.tape.draw()
    drawing.save(tmp_path / "a.svg")
    drawing.save(tmp_path / "a.dot")
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")
    text = (tmp_path / "a.dot").read_text(encoding="utf-8")
    assert text.startswith("digraph") and text.count("->") == sum(len(row.reads) for row in drawing.rows)
    with pytest.raises(ValueError, match=r"\.svg, \.dot or \.gv, not as \.png"):
        drawing.save(tmp_path / "a.png")


def test_bad_input(recorded):
    with pytest.raises(ValueError, match="fold is one of 'auto'"):
        recorded.tape.draw("everything")
    with pytest.raises(ValueError, match="source=True"):
        jt.record(orbit, np.array([1.0, 2.0])).tape.draw("lines")


def test_labels_are_escaped():
    F = jt.record(lambda x: x * 2.0 if x < 3.0 and x > -1.0 else x, 1.0)
    ElementTree.fromstring(F.tape.draw().svg)
    assert "<x" not in F._repr_html_()


def test_a_description_has_the_figures_of_each_path():
    F = jt.record(lambda x, a=None: a * x[0] if x[0] > 0 else x[1] ** 2, np.array([1.0, 2.0]), a=np.float64(3.0))
    F(np.array([-1.0, 2.0]))
    found = F.describe()
    assert found.arguments == ["ndarray[2]"] and found.results == [()] and set(found.parameters) == {"a"}
    assert len(found.paths) == 2 and [p.slots for p in found.paths] == [p.tape.slots for p in F.paths]
    assert "was False" in found.paths[0].conditions[0] and "was True" in found.paths[1].conditions[0]
    assert str(found).count("path ") == 2 and F._repr_html_().count("<tr>") == 3
    assert found.paths[0].compiled is None


def test_a_description_tells_what_is_compiled(recorded):
    F = jt.record(orbit, np.array([1.0, 2.0])).compile()
    (path,) = F.describe().paths
    assert 1000 < path.compiled <= path.instructions
    assert path.conditions[0].endswith("199 times") or path.conditions[1].endswith("199 times")
