"""Write down for type checkers what tensors and arrays get when the package is imported: run `python -m jittape.tools.declare`.

Python's operators and PyTorch's methods are installed from tables (array/operators.py, eager/methods.py, eager/shapes.py), and
`jittape.__getattr__` serves the functions of eager/functions.py; a type checker runs neither. The declarations are written from
the classes as they stand after the import, so nothing is listed twice: a new line of a table, or a new method of `Methods`, is
declared by running this. `--check` exits with 1 where a file is stale.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jittape
from jittape.array.array import Array
from jittape.array.operators import BINARY as TWO_OPERANDS
from jittape.array.operators import BITWISE, COMPARISONS, FAST
from jittape.array.operators import UNARY as ONE_OPERAND
from jittape.eager.functions import FUNCTIONS
from jittape.eager.inplace import IN_PLACE
from jittape.eager.methods import ALIASES, BINARY, UNARY
from jittape.eager.named import DIMS, kind_of
from jittape.eager.tensor import Tensor
from jittape.tools import elements

PACKAGE = Path(jittape.__file__).parent
HEADER = '"""{title}\n\nWritten by `python -m jittape.tools.declare`: do not edit. At run time there is no such module."""\n\n'
BEGIN, END = "# Written by `python -m jittape.tools.declare`:\n", "# End of what it wrote.\n"
WIDTH = 120
"""Columns of a line of names."""

# --- types of parameters ------------------------------------------------------------------------------------------------------

RENAMED = {"bool": "Bool", "float": "Float", "int": "Int"}
"""Builtins under names that no method takes."""
EXTREME = [
    ("dim: None = None, keepdim: Bool = False", "Tensor"),
    ("dim: Int, keepdim: Bool = False", "MinMax"),
    ("dim: Tensor", "Tensor"),
]  # fmt: skip
SUBSCRIPTS = {"__getitem__": "Tensor", "__setitem__": "None"}
"""Methods of Python's that are no operators, and their results."""
OVERLOADS: dict[str, list[tuple[str, str]]] = {"max": EXTREME, "min": EXTREME}
"""Methods whose result is of another class by what they are given: (parameters, result) of each form."""
RESULTS = {"is_floating_point": "Bool", **SUBSCRIPTS}
WHERE = [("condition: Operand", "tuple[Tensor, ...]"), ("condition: Operand, x: Operand, y: Operand", "Tensor")]
"""`jittape.where`: of three arguments, or of one."""


def typed(text: Any) -> str:
    """A type as text, in which no name is that of a method."""
    return re.sub(r"\b(bool|float|int)\b", lambda m: RENAMED[m[1]], str(text))


def type_of(function: str, parameter: inspect.Parameter) -> str:
    """The type of a parameter as text."""
    given = "Any" if parameter.annotation is parameter.empty else str(parameter.annotation)
    kind = kind_of(function, parameter)
    if given in ("Any", "Sequence[Any]") and kind is not None:
        given = kind.declared
        if parameter.default is None and kind is not DIMS:
            given += " | None"
    return typed(given)


def shown(function: str, signature: inspect.Signature, first: str) -> str:
    """The parameters of a function as text, with another first one."""
    parts = [first] if first else []
    star = False
    for p in list(signature.parameters.values())[bool(first) :]:
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        star = star or p.kind is p.VAR_POSITIONAL
        prefix = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
        default = "" if p.default is p.empty else " = ..." if p.default is ... else f" = {p.default!r}"
        parts.append(f"{prefix}{p.name}: {type_of(function, p)}{default}")
    return ", ".join(parts)


def documented(head: str, text: str | None, indent: str) -> str:
    """A declaration with the documentation that editors show."""
    if not text:
        return f"{indent}{head} ...\n"
    text = text.replace("\\", "\\\\")
    lines = textwrap.indent(f'"""{text}"""' if "\n" not in text else f'"""{text}\n"""', indent + "    ")
    return f"{indent}{head}\n{lines}\n"


