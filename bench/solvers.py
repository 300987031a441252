"""Solvers inside a differentiated function: `python -m bench.solvers`.

Implied volatilities of 100,000 options and their derivatives by price and strike, by a bracketing root finder at all of them; and the gradient of a fit of
stiff kinetics, Robertson's, by the logarithms of its three rates: squared differences at 12 times from 1e-1 to 1e4, tolerances 1e-8 and 1e-12."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np

from bench import common
from bench.common import Contender

OPTIONS = 100_000
LOW, HIGH = 1e-3, 4.0
RATES, TIMES = np.array([0.04, 3e7, 1e4]), np.logspace(-1, 4, 12)
RTOL = {"volatility": 1e-9, "kinetics": 1e-4}
"""Relative to the largest number: roots are those of a solver, solutions those of its tolerances."""


def options() -> Any:
    """(price, strike) of calls on an asset worth 1, in a year without interest."""
    from scipy.special import erf

    rng = np.random.default_rng(1)
    k, s = rng.uniform(0.8, 1.25, OPTIONS), rng.uniform(0.1, 0.9, OPTIONS)
    return np.stack([price(s, k, np.log, erf), k], axis=1)


def price(s: Any, k: Any, log: Any, erf: Any) -> Any:
    d = (0.5 * s * s - log(k)) / s
    return 0.5 * (1.0 + erf(d / 2**0.5)) - 0.5 * k * (1.0 + erf((d - s) / 2**0.5))


def rates(y: Any, k: Any) -> list[Any]:
    a, b, c = k[0] * y[0], k[1] * y[1] * y[1], k[2] * y[1] * y[2]
    return [c - a, a - c - b, b]


def measured() -> Any:
    from scipy.integrate import solve_ivp

    y = solve_ivp(lambda t, y: rates(y, RATES), (0.0, TIMES[-1]), [1.0, 0.0, 0.0], method="Radau", t_eval=TIMES, rtol=1e-10, atol=1e-14).y
    return y * (1.0 + 0.02 * np.sin(np.arange(y.size)).reshape(y.shape))


SCALES = np.array([1.0, 1e4, 1.0])


def moved(x: Any) -> Callable[[], Any]:
    """A point close to x, another one at each call, so that nobody finds a solution that it has kept."""
    number = count()
    return lambda: x * (1.0 + 1e-10 * next(number))


def hand(case: str, x: Any) -> Callable[[], Any]:
    """By SciPy: a loop over the options; the equations of sensitivities beside those of the states."""
    from scipy.integrate import solve_ivp
    from scipy.optimize import brentq
    from scipy.special import erf

    if case == "volatility":

        def volatilities() -> Any:
            s = np.array([brentq(lambda s, p=p, k=k: price(s, k, np.log, erf) - p, LOW, HIGH) for p, k in x])
            k = x[:, 1]
            d = (0.5 * s * s - np.log(k)) / s
            vega = np.exp(-0.5 * d * d) / np.sqrt(2 * np.pi)
            by_strike = -0.5 * (1.0 + erf((d - s) / 2**0.5))
            return np.stack([1.0 / vega, -by_strike / vega], axis=1)

        return volatilities
    data = measured()

    point = moved(x)

    def gradient() -> Any:
        k = RATES * np.exp(point())

        def both(t: Any, z: Any) -> Any:
            y, S = z[:3], z[3:].reshape(3, 3)
            J = np.array([[-k[0], k[2] * y[2], k[2] * y[1]], [k[0], -k[2] * y[2] - 2 * k[1] * y[1], -k[2] * y[1]], [0.0, 2 * k[1] * y[1], 0.0]])
            a, b, c = k[0] * y[0], k[1] * y[1] ** 2, k[2] * y[1] * y[2]
            return np.concatenate([rates(y, k), (J @ S + np.array([[-a, 0.0, c], [a, -b, -c], [0.0, b, 0.0]])).ravel()])

        z = solve_ivp(both, (0.0, TIMES[-1]), np.r_[1.0, np.zeros(11)], method="Radau", t_eval=TIMES, rtol=1e-8, atol=1e-12).y
        return np.einsum("it,ijt->j", 2.0 * SCALES[:, None] ** 2 * (z[:3] - data), z[3:].reshape(3, 3, -1))

    return gradient


def jittape(case: str, x: Any) -> Callable[[], Any]:
    from scipy.special import erf

    import jittape as jt
    from jittape.scipy.integrate import solve_ivp
    from jittape.scipy.optimize import brentq

    if case == "volatility":
        F = jt.record(lambda x: brentq(lambda s: price(s, x[1], np.log, erf) - x[0], LOW, HIGH), x[0])
        return lambda: F.batch_grad(x, threads=1)
    data = measured()

    def loss(x: Any) -> Any:
        k = RATES * np.exp(x)
        y = solve_ivp(lambda t, y: np.stack(rates(y, k)), (0.0, TIMES[-1]), [1.0, 0.0, 0.0], method="Radau", t_eval=TIMES, rtol=1e-8, atol=1e-12).y
        return np.sum((SCALES[:, None] * (y - data)) ** 2)

    G, point = jt.record(loss, x), moved(x)
    return lambda: G.grad(point())


def jax(case: str, x: Any) -> Callable[[], Any]:
    import diffrax
    import jax
    import jax.numpy as jnp
    import optimistix

    jax.config.update("jax_enable_x64", True)
    if case == "volatility":
        solver = optimistix.Bisection(rtol=1e-13, atol=1e-13)

        def volatility(x: Any) -> Any:
            f = lambda s, x: price(s, x[1], jnp.log, jax.scipy.special.erf) - x[0]
            return optimistix.root_find(f, solver, 0.5, args=x, options={"lower": LOW, "upper": HIGH}, max_steps=100).value

        g = jax.jit(jax.vmap(jax.grad(volatility)))
        return lambda: np.asarray(g(x))
    data = measured()

    def loss(x: Any) -> Any:
        k = RATES * jnp.exp(x)
        found = diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, y, k: jnp.stack(rates(y, k))), diffrax.Kvaerno5(), 0.0, TIMES[-1], None, jnp.array([1.0, 0.0, 0.0]), args=k,
            saveat=diffrax.SaveAt(ts=TIMES), stepsize_controller=diffrax.PIDController(rtol=1e-8, atol=1e-12), max_steps=4096,
        )  # fmt: skip
        return jnp.sum((SCALES * (found.ys - data.T)) ** 2)

    h, point = jax.jit(jax.grad(loss)), moved(x)
    return lambda: np.asarray(h(point()))


def casadi(case: str, x: Any) -> Callable[[], Any]:
    import casadi as ca

    if case == "volatility":
        s, p = ca.SX.sym("s"), ca.SX.sym("p", 2)
        f = ca.Function("f", [s, p], [price(s, p[1], ca.log, ca.erf) - p[0]])
        root = ca.rootfinder("root", "newton", f, {"abstol": 1e-14})
        v = ca.MX.sym("v", 2)
        g = ca.Function("g", [v], [ca.gradient(root(0.6, v), v)]).map(OPTIONS)
        return lambda: np.asarray(g(x.T)).reshape(2, -1, order="F").T
    data = measured()
    y, z = ca.SX.sym("y", 3), ca.MX.sym("z", 3)
    k = ca.SX.sym("k", 3)
    ode = {"x": y, "p": k, "ode": ca.vertcat(*rates([y[i] for i in range(3)], [k[i] for i in range(3)]))}
    solver = ca.integrator("solver", "cvodes", ode, 0.0, TIMES.tolist(), {"reltol": 1e-8, "abstol": 1e-12, "max_num_steps": 100_000})
    states = solver(x0=[1.0, 0.0, 0.0], p=ca.DM(RATES) * ca.exp(z))["xf"]
    loss = ca.sumsqr(ca.DM(SCALES[:, None] * np.ones((1, len(TIMES)))) * (states - ca.DM(data)))
    h, point = ca.Function("h", [z], [ca.jacobian(loss, z)]), moved(x)
    return lambda: np.asarray(h(point())).ravel()



ENGINES: tuple[tuple[str, str, Callable[[str, Any], Callable[[], Any]]], ...] = (
    ("by hand, SciPy", "scipy", hand), ("jittape record", "jittape", jittape), ("JAX jit, optimistix and diffrax", "jax", jax), ("CasADi rootfinder and CVODES", "casadi", casadi),
)  # fmt: skip


def main() -> None:
    options_ = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options_.quick else 1.5)
    rows: list[common.Row] = []
    for case, x in (("volatility", options()), ("kinetics", np.array([0.02, -0.03, 0.01]))):
        contenders: Iterator[Any] = (
            (package, common.version(package), Contender(name, lambda make=make, case=case, x=x: make(case, x)))
            for name, package, make in ENGINES
            if not options_.only or name.startswith(options_.only)
        )
        block = common.run_case("solvers", case, contenders, hand(case, x), RTOL[case], clock)
        common.show(block)
        rows += block
    if not options_.no_write and not options_.only:
        print("\nwritten to", common.write("solvers", rows).relative_to(common.ROOT))


if __name__ == "__main__":
    main()
