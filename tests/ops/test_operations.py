"""Every line of the operation table: values against NumPy and SciPy, partials against mpmath, kinks and edges.

An operation added to the table is tested here without an edit, except that its value needs a function of mpmath in `MP`
where it can be differentiated.
"""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import mpmath as mp
import naive
import numpy as np
import pytest
import scipy.special
from operations import DIFFERENTIABLE, FLAT, MP, TESTED, draw, exact_partial, free, recorded, student

import jittape as jt
from jittape.array.array import apply
from jittape.ops import table
from jittape.ops.expressions import constant
from jittape.ops.layout import CHUNK
from jittape.ops.spec import BY_NAME, OPS, Op
from jittape.sweep.vectors import group_of

assert table.op
mp.mp.dps = 40
LENGTHS = (1, 3, CHUNK - 1, CHUNK, CHUNK + 1, 2000)

ULPS = {"eval_legendre": 60, "logaddexp2": 20, "gamma": 20, "lgamma": 20, "digamma": 40, "polygamma": 40, "iv": 40, "jv": 60, "j0": 60, "j1": 60, "i0": 20,
        "i1": 20, "sincn": 200_000, "sinc": 20, "ndtri": 20, "log_ndtr": 20, "erfinv": 20, "logit": 10, "gammainc_da": 60, "gammainc_daa": 4000, "stdtr_da": 60, "stdtr_daa": 200}  # fmt: skip
"""Allowed error of a value in units of 2.2e-16 of the larger of it and the largest value around; 5 where none is given."""


def expected(op: Op, operands: list[np.ndarray]) -> np.ndarray:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.array([naive.function(op)(*xs) for xs in zip(*operands, strict=True)], float)


def close(op: Op, got: Any, want: Any, ulps: float | None = None, eps: float = np.finfo(float).eps) -> None:
    want = np.asarray(want, float)
    tolerance = (ulps or ULPS.get(op.name, 5)) * eps
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=0.1 * tolerance, err_msg=op.name)


def same(op: Op, scalar: Any, element: Any, eps: float = 0.0) -> None:
    """A number recorded by itself is as the element of a run, to the last bit in arithmetic; functions are libm's and of vectors."""
    tolerance = eps if arithmetic(op) else ULPS.get(op.name, 8) * (eps or np.finfo(float).eps)
    np.testing.assert_allclose(scalar, element, rtol=tolerance, atol=0.1 * tolerance, err_msg=op.name)


def arithmetic(op: Op) -> bool:
    """Whether an operation calls no functions but those that are exact."""
    return group_of([op.z]) > 1


def names(ops: list[Op]) -> Any:
    return pytest.mark.parametrize("op", ops, ids=lambda op: op.name)


# --- values ------------------------------------------------------------------------------------------------------------------


@names(OPS)
def test_every_operation_has_an_oracle(op: Op) -> None:
    assert naive.function(op) is not None
    assert op.name in MP or all(constant(p) == 0.0 for p in op.partials)


@names(TESTED)
def test_value_of_a_scalar(op: Op) -> None:
    operands = draw(op, 6)
    want = expected(op, operands)
    for i in range(6):
        f, xs = recorded(op, [x[i] for x in operands])
        close(op, jt.vjp(f, *map(float, xs))[0], want[i])


@names(TESTED)
def test_value_of_a_run(op: Op) -> None:
    operands = draw(op, max(LENGTHS))
    want = expected(op, operands)
    for n in LENGTHS:
        f, xs = recorded(op, [x[:n] for x in operands])
        got = jt.vjp(f, *xs)[0]
        assert got.shape == (n,) and got.dtype == (bool if op.mask else np.float64)
        close(op, got, want[:n])


@names(TESTED)
def test_value_in_float32(op: Op) -> None:
    operands = [x.astype(np.float32) for x in draw(op, CHUNK + 1)]
    want = expected(op, [x.astype(float) for x in operands])
    f, xs = recorded(op, operands)
    got = jt.vjp(f, *xs)[0]
    assert got.dtype == (bool if op.mask else np.float32)
    # floor(x / y) and its kin step at other points after rounding; a step is wrong by a whole y
    loose = op.name in ("mod", "fmod", "floor_divide")
    close(op, got[:CHUNK] if not loose else got, want[:CHUNK] if not loose else want, 40, float(np.finfo(np.float32).eps))
    scalar, ys = recorded(op, [x[0] for x in operands])
    same(op, jt.vjp(scalar, *ys)[0], got[0], float(np.finfo(np.float32).eps))


