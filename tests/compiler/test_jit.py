"""Compiled code that is kept and found again, and when the log says that something is compiled."""

from __future__ import annotations

import ctypes
import logging
from pathlib import Path
from typing import Any

import pytest
from llvmlite import ir

from jittape.compiler import jit
from jittape.compiler.jit import announcer, emitted

made: list[int] = []


def seven(module: Any, name: str) -> None:
    """A function of nothing that returns 7."""
    made.append(7)
    f = ir.Function(module, ir.FunctionType(ir.IntType(64), ()), name)
    ir.IRBuilder(f.append_basic_block()).ret(ir.Constant(ir.IntType(64), 7))


def called(what: str = "once") -> int:
    code = emitted("seven", what, seven)
    return int(ctypes.CFUNCTYPE(ctypes.c_int64)(code.address)())


modules: list[ir.Module] = []


def eights(module: Any, name: str) -> None:
    """A function that adds eight numbers to eight others, by one that takes them from memory, and is called by one without vectors."""
    modules.append(module)
    pointer = ir.VectorType(ir.DoubleType(), 8).as_pointer()
    inner = ir.Function(module, ir.FunctionType(ir.VoidType(), (pointer, pointer)), f"{name}_inner")
    b = ir.IRBuilder(inner.append_basic_block())
    x = b.fadd(*(b.load(p, align=8) for p in inner.args))
    b.store(x, inner.args[0], align=8)
    b.ret_void()
    outer = ir.Function(module, ir.FunctionType(ir.VoidType(), (pointer, pointer)), name)
    b = ir.IRBuilder(outer.append_basic_block())
    b.call(inner, outer.args)
    b.ret_void()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    made.clear()
    monkeypatch.setenv("JITTAPE_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("JITTAPE_CACHE", raising=False)
    return tmp_path


def test_emitted_code_is_kept(place: Path) -> None:
    compiled, loaded = announcer.compiled, announcer.loaded
    assert [called() for _ in range(3)] == [7, 7, 7] and made == [7]
    assert (announcer.compiled - compiled, announcer.loaded - loaded) == (1, 2)
    (file,) = place.rglob("seven-*.code")
    assert file.parent == jit.cache_dir()
    assert called("twice") == 7 and len(made) == 2 and len(list(place.rglob("seven-*.code"))) == 2
    assert not list(place.rglob("*.tmp"))


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"", lambda content: bytes(len(content))])
def test_emitted_code_that_is_damaged_is_made_anew(place: Path, damage: Any) -> None:
    called()
    (file,) = place.rglob("seven-*.code")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert called() == 7 and len(made) == 2
    assert called() == 7 and len(made) == 2


def test_what_can_be_read_but_is_no_code_is_made_anew(place: Path) -> None:
    called()
    (file,) = place.rglob("seven-*.code")
    jit._write(file, b"no pickle")
    assert jit._read(file) == b"no pickle"
    assert called() == 7 and len(made) == 2


def test_nothing_is_kept_where_the_cache_is_off(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JITTAPE_CACHE", "0")
    assert [called(), called()] == [7, 7] and made == [7, 7]
    assert not list(place.rglob("*"))


def test_files_are_written_whole_or_not_at_all(place: Path) -> None:
    path = place / "a" / "b" / "x.code"
    assert jit._read(path) is None
    jit._write(path, b"code")
    assert jit._read(path) == b"code" and [p.name for p in path.parent.iterdir()] == ["x.code"]
    assert jit._read(path.parent) is None  # a directory
    (place / "file").write_text("")
    jit._write(place / "file" / "x.code", b"code")  # no directory: nothing is kept, and nothing is raised
    assert jit._read(place / "file" / "x.code") is None


def test_a_changed_byte_is_seen(place: Path) -> None:
    path = place / "x.code"
    jit._write(path, b"code")
    content = path.read_bytes()
    for i in (0, len(content) - 1):
        path.write_bytes(content[:i] + bytes([content[i] ^ 1]) + content[i + 1 :])
        assert jit._read(path) is None
    path.write_bytes(content)
    assert jit._read(path) == b"code"


def test_files_under_each_others_names_are_made_anew(place: Path) -> None:
    """A whole file of other code says nothing of the function that is asked for: its address would be 0."""
    called("once"), called("twice")
    first, second = place.rglob("seven-*.code")
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other), second.write_bytes(one)
    assert called("once") == called("twice") == 7 and len(made) == 4
    assert {first.read_bytes(), second.read_bytes()} == {one, other}


def test_what_cannot_be_put_in_its_place_leaves_nothing_behind(place: Path) -> None:
    (place / "x.code" / "full").mkdir(parents=True)  # a directory that cannot be replaced
    jit._write(place / "x.code", b"code")
    assert [p.name for p in place.iterdir()] == ["x.code"]


def test_small_compilations_are_announced_once_they_add_up(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "jittape")
    new = type(announcer)()
    assert (new.seconds, new.compiled, new.loaded, new.announced) == (0.0, 0, 0, False)
    part = 0.4 * jit.ANNOUNCE_AFTER
    said = []
    for _ in range(4):
        new.add(part, "f")
        said.append(sum(record.levelno == logging.WARNING for record in caplog.records))
    assert said == [0, 0, 1, 1] and new.compiled == 4 and new.seconds == pytest.approx(4 * part)
    assert sum("compiled f in" in record.getMessage() for record in caplog.records) == 4


def test_functions_over_vectors_have_whole_lines_of_the_cache(place: Path) -> None:
    modules.clear()
    code = emitted("eights", "once", eights)
    x, y = (ctypes.c_double * 8)(*range(8)), (ctypes.c_double * 8)(*[0.5] * 8)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(code.address)(ctypes.addressof(x), ctypes.addressof(y))
    assert list(x) == [k + 0.5 for k in range(8)]
    assert [f.attributes.alignstack for f in modules[0].functions] == [jit.LINE, 0]
