"""Nested tuples, lists and dicts of arrays: taking the leaves out and putting results back in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["describe", "flatten", "same_structure"]


def __dir__() -> list[str]:
    return list(__all__)


def flatten(tree: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """(leaves, rebuild): rebuild(list of as many values) gives the same structure. None is a structure without leaves.

    Dicts are gone through in their own order; named tuples keep their class.
    """
    leaves: list[Any] = []
    return leaves, _take(tree, leaves)


def _take(node: Any, leaves: list[Any]) -> Callable[[list[Any]], Any]:
    """Append a tree's leaves; returns the way back. (A function within `flatten` would refer to itself, and keep all of the leaves
    until the garbage collector comes.)"""
    if node is None:
        return lambda values: None
    if isinstance(node, dict):
        parts = {key: _take(child, leaves) for key, child in node.items()}
        return lambda values: {key: part(values) for key, part in parts.items()}
    if isinstance(node, (tuple, list)):
        kind = type(node)
        items = [_take(child, leaves) for child in node]
        if hasattr(kind, "_fields"):
            return lambda values: kind(*(part(values) for part in items))
        return lambda values: kind(part(values) for part in items)
    place = len(leaves)
    leaves.append(node)
    return lambda values: values[place]


def same_structure(a: Any, b: Any, ordered: bool = False) -> bool:
    """Whether two trees differ in their leaves only, and in the order of their dicts unless it counts."""
    if a is None or b is None:
        return a is b
    if isinstance(a, dict):
        if not isinstance(b, dict) or (list(a) != list(b) if ordered else a.keys() != b.keys()):
            return False
        return all(same_structure(a[k], b[k], ordered) for k in a)
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(same_structure(x, y, ordered) for x, y in zip(a, b, strict=True))
    return not isinstance(b, (dict, tuple, list))


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
    else:
        leaves.append(given)
        return True
    for x, y in pairs:
        if isinstance(y, _NODES):
            if not _align(x, y, leaves):
                return False
        elif isinstance(x, _NODES):
            return False
        else:
            leaves.append(x)
    return True


SHOWN = 8
"""Members of a list, tuple or dict that a message names."""


def describe(tree: Any) -> str:
    """A tree in words, for messages; of long lists, tuples and dicts the first few members."""
    if isinstance(tree, dict):
        inner = ", ".join(f"{k!r}: {describe(v)}" for k, v in list(tree.items())[:SHOWN])
        return f"{{{inner}{_rest(tree)}}}"
    if isinstance(tree, (tuple, list)):
        inner = ", ".join(map(describe, tree[:SHOWN])) + _rest(tree)
        return f"({inner})" if isinstance(tree, tuple) else f"[{inner}]"
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
