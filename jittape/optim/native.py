"""An update rule as a native loop: one call moves all parameters of an optimiser.

The rule's Python text is read (`ast`) and written in LLVM's language, over rows of a table: the number of elements and the addresses of the
parameter, its gradient and what is remembered; and a row of options. Where the text cannot be read, or an array does not lie in
memory in order, NumPy computes the same rule.
"""

from __future__ import annotations

import ast
import ctypes
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from jittape.compiler.jit import emitted
from jittape.compiler.ndarrays import address_of

LONG = ir.IntType(64)
EXPLICIT = 4096
"""Elements of all parameters from which on the native loop is made at once; for fewer, after some steps: it takes as long to make as
PATIENCE steps of a small network."""
PATIENCE = 20


@dataclass
class Rule:
    """An update rule, ready for use.

    Attributes:
        function: of rules.py.
        states: names of what is remembered of a parameter, an array of its shape each.
        used: how often it was used in this process.
    """

    function: Callable[..., Any]
    states: tuple[str, ...]
    used: int = 0
    _loops: dict[np.dtype[Any], Any] = field(default_factory=dict)

    def apply(self, rows: Sequence[tuple[list[NDArray[Any]], tuple[float, ...]]]) -> None:
        """Move parameters in place.

        Args:
            rows: for each parameter [x, g, what is remembered ...] and the options.
        """
        self.used += 1
        loose = rows
        if self.used > PATIENCE or sum(arrays[0].size for arrays, _ in rows) >= EXPLICIT:
            loose = []
            by_dtype: dict[np.dtype[Any], list[tuple[list[NDArray[Any]], tuple[float, ...]]]] = {}
            for row in rows:
                x, g = row[0][:2]
                if g.dtype != x.dtype or not x.flags.c_contiguous:
                    loose.append(row)
                    continue
                if not g.flags.c_contiguous:
                    row[0][1] = g.copy("C")
                by_dtype.setdefault(x.dtype, []).append(row)
            for dtype, some in by_dtype.items():
                loop = self.loop(dtype)
                if loop is None:
                    loose += some
                    continue
                table = np.array([[arrays[0].size, *map(address_of, arrays)] for arrays, _ in some], np.int64)
                options = np.array([o for _, o in some], dtype)
                loop(address_of(table), len(some), address_of(options))
        for arrays, given in loose:
            x, g, *remembered = arrays
            numbers = map(x.dtype.type, given)
            for old, new in zip([x, *remembered], self.function(x, g.astype(x.dtype, copy=False), *remembered, *numbers), strict=True):
                old[...] = new

    def loop(self, dtype: np.dtype[Any]) -> Any:
        """The native loop (address of a table, rows, address of options), or None where there is none."""
        if dtype not in self._loops:
            text = _source(self.function)
            code = None if text is None else emitted(f"update_{self.function.__name__}", f"{dtype} {text}", lambda module, name: _emit(module, name, text, len(self.states), dtype))
            self._loops[dtype] = None if code is None else (code, ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(code.address))
        found = self._loops[dtype]
        return None if found is None else found[1]

    def made(self, dtype: np.dtype[Any]) -> Any:
        """The native loop as `loop` gives it, if it was made before."""
        found = self._loops.get(dtype)
        return None if found is None else found[1]


@cache
def rule(function: Callable[..., Any], *states: str) -> Rule:
    """The rule of a function of rules.py that remembers these."""
    return Rule(function, states)


def _source(function: Callable[..., Any]) -> str | None:
    try:
        return textwrap.dedent(inspect.getsource(function))
    except OSError:
        return None


def _emit(module: ir.Module, name: str, text: str, remembered: int, dtype: np.dtype[Any]) -> None:
    """Write name(table, rows, options): for each row of the table the rule, element by element."""
    tree: Any = ast.parse(text).body[0]
    names = [a.arg for a in tree.args.args]
    arrays, options = names[: 2 + remembered], names[2 + remembered :]
    real: Any = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
    pointer = real.as_pointer()
    one = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONG] + [pointer] * len(arrays) + [real] * len(options)), f"{name}_one")
    one.linkage = "internal"
    for argument in one.args[1 : 1 + len(arrays)]:
        argument.add_attribute("noalias")
    _element_loop(one, tree, arrays, options, real)
    main = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONG] * 3), name)
    table, rows, values = main.args
    b = ir.IRBuilder(main.append_basic_block("entry"))
    at, given = b.inttoptr(table, LONG.as_pointer()), b.inttoptr(values, pointer)
    with _count(b, rows) as k:
        row = b.gep(at, [b.mul(k, LONG(1 + len(arrays)))])
        words = [b.load(b.gep(row, [LONG(i)])) for i in range(1 + len(arrays))]
        mine = b.gep(given, [b.mul(k, LONG(len(options)))])
        b.call(one, [words[0], *[b.inttoptr(w, pointer) for w in words[1:]], *[b.load(b.gep(mine, [LONG(i)])) for i in range(len(options))]])
    b.ret_void()


