"""Methods of tensors that factor matrices and solve with factors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager import results
from jittape.eager.calls import call
from jittape.eager.custom import Context, Function
from jittape.eager.named import extend_named
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError
from jittape.functions.linalg import rows_in_order


def pivoted(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """(L and U in one matrix, LAPACK's pivots, which begin at 1) of each of a stack of matrices."""
    from scipy.linalg import get_lapack_funcs  # for start-up time

    m, n = values.shape[-2:]
    flat = values.reshape(math.prod(values.shape[:-2]), m, n)
    packed, pivots = np.empty_like(flat), np.empty((len(flat), min(m, n)), np.int32)
    (getrf,) = get_lapack_funcs(("getrf",), (flat,))
    for k, a in enumerate(flat):
        if a.size:
            packed[k], found, _ = getrf(a)
            pivots[k] = found + 1
    return packed.reshape(values.shape), pivots.reshape((*values.shape[:-2], min(m, n)))


class Lu(Function):
    """L and U in one matrix, of a matrix whose rows are in order."""

    @staticmethod
    def forward(ctx: Context, a: Any, packed: Any) -> Any:
        out = packed.clone()
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Context, g: Any) -> Any:
        (packed,) = ctx.saved_tensors
        m, n = packed.shape[-2:]
        if m != n:
            raise RuntimeError("lu: the derivative is for square matrices")
        eye = concrete(np.eye(n, dtype=packed.dtype))
        L, U = packed.tril(-1) + eye, packed.triu()
        inner = (L.mH @ g.tril(-1)).tril(-1) + (g.triu() @ U.mH).triu()
        return call(np.linalg.solve, U, call(np.linalg.solve, L.mH, inner).mH).mH, None


def factored(A: Any) -> tuple[Tensor, Any, Tensor]:
    """(P, L and U in one matrix, pivots), differentiable."""
    packed, pivots = map(concrete, pivoted(A.detach().values()))
    P = permutation(pivots, A.shape[-2], A.dtype)
    return P, Lu.apply(P.mT @ A, packed) if A.requires_grad else packed, pivots  # type: ignore[attr-defined]


def parts(packed: Any) -> tuple[Any, Any]:
    """(L, U) of one matrix that holds both."""
    m, n = packed.shape[-2:]
    k = min(m, n)
    return packed[..., :, :k].tril(-1) + concrete(np.eye(m, k, dtype=packed.dtype)), packed[..., :k, :].triu()


def permutation(pivots: Any, m: int, dtype: Any) -> Tensor:
    """The matrix P of LAPACK's pivots."""
    rows = np.eye(m, dtype=dtype)[rows_in_order(pivots.values() - 1, m)]
    return concrete(rows.swapaxes(-1, -2).copy())


def svd(A: Any, full: bool) -> tuple[Any, Any, Any]:
    """(U, S, Vh), differentiable; what completes the factors to square ones has no derivative."""
    if not (full and A.requires_grad) or A.shape[-1] == A.shape[-2]:
        return call(np.linalg.svd, A, full and A.shape[-1] != A.shape[-2])  # type: ignore[no-any-return]
    U, S, Vh = call(np.linalg.svd, A, False)
    k = S.shape[-1]
    whole, _, rest = np.linalg.svd(A.detach().values())
    return call(np.concatenate, [U, concrete(whole[..., k:])], axis=-1), S, call(np.concatenate, [Vh, concrete(rest[..., k:, :])], axis=-2)


def reflections(A: Any, tau: Any) -> Any:
    """The first columns of the product of (I - tau v v'), where v are the columns of A below its diagonal, with a one on it: LAPACK's orgqr."""
    m, k = A.shape[-2:]
    if tau.shape[-1] > k or k > m:
        raise RuntimeError("torch.linalg.householder_product: input.shape[-1] must be at most input.shape[-2], and at least tau.shape[-1]")
    eye = np.eye(m, k, dtype=A.dtype)
    Q = concrete(np.broadcast_to(eye, tuple(A.shape)).copy())
    V = A.tril(-1) + concrete(eye)
    for i in reversed(range(tau.shape[-1])):
        v = V[..., i : i + 1]
        Q = Q - tau[..., i, None, None] * (v @ (v.mH @ Q))
    return Q


