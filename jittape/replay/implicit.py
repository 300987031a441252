"""`jittape.implicit`: a function that a solver computes, differentiated by the equations that it solves."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.array.state import current_tape, state
from jittape.compiler.dispatchers import is_dispatcher, python_function
from jittape.functional.callables import check_callable
from jittape.functional.drivers import grad, jacobian
from jittape.functional.leaves import real_leaf
from jittape.functions.hooks import CALLERS, name_of, recordable
from jittape.functions.lift import settle
from jittape.native.refused import refuse
from jittape.replay.closures import is_recorded, opened
from jittape.replay.solved import Structure, hidden, solution

LINEAR = ("dense", "diagonal", "iterative")


class Given(NamedTuple):
    """Arguments and functions of a call, their recorded values apart.

    Attributes:
        operands: the recorded values: of the arguments, and of the closures of the functions.
        fill: (values of the operands) -> (arguments, functions) with these in their places.
    """

    operands: list[Any]
    fill: Callable[[Sequence[Any]], tuple[Any, list[Any]]]


def taken_apart(arguments: Any, functions: Sequence[Any]) -> Given:
    """Find the recorded values among arguments (containers of anything), and in the closures of functions (None is none)."""
    leaves, rebuild = tree.flatten(arguments)
    places = [i for i, x in enumerate(leaves) if is_recorded(x)]
    operands = [leaves[i] for i in places]
    kept = [None if is_recorded(x) else x for x in leaves]
    closures = [opened(f) for f in functions]
    makers = [(len(closed), remake) for closed, remake in closures]  # it does not keep the values, which hold the recording
    count = len(operands)

    def fill(values: Sequence[Any]) -> tuple[Any, list[Any]]:
        full = list(kept)
        for i, x in zip(places, values[:count], strict=True):
            full[i] = x
        made, at = [], count
        for number, remake in makers:
            made.append(remake(list(values[at : at + number])))
            at += number
        return rebuild(full), made

    return Given([*operands, *(x for closed, _ in closures for x in closed)], fill)


def recorded_by(operands: Sequence[Any], rule: Callable[..., Any]) -> Any:
    """Call a rule with operands of which one is recorded as a list of recorded arrays: tensors by what stands for them on their tape."""
    for kind, call in CALLERS:
        if any(isinstance(x, kind) for x in operands):
            return call(lambda *given: _onto(tape_of(given), rule, list(given)), *operands)
    return rule(list(operands))


def _onto(tape: Any, rule: Callable[..., Any], operands: list[Any]) -> Any:
    """Call a rule where derivatives that it takes are recorded on a tape of tensors."""
    if tape is None:
        return rule(operands)
    state.tapes.append(tape)
    try:
        return rule(operands)
    finally:
        state.tapes.pop()


def joined(leaves: Sequence[Any]) -> Any:
    """Numbers and arrays as one vector."""
    if not leaves:
        return np.empty(0)
    return np.concatenate([np.reshape(settle(x), -1) for x in leaves])


def solved(
    name: str, given: Given, solve: Callable[[Any, list[Any], list[Any]], Any], residual: Callable[[Any, Any, list[Any]], Any], linear: Structure = "dense", checked: bool = False,
    then: Callable[[Any, Any, list[Any]], Any] | None = None, bracket: Callable[[Any], Any] | None = None,
) -> Any:  # fmt: skip
    """The solution y of residual(y, arguments, functions) = 0, recorded.

    Args:
        name: what the equations are called in errors.
        given: what they are given, of which something is recorded.
        solve: of arguments and functions with plain values in place of recorded ones, and of these values (for `given.fill`): the solution, numbers
            and arrays in any container.
        residual: of such a solution, arguments and functions: as many numbers.
        linear, checked: see `implicit` and `solution`.
        bracket: of the arguments, at many points: the `Bracket` of a solution that is one number.
        then: of the recorded solution, arguments and functions: what is returned in place of the solution.
    """

    def rule(operands: list[Any]) -> Any:
        y = _solved(name, given.fill, solve, residual, linear, checked, bracket, operands)
        if then is None:
            return y
        arguments, functions = given.fill(operands)
        return then(y, arguments, list(map(recordable, functions)))

    return recorded_by(given.operands, rule)


def _solved(name: str, fill: Callable[..., Any], solve: Any, residual: Any, linear: Structure, checked: bool, bracket: Any, operands: list[Any]) -> Any:
    if not any(isinstance(x, Array) for x in operands):  # tensors that require no grad
        return solve(*fill(operands), operands)
    operands = [settle(x) for x in operands]
    places = [i for i, x in enumerate(operands) if isinstance(x, Array)]
    kept = [None if isinstance(x, Array) else x for x in operands]  # the site lives as long as the recording, and does not keep it
    found: list[Any] = []

    def full(values: Sequence[Any]) -> Any:
        every = list(kept)
        for i, x in zip(places, values, strict=True):
            every[i] = x
        return every

    def plain(values: list[Any]) -> Any:
        every = full(values)
        leaves, rebuild = tree.flatten(solve(*fill(every), every))
        leaves = [real_leaf(float(x) if isinstance(x, int) else x, f"what solves {name}") for x in leaves]
        found[:] = [np.shape(x) for x in leaves], rebuild
        return joined(leaves)

    def split(y: Any) -> Any:
        shapes, rebuild = found
        out, at = [], 0
        for shape in shapes:
            size = int(np.prod(shape, dtype=np.int64))
            out.append(np.reshape(y[at : at + size], shape) if shape else y[at])
            at += size
        return rebuild(out)

    def equations(y: Any, values: Sequence[Any]) -> Any:
        arguments, functions = fill(full(values))
        return joined(tree.flatten(residual(split(y), arguments, list(map(recordable, functions))))[0])

    at_points = None if bracket is None else lambda values: bracket(fill(full(values))[0])
    return split(solution(name, equations, plain, [operands[i] for i in places], linear, checked, at_points))


def plainly(name: str, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a solver in whose arguments and functions no recorded value was found."""
    with hidden(f"the function given to {name}", current_tape()):
        return f(*args, **kwargs)


