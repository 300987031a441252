"""What a call finds in its checkpoint, and writes there: chunks under keys that stand for all that they follow from."""

from __future__ import annotations

import types
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from jittape.compiler.jit import source_hash
from jittape.integrate.executor.journal import Journal, digest
from jittape.integrate.executor.pieces import Source
from jittape.integrate.executor.worker import Done, Job, Outcome, Shared, Total
from jittape.replay import access, saving
from jittape.replay.function import Function

_identities: WeakKeyDictionary[Function, bytes] = WeakKeyDictionary()


def identity(function: Function) -> bytes:
    """Of a function, as it was recorded when it was first asked for: its recording, and the code of the Python function itself."""
    known = _identities.get(function)
    if known is None:
        python = access.python_function(function)
        known = _identities[function] = digest(saving.to_bytes(function, others=False), *(() if python is None else code_of(python[0])))
    return known


def code_of(f: Any) -> list[Any]:
    """What a Python function does, as far as its own code says it."""
    code = getattr(f, "__code__", None)
    if code is None:
        return [getattr(f, "__qualname__", type(f).__qualname__)]
    found: list[Any] = []
    todo = [code]
    while todo:
        code = todo.pop()
        found += [code.co_code, code.co_names]
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                todo.append(constant)
            else:
                found.append(constant)
    return found


class Remembered:
    """The checkpoint of a call, or none where `path` is None.

    A sum is looked up as a whole where its data can be told from others beforehand, and its chunks are dropped for it in the end.
    """

    def __init__(self, path: Any, function: Function, job: Job, shared: Shared, source: Source) -> None:
        self.journal = None if path is None else Journal(path)
        self.job, self.source = job, source
        self.found = 0
        """Chunks that were computed before."""
        if self.journal is not None:
            self.base = digest(
                source_hash(), identity(function), job.kind, job.values, job.total, job.partial, job.math, job.shapes, job.masks,
                *(np.ascontiguousarray(x).tobytes() for x in (*shared.parameters, shared.inputs)),
                b"" if shared.direction is None else shared.direction.tobytes(),
            )  # fmt: skip
            self.mark = self.journal.mark()
            self.keys: dict[int, bytes] = {}

    def __enter__(self) -> Remembered:
        return self

    def __exit__(self, *_: object) -> None:
        if self.journal is not None:
            self.journal.__exit__()

    def known(self, k: int) -> Outcome | None:
        """What the checkpoint has of chunk k."""
        if self.journal is None:
            return None
        key = self.keys[k] = digest(self.base, k, self.source.identity(k))
        if key not in self.journal:
            return None
        del self.keys[k]
        self.found += 1
        arrays = self.journal.get(key)
        if self.job.total:
            return Total(arrays[0])
        return Done(arrays[0] if self.job.values else None, arrays[-1] if self.job.kind != "values" else None, [])

    def keep(self, k: int, outcome: Outcome) -> None:
        """Write chunk k to the checkpoint, if it is whole and was not there."""
        key = None if self.journal is None else self.keys.pop(k, None)
        if key is None or self.journal is None or not isinstance(outcome, (Total, Done)) or outcome.failures:
            return
        if isinstance(outcome, Done) and not outcome.missed:
            self.journal.put(key, [x for x in (outcome.values, outcome.derivatives) if x is not None])
        elif isinstance(outcome, Total) and outcome.sums is not None:
            self.journal.put(key, [outcome.sums])

    def sum_known(self) -> Any:
        """The sum of all chunks, if the checkpoint has it."""
        self.whole = None
        if self.journal is None:
            return None
        whole = self.source.whole()
        if whole is None:
            return None
        self.whole = digest(self.base, b"whole", whole)
        return self.journal.get(self.whole)[0] if self.whole in self.journal else None

    def note_sum(self, result: Any) -> None:
        """The sum of all chunks is this one."""
        if self.journal is not None and self.whole is not None:
            self.journal.replace(self.mark, self.whole, [result])
