"""Operations that call SciPy's compiled functions, or long ones of ours, by name: values and derivatives against mpmath, edges against SciPy.

Their kernels are all written in one way, of which some are tested in every form with the rest of the table (`operations.REPRESENTATIVES`).
"""

from __future__ import annotations

import itertools
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sp
from operations import CALLING, MP, TESTED, draw, exact_partial, free, recorded

import jittape as jt
from jittape.array.protocols import numpy_function
from jittape.ops import externals
from jittape.ops._generated.opcodes import EXTERNALS
from jittape.ops.spec import Op

CALLED = [op for op in CALLING if op not in TESTED]
VALUE = {"yv": 1e-11, "yve": 1e-11, "hyperu": 1e-11, "eval_hermite": 1e-11, "cotdg": 1e-11, "stdtrit": 1e-11, "airye_aip": 1e-11, "gammainc_daa": 1e-11, "betainc_daa": 1e-11, "betainc_dbb": 1e-11}
"""Allowed relative errors; 1e-12 where none is given."""
NOT_KNOWN = {"gammainc_daa": (0,), "stdtr_daa": (0,), "zeta_dss": (0,), "betainc_daa": (0, 1), "betainc_dab": (0, 1), "betainc_dbb": (0, 1), "ellipkinc_dmm": (1,), "ellipeinc_dmm": (1,)}
"""Operands by which the table knows no derivative: NaN."""
INNER = ("_da", "_db", "_daa", "_dab", "_dbb", "_ds", "_dss", "_dm", "_dmm")
"""Derivatives by parameters, whose own ones are tested as second derivatives of what they belong to."""


def scipys(op: Op, operands: list[np.ndarray]) -> Any:
    """SciPy's values, where it has a form for whole numbers of that."""
    first = operands[0].astype(int) if op.name in externals.INTEGER_FIRST else operands[0]
    return numpy_function(op.numpy)(first, *operands[1:])


def unit(op: Op, *axes: int) -> tuple[int, ...]:
    return tuple(axes.count(p) for p in range(op.arity))


@pytest.mark.parametrize("op", CALLED, ids=lambda op: op.name)
def test_values_and_derivatives(op: Op) -> None:
    """As a run, replayed at other points, and as a number; second derivatives by a forward sweep of the recorded reverse sweep."""
    operands = draw(op, 4, seed=11)
    f, xs = recorded(op, operands)
    F = jt.record(lambda *y: f(*y), *[x[::-1].copy() for x in xs] if not op.constant else xs)
    want = [float(MP[op.name](*(mp.mpf(float(x)) for x in point))) for point in list(zip(*operands, strict=True))[:2]]
    np.testing.assert_allclose(F(*xs)[:2], want, rtol=VALUE.get(op.name, 1e-12), atol=1e-15)
    if op.numpy:
        np.testing.assert_allclose(F(*xs), scipys(op, operands), rtol=1e-13, atol=1e-300)
    v = [np.linspace(0.5, 1.5, 4) * (p + 1) for p in range(len(xs))]
    found = jt.vjp(f, *xs)[1](np.ones(4))
    np.testing.assert_allclose(jt.jvp(f, xs, v)[1], sum(g * u for g, u in zip(found, v, strict=True)), rtol=1e-12)
    point = [float(x[0]) for x in operands]
    number, ys = recorded(op, point)  # type: ignore[arg-type]
    for p, g in zip(free(op), found, strict=True):
        exact = np.nan if p in NOT_KNOWN.get(op.name, ()) else exact_partial(op, point, *unit(op, p))
        np.testing.assert_allclose(g[0], exact, rtol=1e-10, atol=1e-14, err_msg=f"by operand {p}")
    if op.name.endswith(INNER):
        return
    every = tuple(range(len(ys)))
    hessian = jt.hessian(number, argnums=every)(*ys)
    for (i, p), (j, q) in itertools.combinations_with_replacement(enumerate(free(op)), 2):
        np.testing.assert_allclose(hessian[i][j], exact_partial(op, point, *unit(op, p, q)), rtol=1e-9, atol=1e-12, err_msg=f"by operands {p} and {q}")


EDGES = (0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 30.0, 1e300, -1e300, np.inf, -np.inf, np.nan)


@pytest.mark.parametrize("op", [op for op in CALLED if op.numpy and op.arity < 3 and op.name != "hyp0f1"], ids=lambda op: op.name)
def test_edges_are_scipys(op: Op) -> None:
    """Of hyp0f1, SciPy's own divides by zero at the largest numbers, and prints an error that it ignores."""
    first = (1.0, 2.0) if op.constant else EDGES
    grid = [np.array(xs) for xs in zip(*(itertools.product(EDGES) if op.arity == 1 else itertools.product(first, EDGES)), strict=True)]
    with np.errstate(all="ignore"):
        want = np.asarray(scipys(op, grid))
    f, xs = recorded(op, grid)
    np.testing.assert_allclose(jt.vjp(f, *xs)[0], want, rtol=1e-13)


