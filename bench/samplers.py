"""Effective samples a second of Hamiltonian Monte Carlo, wholly native beside blackjax: `python -m bench.samplers`.

A model of 20 parameters, by one chain and by many at once. All sample with the same step, the same number of leapfrog steps and a mass matrix of ones from the
same point, so that the chains have the same law; blackjax's many are those of `jax.vmap`. The effective size is found by one function, of the parameter that has the
least. Means and deviations of all must agree."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from bench import common

SIZE = 20
DRAWS = {1: (500, 5_000), 64: (100, 1_000), 256: (100, 300)}
"""By chains: draws that are left out at the beginning of each, and those that follow."""
SIDE = 64
"""Chains that the native sampler takes together: positions, momenta and gradients of so many are near the processor."""


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

    density = model.native()
    return _sampler(jt.native.value_and_grad(density), jt.native.grad(density), model)


def replayed(model: Model) -> Callable[[int], Any]:
    """The same by the gradient of the density recorded once, from the same source."""
    import jittape as jt

    F = jt.record(model.native().py_func, np.zeros(SIZE))
    return _sampler(jt.native.value_and_grad(F), jt.native.grad(F), model)


def _sampler(density: Any, slope: Any, model: Model) -> Callable[[int], Any]:
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
            energy = value - kinetic
            for _ in range(steps - 1):
                for j in range(SIZE):
                    x[j] += step * p[j]
                d = slope(x)
                for j in range(SIZE):
                    p[j] += step * d[j]
            for j in range(SIZE):
                x[j] += step * p[j]
            v, d = density(x)
            for j in range(SIZE):
                p[j] += 0.5 * step * d[j]
            kinetic = 0.0
            for j in range(SIZE):
                kinetic += 0.5 * p[j] * p[j]
            if np.log(np.random.random()) < v - kinetic - energy:
                value, g = v, d
                q[:] = x
            draws[k] = q
        return draws

    return lambda seed: sample(seed, sum(DRAWS[1]))[None]


def side_by_side(model: Model, chains: int) -> Callable[[int], Any]:
    """Many chains by the gradient of the recorded density at all of their points at once. Chains lie side by side in memory: `x[j, c]` is parameter j of chain c."""
    import math

    from numba import njit

    import jittape as jt
    from bench.normals import GAMMA, U64, mixed, normals, uniform

    F = jt.record(model.native().py_func, np.zeros(SIZE))
    density, slope = jt.native.value_and_grad(F), jt.native.grad(F)
    step, steps = model.step, model.steps

    @njit(error_model="numpy")
    def kick(p, g, x):  # type: ignore[no-untyped-def]
        for j in range(p.size):
            moved = p[j] + step * g[j]
            p[j] = moved
            x[j] += step * moved

    @njit(error_model="numpy")
    def sample(stream, x, q, p, d, g, draws):  # type: ignore[no-untyped-def]
        size, chains = x.shape
        value, v = np.empty(chains), np.empty(chains)
        kinetic, taken = np.empty(chains), np.empty(chains)
        points, gradients, flat = x.T, d.T, (p.reshape(-1), d.reshape(-1), x.reshape(-1))
        density(q.T, g.T, value)
        for k in range(len(draws)):
            stream = normals(stream, flat[0])
            kinetic[:] = 0.0
            for j in range(size):
                pj, gj, qj, xj = p[j], g[j], q[j], x[j]
                for c in range(chains):
                    moved = pj[c]
                    kinetic[c] += 0.5 * moved * moved
                    moved += 0.5 * step * gj[c]
                    pj[c] = moved
                    xj[c] = qj[c] + step * moved
            for _ in range(steps - 1):
                slope(points, gradients)
                kick(*flat)
            density(points, gradients, v)
            taken[:] = 0.0
            for j in range(size):
                pj, dj = p[j], d[j]
                for c in range(chains):
                    moved = pj[c] + 0.5 * step * dj[c]
                    taken[c] += 0.5 * moved * moved
            for c in range(chains):
                gained = (v[c] - taken[c]) - (value[c] - kinetic[c])
                taken[c] = math.log(uniform(mixed(stream + U64(c) * GAMMA))) < gained
                value[c] = v[c] if taken[c] else value[c]
            stream += U64(chains) * GAMMA
            for j in range(size):
                qj, xj, gj, dj, out = q[j], x[j], g[j], d[j], draws[k, j]
                for c in range(chains):
                    here, there, old, new = qj[c], xj[c], gj[c], dj[c]
                    yes = taken[c] != 0.0
                    here, old = there if yes else here, new if yes else old
                    qj[c], gj[c], out[c] = here, old, here

    draws = np.empty((chains // SIDE, sum(DRAWS[chains]), SIZE, SIDE))

    def run(seed: int) -> Any:
        streams = np.random.SeedSequence(seed).generate_state(len(draws), np.uint64)
        for stream, out in zip(streams, draws, strict=True):
            sample(stream, *(_aligned() for _ in range(5)), out)
        return draws.transpose(0, 3, 1, 2)

    return run


def _aligned() -> Any:
    """An array of zeros that begins a line of the cache, so that no vector in it lies in two."""
    line = 64
    memory = np.zeros(SIZE * SIDE + line // 8)
    start = -memory.ctypes.data % line // 8
    return memory[start : start + SIZE * SIDE].reshape(SIZE, SIDE)


def blackjax(model: Model, chains: int = 1) -> Callable[[int], Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    import blackjax
    import jax.numpy as jnp

    kernel = blackjax.hmc(model.jax(), model.step, jnp.ones(SIZE), model.steps)
    step, init, keys = kernel.step, kernel.init, lambda key: key
    if chains > 1:
        step, init, keys = jax.vmap(kernel.step), jax.vmap(kernel.init), lambda key: jax.random.split(key, chains)

    @jax.jit
    def sample(key: Any) -> Any:
        def one(state: Any, key: Any) -> Any:
            state, _ = step(keys(key), state)
            return state, state.position

        start = jnp.zeros(SIZE if chains == 1 else (chains, SIZE))
        return jax.lax.scan(one, init(start), jax.random.split(key, sum(DRAWS[chains])))[1]

    return lambda seed: np.asarray(sample(jax.random.PRNGKey(seed))).reshape(-1, chains, SIZE).transpose(1, 0, 2)


ENGINES: dict[str, tuple[int, str, Callable[[Model], Callable[[int], Any]]]] = {
    "jittape, recorded density": (1, "jittape", replayed),
    "jittape, density of Numba": (1, "jittape", native),
    "blackjax HMC": (1, "blackjax", blackjax),
}
for _chains in list(DRAWS)[1:]:
    ENGINES[f"jittape, {_chains} chains"] = _chains, "jittape", partial(side_by_side, chains=_chains)
    ENGINES[f"blackjax HMC, {_chains} chains"] = _chains, "blackjax", partial(blackjax, chains=_chains)


def effective(draws: Any) -> float:
    """The least effective size of the parameters, of draws (chain, draw, parameter), by Geyer's initial monotone sequence for the chains' common mean."""
    chains, n, _ = draws.shape
    spectrum = np.fft.rfft(draws - draws.mean(axis=(0, 1)), 2 * n, axis=1)
    covariance = np.fft.irfft(abs(spectrum) ** 2, axis=1)[:, :n].mean(axis=0)
    rho = covariance / covariance[0]
    pairs = rho[: n // 2 * 2].reshape(n // 2, 2, -1).sum(axis=1)
    pairs = np.minimum.accumulate(np.where(np.minimum.accumulate(pairs > 0.0, axis=0), pairs, 0.0), axis=0)
    return float((chains * n / (2.0 * pairs.sum(axis=0) - 1.0)).min())


def keep_memory() -> None:
    """Have the C library keep memory that is given back, for all engines: what is timed would else be the system's handing it out, page by page."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # glibc
        mapped, trimmed = -3, -1
        mallopt(mapped, 32 << 20)  # the most that it takes
        mallopt(trimmed, 1 << 30)


