"""Callbacks that native code calls by symbols: no address of this process is written into compiled code, so that it can be cached.

What symbols there are is declared in `jittape_numba`, for which see there.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils

from jittape.native.recording.entering import entered
from jittape_numba import prototype

CALLBACKS: dict[str, Any] = {}
"""By symbols, the C functions behind them, which live as long as the process."""


def symbol(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: native code calls this function of integers by a symbol. Nothing that it raises may reach native code."""

    def add(f: Callable[..., Any]) -> Callable[..., Any]:
        address = entered(name, f)
        CALLBACKS[name] = prototype(name)(address)
        llvm.add_symbol(name, address)
        return f

    return add


def array_at(address: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """The array, C-contiguous, that native code has at an address: its own memory, which lives as long as native code says."""
    count = math.prod(shape)
    if not count:
        return np.empty(shape, dtype)
    memory: Any = (ctypes.c_char * (count * dtype.itemsize)).from_address(address)
    return np.frombuffer(memory, dtype).reshape(shape)  # type: ignore[no-any-return]


def asked_once(b: Any, name: str) -> Any:
    """Code that asks a callback for an address, once a library: a word of its own holds it. 0 is asked for again."""
    word = ir.IntType(64)
    kept = b.module.globals.get(f"{name}_address")
    if kept is None:
        kept = ir.GlobalVariable(b.module, word, f"{name}_address")
        kept.linkage = "internal"
        kept.initializer = ir.Constant(word, 0)
    known = b.load(kept)
    before = b.block
    with b.if_then(b.icmp_unsigned("==", known, ir.Constant(word, 0)), likely=False):
        asked = b.call(cgutils.get_or_insert_function(b.module, ir.FunctionType(word, []), name), [])
        b.store(asked, kept)
        after = b.block
    out = b.phi(word)
    out.add_incoming(known, before)
    out.add_incoming(asked, after)
    return out
