"""Functions that are recorded again on the tape of their last recording: at every point what a new tape would give, whatever has changed meanwhile."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from draws import FACTOR
from drivers import ANY, SCALAR
from numba import njit

import jittape as jt
from jittape.array.repeating import Repeating
from jittape.errors import TapeMismatchError
from jittape.functional import again
from jittape.native import wrap

N = 6


@pytest.fixture(autouse=True)
def none_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(again, "FOLLOWS", True)
    again._known.recordings.clear()
    yield
    again._known.recordings.clear()


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The operations that were taken over whole, one entry each."""
    found: list[Any] = []
    take = Repeating._take

    def noted(self: Repeating, key: Any, operands: Any) -> Any:
        out = take(self, key, operands)
        if out is not None:
            found.append(key)
        return out

    monkeypatch.setattr(Repeating, "_take", noted)
    return found


def same(a: Any, b: Any) -> None:
    mine, theirs = jt.tree.leaves(a), jt.tree.leaves(b)
    assert len(mine) == len(theirs)
    for x, y in zip(mine, theirs, strict=True):
        assert np.shape(x) == np.shape(y)
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-13)


def anew(call: Callable[[Any], Any], x: Any) -> Any:
    """What a new tape gives; the known ones stay as they are."""
    known = dict(again._known.recordings)
    again._known.recordings.clear()
    try:
        return call(x)
    finally:
        again._known.recordings.clear()
        again._known.recordings.update(known)


def points(count: int = 6) -> list[Any]:
    return list(np.random.default_rng(3).uniform(0.2, 1.4, (count, N)))


