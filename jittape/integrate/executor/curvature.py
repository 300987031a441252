"""Second derivatives of sums, point by point: Hessians and their products by the first argument, and Gauss and Newton's matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.replay import access
from jittape.replay.columns import split
from jittape.replay.function import Function

Reals = NDArray[Any]


def numbers(kind: str, inputs: int, width: int, result: tuple[int, ...]) -> int:
    """How many numbers there are a point, about, while a kind of derivative is found."""
    size = int(np.prod(result, dtype=np.int64))
    if kind == "hessian":
        return min(width * width, 4 * inputs * width)
    if kind == "hvp":
        return 4 * width
    if kind == "gauss_newton":
        return size * (width + 1) + inputs * inputs
    return width


def arguments(function: Function, x: Reals) -> tuple[Any, ...]:
    """Rows of all inputs as arguments of a batch."""
    rebuild = tree.flatten(list(access.structure(function)))[1]
    return tuple(rebuild(split(function, x, (len(x),))))


def parameters(function: Function, leaves: list[Any]) -> dict[str, Any]:
    """Leaves of the parameters by their names."""
    known = access.parameters(function)
    found: dict[str, Any] = tree.flatten(known)[1](leaves) if known else {}
    return found


def hessian(function: Function, x: Reals, shared: Any, math: str, threads: int | None) -> Reals:
    """Hessians by the first argument, a flat row a point."""
    n, named = shared.inputs.size, parameters(function, shared.parameters)
    count, width = x.shape
    if width <= 2 * n:
        H = function.batch_hessian(*arguments(function, x), threads=threads, math=math, **named)
        return _first_block(function, H, count, n).reshape(count, n * n).astype(np.float64)
    unit = np.zeros((n, width), x.dtype)
    unit[np.arange(n), np.arange(n)] = 1.0
    H = products(function, np.repeat(x, n, axis=0), np.tile(unit, (count, 1)), n, named, math, threads).reshape(count, n, n)
    return ((H + H.transpose(0, 2, 1)) / 2.0).reshape(count, n * n).astype(np.float64)


def _first_block(function: Function, H: Any, count: int, n: int) -> Reals:
    """The block of the first argument, n x n a point, of Hessians that stand in blocks in the structure of the arguments."""
    blocks, sizes = tree.leaves(H), [int(np.prod(shape, dtype=np.int64)) for shape in function.shapes]
    own = next(k for k in range(len(sizes) + 1) if sum(sizes[:k]) == n)
    return np.concatenate([
        np.concatenate([blocks[i * len(sizes) + j].reshape(count, sizes[i], sizes[j]) for j in range(own)], axis=2) for i in range(own)
    ], axis=1) if own else np.empty((count, 0, 0))  # fmt: skip


def hvp(function: Function, x: Reals, shared: Any, math: str, threads: int | None) -> Reals:
    """Products of the Hessian by the first argument with one direction, a row a point."""
    n = shared.inputs.size
    v = np.zeros_like(x)
    v[:, :n] = shared.direction
    return products(function, x, v, n, parameters(function, shared.parameters), math, threads).astype(np.float64)


def products(function: Function, x: Reals, v: Reals, n: int, named: dict[str, Any], math: str, threads: int | None) -> Reals:
    """The first n elements of the Hessian's products at many points, each with its direction."""
    found = function.batch_hvp(arguments(function, x), arguments(function, v), threads=threads, math=math, **named)
    leaves = tree.leaves(list(found))
    return np.concatenate([np.reshape(leaf, (len(x), -1)) for leaf in leaves], axis=1)[:, :n]


KINDS: dict[str, Callable[[Function, Reals, Any, str, int | None], Reals]] = {"hessian": hessian, "hvp": hvp}


def gauss_newton(r: Reals, J: Reals) -> Reals:
    """Half the squares of residuals, their gradient and J^T J, a flat row a point. The order of additions does not depend on who multiplies."""
    r, J = r.astype(np.float64), J.astype(np.float64)
    count, n = len(r), J.shape[2]
    value = 0.5 * np.einsum("km,km->k", r, r)
    gradient = np.einsum("km,kmi->ki", r, J)
    matrix = np.einsum("kmi,kmj->kij", J, J)
    return np.concatenate([value[:, None], gradient, matrix.reshape(count, n * n)], axis=1)
