"""Docstrings of the methods of tensors that are elementwise operations, from what the operation table knows: see tools/declare.py."""

from __future__ import annotations

import re

import jittape as jt
from jittape.eager.methods import BINARY, UNARY
from jittape.ops import table  # noqa: F401  (which fills BY_NAME)
from jittape.ops.spec import Op, by_code

HEADER = '''"""Docstrings of the methods of tensors that are operations of the table.

Written by `python -m jittape.tools.declare`: do not edit.
"""

DOCUMENTED: dict[str, str] = {
'''
CONSTANTS = {
    "0.6931471805599453": "log(2)", "2.302585092994046": "log(10)", "1.7724538509055159": "sqrt(pi)", "0.017453292519943295": "pi / 180", "57.29577951308232": "180 / pi",
}  # fmt: skip
"""Numbers of the table in words."""
DOMAINS = {
    "sqrt": "x >= 0", "log": "x > 0 (minus infinity at 0)", "log2": "x > 0 (minus infinity at 0)", "log10": "x > 0 (minus infinity at 0)",
    "log1p": "x > -1 (minus infinity at -1)", "arcsin": "abs(x) <= 1", "arccos": "abs(x) <= 1", "arccosh": "x >= 1", "arctanh": "abs(x) < 1 (infinite at -1 and 1)",
    "erfinv": "abs(x) < 1 (infinite at -1 and 1)", "logit": "0 < x < 1 (infinite at 0 and 1)",
}  # fmt: skip
"""Where an operation is real; NaN elsewhere."""
LONG = 40
"""Characters of a partial derivative that says more than it hides."""
POINTS = {"arccosh": "1.5"}
"""Where an operation is shown, if not at 0.5."""


def prose(op: Op, text: str) -> str:
    """An expression or sentence of the table with the second operand as methods call it."""
    for number, words in CONSTANTS.items():
        text = text.replace(number, words)
    return re.sub(r"\by\b", "other", text) if op.arity == 2 else text


def sentence(op: Op) -> str:
    """What an operation does, from the table's words."""
    first, semicolon, rest = prose(op, op.doc).rstrip(".").partition("; ")
    if op.mask:
        first = f"Whether {first}"
    return f"{first}, element by element{semicolon}{rest}."


def derivative(op: Op) -> str:
    """Its derivative, where a line holds it."""
    found = [prose(op, p) for p in op.partials]
    if op.mask or set(found) == {"0"} or max(map(len, found)) > LONG:
        return ""
    said = found[0] if op.arity == 1 else f"{found[0]} by x, {found[1]} by other"
    return f"Derivative: {said}" + (", where z is the result." if re.search(r"\bz\b", said) else ".")


def example(name: str, op: Op) -> list[str]:
    """Lines of code that show it."""
    if op.arity == 2:
        return ["x = jt.tensor([1.0, 2.0, 3.0])", f"x.{name}(jt.tensor([3.0, 2.0, 1.5]))"]
    if not derivative(op) or op.kinks:
        return ["x = jt.tensor([-1.5, 0.0, 1.5])", f"x.{name}()"] if op.name not in DOMAINS else ["x = jt.tensor([0.0, 0.25, 1.0])", f"x.{name}()"]
    return [f"x = jt.tensor({POINTS.get(op.name, '0.5')}, requires_grad=True)", f"y = x.{name}()", "y.backward()", "round(y.item(), 6), round(x.grad.item(), 6)"]


def shown(code: list[str]) -> list[str]:
    """Lines of code as an example, with what comes of the last one."""
    scope = {"jt": jt}
    for line in code[:-1]:
        exec(line, scope)
    text = repr(eval(code[-1], scope))
    return ["    >>> import jittape as jt", *(f"    >>> {line}" for line in code), *(f"    {line}" for line in text.splitlines())]


def docstring(name: str, op: Op) -> str:
    """The docstring of a method."""
    parts = [sentence(op)]
    if op.arity == 2:
        parts.append("`other` is a tensor or a number, of a shape that broadcasts.")
    said = [f"Domain: {DOMAINS[op.name]}; NaN elsewhere."] if op.name in DOMAINS else []
    said += [text] if (text := derivative(op)) else []
    if said:
        parts.append(" ".join(said))
    parts.append("\n".join(["Example:", *shown(example(name, op))]))
    return "\n\n".join(parts)


def module() -> str:
    """The file of docstrings."""
    found = {name: docstring(name, by_code(code)) for name, code in {**UNARY, **BINARY}.items()}
    return HEADER + "".join(f'    "{name}": """{text}\n""",\n' for name, text in found.items()) + "}\n"
