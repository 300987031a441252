"""`jittape.primitive`: a function with derivative rules of its own, recorded as one instruction.

Its rules are called by the sweeps with ndarrays, and with recorded arrays where derivatives are differentiated themselves. Recorded
Numba functions call it as they call the function (native/numpy/primitives.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, overload

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.array.state import lost, state
from jittape.compiler.dispatchers import is_dispatcher, python_function
from jittape.errors import DerivativeLostError, GradientError, RecordingError
from jittape.functions.hooks import CALLERS, recordable
from jittape.functions.lift import settle
from jittape.functions.linalg import record_call, times, unbroadcast
from jittape.instructions.calls import operations

P = ParamSpec("P")
R = TypeVar("R")
Rule = Callable[..., Any] | None
REGISTERED: dict[int, Primitive] = {}
"""By id() of the functions that they are made of, which they keep."""
generation = [0]
"""How many primitives were made: what was compiled before another one is compiled anew."""
INTEGERS = (int, bool, np.integer, np.bool_)
LARGEST = 2**31 - 1


def registered(f: Any) -> Primitive | None:
    """The primitive that a function was made; None of another."""
    found = REGISTERED.get(id(f))
    return found if found is not None and (found.f is f or found is f) else None


AGAIN = "a derivative of the primitive {name} is differentiated here (a Hessian and whatever asks for one: check_grad, hvp, minimize), and its "
SECOND = {
    "partials": AGAIN + "partial derivative cannot be recorded: make that a primitive, too, with a partial derivative of its own, to as many orders as are asked for and one more",
    "vjp": AGAIN + "vjp cannot be recorded: call a primitive in it. Of a linear function f, whose transpose is ft, "
    "f = jittape.primitive(f0, vjp=lambda g, out, x: ft(g)) and ft = jittape.primitive(ft0, vjp=lambda h, out, g: f(h))",
    "jvp": AGAIN + "jvp cannot be recorded: call a primitive in it",
}
"""What is said where a rule of first order is not enough."""


class _Arguments:
    """The arguments of a call: those that are arrays on the tape, and integers among the attributes.

    The attributes are (kind, value) of every argument, whether the result is a tuple, and the number of arguments: see
    `instructions/calls/operations.py` for how a call is kept.
    """

    def __init__(self, attributes: Sequence[int]) -> None:
        self.tupled, n = bool(attributes[-2]), attributes[-1]
        self.integers = [(bool(attributes[2 * i]), attributes[2 * i + 1]) for i in range(n)]

    def join(self, operands: Sequence[Any]) -> list[Any]:
        """All arguments, numbers as numbers."""
        rest = iter(operands)
        return [value if integer else _number(next(rest)) for integer, value in self.integers]

    def of_arrays(self, parts: Sequence[Any]) -> list[Any]:
        return [p for p, (integer, _) in zip(parts, self.integers, strict=True) if not integer]


def _number(x: Any) -> Any:
    """An argument for the user's functions: numbers as numbers, and copies of arrays, which may be the tape's memory."""
    if not isinstance(x, np.ndarray):
        return x
    return x[()] if x.ndim == 0 else x.copy()


def _tuple(out: Any) -> tuple[Any, ...]:
    return tuple(out) if isinstance(out, (tuple, list)) else (out,)


def _apart(f: Callable[..., Any], *args: Any) -> Any:
    """Call a user's function: what it records itself is no part of a recording that it is called within, but of that which its arguments are of."""
    tape = tape_of(args)
    if state.tapes[-1:] == ([] if tape is None else [tape]):
        return f(*args)
    outer, state.tapes = state.tapes, [] if tape is None else [*state.tapes, tape]
    try:
        return f(*args)
    finally:
        state.tapes = outer


