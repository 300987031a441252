"""Points as lanes of compiled loops: a turn's numbers are vectors of points, as wide as a line of the lane memory or some.

What a vector of the processor does not hold is computed in several of them side by side, so that one waits less for another: LLVM splits
operations of wide vectors, and functions are called for one part after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.sweep.lanes.kernels import SIGNATURE
from jittape.sweep.vectors import INT, LONG, Emitter

L_VALUES, L_ADJOINTS, L_DATA = 2, 3, 4
"""Of the record of a loop: lines of the lane memory where values and adjoints of slot 0 stand; the address of its data (two fields)."""


@dataclass(frozen=True)
class Lanes:
    """How many points a turn is computed for at once, and with which functions: see `Emitter`."""

    width: int
    fast: bool


class Wide(Emitter):
    """Writes expressions over vectors of so many points."""

    def __init__(self, builder: ir.IRBuilder, dtype: np.dtype[Any], lanes: Lanes) -> None:
        super().__init__(builder, dtype, lanes.fast, lanes=lanes.width)
        self._narrow = Emitter(builder, dtype, lanes.fast)

    def function(self, name: str, *args: Any) -> Any:
        narrow = self._narrow.lanes
        if narrow == self.lanes:
            return self._narrow.function(name, *args)
        found = [self._narrow.function(name, *(self._part(x, at, narrow) for x in args)) for at in range(0, self.lanes, narrow)]
        while len(found) > 1:
            found = [self._joined(x, y) for x, y in zip(found[::2], found[1::2], strict=True)]
        return found[0]

    def _part(self, x: Any, start: int, n: int) -> Any:
        return self.b.shuffle_vector(x, x, self._mask(start, n))

    def _joined(self, x: Any, y: Any) -> Any:
        return self.b.shuffle_vector(x, y, self._mask(0, 2 * x.type.count))

    @staticmethod
    def _mask(start: int, n: int) -> Any:
        return ir.Constant(ir.VectorType(INT, n), [ir.Constant(INT, start + i) for i in range(n)])


def of_record(kernel: ir.Function, line: int, name: str) -> None:
    """Emit what the driver of lanes calls, by (memory, record): a loop's kernel."""
    function = ir.Function(kernel.module, SIGNATURE, name)
    function.attributes.add("nounwind")
    kernel.linkage = "internal"
    memory, record = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))

    def field(k: int, kind: Any = INT) -> Any:
        x = b.load(b.bitcast(b.gep(record, [ir.Constant(INT, k)]), kind.as_pointer()))
        x.align = INT.width // 8
        return x

    array, _, data, buffers = (a.type for a in kernel.args)
    places = [b.inttoptr(b.add(memory, b.mul(b.zext(field(k), LONG), ir.Constant(LONG, line))), array) for k in (L_VALUES, L_ADJOINTS)]
    b.call(kernel, [*places, b.inttoptr(field(L_DATA, LONG), data), ir.Constant(buffers, None)])
    b.ret_void()
