"""A study: edge pushing beside colouring, for sparse Hessians of scalar recordings: `python -m bench.edge_pushing`.

Edge pushing (R. M. Gower and M. P. Mello, A new framework for the computation of Hessians, Optim. Methods Softw. 27, 2012)
goes over a tape once, backwards. It keeps the second derivatives with respect to the values alive, as edges
of a graph: at an instruction, each edge that ends there is pushed to its operands, and the instruction's own second
derivatives, times its adjoint, are new edges. What is left between inputs is the Hessian.

Here the sweep is split, as a tape is replayed many times: `Plan` finds all edges once, without values, and writes down
what is multiplied and added; `Plan.hessian` does that at a point. It knows the operations that the cases need, and no runs.

Three methods are compared: edge pushing; colouring as `Function.sparse_hessian` does it; and colouring by second-order sweeps
written like the edge pushing here (`Sweeps`: the same partials, all directions at once), so that only the method differs.

Each case runs in processes of its own, one a method; the rows go to bench/results/edge_pushing.csv.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from bench import common
from bench.growth import evaluation, peak, timed
from bench.problems import many_loop, many_points, rosenbrock_loop, rosenbrock_point
from jittape.ops.layout import CONSTANT, INPUT, RUN

ADD, SUB, MUL, DIV, POWC, NEG, SQRT, SQUARE, EXP, LOG, SIN, COS = 4, 5, 6, 7, 12, 13, 18, 20, 24, 27, 33, 34
BINARY = (ADD, SUB, MUL, DIV)
PUSH, DOUBLE, SQUARED, CREATE = range(4)
RTOL = 1e-11


@njit(cache=True, error_model="numpy")
def partials(op, x, y):  # type: ignore[no-untyped-def]
    """(value, first partials, second partials xx, xy, yy) of one operation."""
    if op == ADD:
        return x + y, 1.0, 1.0, 0.0, 0.0, 0.0
    if op == SUB:
        return x - y, 1.0, -1.0, 0.0, 0.0, 0.0
    if op == MUL:
        return x * y, y, x, 0.0, 1.0, 0.0
    if op == DIV:
        z = x / y
        return z, 1.0 / y, -z / y, 0.0, -1.0 / (y * y), 2.0 * z / (y * y)
    if op == POWC:
        return x**y, y * x ** (y - 1.0), 0.0, y * (y - 1.0) * x ** (y - 2.0), 0.0, 0.0
    if op == NEG:
        return -x, -1.0, 0.0, 0.0, 0.0, 0.0
    if op == SQRT:
        z = math.sqrt(x)
        return z, 0.5 / z, 0.0, -0.25 / (z * x), 0.0, 0.0
    if op == SQUARE:
        return x * x, 2.0 * x, 0.0, 2.0, 0.0, 0.0
    if op == EXP:
        z = math.exp(x)
        return z, z, 0.0, z, 0.0, 0.0
    if op == LOG:
        return math.log(x), 1.0 / x, 0.0, -1.0 / (x * x), 0.0, 0.0
    s, c = math.sin(x), math.cos(x)
    if op == SIN:
        return s, c, 0.0, -s, 0.0, 0.0
    return c, -s, 0.0, -c, 0.0, 0.0


@njit(cache=True)
def symbolic(op, a, b, active, inputs, low, after, first, kind, source, ca, cb):  # type: ignore[no-untyped-def]
    """Find the edges. Entry e is one contribution to the edge between low[e] and the node in whose list it stands.

    An edge stands in the list of its later node only, as nodes are visited last to first. Contributions to one edge are
    merged when that node is visited: first[e] is the entry that stands for the edge.

    Returns:
        (number of entries, heads of the lists), the number -1 where the arrays are too short.
    """
    head = np.full(op.size, -1, np.int32)
    mark = np.full(op.size, -1, np.int32)
    mine = np.empty(op.size, np.int32)
    at = np.empty(op.size, np.int32)
    operand, coefficient = np.empty(2, np.int32), np.empty(2, np.int32)
    room, count = low.size, 0
    for i in range(op.size - 1, -1, -1):
        found, diagonal = 0, -1
        e = head[i]
        while e >= 0:
            p = low[e]
            if p == i:
                if diagonal < 0:
                    diagonal = e
                first[e] = diagonal
            elif mark[p] != i:
                mark[p], at[p], first[e] = i, e, e
                mine[found] = e
                found += 1
            else:
                first[e] = at[p]
            e = after[e]
        if i < inputs or not active[i]:
            continue
        o = op[i]
        k = 0
        operand[k], coefficient[k] = a[i], 2 * i
        k += active[a[i]]
        if (o == ADD or o == SUB or o == MUL or o == DIV) and active[b[i]] and b[i] != a[i]:
            operand[k], coefficient[k] = b[i], 2 * i + 1
            k += 1
        if count + 2 * found + 6 > room:
            return -1, head
        for q in range(found):
            e = mine[q]
            p = low[e]
            for r in range(k):
                j = operand[r]
                lo, hi = min(j, p), max(j, p)
                low[count], after[count], source[count], ca[count] = lo, head[hi], e, coefficient[r]
                kind[count] = DOUBLE if j == p else PUSH
                head[hi] = count
                count += 1
        for r in range(k):
            for s in range(r, k):
                j, l = operand[r], operand[s]
                lo, hi = min(j, l), max(j, l)
                if diagonal >= 0:
                    low[count], after[count], source[count], kind[count] = lo, head[hi], diagonal, SQUARED
                    ca[count], cb[count] = coefficient[r], coefficient[s]
                    head[hi] = count
                    count += 1
                if o == ADD or o == SUB or o == NEG or (o == MUL and r == s and b[i] != a[i]):
                    continue
                if o == DIV and r == s and coefficient[r] == 2 * i and b[i] != a[i]:
                    continue
                low[count], after[count], source[count], kind[count] = lo, head[hi], i, CREATE
                ca[count] = 3 * i + (coefficient[r] & 1) + (coefficient[s] & 1)
                head[hi] = count
                count += 1
    return count, head


@njit(cache=True, error_model="numpy")
def gradient(op, a, b, inputs, seed, value, d1, d2, adjoint):  # type: ignore[no-untyped-def]
    """Values and partials forwards, adjoints backwards."""
    for i in range(inputs, op.size):
        o = op[i]
        if o < ADD:
            continue
        x = value[a[i]]
        y = value[b[i]]
        z, x1, y1, xx, xy, yy = partials(o, x, y)
        value[i] = z
        if a[i] == b[i] and (o == ADD or o == SUB or o == MUL or o == DIV):
            x1, y1, xx, xy, yy = x1 + y1, 0.0, xx + 2.0 * xy + yy, 0.0, 0.0
        d1[2 * i], d1[2 * i + 1] = x1, y1
        d2[3 * i], d2[3 * i + 1], d2[3 * i + 2] = xx, xy, yy
    adjoint[:] = 0.0
    adjoint[seed] = 1.0
    for i in range(op.size - 1, inputs - 1, -1):
        if op[i] >= ADD:
            adjoint[a[i]] += d1[2 * i] * adjoint[i]
            adjoint[b[i]] += d1[2 * i + 1] * adjoint[i]


@njit(cache=True, error_model="numpy")
def directions(op, a, b, inputs, d1, d2, adjoint, t, r):  # type: ignore[no-untyped-def]
    """Tangents forwards and their adjoints backwards, [slots, directions] both; `t` holds the directions at the inputs."""
    k = t.shape[1]
    r[:] = 0.0
    for i in range(inputs, op.size):
        if op[i] >= ADD:
            p, q, x1, y1 = a[i], b[i], d1[2 * i], d1[2 * i + 1]
            for c in range(k):
                t[i, c] = x1 * t[p, c] + y1 * t[q, c]
    for i in range(op.size - 1, inputs - 1, -1):
        if op[i] >= ADD:
            p, q, x1, y1, g = a[i], b[i], d1[2 * i], d1[2 * i + 1], adjoint[i]
            xx, xy, yy = g * d2[3 * i], g * d2[3 * i + 1], g * d2[3 * i + 2]
            if xx == 0.0 and xy == 0.0 and yy == 0.0:
                for c in range(k):
                    r[p, c] += x1 * r[i, c]
                    r[q, c] += y1 * r[i, c]
            else:
                for c in range(k):
                    r[p, c] += x1 * r[i, c] + xx * t[p, c] + xy * t[q, c]
                    r[q, c] += y1 * r[i, c] + xy * t[p, c] + yy * t[q, c]


@njit(cache=True, error_model="numpy")
def numeric(op, a, b, inputs, seed, value, d1, d2, adjoint, target, kind, source, ca, cb, weight):  # type: ignore[no-untyped-def]
    """The gradient, then the edges."""
    gradient(op, a, b, inputs, seed, value, d1, d2, adjoint)
    weight[:] = 0.0
    for e in range(kind.size):
        what = kind[e]
        if what == PUSH:
            weight[target[e]] += d1[ca[e]] * weight[source[e]]
        elif what == CREATE:
            weight[target[e]] += adjoint[source[e]] * d2[ca[e]]
        elif what == DOUBLE:
            weight[target[e]] += 2.0 * d1[ca[e]] * weight[source[e]]
        else:
            weight[target[e]] += d1[ca[e]] * d1[cb[e]] * weight[source[e]]


class Recording:
    """A scalar recording as arrays: opcode and operands of the instruction that writes each slot."""

    def __init__(self, F: Any) -> None:
        tape, path = F.tape, F._path
        (start, self.inputs, _), self.seed = path.inputs[0], path.seed
        assert start == 0 and len(path.inputs) == 1
        slots = tape.slots
        self.op, self.a, self.b = np.zeros(slots, np.uint8), np.zeros(slots, np.int32), np.zeros(slots, np.int32)
        self.active = np.zeros(slots, np.uint8)
        self.active[: self.inputs] = 1
        self.value = np.zeros(slots)
        known = {CONSTANT, ADD, SUB, MUL, DIV, POWC, NEG, SQRT, SQUARE, EXP, LOG, SIN, COS}
        for k, s, o, x, y in tape.instructions():
            if k == 0 and o == RUN + INPUT:
                continue
            if o not in known:
                raise ValueError(f"instruction {k} has opcode {o}, which this study does not know")
            self.op[s] = o
            if o == CONSTANT:
                self.value[s] = tape.value[s]
            else:
                # operations of one operand get it twice, with a second partial of zero
                self.a[s], self.b[s] = x, y if o in BINARY or o == POWC else x
                self.active[s] = self.active[x] or (o in BINARY and self.active[y])
        self.d1, self.d2, self.adjoint = np.zeros(2 * slots), np.zeros(3 * slots), np.zeros(slots)

    def gradient(self, x: Any) -> None:
        """Values, partials and adjoints at a point."""
        self.value[: self.inputs] = x
        gradient(self.op, self.a, self.b, self.inputs, self.seed, self.value, self.d1, self.d2, self.adjoint)


class Sweeps(Recording):
    """Colouring: the pattern and the colours of the package, and second-order sweeps of all directions at once."""

    def __init__(self, F: Any) -> None:
        from jittape.sparse.colouring import star_plan
        from jittape.sparse.pattern import hessian_pattern

        super().__init__(F)
        self.plan = star_plan(*hessian_pattern(F.tape, np.arange(self.inputs, dtype=np.int32), self.seed))
        self.t = np.zeros((self.op.size, self.plan.count))
        self.r = np.zeros((self.op.size, self.plan.count))
        self.t[: self.inputs] = self.plan.seeds().T
        colour, column = np.divmod(self.plan.source.astype(np.int64), self.inputs)
        self.gather = column * self.plan.count + colour

    def hessian(self, x: Any, out: Any = None) -> Any:
        """As `Plan.hessian`."""
        from scipy.sparse import csr_array

        self.gradient(x)
        directions(self.op, self.a, self.b, self.inputs, self.d1, self.d2, self.adjoint, self.t, self.r)
        if out is None:
            return csr_array(
                (self.r.ravel()[self.gather], self.plan.indices, self.plan.indptr), shape=(self.inputs, self.inputs)
            )
        np.take(self.r.ravel(), self.gather, out=out.data, mode="clip")
        return out


class Plan(Recording):
    """The edges of a scalar recording, and what is multiplied and added at a point.

    Attributes:
        steps: multiplications and additions of edges at a point.
        edges: edges that there are in the course of it.
    """

    def __init__(self, F: Any) -> None:
        super().__init__(F)
        op, a, b, active, slots, stop = self.op, self.a, self.b, self.active, self.op.size, self.inputs
        room = 4 * slots
        while True:
            low, after, first, source, ca, cb = (np.empty(room, np.int32) for _ in range(6))
            kind = np.empty(room, np.uint8)
            count, head = symbolic(op, a, b, active, stop, low, after, first, kind, source, ca, cb)
            if count >= 0:
                break
            room *= 2
        first = first[:count]
        stands = np.flatnonzero(first == np.arange(count))
        place = np.empty(count, np.int32)
        place[stands] = np.arange(stands.size, dtype=np.int32)
        self.target = place[first]
        self.kind, self.ca, self.cb = kind[:count].copy(), ca[:count].copy(), cb[:count].copy()
        edge = self.kind != CREATE
        self.source = source[:count].copy()
        self.source[edge] = place[first[self.source[edge]]]
        self.steps, self.edges = count, stands.size
        high = _owners(head[:stop], after)
        mine = stands[high[stands] >= 0] if count else stands
        rows, cols, where = high[mine], low[mine], place[mine]
        off = rows != cols
        order = np.lexsort((np.concatenate((cols, rows[off])), np.concatenate((rows, cols[off]))))
        self.indices = np.concatenate((cols, rows[off]))[order].astype(np.int32)
        self.gather = np.concatenate((where, where[off]))[order]
        self.indptr = np.concatenate(
            ([0], np.cumsum(np.bincount(np.concatenate((rows, cols[off])), minlength=stop)))
        ).astype(np.int32)
        self.weight = np.zeros(self.edges)

    def hessian(self, x: Any, out: Any = None) -> Any:
        """The Hessian at a point, a scipy.sparse.csr_array; `out` an earlier one, filled anew."""
        from scipy.sparse import csr_array

        self.value[: self.inputs] = x
        numeric(self.op, self.a, self.b, self.inputs, self.seed, self.value, self.d1, self.d2, self.adjoint, self.target,
                self.kind, self.source, self.ca, self.cb, self.weight)  # fmt: skip
        if out is None:
            return csr_array((self.weight[self.gather], self.indices, self.indptr), shape=(self.inputs, self.inputs))
        np.take(self.weight, self.gather, out=out.data, mode="clip")
        return out


@njit(cache=True)
def _owners(head, after):  # type: ignore[no-untyped-def]
    """The input in whose list each entry stands, or -1."""
    owner = np.full(after.size, -1, np.int32)
    for i in range(head.size):
        e = head[i]
        while e >= 0:
            owner[e] = i
            e = after[e]
    return owner


# --- cases ------------------------------------------------------------------------------------------------------------------


def arrowhead_loop(x: Any) -> Any:
    s = 0.0
    for i in range(1, len(x)):
        s = s + np.sin(x[0] * x[i]) + x[i] ** 4
    return s


def grid_loop(side: int) -> Callable[[Any], Any]:
    def f(u: Any) -> Any:
        s = 0.0
        for i in range(side):
            for j in range(side):
                here = u[i * side + j]
                s = s + np.exp(0.1 * here)
                if i:
                    s = s + np.sqrt(1.0 + (here - u[(i - 1) * side + j]) ** 2)
                if j:
                    s = s + np.sqrt(1.0 + (here - u[i * side + j - 1]) ** 2)
        return s

    return f


def random_loop(n: int, entries: int) -> Callable[[Any], Any]:
    """Pairs of variables at random, so that a row of the Hessian has about `entries` entries beside the diagonal."""
    pairs = np.random.default_rng(entries).integers(0, n, (n * entries // 2, 2)).tolist()

    def f(x: Any) -> Any:
        s = 0.0
        for i, j in pairs:
            s = s + np.sin(x[i] * x[j])
        return s

    return f


def groups_loop(n: int, size: int) -> Callable[[Any], Any]:
    """Groups of `size` neighbours that meet in one nonlinear term, half of them shared with the next: dense blocks."""

    def f(x: Any) -> Any:
        s = 0.0
        for first in range(0, n - size + 1, size // 2):
            t = x[first] * 1.0
            for k in range(first + 1, first + size):
                t = t + np.sin(x[k])
            s = s + np.exp(-0.01 * t * t)
        return s

    return f


def recurrence(states: int, steps: int) -> Callable[[Any], Any]:
    """Few inputs, many values alive: states that are mixed step by step, from inputs that each of them starts from."""

    def f(x: Any) -> Any:
        y = [np.sin((1.0 + 0.1 * i) * x[i % len(x)]) for i in range(states)]
        for _ in range(steps):
            y = [np.sin(y[i]) * y[(i + 7) % states] + 0.3 * y[i - 1] for i in range(states)]
        s = y[0]
        for v in y[1:]:
            s = s + v
        return s

    return f


@dataclass
class Case:
    name: str
    f: Callable[[Any], Any]
    x: Any


def cases() -> list[Case]:
    return [
        Case("tridiagonal (W1), n=1000", rosenbrock_loop, rosenbrock_point(1000)),
        Case("tridiagonal (W1), n=10000", rosenbrock_loop, rosenbrock_point(10_000)),
        Case("dense (W3), n=20", many_loop, many_points(1)[0]),
        Case("arrowhead, n=10000", arrowhead_loop, rosenbrock_point(10_000)),
        Case("grid, n=10000", grid_loop(100), rosenbrock_point(10_000)),
        *(Case(f"random, {k} a row, n=2000", random_loop(2000, k), rosenbrock_point(2000)) for k in (5, 10, 20)),
        Case("groups of 20, n=2000", groups_loop(2000, 20), rosenbrock_point(2000)),
        Case("recurrence, 50 states of n=5", recurrence(50, 20), rosenbrock_point(5)),
        Case("recurrence, 50 states of n=50", recurrence(50, 20), rosenbrock_point(50)),
    ]


METHODS = ("colouring, F.sparse_hessian", "colouring, sweeps of the study", "edge pushing")
COLUMNS = (
    "case",
    "method",
    "instructions",
    "entries",
    "colours",
    "steps",
    "set_up_s",
    "gradient_us",
    "evaluation_us",
    "over_recording_mb",
    "ok",
    "note",
)


def run(case: Case, method: str) -> dict[str, Any]:
    """One case by one method, in this process."""
    import jittape as jt
    from bench.engines.jittape import second_order

    second_order()
    small = jt.record(random_loop(3, 2), np.ones(3))
    for method_ in (Plan, Sweeps):
        H = method_(small).hessian(np.ones(3))
        method_(small).hessian(np.ones(3), H)
    F = jt.record(case.f, case.x)
    F.grad(case.x)
    start = peak()
    colours: Any = ""
    steps: Any = ""
    gradient_us: Any = ""
    if method != METHODS[0]:

        def make() -> Any:
            plan = Plan(F) if method == METHODS[2] else Sweeps(F)
            return plan, plan.hessian(case.x)

        (plan, H), set_up_s = timed(make)
        call = lambda: plan.hessian(case.x, H)
        steps, colours = getattr(plan, "steps", ""), plan.plan.count if method == METHODS[1] else ""
    else:
        H, set_up_s = timed(lambda: F.sparse_hessian(case.x))
        call = lambda: F.sparse_hessian(case.x, out=H)
        plan = getattr(F._path, "sparse", {}).get("hessian")
        colours = getattr(plan, "count", "")
    seconds, stand_in = evaluation(call)
    over = peak() - start
    if method != METHODS[0]:
        gradient_us = 1e6 * evaluation(lambda: plan.gradient(case.x))[0]
    # another method is the check
    other = F.sparse_hessian(case.x) if method != METHODS[0] else Plan(F).hessian(case.x)
    rest = abs(H - other)
    error = (rest.max() if rest.nnz else 0.0) / abs(other).max()
    ok = "yes" if error <= RTOL and np.count_nonzero(H.data) <= other.nnz else f"NO: off by {error:.1e}"
    return {"case": case.name, "method": method, "instructions": F.tape.count, "entries": H.nnz,
            "colours": colours, "steps": steps, "set_up_s": set_up_s, "gradient_us": gradient_us, "evaluation_us": 1e6 * seconds, "over_recording_mb": over, "ok": ok,
            "note": "processor time" if stand_in else ""}  # fmt: skip


def main() -> int:
    options = common.arguments(__doc__)
    found = []
    for k, case in enumerate(cases()):
        for method in METHODS:
            if options.only not in case.name:
                continue
            done = subprocess.run([sys.executable, "-m", "bench.edge_pushing", "--case", str(k), method], capture_output=True, text=True,
                                  cwd=common.ROOT)  # fmt: skip
            if done.returncode:
                print(done.stderr, file=sys.stderr)
                return 1
            found.append(json.loads(done.stdout.splitlines()[-1]))
            print(
                "  ".join(
                    f"{c} {common.number(r, 3) if isinstance(r, float) else r}" for c, r in found[-1].items() if r != ""
                ),
                flush=True,
            )
    if not options.no_write and not options.only:
        rows = ([common.number(r[c], 4) if isinstance(r[c], float) else r[c] for c in COLUMNS] for r in found)
        print("\nwritten to", common.write_table("edge_pushing", COLUMNS, rows).relative_to(common.ROOT))
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(run(cases()[int(sys.argv[2])], sys.argv[3])))
    else:
        sys.exit(main())
