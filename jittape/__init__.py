"""jittape: exact gradients and Hessians of ordinary Python, NumPy and Numba code, at native speed."""

from jittape.array import stop_gradient
from jittape.function import Function, record
from jittape.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from jittape.saving import load
from jittape.tape.tape import set_memory_limit

__version__ = "0.1.0"

__all__ = ["Function", "grad", "hessian", "hvp", "jacobian", "jvp", "load", "record", "set_memory_limit", "stop_gradient", "value_and_grad", "vjp"]
