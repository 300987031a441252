"""How a function of SciPy is declared: `@like("scipy.special.softmax", by="x")` above its rule for recorded values.

The decorated function has SciPy's name and signature. Plain arguments go to SciPy's own function, so that plain values in give plain
values out, the same to the bit; the rule sees recorded arrays, and lists of recorded values as recorded arrays; tensors are recorded
for `backward()` by the same rule. What is declared is a row of the table in docs/scipy.md.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Collection, Sequence
from functools import cache, wraps
from types import FunctionType, MethodType
from typing import Any, NamedTuple, TypeVar

from jittape.array.constants import only_constants, plainly
from jittape.array.protocols import guarded, tape_of
from jittape.array.state import current_tape
from jittape.eager.calls import call
from jittape.eager.nested import tensors_in
from jittape.functions.lists import taking_lists, unlist
from jittape.replay.implicit import recorded_by, taken_apart

F = TypeVar("F", bound=Callable[..., Any])


class Declared(NamedTuple):
    """What the table of the documentation says of a function."""

    path: str
    """SciPy's full name, `scipy.special.softmax`."""
    by: str
    """The arguments that it is differentiated by."""
    note: str
    """What differs from SciPy, or is not differentiated; empty where there is nothing to say."""
    methods: Collection[str] = ()
    """Of an object, the methods that are recorded; empty where all are."""


DECLARED: dict[str, Declared] = {}
"""By SciPy's full name."""


@cache
def original(path: str) -> Any:
    """SciPy's own function of this full name; a part of the path may be a class."""
    parts = path.split(".")
    for n in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for name in parts[n:]:
            found = getattr(found, name)
        return found
    raise ImportError(f"there is no {path}")


def declare(path: str, by: str, note: str = "", methods: Collection[str] = ()) -> None:
    """Enter a function, or an object with methods, in the table without wrapping it."""
    DECLARED[path] = Declared(path, by, note, methods)


def has_recorded(*x: Any) -> bool:
    """Whether nested arguments hold a recorded array or a tensor."""
    return tape_of(x) is not None or bool(tensors_in(x, []))


def recorded_call(rule: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a rule with recorded arguments, those of methods of recorded objects: tensors are recorded for `backward()`."""
    if tensors_in([*args, *kwargs.values()], []):
        return call(rule, *args, **kwargs)
    return guarded(rule, tuple(map(unlist, args)), {k: unlist(v) for k, v in kwargs.items()})


def like(path: str, by: str, note: str = "", *, traced: bool = False, always: bool = False, several: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Decorator: the rule by which a function of SciPy is recorded.

    Args:
        path: SciPy's full name.
        by: the arguments that it is differentiated by, as the table shall say.
        note: what the table shall say besides.
        traced: the function takes functions, whose closures may hold recorded values: the rule is asked whenever something is
            being recorded on this thread, and calls `original(path)` itself where nothing in it is recorded.
        always: the rule is asked in every case, with what was given as it is, and finds recorded values and tensors itself.
        several: the names of arguments for which a tuple or list is several arrays, not one.
    """
    declare(path, by, note)
    plain = lambda *args, **kwargs: original(path)(*args, **kwargs)

    def decorate(rule: F) -> F:
        rule.__doc__ = documented(rule.__doc__ or "", DECLARED[path])
        return rule if always else recording(rule, plain, traced=traced, several=several)

    return decorate


def documented(doc: str, declared: Declared) -> str:
    """The docstring of a rule with SciPy's name behind its first sentence, and what the table says of it."""
    first, _, rest = inspect.cleandoc(doc).partition("\n\n")
    if first and first[-1] not in ".:":
        first += "."
    by = f"differentiated by {declared.by}" if declared.by else "not differentiated"
    note = f" ({declared.note})" if declared.note else ""
    said = f"Arguments, result and errors are those of `{declared.path}`; {by}{note}."
    return "\n\n".join(part for part in (first, said, rest) if part)


def recording(rule: F, plain: Callable[..., Any], *, traced: bool = False, several: tuple[str, ...] = ()) -> F:
    """A function that records by `rule`, and is `plain` of plain values; the other arguments are those of `like`."""
    names = list(inspect.signature(rule).parameters) if several else []
    apart = {i for i, name in enumerate(names) if name in several}

    @wraps(rule)
    def function(*args: Any, **kwargs: Any) -> Any:
        given = [*args, *kwargs.values()]
        if traced and any(isinstance(x, FUNCTIONS) for x in given):
            found, put = _with_closures(args, kwargs)
            if tensors_in(found, []):
                return recorded_by(found, lambda operands: put(rule, operands))
        elif tensors_in(given, []):
            return call(rule, *args, **kwargs)
        tape = tape_of(given)
        if tape is None and not (traced and current_tape() is not None):
            return plain(*args, **kwargs)
        if not traced and only_constants(given):
            return plainly(tape, plain, args, kwargs)
        args = tuple(x if i in apart else unlist(x) for i, x in enumerate(args))
        kwargs = {k: v if k in several else unlist(v) for k, v in kwargs.items()}
        return rule(*args, **kwargs) if traced else guarded(rule, args, kwargs)

    return function  # type: ignore[return-value]


FUNCTIONS = (FunctionType, MethodType, functools.partial)
"""What may refer to recorded values."""


def _with_closures(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], Callable[..., Any]]:
    """(the recorded values among arguments and in the closures of functions among them, (rule, operands) -> the call with others there)."""
    full = [*args, *kwargs.values()]
    at = [i for i, x in enumerate(full) if isinstance(x, FUNCTIONS)]
    given = taken_apart([None if i in at else x for i, x in enumerate(full)], [full[i] for i in at])

    def put(rule: Callable[..., Any], operands: Sequence[Any]) -> Any:
        values, functions = given.fill(operands)
        now = list(values)
        for i, f in zip(at, functions, strict=True):
            now[i] = f
        return rule(*now[: len(args)], **dict(zip(kwargs, now[len(args) :], strict=True)))

    return given.operands, put


def falling_through(room: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """(`__getattr__`, `__dir__`) of a module that stands for a module of SciPy's: what has no rule is SciPy's own.

    NumPy's ufuncs among them are recorded by NumPy's protocol where they can be; here they take lists of recorded values, too.
    """

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        scipy = importlib.import_module(room)
        try:
            found = getattr(scipy, name)
        except AttributeError:
            raise AttributeError(f"module 'jittape.{room}' has no attribute {name!r}, nor has SciPy's") from None
        return taking_lists(found) if type(found).__name__ == "ufunc" else found

    def __dir__() -> list[str]:
        return sorted(x for x in dir(importlib.import_module(room)) if not x.startswith("_"))

    return __getattr__, __dir__
