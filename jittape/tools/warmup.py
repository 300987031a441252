"""`python -m jittape warmup`: compile every sweep and kernel ahead, so that no later process waits for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from jittape.compiler.jit import announcer, kept_in
from jittape.instructions import decompositions
from jittape.lanes import lanes
from jittape.ops._generated import kernels
from jittape.ops.layout import KINDS, STRUCTURAL
from jittape.ops.spec import OPS
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
    lane_builder,
    lane_kernels,
    offered,
    offered_to_lanes,
    planner,
    stepping,
    writing,
)
from jittape.sweep.lanes import driver
from jittape.sweep.point import idle

Job = tuple[str, Callable[[], Any]]
SWEEPS = ("forward", "reverse", "together", "tangent")
CALLS = ("gradient", "entries", "product")
"""Functions of sweep/point/call.py that are called by builtins."""
ENTRIES = ("entries", "products")
"""What `entry_sweep` compiles."""
COMPILED = ("forward", "reverse", "whole")
"""Sweeps with compiled loops."""


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
    yield "builtins", enter
    yield "plan of a replay", planner
    yield "gradients in native code", idle.compiled
    for name in SEARCHES:
        yield f"loops: {name}", lambda name=name: native(name)  # type: ignore[misc]
    for name in ("useful", "varied"):
        yield f"activity: {name}", lambda name=name: activity(name)  # type: ignore[misc]
    for module in (pattern, graphs):
        for name in module.SIGNATURES:
            yield f"{name} of sparse derivatives", lambda module=module, name=name: module.compiled(name)  # type: ignore[misc]


def jobs(dtypes: tuple[str, ...]) -> Iterator[Job]:
    """The same of every sweep and kernel."""
    yield from sweeps(dtypes)
    for name in dtypes:
        table = engine(np.dtype(name))
        for code, kinds in offered().items():
            for kind in kinds:
                number = code * KINDS + kind
                yield f"{STRUCTURAL.get(code, 'scalars')}, {name}", lambda table=table, number=number: table.compile_kernel(number)  # type: ignore[misc]
        for which, found in enumerate(decompositions.KINDS):
            for sweep in decompositions.SWEEPS:
                yield f"{found.call} {sweep}, {name}", lambda table=table, which=which, sweep=sweep: decompositions.address(table, which, sweep)  # type: ignore[misc]
        for op in OPS:
            for kind, suffix in SUFFIX.items():
                number = op.code * KINDS + kind
                if hasattr(kernels, f"{op.name}_{suffix}") and not table.table[number]:
                    yield f"{op.name} {suffix}, {name}", lambda table=table, number=number: table.compile_kernel(number)  # type: ignore[misc]


def lane_jobs(dtypes: tuple[str, ...]) -> Iterator[Job]:
    """The same of the lanes of batches."""
    yield "programs of batches", lane_builder
    for name in dtypes:
        dtype = np.dtype(name)
        yield f"batches, {name}", lambda dtype=dtype: lanes.sweeps(dtype)  # type: ignore[misc]
        k = lanes.kernels(dtype, vectors.libmvec_enabled())
        for op in OPS:
            yield f"{op.name} in lanes, {name}", lambda k=k, op=op: k.everything(op)  # type: ignore[misc]
        yield f"zero in lanes, {name}", k.zero
        for kernel in lane_kernels(driver):
            yield f"{kernel} in lanes, {name}", lambda k=k, kernel=kernel: k.native(kernel)  # type: ignore[misc]
        for code, found in offered_to_lanes().items():
            for kernel in found:
                yield f"{STRUCTURAL[code]} in lanes: {kernel}, {name}", lambda k=k, code=code, kernel=kernel: k.structural(code, kernel)  # type: ignore[misc]


def main(dtypes: tuple[str, ...] = ("float64", "float32")) -> int:
    """Compile, with a progress line (on a terminal it is rewritten in place)."""
    terminal = sys.stdout.isatty()
    announcer.announced = True  # the progress line says it
    todo = [*jobs(dtypes), *lane_jobs(dtypes)]
    begun = shown = time.perf_counter()
    for done, (name, job) in enumerate(todo):
        now = time.perf_counter()
        if terminal or now - shown > 5.0 or not done:
            shown = now
            line = f"{done + 1:>4} of {len(todo)}  {now - begun:5.1f} s  {name}"
            print(f"\r{line:<78}" if terminal else line, end="" if terminal else "\n", flush=True)
        job()
    if terminal:
        print(f"\r{'':<78}\r", end="")
    print(
        f"{len(todo)} functions ready in {time.perf_counter() - begun:.1f} s: {announcer.compiled} compiled, "
        f"{announcer.loaded} loaded; kept in {kept_in()}"
    )
    return 0
