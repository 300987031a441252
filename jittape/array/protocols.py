"""Answering NumPy's protocols: which rule records a ufunc (NEP 13), a function (NEP 18) or a method.

The modules of `jittape/functions` fill the tables here with `implements` and `structural`; they are imported, by their names, when
the first function of NumPy meets a recorded array. Importing this module gives `Array` the methods by which NumPy asks.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from jittape.array import matrices as _matrices  # noqa: F401  (gives Array its operators)
from jittape.array.array import Array, Mask, apply, power
from jittape.array.constants import (
    BY_MEMORY,
    IN_PLACE,
    attribute,
    only_constants,
    plain_values,
    plainly,
    takes_functions,
)
from jittape.array.operators import SCALAR_UFUNCS, append_unary, truth_values
from jittape.array.state import ComplexOperand, check, complexly
from jittape.errors import GradientError, RecordingError
from jittape.instructions.calls import operations
from jittape.instructions.references import is_shared
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT, PARAMETER, RUN
from jittape.ops.spec import OPS

ORDERED = {op.code: op.constant for op in OPS if op.constant and op.numpy.startswith("scipy.special:")}
"""Functions with operands that have no derivative: the order of a Bessel function, parameters of a hypergeometric one."""
FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""NumPy function -> its rule for recorded arrays."""
METHODS: dict[str, Callable[..., Any]] = {}
"""Method name -> a function whose first argument is the array."""
UFUNC_METHODS: dict[str, Callable[..., Any]] = {}
"""`reduce`, `accumulate`, `outer`, `at`, `reduceat` -> rule of (ufunc, *arguments)."""
REASONS: dict[Any, str] = {}
"""NumPy function that is refused -> what to do instead."""
IN_STEPS: dict[Any, Callable[..., None]] = {}
"""NumPy function that reads operands after it has written to a part of `out` -> a rule of (out, *arguments) that does so."""
VIEWING: set[Callable[..., Any]] = set()
"""Rules whose result may share memory with an argument, as NumPy's does."""
MODULES = (
    "structural", "elementwise", "padding", "allocation", "reductions", "products", "einsum", "linalg", "cholesky", "decompositions", "scans", "nan_reductions", "norms", "ordering",
    "quantiles", "statistics", "analysis", "polynomials", "along_axes", "ufunc_methods", "fourier",
)  # fmt: skip


