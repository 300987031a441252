"""`vmap`: a function of one point as a function of many, recorded at one of them and appended for all (passes/points.py).

The function is called for the first point. What it decided by values there, and by integers and truth values that it was given, holds for
the points at which it decides alike; for the first of the others it is called again, and so on. All points come out as a loop over them
would compute them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.append import constant_operand
from jittape.array.array import Array, Mask, apply
from jittape.array.copies import FLOATS
from jittape.array.state import current_tape, plain
from jittape.errors import GradientError
from jittape.functional.callables import check_callable
from jittape.functional.drivers import named
from jittape.functional.trace import Trace
from jittape.functions.hooks import name_of
from jittape.instructions.references import Slots, is_shared
from jittape.ops._generated.opcodes import EQUAL
from jittape.ops.layout import CONSTANT
from jittape.passes.points import Points
from jittape.tape.guards import HOLDS, KEY, Guards
from jittape.tape.tape import Tape

F = TypeVar("F", bound=Callable[..., Any])

ALONE = 32
"""Calls of the function that stand for hardly more points than one each, after which each of the rest is called for by itself."""


class _Leaf(NamedTuple):
    """A leaf of the arguments: the array, its axis of points, or None where all points have the same."""

    value: Any
    axis: int | None

    @property
    def real(self) -> bool:
        """Whether it is recorded; integers, truth values and objects are not."""
        return isinstance(self.value, Array) or np.asarray(self.value).dtype in FLOATS

    def points(self) -> Any:
        """The array with its axis of points first."""
        value: Any = self.value if isinstance(self.value, Array) else np.asarray(self.value)
        return np.moveaxis(value, self.axis or 0, 0)


class _Part(NamedTuple):
    """What one call of the function stands for: the points, the results' structure, and for each leaf its slots [points, *shape], or a plain value."""

    points: NDArray[np.intp]
    leaves: list[Any]
    rebuild: Callable[[list[Any]], Any]
    result: Any


def vmap(f: F, in_axes: Any = 0, out_axes: Any = 0) -> F:
    """A function of one point as a function of many, without a loop in Python.

    Example:
        >>> import numpy as np, jittape as jt
        >>> x, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 10.0])
        >>> jt.vmap(lambda x, y: np.sum(x) * y)(x, y).tolist()
        [3.0, 70.0]
        >>> jt.vmap(jt.grad(lambda w, x: np.tanh(w @ x)), in_axes=(None, 0))(np.zeros(2), x).tolist()
        [[1.0, 2.0], [3.0, 4.0]]

    Products of matrices become one product, operations run over all points. It may be differentiated,
    recorded and nested as any function; and what it calls may be `jittape.grad` and its kin, for
    gradients of each point by itself. More: docs/transformations.md.

    Args:
        f: Python over NumPy, of arrays or nested containers of them. It is called for some of the
            points only, so it must not store into arrays that it was not given, print, or draw random
            numbers.
        in_axes: where the arguments have their axis of points: a number, or None where all points have
            the same, for all positional arguments or a tuple with one entry each, which may have the
            argument's structure. Keyword arguments have theirs in front.
        out_axes: where the results get theirs, likewise; None where they do not depend on the point.

    Returns:
        A function of the same arguments with axes of points.

    Raises:
        GradientError: no argument holds real numbers.
        ValueError: lengths that differ, no axis of points at all, results whose shapes differ between
            points.
    """
    check_callable(f)
    name = name_of(f)

    @named(f, "vmap")
    def over_points(*args: Any, **kwargs: Any) -> Any:
        if current_tape() is not None:
            return _Mapping(f, name, args, kwargs, in_axes, out_axes).result()
        leaves, rebuild = tree.flatten((list(args), kwargs))
        given = [plain(x) if isinstance(x, Array) else np.asarray(x) for x in leaves]
        real = [i for i, x in enumerate(given) if x.dtype in FLOATS]
        if not real:
            raise GradientError(f"vmap({name}): no argument holds real numbers; call np.vectorize, or write the loop")

        def whole(*floats: Any) -> Any:
            full: list[Any] = list(leaves)
            for i, x in zip(real, floats, strict=True):
                full[i] = x
            positional, keywords = rebuild(full)
            return _Mapping(f, name, positional, keywords, in_axes, out_axes).result()

        trace = Trace(whole, [given[i] for i in real], {}, range(len(real)))
        out = trace.rebuild_output([trace.value_of(x) for x in trace.outputs])
        trace.end()
        return out

    return over_points  # type: ignore[return-value]


