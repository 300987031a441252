"""The native sweeps against a slow interpreter of the same tape (tests/naive.py) and against PyTorch.

Lengths lie around a chunk and references around each other, since a group of long runs is swept chunk by chunk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import naive
import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from operations import TESTED

import jittape as jt
from jittape.array.array import Array, apply
from jittape.functional.trace import Trace
from jittape.instructions.calls import INSTRUCTION
from jittape.instructions.calls import operations as calls
from jittape.ops.expressions import constant
from jittape.ops.layout import CHUNK
from jittape.ops.spec import OPS, Op

LONG = 3 * CHUNK + 40
assert LONG % 8 == 0


def run(f: Callable[..., Any], *args: Any) -> Trace:
    trace = Trace(f, args, {}, range(len(args)))
    trace.tape.evaluate()
    return trace


def compare(f: Callable[..., Any], *args: Any, rtol: float = 1e-10) -> Trace:
    """Forward, reverse and tangent sweep of f's tape against the interpreter; the workspace is left zero."""
    trace = run(f, *args)
    tape = trace.tape
    rng = np.random.default_rng(7)
    close = {"rtol": rtol, "atol": rtol, "equal_nan": True}
    n = tape.slots
    v = naive.forward(tape, tape.value)
    np.testing.assert_allclose(tape.value[:n], v, **close)

    inputs = np.zeros(n, bool)
    for slots, _ in trace.inputs:
        inputs[slots] = True
    seeds = np.zeros(n)
    for out in trace.outputs:
        if isinstance(out, Array):
            np.add.at(seeds, out.slots, rng.normal(size=out.shape))
    for _ in range(2):  # the second sweep finds what the first left behind
        tape.adjoints()[:n] += seeds.astype(tape.dtype)
        tape.reverse()
        found = tape.adjoint[:n].copy()
        want = naive.reverse(tape, v, seeds)
        np.testing.assert_allclose(found[inputs], want[inputs], **close)
        assert not found[~inputs].any(), "a sweep left adjoints behind"
        tape.adjoint[:n] = 0

    directions = np.where(inputs, rng.normal(size=n), 0.0)
    tape.tangents()[:n] = directions
    tape.tangent()
    np.testing.assert_allclose(tape.tangent_[:n], naive.tangent(tape, v, directions), **close)
    return trace


def straddle(a: Any, b: Any, k: int) -> Any:
    """The end of a run and the beginning of the next, as one operand."""
    return np.concatenate([a[k:], b[:k]])


INDEX = np.random.default_rng(1).integers(0, LONG, LONG)
NOISE = np.random.default_rng(2).normal(size=LONG)