@names([op for op in TESTED if op.numpy])
def test_value_through_numpy(op: Op) -> None:
    """The function of NumPy or SciPy that the table names records this operation, and so do its aliases."""
    from jittape.array.protocols import numpy_function

    operands = draw(op, 5)
    for path in (op.numpy, *op.aliases):
        function = numpy_function(path)
        if function is None or (path.startswith(("bitwise", "invert")) and op.mask):
            continue  # asked of truth values below
        names_ = free(op)

        def f(*xs: Any, function: Any = function, names_: Any = names_) -> Any:
            full: list[Any] = list(operands)
            for p, x in zip(names_, xs, strict=True):
                full[p] = x
            return function(*full)

        got = jt.vjp(f, *[operands[p] for p in names_])[0]
        close(op, got, function(*operands))


def test_logic_of_masks() -> None:
    x = np.array([-1.0, 0.5, 2.0])

    def f(x: Any) -> Any:
        a, b = x > 0, x < 1
        return a & b, a | b, a ^ b, ~a, np.logical_and(a, b), np.bitwise_or(a, b), np.invert(b)

    a, b = x > 0, x < 1
    for got, want in zip(jt.vjp(f, x)[0], (a & b, a | b, a ^ b, ~a, a & b, a | b, ~b), strict=True):
        assert got.dtype == bool
        np.testing.assert_array_equal(got, want)


# --- first partials ----------------------------------------------------------------------------------------------------------


def unit(op: Op, *axes: int) -> tuple[int, ...]:
    return tuple(axes.count(p) for p in range(op.arity))


PARTIAL_ULPS = {"sincn": 200_000, "jv": 400, "iv": 100, "polygamma": 100, "digamma": 100, "erfcx": 400, "j1": 200, "j0": 200, "tanh": 400, "stdtr": 100, "stdtr_da": 100, "gammainc_da": 100,
                "lgamma": 60, "gamma": 60, "sinc": 200, "log_ndtr": 60, "i1": 60, "i0": 60, "ndtri": 60, "erfinv": 60}  # fmt: skip


@names(DIFFERENTIABLE)
def test_partials_against_mpmath(op: Op) -> None:
    operands = draw(op, 4, seed=1)
    f, xs = recorded(op, operands)
    _, pull = jt.vjp(f, *xs)
    found = pull(np.ones(4))
    for p, g in zip(free(op), found, strict=True):
        want = [exact_partial(op, [x[i] for x in operands], *unit(op, p)) for i in range(4)]
        close(op, g, want, PARTIAL_ULPS.get(op.name, 20))


@names(DIFFERENTIABLE)
def test_scalar_partials_against_mpmath(op: Op) -> None:
    point = [float(x[0]) for x in draw(op, 1, seed=2)]
    f, xs = recorded(op, point)  # type: ignore[arg-type]
    found = jt.grad(f, argnums=tuple(range(len(xs))))(*xs)
    for p, g in zip(free(op), found, strict=True):
        close(op, g, exact_partial(op, point, *unit(op, p)), PARTIAL_ULPS.get(op.name, 20))


@names(DIFFERENTIABLE)
def test_partials_of_runs(op: Op) -> None:
    """Adjoints of a long run are the seeds times the table's partials, for every length around a chunk."""
    operands = draw(op, max(LENGTHS), seed=3)
    seeds = np.random.default_rng(op.code).normal(size=max(LENGTHS))
    want = [seeds * naive.partials(op, tuple(operands), p) for p in free(op)]
    for n in LENGTHS:
        f, xs = recorded(op, [x[:n] for x in operands])
        found = jt.vjp(f, *xs)[1](seeds[:n])
        for g, w in zip(found, want, strict=True):
            close(op, g, w[:n], max(2000, ULPS.get(op.name, 0)))


@names(DIFFERENTIABLE)
def test_partials_in_float32(op: Op) -> None:
    operands = [x.astype(np.float32) for x in draw(op, 30, seed=4)]
    f, xs = recorded(op, operands)
    found = jt.vjp(f, *xs)[1](np.ones(30, np.float32))
    for p, g in zip(free(op), found, strict=True):
        assert g.dtype == np.float32
        want = naive.partials(op, tuple(x.astype(float) for x in operands), p)
        np.testing.assert_allclose(g, want, rtol=2e-5, atol=2e-6, err_msg=op.name)


