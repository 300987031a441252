"""In-place assignment and NumPy's aliasing of views: random programs beside NumPy, values of every view and gradients."""

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
import jittape.numpy as jnp
from jittape.array.array import Array

# A program is a list of steps on a growing list of arrays, all of them views or copies of one another. Each step runs on
# ndarrays and on recorded arrays alike.

VIEWS = {
    "slice": lambda a, k: a[k % 2 :],
    "reverse": lambda a, k: a[::-1],
    "step": lambda a, k: a[:: 2 - k % 2],
    "row": lambda a, k: a[k % a.shape[0] : k % a.shape[0] + 1] if a.ndim else a,
    "last": lambda a, k: a[..., -1:],
    "zero-d": lambda a, k: a[(0,) * a.ndim + (...,)],
    "transpose": lambda a, k: a.T,
    "swap": lambda a, k: np.swapaxes(a, 0, -1),
    "expand": lambda a, k: np.expand_dims(a, k % (a.ndim + 1)),
    "newaxis": lambda a, k: a[..., None],
    "squeeze": lambda a, k: np.squeeze(a),
    "flip": lambda a, k: np.flip(a),
    "rot90": lambda a, k: np.rot90(a, k) if a.ndim > 1 else a,
    "move": lambda a, k: np.moveaxis(a, 0, -1),
    "ravel": lambda a, k: np.ravel(a),
    "reshape": lambda a, k: a.reshape(-1, 1),
    "view": lambda a, k: a.view(),
    "split": lambda a, k: np.array_split(a, 2)[k % 2],
    "atleast_2d": lambda a, k: np.atleast_2d(a),
    "atleast_3d": lambda a, k: np.atleast_3d(a),
    "real": lambda a, k: a.real,
    # copies
    "copy": lambda a, k: a.copy(),
    "flatten": lambda a, k: a.flatten(),
    "fancy": lambda a, k: a[[0, -1, 0]],
    "take": lambda a, k: np.take(a, [-1, 0], axis=0),
    "roll": lambda a, k: np.roll(a, 1),
    "repeat": lambda a, k: np.repeat(a, 2, axis=0),
    "scaled": lambda a, k: a * 0.5,
    "added": lambda a, k: a + np.ones(a.shape[::-1]).T,
    "cumsum": lambda a, k: np.cumsum(a, axis=-1) * 0.25,
    "clip": lambda a, k: np.clip(a, -1.0, 1.0),
    "K copy": lambda a, k: np.copy(a),
    "where": lambda a, k: np.where(a > 0, a, 0.5),
    "like": lambda a, k: np.zeros_like(a),
    "sum": lambda a, k: a.sum(axis=0) * 0.5,
    "pad": lambda a, k: np.pad(a, 1)[tuple(slice(1, -1) for _ in a.shape)],
    "concatenate": lambda a, k: np.concatenate([a, a]),
    "tril": lambda a, k: np.tril(a) if a.ndim > 1 else a,
    "in order": lambda a, k: a.copy("CFAK"[k]),
    "raveled": lambda a, k: a.ravel("CFAK"[k]),
    "flattened": lambda a, k: a.flatten("CFAK"[k]),
    "reshaped": lambda a, k: a.reshape(a.shape[::-1], order="CFA"[k % 3]),
    "astype": lambda a, k: a.astype(float, order="CFAK"[k], copy=False),
    "likes": lambda a, k: np.full_like(a, 0.5, order="CFAK"[k]),
    "sorted": lambda a, k: np.sort(a, axis=k % a.ndim),
    "scan": lambda a, k: np.cumprod(a, axis=k % a.ndim),
    "prod": lambda a, k: np.prod(a, axis=k % a.ndim),
    "max kept": lambda a, k: np.max(a, axis=k % a.ndim, keepdims=True),
    "hypot": lambda a, k: np.hypot.reduce(a, axis=k % a.ndim),
    "running difference": lambda a, k: np.subtract.accumulate(a, axis=k % a.ndim),
    "einsum": lambda a, k: np.einsum("...i,...i->i...", a, a) if a.ndim else a,
    "einsum view": lambda a, k: np.einsum("...i->i...", a) if a.ndim else a,
    "median": lambda a, k: np.median(a, axis=k % a.ndim, keepdims=True),
    "sum kept": lambda a, k: a.sum(keepdims=True) * 0.5,
    "no axes": lambda a, k: a.reshape(()) if a.size == 1 else a,
    "other order": lambda a, k: a + a.T if a.shape == a.T.shape else a * np.asfortranarray(np.full(a.shape, 0.5)),
}


