"""Variables in a structure of arrays, which solvers see as a vector: a dict of the weights and biases of a model, say."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from jittape import tree
from jittape.replay.function import Function


class Structured:
    """A function of a structure, as one of the vector of all of its numbers: an object, so that it can be pickled with the function."""

    def __init__(self, f: Callable[..., Any], variables: Variables) -> None:
        functools.update_wrapper(self, f)
        self.f, self.variables = f, variables

    def __call__(self, x: Any, **parameters: Any) -> Any:
        return self.f(self.variables.structured(x), **parameters)


class Variables:
    """The structure of a first guess.

    Attributes:
        x: the vector of its numbers, in the order of `jittape.tree.ravel_pytree`.
    """

    def __init__(self, x0: Any) -> None:
        for leaf in tree.leaves(x0):
            if np.asarray(leaf).dtype.kind not in "fiu":
                raise TypeError(f"the first guess holds a {type(leaf).__name__}, {leaf!r:.60}, where it holds numbers and arrays of numbers: {tree.describe(x0)}")
        self.like = tree.map(lambda leaf: np.array(leaf, float), x0)
        self.x: NDArray[np.float64] = tree.ravel_pytree(self.like)[0]
        if not self.x.size:
            raise ValueError("the first guess has no variables")

    def structured(self, x: Any) -> Any:
        """A vector in the structure; recorded ones, too."""
        return tree.ravel_pytree(self.like)[1](x)

    def vector(self, x: Any) -> NDArray[np.float64]:
        """A structure as a vector."""
        leaves = tree.aligned(x, self.like)
        if leaves is None or any(np.shape(a) != b.shape for a, b in zip(leaves, tree.leaves(self.like), strict=True)):
            raise ValueError(f"the variables are {tree.describe(self.like)}, not {tree.describe(x)}")
        return np.concatenate([np.ravel(np.asarray(a, float)) for a in leaves])

    def function(self, f: Any) -> Any:
        """A function of the structure as one of the vector."""
        if isinstance(f, Function):
            raise TypeError(f"{f.name} was recorded; with variables in a structure, give the function itself, which is recorded over their vector")
        return Structured(f, self) if callable(f) else f  # what is no function is told of where functions are checked

    def constraints(self, given: Any) -> Any:
        """Constraints of the structure: functions, or tuples (c, lower, upper)."""
        if given is None or callable(given):
            return self.function(given)
        if isinstance(given, tuple) and len(given) == 3 and callable(given[0]) and not any(map(callable, given[1:])):
            return (self.function(given[0]), *given[1:])
        return [(self.function(k[0]), *k[1:]) if isinstance(k, tuple) else self.function(k) if callable(k) else k for k in given]

    def side(self, given: Any, name: str) -> Any:
        """Lower or upper bounds of the structure, whose leaves are numbers, arrays or None; as they are where they are a number or a vector."""
        if isinstance(given, np.ndarray) and given.ndim > 1 and given.shape == np.shape(self.like):
            return given.ravel()
        if given is None or np.isscalar(given) or isinstance(given, np.ndarray):
            return given
        infinite = {"lower": -np.inf, "upper": np.inf}[name]
        parts = []
        for leaf, bound in self._along(given, self.like, name):
            bound = infinite if bound is None else bound
            try:
                parts.append(np.broadcast_to(np.asarray(bound, float), leaf.shape).ravel())
            except (TypeError, ValueError):
                raise ValueError(f"the {name} bounds hold {bound!r:.60} for variables of shape {leaf.shape}") from None
        return np.concatenate(parts)

    def _along(self, given: Any, like: Any, name: str) -> list[tuple[Any, Any]]:
        """(leaf, its bound): one bound may stand for a part of the structure."""
        parts = tree.children(like)
        if parts is None or given is None or np.isscalar(given):
            return [(leaf, given) for leaf in tree.leaves(like)]
        bounds = tree.children(given, like)
        if bounds is None or not bounds.keys() <= parts.keys():
            raise ValueError(f"the {name} bounds are a number or a structure like the first guess's, {tree.describe(self.like)}, not {tree.describe(given)}")
        return [pair for key, part in parts.items() for pair in self._along(bounds.get(key), part, name)]

    def bounds(self, given: Any) -> Any:
        """Bounds for SciPy: of the structure, a pair (lower, upper) of structures; else as they are."""
        if not isinstance(given, (tuple, list)):
            if isinstance(given, dict) or tree.children(given):
                raise ValueError(f"bounds are a pair (lower, upper), each a number or a structure like the first guess's, {tree.describe(self.like)}, not {tree.describe(given)}")
            return given
        pairs = all(isinstance(side, (tuple, list)) and len(side) == 2 for side in given)
        if len(given) != 2 or (pairs and self.x.size == 2):
            return given  # SciPy's: (lowest, highest) of each variable
        lower, upper = (self.side(side, name) for side, name in zip(given, ("lower", "upper"), strict=True))
        sides = (np.broadcast_to(default if side is None else side, self.x.shape) for side, default in ((lower, -np.inf), (upper, np.inf)))
        return scipy.optimize.Bounds(*sides)

    def callback(self, given: Callable[..., Any] | None) -> Callable[..., Any] | None:
        """SciPy's callback, with x in the structure."""
        if given is None:
            return None
        try:
            by_name = set(inspect.signature(given).parameters) == {"intermediate_result"}
        except (TypeError, ValueError):
            by_name = False
        if by_name:

            def named(intermediate_result: Any) -> Any:
                return given(intermediate_result=self.result(intermediate_result))

            return named
        return lambda x, *rest: given(self.structured(x), *rest)

    def result(self, found: Any) -> Any:
        """SciPy's result, with x in the structure."""
        found.x = self.structured(np.asarray(found.x))
        return found


def of_structure(x0: Any) -> Variables | None:
    """The variables of a first guess that is a structure; None of an array of one axis, a number, or a list of numbers, which are SciPy's own."""
    if isinstance(x0, (tuple, list)) and all(np.isscalar(x) or getattr(x, "shape", None) == () for x in x0):
        return None
    if tree.children(x0) is None and (np.ndim(x0) < 2 if not isinstance(x0, str) else True):
        return None
    return Variables(x0)
