"""What all drivers of native code are made by: the text of a function that takes a tape, records a user's function on it, and gives it back.

A driver says what comes between (`Written`), and is a function of numba.njit with the arguments of the user's, or others that stand for them.
"""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from numba import njit

from jittape.compiler.dispatchers import is_dispatcher
from jittape.compiler.locks import compiling
from jittape.errors import GradientError, TapeLimitError
from jittape.functions.argnums import argument_numbers, is_single, positions
from jittape.functions.hooks import made_of_recorded
from jittape.functions.primitive import REGISTERED, Primitive
from jittape.native import gradient_steps
from jittape.native.compile.cache import keep
from jittape.native.compile.explain import explaining
from jittape.native.compile.made import Made
from jittape.native.compile.replaced import RULES
from jittape.native.compile.source import from_source
from jittape.native.compile.versions import recording_version
from jittape.native.prepare import prepare
from jittape.native.recording.workspace import LIMITED
from jittape.native.vars.sharing import STORED

LIMIT = (
    "the tape of a native gradient could not grow: no memory, or more than the limit that jittape.set_memory_limit set. "
    "Raise the limit, or record a smaller part of the computation"
)
SWEEP = "the reverse sweep of a native gradient failed; the log of jittape says why"
STEPS = ("table", "begin", "load", "size", "sweep", "collect", "give", "shares", "stored", "narrowed")
_NAMES = {*STEPS, "call", "tables", "tape", "slot", "value", "n", "reason", "TapeLimitError", "GradientError", "LIMIT", "SWEEP", "LIMITED", "STORED"}
_made = Made()
_nests: weakref.WeakKeyDictionary[Any, Callable[[], Any]] = weakref.WeakKeyDictionary()
_nested: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
"""Of drivers, what makes their stand-ins in recording versions, and those that were made."""
_lock = compiling()


class Arguments(NamedTuple):
    """The arguments of a user's function in the text of a driver.

    Attributes:
        names: of all of them.
        shown: the same as parameters, with defaults.
        numbers: positions of those that are differentiated.
        single: whether it is one, and not a sequence of one.
    """

    names: list[str]
    shown: list[str]
    numbers: tuple[int, ...]
    single: bool

    @property
    def differentiated(self) -> str:
        """A tuple of those that are differentiated, as text."""
        return "(" + "".join(f"{self.names[i]}, " for i in self.numbers) + ")"

    def each(self, text: Callable[[int, str], str]) -> str:
        """`text` of the number and the name of those that are differentiated: one, or a tuple."""
        found = [text(i, self.names[i]) for i in self.numbers]
        return found[0] if self.single else "(" + "".join(f"{x}, " for x in found) + ")"

    def first(self, i: int) -> str:
        """The place of the first element of argument i among the inputs."""
        before = self.numbers[: self.numbers.index(i)]
        return f"n{before[-1]}" if before else "0"


class Written(NamedTuple):
    """A kind of driver.

    Attributes:
        name: of the driver.
        body: of the arguments, the lines from the recorded result (value, slot; or value alone where the function need not return `one` number)
            to what is returned; they give the tape back.
        names: what the lines name.
        parameters: of the arguments, the driver's own, and lines that take the function's from them; None where these are the function's.
        one: whether the function returns one number.
        complexes: whether arguments may be complex.
        holomorphic: whether it is for analytic functions of complex numbers.
        ahead: names of further tables, and the functions that ask for them.
        nested: of a driver, the recording version of the function and the arguments, what stands for the driver in recording versions;
            None where there is nothing.
    """

    name: str
    body: Callable[[Arguments], list[str]]
    names: dict[str, Any]
    parameters: Callable[[Arguments], tuple[list[str], list[str]]] | None = None
    one: bool = True
    complexes: bool = False
    holomorphic: bool = False
    ahead: tuple[tuple[str, str], ...] = ()
    nested: Callable[[Any, Any, Arguments], Any] | None = None


FAILED = ["    if reason != 0:", "        if reason == LIMITED:", "            raise TapeLimitError(LIMIT)", "        raise GradientError(SWEEP)"]
"""Lines that raise the error of a failure."""


