"""Python's side of the sweeps: compiled entry points a dtype, the table of kernels, and the loop around Python calls."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from functools import cache
from inspect import signature
from types import FunctionType
from typing import Any

import numpy as np
from numba import types

from jittape.compiler.jit import callback, emitted, function
from jittape.compiler.locks import compiling
from jittape.compiler.ndarrays import address_of
from jittape.ops import table as _table  # noqa: F401  (declares the operations)
from jittape.ops._generated import opcodes
from jittape.ops.externals import register
from jittape.ops.layout import (
    ARITIES,
    GROUPS,
    IN_PYTHON,
    K_FLAGS,
    K_FORWARD,
    K_NEED,
    K_REVERSE,
    K_SPREAD,
    K_STORE,
    K_TANGENT,
    KERNELS,
    KINDS,
    NO_KERNEL,
    NOTHING,
    PLANS,
    ROUTINES,
    RUN,
    RUNS,
    SCRATCH,
    SWITCH,
)
from jittape.ops.spec import OPS, Op, by_code

DTYPES = {np.dtype(np.float64): types.float64, np.dtype(np.float32): types.float32}
SUFFIX = {K_FORWARD: "forward", K_TANGENT: "tangent"}
SUFFIX |= {K_REVERSE + p: f"reverse{p}" for p in range(3)} | {K_STORE + p: f"store{p}" for p in range(3)}
LOOPS = "loops_"
"""Before the name of a sweep that has compiled loops."""
HOMES = dict.fromkeys(("forward", "reverse", "tangent"), "point.drivers") | {"together": "point.groups"} | {
    LOOPS + name: home
    for home, names in {
        "loops.driver": ("forward", "reverse", "tangent"),
        "loops.once": ("whole", "piece", "joined", "ending", "direct"),
        "loops.pieces": ("onward_piece", "summed", "reverse_piece", "reverse_kept", "turns_piece", "reverse_turns_piece", "reverse_turns_kept"),
    }.items()
    for name in names
}  # fmt: skip
"""The name of a sweep -> the module of this room whose function it is."""
POINTERS = dict.fromkeys(SUFFIX, 6) | {K_FORWARD: 4, K_TANGENT: 8}


def kinds_of(op: Op) -> list[int]:
    """The kinds of kernels that an operation has, the table's NO_KERNEL included."""
    return [K_FORWARD, K_TANGENT, *(kind + p for kind in (K_REVERSE, K_STORE) for p in range(op.arity))]


