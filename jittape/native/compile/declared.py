"""What a user's function was declared with: signatures and types of variables, by which Numba rounds numbers to integers."""

from __future__ import annotations

import weakref
from typing import Any

from numba import types
from numba.core import ir, ir_utils
from numba.core.errors import TypingError

from jittape.native.vars.var import VarType

_declared: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
"""By Python functions, the signatures and the types of variables (`locals=`) that they were declared with."""


def declare(dispatcher: Any) -> None:
    """Keep what a dispatcher converts numbers to: a signature, where it compiles no others, and variables."""
    signatures = () if dispatcher._can_compile else tuple(dispatcher.nopython_signatures)
    if signatures or dispatcher.locals:
        _declared[dispatcher.py_func] = (signatures, dict(dispatcher.locals))


def _refuse_truth(func_ir: Any, args: Any, signatures: Any, variables: Any) -> None:
    """Refuse what would make truth values of recorded numbers."""
    of_arguments = any(
        isinstance(given, (VarType, types.Float)) and signatures and all(isinstance(s.args[i], types.Boolean) for s in signatures if len(s.args) > i)
        for i, given in enumerate(args)
    )
    if of_arguments or any(isinstance(t, types.Boolean) for t in variables.values()):
        raise TypingError(
            f"jittape: {func_ir.func_id.func_name} is declared with truth values ({', '.join(map(str, signatures)) or 'locals='}), which "
            "differentiated numbers would become; state float64 in their place"
        )


def rounded(func_ir: Any, args: Any) -> bool:
    """Have arguments, variables and results that are declared integers rounded, as the user's function does."""
    signatures, variables = _declared.get(func_ir.func_id.func, ((), {}))
    if not signatures and not variables:
        return False
    _refuse_truth(func_ir, args, signatures, variables)
    whole_result = bool(signatures) and all(isinstance(s.return_type, types.Integer) for s in signatures)

    def due(s: Any) -> bool:
        if getattr(s, "rounded", False):  # the pass comes twice
            return False
        if isinstance(s, ir.Return):
            return whole_result
        if isinstance(s.value, ir.Arg):
            i = s.value.index
            given = bool(signatures) and all(len(x.args) > i and isinstance(x.args[i], types.Integer) for x in signatures)
            return given and isinstance(args[i], (VarType, types.Float))
        return isinstance(variables.get(s.target.name), types.Integer)

    found = [(block, s) for block in func_ir.blocks.values() for s in block.body if isinstance(s, (ir.Assign, ir.Return)) and due(s)]
    for block, s in found:
        at = next(i for i, x in enumerate(block.body) if x is s)
        scope = block.scope
        given = ir.Assign(s.value, ir.Var(scope, ir_utils.mk_unique_var("$given"), s.loc), s.loc)
        function = ir.Assign(ir.Global("int", int, s.loc), ir.Var(scope, ir_utils.mk_unique_var("$int"), s.loc), s.loc)
        whole = ir.Expr.call(function.target, (given.target,), (), s.loc)
        new = [given, function]
        if isinstance(s, ir.Return):
            result = ir.Var(scope, ir_utils.mk_unique_var("$whole"), s.loc)
            new.append(ir.Assign(whole, result, s.loc))
            s.value = result
        else:
            s.value = whole
        s.rounded = True
        block.body[at:at] = new
    return bool(found)
