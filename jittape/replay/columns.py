"""Arguments and results of batches as columns: a row a point, a column a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.array import Array
from jittape.replay.path import Path

if TYPE_CHECKING:
    from jittape.replay.paths import Paths

Reals = NDArray[Any]


def columns(function: Paths, args: tuple[Any, ...], shared: int = 0) -> Reals:
    """The arguments of all points, but for the first ones that all points share, as one array of shape (points, inputs)."""
    leaves, shapes, count = leaves_of_points(function, args, shared)
    return joined(function, leaves, shapes, count)


def leaves_of_points(function: Paths, args: tuple[Any, ...], shared: int = 0) -> tuple[list[Any], list[tuple[int, ...]], int]:
    """(the leaves of the arguments of all points, their shapes at one point, the number of points); nothing is read of them but their shapes."""
    like = function._structure[shared:]
    if len(args) != len(like):
        n = len(like) + shared
        raise TypeError(f"{function.name} was recorded with {n} argument{'' if n == 1 else 's'}, called with {len(args) + shared}")
    leaves = function._aligned(list(args), list(like))
    if leaves is None:
        raise ValueError(
            f"{function.name} was recorded for arguments {tree.describe(like)}, called with {tree.describe(list(args))}"
            f"{tree.advice(list(args), list(like))}"
        )
    shapes = list(function.shapes[len(function.shapes) - len(leaves) :])
    return leaves, shapes, _points(leaves, shapes)


def joined(function: Paths, leaves: Sequence[Any], shapes: Sequence[tuple[int, ...]], count: int) -> Reals:
    """Leaves at so many points as one array of shape (points, inputs)."""
    parts = []
    for x, shape in zip(leaves, shapes, strict=True):
        x = function._checked(x, np.shape(x), "a batch")
        if np.shape(x) == shape:
            x = np.broadcast_to(x, (count, *shape))
        parts.append(np.ascontiguousarray(x, function._dtype).reshape(count, int(np.prod(shape, dtype=np.int64))))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _points(leaves: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> int:
    """How many points the arguments are given for; a leaf of the recorded shape is the same at all of them, but not every one can be."""
    count: int | None = None
    for k, (x, shape) in enumerate(zip(leaves, shapes, strict=True)):
        given = np.shape(x)
        if given == shape and len(leaves) > 1:
            continue
        if len(given) != len(shape) + 1 or given[1:] != shape:
            wanted = f"({', '.join(['points', *map(str, shape)])}{'' if shape else ','})"
            one = f"; one point for all data is np.broadcast_to(x, (points, ...)), of shape {wanted}" if given == shape else ""
            raise ValueError(f"a batch of arguments of shape {shape} has shape {wanted}, not {given}{one}")
        if count is not None and given[0] != count:
            raise ValueError(f"the arguments' batches are of different lengths: {count} points, and {given[0]} in leaf {k}")
        count = given[0]
    if count is None:
        raise ValueError(f"none of the arguments has an axis of points: they are of the recorded shapes, {', '.join(map(str, shapes))}; call the function itself at one point")
    return count


def parameters(function: Paths, given: dict[str, Any], X: Reals) -> tuple[list[Any], list[int], Reals]:
    """(the leaves of the parameters, which of them differ between points, X with what these have at each point as further columns)."""
    if not given:
        return function._bindings, [], X
    points = len(X)
    leaves = function._named(given, points)
    shapes = [np.shape(x) for x in function._bindings]
    varying = [k for k, (x, shape) in enumerate(zip(leaves, shapes, strict=True)) if np.shape(x) != shape]
    if not varying:
        return leaves, varying, X
    more = [np.ascontiguousarray(leaves[k], function._dtype).reshape(points, int(np.prod(shapes[k], dtype=np.int64))) for k in varying]
    for k in varying:
        leaves[k] = function._bindings[k]
    return leaves, varying, np.concatenate([X, *more], axis=1)


def at_rows(function: Paths, given: dict[str, Any], points: int, rows: Any) -> dict[str, Any]:
    """The parameters of a batch for some of its points, by their numbers or a slice."""
    found = {}
    for name, value in function._bound(given).items():
        known = function._parameters.get(name)
        if known is None or not tree.same_structure(value, known):
            found[name] = value  # which is refused where it is used
            continue
        found[name] = tree.map(lambda old, x: np.asarray(x)[rows] if np.shape(x) == (points, *np.shape(old)) else x, known, value)
    return found


def split(function: Paths, G: Reals, lead: tuple[int, ...]) -> list[Reals]:
    """Leaves of the arguments' shapes out of columns of inputs, with these axes before them."""
    out, at = [], 0
    for shape in function.shapes:
        n = int(np.prod(shape, dtype=np.int64))
        out.append(G[..., at : at + n].reshape((*lead, *shape)))
        at += n
    return out


