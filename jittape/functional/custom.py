"""`custom_jvp` and `custom_vjp`: `jittape.primitive` in the words of JAX, for functions of nested containers too."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.protocols import tape_of
from jittape.functional.drivers import vjp
from jittape.functions.hooks import CALLERS, name_of
from jittape.functions.primitive import Primitive


class _Custom:
    """A function whose derivatives are given by rules.

    A `Primitive` takes arrays and gives arrays. There is one for each structure that the arguments have, and for each value of those that
    are not differentiated.
    """

    def __init__(self, f: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        if not callable(f):
            raise TypeError(f"{type(self).__name__} takes a function, not {f!r}")
        functools.update_wrapper(self, f)
        self.f, self.fixed = f, tuple(nondiff_argnums)
        self.name = name_of(f)
        self._made: dict[Any, Primitive] = {}

    def __repr__(self) -> str:
        return f"<jittape.{type(self).__name__} {self.name}>"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            bound = inspect.signature(self.f).bind(*args, **kwargs)
            bound.apply_defaults()
            if bound.kwargs:
                raise TypeError(f"{self.name} has rules for positional arguments; {', '.join(bound.kwargs)} can be given by keyword only")
            args = bound.args
        every = len(args)
        fixed = tuple(i % every for i in self.fixed)
        given = [x for i, x in enumerate(args) if i not in fixed]
        leaves, rebuild = tree.flatten(given)
        if not any(isinstance(x, kind) for x in leaves for kind, _ in CALLERS) and tape_of(leaves) is None:
            return self.f(*args)
        self.check()
        constants = [args[i] for i in fixed]
        key = (tree.structure(given), *(x if isinstance(x, (str, int, float)) else id(x) for x in constants))
        primitive = self._made.get(key)
        if primitive is None:
            primitive = self._made[key] = self._primitive(_Call(self, fixed, constants, rebuild, every))
        found = primitive(*leaves)
        returned = primitive.f.returned  # type: ignore[attr-defined]
        return returned(list(found) if isinstance(found, tuple) else [found])

    def check(self) -> None:
        """Raise an error where there are no rules yet.

        Raises:
            TypeError: no rule was given.
            NotImplementedError: by this base class.

        Example:
            >>> import jittape as jt
            >>> jt.custom_vjp(abs).check()
            Traceback (most recent call last):
            TypeError: abs has no rules yet: call abs.defvjp(fwd, bwd)
        """
        raise NotImplementedError

    def _primitive(self, call: _Call) -> Primitive:
        raise NotImplementedError


class _Call:
    """Calls of one structure: the function and its rules over leaves."""

    def __init__(self, custom: _Custom, fixed: tuple[int, ...], constants: list[Any], rebuild: Any, every: int) -> None:
        self.custom, self.fixed, self.constants, self.rebuild, self.every = custom, fixed, constants, rebuild, every
        self.__name__ = self.__qualname__ = custom.name
        self.__module__ = getattr(custom.f, "__module__", "")
        self.returned: Any = None
        """From the leaves of the result, the result."""

    def arguments(self, leaves: Sequence[Any]) -> list[Any]:
        """The function's arguments of the leaves of those that are differentiated."""
        rest, constants = iter(self.rebuild(list(leaves))), iter(self.constants)
        return [next(constants) if i in self.fixed else next(rest) for i in range(self.every)]

    def differentiated(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(self.rebuild(list(leaves)))

    def __call__(self, *leaves: Any) -> Any:
        return self.taken_apart(self.custom.f(*self.arguments(leaves)))

    def taken_apart(self, result: Any) -> Any:
        """A result as a primitive returns it."""
        found, self.returned = tree.flatten(result)
        return tuple(found) if tree.children(result) is not None else found[0]

    def tangents(self, leaves: Sequence[Any], given: Sequence[Any]) -> tuple[Any, ...]:
        """Tangents of the arguments, zeros where there are none."""
        return self.differentiated([np.zeros(np.shape(x)) if t is None else t for x, t in zip(leaves, given, strict=True)])


class custom_jvp(_Custom):
    """A function whose derivatives are given by a rule for tangents, as in JAX.

    Adjoints are found by transposing the rule, which is linear in the tangents, so write it with NumPy's functions.

    Args:
        f: a function of arrays, numbers and nested containers of them. It is called with plain values, so it may do anything.
        nondiff_argnums: positions of arguments that have no derivative, which the rule is given first.

    Raises:
        TypeError: `f` cannot be called. Where it is differentiated: there is no rule, or it returns no pair.

    Example:
        >>> import numpy as np, jittape as jt
        >>> @jt.custom_jvp
        ... def log1pexp(x):
        ...     return np.log1p(np.exp(x))
        >>> @log1pexp.defjvp
        ... def rule(primals, tangents):
        ...     (x,), (t,) = primals, tangents
        ...     return log1pexp(x), t * (1 - 1 / (1 + np.exp(x)))
        >>> float(jt.grad(log1pexp)(0.0))
        0.5
    """

    rule: Callable[..., Any] | None = None

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Give the rule (primals, tangents) -> (result, its tangent). Used as a decorator.

        Args:
            rule: a function of two tuples with an entry an argument, after those of `nondiff_argnums`.

        Returns:
            The rule.

        Example:
            >>> import numpy as np, jittape as jt
            >>> square = jt.custom_jvp(lambda x: x * x)
            >>> _ = square.defjvp(lambda primals, tangents: (primals[0] ** 2, 2 * primals[0] * tangents[0]))
            >>> float(jt.grad(square)(3.0))
            6.0
        """
        self.rule = rule
        return rule

    def defjvps(self, *rules: Callable[..., Any] | None) -> None:
        """Give one rule an argument: (its tangent, result, *arguments) -> its part of the result's tangent.

        Args:
            rules: a function for each argument, or None where the result does not depend on it.

        Example:
            >>> import numpy as np, jittape as jt
            >>> product = jt.custom_jvp(lambda x, y: x * y)
            >>> product.defjvps(lambda t, out, x, y: t * y, lambda t, out, x, y: x * t)
            >>> [float(g) for g in jt.grad(product, (0, 1))(3.0, 5.0)]
            [5.0, 3.0]
        """

        def rule(primals: Any, tangents: Any) -> Any:
            out = self(*primals)
            parts = [r(t, out, *primals) for r, t in zip(rules, tangents, strict=True) if r is not None]
            return out, sum(parts[1:], parts[0]) if parts else tree.map(lambda z: np.zeros(np.shape(z)), out)

        self.rule = rule

    def check(self) -> None:
        if self.rule is None:
            raise TypeError(f"{self.name} has no rule yet: define it under @{self.name}.defjvp")

    def _primitive(self, call: _Call) -> Primitive:
        def pushed(given: Any, out: Any, *leaves: Any) -> Any:
            assert self.rule is not None
            found = self.rule(*call.constants, call.differentiated(leaves), call.tangents(leaves, given))
            if not isinstance(found, (tuple, list)) or len(found) != 2:
                raise TypeError(f"the rule of {self.name} returns (result, its tangent), not {tree.describe(found)}")
            return call.taken_apart(found[1])

        def pulled(g: Any, out: Any, *leaves: Any) -> Any:
            zeros = [np.zeros(np.shape(x)) for x in leaves]
            _, transposed = vjp(lambda *tangents: pushed(tangents, out, *leaves), *zeros)
            return transposed(g)

        return Primitive(call, pulled, pushed, None)


class custom_vjp(_Custom):
    """A function whose derivatives are given by a rule for adjoints, as in JAX.

    Args:
        f: a function of arrays, numbers and nested containers of them. It is called with plain values, so it may do anything.
        nondiff_argnums: positions of arguments that have no derivative, which `bwd` is given first.

    Raises:
        TypeError: `f` cannot be called. Where it is differentiated: there are no rules, or they return something else than they should.

    Example:
        >>> import numpy as np, jittape as jt
        >>> @jt.custom_vjp
        ... def clipped(x, low, high):  # a function with the gradient of another one
        ...     return x
        >>> clipped.defvjp(lambda x, low, high: (x, (low, high)), lambda kept, g: (np.clip(g, *kept), None, None))
        >>> float(jt.grad(lambda x: 10 * clipped(x, -1.0, 1.0))(2.0))
        1.0
    """

    fwd: Callable[..., Any] | None = None
    bwd: Callable[..., Any] | None = None

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Give the rules for the value and for adjoints.

        Args:
            fwd: (*arguments) -> (result, whatever bwd needs). It is called anew in each reverse sweep.
            bwd: (what fwd kept, adjoint of the result) -> the adjoints, a tuple with an entry an argument, None where there is none.

        Example:
            >>> import numpy as np, jittape as jt
            >>> square = jt.custom_vjp(lambda x: x * x)
            >>> square.defvjp(lambda x: (x * x, x), lambda x, g: (2 * x * g,))
            >>> float(jt.grad(square)(3.0))
            6.0
        """
        self.fwd, self.bwd = fwd, bwd

    def check(self) -> None:
        if self.bwd is None:
            raise TypeError(f"{self.name} has no rules yet: call {self.name}.defvjp(fwd, bwd)")

    def _primitive(self, call: _Call) -> Primitive:
        def pulled(g: Any, out: Any, *leaves: Any) -> Any:
            assert self.fwd is not None and self.bwd is not None
            args = call.differentiated(leaves)
            pair = self.fwd(*call.arguments(leaves))
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise TypeError(f"fwd of {self.name} returns (result, what bwd needs); it returned {tree.describe(pair)}")
            kept = pair[1]
            adjoint = call.returned(list(g) if isinstance(g, tuple) else [g])
            found = self.bwd(*call.constants, kept, adjoint)
            if not isinstance(found, (tuple, list)) or len(found) != len(args):
                raise TypeError(f"bwd of {self.name} returns a tuple of {len(args)} adjoints, one an argument; it returned {tree.describe(found)}")
            return tuple(part for part, x in zip(found, args, strict=True) for part in self._parts(part, x))

        return Primitive(call, pulled, None, None)

    def _parts(self, adjoint: Any, argument: Any) -> list[Any]:
        """The adjoints of an argument's leaves."""
        leaves = tree.leaves(argument)
        if adjoint is None:
            return [None] * len(leaves)
        found = tree.aligned(adjoint, argument)
        if found is None:
            raise TypeError(f"bwd of {self.name} returns adjoints of the arguments' structure, {tree.describe(argument)}; it returned {tree.describe(adjoint)}")
        return found
