"""Differentiation of users' own Numba functions: compiled a second time for arguments that record what is done with them.

`jittape.grad(f)` and its kin, and `jittape.record`, take a function of `numba.njit` as they take one of Python. `wrap` makes one
that other recorded functions can call.

The rooms, each of which imports from those below it only:

    gradient, minimisers, native_gradient, second_order, call    what the front ends ask for
    drivers, gradient_steps, second_steps    what those in native code are made by and of
    complexes/                         recorded complex numbers, pairs of recorded real ones; loaded when a function has some
    numpy/                             what NumPy's functions and others are, where they are given what is recorded: overloads, and
                                       entries in the tables of the pass
    compile/                           the pass over users' functions, its tables, versions of functions, their cache, and errors
    recording/                         tapes while native code appends to them, and callbacks into Python
    vars/                              a recorded number as a type of Numba, arrays of them, and marks of cached code
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from jittape.array.protocols import tape_of
from jittape.compiler.dispatchers import is_dispatcher
from jittape.functions.hooks import NATIVE, recordable
from jittape.native.refused import refuse

if typing.TYPE_CHECKING:
    from jittape.native.minimisers import least_squares, minimize, root
    from jittape.native.native_gradient import c_gradient, grad, value_and_grad
    from jittape.native.second_order import hessian, hvp, jacobian, jvp, value_and_jacobian, value_grad_and_hessian

    taylor: Callable[..., Any]
    taylor_flow: Callable[..., Any]

P = ParamSpec("P")
R = TypeVar("R")

__all__ = ["c_gradient", "grad", "hessian", "hvp", "jacobian", "jvp", "least_squares", "minimize", "root", "taylor", "taylor_flow", "value_and_grad", "value_and_jacobian", "value_grad_and_hessian", "wrap"]


if not typing.TYPE_CHECKING:  # a name that does not exist is an error for type checkers

    def __getattr__(name: str) -> Any:
        """The makers of native derivatives, whose import takes a while."""
        if name in ("c_gradient", "grad", "value_and_grad"):
            from jittape.native import native_gradient  # start-up time

            return getattr(native_gradient, name)
        if name in NATIVE:
            return NATIVE[name]()
        if name in ("least_squares", "minimize", "root"):
            from jittape.native import minimisers  # start-up time

            return getattr(minimisers, name)
        if name in __all__:
            from jittape.native import second_order  # start-up time

            return getattr(second_order, name)
        from jittape.names import missing  # nobody needs it whose names are right

        ways = {"record": "jittape.record takes a function of numba.njit as it is", "vjp": "jittape.native.grad of f(x) @ g, or jittape.vjp from Python"}
        raise AttributeError(missing("module 'jittape.native'", name, lambda: (*__all__, *NATIVE), ways))

    def __dir__() -> list[str]:
        return list(__all__)


def wrap(f: Callable[P, R]) -> Callable[P, R]:
    """A Numba function as one that Python functions which are differentiated can call.

    With recorded arguments it records natively; with plain ones it is the function itself.

    Args:
        f: what `numba.njit` or `numba.vectorize` returned, or a `functools.partial` or a bound method of the former.

    Raises:
        TypeError: f is no Numba function.

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def cubes(x):
        ...     s = 0.0
        ...     for v in x:
        ...         s += v**3
        ...     return s
        >>> cubes_ = jt.native.wrap(cubes)
        >>> jt.grad(lambda x: cubes_(x) * x[0])(np.array([1.0, 2.0])).tolist()
        [12.0, 12.0]
    """
    plain = f
    if not is_dispatcher(f):
        bound = recordable(f)  # one with bound arguments
        if bound is not f:
            return bound  # type: ignore[no-any-return]
        from jittape.native.vectorized import as_dispatcher  # at start-up this would take a while, too

        found = as_dispatcher(f)
        if found is None:
            raise TypeError(f"wrap takes a function of numba.njit or numba.vectorize, not {f!r}")
        f = found

    @functools.wraps(f.py_func)  # type: ignore[attr-defined]
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        tape = tape_of((args, kwargs))
        if tape is None:
            return plain(*args, **kwargs)
        # At start-up this would take a while: rules, and the compiler's part.
        from jittape.functions.primitive import registered
        from jittape.native.call import call

        rule = registered(f)
        return call(f, tape, args, kwargs) if rule is None else rule(*args, **kwargs)

    return wrapped


refuse(wrap, "jittape.native.wrap", "a Numba function is called as it is there")
