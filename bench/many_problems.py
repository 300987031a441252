"""Many small problems at a time: 100,000 fits of four parameters to 50 points each, microseconds a fit: `python -m bench.many_problems`."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numba import njit

from bench import common

FITS, PEERS, SOME, CHECKED = 100_000, 10_000, 200, 100
"""Fits; those by vmap, and of a loop over SciPy, whose time is taken for the others; and those whose parameters are compared."""
T = np.linspace(0.0, 4.0, 50)
RTOL = 1e-4
"""Largest difference of the parameters from a fit by SciPy to tolerances of 1e-13, relative to the largest of them."""
SECONDS = 20.0
"""A contender that takes longer for one call is timed by that one."""


def double_exponential(m: Any, p: Any) -> Any:
    return p[0] * m.exp(-p[1] * T) + p[2] * m.exp(-p[3] * T)


def peak(m: Any, p: Any) -> Any:
    return p[0] * m.exp(-0.5 * ((T - p[1]) / p[2]) ** 2) + p[3]


@njit(error_model="numpy")
def double_exponential_native(p, y):  # type: ignore[no-untyped-def]
    r, J = np.empty(T.size), np.empty((T.size, 4))
    for i in range(T.size):
        a, b = math.exp(-p[1] * T[i]), math.exp(-p[3] * T[i])
        r[i] = p[0] * a + p[2] * b - y[i]
        J[i, 0], J[i, 1], J[i, 2], J[i, 3] = a, -p[0] * a * T[i], b, -p[2] * b * T[i]
    return r, J


@njit(error_model="numpy")
def peak_native(p, y):  # type: ignore[no-untyped-def]
    r, J = np.empty(T.size), np.empty((T.size, 4))
    for i in range(T.size):
        u = (T[i] - p[1]) / p[2]
        e = math.exp(-0.5 * u * u)
        r[i] = p[0] * e + p[3] - y[i]
        J[i, 0], J[i, 1], J[i, 2], J[i, 3] = e, p[0] * e * u / p[2], p[0] * e * u * u / p[2], 1.0
    return r, J


MODELS: dict[str, Any] = {
    "double exponential": (double_exponential, double_exponential_native, [1.0, 0.3, 1.0, 1.5], [3.0, 0.6, 2.0, 3.0], [2.0, 0.5, 1.5, 2.0]),
    "peak and offset": (peak, peak_native, [1.0, 1.5, 0.3, -0.5], [3.0, 2.5, 0.8, 0.5], [1.5, 2.0, 0.5, 0.0]),
}
"""Name -> (model, residuals and Jacobian by hand, the range of true parameters, first guess)."""


def data(name: str) -> Any:
    """Noisy data of all fits."""
    model, _, low, high, _ = MODELS[name]
    rng = np.random.default_rng(0)
    P = rng.uniform(low, high, (FITS, 4))
    return model(np, P.T[:, :, None]) + 0.01 * rng.standard_normal((FITS, T.size))


def one_by_one(fit: Callable[[Any], Any], Y: Any) -> Callable[[], Any]:
    return lambda: np.array([fit(y) for y in Y[:SOME]])


def contenders(name: str, Y: Any) -> Iterator[tuple[str, str, int, Callable[[], Callable[[], Any]]]]:
    """(engine, distribution, fits a call, what makes the call)."""
    model, native, _, _, first = MODELS[name]
    x0 = np.array(first)

    def jittape() -> Callable[[], Any]:
        import jittape as jt

        F = jt.record(lambda p, y: model(np, p) - y, x0, y=Y[0])
        return lambda: jt.integrate.batch.least_squares(F, x0, y=Y, threads=1).x

    yield "jittape batch.least_squares", "jittape", FITS, jittape

    def scipy(**options: Any) -> Callable[[], Any]:
        import scipy.optimize as so

        return one_by_one(lambda y: so.least_squares(lambda p: model(np, p) - y, x0, **options).x, Y)

    def compiled(**options: Any) -> Callable[[], Any]:
        import scipy.optimize as so

        return one_by_one(lambda y: so.least_squares(lambda p: native(p, y)[0], x0, jac=lambda p: native(p, y)[1], **options).x, Y)

    def leastsq() -> Callable[[], Any]:
        import scipy.optimize as so

        return one_by_one(lambda y: so.leastsq(lambda p: native(p, y)[0], x0, Dfun=lambda p: native(p, y)[1])[0], Y)

    def curve_fit() -> Callable[[], Any]:
        import scipy.optimize as so

        return one_by_one(lambda y: so.curve_fit(lambda t, *p: model(np, p), T, y, x0)[0], Y)

    yield "scipy least_squares trf, differences", "scipy", SOME, scipy
    yield "scipy least_squares lm, differences", "scipy", SOME, partial(scipy, method="lm")
    yield "scipy least_squares trf, Jacobian by hand in Numba", "scipy", SOME, compiled
    yield "scipy least_squares lm, Jacobian by hand in Numba", "scipy", SOME, partial(compiled, method="lm")
    yield "scipy leastsq, Jacobian by hand in Numba", "scipy", SOME, leastsq
    yield "scipy curve_fit", "scipy", SOME, curve_fit

    def jaxopt() -> Callable[[], Any]:
        import jax
        import jaxopt
        from jax import numpy as jnp

        jax.config.update("jax_enable_x64", True)
        solver = jaxopt.LevenbergMarquardt(lambda p, y: model(jnp, p) - y, maxiter=50, tol=1e-6, xtol=1e-8, gtol=1e-8, solver="cholesky", materialize_jac=True)
        run = jax.jit(jax.vmap(lambda y: solver.run(jnp.asarray(x0), y).params))
        return lambda: np.asarray(run(Y[:PEERS]))

    def optimistix() -> Callable[[], Any]:
        import jax
        import optimistix
        from jax import numpy as jnp

        jax.config.update("jax_enable_x64", True)
        solver = optimistix.LevenbergMarquardt(rtol=1e-8, atol=1e-8)
        run = jax.jit(jax.vmap(lambda y: optimistix.least_squares(lambda p, y: model(jnp, p) - y, solver, jnp.asarray(x0), y, throw=False).value))
        return lambda: np.asarray(run(Y[:PEERS]))

    yield "jaxopt LevenbergMarquardt, vmap", "jaxopt", PEERS, jaxopt
    yield "optimistix LevenbergMarquardt, vmap", "optimistix", PEERS, optimistix


def reference(name: str, Y: Any) -> Any:
    """The parameters of the first fits by SciPy to rounding."""
    import scipy.optimize as so

    _, native, _, _, first = MODELS[name]
    return np.array([
        so.least_squares(lambda p, y=y: native(p, y)[0], first, jac=lambda p, y=y: native(p, y)[1], method="lm", ftol=1e-13, xtol=1e-13, gtol=1e-13).x
        for y in Y[:CHECKED]
    ])  # fmt: skip


def main() -> None:
    options = common.arguments(__doc__)
    rows: list[common.Row] = []
    for name in MODELS:
        Y = data(name)
        right = reference(name, Y)
        block: list[common.Row] = []
        calls: dict[str, tuple[common.Row, int, Callable[[], Any]]] = {}
        for engine, distribution, count, make in contenders(name, Y):
            if options.only not in engine:
                continue
            row = common.Row("many_problems", name, engine, common.version(distribution))
            block.append(row)
            start = common.time.perf_counter()
            try:
                call = make()
                got = call()
            except ImportError as error:
                row.ok = f"{common.MISSING}: {error}"
                continue
            row.setup_s = common.time.perf_counter() - start
            row.ok = common.close(got[:CHECKED], right, RTOL)
            if row.ok == "yes":
                calls[engine] = row, count, call
            if count < FITS:
                row.note = f"{count:,} of the fits{', one after the other' if count == SOME else ''}"
            common.progress(f"{name}: {engine} set up in {row.setup_s:.1f} s, equal: {row.ok}")
        taken: dict[str, list[tuple[float, float]]] = {engine: [] for engine in calls}
        for _ in range(1 if options.quick else 5):
            for engine, (_, _, call) in calls.items():
                known = taken[engine]
                if not known or sum(wall for wall, _ in known) < SECONDS:
                    known.append(common.sample(call, 1))
        for engine, (row, count, _) in calls.items():
            samples, stand_in = common.undisturbed(taken[engine])
            cores = statistics.median(cpu / wall for wall, cpu in taken[engine])
            if cores > 1.1:
                row.ok = f"NO: ran on {cores:.1f} cores"
                continue
            row.median_us = 1e6 * statistics.median(samples) / count
            if stand_in:
                row.note += ("; " if row.note else "") + "processor time"
        block = common.rank(block)
        common.show(block)
        rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("many_problems", rows).relative_to(common.ROOT))
    for name in MODELS:
        of = {r.engine: r.median_us for r in rows if r.case == name}
        mine = of.get("jittape batch.least_squares")
        common.bar(f"{name}, fits a second on one core", 1e6 / mine if mine else None, 20_000, "", least=True)
        for engine, peer in of.items():
            if engine.startswith("scipy"):
                common.bar(f"{name}, beside {engine}", peer / mine if mine and peer else None, 50, "times", least=True)


if __name__ == "__main__":
    main()
