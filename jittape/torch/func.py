"""torch.func: derivatives of functions of tensors, by passes over the tape.

Nested transforms are recorded passes. `vmap` calls a function once, with tensors that stand for all elements of a batch (eager/batched.py); inside
of it, derivatives are taken of each element's own copy of what is differentiated by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape import autograd
from jittape.array.state import state
from jittape.eager import pushing
from jittape.eager.backward import leaves_of
from jittape.eager.batched import Batched, Level, NoRule, batches, is_at, level_of, levels, unwrapped
from jittape.eager.functions import FUNCTIONS
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import page
from jittape.nn.utils.stateless import functional_call, stack_module_state
from jittape.torch.mapping import vmap
from jittape.tree import flatten

__all__ = ["functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "stack_module_state", "vjp", "vmap"]

_stack = FUNCTIONS["stack"]


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"jittape.torch.func has no {name!r}; what differs from PyTorch is listed at {page('torch')}")


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
        real = name.startswith("jac")
        if real:
            _all_real(name, "inputs", given)
        given = [spread(x, levels()) for x in given]
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
        if real:
            _all_real(name, "outputs", self.outputs)
        if state.grad and not self.outer:
            own = {id(bare(x)) for x in self.inputs}
            self.outer = any(id(t) not in own for t in leaves_of([bare(t) for t in self.outputs]))

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

    def columns(self) -> list[list[Any]] | None:
        """As `jacobians`, by forward sweeps; None where these are not possible."""
        sizes = [x.numel() for x in self.inputs]
        several = []
        for i, n in enumerate(sizes):
            for k in range(n):
                several.append([_unit(x, k) if j == i else concrete(np.zeros(x.shape, x.dtype)) for j, x in enumerate(self.inputs)])
        found = pushed_natively(self.outputs, self.inputs, several)
        if found is None:
            return None
        rows: list[list[Any]] = []
        for o, t in enumerate(self.outputs):
            row, at = [], 0
            for x, n in zip(self.inputs, sizes, strict=True):
                parts = [one[o] for one in found[at : at + n]]
                row.append(_stack(parts, -1).reshape((*t.shape, *x.shape)) if parts else concrete(np.zeros((*t.shape, *x.shape), t.dtype)))
                at += n
            rows.append(row)
        return rows


def _all_real(name: str, what: str, tensors: Sequence[Any]) -> None:
    """A Jacobian's element would be one number where the derivative of a complex number takes two."""
    for k, t in enumerate(tensors):
        if t.dtype.kind == "c":
            raise RuntimeError(f"{name}: Expected all {what} to be real but received complex tensor at flattened input idx: {k}")


def _unit(x: Any, k: int) -> Any:
    """Zeros of a tensor's shape, and a one at an element."""
    seed = np.zeros(x.shape, x.dtype)
    seed.flat[k] = 1
    return concrete(seed)


def _stacked(parts: Sequence[Any], t: Any, x: Any) -> Any:
    return _stack(list(parts)).reshape((*t.shape, *x.shape))


def spread(x: Any, around: Sequence[Level]) -> Any:
    """A tensor of which each element of the batches that are under way has its own copy."""
    if not around:
        return x
    level = around[-1]
    return Batched(spread(x.whole if is_at(x, level) else unwrapped(x, level).contiguous(), around[:-1]), level)


def bare(x: Any) -> Any:
    """The tensor inside of a batch."""
    while isinstance(x, Batched):
        x = x.whole
    return x


def zeros_as(x: Any) -> Any:
    """Zeros of a tensor's shape; a batch of them for a batch."""
    return Batched(zeros_as(x.whole), x.level) if isinstance(x, Batched) else concrete(np.zeros(x.shape, x.dtype))


