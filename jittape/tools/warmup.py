"""`python -m jittape warmup`: compile sweeps and kernels ahead, so that no later process waits for them.

Without `--all` it leaves out what few programs meet and what is compiled within a second when they do: float32, functions of
scipy.special, and decompositions of matrices. Kernels for `math="precise"` are compiled when they are needed, a few
hundredths of a second each: who asks for them asks for few.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from jittape import instructions
from jittape.compiler.jit import announcer, kept_in
from jittape.instructions import decompositions, fourier
from jittape.instructions.appending_native import compiled_append
from jittape.lanes import lanes
from jittape.ops._generated import opcodes
from jittape.ops.layout import KINDS, STRUCTURAL
from jittape.ops.spec import OPS, Op
from jittape.passes.elements import SEARCHES, native
from jittape.sparse import graphs, pattern
from jittape.sweep import vectors
from jittape.sweep.engine import (
    LOOPS,
    SUFFIX,
    activity,
    engine,
    enter,
    entry_sweep,
    kinds_of,
    lane_builder,
    lane_kernels,
    linear_builder,
    linear_partials,
    offered,
    offered_to_lanes,
    planner,
    stepping,
    writing,
)
from jittape.sweep.lanes import driver
from jittape.sweep.linear import rows
from jittape.sweep.point import idle

Job = tuple[str, Callable[[], Any]]
SWEEPS = ("forward", "reverse", "together", "tangent")
CALLS = ("gradient", "entries", "product")
"""Functions of sweep/point/call.py that are called by builtins."""
SELDOM = ("gradient_at",)
"""Others, of recorded functions in native code, which are compiled when the first one is made."""
ENTRIES = ("entries", "products")
"""What `entry_sweep` compiles."""
COMPILED = ("forward", "reverse", "whole")
"""Sweeps with compiled loops."""
KERNEL = 0.05
"""The time that the kernel of an operation takes to compile, in that of a sweep or step."""


def sweeps(dtypes: tuple[str, ...]) -> Iterator[Job]:
    """(what it is, how it is compiled) of everything but the kernels of single operations."""
    for name in dtypes:
        dtype = np.dtype(name)
        for sweep in SWEEPS:
            yield f"{sweep} sweep, {name}", lambda dtype=dtype, sweep=sweep: engine(dtype).sweep(sweep)  # type: ignore[misc]
        for sweep in COMPILED:
            yield f"{sweep} sweep with compiled loops, {name}", lambda dtype=dtype, sweep=sweep: engine(dtype).address(LOOPS + sweep)  # type: ignore[misc]
        for call in CALLS:
            yield f"one call a result: {call}, {name}", lambda dtype=dtype, call=call: engine(dtype).point(call)  # type: ignore[misc]
        for entry in ENTRIES:
            yield f"{entry} of second derivatives, {name}", lambda dtype=dtype, entry=entry: entry_sweep(entry, dtype)  # type: ignore[misc]
        for direction in ("advance", "reverse"):
            yield f"long loops: {direction}, {name}", lambda dtype=dtype, direction=direction: stepping(direction, dtype)  # type: ignore[misc]
        yield f"reverse sweeps as instructions, {name}", lambda dtype=dtype: writing(dtype)  # type: ignore[misc]
        yield f"linear programs, {name}", lambda dtype=dtype: (linear_partials(dtype), rows.runner(dtype))  # type: ignore[misc]
    yield "programs of Jacobians", linear_builder
    yield "builtins", enter
    yield "plan of a replay", planner
    yield "gradients in native code", idle.compiled
    yield "linear algebra of native functions", compiled_append
    for name in SEARCHES:
        yield f"loops: {name}", lambda name=name: native(name)  # type: ignore[misc]
    for name in ("useful", "varied"):
        yield f"activity: {name}", lambda name=name: activity(name)  # type: ignore[misc]
    for module in (pattern, graphs):
        for name in module.SIGNATURES:
            yield f"{name} of sparse derivatives", lambda module=module, name=name: module.compiled(name)  # type: ignore[misc]


def operations(everything: bool) -> list[Op]:
    """The operations whose kernels are compiled."""
    return [op for op in OPS if everything or op.code not in opcodes.EXTERNALS]


def jobs(dtypes: tuple[str, ...], everything: bool = True) -> Iterator[Job]:
    """The same of sweeps and kernels."""
    yield from sweeps(dtypes)
    for name in dtypes:
        table = engine(np.dtype(name))
        for code, kinds in offered().items():
            for kind in kinds if everything or code not in STRUCTURAL or instructions.of(code).common else ():
                number = code * KINDS + kind
                yield f"{STRUCTURAL.get(code, 'scalars')}, {name}", lambda table=table, number=number: table.compile_kernel(number)  # type: ignore[misc]
        for which, found in enumerate(decompositions.KINDS if everything else ()):
            for sweep in decompositions.SWEEPS:
                yield f"{found.call} {sweep}, {name}", lambda table=table, which=which, sweep=sweep: decompositions.address(table, which, sweep)  # type: ignore[misc]
        for routine in fourier.ROUTINES if everything else ():
            yield f"Fourier transforms: {routine}, {name}", lambda name=name, routine=routine: fourier.compile_ahead(np.dtype(name), routine)  # type: ignore[misc]
        for op in operations(everything):
            for kind in kinds_of(op):
                number = op.code * KINDS + kind
                if not table.table[number]:
                    yield f"{op.name} {SUFFIX[kind]}, {name}", lambda table=table, number=number: table.compile_kernel(number)  # type: ignore[misc]


def lane_jobs(dtypes: tuple[str, ...], everything: bool = True) -> Iterator[Job]:
    """The same of the lanes of batches."""
    yield "programs of batches", lane_builder
    for name in dtypes:
        dtype = np.dtype(name)
        yield f"batches, {name}", lambda dtype=dtype: lanes.sweeps(dtype)  # type: ignore[misc]
        k = lanes.kernels(dtype, vectors.libmvec_enabled())
        for op in operations(everything):
            yield f"{op.name} in lanes, {name}", lambda k=k, op=op: k.everything(op)  # type: ignore[misc]
        yield f"zero in lanes, {name}", k.zero
        for kernel in lane_kernels(driver):
            yield f"{kernel} in lanes, {name}", lambda k=k, kernel=kernel: k.native(kernel)  # type: ignore[misc]
        for code, found in offered_to_lanes().items():
            for kernel in found if everything or instructions.of(code).common else ():
                yield f"{STRUCTURAL[code]} in lanes: {kernel}, {name}", lambda k=k, code=code, kernel=kernel: k.structural(code, kernel)  # type: ignore[misc]


def main(dtypes: tuple[str, ...], everything: bool = False) -> int:
    """Compile, with a progress line that tells what is left (on a terminal it is rewritten in place)."""
    terminal = sys.stdout.isatty()
    announcer.announced = True  # the progress line says it
    todo = [*jobs(dtypes, everything), *lane_jobs(dtypes, everything)]
    by_operation = {op.name for op in OPS}
    costs = [KERNEL if name.split()[0] in by_operation else 1.0 for name, _ in todo]
    left, spent = sum(costs), 0.0
    begun = shown = time.perf_counter()
    for done, ((name, job), cost) in enumerate(zip(todo, costs, strict=True)):
        now = time.perf_counter()
        if terminal or now - shown > 5.0 or not done:
            shown = now
            more = f", about {left * (now - begun) / spent:.0f} s left" if spent else ""
            line = f"{done + 1:>4} of {len(todo)}  {now - begun:5.1f} s{more}  {name}"
            print(f"\r{line:<78}" if terminal else line, end="" if terminal else "\n", flush=True)
        job()
        left, spent = left - cost, spent + cost
    if terminal:
        print(f"\r{'':<78}\r", end="")
    print(
        f"{len(todo)} functions ready in {time.perf_counter() - begun:.1f} s: {announcer.compiled} compiled, "
        f"{announcer.loaded} loaded; kept in {kept_in()}"
    )
    return 0
