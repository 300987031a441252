"""NumPy functions of Vars that are written in Python over NumPy, as a user would write them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import overload_method

from jittape.native.compile.pipeline import Compiler
from jittape.native.compile.source import from_source
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import has_complex, holds_var
from jittape.native.vars.var import ComplexVarType, VarArrays, VarType


def none(t: Any) -> bool:
    """Whether an argument is None or left out."""
    return t is None or isinstance(t, types.NoneType) or (isinstance(t, types.Omitted) and t.value is None)


def array(t: Any) -> bool:
    return isinstance(t, types.Array)


def scalar(t: Any) -> bool:
    return isinstance(t, (VarType, ComplexVarType, types.Float, types.Complex, types.Integer, types.Boolean))


def method(name: str, f: Any, parameters: str = "a", of: Any = VarArrays) -> None:
    """Make f a method of arrays of Vars, or of others. A method has one implementation, which leaves it to the function to choose."""
    names = ", ".join(p.split("=")[0] for p in parameters.split(", "))
    scope = from_source(f"def typed({parameters}):\n    return lambda {parameters}: f({names})\n", __name__, {"f": f})
    overload_method(of, name, jit_options={"pipeline_class": Compiler})(scope["typed"])


def composite(*functions: Any, when: Callable[..., bool] | None = None, complexes: bool = False) -> Callable[[Any], Any]:
    """Register what stands for `functions` where an argument holds Vars.

    The body is compiled as a user's function is: what it allocates holds Vars. Its parameters have the names that Numba's
    own have, and no annotations, which Numba would compare.

    Args:
        when: more that must be so, of the arguments' types.
        complexes: whether the body is right for complex numbers, too; the rules of others are in native/complexes.
    """

    def register(body: Any) -> Any:
        def due(*args: Any) -> bool:
            return any(holds_var(a) for a in args) and (complexes or not any(map(has_complex, args))) and (when is None or when(*args))

        parameters = inspect.signature(body)
        text = f"def typed{parameters}:\n    return body if due({', '.join(parameters.parameters)}) else None\n"
        scope = from_source(text, __name__, {"body": body, "due": due})
        for f in functions:
            overload(f, jit_options={"pipeline_class": Compiler})(scope["typed"])
        return body

    return register