class Primitive:
    """What `primitive` returns: the function, recorded as one instruction where an argument is recorded."""

    def __init__(self, f: Callable[..., Any], vjp: Any, jvp: Any, partials: Any) -> None:
        functools.update_wrapper(self, python_function(f))
        self.f, self.partials = f, None if partials is None else tuple(map(recordable, partials))
        self.own_vjp, self.own_jvp = recordable(vjp), recordable(jvp)
        name = getattr(self, "__qualname__", type(f).__name__)
        path = f"{getattr(self, '__module__', '')}.{name}"
        k, self.path = 1, path
        while self.path in operations.BY_NAME:  # defined again: a saved recording of the other one must not find this one
            k, self.path = k + 1, f"{path} {k + 1}"
        self.name = name
        self.call = operations.register(self.path, self._forward, self._vjp, self._jvp)
        REGISTERED[id(f)] = REGISTERED[id(self)] = self
        generation[0] += 1
        if is_dispatcher(f):
            _known_to_numba()

    def __repr__(self) -> str:
        return f"<jittape.primitive {self.path}>"

    def __call__(self, *args: Any) -> Any:
        for kind, call in CALLERS:
            if any(isinstance(x, kind) for x in args):
                return call(self._record, *args)
        return self.f(*args) if tape_of(args) is None else self._record(*args)

    def _record(self, *args: Any) -> Any:
        if tape_of(args) is None:
            return self.f(*args)
        operands, attributes, values = [], [], []
        for i, x in enumerate(args):
            if isinstance(x, INTEGERS):
                if abs(int(x)) > LARGEST:
                    raise RecordingError(f"argument {i} of the primitive {self.name} is an integer beyond 32 bits; pass a float")
                attributes += [1, int(x)]
                values.append(int(x))
                continue
            if isinstance(x, (list, tuple)) and tape_of(x) is not None:
                x = settle(x)
            if not isinstance(x, Array):
                x = np.asarray(x)
                if x.dtype.kind not in "fiub":
                    raise RecordingError(
                        f"argument {i} of the primitive {self.name} is {type(args[i]).__name__}; it takes real arrays, numbers and integers: "
                        "bind other arguments before, by functools.partial or a closure"
                    )
                x = x.astype(float)
            operands.append(x)
            attributes += [0, 0]
            values.append(_number(x.value() if isinstance(x, Array) else x))
        out = _apart(self.f, *values)
        tupled = isinstance(out, (tuple, list))
        shapes = [z.shape for z in self._real(out)]
        if self.partials is not None and (tupled or shapes[0] != np.broadcast_shapes(*(x.shape for x in operands))):
            raise GradientError(
                f"the primitive {self.name} has partials=, which are for functions that work element by element; of arguments of shapes "
                f"{[x.shape for x in operands]} it returned {_described(out)}: give vjp= instead"
            )
        found = record_call(self.call, operands, shapes, (*attributes, int(tupled), len(args)), False)
        return tuple(found) if tupled else found[0]

    # --- what the sweeps call ------------------------------------------------------------------------------------------------

    def _forward(self, *given: Any) -> tuple[Any, ...]:
        n = given[-1]
        at = len(given) - 2 * n - 2
        arguments = _Arguments(given[at:])
        args = arguments.join(given[:at])
        out = tuple(z.copy() for z in self._real(_apart(self.f, *args)))
        for i, (x, was) in enumerate(zip(arguments.of_arrays(args), given[:at], strict=True)):
            if not np.array_equal(x, was, equal_nan=True):
                raise RecordingError(
                    f"the primitive {self.name} stores into its array {i}, which a recorded call does not do to the caller's array: "
                    "return what it computes, and store that in the function that calls it"
                )
        return out

    def _real(self, out: Any) -> list[Any]:
        """The results as arrays of real numbers, which others would become in silence where they are stored."""
        found = [np.asarray(z) for z in _tuple(out)]
        for z in found:
            if z.dtype.kind not in "fiub":
                raise RecordingError(f"the primitive {self.name} returned {z.dtype} where it returns real numbers and arrays")
        return found

    def _vjp(self, adjoints: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
        arguments = _Arguments(attributes)
        args = arguments.join(operands)
        if self.partials is not None:
            partials = arguments.of_arrays(self._partials(len(args)))
            return [None if p is None else unbroadcast(times(adjoints[0], self._rule("partials", p, *args)), x) for p, x in zip(partials, operands, strict=True)]
        if self.own_vjp is None:
            return self._transposed(adjoints, results, operands, arguments)
        g, out = (tuple(map(_number, v)) if arguments.tupled else _number(v[0]) for v in (adjoints, results))
        found = self._rule("vjp", self.own_vjp, g, out, *args)
        if len(args) == 1 and not isinstance(found, (tuple, list)):
            found = (found,)
        if not isinstance(found, (tuple, list)) or len(found) != len(args):
            raise GradientError(f"the vjp of the primitive {self.name} returns one adjoint an argument ({len(args)}), None where there is none; it returned {_described(found)}")
        parts = arguments.of_arrays(found)
        for i, (part, x) in enumerate(zip(parts, operands, strict=True)):
            if part is not None and np.shape(part) != x.shape:
                raise GradientError(f"the vjp of the primitive {self.name} returned an adjoint of shape {np.shape(part)} for array {i} of shape {x.shape}")
        return parts

    def _jvp(self, tangents: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
        arguments = _Arguments(attributes)
        args = arguments.join(operands)
        if self.partials is not None:
            total: Any = np.zeros(results[0].shape)
            for p, t in zip(arguments.of_arrays(self._partials(len(args))), tangents, strict=True):
                if p is not None:
                    total = total + times(t, self._rule("partials", p, *args))
            return [total]
        if self.own_jvp is None:
            return self._pushed(tangents, results, operands, attributes)
        given = iter(tangents)
        every = tuple(None if integer else _number(next(given)) for integer, _ in arguments.integers)
        out = tuple(map(_number, results)) if arguments.tupled else _number(results[0])
        found = _tuple(self._rule("jvp", self.own_jvp, every, out, *args))
        if len(found) != len(results) or any(np.shape(t) != z.shape for t, z in zip(found, results, strict=True)):
            shapes = [z.shape for z in results]
            raise GradientError(f"the jvp of the primitive {self.name} returns tangents of the result, of shapes {shapes}; it returned {_described(found)}")
        return list(found)

    def _rule(self, kind: str, rule: Callable[..., Any], *args: Any) -> Any:
        """What a rule gives; where derivatives are differentiated it is recorded, and may be one that cannot be."""
        tape = tape_of(args)
        before = None if tape is None else tape.lost
        try:
            return _apart(rule, *args)
        except DerivativeLostError as error:
            if tape is None or tape.ended:
                raise
            tape.lost = before  # by an error that is told of here
            met = ". ".join(str(error).split(". ")[:2])  # without what is said to do in its place
            raise lost(tape, f"{SECOND[kind].format(name=self.name)}. The rule: {met}") from error

    def _partials(self, n: int) -> tuple[Any, ...]:
        assert self.partials is not None
        if len(self.partials) != n:
            raise GradientError(f"the primitive {self.name} was called with {n} arguments and has {len(self.partials)} partials, one an argument")
        return self.partials

    def _pushed(self, tangents: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], attributes: Sequence[int]) -> list[Any]:
        """Tangents by the vjp: a row of the Jacobian for each element of the results."""
        parts: list[list[Any]] = []
        for k, z in enumerate(results):
            elements = []
            for i in range(z.size):
                seeds = [np.zeros(r.shape) for r in results]
                seeds[k].reshape(-1)[i] = 1.0
                rows = self._vjp(seeds, results, operands, attributes)
                elements.append(sum((np.sum(r * t) for r, t in zip(rows, tangents, strict=True) if r is not None), 0.0))
            parts.append(elements)
        return [np.reshape(np.stack([np.asarray(e) if not isinstance(e, Array) else e for e in p]), z.shape) if p else np.zeros(z.shape) for p, z in zip(parts, results, strict=True)]

    def _transposed(self, adjoints: Sequence[Any], results: Sequence[Any], operands: Sequence[Any], arguments: _Arguments) -> list[Any]:
        """Adjoints by the jvp: a column of the Jacobian for each element of the operands."""
        found = []
        out = tuple(map(_number, results)) if arguments.tupled else _number(results[0])
        args = arguments.join(operands)
        for k, x in enumerate(operands):
            elements = []
            for i in range(x.size):
                seeds = [np.zeros(o.shape) for o in operands]
                seeds[k].reshape(-1)[i] = 1.0
                given = iter(seeds)
                every = tuple(None if integer else _number(next(given)) for integer, _ in arguments.integers)
                column = _tuple(self._rule("jvp", self.own_jvp, every, out, *args))
                elements.append(sum((np.sum(c * g) for c, g in zip(column, adjoints, strict=True)), 0.0))
            found.append(np.reshape(np.stack([np.asarray(e) if not isinstance(e, Array) else e for e in elements]), x.shape) if elements else np.zeros(x.shape))
        return found


@functools.cache
def _known_to_numba() -> None:
    """In compiled code that records nothing a primitive is its function."""
    from numba.extending import typeof_impl  # only where there is a function of numba.njit

    typeof_impl.register(Primitive)(lambda value, context: typeof_impl(value.f, context))


def _described(found: Any) -> str:
    return f"{len(found)} of shapes {[np.shape(x) for x in found]}" if isinstance(found, (tuple, list)) else f"a {type(found).__name__}"


@overload
def primitive(f: Callable[P, R], *, vjp: Rule = None, jvp: Rule = None, partials: Sequence[Rule] | None = None) -> Callable[P, R]: ...
@overload
def primitive(
    f: None = None, *, vjp: Rule = None, jvp: Rule = None, partials: Sequence[Rule] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def primitive(f: Callable[..., Any] | None = None, *, vjp: Any = None, jvp: Any = None, partials: Sequence[Any] | None = None) -> Any:
    """A function with derivative rules of its own: for code that cannot be recorded, or has a better derivative than its steps.

    It is called as before, and recorded as one instruction where an argument is recorded: in functions of Python, and in Numba
    functions that call it or `f` itself. Give one of the three kinds of rules; they are written with NumPy (or are Numba functions),
    and are differentiated themselves for higher orders.

    Args:
        f: a function of real arrays and numbers (integers are handed over as they are, and have no derivative), of Python or of
            `numba.njit`, or a pointer to a compiled function. Returns an array or a number, or a tuple of them.
        partials: for a function that works element by element: one function an argument, of the same arguments, its partial
            derivative; None where it has none.
        vjp: `vjp(g, out, *args)` -> the adjoint of each argument (a tuple, None where there is none), where `g` is the adjoint of the
            result `out`; both are tuples where the result is one.
        jvp: `jvp(tangents, out, *args)` -> the tangent of the result; `tangents` has one an argument.

    Returns:
        The primitive; used as a decorator with rules only, a decorator.

    Raises:
        TypeError: no rule, or partials besides others.
        GradientError: where it is differentiated: a rule returned the wrong number or shapes of derivatives.

    Note:
        With `vjp` alone, tangents cost one call of it an element of the result; with `jvp` alone, adjoints one an element of the
        arguments. The rules are not checked: `jittape.testing.check_grad` does that.

    Example:
        >>> import numpy as np, jittape as jt
        >>> def root(a):  # of x**3 + x = a, by bisection: its steps have no derivative
        ...     low, high = -10.0, 10.0
        ...     while high - low > 1e-14:
        ...         middle = 0.5 * (low + high)
        ...         low, high = (middle, high) if middle**3 + middle < a else (low, middle)
        ...     return low
        >>> root = jt.primitive(root, vjp=lambda g, x, a: g / (3 * x**2 + 1))
        >>> round(float(jt.grad(lambda a: root(a) ** 2)(10.0)), 6)
        0.307692
    """
    if f is None:
        return functools.partial(primitive, vjp=vjp, jvp=jvp, partials=partials)
    if not callable(f):
        raise TypeError(f"primitive takes a function, not {f!r}")
    if vjp is None and jvp is None and partials is None:
        raise TypeError("primitive needs a rule: partials= (functions of the same arguments), vjp= or jvp=")
    if partials is not None:
        if vjp is not None or jvp is not None:
            raise TypeError("primitive takes partials=, or vjp= and jvp=, not both")
        if not isinstance(partials, (tuple, list)) or not all(p is None or callable(p) for p in partials):
            raise TypeError(f"partials= takes one function an argument, or None, not {partials!r}")
    for name, rule in (("vjp", vjp), ("jvp", jvp)):
        if rule is not None and not callable(rule):
            raise TypeError(f"{name}= takes a function, not {rule!r}")
    return Primitive(f, vjp, jvp, partials)