def _text(a: Arguments, written: Written) -> str:
    """The source of a driver."""
    shown, taken = (a.shown, []) if written.parameters is None else written.parameters(a)
    lines = [f"def driver({', '.join(shown)}):", *taken]
    total = "0"
    for i in a.numbers:
        lines.append(f"    n{i} = {total} + size({a.names[i]})")
        total = f"n{i}"
    lines += [f"    n = {total}", "    tables = table()", *(f"    {name} = {ask}()" for name, ask in written.ahead)]
    there = " and ".join(f"{name} != 0" for name in ("tables", *(name for name, _ in written.ahead)))
    lines += [f"    tape = begin(tables, (tables, n)) if {there} else 0", "    if tape == 0:", "        raise TapeLimitError(LIMIT)"]
    lines += [f"    v{i} = load(tables, tape, {a.first(i)}, {a.names[i]})" for i in a.numbers]
    handed = ", ".join(f"v{i}" if i in a.numbers else x for i, x in enumerate(a.names))
    lines.append(f"    {'value, slot' if written.one else 'value'} = call(tables, tape, ({handed},))")
    pairs = [f"shares({a.names[i]}, {x})" for i in a.numbers for j, x in enumerate(a.names) if j != i and not (j in a.numbers and j < i)]
    if pairs:
        lines.append(f"    if {' or '.join(pairs)}:")
        for i in a.numbers:
            stored = f"        if stored(v{i}, {a.first(i)}):"
            lines += [stored, "            give(tables, (tables, tape))", "            raise GradientError(STORED)"]
    return "\n".join([*lines, *written.body(a)]) + "\n"


def _stand_in(value: Any) -> Any:
    """What stands for a driver in recording versions, made when it is first met there."""
    if not is_dispatcher(value) or value not in _nests:
        return None
    if value not in _nested:
        _nested[value] = _nests[value]()
    return _nested[value]


RULES.append(_stand_in)


def _calling(f: Any, parameters: Iterable[inspect.Parameter]) -> Any:
    """A function that calls one with a rule of its own, which then stands in for it."""
    names = ", ".join(p.name for p in parameters)
    found = from_source(f"def calling({names}):\n    return f_({names})\n", __name__, {"f_": f})["calling"]
    found.__name__ = found.__qualname__ = f.py_func.__name__
    return njit(found)


def make(f: Any, argnums: int | Sequence[int] | None, written: Written) -> Any:
    """The driver of a function: the same one every time.

    Args:
        argnums: None for all arguments.
    """
    if isinstance(f, Primitive):
        f = f.f
    if made_of_recorded(f) is not None:
        raise TypeError(
            f"jittape.native.{written.name} takes a function of numba.njit. Of a recorded function, jittape.native.grad and value_and_grad are there; "
            f"its other derivatives are methods that Python calls: F.hessian, F.hvp, F.jacobian, F.jvp"
        )
    if not is_dispatcher(f):
        raise TypeError(f"a native gradient is that of a function of numba.njit, not of {f!r}; use jittape.grad")
    prepare()
    parameters = list(inspect.signature(f.py_func).parameters.values())
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        raise GradientError(f"{f.py_func.__name__} takes *args or **kwargs, and a native gradient needs to know its arguments: name them")
    if argnums is None:
        argnums = tuple(range(len(parameters)))
    numbers = positions(argument_numbers(argnums), len(parameters), f"{f.py_func.__name__} has")
    key = (numbers, is_single(argnums), written.name, written.holomorphic)
    with _lock:
        made = _made.of(f)
        if key not in made:
            names = [p.name for p in parameters]
            own = _NAMES | written.names.keys() | {name for name, _ in written.ahead} | {f"{c}{i}" for c in ("n", "v", "g", "default") for i in range(len(names))}
            if set(names) & own:
                names = [f"a_{name}" for name in names]
            defaults = [f"default{i}" if p.default is not p.empty else "" for i, p in enumerate(parameters)]
            shown = [f"{name}={d}" if d else name for name, d in zip(names, defaults, strict=True)]
            scope: dict[str, Any] = {d: p.default for d, p in zip(defaults, parameters, strict=True) if d}
            scope |= {"TapeLimitError": TapeLimitError, "GradientError": GradientError, "LIMIT": LIMIT, "SWEEP": SWEEP}
            scope |= {k: getattr(gradient_steps, k) for k in STEPS} | written.names
            scope |= {"LIMITED": LIMITED, "STORED": STORED, "size": gradient_steps.size if written.complexes else gradient_steps.real_size}
            recording = recording_version(_calling(f, parameters) if id(f) in REGISTERED else f, called=True)
            scope["call"] = gradient_steps.caller(recording, written.one, written.holomorphic)
            arguments = Arguments(names, shown, numbers, key[1])
            driver = from_source(_text(arguments, written), __name__, scope)["driver"]
            driver.__name__ = driver.__qualname__ = f"{written.name}_of_{f.py_func.__name__}"
            made[key] = dispatcher = njit(nogil=True)(driver)
            dispatcher._jittape_version = True
            explaining(dispatcher, f, list(inspect.signature(driver).parameters))
            if written.nested is not None:
                _nests[dispatcher] = functools.partial(written.nested, dispatcher, recording, arguments)
            keep(dispatcher, f, f"jittape.{written.name}{'_holomorphic' if written.holomorphic else ''}_{'_'.join(map(str, numbers))}{'' if key[1] else '_'}")
        return made[key]
