"""Every public name says what it does, what each argument is, which errors it raises, and shows an example, which is run.

`public_names.py` lists the names. A new one without these fails here: write them, or, where names of a family say the same in another
form, state the form in FORMS.
"""

import ast
import doctest
import inspect
import pydoc
import re
from functools import cache

import numpy as np
import public_names
import pytest
from public_names import Name

import jittape as jt
from jittape.eager.defaults import defaults

LINES, COLUMNS = 50, 100
"""A screen."""


@cache
def names():
    return public_names.names()


def examples(doc: str) -> str:
    return "\n".join(line for line in doc.splitlines() if line.lstrip().startswith((">>>", "...")))


@cache
def shown_with(owner: type) -> str:
    """The examples of a class and of its members: one may show several methods."""
    docs = [inspect.getdoc(owner) or ""]
    docs += [inspect.getdoc(member) or "" for name, member, _ in public_names.members(owner)]
    return examples("\n".join(docs))


def has_example(n: Name) -> bool:
    if ">>> " in n.doc:
        return True
    name = re.escape(n.path.rpartition(".")[2])
    return n.owner is not None and re.search(rf"(\.|def ){name}\b", shown_with(n.owner)) is not None


# --- families of another form: (which names, what they need not say, why) --------------------------------------------------------

SENTENCE, ARGUMENTS, ERRORS, EXAMPLE = "a sentence", "each argument", "each error", "an example"


def is_twin_in_place(n: Name) -> bool:
    name = n.path.rpartition(".")[2]
    return n.owner is jt.Tensor and name.endswith("_") and hasattr(jt.Tensor, name[:-1])


def is_function_in_place(n: Name) -> bool:
    name = n.path.rpartition(".")[2]
    return n.room == "torch" and n.owner is None and name.endswith("_") and n.doc.startswith("In place: ") and hasattr(jt.Tensor, name)


FORMS = [
    (lambda n: n.kind == "property", {EXAMPLE}, "a property is looked at as it is written"),
    (lambda n: isinstance(n.object, type) and issubclass(n.object, BaseException), {EXAMPLE}, "an error is raised, not called"),
    (lambda n: n.kind == "class" and "Made by " in n.doc, {ARGUMENTS, ERRORS}, "users do not make it themselves"),
    (lambda n: n.doc.startswith("Accepted"), {EXAMPLE}, "a name of PyTorch's that does nothing here"),
    (lambda n: n.path.endswith(".reset_parameters"), {EXAMPLE}, "every layer has it, and it is shown once, in Linear"),
    (is_twin_in_place, {ARGUMENTS, ERRORS, EXAMPLE}, "it says whose twin it is, in one sentence"),
    (is_function_in_place, {ARGUMENTS, ERRORS, EXAMPLE}, "it calls the method, which says whose twin it is"),
    (lambda n: n.path.endswith(".Node.stands_for"), {EXAMPLE}, "what tapes are made of is not shown"),
    (lambda n: n.path.startswith(("jittape.numpy.", "jittape.scipy.")), {ARGUMENTS, ERRORS, EXAMPLE}, "it says which function of NumPy or SciPy it is, whose arguments these are"),
]  # fmt: skip


def lacking(n: Name) -> list[str]:
    """What the docstring of a name does not say."""
    needless = set().union(*(parts for belongs, parts, _ in FORMS if belongs(n)))
    found = []
    first = n.doc.partition("\n\n")[0].strip()
    if not first or first[-1] not in ".:)":
        found.append(SENTENCE)
    if ARGUMENTS not in needless:
        found += [f"the argument {p}" for p in n.parameters if not re.search(rf"\b{p}\b", n.doc)]
    if ERRORS not in needless:
        found += [f"the error {e}" for e in sorted(n.raised) if e not in n.doc]
    if EXAMPLE not in needless and not has_example(n):
        found.append(EXAMPLE)
    return found


@pytest.mark.parametrize("room", public_names.ROOMS)
def test_every_public_name_is_documented(room):
    wanting = {n.path: lacks for n in names() if n.room == room and (lacks := lacking(n))}
    assert not wanting, "\n".join(f"{path}: {', '.join(lacks)}" for path, lacks in wanting.items())


def test_what_is_asked_of_a_docstring():
    """A function of one's own that lacks all of it."""

    def f(x, scale):
        if scale < 0:
            raise ValueError("negative")
        return x * scale

    assert lacking(Name("jittape.f", f)) == [SENTENCE, "the argument x", "the argument scale", "the error ValueError", EXAMPLE]
    f.__doc__ = "x times scale.\n\nRaises:\n    ValueError: `scale` is negative.\n\nExample:\n    >>> 1 + 1\n    2\n"
    assert lacking(Name("jittape.f", f)) == []


@pytest.mark.parametrize(
    "name",
    ["record", "grad", "value_and_grad", "hessian", "jacobian", "hvp", "jvp", "vjp", "vmap", "tensor", "Function.grad", "Function.batch_value", "Function.batch_grad"],
)
def test_the_help_of_what_is_used_most_fits_a_screen_and_begins_with_an_example(name):
    found = jt
    for part in name.split("."):
        found = getattr(found, part)
    lines = pydoc.plain(pydoc.render_doc(found)).rstrip().splitlines()
    assert sum(-(-max(len(line), 1) // COLUMNS) for line in lines) <= LINES
    assert inspect.getdoc(found).split("\n\n")[1].startswith("Example:\n")


@cache
def written(path: str) -> set[str]:
    """The docstrings that stand in a source file."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return {inspect.cleandoc(doc) for node in ast.walk(tree) if isinstance(node, kinds) and (doc := ast.get_docstring(node, clean=False))}


@cache
def made() -> dict[str, Name]:
    """Examples of docstrings that no source file has, each with the first name that has it. Those of NumPy and SciPy are theirs."""
    first = {}
    for n in names():
        if ">>> " in n.doc and n.room.partition(".")[0] not in ("numpy", "scipy"):
            first.setdefault(n.doc.partition("Example:")[2], n)

    def file(n):
        return n.function.__code__.co_filename if n.function else inspect.getsourcefile(n.object) if isinstance(n.object, type) else None

    return {example: n for example, n in first.items() if not ((path := file(n)) and path.endswith(".py") and n.doc in written(path))}


@pytest.mark.parametrize("room", [r for r in public_names.ROOMS if r.partition(".")[0] not in ("numpy", "scipy")])
def test_the_examples_of_docstrings_that_are_made(room, monkeypatch):
    """The others are run by test_docs.py, module by module."""
    found = made()  # the first call imports jittape.torch, which sets its defaults
    under_torch = room.partition(".")[0] == "torch"
    monkeypatch.setattr(defaults, "torch", under_torch)
    monkeypatch.setattr(defaults, "real", np.dtype(np.float32 if under_torch else np.float64))
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    report = []
    for example, n in found.items():
        if n.room == room:
            runner.run(doctest.DocTestParser().get_doctest(example, {}, n.path, n.path, 0), out=report.append)
    assert not runner.failures, "".join(report)
