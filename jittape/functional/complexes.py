"""Complex leaves of arguments and results: two real ones each on the tape, and packed again for the user.

Values and tangents are packed as they are. Adjoints, gradients among them, are packed in JAX's convention: the gradient of a real f by
z = x + iy is df/dx - i df/dy, and an adjoint c of a complex result w = u + iv stands for Re(c) du - Im(c) dv. So one that is analytic has the
adjoint c f'(z).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.array.complexes import ComplexArray, is_complex, joined, split
from jittape.errors import GradientError


class ComplexParts:
    """The place of a complex leaf in a structure of real ones, which has two there; of numbers and arrays, a complex one is made."""

    def __init__(self, re: Any, im: Any) -> None:
        self.re, self.im = re, im

    def __repr__(self) -> str:
        return f"complex({self.re!r}, {self.im!r})"


class BothParts:
    """The slots of a complex array, of both of its parts."""

    def __init__(self, re: Array, im: Array) -> None:
        self.parts = re, im

    @property
    def slots(self) -> Any:
        return np.stack([part.slots for part in self.parts])


class Packing:
    """Which leaves of a tree are complex.

    Args:
        leaves: the leaves, as they are given.
    """

    def __init__(self, leaves: Sequence[Any]) -> None:
        self.kinds = [is_complex(x) for x in leaves]

    def apart(self, leaves: Sequence[Any], conj: bool = False) -> list[Any]:
        """The leaves with two real ones in the place of a complex one, of adjoints with `conj`."""
        out: list[Any] = []
        for x, kind in zip(leaves, self.kinds, strict=True):
            if kind:
                re, im = split(x)
                if not np.ndim(re):
                    re, im = (x + 0.0 if isinstance(x, int) else x for x in (re, im))
                elif not is_complex(x):
                    im = np.zeros(np.shape(re))
                out += [re, -im if conj else im]
            else:
                out.append(x)
        return out

    def structured(self, leaves: Sequence[Any]) -> list[Any]:
        """Real leaves with `ComplexParts` in the places of complex ones."""
        return [ComplexParts(*x) if kind else x for x, kind in zip(self.paired(leaves), self.kinds, strict=True)]

    def together(self, parts: Sequence[Any], conj: bool = False) -> list[Any]:
        """The other way round."""
        rest = iter(parts)
        return [packed(next(rest), next(rest), conj) if kind else next(rest) for kind in self.kinds]

    def paired(self, parts: Sequence[Any]) -> list[Any]:
        """Real leaves, with (real part, imaginary part) in the places of complex ones."""
        rest = iter(parts)
        return [(next(rest), next(rest)) if kind else next(rest) for kind in self.kinds]

    def first(self, parts: Sequence[Any]) -> list[Any]:
        """The real parts."""
        rest = iter(parts)
        out = []
        for kind in self.kinds:
            out.append(next(rest))
            if kind:
                next(rest)
        return out


def packed(re: Any, im: Any, conj: bool = False) -> Any:
    """One complex leaf of its real and imaginary part."""
    if isinstance(re, Array) or isinstance(im, Array):
        return ComplexArray.of_parts(re, -im if conj else im)
    if isinstance(re, np.ndarray):
        return joined(re, -im if conj else im)
    if isinstance(re, (tuple, list, dict)):  # rows of a Jacobian by several arguments
        (first, rebuild), (second, _) = tree.flatten(re), tree.flatten(im)
        return rebuild([packed(a, b, conj) for a, b in zip(first, second, strict=True)])
    if isinstance(re, (np.floating, float)):
        kind = np.complex64 if isinstance(re, np.float32) else np.complex128
        return kind(complex(re, -im if conj else im))
    return ComplexParts(re, im)


ComplexParts.__name__ = "complex"  # as messages describe structures
tree.register(ComplexParts, lambda p: ((p.re, p.im), None), lambda _, parts: packed(*parts))


def aligned(given: Any, like: Any) -> list[Any] | None:
    """As `tree.aligned`, where `like` has `ComplexParts` in the places of complex leaves: two leaves for each, of a real one its own and zeros."""
    leaves: list[Any] = []
    return leaves if _align(given, like, leaves) else None


def _align(given: Any, like: Any, leaves: list[Any]) -> bool:
    if isinstance(like, ComplexParts) and not isinstance(given, ComplexParts):
        if tree.children(given) is not None:
            return False
        x = given if isinstance(given, Array) else np.asarray(given)
        re, im = (x, x) if isinstance(x, Array) else (x.real.copy("K"), x.imag.copy("K")) if is_complex(x) else (x, np.zeros(x.shape))
        leaves += [part if part.shape or isinstance(part, Array) or isinstance(given, np.ndarray) else part[()] for part in (re, im)]
        return True
    parts = tree.children(like)
    if parts is None:
        leaves.append(given)
        return tree.children(given) is None
    others = tree.children(given, like)
    if others is None or others.keys() != parts.keys() or (type(given) is not type(like) and not isinstance(like, dict)):
        return False
    return all(_align(others[key], part, leaves) for key, part in parts.items())


def has_parts(structure: Any) -> bool:
    """Whether a structure has complex leaves."""
    if isinstance(structure, ComplexParts):
        return True
    parts = tree.children(structure)
    return parts is not None and any(map(has_parts, parts.values()))


def conjugate(x: Any) -> Any:
    """A tree of gradients whose complex leaves are df/dx + i df/dy in JAX's convention, df/dx - i df/dy."""
    return tree.map(lambda g: np.conj(g) if is_complex(g) else g, x)


def through(rebuild: Callable[[Sequence[Any]], Any], packing: Packing, conj: bool = False) -> Callable[[Sequence[Any]], Any]:
    """The way back to a tree of complex leaves from real ones."""
    return lambda parts: rebuild(packing.together(parts, conj))


def analytic(packing: Packing | None, what: str, driver: str) -> None:
    """Refuse real leaves where a function is said to be analytic."""
    if packing is None or not all(packing.kinds):
        raise GradientError(f"{driver}: holomorphic=True is for functions of complex numbers to complex numbers, and {what} holds real ones; pass x.astype(complex)")


def not_analytic(driver: str, shape: tuple[int, ...], arguments: bool) -> GradientError:
    """The error of a complex result where a real one is due."""
    how = "for an analytic function say holomorphic=True, which gives its complex derivative" if arguments else "jittape.jacobian takes complex results of real arguments"
    return GradientError(
        f"{driver} needs a function that returns a real number; this one returned a complex {'number' if not shape else f'array of shape {shape}'}. "
        f"Reduce it to a real one (np.abs, np.real, np.sum(np.abs(w) ** 2)); {how}; or call jittape.vjp or jittape.jvp (docs/complex.md)"
    )

