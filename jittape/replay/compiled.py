"""Compiling the loops of a path's replays: finding them (passes/loops.py), their kernels, and putting these into the sweeps."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from jittape.array.array import Array
from jittape.compiler.jit import emitted
from jittape.ops.layout import (
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    K_FORWARD,
    K_REVERSE,
    K_TANGENT,
    KINDS,
    NEVER,
    OPERATION,
    SWITCH,
)
from jittape.sweep.engine import LOOPS
from jittape.tape.display import block, heading
from jittape.tape.loops import Loops
from jittape.tape.workspace import values, workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from jittape.compiler.jit import Emitted
    from jittape.passes.elements import Elements
    from jittape.passes.loops import Found
    from jittape.passes.turns import Loop
    from jittape.replay.path import Path
    from jittape.sweep.loops.body import Body
    from jittape.tape.tape import Tape

log = logging.getLogger("jittape")
_one = threading.Lock()
"""One path is compiled at a time."""


def _after_fork() -> None:
    """In a child process nobody compiles: what was under way is begun anew when it is asked for."""
    global _one
    _one = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


WORTHWHILE = 0.4
"""Part of the instructions from which a path without loops is replayed without those that passes have dropped: leaves stand in their places, which the
interpreter goes through, too, and less of what follows can be foretold. Where fewer were dropped, replays took up to 1.05 of the time."""


SHOWN = 100
"""Lines of a report that Jupyter shows."""


@dataclass(frozen=True, repr=False)
class Report:
    """What became of a path's loops when it was compiled: `print(F.compile(report=True))`.

    Attributes:
        instructions: of the path, but for leaves.
        compiled: those of them that compiled bodies carry out.
        bodies: different ones.
        seconds: what finding and compiling them took.
        lines: the loops in words, and why something was left to the interpreter.
        dropped: instructions that are not carried out any more, as they are constant or nothing reads them.
    """

    instructions: int
    compiled: int
    bodies: int
    seconds: float
    lines: tuple[str, ...]
    dropped: int = 0

    def __str__(self) -> str:
        dropped = f" and {self.dropped:,} dropped" if self.dropped else ""
        head = f"{self.compiled:,} of {self.instructions:,} instructions compiled as {self.bodies} {'body' if self.bodies == 1 else 'bodies'}{dropped} in {self.seconds:.2f} s"
        return "\n".join([head, *self.lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *_ = str(self).partition("\n")
        shown = self.lines if len(self.lines) <= SHOWN else (*self.lines[:SHOWN], f"... {len(self.lines) - SHOWN:,} more lines ...")
        return heading(head) + block("\n".join(shown))


def compile_soon(path: Path, what: Callable[[Path], Any] | None = None) -> None:
    """The same in the background, or `compile_tangents`. Replays go on meanwhile, and after it if it fails."""

    def work() -> None:
        try:
            report = (what or compile_path)(path)
            if report is not None:
                log.debug("%s", report)
        except Exception as error:
            log.warning("the loops of a function stay interpreted: %r", error)

    try:
        threading.Thread(target=work, name="jittape-compile").start()
    except RuntimeError:  # the interpreter is about to end, or there is no room for a thread
        log.debug("no thread to compile in")


def found(path: Path, tape: Tape) -> Found:
    """The loops of a path's replays, which sweep this tape, after the passes that go before: of a tape of the same slots."""
    from jittape.passes.loops import find  # for start-up
    from jittape.passes.prepared import prepared

    outputs = [o.slots.ravel() for o in path.outputs if isinstance(o, Array)]
    return find(prepared(tape, [*outputs, path.guard_slots]), outputs, path.guard_slots)


def compile_path(path: Path) -> Report:
    """Compile the loops of a path and let its replays use them. What cannot be compiled is left to the interpreter."""
    with _one:
        if path.report is None:
            path.due = NEVER
            path.report = _compile(path)
        if path.pushes:
            _tangents(path)
        return path.report  # type: ignore[no-any-return]


def compile_tangents(path: Path) -> None:
    """Compile kernels for tangents of a path's loops, which are there, and let its replays use them."""
    with _one:
        _tangents(path)


def _compile(path: Path) -> Report:
    from jittape.passes.leaves import computing  # for start-up
    from jittape.passes.loops import words
    from jittape.passes.turns import Loop
    from jittape.sweep.loops.scalars import called

    start = time.perf_counter()
    recorded = workspace(path.replayed)  # others are at work on that
    loops = found(path, recorded)
    tape = loops.tape
    lines: list[str] = []
    known: dict[Any, Any] = {}
    """Kernels by the body and how it is swept, or None where there are none."""
    once = _at_once(path, tape, loops)
    read = _direct(path, tape, loops) if once is None else None
    while True:
        for loop in loops.loops:
            key = loop.emitted, loop is once
            if key not in known:
                try:
                    known[key] = _kernels(loop, tape, loop is once)
                except Exception as error:  # LLVM's or the disk's: the interpreter goes on
                    log.warning("a loop of %d instructions is left to the interpreter: %r", loop.body.size, error)
                    lines.append(f"left to the interpreter: %{loop.slot}, {error!r}")
                    known[key] = None
        refused = [loop for loop in loops.loops if known[loop.emitted, loop is once] is None]
        if not refused:
            break
        loops.leave(refused)
        read = None if read is None else _direct(path, tape, loops)
    kept = loops.loops
    rows = [loop.row(*(kernel.address for kernel in known[loop.emitted, loop is once])) for loop in kept]
    real = computing(tape)
    total, left = int(np.count_nonzero(computing(recorded))), int(np.count_nonzero(real))
    used = bool(rows) or (total - left >= WORTHWHILE * total and tape.plan is None)
    if used:
        engine = tape.engine
        for kind in (K_FORWARD, K_REVERSE):
            engine.compile_kernel(SWITCH * KINDS + kind)
        for number in {n for loop in kept if isinstance(loop, Loop) for code in loop.body.codes if FIRST_OPERATION <= code < FIRST_STRUCTURAL for n in called(code, tape.dtype)}:
            engine.compile_kernel(number)
        for name in ("forward", "reverse"):
            engine.address(LOOPS + name)
        table = Loops(rows, [loop.emitted for loop in kept], engine.address("forward"), engine.address("reverse"), known, loops.layout.stretches, loops.args,
                      bool(rows) and path.expected.size == 0 and loops.gradient_alone(), read, [next(iter(loop.words())).strip() for loop in kept])  # fmt: skip
        if tape is not recorded:
            table.recorded = recorded.columns
        _attach(path, tape, table)
    covered = sum(int(np.count_nonzero(real[loop.first : loop.end])) for loop in kept)
    return Report(total, covered, len({loop.emitted for loop in kept}), time.perf_counter() - start, (*words(loops), *lines), (total - left) * used)


