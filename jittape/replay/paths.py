"""The paths of a recorded function: arguments and parameters, which path they take, and recording another one."""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
from collections.abc import Callable, Sequence
from typing import Any, NoReturn
from weakref import WeakSet, ref

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.array.sparse_operands import is_sparse
from jittape.array.state import refuse_subclass, state
from jittape.errors import BranchChanged, GradientError
from jittape.functional.complexes import ComplexParts, aligned, conjugate, has_parts
from jittape.functional.trace import Trace
from jittape.instructions.base import Refused
from jittape.ops.layout import NEVER
from jittape.replay.builtins import VALUE
from jittape.replay.constants import Unknown, same, shown
from jittape.replay.path import Path, Replay
from jittape.tape.tape import Tape

TRIES = 8
"""Paths that are tried for a point before it is recorded: then that takes less time than trying them all."""
MAX_PATHS = 64
"""Paths that a Function keeps unless `record` was told otherwise."""
PARAMETER = "a parameter"
"""What a parameter is called in an error."""

LAID_OUT = "an argument is laid out otherwise in memory, so that NumPy copies where it gave views there, or the other way round (np.ascontiguousarray(x) is in C order)"

_functions: WeakSet[Paths] = WeakSet()


def _after_fork() -> None:
    """In a child process nobody holds a lock."""
    for f in list(_functions):
        f._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Paths:
    """A recorded function's paths: the part of `Function` that finds or records the path that arguments take."""

    def __init__(self, path: Path, structure: Any, rebuild: Callable[[list[Any]], Any], name: str, *,
                 f: Callable[..., Any] | None = None, static: dict[str, Any] | None = None, parameters: dict[str, Any] | None = None,
                 constants: dict[str, Any] | None = None, floats: Sequence[bool] = (), single: bool | None = None,
                 on_branch: str = "record", max_paths: int = MAX_PATHS, source: bool = False, compile: bool = True, threads: int | None = 1) -> None:  # fmt: skip
        self.shapes = [shape for _, _, shape in path.inputs]
        self.name = name
        self.on_branch, self.max_paths = on_branch, max_paths
        self._f = f
        self._source_bytes: bytes | None = None
        """The Python function, pickled, where this one came out of a pickle."""
        self._static = static or {}
        self._constants = self._static if constants is None else constants
        """Arguments that hold no real numbers, as far as they are known: `_static`, or what a file kept of it."""
        self._source = source
        self._structure = structure
        self._rebuild = rebuild
        self._floats = list(floats)
        """Which leaves were floats of Python's when they were recorded; empty where that is not known."""
        self._single = len(structure) == 1 if single is None else single
        self._one_array = self._single and not isinstance(structure[0], (tuple, list, dict, ComplexParts))
        self._complex = has_parts(structure)
        """Whether an argument is complex: `ComplexParts` stand in the structure for it, its real and imaginary part are two leaves."""
        self._dtype = path.tape.dtype
        self._shape = self.shapes[0] if self._one_array and self.shapes[0] else None
        """The argument's shape where it is one array, for the short way."""
        given, rebuild_parameters = tree.flatten(parameters or {})
        self._bindings = [np.array(x, self._dtype) for x in given]
        """The leaves of the parameters: another list after each `bind`."""
        self._parameters = rebuild_parameters(self._bindings)
        for replay in path.pool:  # what is derived from another function's path has the values that stand on that one's tape
            write(replay.parameters, self._bindings)
        self._compiles = compile
        """Whether loops of often replayed paths are compiled."""
        if not compile:
            path.due = NEVER
        self._compiled = False
        """Whether `compile` was called."""
        self._threads = path.threads = threads
        """How many threads share loops of its paths, those of later ones, too."""
        self._path = path
        self._paths = [path]
        self._counts = {"recorded": 1, "missed": 0, "dropped": 0}
        self._products: Any = None
        """(x, v) -> H(x) v, once it was asked for: see replay/hessians.py."""
        self._entries: Any = None
        """x -> the entries of the Hessian, likewise (replay/entries.py); False where that is not worth while."""
        self._jacobian: Any = None
        """The same of the Jacobian."""
        self._gradients: Any = None
        """x -> the gradient, for Hessians by blocks of seeds (replay/hessians.py); False where these are not found so."""
        self._models: dict[type[Paths], Paths] = {}
        """Quadratic models for minimisers of many problems, once they were asked for: see replay/models.py."""
        self._native: Any = None
        """What native code knows of the function, and the functions that call it there, once they were asked for: see replay/handles.py."""
        self._lock = threading.RLock()
        _functions.add(self)

    def __del__(self) -> None:
        for path in getattr(self, "_paths", ()):
            path.drop()

    def _made(self, name: str, make: Callable[[], Any]) -> Any:
        """Attribute `name`, made now if no thread has made it yet; False where that is refused."""
        with self._lock:
            if getattr(self, name) is None:
                try:
                    setattr(self, name, make())
                except Refused:
                    setattr(self, name, False)
            return getattr(self, name)

    # --- what it is --------------------------------------------------------------------------------------------------------

    @property
    def tape(self) -> Tape:
        """The recording of the path that was used last: `print(F.tape.listing())`, `F.tape.draw()`."""
        return self._path.shown()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The recorded paths, that used last first; each has `tape`, `hits`, and the number of its guards in its repr."""
        return tuple(self._paths)

    @property
    def statistics(self) -> dict[str, int]:
        """Counts: paths kept, paths recorded, replays that met another decision than the path they tried, paths dropped."""
        return {"paths": len(self._paths), **self._counts}

    @property
    def math(self) -> str:
        """Where replays of one point take functions from, "fast" or "precise": see `record`."""
        return self._path.tape.math

    # --- arguments ---------------------------------------------------------------------------------------------------------

    def _leaves(self, args: tuple[Any, ...]) -> list[Any]:
        """The leaves of the arguments, of the recorded structure, dtype and shapes."""
        if len(args) != len(self._structure):
            n = len(self._structure)
            raise TypeError(f"{self.name} was recorded with {n} argument{'' if n == 1 else 's'}, called with {len(args)}")
        leaves = self._aligned(list(args), list(self._structure))
        if leaves is None:
            raise ValueError(
                f"{self.name} was recorded for arguments {tree.describe(self._structure)}, called with {tree.describe(list(args))}"
                f"{tree.advice(list(args), self._structure)}"
            )
        for k, (x, shape) in enumerate(zip(leaves, self.shapes, strict=True)):
            if type(x) is not np.ndarray or x.dtype is not self._dtype or x.shape != shape:
                leaves[k] = self._checked(x, shape)
        return leaves

    def _aligned(self, given: Any, like: Any) -> list[Any] | None:
        """The leaves of arguments or directions, two for a complex one; None where the structures differ."""
        return aligned(given, like) if self._complex else tree.aligned(given, like)

    def _checked(self, x: Any, shape: tuple[int, ...], what: str = "an argument") -> Any:
        """An argument that is no array of the recorded dtype and shape as one, or an error."""
        refuse_subclass(x)
        given, dtype = type(x), self._dtype
        if isinstance(x, Array):
            raise GradientError(
                f"{self.name} is a recorded Function and was called with a recorded array, whose derivative would be lost; "
                "call the Python function itself inside another recording"
            )
        x = np.asarray(x)
        if x.shape != shape:
            how = "record it anew for other shapes"
            if what == PARAMETER and x.shape[1:] == shape:
                how += "; one value a point is for batches, of as many points"
            raise ValueError(f"{self.name} was recorded for {what} of shape {shape}, called with shape {x.shape}; {how}")
        if x.dtype.kind != "f":
            number = f"pass {float(x)!r} instead of {x!s}" if issubclass(given, (int, bool)) else ""
            how = "pass real and imaginary part as two arrays" if x.dtype.kind == "c" else number or "convert with x.astype(float)"
            raise GradientError(f"{self.name} takes real arrays, not {x.dtype}: {how}")
        if x.itemsize > dtype.itemsize and given is not float:
            raise GradientError(
                f"{self.name} was recorded in {dtype} and called with {x.dtype}, which would lose digits; convert "
                f"with x.astype(np.{dtype}), or record it with {x.dtype} arguments"
            )
        return x if isinstance(x, np.ndarray) and (x.ndim or issubclass(given, np.ndarray)) else x[()]

    def _named(self, given: dict[str, Any], points: int | None = None) -> list[Any]:
        """The leaves of the parameters, those of a call in place of those that are bound; with `points`, any of them may have an axis of so many."""
        given = self._bound(given)
        for name, value in given.items():
            if name not in self._parameters:
                known = (
                    f"it has {', '.join(self._parameters)}"
                    if self._parameters
                    else "give it to jittape.record as a keyword argument"
                )
                if name == "executor":
                    known = "batches on an executor are jittape.integrate.executor.map_grad(F, X, executor=...) and its kin"
                raise TypeError(f"{self.name} was recorded without a parameter {name!r}; {known}")
            if not tree.same_structure(value, self._parameters[name]):
                raise ValueError(
                    f"parameter {name!r} was recorded as {tree.describe(self._parameters[name])}, given as {tree.describe(value)}"
                    f"{tree.advice(value, self._parameters[name])}"
                )
        leaves = tree.aligned({**self._parameters, **given}, self._parameters)
        assert leaves is not None
        out = []
        for x, old in zip(leaves, tree.flatten(self._parameters)[0], strict=True):
            if isinstance(x, (bool, int, np.ndarray, np.generic)) and np.asarray(x).dtype.kind in "biu":
                x = np.asarray(x, self._dtype)  # nothing is differentiated by it
            shape = np.shape(old)
            out.append(self._checked(x, shape if points is None or np.shape(x) != (points, *shape) else (points, *shape), PARAMETER))
        return out

    def _bound(self, given: dict[str, Any]) -> dict[str, Any]:
        """The parameters of a call without the constants of the recording, which may be given again and are the same."""
        for name, value in given.items():
            if name not in self._constants:
                continue
            known = self._constants[name]
            if isinstance(known, Unknown) and self._can_record():
                known = self._static.get(name, known)
            if not same(value, known):
                if is_sparse(known):
                    raise TypeError(
                        f"{self.name} was recorded with {name} = {shown(known)}, and sparse matrices are constants of a recording: record it anew for "
                        "another one, or compute with its entries, given as a parameter of their own"
                    )
                raise TypeError(
                    f"{self.name} was recorded with {name} = {shown(known)}, which holds no real numbers, so it is the same at every call, and was "
                    f"given {shown(value)}; {'leave it away, as a file does not keep it' if isinstance(known, Unknown) else 'record it anew for another one'}, "
                    "or record it with real numbers (1.0, y.astype(float)), which can be bound"
                )
        return {name: value for name, value in given.items() if name not in self._constants}

    def _given(self, parameters: dict[str, Any]) -> list[Any]:
        """The leaves of the parameters of a call: those that are bound, but for those given."""
        return self._named(parameters) if parameters else self._bindings

    def _structured(self, leaves: list[Any]) -> Any:
        """Leaves in the structure of a gradient."""
        if self._one_array:
            return leaves[0]
        parts = self._adjoints(leaves)
        return parts[0] if self._single else tuple(parts)

    def _adjoints(self, leaves: list[Any]) -> Any:
        """Adjoints of the arguments, one an argument; of complex ones in JAX's convention."""
        return conjugate(self._rebuild(leaves)) if self._complex else self._rebuild(leaves)

    def _real(self, what: str) -> None:
        """Refuse what is for real arguments only."""
        if self._complex:
            raise GradientError(
                f"{what} is for functions of real numbers, and {self.name} was recorded with complex arguments; record it of real and imaginary "
                "part, lambda x, y: f(x + 1j * y), or record jittape.grad(f, holomorphic=True) of an analytic function (docs/complex.md)"
            )

    def _out_leaves(self, out: Any) -> list[Any]:
        self._real("out=")
        like = self._structure[0] if self._single else tuple(self._structure)
        leaves = tree.aligned(out, like)
        if leaves is None:
            raise ValueError(
                f"out has another structure than the gradient: {tree.describe(out)} instead of {tree.describe(like)}"
            )
        return leaves

    def _check_out(self, outs: list[Any], shapes: Sequence[tuple[int, ...]] | None = None) -> list[Any]:
        for o, shape in zip(outs, self.shapes if shapes is None else shapes, strict=True):
            if not isinstance(o, np.ndarray) or o.dtype != self._dtype or o.shape != shape or not o.flags.writeable:
                got = f"{'a read-only' if isinstance(o, np.ndarray) and not o.flags.writeable else 'an'} array of {o.dtype} and shape {o.shape}" if isinstance(o, np.ndarray) else type(o).__name__  # fmt: skip
                raise ValueError(f"out needs a writable array of {self._dtype} and shape {shape}, not {got}")
        return outs

    def bind(self, **parameters: Any) -> None:
        """Give parameters new values, for every replay from now on.

        Args:
            parameters: keyword arguments that were given to `jittape.record`, of the same structure and shapes.

        Raises:
            TypeError: the function was recorded without such a parameter, or with one that is no real array.
            ValueError: another structure or shape.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x, a: np.sum(a * x**2), np.ones(2), a=np.ones(2))
            >>> F.bind(a=np.array([1.0, 3.0]))
            >>> F.grad(np.ones(2)).tolist()
            [2.0, 6.0]
        """
        with self._lock:
            leaves = [np.array(x, self._dtype) for x in self._named(parameters)]
            _, rebuild = tree.flatten(self._parameters)
            try:
                self._parameters, self._bindings = rebuild(leaves), leaves
                for path in self._paths:
                    # a replay under way ends with the values that it began with, and returns to a list that nobody looks at;
                    # each idle one is taken off that list, for a thread that read it just now may take one as well
                    idle, path.pool = path.pool, []
                    with contextlib.suppress(IndexError):
                        while True:
                            replay = idle.pop()
                            write(replay.parameters, leaves)
                            path.pool.append(replay)
                for derived in (self._products, self._entries, self._jacobian, self._gradients):
                    if derived:
                        derived.bind(**self._bound(parameters))
            except BaseException:  # Ctrl-C, say: what may have other values than those that are bound is made anew
                self._products = self._entries = self._jacobian = self._gradients = None
                for path in self._paths:
                    path.pool = []
                raise

    # --- paths -------------------------------------------------------------------------------------------------------------

    def _acquire(self, path: Path) -> tuple[Replay, list[Replay]]:
        """A replay of a path that nobody else uses, and the list that it returns to."""
        pool = path.pool
        try:
            return pool.pop(), pool
        except IndexError:
            replay = path.another()
            write(replay.parameters, self._bindings)
            return replay, pool

    def _forward(self, args: tuple[Any, ...], parameters: dict[str, Any], wanted: int = VALUE) -> Use:
        """A replay that has gone forward at the arguments, on the path that they take."""
        return self._forward_leaves(self._leaves(args), self._named(parameters) if parameters else None, wanted)

    def _forward_leaves(self, leaves: list[Any], named: list[Any] | None, wanted: int = VALUE) -> Use:
        path, fresh = self._path, False
        tried: list[Path] = []
        if not path.takes(leaves):
            laid_out = next((p for p in self._paths if p.takes(leaves)), None)
            if laid_out is None:
                if self.on_branch == "raise" or not self._can_record():
                    self._refuse(LAID_OUT)
                (laid_out, named), fresh = self._record(leaves, named), True
            path = laid_out
        while True:
            replay, pool = self._acquire(path)
            use = Use(replay, pool, self._bindings if named is not None else None)
            write(replay.inputs, leaves)
            if named is not None:
                write(replay.parameters, named)
            try:
                failed = replay.forward(wanted)
            except Exception:  # the function itself may catch that error, and go on: let it decide
                use.end()
                if fresh or self.on_branch == "raise" or not self._can_record():
                    raise
                (path, named), fresh = self._record(leaves, named), True
                continue
            if failed < 0 or fresh:  # a fresh path is right where it was recorded, even by decisions that a NaN made
                if path is not self._path and path.reusable:
                    self._first(path)
                return use
            tried.append(path)
            self._counts["missed"] += 1
            found = self._other(path, failed, replay.value, tried, leaves)
            message = path.describe(failed, replay.value) if found is None and self.on_branch == "raise" else ""
            use.end()
            if found is None:
                if self.on_branch == "raise" or not self._can_record():
                    self._refuse(message or path.describe(failed, replay.value))
                (found, named), fresh = self._record(leaves, named), True
            path = found

    def _first(self, path: Path) -> None:
        """Put a path before the others."""
        with self._lock:
            if path in self._paths:
                self._paths = [path, *(p for p in self._paths if p is not path)]
                self._path = path

    def _other(self, path: Path, failed: int, values: Any, tried: Sequence[Path], leaves: list[Any]) -> Path | None:
        """Another path that may be due where guard `failed` of one does not hold."""
        if len(tried) > TRIES and self.on_branch != "raise" and self._can_record():
            return None
        return next((p for p in self._paths if p not in tried and p.takes(leaves) and p.begins_as(path, failed, values)), None)

    def _refuse(self, message: str) -> NoReturn:
        if self.on_branch == "raise":
            advice = (
                'Record it with on_branch="record", which records each way that is met, or record it anew at this point'
            )
        else:
            advice = "The Python function that other ways are recorded from is not at hand (this one was loaded from a file or a pickle); record it anew at this point"
        raise BranchChanged(
            f"{self.name} takes another way here than where it was recorded: {message}. {advice}; np.where, np.maximum, "
            "np.minimum, np.clip and abs are operations and decide nothing"
        )

    def _can_record(self) -> bool:
        """Whether the Python function is at hand; a pickled one is looked up now."""
        if self._f is None and self._source_bytes is not None:
            with contextlib.suppress(Exception):  # a module that cannot be imported here
                self._f, self._static = pickle.loads(self._source_bytes)
        return self._f is not None

    def _record(self, leaves: list[Any], named: list[Any] | None) -> tuple[Path, list[Any]]:
        """Record the path that the arguments take, which was not recorded before; with the parameters that it is due for."""
        assert self._f is not None
        with self._lock:
            if named is None:
                named = self._bindings
            floats = self._floats or [False] * len(leaves)
            args = self._rebuild([
                np.asarray(x, self._dtype) if isinstance(x, np.ndarray) else float(x) if is_float else self._dtype.type(x)
                for x, is_float in zip(leaves, floats, strict=True)
            ])
            parameters = tree.flatten(self._parameters)[1]([np.asarray(x, self._dtype) for x in named])
            return self._keep(trace_path(self._f, args, parameters, self._static, self._source, self.math)[0]), named

    def _keep(self, new: Path) -> Path:
        """Put a path that was just recorded before the others; or the same one, where it was among them."""
        new.threads = self._threads
        if not self._compiles:
            new.due = NEVER
        for replay in new.pool:
            write(replay.parameters, self._bindings)
        self._counts["recorded"] += 1
        again = next((p for p in self._paths if new.decides_as(p)), None)
        if again is not None:  # it was there, and not among those that were tried
            return again
        if new.reusable:
            self._counts["dropped"] += max(len(self._paths) + 1 - self.max_paths, 0)
            dropped = self._paths[self.max_paths - 1 :]
            self._paths = [new, *self._paths[: self.max_paths - 1]]
            for path in dropped:
                path.drop()
            self._path = new
        return new


