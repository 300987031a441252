"""What is computed of constants of jittape.numpy alone is what NumPy computes, whatever it is."""

from __future__ import annotations

import copy
import hashlib
import math
import pickle
from collections.abc import Callable
from typing import Any

import numba
import numpy
import pytest
import scipy

import jittape as jt
import jittape.numpy as jnp


def changed(x: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """`x` after one of its methods was called."""
    found = getattr(x, name)(*args, **kwargs)
    return x if found is None else found


def into(function: Callable[..., Any], x: Any, *args: Any) -> Any:
    """A plain array that a function stored into."""
    function(x, *args)
    return x


CASES: dict[str, Callable[[Any, Any], Any]] = {
    # attributes and methods
    "complex": lambda np, a: a.astype(complex) * 1j, "objects": lambda np, a: a.astype(object), "texts": lambda np, a: a.astype(str), "halves": lambda np, a: a.astype(np.float16),
    "singles": lambda np, a: a.astype(np.float32).astype(float), "flags": lambda np, a: [(b.flags.c_contiguous, b.flags["F_CONTIGUOUS"], b.flags.writeable) for b in (a, a.T, a[:, ::2], np.broadcast_to(a, (2, 2, 3)))],
    "bytes": lambda np, a: (a.tobytes(), a.T.tobytes(), bytes(a[0])), "data": lambda np, a: bytes(a.data), "ctypes": lambda np, a: a.ctypes.shape[1], "view": lambda np, a: (a.view(np.int64), a[:, :2].copy().view(complex), a.view(float)),
    "base": lambda np, a: a[0].copy().base is None, "device": lambda np, a: a.to_device("cpu"), "byteswap": lambda np, a: a.byteswap().byteswap(), "dumps": lambda np, a: pickle.loads(a.dumps()), "pickle": lambda np, a: pickle.loads(pickle.dumps(a)),
    "deepcopy": lambda np, a: copy.deepcopy([a]), "getfield": lambda np, a: a.getfield(np.int32), "resize": lambda np, a: changed(a[0].copy(), "resize", 5), "hash of bytes": lambda np, a: hashlib.sha1(a.tobytes()).hexdigest(), "strides": lambda np, a: a.T.strides,
    "sum of dtype": lambda np, a: (a.sum(dtype=complex), np.add(a, 1, dtype=complex), np.cumsum(a, dtype=int)), "array of dtype": lambda np, a: (np.array(a, complex), np.asarray(a, object), np.array([a[0], a[1]], complex)),
    "shapes": lambda np, a: (a.reshape(-1).argmax(), a.mT, a.ravel().searchsorted(0.5), a.nonzero(), a.trace(), a.argsort(axis=0)),
    # numbers
    "numbers": lambda np, a: (float(a.sum()), int(a[1, 1]), math.sin(np.dot(a[0], a[0])), complex(a.max()), round(a.sum(), 1), a.sum().is_integer()), "keys": lambda np, a: {a.sum(): 1, np.linalg.norm(a): 2, a[0, 0]: 3}, "text": lambda np, a: f"{a.sum():.3f} {a} {a!r} {np.std(a):.2e}",
    "comparisons": lambda np, a: (a == "text", a != None, a == 0.3, 0.3 in a), "python": lambda np, a: (max(a[0]), sum(a[0]), sorted(a[1]), dict(zip(a[0], "abc"))),  # noqa: B905, E711
    # complex numbers, objects, other dtypes
    "products": lambda np, a: (a @ (a.T * 1j), (a * 1j) @ a.T, np.tensordot(a, a * 1j), np.einsum("ij,ij", a, a), np.where(a > 0.3, 1j, a)), "roots": lambda np, a: (np.sort_complex(np.roots(a[0])), np.emath.sqrt(-a), np.linalg.eigvals(a[:, :2])),
    "fft": lambda np, a: (np.fft.fft(a), np.fft.ifft(np.fft.rfft(a[0]))), "joined": lambda np, a: (np.concatenate([a, a * 1j]), np.append(a, None), np.hstack([a[0].astype(str), np.array(["b"])])), "matrix": lambda np, a: np.asarray(np.matrix(a) * a.T),
    "sets": lambda np, a: (np.intersect1d(a, a[0]), np.isin(a, [0.3]), np.unique(a), np.digitize(a, a[1, ::2])), "digits": lambda np, a: (np.ldexp(a, 3), np.frexp(a), np.nextafter(a, 3.0), np.spacing(a)), "records": lambda np, a: np.array([(0.5, 2)], dtype=[("x", float), ("y", int)])["x"] + a[0],
    # plain arrays
    "in place": lambda np, a: (changed(numpy.zeros((2, 3)), "__iadd__", a), changed(numpy.ones((2, 3), complex), "__imul__", a), changed(numpy.eye(2), "__imatmul__", a[:, :2]), changed(numpy.ones((2, 3), object), "__isub__", a), changed(numpy.zeros((2, 3), bool), "__ior__", a > 0.4)),
    "stores": lambda np, a: (into(np.copyto, numpy.zeros((2, 3), complex), a), into(np.putmask, numpy.zeros((2, 3)), a > 0.4, a), into(np.fill_diagonal, numpy.zeros((2, 2)), a[0, :2]), into(np.add.at, numpy.zeros(3), [0, 0, 1], a[0]), into(np.put, numpy.zeros(3), [1], a[0, :1]), into(np.place, numpy.zeros(3), a[0] > 0.4, a[0])),
    "out": lambda np, a: (np.multiply(a, 2.0, out=numpy.zeros((2, 3))), np.dot(a, a.T, out=numpy.zeros((2, 2))), a.sum(axis=0, out=np.zeros(3))), "0-d": lambda np, a: changed(np.array(0.3), "__iadd__", a[0, 0]),
    # libraries
    "random": lambda np, a: (np.random.default_rng(0).normal(a, 1.0), np.random.default_rng(0).choice(a[0], 2, p=np.ones(3) / 3), np.random.default_rng(0).permutation(a[0]), np.random.default_rng(0).multivariate_normal(np.zeros(2), np.eye(2))),
    "sparse": lambda np, a: ((scipy.sparse.csr_array(a) * a).toarray(), scipy.sparse.coo_array((a[0], ([0, 1, 2], [0, 1, 2]))) @ a[0], scipy.sparse.diags_array([a[0]], offsets=[0]).toarray()),
    "scipy": lambda np, a: (scipy.linalg.expm(a[:, :2]), scipy.special.zeta(a + 2.0, 1.0), scipy.special.logsumexp(a), scipy.stats.norm.logpdf(a), scipy.interpolate.CubicSpline(np.arange(3.0), a[0])(1.5), scipy.optimize.fsolve(lambda y: y - a[0], np.zeros(3))),
    "polynomials": lambda np, a: (np.polynomial.Polynomial(a[0])(2.0), np.poly1d(a[0])(2.0), np.polyfit(np.arange(3.0), a[0], 1)), "masked": lambda np, a: np.ma.masked_array(a, a > 0.4).sum(),
}  # fmt: skip


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, (tuple, list)):
        assert len(found) == len(expected)
        for f, e in zip(found, expected, strict=True):
            same(f, e)
    elif isinstance(expected, (numpy.ndarray, numpy.generic, float, complex)):
        found, expected = numpy.asarray(found), numpy.asarray(expected)
        assert found.dtype == expected.dtype and found.shape == expected.shape
        if expected.dtype.kind in "fc":
            numpy.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)
        else:
            assert (found == expected).all()
    else:
        assert found == expected


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", CASES)
def test_of_constants_alone(name: str) -> None:
    f, given = CASES[name], numpy.array([[0.3, 0.7, 0.45], [0.2, 1.5, 0.6]])
    found: list[Any] = []

    def g(x: Any) -> Any:
        a = jnp.array(given)
        found.append(f(jnp, a))
        b = a * 2.0  # what is computed of constants takes recorded values
        b[0, 0] = x
        return jnp.sum(b * b)

    assert jt.grad(g)(3.0) == 6.0
    same(found[0], f(numpy, given.copy()))