class Implicit:
    """What `implicit` returns: the solver, recorded as one instruction where an argument is recorded."""

    def __init__(self, residual: Callable[..., Any], solver: Callable[..., Any], linear: Structure) -> None:
        functools.update_wrapper(self, python_function(solver))
        self.residual, self.solver, self.linear = residual, solver, linear
        if is_dispatcher(solver):
            compiled(self)

    def __repr__(self) -> str:
        return f"<jittape.implicit of {name_of(self.residual)}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any) -> Any:
        given = taken_apart(args, (self.residual, self.solver))
        if not given.operands:
            return plainly("implicit", self.solver, *args)
        solve, residual = (lambda args, functions, values: functions[1](*args)), (lambda y, args, functions: functions[0](y, *args))
        return solved(f"the residual {name_of(self.residual)}", given, solve, residual, self.linear, checked=True)


def compiled(of: Implicit) -> None:
    """Have functions of `numba.njit` call such a function, which is a primitive there: of real numbers and arrays."""
    from jittape.functions.primitive import REGISTERED, Primitive  # only where there is a function of numba.njit

    residual = recordable(of.residual)

    def pulled(g: Any, y: Any, *args: Any) -> Any:
        shape, at = np.shape(settle(y)), np.reshape(settle(y), -1)

        def flat(v: Any, *args: Any) -> Any:
            return joined(tree.flatten(residual(np.reshape(v, shape) if shape else v[0], *args))[0])

        weights = np.linalg.solve(jacobian(flat)(at, *args).T, np.reshape(settle(g), -1))
        return tuple(-x for x in grad(lambda *args: np.sum(weights * flat(at, *args)), tuple(range(len(args))))(*args))

    known = REGISTERED.get(id(of.solver))
    primitive = Primitive(of.solver, pulled, None, None)
    vars(primitive)["of"] = of  # whose id() names it
    REGISTERED[id(of)] = primitive
    if known is None:
        del REGISTERED[id(of.solver)]  # called by itself, the solver is what it was: a loop that is differentiated
    else:
        REGISTERED[id(of.solver)] = known
    _known_to_numba()


@functools.cache
def _known_to_numba() -> None:
    """In compiled code that records nothing it is its solver."""
    from numba.extending import typeof_impl  # only where there is a function of numba.njit

    typeof_impl.register(Implicit)(lambda value, context: typeof_impl(value.solver, context))


def implicit(residual: Callable[..., Any], solver: Callable[..., Any], *, linear: Structure = "dense") -> Callable[..., Any]:
    """The function `y = solver(*args)`, differentiated by `residual(y, *args) = 0` and not by the solver's steps.

    The solver runs with plain values, anew at each replay, and may be anything: a loop, a library, another program. Derivatives of every order
    are those of the implicit function theorem, dy/dx = -(dr/dy)^-1 dr/dx. Recorded values in the closures of both functions are differentiated,
    too.

    Args:
        residual: a function of (y, *args) that is recorded: as many numbers as y has, arrays or containers of them, zero at the solution.
        solver: a function of args that returns y: a number, an array, or a container of them.
        linear: how linear equations with dr/dy are solved. "dense": the matrix is found and factored once a point; "diagonal": equation i has
            no other unknown than number i, so that any number of them are solved at once; "iterative": by GMRES, without the matrix.

    Returns:
        A function of args.

    Raises:
        TypeError: the residual or the solver cannot be called.
        ValueError: an unknown `linear`.
        GradientError: where it is recorded: the residual has another number of equations than y has numbers, or does not vanish at what the
            solver returned. Where it is differentiated: dr/dy is singular.

    Example:
        >>> import numpy as np, jittape as jt
        >>> def newton(a):  # of y**3 + y = a
        ...     y = 0.0
        ...     for _ in range(50):
        ...         y -= (y**3 + y - a) / (3.0 * y**2 + 1.0)
        ...     return y
        >>> root = jt.implicit(lambda y, a: y**3 + y - a, newton)
        >>> float(root(10.0)), round(float(jt.grad(root)(10.0)), 6)
        (2.0, 0.076923)
    """
    for which, f in (("residual", residual), ("solver", solver)):
        if not callable(f):
            raise TypeError(f"implicit takes two functions; the {which} is a {type(f).__name__}")
    if linear not in LINEAR:
        raise ValueError(f"linear is one of {', '.join(map(repr, LINEAR))}, not {linear!r}")
    check_callable(residual)
    return Implicit(residual, solver, linear)


refuse(implicit, "jittape.implicit")
