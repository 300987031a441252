"""Functions that are written in LLVM's language into the modules that call them: one that Numba compiles takes a tenth of a second at a first start,
in each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

LONG, INT = ir.IntType(64), ir.IntType(32)


def call_inner(builder: ir.IRBuilder, name: str, kinds: Sequence[Any], arguments: Sequence[Any], write: Callable[..., None], attributes: Sequence[str] = ()) -> None:
    """Call a function of the module that `write`, given a builder and the parameters, fills in when it is first asked for.

    Args:
        kinds: of the parameters; pointers are cast to these.
        attributes: of the function, besides those that all have.
    """
    found = builder.module.globals.get(name)
    if found is None:
        found = ir.Function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
        found.linkage = "linkonce_odr"
        for attribute in ("nounwind", "noinline", *attributes):
            found.attributes.add(attribute)
        b = ir.IRBuilder(found.append_basic_block("entry"))
        write(b, *found.args)
        b.ret_void()
    given = [builder.bitcast(a, kind) if isinstance(kind, ir.PointerType) else a for a, kind in zip(arguments, kinds, strict=True)]
    builder.call(found, given)
