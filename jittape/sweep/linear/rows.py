"""The sweep of a linear program (building.py): each row adds up factor times vector over its terms, a lane a seed; or it is one factor for each lane.

Memory holds a vector a place, whose first is zeros. Products with zeros are taken as they are: whoever finds a result that is not finite asks the sweeps of one
direction, which know what zero times infinity is.
"""

from __future__ import annotations

import ctypes
from functools import cache, partial
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.compiler.jit import emitted
from jittape.sweep.linear.building import SEEN
from jittape.sweep.vectors import INT, LONG, kinds

LINE = 64
"""Bytes of a vector: a cache line, whatever the processor's vectors are."""


def lanes(dtype: np.dtype[Any]) -> int:
    """Seeds that are taken through at once."""
    return LINE // dtype.itemsize


R_BEGIN, R_END, R_SEEDS, R_SEEDED, R_RESULTS, R_LANES = range(6)
FIELDS = 6
"""Of a program: addresses of its rows and of their end, of the seeds' vectors and how many there are (they go to places 1, 2, ...), of the places of
the results, and how many lanes are used."""
A_MEMORY, A_FACTORS, A_RESULTS, A_OUT, A_STEP, A_LANE = range(6)
"""What they work with: addresses of memory and factors, how many results there are, where they go, bytes from result to result, and from lane to lane."""


@cache
def runner(dtype: np.dtype[Any]) -> Any:
    """The compiled `run`: run(address of the programs, how many, address of what they work with)."""
    found = emitted("linear_programs", kinds(dtype, fast=False), partial(run, dtype))
    return found, ctypes.CFUNCTYPE(None, *(ctypes.c_int64,) * 3)(found.address)


def _types(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
    return real, ir.VectorType(real, lanes(dtype))


def _function(module: ir.Module, name: str, arguments: int, own: bool = True) -> Any:
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONG] * arguments), name)
    function.attributes.add("nounwind")
    if own:
        function.linkage = "internal"
    return function