def test_every_function_that_is_called_is_known() -> None:
    """Each name has an address in this release of SciPy, or a function of ours, and each is used."""
    names = {name for found in EXTERNALS.values() for name in found}
    externals.register(names)
    assert names <= externals._known.keys()
    inside = {"ellipkinc", "ellipeinc", "elliprd", "jv", "iv", "kv"}  # called by functions of ours
    assert externals.EXTERNAL - names <= inside


def test_a_function_that_this_scipy_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(externals.SCIPY, "no_such_function", 1)
    with pytest.raises(NotImplementedError, match="SciPy .* has no compiled function no_such_function"):
        externals.register(["no_such_function"])


@pytest.mark.parametrize(("a", "b", "x"), [(200.0, 300.0, 0.41), (0.01, 3.0, 0.2), (1e3, 2e3, 0.335), (3.0, 0.02, 0.97)])
def test_beta_distribution_of_large_and_small_parameters(a: float, b: float, x: float) -> None:
    found = jt.grad(lambda p: sp.betainc(p[0], p[1], p[2]))(np.array([a, b, x]))
    with mp.workdps(50):
        f = lambda *p: mp.betainc(p[0], p[1], 0, p[2], regularized=True)  # noqa: E731
        exact = [float(mp.diff(f, (mp.mpf(a), mp.mpf(b), mp.mpf(x)), n)) for n in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    np.testing.assert_allclose(found, exact, rtol=1e-9)


@pytest.mark.parametrize("m", [0.0, 1e-9, -1e-3, 0.39, 0.41, 0.999, -20.0])
def test_elliptic_integrals_to_the_third_order(m: float) -> None:
    for f, exact in ((sp.ellipk, mp.ellipk), (sp.ellipe, mp.ellipe)):
        g: Any = f
        for order in range(1, 4):
            g = jt.grad(g)
            np.testing.assert_allclose(g(m), float(mp.diff(exact, mp.mpf(m), order)), rtol=1e-9 if m < 0.99 else 1e-6)
    for phi in (0.4, -1.3, 4.0):
        for f, exact in ((sp.ellipkinc, mp.ellipf), (sp.ellipeinc, mp.ellipe)):
            found = [jt.grad(f, argnums=1)(phi, m), jt.grad(jt.grad(f, argnums=1), argnums=1)(phi, m)]
            wanted = [float(mp.diff(lambda t, f=exact, phi=phi: f(mp.mpf(phi), t), mp.mpf(m), n)) for n in (1, 2)]
            np.testing.assert_allclose(found, wanted, rtol=1e-9 if m < 0.99 else 1e-6)


def test_derivatives_where_quotients_are_smooth() -> None:
    """At zeros of denominators, and at poles that are none."""
    assert jt.grad(sp.exprel)(0.0) == 0.5 and jt.grad(jt.grad(sp.exprel))(0.0) == pytest.approx(1 / 3)
    assert jt.grad(sp.boxcox, argnums=1)(2.0, 0.0) == pytest.approx(np.log(2.0) ** 2 / 2)
    assert jt.grad(sp.inv_boxcox, argnums=1)(0.7, 0.0) == pytest.approx(-np.exp(0.7) * 0.7**2 / 2)
    assert jt.grad(sp.spence)(1.0) == -1.0 and jt.grad(jt.grad(sp.spence))(1.0) == pytest.approx(0.5)
    for n in range(4):
        assert jt.grad(sp.rgamma)(-float(n)) == pytest.approx((-1.0) ** n * float(mp.factorial(n)))
    assert jt.grad(sp.pseudo_huber, argnums=0)(1e3, 1e-2) == pytest.approx(1e-2**4 / 1e3**3 / 4, rel=1e-9)
    assert jt.grad(lambda x: sp.airye(x)[2])(0.0) == pytest.approx(float(mp.airybi(0, 1)))


def test_loops_of_called_operations_are_compiled() -> None:
    """Those of three operands, too; the same to the last bit as by the interpreter."""

    def f(x: Any) -> Any:
        s = 0.1
        for i in range(40):
            s = s * 0.5 + sp.k0(x[i % 3]) * s * 0.1 + sp.betainc(1.0 + s * 0.1, x[i % 3], 0.4)
        return s

    x = np.array([0.5, 1.2, 2.0])
    compiled, interpreted = jt.record(f, x), jt.record(f, x, compile=False)
    (report,) = compiled.compile(report=True)
    assert report.compiled > 0.9 * report.instructions
    for y in (x, x[::-1] + 0.1):
        assert compiled(y) == interpreted(y)
        np.testing.assert_array_equal(compiled.grad(y), interpreted.grad(y))
