"""The floors of the package: what may import what stands in pyproject.toml, and import-linter sees what breaks it."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter")
ROOT = Path(__file__).parents[2]
CHECK = """
import sys
from importlinter.cli import lint_imports
sys.exit(lint_imports("pyproject.toml", cache_dir=sys.argv[1]))
"""


def checked(root: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the package in a folder; its cache stays out of the repository."""
    return subprocess.run([sys.executable, "-c", CHECK, str(cache)], cwd=root, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package's sources and contracts, to be spoilt."""
    root = tmp_path / "copy"
    shutil.copytree(ROOT / "jittape", root / "jittape", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_the_package_keeps_its_contracts(tmp_path: Path) -> None:
    found = checked(ROOT, tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr


VIOLATIONS = {
    "at the top of a module": ("tape/plan.py", "from jittape.replay import paths\n", "jittape.tape is not allowed to import jittape.replay"),
    "inside a function": (
        "tape/plan.py",
        "def late() -> object:\n    from jittape.functional import trace\n\n    return trace\n",
        "jittape.tape is not allowed to import jittape.functional",
    ),
    "a neighbour": ("optim/sgd.py", "import jittape.nn.module\n", "jittape.optim is not allowed to import jittape.nn"),
    "eager tensors in a recorded function": ("replay/path.py", "from jittape.eager import tensor\n", "jittape.replay is not allowed to import jittape.eager"),
    "the package's face": ("sparse/pattern.py", "import jittape as jt\n", "jittape.sparse.pattern is not allowed to import jittape"),
    "a circle inside a room": ("ops/spec.py", "def late() -> object:\n    from jittape.ops import table\n\n    return table\n", "No cycles are allowed in jittape.ops"),
    "a room without a floor": ("cellar.py", "", "cellar"),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_is_seen(name: str, copy: Path, tmp_path: Path) -> None:
    file, text, message = VIOLATIONS[name]
    path = copy / "jittape" / file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(before + "\n\n" + text, encoding="utf-8")
    found = checked(copy, tmp_path / "cache")
    assert found.returncode == 1
    assert message in found.stdout + found.stderr


def test_no_exception_is_listed() -> None:
    """An exception grows; what breaks a contract is mended, or the contract is changed for all to see."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "ignore_imports" not in text and "exhaustive_ignores" not in text
    assert "importlinter" in text


def test_test_files_stand_alone() -> None:
    """None imports another one, and what they share stands beside them or at the top of the tests."""
    tests = ROOT / "tests"
    files = list(tests.rglob("*.py"))
    ours = {path.stem for path in files}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in ours.intersection(names) - {"saved_functions"}:  # which pickles name
                assert not name.startswith("test_"), f"{path} imports {name}"
                places = [tests, path.parent, *([tests / "wide"] if path.parent.name == "long" else [])]  # long runs draw what the search draws
                assert any((place / f"{name}.py").exists() for place in places), f"{path} imports {name}"
