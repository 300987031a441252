"""What the tests of NumPy functions compare with: NumPy for values, finite differences for derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import jittape as jt
from jittape.functional.trace import Trace
from jittape.ops.layout import FIRST_OPERATION, OPERATION
from jittape.testing import check_grad


def recorded(f: Callable[..., Any], *args: Any) -> list[Any]:
    """The leaves of the result of `f` recorded at `args`, as plain values."""
    trace = Trace(f, args, {}, range(len(args)))
    return [trace.value_of(o) for o in trace.outputs]


def instructions(f: Callable[..., Any], *args: Any) -> int:
    """How many instructions `f` records besides its inputs and constants."""
    trace = Trace(f, args, {}, range(len(args)))
    return sum(1 for *_, op, _, _ in trace.tape.instructions() if op & OPERATION >= FIRST_OPERATION)


def agree(f: Callable[..., Any], *args: Any, order: int = 1, rtol: float = 1e-12) -> None:
    """Values as NumPy's, of the same shapes; derivatives up to `order` as finite differences have them."""
    expected = jt.tree.flatten(f(*args))[0]
    found = recorded(f, *args)
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert np.shape(a) == np.shape(b), (np.shape(a), np.shape(b))
        np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=rtol, atol=rtol)
    if order:
        check_grad(f, *args, order=order)
