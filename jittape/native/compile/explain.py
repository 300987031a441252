"""Errors of Numba's compiler about what is differentiated, in words: the operation, its line, and the way round."""

from __future__ import annotations

import cmath
import inspect
import re
from collections.abc import Iterable
from typing import Any

from numba.core.errors import NumbaError
from numba.core.extending import _Intrinsic

from jittape.compiler.dispatchers import is_dispatcher
from jittape.errors import DerivativeLostError, JittapeError, RecordingError
from jittape.native.compile.arguments import as_numbas, refused, said, unknown

STORE = (
    "the array came from outside the function (an argument or a global), so it holds plain floats and the derivative would be "
    "lost; allocate the array inside the function, or differentiate with respect to that argument as well (argnums=)"
)
CONTAINER = (
    "it came from outside the function (an argument or a global), or was made by another one, for plain floats; make it in the "
    "function itself, or from what is differentiated"
)
PLAIN = {"list": "list", "reflected list": "list", "ListType": "typed list", "DictType": "dict", "Record": "record"}
FIELD = (
    "a field of a record or of a jitclass keeps its type, and so does a part of a complex number; put it into a named tuple, or an array "
    "that is made in the function"
)
WAYS = {
    "eig": "use np.linalg.eigh, of a symmetric matrix",
    "eigvals": "use np.linalg.eigvalsh, of a symmetric matrix",
    "range": "its argument is differentiated; a number of steps is range(int(n)), which has no derivative",
    "getitem": "an index cannot be differentiated; x[int(i)] has no derivative in i",
    "roots": "find the root by Newton's method in the function itself",
}
NOT_COMPLEX = "it is not for differentiated complex numbers in a Numba function; take real and imaginary part (z.real, z.imag, abs(z), cmath.phase(z))"
COMPLEX = {name for name in dir(cmath) if callable(getattr(cmath, name))} - {"isclose"}
"""Of these the table has those of `math`: what has no rule is cmath's."""
DEFAULT = (
    "write it with operations that have a rule (`python -m jittape functions` lists them), or put it into a function of numba.njit and state that "
    "one's derivative by jittape.primitive"
)


def _operation(text: str) -> str | None:
    found = re.search(r"No implementation of function Function\(<[^>]*?([A-Za-z_0-9]+)'?(?: at 0x\w+| of [^>]*)?>\)", text)
    found = found or re.search(r"No implementation of function Function\((\w+)\)", text)
    found = found or re.search(r"unsupported NumPy function '([\w.]+)'", text) or re.search(r"Unknown attribute '(\w+)'", text)
    return found.group(1).lstrip("_") if found else None


def _worded(text: str) -> str:
    """Types as users know them."""
    return text.replace("jittape.Var", "differentiated float64").replace("jittape.ComplexVar", "differentiated complex128")


def _line(text: str, path: str) -> str:
    places = re.findall(r"(?:at|from) (\S+) \((\d+)\)", text)
    own = [p for p in places if p[0] == path] or [p for p in places if "site-packages" not in p[0] and "jittape" not in p[0]]
    return f"{own[0][0]}, line {own[0][1]}" if own else path


def intrinsics(function: Any) -> list[str]:
    """The names of intrinsics that a Python function calls, itself or in other functions of numba.njit."""
    found: list[str] = []
    seen: set[int] = set()
    waiting = [function]
    while waiting:
        f = waiting.pop()
        if id(f) in seen:
            continue
        seen.add(id(f))
        scope = inspect.getclosurevars(f)
        for value in (*scope.globals.values(), *scope.nonlocals.values()):
            if isinstance(value, _Intrinsic):
                found.append(value._name)
            elif is_dispatcher(value):
                waiting.append(value.py_func)
    return found


def explained(error: Exception, dispatcher: Any, kinds: Iterable[Any] | None = None) -> Exception:
    """The error to raise in place of one of Numba's compiler: `raise found from found.__cause__`, as what has been said in full hides the compiler's text.

    Args:
        kinds: types of the arguments, where they may be what is wrong.
    """
    found = _explained(error, dispatcher, kinds)
    if not found.__suppress_context__:
        found.__cause__ = error
    return found


def _complete(error: Exception) -> Exception:
    """An error that says all there is to say."""
    error.__suppress_context__ = True
    return error


