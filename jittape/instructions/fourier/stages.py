"""Passes of Fourier transforms over many columns at once, in LLVM's own language.

A block is n rows of `width` numbers, a multiple of the numbers in a vector, its imaginary parts after its real ones. `kernel` transforms
the columns of a block: Stockham's algorithm, a pass for each factor of n from one of two blocks to the other. A pass of radix r reads
x[q + s (p + m j)] and writes y[q + s (r p + k)] for p < m, q < s and j, k < r, with s = width times the factors before: whatever n is, q goes
by whole vectors. Butterflies are written out for each radix by what is common to them; products and sums are fused where the processor can.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.sweep.vectors import vector_bytes

RADICES = (4, 2, 3, 5, 7, 11, 13)
"""Factors that there are passes for, in the order in which they are split off."""
(
    P_LENGTH,
    P_ROWS,  # of the blocks that it is done in: the length, or that of the convolution
    P_COUNT,  # how many factors
    P_TABLE,  # addresses: of the numbers that the passes, or the convolution, multiply with
    P_KERNEL,  # of `kernel`
    P_COLUMNS,  # of the routine of columns.py
    P_FIRST,  # of the plans of two parts, or of the convolution, or of half the length
    P_SECOND,
    P_BETWEEN,  # of the numbers that are multiplied with between two parts, or behind half the length
    P_ROOM,  # numbers of memory that it takes
    P_FACTORS,  # one after another
) = range(11)
"""A plan (plans.py), int64."""
DIRECTORY, MASK = 2, 1
"""A directory: the address of arrays.transform, its size less one, then keys and addresses of plans."""
CACHED, WIDEST = 4096, 32
"""Complex numbers of a block, and its columns, at most."""
ALONE = 1024
"""Columns that are longer are transformed one by one, where that can be."""

FACTORLESS = 5
"""Radices up to which there is code without factors: of larger ones it is long, and the factors count for little."""

LONG, INT = ir.IntType(64), ir.IntType(32)
FUSED = ("contract",)


class Complex:
    """A vector of complex numbers in the code that is being written."""

    def __init__(self, b: ir.IRBuilder, re: Any, im: Any) -> None:
        self.b, self.re, self.im = b, re, im

    def __add__(self, other: Complex) -> Complex:
        return Complex(self.b, self.b.fadd(self.re, other.re, flags=FUSED), self.b.fadd(self.im, other.im, flags=FUSED))

    def __sub__(self, other: Complex) -> Complex:
        return Complex(self.b, self.b.fsub(self.re, other.re, flags=FUSED), self.b.fsub(self.im, other.im, flags=FUSED))

    def scaled(self, x: Any) -> Complex:
        return Complex(self.b, self.b.fmul(self.re, x, flags=FUSED), self.b.fmul(self.im, x, flags=FUSED))

    def plus_turned(self, other: Complex) -> Complex:
        """self + i other."""
        return Complex(self.b, self.b.fsub(self.re, other.im, flags=FUSED), self.b.fadd(self.im, other.re, flags=FUSED))

    def minus_turned(self, other: Complex) -> Complex:
        """self - i other."""
        return Complex(self.b, self.b.fadd(self.re, other.im, flags=FUSED), self.b.fsub(self.im, other.re, flags=FUSED))

    def __mul__(self, other: Complex) -> Complex:
        b = self.b
        re = b.fsub(b.fmul(self.re, other.re, flags=FUSED), b.fmul(self.im, other.im, flags=FUSED), flags=FUSED)
        return Complex(b, re, b.fadd(b.fmul(self.re, other.im, flags=FUSED), b.fmul(self.im, other.re, flags=FUSED), flags=FUSED))


def butterfly(x: list[Complex], number: Any) -> list[Complex]:
    """The transform of a few numbers: y[k] = sum of x[j] exp(-2 pi i j k / r)."""
    r = len(x)
    if r == 2:
        return [x[0] + x[1], x[0] - x[1]]
    if r == 4:
        a, b, c, d = x[0] + x[2], x[0] - x[2], x[1] + x[3], x[1] - x[3]
        return [a + c, b.minus_turned(d), a - c, b.plus_turned(d)]
    half = (r - 1) // 2
    sums = [x[j] + x[r - j] for j in range(1, half + 1)]
    differences = [x[j] - x[r - j] for j in range(1, half + 1)]
    first = x[0]
    for a in sums:
        first = first + a
    out = [first] + [first] * (r - 1)
    for k in range(1, half + 1):
        even, odd = x[0], None
        for j in range(1, half + 1):
            even = even + sums[j - 1].scaled(number(math.cos(2 * math.pi * (j * k % r) / r)))
            term = differences[j - 1].scaled(number(math.sin(2 * math.pi * (j * k % r) / r)))
            odd = term if odd is None else odd + term
        assert odd is not None
        out[k], out[r - k] = even.minus_turned(odd), even.plus_turned(odd)
    return out


class Loop:
    """`with Loop(b, end, step) as i:` counts from zero to below `end`."""

    def __init__(self, b: ir.IRBuilder, start: Any, end: Any, step: int = 1) -> None:
        self.b, self.start, self.end, self.step = b, start, end, step

    def __enter__(self) -> Any:
        b = self.b
        before = b.block
        self.head, self.body, self.done = (b.append_basic_block(name) for name in ("head", "body", "done"))
        b.branch(self.head)
        b.position_at_end(self.head)
        self.i = b.phi(LONG)
        self.i.add_incoming(self.start, before)
        b.cbranch(b.icmp_signed("<", self.i, self.end), self.body, self.done)
        b.position_at_end(self.body)
        return self.i

    def __exit__(self, *_: Any) -> None:
        following = self.b.add(self.i, ir.Constant(LONG, self.step))
        self.i.add_incoming(following, self.b.block)
        self.b.branch(self.head)
        self.b.position_at_end(self.done)


class Writer:
    """Writes the passes of one dtype."""

    def __init__(self, module: ir.Module, dtype: np.dtype[Any]) -> None:
        self.module = module
        self.real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        self.size = dtype.itemsize
        self.lanes = vector_bytes() // dtype.itemsize
        self.vector = ir.VectorType(self.real, self.lanes)

    def number(self, x: float) -> Any:
        return ir.Constant(self.vector, [ir.Constant(self.real, x)] * self.lanes)

    def load(self, b: ir.IRBuilder, memory: Any, place: Any) -> Any:
        found = b.load(b.bitcast(b.gep(memory, [place]), self.vector.as_pointer()))
        found.align = self.size
        return found

    def store(self, b: ir.IRBuilder, memory: Any, place: Any, x: Any) -> None:
        b.store(x, b.bitcast(b.gep(memory, [place]), self.vector.as_pointer())).align = self.size

    def repeated(self, b: ir.IRBuilder, memory: Any, place: Any) -> Any:
        """A number in every lane."""
        one = b.insert_element(ir.Constant(self.vector, ir.Undefined), b.load(b.gep(memory, [place])), ir.Constant(INT, 0))
        return b.shuffle_vector(one, ir.Constant(self.vector, ir.Undefined), ir.Constant(ir.VectorType(INT, self.lanes), [0] * self.lanes))

    def one(self, b: ir.IRBuilder, r: int, x: Any, y: Any, s: Any, m: Any, p: Any, q: Any, imaginary: Any, factors: list[Complex]) -> None:
        """One butterfly."""
        long = lambda k: ir.Constant(LONG, k)
        read = b.add(q, b.mul(s, p))
        step = b.mul(s, m)
        given = []
        for j in range(r):
            place = b.add(read, b.mul(step, long(j)))
            given.append(Complex(b, self.load(b, x, place), self.load(b, x, b.add(place, imaginary))))
        found = butterfly(given, self.number)
        write = b.add(q, b.mul(s, b.mul(p, long(r))))
        for k, z in enumerate(found):
            if factors and k:
                z = z * factors[k - 1]
            place = b.add(write, b.mul(s, long(k)))
            self.store(b, y, place, z.re)
            self.store(b, y, b.add(place, imaginary), z.im)

    def radix(self, r: int) -> ir.Function:
        """pass(x, y, table, m, s, imaginary): of the table, the factors' real parts for k = 1 to r - 1 and all p, and their imaginary parts."""
        pointer = self.real.as_pointer()
        f = ir.Function(self.module, ir.FunctionType(ir.VoidType(), [pointer, pointer, pointer, LONG, LONG, LONG]), f"{self.module.name}_radix{r}")
        f.linkage = "internal"
        f.attributes.add("noinline")
        for k in range(3):
            f.args[k].add_attribute("noalias")
        x, y, table, m, s, imaginary = f.args
        b = ir.IRBuilder(f.append_basic_block())
        long = lambda k: ir.Constant(LONG, k)
        if r <= FACTORLESS:  # where the factors are ones
            with Loop(b, long(0), s, self.lanes) as q:
                self.one(b, r, x, y, s, m, long(0), q, imaginary, [])
        with Loop(b, long(1 if r <= FACTORLESS else 0), m) as p:
            factors = []
            for k in range(r - 1):
                place = b.add(p, b.mul(m, long(k)))
                factors.append(Complex(b, self.repeated(b, table, place), self.repeated(b, table, b.add(place, b.mul(m, long(r - 1))))))
            with Loop(b, long(0), s, self.lanes) as q:
                self.one(b, r, x, y, s, m, p, q, imaginary, factors)
        b.ret_void()
        return f


