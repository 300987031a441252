"""Sums over data that do not fit: arrays in files, pieces, second order, points that fail, and that bits depend on the data alone."""

from __future__ import annotations

import itertools
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import executor_functions as functions
import numpy as np
import pytest

import jittape as jt
from jittape import tree
from jittape.errors import BranchChanged, GradientError
from jittape.integrate.executor import (
    Pieces,
    map_grad,
    map_value_and_grad,
    sum_gauss_newton,
    sum_grad,
    sum_hessian,
    sum_hvp,
    sum_value,
    sum_value_and_grad,
    worker,
)
from jittape.integrate.executor.pieces import FileArray, in_file


def recorded_loss() -> jt.Function:
    return jt.record(functions.loss, {"w": np.ones(3), "b": [0.5], "scale": 1.0}, np.ones(3), 1.0)


def data(points: int) -> tuple[dict[str, Any], Any, Any]:
    rng = np.random.default_rng(8)
    return {"w": rng.normal(size=3), "b": [0.25], "scale": 1.5}, rng.normal(size=(points, 3)), rng.normal(size=points)


def flat(pair: tuple[Any, Any]) -> list[float]:
    return [float(pair[0]), *np.concatenate([np.ravel(x) for x in tree.leaves(pair[1])])]


# --- arrays in files -----------------------------------------------------------------------------------------------------


def mapped(folder: Path, name: str, x: Any) -> Any:
    np.save(folder / f"{name}.npy", x)
    return np.load(folder / f"{name}.npy", mmap_mode="r")


def test_workers_read_mapped_arrays_from_their_files(tmp_path: Path) -> None:
    F, (p, x, y) = recorded_loss(), data(2000)
    want = flat(sum_value_and_grad(F, p, x, y, executor=None, chunk=128))
    X, Y = mapped(tmp_path, "x", x), mapped(tmp_path, "y", y)
    postman = functions.Postman()
    assert flat(sum_value_and_grad(F, p, X, Y, executor=postman, chunk=128)) == want
    assert max(postman.bytes[2:]) < 4000 < 128 * 4 * 8 - 50  # where the rows themselves would be 4,096 bytes
    assert flat(sum_value_and_grad(F, p, x, y, executor=functions.Postman(), chunk=128)) == want
    # rows of a part of a map, and of arrays that are in no file as they stand
    part = flat(sum_value_and_grad(F, p, x[300:1500], y[300:1500], executor=None, chunk=128))
    for a, b in [(X[300:1500], Y[300:1500]), (X[300:1500], y[300:1500]), (np.asfortranarray(x)[300:1500], Y[300:1500])]:
        assert flat(sum_value_and_grad(F, p, a, b, executor=functions.Postman(), chunk=128)) == part
    assert flat(sum_value_and_grad(F, p, X[::-1], Y[::-1], executor=None, chunk=128)) == flat(
        sum_value_and_grad(F, p, x[::-1], y[::-1], executor=None, chunk=128)
    )


def test_what_is_in_a_file(tmp_path: Path) -> None:
    x = np.arange(120_000.0).reshape(30_000, 4)
    X = mapped(tmp_path, "x", x)
    for rows in (slice(None), slice(7, 20_011), slice(29_999, 30_000)):
        there = in_file(X[rows])
        assert isinstance(there, FileArray) and np.array_equal(there[slice(0, len(x[rows]))], x[rows])
        assert np.array_equal(pickle.loads(pickle.dumps(there))[slice(0, 1)], x[rows][:1])
    raw = np.memmap(tmp_path / "raw", np.float32, "w+", offset=4096 * 3 + 12, shape=(5000, 2))
    raw[...] = np.arange(10_000).reshape(5000, 2)
    assert np.array_equal(in_file(raw[4000:])[slice(2, 5)], raw[4002:4005])  # type: ignore[index]
    private = np.load(tmp_path / "x.npy", mmap_mode="c")
    private[0, 0] = 5.0
    assert in_file(private) is None  # its change is in no file
    assert in_file(X[::2]) is None and in_file(X.T) is None and in_file(x) is None and in_file(X + 0.0) is None and in_file(np.array(X)) is None
    there = in_file(X)
    with open(tmp_path / "x.npy", "r+b") as file:
        file.truncate(1000)
    with pytest.raises(ValueError, match="ends before row"):
        there[slice(0, 200)]  # type: ignore[index]


class Counted:
    """An array of which rows are read, as h5py's are."""

    def __init__(self, x: Any) -> None:
        self.x, self.shape, self.dtype, self.ndim, self.most = x, x.shape, x.dtype, x.ndim, 0

    def __getitem__(self, rows: slice) -> Any:
        found = self.x[rows]
        self.most = max(self.most, len(found))
        return found


