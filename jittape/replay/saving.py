"""Saving, loading and pickling of recorded functions: a tape's file with the structure of arguments and results."""

from __future__ import annotations

import math
import pathlib
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.array import Array, Mask
from jittape.errors import TapeFileError
from jittape.functional.complexes import ComplexParts
from jittape.instructions.calls import MOST_AXES
from jittape.instructions.references import Slots, run_slots
from jittape.ops.layout import INPUT, OPERATION, PARAMETER, RUN
from jittape.replay.constants import described, read
from jittape.replay.function import Function
from jittape.replay.path import Path
from jittape.replay.paths import MAX_PATHS
from jittape.replay.positions import Selected
from jittape.tape import files
from jittape.tape.tape import Tape
from jittape.tape.validate import Parts, lengths

PLAIN_DTYPES = {np.dtype(kind).newbyteorder("<").str: np.dtype(np.dtype(kind).name) for kind in "?bBhHiIlLqQefdFD"}
"""dtypes of results that are no recorded values: as in a file, and as in this machine's memory."""


def save(self: Function, path: Any) -> None:
    """Write the function to a file that `jittape.load` reads, in place of an earlier one or not at all.

    The file holds the paths, the structure of arguments, parameters and results, and results that were not recorded.
    Without the Python function a loaded one cannot record other paths: where one is due it raises `BranchChanged`.

    Args:
        path: of the file, a text or a `pathlib.Path`.

    Raises:
        TypeError: a dict key that is no string or number, or a result of a dtype such as longdouble.
        OSError: the file cannot be written.

    Example:
        >>> import os, tempfile
        >>> import numpy as np, jittape as jt
        >>> path = os.path.join(tempfile.mkdtemp(), "f.tape")
        >>> jt.record(lambda x: np.sum(x**2), np.zeros(3)).save(path)
        >>> float(jt.load(path)(np.array([1.0, 2.0, 3.0])))
        14.0
    """
    files.write(path, to_bytes(self))


def load(path: Any, memory_limit: int | None = None) -> Function:
    """Read a recorded function that `Function.save` wrote.

    The file is checked before anything in it is run: a damaged or forged one raises an error and does no other harm.
    Nothing in it is code; it needs no more than the operations' names. Named tuples among arguments and results come back
    as tuples.

    Args:
        path: the file.
        memory_limit: bytes that the recording may need; None for the limit of `jittape.set_memory_limit`, and without one
            64 bytes for each byte of the file, or 256 MB if that is more.

    Raises:
        TapeFileError: the file is damaged, of another version, or needs more memory than that.
        OSError: it cannot be read.

    Example:
        >>> import os, tempfile
        >>> import numpy as np, jittape as jt
        >>> path = os.path.join(tempfile.mkdtemp(), "f.tape")
        >>> jt.record(lambda x: np.sum(x**2), np.zeros(3)).save(path)
        >>> jt.load(path).grad(np.array([1.0, 2.0, 3.0])).tolist()
        [2.0, 4.0, 6.0]
    """
    return from_bytes(pathlib.Path(path).read_bytes(), memory_limit)


def reduce(function: Function) -> tuple[Any, ...]:
    """What a pickle of a function holds: its paths and, if it can be pickled, the Python function for recording others.

    That travels as bytes of its own, which are looked at only when another path is due: then it has to be importable
    there. Functions that pickle cannot take (a lambda, say) go with cloudpickle where that is installed.
    """
    source = pickled_source(function)
    return from_pickle, (to_bytes(function, others=source is None), source, function.on_branch, function.max_paths)


def pickled_source(function: Function, elsewhere: bool = False, most: float = math.inf) -> bytes | None:
    """The Python function and what is handed to it as it is, pickled; None where there is none, or nothing can take it.

    Args:
        function: the recorded function.
        elsewhere: for a process whose `__main__` is another module, so that nothing can be looked up there.
        most: bytes beyond which it is left away, unless it came pickled.
    """
    f = function._f
    if function._source_bytes is not None or f is None:
        return function._source_bytes
    data = pickled((f, function._static), elsewhere and getattr(f, "__module__", None) == "__main__")
    return None if data is None or len(data) > most else data


