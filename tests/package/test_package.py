"""The package as a whole: what importing it costs and pulls in, and the cache of compiled code."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from numba import types

import jittape as jt
from jittape.compiler import jit as compiling

PEERS = ("torch", "jax", "autograd", "casadi", "sympy", "matplotlib", "pandas", "mpmath", "hypothesis", "pytest")
SMALL = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s %(message)s")
logging.getLogger("numba").setLevel(logging.WARNING)
from numba import types
from jittape.compiler import jit as compiling
from jittape.ops._generated import kernels
pointer = types.CPointer(types.float64)
signature = types.void(*(pointer,) * 4, types.int64)
import numpy as np
for name in sys.argv[1:] or ["neg_forward"]:
    kernel = compiling.callback(getattr(kernels, name), signature)
    x, z = np.array([1.5]), np.zeros(1)
    import ctypes
    ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, ctypes.c_int64)(kernel.address)(x.ctypes.data, x.ctypes.data, None, z.ctypes.data, 1)
    print(name, z[0])
print("compiled", compiling.announcer.compiled, "loaded", compiling.announcer.loaded)
"""


def python(code, *argv, **environ):
    """Run a program in a new process, with these environment variables (None removes one)."""
    env = {**os.environ, **environ}
    return subprocess.run(
        [sys.executable, "-c", code, *argv],
        capture_output=True,
        text=True,
        timeout=300,
        env={k: v for k, v in env.items() if v is not None},
    )


def counts(result):
    assert result.returncode == 0, result.stderr
    assert "neg_forward -1.5" in result.stdout
    words = result.stdout.split()
    return int(words[-3]), int(words[-1])


# --- importing ----------------------------------------------------------------------------------------------------------------


def test_import_pulls_in_no_peer():
    result = python(f"import sys, jittape; print(*(m for m in {PEERS!r} if m in sys.modules), '.')")
    assert result.stdout.split() == ["."], result.stdout + result.stderr


def test_gradients_need_no_peer():
    """With every other engine made impossible to import."""
    code = f"""
import sys
for name in {PEERS!r}: sys.modules[name] = None
import numpy as np, jittape as jt
print(jt.hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0])).tolist())
"""
    assert python(code).stdout.strip() == "[[6.0, 0.0], [0.0, 12.0]]"


def test_public_names():
    assert len(set(jt.__all__)) == len(jt.__all__)
    for name in jt.__all__:
        assert getattr(jt, name) is not None
    assert (Path(jt.__file__).parent / "py.typed").exists()


# --- the cache -----------------------------------------------------------------------------------------------------------------


def test_compiled_code_is_kept_and_loaded(tmp_path):
    assert counts(python(SMALL, JITTAPE_CACHE_DIR=str(tmp_path))) == (1, 0)
    assert counts(python(SMALL, JITTAPE_CACHE_DIR=str(tmp_path))) == (0, 1)
    names = [p.name for p in tmp_path.rglob("*") if p.is_file()]
    assert len(names) == 1 and names[0].startswith("neg_forward-") and names[0].endswith(".code")


def test_the_cache_can_be_switched_off(tmp_path):
    for _ in range(2):
        assert counts(python(SMALL, JITTAPE_CACHE="0", JITTAPE_CACHE_DIR=str(tmp_path))) == (1, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_no_error(tmp_path):
    """A file stands where the directory should be: that stops even a superuser, whom permissions do not."""
    (tmp_path / "file").write_text("")
    result = python(SMALL, JITTAPE_CACHE_DIR=str(tmp_path / "file" / "cache"))
    assert counts(result) == (1, 0)
    assert "compiled code not kept" in result.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not stop a superuser")
def test_a_read_only_directory_is_no_error(tmp_path):
    tmp_path.chmod(0o500)
    try:
        assert counts(python(SMALL, JITTAPE_CACHE_DIR=str(tmp_path))) == (1, 0)
    finally:
        tmp_path.chmod(0o700)


def damage_truncated(content):
    return content[: len(content) // 2]


def damage_empty(content):
    return b""


def damage_flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [damage_truncated, damage_empty, damage_flipped])
def test_a_damaged_file_is_compiled_anew_and_replaced(tmp_path, damage):
    python(SMALL, JITTAPE_CACHE_DIR=str(tmp_path))
    (path,) = (p for p in tmp_path.rglob("*") if p.is_file())
    path.write_bytes(damage(path.read_bytes()))
    result = python(SMALL, JITTAPE_CACHE_DIR=str(tmp_path))
    assert counts(result) == (1, 0)
    assert "damaged" in result.stderr
    assert counts(python(SMALL, JITTAPE_CACHE_DIR=str(tmp_path))) == (0, 1)


def test_processes_at_once(tmp_path):
    """Four processes fill one cache; each gets right results, and what they leave is whole."""
    names = ["neg_forward", "add_forward", "mul_forward"]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SMALL, *names],
            env={**os.environ, "JITTAPE_CACHE_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(4)
    ]
    for process in running:
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        assert out.splitlines()[:3] == ["neg_forward -1.5", "add_forward 3.0", "mul_forward 2.25"]
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(files) == 3 and not any(p.suffix == ".tmp" for p in files)
    assert counts(python(SMALL, *names, JITTAPE_CACHE_DIR=str(tmp_path))) == (0, 3)


