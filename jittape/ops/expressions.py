"""The small expression language of the table: parsing, and printing for the two places where it runs.

`native` prints an expression as Numba source (operations are inlined from their own `z`, `where` becomes a conditional);
`symbolic` prints it as Python over recorded arrays (operations become calls of a namespace F).
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Callable
from functools import cache

from jittape.ops.externals import EXTERNAL, called
from jittape.ops.spec import BY_NAME, Op

_INLINE_DEPTH = 8


def parse(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def names(text: str) -> set[str]:
    """Variables and functions that an expression mentions."""
    return {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}


@cache
def constant(text: str) -> float | None:
    """The number an expression is, or None where it depends on an operand."""
    node = parse(text)
    try:
        return float(ast.literal_eval(node))
    except (ValueError, TypeError):
        return None


@cache
def choice(text: str) -> tuple[str, str, str] | None:
    """(condition, a, b) of an expression that is `where(condition, a, b)`, else None."""
    node = parse(text)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "where":
        condition, a, b = map(ast.unparse, node.args)
        return condition, a, b
    return None


class _Calls(ast.NodeTransformer):
    """Rewrite calls of plain names by a function of (name, arguments)."""

    def __init__(self, rewrite: Callable[[str, list[ast.expr]], ast.expr | None]) -> None:
        self.rewrite = rewrite

    def visit_Call(self, node: ast.Call) -> ast.expr:
        args = [self.visit(a) for a in node.args]
        if isinstance(node.func, ast.Name):
            new = self.rewrite(node.func.id, args)
            if new is not None:
                return new
        return ast.Call(node.func, args, [])


class _Substitute(ast.NodeTransformer):
    def __init__(self, mapping: dict[str, ast.expr]) -> None:
        self.mapping = mapping

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.mapping.get(node.id, node)


def substitute(node: ast.expr, mapping: dict[str, ast.expr]) -> ast.expr:
    """An expression with variables replaced by expressions."""
    return _Substitute(mapping).visit(node)  # type: ignore[no-any-return]


def native(text: str, depth: int = 0) -> str:
    """Numba source of an expression."""
    return _native(text, depth, len(BY_NAME))


def native_tree(text: str) -> ast.expr:
    """The same as a tree, which nobody may change."""
    return _native_tree(text, len(BY_NAME))


def native_names(text: str) -> frozenset[str]:
    """Variables and functions that it mentions."""
    return _native_names(text, len(BY_NAME))


@cache
def _native_tree(text: str, operations: int) -> ast.expr:
    return parse(native(text))


@cache
def _native_names(text: str, operations: int) -> frozenset[str]:
    return frozenset(names(native(text)))


@cache
def _native(text: str, depth: int, operations: int) -> str:
    """See `native`, with so many operations in the table: kernels of vectors ask for the same few expressions a thousand times."""
    if depth > _INLINE_DEPTH:
        raise ValueError(f"operations call each other in a circle: {text}")

    def rewrite(name: str, args: list[ast.expr]) -> ast.expr | None:
        if name == "where":
            return ast.IfExp(*args)
        if name in BY_NAME:
            callee = BY_NAME[name]
            if callee.z.startswith(f"{name}("):
                return None  # a helper of native_math under the operation's own name
            body = parse(native(callee.z, depth + 1))
            return substitute(body, dict(zip(callee.operands, args, strict=True)))
        return None

    return ast.unparse(ast.fix_missing_locations(_Calls(rewrite).visit(parse(text))))


def symbolic(text: str) -> str:
    """Python source of an expression over recorded arrays, whose functions come from the namespace F."""

    def rewrite(name: str, args: list[ast.expr]) -> ast.expr | None:
        if name not in BY_NAME:
            raise ValueError(f"{name} in a partial derivative is no operation of the table: {text}")
        return ast.Call(ast.Attribute(ast.Name("F"), name), args, [])

    return ast.unparse(ast.fix_missing_locations(_Calls(rewrite).visit(parse(text))))


def externals(op: Op) -> tuple[str, ...]:
    """The functions that native code of the operation calls by name, if it calls any that the scalar switch cannot: such operations have
    block kernels only."""
    found = {name for text in (op.z, *op.partials) for name in called(native(text))}
    return tuple(sorted(found)) if found & EXTERNAL else ()


def in_switch(op: Op) -> bool:
    """Whether the scalar switch holds the operation; the others are recorded as runs of length one."""
    return op.arity <= 2 and not externals(op)


EXACT = frozenset({"abs", "sqrt", "floor", "ceil", "rint", "trunc", "copysign", "sign", "product", "heaviside"})
"""Functions that native code calls and that round as arithmetic does, or not at all."""


@cache
def calls_functions(text: str) -> bool:
    """Whether an expression calls functions such as exp, whose last digits depend on where they come from."""
    return any(
        isinstance(node, ast.Pow) or (isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] not in EXACT)
        for node in ast.walk(native_tree(text))
    )


def everywhere_same(op: Op) -> bool:
    """Whether a value is the same to the last bit as a number and in vectors of either dtype: without functions, and without constants
    that vectors of float32 round first."""
    numbers = [node.value for node in ast.walk(parse(native(op.z))) if isinstance(node, ast.Constant)]
    return not calls_functions(op.z) and all(struct.unpack("f", struct.pack("f", x))[0] == x for x in numbers)  # type: ignore[arg-type]


def cheap(op: Op) -> bool:
    """Whether a value takes plain arithmetic only, less time than memory does."""
    return not any(isinstance(node, (ast.Call, ast.Pow, ast.FloorDiv, ast.Mod)) for node in ast.walk(parse(native(op.z))))
