"""Sweeps along several directions at once through a tape that is linearized (edges.py), in LLVM's own language.

The tangents of a slot, and of its adjoint, stand side by side, a number a direction: a vector. Going forward, tangents of results follow from
those of operands. Going back, tangents of adjoints do: the adjoint of x moves as p G + h T, where p is a partial derivative, G how the
adjoint of the result moves, and h T how p times that adjoint moves with the operands.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from jittape.sweep.point.edges import BINARY, E_X, E_XX, E_XY, E_Y, E_YY, EDGE, LEAF, STRAIGHT, STRAIGHT_UNARY, UNARY
from jittape.sweep.vectors import INT, LONG

WIDTHS = (1, 2, 4, 8)
"""Directions that there are sweeps for."""
REAL = ir.DoubleType()


class _Loop:
    """A function (edges, their number, tangents, tangents of adjoints) under construction.

    Args:
        width: directions.
        back: whether it goes back, as the list does.
    """

    def __init__(self, module: ir.Module, name: str, width: int, back: bool) -> None:
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONG] * 4), name)
        self.function.attributes.add("nounwind")
        edges, count, tangents, curvatures = self.function.args
        self.b = b = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.type = REAL if width == 1 else ir.VectorType(REAL, width)
        self.width = width
        words = b.inttoptr(edges, LONG.as_pointer())
        self.tangents, self.curvatures = (b.inttoptr(x, self.type.as_pointer()) for x in (tangents, curvatures))
        before, head, body, self.next, done = b.block, *(self.function.append_basic_block(x) for x in ("head", "body", "next", "done"))
        zero, one = ir.Constant(LONG, 0), ir.Constant(LONG, 1)
        start = zero if back else b.sub(count, one)
        b.branch(head)
        b.position_at_end(head)
        i = b.phi(LONG)
        i.add_incoming(start, before)
        b.cbranch(b.icmp_signed("<", i, count) if back else b.icmp_signed(">=", i, zero), body, done)
        b.position_at_end(body)
        edge = b.gep(words, [b.mul(i, ir.Constant(LONG, EDGE))])
        slots = b.bitcast(edge, INT.as_pointer())
        self.z, self.x, self.y = (b.sext(b.load(b.gep(slots, [ir.Constant(LONG, k)])), LONG) for k in range(3))
        kind = b.load(b.gep(slots, [ir.Constant(LONG, 3)]))
        self.numbers = b.bitcast(edge, REAL.as_pointer())
        kinds = {k: self.function.append_basic_block(n) for k, n in enumerate(("leaf", "unary", "binary", "straight", "straight_unary"))}
        switch = b.switch(kind, kinds[LEAF])
        for k, block in kinds.items():
            if k != LEAF:
                switch.add_case(ir.Constant(INT, k), block)
        for k, block in kinds.items():
            b.position_at_end(block)
            (self.reverse if back else self.forward)(k)
            b.branch(self.next)
        b.position_at_end(self.next)
        i.add_incoming(b.add(i, one if back else ir.Constant(LONG, -1)), self.next)
        b.branch(head)
        b.position_at_end(done)
        b.ret_void()

    def number(self, k: int) -> Any:
        """A number of the edge, for every direction."""
        b = self.b
        x = b.load(b.gep(self.numbers, [ir.Constant(LONG, k)]))
        if self.width == 1:
            return x
        places = ir.Constant(ir.VectorType(INT, self.width), [ir.Constant(INT, 0)] * self.width)
        one = b.insert_element(ir.Constant(self.type, ir.Undefined), x, ir.Constant(INT, 0))
        return b.shuffle_vector(one, one, places)

    def at(self, array: Any, slot: Any) -> Any:
        x = self.b.load(self.b.gep(array, [slot]))
        x.align = 8
        return x

    def put(self, array: Any, slot: Any, x: Any) -> None:
        self.b.store(x, self.b.gep(array, [slot])).align = 8

    def add(self, *terms: tuple[int, Any], to: Any = None) -> Any:
        """The sum of numbers of the edge times vectors."""
        b, kind = self.b, self.type
        name = "llvm.fmuladd.f64" if self.width == 1 else f"llvm.fmuladd.v{self.width}f64"
        f = b.module.globals.get(name) or ir.Function(b.module, ir.FunctionType(kind, [kind] * 3), name)
        for k, x in terms:
            to = b.fmul(self.number(k), x) if to is None else b.call(f, [self.number(k), x, to])
        return to

    def forward(self, kind: int) -> None:
        t = self.tangents
        if kind == LEAF:
            self.put(t, self.z, ir.Constant(self.type, None))
        elif kind in (UNARY, STRAIGHT_UNARY):
            self.put(t, self.z, self.add((E_X, self.at(t, self.x))))
        else:
            self.put(t, self.z, self.add((E_X, self.at(t, self.x)), (E_Y, self.at(t, self.y))))

    def reverse(self, kind: int) -> None:
        t, g = self.tangents, self.curvatures
        w = self.at(g, self.z)
        self.put(g, self.z, ir.Constant(self.type, None))
        if kind == LEAF:
            return
        by_x, by_y = [(E_X, w)], [(E_Y, w)]
        if kind in (UNARY, BINARY):
            tx = self.at(t, self.x)
            by_x.append((E_XX, tx))
            if kind == BINARY:
                ty = self.at(t, self.y)
                by_x.append((E_XY, ty))
                by_y += [(E_XY, tx), (E_YY, ty)]
        self.put(g, self.x, self.add(*by_x, to=self.at(g, self.x)))
        if kind in (BINARY, STRAIGHT):
            self.put(g, self.y, self.add(*by_y, to=self.at(g, self.y)))


def kernel(width: int, back: bool, module: ir.Module, name: str) -> None:
    """Emit a sweep along `width` directions."""
    _Loop(module, name, width, back)
