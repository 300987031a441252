"""Accuracy of the functions that lanes take from libmvec, against mpmath; the table of docs/accuracy.md says no more than this."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from lane_runs import in_lanes

from jittape.ops.spec import BY_NAME
from jittape.sweep import vectors

N = 2000
DOCS = Path(__file__).parents[2] / "docs" / "accuracy.md"
def WIDE(r: np.random.Generator) -> np.ndarray:
    return np.concatenate([r.uniform(-20, 20, N // 2), r.normal(size=N // 4), r.uniform(-1, 1, N // 4) * 10.0 ** r.uniform(-8, 0, N // 4)])


UNIT: Callable[[np.random.Generator], np.ndarray] = lambda r: np.concatenate([r.uniform(-1, 1, N // 2), r.uniform(-1, 1, N // 2) * 10.0 ** r.uniform(-8, 0, N // 2)])
UP: Callable[[np.random.Generator], np.ndarray] = lambda r: np.concatenate([r.uniform(0, 4, N // 2), 10.0 ** r.uniform(-30, 30, N // 2)])
ABOVE: Callable[[np.random.Generator], np.ndarray] = lambda r: 1.0 + np.concatenate([r.uniform(0, 4, N // 2), 10.0 ** r.uniform(-8, 8, N // 2)])
FUNCTIONS: dict[str, tuple[str, Any, Any]] = {
    # function of libm: (operation, exact function, where)
    "acos": ("arccos", mp.acos, UNIT), "acosh": ("arccosh", mp.acosh, ABOVE), "asin": ("arcsin", mp.asin, UNIT),
    "asinh": ("arcsinh", mp.asinh, WIDE), "atan": ("arctan", mp.atan, WIDE), "atanh": ("arctanh", mp.atanh, UNIT),
    "cbrt": ("cbrt", lambda x: mp.sign(x) * mp.cbrt(abs(x)), WIDE), "cos": ("cos", mp.cos, WIDE), "cosh": ("cosh", mp.cosh, WIDE),
    "erf": ("erf", mp.erf, WIDE), "erfc": ("erfc", mp.erfc, lambda r: r.uniform(-5, 5, N)), "exp": ("exp", mp.exp, WIDE),
    "exp2": ("exp2", lambda x: mp.mpf(2) ** x, WIDE), "expm1": ("expm1", mp.expm1, WIDE), "log": ("log", mp.log, UP),
    "log10": ("log10", mp.log10, UP), "log1p": ("log1p", mp.log1p, UP), "log2": ("log2", lambda x: mp.log(x, 2), UP),
    "sin": ("sin", mp.sin, WIDE), "sinh": ("sinh", mp.sinh, WIDE), "tan": ("tan", mp.tan, WIDE), "tanh": ("tanh", mp.tanh, WIDE),
    "atan2": ("arctan2", mp.atan2, WIDE), "hypot": ("hypot", mp.hypot, WIDE), "pow": ("pow", lambda x, y: x**y, UP),
}  # fmt: skip


def error(name: str, dtype: Any) -> float:
    """The largest error found, in ulps of the exact value."""
    op, exact, where = FUNCTIONS[name]
    rng = np.random.default_rng(len(name))
    P = np.stack([where(rng), rng.uniform(-3, 3, N)][: BY_NAME[op].arity], 1).astype(dtype)
    got, _ = in_lanes(BY_NAME[op], P, "fast")
    worst = 0.0
    with mp.workdps(60):
        for xs, z in zip(P.tolist(), got, strict=True):
            want = exact(*map(mp.mpf, xs))
            with np.errstate(over="ignore"):
                rounded = abs(np.array(float(want), dtype))
            ulp = np.spacing(np.maximum(rounded, np.finfo(dtype).tiny))
            if np.isfinite(ulp):
                worst = max(worst, float(abs(mp.mpf(float(z)) - want) / mp.mpf(float(ulp))))
    return worst


def stated(dtype: str) -> dict[str, float]:
    """The table of docs/accuracy.md: function -> ulps."""
    column = {"float64": 2, "float32": 3}[dtype]
    rows = [[c.strip() for c in line.split("|")] for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return {re.sub("`", "", row[1]): float(row[column]) for row in rows}


def test_every_function_is_in_the_table() -> None:
    assert set(FUNCTIONS) == set(stated("float64")) == set(vectors.ARITY) - {"fmod"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_error_is_at_most_what_the_documentation_states(name: str, dtype: str) -> None:
    assert error(name, np.dtype(dtype)) <= stated(dtype)[name]


if __name__ == "__main__":
    for name in sorted(FUNCTIONS):
        print(f"| `{name}` |", " | ".join(f"{error(name, np.dtype(d)):.2f}" for d in ("float64", "float32")), "|")
