"""Quadratic models of a recorded function: value, gradient and the lower triangle of a matrix as a recorded function of its own, path by path.

They are what minimisers of many small problems ask at every step. The matrix is written onto a copy of a path's tape, so that a point costs one
sweep of values, in lanes that are made and compiled as those of any function, and writes 1 + n + n (n + 1) / 2 numbers:

    NormalEquations   of residuals r: r'r / 2, J'r, J'J. The reverse sweep with a variable u in place of the residuals' adjoints gives J'u, and the
                      reverse sweep of each of its elements by u a column of J: no more than the rules that every instruction has
    SecondOrder       of a scalar: its value, gradient and Hessian, by reverse sweeps of the gradient's elements
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.ops.layout import INPUT
from jittape.passes.algebra import Algebra, Value
from jittape.passes.renumber import prune
from jittape.passes.reroll import writable
from jittape.passes.reverse import ReverseSweep
from jittape.replay import batch
from jittape.replay.batch_methods import Batches
from jittape.replay.columns import Results, columns, parameters, split
from jittape.replay.hessians import ByPaths, first_sweep
from jittape.replay.path import Path
from jittape.replay.paths import Derived

if TYPE_CHECKING:
    from jittape.instructions.references import Slots
    from jittape.replay.paths import Paths
    from jittape.tape.tape import Tape

MOST = 60_000
"""Elements of products of columns up to which normal equations are recorded; beyond, Jacobians are swept and multiplied."""
Reals = NDArray[Any]


def size(n: int) -> int:
    """Numbers of a model of n variables."""
    return 1 + n + n * (n + 1) // 2


# --- on a tape -----------------------------------------------------------------------------------------------------------


def _total(algebra: Algebra, part: Value, count: int) -> Array:
    """The sum of a value over so many elements."""
    if part.array is None or part.array.shape == ():
        return algebra.recorded(part * float(count))
    found: Array = np.sum(part.array)
    return found


def _columns(tape: Tape, leaves: Slots, out: Slots) -> list[Array]:
    """The columns of the derivative of slots `out` by each of the slots `leaves`, written onto the tape."""
    u = Array.of_run(tape, tape.append_leaf(np.zeros(out.size), INPUT), (out.size,))
    first = ReverseSweep(tape, 0, 0, [leaves])
    first.seed(out, u)
    first.run()
    pulled = first.gradient(leaves)
    first.guard()
    first.close()
    return [_gradient(tape, slot, u.slots) for slot in pulled.slots.tolist()]


def _gradient(tape: Tape, slot: int, by: Slots) -> Array:
    """The gradient of one slot, written onto the tape."""
    sweep = ReverseSweep(tape, 0, 0, [by])
    sweep.seed(np.array([slot], np.int32), 1.0)
    sweep.run()
    found = sweep.gradient(by)
    sweep.close()
    return found


def _operand(algebra: Algebra, column: Array) -> Value:
    """A column as an operand: a number, where it is one constant throughout."""
    slots = column.slots
    if slots.size and (slots == slots.flat[0]).all():
        slot = int(slots.flat[0])
        number = next((x for x, s in algebra.tape.constants.items() if s == slot and isinstance(x, float)), None)
        return algebra.value(Array(algebra.tape, slot) if number is None else number)
    return algebra.value(column)


def _path(base: Path, tape: Tape, to: Slots, found: list[Array]) -> Path:
    """The path of these numbers on a copy of another one's tape, `to` its slots."""
    out = np.array([int(a.slots) for a in found], np.int32)
    tape.evaluate()
    new, by = prune(tape, [out])
    new.end()

    def moved(places: Any) -> list[Any]:
        return [(0, 0, shape) if s == e else ((first := int(to[s] + by[to[s]])), first + e - s, shape) for s, e, shape in places]

    return Path(new, moved(base.inputs), moved(base.parameters), [Array.of(new, (out + by[out]).astype(np.int32))], _only, base.forms)


def _only(leaves: list[Any]) -> Any:
    return leaves[0]


def normal_equations(path: Path, values: Any = None) -> Path:
    """The path of x -> (r'r / 2, J'r, lower triangle of J'J) of a path whose results are residuals; `values` are those of a replay."""
    tape, to = writable(path.shown())
    if values is not None:
        for start, stop, _ in (*path.inputs, *path.parameters):
            tape.value[to[start:stop]] = values[start:stop]
        tape.done = tape.done_slots = 0
    leaves = np.concatenate([np.empty(0, np.int32), *(to[start:stop] for start, stop, _ in path.inputs)]).astype(np.int32)
    results = Results(path)
    slots = to[results.slots].astype(np.int32)
    J = _columns(tape, leaves, slots) if slots.size else []
    algebra = Algebra(tape)
    plain = 0.5 * sum(float(np.sum(np.square(a.astype(float)))) for _, a in results.plain)
    if slots.size:
        r = Array.of(tape, slots)
        c = [_operand(algebra, a) for a in J]
        found = [0.5 * np.sum(r * r) + plain]
        found += [_total(algebra, x * algebra.value(r), slots.size) for x in c]
        found += [_total(algebra, c[i] * c[j], slots.size) for i in range(len(c)) for j in range(i + 1)]
    else:
        found = [algebra.recorded(algebra.value(plain)), *[algebra.recorded(algebra.zero)] * (size(leaves.size) - 1)]
    return _path(path, tape, to, found)


