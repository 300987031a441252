"""Saving and loading a tape: a versioned file of plain arrays, without pickle, that is validated before it is used.

The layout (docs/decisions/005-tape-file-format.md): a head of 24 bytes (magic, version, length of the header, length of
the file), a header in JSON, the arrays in little-endian order, each beginning at a multiple of eight bytes, and a digest of
everything before it. Operations are written by name, so that a file outlives a renumbering of the table.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import TapeFileError, TapeLimitError
from jittape.instructions.calls import operations
from jittape.ops.layout import CALL, CONSTANT, OPERATION, RUN
from jittape.sweep.engine import MATHS
from jittape.tape.arrays import CONSTANTS_KEPT, FIRST_CAPACITY
from jittape.tape.guards import Guards
from jittape.tape.limits import memory_limit
from jittape.tape.tape import Tape
from jittape.tape.validate import NAMES, Parts, is_leaf, lengths, validate

MAGIC = b"\x89JTAPE\r\n"
VERSION = 3
"""3 has opcodes of two bytes, 2 and 1 have one; 1 has no guards."""
HEAD = struct.Struct("<8sIIQ")
DIGEST = 32
LEAST_ROOM = 1 << 28
"""Bytes that a loaded tape may need whatever the size of its file."""
BYTES_PER_FILE_BYTE = 64
"""Beyond that, bytes of memory that a loaded tape may need for each byte of its file."""
UNLIMITED = 1 << 62

TYPES = {"u1": np.uint8, "u2": np.uint16, "i4": np.int32, "f4": np.float32, "f8": np.float64}
TAPE_ARRAYS = {"arg0": "i4", "arg1": "i4", "meta": "i4", "index": "i4"}
RUNS = {np.dtype(np.uint8): 128, np.dtype(np.uint16): RUN}
"""Type of a file's opcodes -> what was added to an operation's number when the instruction is a run."""

Arrays = dict[str, NDArray[Any]]


def pack(
    tape: Tape, kind: str = "tape", more: dict[str, Any] | None = None, arrays: Arrays | None = None, bound: Iterable[tuple[int, NDArray[Any]]] = ()
) -> bytes:
    """A tape, with what a Function adds to it, as the bytes of a file.

    Args:
        tape: the tape.
        kind, more, arrays: what kind of file it is, and what else its header and its arrays say.
        bound: leaves whose values are not those on the tape: their first slots, and their values.
    """
    count = tape.count
    parts = Parts(tape.opcode[:count], tape.arg0[:count], tape.arg1[:count], np.array(tape.meta, np.int32), np.array(tape.index, np.int32))
    used = np.unique(parts.opcode & OPERATION).tolist()
    stored: Arrays = {
        "opcode": parts.opcode,
        "arg0": parts.arg0,
        "arg1": parts.arg1,
        "meta": parts.meta,
        "index": parts.index,
        "leaves": leaf_values(tape, parts, bound),
    }
    header: dict[str, Any] = {
        "kind": kind,
        "dtype": tape.dtype.name,
        "math": tape.math,
        "slots": tape.slots,
        "replayable": tape.replayable,
        "operations": {str(code): NAMES[code] for code in used},
        "calls": _call_names(parts),
    }
    if tape.lines is not None:
        files = list(dict.fromkeys(file for file, _ in tape.lines))
        number = {file: i for i, file in enumerate(files)}
        header["files"] = files
        stored["lines"] = np.array([(number[file], line) for file, line in tape.lines], np.int32).ravel()
    if tape.guards is not None:
        header["guards"], packed = tape.guards.pack()
        stored.update(packed)
    for key, a in (arrays or {}).items():
        stored[key] = a
    header.update(more or {})
    return _assemble(header, stored)


def _call_names(parts: Parts) -> dict[str, str]:
    at = parts.arg0[parts.opcode == RUN + CALL]
    calls = {number: operations.CALLS[number] for number in np.unique(parts.meta[at]).tolist()}
    for call in calls.values():
        if call.unsaved:
            raise TapeFileError(call.unsaved)
    return {str(number): call.name for number, call in calls.items()}


def leaf_values(tape: Tape, parts: Parts, bound: Iterable[tuple[int, NDArray[Any]]] = ()) -> NDArray[Any]:
    """The values of leaves, one after the other."""
    slots = _leaf_slots(parts)
    values: NDArray[Any] = tape.value[slots]
    for first, given in bound:
        at = int(np.searchsorted(slots, first))
        values[at : at + given.size] = given.ravel()
    return values


def _leaf_slots(parts: Parts) -> NDArray[np.int64]:
    """The slots of leaves, in order: their values are stored."""
    stored = is_leaf(parts.opcode)
    n = lengths(parts)
    first, n = (np.cumsum(n) - n)[stored], n[stored]
    before = np.cumsum(n) - n
    slots: NDArray[np.int64] = np.arange(int(n.sum())) + np.repeat(first - before, n)
    return slots


def _assemble(header: dict[str, Any], stored: Arrays) -> bytes:
    pieces: list[bytes] = []
    table, at = {}, 0
    for key, a in stored.items():
        little = np.ascontiguousarray(a, a.dtype.newbyteorder("<"))
        raw = little.tobytes()
        table[key] = [f"{a.dtype.kind}{a.dtype.itemsize}", at, int(a.size)]
        pieces += [raw, bytes(-len(raw) % 8)]
        at += len(raw) + -len(raw) % 8
    text = json.dumps({**header, "arrays": table}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    head = HEAD.pack(MAGIC, VERSION, len(text), HEAD.size + len(text) + at + DIGEST)
    body = b"".join((head, text, *pieces))
    return body + digest(body)


def digest(body: Any) -> bytes:
    """What the file ends with: it finds accidental damage, and protects from no forger."""
    return hashlib.blake2b(body, digest_size=DIGEST).digest()


def write(path: Any, data: bytes) -> None:
    """Write a file so that whoever looks sees the old one or the whole new one."""
    path = Path(path)
    clear_away(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "xb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:  # in the name that the user gave
            missing = isinstance(error, FileNotFoundError) and not path.parent.is_dir()
            raise OSError(error.errno, error.strerror, str(path.parent if missing else path)) from None
        raise


STALE = 600.0
"""Seconds after its last change, a temporary file is what a killed process left behind."""


def clear_away(path: Path) -> None:
    """Remove the temporary files of writes that a kill has ended."""
    pattern = re.compile(re.escape(f".{path.name}.") + "[0-9a-f]{8}")
    with contextlib.suppress(OSError):
        for other in os.scandir(path.parent):
            if pattern.fullmatch(other.name) and time.time() - other.stat().st_mtime > STALE:
                os.unlink(other.path)


def disassemble(data: Any) -> tuple[dict[str, Any], Arrays]:
    """(header, arrays) of a file's bytes; the arrays are views of them."""
    view = memoryview(data)
    if len(view) < HEAD.size + DIGEST or bytes(view[:8]) != MAGIC:
        raise TapeFileError("this is no file that jittape saved")
    _, version, header_size, size = HEAD.unpack(view[: HEAD.size])
    if not 1 <= version <= VERSION:
        raise TapeFileError(f"the file is of version {version}, and this jittape reads version {VERSION}; record the function anew and save it")
    if size != len(view):
        raise TapeFileError(f"damaged file: it has {len(view):,} bytes and should have {size:,}")
    if digest(view[:-DIGEST]) != bytes(view[-DIGEST:]):
        raise TapeFileError("damaged file: its digest does not fit its contents")
    start, end = HEAD.size + header_size, len(view) - DIGEST
    if start > end:
        raise TapeFileError("damaged file: its header is longer than the file")
    try:
        header = json.loads(bytes(view[HEAD.size : start]).decode())
        arrays: Arrays = {}
        for key, (kind, at, n) in header["arrays"].items():
            dtype = np.dtype(TYPES[kind]).newbyteorder("<")
            if not (type(at) is int and type(n) is int and 0 <= at <= end - start and 0 <= n <= (end - start - at) // dtype.itemsize):
                raise TapeFileError(f"damaged file: array {key!r} lies outside it")
            arrays[key] = np.frombuffer(view, dtype, n, start + at)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        if isinstance(error, TapeFileError):
            raise
        raise TapeFileError(f"damaged file: its header cannot be read ({type(error).__name__})") from None
    return header, arrays


def room(header_dtype: np.dtype[Any], size: int, limit: int | None) -> int:
    """How many slots a tape from a file of `size` bytes may have: each needs a value and an adjoint."""
    if limit is None:
        limit = memory_limit()
    if limit is None:
        limit = max(LEAST_ROOM, BYTES_PER_FILE_BYTE * size)
    return int(limit // (2 * header_dtype.itemsize))


def unpack(data: Any, limit: int | None = None) -> tuple[Tape, dict[str, Any], Arrays]:
    """(tape, header, arrays) of a file's bytes, validated.

    Args:
        data: the bytes.
        limit: bytes that the tape may need; None for the limit of `set_memory_limit`, or one in proportion to the file.
    """
    header, arrays = disassemble(data)
    try:
        return _tape(header, arrays, len(data), limit), header, arrays
    except TapeFileError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, IndexError) as error:
        raise TapeFileError(f"damaged file: its header does not describe a tape ({type(error).__name__}: {error})") from None


def _tape(header: dict[str, Any], arrays: Arrays, size: int, limit: int | None) -> Tape:
    for key, kind in TAPE_ARRAYS.items():
        if arrays[key].dtype != TYPES[kind]:
            raise TapeFileError(f"damaged file: array {key!r} is of the wrong type")
    if arrays["opcode"].dtype not in RUNS:
        raise TapeFileError("damaged file: array 'opcode' is of the wrong type")
    if header["dtype"] not in ("float64", "float32"):
        raise TapeFileError(f"damaged file: a tape of dtype {header['dtype']!r}")
    if header.get("math", "fast") not in MATHS:  # files of older versions say nothing
        raise TapeFileError(f"damaged file: a tape of math {header['math']!r}")
    dtype = np.dtype(header["dtype"])
    slots = header["slots"]
    if type(slots) is not int or type(header["replayable"]) is not bool:
        raise TapeFileError("damaged file: its header does not describe a tape")
    own = {key: np.array(arrays[key], TYPES[kind]) for key, kind in TAPE_ARRAYS.items()}
    parts = Parts(opcode=_renumbered(arrays["opcode"], header["operations"]), **own)
    _renumber_calls(parts, header["calls"])
    first = validate(parts, slots, room(dtype, size, limit))
    leaves = arrays["leaves"]
    given = _leaf_slots(parts)
    if leaves.dtype != dtype or leaves.size != given.size:
        raise TapeFileError(f"damaged file: {leaves.size:,} values for {given.size:,} slots of leaves")
    tape = Tape(dtype, max(parts.opcode.size, FIRST_CAPACITY), header.get("math", "fast"))
    tape.reserve_slots(slots)
    tape.value[given] = leaves
    count = parts.opcode.size
    tape.opcode[:count], tape.arg0[:count], tape.arg1[:count] = parts.opcode, parts.arg0, parts.arg1
    tape.count, tape.extra = count, slots - count
    tape.meta.frombytes(parts.meta.tobytes())
    tape.index.frombytes(parts.index.tobytes())
    tape.replayable = header["replayable"]
    constant = first[parts.opcode == CONSTANT][:CONSTANTS_KEPT]
    tape.constants = {x: s for x, s in zip(tape.value[constant].tolist(), constant.tolist(), strict=True) if x}
    if "lines" in arrays:
        tape.lines = _lines(header["files"], arrays["lines"], count)
    if "guards" in header:
        tape.guards = Guards.unpack(header["guards"], arrays, slots)
    tape.end()
    return tape


def _renumbered(opcode: NDArray[Any], operations: dict[str, str]) -> NDArray[np.uint16]:
    """This version's opcodes for the file's: its numbers of operations are replaced by ours, found by name."""
    by_name, run = {name: code for code, name in NAMES.items()}, RUNS[opcode.dtype]
    numbers = np.full(2 * run, -1, np.int64)
    for code, name in operations.items():
        if name not in by_name:
            raise TapeFileError(f"the file uses the operation {name!r}, which this version of jittape does not know")
        if not 0 <= int(code) < run:
            raise TapeFileError("damaged file: its table of operations is wrong")
        numbers[int(code)] = by_name[name]
    numbers[run:] = np.where(numbers[:run] >= 0, numbers[:run] + RUN, -1)
    found = np.where(opcode < 2 * run, numbers[np.minimum(opcode, 2 * run - 1)], -1)
    if (found < 0).any():
        raise TapeFileError(f"damaged file: opcode {int(opcode[found < 0][0])} is not in its table of operations")
    return found.astype(np.uint16)


def _renumber_calls(parts: Parts, names: dict[str, str]) -> None:
    """Replace the file's numbers of calls by this version's, found by name."""
    known = _calls(names)
    done: set[int] = set()
    for k in np.flatnonzero(parts.opcode == RUN + CALL).tolist():
        at = int(parts.arg0[k])
        if not 0 <= at < parts.meta.size or int(parts.meta[at]) not in known:
            raise TapeFileError(f"damaged tape: instruction {k} calls an operation that is not in the file's table")
        if at not in done:
            parts.meta[at] = known[int(parts.meta[at])]
            done.add(at)


def _calls(names: dict[str, str]) -> dict[int, int]:
    """This version's numbers of calls, for the file's."""
    numbers = {}
    for number, name in names.items():
        call = operations.named(name)
        if call is None:
            raise TapeFileError(f"the file calls the operation {name!r}, which is not registered here")
        numbers[int(number)] = call.number
    return numbers


def _lines(files: Any, lines: NDArray[Any], count: int) -> list[tuple[str, int]]:
    if not all(isinstance(f, str) for f in files) or lines.dtype != np.int32 or lines.size != 2 * count:
        raise TapeFileError("damaged file: its source lines are wrong")
    pairs = lines.reshape(-1, 2).tolist()
    if any(not 0 <= file < len(files) for file, _ in pairs):
        raise TapeFileError("damaged file: its source lines are wrong")
    return [(files[file], line) for file, line in pairs]


def save_tape(tape: Tape, path: Any) -> None:
    """`Tape.save`."""
    write(path, pack(tape))


def load_tape(path: Any, limit: int | None = None) -> Tape:
    """`Tape.load`."""
    return unpack(Path(path).read_bytes(), limit)[0]


def tape_from_bytes(data: bytes) -> Tape:
    """What a pickled tape is made from."""
    return unpack(data, UNLIMITED)[0]


def same(a: Tape, b: Tape) -> bool:
    """Whether two tapes have the same instructions and, bit for bit, the same inputs, constants and parameters."""
    if a is b:
        return True
    n = a.count
    if a.dtype != b.dtype or a.math != b.math or n != b.count or a.slots != b.slots or a.meta != b.meta or a.index != b.index:
        return False
    if a.guards != b.guards:
        return False
    pairs = ((a.opcode, b.opcode), (a.arg0, b.arg0), (a.arg1, b.arg1))
    if not all(np.array_equal(x[:n], y[:n]) for x, y in pairs):
        return False
    parts = Parts(a.opcode[:n], a.arg0[:n], a.arg1[:n], np.empty(0, np.int32), np.empty(0, np.int32))
    return leaf_values(a, parts).tobytes() == leaf_values(b, parts).tobytes()


def copy(tape: Tape, room: int = 0) -> Tape:
    """A tape of its own with the same recording, and room for the values of so many more slots, if there is memory for them."""
    new = Tape(tape.dtype, tape.capacity, tape.math)
    n, slots = tape.count, tape.slots
    new.opcode[:n], new.arg0[:n], new.arg1[:n] = tape.opcode[:n], tape.arg0[:n], tape.arg1[:n]
    new.count, new.extra = n, tape.extra
    with contextlib.suppress(TapeLimitError):  # memory that is not written to is not taken
        new.reserve_slots(max(slots + room, tape.value.size))
    new.reserve_slots(slots)
    known = min(slots, tape.value.size)
    new.value[:known] = tape.value[:known]
    if not tape.partial:
        new.done, new.done_slots = tape.done, tape.done_slots
    new.meta, new.index = tape.meta[:], tape.index[:]
    new.constants = dict(tape.constants)
    new.replayable, new.ended, new.parts = tape.replayable, tape.ended, tape.parts
    new.lines = None if tape.lines is None else list(tape.lines)
    new.guards = None if tape.guards is None else tape.guards.copy()
    if new.ended or new.lines is not None:
        new.pause()
    return new
