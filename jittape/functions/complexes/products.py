"""Products of complex vectors, matrices and tensors as real products of their parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.complexes import is_complex, pair, split
from jittape.array.protocols import tape_of
from jittape.functions.complexes.dispatch import listed
from jittape.functions.complexes.elementwise import zero_d
from jittape.functions.complexes.registry import METHODS, implements
from jittape.functions.products import chain_order


def operand(x: Any) -> Any:
    """An operand of a product as an array."""
    return listed(x) if isinstance(x, (list, tuple)) else x if isinstance(x, Array) else np.asarray(x)


def parts(x: Any) -> tuple[Any, Any]:
    """(real part, imaginary part) of an operand; of a real one None in its place."""
    x = operand(x)
    return split(x) if is_complex(x) else (x, None)


def bilinear(f: Callable[[Any, Any], Any], x: Any, y: Any, conj: bool = False) -> Any:
    """f(x, y), or with `conj` that of the conjugate of x, by two or four real ones."""
    (a, b), (c, d) = parts(x), parts(y)
    if b is None:
        return pair(tape_of((x, y)), f(a, c), f(a, d))
    if d is None:
        im = f(b, c)
        return pair(tape_of((x, y)), f(a, c), -im if conj else im)
    if conj:
        return pair(tape_of((x, y)), f(a, c) + f(b, d), f(a, d) - f(b, c))
    return pair(tape_of((x, y)), f(a, c) - f(b, d), f(a, d) + f(b, c))


def product(function: Any, conj: bool = False, method: bool = False) -> None:
    """Record a product of two operands and of options; with `conj`, that of the conjugate of the first."""
    if function is None:
        return

    def rule(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        found = bilinear(lambda x, y: function(x, y, *args, **kwargs), a, b, conj)
        return zero_d(found) if function in (np.tensordot, np.linalg.tensordot) else found

    rule.__name__ = function.__name__
    implements(function, method=method)(rule)


for _f in (np.dot, np.inner, np.outer, np.tensordot, np.kron, np.cross, np.convolve, getattr(np, "matvec", None), np.linalg.cross,
           getattr(np.linalg, "outer", None), getattr(np.linalg, "tensordot", None)):  # fmt: skip
    product(_f)
for _f in (np.vdot, getattr(np, "vecdot", None), getattr(np, "vecmat", None), getattr(np.linalg, "vecdot", None)):
    product(_f, conj=True)
METHODS["dot"] = lambda a, b: np.dot(a, b)


@implements(np.matmul, getattr(np.linalg, "matmul", None))
def matmul(a: Any, b: Any) -> Any:
    return bilinear(np.matmul, a, b)


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    found: Any = np.correlate
    return bilinear(lambda x, y: found(x, y, mode), a, np.conj(operand(v)))


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    chain = [operand(x) for x in arrays]
    first, last = chain[0].ndim == 1, chain[-1].ndim == 1
    chain[0], chain[-1] = chain[0][None] if first else chain[0], chain[-1][:, None] if last else chain[-1]
    splits = chain_order([x.shape[0] for x in chain] + [chain[-1].shape[1]])

    def multiply(i: int, j: int) -> Any:
        return chain[i] if i == j else np.matmul(multiply(i, splits[i, j]), multiply(splits[i, j] + 1, j))

    found = multiply(0, len(chain) - 1)
    found = found[0] if first else found
    return found[..., 0] if last else found


@implements(np.einsum)
def einsum(*operands: Any, out: Any = None, optimize: Any = False, **kwargs: Any) -> Any:
    """By real sums of the parts; of more than two operands by pairs, in the order that NumPy finds."""
    if not isinstance(operands[0], str):
        arrays = [operand(x) for x in operands[: 2 * (len(operands) // 2) : 2]]
        rest: Any = [x for i, x in enumerate(operands) if i % 2 or i == 2 * len(arrays)]

        def call(*given: Any) -> Any:
            return np.einsum(*(v for pairs in zip(given, rest, strict=False) for v in pairs), *rest[len(given) :], **kwargs)
    else:
        arrays = [operand(x) for x in operands[1:]]

        def call(*given: Any) -> Any:
            return np.einsum(operands[0], *given, **kwargs)

    if len(arrays) == 1:
        re, im = parts(arrays[0])
        return pair(tape_of(arrays), call(re), call(im))
    if len(arrays) == 2:
        return bilinear(call, *arrays)
    like = [np.broadcast_to(0.0, np.shape(x)) for x in arrays]
    given = (operands[0], *like) if isinstance(operands[0], str) else tuple(v for i, x in enumerate(operands) for v in ((like[i // 2],) if not i % 2 and i // 2 < len(like) else (x,)))
    find: Any = np.einsum_path
    _, steps = find(*given, optimize=optimize or "greedy", einsum_call=True)
    work = arrays
    for step in steps:
        places, text = step[0], next(part for part in step if isinstance(part, str) and "->" in part)
        chosen = [work.pop(i) for i in places]
        work.append(_by_pairs(text, chosen))
    return work[0]


def _by_pairs(text: str, arrays: list[Any]) -> Any:
    """A product of which NumPy makes no pairs, as of three vectors over one letter: from the left."""
    inputs, _, result = text.partition("->")
    names = inputs.split(",")
    while len(arrays) > 2:
        wanted = set("".join(names[2:]) + result)
        kept = "".join(dict.fromkeys(letter for letter in names[0] + names[1] if letter in wanted))
        arrays = [np.einsum(f"{names[0]},{names[1]}->{kept}", *arrays[:2]), *arrays[2:]]
        names = [kept, *names[2:]]
    return np.einsum(f"{','.join(names)}->{result}", *arrays)


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    p, x = operand(p), operand(x)
    y = np.zeros_like(x) if is_complex(x) or not is_complex(p) else np.zeros(np.shape(x), complex)
    for k in range(len(p)):
        y = y * x + p[k]
    return y



@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    if np.ndim(x) != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    powers: list[Any] = [np.ones(len(x), complex)]
    while len(powers) < (len(x) if N is None else N):
        powers.append(powers[-1] * x)
    powers = powers[: len(x) if N is None else N]
    return np.stack(powers if increasing else powers[::-1], -1) if powers else np.zeros((len(x), 0), complex)
