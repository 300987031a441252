"""Ctrl-C at random places: in recordings, replays, compilations, batches, files, tensors and native gradients; afterwards everything is right.

A timer sends SIGINT to the process after 20 microseconds to 50 milliseconds. After each KeyboardInterrupt all functions at hand are asked again, and a
program of tensors and a native gradient are run, with nothing to disturb them. A second thread goes on asking one of the functions all the while.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from functools import cache
from typing import Any

import numba
import numpy as np
from long_run import Fault
from programs_target import Known, Machine, agree

import jittape as jt

INTERRUPTS = 25
"""In each case."""
QUICK = {"INTERRUPTS": 6}


@numba.njit
def chain(x: Any) -> Any:
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@cache
def gradients() -> Any:
    return jt.native.value_and_grad(chain), jt.grad(chain)


def chain_gradient(x: Any) -> Any:
    d = x[1:] - x[:-1] ** 2
    g = np.zeros_like(x)
    g[:-1] = -400.0 * d * x[:-1] - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * d
    return g


def tensors(seed: int) -> Any:
    """Some steps of training, and a gradient of a gradient."""
    rng = np.random.default_rng(seed)
    w = jt.tensor(rng.normal(size=(4, 4)), requires_grad=True)
    x = jt.tensor(rng.normal(size=(3, 4)))
    optimizer = jt.optim.Adam([w], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        y = (x @ w).tanh()
        y = y.clone()
        y[0] *= 2.0
        with jt.no_grad():
            scale = y.sum() * 0.01
        loss = (y * scale).pow(2).sum() + w.norm()
        (g,) = jt.autograd.grad(loss, w, create_graph=True)
        (loss + (g * g).sum()).backward()
        optimizer.step()
    return w.detach().numpy().copy()


class Disturbed(Machine):
    """A machine whose actions are interrupted."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, forks=False)
        self.actions = [(w, a) for w, a in self.actions if a not in (self.threads, self.limit)] + [(6.0, self.train), (6.0, self.native)]
        self.trained = tensors(seed)
        self.bound: dict[int, float | None] | None = None

    def train(self) -> None:
        agree(tensors(self.seed), self.trained, 1e-12, "tensors")

    def native(self) -> None:
        both, python = gradients()
        if self.rng.random() < 0.3:  # so that tapes grow
            jt.clear_memory()
        x = self.rng.normal(size=int(np.exp(self.rng.uniform(1, 9))))
        agree(both(x)[1], chain_gradient(x), 1e-10, "native gradient")
        agree(python(x), chain_gradient(x), 1e-10, "gradient of a native function")

    def some(self) -> Known:
        self.chosen = super().some()
        return self.chosen

    def bind(self) -> None:
        before = {id(known): known.scale for known in self.known}
        self.bound = before
        super().bind()
        self.bound = None

    def set_right(self, constants: dict[int, Any]) -> None:
        """What the interrupted action of this test left half done; of `bind` only which value holds, for it is one or the other."""
        jt.set_memory_limit(None)
        if not jt.is_grad_enabled():  # Ctrl-C came as no_grad() was entered or left, as it may in any `with`
            jt.set_grad_enabled(True)
            self.counts["recording was off, set on again"] += 1
        for known in self.known:
            if id(known.f) in constants:
                known.f.C[:] = constants[id(known.f)]
        if self.bound is not None and self.chosen.scale is not None:
            known, before = self.chosen, self.bound.get(id(self.chosen), self.chosen.scale)
            x = np.linspace(0.2, 0.9, known.f.n)
            after = known.scale
            if known.alone:
                self.known = [k for k in self.known if k is not known]
            elif np.allclose(np.ravel(jt.tree.flatten(known.F(x))[0][0]), np.ravel(jt.tree.flatten(known.f(x, before))[0][0]), rtol=1e-9):
                known.scale = before
            elif after is not None and not np.allclose(np.ravel(jt.tree.flatten(known.F(x))[0][0]), np.ravel(jt.tree.flatten(known.f(x, after))[0][0]), rtol=1e-9):
                known.scale = next((s for s in (1.0, 0.5, -1.5, 2.0) if np.allclose(np.ravel(jt.tree.flatten(known.F(x))[0][0]), np.ravel(jt.tree.flatten(known.f(x, s))[0][0]))), before)
            known.seen.clear()
        self.bound = None
        if not self.known:
            self.record()

    def look(self) -> None:
        """All that there is, undisturbed."""
        for known in list(self.known):
            if not (known.alone and not known.seen):
                self.checked(known, self.point(known), self.rng)
        if self.counts["Ctrl-C"] % 3 == 0:
            self.train()
            self.native()


def case(seed: int) -> Counter[str]:
    machine = Disturbed(seed)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM), sys.unraisablehook
    unraisable: list[str] = []
    stop, faults = threading.Event(), []
    shared = Machine(10**7 + seed, forks=False)
    shared.record()
    constant = shared.known[0]

    def beside() -> None:
        rng = np.random.default_rng(seed)
        while not stop.wait(0.001) and not faults:
            try:
                shared.checked(constant, shared.point(constant), rng, shared=True)
            except BaseException as error:
                faults.append(error)

    other = threading.Thread(target=beside)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    sys.unraisablehook = lambda unraised: unraisable.append(f"{unraised.exc_type.__name__} in {unraised.object!r}")
    try:
        other.start()
        machine.record()
        gradients()
        weights = np.array([w for w, _ in machine.actions])
        interrupts = 0
        while interrupts < INTERRUPTS:
            constants = {id(k.f): k.f.C.copy() for k in machine.known}
            delay = float(np.exp(machine.rng.uniform(np.log(2e-5), np.log(5e-2))))
            try:
                try:
                    signal.setitimer(signal.ITIMER_REAL, delay)
                    while True:
                        if signal.getitimer(signal.ITIMER_REAL)[0] == 0.0:  # it came where Python drops it
                            signal.setitimer(signal.ITIMER_REAL, delay)
                        action = machine.actions[int(machine.rng.choice(len(weights), p=weights / weights.sum()))][1]
                        machine.done.append(action.__name__)
                        action()
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                pass
            except SystemError as error:
                if not isinstance(error.__cause__, KeyboardInterrupt):
                    raise
                machine.counts["Ctrl-C that came while Numba made an array: SystemError with it as its cause"] += 1
            interrupts += 1
            machine.counts["Ctrl-C"] += 1
            machine.counts[f"Ctrl-C in {(machine.done or ['nothing'])[-1]}"] += 1
            machine.set_right(constants)
            machine.look()
        machine.look_back()
    except Exception as error:
        error.add_note(f"after {' '.join(machine.done[-30:])}")
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        stop.set()
        other.join()
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGALRM, before[1])
        sys.unraisablehook = before[2]
    if faults:
        raise faults[0]
    odd = [text for text in unraisable if not text.startswith("KeyboardInterrupt")]
    if odd:
        raise Fault(f"raised where nothing can be: {odd}")
    machine.counts["Ctrl-C that came in a destructor or callback, where Python drops it"] += len(unraisable)
    return machine.counts


if os.name == "nt":
    raise RuntimeError("there are no interval timers here")