def test_signatures_and_functions_have_files_of_their_own():
    """Numba's own index files lose entries when two processes save two signatures at once."""
    from jittape.ops._generated import kernels

    def signature(real):
        return types.void(*(types.CPointer(real),) * 4, types.int64)

    paths = {
        compiling._Cache(fn, slow=False).path(signature(real))
        for fn in (kernels.neg_forward, kernels.abs_forward)
        for real in (types.float64, types.float32)
    }
    assert len(paths) == 4


def place(monkeypatch, platform="linux", home="/home/u", **environ):
    names = ("JITTAPE_CACHE", "JITTAPE_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(compiling.sys, "platform", platform)

    def find_home():
        if home is None:
            raise RuntimeError("Could not determine home directory.")
        return Path(home)

    monkeypatch.setattr(compiling.Path, "home", find_home)
    root = compiling.cache_root()
    return None if root is None else root.as_posix()


def test_where_the_cache_is(monkeypatch):
    assert place(monkeypatch) == "/home/u/.cache/jittape"
    assert place(monkeypatch, XDG_CACHE_HOME="/xdg") == "/xdg/jittape"
    assert place(monkeypatch, XDG_CACHE_HOME="") == "/home/u/.cache/jittape"
    assert place(monkeypatch, JITTAPE_CACHE_DIR="/own", XDG_CACHE_HOME="/xdg") == "/own"
    assert place(monkeypatch, NUMBA_CACHE_DIR="/numba") == "/numba/jittape"
    assert place(monkeypatch, "darwin") == "/home/u/Library/Caches/jittape"
    assert place(monkeypatch, "win32", LOCALAPPDATA="/local") == "/local/jittape/cache"
    assert place(monkeypatch, "win32") == "/home/u/AppData/Local/jittape/cache"


def test_a_user_without_a_home(monkeypatch):
    assert place(monkeypatch, home=None) is None
    assert compiling.cache_dir() is None
    assert place(monkeypatch, home=None, XDG_CACHE_HOME="/xdg") == "/xdg/jittape"
    assert place(monkeypatch, "win32", home=None, LOCALAPPDATA="/local") == "/local/jittape/cache"


def test_compiling_without_a_home(monkeypatch):
    """Nothing is kept, and everything works."""
    from jittape.ops._generated import kernels

    place(monkeypatch, home=None)
    signature = types.void(*(types.CPointer(types.float64),) * 4, types.int64)
    before = compiling.announcer.compiled
    assert compiling.callback(kernels.pos_forward, signature).address
    assert compiling.announcer.compiled == before + 1


def test_the_key_follows_every_native_source():
    from jittape.compiler.sources import NATIVE

    package = Path(jt.__file__).parent
    named = {p.relative_to(package).as_posix() for pattern in NATIVE for p in package.glob(pattern)}
    assert {
        "sweep/point/drivers.py",
        "sweep/point/operands.py",
        "ops/_generated/kernels.py",
        "ops/native_math.py",
        "ops/layout.py",
    } <= named
    from jittape.native.vars.marks import SOURCES  # of recording versions, which Numba keeps

    named |= {p.relative_to(package).as_posix() for pattern in SOURCES for p in package.glob(pattern)}
    named.add("replay/native_calls.py")  # its functions hold addresses of the process, and are never kept
    for path in package.rglob("*.py"):
        if "import njit" in path.read_text(encoding="utf-8"):
            assert path.relative_to(package).as_posix() in named, f"{path} is native and not part of the cache's key"


# --- the cold start ------------------------------------------------------------------------------------------------------------


def test_a_cold_start_is_announced_once(monkeypatch, caplog):
    announcer = compiling._Announcer()
    monkeypatch.setattr(compiling, "announcer", announcer)
    with caplog.at_level(logging.INFO, "jittape"):
        announcer.add(0.2, "small")
        assert caplog.records == []  # one kernel is no cold start
        announcer.add(0.4, "small")
        announcer.add(5.0, "large")
        announcer.say()
    assert len(caplog.records) == 1
    assert "warmup" in caplog.records[0].getMessage() and "needed for the first time: once, for some seconds" in caplog.records[0].getMessage()


def test_what_a_warm_cache_lacks_is_told_as_such(monkeypatch, caplog):
    """A new kernel beside those that were loaded does not read as if the cache had failed."""
    announcer = compiling._Announcer()
    monkeypatch.setattr(compiling, "announcer", announcer)
    announcer.loaded = 3
    with caplog.at_level(logging.INFO, "jittape"):
        announcer.add(0.6, "small")
        announcer.add(0.6, "small")
    (record,) = caplog.records
    assert "not in the cache yet, beside what was loaded from it" in record.getMessage()


def test_names_of_jax_are_told_in_words_of_jittape():
    import jittape as jt
    from jittape import names

    with pytest.raises(AttributeError, match="has no attribute 'jit': .*jittape.record"):
        jt.jit
    assert not hasattr(jt, "jit")
    for name in names.ELSEWHERE:
        assert not hasattr(jt, name)
        with pytest.raises(AttributeError, match=f"has no attribute '{name}': ."):
            getattr(jt, name)


def test_names_that_are_nearly_right():
    import numpy as np

    import jittape as jt
    from jittape import names

    F = jt.record(lambda x: np.sum(x * x), np.ones(2))
    for owner, name, words in (
        (jt, "value_grad", "did you mean value_and_grad"),
        (jt, "hessain", "did you mean hessian"),
        (jt, "jacobi", "jacobian"),
        (jt, "sparse_hessian", "F.sparse_hessian"),
        (jt.native, "minimise", "did you mean minimize"),
        (jt.native, "record", "takes a function of numba.njit as it is"),
        (jt.integrate, "ipop", "did you mean ipopt"),
        (jt.integrate.scipy, "minimise", "did you mean minimize"),
        (F, "hess", "F.hessian(x)"),
        (F, "value_grad", "did you mean value_and_grad"),
        (F, "hessain", "did you mean hessian"),
        (F, "batch_gradient", "batch_grad"),
    ):
        with pytest.raises(AttributeError, match=re.escape(words)):
            getattr(owner, name)
    for name in names.OF_FUNCTIONS:
        with pytest.raises(AttributeError, match=f"has no attribute '{name}': .*F"):
            getattr(F, name)
    with pytest.raises(AttributeError, match=r"has no attribute '_private'$"):
        F._private
    assert not hasattr(F, "__array_interface__") and not hasattr(jt, "quite_another_thing")


def test_without_numbas_compiler_the_error_says_so():
    result = python("import jittape as jt; jt.grad(lambda x: x * x)(3.0)", NUMBA_DISABLE_JIT="1")
    assert result.returncode == 1
    assert "NUMBA_DISABLE_JIT=1" in result.stderr.splitlines()[-1]


def test_the_processor_has_a_name():
    assert compiling.cpu_name()


def test_submodules_are_there_without_an_import_of_their_own():
    code = "import jittape as jt; jt.testing.check_grad(lambda x: jt.numpy.sin(x), 0.3); print('good')"
    assert python(code).stdout.strip() == "good"


def test_names_of_test_files_are_unique():
    """pytest imports them by these names."""
    names = sorted(p.name for p in (Path(__file__).parents[1]).rglob("test_*.py"))
    assert len(set(names)) == len(names), [a for a, b in zip(names, names[1:]) if a == b]