def pickled(x: Any, by_value: bool = False) -> bytes | None:
    """Something with functions in it as bytes; None where nothing can take it.

    Args:
        x: what it is.
        by_value: whether functions go with their code, for a process that cannot look them up.
    """
    return (_by_value(x) if by_value else None) or _pickled(x)


def _pickled(x: Any) -> bytes | None:
    try:
        return pickle.dumps(x)
    except Exception:
        return _by_value(x)


def _by_value(x: Any) -> bytes | None:
    try:
        import cloudpickle  # optional

        return bytes(cloudpickle.dumps(x))
    except Exception:
        return None


def from_pickle(
    data: bytes, source: bytes | None = None, on_branch: str = "record", max_paths: int = MAX_PATHS
) -> Function:
    """What a pickled function is made from."""
    function = from_bytes(data, files.UNLIMITED)
    function._source_bytes = source
    function.on_branch, function.max_paths = on_branch, max_paths
    return function


# --- structures ----------------------------------------------------------------------------------------------------------


def describe(node: Any, what: str) -> Any:
    """A structure with leaf numbers in its places, in terms of JSON."""
    if node is None or type(node) is int:
        return node
    if isinstance(node, dict):
        for key in node:
            if not (key is None or type(key) in (str, int, float, bool)):
                raise TypeError(f"{what} has a dict key that cannot be saved: {key!r}; use strings or numbers as keys")
        return {"dict": [[key, describe(child, what)] for key, child in node.items()]}
    if isinstance(node, ComplexParts):
        return {"complex": [describe(node.re, what), describe(node.im, what)]}
    return {"tuple" if isinstance(node, tuple) else "list": [describe(child, what) for child in node]}


def structure(spec: Any) -> Any:
    """The structure that `describe` described."""
    if spec is None or type(spec) is int:
        return spec
    ((kind, items),) = spec.items()
    if kind == "dict":
        out = {}
        for key, child in items:
            if not (key is None or type(key) in (str, int, float, bool)):
                raise TapeFileError("damaged file: a dict key that is no string or number")
            out[key] = structure(child)
        if len(out) != len(items):
            raise TapeFileError("damaged file: a dict key stands there twice")
        return out
    if kind == "complex":
        return ComplexParts(*map(structure, items))
    return {"tuple": tuple, "list": list}[kind](map(structure, items))


def rebuilder(spec: Any, count: int) -> tuple[Any, Any]:
    """(structure of leaf numbers, function from a list of leaves to that structure)."""
    numbered = structure(spec)
    leaves, rebuild = tree.flatten(numbered)
    if leaves != list(range(count)):
        raise TapeFileError("damaged file: its structure does not fit its leaves")
    return numbered, rebuild


# --- saving --------------------------------------------------------------------------------------------------------------


def to_bytes(function: Function, others: bool = True) -> bytes:
    """A recorded function as the bytes of a file: the path that was used last and, on request, the others."""
    with function._lock:
        first, *rest = [function._path, *(p for p in function._paths if p is not function._path)]
        return _path_bytes(function, first, rest if others else [])


