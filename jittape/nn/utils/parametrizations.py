"""Constraints of weights, for `parametrize`: orthonormal columns, a direction and lengths, a spectral norm of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.autograd import no_grad
from jittape.eager.calls import call
from jittape.eager.creation import generator
from jittape.eager.functions import cat
from jittape.eager.matrices import reflections
from jittape.eager.tensor import Tensor, concrete
from jittape.nn.module import Module
from jittape.nn.utils.normalizing import norm_but
from jittape.nn.utils.parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

MAPS = ("matrix_exp", "cayley", "householder")
"""How orthogonal matrices are made of others."""
BEGIN = 15
"""Power iterations with which singular vectors begin."""


def _orthonormal(A: Any) -> Any:
    """The factor Q of A = Q R where the diagonal of R is positive."""
    Q, R = call(np.linalg.qr, A)
    return Q * R.diagonal(0, -2, -1).sgn().unsqueeze(-2)


class _Orthogonal(Module):
    """A matrix with orthonormal columns, or rows where there are more columns, of any matrix."""

    def __init__(self, weight: Any, kind: str, moved: bool) -> None:
        super().__init__()
        self.shape, self.kind = tuple(weight.shape), kind
        if moved:
            self.register_buffer("base", None)

    def _tall(self, X: Any) -> tuple[Any, bool]:
        wide = X.shape[-2] < X.shape[-1]
        return (X.mT if wide else X), wide

    def forward(self, X: Any) -> Any:
        """Q of what is trained.

        Args:
            X: (m, n), or a stack of these.
        """
        X, wide = self._tall(X)
        n, k = X.shape[-2:]
        if self.kind == "householder":
            eye = concrete(np.eye(n, k, dtype=X.dtype))
            A = X.tril(-1) + eye
            tau = 2.0 / (1.0 + (A.tril(-1) * A.tril(-1).conj()).real.sum(-2))
            Q = reflections(A, tau) * X.diagonal(0, -2, -1).detach().trunc().unsqueeze(-2)
        else:
            A = X.tril()
            if n != k:
                A = cat([A, A.new_zeros((*A.shape[:-2], n, n - k))], -1)
            A = A - A.mH
            if self.kind == "matrix_exp":
                Q = A.matrix_exp()
            else:
                eye = concrete(np.eye(n, dtype=A.dtype))
                Q = call(np.linalg.solve, eye - 0.5 * A, eye + 0.5 * A)
            if n != k:
                Q = Q[..., :k]
        base = vars(self)["_buffers"].get("base")
        if base is not None:
            Q = base @ Q
        return Q.mT if wide else Q

    def right_inverse(self, Q: Any) -> Any:
        """What is trained so that `forward` gives Q, or the orthonormal matrix next to it.

        Args:
            Q: (m, n), or a stack of these.

        Raises:
            ValueError: another shape than that of the weight.
            NotImplementedError: the map has none, without a base.
        """
        if tuple(Q.shape) != self.shape:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {tuple(Q.shape)}.")
        given = Q
        Q, wide = self._tall(Q.detach())
        n, k = Q.shape[-2:]
        if "base" not in vars(self)["_buffers"]:
            if self.kind != "householder":
                raise NotImplementedError("It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False.")
            A, tau = Q.geqrf()
            signs = A.diagonal(0, -2, -1).sgn()
            signs = signs * concrete(np.where(tau.values() == 0, -1.0, 1.0).astype(A.dtype))
            A = A.tril(-1) + A.triu(1) + concrete(np.eye(n, k, dtype=A.dtype)) * signs.unsqueeze(-2)
            return A.mT if wide else A
        if n != k:
            Q = cat([Q, concrete(generator().standard_normal((*Q.shape[:-2], n, n - k)).astype(Q.dtype))], -1)
        eye = np.eye(n, dtype=Q.dtype)
        if n != k or not np.allclose((Q.mH @ Q).values(), eye, atol=10 * n * np.finfo(Q.dtype).eps):
            Q = _orthonormal(Q)
        self.base = Q.clone()
        return concrete(np.broadcast_to(-np.eye(*given.shape[-2:], dtype=given.dtype), given.shape).copy())


def orthogonal(module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True) -> Module:
    """Have a layer's weight be a matrix with orthonormal columns, or rows where there are more columns than rows.

    Args:
        module: the layer, which is returned.
        name: of the parameter, a matrix or a stack of matrices.
        orthogonal_map: "matrix_exp" or "cayley", of a skew-symmetric matrix, or "householder", a product of reflections; by default the first of
            square matrices, and the last of others.
        use_trivialization: the map begins at the weight as it is.

    Raises:
        ValueError: the parameter has less than two dimensions; or another map.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.utils.parametrizations.orthogonal(jt.nn.Linear(2, 3))
        >>> (layer.weight.T @ layer.weight).allclose(jt.eye(2))
        True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.dim() < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions.")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] or weight.has_parts else "householder"
    if orthogonal_map not in MAPS:
        raise ValueError(f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}')
    return register_parametrization(module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True)


