"""The table of docs/scipy.md, and that the declared functions have SciPy's signatures."""

from __future__ import annotations

import importlib
import inspect
import re
from importlib import metadata
from pathlib import Path

import pytest

from jittape import scipy
from jittape.scipy.declare import DECLARED, original
from jittape.tools import scipy_table

WRITTEN = ["1", "17"]
"""The release of SciPy with which the page is written."""
ARGUMENTS = re.compile(r"^(\| `\w+` \| )([\w, ]+)( \| operation)", re.MULTILINE)

for room in scipy.ROOMS:
    importlib.import_module(f"jittape.scipy.{room}")


def test_the_table_of_the_page_is_what_is_declared() -> None:
    """Where this fails, run python -m jittape.tools.scipy_table."""
    page = Path(__file__).parents[2] / "docs/scipy.md"
    found, made = page.read_text(encoding="utf-8"), scipy_table.page(page)
    if metadata.version("scipy").split(".")[:2] != WRITTEN:  # releases of SciPy name arguments of ufuncs otherwise
        found, made = (ARGUMENTS.sub(r"\1\3", text) for text in (found, made))
    assert found == made


@pytest.mark.parametrize("path", sorted(DECLARED))
def test_signatures_are_scipys(path: str) -> None:
    """The names, order and defaults of the arguments, as far as this SciPy's release has them."""
    theirs = original(path)
    if not inspect.isfunction(theirs):
        pytest.skip("a class, an object or a ufunc")
    room, _, name = path.rpartition(".")
    ours = getattr(importlib.import_module(f"jittape.{room}"), name)
    expected = {k: p.default for k, p in inspect.signature(theirs).parameters.items() if p.kind is not p.VAR_KEYWORD}
    found = inspect.signature(ours).parameters
    for k, default in expected.items():
        assert k in found, f"{path} has an argument {k}"
        unset = type(default) is object  # where an argument is deprecated, to tell whether it was given
        assert unset or found[k].default is default or repr(found[k].default) == repr(default) or (found[k].default == default and isinstance(default, bool)), (path, k)
    assert [k for k in found if k in expected] == list(expected)
