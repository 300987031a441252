"""Lists of recorded values where a library takes a list: an array is made of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from jittape.array import protocols
from jittape.array.array import holds_plain, holds_recorded
from jittape.functions.allocation import as_array
from jittape.functions.hooks import CALLERS

SEQUENCES = frozenset((
    "atleast_1d", "atleast_2d", "atleast_3d", "block", "broadcast_arrays", "choose", "column_stack", "concat", "concatenate",
    "dstack", "hstack", "meshgrid", "multi_dot", "piecewise", "select", "stack", "vstack",
))  # fmt: skip
"""Functions of NumPy for which a list is several arrays, not one."""


def unlist(x: Any) -> Any:
    """A list that holds recorded values as a recorded array, one that holds tensors of a gradient as a tensor; anything else as it is."""
    if not isinstance(x, (list, tuple)):
        return x
    if holds_recorded(x):
        return as_array(x)
    call = caller(x)
    return x if call is None else call(as_array, x)


def caller(x: Any) -> Callable[..., Any] | None:
    """What calls a function with a tensor that requires a gradient, or with nested lists that hold one; None where there is none."""
    if isinstance(x, (list, tuple)):
        return None if holds_plain(x) else next((call for v in x if (call := caller(v)) is not None), None)
    if not getattr(x, "requires_grad", False):
        return None
    return next((call for kind, call in CALLERS if isinstance(x, kind)), None)


def taking_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy, or a ufunc, that also takes lists of recorded values."""
    sequences = function.__name__ in SEQUENCES

    @wraps(function)
    def listing(*args: Any, **kwargs: Any) -> Any:
        for a in args:
            if type(a) is list or type(a) is tuple:
                break
        else:
            if not kwargs:
                return function(*args)
        if sequences:
            if protocols.tape_of(args) is None and protocols.tape_of(kwargs) is None:
                return function(*args, **kwargs)
            return protocols.call_function(function, args, kwargs)
        return function(*map(unlist, args), **{k: unlist(v) for k, v in kwargs.items()})

    return listing
