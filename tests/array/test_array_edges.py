"""Recorded arrays as indices, truth values and text: what NumPy's arrays do there."""

from __future__ import annotations

import numpy as np
import pytest

import jittape as jt


def test_ones_are_true_and_zeros_are_not():
    """Of numbers that are no truth values, in a recording that is replayed too."""

    def f(x):
        return np.sum(x[np.nonzero(x)] ** 2) + 10.0 * np.count_nonzero(x)

    x = np.array([1.0, 0.0, 2.0])
    assert jt.value_and_grad(f)(x)[0] == f(x)
    F = jt.record(f, x)
    for point in (x, np.array([1.0, 1.0, 0.0]), np.zeros(3)):
        assert F(point) == f(point)


def test_an_array_of_several_elements_has_no_format():
    texts = []

    def f(x):
        texts.extend([f"{x[0]:.2f}", f"{x[:1].sum():5.1f}", f"{x}"])
        with pytest.raises(TypeError, match="unsupported format string"):
            format(x, ".2f")
        return np.sum(x)

    jt.grad(f)(np.array([1.0, 2.0]))
    assert texts == ["1.00", "  1.0", str(np.array([1.0, 2.0]))]


def test_recorded_numbers_as_indices():
    def f(x):
        return x[x[0] * 2.0] + np.sum(x[[x[0], x[1] - 1.0]]) + np.sum(x[(x[0:2],)]) + np.sum(x[np.floor(x)])

    x = np.array([1.0, 2.0, 0.0, 5.0])
    i = x.astype(int)
    wanted = np.zeros(4)
    x = x[:3]
    i = i[:3]
    for places in ([2], [1, 1], [1, 2], i):
        np.add.at(wanted, places, 1.0)
    assert jt.grad(f)(x).tolist() == wanted[:3].tolist()
    for bad in (lambda x: x[x[0] + 0.5], lambda x: np.sum(x[x / 3.0])):
        with pytest.raises(IndexError, match="arrays are indexed by integers, not by"):
            jt.grad(bad)(x)


def test_copies_are_their_own():
    """In whatever order, of a whole array or of a part of it."""
    for order in "CFAK":
        for part in (lambda x: x, lambda x: x.T, lambda x: x[:, 1:], lambda x: 2.0 * x):

            def f(x, order=order, part=part):
                y = part(x)
                z = y.copy(order)
                z[0, 0] = 7.0
                return np.sum(y * y) + np.sum(z * z)

            x = np.arange(6.0).reshape(2, 3)
            value = f(x)
            assert jt.value_and_grad(f)(x)[0] == value
