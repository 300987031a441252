"""Recorded functions that are dropped are freed at once, with all memory of their replays: no garbage collector is needed."""

import gc
import weakref

import numpy as np
import pytest

import jittape as jt

X = np.array([0.5, 1.0, 2.0])


def branches(x):
    return np.sum(x**2) if x[0] > 0 else np.sum(x**3)


USES = {
    "values": lambda F: [F(X) for _ in range(3)],
    "gradients": lambda F: [F.grad(X) for _ in range(3)],
    "Jacobian": lambda F: F.jacobian(X),
    "tangents": lambda F: F.jvp((X,), (X,)),
    "adjoints": lambda F: F.vjp(X)[1](1.0),
    "Hessians": lambda F: [F.hessian(X), F.sparse_hessian(X), F.hvp(X, X), F.hvp(X, np.eye(3))],
    "batches": lambda F: [F.batch_grad(np.tile(X, (40, 1))), F.batch_hvp(np.tile(X, (3, 1)), np.eye(3)), F.batch_hessian(X[None])],
    "paths": lambda F: [F.grad(X), F.grad(-X), F.hessian(-X)],
    "paths that are forgotten": lambda F: [F.grad(s * X) for s in (1, -1, 1, -1)],
}


@pytest.mark.parametrize("use", USES)
def test_a_dropped_function_is_freed(use):
    F = jt.record(branches, X, max_paths=1 if use == "paths that are forgotten" else 16)
    gc.collect()
    gc.disable()
    try:
        tapes = [weakref.ref(F.paths[0])]
        USES[use](F)
        tapes += map(weakref.ref, F.paths)
        tapes.append(weakref.ref(F))
        del F
        assert [r() for r in tapes] == [None] * len(tapes)
    finally:
        gc.enable()


def test_a_pullback_outlives_its_function():
    _, pull = jt.record(branches, X).vjp(X)
    np.testing.assert_allclose(pull(1.0)[0], 2 * X)
