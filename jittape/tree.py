"""Nested tuples, lists and dicts of arrays: taking the leaves out and putting results back in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def flatten(tree: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """(leaves, rebuild): rebuild(list of as many values) gives the same structure. None is a structure without leaves.

    Dicts are gone through in their own order; named tuples keep their class.
    """
    leaves: list[Any] = []

    def walk(node: Any) -> Callable[[list[Any]], Any]:
        if node is None:
            return lambda values: None
        if isinstance(node, dict):
            parts = {key: walk(child) for key, child in node.items()}
            return lambda values: {key: part(values) for key, part in parts.items()}
        if isinstance(node, (tuple, list)):
            kind = type(node)
            items = [walk(child) for child in node]
            if hasattr(kind, "_fields"):
                return lambda values: kind(*(part(values) for part in items))
            return lambda values: kind(part(values) for part in items)
        place = len(leaves)
        leaves.append(node)
        return lambda values: values[place]

    return leaves, walk(tree)


def same_structure(a: Any, b: Any) -> bool:
    """Whether two trees differ in their leaves only."""
    if a is None or b is None:
        return a is b
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same_structure(a[k], b[k]) for k in a)
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same_structure, a, b))
    return not isinstance(b, (dict, tuple, list))


def describe(tree: Any) -> str:
    """A tree in words, for messages."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{k!r}: {describe(v)}" for k, v in tree.items()) + "}"
    if isinstance(tree, (tuple, list)):
        inner = ", ".join(map(describe, tree))
        return f"({inner})" if isinstance(tree, tuple) else f"[{inner}]"
    shape = getattr(tree, "shape", None)
    return type(tree).__name__ if shape is None else f"{type(tree).__name__}{list(shape)}"