NUMBERS = [0.0, 0.5, -1.25, 3.0]


def assign(a, b, k):
    a[...] = b.ravel()[k % b.size]


def assign_element(a, b, k):
    a[tuple(k % n for n in a.shape)] = b.ravel()[-1] * 0.5


def assign_row(a, b, k):
    a[k % a.shape[0]] = b.ravel()[0]


def assign_fancy(a, b, k):
    a[[0, -1]] = b.ravel()[k % b.size] * 2.0


def assign_overlapping(a, b, k):
    a[1:] = a[:-1]


def assign_reversed(a, b, k):
    a[...] = a[::-1]


def assign_number(a, b, k):
    a[..., :1] = NUMBERS[k % 4]


def assign_masked(a, b, k):
    a[a > 0.3] = b.ravel()[0] * 0.25


def assign_masked_number(a, b, k):
    a[a > 0.3] = 0.125


def add_in_place(a, b, k):
    a += b.ravel()[k % b.size] * 0.25


def multiply_in_place(a, b, k):
    a *= 0.5


def multiply_slice_in_place(a, b, k):
    a[::2] *= 0.5


def out(a, b, k):
    np.sin(a, out=a)


def flat(a, b, k):
    a.flat[k % a.size] = b.ravel()[0]


def put(a, b, k):
    np.put(a, [k % a.size, 0], [b.ravel()[0], 0.5] if isinstance(b, np.ndarray) else jnp.array([b.ravel()[0], 0.5]))


def fill(a, b, k):
    a.fill(NUMBERS[k % 4])


def copyto(a, b, k):
    np.copyto(a, b.ravel()[0], where=a > 0)


ASSIGNMENTS = [
    assign, assign_element, assign_row, assign_fancy, assign_overlapping, assign_reversed, assign_number, assign_masked,
    assign_masked_number, add_in_place, multiply_in_place, multiply_slice_in_place, out, flat, put, fill, copyto,
]  # fmt: skip
NEED_AXIS = (assign_row, assign_fancy, assign_overlapping, assign_reversed, assign_number, multiply_slice_in_place)


def assignable(a):
    return a.slot < 0 if isinstance(a, Array) else isinstance(a, np.ndarray)


def run(program, x, watch=None):
    """Run a program from the array x; `watch(i, arrays)` sees all arrays after step i."""
    arrays = [x * 2.0]
    for i, (kind, name, at, other, k) in enumerate(program):
        a, b = arrays[at % len(arrays)], arrays[other % len(arrays)]
        if kind == "view":
            if isinstance(a, (np.ndarray, Array)) and a.ndim and 0 < a.size <= 60 and a.ndim < 5:
                arrays.append(VIEWS[name](a, k))
        elif a.size and b.size and (a.ndim or ASSIGNMENTS[name] not in NEED_AXIS) and assignable(a):
            ASSIGNMENTS[name](a, b, k)
        if watch:
            watch(i, arrays)
    return arrays


step = st.one_of(
    st.tuples(st.just("view"), st.sampled_from(sorted(VIEWS)), st.integers(0, 9), st.just(0), st.integers(0, 3)),
    st.tuples(
        st.just("set"), st.integers(0, len(ASSIGNMENTS) - 1), st.integers(0, 9), st.integers(0, 9), st.integers(0, 7)
    ),
)
shapes = st.sampled_from([(1,), (4,), (2, 3), (3, 1), (2, 2), (2, 2, 2), (1, 3, 2)])


def point(shape):
    return np.random.default_rng(len(shape)).uniform(-1, 1, shape)


def weights(a):
    return np.cos(np.arange(a.size) + 1.0).reshape(a.shape)


