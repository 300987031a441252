"""Gradients of loops: interpreted, compiled by `F.compile()`, and beside JAX, CasADi and code by hand: `python -m bench.loops`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numba import njit

from bench import common, problems_mixture

COLUMNS = ("problem", "instructions", "left", "bodies", "compile_s", "interpreted_us", "compiled_us", "jax_us", "casadi_us", "hand_us", "equal")
RTOL = 1e-9
"""Of a peer's gradient, relative to the largest entry. The compiled one must be equal to the interpreted one to the last bit."""
ROUNDING = 1e-12
"""Of a Hessian that is found in another way when compiled (docs/loops.md), likewise."""
STEP, TIMES, CELLS, RATE = 0.01, 500, 200, 0.23
SIZE, ENTRIES, LENGTH = 24, 20_000, 2_000
BODIES, SOFTENING = 100, 1e-3


# --- the problems ------------------------------------------------------------------------------------------------------------------


def rosenbrock(x: Any) -> Any:
    return ((100.0 * (x[1:] - x[:-1] ** 2) ** 2) + (1.0 - x[:-1]) ** 2).sum()


@njit  # type: ignore[misc]
def rosenbrock_loop(x: Any) -> Any:
    total = 0.0
    for i in range(x.size - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def polynomial(x: Any) -> Any:
    return (((x * 0.5 + 1.0) * x - 2.0) * x * x + 0.1 * x).sum()


def predator(p: Any, n: int = 1000) -> Any:
    """Lotka and Volterra's equations by the classical method of Runge and Kutta."""

    def slope(x: Any, y: Any) -> Any:
        return p[2] * x - p[3] * x * y, p[5] * x * y - p[4] * y

    x, y = p[0], p[1]
    for _ in range(n):
        ax, ay = slope(x, y)
        bx, by = slope(x + 0.5 * STEP * ax, y + 0.5 * STEP * ay)
        cx, cy = slope(x + 0.5 * STEP * bx, y + 0.5 * STEP * by)
        dx, dy = slope(x + STEP * cx, y + STEP * cy)
        x, y = x + STEP / 6.0 * (ax + 2.0 * bx + 2.0 * cx + dx), y + STEP / 6.0 * (ay + 2.0 * by + 2.0 * cy + dy)
    return x * x + y * y


@njit  # type: ignore[misc]
def filtered(c: Any, x: Any) -> Any:
    """Energy of a signal after a recursive filter."""
    y1 = y2 = x1 = x2 = total = 0.0
    for t in range(x.size):
        y = c[0] * x[t] + c[1] * x1 + c[2] * x2 - c[3] * y1 - c[4] * y2
        total += y * y
        y2, y1, x2, x1 = y1, y, x1, x[t]
    return total


@njit  # type: ignore[misc]
def heat(u: Any, w: Any) -> Any:
    u, v = u.copy(), u.copy()
    for _ in range(TIMES):
        for i in range(1, u.size - 1):
            v[i] = u[i] + RATE * (u[i - 1] - 2.0 * u[i] + u[i + 1]) - 0.01 * u[i] * u[i] * u[i]
        u, v = v, u
    total = 0.0
    for i in range(u.size):
        total += w[i] * u[i] * u[i]
    return total


def heat_arrays(u: Any, w: Any) -> Any:
    for _ in range(TIMES):
        u = np.concatenate([u[:1], u[1:-1] + RATE * (u[:-2] - 2.0 * u[1:-1] + u[2:]) - 0.01 * u[1:-1] * u[1:-1] * u[1:-1], u[-1:]])
    return np.sum(w * u * u)


def attraction(r: Any, m: Any, np: Any = np) -> Any:
    """Potential energy of bodies in space, all pairs at once."""
    d = r[:, None, :] - r[None, :, :]
    return -0.5 * np.sum(m[:, None] * m / np.sqrt(np.sum(d * d, axis=-1) + SOFTENING))


@njit  # type: ignore[misc]
def attraction_loop(r: Any, m: Any) -> Any:
    total = 0.0
    for i in range(m.size):
        for j in range(i + 1, m.size):
            x, y, z = r[i, 0] - r[j, 0], r[i, 1] - r[j, 1], r[i, 2] - r[j, 2]
            total -= m[i] * m[j] / np.sqrt(x * x + y * y + z * z + SOFTENING)
    return total


def random_graph(x: Any, n: int = 20_000) -> Any:
    """Operations at random on what was computed at random before: there is no loop in it."""
    rng = np.random.default_rng(1)
    known = list(x)
    for op, a, b in zip(rng.integers(0, 4, n).tolist(), rng.random(n).tolist(), rng.random(n).tolist(), strict=True):
        y, z = known[int(a * len(known))], known[int(b * len(known))]
        known.append((y + z) * 0.5 if op == 0 else y * z if op == 1 else np.sin(y) if op == 2 else y - 0.3 * z)
    return sum(known[-100:])


def recent_graph(x: Any, n: int = 30_000) -> Any:
    """The same on what was computed recently: opcodes and operands that nearly repeat here and there."""
    rng = np.random.default_rng(2)
    known = list(x)
    for op, a, b in zip(rng.integers(0, 4, n).tolist(), rng.integers(1, 20, n).tolist(), rng.integers(1, 20, n).tolist(), strict=True):
        y, z = known[-a], known[-b]
        known.append((y + z) * 0.5 if op == 0 else y * z if op == 1 else np.sin(y) if op == 2 else np.maximum(y, 0.3 * z))
    return sum(known[-100:])


def unequal_loops(x: Any) -> Any:
    """Loops of none to six turns, which no body is worth its while for."""
    total = x[0] * 0.0
    for k in range(2000):
        for i in range(k % 7):
            total = total + np.sin(x[(k * k + i) % len(x)]) * x[i]
        if k % 3 == 0:
            total = total * 0.9 + x[k % len(x)]
    return total


def tree(x: Any) -> Any:
    """Pairs of neighbours, again and again: each level has half the turns of the one before."""
    known = list(x)
    while len(known) > 1:
        known = [known[i] * known[i + 1] + known[i] for i in range(0, len(known), 2)]
    return known[0]


def substituted(a: Any) -> Any:
    """Each unknown by all those before it: a loop of another length each."""
    y: list[Any] = []
    for i in range(len(a)):
        s = a[i]
        for j in range(i):
            s = s - 0.01 * a[(7 * i + 3 * j) % len(a)] * y[j]
        y.append(s / (2.0 + a[i] * a[i]))
    return sum(y)


def eliminated(a: Any) -> Any:
    """Logarithm of a determinant by elimination, element by element."""
    n = SIZE
    u = [[a[i * n + j] + (2.0 * n if i == j else 0.0) for j in range(n)] for i in range(n)]
    total = a[0] * 0.0
    for k in range(n):
        total = total + np.log(u[k][k])
        for i in range(k + 1, n):
            factor = u[i][k] / u[k][k]
            for j in range(k + 1, n):
                u[i][j] = u[i][j] - factor * u[k][j]
    return total


@njit  # type: ignore[misc]
def sparse_product(x: Any, data: Any, rows: Any, columns: Any) -> Any:
    """Square of a product with a sparse matrix, by indices."""
    y = np.zeros_like(x)
    for k in range(data.size):
        y[rows[k]] += data[k] * x[columns[k]]
    total = 0.0
    for i in range(y.size):
        total += y[i] * y[i]
    return total


# --- by hand -----------------------------------------------------------------------------------------------------------------------


@njit  # type: ignore[misc]
def rosenbrock_hand(x: Any, g: Any) -> Any:
    g[0] = 0.0
    for i in range(x.size - 1):
        a, b = x[i + 1] - x[i] * x[i], 1.0 - x[i]
        g[i] += -400.0 * a * x[i] - 2.0 * b
        g[i + 1] = 200.0 * a
    return g


@njit  # type: ignore[misc]
def polynomial_hand(x: Any, g: Any) -> Any:
    for i in range(x.size):
        g[i] = ((2.0 * x[i] + 3.0) * x[i] - 4.0) * x[i] + 0.1
    return g


@njit  # type: ignore[misc]
def filtered_hand(c: Any, x: Any, y: Any) -> Any:
    n = x.size
    for t in range(n):
        y[t + 2] = c[0] * x[t] - c[3] * y[t + 1] - c[4] * y[t]
        if t > 0:
            y[t + 2] += c[1] * x[t - 1]
        if t > 1:
            y[t + 2] += c[2] * x[t - 2]
    g = np.zeros(5)
    r1 = r2 = 0.0
    for t in range(n - 1, -1, -1):
        r = 2.0 * y[t + 2] - c[3] * r1 - c[4] * r2
        g[0] += r * x[t]
        g[1] += r * x[t - 1] if t > 0 else 0.0
        g[2] += r * x[t - 2] if t > 1 else 0.0
        g[3] -= r * y[t + 1]
        g[4] -= r * y[t]
        r2, r1 = r1, r
    return g


@njit  # type: ignore[misc]
def heat_hand(u0: Any, w: Any, U: Any) -> Any:
    n = u0.size
    U[0] = u0
    for t in range(TIMES):
        u, v = U[t], U[t + 1]
        v[0], v[n - 1] = u[0], u[n - 1]
        for i in range(1, n - 1):
            v[i] = u[i] + RATE * (u[i - 1] - 2.0 * u[i] + u[i + 1]) - 0.01 * u[i] * u[i] * u[i]
    g = 2.0 * w * U[TIMES]
    h = np.empty(n)
    for t in range(TIMES - 1, -1, -1):
        u = U[t]
        h[0], h[n - 1] = g[0] + RATE * g[1], g[n - 1] + RATE * g[n - 2]
        for i in range(1, n - 1):
            left, right = (g[i - 1] if i > 1 else 0.0), (g[i + 1] if i < n - 2 else 0.0)
            h[i] = g[i] * (1.0 - 2.0 * RATE - 0.03 * u[i] * u[i]) + RATE * (left + right)
        g, h = h, g
    return g


@njit  # type: ignore[misc]
def attraction_hand(r: Any, m: Any, g: Any) -> Any:
    g[:] = 0.0
    for i in range(m.size):
        for j in range(i + 1, m.size):
            x, y, z = r[i, 0] - r[j, 0], r[i, 1] - r[j, 1], r[i, 2] - r[j, 2]
            square = x * x + y * y + z * z + SOFTENING
            pull = m[i] * m[j] / (square * np.sqrt(square))
            for k, part in ((0, pull * x), (1, pull * y), (2, pull * z)):
                g[i, k] += part
                g[j, k] -= part
    return g


# --- by JAX and CasADi -------------------------------------------------------------------------------------------------------------


def by_jax(f: Callable[[Any, Any], Any], x: Any) -> Callable[[], Any] | None:
    """The gradient of f(jax, x), compiled; None where JAX is not installed."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    gradient, given = jax.jit(jax.grad(lambda x: f(jax, x))), jax.numpy.asarray(x)
    return lambda: gradient(given).block_until_ready()


def predator_jax(jax: Any, p: Any) -> Any:
    def step(state: Any, _: Any) -> Any:
        def slope(x: Any, y: Any) -> Any:
            return p[2] * x - p[3] * x * y, p[5] * x * y - p[4] * y

        x, y = state
        ax, ay = slope(x, y)
        bx, by = slope(x + 0.5 * STEP * ax, y + 0.5 * STEP * ay)
        cx, cy = slope(x + 0.5 * STEP * bx, y + 0.5 * STEP * by)
        dx, dy = slope(x + STEP * cx, y + STEP * cy)
        return (x + STEP / 6.0 * (ax + 2.0 * bx + 2.0 * cx + dx), y + STEP / 6.0 * (ay + 2.0 * by + 2.0 * cy + dy)), None

    (x, y), _ = jax.lax.scan(step, (p[0], p[1]), None, length=1000)
    return x * x + y * y


def filtered_jax(jax: Any, c: Any, x: Any) -> Any:
    def step(state: Any, x: Any) -> Any:
        y1, y2, x1, x2, total = state
        y = c[0] * x + c[1] * x1 + c[2] * x2 - c[3] * y1 - c[4] * y2
        return (y, y1, x, x1, total + y * y), None

    return jax.lax.scan(step, (0.0,) * 5, x)[0][-1]


def heat_jax(jax: Any, u: Any, w: Any) -> Any:
    def step(u: Any, _: Any) -> Any:
        inner = u[1:-1] + RATE * (u[:-2] - 2.0 * u[1:-1] + u[2:]) - 0.01 * u[1:-1] ** 3
        return jax.numpy.concatenate([u[:1], inner, u[-1:]]), None

    u, _ = jax.lax.scan(step, u, None, length=TIMES)
    return (w * u * u).sum()


def by_casadi(x: Any) -> Callable[[], Any] | None:
    """W1's gradient by CasADi's virtual machine, through a buffer; None where CasADi is not installed."""
    try:
        import casadi
    except ImportError:
        return None
    v = casadi.SX.sym("x", x.size)
    f = casadi.sum1(100.0 * (v[1:] - v[:-1] ** 2) ** 2 + (1.0 - v[:-1]) ** 2)
    g = casadi.Function("g", [v], [casadi.densify(casadi.gradient(f, v))])
    buffer, trigger = g.buffer()
    given, out = x.copy(), np.empty(x.size)
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(out))

    def call() -> Any:
        trigger()
        return out

    call.alive = g, buffer, given  # type: ignore[attr-defined]  # the buffer keeps neither alive
    return call


# --- the table ---------------------------------------------------------------------------------------------------------------------


def problems() -> dict[str, tuple[Any, Any, dict[str, Any], dict[str, Any]]]:
    """Name -> (function, argument, parameters, calls of peers)."""
    rng = np.random.default_rng(0)
    found: dict[str, Any] = {}
    for n in (10, 1000, 100_000):
        x = 0.5 + 0.3 * np.sin(1.7 * np.arange(n) + 0.3)
        peers = {"jax": by_jax(lambda jax, x: rosenbrock(x), x), "hand": partial(rosenbrock_hand, x, np.empty(n))}
        if n <= 1000:
            peers["casadi"] = by_casadi(x)
        found[f"W1 {n:,}"] = rosenbrock, x, {}, peers
        if n > 10:
            found[f"W1 {n:,}, a loop"] = rosenbrock_loop, x, {}, peers
    x = rng.uniform(-1.0, 1.0, 1_000_000)
    found["polynomial, 10^6 terms"] = polynomial, x, {}, {"jax": by_jax(lambda jax, x: polynomial(x), x), "hand": partial(polynomial_hand, x, np.empty_like(x))}
    p = np.array([1.0, 1.0, 1.1, 0.4, 0.4, 0.1])
    found["Lotka-Volterra, 1,000 steps"] = predator, p, {}, {"jax": by_jax(predator_jax, p)}
    c, signal = np.array([0.2, 0.3, 0.2, -0.5, 0.2]), rng.normal(size=10_000)
    y = np.zeros(signal.size + 2)
    found["filter, 10^4"] = filtered, c, {"x": signal}, {"jax": by_jax(lambda jax, c: filtered_jax(jax, c, signal), c), "hand": lambda: filtered_hand(c, signal, y)}
    found["random graph, 20,000"] = random_graph, rng.uniform(-1.0, 1.0, 50), {}, {}
    found["of what is recent, 30,000"] = recent_graph, rng.uniform(-1.0, 1.0, 50), {}, {}
    found["loops of unequal lengths"] = unequal_loops, rng.uniform(-1.0, 1.0, 50), {}, {}
    found["a tree of 8,192 numbers"] = tree, rng.uniform(0.5, 1.0, 8192), {}, {}
    found["substitution, 100"] = substituted, rng.normal(size=100), {}, {}
    found["elimination, 24 x 24"] = eliminated, rng.normal(size=SIZE * SIZE), {}, {}
    rows, columns = rng.integers(0, LENGTH, (2, ENTRIES))
    found["sparse product, 20,000 entries"] = sparse_product, rng.normal(size=LENGTH), {"data": rng.normal(size=ENTRIES), "rows": rows, "columns": columns}, {}
    for cells in (CELLS, 10 * CELLS):
        u, w = np.sin(np.linspace(0.0, 3.0, cells)) + 0.1 * rng.normal(size=cells), rng.random(cells)
        U = np.empty((TIMES + 1, cells))
        peers = {"jax": by_jax(partial(heat_jax, w=w), u), "hand": partial(heat_hand, u, w, U)}
        found[f"heat, {cells:,} cells, 500 steps"] = heat, u, {"w": w}, peers
        if cells == CELLS:
            found["the same over arrays"] = heat_arrays, u, {"w": w}, peers
    r, m = rng.normal(size=(BODIES, 3)), rng.random(BODIES)
    peers = {"jax": by_jax(lambda jax, r: attraction(r, m, jax.numpy), r), "hand": partial(attraction_hand, r, m, np.empty_like(r))}
    found[f"{BODIES} bodies, over arrays"] = partial(attraction, m=m), r, {}, peers
    found[f"{BODIES} bodies, njit loops"] = attraction_loop, r, {"m": m}, peers
    mixture = next(iter(problems_mixture.problems()))
    peers = {"jax": by_jax(lambda jax, x: mixture.whole(jax.numpy, x, *mixture.data), mixture.x), "hand": partial(mixture.gradient, mixture.x, *mixture.data)}
    found["mixture of 1,000, njit loops"] = njit(problems_mixture.loops), mixture.x, dict(zip(("X", "places", "zero"), mixture.data, strict=True)), peers
    return found


POINTS = 256


def several(jax: Any) -> dict[str, tuple[Any, Any, Any, Any, float]]:
    """Name -> (function, argument, call of a recorded function, JAX's call or None, points a call) of points and directions as lanes."""
    p = np.array([1.0, 1.0, 1.1, 0.4, 0.4, 0.1])
    X = p * np.random.default_rng(1).uniform(0.95, 1.05, (POINTS, p.size))
    batch = hessian = None
    if jax is not None:
        jax.config.update("jax_enable_x64", True)
        f, g = jax.jit(jax.vmap(jax.grad(partial(predator_jax, jax)))), jax.jit(jax.hessian(partial(predator_jax, jax)))
        many, one = jax.numpy.asarray(X), jax.numpy.asarray(p)
        batch, hessian = (lambda: f(many).block_until_ready()), (lambda: g(one).block_until_ready())
    return {
        "Lotka-Volterra, a batch, a point": (predator, p, lambda F: F.batch_grad(X, threads=1), batch, POINTS),
        "Lotka-Volterra, Hessian": (predator, p, lambda F: F.hessian(p), hessian, 1),
    }


def lanes(options: Any, clock: Any) -> list[list[Any]]:
    """Rows of the table for these."""
    import jittape as jt

    try:
        import jax
    except ImportError:
        jax = None
    rows = []
    for name, (f, x, call, peer, points) in several(jax).items():
        if options.only not in name:
            continue
        F, G = (jt.record(f, x, compile=False) for _ in range(2))
        wanted = call(F)
        call(G)
        report = G.compile(report=True)
        found = call(G)
        equal = "True" if np.array_equal(wanted, found) else "rounding" if np.abs(found - wanted).max() <= ROUNDING * np.abs(wanted).max() else "False"
        calls = {"interpreted": partial(call, F), "compiled": partial(call, G)} | ({} if peer is None else {"jax": peer})
        samples = common.measure(calls, clock)
        us = {call: f"{1e6 * float(np.median(common.undisturbed(s)[0])) / points:.3g}" for call, s in samples.items()}
        n, done = (sum(getattr(r, what) for r in report) for what in ("instructions", "compiled"))
        agree = [equal] + (["jax"] if peer is not None and np.abs(peer() - wanted).max() > RTOL * np.abs(wanted).max() else [])
        rows.append([name, n, n - done, sum(r.bodies for r in report), f"{sum(r.seconds for r in report):.2f}",
                     us["interpreted"], us["compiled"], us.get("jax", ""), "", "", " ".join(agree)])  # fmt: skip
        common.progress(f"loops {name}")
    return rows


def main() -> None:
    import jittape as jt

    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.05, rounds=2) if options.quick else common.Clock(budget_s=0.3)
    rows = []
    for name, (f, x, parameters, peers) in problems().items():
        if options.only not in name:
            continue
        F, G = (jt.record(f, x, compile=False, **parameters) for _ in range(2))
        wanted = F.grad(x)
        (report,) = G.compile(report=True)
        out = np.empty_like(x)
        equal = np.array_equal(wanted, G.grad(x)) and np.array_equal(wanted, G.grad(x, out=out))
        calls = {"interpreted": lambda F=F, x=x, out=out: F.grad(x, out=out), "compiled": lambda G=G, x=x, out=out: G.grad(x, out=out)}
        calls |= {peer: call for peer, call in peers.items() if call is not None}
        largest = np.abs(wanted).max()
        agree = [str(equal), *(peer for peer, call in peers.items() if call is not None and np.abs(np.reshape(call(), wanted.shape) - wanted).max() > RTOL * largest)]
        samples = common.measure(calls, clock)
        us = {call: f"{1e6 * float(np.median(common.undisturbed(s)[0])):.3g}" for call, s in samples.items()}
        left = report.instructions - report.compiled - report.dropped
        row = [name, report.instructions, left, report.bodies, f"{report.seconds:.2f}"]
        rows.append([*row, *(us.get(call, "") for call in ("interpreted", "compiled", "jax", "casadi", "hand")), " ".join(agree)])
        common.progress(f"loops {name}")
    rows += lanes(options, clock)
    print(f"\nus a gradient\n{'':<30} {'operations':>10} {'left':>6} {'compiled in':>11} {'interp.':>8} {'compiled':>8} {'JAX':>8} {'CasADi':>8} {'by hand':>8}  equal")
    for row in rows:
        print(f"{row[0]:<30} {row[1]:>10,} {row[2]:>6,} {row[4]:>9} s {row[5]:>8} {row[6]:>8} {row[7]:>8} {row[8]:>8} {row[9]:>8}  {row[10]}")
    if not options.no_write and not options.only:
        print("\nwritten to", common.write_table("loops", COLUMNS, rows).relative_to(common.ROOT))


if __name__ == "__main__":
    main()