def declaration(name: str, method: Callable[..., Any], first: str, indent: str) -> str:
    """A method, or (`first` is then a tensor) a function that calls it."""
    known = ALIASES.get(name, name)
    if known in OVERLOADS:
        return "".join(f"{indent}@overload\n{indent}def {name}({first}, {given}) -> {result}: ...\n" for given, result in OVERLOADS[known])
    if known in UNARY:
        return documented(f"def {name}({first}) -> Tensor:", inspect.getdoc(method), indent)
    if known in BINARY:
        return documented(f"def {name}({first}, other: Operand) -> Tensor:", inspect.getdoc(method), indent)
    signature = inspect.signature(method)
    result = typed(RESULTS.get(known, signature.return_annotation))
    if name[-2:-1] != "_" and name.endswith("_") and result == "Tensor":
        result = "Self"
    return documented(f"def {name}({shown(name, signature, first)}) -> {result}:", inspect.getdoc(method), indent)


def in_place(name: str) -> str:
    """The method `name` + "_"."""
    text = declaration(name, getattr(Tensor, name), "self", "    ").splitlines()[0]
    return text.replace(f"def {name}(", f"def {name}_(").replace("-> Tensor", "-> Self").removesuffix(" ...") + " ...\n"


# --- what is installed ----------------------------------------------------------------------------------------------------------


def written(cls: type) -> set[str]:
    """The names that the source of a class and of its bases binds, but not what stands there for type checkers only."""
    found: set[str] = set()
    for base in cls.__mro__[:-1]:
        tree = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(tree, ast.ClassDef)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {t.id for t in targets if isinstance(t, ast.Name)}
        found |= set(base.__dict__.get("__slots__", ()))
    return found


def installed(cls: type) -> list[str]:
    """The names that a class was given after its source was run; of Python's own, operators and subscripts."""
    here = {name for base in cls.__mro__[:-1] for name in vars(base)}
    own = {name for name in here if not name.startswith("__") or name in OPERATORS or name in SUBSCRIPTS}
    return sorted(own - written(cls))


def operators() -> Iterator[tuple[str, str, str]]:
    """(name, parameters, result) of Python's operators: "N" stands for numbers, "T" for truth values, "S" for the operand itself."""
    two = [*FAST, *TWO_OPERANDS, "pow", "matmul"]
    for name in two:
        result = "T" if TWO_OPERANDS.get(name) in BITWISE else "N"
        yield f"__{name}__", "other: Operand, /", result
        yield f"__r{name}__", "other: Operand, /", result
        yield f"__i{name}__", "other: Operand, /", "S"
    for name in ("divmod", "rdivmod"):
        yield f"__{name}__", "other: Operand, /", "tuple[N, N]"
    for name in COMPARISONS:
        yield f"__{name}__", "other: object, /" if name in ("eq", "ne") else "other: Operand, /", "T"
    for name in ONE_OPERAND:
        yield f"__{name}__", "", "N"
    yield "__invert__", "", "T"
    yield "__round__", "digits: Int = 0, /", "N"


OPERATORS = {name: (given, result) for name, given, result in operators()}
"""Name of an operator -> (parameters, kind of result)."""


def operator(name: str, number: str, truth: str) -> str:
    """The declaration of an operator of a class whose results are of these classes."""
    given, result = OPERATORS[name]
    kinds = {"N": number, "T": truth, "S": "Self"}
    result = re.sub(r"\b[NTS]\b", lambda m: kinds[m[0]], result)
    note = "  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]" if name in ("__eq__", "__ne__") else ""
    return f"    def {name}({', '.join(filter(None, ('self', given)))}) -> {result}: ...{note}\n"


