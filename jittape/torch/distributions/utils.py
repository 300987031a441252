"""What distributions share: broadcasting of parameters, logits and probabilities, attributes that are computed when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import jittape.torch as torch
from jittape.nn import functional as F

euler_constant = 0.57721566490153286060
NUMBERS = (int, float, bool)


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Tensors and numbers as tensors of one shape; numbers take the dtype of the first tensor.

    Raises:
        ValueError: something is neither.
    """
    if not all(torch.is_tensor(v) or isinstance(v, NUMBERS) for v in values):
        raise ValueError("Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__.")
    dtype = next((v.dtype for v in values if torch.is_tensor(v)), torch.get_default_dtype())
    return tuple(torch.broadcast_tensors(*[v if torch.is_tensor(v) else torch.tensor(v, dtype=dtype) for v in values]))


def all_numbers(*values: Any) -> bool:
    return all(isinstance(v, NUMBERS) for v in values)


def sum_rightmost(value: Any, dim: int) -> Any:
    """The sum over the last `dim` dimensions."""
    return value if dim == 0 else value.reshape((*value.shape[:-dim], -1)).sum(-1)


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """Probabilities of log odds, or of logarithms of weights along the last dimension."""
    return torch.sigmoid(logits) if is_binary else F.softmax(logits, dim=-1)


def clamp_probs(probs: Any) -> Any:
    """Probabilities kept from 0 and 1 by the resolution of their dtype."""
    eps = float(torch.finfo(probs.dtype).eps)
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """Log odds of probabilities, or logarithms of them."""
    clamped = clamp_probs(probs)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


class lazy_property:  # noqa: N801
    """An attribute that is computed when it is first asked for, with derivatives."""

    def __init__(self, wrapped: Callable[..., Any]) -> None:
        self.wrapped = wrapped
        update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with torch.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Any:
    """The elements of the lower triangles of matrices, row by row."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    rows, columns = torch.tril_indices(n, n, diag)
    return mat[..., rows, columns]


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Any:
    """Lower triangular matrices with these elements, row by row."""
    m = vec.shape[-1]
    n = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * m + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    if round(n) - n > float(torch.finfo(vec.dtype).eps):
        raise ValueError(f"The size of last dimension is {m} which cannot be expressed as the lower triangular part of a square D x D matrix.")
    size = round(n)
    rows, columns = torch.tril_indices(size, size, diag)
    out = torch.zeros((*vec.shape[:-1], size, size), dtype=vec.dtype)
    out[..., rows, columns] = vec
    return out
