"""Functions that native code calls by names of ours: SciPy's compiled ones, and those of our own that are too long to be written into
every kernel that needs them.

Those of SciPy are reached through `scipy.special.cython_special`, its results by pointer through a few instructions of ours. Their
addresses are given to LLVM by name, so that compiled code which calls them can be cached on disk and loaded by another process. They are
registered when the first kernel that needs them is compiled or loaded (`register`), since importing SciPy's special functions takes
longer than a gradient.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable
from functools import cache, partial
from typing import Any

from llvmlite import ir
from numba import types

from jittape.compiler.jit import callback, emitted

_BY_ARITY = {
    1: "cbrt cosdg cosm1 cotdg dawsn ellipe ellipk ellipkm1 entr erfcinv erfcx erfi erfinv exp1 exp10 expi exprel i0 i0e i1 i1e j0 j1 k0 k0e k1 k1e "
    "log_ndtr ndtr ndtri ndtri_exp rgamma sindg spence tandg wrightomega y0 y1 zetac",
    2: "beta betaln binom boxcox boxcox1p ellipeinc ellipkinc expn gammainc gammaincc gammainccinv gammaincinv hyp0f1 "
    "inv_boxcox inv_boxcox1p iv ive jv jve kv kve owens_t poch pseudo_huber rel_entr stdtr stdtrit yv yve",
    3: "betainc betaincc betainccinv betaincinv elliprd hyp1f1 hyperu lpmv",
}
SCIPY = {name: arity for arity, names in _BY_ARITY.items() for name in names.split()}
"""Function of `scipy.special.cython_special` -> number of arguments; all take and return doubles."""
INTEGER_FIRST = {"eval_chebyt": 2, "eval_chebyu": 2, "eval_gegenbauer": 3, "eval_genlaguerre": 3, "eval_hermite": 2, "eval_hermitenorm": 2, "eval_laguerre": 2, "eval_legendre": 2}
"""The same of functions that have a form of their own for whole first arguments, or none for others."""
WHOLE_ONLY = frozenset({"eval_hermite", "eval_hermitenorm"})
PARTS = {
    "airy": ("airy_ai", "airy_aip", "airy_bi", "airy_bip"),
    "airye": ("airye_ai", "airye_aip", "airye_bi", "airye_bip"),
    "sici": ("sici_si", "sici_ci"),
    "shichi": ("shichi_shi", "shichi_chi"),
    "fresnel": ("fresnel_s", "fresnel_c"),
}
"""Function there of one argument and several results -> a name of ours for each result."""
PART = {name: (symbol, k) for symbol, names in PARTS.items() for k, name in enumerate(names)}
OWN = {
    "incomplete": {"gammainc_da": 2, "gammainc_daa": 2, "stdtr_da": 2, "stdtr_daa": 2, "gamma_density": 2, "student_density": 2},
    "incomplete_beta": {"betainc_d": 4},
    "elliptic": {"ellipk_n": 2, "ellipe_n": 2, "ellipkinc_dm": 2, "ellipkinc_dmm": 2, "ellipeinc_dm": 2, "ellipeinc_dmm": 2},
    "special_math": {"hurwitz": 2, "hurwitz_ds": 2, "hurwitz_dss": 2, "expreln": 2, "log1preln": 2, "gaussian_tail": 3, "lambertw0": 1, "lambertw1": 1, "spherical_jn": 2, "spherical_yn": 2, "spherical_in": 2, "spherical_kn": 2},
}
"""Module of jittape/ops -> its functions, and their numbers of arguments."""
HOME = {name: (module, arity) for module, names in OWN.items() for name, arity in names.items()}
SHARED = {"digamma": 1, "polygamma": 2, "lgamma": 1, "gamma": 1}
"""Functions that are written into the scalar switch, and called where another one is called."""
EXTERNAL = frozenset({*SCIPY, *INTEGER_FIRST, *PART, *HOME})
"""Functions that an operation cannot call from the scalar switch."""
ARITY = {**SCIPY, **INTEGER_FIRST, **dict.fromkeys(PART, 1), **{name: arity for name, (_, arity) in HOME.items()}, **SHARED}


def symbol(name: str) -> str:
    """What LLVM knows a function by."""
    return f"jittape_{name}"


def callee(node: ast.Call) -> str:
    """The name of the function among these that a call in native code is of, or nothing."""
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return name if name in ARITY else ""


def called(text: str) -> list[str]:
    """The functions among these that native code calls, in order."""
    calls = (node for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Call))
    return sorted({callee(node) for node in calls} - {""})


def external(name: str) -> Any:
    """A function of these for Numba to call."""
    return types.ExternalFunction(symbol(name), types.float64(*(types.float64,) * ARITY[name]))


_known: dict[str, Any] = {}
"""Functions that LLVM knows -> what keeps them alive."""


def register(names: Iterable[str]) -> None:
    """Tell LLVM where functions are. Cheap after the first call."""
    missing = [name for name in names if name not in _known]
    if not missing:
        return
    _scipy()
    for name in missing:
        if name in _known:
            continue
        if name in SCIPY:
            from scipy import __version__ as release

            raise NotImplementedError(f"SciPy {release} has no compiled function {name} of real numbers; a newer release has")
        if name in PART:
            found: Any = emitted(f"part_{name}", "", partial(_part, *PART[name]))
        elif name in INTEGER_FIRST:
            found = emitted(f"integer_{name}", "", partial(_integer, name))
        else:
            module, arity = HOME.get(name) or ("special_math", SHARED[name])
            function = getattr(importlib.import_module(f"jittape.ops.{module}"), name)
            found = callback(getattr(function, "py_func", function), types.float64(*(types.float64,) * arity))
        _add(symbol(name), found.address)
        _known[name] = found


@cache
def _capsules() -> dict[str, list[tuple[str, str]]]:
    """Function of cython_special -> what it is known by there, and its type in C, for each type."""
    from scipy.special import cython_special

    found: dict[str, list[tuple[str, str]]] = {}
    for entry, capsule in cython_special.__pyx_capi__.items():
        kind = re.search(r'"(.*)"', repr(capsule))
        name = re.sub(r"^__pyx_fuse_[\d_]*?(?=[a-zA-Z])", "", entry)
        if kind is not None:
            found.setdefault(name, []).append((entry, kind[1]))
    return found


def _address(name: str, begins: str) -> int | None:
    """Where the function of cython_special is whose type begins so; None where this release has none."""
    from numba.extending import get_cython_function_address

    for entry, kind in _capsules().get(name, ()):
        if kind.startswith(begins):
            return int(get_cython_function_address("scipy.special.cython_special", entry))
    return None


def _add(name: str, address: int) -> None:
    import llvmlite.binding as llvm

    llvm.add_symbol(name, address)


@cache
def _scipy() -> None:
    """Register SciPy's own functions."""
    for name, arity in SCIPY.items():
        address = _address(name, f"double ({', '.join(['double'] * arity)}, int ")
        if address is not None:
            _add(symbol(name), address)
            _known[name] = None
    for name, arity in INTEGER_FIRST.items():
        rest = ", double" * (arity - 1)
        address = _address(name, f"double (Py_ssize_t{rest}, int ") or _address(name, f"double (long{rest}, int ")
        if address is not None:
            _add(f"{symbol(name)}_of_integer", address)
        address = _address(name, f"double (double{rest}, int ")
        if address is not None:
            _add(f"{symbol(name)}_of_real", address)
    for name, parts in PARTS.items():
        address = _address(name, f"void (double, {', '.join(['double *'] * len(parts))})")
        if address is not None:
            _add(f"{symbol(name)}_parts", address)


