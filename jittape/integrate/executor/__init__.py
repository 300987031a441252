"""Batches and sums beyond one machine: see `maps` and `sums`, docs/parallel.md and docs/scaling.md."""

from jittape.integrate.executor.failures import Failure
from jittape.integrate.executor.maps import map_grad, map_jacobian, map_value, map_value_and_grad
from jittape.integrate.executor.pieces import Pieces
from jittape.integrate.executor.processes import Processes
from jittape.integrate.executor.sums import (
    sum_gauss_newton,
    sum_grad,
    sum_hessian,
    sum_hvp,
    sum_value,
    sum_value_and_grad,
)

__all__ = [
    "Failure", "Pieces", "Processes", "map_grad", "map_jacobian", "map_value", "map_value_and_grad", "sum_gauss_newton", "sum_grad", "sum_hessian",
    "sum_hvp", "sum_value", "sum_value_and_grad",
]  # fmt: skip


def __dir__() -> list[str]:
    return list(__all__)
