"""Where recorded numbers meet what wants integers, complex numbers, objects, lists, plain arrays and out=: as in the plain run, or in words."""

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp

X = np.array([1.0, 2.0, 3.0])


def gradient(f, x=X):
    return jt.grad(f)(x.copy()).tolist()


@pytest.mark.parametrize("f", [
    lambda x: np.sum(x[: (x > 1.5).sum()]), lambda x: sum(x[i] for i in range(np.sum(x > 1.5))), lambda x: np.sum(x[: np.sum(x > 0) - 1]),
    lambda x: np.sum(x[: np.count_nonzero(x > 1.5)]), lambda x: np.sum(np.ones((x > 1.5).sum())) * (x[0] + x[1]) / 2.0,
    lambda x: (x[0] + x[1]) * np.arange(1.0, 5.0)[(x > 9).sum()],
])  # fmt: skip
def test_counts_are_integers(f):
    assert gradient(f) == [1.0, 1.0, 0.0]


def test_counts_are_guarded():
    def f(x):
        return np.sum(x[: (x > 1.5).sum()] ** 2) + jnp.sum(jnp.zeros((x > 0).sum()) + x[-1])

    F = jt.record(f, X)
    for y in (X, X + 1.0, X - 1.0, X - 9.0):
        assert F(y) == f(y)
        np.testing.assert_array_equal(F.grad(y), jt.grad(f)(y))


def test_real_numbers_are_no_integers():
    for f in (lambda x: range(x[0]), lambda x: x[: x[0]], lambda x: np.zeros(np.floor(x[0])), lambda x: range(np.sum(x))):
        with pytest.raises((TypeError, IndexError), match="integer"):
            jt.grad(f)(X)


def test_powers_with_a_modulus_are_refused_in_words():
    for f in (lambda x: pow(x[0], 2, 3), lambda x: pow(x, 2, 3)):
        with pytest.raises(TypeError, match="modulus"):
            jt.grad(f)(X)


def test_out_of_plain_operands():
    def f(x):
        a = jnp.zeros(3)
        np.multiply(2.0, 3.0, out=a)
        np.add.reduce(np.ones((2, 3)), out=a[:3])
        return np.sum(a * x)

    assert gradient(f) == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("function", [lambda x, **k: np.divmod(x, 0.7, **k), lambda x, **k: np.modf(x * 1.3, **k)])
def test_both_results_are_stored(function):
    def f(x):
        a, b = jnp.zeros(3), jnp.zeros(3)
        found = function(x, out=(a, b))
        assert found[0] is a and found[1] is b
        _, c = function(x, out=(a, None))
        return np.sum(a * 2.0 + b * x + c)

    def plain(x):
        a, b = function(x)
        return np.sum(a * 2.0 + b * x + b)

    np.testing.assert_array_equal(jt.grad(f)(X), jt.grad(plain)(X))


def test_out_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"out= has shape \(2, 3\)"):
        jt.grad(lambda x: np.sum(np.sum(x.reshape(1, 3), axis=0, out=jnp.zeros((2, 3)))))(X)


def test_masks_and_values_of_nothing():
    def f(x):
        y = x * 1.0
        np.putmask(y, y > 0, [])
        np.putmask(y, y > 9, jnp.array([]))
        np.place(y, y > 9, [])
        np.putmask(y[:0], y[:0] > 0, [1.0])
        np.place(y[:0], y[:0] > 0, [])
        return np.sum(y)

    assert gradient(f) == [1.0, 1.0, 1.0]
    with pytest.raises(ValueError, match="empty array"):
        jt.grad(lambda x: np.place(x, x > 0, []))(X)
    for store in (np.place, np.putmask):
        with pytest.raises(ValueError, match="same size"):
            jt.grad(lambda x, store=store: store(x, np.ones(2, bool), [1.0]))(X)


@pytest.mark.parametrize("order", [None, 1, 2, 3, 0, np.inf])
def test_norms_of_nothing(order):
    def f(x):
        nothing = x.reshape(3, 1)[:, :0]
        return np.linalg.norm(x[:0], order) + np.sum(np.linalg.norm(nothing, order, axis=1)) + np.sum(np.linalg.norm(nothing, order, axis=0)) + x[0]

    assert jt.value_and_grad(f)(X)[0] == f(X) == 1.0
    if order in (None, 1, 2, np.inf):
        assert jt.value_and_grad(lambda x: np.linalg.norm(x.reshape(3, 1)[:, :0], order) + x[0])(X)[0] == 1.0
    with pytest.raises(ValueError, match="no identity"):
        jt.grad(lambda x: np.linalg.norm(x[:0], -np.inf))(X)


def test_the_order_of_an_array_without_axes():
    def f(x):
        assert np.argsort(x).tolist() == [0] and x.argsort(axis=0).tolist() == [0]
        return np.sum(np.cumsum(x) * np.cumprod(x))

    assert jt.grad(f)(np.array(2.0)) == 4.0


