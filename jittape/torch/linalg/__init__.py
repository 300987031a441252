"""torch.linalg: linear algebra of stacks of matrices, differentiable."""

from jittape.errors import MatrixError as LinAlgError
from jittape.torch.functions import NAMESPACE as _NAMESPACE
from jittape.torch.linalg.decompositions import (
    cholesky,
    cholesky_ex,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    lu,
    lu_factor,
    lu_factor_ex,
    qr,
    svd,
    svdvals,
)
from jittape.torch.linalg.measures import cond, matrix_norm, matrix_rank, norm, slogdet, vector_norm
from jittape.torch.linalg.products import diagonal, matmul, multi_dot, vander, vecdot
from jittape.torch.linalg.solving import (
    inv_ex,
    lstsq,
    lu_solve,
    pinv,
    solve,
    solve_ex,
    solve_triangular,
    tensorinv,
    tensorsolve,
)

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank",
    "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip

cross, det, inv, matrix_power, matrix_exp, householder_product = (_NAMESPACE[n] for n in ("cross", "det", "inverse", "matrix_power", "matrix_exp", "orgqr"))


def __dir__() -> list[str]:
    return list(__all__)
