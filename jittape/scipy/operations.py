"""Operations of SciPy that see whole arrays: a call (instructions/calls) that is computed at once where nothing is recorded.

Their rules are written with NumPy's functions, other operations and what is declared here, so that they can be differentiated again.
Saved recordings refer to them by name, which begins with the module that registers them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.functions.linalg import record_call
from jittape.functions.products import as_array, recorded
from jittape.instructions.calls.operations import register

Shape = tuple[int, ...]


class Operation:
    """A function of whole arrays and integers with rules of its own.

    Args:
        name: under which saved recordings find it: the full name of the module that registers it after `jittape.`, and its own.
        forward: (*operands, *attributes) -> tuple of results, of ndarrays.
        vjp: (adjoints of results, results, operands, attributes) -> one adjoint an operand, or None for zero.
        jvp: (tangents of operands, results, operands, attributes) -> one tangent a result.
        shapes: (shapes of operands, attributes) -> shapes of results.
        options: further attributes of `calls.operations.Call`.
    """

    def __init__(self, name: str, forward: Any, vjp: Any, jvp: Any, shapes: Callable[[list[Shape], Sequence[int]], list[Shape]], **options: Any) -> None:
        self.call = register(name, forward, vjp, jvp, shapes=shapes, **options)
        self.shapes = shapes

    def __call__(self, *operands: Any, attributes: Sequence[int] = ()) -> tuple[Any, ...]:
        """The results, recorded where an operand is."""
        if not recorded(*operands):
            return self.call.forward(*map(np.asarray, operands), *attributes)
        given = [as_array(x) for x in operands]
        return tuple(record_call(self.call, given, self.shapes([x.shape for x in given], attributes), attributes, stacks=False))


def over_stack(f: Callable[..., Any], *stacks: Any) -> Any:
    """Apply a function of matrices to stacks of them, [..., m, n], whose leading axes are broadcast."""
    batch = np.broadcast_shapes(*(x.shape[:-2] for x in stacks))
    if not batch:
        return f(*stacks)
    spread = [np.broadcast_to(x, batch + x.shape[-2:]) for x in stacks]
    found = [f(*(x[i] for x in spread)) for i in np.ndindex(batch)]
    if found and isinstance(found[0], tuple):
        return tuple(np.stack(z).reshape(batch + np.shape(z[0])) for z in zip(*found, strict=True))
    return np.stack(found).reshape(batch + np.shape(found[0]))


def integers(x: Any, what: str) -> Any:
    """Whole numbers that were found by value: of a recorded array they are guarded, so that other ones are recorded anew."""
    return np.asarray(x.decide(what) if isinstance(x, Array) else x).astype(np.intp)


def undifferentiated(name: str, forward: Any, shapes: Any) -> Operation:
    """An operation whose results are found by value and have no derivative: orders, pivots, places."""
    return Operation(name, forward, lambda g, z, x, a: [None] * len(x), lambda t, z, x, a: [0.0 * r for r in z], shapes)


def placed(function: Callable[..., Any], *arrays: Any) -> Any:
    """What a function of SciPy makes that only puts elements of arrays, and zeros, into places.

    It is called with the numbers of the elements, from one on.
    """
    given = [as_array(x) for x in arrays]
    flat = np.concatenate([np.zeros(1), *(np.ravel(x) for x in given)])
    numbers, n = [], 1
    for x in given:
        numbers.append(np.arange(n, n + x.size).reshape(x.shape))
        n += x.size
    return flat[np.asarray(function(*numbers)).astype(np.intp)]
