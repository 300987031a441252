"""Checkpoints of sums and maps: what was computed before is not computed again, and nothing else is taken for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import executor_functions as functions
import numpy as np
import pytest

import jittape as jt
from jittape.integrate.executor import (
    Pieces,
    map_grad,
    map_value_and_grad,
    sum_grad,
    sum_hessian,
    sum_value,
    sum_value_and_grad,
)
from jittape.integrate.executor.journal import HEAD, MAGIC, Journal

W, X = np.array([0.3, 1.2]), np.random.default_rng(6).normal(size=(100, 2))


def recorded() -> jt.Function:
    return jt.record(functions.bent, W, X[0])


class Breaks(functions.Postman):
    """After some chunks the program is stopped."""

    def __init__(self, after: int) -> None:
        super().__init__(2)
        self.after = after

    def deliver(self, future: Any, letter: bytes) -> None:
        if len(self.back) == self.after:
            raise KeyboardInterrupt
        super().deliver(future, letter)


def test_what_was_computed_is_not_computed_again(tmp_path: Path) -> None:
    want, path = sum_value_and_grad(recorded(), W, X, executor=None, chunk=10), tmp_path / "sum"
    computed = 0
    for after in (3, 4):  # of 10 chunks
        stopped = Breaks(after)
        with pytest.raises(KeyboardInterrupt):
            sum_value_and_grad(recorded(), W, X, executor=stopped, chunk=10, checkpoint=path)
        computed += len(stopped.back)
    with Journal(path) as journal:
        kept = len(journal._places)
    assert kept == computed == 7
    last = functions.Postman(2)
    got = sum_value_and_grad(recorded(), W, X, executor=last, chunk=10, checkpoint=path)
    assert got[0] == want[0] and np.array_equal(got[1], want[1])
    assert len(last.back) == 3
    again = functions.Postman(2)
    got = sum_value_and_grad(recorded(), W, X, executor=again, chunk=10, checkpoint=path)
    assert got[0] == want[0] and np.array_equal(got[1], want[1]) and not again.back


def test_nothing_else_is_taken_for_it(tmp_path: Path) -> None:
    path, other, seen = tmp_path / "sum", X.copy(), []
    other[57, 1] += 1e-9

    def computed(call: Any, *args: Any, F: Any = None, **options: Any) -> int:
        postman = functions.Postman(2)
        got = call(F or recorded(), *args, executor=postman, checkpoint=path, **options)
        plain = call(F or recorded(), *args, executor=None, **options)
        seen.append(np.array_equal(np.concatenate(list(map(np.ravel, got if isinstance(got, tuple) else (got,)))), np.concatenate(list(map(np.ravel, plain if isinstance(plain, tuple) else (plain,))))))
        return len(postman.back)

    assert computed(sum_value_and_grad, W, X, chunk=10) == 10
    assert computed(sum_value_and_grad, W, X, chunk=10) == 0
    assert computed(sum_value_and_grad, W * 1.5, X, chunk=10) == 10
    assert computed(sum_value_and_grad, W, other, chunk=10) == 10  # its chunks were dropped for the sum
    assert computed(sum_grad, W, X, chunk=10) == computed(sum_hessian, W, X, chunk=10) == computed(sum_value_and_grad, W, X, chunk=10, math="precise") == 10
    assert computed(sum_value_and_grad, W, X, chunk=20) == 5
    scaled = jt.record(lambda w, x, s: functions.bent(w, x) * s, W, X[0], s=2.0)
    assert computed(sum_value, W, X, chunk=10, F=scaled) == 10
    scaled.bind(s=3.0)
    assert computed(sum_value, W, X, chunk=10, F=scaled) == 10
    assert computed(sum_value, W, X, chunk=10, F=scaled, s=2.0) == 0
    near = [jt.record(eval(f"lambda w, x: x[0] if x[1] < 9.0 else {k} * w[0]"), W, X[0]) for k in (1, 2)]  # which recorded nothing else
    assert computed(sum_value, W, X, chunk=10, F=near[0]) == computed(sum_value, W, X, chunk=10, F=near[1]) == 10
    assert all(seen)


def test_maps_and_pieces(tmp_path: Path) -> None:
    F, path = jt.record(functions.smooth, np.ones(4)), tmp_path / "map"
    points = np.random.default_rng(1).normal(size=(55, 4))
    want = map_value_and_grad(F, points, executor=None)
    with pytest.raises(KeyboardInterrupt):
        map_value_and_grad(F, points, executor=Breaks(3), chunk=10, checkpoint=path)
    last = functions.Postman(2)
    got = map_value_and_grad(F, points, executor=last, chunk=10, checkpoint=path)
    assert np.array_equal(got[0], want[0]) and np.array_equal(got[1], want[1]) and len(last.back) == 3
    none = functions.Postman(2)
    assert np.array_equal(map_value_and_grad(F, points, executor=none, chunk=10, checkpoint=path)[1], want[1]) and not none.back
    refuses = jt.record(functions.refuses, np.zeros(2))
    far = np.zeros((40, 2))
    far[[11, 12], 0] = 1.0
    for _ in range(2):  # chunks with failures are computed again
        failures: list[Any] = []
        postman = functions.Postman(2)
        assert np.isnan(map_grad(refuses, far, executor=postman, chunk=10, failures=failures, checkpoint=path)).sum() == 4
        assert [f.point for f in failures] == [11, 12]
    assert len(postman.back) == 1
    load, total = functions.Load(), sum_value(recorded(), W, Pieces(range(6), functions.Load()), executor=None)
    for pieces in (Pieces(range(6), load), Pieces(lambda: map(load, range(6)))):
        for count in (6, 0):
            postman = functions.Postman(2)
            assert sum_value(recorded(), W, pieces, executor=postman, checkpoint=tmp_path / "pieces") == total
            assert len(postman.back) == count


def test_a_fit_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    """As sums are the same to the last bit, an optimiser that is begun again takes the same steps, the first ones out of the file."""
    from scipy.optimize import minimize

    F, x = jt.record(lambda w, x: np.log1p(np.exp(-(w @ x))) + 0.01 * (w @ w), np.zeros(2), np.ones(2)), X + [1.0, 0.3]
    path, runs = tmp_path / "fit", []
    for kill in (25, None):
        executor = functions.Postman(2) if kill is None else Breaks(kill)

        def objective(w: Any, executor: Any = executor) -> Any:
            return sum_value_and_grad(F, w, x, executor=executor, chunk=10, checkpoint=path)

        if kill is not None:
            with pytest.raises(KeyboardInterrupt):
                minimize(objective, np.zeros(2), jac=True, method="BFGS")
        else:
            runs.append(minimize(objective, np.zeros(2), jac=True, method="BFGS"))
            whole = minimize(lambda w: sum_value_and_grad(F, w, x, executor=None, chunk=10), np.zeros(2), jac=True, method="BFGS")
            assert np.array_equal(runs[0].x, whole.x) and runs[0].success
            assert len(executor.back) <= 10 * whole.nfev - 20
    assert path.stat().st_size < (whole.nfev + 1) * 300  # a sum an evaluation, and no chunks


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "sum"
    with Journal(path) as journal:
        for k in range(3):
            journal.put(bytes([k]) * 16, [np.full(5, float(k)), np.array(True)])
        with pytest.raises(RuntimeError, match="in use"):
            Journal(path)
    size = path.stat().st_size
    each = (size - len(MAGIC)) // 3
    content = path.read_bytes()
    for cut in (1, each - 1, each, each + 5, 2 * each + HEAD.size):
        path.write_bytes(content[:-cut])
        with Journal(path) as journal:
            whole = (size - cut - len(MAGIC)) // each
            assert sorted(k[0] for k in journal._places) == list(range(whole))
            assert path.stat().st_size == len(MAGIC) + whole * each  # what was half written is cut off
            journal.put(b"n" * 16, [np.ones(1)])
        with Journal(path) as journal:
            assert journal.get(b"n" * 16)[0].tolist() == [1.0] and b"n" * 16 in journal and b"o" * 16 not in journal
    path.write_bytes(content[: len(MAGIC) + HEAD.size + 3] + b"?" + content[len(MAGIC) + HEAD.size + 4 :])
    with Journal(path) as journal:
        assert not journal._places
    for wrong in (b"something else", MAGIC[:-2] + b"7\n" + content[len(MAGIC) :]):
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match="is no checkpoint"):
            sum_value(recorded(), W, X, executor=None, checkpoint=path)
        assert path.read_bytes() == wrong
    path.write_bytes(MAGIC[:5])  # killed at once
    assert sum_value(recorded(), W, X, executor=None, checkpoint=path) == sum_value(recorded(), W, X, executor=None)


PROGRAM = """
import sys
import executor_functions as functions
import numpy as np
import jittape as jt
from jittape.integrate.executor import Pieces, sum_value_and_grad

