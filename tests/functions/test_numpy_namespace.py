"""`import jittape.numpy as np`: allocators that can be assigned to while recording, lists, and NumPy otherwise."""

from pathlib import Path

import numpy
import pytest
from numpy_oracle import agree, recorded

import jittape as jt
import jittape.numpy as np
from jittape.array.array import Array

X = numpy.array([0.5, -1.5, 2.0])

ALLOCATORS = {
    "zeros": lambda: np.zeros((2, 3)),
    "ones": lambda: np.ones(3),
    "empty": lambda: np.empty((3,)),
    "full": lambda: np.full((2, 2), 1.5),
    "eye": lambda: np.eye(3, k=1),
    "identity": lambda: np.identity(2),
    "arange": lambda: np.arange(3.0),
    "arange with dtype": lambda: np.arange(3, dtype=float),
    "linspace": lambda: np.linspace(0, 1, 5),
    "logspace": lambda: np.logspace(0, 1, 5),
    "geomspace": lambda: np.geomspace(1, 2, 5),
    "tri": lambda: np.tri(3),
    "array": lambda: np.array([1.0, 2.0]),
    "array of ints as float": lambda: np.array([[1, 2]], dtype=float),
    "array of an ndarray": lambda: np.array(X),
    "array of a number": lambda: np.array(1.0),
    "asarray": lambda: np.asarray([1.0, 2]),
    "copy": lambda: np.copy(X),
    "diag": lambda: np.diag([1.0, 2.0]),
    "zeros_like": lambda: np.zeros_like(X),
    "ones_like": lambda: np.ones_like(X),
    "empty_like": lambda: np.empty_like(X),
    "full_like": lambda: np.full_like(X, 2.0),
    "fromiter": lambda: np.fromiter((i * 0.5 for i in range(3)), float),
    "float32": lambda: np.zeros(2, dtype=np.float32),
}
PLAIN = {
    "zeros": lambda: np.zeros(3, dtype=int),
    "ones": lambda: np.ones(3, bool),
    "full": lambda: np.full(3, 2),
    "full like": lambda: np.full_like([1, 2], 3),
    "eye": lambda: np.eye(2, dtype=int),
    "arange": lambda: np.arange(5),
    "arange of 3": lambda: np.arange(1, 7, 2),
    "array": lambda: np.array([1, 2]),
    "array of truth values": lambda: np.array([True]),
    "array of objects": lambda: np.empty(2, dtype=object),
    "array of strings": lambda: np.array(["a"]),
    "asarray": lambda: np.asarray(X),
    "asarray of a scalar": lambda: np.asarray(numpy.float64(2.0)),
    "indices": lambda: np.arange(3)[::-1],
    "random": lambda: np.random.default_rng(0).normal(size=3),
    "zeros_like": lambda: np.zeros_like(numpy.arange(3)),
}


@pytest.mark.parametrize("name", ALLOCATORS)
def test_allocators_are_plain_outside_a_recording(name):
    assert type(ALLOCATORS[name]()) is numpy.ndarray


@pytest.mark.parametrize("name", ALLOCATORS)
def test_allocators_are_recordable_inside(name):
    plain = ALLOCATORS[name]()
    seen = []

    def f(x):
        a = ALLOCATORS[name]()
        assert isinstance(a, Array) and a.constant
        seen.append(a.value())
        first = (0,) * a.ndim
        a[first] = x[0] * 2.0
        a[...] += x[1]
        assert not a.constant
        return np.sum(a * a)

    def by_hand(x):
        rest = numpy.delete(plain.ravel(), 0)
        return (2 * x[0] + x[1]) ** 2 + numpy.sum((rest + x[1]) ** 2)

    got = jt.grad(f)(X)
    assert seen[0].shape == plain.shape
    if "empty" not in name:
        numpy.testing.assert_array_equal(seen[0], plain)
        numpy.testing.assert_allclose(got, jt.grad(by_hand)(X), rtol=1e-13)