def main() -> None:
    options = common.arguments(__doc__)
    keep_memory()
    rounds = 2 if options.quick else 9
    table, speeds = [], {}
    for case, model in MODELS.items():
        known: Any = None
        runs: dict[str, Any] = {}
        for name, (_, distribution, make) in ENGINES.items():
            if options.only not in name:
                continue
            try:
                start = time.perf_counter()
                sample = make(model)
                sample(0)
                runs[name] = (sample, time.perf_counter() - start, [], [])
            except ImportError as error:
                table.append([case, name, common.version(distribution), *[""] * 6, f"not installed: {error}"])
        for seed in range(1, rounds + 1):  # in turns
            for name, (sample, _, times, kept) in runs.items():
                start, cpu = time.perf_counter(), time.process_time()
                draws = sample(seed)
                times.append(min(time.perf_counter() - start, time.process_time() - cpu))
                chains = ENGINES[name][0]
                draws = draws.reshape(chains, -1, SIZE)[:, DRAWS[chains][0] :]
                kept.append((effective(draws), draws.mean(axis=(0, 1)), (draws**2).mean(axis=(0, 1))))
                del draws
        for name, (_, setup, times, kept) in runs.items():
            chains, distribution, _ = ENGINES[name]
            size, mean, square = (np.array(found) for found in zip(*kept, strict=True))
            size, seconds = np.median(size), np.median(times)
            mean, deviation = mean.mean(axis=0), np.sqrt(square.mean(axis=0) - mean.mean(axis=0) ** 2)
            known = (mean, deviation, deviation**2 / (size * len(kept))) if known is None else known
            error = np.sqrt(known[2] + deviation**2 / (size * len(kept)))
            ok = (abs(mean - known[0]) < 5.0 * error).all() and (abs(deviation / known[1] - 1.0) < 0.1).all()
            speeds[case, name] = size / seconds if ok else None
            gradients = chains * sum(DRAWS[chains]) * model.steps
            table.append([case, name, common.version(distribution), chains, f"{setup:.3g}", f"{1e6 * seconds / gradients:.3g}", f"{gradients / seconds:.3g}",
                          f"{size:.0f}", f"{size / seconds:.0f}", "yes" if ok else "NO"])  # fmt: skip
    columns = ("model", "engine", "version", "chains", "setup_s", "us_a_leapfrog_step", "gradients_a_second", "effective_samples", "effective_a_second", "ok")
    for row in (columns, *table):
        print("  ".join(f"{x!s:<26}" for x in row))
    if not options.no_write and not options.only:
        print("written to", common.write_table("samplers", columns, table).relative_to(common.ROOT))
    for chains in DRAWS:
        mine, peer = (f"jittape, {chains} chains", f"blackjax HMC, {chains} chains") if chains > 1 else ("jittape, recorded density", "blackjax HMC")
        fast, slow = speeds.get((BAR, mine)), speeds.get((BAR, peer))
        ratio = fast / slow if fast and slow else None
        common.bar(f"HMC, {BAR}, {chains} chains, effective samples a second", ratio, 5.0, "times blackjax", least=True)


if __name__ == "__main__":
    main()
