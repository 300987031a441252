"""Jacobians written by hand and compiled by Numba: the reference of the problems."""

from __future__ import annotations

from collections.abc import Iterator

from bench.adbench_bundle import Bundle
from bench.adbench_hand import Hand
from bench.common import Contender

DISTRIBUTION = "numba"


def start() -> None:
    pass


def bundle(p: Bundle) -> Iterator[Contender]:
    yield Contender("by hand, njit", lambda: p.by_hand)


def hand(p: Hand) -> Iterator[Contender]:
    yield Contender("by hand, njit", lambda: p.by_hand)
