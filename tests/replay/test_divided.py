"""Gradients of long sums by several threads: the numbers are those of one, to the last bit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from compiled_and_not import same

import jittape as jt
from jittape.ops.layout import CHUNK
from jittape.replay import divided

THREADS = [1, 2, 3, 4, 7, None]
SUMS: dict[str, Callable[[Any], Any]] = {
    "its own element": lambda x: np.sum((x * 0.5 + 1.0) * x * x - 0.1 * x),
    "functions": lambda x: np.sum(np.log(1.0 + np.exp(np.sin(x) * x))),
    "the next one": lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
    "five neighbours": lambda x: np.sum((x[4:] - x[3:-1] * x[2:-2]) * (x[1:-3] - 0.3 * x[:-4]) * x[2:-2]),
    "far beyond": lambda x: np.sum(x[300:] * x[:-300] * np.cos(x[150:-150])),
    "not the first ones": lambda x: np.sum(x[7:] * x[7:] * 0.5),
    "quotients": lambda x: np.sum(x[1:] / x[:-1]),
}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(divided, "PIECE", 1)
    monkeypatch.setattr(divided, "WORTHWHILE", 0.0)
    yield


def used(F: Any) -> Any:
    return F.paths[0].pool[0].divided


@pytest.mark.parametrize("n", [7 * CHUNK + 21, 8 * CHUNK, 2 * CHUNK + 3, CHUNK])
@pytest.mark.parametrize("name", SUMS)
def test_numbers_do_not_depend_on_how_many_there_are(name: str, n: int) -> None:
    f, rng = SUMS[name], np.random.default_rng(n)
    for dtype in (np.float64, np.float32):
        x = rng.normal(size=n).astype(dtype)
        y = x.copy()
        y[[0, n // 2, n - 1]] = np.nan, np.inf, 0.0
        with np.errstate(all="ignore"):
            F = jt.record(f, x, compile=False).compile()
            wanted = [(F.grad(z), *F.value_and_grad(z)) for z in (x, y)]
            for threads in THREADS:
                G = jt.record(f, x, compile=False).compile(threads=threads)
                for _ in range(2):
                    for z, (gradient, value, both) in zip((x, y), wanted, strict=True):
                        found = G.value_and_grad(z)
                        assert same(G.grad(z), gradient) and same(G.grad(z, out=np.empty_like(z)), gradient)
                        assert same(found[0], value) and same(found[1], both) and same(G(z), value)
                assert (used(G) is not None) == (threads != 1)
                assert type(found[0]) is type(F.value_and_grad(x)[0])
                assert same(G.value_and_grad(x[::-1].copy()[::-1])[1], wanted[0][0])  # not as it comes


def test_they_may_be_asked_for_later_and_no_more() -> None:
    f, x = SUMS["the next one"], np.linspace(-1.0, 1.0, 5 * CHUNK)
    F = jt.record(f, x, compile=False).compile()
    wanted = F.grad(x)
    for threads in (3, 1, 2):
        assert same(F.compile(threads=threads).grad(x), wanted) and same(F.grad(x), wanted)
        assert (used(F) is not None) == (threads > 1)


def test_functions_that_are_no_long_sum_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(0.1, 1.0, 5 * CHUNK)
    for f in (lambda x: np.sum(x * x) * x[0], lambda x: np.sum(x[::-1] * x * x), lambda x: x * x):
        F, G = jt.record(f, x, compile=False).compile(threads=4), jt.record(f, x, compile=False)
        assert same(F(x), G(x)) and same(F.vjp(x)[1](F(x))[0], G.vjp(x)[1](G(x))[0]) and used(F) is None
    monkeypatch.setattr(divided, "WORTHWHILE", 1e-3)
    F = jt.record(SUMS["functions"], x, compile=False).compile(threads=2)
    F.grad(x)
    assert used(F) is None  # little work


def test_an_interrupt_ends_it_and_the_next_call_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    f, x = SUMS["five neighbours"], np.linspace(-1.0, 2.0, 9 * CHUNK + 5)
    F = jt.record(f, x, compile=False).compile(threads=3)
    wanted = jt.record(f, x).grad(x)
    assert same(F.grad(x), wanted)
    real, calls = divided.in_pieces, []

    def interrupted(sweep: Any, *arguments: Any) -> None:
        def piece(c: int, end: int) -> None:
            calls.append(c)
            if len(calls) == 2:
                raise KeyboardInterrupt
            sweep(c, end)

        real(piece, *arguments)

    monkeypatch.setattr(divided, "in_pieces", interrupted)
    with pytest.raises(KeyboardInterrupt):
        for _ in range(3):
            F.grad(x)
    assert same(F.grad(x), wanted) and same(F.value_and_grad(x)[1], wanted)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore")
def test_a_child_process_has_threads_of_its_own() -> None:
    f, x = SUMS["the next one"], np.linspace(-1.0, 2.0, 9 * CHUNK)
    F = jt.record(f, x, compile=False).compile(threads=3)
    wanted = F.grad(x)
    child = os.fork()
    if child == 0:
        os._exit(0 if same(F.grad(x), wanted) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert same(F.grad(x), wanted)


@pytest.mark.parametrize("threads", [0, -2, 1.5, True, "2"])
def test_what_is_no_number_of_threads(threads: Any) -> None:
    with pytest.raises(ValueError, match="threads is a number of threads, 1 or more, or None for one a processor"):
        jt.record(SUMS["functions"], np.ones(3)).compile(threads=threads)
