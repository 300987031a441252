"""HIPS/autograd: reverse mode over all observations at once; its Jacobians of the hand take a pass a residual."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import autograd
import autograd.numpy as anp

from bench.adbench_bundle import Bundle, residuals
from bench.adbench_hand import Hand
from bench.adbench_hand import residuals as residuals_of_hand
from bench.common import Contender
from bench.engines.autograd import DISTRIBUTION as DISTRIBUTION
from bench.engines.autograd import start as start


def bundle(p: Bundle) -> Iterator[Contender]:
    entries, J, of_weights = p.room()
    grads = [autograd.grad(lambda V, k=k: anp.sum(residuals(anp, V.T, p.features.T)[k])) for k in (0, 1)]

    def call() -> Any:
        rows = p.rows()
        J[:, 0], J[:, 1] = grads[0](rows), grads[1](rows)
        of_weights[:] = -2.0 * p.weights
        return entries

    yield Contender("autograd, all observations at once", lambda: call, "written for batches")


def hand(p: Hand) -> Iterator[Contender]:
    if len(p.seen) < 1000:  # else a call takes seconds
        yield Contender("autograd jacobian", lambda: lambda: autograd.jacobian(lambda z: residuals_of_hand(anp, z, p.us, *p.data))(p.unknown))
