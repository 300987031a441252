"""The function under check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.complexes import is_complex
from jittape.errors import GradientError
from jittape.functional.complexes import Packing
from jittape.functional.leaves import real_leaf
from jittape.functions.hooks import name_of, recordable

Values = NDArray[np.float64]


def of_parts(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """(a function of real arrays, its arguments) in place of one of complex arrays."""
    leaves, rebuild = tree.flatten(list(args))
    if not any(map(is_complex, leaves)):
        return f, args
    packing = Packing(leaves)

    def parts(*given: Any) -> tuple[Any, ...]:
        found, _ = tree.flatten(f(*rebuild(packing.together(given))))
        return tuple(Packing(found).apart(found))

    parts.__name__ = name_of(f)
    return parts, tuple(packing.apart(leaves))


def real_results(name: str, found: Sequence[Any]) -> None:
    """Refuse complex results of real arguments."""
    if any(map(is_complex, found)):
        raise GradientError(f"{name} returns complex numbers of real ones; check their parts: lambda x: (f(x).real, f(x).imag)")


class Subject:
    """The function under check, over the leaves of its arguments."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if not callable(f):
            raise TypeError(f"check_grad takes a function and its arguments, not {type(f).__name__}")
        if not args:
            raise TypeError("there is nothing to check: pass the arguments after the function, check_grad(f, x)")
        self.f = recordable(f)
        self.args = args
        self.name = name_of(f)
        leaves, self._rebuild = tree.flatten(list(args))
        self.leaves = [np.array(real_leaf(x, f"leaf {k} of the arguments")) for k, x in enumerate(leaves)]
        if not self.leaves:
            raise GradientError("there is nothing to differentiate with respect to: the arguments hold no numbers")
        kinds = [a.dtype for a, x in zip(self.leaves, leaves, strict=True) if type(x) is not float]
        self.dtype = np.dtype(np.float32 if kinds and all(d == np.float32 for d in kinds) else np.float64)
        self.paths = _paths(args)

    def arguments(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        """Arguments of the function's own structure from as many leaves."""
        return tuple(self._rebuild([np.array(x, a.dtype)[()] for x, a in zip(leaves, self.leaves, strict=True)]))  # f may store into them

    def outputs(self, leaves: Sequence[Any]) -> list[Values]:
        """The function's results at plain arguments, as float64 leaves."""
        found, _ = tree.flatten(self.f(*self.arguments(leaves)))
        return [np.asarray(x, np.float64) for x in found]

    def directions(self, rng: np.random.Generator) -> list[Values]:
        """A random direction, of the magnitude of the arguments and nowhere zero; steps along it that are powers of two hardly round."""
        return [
            np.asarray(rng.choice((-1.0, 1.0), size=a.shape) * rng.integers(4, 12, size=a.shape, endpoint=True) / 8.0) * _scale(a)
            for a in self.leaves
        ]

    def units(self) -> Iterator[tuple[int, tuple[int, ...], float, list[Values]]]:
        """(leaf, index, length, direction) of every element in turn: the direction is `length` there, zero elsewhere."""
        for leaf, a in enumerate(self.leaves):
            scale = _scale(a)
            for index in np.ndindex(a.shape):
                unit = [np.zeros(b.shape) for b in self.leaves]
                unit[leaf][index] = scale[index]
                yield leaf, index, float(scale[index]), unit

    def place(self, leaf: int, index: tuple[int, ...]) -> str:
        return f"{self.paths[leaf]}{list(index) if index else ''}"


def _scale(x: Any) -> Values:
    """max(1, |x|), to a power of two."""
    size = np.maximum(1.0, np.abs(np.asarray(x, np.float64)))
    return np.asarray(np.exp2(np.floor(np.log2(np.where(np.isfinite(size), size, 1.0)))))


def _paths(args: tuple[Any, ...]) -> list[str]:
    """Where each leaf stands: "argument 0['w'][1]"."""
    paths: list[str] = []

    def walk(node: Any, path: str) -> None:
        if node is None:
            return
        if isinstance(node, dict):
            for key, child in node.items():
                walk(child, f"{path}[{key!r}]")
        elif isinstance(node, (tuple, list)):
            for i, child in enumerate(node):
                walk(child, f"{path}[{i}]")
        else:
            paths.append(path)

    for i, arg in enumerate(args):
        walk(arg, f"argument {i}")
    return paths
