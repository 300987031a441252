"""Orders and places in recordings that are replayed where they are others: each is found anew."""

from __future__ import annotations

import numpy as np
import pytest

import jittape as jt

POINTS = [np.array([0.3, 2.0, -1.0, 0.7, 1.5, -0.2]), np.array([1.3, -2.0, 1.0, 0.7, 0.5, 0.2]), np.array([0.5, 0.5, 0.5, 0.2, 0.2, 0.5]), np.array([-3.0, 0.7, 3.0, 0.3, 2.0, 0.3])]  # fmt: skip
C = np.arange(1.0, 7.0)


def ordered(x):
    return np.sum(np.sort(x.reshape(2, 3), axis=0) * C.reshape(2, 3)) + np.sum(np.sort(x, axis=None) * C)


DECISIONS = {
    "sort": ordered,
    "argsort": lambda x: np.sum(x * np.argsort(x[::-1], kind="stable")) + np.sum(x.reshape(3, 2) * np.argsort(x.reshape(3, 2), axis=None, kind="stable").reshape(3, 2)),
    "argsort of equals": lambda x: np.sum(x * np.argsort(x)) + np.sum(C * np.argsort(np.round(x), kind="heapsort")),
    "argsort of equals by rows": lambda x: np.sum(x.reshape(2, 3) * np.round(x).reshape(2, 3).argsort()) + np.sum(np.tile(x, 4) * np.argsort(np.tile(x, 4))),
    "in place": lambda x: np.sum(in_place(x) * C),
    "partition": lambda x: np.sum(np.sort(np.partition(x, 2)[:2]) ** 3) + np.partition(x.reshape(2, 3), 1, axis=1)[0, 1],
    "argpartition": lambda x: x[np.argpartition(x, 2)[2]] + np.sum(x * (np.argpartition(x, 0) == np.argmin(x))),
    "lexsort": lambda x: np.sum(x[np.lexsort((C, x))] * C) + np.sum(x[np.lexsort((x, np.floor(x)))] * C),
    "lexsort of rows": lambda x: np.sum(x.reshape(2, 3) * np.lexsort((x.reshape(2, 3), np.floor(x.reshape(2, 3))), axis=0)),
    "lexsort of columns": lambda x: np.sum(x.reshape(2, 3) * np.lexsort((np.ones((2, 3)), x.reshape(2, 3)), axis=1)),
    "argmax": lambda x: x[np.argmax(x)] * x[np.argmin(x)] + np.sum(x.reshape(2, 3)[[0, 1], np.argmax(x.reshape(2, 3), axis=1)] * [1.0, 2.0]),
    "nanargmax": lambda x: x[np.nanargmax(x)] + 2.0 * x[np.nanargmin(x)] + x.reshape(2, 3)[np.nanargmin(x.reshape(2, 3), axis=-2)[0], 0],
    "methods": lambda x: x[x.argmax()] * x[x.argmin()] + np.sum(x * x.argsort(kind="stable")) + np.sum(x * x.searchsorted(0.4)),
    "searchsorted": lambda x: np.sum(x * np.searchsorted([0.0, 0.2, 0.5, 0.7], x)) + np.sum(x * np.searchsorted([0.0, 0.2, 0.5, 0.7], x, "right")),
    "sorter": lambda x: np.sum(x * np.searchsorted(x, [0.1, 0.5], sorter=np.argsort(x))[0]),
    "digitize": lambda x: np.sum(x * np.digitize(x, [-1.0, 0.2, 0.5, 0.7])) + np.sum(x * np.digitize(x, [-1.0, 0.2, 0.5, 0.7], right=True)),
    "digitize, falling": lambda x: np.sum(x * np.digitize(x, [0.7, 0.5, 0.2])) + np.sum(x * np.digitize(x, [0.7, 0.5, 0.2], True)),
    "isin": lambda x: np.sum(x * np.isin(x, [0.5, 0.7])) + np.sum(x * np.isin(x, x[:2], invert=True)) + np.sum(x * np.isin(C / 5.0, x)),
    "unique": lambda x: np.sum(np.unique(x) ** 3 * C[: np.unique(x).size]) + np.unique(x, return_counts=True)[1][0] * x[0],
    "unique rows": lambda x: np.sum(np.unique(np.floor(x).reshape(3, 2) + x[0], axis=0)[0] * [1.0, 2.0]) + len(np.unique(x.reshape(3, 2), axis=0)),
    "unique columns": lambda x: np.sum(np.unique(x.reshape(2, 3), axis=-1)[:, 0] * [1.0, 2.0]) + np.unique(x.reshape(2, 3), axis=1).shape[1],
}


