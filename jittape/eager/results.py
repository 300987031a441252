"""What functions of several results give: tuples whose members have names, as PyTorch's `torch.return_types`."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jittape.eager.tensor import Tensor


class MinMax(NamedTuple):
    """Elements that were chosen, and where they stood."""

    values: Tensor
    indices: Tensor


def _shown(self: Any) -> str:
    members = ",\n".join(f"{name}={member!r}" for name, member in zip(self._fields, self, strict=True))
    return f"torch.return_types.{type(self).__name__}(\n{members})"


_CHOSEN = ("cummax", "cummin", "kthvalue", "max", "median", "min", "mode", "nanmedian", "sort", "topk")
_OTHERS = {
    "aminmax": "min max", "frexp": "mantissa exponent", "geqrf": "a tau", "histogram": "hist bin_edges", "linalg_cholesky_ex": "L info",
    "linalg_eig": "eigenvalues eigenvectors", "linalg_eigh": "eigenvalues eigenvectors", "linalg_inv_ex": "inverse info",
    "linalg_lstsq": "solution residuals rank singular_values", "linalg_lu": "P L U", "linalg_lu_factor": "LU pivots",
    "linalg_lu_factor_ex": "LU pivots info", "linalg_qr": "Q R", "linalg_slogdet": "sign logabsdet", "linalg_solve_ex": "result info",
    "linalg_svd": "U S Vh", "lu_unpack": "P L U", "qr": "Q R", "slogdet": "sign logabsdet", "svd": "U S V",
    "triangular_solve": "solution cloned_coefficient",
}  # fmt: skip
RETURN_TYPES: dict[str, Any] = {
    name: type(name, (base,), {"__slots__": (), "__module__": __name__, "__repr__": _shown})
    for name, base in [*((n, MinMax) for n in _CHOSEN), *((n, namedtuple(n, fields)) for n, fields in _OTHERS.items())]  # type: ignore[misc]
}
"""Name of a function -> the class of its results."""
globals().update(RETURN_TYPES)  # where pickles look for them


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
