"""What the rooms above know of a recorded function beyond the methods that its users have, who find no more in `dir(F)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.replay.path import Path
from jittape.replay.paths import Paths, Use


def dtype(function: Paths) -> np.dtype[Any]:
    """Of arguments, values and derivatives."""
    found: np.dtype[Any] = function._dtype
    return found


def last_path(function: Paths) -> Path:
    """The path that was used last."""
    return function._path


def structure(function: Paths) -> Sequence[Any]:
    """The arguments, with empty arrays as their leaves."""
    found: Sequence[Any] = function._structure
    return found


def of_one_array(function: Paths) -> bool:
    """Whether the only argument is an array or a number, in no container."""
    return function._one_array


def checked(function: Paths, x: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """A leaf of the arguments as an array of this shape, or an error."""
    found: NDArray[Any] = function._checked(x, shape)
    return found


def parameters(function: Paths) -> dict[str, Any]:
    """The parameters as they are bound, by name."""
    found: dict[str, Any] = function._parameters
    return found


def bindings(function: Paths) -> list[NDArray[Any]]:
    """The leaves of the parameters: another list after each `bind`, so that `is` tells whether there was one."""
    return function._bindings


def given(function: Paths, parameters: dict[str, Any]) -> list[Any]:
    """The leaves of the parameters of a call: those that are bound, but for those given."""
    return function._given(parameters)


def forward(function: Paths, *args: Any) -> Use:
    """A replay that has gone forward at the arguments, on the path that they take; its user ends the use."""
    return function._forward(args, {})


def python_function(function: Paths) -> tuple[Callable[..., Any], dict[str, Any]] | None:
    """The function that paths are recorded from, with what it is handed as it is; None where it is not at hand."""
    if not function._can_record() or function._f is None:
        return None
    return function._f, function._static


def forget_pickled(function: Paths) -> None:
    """Do not look up a Python function again that could not be loaded."""
    function._source_bytes = None