GROUPS: dict[str, Callable[[Any], Any]] = {
    "chain": lambda x: np.exp(np.sin(x) * x) - x,
    "long chain": lambda x: [y := x[: CHUNK + 8], *(y := np.sin(y + 0.1) for _ in range(70))][-1],
    "shifted": lambda x: (y := np.sin(x))[1:] * y[:-1],
    "shifted back into the group": lambda x: np.cos((y := np.sin(x)) * straddle(y, np.cos(x), 100)),
    "straddling": lambda x: straddle(y := np.sin(x), z := np.cos(x), 1) * y + z * straddle(y, z, CHUNK),
    "straddling by all but one": lambda x: straddle(y := np.sin(x), z := np.cos(x), LONG - 1) + z - y,
    "reversed": lambda x: (y := np.sin(x)) * y[::-1] + np.cos(y),
    "every second": lambda x: np.tanh((y := np.sin(x))[::2] * y[1::2]) + y[: LONG // 2],
    "own element": lambda x: (y := np.sin(x)) * y[3] + np.cos(y * y[-1]),
    "own element twice": lambda x: (y := np.sin(x) * x[0]) * y[CHUNK] * y[CHUNK],
    "gathered": lambda x: (y := np.sin(x)) * y[INDEX] + y,
    "gathered from before": lambda x: np.sin(x[INDEX]) * np.cos(x)[INDEX],
    "gathered thrice": lambda x: np.sin(x)[np.arange(LONG) // 3] * x,
    "bias": lambda x: (m := np.sin(x).reshape(-1, 8)) + m[0] * np.cos(m),
    "computed bias": lambda x: np.sin(x.reshape(-1, 8) * np.sin(x[:8])) + np.cos(x[8:16]),
    "column": lambda x: (m := np.sin(x).reshape(-1, 8)) * m[:, :1] + np.cos(m),
    "column before": lambda x: np.cos(x.reshape(-1, 8) + x.reshape(8, -1)[0][:, None]),
    "transposed": lambda x: (m := np.sin(x).reshape(8, -1)).T * np.cos(m).T + m.T,
    "transposed against": lambda x: np.sin(x).reshape(8, -1) * np.cos(x).reshape(-1, 8).T,
    "rank three": lambda x: np.sin(x).reshape(4, 2, -1).transpose(2, 0, 1) * np.cos(x).reshape(-1, 4, 2),
    "squares": lambda x: (y := np.sin(x)) * y - y / (y + 2) + np.arctan2(y, y + 3),
    "constants": lambda x: np.sin(x) * NOISE + NOISE[0] - x * NOISE[::-1] / 3,
    "constant rows": lambda x: np.sin(x.reshape(-1, 8) * NOISE[:8]) + NOISE.reshape(-1, 8)[:, :1] * 2,
    "a scalar into all": lambda x: np.sin((s := x[0] * x[1]) * x) + s,
    "scalars between": lambda x: np.sin(x) * (np.sin(x[5]) * x[6]) + np.cos(x),
    "sum of chunks": lambda x: np.sum(np.sin(x).reshape(8, -1), axis=1)[:, None] * np.cos(x).reshape(8, -1),
    "running": lambda x: [x, y := np.sin(x), z := y + 1, y := y * z, z * y][-1],
    "unused between": lambda x: [np.exp(x), np.sin(x), np.cos(x) * x][1],
    "used late": lambda x: (y := np.sin(x), np.cos(x), y * x),
    "choices": lambda x: np.maximum(y := np.sin(x), 0.3) * apply(naive.BY_NAME["where"].code, y > 0, x, -y),
    "other lengths between": lambda x: np.sin(np.sin(x)[:-1] * np.cos(x)[1:]) + np.cos(x[1:]),
}


@pytest.mark.parametrize("name", GROUPS)
def test_groups_of_long_runs(name: str) -> None:
    compare(GROUPS[name], np.random.default_rng(3).normal(size=LONG))


@pytest.mark.parametrize("name", GROUPS)
def test_groups_in_float32(name: str) -> None:
    x = np.random.default_rng(3).normal(size=LONG).astype(np.float32)
    assert compare(GROUPS[name], x, rtol=3e-4).tape.dtype == np.float32


@pytest.mark.parametrize("name", GROUPS)
def test_groups_of_recorded_derivatives(name: str) -> None:
    """The reverse sweep written on the tape, swept itself, is the derivative of the native one."""
    x = np.random.default_rng(3).normal(size=LONG)
    weights = np.random.default_rng(4).normal(size=LONG)
    direction = np.random.default_rng(5).normal(size=LONG)

    def f(x: Any) -> Any:
        out = GROUPS[name](x)
        parts = out if isinstance(out, tuple) else (out,)
        return sum(np.sum(p.reshape(-1) * weights[: p.size]) for p in parts)

    np.testing.assert_allclose(jt.grad(lambda x: np.sum(jt.grad(f)(x) * direction))(x), jt.hvp(f)(x, direction), rtol=1e-9, atol=1e-9)
    h = 1e-6
    slope = (jt.grad(f)(x + h * direction) - jt.grad(f)(x - h * direction)) / (2 * h)
    np.testing.assert_allclose(jt.hvp(f)(x, direction), slope, rtol=1e-5, atol=1e-5 * np.abs(slope).max())


# --- kinds of operands -------------------------------------------------------------------------------------------------------

KINDS: dict[str, Callable[[Any, int], Any]] = {
    "contiguous": lambda x, n: x[:n],
    "offset": lambda x, n: x[3 : n + 3],
    "scalar": lambda x, n: x[1],
    "one": lambda x, n: x[1:2],
    "strided": lambda x, n: x[: 2 * n : 2],
    "reversed": lambda x, n: x[n - 1 :: -1] if n < x.size else x[::-1],
    "repeated": lambda x, n: np.broadcast_to(x[2], (n,)),
    "gathered": lambda x, n: x[np.random.default_rng(n).permutation(x.size)[:n]],
    "duplicates": lambda x, n: x[np.random.default_rng(n).integers(0, 5, n)],
    "rows": lambda x, n: np.repeat(x[:n], 3)[:n],
    "computed": lambda x, n: np.sin(x[:n]),
    "computed offset": lambda x, n: np.sin(x)[2 : n + 2],
    "constant": lambda x, n: NOISE[:n],
    "constant scalar": lambda x, n: 1.5,
    "constant strided": lambda x, n: NOISE[: 2 * n : 2] if 2 * n <= NOISE.size else NOISE[:n][::-1],
}


@pytest.mark.parametrize("n", [1, 2, CHUNK, CHUNK + 1])
@pytest.mark.parametrize("left", KINDS)
def test_kinds_of_operands(left: str, n: int) -> None:
    def f(x: Any) -> Any:
        a = KINDS[left](x, n)
        found = []
        for right in KINDS:
            b = KINDS[right](x, n)
            if isinstance(a, Array) or isinstance(b, Array):
                found.append(a * b)
        return np.stack([np.broadcast_to(c, (n,)) for c in found])

    compare(f, np.random.default_rng(n).normal(size=2 * CHUNK + 10))


@pytest.mark.parametrize("shape", [(1, 1), (7, 1), (1, 9), (7, 9), (CHUNK, 3), (3, CHUNK + 1)])
def test_matrices_of_every_layout(shape: tuple[int, int]) -> None:
    m, n = shape
    rng = np.random.default_rng(m * n)

    def f(a: Any, b: Any, row: Any, column: Any) -> Any:
        return np.sin(a) * b.T + row, (a - column) * row, a[::-1, ::-1] * b.T[::-1] + column * row, a + a[:1] * a[:, :1]

    compare(f, rng.normal(size=(m, n)), rng.normal(size=(n, m)), rng.normal(size=n), rng.normal(size=(m, 1)))


def test_three_operands() -> None:
    n = 2 * CHUNK + 3
    where, clip = naive.BY_NAME["where"].code, naive.BY_NAME["clip"].code
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, n))

    def f(x: Any, y: Any) -> Any:
        return (apply(where, x > y, x * y, y[::-1]), apply(where, y > 0, x[0], 2.0), apply(where, NOISE[0] > 0, x, y),
                apply(clip, x, y[0] - 1, 0.5), apply(clip, y, -0.5, x), apply(where, (x > 0)[::-1], 1.0, y))  # fmt: skip

    compare(f, x, y)


