"""`scipy.linalg` for recorded values: systems, structured matrices, factorisations, spectra, matrix equations and functions of matrices.

Matrices are real. A factorisation that reads one triangle has the derivative of what is computed, as NumPy's have (docs/limitations.md).
"""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.linalg.banded import solve_banded, solve_circulant, solve_toeplitz, solveh_banded
from jittape.scipy.linalg.equations import (
    solve_continuous_are,
    solve_continuous_lyapunov,
    solve_discrete_are,
    solve_discrete_lyapunov,
    solve_sylvester,
)
from jittape.scipy.linalg.factors import (
    cho_factor,
    cho_solve,
    cholesky,
    ldl,
    lu,
    lu_factor,
    lu_solve,
    orthogonal_procrustes,
    polar,
    qr,
    svd,
    svdvals,
)
from jittape.scipy.linalg.functions import (
    coshm,
    cosm,
    expm,
    expm_frechet,
    fractional_matrix_power,
    logm,
    sinhm,
    sinm,
    sqrtm,
    tanhm,
    tanm,
)
from jittape.scipy.linalg.placing import (
    block_diag,
    circulant,
    convolution_matrix,
    hankel,
    khatri_rao,
    leslie,
    matmul_toeplitz,
    toeplitz,
)
from jittape.scipy.linalg.spectra import eig, eigh, eigvals, eigvalsh
from jittape.scipy.linalg.systems import det, inv, lstsq, norm, pinv, pinvh, solve, solve_triangular

__all__ = [
    "block_diag", "cho_factor", "cho_solve", "cholesky", "circulant", "convolution_matrix", "coshm", "cosm", "det", "eig", "eigh", "eigvals", "eigvalsh", "expm",
    "expm_frechet", "fractional_matrix_power", "hankel", "inv", "khatri_rao", "ldl", "leslie", "logm", "lstsq", "lu", "lu_factor", "lu_solve", "matmul_toeplitz",
    "norm", "orthogonal_procrustes", "pinv", "pinvh", "polar", "qr", "sinhm", "sinm", "solve", "solve_banded", "solve_circulant", "solve_continuous_are", "solve_continuous_lyapunov",
    "solve_discrete_are", "solve_discrete_lyapunov", "solve_sylvester", "solve_toeplitz", "solve_triangular", "solveh_banded", "sqrtm", "svd", "svdvals", "tanhm",
    "tanm", "toeplitz",
]  # fmt: skip

__getattr__, __dir__ = falling_through("scipy.linalg")
