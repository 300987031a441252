"""Derivatives of the expressions of the table: what is refused, and what is left out because it is zero or one."""

from __future__ import annotations

import ast

import naive
import numpy as np
import operations
import pytest

from jittape.ops.derivatives import _derivative, second
from jittape.ops.expressions import parse


def derivative(text: str, by: str = "x") -> str:
    return ast.unparse(ast.fix_missing_locations(_derivative(parse(text), by, parse("dz"))))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x", "1"), ("y", "0"), ("z", "dz"), ("3.5", "0"), ("x + y", "1"), ("y + x", "1"), ("x - y", "1"), ("y - x", "-1"), ("-x", "-1"), ("-y", "0"),
        ("x * y", "y"), ("y * x", "y"), ("x * x", "x + x"), ("y * w", "0"), ("x / y", "1 / y"), ("y / w", "0"), ("2 * x", "2"), ("x < y", "0"),
        ("where(x < y, x, 2 * x)", "where(x < y, 1, 2)"), ("where(x < y, x, x)", "1"), ("sin(x)", "cos(x)"), ("sin(y)", "0"), ("z * x", "dz * x + z"),
    ],
)  # fmt: skip
def test_derivatives_are_short(text: str, wanted: str) -> None:
    assert derivative(text).replace(" ", "") == wanted.replace(" ", "")


@pytest.mark.parametrize("text", ["x ** 2", "x % y", "x // y", "math.sin(x)", "[x]", "x if y else w", "unknown(x)"])
def test_other_expressions_are_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        derivative(text)


@pytest.mark.parametrize("op", [op for op in operations.TESTED if second(op) and op.name not in operations.UNKNOWN], ids=lambda op: op.name)
def test_second_partials_are_slopes_of_first_ones(op) -> None:
    """By central differences, between the kinks; p <= q."""
    for p, q, text in second(op):
        assert p <= q and not {p, q} & set(op.constant)
        for point in zip(*operations.draw(op, 3), strict=True):
            steps = []
            for sign in (1, -1):
                moved = [np.float64(v) for v in point]
                moved[q] += sign * 1e-5
                steps.append(naive.partial(op, p, *moved))
            names = naive._Namespace(zip("xyw", map(np.float64, point), strict=False))
            names["z"], names["inf"] = naive.function(op)(*map(np.float64, point)), np.inf
            found = float(eval(text, {"__builtins__": {}}, names))
            assert found == pytest.approx((steps[0] - steps[1]) / 2e-5, rel=1e-4, abs=1e-5)
