"""Guards as values: comparing them, their size, and the source lines that a loaded recording brings along."""

from __future__ import annotations

import linecache
import pickle

import numpy as np

import jittape as jt
from jittape.tape.guards import Guards


def decide(x):
    return x[1] * 2.0 if x[0] > 0.5 else x[1] * x[x[2]]


def guards(x) -> Guards:
    return jt.record(decide, np.array(x)).tape.guards


def test_equal_guards() -> None:
    a, b = guards([0.1, 2.0, 1.0]), guards([0.2, 3.0, 1.0])
    assert len(a) == 2 and a == b and not a != b and a == a.copy()
    assert a != guards([0.1, 2.0, 0.0]) and a != guards([1.0, 2.0, 1.0])
    assert a != 3 and a.__eq__("text") is NotImplemented


def test_zero_decides_as_minus_zero_does() -> None:
    a, b = guards([0.1, 2.0, 0.0]), guards([0.1, 2.0, -0.0])
    assert a.outcomes() == b.outcomes() and a.outcomes(1) == b.outcomes(1) != a.outcomes()


def test_size() -> None:
    a = guards([0.1, 2.0, 1.0])
    assert a.nbytes == a.slots.nbytes + a.expected.nbytes == 2 * 12
    assert Guards().nbytes == 0


def test_source_lines_of_a_loaded_recording(tmp_path) -> None:
    """They are those of the file as it was, and no file is opened that a recording names."""
    path = tmp_path / "model.py"
    text = "def f(x):\n    if x > 1.0:\n        return x\n    return -x\n"
    path.write_text(text)
    scope: dict = {}
    exec(compile(text, str(path), "exec"), scope)
    F = jt.record(scope["f"], 2.0)
    wanted = f"the truth value at {path}:2 (if x > 1.0:) was True"
    assert F.tape.guards.describe(0) == wanted
    data = pickle.dumps(F.tape)
    path.write_text("another\n" * 5)
    linecache.clearcache()
    loaded = pickle.loads(data)
    assert loaded.guards.describe(0) == wanted
    assert loaded.guards.copy().describe(0) == wanted


def test_what_an_array_was_is_told_in_full() -> None:
    F = jt.record(lambda x: np.sum(x[x]), np.array([0.0, 1.0, 1.0]))
    assert "was [0, 1, 1]" in F.tape.guards.describe(0)
    assert "was [0, 1, 1] and is [2, 1, 0] here" in F.tape.guards.describe(0, np.array([2.0, 1.0, 0.0])[np.arange(F.tape.slots) % 3])


def test_guards_of_nothing_come_back() -> None:
    F = jt.record(lambda x: np.sum(x[np.flatnonzero(x[:0] > 0.0)]) + (x[0] if np.all(x[:0] > 0.0) else x[1]) + (x[1] if x[0] > 0.5 else 0.0), np.ones(2))
    loaded = pickle.loads(pickle.dumps(F.tape))
    assert loaded.guards == F.tape.guards
