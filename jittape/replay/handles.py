"""Recorded functions in native code: `jittape.native.grad(F)` and `value_and_grad(F)` are functions of numba.njit.

Native code finds a recorded function by a handle (sweep/point/replaying.py), an array that lists its paths and, for each, idle replays. A path
is compiled when it comes into the list, which it does the first time that native code meets it, through a callback into Python. What native
code cannot do (a path of Python operations or of gigabytes, one more branch than there is room for) Python does at every call, with the
same result.
"""

from __future__ import annotations

import logging
import threading
import weakref
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.errors import NumbaTypeError
from numba.extending import intrinsic

from jittape.compiler.dispatchers import is_dispatcher
from jittape.errors import BranchChanged, GradientError, ShapeError
from jittape.native.compile.replaced import RULES
from jittape.native.recording.entering import entered
from jittape.native.recording.symbols import array_at
from jittape.ops.layout import DONE
from jittape.replay.builtins import BOTH
from jittape.replay.compiled import compile_path
from jittape.sweep.engine import engine, replayed
from jittape.sweep.point.idle import IDLE
from jittape.sweep.point.replaying import H_DROP, H_FIRST, H_MAKE, H_PATHS, H_POINT, H_PYTHON
from jittape.tape.loops import enabled

if TYPE_CHECKING:
    from jittape.replay.function import Function
    from jittape.replay.path import Path, Replay

log = logging.getLogger("jittape")
MOST = 32
"""Paths that native code takes itself."""
FAILED, CHANGED, SHAPE, OUT = 100, 101, 102, 103
"""How a call ends, beside DONE: an error in Python that the log tells of, another branch where that is refused, an argument of another shape, or `out`."""


