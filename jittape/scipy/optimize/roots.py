"""Roots of functions of one number, and of many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.replay.implicit import Given, plainly, solved, taken_apart
from jittape.replay.together import Bracket
from jittape.scipy.declare import like, original
from jittape.scipy.optimize.results import Said, filled, given_options, tupled

RTOL: Any = 4 * np.finfo(float).eps
XTOL = 2e-12
BY = "args, and what f refers to"


def _root(given: Given, said: Said, solve: Callable[[Any, list[Any]], Any], diagonal: bool = False, bracket: Callable[[Any], Any] | None = None) -> Any:
    """The root of a call whose arguments end with args, and whose first function is f; in batches, between the ends that `bracket` gives."""

    def residual(x: Any, arguments: Any, functions: list[Any]) -> Any:
        found = functions[0](x, *arguments[-1])
        return found[0] if isinstance(found, tuple) else found  # with its derivatives, where fprime=True

    return solved(f"the function given to {said.name}", given, lambda arguments, functions, values: solve(arguments, functions), residual, "diagonal" if diagonal else "dense", bracket=bracket)


def _bracketed(name: str, f: Any, a: Any, b: Any, args: Any, options: dict[str, Any]) -> Any:
    own, said = original(f"scipy.optimize.{name}"), Said(name)
    given = taken_apart((a, b, tupled(args)), (f,))
    if not given.operands:
        return plainly(name, own, f, a, b, args, **options)

    def solve(arguments: Any, functions: list[Any]) -> Any:
        a, b, args = arguments
        x, result = own(functions[0], a, b, args, **{**options, "full_output": True})
        said.note(result, result.converged)
        return float(x)

    def bracket(arguments: Any) -> Bracket:
        return Bracket(arguments[0], arguments[1], options["xtol"], options["rtol"], options["maxiter"])

    x = _root(given, said, solve, bracket=bracket)
    if not options["full_output"]:
        return x
    return x, said.filled(root=x)


def _bracketing(name: str, how: str) -> Any:
    @like(f"scipy.optimize.{name}", by=BY, always=True)
    def function(f: Any, a: Any, b: Any, args: Any = (), xtol: float = XTOL, rtol: float = RTOL, maxiter: int = 100, full_output: bool = False, disp: bool = True) -> Any:
        return _bracketed(name, f, a, b, args, {"xtol": xtol, "rtol": rtol, "maxiter": maxiter, "full_output": full_output, "disp": disp})

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The root of f(x, *args) between a and b by {how}."
    return function


@like("scipy.optimize.brentq", by=BY, always=True)
def brentq(f: Any, a: Any, b: Any, args: Any = (), xtol: float = XTOL, rtol: float = RTOL, maxiter: int = 100, full_output: bool = False, disp: bool = True) -> Any:
    """The root of f(x, *args) between a and b by Brent's method.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy.optimize import brentq
        >>> round(float(jt.grad(lambda a: brentq(lambda x: x**3 - a, 0.0, 3.0))(8.0)), 6)
        0.083333
    """
    return _bracketed("brentq", f, a, b, args, {"xtol": xtol, "rtol": rtol, "maxiter": maxiter, "full_output": full_output, "disp": disp})


brenth = _bracketing("brenth", "Brent's method with hyperbolic extrapolation")
ridder = _bracketing("ridder", "Ridder's method")
bisect = _bracketing("bisect", "bisection")


@like("scipy.optimize.toms748", by=BY, always=True)
def toms748(f: Any, a: Any, b: Any, args: Any = (), k: int = 1, xtol: float = XTOL, rtol: float = RTOL, maxiter: int = 100, full_output: bool = False, disp: bool = True) -> Any:
    """The root of f(x, *args) between a and b by TOMS algorithm 748."""
    return _bracketed("toms748", f, a, b, args, {"k": k, "xtol": xtol, "rtol": rtol, "maxiter": maxiter, "full_output": full_output, "disp": disp})


@like("scipy.optimize.newton", by="args, and what func refers to", note="of an array x0 each element is a root of its own", always=True)
def newton(
    func: Any, x0: Any, fprime: Any = None, args: Any = (), tol: float = 1.48e-8, maxiter: int = 50, fprime2: Any = None, x1: Any = None, rtol: float = 0.0,
    full_output: bool = False, disp: bool = True,
) -> Any:  # fmt: skip
    """A root of func(x, *args) near x0: by Newton's method with fprime, Halley's with fprime2 besides, else by the secant method.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.optimize import newton
        >>> a = np.array([1.0, 4.0])
        >>> np.round(jt.grad(lambda a: np.sum(newton(lambda x, a: x**2 - a, np.ones(2), args=(a,))))(a), 6).tolist()
        [0.5, 0.25]
    """
    own, said = original("scipy.optimize.newton"), Said("newton")
    given = taken_apart((x0, x1, tupled(args)), (func, fprime, fprime2))
    more = {"tol": tol, "maxiter": maxiter, "rtol": rtol, "disp": disp}
    if not given.operands:
        return plainly("newton", own, func, x0, fprime, args, fprime2=fprime2, x1=x1, full_output=full_output, **more)

    def solve(arguments: Any, functions: list[Any]) -> Any:
        x0, x1, args = arguments
        f, fprime, fprime2 = functions
        x, *result = own(f, x0, fprime, args, fprime2=fprime2, x1=x1, full_output=True, **more)
        said.note(result, np.all(result[0].converged if len(result) == 1 else result[0]))
        return np.asarray(x) if np.ndim(x) else float(x)

    x = _root(given, said, solve, diagonal=True)
    if not full_output:
        return x
    return (x, filled(said.result[0], root=x)) if len(said.result) == 1 else (x, *said.result)


@like("scipy.optimize.root_scalar", by=BY, note="the result's root", always=True)
def root_scalar(
    f: Any, args: Any = (), method: Any = None, bracket: Any = None, fprime: Any = None, fprime2: Any = None, x0: Any = None, x1: Any = None,
    xtol: Any = None, rtol: Any = None, maxiter: Any = None, options: Any = None,
) -> Any:  # fmt: skip
    """A root of f(x, *args), as SciPy's `RootResults`.

    Example:
        >>> import jittape as jt
        >>> from jittape.scipy.optimize import root_scalar
        >>> round(float(jt.grad(lambda a: root_scalar(lambda x: x**3 - a, bracket=(0.0, 3.0)).root)(8.0)), 6)
        0.083333
    """
    own, said = original("scipy.optimize.root_scalar"), Said("root_scalar")
    given = taken_apart((bracket, x0, x1, tupled(args)), (f, fprime if callable(fprime) else None, fprime2 if callable(fprime2) else None))
    more = given_options(method=method, xtol=xtol, rtol=rtol, maxiter=maxiter, options=options)
    if not given.operands:
        return plainly("root_scalar", own, f, args, bracket=bracket, fprime=fprime, fprime2=fprime2, x0=x0, x1=x1, **more)

    def solve(arguments: Any, functions: list[Any]) -> Any:
        bracket, x0, x1, args = arguments
        f, first, second = functions
        result = own(f, args, bracket=bracket, fprime=first or fprime, fprime2=second or fprime2, x0=x0, x1=x1, **more)
        said.note(result, result.converged, getattr(result, "flag", ""))
        return float(result.root)

    x = _root(given, said, solve)
    return said.filled(root=x)
