"""PyTorch on the CPU: eager, nn with optim, torch.compile."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TORCHINDUCTOR_FORCE_DISABLE_CACHES", "1")  # so that set-up is what a new model costs

import torch

from bench.common import Contender, Recorder
from bench.matrices import Problem
from bench.problems import DENSE, LARGE, MATRICES, A, B, Net, kepler_loop
from bench.training import contenders

DISTRIBUTION = "torch"
torch.set_num_threads(1)


def start() -> None:
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (x * x).sum().backward()


def _rosenbrock(x: Any) -> Any:
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def w1(x: Any) -> Iterator[Contender]:
    def eager() -> Any:
        def call() -> Any:
            t = torch.from_numpy(x).requires_grad_()
            return torch.autograd.grad(_rosenbrock(t), t)[0].numpy()

        return call

    def compiled() -> Any:
        g = torch.compile(torch.func.grad(_rosenbrock), dynamic=False)
        return lambda: g(torch.from_numpy(x)).numpy()

    yield Contender("torch eager, vectorised", eager)
    if len(x) >= 1000 and (shutil.which("g++") or shutil.which("clang++")):
        yield Contender("torch.compile, vectorised", compiled, "needs a C++ compiler on the user's machine")


def _many(x: Any) -> Any:
    y, z = torch.roll(x, -1, -1), torch.roll(x, -7, -1)
    return (torch.exp(-0.1 * x * y) * torch.sin(z) + torch.log(1.0 + x * x) * y).sum()


def w3(X: Any) -> Iterator[Contender]:
    def mapped() -> Any:
        g = torch.func.vmap(torch.func.grad(_many))
        return lambda: g(torch.from_numpy(X)).numpy()

    def whole() -> Any:
        def call() -> Any:
            t = torch.from_numpy(X).requires_grad_()
            return torch.autograd.grad(_many(t), t)[0].numpy()

        return call

    def compiled() -> Any:
        g = torch.compile(torch.func.vmap(torch.func.grad(_many)), dynamic=False)
        return lambda: g(torch.from_numpy(X)).numpy()

    yield Contender("torch vmap(grad)", mapped)
    yield Contender("torch eager, sum over all points", whole, "written for batches")
    if shutil.which("g++") or shutil.which("clang++"):
        yield Contender("torch.compile of vmap(grad)", compiled, "needs a C++ compiler on the user's machine")


def w2(z: Any) -> Iterator[Contender]:
    def make() -> Any:
        def call() -> Any:
            t = torch.from_numpy(z).requires_grad_()
            return torch.autograd.grad(kepler_loop(t, torch.sin, torch.cos), t)[0].numpy()

        return call

    yield Contender("torch eager, Python loop", make)


def w4_dense(x: Any) -> Iterator[Contender]:
    def func() -> Any:
        h = torch.func.hessian(_many)
        return lambda: h(torch.from_numpy(x)).numpy()

    def functional() -> Any:
        return lambda: torch.autograd.functional.hessian(_many, torch.from_numpy(x)).numpy()

    def compiled() -> Any:
        h = torch.compile(torch.func.hessian(_many), dynamic=False)
        return lambda: h(torch.from_numpy(x)).numpy()

    yield Contender("torch.func.hessian", func)
    yield Contender("torch.autograd.functional.hessian", functional)
    if shutil.which("g++") or shutil.which("clang++"):
        yield Contender("torch.compile of func.hessian", compiled, "needs a C++ compiler on the user's machine")


def w4_hvp(x: Any, v: Any) -> Iterator[Contender]:
    def func() -> Any:
        g = torch.func.grad(_rosenbrock)
        return lambda: torch.func.jvp(g, (torch.from_numpy(x),), (torch.from_numpy(v),))[1].numpy()

    def twice() -> Any:
        def call() -> Any:
            t = torch.from_numpy(x).requires_grad_()
            (g,) = torch.autograd.grad(_rosenbrock(t), t, create_graph=True)
            return torch.autograd.grad(g, t, torch.from_numpy(v))[0].numpy()

        return call

    yield Contender("torch.func.jvp of grad", func)
    yield Contender("torch autograd, twice", twice)


def w5(net: Net) -> Iterator[Contender]:
    x, y = torch.from_numpy(net.x), torch.from_numpy(net.y)

    def eager() -> Any:
        params = [torch.from_numpy(p).requires_grad_() for p in net.parameters()]
        w1, b1, w2, b2 = params

        def step() -> Any:
            loss = (((x @ w1.T + b1).relu() @ w2.T + b2 - y) ** 2).mean()
            gradients = torch.autograd.grad(loss, params)
            with torch.no_grad():
                for p, g in zip(params, gradients, strict=True):
                    p -= net.rate * g
            return params

        return step

    def modules(**options: Any) -> Any:
        nn = torch.nn
        model = nn.Sequential(nn.Linear(net.sizes[0], net.sizes[1]), nn.ReLU(), nn.Linear(net.sizes[1], net.sizes[2]))
        model = model.to(x.dtype)
        with torch.no_grad():
            for p, value in zip(model.parameters(), net.parameters(), strict=True):
                p.copy_(torch.from_numpy(value))
        criterion, optimizer = nn.MSELoss(), torch.optim.SGD(model.parameters(), lr=net.rate, **options)
        parameters = list(model.parameters())

        def step() -> Any:
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
            return parameters

        return step

    def answer(params: Any) -> Any:
        return net.flat([p.detach().numpy() for p in params])

    yield Contender("torch eager, autograd.grad", eager, "", answer)
    yield Contender("torch nn + optim.SGD", modules, "", answer)
    yield Contender("torch nn + optim.SGD(fused=True)", lambda: modules(fused=True), "", answer)


def long_arrays(name: str, x: Any) -> Iterator[Contender]:
    def eager() -> Any:
        def call() -> Any:
            t = torch.from_numpy(x).requires_grad_()
            LARGE[name][0](torch, t).backward()
            return t.grad.numpy()

        return call

    yield Contender("PyTorch eager", eager)


def w16(name: str, A: Any, x: Any) -> Iterator[Contender]:
    B = torch.from_numpy(A)

    def make() -> Any:
        J = torch.func.jacrev(lambda t: DENSE[name][0](torch, B, t))
        return lambda: J(torch.from_numpy(x)).numpy()

    yield Contender("PyTorch, torch.func.jacrev", make)


def linear_algebra(name: str, what: str, a: Any, v: Any) -> Iterator[Contender]:
    def make() -> Any:
        direction = torch.from_numpy(v)

        def call() -> Any:
            t = torch.from_numpy(a).requires_grad_()
            value = MATRICES[name][0](torch, torch.linalg.matrix_exp, t)
            (g,) = torch.autograd.grad(value, t, create_graph=what != "gradient")
            if what != "gradient":
                (g,) = torch.autograd.grad(g, t, direction)
            return g.numpy()

        return call

    yield Contender("PyTorch eager", make)


def matrices(problem: Problem, kind: str, x: Any, v: Any) -> Iterator[Contender]:
    def make() -> Any:
        data = tuple(torch.from_numpy(a) for a in problem.data)

        def f(x: Any) -> Any:
            return problem.f(torch, data, x)

        def gradient() -> Any:
            t = torch.from_numpy(x).requires_grad_()
            return torch.autograd.grad(f(t), t)[0].numpy()

        def product() -> Any:
            t = torch.from_numpy(x).requires_grad_()
            (g,) = torch.autograd.grad(f(t), t, create_graph=True)
            return torch.autograd.grad(g, t, torch.from_numpy(v))[0].numpy()

        h = torch.func.hessian(f)
        return {"gradient": gradient, "product": product, "Hessian": lambda: h(torch.from_numpy(x)).detach().numpy()}[kind]

    yield Contender("torch eager", make)


w7 = w8 = w9 = matrices


def w6() -> Iterator[Recorder]:
    def record(run: Any) -> float:
        y, a, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (1.0, A, B))
        run(y, a, b, torch.sin).backward()
        return float(y.grad)

    yield Recorder("torch", record)


COLD = {
    "torch": """
import torch
x = torch.tensor(X, dtype=torch.float64, requires_grad=True)
(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum().backward()
g = x.grad.tolist()
"""
}


def w17(case: str) -> Iterator[Contender]:
    yield from contenders(torch, "torch", case, {"eager": {}, "eager, fused=True": {"fused": True}})
