"""Expressions of the operation table written as vectors in LLVM's own language, for lanes and for the runs of one point.

Functions such as exp come from glibc's libmvec, a vector at a time, where it has them and `math` is "fast"; where it has not, some of
them are computed here by polynomials. With "precise" they come from libm, lane by lane. `JITTAPE_LIBMVEC=0` makes "fast" the same as
"precise".
"""

from __future__ import annotations

import ast
import ctypes
import functools
import math
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core.registry import cpu_target

from jittape.ops.expressions import calls_functions, choice, constant, native_names, native_tree
from jittape.ops.spec import Op
from jittape.sweep.elementary import POLYNOMIALS, power

INT, LONG = ir.IntType(32), ir.IntType(64)

ARITY = dict.fromkeys(
    "acos acosh asin asinh atan atanh cbrt cos cosh erf erfc exp exp2 expm1 log log10 log1p log2 sin sinh tan tanh".split(), 1
) | dict.fromkeys(("atan2", "hypot", "pow", "fmod"), 2)
"""Functions of libm that kernels call, and their number of arguments."""
NOT_SCALAR = frozenset({"cbrt"})
"""Of those, the ones that the sweeps of one point have from SciPy: a precise kernel is made of their scalar kernel."""


class Unsupported(ValueError):
    """An expression that has no form in vectors; the operation's scalar kernel is used."""


# --- the processor and its functions ------------------------------------------------------------------------------------


@cache
def _features() -> frozenset[str]:
    text = cpu_target.target_context.codegen().magic_tuple()[2]
    return frozenset(f[1:] for f in text.split(",") if f.startswith("+"))


@cache
def vector_bytes() -> int:
    """Bytes of the vectors that the processor computes with."""
    features = _features()
    return 64 if "avx512f" in features else 32 if "avx2" in features else 16


@cache
def _library() -> Any:
    try:
        return ctypes.CDLL("libmvec.so.1")
    except OSError:
        return None


@cache
def _probe(symbol: str) -> bool:
    """Whether libmvec has this function; if so LLVM knows its address afterwards."""
    library = _library()
    if library is None or not hasattr(library, symbol):
        return False
    llvm.add_symbol(symbol, ctypes.cast(getattr(library, symbol), ctypes.c_void_p).value)
    return True


def libmvec_enabled() -> bool:
    return os.environ.get("JITTAPE_LIBMVEC", "1") != "0"


def libmvec_symbol(name: str, dtype: np.dtype[Any], size: int | None = None) -> str | None:
    """libmvec's function for vectors of this processor, or None where there is none."""
    size = vector_bytes() if size is None else size
    machine = llvm.get_default_triple().partition("-")[0]
    lanes = size // dtype.itemsize
    if machine in ("x86_64", "amd64"):
        prefix = {64: "e", 32: "d", 16: "b"}[size]
    elif machine in ("aarch64", "arm64") and size == 16:
        prefix = "n"
    else:
        return None
    symbol = f"_ZGV{prefix}N{lanes}{'v' * ARITY[name]}_{name}{'f' if dtype.itemsize == 4 else ''}"
    return symbol if _probe(symbol) else None


# --- expressions as vectors ---------------------------------------------------------------------------------------------


