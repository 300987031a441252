"""Plans of Fourier transforms: factors of lengths, and roots of one, kept for all tapes of a dtype.

Native code finds a plan by its length in a directory whose address stands in the table of kernels; a length that is not there is left to
Python, which makes the plan and goes on. Roots are exact to half a unit in the last place, whatever the length.
"""

from __future__ import annotations

import ctypes
import functools
import math
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from jittape.compiler.jit import callback, emitted
from jittape.compiler.locks import compiling
from jittape.instructions.fourier import arrays, columns
from jittape.instructions.fourier.record import C2C
from jittape.instructions.fourier.stages import (
    ALONE,
    CACHED,
    DIRECTORY,
    MASK,
    P_FACTORS,
    P_ROOM,
    RADICES,
    WIDEST,
    kernel,
)
from jittape.sweep.engine import DTYPES
from jittape.sweep.vectors import kinds, vector_bytes

SPLIT = 24
"""Lengths from which single columns are done by two parts."""


def factors(n: int) -> list[int] | None:
    """The radices of the passes for a length; None where it has larger prime factors."""
    found = []
    for r in RADICES:
        while n % r == 0:
            found.append(r)
            n //= r
    return found if n == 1 else None


def roots(k: NDArray[Any], n: int) -> NDArray[np.complex128]:
    """exp(-2 pi i k / n), by angles of an eighth of a turn at most."""
    k = np.asarray(k, np.int64) % n * 8
    octant, rest = k // n, k % n
    mirrored = octant % 2 == 1
    angle = np.where(mirrored, n - rest, rest).astype(np.longdouble) * np.arctan(np.longdouble(1)) / n
    c, s = np.cos(angle).astype(np.float64), np.sin(angle).astype(np.float64)
    swapped = (octant + 1) // 2 % 2 == 1
    x, y = np.where(swapped, s, c), np.where(swapped, c, s)
    x = np.where((octant >= 2) & (octant < 6), -x, x)
    y = np.where(octant >= 4, -y, y)
    found: NDArray[np.complex128] = x - 1j * y
    return found


