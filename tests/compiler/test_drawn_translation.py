"""Native functions drawn at random: translated they leave the same numbers in memory as by Numba, or they are refused."""

from __future__ import annotations

import ctypes
import importlib.util
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from draws import FACTOR
from llvmlite import ir
from numba import types

from jittape.compiler import jit
from jittape.compiler.translation import Unsupported, translate

ROOM = 16
"""Numbers in memory of each kind: functions read the first half and leave what they know in the second."""
POINTERS = (types.CPointer(types.int64), types.CPointer(types.float64))
SIGNATURE = types.int64(*POINTERS, types.int64, types.int64, types.float64, types.float64)
FOREIGN = ctypes.CFUNCTYPE(ctypes.c_int64, *(ctypes.c_void_p,) * 2, *(ctypes.c_int64,) * 2, *(ctypes.c_double,) * 2)
WHOLE = (0, 1, -1, 2, 3, -4, 7, 40, -9, 2**31, -(2**31) - 1, 2**50 + 1, 3 - 2**45)
"""Nothing overflows: to Numba, whatever comes of that is right."""
REALS = (0.0, -0.0, 1.0, -2.5, 0.5, 3.25, 1e300, 5e-324, math.inf, -math.inf, math.nan)


class Draw:
    """Writes the source of one function of pointers n, r, integers a, b and numbers x, y."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.lines, self.deep, self.known = rng, [], 1, {"i": ["a", "b"], "r": ["x", "y"]}
        for _ in range(rng.randint(4, 8)):
            self.statement()
        for k, name in enumerate(self.known["i"][: ROOM // 2]):
            self.add(f"n[{ROOM // 2 + k}] = {name}")
        for k, name in enumerate(self.known["r"][: ROOM // 2]):
            self.add(f"r[{ROOM // 2 + k}] = {name}")
        self.add(f"return {self.whole(2)}")
        self.source = "def drawn(n, r, a, b, x, y):\n" + "\n".join(self.lines) + "\n"

    def add(self, line: str) -> None:
        self.lines.append("    " * self.deep + line)

    def whole(self, depth: int) -> str:
        c, e = self.rng.choice, lambda: self.whole(depth - 1)
        if depth == 0:
            return str(c([*self.known["i"] * 2, "n[1]", "n[5]", 0, 1, -1, 3, -7, 8, 64, 1009]))
        forms: list[Callable[[], str]] = [
            lambda: f"({e()} {c('+-&|^')} {e()})", lambda: f"(({e()}) % 1009 * (({e()}) % -1013))", lambda: f"({e()} {c(['//', '%'])} {c([e(), '3', '-8'])})",
            lambda: f"(({e()}) % 1009 << ({e()} & 7))", lambda: f"({e()} >> ({e()} & 63))", lambda: f"({c('-~+')}{e()})", lambda: f"{c(['min', 'max'])}({e()}, {e()}, {e()})",
            lambda: f"abs({e()})", lambda: f"({e()} if {self.truth(depth - 1)} else {e()})", lambda: f"({e()} {c(['and', 'or'])} {e()})",
            lambda: f"({self.truth(depth - 1)} {c('+-')} {e()})", lambda: f"int(max(-1e6, min(1e6, {self.real(depth - 1)})))", lambda: f"(({e()}) % 19 - 9) ** {c([0, 2, 5])}",
            lambda: f"({e()}, {e()}, {e()})[{c(['-1', f'({e()}) % 3', f'({e()}) % 3 - 3'])}]", lambda: f"(np.int32({e()}) + 0)", lambda: f"np.int64(np.uint8({e()}))",
            lambda: f"np.int64((np.uint64({e()}) {c('*^')} np.uint64(11)) >> np.uint64(20))",
        ]  # fmt: skip
        return c(forms)()

    def real(self, depth: int) -> str:
        c, e = self.rng.choice, lambda: self.real(depth - 1)
        if depth == 0:
            return str(c([*self.known["r"] * 2, "r[2]", "r[6]", "0.1", "-0.0", "1e3"]))
        forms: list[Callable[[], str]] = [
            lambda: f"({e()} {c('+-*/')} {e()})", lambda: f"({e()} {c('+-*/')} {self.whole(depth - 1)})", lambda: f"({self.whole(depth - 1)} / {self.whole(depth - 1)})",
            lambda: f"{c(['min', 'max'])}({e()}, {c([e(), self.whole(depth - 1)])})", lambda: f"{c(['abs', '-', 'float', 'np.floor'])}({e()})",
            lambda: f"({e()} if {self.truth(depth - 1)} else {self.whole(depth - 1)})", lambda: f"(abs({e()}) + 0.5) ** {c([2, 3, '-2', f'({self.whole(0)} % 5 - 2)', e()])}",
            lambda: f"math.sqrt(abs({e()}))", lambda: f"({e()} {c(['and', 'or'])} {e()})", lambda: f"np.float32({e()}) * {c([e(), 'np.float32(x)'])}",
        ]  # fmt: skip
        return c(forms)()

    def truth(self, depth: int) -> str:
        c = self.rng.choice
        if depth <= 0:
            return str(c(["a > b", "x < y", "x != x", "not b", "y", "True"]))
        e, sign = (lambda: c([self.whole, self.real])(depth - 1)), (lambda: c(["<", "<=", ">", ">=", "==", "!="]))
        forms: list[Callable[[], str]] = [
            lambda: f"({e()} {sign()} {e()})", lambda: f"({e()} {sign()} {e()} {sign()} {e()})", lambda: f"(not {self.truth(depth - 1)})",
            lambda: f"(({self.truth(depth - 1)}) {c(['and', 'or', '&', '==', '^'])} ({self.truth(depth - 1)}))", lambda: f"bool({e()})",
        ]  # fmt: skip
        return c(forms)()

    def block(self, head: str) -> None:
        self.add(head)
        before = {kind: names.copy() for kind, names in self.known.items()}
        self.deep += 1
        for _ in range(self.rng.randint(1, 2)):
            self.statement()
        if head.startswith(("for", "while")) and self.rng.random() < 0.4:
            self.add(f"if {self.truth(1)}:")
            self.add("    " + self.rng.choice(["break", "continue", f"return {self.whole(1)}"]))
        self.deep, self.known = self.deep - 1, before

    def statement(self) -> None:
        c, kind = self.rng.choice, self.rng.choice("ir")
        write = {"i": self.whole, "r": self.real}
        what = self.rng.randrange(10 if self.deep < 3 else 6)
        if what < 3:
            name = c([*self.known[kind], f"{kind}{len(self.lines)}"])
            self.add(f"{name} {c(['', '', '+', '-']) if name in self.known[kind] else ''}= {write[kind](3)}")
            if kind == "i":
                self.add(f"{name} = {name} % {c([8191, 2**45])} - 40")
            self.known[kind] = list(dict.fromkeys([*self.known[kind], name]))
        elif what == 3:
            self.add(
                f"n[{self.whole(1)} & 7] {c(['', '+'])}= {self.whole(2)} % 8191"
                if kind == "i"
                else f"r[{self.whole(1)} & 7] {c(['', '-'])}= {self.real(2)}"
            )
            self.add(f"n[{self.whole(0)} & 7] %= 8191")
        elif what == 4:
            first, second = f"p{len(self.lines)}", f"q{len(self.lines)}"
            self.add(f"{first}, ({second}, _) = {self.whole(2)} % 8191, ({self.real(1)}, {self.whole(1)})")
            self.known["i"].append(first)
            self.known["r"].append(second)
        elif what == 5 and self.rng.random() < 0.2:  # one of another kind, or one that has no value on each way
            self.add(f"{c(self.known['i'])} = {self.real(1)}" if self.rng.random() < 0.5 else f"a += z{self.deep}")
        elif what < 8:
            self.block(f"if {self.truth(2)}:")
            if self.rng.random() < 0.5:
                self.block("else:")
        elif what == 8:
            name, far = f"k{len(self.lines)}", f"({self.whole(1)}) % 7"
            self.block(
                f"for {name} in range({c([far, f'-2, {far}', f'{far}, -{far}, -2', f'{far}, 9, 3', f'{far}, {far}, 2 * ({self.whole(0)} % 2) - 1'])}):"
            )
        else:
            name = f"w{len(self.lines)}"
            self.add(f"{name} = 9")
            self.add(f"while {name} > 0 {c(['and', 'and not'])} {self.truth(1)}:")
            self.add(f"    {name} -= {c([1, 2])}")
            self.add(f"    a = ({self.whole(1)}) % 8191")


def there(directory: Path, name: str, source: str) -> Callable[..., Any]:
    path = directory / f"{name}.py"
    path.write_text("import math\nimport numpy as np\n" + source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.drawn  # type: ignore[no-any-return]


def left(address: int, rng: random.Random) -> tuple[int, list[int], list[str]]:
    """The result at one point, and what is in memory afterwards."""
    whole = np.array([rng.choice(WHOLE) for _ in range(ROOM)])
    reals = np.array([rng.choice(REALS) for _ in range(ROOM)])
    found = FOREIGN(address)(
        whole.ctypes.data, reals.ctypes.data, *(rng.choice(WHOLE) for _ in "ab"), *(rng.choice(REALS) for _ in "xy")
    )
    return found, whole.tolist(), [v.hex() for v in reals.tolist()]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_drawn_functions_are_those_of_numba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JITTAPE_CACHE", "0")
    compared = 0
    for seed in range(16 * FACTOR):
        drawn = Draw(random.Random(seed))
        f = there(tmp_path, f"drawn_{seed}", drawn.source)
        try:
            translate(f, SIGNATURE, ir.Module(), "f")
        except Unsupported:
            continue
        ours, numbas = jit.callback(f, SIGNATURE), numba.cfunc(SIGNATURE, error_model="numpy")(f)
        compared += 1
        for point in range(20):
            assert left(ours.address, random.Random(point)) == left(numbas.address, random.Random(point)), (
                point,
                drawn.source,
            )
    assert compared > 4 * FACTOR
