"""Every block of Python in the pages is run: as examples with their output where it begins with a prompt, else as a program.

The blocks of a page share their names, in order. A comment before a block says what is special:
`<!-- needs torch -->`: the test is skipped without that package; `<!-- not run: why -->`: shown only; and what stands in
`<!-- before: ... -->` is run first, to give a fragment what it speaks of.
"""

import doctest
import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?P<comments>(?:<!--(?:(?!-->).)*-->\s*)*)^(?P<indent>[ ]*)```python\n(?P<code>.*?)^(?P=indent)```", re.S | re.M)
COMMENT = re.compile(r"<!-- (needs|not run:|before:)\s+(.*?)\s*-->", re.S)
PAGES = sorted(p for p in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")] if BLOCK.search(p.read_text(encoding="utf-8")))


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
