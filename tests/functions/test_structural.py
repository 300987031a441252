"""Structural functions: NumPy's results on random shapes, exact derivatives, and nothing appended to the tape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy_oracle import agree, instructions, recorded

import jittape as jt
import jittape.numpy as jnp

X = np.arange(1.0, 13.0).reshape(3, 4) * np.cos(np.arange(12.0)).reshape(3, 4)
V = np.array([0.5, -1.5, 2.0, 3.5])
C = np.arange(24.0).reshape(2, 3, 4) - 7.3

FREE = {
    "transpose": (lambda x: np.transpose(x, (2, 0, 1)), C),
    "transpose method": (lambda x: [x.transpose(2, 0, 1), x.transpose((1, 0, 2)), x.transpose()], C),
    "T": (lambda x: x.T, C),
    "mT": (lambda x: x.mT, C),
    "matrix_transpose": (np.matrix_transpose, C),
    "swapaxes": (lambda x: np.swapaxes(x, 0, 2), C),
    "moveaxis": (lambda x: np.moveaxis(x, [0, 1], [-1, 0]), C),
    "rollaxis": (lambda x: np.rollaxis(x, 2), C),
    "reshape": (lambda x: np.reshape(x, (4, -1)), C),
    "reshape F": (lambda x: x.reshape(4, 6, order="F"), C),
    "ravel": (lambda x: np.ravel(x.T), C),
    "ravel F": (lambda x: x.ravel("F"), C),
    "flatten": (lambda x: x.T.flatten(), C),
    "broadcast_to": (lambda x: np.broadcast_to(x, (2, 3, 4)), V),
    "broadcast_arrays": (lambda x: np.broadcast_arrays(x, np.ones((2, 1))), V),
    "expand_dims": (lambda x: np.expand_dims(x, (0, 2)), V),
    "squeeze": (lambda x: np.squeeze(x[None, :, None]), V),
    "squeeze to 0-d": (lambda x: np.squeeze(x[:1]), V),
    "atleast_1d": (lambda x: np.atleast_1d(x[0], x, 2.0), V),
    "atleast_2d": (lambda x: np.atleast_2d(x), V),
    "atleast_3d": (lambda x: np.atleast_3d(x), X),
    "flip": (lambda x: np.flip(x, (0, 1)), X),
    "fliplr": (np.fliplr, X),
    "flipud": (np.flipud, X),
    "rot90": (lambda x: np.rot90(x, 3, (0, 1)), X),
    "roll": (lambda x: np.roll(x, (1, -1), (0, 1)), X),
    "roll flat": (lambda x: np.roll(x, 5), X),
    "tile": (lambda x: np.tile(x, (2, 1, 2)), X),
    "tile once": (lambda x: np.tile(x, 1), X),
    "repeat": (lambda x: np.repeat(x, [1, 0, 2], axis=0), X),
    "repeat method": (lambda x: x.repeat(2), X),
    "take": (lambda x: np.take(x, [[0, -1], [2, 2]], axis=1), X),
    "take wrap": (lambda x: np.take(x, [7, -9], mode="wrap"), V),
    "take clip": (lambda x: x.take([7, 1], mode="clip"), V),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.array([[3, 0], [1, 1], [2, 0]]), axis=1), X),
    "take_along_axis by order": (lambda x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0), X),
    "compress": (lambda x: np.compress([True, False, True], x, axis=0), X),
    "compress method": (lambda x: x.compress([0, 1, 0, 1], axis=1), X),
    "extract": (lambda x: np.extract([True, False, True, True], x), V),
    "choose": (lambda x: np.choose([0, 1, 1, 0], [x, -1.5]), V),
    "choose rows": (lambda x: np.choose([2, 0, 1, 1], x), X),
    "delete": (lambda x: np.delete(x, [0, 2], axis=1), X),
    "delete mask": (lambda x: np.delete(x, [True, False, True, False]), V),
    "insert": (lambda x: np.insert(x, 1, x[0], axis=0), X),
    "insert number": (lambda x: np.insert(x, [0, 2], 5.0), V),
    "insert into plain": (lambda x: np.insert(np.ones(3), [1, 1], x[:2]), V),
    "append": (lambda x: np.append(x, [x[0], 1.0]), V),
    "append axis": (lambda x: np.append(x, x[:1], axis=0), X),
    "append to plain": (lambda x: np.append([1.0, 2.0], x), V),
    "resize": (lambda x: np.resize(x, (3, 7)), X),
    "resize empty": (lambda x: np.resize(x[:0], (2, 2)), V),
    "concatenate": (lambda x: np.concatenate([x, np.ones((1, 4)), x[:1]], axis=0), X),
    "concatenate flat": (lambda x: np.concatenate((x, X), axis=None), X),
    "concatenate of an array": (lambda x: np.concatenate(x), C),
    "concat": (lambda x: np.concat([x, x[::-1]]), V),
    "stack": (lambda x: np.stack([x, np.zeros(4), x[::-1]], axis=1), V),
    "stack scalars": (lambda x: np.stack([x[0], 2.0, x[1]]), V),
    "hstack": (lambda x: np.hstack([x, x[0], 3.0]), V),
    "hstack 2-D": (lambda x: np.hstack((x, x[:, :1])), X),
    "vstack": (lambda x: np.vstack([x, np.zeros(4)]), V),
    "dstack": (lambda x: np.dstack([x, x]), X),
    "column_stack": (lambda x: np.column_stack([x, [1, 2, 3, 4], x[::-1]]), V),
    "block": (lambda x: np.block([[x[:, None], np.eye(4)], [1.0, x]]), V),
    "split": (lambda x: np.split(x, [1, 3], axis=1), X),
    "array_split": (lambda x: np.array_split(x, 3), V),
    "hsplit": (lambda x: np.hsplit(x, 2), X),
    "vsplit": (lambda x: np.vsplit(x, 3), X),
    "dsplit": (lambda x: np.dsplit(x, 2), C),
    "unstack": (lambda x: np.unstack(x, axis=1), X) if hasattr(np, "unstack") else (lambda x: x, X),
    "meshgrid": (lambda x: np.meshgrid(x, [1.0, 2.0], x[:2]), V),
    "meshgrid ij sparse": (lambda x: np.meshgrid(x, [1.0, 2.0], indexing="ij", sparse=True, copy=False), V),
    "ix_": (lambda x: x[np.ix_([0, 2], [1, 1, 3])], X),
    "ix_ by mask": (lambda x: x[np.ix_(x[:, 0] > 0, [1, 3])], X),
    "tril": (lambda x: np.tril(x, -1), X),
    "triu": (lambda x: np.triu(x, 1), C),
    "triu of a vector": (np.triu, V),
    "diag": (lambda x: np.diag(x, -1), V),
    "diag of a matrix": (lambda x: np.diag(x, 1), X),
    "diagflat": (lambda x: np.diagflat(x[:2], 1), X),
    "diagonal": (lambda x: np.diagonal(x, 1, 0, 2), C),
    "diagonal method": (lambda x: x.diagonal(), X),
    "linalg.diagonal": (lambda x: np.linalg.diagonal(x), C),
    "tri indices": (lambda x: x[np.triu_indices_from(x)], X),
    "sliding_window_view": (lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3)), X),
    "index int": (lambda x: x[-1], X),
    "index element": (lambda x: x[1, 2], X),
    "index slices": (lambda x: x[::-1, 1:4:2], X),
    "index ellipsis": (lambda x: x[..., None, 1], C),
    "index 0-d view": (lambda x: x[1, 2, ...], X),
    "index array": (lambda x: x[[2, 0, 0]], X),
    "index arrays": (lambda x: x[[2, 0], [1, 3]], X),
    "index apart": (lambda x: x[[1, 0], :, [0, 3]], C),
    "index mask": (lambda x: x[X > 0], X),
    "index mask of an axis": (lambda x: x[:, V > 0], X),
    "index own mask": (lambda x: x[(x > 0) & (x < 9)], X),
    "index not mask": (lambda x: x[~(x > 0)], X),
    "index by order": (lambda x: x[np.argsort(x)], V),
    "index by recorded integers": (lambda x: x[np.floor(x[:1] * 2)] if not isinstance(x, np.ndarray) else x[[1]], V),
    "index empty": (lambda x: x[:0], X),
    "flat": (lambda x: x.flat[3:7], X),
    "iteration": (lambda x: [row[0] for row in x], X),
    "unpacking": (lambda x: (lambda a, b, c, d: [d, a])(*x), V),
    "reversed": (lambda x: list(reversed(x)), V),
    "copy": (np.copy, X),
    "real": (np.real, X),
    "conj": (lambda x: x.conj(), X),
    "nonzero": (lambda x: x[np.nonzero(x > 0)], X),
    "flatnonzero": (lambda x: x[np.flatnonzero(x > 0)], V),
    "argwhere": (lambda x: x[tuple(np.argwhere(x > 5)[0])], X),
    "trim_zeros": (lambda x: np.trim_zeros(x[[0, 1, 2, 3, 3]] * [0.0, 0.0, 1.0, 1.0, 0.0]), V),
    "pad": (lambda x: np.pad(x, ((1, 0), (2, 1)), constant_values=(x[0, 0], 2.0)), X),
    "fftshift": (np.fft.fftshift, X),
    "ifftshift": (lambda x: np.fft.ifftshift(x, 1), X),
    "unique": (np.unique, V[[0, 2, 1, 3]]),
}  # fmt: skip
RECORDS = {"index mask", "index own mask", "index not mask", "ix_ by mask", "nonzero", "flatnonzero", "argwhere",
           "index by recorded integers", "trim_zeros", "resize empty"}  # fmt: skip
"""Those whose decisions record a comparison."""


@pytest.mark.parametrize("name", FREE)
def test_against_numpy(name):
    f, x = FREE[name]
    agree(f, x)
    if name not in RECORDS:
        assert instructions(f, x) == 0


@pytest.mark.parametrize("name", [n for n in FREE if n != "index by recorded integers"])
def test_on_what_is_no_run(name):
    """The same on slots that are no run: gathered, and assigned to."""
    f, x = FREE[name]

    def g(x):
        y = (
            x[::-1].copy()
            if name.startswith("ix_") or "mask" in name or "argwhere" in name
            else np.take(x, np.arange(len(x)), 0)
        )
        y[..., :1] = y[..., :1] * 3.0
        return f(y)

    agree(g, x)


@pytest.mark.parametrize(
    "name", ["reshape", "concatenate", "tril", "pad", "index arrays", "block", "take_along_axis by order"]
)
def test_second_order(name):
    f, x = FREE[name]
    agree(lambda x: np.sum(np.ravel(f(x)) ** 3), x, order=2)


SMALL = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)


def ramp(shape):
    return np.arange(1.0, np.prod(shape) + 1.0).reshape(shape)


def same(f, x):
    """The same elements in the same places, of the same shapes."""
    want, got = f(x), recorded(f, x)
    want = want if isinstance(want, (list, tuple)) else [want]
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.shape(a) == np.shape(b)


@given(st.data(), SMALL)
def test_indices_of_random_shapes(data, shape):
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    same(lambda x: x[index], ramp(shape))
    jt.grad(lambda x: np.sum(x[index] * 2.0))(ramp(shape))


@given(st.data(), SMALL)
def test_index_arrays_of_random_shapes(data, shape):
    index = data.draw(hnp.integer_array_indices(shape))
    x = ramp(shape)
    same(lambda x: x[index], x)
    expected = np.zeros(shape)
    np.add.at(expected, index, np.cos(x[index]))
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(np.sin(x[index])))(x), expected, rtol=1e-13)


@given(st.data(), SMALL)
def test_assignments_of_random_shapes(data, shape):
    index = data.draw(st.one_of(hnp.basic_indices(shape), hnp.integer_array_indices(shape)))
    x = ramp(shape)

    def f(x):
        y = x * 1.0
        y[index] = np.sin(x)[index] * 3.0
        return y

    np.testing.assert_allclose(recorded(f, x)[0], f(x), rtol=1e-15)


@given(st.data(), SMALL)
def test_functions_of_random_shapes(data, shape):
    x = ramp(shape)
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    shift = data.draw(st.integers(-5, 5))
    for f in (
        lambda x: np.roll(x, shift, axis), lambda x: np.flip(x, axis), lambda x: np.moveaxis(x, axis, 0),
        lambda x: np.repeat(x, 2, axis), lambda x: np.stack([x, x], axis), lambda x: np.concatenate([x, x], axis),
        lambda x: np.expand_dims(x, axis), lambda x: np.array_split(x, 2, axis), lambda x: np.swapaxes(x, axis, 0),
        lambda x: np.ravel(np.moveaxis(x, axis, 0)), lambda x: np.delete(x, 0, axis), lambda x: np.insert(x, 0, 2.0, axis),
        lambda x: np.tile(x, (2,) * len(shape)), lambda x: np.resize(x, (abs(shift), 2)), lambda x: np.atleast_3d(x),
        lambda x: np.take(x, [0, -1], axis), lambda x: np.tril(x, shift) if len(shape) > 1 else x,
        lambda x: np.broadcast_to(x, (2, *shape)), lambda x: np.append(x, x, axis), lambda x: np.dstack([x, x]),
        lambda x: np.hstack([x, x]), lambda x: np.vstack([x, x]), lambda x: np.column_stack([x, x]), lambda x: np.block([x, x]),
    ):  # fmt: skip
        same(f, x)


MODES = [
    ("constant", {}), ("constant", {"constant_values": 2.5}), ("edge", {}), ("reflect", {}), ("reflect", {"reflect_type": "odd"}),
    ("symmetric", {}), ("symmetric", {"reflect_type": "odd"}), ("wrap", {}), ("linear_ramp", {}), ("linear_ramp", {"end_values": (1.5, -2.0)}),
    ("maximum", {}), ("mean", {}), ("median", {}), ("minimum", {}), ("maximum", {"stat_length": 2}), ("mean", {"stat_length": (1, 2)}),
    ("median", {"stat_length": 3}), ("minimum", {"stat_length": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "options"), MODES)
@pytest.mark.parametrize("width", [2, (0, 3), ((1, 2), (5, 0)), ((0, 0), (9, 11)), [(1, 1)]])
def test_pad(mode, options, width):
    agree(lambda x: np.pad(x, width, mode=mode, **options), X)


@given(SMALL, st.sampled_from(MODES), st.data())
def test_pad_of_random_shapes(shape, mode, data):
    width = [data.draw(st.tuples(st.integers(0, 6), st.integers(0, 6))) for _ in shape]
    x = np.sin(ramp(shape))
    f = lambda x: np.pad(x, width, mode=mode[0], **mode[1])  # noqa: E731
    np.testing.assert_allclose(recorded(f, x)[0], f(x), rtol=1e-13, atol=1e-15)


def test_pad_with_recorded_values():
    agree(lambda x: np.pad(x, 2, constant_values=((x[0, 0], x[1, 1]), (0.0, x[2, 2]))), X)
    agree(lambda x: np.pad(x, 2, mode="linear_ramp", end_values=(x[0, 0], 1.0)), X)


def test_pad_by_a_function():
    def fill(vector, width, axis, kwargs):
        vector[: width[0]] = kwargs["value"]
        vector[len(vector) - width[1] :] = vector[width[0]] * 2.0

    agree(lambda x: np.pad(x, 2, fill, value=3.0), X)


def test_pad_empty_and_errors():
    assert recorded(lambda x: np.pad(x, 1, mode="empty")[1:-1, 1:-1], X)[0].tolist() == X.tolist()
    for bad in ({"mode": "nonsense"}, {"mode": "edge", "constant_values": 1}, {"mode": "constant", "stat_length": 1}):
        with pytest.raises(ValueError, match="unsupported|not supported") as ours:
            jt.grad(lambda x, bad=bad: np.sum(np.pad(x, 1, **bad)))(X)
        with pytest.raises(type(ours.value)):
            np.pad(X, 1, **bad)
    with pytest.raises(ValueError, match="negative"):
        jt.grad(lambda x: np.sum(np.pad(x, -1)))(X)


CHOICES = {
    "where": (lambda x: np.where(x > 0, x**2, -x), X),
    "where plain": (lambda x: np.where(X > 1, x, 2.0), X),
    "where list": (lambda x: np.where([True, False, True, True], x, x[0]), V),
    "clip": (lambda x: np.clip(x, -1.0, 2.0), X),
    "clip low": (lambda x: x.clip(-1.0), X),
    "clip high": (lambda x: np.clip(x, None, x[0, 0]), X),
    "clip keywords": (lambda x: np.clip(x, min=-1, max=1), V),
    "select": (lambda x: np.select([x > 2, x < 0], [x**2, x * 3], 7.0), X),
    "piecewise": (lambda x: np.piecewise(x, [x < 0, x >= 2], [lambda t: -t, lambda t: t**2, 1.5]), V + 0.1),
    "piecewise default": (lambda x: np.piecewise(x, [x < 0], [lambda t, a: t * a], 4.0), V),
    "round": (lambda x: np.round(x, 1), V + 0.123),
    "round tens": (lambda x: x.round(-1) + x, X),
    "around": (lambda x: np.around(x) * x, V + 0.1),
    "built-in round": (
        lambda x: round(x[0], 1) * x[0] if not isinstance(x, np.ndarray) else np.round(x[0], 1) * x[0],
        V + 0.1,
    ),
    "fix": (lambda x: np.fix(x) * x, V + 0.1),
    "modf": (lambda x: np.modf(x), V + 0.1),
    "divmod": (lambda x: np.divmod(x, 0.7), V + 0.05),
    "divmod operator": (lambda x: divmod(x, 0.7), V + 0.05),
    "nan_to_num": (lambda x: np.nan_to_num(x / np.array([1.0, 0.0, np.nan, 2.0]), posinf=5.0, neginf=-6.0), V),
    "sinc": (np.sinc, V),
    "i0": (np.i0, V),
    "imag": (lambda x: np.imag(x) + x, V),
    "float_power": (lambda x: np.float_power(np.abs(x), 1.7), V),
    "vander": (lambda x: np.vander(x, 3), V),
}


@pytest.mark.filterwarnings("ignore:numpy.fix:DeprecationWarning")
@pytest.mark.parametrize("name", CHOICES)
def test_choices(name):
    agree(*CHOICES[name])


def test_choices_at_second_order():
    agree(lambda x: np.sum(np.where(x > 0, x**3, np.sin(x)) * np.clip(x, -2, 2)), V + 0.1, order=2)


def test_predicates():
    def f(x):
        assert np.array_equal(x, V) and not np.array_equal(x, V[:2]) and not np.array_equal(x, V + 1)
        assert np.array_equal(x * np.nan, V * np.nan, equal_nan=True) and not np.array_equal(x * np.nan, V * np.nan)
        assert np.array_equiv(x, np.stack([V, V])) and not np.array_equiv(x, V[:3]) and not np.array_equiv(x, 2.0)
        assert np.isrealobj(x) and not np.iscomplexobj(x) and np.isreal(x).all() and not np.iscomplex(x).any()
        assert np.allclose(x, V) and np.isclose(x, V + 1e-12).value().all()
        assert np.shape(x) == (4,) and np.ndim(x) == 1 and np.size(x) == 4 and np.size(x[None], 0) == 1
        assert (x == V).value().all() and not (x != V).value().any() and 3.5 in x and 9.0 not in x
        assert np.isposinf(x / 0.0).value().tolist() == [True, False, True, True]
        assert np.isneginf(x / 0.0).value().tolist() == [False, True, False, False]
        assert np.result_type(x, np.float32) == np.float64 and np.result_type(x, 1) == np.float64
        return x[0]

    jt.grad(f)(V)


# --- the namespace's lists --------------------------------------------------------------------------------------------------


def test_ragged_lists_are_refused():
    with pytest.raises(ValueError, match=r"ragged.*\(\), \(2,\)"):
        jt.grad(lambda x: np.sum(jnp.array([x[0], x[:2]])))(V)


def test_orders_that_follow_the_memory_are_numpys():
    for x in (np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2), np.arange(12.0).reshape(3, 4)[:, ::2]):
        for f in (
            lambda x: np.ravel(x, "K"),
            lambda x: x.ravel(order="A"),
            lambda x: x.flatten("K"),
            lambda x: x.reshape(-1, order="A"),
            lambda x: np.reshape(x, -1, order="A"),
            lambda x: x.ravel("F"),
        ):
            np.testing.assert_array_equal(jt.vjp(f, x)[0], f(x))
            y = np.ascontiguousarray(x)  # a replay at a point of another layout
            np.testing.assert_array_equal(jt.record(f, x)(y), f(y))



OVERLAPS = [
    "y.flat[1:] = y", "y.flat[:-1] = y.ravel()[1:]", "y.flat[...] = y.T", "y.flat[::-1] = y.T", "y.flat = y.T", "y.flat = y[:, 1:]", "y.T.flat = y", "y.flat[[3, 0, 1]] = y",
    "y.flat[2:] = [y[0, 1], y[0, 0]]", "y.flat = y[0, 1]", "y.flat[4] = y[0, 0]", "y.flat = y.T.flat", "y.T.flat[1:] = y.flat",
    "np.fill_diagonal(y, np.diagonal(y)[::-1])", "np.fill_diagonal(y, y[::-1, 0])",
]  # fmt: skip


@pytest.mark.parametrize("store", OVERLAPS)
def test_elements_stored_where_they_come_from(store):
    """NumPy stores one after the other, and reads what it has just written."""

    def f(x):
        y = x * 1.0
        exec(store, {"y": y, "np": np})
        return y

    x = np.arange(1.0, 7.0).reshape(2, 3)
    assert (np.tensordot(jt.jacobian(f)(x), x, 2) == f(x)).all()
    assert (jt.record(f, x)(-x) == f(-x)).all()
