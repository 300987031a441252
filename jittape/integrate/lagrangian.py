"""The Lagrangian of a constrained problem, sigma f(x) + multipliers . c(x), recorded once.

Optimisers with exact second derivatives ask for its Hessian at other multipliers each time. They are parameters of the
recording: its gradient and its Hessian are those of one scalar function, so they cost one reverse sweep and one product a
colour however many constraints there are, and nothing is recorded when the multipliers, the factor of the objective or
parameters of the user's own change.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from jittape import tree
from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.functions.hooks import name_of, recordable
from jittape.replay import access
from jittape.replay.function import Function
from jittape.replay.record import record

SPARSE_FROM = 200
"""Variables from which Hessians and Jacobians are sparse, unless said otherwise."""

Part = Callable[..., Any] | Function


def check_order(order: str, x0: Any, *functions: Any) -> None:
    """Raise an error where a function stands in place of a first guess, or something else in that of a function.

    Args:
        order: how the caller is called, with all its arguments by position: "Problem(f, x0, constraints)".
        x0: the first guess.
        functions: those that are needed.
    """
    for part in tree.leaves(x0):
        if callable(part):
            raise TypeError(f"the first guess is a function here, {name_of(part)}: the arguments are {order}, in this order")
    for f in functions:
        if not callable(f) and not isinstance(f, dict):
            raise TypeError(f"{type(f).__name__} stands where a function is needed: the arguments are {order}, in this order")


def start(x0: Any) -> NDArray[np.float64]:
    """A first guess as an array of floats of one axis; a number is one of a single variable, as in scipy.optimize."""
    try:
        x = np.array(x0, float)
    except (TypeError, ValueError):
        parts, way = "x0.values()" if isinstance(x0, dict) else "x0", ""
        if isinstance(x0, (dict, list, tuple)):
            way = f": join its parts, np.concatenate([np.ravel(v) for v in {parts}]), and let the function take x apart, a, b = x[:2], x[2:], say"
        raise TypeError(f"the first guess is one array of numbers, as scipy.optimize has it, not {tree.describe(x0)}{way}") from None
    if not x.ndim:
        x = x.reshape(1)
    if x.ndim != 1:
        raise ValueError(f"the first guess is an array of one axis, as scipy.optimize has it, not of shape {x.shape}")
    if not x.size:
        raise ValueError("the first guess has no variables")
    return x


def check_part(f: Any, x: NDArray[np.float64], what: str) -> None:
    """Raise an error where `f` is no function of an array like `x`."""
    if not callable(f):
        how = " (SciPy's dict of an equation is the tuple (c, 0.0, 0.0) here)" if isinstance(f, dict) else ""
        raise TypeError(
            f"{what} is a function of x, or one that jittape.record returned, not {type(f).__name__}: {f!r}{how}"
        )
    if isinstance(f, Function) and (not access.of_one_array(f) or f.shapes[0] != x.shape):
        raise ValueError(
            f"{what} is a function of one array of shape {x.shape}, as the first guess has; {f.name} was recorded for {access.structure(f)}"
        )


def check_scalar(f: Function, what: str) -> None:
    """Raise an error where a recorded function returns something else than one number."""
    path = access.last_path(f)
    if path.seed >= 0:
        return
    if not path.outputs:
        raise GradientError(f"{what}, {f.name}, returns no number (a return is missing, perhaps)")
    first = path.outputs[0]
    shape = first.shape if isinstance(first, Array) else np.shape(first)
    if len(path.outputs) > 1 or math.prod(shape) != 1:
        got = f"an array of shape {shape}" if len(path.outputs) == 1 else f"{len(path.outputs)} results"
        raise GradientError(f"{what}, {f.name}, does not return one recorded scalar but {got}; np.sum them, perhaps")


def number(value: Any) -> Any:
    """The value of an objective, which may be an array of one number."""
    return value.reshape(()) if getattr(value, "shape", ()) and value.size == 1 else value


def taken(f: Part, parameters: dict[str, Any]) -> list[str]:
    """The names of those parameters that a function takes as keyword arguments."""
    if isinstance(f, Function):
        return []
    try:
        known = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # of a built-in
        return list(parameters)
    if any(p.kind is p.VAR_KEYWORD for p in known):
        return list(parameters)
    names = [
        p.name for k, p in enumerate(known) if p.kind is p.KEYWORD_ONLY or (k and p.kind is p.POSITIONAL_OR_KEYWORD)
    ]
    return [name for name in parameters if name in names]


def gathered(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters by their names, those of a dict `parameters=` among them: minimize and its kin take that dict alone, so all take it."""
    given = parameters.get("parameters")
    if not isinstance(given, dict):
        return parameters
    rest = {name: value for name, value in parameters.items() if name != "parameters"}
    twice = rest.keys() & given.keys()
    if twice:
        raise TypeError(f"the parameter {min(twice)!r} is given twice: by its name, and in parameters=")
    return {**rest, **given}


