"""Nested containers of arrays: taking the leaves out and putting results back in their place.

Containers are tuples, lists, named tuples, dicts, dataclasses, and classes that `register` was told of. Of a dataclass, fields that hold texts,
integers, truth values, functions or enumerations are no leaves but part of the structure, as are those that are declared with
`field(metadata={"static": True})`.
"""

from __future__ import annotations

import copy
import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

__all__ = ["describe", "flatten", "leaves", "map", "ravel_pytree", "register", "same_structure"]

C = TypeVar("C", bound=type)


def __dir__() -> list[str]:
    return list(__all__)


class _Kind(NamedTuple):
    """How a class that is no container of Python's is taken apart: into (its parts by their keys, what is fixed), and put together."""

    apart: Callable[[Any], tuple[dict[Any, Any], Any]]
    together: Callable[[Any, dict[Any, Any]], Any]
    """Of the object that was taken apart, and other parts."""


_KINDS: dict[type, _Kind | None] = {}
"""By class, once it was met; None of leaves. Those of `register` among them."""
_STATIC = (str, bytes, bool, int, enum.Enum, type(None))


def _kind(cls: type) -> _Kind | None:
    """How a class is taken apart; None of leaves."""
    try:
        return _KINDS[cls]
    except KeyError:
        found = _KINDS[cls] = _DATACLASS if dataclasses.is_dataclass(cls) else None
        return found


def _fields(x: Any) -> tuple[dict[Any, Any], Any]:
    parts: dict[Any, Any] = {}
    fixed: dict[Any, Any] = {}
    for f in dataclasses.fields(x):
        value = getattr(x, f.name, None)
        static = f.metadata.get("static", (isinstance(value, _STATIC) and value is not None) or callable(value))
        (fixed if static else parts)[f.name] = value
    return parts, fixed


def _with_fields(x: Any, parts: dict[Any, Any]) -> Any:
    """A copy with other values, whose `__init__` and `__post_init__` are not run: these may be recorded, or results."""
    new = copy.copy(x)
    for name, value in parts.items():
        object.__setattr__(new, name, value)
    return new


_DATACLASS = _Kind(_fields, _with_fields)


def register(cls: C, flatten: Callable[[Any], tuple[Sequence[Any], Any]], unflatten: Callable[[Any, Sequence[Any]], Any]) -> C:
    """Make a class of one's own a container, whose parts are differentiated as those of a dict are.

    Args:
        cls: the class; its subclasses are not meant.
        flatten: of an object, (its parts, whatever else is needed to make it again, which is compared by ==).
        unflatten: of (what else is needed, other parts), the object.

    Returns:
        The class.

    Raises:
        TypeError: `cls` is no class.

    Example:
        >>> import jittape as jt
        >>> class Point:
        ...     def __init__(self, x, y):
        ...         self.x, self.y = x, y
        >>> _ = jt.tree.register(Point, lambda p: ((p.x, p.y), None), lambda _, parts: Point(*parts))
        >>> g = jt.grad(lambda p: p.x * p.y)(Point(2.0, 3.0))
        >>> float(g.x), float(g.y)
        (3.0, 2.0)
    """
    if not isinstance(cls, type):
        raise TypeError(f"register takes a class, not {cls!r}")

    def apart(x: Any) -> tuple[dict[Any, Any], Any]:
        parts, rest = flatten(x)
        return dict(enumerate(parts)), rest

    _KINDS[cls] = _Kind(apart, lambda x, parts: unflatten(flatten(x)[1], tuple(parts.values())))
    return cls


def children(node: Any, like: Any = None) -> Mapping[Any, Any] | None:
    """The parts of a container by their keys; None of a leaf. Of a dataclass, the fields that are parts of `like`, one of its class, if that is given."""
    if node is None:
        return {}
    if isinstance(node, dict):
        return node
    if isinstance(node, (tuple, list)):
        return dict(enumerate(node))
    kind = _kind(type(node))
    if kind is _DATACLASS and type(like) is type(node):
        return {name: getattr(node, name) for name in kind.apart(like)[0]}
    return None if kind is None else kind.apart(node)[0]


def flatten(tree: Any) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """The leaves of a tree, and the way back: (leaves, rebuild).

    None is a structure without leaves. Dicts are gone through in their own order; named tuples, dataclasses and registered classes
    keep their class.

    Args:
        tree: nested tuples, lists, dicts, named tuples, dataclasses and registered classes; anything else is a leaf.

    Returns:
        (leaves, rebuild): rebuild(list of as many values) gives the same structure.

    Example:
        >>> import jittape as jt
        >>> leaves, rebuild = jt.tree.flatten({"a": 1.0, "b": (2.0, None)})
        >>> leaves, rebuild([3.0, 4.0])
        ([1.0, 2.0], {'a': 3.0, 'b': (4.0, None)})
    """
    leaves: list[Any] = []
    return leaves, _take(tree, leaves)


