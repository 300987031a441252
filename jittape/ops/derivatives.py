"""Derivatives of the table's expressions: second partials follow from the first by the same table."""

from __future__ import annotations

import ast
from functools import cache

from jittape.ops.expressions import constant, parse, substitute
from jittape.ops.spec import BY_NAME, Op

ZERO, ONE = ast.Constant(0), ast.Constant(1)


def _number(node: ast.expr) -> float | None:
    return constant(ast.unparse(node))


def _sum(a: ast.expr, b: ast.expr) -> ast.expr:
    if _number(a) == 0:
        return b
    return a if _number(b) == 0 else ast.BinOp(a, ast.Add(), b)


def _difference(a: ast.expr, b: ast.expr) -> ast.expr:
    if _number(b) == 0:
        return a
    return _negative(b) if _number(a) == 0 else ast.BinOp(a, ast.Sub(), b)


def _negative(a: ast.expr) -> ast.expr:
    if isinstance(a, ast.UnaryOp) and isinstance(a.op, ast.USub):
        return a.operand
    return a if _number(a) == 0 else ast.UnaryOp(ast.USub(), a)


def _product(a: ast.expr, b: ast.expr) -> ast.expr:
    for one, other in ((a, b), (b, a)):
        value = _number(one)
        if value == 0:
            return ZERO
        if value == 1:
            return other
        if value == -1:
            return _negative(other)
    return ast.BinOp(a, ast.Mult(), b)


def _quotient(a: ast.expr, b: ast.expr) -> ast.expr:
    return ZERO if _number(a) == 0 else ast.BinOp(a, ast.Div(), b)


def _choice(condition: ast.expr, a: ast.expr, b: ast.expr) -> ast.expr:
    same = ast.unparse(a) == ast.unparse(b)
    return a if same else ast.Call(ast.Name("where"), [condition, a, b], [])


def _derivative(node: ast.expr, by: str, z: ast.expr) -> ast.expr:
    """The derivative of an expression of x, y, w and z, whose own derivative is the expression `z`."""
    if isinstance(node, ast.Constant):
        return ZERO
    if isinstance(node, ast.Name):
        return ONE if node.id == by else z if node.id == "z" else ZERO
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _negative(_derivative(node.operand, by, z))
    if isinstance(node, ast.BinOp):
        a, b = node.left, node.right
        da, db = _derivative(a, by, z), _derivative(b, by, z)
        if isinstance(node.op, ast.Add):
            return _sum(da, db)
        if isinstance(node.op, ast.Sub):
            return _difference(da, db)
        if isinstance(node.op, ast.Mult):
            return _sum(_product(da, b), _product(a, db))
        if isinstance(node.op, ast.Div):
            return _difference(_quotient(da, b), _product(db, _quotient(node, b)))
    if isinstance(node, ast.Compare):
        return ZERO
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "where":
            condition, a, b = node.args
            return _choice(condition, _derivative(a, by, z), _derivative(b, by, z))
        f = BY_NAME.get(node.func.id)
        if f is not None:
            total: ast.expr = ZERO
            inner = {**dict(zip(f.operands, node.args, strict=True)), "z": node}
            for n, (arg, partial) in enumerate(zip(node.args, f.partials, strict=True)):
                if n not in f.constant:
                    total = _sum(total, _product(_derivative(arg, by, z), substitute(parse(partial), inner)))
            return total
    raise ValueError(f"no derivative of {ast.unparse(node)}: a partial is made of + - * /, where and operations of the table")


@cache
def second(op: Op) -> tuple[tuple[int, int, str], ...]:
    """The second partials of an operation that are not zero everywhere: (p, q, expression of x, y, w, z), p <= q."""
    found = []
    for p, partial in enumerate(op.partials):
        for q in range(p, op.arity):
            if {p, q} & set(op.constant) or constant(partial) is not None:
                continue
            text = ast.unparse(ast.fix_missing_locations(_derivative(parse(partial), op.operands[q], parse(op.partials[q]))))
            if constant(text) != 0:
                found.append((p, q, text))
    return tuple(found)
