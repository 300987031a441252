"""Nested containers: what has the same structure, and how messages describe them."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

from jittape import tree

Point = namedtuple("Point", "x y")


def test_leaves_and_back() -> None:
    given = {"a": [1.0, (2.0, None)], "b": Point(3.0, [])}
    leaves, rebuild = tree.flatten(given)
    assert leaves == [1.0, 2.0, 3.0]
    again = rebuild([4.0, 5.0, 6.0])
    assert again == {"a": [4.0, (5.0, None)], "b": Point(6.0, [])} and type(again["b"]) is Point and type(again["a"]) is list
    assert tree.flatten(None)[0] == [] and tree.flatten(None)[1]([]) is None and tree.flatten(7.0)[1]([8.0]) == 8.0


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (None, None, True), (None, 1.0, False), (1.0, None, False), (1.0, "x", True), ([1.0], (1.0,), False), ([1.0], [2.0, 3.0], False),
        ({"a": 1.0, "b": 2.0}, {"b": 1.0, "a": 2.0}, True), ({"a": 1.0}, {"a": 2.0}, True), ({"a": 1.0}, {"b": 2.0}, False), ({"a": 1.0}, [1.0], False),
        ([1.0, [2.0]], [1.0, 2.0], False), (1.0, [1.0], False), (1.0, {}, False), ([1.0, None], [1.0, None], True), ([None], [1.0], False),
        (Point(1.0, 2.0), (1.0, 2.0), False), ({"a": [1.0, 2.0]}, {"a": [1.0]}, False), ([], [], True),
    ],
)  # fmt: skip
def test_same_structure(a: object, b: object, same: bool) -> None:
    assert tree.same_structure(a, b) is same


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (1.0, "float"), (None, "NoneType"), (np.ones((2, 3)), "ndarray[2, 3]"), (np.float32(1.0), "float32[]"), ([], "[]"), ((), "()"), ({}, "{}"),
        ([1.0, (2, np.ones(3))], "[float, (int, ndarray[3])]"), ({"w": [1.0], 3: "x"}, "{'w': [float], 3: str}"),
        (list(range(8)), "[" + ", ".join(["int"] * 8) + "]"), (list(range(9)), "[" + ", ".join(["int"] * 8) + ", ... 1 more]"),
        (tuple(range(2009)), "(" + ", ".join(["int"] * 8) + ", ... 2,001 more)"),
        (dict.fromkeys(range(10), 1.0), "{" + ", ".join(f"{i}: float" for i in range(8)) + ", ... 2 more}"),
    ],
)  # fmt: skip
def test_descriptions(given: object, text: str) -> None:
    assert tree.describe(given) == text


ADVICE = "; give an array instead of a list: np.array(x, float)"


@pytest.mark.parametrize(
    ("given", "wanted", "text"),
    [
        ([1.0, 2.0], np.ones(2), ADVICE), ((1.0, 2.0), np.ones(2), ADVICE), ([1.0], 1.0, ""), (1.0, np.ones(2), ""), (np.ones(2), np.ones(2), ""),
        ([1.0, [2.0]], [1.0, np.ones(1)], ADVICE), ([1.0, [2.0]], (1.0, np.ones(1)), ""), ([1.0, [2.0]], [1.0, np.ones(1), 3.0], ""),
        ({"a": 1.0, "b": [2.0]}, {"a": 1.0, "b": np.ones(1)}, ADVICE), ({"b": [2.0]}, {"a": 1.0, "b": np.ones(1)}, ""),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0, "b": np.ones(1)}, ""), ([2.0], {"a": np.ones(1)}, ""), ([np.ones(1), 1.0], [np.ones(1), [1.0]], ""),
    ],
)  # fmt: skip
def test_advice(given: object, wanted: object, text: str) -> None:
    assert tree.advice(given, wanted) == text


def test_names_of_the_module() -> None:
    assert sorted(dir(tree)) == ["describe", "flatten", "leaves", "map", "ravel_pytree", "register", "same_structure"]
