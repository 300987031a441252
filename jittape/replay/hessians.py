"""Second derivatives of a recorded function: products of its Hessian with vectors, as a recorded function of their own.

A path is differentiated twice: the reverse sweep of the result, written onto a copy of its tape, gives the gradient g(x);
the reverse sweep of the inner product of g with a vector v gives H(x) v, since H is symmetric. The tape that comes out
has x and v as inputs and holds the same guards. It is replayed as any other: by one native call at a point, in lanes and
threads at many, and what depends on x only is computed once for several vectors at one point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.instructions.base import Refused
from jittape.instructions.blocks import NotFinite
from jittape.lanes.scalars import made_natively
from jittape.lanes.widths import CACHE, WIDTHS
from jittape.ops.layout import INPUT, RUN
from jittape.passes.blocks import LONGEST, Blocks
from jittape.passes.linear import Symmetric
from jittape.passes.renumber import prune
from jittape.passes.reroll import writable
from jittape.passes.reverse import ReverseSweep
from jittape.passes.terms import length
from jittape.replay import batch, entries
from jittape.replay.batch_methods import Batches
from jittape.replay.columns import at_rows, columns, split
from jittape.replay.path import Path
from jittape.replay.paths import Derived
from jittape.sweep.lanes.kernels import LINE

if TYPE_CHECKING:
    from jittape.instructions.references import Slots
    from jittape.replay.path import Place
    from jittape.replay.paths import Paths


T = TypeVar("T")


def first_sweep(path: Path, values: Any) -> tuple[Any, Any, list[Slots], list[Array]]:
    """(a copy of the path's tape with the reverse sweep of its result on it, where slots are there, the inputs, their gradients).

    It holds where lengths are zero that are so at `values`, those of a replay, and no others are (passes/singular.py).
    """
    tape, to = writable(path.shown())
    leaves = [to[start:stop] for start, stop, _ in path.inputs]
    if values is not None:
        for start, stop, _ in (*path.inputs, *path.parameters):
            tape.value[to[start:stop]] = values[start:stop]
        tape.done = tape.done_slots = 0
    first = ReverseSweep(tape, 0, 0, leaves)
    if not path.constant:
        first.seed(to[[path.seed]], 1.0)
        first.run()
        first.guard()
    gradient = [first.gradient(slots) for slots in leaves]
    first.close()
    return tape, to, leaves, gradient


def _derived(path: Path, tape: Any, to: Any, out: list[Array], directions: list[Any], planned: bool) -> Path:
    """The path of arrays on such a tape; `directions` are the places of further inputs."""
    tape.evaluate()
    new, by = prune(tape, [a.slots for a in out])

    def place(s: int, shape: Any, size: int) -> Place:
        return (s + int(by[s]), s + int(by[s]) + size, shape) if size else (0, 0, shape)

    outputs = []
    for a, (_, _, shape) in zip(out, path.inputs, strict=True):
        slots = a.slots + by[a.slots]
        outputs.append(Array.of(new, slots.reshape(shape)) if shape else Array(new, int(slots.flat[0])))
    new.end()
    places = [[place(int(to[start]) if stop > start else 0, shape, stop - start) for start, stop, shape in group] for group in (path.inputs, path.parameters)]
    return Path(new, [*places[0], *(place(*d) for d in directions)], places[1], outputs, list, path.forms, planned)


def lanes_pay(path: Path, count: int) -> bool:
    """Whether products with `count` vectors are better found in lanes, whose program is to be made first, than one by one.

    It depends on the path and on how many vectors there are, not on what was computed before, so that equal calls give equal bits.
    """
    tape = path.tape
    runs = int(np.count_nonzero(tape.opcode[: tape.count] >= RUN))
    scalars = tape.count - runs
    elements = tape.slots - scalars
    width = WIDTHS[0] if tape.slots * WIDTHS[0] * tape.dtype.itemsize <= CACHE else WIDTHS[-1]
    plain = count * (CALL + scalars * SCALAR + runs * A_RUN + elements * ELEMENT)
    lanes = BATCH + -(-count // width) * (tape.slots * RECORD + width * (scalars * SCALAR_LANE + elements * ELEMENT_LANE))
    making = scalars * (MAKING_NATIVELY if made_natively(tape, False) else MAKING) + elements * MAKING_ELEMENT
    return lanes < plain and (making <= UNNOTICED or REPEATED * (plain - lanes) >= making)


CALL, SCALAR, A_RUN, ELEMENT = 2e-6, 5.5e-9, 60e-9, 0.9e-9
"""Seconds that a product takes by itself: a call, a scalar instruction, a run and each of its elements."""
BATCH = 30e-6
"""Seconds of a batch besides its sweeps."""
RECORD, SCALAR_LANE, ELEMENT_LANE = 10e-9, 0.16e-9, 1e-9
"""Seconds that a sweep of lanes takes: an operation, and each of its lanes (functions are libm's, and matrices go by lists of places)."""
MAKING, MAKING_NATIVELY, MAKING_ELEMENT = 20e-6, 0.3e-6, 4e-6
"""Seconds that it takes to make the program of lanes: of a scalar instruction on a short path and on a long one, and of an element of a run."""
UNNOTICED, REPEATED = 0.1, 100
"""Seconds that this may take wherever lanes are faster, and how often products are assumed to be asked for where it takes more."""


def products(path: Path, values: Any = None) -> Path:
    """The path of (x, v) -> H(x) v of a path whose result is one number (zeros, where that does not depend on x).

    Its inputs are those of the path and then as many again for v; its outputs are one array a leaf, in order.
    """
    tape, to, leaves, gradient = first_sweep(path, values)
    directions, vectors = [], []
    for start, stop, shape in path.inputs:
        v = Array.of_run(tape, tape.append_leaf(np.zeros(stop - start), INPUT), (stop - start,))
        directions.append((int(v.slots[0]) if v.size else 0, shape, v.size))
        vectors.append(v)
    second = ReverseSweep(tape, 0, 0, leaves)
    for g, v in zip(gradient, vectors, strict=True):
        second.seed(g.slots, v)
    second.run()
    out = [second.gradient(slots) for slots in leaves]
    second.close()
    return _derived(path, tape, to, out, directions, True)


def gradients(path: Path, values: Any = None) -> Path:
    """The path of x -> the gradient, one array a leaf, whose replays keep the values of all slots.

    Raises:
        Refused: its Jacobian is found neither by blocks of seeds nor by linear programs.
    """
    if path.tape.count > LONGEST:
        length(path.tape)  # else writing the gradient would be in vain
    tape, to, _, gradient = first_sweep(path, values)
    short = tape.count <= MUCH_LONGER * LONGEST  # without what the gradient does not need it is not that much shorter
    if not short:
        length(tape)
    found = _derived(path, tape, to, gradient, [], False)
    inputs, outputs = [(a, b) for a, b, _ in found.inputs], [o.slots.reshape(-1) for o in found.outputs]
    try:
        if not short:
            raise Refused
        found.blocks = Blocks(found.tape, inputs, outputs, symmetric=True)
    except Refused:
        found.blocks = Symmetric(found.tape, inputs, outputs)
    return found


class ByPaths(Derived, Batches):
    """A function that is derived from a recorded one path by path, on whatever path x takes.

    Attributes:
        shares: how many times it takes the arguments' structure.
    """

    shares = 1

    def __init__(self, function: Paths) -> None:
        path = function._path
        if path.seed < 0 and not path.constant:
            raise GradientError(f"{function.name} does not return one recorded scalar, so it has no Hessian")
        Derived.__init__(self, function)
        count, one = len(function.shapes), function._rebuild

        def rebuild(leaves: list[Any]) -> list[Any]:
            return [part for i in range(0, len(leaves), count or 1) for part in one(leaves[i : i + count])]

        Batches.__init__(self, self.derive(path), [*function._structure] * self.shares, rebuild, function.name, parameters=function._parameters,
                         constants=function._constants, max_paths=function.max_paths, compile=function._compiles, threads=function._threads)  # fmt: skip

    def derive(self, path: Path, values: Any = None) -> Path:
        raise NotImplementedError

    def _can_record(self) -> bool:
        return True

    def _record(self, leaves: list[Any], named: list[Any] | None) -> Any:
        """What is derived from the path that x takes, which the function finds or records."""
        use = self._of._forward_leaves(leaves[: len(self._of.shapes)], named)
        base, values = use.replay.path, use.replay.value.copy()
        use.end()
        with self._lock:
            if base.seed < 0 and not base.constant:
                raise GradientError(
                    f"{self.name} does not return one recorded scalar at this point, so it has no Hessian"
                )
            return self._keep(self.derive(base, values)), named


class Gradients(ByPaths):
    """x -> the gradient of a recorded function, whose Jacobian is found by blocks of seeds, or by linear programs.

    Raises:
        Refused: that is not so on the path of the function that was used last.
    """

    def derive(self, path: Path, values: Any = None) -> Path:
        return gradients(path, values)

    def at(self, leaves: list[Any], named: list[Any] | None, find: Callable[[Blocks | Symmetric, Any], T]) -> T | None:
        """What is found of the Jacobian at a point; None where sweeps are due."""
        try:
            use = self._forward_leaves(leaves, named)
        except Refused:
            return None
        use.replay.evaluate()
        try:
            return find(use.replay.path.blocks, use.replay.value)
        except NotFinite:
            return None
        finally:
            use.end()


class Products(ByPaths):
    """(x, v) -> H(x) v of a recorded function."""

    shares = 2

    def derive(self, path: Path, values: Any = None) -> Path:
        return products(path, values)

    def along(self, leaves: list[Any], directions: list[Any], named: list[Any] | None) -> list[Any]:
        """Products at one point with several vectors: (count, *shape) a leaf in and out.

        The path is swept in lanes, a vector in each, where that pays (`lanes_pay`), or several go through compiled loops together; else it is
        swept forward once, and from the first instruction that depends on v again for every further vector.
        """
        count = len(directions[0])
        task = batch.Task(self, self._bindings if named is None else named, "values", "precise", 1, None)
        line = LINE // self._dtype.itemsize
        task.width = line if count <= line else None
        given = [*leaves, *(d[0] for d in directions)] if count else [*leaves, *leaves]
        path = self._path
        if task.has_lanes(path) and path.takes(given) and _in_lanes(task, path, count):
            quickly = self._in_lanes(task, path, leaves, directions)
            if quickly is not None:
                path.counted()
                return quickly
        use = self._forward_leaves(given, named)
        replay = use.replay
        path = replay.path
        if not task.has_lanes(path) and _in_lanes(task, path, count):
            use.end()
            found = self._in_lanes(task, path, leaves, directions)
            if found is not None:
                return found
            use = self._forward_leaves(given, named)
            replay = use.replay
        out = [np.empty(d.shape, self._dtype) for d in directions]
        views = replay.inputs[len(leaves) :]
        for i in range(count):
            if i:
                for view, d in zip(views, directions, strict=True):
                    view[...] = d[i]
                replay.forward()
            for o, result in zip(out, replay.results(), strict=True):
                o[i] = result
        replay.prepare()
        use.end()
        return out

    def _in_lanes(self, task: batch.Task, path: Path, leaves: list[Any], directions: list[Any]) -> list[Any] | None:
        """The same on a path, a vector in each lane; None where another path may be due."""
        count = len(directions[0])
        point = np.concatenate([np.ravel(x) for x in leaves]).astype(self._dtype)
        X = np.empty((count, 2 * point.size), self._dtype)
        X[:, : point.size] = point
        X[:, point.size :] = np.concatenate([d.reshape(count, -1) for d in directions], axis=1)
        Y = np.empty((count, point.size), self._dtype)
        if (task.run(path, X, Y, None) != -1).any():
            return None
        out, at = [np.empty(d.shape, self._dtype) for d in directions], 0
        for o in out:
            n = o[0].size
            o[...] = Y[:, at : at + n].reshape(o.shape)
            at += n
        return out


def _in_lanes(task: batch.Task, path: Path, count: int) -> bool:
    """Whether so many vectors are swept in lanes, whose program is made then."""
    compiled = path.replayed.loops is not None
    if count >= SEVERAL and (compiled or path.tape.count >= batch.LOOPED) and task.through_loops(path):
        return True
    return (count > FEW or not compiled) and lanes_pay(path, count) and task.lanes(path) is not None


def derived(function: Paths, leaves: list[Any] | None = None, named: list[Any] | None = None) -> Products:
    """The function's Hessian products; made when they are first asked for, at the point `leaves`.

    Rules of calls are computed where they are recorded: at the values that an earlier call left behind they may fail.
    """
    with function._lock:
        if function._products is None:
            if leaves is not None:
                function._forward_leaves(leaves, named).end()
            function._products = Products(function)
        found: Products = function._products
        return found


def by_blocks(function: Paths, leaves: list[Any], named: list[Any] | None) -> Gradients | None:
    """The function's gradient, made when it is first asked for; None where Hessians are not found by blocks of seeds."""
    found: Any = function._gradients
    if found is not None:
        return found or None

    def make() -> Gradients:
        function._forward_leaves(leaves, named).end()
        return Gradients(function)

    return function._made("_gradients", make) or None


def _each(function: Paths, x: Any, what: str, which: str) -> list[Any]:
    """What is given for all arguments, as a list of one for each."""
    if function._single:
        return [x]
    n = len(function._structure)
    if not isinstance(x, (tuple, list)) or len(x) != n:
        given = f"not of {len(x)}" if isinstance(x, (tuple, list)) else f"not {tree.describe(x)}"
        raise TypeError(f"{what}: {function.name} was recorded with {n} arguments, so {which} must be a tuple of {n}, {given}: F.{what}((x, ...), (v, ...))")
    return list(x)


def _vectors(function: Paths, v: Any, what: str) -> list[Any]:
    """The leaves of a direction, of the arguments' structure."""
    like = list(function._structure)
    given = [v] if function._single else v
    if isinstance(given, (tuple, list)) and len(given) != len(like):
        raise ValueError(f"{what} needs {len(like)} directions, one an argument, not {len(given)}")
    leaves = function._aligned(list(given) if isinstance(given, (tuple, list)) else given, like)
    if leaves is None:
        raise ValueError(
            f"{what} needs a direction of the arguments' structure, {tree.describe(function._structure)}, not {tree.describe(v)}"
        )
    return leaves


def hvp(function: Paths, x: Any, v: Any, out: Any, parameters: dict[str, Any]) -> Any:
    """`Function.hvp`."""
    args = tuple(_each(function, x, "hvp", "the point"))
    leaves = function._leaves(args)
    directions = _vectors(function, v, "hvp")
    block = all(np.ndim(d) == len(shape) + 1 for d, shape in zip(directions, function.shapes, strict=True))
    count = len(directions[0]) if block else 1
    if block and any(len(d) != count for d in directions):
        raise ValueError(f"a block of directions has as many of each leaf; these have {[len(d) for d in directions]}")
    lead, what = ((count,), "directions") if block else ((), "a direction")
    checked = [np.asarray(function._checked(d, lead + shape, what), function._dtype) for d, shape in zip(directions, function.shapes, strict=True)]
    outs = None if out is None else function._check_out(function._out_leaves(out), [lead + shape for shape in function.shapes])
    found = _products(function, leaves, checked, lead, function._named(parameters) if parameters else None, outs)
    if outs is None:
        return function._structured(found)
    for o, f in zip(outs, found, strict=True):
        if o is not f:
            o[...] = f
    return out


def _products(function: Paths, leaves: list[Any], directions: list[Any], lead: tuple[int, ...], named: list[Any] | None, outs: list[Any] | None) -> list[Any]:
    """Products of the Hessian, by its entries or along the directions; they may be written to `outs`."""
    use = _entries_at(function, leaves, named)
    if use is None:
        some = by_blocks(function, leaves, named) if lead and lead[0] > 1 and not _by_compiled_columns(function, leaves, named, lead[0]) else None
        if some is not None:
            vectors = np.concatenate([d.reshape(lead[0], -1) for d in directions], axis=1)
            products = some.at(leaves, named, lambda blocks, value: blocks.products(value, vectors))
            if products is not None:
                return [f.reshape(lead + shape) for f, shape in zip(split(function, products, lead), function.shapes, strict=True)]
        of = derived(function, leaves, named)
        if lead:
            return of.along(leaves, directions, named)
        use = of._forward_leaves([*leaves, *directions], named)
        found: list[Any] = use.replay.results()
        use.replay.prepare()
        use.end()
        return found
    count = lead[0] if lead else 1
    single = len(leaves) == 1
    rows = [np.ascontiguousarray(d).reshape(count, int(np.prod(shape, dtype=np.int64))) for d, shape in zip(directions, function.shapes, strict=True)]
    V = rows[0] if single else np.concatenate(rows, axis=1)
    Y = outs[0] if single and outs is not None and outs[0].flags.c_contiguous and not np.shares_memory(outs[0], V) else np.empty(V.shape, function._dtype)
    Y[...] = 0.0
    use.replay.add_products(V, Y.reshape(V.shape))
    entries.prepared(use.replay, products=True)
    use.end()
    if single:
        return [Y.reshape(lead + function.shapes[0])[()]]
    return [f.reshape(lead + shape)[()] for f, shape in zip(split(function, Y, (count,)), function.shapes, strict=True)]


def _entries_at(function: Paths, leaves: list[Any], named: list[Any] | None) -> Any:
    """A replay of the entries that has gone forward at a point; None where there are none of the path that is due."""
    of = entries.entries(function)
    if of is None:
        return None
    try:
        return of._forward_leaves(leaves, named)
    except Refused:
        return None


@contextmanager
def placed(function: Any, args: tuple[Any, ...], threads: int | None, parameters: dict[str, Any]) -> Iterator[None]:
    """An error of LAPACK's in second derivatives at many points says at which: where the values meet it, too."""
    try:
        yield
    except np.linalg.LinAlgError as error:
        first: Exception = error
        try:
            function.batch_value(*args, threads=threads, **parameters)
        except Exception as known:
            first = known
        raise first from None


def batch_hvp(function: Paths, X: Any, V: Any, threads: int | None, math: str, progress: Any, parameters: dict[str, Any]) -> Any:
    """`Function.batch_hvp`."""
    points, directions = _each(function, X, "batch_hvp", "the points"), _each(function, V, "batch_hvp", "the directions")
    found = derived(function).batch_value(*points, *directions, threads=threads, math=math, progress=progress, **parameters)
    return function._structured(found)


def batch_hessian(function: Paths, args: tuple[Any, ...], threads: int | None, math: str, parameters: dict[str, Any]) -> Any:
    """`Function.batch_hessian`."""
    function._real("hessian")
    X = columns(function, args)
    points, total = X.shape
    H = np.empty((points, total, total), function._dtype)
    by = entries.entries(function)
    if by is not None and not function._path.expected.size:  # the points of all paths have the same entries: there is one
        path = by._path
        some = max(MEMORY // max(path.column.max(initial=0) + 1, 1), 1)  # type: ignore[attr-defined]
        for first in range(0, points, some):
            part = X[first : first + some]
            try:
                values = by.batch_value(*function._rebuild(split(function, part, (len(part),))), threads=threads, math=math, **at_rows(function, parameters, points, slice(first, first + some)))
            except Refused:  # somewhere a length is zero
                break
            H[first : first + some] = path.dense_entries.of_batch(values, path.column).reshape(len(part), total, total)  # type: ignore[attr-defined]
        else:
            return _blocks(function, H)
    unit = np.eye(total, dtype=function._dtype)
    some = max(LANES // max(total, 1), 1)
    of = derived(function)
    for first in range(0, points, some):
        part = X[first : first + some]
        x = function._rebuild(split(function, np.repeat(part, total, axis=0), (len(part) * total,)))
        v = function._rebuild(split(function, np.tile(unit, (len(part), 1)), (len(part) * total,)))
        rows = np.repeat(np.arange(first, first + len(part)), total)
        found = of.batch_value(*x, *v, threads=threads, math=math, **at_rows(function, parameters, points, rows))
        H[first : first + some] = np.concatenate([f.reshape(len(part), total, -1) for f in found], axis=2)
    return _blocks(function, (H + H.transpose(0, 2, 1)) / 2.0)


def _blocks(function: Paths, H: NDArray[Any]) -> Any:
    """A matrix, or one a point, as blocks in the structure of the arguments."""
    lead, shapes = H.shape[:-2], function.shapes
    sizes = [int(np.prod(shape, dtype=np.int64)) for shape in shapes]
    ends = np.cumsum([0, *sizes]).tolist()
    rows = []
    for a, n, s in zip(ends, sizes, shapes, strict=False):
        row = [H[..., a : a + n, b : b + m].reshape(lead + s + t)[()] for b, m, t in zip(ends, sizes, shapes, strict=False)]
        rows.append(function._structured(row))
    return function._structured(rows)


def hessian(function: Paths, args: tuple[Any, ...], out: Any, parameters: dict[str, Any]) -> Any:
    """`Function.hessian`."""
    function._real("hessian")
    leaves = function._leaves(args)
    named = function._named(parameters) if parameters else None
    dtype = function._dtype
    total = sum(int(np.prod(shape, dtype=np.int64)) for shape in function.shapes)
    if out is not None:
        if not function._one_array:
            raise ValueError("out needs a function of one array; leave it away")
        function._check_out([out], [function.shapes[0] * 2])
    use = _entries_at(function, leaves, named)
    if use is not None:
        path = use.replay.path
        H = out if out is not None and out.flags.c_contiguous else np.empty(path.dense_entries.shape, dtype)
        use.replay.write(path.dense_entries, H)
        entries.prepared(use.replay)
        use.end()
    elif (found := _hessian_by_blocks(function, leaves, named, out, total)) is not None:
        H = found
    else:
        H = np.empty((total, total), dtype)
        of = derived(function, leaves, named)
        for first in range(0, total, ROWS):
            rows = min(ROWS, total - first)
            unit = np.zeros((rows, total), dtype)
            unit[np.arange(rows), first + np.arange(rows)] = 1.0
            found = of.along(leaves, split(function, unit, (rows,)), named)
            H[first : first + rows] = np.concatenate([f.reshape(rows, -1) for f in found], axis=1)
        H = (H + H.T) / 2.0
    if out is None:
        return _blocks(function, H.reshape(total, total))
    if out is not H:
        out[...] = H.reshape(out.shape)
    return out


def products_to_compile(function: Paths) -> None:
    """Make the products of a function whose loops are about to be compiled, if its Hessian has been asked for and is found faster by these then."""
    if sum(int(np.prod(shape, dtype=np.int64)) for shape in function.shapes) <= _line(function) and _by_programs(function):
        derived(function)


def _line(function: Paths) -> int:
    """Directions that one sweep in lanes goes along: so many take less through compiled loops than by a linear program of the gradient."""
    return LINE // int(function._dtype.itemsize)


def _by_programs(function: Paths) -> bool:
    """Whether Hessians are found by linear programs."""
    return bool(function._gradients) and isinstance(function._gradients._path.blocks, Symmetric)


def _by_compiled_columns(function: Paths, leaves: list[Any], named: list[Any] | None, count: int) -> bool:
    """Whether so few products go through loops that are compiled, which then takes less than the values of the gradient's tape do.

    Where the function's own loops were compiled by `F.compile`, before a Hessian was asked for, those of its products are made and compiled here.
    """
    if count > _line(function):
        return False
    if function._products is None and function._compiled and function._path.replayed.loops is not None and by_blocks(function, leaves, named) and _by_programs(function):
        from jittape.replay.compiled import compile_path  # for start-up

        for path in derived(function, leaves, named)._paths:
            compile_path(path)
    return function._products is not None and function._products._path.replayed.loops is not None


def _hessian_by_blocks(function: Paths, leaves: list[Any], named: list[Any] | None, out: Any, total: int) -> Any:
    """The Hessian by blocks of seeds, written to `out` where that is contiguous; None where it is not found so."""
    of = None if _by_compiled_columns(function, leaves, named, total) else by_blocks(function, leaves, named)
    if of is None:
        return None
    given = out is not None and out.flags.c_contiguous
    found = of.at(leaves, named, lambda blocks, value: blocks.hessian(value, out.reshape(total, total) if given else None))
    return found if found is None else out if given else found[0]


MUCH_LONGER = 4
"""How many times as many instructions as `Blocks` looks at a gradient with all of its function may have."""
SEVERAL, FEW = 3, 16
"""Directions from which they go through compiled loops together, and up to which a path whose loops are compiled is swept once for each where
they do not: as fast as lanes that are not."""
ROWS = 256
"""Directions that a dense Hessian is computed along at a time."""
MEMORY = 1 << 22
"""Numbers that are held at a time between a batch of entries and their matrices."""
LANES = 1 << 14
"""Rows (points times directions) that are swept at a time for Hessians of many points."""
