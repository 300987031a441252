"""Kernels of runs written as vectors: one operation over m contiguous elements of one point, forward, reverse or tangent.

They have the arguments of the scalar loops in ops/_generated/kernels.py and stand in their places of the kernel table. The elements
lie anywhere. What is left over after the last whole vector is a vector of its own where functions are called, with the lanes that have
no element masked; arithmetic goes on in shorter vectors, as what was stored under a mask takes a while to be loaded again. All of a group of vectors is loaded before any of it is stored, so that results may stand where operands stood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.layout import K_FORWARD, K_REVERSE, K_STORE, K_TANGENT
from jittape.ops.spec import Op
from jittape.sweep.scalars import active
from jittape.sweep.vectors import INT, LONG, Emitter, group_of, in_groups, used, used_by_partials

PLACES = {"x": 0, "y": 1, "w": 2, "z": 3}
"""The arguments of every kernel begin with these arrays."""
SHORTER = 4
"""How many times shorter the vectors are that follow the whole ones, and those that follow these."""
ADJOINT, CONTRIBUTION = 4, 5
"""Arguments of a reverse kernel: the result's adjoints, and the operand's."""
TANGENTS, TANGENT = 4, 7
"""Arguments of a tangent kernel: the operands' tangents, and the result's."""


class Vectors:
    """Code that goes through elements that lie one after the other, a vector at a time.

    Args:
        b: the builder, at the end of a block.
        size: how many elements there are.
    """

    def __init__(self, b: ir.IRBuilder, dtype: np.dtype[Any], size: Any) -> None:
        self.b, self.size = b, size
        self.emit = Emitter(b, dtype, True, or_libm=False)
        self.dtype, self.align = dtype, dtype.itemsize
        self.mask: Any = None
        """The lanes that have an element, in what is left over; None in whole vectors."""

    def _pointer(self, array: Any, i: Any) -> Any:
        return self.b.bitcast(self.b.gep(array, [i]), self.emit.type.as_pointer())

    def _masked(self, name: str, result: Any, *args: Any) -> Any:
        kind = f"v{self.emit.lanes}f{8 * self.align}"
        kinds = [a.type for a in args]
        return self.b.call(self.emit.declared(f"llvm.masked.{name}.{kind}.p0{kind}", result, kinds), args)

    def load(self, array: Any, i: Any) -> Any:
        """A vector of an array, from its element i on."""
        place = self._pointer(array, i)
        if self.mask is None:
            x = self.b.load(place)
            x.align = self.align
            return x
        # the lanes without an element compute what the first one does, which takes no function out of its way
        first = self.emit.splat(self.b.load(self.b.gep(array, [i])))
        return self._masked("load", self.emit.type, place, ir.Constant(INT, self.align), self.mask, first)

    def gathered(self, array: Any, first: Any, step: Any, i: Any) -> Any:
        """The numbers of an array that stand `step` apart from its element `first` on, for the elements i and following."""
        b, kind = self.b, self.emit.type
        left = None if self.mask is None else b.sub(self.size, i)
        x, at = ir.Constant(kind, ir.Undefined), first
        for q in range(self.emit.lanes):
            x = b.insert_element(x, b.load(b.gep(array, [at])), ir.Constant(INT, q))
            following = b.add(at, step)  # of lanes without an element it is the last one
            at = following if left is None else b.select(b.icmp_signed("<", ir.Constant(LONG, q + 1), left), following, at)
        return x

    def store(self, x: Any, array: Any, i: Any) -> None:
        place = self._pointer(array, i)
        if self.mask is None:
            self.b.store(x, place).align = self.align
        else:
            self._masked("store", ir.VoidType(), x, place, ir.Constant(INT, self.align), self.mask)

    def loop(self, group: int, body: Callable[[list[Any]], None]) -> None:
        """Call `body` for the first elements of all vectors, `group` of them at a time, then one by one, then for what is left."""
        b, lanes = self.b, self.emit.lanes
        start = in_groups(b, self.size, lanes, group, body)
        if group > 1:
            whole = self.emit
            while lanes > 1:
                lanes = max(lanes // SHORTER, 1)
                self.emit = Emitter(b, self.dtype, True, or_libm=False, lanes=lanes)
                start = in_groups(b, self.size, lanes, 1, body, start)
            self.emit = whole
            return
        rest, done = b.append_basic_block("rest"), b.append_basic_block("done")
        b.cbranch(b.icmp_signed("<", start, self.size), rest, done)
        b.position_at_end(rest)
        left = b.trunc(b.sub(self.size, start), INT)
        which = ir.Constant(ir.VectorType(INT, lanes), [ir.Constant(INT, q) for q in range(lanes)])
        self.mask = b.icmp_signed("<", which, self.emit.splat(left, which.type))
        body([start])
        b.branch(done)
        b.position_at_end(done)
        self.mask = None


class _Kernel(Vectors):
    """A function of (arrays, number of elements) under construction."""

    def __init__(self, module: ir.Module, name: str, dtype: np.dtype[Any], arrays: int) -> None:
        real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), [real.as_pointer()] * arrays + [LONG]), name)
        self.function.attributes.add("nounwind")
        *self.arrays, size = self.function.args
        super().__init__(ir.IRBuilder(self.function.append_basic_block("entry")), dtype, size)

    def loop(self, group: int, body: Callable[[list[Any]], None]) -> None:
        super().loop(group, body)
        self.b.ret_void()


def kernel(op: Op, kind: int, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the kernel of an operation for a kind of the kernel table, K_FORWARD and so on. Raises Unsupported."""
    if kind == K_FORWARD:
        _forward(op, dtype, module, name)
    elif kind == K_TANGENT:
        _tangent(op, dtype, module, name)
    else:
        store = kind >= K_STORE
        _reverse(op, kind - (K_STORE if store else K_REVERSE), store, dtype, module, name)