class Emitter:
    """Writes expressions over vectors of one dtype with a builder.

    Attributes:
        fast: whether functions may come from libmvec, or be computed by polynomials.
        or_libm: whether functions that are neither there come from libm, a lane after the other; else Unsupported is raised.
    """

    def __init__(self, builder: ir.IRBuilder, dtype: np.dtype[Any], fast: bool, or_libm: bool = True, lanes: int = 0) -> None:
        self.b = builder
        self.dtype = dtype
        self.fast = fast
        self.or_libm = or_libm
        self.real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        self.lanes = lanes or vector_bytes() // dtype.itemsize
        self.type = ir.VectorType(self.real, self.lanes)
        self.word = LONG if dtype.itemsize == 8 else INT
        self.integers = ir.VectorType(self.word, self.lanes)
        self.tiny = float(np.finfo(dtype).tiny)
        self._magic = 1.5 * 2.0 ** np.finfo(dtype).nmant

    def number(self, x: float) -> Any:
        return ir.Constant(self.type, [ir.Constant(self.real, float(x))] * self.lanes)

    def integer(self, n: int) -> Any:
        return ir.Constant(self.integers, [ir.Constant(self.word, n)] * self.lanes)

    def _rounded(self, x: Any) -> Any:
        """An integer in the last bits of a number so large that it has no other ones."""
        return self.b.fadd(x, self.number(self._magic))

    def nearest(self, x: Any) -> Any:
        """Small numbers rounded to integers; of others, something."""
        return self.b.fsub(self._rounded(x), self.number(self._magic))

    def nearest_integer(self, x: Any) -> tuple[Any, Any]:
        """Small numbers rounded to integers, as numbers and as integers; of others, something."""
        large, magic = self._rounded(x), self.number(self._magic)
        return self.b.fsub(large, magic), self.b.sub(self.b.bitcast(large, self.integers), self.b.bitcast(magic, self.integers))

    def real_of(self, k: Any) -> Any:
        """Small integers as numbers."""
        magic = self.number(self._magic)
        return self.b.fsub(self.b.bitcast(self.b.add(k, self.b.bitcast(magic, self.integers)), self.type), magic)

    def multiply_add(self, x: Any, y: Any, z: Any) -> Any:
        """x y + z, rounded once or twice as the processor likes it."""
        return self.intrinsic("fmuladd", x, y, z)

    def where_any(self, condition: Any, value: Any, otherwise: Callable[[], Any]) -> Any:
        """`otherwise()` if the condition holds in any lane, else `value`; the former is seldom due."""
        b = self.b
        before = b.block
        some = b.icmp_unsigned("!=", b.bitcast(condition, ir.IntType(self.lanes)), ir.Constant(ir.IntType(self.lanes), 0))
        seldom, after = b.append_basic_block("seldom"), b.append_basic_block("after")
        b.cbranch(some, seldom, after)
        b.position_at_end(seldom)
        other = otherwise()
        seldom = b.block
        b.branch(after)
        b.position_at_end(after)
        found = b.phi(self.type)
        found.add_incoming(value, before)
        found.add_incoming(other, seldom)
        return found

    def splat(self, x: Any, kind: Any = None) -> Any:
        """A number in every lane of a vector."""
        kind = self.type if kind is None else kind
        one = self.b.insert_element(ir.Constant(kind, ir.Undefined), x, ir.Constant(INT, 0))
        return self.b.shuffle_vector(one, one, ir.Constant(ir.VectorType(INT, kind.count), [ir.Constant(INT, 0)] * kind.count))

    def declared(self, symbol: str, result: Any, args: list[Any]) -> Any:
        """A function that depends on its arguments only, so that equal calls are made once."""
        found = self.b.module.globals.get(symbol)
        if found is None:
            found = ir.Function(self.b.module, ir.FunctionType(result, args), symbol)
            for attribute in ("nounwind", "readnone") if not symbol.startswith("llvm.") else ():
                found.attributes.add(attribute)
        return found

    def intrinsic(self, name: str, *args: Any) -> Any:
        kind = f"v{self.lanes}f{8 * self.dtype.itemsize}"
        return self.b.call(self.declared(f"llvm.{name}.{kind}", self.type, [self.type] * len(args)), args)

    def function(self, name: str, *args: Any) -> Any:
        """A function of libm, of vectors."""
        if self.fast and name == "pow":
            return self.b.call(self._own(name, lambda e, x, y: power(e, x, y, lambda: e.library(name, x, y))), args)
        return self.library(name, *args)

    def library(self, name: str, *args: Any) -> Any:
        """The same, as it comes from a library or from POLYNOMIALS."""
        symbol = libmvec_symbol(name, self.dtype) if self.fast and not self._quicker(name) else None
        if symbol is not None:
            return self.b.call(self.declared(symbol, self.type, [self.type] * len(args)), args)
        if self.fast and name in POLYNOMIALS:
            return self.b.call(self._own(name, POLYNOMIALS[name], np.dtype(np.float64)), args)
        if name in NOT_SCALAR:
            raise Unsupported(f"{name} is SciPy's")
        if not self.or_libm:
            raise Unsupported(f"{name} has no form in vectors here")
        return self.by_lanes(name, *args)

    def _quicker(self, name: str) -> bool:
        """Whether a polynomial is taken although libmvec has the function: it takes half the time."""
        return name == "tanh" and self.dtype.itemsize == 8

    def _own(self, name: str, write: Callable[..., Any], dtype: np.dtype[Any] | None = None) -> Any:
        """A function of this module that `write` writes, computed in another dtype where one is given."""
        symbol = f"{name}_of_vectors"
        found = self.b.module.globals.get(symbol)
        if found is None:
            found = ir.Function(self.b.module, ir.FunctionType(self.type, [self.type] * ARITY[name]), symbol)
            found.linkage = "internal"
            found.attributes.add("nounwind")
            b = ir.IRBuilder(found.append_basic_block("entry"))
            e = Emitter(b, dtype or self.dtype, self.fast, lanes=self.lanes)
            wider = e.type != self.type
            value = write(e, *(b.fpext(x, e.type) if wider else x for x in found.args))
            b.ret(b.fptrunc(value, self.type) if wider else value)
        return found

    def by_lanes(self, name: str, *args: Any) -> Any:
        """A function of libm, a lane after the other."""
        f = self.declared(name + ("f" if self.dtype.itemsize == 4 else ""), self.real, [self.real] * len(args))
        out = ir.Constant(self.type, ir.Undefined)
        for k in range(self.lanes):
            lane = ir.Constant(INT, k)
            out = self.b.insert_element(out, self.b.call(f, [self.b.extract_element(a, lane) for a in args]), lane)
        return out

    def compare(self, op: str, x: Any, y: Any) -> Any:
        return self.b.fcmp_unordered(op, x, y) if op == "!=" else self.b.fcmp_ordered(op, x, y)

    def choose(self, condition: Any, x: Any, y: Any) -> Any:
        return self.b.select(condition, x, y)

    def either(self, node: ast.expr, v: dict[str, Any], yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
        """What `yes` or `no` write, by a condition."""
        bit = self.truth(node, v)
        return self.choose(bit, yes(), no())

    def where_positive(self, x: Any, y: Any, z: Any) -> Any:
        return self.choose(self.compare(">", x, self.number(0.0)), y, z)

    def product(self, r: Any, p: Any, both: bool = False) -> Any:
        """r p, zero where r is (or with `both` where either is), whatever the other."""
        zero = self.number(0.0)
        condition = self.compare("!=", r, zero)
        if both:
            condition = self.b.and_(condition, self.compare("!=", p, zero))
        return self.choose(condition, self.b.fmul(r, p), zero)

    # --- helpers of native_math, with their edges

    def expit(self, x: Any) -> Any:
        e = self.function("exp", self.b.fneg(self.intrinsic("fabs", x)))
        one = self.number(1.0)
        return self.b.fdiv(self.choose(self.compare(">=", x, self.number(0.0)), one, e), self.b.fadd(one, e))

    def softplus(self, x: Any) -> Any:
        t = self.function("log1p", self.function("exp", self.b.fneg(self.intrinsic("fabs", x))))
        return self.where_positive(x, self.b.fadd(x, t), t)

    def _log_of_sum(self, x: Any, y: Any, power: str, unit: float, scale: float) -> Any:
        larger = self.compare(">", x, y)
        d = self.choose(larger, self.b.fsub(y, x), self.b.fsub(x, y))
        t = self.function("log1p", self.function(power, d))
        if scale != 1.0:
            t = self.b.fmul(t, self.number(scale))
        t = self.b.fadd(self.choose(larger, x, y), t)
        return self.choose(self.compare("==", x, y), self.b.fadd(x, self.number(unit)), t)

    def logaddexp(self, x: Any, y: Any) -> Any:
        return self._log_of_sum(x, y, "exp", math.log(2.0), 1.0)

    def logaddexp2(self, x: Any, y: Any) -> Any:
        return self._log_of_sum(x, y, "exp2", 1.0, 1.4426950408889634)

    def heaviside(self, x: Any, y: Any) -> Any:
        zero, one = self.number(0.0), self.number(1.0)
        step = self.choose(self.compare("==", x, zero), y, self.where_positive(x, one, zero))
        return self.choose(self.compare("!=", x, x), x, step)

    def sinc(self, x: Any) -> Any:
        t = self.b.fmul(self.number(math.pi), x)
        quotient = self.b.fdiv(self.function("sin", t), t)
        return self.choose(self.compare("==", t, self.number(0.0)), self.number(1.0), quotient)

    def _x_log(self, name: str, x: Any, y: Any) -> Any:
        none = self.b.and_(self.compare("==", x, self.number(0.0)), self.compare("==", y, y))
        return self.choose(none, self.number(0.0), self.b.fmul(x, self.function(name, y)))

    def xlogy(self, x: Any, y: Any) -> Any:
        return self._x_log("log", x, y)

    def xlog1py(self, x: Any, y: Any) -> Any:
        return self._x_log("log1p", x, y)

    def logit(self, x: Any) -> Any:
        one, two = self.number(1.0), self.number(2.0)
        middle = self.b.and_(self.compare(">", x, self.number(0.25)), self.compare("<", x, self.number(0.75)))
        near = self.b.fmul(two, self.function("atanh", self.b.fsub(self.b.fmul(two, x), one)))
        return self.choose(middle, near, self.function("log", self.b.fdiv(x, self.b.fsub(one, x))))

    def cbrt(self, x: Any) -> Any:
        return self.function("cbrt", x)

    def ndtr(self, x: Any) -> Any:
        """As SciPy's, which has other functions erf and erfc: not for precise kernels."""
        if not self.fast:
            raise Unsupported("ndtr is SciPy's")
        half, one, root = self.number(0.5), self.number(1.0), self.number(math.sqrt(0.5))
        t = self.b.fmul(x, root)
        size = self.intrinsic("fabs", t)
        near = self.b.fadd(half, self.b.fmul(half, self.function("erf", t)))
        far = self.b.fmul(half, self.function("erfc", size))
        far = self.where_positive(t, self.b.fsub(one, far), far)
        return self.choose(self.compare("<", size, root), near, far)

    def _remainder(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The remainder with the sign of x, and whether that is not the sign of y: Python's differs by y then."""
        r, zero = self.function("fmod", x, y), self.number(0.0)
        other = self.b.xor(self.compare("<", y, zero), self.compare("<", r, zero))
        return r, self.b.and_(self.compare("!=", r, zero), other)

    def mod(self, x: Any, y: Any) -> Any:
        """Python's x % y, as CPython and Numba compute it."""
        r, other = self._remainder(x, y)
        zero = self.number(0.0)
        return self.choose(self.compare("!=", r, zero), self.choose(other, self.b.fadd(r, y), r), self.intrinsic("copysign", zero, y))

    def floor_divide(self, x: Any, y: Any) -> Any:
        """Python's x // y, likewise."""
        r, other = self._remainder(x, y)
        b, zero, one = self.b, self.number(0.0), self.number(1.0)
        quotient = b.fdiv(b.fsub(x, r), y)
        quotient = self.choose(other, b.fsub(quotient, one), quotient)
        floor = self.intrinsic("floor", quotient)
        floor = self.choose(self.compare(">", b.fsub(quotient, floor), self.number(0.5)), b.fadd(floor, one), floor)
        exact = b.fdiv(x, y)
        floor = self.choose(self.compare("!=", quotient, zero), floor, self.intrinsic("copysign", zero, exact))
        return self.choose(self.compare("==", y, zero), exact, floor)

    def sign(self, x: Any) -> Any:
        zero = self.number(0.0)
        negative = self.choose(self.compare("<", x, zero), self.number(-1.0), x)
        return self.where_positive(x, self.number(1.0), negative)

    # --- the expression language

    def expression(self, text: str, operands: dict[str, Any]) -> Any:
        """The value of an expression of the table, as native code of which `native` prints it."""
        return self.real_value(native_tree(text), operands)

    def real_value(self, node: ast.expr, v: dict[str, Any]) -> Any:
        b = self.b
        if isinstance(node, ast.Constant):
            return self.number(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            if node.id == "inf":
                return self.number(math.inf)
            return v[node.id]
        if isinstance(node, ast.IfExp):
            return self.either(node.test, v, lambda: self.real_value(node.body, v), lambda: self.real_value(node.orelse, v))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return b.fneg(self.real_value(node.operand, v))
        if isinstance(node, ast.BinOp):
            x, y = self.real_value(node.left, v), self.real_value(node.right, v)
            if isinstance(node.op, ast.Pow):
                return self.function("pow", x, y)
            if isinstance(node.op, ast.Mod):
                return self.mod(x, y)
            if isinstance(node.op, ast.FloorDiv):
                return self.floor_divide(x, y)
            emit = {ast.Add: b.fadd, ast.Sub: b.fsub, ast.Mult: b.fmul, ast.Div: b.fdiv}.get(type(node.op))
            if emit is not None:
                return emit(x, y)
        if isinstance(node, ast.Call):
            return self.call(node, [self.real_value(a, v) for a in node.args])
        raise Unsupported(ast.unparse(node))

    def call(self, node: ast.Call, args: list[Any]) -> Any:
        if isinstance(node.func, ast.Name):
            name, package = node.func.id, ""
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            name, package = node.func.attr, node.func.value.id
        else:
            raise Unsupported(ast.unparse(node))
        plain = {"abs": "fabs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "rint": "rint", "trunc": "trunc", "copysign": "copysign"}
        if name in plain:
            return self.intrinsic(plain[name], *args)
        if package == "np" and name == "sign":
            return self.sign(*args)
        if package and name in ARITY:
            return self.function(name, *args)
        if not package and name in HELPERS:
            return self.product(args[0], args[1], both=True) if name == "product" else getattr(self, name)(*args)
        raise Unsupported(ast.unparse(node))

    def truth(self, node: ast.expr, v: dict[str, Any]) -> Any:
        """A condition as a vector of bits."""
        b = self.b
        if isinstance(node, ast.Compare):
            out = None
            left, known = node.left, {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
            for op, right in zip(node.ops, node.comparators, strict=True):
                if isinstance(left, ast.Compare):  # (x != 0) != (y != 0)
                    bit = b.xor(self.truth(left, v), self.truth(right, v))
                    if not isinstance(op, ast.NotEq):
                        raise Unsupported(ast.unparse(node))
                else:
                    bit = self.compare(known[type(op)], self.real_value(left, v), self.real_value(right, v))
                out = bit if out is None else b.and_(out, bit)
                left = right
            return out
        if isinstance(node, ast.BoolOp):
            parts = [self.truth(n, v) for n in node.values]
            out = parts[0]
            for part in parts[1:]:
                out = b.and_(out, part) if isinstance(node.op, ast.And) else b.or_(out, part)
            return out
        raise Unsupported(ast.unparse(node))

    def contribution(self, op: Op, partial: str, r: Any, v: dict[str, Any], both: bool = False) -> Any:
        """Adjoint (with `both`, tangent) times partial, by the rules of zeros that `ops/generate.py` writes into scalar code."""
        value = constant(partial)
        if value is not None:
            if value == 0.0:
                return self.number(0.0)
            return r if value == 1.0 else self.b.fneg(r) if value == -1.0 else self.b.fmul(r, self.number(value))
        arms = choice(partial)
        if arms is not None:
            condition, yes, no = arms
            return self.either(
                native_tree(condition), v, lambda: self.contribution(op, yes, r, v, both), lambda: self.contribution(op, no, r, v, both)
            )
        return self.product(r, self.expression(partial, v), both=both or op.zeros)

    def tangent(self, op: Op, which: Sequence[int], tangents: Callable[[int], Any], v: dict[str, Any]) -> Any:
        """The tangent of an operation's result, given those of the operands in `which` and what their partial derivatives read."""
        terms = [self.contribution(op, op.partials[p], tangents(p), v, both=True) for p in which]
        return functools.reduce(self.b.fadd, terms) if terms else self.number(0.0)


HELPERS = frozenset({"expit", "softplus", "logaddexp", "logaddexp2", "heaviside", "sinc", "xlogy", "xlog1py", "logit", "cbrt", "ndtr", "product"})  # fmt: skip
"""Scalar helpers that have a form in vectors."""


@cache
def available(dtype: np.dtype[Any]) -> str:
    """The functions that libmvec has here, as text: code that calls them is for such places only.

    LLVM knows their addresses afterwards, which it must before code is loaded that names them.
    """
    return " ".join(filter(None, (libmvec_symbol(name, dtype) for name in sorted(ARITY))))


def kinds(dtype: np.dtype[Any], fast: bool) -> str:
    """What code of vectors depends on besides its sources, as text: its name in the cache has it."""
    return f"{dtype.name} {vector_bytes()} {available(dtype) if fast else 'libm'}"


def group_of(texts: list[str]) -> int:
    """How many vectors are computed side by side: one where functions are called, which keep no registers."""
    return 1 if any(map(calls_functions, texts)) else 4


def in_groups(b: ir.IRBuilder, end: Any, step: int, group: int, body: Callable[[list[Any]], None], start: Any = ir.Constant(LONG, 0)) -> Any:  # noqa: B008
    """Write loops that call `body` for start, start + step, ... as long as a whole step is left: `group` of them at a time, then one by one.

    Returns how far they come. The builder stands behind them afterwards.
    """
    for u in (group, 1) if group > 1 else (1,):
        before = b.block
        head, inside, after = (b.append_basic_block(f"{what}{u}") for what in ("head", "body", "after"))
        b.branch(head)
        b.position_at_end(head)
        i = b.phi(LONG)
        i.add_incoming(start, before)
        following = b.add(i, ir.Constant(LONG, u * step))
        b.cbranch(b.icmp_signed("<=", following, end), inside, after)
        b.position_at_end(inside)
        body([b.add(i, ir.Constant(LONG, q * step)) if q else i for q in range(u)])
        i.add_incoming(following, b.block)
        b.branch(head)
        b.position_at_end(after)
        start = i
    return start


def used(op: Op, text: str) -> list[str]:
    """Operands and result that an expression reads, in order."""
    found = native_names(text)
    return [v for v in (*op.operands, "z") if v in found]


def used_by_partials(op: Op, which: Sequence[int]) -> list[str]:
    """The same of the partial derivatives by several operands."""
    found = {v for p in which for v in used(op, op.partials[p])}
    return [v for v in (*op.operands, "z") if v in found]
