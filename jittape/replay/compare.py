"""Whether a function computes the same when it is recorded: `jittape.record` asks the plain function once, and warns.

What a function decides by something else than values (whether an argument is a float or an ndarray, what attributes it has, a random
number, the time) may come out otherwise where recorded arrays stand for its arguments. No error tells of it; its value may.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.compiler.dispatchers import is_dispatcher
from jittape.replay.generators import Generators, where_drawn
from jittape.replay.positions import Rearranged
from jittape.tape.lines import is_own

TOLERANCE = {np.dtype(np.float64): 1e-6, np.dtype(np.float32): 1e-2}
"""Relative to the largest number of a result: what another order of sums makes of an iteration may be large."""


SOLVED = 1e-2
"""The same where solvers run, which may stop elsewhere when their functions are recorded."""
NEAR = 1e-7
"""Relative, of every element: closer than any of these."""
OTHERWISE = (
    "it decides by something that is not the same where it is recorded (isinstance, hasattr, np.isscalar of an argument or of an array of jittape.numpy), "
    "or that is another at every call (a random number, a clock, a counter). Decide by values, shapes and dtypes, and pass as an argument what is to change"
)
DRAWS = (
    "it draws random numbers{}, and a recording keeps those that it was made with, at every call and in every batch. Draw them outside and pass them as an "
    "argument, or take jittape.grad{}, which draws anew at each call"
)


def _innermost(f: Any) -> Any:
    while isinstance(f, (functools.partial, MethodType, Rearranged)):
        f = f.func if isinstance(f, functools.partial) else f.__func__ if isinstance(f, MethodType) else f.f
    return f


def _is_native(f: Any) -> bool:
    """Whether a function is compiled: it knows no types but those that it is compiled for, and takes seconds to be compiled for plain ones."""
    return is_dispatcher(_innermost(f))


def _is_driver(f: Any) -> bool:
    """Whether a function is a driver of this package."""
    code = getattr(_innermost(f), "__code__", None)
    return code is not None and is_own(code.co_filename)


def _reason(f: Any, drew: bool) -> str:
    """What is said of a function that returns something else than was recorded. That one has drawn is not seen where the second of a pair of normal
    numbers was there; its text says it."""
    place = where_drawn(_innermost(f))
    if not drew and not place:
        return OTHERWISE
    return DRAWS.format(f": {place}" if place else "", " or jittape.native.grad" if _is_native(f) else "")


def _plain(x: Any) -> Any:
    """A copy of an argument, with numbers as they are."""
    leaves, rebuild = tree.flatten(x)
    return rebuild([v if isinstance(v, (float, np.generic)) else np.array(v) for v in leaves])


def compare(f: Callable[..., Any], args: Sequence[Any], real: dict[str, Any], static: dict[str, Any], result: Any, outputs: Sequence[Any], name: str, before: Generators) -> None:
    """Warn where the plain function returns something else than was recorded. Generators of random numbers stay as they are.

    Args:
        before: where the generators stood before it was recorded.
    """
    after = Generators((args, static))
    drew = before.moved(after)
    native = _is_native(f)
    if not drew and (native or _is_driver(f)):
        return
    numbers = np.random.get_state() if before.numpy is None or before.numpy != after.numpy else None
    tape = next((out.tape for out in outputs if isinstance(out, Array)), None)
    done = None if tape is None else (tape.done, tape.done_slots)
    try:
        with warnings.catch_warnings(record=True):
            found = f(*map(_plain, args), **_plain(real), **static)
        leaves, _ = tree.flatten(found)
        what = _difference(found, leaves, result, outputs)
    except Exception as error:
        what = "" if native else f"raises {type(error).__name__} ({error}) for plain arguments, and did not when it was recorded"
    finally:
        after.put_back(numbers)
        if tape is not None and done is not None:  # a listing shows no values before the first replay
            tape.done, tape.done_slots = done
    if what:
        warnings.warn(
            f"{name} {what}: {_reason(f, drew)}",
            RuntimeWarning,
            stacklevel=3,
        )


def _difference(found: Any, leaves: list[Any], result: Any, outputs: Sequence[Any]) -> str:
    """What is another in the plain function's result; empty where nothing is."""
    if len(leaves) != len(outputs) or not tree.same_structure(found, result):
        return f"returns {tree.describe(found)} for plain arguments and {tree.describe(result)} when it is recorded"
    for k, (plain, out) in enumerate(zip(leaves, outputs, strict=True)):
        a, b = np.asarray(plain), out.value() if isinstance(out, Array) else np.asarray(out)
        which = f" as result {k}" if len(leaves) > 1 else ""
        solved = isinstance(out, Array) and any(getattr(site, "approximate", False) for site in out.tape.parts.values())
        if a.shape != b.shape:
            if solved:  # as many points as steps
                continue
            return f"returns an array of shape {a.shape}{which} for plain arguments and one of shape {b.shape} when it is recorded"
        if a.dtype.kind in "fiubc" and b.dtype.kind in "fiubc":
            wide = complex if "c" in (a.dtype.kind, b.dtype.kind) else float
            a, b = a.astype(wide), b.astype(wide)
            with np.errstate(all="ignore"):
                if (abs(b - a) <= NEAR * abs(a)).all():  # the usual case, without further questions
                    continue
            dtype = out.tape.dtype if isinstance(out, Array) else np.dtype(np.float64)
            scale = float(np.abs(a[np.isfinite(a)]).max(initial=0.0))
            tolerance = SOLVED if solved else TOLERANCE[dtype]
            far = ~np.isclose(b, a, tolerance, tolerance * scale, equal_nan=True)
            if far.any():
                at = np.unravel_index(int(np.argmax(far)), a.shape)
                place = f" in element {[int(i) for i in at]}" if a.ndim else ""
                return f"returns {a[at].item()!r}{which}{place} for plain arguments and {b[at].item()!r} when it is recorded"
    return ""
