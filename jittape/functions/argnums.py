"""Which arguments are differentiated, as drivers are told of it by `argnums=`."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from jittape.errors import GradientError

NO_NUMBER = "argnums is an integer or a sequence of integers, not"
POINT = "; a derivative is a function itself, and called with the point: jittape.grad(f)(x), not jittape.grad(f, x)"


def is_point(x: Any) -> bool:
    """Whether what stands where `argnums` belongs, or the function, is a point: real numbers."""
    return isinstance(x, (float, np.floating)) or (isinstance(x, (np.ndarray, list, tuple)) and np.asarray(x).dtype.kind == "f")


def argument_numbers(argnums: Any) -> tuple[int, ...]:
    """The positions that `argnums` names: one, or several. Negative ones count from the last argument, as indices do."""
    several = isinstance(argnums, (tuple, list, range, np.ndarray)) and np.ndim(argnums) == 1
    given = tuple(argnums) if several else (argnums,)
    if not given or any(isinstance(i, (bool, np.bool_)) or not hasattr(i, "__index__") for i in given):
        raise TypeError(f"{NO_NUMBER} {argnums!r}{POINT if is_point(argnums) else ''}")
    try:
        numbers = tuple(map(index, given))
    except TypeError:  # an array of several numbers
        raise TypeError(f"{NO_NUMBER} {argnums!r}") from None
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"argnums names an argument twice: {argnums!r}")
    return numbers


def is_single(argnums: Any) -> bool:
    """Whether derivatives are by one argument as it is, and not in a tuple: `argnums` is a number and no sequence."""
    return hasattr(argnums, "__index__") and np.ndim(argnums) == 0


def positions(numbers: Sequence[int], n: int, name: str, more: str = "") -> tuple[int, ...]:
    """The same positions from 0 on, of a function that is called with (or has) n positional arguments; `more` is said of one that is not there.

    Raises:
        GradientError: there is no such argument.
        ValueError: one is named twice, once from the front and once from the back.
    """
    found = tuple([i + n if i < 0 else i for i in numbers])
    for i, at in zip(numbers, found, strict=True):
        if not 0 <= at < n:
            raise GradientError(f"argnums names argument {i}, but {name} {n} positional argument{'' if n == 1 else 's'}{more}")
    if len(set(found)) < len(found):
        twice = next(at for at in found if found.count(at) > 1)
        names = [i for i, at in zip(numbers, found, strict=True) if at == twice]
        raise ValueError(f"argnums names an argument twice: {names[0]} and {names[1]} are both argument {twice} of {n}")
    return found