def of_tensors() -> str:
    """The methods of tensors, and the functions that call them."""
    text = HEADER.format(title="The operators and methods that Tensor is given, and the functions of tensors, for type checkers.")
    text += "from builtins import bool as Bool\nfrom builtins import float as Float\nfrom builtins import int as Int\n"
    text += "from collections.abc import CALLABLE, Sequence\nfrom typing import Any, Self, TypeAlias, overload\n\n"
    text += "import numpy as np\nfrom numpy.typing import DTypeLike, NDArray\n\n"
    text += "from jittape.eager.hooks import Handle\nfrom jittape.eager.results import MinMax\nfrom jittape.eager.tensor import Tensor\n\n"
    text += "Operand: TypeAlias = Tensor | NDArray[Any] | np.generic | Float | list[Any] | tuple[Any, ...]\nDims: TypeAlias = Int | Sequence[Int] | None\n\n"
    text += f"__all__ = [\n{wrapped(exported())}]\n\nclass Methods:\n"
    for name in installed(Tensor):
        found = inspect.getattr_static(Tensor, name)
        if name in OPERATORS:
            text += operator(name, "Tensor", "Tensor")
        elif isinstance(found, property):
            result = inspect.signature(found.fget).return_annotation if found.fget else "Any"
            text += f"    @property\n    def {name}(self) -> {'Tensor' if result is inspect.Signature.empty else typed(result)}: ...\n"
        elif name.startswith("_") and name not in SUBSCRIPTS:  # for the modules of the room
            text += f"    def {name}(self, *args: Any, **kwargs: Any) -> Any: ...\n"
        elif name.endswith("_") and name[:-1] in IN_PLACE:
            text += in_place(name[:-1])
        else:
            text += declaration(name, found, "self", "    ")
    text += "\n"
    for name in function_names():
        function = FUNCTIONS[name]
        if name == "where":
            text += "".join(f"@overload\ndef {name}({given}) -> {result}: ...\n" for given, result in WHERE)
        elif hasattr(Tensor, name):
            text += declaration(name, inspect.getattr_static(Tensor, name), "x: Operand", "")
        else:
            text += declaration(name, function, "", "")
    return text.replace("import CALLABLE, ", "import Callable, " if "Callable[" in text else "import ")


def of_arrays() -> str:
    """The operators of recorded arrays."""
    text = HEADER.format(title="The operators that Array is given, for type checkers.")
    text += "from builtins import int as Int\nfrom typing import Any, Self, TypeAlias\n\n"
    text += "import numpy as np\nfrom numpy.typing import NDArray\n\nfrom jittape.array.array import Array, Mask\n\n"
    text += "Operand: TypeAlias = Array | NDArray[Any] | np.generic | float | list[Any] | tuple[Any, ...]\n\nclass Operators:\n"
    return text + "".join(operator(name, "Array", "Mask") for name in installed(Array) if name in OPERATORS)


# --- names of the package -------------------------------------------------------------------------------------------------------


def function_names() -> list[str]:
    """The functions of tensors that `jittape` serves and does not have itself."""
    return sorted(FUNCTIONS)


def exported() -> list[str]:
    """Those of them that hide nothing of Python where all names are imported."""
    return [name for name in function_names() if not hasattr(builtins, name)]


def wrapped(names: list[str]) -> str:
    """Quoted names on lines of limited width."""
    return textwrap.fill(", ".join(f'"{n}"' for n in names) + ",", WIDTH, initial_indent="    ", subsequent_indent="    ") + "\n"


def of_package(text: str) -> str:
    """jittape/__init__.py with the list of functions in it."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}__all__ += [\n{wrapped(exported())}]  # fmt: skip\n{END}{rest.split(END)[1]}"


def files() -> dict[Path, str]:
    """Path -> text of every file that is written, whole or in part."""
    top = PACKAGE / "__init__.py"
    return {
        PACKAGE / "eager" / "element_docs.py": elements.module(),
        PACKAGE / "eager" / "declared.pyi": of_tensors(),
        PACKAGE / "array" / "declared.pyi": of_arrays(),
        top: of_package(top.read_text(encoding="utf-8")),
    }


def main(argv: list[str]) -> int:
    stale = [p for p, text in files().items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    if "--check" in argv:
        for p in stale:
            print(f"stale: {p} (run python -m jittape.tools.declare)")
        return 1 if stale else 0
    for p in stale:
        p.write_text(files()[p], encoding="utf-8", newline="\n")
    print(f"{len(stale)} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
