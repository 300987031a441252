"""Handles for many points at once: native code sweeps them in lanes, those of a path together (sweep/lanes/replaying.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jittape.lanes.lanes import PAST
from jittape.native.recording.symbols import array_at
from jittape.ops.layout import DONE
from jittape.replay.batch import ADJOINTS, BLOCK, FUSING, Task
from jittape.replay.handles import FAILED, MOST, Handle, entries
from jittape.sweep.lanes.replaying import (
    B_CHUNK,
    B_COUNTERS,
    B_DROP,
    B_FAILED,
    B_INPUTS,
    B_MAKE,
    B_PAST,
    B_PATHS,
    B_PYTHON,
    B_TABLE,
    K_BLOCKS,
    K_FAILED,
    K_G,
    K_GIVEN,
    K_OUT,
    K_PLACES,
    K_ROWS,
    K_VALUES,
    K_X,
    K_Y,
)
from jittape.sweep.point.idle import IDLE

if TYPE_CHECKING:
    from jittape.replay.function import Function
    from jittape.replay.path import Path

CHUNK = 512 << 10
"""Bytes of points and gradients that are swept together at most, so that those which take another path are still near when their turn comes."""
LARGEST = 4096
"""Points of a chunk at most."""


class Context:
    """Memory of one call: buffers for a chunk of points, and workspaces of lanes."""

    def __init__(self, inputs: int, count: int, dtype: np.dtype[Any]) -> None:
        self.words = np.zeros(K_BLOCKS + MOST, np.int64)
        self.address = int(self.words.ctypes.data)
        self.workspaces: list[Any] = []
        self._buffers = {
            K_X: np.empty((count, inputs), dtype), K_G: np.empty((count, inputs), dtype), K_Y: np.empty(count, dtype),
            K_PLACES: np.empty(count, np.int64), K_FAILED: np.empty(count, np.int32),
        }  # fmt: skip
        for k, buffer in self._buffers.items():
            self.words[k] = buffer.ctypes.data


class NativeBatch(Handle):
    """What native code knows of a recorded function of one array, for many points at once.

    Args:
        valued: whether values are asked for, too, not gradients alone.
    """

    def __init__(self, function: Function, valued: bool) -> None:
        super().__init__(function, B_COUNTERS + MOST)
        self.inputs = int(np.prod(self.shape, dtype=np.int64))
        self._task = Task(function, function._bindings, "gradient" if valued else ADJOINTS, function.math, 1, None)
        self._lanes: list[Any] = []
        self._contexts: dict[int, Context] = {}
        """By their addresses, which native code holds."""
        self._table = np.zeros(IDLE, np.int64)
        rows = min(CHUNK // (2 * self.dtype.itemsize * max(self.inputs, 1)), LARGEST)
        self._chunk = max(rows - rows % BLOCK, BLOCK)
        h = self.words
        h[B_MAKE], h[B_DROP], h[B_PYTHON] = entries()
        h[B_TABLE], h[B_FAILED], h[B_CHUNK], h[B_INPUTS], h[B_PAST] = self._table.ctypes.data, FAILED, self._chunk, self.inputs, PAST

    def taken_in(self, path: Path) -> bool:
        found = self._task.lanes(path)
        if found is not None:
            found = self._task.faster(path, found, FUSING)  # as of one point, what there is to be compiled is compiled now
        if found is None or found[0].calls:
            return False
        self._paths.append(path)
        self._lanes.append(found[0])
        n = len(self._lanes)
        self.words[B_COUNTERS + n - 1] = path.counter.ctypes.data
        self.words[B_PATHS] = n
        return True

    def make(self, context: int, p: int) -> int:
        with self._lock:
            if context == 0:
                made = Context(self.inputs, self._chunk, self.dtype)
                self._contexts[made.address] = made
                return made.address
            workspace = self._lanes[p].workspace()
            self._contexts[context].workspaces.append(workspace)
            return int(workspace.address)

    def drop(self, _: int, address: int) -> None:
        with self._lock:
            del self._contexts[address]

    def call(self, context: int, _1: int, _2: int) -> int:
        """Values and gradients of some points by Python."""
        words = self._contexts[context].words
        count = int(words[K_ROWS])
        X = array_at(int(words[K_GIVEN]), (count, *self.shape), self.dtype)
        values, gradients = self.function.batch_value_and_grad(X, threads=1, math=self._task.math)
        array_at(int(words[K_OUT]), X.shape, self.dtype)[...] = gradients
        if words[K_VALUES]:
            array_at(int(words[K_VALUES]), (count,), self.dtype)[...] = values
        for path in self.function.paths:
            self.learn(path)
        return DONE