class Native:
    """What native code knows of a recorded function of one array.

    Attributes:
        function: the recorded function.
        handle: see sweep/point/replaying.py.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.shape: tuple[int, ...] = function._shape  # type: ignore[assignment]
        self.dtype = function._dtype
        self.handle = np.zeros(H_FIRST + 2 * MOST, np.int64)
        self._paths: list[Path] = []
        self._tables: list[Any] = []
        self._refused: list[Path] = []
        self._replays: dict[int, Replay] = {}
        """By the addresses of their blocks, those that were made; native code holds the addresses."""
        self._lock = threading.RLock()
        self._told: Any = None
        h = self.handle
        h[H_POINT] = engine(self.dtype).point("gradient_at")
        h[H_MAKE], h[H_DROP], h[H_PYTHON] = _entries()
        self.address = int(h.ctypes.data)
        _all[self.address] = self
        self._learn(function._path)

    def _learn(self, path: Path) -> None:
        """Have native code take a path, too, if it can."""
        with self._lock:
            if path in self._paths or path in self._refused:
                return
            if len(self._paths) == MOST or not path.reusable or path.seed < 0 or not path.takes_c_order():
                self._refused.append(path)
                return
            if self.function._compiles and enabled() and path.report is None:
                compile_path(path)
            self._paths.append(path)
            replay = self._ready(len(self._paths) - 1)
            if replay is None:
                self._paths.pop()
                self._refused.append(path)
                return
            table = np.zeros(IDLE, np.int64)
            table[0] = replay.tape.address
            self._tables.append(table)
            n = len(self._paths) - 1
            loops = replay.tape.loops
            self.handle[H_FIRST + 2 * n] = table.ctypes.data
            self.handle[H_FIRST + 2 * n + 1] = loops is not None and loops.gradient_alone
            self.handle[H_PATHS] = n + 1

    def _ready(self, p: int) -> Replay | None:
        """Another replay of a path, on which everything has been done once, so that nothing is left to be compiled; None where that is
        not enough for native code."""
        path = self._paths[p]
        replay = path.another()
        start, stop, shape = path.inputs[0]
        replay.inputs[0][...] = path.tape.value[start:stop].reshape(shape)
        if replay.forward(BOTH) >= 0:
            return None
        replay.gradient(None)
        replay.prepare()
        if replay.native is None:
            return None
        self._replays[replay.tape.address] = replay
        return replay

    def make(self, p: int) -> int:
        with self._lock:
            replay = self._ready(p)
            return 0 if replay is None else replay.tape.address

    def drop(self, address: int) -> None:
        with self._lock:
            replay = self._replays.pop(address)
            replay.forget()

    def call(self, x: int, out: int, value: int) -> int:
        """Value and gradient by Python, from and to these addresses."""
        given = self._numbers(x).copy()
        v, g = self.function.value_and_grad(given)
        if out:
            self._numbers(out)[...] = g
        if value:
            array_at(value, (), self.dtype)[...] = v
        self._learn(self.function._path)
        return DONE

    def tell(self, words: str, what: str, error: BaseException | None = None) -> None:
        """Tell the log of an error: what is the same as the last one, which a loop of native code may meet a million times, once."""
        key = words, what, repr(error)
        log.log(logging.DEBUG if key == self._told else logging.ERROR, words, what, exc_info=error)
        self._told = key

    def _numbers(self, address: int) -> np.ndarray[Any, Any]:
        return array_at(address, self.shape, self.dtype)


_all: weakref.WeakValueDictionary[int, Native] = weakref.WeakValueDictionary()


# --- callbacks: nothing that they raise may reach native code ---------------------------------------------------------------


def _make(handle: int, p: int, _2: int, _3: int) -> int:
    try:
        return _all[handle].make(p)
    except BaseException as error:
        log.error("no memory for a recorded function in native code", exc_info=error)
        return 0


def _drop(handle: int, p: int, address: int, _3: int) -> int:
    try:
        _all[handle].drop(address)
    except BaseException as error:
        log.error("a recorded function in native code", exc_info=error)
    return 0


def _python(handle: int, x: int, out: int, value: int) -> int:
    own = _all[handle]
    try:
        return own.call(x, out, value)
    except BranchChanged as error:
        own.tell("%s", str(error))
        return CHANGED
    except BaseException as error:
        own.tell("%s failed in native code", own.function.name, error)
        return FAILED


@cache
def _entries() -> tuple[int, ...]:
    """The addresses by which native code calls these."""
    return tuple(entered(f"jittape_handle_{name}", f) for name, f in (("make", _make), ("drop", _drop), ("python", _python)))


# --- what native code calls -------------------------------------------------------------------------------------------------


def _running(own: Native, address: int, valued: bool) -> Any:
    """An intrinsic (x, out) -> (status, value); addresses are written as such that keep Numba from caching the code on disk."""
    real = types.float64 if own.dtype.itemsize == 8 else types.float32
    ndim, name = len(own.shape), own.function.name

    def asked(x: Any) -> bool:
        return isinstance(x, types.Array) and x.dtype == real and x.ndim == ndim

    @intrinsic
    def run(typingctx: Any, x: Any, out: Any) -> Any:
        for a, what in ((x, "its argument"), (out, "out")):
            if not asked(a):
                raise NumbaTypeError(f"the gradient of {name}, a recorded function, takes an array of {real} with {ndim} axes as {what}, not {a}")
            if a.layout != "C":
                raise NumbaTypeError(f"the gradient of {name}, a recorded function, takes contiguous arrays: {what} is {a}; np.ascontiguousarray makes one")
        if not out.mutable:
            raise NumbaTypeError(f"the gradient of {name} is written to out, which may not be written to")

        def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
            word, number = ir.IntType(64), context.get_value_type(real)
            found = cgutils.alloca_once(b, number)
            b.store(ir.Constant(number, 0.0), found)
            arrays = [context.make_array(t)(context, b, value=a) for t, a in zip(sig.args, args, strict=True)]
            fits = []
            for a in arrays:
                fits.append(ir.Constant(ir.IntType(1), 1))
                for length, wanted in zip(cgutils.unpack_tuple(b, a.shape), own.shape, strict=True):
                    fits[-1] = b.and_(fits[-1], b.icmp_signed("==", length, ir.Constant(word, wanted)))
            data = [b.ptrtoint(a.data, word) for a in arrays]
            status = cgutils.alloca_once_value(b, b.select(fits[0], ir.Constant(word, OUT), ir.Constant(word, SHAPE)))
            fn = b.bitcast(context.add_dynamic_addr(b, address, info="jittape"), ir.FunctionType(word, [word] * 4 + [number]).as_pointer())
            handle = b.ptrtoint(context.add_dynamic_addr(b, own.address, info="jittape"), word)
            where = b.ptrtoint(found, word) if valued else ir.Constant(word, 0)
            with b.if_then(b.and_(*fits), likely=True):
                b.store(b.call(fn, [handle, *data, where, ir.Constant(number, 0.0)]), status)
            return context.make_tuple(b, sig.return_type, [b.load(status), b.load(found)])

        return types.Tuple([types.int64, real])(x, out), codegen

    return run


def _driver(own: Native, valued: bool) -> Any:
    name, shape, dtype = own.function.name, own.shape, own.dtype
    run = _running(own, replayed(dtype), valued)
    wrong = f"{name} was recorded for an array of shape {shape}; record it again for another one"
    other = f"the gradient of {name} is written to an out of shape {shape}"
    changed = f"{name} decides otherwise here than where it was recorded, and records no other way (on_branch='raise', or a function from a file); the log of jittape names the line"
    failed = f"{name} failed where native code called it; the log of jittape says why"

    @njit(nogil=True)
    def checked(x: Any, out: Any) -> Any:
        status, value = run(x, out)
        if status != DONE:
            if status == SHAPE:
                raise ShapeError(wrong)
            if status == OUT:
                raise ShapeError(other)
            if status == CHANGED:
                raise BranchChanged(changed)
            raise GradientError(failed)
        return value

    if valued:

        @njit(nogil=True)
        def driver(x: Any, out: Any = None) -> Any:
            g = np.empty(shape, dtype) if out is None else out
            value = checked(x, g)
            return value, g
    else:

        @njit(nogil=True)
        def driver(x: Any, out: Any = None) -> Any:
            g = np.empty(shape, dtype) if out is None else out
            checked(x, g)
            return g

    driver.__name__ = driver.__qualname__ = f"{'value_and_grad' if valued else 'grad'}_of_{name}"
    driver._jittape_replay = own
    return driver


def native(function: Function, argnums: Any, valued: bool) -> Any:
    """`jittape.native.grad` or `value_and_grad` of a recorded function."""
    what = f"jittape.native.{'value_and_grad' if valued else 'grad'}({function.name})"
    if argnums != 0:
        raise TypeError(f"{what}: argnums is chosen where a function is recorded, jittape.record(f, x, argnums=...)")
    if function._shape is None or function._complex:
        raise TypeError(f"{what}: a recorded function is called in native code with one real array of one axis or more; record it as a function of one array")
    if function._path.seed < 0 and not function._path.constant:
        raise GradientError(f"{what}: {function.name} does not return one recorded scalar, so it has no gradient")
    if function._bindings:
        raise TypeError(
            f"{what}: {function.name} has parameters, {', '.join(function._parameters)}, and native code would not see what F.bind gives them; "
            "hand them over in the argument, or record a function in which they are constants"
        )
    with function._lock:
        if function._native is None:
            function._native = Native(function), {}
        own, made = function._native
        if valued not in made:
            made[valued] = _driver(own, valued)
        return made[valued]


def _nested(value: Any) -> Any:
    """Recording versions of users' functions have nothing to put in a driver's place."""
    if is_dispatcher(value) and hasattr(value, "_jittape_replay"):
        name = value._jittape_replay.function.name
        raise GradientError(
            f"a function that calls the gradient of {name}, which is a recorded function, cannot be differentiated natively; "
            f"take jittape.native.grad of the numba.njit function instead of its recording, or F.hessian of {name} in Python"
        )
    return None


RULES.append(_nested)