def pulled_over_batches(outputs: Sequence[Any], inputs: Sequence[Any], seeds: Sequence[Any], create: bool, retain: bool) -> list[Any]:
    """`pulled`, where some of these are batched: gradients of each element by itself."""
    level = level_of(outputs, inputs, seeds)
    if not any(is_at(x, level) for x in (*outputs, *inputs)):  # one graph, and a seed for each element
        rows = []
        for k in range(level.size):
            rows.append(pulled(outputs, inputs, [s.whole[k] if is_at(s, level) else s for s in seeds], create, retain or k < level.size - 1))
        return [Batched(_stack(list(parts)), level) for parts in zip(*rows, strict=True)]
    if not all(is_at(x, level) for x in inputs):
        raise NoRule("a derivative by what all elements share")
    inner = [unwrapped(concrete(np.ones(t.shape, t.dtype)) if s is None else s, level) for t, s in zip(outputs, seeds, strict=True)]
    found = pulled([unwrapped(t, level) for t in outputs], [x.whole for x in inputs], inner, create, retain)
    return [Batched(g, level) for g in found]


def pulled(outputs: Sequence[Any], inputs: Sequence[Any], seeds: Sequence[Any], create: bool, retain: bool) -> list[Any]:
    """The gradients of some tensors, zero where nothing depends on one."""
    if batches(outputs, inputs, seeds):
        return pulled_over_batches(outputs, inputs, seeds, create, retain)
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
    """A function that gives (gradient, value) of one that returns a scalar; see `grad`.

    Args:
        func: a function of tensors.
        argnums: by which arguments, each a tensor or a tree of them.
        has_aux: func returns (scalar, what else is to be returned); the result is then (gradient, (value, that)).

    Raises:
        RuntimeError: at the call, func does not return a scalar.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.func import grad_and_value
        >>> gradient, value = grad_and_value(lambda x: x**3)(torch.tensor(2.0))
        >>> gradient.item(), value.item()
        (12.0, 8.0)
    """

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
    """(func(*primals), a function from adjoints of the result to those of the primals).

    Args:
        func: a function of tensors.
        primals: where it is differentiated, each a tensor or a tree of them.
        has_aux: func returns (result, what else is to be returned), which is then a third part.

    Raises:
        RuntimeError: the adjoints are not as many tensors as func returns.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.func import vjp
        >>> out, pull = vjp(lambda x, y: x * y, torch.tensor(2.0), torch.tensor(3.0))
        >>> [g.item() for g in pull(torch.tensor(1.0))]
        [3.0, 2.0]
    """
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


def pushed_natively(outputs: Sequence[Any], inputs: Sequence[Any], several: Sequence[Sequence[Any]]) -> list[list[Any]] | None:
    """The tangents of results for each of several lists of tangents of leaves, by forward sweeps; None where that is not possible."""
    if batches(outputs, inputs, several):
        level = level_of(outputs, inputs, list(several))
        if not all(is_at(x, level) for x in inputs):
            return None
        inner = pushed_natively([unwrapped(t, level) for t in outputs], [x.whole for x in inputs], [[unwrapped(v, level) for v in one] for one in several])
        return None if inner is None else [[Batched(t, level) for t in one] for one in inner]
    tape = pushing.ready(outputs, inputs)
    if tape is None:
        return None
    try:
        found = pushing.pushed(tape, outputs, inputs, [[v.detach().values() for v in one] for one in several])
    except NotImplementedError:  # of a Function, which has a backward pass only
        return None
    return [pushing.as_tensors(one) for one in found]


