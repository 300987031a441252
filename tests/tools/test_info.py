"""`python -m jittape info` on machines that are not this one: other systems, no home directory, caches that cannot be read."""

import ctypes
import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from jittape.tools import info


def told(label: str = "") -> str:
    """The texts of the lines of one label, "" for those that go on."""
    return "\n".join(text for name, text in info.lines("1.2") if name == label)


def test_versions():
    assert info.version("numpy") == np.__version__
    assert info.version("numpy", "0.1") == np.__version__
    assert info.version("no-such-package-anywhere") == "not installed"
    assert info.version("no-such-package-anywhere", "0.1") == "0.1 (not installed)"


def test_vector_mathematics(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert info.libmvec() == "absent (darwin has none; scalar functions are used)"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(_ZGVdN4v_exp=None))
    assert info.libmvec() == "present"
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace())
    assert info.libmvec() == "absent (scalar functions are used)"

    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert info.libmvec() == "absent (scalar functions are used)"


@pytest.mark.parametrize(("enabled", "why"), [(True, "no home directory; set JITTAPE_CACHE_DIR"), (False, "off: JITTAPE_CACHE=0")])
def test_no_cache(monkeypatch, enabled, why):
    monkeypatch.setattr(info, "cache_dir", lambda: None)
    monkeypatch.setattr(info, "cache_root", lambda: None)
    monkeypatch.setattr(info, "cache_enabled", lambda: enabled)
    assert told("cache") == f"{why} (code is compiled anew in every process)" and told() == ""


@pytest.fixture
def place(monkeypatch, tmp_path):
    """A directory of caches in which nothing stands yet."""
    root = tmp_path / "not" / "there"
    monkeypatch.setattr(info, "cache_root", lambda: root)
    monkeypatch.setattr(info, "cache_dir", lambda: root / "own")
    return root


def test_a_cache_that_is_not_there_yet(place):
    assert told("cache") == str(place / "own")
    assert told() == "0 functions, 0.0 MB (`python -m jittape warmup` fills it)"


def test_a_filled_cache_beside_which_a_file_stands(place):
    (place / "own" / "folder").mkdir(parents=True)
    for name in ("a", "b"):
        (place / "own" / name).write_bytes(bytes(400_000))
    (place / "log").write_bytes(bytes(5_000_000))  # no version
    assert told() == "2 functions, 0.8 MB"


def test_a_cache_that_cannot_be_written(place, monkeypatch):
    place.parent.mkdir()
    asked = []
    monkeypatch.setattr(os, "access", lambda path, mode: asked.append((path, mode)))
    assert "; not writable, so nothing more is kept" in told()
    assert asked == [(place.parent, os.W_OK)]  # the nearest directory that is there


def test_it_is_printed_and_ends_well(place, capsys):  # a place of its own: other processes fill the cache meanwhile
    assert info.main("1.2") == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == f"numpy       {np.__version__}"
    assert [x[12:] for x in printed] == [text for _, text in info.lines("1.2")]
    assert told("jittape") == info.version("jittape", "1.2") and "1" in told("jittape")
