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
from jittape.compiler.dispatchers import is_dispatcher, python_function
from jittape.errors import RecordingError, TapeMismatchError
from jittape.functional.callables import check_callable
from jittape.functional.leaves import laid_out
from jittape.functions.decisions import never
from jittape.functions.hooks import CALLERS, name_of, recordable
from jittape.native.refused import refuse
from jittape.replay import parts, sites
from jittape.replay.closures import identity, opened, same
from jittape.replay.parts import Part, Way
from jittape.replay.path import Replay
from jittape.replay.paths import MAX_PATHS

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
            if way.part.path.reusable:
                self.ways = [way, *self.ways[: MAX_PATHS - 1]]
            return then(replay, way)

    def values(self, operands: Sequence[Any]) -> list[Any]:
        return self.take(operands, lambda replay, way: parts.results(replay))  # type: ignore[no-any-return]

    def pull(self, operands: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
        return self.take(operands, lambda replay, way: parts.pulled(replay, adjoints))  # type: ignore[no-any-return]

    def push(self, operands: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
        return self.take(operands, lambda replay, way: parts.pushed(replay, tangents))  # type: ignore[no-any-return]

    def make_pushed(self) -> sites.Site:
        return Pushed(self)

    def holds(self) -> tuple[int, int]:
        tapes = [way.part.path.tape for way in self.ways]
        held = [tape.memory() for tape in tapes]
        return max((m.peak for m in held), default=0), max((tape.slots + m.recomputed for tape, m in zip(tapes, held, strict=True)), default=0)


class Called(PartSite):
    """A site of a function."""

    def __init__(self, f: Callable[..., Any], key: Any, math: str, way: Way, inputs: int) -> None:
        super().__init__([way], inputs, way.part.shapes)
        self.f, self.key, self.math = f, key, math

    def another(self, operands: Sequence[Any]) -> Way:
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
            replay.evaluate()
            part = derive(replay, way)
            way.part.derived.append((way.constants, part))
            return Way(part, part.constants)

        return self.base.take([*operands[:n], *operands[2 * n :]], made)  # type: ignore[no-any-return]


# --- recording a call ------------------------------------------------------------------------------------------------------------

_called: WeakValueDictionary[int, Called] = WeakValueDictionary()
"""Sites by the hash of what they are (`key`, which they keep): calls that differ in nothing are one."""


class Checkpoint:
    """What `checkpoint` returns: the function, recorded as one instruction where an argument is recorded."""

    def __init__(self, f: Callable[..., Any]) -> None:
        functools.update_wrapper(self, python_function(f))
        self.f = f
        if is_dispatcher(f):
            _known_to_numba()

    def __repr__(self) -> str:
        return f"<jittape.checkpoint of {name_of(self.f)}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves, rebuild = tree.flatten((args, kwargs))
        closed, remake = opened(self.f)
        every, count = [*leaves, *closed], len(leaves)

        def recorded(*given: Any) -> Any:
            if tape_of(given) is not None:
                return _record(self.f, list(given), count, rebuild, remake)
            args, kwargs = rebuild(list(given[:count]))
            return (remake(list(given[count:])) if closed else self.f)(*args, **kwargs)

        for kind, call in CALLERS:
            if any(isinstance(x, kind) for x in every):
                return call(recorded, *every)
        return recorded(*every)


@functools.cache
def _known_to_numba() -> None:
    """In compiled code a checkpointed function of numba.njit is itself."""
    from numba.extending import typeof_impl  # only where there is a function of numba.njit

    typeof_impl.register(Checkpoint)(lambda value, context: typeof_impl(value.f, context))


def _record(f: Callable[..., Any], every: list[Any], count: int, rebuild: Callable[[list[Any]], Any], remake: Callable[[list[Any]], Any]) -> Any:
    """Record a call of a function on the tape of its arguments, the first `count` values, and of the recorded values that it refers to."""
    tape = tape_of(every)
    assert tape is not None
    inputs = [i for i, x in enumerate(every) if isinstance(x, Array)]
    others = [i for i, x in enumerate(every) if isinstance(x, np.ndarray) and x.dtype in (np.float64, np.float32)]
    places = [*inputs, *others]
    static = [None if i in places else x.copy() if isinstance(x, np.ndarray) else x for i, x in enumerate(every)]
    masks = [every[i].is_mask for i in inputs]
    name = name_of(f)
    first = [] if len(every) > count else [f]  # what f assigns to its variables counts at the first time
    check_callable(f)

    def part(given: Sequence[Any], others: Sequence[Any] = ()) -> Any:
        full = list(static)
        for i, x in zip(places, (*(x != 0 if mask else x for x, mask in zip(given, masks, strict=True)), *others), strict=True):
            full[i] = x
        args, kwargs = rebuild(full[:count])
        before = [(x, x.slots.copy()) for x in (*given, *others) if isinstance(x, Array)]
        found = recordable(first.pop() if first else remake(full[count:]))(*args, **kwargs)
        if not all(np.array_equal(x.slots, was) for x, was in before):
            raise RecordingError(f"the checkpointed part {name} stores into an argument; return what it computes, and store that in the function that calls it")
        return found

    functools.update_wrapper(part, python_function(f))  # which says what it catches

    data = [every[i] for i in others]
    way, trace = traced(f"the checkpointed part {name}", tape, every, part, [_given(every[i]) for i in inputs], data, tape.math)
    del part.__wrapped__  # type: ignore[attr-defined]  # its closure may hold the recording
    key = (identity(f), tuple(map(same, static)), tuple(places), tuple(masks), id(way.part), id(way.constants))
    site = _called.get(hash(key))
    if site is None or site.key != key:
        site = _called[hash(key)] = Called(part, key, tape.math, way, len(inputs))
    results = iter(sites.record(site, [every[i] for i in inputs] + data))
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


def traced(name: str, tape: Any, operands: Sequence[Any], f: Callable[..., Any], inputs: Sequence[Any], others: Sequence[Any], math: str) -> tuple[Way, Any]:
    """`trace_part` where operands are recorded on a tape, or on none; errors there are errors of a recorded operation."""
    try:
        return parts.trace_part(f, inputs, others, math)
    except TapeMismatchError as error:
        raise TapeMismatchError(OUTSIDE.format(name=name)) from error
    except Exception:
        if tape is not None and tape.replayable:  # the function may catch the error and go another way
            failed = next((x for x in operands if isinstance(x, Array) and x.size and not x.constant), None)
            if failed is not None:
                never(tape, int(failed.slots.flat[0]), f"the error of {name}")
        raise


OUTSIDE = (
    "{name} computes with a recorded value that is neither an argument of it nor a variable of its closure (it may be "
    "one of a function that it calls, of an object, or global); pass it as an argument"
)
"""What is said where the part meets values of the recording that it stands in."""


def _given(x: Array) -> Any:
    """The value of a recorded argument for recording the part: of its kind and layout."""
    v = x.value()
    if x.is_mask:
        v = v.astype(x.tape.dtype)
    if x.slot < 0:
        return v
    return float(v) if x.tape.pythons.get(x.slot) else v[()]


def checkpoint(f: Callable[P, R]) -> Callable[P, R]:
    """A part of a function whose intermediate values are not kept: they are computed again in the reverse sweep.

    Where an argument is recorded, a call of the part is one instruction, which keeps the part's results. Its derivatives, of any order,
    are found by going through the part once more. Calls that record the same share one recording. Memory falls from that of all parts to
    that of the longest one and the results; time grows by another forward sweep. See docs/checkpoint.md.

    Args:
        f: a function of numbers, arrays and containers of them, of Python or of `numba.njit`. What is no real array among its arguments
            (integers, texts, options) is handed over as it is. It may refer to recorded values in its closure; it returns new arrays, and does
            not store into its arguments.

    Returns:
        The function, to be called in its place; called with plain arguments it is f itself.

    Raises:
        TypeError: f cannot be called.
        RecordingError: where it is recorded: f stores into an argument.
        TapeMismatchError: f uses recorded values that are not its arguments, by way of other functions or objects.

    Note:
        Where decisions by values come out otherwise in a replay, f is recorded again, with the variables of its closure as they were: the
        arrays and objects that they refer to must be what they were, as all that a recorded function refers to.

    Example:
        >>> import numpy as np, jittape as jt
        >>> @jt.checkpoint
        ... def layer(x, W):
        ...     return np.tanh(W @ x)
        >>> def f(x, W):
        ...     for _ in range(100):
        ...         x = layer(x, W)
        ...     return np.sum(x)
        >>> jt.grad(f, (0, 1))(np.ones(2), np.eye(2))[1].shape
        (2, 2)
    """
    if not callable(f):
        raise TypeError(f"checkpoint takes a function, not {type(f).__name__}")
    return Checkpoint(f)


refuse(checkpoint, "jittape.checkpoint")
