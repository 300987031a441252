"""`jittape.record`: a Python function as one that is replayed natively."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.complexes import is_complex
from jittape.array.state import current_tape
from jittape.errors import GradientError
from jittape.functional.callables import check_callable
from jittape.functional.leaves import real_leaf
from jittape.functions.argnums import argument_numbers, is_single, positions
from jittape.functions.hooks import name_of
from jittape.native.refused import refuse
from jittape.replay.compare import compare
from jittape.replay.function import Function
from jittape.replay.generators import Generators
from jittape.replay.paths import MAX_PATHS, trace_path
from jittape.replay.positions import Rearranged, Selected, other_names
from jittape.sweep.engine import check_math

ON_BRANCH = ("record", "raise")

_OPTIONS = ("out", "threads", "math", "progress")
"""Keyword arguments of methods that parameters may not be called."""


def record(
    f: Callable[..., Any],
    /,
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    on_branch: str = "record",
    max_paths: int = MAX_PATHS,
    source: bool = False,
    math: str = "fast",
    compile: bool = True,
    **parameters: Any,
) -> Function:
    """Record a function once, to be replayed natively at other arguments of the same shapes.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: np.sum(x**2) if x[0] > 0 else x[1], np.ones(3))
        >>> F.grad(np.array([1.0, 2.0, 3.0])).tolist()
        [2.0, 4.0, 6.0]
        >>> F.grad(np.array([-1.0, 2.0, 3.0])).tolist(), len(F.paths)
        ([0.0, 1.0, 0.0], 2)

    What `f` decides by values (`if`, a loop's end, a sort order) is guarded and checked at every
    replay. `f` must be deterministic; it is called twice. More: docs/recording.md.

    Args:
        f: a function over NumPy of real or complex arrays, or nested containers of them.
        args: example arguments; every leaf of those that are differentiated is a variable.
        argnums: which positional arguments to differentiate with respect to, **all by default**
            (`jittape.grad`: the first one). The others are parameters that may be given anew.
        on_branch: where another path is due: "record" it and keep it, or "raise" BranchChanged.
        max_paths: how many paths are kept, those used last.
        source: note the source line of every instruction (recording is slower).
        math: "fast" or "precise" functions of arrays, as in `jittape.grad`.
        compile: compile loops in the background, after some tenths of a second of replays.
        parameters: keyword arguments of `f`, not differentiated. Real ones can be given anew by
            `F.bind(name=...)` or at a call; anything else stays as it is.

    Returns:
        A `Function`: F(x), F.grad(x), F.jacobian(x), F.hessian(x), F.batch_grad(X), ...

    Raises:
        GradientError: an argument is no real or complex array, or a recording is under way.
        ValueError: an unknown `on_branch` or `math`, or `max_paths` below 1.
        TypeError: a parameter is called as an option of F's methods is (`out`, `threads`, ...).

    Warns:
        RuntimeWarning: the plain function returns something else here than was recorded.
    """
    if current_tape() is not None:
        raise GradientError("jittape.record was called inside a function that is being recorded; record it outside")
    if on_branch not in ON_BRANCH:
        raise ValueError(f'on_branch is "record" or "raise", not {on_branch!r}')
    check_math(math)
    if not isinstance(max_paths, int) or isinstance(max_paths, bool) or max_paths < 1:
        raise ValueError(f"max_paths is a number of paths, 1 or more, not {max_paths!r}")
    for name in _OPTIONS:
        if name in parameters:
            raise TypeError(f"a parameter cannot be called {name!r}, which is an option of the methods of a recorded function; give it another name, as in jittape.record(lambda x, other: f(x, {name}=other), ...)")  # fmt: skip
    if callable(f) and not args:
        raise GradientError(
            f"jittape.record needs an example of the arguments that {name_of(f)} is differentiated by, by position: jittape.record(f, x); it is recorded as it runs there, "
            "and replayed at any other point of that shape"
        )
    selected: dict[str, Any] = {}
    made: Any = Function
    if argnums is not None:
        name = name_of(f)
        numbers = positions(argument_numbers(argnums), len(args), f"{name} is recorded with")
        for i in numbers:
            for x in tree.flatten(args[i])[0]:
                if not is_complex(x):
                    real_leaf(x, f"argument {i}")
        names = other_names(f, numbers, len(args), (*parameters, *_OPTIONS))
        parameters |= {name: args[i] for i, name in names.items()}
        check_callable(f)
        f, args = Rearranged(f, numbers, names), tuple(args[i] for i in numbers)
        made, selected = Selected, {"numbers": numbers, "names": names, "single": is_single(argnums)}
    real = {name: value for name, value in parameters.items() if _is_real(value)}
    static = {name: value for name, value in parameters.items() if name not in real}
    before = Generators((args, static))
    path, trace = trace_path(f, args, real, static, source, math)
    compare(f, args, real, static, trace.result, trace.outputs if trace.out_packing is None else tree.flatten(trace.result)[0], name_of(f), before)
    leaves, blank = tree.flatten(list(args))[0], [np.empty(shape) for _, shape in trace.inputs]
    if trace.packing is not None:
        leaves, blank = trace.packing.apart(leaves), trace.packing.structured(blank)
    structure = trace.rebuild_arguments(blank)
    function = made(path, structure, trace.rebuild, name_of(f), f=f, static=static, parameters=real,
                floats=[type(x) is float for x in leaves],
                on_branch=on_branch, max_paths=max_paths, source=source, compile=compile, **selected)  # fmt: skip
    return function  # type: ignore[no-any-return]


def _is_real(value: Any) -> bool:
    """Whether a parameter can be bound anew: real arrays and numbers only."""
    leaves, _ = tree.flatten(value)
    return bool(leaves) and all(
        isinstance(x, (float, np.ndarray, np.floating)) and np.asarray(x).dtype in (np.float64, np.float32)
        for x in leaves
    )


refuse(record, "jittape.record")  # in compiled code
