"""What docs/architecture.md demonstrates, in one copy of the package: an elementwise operation is one line of the table, a structural
instruction a folder of its own and two lines of numbers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jittape
from jittape.ops.spec import OPS

HERE = Path(__file__).parent
LINE = 'op("cubic", 1, z="x * x * x + x", dx="3 * x * x + 1", numpy="", doc="x**3 + x.")\n'
NUMBERS = (
    ("RUN = 1024\n", "WEAVE = 1008\nRUN = 1024\n"),
    ('    CALL: "call",\n', '    CALL: "call",\n    WEAVE: "weave",\n'),
)
OPERATION = """
import numpy as np, jittape as jt
from jittape.array.array import apply
from jittape.ops._generated.opcodes import CUBIC
assert jt.__file__.startswith(FOLDER), jt.__file__
def f(x):
    return np.sum(apply(CUBIC, x) * np.array([1.0, 10.0]))
x = np.array([2.0, 3.0])
assert jt.grad(f)(x).tolist() == [13.0, 280.0], jt.grad(f)(x)
assert jt.hessian(f)(x).tolist() == [[12.0, 0.0], [0.0, 180.0]], jt.hessian(f)(x)
assert jt.jvp(lambda x: apply(CUBIC, x), (2.0,), (1.0,)) == (10.0, 13.0)  # the scalar switch
assert jt.grad(lambda x: -x)(2.0) == -1.0  # whose opcode has moved
"""
INSTRUCTION = '''
import pickle
import numpy as np, jittape as jt
from jittape.array.array import Array
from jittape.instructions.weave import INSTRUCTION

def weave(x):
    return Array.of_run(x.tape, INSTRUCTION.append(x.tape, x.slots), x.shape)

def by_instruction(x):
    return np.sum(weave(np.sin(x[1:]) * x[0]) * np.arange(1.0, 6.0)) + np.sum(weave(x[::-2]) ** 2)

def by_hand(x):
    y, z = np.sin(x[1:]) * x[0], x[::-2]
    return np.sum(y * y[::-1] * np.arange(1.0, 6.0)) + np.sum((z * z[::-1]) ** 2)

def same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)

x = np.array([0.3, -1.2, 2.5, 0.7, -0.1, 1.9])
v = np.linspace(-1.0, 1.0, 6)
same(jt.value_and_grad(by_instruction)(x)[0], by_hand(x))
same(jt.grad(by_instruction)(x), jt.grad(by_hand)(x))
same(jt.jvp(by_instruction, (x,), (v,))[1], jt.jvp(by_hand, (x,), (v,))[1])
same(jt.hessian(by_instruction)(x), jt.hessian(by_hand)(x))
same(jt.grad(lambda x: np.sum(jt.grad(by_instruction)(x) ** 2))(x), jt.grad(lambda x: np.sum(jt.grad(by_hand)(x) ** 2))(x))
F, G = jt.record(by_instruction, x), jt.record(by_hand, x)
for y in (x, 2.0 * x[::-1]):
    same(F.grad(y), G.grad(y))
    same(F.hessian(y), G.hessian(y))
    same(F.hvp(y, v), G.hvp(y, v))
    same(F.sparse_hessian(y).toarray(), G.hessian(y))
X = np.random.default_rng(0).normal(size=(40, 6))
for math in ("fast", "precise"):
    same(F.batch_grad(X, math=math), [G.grad(row) for row in X])
assert " weave %" in F.tape.listing()
H = pickle.loads(pickle.dumps(F))
same(H.grad(x), G.grad(x))
E = jt.record(lambda x: np.sum(np.log(weave(x - 0.3))), x)
assert E.explain_nan(x) and "weave" in str(E.explain_nan(x))
f32 = jt.grad(by_instruction)(x.astype(np.float32))
np.testing.assert_allclose(f32, jt.grad(by_hand)(x), rtol=1e-4, atol=1e-4)
'''


def run(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the directory of the copy, with a cache of its own."""
    env = {**os.environ, "PYTHONPATH": str(where), "JITTAPE_CACHE_DIR": str(where / "cache")}
    return subprocess.run([sys.executable, *arguments], cwd=where, env=env, capture_output=True, text=True, timeout=600, check=False)


def add_operation(where: Path) -> None:
    table = where / "jittape/ops/table.py"
    text = table.read_text(encoding="utf-8")
    place = text.index('op("neg", 1')  # in the middle: every later opcode moves
    table.write_text(text[:place] + LINE + text[place:], encoding="utf-8")
    assert run(where, "-m", "jittape.ops.generate", "--check").returncode == 1
    result = run(where, "-m", "jittape.ops.generate")
    assert result.returncode == 0, result.stderr
    assert f"{len(OPS) + 1} operations" in result.stdout
    assert run(where, "-m", "jittape.ops.generate", "--check").returncode == 0
    assert "`cubic`" in (where / "docs/operations.md").read_text(encoding="utf-8")


def add_instruction(where: Path) -> None:
    numbers = where / "jittape/ops/layout.py"
    text = numbers.read_text(encoding="utf-8")
    for old, new in NUMBERS:
        assert old in text
        text = text.replace(old, new)
    numbers.write_text(text, encoding="utf-8")
    home = where / "jittape/instructions/weave"
    home.mkdir()
    for part, file in (("init", "__init__.py"), ("native", "native.py"), ("lanes", "lanes.py")):
        shutil.copy(HERE / f"weave_{part}.txt", home / file)


def test_an_operation_is_a_line_and_an_instruction_a_folder(tmp_path: Path) -> None:
    """Both in one copy, as what takes time is its cold start, which says so once, on standard error."""
    shutil.copytree(Path(jittape.__file__).parent, tmp_path / "jittape", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "docs").mkdir()
    add_operation(tmp_path)
    add_instruction(tmp_path)
    folder = f"FOLDER = {str(tmp_path)!r}\n"
    result = run(tmp_path, "-c", folder + OPERATION + INSTRUCTION)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("compiling native code that is needed for the first time") == 1
    result = run(tmp_path, "-c", folder + OPERATION)
    assert result.returncode == 0 and result.stderr == "", result.stderr  # a warm start
