"""Tuples of Vars and floats: of one type in the plain function, (float64, float64), and of two in its recording version.

So what Numba allows for tuples of one type only, an index that is computed and a loop, is typed here for Vars throughout.
"""

from __future__ import annotations

import operator

from numba import types
from numba.core.typing.templates import AbstractTemplate, infer, infer_global, signature

from jittape.native.vars.var import complex_var, var


def _of_vars(t):
    """The tuple of Vars that a tuple becomes; None where it is no mixture of Vars and floats. Likewise of complex numbers."""
    if not isinstance(t, types.BaseAnonymousTuple) or isinstance(t, types.UniTuple):
        return None
    for recorded, number in ((var, types.Float), (complex_var, types.Complex)):
        if all(x == recorded or isinstance(x, number) for x in t) and recorded in t.types:
            return types.UniTuple(recorded, len(t))
    return None


@infer_global(operator.getitem)
class _Item(AbstractTemplate):
    def generic(self, args, kws):
        uniform = _of_vars(args[0]) if len(args) == 2 and isinstance(args[1], types.Integer) else None
        return uniform and signature(uniform.dtype, uniform, types.intp)


@infer
class _Iterator(AbstractTemplate):
    key = "getiter"

    def generic(self, args, kws):
        uniform = _of_vars(args[0])
        return uniform and signature(types.UniTupleIter(uniform), uniform)
