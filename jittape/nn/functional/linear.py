"""Affine functions, embeddings, dropout and what is made of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.state import state
from jittape.autograd import no_grad
from jittape.eager.batched import Batched
from jittape.eager.calls import linear as recorded_linear
from jittape.eager.creation import as_tensor, generator
from jittape.eager.custom import Context, Function
from jittape.eager.functions import stack
from jittape.eager.indexing import plain
from jittape.eager.joining import broadcast_tensors
from jittape.eager.kinds import one_dtype
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError
from jittape.nn.functional.classes import Classes
from jittape.nn.functional.kinds import floating

ROWS = 1 << 20
"""Zeros and ones of an embedding in a step that is recorded, at most."""


def linear(input: Any, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias.

    Args:
        input: (..., in).
        weight: (out, in).
        bias: (out,), or None.

    Returns:
        (..., out).

    Raises:
        ShapeError: input does not fit the weight.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.linear(jt.tensor([1.0, 2.0]), jt.tensor([[3.0, 4.0]]), jt.tensor([0.5]))
        tensor([11.5])
    """
    input = as_tensor(input)
    out = None if bias is None else recorded_linear(input, weight, bias)
    if out is not None:
        return out
    if not input.dim() or input.shape[-1] != weight.shape[-1]:
        raise ShapeError(f"linear: an input of shape {tuple(input.shape)} does not fit a weight of shape {tuple(weight.shape)} (out, in)")
    out = input @ (weight.T if weight.dim() > 1 else weight)
    if bias is not None:
        one_dtype(out, bias)
    return out if bias is None else out + bias  # type: ignore[no-any-return]


