"""Which functions of NumPy take recorded arrays: the table docs/numpy.md, written by `python -m jittape.functions.coverage`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from jittape.array import protocols as dispatch
from jittape.array.array import Array

NAMESPACES = ("numpy", "numpy.linalg", "numpy.fft")
PAGE = Path(__file__).parents[2] / "docs" / "numpy.md"
DISPATCHED = (type(np.sum), np.ufunc)
WITHOUT_ARRAYS = frozenset(
    ("bmat", "busday_count", "busday_offset", "is_busday", "datetime_as_string", "isnat", "einsum_path")
)
"""Functions that are dispatched but are for other things than numbers."""

HEAD = """# NumPy functions

What recorded arrays may be passed to, under NumPy {version}. The page is written by `python -m jittape.functions.coverage`
and checked by a test; functions of newer NumPy versions are found by themselves where they are ufuncs of the operation table
([operations.md](operations.md)).

- **Structural** functions rearrange elements and append nothing to the tape.
- **Allocators** (zeros, ones, empty, full, array, asarray, eye, identity, arange, linspace, logspace, geomspace, tri, diag,
  copy, fromiter and the *_like functions) come from `import jittape.numpy as np`: while a recording is active they give
  arrays of floats (or complex numbers: [complex.md](complex.md)) that recorded values can be stored in, and plain ndarrays otherwise. Arrays of
  integers, truth values and objects stay plain: `np.arange(5)` indexes. A recordable array is known to be constant until a recorded
  value is stored in it; constants may decide branches, be converted by `float()` and be passed to any function.
- SciPy's functions convert their arguments: `jittape.scipy` has those that are recorded, under the same names ([scipy.md](scipy.md)).
- Lists and tuples of recorded values, and of tensors, are taken as arrays by `jittape.numpy`: `np.array([[a, b], [c, d]])`.
- Functions of NumPy that only take plain values (random numbers, files, dtypes) are reached through `jittape.numpy` too.
- Everything else raises `RecordingError` (a `TypeError`) that names the function and the way round. Nothing is converted to
  a plain ndarray in silence.

Views alias as in NumPy: `v = x[1:]; x[1] = y` is seen by `v`. Results are laid out in memory as NumPy's are, so that `ravel` and
`reshape` copy where NumPy copies; arrays without axes are arrays, which can be stored into. Indices, masks used as indices, sort orders and truth values
are decisions: a recording that is to be replayed (`jittape.record`) guards them.
"""


def functions(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """(name, function) of what NEP 13 and NEP 18 dispatch in a namespace, one name a function."""
    seen = set()
    for name in sorted(
        getattr(module, "__all__", dir(module)),
        key=lambda n: (n != getattr(getattr(module, n, None), "__name__", n), n),
    ):
        f = getattr(module, name, None)
        if isinstance(f, DISPATCHED) and f not in seen and name not in WITHOUT_ARRAYS:
            seen.add(f)
            yield name, f


def supported(f: Any) -> bool:
    dispatch.load()
    return f in dispatch.FUNCTIONS or f in dispatch.ufuncs()


def _module(namespace: str) -> Any:
    return np if namespace == "numpy" else getattr(np, namespace.partition(".")[2])


def names(namespace: str) -> list[str]:
    """The functions of a namespace that are recorded."""
    return [name for name, f in sorted(functions(_module(namespace))) if supported(f)]


def page() -> str:
    """The text of docs/numpy.md."""
    dispatch.load()
    lines = [HEAD.format(version=".".join(np.__version__.split(".")[:2]))]
    for namespace in NAMESPACES:
        found = sorted(functions(_module(namespace)))
        taken = names(namespace)
        lines += [f"## {namespace}", "", f"Supported ({len(taken)}):", ""] if taken else [f"## {namespace}", ""]
        lines += [_wrapped(taken), ""] if taken else []
        refused = [(name, f) for name, f in found if not supported(f)]
        if refused:
            lines += ["| Refused | Reason, or what to write instead |", "| --- | --- |"]
            lines += [
                f"| {name} | {dispatch.REASONS.get(f, 'write it with functions that are supported')} |"
                for name, f in refused
            ]
            lines.append("")
    methods = sorted(name for name in dir(np.ndarray) if not name.startswith("_"))
    lines += ["## Methods and attributes of arrays", "", _wrapped([name for name in methods if has_method(name)]), ""]
    return "\n".join(lines)


def has_method(name: str) -> bool:
    rule = dispatch.METHODS.get(name)
    return hasattr(Array, name) or (rule is not None and not getattr(rule, "is_refused", False))


def _wrapped(names: list[str]) -> str:
    return textwrap.fill(", ".join(names), 120)


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE}")