@names(TESTED)
def test_forward_and_reverse_agree(op: Op) -> None:
    """<u, J v> by a forward sweep is <J^T u, v> by a reverse sweep, and both are zero where the table says so."""
    n = CHUNK + 7
    rng = np.random.default_rng(op.code)
    operands = draw(op, n, seed=5)
    f, xs = recorded(op, operands)
    vs = [rng.normal(size=n) for _ in xs]
    u = rng.normal(size=n)
    found = jt.vjp(f, *xs)[1](u)
    forward = jt.jvp(f, xs, vs)[1]
    across = [u * forward, sum(g * v for g, v in zip(found, vs, strict=True))]
    np.testing.assert_allclose(*across, rtol=1e-13, atol=1e-13)
    if op in FLAT:
        assert not forward.any() and not any(g.any() for g in found)
    elif op.name != "heaviside":  # whose y counts at x = 0 alone
        assert forward.any()
    point = [float(x[0]) for x in operands]
    scalar, ys = recorded(op, point)  # type: ignore[arg-type]
    np.testing.assert_allclose(jt.jvp(scalar, ys, [v[0] for v in vs])[1], forward[0], rtol=1e-14)


# --- second partials ---------------------------------------------------------------------------------------------------------

SECOND = 1e-11


@names([op for op in DIFFERENTIABLE if not op.name.endswith(("_da", "_daa"))])
def test_second_partials_against_mpmath(op: Op) -> None:
    """jt.hessian (a forward sweep of a recorded reverse sweep) and jt.grad of jt.grad (two recorded ones)."""
    point = [float(x[0]) for x in draw(op, 1, seed=6)]
    f, xs = recorded(op, point)  # type: ignore[arg-type]
    every = tuple(range(len(xs)))
    hessian = jt.hessian(f, argnums=every)(*xs)
    for (i, p), (j, q) in itertools.product(enumerate(free(op)), repeat=2):
        want = exact_partial(op, point, *unit(op, p, q))
        np.testing.assert_allclose(hessian[i][j], want, rtol=SECOND, atol=SECOND, err_msg=f"{op.name}: {p}, {q}")
        twice = jt.grad(jt.grad(f, argnums=i), argnums=j)(*xs)
        np.testing.assert_allclose(twice, want, rtol=SECOND, atol=SECOND, err_msg=f"{op.name}: {p}, {q}")


@names(DIFFERENTIABLE)
def test_second_partials_of_runs(op: Op) -> None:
    """The diagonal of the Hessian of a sum, by hvp, is the second partial of each element."""
    n = 7
    operands = draw(op, n, seed=7)
    f, xs = recorded(op, operands)
    for i, p in enumerate(free(op)):

        def total(x: Any, i: int = i) -> Any:
            return np.sum(f(*[x if j == i else y for j, y in enumerate(xs)]))

        want = [exact_partial(op, [x[k] for x in operands], *unit(op, p, p)) for k in range(n)]
        np.testing.assert_allclose(jt.hvp(total)(xs[i], np.ones(n)), want, rtol=SECOND, atol=SECOND, err_msg=op.name)


@names([op for op in DIFFERENTIABLE if op.name not in ("sincn", "polygamma", "iv", "jv", "gammainc_daa", "stdtr_daa")])
def test_third_derivative(op: Op) -> None:
    point = [float(x[0]) for x in draw(op, 1, seed=8)]
    f, xs = recorded(op, point)  # type: ignore[arg-type]
    for i, p in enumerate(free(op)):
        g = jt.grad(jt.grad(jt.grad(f, argnums=i), argnums=i), argnums=i)
        np.testing.assert_allclose(g(*xs), exact_partial(op, point, *unit(op, p, p, p)), rtol=1e-9, atol=1e-9, err_msg=f"{op.name}: {p}")


# --- kinks, edges, zeros -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("op", "kink"), [(op, k) for op in OPS for k in op.kinks], ids=lambda v: v.name if isinstance(v, Op) else str(v[0]))
@pytest.mark.parametrize("n", [0, 1, 3], ids=["scalar", "run of 1", "run of 3"])
def test_kinks(op: Op, kink: Any, n: int) -> None:
    """At a kink the derivative is the table's convention, in every form and both sweeps."""
    point, want = kink
    operands = [np.full(n, x) if n else float(x) for x in point]
    f, xs = recorded(op, operands)  # type: ignore[arg-type]
    _, pull = jt.vjp(f, *xs)
    found = pull(np.ones(n) if n else 1.0)
    for i, (p, g) in enumerate(zip(free(op), found, strict=True)):
        np.testing.assert_array_equal(g, np.full(n, want[p]) if n else want[p])
        vs = [(np.ones(n) if n else 1.0) if j == i else (np.zeros(n) if n else 0.0) for j in range(len(xs))]
        np.testing.assert_array_equal(jt.jvp(f, xs, vs)[1], np.full(n, want[p]) if n else want[p])


SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 1e300, -1e300, 5e-324, np.inf, -np.inf, np.nan)
SAFE = [op for op in OPS if op.numpy and not op.constant and op.arity <= 2]