@pytest.mark.parametrize("name", PLAIN)
def test_what_stays_plain(name):
    def f(x):
        assert type(PLAIN[name]()) is numpy.ndarray
        return x[0]

    jt.grad(f)(X)


def test_asarray_of_an_ndarray_is_that_ndarray():
    data = numpy.ones(3)

    def f(x):
        assert np.asarray(data) is data and np.asarray(x) is x
        return np.sum(np.asarray(data) * x)

    jt.grad(f)(X)


def test_full_and_like_of_recorded_values():
    agree(
        lambda x: [
            np.full((2, 3), x),
            np.full(2, x[0]),
            np.full_like(x, x[1]),
            np.zeros_like(x) + x,
            np.ones_like(x, shape=(2,)) * x[0],
        ],
        X,
    )
    agree(
        lambda x: [numpy.zeros_like(x), numpy.ones_like(x), numpy.full_like(x, 3.0), np.full_like(numpy.ones(2), x[0])],
        X,
    )


def test_grids_with_recorded_ends():
    agree(
        lambda x: [
            np.linspace(x[0], x[2], 7),
            np.linspace(x, 2.0, 4),
            np.linspace(0.0, x[:2], 3, endpoint=False, axis=1),
        ],
        X,
    )
    agree(lambda x: list(np.linspace(x[0], 4.0, 5, retstep=True)), X)
    agree(
        lambda x: [
            np.logspace(x[0], 1.0, 4),
            np.logspace(0.0, 1.0, 3, base=x[2]),
            np.geomspace(x[0], 3.0, 5),
            np.geomspace(x[1], -2.0, 3),
        ],
        X,
    )


def test_integers_like_a_recorded_array_are_plain():
    def f(x):
        assert type(np.zeros_like(x, dtype=int)) is numpy.ndarray
        assert np.full_like(x, 2, dtype=bool).tolist() == [True] * 3
        return x[0]

    jt.grad(f)(X)


def test_a_loop_that_fills():
    def f(x):
        a = np.zeros((3, 3))
        for i in range(3):
            for j in range(i + 1):
                a[i, j] = x[i] * x[j]
        return a

    agree(f, X, order=2)


def test_arrays_of_recorded_values():
    agree(lambda x: np.array([x[0], 2.0, x[1] * x[2]]), X)
    agree(lambda x: np.array([[x[0], 1], [x[1], x[2]]]), X)
    agree(lambda x: np.array([x, [1.0, x[0], 3], (0, 0, 0)]), X)
    agree(lambda x: np.array(x, ndmin=3), X)
    agree(lambda x: np.asarray((x[0], x[1])), X)
    agree(lambda x: np.asanyarray([x, x]), X)
    agree(lambda x: np.stack([[x[0], x[1]], [1.0, 2.0]]), X)
    agree(lambda x: np.concatenate([[x[0]], x, [x[1], 5.0]]), X)
    agree(lambda x: np.vstack([[x[0], x[1]], x[:2]]), X)
    agree(lambda x: np.meshgrid([x[0], x[1]], x), X)
    agree(lambda x: np.fromiter((v * v for v in x), float), X)
    assert recorded(lambda x: np.array([x[0] > 0, x[1] > 0]), X)[0].dtype == bool


def test_a_new_array_is_a_copy():
    def f(x):
        a = np.array(x)
        a[0] = 0.0
        b = np.array(x, copy=False)
        b[1] = 5.0
        return np.sum(x * x) + np.sum(a)

    assert jt.grad(f)(X).tolist() == [1.0, 1.0, 5.0]


@pytest.mark.parametrize(
    "name",
    [
        "sum",
        "mean",
        "max",
        "min",
        "prod",
        "var",
        "std",
        "cumsum",
        "median",
        "sort",
        "diff",
        "linalg norm",
        "dot",
        "outer",
        "where",
        "shape",
        "flip",
        "diag",
        "interp",
    ],
)
def test_functions_take_lists(name):
    calls = {
        "linalg norm": lambda x: np.dot([x[0], x[1]], [x[0], x[1]]),
        "dot": lambda x: np.dot([x[0], x[1]], [2.0, x[2]]),
        "outer": lambda x: np.outer([x[0], x[1]], x),
        "where": lambda x: np.where([True, False], [x[0], x[1]], [0.0, x[2]]),
        "shape": lambda x: x * np.shape([x[0], x[1]])[0],
        "interp": lambda x: np.interp(0.3, [0.0, 1.0], [x[0], x[1]]),
    }
    agree(calls.get(name, lambda x: getattr(np, name)([x[0], x[1], x[2] * 1.0])), X)