class _count:
    """for k in range(n), as a block of code."""

    def __init__(self, b: ir.IRBuilder, n: Any) -> None:
        self.b, self.n = b, n

    def __enter__(self) -> Any:
        b = self.b
        before, self.head, body, self.after = b.block, b.append_basic_block("head"), b.append_basic_block("body"), b.append_basic_block("after")
        b.branch(self.head)
        b.position_at_end(self.head)
        self.k = b.phi(LONG)
        self.k.add_incoming(LONG(0), before)
        b.cbranch(b.icmp_signed("<", self.k, self.n), body, self.after)
        b.position_at_end(body)
        return self.k

    def __exit__(self, *error: object) -> None:
        b = self.b
        self.k.add_incoming(b.add(self.k, LONG(1)), b.block)
        b.branch(self.head)
        b.position_at_end(self.after)


def _element_loop(one: ir.Function, tree: Any, arrays: list[str], options: list[str], real: Any) -> None:
    b = ir.IRBuilder(one.append_basic_block("entry"))
    n, *rest = one.args
    places = dict(zip(arrays, rest, strict=False))
    with _count(b, n) as k:
        known: dict[str, Any] = {a: b.load(b.gep(places[a], [k])) for a in arrays}
        known |= zip(options, rest[len(arrays) :], strict=True)
        write = _Writer(b, real, known)
        for statement in tree.body:
            if isinstance(statement, ast.Return):
                results = [write(v) for v in statement.value.elts]  # type: ignore[union-attr]
                for a, new in zip([arrays[0], *arrays[2:]], results, strict=True):
                    b.store(new, b.gep(places[a], [k]))
            else:
                known[statement.targets[0].id] = write(statement.value)
    b.ret_void()


class _Writer:
    """Expressions of a rule in LLVM's language."""

    ARITHMETIC = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
    COMPARED = {ast.Gt: ">", ast.Lt: "<"}

    def __init__(self, b: ir.IRBuilder, real: Any, known: dict[str, Any]) -> None:
        self.b, self.real, self.known = b, real, known

    def __call__(self, x: Any) -> Any:
        b = self.b
        if isinstance(x, ast.Name):
            return self.known[x.id]
        if isinstance(x, ast.Constant):
            return self.real(float(x.value))  # type: ignore[arg-type]
        if isinstance(x, ast.BinOp):
            return getattr(b, self.ARITHMETIC[type(x.op)])(self(x.left), self(x.right))  # type: ignore[index]
        if isinstance(x, ast.Compare):
            return b.fcmp_ordered(self.COMPARED[type(x.ops[0])], self(x.left), self(x.comparators[0]))  # type: ignore[index]
        assert isinstance(x, ast.Call) and isinstance(x.func, ast.Attribute)
        return getattr(self, x.func.attr)(*map(self, x.args))

    def _intrinsic(self, name: str, x: Any) -> Any:
        return self.b.call(self.b.module.declare_intrinsic(f"llvm.{name}", [self.real]), [x])

    def sqrt(self, x: Any) -> Any:
        return self._intrinsic("sqrt", x)

    def abs(self, x: Any) -> Any:
        return self._intrinsic("fabs", x)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return self.b.select(condition, x, y)

    def _first(self, better: str, x: Any, y: Any) -> Any:
        """The larger or smaller one; NaN where one is."""
        b = self.b
        return b.select(b.or_(b.fcmp_ordered(better, x, y), b.fcmp_unordered("uno", x, x)), x, y)

    def maximum(self, x: Any, y: Any) -> Any:
        return self._first(">=", x, y)

    def minimum(self, x: Any, y: Any) -> Any:
        return self._first("<=", x, y)

    def sign(self, x: Any) -> Any:
        b, zero = self.b, self.real(0.0)
        return b.select(b.fcmp_ordered(">", x, zero), self.real(1.0), b.select(b.fcmp_ordered("<", x, zero), self.real(-1.0), b.fmul(x, zero)))
