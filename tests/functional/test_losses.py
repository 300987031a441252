"""A derivative that a function loses, and of which somebody catches the error: the recording raises it at its end."""

from __future__ import annotations

import io
import logging
import pickle
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.errors import DerivativeLostError

X = np.array([1.5, 2.25])


def swallowed_float(x):
    try:
        return float(x[0]) * x[1]
    except TypeError:
        return x[0] ** 2


def swallowed_and_raised(x):
    try:
        x[0].item()
    except Exception as error:
        raise ValueError("the function has its own error") from error
    return x[1]


def stored_in_a_plain_array(x):
    a = np.zeros(2)
    try:
        a[0] = x[0]
    except Exception:
        a[0] = 1.0
    return np.sum(a * x)


def an_array_of_a_list(x):
    try:
        v = np.array([x[0], x[1]])
    except Exception:
        v = np.ones(2)
    return np.sum(v * x)


def copied_to_a_plain_array(x):
    a = np.zeros(2)
    try:
        np.copyto(a, x)
    except TypeError:
        pass
    return np.sum(a) + x[0]


def added_to_a_plain_array(x):
    a = np.zeros(2)
    try:
        np.add.at(a, [0, 1], x)
    except TypeError:
        pass
    return np.sum(a) + x[0]


def constant_in_a_nested_call(x):
    def inner(y):
        try:
            return float(x[0]) * y
        except TypeError:
            return y

    return jt.grad(inner)(2.0) * x[1]


READ = {
    "float": lambda x: float(str(x[1])) * x[0],
    "int": lambda x: int(format(x[1], ".0f")) * x[0],
    "len": lambda x: len(str(x[1])) * x[0],
    "==": lambda x: x[0] if str(x[1]) == "2.25" else x[1],
    "!=": lambda x: x[0] if str(x[1]) != "2.25" else x[1],
    "<": lambda x: x[0] if str(x[1]) < "3" else x[1],
    "in": lambda x: x[0] if "." in str(x[1]) else x[1],
    "startswith": lambda x: x[0] if f"{x[1]}".startswith("2") else x[1],
    "key": lambda x: {"2.25": 3.0}[str(x[1])] * x[0],
    "set": lambda x: x[0] * (str(x[1]) in {"2.25"}),
    "rounded": lambda x: float(f"{x[1]:.1f}") * x[0],
    "format": lambda x: float(f"{x[1]:.3g}") * x[0],
    "percent": lambda x: float("%s" % x[1]) * x[0],  # noqa: UP031
    "part": lambda x: float(str(x)[1:4]) * x[0],
    "stripped": lambda x: float(str(x[1]).strip()) * x[0],
    "sum": lambda x: float(str(x[1]) + "1") * x[0],
    "sum from the right": lambda x: float("1" + str(x[1])) * x[0],
    "letters": lambda x: sum(c == "2" for c in str(x[1])) * x[0],
    "split": lambda x: len(np.array_str(x).split()) * x[0],
    "np.array_str": lambda x: len(np.array_str(x)) * x[0],
    "np.array2string": lambda x: len(np.array2string(x, precision=2)) * x[0],
    "np.array_repr": lambda x: len(np.array_repr(x)) * x[0],
    "repr": lambda x: len(repr(x)) * x[0],
    "encode": lambda x: len(str(x[1]).encode()) * x[0],
    "np.float64": lambda x: np.float64(str(x[1])) * x[0],
}
LOST = {f.__name__: f for f in (swallowed_float, swallowed_and_raised, stored_in_a_plain_array, an_array_of_a_list, copied_to_a_plain_array,
                                added_to_a_plain_array, constant_in_a_nested_call)}  # fmt: skip