def test_constants_in_replays() -> None:
    def f(x: Any) -> Any:
        nodes = jnp.linspace(0.0, 1.0, 5)
        weights = nodes.astype(complex).real * float(jnp.sum(nodes)) + jnp.abs(jnp.fft.fft(nodes))
        return jnp.sum(weights * x**2)

    x = numpy.arange(5.0)
    F = jt.record(f, x)
    for y in (x, x + 1.0):
        numpy.testing.assert_allclose(F(y), f(y), rtol=1e-13)
        numpy.testing.assert_allclose(F.grad(y), jt.grad(f)(y), rtol=1e-13)


def test_read_only() -> None:
    def f(x: Any) -> Any:
        a = jnp.zeros(2)
        a.setflags(write=False)
        with pytest.raises(ValueError, match="read-only"):
            a[0] = x
        a.setflags(write=True)
        a[0] = x
        with pytest.raises(ValueError, match="read-only"):
            jnp.zeros(2).view(numpy.int64)[0] = 1
        return jnp.sum(a)

    assert jt.grad(f)(1.0) == 1.0


def test_functions_of_numba_take_the_ndarray() -> None:
    total = numba.njit(lambda a: a.sum())
    assert jt.grad(lambda x: x * total(numpy.asarray(jnp.ones(2))))(3.0) == 2.0
    with pytest.raises(jt.RecordingError, match="np.asarray"):
        jt.grad(lambda x: x * total(jnp.ones(2)))(3.0)


