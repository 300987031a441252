"""Memory of a tape's arrays."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHORT = 1 << 16
"""Elements up to which arrays are doubled when they are full, and live in the heap."""


def pages(n: int, dtype: Any) -> NDArray[Any]:
    """Zeroed memory for n elements. That of long arrays is asked of the operating system, and goes back to it when they are replaced
    by longer ones: in the heap they would leave holes that the next ones do not fit in, up to the size of the tape itself."""
    if n < SHORT:
        return np.zeros(n, dtype)
    return np.frombuffer(mmap.mmap(-1, n * np.dtype(dtype).itemsize, **_PRIVATE), dtype)


_PRIVATE: dict[str, int] = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
"""A forked process has a copy of its own, as of other memory; Windows has no flags and does not fork."""