def run(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the sweeps of some programs, one after the other."""
    _, vector = _types(dtype)
    sweep, collect = solve(dtype, module, f"{name}_solve"), reap(dtype, module, f"{name}_reap")
    function = _function(module, name, 3, own=False)
    b = ir.IRBuilder(function.append_basic_block("entry"))
    programs, count, with_ = function.args
    entry, each, seed, swept, out = b.block, *(function.append_basic_block(block) for block in ("program", "seed", "swept", "out"))
    zero, one = ir.Constant(LONG, 0), ir.Constant(LONG, 1)

    def words(address: Any, number: int) -> list[Any]:
        array = b.inttoptr(address, LONG.as_pointer())
        return [b.load(b.gep(array, [ir.Constant(LONG, i)])) for i in range(number)]

    memory, factors, results, to, step, lane = words(with_, A_LANE + 1)
    lines = b.inttoptr(memory, vector.as_pointer())
    b.cbranch(b.icmp_signed("<", zero, count), each, out)
    b.position_at_end(each)
    i, at = b.phi(LONG), b.phi(LONG)
    i.add_incoming(zero, entry)
    at.add_incoming(to, entry)
    begin, end, seeds, seeded, places, lanes_ = words(b.add(programs, b.mul(i, ir.Constant(LONG, 8 * FIELDS))), FIELDS)
    b.cbranch(b.icmp_signed("<", zero, seeded), seed, swept)
    b.position_at_end(seed)
    j = b.phi(LONG)
    j.add_incoming(zero, each)
    following = b.add(j, one)
    b.store(b.load(b.gep(b.inttoptr(seeds, vector.as_pointer()), [j]), align=dtype.itemsize), b.gep(lines, [following]), align=LINE)
    j.add_incoming(following, seed)
    b.cbranch(b.icmp_signed("<", following, seeded), seed, swept)
    b.position_at_end(swept)
    b.call(sweep, [memory, factors, begin, end])
    b.call(collect, [memory, places, results, at, step, lane, lanes_])
    i.add_incoming(b.add(i, one), swept)
    at.add_incoming(b.add(at, b.mul(lane, ir.Constant(LONG, vector.count))), swept)
    b.cbranch(b.icmp_signed("<", b.add(i, one), count), each, out)
    b.position_at_end(out)
    b.ret_void()


def solve(dtype: np.dtype[Any], module: ir.Module, name: str) -> Any:
    """Emit solve(memory, factors, rows, end of the rows)."""
    real, vector = _types(dtype)
    function = _function(module, name, 4)
    b = ir.IRBuilder(function.append_basic_block("entry"))
    memory, factors, begin, end = (b.inttoptr(x, kind.as_pointer()) for x, kind in zip(function.args, (vector, real, INT, INT), strict=True))
    row, seen, some, more, done, out = (function.append_basic_block(block) for block in ("row", "seen", "some", "term", "store", "out"))
    entry = b.block

    def word(pointer: Any, i: int) -> Any:
        return b.load(b.gep(pointer, [ir.Constant(LONG, i)]))

    def term(pointer: Any) -> Any:
        """Factor times vector of the term that stands there."""
        x = b.load(b.gep(memory, [b.sext(word(pointer, 0), LONG)]), align=LINE)
        f = b.load(b.gep(factors, [b.sext(word(pointer, 1), LONG)]))
        first = b.insert_element(ir.Constant(vector, ir.Undefined), f, ir.Constant(INT, 0))
        splat = b.shuffle_vector(first, ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(INT, vector.count), [0] * vector.count))
        return b.fmul(x, splat)

    b.cbranch(b.icmp_unsigned("<", begin, end), row, out)
    b.position_at_end(row)
    at = b.phi(begin.type)
    at.add_incoming(begin, entry)
    n, place = word(at, 0), b.sext(word(at, 1), LONG)
    head = b.gep(at, [ir.Constant(LONG, 2)])
    second = b.gep(head, [ir.Constant(LONG, 2)])
    b.cbranch(b.icmp_signed("==", n, ir.Constant(INT, SEEN)), seen, some)
    b.position_at_end(seen)
    themselves = b.load(b.bitcast(b.gep(factors, [b.sext(word(head, 1), LONG)]), vector.as_pointer()), align=dtype.itemsize)
    b.branch(done)
    b.position_at_end(some)
    behind = b.gep(head, [b.shl(b.sext(n, LONG), ir.Constant(LONG, 1))])
    start = term(head)
    b.cbranch(b.icmp_unsigned("<", second, behind), more, done)
    b.position_at_end(more)
    p, total = b.phi(begin.type), b.phi(vector)
    p.add_incoming(second, some)
    total.add_incoming(start, some)
    added = b.fadd(total, term(p))
    next_ = b.gep(p, [ir.Constant(LONG, 2)])
    p.add_incoming(next_, more)
    total.add_incoming(added, more)
    b.cbranch(b.icmp_unsigned("<", next_, behind), more, done)
    b.position_at_end(done)
    result, following = b.phi(vector), b.phi(begin.type)
    for value, end_of_row, block in ((themselves, second, seen), (start, behind, some), (added, behind, more)):
        result.add_incoming(value, block)
        following.add_incoming(end_of_row, block)
    b.store(result, b.gep(memory, [place]), align=LINE)
    at.add_incoming(following, done)
    b.cbranch(b.icmp_unsigned("<", following, end), row, out)
    b.position_at_end(out)
    b.ret_void()
    return function


def reap(dtype: np.dtype[Any], module: ir.Module, name: str) -> Any:
    """Emit reap(memory, places, results, address, bytes from result to result, bytes from lane to lane, lanes), which collects the results.

    Zeros are positive, as those of other sweeps are.
    """
    real, vector = _types(dtype)
    function = _function(module, name, 7)
    b = ir.IRBuilder(function.append_basic_block("entry"))
    memory, places = (b.inttoptr(x, kind.as_pointer()) for x, kind in zip(function.args, (vector, INT), strict=False))
    count, address, step, lane_step, used = function.args[2:]
    entry, each, full, some, lane, after, out = b.block, *(function.append_basic_block(block) for block in ("result", "full", "some", "lane", "after", "out"))
    zero, one = ir.Constant(LONG, 0), ir.Constant(LONG, 1)
    b.cbranch(b.icmp_signed("<", zero, count), each, out)
    b.position_at_end(each)
    i = b.phi(LONG)
    i.add_incoming(zero, entry)
    at = b.gep(memory, [b.sext(b.load(b.gep(places, [i])), LONG)])
    to = b.add(address, b.mul(i, step))
    whole = b.and_(b.icmp_signed("==", used, ir.Constant(LONG, vector.count)), b.icmp_signed("==", lane_step, ir.Constant(LONG, dtype.itemsize)))
    b.cbranch(whole, full, some)
    b.position_at_end(full)
    b.store(b.fadd(b.load(at, align=LINE), ir.Constant(vector, [0.0] * vector.count)), b.inttoptr(to, vector.as_pointer()), align=dtype.itemsize)
    b.branch(after)
    b.position_at_end(some)
    numbers = b.bitcast(at, real.as_pointer())
    b.branch(lane)
    b.position_at_end(lane)
    l = b.phi(LONG)
    l.add_incoming(zero, some)
    x = b.fadd(b.load(b.gep(numbers, [l])), ir.Constant(real, 0.0))
    b.store(x, b.inttoptr(b.add(to, b.mul(l, lane_step)), real.as_pointer()))
    following = b.add(l, one)
    l.add_incoming(following, lane)
    b.cbranch(b.icmp_signed("<", following, used), lane, after)
    b.position_at_end(after)
    next_ = b.add(i, one)
    i.add_incoming(next_, after)
    b.cbranch(b.icmp_signed("<", next_, count), each, out)
    b.position_at_end(out)
    b.ret_void()
    return function
