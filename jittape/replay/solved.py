"""Solutions of equations on a tape: y with r(y, x) = 0, found by any solver and differentiated by the implicit function theorem.

A solution is a call of two operations over its site. The first runs the solver, anew wherever a sweep comes by; the second solves linear
equations with the derivative of r by y:

    solution:  y = s(x),                   adjoint of x = -(dr/dx)^T l,  where  (dr/dy)^T l = adjoint of y
    linear:    l = (dr/dy)^-1 g, or the transposed one,
               adjoint of g = m = (dr/dy)^-T w,  adjoint of (y, x) = the derivative of -<m, (dr/dy) l> by them

Their rules are written with each other and with the site of the residual (sites.py), so that they give derivatives of every order.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.array.state import state
from jittape.errors import GradientError, RecordingError, TapeMismatchError
from jittape.functions.linalg import record_call
from jittape.instructions.calls import operations
from jittape.replay import parts, sites
from jittape.replay.checkpoint import OUTSIDE, PartSite, traced
from jittape.replay.jacobians import Jacobians
from jittape.replay.parts import Way
from jittape.replay.path import Path, Replay

if TYPE_CHECKING:
    from jittape.replay.together import Bracket

Structure = Literal["dense", "diagonal", "iterative"]
Reals = NDArray[Any]
TOLERANCE = 1e-13
"""Of linear equations that are solved by iteration, relative."""


class Known:
    """What was found last for plain values: known still where the same ones come again."""

    def __init__(self) -> None:
        self._last: tuple[Any, Any] = (None, None)

    def __call__(self, values: Sequence[Any], find: Callable[[], Any]) -> Any:
        key = [np.asarray(x).tobytes() for x in values]
        known, found = self._last
        if known != key:
            found = find()
            self._last = key, found
        return found


class Residual(PartSite):
    """The site of r(y, *x), a vector of as many numbers as y."""

    def __init__(self, name: str, f: Callable[..., Any], way: Way, inputs: int, math: str) -> None:
        super().__init__([way], inputs, way.part.shapes)
        self.name, self.f, self.math = name, f, math
        self._ways: dict[int, tuple[Path, Jacobians]] = {}
        self._known = Known()

    def another(self, operands: Sequence[Any]) -> Way:
        way, _ = parts.trace_part(self.f, [x if np.ndim(x) else x[()] for x in operands], (), self.math)
        if way.part.shapes != self.shapes:
            raise RecordingError(f"{self.name} has results of shapes {way.part.shapes} here, and {self.shapes} where it was recorded")
        return way

    def jacobian(self, operands: Sequence[Any]) -> Reals:
        """The matrix of its derivatives by y."""
        return self.take(operands, self._jacobian)  # type: ignore[no-any-return]

    def _jacobian(self, replay: Replay, way: Way) -> Reals:
        path = way.part.path
        n = path.outputs[0].size
        if id(path) not in self._ways:
            self._ways[id(path)] = path, Jacobians(path, inputs=1)
        found = self._ways[id(path)][1](replay)
        if found is not None:
            return found[0].reshape(n, n).astype(float)  # type: ignore[no-any-return]
        columns = np.empty((n, n))
        tangents: list[Any] = [np.zeros(shape) for _, _, shape in path.inputs]
        for j in range(n):
            tangents[0][...] = 0.0
            tangents[0][j] = 1.0
            columns[:, j] = replay.push(tangents)[0]
        return columns

    def factored(self, operands: Sequence[Any]) -> Any:
        """LU factors of that matrix; those of the last point are kept."""
        return self._known(operands, lambda: self._factors(operands))

    def _factors(self, operands: Sequence[Any]) -> Any:
        from scipy.linalg import lu_factor  # for start-up

        matrix = self.jacobian(operands)
        if not np.isfinite(matrix).all():
            raise GradientError(f"{self.name}: the derivative by the solution is not finite there")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a singular matrix: it is told of below
            found = lu_factor(matrix)
        if not np.diagonal(found[0]).all():
            raise GradientError(SINGULAR.format(name=self.name))
        return found


SINGULAR = (
    "{name}: the derivative by the solution is singular there, so that the equations do not determine how the solution moves: it is not isolated, "
    "or a multiple root"
)


class Solution(sites.Site):
    """A site whose values a solver finds.

    Attributes:
        residual: r, of y and of the operands.
        solve: the solver: values of the operands -> y, a vector.
        structure: of the derivative of r by y: "dense", "diagonal" where equation i has no other unknown than y[i], "iterative" where it is
            not made at all, and linear equations are solved by GMRES.
    """

    approximate = True

    def __init__(self, residual: Residual, solve: Callable[[list[Any]], Reals], size: int, structure: Structure) -> None:
        super().__init__()
        self.residual, self.solve = residual, solve
        self.structure: Structure = "diagonal" if size == 1 else structure
        self.inputs, self.shapes = residual.inputs - 1, [(size,)]
        self.first: tuple[Any, Any] | None = None
        """Operands for which the solution is known already, and that."""
        self.bracket: Callable[[Sequence[Any]], Bracket] | None = None
        """Of the operands at many points: where roots of one number are; None where it is not known."""
        self._together: tuple[Any, Any] = (None, None)

    def values(self, operands: Sequence[Any]) -> list[Any]:
        first, self.first = self.first, None
        if first is not None and _same(first[0], operands):
            return [first[1]]
        y = np.asarray(apart(self.solve, [x.copy() if np.ndim(x) else x[()] for x in operands]))
        if [y.shape] != self.shapes:
            raise RecordingError(f"{self.residual.name} has a solution of {y.size} numbers here, and one of {self.shapes[0][0]} where it was recorded")
        return [y]

    def together(self) -> Any:
        """The residual at many points, on the way that it took last; None where points are gone through one by one."""
        if self.bracket is None or not self.residual.ways:
            return None
        way = self.residual.ways[0]
        known, found = self._together
        if known is not way:
            from jittape.replay.together import Together  # for start-up

            found = Together(self.residual, way) if way.part.path.native else None
            self._together = way, found
        return found

    def holds(self) -> tuple[int, int]:
        return self.residual.holds()

    def linear(self, y: Any, operands: Sequence[Any], g: Any, transposed: bool) -> Any:
        """(dr/dy)^-1 g, or of the transposed matrix."""
        at = [y, *operands]
        if self.structure == "diagonal":
            ones: list[Any] = [np.ones(self.shapes[0]), *(np.zeros(np.shape(x)) for x in operands)]
            slope = sites.push(self.residual, at, ones)[0]
            if not isinstance(slope, Array) and not np.all(slope):
                raise GradientError(SINGULAR.format(name=self.residual.name))
            return g / slope
        if tape_of([*at, g]) is None:
            return self._solved(y, operands, g, transposed)
        tape = tape_of([*at, g])
        tape.parts[self.number] = self
        return record_call(LINEAR, [*at, g], self.shapes, (self.number, int(transposed)), False)[0]

    def _solved(self, y: Any, operands: Sequence[Any], g: Any, transposed: bool) -> Reals:
        at = [y, *operands]
        if self.structure == "dense":
            from scipy.linalg import lu_solve  # for start-up

            return lu_solve(self.residual.factored(at), g, trans=int(transposed))  # type: ignore[no-any-return]
        from scipy.sparse.linalg import LinearOperator, gmres  # for start-up

        zeros = [np.zeros(np.shape(x)) for x in operands]
        times: Any = (lambda v: sites.pull(self.residual, at, [v])[0]) if transposed else (lambda v: sites.push(self.residual, at, [v, *zeros])[0])
        n = self.shapes[0][0]
        found, failed = gmres(LinearOperator((n, n), matvec=times, dtype=float), g, rtol=TOLERANCE, restart=min(n, 100), maxiter=100)
        if failed:
            left = np.linalg.norm(times(found) - g) / np.linalg.norm(g)
            raise GradientError(f'{self.residual.name}: GMRES has not solved the linear equations of the derivative (a residual of {left:.1e} is left); use linear="dense"')
        return found  # type: ignore[no-any-return]


@contextmanager
def hidden(name: str, tape: Any) -> Iterator[None]:
    """Errors of functions that meet recorded values which were not found in them, while they are called with plain ones, in words."""
    if tape is None:
        yield
        return
    before, error = tape.lost, None
    try:
        yield
    except Exception as e:
        if tape.ended or (tape.lost is before and not isinstance(e, TapeMismatchError)):
            raise
        error = e
    if error is not None or tape.lost is not before:  # SciPy's compiled solvers go on after an error
        tape.lost = before  # by what is told of here
        raise TapeMismatchError(OUTSIDE.format(name=name)) from error


def _same(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def apart(f: Callable[..., Any], *args: Any) -> Any:
    """Call a user's function of plain values: what it records itself is no part of a recording that it is called within."""
    if not state.tapes:
        return f(*args)
    outer, state.tapes = state.tapes, []
    try:
        return f(*args)
    finally:
        state.tapes = outer


