"""Calling a module with other parameters than its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jittape.eager.functions import FUNCTIONS
from jittape.nn.module import Module

__all__ = ["functional_call", "stack_module_state"]


def functional_call(module: Module, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: Any = None, *, tie_weights: bool = True, strict: bool = False) -> Any:
    """Call a module with other tensors in place of its parameters and buffers, which are as before afterwards.

    Args:
        module: the module.
        parameter_and_buffer_dicts: tensors by the names of parameters and buffers, or several such dicts.
        args, kwargs: what it is called with; one argument need not be in a tuple.
        tie_weights: a parameter that stands under several names is replaced under all of them.
        strict: a name that is missing is an error.

    Raises:
        ValueError: a name stands in several dicts.
        AttributeError: the module has no such name; a RuntimeError if `strict`.
        RuntimeError: a name is missing, if `strict`.

    Example:
        >>> import jittape as jt
        >>> from jittape.nn.utils.stateless import functional_call
        >>> layer = jt.nn.Linear(2, 1)
        >>> functional_call(layer, {"weight": jt.ones(1, 2), "bias": jt.zeros(1)}, jt.tensor([3.0, 4.0])).tolist()
        [7.0]
    """
    given: dict[str, Any] = {}
    for part in [parameter_and_buffer_dicts] if isinstance(parameter_and_buffer_dicts, dict) else parameter_and_buffer_dicts:
        twice = sorted(set(part) & set(given))
        if twice:
            raise ValueError(f"{twice} appeared in multiple dictionaries; behavior of functional call is ambiguous")
        given |= part
    parts = [(f"{path}." if path else "", part) for path, part in module.named_modules(remove_duplicate=False)]
    places = {prefix + name: (vars(m)[place], name) for prefix, m in parts for place in ("_parameters", "_buffers") for name in vars(m)[place]}
    unknown = [name for name in given if name not in places]
    missing = [name for name in places if name not in given]
    if unknown and strict:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}: Unexpected key(s): {', '.join(unknown)}.")
    if unknown:
        raise AttributeError(f"{type(module).__name__} object has no attribute `{unknown[0]}`")
    if missing and strict:
        raise RuntimeError(f"Missing key(s): {', '.join(missing)}.")
    new = {id(places[name][0][places[name][1]]): t for name, t in given.items()} if tie_weights else {}
    before = []
    try:
        for full, (place, name) in places.items():
            old = place[name]
            if old is not None and (full in given or id(old) in new):
                before.append((place, name, old))
                place[name] = given[full] if full in given else new[id(old)]
        return module(*(() if args is None else args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    finally:
        for place, name, old in before:
            place[name] = old


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of several modules of one kind, stacked, and the buffers: what `vmap` of `functional_call` takes.

    Args:
        models: the modules.

    Raises:
        RuntimeError: there are none.

    Example:
        >>> import jittape as jt
        >>> from jittape.nn.utils.stateless import stack_module_state
        >>> parameters, buffers = stack_module_state([jt.nn.Linear(3, 2) for _ in range(4)])
        >>> list(parameters["weight"].shape), buffers
        ([4, 2, 3], {})
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    stack = FUNCTIONS["stack"]
    parts = [dict(m.named_parameters()) for m in models], [dict(m.named_buffers()) for m in models]
    found = [{name: stack([p[name].detach() for p in part]) for name in part[0]} for part in parts]
    for t in found[0].values():
        t.requires_grad_()
    return found[0], found[1]
