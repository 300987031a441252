"""The derivative rules of scalar operations as data: a few instructions each, for native code that writes reverse sweeps.

A contribution (adjoint times partial) is a list of steps (operation, a, b); an operand is the adjoint, x, y, the result z, a
constant, or the outcome of an earlier step. Rules with choices have no such list; they are left to Python.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from jittape.ops.expressions import choice, constant, in_switch, parse
from jittape.ops.layout import RUN
from jittape.ops.spec import BY_NAME, OPS, Op
from jittape.sweep.point.writing import NONZERO

G, X, Y, Z, STEP = range(5)
"""Operands of steps: the adjoint, those of the operation, its result; STEP + i is the outcome of step i, -1 - c constant c."""
NONE, PYTHON = -1, -2
"""In place of the first step: no derivative; no list."""
_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}


class _Unlisted(Exception):
    """An expression that scalar instructions cannot say."""


@dataclass
class Templates:
    """The lists of all operations.

    Attributes:
        table: int32 [RUN, 2, 4]: for each opcode and operand (first step or NONE or PYTHON, end, outcome, NONZERO or 0).
        steps: int32 [steps, 3].
        constants: the numbers that constants stand for.
        most: the number of steps of the longest list.
    """

    table: NDArray[np.int32]
    steps: NDArray[np.int32]
    constants: list[float] = field(default_factory=list)
    most: int = 0

    def used(self, opcodes: NDArray[np.uint16]) -> list[int]:
        """Which constants the rules of some operations use."""
        rows = self.table[np.unique(opcodes[opcodes < RUN])].reshape(-1, 4)
        found: set[int] = set()
        for first, end, *_ in rows[rows[:, 0] >= 0].tolist():
            found.update((-1 - self.steps[first:end, 1:][self.steps[first:end, 1:] < 0]).tolist())
        return sorted(found)


class _Writer:
    def __init__(self) -> None:
        self.steps: list[tuple[int, int, int]] = []
        self.constants: dict[float, int] = {}
        self.first = 0

    def number(self, x: float) -> int:
        return -1 - self.constants.setdefault(x, len(self.constants))

    def step(self, name: str, a: int, b: int = G) -> int:
        self.steps.append((BY_NAME[name].code, a, b))
        return STEP + len(self.steps) - 1 - self.first

    def expression(self, node: ast.expr) -> int:
        value = constant(ast.unparse(node))
        if value is not None:
            return self.number(value)
        if isinstance(node, ast.Name) and node.id in "xyz":
            return {"x": X, "y": Y, "z": Z}[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self.step("neg", self.expression(node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return self.step(_BINARY[type(node.op)], self.expression(node.left), self.expression(node.right))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            op = BY_NAME.get(node.func.id)
            if op is not None and in_switch(op):
                return self.step(op.name, *map(self.expression, node.args))
        raise _Unlisted

    def contribution(self, op: Op, partial: str) -> int:
        value = constant(partial)
        if value is not None:
            return G if value == 1.0 else self.step("neg", G) if value == -1.0 else self.step("mul", G, self.number(value))
        return self.step("product" if op.zeros or op.even else "mulz", G, self.expression(parse(partial)))


@cache
def templates() -> Templates:
    """The lists of all operations of the scalar switch."""
    writer = _Writer()
    table = np.full((RUN, 2, 4), NONE, np.int32)
    most = 0
    for op in OPS:
        for p, partial in enumerate(op.partials[:2]):
            if p in op.constant or constant(partial) == 0.0 or not in_switch(op):
                continue
            arms, when = choice(partial), 0
            if arms is not None and arms[0] == "y == 0" and 1 in op.constant:
                partial, when = arms[2], NONZERO
            writer.first = len(writer.steps)
            try:
                outcome = writer.contribution(op, partial)
            except _Unlisted:
                del writer.steps[writer.first :]
                table[op.code, p] = PYTHON
                continue
            table[op.code, p] = writer.first, len(writer.steps), outcome, when
            most = max(most, len(writer.steps) - writer.first)
    return Templates(table, np.array(writer.steps, np.int32), list(writer.constants), most)