@extend_named
class Matrices:
    """The methods of Tensor that factor and solve."""

    def matrix_exp(self: Any) -> Tensor:
        """The exponentials of square matrices (..., n, n).

        Raises:
            RuntimeError: the tensor is no stack of square matrices.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.matrix_exp()
            tensor([[1., 0.],
                    [0., 1.]])
        """
        from jittape.functions.decompositions import exponential  # for start-up time

        if self.dim() < 2 or self.shape[-1] != self.shape[-2]:
            raise RuntimeError(f"linalg.matrix_exp: A must be batches of square matrices, but it has shape {list(self.shape)}")
        return call(exponential, self)  # type: ignore[no-any-return]

    def qr(self: Any, some: bool = True) -> Any:
        """(Q, R) of matrices (..., m, n): x = Q R with orthonormal columns of Q, min(m, n) of them, or m without `some`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [4.0, 2.0]])
            >>> Q, R = x.qr()
            >>> (Q @ R).allclose(x)
            True
        """
        return results.qr(*call(np.linalg.qr, self, "reduced" if some else "complete"))

    def geqrf(self: Any) -> Any:
        """(R and the reflections that make Q, their factors) of matrices (..., m, n), as LAPACK packs them; there is no derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [4.0, 2.0]])
            >>> packed, tau = x.geqrf()
            >>> (packed.orgqr(tau) @ packed.triu()).allclose(x)
            True
        """
        packed, tau = np.linalg.qr(self.detach().values(), "raw")
        return results.geqrf(concrete(np.ascontiguousarray(packed.swapaxes(-1, -2))), concrete(tau))

    def orgqr(self: Any, input2: Any) -> Tensor:
        """The first columns of the product of reflections, which x has below its diagonal, with factors `input2`: Q of `geqrf`.

        Raises:
            RuntimeError: there are more columns than rows, or more factors than columns.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [4.0, 2.0]])
            >>> packed, tau = x.geqrf()
            >>> (packed.orgqr(tau) @ packed.triu()).allclose(x)
            True
        """
        return reflections(self, input2)  # type: ignore[no-any-return]

    def svd(self: Any, some: bool = True, compute_uv: bool = True) -> Any:
        """(U, S, V) of matrices (..., m, n), with x = U diag(S) V' and S in descending order.

        Without `some`, U and V are square; the columns that x does not determine have no derivative. `compute_uv` is accepted, and they are always computed.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 2.0], [1.0, 0.0]])
            >>> U, S, V = x.svd()
            >>> S
            tensor([2., 1.])
        """
        U, S, Vh = svd(self, not some)
        return results.svd(U, S, Vh.mH)

    def cholesky_inverse(self: Any, upper: bool = False) -> Tensor:
        """The inverse of L L', of a lower Cholesky factor L; of U' U where the factor is `upper`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[2.0, 0.0], [0.0, 1.0]])
            >>> x.cholesky_inverse()
            tensor([[0.25, 0.  ],
                    [0.  , 1.  ]])
        """
        L = self.mH if upper else self
        return call(np.linalg.inv, L.tril() @ L.tril().mH)  # type: ignore[no-any-return]

    def cholesky_solve(self: Any, input2: Any, upper: bool = False) -> Tensor:
        """X with L L' X = x, of a lower Cholesky factor L, `input2`; of U' U X = x where it is `upper`.

        Raises:
            RuntimeError: x or `input2` has less than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[4.0], [1.0]])
            >>> x.cholesky_solve(jt.tensor([[2.0, 0.0], [0.0, 1.0]]))
            tensor([[1.],
                    [1.]])
        """
        if self.dim() < 2 or input2.dim() < 2:
            raise RuntimeError(f"cholesky_solve: b should have at least 2 dimensions, but has {self.dim()} dimensions instead")
        input2 = (input2.mH if upper else input2).tril()
        return call(np.linalg.solve, input2.mH, call(np.linalg.solve, input2, self))  # type: ignore[no-any-return]

    def triangular_solve(self: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False) -> Any:
        """(X with A X = x, a copy of A), where one triangle of `A` is read: the `upper` one, or the lower.

        With `transpose`, A' X = x is solved; with `unitriangular`, the diagonal is taken as ones.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0], [1.0]])
            >>> x.triangular_solve(jt.tensor([[1.0, 1.0], [0.0, 1.0]])).solution
            tensor([[2.],
                    [1.]])
        """
        used = A.triu() if upper else A.tril()
        if unitriangular:
            eye = np.eye(A.shape[-1], dtype=A.dtype)
            used = used * (1 - eye) + eye
        return results.triangular_solve(call(np.linalg.solve, used.mT if transpose else used, self), A.clone())

    def lu(self: Any, pivot: bool = True, get_infos: bool = False) -> Any:
        """(L and U in one matrix, pivots) of matrices (..., m, n), with rows exchanged, whether `pivot` or not; with `get_infos`, zeros besides.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 2.0], [1.0, 0.0]])
            >>> packed, pivots = x.lu()
            >>> packed, pivots.tolist()
            (tensor([[1., 0.],
                    [0., 2.]]), [2, 2])
        """
        _, packed, pivots = factored(self)
        infos = concrete(np.zeros(self.shape[:-2], np.int32))
        return (packed, pivots, infos) if get_infos else (packed, pivots)

    def lu_solve(self: Any, LU_data: Any, LU_pivots: Any) -> Tensor:
        """X with A X = x, of the factors that `lu` gave of A, `LU_data` and `LU_pivots`.

        Raises:
            ShapeError: the matrices are not square.

        Example:
            >>> import jittape as jt
            >>> A, x = jt.tensor([[0.0, 2.0], [1.0, 0.0]]), jt.tensor([[4.0], [5.0]])
            >>> x.lu_solve(*A.lu())
            tensor([[5.],
                    [2.]])
        """
        if LU_data.shape[-1] != LU_data.shape[-2]:
            raise ShapeError(f"lu_solve: A must be batches of square matrices, but they are {LU_data.shape[-2]} by {LU_data.shape[-1]} matrices")
        L, U = parts(LU_data)
        P = permutation(LU_pivots, L.shape[-2], L.dtype)
        return call(np.linalg.solve, U, call(np.linalg.solve, L, P.mT @ self))  # type: ignore[no-any-return, attr-defined]
