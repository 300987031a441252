"""Native functions by way of LLVM's language: they mean what they mean in Python, and to Numba, which compiles the others."""

from __future__ import annotations

import inspect
import itertools
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from numba import types

from jittape.compiler import jit
from jittape.compiler.pointers import i4_pointer, i8_pointer, real_pointer, real_size, u1_pointer, u2_pointer
from jittape.compiler.translation import Unsupported, translate

INT, REAL, SINGLE = types.int64, types.float64, types.float32
NUMBERS = (-9, -4, -1, 0, 1, 2, 3, 7, 40)
REALS = (-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.25, math.inf, -math.inf, math.nan)


def compiled(f: Callable[..., Any], *kinds: Any, result: Any = INT, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`f` as a builtin; an error where it is Numba that would compile it."""

    def no_dispatcher(*arguments: Any, **options: Any) -> Any:
        raise AssertionError("Numba was asked")

    monkeypatch.setenv("JITTAPE_CACHE", "0")
    with monkeypatch.context() as patched:
        patched.setattr(jit.numba, "njit", no_dispatcher)
        return jit.function(f, result(*kinds))  # type: ignore[no-any-return]


def same(x: Any, y: Any) -> bool:
    return type(x) is type(y) and (x == y or (x != x and y != y)) and (not isinstance(x, float) or math.copysign(1.0, x) == math.copysign(1.0, y) or x != x)


def operators(a, b):
    return 3 * a - b // 5 + (a & 6 | b ^ 1) + (a << 2) - (b >> 1) + ~a


def quotient(a, b):
    return a // b


def remainder(a, b):
    return a % b


def by_eight(a, b):
    return a // 8 * 1000 + a % 8 + b % -3 + b // -3


def chain(a, b):
    return (0 <= a < b) + 2 * (a == b != 3) + 4 * (not a) + 8 * (a > 2 or b > 2 and a != b)


def either(a, b):
    return (a and b) * 100 + (a or b)


def extremes(a, b):
    return min(a, b, 2) * 100 + max(a, -b) + abs(a - b)


def choice(a, b):
    return a if a > b else b if b else -7


def loops(a, b):
    total = 0
    for i in range(a):
        if i == 5:
            continue
        if i > 8:
            break
        for j in range(b, i, -2):
            total += i * j
        total = total * 3 % 1009
    for k in range(-2, b, 3):
        total += k
    while a > 3:
        a -= 2
        total += a
    return total


def steps(a, b):
    total = 0
    if b:
        for i in range(a, 3 * b, b):
            total = (7 * total + i) % 1000003
            i = 1000
    return total


def endless(a, b):
    while True:
        a += 1
        if a > b:
            return a
        if a % 5 == 0:
            break
    return -a


def tuples(a, b):
    pair = a, b
    (c, d), e = (pair[1], pair[0]), pair
    f = e + (c, d)
    place = a % 4
    a, b = b, a
    return f[place] * 1000 + f[-1] + a - b


def powers(a, b):
    return a**2 + b**3 - a**0


def picked(a, b):
    """Items by numbers that are computed, from the end, too."""
    for i in range(b, a, 2 * ((a - b) % 2) - 1):
        a += i % 2
        if a > 1000:
            break
    return (5, a, b)[a % 6 - 3] * 10 + (a > b, not b)[-(b % 2)]


def signless(a, b):
    """Integers without sign."""
    c = abs(-np.uint64(a)) >> np.uint64(3)
    return np.int64(c ^ -np.uint64(b)) + abs(a > b)


@jit.part
def two(a, b=3):
    return a + b, a - b


def nothing(a, b):
    """A call of something without a result, and one by names and defaults."""
    if a > b:
        return two(b=a, a=b)[1]
    c, _ = two(a)
    _, d = two(b, 2)
    return c * d


INTEGERS = [operators, quotient, remainder, by_eight, chain, either, extremes, choice, loops, steps, endless, tuples, powers, picked]


@pytest.mark.parametrize("f", [*INTEGERS, nothing, signless], ids=lambda f: f.__name__)
def test_integers_are_those_of_numba_and_python(f: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ours, numbas = compiled(f, INT, INT, monkeypatch=monkeypatch), numba.njit(error_model="numpy")(f)
    for a, b in itertools.product(NUMBERS, NUMBERS):
        assert ours(a, b) == int(numbas(a, b)), (a, b)
        if f is not signless and (b or f not in (quotient, remainder)):
            assert ours(a, b) == int(python_result(f, a, b)), (a, b)


def python_result(f: Callable[..., Any], a: int, b: int) -> Any:
    """What Python finds; `two` is Python's there."""
    return eval("f(a, b)", {"f": type(f)(f.__code__, f.__globals__ | {"two": two.py_func}), "a": a, "b": b})


def mixed(x, y):
    return x * 2 - y / 3 + (x > y) - x**3


def smaller(x, y):
    return min(x, y)


def larger(x, y):
    return max(x, y)


def comparisons(x, y):
    return 1.0 * (x < y) + 2.0 * (x <= y) + 4.0 * (x == y) + 8.0 * (x != y) + 16.0 * (not x) + (32.0 if y else 0.0)


def real_functions(x, y):
    z = abs(x) + 1.0
    return math.sqrt(z) + math.exp(-z) + math.log(z) + math.sin(y) + math.cos(y) + np.floor(y) + z**y + math.log1p(z) + math.expm1(-z)


def negated(x, y):
    return -x if y != 0 else -y


def multiplied(x, y):
    """Powers whose exponents are integers that are computed, or below zero."""
    total = 0.0
    for n in range(-7, 9):
        total += (x + 0.1) ** n - (y + 0.3) ** -3 / (y**67 + x ** (abs(n) * 20000))
    return total


@pytest.mark.parametrize("kind", [REAL, SINGLE], ids=str)
@pytest.mark.parametrize("f", [mixed, smaller, larger, comparisons, real_functions, negated, multiplied], ids=lambda f: f.__name__)
def test_real_numbers_are_those_of_numba(f: Callable[..., Any], kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, numbas = compiled(f, kind, kind, result=REAL, monkeypatch=monkeypatch), numba.njit(REAL(kind, kind), error_model="numpy")(f)
    for x, y in itertools.product(REALS, REALS):
        assert same(ours(x, y), numbas(x, y)), (x, y)


def memory(address, n):
    """Every width of integers, read and cut where they are stored."""
    longs, words = i8_pointer(address), i4_pointer(address + 64)
    halves, bytes_ = u2_pointer(address + 128), u1_pointer(address + 192)
    for i in range(n):
        words[i] = longs[i]
        halves[i] = longs[i]
        bytes_[i] = longs[i]
    total = 0
    for i in range(n):
        words[i] += 1
        bytes_[i] ^= 3
        total += words[i] + halves[i] * 3 - bytes_[i] + (words[i] > 0) + (halves[i] << 3) - (bytes_[i] >> 1) + ~longs[i]
    total += np.int32(longs[0]) + np.uint8(longs[1])
    return total


def hashed(address, n):
    longs = i8_pointer(address)
    digest = np.uint64(n)
    for i in range(n):
        digest = (digest ^ np.uint64(longs[i])) * np.uint64(0x9E3779B97F4A7C15)
        digest ^= digest >> np.uint64(29)
    return np.int64(digest & np.uint64(0xFFFFF))


@pytest.mark.parametrize("f", [memory, hashed], ids=lambda f: f.__name__)
def test_memory_is_that_of_numba(f: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ours, numbas = compiled(f, INT, INT, monkeypatch=monkeypatch), numba.njit(INT(INT, INT))(f)
    given = np.array([1, -1, 255, 256, 70000, -70000, 2**40 + 5, 0], np.int64)
    found = []
    for function in (ours, numbas):
        room = np.zeros(32, np.int64)
        room[: given.size] = given
        found.append((function(room.ctypes.data, given.size), room.tobytes()))
    assert found[0] == found[1]


def stored(address, like):
    x = real_pointer(address, like)
    x[1] = x[0] * 0.1 + 1
    x[2] = 3
    x[3] += x[1] * x[0]
    return real_size(like)


@pytest.mark.parametrize("kind", [REAL, SINGLE], ids=str)
def test_numbers_are_rounded_where_they_are_stored(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, numbas = compiled(stored, INT, kind, monkeypatch=monkeypatch), numba.njit(INT(INT, kind))(stored)
    found = []
    for function in (ours, numbas):
        x = np.array([1.7, 0.0, 0.0, 0.3], str(kind))
        found.append((function(x.ctypes.data, 0.0), x.tobytes()))
    assert found[0] == found[1]


def test_arguments_from_python_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    f = compiled(choice, INT, INT, monkeypatch=monkeypatch)
    assert f(np.int64(3), True) == 3
    for arguments in [(1,), (1, 2, 3), (1, "2"), (2**70, 1), (1.5, 1)]:
        with pytest.raises((TypeError, OverflowError)):
            f(*arguments)
    g = compiled(smaller, REAL, REAL, result=types.void, monkeypatch=monkeypatch)
    assert g(np.float32(1.0), 2) is None
    with pytest.raises(TypeError):
        g(None, 1.0)


def _recursive(a, b):
    return again(a, b)


again = jit.part(_recursive)


def of_arrays(a, b):
    return np.arange(a).sum()


def of_unlike_kinds(a, b):
    x = i8_pointer(a)
    x = b
    return x


def sometimes(a, b):
    if a:
        return b


def by_real(a, b):
    return i8_pointer(a)[b * 1.0]


def over_items(a, b):
    for x in (a, b):
        b += x
    return b


def unknown(a, b):
    return no_such_name  # noqa: F821


def retyped(a, b):
    """To Numba these are two variables; one of real numbers would not hold the first."""
    x = a * 2**60
    b += x + 1
    x = 2.5
    return b + (x > 2)


def unset(a, b):
    if a:
        x = b
    return x


def unset_by_a_loop(a, b):
    for i in range(a):
        x = i + b
    return x


def unset_after_leaving(a, b):
    while True:
        if a > b:
            break
        x = a
        a += 1
    return x


def without_steps(a, b):
    for i in range(a, b, 0):
        a += i
    return a


REFUSED = [
    _recursive, of_arrays, of_unlike_kinds, sometimes, by_real, over_items, unknown, retyped, unset, unset_by_a_loop, unset_after_leaving, without_steps,
]  # fmt: skip


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_what_is_not_translated_is_refused_in_words(f: Callable[..., Any]) -> None:
    from llvmlite import ir

    with pytest.raises(Unsupported, match=rf".* in {__name__}\.\w+, line \d+"):
        translate(f, INT(INT, INT), ir.Module(), "f")


def test_numba_compiles_what_is_not_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JITTAPE_CACHE", "0")
    assert jit.function(of_arrays, INT(INT, INT))(5, 0) == 10
    assert jit.function(over_items, INT(INT, INT))(5, 2) == 9


def test_a_function_without_its_source_is_left_to_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JITTAPE_CACHE", "0")
    there: dict[str, Any] = {"__name__": __name__}
    exec(inspect.getsource(choice), there)  # as from a package that is kept without sources
    assert jit.function(there["choice"], INT(INT, INT))(5, 2) == 5


FIRST = """
import sys
import numpy as np, jittape as jt
from jittape import nn, optim
from numba.core.compiler import CompilerBase
asked = []
inner = CompilerBase.compile_extra
CompilerBase.compile_extra = lambda self, f: (asked.append(f.__qualname__), inner(self, f))[1]
jt.grad(lambda x: (np.sin(x) * x).sum())(np.ones(5))
F = jt.record(lambda x: np.sum(np.sin(x[1:]) * x[:-1]) + x @ x + np.cumsum(x)[2] + np.max(x), np.arange(5.0))
F.grad(np.arange(5.0)), F.hessian(np.arange(5.0)), F.batch_grad(np.ones((20, 5)))
m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
o = optim.Adam(m.parameters())
((m(jt.tensor(np.ones((5, 3)))) - 1.0) ** 2).mean().backward()
o.step()
print(asked)
"""


def test_first_derivatives_are_compiled_without_numba(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cold start takes a fraction of the time where no function goes through Numba's inference of types."""
    monkeypatch.setenv("JITTAPE_CACHE_DIR", str(tmp_path))
    found = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
