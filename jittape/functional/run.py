"""Running a user's function on recorded arguments."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.append import Shape
from jittape.array.array import Array, apply
from jittape.array.careful import Careful
from jittape.array.complexes import split
from jittape.array.layout import form
from jittape.array.state import ComplexOperand, current_tape, mismatch, plain, state
from jittape.errors import DerivativeLostError, GradientError, TapeMismatchError
from jittape.functional.again import Recording, recording_of
from jittape.functional.callables import check_callable
from jittape.functional.caught import asks_for_errors
from jittape.functional.complexes import BothParts, Packing, analytic, not_analytic, packed, through
from jittape.functional.leaves import common_dtype, laid_out, real_leaf, zero_d
from jittape.functions.argnums import positions
from jittape.functions.hooks import name_of
from jittape.instructions.references import Slots
from jittape.ops.layout import CONSTANT, INPUT, PARAMETER
from jittape.sweep.engine import check_math
from jittape.tape.arrays import READ, REBOUND, STORED, VIEWED
from jittape.tape.decode import operands
from jittape.tape.limits import memory_limit
from jittape.tape.memory import SHORT
from jittape.tape.tape import Tape

_lengths: dict[int, int] = {}
"""How many slots recordings of long arguments had at their end, of late, by the number of those of the arguments."""
LENGTHS = 256
"""Recordings whose lengths are remembered."""


def _first(values: Sequence[Any]) -> Any:
    """The way back from the leaves of what is a leaf itself."""
    return values[0]


def _only(values: Sequence[Any]) -> list[Any]:
    """The way back from the leaves of a list of one leaf."""
    return [values[0]]


class Run:
    """One run of a function on recorded arguments.

    At the top level it has a tape of its own. Inside another recording of this thread it records on that one's tape, from
    instruction `start` on, with copies of the arguments, so that a closure over outer variables and the differentiation
    of the result come out right.

    Attributes:
        nested: whether it is inside another recording.
        inputs: (slots, shape) of every differentiated leaf, in order; `parameters` likewise.
        forms: what the layouts of the arguments were, where a replay at arguments of others may have to take another path.
        outputs: the function's result as real leaves, `rebuild_output` the way back.
        packing, out_packing: which leaves of the arguments and of the result are complex; None where none are. `rebuild_arguments` and
            `rebuild_results` are the ways back from one leaf each.
    """

    nested = False
    start = start_slot = 0
    packing: Packing | None = None
    out_packing: Packing | None = None
    recording: Recording | None = None
    forms: list[Any] | None = []
    rebuild_output: Callable[[Sequence[Any]], Any]
    rebuild_results: Callable[[Sequence[Any]], Any]
    _planned = _depends = False
    _scanned = 0

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], argnums: Sequence[int],
                 *, replayable: bool = False, lines: bool = False, parameters: dict[str, Any] | None = None, math: str = "fast") -> None:  # fmt: skip
        self._lock = threading.Lock()  # a vjp_fn may be called by several threads
        if len(args) == 1 and type(args[0]) is np.ndarray and not kwargs and not parameters and not (replayable or lines) and self._again(f, args[0], argnums, math):
            return
        own, f = f, check_callable(f)
        if argnums and (min(argnums) < 0 or max(argnums) >= len(args)):
            more = "; arguments by keyword are not differentiated: pass it by position" if kwargs else ""
            argnums = positions(argnums, len(args), f"{name_of(f)} was called with", more)
        chosen = [args[i] for i in argnums]
        originals, self.rebuild = tree.flatten(chosen)
        if not originals:
            raise GradientError("there is nothing to differentiate with respect to: the chosen arguments hold no numbers")
        otherwise = "; or pass it by keyword, as data that are not differentiated" if replayable else ""
        where = [f"argument {argnums[0]}"] if len(argnums) == 1 and len(originals) == 1 else [f"leaf {k} of the differentiated arguments" for k in range(len(originals))]
        self.rebuild_arguments = self.rebuild
        try:
            leaves = [real_leaf(x, name, otherwise) for x, name in zip(originals, where, strict=True)]
        except ComplexOperand:
            self.packing = Packing(originals)
            wholes = originals
            originals = self.packing.apart(originals)
            self.rebuild = through(self.rebuild, self.packing)
            leaves = [real_leaf(x, "an argument", otherwise) for x in originals]
        if math != "fast":
            check_math(math)
        outer = current_tape()
        self.nested = outer is not None
        if outer is not None:
            self.tape = outer
            outer.unfollow()
            self.start = outer.count
            self.start_slot = self.start + outer.extra
        else:
            if any(isinstance(x, Array) for x in leaves):  # constants, where a signal handler comes in the middle of a recording
                leaves = [x.value()[()] if isinstance(x, Array) and x.constant else x for x in leaves]
                if any(isinstance(x, Array) for x in leaves):
                    raise GradientError("a recorded array was kept from an earlier call; pass plain values")
            others = [x for i, x in enumerate(args) if i not in argnums] if len(args) > len(argnums) else []
            careful = asks_for_errors(own, originals, [*others, *kwargs.values()] if others or kwargs else ())
            known = None
            if careful:
                self.recording = None
            if not (careful or replayable or lines):
                if self.recording is None and self.packing is None:
                    self.recording = recording_of(own, math, leaves)
                known = None if self.recording is None else self.recording.tape()
            self.tape = Tape(common_dtype(leaves, originals), math=math) if known is None else known
            self.tape.replayable = replayable
            if careful:
                self.tape.careful = Careful(apply, Array)
                self.tape.pause()
            if lines:
                self.tape.lines = []
                self.tape.pause()
            given = sum(map(np.size, leaves))
            if given > SHORT and not replayable and memory_limit() is None:  # room for all of it at once, if it becomes as long as the last one
                self.tape.reserve_slots(max(given, _lengths.get(given, 0)))
        self._scanned = self.start
        self.inputs: list[tuple[Slots, Shape]] = []
        variables = [self._input(x, zero_d(o)) for x, o in zip(leaves, originals, strict=True)]
        kinds = [*map(type, originals)]
        if float in kinds or self.tape.pythons:
            for a, kind in zip(variables, kinds, strict=True):
                if a.slot >= 0 and kind is not Array:
                    self.tape.pythons[a.slot] = kind is float
                    if kind is float and self.tape.careful is not None:
                        self.tape.careful.numbers[a.slot] = float
        self.parameters: list[tuple[Slots, Shape]] = []
        if parameters:
            found, rebuild = tree.flatten(parameters)
            kwargs = {**kwargs, **rebuild([self._parameter(x) for x in found])}

        def run() -> Any:
            full = list(args)
            for i, value in zip(argnums, self.rebuild(variables), strict=True):
                full[i] = value
            if replayable:
                self.forms = [form(o if isinstance(o, np.ndarray) or not x.ndim else x) for x, o in zip(leaves, originals, strict=True)]
            alone = len(args) == len(leaves) == 1 and not kwargs  # it shares memory with no other
            watch = None
            if not alone:
                whole: list[Any] = [x if x is o or np.ndim(x) else None for x, o in zip(leaves, originals, strict=True)]
                recorded: list[Any] = variables
                if self.packing is not None:
                    whole = [w if kind else x for w, x, kind in zip(wholes, self.packing.first(whole), self.packing.kinds, strict=True)]
                    recorded = [BothParts(*x) if isinstance(x, tuple) else x for x in self.packing.paired(variables)]
                watch = self._watch(whole, recorded, [x for i, x in enumerate(args) if full[i] is x], kwargs)
            result = f(*full, **kwargs)
            if watch is not None:
                watch.check()
            return result

        self._run(run)
        self.forms = self._forms() if replayable else None

    def _again(self, f: Any, x: NDArray[Any], argnums: Sequence[int], math: str) -> bool:
        """The most common recording, where there was one before: of a function of one array, outside of all recordings. Returns whether it was one."""
        if state.tapes or len(argnums) != 1 or argnums[0] != 0:
            return False
        recording = recording_of(f, math, (x,))
        if recording is None or not recording.idle or asks_for_errors(f, ()):
            self.recording = recording
            return False
        g = check_callable(f)
        tape = recording.tape()
        if tape is None:
            return False
        self.recording, self.tape = recording, tape
        self.rebuild = self.rebuild_arguments = _only
        a = Array.of_run(tape, tape.append_leaf(x, INPUT), x.shape)
        if recording.inputs is None:
            recording.inputs = [(a.slots, x.shape)]
        self.inputs = recording.inputs
        self._run(lambda: g(a))
        self.forms = None
        return True

    def _run(self, run: Callable[[], Any]) -> None:
        """Run the function, and see what it returns."""
        tape = self.tape
        state.tapes.append(tape)
        try:
            result = run()
        except BaseException as e:
            if not self.nested:
                tape.end()  # texts of what tracebacks hold are plain ones, which test runners send to other processes
            if tape.lost is not None and isinstance(e, Exception) and not isinstance(e, DerivativeLostError):
                raise self._lost(e) from e
            raise
        finally:
            state.tapes.pop()
            if not self.nested:
                tape.careful = None
        if tape.lost is not None:
            raise self._lost()
        if self.recording is not None:
            self.recording.met(tape)
        self.result = result
        if type(result) is Array:
            self._check_output(result)
            self.outputs = [result]
            self.rebuild_output = self.rebuild_results = _first
            return
        self.outputs, self.rebuild_output = tree.flatten(result)
        self.rebuild_results = self.rebuild_output
        complex_too = False
        for out in self.outputs:
            complex_too = self._check_output(out) or complex_too
        if complex_too:
            self.out_packing = Packing(self.outputs)
            self.outputs = self.out_packing.apart(self.outputs)
            self.rebuild_output = through(self.rebuild_output, self.out_packing)

    def _forms(self) -> list[Any] | None:
        """The forms of the arguments in so far as another path may be due for others: None where it is not, ... of a leaf of any."""
        seen = self.tape.layout
        laid = bool(seen & READ or (seen & VIEWED and seen & STORED))
        zero_d = bool(seen & (STORED | REBOUND))
        found = [f if (laid if shape else zero_d) else ... for f, (_, shape) in zip(self.forms or (), self.inputs, strict=False)]
        return found if any(f is not ... for f in found) else None

    def _lost(self, error: BaseException | None = None) -> DerivativeLostError:
        """The error of a derivative that was lost, where the function, or a library that it calls, went on in spite of it."""
        assert self.tape.lost is not None
        message, filename, line = self.tape.lost
        while error is not None:
            if isinstance(error, DerivativeLostError):  # NumPy's "setting an array element with a sequence" has it as its cause
                return DerivativeLostError(str(error))
            error = error.__cause__
        return DerivativeLostError(f"{message} (at {filename}:{line}; what the function did after that has no derivative)")

    def _input(self, x: Any, zero_d: bool) -> Array:
        """A leaf on the tape; `zero_d` tells an array without axes, which can be stored into, from a number."""
        shape = np.shape(x)
        if isinstance(x, Array) and x.constant:  # made within the function: with respect to it, other things are not constant
            x = x.value()
        if isinstance(x, Array):
            copied = +x
            self.inputs.append((copied.slots, shape))
            return self._laid_out(copied, x.slots) if x.slot < 0 else copied
        base = self.tape.append_leaf(x, CONSTANT if self.nested else INPUT)
        a = Array.of_run(self.tape, base, shape)
        self.inputs.append((a.slots, shape))
        return self._laid_out(a, x) if shape or zero_d else a

    def _laid_out(self, a: Array, x: NDArray[Any]) -> Array:
        """An array that was copied to the tape, in the layout that it has."""
        return a if x.ndim and x.flags.c_contiguous else Array.of(self.tape, laid_out(a.slots, x))

    def _watch(self, leaves: list[Any], variables: list[Any], others: list[Any], kwargs: dict[str, Any]) -> Any:
        """What tells whether the function stores into arguments that share memory; None where none do."""
        given: list[tuple[Any, Any]] = [(x, a) for x, a in zip(leaves, variables, strict=True) if isinstance(x, np.ndarray)]
        given += [(x, None) for x in (*others, *kwargs.values()) if isinstance(x, np.ndarray)]
        if len(given) < 2 or not any(np.may_share_memory(a, b) for (a, x), (b, y) in itertools.combinations(given, 2) if x is not None or y is not None):
            return None
        from jittape.native.vars.sharing import Watch  # for start-up: Numba learns the types of native recordings there

        return Watch(given)

    def _parameter(self, x: Any) -> Array:
        """A value that is not differentiated but may be given anew at each replay."""
        array = isinstance(x, np.ndarray)
        x = np.asarray(x, self.tape.dtype)
        a = Array.of_run(self.tape, self.tape.append_leaf(x, PARAMETER), x.shape)
        self.parameters.append((a.slots, x.shape))
        return self._laid_out(a, x) if array else a

    def _check_output(self, out: Any) -> bool:
        """Refuse a result that is no array of this recording: its derivative would be zero, or nonsense, in silence. Returns whether it is complex."""
        if isinstance(out, Array):
            if out.tape is not self.tape:
                raise TapeMismatchError(mismatch(self.tape, out.tape))
            return out.is_complex
        if np.asarray(out).dtype.kind not in "fiubc":
            raise GradientError(f"the function returned a {type(out).__name__} where a number or an array of numbers belongs")
        return False

    def gradients(self, leaves: Sequence[Any]) -> Any:
        """Adjoints of the inputs in the structure of the arguments."""
        if self.packing is None:
            return self.rebuild(leaves)
        return self.rebuild_arguments(self.packing.together(leaves, True))

    def end(self) -> None:
        """The recording has ended: what the user kept of it raises a clear error."""
        if not self.nested:
            self.tape.end()
            if self.tape.slots > SHORT:
                if len(_lengths) >= LENGTHS:
                    _lengths.clear()
                _lengths[sum(slots.size for slots, _ in self.inputs)] = self.tape.slots
            if self.recording is not None:
                self.recording.end(self.tape)

    # --- outputs ---------------------------------------------------------------------------------------------------------

    def scalar_output(self, driver: str, holomorphic: bool = False) -> Any:
        """The result as a recorded or plain scalar, or an error; an array of one number, of whatever axes, is that number.

        Args:
            holomorphic: of an analytic function the real part, whose gradient is the complex derivative.
        """
        out = self.result
        if holomorphic:
            analytic(self.packing, "the argument", driver)
            analytic(self.out_packing, "the result", driver)
            out = out.re if isinstance(out, Array) else out
        elif self.out_packing is not None and isinstance(out, Array):
            raise not_analytic(driver, out.shape, self.packing is not None)
        if isinstance(out, (tuple, list, dict)) or out is None:
            if out is None:
                raise GradientError(f"{driver} needs a function that returns one number; this one returned None: its `return` is missing, or not reached")
            got = f"a {type(out).__name__} ({tree.describe(out)})"
            raise GradientError(f"{driver} needs a function that returns one number; this one returned {got}. Use jittape.jacobian or jittape.vjp")
        truth = out.is_mask if isinstance(out, Array) else isinstance(out, (bool, np.bool_))
        if not isinstance(out, Array):
            out = plain(out)
        if truth:
            raise GradientError(f"{driver} needs a function that returns a number; this one returned a truth value, whose derivative is zero")
        if out.size != 1:
            raise GradientError(
                f"{driver} needs a function that returns a scalar; this one returned an array of shape {out.shape}. "
                "Use jittape.jacobian, or reduce the result (np.sum, np.mean)"
            )
        return out if out.shape == () else out.reshape(())

    def value_of(self, out: Any) -> Any:
        """A result for the user: plain NumPy at the top level, as recorded inside another recording; a copy, unless nothing computed it."""
        if isinstance(out, Array):
            if out.is_complex:
                return packed(*(self.value_of(part) for part in split(out)))
            if self.nested and (self.outer(out) or self.depends()):
                return self._own(out)
            v = out.value(not self._planned)
            return v if v.ndim else v[()]
        return out

    def _own(self, out: Array) -> Array:
        """What was recorded in this nested trace as a result of its own, which shares no memory, as plain results share none."""
        if out.slot >= 0 or not (out.slots >= self.start_slot).any():
            return out
        return out.copy("K") if out.ndim else type(out)(out.tape, int(out.slots))

    def outer(self, a: Array) -> bool:
        """Whether elements of an array are recorded values of the outer trace themselves."""
        slots = a.slots
        before = slots[slots < self.start_slot]
        return bool(before.size) and not set(self.tape.constants.values()).issuperset(before.tolist())

    def depends(self) -> bool:
        """Whether what was recorded in this nested trace uses recorded values of the outer one."""
        if not self.nested or self._depends:
            return self._depends
        known = set(self.tape.constants.values())
        for k in range(self._scanned, self.tape.count):
            for slots, const in operands(self.tape, k):
                if not const and slots.size and slots.min() < self.start_slot:
                    outer = slots[slots < self.start_slot]
                    if not known.issuperset(outer.tolist()):
                        self._depends = True
                        return True
        self._scanned = self.tape.count
        return False

    def deliver(self, arrays: Sequence[Any]) -> list[Any]:
        """Recorded results, as plain values where they do not depend on the outer recording."""
        if any(map(self.outer, arrays)) or self.depends():
            return list(arrays)
        return [self.value_of(a) for a in arrays]
