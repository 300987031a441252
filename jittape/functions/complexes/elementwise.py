"""Ufuncs of complex numbers as real operations of their parts, with NumPy's values, zeros' signs and branch cuts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.complexes import ComplexArray, pair, split
from jittape.array.protocols import tape_of
from jittape.functions.complexes.registry import METHODS, PROPERTIES, implements
from jittape.functions.lift import as_zero_d

Part = Any
Pair = tuple[Part, Part]

# --- real operations of parts, of which some may be numbers ----------------------------------------------------------------


def plus(x: Part, y: Part) -> Part:
    """x + y, without an operation where one is the number -0.0, which changes nothing."""
    if type(y) is float and y == 0.0 and math.copysign(1.0, y) < 0.0:
        return x
    return y if type(x) is float and x == 0.0 and math.copysign(1.0, x) < 0.0 else x + y


def minus(x: Part, y: Part) -> Part:
    """x - y, without an operation where y is the number 0.0, which changes nothing."""
    return x if type(y) is float and y == 0.0 and math.copysign(1.0, y) > 0.0 else x - y


def times(x: Part, y: Part) -> Part:
    """x y, without an operation where one is the number 1."""
    if type(y) is float and y == 1.0:
        return x
    return y if type(x) is float and x == 1.0 else x * y


def number(x: Part) -> Part:
    """A number of NumPy's or an integer as one of Python's, which operations of numbers are quickest with."""
    return float(x) if isinstance(x, (int, np.number)) else x


def apart(x: Any) -> Pair:
    re, im = split(x)
    return number(re), number(im)


def made(x: Any, re: Part, im: Part, *operands: Any) -> Any:
    """A new complex array: a part that is an operand's own, which nothing was computed of, is copied."""
    for o in (x, *operands):
        if isinstance(o, Array):
            parts = (o.re, o.im) if isinstance(o, ComplexArray) else (o,)
            re, im = (p.copy("K") if isinstance(p, Array) and any(p is own for own in parts) else p for p in (re, im))
    if re is im and isinstance(im, Array):
        im = im.copy("K")
    if isinstance(re, Array) and isinstance(im, Array) and re.shape == im.shape:
        return ComplexArray(re, im)
    return pair(tape_of((x, *operands)), re, im)


def zero_d(x: Any) -> Any:
    """A number as an array without axes, where NumPy gives one."""
    return ComplexArray(as_zero_d(x.re), as_zero_d(x.im)) if isinstance(x, ComplexArray) else as_zero_d(x)


def unary(rule: Callable[[Part, Part], Pair]) -> Callable[[Any], Any]:
    """The rule of a function of one complex number from that of its parts."""
    return lambda z: made(z, *rule(*apart(z)))


def binary(rule: Callable[[Part, Part, Part, Part], Pair]) -> Callable[[Any, Any], Any]:
    return lambda x, y: made(x, *rule(*apart(x), *apart(y)), y)


# --- arithmetic ----------------------------------------------------------------------------------------------------------


def add(a: Part, b: Part, c: Part, d: Part) -> Pair:
    return plus(a, c), plus(b, d)


def subtract(a: Part, b: Part, c: Part, d: Part) -> Pair:
    return minus(a, c), minus(b, d)


def multiply(a: Part, b: Part, c: Part, d: Part) -> Pair:
    return minus(times(a, c), times(b, d)), plus(times(a, d), times(b, c))


def square(a: Part, b: Part) -> Pair:
    t = a * b
    return a * a - b * b, t + t


def choose(condition: Any, x: Part, y: Part) -> Part:
    """np.where, of a plain condition that is the same everywhere one of the two."""
    if not isinstance(condition, Array):
        if np.all(condition):
            return x
        if not np.any(condition):
            return y
    return np.where(condition, x, y)


def nowhere(condition: Any) -> bool:
    """Whether a condition is known to hold for no element."""
    return not isinstance(condition, Array) and not np.any(condition)


def larger(x: Part, y: Part) -> Any:
    """Where |x| >= |y|."""
    return np.abs(x) >= np.abs(y)


def size(x: Part) -> Part:
    """|x|, whose derivative at zero is that of the side that its sign tells."""
    return np.copysign(1.0, x) * x


def divide(a: Part, b: Part, c: Part, d: Part) -> Pair:
    """By Smith's method, as NumPy does."""
    if type(d) is float and d == 0.0 and math.copysign(1.0, d) > 0.0:  # by a real number
        k = 1.0 / c
        if not isinstance(c, Array) and np.all(c != 0.0):
            return plus(a, b * 0.0) * k, minus(b, a * 0.0) * k
    wide = larger(c, d)
    large, small = choose(wide, c, d), choose(wide, d, c)
    none = (c == 0.0) & (d == 0.0)
    some: Any = isinstance(none, Array) or np.any(none)
    ratio = small / (choose(none, 1.0, large) if some else large)
    scale = 1.0 / (large + small * ratio)
    p, q = choose(wide, a, b), choose(wide, b, a)
    re, im = (p + q * ratio) * scale, choose(wide, q - p * ratio, p * ratio - q) * scale
    if not some:
        return re, im
    return choose(none, a / size(c), re), choose(none, b / size(c), im)


