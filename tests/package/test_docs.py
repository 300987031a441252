"""What the documentation says is what happens: examples are run, links lead somewhere."""

import doctest
import importlib
import importlib.util
import re
from pathlib import Path

import pytest

import jittape

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PACKAGE = Path(jittape.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if "        >>> " in path.read_text(encoding="utf-8")
)
"""Modules with examples in their docstrings."""


def run_examples(test):
    """Run examples, up to one whose comment says that it needs a package (`# needs cyipopt`) that is not installed."""
    for k, example in enumerate(test.examples):
        needed = re.search(r"# needs (\w+)", example.source)
        if needed and importlib.util.find_spec(needed[1]) is None:
            del test.examples[k:]
            break
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    report = []
    runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)
    return runner.tries


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_docstrings(name, request):
    if name.partition(".")[0] == "torch":
        request.getfixturevalue("defaults_of_torch")
    if name in ("integrate.jax", "integrate.torch"):
        pytest.importorskip(name.partition(".")[2])
    module = importlib.import_module(f"jittape.{name}")
    tests = [t for t in doctest.DocTestFinder().find(module, f"jittape.{name}", globs={}) if t.examples]
    assert sum(run_examples(test) for test in tests) > 0


def test_the_readme_opens_with_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    place = text.index('pip install . && python -m jittape\npip install ".[test]" && pytest\n')
    assert place < text.index("## ")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_diff_of_the_architecture_page_is_a_line_of_the_table():
    """The demonstration of a new operation is of the table's own form."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\+(op\(.*\))$", text, re.M)
    from jittape.ops import spec, table  # noqa: F401
    from jittape.ops.expressions import native, symbolic

    made = {}
    eval(line, {"op": lambda name, arity, **fields: made.update(fields, name=name, arity=arity)})
    assert made["name"] not in spec.BY_NAME
    assert native(made["z"]) and symbolic(made["dx"])


def test_the_numbers_of_operations_in_the_docs():
    from jittape.ops import table  # noqa: F401
    from jittape.ops.spec import OPS

    assert f"{len(OPS)} elementwise operations" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"prints `{len(OPS) + 1} operations" in (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