class Results:
    """What a path returns, as columns of Y, for comparison with other paths and for assembling the results."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shapes = [tuple(o.shape) if isinstance(o, Array) else np.shape(o) for o in path.outputs]
        self.masks = [o.is_mask if isinstance(o, Array) else np.asarray(o).dtype == bool for o in path.outputs]
        sizes = [int(np.prod(s, dtype=np.int64)) for s in self.shapes]
        ends = np.cumsum([0, *sizes])
        self.places = [slice(int(a), int(b)) for a, b in zip(ends, ends[1:], strict=False)]
        self.size = int(ends[-1])
        recorded = [(p, o) for p, o in zip(self.places, path.outputs, strict=True) if isinstance(o, Array)]
        self.slots = np.concatenate([np.empty(0, np.int32), *(o.slots.ravel() for _, o in recorded)]).astype(np.int32)
        self.columns = np.concatenate(
            [np.empty(0, np.intp), *(np.arange(p.start, p.stop) for p, _ in recorded)]
        ).astype(np.intp)
        """Columns of Y that are recorded; the others are the same at every point of the path."""
        self.plain = [
            (p, np.asarray(o)) for p, o in zip(self.places, path.outputs, strict=True) if not isinstance(o, Array)
        ]

    def match(self, other: Results, name: str) -> None:
        """Refuse a batch whose paths return different things."""
        if other is self:
            return
        mine, theirs = (r.path.rebuild_output([_kind(*leaf) for leaf in zip(r.shapes, r.masks, strict=True)]) for r in (self, other))
        if (
            not tree.same_structure(mine, theirs, ordered=True)
            or self.shapes != other.shapes
            or self.masks != other.masks
        ):
            raise ValueError(
                f"{name} returns {theirs} at some points of the batch and {mine} at others; call it point by point"
            )

    def assemble(self, Y: Reals, parts: Sequence[tuple[Any, Results]]) -> Any:
        """The function's result with an axis of points before each leaf's.

        Args:
            parts: (rows, results) of every path that returned something that was not recorded.
        """
        leaves = []
        for k, (p, shape, mask) in enumerate(zip(self.places, self.shapes, self.masks, strict=True)):
            y = Y[:, p].reshape(len(Y), *shape)
            if mask:
                y = y != 0
            plain = [(rows, r.path.outputs[k]) for rows, r in parts if not isinstance(r.path.outputs[k], Array)]
            if plain:  # of its own dtype; where some rows are recorded, of one for both
                kinds = [o if type(o) in (int, float, complex) else np.asarray(o).dtype for _, o in plain]
                recorded = sum(len(rows) for rows, _ in plain) < len(Y)
                new = np.empty(y.shape, np.result_type(*kinds, *([y.dtype] if recorded else [])))
                if recorded:
                    new[...] = y
                for rows, o in plain:
                    new[rows] = o
                y = new
            leaves.append(y)
        return self.path.rebuild_output(leaves)


def _kind(shape: tuple[int, ...], mask: bool) -> _Words:
    """A result in words."""
    what = "truth value" if mask else "number"
    return _Words(f"{what}s of shape {shape}" if shape else f"a {what}")


class _Words(str):
    """Text that is shown without quotation marks."""

    __repr__ = str.__str__
