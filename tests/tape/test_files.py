"""Saved, loaded, pickled, copied and compared tapes and functions; damaged files."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import tracemalloc
from collections import namedtuple
from pathlib import Path
from typing import Any

import corruption
import numpy as np
import pytest
import recordings
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.errors import TapeFileError
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import BLOCK_REF, CALL, INPUT, MATMUL, RUN, RUN_REF, SCALAR_REF, SUM
from jittape.replay import saving
from jittape.tape import files
from jittape.tape.tape import Tape

Point = namedtuple("Point", "x y")
SCALAR_RESULT = [name for name in recordings.CASES if name != "results"]


def assert_same(a: Any, b: Any) -> None:
    """Equal structure, types, dtypes and bits."""
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, (np.ndarray, np.generic)):
        assert a.dtype == b.dtype and a.shape == b.shape
        assert a.tobytes() == b.tobytes()
    else:
        assert a == b


# --- what is saved is what was recorded ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", recordings.CASES)
def test_a_loaded_function_gives_the_same_results(name: str, tmp_path: Path) -> None:
    function, args = recordings.recorded(name)
    function.save(tmp_path / "f.tape")
    loaded = jt.load(tmp_path / "f.tape")
    assert_same(loaded(*args), function(*args))
    assert loaded.tape == function.tape
    assert loaded.name == function.name
    if name in SCALAR_RESULT:
        assert_same(loaded.grad(*args), function.grad(*args))


@pytest.mark.parametrize("name", ["scalars", "runs", "results", "calls"])
def test_a_pickled_function_gives_the_same_results_at_another_point(name: str) -> None:
    function, args = recordings.recorded(name)
    loaded = pickle.loads(pickle.dumps(function))
    leaves, rebuild = jt.tree.flatten(list(args))
    other = rebuild([np.asarray(x) * 0.5 + 0.25 for x in leaves])
    assert_same(loaded(*other), function(*other))


def test_saving_gives_the_same_bytes_again() -> None:
    function, _ = recordings.recorded("reductions")
    data = saving.to_bytes(function)
    assert saving.to_bytes(saving.from_bytes(data)) == data


def test_the_file_holds_no_pickle_and_is_as_documented() -> None:
    function, _ = recordings.recorded("scalars")
    data = saving.to_bytes(function)
    assert data[:8] == b"\x89JTAPE\r\n"
    assert int.from_bytes(data[8:12], "little") == files.VERSION
    assert int.from_bytes(data[16:24], "little") == len(data)
    header, arrays = files.disassemble(data)
    assert header["kind"] == "function" and header["dtype"] == "float64"
    assert header["operations"]["0"] == "input"
    assert arrays["opcode"].size == function.tape.count
    assert all(a.ctypes.data % 8 == np.frombuffer(data, np.uint8).ctypes.data % 8 for a in arrays.values() if a.size)


def test_structure_and_results_that_were_not_recorded_come_back() -> None:
    function, args = recordings.recorded("results")
    got = pickle.loads(pickle.dumps(function))(*args)
    plain = got["plain"]
    assert got["y"][2] is None and got["y"][1].dtype == bool
    assert plain[:3] == [1, 2.5, 1 - 2j] and plain[5] is True
    assert type(plain[0]) is int and type(plain[4]) is np.float32
    assert isinstance(got[3], tuple) and got[3][1].tolist() == recordings.X[[1, 1, 0]].tolist()


def test_numbers_that_json_has_not_come_back() -> None:
    function = jt.record(lambda x: [x, float("nan"), float("-inf"), -0.0, np.array([1 + 2j]), np.zeros((2, 0, 3), np.uint16), np.True_], 1.0)
    got = pickle.loads(pickle.dumps(function))(1.0)
    assert np.isnan(got[1]) and got[2] == -np.inf and np.signbit(got[3])
    assert got[4][0] == 1 + 2j and got[5].shape == (2, 0, 3) and got[5].dtype == np.uint16
    assert type(got[6]) is np.bool_


def test_named_tuples_come_back_as_tuples() -> None:
    function = jt.record(lambda p: Point(p.x * p.y, p.x), Point(2.0, 3.0))
    assert type(function(Point(4.0, 5.0))) is Point
    loaded = pickle.loads(pickle.dumps(function))
    assert loaded((4.0, 5.0)) == (20.0, 4.0)
    assert type(loaded((4.0, 5.0))) is tuple


def test_source_lines_come_back() -> None:
    function, _ = recordings.recorded("scalars", source=True)
    loaded = pickle.loads(pickle.dumps(function))
    assert loaded.tape.lines == function.tape.lines
    assert "recordings.py:" in loaded.tape.listing()


@pytest.mark.parametrize(("f", "message"), [
    (lambda x: (x, np.longdouble(2)), "leaf 1 of its result is a longdouble"),
    (lambda x: {(1, 2): x}, r"dict key that cannot be saved: \(1, 2\)"),
    (lambda x: (x, np.zeros(2, np.clongdouble)), "leaf 1 of its result is a ndarray"),
])  # fmt: skip
def test_what_cannot_be_saved_is_named(f: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=message):
        jt.record(f, 1.0).save(tmp_path / "f.tape")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_operation_is_named() -> None:
    header, arrays = corruption.take_apart(saving.to_bytes(recordings.recorded("runs")[0]))
    code = next(code for code, name in header["operations"].items() if name == "exp")
    header["operations"][code] = "exq"
    with pytest.raises(TapeFileError, match="uses the operation 'exq', which this version"):
        saving.from_bytes(corruption.put_together(header, arrays))


def test_an_unknown_call_is_named() -> None:
    header, arrays = corruption.take_apart(saving.to_bytes(recordings.recorded("calls")[0]))
    (number,) = header["calls"]
    header["calls"][number] = "test.nothing"
    with pytest.raises(TapeFileError, match="calls the operation 'test.nothing', which is not registered"):
        saving.from_bytes(corruption.put_together(header, arrays))


@pytest.mark.parametrize("name", ["scalars", "reductions", "calls"])
def test_a_renumbered_table_loads_the_same_function(name: str) -> None:
    """A file of a version whose operations and calls had other numbers."""
    function, args = recordings.recorded(name)
    header, arrays = corruption.take_apart(saving.to_bytes(function))
    codes = list(map(int, header["operations"]))
    moved = dict(zip(codes, codes[1:] + codes[:1], strict=True))
    header["operations"] = {str(moved[int(code)]): op for code, op in header["operations"].items()}
    arrays["opcode"] = np.array([moved[int(code) % RUN] + RUN * (code >= RUN) for code in arrays["opcode"].tolist()], np.uint16)
    if header["calls"]:
        ((number, op),) = header["calls"].items()
        at = arrays["arg0"][arrays["opcode"] == moved[CALL] + RUN]
        arrays["meta"][at] = 77
        header["calls"] = {"77": op}
    loaded = saving.from_bytes(corruption.put_together(header, arrays))
    assert loaded.tape == function.tape
    assert_same(loaded(*args), function(*args))


def test_a_process_that_recorded_nothing_loads_calls_by_name(tmp_path: Path) -> None:
    function, args = recordings.recorded("linear algebra")
    function.save(tmp_path / "f.tape")
    np.savez(tmp_path / "args.npz", *args)
    code = "import sys, numpy as np, jittape as jt; print(repr(float(jt.load(sys.argv[1])(*np.load(sys.argv[2]).values()))))"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "f.tape", tmp_path / "args.npz"],
        env={**os.environ, "PYTHONPATH": str(Path(jt.__file__).parents[1])}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == function(*args)


# --- writing -------------------------------------------------------------------------------------------------------------


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.tape"
    recordings.recorded("scalars")[0].save(path)
    old = path.read_bytes()

    def fail(fd: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        recordings.recorded("runs")[0].save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["f.tape"]


def test_a_missing_file_is_an_ordinary_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        jt.load(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        recordings.recorded("scalars")[0].save(tmp_path / "no" / "such" / "directory")


def test_a_tape_is_saved_by_itself(tmp_path: Path) -> None:
    function, _ = recordings.recorded("strided")
    function.tape.save(tmp_path / "t.tape")
    assert Tape.load(tmp_path / "t.tape") == function.tape
    with pytest.raises(TapeFileError, match="holds a tape and no function"):
        jt.load(tmp_path / "t.tape")


# --- plain values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", recordings.CASES)
def test_copies_and_pickles_of_a_tape_are_equal_and_their_own(name: str) -> None:
    tape = recordings.recorded(name)[0].tape
    for other in (copy.copy(tape), copy.deepcopy(tape), tape.copy(), pickle.loads(pickle.dumps(tape))):
        assert other is not tape and other == tape
        tape.evaluate()
        other.evaluate()
        assert_same(other.value[: other.slots], tape.value[: tape.slots])
        other.value[0] += 1.0
        assert other != tape


def test_a_copy_of_a_tape_records_on_by_itself() -> None:
    tape = Tape()
    x = tape.append_leaf(2.0, INPUT)
    other = tape.copy()
    other.append_scalar(ops.MUL, x, x)
    other.meta.append(5)
    assert (tape.count, other.count, len(tape.meta)) == (1, 2, 0)
    other.evaluate()
    assert other.value[1] == 4.0


def build(dtype: Any = np.float64, constant: float = 3.0, op: int = ops.ADD, n: int = 3, operand: int = 0) -> Tape:
    tape = Tape(dtype)
    tape.append_leaf(np.arange(float(n)), INPUT)
    tape.constant(constant)
    tape.append_scalar(op, operand, n)
    tape.append_run(SUM, 1, (n, RUN_REF, 0, 1, 1, n))
    return tape


@pytest.mark.parametrize("change", [{"dtype": np.float32}, {"constant": 4.0}, {"op": ops.SUB}, {"n": 4}, {"operand": 1}])
def test_tapes_that_differ_are_not_equal(change: dict[str, Any]) -> None:
    assert build() == build()
    assert build() != build(**change)
    assert build() != "a tape"


def test_comparison_is_bit_for_bit() -> None:
    assert build(constant=float("nan")) == build(constant=float("nan"))
    assert build(constant=0.0) != build(constant=-0.0)


def test_evaluation_makes_no_difference() -> None:
    a, b = build(), build()
    a.evaluate()
    assert a == b


# --- damaged files -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data() -> bytes:
    return saving.to_bytes(recordings.recorded("reductions", source=True)[0])


def test_every_flipped_byte_is_found(data: bytes) -> None:
    rng = np.random.default_rng(1)
    for i in range(len(data)):
        bad = bytearray(data)
        bad[i] ^= int(rng.integers(1, 256))
        with pytest.raises(TapeFileError):
            saving.from_bytes(bytes(bad))


def test_every_truncation_is_found(data: bytes) -> None:
    for size in range(len(data)):
        with pytest.raises(TapeFileError):
            saving.from_bytes(data[:size])


@given(st.binary(min_size=1, max_size=100))
def test_every_extension_is_found(data: bytes, more: bytes) -> None:
    with pytest.raises(TapeFileError, match=f"has {len(data) + len(more):,} bytes and should have {len(data):,}"):
        saving.from_bytes(data + more)


@given(st.binary(max_size=400))
def test_other_files_are_refused(junk: bytes) -> None:
    for bad in (junk, files.MAGIC + junk):
        with pytest.raises(TapeFileError):
            saving.from_bytes(bad)
        with pytest.raises(TapeFileError):
            files.unpack(bad)


def test_a_pickle_of_damaged_bytes_is_refused(data: bytes) -> None:
    call, (inner, *_) = recordings.recorded("runs")[0].__reduce__()
    with pytest.raises(TapeFileError):
        call(inner[:-1])


def test_a_file_of_the_first_version_is_read(data: bytes) -> None:
    old = bytearray(data[: -files.DIGEST])
    old[8:12] = (1).to_bytes(4, "little")  # the same but for guards, of which this function has none
    assert saving.from_bytes(bytes(old) + files.digest(bytes(old))).tape == saving.from_bytes(data).tape


def test_another_version_is_named(data: bytes) -> None:
    bad = bytearray(data[: -files.DIGEST])
    bad[8:12] = (files.VERSION + 1).to_bytes(4, "little")
    with pytest.raises(TapeFileError, match=f"version {files.VERSION + 1}, and this jittape reads version {files.VERSION}"):
        saving.from_bytes(bytes(bad) + files.digest(bytes(bad)))


def test_deep_nesting_is_refused() -> None:
    header, arrays = corruption.take_apart(saving.to_bytes(recordings.recorded("scalars")[0]))
    text = '{"list":[' * 5000 + "0" + "]}" * 5000
    good = corruption.put_together({**header, "name": "PLACE"}, arrays)
    start, _, _ = files.HEAD.size, 0, 0
    end = start + int.from_bytes(good[12:16], "little")
    raw = good[start:end].rstrip().replace(b'"PLACE"', text.encode())
    raw += b" " * (-len(raw) % 8)
    body = files.HEAD.pack(files.MAGIC, files.VERSION, len(raw), files.HEAD.size + len(raw) + len(good) - end) + raw + good[end : -files.DIGEST]
    with pytest.raises(TapeFileError):
        saving.from_bytes(body + files.digest(body))


def test_damage_with_a_digest_that_fits() -> None:
    """Thousands of files: each is refused, or is a tape whose sweeps stay inside it."""
    outcome = corruption.run(seed=11, count=150)
    assert outcome["refused"] > 100 and outcome["used"] > 100


def test_damage_in_a_process_of_its_own() -> None:
    """The same with other files, where a crash of native code would be seen."""
    here = Path(__file__).parents[1]
    paths = os.pathsep.join([str(here), str(Path(jt.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(here / "corruption.py"), "12", "150"],
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused" in done.stdout and "used" in done.stdout


def forged(edit: Any, name: str = "runs") -> bytes:
    header, arrays = corruption.take_apart(saving.to_bytes(recordings.recorded(name)[0]))
    edit(header, arrays)
    return corruption.put_together(header, arrays)


def bomb(n: int) -> bytes:
    """A tape of one input and a run of n copies of it."""
    tape = Tape()
    tape.append_leaf(1.0, INPUT)
    tape.append_run(ops.POS, n, (SCALAR_REF, 0, 0, 0, 1))
    return files.pack(tape)


@pytest.mark.parametrize("n", [2**31 - 2, 2**30, 2**27])
def test_a_small_file_of_a_huge_tape_is_refused_before_memory_is_taken(n: int) -> None:
    small = bomb(n)
    assert len(small) < 1000
    tracemalloc.start()
    with pytest.raises(TapeFileError, match=rf"would need {n + 1:,} slots, .* load it with memory_limit="):
        files.unpack(small)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_the_memory_limit_decides_what_loads(memory_limit: None) -> None:
    small = bomb(10_000)
    assert files.unpack(small)[0].slots == 10_001
    with pytest.raises(TapeFileError, match="10,001 slots, and 6,250 are allowed"):
        files.unpack(small, 100_000)
    jt.set_memory_limit(100_000)
    with pytest.raises(TapeFileError, match="10,001 slots, and 6,250 are allowed"):
        files.unpack(small)
    assert files.unpack(small, 200_000)[0].slots == 10_001


def test_more_slots_than_a_tape_has_are_refused() -> None:
    tape = Tape()
    tape.append_leaf(1.0, INPUT)
    for _ in range(2):
        tape.append_run(ops.POS, 2**30 - 1, (SCALAR_REF, 0, 0, 0, 1))
    header, arrays = corruption.take_apart(files.pack(tape))
    arrays["arg1"][1:] = 2**31 - 1
    header["slots"] = 2 * (2**31 - 1) + 1
    with pytest.raises(TapeFileError, match="a tape has at most 2,147,483,647"):
        files.unpack(corruption.put_together(header, arrays), files.UNLIMITED)


def test_a_reduction_that_reads_without_end_is_refused() -> None:
    tape = Tape()
    tape.append_leaf(1.0, INPUT)
    tape.append_run(SUM, 1000, (2**31 - 1, BLOCK_REF, 0, 0, 0, 1))
    with pytest.raises(TapeFileError, match="reads 2,147,483,647,000 elements, more than is allowed"):
        files.unpack(files.pack(tape))


@pytest.mark.parametrize(("record", "n", "message"), [
    ((4, RUN_REF, 0, 1, 1, 4), -1, "has a negative length"),
    ((4, RUN_REF, 1, 1, 1, 4), 1, "reads slots that are not written before it"),
    ((4, RUN_REF, -1, 1, 1, 4), 1, "damaged reference"),
    ((2, BLOCK_REF, 0, 2, 2, 2), 2, "reads slots that are not written before it"),
    ((2, BLOCK_REF, 0, -1, 1, 2), 2, "reads slots that are not written before it"),
    ((2, BLOCK_REF, 0, 2**31 - 1, -(2**31) + 1, 2), 2, "reads slots that are not written before it"),
    ((-1, RUN_REF, 0, 1, 1, 4), 1, "reduces rows of -1 elements"),
    ((4, 4, 0, 1, 1, 4), 1, "damaged reference"),
    ((4, RUN_REF | 32, 0, 1, 1, 4), 1, "damaged reference"),
    ((4, RUN_REF, 0, 1, 1), 1, "record outside the tape's"),
])  # fmt: skip
def test_a_bad_reduction_is_refused_and_named(record: tuple[int, ...], n: int, message: str) -> None:
    tape = Tape()
    tape.append_leaf(np.arange(4.0), INPUT)
    tape.append_run(SUM, 1, record)
    header, arrays = corruption.take_apart(files.pack(tape))
    arrays["arg1"][1] = n
    header["slots"] = 4 + n
    with pytest.raises(TapeFileError, match=f"instruction 1 \\(sum\\) .*{message}"):
        files.unpack(corruption.put_together(header, arrays))


def matrices(a: tuple[int, ...], b: tuple[int, ...], sizes: tuple[int, int, int, int]) -> bytes:
    tape = Tape()
    tape.append_leaf(np.ones(4000), INPUT)
    tape.append_run(MATMUL, sizes[0] * sizes[1] * sizes[3], (*sizes, *a, *b))
    return files.pack(tape)


@pytest.mark.parametrize(("a", "b", "sizes", "message"), [
    ((0, 0, 40, 1, 0), (0, 0, 40, 1, 0), (1, 40, 40, 40), None),
    ((0, 0, 1, 40, 0), (0, 0, 100, 1, 0), (1, 40, 40, 40), None),
    ((0, 0, 2, 20, 0), (0, 0, 40, 1, 0), (1, 40, 40, 40), "a matrix that BLAS cannot read"),
    ((0, 0, 39, 1, 0), (0, 0, 40, 1, 0), (1, 40, 40, 40), "a matrix that BLAS cannot read"),
    ((0, 0, -40, 1, 0), (0, 0, 40, 1, 0), (1, 40, 40, 40), "reads slots that are not written"),
    ((0, 0, 101, 1, 0), (0, 0, 40, 1, 0), (1, 41, 40, 40), "reads slots that are not written"),
    ((0, 3000, 40, 1, 0), (0, 0, 40, 1, 0), (2, 40, 40, 40), "reads slots that are not written"),
    ((0, 0, 1, 2, 0), (3, 0, -1, 1, 0), (1, 2, 2, 2), None),
])  # fmt: skip
def test_strides_of_matrices_are_those_that_blas_reads(a: Any, b: Any, sizes: Any, message: str | None) -> None:
    if message is None:
        tape = files.unpack(matrices(a, b, sizes))[0]
        tape.evaluate()
        assert (tape.value[4000 : tape.slots] == sizes[2]).all()
    else:
        with pytest.raises(TapeFileError, match=f"instruction 1 \\(matmul\\) .*{message}"):
            files.unpack(matrices(a, b, sizes))


def test_records_that_overlap_are_refused() -> None:
    tape = Tape()
    tape.append_leaf(np.arange(4.0), INPUT)
    tape.append_run(SUM, 1, (4, RUN_REF, 0, 1, 1, 4))
    tape.append_run(SUM, 1, (4, RUN_REF, 0, 1, 1, 4))
    header, arrays = corruption.take_apart(files.pack(tape))
    arrays["arg0"][2] = arrays["arg0"][1]
    with pytest.raises(TapeFileError, match=r"instruction 2 \(sum\) has a record that overlaps"):
        files.unpack(corruption.put_together(header, arrays))


@pytest.mark.parametrize(("key", "value"), [
    ("inputs", [[0, [7]]]), ("inputs", [[1, [6]]]), ("inputs", [[0, [6]], [0, [6]]]), ("inputs", []),
    ("arguments", {"list": [1]}), ("arguments", {"tuple": [0]}), ("result", {"list": [0, 1]}),
    ("outputs", [{"shape": [], "mask": False, "base": 10**6}]), ("outputs", [{"shape": [], "mask": False, "at": 0}]),
    ("outputs", [{"shape": [2**40, 0], "mask": False, "at": 0}]),
    ("name", 3), ("dtype", "float16"), ("slots", True),
])  # fmt: skip
def test_a_header_that_does_not_fit_is_refused(key: str, value: Any) -> None:
    def edit(header: dict[str, Any], arrays: Any) -> None:
        header[key] = value

    with pytest.raises(TapeFileError):
        saving.from_bytes(forged(edit))
    saving.from_bytes(forged(lambda header, arrays: None))


def test_errors_name_the_file_that_was_asked_for(tmp_path: Path) -> None:
    F = jt.record(lambda x: x[0], np.ones(2))
    (tmp_path / "file").write_bytes(b"")
    for path, named in ((tmp_path / "missing" / "x", tmp_path / "missing"), (tmp_path, tmp_path), (tmp_path / "file" / "x", tmp_path / "file" / "x")):
        for save in (F.save, F.tape.save):
            with pytest.raises(OSError) as caught:
                save(path)
            assert caught.value.filename == str(named) and caught.value.filename2 is None
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize("compiled", [False, True])
def test_bound_parameters_are_saved_wherever_replays_have_them(compiled: bool) -> None:
    def looped(x: Any, scale: Any) -> Any:
        s = x[0]
        for i in range(60):
            s = s * 0.5 + np.sin(x[i % 3] * scale)
        return s if x[0] < 0 else np.sum(x * scale)

    x = np.array([0.1, 0.2, 0.3])
    function = jt.record(looped, -x, scale=-1.5)
    function(x)
    if compiled:
        function.compile()
    function.bind(scale=2.0)
    if compiled:
        function.compile()
    for loaded in (saving.from_bytes(saving.to_bytes(function)), pickle.loads(pickle.dumps(function)), copy.deepcopy(function)):
        assert [loaded(x), loaded(-x)] == [function(x), function(-x)] == [pytest.approx(looped(y, 2.0), rel=1e-13) for y in (x, -x)]
