"""Operations that are Python functions of whole arrays (linear algebra): their registry, and their part of the sweeps.

A call's record in `meta` is: number of the operation, number of its integer attributes, those; number of operands, for
each its rank, shape and reference; number of results, for each its rank and shape. The results' slots follow each other.
The rules `vjp` and `jvp` are written with NumPy's functions, so that they serve ndarrays in a sweep and recorded arrays in
nested differentiation alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.instructions.references import referenced
from jittape.ops.layout import INACTIVE, KIND, REF, RUN_REF

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """An operation on arrays.

    Attributes:
        forward: (*operands, *attributes) -> tuple of results.
        vjp: (adjoints of results, results, operands, attributes) -> one adjoint an operand, or None for zero.
        jvp: (tangents of operands, results, operands, attributes) -> one tangent a result.
        stacks: `jvp` takes tangents that have an axis of seeds before those of the operands, and its results have it, too.
        selective: vjp takes `needed`, too: for each operand whether its adjoint is asked for.
        into: (results, *operands, *attributes) as `forward`, which fills arrays that it is given; None where there is no such form.
        always: vjp is called where all adjoints are zero, too: it may do more than compute.
    """

    name: str
    number: int
    forward: Callable[..., tuple[Any, ...]]
    vjp: Callable[..., Sequence[Any]]
    jvp: Callable[..., Sequence[Any]]
    stacks: bool = False
    unsaved: str = ""
    """Why a tape with such a call is not saved; "" where it is."""
    holds: Callable[[Sequence[int]], tuple[int, int]] | None = None
    """Of a call with these attributes: (bytes that it works in, values that it computes again); None where it does neither."""
    forward_together: Callable[..., Any] | None = None
    """(operands, attributes) -> (results, at which points they were found), or None: at many points at once, which arrays have as last axis."""
    reverse_together: Callable[..., Any] | None = None
    """(adjoints of results, results, operands, attributes) -> (adjoints of the operands, at which points), or None."""
    selective: bool = False
    always: bool = False
    shapes: Callable[[list[Shape], Sequence[int]], list[Shape]] | None = None
    """(shapes of operands, attributes) -> shapes of results; None where a trial finds them."""
    into: Callable[..., None] | None = None

    def push(self, tangents: dict[int, Any], values: Sequence[Any], results: Sequence[Any], attributes: tuple[int, ...]) -> Any:
        """Tangents of the results for many seeds at once, a row each: those of operands are [seeds, *shape], those that are not given zero."""
        given = [tangents[e] if e in tangents else np.zeros_like(x) for e, x in enumerate(values)]
        seeds = max(map(len, tangents.values()))
        parts = self.jvp(given, results, values, attributes)
        return np.concatenate([np.broadcast_to(part, (seeds, *z.shape)).reshape(seeds, -1) for part, z in zip(parts, results, strict=True)], axis=1)

    def parts(self, adjoints: Any, results: Any, operands: Any, attributes: Any, needed: Sequence[bool]) -> Sequence[Any]:
        """The operands' adjoints: those that are needed at least."""
        more = {"needed": tuple(needed)} if self.selective else {}
        return self.vjp(adjoints, results, operands, attributes, **more)


CALLS: list[Call] = []
BY_NAME: dict[str, Call] = {}
REGISTRARS: list[Callable[[str], None]] = []
"""Called with a name that is not known: rooms above that register operations when they are needed add theirs."""


def register(name: str, forward: Any, vjp: Any, jvp: Any, **options: Any) -> Call:
    """Add an operation; its name is what saved tapes refer to.

    Args:
        options: further attributes of `Call`.
    """
    if name in BY_NAME:
        raise ValueError(f"the operation {name!r} is registered already")
    call = Call(name, len(CALLS), forward, vjp, jvp, **options)
    CALLS.append(call)
    BY_NAME[name] = call
    return call


def named(name: str) -> Call | None:
    """The operation of this name, as a saved tape has it; None where nobody registers one."""
    if name not in BY_NAME:
        for register_all in REGISTRARS:
            register_all(name)
    return BY_NAME.get(name)


@dataclass(frozen=True)
class CallRecord:
    """A call's record, read back: operands as (shape, place of the reference in `meta`), and where the record ends."""

    call: Call
    attributes: tuple[int, ...]
    operands: tuple[tuple[Shape, int], ...]
    results: tuple[Shape, ...]
    end: int


def write(call: Call, attributes: Sequence[int], operands: Sequence[tuple[Shape, tuple[int, ...]]], results: Sequence[Shape]) -> list[int]:
    """The record of a call, for `Tape.append_run`."""
    record = [call.number, len(attributes), *attributes, len(operands)]
    for shape, ref in operands:
        record += [len(shape), *shape, *ref]
    record.append(len(results))
    for shape in results:
        record += [len(shape), *shape]
    return record


