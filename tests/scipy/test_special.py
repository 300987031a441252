"""scipy.special's functions that are no ufuncs."""

from __future__ import annotations

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
