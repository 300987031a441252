"""Functions so long that operations are recorded by calls: the numbers and errors of short ones."""

import gc
import linecache

import numba
import numpy as np
import pytest

import jittape as jt
from jittape.compiler.garbage import kept
from jittape.native.compile.retype import LONG

STATEMENTS = (
    "y = y + np.sin(x[0]) * x[1] / (1.0 + x[2] * x[2])",
    "y = 0.5 * y - abs(x[1] - x[2]) + max(x[0], x[1])",
    "y = y * 0.9 + x[2] ** 3 + x[0] ** 2.0 + abs(x[1]) ** x[0]",
    "y = y + (x[0] if x[0] > x[1] else -x[2]) + 2.0 ** x[0]",
    "y = y - (np.arctan2(x[0], x[1]) if not np.isnan(x[2]) else 0.0)",
    "y = y + np.trunc(x[2]) * x[0] + np.floor(x[1]) * 0.1 + x[2] % 0.7",
    "y = 0.5 * y + (z * x[1]).real - abs(z)",
    "z = z * 0.5 + (x[0] + 1j * x[1]) / (2.0 + z * z)",
    "y = y + x[0] ** -1.0 + 1.0 / x[2] + x[1] // x[2]",
)


def drawn(name: str, body: list[str], result: str = "y"):
    lines = [f"def {name}(x):", "    y = 0.1", "    z = x[2] + 1j * x[0]", *(f"    {line}" for line in body), f"    return {result}"]
    text = "\n".join(lines)
    file = f"<{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    scope = {"np": np}
    exec(compile(text, file, "exec"), scope)
    return scope[name]


def test_a_long_function_has_the_gradient_of_its_python():
    f = drawn("long_drawn", list(STATEMENTS) * (LONG // 40))
    for x in (np.array([0.3, -0.8, 1.7]), np.array([1.2, 0.4, -0.6])):
        value, gradient = jt.value_and_grad(numba.njit(f))(x)
        expected, slope = jt.value_and_grad(f)(x)
        assert value == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(gradient, slope, rtol=1e-10)


@pytest.mark.parametrize("statement", ["y = y + 1.0 / x[3]", "y = y + x[3] ** -1", "y = y + x[0] % x[3]", "y = y + x[0] // x[3]"])
@pytest.mark.parametrize("length", [1, LONG // 12])
def test_errors_of_operations_are_raised_from_functions_of_any_length(statement, length):
    f = numba.njit(drawn("raising", ["y = y * 0.5 + x[0] * x[1]"] * length + [statement]))
    g = jt.grad(f)
    assert np.isfinite(g(np.array([1.0, 2.0, 3.0, 4.0]))).all()
    with pytest.raises(ZeroDivisionError):
        f(np.array([1.0, 2.0, 3.0, 0.0]))
    with pytest.raises(ZeroDivisionError):
        g(np.array([1.0, 2.0, 3.0, 0.0]))
    assert np.isfinite(g(np.array([1.0, 2.0, 3.0, 4.0]))).all()


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_looked_for_again_after_a_compilation(collects):
    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        with pytest.raises(KeyError), kept(), kept():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() == collects
        jt.grad(numba.njit(drawn("collected", ["y = y * x[0]"])))(np.ones(3))
        assert gc.isenabled() == collects
    finally:
        (gc.enable if before else gc.disable)()
