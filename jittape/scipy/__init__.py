"""SciPy's namespace for functions that are differentiated: `from jittape.scipy import special, stats`.

Names, signatures and results are SciPy's. Called with plain values a function is SciPy's own; with recorded values, or tensors, it
is recorded as NumPy's functions are. A name that has no rule is SciPy's own as well, and says so if a recorded value is passed to
it. docs/scipy.md lists what is differentiated, and by which arguments.

Example:
    >>> import numpy as np, jittape as jt
    >>> from jittape.scipy import special
    >>> jt.grad(lambda x: special.logsumexp(x))(np.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
"""

from __future__ import annotations

import importlib
from typing import Any

ROOMS = ("fft", "integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "sparse", "sparse.linalg", "spatial.distance", "special", "stats")
"""Modules of SciPy of which something is declared here."""


def __getattr__(name: str) -> Any:
    if any(name == room.partition(".")[0] for room in ROOMS):
        return importlib.import_module(f"jittape.scipy.{name}")
    if name.startswith("__"):
        raise AttributeError(name)
    scipy = importlib.import_module("scipy")
    try:
        return getattr(scipy, name)
    except AttributeError:
        raise AttributeError(f"module 'jittape.scipy' has no attribute {name!r}, nor has SciPy") from None


def __dir__() -> list[str]:
    return sorted({*(room.partition(".")[0] for room in ROOMS), *(x for x in dir(importlib.import_module("scipy")) if not x.startswith("_"))})


def way(name: str) -> str | None:
    """What to write in place of SciPy's function of this full name, given a recorded value; None where there is nothing here."""
    room = next((r for r in sorted(ROOMS, key=len, reverse=True) if name.startswith(f"scipy.{r}.")), None)
    if room is None:
        return None
    module = importlib.import_module(f"jittape.scipy.{room}")
    from jittape.scipy.declare import DECLARED

    known = next((path for path in (name, name.rpartition(".")[0]) if path in DECLARED), None)
    if known is None:
        return None
    if known != name:
        method, methods, ours = name.rpartition(".")[2], DECLARED[known].methods, getattr(module, known.rpartition(".")[2])
        if methods and method not in methods:
            return None
        if isinstance(ours, type) and not hasattr(ours, method):
            return None  # objects of plain data are SciPy's own
    parent, _, leaf = f"jittape.scipy.{room}".rpartition(".")
    return f"Import it from jittape: `from {parent} import {leaf}`, whose {name.removeprefix(f'scipy.{room}.')} is recorded"