def _take(node: Any, leaves: list[Any]) -> Callable[[Sequence[Any]], Any]:
    """Append a tree's leaves; returns the way back. (A function within `flatten` would refer to itself, and keep all of the leaves
    until the garbage collector comes.)"""
    if node is None:
        return lambda values: None
    if isinstance(node, dict):
        parts = {key: _take(child, leaves) for key, child in node.items()}
        return lambda values: {key: part(values) for key, part in parts.items()}
    if isinstance(node, (tuple, list)):
        cls = type(node)
        items = [_take(child, leaves) for child in node]
        if hasattr(cls, "_fields"):
            return lambda values: cls(*(part(values) for part in items))
        return lambda values: cls(part(values) for part in items)
    kind = _kind(type(node))
    if kind is not None:
        parts = {key: _take(child, leaves) for key, child in kind.apart(node)[0].items()}
        shell = kind.together(node, dict.fromkeys(parts)) if kind is _DATACLASS else node  # which holds no leaves
        return lambda values: kind.together(shell, {key: part(values) for key, part in parts.items()})
    place = len(leaves)
    leaves.append(node)
    return lambda values: values[place]


def leaves(tree: Any) -> list[Any]:
    """The leaves of a tree, in the order of `flatten`.

    Example:
        >>> import jittape as jt
        >>> jt.tree.leaves({"a": 1.0, "b": (2.0, None)})
        [1.0, 2.0]
    """
    return flatten(tree)[0]


