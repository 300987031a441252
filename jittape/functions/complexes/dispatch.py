"""Answering NumPy's protocols where an operand is complex: by a rule, or by a real function of each part."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from jittape.array import protocols
from jittape.array.array import Array, stop_gradient
from jittape.array.array import listed as listed_real
from jittape.array.complexes import ComplexArray, is_complex, pair, split
from jittape.array.constants import BY_MEMORY, IN_PLACE, attribute, only_constants, plainly, takes_functions
from jittape.array.state import ComplexOperand, check
from jittape.errors import RecordingError
from jittape.functions.complexes.registry import DATA, EVERY, METHODS, PROPERTIES, REFUSED, RULES
from jittape.ops._generated import opcodes as ops
from jittape.ops.spec import by_code
from jittape.tape.tape import Tape

MODULES = ("elementwise", "analytic", "structural", "reductions", "products", "linalg")
STRUCTURAL = frozenset(("jittape.functions.structural", "jittape.functions.padding"))
"""Modules of real rules that move elements, and nothing else."""


@cache
def load() -> None:
    """Import the modules that fill the tables."""
    protocols.load()
    for name in MODULES:
        importlib.import_module(f"jittape.functions.complexes.{name}")


# --- what the protocols call ---------------------------------------------------------------------------------------------


def operate(tape: Tape, ufunc: np.ufunc, operands: tuple[Any, ...]) -> Any:
    """An operation of one of Python's operators."""
    load()
    if tape.careful is not None or tape.busy or only_constants(operands):
        return by_ufunc(tape, ufunc, "__call__", operands, {})
    return without_axes(_guarded(tape, RULES[ufunc], f"np.{ufunc.__name__}", operands, {}))


def without_axes(x: Any) -> Any:
    """What a ufunc gives: a number where there are no axes."""
    if isinstance(x, ComplexArray):
        return x if x.ndim else ComplexArray(protocols.as_number(x.re), protocols.as_number(x.im))
    return protocols.as_number(x)


