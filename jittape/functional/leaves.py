"""Leaves of arguments: what becomes an array of real numbers, of which dtype, in which layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import ComplexOperand, refuse_subclass
from jittape.errors import GradientError
from jittape.instructions.references import Slots

NEEDS_REAL = "a derivative needs real numbers here; pass real and imaginary part as two arrays"
WIDEST = 8
"""Elements of memory for each element of an array up to which its layout is kept as it is."""


def real_leaf(x: Any, where: str, otherwise: str = "") -> Any:
    """An argument as a real ndarray or recorded array, or an error that says how to convert it, or what to do otherwise."""
    if isinstance(x, Array):
        if x.is_complex:
            raise ComplexOperand(NEEDS_REAL)
        return x
    refuse_subclass(x)
    hint = None
    if isinstance(x, (bool, int)):
        hint = f"pass {float(x)!r} instead of {x!r}"
    elif not isinstance(x, (float, np.ndarray, np.generic)):
        if hasattr(x, "requires_grad"):
            if x.requires_grad:
                raise GradientError(f"{where} is a tensor that requires grad; pass x.detach().numpy(), or use x.backward()")
            x = x.numpy()
        elif hasattr(x, "__array__"):
            x = np.asarray(x)
        elif hasattr(x, "__dlpack__"):
            x = np.from_dlpack(x)
        elif isinstance(x, complex):
            raise ComplexOperand(f"{where} is complex: {NEEDS_REAL}{otherwise}")
        else:
            raise GradientError(
                f"{where} is a {type(x).__name__}; derivatives are taken with respect to floats, arrays of float64 or "
                f"float32, and nested tuples, lists, dicts and dataclasses of them (jittape.tree.register tells of other classes). "
                f"Choose other arguments by argnums={otherwise}"
            )
    if hint is None:
        dtype = np.asarray(x).dtype
        if dtype in (np.float64, np.float32):
            return np.asarray(x)
        if dtype.kind in "iub":
            hint = "convert it with x.astype(float)"
        elif dtype in (np.complex128, np.complex64):
            raise ComplexOperand(f"{where} is complex: {NEEDS_REAL}{otherwise}")
        elif dtype.kind == "f":
            hint = f"convert {dtype} to float64 with x.astype(float)"
        else:
            hint = "convert it to an array of float64"
    kind = type(x).__name__ if not isinstance(x, np.ndarray) else f"array of dtype {x.dtype}"
    raise GradientError(f"{where} is {'an' if kind[0] in 'aeiou' else 'a'} {kind}, and a derivative needs real numbers: {hint}{otherwise}")


def common_dtype(leaves: Sequence[Any], originals: Sequence[Any]) -> np.dtype[Any]:
    """float32 where every array is; Python floats do not count unless there is nothing else."""
    arrays = [a.dtype for a, o in zip(leaves, originals, strict=True) if type(o) is not float]
    return np.dtype(np.float32) if arrays and all(d == np.float32 for d in arrays) else np.dtype(np.float64)


def laid_out(slots: Slots, x: NDArray[Any]) -> Slots:
    """A copy of slots in the layout of an array: whether `ravel` and `reshape` copy or give views depends on it."""
    steps = [st // x.itemsize for st in x.strides]
    spans = [(n - 1) * st for n, st in zip(x.shape, steps, strict=True)]
    low, high = sum(min(s, 0) for s in spans), sum(max(s, 0) for s in spans)
    if not x.size or any(st == 0 and n > 1 for n, st in zip(x.shape, steps, strict=True)) or high - low > WIDEST * x.size:
        padded: Slots = np.empty((*(n + 1 for n in slots.shape), 2), slots.dtype)  # whatever joins axes copies, as of x in most cases
        new = padded[(*map(slice, slots.shape), 0)]  # type: ignore[arg-type]
    else:
        memory = np.empty(high - low + 1, slots.dtype)
        new = as_strided(memory[-low:], x.shape, [st * slots.itemsize for st in steps])
    new[...] = slots
    return new


def zero_d(x: Any) -> bool:
    """Whether an argument is an array without axes, not a number."""
    return isinstance(x, np.ndarray) and not x.ndim