def solution(
    name: str, residual: Callable[..., Any], solve: Callable[[list[Any]], Any], operands: Sequence[Any], structure: Structure = "dense", checked: bool = False,
    bracket: Callable[[Sequence[Any]], Bracket] | None = None,
) -> Any:  # fmt: skip
    """y with residual(y, operands) = 0 as a recorded vector.

    Args:
        name: what the equations are called in errors.
        residual: of a vector and a list of arrays and numbers as the operands are: a vector as long.
        solve: of such a list of plain values: the vector.
        operands: recorded arrays.
        structure: of the derivative by y: see `Solution`.
        bracket: of the operands at many points, where the one number y is: so that batches solve for many at once.
        checked: the solver is the user's own: an error where a Newton step from what it found leads far away.

    Raises:
        GradientError: the residual has another length than y, or y is no solution.
    """
    tape = tape_of(operands)
    values = [x.value() if x.ndim else x.value()[()] for x in operands]
    with hidden(name, tape):
        y = np.asarray(apart(solve, [v.copy() if np.ndim(v) else v for v in values]), tape.dtype)

    def flat(given: Sequence[Any]) -> Any:
        found = residual(given[0], list(given[1:]))
        if np.shape(found) != y.shape:
            raise GradientError(f"{name} has {np.size(found)} equations for {y.size} unknowns; there must be as many")
        if not isinstance(found, Array):  # it does not depend on anything
            found = found + 0.0 * given[0]
        return [found]

    way, _ = traced(name, tape, operands, flat, [y, *values], (), tape.math)
    site = Solution(Residual(name, flat, way, 1 + len(values), tape.math), solve, y.size, structure)
    if checked and site.structure != "iterative":
        _check(site, y, values)
    site.first, site.bracket = (values, y), bracket
    tape.parts[site.number] = site
    return record_call(SOLVED, operands, site.shapes, (site.number,), False)[0]


