"""torch.autograd.gradcheck: derivatives beside differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape import autograd
from jittape.eager.calls import any_complex
from jittape.eager.complex_methods import view_as_complex, view_as_real
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.func import pulled

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A derivative is not what differences say."""


def _outputs(func: Callable[..., Any], inputs: Any) -> list[Any]:
    out = func(*inputs)
    return [t for t in (out if isinstance(out, (tuple, list)) else (out,)) if isinstance(t, Tensor) and t.dtype.kind in "fc"]


def _columns(func: Callable[..., Any], inputs: Any, k: int, eps: float) -> list[Any]:
    """The Jacobian of each output by input k, a row an element of the input, from central differences."""
    x = inputs[k].detach().values()
    rows = []
    for i in range(x.size):
        ends = []
        for step in (eps, -eps):
            moved = x.copy()
            moved.reshape(-1)[i] += step
            given = list(inputs)
            given[k] = concrete(moved).requires_grad_()
            ends.append([t.detach().values().copy().reshape(-1) for t in _outputs(func, given)])
        rows.append([(a - b) / (2 * eps) for a, b in zip(*ends, strict=True)])
    return [np.array(column) for column in zip(*rows, strict=True)]


def _of_pairs(func: Callable[..., Any], inputs: Any) -> tuple[Callable[..., Any], list[Any]]:
    """The function of pairs of real numbers in place of complex ones, and its inputs."""
    pairs = [isinstance(x, Tensor) and x.has_parts for x in inputs]
    given = [view_as_real(x.detach().clone()).detach().requires_grad_(x.requires_grad) if p else x for x, p in zip(inputs, pairs, strict=True)]

    def of_pairs(*args: Any) -> Any:
        out = _outputs(func, [view_as_complex(x) if p else x for x, p in zip(args, pairs, strict=True)])
        return [view_as_real(t.resolve_conj()) if t.has_parts else t for t in out]  # type: ignore[attr-defined]

    return of_pairs, given


def gradcheck(func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, raise_exception: bool = True, **others: Any) -> bool:
    """Whether the derivatives of a function agree with differences.

    Args:
        func: of tensors, returns one or several.
        inputs: those that require grad are looked at; float64.
        eps: the step of the differences.
        atol, rtol: how far the two may differ.
        raise_exception: raise where they do not agree; else the result is False.
        others: what else PyTorch's has is accepted.

    Raises:
        GradcheckError: they do not, and `raise_exception`.
        ValueError: no input requires grad.

    Example:
        >>> import jittape.torch as torch
        >>> x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
        >>> torch.autograd.gradcheck(lambda x: x.sin() * x, x)
        True
    """
    inputs = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    wanted = [k for k, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not wanted:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.")
    if any_complex(inputs) or any_complex(_outputs(func, inputs)):
        func, inputs = _of_pairs(func, inputs)
    try:
        outputs = _outputs(func, inputs)
        numerical = {k: _columns(func, inputs, k, eps) for k in wanted}
        for j, t in enumerate(outputs):
            seeds = np.eye(t.numel(), dtype=t.dtype).reshape(-1, *t.shape)
            found = [pulled([t], [inputs[k] for k in wanted], [concrete(seed)], False, True) for seed in seeds]
            for place, k in enumerate(wanted):
                analytical = np.array([row[place].values().reshape(-1) for row in found]).reshape(t.numel(), -1).T
                if numerical[k] and not np.allclose(analytical, numerical[k][j], rtol, atol, equal_nan=True):
                    raise GradcheckError(f"Jacobian mismatch for output {j} with respect to input {k},\nnumerical:{numerical[k][j]}\nanalytical:{analytical}\n")
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, raise_exception: bool = True, **others: Any) -> bool:
    """Whether the second derivatives of a function agree with differences of the first; see `gradcheck`.

    Args:
        func: of tensors, returns one or several.
        inputs: those that require grad are looked at; float64.
        grad_outputs: adjoints of what func returns; random numbers if None.
        eps: the step of the differences.
        atol, rtol: how far the two may differ.
        raise_exception: raise where they do not agree; else the result is False.
        others: what else PyTorch's has is accepted.

    Example:
        >>> import jittape.torch as torch
        >>> x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
        >>> torch.autograd.gradgradcheck(lambda x: x.sin() * x, x)
        True
    """
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    if grad_outputs is None and (any_complex(inputs) or any_complex(_outputs(func, inputs))):
        func, pairs = _of_pairs(func, inputs)
        inputs = tuple(pairs)
    outputs = _outputs(func, inputs)
    if grad_outputs is None:
        draws = np.random.default_rng(len(outputs))
        seeds = tuple([concrete(draws.normal(size=t.shape).astype(t.dtype)).requires_grad_() for t in outputs])
    else:
        seeds = tuple(grad_outputs) if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)
    n = len(inputs)

    def first(*args: Any) -> Any:
        wanted = [x for x in args[:n] if isinstance(x, Tensor) and x.requires_grad]
        outs = _outputs(func, args[:n])
        with autograd.enable_grad():
            return tuple(pulled(outs, wanted, args[n:], True, True))

    return gradcheck(first, (*inputs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)
