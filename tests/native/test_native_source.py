"""Functions that native/ makes from source text, and what it is told from above."""

from __future__ import annotations

import inspect
import linecache
import subprocess
import sys
import traceback
from pathlib import Path

import numba
import numpy as np
import pytest

import jittape as jt
from jittape.native import refused
from jittape.native.compile.source import from_source

TEXT = "def third(x):\n    y = x\n    return y / zero\n"


def test_a_function_has_the_module_of_who_asks_and_the_names_that_it_is_given() -> None:
    scope = from_source(TEXT, __name__, {"zero": 2.0})
    assert scope["third"](3.0) == 1.5
    assert scope["third"].__module__ == __name__
    assert numba.njit(scope["third"])(3.0) == 1.5


def test_names_that_are_given_are_not_written_to() -> None:
    names = {"zero": 1.0}
    from_source(TEXT, __name__, names)
    assert names == {"zero": 1.0}


def test_its_lines_are_in_tracebacks_and_known_to_debuggers() -> None:
    third = from_source(TEXT, __name__, {"zero": 0.0})["third"]
    linecache.checkcache()
    try:
        third(1.0)
    except ZeroDivisionError:
        shown = traceback.format_exc()
    assert "return y / zero" in shown and "line 3, in third" in shown
    assert inspect.getsource(third) == TEXT


def test_one_text_is_kept_once() -> None:
    from_source(TEXT, __name__)
    before = len(linecache.cache)
    from_source(TEXT, __name__)
    assert len(linecache.cache) == before


def test_errors_of_the_compiler_name_the_users_line_not_that_of_a_source_text() -> None:
    @numba.njit
    def f(x):  # type: ignore[no-untyped-def]
        return np.linalg.eig(x)[0][0]

    with pytest.raises(jt.errors.RecordingError, match="test_native_source.py, line"):
        jt.grad(f)(np.eye(2))


def test_exec_is_called_in_one_place() -> None:
    package = Path(jt.__file__).parent / "native"
    assert [p.name for p in package.rglob("*.py") if "exec(" in p.read_text(encoding="utf-8")] == ["source.py"]


def test_a_primitive_of_a_function_without_a_name() -> None:
    """The function that calls it is written for its parameters."""
    square = numba.njit(lambda x: x * x)
    jt.primitive(square, vjp=lambda g, z, x: (g * 5.0,))
    assert jt.native.grad(square)(3.0) == 5.0


LATE = """
import numba, numpy as np, jittape as jt
from jittape.native.refused import refuse
def late(x): ...
f = numba.njit(lambda x: x * late(x))
jt.grad(numba.njit(lambda x: x * x))(1.0)
refuse(late, "package.late")
try:
    jt.grad(f)(1.0)
except jt.errors.RecordingError as error:
    print(error)
"""


def test_what_is_refused_is_known_however_late_it_is_said() -> None:
    root = str(Path(__file__).parents[2])
    out = subprocess.run([sys.executable, "-c", LATE], env={"PYTHONPATH": root, "PATH": ""}, capture_output=True, text=True, check=True).stdout
    assert "package.late cannot be called in a compiled function: call it from Python" in out


def test_every_driver_is_refused() -> None:
    names = {name for _, name, _ in refused.REFUSED}
    assert {f"jittape.{n}" for n in ("grad", "value_and_grad", "jacobian", "jvp", "vjp", "hvp", "hessian", "record")} <= names
    assert all(getattr(jt.native, n) for n in jt.native.__all__) and {f"jittape.native.{n}" for n in jt.native.__all__} <= {name for _, name, _ in refused.REFUSED}
