"""scipy.special's functions that are no operations of the table: those that are no ufuncs, and ufuncs that several operations make up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special as plain
from scipy_checks import check

import jittape as jt
from jittape.scipy import special

MATRIX = np.random.default_rng(0).standard_normal((3, 4))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
def test_softmax(axis: object) -> None:
    check(lambda x: special.softmax(x, axis=axis), lambda x: plain.softmax(x, axis=axis), [(MATRIX,), (MATRIX * 3,)], first=1e-7)


X, Y, Z = np.array([0.3, 1.2, 2.5]), np.array([0.15, 0.4, 0.85]), np.array([0.7, 1.9, 3.1])
OF_ONE = {
    "airy[0]": X, "airye[2]": X, "sici[0]": X, "sici[1]": X, "shichi[0]": X, "shichi[1]": X, "fresnel[0]": X, "fresnel[1]": X, "loggamma": X,
}  # fmt: skip
"""Ufuncs of one argument: [i] is one of their results."""
OF_SEVERAL = {
    "chdtr": (Z, X), "chdtrc": (Z, X), "chdtri": (Z, Y), "pdtr": (2.0, X), "pdtrc": (2.0, X), "kl_div": (X, Z), "huber": (1.0, X - 1.0), "gdtr": (X, Z, Y), "gdtrc": (X, Z, Y), "gdtrix": (X, Z, Y),
    "fdtr": (Z, X, Y), "fdtrc": (Z, X, Y), "fdtri": (Z, X + 1.0, Y), "bdtr": (1, 4, Y), "bdtrc": (1, 4, Y), "nbdtr": (1.0, 4.0, Y), "nbdtrc": (1.0, 4.0, Y), "voigt_profile": (X - 1.0, Y + 0.5, Z),
    "kn": (2, X), "yn": (1, X), "eval_sh_legendre": (3, Y), "eval_sh_chebyt": (3, Y), "eval_sh_chebyu": (3, Y), "eval_chebyc": (3, Y), "eval_chebys": (3, Y),
    "hyp2f1": (0.5, 1.5, 2.5, Y - 0.5), "eval_jacobi": (3, 0.5, 1.5, Y), "eval_sh_jacobi": (2, 3.5, 2.5, Y),
}  # fmt: skip
BY = {"pdtr": (1,), "pdtrc": (1,), "bdtr": (2,), "bdtrc": (2,), "nbdtr": (2,), "nbdtrc": (2,), "huber": (1,), "hyp2f1": (3,), "eval_jacobi": (3,), "eval_sh_jacobi": (3,), "gdtr": (0, 2), "gdtrc": (0, 2), "chdtr": (1,), "chdtrc": (1,), "fdtr": (2,), "fdtrc": (2,), "fdtri": (0, 2)}


def ufunc(name: str) -> Callable[..., Any]:
    """A ufunc of SciPy's, or one of its results; of recorded arguments it is recorded."""
    name, _, place = name.partition("[")
    function = getattr(plain, name)
    return (lambda *x: function(*x)[int(place[0])]) if place else function


@pytest.mark.parametrize("name", OF_ONE)
def test_ufuncs_of_one_argument(name: str) -> None:
    x = OF_ONE[name]
    check(ufunc(name), ufunc(name), [(x,), (x + 0.1,)])


@pytest.mark.parametrize("name", OF_SEVERAL)
def test_ufuncs_of_several_arguments(name: str) -> None:
    """By their last arguments at least; by parameters of distributions where differences are accurate enough."""
    args = OF_SEVERAL[name]
    by = BY.get(name, tuple(i for i, x in enumerate(args) if isinstance(x, np.ndarray)))
    other = tuple(x * 1.05 if i in by else x for i, x in enumerate(args))
    check(ufunc(name), ufunc(name), [args, other], by=by, value=2e-12, h=2e-4 if name != "hyp2f1" else 1e-3, first=1e-7)


@pytest.mark.parametrize(
    ("name", "args", "by"),
    [
        ("logsumexp", (MATRIX,), None), ("log_softmax", (MATRIX[0],), None), ("multigammaln", (X + 2.0, 3), (0,)), ("polygamma", (1, X), (1,)), ("zeta", (X + 1.5,), None), ("zeta", (X - 4.2,), None),
        ("zeta", (X + 1.5, Z), None), ("factorial", (X,), None), ("comb", (Z + 4.0, X), None), ("perm", (Z + 4.0, X), None), ("lambertw", (X,), None), ("spherical_jn", (2, X), (1,)),
        ("spherical_yn", (0, X), (1,)), ("spherical_in", (2, X), (1,)), ("spherical_kn", (1, X), (1,)),
    ],
)  # fmt: skip
def test_functions_that_are_no_ufuncs(name: str, args: tuple[Any, ...], by: tuple[int, ...] | None) -> None:
    theirs = getattr(plain, name)
    real = (lambda *x: theirs(*x).real) if name == "lambertw" else theirs
    ours = getattr(special, name)
    mine = (lambda *x: ours(*x) if not all(isinstance(v, np.ndarray) for v in x) else ours(*x).real) if name == "lambertw" else ours
    check(mine, real, [args, tuple(x * 1.03 if i in (by or range(9)) else x for i, x in enumerate(args))], by=by, first=1e-7)


