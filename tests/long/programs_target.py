"""Recorded functions: recorded, replayed, batched, compiled, saved, pickled, copied, bound, forked, freed, in any order and in threads.

A case is a state machine of some dozens of actions drawn by its seed. What recorded functions return is compared with the plain function, with `jt.grad`
of it (which records anew) and with differences; of other routes (batches, Hessians, series, sparse matrices, loaded copies) with the first ones. Arguments
and constants are overwritten after calls; results of earlier calls must stay as they were.
"""

from __future__ import annotations

import copy
import gc
import os
import pickle
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from drawn_functions import Drawn, point
from long_run import Fault

import jittape as jt
from jittape.tree import flatten

MOST_FUNCTIONS = 6
STEPS = (10, 60)
"""How many actions a case has."""
QUICK = {"STEPS": (6, 12)}
FORKS = 0.03
"""How often an action is a fork, where there are forks: children are expensive."""


def flat(x: Any) -> Any:
    """The numbers of a result, one after the other."""
    leaves = [np.ravel(np.asarray(leaf, float)) for leaf in flatten(x)[0]]
    return np.concatenate(leaves) if leaves else np.empty(0)


def agree(found: Any, wanted: Any, tolerance: float, what: str) -> None:
    found, wanted = flat(found), flat(wanted)
    if found.shape != wanted.shape:
        raise Fault(f"{what}: {found.shape} and not {wanted.shape}")
    scale = 1.0 + np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0.0)
    if not np.allclose(found, wanted, rtol=tolerance, atol=tolerance * scale, equal_nan=True):
        raise Fault(f"{what}: {found.tolist()} and not {wanted.tolist()}")


class Known:
    """A recorded function, and what it was made of.

    Attributes:
        f: the plain function, whose constants are those of the recording.
        scale: the parameter as it is bound; None where there is none.
        alone: it was loaded, so that it cannot record other paths; `seen` are points whose paths it has.
        exact: recorded with `math="precise"`.
        keeps: it drops no path.
        everybodys: other threads have it, too, so that nobody may bind other parameters.
    """

    everybodys = False

    def __init__(self, F: Any, f: Drawn, scale: float | None, seen: list[Any], alone: bool = False, exact: bool = False, keeps: bool = True) -> None:
        self.F, self.f, self.scale, self.seen, self.alone, self.exact, self.keeps = F, f, scale, seen, alone, exact, keeps

    def plain(self, x: Any, scale: float | None = None) -> Any:
        scale = self.scale if scale is None else scale
        return self.f(x) if scale is None else self.f(x, scale)

    def gradient(self, x: Any) -> Any:
        """By a new recording."""
        scale = 1.0 if self.scale is None else self.scale
        return jt.grad(lambda y: self.f(y, scale))(x)

    def __repr__(self) -> str:
        return f"{self.f!r}, scale {self.scale}{', loaded' if self.alone else ''}"


