"""What differentiates a function of one array, by name: each makes a function of a point of it, as users call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import jittape as jt

Driver = Callable[[Callable[..., Any]], Callable[[Any], Any]]


def vjp(f: Callable[..., Any]) -> Callable[[Any], Any]:
    def call(x: Any) -> Any:
        out, pull = jt.vjp(f, x)
        return out, pull(np.cos(np.arange(1.0, np.size(out) + 1)).reshape(np.shape(out)))

    return call


ANY: dict[str, Driver] = {"jacobian": jt.jacobian, "vjp": vjp, "jvp": lambda f: lambda x: jt.jvp(f, (x,), (np.sin(x + 1.0),))}
"""Of functions of any result."""
SCALAR: dict[str, Driver] = {
    "grad": jt.grad,
    "value_and_grad": jt.value_and_grad,
    "hessian": jt.hessian,
    "hvp": lambda f: lambda x: jt.hvp(f)(x, np.cos(x + 1.0)),
}
"""Of functions that return one number."""