@names(SAFE)
def test_infinities_and_nan_are_numpys(op: Op) -> None:
    """At zeros, infinities, NaN and out of the domain the value is NumPy's or SciPy's, as a scalar and in a run."""
    function = naive.function(op)
    grid = [np.array(xs) for xs in zip(*itertools.product(SPECIAL, repeat=op.arity), strict=True)]
    with np.errstate(all="ignore"):
        want = np.asarray(function(*grid), float)
    if op.name == "lgamma":  # C's: exact at the smallest number, and inf at -inf (C99 F.9.5.3), where gammaln has inf and -inf
        want[grid[0] == 5e-324], want[grid[0] == -np.inf] = 744.4400719213812, np.inf
    f, xs = recorded(op, grid)
    got = np.asarray(jt.vjp(f, *xs)[0], float)
    np.testing.assert_allclose(got, want, rtol=1e-14, err_msg=f"{op.name} at {grid}")
    if op.name not in ("maximum", "minimum", "fmax", "fmin", "mod", "floor_divide"):  # which zero these give is left open
        np.testing.assert_array_equal(np.signbit(got[want == 0]), np.signbit(want[want == 0]), err_msg=op.name)
    for i in range(0, len(grid[0]), 1 if op.arity == 1 else 5):
        scalar, ys = recorded(op, [float(x[i]) for x in grid])  # type: ignore[arg-type]
        same(op, jt.vjp(scalar, *ys)[0], got[i])


@names(DIFFERENTIABLE)
def test_a_zero_adjoint_contributes_zero(op: Op) -> None:
    """Whatever the partial: at zeros, infinities and NaN, in every sweep and in nested differentiation."""
    grid = [np.array(xs) for xs in zip(*itertools.product((0.0, 1.0, -1.0, np.inf, -np.inf, np.nan), repeat=op.arity), strict=True)]
    if op.constant and op.name != "powc":
        grid[0] = np.where(np.isfinite(grid[0]), abs(grid[0]), 1.0)
    f, xs = recorded(op, grid)
    n = len(grid[0])
    out, pull = jt.vjp(f, *xs)
    for g in pull(np.zeros(n)):
        np.testing.assert_array_equal(g, np.zeros(n))
    np.testing.assert_array_equal(jt.jvp(f, xs, [np.zeros(n)] * len(xs))[1], np.zeros(n))
    never = np.zeros(n)

    def untaken(*args: Any) -> Any:
        return apply(BY_NAME["where"].code, never, f(*args), 1.0)

    every = tuple(range(len(xs)))
    for g in jt.vjp(untaken, *xs)[1](np.ones(n)):
        np.testing.assert_array_equal(g, np.zeros(n))
    np.testing.assert_array_equal(jt.jvp(untaken, xs, [np.ones(n)] * len(xs))[1], np.zeros(n))
    for i in every:
        def total(x: Any, i: int = i) -> Any:
            return np.sum(untaken(*[x if j == i else y for j, y in enumerate(xs)]))

        np.testing.assert_array_equal(jt.hvp(total)(xs[i], np.ones(n)), np.zeros(n))
        np.testing.assert_array_equal(jt.grad(lambda x, t=total: np.sum(jt.grad(t)(x)))(xs[i]), np.zeros(n))
    for k in range(0, n, 1 if op.arity == 1 else 7):
        scalar, ys = recorded(op, [float(x[k]) for x in grid])  # type: ignore[arg-type]

        def nothing(*args: Any, scalar: Any = scalar) -> Any:
            return apply(BY_NAME["where"].code, 0.0, scalar(*args), 1.0)

        assert all(g == 0 for g in jt.grad(nothing, argnums=every)(*ys))
        assert jt.jvp(nothing, ys, [1.0] * len(ys))[1] == 0
        assert all(h == 0 for row in jt.hessian(nothing, argnums=every)(*ys) for h in row)


# --- cases worth naming ------------------------------------------------------------------------------------------------------


def test_the_branch_not_taken_never_poisons() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    x = np.array([0.0, 4.0, -1.0])
    np.testing.assert_array_equal(jt.grad(f)(x), [0.0, 0.25, 0.0])
    np.testing.assert_array_equal(jt.jvp(f, (x,), (np.ones(3),))[1], 0.25)
    np.testing.assert_array_equal(jt.hessian(f)(x), np.diag([0.0, -1 / 32, 0.0]))
    np.testing.assert_array_equal(jt.record(f, x).grad(x), [0.0, 0.25, 0.0])
    for order in range(1, 5):
        g = lambda x: np.where(x > 0, np.sqrt(x), 0.0)  # noqa: E731
        for _ in range(order):
            g = jt.grad(g)
        assert g(0.0) == 0.0 and g(-1.0) == 0.0


