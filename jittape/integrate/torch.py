"""Recorded functions as functions and layers of PyTorch: tensors in, tensors out, differentiated by PyTorch to any order.

`jittape.torch` is another thing: PyTorch's namespace on jittape's own tensors. This module imports PyTorch itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from jittape import tree
from jittape.errors import GradientError
from jittape.integrate.pulled import Flat, Leaves, Values
from jittape.replay.function import Function

__all__ = ["Layer", "function"]


def __dir__() -> list[str]:
    return list(__all__)


class _Call:
    """One call of a recorded function: which of its leaves have an axis of points, and what the way back can use of the way there."""

    def __init__(self, flat: Flat, batched: Sequence[bool] | None = None) -> None:
        self.flat = flat
        self.batched = batched
        """For each leaf, whether it has an axis of points; None at one point."""
        self.pull: Callable[[Leaves], Leaves] | None = None

    def arrays(self, tensors: Sequence[torch.Tensor]) -> Leaves:
        flat, out = self.flat, []
        for k, (t, shape) in enumerate(zip(tensors, flat.shapes, strict=True)):
            if t.device.type != "cpu":
                raise GradientError(f"{flat.name}: leaf {k} is a tensor on {t.device}; jittape computes on the CPU, pass t.cpu()")
            found = tuple(t.shape[1:] if self.batched is not None and self.batched[k] else t.shape)
            if found != shape:
                raise ValueError(f"{flat.name}: leaf {k} was recorded with shape {shape}, called with {found}")
            out.append(np.asarray(t.detach().numpy(), flat.dtype, order="C"))
        return out

    @property
    def pullback(self) -> _Call:
        """A call of the pullback, whose last leaves are adjoints of the results; in a batch, these have an axis of points."""
        return _Call(self.flat.pullback, None if self.batched is None else [*self.batched, *[True] * len(self.flat.results)])

    @property
    def pushforward(self) -> _Call:
        """A call of the pushforward, whose last leaves are tangents of the first ones."""
        return _Call(self.flat.pushforward, None if self.batched is None else [*self.batched, *self.batched])


def _dtype(tensors: Sequence[torch.Tensor]) -> torch.dtype:
    """float32 where every tensor is of at most that; else float64."""
    return torch.float64 if any(t.dtype == torch.float64 for t in tensors) else torch.float32


def _tensors(arrays: Sequence[NDArray[Any]], dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    return tuple(torch.as_tensor(np.array(a, order="C"), dtype=dtype) for a in arrays)


class _Value(torch.autograd.Function):
    """Leaves of the arguments to leaves of the result."""

    @staticmethod
    def forward(call: _Call, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:  # type: ignore[override]
        leaves, dtype = call.arrays(tensors), _dtype(tensors)
        if call.batched is not None:
            return _tensors(call.flat.batch(leaves), dtype)
        if not any(t.requires_grad for t in tensors):
            return _tensors(call.flat.values(leaves), dtype)
        values, call.pull = call.flat.vjp(leaves)
        return _tensors(values, dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        _keep(ctx, inputs[0], inputs[1:])

    @staticmethod
    def backward(ctx: Any, *adjoints: torch.Tensor) -> Any:
        return _pulled(ctx.call, ctx.saved_tensors, adjoints)

    @staticmethod
    def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:  # type: ignore[override]
        return _pushed(ctx, tangents)

    @staticmethod
    def vmap(info: Any, in_dims: Any, call: _Call, *tensors: torch.Tensor) -> Any:
        return _over_points(_Value.apply, info, in_dims, call, tensors)


class _Pull(torch.autograd.Function):
    """Leaves of the arguments and adjoints of the results to adjoints of the leaves: in a batch one a point, of shared leaves, too.

    `call` is one of the pullback, `pull` what a forward sweep at these leaves has left, if there was one.
    """

    @staticmethod
    def forward(call: _Call, pull: Any, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:  # type: ignore[override]
        leaves, dtype = call.arrays(tensors), _dtype(tensors)
        if call.batched is not None:
            return _tensors(call.flat.batch(leaves), dtype)
        n = len(call.flat.results)
        return _tensors(call.flat.values(leaves) if pull is None else pull(leaves[n:]), dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        _keep(ctx, inputs[0], inputs[2:])

    @staticmethod
    def backward(ctx: Any, *adjoints: torch.Tensor) -> Any:
        return None, *_pulled(ctx.call, ctx.saved_tensors, adjoints)

    @staticmethod
    def jvp(ctx: Any, _: Any, __: Any, *tangents: Any) -> Any:  # type: ignore[override]
        return _pushed(ctx, tangents)

    @staticmethod
    def vmap(info: Any, in_dims: Any, call: _Call, pull: Any, *tensors: torch.Tensor) -> Any:
        return _over_points(lambda call, *tensors: _Pull.apply(call, None, *tensors), info, in_dims[1:], call, tensors)


def _keep(ctx: Any, call: _Call, leaves: Sequence[torch.Tensor]) -> None:
    ctx.call = call
    ctx.save_for_backward(*leaves)
    ctx.save_for_forward(*leaves)


def _pushed(ctx: Any, tangents: Sequence[torch.Tensor | None]) -> tuple[torch.Tensor, ...]:
    """Tangents of the results; None stands for one that is zero."""
    leaves = ctx.saved_tensors
    given = [torch.zeros_like(x) if t is None else t for x, t in zip(leaves, tangents, strict=True)]
    found: tuple[torch.Tensor, ...] = _Value.apply(ctx.call.pushforward, *leaves, *given)
    return found


def _pulled(call: _Call, leaves: Sequence[torch.Tensor], adjoints: Sequence[torch.Tensor]) -> Any:
    """What backward returns: nothing for the call, and an adjoint a leaf, summed over points where it is shared between them."""
    found = _Pull.apply(call.pullback, call.pull, *leaves, *adjoints)
    batched = call.batched or [True] * len(leaves)
    return None, *((g if b else g.sum(0)).to(x.dtype) for g, b, x in zip(found, batched, leaves, strict=True))


def _over_points(apply: Any, info: Any, in_dims: Sequence[int | None], call: _Call, tensors: Sequence[torch.Tensor]) -> Any:
    """The rule of torch.vmap: its axis is an axis of points, joined with the one that there is."""
    size = info.batch_size
    moved = [t if d is None else t.movedim(d, 0) for t, d in zip(tensors, in_dims[1:], strict=True)]
    batched, inner = [d is not None for d in in_dims[1:]], None
    if call.batched is not None:
        inner = next(t.shape[int(v)] for t, v, b in zip(moved, batched, call.batched, strict=True) if b)
        for k, (v, b) in enumerate(zip(batched, call.batched, strict=True)):
            if v or b:
                t = moved[k] if v else moved[k].unsqueeze(0)
                t = t if b else t.unsqueeze(1)
                moved[k] = t.expand(size, inner, *t.shape[2:]).reshape(size * inner, *t.shape[2:])
        batched = [v or b for v, b in zip(batched, call.batched, strict=True)]
    outs = apply(_Call(call.flat, batched), *moved)
    return tuple(outs) if inner is None else tuple(o.reshape(size, inner, *o.shape[1:]) for o in outs), tuple([0] * len(outs))


def function(F: Function, *, batch: bool = False, **parameters: Any) -> Callable[..., Any]:
    """A recorded function as a function of tensors of PyTorch, differentiable by PyTorch to any order.

    Values and first derivatives are replays. The pullback is recorded when a derivative is differentiated again, and its own pullback at the
    next order. `torch.func` (grad, vmap, jacrev, hessian) works on it; `torch.vmap` and `batch=True` go by the lanes of `F.batch_value`.

    Args:
        F: what `jittape.record` returned. It is called with tensors on the CPU in the structure and of the shapes that it was recorded with.
        batch: the arguments are many points: every leaf has an axis of points before its own, but for those that are given in the
            recorded shape, which are the same at all points. So have the results.
        parameters: parameters of F (see `Function.bind`), arrays that are not differentiated.

    Returns:
        A function that returns tensors in the structure of F's result: float64 if any argument is, else float32, although it is computed in
        the dtype that F was recorded in.

    Raises:
        TypeError: F is no recorded function.
        GradientError: it returns truth values; a tensor that is not on the CPU; a second derivative of a function that was loaded from a file
            without its Python function.
        ValueError: shapes or structures that F was not recorded with.

    Example:
        >>> import numpy as np, torch, jittape as jt
        >>> from jittape.integrate.torch import function
        >>> f = function(jt.record(lambda x: np.sum(np.sin(x) ** 2), np.ones(2)))
        >>> x = torch.tensor([0.5, 1.0], requires_grad=True)
        >>> f(torch.relu(x)).backward()
        >>> x.grad
        tensor([0.8415, 0.9093])
    """
    flat = Values(F, parameters)

    def call(*args: Any) -> Any:
        tensors = [torch.as_tensor(t) for t in flat.flat(args)]
        tensors = [t if t.is_floating_point() else t.to(torch.float64) for t in tensors]
        batched = None
        if batch:
            batched = [t.dim() > len(shape) for t, shape in zip(tensors, flat.shapes, strict=True)]
            if not any(batched):
                raise ValueError(f"{flat.name}: no argument has an axis of points before the recorded shapes {flat.shapes}; leave batch=True away, or add the axis")
        return flat.result(_Value.apply(_Call(flat, batched), *tensors))

    call.__name__ = flat.name
    return call


class Layer(torch.nn.Module):
    """A recorded function as a layer: its first arguments are the layer's parameters, the others its inputs.

    Args:
        F: what `jittape.record` returned.
        weights: values of the first arguments, arrays or tensors, or containers of them; the parameters of the layer begin as copies.
        batch: inputs have an axis of points, parameters have none.
        dtype: of the parameters.

    Example:
        >>> import numpy as np, torch, jittape as jt
        >>> from jittape.integrate.torch import Layer
        >>> F = jt.record(lambda w, x: np.tanh(w["a"] @ x) + w["b"], {"a": np.ones((2, 3)), "b": np.zeros(2)}, np.ones(3))
        >>> net = torch.nn.Sequential(torch.nn.Linear(4, 3), Layer(F, {"a": np.ones((2, 3)), "b": np.zeros(2)}, batch=True))
        >>> net(torch.zeros(5, 4)).shape, [name for name, _ in net[1].named_parameters()]
        (torch.Size([5, 2]), ['weights.0', 'weights.1'])
    """

    def __init__(self, F: Function, *weights: Any, batch: bool = False, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        leaves, rebuild = tree.flatten(list(weights))
        self.weights = torch.nn.ParameterList(torch.nn.Parameter(torch.as_tensor(np.array(x), dtype=dtype)) for x in leaves)
        self._rebuild, self._call = rebuild, function(F, batch=batch)

    def forward(self, *inputs: Any) -> Any:
        """The function of the layer's weights and of `inputs`, its other arguments.

        Example:
            >>> import torch, jittape as jt
            >>> from jittape.integrate.torch import Layer
            >>> layer = Layer(jt.record(lambda w, x: w * x, 2.0, 1.0), 2.0)
            >>> layer.forward(torch.tensor(3.0)).item()
            6.0
        """
        return self._call(*self._rebuild(list(self.weights)), *inputs)
