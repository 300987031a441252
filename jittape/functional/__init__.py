"""The functional front end: derivatives of functions over NumPy, as in JAX."""

from jittape.functional.drivers import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