class Engine:
    """Compiled sweeps and kernels of one dtype and one kind of functions. Get it by `engine(dtype, math)`.

    Args:
        base: the engine of other functions that has the sweeps, for both.
    """

    def __init__(self, dtype: np.dtype[Any], fast: bool, base: Engine | None = None) -> None:
        self.dtype = dtype
        self.fast = fast
        self._base = base
        self._real = DTYPES[dtype]
        self.table = np.zeros(PLANS + 1, np.int64)
        """Addresses of kernels, the operands that each reads, arities, addresses of routines, and of plans: read by native code."""
        self.table_address = address_of(self.table)
        self._alive: list[Any] = []
        self._sweeps: dict[str, Any] = {}
        self._entries: dict[str, Callable[[int, int, int, int, Any], None]] = {}
        self._lock = compiling()
        for op in OPS:
            self.table[ARITIES + op.code] = op.arity
            for p, flags in enumerate(opcodes.READS.get(op.code, ())):
                for number in (op.code * KINDS + K_REVERSE + p, op.code * KINDS + K_STORE + p):
                    if flags == NOTHING:
                        self.table[number] = NO_KERNEL
                    else:
                        self.table[KERNELS + number] = flags

    def compile_kernel(self, number: int) -> None:
        """Put the address of kernel or step `number` into the table."""
        with self._lock:
            if self.table[number]:
                return
            code, kind = divmod(number, KINDS)
            if (code == SWITCH or code in _offered) and self._base is not None:
                self._base.compile_kernel(number)
                self.table[number] = self._base.table[number]
                return
            if code == SWITCH:
                kernel = self._switch(kind)
            elif code in _offered:
                found = step(code, kind)
                if found is None:
                    self.table[number] = IN_PYTHON
                    return
                kernel = visit(found) if kind in VISITS else callback(found, types.void(*(types.int64,) * 4, self._real), slow=True)
            else:
                op = by_code(code)
                kernel = (self._vectors(op, kind) if self.fast else None) or self._called(op, kind) or self._loop(op, kind)
            self._alive.append(kernel)
            self.table[number] = kernel.address

    def _switch(self, kind: int) -> Any:
        """The step for scalar instructions."""
        from jittape.sweep.point import switch  # for start-up

        return emitted(f"scalars_{SUFFIX[kind].rstrip('0')}", self.dtype.name, functools.partial(switch.kernel, kind, self.dtype))

    def has_routine(self, number: int) -> bool:
        return bool(self.table[ROUTINES + number])

    def routine(self, number: int, found: Callable[[], Any]) -> int:
        """The address of routine `number` of decompositions, in the table from now on, for one matrix; `found` gives its function."""
        place = ROUTINES + number
        with self._lock:
            if not self.table[place] and self._base is not None:
                self.table[place] = self._base.routine(number, found)
            elif not self.table[place]:
                pointer = types.CPointer(self._real)
                compiled = callback(found(), types.int64(*(pointer,) * 4, types.CPointer(types.int32), pointer), slow=True)
                self._alive.append(compiled)
                self.table[place] = compiled.address
            return int(self.table[place])

    def _vectors(self, op: Op, kind: int) -> Any:
        """The kernel of an operation as vectors, or None where it has no such form."""
        from jittape.sweep import vectors  # for start-up
        from jittape.sweep.point import runs

        try:
            emit = functools.partial(runs.kernel, op, kind, self.dtype)
            return emitted(f"run_{op.name}_{SUFFIX[kind]}", vectors.kinds(self.dtype, fast=True), emit, plain=True)
        except vectors.Unsupported:
            return None

    def _called(self, op: Op, kind: int) -> Any:
        """The kernel of an operation that calls functions by name; None of another."""
        names = opcodes.EXTERNALS.get(op.code)
        if names is None:
            return None
        from jittape.sweep.point import calling  # for start-up

        register(names)
        return emitted(f"call_{op.name}_{SUFFIX[kind]}", self.dtype.name, functools.partial(calling.kernel, op, kind, self.dtype), plain=True)

    def _loop(self, op: Op, kind: int) -> Any:
        """The same as a loop of scalar operations."""
        from jittape.ops._generated import kernels  # for start-up

        pointer = types.CPointer(self._real)
        return callback(getattr(kernels, f"{op.name}_{SUFFIX[kind]}"), types.void(*(pointer,) * POINTERS[kind], types.int64))

    def address(self, name: str) -> int:
        """The address of a sweep of HOMES."""
        if self._base is not None:
            return self._base.address(name)
        home = importlib.import_module(f"jittape.sweep.{HOMES[name]}")  # start-up: Numba's functions are made when they are first needed
        with self._lock:
            compiled = self._sweeps.get(name)
            if compiled is None:
                kind = types.void(*(types.int64,) * 4, self._real)
                compiled = self._sweeps[name] = callback(getattr(home, name.removeprefix(LOOPS)), kind, slow=True)
            return int(compiled.address)

    def sweep(self, name: str) -> Callable[[int, int, int, int, Any], None]:
        """A sweep for Python: sweep(address block, k, end, s, a number of the dtype)."""
        found = self._entries.get(name)
        if found is None:  # else a new tape would look at Numba's types each time
            found = self._entries[name] = functools.partial(_entry("sweep", (types.int64,) * 5, self.dtype), self.address(name))
        return found

    def point(self, name: str) -> int:
        """The address of a function of sweep/point/call.py: "gradient", "gradient_at", "entries" or "product"."""
        return int(_point(name, self.dtype).address)

    def scratch(self) -> np.ndarray[Any, Any]:
        """Memory that a sweep works in; one for each sweep under way."""
        return np.empty(SCRATCH, self.dtype)


_entry_lock = compiling()
_offered: dict[int, tuple[Callable[[], Any], Callable[[], Any] | None]] = {}
STEPS = {K_FORWARD: "forward", K_REVERSE: "reverse", K_TANGENT: "tangent"}
VISITS = {K_FLAGS: "flags", K_NEED: "need", K_SPREAD: "spread"}
"""Kinds of steps and of what visits the operands of an instruction -> the names of these functions."""


def offer(code: int, native: Callable[[], Any], lanes: Callable[[], Any] | None = None) -> None:
    """Make known where the native code of a structural instruction is: see `register` of instructions/base.py."""
    _offered[code] = native, lanes


