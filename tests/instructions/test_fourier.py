"""Fourier transforms of slots beside NumPy's, of every kind, length, direction, weight and layout; derivatives of first and second order by every route."""

from __future__ import annotations

import itertools
import math
import pickle
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.array import Array
from jittape.errors import TapeFileError
from jittape.instructions import fourier
from jittape.instructions.fourier import BACKWARD, C2C, C2R, FORWARD, R2C
from jittape.instructions.fourier.plans import Plans, factors, plans, roots, smooth
from jittape.instructions.fourier.record import read
from jittape.ops.layout import FOURIER, OPERATION
from jittape.sparse.pattern import jacobian_pattern
from jittape.tape.tape import Tape

KINDS = [(C2C, 2, 2), (C2C, 1, 2), (C2C, 2, 1), (R2C, 1, 2), (C2R, 2, 1)]
NAMES = ("complex", "of real", "to real", "real", "back")
LENGTHS = [1, 2, 3, 5, 8, 17, 24, 30, 31, 64, 77, 101, 130, 194, 1000, 1023, 1024, 2048, 4099, 6000, 16384]


def transform(x: Any, kind: int, direction: int, power: int, lengths: tuple[int, ...], outputs: int, weights: int = 0) -> list[Array]:
    """The transforms of recorded parts [batch, *axes, inner]."""
    first = fourier.INSTRUCTION.append(x.tape, kind, direction, power, lengths, [(part.slots, False) for part in x], outputs, weights)
    after = (*lengths[:-1], lengths[-1] // 2 + 1) if kind == R2C else lengths
    return [Array.of_run(x.tape, s, (x.shape[1], *after, x.shape[-1])) for s in first]


def by_numpy(x: Any, kind: int, direction: int, power: int, lengths: tuple[int, ...], outputs: int) -> list[Any]:
    axes = tuple(range(1, 1 + len(lengths)))
    z = x[0] if len(x) == 1 else x[0] + 1j * x[1]
    if kind == C2R:
        # what is not read of a spectrum that NumPy is given: of the axes before the last, it is
        z = z if direction == BACKWARD else z.conj()
        return [np.fft.irfftn(z, lengths, axes, ("forward", "ortho", "backward")[power])]
    if kind == R2C:
        z = np.fft.rfftn(z, lengths, axes, ("backward", "ortho", "forward")[power])
        z = z if direction == FORWARD else z.conj()
    elif direction == FORWARD:
        z = np.fft.fftn(z, lengths, axes, ("backward", "ortho", "forward")[power])
    else:
        z = np.fft.ifftn(z, lengths, axes, ("forward", "ortho", "backward")[power])
    return [z.real, z.imag][:outputs]


def close(a: Any, b: Any, tolerance: float = 1e-13) -> None:
    """Errors are of the size of the largest number."""
    scale = max(float(np.max(np.abs(b), initial=0.0)), 1e-300)
    assert np.shape(a) == np.shape(b)
    assert float(np.max(np.abs(np.asarray(a) - b), initial=0.0)) <= tolerance * scale


@pytest.mark.parametrize(("kind", "inputs", "outputs"), KINDS, ids=NAMES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_and_adjoints(kind: int, inputs: int, outputs: int, dtype: Any) -> None:
    """Every length in both directions; the adjoint by <A x, w> = <x, A' w>."""
    rng = np.random.default_rng(5)
    tolerance = 4e-15 if dtype == np.float64 else 2e-6
    for n, (batch, inner) in itertools.product(LENGTHS, [(1, 1), (9, 1), (2, 5)]):
        if n * batch * inner > 20000:
            continue
        given = n // 2 + 1 if kind == C2R else n
        x = rng.normal(size=(inputs, batch, given, inner)).astype(dtype)
        direction, power = int(rng.integers(2)), int(rng.integers(3))
        want = by_numpy(x.astype(float), kind, direction, power, (n,), outputs)
        w = [rng.normal(size=z.shape).astype(dtype) for z in want]

        def f(x: Any, told: Any = (kind, direction, power, (n,), outputs), w: Any = w) -> Any:
            found = transform(x, *told)
            return sum(np.sum(z * a) for z, a in zip(found, w, strict=True)), found

        F = jt.record(lambda x: transform(x, kind, direction, power, (n,), outputs)[0], x)
        close(F(x), want[0], tolerance * (1 + math.log2(n)))
        (value, found), g = jt.value_and_grad(f, has_aux=True)(x)
        for z, a in zip(found, want, strict=True):
            close(z, a, tolerance * (1 + math.log2(n)))
        assert g.dtype == dtype
        e = rng.normal(size=x.shape)
        moved = by_numpy(x + e, kind, direction, power, (n,), outputs)
        difference = sum(np.sum((a - b) * c) for a, b, c in zip(moved, want, w, strict=True))
        assert abs(difference - np.sum(g * e)) <= tolerance * 50 * np.linalg.norm(g) * np.linalg.norm(e)


@pytest.mark.parametrize(("kind", "inputs", "outputs"), KINDS, ids=NAMES)
def test_every_route(kind: int, inputs: int, outputs: int) -> None:
    """Several axes, some of what is given; replays elsewhere, batches, tangents, jacobians, products with Hessians, float32."""
    rng = np.random.default_rng(6)
    for lengths, given, inner, direction in [((8,), (7,), 1, FORWARD), ((9,), (9,), 3, BACKWARD), ((4, 6), (4, 3), 1, BACKWARD), ((3, 5), (2, 3), 2, FORWARD), ((2, 3, 4), (2, 3, 3), 1, FORWARD)]:
        if kind == C2R:
            given = (*given[:-1], min(given[-1], lengths[-1] // 2 + 1))
        x, e = rng.normal(size=(2, inputs, 2, *given, inner))
        told = (kind, direction, 1, lengths, outputs)

        def parts(x: Any, told: Any = told) -> Any:
            return np.concatenate([np.ravel(z) for z in (transform if isinstance(x, Array) else by_numpy)(x * x, *told)])

        def f(x: Any, parts: Any = parts) -> Any:
            return np.sum(np.sin(parts(x)) * 0.5)

        J, there = jt.jacobian(parts)(x), jt.jacobian(lambda x: x * x)(x)
        columns = [parts_plain(np.reshape(u, x.shape), told) for u in there.reshape(x.size, x.size).T]
        close(J.reshape(len(J), -1), np.stack(columns, -1))
        y = rng.normal(size=x.shape)
        F = jt.record(f, x)
        v = parts_plain(y * y, told)
        close(F(y), np.sum(np.sin(v) * 0.5))
        J = jt.jacobian(parts)(y).reshape(v.size, -1)
        g = 0.5 * np.cos(v) @ J
        close(F.grad(y).ravel(), g)
        close(jt.jvp(f, (y,), (e,))[1], g @ e.ravel())
        diagonal = np.diag(2 * (0.5 * np.cos(v) @ (J / (2 * y.ravel()))))
        H = J.T @ np.diag(-0.5 * np.sin(v)) @ J + diagonal
        close(F.hvp(y, e).ravel(), H @ e.ravel())
        close(F.hessian(y).reshape(H.shape), H)
        points = rng.normal(size=(19, *x.shape))
        values, gradients = F.batch_value_and_grad(points)
        close(gradients, np.stack([F.grad(p) for p in points]))
        close(values, np.array([F(p) for p in points]))
        single = jt.record(f, x.astype(np.float32))
        close(single.grad(y.astype(np.float32)).ravel(), g, 3e-6)
        close(jt.vmap(lambda x: jt.grad(f)(x))(points[:3]), gradients[:3])


def parts_plain(x: Any, told: Any) -> Any:
    return np.concatenate([np.ravel(z) for z in by_numpy_padded(x, *told)])


def by_numpy_padded(x: Any, kind: int, direction: int, power: int, lengths: tuple[int, ...], outputs: int) -> list[Any]:
    whole = (*lengths[:-1], lengths[-1] // 2 + 1) if kind == C2R else lengths
    x = np.pad(x, [(0, 0), (0, 0), *((0, n - m) for n, m in zip(whole, x.shape[2:-1], strict=True)), (0, 0)])
    return by_numpy(x, kind, direction, power, lengths, outputs)


def test_patterns_listings_and_files() -> None:
    """Each of a batch depends on itself alone."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(2, 3, 4, 1))
    F = jt.record(lambda x: np.concatenate([z.ravel() for z in transform(x * x, C2C, FORWARD, 2, (5,), 2)]), x)
    _, entries = jacobian_pattern(F.tape, np.arange(x.size), F.paths[0].outputs[0].slots)
    assert entries.size == 2 * 3 * 5 * 8
    assert "fft" in F.tape.listing()
    G = pickle.loads(pickle.dumps(F))
    assert np.array_equal(G(x), F(x))
    assert np.array_equal(G.jacobian(x), F.jacobian(x))


def test_damaged_files_are_refused(tmp_path: Any) -> None:
    x = np.random.default_rng(8).normal(size=(2, 1, 6, 1))
    F = jt.record(lambda x: transform(x, C2C, FORWARD, 0, (6,), 2)[0], x)
    k = int(np.flatnonzero(F.tape.opcode[: F.tape.count] & OPERATION == FOURIER)[0])
    at, length = int(F.tape.arg0[k]), read(F.tape.meta, int(F.tape.arg0[k])).length
    refused = 0
    for place, number in itertools.product(range(length), (-1, 0, 3, 7, 1 << 20)):
        damaged = F.tape.copy()
        damaged.meta[at + place] = number
        damaged.save(tmp_path / "damaged")
        try:
            tape = Tape.load(tmp_path / "damaged")
        except TapeFileError:
            refused += 1
        else:
            tape.interpret()  # what is let through is in bounds
    assert refused > 3 * length


def test_plans() -> None:
    assert [smooth(n) for n in (1, 2, 7, 11, 13, 17, 31, 97, 1999)] == [1, 2, 8, 12, 15, 18, 32, 100, 2000]
    assert factors(2 * 3 * 5 * 7 * 11 * 13) is not None and factors(17) is None
    for n in (1, 2, 3, 8, 12, 100, 4099):
        exact = np.exp(-8j * np.arctan(np.longdouble(1)) * (np.arange(-n, 2 * n) % n) / n)
        assert np.abs(roots(np.arange(-n, 2 * n), n) - exact).max() < 2e-16
    known: Plans = plans(np.dtype(float))
    found = {n: known.find(n, C2C) for n in range(1, 200)}  # the directory grows
    assert all(known.find(n, C2C) == plan for n, plan in found.items())
