"""The functions of the namespace that `jittape` itself does not have: `torch.f(x)` is `x.f()`, and those of several tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.eager import arithmetic, joining, ordering, scattering
from jittape.eager.calls import call
from jittape.eager.functions import FUNCTIONS, method_function, of_several
from jittape.eager.inplace import IN_PLACE
from jittape.eager.tensor import Tensor
from jittape.linalg import expm
from jittape.nn import functional as F
from jittape.torch.creation import as_tensor

METHODS_ONLY = {"type",  "cuda", "pin_memory", "data_ptr", "element_size", "storage_offset", "stride",
                "is_contiguous", "ndimension", "short", "char", "byte", "new", "new_tensor", "new_zeros", "new_ones", "new_full", "new_empty", "unfold", "is_same_size"}  # fmt: skip
"""Methods that PyTorch has as methods only."""


def _methods(*classes: type) -> dict[str, Callable[..., Any]]:
    """A function for each method of these classes."""
    names = [n for c in classes for n in vars(c) if not n.startswith("_") and not n.endswith("_") and n not in METHODS_ONLY]
    return {n: method_function(n) for n in names if callable(getattr(Tensor, n, None))}


def numel(input: Any) -> int:
    return input.numel()  # type: ignore[no-any-return]


def std(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Tensor:
    return input.std(dim, unbiased, keepdim, correction=correction)  # type: ignore[no-any-return]


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """Elements of input where the condition is true, of other elsewhere; the places where it is true, of one argument."""
    return FUNCTIONS["where"](condition, input, other)


def result_type(a: Any, b: Any) -> np.dtype[Any]:
    """The dtype of a sum of these."""
    def one(x: Any) -> Any:
        return x.new_zeros(1 if x.dim() else ()) if isinstance(x, Tensor) else x  # type: ignore[attr-defined]

    return as_tensor(one(a) + one(b)).dtype


def can_cast(a: Any, b: Any) -> bool:
    """Whether a tensor of one dtype may be stored in one of another."""
    a, b = np.dtype(a), np.dtype(b)
    order = "biuf"
    return order.index(b.kind if b.kind != "u" else "i") >= order.index(a.kind if a.kind != "u" else "i")


def einsum(equation: str, *operands: Any) -> Tensor:
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    return FUNCTIONS["einsum"](equation, *given)  # type: ignore[no-any-return]


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    return tensor.split(split_size_or_sections, dim)  # type: ignore[no-any-return]


def is_storage(x: Any) -> bool:
    return False


SEVERAL: dict[str, Callable[..., Any]] = {
    name: getattr(room, name)
    for room, names in (
        (joining, ("hstack", "vstack", "dstack", "column_stack", "row_stack", "broadcast_tensors", "broadcast_shapes", "atleast_1d", "atleast_2d", "atleast_3d", "combinations")),
        (arithmetic, ("cdist", "trapezoid", "cumulative_trapezoid", "chain_matmul")),
        (ordering, ("searchsorted", "bucketize")),
    )
    for name in names
}
ACTIVATIONS = ("relu_", "selu", "celu", "prelu", "rrelu", "dropout", "alpha_dropout", "bilinear", "embedding", "layer_norm", "group_norm", "batch_norm", "instance_norm",
               "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d",
               "adaptive_avg_pool1d", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "cosine_similarity", "pairwise_distance", "ctc_loss",
               "cosine_embedding_loss", "hinge_embedding_loss", "margin_ranking_loss", "triplet_margin_loss", "kl_div", "poisson_nll_loss", "threshold", "hardshrink",
               "rms_norm")  # fmt: skip
"""Functions of torch.nn.functional that torch has, too."""
OWN = {f.__name__: f for f in (numel, std, where, result_type, can_cast, einsum, split, is_storage)}
ALIASES = {"trapz": "trapezoid", "swapaxes": "transpose", "det": "det", "inverse": "inverse", "greater_equal": "ge", "moveaxis": "movedim", "fix": "trunc",
           "floor_divide": "floor_divide", "concat": "cat", "pinverse": "pinverse", "matrix_exp": "matrix_exp"}  # fmt: skip


def matrix_exp(input: Any) -> Tensor:
    """The exponential of matrices."""
    return call(expm, input)  # type: ignore[no-any-return]


def zero_(input: Any) -> Tensor:
    return input.zero_()  # type: ignore[no-any-return]


NAMESPACE: dict[str, Callable[..., Any]] = {
    **FUNCTIONS,
    **_methods(ordering.Ordering, scattering.Scattering, arithmetic.Arithmetic, joining.Joining),
    **{name: of_several(name, f) for name, f in SEVERAL.items()},
    **{f"{name}_": method_function(f"{name}_") for name in IN_PLACE},
    **{name: getattr(F, name) for name in ACTIVATIONS},
    **OWN,
    "matrix_exp": matrix_exp,
    "zero_": zero_,
    "fill_": method_function("fill_"),
}
NAMESPACE |= {name: NAMESPACE[of] for name, of in ALIASES.items()}
"""All functions of tensors, by PyTorch's names."""
