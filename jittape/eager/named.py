"""Errors of tensors' functions begin with the function's name, and say what an argument must be.

What goes wrong inside of a function (in NumPy, in an operator, in a helper) knows neither. So a function is called through one that does:
when an error comes by, the arguments are looked at, and the first one that is of a wrong kind is named.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from os import path
from types import FunctionType
from typing import Any, NamedTuple, TypeVar

import numpy as np

from jittape.eager.preconditions import PRECONDITIONS
from jittape.eager.tensor import Tensor, extend
from jittape.eager.uses import MADE
from jittape.errors import FreedGraphError, MatrixError, ShapeError, SharedSlotsError, TapeMismatchError

F = TypeVar("F", bound=Callable[..., Any])

# --- kinds of arguments -----------------------------------------------------------------------------------------------------


class Kind(NamedTuple):
    """What an argument may be.

    Attributes:
        declared: the type, for type checkers.
        words: the same in messages.
        holds: whether a value is of this kind; what is accepted anyhow may count.
    """

    declared: str
    words: str
    holds: Callable[[Any], bool]


def _is_integer(x: Any) -> bool:
    if isinstance(x, (Tensor, np.ndarray)):
        return bool(x.dtype.kind in "iub" and np.prod(x.shape) == 1)
    return hasattr(type(x), "__index__")


def _are_integers(x: Any) -> bool:
    return all(map(_is_integer, x)) if isinstance(x, (tuple, list)) else _is_integer(x)


def _is_numbers(x: Any, kinds: str = "fiubc") -> bool:
    """Whether this is a tensor, an array, a number or a list of them."""
    if isinstance(x, Tensor):
        return x.dtype.kind in kinds
    if isinstance(x, (tuple, list)):
        return all(_is_numbers(v, kinds) for v in x)
    return isinstance(x, np.ndarray) or hasattr(x, "slots") or np.asarray(x).dtype.kind in kinds


def _is_number(x: Any) -> bool:
    return _is_numbers(x) and not isinstance(x, (tuple, list)) and np.prod(np.shape(x) if not isinstance(x, Tensor) else x.shape) == 1


def _is_truth_value(x: Any) -> bool:
    return not isinstance(x, (str, Tensor, tuple, list)) and type(x) is not object


def _is_dtype(x: Any) -> bool:
    try:
        np.dtype(x)
    except TypeError:
        return False
    return True


def _are_tensors(x: Any) -> bool:
    return isinstance(x, (tuple, list)) and all(map(_is_numbers, x))


INTEGER = Kind("Int", "int", _is_integer)
DIMS = Kind("Dims", "int or tuple of ints", _are_integers)
SIZES = Kind("Int | Sequence[Int]", "int or tuple of ints", _are_integers)
OPERAND = Kind("Operand", "Tensor or number", _is_numbers)
INDEX = Kind("Operand", "Tensor of integers", lambda x: _is_numbers(x, "iub"))
NUMBER = Kind("Float", "number", _is_number)
FLAG = Kind("Bool", "bool", _is_truth_value)
TENSORS = Kind("Sequence[Operand]", "a sequence of Tensors", _are_tensors)
TEXT = Kind("str", "str", lambda x: isinstance(x, str))
ORDER = Kind("Float | str", "number or str", lambda x: isinstance(x, str) or _is_number(x))
DTYPE = Kind("DTypeLike", "a dtype", _is_dtype)

PARAMETERS = {
    "dim": DIMS, "axis": DIMS, "keepdim": FLAG, "keepdims": FLAG,
    "other": OPERAND, "exponent": OPERAND, "end": OPERAND, "weight": OPERAND, "alpha": OPERAND, "beta": OPERAND, "value": OPERAND, "source": OPERAND,
    "a": OPERAND, "b": OPERAND, "min": OPERAND, "max": OPERAND, "mask": OPERAND, "condition": OPERAND, "index": INDEX,
    "shape": SIZES, "sizes": SIZES, "size": SIZES, "shifts": SIZES, "dims": SIZES, "p": ORDER, "unbiased": FLAG, "correction": NUMBER,
    "mean": NUMBER, "std": NUMBER, "low": NUMBER, "high": NUMBER, "dtype": DTYPE, "tensors": TENSORS, "operands": OPERAND,
    "A": OPERAND, "L": OPERAND, "input2": OPERAND, "mat2": OPERAND, "vec": OPERAND, "vec2": OPERAND, "tensor": OPERAND, "tensor1": OPERAND, "tensor2": OPERAND, "split_size": SIZES, "repeats": SIZES, "LU_data": OPERAND, "LU_pivots": INDEX, "src": OPERAND,
}  # fmt: skip
"""Name of a parameter -> its kind, where the function itself says Any."""
VIEWED = Kind("Int | Sequence[Int] | np.dtype[Any]", "int, tuple of ints or dtype", lambda x: isinstance(x, np.dtype) or _are_integers(x))
EXCEPTIONS = {("view", "shape"): VIEWED, ("roll", "dims"): DIMS, ("tensordot", "dims"): None, ("var", "dim"): DIMS, ("std", "dim"): DIMS}
"""(function, parameter) -> its kind where its name does not tell."""
ANNOTATED = {"int": INTEGER, "float": NUMBER, "bool": FLAG, "str": TEXT}
"""A type that a function says itself -> its kind."""


def kind_of(function: str, parameter: inspect.Parameter) -> Kind | None:
    """The kind of a parameter, where one is known."""
    given = str(parameter.annotation).removesuffix(" | None")
    if given in ANNOTATED:
        return ANNOTATED[given]
    key = (function, parameter.name)
    return EXCEPTIONS[key] if key in EXCEPTIONS else PARAMETERS.get(parameter.name)


def wrong_argument(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """What the first argument that is of a wrong kind must be, in words."""
    if isinstance(function, np.ufunc):
        wrong = [x for x in args if not OPERAND.holds(x)]
        return f"an operand must be {OPERAND.words}, not {_described(wrong[0])}" if wrong else None
    try:
        signature = inspect.signature(function)
        given = signature.bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return None
    for key, value in given.items():
        parameter = signature.parameters[key]
        kind = kind_of(name, parameter)
        if kind is None or (value is None and parameter.default is None) or value is parameter.default:
            continue
        values = value if parameter.kind is parameter.VAR_POSITIONAL else (value,)
        for x in values:
            if not kind.holds(x):
                return f"argument '{key}' must be {kind.words}, not {_described(x)}"
    return None


def _described(x: Any) -> str:
    """The type of an argument, and of what is wrong in a sequence."""
    if isinstance(x, (tuple, list)):
        return f"a {type(x).__name__} of {', '.join(sorted({type(v).__name__ for v in x}))}"
    if isinstance(x, Tensor):
        return f"a Tensor of {x.dtype} and shape {list(x.shape)}"
    return type(x).__name__


# --- errors -----------------------------------------------------------------------------------------------------------------

ERRORS = (TypeError, ValueError, IndexError, RuntimeError, AttributeError)
"""What is looked at; an attribute is missing where an argument is of another type."""
STATES = (FreedGraphError, SharedSlotsError, TapeMismatchError)
"""Errors that say in what state a tensor is: no argument is of a wrong kind."""
_HERE = (path.dirname(path.dirname(__file__)) + path.sep, path.dirname(np.__file__) + path.sep, "<")
"""Where the source of what is called lies: of this package, of NumPy, and what is written while it runs."""
_INNER = re.compile(r"^[\w.]+\(\): ")
"""The name of an inner function before a message."""


NAMES_OF_NUMPY = {"dim": "axis", "keepdim": "keepdims"}
"""Arguments of methods that may be given by NumPy's names, too, as PyTorch's may."""
_OF_SHAPES = re.compile(r"broadcast|shape|zip\(\)|dimension|axes|size ")
"""What NumPy's and Python's errors about shapes have in their words."""
UNSET: Any = object()
"""Stands for an argument that was not given."""


def failed(error: BaseException, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> BaseException:
    """The error to raise for one that came out of a call."""
    if isinstance(error, STATES):
        return error
    at = error.__traceback__
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        if not file.startswith(_HERE) and not file.endswith((".pyx", ".pxd")):  # what users' functions raise is theirs; NumPy has some Cython
            return error
        at = at.tb_next
    if type(error) is np.linalg.LinAlgError:
        error = MatrixError(str(error)).with_traceback(error.__traceback__)
    text = str(error)
    said = "argument '" in text and not hasattr(error, "wrong")
    """Whether a helper has named the argument, which knows best what it takes."""
    wrong = None if said else wrong_argument(name, function, args, kwargs)
    if not wrong and isinstance(error, AttributeError) and (missing := _no_tensor(error, name, args, kwargs)) is not None:
        return missing
    if not wrong and isinstance(error, (RuntimeError, AttributeError)) and not isinstance(error, (MatrixError, ShapeError)):
        return error  # PyTorch's words, or a fault of ours
    if wrong or not text.startswith(name):
        text = f"{name}(): {wrong or _INNER.sub('', text)}"
    if (not wrong or isinstance(error, TypeError)) and error.args == (str(error),):
        if type(error) is ValueError and _OF_SHAPES.search(text):
            error = ShapeError(text)
            error.__suppress_context__ = True
        error.args = (text,)
    else:  # of a class that writes its message itself, or says that a shape is wrong where it is the type
        error = (IndexError if not wrong and isinstance(error, IndexError) else ValueError if not wrong and isinstance(error, ValueError) else TypeError)(text)
        error.__suppress_context__ = True
    if wrong:
        error.wrong = wrong  # type: ignore[attr-defined]
    return error


def _no_tensor(error: AttributeError, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError | None:
    """The error of an argument that was asked for what tensors have, and is none."""
    x = error.obj
    if x is not None and not isinstance(x, (bool, int, float, complex, str, bytes, list, tuple, dict)):
        return None
    for k, given in enumerate([*args, *kwargs.values()]):
        if given is x or (isinstance(given, (list, tuple)) and any(v is x for v in given)):
            which = "" if k < len(args) else f" '{list(kwargs)[k - len(args)]}'"
            new = TypeError(f"{name}(): argument{which or f' {k + 1}'} must be Tensor, not {type(x).__name__}")
            new.__suppress_context__ = True
            return new
    return None


def named(function: F, name: str = "", in_place: bool = False) -> F:
    """The same function, whose errors begin with its name.

    It is written with the same parameters, since a call that packs and unpacks them is noticed.

    Args:
        in_place: the tensor that is its first argument becomes the result.
    """
    name = name or function.__name__
    signature = inspect.signature(function)
    space: dict[str, Any] = {"__function": function, "__failed": failed, "__ERRORS": ERRORS}
    given, positional, by_name = [], [], []
    together = ""
    star = False
    others = {dim: axis for dim, axis in NAMES_OF_NUMPY.items() if dim in signature.parameters and axis not in signature.parameters}
    optional = False
    for p in signature.parameters.values():
        if (p.name in others or optional) and p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD:
            optional = True
            space[f"__default_{p.name}"] = UNSET
            given.append(f"{p.name}=__default_{p.name}")
            positional.append(p.name)
            together += f"  if {p.name} is __unset: raise TypeError(\"{name}() missing 1 required positional argument: '{p.name}'\")\n"
            continue
        default = "" if p.default is p.empty else f"=__default_{p.name}"
        space[f"__default_{p.name}"] = p.default
        if p.kind is p.KEYWORD_ONLY:
            given += [p.name + default] if star else ["*", p.name + default]
            star = True
            by_name.append(p.name)
        elif p.kind is p.VAR_POSITIONAL:  # x.permute(1, 0), x.permute((1, 0)) and x.permute(dims=(1, 0))
            given += [f"*__{p.name}", f"{p.name}=None"]
            together += f"  if {p.name} is not None: __{p.name} = ({p.name},)\n"
            positional.append(f"*__{p.name}")
            star = True
        elif p.kind is p.VAR_KEYWORD:
            given.append("**" + p.name)
            by_name.append("**" + p.name)
        else:
            given.append(p.name + default)
            positional.append(p.name)
    if others:
        space["__unset"] = UNSET
        last = [given.pop()] if given and given[-1].startswith("**") else []
        given += [*([] if star else ["*"]), *(f"{axis}=__unset" for axis in others.values()), *last]
        together = "".join(f"  if {axis} is not __unset: {dim} = {axis}\n" for dim, axis in others.items()) + together
    passed = ", ".join(positional + [n if n.startswith("*") else f"{n}={n}" for n in by_name])
    packed = ", ".join(n if n.startswith("*") else f"'{n}': {n}" for n in by_name)
    call, checked = f"__function({passed})", ""
    if (before := PRECONDITIONS.get(name)) is not None:
        space["__before"] = before
        checked = f"    __before({passed})\n"
    if in_place:
        first = positional[0]
        checked += f"    {first}._check_in_place()\n"
        call = f"{first}._become({call})"
    text = (
        f"def {function.__name__}({', '.join(given)}):\n{together}  try:\n{checked}    return {call}\n  except __ERRORS as __error:\n"
        f"    raise __failed(__error, {name!r}, __function, ({''.join(n + ', ' for n in positional)}), {{{packed}}})\n"
    )
    exec(compile(text, MADE, "exec"), space)
    new = space[function.__name__]
    new.__name__, new.__module__, new.__doc__ = name, function.__module__, function.__doc__
    if in_place:
        new.__doc__ = f"In place: the tensor becomes the result of `{name[:-1]}`, and is returned. RuntimeError for a leaf that requires grad."
    new.__qualname__ = f"{Tensor.__qualname__}.{name}" if in_place else function.__qualname__
    new.__wrapped__ = function
    return new  # type: ignore[no-any-return]


def name_methods(names: Iterable[str]) -> None:
    """Have the errors of these methods of Tensor begin with the methods' names; without an argument, nothing of a call can be wrong."""
    for name in names:
        member = vars(Tensor).get(name)
        if not isinstance(member, FunctionType) or name.startswith("_") or member.__code__.co_filename == MADE:
            continue
        if len(inspect.signature(member).parameters) > 1 or name in PRECONDITIONS:
            setattr(Tensor, name, named(member, name))


def extend_named(methods: type) -> type:
    """`extend` for modules above `methods`, whose methods are named as those below are."""
    extend(methods)
    name_methods(vars(methods))
    return methods
