"""`argnums=`: which arguments are differentiated, in the drivers, in native code and in recordings."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape import tree
from jittape.errors import GradientError, TapeFileError

X, Y, X2, Y2 = (np.array(v) for v in ([1.0, 2.0], [3.0, 5.0], [0.5, -1.0], [2.0, 7.0]))
DRIVERS = [jt.grad, jt.value_and_grad, jt.jacobian, jt.hessian]


def f(x: Any, y: Any, k: Any = 2) -> Any:
    return np.sum(y * x**2) * k


def same(a: Any, b: Any) -> None:
    assert tree.same_structure(a, b), (a, b)
    for p, q in zip(tree.flatten(a)[0], tree.flatten(b)[0], strict=True):
        assert np.allclose(p, q, rtol=1e-12), (a, b)


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_argument_named_twice(driver: Any) -> None:
    for argnums in ((0, -2), (1, -1), (-1, 1), [0, 1, -2], (0, 0), (-1, -1)):
        with pytest.raises(ValueError, match="names an argument twice"):
            driver(lambda x, y: x * y, argnums=argnums)(2.0, 3.0)
    with pytest.raises(ValueError, match="0 and -3 are both argument 0 of 3"):
        driver(lambda x, y, z: x * y * z, argnums=(0, -3))(2.0, 3.0, 4.0)


@pytest.mark.parametrize("driver", DRIVERS)
def test_numbers_of_numpy(driver: Any) -> None:
    g = lambda x, y: x**2 * y  # noqa: E731
    for given, plain in ((np.int64(1), 1), (np.array(-2), 0), (np.array([0, 1]), (0, 1)), (range(2), (0, 1)), ([np.int32(-1)], (1,))):
        same(driver(g, argnums=given)(2.0, 3.0), driver(g, argnums=plain)(2.0, 3.0))
    for wrong in (True, np.True_, (0, False), 0.0, "x", None, (), [[0]], np.eye(2)):
        with pytest.raises(TypeError, match="argnums is an integer or a sequence of integers"):
            driver(g, argnums=wrong)
    for beyond in (2, -3, (0, 2)):
        with pytest.raises(GradientError, match="was called with 2 positional arguments"):
            driver(g, argnums=beyond)(2.0, 3.0)


def test_native_functions() -> None:
    numba = pytest.importorskip("numba")
    g = numba.njit(lambda x, y: x * x * y)
    with pytest.raises(ValueError, match="1 and -1 are both argument 1 of 2"):
        jt.native.grad(g, argnums=(1, -1))
    with pytest.raises(GradientError, match="argument 2, but .* has 2 positional arguments"):
        jt.native.grad(g, argnums=2)
    with pytest.raises(ValueError, match="both argument 0"):
        jt.grad(g, argnums=(0, -2))(2.0, 3.0)


@pytest.mark.parametrize("argnums", [0, 1, -2, (0,), (1,), (1, 0), (0, 1), [0], np.int64(1)], ids=str)
def test_recorded_functions_are_differentiated_alike(argnums: Any) -> None:
    g = lambda x, y: f(x, y)  # noqa: E731
    F, args = jt.record(g, X, Y, argnums=argnums), (X2, Y2)
    same(F(*args), g(*args))
    same(F.grad(*args), jt.grad(g, argnums=argnums)(*args))
    same(F.value_and_grad(*args), jt.value_and_grad(g, argnums=argnums)(*args))
    same(F.jacobian(*args), jt.jacobian(g, argnums=argnums)(*args))
    same(F.hessian(*args), jt.hessian(g, argnums=argnums)(*args))
    numbers = [i % 2 for i in np.atleast_1d(argnums)]
    batch = tuple(np.stack([a, 2 * a]) if i in numbers else a for i, a in enumerate(args))
    points = [tuple(a[k] if i in numbers else a for i, a in enumerate(batch)) for k in range(2)]
    grads = [tree.flatten(jt.grad(g, argnums=argnums)(*p))[0] for p in points]
    for j, block in enumerate(tree.flatten(F.batch_grad(*batch))[0]):
        assert np.allclose(block, [grads[k][j] for k in range(2)], rtol=1e-12)
    directions = tuple(args[i] for i in numbers)
    gradients = jt.grad(g, argnums=tuple(numbers))(*args)
    assert np.isclose(F.jvp(args, directions)[1], sum(np.sum(a * b) for a, b in zip(gradients, directions, strict=True)), rtol=1e-12)
    same(F.vjp(*args)[1](1.0), gradients)


def test_the_other_arguments_are_parameters(tmp_path: Any) -> None:
    F = jt.record(f, X, Y, 2, argnums=0)
    same(F.grad(X2), 4 * Y * X2)
    same(F.grad(X2, Y2, 2), 4 * Y2 * X2)
    same(F.grad(X2, y=Y2), 4 * Y2 * X2)
    F.bind(y=Y2)
    same(F.grad(X2), 4 * Y2 * X2)
    same(F.hvp(X2, X), 4 * Y2 * X)
    for wrong in ((X, Y), (X, Y, 3), (X, Y, 2, 2), (X, Y[:1], 2)):
        with pytest.raises((TypeError, ValueError), match="recorded"):
            F.grad(*wrong)
    with pytest.raises(TypeError, match="two values for its argument 1"):
        F.grad(X, Y, 2, y=Y)
    for G in (pickle.loads(pickle.dumps(F)),):
        same(G.grad(X2, Y, 2), 4 * Y * X2)
    F.save(tmp_path / "f")
    loaded = jt.load(tmp_path / "f")
    same(loaded.grad(X2), 4 * Y2 * X2)
    same(loaded.grad(X2, y=Y), 4 * Y * X2)
    same(loaded.grad(X2, Y, 2), 4 * Y * X2)
    with pytest.raises(TypeError, match="recorded with .* = 2, which"):
        loaded.grad(X2, Y, 3)
    with pytest.raises(GradientError, match="argument 2 is an int"):
        jt.record(f, X, Y, 2, argnums=2)
    with pytest.raises(ValueError, match="0 and -3 are both argument 0 of 3"):
        jt.record(f, X, Y, 2, argnums=(0, -3))
    assert TapeFileError is not None


def test_by_default_all_are_differentiated() -> None:
    same(jt.record(f, X, Y).grad(X2, Y2), jt.grad(f, argnums=(0, 1))(X2, Y2))


def test_another_path_by_a_parameter() -> None:
    F = jt.record(lambda x, s: np.sum(x) if s > 0 else np.sum(x**2), X, 1.0, argnums=0)
    same(F.grad(X2, -1.0), 2 * X2)
    same(F.grad(X2, 2.0), np.ones(2))
