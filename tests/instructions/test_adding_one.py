"""A structural instruction is added in a folder of its own and two lines of numbers: the demonstration of docs/architecture.md."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jittape

HERE = Path(__file__).parent
NUMBERS = (
    ("SEGMENT_SUM, CALL = range(120, 127)", "SEGMENT_SUM, CALL, WEAVE = range(120, 128)"),
    ('    CALL: "call",\n', '    CALL: "call",\n    WEAVE: "weave",\n'),
)
PROGRAM = '''
import pickle
import numpy as np, jittape as jt
from jittape.array.array import Array
from jittape.instructions.weave import INSTRUCTION
assert jt.__file__.startswith(FOLDER), jt.__file__

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
print("good")
'''


def test_an_instruction_is_a_folder_and_two_lines(tmp_path: Path) -> None:
    shutil.copytree(Path(jittape.__file__).parent, tmp_path / "jittape", ignore=shutil.ignore_patterns("__pycache__"))
    numbers = tmp_path / "jittape/ops/layout.py"
    text = numbers.read_text(encoding="utf-8")
    for old, new in NUMBERS:
        assert old in text
        text = text.replace(old, new)
    numbers.write_text(text, encoding="utf-8")
    home = tmp_path / "jittape/instructions/weave"
    home.mkdir()
    for part, file in (("init", "__init__.py"), ("native", "native.py"), ("lanes", "lanes.py")):
        shutil.copy(HERE / f"weave_{part}.txt", home / file)
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "JITTAPE_CACHE_DIR": str(tmp_path / "cache")}
    program = f"FOLDER = {str(tmp_path)!r}\n{PROGRAM}"
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert result.stdout.split() == ["good"], result.stderr