class Machine:
    """The state of a case."""

    def __init__(self, seed: int, forks: bool = True) -> None:
        self.rng = np.random.default_rng(seed)
        self.seed, self.drawn = seed, 0
        self.known: list[Known] = []
        self.held: list[tuple[Any, Any, str]] = []
        """Results that callers keep, copies of them, and what they are."""
        self.counts: Counter[str] = Counter()
        self.done: list[str] = []
        self.actions: list[tuple[float, Callable[[], None]]] = [
            (5, self.record), (30, self.ask), (3, self.write_constants), (3, self.bind), (2, self.compile), (3, self.save), (3, self.pickle), (2, self.copy),
            (3, self.threads), (4, self.free), (2, self.fail), (2, self.limit), (2, self.within), (FORKS * 60 if forks and hasattr(os, "fork") else 0, self.fork),
        ]  # fmt: skip

    def run(self, steps: int) -> None:
        self.record()
        weights = np.array([w for w, _ in self.actions])
        for _ in range(steps):
            action = self.actions[int(self.rng.choice(len(weights), p=weights / weights.sum()))][1]
            self.done.append(action.__name__)
            action()
            self.counts[action.__name__] += 1
        self.look_back()

    def look_back(self) -> None:
        """Results of earlier calls are what they were."""
        for result, before, what in self.held:
            if not np.array_equal(flat(result), before, equal_nan=True):
                raise Fault(f"a result of {what} changed afterwards: {flat(result).tolist()} and not {before.tolist()}")
        self.counts["results that stayed"] += len(self.held)
        self.held.clear()

    def keep(self, result: Any, what: str) -> Any:
        if len(self.held) < 40:
            self.held.append((result, flat(result).copy(), what))
        return result

    def some(self) -> Known:
        return self.known[int(self.rng.integers(len(self.known)))]

    def point(self, known: Known) -> Any:
        if known.seen and (known.alone or self.rng.random() < 0.3):
            return known.seen[int(self.rng.integers(len(known.seen)))].copy()
        return point(self.rng, known.f.n)

    # --- actions ---

    def record(self) -> None:
        rng = self.rng
        self.drawn += 1
        f = Drawn(self.seed * 1000 + self.drawn)
        scale = float(rng.choice([1.0, 0.5, -1.5])) if rng.random() < 0.4 else None
        options: dict[str, Any] = {"math": "precise"} if rng.random() < 0.3 else {}
        options |= {"max_paths": int(rng.integers(1, 5))} if rng.random() < 0.2 else {}
        options |= {"source": True} if rng.random() < 0.1 else {}
        options |= {"compile": False} if rng.random() < 0.2 else {}
        x = point(rng, f.n)
        given = x.copy()
        made = jt.record(f, given, **options) if scale is None else jt.record(f, given, scale=scale, **options)
        given[:] = np.nan  # what was recorded does not look at its arguments again
        self.known.append(Known(made, f, scale, [] if "max_paths" in options else [x], exact="math" in options, keeps="max_paths" not in options))
        if len(self.known) > MOST_FUNCTIONS:
            self.known.pop(int(rng.integers(len(self.known))))

    def ask(self) -> None:
        known = self.some()
        self.checked(known, self.point(known), self.rng)

    def write_constants(self) -> None:
        """Constants are those of the recording, at points whose paths are recorded, whatever becomes of the array."""
        known = self.some()
        if not known.seen:
            return
        x = known.seen[int(self.rng.integers(len(known.seen)))].copy()
        before = self.called(known, x)
        paths = len(known.F.paths)
        C = known.f.C.copy()
        known.f.C[:] = np.nan
        try:
            after = known.F(x)
        finally:
            known.f.C[:] = C
        if len(known.F.paths) == paths:
            agree(after, before, 0.0, f"value of {known} after its constants were overwritten")

    def bind(self) -> None:
        known = self.some()
        if known.scale is not None and not known.everybodys:
            known.scale = float(self.rng.choice([1.0, 0.5, -1.5, 2.0]))
            known.F.bind(scale=known.scale)
            known.seen.clear()
            if known.alone:
                self.known.remove(known)
                if not self.known:
                    self.record()

    def compile(self) -> None:
        self.some().F.compile()

    def save(self) -> None:
        known = self.some()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "f.tape"
            seen = [x for x in known.seen if self.has_path(known, x)]
            known.F.save(path)
            loaded = jt.load(path)
        self.known.append(Known(loaded, known.f, known.scale, seen, alone=True, exact=known.exact))
        for x in seen:
            agree(loaded(x), known.F(x), 0.0, f"value of {known} when it was loaded")
        if not seen:
            self.known.pop()

    def has_path(self, known: Known, x: Any) -> bool:
        before = known.F.statistics["recorded"]
        known.F(x)
        return bool(known.F.statistics["recorded"] == before)

    def pickle(self) -> None:
        known = self.some()
        F, f = pickle.loads(pickle.dumps((known.F, known.f)))
        self.known.append(Known(F, f, known.scale, list(known.seen), alone=known.alone, exact=known.exact, keeps=known.keeps))

    def copy(self) -> None:
        known = self.some()
        F = copy.deepcopy(known.F) if self.rng.random() < 0.5 else copy.copy(known.F)
        self.known.append(Known(F, known.f, known.scale, list(known.seen), alone=known.alone, exact=known.exact, keeps=known.keeps))

    def threads(self) -> None:
        """Several threads ask the same functions; meanwhile this one lets go of some of them."""
        chosen = [self.some() for _ in range(3)]
        asked = [[(k, self.point(k)) for k in chosen for _ in range(2)] for _ in range(int(self.rng.integers(2, 5)))]
        seeds = self.rng.integers(2**31, size=len(asked))
        faults: list[BaseException] = []
        start = threading.Barrier(len(asked) + 1)

        def work(pairs: list[tuple[Known, Any]], seed: int) -> None:
            rng = np.random.default_rng(seed)
            start.wait()
            try:
                for known, x in pairs:
                    self.checked(known, x, rng, shared=True)
            except BaseException as error:
                faults.append(error)

        workers = [threading.Thread(target=work, args=(pairs, int(seed))) for pairs, seed in zip(asked, seeds, strict=True)]
        for worker in workers:
            worker.start()
        start.wait()
        self.free()
        del chosen, asked
        for worker in workers:
            worker.join()
        if faults:
            raise faults[0]

    def free(self) -> None:
        if len(self.known) > 1:
            self.known.pop(int(self.rng.integers(len(self.known))))
        if self.rng.random() < 0.3:
            gc.collect()
        if self.rng.random() < 0.3:
            jt.clear_memory()

    def fail(self) -> None:
        """The function raises while it is recorded; everything goes on."""
        at = int(self.rng.integers(5))

        class Stop(Exception):
            pass

        def broken(x: Any) -> Any:
            for k in range(5):
                if k == at:
                    raise Stop
                x = np.sin(x) * k
            return x

        for call in (lambda: jt.grad(broken)(np.ones(3)), lambda: jt.record(broken, np.ones(3))):
            try:
                call()
            except Stop:
                continue
            raise Fault("an exception of the function got lost")

    def limit(self) -> None:
        """Too little memory is an error in words; the next call works."""
        if threading.current_thread() is not threading.main_thread():  # the limit is of the whole process
            return
        jt.set_memory_limit(int(self.rng.integers(1, 60)) * 1000)
        try:
            jt.grad(lambda x: np.sum(np.sin(np.tile(x, 400)) * 2.0))(np.ones(6))
        except jt.TapeLimitError:
            self.counts["refused for the limit of memory"] += 1
        finally:
            jt.set_memory_limit(None)

    def within(self) -> None:
        """A recorded function inside a function that is differentiated takes plain values, and refuses recorded ones in words."""
        known = self.some()
        x = self.point(known)
        if known.f.result != "sum" or (known.alone and not known.seen):
            return
        value = float(known.F(x))
        agree(jt.grad(lambda y: known.F(x) * np.sum(y * y))(x), 2.0 * value * x, 1e-12, f"gradient with a value of {known} in it")
        try:
            jt.grad(lambda y: known.F(y) * y[0])(x)
        except jt.GradientError as error:
            if "was called with a recorded array" in str(error):
                return
            raise
        raise Fault("a recorded function took a recorded array, whose derivative is lost")

    def fork(self) -> None:
        pairs = [(k, self.point(k)) for k in self.known]
        seed = int(self.rng.integers(2**31))
        child = os.fork()
        if not child:
            code = 1
            try:
                rng = np.random.default_rng(seed)
                for known, x in pairs:
                    self.checked(known, x, rng)
                code = 0
            except BaseException as error:
                os.write(2, f"in a child: {type(error).__name__}: {error}\n".encode())
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        if status:
            raise Fault(f"a forked child ended with {os.waitstatus_to_exitcode(status)}")

    # --- what is asked of a function ---

    def called(self, known: Known, x: Any) -> Any:
        given = x.copy()
        value = known.F(given)
        given[:] = np.nan
        return self.keep(value, f"{known}({x.tolist()})")

    def smooth(self, check: Callable[[], None], known: Known, x: Any) -> None:
        """A check that may fail where the plain function decides by rounding: another value, or another slope, lies at a distance of rounding."""
        try:
            check()
        except Fault:
            rng = np.random.default_rng(7)
            value = flat(known.plain(x))
            for _ in range(12):
                d = rng.normal(size=x.shape) * 1e-11
                if not np.allclose(flat(known.plain(x + d)), value, rtol=1e-7, atol=1e-7):
                    self.counts["decided by rounding"] += 1
                    return
            if known.f.result == "sum":
                g = known.gradient(x)
                for _ in range(12):
                    if not np.allclose(known.gradient(x + rng.normal(size=x.shape) * 1e-11), g, rtol=1e-5, atol=1e-5, equal_nan=False):
                        self.counts["decided by rounding"] += 1
                        return
            raise

    def checked(self, known: Known, x: Any, rng: np.random.Generator, shared: bool = False) -> None:
        """One thing asked of a function at a point."""
        try:
            self._checked(known, x, rng, shared)
        except jt.BranchChanged:
            if not known.alone:
                raise
            self.counts["a loaded function refuses another branch"] += 1

    def _checked(self, known: Known, x: Any, rng: np.random.Generator, shared: bool) -> None:
        F, at = known.F, f"{known} at {x.tolist()}"
        value = F(x.copy()) if shared else self.called(known, x)
        self.smooth(lambda: agree(value, known.plain(x), 1e-10, f"value of {at}"), known, x)
        if not shared and not known.alone and known.keeps and len(known.seen) < 8:
            known.seen.append(x)
        of_number = known.f.result == "sum"
        routes = ["jvp", "batch", "jacobian", "taylor", "vjp"] + (["grad", "grad", "hessian", "hvp", "sparse", "batch_grad", "batch_hessian", "differences"] if of_number else [])
        route = str(rng.choice(routes))
        getattr(self, f"by_{route}")(known, x, value, rng, at)
        self.counts[f"by {route}"] += 1

    def by_grad(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        given = x.copy()
        v, g = known.F.value_and_grad(given)
        given[:] = np.nan
        self.keep(g, f"gradient of {at}")
        agree(v, value, 0.0, f"value beside the gradient of {at}")
        self.smooth(lambda: agree(g, known.gradient(x), 1e-9, f"gradient of {at}"), known, x)
        agree(known.F.grad(x), g, 0.0, f"the gradient again, of {at}")

    def by_differences(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        d, h = rng.normal(size=x.shape), 1e-6
        above, below = (float(known.plain(x + s * h * d)) for s in (1, -1))
        one_sided = (above - float(value)) / h, (float(value) - below) / h
        g = known.F.grad(x)
        scale = 1.0 + np.max(np.abs(g))
        if not np.isfinite(scale) or abs(one_sided[0] - one_sided[1]) > 1e-3 * scale:
            self.counts["not smooth there, no differences"] += 1
            return
        slope = (above - below) / (2 * h)
        self.smooth(lambda: agree(g @ d / scale, slope / scale, 1e-4, f"differences of {at}"), known, x)

    def by_jvp(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        d = rng.normal(size=x.shape)
        v, t = known.F.jvp((x,), (d,))
        agree(v, value, 0.0, f"value beside the tangent of {at}")
        J = flat_jacobian(known.F.jacobian(x), known.f.n)
        agree(numbers_alone(t, value), J @ d, 1e-9, f"tangent of {at}")

    def by_vjp(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        v, pull = known.F.vjp(x)
        agree(v, value, 0.0, f"value beside the pullback of {at}")
        if known.f.result == "tree":
            return
        u = rng.normal(size=np.shape(value))
        J = flat_jacobian(known.F.jacobian(x), known.f.n)
        agree(pull(u if np.ndim(u) else float(u))[0], np.ravel(u) @ J, 1e-9, f"pullback of {at}")

    def by_jacobian(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        J = self.keep(known.F.jacobian(x), f"Jacobian of {at}")
        scale = 1.0 if known.scale is None else known.scale
        wanted = jt.jacrev(lambda y: known.f(y, scale))(x) if known.f.result != "tree" else J
        self.smooth(lambda: agree(J, wanted, 1e-9, f"Jacobian of {at}"), known, x)

    def by_taylor(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        if known.f.result == "tree" or any(name == "spread" for name, _ in known.f.steps):
            return
        d = rng.normal(size=x.shape)
        series = known.F.taylor(x, 2, d)
        agree(series[0], value, 1e-12, f"the first coefficient of {at}")
        agree(series[1], known.F.jvp((x,), (d,))[1], 1e-9, f"the second coefficient of {at}")

    def by_hessian(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        H = self.keep(known.F.hessian(x), f"Hessian of {at}")
        d = rng.normal(size=x.shape)
        agree(H, H.T, 1e-9, f"symmetry of the Hessian of {at}")
        agree(known.F.hvp(x, d), H @ d, 1e-8, f"Hessian and product of {at}")

    def by_hvp(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        scale = 1.0 if known.scale is None else known.scale
        d = rng.normal(size=x.shape)
        found = self.keep(known.F.hvp(x, d), f"product with the Hessian of {at}")
        wanted = jt.hvp(lambda y: known.f(y, scale))(x, d)
        self.smooth(lambda: agree(found, wanted, 1e-7, f"product with the Hessian of {at}"), known, x)

    def by_sparse(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        agree(known.F.sparse_hessian(x).toarray(), known.F.hessian(x), 1e-8, f"sparse Hessian of {at}")

    def batch_of(self, known: Known, x: Any, rng: np.random.Generator) -> Any:
        if known.alone:
            return np.stack([x] * int(rng.integers(1, 20)))
        return np.stack([x, *(point(rng, known.f.n) for _ in range(int(rng.integers(0, 40))))])

    def by_batch(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        X = self.batch_of(known, x, rng)
        values = known.F.batch_value(X, threads=int(rng.integers(1, 3)), math="precise" if known.exact else "fast")
        k = int(rng.integers(len(X)))
        row = flat(numbers_alone_of_row(values, value, k))
        self.smooth(lambda: agree(row, numbers_alone(known.F(X[k]), value), 1e-10, f"batch of {known} at {X[k].tolist()}"), known, X[k])

    def by_batch_grad(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        X = self.batch_of(known, x, rng)
        given = X.copy()
        G = self.keep(known.F.batch_grad(given, threads=int(rng.integers(1, 3))), f"batch of gradients of {at}")
        given[:] = np.nan
        for k in rng.integers(len(X), size=3):
            self.smooth(lambda k=k: agree(G[k], known.F.grad(X[k]), 1e-9, f"gradient in a batch of {known} at {X[k].tolist()}"), known, X[k])

    def by_batch_hessian(self, known: Known, x: Any, value: Any, rng: np.random.Generator, at: str) -> None:
        X = self.batch_of(known, x, rng)[:6]
        H = known.F.batch_hessian(X)
        k = int(rng.integers(len(X)))
        self.smooth(lambda: agree(H[k], known.F.hessian(X[k]), 1e-7, f"Hessian in a batch of {known} at {X[k].tolist()}"), known, X[k])


def numbers_alone(x: Any, value: Any) -> Any:
    """What depends on the arguments: of a tree, its recorded leaves."""
    return (x["v"], x["more"][0]) if isinstance(value, dict) else x


def numbers_alone_of_row(x: Any, value: Any, k: int) -> Any:
    return (x["v"][k], x["more"][0][k]) if isinstance(value, dict) else x[k]


def flat_jacobian(J: Any, n: int) -> Any:
    """A row for each number of the result that depends on the arguments."""
    if isinstance(J, dict):
        return np.vstack([np.reshape(J["v"], (-1, n)), np.reshape(J["more"][0], (-1, n))])
    return np.reshape(J, (-1, n))


def case(seed: int) -> Counter[str]:
    machine = Machine(seed)
    try:
        machine.run(int(machine.rng.integers(*STEPS)))
    except Exception as error:
        error.add_note(f"after {' '.join(machine.done)}")
        raise
    return machine.counts
