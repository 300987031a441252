"""Derivatives lie in memory in C order by every route, so that what is done with them later aliases by all routes, or by none."""

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

import jittape as jt
from jittape import tree


def scalar(x, z):
    return np.sum(np.sin(x) * x) * z


def array(x, z):
    return np.sin(x) * x.T.T * z


def arrays(x, z):
    return [x * z, (x.T * z, np.sum(x) * z), np.ones(np.shape(x)).T]


def direction(x):
    return np.ones(np.shape(x)) if isinstance(x, np.ndarray) else np.ones(x.shape)


def pulled(f, x, z):
    out, pull = jt.vjp(lambda y: f(y, z), x)
    return [out, pull(out)]


DERIVATIVES = {
    "grad": lambda x, z: jt.grad(scalar)(x, z),
    "grad by both": lambda x, z: jt.grad(scalar, (0, 1))(x, z),
    "value_and_grad": lambda x, z: jt.value_and_grad(scalar)(x, z),
    "hvp": lambda x, z: jt.hvp(scalar)(x, x, z),
    "hessian": lambda x, z: jt.hessian(scalar)(x, z),
    "hessian by both": lambda x, z: jt.hessian(scalar, (0, 1))(x, z),
    "jacobian": lambda x, z: [jt.jacobian(f)(x, z) for f in (array, arrays)],
    "jvp": lambda x, z: [jt.jvp(lambda y: f(y, z), (x,), (x,)) for f in (array, arrays)],
    "jvp of a plain direction": lambda x, z: jt.jvp(lambda y: array(y, z), (x,), (direction(x),)),
    "vjp": lambda x, z: [pulled(f, x, z) for f in (array, arrays)],
}


@st.composite
def laid_out(draw):
    """An array with axes in any order, steps and repetition."""
    shape = draw(st.lists(st.integers(1, 3), max_size=3))
    axes = draw(st.permutations(range(len(shape))))
    step = draw(st.sampled_from((1, 1, 2)))
    memory = np.arange(1.0, 1.0 + np.prod([step * n for n in shape], dtype=int)).reshape([step * shape[i] for i in axes]) / 8
    x = memory.transpose(np.argsort(axes))[tuple(slice(None, None, draw(st.sampled_from((step, step, -step)))) for _ in shape)]
    return np.broadcast_to(x[:1], shape) if shape and draw(st.integers(0, 7)) == 0 else np.asarray(x)


def stored(derivatives):
    """A number that tells where ravelled derivatives are views of them: what is stored into these reaches those, or does not."""
    total = 0.0
    for k, d in enumerate(tree.flatten(derivatives)[0]):
        v = np.ravel(d)
        if v.size:
            v[-1] += 10.0
            w = v.reshape(-1, 1) if k % 2 else np.reshape(np.transpose(d), -1)
            w[0] += 3.0
        total = total + np.sum(d * np.arange(1.0, 1.0 + v.size).reshape(np.shape(d))) + np.sum(v)
    return total


def program(name, x, z):
    """Derivatives, what comes of stores into views of them, and the same derivatives once more: nothing was spoilt."""
    find = DERIVATIVES[name]
    return stored(find(x, z)) + stored(find(x, z))


@pytest.mark.parametrize("name", DERIVATIVES)
@given(x=laid_out())
@examples(8)
def test_nested_derivatives_are_stored_into_as_plain_ones(name, x):
    expected = program(name, x, 1.5)
    by_number, _ = jt.value_and_grad(lambda z: program(name, x, z))(1.5)
    by_array, _ = jt.value_and_grad(lambda y: program(name, y, 1.5))(x)
    np.testing.assert_allclose([by_number, by_array], expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["grad", "hessian", "jacobian", "hvp", "jvp", "vjp"])
def test_derivatives_are_in_c_order_by_every_route(name):
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))

    def derivatives(x, z):
        found = DERIVATIVES[name](x, z)
        if name in ("jvp", "vjp"):  # the values have the function's own order
            found = [derivative for _, derivative in found]
        return [d for d in tree.flatten(found)[0] if np.ndim(d)]

    assert all(d.flags.c_contiguous for d in derivatives(x, 1.5))

    def outer(x):
        assert all(d.slots.flags.c_contiguous if hasattr(d, "slots") else d.flags.c_contiguous for d in derivatives(x, 1.5))
        return np.sum(x)

    jt.grad(outer)(x)


def test_derivatives_of_numba_functions_are_in_c_order():
    @njit
    def f(x):
        return np.sum(x * x)

    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    F = jt.record(scalar, x, z=1.5)
    for d in (jt.grad(f)(x), F.grad(x), F.hvp(x, x), F.hessian(x), F.jvp((x,), (x,))[1], F.vjp(x)[1](1.0)[0], F.jacobian(x)):
        assert not np.ndim(d) or d.flags.c_contiguous

    def outer(z):
        g = jt.grad(f)(x * z)
        g.ravel()[0] = 7.0
        return np.sum(g)

    assert jt.value_and_grad(outer)(1.0)[0] == 37.0


def test_derivatives_by_numbers_are_numbers():
    def outer(z):
        h = jt.hessian(lambda y: y**2 * z)(2.0)
        j = jt.jacobian(lambda y: y**2 * z)(2.0)
        v, _ = jt.vjp(lambda y: y * z, 2.0)
        w = v
        for a in (h, j, w):
            b = a
            b += 1.0  # of a number: a is what it was
            assert b is not a
        return h + j + v

    assert outer(1.5) == jt.value_and_grad(outer)(1.5)[0]


def test_values_of_vjp_may_be_stored_into_before_they_are_pulled_back():
    def outer(z):
        out, pull = jt.vjp(lambda x: (x * z, x), np.arange(3.0))
        out[0][0] = 100.0
        out[1][...] = 7.0
        return np.sum(pull((np.ones(3), np.ones(3)))[0]) + np.sum(out[0])

    assert outer(2.0) == jt.value_and_grad(outer)(2.0)[0] == 9.0 + 106.0
