"""A signal handler that computes with tensors, wherever the interpreter may run one in the middle of an operation of theirs.

Handlers run after calls of builtins and when functions begin: where a profile function is called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from os import path
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.state import state

HERE = path.dirname(jt.__file__)
EVERY = 2
"""Points that are passed over between two that are tried."""


def scalars() -> list[float]:
    x = jt.tensor(1.3, requires_grad=True)
    y = x
    for k in range(1, 3):
        y = (y * x + 1.7 * k).sin()
    y.backward()
    return [x.grad.item()]


def arrays() -> list[float]:
    x = jt.tensor([0.5, 0.7, 0.9], requires_grad=True)
    w = jt.tensor(np.arange(9.0).reshape(3, 3) / 9, requires_grad=True)
    y = (w @ x).tanh() * x + 2.5
    (y[0] * y[1] + jt.stack([y, x]).sum()).backward()
    return [*x.grad.tolist(), *w.grad.reshape(-1).tolist()]


def second_order() -> list[float]:
    x = jt.tensor(0.6, requires_grad=True)
    (g,) = jt.autograd.grad(x.exp() * x, x, create_graph=True)
    (g * g).backward()
    return [g.item(), x.grad.item()]


def interrupted(program: Callable[[], Any], handler: Callable[[], Any], at: int) -> tuple[Any, Any, bool]:
    """What a program and a handler that comes at some point of it find, and whether there is such a point."""
    passed, found = 0, []

    def profile(frame: Any, event: str, _: Any) -> None:
        nonlocal passed
        if event in ("call", "c_return") and frame.f_code.co_filename.startswith(HERE):
            passed += 1
            if passed == at:
                found.append(handler())

    state.eager.clear()
    sys.setprofile(profile)
    try:
        result = program()
    finally:
        sys.setprofile(None)
    return result, found[0] if found else None, bool(found)


@pytest.mark.parametrize(("program", "handler"), [(scalars, second_order), (arrays, scalars), (second_order, scalars)])
def test_both_are_right(program: Callable[[], Any], handler: Callable[[], Any]) -> None:
    want, due = program(), handler()
    at, more = 1, True
    while more:
        result, found, more = interrupted(program, handler, at)
        assert result == pytest.approx(want, rel=1e-13), at
        if more:
            assert found == pytest.approx(due, rel=1e-13), at
        at += EVERY
