"""Recorded arrays as objects: attributes, methods, operators, conversions, printing, masks and errors."""

import copy
import math
import operator
import pickle
from fractions import Fraction

import numpy as np
import pytest
from numpy_oracle import agree

import jittape as jt
from jittape.array import protocols as dispatch
from jittape.array.array import Array, Mask

X = np.array([0.5, -1.5, 2.0])
M = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])


def within(f, x=X, **kwargs):
    """Run `f` on a recorded array; what it returns is thrown away."""
    jt.grad(lambda x: f(x) or np.sum(x), **kwargs)(x)


def test_attributes():
    def f(m):
        assert m.shape == (2, 3) and m.ndim == 2 and m.size == 6 and m.dtype == np.float64 and len(m) == 2
        assert m.nbytes == 48 and m.itemsize == 8 and m.strides == (24, 8) and m.T.strides == (8, 24)
        assert m.T.shape == (3, 2) and m.mT.shape == (3, 2) and m.real is m and not np.any(m.imag)
        assert m[0, 0].shape == () and m[0, 0].ndim == 0 and m[0, 0].size == 1 and m.device == "cpu"
        assert isinstance(m, Array) and isinstance(m > 0, Mask) and (m > 0).dtype == bool

    within(f, M)


def test_every_method_of_an_ndarray_is_there_or_refused():
    kept_out = {"ctypes", "data", "base", "flags", "itemset", "newbyteorder", "to_device", "trace"}
    missing = []

    def f(x):
        for name in dir(np.ndarray):
            if name.startswith("_") or name in kept_out:
                continue
            try:
                getattr(x, name)
            except AttributeError:
                missing.append(name)

    within(f, M)
    assert not missing


METHODS = {
    "all": lambda x: x.all(), "any": lambda x: x.any(axis=0), "argmax": lambda x: x.argmax(1) * x[:, 0], "argsort": lambda x: x.argsort(0) * x,
    "astype": lambda x: x.astype(float), "astype int": lambda x: x.astype(int) * x, "choose": lambda x: np.choose(x > 0, [x, -x]),
    "clip": lambda x: x.clip(-1, 1.1), "compress": lambda x: x.compress([True, False], axis=0), "conj": lambda x: x.conj(),
    "conjugate": lambda x: x.conjugate(), "copy": lambda x: x.copy(), "cumprod": lambda x: x.cumprod(1), "cumsum": lambda x: x.cumsum(),
    "diagonal": lambda x: x.diagonal(), "dot": lambda x: x.dot(x.T), "flatten": lambda x: x.flatten("F"), "max": lambda x: x.max(axis=0),
    "mean": lambda x: x.mean(), "min": lambda x: x.min(1), "nonzero": lambda x: x[x.nonzero()], "prod": lambda x: x.prod(axis=-1),
    "ravel": lambda x: x.ravel(), "repeat": lambda x: x.repeat(2, axis=1), "reshape": lambda x: x.reshape(3, 2), "reshape tuple": lambda x: x.reshape((3, -1)),
    "round": lambda x: x.round(1) * x, "squeeze": lambda x: x[:1].squeeze(0), "std": lambda x: x.std(), "sum": lambda x: x.sum(axis=1, keepdims=True),
    "swapaxes": lambda x: x.swapaxes(0, 1), "take": lambda x: x.take([0, 2], axis=1), "trace": lambda x: x.trace(), "transpose": lambda x: x.transpose(1, 0),
    "var": lambda x: x.var(0), "view": lambda x: x.view(), "flat": lambda x: x.T.flat[1:4], "flat iteration": lambda x: list(x.T.flat),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    agree(METHODS[name], M + 0.123)


BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]


@pytest.mark.parametrize("name", BINARY)
def test_operators_with_all_kinds_of_operands(name):
    op = getattr(operator, name)
    x = np.abs(X) + 0.3
    for other in (
        2.5,
        3,
        np.float64(1.7),
        np.array([1.5, 2.5, 0.7]),
        np.array([2, 1, 3]),
        [1.5, 2.5, 0.7],
        np.array(2.5),
        np.float32(0.5),
        True,
    ):
        agree(lambda x, o=other: op(x, o), x)
        agree(lambda x, o=other: op(o, x), x)
        if not isinstance(other, list):
            agree(lambda x, o=other: op(x[0], o), x)
            agree(lambda x, o=other: op(o, x[0]), x)
    agree(lambda x: op(x, x[::-1]), x)
    agree(lambda x: op(x[:, None], x), x)
    agree(lambda x: op(x[0], x), x)
    agree(lambda x: op(x[0], x[1]), x)


def test_unary_operators():
    agree(lambda x: [-x, +x, abs(x), -x[0], abs(x[1])], X)
    agree(
        lambda x: [math.floor(x[0]) * x[0], math.ceil(x[0]) * x[0], math.trunc(x[0]) * x[0], round(x[0]) * x[0]],
        X + 0.01,
    )


