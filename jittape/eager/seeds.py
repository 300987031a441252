"""What a backward pass is asked for: the adjoint of every output, and inputs that have gradients."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.eager.complexes import ComplexTensor, dtype_name, parts_of, resolved_as
from jittape.eager.ownership import require_exclusive
from jittape.eager.tensor import Tensor, concrete, sequence_given

NO_GRAD_FN = "element 0 of tensors does not require grad and does not have a grad_fn"


def as_list(x: Any, function: str, argument: str) -> list[Any]:
    """A tensor or a sequence of them as a list."""
    if isinstance(x, Tensor):
        return [x]
    return sequence_given(x, function, argument)


def seeds_of(outputs: list[Tensor], gradients: Sequence[Any]) -> list[Any]:
    """The adjoint of every output, ones for scalars that were given none; PyTorch's errors."""
    if len(gradients) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    seeds = []
    for k, (out, gradient) in enumerate(zip(outputs, gradients, strict=True)):
        if out.has_parts or getattr(gradient, "has_parts", False) or isinstance(gradient, (np.complexfloating, np.ndarray)) and gradient.dtype.kind == "c":
            gradient = _complex_seed(k, out, gradient)
        elif gradient is not None:
            gradient = _fitting(k, out, gradient)
        elif out.tape is not None and out.slot >= 0:
            seeds.append(_one(out.tape.dtype))
            continue
        else:
            if out.requires_grad and out.numel() != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            gradient = concrete(np.ones(out.shape, out.dtype))
        if not out.requires_grad or out.info.ends:
            raise RuntimeError(NO_GRAD_FN.replace("0", str(k)))
        seeds.append(gradient)
    return seeds


def _fitting(k: int, out: Any, gradient: Any) -> Any:
    """The adjoint that was given for an output, of its shape."""
    if not isinstance(gradient, Tensor):
        if not isinstance(gradient, (np.ndarray, np.generic, float, int)):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
        gradient = concrete(np.asarray(gradient))
    if gradient.shape != out.shape:
        raise RuntimeError(f"Mismatch in shape: grad_output[{k}] has a shape of {gradient.shape} and output[{k}] has a shape of {out.shape}.")
    return gradient


def _complex_seed(k: int, out: Any, gradient: Any) -> Any:
    """The adjoint of the parts of a complex output; PyTorch's errors, of a complex one for a real output too."""
    if gradient is None:
        if out.requires_grad and out.numel() != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {dtype_name(out.dtype)}")
    gradient = _fitting(k, out, gradient)
    if not (isinstance(out, ComplexTensor) and isinstance(gradient, ComplexTensor)):
        raise RuntimeError(
            f"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: grad_output[{k}] has a dtype of "
            f"{dtype_name(gradient.dtype)} and output[{k}] has a dtype of {dtype_name(out.dtype)}."
        )
    return resolved_as(gradient, out.conjugated)


@functools.cache
def _one(dtype: np.dtype[Any]) -> Tensor:
    """The adjoint of a scalar output."""
    return concrete(np.ones((), dtype))


def require_grad(wanted: list[Tensor]) -> None:
    for t in wanted:
        if not isinstance(t, Tensor):
            raise TypeError(f"inputs are tensors, not {type(t).__name__}")
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        require_exclusive(parts_of(t))