@pytest.mark.parametrize("name", [*LOST, *READ])
def test_a_lost_derivative_is_raised_by_every_route(name):
    f = {**LOST, **READ}[name]
    routes = [
        lambda: jt.grad(f)(X), lambda: jt.value_and_grad(f)(X), lambda: jt.jacobian(f)(X), lambda: jt.hessian(f)(X), lambda: jt.hvp(f)(X, X),
        lambda: jt.jvp(f, (X,), (X,)), lambda: jt.vjp(f, X), lambda: jt.record(f, X), lambda: jt.grad(lambda x: jt.grad(f)(x)[0])(X),
    ]  # fmt: skip
    for route in routes:
        with pytest.raises(DerivativeLostError):
            route()


def test_the_error_names_the_line():
    with pytest.raises(DerivativeLostError, match=r"float\(\) of a recorded value.*test_losses\.py:\d+"):
        jt.grad(swallowed_float)(X)


def test_a_solver_that_converts_its_function():
    optimize = pytest.importorskip("scipy.optimize")
    with pytest.raises(DerivativeLostError, match=r"^scipy.optimize.brentq was given a recorded number"):
        jt.grad(lambda a: optimize.brentq(lambda x: x**3 - a, 0, 3))(2.0)


def test_another_path_that_loses_a_derivative():
    F = jt.record(lambda x: swallowed_float(x) if x[0] > 2 else x[0] ** 2, X)
    assert F.grad(X).tolist() == [3.0, 0.0]
    for call in (F, F.grad, F.jacobian, F.hessian, lambda x: F.batch_grad(np.stack([X, x]))):
        with pytest.raises(DerivativeLostError):
            call(np.array([3.0, 1.0]))
    assert F.grad(X).tolist() == [3.0, 0.0]


def test_what_is_raised_otherwise_stays():
    def stops(x):
        try:
            float(x[0])
        except TypeError:
            raise KeyboardInterrupt from None

    with pytest.raises(KeyboardInterrupt):
        jt.grad(stops)(X)
    with pytest.raises(ValueError, match=r"x is 1\.5, 1\.50 and \[1\.5"):
        jt.grad(raises)(X)


def raises(x):
    raise ValueError(f"x is {x[0]}, {x[0]:.2f} and {x}")


class Stream(io.StringIO):
    """A stream that is written in Python and looks at what it writes."""

    def write(self, s):
        return super().write(s) if len(s) and s != "" else 0


def test_texts_may_be_shown(caplog):
    kept, stream = [], Stream()

    def f(x):
        print(x, x[0], f"{x[1]:.3f}", repr(x[0]), file=stream)
        logging.getLogger("test").warning("x is %s, %s", x, f"{x[0]}")
        kept.append(str(x[0]).rjust(5) + " and " + str(x))
        return x[0] ** 2 if x[1] > 0 else x[0]

    F = jt.record(f, X)
    text = str(X)
    assert stream.getvalue().startswith(f"{text} 1.5 2.250 Array(1.5)\n") and caplog.messages[0] == f"x is {text}, 1.5"
    assert F.grad(X).tolist() == [3.0, 0.0] and jt.grad(f)(X).tolist() == [3.0, 0.0]
    # when the recording has ended, they are texts as others are
    assert kept[0] == "  1.5 and " + text and len(kept[0]) == 10 + len(text) and pickle.loads(pickle.dumps(kept[0])) == kept[0]


def test_texts_of_constants_are_texts():
    import jittape.numpy as jnp

    assert jt.grad(lambda x: float(str(jnp.ones(1)[0])) * x[0] + len(str(jnp.ones(2))) * x[1])(X).tolist() == [1.0, 7.0]
    assert jt.grad(lambda x: float(str(jt.stop_gradient(x[1]))) * x[0])(X).tolist() == [2.25, 0.0]


def test_texts_in_tracebacks_are_plain() -> None:
    """As pytest-xdist sends them."""
    held: list[Any] = []

    def f(x: Any) -> Any:
        held.append(x)
        return float(x[0])

    for driver in (jt.grad(f), lambda x: jt.record(f, x)):
        with pytest.raises(jt.errors.DerivativeLostError):
            driver(np.ones(2))
        assert type(repr(held[-1])) is str