def by_ufunc(tape: Tape, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    load()
    kwargs = {k: v for k, v in kwargs.items() if k not in ("casting", "order", "subok") and not (k == "dtype" and v is None)}
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    if not tape.busy and method != "at" and out is None and where is True and only_constants(inputs) and only_constants(kwargs):
        return plainly(tape, getattr(ufunc, method), inputs, kwargs)
    if tape.careful is not None and not tape.busy:
        given = {**kwargs, **({} if out is None else {"out": out}), **({} if where is True else {"where": where})}
        return tape.careful.call(tape, getattr(ufunc, method), lambda: by_ufunc(tape, ufunc, method, inputs, given), inputs, given)
    if method != "__call__":
        if where is not True:
            kwargs["where"] = where
        result = _call(tape, (ufunc, method), f"np.{ufunc.__name__}.{method}", (ufunc, *inputs), kwargs)
    else:
        result = _call(tape, ufunc, f"np.{ufunc.__name__}", inputs, kwargs)
        if where is not True:
            if out is None:
                raise RecordingError(f"np.{ufunc.__name__} with where= needs out=, as the rest would be undefined")
            result = np.where(where, result, out[0])
    return without_axes(result) if out is None else protocols.into(result, out, ufunc, method not in protocols.SHAPED)


def by_function(tape: Tape, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    load()
    storing = func in BY_MEMORY
    if not tape.busy and not storing and only_constants(args) and only_constants(kwargs) and not takes_functions((args, kwargs)):
        return plainly(tape, func, args, kwargs)
    if tape.careful is not None and not tape.busy:
        return tape.careful.call(tape, func, lambda: by_function(tape, func, args, kwargs), args, kwargs)
    args, kwargs, out = protocols.out_apart(func, args, kwargs)
    result = _call(tape, func, protocols.name_of(func), args, kwargs)
    return result if out is None else protocols.into(result, out, func)


def by_method(z: Array, name: str) -> Any:
    """A method or attribute of an array, one operand of which is complex."""
    load()
    rule, real = METHODS.get(name), protocols.METHODS.get(name)
    if name in PROPERTIES and rule is not None:
        return rule(z)
    if z.constant and not z.tape.busy and not (getattr(real, "__module__", "") in STRUCTURAL or name in IN_PLACE):
        return _of_constants(z, name)
    if rule is None and (real is None or name.startswith("__")):
        raise AttributeError(f"a complex recorded array has no attribute {name!r}")
    moving = getattr(real, "__module__", "") in STRUCTURAL
    if rule is None and moving and getattr(real, "is_property", False):
        return _together(z.tape, *(getattr(part, name) for part in parted(z)))

    def call(*args: Any, **kwargs: Any) -> Any:
        if rule is not None:
            return _guarded(z.tape, rule, f"the method {name}", (z, *args), kwargs)
        if moving:
            return _together(z.tape, *(getattr(part, name)(*args, **kwargs) for part in parted(z)))
        function = getattr(np, name, None)
        if function is None:
            raise unsupported(None, f"the method {name}")
        return by_function(z.tape, function, (z, *args), kwargs)

    return call


def _of_constants(z: Array, name: str) -> Any:
    """A method or attribute of ndarray, of numbers that are known to be constant."""
    found = attribute(z, name)
    if not callable(found) or isinstance(found, (np.ndarray, np.generic)):
        return found

    def call(*args: Any, **kwargs: Any) -> Any:
        if not (only_constants(args) and only_constants(kwargs)):
            return by_function(z.tape, getattr(np, name), (z, *args), kwargs)
        return plainly(z.tape, lambda own, *more, **named: getattr(np.asarray(own), name)(*more, **named), (z, *args), kwargs)

    return call


def by_operation(op: int, operands: tuple[Any, ...]) -> Any:
    """An operation of the table of which an operand is complex."""
    tape = protocols.tape_of(operands)
    if op == ops.WHERE:
        return by_function(tape, np.where, operands, {})
    if op == ops.STOP_GRADIENT:
        return pair(tape, *map(stop_gradient, split(operands[0])))
    name = "power" if op == ops.POWC else by_code(op).numpy or by_code(op).name
    function = getattr(np, name, None)
    if not isinstance(function, np.ufunc):
        raise RecordingError(f"{name.rpartition(':')[2]} of complex recorded values is not supported")
    return by_ufunc(tape, function, "__call__", operands, {})


def by_blocks(function: Callable[[Any], Any], a: Any) -> Any:
    """An analytic function of complex matrices by that of real ones."""
    load()
    return importlib.import_module("jittape.functions.complexes.linalg").by_blocks(function, a)


def of_real(x: Array) -> Any:
    """A recorded real array as a complex one."""
    x = x.astype(float)
    return ComplexArray.of_parts(x, np.zeros(x.shape) if x.ndim or x.slot < 0 else 0.0)


def each_part(z: Any, work: Callable[[Any], Any]) -> Any:
    """What a function of real arrays makes of both parts."""
    return _together(z.tape, work(z.re), work(z.im))


def listed(x: Any) -> Any:
    """A nested list with recorded complex values in it as one array; real ones as those of real numbers are."""
    tape = protocols.tape_of([x])
    if tape is None:
        return np.asarray(x)
    if not any(map(is_complex, leaves(x))):
        return listed_real(tape, x)
    return pair(tape, *(_stacked(tape, part) for part in _lists(x)))


# --- calls ---------------------------------------------------------------------------------------------------------------


def _call(tape: Tape, func: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    rule = RULES.get(func)
    if rule is None:
        data = DATA.get(func)
        real = protocols.FUNCTIONS.get(func)
        if data is None and func not in REFUSED and real is not None and real.__module__ in STRUCTURAL:
            data = (0,)
        if data is None:
            raise unsupported(func, name)
        return _guarded(tape, _parts_apart, name, (tape, func, data, args, kwargs), {})
    return _guarded(tape, rule, name, args, kwargs)


def _guarded(tape: Tape, rule: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a rule, during which slots keep their numbers."""
    check(tape)
    tape.busy += 1
    try:
        return rule(*args, **kwargs)
    except ComplexOperand as error:
        raise RecordingError(f"{name} is not supported where a complex recorded value stands in this place: {error}") from error
    finally:
        tape.busy -= 1


def unsupported(func: Any, name: str) -> RecordingError:
    if isinstance(func, tuple):
        func = func[0]
    reason = REFUSED.get(func, "write it with functions that are (docs/complex.md lists them), or of real and imaginary part, z.real and z.imag")
    return RecordingError(f"{name} is not supported for complex recorded arrays: {reason}")


def leaves(x: Any) -> list[Any]:
    return [leaf for v in x for leaf in leaves(v)] if isinstance(x, (list, tuple)) else [x]


def _lists(x: Any) -> tuple[Any, Any]:
    """Nested lists of real and of imaginary parts."""
    if not isinstance(x, (list, tuple)):
        return parted(x)
    found = [_lists(v) for v in x]
    return type(x)(r for r, _ in found), type(x)(i for _, i in found)


def _stacked(tape: Tape, x: Any) -> Any:
    return listed_real(tape, x) if protocols.tape_of([x]) is not None else np.asarray(x)


def parted(x: Any) -> tuple[Any, Any]:
    """(real part, imaginary part) of an operand, of one shape."""
    re, im = split(x)
    if not is_complex(x) and np.ndim(re):
        im = np.zeros(np.shape(re))
    return re, im


def _parts_apart(tape: Tape, func: Callable[..., Any], data: tuple[int | str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function called for real and for imaginary parts."""
    first, second = list(args), list(args)
    named, other = dict(kwargs), dict(kwargs)
    for place in data:
        if isinstance(place, int):
            for at in range(len(args)) if place == EVERY else [place] if place < len(args) else []:
                first[at], second[at] = _lists(args[at])
        elif place in kwargs:
            named[place], other[place] = _lists(kwargs[place])
    if any(map(is_complex, leaves([*first, *named.values()]))):
        raise ComplexOperand("an argument that has no imaginary part is complex")
    if isinstance(func, tuple):  # a method of a ufunc
        func = getattr(func[0], func[1])
        first, second = first[1:], second[1:]
    return _together(tape, func(*first, **named), func(*second, **other))


def _together(tape: Tape, re: Any, im: Any) -> Any:
    if isinstance(re, (list, tuple)):
        return type(re)(_together(tape, a, b) for a, b in zip(re, im, strict=True))
    return None if re is None else pair(tape, re, im)
