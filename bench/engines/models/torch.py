"""PyTorch, eager, whole arrays; recurrences as loops of Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from bench.common import Contender
from bench.engines.torch import DISTRIBUTION as DISTRIBUTION
from bench.engines.torch import start as start
from bench.models import Points, Problem


class _Module:
    """PyTorch under NumPy's names, where they differ."""

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    @staticmethod
    def zeros(shape: Any) -> Any:
        return torch.zeros(shape, dtype=torch.float64)

    @staticmethod
    def eye(n: int) -> Any:
        return torch.eye(n, dtype=torch.float64)

    @staticmethod
    def asarray(x: Any) -> Any:
        return torch.from_numpy(x)

    @staticmethod
    def convolve(x: Any, kernel: Any, mode: str) -> Any:
        assert mode == "valid"
        return torch.nn.functional.conv1d(x[None, None], kernel.flip(0)[None, None])[0, 0]


MODULE = _Module()
POINTS = SimpleNamespace(
    exp=torch.exp, log=torch.log, sqrt=torch.sqrt, erf=torch.erf, where=torch.where, maximum=lambda x, c: x.clamp(min=c)
)


def _call(f: Callable[[Any], Any], x: Any) -> Callable[[], Any]:
    def call() -> Any:
        t = torch.from_numpy(x).requires_grad_()
        return torch.autograd.grad(f(t), t)[0].numpy()

    return call


def _function(p: Problem) -> Callable[[Any], Any]:
    data = [torch.from_numpy(np.asarray(d)) for d in p.data]
    return lambda x: p.whole(MODULE, x, *data)


def gradient(p: Problem) -> Iterator[Contender]:
    if p.asks("torch"):
        yield Contender(f"torch eager, {p.form}", lambda: _call(_function(p), p.x))


def hessian(p: Problem) -> Iterator[Contender]:
    if not p.asks("torch", "hessian"):
        return

    def make() -> Any:
        f = _function(p)
        return lambda: torch.autograd.functional.hessian(f, torch.from_numpy(p.x)).numpy()

    yield Contender("torch.autograd.functional.hessian", make)


def points(p: Points) -> Iterator[Contender]:
    yield Contender("torch eager, all points at once", lambda: _call(lambda X: p.whole(POINTS, X.unbind(1)).sum(), p.X), "written for batches")