class _Mapping:
    """One call of what `vmap` returns, on a tape."""

    def __init__(self, f: Any, name: str, args: Sequence[Any], kwargs: dict[str, Any], in_axes: Any, out_axes: Any) -> None:
        tape = current_tape()
        assert tape is not None
        self.f, self.name, self.tape, self.out_axes = check_callable(f), name, tape, out_axes
        if isinstance(in_axes, list):
            in_axes = tuple(in_axes)
        if isinstance(in_axes, tuple) and len(in_axes) != len(args):
            raise ValueError(f"vmap({name}): in_axes has {len(in_axes)} entries for {len(args)} positional arguments")
        values, self.rebuild = tree.flatten((list(args), kwargs))
        spread = in_axes if isinstance(in_axes, tuple) else [in_axes] * len(args)
        axes = [a for x, given in zip(args, spread, strict=True) for a in _axes(given, x, f"vmap({name}): in_axes")]
        axes += [0] * (len(values) - len(axes))
        self.leaves = [_Leaf(_numbers(x) if a is not None else x, a) for x, a in zip(values, axes, strict=True)]
        self.count = self._count()
        self.mapped = [(i, leaf.points()) for i, leaf in enumerate(self.leaves) if leaf.axis is not None]
        self.real = [(i, x) for i, x in self.mapped if self.leaves[i].real]
        self.plain = [(i, x) for i, x in self.mapped if not self.leaves[i].real]
        self.slots = [self._slots(x) for _, x in self.real]

    def _count(self) -> int:
        """How many points there are."""
        lengths: dict[int, str] = {}
        for k, leaf in enumerate(self.leaves):
            if leaf.axis is None:
                continue
            shape = np.shape(leaf.value)
            if not -len(shape) <= leaf.axis < len(shape):
                raise ValueError(f"vmap({self.name}): leaf {k} of the arguments has shape {shape}, so no axis {leaf.axis}; give in_axes None where all points have the same")
            lengths.setdefault(shape[leaf.axis], f"leaf {k} has {shape[leaf.axis]} points")
        if not lengths:
            raise ValueError(f"vmap({self.name}): no argument has an axis of points")
        if len(lengths) > 1:
            raise ValueError(f"vmap({self.name}): the arguments differ in their number of points: {', '.join(lengths.values())}")
        return next(iter(lengths))

    def _slots(self, x: Any) -> Slots:
        """The slots [points, *shape] of an argument on this tape."""
        if isinstance(x, Array):
            return x.slots
        base = self.tape.append_leaf(np.ascontiguousarray(x, self.tape.dtype), CONSTANT)
        return Array.of_run(self.tape, base, x.shape).slots

    # --- calls -------------------------------------------------------------------------------------------------------------

    def result(self) -> Any:
        """The function's result for all points."""
        if not self.count:
            raise ValueError(f"vmap({self.name}): there are no points, so the shapes of the results are not known")
        parts: list[_Part] = []
        rest = np.arange(self.count)
        while rest.size:
            alike = rest[self._alike(rest)]
            alone = len(parts) >= ALONE and 2 * len(parts) > self.count - rest.size
            part = self._part(alike[:1] if alone or self.tape.careful is not None else alike)
            parts.append(part)
            rest = np.setdiff1d(rest, part.points, assume_unique=True)
        return self._joined(parts)

    def _alike(self, rest: NDArray[np.intp]) -> NDArray[np.bool_]:
        """At which points the arguments that are not recorded are those of the first one."""
        found = np.ones(rest.size, np.bool_)
        for _, x in self.plain:
            found &= (x[rest] == x[rest[0]]).reshape(rest.size, -1).all(axis=1)
        return found

    def _part(self, points: NDArray[np.intp]) -> _Part:
        """Call the function for the first of these points; what it recorded, for all at which it decides alike."""
        tape, p = self.tape, int(points[0])
        mapped = {i for i, _ in self.mapped}
        leaves = [leaf.value if i in mapped else _own(leaf.value) for i, leaf in enumerate(self.leaves)]
        copies: list[Array] = []
        for i, x in self.plain:
            leaves[i] = _own(x[p])
        for i, x in self.real:
            one = x[p] if isinstance(x, Array) else np.asarray(x[p])
            copies.append(+one if isinstance(one, Array) else Array.of_run(tape, tape.append_leaf(one, CONSTANT), one.shape))
            leaves[i] = _mask(copies[-1]) if isinstance(x, Mask) else copies[-1]
        given = [one.slots.copy() for one in copies]  # now: the function may store into them
        start, slot = tape.count, tape.slots
        args, kwargs = self.rebuild(leaves)
        with _decisions(tape) as guards:
            result = self.f(*args, **kwargs)
        outputs, rebuild = tree.flatten(result)
        if tape.replayable and len(guards):
            tape.guards = Guards() if tape.guards is None else tape.guards
            tape.guards.extend(guards)
        stretch = start, slot, tape.count
        many = None
        while many is None and points.size > 1:
            many, wanted = self._spread(points, given, guards, stretch)
            if many is None:
                points = points[wanted]
        if many is None:
            found = [x.slots[None] if isinstance(x, Array) else x for x in outputs]
            return _Part(points, [_Typed(x, type(o)) for x, o in zip(found, outputs, strict=True)], rebuild, result)
        self._guard(many, guards.slots, guards.expected, points, wanted)
        found = []
        for x in outputs:
            spread = many.spread(x.slots) if isinstance(x, Array) else x
            found.append(_Typed(spread[wanted] if isinstance(x, Array) and len(spread) > 1 and not wanted.all() else spread, type(x)))
        return _Part(points[wanted], found, rebuild, result)

    def _spread(
        self, points: NDArray[np.intp], given: Sequence[Slots], guards: Guards, stretch: tuple[int, int, int]
    ) -> tuple[Points | None, NDArray[np.bool_]]:
        """What the call for the first of these points recorded, over all, and at which of them the function decides alike.

        None instead where some have decided otherwise ahead of an instruction that may refuse their values, as a decomposition, or whose results
        may have another shape there: then it is appended for the others only.
        """
        many = Points(self.tape, points.size)
        for of_one, slots in zip(given, self.slots, strict=True):
            many.vary(of_one, slots if points.size == self.count else slots[points])
        last = 0
        for before in many.append(*stretch):
            decided = (guards.slots >= last) & (guards.slots < before)
            wanted = self._decided_alike(many, guards.slots[decided], guards.expected[decided])
            if not wanted.all():
                return None, wanted
            self._guard(many, guards.slots[decided], guards.expected[decided], points, wanted)  # ahead, for a `vmap` of this one to see
            last = before
        return many, self._decided_alike(many, guards.slots, guards.expected)

    def _decided_alike(self, many: Points, slots: Slots, expected: NDArray[np.float64]) -> NDArray[np.bool_]:
        """At which points the values that were decided by are those of the recorded one."""
        if not slots.size:
            return np.ones(many.count, np.bool_)
        self.tape.evaluate()
        values = np.broadcast_to(self.tape.value[many.spread(slots)], (many.count, slots.size))
        found: NDArray[np.bool_] = (values == expected.astype(values.dtype)).all(axis=1)
        found[0] = True  # an order in which a NaN was compared matches nothing
        return found

    def _guard(self, many: Points, slots: Slots, expected: NDArray[np.float64], points: NDArray[np.intp], wanted: NDArray[np.bool_]) -> None:
        """Guard, where the recording is to be replayed, that the function decides at the wanted ones of these points as it did at the first.

        Args:
            slots, expected: what it decided by at the first one, and the values there.
        """
        if self.tape.replayable and slots.size:
            spread = np.broadcast_to(many.spread(slots), (points.size, slots.size))[wanted]
            holds = apply(EQUAL, Array.of(self.tape, spread), expected)
            key = hashlib.blake2b(points[wanted].tobytes() + expected.tobytes(), digest_size=KEY).digest()
            self.tape.guard(holds.slots, holds.value(), "what the function decides at each point", HOLDS, key)

    # --- results -----------------------------------------------------------------------------------------------------------

    def _joined(self, parts: list[_Part]) -> Any:
        """The results of all calls, in the order of the points."""
        first = parts[0]
        for part in parts[1:]:
            if not tree.same_structure(part.result, first.result):
                raise ValueError(
                    f"vmap({self.name}): the function returns {tree.describe(first.result)} at point {first.points[0]}, and "
                    f"{tree.describe(part.result)} at point {part.points[0]}"
                )
        axes = _axes(self.out_axes, first.result, f"vmap({self.name}): out_axes")
        return first.rebuild([self._leaf(k, axis, parts) for k, axis in enumerate(axes)])

    def _leaf(self, k: int, axis: int | None, parts: list[_Part]) -> Any:
        leaves = [part.leaves[k] for part in parts]
        shapes = [x.shape for x in leaves]
        for part, shape in zip(parts, shapes, strict=True):
            if shape != shapes[0]:
                raise ValueError(f"vmap({self.name}): a result has shape {shapes[0]} at point {parts[0].points[0]}, and {shape} at point {part.points[0]}")
        if axis is None:
            if len(parts) > 1 or leaves[0].varies:
                raise ValueError(f"vmap({self.name}): out_axes is None for a result that depends on the point")
            return leaves[0].alone(self.tape)
        if not -len(shapes[0]) - 1 <= axis <= len(shapes[0]):
            raise ValueError(f"vmap({self.name}): out_axes: no axis {axis} for the points among those of a result of shape {shapes[0]}")
        if not any(x.recorded for x in leaves):
            values = np.empty((self.count, *shapes[0]), np.result_type(*(x.value for x in leaves)))
            for part, x in zip(parts, leaves, strict=True):
                values[part.points] = x.value
            return np.moveaxis(values, 0, axis)
        kind = Mask if all(x.kind is Mask for x in leaves) else Array
        if len(parts) == 1:
            slots = np.broadcast_to(leaves[0].value, (self.count, *shapes[0]))
            slots = slots if is_shared(slots) else slots.copy()  # it may be stored into
        else:
            slots = np.empty((self.count, *shapes[0]), np.int32)
            for part, x in zip(parts, leaves, strict=True):
                slots[part.points] = x.value if x.recorded else constant_operand(self.tape, np.asarray(x.value, float))[0]
        joined: Any = kind.of(self.tape, slots)
        return np.moveaxis(joined, 0, axis) if axis else joined