def test_other_arrays_are_read_a_chunk_at_a_time() -> None:
    F, (p, x, y) = recorded_loss(), data(500)
    lazy = Counted(x)
    assert flat(sum_value_and_grad(F, p, lazy, y, executor=None, chunk=100)) == flat(sum_value_and_grad(F, p, x, y, executor=None, chunk=100))
    assert lazy.most == 100


@pytest.mark.parametrize("way", ["mapped", "loaded", "arriving"])
def test_memory_does_not_grow_with_the_data(way: str, tmp_path: Path) -> None:
    F, count, width = jt.record(lambda w, x: (w @ x) ** 2, np.ones(64), np.ones(64)), 60, 64
    rows = 2000  # a megabyte a chunk
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float64, (count * rows, width))
    x[...] = 1.0
    x.flush()
    X = np.load(tmp_path / "x.npy", mmap_mode="r")
    load = lambda k: np.full((rows, width), 1.0)
    points = {"mapped": X, "loaded": Pieces(range(count), load), "arriving": Pieces(map(load, range(count)))}[way]
    sum_grad(F, np.ones(width), X[:rows], executor=None, chunk=rows)
    tracemalloc.start()
    g = sum_grad(F, np.ones(width), points, executor=None, chunk=rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert g.tolist() == [2.0 * 64 * count * rows] * width
    assert peak < 3 * worker.BLOCK_BYTES < X.nbytes  # some chunks, and what is added up at a time


# --- pieces --------------------------------------------------------------------------------------------------------------


def quadratic() -> jt.Function:
    return jt.record(lambda w, x: (w @ x - 1.0) ** 2, np.ones(2), np.ones(2))


def test_pieces() -> None:
    F, w, load = quadratic(), np.array([0.5, 2.0]), functions.Load()
    whole = np.concatenate([load(k) for k in range(11)])
    want = flat(sum_value_and_grad(F, w, whole, executor=None, chunk=50))
    for pieces in (
        Pieces(range(11), load), Pieces([load(k) for k in range(11)]), Pieces(lambda: map(load, range(11))), Pieces((load(k),) for k in range(11)),
    ):  # fmt: skip
        told: list[Any] = []
        assert flat(sum_value_and_grad(F, w, pieces, executor=functions.Postman(2), progress=lambda *a: told.append(a))) == want
        assert len(told) == 11 and told[-1][0] == 11
    once = Pieces(map(load, range(11)))
    assert flat(sum_value_and_grad(F, w, once, executor=None)) == want
    with pytest.raises(ValueError, match="an iterator, which serves one sum"):
        sum_value(F, w, once, executor=None)
    again = Pieces(range(11), lambda k: load(k))
    assert flat(sum_value_and_grad(F, w, again, executor=None)) == flat(sum_value_and_grad(F, w, again, executor=functions.Postman())) == want
    assert sum_value(F, w, Pieces([]), executor=None) == 0.0
    uneven = Pieces([load(0)[:7], load(0)[:0], load(0)[7:]])
    assert sum_value(F, w, uneven, executor=None) == pytest.approx(sum_value(F, w, load(0), executor=None), rel=1e-14)


def test_no_more_pieces_than_needed_are_asked_for() -> None:
    F, w, load, asked = quadratic(), np.array([0.5, 2.0]), functions.Load(), 0
    postman = functions.Postman(2)
    ahead = []

    def pieces() -> Any:
        nonlocal asked
        for k in range(40):
            asked += 1
            ahead.append(asked - len(postman.back))
            yield load(k)

    sum_value(F, w, Pieces(pieces), executor=postman)
    assert asked == 40 and max(ahead) <= 2 * 2 + 2 + 1


def test_errors_of_pieces() -> None:
    F, w = quadratic(), np.ones(2)
    for executor in (None, functions.Postman()):
        with pytest.raises(OSError, match="no file 3") as caught:
            sum_value(F, w, Pieces(range(9), functions.Load(bad=3)), executor=executor)
        assert caught.value.__notes__ == ["in chunk 3, piece 3"]
    failures: list[Any] = []
    good = sum_value(F, w, Pieces([k for k in range(9) if k != 3], functions.Load()), executor=None)
    assert sum_value(F, w, Pieces(range(9), functions.Load(bad=3)), executor=functions.Postman(), failures=failures) == pytest.approx(good, rel=1e-14)
    assert [(f.chunk, f.row, f.piece) for f in failures] == [(3, None, 3)] and str(failures[0]) == "all of chunk 3, piece 3: OSError: no file 3"
    with pytest.raises(ValueError, match=r"\(points, 2\)") as shape:
        sum_value(F, w, Pieces([np.ones((4, 2)), np.ones((4, 3))]), executor=None)
    assert shape.value.__notes__ == ["in chunk 1"]
    refuses = jt.record(lambda a, x: functions.refuses(x) * a, 1.0, np.zeros(2))
    points = np.zeros((6, 2))
    points[4, 0] = 1.0
    with pytest.raises(ValueError, match="beyond a half") as named:
        sum_value(refuses, 1.0, Pieces([np.zeros((3, 2)), points]), executor=functions.Postman())
    assert named.value.__notes__ == ["at row 4 of chunk 1"]
    with pytest.raises(TypeError, match="pieces is a collection"):
        Pieces(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="load is a function"):
        Pieces([1], 2)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="nothing beside it"):
        sum_value(recorded_loss(), data(1)[0], Pieces([]), np.ones(3), executor=None)


