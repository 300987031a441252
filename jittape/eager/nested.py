"""Arguments that hold tensors in tuples, lists and dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jittape.eager.tensor import Tensor

NESTED = (tuple, list, dict)
"""Containers of arguments in which tensors are looked for."""


def tensors_in(x: Any, found: list[Tensor]) -> list[Tensor]:
    """`found`, with the tensors among nested arguments added."""
    if isinstance(x, Tensor):
        found.append(x)
    elif isinstance(x, (tuple, list)):
        for v in x:
            tensors_in(v, found)
    elif isinstance(x, dict):
        for v in x.values():
            tensors_in(v, found)
    return found


def replaced(x: Any, how: Callable[[Tensor], Any]) -> Any:
    """Nested arguments with their tensors replaced."""
    if isinstance(x, Tensor):
        return how(x)
    if type(x) in (tuple, list):
        return type(x)(replaced(v, how) for v in x)
    if type(x) is dict:
        return {k: replaced(v, how) for k, v in x.items()}
    return x