def test_python_builtins():
    agree(lambda x: [sum(x), max(x), min(x), *sorted(x), abs(x[0])], X)


def test_matmul_operator():
    agree(lambda x: [x @ x, M @ x, x @ M.T], X)


COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"]


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons(name):
    op = getattr(operator, name)

    def f(x):
        for other in (0.5, np.array([0.5, 0.0, 2.0]), [0.5, 0.0, 2.0], x[::-1], 2):
            plain = other.value() if isinstance(other, Array) else other
            assert op(x, other).value().tolist() == op(X, plain).tolist()
            assert op(other, x).value().tolist() == op(np.asarray(plain), X).tolist()

    within(f)


def test_masks():
    def f(x):
        positive, small = x > 0, np.abs(x) < 1
        p, s = X > 0, np.abs(X) < 1
        for got, want in [
            (positive & small, p & s), (positive | small, p | s), (positive ^ small, p ^ s), (~positive, ~p), (positive & True, p),
            (positive & s, p & s), (s & positive, p & s), (positive + small, p + s), (positive * small, p * s), (positive + s, p | s),
            (np.logical_and(positive, small), p & s), (np.logical_not(small), ~s), (np.bitwise_or(positive, s), p | s), (positive == small, p == s),
        ]:  # fmt: skip
            assert isinstance(got, Mask) and got.value().dtype == bool
            assert got.value().tolist() == want.tolist()
        assert (positive.sum().value(), (positive + 1.0).value().tolist()) == (2, (p + 1.0).tolist())
        assert (
            positive[0] and not positive[1] and bool(np.all(positive | ~positive)) and not np.any(positive & ~positive)
        )
        assert np.concatenate([positive, s]).value().dtype == bool and positive.astype(float).value().tolist() == [
            1,
            0,
            1,
        ]
        assert str(positive) == "[ True False  True]" and "Mask" in repr(positive)

    within(f)


@pytest.mark.parametrize("f", [lambda x: x & x, lambda x: ~x, lambda x: x | 1, lambda x: np.bitwise_xor(x, True), lambda x: True ^ x, lambda x: np.invert(x),
                               lambda x: (x > 0) & x])  # fmt: skip
def test_bitwise_operators_of_numbers_are_refused(f):
    with pytest.raises(TypeError, match="truth values.*compare first"):
        jt.grad(f)(X)


@pytest.mark.parametrize("f", [lambda m: m - m, lambda m: -m, lambda m: m - True])
def test_masks_are_not_subtracted(f):
    with pytest.raises(TypeError):
        f(X > 0)
    with pytest.raises(TypeError, match="truth values cannot be subtracted or negated"):
        jt.grad(lambda x: f(x > 0))(X)


def test_assignment_to_a_mask_stores_truth_values():
    def f(x):
        m = x > 0
        m[1] = 0.5
        m[2] = x[0] - 0.5
        assert m.value().tolist() == [True, True, False]

    within(f)


def test_truth_value():
    def f(x):
        assert x[0] and x[:1] and not (x[0] > 1)
        for bad in (x, x > 0, x[:0]):
            with pytest.raises(ValueError, match=r"ambiguous.*np\.all"):
                bool(bad)

    within(f)
    recorded = jt.record(lambda x: x[0] if x[0] > 0 else x[1], X, on_branch="raise")
    with pytest.raises(jt.errors.BranchChanged, match=r"truth value.*was True and is False.*np\.where"):
        recorded(-X)


def test_length_and_iteration_of_scalars():
    def f(x):
        with pytest.raises(TypeError, match="recorded scalar"):
            len(x[0])
        with pytest.raises(TypeError, match="recorded scalar"):
            iter(x[0])
        with pytest.raises(IndexError):
            x[0][0]
        with pytest.raises(IndexError, match="out of bounds"):
            x[3]

    within(f)


def test_conversions_that_lose_the_derivative():
    for f, match in [
        (lambda x: float(x[0]), r"float\(\).*jittape\.stop_gradient"),
        (lambda x: x[0].item(), r"item\(\).*jittape\.stop_gradient"),
        (lambda x: math.sin(x[0]), "functions of `math`"),
        (lambda x: complex(x[0]), r"^complex was given a recorded number"),
        (lambda x: np.float64(x[0]), r"jittape\.numpy"),
        (lambda x: np.asarray(x), r"jittape\.numpy"),
        (lambda x: memoryview(x), "bytes-like"),
        (lambda x: range(x[0]), "integer"),
        (lambda x: x.tobytes(), "tobytes.*stop_gradient"),
        (lambda x: complex(x[0] * 1j), r"complex\(\).*cmath"),
        (lambda x: float(x[0] * 1j), r"float\(\).*imaginary"),
        (lambda x: x.view(np.int64), "viewed as"),
        (lambda x: pickle.dumps(x), "pickle"),
        (lambda x: {x[0]: 1}, "unhashable"),
        (lambda x: x.resize(2), r"resize.*np\.resize"),
        (lambda x: x.nonsense, "no attribute 'nonsense'"),
        (lambda x: x.__setitem__(0, 1j), r"complex.*z\.real.*np\.zeros\(n, complex\)"),
        (lambda x: x.__setitem__(0, x[0] * 1j), r"complex.*z\.real.*np\.zeros\(n, complex\)"),
        (lambda x: x + "a", "dtype|unsupported|cannot be recorded"),
    ]:
        with pytest.raises((TypeError, AttributeError), match=match):
            jt.grad(f)(X)


