"""`jittape.checkpoint`: a part of a function whose intermediate values are computed anew in the reverse sweep, not kept."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.array.state import state
from jittape.compiler.dispatchers import python_function
from jittape.errors import RecordingError
from jittape.functional.trace import check_callable, laid_out
from jittape.functions.hooks import CALLERS, name_of
from jittape.native.refused import refuse
from jittape.replay import parts, sites
from jittape.replay.parts import Part, Way
from jittape.replay.path import Replay

P = ParamSpec("P")
R = TypeVar("R")


class PartSite(sites.Site):
    """A site of parts: the ways that its calls have taken, that taken last first."""

    def __init__(self, ways: Sequence[Way], inputs: int, shapes: Sequence[Any]) -> None:
        super().__init__()
        self.ways, self.inputs, self.shapes = list(ways), inputs, list(shapes)

    def another(self, operands: Sequence[Any]) -> Way:
        """The way that operands take, which was not known before."""
        raise NotImplementedError

    def take(self, operands: Sequence[Any], then: Callable[[Replay, Way], Any]) -> Any:
        """What is found of a replay that has gone forward on the way that the operands take."""
        for way in tuple(self.ways):
            with way.part.used(way.constants, operands) as replay:
                try:
                    failed = replay.forward()
                except Exception:  # on a way that is not due, it is no error
                    continue
                if failed < 0:
                    if way is not self.ways[0]:
                        self.ways = [way, *(w for w in self.ways if w is not way)]
                    return then(replay, way)
        way = self.another(operands)
        with way.part.used(way.constants, operands) as replay:
            replay.forward()  # it is right where it was recorded, even by decisions that a NaN made
            if way.part.path.reusable and not any(w.part is way.part and w.constants is way.constants for w in self.ways):
                self.ways = [way, *self.ways]
            return then(replay, way)

    def values(self, operands: Sequence[Any]) -> list[Any]:
        return self.take(operands, lambda replay, way: parts.results(replay))  # type: ignore[no-any-return]

    def pull(self, operands: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
        return self.take(operands, lambda replay, way: parts.pulled(replay, adjoints))  # type: ignore[no-any-return]

    def push(self, operands: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
        return self.take(operands, lambda replay, way: parts.pushed(replay, tangents))  # type: ignore[no-any-return]

    def make_pushed(self) -> sites.Site:
        return Pushed(self)


class Called(PartSite):
    """A site of a function."""

    def __init__(self, f: Callable[..., Any], key: Any, math: str, way: Way, inputs: int) -> None:
        super().__init__([way], inputs, way.part.shapes)
        self.f, self.key, self.math = f, key, math
        self.seen = key()

    def another(self, operands: Sequence[Any]) -> Way:
        if self.key() != self.seen:
            raise RecordingError(
                f"a checkpointed part takes another way here than where it was recorded, and what {name_of(self.f)} refers to from outside is "
                "not what it was then; pass it as an argument"
            )
        n = self.inputs
        way, _ = parts.trace_part(self.f, [x if np.ndim(x) else x[()] for x in operands[:n]], operands[n:], self.math)
        if way.part.shapes != self.shapes:
            raise RecordingError(f"the checkpointed part {name_of(self.f)} has results of shapes {way.part.shapes} here, and {self.shapes} where it was recorded")
        return way


class Pushed(PartSite):
    """The values and tangents of a site."""

    def __init__(self, base: PartSite) -> None:
        super().__init__([], 2 * base.inputs, [*base.shapes, *base.shapes])
        self.base = base
        for way in base.ways:
            self.ways += [Way(part, part.constants) for constants, part in way.part.derived if constants is way.constants]

    def another(self, operands: Sequence[Any]) -> Way:
        n = self.base.inputs

        def derive(replay: Replay, way: Way) -> Part:
            return parts.with_tangents(way.part, way.constants, replay.tape.value.copy())

        def made(replay: Replay, way: Way) -> Way:
            if replay.tape.partial:
                replay.tape.evaluate()
            part = derive(replay, way)
            way.part.derived.append((way.constants, part))
            return Way(part, part.constants)

        return self.base.take([*operands[:n], *operands[2 * n :]], made)  # type: ignore[no-any-return]


# --- recording a call ------------------------------------------------------------------------------------------------------------

_called: WeakValueDictionary[Any, Called] = WeakValueDictionary()
"""Sites by what they are: calls that differ in nothing are one."""


class Checkpoint:
    """What `checkpoint` returns: the function, recorded as one instruction where an argument is recorded."""

    def __init__(self, f: Callable[..., Any]) -> None:
        functools.update_wrapper(self, python_function(f))
        self.f = f

    def __repr__(self) -> str:
        return f"<jittape.checkpoint of {name_of(self.f)}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves, rebuild = tree.flatten((args, kwargs))
        for kind, call in CALLERS:
            if any(isinstance(x, kind) for x in leaves):
                return call(lambda *given: self._of(list(given), rebuild), *leaves)
        return self._of(leaves, rebuild)

    def _of(self, leaves: list[Any], rebuild: Callable[[list[Any]], Any]) -> Any:
        if tape_of(leaves) is None:
            args, kwargs = rebuild(leaves)
            return self.f(*args, **kwargs)
        return record_part(self.f, leaves, rebuild)


def record_part(f: Callable[..., Any], leaves: list[Any], rebuild: Callable[[list[Any]], Any]) -> Any:
    """Record a call of a function on the tape of its leaves."""
    tape = tape_of(leaves)
    assert tape is not None
    inputs = [i for i, x in enumerate(leaves) if isinstance(x, Array)]
    others = [i for i, x in enumerate(leaves) if isinstance(x, np.ndarray) and x.dtype in (np.float64, np.float32)]
    places = [*inputs, *others]
    static = [None if i in places else x.copy() if isinstance(x, np.ndarray) else x for i, x in enumerate(leaves)]
    own = check_callable(f)

    masks = [leaves[i].is_mask for i in inputs]

    def part(given: Sequence[Any], others: Sequence[Any] = ()) -> Any:
        full = list(static)
        for i, x in zip(places, (*(x != 0 if mask else x for x, mask in zip(given, masks, strict=True)), *others), strict=True):
            full[i] = x
        args, kwargs = rebuild(full)
        before = [x.slots.copy() for x in given if isinstance(x, Array)]
        found = own(*args, **kwargs)
        if not all(np.array_equal(x.slots, was) for x, was in zip((x for x in given if isinstance(x, Array)), before, strict=True)):
            raise RecordingError(f"the checkpointed part {name_of(f)} stores into an argument; return what it computes, and store that in the function that calls it")
        return found

    functools.update_wrapper(part, python_function(f))

    def key() -> Any:
        return (_identity(f), tuple(map(_static, static)), tuple(places), tuple(masks))

    values = [_given(leaves[i]) for i in inputs]
    data = [leaves[i] for i in others]
    way, trace = parts.trace_part(part, values, data, tape.math)
    named = (key(), id(way.part), id(way.constants), tape.math)
    site = _called.get(named)
    if site is None:
        site = _called[named] = Called(part, key, tape.math, way, len(inputs))
    results = iter(sites.record(site, [leaves[i] for i in inputs] + data))
    out = []
    for o in trace.outputs:
        if not isinstance(o, Array):
            out.append(o)
            continue
        found = next(results)
        if o.ndim > 1 and not o.slots.flags.c_contiguous:
            found = Array.of(tape, laid_out(found.slots, o.slots))
        out.append(found != 0 if o.is_mask else found)
    return trace.rebuild_output(out)


def _given(x: Array) -> Any:
    """The value of a recorded argument for recording the part: of its kind and layout."""
    v = x.value()
    if x.is_mask:
        v = v.astype(x.tape.dtype)
    if x.slot < 0:
        return v
    return float(v) if x.tape.pythons.get(x.slot) else v[()]


class _Same:
    """An object, equal to itself alone, which lives as long as it is compared."""

    __slots__ = ("of",)

    def __init__(self, of: Any) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.of is other.of

    def __hash__(self) -> int:
        return id(self.of)


def _identity(f: Any) -> Any:
    """What a function is: its code and what it refers to; calls of equal ones are one site."""
    if isinstance(f, functools.partial):
        return (_identity(f.func), *map(_static, f.args), *((k, _static(v)) for k, v in f.keywords.items()))
    code = getattr(f, "__code__", None)
    if code is None:
        return _Same(f)
    cells = getattr(f, "__closure__", None) or ()
    return (code, _Same(getattr(f, "__self__", None)), *map(_cell, cells), *map(_static, getattr(f, "__defaults__", None) or ()))


def _cell(cell: Any) -> Any:
    try:
        return _static(cell.cell_contents)
    except ValueError:  # not assigned yet
        return None


def _static(x: Any) -> Any:
    """An argument that is no operand, for comparing: numbers and texts by value."""
    return (type(x), repr(x)) if x is None or isinstance(x, (bool, int, float, complex, str, bytes)) else _Same(x)


def checkpoint(f: Callable[P, R]) -> Callable[P, R]:
    return Checkpoint(f)
