"""Functions of matrices: exponential, logarithm, roots and powers, trigonometric functions.

The derivative of an analytic function in a direction is a block of the function of a matrix twice as large (Najfeld and Havel 1995,
Mathias 1996); it is linear in the direction, and its adjoint is the same of the transpose.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.complexes import is_complex
from jittape.array.state import complexly
from jittape.errors import RecordingError
from jittape.functions.decompositions import analytic_rules, exponential, through_blocks
from jittape.functions.linalg import square
from jittape.functions.products import recorded
from jittape.scipy.declare import like, original
from jittape.scipy.operations import Operation, over_stack


def real(name: str, z: Any) -> Any:
    """A result that is real, which may have come as a complex one."""
    z = np.asarray(z)
    if z.dtype.kind != "c":
        return z
    if np.abs(z.imag).max(initial=0.0) > np.finfo(z.dtype).eps * 1e3 * np.abs(z).max(initial=0.0):
        raise RecordingError(f"scipy.linalg.{name} of recorded values is real; that of this matrix is complex, and complex numbers are not recorded")
    return z.real


def of_parts(function: Callable[[Any], Any], a: Any) -> Any:
    """An analytic function of a matrix, of a complex one by the real one twice as large that stands for it."""
    return complexly().by_blocks(function, a) if is_complex(a) and recorded(a) else function(a)


def analytic(name: str) -> Callable[..., Any]:
    """A function of SciPy's as one of matrices and directions, recorded or not."""
    path = f"scipy.linalg.{name}"

    def values(a: Any, *directions: Any) -> Any:
        return (through_blocks(lambda x: over_stack(lambda m: real(name, original(path)(m)), x), a, *directions),)

    def function(a: Any, *directions: Any) -> Any:
        return operation(a, *directions)[0]

    operation = Operation(f"scipy.linalg.functions.{name}", values, *analytic_rules(function), lambda s, _: [np.broadcast_shapes(*s)])
    return function


def _declared(name: str, words: str, note: str = "") -> Any:
    function = analytic(name)

    def rule(A: Any, *_: Any, **__: Any) -> Any:
        return of_parts(function, square(f"scipy.linalg.{name}", A))

    rule.__name__ = rule.__qualname__ = name
    rule.__doc__ = f"The {words} of matrices [..., n, n].\n\n    Raises:\n        LinAlgError: the matrices are not square.\n        RecordingError: it is complex.\n    "
    rule.__signature__ = inspect.signature(original(f"scipy.linalg.{name}"))  # type: ignore[attr-defined]
    return like(f"scipy.linalg.{name}", by="A", note=note)(rule)


REAL = "where it is real"
sqrtm = _declared("sqrtm", "principal square root", REAL)
logm = _declared("logm", "principal logarithm", REAL)
cosm = _declared("cosm", "cosine")
sinm = _declared("sinm", "sine")
tanm = _declared("tanm", "tangent")
coshm = _declared("coshm", "hyperbolic cosine")
sinhm = _declared("sinhm", "hyperbolic sine")
tanhm = _declared("tanhm", "hyperbolic tangent")


@like("scipy.linalg.expm", by="A")
def expm(A: Any) -> Any:
    """The exponential of matrices [..., n, n].

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import linalg
        >>> jt.grad(lambda t: np.sum(linalg.expm(t * np.diag([1.0, 2.0]))))(0.0)
        np.float64(3.0)
    """
    return of_parts(exponential, square("scipy.linalg.expm", A))


@like("scipy.linalg.expm_frechet", by="A, E")
def expm_frechet(A: Any, E: Any, method: Any = None, compute_expm: Any = True, check_finite: Any = True) -> Any:
    """(the exponential of A, its derivative in the direction E) of matrices [n, n]; the derivative alone with compute_expm=False."""
    A, E = square("scipy.linalg.expm_frechet", A), square("scipy.linalg.expm_frechet", E)
    if A.shape != E.shape:
        raise ValueError(f"scipy.linalg.expm_frechet: A and E have one shape, not {A.shape} and {E.shape}")
    change = exponential(A, E)
    return (exponential(A), change) if compute_expm else change


def _power(*operands: Any) -> Any:
    *matrices, t = operands
    power = original("scipy.linalg.fractional_matrix_power")
    return (through_blocks(lambda x: over_stack(lambda m: real("fractional_matrix_power", power(m, float(t))), x), *matrices),)


def _powers(t: Any) -> Any:
    return analytic_rules(lambda *matrices: POWER(*matrices, t)[0])


POWER = Operation(
    "scipy.linalg.functions.power",
    _power,
    lambda g, z, x, a: (*_powers(x[-1])[0](g, z, x[:-1], a), None),
    lambda t, z, x, a: _powers(x[-1])[1](t[:-1], z, x[:-1], a),
    lambda s, _: [np.broadcast_shapes(*s[:-1])],
)


@like("scipy.linalg.fractional_matrix_power", by="A", note="where it is real")
def fractional_matrix_power(A: Any, t: Any) -> Any:
    """The power A**t of a matrix [n, n], for a plain number t."""
    if recorded(t):
        raise RecordingError("scipy.linalg.fractional_matrix_power takes a plain exponent t; of a recorded one, write linalg.expm(t * linalg.logm(A))")
    return POWER(square("scipy.linalg.fractional_matrix_power", A), float(t))[0]
