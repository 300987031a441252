"""Python's side of the sweeps: compiled entry points a dtype, the table of kernels, and the loop around Python calls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import types

from jittape.compiler.jit import callback, function
from jittape.compiler.locks import compiling
from jittape.ops import table as _table  # noqa: F401  (declares the operations)
from jittape.ops._generated import opcodes
from jittape.ops.expressions import constant, names, native
from jittape.ops.layout import (
    K_FORWARD,
    K_REVERSE,
    K_STORE,
    K_TANGENT,
    KERNELS,
    KINDS,
    NO_KERNEL,
    READS_Z,
    SCRATCH,
    UNIT,
)
from jittape.ops.native_math import register_scipy
from jittape.ops.spec import OPERANDS, OPS

DTYPES = {np.dtype(np.float64): types.float64, np.dtype(np.float32): types.float32}
SUFFIX = {K_FORWARD: "forward", K_TANGENT: "tangent"}
SUFFIX |= {K_REVERSE + p: f"reverse{p}" for p in range(3)} | {K_STORE + p: f"store{p}" for p in range(3)}
POINTERS = dict.fromkeys(SUFFIX, 6) | {K_FORWARD: 4, K_TANGENT: 8}


class Engine:
    """Compiled sweeps and kernels of one dtype. Get it by `engine(dtype)`."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._real = DTYPES[dtype]
        self.table = np.zeros(2 * KERNELS + 128, np.int64)
        """Addresses of kernels, the operands that each reads, arities: read by native code."""
        self._alive: list[Any] = []
        self._sweeps: dict[str, Any] = {}
        self._lock = compiling()
        for op in OPS:
            self.table[2 * KERNELS + op.code] = op.arity
            for p, partial in enumerate(op.partials):
                used = names(native(partial))
                flags = sum(1 << q for q, v in enumerate(OPERANDS) if v in used)
                flags |= READS_Z * ("z" in used) | UNIT * (constant(partial) == 1.0)
                for number in (op.code * KINDS + K_REVERSE + p, op.code * KINDS + K_STORE + p):
                    if p in op.constant or constant(partial) == 0.0:
                        self.table[number] = NO_KERNEL
                    else:
                        self.table[KERNELS + number] = flags

    def compile_kernel(self, number: int) -> None:
        """Put the address of kernel or step `number` into the table."""
        from jittape.ops._generated import (
            kernels,  # for start-up, as everywhere here: compiled code is mostly found on disk
        )
        from jittape.sweep.point.steps import STEPS

        with self._lock:
            if self.table[number]:
                return
            code, kind = divmod(number, KINDS)
            if number in STEPS:
                kernel = callback(STEPS[number], types.void(*(types.int64,) * 4, self._real), slow=True)
            else:
                op = next(op for op in OPS if op.code == code)
                if code in opcodes.NEED_SCIPY:
                    register_scipy()  # type: ignore[no-untyped-call]
                pointer = types.CPointer(self._real)
                signature = types.void(*(pointer,) * POINTERS[kind], types.int64)
                kernel = callback(getattr(kernels, f"{op.name}_{SUFFIX[kind]}"), signature)
            self._alive.append(kernel)
            self.table[number] = kernel.address

    def address(self, name: str) -> int:
        """The address of a sweep, "forward", "reverse" or "tangent": see sweep/point/drivers.py."""
        from jittape.sweep.point import drivers  # for start-up

        with self._lock:
            compiled = self._sweeps.get(name)
            if compiled is None:
                signature = types.void(*(types.int64,) * 4, self._real)
                compiled = self._sweeps[name] = callback(getattr(drivers, name), signature, slow=True)
            return int(compiled.address)

    def sweep(self, name: str) -> Callable[[int, int, int, int, Any], None]:
        """A sweep for Python: sweep(address block, k, end, s, a number of the dtype)."""
        return functools.partial(_entry("sweep", (types.int64,) * 5, self.dtype), self.address(name))

    @property
    def gradient(self) -> Callable[[int, int, int, Any], int]:
        """`point.gradient`: gradient(address block, id of the argument or 0, id of the result, a number of the dtype)."""
        return _entry("gradient", (types.int64,) * 3, self.dtype, types.int64)  # type: ignore[no-any-return]

    @property
    def entries(self) -> Callable[[int, int, int, int, Any], int]:
        """`point.entries`: entries(address block, id of the argument or 0, id of the result, description, a number of the dtype)."""
        return _entry("entries", (types.int64,) * 4, self.dtype, types.int64)  # type: ignore[no-any-return]

    @property
    def product(self) -> Callable[[int, int, int, int, int, Any], int]:
        """`point.product`: product(address block, ids of the argument, the vector and the result, description, a number of the dtype)."""
        return _entry("product", (types.int64,) * 5, self.dtype, types.int64)  # type: ignore[no-any-return]

    def scratch(self) -> np.ndarray[Any, Any]:
        """Memory that a sweep works in; one for each sweep under way."""
        return np.empty(SCRATCH, self.dtype)


@cache
def planner() -> Any:
    """`planning.plan`, compiled."""
    from jittape.sweep.point import planning  # for start-up

    with _entry_lock:
        return function(planning.plan, [types.int64(*(types.int64,) * 8)])


@cache
def entry_sweep(name: str, dtype: np.dtype[Any]) -> Any:
    """`entries` or `products` of sweep/point/entries.py, compiled."""
    from jittape.sweep.point import entries  # for start-up

    with _entry_lock:
        return function(getattr(entries, name), [types.void(*(types.int64,) * (3 if name == "entries" else 5), DTYPES[dtype])])


@cache
def writing(dtype: np.dtype[Any]) -> Any:
    """`writing.write`, compiled."""
    from jittape.sweep.point import writing as module  # for start-up

    with _entry_lock:
        return function(module.write, [types.void(*(types.int64,) * 14, DTYPES[dtype])])


@cache
def marking(name: str) -> Any:
    """`marking.mark` or `marking.reach`, compiled."""
    from jittape.sweep.point import marking as module  # for start-up

    with _entry_lock:
        return function(getattr(module, name), [types.void(*(types.int64,) * (5 if name == "mark" else 3))])


CHEAP = np.zeros(128, np.uint8)
"""For each opcode 1 where a value is cheaper computed again than stored and loaded."""
CHEAP[list(getattr(opcodes, "CHEAP", ()))] = 1  # absent while the generator runs on files of an older form


@cache
def engine(dtype: np.dtype[Any]) -> Engine:
    return Engine(dtype)


_entry_lock = compiling()


@cache
def _entry(name: str, arguments: tuple[Any, ...], dtype: np.dtype[Any], result: Any = types.void) -> Any:
    """A function of sweep/point/call.py, by the entry that Numba's dispatcher calls once it knows the types: 70 ns less a call."""
    from jittape.sweep.point import call as point  # for start-up

    with _entry_lock:
        signature = result(*arguments, DTYPES[dtype])
        dispatcher = function(getattr(point, name), [signature])
        return dispatcher.overloads[signature.args].entry_point