def check_taken(parts: Sequence[Part], parameters: dict[str, Any]) -> None:
    """Raise an error where no function takes a parameter."""
    known = {name for f in parts for name in taken(f, parameters)}
    for name in parameters:
        if name not in known:
            if any(isinstance(f, Function) for f in parts):
                raise TypeError(
                    f"none of these functions takes a parameter {name!r}; a recorded function has its parameters; bind them, "
                    f"F.bind({name}=...)"
                )
            others = f" (they take {', '.join(sorted(known))})" if known else ""
            raise TypeError(f"none of these functions takes a parameter {name!r}{others}; give it as a keyword argument: def f(x, {name})")


class Combined:
    """One recorded function that is computed from several: Python functions, and recorded ones.

    Parameters of recorded ones are followed: what `F.bind` gives them holds here, too.

    Args:
        parts: functions of x.
        combine: takes the list of their values and a dict of `own`.
        x: a point to record it at.
        parameters: of the Python functions, each of which is handed those that it takes.
        own: parameters of `combine`.

    Attributes:
        function: the recorded function; call `current` for one with all parameters up to date.
    """

    def __init__(self, parts: Sequence[Part], combine: Callable[[list[Any], dict[str, Any]], Any], x: NDArray[np.float64],
                 parameters: dict[str, Any], own: dict[str, Any]) -> None:  # fmt: skip
        self._followed: dict[str, tuple[Function, Any]] = {}
        calls: list[Callable[..., Any]] = []
        for k, part in enumerate(parts):
            if isinstance(part, Function):
                source = access.python_function(part)
                if source is None:
                    raise TypeError(
                        f"{part.name} was loaded without its Python function, which is needed to record what is computed from "
                        "it; give the Python function"
                    )
                name = f"_part{k}"
                if access.parameters(part):
                    self._followed[name] = part, access.bindings(part)
                calls.append(_of_recorded(*source, name))
            else:
                calls.append(_of_python(part, taken(part, parameters)))
        given = {name: parameters[name] for name in parameters if any(name in taken(p, parameters) for p in parts)}
        for name in own:
            if name in given:
                raise TypeError(
                    f"a parameter cannot be called {name!r} here, which is one of the Lagrangian; give it another name"
                )
        self._taken = {*own, *given}
        strict = any(isinstance(p, Function) and p.on_branch == "raise" for p in parts)

        def combined(x: Any, **named: Any) -> Any:
            return combine([call(x, named) for call in calls], named)

        combined.__name__ = " and ".join(
            p.name if isinstance(p, Function) else name_of(p) for p in parts
        )
        followed: dict[str, Any] = {name: access.parameters(f) for name, (f, _) in self._followed.items()}
        self.function = record(
            combined, x, on_branch="raise" if strict else "record",
            **own, **given, **followed,
        )  # fmt: skip

    def current(self) -> Function:
        """The function, after parameters of its parts that were bound anew were bound here."""
        for name, (part, bound) in self._followed.items():
            if access.bindings(part) is not bound:
                self._followed[name] = part, access.bindings(part)
                self.function.bind(**{name: access.parameters(part)})
        return self.function

    def bind(self, parameters: dict[str, Any]) -> None:
        """Bind those parameters that the function was recorded with."""
        mine = {name: value for name, value in parameters.items() if name in self._taken}
        if mine:
            self.function.bind(**mine)


def _of_recorded(f: Callable[..., Any], static: dict[str, Any], name: str) -> Callable[..., Any]:
    f = recordable(f)
    return lambda x, named: f(x, **static, **named.get(name, {}))


