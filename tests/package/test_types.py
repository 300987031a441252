"""Types: what mypy and pyright say of users' code, and that the declarations they read say what is there."""

import ast
import json
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

import jittape as jt
from jittape.array.array import Array
from jittape.tools import declare

ROOT = Path(__file__).parents[2]
USER_CODE = Path(__file__).with_name("user_code.py")
WRONG = {k for k, line in enumerate(USER_CODE.read_text(encoding="utf-8").splitlines(), 1) if line.endswith("# wrong")}
PACKAGES = ("", "native", "linalg", "integrate", "integrate.scipy", "integrate.ipopt", "integrate.executor", "nn", "nn.functional",
            "nn.init", "optim", "testing", "autograd", "errors", "tree")  # fmt: skip


# --- checkers ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(tmp_path):
    """A virtual environment in which this jittape is installed, beside the packages that are installed here."""
    place = tmp_path / "venv"
    venv.create(place, symlinks=sys.platform != "win32")
    (purelib,) = (p for p in place.rglob("site-packages") if p.is_dir())
    (purelib / "user.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return place


def run(*command, cwd):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=cwd, timeout=600)


def compare(found):
    """Lines with errors against those that are marked."""
    lines = USER_CODE.read_text(encoding="utf-8").splitlines()
    more = [f"{k}: {lines[k - 1].strip()}: {text}" for k, text in found if k not in WRONG]
    less = [f"{k}: {lines[k - 1].strip()}" for k in WRONG - {k for k, _ in found}]
    assert not more and not less, "\n".join(["errors that are not marked:", *more, "lines without an error:", *sorted(less)])


def test_mypy_understands_users_code(tmp_path, environment):
    pytest.importorskip("mypy")
    (python,) = (p for p in (environment / "bin" / "python", environment / "Scripts" / "python.exe") if p.exists())
    (tmp_path / "mypy.ini").write_text("[mypy]\n[mypy-numba.*,scipy.*]\nignore_missing_imports = True\n", encoding="utf-8")
    cache = ROOT / ".mypy_cache" / "user_code"
    result = run(sys.executable, "-m", "mypy", "--strict", "--config-file", "mypy.ini", "--python-executable", python,
                 "--cache-dir", cache, "--output", "json", USER_CODE, cwd=tmp_path)  # fmt: skip
    found = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert found, result.stdout + result.stderr
    found = [f for f in found if f["severity"] == "error"]
    assert {Path(f["file"]).name for f in found} == {USER_CODE.name}
    compare([(f["line"], f["message"]) for f in found])


def test_pyright_understands_users_code(tmp_path, environment):
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    try:
        if run(pyright, "--version", cwd=tmp_path).returncode:
            pytest.skip("pyright does not run: it fetches itself when it is first called")
    except subprocess.TimeoutExpired:
        pytest.skip("pyright does not run")
    shutil.copy(USER_CODE, tmp_path)
    options = {"include": [USER_CODE.name], "venvPath": str(tmp_path), "venv": environment.name, "typeCheckingMode": "strict", **LENIENT}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(options), encoding="utf-8")
    result = run(pyright, "--outputjson", cwd=tmp_path)
    assert result.stdout.startswith("{"), result.stdout + result.stderr
    found = [f for f in json.loads(result.stdout)["generalDiagnostics"] if f["severity"] == "error"]
    compare([(f["range"]["start"]["line"] + 1, f["message"]) for f in found])


LENIENT = {"reportUnusedVariable": False, "reportUnusedExpression": False, "reportUnknownLambdaType": False, "reportUnknownArgumentType": False}
"""What strict mode says of the style of users' code: lambdas without types, say."""


# --- declarations -----------------------------------------------------------------------------------------------------------


def test_the_declarations_are_up_to_date():
    stale = [str(p) for p, text in declare.files().items() if p.read_text(encoding="utf-8") != text]
    assert stale == [], "run python -m jittape.tools.declare"


def declared(path, name):
    """The names in a class of a file of declarations."""
    tree = ast.parse((ROOT / "jittape" / path).read_text(encoding="utf-8"))
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return {node.name for node in found.body if isinstance(node, ast.FunctionDef)}


def test_tensors_have_what_is_declared_and_nothing_else():
    seen = declared("eager/declared.pyi", "Methods") | declare.written(jt.Tensor)
    public = {name for name in dir(jt.Tensor) if not name.startswith("_")}
    assert {name for name in seen if not name.startswith("_")} == public
    operators = {name for name in declare.OPERATORS if name in vars(jt.Tensor)}
    assert declared("eager/declared.pyi", "Methods") >= operators and operators >= {"__add__", "__radd__", "__iadd__", "__matmul__"}
    for name in declared("eager/declared.pyi", "Methods"):
        assert hasattr(jt.Tensor, name)


def test_arrays_have_what_is_declared():
    names = declared("array/declared.pyi", "Operators")
    assert names == {name for name in declare.OPERATORS if name in vars(Array)}


def test_functions_are_declared():
    tree = ast.parse((ROOT / "jittape" / "eager" / "declared.pyi").read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert names == {name for name in dir(jt) if name in declare.FUNCTIONS}
    for name in names:
        assert getattr(jt, name) is declare.FUNCTIONS[name]


def test_no_module_is_exempt_from_checks():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert [o["module"] for o in settings["overrides"] if "ignore_errors" in o] == []


# --- names ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PACKAGES)
def test_dir_shows_the_public_names(name):
    module = jt
    for part in filter(None, name.split(".")):
        module = getattr(module, part)
    assert len(set(module.__all__)) == len(module.__all__)
    more = {"__version__", "bool", "float", "int", *declare.FUNCTIONS} if module is jt else set()
    assert set(dir(module)) == set(module.__all__) | more
    bridges = {"jax", "torch"} if name == "integrate" else set()  # these import what need not be installed
    for public in {*dir(module)} - bridges:
        assert hasattr(module, public)


def test_a_star_import_hides_nothing_of_python():
    import builtins

    assert [name for name in jt.__all__ if hasattr(builtins, name)] == []
    assert {"sum", "max", "float"} <= set(dir(jt))


def test_errors_are_reachable():
    for name, error in vars(jt.errors).items():
        if isinstance(error, type) and issubclass(error, Exception):
            assert name in jt.errors.__all__ and error.__module__ == "jittape.errors"
    for name in jt.__all__:
        if hasattr(jt.errors, name):
            assert getattr(jt, name) is getattr(jt.errors, name)
    assert jt.GradientError is jt.errors.GradientError


def test_help_shows_the_methods(capsys):
    help(jt.Tensor)
    shown = capsys.readouterr().out
    assert "backward(" in shown and "logsumexp(" in shown and "requires_grad" in shown