def _path_bytes(function: Function, path: Path, others: list[Path]) -> bytes:
    pool: list[bytes] = []
    slots: list[Slots] = []
    outputs = [_output(function, out, i, pool, slots) for i, out in enumerate(path.outputs)]
    more = {
        "name": function.name,
        "inputs": [[start, list(shape)] for start, _, shape in path.inputs],
        "parameters": [[start, list(shape)] for start, _, shape in path.parameters],
        "arguments": describe(function._rebuild(list(range(len(path.inputs)))), f"an argument of {function.name}"),
        "named": describe(
            tree.flatten(function._parameters)[1](list(range(len(path.parameters)))), f"a parameter of {function.name}"
        ),
        "forms": None if path.forms is None else ["any" if f is ... else f for f in path.forms],
        "outputs": outputs,
        "result": describe(path.rebuild_output(list(range(len(outputs)))), f"the result of {function.name}"),
    }
    if function._constants:
        more["constants"] = {name: described(x) for name, x in function._constants.items()}
    if not function._compiles:
        more["compile"] = False
    if isinstance(function, Selected):
        more["positions"] = [list(function._numbers), [[i, name] for i, name in function._names.items()], function._single]
    packed = [_path_bytes(function, other, []) for other in others]
    more["others"] = [len(p) for p in packed]
    arrays: files.Arrays = {
        "slots": np.concatenate([np.empty(0, np.int32), *slots]).astype(np.int32),
        "plain": np.frombuffer(b"".join(pool), np.uint8),
        "others": np.frombuffer(b"".join(packed), np.uint8),
    }
    # Parameters are those that are bound: a call with its own may be at work on the tape, or replays have memory elsewhere.
    bound = [(start, x) for (start, _, _), x in zip(path.parameters, function._bindings, strict=True)]
    return files.pack(path.tape, "function", more, arrays, bound)


def _output(function: Function, out: Any, i: int, pool: list[bytes], slots: list[Slots]) -> dict[str, Any]:
    """One result in terms of JSON; slots and plain arrays are added to the lists."""
    if isinstance(out, Array):
        flat = out.slots.ravel()
        spec: dict[str, Any] = {"shape": list(out.shape), "mask": out.is_mask}
        if out.size and (flat == np.arange(flat[0], flat[0] + flat.size, dtype=np.int64)).all():
            return {**spec, "base": int(flat[0])}
        spec["at"] = sum(s.size for s in slots)
        slots.append(flat)
        return spec
    if type(out) in (bool, int, float):
        return {"value": out}
    if type(out) is complex:
        return {"complex": [out.real, out.imag]}
    if (
        isinstance(out, (np.ndarray, np.generic))
        and type(out) is not np.matrix
        and out.dtype.newbyteorder("<").str in PLAIN_DTYPES
    ):
        a = np.ascontiguousarray(out, out.dtype.newbyteorder("<"))
        spec = {
            "dtype": a.dtype.str,
            "shape": list(out.shape),
            "at": sum(map(len, pool)),
            "scalar": isinstance(out, np.generic),
        }
        pool.append(a.tobytes())
        return spec
    raise TypeError(
        f"{function.name} cannot be saved: leaf {i} of its result is a {type(out).__name__} that was not recorded, and "
        "only numbers and arrays of NumPy's usual dtypes can be; return the others apart"
    )


# --- loading -------------------------------------------------------------------------------------------------------------


def from_bytes(data: Any, limit: int | None = None) -> Function:
    """The function that such bytes hold, validated."""
    tape, header, arrays = files.unpack(data, limit)
    if header.get("kind") != "function":
        raise TapeFileError("the file holds a tape and no function; read it with jittape.tape.tape.Tape.load(path)")
    try:
        function = _function(tape, header, arrays)
        for size, data in _others(header, arrays):
            _add(function, from_bytes(data, None if limit is None else max(limit - size, 0)))
        return function
    except TapeFileError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, IndexError, RecursionError) as error:
        raise TapeFileError(
            f"damaged file: its header does not describe a function ({type(error).__name__}: {error})"
        ) from None


def _others(header: dict[str, Any], arrays: files.Arrays) -> Iterator[tuple[int, bytes]]:
    """(bytes before it in the file, bytes) of each further path."""
    at, stored = 0, arrays.get("others", np.empty(0, np.uint8))
    for size in header.get("others", []):
        if stored.dtype != np.uint8 or at + _integer(size) > stored.size:
            raise TapeFileError("damaged file: a path outside it")
        yield at, stored[at : at + size].tobytes()
        at += size


