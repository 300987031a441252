"""What the project asks of itself, and whether bench/results has it: `python -m bench.bars`; a workload prints its own bars at the end of its run.

A bar is a share of what stands beside it in the same run (code by hand, JAX, CasADi, PyTorch), where something does, as times of different machines do not
compare; else microseconds, which hold for a machine like the one that the results name. The exit code is 1 if a bar is missed or was not measured.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from bench import common
from bench.common import RESULTS, Row


@dataclass(frozen=True)
class Bar:
    """At most `limit` times as long as the fastest of the engines whose names begin with `beside`, or `limit` microseconds where nothing stands beside.

    Attributes:
        workload, case, engine: the row; of several engines whose names begin so, the fastest counts.
    """

    workload: str
    case: str
    engine: str
    limit: float
    beside: str = ""

    def value(self, rows: Iterable[Row]) -> float | None:
        mine = _least(rows, self.case, self.engine)
        if not self.beside:
            return mine
        peer = _least(rows, self.case, self.beside)
        return mine / peer if mine and peer else None

    def show(self, rows: Iterable[Row]) -> bool:
        """Print whether it is met, and return it."""
        value = self.value(rows)
        text = f"{self.workload} {self.case}: {self.engine.removeprefix('jittape ')}"
        common.bar(text, value, self.limit, f"of {self.beside}" if self.beside else "us")
        return value is not None and value <= self.limit


def _least(rows: Iterable[Row], case: str, engine: str) -> float | None:
    return min((r.median_us for r in rows if r.case == case and r.engine.startswith(engine) and r.median_us), default=None)


ONCE, ANEW, COMPILED = "jittape record", "jittape, recorded anew each call", "jittape record, njit loops, compiled"
FUSED = "jittape record, arrays, compiled"
VECTORISED, SCALARS = "jittape record, vectorised", "jittape record, Python loop over scalars"
MILLION = ("sum(x*x) n=1000000", "sum(sin(x)*x) n=1000000", "Rosenbrock n=1000000")
WAVES = ("deconvolution, 4,096 samples", "thin films, 40 layers, 200 wavelengths", "quantum control, 128 points, 100 steps", "Navier-Stokes, 64 x 64, 10 steps")
JACOBIANS = ("A @ x", "tanh(A @ x)")
FIVE = "the five matrix products"

BARS = (
    # small calls, and arrays in one body
    Bar("w1", "gradient n=10", VECTORISED, 1.7, "CasADi SX, buffer"),
    Bar("w1", "gradient n=1000", VECTORISED, 2.0, "by hand, njit"),
    Bar("w1", "gradient n=100000", VECTORISED, 0.91, "JAX jit"),
    Bar("w1", "gradient n=1000", SCALARS, 1.1, VECTORISED),
    Bar("w1", "gradient n=100000", SCALARS, 1.1, VECTORISED),
    Bar("w1", "value_and_grad n=10", ONCE, 0.97, "CasADi SX, buffer"),
    # batches
    Bar("w3", "100000 points", "jittape batch_grad, out=", 0.95, "ddx-ad JIT, libmvec"),
    Bar("w14", "Black-Scholes, 100000 points", "jittape batch_grad, out=", 0.33, "by hand, njit loop"),
    Bar("w14", "Heston, 20 steps, 100000 paths", "jittape batch_grad, out=", 0.33, "by hand, njit loop"),
    # second order
    Bar("w4", "dense Hessian n=20", "jittape F.hessian", 2.2, "by hand, njit"),
    Bar("w4", "sparse Hessian n=10000", "jittape F.sparse_hessian", 5.0, "by hand, njit"),
    Bar("w4", "Hessian-vector product n=100000", "jittape F.hvp", 0.94, "JAX jit"),
    # matrices
    Bar("w7", "gradient n=256", ONCE, 1.09, "JAX jit"),
    Bar("w7", "product n=256", ONCE, 1.2, "JAX jit"),
    Bar("w7", "Hessian n=256", ONCE, 0.27, "JAX jit"),
    Bar("w7", "Hessian n=256", ANEW, 0.27, "JAX jit"),
    Bar("w8", "gradient n=200", ONCE, 1.1, "JAX jit"),
    Bar("w8", "Hessian n=200", ONCE, 0.8, "JAX jit"),
    Bar("w9", "gradient n=20000", ONCE, 1.2, "JAX jit"),
    Bar("w9", "Hessian n=20000", ONCE, 1.47, "JAX jit"),
    # loops
    Bar("w10", "mixture n=1000, gradient", COMPILED, 1.9, "JAX jit"),
    Bar("w11", "heat, 200 cells, gradient", FUSED, 0.83, "JAX jit"),
    Bar("w11", "heat, 200 cells, gradient", COMPILED, 1.1, "JAX jit"),
    Bar("w11", "heat, 2000 cells, gradient", FUSED, 0.93, "JAX jit"),
    Bar("w11", "heat, 2000 cells, gradient", COMPILED, 1.1, "JAX jit"),
    Bar("w12", "Lotka-Volterra, 1000 steps, gradient", COMPILED, 0.4, "by hand, njit"),
    Bar("w12", "Lotka-Volterra, 1000 steps, hessian", "jittape F.hessian", 0.5, "JAX jit"),
    Bar("w13", "Kalman, 2 states, gradient", ONCE, 0.38, "JAX jit"),
    Bar("w13", "Kalman, 4 states, gradient", "jittape record, arrays", 0.68, "JAX jit"),
    Bar("w13", "Kalman, 4 states, gradient", "jittape record, njit matrices", 1.0, "jittape grad, njit matrices"),
    Bar("w15", "100 bodies, gradient", FUSED, 0.76, "JAX jit"),
    Bar("w15", "recursive filter, 10000 samples, gradient", COMPILED, 1.8, "by hand, njit"),
    Bar("w15", "sum of (x x - 1)^2 / 4 + x y over 1000000, gradient", FUSED, 0.98, "JAX jit"),
    Bar("w15", "sum of log(1 + exp(-x y)) + x sin x over 1000000, gradient", FUSED, 0.87, "JAX jit"),
    *(Bar("long_arrays", case, "jittape grad", 1.2, "autograd") for case in MILLION),
    *(Bar("long_arrays", case, ONCE, 1.5, "JAX jit") for case in MILLION),
    # Jacobians
    Bar("adbench", "hand, simple, 100 points, Jacobian", "jittape record, njit loops, jacobian", 1.0, "CasADi SX"),
    *(Bar("w16", f"{name} n=50", engine, 40) for name in JACOBIANS for engine in ("jittape F.jacobian", "jittape jacobian")),
    *(Bar("w16", f"{name} n=500", engine, 1.2, "JAX jit") for name in JACOBIANS for engine in ("jittape F.jacobian", "jittape jacobian")),
    Bar("collocation", "gradient", ONCE, 1.0, "CasADi"),
    Bar("collocation", "Jacobian", ONCE, 1.06, "CasADi"),
    Bar("collocation", "Hessian", ONCE, 1.0, "CasADi"),
    # training
    Bar("w17", "PINN 2-20-20-20-1, 200 points, Adam", "jittape eager", 1.5, "torch eager"),
    Bar("w17", "10-20-1, batch 32, SGD", "jittape eager", 0.8, "torch eager"),
    Bar("w17", "784-512-10, batch 128, SGD", "jittape eager", 0.85, "torch eager"),
    Bar("w17", "784-512-10, batch 128, Adam", "jittape eager", 0.85, "torch eager"),
    Bar("w17", "LSTM cell loop, 50 steps, Adam", "jittape eager", 1.0, "torch eager"),
    Bar("w17", "nn.LSTM H=128 T=50 B=32, Adam", "jittape eager", 1.2, "torch eager"),
    Bar("w17", "LeNet, batch 32, SGD", "jittape eager", 1.5, "torch eager"),
    Bar("w17", "784-512-10, batch 128, SGD", "jittape compile_step", 1.05, FIVE),
    Bar("w5", "step 10-20-1 float32", "jittape compile_step", 0.7, "JAX jit"),
    # first calls with nothing compiled: half of what they took when the bars were set
    Bar("cold", "first gradient, arrays", "jittape", 5e6),
    Bar("cold", "first gradient, scalars", "jittape", 3.5e6),
    Bar("cold", "first training step, 10-20-1, Adam", "jittape eager", 4.7e6),
    Bar("cold", "python -m jittape warmup", "jittape", 45e6),
    Bar("cold", "njit function of 500 lines, gradient", "jittape grad", 2.6, "Numba, the function alone"),
    # complex numbers and transforms
    *(Bar("w18", case, "jittape", 1.5, "JAX") for case in WAVES),
)  # fmt: skip


def show(workload: str, rows: Iterable[Row]) -> None:
    """Print the bars of a workload."""
    rows = list(rows)
    for bar in BARS:
        if bar.workload == workload:
            bar.show(rows)


def read(workload: str) -> tuple[str, list[Row]]:
    """The line about the machine, and the rows, of bench/results/<workload>.csv."""
    path = RESULTS / f"{workload}.csv"
    if not path.exists():
        return "", []
    lines = path.read_text().splitlines()
    table = csv.DictReader(line for line in lines if not line.startswith("#"))
    return lines[0], [Row(r["workload"], r["case"], r["engine"], r["version"], median_us=float(r["median_us"]) if r["median_us"] else None) for r in table]


def main() -> int:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    met = []
    for workload in dict.fromkeys(bar.workload for bar in BARS):
        machine, rows = read(workload)
        version = next((r.version for r in rows if r.engine.startswith("jittape")), "no results")
        print(f"\n{workload}: {version}, {machine.removeprefix('# machine: ')}")
        met += [bar.show(rows) for bar in BARS if bar.workload == workload]
    print(f"\n{sum(met)} of {len(met)} bars are met")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
