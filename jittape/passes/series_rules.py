"""Taylor coefficients of instructions of whole arrays: linear equations, determinants, Cholesky factors, sums of pieces, products with sparse
matrices, Fourier transforms. Each follows coefficient by coefficient from the equation that defines it.

A rule takes the coefficients [room, *shape] of each operand ([1, *shape] of a constant), and gives those of the result [room, elements].
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import GradientError
from jittape.instructions.base import Instruction, of
from jittape.instructions.blocks import dense
from jittape.instructions.ruled import Ruled
from jittape.instructions.segments import SegmentSum
from jittape.instructions.solve.record import read as read_solution
from jittape.instructions.sparse_matmul import SparseMatrixProduct
from jittape.instructions.sparse_matmul.record import read as read_sparse
from jittape.instructions.triangular.record import read as read_triangular
from jittape.ops.layout import CALL, DETERMINANT, FOURIER, LU, SEGMENT_SUM, SOLVE, SPARSE_MATMUL, TRIANGULAR

Reals = NDArray[Any]
Rule = Callable[..., Any]


def rule_of(tape: Any, code: int, k: int, at: int, n: int) -> Rule:
    """The rule of the structural instruction k.

    Raises:
        GradientError: it has none.
    """
    if code == SOLVE:
        transposed = read_solution(tape.meta, at).transposed
        return lambda a, b, _, room: _solution(np.swapaxes(a, -1, -2) if transposed else a, b, room, np.linalg.solve)
    if code == LU:  # factors, which are read by what has rules of its own
        return lambda a, room: np.full((room, n), np.nan)
    if code == TRIANGULAR:
        triangular = read_triangular(tape.meta, at)
        return lambda a, b, room: _triangular(a, b, room, triangular.lower, triangular.unit)
    if code == SEGMENT_SUM:
        instruction = of(code)
        assert isinstance(instruction, SegmentSum)
        _, offsets = instruction.pieces(tape, at, n)
        return lambda x, room: _pieces(x, offsets, room)
    if code == FOURIER:
        return _linear(of(code), tape, at, n)
    if code == SPARSE_MATMUL:
        return _sparse(tape, at)
    if code == DETERMINANT:
        seen_ = of(code)
        assert isinstance(seen_, Ruled)
        logarithms = len(seen_.seen(tape, at, n).results) > 1
        return lambda a, _, room: _determinant(a, room, logarithms)
    instruction = of(code)
    name = instruction.seen(tape, at, n).call if isinstance(instruction, Ruled) else instruction.title(tape, at) if code == CALL else instruction.name
    if name == "cholesky":
        return _cholesky
    if name == "convolve":
        return lambda a, v, room: _bilinear(np.convolve, a, v, room)
    raise GradientError(
        f"there is no rule for the Taylor coefficients of {name}: take derivatives by jittape.grad, nested, or leave it out of the function. "
        "Elementwise operations, sums, extremes, products of matrices, solve, inv, det, cholesky and triangular systems have rules"
    )


def _filled(x: Reals, room: int) -> Reals:
    """Coefficients of a constant with the zeros that follow."""
    return x if len(x) == room else np.concatenate([x, np.zeros((room - len(x), *x.shape[1:]))])


def _solution(a: Reals, b: Reals, room: int, solve: Callable[[Reals, Reals], Reals]) -> Reals:
    """A x = b: A_0 x_k = b_k less the sum of A_j x_(k-j)."""
    b = _filled(b, room)
    shape = np.broadcast_shapes(a.shape[1:-2], b.shape[1:-2]) + b.shape[-2:]
    x = np.zeros((room, *shape))
    for k in range(room):
        right = np.broadcast_to(b[k], shape).copy()
        for j in range(1, min(k + 1, len(a))):
            right -= a[j] @ x[k - j]
        x[k] = solve(np.broadcast_to(a[0], (*shape[:-2], *a.shape[-2:])), right)
    return x.reshape(room, -1)


def _triangular(a: Reals, b: Reals, room: int, lower: int, unit: int) -> Reals:
    part = np.tril(a, -1 if unit else 0) if lower else np.triu(a, 1 if unit else 0)
    if unit:
        part = part.copy()
        part[0] += np.eye(a.shape[-1])
    return _solution(part, b, room, np.linalg.solve)


def _pieces(x: Reals, offsets: Any, room: int) -> Reals:
    out = np.zeros((room, len(offsets) - 1))
    some = np.diff(offsets) > 0
    if some.any():
        out[: len(x), some] = np.add.reduceat(x.reshape(len(x), -1), offsets[:-1][some], axis=1)
    return out


def _linear(instruction: Instruction, tape: Any, at: int, n: int) -> Rule:
    """Of an instruction that is linear: each coefficient as tangents are pushed on."""
    step = SimpleNamespace(at=at, n=n, first=0)

    def rule(*operands: Reals, room: int) -> Reals:
        out = np.zeros((room, n))
        for e, x in enumerate(operands):
            out[: len(x)] += dense(instruction.push_block(tape, step, e, None, x.reshape(len(x), -1)))
        return out

    return rule


def _sparse(tape: Any, at: int) -> Rule:
    record = read_sparse(tape.meta, at)
    instruction = of(SPARSE_MATMUL)
    assert isinstance(instruction, SparseMatrixProduct)
    offsets, indices = instruction.lists(tape, record)

    def product(b: Reals, data: Reals, room: int) -> Reals:
        from scipy.sparse import csr_array  # its import takes a while

        s = csr_array((data[0], indices, offsets), (record.s.rows, record.s.columns))
        out = np.zeros((room, record.lines * record.width))
        for k in range(len(b)):
            out[k] = ((s.T if record.transposed else s) @ b[k]).reshape(-1)
        return out

    return product


def _determinant(a: Reals, room: int, logarithms: bool) -> Reals:
    """d' = d tr(A^-1 A'), and the logarithm's derivative is that trace."""
    a = _filled(a, room)
    n = a.shape[-1]
    inverse = _solution(a, np.eye(n)[None], room, np.linalg.solve).reshape(a.shape)
    trace = np.zeros((room, *a.shape[1:-2]))  # coefficients of tr(A^-1 A')
    for k in range(room - 1):
        for j in range(k + 1):
            trace[k] += (j + 1) * np.trace(inverse[k - j] @ a[j + 1], axis1=-2, axis2=-1)
    if logarithms:
        sign, log = np.linalg.slogdet(a[0])
        signs, logs = np.zeros_like(trace), np.zeros_like(trace)
        signs[0], logs[0] = sign, log
        for k in range(1, room):
            logs[k] = trace[k - 1] / k
        return np.concatenate([signs.reshape(room, -1), logs.reshape(room, -1)], axis=1)
    d = np.zeros_like(trace)
    d[0] = np.linalg.det(a[0])
    for k in range(1, room):
        d[k] = sum(d[j] * trace[k - 1 - j] for j in range(k)) / k
    return d.reshape(room, -1)


def _cholesky(a: Reals, room: int) -> Reals:
    """A = L L': with X = L_0^-1 L_k, X + X' is L_0^-1 (A_k less the sum of L_j L_(k-j)', 0 < j < k) L_0^-T, and X is lower triangular."""
    a = _filled(np.tril(a) + np.swapaxes(np.tril(a, -1), -1, -2), room)
    low = np.zeros_like(a)
    low[0] = np.linalg.cholesky(a[0])
    inverse = np.linalg.inv(low[0])
    for k in range(1, room):
        right = a[k].copy()
        for j in range(1, k):
            right -= low[j] @ np.swapaxes(low[k - j], -1, -2)
        x = np.tril(inverse @ right @ np.swapaxes(inverse, -1, -2))
        x -= 0.5 * np.eye(a.shape[-1]) * x
        low[k] = low[0] @ x
    return low.reshape(room, -1)


def _bilinear(f: Callable[[Reals, Reals], Reals], a: Reals, b: Reals, room: int) -> Reals:
    parts = np.zeros((room, f(a[0], b[0]).size))
    for i in range(len(a)):
        for j in range(min(len(b), room - i)):
            parts[i + j] += f(a[i], b[j]).reshape(-1)
    return parts