def bilinear(input1: Any, input2: Any, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The sum over i and j of x1_i weight_kij x2_j, plus bias, for each row.

    Args:
        input1, input2: (..., in1) and (..., in2).
        weight: (out, in1, in2).
        bias: (out,), or None.

    Returns:
        (..., out).

    Raises:
        ShapeError: input1 or input2 does not fit the weight.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.bilinear(jt.tensor([1.0, 2.0]), jt.tensor([3.0]), jt.ones(1, 2, 1))
        tensor([9.])
    """
    input1, input2 = as_tensor(input1), as_tensor(input2)
    if input1.shape[:-1] != input2.shape[:-1] or input1.shape[-1] != weight.shape[1] or input2.shape[-1] != weight.shape[2]:
        raise ShapeError(f"bilinear: inputs of shapes {tuple(input1.shape)} and {tuple(input2.shape)} do not fit a weight of shape {tuple(weight.shape)}")
    k, i, j = weight.shape
    rows = input1.reshape(-1, i) @ weight.permute(1, 0, 2).reshape(i, k * j)  # (rows, k j)
    out = (rows.reshape(-1, k, j) * input2.reshape(-1, 1, j)).sum(-1).reshape((*input1.shape[:-1], k))
    return out if bias is None else out + bias  # type: ignore[no-any-return]


def embedding(
    input: Any, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The rows of a weight with these numbers.

    Args:
        input: integers of any shape.
        weight: (rows, length).
        padding_idx: the row that is not trained.
        max_norm, norm_type: rows that are longer are shortened first, in place.
        scale_grad_by_freq: False.
        sparse: accepted; the gradient is dense.

    Returns:
        The shape of `input` with an axis of the length of a row.

    Raises:
        IndexError: a number is not one of a row.
        RuntimeError: the numbers are no integers.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.embedding(jt.tensor([1, 0]), jt.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([[3., 4.],
                [1., 2.]])
    """
    if weight.dim() != 2:
        raise RuntimeError(f"'weight' must be 2-D, not of shape {list(weight.shape)}")
    if isinstance(input, Classes) and padding_idx is None and max_norm is None and not scale_grad_by_freq and input.numel() * weight.shape[0] <= ROWS:
        return (input.rows(weight.shape[0]).reshape(-1, weight.shape[0]) @ weight).reshape(*input.shape, weight.shape[1])  # type: ignore[attr-defined, no-any-return]
    if isinstance(input, Batched) and padding_idx is None and max_norm is None:
        return weight[input]  # type: ignore[no-any-return]
    rows = np.asarray(plain(input))
    if rows.dtype.kind not in "iu":
        raise RuntimeError(f"Expected tensor for argument #1 'indices' to have scalar type Long or Int; but got {rows.dtype}")
    n = weight.shape[0]
    if rows.size and (rows.min() < 0 or rows.max() >= n):
        bad = rows[(rows < 0) | (rows >= n)].flat[0]
        raise IndexError(f"index out of range in self: row {bad} of an embedding of {n}")
    if max_norm is not None:
        with no_grad():
            used = np.unique(rows)
            lengths = np.linalg.norm(weight.values()[used], norm_type, axis=1)
            weight.detach()[used] = weight.values()[used] * np.minimum(1.0, max_norm / (lengths + 1e-7))[:, None].astype(weight.dtype)
    found: Any = weight[rows]
    if scale_grad_by_freq and weight.requires_grad:
        found = _ByUse.apply(found, concrete((1.0 / np.bincount(rows.reshape(-1), minlength=n)[rows][..., None]).astype(weight.dtype)))
    if padding_idx is not None:
        fixed = padding_idx % n
        if (rows == fixed).any():
            return where((rows != fixed)[..., None], found, weight.detach()[rows])  # type: ignore[no-any-return]
    return found  # type: ignore[no-any-return]


def embedding_bag(
    input: Any, weight: Tensor, offsets: Any = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
    mode: str = "mean", sparse: bool = False, per_sample_weights: Any = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """Sums, means or maxima of rows, a bag each.

    Args:
        input: the numbers of rows, a matrix with a bag a row, or a vector of all of them.
        weight: (rows, length).
        offsets: where the bags begin in a vector.
        max_norm, norm_type: rows that are longer by that norm are shortened to it, in place, before they are used.
        scale_grad_by_freq: the gradient of a row is divided by how often it is used.
        mode: "mean", "sum" or "max".
        sparse: accepted; the gradient is dense.
        per_sample_weights: factors of the rows of sums, of the shape of `input`.
        include_last_offset: offsets end with the number of numbers.
        padding_idx: a row that does not count.

    Returns:
        (bags, length).

    Raises:
        ValueError: a vector without offsets, or a matrix with them; another mode; weights of another shape than `input`.
        NotImplementedError: weights with another mode than "sum".
        RuntimeError: offsets that do not begin at zero, or reach beyond the end.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.embedding_bag(jt.tensor([[0, 1]]), jt.tensor([[1.0, 2.0], [3.0, 4.0]]), mode="sum")
        tensor([[4., 6.]])
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max, not {mode!r}")
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    numbers = np.asarray(plain(input))
    if per_sample_weights is not None:
        if tuple(per_sample_weights.shape) != numbers.shape:
            raise ValueError(f"embedding_bag: If per_sample_weights ({list(per_sample_weights.shape)}) is not None, then it must have the same shape as "
                             f"the input ({list(numbers.shape)})")  # fmt: skip
        if mode != "sum":
            raise NotImplementedError(f"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum', got {mode!r}")
    starts = _bags(numbers, offsets, include_last_offset)
    numbers = numbers.reshape(-1)
    lengths = np.diff(starts, append=numbers.size)
    bag = np.repeat(np.arange(len(starts)), lengths)
    rows = embedding(numbers, weight, None, max_norm, norm_type, scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    if padding_idx is not None:
        kept = np.flatnonzero(numbers != padding_idx % weight.shape[0])
        rows, bag = rows[kept], bag[kept]
        lengths = np.bincount(bag, minlength=len(starts))
    if mode == "max":
        members = [rows[np.flatnonzero(bag == k)] for k in range(len(starts))]
        return stack([m.max(0)[0] if n else m.sum(0) for m, n in zip(members, lengths, strict=True)])
    total = as_tensor(np.zeros((len(starts), weight.shape[1]), weight.dtype)).index_add(0, concrete(bag), rows)  # type: ignore[attr-defined]
    return total if mode == "sum" else total / np.maximum(lengths, 1).astype(weight.dtype)[:, None]  # type: ignore[no-any-return]


def _bags(numbers: NDArray[Any], offsets: Any, ended: bool) -> NDArray[Any]:
    """Where the bags begin among all numbers."""
    if numbers.ndim == 2:
        if offsets is not None:
            raise ValueError("if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found "
                             f"offsets of type {type(offsets)}")  # fmt: skip
        return np.arange(0, numbers.size, numbers.shape[1]) if numbers.shape[1] else np.zeros(numbers.shape[0], np.int64)
    if numbers.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {numbers.ndim}")
    starts: NDArray[Any] | None = None if offsets is None else np.asarray(plain(offsets))
    if starts is None or starts.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor" + (" but got None" if starts is None else f", but got one of dimension {starts.ndim}"))
    if starts.size and starts[0] != 0:
        raise RuntimeError(f"offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got {starts[0]}")
    if starts.size and starts[-1] > numbers.size:
        raise RuntimeError(f"offsets[-1] can not be greater than input's length({numbers.size}) but got offsets[-1] of {starts[-1]}")
    return starts[:-1] if ended else starts


class _ByUse(Function):
    """Rows whose gradients are divided by how often their number is used."""

    @staticmethod
    def forward(ctx: Context, rows: Any, share: Any) -> Any:
        ctx.save_for_backward(share)
        return rows.clone()

    @staticmethod
    def backward(ctx: Context, g: Any) -> Any:
        (share,) = ctx.saved_tensors
        return g * share, None


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """A row of zeros with a one for each number of a class.

    Args:
        tensor: integers of any shape.
        num_classes: the length of a row; one more than the largest number by default.

    Raises:
        RuntimeError: a class is negative, or not below num_classes; or the numbers are no integers.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.one_hot(jt.tensor([1, 0]), 3)
        tensor([[0, 1, 0],
                [1, 0, 0]])
    """
    classes = np.asarray(plain(tensor))
    if classes.dtype.kind not in "iu" or (isinstance(tensor, Tensor) and classes.dtype != np.int64):
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, got {classes.dtype}")
    if classes.size and classes.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    n = int(classes.max()) + 1 if num_classes == -1 else num_classes
    if classes.size and classes.max() >= n:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return concrete((classes[..., None] == np.arange(n)).astype(np.int64, order="C"))


# --- dropout -----------------------------------------------------------------------------------------------------------------------


def _dropped(x: Any, p: float, training: bool, inplace: bool, shape: Any) -> Tensor:
    """x with a mask of this shape, which broadcasts, divided by the share that is kept."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    x = as_tensor(x)
    if not training or p == 0.0:
        return x  # type: ignore[no-any-return]
    scale = 0.0 if p == 1.0 else 1.0 / (1.0 - p)

    def drawn() -> Any:
        return ((generator().random(shape) >= p) * scale).astype(x.dtype)

    mask = concrete(drawn()) if state.step is None else state.step.drawn(drawn)
    return x.mul_(mask) if inplace else x * mask  # type: ignore[no-any-return]


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Elements are zero with probability p, the others are divided by 1 - p; input itself while not training.

    Args:
        input: a tensor of any shape.
        p: between 0 and 1.
        training: whether anything is dropped.
        inplace: write the result into input.

    Raises:
        ValueError: `p` is not between 0 and 1.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.dropout(jt.ones(3), p=1.0, training=True)
        tensor([0., 0., 0.])
    """
    return _dropped(input, p, training, inplace, tuple(as_tensor(input).shape))


def _dropped_channels(x: Any, p: float, training: bool, inplace: bool, batched: int) -> Tensor:
    x = as_tensor(x)
    kept = 1 + (x.dim() >= batched)
    return _dropped(x, p, training, inplace, tuple(x.shape)[:kept] + (1,) * (x.dim() - kept))


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of (N, C, L) or (C, L).

    Args:
        input, p, training, inplace: see `dropout`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.dropout1d(jt.ones(1, 2, 2), p=0.0, training=True)
        tensor([[[1., 1.],
                 [1., 1.]]])
    """
    return _dropped_channels(input, p, training, inplace, 3)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of (N, C, H, W).

    Args:
        input, p, training, inplace: see `dropout`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.dropout2d(jt.ones(1, 1, 1, 2), p=1.0, training=True)
        tensor([[[[0., 0.]]]])
    """
    return _dropped_channels(input, p, training, inplace, 3)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of (N, C, D, H, W) or (C, D, H, W).

    Args:
        input, p, training, inplace: see `dropout`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.dropout3d(jt.ones(1, 1, 1, 1, 2), p=1.0, training=True)
        tensor([[[[[0., 0.]]]]])
    """
    return _dropped_channels(input, p, training, inplace, 5)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean and variance of what `selu` gives (Klambauer et al., 2017).

    Args:
        input: a tensor of any shape.
        p: between 0 and 1.
        training: whether anything is dropped.
        inplace: write the result into input.

    Raises:
        ValueError: `p` is not between 0 and 1.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.alpha_dropout(jt.ones(2), p=0.0, training=True)
        tensor([1., 1.])
    """
    return _alpha_dropout(input, p, training, inplace, False)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """`alpha_dropout` of whole channels.

    Args:
        input: (N, C, ...).
        p: between 0 and 1.
        training: whether anything is dropped.
        inplace: write the result into input.

    Raises:
        ValueError: `p` is not between 0 and 1.
        RuntimeError: the input has less than two axes.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.feature_alpha_dropout(jt.ones(1, 2, 1), p=0.0, training=True).flatten()
        tensor([1., 1.])
    """
    return _alpha_dropout(input, p, training, inplace, True)


def _alpha_dropout(input: Any, p: float, training: bool, inplace: bool, whole: bool) -> Tensor:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    input = as_tensor(input)
    if whole and training and input.dim() < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    if not training or p == 0.0:
        return input  # type: ignore[no-any-return]
    low = -1.7580993408473766
    if p == 1.0:
        return input * 0.0  # type: ignore[no-any-return]
    a = 1.0 / ((1.0 - p) * (1.0 + p * low * low)) ** 0.5
    shape = (*input.shape[:2], *(1,) * (input.dim() - 2)) if whole else tuple(input.shape)
    kept = generator().random(shape) >= p
    out = where(kept, input, low) * a + (-a * p * low)
    return input.copy_(out) if inplace else out  # type: ignore[no-any-return]


# --- vectors -----------------------------------------------------------------------------------------------------------------------


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Tensor:
    """input divided by its norm along an axis, or by eps where that is less.

    Args:
        input: a tensor.
        p: of the norm.
        dim: the axis, or several.
        eps: the least divisor.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.normalize(jt.tensor([[3.0, 4.0]]))
        tensor([[0.6, 0.8]])
    """
    input = as_tensor(input)
    length = input.norm(p, dim, keepdim=True)
    return input / length.clamp(min=eps)  # type: ignore[no-any-return]


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along an axis.

    Args:
        x1, x2: tensors of shapes that broadcast.
        dim: the axis.
        eps: the least length.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.cosine_similarity(jt.tensor([[1.0, 1.0]]), jt.tensor([[2.0, 0.0]])).round(decimals=4)
        tensor([0.7071])
    """
    floating(x1, "expected common dtype to be floating point, yet common dtype is {}")
    x1, x2 = broadcast_tensors(as_tensor(x1), as_tensor(x2))
    a, b = ((x * x).sum(dim).sqrt().clamp(min=eps) for x in (x1, x2))
    return (x1 * x2).sum(dim) / (a * b)  # type: ignore[no-any-return]


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The norm of x1 - x2 + eps along the last axis.

    Args:
        x1, x2: tensors of shapes that broadcast.
        p: of the norm.
        eps: added to each difference.
        keepdim: keep the axis, with length one.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.pairwise_distance(jt.tensor([[3.0, 4.0]]), jt.zeros(1, 2), p=2.0, eps=0.0)
        tensor([5.])
    """
    return (as_tensor(x1) - as_tensor(x2) + eps).norm(p, -1, keepdim)  # type: ignore[no-any-return]
