"""reduce, accumulate, outer, at and reduceat of ufuncs."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy_oracle import agree, instructions, recorded

import jittape as jt
import jittape.numpy as jnp

SMOOTH = [np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.hypot, np.subtract, np.divide, np.arctan2, np.power]
TRUTH = [np.logical_and, np.logical_or, np.logical_xor]
REORDERABLE = [u for u in SMOOTH if u not in (np.subtract, np.divide, np.arctan2, np.power)]


@pytest.fixture
def x(rng):
    return rng.uniform(0.3, 2.0, size=(3, 5, 2))


@pytest.mark.parametrize("ufunc", SMOOTH, ids=lambda u: u.__name__)
def test_reduce(ufunc, x):
    agree(ufunc.reduce, x)
    for axis in (0, 1, -1):
        agree(lambda x, a=axis: ufunc.reduce(x, axis=a, keepdims=True), x, order=2 if axis == 1 else 1, rtol=1e-11)
    agree(lambda x: ufunc.reduce(x, axis=1, initial=0.8), x, rtol=1e-11)
    if ufunc in REORDERABLE:
        agree(lambda x: ufunc.reduce(x, axis=(0, 2)), x)
        agree(lambda x: ufunc.reduce(x, axis=None, keepdims=True), x)
        where = np.arange(30).reshape(3, 5, 2) % 3 > 0
        agree(lambda x: ufunc.reduce(x, axis=1, where=where, initial=0.5), x)
    else:
        with pytest.raises(ValueError, match="not reorderable"):
            jt.grad(lambda x: np.sum(ufunc.reduce(x, axis=(0, 1))))(x)


@pytest.mark.parametrize("ufunc", SMOOTH, ids=lambda u: u.__name__)
def test_accumulate(ufunc, x):
    for axis in (0, 1, -1):
        agree(lambda x, a=axis: ufunc.accumulate(x, axis=a), x, order=2 if axis == 1 else 1, rtol=1e-11)
    agree(lambda x: ufunc.accumulate(x[0, :1, 0]), x)


@pytest.mark.parametrize("ufunc", SMOOTH, ids=lambda u: u.__name__)
def test_outer(ufunc, x):
    agree(lambda x, y: ufunc.outer(x[:, :2], y), x, x[0, :, 0] + 0.01, order=2)
    agree(lambda y: ufunc.outer([1.5, 2.5], y), x[0])
    agree(lambda y: ufunc.outer(2.5, y), x[0])
    agree(lambda x: ufunc.outer(x, 2.1), x[0])


def pieces(ufunc, x, indices, axis):
    """reduceat, one piece at a time and from left to right (NumPy 2.4's own is wrong for power and arctan2)."""
    x = np.moveaxis(x, axis, 0)
    ends = [*indices[1:], len(x)]
    found = [functools.reduce(ufunc, x[i:j] if i < j else x[i : i + 1]) for i, j in zip(indices, ends, strict=True)]
    return np.moveaxis(np.stack(found), 0, axis)


@pytest.mark.parametrize("ufunc", SMOOTH, ids=lambda u: u.__name__)
def test_reduceat(ufunc, x):
    for axis in (0, 1):
        indices = [0, 2, 1] if axis == 0 else [0, 3, 1, 1, 4]
        found = recorded(lambda x, i=indices, a=axis: ufunc.reduceat(x, i, axis=a), x)[0]
        np.testing.assert_allclose(found, pieces(ufunc, x, indices, axis), rtol=1e-11)
        gradient = jt.grad(lambda x, i=indices, a=axis: np.sum(ufunc.reduceat(x, i, axis=a) ** 2))(x)
        np.testing.assert_allclose(gradient, jt.grad(lambda x, i=indices, a=axis: np.sum(pieces(ufunc, x, i, a) ** 2))(x), rtol=1e-10)
    with pytest.raises(IndexError, match=r"index 7 out-of-bounds in \w+.reduceat \[0, 3\)"):
        jt.grad(lambda x: np.sum(ufunc.reduceat(x, [0, 7])))(x)


@pytest.mark.parametrize("ufunc", TRUTH, ids=lambda u: u.__name__)
@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), min_size=0, max_size=5))
def test_truth(ufunc, values):
    x = np.array(values)
    for f in (ufunc.reduce, ufunc.accumulate, lambda x: ufunc.outer(x, x), lambda x: ufunc.reduce(x, where=x > 0, keepdims=True)):
        found, expected = recorded(f, x)[0], f(x)
        assert np.array_equal(found, expected)
        assert np.asarray(found).dtype == bool


def test_reduce_of_nothing():
    e = np.zeros((0, 2))
    for ufunc in (np.add, np.multiply, np.logaddexp, np.hypot, *TRUTH):
        agree(lambda x, u=ufunc: u.reduce(x) * 1.0, e, order=0)
    for ufunc in (np.maximum, np.fmax, np.subtract):
        if ufunc is not np.subtract:
            agree(lambda x, u=ufunc: u.reduce(x, initial=3.0), e, order=0)
        with pytest.raises(ValueError, match="has no identity"):
            jt.grad(lambda x, u=ufunc: np.sum(u.reduce(x)))(e)


