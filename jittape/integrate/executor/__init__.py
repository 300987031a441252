"""Batches beyond one machine: see `jittape.integrate.executor.maps`."""

from jittape.integrate.executor.maps import (
    map_grad,
    map_jacobian,
    map_value,
    map_value_and_grad,
    sum_grad,
    sum_value,
    sum_value_and_grad,
)

__all__ = ["map_grad", "map_jacobian", "map_value", "map_value_and_grad", "sum_grad", "sum_value", "sum_value_and_grad"]


def __dir__() -> list[str]:
    return list(__all__)
