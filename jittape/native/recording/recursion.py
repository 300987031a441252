"""The stack in recursive functions: a recursion too deep for it is an error, not the end of the process.

Each function that can call itself compares the address of its frame with the bounds of its thread's stack, which stand in the
tape's address block. Another thread has other bounds: these are asked for when an address lies outside those that are known.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from types import CodeType, ModuleType
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from jittape.compiler.dispatchers import is_dispatcher, python_function
from jittape.native.recording.recording import running
from jittape.native.recording.symbols import symbol
from jittape.native.vars.complex_vars import apart
from jittape.native.vars.marks import mark
from jittape.native.vars.overloads import overload
from jittape.native.vars.var import BYTE, LONG, RECORD, ComplexVarType, VarType, proxy
from jittape.ops.layout import C_STACK, C_STACK_SIZE

STACK = "jittape_stack"
"""The symbol of the callback that notes the bounds of the calling thread's stack."""
MARGIN = 1 << 18
"""Bytes of stack that are left for what raises the error, and for callbacks into Python."""
TAPE_WORD = (RECORD.names or ()).index("tape")
"""Of the words of a Var, the one that holds the address of its tape."""
TOO_DEEP = (
    "the recursion is too deep for the stack of this thread, which is the smaller the more numbers are recorded in each call; "
    "check that it ends, write it as a loop, or run it in a thread with a larger stack (threading.stack_size)"
)


# --- the bounds of a stack ----------------------------------------------------------------------------------------------------


def _linux() -> tuple[int, int]:
    c = ctypes.CDLL(None)
    attributes = ctypes.create_string_buffer(256)  # pthread_attr_t has 56 bytes
    low, size = ctypes.c_void_p(), ctypes.c_size_t()
    c.pthread_self.restype = ctypes.c_void_p
    if c.pthread_getattr_np(ctypes.c_void_p(c.pthread_self()), attributes):
        raise OSError("pthread_getattr_np failed")
    try:
        if c.pthread_attr_getstack(attributes, ctypes.byref(low), ctypes.byref(size)):
            raise OSError("pthread_attr_getstack failed")
    finally:
        c.pthread_attr_destroy(attributes)
    return int(low.value or 0), int(size.value)


def _macos() -> tuple[int, int]:
    c = ctypes.CDLL(None)
    c.pthread_self.restype = c.pthread_get_stackaddr_np.restype = ctypes.c_void_p
    c.pthread_get_stacksize_np.restype = ctypes.c_size_t
    own = ctypes.c_void_p(c.pthread_self())
    top, size = c.pthread_get_stackaddr_np(own), c.pthread_get_stacksize_np(own)
    return top - size, size


def _windows() -> tuple[int, int]:
    low, high = ctypes.c_size_t(), ctypes.c_size_t()
    ctypes.WinDLL("kernel32").GetCurrentThreadStackLimits(ctypes.byref(low), ctypes.byref(high))  # type: ignore[attr-defined]
    return low.value, high.value - low.value


class _Known(threading.local):
    """Bounds of this thread's stack, once they were asked for."""

    bounds: tuple[int, int] | None = None


_known = _Known()


def stack() -> tuple[int, int]:
    """The lowest address that recursions of this thread may use, and the bytes above it; the whole memory where nobody knows."""
    if _known.bounds is None:
        try:
            low, size = {"linux": _linux, "darwin": _macos, "win32": _windows}[sys.platform]()
            _known.bounds = low + MARGIN, size - MARGIN
        except (OSError, AttributeError, KeyError):
            _known.bounds = 0, 2**63 - 1
    return _known.bounds


@symbol(STACK)
def _note(address: int) -> None:
    """Write the bounds into the address block of a tape."""
    c = running(address).tape.control
    c[C_STACK], c[C_STACK_SIZE] = stack()


# --- in native code -------------------------------------------------------------------------------------------------------------


def _tape(context: Any, b: Any, kind: Any, value: Any) -> Any:
    """The address block of a tape that a value holds, 0 where there is none: of an array, its first element's."""
    if isinstance(kind, VarType):
        return proxy(context, b, value).tape
    if isinstance(kind, ComplexVarType):
        return b.or_(*(proxy(context, b, x).tape for x in apart(context, b, value)))
    if isinstance(kind, types.Array) and isinstance(kind.dtype, (VarType, ComplexVarType)):
        array = context.make_array(kind)(context, b, value)
        found = cgutils.alloca_once_value(b, ir.Constant(LONG, 0))
        with b.if_then(b.icmp_signed(">", array.nitems, ir.Constant(LONG, 0))):
            words = b.bitcast(array.data, LONG.as_pointer())
            b.store(b.load(b.gep(words, [ir.Constant(LONG, TAPE_WORD)])), found)
        return b.load(found)
    if isinstance(kind, types.BaseTuple):
        first: Any = ir.Constant(LONG, 0)
        for k, t in enumerate(kind):
            one = _tape(context, b, t, b.extract_value(value, k))
            first = b.select(b.icmp_unsigned("==", first, ir.Constant(LONG, 0)), one, first)
        return first
    return ir.Constant(LONG, 0)


@intrinsic
def too_deep(typingctx, args):
    """Whether the stack is used up."""

    def codegen(context, b, sig, values):
        mark(context.active_code_library)
        tape = _tape(context, b, sig.args[0], values[0])
        frame = b.ptrtoint(cgutils.alloca_once(b, BYTE), LONG)
        deep = cgutils.alloca_once_value(b, cgutils.false_bit)

        def outside() -> Any:
            low, size = (b.load(b.gep(block, [ir.Constant(LONG, k)])) for k in (C_STACK, C_STACK_SIZE))
            return b.icmp_unsigned(">=", b.sub(frame, low), size)

        with b.if_then(b.icmp_unsigned("!=", tape, ir.Constant(LONG, 0))):
            block = b.inttoptr(tape, LONG.as_pointer())
            with b.if_then(outside(), likely=False):
                b.call(cgutils.get_or_insert_function(b.module, ir.FunctionType(ir.VoidType(), [LONG]), STACK), [tape])
                b.store(outside(), deep)
        return b.load(deep)

    return types.boolean(args), codegen


def deeper(*args): ...


@overload(deeper)
def _deeper(*args):
    def check(*args):
        if too_deep(args):
            raise RecursionError(TOO_DEEP)

    return check


# --- which functions ------------------------------------------------------------------------------------------------------------


def _names(code: CodeType) -> set[str]:
    """The names that a function reads from elsewhere, those of functions inside it too."""
    found = {*code.co_names, *code.co_freevars}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            found |= _names(inner)
    return found


def _called(function: Any) -> list[Any]:
    """The Python functions of the Numba functions that one names."""
    code, found = function.__code__, []
    names = _names(code)
    closed = dict(zip(code.co_freevars, function.__closure__ or (), strict=False))
    for name in names:
        try:
            value = closed[name].cell_contents if name in closed else function.__globals__.get(name)
        except ValueError:  # a cell that is empty yet
            continue
        values = [getattr(value, n, None) for n in names] if isinstance(value, ModuleType) else [value]
        found += [python_function(v) for v in values if is_dispatcher(v)]
    return found


def recursive(function: Any) -> bool:
    """Whether a Python function that Numba compiles may come to call itself."""
    seen: set[int] = set()
    waiting = _called(function)
    while waiting:
        f = waiting.pop()
        if f is function:
            return True
        if id(f) not in seen:
            seen.add(id(f))
            waiting += _called(f)
    return False
