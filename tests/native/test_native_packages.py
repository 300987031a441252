"""Numba functions of published packages, differentiated as they are, against central differences of the functions themselves."""

from __future__ import annotations

from typing import Any

import native_packages_more  # noqa: F401 (adds to CASES)
import numpy as np
import pytest
from native_packages import CASES, Case

import jittape as jt
from jittape.native import wrap


def numbers(x: Any) -> list[Any]:
    """The real numbers of a result, in order: tuples are flattened, integers and strings left out."""
    if isinstance(x, tuple):
        return [v for part in x for v in numbers(part)]
    if isinstance(x, (bool, int, str, np.integer, np.bool_)) or x is None or isinstance(x, np.ndarray) and x.dtype.kind not in "fc":
        return []
    return [x]


def contracted(result: Any) -> Any:
    """One number of a result, in which every part has a weight of its own."""
    total = 0.0
    for k, part in enumerate(numbers(result)):
        w = np.cos(0.7 + k + np.arange(np.size(part)))
        total = total + (np.sum(part.ravel() * w) if np.ndim(part) else part * w[0])
    return total


def difference(case: Case, run: Any) -> list[Any]:
    """Central differences of fourth order of the contracted result, of the plain function."""

    def value(args: list[Any]) -> float:
        copies = [np.array(a) if isinstance(a, np.ndarray) else a for a in args]
        return float(contracted(run(*copies)))

    found = []
    for i in case.argnums:
        x = np.array(case.args[i], float)
        g = np.zeros(x.shape)
        for place in np.ndindex(x.shape):
            h = case.step * max(abs(x[place]), 1e-2)

            def at(t: float) -> float:
                moved = x.copy()
                moved[place] += t
                args = list(case.args)
                args[i] = moved if x.ndim else float(moved)
                return value(args)

            g[place] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        found.append(g[()])
    return found


def check(case: Case, run: Any, expected: list[Any]) -> float:
    """The largest error of the gradient, against the largest element of each argument's part, or a small part of the result."""
    plain = run(*[np.array(a) if isinstance(a, np.ndarray) else a for a in case.args])
    if isinstance(plain, float):
        found = jt.grad(run, argnums=case.argnums)(*case.args)
        value = jt.value_and_grad(run, argnums=case.argnums)(*case.args)[0]
        assert np.isclose(value, plain, rtol=1e-9, atol=1e-12), (value, plain)
        expected = [e / np.cos(0.7) for e in expected]
    else:
        wrapped = wrap(run)
        value, found = jt.value_and_grad(lambda *args: contracted(wrapped(*args)), argnums=case.argnums)(*case.args)
        assert np.isclose(value, contracted(plain), rtol=1e-9, atol=1e-12), (value, contracted(plain))
    assert any(np.any(e) for e in expected), "the derivative is zero, which shows nothing"
    size = max(float(np.max(np.abs(part))) for part in numbers(plain) if np.size(part))
    worst = 0.0
    for g, e in zip(found, expected, strict=True):
        assert np.all(np.isfinite(g))
        worst = max(worst, float(np.max(np.abs(g - e)) / max(float(np.max(np.abs(e))), 1e-3 * min(size, 1.0))))
    return worst


@pytest.mark.filterwarnings("ignore")  # of the packages
@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_function(case: Case) -> None:
    try:
        f = case.function()
    except ImportError as error:
        pytest.skip(f"{case.package}: {error}")
    run = case.use(f) if case.use else f
    if case.failure:
        with pytest.raises(Exception, match=case.failure):
            check(case, run, [])
    else:
        assert check(case, run, difference(case, run)) < case.tolerance


def test_names_are_unique() -> None:
    assert len({c.name for c in CASES}) == len(CASES)
