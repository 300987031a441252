"""Variables and expressions of a native function, written as instructions of LLVM's.

A variable is a place on the stack for each number that it consists of; LLVM makes registers of them. It has one kind, that of what is first stored to it, and
it is read only where something has been stored to it on every way there: what it would be elsewhere is for Numba to say.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.extending import _Intrinsic
from numba.core.types.functions import ExternalFunction

from jittape.compiler.dispatchers import is_dispatcher
from jittape.compiler.translation import arithmetic
from jittape.compiler.translation.sources import Names, definition, names_read
from jittape.compiler.translation.values import (
    BOOLEAN,
    LONG,
    NONE,
    NOTHING,
    Value,
    built,
    cast,
    computed,
    constant,
    flat,
    flat_ir,
    is_number,
    is_real,
    refuse,
    together,
    truth,
    unified,
)

RESULT = "return"
"""The variable, which no function can name, of what is returned."""


class Expressions:
    """Writes the expressions of one function, and keeps its variables.

    Args:
        unit: what translates the functions that it calls.
        made: the empty function; it gets the type of its result.
    """

    def __init__(self, unit: Any, function: FunctionType, made: ir.Function, arguments: tuple[Any, ...]) -> None:
        self._unit = unit
        self._names = Names(function)
        self._tree = definition(function)
        self._read = {RESULT, *names_read(self._tree)}
        self._variables = {*function.__code__.co_varnames, *function.__code__.co_cellvars}
        self._made = made
        self._known: dict[str, Any] = {}
        self._places: dict[str, list[Any]] = {}
        self._sure: set[str] = set()
        """The variables that have a value on every way to where the builder is."""
        self._head = ir.IRBuilder(made.append_basic_block("places"))
        self._builder = ir.IRBuilder(made.append_basic_block("body"))
        self.line = self._tree.lineno
        names = [a.arg for a in self._tree.args.args]
        if len(names) != len(arguments):
            refuse(f"{len(arguments)} arguments of a function of {len(names)}")
        numbers = iter(made.args)
        for name, kind in zip(names, arguments, strict=True):
            self._store(name, built(kind, numbers))

    # --- variables ----------------------------------------------------------------------------------------------------

    def _store(self, name: str, x: Value) -> None:
        if name not in self._read:  # the `_` of an assignment to several
            return
        kind = self._known.setdefault(name, x.kind)
        if kind != x.kind:
            refuse(f"{kind} and {x.kind} in one place")
        self._sure.add(name)
        if name not in self._places:
            self._places[name] = [self._head.alloca(self._unit.llvm_type(part)) for part in flat(kind)]
        for place, number in zip(self._places[name], flat_ir(x), strict=True):
            self._builder.store(number, place)

    def _load(self, name: str) -> Value:
        if name not in self._sure:
            refuse(f"the variable {name}, which may have no value yet")
        return built(self._known[name], iter([self._builder.load(place) for place in self._places[name]]))

    # --- expressions --------------------------------------------------------------------------------------------------

    def _value(self, node: ast.expr) -> Value:
        method = EXPRESSIONS.get(type(node))
        if method is None:
            refuse(f"an expression {type(node).__name__}")
        return method(self, node)

    def _integer(self, node: ast.expr) -> Value:
        x = self._value(node)
        if x.kind != LONG and x.kind != BOOLEAN:
            refuse(f"{x.kind} as an index")
        return x

    def _constant(self, node: ast.Constant) -> Value:
        return constant(node.value) or refuse(f"the constant {node.value!r}")

    def _name(self, node: ast.Name) -> Value:
        if node.id in self._places:
            return self._load(node.id)
        return self._of_python(self._object(node))

    def _attribute(self, node: ast.Attribute) -> Value:
        return self._of_python(self._object(node))

    def _of_python(self, x: Any) -> Value:
        return constant(x) or refuse(f"{x!r} as a value")

    def _object(self, node: ast.expr) -> Any:
        """What a name, or a name in a module, stands for."""
        if isinstance(node, ast.Name):
            if node.id in self._variables:
                refuse(f"the variable {node.id}, which has no value yet, or in place of a function")
            return self._names(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._object(node.value)
            if isinstance(owner, ModuleType) and hasattr(owner, node.attr):
                return getattr(owner, node.attr)
        return refuse(f"{ast.unparse(node)}")

    def _tuple(self, node: ast.Tuple) -> Value:
        return together([self._value(x) for x in node.elts])

    def _bin_op(self, node: ast.BinOp) -> Value:
        if isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Constant):
            try:  # a power of constants, as Python's compiler computes it
                return self._of_python(node.left.value ** ast.literal_eval(node.right))
            except (ValueError, ArithmeticError):
                pass
        return self._operated(node.op, self._value(node.left), node.right)

    def _operated(self, op: ast.operator, x: Value, right: ast.expr) -> Value:
        y = self._value(right)
        if isinstance(op, ast.Pow):
            if y.kind != LONG:
                return arithmetic.real_power(self._builder, x, y)
            if isinstance(y.ir, ir.Constant) and 0 <= y.ir.constant <= arithmetic.LARGEST_POWER:
                return arithmetic.power(self._builder, x, int(y.ir.constant))
            if not is_real(x.kind):
                refuse(f"{x.kind} to a power that is computed")
            found: Value = self._unit.call(self._builder, arithmetic.multiplied_up, [x, y])
            return found
        if isinstance(op, ast.Add) and isinstance(x.kind, tuple) and isinstance(y.kind, tuple):
            return together([*x.items, *y.items])
        return arithmetic.binary(self._builder, op, x, y)

    def _unary_op(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return Value(BOOLEAN, self._builder.not_(truth(self._builder, self._value(node.operand)).ir))
        return arithmetic.unary(self._builder, node.op, self._value(node.operand))

    def _compare(self, node: ast.Compare) -> Value:
        if len(node.ops) > 1:
            return self._chosen(lambda yes, no: self._branch(node, yes, no), self._true, self._false)
        return arithmetic.compared(self._builder, node.ops[0], self._value(node.left), self._value(node.comparators[0]))

    def _true(self) -> Value:
        return Value(BOOLEAN, ir.Constant(ir.IntType(1), 1))

    def _false(self) -> Value:
        return Value(BOOLEAN, ir.Constant(ir.IntType(1), 0))

    def _branch(self, test: ast.expr, yes: Any, no: Any) -> None:
        """Go on at one of two blocks."""
        if isinstance(test, ast.BoolOp):
            for value in test.values[:-1]:
                next_ = self._made.append_basic_block()
                self._branch(value, *((next_, no) if isinstance(test.op, ast.And) else (yes, next_)))
                self._builder.position_at_end(next_)
            self._branch(test.values[-1], yes, no)
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self._branch(test.operand, no, yes)
        elif isinstance(test, ast.Compare) and len(test.ops) > 1:
            left = self._value(test.left)
            for i, (op, node) in enumerate(zip(test.ops, test.comparators, strict=True)):
                right = self._value(node)
                next_ = yes if i == len(test.ops) - 1 else self._made.append_basic_block()
                self._builder.cbranch(arithmetic.compared(self._builder, op, left, right).ir, next_, no)
                self._builder.position_at_end(next_)
                left = right
        elif isinstance(test, ast.Constant):
            self._builder.branch(yes if test.value else no)
        else:
            self._builder.cbranch(truth(self._builder, self._value(test)).ir, yes, no)

    def _if_exp(self, node: ast.IfExp) -> Value:
        return self._chosen(lambda yes, no: self._branch(node.test, yes, no), lambda: self._value(node.body), lambda: self._value(node.orelse))

    def _bool_op(self, node: ast.BoolOp) -> Value:
        found = self._value(node.values[0])
        for other in node.values[1:]:
            known = found
            sure: Callable[[], Value] = lambda known=known: known  # type: ignore[misc]
            more: Callable[[], Value] = lambda other=other: self._value(other)  # type: ignore[misc]

            def test(yes: Any, no: Any, known: Value = known) -> None:
                self._builder.cbranch(truth(self._builder, known).ir, yes, no)

            found = self._chosen(test, more, sure) if isinstance(node.op, ast.And) else self._chosen(test, sure, more)
        return found

    def _chosen(self, test: Callable[[Any, Any], None], first: Callable[[], Value], second: Callable[[], Value]) -> Value:
        """One of two values, of which one is computed."""
        b = self._builder
        yes, no, after = (self._made.append_basic_block() for _ in range(3))
        test(yes, no)
        ends = []
        for block, value in ((yes, first), (no, second)):
            b.position_at_end(block)
            x = value()
            ends.append((b.block, x))
        kind = unified(ends[0][1].kind, ends[1][1].kind)
        numbers = []
        for block, x in ends:
            b.position_at_end(block)
            numbers.append((b.block, flat_ir(cast(b, x, kind))))
            b.branch(after)
        b.position_at_end(after)
        joined = []
        for part, x, y in zip(flat(kind), numbers[0][1], numbers[1][1], strict=True):
            phi = b.phi(self._unit.llvm_type(part))
            phi.add_incoming(x, numbers[0][0])
            phi.add_incoming(y, numbers[1][0])
            joined.append(phi)
        return built(kind, iter(joined))

    # --- elements -----------------------------------------------------------------------------------------------------

    def _subscript(self, node: ast.Subscript) -> Value:
        owner = self._value(node.value)
        if isinstance(owner.kind, tuple):
            return self._item(owner, node.slice)
        return self._loaded(self._element(node, owner))

    def _item(self, owner: Value, index: ast.expr) -> Value:
        """An item of a tuple; by a number that is computed, one of equal kinds."""
        items = owner.items
        which = self._integer(index)
        if isinstance(which.ir, ir.Constant):
            place = int(which.ir.constant)
            return items[place] if -len(items) <= place < len(items) else refuse("an item that a tuple does not have")
        kind = items[0].kind
        if isinstance(kind, tuple) or any(item.kind != kind for item in items):
            refuse("a computed item of unlike ones")
        memory = self._head.alloca(self._unit.llvm_type(kind), len(items))
        for i, item in enumerate(items):
            self._builder.store(item.ir, self._builder.gep(memory, [ir.Constant(ir.IntType(32), i)]))
        place = cast(self._builder, which, LONG).ir
        place = self._builder.select(self._builder.icmp_signed("<", place, place.type(0)), self._builder.add(place, place.type(len(items))), place)
        return Value(kind, self._builder.load(self._builder.gep(memory, [place])))

    def _element(self, node: ast.Subscript, owner: Value | None = None) -> tuple[Any, Any]:
        """Where an element of a pointer's stands, and of which kind it is."""
        pointer = self._value(node.value) if owner is None else owner
        if not isinstance(pointer.kind, types.CPointer):
            refuse(f"elements of {pointer.kind}")
        index = cast(self._builder, self._integer(node.slice), LONG)
        return self._builder.gep(pointer.ir, [index.ir]), pointer.kind.dtype

    def _loaded(self, place: tuple[Any, Any]) -> Value:
        pointer, kind = place
        return self._widened(Value(kind, self._builder.load(pointer)))

    def _widened(self, x: Value) -> Value:
        return cast(self._builder, x, computed(x.kind)) if isinstance(x.kind, types.Type) and is_number(x.kind) else x

    # --- calls --------------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Value:
        f = self._object(node.func)
        arguments = [self._value(x) for x in node.args]
        if is_dispatcher(f):
            called: Value = self._unit.call(self._builder, f, self._complete(f.py_func, arguments, node.keywords))
            return called
        if node.keywords:
            refuse("arguments by name")
        if isinstance(f, _Intrinsic):
            return self._intrinsic(f, arguments)
        if isinstance(f, ExternalFunction):
            return self._external(f, arguments)
        written: Value = (arithmetic.FUNCTIONS.get(f) or refuse(f"the function {ast.unparse(node.func)}"))(self._builder, *arguments)
        return written

    def _complete(self, f: FunctionType, given: list[Value], named: list[ast.keyword]) -> list[Value]:
        """The arguments of a call, those by name and by default included."""
        names = f.__code__.co_varnames[: f.__code__.co_argcount]
        found: dict[str, Value] = dict(zip(names, given, strict=False))
        for keyword in named:
            if keyword.arg not in names or keyword.arg in found:
                refuse("arguments by name")
            found[keyword.arg] = self._value(keyword.value)
        defaults = f.__defaults__ or ()
        for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            if name not in found:
                found[name] = self._of_python(default)
        if len(found) != len(names) or len(given) > len(names):
            refuse("other numbers of arguments")
        return [found[name] for name in names]

    def _intrinsic(self, f: Any, arguments: list[Value]) -> Value:
        if any(isinstance(x.kind, tuple) for x in arguments):
            refuse("a tuple for an intrinsic")
        signature, write = f._defn(self._unit.context.typing_context, *(x.kind for x in arguments)) or refuse(f"arguments of {f}")
        given = [cast(self._builder, x, kind).ir for x, kind in zip(arguments, signature.args, strict=True)]
        found = write(self._unit.context, self._builder, signature, given)
        return NOTHING if signature.return_type == NONE else self._widened(Value(signature.return_type, found))

    def _external(self, f: Any, arguments: list[Value]) -> Value:
        """A call of a function of C by its name."""
        signature, module = f.sig, self._unit.module
        result = signature.return_type
        given = [cast(self._builder, x, kind).ir for x, kind in zip(arguments, signature.args, strict=True)]
        returned = ir.VoidType() if result == NONE else self._unit.llvm_type(result)
        declared = module.globals.get(f.symbol) or ir.Function(module, ir.FunctionType(returned, [x.type for x in given]), f.symbol)
        found = self._builder.call(declared, given)
        return NOTHING if result == NONE else self._widened(Value(result, found))


EXPRESSIONS: dict[type[ast.expr], Callable[[Expressions, Any], Value]] = {
    ast.Attribute: Expressions._attribute,
    ast.BinOp: Expressions._bin_op,
    ast.BoolOp: Expressions._bool_op,
    ast.Call: Expressions._call,
    ast.Compare: Expressions._compare,
    ast.Constant: Expressions._constant,
    ast.IfExp: Expressions._if_exp,
    ast.Name: Expressions._name,
    ast.Subscript: Expressions._subscript,
    ast.Tuple: Expressions._tuple,
    ast.UnaryOp: Expressions._unary_op,
}
