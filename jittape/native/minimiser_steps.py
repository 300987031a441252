"""What native minimisers are made of besides the texts of minimisers.py: their memory, first guesses and bounds, judging, normal equations."""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from jittape.native.compile.arguments import described
from jittape.native.recording import judge as _judge  # noqa: F401 (its symbol)
from jittape.native.recording.symbols import asked_once
from jittape.native.vars.overloads import overload
from jittape.solvers import linear, trust


@intrinsic
def _address(typingctx):
    """Where the judge of trial points is; 0 where it could not be compiled."""

    def codegen(context, b, sig, args):
        return asked_once(b, "jittape_judge")

    return types.int64(), codegen


@intrinsic
def _call(typingctx, judge, kind, M, counters, value, g, B, lower, upper, T, trial, W, free, n):
    """The judge at an address (solvers/trust.py)."""

    def codegen(context, b, sig, args):
        kinds = [context.get_value_type(t) for t in sig.args[1:]]
        return b.call(b.inttoptr(args[0], ir.FunctionType(context.get_value_type(sig.return_type), kinds).as_pointer()), args[1:])

    integer = types.int64
    return integer(integer, integer, integer, integer, types.float64, *[integer] * 9), codegen


@njit(error_model="numpy")
def judged(kind, M, counters, value, g, B, lower, upper, T, trial, W, free):
    """`trust.judge` of arrays, which whoever calls keeps alive."""
    judge = _address()
    if judge == 0:
        raise RuntimeError("the native code of minimisers could not be compiled; the log of jittape says why")
    return _call(
        judge, kind, M.ctypes.data, counters.ctypes.data, value, g.ctypes.data, B.ctypes.data, lower.ctypes.data, upper.ctypes.data, T.ctypes.data,
        trial.ctypes.data, W.ctypes.data, free.ctypes.data, trial.size,
    )  # fmt: skip


@njit(error_model="numpy")
def rooms(x):
    """(numbers and counters of a problem that begins at x, memory)."""
    n = x.size
    state, memory = trust.NUMBERS + 4 * n + n * n, 3 * n * n + 3 * n
    M = np.zeros(state)
    M[trust.NUMBERS : trust.NUMBERS + n] = x
    return M, np.zeros(trust.COUNTERS, np.int64), np.zeros(memory), np.zeros(n, np.int64)


assert trust.state(7) == trust.NUMBERS + 28 + 49 and linear.memory(7) == 147 + 21  # what `rooms` has in numbers


def start(x0): ...
def side(bound, n): ...
def sides(bounds, x): ...


@overload(start)
def _start(x0):
    if not (isinstance(x0, types.Array) and x0.ndim == 1 and x0.dtype == types.float64):
        raise TypingError(f"a native minimiser begins at an array of float64 of one axis, not at {described(x0)}: np.array([...]), x.ravel(), x.astype(np.float64)")
    return lambda x0: x0.copy()


@overload(side)
def _side(bound, n):
    if isinstance(bound, types.Number):
        return lambda bound, n: np.full(n, float(bound))
    if not (isinstance(bound, types.Array) and bound.ndim == 1):
        raise TypingError(f"a bound is a number or an array of one axis, not {described(bound)}")

    def each(bound, n):
        if bound.size != n:
            raise ValueError("a bound is a number, or an array of as many numbers as x0 has")
        return bound.astype(np.float64)

    return each


@overload(sides)
def _sides(bounds, x):
    if isinstance(bounds, types.NoneType) or bounds is None or (isinstance(bounds, types.Omitted) and bounds.value is None):
        return lambda bounds, x: (np.full(x.size, -np.inf), np.full(x.size, np.inf))
    if not isinstance(bounds, types.BaseTuple) or len(bounds) != 2:
        raise TypingError(f"bounds is (lower, upper), or None, not {described(bounds)}")

    def both(bounds, x):
        lower, upper = side(bounds[0], x.size), side(bounds[1], x.size)
        for i in range(x.size):
            if not lower[i] <= upper[i]:
                raise ValueError("a lower bound is not at most its upper bound")
            if x[i] < lower[i] or x[i] > upper[i]:
                raise ValueError("x0 is not within its bounds: np.clip it")
        return lower, upper

    return both


def residuals_of(values): ...


@overload(residuals_of)
def _residuals_of(values):
    """What a function of residuals returned, as an array of one axis."""
    if isinstance(values, types.Array) and isinstance(values.dtype, types.Complex):
        raise TypingError(
            "jittape: least_squares and root are for functions that return real numbers, not complex ones: return real and imaginary parts in one array"
        )
    return lambda values: values.ravel()


@njit(error_model="numpy")
def gradient(r, J):
    """J'r."""
    m, n = J.shape
    g = np.zeros(n)
    for i in range(m):
        for j in range(n):
            g[j] += J[i, j] * r[i]
    return g


@njit(error_model="numpy")
def normal(J):
    """The lower triangle of J'J."""
    m, n = J.shape
    B = np.zeros((n, n))
    for i in range(m):
        for j in range(n):
            for k in range(j + 1):
                B[j, k] += J[i, j] * J[i, k]
    return B


@njit(error_model="numpy")
def largest(r):
    """The largest element of a vector."""
    most = 0.0
    for x in r:
        if not abs(x) <= most:  # NaN, too
            most = abs(x)
    return most
