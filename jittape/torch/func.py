"""torch.func: derivatives of functions of tensors, by passes over the tape.

Nested transforms are recorded passes. What PyTorch computes in forward mode is computed by two backward passes here, and `vmap` is a loop
whose results are stacked: values are PyTorch's, and speed is that of a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape import autograd
from jittape.array.state import state
from jittape.eager.backward import leaves_of
from jittape.eager.functions import FUNCTIONS
from jittape.eager.tensor import Tensor, concrete
from jittape.nn.utils.stateless import functional_call, stack_module_state
from jittape.tree import flatten

__all__ = ["functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "stack_module_state", "vjp", "vmap"]

_stack = FUNCTIONS["stack"]


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"jittape.torch.func has no {name!r}; what differs from PyTorch is listed in docs/torch.md")


class Differentiated:
    """A call of a function of tensors, whose derivatives are asked for.

    Attributes:
        inputs: the tensors by which is differentiated, as the function was given them.
        outputs: the tensors that it returned.
        outer: whether the result matters for a derivative that is taken around this one.
    """

    def __init__(self, name: str, func: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int], kwargs: Any, has_aux: bool = False) -> None:
        given, self.rebuild = flatten([args[k] for k in argnums])
        for x in given:
            if not isinstance(x, Tensor):
                raise ValueError(f"{name}: Expected all inputs to be tensors, got {type(x).__name__}")
        self.outer = state.grad and any(x.requires_grad for x in given)
        with autograd.enable_grad():
            self.inputs = [x.clone() if self.outer and x.requires_grad else x.detach().requires_grad_() for x in given]
            whole = list(args)
            for k, x in zip(argnums, self.rebuild(self.inputs), strict=True):
                whole[k] = x
            out = func(*whole, **kwargs)
        self.aux = None
        if has_aux:
            if not (isinstance(out, tuple) and len(out) == 2):
                raise RuntimeError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True, got {type(out).__name__}")
            out, self.aux = out
        self.outputs, self.rebuild_outputs = flatten(out)
        for t in self.outputs:
            if not isinstance(t, Tensor):
                raise ValueError(f"{name}: Expected f to return only tensors, got {type(t).__name__}")
        if state.grad and not self.outer:
            own = {id(x) for x in self.inputs}
            self.outer = any(id(t) not in own for t in leaves_of(self.outputs))

    def gradients(self, seeds: Sequence[Any], create: bool, retain: bool) -> list[Any]:
        """The adjoints of the inputs, zero where nothing depends on one."""
        return pulled(self.outputs, self.inputs, seeds, create, retain)

    def result(self, tree: Any) -> Any:
        """Tensors of the function's as they leave the transform."""
        if self.outer:
            return tree
        found, rebuild = flatten(tree)
        return rebuild([t.detach() if isinstance(t, Tensor) and t.requires_grad else t for t in found])

    def jacobians(self) -> list[list[Any]]:
        """For each output and each input the derivative of all elements of the one by all of the other."""
        rows = []
        for t in self.outputs:
            seeds = np.eye(t.numel(), dtype=t.dtype).reshape(-1, *t.shape)
            found = [pulled([t], self.inputs, [concrete(seed)], self.outer, True) for seed in seeds]
            rows.append([_stacked(parts, t, x) for parts, x in zip(zip(*found, strict=True), self.inputs, strict=True)] if found
                        else [concrete(np.zeros((*t.shape, *x.shape), x.dtype)) for x in self.inputs])  # fmt: skip
        return rows


def _stacked(parts: Sequence[Any], t: Any, x: Any) -> Any:
    return _stack(list(parts)).reshape((*t.shape, *x.shape))


def pulled(outputs: Sequence[Any], inputs: Sequence[Any], seeds: Sequence[Any], create: bool, retain: bool) -> list[Any]:
    """The gradients of some tensors, zero where nothing depends on one."""
    used = [(t, seed) for t, seed in zip(outputs, seeds, strict=True) if t.requires_grad]
    found: Sequence[Any] = [None] * len(inputs)
    if used and inputs:
        found = autograd.grad([t for t, _ in used], inputs, [seed for _, seed in used], retain_graph=retain or create, create_graph=create, allow_unused=True)
    return [concrete(np.zeros(x.shape, x.dtype)) if g is None else g for x, g in zip(inputs, found, strict=True)]