def _add(function: Function, other: Function) -> None:
    """Add the path of a function from the same file."""
    mine, path = function._path, other._path
    same = [[shape for _, _, shape in places] for places in (mine.inputs, mine.parameters)]
    if (
        len(other._paths) != 1
        or [[shape for _, _, shape in places] for places in (path.inputs, path.parameters)] != same
        or path.tape.dtype != mine.tape.dtype
    ):
        raise TapeFileError("damaged file: its paths are of different functions")
    function._paths.append(path)


def _function(tape: Tape, header: dict[str, Any], arrays: files.Arrays) -> Function:
    inputs = [(_integer(base), _shape(shape)) for base, shape in header["inputs"]]
    parameters = [(_integer(base), _shape(shape)) for base, shape in header.get("parameters", [])]
    _check_leaves(tape, inputs, INPUT)
    _check_leaves(tape, parameters, PARAMETER)
    numbered, rebuild = rebuilder(header["arguments"], len(inputs))
    if not isinstance(numbered, list) or not inputs:
        raise TapeFileError("damaged file: its arguments are wrong")
    named, rebuild_named = rebuilder(header.get("named", {"dict": []}), len(parameters))
    if not isinstance(named, dict) or not all(isinstance(name, str) for name in named):
        raise TapeFileError("damaged file: its parameters are wrong")
    outputs = [_read_output(tape, spec, arrays) for spec in header["outputs"]]
    _, rebuild_output = rebuilder(header["result"], len(outputs))
    arguments = _blank(numbered, inputs)
    name = header["name"]
    if not isinstance(name, str):
        raise TapeFileError("damaged file: the function's name is no string")
    places = [[(base, base + math.prod(shape), shape) for base, shape in group] for group in (inputs, parameters)]
    values = [tape.value[start:stop].reshape(shape).copy() for start, stop, shape in places[1]]
    path = Path(tape, places[0], places[1], outputs, rebuild_output, _forms(header.get("forms"), len(inputs)))
    compiles = header.get("compile", True)
    if type(compiles) is not bool:
        raise TapeFileError("damaged file: whether it is to be compiled is no truth value")
    rest: dict[str, Any] = {"constants": {str(name): read(spec) for name, spec in header.get("constants", {}).items()}, "compile": compiles}
    if "positions" in header:
        return Selected(path, arguments, rebuild, name, parameters=rebuild_named(values), **rest, **_positions(header["positions"], len(arguments)))
    return Function(path, arguments, rebuild, name, parameters=rebuild_named(values), **rest)


def _blank(numbered: Any, inputs: list[tuple[int, tuple[int, ...]]]) -> Any:
    """The structure of the arguments with arrays of their shapes in the places of their numbers."""
    if type(numbered) is int:
        return np.empty(inputs[numbered][1])
    if isinstance(numbered, ComplexParts):
        return ComplexParts(_blank(numbered.re, inputs), _blank(numbered.im, inputs))
    if isinstance(numbered, dict):
        return {key: _blank(part, inputs) for key, part in numbered.items()}
    return numbered if numbered is None else type(numbered)(_blank(part, inputs) for part in numbered)


def _forms(given: Any, count: int) -> list[Any] | None:
    """The layouts of the arguments that a path is for."""
    if given is None:
        return None
    if type(given) is not list or len(given) > count or not all(f in (None, "any") or (type(f) is list and len(f) <= MOST_AXES and all(type(n) is int for n in f)) for f in given):
        raise TapeFileError("damaged file: its layouts are wrong")
    return [... if f == "any" else f if f is None else tuple(f) for f in given]