def test_logsumexp_with_weights_and_signs() -> None:
    b = np.array([1.0, 0.0, 2.0, 0.5])
    check(lambda x: special.logsumexp(x, axis=1, b=b), lambda x: plain.logsumexp(x, axis=1, b=b), [(MATRIX,), (MATRIX * 2,)])
    f = lambda x: special.logsumexp(x, b=-b, return_sign=True)  # noqa: E731
    out = jt.record(f, MATRIX[0])(MATRIX[1])
    for a, want in zip(out, plain.logsumexp(MATRIX[1], b=-b, return_sign=True), strict=True):
        np.testing.assert_allclose(a, want, rtol=1e-14)
    assert special.logsumexp(MATRIX, keepdims=True).shape == (1, 1)
    np.testing.assert_allclose(jt.grad(lambda b: special.logsumexp(np.zeros(4), b=b))(b), np.full(4, 1 / b.sum()))


def test_derivatives_of_spherical_bessel_functions() -> None:
    for name in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn"):
        ours, theirs = getattr(special, name), getattr(plain, name)
        for n in (0, 3):
            np.testing.assert_allclose(jt.record(lambda x, n=n, f=ours: f(n, x, derivative=True), X)(Z), theirs(n, Z, derivative=True), rtol=1e-12)


def test_what_has_no_derivative_is_refused_in_words() -> None:
    for f, words in (
        (lambda v: plain.kv(v, 2.0), r"scipy.special.kv has no derivative by its order or parameter \(first argument\).*stop_gradient"),
        (lambda v: plain.hyp1f1(1.0, v, 2.0), r"hyp1f1 has no derivative by its order or parameter \(second argument\)"),
        (lambda v: plain.yn(v, 2.0), "yn has no derivative by its order or parameter n"),
        (lambda v: plain.hyp2f1(1.0, v, 1.0, 0.1), "hyp2f1 has no derivative by its order or parameter b"),
        (lambda v: plain.eval_sh_jacobi(1.0, v, 1.0, 0.1), "eval_sh_jacobi has no derivative by its order or parameter p"),
        (lambda v: special.polygamma(v, 2.0), "polygamma has no derivative by its order or parameter n"),
    ):
        with pytest.raises(jt.GradientError, match=words):
            jt.grad(f)(1.0)
    for f, words in (
        (lambda x: special.factorial(x, exact=True), "leave exact=True away"),
        (lambda x: special.lambertw(x, 2), "real branches only"),
        (lambda x: special.zeta(x, out=np.zeros(1)), "does not take out="),
    ):
        with pytest.raises(jt.RecordingError, match=words):
            jt.grad(f)(1.0)
    with pytest.raises(ValueError, match="positive integer"):
        jt.grad(lambda a: special.multigammaln(a, 1.5))(3.0)
    assert jt.grad(lambda x: plain.kv(jt.stop_gradient(x), x))(1.3) == jt.grad(lambda x: plain.kv(1.3, x))(1.3)


def test_saved_recordings_find_the_calls(tmp_path: Path) -> None:
    F = jt.record(lambda x: np.sum(plain.hyp2f1(0.5, 1.5, 2.5, x) + plain.betainc(2.0, x, 0.3)), Y)
    F.save(tmp_path / "f.tape")
    code = "import sys, numpy as np, jittape as jt; print(jt.load(sys.argv[1]).grad(np.array([0.15, 0.4, 0.85])).tolist())"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "f.tape")], capture_output=True, text=True, check=True)
    np.testing.assert_allclose(json.loads(done.stdout), F.grad(Y), rtol=1e-14)


def test_lists_and_constants() -> None:
    assert jt.grad(lambda x: special.softmax([x[0], x[1], 0.0])[0])(np.zeros(2)).shape == (2,)
    assert special.softmax([0.0, 0.0]).tolist() == [0.5, 0.5]


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="nor has SciPy's"):
        special.no_such_function
    assert special.gammaln is not None and "softmax" in dir(special)


def test_scipys_own_function_names_the_import() -> None:
    with pytest.raises(jt.DerivativeLostError, match="from jittape.scipy import special"):
        jt.grad(lambda x: plain.softmax(x)[0])(np.zeros(3))


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("zeta", ((-20.0, -30.0, -2.0, -3.5, 0.5, 3.0),)),
        ("comb", ((0.5, -1.0, 3.0, 2.0, 0.0, 4.5), (2.0, 1.0, -1.0, 0.0, 0.0, 3.0))),
        ("spherical_kn", ((0, 0, 1, 2, 3, 5), (-1.0, 2.0, -0.3, -1.0, -4.0, -2.5))),
    ],
)
def test_values_beyond_the_usual_domain(name: str, points: Any) -> None:
    """Zeros of zeta at negative even numbers, repetitions of few things, arguments below zero."""
    *orders, x = points if name == "spherical_kn" else ((), *points[::-1])
    options = {"repetition": True} if name == "comb" else {}
    ours, theirs = getattr(special, name), getattr(plain, name)
    for k in range(len(x)):
        rest = [o[k] for o in orders if o]
        args = (lambda v: (*rest, v)) if name == "spherical_kn" else (lambda v: (v, *rest))
        expected = theirs(*args(x[k]), **options)
        assert jt.record(lambda v: ours(*args(v), **options), x[k])(x[k]) == pytest.approx(expected, rel=1e-12, abs=0.0, nan_ok=True), x[k]
