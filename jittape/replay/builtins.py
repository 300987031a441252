"""Builtins that go through a replay by one native call each (sweep/point/enter.py)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.builtins import builtin, functions
from jittape.sweep import engine
from jittape.sweep.point import enter as e
from jittape.tape.tape import Tape

VALUE, GRADIENT, BOTH = range(3)
"""Places of the builtins in `Replay.quick`."""
DENSE, SPARSE, PRODUCT = range(3)
"""The same of a replay of entries (jittape/replay/entries.py)."""
SHORT = 4096
"""Slots up to which a call keeps the interpreter's lock: it takes some microseconds, and releasing and taking it 0.05."""


@cache
def _addresses() -> dict[int, int]:
    """What is the same for every call."""
    known = functions()
    return {
        e.B_NONE: id(None), e.B_NDARRAY: id(np.ndarray), e.B_NEW: known["array"], e.B_NUMBER: known["number"], e.B_TUPLE: known["tuple"],
        e.B_SET: known["set"], e.B_KEEP: known["keep"], e.B_DROP: known["drop"], e.B_RELEASE: known["release"], e.B_TAKE: known["take"],
    }  # fmt: skip


def builtins_of(tape: Tape, point: str, wanted: Sequence[int], shape: NDArray[np.int64], value: int = 0, description: int = 0) -> list[tuple[Any, NDArray[np.int64]]]:
    """Builtins that give what is wanted (flags of enter.py), one an entry of `wanted`, each with its description.

    Args:
        tape: ready for native calls; the builtins are good as long as it lives and its arrays stay where they are.
        point: the function of sweep/point/call.py.
        shape: of the arrays that are made; it lives as long as the builtins.
        value: address of the number that the function returned.
        description: for the function.
    """
    words = np.zeros((len(wanted), e.WORDS), np.int64)
    for at, x in _addresses().items():
        words[:, at] = x
    words[:, e.B_POINT], words[:, e.B_TAPE] = tape.engine.point(point), tape.address
    words[:, e.B_SINGLE] = tape.dtype.itemsize == np.dtype(np.float32).itemsize
    words[:, e.B_WANTED] = wanted
    words[:, e.B_ARGUMENTS] = [3 if w & e.ALONG else 2 for w in wanted]
    words[:, e.B_DESCRIPTION], words[:, e.B_VALUE] = description, value
    words[:, e.B_NDIM], words[:, e.B_SHAPE] = shape.size, shape.ctypes.data
    words[:, e.B_DTYPE], words[:, e.B_KIND] = id(tape.dtype), tape.dtype.num
    words[:, e.B_LOCKED] = tape.slots <= SHORT
    address = engine.enter()
    return [(builtin(point, address, row), row) for row in words]
