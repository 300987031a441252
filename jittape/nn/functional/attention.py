"""Attention: weighted means of values, by how well keys fit queries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager.creation import as_tensor
from jittape.eager.functions import cat
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor
from jittape.errors import ShapeError
from jittape.nn.functional.linear import dropout, linear


def added(mask: Any, dtype: Any) -> Any:
    """A mask of truth values as numbers to be added to scores; one of numbers as it is."""
    if mask is None:
        return None
    if isinstance(mask, Tensor) and mask.requires_grad:
        return mask
    values = np.asarray(plain(mask))
    return np.where(values, 0.0, -np.inf).astype(dtype) if values.dtype.kind == "b" else values.astype(dtype)


def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """softmax(query key' / sqrt(E) + mask) value.

    Args:
        query, key, value: (..., L, E), (..., S, E) and (..., S, Ev).
        attn_mask: (L, S) or what broadcasts: True where a key takes part, or numbers that are added.
        dropout_p: the probability with which weights are dropped.
        is_causal: key j takes part in query i only if j <= i.
        scale: in place of 1 / sqrt(E).
        enable_gqa: keys and values of fewer heads serve several queries' heads each.

    Returns:
        (..., L, Ev).

    Raises:
        RuntimeError: both `attn_mask` and `is_causal`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> x = jt.tensor([[1.0], [3.0]])
        >>> F.scaled_dot_product_attention(jt.zeros(1, 1), jt.zeros(2, 1), x)
        tensor([[2.]])
    """
    query, key, value = as_tensor(query), as_tensor(key), as_tensor(value)
    if enable_gqa and query.shape[-3] != key.shape[-3]:
        times = query.shape[-3] // key.shape[-3]
        spread = np.repeat(np.arange(key.shape[-3]), times)
        key, value = key[..., spread, :, :], value[..., spread, :, :]
    scores = (query @ key.transpose(-2, -1)) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError("scaled_dot_product_attention: is_causal=True and attn_mask cannot both be given")
        attn_mask = np.tril(np.ones(scores.shape[-2:], bool))
    mask = added(attn_mask, query.dtype)
    weights = masked_softmax(scores, mask)
    return dropout(weights, dropout_p, dropout_p > 0) @ value  # type: ignore[no-any-return]


def masked_softmax(scores: Tensor, mask: Any) -> Tensor:
    """softmax(scores + mask) along the last axis, where -inf leaves out."""
    if mask is None:
        return scores.softmax(-1)  # type: ignore[attr-defined, no-any-return]
    if isinstance(mask, Tensor) or np.isfinite(mask).all():
        return (scores + mask).softmax(-1)  # type: ignore[operator, no-any-return]
    kept = np.broadcast_to(mask != -np.inf, scores.shape)
    if not kept.any(-1).all():  # a row without keys: NaN, as in PyTorch
        return (scores + mask).softmax(-1)  # type: ignore[operator, no-any-return]
    shifted = scores + np.where(np.isneginf(mask), 0.0, mask).astype(scores.dtype)  # type: ignore[operator]
    return where(kept, shifted, -np.inf).softmax(-1)  # type: ignore[no-any-return]


def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int, in_proj_weight: Any, in_proj_bias: Any, bias_k: Any, bias_v: Any,
    add_zero_attn: bool, dropout_p: float, out_proj_weight: Any, out_proj_bias: Any, training: bool = True, key_padding_mask: Any = None,
    need_weights: bool = True, attn_mask: Any = None, use_separate_proj_weight: bool = False, q_proj_weight: Any = None, k_proj_weight: Any = None,
    v_proj_weight: Any = None, average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """Attention by several heads: what `jittape.nn.MultiheadAttention` calls.

    Args:
        query, key, value: (L, N, E), (S, N, E) and (S, N, E), or without N.
        embed_dim_to_check: E.
        num_heads: a divisor of E.
        in_proj_weight, in_proj_bias: (3 E, E) and (3 E,), of queries, keys and values.
        bias_k, bias_v: (1, 1, E), a further key and value, or None.
        add_zero_attn: a further key and value of zeros.
        dropout_p, training: weights are dropped with this probability while training.
        out_proj_weight, out_proj_bias: (E, E) and (E,).
        key_padding_mask: (N, S), True where a key is left out, or numbers that are added.
        need_weights, average_attn_weights: whether the weights are returned, and their mean over the heads.
        attn_mask: (L, S) or (N num_heads, L, S), True where a key is left out, or numbers that are added.
        use_separate_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight: three weights in place of one.
        is_causal: key j takes part in query i only if j <= i, where there is no `attn_mask`.

    Returns:
        (result (L, N, E), weights (N, L, S) or None).

    Raises:
        AssertionError: shapes that do not fit, or E is no multiple of the number of heads.
        ShapeError: a mask of another shape.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> x, eye = jt.ones(2, 1, 2), jt.eye(2)
        >>> out, weights = F.multi_head_attention_forward(x, x, x, 2, 1, jt.cat([eye, eye, eye]), None, None, None, False, 0.0, eye, None)
        >>> out.shape, weights
        (jittape.Size([2, 1, 2]), tensor([[[0.5, 0.5],
                 [0.5, 0.5]]]))
    """
    single = query.dim() == 2
    if single:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)  # type: ignore[attr-defined]
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    if width % num_heads:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {tuple(key.shape[:2])} do not match value's {tuple(value.shape[:2])}")
    biases: Any = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
    if use_separate_proj_weight:
        q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), (q_proj_weight, k_proj_weight, v_proj_weight), biases, strict=True))
    elif query is key and key is value:
        q, k, v = linear(query, in_proj_weight, in_proj_bias).chunk(3, -1)  # type: ignore[attr-defined]
    else:
        q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), in_proj_weight.chunk(3), biases, strict=True))
    if bias_k is not None:
        k, v = (cat([x, b.expand(1, batch, width)]) for x, b in ((k, bias_k), (v, bias_v)))
    each = width // num_heads

    def heads(x: Any) -> Any:
        return x.reshape(x.shape[0], batch, num_heads, each).permute(1, 2, 0, 3)

    q, k, v = heads(q), heads(k), heads(v)
    if add_zero_attn:
        zero = as_tensor(np.zeros((batch, num_heads, 1, each), q.dtype))
        k, v = cat([k, zero], 2), cat([v, zero], 2)
    sources = k.shape[2]
    mask = _masks(attn_mask, key_padding_mask, batch, num_heads, length, sources, is_causal and attn_mask is None, q.dtype)
    weights = masked_softmax((q @ k.transpose(-2, -1)) * (1 / math.sqrt(each)), mask)
    out = dropout(weights, dropout_p, training) @ v
    out = linear(out.permute(2, 0, 1, 3).reshape(length, batch, width), out_proj_weight, out_proj_bias)
    if single:
        out = out[:, 0]
    if not need_weights:
        return out, None
    shown = weights.mean(1) if average_attn_weights else weights
    return out, shown[0] if single else shown


def _masks(attention: Any, padding: Any, batch: int, heads: int, length: int, sources: int, causal: bool, dtype: Any) -> Any:
    """Both masks of a multi-head attention as numbers to be added; True leaves a key out there, contrary to scaled_dot_product_attention."""

    def numbers(mask: Any) -> Any:
        if isinstance(mask, Tensor) and mask.requires_grad:  # a bias that is learnt
            return mask
        values = np.asarray(plain(mask))
        return np.where(values, -np.inf, 0.0).astype(dtype) if values.dtype.kind in "bu" else values.astype(dtype)

    total: Any = None
    if causal:
        total = np.where(np.tril(np.ones((length, sources), bool)), 0.0, -np.inf).astype(dtype)
    if attention is not None:
        values = numbers(attention)
        if values.ndim == 3:
            values = values.reshape(batch, heads, *values.shape[1:])
        values = _more_keys(values, sources)
        if values.shape[-2:] != (length, sources):
            raise ShapeError(f"The shape of the 2D attn_mask is {values.shape[-2:]}, but should be {(length, sources)}.")
        total = values
    if padding is not None:
        values = _more_keys(numbers(padding), sources)[:, None, None, :]
        if values.shape != (batch, 1, 1, sources):
            raise ShapeError(f"key_padding_mask has shape {np.asarray(plain(padding)).shape}; (batch, keys) = {(batch, sources)} is needed")
        total = values if total is None else total + values
    return total


def _more_keys(mask: Any, sources: int) -> Any:
    """A mask with a column of zeros for each key that was added."""
    missing = sources - mask.shape[-1]
    if isinstance(mask, Tensor) and 0 < missing <= 2:
        return cat([mask, as_tensor(np.zeros((*mask.shape[:-1], missing), mask.dtype))], -1)
    return np.concatenate([mask, np.zeros((*mask.shape[:-1], missing), mask.dtype)], -1) if 0 < missing <= 2 else mask