def _positions(spec: Any, arguments: int) -> dict[str, Any]:
    """What `Selected` holds of the positions of its arguments."""
    numbers, named, single = spec
    names = {_integer(i): name for i, name in named}
    if sorted([*map(_integer, numbers), *names]) != list(range(len(numbers) + len(named))) or len(numbers) != arguments:
        raise TapeFileError("damaged file: positions of arguments that are none")
    if type(single) is not bool or (single and arguments != 1) or not all(isinstance(name, str) for name in names.values()):
        raise TapeFileError("damaged file: names of arguments that are none")
    return {"numbers": tuple(numbers), "names": names, "single": single}


def _integer(x: Any) -> int:
    if type(x) is not int or x < 0:
        raise TapeFileError(f"damaged file: {x!r} where a number from 0 on should be")
    return x


def _shape(shape: Any) -> tuple[int, ...]:
    if type(shape) is not list or len(shape) > MOST_AXES:
        raise TapeFileError(f"damaged file: {shape!r} where a shape should be")
    out = tuple(map(_integer, shape))
    if math.prod(n for n in out if n) >= 2**31:  # NumPy refuses huge axes even where another one is empty
        raise TapeFileError(f"damaged file: an array of shape {out}")
    return out


def _check_leaves(tape: Tape, inputs: list[tuple[int, tuple[int, ...]]], op: int) -> None:
    """Each argument (or parameter) is one such instruction, in order."""
    count = tape.count
    opcode = tape.opcode[:count]
    none: Slots = np.empty(0, np.int32)
    n = lengths(Parts(opcode, tape.arg0[:count], tape.arg1[:count], none, none))
    first = np.cumsum(n) - n
    found = {
        int(first[k]): (int(n[k]), bool(opcode[k] >= RUN)) for k in np.flatnonzero(opcode & OPERATION == op) if n[k]
    }
    for base, shape in inputs:
        size = math.prod(shape)
        if size and found.pop(base, None) != (size, bool(shape)):
            raise TapeFileError(f"damaged file: an argument of shape {shape} at slot {base}, where no such leaf is")


def _read_output(tape: Tape, spec: dict[str, Any], arrays: files.Arrays) -> Any:
    if "value" in spec:
        if type(spec["value"]) not in (bool, int, float):
            raise TapeFileError("damaged file: a result that is no number")
        return spec["value"]
    if "complex" in spec:
        real, imaginary = spec["complex"]
        return complex(float(real), float(imaginary))
    shape = _shape(spec["shape"])
    size = math.prod(shape)
    if "dtype" in spec:
        dtype, at = PLAIN_DTYPES[spec["dtype"]], _integer(spec["at"])
        raw = arrays["plain"]
        if raw.dtype != np.uint8 or at + size * dtype.itemsize > raw.size:
            raise TapeFileError("damaged file: a result outside it")
        a = (
            np.frombuffer(raw[at : at + size * dtype.itemsize].tobytes(), dtype.newbyteorder("<"))
            .reshape(shape)
            .astype(dtype)
        )
        return a[()] if spec["scalar"] else a
    if "base" in spec:
        base = _integer(spec["base"])
        if size == 0 or base + size > tape.slots:
            raise TapeFileError("damaged file: a result outside the tape")
        slots = run_slots(base, size)
    else:
        at, stored = _integer(spec["at"]), arrays["slots"]
        if stored.dtype != np.int32 or at + size > stored.size:
            raise TapeFileError("damaged file: a result outside it")
        slots = stored[at : at + size].astype(np.int32)
        if size and (int(slots.min()) < 0 or int(slots.max()) >= tape.slots):
            raise TapeFileError("damaged file: a result outside the tape")
    if type(spec["mask"]) is not bool:
        raise TapeFileError("damaged file: a result that is no array")
    kind = Mask if spec["mask"] else Array
    return kind(tape, int(slots[0])) if shape == () else kind.of(tape, slots.reshape(shape))


save.__qualname__ = "Function.save"
Function.save = save  # type: ignore[method-assign]
Function.__reduce__ = reduce  # type: ignore[assignment, method-assign]