class _WeightNorm(Module):
    """A direction times lengths."""

    def __init__(self, dim: int | None) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """weight_g weight_v / |weight_v|.

        Args:
            weight_g: the lengths.
            weight_v: what has the directions.
        """
        return weight_v * (weight_g / norm_but(weight_v, self.dim))

    def right_inverse(self, weight: Any) -> Any:
        """(lengths, the weight itself).

        Args:
            weight: a tensor.
        """
        return norm_but(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Have a layer's weight be a direction, `original1`, and lengths, `original0` (Salimans, Kingma 2016).

    Args:
        module: the layer, which is returned.
        name: of the parameter.
        dim: the lengths are those of slices along it; None for one of all elements.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.utils.parametrizations.weight_norm(jt.nn.Linear(4, 3))
        >>> [name for name, _ in layer.named_parameters()]
        ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


class _SpectralNorm(Module):
    """A weight over its largest singular value, which power iterations follow while training."""

    def __init__(self, weight: Any, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__()
        if dim >= weight.dim() or dim < -weight.dim():
            raise IndexError(f"Dimension out of range (expected to be in range of [-{weight.dim()}, {weight.dim() - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
        self.dim, self.n_power_iterations, self.eps = dim % weight.dim(), n_power_iterations, eps
        if weight.dim() > 1:
            rows, columns = self._matrix(weight.detach()).shape
            for side, n in (("_u", rows), ("_v", columns)):
                self.register_buffer(side, concrete(self._unit(generator().standard_normal(n).astype(weight.dtype))))
            self._iterate(weight.detach(), BEGIN)

    def _unit(self, x: Any) -> Any:
        return x / max(float(np.linalg.norm(x)), self.eps)

    def _matrix(self, weight: Any) -> Any:
        return weight.movedim(self.dim, 0).reshape((weight.shape[self.dim], -1))

    def _iterate(self, weight: Any, times: int) -> None:
        matrix = self._matrix(weight).values()
        with no_grad():
            for _ in range(times):
                self._u.copy_(concrete(self._unit(matrix @ self._v.values())))
                self._v.copy_(concrete(self._unit(matrix.T @ self._u.values())))

    def forward(self, weight: Any) -> Any:
        """The weight over its spectral norm.

        Args:
            weight: what is trained.
        """
        if weight.dim() == 1:
            return weight / weight.norm().clamp(min=self.eps)
        if self.training:
            self._iterate(weight.detach(), self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()
        return weight / u.dot(self._matrix(weight).mv(v))

    def right_inverse(self, value: Any) -> Any:
        """The weight itself: it is taken as one of norm one.

        Args:
            value: a tensor.
        """
        return value


def spectral_norm(module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None) -> Module:
    """Have a layer's weight be one of spectral norm one (Miyato et al., 2018).

    Args:
        module: the layer, which is returned.
        name: of the parameter.
        n_power_iterations: whenever the weight is asked for, while training.
        eps: the least length that vectors are divided by.
        dim: of the outputs; 0, of transposed convolutions 1.

    Raises:
        ValueError: no iterations, or no such parameter.

    Example:
        >>> import jittape as jt
        >>> layer = jt.nn.utils.parametrizations.spectral_norm(jt.nn.Linear(1, 1))
        >>> abs(round(layer.weight.item(), 6))
        1.0
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    transposed = type(module).__name__.startswith("ConvTranspose")
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, (1 if transposed else 0) if dim is None else dim, eps))
