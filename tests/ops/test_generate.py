"""The generated files are those of the table, and one line of the table is all that an operation takes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import jittape
from jittape.ops import generate
from jittape.ops.spec import BY_NAME, OPS

ROOT = Path(__file__).resolve().parents[2]
LINE = 'op("cubic", 1, z="x * x * x + x", dx="3 * x * x + 1", numpy="", doc="x**3 + x.")\n'


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


def test_an_operation_is_one_line_of_one_file(copy):
    """The demonstration of docs/architecture.md. It is a cold start too, which says so once, on standard error."""
    table = copy / "jittape/ops/table.py"
    text = table.read_text(encoding="utf-8")
    place = text.index('op("neg", 1')  # in the middle: every later opcode moves
    table.write_text(text[:place] + LINE + text[place:], encoding="utf-8")

    assert run(copy, "-m", "jittape.ops.generate", "--check").returncode == 1
    result = run(copy, "-m", "jittape.ops.generate")
    assert result.returncode == 0, result.stderr
    assert f"{len(OPS) + 1} operations" in result.stdout
    assert run(copy, "-m", "jittape.ops.generate", "--check").returncode == 0
    assert "`cubic`" in (copy / "docs/operations.md").read_text(encoding="utf-8")

    program = copy / "program.py"
    program.write_text(
        "import numpy as np, jittape as jt\n"
        "from jittape.array.array import apply\n"
        "from jittape.ops._generated.opcodes import CUBIC\n"
        "def f(x):\n"
        "    return np.sum(apply(CUBIC, x) * np.array([1.0, 10.0]))\n"
        "x = np.array([2.0, 3.0])\n"
        "assert jt.grad(f)(x).tolist() == [13.0, 280.0], jt.grad(f)(x)\n"
        "assert jt.hessian(f)(x).tolist() == [[12.0, 0.0], [0.0, 180.0]], jt.hessian(f)(x)\n"
        "assert jt.jvp(lambda x: apply(CUBIC, x), (2.0,), (1.0,)) == (10.0, 13.0)\n"  # the scalar switch
        "assert jt.grad(lambda x: -x)(2.0) == -1.0\n"  # whose opcode has moved
        "print('good', jt.__file__)\n",
        encoding="utf-8",
    )
    result = run(copy, str(program))
    assert result.returncode == 0, result.stderr
    assert str(copy) in result.stdout
    assert result.stderr.count("compiling native code for the first time") == 1
    result = run(copy, str(program))
    assert result.returncode == 0 and result.stderr == ""  # a warm start


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('op("sin", 1, z="x", dx="1")\n', "declared twice"),
        ('op("odd", 1, z="x", dx="spline(x)")\n', "no operation of the table"),
        ('op("loop_a", 1, z="x + loop_a2(x)", dx="1")\nop("loop_a2", 1, z="x + loop_a(x)", dx="1")\n', "in a circle"),
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
    assert min(codes) == 4 and max(codes) < 120
