"""Record once, replay natively: what `record` returns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.array.complexes import is_complex
from jittape.errors import GradientError
from jittape.functional.callables import REFUSED
from jittape.functional.complexes import Packing, has_parts
from jittape.functions.hooks import RECORDED
from jittape.replay.builtins import BOTH, GRADIENT, VALUE
from jittape.replay.matrix_methods import Matrices
from jittape.replay.path import Replay
from jittape.replay.paths import Use
from jittape.replay.pieces import check_threads
from jittape.tape.loops import enabled

if TYPE_CHECKING:
    from jittape.replay.description import Description
    from jittape.replay.explain.findings import Explanation
    from jittape.replay.profile.profile import Profile

_NOTHING: Any = object()
"""Stands for an argument that was not given."""


class Function(Matrices):
    """A recorded function, replayed natively. Made by `jittape.record`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: np.sum(x**3), np.ones(2))
        >>> float(F(np.array([1.0, 2.0]))), F.grad(np.array([1.0, 2.0])).tolist()
        (9.0, [3.0, 12.0])
        >>> F.batch_grad(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
        [[3.0, 12.0], [27.0, 48.0]]

    What the function decided by its arguments' values when it was recorded (a branch, a loop's end, a
    sort order) is checked at every replay. Where another decision is due, the path that takes it is
    found among those recorded before, or recorded then (`on_branch="record"`), or `BranchChanged` is
    raised (`on_branch="raise"`).

    Several threads may use a Function at once. More: docs/recording.md.

    Attributes:
        name: of the recorded function.
        shapes: shapes of the differentiated leaves, in order.
        on_branch: "record" or "raise".
        max_paths: how many paths are kept; the one that was not used for longest goes first.
    """

    if not TYPE_CHECKING:  # a name that does not exist is an error for type checkers

        def __getattr__(self, name: str) -> Any:
            """Where there is no such attribute: what it is called here."""
            from jittape.names import OF_FUNCTIONS, missing  # nobody needs it whose names are right

            raise AttributeError(missing("a recorded function F", name, lambda: dir(type(self)), OF_FUNCTIONS), name=name, obj=self)

    def __repr__(self) -> str:
        more = f", {len(self._paths)} paths" if len(self._paths) > 1 else ""
        return f"<jittape.Function {self.name}: {self.tape!r}{more}>"

    def compile(self, report: bool = False, threads: int | None = 1) -> Any:
        """Compile the loops of this function's paths: calls, gradients and products with them take a fraction of the time afterwards.

        A loop that was recorded turn by turn is found again, and its body is compiled, once for every number of turns. The numbers are
        the same to the last bit. What is no loop goes on being interpreted; see docs/loops.md. `JITTAPE_LOOPS=0` makes it do nothing.

        Args:
            report: return what became a loop and what did not, to be printed, in place of the function.
            threads: how many threads share long loops whose turns do not depend on each other, where that saves time; None for one a processor. The
                numbers do not depend on it. Paths and second derivatives that come later have it, too.

        Returns:
            The function itself, or a list of reports, one a path, those of second derivatives that were asked for included.

        Raises:
            ValueError: `threads` is no number of threads.

        Example:
            >>> import jittape as jt
            >>> def f(x):
            ...     for _ in range(100):
            ...         x = x - 0.1 * x * x
            ...     return x
            >>> F = jt.record(f, 1.0).compile()
            >>> bool(F.grad(1.0) == jt.record(f, 1.0).grad(1.0))
            True
        """
        from jittape.replay import hessians  # for start-up
        from jittape.replay.compiled import compile_path

        check_threads(threads)
        self._compiled = enabled()
        hessians.products_to_compile(self)
        functions = [self, *(derived for derived in (self._products, self._entries) if derived)]
        paths = [path for function in functions for path in function._paths]
        reports = [compile_path(path) for path in paths] if self._compiled else []
        for function in functions:
            function._threads = threads
        for path in paths:
            path.share(threads)
        return reports if report else self

    def describe(self) -> Description:
        """What was recorded: arguments and results, and each path with what it decided, its size, and what of it is compiled.

        Returns:
            A `Description`: text by `print`, a table in Jupyter; its attributes are the figures.

        Example:
            >>> import jittape as jt
            >>> F = jt.record(lambda x: x**2 if x > 0 else -x, 1.0)
            >>> F(-1.0).item()
            1.0
            >>> print(F.describe())  # doctest: +ELLIPSIS
            <lambda>(ndarray[]) -> (), float64
              path 1 of 2: 2 instructions, ...
                the truth value at ... was False
              path 2 of 2: 2 instructions, ...
                the truth value at ... was True
        """
        from jittape.replay.description import Description  # for start-up

        return Description(self)

    def profile(self, *args: Any, measure_for: float = 0.5, **parameters: Any) -> Profile:
        """Where time and memory of value and gradient at a point go: by source line, by operation and by loop, forward and reverse.

        What is there is timed, on the path that the point takes: interpreted, or with compiled loops after `compile()`. Sweeps of stretches of
        the recording are timed in turns with whole calls; docs/looking.md says how, and to what a time is known.

        Args:
            args: as recorded.
            measure_for: about how many seconds it may take; a few calls are timed in any case.
            parameters: see `bind`; for this call only.

        Returns:
            A `Profile`: tables by `print` and in Jupyter, `by_line()`, `by_operation()` and `by_loop()` as data, `plot()` as a picture.

        Raises:
            ValueError: another shape than was recorded; a function that computes nothing.
            BranchChanged: another path is due, and `on_branch` is "raise".

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(np.exp(x) + x), np.ones(100_000))
            >>> profile = F.profile(np.ones(100_000))
            >>> [row.what for row in profile.by_operation()][0]
            'exp'
        """
        from jittape.replay.profile.profile import Profile  # for start-up

        if not measure_for >= 0.0:
            raise ValueError(f"measure_for is a number of seconds from 0 on, not {measure_for!r}")
        return Profile(self, args, parameters, measure_for)

    def _repr_html_(self) -> str:
        return self.describe()._repr_html_()

    # --- one point ---------------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **parameters: Any) -> Any:
        """The function's value, in its own structure, as NumPy.

        Keyword arguments are parameters (see `bind`), for this call only.
        """
        if len(args) == 1 and not parameters and self._shape is not None:
            value = self._shortly(VALUE, args[0], None)
            if value is not None:
                return value
        use = self._forward(args, parameters)
        out = use.replay.results()
        use.replay.prepare()
        use.end()
        return out

    def _shortly(self, which: int, x: Any, out: Any) -> Any:
        """The short way: what one native call gives, VALUE, GRADIENT or BOTH; None where it cannot be gone."""
        pool = self._path.pool
        try:
            replay = pool.pop()
        except IndexError:  # as many replays of the path are under way as there ever were
            return None
        found = None
        try:
            if replay.quick is not None:
                call, words = replay.quick[which]
                found = call(x, out)
                if found is None:
                    replay.stopped(words)
        finally:  # there may have been no memory for the result
            pool.append(replay)
        return found

    def grad(self, x: Any = _NOTHING, /, *more: Any, out: Any = None, **parameters: Any) -> Any:
        """The gradient with respect to the argument (a tuple of gradients where there are several).

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x**3), np.ones(2))
            >>> F.grad(np.array([1.0, 2.0])).tolist()
            [3.0, 12.0]
            >>> g = np.empty(2)
            >>> F.grad(np.array([1.0, 2.0]), out=g) is g
            True

        Args:
            x, more: arguments as recorded.
            out: an array of the argument's shape and dtype that the gradient is written to and that is returned (for
                several arguments, or containers, arrays in the structure of the gradient).
            parameters: see `bind`; for this call only.

        Raises:
            GradientError: the function does not return one recorded scalar.
            ValueError: another shape than was recorded, or an `out` of another shape or dtype.
            BranchChanged: another path is due, and `on_branch` is "raise".
        """
        if not more and not parameters and self._shape is not None:
            g = self._shortly(GRADIENT, x, out)
            if g is not None:
                return g
        return self._value_and_grad(() if x is _NOTHING else (x, *more), out, parameters, GRADIENT)[1]

    def value_and_grad(self, x: Any = _NOTHING, /, *more: Any, out: Any = None, **parameters: Any) -> tuple[Any, Any]:
        """Value and gradient of one replay.

        Args:
            x, more, out, parameters: see `grad`, whose errors these are.

        Returns:
            (value, gradient).

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(x**3), np.ones(2))
            >>> value, g = F.value_and_grad(np.array([1.0, 2.0]))
            >>> float(value), g.tolist()
            (9.0, [3.0, 12.0])
        """
        if not more and not parameters and self._shape is not None:
            both: tuple[Any, Any] | None = self._shortly(BOTH, x, out)
            if both is not None:
                return both
        return self._value_and_grad(() if x is _NOTHING else (x, *more), out, parameters, BOTH)

    def _value_and_grad(self, args: tuple[Any, ...], out: Any, parameters: dict[str, Any], wanted: int) -> tuple[Any, Any]:
        """The value (None where only the gradient is wanted) and the gradient."""
        outs = None if out is None else self._check_out(self._out_leaves(out))
        use = self._forward(args, parameters, wanted)
        value = use.replay.results() if wanted == BOTH else None
        leaves = self._gradient(use.replay, outs)
        use.end()
        return value, out if out is not None else self._structured(leaves)

    def _gradient(self, replay: Replay, outs: list[Any] | None) -> list[Any]:
        path = replay.path
        if path.seed < 0:
            if not path.constant:
                how = ""
                if has_parts(path.rebuild_output(list(range(len(path.outputs))))):
                    how = ": it returns complex numbers; reduce them to a real one, or record jittape.grad(f, holomorphic=True) of an analytic function (docs/complex.md)"
                raise GradientError(f"{self.name} does not return one recorded scalar, so it has no gradient{how}")
            for o in outs or ():
                o[...] = 0.0
            return [np.zeros(shape, self._dtype)[()] for shape in self.shapes]
        leaves = replay.gradient(outs)
        replay.prepare()
        return leaves

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any], **parameters: Any) -> tuple[Any, Any]:
        """Value and directional derivative, by a forward sweep: as `jittape.jvp` of the recorded function.

        Args:
            primals: a tuple of the arguments.
            tangents: as many directions, of the same structure and shapes.
            parameters: see `bind`; for this call only.

        Returns:
            (value, tangent of it), of the same structure.

        Raises:
            TypeError: primals or tangents are no tuple or list.
            ValueError: another structure or shape than was recorded.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x**2, np.ones(2))
            >>> F.jvp((np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))[1].tolist()
            [2.0, 0.0]
        """
        if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
            raise TypeError("jvp takes the primals and the tangents as two tuples: F.jvp((x,), (v,))")
        directions = self._leaves(tuple(tangents))
        use = self._forward(tuple(primals), parameters)
        out, found = use.replay.results(), use.replay.push(directions)
        use.end()
        return out, use.replay.path.rebuild_output(found)

    def vjp(self, *primals: Any, **parameters: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """The value, and the function that pulls an adjoint of it back: as `jittape.vjp` of the recorded function.

        Args:
            primals: the arguments, as recorded.
            parameters: see `bind`; for this call only.

        Returns:
            (value, pullback): the pullback takes an adjoint of the value's structure and shapes and returns a tuple with one adjoint
            an argument; ValueError where the structure or a shape is another one. It holds memory of the replay until it is dropped.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x**2, np.ones(2))
            >>> value, pull = F.vjp(np.array([1.0, 2.0]))
            >>> pull(np.array([1.0, 10.0]))[0].tolist()
            [2.0, 40.0]
        """
        use = self._forward(primals, parameters)
        out = use.replay.results()
        return out, _Pullback(self, use, out)

    def taylor(self, x: Any, order: int, direction: Any = None, *, directions: Any = None, **parameters: Any) -> Any:
        """Taylor coefficients along a direction, or several: as `jittape.taylor` of the recorded function.

        Args:
            x: the argument (for several arguments, a tuple of them).
            order: the highest coefficient.
            direction, directions: see `jittape.taylor`.
            parameters: see `bind`; for this call only.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: x[0] ** 2 * x[1], np.ones(2))
            >>> F.taylor(np.array([1.0, 2.0]), 3, np.array([1.0, 1.0])).tolist()
            [2.0, 5.0, 4.0, 1.0]
        """
        from jittape.replay import taylor  # for start-up

        return taylor.taylor(self, x, order, direction, directions, parameters)

    def explain_nan(self, *args: Any, **parameters: Any) -> Explanation:
        """Where a NaN (or where there is none, an infinity) at a point comes from: operation, operands and source line.

        The function is recorded anew at the point, on the path that it takes there, with source lines, unless it was recorded
        with `source=True`. Values are looked at first; where they are finite, adjoints; where these are, second derivatives.

        Args:
            args: as recorded.
            parameters: see `bind`; for this call only.

        Returns:
            An `Explanation` with `what` ("value", "derivative", "second derivative" or ""), `first` (operation, index, operands, filename, line, ...)
            and a text, `str(...)`. It is false where there is nothing to explain.

        Example:
            >>> import numpy as np, jittape as jt
            >>> F = jt.record(lambda x: np.sum(np.log(x - 1.0)), np.full(3, 2.0))
            >>> found = F.explain_nan(np.array([2.0, 0.5, 3.0]))
            >>> found.first.operation, found.first.index, found.first.operands
            ('log', (1,), (Operand(name='sub', value=-0.5),))
            >>> bool(F.explain_nan(np.array([2.0, 1.5, 3.0])))
            False
        """
        from jittape.replay.explain.explain import explain_nan  # for start-up

        return explain_nan(self, args, parameters)

    if TYPE_CHECKING:  # replay/saving.py gives the class this, which stands above it

        def save(self, path: Any) -> None: ...


class _Pullback:
    """What `Function.vjp` returns: it holds its replay until it is dropped."""

    def __init__(self, function: Function, use: Use, out: Any) -> None:
        self._function, self._use, self._out = function, use, out
        self._lock = threading.Lock()

    def __call__(self, adjoint: Any) -> tuple[Any, ...]:
        """Adjoints of the arguments, for an adjoint of the result's structure and shapes."""
        like, _ = tree.flatten(self._out)
        given = tree.aligned(adjoint, self._out)
        if given is None:
            raise ValueError(
                f"vjp needs the result's structure, {tree.describe(self._out)}; got {tree.describe(adjoint)}"
            )
        if len(like) != len(self._use.replay.path.outputs):  # some are complex
            packing = Packing(like)
            given, like = packing.apart(given, True), packing.apart(like)
        seeds = []
        for k, (a, b, o) in enumerate(zip(given, like, self._use.replay.path.outputs, strict=True)):
            if np.shape(a) != np.shape(b):
                raise ValueError(
                    f"vjp: leaf {k} has shape {np.shape(a)}, but the function's result has shape {np.shape(b)} there"
                )
            if is_complex(a):
                raise TypeError(f"vjp: leaf {k} is complex, but the function's result is real there")
            if isinstance(o, Array) and not o.is_mask:
                seeds.append((o.slots, np.asarray(a, float)))
        with self._lock:
            leaves = self._use.replay.pull(seeds)
        return tuple(self._function._adjoints(leaves))

    def __del__(self) -> None:
        self._use.end()


REFUSED[Function] = (
    "a recorded Function has its own derivatives: F.grad(x), F.value_and_grad(x). For a recorded Hessian, record "
    "it: jittape.record(jittape.hessian(f), x)"
)


def _native(function: Function, argnums: Any, valued: bool) -> Any:
    from jittape.replay.native_calls import native  # for start-up: it is the compiler's part

    return native(function, argnums, valued)


RECORDED.append((Function, _native))
