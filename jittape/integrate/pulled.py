"""Recorded functions over flat lists of leaves, with their pullbacks and pushforwards: what another engine needs to differentiate ours to any order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.functional.drivers import jvp, vjp
from jittape.replay import access
from jittape.replay.function import Function
from jittape.replay.record import record

Leaves = list[NDArray[Any]]
Shapes = list[tuple[int, ...]]


class Flat:
    """A recorded function of flat leaves: values at a point and at many, pulled adjoints, and its pullback, another one.

    Attributes:
        name: of the function.
        shapes: of the leaves of the arguments.
        results: the shapes of the leaves of the result.
        dtype: of all of them.
    """

    name: str
    shapes: Shapes
    results: Shapes
    dtype: np.dtype[Any]

    def __init__(self) -> None:
        self._derived: dict[type[Flat], Flat] = {}
        self._lock = threading.Lock()

    def recorded(self, leaves: Leaves) -> Function:
        """The function; leaves are a point to record it at, if that is still to be done."""
        raise NotImplementedError

    def parameters(self) -> dict[str, Any]:
        """What a call is given beside its arguments."""
        raise NotImplementedError

    def args(self, leaves: Sequence[Any]) -> Sequence[Any]:
        """The arguments that have these leaves."""
        return leaves

    def result(self, leaves: Sequence[Any]) -> Any:
        """The result that has these leaves."""
        return tuple(leaves)

    def function(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        """The Python function, over arguments, not leaves, and what it is handed as it is."""
        raise NotImplementedError

    def values(self, leaves: Leaves) -> Leaves:
        """The leaves of the value at a point."""
        F = self.recorded(leaves)
        return self._checked(F(*self.args(leaves), **self.parameters()), ())

    def vjp(self, leaves: Leaves) -> tuple[Leaves, Callable[[Leaves], Leaves]]:
        """The leaves of the value, and the function that pulls the leaves of an adjoint of it back."""
        F = self.recorded(leaves)
        out, pull = F.vjp(*self.args(leaves), **self.parameters())
        return self._checked(out, ()), lambda adjoints: [np.asarray(a) for a in tree.flatten(list(pull(self.result(adjoints))))[0]]

    def jvp(self, leaves: Leaves, tangents: Leaves) -> Leaves:
        """The leaves of the result's tangent."""
        F = self.recorded(leaves)
        return self._checked(F.jvp(tuple(self.args(leaves)), tuple(self.args(tangents)), **self.parameters())[1], ())

    def batch(self, leaves: Leaves) -> Leaves:
        """The leaves of the values at many points; each leaf has an axis of points before its own, or is the same at all of them."""
        batched = [x.ndim > len(shape) for x, shape in zip(leaves, self.shapes, strict=True)]
        points = leaves[batched.index(True)].shape[0]
        if points == 0:
            return [np.empty((0, *shape), self.dtype) for shape in self.results]
        F = self.recorded([x[0] if b else x for x, b in zip(leaves, batched, strict=True)])
        return self._checked(F.batch_value(*self.args(leaves), **self.parameters()), (points,))

    def _checked(self, out: Any, before: tuple[int, ...]) -> Leaves:
        found = [np.asarray(x, self.dtype) for x in tree.flatten(out)[0]]
        shapes = [(*before, *shape) for shape in self.results]
        if [x.shape for x in found] != shapes:
            raise GradientError(
                f"{self.name} returned results of shapes {[x.shape for x in found]} where the path that it was recorded on first returns {shapes}; "
                "another engine needs the same shapes at every point"
            )
        return found

    @property
    def pullback(self) -> Flat:
        """(leaves, adjoints of the results) -> adjoints of the leaves."""
        return self._of_kind(Pullback)

    @property
    def pushforward(self) -> Flat:
        """(leaves, their tangents) -> tangents of the results."""
        return self._of_kind(Pushforward)

    def _of_kind(self, kind: type[Pullback] | type[Pushforward]) -> Flat:
        with self._lock:
            if kind not in self._derived:
                self._derived[kind] = kind(self)
            return self._derived[kind]


