"""FOURIER: discrete Fourier transforms along the last axes of a batch of arrays, of complex numbers, or between real ones and half a spectrum.

Complex numbers are pairs of real slots: the operand has real parts and maybe imaginary ones, with any strides each; the results stand one after
another, real parts of the whole batch first. record.py describes the record. An adjoint is a transform in the other direction, and so is
an adjoint's adjoint; the half of a spectrum that is not there counts by weights. Transforms are computed in vectors (stages.py, columns.py,
arrays.py); plans of lengths (plans.py) are made when they are first needed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import Instruction, Operand, register
from jittape.instructions.blocks import Block, dense
from jittape.instructions.fourier.record import (
    BACKWARD,
    C2C,
    C2R,
    DOUBLED,
    FORWARD,
    HALVED,
    HEAD,
    PLAIN,
    R2C,
    Fourier,
    Parts,
    length,
    read,
)
from jittape.instructions.matmul import contiguous
from jittape.instructions.references import Slots, is_shared, run_slots, strided
from jittape.ops.layout import FOURIER, INACTIVE, PLANS
from jittape.sweep.lanes.fields import product

__all__ = ["BACKWARD", "C2C", "C2R", "FORWARD", "INSTRUCTION", "R2C", "Fourier"]

ROUTINES = ("complex_columns", "real_columns", "back_to_real")
"""Of columns.py, by kinds."""
NAMES = {C2C: ("fft", "inverse fft"), R2C: ("rfft", "conjugate rfft"), C2R: ("conjugate irfft", "irfft")}


def _native() -> Any:
    from jittape.instructions.fourier import native  # start-up: Numba's functions are made when they are first needed

    return native


def _lanes() -> Any:
    from jittape.instructions.fourier import lanes  # start-up, as above

    return lanes


def plan(engine: Any, record: Fourier) -> list[int]:
    """Make the plans of a transform, and tell native code where they are; returns (address of the transform, memory, plans of the axes)."""
    from jittape.instructions.fourier import plans  # start-up, as above

    known = plans.plans(engine.dtype)
    axes = len(record.lengths)
    found = [known.find(n, record.kind if i == axes - 1 else C2C) for i, n in enumerate(record.lengths)]
    engine.table[PLANS] = known.directory.__array_interface__["data"][0]
    return [int(known.directory[0]), max(map(known.room, found)), *found]


def compile_ahead(dtype: np.dtype[Any], routine: str) -> None:
    """Compile the passes of a dtype, if they were not yet, and a routine."""
    from jittape.instructions.fourier import plans  # start-up, as above

    plans.plans(dtype).routine(ROUTINES.index(routine))


def adjoint(record: Fourier) -> tuple[int, int, int]:
    """Kind, direction and weights of the adjoint."""
    kind = {C2C: C2C, R2C: C2R, C2R: R2C}[record.kind]
    weights = PLAIN if record.weights != PLAIN or kind == C2C else HALVED if kind == C2R else DOUBLED
    return kind, 1 - record.direction, weights


class Told(NamedTuple):
    """What a record of lanes keeps besides places."""

    record: Fourier
    reverse: bool

    def words(self, engine: Any) -> list[int]:
        """The transform's address, and what it is told (arrays.py)."""
        r = self.record
        kind, direction, weights = adjoint(r) if self.reverse else (r.kind, r.direction, r.weights)
        address, room, *plans = plan(engine, r._replace(kind=kind))
        before, after = (math.prod(r.before), math.prod(r.after))[:: -1 if self.reverse else 1]
        room = -(-room // 64) * 64
        return [address, r.batch * before, r.batch * after, kind, direction, weights, r.power, r.batch, len(r.lengths), r.inner, room, *r.lengths, *plans]


def transformed(record: Fourier, re: Any, im: Any, reverse: bool = False) -> tuple[Any, Any]:
    """What the instruction, or its adjoint, makes of whole arrays [..., *axes, inner], by NumPy; imaginary parts are None where there are none."""
    kind, direction, weights = adjoint(record) if reverse else (record.kind, record.direction, record.weights)
    lengths = record.lengths
    axes = tuple(range(-len(lengths) - 1, -1))
    out: Any
    z: Any = re if im is None else re + 1j * im
    norm: Any = ("backward", "ortho", "forward")[record.power]
    back: Any = ("forward", "ortho", "backward")[record.power]
    twice = (..., slice(1, (lengths[-1] + 1) // 2), slice(None))
    if kind == C2C:
        out = np.fft.fftn(z, axes=axes, norm=norm) if direction == FORWARD else np.fft.ifftn(z, axes=axes, norm=back)
    elif kind == R2C:
        out = np.fft.rfftn(z, axes=axes, norm=norm)
        if weights == DOUBLED:  # along the last axis, which is transformed first
            out[twice] *= 2
        out = out if direction == FORWARD else out.conj()
    else:
        if weights == HALVED:
            z = z + 0j
            z[twice] *= 0.5
        out = np.fft.irfftn(z if direction == BACKWARD else np.conj(z), s=lengths, axes=axes, norm=back)
    return (out, None) if kind == C2R else (out.real, out.imag)


def placed(tape: Any, slots: Slots) -> tuple[int, tuple[int, ...]]:
    """(first slot, strides) of an array of slots; copied on the tape where these have no strides."""
    if slots.size == 1:
        return int(slots.flat[0]), (0,) * slots.ndim
    if is_shared(slots):
        return int(slots.flat[0]), tuple(st // slots.itemsize for st in slots.strides)
    return contiguous(tape, slots), tuple(math.prod(slots.shape[i + 1 :]) for i in range(slots.ndim))


class Transform(Instruction):
    common = False

    # --- the record --------------------------------------------------------------------------------------------------------

    def append(self, tape: Any, kind: int, direction: int, power: int, lengths: Sequence[int], parts: Sequence[tuple[Slots, bool]], outputs: int, weights: int = PLAIN) -> list[int]:
        """Append the transform of parts (slots [batch, *axes, inner], whether constant), real ones and maybe imaginary ones, none empty.

        Args:
            lengths: of the transform along each axis; what the operand has less is zero.
            outputs: 1 for real parts only, which transforms to real numbers and adjoints of those of real ones have, else 2.

        Returns:
            The first slot of each result, real and imaginary parts.
        """
        batch, *given, inner = parts[0][0].shape
        found = []
        for slots, constant in parts:
            base, strides = placed(tape, slots)
            found.append(Parts(base, INACTIVE if constant else 0, strides))
        record = Fourier(kind, direction, weights, power, batch, inner, outputs, tuple(lengths), tuple(given), tuple(found))
        base = int(tape.append_run(FOURIER, record.slots, record.numbers()))
        size = record.slots // outputs
        return [base + i * size for i in range(outputs)]

    def again(self, tape: Any, operands: Sequence[Slots], at: int, n: int) -> int:
        return self._again(tape, read(tape.meta, at), operands)

    def _again(self, tape: Any, record: Fourier, operands: Sequence[Slots]) -> int:
        parts = [(slots, bool(x.flags & INACTIVE)) for slots, x in zip(operands, record.parts, strict=True)]
        return self.append(tape, record.kind, record.direction, record.power, record.lengths, parts, record.outputs, record.weights)[0]

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        record = read(tape.meta, at)
        stacks = [np.broadcast_to(x, (points, *x.shape[1:])).reshape(points * record.batch, *x.shape[2:]) for x in operands]
        base = self._again(tape, record, stacks)
        if record.outputs == 1:
            return base
        return contiguous(tape, run_slots(base, points * n).reshape(2, points, -1).transpose(1, 0, 2))

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = read(tape.meta, at)
        return [Operand(strided(x.base, record.shape, x.strides), bool(x.flags & INACTIVE)) for x in record.parts]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        found = read(by.meta, at)
        moved = found._replace(parts=tuple(x._replace(base=by.slot(x.base)) for x in found.parts))
        return np.array(moved.numbers(), by.meta.dtype)

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        head = reader.record(k, at, HEAD)
        kind, direction, weights, power, batch, inner, axes, inputs, outputs = head
        if kind not in NAMES or direction not in (FORWARD, BACKWARD) or power not in (0, 1, 2) or min(batch, inner) < 1 or not 1 <= axes <= MOST_AXES:
            reader.refuse(k, "has a damaged record")
        sides = {C2C: (1, 2), R2C: (1,), C2R: (2,)}[kind], {C2C: (1, 2), R2C: (2,), C2R: (1,)}[kind]
        if inputs not in sides[0] or outputs not in sides[1] or weights not in {C2C: (PLAIN,), R2C: (PLAIN, DOUBLED), C2R: (PLAIN, HALVED)}[kind]:
            reader.refuse(k, "has a damaged record")
        size = length(axes, inputs)
        found = read(reader.record(k, at, size), 0)
        if min(found.lengths) < 1 or math.prod(found.lengths) * batch * inner > reader.room * 2:
            reader.refuse(k, f"transforms {batch} arrays of shape {found.lengths}")
        if any(not 1 <= m <= whole for m, whole in zip(found.given, found.before[:-1], strict=True)) or found.slots != n:
            reader.refuse(k, f"transforms {batch} arrays of shape {found.given} to {found.lengths}, but has {n} slots")
        reader.spend(k, inputs * math.prod(found.shape))
        for x in found.parts:
            low = high = x.base
            for m, stride in zip(found.shape, x.strides, strict=True):
                low, high = low + min((m - 1) * stride, 0), high + max((m - 1) * stride, 0)
            if x.flags & ~INACTIVE:
                reader.refuse(k, "has a damaged reference")
            reader.inside(k, low, high, own)
        return int(at + size)

    # --- words -------------------------------------------------------------------------------------------------------------

    def title(self, tape: Any, at: int) -> str:
        record = read(tape.meta, at)
        return NAMES[record.kind][record.direction]

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = read(reader.tape.meta, at)
        shown = [reader.block(x.base, list(zip(record.shape, x.strides, strict=True))) + (" const" if x.flags & INACTIVE else "") for x in record.parts]
        lengths = " x ".join(map(str, record.lengths))
        return f"{', '.join(shown)} to {f'{record.batch} x ' if record.batch > 1 else ''}{lengths}{('', ' / sqrt(n)', ' / n')[record.power]}"

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        record = read(tape.meta, at)
        return tuple(m for m in (record.batch, *record.after) if m > 1), place % (n // record.outputs)

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        record = read(tape.meta, at)
        which = np.ravel(places) // math.prod(record.after) % record.batch
        return np.concatenate([x.slots[which].reshape(-1) for x in self.operands(tape, at, n)]).astype(np.int64)

    # --- derivatives as instructions ---------------------------------------------------------------------------------------

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        tape = sweep.tape
        record = read(tape.meta, at)
        wanted = [not x.constant and sweep.active[x.slots].any() for x in self.operands(tape, at, n)]
        if not any(wanted):
            return
        g = sweep.gradient(run_slots(slot, n)).slots.reshape(record.outputs, record.batch, *record.after)
        kind, direction, weights = adjoint(record)
        outputs = 1 if kind == C2R or len(record.parts) == 1 else 2
        bases = self.append(tape, kind, direction, record.power, record.lengths, [(x, False) for x in g], outputs, weights)
        for base, x, asked in zip(bases, self.operands(tape, at, n), wanted, strict=True):
            if asked:
                shape = (record.batch, *record.before)
                part = run_slots(base, math.prod(shape)).reshape(shape)[tuple(slice(m) for m in record.shape)]
                sweep.add_array(x.slots, sweep.array(part))

    # --- blocks of seeds -----------------------------------------------------------------------------------------------------

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return True

    def pull_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        record = read(tape.meta, step.at)
        g = dense(block).reshape(-1, record.outputs, record.batch, *record.after)
        found = transformed(record, g[:, 0], g[:, 1] if record.outputs == 2 else None, reverse=True)[e]
        part = found[(slice(None), *(slice(m) for m in record.shape))]
        return np.ascontiguousarray(part).reshape(len(g), -1)

    def push_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        record = read(tape.meta, step.at)
        t = dense(block).reshape(-1, *record.shape)
        t = np.pad(t, [(0, 0), *((0, whole - m) for m, whole in zip(record.shape, (record.batch, *record.before), strict=True))])
        re, im = transformed(record, *((t, None) if len(record.parts) == 1 else (t, 0 * t) if e == 0 else (0 * t, t)))
        found = [re.reshape(len(t), -1), *([im.reshape(len(t), -1)] if record.outputs == 2 else [])]
        return np.concatenate(found, axis=1)

    # --- where a plan is missing ---------------------------------------------------------------------------------------------

    def _swept(self, sweep: str, tape: Any, k: int, s: int) -> None:
        """Make the plans that native code has not found, and let it go on."""
        record = read(tape.meta, int(tape.arg0[k]))
        plan(tape.engine, record._replace(kind=adjoint(record)[0]) if sweep == "reverse" else record)
        tape.sweep(sweep, *((k + 1, k, s + int(tape.arg1[k])) if sweep == "reverse" else (k, k + 1, s)))

    forward = functools.partialmethod(_swept, "forward")
    reverse = functools.partialmethod(_swept, "reverse")
    tangent = functools.partialmethod(_swept, "tangent")

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_places(self, record: Fourier, operands: Sequence[Any]) -> Any:
        """Places of whole operands, one part after another; -1 where nothing is given."""
        found = np.full((len(operands), record.batch, *record.before), -1, np.int64)
        for whole, places in zip(found, operands, strict=True):
            whole[tuple(slice(m) for m in record.shape)] = places
        return found.ravel()

    @staticmethod
    def lanes_record(builder: Any, name: str, told: Told, result: Any, read: Any) -> Any:
        numbers = product(result=builder.keep(result), left=builder.keep(read), right=0, inner=len(read), columns=len(result), rows=0)
        return builder.record(("structural", FOURIER, name, told), (), numbers)

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        record = read(builder.tape.meta, int(builder.tape.arg0[k]))
        operands = self.operands(builder.tape, int(builder.tape.arg0[k]), builder.size[k])
        z = np.arange(builder.place[k], builder.place[k] + builder.size[k])
        places = self.lanes_places(record, [builder.places(x.slots).reshape(x.slots.shape) for x in operands])
        return [self.lanes_record(builder, "compute", Told(record, False), z, places)]

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        if not p.passes[k]:
            return
        record = read(p.tape.meta, int(p.tape.arg0[k]))
        operands = self.operands(p.tape, int(p.tape.arg0[k]), p.size[k])
        for x in operands:
            reverse.fill(x.slots.ravel())
        targets = self.lanes_places(record, [np.reshape(reverse.adjoint_places(x.slots), x.slots.shape) for x in operands])
        g = np.arange(reverse.adjoint[k], reverse.adjoint[k] + p.size[k])
        reverse.records.append(self.lanes_record(p, "adjoint", Told(record, True), targets, g))


MOST_AXES = 32
"""Axes of a transform in a file."""
INSTRUCTION = Transform(FOURIER)
register(INSTRUCTION, _native, _lanes)
