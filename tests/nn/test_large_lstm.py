"""LSTM layers large enough for native loops between their products equal those that NumPy computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.functions import recurrent

LOSSES: dict[str, Callable[..., Any]] = {
    "all states": lambda out, h, c: (out * out).sum() + (h * c).sum(),
    "the last state": lambda out, h, c: out[-1].sin().sum(),
    "cells": lambda out, h, c: (c * c).sum(),
    "a state in the middle": lambda out, h, c: out[1].sum(),
}


def gradients(loss: Callable[..., Any], dtype: Any, options: dict[str, Any], given: bool) -> list[Any]:
    rng = np.random.default_rng(3)
    net = jt.nn.LSTM(3, 4, **options).to(dtype)
    with jt.no_grad():
        for p in net.parameters():
            p.copy_(jt.tensor(rng.normal(size=tuple(p.shape)).astype(dtype)))
    x = jt.tensor(rng.normal(size=(5, 2, 3)).astype(dtype), requires_grad=True)
    layers = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    state = [jt.tensor(rng.normal(size=(2, layers, 4)).astype(dtype), requires_grad=True) for _ in range(2)]
    out, (h, c) = net(x, tuple(s.transpose(0, 1) for s in state)) if given else net(x)
    found = loss(out, h, c)
    found.backward()
    tensors = [x, *net.parameters(), *(state if given else [])]
    return [found.detach().numpy(), *[t.grad.numpy() for t in tensors]]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("dtype", "options", "given"), [(np.float64, {}, True), (np.float32, {"num_layers": 2, "bidirectional": True}, False), (np.float64, {"bias": False}, False)])
def test_native_loops_and_numpy_agree(loss: str, dtype: Any, options: dict[str, Any], given: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurrent, "LARGE", 1 << 40)
    expected = gradients(LOSSES[loss], dtype, options, given)
    monkeypatch.setattr(recurrent, "LARGE", 0)
    used = []
    real = recurrent._lstm_forwards
    monkeypatch.setattr(recurrent, "_lstm_forwards", lambda *args: used.append(1) or real(*args))
    found = gradients(LOSSES[loss], dtype, options, given)
    assert used
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, *((1e-12, 1e-13) if dtype is np.float64 else (2e-4, 2e-5)))
