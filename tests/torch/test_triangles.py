"""Functions of torch.linalg that read one triangle of a matrix: values and gradients where the other one holds something else, beside PyTorch."""

import numpy as np
import pytest

import jittape.torch as jtt

torch = pytest.importorskip("torch")

MATRIX = [[3.0, 0.4, -0.3], [0.9, 2.5, 0.6], [-0.2, 0.1, 2.0]]
FUNCTIONS = {
    "cholesky": lambda T, a: T.linalg.cholesky(a), "cholesky of the upper one": lambda T, a: T.linalg.cholesky(a, upper=True), "cholesky_ex": lambda T, a: T.linalg.cholesky_ex(a)[0],
    "cholesky_ex of the upper one": lambda T, a: T.linalg.cholesky_ex(a, upper=True)[0], "eigvalsh": lambda T, a: T.linalg.eigvalsh(a), "eigvalsh of the upper one": lambda T, a: T.linalg.eigvalsh(a, UPLO="U"),
    "eigh": lambda T, a: T.linalg.eigh(a)[1].abs(), "eigh of the upper one": lambda T, a: T.linalg.eigh(a, UPLO="U")[1].abs(),
    "solve_triangular": lambda T, a: T.linalg.solve_triangular(a, T.ones(3, 1, dtype=T.float64), upper=True), "solve_triangular, units": lambda T, a: T.linalg.solve_triangular(a, T.ones(3, 1, dtype=T.float64), upper=False, unitriangular=True),
}  # fmt: skip
OF_VALUES = {
    "pinv": lambda T, a: T.linalg.pinv(a, hermitian=True),
    "torch.cholesky": lambda T, a: T.cholesky(a, upper=True), "the method": lambda T, a: a.cholesky(upper=True), "cholesky_solve": lambda T, a: T.cholesky_solve(T.ones(3, 1, dtype=T.float64), a, upper=True),
    "cholesky_inverse": lambda T, a: T.cholesky_inverse(a, upper=True), "info": lambda T, a: T.linalg.cholesky_ex(a - T.tensor([[0.0, 0, 0], [9, 0, 0], [0, 0, 0]], dtype=T.float64), upper=True)[1],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:torch.cholesky is deprecated")
@pytest.mark.parametrize("name", [*FUNCTIONS, *OF_VALUES])
def test_triangles(name):
    found = []
    for T in (torch, jtt):
        a = T.tensor(MATRIX, dtype=T.float64)
        plain = {**FUNCTIONS, **OF_VALUES}[name](T, a)
        found.append([plain.numpy()])
        if name in FUNCTIONS:
            a.requires_grad_()
            y = FUNCTIONS[name](T, a)
            (y * T.arange(1.0, y.numel() + 1, dtype=T.float64).reshape(y.shape)).sum().backward()
            found[-1] += [y.detach().numpy(), a.grad.numpy()]
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_repeat_names_every_dimension():
    for T in (torch, jtt):
        with pytest.raises(RuntimeError, match="Number of dimensions of repeat dims"):
            T.ones(1, 2).repeat(3)
        assert T.ones(2).repeat(3, 1).shape == (3, 2)
