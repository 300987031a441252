"""Truncated power series of the table's operations: what a sweep of Taylor coefficients does for each, made from the table.

Coefficient k of an operation v = f(x) follows from its partial d = f'(x) by k v_k = sum of j x_j d_(k-j), j = 1 to k (Griewank and Walther,
Evaluating Derivatives, ch. 13), since v' = d x'. The partial is an expression of the table's operations, whose coefficients come the same way;
where it names the result, as that of exp does, or an operation whose partial leads back, as those of sin and cos, the system is closed: d is
needed up to coefficient k - 1 only. Where it leads on (polygamma, Bessel functions), each step is needed one coefficient less. Sums, differences,
products and quotients have their own rules; so have powers of a constant exponent.

`recipe` writes this down as a list of steps over blocks of coefficients, which `sweep/series` carries out.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from jittape.ops import table as _table  # noqa: F401  (declares the operations)
from jittape.ops.expressions import parse
from jittape.ops.spec import BY_NAME, Op, by_code

(
    VALUE,  # coefficient 0 by the operation's kernel
    NUMBER,  # a constant
    COPY,
    ADD,
    SUB,
    NEG,
    MUL,
    SCALE,  # a product whose second factor is constant
    DIV,
    DIVIDE,  # a quotient whose divisor is constant
    SELECT,  # by coefficient 0 of the first operand
    STORE,  # k v_k = sum of j x_j d_(k-j)
    ACCUMULATE,  # the same, added
    STORE_CONSTANT,  # v_k = x_k d_0
    ACCUMULATE_CONSTANT,
    POWER,  # of a constant exponent, from coefficient 1 on
    GATHER,
    SUMS,
    RUNNING,
    EXTREME,
    PRODUCT,  # of matrices
) = range(21)
OPERANDS = 3
"""Numbers of blocks below this are an operation's operands; its own blocks follow."""
MOST_STEPS = 20_000
"""Steps of one operation beyond which the order is refused."""


class Step(NamedTuple):
    """One step of a recipe, of blocks by their numbers.

    Attributes:
        what: VALUE to POWER.
        to: the block that it writes.
        a, b, c: blocks that it reads, or -1.
        top: the highest coefficient that is needed.
        code: the operation's number, of VALUE.
        number: of NUMBER.
    """

    what: int
    to: int
    a: int = -1
    b: int = -1
    c: int = -1
    top: int = 0
    code: int = -1
    number: float = 0.0


class Recipe(NamedTuple):
    """The steps of an operation, how many blocks they write, and which of these is the result."""

    steps: tuple[Step, ...]
    blocks: int
    result: int


@dataclass(eq=False)
class _Node:
    """Coefficients that are needed up to `need`; those of a constant are zero from 1 on."""

    what: int
    args: tuple[_Node, ...] = ()
    active: bool = False
    op: Op | None = None
    number: float = math.nan
    shift: tuple[int, float] | None = None
    """Of a constant that is an operand plus a number: which one, and this."""
    need: int = -1
    partials: list[tuple[_Node, _Node]] | None = None
    """(operand, partial) of each operand that has a part."""
    key: int = field(default=-1)


