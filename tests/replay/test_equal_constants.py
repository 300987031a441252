"""Arguments of a recording that hold no real numbers: equal ones may be given again, others are refused, after a file as before."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import jittape as jt

X = np.array([1.0, 2.0, 3.0])
GRADIENT = [19.0, 1.0, 6.0]


def f(x: Any, i: Any = 1, mode: Any = "a", w: Any = None, flag: Any = False, places: Any = None, shape: Any = (1,), rule: Any = np.sin) -> Any:
    return x[i] * x[0] * (6.0 if flag else 1.0) + x[places].sum()


CONSTANTS = {"i": 2, "mode": "b", "w": None, "flag": True, "places": np.array([0, 1]), "shape": (3, [1, 2], {"a": False}), "rule": np.sin}


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("constants")
    made = [jt.record(f, X, **CONSTANTS), jt.record(f, X, *CONSTANTS.values(), argnums=0)]
    for k, function in enumerate(made.copy()):
        function.save(folder / f"{k}")
        made += [pickle.loads(pickle.dumps(function)), jt.load(folder / f"{k}")]
    return made


def test_equal_constants_may_be_given_again(functions: list[Any]) -> None:
    for function in functions:
        for more in ({}, {"i": 2}, {"i": np.int64(2), "flag": np.True_}, {"mode": "b", "w": None}, {"places": np.array([0, 1], np.int32)}, {"shape": (3, [1, 2], {"a": False})}):
            assert function.grad(X, **more).tolist() == GRADIENT
        np.testing.assert_array_equal(function.hessian(X, i=2), function.batch_hessian(X[None], i=2)[0])
        np.testing.assert_array_equal(function.hvp(X, X, i=2), function.batch_hvp(X[None], X[None], i=2)[0])
        function.bind(i=2, mode="b")
        function.bind()


@pytest.mark.parametrize("more", [{"i": 3}, {"i": 2.0}, {"i": True}, {"flag": 1}, {"flag": False}, {"mode": None}, {"w": 0}, {"places": [0, 1]},
                                  {"places": np.array([0, 2])}, {"places": None}, {"shape": (3, [1, 3], {"a": False})}, {"rule": np.cos}])  # fmt: skip
def test_other_constants_are_refused(functions: list[Any], more: dict[str, Any]) -> None:
    (name,) = more
    for function in functions:
        for call, x in ((function.grad, X), (function.batch_grad, X[None]), (function.hessian, X)):
            with pytest.raises(TypeError, match=f"was recorded with {name} = .*same at every call"):
                call(x, **more)
        with pytest.raises(TypeError, match=f"was recorded with {name} = "):
            function.bind(**more)


def test_sparse_matrices_are_constants() -> None:
    A = scipy.sparse.csr_matrix(np.diag([1.0, 2.0, 3.0]))
    function = jt.record(lambda x, A: x @ (A @ x), X, A=A)
    function.bind(A=A.copy())
    assert function.grad(X, A=A.copy()).tolist() == [2.0, 8.0, 18.0]
    for other in (2.0 * A, A[:2], A.tocsc(), A.toarray()):
        with pytest.raises(TypeError, match="recorded with A = a csr_matrix, and sparse matrices are constants"):
            function.bind(A=other)


def test_positions_after_a_file(tmp_path: Path) -> None:
    function = jt.record(f, X, 2, "b", None, True, np.array([0, 1]), argnums=0)
    function.save(tmp_path / "f")
    for g in (function, jt.load(tmp_path / "f")):
        assert g.grad(X, np.int64(2), "b", None, True, np.array([0, 1])).tolist() == GRADIENT
        with pytest.raises(TypeError, match="recorded with i = 2"):
            g.grad(X, 1, "b", None, True, np.array([0, 1]))
