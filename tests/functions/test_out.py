"""`out=` by name and by place, of functions and of methods, receives the result as NumPy's does."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp
from jittape.array.protocols import FUNCTIONS, METHODS, load

load()
A = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7], [0.2, 1.1, 0.9]])
FIRST: dict[str, tuple[Any, ...]] = {
    "clip": (0.0, 1.0), "round": (1,), "around": (1,), "take": (np.array([0, 2]), 0), "compress": ([True, False, True], 0), "quantile": (0.3,), "percentile": (30.0,),
    "nanquantile": (0.3,), "nanpercentile": (30.0,), "dot": (A,), "outer": (A[0],), "partition": (1,),
}  # fmt: skip
"""What stands between the array and the axis or `out`."""
LEADING = {"choose": lambda x: (np.array([0, 2, 1]), x), "compress": lambda x: ([True, False, True], x, 0), "concatenate": lambda x: ([x, 2.0 * x], 0),
           "stack": lambda x: ([x, 2.0 * x], 0)}  # fmt: skip
NAMES = sorted(
    f.__name__ for f in FUNCTIONS
    if inspect.isroutine(f) and f.__module__ == "numpy" and not isinstance(f, np.ufunc) and "out" in inspect.signature(f).parameters
)  # fmt: skip
SKIPPED = {"einsum": "by name only", "cumulative_sum": "by name only", "cumulative_prod": "by name only", "fix": "of no derivative", "multi_dot": "by name only"}


def arguments(name: str, x: Any) -> tuple[Any, ...]:
    return LEADING[name](x) if name in LEADING else (x, *FIRST.get(name, ()))


def filled(module: Any, name: str, x: Any, how: str) -> Any:
    """The sum of squares of what `out` holds afterwards."""
    f, given = getattr(module, name), arguments(name, x)
    plain = getattr(np, name)(*arguments(name, A))
    out = module.zeros(np.shape(plain)) if np.asarray(plain).dtype.kind == "f" else np.zeros(np.shape(plain), plain.dtype)
    if how == "name":
        f(*given, out=out)
    else:
        names = list(inspect.signature(getattr(np, name)).parameters)
        place = names.index("out")
        defaults = [inspect.signature(getattr(np, name)).parameters[n].default for n in names[len(given) : place]]
        f(*given, *defaults, out)
    return module.sum(out * out * 1.0) + module.sum(x) * 0.5


@pytest.mark.parametrize("how", ["name", "place"])
@pytest.mark.parametrize("name", [n for n in NAMES if n not in SKIPPED])
def test_out_of_functions(name: str, how: str) -> None:
    if np.asarray(getattr(np, name)(*arguments(name, A))).dtype == bool:
        with pytest.raises(jt.errors.RecordingError, match="plain ndarray"):  # jittape.numpy makes no recorded arrays of truth values
            jt.grad(lambda x: filled(jnp, name, x, how))(A)
        return
    try:
        want = filled(np, name, A.copy(), how)
    except (TypeError, ValueError) as error:
        pytest.skip(f"NumPy itself: {error}")
    value, g = jt.value_and_grad(lambda x: filled(jnp, name, x, how))(A)
    np.testing.assert_allclose(value, want, rtol=1e-13)
    d = np.cos(np.arange(9.0)).reshape(3, 3)
    h = 1e-6
    np.testing.assert_allclose(np.sum(g * d), (filled(np, name, A + h * d, how) - filled(np, name, A - h * d, how)) / (2 * h), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "given"), [("clip", (0.0, 1.0)), ("round", (1,)), ("take", (np.array([0, 2]), 0)), ("compress", ([True, False, True], 0)),
                                             ("trace", (0, 0, 1, None)), ("cumsum", (0, None)), ("sum", (0, None)), ("max", (0,)), ("dot", (A,))])  # fmt: skip
def test_out_of_methods(name: str, given: tuple[Any, ...]) -> None:
    assert name in METHODS

    def f(module: Any, x: Any, by_name: bool) -> Any:
        out = module.zeros(np.shape(getattr(A, name)(*given)))
        if by_name:
            getattr(x, name)(*given, out=out)
        else:
            getattr(x, name)(*given, out)
        return module.sum(out * out)

    for by_name in (False, True):
        assert jt.value_and_grad(lambda x, b=by_name: f(jnp, x, b))(A)[0] == pytest.approx(f(np, A, by_name), rel=1e-13)


def test_what_is_changed_in_place_by_place() -> None:
    def f(x: Any) -> Any:
        x.clip(0.0, 1.0, x)
        return np.sum(x * x)

    x = np.array([0.5, -1.0, 2.0])
    value, g = jt.value_and_grad(f)(x)
    assert value == 1.25
    np.testing.assert_array_equal(g, [1.0, 0.0, 0.0])
    with pytest.raises(jt.errors.RecordingError, match="plain ndarray"):
        jt.grad(lambda x: np.clip(x, 0.0, 1.0, np.zeros(3)) @ x)(x)


@pytest.mark.parametrize("shape, given, fits", [((3,), (2, 3), True), ((1, 3), (2, 3), True), ((3,), (1, 3), True), ((1, 3), (3,), False), ((3,), (2, 2), False)])
@pytest.mark.parametrize("name", ["clip", "round"])
def test_clip_and_round_broadcast_to_out(name: str, shape: tuple[int, ...], given: tuple[int, ...], fits: bool) -> None:
    x = np.linspace(0.2, 1.4, 3).reshape(shape)
    f = {"clip": lambda y, o: [jnp.clip(y, 0.0, 1.0, out=o), y.clip(0.0, 1.0, o)], "round": lambda y, o: [jnp.round(y, 1, out=o)]}[name]

    def total(y: Any) -> Any:
        return sum(np.sum(r * np.arange(1.0, 1.0 + r.size).reshape(r.shape)) for r in f(y, jnp.zeros(given)))

    if fits and not (name == "round" and len(given) > 1 and given[0] > 1):
        assert jt.value_and_grad(total)(x)[0] == pytest.approx(total(x))
    else:
        for call in (total, jt.grad(total)):
            with pytest.raises(ValueError):
                call(x)


@pytest.mark.parametrize("shape", [(), (1,), (2, 2)])
@pytest.mark.parametrize("call", ["np.clip(x, -0.5, 0.5, out=out)", "x.clip(-0.5, 0.5, out=out)", "np.round(x, 1, out=out)", "x.round(1, out=out)"])
def test_numbers_in_an_output(call: str, shape: tuple[int, ...]) -> None:
    """NumPy returns the number where the output has no axes, else the output."""

    def f(x: Any, np: Any) -> Any:
        out = np.zeros(shape)
        found = eval(call, {"np": np, "x": x, "out": out})
        return (found is out, np.ndim(found)), np.sum(out) if np.ndim(out) else out[()]

    x = np.float64(0.3)
    try:
        expected = f(x, np)
    except ValueError:
        with pytest.raises(ValueError):
            jt.grad(lambda x: f(x, jnp)[1])(x)
        return
    got: list[Any] = []

    def traced(x: Any) -> Any:
        how, value = f(x, jnp)
        got.append(how)
        return value

    assert jt.value_and_grad(traced)(x)[0] == pytest.approx(expected[1])
    assert got == [expected[0]]


@pytest.mark.parametrize("call", ["np.add.reduce(x, 0, out=out)", "np.hypot.reduce(x, axis=0, out=out)", "np.multiply.accumulate(x, 0, out=out)"])
def test_results_of_methods_of_ufuncs_are_not_broadcast(call: str) -> None:
    def f(x: Any, np: Any = np) -> Any:
        out = np.zeros((2, 3, 3))
        eval(call, {"np": np, "x": x, "out": out})
        return out

    with pytest.raises(ValueError):
        f(A)
    with pytest.raises(ValueError, match="out= has shape"):
        jt.vjp(lambda x: f(x, jnp), A)


IN_STEPS = {
    "concatenate, rotated": lambda np, x: (lambda a: (np.concatenate([a[1:], a[:1]], out=a), a)[1])(x * 1.0),
    "concatenate, by columns": lambda np, x: (lambda a: (np.concatenate([a[:, 1:], a[:, :1]], axis=-1, out=a), a)[1])(x * 1.0),
    "concatenate, flat": lambda np, x: (lambda a: (np.concatenate([a[3:], a[:3]], axis=None, out=a), a)[1])((x * 1.0).ravel()),
    "stack, swapped": lambda np, x: (lambda a: (np.stack([a[1], a[0], a[1]], out=a), a)[1])(x * 1.0),
    "stack, last axis": lambda np, x: (lambda a: (np.stack([a[:, 1], a[:, 0], a[:, 1]], axis=-1, out=a), a)[1])(x * 1.0),
    "ptp": lambda np, x: (lambda a: (np.ptp(a, axis=0, out=a[0]), a)[1])(x * 1.0),
    "ptp, last axis": lambda np, x: (lambda a: (np.ptp(a, axis=1, keepdims=True, out=a[:, 1:2]), a)[1])(x * 1.0),
}


@pytest.mark.parametrize("name", IN_STEPS)
def test_operands_that_look_at_out_are_read_when_numpy_reads_them(name: str) -> None:
    f = IN_STEPS[name]
    np.testing.assert_allclose(jt.vjp(lambda x: f(jnp, x), A)[0], f(np, A), rtol=1e-14)
    jt.testing.check_grad(lambda x: (f(jnp, x).ravel() * A.T.ravel()).sum(), A)


def test_an_accumulation_says_what_numpy_says_of_a_wrong_size() -> None:
    for np_ in (np, jnp):
        for function in (np_.cumsum, np_.cumprod):
            with pytest.raises(ValueError, match="provided out is the wrong size for the accumulation"):
                jt.grad(lambda x: function(x if np_ is jnp else A[0], out=np_.zeros(2)).sum())(A[0])  # noqa: B023


def test_an_outer_product_is_broadcast_to_out() -> None:
    def f(np: Any, x: Any) -> Any:
        out = x * 1.0
        np.outer(x[2:, 1], x[0, :1], out=out)
        return out

    np.testing.assert_allclose(jt.vjp(lambda x: f(jnp, x), A)[0], f(np, A))
