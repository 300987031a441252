"""Structural functions: NumPy's own, applied to slot numbers. They append nothing to the tape."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array import Array
from jittape.functions.dispatch import METHODS, implements


def _one(name: str, *, method: bool = False) -> None:
    """Record np.name, which rearranges its first argument, by applying it to the slots."""
    function = getattr(np, name, None)
    if function is None:
        return

    def rule(x: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(x, Array):
            return function(x, *args, **kwargs)
        result = function(x.slots, *args, **kwargs)
        if isinstance(result, (list, tuple)):
            return type(result)(x.view(r) for r in result) if type(result) in (list, tuple) else [x.view(r) for r in result]
        return x.view(result)

    rule.__name__ = name
    implements(function, method=method and name)(rule)


for _name in ("ravel", "reshape", "transpose", "swapaxes", "squeeze", "repeat", "diagonal", "take"):
    _one(_name, method=True)
for _name in ("broadcast_to", "moveaxis", "rollaxis", "expand_dims", "flip", "fliplr", "flipud", "rot90", "roll", "tile",
              "split", "array_split", "hsplit", "vsplit", "dsplit", "delete", "resize", "matrix_transpose", "permute_dims",
              "unstack", "compress"):  # fmt: skip
    _one(_name)


def _flatten(x: Array, order: str = "C") -> Array:
    return x.view(x.slots.flatten(order))  # type: ignore[arg-type]


METHODS["flatten"] = _flatten
METHODS["reshape"] = lambda x, *shape, order="C": x.view(x.slots.reshape(*shape, order=order))
METHODS["transpose"] = lambda x, *axes: x.view(x.slots.transpose(*axes))


def _property(name: str, rule: Any) -> None:
    rule.is_property = True
    METHODS[name] = rule


_property("T", lambda x: x.view(x.slots.T))
_property("mT", lambda x: x.view(x.slots.mT))
_property("real", lambda x: x)
_property("flat", lambda x: x.ravel())


@implements(np.shape)
def shape(x: Any) -> tuple[int, ...]:
    return x.shape  # type: ignore[no-any-return]


@implements(np.ndim)
def ndim(x: Any) -> int:
    return x.ndim  # type: ignore[no-any-return]


@implements(np.size)
def size(x: Any, axis: int | None = None) -> int:
    return x.size if axis is None else x.shape[axis]  # type: ignore[no-any-return]
