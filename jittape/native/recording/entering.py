"""How native code comes into Python: by stubs, in machine code, that no exception gets past.

A signal that arrives while native code is at work is handled when the main thread next runs Python, which is at the first instruction of a callback, before
any `try` in it. What the handler raises there (KeyboardInterrupt, or a TimeoutError of an alarm) would end the callback before it has begun: native code would
go on without the room that it had asked for. So a stub calls the callback until it was gone through, and hands it what was raised at the attempt before.
While the callback is at work, SIGINT waits. What waits, and what was raised, has its effect when native code has come back to Python: SIGINT is set off
once more as the stub ends, with a handler that sees to both.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import ir

from jittape.compiler.jit import emitted
from jittape_numba import SYMBOLS

STUBS: dict[str, tuple[int | None, int]] = {**SYMBOLS, "jittape_handle_make": (0, 4), "jittape_handle_drop": (0, 4), "jittape_handle_python": (0, 4)}
"""Name -> what is answered where the callback fails (None where it has no result), number of arguments; all of them are int64."""
API = ("PyGILState_Ensure", "PyGILState_Release", "PyLong_FromLongLong", "PyObject_CallFunctionObjArgs", "PyErr_Fetch", "PyErr_NormalizeException", "Py_IncRef", "Py_DecRef", "PyErr_SetInterrupt")
ENSURE, RELEASE, NUMBER, CALL, FETCH, NORMALIZE, INCREF, DECREF, INTERRUPT = range(len(API))
NONE = len(API)
FIRST = NONE + 1
"""In the table of words that stubs read: addresses of Python's functions and of None; from here on of each stub, and of its callback."""
DONE, TRIP, ANSWER, ARGUMENTS = range(4)
"""In the words that a stub hands over: whether the callback was gone through, whether SIGINT is to be set off, what is answered; the arguments."""

WORD, STATE, OBJECT = ir.IntType(64), ir.IntType(32), ir.IntType(8).as_pointer()
_callbacks: list[Any] = []
"""What stubs call, which lives as long as the process."""


def _emit(module: Any, name: str) -> None:
    """A function that returns the address of the table, and the stubs."""
    names = list(STUBS)
    size = FIRST + 2 * len(names)
    table = ir.GlobalVariable(module, ir.ArrayType(WORD, size), f"{name}_table")
    table.linkage = "internal"
    table.initializer = ir.Constant(table.value_type, [0] * size)
    stubs = [_stub(module, f"{name}_{k}", table, k, *STUBS[which]) for k, which in enumerate(names)]
    b = ir.IRBuilder(ir.Function(module, ir.FunctionType(WORD, []), name).append_basic_block())
    for k, stub in enumerate(stubs):
        b.store(b.ptrtoint(stub, WORD), _word(b, table, FIRST + 2 * k))
    b.ret(b.ptrtoint(table, WORD))


def _word(b: Any, words: Any, k: int) -> Any:
    return b.gep(words, [ir.Constant(STATE, 0), ir.Constant(STATE, k)])


def _stub(module: Any, name: str, table: Any, k: int, answer: int | None, count: int) -> Any:
    fn = ir.Function(module, ir.FunctionType(ir.VoidType() if answer is None else WORD, [WORD] * count), name)
    fn.linkage = "internal"
    b = ir.IRBuilder(fn.append_basic_block())

    def call(number: int, result: Any, *operands: Any, more: bool = False) -> Any:
        kind = ir.FunctionType(result, [x.type for x in (operands[:1] if more else operands)], var_arg=more)
        return b.call(b.inttoptr(b.load(_word(b, table, number)), kind.as_pointer()), operands)

    void = ir.VoidType()
    words = b.alloca(ir.ArrayType(WORD, ARGUMENTS + count))
    kind, error, trace = (b.alloca(OBJECT) for _ in range(3))
    for at, value in ((DONE, 0), (TRIP, 0), (ANSWER, answer or 0)):
        b.store(ir.Constant(WORD, value), _word(b, words, at))
    for i, x in enumerate(fn.args):
        b.store(x, _word(b, words, ARGUMENTS + i))
    state = call(ENSURE, STATE)
    none = b.inttoptr(b.load(_word(b, table, NONE)), OBJECT)
    callback = b.inttoptr(b.load(_word(b, table, FIRST + 2 * k + 1)), OBJECT)
    call(INCREF, void, none)
    b.store(none, error)
    attempt, failed, returned, end = (fn.append_basic_block() for _ in range(4))
    b.branch(attempt)

    b.position_at_end(attempt)
    number = call(NUMBER, OBJECT, b.ptrtoint(words, WORD))
    given = b.load(error)
    found = call(CALL, OBJECT, callback, number, given, ir.Constant(OBJECT, None), more=True)
    call(DECREF, void, number)
    call(DECREF, void, given)
    b.cbranch(b.icmp_unsigned("==", found, ir.Constant(OBJECT, None)), failed, returned)

    b.position_at_end(failed)
    call(FETCH, void, kind, error, trace)
    call(NORMALIZE, void, kind, error, trace)
    call(DECREF, void, b.load(kind))
    call(DECREF, void, b.load(trace))
    b.branch(attempt)

    b.position_at_end(returned)
    call(DECREF, void, found)
    call(INCREF, void, none)
    b.store(none, error)
    b.cbranch(b.icmp_unsigned("==", b.load(_word(b, words, DONE)), ir.Constant(WORD, 0)), attempt, end)

    b.position_at_end(end)
    call(DECREF, void, none)
    with b.if_then(b.icmp_unsigned("!=", b.load(_word(b, words, TRIP)), ir.Constant(WORD, 0))):
        call(INTERRUPT, void)
    call(RELEASE, void, state)
    b.ret_void() if answer is None else b.ret(b.load(_word(b, words, ANSWER)))
    return fn