def pushed(d: Differentiated, tangents: Sequence[Any], create: bool) -> list[Any]:
    """The tangents of the outputs: by a forward sweep; where they are to be differentiated, the derivative of the adjoints, which are linear, by the seeds."""
    if not create and (found := pushed_natively(d.outputs, d.inputs, [tangents])) is not None:
        return found[0]
    with autograd.enable_grad():
        seeds = [zeros_as(t).requires_grad_() for t in d.outputs]
        adjoints = d.gradients(seeds, True, True)
        return pulled(adjoints, seeds, tangents, create, create)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """(func(*primals), a function from tangents of the primals to that of the result); the graph is kept for all of its calls.

    Args:
        func: a function of tensors.
        primals: where it is differentiated, each a tensor or a tree of them.

    Raises:
        ValueError: at the call of the second, the tangents have other shapes than the primals.

    Example:
        >>> import jittape as jt
        >>> from jittape.torch.func import linearize
        >>> out, push = linearize(lambda x: x**2, jt.tensor(3.0))
        >>> push(jt.tensor(1.0)).item()
        6.0
    """
    d = Differentiated("linearize(f, *primals)", func, primals, range(len(primals)), {})

    def push(*tangents: Any) -> Any:
        given = flatten(list(tangents))[0]
        if [tuple(t.shape) for t in given] != [tuple(x.shape) for x in d.inputs]:
            raise ValueError(f"linearize: the tangents have shapes {[list(t.shape) for t in given]}, and the primals {[list(x.shape) for x in d.inputs]}")
        return d.rebuild_outputs(pushed(d, given, d.outer or (state.grad and any(t.requires_grad for t in given))))

    return d.result(d.rebuild_outputs(d.outputs)), push


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> tuple[Any, ...]:
    """(func(*primals), the tangent of it).

    Args:
        func: a function of tensors.
        primals: a tuple: where it is differentiated.
        tangents: a tuple of the same structure and shapes: in which direction.
        strict: accepted; where nothing depends on a primal the tangent is zero.
        has_aux: func returns (result, what else is to be returned), which is then a third part.

    Raises:
        RuntimeError: primals or tangents are no tuples, or differ in number or shapes.

    Example:
        >>> import jittape as jt
        >>> from jittape.torch.func import jvp
        >>> [t.item() for t in jvp(lambda x: x**3, (jt.tensor(2.0),), (jt.tensor(1.0),))]
        [8.0, 12.0]
    """
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
    """The Jacobian of a function, as a function: for each tensor that it returns, the derivative by each argument.

    Each element of the result costs a backward pass.

    Args:
        func: a function of tensors.
        argnums: by which arguments, each a tensor or a tree of them.
        has_aux: func returns (result, what else is to be returned), which is then a second part.
        chunk_size: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.func import jacrev
        >>> jacrev(lambda x: x**2)(torch.tensor([1.0, 2.0])).tolist()
        [[2.0, 0.0], [0.0, 4.0]]
    """

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        d = Differentiated("jacrev", func, args, _places(argnums, args), kwargs, has_aux)
        with autograd.enable_grad():
            rows = d.jacobians()
        found = d.rebuild_outputs([_as_argnums(argnums, d.rebuild(row)) for row in rows])
        return (found, d.result(d.aux)) if has_aux else found

    return jacobian


def jacfwd(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error", chunk_size: Any = None) -> Callable[..., Any]:
    """As `jacrev`, by a forward sweep for each element of the arguments; by backward passes where the result is to be differentiated.

    Args:
        func: a function of tensors.
        argnums: by which arguments, each a tensor or a tree of them.
        has_aux: func returns (result, what else is to be returned), which is then a second part.
        randomness, chunk_size: accepted; they do nothing.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.func import jacfwd
        >>> jacfwd(lambda x: x**2)(torch.tensor([1.0, 2.0])).tolist()
        [[2.0, 0.0], [0.0, 4.0]]
    """

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        d = Differentiated("jacfwd", func, args, _places(argnums, args), kwargs, has_aux)
        columns = None if d.outer else d.columns()
        with autograd.enable_grad():
            rows = d.jacobians() if columns is None else columns
        found = d.rebuild_outputs([_as_argnums(argnums, d.rebuild(row)) for row in rows])
        return (found, d.result(d.aux)) if has_aux else found

    return jacobian


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """The second derivatives of a function, as a function.

    Args:
        func: a function of tensors that returns a scalar.
        argnums: by which arguments, each a tensor or a tree of them.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.func import hessian
        >>> hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0])).tolist()
        [[6.0, 0.0], [0.0, 12.0]]
    """
    return jacfwd(jacrev(func, argnums), argnums)
