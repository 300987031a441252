"""Layers of one or two tensors: affine ones, embeddings, dropout, and what changes a shape."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from jittape.eager.creation import as_tensor, check_device, empty
from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn import init
from jittape.nn.activations import Layer, ReLU, Sigmoid, Softplus, Tanh  # noqa: F401  (the place by which pickles know them)
from jittape.nn.documented import twin
from jittape.nn.module import Module, Parameter


class Linear(Layer):
    """y = x @ weight.T + bias.

    Args:
        in_features, out_features: lengths of the last axis of x and y.
        bias: whether there is one.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Attributes:
        weight: (out_features, in_features), drawn from U(-k, k) with k = 1 / sqrt(in_features).
        bias: (out_features,), drawn likewise, or None.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.Linear(3, 2)
        >>> layer(jt.zeros(5, 3)).shape
        jittape.Size([5, 2])
        >>> layer.reset_parameters()
    """

    weight: Parameter
    bias: Parameter
    _registered: ClassVar[bool] = True
    """Whether weight and bias are what is registered under these names: no class in between has attributes of its own for them."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        check_device(device)
        self.in_features, self.out_features = in_features, out_features
        self._add_parameters(dtype, weight=(out_features, in_features), bias=(out_features,) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        uniform_by_inputs(self, self.in_features)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._registered = cls._registered and vars(cls).keys().isdisjoint(("weight", "bias"))

    def forward(self, input: Any) -> Tensor:
        if self._registered:
            known = self._parameters  # found at once; an attribute of the module is looked for in its class first
            weight, bias = known.get("weight"), known.get("bias")
            if weight is not None and bias is not None:
                return F.linear(input, weight, bias)
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


def uniform_by_inputs(module: Any, inputs: int) -> None:
    """Draw weight and bias from U(-k, k) with k = 1 / sqrt(inputs)."""
    k = 1 / math.sqrt(inputs) if inputs else 0.0
    for parameter in (module.weight, module.bias):
        if parameter is not None:
            init.uniform_(parameter, -k, k)


class Bilinear(Module):
    """y_k = x1 @ weight[k] @ x2 + bias[k].

    Args:
        in1_features, in2_features, out_features: lengths of the last axes of x1, x2 and y.
        bias: whether there is one.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Attributes:
        weight: (out_features, in1_features, in2_features), drawn from U(-k, k) with k = 1 / sqrt(in1_features).
        bias: (out_features,), drawn likewise, or None.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Bilinear(3, 4, 2)(jt.zeros(5, 3), jt.zeros(5, 4)).shape
        jittape.Size([5, 2])
    """

    weight: Parameter
    bias: Parameter

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        check_device(device)
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self._add_parameters(dtype, weight=(out_features, in1_features, in2_features), bias=(out_features,) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        uniform_by_inputs(self, self.in1_features)

    def forward(self, input1: Any, input2: Any) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Identity(Layer):
    """Its argument.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Identity()(jt.tensor([1.0]))
        tensor([1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return input


class _Rows(Module):
    """What has a row of numbers for each index."""

    def reset_parameters(self) -> None:
        """Draw the rows anew; that of `padding_idx` is zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.detach()[self.padding_idx] = 0.0


class Embedding(_Rows, Layer):
    """The rows of a matrix with given numbers.

    Args:
        num_embeddings, embedding_dim: shape of the matrix.
        padding_idx: a row that is zero, and is not trained.
        max_norm, norm_type: rows that are used and longer are shortened.
        scale_grad_by_freq: False.
        sparse: accepted; the gradient is dense.
        device: "cpu", or None.
        dtype: of the matrix; `default_dtype()` by default.

    Attributes:
        weight: (num_embeddings, embedding_dim), standard normal numbers.

    Raises:
        AssertionError: `padding_idx` is no row, or a given matrix has another shape.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Embedding(10, 3)(jt.tensor([1, 4])).shape
        jittape.Size([2, 3])
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
                 scale_grad_by_freq: bool = False, sparse: bool = False, _weight: Any = None, _freeze: bool = False, device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        check_device(device)
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise AssertionError("Padding_idx must be within num_embeddings")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse = max_norm, norm_type, scale_grad_by_freq, sparse
        if _weight is None:
            self.weight = Parameter(empty(num_embeddings, embedding_dim, dtype=self.default_dtype() if dtype is None else dtype), not _freeze)
            self.reset_parameters()
        else:
            if tuple(_weight.shape) != (num_embeddings, embedding_dim):
                raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
            self.weight = Parameter(_weight, not _freeze)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
                        scale_grad_by_freq: bool = False, sparse: bool = False) -> Embedding:  # fmt: skip
        """An embedding of a matrix, which is not trained unless `freeze` is False.

        Args:
            embeddings: the matrix.
            freeze: whether it stays as it is.
            padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse: those of the class.

        Example:
            >>> import jittape as jt
            >>> jt.nn.Embedding.from_pretrained(jt.tensor([[1.0, 2.0], [3.0, 4.0]]))(jt.tensor([1]))
            tensor([[3., 4.]])
        """
        rows, columns = embeddings.shape
        return cls(rows, columns, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight=embeddings, _freeze=freeze)

    def forward(self, input: Any) -> Tensor:
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse)

    def extra_repr(self) -> str:
        options = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "sparse": False}
        return f"{self.num_embeddings}, {self.embedding_dim}" + _options(self, options)


class EmbeddingBag(_Rows):
    """Sums, means or maxima of an embedding's rows, a bag each.

    Args:
        num_embeddings, embedding_dim: shape of the matrix.
        max_norm, norm_type: rows that are longer by that norm are shortened to it when they are used.
        scale_grad_by_freq: the gradient of a row is divided by how often it is used.
        mode: "sum", "mean" or "max".
        sparse: accepted; the gradient is dense.
        include_last_offset: offsets end with the number of numbers.
        padding_idx: a row that does not count.
        device: "cpu", or None.
        dtype: of the matrix; `default_dtype()` by default.

    Attributes:
        weight: (num_embeddings, embedding_dim), standard normal numbers.

    Raises:
        ValueError: another mode.
        AssertionError: `padding_idx` is no row.

    Example:
        >>> import jittape as jt
        >>> jt.nn.EmbeddingBag(10, 3)(jt.tensor([[1, 4], [2, 2]])).shape
        jittape.Size([2, 3])
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
                 mode: str = "mean", sparse: bool = False, _weight: Any = None, include_last_offset: bool = False, padding_idx: int | None = None,
                 device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        check_device(device)
        if mode not in ("sum", "mean", "max"):
            raise ValueError(f"mode has to be one of sum, mean or max, not {mode!r}")
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise AssertionError("padding_idx must be within num_embeddings")
        self.num_embeddings, self.embedding_dim, self.mode, self.include_last_offset = num_embeddings, embedding_dim, mode, include_last_offset
        self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse = max_norm, norm_type, scale_grad_by_freq, sparse
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        if _weight is None:
            self.weight = Parameter(empty(num_embeddings, embedding_dim, dtype=self.default_dtype() if dtype is None else dtype))
            self.reset_parameters()
        else:
            self.weight = Parameter(_weight)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
                        mode: str = "mean", sparse: bool = False, include_last_offset: bool = False, padding_idx: int | None = None) -> EmbeddingBag:  # fmt: skip
        """Bags of rows of a matrix, which is not trained unless `freeze` is False.

        Args:
            embeddings: the matrix.
            freeze: whether it stays as it is.
            max_norm, norm_type, scale_grad_by_freq, mode, sparse, include_last_offset, padding_idx: those of the class.

        Example:
            >>> import jittape as jt
            >>> jt.nn.EmbeddingBag.from_pretrained(jt.tensor([[1.0, 2.0], [3.0, 4.0]]), mode="sum")(jt.tensor([[0, 1]]))
            tensor([[4., 6.]])
        """
        rows, columns = embeddings.shape
        made = cls(rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings, include_last_offset, padding_idx)
        made.weight.requires_grad = not freeze
        return made

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        return F.embedding_bag(input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse,
                               per_sample_weights, self.include_last_offset, self.padding_idx)  # fmt: skip

    def extra_repr(self) -> str:
        before = _options(self, {"max_norm": None, "norm_type": 2, "scale_grad_by_freq": False})
        return f"{self.num_embeddings}, {self.embedding_dim}{before}, mode={self.mode!r}" + _options(self, {"padding_idx": None})


def _options(layer: Any, usual: dict[str, Any]) -> str:
    """Options of a layer that are not the usual ones, as they are shown."""
    return "".join([f", {name}={getattr(layer, name)!r}" for name, value in usual.items() if getattr(layer, name) != value])


# --- dropout -----------------------------------------------------------------------------------------------------------------------


class _Dropout(Layer):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


@twin(F.dropout)
class Dropout(_Dropout):
    """While training, elements are zero with probability p and the others are divided by 1 - p."""

    def forward(self, input: Any) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


@twin(F.dropout1d)
class Dropout1d(_Dropout):
    """Dropout of whole channels of (N, C, L)."""

    def forward(self, input: Any) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


@twin(F.dropout2d)
class Dropout2d(_Dropout):
    """Dropout of whole channels of (N, C, H, W)."""

    def forward(self, input: Any) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


@twin(F.dropout3d)
class Dropout3d(_Dropout):
    """Dropout of whole channels of (N, C, D, H, W)."""

    def forward(self, input: Any) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


@twin(F.alpha_dropout)
class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance of what SELU gives."""

    def forward(self, input: Any) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


@twin(F.feature_alpha_dropout)
class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels."""

    def forward(self, input: Any) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)


# --- shapes ------------------------------------------------------------------------------------------------------------------------


class Flatten(Layer):
    """The axes from start_dim to end_dim, both included, as one.

    Args:
        start_dim, end_dim: by default all but the first.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Flatten()(jt.zeros(5, 3, 4)).shape
        jittape.Size([5, 12])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Tensor:
        return as_tensor(input).flatten(self.start_dim, self.end_dim)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Layer):
    """One axis as several.

    Args:
        dim: the axis.
        unflattened_size: the lengths of the several.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Unflatten(1, (3, 4))(jt.zeros(5, 12)).shape
        jittape.Size([5, 3, 4])
    """

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, input: Any) -> Tensor:
        shape = tuple(input.shape)
        k = self.dim % len(shape)
        return input.reshape((*shape[:k], *self.unflattened_size, *shape[k + 1 :]))  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


# --- distances -----------------------------------------------------------------------------------------------------------------------


@twin(F.cosine_similarity)
class CosineSimilarity(Module):
    """The cosine of the angle between vectors along an axis."""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Any, x2: Any) -> Tensor:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


@twin(F.pairwise_distance)
class PairwiseDistance(Module):
    """The norm of the difference of rows."""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Any, x2: Any) -> Tensor:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
