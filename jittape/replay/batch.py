"""Batches of points: one recorded function at many arguments, in SIMD lanes and threads, each point on its own path.

The points are swept on the path that was used last; those at which a guard does not hold are collected and swept on
another path, or recorded (see `Function`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import BranchChanged, GradientError
from jittape.lanes.widths import LONG
from jittape.ops.layout import NEVER
from jittape.replay.columns import Reals, Results, split
from jittape.replay.path import Path, Replay
from jittape.replay.paths import write
from jittape.replay.pieces import check_threads, default_threads, in_pieces
from jittape.sweep.engine import check_math
from jittape.tape.loops import enabled
from jittape.tape.workspace import workspace

if TYPE_CHECKING:
    from jittape.replay.paths import Paths

PIECE = 0.02
"""Seconds that a piece takes, about: how long Ctrl-C may wait."""
SHARES, SHARE = 8, 1e-3
"""Pieces that a thread takes, about, so that all end at the same time on a busy machine; but none is shorter than so many
seconds."""
OPERATION = 2e-9
"""Seconds a point and operation, roughly."""
THREADED = 2e-3
"""Seconds of work from which more threads than one are started, unless their number was given."""
BLOCK = 64
"""Rows that are a whole number of blocks of lanes, however wide these are."""
FUSING = 0.5
"""Seconds of batches on a path, by the same estimate, after which its lanes are compiled into one kernel."""
LOOPED = 50_000
"""Instructions of a path from which compiling its loops takes less time than a program without: it is done at once."""
ADJOINTS = "adjoints"
"""What a batch asks for that wants gradients alone, and is worth programs of its own: see replay/batch_handles.py."""
FAILED = -2
"""In `failures`: an operation of Python raised an exception."""


# --- one path ------------------------------------------------------------------------------------------------------------


class Task:
    """What a batch asks of every path: which outputs, whether gradients, with which functions; and who does it."""

    def __init__(
        self, function: Paths, named: list[Any], kind: str, math: str, threads: int | None, progress: Any, varying: Sequence[int] = ()
    ) -> None:
        check_math(math)
        check_threads(threads)
        self.function, self.named, self.kind, self.math = function, named, kind, math
        self.threads = threads
        self.varying = tuple(varying)
        """Leaves of the parameters that differ between points, which are the last columns of X."""
        self.progress = progress
        self.width: int | None = None
        """Points that go through loops together; None for what is fastest for many."""
        self.missed: list[int] | None = None
        """Where it is a list: rows whose path is not known and cannot be recorded, which are no error then."""
        self.alike = False
        """Whether the point that a path is found or recorded by is swept like the others of that path, so that what comes out of a point does
        not depend on those beside it or on what was recorded before."""
        self.wanted: int | None = None
        """How many columns of X, the first ones, there are derivatives by; None for all inputs."""
        self.parts: list[tuple[NDArray[np.intp], Results]] = []
        """Rows of paths that return something that was not recorded, and what they return."""

    def sweep(self, X: Reals, Y: Reals | None, G: Reals | None, first: Results) -> None:
        """Values and gradients of every row; elsewhere for a batch that others compute."""
        sweep(self, X, Y, G, first)

    def first_path(self, X: Reals) -> Path:
        """The path that says what the function returns, and is swept first."""
        return path_of(self, X)

    def outputs(self, path: Path) -> NDArray[np.int32]:
        """Slots of the results that the task wants."""
        return Results(path).slots

    def lanes(self, path: Path) -> Any:
        """The path's lane program, or None where points are better swept one by one."""
        found = path.lanes.get(self._key, _ABSENT)
        if found is _ABSENT:
            with self.function._lock:
                lanes = None
                if not path.planned:
                    lanes = self._made(path, self._loops(path) if path.tape.count >= LOOPED else None)
                found = path.lanes[self._key] = (lanes, []) if lanes is not None and lanes.worthwhile else None
        return found

    def through_loops(self, path: Path) -> bool:
        """Whether points go through the loops of a compiled path together; what is needed for it is made."""
        found = path.lanes.get(self._key)
        if found is not None and found[0].settled:
            return bool(found[0].by_loops)
        alone = (*self._key, path.report is None)  # where it is known that there are none; they may be compiled later
        if path.tape.count < LONG or alone in path.lanes:
            return False
        with self.function._lock:
            loops = self._loops(path)
            lanes = self._made(path, loops) if loops else None
            if lanes is None or not lanes.by_loops or not lanes.worthwhile:
                path.lanes[alone] = None
                return False
            path.lanes[self._key] = (lanes, [])
        return True

    def has_lanes(self, path: Path) -> bool:
        """Whether the path has lanes for this already."""
        return path.lanes.get(self._key) is not None

    @property
    def _key(self) -> tuple[Any, ...]:
        """What a path's lanes are kept under."""
        key: tuple[Any, ...] = (self.kind, self.math) if self.width is None else (self.kind, self.math, self.width)
        if self.wanted is not None:
            key = (*key, "wanted", self.wanted)
        return (*key, self.varying) if self.varying else key

    def _made(self, path: Path, loops: Any) -> Any:
        from jittape.lanes.lanes import Lanes  # for start-up: its kernels are text in LLVM's language

        own = [*path.inputs, *(path.parameters[k] for k in self.varying)]
        inputs = np.concatenate([np.arange(a, b, dtype=np.int32) for a, b, _ in own])
        guards = (path.guard_slots, path.expected) if path.expected.size else None
        return Lanes(path.tape, inputs, self.outputs(path), guards=guards, math=self.math, gradients=self.kind != "values", loops=loops,
                     width=self.width if loops else None, wanted=sum(b - a for a, b, _ in path.inputs) if self.wanted is None else self.wanted)  # fmt: skip

    def _loops(self, path: Path) -> Any:
        """The loops of a path that points go through together; none where there are few, or where loops are not to be compiled."""
        if not enabled() or (path.due == NEVER and path.report is None):
            return None
        from jittape.lanes.lanes import loops_fit  # for start-up, as above
        from jittape.lanes.loops import worth
        from jittape.passes.loops import Repeated

        found = Repeated(workspace(path.tape), [self.outputs(path)], path.guard_slots)
        fits = loops_fit(found.slots, path.tape.dtype, self.kind != "values", self.width)
        return found if fits and worth(path.tape, found.loops) else None

    def faster(self, path: Path, found: Any, work: float) -> Any:
        """The path's lanes as one kernel, or with kernels for its loops, once they have taken so much time that compiling pays; of a long path
        as soon as it was compiled."""
        lanes = found[0]
        lanes.seconds += work
        if lanes.settled or (lanes.seconds < FUSING and (path.report is None or path.tape.count < LONG)):
            return found
        from jittape.lanes.fusing import Unfusable, fused  # for start-up

        with self.function._lock:
            lanes.settled = True  # whatever comes of it
            try:
                if not lanes.fusable:
                    raise Unfusable
                better: Any = fused(lanes, values=self.kind != ADJOINTS)
            except Unfusable:
                loops = self._loops(path)
                better = self._made(path, loops) if loops else None
                if better is None or not better.by_loops or not better.worthwhile:
                    return found
            found = path.lanes[self._key] = (better, [])
        return found

    def piece(self, path: Path, points: int, threads: int) -> int:
        """Rows of a piece: some milliseconds, in whole blocks of lanes."""
        each = OPERATION * (path.tape.slots + 1)
        rows = PIECE / each
        if threads > 1:
            rows = min(rows, max(SHARE / each, points / (SHARES * threads)), points / threads)
        return -(-int(rows + 1) // BLOCK) * BLOCK

    def run(self, path: Path, X: Reals, Y: Reals | None, G: Reals | None) -> NDArray[np.int32]:
        """Sweep all rows of X on a path; the place of the first guard that fails at each, -1, or FAILED."""
        failures = np.full(len(X), -1, np.int32)
        found = self.lanes(path)
        work = len(X) * path.tape.slots * OPERATION
        threads = (default_threads() if work > THREADED else 1) if self.threads is None else self.threads
        piece = self.piece(path, len(X), threads)
        pieces = [(a, min(a + piece, len(X))) for a in range(0, len(X), piece)]
        if found is None:

            def sweep(start: int, stop: int) -> None:
                self._points(path, X, Y, G, failures, start, stop)
        else:
            lanes, pool = self.faster(path, found, work)

            def sweep(start: int, stop: int) -> None:
                try:
                    workspace = pool.pop()
                except IndexError:
                    workspace = lanes.workspace()
                if workspace.parameters is not self.named:
                    workspace.bind(path.parameters, self.named)
                workspace.run(X, Y, G, failures, start, stop)
                pool.append(workspace)

        in_pieces(sweep, pieces, min(threads, len(pieces)), self.tell)
        return failures

    def _points(
        self, path: Path, X: Reals, Y: Reals | None, G: Reals | None, failures: NDArray[np.int32], start: int, stop: int
    ) -> None:
        """The same point by point."""
        slots = self.outputs(path)
        replay, pool = self.replay(path)
        write(replay.parameters, self.named)
        for row in range(start, stop):
            self.fill(replay, X[row])
            try:
                failures[row] = replay.forward()
            except Exception:
                failures[row] = FAILED
            if failures[row] == -1:
                if Y is not None:
                    Y[row] = replay.value[slots]
                if G is not None:
                    for k in range(len(slots)):
                        pull(replay, slots[k], G[row, k])
        write(replay.parameters, self.function._bindings)
        pool.append(replay)

    def replay(self, path: Path) -> tuple[Replay, list[Replay]]:
        """A replay of a path with the functions of this batch, and the list that it returns to."""
        if not self.more_precise(path):
            return self.function._acquire(path)
        replay = path.another()
        replay.tape.interpret()  # kernels of runs have their functions written into them
        replay.tape.math = self.math
        return replay, []

    def more_precise(self, path: Path) -> bool:
        """Whether the batch takes functions of libm, and calls at one point do not."""
        return self.math == "precise" and path.tape.math != "precise"

    def precisely(self, replay: Replay, x: Reals) -> Replay:
        """A replay that has gone forward at a point, with the functions of this batch; that given where it would decide otherwise."""
        if not self.more_precise(replay.path):
            return replay
        again, _ = self.replay(replay.path)
        write(again.parameters, self.named)
        self.fill(again, x)
        if again.forward() >= 0:
            return replay
        replay.path.counter -= 1  # the point was counted
        return again

    def tell(self, points: int) -> None:
        if self.progress is not None:
            self.progress.add(points)


    def fill(self, replay: Replay, x: Reals) -> None:
        """Write a point to a replay."""
        at = 0
        for view in (*replay.inputs, *(replay.parameters[k] for k in self.varying)):
            view[...] = x[at : at + view.size].reshape(view.shape)
            at += view.size

    def at(self, x: Reals) -> tuple[list[Any], list[Any]]:
        """A point as (leaves of the arguments, leaves of the parameters)."""
        leaves = [part if part.ndim else part[()] for part in split(self.function, x, ())]
        if not self.varying:
            return leaves, self.named
        named, at = list(self.named), x.size - sum(np.size(self.named[k]) for k in self.varying)
        for k in self.varying:
            n, shape = np.size(named[k]), np.shape(named[k])
            named[k] = x[at : at + n].reshape(shape)
            at += n
        return leaves, named


_ABSENT: Any = object()


def pull(replay: Replay, slot: Any, out: Reals) -> None:
    """The gradient of one slot, written to a row of all inputs, or of as many of them as there is room for."""
    size = sum(int(np.prod(shape, dtype=np.int64)) for _, _, shape in replay.path.inputs)
    if size > len(out):
        whole = np.empty(size, out.dtype)
        pull(replay, slot, whole)
        out[...] = whole[: len(out)]
        return
    parts, at = [], 0
    for _, _, shape in replay.path.inputs:
        n = int(np.prod(shape, dtype=np.int64))
        parts.append(out[at : at + n].reshape(shape))
        at += n
    replay.pull([(np.array([slot], np.int32), 1.0)], parts)


# --- all paths -----------------------------------------------------------------------------------------------------------


def path_of(task: Task, X: Reals) -> Path:
    """The path of the first point, which says what the function returns and is swept first."""
    use = _at(task, X, 0)
    path: Path = use.replay.path
    use.end()
    path.counter -= 1  # the point is swept with the others
    return path


def _at(task: Task, X: Reals, row: int) -> Any:
    """A replay that has gone forward at one point; an error says at which."""
    try:
        return task.function._forward_leaves(*task.at(X[row]))
    except Exception as error:
        error.add_note(f"at point {row} of the batch")
        raise


def run(task: Task, X: Reals, out: Any, values: bool) -> tuple[Any, Any]:
    """Values (None without `values`) and gradients or Jacobians (None where the task wants none), for the user."""
    function = task.function
    points, inputs = len(X), sum(int(np.prod(shape, dtype=np.int64)) for shape in function.shapes)
    path = task.first_path(X) if points else function._path
    if task.kind == "gradient" and path.seed < 0 and not path.constant:
        raise GradientError(
            f"{function.name} does not return one recorded scalar, so it has no gradient; use batch_jacobian"
        )
    first = Results(path)
    Y = G = None
    if out is not None:
        shape = (
            (points, *first.shapes[0], *(() if task.kind == "values" else function.shapes[0]))
            if len(first.shapes) == 1
            else None
        )
        if task.kind != "values" and not function._one_array:
            shape = None
        if shape is None:
            raise ValueError("out needs a function of one array with one result; leave it away")
        function._check_out([out], [shape])
        if np.may_share_memory(out, X):  # points that are still to be swept on another path would be overwritten
            X = X.copy()
        if task.kind == "values" and any(first.masks):
            raise ValueError("out needs a result of real numbers, not of truth values; leave it away")
    direct = out if out is not None and out.flags.c_contiguous else None
    if values and task.kind != "jacobian":
        Y = (
            np.empty((points, first.size), function._dtype)
            if direct is None or task.kind != "values"
            else direct.reshape(points, first.size)
        )
    if task.kind != "values":
        G = (
            np.empty((points, first.size, inputs), function._dtype)
            if direct is None
            else direct.reshape(points, first.size, inputs)
        )
    task.sweep(X, Y, G, first)
    if out is not None and any(a.dtype.kind == "c" for _, r in task.parts for _, a in r.plain) and task.kind == "values":
        raise ValueError("out needs a result of real numbers, not of complex ones; leave it away")
    given = out
    if given is not None and direct is None:
        given[...] = (Y if G is None else G).reshape(given.shape)  # type: ignore[union-attr]
    value = None if Y is None else given if given is not None and G is None else first.assemble(Y, task.parts)
    if G is None or given is not None:
        return value, given
    if task.kind == "gradient":
        return value, function._structured(split(function, G[:, 0], (points,)))
    blocks = [
        function._structured(split(function, G[:, p], (points, *shape)))
        for p, shape in zip(first.places, first.shapes, strict=True)
    ]
    return value, path.rebuild_output(blocks)


def sweep(task: Task, X: Reals, Y: Reals | None, G: Reals | None, first: Results) -> None:
    """Values and gradients of every row, each on its own path."""
    queue: list[tuple[Path, NDArray[np.intp] | None, tuple[Path, ...]]] = [(first.path, None, ())]
    while queue:
        path, rows, tried = queue.pop()
        failures = _on_path(task, path, rows, X, Y, G, first)
        missed = np.flatnonzero(failures != -1)
        path.counter += len(failures) - len(missed)
        codes = failures[missed]
        if rows is not None:
            missed = rows[missed]
        for code in np.unique(codes).tolist():
            queue += _elsewhere(task, missed[codes == code], (*tried, path), X, Y, G, first)


def _on_path(
    task: Task, path: Path, rows: NDArray[np.intp] | None, X: Reals, Y: Reals | None, G: Reals | None, first: Results
) -> NDArray[np.int32]:
    """Sweep some rows (all for None) on one path; what comes out at rows at which a guard fails is of no use."""
    function, results = task.function, Results(path)
    results.match(first, function.name)
    given = X if rows is None else X[rows]
    count, wanted = len(given), len(results.slots)
    whole = rows is None and not results.plain
    y = None if Y is None else Y if whole else np.empty((count, wanted), function._dtype)
    g = None if G is None else G if whole else np.empty((count, wanted, G.shape[2]), function._dtype)
    if wanted or path.expected.size:
        failures = task.run(path, given, y, g)
    else:
        failures = np.full(count, -1, np.int32)
        task.tell(count)
    if whole:
        return failures
    good = np.flatnonzero(failures == -1)
    target = good if rows is None else rows[good]
    if Y is not None and y is not None:
        Y[target[:, None], results.columns] = y[good]
        _write_plain(task, Y, target, results)
    if G is not None and g is not None:
        if results.plain:
            G[target] = 0.0
        G[target[:, None], results.columns] = g[good]
    return failures


def _write_plain(task: Task, Y: Reals, rows: NDArray[np.intp], results: Results) -> None:
    """Note and write what a path returns at some rows without having recorded it."""
    if results.plain:
        task.parts.append((rows, results))
    for place, plain in results.plain:
        Y[rows, place] = plain.real.ravel()  # complex numbers are taken from `parts`


def _elsewhere(task: Task, group: NDArray[np.intp], tried: tuple[Path, ...], X: Reals, Y: Reals | None, G: Reals | None,
               first: Results) -> list[tuple[Path, NDArray[np.intp] | None, tuple[Path, ...]]]:  # fmt: skip
    """Where rows at which one guard of a path does not hold are swept next; the first of them is done at once.

    It is done as a call at one point: that finds or records the path that is due, and settles what comes out on either
    side of a decision by the last bit of a function of lanes. Where points are to be `alike`, only the latter are.
    """
    function = task.function
    while group.size:
        whole = group
        row, group = int(group[0]), group[1:]
        try:
            use = _at(task, X, row)
        except BranchChanged:
            if task.missed is None or function.on_branch == "raise":
                raise
            task.missed.append(row)
            continue
        other = use.replay.path
        if task.alike and other.reusable and other not in tried:
            use.end()
            other.counter -= 1
            return [(other, whole, tried)]
        results = Results(other)
        try:
            replay = task.precisely(use.replay, X[row])
            results.match(first, function.name)
            if Y is not None:
                Y[row, results.columns] = replay.value[results.slots]
                _write_plain(task, Y, np.array([row]), results)
            if G is not None:
                G[row] = 0.0
                for k, slot in zip(results.columns.tolist(), results.slots.tolist(), strict=True):
                    pull(replay, slot, G[row, k])
        finally:
            use.end()
        task.tell(1)
        if group.size and other.reusable and other not in tried:
            return [(other, group, tried)]
    return []
