"""Which arguments are differentiated, as drivers are told of it by `argnums=`."""

from __future__ import annotations

from collections.abc import Sequence


def argument_numbers(argnums: int | Sequence[int]) -> tuple[int, ...]:
    """The positions that `argnums` names: one, or several."""
    numbers = (argnums,) if not isinstance(argnums, (tuple, list, range)) else tuple(argnums)
    if not numbers or not all(isinstance(i, int) and not isinstance(i, bool) for i in numbers):
        raise TypeError(f"argnums is an integer or a sequence of integers, not {argnums!r}")
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"argnums names an argument twice: {argnums!r}")
    return numbers