def test_operands_may_be_lists():
    agree(lambda x: x + [x[1], 1.0, x[0]], X)
    agree(lambda x: [x[1], 1.0, 2] * x, X)
    agree(lambda x: np.maximum(x, [x[1], 1.0, 0]), X)


def test_joiners_and_vectorize():
    agree(lambda x: np.r_[x, 1.0, x[0], 0:2], X)
    agree(lambda x: np.c_[x, x[::-1], numpy.ones(3)], X)
    assert np.r_[1:3, 5].tolist() == [1, 2, 5] and np.c_[[1, 2], [3, 4]].tolist() == [[1, 3], [2, 4]]
    with pytest.raises(TypeError, match="concatenate"):
        jt.grad(lambda x: np.sum(np.r_["0,2", x]))(X)

    @np.vectorize
    def f(a, b):
        return a * b if a > 0 else -a

    agree(lambda x: f(x, [[1.0], [2.0]]), X)
    assert f([1.0, -2.0], 3.0).tolist() == [3.0, 2.0]
    agree(lambda x: np.vectorize(lambda a: (a, a * a))(x), X)
    agree(lambda x: [v * i[0] for i, v in np.ndenumerate(x)], X)


def test_constants_may_decide_and_be_converted():
    def f(x):
        t = np.linspace(0.0, 1.0, 3)
        u = t * 2.0 + 1.0
        if u[1] > 1.5 and t[0] == 0.0 and float(u[2]) == 3.0 and numpy.asarray(u).tolist() == [1.0, 2.0, 3.0]:
            return np.sum(u * x) * numpy.searchsorted(t, 0.7)
        return x[0]

    replayed = jt.record(f, X)
    assert replayed.grad(X).tolist() == [2.0, 4.0, 6.0] == jt.grad(f)(X).tolist()


def test_constants_take_functions_without_a_derivative():
    def f(x):
        t = np.linspace(0.0, 1.0, 3)
        return x[0] * numpy.nextafter(t, 2.0)[1] + numpy.packbits(numpy.asarray(t > 0.4))[0] * x[1]

    numpy.testing.assert_allclose(jt.grad(f)(X), [0.5, 0b01100000, 0.0])


def test_stored_values_make_every_view_recorded():
    def f(x):
        a = np.zeros((2, 3))
        row = a[0]
        copy = a.copy()
        doubled = a * 1.0
        part = doubled[1]
        assert row.constant and copy.constant and part.constant
        a[:, 0] = x[0]
        assert not a.constant and not row.constant and copy.constant
        part[1] = 2.0  # a number
        doubled[1, 2] = x[1]
        assert not part.constant
        return row[0] * 3.0 + np.sum(part**2) + np.sum(copy)

    assert jt.grad(f)(X).tolist() == [3.0, 2 * X[1], 0.0]


def test_constants_in_nested_derivatives():
    def f(x):
        a = np.zeros(3)
        a[0] = x[0]
        inner = jt.grad(lambda y: np.sum(y**2 * a) * x[1])(x)
        return np.sum(inner)

    numpy.testing.assert_allclose(jt.grad(f)(X), [4 * X[0] * X[1], 2 * X[0] ** 2, 0.0])


def test_float32_recordings_have_float32_allocators():
    def f(x):
        a = np.zeros(3)
        a[:2] = x[:2]
        assert a.dtype == numpy.float32
        return np.sum(a * a)

    g = jt.grad(f)(X.astype(numpy.float32))
    assert g.dtype == numpy.float32 and g.tolist() == [1.0, -3.0, 0.0]