class Derived:
    """What computes second derivatives of a function and is kept by it: it does not keep the function alive, which would need the
    garbage collector to be freed, with all memory of its replays."""

    def __init__(self, function: Paths) -> None:
        self._function = ref(function)

    @property
    def _of(self) -> Paths:
        function = self._function()
        assert function is not None
        return function


class Use:
    """A replay that is in use; `end` gives it back."""

    __slots__ = ("bound", "pool", "replay")

    def __init__(self, replay: Replay, pool: list[Replay], bound: list[Any] | None) -> None:
        self.replay, self.pool, self.bound = replay, pool, bound

    def end(self) -> None:
        if self.bound is not None:  # it had parameters for one call
            write(self.replay.parameters, self.bound)
        self.pool.append(self.replay)


def write(views: Sequence[Any], leaves: Sequence[Any]) -> None:
    for view, x in zip(views, leaves, strict=True):
        view[...] = x


def trace_path(
    f: Callable[..., Any], args: Sequence[Any], parameters: dict[str, Any], static: dict[str, Any], source: bool, math: str
) -> tuple[Path, Trace]:
    """Record `f` at these arguments, on a tape of its own."""
    outer, state.tapes = state.tapes, []  # a replay within a recording may record, too
    try:
        trace = Trace(f, args, static, range(len(args)), replayable=True, lines=source, parameters=parameters, math=math)
    finally:
        state.tapes = outer
    trace.end()
    places = [[(base := int(slots.flat[0]) if slots.size else 0, base + slots.size, shape) for slots, shape in group]
              for group in (trace.inputs, trace.parameters)]  # fmt: skip
    return Path(trace.tape, places[0], places[1], trace.outputs, trace.rebuild_output, trace.forms), trace