FAR = 1e-2
"""A Newton step by which what a solver of the user found is no solution: a part of the solution's size, or of 1."""


def _check(site: Solution, y: Reals, values: Sequence[Any]) -> None:
    (r,) = site.residual.values([y, *values])
    if not np.any(r):
        return
    try:
        step = site.linear(y, values, r, False)
    except GradientError:  # singular, which derivatives will say
        return
    if not np.linalg.norm(step) <= FAR * (1.0 + np.linalg.norm(y)):
        raise GradientError(
            f"{site.residual.name} does not vanish at what the solver returned: it is {np.max(np.abs(r)):.3g} there, and a Newton step leads "
            f"{np.linalg.norm(step):.3g} away. The residual must be zero at the solution"
        )


# --- the operations --------------------------------------------------------------------------------------------------------------


def _site(number: int) -> Solution:
    return sites.SITES[number]  # type: ignore[return-value]


def _forward(*given: Any) -> tuple[Any, ...]:
    *operands, number = given
    return tuple(_site(number).values(operands))


def _vjp(adjoints: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    site, y = _site(attributes[0]), results[0]
    at = [y, *operands]
    if site.shapes == [(1,)] and tape_of([*at, *adjoints]) is None:  # all of it by one sweep
        slope, *found = site.residual.pull(at, [np.ones(1)])
        if not slope.all():
            raise GradientError(SINGULAR.format(name=site.residual.name))
        return [-(adjoints[0] / slope)[0] * x for x in found]
    direction = site.linear(y, operands, adjoints[0], True)
    return sites.pull(site.residual, at, [-direction])[1:]


def _jvp(tangents: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    site, y = _site(attributes[0]), results[0]
    moved = sites.push(site.residual, [y, *operands], [np.zeros(site.shapes[0]), *tangents])[0]
    return [-site.linear(y, operands, moved, False)]


def _forward_together(operands: Sequence[Any], attributes: Sequence[int]) -> Any:
    site = _site(attributes[0])
    f = site.together()
    if f is None or site.bracket is None:
        return None
    from jittape.replay.together import roots

    y, found = roots(f, operands, np.shape(operands[0])[-1], site.bracket(operands))
    return [y[None]], found


def _reverse_together(adjoints: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> Any:
    f = _site(attributes[0]).together()
    if f is None:
        return None
    from jittape.replay.together import pulled

    return pulled(f, results[0], operands, adjoints[0], np.shape(operands[0])[-1])


def _linear_forward(*given: Any) -> tuple[Any, ...]:
    y, *operands, g, number, transposed = given
    return (_site(number).linear(y, operands, g, bool(transposed)),)


def _linear_vjp(adjoints: Sequence[Any], results: Sequence[Any], given: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    site, transposed = _site(attributes[0]), bool(attributes[1])
    y, *operands, _ = given
    other = site.linear(y, operands, adjoints[0], not transposed)
    right, left = (other, results[0]) if transposed else (results[0], other)
    zeros = [np.zeros(np.shape(x)) for x in operands]
    return [*sites.pulled_along(site.residual, [y, *operands], [right, *zeros], [-left]), other]


def _linear_jvp(tangents: Sequence[Any], results: Sequence[Any], given: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
    site, transposed = _site(attributes[0]), bool(attributes[1])
    y, *operands, _ = given
    at, moved = [y, *operands], tangents[:-1]
    zeros = [np.zeros(np.shape(x)) for x in operands]
    if transposed:
        turned = sites.pulled_along(site.residual, at, moved, [results[0]])[0]
    else:
        pushed = site.residual.pushed()
        turned = sites.push(pushed, [*at, results[0], *zeros], [*moved, np.zeros(site.shapes[0]), *zeros])[-1]
    return [site.linear(y, operands, tangents[-1] - turned, transposed)]


NOT_SAVED = "a solution of equations cannot be saved: its solver is a Python function"


def _holds(attributes: Sequence[int]) -> tuple[int, int]:
    return _site(attributes[0]).holds()


SOLVED = operations.register("jittape.implicit", _forward, _vjp, _jvp, unsaved=NOT_SAVED, holds=_holds, forward_together=_forward_together, reverse_together=_reverse_together)
LINEAR = operations.register("jittape.implicit.linear", _linear_forward, _linear_vjp, _linear_jvp, unsaved=NOT_SAVED, holds=_holds)