F = jt.record(functions.bent, np.array([0.3, 1.2]), np.zeros(2))
def told(done, of):
    if done == int(sys.argv[3]):
        functions.dies()
value, g = sum_value_and_grad(F, np.array([0.3, 1.2]), Pieces(range(20), functions.Load(sys.argv[2])), executor=None, checkpoint=sys.argv[1], progress=told)
print(repr([float(value), *map(float, g)]))
"""


def test_a_program_that_is_killed(tmp_path: Path) -> None:
    program, log = tmp_path / "program.py", tmp_path / "log"
    program.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])}
    for kill in (8, -1):
        done = subprocess.run([sys.executable, str(program), str(tmp_path / "sum"), str(log), str(kill)], capture_output=True, text=True, env=environment, timeout=120, check=False)
        assert (done.returncode == 0) == (kill < 0), done.stderr
    F = jt.record(functions.bent, np.array([0.3, 1.2]), np.zeros(2))
    value, g = sum_value_and_grad(F, np.array([0.3, 1.2]), Pieces(range(20), functions.Load()), executor=None)
    assert eval(done.stdout) == [float(value), *map(float, g)]
    begun = [int(k) for k in log.read_text().split()]
    assert len(begun) <= 21 and set(begun) == set(range(20))  # the one that was under way, twice
