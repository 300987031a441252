"""Whether a function computes the same when it is recorded: `jittape.record` asks the plain function once, and warns.

What a function decides by something else than values (whether an argument is a float or an ndarray, what attributes it has, a random
number, the time) may come out otherwise where recorded arrays stand for its arguments. No error tells of it; its value may.
"""

from __future__ import annotations

import ctypes
import functools
import random
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.compiler.dispatchers import is_dispatcher
from jittape.replay.positions import Rearranged
from jittape.tape.lines import is_own

TOLERANCE = {np.dtype(np.float64): 1e-6, np.dtype(np.float32): 1e-2}
"""Relative to the largest number of a result: what another order of sums makes of an iteration may be large."""


SOLVED = 1e-2
"""The same where solvers run, which may stop elsewhere when their functions are recorded."""
NEAR = 1e-7
"""Relative, of every element: closer than any of these."""
STATE_BYTES = 2500
"""The state of NumPy's Mersenne twister in memory: 624 words and a place."""


def drawn() -> bytes | None:
    """The state of NumPy's global generator as it lies in memory: get_state() makes it in a hundred times as long. None where the user
    has put another kind of generator there."""
    generator = np.random.get_bit_generator()  # type: ignore[attr-defined]
    return ctypes.string_at(generator.ctypes.state_address, STATE_BYTES) if type(generator) is np.random.MT19937 else None


def _put_back(before: bytes) -> None:
    """Put NumPy's global generator back where the recorded call left it as it was and the plain one did not. Normal numbers come in
    pairs: it can have taken the second of one only, so that none is left."""
    words = np.frombuffer(before, np.uint32)
    np.random.set_state(("MT19937", words[:-1], int(words[-1]), 0, 0.0))


def _is_ours(f: Any) -> bool:
    """Whether a function is compiled (it knows no types but those that it is compiled for), or a driver of this package."""
    while isinstance(f, (functools.partial, Rearranged)):
        f = f.func if isinstance(f, functools.partial) else f.f
    code = getattr(f, "__code__", None)
    return is_dispatcher(f) or (code is not None and is_own(code.co_filename))


def _plain(x: Any) -> Any:
    """A copy of an argument, with numbers as they are."""
    leaves, rebuild = tree.flatten(x)
    return rebuild([v if isinstance(v, (float, np.generic)) else np.array(v) for v in leaves])


def compare(f: Callable[..., Any], args: Sequence[Any], real: dict[str, Any], static: dict[str, Any], result: Any, outputs: Sequence[Any], name: str, before: bytes | None) -> None:
    """Warn where the plain function returns something else than was recorded. Generators of random numbers stay as they are.

    Args:
        before: what `drawn()` said before it was recorded.
    """
    if _is_ours(f):
        return
    state = random.getstate()
    numbers = np.random.get_state() if before is None or drawn() != before else None  # else the function draws none, as far as can be told
    tape = next((out.tape for out in outputs if isinstance(out, Array)), None)
    done = None if tape is None else (tape.done, tape.done_slots)
    try:
        with warnings.catch_warnings(record=True):
            found = f(*map(_plain, args), **_plain(real), **static)
        leaves, _ = tree.flatten(found)
        what = _difference(found, leaves, result, outputs)
    except Exception as error:
        what = f"raises {type(error).__name__} ({error}) for plain arguments, and did not when it was recorded"
    finally:
        random.setstate(state)
        if numbers is not None:
            np.random.set_state(numbers)
        elif before is not None and drawn() != before:
            _put_back(before)
        if tape is not None and done is not None:  # a listing shows no values before the first replay
            tape.done, tape.done_slots = done
    if what:
        warnings.warn(
            f"{name} {what}: it decides by something that is not the same where it is recorded (isinstance, hasattr, np.isscalar of an "
            "argument or of an array of jittape.numpy), or that is another at every call (a random number, a clock, a counter). Decide by "
            "values, shapes and dtypes, and pass as an argument what is to change",
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
