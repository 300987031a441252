"""`jittape.record`: a Python function as one that is replayed natively."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.complexes import is_complex
from jittape.array.state import current_tape
from jittape.errors import GradientError
from jittape.functional.trace import check_callable, real_leaf
from jittape.functions.argnums import argument_numbers, is_single, positions
from jittape.functions.hooks import name_of
from jittape.native.refused import refuse
from jittape.replay.compare import compare, drawn
from jittape.replay.function import Function
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
    """Record `f` at these arguments, to be replayed natively at others of the same shapes.

    Decisions that `f` makes by the values of its arguments (`if x > 0`, a loop until convergence, a sort order) are
    recorded as guards and checked at every replay; see `Function`. `f` must be deterministic, and depend on nothing but
    its arguments and what stays the same. It is called twice: once to be recorded, and once with plain copies of the arguments, to
    warn where its value is another one then (it asks for types, say; see docs/limitations.md).

    Args:
        f: a function over NumPy of real or complex arrays, or nested containers of them (of complex ones: docs/complex.md).
        args: example arguments; every leaf of those that are differentiated is a variable.
        argnums: which positional arguments to differentiate with respect to: a number, or several, as in `jittape.grad`. By
            default **all of them** are (`jittape.grad` takes the first one alone), and F.grad returns a tuple of gradients where
            there are several. The others are parameters: F is called with all arguments, or with the differentiated ones alone,
            which keep the others as they were recorded or bound.
        on_branch: what a replay does where another path is due: "record" it and keep it, or "raise" BranchChanged.
        max_paths: how many paths are kept.
        source: note the source line of every instruction, for `print(F.tape.listing())` (recording is slower).
        math: where calls at one point take functions of arrays from: "fast" takes exp, sin and their like a vector at a time, with
            errors of at most 4 units in the last place; "precise" takes those of libm. Batches have an option of their own. See
            docs/accuracy.md.
        compile: compile loops in the background once a path has been replayed for some tenths of a second (`Function.compile` does it at
            once). The numbers stay the same to the last bit.
        parameters: keyword arguments of `f` that are not differentiated. Real arrays, and containers of them, can be
            given anew by `F.bind(name=...)` or at a call; anything else is handed to `f` as it is and stays.

    Returns:
        A `Function`: F(x), F.grad(x), F.value_and_grad(x), F.jacobian(x), F.jvp, F.vjp, and those of batches.

    Raises:
        GradientError: an argument is no real or complex array.

    Warns:
        RuntimeWarning: the plain function returns something else at these arguments than was recorded.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: np.sum(x**2) if x[0] > 0 else x[1], np.ones(3))
        >>> F.grad(np.array([1.0, 2.0, 3.0])).tolist()
        [2.0, 4.0, 6.0]
        >>> F.grad(np.array([-1.0, 2.0, 3.0])).tolist(), len(F.paths)
        ([0.0, 1.0, 0.0], 2)
        >>> G = jt.record(lambda x, data: np.sum(data * x**2), np.ones(2), np.ones(2), argnums=0)
        >>> G.grad(np.ones(2), np.array([1.0, 3.0])).tolist()
        [2.0, 6.0]
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
    before = drawn()
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
