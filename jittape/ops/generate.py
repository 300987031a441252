"""Write everything that follows from the operation table: run `python -m jittape.ops.generate`.

The files are committed, since Numba caches only what stands in a file. `python -m jittape.ops.generate --check` exits with
1 when one of them is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jittape.ops import table
from jittape.ops.derivatives import second
from jittape.ops.expressions import (
    cheap,
    choice,
    constant,
    everywhere_same,
    externals,
    in_switch,
    names,
    native,
    symbolic,
)
from jittape.ops.layout import NOTHING, READS_Z, UNIT
from jittape.ops.spec import OPERANDS, OPS, Op

HERE = Path(__file__).parent / "_generated"
HEADER = '"""{title}\n\nGenerated from jittape/ops/table.py by `python -m jittape.ops.generate`: do not edit."""\n\n'
NOLINT = "# ruff: noqa\n# mypy: ignore-errors\n"
HELPERS = ("expit", "softplus", "logaddexp", "logaddexp2", "heaviside", "logit", "sinc", "sincn", "xlogy", "xlog1py", "digamma", "polygamma", "product")  # fmt: skip
IMPORTS = "import math\n\nimport numpy as np\n\nfrom jittape.ops.native_math import (\n    {helpers},\n)\n\ninf = np.inf\n"


def _used(op: Op, text: str) -> list[str]:
    """Operands and result that native code of an expression reads."""
    found = names(native(text))
    return [v for v in (*op.operands, "z") if v in found]


def _constant_times(value: float, a: str) -> str:
    return {0.0: "0.0", 1.0: a, -1.0: f"-{a}"}.get(value, f"{a} * {value!r}")


def _product(op: Op, a: str, partial: str, sweep: str) -> str:
    """Native code of an adjoint or tangent `a` times a partial; a choice in the partial becomes a choice of products.

    So an arm that is zero contributes zero against an infinite `a` too: what np.where, maximum or relu did not take
    stays out, as in PyTorch. Elsewhere a zero adjoint contributes zero whatever the partial; a tangent contributes zero where
    either factor is zero, since where a partial is zero the reverse sweep passes on a zero adjoint.
    """
    value = constant(partial)
    if value is not None:
        return _constant_times(value, a)
    arms = choice(partial)
    if arms is not None:
        condition, yes, no = arms
        return f"({_product(op, a, yes, sweep)} if {native(condition)} else {_product(op, a, no, sweep)})"
    p = native(partial)
    if sweep == "tangent" or op.zeros:
        return f"product({a}, {p})"
    return f"({a} * ({p}) if {a} != 0.0 else 0.0)"


def _recorded_product(op: Op, partial: str) -> str:
    """The same over recorded arrays, of an adjoint g."""
    value = constant(partial)
    if value is not None:
        return _constant_times(value, "g")
    arms = choice(partial)
    if arms is not None:
        condition, yes, no = arms
        return f"F.where({symbolic(condition)}, {_recorded_product(op, yes)}, {_recorded_product(op, no)})"
    return f"F.{'product' if op.zeros or op.even else 'mulz'}(g, {symbolic(partial)})"


def _reads(op: Op) -> tuple[int, ...]:
    """What is said of each partial derivative in the kernel table."""
    found = []
    for p, partial in enumerate(op.partials):
        used = names(native(partial))
        flags = sum(1 << q for q, v in enumerate(OPERANDS) if v in used)
        flags |= READS_Z * ("z" in used) | UNIT * (constant(partial) == 1.0)
        found.append(NOTHING if p in op.constant or constant(partial) == 0.0 else flags)
    return tuple(found)


def opcodes() -> str:
    lines = [f"{op.name.upper()} = {op.code}" for op in OPS]
    lines.append(f"SWITCH = frozenset({sorted(op.code for op in OPS if in_switch(op))})")
    lines += ["EXTERNALS = {", *(f"    {op.code}: {externals(op)}," for op in OPS if externals(op)), "}"]
    lines += ["READS = {", *(f"    {op.code}: {_reads(op)}," for op in OPS), "}"]
    lines.append('"""For each operand what its partial derivative reads, and UNIT: see KERNELS of ops/layout.py; NOTHING where it is zero."""')
    lines.append(f"CHEAP = frozenset({sorted(op.code for op in OPS if cheap(op))})")
    lines.append(f"SAME = frozenset({sorted(op.code for op in OPS if everywhere_same(op))})")
    lines.append(f"MASKS = frozenset({sorted(op.code for op in OPS if op.mask)})")
    return HEADER.format(title="Numbers of the elementwise operations.") + NOLINT + "\n".join(lines) + "\n"


def kernels() -> str:
    text = HEADER.format(title="Block kernels: m contiguous values of one operation. Arrays an operation lacks are null.")
    text += NOLINT + IMPORTS.format(helpers=",\n    ".join(HELPERS))

    def kernel(name: str, args: str, op: Op, needed: list[str], body: list[str]) -> str:
        head = f"\n\ndef {op.name}_{name}({args}, m):\n    for k in range(m):\n"
        loads = [f"{v} = {v}s[k]" for v in needed]
        return head + "\n".join(f"        {line}" for line in (*loads, *body)) + "\n"

    for op in OPS:
        if externals(op):  # written by sweep/point/calling.py
            continue
        text += kernel("forward", "xs, ys, ws, zs", op, _used(op, op.z), [f"zs[k] = {native(op.z)}"])
        terms, needed = [], set()
        for n, (v, p) in enumerate(zip(op.operands, op.partials, strict=True)):
            value = constant(p)
            if value == 0.0 or n in op.constant:
                continue
            used = _used(op, p)
            needed |= set(used)
            for kind, assign in (("reverse", "+="), ("store", "=")):
                body = ["r = rs[k]", f"gs[k] {assign} {_product(op, 'r', p, 'reverse')}"]
                text += kernel(f"{kind}{n}", "xs, ys, ws, zs, rs, gs", op, used, body)
            terms.append(_product(op, f"t{v}s[k]", p, "tangent"))
        body = [f"tzs[k] = {' + '.join(terms) or '0.0'}"]
        text += kernel("tangent", "xs, ys, ws, zs, txs, tys, tws, tzs", op, [v for v in "xywz" if v in needed], body)
    return text


def rules() -> str:
    text = HEADER.format(title="Adjoint times first and second partials over recorded arrays, for nested differentiation.") + NOLINT
    text += "inf = float('inf')\n"
    table_lines = []
    for op in OPS:
        entries = []
        for n, p in enumerate(op.partials):
            value = constant(p)
            if n in op.constant or value == 0.0:
                entries.append("None")
            else:
                text += f"\n\ndef {op.name}_{n}(F, g, x, y, w, z):\n    return {_recorded_product(op, p)}\n"
                entries.append(f"{op.name}_{n}")
        table_lines.append(f"    {op.code}: ({', '.join(entries)},),")
    text += "\n\nCONTRIBUTIONS = {\n" + "\n".join(table_lines) + "\n}\n"
    text += '"""Opcode -> for each operand None (zero), or a function of (F, adjoint of z, x, y, w, z)."""\n'
    table_lines = []
    for op in OPS:
        entries = []
        for i, j, partial in second(op):
            text += f"\n\ndef {op.name}_{i}{j}(F, g, x, y, w, z):\n    return {_recorded_product(op, partial)}\n"
            entries.append(f"({i}, {j}, {op.name}_{i}{j}),")
        if entries:
            table_lines.append(f"    {op.code}: ({' '.join(entries)}),")
    text += "\n\nSECOND = {\n" + "\n".join(table_lines) + "\n}\n"
    return text + '"""Opcode -> operands p <= q and a function of the same, for each second partial that is not zero everywhere."""\n'


def reference() -> str:
    text = "# Elementwise operations\n\nGenerated from `jittape/ops/table.py` by `python -m jittape.ops.generate`.\n\n"
    text += "A partial is written in the operands x, y, w and the result z. At a kink the derivative is a convention: the\n"
    text += "column shows the point and the partials taken there.\n\n"
    text += "| operation | NumPy or SciPy | value | partials | kinks | source | |\n|---|---|---|---|---|---|---|\n"
    for op in OPS:
        kinks = "; ".join(f"at {p}: {d}" for p, d in op.kinks)
        others = [a.replace("scipy.special:", "scipy.special.") for a in (op.numpy, *op.aliases) if a]
        cells = (f"`{op.name}`", ", ".join(f"`{o}`" for o in others), f"`{op.z}`", ", ".join(f"`{p}`" for p in op.partials), kinks, op.source, op.doc)  # fmt: skip
        text += "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |\n"
    return text


def files() -> dict[Path, str]:
    """Path -> text of every generated file."""
    assert table.ANY is not None  # its import fills OPS
    out = {HERE / f"{make.__name__}.py": make() for make in (opcodes, kernels, rules)}
    out[HERE / "__init__.py"] = ""
    docs = HERE.parents[2] / "docs"
    if docs.is_dir():
        out[docs / "operations.md"] = reference()
    return out


def main(argv: list[str]) -> int:
    stale = [p for p, text in files().items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    if "--check" in argv:
        for p in stale:
            print(f"stale: {p} (run python -m jittape.ops.generate)")
        return 1 if stale else 0
    for p, text in files().items():
        p.parent.mkdir(exist_ok=True)
        p.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(OPS)} operations, {len(stale)} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
