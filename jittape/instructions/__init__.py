"""Structural instructions: sums, extremes, running sums, matrix products, sums of segments, calls of Python.

An elementwise operation is a line of `ops/table.py`. What is none has a home here, a folder for each instruction: how it is
recorded and read back, swept forward, in reverse and by tangents, what it does to sparsity patterns, how its reverse sweep is
written onto a tape, how its second derivatives are taken out, what it is in lanes, how it is listed, renumbered and validated.
Other rooms ask `of(code)` and know none of them by name. docs/architecture.md shows how another one is added.
"""

from __future__ import annotations

import importlib
import pkgutil

from jittape.instructions.base import BY_CODE, Instruction, of

for _found in pkgutil.iter_modules(__path__):
    if _found.ispkg:
        importlib.import_module(f"{__name__}.{_found.name}")

__all__ = ["BY_CODE", "Instruction", "of"]