def test_reduce_refuses(x):
    with pytest.raises(ValueError, match="binary"):
        jt.grad(lambda x: np.sum(np.exp.reduce(x)))(x)
    with pytest.raises(TypeError, match="takes no where="):
        jt.grad(lambda x: np.sum(np.subtract.reduce(x, where=x > 1, initial=0.0)))(x)
    with pytest.raises(ValueError, match="specify 'initial'"):
        jt.grad(lambda x: np.sum(np.fmax.reduce(x, where=x > 1)))(x)
    with pytest.raises(TypeError, match="dtype=float32"):
        jt.grad(lambda x: np.sum(np.add.reduce(x, dtype=np.float32)))(x)
    with pytest.raises(TypeError, match="scalar"):
        jt.grad(lambda x: np.add.accumulate(x))(1.0)


# --- at --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.power], ids=lambda u: u.__name__)
def test_at_takes_repeated_places_repeatedly(ufunc, x, rng):
    index = np.array([1, 0, 1, 2, 1])

    def update(x, v):
        y = x * 1.0
        ufunc.at(y, index, v)
        return y

    agree(update, x[:, 0, 0], rng.uniform(0.5, 1.5, size=5), order=2)
    agree(lambda x: update(x, np.array(0.7)), x[:, 0, 0], rtol=1e-11)
    agree(lambda v: update(np.array(x[:, 0]) * v[0, 0], v), rng.uniform(0.5, 1.5, size=(5, 2)))


def test_at_with_other_indices(x, rng):
    for index, shape in (((np.array([0, 0, 2]), slice(1, 3)), (3, 2, 2)), (x > 1.0, ()), ((0, [4, 4]), (2, 2)), (slice(None, None, -1), (3, 5, 2)), (np.zeros(0, int), ())):
        v = rng.normal(size=shape)

        def update(x, v, index=index):
            y = x * 1.0
            view = y[:, 1:]
            np.add.at(y, index, v)
            return y, view

        agree(lambda x, v, f=update: list(f(x, v)), x, v if shape else float(v))


def test_at_of_unary_ufuncs(x):
    def update(x):
        y = x * 1.0
        np.negative.at(y, [0, 0, 1])
        np.exp.at(y, ([2, 2], [1, 1]))
        return y

    agree(update, x, rtol=1e-11)


def test_at_needs_an_array_that_can_hold_recorded_values(x):
    with pytest.raises(TypeError, match=r"jittape\.numpy"):
        jt.grad(lambda x: np.add.at(np.zeros(3), [0], x))(1.0)
    with pytest.raises(ValueError, match="second operand needed"):
        jt.grad(lambda x: np.add.at(x, [0]))(x)
    with pytest.raises(IndexError):
        jt.grad(lambda x: np.add.at(x, [9], 1.0))(x)

    def filled(w):
        a = jnp.zeros(4)
        np.add.at(a, [1, 1, 3], w)
        return np.sum(a**2)

    assert jt.grad(filled)(np.array([1.0, 2.0, 3.0])).tolist() == [6.0, 6.0, 6.0]


def test_few_instructions(rng):
    x = rng.uniform(0.5, 1.5, size=(1000, 2))
    for ufunc in (np.hypot, np.multiply, np.logaddexp, np.fmax):
        assert instructions(ufunc.reduce, x) <= 20
        assert instructions(ufunc.accumulate, x) <= 24
    assert instructions(np.divide.reduce, x) <= 21
    groups = rng.integers(0, 7, 1000)

    def scatter(x):
        y = x[:7, 0] * 1.0
        np.add.at(y, groups, x[:, 1])
        return y

    assert instructions(scatter, x) == 3


WHERES: dict[str, Any] = {
    "out and where": lambda x: np.sum(np.divide(1.0, 2.0, out=x * 1.0, where=x > 0.0) * x), "two operands": lambda x: np.sum(np.add(np.ones(3), 2.0, out=x * 1.0, where=x < 1.0) * x),
    "two results": lambda x: np.sum(np.modf(1.75, out=(x * 1.0, x * 2.0), where=x > 0.0)[1] * x), "reduce": lambda x: np.add.reduce(np.ones(3), where=x > 0.0) * x[0],
    "reduce into out": lambda x: np.add.reduce(np.arange(3.0), where=np.array([True, False, True]), out=(x[:1] * 1.0).reshape(())) * x[0],
}  # fmt: skip


@pytest.mark.parametrize("name", WHERES)
def test_only_where_and_out_are_recorded(name: str) -> None:
    f, x, step = WHERES[name], np.array([0.5, -0.7, 1.1]), 1e-6
    value, gradient = jt.value_and_grad(f)(x)
    assert value == pytest.approx(f(x.copy()), rel=1e-12)
    np.testing.assert_allclose(gradient, [(f(x + e) - f(x - e)) / (2 * step) for e in step * np.eye(3)], atol=1e-8)
    with pytest.raises(jt.RecordingError, match="needs out="):
        jt.grad(lambda x: np.sum(np.divide(1.0, 2.0, where=x > 0.0) * x))(x)