class World:
    """What a function reads besides its argument."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        self.A, self.B = random.standard_normal((2, N, N))
        self.v, self.w = random.standard_normal((2, N))
        self.number: Any = 1.5
        self.index = np.arange(N)
        self.branch = 0
        self.steps = 9

    def change(self) -> str:
        """Something changes, or nothing does."""
        what = self.random.choice(["nothing", "nothing", "element", "matrix", "swap", "equal", "order", "number", "sign", "kind", "index", "branch", "view", "single", "length", "length"])
        if what == "element":
            self.A[1, 2] += 1.0
        elif what == "matrix":
            self.A = self.random.standard_normal((N, N))
        elif what == "swap":
            self.v, self.w = self.w, self.v
        elif what == "equal":
            self.w = self.v.copy()
        elif what == "order":
            self.A = np.asfortranarray(self.A) if self.A.flags.c_contiguous else np.ascontiguousarray(self.A)
        elif what == "number":
            self.number = float(self.random.integers(1, 4))
        elif what == "sign":
            self.number = 0.0 if self.number else -0.0
        elif what == "kind":
            self.number = int(self.number) if type(self.number) is float else np.float64(self.number)
        elif what == "index":
            self.index = self.random.permutation(N)
        elif what == "branch":
            self.branch = 1 - self.branch
        elif what == "view":
            self.v = self.random.standard_normal(2 * N)[::2]
        elif what == "length":
            self.steps = int(self.random.integers(0, 5))
        elif what == "single":
            self.v = self.random.standard_normal(N).astype(np.float32)
        return str(what)


def step(kind: int, s: World, x: Any, y: Any) -> Any:
    """One of the things that programs do."""
    if kind == 0:
        return np.tanh(s.A @ y)
    if kind == 1:
        return y * s.v + s.w
    if kind == 2:
        return np.sin(y) * s.number
    if kind == 3:
        return y[s.index] - 0.5 * x
    if kind == 4:
        return np.where(y > 0.3, y * s.v, s.w)
    if kind == 5:
        y = y.copy()
        y[1:3] = y[2:4] * 2.0
        y += s.v
        return y
    if kind == 6:
        return y + np.exp(-y) if s.branch else y - np.cos(y)
    if kind == 7:
        return y * 2.0 if y[0] > 0.5 else y / 2.0
    if kind == 8:
        return np.concatenate([y[1:] * y[:-1], x[:1]])
    if kind == 9:
        return y**s.number
    if kind == 10:
        return y - np.mean(y) + np.sum(y * s.w) * 0.1
    if kind == 11:
        return (s.B.T @ y) * np.float64(0.25) + y.sum()
    if kind == 12:
        return np.sort(y) * s.w
    return y + jt.grad(lambda z: np.sum(z * z * y))(y) * 0.1


KINDS = 14


@pytest.mark.parametrize("seed", range(24 * FACTOR))
def test_programs_of_which_something_changes(seed: int) -> None:
    random = np.random.default_rng(seed)
    world = World(random)
    kinds = random.integers(0, KINDS, random.integers(1, 5)).tolist()

    def f(x: Any) -> Any:
        y = x
        for kind in kinds[: world.steps]:
            y = step(kind, world, x, y)
        return y

    def g(x: Any) -> Any:
        y = np.sum(f(x) * world.w)
        return y + 0.5 if world.steps % 2 else y

    drivers = [(d(f), name) for name, d in ANY.items()] + [(d(g), name) for name, d in SCALAR.items()]
    history = []
    for _ in range(10):
        history.append(world.change())
        x = random.uniform(0.2, 1.4, N)
        chosen = [drivers[int(k)] for k in random.integers(0, len(drivers), 3)]
        for call, name in chosen:
            with np.errstate(all="ignore"):
                mine, theirs = call(x), anew(call, x)
            try:
                same(mine, theirs)
            except AssertionError as error:
                raise AssertionError(f"{name} of {kinds} after {history}: {error}") from None


@pytest.mark.parametrize("name", [*SCALAR, *ANY])
def test_operations_are_taken_over_and_give_what_finite_differences_give(name: str, repeated: list[Any]) -> None:
    A, v = np.random.default_rng(1).standard_normal((2, N, N))

    def f(x: Any) -> Any:
        return np.tanh(A @ x) * 2.0 + v[0]

    def g(x: Any) -> Any:
        return np.sum(f(x) * x[::-1])

    call = SCALAR[name](g) if name in SCALAR else ANY[name](f)
    for x in points():
        mine = call(x)
        same(mine, anew(call, x))
        A[:] = A[::-1].copy() * 0.9  # the array is another one at each point
    assert repeated
    for x in points():
        J = jt.jacobian(f)(x)
        h = 1e-6
        differences = np.stack([(np.tanh(A @ (x + h * e)) - np.tanh(A @ (x - h * e))) / h for e in np.eye(N)], axis=1)
        np.testing.assert_allclose(J, differences, atol=1e-8)


@pytest.mark.parametrize("name", [*SCALAR, *ANY])
def test_recordings_that_go_on_where_the_last_one_ended(name: str) -> None:
    more = 0

    def f(x: Any) -> Any:
        y = x[::-1] if more == 0 else x * x[::-1]
        for _ in range(more - 1):
            y = np.sin(y) * x
        return y

    def g(x: Any) -> Any:
        return x[2] if more == 0 else np.sum(f(x))

    call = SCALAR[name](g) if name in SCALAR else ANY[name](f)
    for more in (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 2, 1, 3, 3, 0, 1):
        for x in points()[:2]:
            same(call(x), anew(call, x))


def test_pullbacks_of_recordings_that_go_on() -> None:
    subscripts = "ij->ji"

    def f(x: Any) -> Any:
        return np.einsum(subscripts, x)

    x = np.random.default_rng(0).standard_normal((2, 3))
    for subscripts, wanted in (("ij->ji", np.ones((2, 3))), ("ij->", np.ones((2, 3))), ("ij->ji", np.ones((2, 3))), ("ij->j", np.ones((2, 3)))):
        for _ in range(5):
            out, pull = jt.vjp(f, x)
            jt.jvp(f, (x,), (x,))  # another recording of it
            np.testing.assert_array_equal(out, np.einsum(subscripts, x))
            np.testing.assert_array_equal(pull(np.ones_like(out))[0], wanted)


def test_arrays_of_one_size_are_told_apart(repeated: list[Any]) -> None:
    v = np.arange(1.0, N + 1)
    w = v.copy()

    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0.7, v, w) * x)

    for k, x in enumerate(points()):
        same(jt.grad(f)(x), np.where(x > 0.7, v, w))
        w *= -1.0 if k % 2 else 2.0
    assert repeated


def test_views_are_told_apart(repeated: list[Any]) -> None:
    """Of one shape and steps, at another place; of one place, by other steps."""
    v = np.arange(1.0, 4.0)
    for shift, step in (*[(1, 1)] * 5, (2, 1), *[(0, 2)] * 5, (0, 1), (1, 2)):
        first = slice(shift, shift + 3 * step - step + 1, step)

        def f(x: Any, first: slice = first) -> Any:
            return np.sum(np.sin(x[first]) * v)

        x = np.linspace(0.1, 1.0, N)
        due = np.zeros(N)
        due[first] = np.cos(x[first]) * v
        same(jt.grad(f)(x), due)
    assert repeated


def test_tangents_of_what_was_recorded_before_are_forgotten() -> None:
    """A number of the function stands where a result stood, which had a tangent."""
    square = True

    def f(x: Any) -> Any:
        s = np.sum(x)
        return s * s * s if square else s * 0.3  # as many slots

    for k, x in enumerate(points(9)):
        square = k % 3 < 2
        s = np.sum(x)
        same(jt.jvp(f, (x,), (np.ones(N),)), (s**3, 3.0 * s**2 * N) if square else (s * 0.3, 0.3 * N))


@pytest.mark.parametrize("name", [*SCALAR])
def test_a_number_that_stands_where_another_one_was(name: str) -> None:
    """Equal numbers are one slot: where one of them changes, what referred to that slot refers to another."""
    factor: Any = 1

    def g(x: Any) -> Any:
        return 1.0 * np.sum(x * factor) + np.sum(2.0 * x * x) * 1.0 + np.mean(x)

    call = SCALAR[name](g)
    for factor in (1, 1, 1, 1, 3, 2, 1, 6, 2.0, 1.0, 1.0 / N, 4, 1):
        for x in points()[:2]:
            same(call(x), anew(call, x))


def test_zeros_have_signs() -> None:
    sign = 0.0

    def f(x: Any) -> Any:
        return np.sum(np.arctan2(sign, -x))

    for k, x in enumerate(points(8)):
        sign = -0.0 if k % 3 == 2 else 0.0
        same(jt.value_and_grad(f)(x)[0], np.sum(np.arctan2(sign, -x)))


def test_results_are_their_own() -> None:
    A = np.random.default_rng(1).standard_normal((N, N))
    for f in (lambda x: A @ x, lambda x: x * 2.0, lambda x: x):
        J = jt.jacobian(f)
        kept, copies = [], []
        for x in points():
            found = J(x)
            kept.append(found)
            copies.append(found.copy())
        same(kept, copies)
        kept[-1][:] = 7.0
        same(J(points()[-1]), copies[-1])


def test_pullbacks_live_on() -> None:
    def f(x: Any) -> Any:
        return np.sin(x) * x

    pulls = [(x, jt.vjp(f, x)[1]) for x in points()]
    for x, pull in pulls:
        same(pull(np.ones(N))[0], np.cos(x) * x + np.sin(x))


def test_arrays_that_a_function_has_kept() -> None:
    kept: list[Any] = []

    def f(x: Any) -> Any:
        y = np.sin(x)
        kept.append(y)
        return np.sum(y * x)

    xs = points()
    for x in xs:
        same(jt.grad(f)(x), np.cos(x) * x + np.sin(x))
    for x, y in zip(xs, kept, strict=True):
        np.testing.assert_allclose(y.value(), np.sin(x), rtol=1e-14)  # for whoever looks at it in a debugger
    with pytest.raises(TapeMismatchError):
        kept[0] + 1.0
    kept.clear()
    assert all(type(x) is np.ndarray for x in [jt.grad(f)(x) for x in xs])
    with pytest.raises(TapeMismatchError):
        jt.grad(lambda x: np.sum(x * kept[0]))(xs[0])


def test_a_function_that_fails_now_and_then(repeated: list[Any]) -> None:
    fails = False

    def f(x: Any) -> Any:
        y = np.exp(x) * 2.0
        if fails:
            raise KeyError("now")
        return np.sum(y * y)

    for k, x in enumerate(points(12)):
        fails = k % 4 == 3
        if fails:
            with pytest.raises(KeyError):
                jt.grad(f)(x)
        else:
            same(jt.grad(f)(x), 8.0 * np.exp(2.0 * x))
    assert repeated


def test_derivatives_within_of_the_same_function() -> None:
    """A function that differentiates itself, recorded within itself, and functions of what it is given."""

    def f(x: Any, deep: bool = True) -> Any:
        y = np.sin(x) * x
        return np.sum(y) + (np.sum(jt.grad(partial(f, deep=False))(x)) if deep else 0.0)

    for x in points():
        same(jt.grad(f)(x), np.cos(x) * x + np.sin(x) + 2.0 * np.cos(x) - x * np.sin(x))


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of Unix")
def test_signal_handlers_differentiate_the_same_function() -> None:
    A = np.random.default_rng(1).standard_normal((N, N))

    def f(x: Any) -> Any:
        y = np.tanh(A @ x) + 1.0
        return np.sum(y * y * x)

    x, z = points(2)
    due, other = anew(jt.grad(f), x), anew(jt.grad(f), z)
    wrong: list[Any] = []

    within: list[Any] = []

    def handler(*_: Any) -> None:
        if within:  # one at a time
            return
        within.append(1)
        if not np.allclose(jt.stop_gradient(jt.grad(f)(z)), other, rtol=1e-12):
            wrong.append(1)
        within.clear()

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 2e-3, 2e-3)
    try:
        for _ in range(2000):
            found = jt.grad(f)(x)
            if not np.allclose(found, due, rtol=1e-12):
                wrong.append(found)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert not wrong


def test_memory_that_is_cleared() -> None:
    """The tapes of all threads go; what is recorded just now goes on."""
    A = np.random.default_rng(1).standard_normal((N, N))

    def f(x: Any) -> Any:
        y = np.tanh(A @ x)
        if clears:
            jt.clear_memory()
        return np.sum(y * x)

    def others() -> None:
        for x in points(4):
            jt.grad(f)(x)
        ready.set()
        done.wait()

    clears = False
    ready, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=others)
    thread.start()
    ready.wait()
    due = [jt.grad(f)(x) for x in points(4)]
    known = [of() for of in again._all]
    assert sum(bool(of) for of in known if of is not None) >= 2
    jt.clear_memory()
    assert not any(known)
    for clears in (False, False, False, True, False, True, True, False):
        for x, g in zip(points(4), due, strict=True):
            same(jt.grad(f)(x), g)
    done.set()
    thread.join()


def test_threads_have_tapes_of_their_own() -> None:
    A = np.random.default_rng(1).standard_normal((N, N))

    def f(x: Any) -> Any:
        return np.sum(np.tanh(A @ x) * x)

    xs = points(4)
    due = [anew(jt.grad(f), x) for x in xs]
    wrong: list[int] = []

    def work(k: int) -> None:
        for _ in range(100):
            if not np.allclose(jt.grad(f)(xs[k]), due[k], rtol=1e-13):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_kinds_of_arguments() -> None:
    """Precisions, orders, axes, several arguments, containers, data besides."""
    v = np.arange(1.0, N + 1)

    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    def g(x: Any, y: Any, factor: float = 1.0) -> Any:
        return np.sum(x * y) * factor

    rng = np.random.default_rng(2)
    for _ in range(4):
        for x in (rng.uniform(size=N), rng.uniform(size=N).astype(np.float32), rng.uniform(size=(2, 3)), np.asfortranarray(rng.uniform(size=(2, 3))), rng.uniform(size=2 * N)[::2], np.array(0.3)):
            found = jt.grad(f)(x)
            assert found.dtype == x.dtype and found.shape == x.shape
            np.testing.assert_allclose(found, np.cos(x) * x + np.sin(x), rtol=1e-5 if x.dtype == np.float32 else 1e-13)
        x, y = rng.uniform(size=(2, N))
        factor = float(rng.uniform())
        same(jt.grad(g, (0, 1))(x, y, factor=factor), (y * factor, x * factor))
        same(jt.grad(g)(x, v, factor), v * factor)
        same(jt.grad(lambda p: g(p["a"], p["b"]))({"a": x, "b": y}), {"a": y, "b": x})
        same(jt.jacobian(lambda x: (np.sum(x), x * v))(x), (np.ones(N), np.diag(v)))
        same(jt.grad(lambda x: (np.sum(x * y), x + 1.0), has_aux=True)(x), (y, x + 1.0))
        same(jt.jacobian(lambda x: v)(x), np.zeros((N, N)))
        same(jt.grad(g)(x, x), x)


def test_recordings_that_differ_each_time_are_left_alone(repeated: list[Any]) -> None:
    count = 0

    def f(x: Any) -> Any:
        nonlocal count
        count += 1
        y = x
        for _ in range(count % 3 + 1):
            y = np.sin(y)
        return np.sum(y)

    for x in points(20):
        value, g = jt.value_and_grad(f)(x)
        y = x
        d = np.ones(N)
        for _ in range(count % 3 + 1):
            d, y = d * np.cos(y), np.sin(y)
        same((value, g), (np.sum(y), d))
    (known,) = again._known.recordings.values()
    assert known.rest


def test_long_recordings_and_those_with_calls_are_not_kept() -> None:
    def loop(x: Any) -> Any:
        y = x[0]
        for i in range(100):
            y = y * 0.9 + x[i % N]
        return y

    def solved(x: Any) -> Any:
        return np.sum(np.linalg.solve(np.outer(x, x) + np.eye(N), x))

    for f in (loop, solved):
        again._known.recordings.clear()
        for x in points(3):
            same(jt.grad(f)(x), anew(jt.grad(f), x))
        assert not any(r.idle for r in again._known.recordings.values())


def test_few_tapes_are_kept() -> None:
    for n in range(2, 2 + 3 * again.KNOWN):
        jt.grad(lambda x: np.sum(x * x))(np.ones(n))
    assert len(again._known.recordings) <= again.KNOWN
    gc.collect()


@njit
def natively(x, factor):
    total = 0.0
    for i in range(x.size):
        total += np.sin(x[i]) * factor if x[i] > 0.7 else x[i] * x[i]
    return total


@jt.custom_vjp
def doubled(x: Any) -> Any:
    return x * 2.0


doubled.defvjp(lambda x: (x * 2.0, None), lambda _, g: (g * SLOPE[0],))
SLOPE = [2.0]


def test_what_records_by_other_means() -> None:
    """Functions of Numba, of all points at once, with derivatives of the user's, solutions, transforms and sparse products, in the middle of what repeats."""
    rng = np.random.default_rng(4)
    A = rng.standard_normal((N, N))
    sparse = sp.random(N, N, 0.5, random_state=1, format="csr")

    def f(x: Any) -> Any:
        y = np.tanh(A @ x) + 1.0
        if kind == "native":
            y = y * wrap(natively)(y, 1.5)
        elif kind == "points":
            y = jt.vmap(lambda v: np.sin(v) * v if v > 1.0 else v * 2.0)(y)
        elif kind == "custom":
            y = doubled(y)
        elif kind == "solution":
            y = np.linalg.solve(A + 9.0 * np.eye(N), y)
        elif kind == "transform":
            y = np.fft.irfft(np.fft.rfft(y) * 2.0, N)
        elif kind == "sparse":
            y = sparse @ y
        elif kind == "complex":
            y = np.abs(np.exp(1j * y) + y)
        return np.sum(y * x) + np.mean(y)

    for kind in ("native", "points", "custom", "solution", "transform", "sparse", "complex", "plain", *rng.permutation(["native", "points", "custom", "sparse", "plain", "complex"] * 4)):
        for x in points(2):
            SLOPE[0] = float(rng.uniform(1.0, 3.0))
            sparse.data[:] = rng.standard_normal(sparse.nnz)
            for driver in (jt.grad, jt.value_and_grad, jt.jacobian):
                same(driver(f)(x), anew(driver(f), x))
            A *= 0.99