def _of_python(f: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    f = recordable(f)
    return lambda x, named: f(x, **{name: named[name] for name in names})


def vector(value: Any) -> Any:
    """A number, an array, or a list of them as one array of one axis."""
    if not isinstance(value, (list, tuple)):
        return np.ravel(np.atleast_1d(value))
    parts = [vector(v) for v in value]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Lagrangian:
    """sigma f(x) + multipliers . c(x), recorded once, with value, gradient, Hessian and its products.

    Args:
        f: the objective, a scalar-valued function of an array of one axis, or one that `jittape.record` returned; None
            where there is none (a weighted sum of constraints).
        constraints: a function that returns a number, an array, or a list of them; or a sequence of such functions, whose
            numbers follow each other in c; None or an empty sequence where there are none.
        x0: a point to record them at, (n,).
        sparse: whether `hessian` is a `scipy.sparse.csr_array`; by default from 200 variables on.
        parameters: keyword arguments that are not differentiated; each function is handed those that it takes. Change them
            by `bind`. A recorded function has its own, and what `F.bind` gives them holds in the Lagrangian, too.

    Attributes:
        n, m: how many variables and how many constraints there are.
        sizes: how many numbers each function of the constraints returns.
        objective, constraints: the parts as recorded functions of x; c as an array (m,). None where there are none.
        function: the recorded function of x with parameters `sigma` (where there is an objective) and `multipliers` (m,).

    Raises:
        GradientError: `f` does not return one number that depends on x.
        TypeError, ValueError: what is no function of x, or a parameter that none takes.

    Example:
        >>> import numpy as np, jittape as jt
        >>> L = jt.integrate.Lagrangian(lambda x: x @ x, lambda x, r: x[0] * x[1] - r, np.ones(2), r=np.array(2.0))
        >>> x = np.array([1.0, 2.0])
        >>> float(L(x, [3.0])), L.grad(x, [3.0]).tolist()
        (5.0, [8.0, 7.0])
        >>> L.hessian(x, [3.0], sigma=0.5).tolist()
        [[1.0, 3.0], [3.0, 1.0]]
        >>> L.hvp(x, np.array([1.0, 0.0]), [3.0]).tolist(), L.jacobian(x).tolist()
        ([2.0, 3.0], [[2.0, 1.0]])
        >>> L.bind(r=np.array(1.0))
        >>> float(L(x, [3.0]))
        8.0
    """

    def __init__(self, f: Part | None, constraints: Part | Sequence[Part] | None, x0: Any, *, sparse: bool | None = None,
                 **parameters: Any) -> None:  # fmt: skip
        check_order("Lagrangian(f, constraints, x0)", x0, *(() if f is None else (f,)))
        x, parameters = start(x0), gathered(parameters)
        parts: list[Part] = [] if constraints is None else [constraints] if callable(constraints) else list(constraints)
        if f is None and not parts:
            raise ValueError("a Lagrangian needs an objective or constraints")
        every = [*([] if f is None else [f]), *parts]
        for k, part in enumerate(every):
            check_part(part, x, "the objective" if f is not None and not k else "a constraint")
        check_taken(every, parameters)
        self.n = x.size
        self.sparse = self.n >= SPARSE_FROM if sparse is None else sparse
        self.sizes: list[int] = []
        self._objective = (
            f if isinstance(f, Function) or f is None else Combined([f], lambda v, _: number(v[0]), x, parameters, {})
        )
        if self._objective is not None:
            check_scalar(self._objective if isinstance(self._objective, Function) else self._objective.function, "the objective")
        self._constraints = Combined(parts, self._sized, x, parameters, {}) if parts else None
        self.m = m = sum(self.sizes)
        own: dict[str, Any] = {}
        if f is not None:
            own["sigma"] = 1.0
        if m:
            own["multipliers"] = np.ones(m)

        def weighted(values: list[Any], named: dict[str, Any]) -> Any:
            total = 0.0 if f is None else named["sigma"] * number(values[0])
            if not m:
                return total
            c = vector(values if f is None else values[1:])
            if c.shape != (m,):  # a product of other lengths might be defined
                raise ValueError(
                    f"the constraints return {c.shape[0]} numbers at this point, {m} where they were recorded"
                )
            return total + np.sum(named["multipliers"] * c)

        self._whole = Combined(every, weighted, x, parameters, own)
        self._parameters = [name for p in every for name in taken(p, parameters)]

    def _sized(self, values: list[Any], _: dict[str, Any]) -> Any:
        parts = [vector(v) for v in values]
        if not self.sizes:
            self.sizes = [p.size for p in parts]
        return vector(parts)

    @property
    def objective(self) -> Function | None:
        """The objective, recorded."""
        f = self._objective
        return f.current() if isinstance(f, Combined) else f

    @property
    def constraints(self) -> Function | None:
        """The constraints as one recorded function of x, which returns an array [m]."""
        return None if self._constraints is None else self._constraints.current()

    @property
    def function(self) -> Function:
        """The recorded function of x with the parameters `sigma` and `multipliers`."""
        return self._whole.current()

    def bind(self, **parameters: Any) -> None:
        """Give parameters new values, for every evaluation from now on; nothing is recorded.

        Args:
            parameters: by their names, of the structure and shapes that they had.

        Raises:
            TypeError: no function takes such a parameter.
            ValueError: another structure or shape.
        """
        for name in parameters:
            if name not in self._parameters:
                known = (
                    f"they take {', '.join(dict.fromkeys(self._parameters))}" if self._parameters else "they take none"
                )
                raise TypeError(
                    f"none of these functions takes a parameter {name!r}; {known}, and recorded functions are bound by F.bind"
                )
        for part in (self._objective, self._constraints, self._whole):
            if isinstance(part, Combined):
                part.bind(parameters)

    def _given(self, multipliers: Any, sigma: float) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if self._objective is not None:
            out["sigma"] = float(sigma)
        weights = np.zeros(0) if multipliers is None else np.atleast_1d(np.asarray(multipliers, float))
        if weights.shape != (self.m,):
            raise ValueError(
                f"multipliers are an array of {self.m} numbers, one a constraint, not of shape {weights.shape}"
            )
        if self.m:
            out["multipliers"] = weights
        return out

    def __call__(self, x: Any, multipliers: Any = None, sigma: float = 1.0) -> Any:
        """The value at x [n], with multipliers [m] and the factor of the objective."""
        return self.function(np.asarray(x, float), **self._given(multipliers, sigma))

    def grad(self, x: Any, multipliers: Any = None, sigma: float = 1.0) -> NDArray[np.float64]:
        """The gradient by x, (n,).

        Args:
            x: the point, (n,).
            multipliers: weights of the constraints, (m,).
            sigma: the factor of the objective.

        Raises:
            ValueError: another number of multipliers than of constraints.
        """
        found: NDArray[np.float64] = self.function.grad(np.asarray(x, float), **self._given(multipliers, sigma))
        return found

    def hvp(self, x: Any, v: Any, multipliers: Any = None, sigma: float = 1.0) -> NDArray[np.float64]:
        """The Hessian times a vector (n,), or a block of them (k, n).

        Args:
            x: the point, (n,).
            v: the vector or block, whose shape the result has.
            multipliers, sigma: see `grad`.
        """
        found: NDArray[np.float64] = self.function.hvp(
            np.asarray(x, float), np.asarray(v, float), **self._given(multipliers, sigma)
        )
        return found

    def hessian(self, x: Any, multipliers: Any = None, sigma: float = 1.0) -> Any:
        """The Hessian by x, (n, n): an array, or a `scipy.sparse.csr_array` where the Lagrangian is sparse.

        Args:
            x: the point, (n,).
            multipliers, sigma: see `grad`.
        """
        if self.sparse:
            return self.sparse_hessian(x, multipliers, sigma)
        return self.function.hessian(np.asarray(x, float), **self._given(multipliers, sigma))

    def jacobian(self, x: Any) -> Any:
        """The Jacobian of the constraints, (m, n): an array, or a `scipy.sparse.csr_array` where the Lagrangian is sparse.

        Args:
            x: the point, (n,).
        """
        x = np.asarray(x, float)
        if self.sparse:
            return self.sparse_jacobian(x)
        c = self.constraints
        return np.zeros((0, self.n)) if c is None else c.jacobian(x)

    def sparse_jacobian(self, x: Any, *, out: Any = None) -> Any:
        """The Jacobian of the constraints, (m, n), as a `csr_array` of a fixed pattern; see `Function.sparse_jacobian`.

        Args:
            x: the point, (n,).
            out: a matrix that an earlier call returned, whose data are written anew.

        Example:
            >>> import numpy as np, jittape as jt
            >>> L = jt.integrate.Lagrangian(None, lambda x: x[1:] * x[:-1], np.ones(3))
            >>> L.sparse_jacobian(np.array([1.0, 2.0, 3.0])).toarray().tolist()
            [[2.0, 1.0, 0.0], [0.0, 3.0, 2.0]]
        """
        x, c = np.asarray(x, float), self.constraints
        if c is None:
            return csr_array((0, self.n))
        try:
            return c.sparse_jacobian(x, out=out)
        except GradientError:
            if not isinstance(value := access.last_path(c).outputs[0], np.ndarray):
                raise
            return csr_array(value.shape + x.shape)  # no constraint depends on x here

    def sparse_hessian(self, x: Any, multipliers: Any = None, sigma: float = 1.0, *, out: Any = None) -> Any:
        """The Hessian as a `scipy.sparse.csr_array` of a fixed pattern, whatever the multipliers; see `Function.sparse_hessian`.

        Args:
            x: the point, (n,).
            multipliers, sigma: see `grad`.
            out: a matrix that an earlier call returned, whose data are written anew.

        Example:
            >>> import numpy as np, jittape as jt
            >>> L = jt.integrate.Lagrangian(lambda x: x @ x, lambda x: x[0] * x[1], np.ones(3))
            >>> L.sparse_hessian(np.ones(3), [5.0]).toarray().tolist()
            [[2.0, 5.0, 0.0], [5.0, 2.0, 0.0], [0.0, 0.0, 2.0]]
        """
        return self.function.sparse_hessian(np.asarray(x, float), out=out, **self._given(multipliers, sigma))