_OPERATORS = {ast.Add: ADD, ast.Sub: SUB, ast.Mult: MUL, ast.Div: DIV}
_COMPARISONS = {ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal", ast.Eq: "equal", ast.NotEq: "not_equal"}
_OPERAND = -1


@cache
def _arithmetic(text: str) -> bool:
    """Whether an expression is made of operands, numbers, and + - * / alone."""
    allowed = (ast.BinOp, ast.UnaryOp, ast.USub, ast.Name, ast.Constant, ast.Load, *_OPERATORS)
    return all(isinstance(node, allowed) for node in ast.walk(parse(text)))


class _Graph:
    def __init__(self, order: int) -> None:
        self.order = order
        self.nodes: list[_Node] = []
        self.known: dict[object, _Node] = {}
        self.waiting: list[tuple[_Node, int]] = []

    def node(self, key: object, what: int, args: tuple[_Node, ...] = (), active: bool = False, **more: object) -> _Node:
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = _Node(what, args, active, key=len(self.nodes), **more)  # type: ignore[arg-type]
            self.nodes.append(found)
            if len(self.nodes) > MOST_STEPS:
                raise OverflowError
        return found

    def number(self, value: float) -> _Node:
        return self.node(("number", repr(value)), NUMBER, number=value)

    def operand(self, i: int, active: bool) -> _Node:
        return self.node(("operand", i), _OPERAND, active=active, number=float("nan"), shift=None if active else (i, 0.0))

    # --- arithmetic ----------------------------------------------------------------------------------------------------------

    def arithmetic(self, what: int, a: _Node, b: _Node) -> _Node:
        x, y = (n.number if n.what == NUMBER else None for n in (a, b))
        if x is not None and y is not None:
            with_zero = math.inf if x > 0 else -math.inf if x < 0 else math.nan
            return self.number(x + y if what == ADD else x - y if what == SUB else x * y if what == MUL else x / y if y else with_zero)
        if what in (ADD, SUB):
            if y == 0:
                return a
            if x == 0:
                return b if what == ADD else self.negative(b)
            for one, number in ((a, y), (b, x if what == ADD else None)):
                if one.shift is not None and number is not None:
                    return self.shifted(one.shift[0], one.shift[1] + (number if what == ADD else -number))
        if what == MUL:
            if x == 1:
                return b
            if y == 1:
                return a
            if -1 in (x, y):
                return self.negative(b if x == -1 else a)
            if a.active < b.active:
                a, b = b, a
            if a.active and not b.active:
                what = SCALE
        if what == DIV:
            if y == 1:
                return a
            if not b.active:
                what = DIVIDE
        return self.node((what, a.key, b.key), what, (a, b), a.active or b.active)

    def shifted(self, operand: int, by: float) -> _Node:
        base = self.known["operand", operand]
        return self.node(("shift", operand, by), ADD, (base, self.number(by)), shift=(operand, by)) if by else base

    def negative(self, a: _Node) -> _Node:
        if a.what == NUMBER:
            return self.number(-a.number)
        return a.args[0] if a.what == NEG else self.node((NEG, a.key), NEG, (a,), a.active)

    # --- expressions ---------------------------------------------------------------------------------------------------------

    def expression(self, node: ast.expr, names: dict[str, _Node]) -> _Node:
        if isinstance(node, ast.Constant):
            return self.number(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            return self.number(math.inf) if node.id == "inf" else names[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self.negative(self.expression(node.operand, names))
        if isinstance(node, ast.BinOp):
            return self.arithmetic(_OPERATORS[type(node.op)], self.expression(node.left, names), self.expression(node.right, names))
        if isinstance(node, ast.Compare):
            sides = [self.expression(side, names) for side in (node.left, node.comparators[0])]
            return self.apply(BY_NAME[_COMPARISONS[type(node.ops[0])]], sides)
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        args = [self.expression(arg, names) for arg in node.args]
        if node.func.id == "where":
            return self.choice(*args)
        return self.apply(BY_NAME[node.func.id], args)

    def choice(self, mask: _Node, a: _Node, b: _Node) -> _Node:
        if a is b:
            return a
        return self.node((SELECT, mask.key, a.key, b.key), SELECT, (mask, a, b), a.active or b.active)

    def apply(self, op: Op, args: list[_Node]) -> _Node:
        flat = all(p == "0" for p in op.partials)
        if op.name == "where":
            return self.choice(*args)
        if not flat and _arithmetic(op.z):
            return self.expression(parse(op.z), dict(zip(op.operands, args, strict=True)))
        active = not flat and any(a.active for i, a in enumerate(args) if i not in op.constant)
        power = op.name in ("pow", "powc") and active and not args[1].active
        return self.node((op.name, *(a.key for a in args)), POWER if power else VALUE, tuple(args), active, op=op)

    # --- how many coefficients ------------------------------------------------------------------------------------------------

    def ask(self, node: _Node, need: int) -> None:
        """Coefficients up to `need` of a node, and what these follow from."""
        self.waiting.append((node, need))
        while self.waiting:
            node, need = self.waiting.pop()
            need = need if node.active else 0
            if need <= node.need:
                continue
            node.need = need
            if node.what == SELECT:
                self.waiting += [(node.args[0], 0), (node.args[1], need), (node.args[2], need)]
                continue
            self.waiting += [(a, need) for a in node.args]
            if node.what == VALUE and node.active and need:
                if node.partials is None:
                    node.partials = self.partials(node)
                self.waiting += [(d, need - 1) for _, d in node.partials]

    def partials(self, node: _Node) -> list[tuple[_Node, _Node]]:
        op = node.op
        assert op is not None
        names = {**dict(zip(op.operands, node.args, strict=True)), "z": node}
        found = []
        for i, (arg, text) in enumerate(zip(node.args, op.slopes or op.partials, strict=True)):
            if arg.active and i not in op.constant:
                d = self.expression(parse(text), names)
                if not (d.what == NUMBER and d.number == 0.0):
                    found.append((arg, d))
        return found


@cache
def recipe(code: int, active: int, order: int) -> Recipe:
    """How the coefficients up to `order` of an elementwise operation follow from those of its operands.

    Args:
        code: of the operation.
        active: bits of the operands that are not constant.

    Raises:
        OverflowError: that takes more than MOST_STEPS steps.
    """
    op, graph = by_code(code), _Graph(order)
    operands = [graph.operand(i, bool(active >> i & 1) and i not in op.constant) for i in range(op.arity)]
    z = graph.apply(op, operands)
    if z.what in (_OPERAND, NUMBER):
        z = graph.node("result", COPY, (z,), z.active)
    graph.ask(z, order)
    numbers: dict[int, int] = {}
    needed = [node for node in graph.nodes if node.need >= 0]
    for node in needed:
        if node.what != _OPERAND:
            numbers[node.key] = OPERANDS + len(numbers)
    for i, node in enumerate(operands):
        numbers[node.key] = i
    steps: list[Step] = []
    for node in needed:
        if node.what == _OPERAND:
            continue
        to = numbers[node.key]
        a, b, c = ([numbers[arg.key] for arg in node.args] + [-1, -1, -1])[:OPERANDS]
        if node.what in (VALUE, POWER):
            assert node.op is not None
            steps.append(Step(VALUE, to, a, b, c, code=node.op.code))
            if node.what == POWER:
                steps.append(Step(POWER, to, a, b, top=node.need))
            stored = False
            for arg, d in node.partials or ():
                what = (ACCUMULATE if stored else STORE) if d.active else ACCUMULATE_CONSTANT if stored else STORE_CONSTANT
                steps.append(Step(what, to, numbers[arg.key], numbers[d.key], top=node.need))
                stored = True
        else:
            steps.append(Step(node.what, to, a, b, c, top=node.need, number=node.number if node.what == NUMBER else 0.0))
    return Recipe(tuple(steps), len(needed) - sum(node.what == _OPERAND for node in needed), numbers[z.key])
