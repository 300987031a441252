"""jittape: whole arrays and njit loops, recorded once and anew at each call; batches of points."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import scipy.special

import jittape as jt
from bench.common import Contender
from bench.engines.jittape import DISTRIBUTION as DISTRIBUTION
from bench.engines.jittape import after_recording, second_order
from bench.engines.jittape import start as start
from bench.models import Points, Problem

MODULE = SimpleNamespace(exp=np.exp, log=np.log, sqrt=np.sqrt, erf=scipy.special.erf, where=np.where, maximum=np.maximum)
"""What functions of points are written with."""


def _forms(p: Problem) -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """(name, what records it, what makes its gradient recorded anew) of the forms of a problem."""
    if p.whole is not None:

        def whole(x: Any) -> Any:
            return p.whole(np, x, *p.data)

        yield p.form, lambda: jt.record(whole, p.x, compile=False), lambda: jt.grad(whole)
    for name, loop in p.loops.items():
        compiled = numba.njit(loop)
        # by position all arguments of a recording are differentiated
        named = dict(zip(list(inspect.signature(loop).parameters)[1:], p.data, strict=True))
        yield name, partial(jt.record, compiled, p.x, compile=False, **named), partial(_with_data, compiled, p.data)


def _with_data(compiled: Any, data: tuple[Any, ...]) -> Callable[[Any], Any]:
    g = jt.grad(compiled)
    return (lambda x: g(x, *data)) if data else g


def _size(box: dict[str, Any]) -> Callable[[Any, float], str]:
    return lambda call, us: f"{box['F'].tape.count:,} instructions, {box['F'].tape.nbytes / 1e6:.1f} MB"


def gradient(p: Problem) -> Iterator[Contender]:
    def kept(record: Any, box: dict[str, Any], compiled: bool) -> Any:
        box["F"] = F = record()
        if compiled:
            F.compile()
        return partial(F.grad, p.x, out=np.empty_like(p.x))

    for name, record, anew in _forms(p):
        box: dict[str, Any] = {}
        yield Contender(f"jittape record, {name}, out=", partial(kept, record, box, False), _size(box))
        yield Contender(f"jittape record, {name}, compiled, out=", partial(kept, record, box, True), _size(box))
        yield Contender(f"jittape grad, {name}, recorded anew", lambda anew=anew: partial(anew(), p.x))


def hessian(p: Problem) -> Iterator[Contender]:
    second_order()

    def kept(record: Any, box: dict[str, float], compiled: bool) -> Any:
        F, out = record(), np.empty((p.x.size, p.x.size))
        begin = time.perf_counter()
        F.hessian(p.x, out=out)
        if compiled:
            F.compile()
        box["s"] = time.perf_counter() - begin
        return partial(F.hessian, p.x, out=out)

    for name, record, _ in _forms(p):
        box: dict[str, float] = {}
        yield Contender(f"jittape F.hessian, {name}, out=", partial(kept, record, box, False), after_recording(box))
        yield Contender(f"jittape F.hessian, {name}, compiled, out=", partial(kept, record, box, True), after_recording(box))


def points(p: Points) -> Iterator[Contender]:
    out = np.empty_like(p.X)

    def batch(f: Any) -> Any:
        return partial(jt.record(partial(f, MODULE), p.X[0]).batch_grad, p.X, threads=1, out=out)

    def whole() -> Any:
        F = jt.record(lambda X: np.sum(p.whole(MODULE, X.T)), p.X)
        return partial(F.grad, p.X, out=out)

    if p.branching is not None:
        yield Contender("jittape batch_grad, branches, out=", partial(batch, p.branching))
    yield Contender("jittape batch_grad, out=", partial(batch, p.whole))
    yield Contender("jittape record, all points at once, out=", whole, "written for batches")
