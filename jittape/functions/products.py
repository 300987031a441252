"""Products of vectors and matrices.

Everything comes down to `product`, which records one matrix multiplication over a stack: transposes, slices and broadcast
stacks are read where they stand, so only operands with strides that BLAS cannot read are copied. `einsum` has a module
of its own.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.append import Shape, constant_operand
from jittape.array.array import Array, listed
from jittape.array.matrices import matrix_product
from jittape.array.operators import is_boolean
from jittape.array.protocols import as_number, implements, tape_of
from jittape.array.sparse_operands import is_sparse
from jittape.array.state import check, mismatch, plain
from jittape.errors import RecordingError, TapeMismatchError
from jittape.functions.lift import as_zero_d, fresh, stacked
from jittape.instructions import calls
from jittape.instructions.calls.operations import Call
from jittape.instructions.matmul import INSTRUCTION
from jittape.instructions.references import Slots
from jittape.tape.tape import Tape


def operand_slots(*operands: Any) -> tuple[Tape, list[tuple[Slots, bool]]]:
    """The tape of recorded operands, and for each operand (slots, whether it is a constant)."""
    tape: Tape = next(x.tape for x in operands if isinstance(x, Array))
    check(tape)
    for x in operands:
        if isinstance(x, Array) and x.tape is not tape:
            raise TapeMismatchError(mismatch(tape, x.tape))
    tape.busy += 1
    try:
        return tape, [(x.slots, x.constant) if isinstance(x, Array) else (constant_operand(tape, x)[0], True) for x in operands]
    finally:
        tape.busy -= 1


def computed(tape: Tape, append: Callable[[], list[int]]) -> list[int]:
    """Append instructions and compute them at once, so that an error of theirs is raised here, and leaves the tape as it was."""
    tape.evaluate()
    count = tape.count
    slots = count + tape.extra
    tape.busy += 1
    try:
        bases = append()
        tape.evaluate()
    except Exception:
        tape.truncate(count, slots)
        raise
    finally:
        tape.busy -= 1
    return bases


def append_call(call: Call, operands: Sequence[Any], results: Sequence[Shape], attributes: Sequence[int] = ()) -> list[Any]:
    """Record a call, of which an operand is recorded; returns its results, which are computed with the next sweep, of tensors at once."""
    tape, described = operand_slots(*operands)

    def append() -> list[int]:
        return calls.INSTRUCTION.append(tape, call, attributes, described, results)

    bases = computed(tape, append) if tape.at_once else append()
    return [Array.of_run(tape, base, shape) for base, shape in zip(bases, results, strict=True)]


def shape_of(x: Any) -> Shape:
    return x.shape if isinstance(x, Array) else np.shape(x)


def recorded(*operands: Any) -> bool:
    return any(isinstance(x, Array) for x in operands)


def as_array(x: Any) -> Any:
    """Recorded arrays as they are, lists of them as one, anything else as an ndarray."""
    if isinstance(x, (list, tuple)):
        tape = tape_of(x)
        x = x if tape is None else listed(tape, x)
    if isinstance(x, Array):
        return x
    if is_sparse(x):
        raise RecordingError("NumPy's functions take no sparse matrices; write A @ x or x @ A")
    return plain(x)


def product(a: Any, b: Any) -> Any:
    """Record a @ b for stacks of matrices [..., m, k] and [..., k, n], the leading axes broadcast."""
    if not recorded(a, b):
        return np.matmul(a, b)
    if is_boolean(a) and is_boolean(b):  # of truth values: whether any pair is true
        return product(a * 1.0, b * 1.0) != 0
    tape, ((sa, a_const), (sb, b_const)) = operand_slots(a, b)
    (m, k), n = sa.shape[-2:], sb.shape[-1]
    batch = np.broadcast_shapes(sa.shape[:-2], sb.shape[:-2])
    shape = (*batch, m, n)
    if not math.prod(shape):
        return Array.of(tape, np.empty(shape, np.int32))
    if sa.size > m * k and sb.size == k * n:  # one matrix on the right: the rows of the whole stack at once
        rows = sa.reshape(-1, k)
        if np.may_share_memory(rows, sa):
            sa, batch = rows, ()
    tape.busy += 1
    try:
        base = INSTRUCTION.append(tape, stack(sa, batch), stack(sb, batch), a_const, b_const)
    finally:
        tape.busy -= 1
    return Array.of_run(tape, base, shape)


def stack(slots: Slots, batch: Shape) -> Slots:
    """The slots of a stack with one leading axis: that of `batch`, or of length 1 for what is repeated along it."""
    size = slots.shape[-2:]
    if math.prod(slots.shape[:-2]) not in (1, math.prod(batch)):
        slots = np.broadcast_to(slots, batch + size)
    return slots.reshape(math.prod(slots.shape[:-2]), *size)


def _need(name: str, condition: bool, a: Any, b: Any, what: str) -> None:
    if not condition:
        raise ValueError(f"{name}: {what}; the shapes are {shape_of(a)} and {shape_of(b)}")


def _batches(name: str, a: Shape, b: Shape) -> None:
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        raise ValueError(f"{name}: the leading axes {a} and {b} cannot be broadcast together") from None


# --- matmul and the ufuncs of NumPy 2 --------------------------------------------------------------------------------------


@implements(np.matmul, getattr(np.linalg, "matmul", None))
def matmul(a: Any, b: Any) -> Any:
    a, b = as_array(a), as_array(b)
    out = matrix_product(a, b) if recorded(a, b) else None
    if out is not None:
        return out
    _need("matmul", a.ndim > 0 and b.ndim > 0, a, b, "operands of no axes are not allowed, use * instead")
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    _need("matmul", a.shape[-1] == inner, a, b, f"the inner lengths {a.shape[-1]} and {inner} differ")
    _batches("matmul", a.shape[:-2], b.shape[:-2])
    left = a if a.ndim > 1 else a[None, :]
    right = b if b.ndim > 1 else b[:, None]
    out = product(left, right)
    if a.ndim == 1 and b.ndim == 1:
        return out[0, 0]
    out = out[..., 0, :] if a.ndim == 1 else out[..., 0] if b.ndim == 1 else out
    return stacked(out, (left, 2), (right, 2))


def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
    """Inner products of vectors along an axis (the last by default), broadcast over the others."""
    a, b = as_array(a), as_array(b)
    _need("vecdot", a.ndim > 0 and b.ndim > 0, a, b, "operands of no axes are not allowed")
    if axis != -1:
        a, b = np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
    _need("vecdot", a.shape[-1] == b.shape[-1], a, b, f"the lengths {a.shape[-1]} and {b.shape[-1]} differ")
    _batches("vecdot", a.shape[:-1], b.shape[:-1])
    return as_number(stacked(product(a[..., None, :], b[..., :, None])[..., 0, 0], (a, 1), (b, 1)))


def matvec(a: Any, x: Any) -> Any:
    """Matrices [..., m, n] times vectors [..., n]."""
    a, x = as_array(a), as_array(x)
    _need("matvec", a.ndim > 1 and x.ndim > 0, a, x, "it takes matrices and vectors")
    _need("matvec", a.shape[-1] == x.shape[-1], a, x, f"the lengths {a.shape[-1]} and {x.shape[-1]} differ")
    _batches("matvec", a.shape[:-2], x.shape[:-1])
    out = product(x, a.T) if a.ndim == 2 and x.ndim > 1 else product(a, x[..., None])[..., 0]
    return stacked(out, (a, 2), (x, 1))


def vecmat(x: Any, a: Any) -> Any:
    """Vectors [..., m] times matrices [..., m, n]."""
    a, x = as_array(a), as_array(x)
    _need("vecmat", a.ndim > 1 and x.ndim > 0, x, a, "it takes vectors and matrices")
    _need("vecmat", a.shape[-2] == x.shape[-1], x, a, f"the lengths {x.shape[-1]} and {a.shape[-2]} differ")
    _batches("vecmat", x.shape[:-1], a.shape[:-2])
    out = product(x, a) if a.ndim == 2 and x.ndim > 1 else product(x[..., None, :], a)[..., 0, :]
    return stacked(out, (x, 1), (a, 2))


implements(getattr(np, "vecdot", None), getattr(np.linalg, "vecdot", None))(vecdot)
implements(getattr(np, "matvec", None))(matvec)
implements(getattr(np, "vecmat", None))(vecmat)


# --- the older products ---------------------------------------------------------------------------------------------------


@implements(np.dot, method="dot")
def dot(a: Any, b: Any, out: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    if out is not None:
        out[...] = dot(a, b)
        return out
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    _need("dot", a.shape[-1] == inner, a, b, f"the last axis of the first ({a.shape[-1]}) and the summed axis of the second ({inner}) differ")
    if b.ndim <= 2:
        return fresh(matmul(a, b))
    return _contracted(a, b, (-1, -2))


@implements(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    a, b = np.ravel(as_array(a)), np.ravel(as_array(b))
    _need("vdot", a.size == b.size, a, b, f"it takes arrays of one size, not {a.size} and {b.size} elements")
    return matmul(a, b)


@implements(np.inner)
def inner(a: Any, b: Any) -> Any:
    a, b = as_array(a), as_array(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    _need("inner", a.shape[-1] == b.shape[-1], a, b, f"the last axes ({a.shape[-1]} and {b.shape[-1]}) differ")
    return _contracted(a, b, (-1, -1))


@implements(np.outer)
def outer(a: Any, b: Any, out: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    return np.ravel(a)[:, None] * np.ravel(b)[None, :]


@implements(getattr(np.linalg, "outer", None))
def linalg_outer(a: Any, b: Any) -> Any:
    a, b = as_array(a), as_array(b)
    _need("outer", a.ndim == 1 and b.ndim == 1, a, b, "it takes vectors")
    return outer(a, b)


@implements(np.tensordot, getattr(np.linalg, "tensordot", None))
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    return as_zero_d(_contracted(as_array(a), as_array(b), axes))


def _contracted(a: Any, b: Any, axes: Any) -> Any:
    if isinstance(axes, (int, np.integer)):
        count = int(axes)
        if count < 0:
            raise ValueError(f"tensordot: axes is {axes}; it counts the axes to sum over")
        axes_a, axes_b = list(range(a.ndim - count, a.ndim)), list(range(count))
        _need("tensordot", count <= min(a.ndim, b.ndim), a, b, f"{count} axes cannot be summed over")
    else:
        first, second = axes
        axes_a = [int(i) for i in np.atleast_1d(first)]
        axes_b = [int(i) for i in np.atleast_1d(second)]
    if len(axes_a) != len(axes_b):
        raise ValueError(f"tensordot: axes names {len(axes_a)} axes of the first array and {len(axes_b)} of the second")
    axes_a = [np.lib.array_utils.normalize_axis_index(i, a.ndim) for i in axes_a]
    axes_b = [np.lib.array_utils.normalize_axis_index(i, b.ndim) for i in axes_b]
    if len(set(axes_a)) < len(axes_a) or len(set(axes_b)) < len(axes_b):
        raise ValueError(f"tensordot: axes names an axis twice: {axes!r}")
    for i, j in zip(axes_a, axes_b, strict=True):
        _need("tensordot", a.shape[i] == b.shape[j], a, b, f"axis {i} of the first and axis {j} of the second differ in length")
    rest_a = [i for i in range(a.ndim) if i not in axes_a]
    rest_b = [j for j in range(b.ndim) if j not in axes_b]
    shape = (*(a.shape[i] for i in rest_a), *(b.shape[j] for j in rest_b))
    k = math.prod(a.shape[i] for i in axes_a)
    left = a.transpose(*rest_a, *axes_a).reshape(math.prod(a.shape[i] for i in rest_a), k)
    right = b.transpose(*axes_b, *rest_b).reshape(k, math.prod(b.shape[j] for j in rest_b))
    if not axes_a:
        return (left * right).reshape(shape)
    out = product(left, right)
    return out[0, 0] if shape == () else out.reshape(shape)


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    a, b = as_array(a), as_array(b)
    ndim = max(a.ndim, b.ndim)
    if ndim == 0:
        return a * b
    sa, sb = (1,) * (ndim - a.ndim) + a.shape, (1,) * (ndim - b.ndim) + b.shape
    left = a.reshape(tuple(n for i in sa for n in (i, 1)))
    right = b.reshape(tuple(n for j in sb for n in (1, j)))
    return (left * right).reshape(tuple(i * j for i, j in zip(sa, sb, strict=True)))


@implements(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(as_array(a), axisa, -1), np.moveaxis(as_array(b), axisb, -1)
    _need("cross", a.shape[-1] == 3 and b.shape[-1] == 3, a, b, "it takes vectors of length 3 (in the plane, write a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])")
    ahead, back = [1, 2, 0], [2, 0, 1]
    return np.moveaxis(fresh(a[..., ahead] * b[..., back] - a[..., back] * b[..., ahead]), -1, axisc)


@implements(getattr(np.linalg, "cross", None))
def linalg_cross(a: Any, b: Any, *, axis: int = -1) -> Any:
    return cross(a, b, axis=axis)


@implements(np.trace, method=True)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@implements(getattr(np.linalg, "trace", None))
def linalg_trace(a: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    return trace(a, offset, -2, -1)


@implements(getattr(np.linalg, "diagonal", None), view=True)
def linalg_diagonal(a: Any, *, offset: int = 0) -> Any:
    return np.diagonal(a, offset, -2, -1)


@implements(getattr(np.linalg, "matrix_transpose", None), view=True)
def matrix_transpose(a: Any) -> Any:
    return a.mT


# --- chains ---------------------------------------------------------------------------------------------------------------


@implements(np.linalg.matrix_power, view=True)
def matrix_power(a: Any, n: Any) -> Any:
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"matrix_power takes an integer exponent, not {n!r}") from None
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"matrix_power takes square matrices, not an array of shape {a.shape}")
    if n == 0:
        one = np.empty_like(a.slots, a.dtype)
        one[...] = np.eye(a.shape[-1])
        return one
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result = a if n & 1 else None
    while n := n >> 1:
        a = matmul(a, a)
        if n & 1:
            result = a if result is None else matmul(result, a)
    return result


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    chain = [as_array(x) for x in arrays]
    if len(chain) < 2:
        raise ValueError(f"multi_dot takes at least two arrays, not {len(chain)}")
    first, last = chain[0].ndim, chain[-1].ndim
    if first == 1:
        chain[0] = chain[0][None, :]
    if last == 1:
        chain[-1] = chain[-1][:, None]
    for x in chain:
        if x.ndim != 2:
            raise np.linalg.LinAlgError(f"multi_dot takes matrices (the first and the last may be vectors), not an array of shape {x.shape}")
    for x, y in zip(chain, chain[1:], strict=False):
        _need("multi_dot", x.shape[1] == y.shape[0], x, y, f"the inner lengths {x.shape[1]} and {y.shape[0]} differ")
    splits = chain_order([x.shape[0] for x in chain] + [chain[-1].shape[1]])

    def multiply(i: int, j: int) -> Any:
        return chain[i] if i == j else product(multiply(i, splits[i, j]), multiply(splits[i, j] + 1, j))

    result = multiply(0, len(chain) - 1)
    if first == 1:
        result = result[0]
    return as_number(result[..., 0]) if last == 1 else result


def chain_order(p: Sequence[int]) -> dict[tuple[int, int], int]:
    """Where to split each product i..j of matrices of p[i] by p[i + 1] for the fewest multiplications (Cormen et al., 15.2)."""
    n = len(p) - 1
    cost = {(i, i): 0 for i in range(n)}
    splits = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], splits[i, j] = min((cost[i, k] + cost[k + 1, j] + p[i] * p[k + 1] * p[j + 1], k) for k in range(i, j))
    return splits


def real_result(name: str, dtype: Any) -> None:
    """Refuse a dtype= that a recording cannot have."""
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise RecordingError(f"{name} of recorded values gives real numbers; leave dtype={dtype!r} away")

