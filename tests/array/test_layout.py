"""The order of axes in memory of what is computed, beside NumPy's."""

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.array.layout import allocated, form, lies_in, merged, steps, without


def strides(a):
    return [st for n, st in zip(a.shape, a.strides, strict=True) if n > 1]


@st.composite
def operands(draw):
    """Arrays that broadcast against each other, with axes in any order, steps, and repetition."""
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    found = []
    for _ in range(draw(st.integers(1, 3))):
        own = [n if draw(st.booleans()) else 1 for n in shape] if draw(st.booleans()) else list(shape)
        own = own[draw(st.integers(0, len(own) - 1)) if found else 0 :]
        axes = draw(st.permutations(range(len(own))))
        step = draw(st.sampled_from((1, 2)))
        a = np.zeros([step * own[i] for i in axes]).transpose(np.argsort(axes))[tuple(slice(None, None, draw(st.sampled_from((step, -step)))) for _ in own)]
        found.append(np.broadcast_to(a, shape) if draw(st.integers(0, 5)) == 0 else a)
    return found


@given(operands())
@examples(200)
def test_the_order_of_results_is_that_of_numpys_iterator(arrays):
    result = np.negative(arrays[0]) if len(arrays) == 1 else np.add(*arrays) if len(arrays) == 2 else np.clip(*arrays)
    axes = merged([steps(a.shape, a.strides, result.ndim) for a in arrays], result.ndim)
    assert strides(allocated(result.shape, axes, float)) == strides(result)


def test_reduced_axes_leave_the_order_of_the_others():
    assert without((2, 0, 1), (0,)) == (1, 0)
    assert without((2, 0, 1), (2,)) == (0, 1)


def test_forms_tell_layouts_apart():
    x = np.zeros((4, 6))
    assert form(1.0) is None and form(x) == () and form(np.array(1.0)) == ()
    assert form(x.T) == (1, 6) and form(x[:, ::2]) == (6, 2)
    assert form(x[0, ::2]) == form(x[0, ::3]) == (2,) and form(x[0, ::-1]) == (-1,)
    assert lies_in(x, "C") and not lies_in(x, "F") and lies_in(x.T, "A") and lies_in(x[:, ::2], "K")


# --- replays at arguments of other layouts -------------------------------------------------------------------------------------


def stores_into_ravel(x):
    y = x.ravel()  # a view of an array in C order, else a copy
    y[0] = 5.0
    return np.sum(x * np.arange(6.0).reshape(x.shape) + x) + y[1]


def test_a_replay_in_another_layout_takes_another_path():
    x = np.arange(1.0, 7.0).reshape(2, 3)
    F = jt.record(stores_into_ravel, x)
    assert F(x) == stores_into_ravel(x.copy()) != F(np.asfortranarray(x))
    assert F(np.asfortranarray(x)) == stores_into_ravel(np.asfortranarray(x))
    assert len(F.paths) == 2
    assert F(x) == stores_into_ravel(x.copy()) and len(F.paths) == 2
    wide = np.zeros((2, 6))
    wide[:, ::2] = x
    assert F(wide[:, ::2]) == stores_into_ravel(np.asfortranarray(x))
    np.testing.assert_array_equal(F.grad(x), jt.grad(stores_into_ravel)(x))
    np.testing.assert_array_equal(F.grad(np.asfortranarray(x)), jt.grad(stores_into_ravel)(np.asfortranarray(x)))
    np.testing.assert_array_equal(F.hessian(np.asfortranarray(x)), np.zeros((2, 3, 2, 3)))
    G = jt.record(stores_into_ravel, np.asfortranarray(x))
    for y in (x, np.asfortranarray(x), x + 1.0):
        np.testing.assert_array_equal(G.grad(y), jt.grad(stores_into_ravel)(y))
    np.testing.assert_array_equal(G.batch_value(np.stack([x, x + 1.0])), [stores_into_ravel(x.copy()), stores_into_ravel(x + 1.0)])


def test_where_no_path_can_be_recorded_another_layout_is_refused(tmp_path):
    x = np.arange(1.0, 7.0).reshape(2, 3)
    F = jt.record(stores_into_ravel, x, on_branch="raise")
    with pytest.raises(jt.errors.BranchChanged, match="ascontiguousarray"):
        F(np.asfortranarray(x))
    F.save(tmp_path / "f.npz")
    G = jt.load(tmp_path / "f.npz")
    assert G(x) == F(x)
    with pytest.raises(jt.errors.BranchChanged, match="laid out otherwise"):
        G(np.asfortranarray(x))


def test_layouts_do_not_matter_where_nothing_asks_for_them():
    x = np.arange(1.0, 7.0).reshape(2, 3)

    def f(x):
        a = np.zeros_like(x)
        a[0] = x[1] * 2.0
        return np.sum(a.T @ a)

    F = jt.record(f, x)
    assert F(np.asfortranarray(x)) == f(x) and len(F.paths) == 1


def test_a_number_and_an_array_without_axes_take_paths_of_their_own():
    def f(x):
        y = x
        y += 1.0  # of an array, x changes too
        return x * 10.0 + y

    F = jt.record(f, 2.0)
    assert F(3.0) == f(3.0) == 34.0
    assert F(np.array(3.0)) == f(np.array(3.0)) == 44.0
    assert F.grad(np.array(3.0)) == 11.0 and F.grad(3.0) == 11.0
    G = jt.record(f, np.array(2.0))
    assert G(np.array(3.0)) == 44.0 and G(3.0) == 34.0
    assert G.batch_value(np.array([3.0, 4.0])).tolist() == [34.0, 45.0]