def test_int_and_stop_gradient_are_allowed():
    def f(x):
        assert (
            int(x[2]) == 2
            and float(jt.stop_gradient(x[0])) == 0.5
            and np.asarray(jt.stop_gradient(x)).tolist() == X.tolist()
        )
        assert x.astype(int).tolist() == [0, -1, 2] and (x.astype(bool)).all()

    within(f)


def test_printing():
    def f(x):
        shown.extend([repr(x), str(x), repr(x[0]), f"{x[0]:.3f}", f"{x}", str(x[:0]), np.array_str(x), np.array2string(x, precision=1), f"{x[:1]} {x[0]}"])

    shown: list[str] = []
    expected = ["Array([ 0.5, -1.5,  2. ])", str(X), "Array(0.5)", "0.500", str(X), "[]", str(X), np.array2string(X, precision=1), "[0.5] 0.5"]
    within(f)
    assert len(shown) >= len(expected) and shown == expected * (len(shown) // len(expected))
    shown.clear()
    jt.record(lambda x: f(x) or np.sum(x), X)
    assert shown[: len(expected)] == expected


def test_printing_in_a_loop_records_nothing():
    def f(x):
        before = x.tape.count
        str(x), repr(x), f"{x[0]:.2f}"
        assert x.tape.count == before

    within(f)


def test_copies():
    def f(x):
        for c in (x.copy(), copy.copy(x), copy.deepcopy(x), np.copy(x), np.array(x, like=x)):
            c[0] = 7.0
            assert x.value().tolist() == X.tolist() and c.value()[0] == 7.0
        assert copy.deepcopy({"a": x[0]})["a"].value() == 0.5

    within(f)


def test_tolist_keeps_recorded_elements():
    agree(lambda x: [v * 2 for row in x.tolist() for v in row], M)


def test_zero_dimensional_views():
    def f(x):
        a = x * 1.0
        v = a[0, ...]
        assert v.shape == ()
        v[...] = x[1] * 2.0
        w = a[1:2].squeeze()
        a[1] = x[2]
        return a[0] + v * w

    np.testing.assert_allclose(jt.grad(f)(X), [0, 2 + 2 * X[2], 2 * X[1]])


def test_a_zero_dimensional_view_as_result():
    for f in (lambda x: np.squeeze(x[:1] ** 2), lambda x: (x**2)[0, ...], lambda x: np.reshape(x[:1] ** 2, ())):
        np.testing.assert_allclose(jt.grad(f)(X), [1, 0, 0])
        np.testing.assert_allclose(jt.record(f, X).grad(X), [1, 0, 0])
        np.testing.assert_allclose(jt.hessian(f)(X), np.diag([2.0, 0, 0]))
        np.testing.assert_allclose(jt.jvp(f, (X,), (np.ones(3),))[1], 1.0)


def test_unsupported_functions_name_themselves_and_the_way_round():
    with pytest.raises(TypeError, match=r"numpy\.nextafter is not supported.*jittape\.stop_gradient"):
        jt.grad(lambda x: np.nextafter(x, 1.0))(X)
    with pytest.raises(TypeError, match=r"numpy\.frexp.*2\.0\*\*i"):
        jt.grad(lambda x: np.frexp(x))(X)


def test_every_reason_is_for_what_is_not_supported():
    dispatch.load()
    assert [f for f in dispatch.REASONS if f in dispatch.FUNCTIONS] == []


def test_fractions_are_floats():
    """As Python makes them beside floats: tableaus of Runge and Kutta are written so."""
    half, third = Fraction(1, 2), Fraction(1, 3)

    def f(y):
        z = y * third + half * y - third + y**half / third + half**y + (y // third) + y % half
        return abs((1j * z) * half + third * 1j) ** 2 if y > third else y

    g = lambda x: np.sum(x * half + third**x)
    for x in (2.1, 0.2):
        assert jt.grad(f)(x) == pytest.approx((f(x + 1e-6) - f(x - 1e-6)) / 2e-6, rel=1e-6)
        assert jt.record(f, x)(x) == pytest.approx(f(x), rel=1e-14)
    np.testing.assert_allclose(jt.grad(g)(np.ones(2)), 0.5 + np.log(1 / 3) / 3, rtol=1e-14)