def kernel(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """transform(plan, a, b, width): the columns of block a; returns whether the result stands in block b."""
    w = Writer(module, dtype)
    passes = {r: w.radix(r) for r in RADICES}
    pointer = w.real.as_pointer()
    f = ir.Function(module, ir.FunctionType(LONG, [LONG, LONG, LONG, LONG]), name)
    entry = f.append_basic_block()
    b = ir.IRBuilder(entry)
    long = lambda k: ir.Constant(LONG, k)
    plan = b.inttoptr(f.args[0], LONG.as_pointer())
    n, count = (b.load(b.gep(plan, [long(k)])) for k in (P_LENGTH, P_COUNT))
    table = b.inttoptr(b.load(b.gep(plan, [long(P_TABLE)])), pointer)
    first, second = b.inttoptr(f.args[1], pointer), b.inttoptr(f.args[2], pointer)
    imaginary = b.mul(n, f.args[3])
    x, y, t, left, s = (b.alloca(kind) for kind in (pointer, pointer, pointer, LONG, LONG))
    for place, value in ((x, first), (y, second), (t, table), (left, n), (s, f.args[3])):
        b.store(value, place)
    with Loop(b, long(0), count) as i:
        r = b.load(b.gep(plan, [b.add(i, long(P_FACTORS))]))
        m = b.sdiv(b.load(left), r)
        arguments = [b.load(x), b.load(y), b.load(t), m, b.load(s), imaginary]
        done = b.append_basic_block("passed")
        choice = b.switch(r, done)
        for radix, function in passes.items():
            block = b.append_basic_block(f"radix{radix}")
            choice.add_case(long(radix), block)
            b.position_at_end(block)
            b.call(function, arguments)
            b.branch(done)
        b.position_at_end(done)
        b.store(arguments[1], x)
        b.store(arguments[0], y)
        b.store(b.gep(arguments[2], [b.mul(b.mul(b.sub(r, long(1)), m), long(2))]), t)
        b.store(m, left)
        b.store(b.mul(b.load(s), r), s)
    b.ret(b.and_(count, long(1)))
