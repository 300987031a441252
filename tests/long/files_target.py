"""Saved functions that are damaged: bytes flipped, cut, moved and doubled; numbers and structure changed under a digest that fits.

A file of damaged bytes must be refused (its digest does not fit), or give the same numbers where the damage changed nothing. A file that was changed and given
a digest that fits again must be refused with TapeFileError, or be a tape that reads no slot before it is written (`corruption.check_reads` says again in
Python what the native code reads); every sweep over it must end. Damaged files of compiled code must be compiled anew.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import corruption
import numpy as np
import recordings
from drawn_functions import Drawn, point
from long_run import Fault

import jittape as jt
from jittape.errors import TapeFileError
from jittape.replay import saving
from jittape.tape import plan

RAW, FORGED = 30, 25
"""Files of each kind in a case."""
QUICK = {"FORGED": 6}


def damaged_bytes(data: bytes, rng: np.random.Generator) -> tuple[bytes, str]:
    """A file after something happened to it, and what."""
    content, n = bytearray(data), len(data)
    i, j = sorted(int(k) for k in rng.integers(0, n, 2))
    what = str(rng.choice(["bit", "byte", "bytes", "cut", "zeros", "doubled", "moved", "longer", "other end", "head"]))
    if what == "bit":
        content[i] ^= 1 << int(rng.integers(8))
    elif what == "byte":
        content[i] = int(rng.integers(256))
    elif what == "bytes":
        content[i:j] = rng.integers(0, 256, j - i, dtype=np.uint8).tobytes()
    elif what == "cut":
        del content[i:]
    elif what == "zeros":  # pages that never reached the disk
        content[i:j] = bytes(j - i)
    elif what == "doubled":
        content[j:j] = content[i:j]
    elif what == "moved":
        part = content[i:j]
        del content[i:j]
        content += part
    elif what == "longer":
        content += rng.integers(0, 256, int(rng.integers(1, 100)), dtype=np.uint8).tobytes()
    elif what == "other end":
        del content[:i]
    else:
        k = int(rng.integers(24))
        content[k] = int(rng.integers(256))
    return bytes(content), what


@cache
def recorded(name: str) -> Any:
    return recordings.recorded(name, source=name == "scalars")[0]


def numbers(F: Any) -> Any:
    """What a loaded function gives at a point of ones."""
    args = F._rebuild([np.full(shape, 0.5, F.tape.dtype) if shape else 0.5 for shape in F.shapes])
    with np.errstate(all="ignore"):
        try:
            return [np.asarray(x).tobytes() for x in jt.tree.flatten(F(*args))[0]]
        except jt.BranchChanged:
            return "another branch"
        except np.linalg.LinAlgError:
            return "singular"


def case(seed: int) -> Counter[str]:
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    if rng.random() < 0.5:
        F = recorded(str(rng.choice(list(recordings.CASES))))
    else:
        f = Drawn(seed)
        F = jt.record(f, point(rng, f.n))
        for _ in range(int(rng.integers(0, 4))):
            F(point(rng, f.n))
    data = saving.to_bytes(F)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.tape"
        for _ in range(RAW):
            bad, what = damaged_bytes(data, rng)
            path.write_bytes(bad)
            try:
                loaded = jt.load(path)
            except TapeFileError:
                counts[f"{what}: refused"] += 1
                continue
            if bad != data:
                raise Fault(f"a damaged file ({what}) of {F.name} was loaded")
            if numbers(loaded) != numbers(saving.from_bytes(data)):  # F itself may record another branch
                raise Fault(f"another value of {F.name} from the same bytes")
            counts["nothing was changed: the same numbers"] += 1
    before, plan.WORTHWHILE = plan.WORTHWHILE, 0  # short recordings are swept by a plan, too
    try:
        for _ in range(FORGED):
            bad = corruption.damaged(data, rng)
            try:
                loaded = saving.from_bytes(bad, corruption.LIMIT)
            except TapeFileError:
                counts["forged: refused"] += 1
                continue
            try:
                corruption.use(loaded)
            except np.linalg.LinAlgError:
                counts["forged: singular matrix"] += 1
                continue
            counts["forged: read and written in bounds"] += 1
    finally:
        plan.WORTHWHILE = before
    return counts
