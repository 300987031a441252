"""A file of what was computed, so that a process that was killed goes on from there.

The file is a sequence of records that are only appended: a key, the length and a checksum of what follows, and that. A process that is killed
leaves a record half written at most, which is found by its checksum and dropped. Chunks of a sum are dropped once the sum stands there. Contents
are arrays in NumPy's own format: nothing in a file is code.
"""

from __future__ import annotations

import hashlib
import io
import os
import pathlib
import struct
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"jittape journal 1\n"
HEAD = struct.Struct("<16sQ16s")
"""Key, length of the content, its checksum."""
SYNC = 1.0
"""Seconds after which what was written is handed to the disk, for a machine that fails; a process that fails needs none of it."""


def digest(*parts: Any) -> bytes:
    """16 bytes that stand for these values."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, (bytes, memoryview)) else repr(part).encode()
        found.update(struct.pack("<Q", len(data)))
        found.update(data)
    return found.digest()


class Journal:
    """Lists of arrays by their keys, in a file.

    Args:
        path: the file, which is made where there is none.

    Raises:
        ValueError: the file is something else.
        RuntimeError: another process is at it.
    """

    def __init__(self, path: Any) -> None:
        self.path = pathlib.Path(path)
        self._places: dict[bytes, tuple[int, int]] = {}
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        self._synced = time.monotonic()
        try:
            self._lock()
            self._end = self._read()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # not on Windows
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"the checkpoint {self.path} is in use, by another process or another call; give each a file of its own") from None
        except OSError:  # a file system without locks
            pass

    def _read(self) -> int:
        """Find the records, and drop what is behind the last one that is whole; where that ends."""
        size = os.fstat(self._file).st_size
        head = self._bytes(0, len(MAGIC))
        if head != MAGIC:
            if head != MAGIC[: len(head)] or size > len(MAGIC):
                raise ValueError(f"{self.path} is no checkpoint of jittape.integrate.executor, and is left as it is; name another file")
            self._write(0, MAGIC)
            return len(MAGIC)
        at = len(MAGIC)
        while at + HEAD.size <= size:
            key, length, check = HEAD.unpack(self._bytes(at, HEAD.size))
            if at + HEAD.size + length > size or digest(key, self._bytes(at + HEAD.size, length)) != check:
                break
            self._places[key] = at + HEAD.size, length
            at += HEAD.size + length
        os.ftruncate(self._file, at)
        return at

    def _bytes(self, at: int, count: int) -> bytes:
        os.lseek(self._file, at, os.SEEK_SET)
        parts = []
        while count:
            part = os.read(self._file, min(count, 1 << 26))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _write(self, at: int, data: bytes) -> None:
        os.lseek(self._file, at, os.SEEK_SET)
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def get(self, key: bytes) -> list[NDArray[Any]]:
        """The arrays under a key, which is there."""
        at, length = self._places[key]
        content, found = io.BytesIO(self._bytes(at, length)), []
        while content.tell() < length:
            found.append(np.lib.format.read_array(content, allow_pickle=False))
        return found

    def put(self, key: bytes, arrays: Sequence[NDArray[Any]]) -> None:
        buffer = io.BytesIO()
        for array in arrays:
            np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=False)
        content = buffer.getvalue()
        self._write(self._end, HEAD.pack(key, len(content), digest(key, content)) + content)
        self._places[key] = self._end + HEAD.size, len(content)
        self._end += HEAD.size + len(content)
        if time.monotonic() - self._synced > SYNC:
            os.fsync(self._file)
            self._synced = time.monotonic()

    def mark(self) -> int:
        """Where the file ends now."""
        return self._end

    def replace(self, mark: int, key: bytes, arrays: Sequence[NDArray[Any]]) -> None:
        """Put one result in place of all since the mark."""
        self._places = {k: place for k, place in self._places.items() if place[0] < mark}
        self._end = mark
        self.put(key, arrays)
        os.ftruncate(self._file, self._end)
