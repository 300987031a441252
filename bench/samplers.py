"""Effective samples a second of Hamiltonian Monte Carlo, wholly native beside blackjax: `python -m bench.samplers`.

A model of 20 parameters. Both sample with the same step, the same number of leapfrog steps and a mass matrix of ones from the same point, so that the chains
have the same law; the effective size is found by one function, of the parameter that has the least. Means and deviations of both must agree."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from bench import common

SIZE, DRAWS, BURN = 20, 5_000, 500


class Model(NamedTuple):
    """A density, for Numba and for JAX, and how it is sampled."""

    native: Callable[[], Any]
    jax: Callable[[], Any]
    step: float
    steps: int


@cache
def _groups() -> Any:
    draw = np.random.default_rng(5)
    return draw.normal(4.0, 5.0, SIZE - 2), draw.uniform(3.0, 8.0, SIZE - 2)


def groups_native() -> Any:
    """18 groups around a common mean, as the eight schools: q is (mean, log of the spread, effects in units of the spread)."""
    from numba import njit

    y, s = _groups()

    @njit
    def density(q):  # type: ignore[no-untyped-def]
        spread = np.exp(q[1])
        total = q[1] - 0.5 * (q[0] / 10.0) ** 2 - 0.5 * (spread / 5.0) ** 2
        for i in range(y.size):
            total -= 0.5 * q[i + 2] ** 2 + 0.5 * ((y[i] - q[0] - spread * q[i + 2]) / s[i]) ** 2
        return total

    return density


def groups_jax() -> Any:
    import jax.numpy as jnp

    y, s = map(jnp.asarray, _groups())

    def density(q: Any) -> Any:
        spread, effects = jnp.exp(q[1]), q[2:]
        prior = q[1] - 0.5 * (q[0] / 10.0) ** 2 - 0.5 * (spread / 5.0) ** 2 - 0.5 * jnp.sum(effects**2)
        return prior - 0.5 * jnp.sum(((y - q[0] - spread * effects) / s) ** 2)

    return density


MODELS = {
    "18 groups": Model(groups_native, groups_jax, 0.25, 10),
}
BAR = "18 groups"


def native(model: Model) -> Callable[[int], Any]:
    """A sampler by the gradient of the density as Numba has it, recorded anew at each call: draws of a seed."""
    import jittape as jt

    return _sampler(jt.native.value_and_grad(model.native()), model)


def replayed(model: Model) -> Callable[[int], Any]:
    """The same by the gradient of the density recorded once, from the same source."""
    import jittape as jt

    density = jt.native.value_and_grad(jt.record(model.native().py_func, np.zeros(SIZE)))
    return _sampler(density, model)


def _sampler(density: Any, model: Model) -> Callable[[int], Any]:
    from numba import njit

    step, steps = model.step, model.steps

    @njit
    def sample(seed, n):  # type: ignore[no-untyped-def]
        np.random.seed(seed)
        q = np.zeros(SIZE)
        value, g = density(q)
        draws = np.empty((n, SIZE))
        x, p = np.empty(SIZE), np.empty(SIZE)
        for k in range(n):
            kinetic = 0.0
            for j in range(SIZE):
                x[j], p[j] = q[j], np.random.normal(0.0, 1.0)
                kinetic += 0.5 * p[j] * p[j]
                p[j] += 0.5 * step * g[j]
            v, d = value, g
            energy = value - kinetic
            for l in range(steps):
                for j in range(SIZE):
                    x[j] += step * p[j]
                v, d = density(x)
                h = step if l < steps - 1 else 0.5 * step
                for j in range(SIZE):
                    p[j] += h * d[j]
            kinetic = 0.0
            for j in range(SIZE):
                kinetic += 0.5 * p[j] * p[j]
            if np.log(np.random.random()) < v - kinetic - energy:
                value, g = v, d
                q[:] = x
            draws[k] = q
        return draws

    return lambda seed: sample(seed, BURN + DRAWS)


def blackjax(model: Model) -> Callable[[int], Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    import blackjax
    import jax.numpy as jnp

    kernel = blackjax.hmc(model.jax(), model.step, jnp.ones(SIZE), model.steps)

    @jax.jit
    def sample(key: Any) -> Any:
        def one(state: Any, key: Any) -> Any:
            state, _ = kernel.step(key, state)
            return state, state.position

        return jax.lax.scan(one, kernel.init(jnp.zeros(SIZE)), jax.random.split(key, BURN + DRAWS))[1]

    return lambda seed: np.asarray(sample(jax.random.PRNGKey(seed)))


ENGINES = {"jittape, recorded density": ("jittape", replayed), "jittape, density of Numba": ("jittape", native), "blackjax HMC": ("blackjax", blackjax)}


def effective(draws: Any) -> float:
    """The least effective size of the parameters of a chain, by Geyer's initial monotone sequence."""
    n = len(draws)
    spectrum = np.fft.rfft(draws - draws.mean(axis=0), 2 * n, axis=0)
    covariance = np.fft.irfft(abs(spectrum) ** 2, axis=0)[:n]
    rho = covariance / covariance[0]
    pairs = rho[: n // 2 * 2].reshape(n // 2, 2, -1).sum(axis=1)
    pairs = np.minimum.accumulate(np.where(np.minimum.accumulate(pairs > 0.0, axis=0), pairs, 0.0), axis=0)
    return float((n / (2.0 * pairs.sum(axis=0) - 1.0)).min())


def main() -> None:
    options = common.arguments(__doc__)
    rounds = 2 if options.quick else 5
    table, speeds = [], {}
    for case, model in MODELS.items():
        known: Any = None
        runs: dict[str, Any] = {}
        for name, (distribution, make) in ENGINES.items():
            if options.only not in name:
                continue
            try:
                start = time.perf_counter()
                sample = make(model)
                sample(0)
                runs[name] = (sample, time.perf_counter() - start, [], [])
            except ImportError as error:
                table.append([case, name, common.version(distribution), "", "", "", "", f"not installed: {error}"])
        for seed in range(1, rounds + 1):  # in turns
            for sample, _, times, sizes in runs.values():
                start, cpu = time.perf_counter(), time.process_time()
                draws = sample(seed)[BURN:]
                times.append(min(time.perf_counter() - start, time.process_time() - cpu))
                sizes.append(draws)
        for name, (_, setup, times, chains) in runs.items():
            size, seconds = np.median([effective(d) for d in chains]), np.median(times)
            every = np.concatenate(chains)
            mean, deviation = every.mean(axis=0), every.std(axis=0)
            known = (mean, deviation) if known is None else known
            error = deviation * np.sqrt(2.0 / (size * len(chains)))
            ok = (abs(mean - known[0]) < 5.0 * error).all() and (abs(deviation / known[1] - 1.0) < 0.1).all()
            speeds[case, name] = size / seconds if ok else None
            step = 1e6 * seconds / ((BURN + DRAWS) * model.steps)
            table.append([case, name, common.version(ENGINES[name][0]), f"{setup:.3g}", f"{step:.3g}", f"{size:.0f}", f"{size / seconds:.0f}", "yes" if ok else "NO"])
    columns = ("model", "engine", "version", "setup_s", "us_a_leapfrog_step", "effective_samples", "effective_a_second", "ok")
    for row in (columns, *table):
        print("  ".join(f"{x!s:<26}" for x in row))
    if not options.no_write and not options.only:
        print("written to", common.write_table("samplers", columns, table).relative_to(common.ROOT))
    mine, peer = speeds.get((BAR, "jittape, recorded density")), speeds.get((BAR, "blackjax HMC"))
    common.bar(f"HMC, {BAR}, effective samples a second", mine / peer if mine and peer else None, 5.0, "times blackjax", least=True)


if __name__ == "__main__":
    main()
