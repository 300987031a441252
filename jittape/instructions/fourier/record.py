"""The record of a Fourier transform.

It is the head, the lengths of the axes, how many elements of the operand there are along each (the others are zero), and for the real and
the imaginary parts of the operand the first slot, flags, and a stride for the batch, each axis, and what is behind them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

C2C, R2C, C2R = range(3)
"""Kinds: complex numbers to complex ones, real ones to half a spectrum along the last axis, and back."""
FORWARD, BACKWARD = range(2)
"""Directions: exp(-2 pi i j k / n), and its conjugate."""
PLAIN, HALVED, DOUBLED = range(3)
"""Weights of what has a conjugate in the half of a spectrum that is not there: adjoints have the other ones."""
(
    KIND,
    DIRECTION,
    WEIGHTS,
    POWER,  # twice the power of the number of elements that is divided by
    BATCH,
    INNER,  # elements behind the last axis
    AXES,
    INPUTS,  # 1 of real operands, 2 of complex ones
    OUTPUTS,  # the same of results
    HEAD,
) = range(10)
BASE, FLAGS, STRIDES = range(3)
"""Of an operand; the strides are the batch's, the axes' and that of the elements behind them."""

Shape = tuple[int, ...]


class Parts(NamedTuple):
    """Real or imaginary parts as a record has them."""

    base: int
    flags: int
    strides: tuple[int, ...]


class Fourier(NamedTuple):
    """A record, read back.

    Attributes:
        power: twice the power of the number of elements that is divided by: 0, 1 or 2.
        lengths: of the transform, along each axis.
        given: elements of the operand along each axis.
        parts: of the operand, real and imaginary ones.
    """

    kind: int
    direction: int
    weights: int
    power: int
    batch: int
    inner: int
    outputs: int
    lengths: Shape
    given: Shape
    parts: tuple[Parts, ...]

    @property
    def before(self) -> Shape:
        """The shape of a whole operand, without the batch."""
        return (*(half(self.lengths) if self.kind == C2R else self.lengths), self.inner)

    @property
    def after(self) -> Shape:
        """The shape of a result, without the batch."""
        return (*(half(self.lengths) if self.kind == R2C else self.lengths), self.inner)

    @property
    def shape(self) -> Shape:
        """The shape of what is given, with the batch."""
        return (self.batch, *self.given, self.inner)

    @property
    def slots(self) -> int:
        """How many slots it writes."""
        return self.outputs * self.batch * math.prod(self.after)

    @property
    def length(self) -> int:
        return length(len(self.lengths), len(self.parts))

    def numbers(self) -> tuple[int, ...]:
        """As `meta` has them."""
        head = (self.kind, self.direction, self.weights, self.power, self.batch, self.inner, len(self.lengths), len(self.parts), self.outputs)
        return (*head, *self.lengths, *self.given, *(number for x in self.parts for number in (x.base, x.flags, *x.strides)))


def half(lengths: Shape) -> Shape:
    """Of spectra of real numbers."""
    return (*lengths[:-1], lengths[-1] // 2 + 1)


def length(axes: int, inputs: int) -> int:
    """Numbers of a record."""
    return HEAD + 2 * axes + inputs * (STRIDES + 2 + axes)


def read(meta: Any, at: int) -> Fourier:
    """The record at `meta[at]`."""
    kind, direction, weights, power, batch, inner, axes, inputs, outputs = (int(x) for x in meta[at : at + HEAD])
    rest = [int(x) for x in meta[at + HEAD : at + length(axes, inputs)]]
    lengths, given = tuple(rest[:axes]), tuple(rest[axes : 2 * axes])
    parts, size = [], STRIDES + 2 + axes
    for e in range(inputs):
        base, flags, *strides = rest[2 * axes + e * size : 2 * axes + (e + 1) * size]
        parts.append(Parts(base, flags, tuple(strides)))
    return Fourier(kind, direction, weights, power, batch, inner, outputs, lengths, given, tuple(parts))
