"""Attention with weights that are learned, and the layers of transformers (Vaswani et al., 2017)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.eager.creation import check_device
from jittape.eager.tensor import Tensor, concrete
from jittape.nn import functional as F
from jittape.nn import init
from jittape.nn.containers import ModuleList
from jittape.nn.layers import Dropout, Linear
from jittape.nn.module import Module
from jittape.nn.normalization import LayerNorm


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear, by the name that PyTorch's attention shows."""


class MultiheadAttention(Module):
    """Attention by several heads: called with (query, key, value), it returns (results, weights).

    Args:
        embed_dim: features of queries and results.
        num_heads: which split them.
        dropout: of the weights, while training.
        bias: of the projections.
        add_bias_kv, add_zero_attn: a key and a value more, learned or zero.
        kdim, vdim: features of keys and values; embed_dim by default.
        batch_first: sequences are (N, L, E) instead of (L, N, E).
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Attributes:
        in_proj_weight: (3 E, E), of queries, keys and values; q_proj_weight and its kin where their features differ.

    Raises:
        ValueError: `embed_dim` or `num_heads` is not positive.
        AssertionError: `embed_dim` is no multiple of `num_heads`.

    Example:
        >>> import jittape as jt
        >>> x = jt.zeros(7, 5, 4)
        >>> results, weights = jt.nn.MultiheadAttention(4, 2)(x, x, x)
        >>> results.shape, weights.shape
        (jittape.Size([7, 5, 4]), jittape.Size([5, 7, 7]))
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False, add_zero_attn: bool = False,
                 kdim: int | None = None, vdim: int | None = None, batch_first: bool = False, device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        check_device(device)
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead")
        if embed_dim % num_heads:
            raise AssertionError("embed_dim must be divisible by num_heads")
        dtype = self.default_dtype() if dtype is None else dtype
        self.embed_dim, self.num_heads, self.dropout, self.batch_first, self.add_zero_attn = embed_dim, num_heads, dropout, batch_first, add_zero_attn
        self.kdim, self.vdim, self.head_dim = kdim or embed_dim, vdim or embed_dim, embed_dim // num_heads
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        shapes: dict[str, Any] = dict.fromkeys(("q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_weight"))
        if self._qkv_same_embed_dim:
            shapes["in_proj_weight"] = (3 * embed_dim, embed_dim)
        else:
            shapes |= {"q_proj_weight": (embed_dim, embed_dim), "k_proj_weight": (embed_dim, self.kdim), "v_proj_weight": (embed_dim, self.vdim)}
        shapes["in_proj_bias"] = (3 * embed_dim,) if bias else None
        self._add_parameters(dtype, **shapes)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, dtype=dtype)
        self._add_parameters(dtype, **dict.fromkeys(("bias_k", "bias_v"), (1, 1, embed_dim) if add_bias_kv else None))
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            weight = getattr(self, name)
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def forward(self, query: Any, key: Any, value: Any, key_padding_mask: Any = None, need_weights: bool = True, attn_mask: Any = None,
                average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """(results, weights), for (L, N, E), (S, N, kdim) and (S, N, vdim).

        Args:
            key_padding_mask: (N, S), True where a key is left out.
            attn_mask: (L, S) or (N heads, L, S), True where a key is left out, or numbers that are added.
            need_weights: whether the weights are returned, else None.
        """
        turned = self.batch_first and query.dim() == 3
        if turned:
            if query is key is value:
                query = key = value = query.transpose(0, 1)
            else:
                query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        out, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k, self.bias_v, self.add_zero_attn, self.dropout,
            self.out_proj.weight, self.out_proj.bias, self.training, key_padding_mask, need_weights, attn_mask, not self._qkv_same_embed_dim,
            self.q_proj_weight, self.k_proj_weight, self.v_proj_weight, average_attn_weights, is_causal,
        )  # fmt: skip
        return (out.transpose(0, 1) if turned else out), weights  # type: ignore[attr-defined]


def _activation(given: Any) -> Callable[[Any], Tensor]:
    if callable(given):
        return given  # type: ignore[no-any-return]
    if given not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {given}")
    return getattr(F, given)  # type: ignore[no-any-return]


class _Block(Module):
    """What encoder and decoder layers have in common: attention and a network of two layers, each added to what enters it and normalised."""

    norm_first: bool

    def _feed(self, d_model: int, dim_feedforward: int, dropout: float, bias: bool, dtype: Any) -> None:
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype)

    def _norms(self, n: int, d_model: int, eps: float, dropout: float, bias: bool, dtype: Any) -> None:
        for k in range(1, n + 1):
            setattr(self, f"norm{k}", LayerNorm(d_model, eps, bias=bias, dtype=dtype))
        for k in range(1, n + 1):
            setattr(self, f"dropout{k}", Dropout(dropout))

    def _added(self, k: int, x: Any, part: Callable[[Any], Any]) -> Any:
        """x plus a part of it, with the k-th normalisation before or after."""
        norm, drop = getattr(self, f"norm{k}"), getattr(self, f"dropout{k}")
        return x + drop(part(norm(x))) if self.norm_first else norm(x + drop(part(x)))

    def _network(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Block):
    """Self-attention, then a network of two layers.

    Args:
        d_model, nhead: features and heads.
        dim_feedforward: of the network between.
        dropout: of what is added, while training.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: is added to variances.
        batch_first: sequences are (N, L, features) instead of (L, N, features).
        norm_first: normalise what enters each part, and not what comes out.
        bias: whether there are biases.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Example:
        >>> import jittape as jt
        >>> jt.nn.TransformerEncoderLayer(4, 2, 8)(jt.zeros(7, 5, 4)).shape
        jittape.Size([7, 5, 4])
    """

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1, activation: Any = "relu", layer_norm_eps: float = 1e-5,
                 batch_first: bool = False, norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        dtype = self.default_dtype() if dtype is None else dtype
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype)
        self._feed(d_model, dim_feedforward, dropout, bias, dtype)
        self.norm_first = norm_first
        self._norms(2, d_model, layer_norm_eps, dropout, bias, dtype)
        self.activation = _activation(activation)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Tensor:
        def attend(x: Any) -> Any:
            return self.self_attn(x, x, x, src_key_padding_mask, False, src_mask)[0]

        return self._added(2, self._added(1, src, attend), self._network)  # type: ignore[no-any-return]


class TransformerDecoderLayer(_Block):
    """Self-attention, attention to the encoder's results, then a network of two layers.

    Args:
        d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype: see
            `TransformerEncoderLayer`.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.TransformerDecoderLayer(4, 2, 8)
        >>> layer(jt.zeros(7, 5, 4), jt.zeros(6, 5, 4)).shape
        jittape.Size([7, 5, 4])
    """

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1, activation: Any = "relu", layer_norm_eps: float = 1e-5,
                 batch_first: bool = False, norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        dtype = self.default_dtype() if dtype is None else dtype
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype)
        self._feed(d_model, dim_feedforward, dropout, bias, dtype)
        self.norm_first = norm_first
        self._norms(3, d_model, layer_norm_eps, dropout, bias, dtype)
        self.activation = _activation(activation)

    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None,
                tgt_is_causal: bool = False, memory_is_causal: bool = False) -> Tensor:  # fmt: skip
        def attend(x: Any) -> Any:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask)[0]

        def look(x: Any) -> Any:
            return self.multihead_attn(x, memory, memory, memory_key_padding_mask, False, memory_mask)[0]

        return self._added(3, self._added(2, self._added(1, tgt, attend), look), self._network)  # type: ignore[no-any-return]


class TransformerEncoder(Module):
    """Encoder layers one above the other, copies of one.

    Args:
        encoder_layer: the one.
        num_layers: how many.
        norm: a module that normalises the result, or None.
        enable_nested_tensor, mask_check: accepted; they do nothing.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.TransformerEncoderLayer(4, 2, 8)
        >>> jt.nn.TransformerEncoder(layer, 2)(jt.zeros(7, 5, 4)).shape
        jittape.Size([7, 5, 4])
    """

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True, mask_check: bool = True) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None) -> Tensor:
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask)
        return src if self.norm is None else self.norm(src)  # type: ignore[no-any-return]


class TransformerDecoder(Module):
    """Decoder layers one above the other, copies of one.

    Args:
        decoder_layer: the one.
        num_layers: how many.
        norm: a module that normalises the result, or None.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.TransformerDecoderLayer(4, 2, 8)
        >>> jt.nn.TransformerDecoder(layer, 2)(jt.zeros(7, 5, 4), jt.zeros(6, 5, 4)).shape
        jittape.Size([7, 5, 4])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None,
                tgt_is_causal: bool | None = None, memory_is_causal: bool = False) -> Tensor:  # fmt: skip
        for layer in self.layers:
            tgt = layer(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return tgt if self.norm is None else self.norm(tgt)  # type: ignore[no-any-return]


class Transformer(Module):
    """An encoder and a decoder.

    Args:
        d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype: see
            `TransformerEncoderLayer`.
        num_encoder_layers, num_decoder_layers: how many of each.
        custom_encoder, custom_decoder: modules in their place.

    Example:
        >>> import jittape as jt
        >>> net = jt.nn.Transformer(4, 2, 1, 1, 8)
        >>> net(jt.zeros(6, 5, 4), jt.zeros(7, 5, 4)).shape
        jittape.Size([7, 5, 4])
    """

    def __init__(self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6, dim_feedforward: int = 2048,
                 dropout: float = 0.1, activation: Any = "relu", custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: float = 1e-5,
                 batch_first: bool = False, norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        dtype = self.default_dtype() if dtype is None else dtype
        options: Any = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        self.encoder = TransformerEncoder(TransformerEncoderLayer(*options), num_encoder_layers, norm()) if custom_encoder is None else custom_encoder
        self.decoder = TransformerDecoder(TransformerDecoderLayer(*options), num_decoder_layers, norm()) if custom_decoder is None else custom_decoder
        for p in self.parameters():
            if p.dim() > 1:
                init.xavier_uniform_(p)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(self, src: Any, tgt: Any, src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None, src_key_padding_mask: Any = None,
                tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, src_is_causal: bool | None = None, tgt_is_causal: bool | None = None,
                memory_is_causal: bool = False) -> Tensor:  # fmt: skip
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, src_mask, src_key_padding_mask)
        return self.decoder(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)  # type: ignore[no-any-return]

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """(sz, sz): -inf above the diagonal, 0 elsewhere.

        Args:
            sz: how long the sequences are.
            device: "cpu", or None.
            dtype: of the mask.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Transformer.generate_square_subsequent_mask(2)
            tensor([[  0., -inf],
                    [  0.,   0.]], dtype=float32)
        """
        return concrete(np.triu(np.full((sz, sz), -np.inf), 1).astype(np.float32 if dtype is None else dtype))