class Values(Flat):
    """A function that `jittape.record` returned, over the leaves of its arguments.

    Raises:
        TypeError: it is none.
        GradientError: it returns something else than real numbers.
    """

    def __init__(self, F: Function, parameters: dict[str, Any]) -> None:
        super().__init__()
        if not isinstance(F, Function):
            raise TypeError(f"another engine takes a recorded function, jt.record(f, x); not {F!r}")
        outputs = access.last_path(F).outputs
        for o in outputs:
            if o.is_mask if isinstance(o, Array) else np.asarray(o).dtype.kind not in "fiu":
                raise GradientError(f"{F.name} returns truth values or objects; a function that becomes another engine's returns real numbers only")
        self.name, self.dtype = F.name, access.dtype(F)
        self.shapes = list(F.shapes)
        self.results = [o.shape if isinstance(o, Array) else np.shape(o) for o in outputs]
        self._F, self._given = F, parameters
        self._rebuild = tree.flatten(list(access.structure(F)))[1]
        self._rebuild_result = access.last_path(F).rebuild_output

    def flat(self, args: tuple[Any, ...]) -> list[Any]:
        """The leaves of arguments of the recorded structure, of whatever type."""
        structure = list(access.structure(self._F))
        if len(args) != len(structure):
            raise TypeError(f"{self.name} was recorded with {len(structure)} arguments, called with {len(args)}")
        leaves = tree.aligned(list(args), structure)
        if leaves is None:
            raise ValueError(f"{self.name} was recorded for arguments {tree.describe(structure)}, called with {tree.describe(list(args))}")
        return leaves

    def recorded(self, leaves: Leaves) -> Function:
        return self._F

    def parameters(self) -> dict[str, Any]:
        return self._given

    def args(self, leaves: Sequence[Any]) -> Sequence[Any]:
        found: Sequence[Any] = self._rebuild(list(leaves))
        return found

    def result(self, leaves: Sequence[Any]) -> Any:
        return self._rebuild_result(list(leaves))

    def function(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        found = access.python_function(self._F)
        if found is None:
            raise GradientError(
                f"{self.name} was loaded from a file without its Python function, so its derivatives cannot be differentiated again; record the function here"
            )
        return found

    def all_parameters(self) -> dict[str, Any]:
        """Parameters as they are now, those that are bound to the function as well."""
        return {**access.parameters(self._F), **self._given}


class Derived(Flat):
    """A derivative of one of these, a function of its leaves and as many as it has leaves or results; recorded when a recording is needed."""

    def __init__(self, of: Flat, name: str, more: Shapes, results: Shapes) -> None:
        super().__init__()
        self._of = of
        self.name, self.dtype = f"the {name} of {of.name}", of.dtype
        self.shapes, self.results = [*of.shapes, *more], list(results)
        self._F: Function | None = None
        self._recording = threading.Lock()

    def recorded(self, leaves: Leaves) -> Function:
        with self._recording:
            if self._F is None:
                f, static = self.function()
                self._F = record(f, *leaves, **self.parameters(), **static)
        return self._F

    def parameters(self) -> dict[str, Any]:
        return self._of.all_parameters() if isinstance(self._of, Values) else self._of.parameters()

    def _split(self, leaves: Leaves) -> tuple[Leaves, Leaves]:
        n = len(self._of.shapes)
        return list(leaves[:n]), list(leaves[n:])


class Pullback(Derived):
    """(leaves, adjoints of the results) -> adjoints of the leaves."""

    def __init__(self, of: Flat) -> None:
        super().__init__(of, "pullback", of.results, of.shapes)

    def values(self, leaves: Leaves) -> Leaves:
        point, adjoints = self._split(leaves)
        return self._of.vjp(point)[1](adjoints)

    def function(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        of = self._of
        f, static = of.function()

        def pull(*leaves: Any, **parameters: Any) -> Any:
            point, adjoints = self._split(list(leaves))
            _, back = vjp(lambda *args: f(*args, **parameters), *of.args(point))
            return tuple(tree.flatten(list(back(of.result(adjoints))))[0])

        pull.__name__ = self.name
        return pull, static


class Pushforward(Derived):
    """(leaves, their tangents) -> tangents of the results."""

    def __init__(self, of: Flat) -> None:
        super().__init__(of, "pushforward", of.shapes, of.results)

    def values(self, leaves: Leaves) -> Leaves:
        return self._of.jvp(*self._split(leaves))

    def function(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        of = self._of
        f, static = of.function()

        def push(*leaves: Any, **parameters: Any) -> Any:
            point, tangents = self._split(list(leaves))
            _, out = jvp(lambda *args: f(*args, **parameters), tuple(of.args(point)), tuple(of.args(tangents)))
            return tuple(tree.flatten(out)[0])

        push.__name__ = self.name
        return push, static