def reciprocal(a: Part, b: Part) -> Pair:
    low = larger(b, a)
    large, small = choose(low, b, a), choose(low, a, b)
    ratio = small / large
    scale = 1.0 / (large + small * ratio)
    return choose(low, ratio * scale, scale), choose(low, -scale, -ratio * scale)


implements(np.add)(binary(add))
implements(np.subtract)(binary(subtract))
implements(np.multiply)(binary(multiply))
implements(np.true_divide, np.divide)(binary(divide))
implements(np.negative)(unary(lambda a, b: (-a, -b)))
implements(np.positive)(unary(lambda a, b: (a, b)))
implements(np.square)(unary(square))
implements(np.reciprocal)(unary(reciprocal))
implements(np.conjugate)(unary(lambda a, b: (a, -b)))
METHODS["conjugate"] = METHODS["conj"] = lambda z: np.conjugate(z)

# --- sizes, angles, parts --------------------------------------------------------------------------------------------------


@implements(np.absolute, np.abs)
def absolute(z: Any) -> Any:
    a, b = apart(z)
    return np.hypot(a, b)


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    a, b = apart(z)
    found = np.arctan2(b, a)
    return found * (180.0 / math.pi) if deg else found


@implements(np.sign)
def sign(z: Any) -> Any:
    a, b = apart(z)
    none = (a == 0.0) & (b == 0.0)
    length = np.hypot(choose(none, 1.0, a), b)
    return made(z, choose(none, 0.0, a / length), choose(none, 0.0, b / length))  # at zero constant, as of real numbers


@implements(np.real)
def real(val: Any) -> Any:
    return split(val)[0]


@implements(np.imag)
def imag(val: Any) -> Any:
    return split(val)[1]


@implements(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part where all imaginary parts are as good as zero: a decision, whose derivative is the part's."""
    small = np.abs(a.im) < (tol * np.finfo(a.im.dtype).eps if tol > 1 else tol)
    return zero_d(a.re if bool(np.all(small)) else a)


# --- exponentials ----------------------------------------------------------------------------------------------------------


def exp(a: Part, b: Part) -> Pair:
    e = np.exp(a)
    return e * np.cos(b), e * np.sin(b)


def log_length(a: Part, b: Part) -> Part:
    """log |z|, near |z| = 1 by (m - 1) (m + 1) + n**2 of the larger and the smaller part, where log(hypot) has rounded away what is wanted.

    Where the other formula counts each stands at a place where its value and derivatives are finite.
    """
    length = np.hypot(a, b)
    near = (length > 0.7) & (length < 1.7)
    if nowhere(near):
        return np.log(length)
    wide = larger(a, b)
    m, n = np.abs(choose(near, choose(wide, a, b), 1.0)), choose(near, choose(wide, b, a), 0.0)
    return choose(near, 0.5 * np.log1p((m - 1.0) * (m + 1.0) + n * n), np.log(choose(near, 1.0, length)))


def log(a: Part, b: Part) -> Pair:
    return log_length(a, b), np.arctan2(b, a)


implements(np.exp)(unary(exp))
implements(np.log)(unary(log))

# --- comparisons -----------------------------------------------------------------------------------------------------------


def compared(rule: Callable[[Part, Part, Part, Part], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: rule(*apart(x), *apart(y))


def less(a: Part, b: Part, c: Part, d: Part) -> Any:
    """NumPy's order: by real parts, among equal ones by imaginary parts; none where a part is NaN."""
    return ((a < c) & (b == b) & (d == d)) | ((a == c) & (b < d))  # noqa: PLR0124


def less_equal(a: Part, b: Part, c: Part, d: Part) -> Any:
    return ((a < c) & (b == b) & (d == d)) | ((a == c) & (b <= d))  # noqa: PLR0124


implements(np.equal)(compared(lambda a, b, c, d: (a == c) & (b == d)))
implements(np.not_equal)(compared(lambda a, b, c, d: (a != c) | (b != d)))
implements(np.less)(compared(less))
implements(np.less_equal)(compared(less_equal))
implements(np.greater)(compared(lambda a, b, c, d: less(c, d, a, b)))
implements(np.greater_equal)(compared(lambda a, b, c, d: less_equal(c, d, a, b)))


def asked(rule: Callable[[Part, Part], Any]) -> Callable[[Any], Any]:
    return lambda z: rule(*apart(z))


implements(np.isnan)(asked(lambda a, b: np.isnan(a) | np.isnan(b)))
implements(np.isinf)(asked(lambda a, b: np.isinf(a) | np.isinf(b)))
implements(np.isfinite)(asked(lambda a, b: np.isfinite(a) & np.isfinite(b)))
implements(np.logical_not)(asked(lambda a, b: (a == 0.0) & (b == 0.0)))
implements(np.isreal)(asked(lambda a, b: b == 0.0))
implements(np.iscomplex)(asked(lambda a, b: b != 0.0))
implements(np.isrealobj)(lambda x: False)
implements(np.iscomplexobj)(lambda x: True)

for _name, _rule in {"real": real, "imag": imag}.items():
    METHODS[_name] = _rule
    PROPERTIES.add(_name)