class _Typed(NamedTuple):
    """A leaf of a result: slots [points or 1, *shape], or a plain value, and the class that it has at one point."""

    value: Any
    kind: type

    @property
    def recorded(self) -> bool:
        return issubclass(self.kind, Array)

    @property
    def varies(self) -> bool:
        return self.recorded and len(self.value) > 1

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape[1:] if self.recorded else np.shape(self.value)

    def alone(self, tape: Tape) -> Any:
        """As one point has it."""
        if not self.recorded:
            return self.value
        return self.kind.of(tape, self.value[0]) if self.shape else self.kind(tape, int(self.value[0]))  # type: ignore[attr-defined]


def _numbers(value: Any) -> Any:
    """A recorded constant as its numbers: what is computed of it is not recorded, but differs between points."""
    if not isinstance(value, Array) or not value.constant:
        return value
    return np.asarray(value.value(), np.bool_) if isinstance(value, Mask) else value.value()


def _mask(x: Array) -> Any:
    """Zeros and ones as truth values."""
    found: Any = Mask.of(x.tape, x.slots) if x.shape else Mask(x.tape, int(x.slots))
    return found


def _own(value: Any) -> Any:
    """An argument that the function may store into."""
    return value.copy() if isinstance(value, (Array, np.ndarray)) else value


@contextmanager
def _decisions(tape: Tape) -> Iterator[Guards]:
    """What is decided by recorded values meanwhile, noted apart from what the recording itself guards."""
    guards, replayable = tape.guards, tape.replayable
    found = Guards()
    tape.guards, tape.replayable = found, True
    try:
        yield found
    finally:
        tape.guards, tape.replayable = guards, replayable


def _axes(axes: Any, value: Any, where: str) -> list[int | None]:
    """The axis of points of each leaf, of a number (or None) for all of them, or a structure of numbers."""
    leaves, _ = tree.flatten(value)
    if axes is None or (isinstance(axes, (int, np.integer)) and not isinstance(axes, bool)):
        return [None if axes is None else int(axes)] * len(leaves)
    parts = tree.children(value)
    given = None if isinstance(axes, str) else tree.children(axes, value)
    if parts is None or given is None or parts.keys() != given.keys():
        raise ValueError(f"{where}: {axes!r} does not fit {tree.describe(value)}; give a number, None, or a structure of these like the argument's")
    return [a for key, part in parts.items() for a in _axes(given[key], part, where)]
