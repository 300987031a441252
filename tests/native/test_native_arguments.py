"""Wrong arguments of Numba functions are told in one sentence, the same in all drivers: what was passed, in which function and line it does not fit, what to pass instead."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
import scipy.sparse

import jittape as jt
from jittape.errors import JittapeError


@numba.njit
def loop(x: Any, a: Any = 2.0) -> Any:
    s = 0.0
    for i in range(x.shape[0]):
        s += a * x[i] ** 2
    return s


@numba.njit
def residuals(p: Any, t: Any) -> Any:
    return p[0] * np.exp(-p[1] * t)


T = np.linspace(0.0, 1.0, 3)
RECORDING: dict[str, Callable[..., Any]] = {
    "grad": lambda x: jt.grad(loop)(x),
    "value_and_grad": lambda x: jt.value_and_grad(loop)(x),
    "vjp": lambda x: jt.vjp(loop, x),
    "jvp": lambda x: jt.jvp(loop, (x,), (x,)),
    "hvp": lambda x: jt.hvp(loop)(x, x),
    "hessian": lambda x: jt.hessian(loop)(x),
    "jacobian": lambda x: jt.jacobian(residuals)(x, T),
    "record": lambda x: jt.record(loop, x),
    "with its default": lambda x: jt.record(loop, x, a=3.0),
    "wrap": lambda x: jt.grad(lambda y: jt.native.wrap(loop)(y))(x),
}
NATIVE: dict[str, Callable[..., Any]] = {
    "native.grad": lambda x: jt.native.grad(loop)(x),
    "native.value_and_grad": lambda x: jt.native.value_and_grad(loop)(x, 2.0),
    "native.hessian": lambda x: jt.native.hessian(loop)(x),
    "native.jvp": lambda x: jt.native.jvp(loop, (0,))((x, 2.0), (x,)),
    "native.jacobian": lambda x: jt.native.jacobian(residuals)(x, T),
    "native.minimize": lambda x: jt.native.minimize(loop)(x),
    "native.least_squares": lambda x: jt.native.least_squares(residuals)(x, (T,)),
    "native.root": lambda x: jt.native.root(residuals)(x, (T,)),
}
WRONG: dict[str, tuple[Any, str]] = {
    "list": ([1.0, 2.0], r"np\.array\(|np\.stack"),
    "list of lists": ([[1.0], [2.0]], r"np\.array\("),
    "tuple": ((1.0, 2.0), r"np\.array\("),
    "integers": (np.arange(1, 3), r"astype\("),
    "a list of integers": ([1, 2], r"np\.array|1\.0 instead of 1"),
    "matrix": (np.ones((2, 2)), r"ravel\(\)"),
    "no axes": (np.array(1.0), r"reshape\(1\)|np\.array\(\["),
    "number": (1.5, r"np\.array\(\["),
    "whole number": (3, r"3\.0 instead of 3|float\(|np\.array"),
    "None": (None, "None|hold no numbers"),
    "text": ("abc", "text|str"),
    "objects": (np.array([1.0, 2.0], object), r"astype|array of float64"),
    "texts": (np.array(["a", "b"]), r"astype|array of float64"),
    "dict": ({"a": 1.0}, "tuple"),
    "sparse": (scipy.sparse.eye(2), "arrays"),
}
NATIVELY = {"tensor": (jt.tensor([1.0, 2.0]), r"detach\(\)\.numpy\(\)")}


def refusal(call: Callable[..., Any], x: Any) -> JittapeError:
    with pytest.raises(JittapeError) as caught:
        call(x)
    error = caught.value
    assert len(str(error).splitlines()) == 1, str(error)
    assert "Failed in nopython" not in "".join(traceback.format_exception(error)), "Numba's own text is left out where all has been said"
    return error


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", RECORDING)
def test_wrong_arguments(name: str, kind: str) -> None:
    x, way = WRONG[kind]
    if name == "jacobian" and kind == "matrix":
        pytest.skip("it fits")
    if name == "jacobian" and kind in ("list", "tuple"):
        return np.testing.assert_allclose(np.stack(jt.jacobian(residuals)(x, T)), jt.jacobian(residuals)(np.array(x), T).T)  # which it indexes only
    error = refusal(RECORDING[name], x)
    if name in ("jvp", "hvp") and kind in ("whole number", "None", "text", "dict", "sparse"):
        return None  # said of the direction, too
    if isinstance(x, np.ndarray | float | tuple) or kind == "list":
        assert re.search(way, str(error)), str(error)
    return None


@pytest.mark.parametrize("kind", [*WRONG, *NATIVELY])
@pytest.mark.parametrize("name", NATIVE)
def test_wrong_arguments_in_native_drivers(name: str, kind: str) -> None:
    x, way = (WRONG | NATIVELY)[kind]
    if kind == "matrix" and name == "native.jacobian":
        pytest.skip("it fits")
    error = refusal(NATIVE[name], x)
    assert isinstance(error, numba.TypingError), "it is Numba's compiler that refuses"
    if kind == "sparse" or name == "native.jvp":
        return
    assert re.search(way, str(error)), str(error)


def test_numbers_of_arguments() -> None:
    x = np.ones(2)
    for call in (lambda: jt.grad(loop)(x, 1.0, 2.0), lambda: jt.record(loop, x, b=1.0), lambda: jt.hessian(loop)(x, b=1.0)):
        with pytest.raises(TypeError, match=r"loop\(x, a\) was called with other arguments: (too many|got an unexpected keyword argument 'b')"):
            call()
    with pytest.raises(numba.TypingError, match="jvp takes 2 primals here, .* and 1 tangents, .*, not 1 and 1"):
        jt.native.jvp(loop, (0,))((x,), (x,))
    with pytest.raises(JittapeError, match="loop: a is a dia_(matrix|array), which a Numba function does not take"):
        jt.grad(loop)(x, scipy.sparse.eye(2))


def test_the_functions_own_errors_are_its_own() -> None:
    @numba.njit
    def fails(x: Any, a: Any = 2.0) -> Any:
        if x[0] > 0.0:
            raise ValueError("positive")
        return x[0]

    for call in (jt.grad(fails), lambda x: jt.grad(fails)(x, a=1.0), lambda x: jt.record(fails, x), jt.native.grad(fails), lambda x: jt.vjp(fails, x)):
        with pytest.raises(ValueError, match="positive"):
            call(np.ones(2))


def test_a_list_that_is_data_makes_no_warning() -> None:
    @numba.njit
    def chosen(x: Any, places: Any) -> Any:
        return x[places[0]] ** 2

    g = jt.native.grad(chosen)
    assert g(np.ones(2), numba.typed.List([1])).tolist() == [0.0, 2.0]


def test_in_native_code() -> None:
    """A compiled caller's error has the sentence in it."""
    g = jt.native.grad(loop)

    @numba.njit
    def caller(x: Any) -> Any:
        return g(x)

    with pytest.raises(numba.TypingError, match="Numba cannot compile loop for these arguments, differentiated or not"):
        caller(np.ones((2, 2)))