def test_namespace_is_numpy_otherwise():
    assert np.pi is numpy.pi and np.float64 is numpy.float64 and np.exp is numpy.exp and np.linalg.LinAlgError is numpy.linalg.LinAlgError
    assert np.sum([1, 2]) == 3 and np.concatenate([[1], [2]]).tolist() == [1, 2] and np.newaxis is None
    assert set(dir(np)) >= {"zeros", "linalg", "sum", "fft"}
    from jittape.numpy import cos, fft, linalg, random

    assert cos is numpy.cos and linalg.det(numpy.eye(2)) == 1 and fft.fftfreq is numpy.fft.fftfreq and random is numpy.random
    with pytest.raises(AttributeError, match="no_such"):
        np.no_such  # noqa: B018


def test_the_namespace_does_not_shadow_python_in_its_own_file():
    for name in np.__dir__():
        getattr(np, name, None)
    assert np.any is np.any and np.max([1, 2]) == 2
    test_full_and_like_of_recorded_values()
    test_joiners_and_vectorize()


def test_plain_numpy_raises_and_shows_the_way():
    def fill(x):
        a = numpy.zeros(3)
        a[0] = x[0]

    def fill_slice(x):
        a = numpy.zeros(3)
        a[:] = x

    def fill_in_place(x):
        a = numpy.zeros(3)
        a += x

    def by_function(x):
        numpy.add(x, x, out=numpy.zeros(3))

    for f in (fill, fill_slice, fill_in_place, by_function, lambda x: numpy.array([x[0], x[1]]), lambda x: numpy.array(x),
              lambda x: numpy.sum([x[0], x[1]]), lambda x: numpy.asarray(x, dtype=float), lambda x: numpy.exp([x[0]]),
              lambda x: x * numpy.array([x[0], 1.0], dtype=object)):  # fmt: skip
        with pytest.raises(TypeError, match=r"import jittape\.numpy as np"):
            jt.grad(f)(X)


def test_the_page_of_functions_is_fresh():
    from jittape.functions import coverage

    version = ".".join(numpy.__version__.split(".")[:2])
    page = (Path(__file__).parents[2] / "docs" / "numpy.md").read_text(encoding="utf-8")
    if f"under NumPy {version}" not in page:
        pytest.skip("docs/numpy.md was written under another NumPy")
    assert page == coverage.page(), "run python -m jittape.functions.coverage"


def test_what_the_page_refuses_raises_by_name():
    from jittape.array import protocols as dispatch
    from jittape.functions import coverage

    refused = [f for name, f in coverage.functions(numpy) if not coverage.supported(f)]
    assert len(refused) > 20

    def f(x):
        for function in refused:
            dispatcher = getattr(function, "__name__", "")
            with pytest.raises(TypeError, match=f"numpy.*{dispatcher} is not supported for recorded arrays"):
                dispatch.call_function(function, (x,), {}) if not isinstance(function, numpy.ufunc) else function(*[x] * function.nin)
        return x[0]

    jt.grad(f)(X)


@pytest.mark.parametrize(("f", "said"), [
    (lambda x: numpy.trim_zeros(x, None), "numpy.trim_zeros does not take None, a NoneType, as its argument trim"),
    (lambda x: numpy.linalg.eigvalsh(x.reshape(2, 2), 1.5), "np.linalg.eigvalsh: UPLO is 'L' or 'U', not 1.5"),
    (lambda x: numpy.take_along_axis(x, [0], 0), "numpy.take_along_axis does not take .0., a list, as its argument indices"),
])  # fmt: skip
def test_arguments_of_a_wrong_type_are_named(f, said):
    with pytest.raises(TypeError, match=said):
        jt.jacobian(f)(numpy.arange(4.0))


def test_errors_of_functions_that_are_handed_over_stay_theirs():
    with pytest.raises(AttributeError, match="nothing_like_it"):
        jt.jacobian(lambda x: numpy.piecewise(x, [x > 0], [lambda v: numpy.pi.nothing_like_it]))(numpy.ones(2))
