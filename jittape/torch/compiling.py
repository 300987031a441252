"""torch.compile: training steps that are recorded; everything else stays as it is."""

from __future__ import annotations

import functools
from typing import Any

from jittape.nn import Module
from jittape.steps import compile_step


def compile(
    model: Any = None, *, fullgraph: Any = False, dynamic: Any = None, backend: Any = "jittape", mode: Any = None, options: Any = None, disable: Any = False, **more: Any
) -> Any:
    """A function that makes a whole training step is recorded (`jittape.compile_step`); a module or another function is what it was.

    Args:
        model: a module or a function; without one, a decorator.
        fullgraph: raise a RuntimeError where a step does what cannot be replayed, in place of running it from Python.
        disable: leave the function as it is.
        dynamic, backend, mode, options, more: accepted.

    Raises:
        TypeError: model cannot be called.

    Example:
        >>> import jittape.torch as torch
        >>> model = torch.nn.Linear(2, 1)
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        >>> @torch.compile
        ... def step(x, y):
        ...     optimizer.zero_grad()
        ...     loss = ((model(x) - y) ** 2).mean()
        ...     loss.backward()
        ...     optimizer.step()
        ...     return loss
        >>> losses = [step(torch.ones(8, 2), torch.zeros(8, 1)).item() for _ in range(20)]
        >>> losses[-1] < 1e-3
        True
    """
    if model is None:
        return functools.partial(compile, fullgraph=fullgraph, disable=disable)
    if not callable(model):
        raise TypeError(f"compile(): argument 'model' must be a module or a function, not {type(model).__name__}")
    if disable or isinstance(model, Module):
        return model
    return compile_step(model, fullgraph=fullgraph)