def test_dicts_are_known_by_their_keys():
    def f(d):
        return d["a"] ** 2 * d["b"][0]

    one, other = {"a": 2.0, "b": np.array([3.0])}, {"b": np.array([5.0]), "a": 1.0}
    F = jt.record(f, one)
    assert F(other) == 5.0
    g = F.grad(other)
    assert g["a"] == 10.0 and g["b"].tolist() == [1.0]
    assert jt.jvp(f, (one,), ({"b": np.ones(1), "a": 0.0},)) == (12.0, 4.0)
    assert F.jvp((one,), ({"b": np.ones(1), "a": 0.0},)) == (12.0, 4.0)
    assert F.hvp(other, {"b": np.zeros(1), "a": 1.0})["b"].tolist() == [2.0]
    assert jt.vjp(lambda x: {"a": x, "b": 2 * x}, 1.0)[1]({"b": 1.0, "a": 0.0}) == (2.0,)
    assert F.batch_value({"b": np.full((2, 1), 5.0), "a": np.array([1.0, 2.0])}).tolist() == [5.0, 20.0]
    with pytest.raises(ValueError, match="recorded for arguments"):
        F({"a": 1.0, "c": np.ones(1)})
    G = jt.record(lambda x, p: x * p["a"] + p["b"], 1.0, p={"a": 2.0, "b": 3.0})
    assert G(1.0, p={"b": 1.0, "a": 10.0}) == 11.0


# --- constants of the namespace -------------------------------------------------------------------------------------------------


class Doubled:
    def __rmul__(self, other):
        return 2.0

    __mul__ = __rmul__


@pytest.mark.parametrize("f", [
    lambda np: np.abs(np.ones(2) * 1j).sum(), lambda np: np.abs(np.exp(1j * np.ones(2))).sum(), lambda np: np.abs(np.ones(2) + np.array([1j, 2])).sum(), lambda np: np.abs(np.ones(2) ** 1j).sum(),
    lambda np: np.abs(np.linalg.inv(np.eye(2) * 1j)).sum(), lambda np: np.abs(np.dot(np.ones(2), np.array([1j, 1]))), lambda np: np.abs(np.where(np.ones(2) > 0, 1j, 2)).sum(),
    lambda np: (np.ones(2) * np.array([Doubled(), Doubled()], object)).sum(),
])  # fmt: skip
def test_constants_meet_complex_numbers_and_objects(f):
    expected = float(f(np))
    assert gradient(lambda x: x[0] * f(jnp)) == pytest.approx([expected, 0.0, 0.0])


def test_recorded_values_and_complex_numbers_meet():
    assert gradient(lambda x: np.sum(np.abs(x * 2j))) == [2.0, 2.0, 2.0]


def test_plain_arrays_take_constants_in_place():
    def f(x):
        buffer = np.zeros(2)
        buffer += jnp.ones(2)
        np.multiply(jnp.ones(2), 3.0, out=buffer)
        buffer -= jnp.ones(2)
        return buffer.sum() * x[0]

    assert gradient(f) == [4.0, 0.0, 0.0]
    with pytest.raises(TypeError, match="jittape.numpy"):
        jt.grad(lambda x: np.add(x, 1.0, out=np.zeros(3)))(X)


def test_linear_algebra_takes_lists_of_recorded_numbers():
    def f(x):
        a = [[x[0], 1.0], [0.5, x[1]]]
        return jnp.linalg.det(a) + jnp.linalg.norm([x[0], x[2]]) + jnp.sum(jnp.linalg.solve(a, [1.0, x[2]])) + jnp.sum(jnp.linalg.multi_dot([a, [[1.0, x[2]], [0.0, 2.0]]]))

    def g(x):
        a = jnp.array([[x[0], 1.0], [0.5, x[1]]])
        b = jnp.array([[1.0, x[2]], [0.0, 2.0]])
        return np.linalg.det(a) + np.linalg.norm(jnp.array([x[0], x[2]])) + np.sum(np.linalg.solve(a, jnp.array([1.0, x[2]]))) + np.sum(np.linalg.multi_dot([a, b]))

    assert gradient(f) == gradient(g)


def test_truth_values_as_real_numbers_add_up():
    def f(x):
        return np.sum(((x > 0).astype(float) + (x > 1).astype(float) + jnp.array(x > 2, float)) * x)

    assert gradient(f) == [1.0, 2.0, 3.0]


def test_functions_of_truth_values_are_rounded_as_numpys():
    x = np.array([0.5, -1.0, 2.0])
    for f in (
        lambda x: np.sum(np.sin(x > 0) * x),
        lambda x: np.exp(x[0] > 0) * x[1] + np.sum(np.sqrt((x > 0) & (x < 1)) * x),
        lambda x: np.sum((np.square(x > 0) + np.floor(x > 0) + np.abs(x > 0) + np.logical_not(x > 0)) * x),
    ):
        assert jt.value_and_grad(f)(x)[0] == f(x) and jt.record(f, x)(-x) == f(-x)


def test_the_flat_elements_are_assigned():
    def f(x):
        y = x * 2.0
        y.flat = [1.0, 2.0]
        z = x.reshape(3, 1) * 1.0
        z.real = x[0]
        return np.sum(y * x) + np.sum(z)

    assert gradient(f) == [4.0, 2.0, 1.0]
