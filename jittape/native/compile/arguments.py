"""The arguments of a Numba function in words, and whether it is they that Numba cannot compile it for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

from numba import njit, typeof, types
from numba.core.errors import NumbaError, TypingError

from jittape.errors import JittapeError, RecordingError
from jittape.native.vars.var import ComplexVarType, VarType

_WORDS: list[tuple[Any, str]] = [(types.UnicodeType, "a text"), (types.NoneType, "None"), (types.Boolean, "a truth value"), (types.List, "a list"),
                                 (types.ListType, "a typed list of {t.dtype}"), (types.DictType, "a typed dict"), (types.NumPyRandomGeneratorType, "a generator of random numbers")]  # fmt: skip
_OWN = re.compile(r"TypingError: (?:jittape: )?([^\n]+)\n\s*raised from \S*jittape\S*native\S*")
_CONVERTED = {"Tensor": "x.detach().numpy()", "dict": "a tuple or a named tuple", "ndarray": "x.astype(np.float64)"}
"""What to pass in place of what Numba has no type for."""


def plain_type(t: Any) -> Any:
    """The type that stands in the plain function where this one is in its recording version."""
    if isinstance(t, VarType):
        return types.float64
    if isinstance(t, ComplexVarType):
        return types.complex128
    if isinstance(t, types.Array) and isinstance(t.dtype, (VarType, ComplexVarType)):
        return types.Array(plain_type(t.dtype), t.ndim, t.layout)
    if isinstance(t, types.ListType):
        return types.ListType(plain_type(t.dtype))
    if isinstance(t, types.BaseTuple) and not isinstance(t, types.BaseNamedTuple):
        return types.BaseTuple.from_types([plain_type(x) for x in t])
    if isinstance(t, types.NamedTuple):
        return types.NamedTuple([plain_type(x) for x in t], t.instance_class)
    if isinstance(t, types.NamedUniTuple):
        return types.NamedUniTuple(plain_type(t.dtype), t.count, t.instance_class)
    return t


def described(t: Any) -> str:
    """What a type of Numba is for who passes such an argument."""
    t = plain_type(types.unliteral(t))
    if isinstance(t, types.Array):
        return f"an array of {t.dtype} with {t.ndim} ax{'i' if t.ndim == 1 else 'e'}s" if t.ndim else f"an array of {t.dtype} without axes"
    if isinstance(t, types.BaseTuple):
        return f"a tuple of {t.count}"
    return next((words.format(t=t) for kind, words in _WORDS if isinstance(t, kind)), str(t))


def instead(t: Any, name: str) -> str:
    """What to pass instead, where a function is written for arrays of one axis or another number of them; empty where that is not known."""
    t = plain_type(types.unliteral(t))
    if isinstance(t, (types.List, types.ListType, types.BaseTuple)):
        return f"np.array({name})"
    if isinstance(t, types.Number) or (isinstance(t, types.Array) and t.ndim == 0):
        return f"np.array([{name}]) where an array is expected" if isinstance(t, types.Number) else f"{name}.reshape(1), or {name}.item()"
    if isinstance(t, types.Array) and t.ndim > 1:
        return f"{name}.ravel(), or one of its rows, where an array of one axis is expected"
    return ""


def _reason(text: str) -> str:
    """The heart of an error of Numba's compiler."""
    for pattern, words in (
        (r"Unknown attribute '(\w+)' of type ([^\n]+)", "{1} has no attribute {0!r}"),
        (r">>> ([^\n]+)", "there is no {0}"),
        (r"(Cannot unify [^\n]+)", "{0}"),
        (r"(non-precise type [^\n]+)", "{0}"),
    ):
        found = re.search(pattern, text)
        if found:
            return words.format(*found.groups()).rstrip(" .")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("Failed in")]
    return lines[0].rstrip(" .") if lines else text


def refused(function: Any, options: dict[str, Any], kinds: Iterable[Any], where: Any) -> RecordingError | None:
    """The error of arguments that Numba cannot compile a function for, recorded or not; None where it can. This compiles it.

    Args:
        function: of Python.
        options: of its dispatcher.
        kinds: types of the arguments.
        where: of the text of an error, in which function and line it is.
    """
    kinds = tuple(kinds)
    plain = [plain_type(types.unliteral(t)) for t in kinds]
    try:
        njit(**{k: v for k, v in options.items() if k in ("fastmath", "boundscheck", "error_model")})(function).compile(tuple(plain))
    except NumbaError as error:
        text = str(error)
    except Exception:  # Numba's own fault
        return None
    else:
        return None
    named = [(name, t) for name, t in zip(inspect.signature(function).parameters, plain, strict=False) if not isinstance(t, types.Omitted)]
    differentiated = {name for name, t in zip(inspect.signature(function).parameters, kinds, strict=False) if plain_type(t) is not t}
    ways = [way for way in (instead(t, name) for name, t in named if name in differentiated) if way]
    given = ", ".join(f"{name} is {described(t)}" for name, t in named)
    pass_ = f". Pass {'; '.join(ways)}" if ways else ""
    return RecordingError(f"Numba cannot compile {function.__name__} for these arguments, differentiated or not ({given}): {_reason(text)} {where(text)}{pass_}")


def as_numbas(error: JittapeError) -> Exception:
    """The same error as one of Numba's, too: what a function of numba.njit raises when it is compiled."""
    kind = type(error)
    if kind not in _KINDS:
        _KINDS[kind] = type(kind.__name__, (kind, TypingError), {"__init__": _init, "__module__": kind.__module__})
    found: Exception = _KINDS[kind](str(error))
    return found


_KINDS: dict[Any, Any] = {}


def _init(self: Any, text: str) -> None:
    TypingError.__init__(self, text)
    self.args = (text,)


def unknown(function: str, names: Iterable[str], args: Iterable[Any]) -> str:
    """Which argument of a function Numba has no type for, and what to pass instead; empty where it has one for all."""
    for name, x in zip(names, args, strict=False):
        if not _known(x):
            kind = type(x).__name__
            what = f"an array of dtype {x.dtype}" if kind == "ndarray" else f"a {kind}"
            way = _CONVERTED.get(kind, "numbers, arrays and tuples of them").replace("x.", f"{name}.")
            return f"{function}: {name} is {what}, which a Numba function does not take; pass {way}"
    return ""


def _known(x: Any) -> bool:
    """Whether Numba has a type for an argument."""
    try:
        t = typeof(x)
    except ValueError:
        return False
    return bool(t.is_precise())


def said(text: str) -> str:
    """The sentence in an error of Numba's compiler that was written for it here; empty where there is none."""
    found = _OWN.findall(text)
    return found[-1] if found else ""
