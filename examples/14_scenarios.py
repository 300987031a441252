"""A portfolio's risk by scenarios that do not fit into memory, on processes of which some are killed on the way, in a program that is killed as well.

A hundred thousand scenarios of ten correlated prices are drawn a piece at a time, where they are computed. Of each, options are worth what they pay, and the sum and its
gradient by today's prices and volatilities are formed on two processes. One of these kills itself over a piece, and a new one takes its place; a scenario with a
broken number is named, and the others go on. The program is stopped in the middle and goes on by its checkpoint.

Checked: the sums are those of one process that nobody disturbs, to the last bit; the gradient is that of the closed form, within its standard error.
"""

import os
import signal
import tempfile
from math import erf, exp, log, sqrt
from pathlib import Path

import numpy as np

import jittape as jt
from jittape.integrate.executor import Pieces, Processes, sum_value_and_grad

PRICES, PIECE, PIECES, RATE = 10, 2000, 50, 0.02
strikes = np.linspace(90.0, 110.0, PRICES)
root = np.linalg.cholesky(0.5 * np.eye(PRICES) + 0.5)  # correlations of one half
today = {"price": np.full(PRICES, 100.0), "volatility": np.linspace(0.1, 0.3, PRICES)}


def payoff(p, z):
    """Discounted payments of ten calls in a year, less the mean; z are normal numbers."""
    if not np.isfinite(z[0]):
        raise ValueError("a scenario with a broken number")
    v = p["volatility"]
    ends = p["price"] * np.exp(RATE - 0.5 * v * v + v * (root @ z))
    return exp(-RATE) * np.sum(np.maximum(ends - strikes, 0.0))


class Scenarios:
    """A piece by its number. The one that `deadly` names kills the process that draws it, once; that of `broken` has a NaN in it."""

    def __init__(self, folder, deadly=None, broken=None):
        self.log, self.deadly, self.broken = str(Path(folder) / "log"), deadly, broken

    def __call__(self, k):
        with open(self.log, "a") as file:
            file.write(f"{k}\n")
        if k == self.deadly and Path(self.log).read_text().split().count(str(k)) == 1:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        z = np.random.default_rng(k).standard_normal((PIECE, PRICES))
        if k == self.broken:
            z[7] = np.nan
        return z

    def begun(self):
        return len(Path(self.log).read_text().split())


def closed_form():
    """Black and Scholes' deltas and vegas."""
    found = []
    for s, v, k in zip(today["price"], today["volatility"], strikes, strict=True):
        d = (log(s / k) + RATE + 0.5 * v * v) / v
        found.append((0.5 + 0.5 * erf(d / sqrt(2.0)), s * exp(-0.5 * d * d) / sqrt(2.0 * np.pi)))
    return np.array(found).T


if __name__ == "__main__":
    F = jt.record(payoff, today, np.zeros(PRICES))
    with tempfile.TemporaryDirectory() as alone, tempfile.TemporaryDirectory() as folder:
        want, gradient = sum_value_and_grad(F, today, Pieces(range(PIECES), Scenarios(alone)), executor=None)

        deadly, checkpoint = Scenarios(folder, deadly=3), Path(folder) / "checkpoint"

        def stop(done, pieces):
            if done == 20:
                raise KeyboardInterrupt

        with Processes(2) as executor:
            try:
                sum_value_and_grad(F, today, Pieces(range(PIECES), deadly), executor=executor, checkpoint=checkpoint, progress=stop)
            except KeyboardInterrupt:
                print(f"stopped after {deadly.begun()} pieces were begun")
            value, g = sum_value_and_grad(F, today, Pieces(range(PIECES), deadly), executor=executor, checkpoint=checkpoint)
            print(f"{PIECES * PIECE:,} scenarios, {deadly.begun()} pieces begun for {PIECES}")
            failures = []
            sum_value_and_grad(F, today, Pieces(range(5), Scenarios(folder, broken=2)), executor=executor, failures=failures)
            print("left out:", *failures)
        print(f"{executor.deaths} worker died")  # of which one hears soon after it did, and by the end at the latest
        again = deadly.begun() - 5 - PIECES

    print("the same bits as one process:", value == want and all(np.array_equal(g[k], gradient[k]) for k in g))
    assert value == want and all(np.array_equal(g[k], gradient[k]) for k in g)
    assert 1 <= again <= 7  # what was under way when a worker died, or the program was stopped
    assert [(f.chunk, f.row) for f in failures] == [(2, 7)]
    deltas, vegas = closed_form()
    count = PIECES * PIECE
    print("deltas", np.round(g["price"] / count, 3), "closed form", np.round(deltas, 3), sep="\n")
    assert np.abs(g["price"] / count - deltas).max() < 5 * 0.6 / sqrt(count)
    assert np.abs(g["volatility"] / count - vegas).max() < 5 * 110.0 / sqrt(count)
