"""Discrete Fourier transforms: numpy.fft, and what scipy.fft has besides.

All come down to `transform`, which records one instruction for all axes (instructions/fourier). Axes that stand together are transformed where
they are; others are moved to the end, and back. Rules take real and complex recorded arrays alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.complexes import ComplexArray, lifted
from jittape.array.protocols import FUNCTIONS
from jittape.functions.complexes.registry import RULES
from jittape.functions.products import as_array
from jittape.instructions.fourier import BACKWARD, C2C, C2R, FORWARD, INSTRUCTION, R2C

__all__ = ["BACKWARD", "C2C", "C2R", "FORWARD", "R2C", "along", "halved_length", "joined", "lengths_of", "parts_of", "power_of", "transform"]

Parts = tuple[Array, ...]
NORMS = {None: 0, "backward": 0, "ortho": 1, "forward": 2}


def parts_of(x: Any) -> Parts:
    """The real part of a recorded array, and the imaginary one of a complex one."""
    x = as_array(x) if not isinstance(x, Array) else x
    return (x.re, x.im) if isinstance(x, ComplexArray) else (x,)


def joined(parts: Parts) -> Any:
    return parts[0] if len(parts) == 1 else ComplexArray.of_parts(*parts)


def power_of(norm: Any, direction: int) -> int:
    """Twice the power of the number of elements that a transform is divided by.

    Raises:
        ValueError: there is no such norm.
    """
    try:
        power = NORMS[norm]
    except (KeyError, TypeError):
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".') from None
    return power if direction == FORWARD else 2 - power


def halved_length(n: int) -> int:
    """Of real numbers whose half spectrum has n elements, where nothing says otherwise."""
    return 2 * (n - 1)


def lengths_of(shape: Sequence[int], axes: Sequence[int], given: Sequence[int | None] | None, kind: int) -> list[int]:
    """How long a transform is along each axis; those that are not given are as the array has them.

    Raises:
        ValueError: one is not positive.
    """
    found = []
    for i, axis in enumerate(axes):
        n = None if given is None else given[i]
        if n is None:
            n = halved_length(shape[axis]) if kind == C2R and i == len(axes) - 1 else shape[axis]
        n = int(n)
        if n < 1:
            raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
        found.append(n)
    return found


def transform(parts: Parts, kind: int, direction: int, power: int, axes: Sequence[int], lengths: Sequence[int]) -> Parts:
    """The transform along axes, of which the last one is that of half spectra.

    Args:
        parts: of one shape; two for transforms to real numbers.
        power: twice the power of the number of elements that it is divided by.
        axes: from zero on; one that stands there twice is transformed twice.
        lengths: along each; what an array has less is zero, and what it has more is left out.
    """
    if len(set(axes)) < len(axes):
        first, *rest = axes if kind == C2R else axes[::-1]
        lengths = lengths if kind == C2R else lengths[::-1]
        one = C2C if kind == C2R else kind
        done = transform(parts, one, direction, power, [first], lengths[:1])
        left = rest if kind == C2R else rest[::-1]
        return transform(done, kind if kind == C2R else C2C, direction, power, left, lengths[1:] if kind == C2R else lengths[:0:-1])
    if kind == C2C:
        order = np.argsort(axes, kind="stable")
        axes, lengths = [axes[i] for i in order], [lengths[i] for i in order]
    tape, shape = parts[0].tape, list(parts[0].shape)
    for i, (axis, n) in enumerate(zip(axes, lengths, strict=True)):
        shape[axis] = min(shape[axis], n // 2 + 1 if kind == C2R and i == len(axes) - 1 else n)
    crop = tuple(slice(n) for n in shape)
    slots = [part.slots[crop] for part in parts]
    together = list(axes) == list(range(axes[0], axes[0] + len(axes)))
    if not together:
        slots = [np.moveaxis(s, axes, range(-len(axes), 0)) for s in slots]
    shape = list(slots[0].shape)
    first = axes[0] if together else len(shape) - len(axes)
    before, behind = shape[:first], shape[first + len(axes) :]
    after = [*lengths[:-1], lengths[-1] // 2 + 1] if kind == R2C else list(lengths)
    result = (*before, *after, *behind)
    outputs = 1 if kind == C2R else 2
    if not math.prod(before) * math.prod(behind):
        found = [Array.of(tape, np.empty(result, np.int32)) for _ in range(outputs)]
    else:
        wide = (math.prod(before), *shape[first : first + len(axes)], math.prod(behind))
        given = [(s.reshape(wide), part.constant) for s, part in zip(slots, parts, strict=True)]
        tape.busy += 1
        try:
            bases = INSTRUCTION.append(tape, kind, direction, power, lengths, given, outputs)
        finally:
            tape.busy -= 1
        found = [Array.of_run(tape, base, result) for base in bases]
    if not together:
        found = [z.view(np.moveaxis(z.slots, range(-len(axes), 0), axes)) for z in found]
    return tuple(found)


def along(x: Any, kind: int, direction: int, norm: Any, axes: Sequence[int], given: Sequence[int | None] | None, complain: Callable[[Any], Any]) -> Any:
    """A transform of a recorded array by the arguments of a function of NumPy's or SciPy's.

    Args:
        axes, given: as the function takes them, of one length.
        complain: the function as one of a plain array, which raises what is due where the arguments are wrong.
    """
    parts = parts_of(x)
    shape = parts[0].shape
    try:
        power = power_of(norm, direction)
        axes = [range(len(shape))[axis] for axis in axes]
        lengths = lengths_of(shape, axes, given, kind)
        if not all(shape[axis] for axis in axes):
            raise ValueError
    except (IndexError, ValueError, TypeError):
        complain(np.zeros(shape, complex if len(parts) == 2 else float))
        raise
    if kind == C2R and len(parts) == 1:
        parts = (*parts, lifted(parts[0].tape, 0.0, shape))
    if not axes:
        return ComplexArray.of_parts(parts[0], np.zeros(shape)) if kind == C2C and len(parts) == 1 else joined(parts)
    return joined(transform(parts, kind, direction, power, axes, lengths))


# --- numpy.fft -------------------------------------------------------------------------------------------------------------


def _register(name: str, rule: Any) -> None:
    function = getattr(np.fft, name)
    FUNCTIONS[function] = RULES[function] = rule


def _one(name: str, kind: int, direction: int) -> None:
    function = getattr(np.fft, name)

    def rule(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
        if kind == R2C:
            a = as_real(a, function)
        return along(a, kind, direction, norm, (axis,), (n,), lambda x: function(x, n, axis, norm))

    _register(name, rule)


def _several(name: str, kind: int, direction: int, default: tuple[int, ...] | None) -> None:
    function = getattr(np.fft, name)

    def rule(a: Any, s: Any = None, axes: Any = default, norm: Any = None) -> Any:
        if kind == R2C:
            a = as_real(a, function)
        complain = lambda x: function(x, s, axes, norm)
        shape = a.shape if isinstance(a, Array) else np.shape(a)
        given = None if s is None else list(s)
        if axes is None:
            which = range(len(shape)) if given is None else range(-len(given), 0)
        else:
            which = axes
        if (given is not None and len(given) != len(which)) or (kind != C2C and not len(which)):
            function(np.zeros(shape), s, axes, norm)
        return along(a, kind, direction, norm, tuple(which), None if given is None else as_they_are(given, which, shape), complain)

    _register(name, rule)


def as_they_are(lengths: Sequence[int], axes: Sequence[int], shape: Sequence[int]) -> list[int]:
    """Lengths, of which those that are -1 are as the array has them."""
    inside = all(-len(shape) <= axis < len(shape) for axis in axes)
    return [shape[axis] if inside and n == -1 else n for n, axis in zip(lengths, axes, strict=True)]


def as_real(a: Any, function: Any) -> Any:
    """A recorded array that is real, or the error of a function for complex ones."""
    if isinstance(a, ComplexArray):
        function(np.zeros(a.shape, complex))
    return a


for _name, _kind, _direction in (("fft", C2C, FORWARD), ("ifft", C2C, BACKWARD), ("rfft", R2C, FORWARD), ("irfft", C2R, BACKWARD), ("hfft", C2R, FORWARD), ("ihfft", R2C, BACKWARD)):
    _one(_name, _kind, _direction)
for _name, _kind, _direction in (("fft", C2C, FORWARD), ("ifft", C2C, BACKWARD), ("rfft", R2C, FORWARD), ("irfft", C2R, BACKWARD)):
    _several(f"{_name}2", _kind, _direction, (-2, -1))
    _several(f"{_name}n", _kind, _direction, None)