@cache
def _table() -> tuple[Any, Any]:
    """(the table of words, the stubs' code)."""
    code = emitted("callbacks", repr((STUBS, API, ctypes.sizeof(ctypes.c_void_p))), _emit, plain=True)
    address = ctypes.CFUNCTYPE(ctypes.c_int64)(code.address)()
    table = (ctypes.c_int64 * (FIRST + 2 * len(STUBS))).from_address(address)
    for k, name in enumerate(API):
        table[k] = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0
    table[NONE] = id(None)
    return table, code


def entered(name: str, f: Callable[..., Any]) -> int:
    """The address of a stub by which native code calls f, a function of integers. Nothing that f or a signal's handler raises reaches native code.

    Args:
        name: one of STUBS.
        f: what is called. What it raises is dropped, and the stub answers as it does where a callback fails.
    """
    answer, count = STUBS[name]
    words_of = (ctypes.c_int64 * (ARGUMENTS + count)).from_address

    def callback(address: int, error: BaseException | None) -> None:
        words = words_of(address)
        main = threading.current_thread() is threading.main_thread()
        before = signal.getsignal(signal.SIGINT) if main else None
        if isinstance(before, _Waiting) and before.address == address:  # another signal's handler ended an attempt
            before, waiting = before.before, before.errors
        else:
            waiting = []
        if error is not None:
            waiting.append(error)
        if callable(before):
            _handle(_Waiting(before, waiting, address))
        if not words[DONE]:  # what is raised before has the stub try again
            try:
                result = f(*words[ARGUMENTS:])
                words[ANSWER] = 0 if answer is None else result
            except BaseException:
                words[ANSWER] = answer or 0
            words[DONE] = 1
        if main:
            words[TRIP] = bool(waiting) and _handle(_Due(before, waiting))
            if not waiting:
                _handle(before)

    table, _ = _table()
    k = list(STUBS).index(name)
    _callbacks.append(callback)
    table[FIRST + 2 * k + 1] = id(callback)
    return int(table[FIRST + 2 * k])


def _handle(handler: Any) -> bool:
    """Have SIGINT handled so; False where this thread may not say."""
    try:
        signal.signal(signal.SIGINT, handler)
    except ValueError:  # a main thread that is not the process's
        return False
    return True


class _Waiting:
    """The handler of SIGINT while a callback is at work: None is noted among the errors."""

    def __init__(self, before: Any, errors: list[BaseException | None], address: int) -> None:
        self.before, self.errors, self.address = before, errors, address

    def __call__(self, number: int, frame: Any) -> None:
        self.errors.append(None)


class _Due:
    """The handler that sees to what had to wait: errors are raised, SIGINT is handled as it would have been."""

    def __init__(self, before: Any, errors: list[BaseException | None]) -> None:
        self.before, self.errors = before, errors

    def __call__(self, number: int, frame: Any) -> None:
        _handle(self.before)
        raised = next((error for error in self.errors if error is not None), None)
        if raised is not None:
            raise raised
        if callable(self.before):
            self.before(number, frame)