def _tangents(path: Path) -> None:
    from jittape.sweep.loops import tangents  # for start-up
    from jittape.sweep.vectors import kinds

    tape = path.replayed
    table: Loops | None = tape.loops
    if table is None or table.has_tangents:
        return
    engine = tape.engine
    engine.compile_kernel(SWITCH * KINDS + K_TANGENT)
    keys = [(row.elements, body) for row, body in zip(table.rows, table.bodies, strict=True)]
    known: dict[tuple[bool, Body], Emitted] = {}
    for key in dict.fromkeys(keys):
        vectors, body = key
        if not vectors:
            for code in {code for code in body.codes if FIRST_OPERATION <= code < FIRST_STRUCTURAL and tangents.by_kernel(code, tape.dtype)}:
                engine.compile_kernel(code * KINDS + K_TANGENT)
            body = replace(body, order=None, strided=frozenset(), apart=False, given=frozenset())
        name, write = ("elements_tangent", tangents.elements) if vectors else ("loop_tangent", tangents.turns)
        what = f"{kinds(tape.dtype, True) if vectors else tape.dtype.name} {body.text}"
        known[key] = emitted(name, what, partial(write, body, tape.dtype))
    engine.address(LOOPS + "tangent")
    table.give_tangents(engine.address("tangent"), [known[key].address for key in keys], known)


def _at_once(path: Path, tape: Tape, loops: Found) -> Any:
    """The loop of a path that is swept forward and back at once, as the path ends with it and its sum is all that the result depends on;
    None where there is none. Where it is a sum over the argument and nothing else, its body says so."""
    from jittape.passes.elements import Elements  # for start-up

    if not loops.loops or path.expected.size or path.seed < 0:
        return None
    loop = loops.loops[-1]
    if not isinstance(loop, Elements):
        return None
    real = np.count_nonzero((tape.opcode[: tape.count] & OPERATION) >= FIRST_OPERATION)
    if len(path.inputs) == 1 and loop.body.size + 1 == real and loop.of_argument(*path.inputs[0][:2], path.seed):
        return loop
    return loop if loop.is_all_of(path.seed) else None


def _direct(path: Path, tape: Tape, loops: Found) -> Any:
    """Let the loops of a path have its argument, which is an array, and the gradient where the caller has them; see `direct` of passes/direct.py."""
    from jittape.passes.direct import direct  # for start-up

    if path.expected.size or path.seed < 0 or len(path.inputs) != 1 or not path.quick:
        return None
    start, stop = path.inputs[0][:2]
    return None if start <= path.seed < stop else direct(tape, loops.loops, start, stop)


def _kernels(loop: Loop | Elements, tape: Tape, once: bool) -> tuple[Emitted, ...]:
    """The kernels of a loop's body: forward, reverse, and with `once` those for the two at once, with values and without."""
    from jittape.passes.elements import Elements  # for start-up
    from jittape.sweep.loops import elements, independent, turnwise
    from jittape.sweep.vectors import kinds

    body = loop.emitted
    name, writes = ("elements", elements) if isinstance(loop, Elements) else ("loop", turnwise) if body.order is None else ("turns", independent)

    def kernel(sweep: str, body: Any = body) -> Emitted:
        what = f"{kinds(tape.dtype, True) if name != 'loop' else tape.dtype.name} {body.text}"
        vectors = name != "loop"  # written as they are to be run: what LLVM does to loops besides takes as long again, and made them no faster
        return emitted(f"{name}_{sweep}", what, lambda module, symbol: getattr(writes, sweep)(body, tape.dtype, module, symbol), plain=vectors)  # type: ignore[no-any-return]

    both = kernel("forward"), kernel("reverse")
    if not once or not isinstance(loop, Elements):
        return both
    sweep = "whole" if body.given else "ending"
    return *both, kernel(sweep, loop.together), kernel(f"{sweep}_slopes", loop.together)


def _attach(path: Path, tape: Tape, loops: Loops) -> None:
    """Let the replays of a path use its loops. Those under way end without, and return to a list that nobody looks at.

    The new ones have memory of their own, so that nobody takes a recording's values, which are not kept, for those of a replay.
    """
    loops.plan = tape.plan
    tape.loops, tape.plan, tape.bound_count = loops, None, -1
    tape.value = values(tape)
    path.replayed, path.pool = tape, []
    path.settle(tape)
    if path.threads != 1:
        path.shared()
