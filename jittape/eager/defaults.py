"""What `jittape.torch` sets for the whole process: the dtype that integers become among real numbers, and how tensors are printed.

`jittape` alone computes in float64 and prints as NumPy does. A script that imports `jittape.torch` expects PyTorch's float32, and its
way to print. What is made by a name (`jittape.zeros`, `jittape.torch.zeros`) has the dtype of that name, whatever stands here.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class Defaults:
    """The defaults of this process.

    Attributes:
        real: the dtype of quotients of integers, of their square roots, of their products with Python's real numbers.
        torch: whether tensors are printed as PyTorch prints them.
        anomaly: whether backward passes look for NaN at each operation.
    """

    def __init__(self) -> None:
        self.real: np.dtype[Any] = np.dtype(np.float64)
        self.torch = False
        self.anomaly = False


defaults = Defaults()
