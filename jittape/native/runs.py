"""Operations that the tape has as runs only (they are SciPy's functions), of single Vars: each is a call of Python."""

from __future__ import annotations

import math

import numpy as np
from numba.extending import overload

from jittape.array import Array, apply
from jittape.native.allocation import var_dtype
from jittape.native.arrays import _typed
from jittape.native.composite import composite
from jittape.native.linalg import _check
from jittape.native.var import VarType
from jittape.native.whole import operation, whole
from jittape.ops._generated import opcodes


def _operation(code, plain):
    return operation(plain.__name__, lambda x: apply(code, x) if isinstance(x, Array) else plain(float(x)))


def _run(number, f):
    @overload(f)
    def typed(x):
        if not isinstance(x, VarType):
            return None

        def record(x):
            a, out = np.empty(1, var_dtype), np.empty(1, var_dtype)
            a[0] = x
            _check(whole(number, (a.reshape(()),), (out.reshape(()),)), "")
            return out[0]

        return record


_run(_operation(opcodes.LGAMMA, math.lgamma), math.lgamma)
_run(_operation(opcodes.GAMMA, math.gamma), math.gamma)
_CBRT = _operation(opcodes.CBRT, math.cbrt)
_run(_CBRT, np.cbrt)
_typed(np.cbrt, 1)


@composite(math.ldexp)
def _ldexp(x, i):
    return x * 2.0**i