REAL, LONG = ir.DoubleType(), ir.IntType(64)


def _part(function: str, k: int, module: ir.Module, name: str) -> None:
    """Emit a function that returns the k-th result."""
    n = len(PARTS[function])
    own = ir.Function(module, ir.FunctionType(REAL, [REAL]), name)
    theirs = ir.Function(module, ir.FunctionType(ir.VoidType(), [REAL] + [REAL.as_pointer()] * n), f"{symbol(function)}_parts")
    b = ir.IRBuilder(own.append_basic_block())
    places = [b.alloca(REAL) for _ in range(n)]
    b.call(theirs, [own.args[0], *places])
    b.ret(b.load(places[k]))


def _integer(function: str, module: ir.Module, name: str) -> None:
    """Emit a function whose first argument is a double: that of integers where it is whole, from 0 to a billion, or else that of doubles,
    or NaN where there is none."""
    arity = INTEGER_FIRST[function]
    own = ir.Function(module, ir.FunctionType(REAL, [REAL] * arity), name)
    entry, fits, whole, other = (own.append_basic_block(part) for part in ("entry", "fits", "whole", "other"))
    b = ir.IRBuilder(entry)
    first, *rest = own.args
    b.cbranch(b.and_(b.fcmp_ordered(">=", first, ir.Constant(REAL, 0.0)), b.fcmp_ordered("<=", first, ir.Constant(REAL, 1e9))), fits, other)
    b.position_at_end(fits)
    n = b.fptosi(first, LONG)
    b.cbranch(b.fcmp_ordered("==", b.sitofp(n, REAL), first), whole, other)
    b.position_at_end(whole)
    of_integer = ir.Function(module, ir.FunctionType(REAL, [LONG] + [REAL] * (arity - 1)), f"{symbol(function)}_of_integer")
    b.ret(b.call(of_integer, [n, *rest]))
    b.position_at_end(other)
    if function in WHOLE_ONLY:
        b.ret(ir.Constant(REAL, float("nan")))
    else:
        of_real = ir.Function(module, ir.FunctionType(REAL, [REAL] * arity), f"{symbol(function)}_of_real")
        b.ret(b.call(of_real, own.args))
