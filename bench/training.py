"""W17's training steps, written once for PyTorch and for jittape.torch: `make(torch)` with either module."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bench.common import Contender

STEPS = 10
"""Steps after which the loss is compared."""
LONG = 5000
"""Steps over which memory is watched."""


def _draw(T: Any, *shape: int, seed: int = 3) -> Any:
    return T.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(np.float32)).clone()


def _classes(T: Any, n: int) -> Any:
    return T.from_numpy(np.random.default_rng(5).integers(0, 10, n)).clone()


def pinn(T: Any) -> Any:
    """Burgers' equation: a net of 2-20-20-20-1 at 200 points, u_t + u u_x - u_xx / 100."""
    nn = T.nn
    net = nn.Sequential(nn.Linear(2, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))

    def loss(points: Any) -> Any:
        p = points.clone().requires_grad_()
        u = net(p)
        (g,) = T.autograd.grad(u, p, T.ones_like(u), create_graph=True)
        (h,) = T.autograd.grad(g[:, :1], p, T.ones_like(u), create_graph=True)
        return ((g[:, 1:] + u * g[:, :1] - 0.01 * h[:, :1]) ** 2).mean()

    return net, loss, (_draw(T, 200, 2),)


def dense(*sizes: int, batch: int) -> Callable[[Any], Any]:
    def make(T: Any) -> Any:
        nn = T.nn
        net = nn.Sequential(nn.Linear(*sizes[:2]), nn.ReLU(), nn.Linear(*sizes[1:]))
        criterion = nn.MSELoss()
        return net, lambda x, y: criterion(net(x), y), (_draw(T, batch, sizes[0]), _draw(T, batch, sizes[2], seed=4))

    return make


def cells(T: Any) -> Any:
    """An LSTM cell of 32, 16 inputs, batch 16, over 50 steps in a Python loop."""
    nn = T.nn
    net = nn.ModuleList([nn.LSTMCell(16, 32), nn.Linear(32, 1)])

    def loss(x: Any, y: Any) -> Any:
        h = c = T.zeros(16, 32)
        for t in range(50):
            h, c = net[0](x[t], (h, c))
        return nn.functional.mse_loss(net[1](h), y)

    return net, loss, (_draw(T, 50, 16, 16), _draw(T, 16, 1, seed=4))


def lstm(T: Any) -> Any:
    """nn.LSTM of 128, 128 inputs, batch 32, 50 steps."""
    nn = T.nn
    net = nn.ModuleList([nn.LSTM(128, 128), nn.Linear(128, 10)])
    return net, lambda x, y: nn.functional.cross_entropy(net[1](net[0](x)[0][-1]), y), (_draw(T, 50, 32, 128), _classes(T, 32))


def lenet(T: Any) -> Any:
    """LeNet's layers, images of 28 x 28, batch 32."""
    nn = T.nn
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    return net, lambda x, y: nn.functional.cross_entropy(net(x), y), (_draw(T, 32, 1, 28, 28), _classes(T, 32))


CASES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "PINN 2-20-20-20-1, 200 points, Adam": (pinn, "Adam"),
    "10-20-1, batch 32, SGD": (dense(10, 20, 1, batch=32), "SGD"),
    "784-512-10, batch 128, SGD": (dense(784, 512, 10, batch=128), "SGD"),
    "784-512-10, batch 128, Adam": (dense(784, 512, 10, batch=128), "Adam"),
    "LSTM cell loop, 50 steps, Adam": (cells, "Adam"),
    "nn.LSTM H=128 T=50 B=32, Adam": (lstm, "Adam"),
    "LeNet, batch 32, SGD": (lenet, "SGD"),
}


def step_of(T: Any, case: str, compile: Callable[..., Any] | None = None, **options: Any) -> Callable[[], Any]:
    """A step of a case, from weights that are the same everywhere; it returns the loss."""
    make, name = CASES[case]
    net, loss, batch = make(T)
    random = np.random.default_rng(11)
    with T.no_grad():
        for p in net.parameters():
            bound = 1.0 / np.sqrt(p.shape[-1])
            p.copy_(T.from_numpy(random.uniform(-bound, bound, tuple(p.shape)).astype(np.float32)))
    optimizer = getattr(T.optim, name)(net.parameters(), lr=1e-3, **options)

    def step(*batch: Any) -> Any:
        optimizer.zero_grad()
        found = loss(*batch)
        found.backward()
        optimizer.step()
        return found

    whole = step if compile is None else compile(step)
    return lambda: whole(*batch)


def memory() -> float:
    """Bytes that the process holds at present."""
    with open("/proc/self/statm") as file:
        return float(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(step: Callable[[], Any], steps: int = LONG) -> float:
    """By how many bytes memory grows over the second half of many steps."""
    for _ in range(steps // 2):
        step()
    gc.collect()
    before = memory()
    for _ in range(steps // 2):
        step()
    gc.collect()
    return memory() - before


def contenders(T: Any, name: str, case: str, ways: dict[str, dict[str, Any]]) -> Iterator[Contender]:
    """A contender for each way to make a step."""
    for way, options in ways.items():
        yield Contender(f"{name} {way}", lambda options=options: step_of(T, case, **options), "", lambda loss: loss.detach().numpy(), STEPS)