@examples(150)
@given(shapes, st.lists(step, min_size=2, max_size=10))
def test_views_and_assignments_match_numpy(shape, program):
    x = point(shape)
    expected = []
    run(program, x.copy(), lambda i, arrays: expected.append([a.copy() for a in arrays]))

    def watch(i, arrays):
        for got, want in zip(arrays, expected[i], strict=True):
            assert got.shape == want.shape, program[: i + 1]
            np.testing.assert_allclose(got.value() if isinstance(got, Array) else got, want, rtol=1e-12, err_msg=f"after {program[: i + 1]}")

    def f(x):
        return sum(np.sum(a * weights(a)) for a in run(program, x, watch))

    g = jt.grad(f)(x)

    def plain(x):
        return sum(np.sum(a * weights(a)) for a in run(program, x))

    h = 1e-6
    for i in np.ndindex(shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        slow = (plain(up) - plain(down)) / (2 * h)
        assert g[i] == pytest.approx(slow, rel=1e-5, abs=1e-6), program


@examples(50)
@given(shapes, st.lists(step, min_size=2, max_size=8))
def test_which_views_share_memory_is_known(shape, program):
    x = point(shape)
    plain = run(program, x.copy())
    expected = [[np.shares_memory(a, b) for a in plain] for b in plain]

    def f(x):
        arrays = run(program, x)
        found = [[np.shares_memory(a, b) for a in arrays] for b in arrays]
        assert found == expected
        return np.sum(arrays[0])

    jt.grad(f)(x)


def test_an_assignment_to_a_copy_in_another_order_does_not_reach_the_array():
    def f(x):
        y = x.T * 2.0  # Fortran order in NumPy: its ravel is a copy
        z = y.ravel()
        z[0] = 5.0
        return np.sum(y)

    np.testing.assert_allclose(jt.grad(f)(np.ones((2, 3))), 2.0)

    def g(x):
        y = x.T * 2.0
        y.T.ravel()[0] = 5.0  # a view
        return np.sum(y)

    np.testing.assert_allclose(jt.grad(g)(np.ones((2, 3))), [[0, 2, 2], [2, 2, 2]])


# --- by hand --------------------------------------------------------------------------------------------------------------

X = np.array([1.0, 2.0, 3.0])


def test_assignment_to_an_argument_is_local_to_the_call():
    def f(x):
        x[0] = x[1] * x[2]
        return np.sum(x)

    x = X.copy()
    np.testing.assert_array_equal(jt.grad(f)(x), [0, 1 + 3, 1 + 2])
    np.testing.assert_array_equal(x, X)


def test_assigned_after_use_keeps_what_was_used():
    def f(x):
        y = x * 1.0
        z = y[0] ** 2
        y[0] = 0.0
        return z + y[0]

    np.testing.assert_array_equal(jt.grad(f)(X), [2, 0, 0])


def test_in_place_operators_reach_views():
    def f(x):
        y = x * 2.0
        v = y[1:]
        y += x
        v -= 1.0
        y *= y
        y /= 2.0
        y **= 2
        return np.sum(v)

    def plain(x):
        return np.sum(((3 * x[1:] - 1) ** 2 / 2) ** 2)

    np.testing.assert_allclose(jt.grad(f)(X), jt.grad(plain)(X), rtol=1e-14)


def test_in_place_operators_on_a_second_name():
    def f(x):
        y = x * 2.0
        z = y
        z += 1.0
        return np.sum(y * y)

    np.testing.assert_allclose(jt.grad(f)(X), 4 * (2 * X + 1))


def test_scalars_are_rebound_as_in_numpy():
    def f(x):
        a = x[0] * 1.0
        b = a
        b += x[1]
        return a * b

    np.testing.assert_allclose(jt.grad(f)(X), [2 * 1 + 2, 1, 0])


def test_a_scalar_is_not_assigned_to():
    def f(x):
        s = x[0]
        s[()] = 1.0
        return s

    with pytest.raises(TypeError, match=r"recorded scalar does not support item assignment.*jittape\.numpy\.array"):
        jt.grad(f)(X)


@pytest.mark.parametrize("view", [
    lambda x: np.broadcast_to(x, (2, 3)), lambda x: np.diagonal(np.stack([x, x])), lambda x: np.diag(np.stack([x, x])),
    lambda x: np.lib.stride_tricks.sliding_window_view(x * 1.0, 2), lambda x: np.broadcast_to(x * 1.0, (2, 3))[0][1:],
    lambda x: x[:, None].repeat(3, 1).diagonal(),
])  # fmt: skip
def test_read_only_views_are_read_only(view):
    with pytest.raises(ValueError, match="read-only"):
        view(X.copy())[...] = 0.0

    def f(x):
        view(x)[...] = 0.0

    with pytest.raises(ValueError, match="assignment destination is read-only"):
        jt.grad(f)(X)


def test_read_only_views_follow_the_array():
    def f(x):
        y = x * 1.0
        wide = np.broadcast_to(y, (2, 3))
        y[0] = x[1] * 5.0
        return np.sum(wide)

    np.testing.assert_array_equal(jt.grad(f)(X), [0, 12, 2])


def test_shape_mismatch_names_both_shapes():
    def f(x):
        x[:2] = x

    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        jt.grad(f)(X)

    def g(x):
        x += np.ones((2, 3))

    with pytest.raises(ValueError, match=r"\(3,\).*\(2,3\)|\(3,\).*\(2, 3\)"):
        jt.grad(g)(X)


def test_lists_of_recorded_values_are_assigned():
    def f(x):
        y = x * 1.0
        y[:] = [x[1], x[2] * 2.0, 7.0]
        return np.sum(y * y)

    np.testing.assert_array_equal(jt.grad(f)(X), [0, 2 * 2, 2 * 6 * 2])


def test_masked_assignment_of_a_number_is_replayed():
    def relu(x):
        y = x * 1.0
        y[y < 0] = 0.0
        return np.sum(y * y)

    f = jt.record(relu, np.array([1.0, -1.0]))
    np.testing.assert_array_equal(f.grad(np.array([-3.0, 4.0])), [0, 8])


def test_masked_assignment_of_an_array_decides():
    def f(x):
        y = x * 1.0
        y[x > 1.5] = x[:2]
        return np.sum(y * y)

    np.testing.assert_array_equal(jt.grad(f)(X), [2 * 1 + 2 * 1, 4, 0])
    recorded = jt.record(f, X, on_branch="raise")
    np.testing.assert_array_equal(recorded.grad(X), jt.grad(f)(X))
    with pytest.raises(jt.errors.BranchChanged, match="index.*was .False, .*True. and is"):
        recorded(X[::-1])


def test_assignment_from_another_recording_is_refused():
    kept = []
    jt.grad(lambda x: kept.append(x) or np.sum(x))(X)

    def f(x):
        x[:] = kept[0]

    with pytest.raises(ValueError, match="two recordings"):
        jt.grad(f)(X)


def test_second_derivatives_through_assignment():
    def f(x):
        y = jnp.zeros(3)
        y[1:] = x[:2] ** 2
        y[0] = x[2] * y[1]
        y[::2] *= x[0]
        return np.sum(y)

    def plain(x):
        return x[2] * x[0] ** 2 * x[0] + x[0] ** 2 + x[1] ** 2 * x[0]

    np.testing.assert_allclose(jt.hessian(f)(X), jt.hessian(plain)(X), rtol=1e-13)


def functions_that_store():
    def copyto(a, x):
        np.copyto(a, x, where=[True, False, True])

    def put(a, x):
        np.put(a, [4, -1], x[:2], mode="wrap")

    def put_method(a, x):
        a.put([0, 2], x[0])

    def putmask(a, x):
        np.putmask(a, x > 1.5, x * 10.0)

    def place(a, x):
        np.place(a, a > 0, x[:2] * 10.0)

    def fill_diagonal(a, x):
        np.fill_diagonal(a.reshape(3, 1) * 1.0, x[0])
        np.fill_diagonal(np.atleast_2d(a), x[2])

    def put_along_axis(a, x):
        np.put_along_axis(a, np.array([2, 0]), x[:2], 0)

    def put_along_none(a, x):
        np.put_along_axis(a, np.array([2, 0]), x[:2], None)

    return [copyto, put, put_method, putmask, place, fill_diagonal, put_along_axis, put_along_none]


@pytest.mark.parametrize("store", functions_that_store(), ids=lambda f: f.__name__)
def test_functions_that_store(store):
    def f(x):
        a = x * 3.0
        view = a[::-1]
        store(a, x)
        return view

    np.testing.assert_array_equal(jt.vjp(f, X)[0], f(X.copy()))
    slow = np.array([(f(X + h) - f(X - h)) / 2e-6 for h in 1e-6 * np.eye(3)]).T
    np.testing.assert_allclose(jt.jacobian(f)(X), slow, atol=1e-8)


@pytest.mark.parametrize(
    "store", [f for f in functions_that_store() if f.__name__ != "put_method"], ids=lambda f: f.__name__
)
def test_functions_that_store_refuse_plain_arrays(store):
    def f(x):
        store(np.ones(3), x)

    with pytest.raises(TypeError, match="jittape.numpy"):
        jt.grad(f)(X)


LAYOUTS = {
    "every other": lambda: np.arange(1.0, 7.0)[::2],
    "backwards": lambda: np.arange(1.0, 7.0)[::-1],
    "transposed": lambda: np.arange(1.0, 13.0).reshape(3, 4).T,
    "rows": lambda: np.arange(1.0, 25.0).reshape(4, 6)[::2],
    "columns": lambda: np.arange(1.0, 25.0).reshape(4, 6)[:, 1:3],
    "axes": lambda: np.arange(1.0, 25.0).reshape(2, 3, 4).transpose(1, 0, 2),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("view", [np.ravel, lambda x: x.reshape(-1), lambda x: x.reshape(-1, 1), np.atleast_2d])
def test_copies_and_views_of_arguments_are_numpys(layout, view):
    """Whether ravel and reshape copy depends on the argument's layout."""

    def f(x):
        y = view(x)
        y *= 2.0
        return np.sum(x**2 * np.arange(x.size).reshape(x.shape)) + np.sum(x.ravel() * y.ravel())

    x = LAYOUTS[layout]()
    want = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        values = []
        for h in (1e-5, -1e-5):
            moved = LAYOUTS[layout]()
            moved[i] += h
            values.append(f(moved))
        want[i] = (values[0] - values[1]) / 2e-5
    np.testing.assert_allclose(jt.grad(f)(x), want, rtol=1e-7)


def test_broadcast_arguments_are_copied_by_reshape():
    def f(x):
        y = x.reshape(-1)
        y *= 2.0
        return np.sum(x.reshape(-1) * y)

    x = np.broadcast_to(np.arange(1.0, 4.0), (2, 3))
    np.testing.assert_allclose(jt.grad(f)(x), 4.0 * x)


def test_arguments_that_share_memory():
    def f(a, b):
        a[0] = 5.0 * a[0]
        return np.sum(a * b)

    for pair in (lambda x: (x, x), lambda x: (x[:2], x[1:]), lambda x: (x, x[::-1])):
        for numbers in (0, 1, (0, 1)):
            a, b = pair(np.array([1.0, 2.0, 3.0]))
            with pytest.raises(TypeError, match="arguments share memory"):
                jt.grad(f, argnums=numbers)(a, b)
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(jt.grad(f)(x.copy(), x), [5.0, 2.0, 3.0])
    np.testing.assert_array_equal(jt.grad(lambda a, b: np.sum(a * b))(x, x), x)  # nothing is stored
    assert x.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("values", [lambda y: y[1:3], lambda y: np.ravel(y), lambda y: y[::-1], lambda y: y[2:] * 1.0])
def test_place_reads_what_it_has_just_stored(values):
    def f(x):
        y = x * 1.0
        np.place(y, np.array([True, True, False, True, True]), values(y))
        return np.sum(y * np.arange(1.0, 6.0))

    x = np.array([0.3, -0.2, 0.7, 1.1, 0.4])
    assert jt.value_and_grad(f)(x)[0] == pytest.approx(f(x), abs=1e-14)
    assert jt.testing.check_grad(f, x)


def test_functions_that_store_into_numbers():
    """NumPy puts into a copy of its own numbers, and refuses Python's; other functions refuse both."""
    x = np.array([0.7, -0.4])

    def put(np, x):
        v = np.sum(x)
        np.put(v, [0], 3.0)
        return v * x

    np.testing.assert_array_equal(jt.vjp(lambda x: put(jnp, x), x)[0], put(np, x))
    for f in (lambda x: jnp.put(x, [0], 3.0), lambda x: jnp.place(x, True, [3.0]), lambda x: jnp.fill_diagonal(x * 2.0, 1.0)):
        with pytest.raises(TypeError, match=r"np\.\w+: the first argument must be an array, and is a number"):
            jt.grad(f)(0.5)
    with pytest.raises(IndexError):
        jt.grad(lambda x: jnp.put(jnp.sum(x), [3], 1.0))(x)