def test_an_infinite_adjoint_stays_out_of_what_was_not_taken() -> None:
    """sqrt'(0) is infinite: as in PyTorch, that goes nowhere where a choice was not taken."""
    torch = pytest.importorskip("torch")
    x = np.array([-1.0, 0.0, 4.0])
    pairs = [
        (lambda x: np.sum(np.sqrt(np.where(x > 0, x, 0.0))), lambda x: torch.sqrt(torch.where(x > 0, x, 0.0)).sum()),
        (lambda x: np.sum(np.sqrt(np.maximum(x, 0.0) + 0.0)), None),
        (lambda x: np.sum(np.sqrt(apply(BY_NAME["relu"].code, x))), lambda x: torch.sqrt(torch.relu(x)).sum()),
        (lambda x: np.sum(np.sqrt(apply(BY_NAME["clip"].code, x, 0.0, 9.0))), lambda x: torch.sqrt(torch.clamp(x, 0.0, 9.0)).sum()),
    ]  # fmt: skip
    for f, theirs in pairs:
        got = jt.grad(f)(x)
        assert got[0] == 0 and got[2] == 0.25
        if theirs is not None:
            t = torch.tensor(x, requires_grad=True)
            theirs(t).backward()
            np.testing.assert_array_equal(got, t.grad.numpy())


@pytest.mark.parametrize("exponent", [3, 2.0, -1, 0, 1, 5.0, -2, 0.5])
def test_powers_of_negative_bases(exponent: float) -> None:
    with np.errstate(invalid="ignore"):
        for x in (-1.7, 2.3):
            want = exponent * np.float64(x) ** (exponent - 1) if exponent else 0.0
            np.testing.assert_allclose(jt.grad(lambda x: x**exponent)(x), want, rtol=1e-15)
            np.testing.assert_allclose(jt.grad(lambda x: np.sum(np.power(x, np.full(3, float(exponent)))))(np.full(3, x)), [want] * 3, rtol=1e-15)
            second = exponent * (exponent - 1) * np.float64(x) ** (exponent - 2) if exponent not in (0, 1) else 0.0
            np.testing.assert_allclose(jt.grad(jt.grad(lambda x: x**exponent))(x), second, rtol=1e-14)


def test_powers_at_zero() -> None:
    assert jt.value_and_grad(lambda x: x**0)(0.0) == (1.0, 0.0)
    assert jt.value_and_grad(lambda x: x**2)(0.0) == (0.0, 0.0)
    assert jt.value_and_grad(lambda x: x**1)(0.0) == (0.0, 1.0)
    assert jt.value_and_grad(lambda x: x**3)(0.0) == (0.0, 0.0)
    assert jt.grad(jt.grad(lambda x: x**2))(0.0) == 2.0
    assert jt.grad(jt.grad(jt.grad(lambda x: x**3)))(0.0) == 6.0
    assert jt.grad(lambda y: 0.0**y)(2.0) == 0.0
    assert jt.grad(jt.grad(lambda y: 0.0**y))(2.0) == 0.0
    assert jt.value_and_grad(lambda x, y: x**y, argnums=(0, 1))(0.0, 0.0) == (1.0, (0.0, 0.0))
    assert jt.value_and_grad(lambda x, y: x**y, argnums=(0, 1))(0.0, 3.0) == (0.0, (0.0, 0.0))
    assert jt.grad(lambda x: x**0.5)(0.0) == np.inf
    assert jt.grad(lambda x: x**-1)(-2.0) == -0.25
    assert jt.grad(jt.grad(lambda x, y: x**y))(0.0, 2.0) == 2.0


