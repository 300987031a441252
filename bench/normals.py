"""Normal numbers for native samplers, many at once: the ziggurat of Marsaglia and Tsang (J. Stat. Softw. 5, 2000) over numbers that a counter gives.

Number n of a stream is the mixing function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) of start + n GAMMA: nothing is carried from one
to the next, so that a loop over them is written in vectors. One of some 300 leaves the core of its layer, and is seen to afterwards."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from scipy.optimize import brentq

LAYERS = 512
PARTS = 4096
"""How finely the core of a layer is told: in the last bits of its edge, so that one look into a table gives both."""
U64 = np.uint64
GAMMA = U64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = U64(0xBF58476D1CE4E5B9), U64(0x94D049BB133111EB)
_S27, _S30, _S31, _S11 = U64(27), U64(30), U64(31), U64(11)
_LAYER, _PART = U64(LAYERS - 1), U64(PARTS - 1)


def _edges(tail: float) -> tuple[list[float], float]:
    """Where layers of equal area end if the last one, with all beyond, begins at `tail`, from there inwards, after the width that this one would have as
    a box; and by how much the height of the uppermost one is more than what is left for it."""
    area = tail * math.exp(-0.5 * tail**2) + math.sqrt(0.5 * math.pi) * math.erfc(tail / math.sqrt(2.0))
    found = [area / math.exp(-0.5 * tail**2), tail]
    while True:
        height = math.exp(-0.5 * found[-1] ** 2) + area / found[-1]
        if len(found) == LAYERS or height >= 1.0:
            return found, height - 1.0 if len(found) == LAYERS else 1.0
        found.append(math.sqrt(-2.0 * math.log(height)))


_TAIL = brentq(lambda tail: _edges(tail)[1], 3.0, 5.0, xtol=1e-15)
_WIDE = np.array(_edges(_TAIL)[0]).view(U64) & ~_PART
_EDGE = np.append(_WIDE.view(np.float64), 0.0)
_CORE = _EDGE[1:] / _EDGE[:-1]
_HEIGHT = np.exp(-0.5 * _EDGE**2)
_WORDS = _WIDE | np.clip(np.floor(_CORE * PARTS), 0, PARTS - 1).astype(U64)


@njit(inline="always")
def mixed(z):  # type: ignore[no-untyped-def]
    """64 random bits."""
    z = (z ^ (z >> _S30)) * _FIRST
    z = (z ^ (z >> _S27)) * _SECOND
    return z ^ (z >> _S31)


@njit(inline="always")
def uniform(z):  # type: ignore[no-untyped-def]
    """A number from 0 to 1, without 1."""
    return (z >> _S11) * 2.0**-53


@njit(error_model="numpy")
def _outside(z, after):  # type: ignore[no-untyped-def]
    """A normal number that begins with these bits, where they are not in the core of a layer; and where the stream goes on."""
    while True:
        k = np.int64(z & _LAYER)
        u = 2.0 * uniform(z) - 1.0
        x = u * _EDGE[k]
        if abs(u) < _CORE[k]:
            return x, after
        a = 1.0 - uniform(mixed(after))
        after += GAMMA
        if k == 0:
            beyond = -math.log(a) / _EDGE[1]
            b = 1.0 - uniform(mixed(after))
            after += GAMMA
            if -2.0 * math.log(b) > beyond * beyond:
                return math.copysign(_EDGE[1] + beyond, u), after
        elif _HEIGHT[k] + a * (_HEIGHT[k + 1] - _HEIGHT[k]) < math.exp(-0.5 * x * x):
            return x, after
        else:
            z = mixed(after)
            after += GAMMA


@njit(error_model="numpy")
def normals(start, out):  # type: ignore[no-untyped-def]
    """Fill a contiguous array with normal numbers; returns where the stream goes on."""
    after = start + U64(out.size) * GAMMA
    for i in range(out.size):
        z = mixed(start + U64(i) * GAMMA)
        word = _WORDS[np.int64(z & _LAYER)]
        u = 2.0 * uniform(z) - 1.0
        out[i] = u * np.uint64(word).view(np.float64) if abs(u) * PARTS < np.int64(word & _PART) else np.nan
    for i in range(out.size):
        if out[i] != out[i]:
            out[i], after = _outside(mixed(start + U64(i) * GAMMA), after)
    return after
