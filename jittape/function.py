"""Record once, replay natively: `record` and the Function it returns."""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
from collections.abc import Callable, Sequence
from typing import Any, NoReturn
from weakref import WeakSet

import numpy as np
from numpy import empty

from jittape import tree
from jittape.array import Array
from jittape.errors import BranchChanged, GradientError
from jittape.path import Path, Replay
from jittape.recording import refuse_subclass, state
from jittape.tape.layout import GUARD
from jittape.tape.tape import Tape
from jittape.trace import Trace

ON_BRANCH = ("record", "raise")
MAX_PATHS = 64
"""Paths that a Function keeps unless `record` was told otherwise."""

_OPTIONS = ("out", "threads", "math", "progress")
"""Keyword arguments of methods that parameters may not be called."""

_NOTHING: Any = object()
"""Stands for an argument that was not given."""

_functions: WeakSet[Function] = WeakSet()


def _after_fork() -> None:
    """In a child process nobody holds a lock."""
    for f in list(_functions):
        f._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Function:
    """A recorded function, replayed natively. Made by `jittape.record`.

    What the function decided by its arguments' values when it was recorded (a branch, a loop's end, a sort order) is
    checked at every replay. Where another decision is due, the path that takes it is found among those recorded before,
    or recorded then (`on_branch="record"`), or `BranchChanged` is raised (`on_branch="raise"`).

    Several threads may use a Function at once.

    Attributes:
        name: of the recorded function.
        shapes: shapes of the differentiated leaves, in order.
        on_branch: "record" or "raise".
        max_paths: how many paths are kept; the one that was not used for longest goes first.
    """

    def __init__(self, path: Path, structure: Any, rebuild: Callable[[list[Any]], Any], name: str, *,
                 f: Callable[..., Any] | None = None, static: dict[str, Any] | None = None, parameters: dict[str, Any] | None = None,
                 on_branch: str = "record", max_paths: int = MAX_PATHS, source: bool = False) -> None:  # fmt: skip
        self.shapes = [shape for _, _, shape in path.inputs]
        self.name = name
        self.on_branch, self.max_paths = on_branch, max_paths
        self._f = f
        self._source_bytes: bytes | None = None
        """The Python function, pickled, where this one came out of a pickle."""
        self._static = static or {}
        self._source = source
        self._structure = structure
        self._rebuild = rebuild
        self._single = len(structure) == 1
        self._one_array = self._single and not isinstance(structure[0], (tuple, list, dict))
        self._dtype = path.tape.dtype
        self._shape = self.shapes[0] if self._one_array and self.shapes[0] else None
        """The argument's shape where it is one array, for the short way."""
        given, rebuild_parameters = tree.flatten(parameters or {})
        self._bound = [np.array(x, self._dtype) for x in given]
        self._parameters = rebuild_parameters(self._bound)
        self._path = path
        self._paths = [path]
        self._counts = {"recorded": 1, "missed": 0, "dropped": 0}
        self._lock = threading.RLock()
        _functions.add(self)

    # --- what it is --------------------------------------------------------------------------------------------------------

    @property
    def tape(self) -> Tape:
        """The recording of the path that was used last."""
        return self._path.tape

    @property
    def paths(self) -> tuple[Path, ...]:
        """The recorded paths, that used last first; each has `tape`, `hits`, and the number of its guards in its repr."""
        return tuple(self._paths)

    @property
    def statistics(self) -> dict[str, int]:
        """Counts: paths kept, paths recorded, replays that met another decision than the path they tried, paths dropped."""
        return {"paths": len(self._paths), **self._counts}

    def __repr__(self) -> str:
        more = f", {len(self._paths)} paths" if len(self._paths) > 1 else ""
        return f"<jittape.Function {self.name}: {self.tape!r}{more}>"

    # --- arguments ---------------------------------------------------------------------------------------------------------

    def _leaves(self, args: tuple[Any, ...]) -> list[Any]:
        """The leaves of the arguments, of the recorded structure, dtype and shapes."""
        if len(args) != len(self._structure):
            raise TypeError(f"{self.name} was recorded with {len(self._structure)} arguments, called with {len(args)}")
        if not tree.same_structure(list(args), list(self._structure)):
            raise ValueError(
                f"{self.name} was recorded for arguments {tree.describe(self._structure)}, called with {tree.describe(args)}"
            )
        leaves, _ = tree.flatten(list(args))
        for k, (x, shape) in enumerate(zip(leaves, self.shapes, strict=True)):
            if type(x) is not np.ndarray or x.dtype is not self._dtype or x.shape != shape:
                leaves[k] = self._checked(x, shape)
        return leaves

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
            raise ValueError(
                f"{self.name} was recorded for {what} of shape {shape}, called with shape {x.shape}; record it anew for other shapes"
            )
        if x.dtype.kind != "f":
            raise GradientError(f"{self.name} takes real arrays, not {x.dtype}: convert with x.astype(float)")
        if x.itemsize > dtype.itemsize and given is not float:
            raise GradientError(
                f"{self.name} was recorded in {dtype} and called with {x.dtype}, which would lose digits; convert "
                f"with x.astype(np.{dtype}), or record it with {x.dtype} arguments"
            )
        return x

    def _named(self, given: dict[str, Any]) -> list[Any]:
        """The leaves of the parameters, those of a call in place of those that are bound."""
        for name, value in given.items():
            if name in self._static:
                raise TypeError(
                    f"{name} is no real array, so {self.name} was recorded for {self._static[name]!r} alone; record it anew for another"
                )
            if name not in self._parameters:
                known = (
                    f"it has {', '.join(self._parameters)}"
                    if self._parameters
                    else "give it to jittape.record as a keyword argument"
                )
                raise TypeError(f"{self.name} was recorded without a parameter {name!r}; {known}")
            if not tree.same_structure(value, self._parameters[name]):
                raise ValueError(
                    f"parameter {name!r} was recorded as {tree.describe(self._parameters[name])}, given as {tree.describe(value)}"
                )
        leaves, _ = tree.flatten({**self._parameters, **given})
        return [
            self._checked(x, np.shape(old), "a parameter")
            for x, old in zip(leaves, tree.flatten(self._parameters)[0], strict=True)
        ]

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
            self._parameters, self._bound = rebuild(leaves), leaves
            for path in self._paths:
                # a replay under way ends with the values that it began with, and returns to a list that nobody looks at;
                # each idle one is taken off that list, for a thread that read it just now may take one as well
                idle, path.pool = path.pool, []
                with contextlib.suppress(IndexError):
                    while True:
                        replay = idle.pop()
                        _write(replay.parameters, leaves)
                        path.pool.append(replay)

    # --- paths -------------------------------------------------------------------------------------------------------------

    def _acquire(self, path: Path) -> tuple[Replay, list[Replay]]:
        """A replay of a path that nobody else uses, and the list that it returns to."""
        pool = path.pool
        try:
            return pool.pop(), pool
        except IndexError:
            replay = path.another()
            _write(replay.parameters, self._bound)
            return replay, pool

    def _forward(self, args: tuple[Any, ...], parameters: dict[str, Any], gradient: bool = False) -> _Use:
        """A replay that has gone forward at the arguments, on the path that they take."""
        return self._forward_leaves(self._leaves(args), self._named(parameters) if parameters else None, gradient)

    def _forward_leaves(self, leaves: list[Any], named: list[Any] | None, gradient: bool = False) -> _Use:
        path, fresh = self._path, False
        tried: list[Path] = []
        while True:
            replay, pool = self._acquire(path)
            use = _Use(replay, pool, self._bound if named is not None else None)
            _write(replay.inputs, leaves)
            if named is not None:
                _write(replay.parameters, named)
            try:
                failed = replay.forward(gradient)
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
            found = self._other(path, failed, replay.value, tried)
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

    def _other(self, path: Path, failed: int, values: Any, tried: Sequence[Path]) -> Path | None:
        """Another path that may be due where guard `failed` of one does not hold."""
        return next((p for p in self._paths if p not in tried and p.begins_as(path, failed, values)), None)

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
                named = self._bound
            args = self._rebuild([np.asarray(x, self._dtype) for x in leaves])
            parameters = tree.flatten(self._parameters)[1]([np.asarray(x, self._dtype) for x in named])
            new = _trace(self._f, args, parameters, self._static, self._source)[0]
            for replay in new.pool:
                _write(replay.parameters, self._bound)
            self._counts["recorded"] += 1
            if new.reusable:
                self._counts["dropped"] += max(len(self._paths) + 1 - self.max_paths, 0)
                self._paths = [new, *self._paths[: self.max_paths - 1]]
                self._path = new
            return new, named

    # --- one point ---------------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **parameters: Any) -> Any:
        """The function's value, in its own structure, as NumPy.

        Keyword arguments are parameters (see `bind`), for this call only.
        """
        if len(args) == 1 and not parameters and self._shape is not None:
            pool = self._path.pool  # the short way, as in value_and_grad
            try:
                replay = pool.pop()
            except IndexError:
                pass
            else:
                call, address, result, like = replay.quick
                if call is not None:
                    status = call(address, id(args[0]), 0, like)
                    if not status:
                        value = result[0]
                        pool.append(replay)
                        return value
                    if status & 0xFF < GUARD:
                        replay.forget()
                pool.append(replay)
        use = self._forward(args, parameters)
        out = use.replay.results()
        use.replay.prepare()
        use.end()
        return out

    def grad(self, *args: Any, out: Any = None, **parameters: Any) -> Any:
        """The gradient with respect to the argument (a tuple of gradients where there are several).

        Args:
            args: as recorded.
            out: an array of the argument's shape and dtype that the gradient is written to and that is returned (for
                several arguments, or containers, arrays in the structure of the gradient).
            parameters: see `bind`; for this call only.

        Raises:
            GradientError: the function does not return one recorded scalar.
            BranchChanged: another path is due, and `on_branch` is "raise".
        """
        return self.value_and_grad(*args, out=out, **parameters)[1]

    def value_and_grad(self, x: Any = _NOTHING, /, *more: Any, out: Any = None, **parameters: Any) -> tuple[Any, Any]:
        """Value and gradient of one replay; arguments and errors are those of `grad`."""
        if not more and not parameters and self._shape is not None:
            # the short way: an array in, one native call, an array out
            pool = self._path.pool
            try:
                replay = pool.pop()
            except IndexError:  # as many replays of the path are under way as there ever were
                pass
            else:
                gradient, address, result, like = replay.quick
                if gradient is not None:
                    g = empty(self._shape, self._dtype) if out is None else out
                    status = gradient(address, id(x), id(g), like)
                    if not status:
                        value = result[0]
                        pool.append(replay)
                        return value, g
                    if status & 0xFF < GUARD:
                        replay.forget()  # a sweep stopped half way
                pool.append(replay)
        outs = None if out is None else self._check_out(self._out_leaves(out))
        use = self._forward(() if x is _NOTHING else (x, *more), parameters, True)
        value = use.replay.results()
        leaves = self._gradient(use.replay, outs)
        use.end()
        return value, out if out is not None else self._structured(leaves)

    def _gradient(self, replay: Replay, outs: list[Any] | None) -> list[Any]:
        path = replay.path
        if path.seed < 0:
            if not path.constant:
                raise GradientError(f"{self.name} does not return one recorded scalar, so it has no gradient")
            for o in outs or ():
                o[...] = 0.0
            return [np.zeros(shape, self._dtype)[()] for shape in self.shapes]
        leaves = replay.gradient(outs)
        replay.prepare()
        return leaves

    def _structured(self, leaves: list[Any]) -> Any:
        """Leaves in the structure of a gradient."""
        if self._one_array:
            return leaves[0]
        parts = self._rebuild(leaves)
        return parts[0] if self._single else tuple(parts)

    def _out_leaves(self, out: Any) -> list[Any]:
        like = self._structured([np.empty(shape) for shape in self.shapes])
        if not tree.same_structure(out, like):
            raise ValueError(
                f"out has another structure than the gradient: {tree.describe(out)} instead of {tree.describe(like)}"
            )
        return tree.flatten(out)[0]

    def _check_out(self, outs: list[Any], shapes: Sequence[tuple[int, ...]] | None = None) -> list[Any]:
        for o, shape in zip(outs, self.shapes if shapes is None else shapes, strict=True):
            if not isinstance(o, np.ndarray) or o.dtype != self._dtype or o.shape != shape or not o.flags.writeable:
                got = f"{'a read-only' if isinstance(o, np.ndarray) and not o.flags.writeable else 'an'} array of {o.dtype} and shape {o.shape}" if isinstance(o, np.ndarray) else type(o).__name__  # fmt: skip
                raise ValueError(f"out needs a writable array of {self._dtype} and shape {shape}, not {got}")
        return outs

    def jacobian(self, *args: Any, out: Any = None, **parameters: Any) -> Any:
        """The Jacobian: for a result of shape s and an argument of shape t an array of shape s + t.

        For containers, the structure of the result with the structure of the gradient at each leaf. It is assembled from
        reverse sweeps (one a result) or forward sweeps (one a variable), whichever are fewer.

        Args:
            out: an array that the Jacobian is written to, where there is one result and one argument.
        """
        use = self._forward(args, parameters)
        path, replay = use.replay.path, use.replay
        sizes = [
            (int(np.prod(o.shape, dtype=np.int64)) if isinstance(o, Array) and not o.is_mask else 0)
            for o in path.outputs
        ]
        columns = sum(stop - start for start, stop, _ in path.inputs)
        blocks = [
            [np.zeros((o.shape if isinstance(o, Array) else np.shape(o)) + shape, self._dtype) for shape in self.shapes]
            for o in path.outputs
        ]
        if out is not None:
            if len(blocks) != 1 or not self._one_array:
                raise ValueError("out needs a function of one array with one result; leave it away")
            self._check_out([out], [blocks[0][0].shape])
            if out.flags.c_contiguous:
                out[...] = 0.0
                blocks = [[out]]
        if columns < sum(sizes):
            tangents = [np.zeros(stop - start, self._dtype) for start, stop, _ in path.inputs]
            for j, t in enumerate(tangents):
                for i in range(t.size):
                    t[i] = 1.0
                    for k, column in enumerate(replay.push(tangents)):
                        if sizes[k]:
                            _flat(blocks[k][j], self.shapes[j])[..., i] = column
                    t[i] = 0.0
        else:
            for k, o in enumerate(path.outputs):
                if sizes[k]:
                    for place in np.ndindex(o.shape):
                        row = [
                            block[place] if block.ndim > len(place) else _element(block, place) for block in blocks[k]
                        ]
                        replay.pull([(o.slots[place].reshape(1), 1.0)], row)
        use.end()
        if out is not None:
            if blocks[0][0] is not out:
                out[...] = blocks[0][0]
            return out
        return path.rebuild_output([self._structured([b[()] for b in row]) for row in blocks])

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any], **parameters: Any) -> tuple[Any, Any]:
        """Value and directional derivative, by a forward sweep: as `jittape.jvp` of the recorded function.

        Args:
            primals: a sequence of the arguments.
            tangents: as many directions, of the same structure and shapes.
        """
        if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
            raise TypeError("jvp takes the primals and the tangents as two tuples: F.jvp((x,), (v,))")
        directions = self._leaves(tuple(tangents))
        use = self._forward(tuple(primals), parameters)
        out, found = use.replay.results(), use.replay.push(directions)
        use.end()
        return out, use.replay.path.rebuild_output(found)

    def vjp(self, *primals: Any, **parameters: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """The value, and the function that pulls an adjoint of it back: as `jittape.vjp` of the recorded function."""
        use = self._forward(primals, parameters)
        out = use.replay.results()
        return out, _Pullback(self, use, out)

    # --- many points -------------------------------------------------------------------------------------------------------

    def batch_value(
        self,
        *args: Any,
        threads: int | None = None,
        math: str = "fast",
        progress: Any = None,
        out: Any = None,
        **parameters: Any,
    ) -> Any:
        """The function's value at many points, swept in SIMD lanes and threads.

        Args:
            args: as recorded, with an axis of points before those of every leaf: (points, *shape).
            threads: how many threads share the work; None for one a processor where there is enough of it.
            math: "fast" takes exp, sin and their like from the C library's vector functions where it has them, with
                errors of at most 4 units in the last place; "precise" takes those that a call at one point takes.
            progress: a function of (points done, points in all) that is called now and then in this thread, or True for a
                bar of tqdm, where that is installed.
            out: an array that the values are written to, where the result is one array or number: (points, *its shape).
            parameters: see `bind`; for this call only.

        Returns:
            The function's result with an axis of points before those of every leaf. Points that decide otherwise than
            the recorded path are swept on their own paths, as in a call at one point.

        Raises:
            ValueError: shapes that do not fit; paths that return results of different shapes.
            BranchChanged: another path is due at some point, and `on_branch` is "raise".

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] * x[1] if x[0] > 0 else -x[1], np.ones(2))
            >>> F.batch_value(np.array([[2.0, 3.0], [-1.0, 4.0]])).tolist()
            [6.0, -4.0]
        """
        Y = self._batch("values", args, parameters, threads, math, progress, out)[0]
        return Y

    def batch_grad(
        self,
        *args: Any,
        threads: int | None = None,
        math: str = "fast",
        progress: Any = None,
        out: Any = None,
        **parameters: Any,
    ) -> Any:
        """The gradient at many points: of the argument's structure, with an axis of points before those of every leaf.

        Arguments and errors are those of `batch_value`; `out` is an array of the argument's shape, (points, *shape).

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] * x[1], np.ones(2))
            >>> F.batch_grad(np.array([[2.0, 3.0], [-1.0, 4.0]])).tolist()
            [[3.0, 2.0], [4.0, -1.0]]
        """
        return self._batch("gradient", args, parameters, threads, math, progress, out, values=False)[1]

    def batch_value_and_grad(
        self,
        *args: Any,
        threads: int | None = None,
        math: str = "fast",
        progress: Any = None,
        out: Any = None,
        **parameters: Any,
    ) -> tuple[Any, Any]:
        """Values and gradients at many points, of one sweep; arguments are those of `batch_grad`."""
        return self._batch("gradient", args, parameters, threads, math, progress, out)

    def batch_jacobian(
        self,
        *args: Any,
        threads: int | None = None,
        math: str = "fast",
        progress: Any = None,
        out: Any = None,
        **parameters: Any,
    ) -> Any:
        """The Jacobian at many points: as `jacobian`, with an axis of points before those of every block.

        Arguments and errors are those of `batch_value`; `out` is for one result and one argument.
        """
        return self._batch("jacobian", args, parameters, threads, math, progress, out)[1]

    def _batch(self, kind: str, args: tuple[Any, ...], parameters: dict[str, Any], threads: int | None, math: str, progress: Any,
               out: Any, values: bool = True) -> tuple[Any, Any]:  # fmt: skip
        from jittape import batch

        if progress is False:
            progress = None
        X = batch.columns(self, args)
        named = self._named(parameters) if parameters else self._bound
        task = batch.Task(
            self, named, kind, math, threads, None if progress is None else batch.Progress(progress, len(X))
        )
        try:
            return batch.run(task, X, out, values)
        finally:
            if task.progress is not None:
                task.progress.close()

    def save(self, path: Any) -> None:
        """Write the function to a file that `jittape.load` reads, in place of an earlier one or not at all.

        The file holds the paths, the structure of arguments, parameters and results, and results that were not recorded.
        Without the Python function a loaded one cannot record other paths: where one is due it raises `BranchChanged`.

        Raises:
            TypeError: a dict key that is no string or number, or a result of a dtype such as longdouble.
            OSError: the file cannot be written.
        """
        from jittape.saving import save

        save(self, path)

    def __reduce__(self) -> Any:
        from jittape.saving import reduce

        return reduce(self)


class _Use:
    """A replay that is in use; `end` gives it back."""

    __slots__ = ("bound", "pool", "replay")

    def __init__(self, replay: Replay, pool: list[Replay], bound: list[Any] | None) -> None:
        self.replay, self.pool, self.bound = replay, pool, bound

    def end(self) -> None:
        if self.bound is not None:  # it had parameters for one call
            _write(self.replay.parameters, self.bound)
        self.pool.append(self.replay)


class _Pullback:
    """What `Function.vjp` returns: it holds its replay until it is dropped."""

    def __init__(self, function: Function, use: _Use, out: Any) -> None:
        self._function, self._use, self._out = function, use, out
        self._lock = threading.Lock()

    def __call__(self, adjoint: Any) -> tuple[Any, ...]:
        """Adjoints of the arguments, for an adjoint of the result's structure and shapes."""
        given, _ = tree.flatten(adjoint)
        like, _ = tree.flatten(self._out)
        if not tree.same_structure(adjoint, self._out):
            raise ValueError(
                f"vjp needs the result's structure, {tree.describe(self._out)}; got {tree.describe(adjoint)}"
            )
        seeds = []
        for k, (a, b, o) in enumerate(zip(given, like, self._use.replay.path.outputs, strict=True)):
            if np.shape(a) != np.shape(b):
                raise ValueError(
                    f"vjp: leaf {k} has shape {np.shape(a)}, but the function's result has shape {np.shape(b)} there"
                )
            if isinstance(o, Array) and not o.is_mask:
                seeds.append((o.slots, np.asarray(a, float)))
        with self._lock:
            leaves = self._use.replay.pull(seeds)
        return tuple(self._function._rebuild(leaves))

    def __del__(self) -> None:
        self._use.end()


def _write(views: Sequence[Any], leaves: Sequence[Any]) -> None:
    for view, x in zip(views, leaves, strict=True):
        view[...] = x


def _flat(block: Any, shape: tuple[int, ...]) -> Any:
    """A view of a Jacobian block with the argument's axes as one."""
    return block.reshape(*block.shape[: block.ndim - len(shape)], -1)


def _element(block: Any, place: tuple[int, ...]) -> Any:
    """A view of one element, for a derivative by a number."""
    return block[(*(slice(i, i + 1) for i in place), ...)].reshape(())


def _trace(
    f: Callable[..., Any], args: Sequence[Any], parameters: dict[str, Any], static: dict[str, Any], source: bool
) -> tuple[Path, Trace]:
    """Record `f` at these arguments, on a tape of its own."""
    outer, state.tapes = state.tapes, []  # a replay within a recording may record, too
    try:
        trace = Trace(f, args, static, range(len(args)), replayable=True, lines=source, parameters=parameters)
    finally:
        state.tapes = outer
    trace.end()
    places = [[(base := int(slots.flat[0]) if slots.size else 0, base + slots.size, shape) for slots, shape in group]
              for group in (trace.inputs, trace.parameters)]  # fmt: skip
    return Path(trace.tape, places[0], places[1], trace.outputs, trace.rebuild_output), trace


def record(
    f: Callable[..., Any],
    *args: Any,
    on_branch: str = "record",
    max_paths: int = MAX_PATHS,
    source: bool = False,
    **parameters: Any,
) -> Function:
    """Record `f` at these arguments, to be replayed natively at others of the same shapes.

    Decisions that `f` makes by the values of its arguments (`if x > 0`, a loop until convergence, a sort order) are
    recorded as guards and checked at every replay; see `Function`. `f` must be deterministic, and depend on nothing but
    its arguments and what stays the same.

    Args:
        f: a function over NumPy of real arrays, or nested containers of them.
        args: example arguments; every leaf is a variable.
        on_branch: what a replay does where another path is due: "record" it and keep it, or "raise" BranchChanged.
        max_paths: how many paths are kept.
        source: note the source line of every instruction, for `print(F.tape.listing())` (recording is slower).
        parameters: keyword arguments of `f` that are not differentiated. Real arrays, and containers of them, can be
            given anew by `F.bind(name=...)` or at a call; anything else is handed to `f` as it is and stays.

    Returns:
        A `Function`: F(x), F.grad(x), F.value_and_grad(x), F.jacobian(x), F.jvp, F.vjp, and those of batches.

    Raises:
        GradientError: an argument is no real array.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: np.sum(x**2) if x[0] > 0 else x[1], np.ones(3))
        >>> F.grad(np.array([1.0, 2.0, 3.0])).tolist()
        [2.0, 4.0, 6.0]
        >>> F.grad(np.array([-1.0, 2.0, 3.0])).tolist(), len(F.paths)
        ([0.0, 1.0, 0.0], 2)
    """
    if state.tapes:
        raise GradientError("jittape.record was called inside a function that is being recorded; record it outside")
    if on_branch not in ON_BRANCH:
        raise ValueError(f'on_branch is "record" or "raise", not {on_branch!r}')
    if not isinstance(max_paths, int) or isinstance(max_paths, bool) or max_paths < 1:
        raise ValueError(f"max_paths is a number of paths, 1 or more, not {max_paths!r}")
    for name in _OPTIONS:
        if name in parameters:
            raise TypeError(f"a parameter cannot be called {name!r}, which is an option of the methods of a recorded function; give it another name, as in jittape.record(lambda x, other: f(x, {name}=other), ...)")  # fmt: skip
    real = {name: value for name, value in parameters.items() if _is_real(value)}
    static = {name: value for name, value in parameters.items() if name not in real}
    path, trace = _trace(f, args, real, static, source)
    structure = tree.flatten(list(args))[1]([np.empty(shape) for _, shape in trace.inputs])
    return Function(path, structure, trace.rebuild, getattr(f, "__name__", "f"), f=f, static=static, parameters=real,
                    on_branch=on_branch, max_paths=max_paths, source=source)  # fmt: skip


def _is_real(value: Any) -> bool:
    """Whether a parameter can be bound anew: real arrays and numbers only."""
    leaves, _ = tree.flatten(value)
    return bool(leaves) and all(
        isinstance(x, (float, np.ndarray, np.floating)) and np.asarray(x).dtype in (np.float64, np.float32)
        for x in leaves
    )