def test_reductions_and_products() -> None:
    rng = np.random.default_rng(0)

    def f(a: Any, b: Any) -> Any:
        c = np.sin(a) @ b
        return c, c.T @ a, np.sum(a, axis=0) * b[:, 0], np.sum(c), a.T @ np.cos(a), np.sum(b.reshape(-1)[::2])

    compare(f, rng.normal(size=(37, 23)), rng.normal(size=(23, 11)))


def test_scalars() -> None:
    def f(x: Any, y: Any) -> Any:
        for _ in range(30):
            x, y = x * y - 0.1, np.sin(x) + y / 3.0 - x
        return x, y, x / y, np.hypot(x, y) ** 1.5, 2.0 ** (x * 0.1)

    compare(f, 0.7, -0.3)
    compare(f, np.float32(0.7), np.float32(-0.3), rtol=1e-3)


def test_empty_runs() -> None:
    def f(x: Any, y: Any) -> Any:
        z = np.sin(x) * 2.0 + x[::-1]
        return z, np.sum(z), y * np.sum(x), np.sum(y)

    compare(f, np.zeros(0), np.ones(3))
    compare(f, np.zeros((3, 0)), np.ones(2))
    assert jt.grad(lambda x: np.sum(x * x))(np.zeros((0, 4))).shape == (0, 4)


# --- random programs ---------------------------------------------------------------------------------------------------------

POOL = [op for op in TESTED if not op.constant and not op.mask and any(constant(p) != 0.0 for p in op.partials)]


def into_domain(op: Op, p: int, v: Any) -> Any:
    """A recorded array squeezed into where operand p of an operation is tested."""
    interval = op.domain[p]
    low = max([bad + interval.gap for bad in interval.avoid], default=interval.low)
    middle, half = (low + interval.high) / 2, (interval.high - low) / 2
    return np.tanh(v * 0.5) * (0.98 * half) + middle