def read(tape: Any, k: int) -> CallRecord:
    """The record of the call at instruction k."""
    return read_meta(tape.meta, int(tape.arg0[k]))


def read_meta(meta: Sequence[int], at: int) -> CallRecord:
    call = CALLS[meta[at]]
    n = meta[at + 1]
    attributes = tuple(meta[at + 2 : at + 2 + n])
    at += 2 + n
    operands = []
    count, at = meta[at], at + 1
    for _ in range(count):
        rank = meta[at]
        operands.append((tuple(meta[at + 1 : at + 1 + rank]), at + 1 + rank))
        at += 1 + rank + REF
    results = []
    count, at = meta[at], at + 1
    for _ in range(count):
        rank = meta[at]
        results.append(tuple(meta[at + 1 : at + 1 + rank]))
        at += 1 + rank
    return CallRecord(call, attributes, tuple(operands), tuple(results), at)


def result_shapes(call: Call, operands: Sequence[Shape], attributes: tuple[int, ...]) -> list[Shape] | None:
    """The shapes of an operation's results, found by a trial on harmless values where it does not say; None where it refuses such operands."""
    if call.shapes is not None:
        try:
            return call.shapes(list(operands), attributes)
        except Exception:
            return None
    trial = []
    for shape in operands:
        a = np.ones(shape)
        if len(shape) > 1:
            a[...] = np.eye(shape[-2], shape[-1])
        trial.append(a)
    try:
        with np.errstate(all="ignore"):
            return [np.shape(z) for z in call.forward(*trial, *attributes)]
    except Exception:
        return None


def _size(shape: Shape) -> int:
    return math.prod(shape)


def _place(tape: Any, at: int, n: int) -> Any:
    """What picks the n elements of a reference out of an array of all slots: a slice where they are contiguous."""
    kind, base = tape.meta[at] & KIND, tape.meta[at + 1]
    return slice(base, base + n) if kind == RUN_REF else referenced(tape, at, n)


def _operands(tape: Any, record: CallRecord, source: Any) -> list[Any]:
    return [source[_place(tape, at, _size(shape))].reshape(shape) for shape, at in record.operands]


def split(flat: Any, shapes: Sequence[Shape]) -> list[Any]:
    out, i = [], 0
    for shape in shapes:
        out.append(flat[i : i + _size(shape)].reshape(shape))
        i += _size(shape)
    return out


def has_bits(x: Any) -> bool:
    """Whether any number of a contiguous array is not 0.0 (-0.0 counts): what `any` finds out in several times the time."""
    return bool(x.size and x.reshape(-1).view(f"u{x.itemsize}").max())


def forward(tape: Any, k: int, s: int) -> None:
    record = read(tape, k)
    if record.call.into is not None:
        record.call.into(split(tape.value[s:], record.results), *_operands(tape, record, tape.value), *record.attributes)
        return
    results = record.call.forward(*_operands(tape, record, tape.value), *record.attributes)
    for out, z in zip(split(tape.value[s:], record.results), results, strict=True):
        if np.shape(z) != out.shape:
            raise RecordingError(
                f"{record.call.name} was recorded with a result of shape {out.shape} and returned one of shape {np.shape(z)}; "
                "a recording keeps shapes: record it anew"
            )
        out[...] = z


def reverse(tape: Any, k: int, s: int) -> None:
    record = read(tape, k)
    assert tape.adjoint is not None
    n = int(tape.arg1[k])
    adjoint = tape.adjoint[s : s + n]
    given: list[Any] = []
    if record.call.into is not None:  # a rule of ours, which neither keeps nor changes what it is given
        adjoints = split(adjoint, record.results)
        given = [x for x in adjoints if has_bits(x)]
        some = bool(given)
    else:
        adjoints = split(adjoint.copy(), record.results)
        some = record.call.always or adjoint.any()
        adjoint[...] = 0.0
    if not some:
        return
    results = split(tape.value[s:], record.results)
    operands = _operands(tape, record, tape.value)
    needed = [not tape.meta[at] & INACTIVE for _, at in record.operands]
    parts = record.call.parts(adjoints, results, operands, record.attributes, needed)
    for (shape, at), part in zip(record.operands, parts, strict=True):
        if part is not None and not tape.meta[at] & INACTIVE:
            place, part = _place(tape, at, _size(shape)), np.broadcast_to(part, shape).ravel()
            if isinstance(place, slice):
                tape.adjoint[place] += part
            else:
                np.add.at(tape.adjoint, place, part)
    for x in given:
        x.fill(0.0)


def tangent(tape: Any, k: int, s: int) -> None:
    record = read(tape, k)
    assert tape.tangent_ is not None
    tangents = _operands(tape, record, tape.tangent_)
    results = split(tape.value[s:], record.results)
    parts = record.call.jvp(tangents, results, _operands(tape, record, tape.value), record.attributes)
    for out, t in zip(split(tape.tangent_[s:], record.results), parts, strict=True):
        out[...] = t