def _runs() -> Any:
    from jittape.sweep.point import elementwise  # start-up, as above

    return elementwise


def _groups() -> Any:
    from jittape.sweep.point import groups  # start-up, as above

    return groups


offer(RUNS, _runs)
offer(GROUPS, _groups)


def offered() -> dict[int, list[int]]:
    """Code -> kinds of steps and visits that it has, for compiling all of them ahead."""
    found = {code: [kind for kind in (*STEPS, *VISITS) if step(code, kind) is not None] for code in _offered}
    return {SWITCH: list(STEPS)} | found


def step(code: int, kind: int) -> Any:
    """The function of a structural instruction for a kind of step or visit; None where it has none."""
    return getattr(_offered[code][0](), STEPS.get(kind) or VISITS[kind], None)


def lane_kernel(code: int, name: str) -> Any:
    """The function of a structural instruction that is a kernel of lanes."""
    lanes = _offered[code][1]
    assert lanes is not None
    return getattr(lanes(), name)


def lane_kernels(module: Any) -> list[str]:
    """The functions of a module that are kernels of lanes, for compiling all of them ahead: those of (lane memory, record)."""
    return [name for name, f in vars(module).items() if isinstance(f, FunctionType) and [*signature(f).parameters] == ["v", "record"]]


def offered_to_lanes() -> dict[int, list[str]]:
    """Code -> the kernels of lanes that it has."""
    return {code: lane_kernels(lanes()) for code, (_, lanes) in _offered.items() if lanes is not None}


@cache
def visit(function: Callable[..., Any]) -> Any:
    """A visit, compiled: it is the same for all dtypes."""
    with _entry_lock:
        return callback(function, types.int64(*(types.int64,) * 4))


@cache
def planner() -> Any:
    """`planning.plan`, compiled."""
    from jittape.sweep.point import planning  # for start-up

    with _entry_lock:
        return function(planning.plan, types.int64(*(types.int64,) * 9))


@cache
def lane_builder() -> Any:
    """`building.build`, compiled."""
    from jittape.sweep.lanes import building  # for start-up

    with _entry_lock:
        return function(building.build, types.void(types.int64))


@cache
def entry_sweep(name: str, dtype: np.dtype[Any]) -> Any:
    """`entries` or `products` of sweep/point/entries.py, compiled."""
    from jittape.sweep.point import entries  # for start-up

    with _entry_lock:
        return function(getattr(entries, name), types.void(*(types.int64,) * (3 if name == "entries" else 5), DTYPES[dtype]))


@cache
def linear_builder() -> Any:
    """`linear.building.build`, compiled."""
    from jittape.sweep.linear import building  # for start-up

    with _entry_lock:
        return function(building.build, types.int64(types.int64))


@cache
def linear_partials(dtype: np.dtype[Any]) -> Any:
    """`linear.partials.partials`, compiled."""
    from jittape.sweep.linear import partials  # for start-up

    with _entry_lock:
        return function(partials.partials, types.int64(*(types.int64,) * 6, DTYPES[dtype]))


@cache
def writing(dtype: np.dtype[Any]) -> Any:
    """`writing.write`, compiled."""
    from jittape.sweep.point import writing as module  # for start-up

    with _entry_lock:
        return function(module.write, types.void(*(types.int64,) * 15, DTYPES[dtype]))


@cache
def stepping(name: str, dtype: np.dtype[Any]) -> Any:
    """`stepping.advance` or `stepping.reverse`, compiled."""
    from jittape.sweep.point import stepping as module  # for start-up

    with _entry_lock:
        return function(getattr(module, name), types.int64(*(types.int64,) * 4, DTYPES[dtype]))


@cache
def integrating(name: str) -> Any:
    """`integrating.explicit` or `integrating.radau`, compiled, in float64."""
    from jittape.sweep.point import integrating as module  # for start-up

    reals, slots, numbers = types.float64[::1], types.int32[::1], types.int64[::1]
    if name == "explicit":
        signature = types.int64(types.int64, numbers, slots, *(reals,) * 4, types.float64, *(reals,) * 5, numbers, types.float64)
    else:
        signature = types.int64(types.int64, numbers, slots, *(reals,) * 13, numbers, types.float64)
    with _entry_lock:
        return function(getattr(module, name), signature)