def in_place(x):
    y = 1.0 * x
    y.sort()
    z = (2.0 * x).reshape(2, 3)
    z.sort(axis=0)
    w = 3.0 * x
    w.partition(0)
    return y + z.reshape(6) + w[0]


@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_are_made_anew(name):
    f = DECISIONS[name]
    F = jt.record(f, POINTS[0])
    for x in (*POINTS, *POINTS[::-1]):
        assert F(x) == pytest.approx(f(x), rel=1e-14)
        np.testing.assert_allclose(F.grad(x), jt.grad(f)(x), rtol=1e-14)


def test_bins_that_rise_and_fall():
    """They are refused where they do, and a recording that met bins in order is not replayed there."""
    F = jt.record(lambda x: np.sum(x * np.digitize(0.5, x)), np.array([0.0, 1.0, 2.0]))
    assert F(np.array([0.0, 0.2, 2.0])) == 2.0 * 2.2 and F(np.array([2.0, 1.0, 0.0])) == 2.0 * 3.0
    with pytest.raises(ValueError, match="monotonic"):
        F(np.array([0.0, 2.0, 1.0]))
    with pytest.raises(ValueError, match="monotonic"):
        jt.grad(lambda x: x[0] * np.digitize(x[0], [0.0, 2.0, 1.0]))(np.ones(1))


def test_unique_of_nothing():
    for shape in ((0,), (0, 3), (3, 0)):
        def f(x, shape=shape):
            return np.sum(np.unique(x[:0].reshape(shape), axis=0)) + x[0] * np.unique(x[:0].reshape(shape), axis=0).shape[0]

        assert jt.record(f, np.ones(3))(np.full(3, 2.0)) == f(np.full(3, 2.0))


def test_unique_of_the_array_api_is_that_of_numpy():
    x = np.array([0.5, 0.1, 0.5, 0.3])
    for name in ("unique_all", "unique_counts", "unique_inverse", "unique_values"):
        function = getattr(np, name, None)
        if function is None:
            continue
        found = {}

        def f(x, function=function, found=found):
            found["all"] = function(x)
            return np.sum(x)

        jt.grad(f)(x)
        wanted = function(x)
        got = found["all"]
        if name == "unique_values":
            got, wanted = (got,), (wanted,)
        assert type(got) is type(wanted) and len(got) == len(wanted)


def test_sorting_with_what_numpy_refuses():
    for bad in (lambda x: np.sort(x, kind="bubble"), lambda x: np.sort(x, kind="stable", stable=True), lambda x: np.sort(x, order="a")):
        with pytest.raises(ValueError):
            jt.jacobian(bad)(np.ones(3))


def test_values_that_become_equal_without_changing_their_order():
    F = jt.record(lambda x: np.sum(np.unique(x) ** 2), np.array([-1.0, 0.5, 2.0]))
    for x in ([-1.0, -1.0, 2.0], [-1.0, 2.0, 2.0], [3.0, 3.0, 3.0], [-2.0, 0.0, 1.0]):
        assert F(np.array(x)) == np.sum(np.unique(x) ** 2)


def test_a_function_that_goes_on_where_bins_are_refused():
    def f(x):
        try:
            return x[0] * np.digitize(0.5, x) + x[1]
        except ValueError:
            return 7.0 * x[2]

    F = jt.record(f, np.array([0.0, 2.0, 1.0]))
    for x in ([0.0, 2.0, 1.0], [0.1, 1.0, 2.0], [0.0, 3.0, 1.0], [2.0, 1.0, 0.0]):
        assert F(np.array(x)) == f(np.array(x))
