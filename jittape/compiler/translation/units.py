"""A unit of translation: an entry, and the functions that it calls, each once for the kinds of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba.core.registry import cpu_target

from jittape.compiler.dispatchers import is_dispatcher, python_function
from jittape.compiler.libraries import SeparateLibrary
from jittape.compiler.translation import entries
from jittape.compiler.translation.bodies import Body
from jittape.compiler.translation.values import NONE, Unsupported, Value, built, cast, flat, flat_ir, refuse


@dataclass(frozen=True)
class Instance:
    """A function that was translated for the kinds of its arguments."""

    function: ir.Function
    result: Any


class Unit:
    """Translates functions into a module of LLVM's."""

    def __init__(self, module: ir.Module, prefix: str) -> None:
        self.module = module
        self.context = cpu_target.target_context
        self._prefix = prefix
        self._found: dict[tuple[Any, tuple[Any, ...]], Instance | None] = {}

    def llvm_type(self, kind: Any) -> Any:
        """LLVM's type of a number."""
        return self.context.get_value_type(kind)

    def instance(self, f: Callable[..., Any], kinds: tuple[Any, ...]) -> Instance:
        """A function, or a dispatcher of Numba's of one, for these arguments."""
        function = python_function(f)
        key = function, kinds
        if key in self._found:
            found = self._found[key]
            return found if found is not None else refuse("a function that calls itself")
        self._found[key] = None
        arguments = [self.llvm_type(kind) for argument in kinds for kind in flat(argument)]
        made = ir.Function(self.module, ir.FunctionType(ir.VoidType(), arguments), f"{self._prefix}.{len(self._found)}.{function.__name__}")
        made.linkage = "linkonce_odr"  # with "internal" LLVM takes a third longer, and specialises what it writes into its callers afterwards
        body = Body(self, function, made, kinds)
        try:
            result = body.write()
        except Unsupported as reason:
            raise reason if reason.args[1:] else Unsupported(f"{reason} in {function.__module__}.{function.__name__}, line {body.line}", True) from None
        if stays_separate(f):
            made.attributes.add("noinline")
        self._found[key] = found = Instance(made, result)
        return found

    def call(self, builder: ir.IRBuilder, f: Callable[..., Any], arguments: list[Value]) -> Value:
        """The result of a call."""
        found = self.instance(f, tuple(x.kind for x in arguments))
        given = builder.call(found.function, [number for x in arguments for number in flat_ir(x)])
        parts = flat(found.result)
        numbers = [given] if len(parts) == 1 else [builder.extract_value(given, i) for i in range(len(parts))]
        return built(found.result, iter(numbers))


def stays_separate(f: Any) -> bool:
    """Whether a function is not to be written into its callers (`separate` of libraries.py)."""
    return is_dispatcher(f) and getattr(f._compiler.pipeline_class, "library", None) is SeparateLibrary


def translate(function: Callable[..., Any], signature: Any, module: ir.Module, name: str) -> None:
    """Write a function, as a function of C of this name.

    Args:
        signature: Numba's, of numbers and pointers.

    Raises:
        Unsupported: it is written in what is not translated here.
    """
    unit = Unit(module, name)
    result = signature.return_type
    returned = ir.VoidType() if result == NONE else unit.llvm_type(result)
    made = ir.Function(module, ir.FunctionType(returned, [unit.llvm_type(kind) for kind in signature.args]), name)
    builder = ir.IRBuilder(made.append_basic_block())
    found = unit.call(builder, function, [Value(kind, x) for kind, x in zip(signature.args, made.args, strict=True)])
    if result == NONE:
        builder.ret_void()
    else:
        builder.ret(cast(builder, found, result).ir)


def translate_for_python(function: Callable[..., Any], signature: Any, module: ir.Module, name: str) -> None:
    """The same as the function of a builtin of Python (compiler/builtins.py), which other threads may run beside."""
    inner = f"{name}.native"
    translate(function, signature, module, inner)
    module.globals[inner].linkage = "internal"
    entries.write(module, module.globals[inner], signature, name)