@cache
def activity(name: str) -> Any:
    """`activity.useful` or `activity.varied`, compiled."""
    from jittape.sweep.point import activity as module  # start-up, as above

    with _entry_lock:
        return function(getattr(module, name), types.int64(*(types.int64,) * (8 if name == "useful" else 6)))


def find_useful(tape: Any, block: int, starts: int, touched: int, useful: int, visited: int, ends: int, mode: int) -> None:
    """Flags go from results to operands: `activity.useful`, with what it needs compiled. `tape` is bound."""
    _until_compiled(tape, activity("useful"), tape.address, block, starts, touched, useful, visited, ends, mode)


def find_varied(tape: Any, k: int, end: int, s: int, varied: int, visited: int) -> None:
    """Flags go from operands to results: `activity.varied`, likewise."""
    _until_compiled(tape, activity("varied"), tape.address, k, end, s, varied, visited)


def _until_compiled(tape: Any, sweep: Callable[..., int], *arguments: int) -> None:
    """Flags are only ever set, so that a sweep that came back for something to be compiled may begin anew."""
    while (number := sweep(*arguments)) >= 0:
        tape.engine.compile_kernel(number)


CHEAP = np.zeros(RUN, np.uint8)
"""For each opcode 1 where a value is cheaper computed again than stored and loaded."""
CHEAP[list(getattr(opcodes, "CHEAP", ()))] = 1  # absent while the generator runs on files of an older form


MATHS = ("fast", "precise")
"""Kinds of functions: of vectors, to a few units in the last place, or those of libm; see docs/accuracy.md."""
_engines: dict[tuple[np.dtype[Any], str], Engine] = {}


def check_math(math: Any) -> None:
    """Raise ValueError for what is no kind of functions."""
    if math not in MATHS:
        raise ValueError(f'math is "fast" (functions such as exp to a few units in the last place) or "precise", not {math!r}')


def engine(dtype: np.dtype[Any], math: str = "fast") -> Engine:
    """The engine of a dtype and a kind of functions. That of "precise" takes all but its kernels from the other one.

    There is one, whatever threads first ask at once: native code goes on reading its table by its address.
    """
    return _engine(dtype, math)


@cache
def _engine(dtype: np.dtype[Any], math: str) -> Engine:
    from jittape.sweep.vectors import libmvec_enabled  # for start-up

    fast = engine(dtype) if math == "precise" else None
    with _entry_lock:
        if (dtype, math) not in _engines:
            _engines[dtype, math] = Engine(dtype, fast is None and libmvec_enabled(), fast)
        return _engines[dtype, math]


@cache
def _entry(name: str, arguments: tuple[Any, ...], dtype: np.dtype[Any], result: Any = types.void) -> Any:
    """A function of sweep/point/call.py, by the entry that Numba's dispatcher calls once it knows the types: 70 ns less a call."""
    from jittape.sweep.point import call as point  # for start-up

    with _entry_lock:
        kind = result(*arguments, DTYPES[dtype])
        return function(getattr(point, name), kind)


@cache
def _point(name: str, dtype: np.dtype[Any]) -> Any:
    from jittape.sweep.point import call  # for start-up

    with _entry_lock:
        return callback(getattr(call, name), types.int64(*(types.int64,) * 5, DTYPES[dtype]))


@cache
def replayed(dtype: np.dtype[Any]) -> int:
    """The address of `replaying.replayed`."""
    from jittape.sweep.point import replaying as module  # for start-up

    with _entry_lock:
        _kept.append(callback(module.replayed, types.int64(*(types.int64,) * 4, DTYPES[dtype])))
        return int(_kept[-1].address)


@cache
def replayed_in_lanes(dtype: np.dtype[Any]) -> int:
    """The same of sweep/lanes/replaying.py."""
    from jittape.sweep.lanes import replaying as module  # for start-up

    with _entry_lock:
        _kept.append(callback(module.replayed, types.int64(*(types.int64,) * 7, DTYPES[dtype])))
        return int(_kept[-1].address)


@cache
def enter() -> int:
    """The address of the native function of a builtin, `enter.enter`."""
    from jittape.sweep.point import enter as module  # for start-up

    with _entry_lock:
        _kept.append(callback(module.enter, types.int64(*(types.int64,) * 3)))
        return int(_kept[-1].address)


_kept: list[Any] = []
"""Compiled functions that are known by their addresses."""
