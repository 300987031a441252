"""Native functions as builtins of Python: numbers out of objects, the interpreter's lock released meanwhile, a number as an object."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from jittape.compiler.translation.values import LONG, NONE, REAL, is_real, refuse

OBJECT = ir.IntType(8).as_pointer()
WORD = ir.IntType(64)
FLAG = ir.IntType(32)


def _python(module: ir.Module, name: str, result: Any, *arguments: Any) -> Any:
    """A function of Python's, which LLVM finds in the process."""
    return module.globals.get(name) or ir.Function(module, ir.FunctionType(result, arguments), name)


def write(module: ir.Module, function: ir.Function, signature: Any, name: str) -> None:
    """The function object(self, addresses of the arguments, their number) that calls another one of numbers."""
    entry = ir.Function(module, ir.FunctionType(OBJECT, [OBJECT, OBJECT.as_pointer(), WORD]), name)
    builder = ir.IRBuilder(entry.append_basic_block())
    arguments = signature.args
    with builder.if_then(builder.icmp_signed("!=", entry.args[2], WORD(len(arguments))), likely=False):
        builder.call(_python(module, "PyErr_BadArgument", FLAG), [])
        builder.ret(OBJECT(None))
    numbers = []
    for i, kind in enumerate(arguments):
        x = builder.load(builder.gep(entry.args[1], [WORD(i)]))
        if is_real(kind):
            number = builder.call(_python(module, "PyFloat_AsDouble", ir.DoubleType(), OBJECT), [x])
            numbers.append(number if kind == REAL else builder.fptrunc(number, ir.FloatType()))
        elif kind == LONG:
            numbers.append(builder.call(_python(module, "PyLong_AsLongLong", WORD, OBJECT), [x]))
        else:
            refuse(f"{kind} as an argument from Python")
    failed = builder.icmp_unsigned("!=", builder.call(_python(module, "PyErr_Occurred", OBJECT), []), OBJECT(None))
    with builder.if_then(failed, likely=False):
        builder.ret(OBJECT(None))
    thread = builder.call(_python(module, "PyEval_SaveThread", OBJECT), [])
    found = builder.call(function, numbers)
    builder.call(_python(module, "PyEval_RestoreThread", ir.VoidType(), OBJECT), [thread])
    result = signature.return_type
    if result == NONE:
        builder.ret(builder.call(_python(module, "Py_BuildValue", OBJECT, OBJECT), [_empty(module)]))
    elif result == LONG:
        builder.ret(builder.call(_python(module, "PyLong_FromLongLong", OBJECT, WORD), [found]))
    elif result == REAL:
        builder.ret(builder.call(_python(module, "PyFloat_FromDouble", OBJECT, ir.DoubleType()), [found]))
    else:
        refuse(f"{result} as a result for Python")


def _empty(module: ir.Module) -> Any:
    """The address of a text without letters: Py_BuildValue makes None of it."""
    kind = ir.ArrayType(ir.IntType(8), 1)
    text = ir.GlobalVariable(module, kind, "jittape.empty")
    text.linkage, text.global_constant, text.initializer = "internal", True, ir.Constant(kind, bytearray(1))
    return text.bitcast(OBJECT)
