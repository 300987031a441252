"""torch.autograd.functional: derivatives of functions of tensors at a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape import autograd
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.func import Differentiated, pulled, pushed

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def __dir__() -> list[str]:
    return list(__all__)


def _tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else tuple(x) if isinstance(x, list) else (x,)


def _like(given: Any, found: Any) -> Any:
    return tuple(found) if isinstance(given, (tuple, list)) else found[0]


def _called(name: str, func: Callable[..., Any], inputs: Any, create: bool) -> Differentiated:
    for k, x in enumerate(_tuple(inputs)):
        if not isinstance(x, Tensor):
            raise TypeError(f"The inputs given to {name} must be either a Tensor or a tuple of Tensors but the value at index {k} has type {type(x)}.")
    args = _tuple(inputs) if create else tuple([x.detach() for x in _tuple(inputs)])
    d = Differentiated(name, func, args, range(len(args)), {})
    d.outer = create
    return d


def _vectors(v: Any, tensors: Any, name: str) -> list[Any]:
    """The given vectors, ones for one of one element."""
    if v is None:
        if len(tensors) != 1 or tensors[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if the user-provided function returns a single Tensor with a single element ({name}).")
        return [concrete(np.ones(tensors[0].shape, tensors[0].dtype))]
    found = list(_tuple(v))
    if len(found) != len(tensors):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(tensors)} but got {len(found)}.")
    for k, (a, t) in enumerate(zip(found, tensors, strict=True)):
        if a.shape != t.shape:
            raise RuntimeError(f"v has invalid size: should be {list(t.shape)} but got {list(a.shape)}." if len(found) == 1
                               else f"Entry {k} in v has invalid size: should be {list(t.shape)} but got {list(a.shape)}.")  # fmt: skip
    return found


def _strictly(d: Differentiated, strict: bool) -> None:
    if strict:
        for i, t in enumerate(d.outputs):
            if not t.requires_grad:
                raise RuntimeError(f"Output {i} of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode.")
            for j, g in enumerate(autograd.grad(t, d.inputs, concrete(np.ones(t.shape, t.dtype)), retain_graph=True, allow_unused=True)):
                if g is None:
                    raise RuntimeError(f"Output {i} of the user-provided function is independent of input {j}. This is not allowed in strict mode.")


def jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False, strategy: str = "reverse-mode") -> Any:
    """The derivatives of all elements that a function returns by all of its inputs.

    Args:
        func: a function of tensors that returns one or several.
        inputs: where, a tensor or a tuple of them.
        create_graph: whether the result can be differentiated.
        strict: raise a RuntimeError where an output does not depend on an input; else the derivative is zero.
        vectorize, strategy: accepted; they do nothing.

    Returns:
        For each output and each input a tensor of both shapes: tuples where there are several, or `inputs` is a tuple.

    Example:
        >>> import jittape.torch as torch
        >>> jacobian = torch.autograd.functional.jacobian
        >>> jacobian(lambda x: x**2, torch.tensor([1.0, 2.0])).tolist()
        [[2.0, 0.0], [0.0, 4.0]]
    """
    d = _called("autograd.functional.jacobian", func, inputs, create_graph)
    for t in d.outputs:
        if t.dtype.kind == "c":
            raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got torch.{t.dtype}")
    _strictly(d, strict)
    with autograd.enable_grad():
        rows = [_like(inputs, row) for row in d.jacobians()]
    return d.rebuild_outputs(rows)


def hessian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode") -> Any:
    """The second derivatives of a function that returns a tensor of one element.

    Args:
        func: the function.
        inputs: where, a tensor or a tuple of them.
        create_graph: whether the result can be differentiated.
        strict: raise a RuntimeError where the output does not depend on an input; else the derivative is zero.
        vectorize, outer_jacobian_strategy: accepted; they do nothing.

    Example:
        >>> import jittape.torch as torch
        >>> hessian = torch.autograd.functional.hessian
        >>> hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0])).tolist()
        [[6.0, 0.0], [0.0, 12.0]]
    """

    def slopes(*args: Any) -> Any:
        d = _called("hessian", func, args, True)
        _scalar(d, "hessian")
        _strictly(d, strict)
        return tuple(d.gradients([None], True, True))

    found = jacobian(slopes, _tuple(inputs), create_graph)
    return found if isinstance(inputs, (tuple, list)) else found[0][0]


def _scalar(d: Differentiated, name: str) -> None:
    if len(d.outputs) != 1 or d.outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")


def _out(d: Differentiated) -> Any:
    return d.result(d.rebuild_outputs(d.outputs))


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """(what a function returns, v times its Jacobian).

    Args:
        func: a function of tensors that returns one or several.
        inputs: where, a tensor or a tuple of them.
        v: adjoints of what it returns; may be left out for one element.
        create_graph: whether the result can be differentiated.
        strict: raise a RuntimeError where an output does not depend on an input; else the derivative is zero.

    Example:
        >>> import jittape.torch as torch
        >>> out, found = torch.autograd.functional.vjp(lambda x: x**2, torch.tensor([1.0, 2.0]), torch.ones(2))
        >>> found.tolist()
        [2.0, 4.0]
    """
    d = _called("vjp", func, inputs, create_graph)
    _strictly(d, strict)
    found = d.gradients(_vectors(v, d.outputs, "vjp"), create_graph, True)
    return _out(d), _like(inputs, found)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """(what a function returns, its Jacobian times v).

    Args:
        func: a function of tensors that returns one or several.
        inputs: where, a tensor or a tuple of them.
        v: tangents of the inputs; may be left out for one element.
        create_graph: whether the result can be differentiated.
        strict: raise a RuntimeError where an output does not depend on an input; else the derivative is zero.

    Example:
        >>> import jittape.torch as torch
        >>> out, found = torch.autograd.functional.jvp(lambda x: x**2, torch.tensor([1.0, 2.0]), torch.ones(2))
        >>> found.tolist()
        [2.0, 4.0]
    """
    d = _called("jvp", func, inputs, create_graph)
    _strictly(d, strict)
    return _out(d), d.rebuild_outputs(pushed(d, _vectors(v, d.inputs, "jvp"), create_graph))


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """(what a function returns, v times its Hessian).

    Args:
        func: a function that returns a tensor of one element.
        inputs: where, a tensor or a tuple of them.
        v: of the shapes of the inputs; may be left out for one element.
        create_graph: whether the result can be differentiated.
        strict: raise a RuntimeError where the output does not depend on an input; else the derivative is zero.

    Example:
        >>> import jittape.torch as torch
        >>> out, found = torch.autograd.functional.vhp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.ones(2))
        >>> found.tolist()
        [6.0, 12.0]
    """
    d = _called("vhp", func, inputs, create_graph)
    _scalar(d, "vhp")
    _strictly(d, strict)
    with autograd.enable_grad():
        slopes = d.gradients([None], True, True)
        found = pulled(slopes, d.inputs, _vectors(v, d.inputs, "vhp"), create_graph, True)
    return _out(d), _like(inputs, found)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """(what a function returns, its Hessian times v): as `vhp`, for the Hessian is symmetric.

    Args:
        func: a function that returns a tensor of one element.
        inputs: where, a tensor or a tuple of them.
        v: of the shapes of the inputs; may be left out for one element.
        create_graph: whether the result can be differentiated.
        strict: raise a RuntimeError where the output does not depend on an input; else the derivative is zero.

    Example:
        >>> import jittape.torch as torch
        >>> out, found = torch.autograd.functional.hvp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.ones(2))
        >>> found.tolist()
        [6.0, 12.0]
    """
    return vhp(func, inputs, v, create_graph, strict)
