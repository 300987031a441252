"""torch.utils.checkpoint: what a function computes on its way is not kept, but computed again in the backward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape import autograd
from jittape.eager.backward import collect, leaves_of
from jittape.eager.hooks import accumulate
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.random import get_rng_state, set_rng_state
from jittape.tree import flatten

__all__ = ["checkpoint", "checkpoint_sequential"]


class _Checkpoint(autograd.Function):
    @staticmethod
    def forward(ctx: Any, function: Callable[..., Any], rebuild: Callable[..., Any], preserve: bool, marker: Any, *given: Any) -> Any:
        ctx.function, ctx.rebuild, ctx.preserve = function, rebuild, preserve
        ctx.state = get_rng_state() if preserve else None
        ctx.plain = [None if isinstance(x, Tensor) else x for x in given]
        ctx.save_for_backward(*[x if isinstance(x, Tensor) else None for x in given])
        out, back = flatten(_call(function, rebuild, given))
        ctx.is_tensor = [isinstance(t, Tensor) for t in out]
        return (back, *out)

    @staticmethod
    def backward(ctx: Any, _: Any, *gradients: Any) -> Any:
        create = autograd.is_grad_enabled()
        given = [plain if t is None else t for t, plain in zip(ctx.saved_tensors, ctx.plain, strict=True)]
        if create:  # copies, which have no hooks: those of the arguments are called by the pass that this is a part of
            given = [t.clone() if isinstance(t, Tensor) and t.requires_grad else t for t in given]
        else:
            given = [t.detach().requires_grad_(needed) if isinstance(t, Tensor) else t for t, needed in zip(given, ctx.needs_input_grad[4:], strict=True)]
        now: Any = get_rng_state() if ctx.preserve else None
        if ctx.preserve:
            set_rng_state(ctx.state)
        try:
            with autograd.enable_grad():
                out = flatten(_call(ctx.function, ctx.rebuild, given))[0]
        finally:
            if ctx.preserve:
                set_rng_state(now)
        pairs = [(t, g) for t, g in zip(out, gradients, strict=True) if isinstance(t, Tensor) and t.requires_grad]
        outputs = [t for t, _ in pairs]
        inputs = [t for t in given if isinstance(t, Tensor) and t.requires_grad]
        own = {id(t) for t in inputs}
        # Parameters that the function finds itself are no arguments: their gradients are added here. In a recorded pass
        # the arguments stand on the tape, whose leaves are not the function's.
        free = [t for t in ([] if create else leaves_of(outputs)) if id(t) not in own and t.requires_grad]
        found = collect(outputs, [g for _, g in pairs], inputs + free, create, create)
        for t, g in zip(free, found[len(inputs) :], strict=True):
            if g is not None:
                accumulate(t, g)
        rest = iter(found)
        return (None, None, None, None, *[next(rest) if isinstance(t, Tensor) and t.requires_grad else None for t in given])


def _call(function: Callable[..., Any], rebuild: Callable[..., Any], given: Sequence[Any]) -> Any:
    args, kwargs = rebuild(list(given))
    return function(*args, **kwargs)


def checkpoint(function: Callable[..., Any], *args: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True, context_fn: Any = None, determinism_check: Any = None, debug: bool = False, early_stop: bool = True, **kwargs: Any) -> Any:
    """Call a function whose steps are not kept for the backward pass, which calls it again.

    Gradients of parameters that the function uses, and that are no arguments, are added to their `.grad`; so `autograd.grad` by them, and
    `create_graph`, need them as arguments.

    Args:
        preserve_rng_state: random numbers are drawn again as they were.
        use_reentrant, context_fn, determinism_check, debug, early_stop: accepted.

    Example:
        >>> import jittape as jt
        >>> from jittape.torch.utils.checkpoint import checkpoint
        >>> x = jt.tensor(0.0, requires_grad=True)
        >>> checkpoint(lambda a: (a * 2).exp(), x).backward()
        >>> x.grad.item()
        2.0
    """
    given, rebuild = flatten([list(args), kwargs])
    tensors = [x for x in given if isinstance(x, Tensor) and x.dtype.kind in "fc"]
    marker = concrete(np.zeros((), tensors[0].real.dtype if tensors else np.float64)).requires_grad_()
    back, *out = _Checkpoint.apply(function, rebuild, preserve_rng_state, marker, *given)
    return back(out)


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True) -> Any:  # noqa: A002
    """A chain of modules in so many parts, each but the last checkpointed."""
    parts = list(functions.children() if hasattr(functions, "children") else functions)
    size = len(parts) // segments

    def run(first: int, end: int) -> Callable[[Any], Any]:
        def forward(x: Any) -> Any:
            for part in parts[first:end]:
                x = part(x)
            return x

        return forward

    for k in range(segments - 1):
        input = checkpoint(run(k * size, (k + 1) * size), input, preserve_rng_state=preserve_rng_state)  # noqa: A001
    return run((segments - 1) * size, len(parts))(input)