def test_mod_and_floor_divide_of_negative_numbers() -> None:
    for x, y in itertools.product((-3.5, 3.5, -0.2, 7.0), (-1.25, 1.25, 3.5)):
        assert jt.value_and_grad(lambda x, y: x % y, argnums=(0, 1))(x, y) == (x % y, (1.0, -(x // y)))
        assert jt.value_and_grad(lambda x, y: x // y, argnums=(0, 1))(x, y) == (x // y, (0.0, 0.0))
        assert jt.value_and_grad(np.fmod, argnums=(0, 1))(x, y) == (np.fmod(x, y), (1.0, -np.trunc(x / y)))
        q, r = jt.vjp(lambda x, y: divmod(x, y), x, y)[0]
        assert (q, r) == divmod(x, y)


def test_arctan2_in_every_quadrant() -> None:
    for y, x in itertools.product((-2.0, -0.0, 0.0, 3.0), repeat=2):
        value, (dy, dx) = jt.value_and_grad(np.arctan2, argnums=(0, 1))(y, x)
        np.testing.assert_allclose(value, np.arctan2(y, x), rtol=4e-16)
        assert np.signbit(value) == np.signbit(np.arctan2(y, x))
        if x or y:
            np.testing.assert_allclose([dy, dx], [x / (x * x + y * y), -y / (x * x + y * y)], rtol=1e-15)
    dy, dx = jt.grad(np.arctan2, argnums=(0, 1))(1e200, 1e200)  # x*x would overflow
    np.testing.assert_allclose([dy, dx], [5e-201, -5e-201], rtol=1e-14)


def test_clip_with_crossed_and_nan_bounds() -> None:
    clip = BY_NAME["clip"].code
    x = np.array([-5.0, 0.5, 5.0, np.nan])
    for low, high in ((2.0, 1.0), (-1.0, 1.0), (np.nan, 1.0), (0.0, np.nan), (-np.inf, np.inf)):
        got = jt.vjp(lambda x: apply(clip, x, low, high), x)[0]
        np.testing.assert_array_equal(got, np.clip(x, low, high))
    assert jt.grad(lambda x, a, b: apply(clip, x, a, b), argnums=(0, 1, 2))(0.5, 2.0, 1.0) == (0.0, 0.0, 1.0)


def test_logaddexp_at_infinity() -> None:
    for x, y in itertools.product((np.inf, -np.inf, 0.0, 1000.0, -1000.0), repeat=2):
        value, (dx, dy) = jt.value_and_grad(np.logaddexp, argnums=(0, 1))(x, y)
        assert value == np.logaddexp(x, y)
        assert dx + dy == 1 and (dx > dy) == (x > y)


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-12, -1e-6, 1e-3, 0.1, -0.3, 0.49, 0.5, 0.51, 1.0, -7.25])
def test_sinc_near_zero_to_any_order(x: float) -> None:
    f: Any = np.sinc
    for order in range(6):
        want = float(MP["sincn"](order, mp.mpf(x)))
        np.testing.assert_allclose(f(x), want, rtol=3e-13, atol=1e-15 * np.pi**order, err_msg=f"order {order}")
        f = jt.grad(f)


@pytest.mark.parametrize("name", ["i0", "i1", "j0", "j1"])
def test_bessel_functions_near_zero_to_any_order(name: str) -> None:
    import scipy.special as sp

    for x in (0.0, 1e-9, 0.01):
        f: Any = getattr(sp, name)
        for order in range(1, 5):
            f = jt.grad(f)
            want = float(mp.diff(MP[name], mp.mpf(x), order))
            np.testing.assert_allclose(f(x), want, rtol=1e-12, atol=1e-15, err_msg=f"order {order} at {x}")


def test_polygamma_to_any_order() -> None:
    import scipy.special as sp

    for x in (0.1, 1.0, 3.7, 40.0, -0.4, -2.6, -1e-40, -1e-13, -1.0 - 3e-12, -1.0 + 3e-14, -3.0 - 1e-9):
        f: Any = sp.gammaln
        for order in range(1, 5):
            f = jt.grad(f)
            want = float(mp.polygamma(order - 1, mp.mpf(x)))
            np.testing.assert_allclose(f(x), want, rtol=1e-12, err_msg=f"order {order} at {x}")


@pytest.mark.parametrize(
    ("name", "x"),
    [("expm1", -50.0), ("expm1", 1e-15), ("log1p", -1e-15), ("log1p", 1e300), ("sigmoid", -700.0), ("sigmoid", 40.0), ("softplus", -40.0),
     ("log_sigmoid", 40.0), ("logit", 0.5 + 1e-10), ("logit", 1e-300), ("erfc", 20.0), ("log_ndtr", -30.0), ("arcsinh", 1e-10), ("arcsinh", 1e200),
     ("arctanh", 1e-10), ("arccosh", 1 + 1e-10), ("hypot", 1e200), ("lgamma", 1e10), ("cbrt", 1e-300), ("tan", 1.5707)],
)  # fmt: skip
def test_values_and_partials_where_naive_formulas_fail(name: str, x: float) -> None:
    op = BY_NAME[name]
    point = [x] * op.arity
    f, xs = recorded(op, point)  # type: ignore[arg-type]
    value, g = jt.value_and_grad(f)(*xs)
    with mp.workdps(700):
        want = float(MP[name](*map(mp.mpf, point)))
    with mp.workdps(60):
        slope = float(mp.diff(lambda t: MP[name](t, *map(mp.mpf, point[1:])), mp.mpf(x), h=mp.mpf(abs(x) or 1) * mp.mpf(10) ** -20))
    np.testing.assert_allclose(value, want, rtol=1e-13)
    np.testing.assert_allclose(g, slope, rtol=1e-11)


@pytest.mark.parametrize(
    ("name", "x"),
    [(name, x) for name in ("arcsin", "arccos", "arctanh") for x in (1e-200, -1e-20, 1e-9, 0.5, 1.0 - 1e-9)]
    + [("log_ndtr", x) for x in (-1e5, -1001.0, -999.0, -30.0, -0.0, 20.0)]
    + [("erfcx", x) for x in (1e4, 31.0, 29.0, -5.0)] + [("arctan", 1e60), ("arcsinh", 1e100), ("tan", 1.5707)],
)  # fmt: skip
def test_both_derivatives_where_terms_of_partials_cancel(name: str, x: float) -> None:
    f, xs = recorded(BY_NAME[name], [x])
    with mp.workdps(900):
        h = mp.mpf(abs(x) or 1) * mp.mpf(10) ** -30
        before, here, after = (MP[name](mp.mpf(x) + k * h) for k in (-1, 0, 1))
        wanted = float((after - before) / (2 * h)), float((after - 2 * here + before) / h**2)
    np.testing.assert_allclose(jt.grad(f)(*xs), wanted[0], rtol=1e-12)
    np.testing.assert_allclose([jt.grad(jt.grad(f))(*xs), jt.record(f, *xs).batch_hessian(np.array([x]))[0]], wanted[1], rtol=1e-9)


@pytest.mark.parametrize(("name", "order"), [("i0e", 0), ("i1e", 1), ("k0e", 0), ("k1e", 1), ("ive", 2), ("ive", 0.5), ("kve", 3)])
def test_scaled_bessel_functions_far_from_zero(name: str, order: float) -> None:
    """Their derivatives are differences of numbers that are nearly the same: nothing was left of them beyond 1e15, and 1e-10 of second ones at 1e3."""
    op = BY_NAME[name]
    kind, sign = (mp.besseli, -1) if name[0] == "i" else (mp.besselk, 1)
    for x in (100.0, 350.0 * (1 + order * order), 1e5, 1e8):
        with mp.workdps(60):
            wanted = [float(mp.diff(lambda t: mp.exp(sign * t) * kind(order, t), mp.mpf(x), n, h=mp.mpf(x) * mp.mpf(10) ** -15)) for n in (1, 2)]
        f, xs = recorded(op, [np.array([order]), np.array([x])][-op.arity :])
        np.testing.assert_allclose(jt.grad(lambda t: np.sum(f(t)))(*xs), wanted[:1], rtol=1e-12)
        np.testing.assert_allclose(jt.hvp(lambda t: np.sum(f(t)))(*xs, np.ones(1)), wanted[1:], rtol=2e-10)
    if name[0] == "i" and order == int(order):
        f, xs = recorded(op, [np.full(2, order), np.array([-1e5, 1e5])][-op.arity :])
        left, right = jt.grad(lambda t: np.sum(f(t)))(*xs)
        assert left == (-right if order % 2 == 0 else right)


def test_ellipkm1_near_zero() -> None:
    """Its second derivative was -inf where 1 - x is 1."""
    x = np.array([1e-50, 1e-24, 2e-9, 1e-6, 0.01])
    f = lambda v: np.sum(scipy.special.ellipkm1(v))
    with mp.workdps(120):
        wanted = [[float(mp.diff(lambda t: mp.ellipk(1 - t), mp.mpf(p), n, h=mp.mpf(p) * mp.mpf(10) ** -20)) for p in x.tolist()] for n in (1, 2)]
    np.testing.assert_allclose(jt.grad(f)(x), wanted[0], rtol=1e-11)
    np.testing.assert_allclose(jt.hvp(f)(x, np.ones_like(x)), wanted[1], rtol=1e-9)


def test_the_derivative_of_dawsons_integral_far_from_zero() -> None:
    x = np.array([-1e57, -1e8, 1e5, 1e30])
    f = lambda v: np.sum(scipy.special.dawsn(v))
    np.testing.assert_allclose(jt.grad(f)(x), -0.5 / x**2, rtol=1e-9)
    np.testing.assert_allclose(jt.hvp(f)(x, np.ones_like(x)), 1 / x**3, rtol=1e-9)


def test_the_derivative_of_log_ndtr_far_below_zero() -> None:
    """It was inf, or 0.4, in silence."""
    x = -np.logspace(3.0, 300.0, 50)
    f = lambda v: np.sum(scipy.special.log_ndtr(v))
    np.testing.assert_allclose(jt.grad(f)(x), -x - 1 / x, rtol=1e-11)
    np.testing.assert_allclose(jt.hvp(f)(x, np.ones_like(x)), -1.0, rtol=2e-6)


# --- the table and its generator ---------------------------------------------------------------------------------------------


def test_generated_files_are_fresh() -> None:
    from jittape.ops import generate

    for path, text in generate.files().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: run python -m jittape.ops.generate"


def test_the_table_refuses_a_name_twice() -> None:
    from jittape.ops.spec import op

    with pytest.raises(ValueError, match="'sin' is declared twice"):
        op("sin", 1, z="math.sin(x)")
    assert sum(o.name == "sin" for o in OPS) == 1


def test_partials_may_only_use_operations_of_the_table() -> None:
    from jittape.ops.expressions import symbolic

    with pytest.raises(ValueError, match="nonsense"):
        symbolic("nonsense(x)")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_derivatives_of_digamma_far_below_zero(dtype: Any) -> None:
    """The sum over k of (k + x)**-2 is not summed term by term up from x, and ends at infinity too."""
    f = jt.grad(lambda x: np.sum(scipy.special.digamma(x)))
    with np.errstate(all="ignore"):
        got = f(np.array([-np.inf, np.inf, -2.0, -1e6 - 0.25, -12345.625, -0.3125], dtype))
    reflected = [np.pi**2 / np.sin(np.pi * f) ** 2 for f in (0.75, 0.375)]  # and zeta(2, 1 - x), which is 1 / (0.5 - x) there
    expected = [np.inf, 0.0, np.inf, reflected[0] - 1 / (1e6 + 0.75), reflected[1] - 1 / 12346.125, float(mp.psi(1, -0.3125))]
    np.testing.assert_allclose(got, expected, rtol=1e-12 if dtype is np.float64 else 1e-5)


@pytest.mark.parametrize("parameter", [500.0, 1500.0, 3e4, 1e6, 1e9, 1e14])
def test_distribution_functions_of_large_parameters(parameter: float) -> None:
    """Where logarithms of gamma functions cancel."""
    import scipy.special as sp

    with mp.workdps(60):
        a = mp.mpf(parameter)
        for k in (-3.0, 0.25, 2.0):
            x = parameter + k * parameter**0.5
            want = mp.exp((a - 1) * mp.log(x) - x - mp.loggamma(a))
            for f, sign in ((sp.gammainc, 1), (sp.gammaincc, -1)):
                g = jt.grad(lambda p, f=f: f(p[0], p[1]))(np.array([parameter, x]))
                np.testing.assert_allclose(g[1], sign * float(want), rtol=1e-15 * max(1e3, 3 * parameter**0.5))
                if parameter <= 1e5:
                    slope = mp.diff(lambda v, x=x: mp.gammainc(v, 0, x, regularized=True), a)
                    np.testing.assert_allclose(g[0], sign * float(slope), rtol=1e-11)
                elif parameter > 1e7:
                    assert np.isnan(g[0])  # not known there
            want = mp.gamma((a + 1) / 2) / mp.gamma(a / 2) / mp.sqrt(a * mp.pi) * (1 + k * k / a) ** (-(a + 1) / 2)
            g = jt.grad(lambda p: sp.stdtr(p[0], p[1]))(np.array([parameter, k]))
            np.testing.assert_allclose(g[1], float(want), rtol=2e-12)
            if parameter <= 1e5:
                np.testing.assert_allclose(g[0], float(mp.diff(lambda n, k=k: student(n, k), a)), rtol=1e-9)


def test_second_derivative_of_the_gamma_distribution_by_its_shape() -> None:
    """What Newton's method for a maximum of the likelihood meets at once."""
    p = lambda a: scipy.special.gammainc(a, 0.845)  # noqa: E731
    want = 0.2411134162928
    found = [jt.hessian(p)(1.6), jt.grad(jt.grad(p))(1.6), jt.record(p, 2.5).hessian(1.6), -jt.hessian(lambda a: scipy.special.gammaincc(a, 0.845))(1.6)]
    np.testing.assert_allclose(found, want, rtol=1e-12)
    for at, x in ((200.0, 200.0), (3000.0, 3000.0), (0.1, 2.0)):  # errors that docs/limitations.md states
        exact = float(mp.diff(lambda a, x=x: mp.gammainc(a, 0, x, regularized=True), at, 2))
        np.testing.assert_allclose(jt.hessian(lambda a, x=x: scipy.special.gammainc(a, x))(at), exact, rtol=5e-7)
