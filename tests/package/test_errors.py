"""Bad input: every error names what was wrong and what to pass instead, and leaves everything usable."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape import errors
from jittape.errors import GradientError

X = np.array([1.0, 2.0, 3.0])


def square_sum(x: Any) -> Any:
    return np.sum(x * x)


DRIVERS = {
    "grad": lambda f, x: jt.grad(f)(x),
    "value_and_grad": lambda f, x: jt.value_and_grad(f)(x),
    "jacobian": lambda f, x: jt.jacobian(f)(x),
    "hessian": lambda f, x: jt.hessian(f)(x),
    "hvp": lambda f, x: jt.hvp(f)(x, x),
    "vjp": lambda f, x: jt.vjp(f, x),
    "jvp": lambda f, x: jt.jvp(f, (x,), (x,)),
    "record": lambda f, x: jt.record(f, x),
}
drivers = pytest.mark.parametrize("driver", DRIVERS)
scalar_drivers = pytest.mark.parametrize("driver", ["grad", "value_and_grad", "hessian", "hvp"])

# --- the argument ------------------------------------------------------------------------------------------------------------


@drivers
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (2, r"int.*pass 2\.0 instead of 2"),
        (True, r"bool.*pass 1\.0 instead of True"),
        (np.arange(3), r"dtype int64.*x\.astype\(float\)"),
        (np.ones(2, bool), r"dtype bool.*x\.astype\(float\)"),
        (np.int32(3), r"int32.*x\.astype\(float\)"),
        (np.ones(2, np.float16), r"float16 to float64.*x\.astype\(float\)"),
        (np.ones(2, np.longdouble), r"to float64.*x\.astype\(float\)"),
        (np.ones(2, np.clongdouble), "complex"),
        (np.array([1.0, None]), "object.*array of float64"),
        (np.array(["a"]), "array of float64"),
        ("text", r"is a str.*argnums="),
        (object(), r"is a object.*argnums="),
        ({1.0, 2.0}, r"is a set.*argnums="),
        ([], "nothing to differentiate"),
        (None, "nothing to differentiate"),
        ({"a": (1.0, 2)}, r"leaf 1.*pass 2\.0 instead of 2"),
    ],
)  # fmt: skip
def test_arguments_that_are_no_real_arrays(driver: str, bad: Any, message: str) -> None:
    with pytest.raises(errors.GradientError, match=message):
        DRIVERS[driver](square_sum, bad)


def test_the_argument_is_named() -> None:
    with pytest.raises(TypeError, match="argument 1 is an int"):
        jt.grad(lambda x, y: x * y, argnums=1)(1.0, 2)


def test_argnums() -> None:
    with pytest.raises(TypeError, match="argnums is an integer or a sequence of integers, not 1.5"):
        jt.grad(square_sum, argnums=1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"argnums .* not \(\)"):
        jt.grad(square_sum, argnums=())
    with pytest.raises(ValueError, match=r"names an argument twice: \(0, 0\)"):
        jt.grad(square_sum, argnums=(0, 0))
    for number in (1, -2):
        with pytest.raises(TypeError, match=rf"argnums names argument {number}, but square_sum was called with 1 positional"):
            jt.grad(square_sum, argnums=number)(X)


@pytest.mark.parametrize("driver", ["grad", "value_and_grad", "jacobian", "hessian", "hvp"])
@pytest.mark.parametrize("thing", [3.0, "sin", X, None])
def test_what_is_no_function(driver: str, thing: Any) -> None:
    with pytest.raises(TypeError, match=f"jittape.{driver} takes a function, not {type(thing).__name__}"):
        getattr(jt, driver)(thing)


def test_jvp_takes_tuples() -> None:
    for args in ((X, X), ((X,), X), (X, (X,))):
        with pytest.raises(TypeError, match=r"two tuples: jvp\(f, \(x,\), \(v,\)\)"):
            jt.jvp(square_sum, *args)


@pytest.mark.parametrize("bad", [np.ones(2), 1.0, np.ones((3, 1))])
def test_directions_and_adjoints_of_another_shape(bad: Any) -> None:
    shape = rf"shape \({', '.join(map(str, np.shape(bad)))},?\)"
    with pytest.raises(ValueError, match=rf"hvp: .*{shape}.*\(3,\)"):
        jt.hvp(square_sum)(X, bad)
    with pytest.raises(ValueError, match=rf"jvp: .*{shape}.*\(3,\)"):
        jt.jvp(np.sin, (X,), (bad,))
    with pytest.raises(ValueError, match=rf"vjp_fn: .*{shape}.*\(3,\)"):
        jt.vjp(np.sin, X)[1](bad)


def test_products_of_functions_of_several_arguments() -> None:
    """The point stands in one tuple: given in two, the direction was read as `out`, or rows of an array as arguments."""
    F = jt.record(lambda a, b: np.sum(a * b**2), np.ones(3), np.ones(3))
    x = np.ones(3)
    for call in (lambda: F.hvp(x, x, x), lambda: F.hvp(x, x), lambda: F.hvp((x,), (x,)), lambda: F.batch_hvp(np.ones((2, 3)), np.ones((2, 3)))):
        with pytest.raises(TypeError, match=r"hvp: <lambda> was recorded with 2 arguments, so the points? must be a tuple of 2, not .*hvp\(\(x, \.\.\.\), \(v, \.\.\.\)\)"):
            call()
    pairs = jt.record(lambda a, b: a * b**2, 1.0, 1.0)
    with pytest.raises(TypeError, match="so the points must be a tuple of 2, not ndarray"):  # two points, or two arguments
        pairs.batch_hvp(np.ones((2, 2)), np.ones((2, 2)))
    assert F.hvp([x, x], (x, x))[0].tolist() == [2.0, 2.0, 2.0]


def test_directions_of_another_structure() -> None:
    with pytest.raises(ValueError, match=r"jvp needs .*\[ndarray\[3\]\].*got \[ndarray\[3\], ndarray\[3\]\]"):
        jt.jvp(np.sin, (X,), (X, X))
    with pytest.raises(ValueError, match=r"hvp needs .*\{'a': ndarray\[3\]\}.*got ndarray\[3\]"):
        jt.hvp(lambda p: square_sum(p["a"]))({"a": X}, X)
    with pytest.raises(ValueError, match="vjp_fn needs the function's result's structure"):
        jt.vjp(lambda x: (x, x), X)[1](X)
    with pytest.raises(TypeError, match="complex"):
        jt.hvp(square_sum)(X, X * 1j)


# --- the result --------------------------------------------------------------------------------------------------------------


@scalar_drivers
@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x, r"returns a scalar; this one returned an array of shape \(3,\).*jittape\.jacobian.*np\.sum"),
        (lambda x: x[:2].reshape(1, 2), r"an array of shape \(1, 2\)"),
        (lambda x: np.ones((2, 2)), r"an array of shape \(2, 2\)"),
        (lambda x: None, "returned None"),
        (lambda x: (x[0], x[1]), r"returned a tuple.*jittape\.jacobian or jittape\.vjp"),
        (lambda x: {"a": x[0]}, r"returned a dict \(\{'a': Array"),
        (lambda x: np.sum(x) > 0, "truth value"),
        (lambda x: "text", "returned a str where a number"),
        (lambda x: 1j, "complex"),
    ],
)  # fmt: skip
def test_results_that_are_no_number(driver: str, f: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        DRIVERS[driver](f, X)


@drivers
def test_results_that_are_no_arrays(driver: str) -> None:
    with pytest.raises(TypeError, match="returned a str where a number or an array of numbers belongs"):
        DRIVERS[driver](lambda x: {"loss": x[0], "name": "text"}, X)


# --- inside the function -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: x + np.ones(2), ValueError, r"shapes \(3,\) \(2,\)"),
        (lambda x: np.ones((2, 2)) * x, ValueError, r"shapes \(2, 2\) \(3,\)"),
        (lambda x: np.arctan2(x, x[:2]), ValueError, r"shapes \(3,\) \(2,\)"),
        (lambda x: x.__iadd__(1j), TypeError, "complex.*real and imaginary"),
        (lambda x: np.floor(x * np.ones(3, complex)), TypeError, "floor is not supported for complex.*real and imaginary"),
        (lambda x: x + "text", TypeError, "(unsupported|cannot be recorded)"),
        (lambda x: x + np.array(["a", "b", "c"]), TypeError, "dtype <U1 cannot be recorded"),
        (lambda x: x + np.array([None, 1, 2]), TypeError, "object array"),
        (lambda x: x * np.array([x[0], x[1], x[2]], dtype=object), TypeError, "jittape.numpy"),
        (lambda x: float(x[0]), TypeError, r"float\(\).*jittape\.stop_gradient"),
        (lambda x: x[0].item(), TypeError, r"jittape\.stop_gradient"),
        (lambda x: np.asarray(x), TypeError, "lose its derivative.*jittape.numpy.*stop_gradient"),
        (lambda x: np.zeros(3).__setitem__(0, x[0]), TypeError, "jittape.numpy"),
        (lambda x: np.zeros(3).__setitem__(slice(None), x), TypeError, "jittape.numpy"),
        (lambda x: np.array([x[0], x[1]]), TypeError, "jittape.numpy"),
        (lambda x: np.sin(x, out=np.zeros(3)), TypeError, r"out=.*jittape\.numpy"),
        (lambda x: x.astype(complex) // 2, TypeError, "not for complex"),
        (lambda x: np.frexp(x), TypeError, "frexp.*not supported"),
        (lambda x: np.gcd(x, 2), TypeError, "gcd.*not supported"),
        (lambda x: np.sin(x, where=x > 0), TypeError, "out="),
        (lambda x: x.no_such_thing, AttributeError, "no attribute 'no_such_thing'"),
        (lambda x: x[3], IndexError, "out of bounds"),
        (lambda x: x[0.5], IndexError, "integers"),
        (lambda x: x[x], IndexError, "(out of bounds|integers)"),
        (lambda x: x[0][0], (IndexError, TypeError), "(indices|subscriptable)"),
        (lambda x: len(x[0]), TypeError, r"len\(\)"),
        (lambda x: list(x[0]), TypeError, "iteration"),
        (lambda x: bool(x), ValueError, r"ambiguous.*np\.all"),
        (lambda x: hash(x), TypeError, "unhashable"),
        (lambda x: __import__("pickle").dumps(x), TypeError, "pickled.*stop_gradient"),
        (lambda x: x.__setitem__(slice(None), np.ones(2)), ValueError, "broadcast"),
        (lambda x: x.__iadd__(np.ones((2, 3))), ValueError, r"shape \(3,\).*shape \(2, 3\)"),
    ],
)  # fmt: skip
def test_inside_the_function(f: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        jt.grad(lambda x: np.sum(f(x)))(X)
    np.testing.assert_array_equal(jt.grad(square_sum)(X), 2 * X)


@pytest.mark.parametrize("name", ["polygamma", "multigammaln"])
def test_functions_of_scipy_that_are_no_ufuncs(name: str) -> None:
    import scipy.special as sp

    with pytest.raises(TypeError, match="stop_gradient"):
        jt.grad(lambda x: np.sum(getattr(sp, name)(1, x) if name == "polygamma" else getattr(sp, name)(x, 1)))(X)


def test_ufuncs_of_scipy_that_the_table_lacks_are_named() -> None:
    import scipy.special as sp

    with pytest.raises(TypeError, match="(zetac|struve|kelvin).*not supported"):
        jt.grad(lambda x: sp.struve(1, x))(1.0)


# --- empty arrays ------------------------------------------------------------------------------------------------------------


def test_empty_arrays() -> None:
    empty = np.zeros(0)
    assert jt.grad(square_sum)(empty).shape == (0,)
    assert jt.value_and_grad(square_sum)(empty)[0] == 0.0
    assert jt.hessian(square_sum)(empty).shape == (0, 0)
    assert jt.jacobian(np.sin)(empty).shape == (0, 0)
    assert jt.jacobian(lambda x: x[:0])(X).shape == (0, 3)
    assert jt.hvp(square_sum)(empty, empty).shape == (0,)
    out, t = jt.jvp(np.sin, (empty,), (empty,))
    assert out.shape == t.shape == (0,)
    assert jt.vjp(np.sin, empty)[1](empty)[0].shape == (0,)
    recorded = jt.record(square_sum, empty)
    assert recorded.grad(empty).shape == (0,) and recorded(empty) == 0.0
    p = jt.grad(lambda p: square_sum(p[0]) + square_sum(p[1]))([empty, X])
    assert p[0].shape == (0,)
    np.testing.assert_array_equal(p[1], 2 * X)
    np.testing.assert_array_equal(jt.grad(lambda x: jt.grad(lambda y: square_sum(y[:0]) + y[0] ** 2 * x)(X)[0])(3.0), 2.0)


# --- NaN and infinity --------------------------------------------------------------------------------------------------------


def test_nan_and_infinity_propagate() -> None:
    x = np.array([np.nan, np.inf, 2.0])
    value, g = jt.value_and_grad(square_sum)(x)
    assert np.isnan(value)
    np.testing.assert_array_equal(g, 2 * x)
    assert np.isnan(jt.grad(np.log)(-1.0)) or jt.grad(np.log)(-1.0) == -1.0
    assert np.isnan(jt.grad(np.sqrt)(-1.0))
    assert jt.grad(np.log)(0.0) == np.inf


# --- the memory limit --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, -5, 1.5, "1 GB"])
def test_limits_that_are_none(limit: Any, memory_limit: None) -> None:
    with pytest.raises(ValueError, match="positive number of bytes or None"):
        jt.set_memory_limit(limit)


def test_a_tape_over_its_limit(memory_limit: None) -> None:
    x = np.ones(1000)

    def many(x: Any) -> Any:
        for _ in range(100):
            x = np.sin(x)
        return np.sum(x)

    def scalars(x: Any) -> Any:
        s = x[0]
        for _ in range(100_000):
            s = s * 1.0001
        return s

    want = jt.grad(many)(x)
    jt.set_memory_limit(200_000)
    for f in (many, scalars):
        with pytest.raises(errors.TapeLimitError, match=r"would need [\d,]+ bytes for .*limit of 200,000 that jittape.set_memory_limit"):
            jt.grad(f)(x)
        with pytest.raises(MemoryError):
            jt.hessian(lambda y, f=f: f(x * y))(1.0)
    np.testing.assert_array_equal(jt.grad(square_sum)(x), 2 * x)  # a smaller one goes on
    jt.set_memory_limit(None)
    np.testing.assert_array_equal(jt.grad(many)(x), want)


def test_a_recording_survives_the_limit(memory_limit: None) -> None:
    """The tape that reached the limit stays as it was: catch the error, and go on with what was recorded."""

    def f(x: Any) -> Any:
        y = np.sin(x)
        jt.set_memory_limit(200_000)
        with pytest.raises(errors.TapeLimitError):
            z = y[0]
            for _ in range(100_000):
                z = z + 1.0
        jt.set_memory_limit(None)
        return np.sum(y * y)

    x = np.linspace(0, 1, 100)
    np.testing.assert_allclose(jt.grad(f)(x), np.sin(2 * x), rtol=1e-14)

    def g(x: Any) -> Any:
        y = np.sin(x)
        jt.set_memory_limit(200_000)
        with pytest.raises(errors.TapeLimitError):
            y.value()
            big = np.broadcast_to(y, (10_000, y.size)) * 2.0
            big.value()
        jt.set_memory_limit(None)
        return np.sum(y * y)

    np.testing.assert_allclose(jt.grad(g)(x), np.sin(2 * x), rtol=1e-14)


def test_more_slots_than_a_tape_has() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.broadcast_to(x, (2**31,)) * 2.0)

    with pytest.raises(errors.TapeLimitError, match="2,147,483,647"):
        jt.grad(f)(1.0)


# --- arrays where they do not belong -----------------------------------------------------------------------------------------


def test_arrays_kept_after_their_recording() -> None:
    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(x * 2.0)
        kept.append(x[0] + 1.0)
        return np.sum(x)

    jt.grad(f)(X)
    array, scalar = kept
    for use in (
        lambda: array + 1.0,
        lambda: scalar * 2.0,
        lambda: scalar + scalar,
        lambda: 1.0 - scalar,
        lambda: np.sin(array),
        lambda: np.sum(array),
        lambda: -scalar,
        lambda: scalar**2,
        lambda: abs(scalar),
        lambda: np.where(array > 0, array, 0.0),
    ):
        with pytest.raises(errors.TapeMismatchError, match="recording has ended.*Return what you need"):
            use()
    with pytest.raises((TypeError, ValueError), match="kept from an earlier call"):
        jt.grad(lambda y: y * 2.0)(scalar)
    for f in (lambda x: np.sum(x * array), lambda x: x[0] * scalar, lambda x: scalar * x[0], lambda x: np.arctan2(x[0], scalar),
              lambda x: x.__setitem__(0, scalar)):  # fmt: skip
        with pytest.raises(errors.TapeMismatchError, match="(two recordings were mixed|recording has ended).*Return what you need"):
            jt.grad(f)(X)
    np.testing.assert_array_equal(array.value(), 2 * X)  # its value may still be looked at
    assert str(array) == str(2 * X)


def test_an_array_of_another_recording_as_the_result() -> None:
    """Returned from a function that it does not belong to, an array would give a gradient of zero in silence."""
    kept: list[Any] = []
    jt.grad(lambda x: kept.append(np.sum(x)) or np.sum(x))(X)
    for driver in ("grad", "hessian", "hvp", "vjp", "jacobian", "jvp", "record"):
        with pytest.raises(errors.TapeMismatchError, match="(two recordings|has ended)"):
            DRIVERS[driver](lambda x: kept[0], X)


def test_an_inner_array_leaks_to_the_outer_function() -> None:
    """Recordings nest on one tape, so an inner value used outside is just another value there."""
    kept: list[Any] = []

    def f(x: Any) -> Any:
        jt.grad(lambda y: kept.append(y * y) or y)(x)
        return kept[-1] * 3.0

    assert jt.grad(f)(2.0) == 12.0


def test_arrays_of_two_dtypes() -> None:
    def f(x: Any) -> Any:
        return jt.grad(lambda y: np.sum(y) * x[0])(np.ones(3, np.float32))[0]

    assert np.isfinite(jt.grad(f)(X)).all()


def in_thread(work: Any) -> Any:
    """What `work` returns or raises in another thread."""
    box: list[Any] = []

    def run() -> None:
        try:
            box.append(work())
        except Exception as error:
            box.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return box[0]


def test_arrays_in_another_thread() -> None:
    def f(x: Any) -> Any:
        for use in (lambda: x + 1.0, lambda: x[0] * 2.0, lambda: x[0] * x[1], lambda: 2.0 - x[0], lambda: np.sin(x), lambda: np.sum(x), lambda: -x[0], lambda: x[0] ** 2):
            error = in_thread(use)
            assert isinstance(error, errors.TapeMismatchError), error
            assert "another thread" in str(error) and "stop_gradient" in str(error)
        error = in_thread(lambda: jt.grad(lambda y: np.sum(y * x))(X))
        assert isinstance(error, errors.TapeMismatchError) and "thread" in str(error)
        return np.sum(x * x)

    np.testing.assert_array_equal(jt.grad(f)(X), 2 * X)


def test_every_error_is_of_the_family_and_of_a_builtin() -> None:
    family = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.JittapeError) and e is not errors.JittapeError]
    assert len(family) >= 9
    for e in family:
        assert any(b.__module__ == "builtins" and b is not Exception for b in e.__mro__[1:-2]), e
        assert e.__doc__


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_subclasses_with_an_arithmetic_of_their_own_are_refused() -> None:
    matrix = np.asmatrix([[1.0, 2.0], [3.0, 4.0]])
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    x = np.array([[1.0], [2.0]])
    for f in (lambda x: np.sum(matrix * x), lambda x: np.sum(x * matrix)):
        with pytest.raises(TypeError, match="np.matrix"):
            jt.grad(f)(x)
    with pytest.raises(TypeError, match=r"np.ma.filled"):
        jt.grad(lambda x: np.sum(x * masked))(np.ones(2))
    with pytest.raises(TypeError, match=r"np.ma.filled"):
        jt.grad(lambda x: np.sum(x**2))(masked)


def test_a_function_of_scipy_is_named_as_such() -> None:
    special = pytest.importorskip("scipy.special")
    with pytest.raises(TypeError, match=r"scipy\.special\.agm .*write its iteration"):
        jt.grad(lambda x: special.agm(x, 2.0))(1.0)


def test_a_recorded_function_is_told_its_own_derivatives() -> None:
    F = jt.record(lambda x: x**2, 1.0)
    with pytest.raises(TypeError, match=r"F\.grad\(x\)"):
        jt.grad(F)(2.0)


def test_the_order_of_a_bessel_function_has_no_derivative() -> None:
    import scipy.special as sp

    for f in (lambda v: sp.jv(v, 1.0), lambda v: sp.iv(2.0 * v, v), lambda v: sp.jv(np.array([1.0, 2.0]) * v, 1.0).sum()):
        with pytest.raises(TypeError, match=r"no derivative by its order.*stop_gradient"):
            jt.grad(f)(2.0)
    by_hand = 0.5 * (sp.jv(1.0, 2.0) - sp.jv(3.0, 2.0))
    assert jt.grad(lambda v: sp.jv(jt.stop_gradient(v), v))(2.0) == pytest.approx(by_hand, rel=1e-14)
    recorded = jt.record(lambda x, order: sp.jv(order, x), 2.0, order=3.0)
    assert recorded.grad(2.0, order=2.0) == pytest.approx(by_hand, rel=1e-14)


FIRST_STEPS = {
    "grad(f, x)": (lambda: jt.grad(square_sum, X), TypeError, r"jittape.grad\(f\)\(x\), not jittape.grad\(f, x\)"),
    "hessian(f, 1.0)": (lambda: jt.hessian(square_sum, 1.0), TypeError, r"grad\(f\)\(x\)"),
    "grad(f(x))": (lambda: jt.grad(square_sum(X)), GradientError, r"jittape.grad\(f\)\(x\), not jittape.grad\(f\(x\)\)"),
    "by keyword": (lambda: jt.grad(square_sum)(x=X), GradientError, "arguments by keyword are not differentiated: pass it by position"),
    "record(f)": (lambda: jt.record(square_sum), GradientError, r"an example of the arguments .*jittape.record\(f, x\)"),
    "record(f, x=x)": (lambda: jt.record(square_sum, x=X), GradientError, "by position"),
    "an integer in a replay": (lambda: jt.record(lambda x: x * x, 1.0).grad(2), GradientError, "pass 2.0 instead of 2"),
    "one point for all data": (lambda: jt.record(lambda x, d: np.sum(x * d), X, d=X).batch_grad(X, d=np.ones((4, 3))), ValueError, r"np.broadcast_to\(x, \(points, ...\)\)"),
    "a masked array on the left": (lambda: jt.grad(lambda x: np.sum(np.ma.masked_array(X, [0, 1, 0]) * x))(X), jt.DerivativeLostError, "np.ma.filled"),
    "an object of a class": (lambda: jt.grad(square_sum)(threading.Lock()), GradientError, "jittape.tree.register"),
    "x.at": (lambda: jt.grad(lambda x: x.at[0].set(1.0))(X), AttributeError, r"x\[i\] = y"),
    "x.detach()": (lambda: jt.grad(lambda x: x.detach())(X), AttributeError, r"jittape.stop_gradient\(x\)"),
    "jt.lax": (lambda: jt.lax, AttributeError, "checkpoint_loop"),
    "jt.sparse_hessian": (lambda: jt.sparse_hessian, AttributeError, r"F = jittape.record\(f, x\); F.sparse_hessian"),
    "a product of tensors": (lambda: jt.ones(2, 3) @ jt.ones(2, 3), jt.ShapeError, r"matmul: shapes cannot be multiplied \(\(2, 3\) and \(2, 3\)\)"),
    "classes as floats": (lambda: jt.nn.functional.cross_entropy(jt.ones(2, 3), jt.tensor([0.0, 1.0])), jt.ShapeError, r"target.long\(\)"),
}  # fmt: skip


@pytest.mark.parametrize("what", FIRST_STEPS)
def test_what_is_written_at_first(what: str) -> None:
    """The words of other libraries, and the likeliest slips: the error says what to write."""
    call, error, message = FIRST_STEPS[what]
    with pytest.raises(error, match=message):
        call()
