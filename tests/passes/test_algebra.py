"""The arithmetic of derivative rules, simplified as it is written: what reaches the tape, and that nothing rounds otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.array import Array
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import INPUT, OPERATION
from jittape.ops.spec import OPS
from jittape.passes.algebra import Algebra
from jittape.tape.tape import Tape

X, Y = 0.7, -1.3
NAMES = {op.code: op.name for op in OPS}


def setting() -> tuple[Tape, Algebra, Any, Any]:
    tape = Tape()
    x, y = (Array(tape, tape.append_leaf(v, INPUT)) for v in (X, Y))
    F = Algebra(tape)
    return tape, F, F.value(x), F.value(y)


def recorded(f: Callable[[Any, Any, Any], Any]) -> tuple[list[str], Any]:
    """The operations that an expression appends, and its value."""
    tape, F, x, y = setting()
    found = F.value(f(F, x, y))
    names = [NAMES[int(op) & OPERATION] for op in tape.opcode[2 : tape.count] if int(op) & OPERATION in NAMES]
    if found.array is None:
        return names, found.number
    tape.evaluate()
    return names, float(found.array.value())


@pytest.mark.parametrize(
    ("f", "names", "value"),
    [
        (lambda F, x, y: 0.0 - (0.0 - x), ["neg"], X),
        (lambda F, x, y: -(x - y), ["sub", "sub"], Y - X),
        (lambda F, x, y: -(3.0 * x), ["mul", "mul"], -3.0 * X),
        (lambda F, x, y: x + 0.0, [], X),
        (lambda F, x, y: 0.0 + x, [], X),
        (lambda F, x, y: x + -y, ["neg", "sub"], X - Y),
        (lambda F, x, y: -x + y, ["neg", "sub"], Y - X),
        (lambda F, x, y: x - 0.0, [], X),
        (lambda F, x, y: 0.0 - x, ["neg"], -X),
        (lambda F, x, y: x - -y, ["neg", "add"], X + Y),
        (lambda F, x, y: x * 1.0, [], X),
        (lambda F, x, y: -1.0 * x, ["neg"], -X),
        (lambda F, x, y: x * 0.0, [], 0.0),
        (lambda F, x, y: x / 1.0, [], X),
        (lambda F, x, y: -x / y, ["neg", "div", "neg"], -(X / Y)),
        (lambda F, x, y: -x * y, ["neg", "mul", "neg"], -(X * Y)),
        (lambda F, x, y: y * -x, ["neg", "mul", "neg"], -(X * Y)),
        (lambda F, x, y: x * y + y * x, ["mul", "add"], 2.0 * (X * Y)),
        (lambda F, x, y: (x - y) * (x - y), ["sub", "mul"], (X - Y) ** 2),
        (lambda F, x, y: (x - y) + (y - x), ["sub", "sub", "add"], (X - Y) + (Y - X)),
        (lambda F, x, y: 2.0 * (0.3 * x), ["mul", "mul"], 2.0 * (0.3 * X)),
        (lambda F, x, y: F.sin(F.value(0.5)), [], math.sin(0.5)),
        (lambda F, x, y: F.value(2.0) * 3.0 - 1.0, [], 5.0),
        (lambda F, x, y: F.where(1.0, x, y), [], X),
        (lambda F, x, y: F.where(0.0, x, y), [], Y),
        (lambda F, x, y: F.where(x > y, 2.0, 2.0), ["greater"], 2.0),
        (lambda F, x, y: F.where(x > y, x, 0.0), ["greater", "where"], X),
        (lambda F, x, y: F.mulz(2.0, x), ["mul"], 2.0 * X),
        (lambda F, x, y: F.mulz(0.0, x), [], 0.0),
        (lambda F, x, y: F.mulz(1.0, x), [], X),
    ],
)  # fmt: skip
def test_what_is_recorded(f: Any, names: list[str], value: float) -> None:
    assert recorded(f) == (names, value)


def test_factors_are_joined_where_that_is_exact() -> None:
    """Of 0.1 * (0.3 * x) the digits would change; of 4 * (0.3 * x) none does, and one product is enough for what follows."""
    rng = np.random.default_rng(0)
    for a, b in [(0.1, 0.3), (4.0, 0.3), (0.3, 0.125), (-0.5, 1.7), *rng.normal(size=(30, 2)).tolist()]:
        assert recorded(lambda F, x, y, a=a, b=b: a * (b * x))[1] == a * (b * X)

    def joined(a: float, b: float) -> bool:
        tape, F, x, _ = setting()
        return F.value(a * (b * x)).operands[1] is x

    assert joined(4.0, 0.3) and joined(0.3, 0.125) and joined(-0.5, 1.7)
    assert not joined(0.1, 0.3) and not joined(1e-200, 2.0**-400) and not joined(1e200, 2.0**500)


def test_zeros_against_infinities() -> None:
    """An adjoint of zero gives zero; a partial of zero does only where the operation says so."""
    _, F, x, _ = setting()
    assert F.mulz(0.0, math.inf).number == 0.0 and F.product(0.0, math.nan).number == 0.0 and F.product(math.inf, 0.0).number == 0.0
    assert math.isnan(F.mulz(math.inf, 0.0).number) and F.mulz(2.0, 3.0).number == F.product(2.0, 3.0).number == 6.0
    assert F.value(x * math.inf).array is not None


def test_constants_have_one_slot_each() -> None:
    tape, F, _, _ = setting()
    slots = [F.slot(v) for v in (1.0, 0.0, -0.0, 1.0, 0.0, -0.0)]
    tape.evaluate()
    assert slots[:3] == slots[3:]
    assert [math.copysign(1.0, tape.value[s]) for s in slots[1:3]] == [1.0, -1.0]
    assert tape.value[slots].tolist() == [1.0, 0.0, 0.0] * 2


def test_what_stands_on_the_tape_already_is_not_recorded_again() -> None:
    tape, F, x, y = setting()
    made = F.value(x * y)
    assert F.known(made.array) is made and F.known(x.array).op == -1
    other = Algebra(tape)
    other.note(ops.MUL, (other.value(x.array), other.value(y.array)), made.array)
    count = tape.count
    assert (other.value(x.array) * other.value(y.array)).array is made.array and tape.count == count


def test_zeros_and_infinities_have_slots_of_their_own():
    def f(y):
        return y[0] * 2.0, y[1] * 3.0

    for seeds in ((0.0, np.inf), (-0.0, -np.inf), (np.inf, 0.0)):
        want = jt.vjp(f, np.ones(2))[1](seeds)[0]
        found = []

        def outer(x, seeds=seeds, found=found):
            found.append(np.array([g.value() if hasattr(g, "value") else g for g in jt.vjp(f, x)[1](seeds)[0]]))
            return np.sum(x)

        jt.grad(outer)(np.ones(2))
        assert found[0].tolist() == want.tolist()


REPEATED: dict[str, Callable[[Any], Any]] = {
    "itself": lambda x: np.sin(x[0]) + np.sum(np.sin(x[[0, 0]])), "the other": lambda x: np.sin(x[0]) + np.sum(np.cos(x[[0, 0]]) * x[1]),
    "two lengths": lambda x: np.sum(np.cos(x[[0, 0, 0]]) * x) + np.sin(x[0]) * np.cos(x[0]) + np.sum(np.sin(x[[0, 0]])),
    "two operands": lambda x: np.arctan2(x[0], x[1]) + np.sum(np.hypot(x[[0, 0]], x[[1, 1]])) * np.hypot(x[0], x[1]),
}  # fmt: skip


@pytest.mark.parametrize("name", REPEATED)
def test_an_element_that_stands_repeatedly_in_an_operation(name: str) -> None:
    f, x, step = REPEATED[name], np.array([-0.2, 1.0, 0.4]), 1e-6
    want = [(jt.grad(f)(x + e) - jt.grad(f)(x - e)) / (2 * step) for e in step * np.eye(3)]
    for H in (jt.hessian(f)(x), jt.record(f, x).hessian(x), jt.record(f, x).sparse_hessian(x).toarray()):
        np.testing.assert_allclose(H, want, rtol=1e-7, atol=1e-7)
