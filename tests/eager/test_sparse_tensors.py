"""Products of tensors with SciPy's sparse matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import jittape as jt
from jittape.errors import RecordingError

DENSE = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
PRODUCTS: list[tuple[Callable[[Any, Any], Any], tuple[int, ...]]] = [
    (lambda a, x: a @ x, (3,)),
    (lambda a, x: a @ x, (3, 2)),
    (lambda a, x: x @ a, (2,)),
    (lambda a, x: x @ a, (4, 2)),
    (lambda a, x: x.matmul(a), (2,)),
]


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_array, sp.coo_matrix])
def test_products_are_those_of_the_dense_matrix(kind: Any) -> None:
    a, dense = kind(DENSE), jt.tensor(DENSE)
    for product, shape in PRODUCTS:
        values = np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape)
        found = []
        for matrix in (a, dense):
            x = jt.tensor(values.copy(), requires_grad=True)
            y = product(matrix, x)
            (g,) = jt.autograd.grad((y * y * y).sum(), x, create_graph=True)
            (h,) = jt.autograd.grad((g * g).sum(), x)
            found.append((y.detach().numpy(), g.detach().numpy(), h.numpy()))
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-13)
        plain = product(a, jt.tensor(values))
        assert isinstance(plain, jt.Tensor) and not plain.requires_grad
        np.testing.assert_allclose(plain.numpy(), found[1][0], rtol=1e-13, atol=1e-13)


def test_dot_of_a_matrix_and_the_product_by_its_asterisk() -> None:
    x = jt.tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert sp.csr_array(DENSE).dot(x).tolist() == (sp.csr_matrix(DENSE) * x).tolist() == [7.0, 6.0]


def test_what_is_not_recorded_says_what_to_write() -> None:
    a, x = sp.csr_array(DENSE), jt.tensor(DENSE.copy(), requires_grad=True)
    for program in (lambda: a + x, lambda: x - a, lambda: x * a):
        with pytest.raises(RecordingError, match=r"A\.toarray\(\)"):
            program()
    assert (x.detach() + a).tolist() == (2 * DENSE).tolist()