def test_what_is_recorded_is_still_refused() -> None:
    for f in (lambda x: x.tobytes(), lambda x: x.astype(complex), lambda x: x.view(int), lambda x: x.flags, lambda x: x.resize(5), lambda x: numpy.add(x, 1.0, out=numpy.zeros(2))):
        with pytest.raises((TypeError, AttributeError, jt.RecordingError)):
            jt.grad(f)(numpy.ones(2))


# --- problems that are built within the function, as translated collections of test problems are --------------------------------------


def grown(a: Any, at: Any, value: Any) -> Any:
    """`a` with a[at] = value, made longer where it is too short."""
    last = jnp.max(at) if isinstance(at, numpy.ndarray) else at
    if len(a) <= last:
        a = jnp.append(a, jnp.full(int(last) - len(a) + 1, None if a.dtype == object else 0.0))
    a[at] = value
    return a


class Problem:
    """Groups and elements over named variables, filled number by number: strings, objects, infinities, sparse matrices, dictionaries."""

    def __init__(self, n: int) -> None:
        number, place = {"N": n, "H": 1.0 / float(n)}, {}
        names, kinds, targets = jnp.array([], dtype=object), jnp.array([], dtype=object), jnp.zeros((n, 1))
        rows, columns, values = jnp.array([], dtype=int), jnp.array([], dtype=int), jnp.array([], dtype=float)
        for i in range(int(number["N"])):
            place[f"X{i}"] = i
            names, kinds = grown(names, i, f"X{i}"), grown(kinds, i, "==" if i == 2 else "<>")
            rows, columns, values = jnp.append(rows, [i]), jnp.append(columns, [place[f"X{i}"]]), jnp.append(values, float(number["H"]) * (i + 1))
        targets = grown(targets, place["X1"], 0.3)
        self.lower, self.upper = jnp.full((n, 1), -float("Inf")), jnp.full((n, 1), +float("Inf"))
        self.groups, self.equal, self.names, self.targets = jnp.where(kinds == "<>")[0], jnp.where(kinds == "==")[0], names, targets
        self.linear = scipy.sparse.csr_matrix((values, (rows, columns)), shape=(n, n))
        self.mixing = jnp.zeros((2, 3))
        self.mixing[0, 0] = self.mixing[0, 0] + 1
        self.mixing[1, 1], self.mixing[1, 2] = self.mixing[1, 1] + 1, -1

    def __call__(self, x: Any) -> Any:
        x = x.reshape(-1, 1)
        residuals = self.linear.dot(x) - self.targets
        found = 0.5 * float(self.targets.sum())
        for i in self.groups:
            found = found + residuals[i, 0] * residuals[i, 0]
        element = jnp.zeros((3, 1))
        element[0], element[1], element[2] = x[0], x[1], x[3]
        mixed = self.mixing.dot(element)
        inside = jnp.all((x > self.lower) & (x < self.upper))
        return found + mixed[0, 0] * jnp.sin(mixed[1, 0]) if inside else found


def test_a_problem_built_within_the_function() -> None:
    x = numpy.array([1.0, 0.5, 2.0, 0.3])
    whole, outside = lambda x: Problem(4)(x), Problem(4)
    slopes = [(outside(x + 1e-6 * e) - outside(x - 1e-6 * e)) / 2e-6 for e in numpy.eye(4)]
    numpy.testing.assert_allclose(jt.grad(whole)(x), slopes, rtol=1e-8, atol=1e-8)
    F = jt.record(whole, x)
    for y in (x, x + 1.0):
        assert F(y) == pytest.approx(outside(y), rel=1e-14)
        numpy.testing.assert_allclose(F.grad(y), jt.grad(whole)(y), rtol=1e-13)


def test_functions_that_catch_errors_store_once() -> None:
    """Operations of a function that is recorded with care are computed beside being recorded, which is not to store twice."""

    def f(x: Any) -> Any:
        buffer = numpy.zeros(2)
        try:
            buffer += jnp.ones(2)
            numpy.add.at(buffer, [0, 0], jnp.ones(2))
            numpy.multiply(jnp.ones(1), 3.0, out=buffer[1:])
        except ArithmeticError:
            pass
        return buffer @ x

    assert jt.grad(f)(numpy.ones(2)).tolist() == [3.0, 3.0]


def test_membership_is_guarded() -> None:
    F = jt.record(lambda x: x[0] * 2.0 if 0.5 in x.reshape(2, 2) else x[0] * 3.0, numpy.ones(4))
    assert F(numpy.ones(4)) == 3.0 and F(numpy.array([1.0, 2.0, 0.5, 4.0])) == 2.0