def implements(*functions: Any, method: bool | str = False, view: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: this rule records these NumPy functions (and, with `method`, the array method of that name).

    With `view`, the result may share memory with an argument, or be one; of others it is new.
    """

    def register(rule: Callable[..., Any]) -> Callable[..., Any]:
        if view:
            VIEWING.add(rule)
        for f in functions:
            if f is not None:
                FUNCTIONS[f] = rule
        if method:
            METHODS[method if isinstance(method, str) else rule.__name__] = rule
        return rule

    return register


BITWISE = frozenset((np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert))


@cache
def load() -> None:
    """Import the modules that fill the tables."""
    for name in MODULES:
        importlib.import_module(f"jittape.functions.{name}")
    unary = {op.code for op in OPS if op.arity == 1 and not op.mask} & ops.SWITCH
    SCALAR_UFUNCS.update({f: op for f, op in ufuncs().items() if op in unary})


def numpy_function(path: str) -> Any:
    """The function that a table line's `numpy` names, or None where this NumPy or SciPy lacks it."""
    package, _, name = path.rpartition(":")
    return getattr(importlib.import_module(package or "numpy"), name, None)


@cache
def ufuncs() -> dict[Any, int]:
    """NumPy ufunc -> opcode."""
    return {f: op.code for op in OPS for path in (op.numpy, *op.aliases) if path and ":" not in path and (f := numpy_function(path)) is not None}


@cache
def scipy_ufuncs() -> dict[Any, int]:
    """Ufunc of scipy.special -> opcode."""
    return {f: op.code for op in OPS for path in (op.numpy, *op.aliases) if ":" in path and (f := numpy_function(path)) is not None}


@cache
def load_special() -> None:
    """Import the rules of SciPy's ufuncs that are no operations of the table; scipy.special takes a while to import."""
    importlib.import_module("jittape.functions.special")


def special_names() -> list[str]:
    """The ufuncs of scipy.special that are recorded."""
    load_special()
    return sorted({f.__name__ for f in scipy_ufuncs()} | {f.__name__ for f in FUNCTIONS if isinstance(f, np.ufunc) and name_of(f).startswith("scipy.special.")})


def name_of(func: Any) -> str:
    name = getattr(func, "__name__", str(func))
    module = getattr(func, "__module__", None)
    if module is None:  # a ufunc does not say where it comes from
        if not name.isidentifier():
            return name  # of np.frompyfunc
        module = "numpy" if getattr(np, name, None) is func else "scipy.special"
    return f"{module}.{name}"


def tape_of(args: Any) -> Any:
    """The tape of the first recorded array in nested arguments, or None."""
    for x in args.values() if isinstance(args, dict) else args:
        if isinstance(x, Array):
            return x.tape
        if isinstance(x, (tuple, list, dict)):
            found = tape_of(x)
            if found is not None:
                return found
    return None


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`Array.__array_ufunc__`, but for what has a scalar instruction."""
    load()
    out = kwargs.pop("out", None)
    where = kwargs.pop("where", True)
    kwargs.pop("casting", None)
    kwargs.pop("order", None)
    kwargs.pop("subok", None)
    if kwargs.get("dtype") is None:
        kwargs.pop("dtype", None)
    tape = tape_of(inputs)
    constant = (tape is None or not tape.busy) and only_constants(inputs) and only_constants(kwargs) and method != "at"
    if method != "__call__":
        if where is not True:
            kwargs["where"] = where
        if constant and not isinstance(where, Array):
            result = getattr(ufunc, method)(*plain_values(inputs), **plain_values(kwargs))
        else:
            result = guarded(UFUNC_METHODS[method], (ufunc, *inputs), kwargs)
    else:
        if constant:
            result = ufunc(*plain_values(inputs), **plain_values(kwargs))
        elif type(inputs[0]) is Mask and not kwargs and (found := _of_truth_values(ufunc)) is not None:
            result = apply(ops.WHERE, inputs[0], *found)
        else:
            result = _call(ufunc, inputs, kwargs)
        if where is not True:
            if out is None:
                raise RecordingError(f"np.{ufunc.__name__} with where= needs out=, as the rest would be undefined")
            if isinstance(result, tuple):
                result = tuple(np.where(where, r, o) for r, o in zip(result, out, strict=True))
            else:
                result = np.where(where, result, out[0])
    return into(result, out, ufunc, method not in SHAPED)


@cache
def _of_truth_values(ufunc: np.ufunc) -> tuple[float, float] | None:
    """What a function of a truth value is, (of a true one, of a false one), where NumPy rounds it: np.sin(True) is a float16."""
    if ufunc.nin != 1 or ufunc.nout != 1:
        return None
    try:
        rounded = ufunc.resolve_dtypes((np.dtype(bool), None))[1].itemsize < np.dtype(float).itemsize
    except TypeError:
        return None
    with np.errstate(all="ignore"):
        found = ufunc(True), ufunc(False)
    return (float(found[0]), float(found[1])) if rounded and isinstance(found[0], np.floating) else None


SCANS = (np.cumsum, np.cumprod, np.ndarray.cumsum, np.ndarray.cumprod)
OF_NUMBERS = frozenset(("sum", "prod", "max", "min", "amax", "amin", "mean", "any", "all", "std", "var", "clip", "round", "take"))
SPREAD, ROUNDS = (np.clip, np.ndarray.clip, np.outer), (np.round, np.around, np.ndarray.round)
"""Functions whose result is broadcast to the shape of `out`, as those of ufuncs are; of the latter with as many elements."""


SHAPED = ("reduce", "accumulate", "reduceat")
"""Methods of ufuncs whose results are not broadcast."""


def _fits(result: Any, target: Any, function: Any, broadcast: bool) -> bool:
    """Whether a result may be stored into `out`."""
    own, given = np.shape(result), np.shape(target)
    if own == given or (isinstance(function, np.ufunc) and broadcast):
        return True
    if function not in SPREAD and (function not in ROUNDS or np.size(result) != np.size(target)):
        return False
    return len(own) <= len(given) and all(m in (1, n) for m, n in zip(own, given[len(given) - len(own) :], strict=True))


def as_number(x: Any) -> Any:
    """A recorded array without axes as a number, where NumPy or SciPy gives one: a change in place binds a name anew, and nothing else sees it."""
    return x[()] if isinstance(x, Array) and not x.ndim else x


def _returned(function: Any, args: Sequence[Any], result: Any, stored: Any) -> Any:
    """What NumPy returns where it has stored into an `out=`: that, but where it has no axes the number itself, of methods of numbers of NumPy's
    and of inner products."""
    if not args or np.ndim(stored):
        return stored
    if function.__name__ == "dot":
        a, b = map(np.ndim, (*args, 0)[:2])
        of_numbers = a == b == 0 or a == b == 1
    else:
        of_numbers = function.__name__ in OF_NUMBERS and (args[0].slot >= 0 if isinstance(args[0], Array) else isinstance(args[0], np.generic))
    return as_number(result) if of_numbers else stored


def into(result: Any, out: Any, ufunc: Any, broadcast: bool = True, store: Callable[[Array], None] | None = None) -> Any:
    """What a function with `out=` returns: the result, stored there if it was given; of several results each in its own place.

    Args:
        broadcast: whether a ufunc's result may be broadcast to `out`.
        store: stores the result in a recorded `out`; by default all of it at once.
    """
    if isinstance(result, tuple) and isinstance(out, tuple):
        return tuple(into(r, (o,), ufunc, broadcast) for r, o in zip(result, out, strict=True))
    if out is None or (isinstance(out, tuple) and out[0] is None):
        return result
    target = out[0] if isinstance(out, tuple) else out
    if not _fits(result, target, ufunc, broadcast):
        shapes = f"output parameter out= has shape {np.shape(target)}, and the result {np.shape(result)}"
        raise ValueError(f"provided out is the wrong size for the accumulation: {shapes}" if ufunc in SCANS else shapes)
    if not isinstance(target, Array):
        if not isinstance(result, Array) or result.constant:
            target[...] = plain_values(result)
            return target
        raise RecordingError(
            f"np.{ufunc.__name__} of recorded values cannot write into a plain ndarray (out=); leave out= away, or "
            "make the array with `import jittape.numpy as np`"
        )
    if store is None:
        target[...] = result
    else:
        store(target)
    return target


def without_derivative(name: str, argument: str, x: Any) -> None:
    """Refuse the order of a Bessel function, say, that may depend on what is differentiated; parameters of a recording do not."""
    if not isinstance(x, Array) or x.constant:
        return
    slots = np.unique(x.slots)
    for _, s, op, _, n in x.tape.instructions():
        if op & ~RUN in (CONSTANT, PARAMETER, ops.STOP_GRADIENT):
            slots = slots[(slots < s) | (slots >= s + (n if op >= RUN else 1))]
    if slots.size:
        raise GradientError(
            f"{name} has no derivative by its order or parameter {argument}, which is recorded here; pass a number, or jittape.stop_gradient of it"
        )


def _ordinal(p: int) -> str:
    return ("first", "second", "third")[p]


def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs and not (ufunc.signature and set(kwargs) <= inspect.signature(FUNCTIONS.get(ufunc, apply)).parameters.keys()):
        raise RecordingError(f"np.{ufunc.__name__} of recorded values does not take {', '.join(kwargs)}")
    op = ufuncs().get(ufunc)
    if op is None:
        op = scipy_ufuncs().get(ufunc)
    if op == ops.POW:
        return power(*inputs)
    if ufunc in BITWISE:
        truth_values(*inputs)
    if op is not None:
        if op in ORDERED:
            for p in ORDERED[op]:
                without_derivative(name_of(ufunc), f"({_ordinal(p)} argument)", inputs[p])
        return apply(op, *inputs)
    rule = FUNCTIONS.get(ufunc)
    if rule is None and name_of(ufunc).startswith("scipy.special."):
        load_special()
        rule = FUNCTIONS.get(ufunc)
    if rule is None:
        if only_constants(inputs):
            return ufunc(*plain_values(inputs))
        raise unsupported(ufunc)
    return rule(*inputs, **kwargs)


def call_function(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`Array.__array_function__`, but for the types that NumPy names."""
    load()
    rule = FUNCTIONS.get(func)
    if rule is None:
        if only_constants(args) and only_constants(kwargs):
            return func(*plain_values(args), **plain_values(kwargs))
        raise unsupported(func)
    args, kwargs, out = out_apart(func, args, kwargs)
    if out is not None:
        result = call_function(func, args, kwargs) if tape_of(args) is not None or tape_of(kwargs) is not None else func(*args, **kwargs)
        steps = IN_STEPS.get(func)
        stored = into(result, out, func, store=None if steps is None else lambda target: steps(target, *args, **kwargs))
        return _returned(func, args, result, stored)
    try:
        return guarded(rule, args, kwargs)
    except ComplexOperand:
        if only_constants(args) and only_constants(kwargs):
            return func(*plain_values(args), **plain_values(kwargs))
        return complexly().by_function(tape_of(args) or tape_of(kwargs), func, args, kwargs)
    except RecordingError:
        if only_constants(args) and only_constants(kwargs):  # objects, which cannot be recorded
            return func(*plain_values(args), **plain_values(kwargs))
        raise


def out_apart(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
    """The arguments without `out`, given by name or by place, and what was given for it."""
    if "out" in kwargs:
        return args, {k: v for k, v in kwargs.items() if k != "out"}, kwargs["out"]
    if len(args) > 1:
        place, later = _places(func)
        if len(args) > place:
            return args[:place], {**kwargs, **dict(zip(later, args[place + 1 :], strict=False))}, args[place]
    return args, kwargs, None


NOWHERE = 1 << 10, ()
"""Of a function without `out`."""


@cache
def _places(func: Callable[..., Any]) -> tuple[int, tuple[str, ...]]:
    """The place of `out` among the arguments of a function or method of NumPy, and the names of those after it."""
    try:
        parameters = inspect.signature(func).parameters.values()
    except (TypeError, ValueError):
        return NOWHERE
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names.index("out"), tuple(names[names.index("out") + 1 :])) if "out" in names else NOWHERE


def guarded(rule: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a rule, during which slots keep their numbers."""
    tape = tape_of(args) or tape_of(kwargs)
    if tape is None:
        return rule(*args, **kwargs)
    check(tape)
    tape.busy += 1
    try:
        result = rule(*args, **kwargs)
    except AttributeError as error:
        raise _misfit(rule, args, kwargs, error) from error
    finally:
        tape.busy -= 1
    if type(result) is Array and result.slot < 0 and (result.run is None or result.store is not None) and rule not in VIEWING:
        return _new(result, args, kwargs)
    return result


def _misfit(rule: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], error: AttributeError) -> Exception:
    """The error of an argument of a type that a function does not take, where it is that which lacks an attribute."""
    x = error.obj
    if isinstance(x, Array):
        return error
    try:
        given = inspect.signature(rule).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return error
    name = next((name for name, value in given.items() if value is x), None)
    if name is None:  # in a function of the user's that it calls
        return error
    function = next((name_of(f) for f, r in FUNCTIONS.items() if r is rule), rule.__name__)
    return TypeError(f"{function} does not take {x!r:.60}, a {type(x).__name__}, as its argument {name}: {error}")


def _new(result: Array, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Array:
    """What NumPy makes anew is new here too, where a rule handed on an operand's elements as they stand."""
    for x in args:
        if isinstance(x, Array) and shares_memory(result, x):
            if any(result is y for y in (*args[1:], *kwargs.values())):  # out=
                return result
            return result.copy("K")
    return result


def parts(x: Array) -> tuple[Array, ...]:
    """The real arrays that an array is made of."""
    return (x.re, x.im) if x.is_complex else (x,)  # type: ignore[attr-defined]


def shares_memory(a: Array, b: Array) -> bool:
    """Whether an assignment to one array may be seen by the other, as np.shares_memory says of NumPy's."""
    if a.is_complex or b.is_complex:
        return any(shares_memory(x, y) for x in parts(a) for y in parts(b))
    if a.slot >= 0 or b.slot >= 0:
        return False
    if a is b:
        return a.size > 0
    s, t = a.slots, b.slots
    store, other = (None if x.store is None else x.store.root for x in (a, b))
    return bool(np.shares_memory(s, t)) and (not is_shared(s) or (store is other and store is not None))


def unsupported(func: Any) -> RecordingError:
    name = name_of(func)
    from jittape.array.replacements import SPECIAL  # for start-up

    listed = ", ".join(special_names()) if name.startswith("scipy.special") else "`python -m jittape functions` lists them"
    known = SPECIAL.get(name.removeprefix("scipy.special.")) if name.startswith("scipy.special.") else None
    if type(func).__name__ == "DUFunc":
        known = "it is one of numba.vectorize: call it in a function of numba.njit, and that here by jittape.native.wrap(f)"
    elif isinstance(func, np.ufunc) and not func.__name__.isidentifier():
        known = "call its function with the elements one by one, np.stack([f(v) for v in x])"
    reason = known or REASONS.get(func, f"write it with functions that are ({listed})")
    return RecordingError(
        f"{name} is not supported for recorded arrays: {reason}; or pass it jittape.stop_gradient(x) where "
        "the derivative is not wanted"
    )


def _asked_by() -> str:
    from jittape.array.conversions import library  # for start-up

    said = library()
    return f": {said}" if said else ""


ELSEWHERE = {
    "at": ": it is assigned to as an ndarray is, x[i] = y, x[i] += y",
    **dict.fromkeys(("_value", "val", "primal", "detach", "numpy", "cpu"), ": its values are jittape.stop_gradient(x), an ndarray without derivatives"),
    **dict.fromkeys(("backward", "grad", "requires_grad", "grad_fn"), ": jittape.grad(f)(x) is the gradient of a function; tensors, which have this, are made by jittape.tensor"),
}  # fmt: skip
"""What arrays and tensors of JAX, HIPS/autograd and PyTorch have, and what it is here."""


def method(x: Array, name: str) -> Any:
    """The array method or attribute `name` of a recorded array."""
    if name.startswith("__"):
        raise AttributeError(name)
    load()
    rule = METHODS.get(name)
    tape = x.tape
    plain = x.constant and not tape.busy and hasattr(np.ndarray, name) and name not in IN_PLACE
    if plain and (rule is None or getattr(rule, "is_refused", False)):
        return attribute(x, name)
    if rule is None:
        raise AttributeError(f"a recorded array has no attribute {name!r}{_asked_by() if hasattr(np.ndarray, name) else ELSEWHERE.get(name, '')}")
    if getattr(rule, "is_property", False):
        return rule(x)

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return at_once(*args, **kwargs)
        except ComplexOperand:
            return complexly().by_method(x, name)(*args, **kwargs)

    def at_once(*args: Any, **kwargs: Any) -> Any:
        if plain and rule not in VIEWING and only_constants(args) and only_constants(kwargs):
            function = getattr(np.ndarray, name)
            given, kwargs, out = out_apart(function, (x, *args), kwargs)
            result = plainly(tape, lambda own, *more, **named: function(np.asarray(own), *more, **named), given, kwargs)
            return result if out is None else into(result, out, function)
        if args or kwargs:
            own = getattr(np.ndarray, name, rule)
            (_, *args), kwargs, out = out_apart(own, (x, *args), kwargs)  # type: ignore[assignment]
            if out is not None:
                result = guarded(rule, (x, *args), kwargs)
                return _returned(own, (x, *args), result, into(result, out, own))
        if tape.repeats and not kwargs and len(args) < 2 and FUNCTIONS.get(getattr(np, name, None)) is rule and getattr(np, name) in SUMS:
            return tape.operation(rule, (x, *args), guarded, (rule, (x, *args), kwargs))
        return guarded(rule, (x, *args), kwargs)

    return call


def _array_ufunc(self: Array, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    tape = self.tape
    if tape.repeats and method == "__call__" and not kwargs and ufunc in _by_operands():
        return tape.operation(ufunc, inputs, _ufunc, (self, ufunc, method, inputs, kwargs))
    op = SCALAR_UFUNCS.get(ufunc)
    if op is not None and self.slot >= 0 and method == "__call__" and not kwargs and type(self) is Array:
        if not tape.pythons:
            return append_unary(op, Array, _by_ufunc, self)
        before = tape.slots
        return note_numpys(tape, append_unary(op, Array, _by_ufunc, self), before)
    if tape.pythons:
        before = tape.slots
        return note_numpys(tape, _ufunc(self, ufunc, method, inputs, kwargs), before)
    return _ufunc(self, ufunc, method, inputs, kwargs)


@cache
def _by_operands() -> frozenset[Any]:
    """Ufuncs that record the same for the same operands: arrays, whatever their values, and numbers."""
    return frozenset((np.matmul, *(f for f, op in ufuncs().items() if op not in (ops.POW, ops.POWC))))


SUMS = (np.sum, np.mean, np.dot)
"""Functions that do, too."""


def note_numpys(tape: Any, out: Any, before: int) -> Any:
    """Note that what a function of NumPy has made is no number of Python's, if it is a number that was made since `before`."""
    if isinstance(out, Array) and not out.is_complex and out.slot >= before:
        tape.pythons[out.slot] = False
    return out


def _ufunc(self: Array, ufunc: np.ufunc, method: str, inputs: Any, kwargs: Any) -> Any:
    tape = self.tape
    if self.constant and not tape.busy and method != "at" and "out" not in kwargs and only_constants(inputs) and only_constants(kwargs):
        return plainly(tape, getattr(ufunc, method), inputs, kwargs)
    if tape.careful is not None and not tape.busy:
        return tape.careful.call(tape, getattr(ufunc, method), lambda: call_ufunc(ufunc, method, inputs, dict(kwargs)), inputs, kwargs)
    try:
        return call_ufunc(ufunc, method, inputs, dict(kwargs))
    except ComplexOperand:
        return complexly().by_ufunc(tape, ufunc, method, inputs, kwargs)


def _by_ufunc(op: int, x: Array) -> Any:
    """An operation on one scalar that a ufunc of NumPy records, where it cannot be appended at once."""
    tape = x.tape
    if tape.careful is not None and not tape.busy:
        return tape.careful.call(tape, _unary(op), lambda: apply(op, x), (x,), {})
    return apply(op, x)


@cache
def _unary(op: int) -> Any:
    return next(f for f, code in SCALAR_UFUNCS.items() if code == op)


def _plain_way(func: Callable[..., Any], args: Any, kwargs: Any) -> bool:
    """Whether a function is NumPy's own for these arguments: of constants, none of which it stores into."""
    load()
    if func in BY_MEMORY or not only_constants(args) or not only_constants(kwargs):
        return False
    return not takes_functions(args) and not takes_functions(kwargs)


def _array_function(self: Array, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
    tape = self.tape
    if tape.repeats and not kwargs and len(args) < 3 and func in SUMS:
        return tape.operation(func, args, _function, (self, func, args, kwargs))
    if tape.pythons:
        before = tape.slots
        return note_numpys(tape, _function(self, func, args, kwargs), before)
    return _function(self, func, args, kwargs)


def _function(self: Array, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    tape = self.tape
    if self.constant and not tape.busy and _plain_way(func, args, kwargs):
        if FUNCTIONS.get(func) in VIEWING:
            result = call_function(func, args, kwargs)
            return result.value()[()] if isinstance(result, Array) and not result.ndim and (result.is_complex or result.slot >= 0) else result
        args, kwargs, out = out_apart(func, args, kwargs)
        result = plainly(tape, func, args, kwargs)
        return result if out is None else into(result, out, func)
    if tape.careful is not None and not tape.busy:
        return tape.careful.call(tape, func, lambda: call_function(func, args, kwargs), args, kwargs)
    return call_function(func, args, kwargs)


def _assign_flat(self: Array, value: Any) -> None:
    method(self, "flat").fill(value)


def _assign_real(self: Array, value: Any) -> None:
    self[...] = value


def _namespace(self: Array, *, api_version: str | None = None) -> Any:
    """The module of functions for recorded arrays, by the array API standard's way of asking for it."""
    return importlib.import_module("jittape.numpy")  # it stands above


Array.__array_namespace__ = _namespace  # type: ignore[attr-defined]
Array.flat = property(lambda self: method(self, "flat"), _assign_flat)  # type: ignore[attr-defined]
Array.real = property(lambda self: method(self, "real"), _assign_real)  # type: ignore[attr-defined]
Array.__array_ufunc__ = _array_ufunc  # type: ignore[method-assign]
Array.__array_function__ = _array_function  # type: ignore[method-assign]
Array._method = method  # type: ignore[assignment, method-assign]
operations.REGISTRARS += [lambda name: load(), lambda name: load_special()]
