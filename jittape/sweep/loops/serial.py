"""What of loops whose turns are vectors (independent.py) goes turn by turn: after the vectors of a chunk of turns, and in reverse before them.

These are vectors of one number, with the expressions of the others: adjoints are tested for zero, so that no turn is left to the interpreter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from jittape.ops.spec import OPERANDS, by_code
from jittape.sweep.loops.body import FIXED, LAG, STREAM, TURN, Operand, widest
from jittape.sweep.loops.parts import flow
from jittape.sweep.point.runs import Vectors
from jittape.sweep.vectors import INT, LONG, Emitter, used

if TYPE_CHECKING:
    from jittape.sweep.loops.independent import Turns


class _Serial:
    """The part of a kernel that goes turn by turn, with vectors of one number.

    Attributes:
        places: of each number that goes from turn to turn (result, how many turns before) the memory that holds it between chunks.
    """

    def __init__(self, c: Turns) -> None:
        self.c = c
        self.k = Vectors(c.b, c.dtype, c.turns)
        self.k.emit = Emitter(c.b, c.dtype, True, or_libm=False, lanes=1)
        self.carried = [(j, d) for j, lag in widest(c.body) if j in c.serial for d in range(1, lag + 1)]
        self.places: list[Any] = []

    def one(self, x: Any) -> Any:
        """A number as a vector."""
        return self.k.emit.splat(x)

    def number(self, x: Any) -> Any:
        return self.c.b.extract_element(x, ir.Constant(INT, 0))

    def load(self, array: Any, slot: Any) -> Any:
        return self.one(self.c.b.load(self.c.b.gep(array, [slot])))

    def store(self, x: Any, array: Any, slot: Any) -> None:
        self.c.b.store(self.number(x), self.c.b.gep(array, [slot]))

    def slot(self, j: int, turn: Any, may_be_before: bool = False) -> Any:
        """Where a result stands in a turn."""
        b, c = self.c.b, self.c
        slot = b.add(c.results[j], b.mul(c.result_steps[j], turn))
        for d, earlier in enumerate(c.before[j] if may_be_before else (), 1):
            slot = b.select(b.icmp_signed("==", turn, ir.Constant(LONG, -d)), earlier, slot)
        return slot

    def back(self, turn: Any, d: int) -> Any:
        return self.c.b.sub(turn, ir.Constant(LONG, d))

    def value(self, o: Operand, i: Any, room: dict[int, int], known: dict[Any, Any]) -> Any:
        """The value of an operand, or of a result of the turn; `room` has those of the vectors that are in no memory else."""
        c, key = self.c, (o.kind, o.number, o.lag)
        if key not in known:
            turn = c.b.add(c.t0, i)
            if o.kind == FIXED:
                known[key] = self.one(self.number(c.fixed[o.number]))
            elif o.kind == STREAM:
                known[key] = self.load(c.values(o.number), c.slot(o.number, i) if o.number in c.body.strided else c.b.add(c.bases[o.number], turn))
            elif o.kind == LAG:
                known[key] = self.load(c.v, self.slot(o.number, self.back(turn, o.lag), True))
            elif o.number in room:
                known[key] = self.one(c.number(room[o.number], i))
            elif o.number in c.body.kept:
                known[key] = self.load(c.v, self.slot(o.number, turn))
            else:
                known[key] = self.computed(o.number, i, room, known)
        return known[key]

    def computed(self, j: int, i: Any, room: dict[int, int], known: dict[Any, Any]) -> Any:
        op, row = by_code(self.c.body.codes[j]), self.c.body.operands[j]
        return self.k.emit.expression(op.z, {v: self.value(row[OPERANDS.index(v)], i, room, known) for v in used(op, op.z)})


class SerialForward(_Serial):
    def __init__(self, c: Turns) -> None:
        super().__init__(c)
        self.places = [c.room(c.b.load(c.b.gep(c.v, [c.before[j][d - 1]]))) for j, d in self.carried]

    def chunk(self, m: Any) -> None:
        """The turns of a chunk, after its vectors."""
        c = self.c

        def turn(held: list[Any], i: Any) -> list[Any]:
            known: dict[Any, Any] = {(LAG, j, d): self.one(x) for (j, d), x in zip(self.carried, held, strict=True)}
            for j in sorted(c.serial):
                known[TURN, j, 0] = z = self.computed(j, i, c.rooms.forward, known)
                if j in c.body.kept:
                    self.store(z, c.v, self.slot(j, c.b.add(c.t0, i)))
            return [self.number(known[(TURN, j, 0) if d == 1 else (LAG, j, d - 1)]) for j, d in self.carried]

        c.each(m, self.places, False, turn)


class SerialReverse(_Serial):
    def __init__(self, c: Turns) -> None:
        super().__init__(c)
        last = c.b.sub(c.turns, ir.Constant(LONG, 1))
        for j, d in self.carried:  # the adjoints in the last turn, and in those before it
            place = c.b.gep(c.g, [self.slot(j, self.back(last, d - 1), d > 1)])
            self.places.append(c.room(c.b.load(place)))
            c.b.store(ir.Constant(c.real, 0.0), place)

    def chunk(self, m: Any) -> None:
        """The turns of a chunk, before its vectors."""
        self.c.each(m, self.places, True, self._turn)

    def _turn(self, held: list[Any], i: Any) -> list[Any]:
        c, b, body = self.c, self.c.b, self.c.body
        turn = b.add(c.t0, i)
        known: dict[Any, Any] = {}
        adjoints: dict[Any, Any] = {}
        """Of results of the turn and of those before."""
        for (j, d), x in zip(self.carried, held, strict=True):
            adjoints[(TURN, j, 0) if d == 1 else (LAG, j, d - 1)] = self.one(x)
        for j, lag in widest(body):
            if j in c.serial:
                adjoints[LAG, j, lag] = self._taken(j, self.slot(j, self.back(turn, lag), True))
        for j in sorted(c.serial & body.outside):
            if not body.lags[j]:
                adjoints[TURN, j, 0] = self._taken(j, self.slot(j, turn))
        made: dict[int, list[int]] = {}
        for j, p in flow(body, c.parts):
            if j in c.serial:
                made.setdefault(j, []).append(p)
        k, c.k = c.k, self.k
        for j, ps in made.items():
            found = c.contributions(adjoints[TURN, j, 0], j, ps, lambda o: self.value(o, i, c.rooms.backward, known))
            for p, part in zip(ps, found, strict=True):
                o = body.operands[j][p]
                key = o.kind, o.number, o.lag
                if (j, p) in c.rooms.made:
                    b.store(self.number(part), b.gep(c.buffer(c.rooms.made[j, p]), [i]))
                else:
                    adjoints[key] = b.fadd(adjoints[key], part) if key in adjoints else part
        c.k = k
        return [self.number(adjoints[LAG, j, d]) for j, d in self.carried]

    def _taken(self, j: int, slot: Any) -> Any:
        """An adjoint out of memory, where none is left if others contribute to it."""
        x = self.load(self.c.g, slot)
        if j in self.c.body.outside:
            self.store(self.k.emit.number(0.0), self.c.g, slot)
        return x

    def end(self) -> None:
        """Leave the adjoints of what comes from before the first turn in memory."""
        for (j, d), place in zip(self.carried, self.places, strict=True):
            self.c.b.store(self.c.b.load(place), self.c.b.gep(self.c.g, [self.c.before[j][d - 1]]))