def map(f: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """The tree of what a function gives of each leaf, or of the leaves of several trees in the same places.

    Args:
        f: a function of as many leaves as there are trees.
        tree: nested containers, whose structure the result has.
        rest: further trees of the same structure.

    Raises:
        ValueError: the trees' structures differ.

    Example:
        >>> import jittape as jt
        >>> jt.tree.map(lambda x, g: x - 0.1 * g, {"w": 1.0, "b": 2.0}, {"w": 5.0, "b": 0.0})
        {'w': 0.5, 'b': 2.0}
    """
    found, rebuild = flatten(tree)
    others = []
    for other in rest:
        values = aligned(other, tree)
        if values is None:
            raise ValueError(f"tree.map needs trees of one structure, {describe(tree)}; got {describe(other)}")
        others.append(values)
    return rebuild([f(*values) for values in zip(found, *others, strict=True)])


def ravel_pytree(tree: Any) -> tuple[Any, Callable[[Any], Any]]:
    """All numbers of a tree's leaves as one vector, and the way back from such a vector, as in `jax.flatten_util`.

    Recorded arrays are taken, too, in both directions.

    Args:
        tree: nested containers of arrays and numbers.

    Returns:
        (vector, unravel): unravel(vector of that length) gives the tree's structure and shapes.

    Raises:
        ValueError: by unravel: another shape than that of the vector.

    Example:
        >>> import numpy as np, jittape as jt
        >>> flat, unravel = jt.tree.ravel_pytree({"w": np.ones((2, 2)), "b": 3.0})
        >>> flat.tolist(), unravel(2 * flat)["w"].tolist()
        ([1.0, 1.0, 1.0, 1.0, 3.0], [[2.0, 2.0], [2.0, 2.0]])
    """
    import numpy as np  # this module stands below everything, and is imported without it

    found, rebuild = flatten(tree)
    shapes = [np.shape(x) for x in found]
    sizes = [int(np.prod(shape)) for shape in shapes]
    ends: Any = np.cumsum(sizes)[:-1] if sizes else []
    flat = np.concatenate([np.reshape(x, -1) for x in found]) if found else np.zeros(0)

    def unravel(vector: Any) -> Any:
        """The tree whose leaves hold the numbers of a vector."""
        if np.shape(vector) != (sum(sizes),):
            raise ValueError(f"unravel takes a vector of {sum(sizes)} numbers, not shape {np.shape(vector)}")
        parts = np.split(vector, ends) if found else []
        return rebuild([part.reshape(shape) if shape else part[0] for part, shape in zip(parts, shapes, strict=True)])

    return flat, unravel


def same_structure(a: Any, b: Any, ordered: bool = False) -> bool:
    """Whether two trees differ in their leaves only.

    Args:
        a, b: the trees.
        ordered: whether the order of dicts counts.

    Example:
        >>> import jittape as jt
        >>> jt.tree.same_structure({"a": 1, "b": 2}, {"b": 3, "a": 4})
        True
        >>> jt.tree.same_structure({"a": 1, "b": 2}, {"b": 3, "a": 4}, ordered=True)
        False
    """
    if a is None or b is None:
        return a is b
    if isinstance(a, dict):
        if not isinstance(b, dict) or (list(a) != list(b) if ordered else a.keys() != b.keys()):
            return False
        return all(same_structure(a[k], b[k], ordered) for k in a)
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(same_structure(x, y, ordered) for x, y in zip(a, b, strict=True))
    kind = _kind(type(a))
    if kind is not None:
        if type(a) is not type(b):
            return False
        (x, fixed), (y, others) = kind.apart(a), kind.apart(b)
        return x.keys() == y.keys() and bool(fixed == others) and all(same_structure(x[k], y[k], ordered) for k in x)
    return not isinstance(b, (dict, tuple, list)) and _kind(type(b)) is None


def structure(tree: Any) -> Any:
    """What two trees have in common that differ in their leaves only, for use as a key."""
    parts = children(tree)
    if parts is None:
        return None
    kind = _kind(type(tree)) if not isinstance(tree, _NODES) else None
    fixed = repr(kind.apart(tree)[1]) if kind is not None else ""
    return (type(tree), fixed, *((key, structure(part)) for key, part in parts.items()))


def aligned(given: Any, like: Any) -> list[Any] | None:
    """The leaves of a tree, its dicts gone through in the order of those of another one; None where the structures differ."""
    leaves: list[Any] = []
    return leaves if _align(given, like, leaves) else None


_NODES = (dict, tuple, list, type(None))


def _align(given: Any, like: Any, leaves: list[Any]) -> bool:
    """Append the leaves; returns whether the structures are the same. It is called once a node, and not for leaves in one: each call of a
    recorded function comes by."""
    if isinstance(like, dict):
        if not isinstance(given, dict) or given.keys() != like.keys():
            return False
        pairs = [(given[key], child) for key, child in like.items()]
    elif isinstance(like, (tuple, list)):
        if type(given) is not type(like) or len(given) != len(like):
            return False
        pairs = list(zip(given, like, strict=True))
    elif like is None or isinstance(given, _NODES):
        return like is given
    elif (kind := _kind(type(like))) is not None:
        if type(given) is not type(like):
            return False
        (parts, fixed), (others, wanted) = kind.apart(given), kind.apart(like)
        if parts.keys() != others.keys() or fixed != wanted:
            return False
        pairs = [(parts[key], child) for key, child in others.items()]
    elif _KINDS.get(type(given)) is not None:
        return False
    else:
        leaves.append(given)
        return True
    for x, y in pairs:
        if isinstance(y, _NODES) or _KINDS.get(type(y)) is not None:
            if not _align(x, y, leaves):
                return False
        elif isinstance(x, _NODES) or _KINDS.get(type(x)) is not None:
            return False
        else:
            leaves.append(x)
    return True


SHOWN = 8
"""Members of a list, tuple or dict that a message names."""


def describe(tree: Any) -> str:
    """A tree in words, for messages; of long lists, tuples and dicts the first few members.

    Args:
        tree: nested containers.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.tree.describe({"w": np.ones((2, 3)), "b": 1.0})
        "{'w': ndarray[2, 3], 'b': float}"
    """
    if isinstance(tree, dict):
        inner = ", ".join(f"{k!r}: {describe(v)}" for k, v in list(tree.items())[:SHOWN])
        return f"{{{inner}{_rest(tree)}}}"
    if isinstance(tree, (tuple, list)):
        inner = ", ".join([describe(x) for x in tree[:SHOWN]]) + _rest(tree)
        return f"({inner})" if isinstance(tree, tuple) else f"[{inner}]"
    kind = _kind(type(tree))
    if kind is not None:
        return f"{type(tree).__name__}({', '.join(f'{k}={describe(v)}' for k, v in list(kind.apart(tree)[0].items())[:SHOWN])})"
    shape = getattr(tree, "shape", None)
    return type(tree).__name__ if shape is None else f"{type(tree).__name__}{list(shape)}"


def _rest(tree: Any) -> str:
    return f", ... {len(tree) - SHOWN:,} more" if len(tree) > SHOWN else ""


def advice(given: Any, wanted: Any) -> str:
    """What to write where numbers were given as lists, and arrays are wanted; "" where that is not what is wrong."""
    if isinstance(wanted, (tuple, list)) and isinstance(given, (tuple, list)) and type(given) is type(wanted):
        found = [advice(g, w) for g, w in zip(given, wanted, strict=False)]
        return next((text for text in found if text), "") if len(given) == len(wanted) else ""
    if isinstance(wanted, dict) and isinstance(given, dict) and given.keys() == wanted.keys():
        return next((text for key in wanted if (text := advice(given[key], wanted[key]))), "")
    if isinstance(given, (tuple, list)) and hasattr(wanted, "shape"):
        return "; give an array instead of a list: np.array(x, float)"
    return ""
