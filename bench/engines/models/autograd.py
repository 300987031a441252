"""HIPS/autograd: whole arrays; recurrences as loops of Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import autograd
import autograd.numpy as anp
import autograd.scipy.signal
import autograd.scipy.special

from bench.common import Contender
from bench.engines.autograd import DISTRIBUTION as DISTRIBUTION
from bench.engines.autograd import start as start
from bench.models import Points, Problem


class _Module:
    """autograd's NumPy, and what it has elsewhere."""

    def __getattr__(self, name: str) -> Any:
        return getattr(anp, name)

    @staticmethod
    def convolve(x: Any, kernel: Any, mode: str) -> Any:
        return autograd.scipy.signal.convolve(x, kernel, mode=mode)


MODULE = _Module()
POINTS = SimpleNamespace(
    exp=anp.exp, log=anp.log, sqrt=anp.sqrt, erf=autograd.scipy.special.erf, where=anp.where, maximum=anp.maximum
)


def _function(p: Problem) -> Callable[[Any], Any]:
    return lambda x: p.whole(MODULE, x, *p.data)


def gradient(p: Problem) -> Iterator[Contender]:
    if p.asks("autograd"):
        yield Contender(f"autograd, {p.form}", lambda: partial(autograd.grad(_function(p)), p.x))


def hessian(p: Problem) -> Iterator[Contender]:
    if p.asks("autograd", "hessian"):
        yield Contender(f"autograd hessian, {p.form}", lambda: partial(autograd.hessian(_function(p)), p.x))


def points(p: Points) -> Iterator[Contender]:
    yield Contender(
        "autograd, all points at once",
        lambda: partial(autograd.grad(lambda X: anp.sum(p.whole(POINTS, X.T))), p.X),
        "written for batches",
    )
