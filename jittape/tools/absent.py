"""Writes the list of PyTorch's documented names that `jittape.torch` lacks into docs/torch.md: `python -m jittape.tools.absent`, with torch installed."""

from __future__ import annotations

import importlib
import re
import sys
import textwrap
import types
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "torch.md"
BEGIN, END = "<!-- absent: written by jittape.tools.absent -->\n", "<!-- end of absent -->"
ROOMS = ("", "Tensor", "nn", "nn.functional", "nn.init", "nn.utils", "optim", "optim.lr_scheduler", "linalg", "special", "autograd", "distributions", "utils.data")
"""Of torch; each is compared by its public names."""
KINDS = (
    ("complex numbers", r"complex|^c(half|float|double)$|real$|^(imag|conj|resolve|is_conj|is_neg|polar|angle|adjoint|eig|eigvals|m?H|.*stft)"),
    ("sparse tensors", r"sparse|coalesce|csr|csc|bsr|bsc|coo|^(col_|crow_)?indices|values_copy|smm$|spmm|dense_dim|^to_(dense|mkldnn|padded)|saddmm|sspaddmm|hspmm|dsmm"),
    ("quantised numbers", r"quant|^q_|qint|int_repr|qscheme|^q?uint\d|per_(channel|tensor)|fake_|fbgemm|^int\d$|^bits?\d|int[48]x|scaled_(grouped_)?mm"),
    ("half precision and graphics processors", r"half|16|float[48]|autocast|GradScaler|cudnn|miopen|mkldnn|cuda|ipu|xpu|mtia|hpu|vulkan|maia|xla|Stream|Event|DataParallel|SyncBatch|Distributed|is_m(eta|ps)|pinned"),
    ("compilation and exchange", r"compile|^sym_|^Sym|Script|JIT|vmap|cond$|while_loop|fork$|wait$|dlpack|from_file|Future|graph|^is_distributed|DataPipe|datapipe|typename"),
    ("sizes known at the first call", r"^Lazy|Uninit"),
)
"""What is left out on purpose, and the names that belong to it; the rest stands under its room."""
CALLABLE = (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType)


def documented(room: Any) -> list[str]:
    """The public names of a room of torch that have a description."""
    found = []
    for name in dir(room):
        member = getattr(room, name, None) if not name.startswith("_") else None
        if isinstance(member, type):
            if member.__module__.split(".")[0] != "torch" or member.__module__.startswith(("torch._C", "torch._", "torch.types", "torch.utils._")):
                continue
        elif not isinstance(member, (*CALLABLE, types.GetSetDescriptorType)):
            continue
        elif getattr(member, "__module__", None) in ("typing", "builtins", "copy", "functools", "contextlib"):
            continue
        if getattr(member, "__doc__", None) and "deprecated" not in str(member.__doc__)[:200].lower():
            found.append(name)
    return found


def absent() -> dict[str, list[str]]:
    """Kind, or room, -> the names that are not there."""
    found: dict[str, list[str]] = {}
    for room in ROOMS:
        if room == "Tensor":
            theirs, mine = importlib.import_module("torch").Tensor, importlib.import_module("jittape").Tensor
        else:
            theirs, mine = (importlib.import_module(f"{top}.{room}".rstrip(".")) for top in ("torch", "jittape.torch"))
        for name in documented(theirs):
            if not hasattr(mine, name):
                kind = next((k for k, pattern in KINDS if re.search(pattern, name)), f"`torch.{room}`" if room else "`torch`")
                found.setdefault(kind, []).append(name if kind.startswith("`") or not room else f"{room}.{name}")
    return found


def text() -> str:
    """The list, as it stands on the page."""
    rows = []
    kinds = [k for k, _ in KINDS]
    for kind, names in sorted(absent().items(), key=lambda item: (item[0] in kinds, kinds.index(item[0]) if item[0] in kinds else 0)):
        listed = textwrap.fill(", ".join(f"`{n}`" for n in sorted(set(names))), 130, break_long_words=False, break_on_hyphens=False)
        rows.append(f"**{kind}** ({len(set(names))})\n\n{listed}\n")
    return "\n" + "\n".join(rows) + "\n"


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(before + BEGIN + text() + END + rest.split(END)[1], encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