def smooth(least: int) -> int:
    """The smallest product of twos, threes and fives that is not less."""
    best = 1 << (least - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            n = three << max(-(-least // three) - 1, 0).bit_length()
            if n >= least:
                best = min(best, n)
            three *= 3
        five *= 5
    return best


FEW = 64


def key_of(n: int, kind: int) -> int:
    """What a plan is found by."""
    return 4 * n + kind + 1


class Plans:
    """The plans of one dtype."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.lanes = vector_bytes() // dtype.itemsize
        self._kernel = emitted("fourier", kinds(dtype, fast=True), functools.partial(kernel, dtype), plain=True)
        self._alive: list[Any] = []
        self._found: dict[tuple[int, int], int] = {}
        self._routines: dict[int, int] = {}
        self._lock = compiling()
        self._real_type = DTYPES[dtype]
        compiled = callback(arrays.transform, types.int64(*(types.int64,) * 5, self._real_type), slow=True)
        self._alive.append(compiled)
        self.directory = np.zeros(DIRECTORY + 2 * FEW, np.int64)
        self.directory[:DIRECTORY] = compiled.address, FEW - 1

    def find(self, n: int, kind: int) -> int:
        """The address of the plan for a length and the kind of an axis."""
        with self._lock:
            found = self._found.get((n, kind))
            if found is None:
                found = self._found[n, kind] = (self._complex(n) if kind == C2C else self._real(n, kind))[0]
                self._enter(n, kind, found)
            return found

    @staticmethod
    def room(plan: int) -> int:
        """Numbers of memory that the plan at an address works in."""
        return int(ctypes.c_int64.from_address(plan + 8 * P_ROOM).value)

    def _enter(self, n: int, kind: int, address: int) -> None:
        """Put a plan into the directory; one that is full is replaced, and stays as it is for those who read it."""
        room = int(self.directory[MASK]) + 1
        if 2 * len(self._found) > room:
            self._alive.append(self.directory)
            larger = np.zeros(DIRECTORY + 4 * room, np.int64)
            larger[:DIRECTORY] = self.directory[0], 2 * room - 1
            for (m, other), plan in self._found.items():
                _put(larger, m, other, plan)
            self.directory = larger
        _put(self.directory, n, kind, address)

    def routine(self, kind: int) -> int:
        """The address of the routine for columns, compiled if it was not yet."""
        if kind not in self._routines:
            pointer, long, real = types.CPointer(self._real_type), types.int64, self._real_type
            signature = types.none(long, pointer, pointer, long, long, pointer, pointer, long, long, long, real, real, pointer)
            routine = (columns.complex_columns, columns.real_columns, columns.back_to_real)[kind]
            compiled = callback(routine, signature, slow=True)
            self._alive.append(compiled)
            self._routines[kind] = int(compiled.address)
        return int(self._routines[kind])

    def _table(self, z: NDArray[np.complex128]) -> int:
        """Real parts and then imaginary parts of rows; returns the address."""
        flat = np.concatenate([z.real, z.imag], axis=0).astype(self.dtype)
        return self._keep(flat.reshape(-1))

    def _keep(self, x: NDArray[Any]) -> int:
        """A copy that begins where vectors may."""
        memory = np.zeros(x.nbytes + 64, np.uint8)
        at: int = -memory.__array_interface__["data"][0] % 64
        memory[at : at + x.nbytes] = x.view(np.uint8)
        self._alive.append(memory)
        address: int = memory.__array_interface__["data"][0]
        return address + at

    def _block(self, rows: int) -> int:
        """Numbers of two blocks, at most."""
        w = min(max(CACHED // rows, self.lanes), WIDEST) // self.lanes * self.lanes
        return 4 * (rows + 1) * w

    def _plan(self, n: int, rows: int, table: int, first: int, second: int, between: int, room: int, radices: list[int], kind: int = C2C) -> tuple[int, int]:
        numbers = np.array([n, rows, len(radices), table, self._kernel.address, self.routine(kind), first, second, between, room, *radices], np.int64)
        assert numbers.size == P_FACTORS + len(radices)
        return self._keep(numbers), room

    def _complex(self, n: int, split: bool = True) -> tuple[int, int]:
        radices = factors(n)
        if radices is None:
            return self._convolution(n)
        parts, left = [], n
        for r in radices:
            m = left // r
            z = roots(np.arange(1, r)[:, None] * np.arange(m), left).reshape(-1)
            parts += [z.real, z.imag]
            left = m
        table = self._keep(np.concatenate(parts).astype(self.dtype)) if parts else 0
        room = self._block(n)
        first = second = between = 0
        n1 = max((d for d in range(1, math.isqrt(n) + 1) if n % d == 0), default=1)
        if split and n >= SPLIT and n1 >= self.lanes:
            n2 = n // n1
            (first, _), (second, _) = self._complex(n1, False), self._complex(n2, False)
            along = -(-n2 // self.lanes) * self.lanes
            between = self._table(roots(np.arange(n1)[:, None] * np.arange(along), n))
            room = max(room if n <= ALONE else 0, 2 * n2 * (n1 + self.lanes) + self._block(n2))
        return self._plan(n, n, table, first, second, between, room, radices)

    def _convolution(self, n: int) -> tuple[int, int]:
        rows = smooth(2 * n - 1)
        j = np.arange(n, dtype=object)
        chirp = roots(np.array([int(i) * int(i) % (2 * n) for i in j]), 2 * n).conj()
        kernel = np.zeros(rows, complex)
        kernel[:n] = chirp
        kernel[rows - n + 1 :] = chirp[:0:-1]
        spectrum = np.fft.fft(kernel) / rows
        table = self._keep(np.concatenate([chirp.real, chirp.imag, spectrum.real, spectrum.imag]).astype(self.dtype))
        inner, room = self._complex(rows, False)
        return self._plan(n, rows, table, inner, 0, 0, room, [])

    def _real(self, n: int, kind: int) -> tuple[int, int]:
        if n % 2:
            inner, room = self._complex(n)
            return self._plan(n, n, 0, inner, 0, 0, room, [], kind)
        inner, room = self._complex(n // 2)
        table = self._table(roots(np.arange(n // 2 + 1), n))
        return self._plan(n, n, 0, inner, 0, table, room + n + 128, [], kind)


def _put(directory: NDArray[np.int64], n: int, kind: int, address: int) -> None:
    """The address is written before the key by which it is found."""
    key, mask = key_of(n, kind), int(directory[MASK])
    place = key & mask
    while directory[DIRECTORY + 2 * place] not in (0, key):
        place = place + 1 & mask
    directory[DIRECTORY + 2 * place + 1] = address
    directory[DIRECTORY + 2 * place] = key


_plans: dict[np.dtype[Any], Plans] = {}
_lock = compiling()


def plans(dtype: np.dtype[Any]) -> Plans:
    """The plans of a dtype."""
    with _lock:
        if dtype not in _plans:
            _plans[dtype] = Plans(dtype)
        return _plans[dtype]
