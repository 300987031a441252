"""Derivatives written by hand: the reference of the problem itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.common import Contender
from bench.models import Points, Problem

DISTRIBUTION = "numpy"


def start() -> None:
    pass


def gradient(p: Problem) -> Iterator[Contender]:
    yield Contender(f"by hand, {p.hand}", lambda: partial(p.gradient, p.x, *p.data))


def hessian(p: Problem) -> Iterator[Contender]:
    yield Contender(f"by hand, {p.hand}", lambda: partial(p.hessian, p.x, *p.data))


def points(p: Points) -> Iterator[Contender]:
    yield Contender("by hand, njit loop", lambda: partial(p.gradient, p.X))
