"""Has jittape become slower? Its time in multiples of a hand-written kernel's, both in the same run: `python -m bench.guard`.

For developers, before and after a change: a minute, and figures that carry over from machine to machine as far as ratios do. A case is a call
of jittape and code by hand (njit or NumPy) that does the same; their answers are compared first, then they are sampled in turns. A ratio that is over the
limit is measured again, up to three times, and the least counts: a neighbour on the machine makes a case slow, never fast. The exit code is 1 if a
limit is passed. Limits are 1.5 times the ratios at the time that they were written down; `--show` prints ratios alone, for writing them down anew.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import bench  # noqa: F401  (before NumPy)
from bench import adbench_bundle, adbench_hand, adbench_lstm, common, problems, problems_mixture, problems_points

import numpy as np  # isort: skip

import jittape as jt  # isort: skip

ROOM = 1.5
"""How far a ratio may be above the one that was written down: less is noise on a shared machine."""
TRIES = 3
RATIOS = {
    "gradient, 10 numbers, arrays": 1.2,
    "gradient, 1,000 numbers, arrays": 0.75,
    "gradient, 1,000 numbers, a loop of scalars": 0.7,
    "gradient, 100,000 numbers, arrays": 0.7,
    "recording and gradient, 1,000 numbers, arrays": 108.0,
    "sparse Hessian, 10,000 numbers": 6.0,
    "product with the Hessian, 100,000 numbers": 1.0,
    "gradients at 100,000 points": 0.32,
    "gradients at 100,000 points, with branches": 4.6,
    "Jacobians of 31,843 observations": 1.45,
    "dense Jacobian, 500 x 500": 1.33,
    "gradient of a mixture, products of matrices": 1.15,
    "gradient of a recurrence in njit loops, compiled": 1.75,
    "dense Jacobian of many small arrays": 28.5,
}
"""The time of jittape in that of code by hand, case by case."""


class Case:
    """What jittape is called with, what does the same by hand, and how what the first returns is made comparable."""

    def __init__(self, name: str, ours: Callable[[], Any], by_hand: Callable[[], Any], answer: Callable[[Any], Any] = np.asarray, theirs: Callable[[Any], Any] = np.asarray) -> None:
        self.name, self.ours, self.by_hand, self.answer, self.theirs = name, ours, by_hand, answer, theirs


def rosenbrock_cases() -> Iterator[Case]:
    from bench.engines.numba_hand import w1, w4_hvp, w4_sparse

    for n in (10, 1000, 100_000):
        x = problems.rosenbrock_point(n)
        (hand,) = w1(x)
        by_hand, F, out = hand.make(), jt.record(problems.rosenbrock, x), np.empty(n)
        yield Case(f"gradient, {n:,} numbers, arrays", partial(F.grad, x, out=out), by_hand)
        if n == 1000:
            L, more = jt.record(problems.rosenbrock_loop, x), np.empty(n)
            yield Case("gradient, 1,000 numbers, a loop of scalars", partial(L.grad, x, out=more), by_hand)
            yield Case("recording and gradient, 1,000 numbers, arrays", partial(jt.grad(problems.rosenbrock), x), by_hand)
    x = problems.rosenbrock_point(10_000)
    F = jt.record(problems.rosenbrock, x)
    matrix = F.sparse_hessian(x)
    hand = next(iter(w4_sparse(x)))
    yield Case("sparse Hessian, 10,000 numbers", partial(F.sparse_hessian, x, out=matrix), hand.make(), problems.bands, hand.answer)
    x = problems.rosenbrock_point(100_000)
    v, out = np.cos(np.arange(len(x))), np.empty(len(x))
    F = jt.record(problems.rosenbrock, x)
    yield Case("product with the Hessian, 100,000 numbers", partial(F.hvp, x, v, out=out), next(iter(w4_hvp(x, v))).make())


def many_cases() -> Iterator[Case]:
    from bench.engines.models.jittape import MODULE

    smooth, _, barrier = problems_points.points()
    for name, p, f in (("", smooth, smooth.whole), (", with branches", barrier, barrier.branching)):
        F, out = jt.record(partial(f, MODULE), p.X[0]), np.empty_like(p.X)
        yield Case(f"gradients at 100,000 points{name}", partial(F.batch_grad, p.X, threads=1, out=out), partial(p.gradient, p.X))
    b = next(adbench_bundle.bundles())
    F = jt.record(lambda v, feature: np.stack(adbench_bundle.residuals_branching(np, v, feature)), b.rows()[0], feature=b.features[0])
    entries, J, of_weights = b.room()

    def jacobians() -> Any:
        F.batch_jacobian(b.rows(), feature=b.features, threads=1, out=J)
        np.multiply(b.weights, -2.0, out=of_weights)
        return entries

    yield Case("Jacobians of 31,843 observations", jacobians, b.by_hand)


def other_cases() -> Iterator[Case]:
    f, by_hand = problems.DENSE["tanh(A @ tanh(A @ x))"]
    A, x = problems.dense_point(500)
    F, out = jt.record(lambda x: f(np, A, x), x), np.empty((500, 500))
    yield Case("dense Jacobian, 500 x 500", partial(F.jacobian, x, out=out), partial(by_hand, A, x))
    p = next(problems_mixture.problems())
    F, out = jt.record(lambda x: p.whole(np, x, *p.data), p.x), np.empty_like(p.x)
    yield Case("gradient of a mixture, products of matrices", partial(F.grad, p.x, out=out), partial(p.gradient, p.x, *p.data))
    from numba import njit

    p = next(adbench_lstm.problems())
    rows = p.data[0]
    F, out = jt.record(njit(p.loops["njit loops"]), p.x, rows=rows, compile=False).compile(), np.empty_like(p.x)
    yield Case("gradient of a recurrence in njit loops, compiled", partial(F.grad, p.x, out=out), partial(p.gradient, p.x, rows))
    h = next(adbench_hand.hands())
    F, out = jt.record(lambda z: adbench_hand.residuals(np, z, None, *h.data), h.pose), np.empty((len(h.seen), 3, adbench_hand.POSE))
    yield Case("dense Jacobian of many small arrays", partial(F.jacobian, h.pose, out=out), h.by_hand)


def ratio(case: Case, clock: common.Clock) -> float:
    """The least time of a call of jittape in that of the code by hand."""
    samples = common.measure({"ours": case.ours, "by hand": case.by_hand}, clock)
    ours, by_hand = (np.median(common.undisturbed(samples[name])[0]) for name in ("ours", "by hand"))
    return float(ours / by_hand)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="?", default="", help="only cases whose name contains this")
    parser.add_argument("--show", action="store_true", help="print the ratios, without limits")
    options = parser.parse_args()
    clock, slower = common.Clock(budget_s=0.5), []
    print(f"{'time in that of code by hand':<50} {'now':>7} {'was':>7} {'limit':>7}")
    for cases in (rosenbrock_cases(), many_cases(), other_cases()):
        for case in cases:
            if options.only not in case.name:
                continue
            equal = common.close(case.answer(case.ours()), case.theirs(case.by_hand()), 1e-10)
            now, was = ratio(case, clock), RATIOS[case.name]
            for _ in range(TRIES - 1):
                if options.show or now <= ROOM * was:
                    break
                now = min(now, ratio(case, clock))
            verdict = "" if options.show or now <= ROOM * was else "SLOWER"
            if equal != "yes":
                verdict = equal
            slower += [case.name] * bool(verdict)
            print(f"{case.name:<50} {now:>7.3g} {was:>7.3g} {ROOM * was:>7.3g}  {verdict}", flush=True)
    print(f"{len(slower)} of these cases are too slow, or wrong" if slower else "all within their limits")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
