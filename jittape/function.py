"""Record once, replay natively: `record` and the Function it returns."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from copy import copy
from typing import Any
from weakref import WeakSet

import numpy as np

from jittape import tree
from jittape.array import Array
from jittape.errors import BranchChanged, GradientError
from jittape.recording import refuse_subclass
from jittape.tape.layout import C_AT_SLOT
from jittape.tape.references import is_shared
from jittape.tape.tape import Tape
from jittape.trace import Trace

_functions: WeakSet[Function] = WeakSet()


def _after_fork() -> None:
    """In a child process nobody holds a lock, and no sweep goes on."""
    for f in list(_functions):
        f._lock, f._running = threading.RLock(), False
        f.tape.forget_adjoints()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Function:
    """A recorded function, replayed on the path that was recorded. Made by `jittape.record`.

    Attributes:
        tape: the recording.
        shapes: shapes of the differentiated leaves, in order.
    """

    def __init__(self, tape: Tape, inputs: list[tuple[int, tuple[int, ...]]], outputs: list[Any], structure: Any,
                 rebuild: Callable[[list[Any]], Any], rebuild_output: Callable[[list[Any]], Any], name: str) -> None:  # fmt: skip
        self.tape = tape
        self.shapes = [shape for _, shape in inputs]
        self.name = name
        self._places = [(base, base + int(np.prod(shape, dtype=np.int64)), shape) for base, shape in inputs]
        self._outputs = outputs
        self._structure = structure
        self._rebuild = rebuild
        self._rebuild_output = rebuild_output
        self._single = len(structure) == 1
        self._one_array = self._single and not isinstance(structure[0], (tuple, list, dict))
        one = outputs[0] if len(outputs) == 1 and isinstance(outputs[0], Array) and outputs[0].shape == () and not outputs[0].is_mask else None
        self._seed = -1 if one is None else int(one.slots)
        """The slot of the result, where it is one recorded scalar, else -1."""
        tape.make_plan([o.slots.ravel() for o in outputs if isinstance(o, Array)])
        self._lock = threading.RLock()
        self._running = False
        _functions.add(self)

    def _run(self, args: tuple[Any, ...]) -> None:
        """Bring the values of every slot up to date with the arguments."""
        tape = self.tape
        if len(args) == 1 and self._single and len(self._places) == 1 and isinstance(args[0], (np.ndarray, float)):
            leaves: list[Any] = [args[0]]
        else:
            if len(args) != len(self._structure):
                raise TypeError(f"{self.name} was recorded with {len(self._structure)} arguments, called with {len(args)}")
            if not tree.same_structure(list(args), list(self._structure)):
                raise ValueError(f"{self.name} was recorded for arguments {tree.describe(self._structure)}, called with {tree.describe(args)}")
            leaves, _ = tree.flatten(list(args))
        for (start, stop, shape), x in zip(self._places, leaves, strict=True):
            if type(x) is not np.ndarray or x.dtype != tape.dtype or x.shape != shape:
                x = self._checked(x, shape)
            tape.value[start:stop] = x.ravel()
        guards = tape.guards
        if guards is None:
            tape.replay()
            return
        try:
            tape.replay()
        except Exception:
            self._check_guards(guards.first_failure(tape.value, int(tape._words[C_AT_SLOT])))  # an error on the wrong path
            raise
        self._check_guards(guards.first_failure(tape.value))

    def _check_guards(self, failed: int) -> None:
        """Refuse a point where guard `failed` (if not -1) does not hold."""
        tape = self.tape
        if failed >= 0 and tape.guards is not None:
            raise BranchChanged(
                f"{self.name} takes another way here than where it was recorded: {tape.guards.describe(failed, tape.value)}. "
                'Record it with jittape.record(f, x, on_branch="record"), which records each way that is met, or record it '
                "anew at this point; np.where, np.maximum, np.minimum, np.clip and abs are operations and decide nothing"
            )

    def _checked(self, x: Any, shape: tuple[int, ...]) -> Any:
        """An argument that is no array of the recorded dtype and shape as one, or an error."""
        refuse_subclass(x)
        given, dtype = type(x), self.tape.dtype
        x = np.asarray(x)
        if x.shape != shape:
            raise ValueError(f"{self.name} was recorded for an argument of shape {shape}, called with shape {x.shape}; record it anew for other shapes")
        if x.dtype.kind != "f":
            raise GradientError(f"{self.name} takes real arrays, not {x.dtype}: convert with x.astype(float)")
        if x.itemsize > dtype.itemsize and given is not float:
            raise GradientError(
                f"{self.name} was recorded in {dtype} and called with {x.dtype}, which would lose digits; convert "
                f"with x.astype(np.{dtype}), or record it with {x.dtype} arguments"
            )
        return x

    def _value(self) -> Any:
        outputs = [_plain(o.value(evaluate=False)) if isinstance(o, Array) else copy(o) for o in self._outputs]
        return self._rebuild_output(outputs)

    def _gradient(self) -> Any:
        if self._seed < 0 and len(self._outputs) == 1 and not isinstance(self._outputs[0], Array) and np.ndim(self._outputs[0]) == 0:
            out = self._rebuild([np.zeros(shape, self.tape.dtype)[()] for shape in self.shapes])  # a constant function
            return out[0] if self._single else tuple(out)
        if self._seed < 0:
            raise GradientError(f"{self.name} does not return one recorded scalar, so it has no gradient")
        tape = self.tape
        leaves = []
        try:
            adjoint = tape.adjoints()
            adjoint[self._seed] = 1.0
            tape.reverse()
            for start, stop, shape in self._places:
                g = adjoint[start:stop]
                leaves.append(g.copy() if len(shape) == 1 else g.reshape(shape).copy() if shape else g[0])
                g.fill(0.0)
        except BaseException:  # Ctrl-C, say: no adjoint may be left over for the next sweep
            tape.forget_adjoints()
            raise
        if self._single and len(leaves) == 1 and self._one_array:
            return leaves[0]
        out = self._rebuild(leaves)
        return out[0] if self._single else tuple(out)

    def __call__(self, *args: Any) -> Any:
        """The function's value, in its own structure, as NumPy."""
        with self:
            self._run(args)
            return self._value()

    def grad(self, *args: Any) -> Any:
        """The gradient with respect to the argument (a tuple of gradients where there are several)."""
        with self:
            self._run(args)
            return self._gradient()

    def value_and_grad(self, *args: Any) -> tuple[Any, Any]:
        """Value and gradient of one replay."""
        with self:
            self._run(args)
            return self._value(), self._gradient()

    def __enter__(self) -> None:
        """One call at a time: those of other threads wait, one from within a call (a signal handler) is refused."""
        self._lock.acquire()
        if self._running:
            self._lock.release()
            raise RuntimeError(f"{self.name} was called while a call of it is under way in the same thread; use a copy of it")
        self._running = True

    def __exit__(self, *exception: object) -> None:
        self._running = False
        self._lock.release()

    def save(self, path: Any) -> None:
        """Write the function to a file that `jittape.load` reads, in place of an earlier one or not at all.

        The file holds the recording and the structure of arguments and results, and results that were not recorded.

        Raises:
            TypeError: a dict key that is no string or number, or a result of a dtype such as longdouble.
            OSError: the file cannot be written.
        """
        from jittape.saving import save

        save(self, path)

    def __reduce__(self) -> Any:
        from jittape.saving import from_pickle, to_bytes

        return from_pickle, (to_bytes(self),)

    def __repr__(self) -> str:
        return f"<jittape.Function {self.name}: {self.tape!r}>"


