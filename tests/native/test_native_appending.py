"""Linear algebra that native code appends to a recording without Python is what Python records."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.array import Array
from jittape.instructions.appending_native import LEFT_OVER, compiled_append, number_of
from jittape.native.numpy import linalg  # noqa: F401 (its operations)
from jittape.native.recording import callbacks
from jittape.native.recording.recording import Recording
from jittape.native.vars.var import RECORD

N = 3
FUNCTIONS = {
    "solve": np.linalg.solve, "inv": np.linalg.inv, "det": np.linalg.det, "slogdet": lambda a: tuple(np.linalg.slogdet(a)),
    "cholesky": np.linalg.cholesky, "matmul": np.matmul,
}  # fmt: skip


class Native:
    """Native code that records on the tape of an array: it hands operations what a user's compiled function does."""

    def __init__(self, x: Array) -> None:
        self.recording = Recording(x.tape)
        self.left: list[str] = []
        self.append = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(compiled_append().address)

    def variables(self, x: Any) -> Any:
        """An array of Vars; plain numbers are on no tape."""
        out = np.zeros(np.shape(x), RECORD)
        out["value"] = x.value() if isinstance(x, Array) else x
        if isinstance(x, Array):
            out["slot"], out["tape"] = x.slots, self.recording.address
        return out

    def call(self, name: str, *operands: Any) -> Any:
        shapes = self._shapes(name, operands)
        results = [np.zeros(shape, RECORD) for shape in shapes]
        words = [len(operands), len(results)]
        for a in (*operands, *results):
            kind = callbacks.VAR if a.dtype == RECORD else callbacks.FLOAT
            words += [kind, a.ndim, a.ctypes.data, *a.shape]
        block = np.array(words, np.int64)
        status = self.append(number_of(name), block.ctypes.data)
        if status == LEFT_OVER:
            self.left.append(name)
            status = callbacks._callback(number_of(name), block.size, block.ctypes.data)
        if status == callbacks.SINGULAR:
            raise np.linalg.LinAlgError(name)
        assert status == callbacks.DONE
        return results if len(results) > 1 else results[0]

    @staticmethod
    def _shapes(name: str, operands: Any) -> list[tuple[int, ...]]:
        plain = [np.full(a.shape, 0.5) + (np.eye(len(a)) if a.ndim == 2 and a.shape[0] == a.shape[1] else 0.0) for a in operands]
        found = FUNCTIONS[name](*plain)
        return [np.shape(z) for z in (found if isinstance(found, tuple) else (found,))]

    def end(self, *found: Any) -> list[Array]:
        tape = self.recording.tape
        self.recording.end(False)
        return [Array.of(tape, a["slot"].astype(np.int32)) for a in found]


def drawn(seed: int) -> list[tuple[str, bool, bool, bool]]:
    """(operation, whether the matrix is scattered, whether it has plain elements, whether the right-hand side is plain) in turn."""
    rng = np.random.default_rng(seed)
    return [(str(rng.choice(list(FUNCTIONS))), *(rng.random(3) < 0.4).tolist()) for _ in range(40)]


def parts(x: Any, scattered: bool, holed: bool, plain: bool) -> tuple[Any, Any]:
    a = x[:9].reshape(N, N)
    if scattered:
        a = np.stack([a[0], a[1], a[2] * 1.0])
    if holed:
        a = a.copy()
        a[0, 2] = 0.25
    return a, np.array([1.0, 2.0, 3.0]) if plain else x[9:12]


def by_python(x: Any, plan: Any) -> Any:
    total = 0.0
    for name, scattered, holed, plain in plan:
        a, b = parts(x, scattered, holed, plain)
        found = FUNCTIONS[name](a, b) if name in ("solve", "matmul") else FUNCTIONS[name](a)
        for z in found if isinstance(found, tuple) else (found,):
            total = total + np.sum(np.sin(z))
    return total


def natively(x: Any, plan: Any, left: list[str]) -> Any:
    made = [parts(x, *kinds) for _, *kinds in plan]
    own = Native(x)
    found = []
    for (name, *_), (a, b) in zip(plan, made, strict=True):
        second = [b if not isinstance(b, Array) else own.variables(b)] if name in ("solve", "matmul") else []
        results = own.call(name, own.variables(a), *second)
        found += results if isinstance(results, list) else [results]
    left += own.left
    total = 0.0
    for z in own.end(*found):
        total = total + np.sum(np.sin(z))
    return total


def point(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([(2.0 * np.eye(N) + 0.3 * rng.normal(size=(N, N))).ravel(), rng.normal(size=N)])


def test_what_is_appended_is_what_python_records() -> None:
    for seed in range(3):
        plan = drawn(seed)
        left: list[str] = []
        F = jt.record(lambda x, plan=plan, left=left: natively(x, plan, left), point(0))
        assert len(left) < len(plan) / 2, "Python is asked for what is not compiled yet, and where a tape becomes longer"
        G = jt.record(lambda x, plan=plan: by_python(x, plan), point(0))
        for x in (point(0), point(1)):
            np.testing.assert_allclose(F(x), G(x), rtol=1e-12)
            np.testing.assert_allclose(F.grad(x), G.grad(x), rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(F.hvp(x, x), G.hvp(x, x), rtol=1e-9, atol=1e-10)


def test_equal_matrices_are_factored_once() -> None:
    def f(x: Any) -> Any:
        a, b = parts(x, True, True, False)
        own = Native(x)
        a, b = own.variables(a), own.variables(b)
        return sum(np.sum(z) for z in own.end(*(own.call("solve", a, b) for _ in range(6))))

    lines = [line for line in jt.record(f, point(0)).tape.listing().splitlines() if "= lu " in line]
    assert len(lines) <= 2, "one by Python, which makes room, and one that is appended"


def test_errors_are_numpys_and_the_tape_goes_on() -> None:
    def f(x: Any) -> Any:
        own = Native(x)
        a, b = own.variables(x[:9].reshape(N, N)), own.variables(x[9:12])
        bad = own.variables(x[:9].reshape(N, N))
        bad[1] = bad[0]
        first = own.call("solve", a, b)
        for name, operands in (("solve", (bad, b)), ("inv", (bad,)), ("cholesky", (bad,))):
            with pytest.raises(np.linalg.LinAlgError):
                own.call(name, *operands)
        second = own.call("solve", a, first)
        zero = own.call("det", bad)
        return sum(np.sum(z) for z in own.end(first, second, zero))

    F = jt.record(f, point(0))
    x = point(1)
    a, b = x[:9].reshape(N, N), x[9:12]
    np.testing.assert_allclose(F(x), np.linalg.solve(a, b).sum() + np.linalg.solve(a @ a, b).sum(), rtol=1e-12)


def test_numbers_that_are_lost_pass_through() -> None:
    lost = point(0)
    lost[0] = np.nan
    F = jt.record(lambda x: natively(x, [("solve", False, False, False), ("inv", False, False, False), ("det", False, False, False)], []), lost)
    assert np.isnan(F(lost)) and np.isfinite(F(point(1)))