@st.composite
def programs(draw: Any, names: list[str], steps: int) -> Callable[[Any], Any]:
    """A function of one array of n elements that goes through operations, views and reductions drawn at random."""
    by_name = {op.name: op for op in OPS}
    plan = []
    for k in range(draw(st.integers(1, steps))):
        op = by_name[draw(st.sampled_from(names))]
        plan.append((op, [(draw(st.integers(0, k)), draw(st.sampled_from(sorted(VIEWS)))) for _ in op.operands]))

    def f(x: Any, perform: Callable[..., Any], squeeze: Callable[..., Any] = into_domain) -> Any:
        known = [x]
        for op, operands in plan:
            xs = [squeeze(op, p, VIEWS[view](known[j])) for p, (j, view) in enumerate(operands)]
            known.append(perform(op, *xs).reshape(-1))
        return known

    f.__doc__ = "\n".join(f"{op.name} {operands}" for op, operands in plan)
    return f


VIEWS: dict[str, Callable[[Any], Any]] = {
    "itself": lambda v: v,
    "reversed": lambda v: v[::-1] if isinstance(v, Array) else v.flip(0),
    "first": lambda v: v[0],
    "last": lambda v: v[-1:],
    "sum": lambda v: v.sum() * 0.01,
    "rolled": lambda v: np.roll(v, 1) if isinstance(v, Array) else v.roll(1),
    "gathered": lambda v: v[np.arange(len(v)) // 2],
}


@examples(25)
@given(programs([op.name for op in POOL], 6), st.sampled_from([1, 2, 9, CHUNK + 1]), st.integers(0, 1000))
def test_random_programs_against_the_interpreter(program: Any, n: int, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=n)
    compare(lambda x: [np.sum(v) for v in program(x, lambda op, *xs: apply(op.code, *xs))[1:]], x, rtol=1e-7)


def torch_functions() -> dict[str, Any]:
    torch = pytest.importorskip("torch")
    special = torch.special
    return {
        "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow, "neg": torch.neg,
        "abs": torch.abs, "sqrt": torch.sqrt, "square": torch.square, "reciprocal": torch.reciprocal, "exp": torch.exp,
        "exp2": torch.exp2, "expm1": torch.expm1, "log": torch.log, "log2": torch.log2, "log10": torch.log10,
        "log1p": torch.log1p, "logaddexp": torch.logaddexp, "logaddexp2": torch.logaddexp2, "sin": torch.sin,
        "cos": torch.cos, "tan": torch.tan, "arcsin": torch.asin, "arccos": torch.acos, "arctan": torch.atan,
        "arctan2": torch.atan2, "hypot": torch.hypot, "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh,
        "arcsinh": torch.asinh, "arccosh": torch.acosh, "arctanh": torch.atanh, "sinc": torch.sinc,
        "deg2rad": torch.deg2rad, "rad2deg": torch.rad2deg, "maximum": torch.maximum, "minimum": torch.minimum,
        "fmax": torch.fmax, "fmin": torch.fmin, "copysign": torch.copysign, "fmod": torch.fmod, "mod": torch.remainder,
        "erf": torch.erf, "erfc": torch.erfc, "erfinv": torch.erfinv, "erfcx": special.erfcx, "ndtr": special.ndtr,
        "ndtri": special.ndtri, "log_ndtr": special.log_ndtr, "lgamma": torch.lgamma, "digamma": torch.digamma,
        "sigmoid": torch.sigmoid, "softplus": torch.nn.functional.softplus, "logit": torch.logit, "relu": torch.relu,
        "log_sigmoid": torch.nn.functional.logsigmoid, "xlogy": special.xlogy, "xlog1py": special.xlog1py,
        "i0": special.i0, "i1": special.i1, "clip": torch.clamp,
        "where": lambda c, a, b: torch.where(c != 0, a, b),
    }  # fmt: skip


@examples(60)
@given(st.data(), st.sampled_from([1, 7, CHUNK - 1, CHUNK + 1, 2 * CHUNK, 2000]), st.integers(0, 1000))
def test_random_programs_against_pytorch(data: Any, n: int, seed: int) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch_functions()
    program = data.draw(programs(sorted(theirs), 8))
    x = np.random.default_rng(seed).normal(size=n)

    def squeeze(op: Op, p: int, v: Any) -> Any:
        interval = op.domain[p]
        low = max([bad + interval.gap for bad in interval.avoid], default=interval.low)
        return torch.tanh(v * 0.5) * (0.98 * (interval.high - low) / 2) + (low + interval.high) / 2

    def total(x: Any) -> Any:
        return sum(np.sum(v) for v in program(x, lambda op, *xs: apply(op.code, *xs))[1:])

    t = torch.tensor(x, requires_grad=True)
    out = sum(v.sum() for v in program(t, lambda op, *xs: theirs[op.name](*torch.broadcast_tensors(*xs)), squeeze)[1:])
    out.backward()
    value, g = jt.value_and_grad(total)(x)
    np.testing.assert_allclose(value, out.item(), rtol=1e-9, atol=1e-9)
    want = np.zeros(n) if t.grad is None else t.grad.numpy()
    np.testing.assert_allclose(g, want, rtol=1e-7, atol=1e-7 * (1 + np.abs(want).max()), err_msg=program.__doc__)


# --- exceptions --------------------------------------------------------------------------------------------------------------

FAILING = {"forward": False, "vjp": False, "jvp": False}


def fail(where: str) -> None:
    if FAILING[where]:
        raise ArithmeticError(f"{where} failed")


def cube_forward(x: Any) -> Any:
    fail("forward")
    return (x**3,)


def cube_vjp(gs: Any, results: Any, operands: Any, attributes: Any) -> Any:
    fail("vjp")
    return (gs[0] * 3 * operands[0] ** 2,)


def cube_jvp(ts: Any, results: Any, operands: Any, attributes: Any) -> Any:
    fail("jvp")
    return (ts[0] * 3 * operands[0] ** 2,)


CUBE = calls.register("a cube of the tests", cube_forward, cube_vjp, cube_jvp)


def cube(x: Array) -> Array:
    (base,) = INSTRUCTION.append(x.tape, CUBE, (), [(x.slots, False)], [x.shape])
    return Array.of_run(x.tape, base, x.shape)


def f_with_call(x: Any) -> Any:
    return np.sum(np.sin(cube(np.cos(x))) * x)


def test_calls_of_python() -> None:
    x = np.linspace(-1, 1, 5)
    plain = lambda x: np.sum(np.sin(np.cos(x) ** 3) * x)  # noqa: E731
    v = np.arange(5.0)
    np.testing.assert_allclose(jt.grad(f_with_call)(x), jt.grad(plain)(x), rtol=1e-14)
    np.testing.assert_allclose(jt.jvp(f_with_call, (x,), (v,))[1], jt.jvp(plain, (x,), (v,))[1], rtol=1e-14)
    np.testing.assert_allclose(jt.hessian(f_with_call)(x), jt.hessian(plain)(x), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(jt.record(f_with_call, x).grad(x + 1), jt.grad(plain)(x + 1), rtol=1e-14)


@pytest.mark.parametrize("where", ["forward", "vjp"])
def test_an_exception_leaves_a_recording_usable(where: str) -> None:
    x = np.linspace(-1, 1, 5)
    recorded = jt.record(f_with_call, x)
    want = recorded.grad(x)
    FAILING[where] = True
    try:
        with pytest.raises(ArithmeticError, match=f"{where} failed"):
            recorded.grad(x + 1)
    finally:
        FAILING[where] = False
    np.testing.assert_array_equal(recorded.grad(x), want)
    assert not recorded.tape.adjoints().any()


def test_an_exception_leaves_the_driver_usable() -> None:
    x = np.linspace(-1, 1, 5)
    want = jt.hessian(f_with_call)(x)
    for where, driver in (("forward", jt.grad), ("vjp", jt.grad), ("jvp", lambda f: lambda x: jt.jvp(f, (x,), (x,))), ("vjp", jt.hessian)):
        FAILING[where] = True
        try:
            with pytest.raises(ArithmeticError, match=f"{where} failed"):
                driver(f_with_call)(x)
        finally:
            FAILING[where] = False
        np.testing.assert_array_equal(jt.hessian(f_with_call)(x), want)
    with pytest.raises(ZeroDivisionError):
        jt.grad(lambda x: x[0] * (1 // 0))(x)
    np.testing.assert_array_equal(jt.hessian(f_with_call)(x), want)


def test_threads_that_ask_for_an_engine_at_once_get_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Native code keeps the address of its table, so that none may be dropped again."""
    from jittape.sweep import engine as module

    made: list[Any] = []

    class Slow:
        def __init__(self, *args: Any) -> None:
            time.sleep(0.05)
            made.append(self)

    monkeypatch.setattr(module, "Engine", Slow)
    monkeypatch.setattr(module, "_engines", {})
    module._engine.cache_clear()
    try:
        with ThreadPoolExecutor(4) as pool:
            found = set(pool.map(module.engine, [np.dtype(np.float32)] * 4))
    finally:
        module._engine.cache_clear()
    assert len(made) == len(found) == 1