def second_order(path: Path, values: Any = None) -> Path:
    """The path of x -> (value, gradient, lower triangle of the Hessian) of a path whose result is one number."""
    tape, to, parts, gradient = first_sweep(path, values)
    leaves = np.concatenate([np.empty(0, np.int32), *parts]).astype(np.int32)
    g = [Array(tape, s) for a in gradient for s in a.slots.reshape(-1).tolist()]
    value = Array(tape, tape.constant(float(path.outputs[0]))) if path.constant else Array(tape, int(to[path.seed]))
    rows = [_gradient(tape, int(a.slots), leaves[: i + 1]).slots.tolist() for i, a in enumerate(g)]
    return _path(path, tape, to, [value, *g, *(Array(tape, s) for row in rows for s in row)])


# --- path by path --------------------------------------------------------------------------------------------------------


class SecondOrder(ByPaths):
    """x -> (value, gradient, lower triangle of the Hessian) of a recorded function of one number, on whatever path x takes."""

    def derive(self, path: Path, values: Any = None) -> Path:
        return second_order(path, values)


class NormalEquations(Derived, Batches):
    """x -> (r'r / 2, J'r, lower triangle of J'J) of recorded residuals, on whatever path x takes."""

    def __init__(self, function: Paths) -> None:
        check_residuals(function._path, function.name)
        Derived.__init__(self, function)
        Batches.__init__(self, normal_equations(function._path), function._structure, function._rebuild, function.name, parameters=function._parameters,
                         constants=function._constants, max_paths=function.max_paths, compile=function._compiles, threads=function._threads)  # fmt: skip

    def _can_record(self) -> bool:
        return True

    def _record(self, leaves: list[Any], named: list[Any] | None) -> Any:
        """What is derived from the path that x takes, which the function finds or records."""
        use = self._of._forward_leaves(leaves, named)
        base, values = use.replay.path, use.replay.value.copy()
        use.end()
        check_residuals(base, self.name)
        with self._lock:
            return self._keep(normal_equations(base, values)), named


def check_residuals(path: Path, name: str) -> None:
    """Refuse results that are no residuals."""
    for o in path.outputs:
        if o.is_mask if isinstance(o, Array) else np.asarray(o).dtype.kind not in "fiu":
            got = "truth values" if isinstance(o, Array) or np.asarray(o).dtype == bool else np.asarray(o).dtype
            raise GradientError(f"residuals are real numbers, and {name} returns {got}")


# --- many points ---------------------------------------------------------------------------------------------------------


def _model(function: Paths, kind: type[Paths]) -> Paths:
    """A model of a function, which keeps it, as it keeps its lanes."""
    with function._lock:
        found: Any = function._models.get(kind)
        if found is None:
            found = function._models[kind] = kind(function)  # type: ignore[call-arg,arg-type]
        return found  # type: ignore[no-any-return]


class Points:
    """A recorded function at rows of points that are asked for again and again: what each needs to be known but once.

    Args:
        function: that was recorded.
        args, given: arguments and parameters of a batch.
        what: "gradient" or "jacobian", with values; or a model, `NormalEquations` or `SecondOrder`.

    Attributes:
        X: the points as rows, what differs between them of the parameters in further columns.
        inputs: how many of the columns are arguments.
        results: numbers that the function returns.
    """

    def __init__(self, function: Paths, args: tuple[Any, ...], given: dict[str, Any], what: str | type[Paths], math: str) -> None:
        self.function, self.math = function, math
        X = columns(function, args)
        self.inputs = X.shape[1]
        self._named, self._varying, self.X = parameters(function, given, X)
        self._kind = what if isinstance(what, str) else "values"
        self._of = function if isinstance(what, str) else _model(function, what)
        self._first = Results(batch.path_of(self._task(), self.X) if len(X) else self._of._path)
        self.results = self._first.size

    def _task(self) -> batch.Task:
        return batch.Task(self._of, self._named, self._kind, self.math, 1, None, self._varying)

    def sweep(self, X: Reals, Y: Reals, G: Reals | None) -> None:
        """Values Y [rows, results] and derivatives G [rows, results, inputs], or None, of rows like those of `X`, in this thread.

        Where the function raises an error of arithmetic or of linear algebra at a point, the numbers are NaN there.
        """
        try:
            self._task().sweep(X, Y, G, self._first)
        except (ArithmeticError, np.linalg.LinAlgError):
            if len(X) == 1:
                Y[...] = np.nan
                if G is not None:
                    G[...] = np.nan
                return
            half = len(X) // 2
            for part in (slice(0, half), slice(half, None)):
                self.sweep(X[part], Y[part], None if G is None else G[part])

    def structured(self, rows: Reals) -> Any:
        """Rows of numbers, one an argument's, in the arguments' structure."""
        return self.function._structured(split(self.function, rows, (len(rows),)))
