"""The generated files are those of the table. That a line is all an operation takes is shown in instructions/test_adding_one.py."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import jittape
from jittape.ops import generate
from jittape.ops.layout import FIRST_STRUCTURAL
from jittape.ops.spec import BY_NAME, OPS

ROOT = Path(__file__).resolve().parents[2]


def run(where, *argv):
    """Run Python in a directory, whose package comes first, with a cache of its own."""
    env = {**os.environ, "JITTAPE_CACHE_DIR": str(Path(where) / "cache")} if where != ROOT else None
    return subprocess.run([sys.executable, *argv], cwd=where, capture_output=True, text=True, timeout=300, env=env)


def test_generated_files_are_fresh():
    """The files beside the table that is imported here, and those of the repository, the reference page included."""
    stale = [path.name for path, text in generate.files().items() if path.read_text(encoding="utf-8") != text]
    assert stale == []
    if (ROOT / "jittape").is_dir():
        result = run(ROOT, "-m", "jittape.ops.generate", "--check")
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_reference_page_names_every_operation():
    page = generate.reference()
    for op in OPS:
        assert page.count(f"\n| `{op.name}` |") == 1
        assert op.doc, f"{op.name} has no doc"


@pytest.fixture
def copy(tmp_path):
    """A copy of the package, to be edited."""
    package = Path(jittape.__file__).parent
    shutil.copytree(package, tmp_path / "jittape", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "docs").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('op("sin", 1, z="x", dx="1")\n', "declared twice"),
        ('op("odd", 1, z="x", dx="spline(x)")\n', "no operation of the table"),
        ('op("loop", 1, z="x + loop(x)", dx="1")\n', "in a circle"),
    ],
)
def test_wrong_lines_are_refused(copy, line, message):
    with open(copy / "jittape/ops/table.py", "a", encoding="utf-8") as file:
        file.write(line)
    result = run(copy, "-m", "jittape.ops.generate", "--check")
    assert result.returncode != 0
    assert message in result.stderr


def test_opcodes_are_distinct_and_in_range():
    codes = [op.code for op in OPS]
    assert len(set(codes)) == len(codes) == len(BY_NAME)
    assert min(codes) == 4 and max(codes) < FIRST_STRUCTURAL
