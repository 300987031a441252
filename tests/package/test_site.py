"""The documentation site: notebooks print what they show, and the navigation leads to every page. `.ci/run` builds it, too."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs/site"
NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")


def module(name):
    spec = importlib.util.spec_from_file_location(name, SITE / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


notebooks, performance, pictures = module("notebooks"), module("performance"), module("pictures")
BOOKS = sorted(notebooks.PLACE.glob("*.ipynb"))


@pytest.mark.examples
@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.stem)
def test_a_notebook_prints_what_it_shows(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for cell, text in notebooks.run(path):
        shown, text = notebooks.printed(cell).rstrip(), text.rstrip()
        assert NUMBER.sub("#", text).split() == NUMBER.sub("#", shown).split()
        numbers = [[float(x.replace(",", "")) for x in NUMBER.findall(t)] for t in (text, shown)]
        assert numbers[0] == pytest.approx(numbers[1], rel=0.05, abs=0.01)  # other libraries of linear algebra round otherwise


def test_there_are_three_notebooks():
    assert len(BOOKS) >= 3


def test_the_navigation_leads_to_every_page():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")}
    missing = [p for p in sorted(pages) if not p.startswith("decisions/") and f" {p}\n" not in nav]
    assert not missing, f"put these into the navigation of mkdocs.yml: {missing}"


def test_the_page_of_performance_has_every_engine_of_a_result():
    text, drawings = performance.page(ROOT / "bench/results")
    _, rows = performance.read(ROOT / "bench/results/w1.csv")
    assert all(performance.cell(row["engine"]) in text for row in rows)
    assert len(drawings) > 40 and all(d.startswith("<svg") for d in drawings.values())


def test_the_drawing_of_the_readme_shows_the_results():
    drawn = (ROOT / "docs/images/speed.svg").read_text(encoding="utf-8")
    assert drawn == performance.summary(ROOT / "bench/results"), "run python docs/site/performance.py"


def test_the_words_of_the_readme_count_what_its_drawing_shows():
    said = re.search(r"of (\d+) cases code by hand is faster in (\d+), JAX in (\d+), CasADi in (\d+), PyTorch in (\d+)]", (ROOT / "README.md").read_text())
    assert tuple(map(int, said.groups())) == (len(performance.SUMMARY), *performance.faster(ROOT / "bench/results").values())


def test_every_example_has_its_picture_or_is_of_words():
    found = {p.stem for p in (ROOT / "examples").glob("*.py")}
    assert found == set(pictures.DRAWERS) | set(pictures.OWN) | set(pictures.NONE) and len(pictures.DRAWERS) + len(pictures.OWN) > 20
    for name in [*pictures.DRAWERS, *(re.sub(r"^\d+_", "", name) for name in pictures.OWN)]:
        assert (ROOT / f"docs/images/{name}.png").read_bytes()[:4] == b"\x89PNG", name
    assert pictures.gallery() in (ROOT / "docs/examples.md").read_text(encoding="utf-8")


@pytest.mark.examples
@pytest.mark.parametrize("name", ["20_kepler", "43_navier_stokes"])
def test_a_picture_is_drawn(name, tmp_path):
    pytest.importorskip("matplotlib")
    assert pictures.picture(name, tmp_path).stat().st_size > 5000


def test_the_page_of_environment_variables_has_each():
    page = (ROOT / "docs/environment.md").read_text(encoding="utf-8")
    places = [*(ROOT / "jittape").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "mkdocs.yml", ROOT / ".ci/run"]
    known = {name for p in places for name in re.findall(r"JITTAPE_[A-Z_]*[A-Z]", p.read_text(encoding="utf-8"))}
    assert known == set(re.findall(r"`(JITTAPE_[A-Z_]+)`", page))


def test_every_bar_of_the_benchmarks_finds_its_results():
    said = subprocess.run([sys.executable, "-m", "bench.bars"], cwd=ROOT, capture_output=True, text=True)
    assert not said.stderr
    lines = [line for line in said.stdout.splitlines() if line.startswith("bar: ")]
    assert len(lines) > 50
    assert not [line for line in lines if "not measured" in line]
