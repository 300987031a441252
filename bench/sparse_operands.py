"""Products with a constant sparse matrix of SciPy: `python -m bench.sparse_operands`.

The matrix is the five-point Laplacian of a 100 x 100 grid, and one of 20,000 rows with ten entries each at random places: the product itself,
and value and gradient of 0.5 x' A x + sum exp(A x)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp

from bench import common
from bench.common import Contender

RTOL = 1e-11
GRID, ROWS, ENTRIES = 100, 20_000, 10


def laplacian() -> Any:
    line = sp.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(GRID, GRID))
    one = sp.eye_array(GRID)
    return (sp.kron(one, line) + sp.kron(line, one)).tocsr()


def scattered() -> Any:
    rng = np.random.default_rng(0)
    return sp.random_array((ROWS, ROWS), density=ENTRIES / ROWS, rng=rng, format="csr") * 0.1


def hand(A: Any, x: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    turned = A.T.tocsr()

    def gradient() -> Any:
        y = A @ x
        return 0.5 * (y + turned @ x) + turned @ np.exp(y)

    yield "product", lambda: A @ x
    yield "gradient", gradient


def jittape(A: Any, x: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    import jittape as jt

    def f(x: Any) -> Any:
        y = A @ x
        return 0.5 * (x @ y) + np.sum(np.exp(y))

    F, P = jt.record(f, x), jt.record(lambda x: A @ x, x)
    out = np.empty_like(x)
    yield "product", lambda: P(x)
    yield "gradient", lambda: F.grad(x, out=out)


def jax(A: Any, x: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    import jax
    from jax.experimental import sparse as jsp

    jax.config.update("jax_enable_x64", True)
    J = jsp.BCSR.from_scipy_sparse(A)

    def f(x: Any) -> Any:
        y = J @ x
        return 0.5 * (x @ y) + jax.numpy.sum(jax.numpy.exp(y))

    product, gradient = jax.jit(lambda x: J @ x), jax.jit(jax.grad(f))
    yield "product", lambda: np.asarray(product(x))
    yield "gradient", lambda: np.asarray(gradient(x))


def casadi(A: Any, x: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    import casadi as ca

    C = A.tocsc()
    C.sort_indices()
    M = ca.DM(ca.Sparsity(*A.shape, C.indptr.tolist(), C.indices.tolist()), C.data)
    v = ca.MX.sym("x", x.size)
    y = ca.mtimes(M, v)
    f = 0.5 * ca.dot(v, y) + ca.sum1(ca.exp(y))
    for name, expression in (("product", y), ("gradient", ca.gradient(f, v))):
        fn = ca.Function("f", [v], [ca.densify(expression)])
        buffer, trigger = fn.buffer()
        out = np.empty(A.shape[0])
        buffer.set_arg(0, memoryview(x))
        buffer.set_res(0, memoryview(out))

        def call(trigger: Any = trigger, out: Any = out, alive: Any = (fn, buffer)) -> Any:
            trigger()
            return out

        yield name, call


ENGINES = (("by hand, SciPy", "scipy", hand), ("jittape record", "jittape", jittape), ("JAX jit, BCSR", "jax", jax), ("CasADi MX, buffer call", "casadi", casadi))


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    rows: list[common.Row] = []
    for label, A in (("Laplacian", laplacian()), ("random", scattered())):
        x = np.random.default_rng(1).normal(size=A.shape[1])
        for what in ("product", "gradient"):
            contenders = []
            for name, package, make in ENGINES:
                if options.only and not name.startswith(options.only):
                    continue
                contenders.append((package, common.version(package), Contender(name, lambda make=make, A=A, x=x, what=what: dict(make(A, x))[what])))
            block = common.run_case("sparse", f"{what} {label} {A.nnz:,} entries", contenders, lambda A=A, x=x, what=what: dict(hand(A, x))[what](), RTOL, clock)
            common.show(block)
            rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("sparse_operands", rows).relative_to(common.ROOT))


if __name__ == "__main__":
    main()
