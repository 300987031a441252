"""Files that a killed process left behind, and what is said about the cache."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from jittape.compiler.jit import kept_in
from jittape.tape.files import STALE, write


def test_temporary_files_of_a_killed_save_are_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "f.tape"
    old, busy, other = tmp_path / ".f.tape.0123abcd", tmp_path / ".f.tape.89ef0123", tmp_path / ".f.tape.notes"
    for file in (old, busy, other):
        file.write_bytes(b"half")
    for file in (old, other):
        os.utime(file, (time.time() - 2 * STALE,) * 2)
    write(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert sorted(os.listdir(tmp_path)) == sorted([busy.name, other.name, path.name])


def test_a_cache_that_cannot_be_written_is_said_to_be_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("JITTAPE_CACHE_DIR", str(file / "below"))
    assert kept_in().startswith("memory only, as ") and "cannot be written" in kept_in()
    monkeypatch.setenv("JITTAPE_CACHE_DIR", str(tmp_path / "new"))
    assert kept_in().startswith(str(tmp_path / "new"))
    monkeypatch.setenv("JITTAPE_CACHE", "0")
    assert "off" in kept_in()