def _places(argnums: Any, args: Sequence[Any]) -> list[int]:
    places = [argnums] if isinstance(argnums, int) else list(argnums)
    for k in places:
        if not -len(args) <= k < len(args):
            raise RuntimeError(f"Got argnum={k}, but only {len(args)} positional inputs")
    return [k % len(args) for k in places]


def _as_argnums(argnums: Any, found: list[Any]) -> Any:
    return found[0] if isinstance(argnums, int) else tuple(found)


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives (gradient, value) of one that returns a scalar; see `grad`."""

    def gradient_and_value(*args: Any, **kwargs: Any) -> Any:
        d = Differentiated("grad_and_value(f)(*args)", func, args, _places(argnums, args), kwargs, has_aux)
        if len(d.outputs) != 1 or d.outputs[0].dim():
            shapes = [list(t.shape) for t in d.outputs]
            raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got tensors of shapes {shapes}")
        with autograd.enable_grad():
            found = d.gradients([None], d.outer, False)
        gradients = _as_argnums(argnums, d.rebuild(found))
        value = d.result(d.outputs[0])
        return (gradients, (value, d.result(d.aux))) if has_aux else (gradients, value)

    return gradient_and_value


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of a function that returns a scalar, as a function.

    Args:
        argnums: by which arguments, each a tensor or a tree of them.
        has_aux: the function returns (scalar, what else is to be returned).

    Example:
        >>> import jittape as jt
        >>> from jittape.torch.func import grad
        >>> grad(grad(lambda x: x**3))(jt.tensor(2.0)).item()
        12.0
    """
    both = grad_and_value(func, argnums, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """(func(*primals), a function from adjoints of the result to those of the primals)."""
    d = Differentiated("vjp(f, *primals)", func, primals, range(len(primals)), {}, has_aux)

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        seeds = flatten(cotangents)[0]
        if len(seeds) != len(d.outputs):
            raise RuntimeError(f"Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function: {len(d.outputs)} tensors, got {len(seeds)}")
        create = d.outer or (state.grad and any(s.requires_grad for s in seeds)) if create_graph is None else create_graph
        with autograd.enable_grad():
            found = d.rebuild(d.gradients(seeds, create, retain_graph))
        return tuple(found)

    out = d.result(d.rebuild_outputs(d.outputs))
    return (out, pull, d.result(d.aux)) if has_aux else (out, pull)


def pushed(d: Differentiated, tangents: Sequence[Any], create: bool) -> list[Any]:
    """The tangents of the outputs: the derivative of the adjoints, which are linear, by the seeds."""
    with autograd.enable_grad():
        seeds = [concrete(np.zeros(t.shape, t.dtype)).requires_grad_() for t in d.outputs]
        found = d.gradients(seeds, True, True)
        return pulled(found, seeds, tangents, create, create)


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> tuple[Any, ...]:
    """(func(*primals), the tangent of it), by two backward passes."""
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise RuntimeError(f"jvp(f, primals, tangents): Expected primals and tangents to be tuples, got {type(primals).__name__} and {type(tangents).__name__}")
    d = Differentiated("jvp(f, primals, tangents)", func, primals, range(len(primals)), {}, has_aux)
    given = flatten(list(tangents))[0]
    if len(given) != len(d.inputs):
        raise RuntimeError(f"jvp(f, primals, tangents): Expected primals and tangents to have the same python structure: {len(d.inputs)} tensors and {len(given)}")
    for x, t in zip(d.inputs, given, strict=True):
        if x.shape != t.shape:
            raise RuntimeError(f"jvp(f, primals, tangents): Expected primals and tangents to have the same shapes, got {list(x.shape)} and {list(t.shape)}")
    outer = d.outer or (state.grad and any(t.requires_grad for t in given))
    tangent = d.rebuild_outputs(pushed(d, given, outer))
    out = d.result(d.rebuild_outputs(d.outputs))
    return (out, tangent, d.result(d.aux)) if has_aux else (out, tangent)


def jacrev(func: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False, chunk_size: Any = None) -> Callable[..., Any]:
    """The Jacobian of a function, as a function: for each tensor that it returns, the derivative by each argument."""

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        d = Differentiated("jacrev", func, args, _places(argnums, args), kwargs, has_aux)
        with autograd.enable_grad():
            rows = d.jacobians()
        found = d.rebuild_outputs([_as_argnums(argnums, d.rebuild(row)) for row in rows])
        return (found, d.result(d.aux)) if has_aux else found

    return jacobian


def jacfwd(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error") -> Callable[..., Any]:
    """As `jacrev`: there is no forward mode."""
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """The second derivatives of a function, as a function."""
    return jacfwd(jacrev(func, argnums), argnums)


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: Any = None) -> Callable[..., Any]:
    """A function of batches: `func` of the elements along an axis of the arguments, one after the other, and the results stacked.

    Args:
        in_dims: the axis of each argument (None: the same for all elements), one number for all, or a tree as the arguments.
        out_dims: the axis of the results.

    Example:
        >>> import jittape as jt
        >>> from jittape.torch.func import vmap
        >>> vmap(lambda x, y: (x * y).sum(), (0, None))(jt.ones(2, 3), jt.ones(3)).tolist()
        [3.0, 3.0]
    """

    def mapped(*args: Any, **kwargs: Any) -> Any:
        given, rebuild = flatten(list(args))
        dims = _dims(in_dims, args)
        if len(dims) != len(given):
            raise ValueError(f"vmap(in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure of inputs: {len(dims)} axes for {len(given)} tensors")
        mapped_over = [(x, d) for x, d in zip(given, dims, strict=True) if d is not None]
        for x, d in mapped_over:
            if not isinstance(x, Tensor):
                raise ValueError(f"vmap(in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for an input but the input is of type {type(x)}. We cannot vmap over non-Tensor arguments, please use None as the respective in_dim")
            if not -x.dim() <= d < x.dim():
                raise ValueError(f"vmap(in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for some input, but that input is a Tensor of dimensionality {x.dim()} so expected in_dim to satisfy -{x.dim()} <= in_dim < {x.dim()}.")
        sizes = {x.shape[d] for x, d in mapped_over}
        if not sizes:
            raise ValueError(f"vmap(in_dims={in_dims}, ...)(<inputs>): at least one input needs an axis that is mapped over")
        if len(sizes) > 1:
            raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {[x.shape[d] for x, d in mapped_over]} for the mapped dimension")
        (n,) = sizes
        results = []
        for k in range(n):
            elements = [x if d is None else x.select(d, k) for x, d in zip(given, dims, strict=True)]  # type: ignore[attr-defined]
            found, back = flatten(func(*rebuild(elements), **kwargs))
            for t in found:
                if not isinstance(t, Tensor):
                    raise ValueError(f"vmap({getattr(func, '__name__', func)}, ...): the function must only return Tensors, got type {type(t).__name__}")
            results.append(found)
        if not results:
            raise RuntimeError("vmap: a batch without elements has no results to take shapes from")
        axes = _dims(out_dims, back(results[0]))
        return back([_stack(list(parts), 0 if axis is None else axis) if axis is not None else parts[0] for parts, axis in zip(zip(*results, strict=True), axes, strict=True)])

    return mapped


def _dims(dims: Any, tree: Any) -> list[Any]:
    """The axis of each tensor of a tree."""
    if dims is None or isinstance(dims, int):
        return [dims if dims is None or isinstance(x, Tensor) else None for x in flatten(tree)[0]]
    if isinstance(dims, dict):
        return [d for key, part in tree.items() for d in _dims(dims[key], part)]
    if not isinstance(tree, (tuple, list)) or len(tree) != len(dims):
        raise ValueError(f"vmap: the axes {dims} are not of the structure of the tensors")
    return [d for one, part in zip(dims, tree, strict=True) for d in (_dims(one, part) if isinstance(part, (tuple, list, dict)) else [one])]
