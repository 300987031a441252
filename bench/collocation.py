"""W16, optimal control: a cart-pole by trapezoidal collocation, 5,000 variables: `python -m bench.collocation`.

The gradient of the Lagrangian, the Jacobian of the constraints and the Hessian of the Lagrangian, the latter two as the numbers at their
entries. CasADi's answers, whose patterns are the same, are what ours are checked against, and those by hand what both are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from bench import bars, common
from bench.common import Contender

CART, POLE, LENGTH, GRAVITY = 1.0, 0.3, 0.5, 9.81
NODES = 1000
STEP = 2.0 / (NODES - 1)
RTOL = 1e-11


def motion(np_: Any, q: Any, u: Any) -> list[Any]:
    """Time derivatives of position, angle and their velocities under the force u."""
    s, c = np_.sin(q[1]), np_.cos(q[1])
    mass = CART + POLE * s**2
    acceleration = (LENGTH * POLE * s * q[3] ** 2 + u + POLE * GRAVITY * c * s) / mass
    angular = -(LENGTH * POLE * c * s * q[3] ** 2 + u * c + (CART + POLE) * GRAVITY * s) / (LENGTH * mass)
    return [q[2], q[3], acceleration, angular]


def defects(np_: Any, w: Any) -> Any:
    q, u = w[: 4 * NODES].reshape(4, NODES), w[4 * NODES :]
    rate = np_.stack(motion(np_, q, u))
    return (q[:, 1:] - q[:, :-1] - STEP / 2 * (rate[:, 1:] + rate[:, :-1])).reshape(-1)


def effort(np_: Any, w: Any) -> Any:
    u = w[4 * NODES :]
    return STEP / 2 * np_.sum(u[1:] ** 2 + u[:-1] ** 2)


def point() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.normal(size=5 * NODES), rng.normal(size=4 * (NODES - 1))


def dense_rows(w: Any) -> Any:
    """The Jacobian by hand, as a sparse matrix."""
    q, u = w[: 4 * NODES].reshape(4, NODES), w[4 * NODES :]
    s, c = np.sin(q[1]), np.cos(q[1])
    mass = CART + POLE * s**2
    top = LENGTH * POLE * s * q[3] ** 2 + u + POLE * GRAVITY * c * s
    low = -(LENGTH * POLE * c * s * q[3] ** 2 + u * c + (CART + POLE) * GRAVITY * s)
    slope = 2.0 * POLE * s * c
    parts = {
        (0, 2): np.ones(NODES), (1, 3): np.ones(NODES),
        (2, 1): (LENGTH * POLE * c * q[3] ** 2 + POLE * GRAVITY * (c * c - s * s)) / mass - top * slope / mass**2,
        (2, 3): 2.0 * LENGTH * POLE * s * q[3] / mass, (2, 4): 1.0 / mass,
        (3, 1): (-(LENGTH * POLE * (c * c - s * s) * q[3] ** 2 - u * s + (CART + POLE) * GRAVITY * c) / mass - low * slope / mass**2) / LENGTH,
        (3, 3): -2.0 * LENGTH * POLE * c * s * q[3] / (LENGTH * mass), (3, 4): -c / (LENGTH * mass),
    }  # fmt: skip
    mean = sp.diags_array([0.5, 0.5], offsets=[0, 1], shape=(NODES - 1, NODES))
    difference = sp.diags_array([-1.0, 1.0], offsets=[0, 1], shape=(NODES - 1, NODES))
    blocks: list[list[Any]] = [[None] * 5 for _ in range(4)]
    for i in range(4):
        blocks[i][i] = difference
    for (i, j), d in parts.items():
        part = -STEP * (mean @ sp.diags_array(d))
        blocks[i][j] = part if blocks[i][j] is None else blocks[i][j] + part
    return sp.block_array(blocks, format="csr")


def by_hand(what: str, w: Any, multipliers: Any) -> Any:
    if what == "Jacobian":
        J = dense_rows(w)
        J.eliminate_zeros()
        J.sort_indices()
        return J.data
    u = w[4 * NODES :]
    ends = np.full(NODES, 2.0)
    ends[[0, -1]] = 1.0
    return dense_rows(w).T @ multipliers + np.concatenate([np.zeros(4 * NODES), STEP * ends * u])


def jittape(what: str, w: Any, multipliers: Any) -> Callable[[], Any]:
    import jittape as jt

    if what == "Jacobian":
        C = jt.record(lambda w: defects(np, w), w)
        J = C.sparse_jacobian(w)
        return lambda: C.sparse_jacobian(w, out=J).data
    L = jt.record(lambda w, m: effort(np, w) + m @ defects(np, w), w, m=multipliers)
    if what == "gradient":
        out = np.empty_like(w)
        return lambda: L.grad(w, out=out)
    H = L.sparse_hessian(w)
    return lambda: L.sparse_hessian(w, out=H).data


def casadi(what: str, w: Any, multipliers: Any) -> Callable[[], Any]:
    import casadi as ca

    v, m = ca.MX.sym("w", w.size), ca.MX.sym("m", multipliers.size)
    q, u = [v[i * NODES : (i + 1) * NODES] for i in range(4)], v[4 * NODES :]
    rate = motion(ca, q, u)
    c = ca.vertcat(*[q[i][1:] - q[i][:-1] - STEP / 2 * (rate[i][1:] + rate[i][:-1]) for i in range(4)])
    lagrangian = STEP / 2 * (ca.sumsqr(u[1:]) + ca.sumsqr(u[:-1])) + ca.dot(m, c)
    if what == "gradient":
        expression = ca.densify(ca.gradient(lagrangian, v))
    else:
        expression = ca.jacobian(c, v) if what == "Jacobian" else ca.hessian(lagrangian, v)[0]
    fn = ca.Function("f", [v, m], [expression])
    buffer, trigger = fn.buffer()
    out = np.empty(expression.nnz())
    buffer.set_arg(0, memoryview(w))
    buffer.set_arg(1, memoryview(multipliers))
    buffer.set_res(0, memoryview(out))
    columns = np.repeat(np.arange(expression.shape[1]), np.diff(expression.sparsity().colind()))

    def call() -> Any:
        trigger()
        return out

    call.alive = fn, buffer  # type: ignore[attr-defined]  # the buffer does not keep its function alive
    call.by_rows = np.argsort(np.array(expression.sparsity().row()) * w.size + columns, kind="stable") if what != "gradient" else slice(None)  # type: ignore[attr-defined]
    return call


def jax(what: str, w: Any, multipliers: Any) -> Callable[[], Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    gradient = jax.jit(jax.grad(lambda w, m: effort(jax.numpy, w) + m @ defects(jax.numpy, w)))
    return lambda: np.asarray(gradient(w, multipliers))


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    w, multipliers = point()
    rows: list[common.Row] = []
    for what in ("gradient", "Jacobian", "Hessian"):
        reference = casadi(what, w, multipliers)
        order = reference.by_rows  # type: ignore[attr-defined]
        expected = reference()[order] if what == "Hessian" else by_hand(what, w, multipliers)
        contenders = [
            ("jittape", common.version("jittape"), Contender("jittape record", partial(jittape, what, w, multipliers))),
            ("casadi", common.version("casadi"), Contender("CasADi MX, buffer call", partial(casadi, what, w, multipliers), answer=lambda got, order=order: got[order])),
        ]
        if what == "gradient":
            contenders.append(("jax", common.version("jax"), Contender("JAX jit", partial(jax, what, w, multipliers))))
        if what != "Hessian":
            contenders.append(("numpy_hand", common.version("numpy"), Contender("by hand, NumPy and SciPy", lambda what=what: partial(by_hand, what, w, multipliers))))
        block = common.run_case("collocation", what, contenders, lambda expected=expected: expected, RTOL, clock)
        common.show(block)
        rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("collocation", rows).relative_to(common.ROOT))
    print()
    bars.show("collocation", rows)


if __name__ == "__main__":
    main()