def _explained(error: Exception, dispatcher: Any, kinds: Iterable[Any] | None) -> Exception:
    text = str(error)
    function = dispatcher.py_func
    where = f"in {function.__name__} ({_line(text, function.__code__.co_filename)})"
    native = re.search(r"a native gradient is [^\n]*", text)
    if native:
        return _complete(RecordingError(f"{native.group()} {where}"))
    stored = re.search(r"recorded numbers are stored into [^\n]*", text)
    if stored:
        return DerivativeLostError(f"{where}: {stored.group()}")
    operation = _operation(text)
    arguments = re.search(r">>> [^(\n]*\((.*)\)", text)
    given = _worded(arguments.group(1)) if arguments else ""
    if operation == "setitem" and re.search(r"setitem\((?:readonly )?array\((?:float|int|bool|complex)", text):
        return DerivativeLostError(f"a differentiated value is stored into an array of plain numbers {where}: {STORE}")
    if "jittape: " in text:
        return RecordingError(f"{text.split('jittape: ', 1)[1].splitlines()[0]} {where}")
    if operation in ("setitem", "static_setitem", "impl_append", "impl_insert", "impl_setitem"):
        kind = re.search(r"\((list|ListType|DictType|reflected list|Record)[(\[]", text)
        if kind:
            return DerivativeLostError(f"a differentiated value is stored into a {PLAIN[kind.group(1)]} of plain numbers {where}: {CONTAINER}")
    if re.search(r"Cannot cast jittape\.(?:Complex)?Var to", text):
        own = intrinsics(function) if re.search(r'lowering "[^"]*= call ', text) else []
        if own:
            return RecordingError(
                f"{' and '.join(own)}, an @intrinsic, generates code for plain numbers, and is called with a differentiated one {where}: write "
                "it as a function of numba.njit, or put the call into one and state that one's derivative by jittape.primitive"
            )
        return DerivativeLostError(f"a differentiated value is stored where a plain number is declared {where}: {FIELD}")
    if re.search(r"Invalid use of getiter with parameters \((?:StarArg)?Tuple", text):
        return RecordingError(f"a loop over a tuple of several types {where}: use numba.literal_unroll, or make an array of its numbers")
    way = _way(operation, given, text)
    if not way and kinds is not None:
        plainly = refused(function, dispatcher.targetoptions, kinds, lambda text: f"in {function.__name__} ({_line(text, function.__code__.co_filename)})")
        if plainly is not None:
            return _complete(plainly)
    if operation is None:
        what = text
        if not isinstance(error, NumbaError):  # Numba did not expect such a type there
            what = (
                f"{type(error).__name__} {text}; sets of what is differentiated, dicts with such keys, and strings of it are not supported, "
                "nor are fields of a jitclass or a record that would hold it"
            )
        return RecordingError(f"Numba cannot compile what is differentiated {where}: {what}")
    if operation in COMPLEX and f"built-in function {operation}>" in text and way == NOT_COMPLEX:
        operation = f"cmath.{operation}"
    if not way and operation == "getitem" and given.startswith("differentiated "):
        way = "a number has no elements; pass an array"
    elif not way and ("ListType" in given or "list(" in given):
        way = "a list is one in the function, too; pass an array, np.array(...)"
    return RecordingError(f"{operation}({given}) has no derivative rule {where}: {way or DEFAULT}")


def _way(operation: str | None, given: str, text: str) -> str:
    """What to do instead of an operation on such arguments; empty where there is nothing but the usual."""
    if operation is None:
        return ""
    if operation == "getitem" and given.startswith("Tuple"):
        return "a tuple of several types is indexed by constants only; make an array of its numbers"
    if "complex" in given or (operation in COMPLEX and f"built-in function {operation}>" in text):
        return NOT_COMPLEX
    if "float32" in operation + given:
        return "float32 would round what is differentiated; use float64"
    if operation == "getitem" and "differentiated" not in given.rpartition(", ")[2]:  # it is not the index
        return ""
    return WAYS.get(operation, "")


def compiled(version: Any, signature: tuple[Any, ...], dispatcher: Any) -> None:
    """Compile a recording version for arguments of these types; errors are explained."""
    if signature not in version.overloads:
        try:
            version.compile(signature)
        except JittapeError:
            raise
        except Exception as error:
            found = explained(error, dispatcher, signature)
            raise found from found.__cause__


def explaining(driver: Any, f: Any, names: list[str]) -> None:
    """Have a driver in native code say in one sentence why it cannot be compiled, where Python calls it.

    Args:
        driver: the function of numba.njit.
        f: the user's function.
        names: of the driver's parameters.
    """
    compile_for = driver._compile_for_args

    def compile_for_args(*args: Any, **kwargs: Any) -> Any:
        try:
            return compile_for(*args, **kwargs)
        except JittapeError:
            raise
        except Exception as error:
            words = unknown(driver.__name__, names, args)
            if not words and (sentence := said(str(error))):
                words = f"{driver.__name__}: {sentence}"
            found = _complete(RecordingError(words)) if words else explained(error, f)
            raise (as_numbas(found) if isinstance(found, JittapeError) else found) from found.__cause__

    driver._compile_for_args = compile_for_args
