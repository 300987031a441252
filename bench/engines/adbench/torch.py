"""PyTorch: torch.func, vmap over observations; and its reverse mode over all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from bench.adbench_bundle import Bundle, residuals
from bench.adbench_hand import Hand
from bench.adbench_hand import residuals as residuals_of_hand
from bench.common import Contender
from bench.engines.torch import DISTRIBUTION as DISTRIBUTION
from bench.engines.torch import start as start


class _Module:
    """PyTorch under NumPy's names, where they differ; float64."""

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    @staticmethod
    def zeros(n: int) -> Any:
        return torch.zeros(n, dtype=torch.float64)

    @staticmethod
    def eye(n: int) -> Any:
        return torch.eye(n, dtype=torch.float64)


MODULE = _Module()


def bundle(p: Bundle) -> Iterator[Contender]:
    camera, point, features = torch.from_numpy(p.camera), torch.from_numpy(p.point), torch.from_numpy(p.features)

    def called(of_rows: Callable[[Any], Any]) -> Any:
        def call() -> Any:
            cameras, points, weights = torch.from_numpy(p.cameras), torch.from_numpy(p.points), torch.from_numpy(p.weights)
            rows = torch.cat((cameras[camera], points[point], weights[:, None]), dim=1)
            return torch.cat((of_rows(rows).reshape(-1), -2.0 * weights)).numpy()

        return call

    def one(v: Any, feature: Any) -> Any:
        return torch.stack(residuals(MODULE, v, feature))

    def at_once(V: Any) -> Any:
        V.requires_grad_()
        both = residuals(MODULE, V.unbind(1), features.unbind(1))
        return torch.stack([torch.autograd.grad(r.sum(), V, retain_graph=k == 0)[0] for k, r in enumerate(both)], dim=1)

    func = torch.func
    yield Contender("torch.func vmap(jacrev)", lambda: called(lambda V: func.vmap(func.jacrev(one))(V, features)))
    yield Contender("torch.func vmap(jacfwd)", lambda: called(lambda V: func.vmap(func.jacfwd(one))(V, features)))
    yield Contender("torch eager, all observations at once", lambda: called(at_once), "written for batches")


def hand(p: Hand) -> Iterator[Contender]:
    data = [torch.from_numpy(np.asarray(d)) for d in p.data]

    def make() -> Any:
        def call() -> Any:
            us = None if p.us is None else torch.from_numpy(p.us)
            J = torch.func.jacfwd(lambda z: residuals_of_hand(MODULE, z, us, *data))
            return J(torch.from_numpy(p.unknown)).numpy()

        return call

    yield Contender("torch.func jacfwd", make)
