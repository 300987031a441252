"""What is put around an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.eager.calls import call
from jittape.eager.creation import as_tensor
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError
from jittape.nn.functional.kinds import floating

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""PyTorch's names and NumPy's."""

KERNELS = {"reflect": "reflection", "replicate": "replication"}
"""Modes that are for numbers only -> the name that PyTorch's message gives."""


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """More elements before and after the last axes.

    Args:
        input: a tensor.
        pad: (before, after) of the last axis, then of the one before it, and so on; negative numbers take away.
        mode: "constant", "reflect", "replicate" or "circular".
        value: of a constant; 0 by default.

    Raises:
        NotImplementedError: another mode.
        ShapeError: a reflection or a period is longer than its axis.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.pad(jt.tensor([1.0, 2.0]), (1, 2))
        tensor([0., 1., 2., 0., 0.])
    """
    input = as_tensor(input)
    margins = [int(v) for v in pad]
    if len(margins) % 2 or len(margins) // 2 > input.dim():
        raise ShapeError(f"Padding length must be divisible by 2 and at most twice the number of dimensions of the input; got {margins} for {input.dim()}D")
    if mode not in MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if mode in KERNELS:
        floating(input, f"{KERNELS[mode]}_pad{len(margins) // 2}d", "b")
    n = input.dim()
    spans = [(0, 0)] * (n - len(margins) // 2) + [(margins[2 * i], margins[2 * i + 1]) for i in reversed(range(len(margins) // 2))]
    if mode == "replicate" and any(min(span) < 0 for span in spans):  # of what is taken away the ends may be needed
        for axis, ((a, b), size) in enumerate(zip(spans, input.shape, strict=True)):
            if a or b:
                input = input.index_select(axis, concrete(np.clip(np.arange(-a, size + b), 0, size - 1)))  # type: ignore[attr-defined]
        return input  # type: ignore[no-any-return]
    for (a, b), size in zip(spans, input.shape, strict=True):
        if max(0, -a) + max(0, -b) > size:
            raise ShapeError(f"pad takes away more than there is: ({a}, {b}) at a dimension of {size}")
    cut = tuple(slice(max(0, -a), size - max(0, -b)) for (a, b), size in zip(spans, input.shape, strict=True))
    if any(a < 0 or b < 0 for a, b in spans):
        input = input[cut]
    spans = [(max(a, 0), max(b, 0)) for a, b in spans]
    for (a, b), size in zip(spans, input.shape, strict=True):
        if mode == "reflect" and max(a, b) >= size and (a or b):
            raise ShapeError(f"Padding size should be less than the corresponding input dimension, but got: padding ({a}, {b}) at a dimension of {size}")
        if mode == "circular" and max(a, b) > size:
            raise ShapeError(f"Padding value causes wrapping around more than once: ({a}, {b}) at a dimension of {size}")
    if not any(a or b for a, b in spans):
        return input  # type: ignore[no-any-return]
    how: Any = {"constant_values": 0.0 if value is None else value} if mode == "constant" else {}
    return call(np.pad, input, spans, MODES[mode], **how)  # type: ignore[no-any-return]
