"""What is read off recorded values: counts and truth values are what they are in the plain run, texts may be shown."""

from __future__ import annotations

import io
import math
import pprint
import reprlib

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp
from jittape.errors import DerivativeLostError

X = np.array([0.5, -1.0, 2.0, 3.0])
OTHER = np.array([0.5, -1.0, -2.0, 3.0])


def n(x):
    return (x > 0).sum()


COUNTED = {
    "arange": lambda x: np.arange(n(x)).sum(),
    "choice": lambda x: np.random.default_rng(0).choice(n(x)),
    "text": lambda x: float(f"{n(x)}"),
    "length of a text": lambda x: len(f"{n(x):05d}" + str(10 ** n(x))),
    "hexadecimal": lambda x: int(f"{n(x) + 9:x}", 16),
    "key": lambda x: {3: 2.0, 2: 5.0}[n(x)],
    "made key": lambda x: list({n(x): 2.0})[0],
    "key of a truth value": lambda x: {True: 1.0, False: 2.0}[n(x) > 2],
    "list": lambda x: [1.0, 2.0, 3.0, 4.0][n(x)],
    "repeated list": lambda x: len([1.0, 2.0] * n(x)),
    "repeated tuple": lambda x: len(n(x) * (1.0,)),
    "linspace": lambda x: np.linspace(0, 1, n(x)).sum(),
    "eye": lambda x: np.eye(n(x)).sum(),
    "tile": lambda x: np.tile(np.ones(2), n(x)).sum(),
    "repeat": lambda x: np.repeat(np.ones(2), n(x)).sum(),
    "comb": lambda x: math.comb(n(x), 2),
    "sqrt": lambda x: math.sqrt(n(x)),
    "item": lambda x: n(x).item(),
    "full": lambda x: np.full(2, n(x)).sum(),
    "reshape": lambda x: np.ones(6).reshape(n(x), -1)[0].sum(),
    "parity": lambda x: n(x) & 1,
    "shift": lambda x: (1 << n(x)) + (n(x) >> 1) + ~n(x),
    "round": lambda x: [1.0, 2.0, 3.0, 4.0][round(n(x))],
    "cumulative": lambda x: np.arange(5.0)[np.asarray(np.cumsum(x > 0))].sum(),
    "zeros": lambda x: np.zeros(np.cumsum(x > 0)[-1]).size,
    "dot": lambda x: [1.0, 2.0, 3.0, 4.0][np.dot(x > 0, np.ones(4, int))],
    "indices": lambda x: len(np.triu_indices(n(x))[0]),
    "power": lambda x: np.linalg.matrix_power(x.reshape(2, 2) * 0.0 + np.eye(2) * 2, n(x))[0, 0],
    "share": lambda x: float(np.mean(x > 0)),
    "mask": lambda x: np.asarray(x > 0).sum(),
    "long sum": lambda x: math.factorial(sum([v > 0 for v in x] * 500) % 7),
}


@pytest.mark.parametrize("name", COUNTED)
def test_counts_are_integers_as_in_the_plain_run(name):
    f = lambda x: COUNTED[name](x) * x[0]  # noqa: E731
    assert float(jt.value_and_grad(f)(X)[0]) == pytest.approx(float(f(X)), rel=1e-15)
    recorded = jt.record(f, X)
    for x in (X, OTHER, X):
        assert float(recorded(x)) == pytest.approx(float(f(x)), rel=1e-15)
        np.testing.assert_allclose(recorded.grad(x), [float(COUNTED[name](x)), 0, 0, 0])


@pytest.mark.parametrize("show", [
    lambda x, to: to.write("%.2f" % x[0]),  # noqa: UP031
    lambda x, to: to.write("%(a)g" % {"a": x[0]}),  # noqa: UP031
    lambda x, to: to.write(f"{x[0]:.3f}"),
    lambda x, to: to.write("{:.2e}".format(x[0])),  # noqa: UP032
    lambda x, to: pprint.pprint({"a": x, "b": [x[0]]}, to),
    lambda x, to: to.write(reprlib.repr([x[0], x])),
    lambda x, to: np.savetxt(to, x),
    lambda x, to: print(round(x[0], 2), n(x), x > 0, file=to),
])  # fmt: skip
def test_values_may_be_shown(show):
    texts = []

    def f(x):
        to = io.StringIO()
        show(x, to)
        texts.append(to.getvalue().replace("Array", "array"))
        return x[0] * x[1]

    np.testing.assert_array_equal(jt.grad(f)(X), [-1, 0.5, 0, 0])
    assert len(jt.record(f, X).tape) > 0
    f(X)
    assert texts[0] and texts[0].replace("(0.5)", "").replace("[]", "") == texts[-1].replace("np.float64(0.5)", "array").replace("[]", "")


def test_a_text_of_a_count_and_of_a_value_is_no_count():
    with pytest.raises(DerivativeLostError):
        jt.grad(lambda x: len(str(n(x)) + str(x[0])) * x[1])(X)
    with pytest.raises(TypeError, match="unhashable"):
        jt.grad(lambda x: {x[0]: 1.0}[0.5] * x[0])(X)
    with pytest.raises(DerivativeLostError):
        jt.grad(lambda x: float(x[0] % 1.0) * x[0])(X)


def test_operators_of_counts_in_other_recordings():
    def f(x):
        return jt.grad(lambda y: y * n(x) * (y > 0) * (x[0] > 0))(2.0) * x[2]

    np.testing.assert_array_equal(jt.grad(f)(X), [0, 0, 3, 0])
    assert jnp.sum(jnp.ones(2) > 0) == 2
