"""How native code looks into an ndarray without a call into Python: the fields of its object.

A small function's gradient takes less time than NumPy's assignment of ten numbers, so `point.gradient` is handed the
objects themselves (`id(x)`) and reads their fields: type, data, shape, dtype, flags. Their order is part of NumPy's binary
interface (PyArrayObject_fields in ndarraytypes.h, unchanged since NumPy 1.0); it is checked once a process on probes, and
where it is another one, arrays are copied by NumPy. Code in Python that wants an address reads it in the same way.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.compiler import builtins

HEAD = object.__basicsize__ // 8
"""Words of a Python object's head; the last one is its type."""
DATA, NDIM, SHAPE, DTYPE, FLAGS = HEAD, HEAD + 1, HEAD + 2, HEAD + 5, HEAD + 6
"""Words of an ndarray: address of the elements, number of axes, address of the shape, dtype object, flags."""
INT32 = 0xFFFFFFFF
"""Mask of a word that holds a C int."""
READABLE, WRITABLE = 0x101, 0x501
"""Flags: contiguous in C order and aligned; and writeable, too."""


_word = ctypes.c_int64.from_address
_AT = 8 * DATA


def _readable() -> bool:
    """Whether the address of the elements is where it is looked for."""
    if ctypes.sizeof(ctypes.c_void_p) != 8 or np.ndarray.__basicsize__ < 8 * (FLAGS + 1):
        return False
    probes = [np.arange(6.0), np.zeros((2, 3), np.float32)[1:], np.zeros(5)[::2], np.zeros((3, 0))]
    return all(_word(id(x) + _AT).value == x.__array_interface__["data"][0] for x in probes)


if _readable():

    def address_of(x: NDArray[Any]) -> int:
        """The address of an array's first element."""
        return _word(id(x) + _AT).value  # `__array_interface__` takes nine times as long

else:

    def address_of(x: NDArray[Any]) -> int:
        """The address of an array's first element."""
        return x.__array_interface__["data"][0]  # type: ignore[no-any-return]


def fields(x: Any) -> tuple[int, int, tuple[int, ...], int, int]:
    """(data, axes, shape, dtype object, flags) as native code reads them."""
    words = (ctypes.c_int64 * (FLAGS + 1)).from_address(id(x))
    axes = words[NDIM] & INT32
    if not 0 <= axes <= 32:
        return 0, axes, (), 0, 0
    shape = tuple((ctypes.c_int64 * axes).from_address(words[SHAPE])) if axes else ()
    return words[DATA], axes, shape, words[DTYPE], words[FLAGS] & INT32


@cache
def known() -> bool:
    """Whether this process's ndarrays are laid out as written above."""
    if ctypes.sizeof(ctypes.c_void_p) != 8 or np.ndarray.__basicsize__ < 8 * (FLAGS + 1):
        return False
    probes = [np.arange(6.0), np.zeros((2, 3), np.float32), np.zeros((2, 3, 4)).transpose(), np.zeros(5)[::2], np.zeros((3, 0))]
    probes[1].flags.writeable = False
    for x in probes:
        words = (ctypes.c_int64 * HEAD).from_address(id(x))
        if words[HEAD - 1] != id(np.ndarray) or fields(x) != (x.ctypes.data, x.ndim, x.shape, id(x.dtype), x.flags.num):
            return False
    return builtins.work()
