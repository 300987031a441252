"""What native code needs its environment for, `print` and the arguments of exceptions, in functions that are compiled with their callers.

In processes of their own: where it is missing, the GIL is not released, and the process hangs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PRINTING = """
import sys

import numba
import numpy as np

import jittape as jt


@numba.njit(cache=True)
def inner(x, n):
    print("inner", x, n)
    if n > 5:
        raise ValueError("too many", n, 0.5 * n)
    return x * n


@numba.njit(cache=True)
def f(x, n):
    print(x, x[1:] * 2.0, np.arange(2), 2.5)
    z = x * (1 + 2j)
    print(z)
    return inner(x[0], n)


x = np.array([1.0, 2.0])
print(jt.grad(f)(x, 3))
g = jt.native.grad(f)


@numba.njit(cache=True)
def outer(x):
    return g(x, 3)


print(outer(x))
print(jt.record(f, x, n=3).grad(x))
print(jt.hessian(f)(x, 3).tolist())
for call in (lambda: jt.grad(f)(x, 7), lambda: numba.njit(lambda x: g(x, 7))(x)):
    try:
        call()
    except ValueError as error:
        print(error.args)
print(list(outer.stats.cache_hits.values()), file=sys.stderr)
"""
SHOWN = "[1. 2.] [4.] [0 1] 2.5\n[1.+2.j 2.+4.j]\ninner 1.0 {n}\n"


def test_numbers_and_exceptions(tmp_path: Path) -> None:
    """Compiled anew, and once more by what the first process left on disk."""
    program = tmp_path / "printing.py"
    program.write_text(PRINTING)
    once, hits = SHOWN.format(n=3), []
    for _ in range(2):
        done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        *derivatives, failures = done.stdout.split(SHOWN.format(n=7), 1)
        assert derivatives[0].replace(once, "").split("\n")[:4] == ["[3. 0.]"] * 3 + ["[[0.0, 0.0], [0.0, 0.0]]"]
        assert derivatives[0].count(once) >= 4
        assert failures.replace(SHOWN.format(n=7), "").split("\n")[:2] == ["('too many', 7, 3.5)"] * 2
        hits.append(done.stderr.splitlines()[-1])
    assert hits == ["[]", "[1]"]
