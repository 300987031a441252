"""Every block of Python in the pages is run: as examples with their output where it begins with a prompt, else as a program.

The blocks of a page share their names, in order. A comment before a block says what is special:
`<!-- needs torch -->`: the test is skipped without that package; `<!-- not run: why -->`: shown only; and what stands in
`<!-- before: ... -->` is run first, to give a fragment what it speaks of.
"""

import doctest
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?P<comments>(?:<!--(?:(?!-->).)*-->\s*)*)^(?P<indent>[ ]*)```python\n(?P<code>.*?)^(?P=indent)```", re.S | re.M)
COMMENT = re.compile(r"<!-- (needs|not run:|before:)\s+(.*?)\s*-->", re.S)
PAGES = sorted(p for p in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")] if BLOCK.search(p.read_text(encoding="utf-8")))


def solutions(scope):
    import jittape

    assert scope["slope"] == pytest.approx(1.0 / (1.0 - 0.3 * np.cos(scope["kepler"](1.0, 0.3))), rel=1e-12)
    assert scope["sensitivities"].shape == (21, 4)
    assert scope["vega"] == pytest.approx(jittape.grad(scope["call"])(scope["volatility"](0.1, 1.05), 1.05), rel=1e-9)


def natively(scope):
    assert scope["value"] - 0.4 * np.sin(scope["value"]) == pytest.approx(1.3, abs=1e-12)
    assert scope["M"] == pytest.approx(1.5 - 0.4 * np.sin(1.5), abs=1e-9)


def complexly(scope):
    assert scope["w"] == (1 + 1j) ** 3


def checkpoints(scope):
    assert scope["g"][1].shape == (50, 50)


FOUND = {"docs/implicit.md": solutions, "docs/native.md": natively, "docs/complex.md": complexly, "docs/checkpoint.md": checkpoints}
"""What the names of a page must stand for in the end."""


def blocks(page):
    """(line, comments, code) of each block of Python."""
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("code")) + 1
        yield line, COMMENT.findall(found["comments"]), textwrap.dedent(found["code"])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    if "jittape.torch" in page.read_text(encoding="utf-8"):
        request.getfixturevalue("defaults_of_torch")
    scope = {"__name__": "page"}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for line, comments, code in blocks(page):
        if any(kind == "not run:" for kind, _ in comments):
            continue
        for kind, text in comments:
            if kind == "needs":
                pytest.importorskip(text)
            else:
                exec(compile(text, f"{page.name}, before line {line}", "exec"), scope)
        if code.lstrip().startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(code, scope, page.name, str(page), line)
            report = []
            runner.run(test, out=report.append, clear_globs=False)
            assert not runner.failures, "".join(report)
            scope |= test.globs
        else:
            exec(compile("\n" * line + code, str(page), "exec"), scope)
    FOUND.get(page.relative_to(ROOT).as_posix(), lambda scope: None)(scope)
