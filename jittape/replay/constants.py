"""Arguments of a recording that hold no real numbers (an order, a mode, None): they are constants of it, and may be given again."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.sparse_operands import is_sparse

MOST = 1 << 16
"""Elements of arrays that a file keeps."""
KINDS = ("b", "i", "u")
SCALARS: tuple[tuple[type, ...], ...] = ((bool, np.bool_), (int, np.integer), (float, np.floating))
"""Numbers that stand for one another where they are equal. A truth value is no integer: `True` is one in Python, and means something else."""


class Unknown:
    """A constant that a file could not keep; of it only the name of its class is known."""

    def __init__(self, name: str) -> None:
        self.name = name


def _kind(x: Any) -> int:
    return next((k for k, types in enumerate(SCALARS) if isinstance(x, types)), -1)


def same(x: Any, recorded: Any) -> bool:
    """Whether a constant that is given to a call is the one that was recorded."""
    if x is recorded:
        return True
    kind = _kind(recorded)
    try:
        if kind >= 0:
            return _kind(x) == kind and bool(x == recorded)
        if isinstance(recorded, np.ndarray):
            return isinstance(x, np.ndarray) and x.dtype.kind == recorded.dtype.kind and np.array_equal(x, recorded)
        if type(x) is not type(recorded):
            return False
        if is_sparse(recorded):
            return x.shape == recorded.shape and not (x != recorded).nnz
        if isinstance(recorded, (tuple, list)):
            return len(x) == len(recorded) and all(map(same, x, recorded))
        if isinstance(recorded, dict):
            return x.keys() == recorded.keys() and all(same(x[key], value) for key, value in recorded.items())
        return bool(x == recorded)
    except Exception:  # of a class of the user's
        return False


def shown(x: Any) -> str:
    """A constant in the words of a message."""
    if isinstance(x, Unknown):
        return f"a {x.name}"
    text = repr(x)
    return text if len(text) <= 60 and "\n" not in text else f"a {type(x).__name__}"


def described(x: Any) -> Any:
    """A constant in terms of JSON."""
    if x is None or type(x) in (bool, int, float, str):
        return {"value": x}
    if isinstance(x, (np.bool_, np.integer)):
        return {"value": x.item()}
    if type(x) in (tuple, list):
        return {type(x).__name__: [described(v) for v in x]}
    if type(x) is dict and all(type(key) is str for key in x):
        return {"dict": {key: described(v) for key, v in x.items()}}
    if type(x) is np.ndarray and x.dtype.kind in KINDS and x.size <= MOST:
        return {"array": x.tolist(), "shape": list(x.shape), "kind": x.dtype.kind}
    return {"other": type(x).__name__}


def read(spec: Any) -> Any:
    """The constant that `described` described; ValueError, TypeError or KeyError where nothing was."""
    if "value" in spec:
        if spec["value"] is not None and type(spec["value"]) not in (bool, int, float, str):
            raise ValueError("a constant that is none")
        return spec["value"]
    if "array" in spec:
        if spec["kind"] not in KINDS:
            raise ValueError("a constant of another dtype")
        return np.array(spec["array"], {"b": bool, "i": np.int64, "u": np.uint64}[spec["kind"]]).reshape([int(n) for n in spec["shape"]])
    if "dict" in spec:
        return {str(key): read(v) for key, v in spec["dict"].items()}
    if "other" in spec:
        return Unknown(str(spec["other"]))
    ((name, items),) = spec.items()
    return {"tuple": tuple, "list": list}[name](map(read, items))
