"""What a partial derivative of the table depends on: which operations are linear, and in which operands.

The answer is structural: it holds at every point, and knows no value.
"""

from __future__ import annotations

import ast

from jittape.ops import table as _table  # noqa: F401  (declares the operations)
from jittape.ops.expressions import constant, parse
from jittape.ops.spec import BY_NAME, OPERANDS, Op


def passes(op: Op) -> tuple[bool, ...]:
    """For each operand, whether a derivative with respect to it is not zero everywhere."""
    return tuple(p not in op.constant and constant(partial) != 0.0 for p, partial in enumerate(op.partials))


def pairs(op: Op) -> set[tuple[int, int]]:
    """The pairs p <= q of operands whose second partial derivative is not zero everywhere.

    Example:
        >>> from jittape.ops.dependence import pairs
        >>> from jittape.ops.spec import BY_NAME
        >>> sorted(pairs(BY_NAME["mul"])), sorted(pairs(BY_NAME["div"])), sorted(pairs(BY_NAME["maximum"]))
        ([(0, 1)], [(0, 1), (1, 1)], [])
    """
    active = passes(op)
    found = set()
    for p, partial in enumerate(op.partials):
        if active[p]:
            for v in _moves(op, parse(partial)):
                q = OPERANDS.index(v)
                if active[q]:
                    found.add((min(p, q), max(p, q)))
    return found


def _moves(op: Op, node: ast.expr) -> set[str]:
    """The operands that an expression depends on, other than by steps."""
    if isinstance(node, ast.Name):
        if node.id == "z":
            return {v for v, active in zip(op.operands, passes(op), strict=True) if active}
        return {node.id} & set(op.operands)
    if isinstance(node, ast.Compare):
        return set()
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        if node.func.id == "where":
            smooth = [False, True, True]
        else:
            smooth = list(passes(BY_NAME[node.func.id]))
        return set().union(*(_moves(op, a) for a, moves in zip(node.args, smooth, strict=True) if moves))
    parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return set().union(*(_moves(op, child) for child in parts))