def _load(k: _Kernel, needed: Sequence[str], indices: list[Any]) -> list[dict[str, Any]]:
    return [{v: k.load(k.arrays[PLACES[v]], i) for v in needed} for i in indices]


def _forward(op: Op, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    k = _Kernel(module, name, dtype, len(PLACES))

    def body(indices: list[Any]) -> None:
        results = [k.emit.expression(op.z, v) for v in _load(k, used(op, op.z), indices)]
        for z, i in zip(results, indices, strict=True):
            k.store(z, k.arrays[PLACES["z"]], i)

    k.loop(group_of([op.z]), body)


def _reverse(op: Op, p: int, store: bool, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    k = _Kernel(module, name, dtype, CONTRIBUTION + 1)
    text = op.partials[p]

    def body(indices: list[Any]) -> None:
        values = _load(k, used(op, text), indices)
        parts = [k.emit.contribution(op, text, k.load(k.arrays[ADJOINT], i), v) for v, i in zip(values, indices, strict=True)]
        if not store:
            parts = [k.b.fadd(k.load(k.arrays[CONTRIBUTION], i), part) for part, i in zip(parts, indices, strict=True)]
        for part, i in zip(parts, indices, strict=True):
            k.store(part, k.arrays[CONTRIBUTION], i)

    k.loop(group_of([text]), body)


def _tangent(op: Op, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    k = _Kernel(module, name, dtype, TANGENT + 1)
    which = active(op)
    needed = used_by_partials(op, which)

    def total_of(v: dict[str, Any], i: Any) -> Any:
        return k.emit.tangent(op, which, lambda p: k.load(k.arrays[TANGENTS + p], i), v)

    def body(indices: list[Any]) -> None:
        totals = [total_of(v, i) for v, i in zip(_load(k, needed, indices), indices, strict=True)]
        for total, i in zip(totals, indices, strict=True):
            k.store(total, k.arrays[TANGENT], i)

    k.loop(group_of([op.partials[p] for p in which]), body)