# --- points that fail ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("postal", [False, True])
def test_points_that_fail_are_named_and_the_others_go_on(postal: bool) -> None:
    F = jt.record(functions.refuses, np.zeros(2))
    X = np.column_stack([np.linspace(-1.0, 0.4, 200), np.arange(200.0)])
    bad = [0, 57, 58, 120, 199]
    X[bad, 0] = 1.0
    failures: list[Any] = []
    values, G = map_value_and_grad(F, X, executor=functions.Postman() if postal else None, chunk=50, failures=failures)
    good = np.setdiff1d(np.arange(200), bad)
    assert np.array_equal(values[good], X[good, 0] * X[good, 1]) and np.array_equal(G[good], X[good, ::-1])
    assert np.isnan(values[bad]).all() and np.isnan(G[bad]).all()
    assert [(f.point, f.chunk, f.row) for f in sorted(failures, key=lambda f: f.point)] == [(k, k // 50, k % 50) for k in bad]
    assert all("no value beyond a half" in str(f.error) for f in failures) and str(failures[0]).startswith("row 0 of chunk 0, point 0: ValueError: ")
    H = jt.record(lambda a, x: functions.refuses(x) * a, 1.0, np.zeros(2))
    noted: list[Any] = []
    got = sum_value_and_grad(H, 2.0, X, executor=functions.Postman() if postal else None, chunk=50, failures=noted)
    total = float(np.sum(X[good, 0] * X[good, 1]))
    assert got == pytest.approx((2.0 * total, total), rel=1e-13) and [f.point for f in noted] == [f.point for f in failures]
    everyone: list[Any] = []
    assert sum_value(H, 2.0, X[bad], executor=None, failures=everyone) == 0.0 and len(everyone) == 5
    with pytest.raises(TypeError, match="failures is a list"):
        map_grad(F, X, executor=None, failures=True)


def test_a_chunk_that_no_executor_computes_is_a_failure() -> None:
    class Poisoned(functions.Postman):
        def deliver(self, future: Any, letter: bytes) -> None:
            if np.float64(12345.0).tobytes() in letter:
                future.set_exception(MemoryError("killed for its memory"))
            else:
                super().deliver(future, letter)

    F, X = jt.record(functions.smooth, np.ones(4)), np.ones((100, 4))
    X[33, 1] = 12345.0
    failures: list[Any] = []
    G = map_grad(F, X, executor=Poisoned(), chunk=10, failures=failures, local=False)
    assert np.isnan(G[30:40]).all() and np.array_equal(G[:30], F.batch_grad(X[:30]))
    assert [(f.chunk, f.row) for f in failures] == [(3, None)] and isinstance(failures[0].error.__cause__, MemoryError)


# --- second order --------------------------------------------------------------------------------------------------------


def test_second_order() -> None:
    F, (p, x, y) = recorded_loss(), data(300)
    point = np.array([*p["w"], p["b"][0], p["scale"]])

    def whole(q: Any) -> Any:
        return jt.numpy.sum((np.tanh(x @ q[:3]) * q[4] + q[3] - y) ** 2)

    H, v = jt.hessian(whole)(point), np.array([1.0, -2.0, 0.5, 3.0, 0.25])
    direction = {"w": v[:3], "b": [v[3]], "scale": v[4]}
    for executor in (None, functions.Postman()):
        got = sum_hessian(F, p, x, y, executor=executor, chunk=64)
        assert got["b"][0]["w"].shape == (3,) and got["scale"]["b"][0].shape == ()
        M = np.block([[np.reshape(got[a][b] if a != "b" and b != "b" else got[a][0][b] if b != "b" else got[a][b][0] if a != "b" else got[a][0][b][0],
                                  (3 if a == "w" else 1, 3 if b == "w" else 1)) for b in ("w", "b", "scale")] for a in ("w", "b", "scale")])  # fmt: skip
        np.testing.assert_allclose(M, H, rtol=1e-11, atol=1e-10)
        product = sum_hvp(F, p, direction, x, y, executor=executor, chunk=64)
        np.testing.assert_allclose([*product["w"], product["b"][0], product["scale"]], H @ v, rtol=1e-11, atol=1e-10)
    # more inputs at a point than shared: along unit vectors
    wide = jt.record(lambda w, x: np.exp(w @ x[:2]) + np.sum(x) * w[0] ** 3, np.ones(2), np.ones(9))
    X, w = np.random.default_rng(2).normal(size=(40, 9)), np.array([0.3, -0.2])
    want = sum(jt.hessian(lambda w, row=row: np.exp(w @ row[:2]) + np.sum(row) * w[0] ** 3)(w) for row in X)
    np.testing.assert_allclose(sum_hessian(wide, w, X, executor=functions.Postman(), chunk=16), want, rtol=1e-12)


def test_gauss_and_newton() -> None:
    F = jt.record(lambda w, x, y, s: np.stack([(np.exp(-w[0] * x) * w[1] - y) * s, 0.1 * w[1] * s]), np.ones(2), 1.0, 1.0, s=2.0)
    x, y, w = np.linspace(0.0, 3.0, 70), np.cos(np.linspace(0.0, 3.0, 70)), np.array([0.7, 1.2])
    F.bind(s=3.0)

    def residuals(w: Any) -> Any:
        return np.concatenate([(np.exp(-w[0] * x) * w[1] - y) * 3.0, np.full(70, 0.1) * w[1] * 3.0])

    J, r = jt.jacobian(residuals)(w), residuals(w)
    for executor in (None, functions.Postman()):
        value, g, M = sum_gauss_newton(F, w, x, y, executor=executor, chunk=16)
        assert value == pytest.approx(0.5 * r @ r, rel=1e-13)
        np.testing.assert_allclose(g, r @ J, rtol=1e-12)
        np.testing.assert_allclose(M, J.T @ J, rtol=1e-12)
    with pytest.raises(GradientError, match="does not return one array of residuals"):
        sum_gauss_newton(jt.record(lambda w, x: (w, x), 1.0, 1.0), 1.0, np.ones(3), executor=None)
    spun = jt.record(lambda z, x: abs(z * x) ** 2, 1.0 + 1j, 1.0)
    for of in (sum_hessian, lambda *a, **k: sum_hvp(a[0], a[1], a[1], *a[2:], **k)):
        with pytest.raises(TypeError, match="real arguments"):
            of(spun, 1.0 + 1j, np.ones(3), executor=None)


def test_hessians_of_paths_that_workers_cannot_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cloudpickle", None)
    w, x = np.array([0.3, -0.5, 0.2]), np.random.default_rng(4).normal(size=(60, 3)) * 3.0
    F = jt.record(lambda w, x: functions.branchy_loss(w, x), np.zeros(3), np.ones(3))
    got = sum_hessian(F, w, x, executor=functions.Postman(), chunk=10)
    near = x[np.abs(x @ w) < 1.0]
    np.testing.assert_allclose(got, near.T @ near, rtol=1e-12, atol=1e-13)
    strict = jt.record(functions.branchy_loss, np.zeros(3), np.ones(3), on_branch="raise")
    with pytest.raises(BranchChanged):
        sum_hessian(strict, w, x, executor=functions.Postman(), chunk=10)


# --- the same bits -------------------------------------------------------------------------------------------------------


def test_bits_do_not_depend_on_what_was_recorded_before_nor_by_whom() -> None:
    w, x = np.array([0.3, 1.2]), np.random.default_rng(6).normal(size=(700, 2))
    results = set()
    for first, executor in itertools.product([x[0], x[1], x[2], x[3]], [None, functions.Postman(3), functions.Reversed]):
        F = jt.record(functions.bent, w, first)
        executor = (lambda: functions.Reversed(10)) if executor is functions.Reversed else executor
        if executor is None and first is x[2]:
            F.batch_value(np.tile(w, (700, 1)), x)  # it knows both paths
        results.add(tuple(flat(sum_value_and_grad(F, w, x, executor=executor, chunk=70))))
        V, (G, _) = map_value_and_grad(F, np.tile(w, (700, 1)), x, executor=executor, chunk=70)
        results.add((V.tobytes(), G.tobytes()))  # as rounding of the sum hides most of it
    assert len(results) == 2


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 100])
def test_a_tree_over_numbers(count: int) -> None:
    rng = np.random.default_rng(count)
    vectors, found, most = rng.normal(size=(count, 3)), set(), 0
    for _ in range(8):
        total = worker.Sum()
        order = np.arange(count)
        for start in range(0, count, 6):  # as many at a time as are under way
            order[start : start + 6] = rng.permutation(order[start : start + 6])
        for k in order.tolist():
            total.add(vectors[k], k)
            most = max(most, len(total._parts))
        found.add(tuple(total.result()))  # type: ignore[arg-type]
    assert len(found) == 1 and most <= 6 * (1 + count.bit_length())
    np.testing.assert_allclose(next(iter(found)), vectors.sum(0), rtol=1e-12)