def _plain(v: Any) -> Any:
    return v if v.ndim else v[()]


def record(f: Callable[..., Any], *args: Any, source: bool = False) -> Function:
    """Record `f` at these arguments, to be replayed natively at others of the same shapes.

    What `f` decides by recorded values (`if x > 0`, `int(x)`, an order) is guarded: called where it would decide otherwise,
    the Function raises `BranchChanged`, which names the source line.

    Args:
        f: a function over NumPy of real arrays, or nested containers of them.
        args: example arguments; every leaf is a variable.
        source: note the source line of every instruction, for `print(F.tape.listing())` (recording is slower).

    Returns:
        A `Function`: F(x), F.grad(x), F.value_and_grad(x).

    Raises:
        GradientError: an argument is no real array.

    Example:
        >>> import numpy as np, jittape as jt
        >>> F = jt.record(lambda x: np.sum(x**2), np.zeros(3))
        >>> F.grad(np.array([1.0, 2.0, 3.0])).tolist()
        [2.0, 4.0, 6.0]
    """
    trace = Trace(f, args, {}, range(len(args)), replayable=True, lines=source)
    if trace.nested:
        raise GradientError("jittape.record was called inside a function that is being recorded; record it outside")
    trace.end()
    inputs = [(int(slots.flat[0]) if slots.size else 0, shape) for slots, shape in trace.inputs]
    assert all(slots.ndim == 0 or is_shared(slots) for slots, _ in trace.inputs)
    structure = tree.flatten(list(args))[1]([np.empty(shape) for _, shape in trace.inputs])
    return Function(trace.tape, inputs, trace.outputs, structure, trace.rebuild, trace.rebuild_output, getattr(f, "__name__", "f"))
