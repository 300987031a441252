"""The body of a native function, statement by statement, written as instructions of LLVM's."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from llvmlite import ir

from jittape.compiler.translation.expressions import RESULT, Expressions
from jittape.compiler.translation.values import LONG, NONE, NOTHING, Value, cast, refuse


@dataclass
class _Loop:
    """Where a loop goes on, where one comes out of it, and which variables have a value at each `break`."""

    next: Any
    after: Any
    left: list[set[str]] = field(default_factory=list)


class Body(Expressions):
    """Writes one function; see `Expressions` for the arguments."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._loops: list[_Loop] = []
        self._begin = self._builder.block
        self._end = self._made.append_basic_block("end")

    def write(self) -> Any:
        """Write it; returns the kind of the result."""
        self._statements(self._tree.body)
        if not self._builder.block.is_terminated:
            if RESULT in self._known and self._known[RESULT] != NONE:
                refuse("a result of some returns only")
            self._builder.branch(self._end)
        self._head.branch(self._begin)
        self._builder.position_at_end(self._end)
        kind = self._known.get(RESULT, NONE)
        numbers = [self._builder.load(place) for place in self._places.get(RESULT, [])]
        parts = [x.type for x in numbers]
        returned = ir.VoidType() if not parts else parts[0] if len(parts) == 1 else ir.LiteralStructType(parts)
        if not parts:
            self._builder.ret_void()
        elif len(parts) == 1:
            self._builder.ret(numbers[0])
        else:
            whole = ir.Constant(returned, ir.Undefined)
            for i, x in enumerate(numbers):
                whole = self._builder.insert_value(whole, x, i)
            self._builder.ret(whole)
        # what a function returns is known at its end only, and nothing has called it so far
        self._made.ftype = ir.FunctionType(returned, self._made.ftype.args)
        self._made.type = self._made.ftype.as_pointer()
        self._made.return_value = ir.values.ReturnValue(self._made, returned)
        return kind

    # --- statements ---------------------------------------------------------------------------------------------------

    def _statements(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            if self._builder.block.is_terminated:  # nobody gets there
                return
            self.line = node.lineno
            method = STATEMENTS.get(type(node))
            if method is None:
                refuse(f"a statement {type(node).__name__}")
            method(self, node)

    def _expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self._value(node.value)

    def _pass(self, node: ast.Pass) -> None:
        pass

    def _assign(self, node: ast.Assign) -> None:
        x = self._value(node.value)
        for target in node.targets:
            self._put(target, x)

    def _put(self, target: ast.expr, x: Value) -> None:
        if isinstance(target, ast.Name):
            self._store(target.id, x)
        elif isinstance(target, ast.Tuple):
            items = x.items
            if len(items) != len(target.elts):
                refuse("other numbers of variables and values")
            for part, item in zip(target.elts, items, strict=True):
                self._put(part, item)
        elif isinstance(target, ast.Subscript):
            self._put_at(self._element(target), x)
        else:
            refuse("an assignment to something else than a variable or an element")

    def _put_at(self, place: tuple[Any, Any], x: Value) -> None:
        pointer, kind = place
        self._builder.store(cast(self._builder, x, kind).ir, pointer)

    def _aug_assign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._put(node.target, self._operated(node.op, self._value(node.target), node.value))
        elif isinstance(node.target, ast.Subscript):
            place = self._element(node.target)
            self._put_at(place, self._operated(node.op, self._loaded(place), node.value))
        else:
            refuse("an assignment to something else than a variable or an element")

    def _return(self, node: ast.Return) -> None:
        self._store(RESULT, NOTHING if node.value is None else self._value(node.value))
        self._builder.branch(self._end)

    def _if(self, node: ast.If) -> None:
        then, otherwise, after = (self._made.append_basic_block() for _ in range(3))
        self._branch(node.test, then, otherwise)
        before, reached = self._sure, []
        for block, statements in ((then, node.body), (otherwise, node.orelse)):
            self._builder.position_at_end(block)
            self._sure = before.copy()
            self._statements(statements)
            if not self._builder.block.is_terminated:
                self._builder.branch(after)
                reached.append(self._sure)
        self._at(after, reached)

    def _at(self, block: Any, reached: list[set[str]]) -> None:
        """Go on at a block, which is reached with these variables known on each way."""
        self._builder.position_at_end(block)
        if reached:
            self._sure = set.intersection(*reached)
        else:
            self._builder.unreachable()

    def _while(self, node: ast.While) -> None:
        if node.orelse:
            refuse("else of a loop")
        test, body, after = (self._made.append_basic_block() for _ in range(3))
        self._builder.branch(test)
        self._builder.position_at_end(test)
        self._branch(node.test, body, after)
        self._builder.position_at_end(body)
        before = self._sure.copy()
        with self._loop(test, after) as loop:
            self._statements(node.body)
        if not self._builder.block.is_terminated:
            self._builder.branch(test)
        endless = isinstance(node.test, ast.Constant) and node.test.value
        self._at(after, loop.left if endless else [before])

    def _for(self, node: ast.For) -> None:
        steps = node.iter
        known = isinstance(steps, ast.Call) and isinstance(steps.func, ast.Name) and self._object(steps.func) is range
        if not known or node.orelse or not isinstance(node.target, ast.Name):
            refuse("a loop over something else than a range")
        assert isinstance(steps, ast.Call)
        given = [cast(self._builder, self._integer(x), LONG).ir for x in steps.args]
        one = ir.Constant(ir.IntType(LONG.bitwidth), 1)
        begin, end, step = [(one.type(0), *given, one), (*given, one), given][len(given) - 1]
        b = self._builder
        at = self._head.alloca(one.type)
        b.store(begin, at)
        test, body, next_, after = (self._made.append_basic_block() for _ in range(4))
        b.branch(test)
        b.position_at_end(test)
        i = b.load(at)
        if isinstance(step, ir.Constant):
            goes_on = b.icmp_signed("<" if step.constant > 0 else ">", i, end) if step.constant else refuse("a range of steps of 0")
        else:  # of none where the step is 0
            down = b.and_(b.icmp_signed("<", step, step.type(0)), b.icmp_signed(">", i, end))
            goes_on = b.select(b.icmp_signed(">", step, step.type(0)), b.icmp_signed("<", i, end), down)
        b.cbranch(goes_on, body, after)
        b.position_at_end(body)
        before = self._sure.copy()
        self._store(node.target.id, Value(LONG, i))
        with self._loop(next_, after):
            self._statements(node.body)
        if not b.block.is_terminated:
            b.branch(next_)
        b.position_at_end(next_)
        b.store(b.add(b.load(at), step), at)
        b.branch(test)
        self._at(after, [before])

    @contextmanager
    def _loop(self, next_: Any, after: Any) -> Iterator[_Loop]:
        self._loops.append(_Loop(next_, after))
        yield self._loops[-1]
        self._loops.pop()

    def _continue(self, node: ast.Continue) -> None:
        self._builder.branch(self._loops[-1].next)

    def _break(self, node: ast.Break) -> None:
        self._loops[-1].left.append(self._sure.copy())
        self._builder.branch(self._loops[-1].after)


STATEMENTS: dict[type[ast.stmt], Callable[[Body, Any], None]] = {
    ast.Assign: Body._assign,
    ast.AugAssign: Body._aug_assign,
    ast.Break: Body._break,
    ast.Continue: Body._continue,
    ast.Expr: Body._expr,
    ast.For: Body._for,
    ast.If: Body._if,
    ast.Pass: Body._pass,
    ast.Return: Body._return,
    ast.While: Body._while,
}
