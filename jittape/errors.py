"""The family of exceptions. Each is also a built-in exception of the same meaning, so that `except TypeError` works."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

from numpy import linalg as _linalg

__all__ = [
    "BranchChanged", "BranchError", "CheckFailed", "DensePatternError", "DerivativeLostError", "FreedGraphError",
    "GradientError", "JittapeError", "MatrixError", "PatternChanged", "RecordingError", "ShapeError", "SharedSlotsError",
    "TapeFileError", "TapeLimitError", "TapeMismatchError",
]  # fmt: skip


def __dir__() -> list[str]:
    return list(__all__)


@cache
def _site() -> str:
    """The address of the documentation that the package's metadata name; empty where it is not installed."""
    import importlib.metadata  # for start-up

    with suppress(importlib.metadata.PackageNotFoundError):
        for url in importlib.metadata.metadata("jittape").get_all("Project-URL") or ():
            name, _, place = url.partition(",")
            if name == "Documentation":
                return str(place).strip().rstrip("/")
    return ""


def page(name: str) -> str:
    """Where a page of the documentation is: its address, or its file in the repository where the package is not installed.

    Args:
        name: of the page: "limitations".
    """
    site = _site()
    return f"{site}/{name}.html" if site else f"docs/{name}.md"


class JittapeError(Exception):
    """Base of every error that jittape raises of its own.

    Each is a built-in exception of the same meaning as well: a `GradientError` is a `TypeError`.
    """


class RecordingError(JittapeError, TypeError):
    """An operation cannot be recorded; the message names it and the way round."""


class DerivativeLostError(JittapeError, TypeError):
    """A conversion (`float(x)`, storing into a plain array) would drop the derivative in silence.

    Example:
        >>> import jittape as jt
        >>> jt.grad(lambda x: float(x) ** 2)(1.0)
        Traceback (most recent call last):
        jittape.errors.DerivativeLostError: float() of a recorded value would drop its derivative in silence ...
    """


class BranchError(JittapeError, RuntimeError):
    """A recording that is to be replayed depends on the value of a recorded array."""


class BranchChanged(BranchError):
    """A recorded function was called where it decides otherwise than when it was recorded; the message names the line.

    Example:
        >>> import jittape as jt
        >>> F = jt.record(lambda x: x if x > 0 else -x, 1.0, on_branch="raise")
        >>> F(-1.0)
        Traceback (most recent call last):
        jittape.errors.BranchChanged: <lambda> takes another way here than where it was recorded: ...
    """


class ShapeError(JittapeError, RuntimeError, ValueError):
    """Shapes of tensors that do not fit together: a RuntimeError as in PyTorch and a ValueError as in NumPy.

    Example:
        >>> import jittape as jt
        >>> jt.ones(2).mm(jt.ones(2, 2))
        Traceback (most recent call last):
        jittape.errors.ShapeError: mm(): self must be a matrix
    """


class MatrixError(JittapeError, _linalg.LinAlgError, RuntimeError):
    """A matrix that an operation of tensors cannot take (singular, not positive definite, not square): NumPy's LinAlgError, and a RuntimeError as in PyTorch.

    Example:
        >>> import jittape as jt
        >>> jt.zeros(2, 2).inverse()
        Traceback (most recent call last):
        jittape.errors.MatrixError: inverse(): Singular matrix
    """


class TapeMismatchError(JittapeError, ValueError):
    """Arrays of two recordings, or of two threads, were mixed.

    Example:
        >>> import jittape as jt
        >>> kept = []
        >>> _ = jt.grad(lambda x: kept.append(x) or 2 * x)(1.0)
        >>> jt.grad(lambda y: y * kept[0])(1.0)
        Traceback (most recent call last):
        jittape.errors.TapeMismatchError: arrays of two recordings were mixed: ...
    """


class TapeLimitError(JittapeError, MemoryError):
    """A tape reached its limit of slots or memory; the tape as it was stays usable."""


class TapeFileError(JittapeError, ValueError):
    """A saved tape is damaged, of an unknown version, or no tape at all."""


class SharedSlotsError(JittapeError, RuntimeError):
    """The gradient of a view was asked for, and on the tape its elements are those of another tensor."""


class FreedGraphError(JittapeError, RuntimeError):
    """Backward through a graph that an earlier backward freed; `retain_graph=True` there keeps it.

    Example:
        >>> import jittape as jt
        >>> y = jt.tensor(2.0, requires_grad=True) ** 2
        >>> y.backward()
        >>> y.backward()
        Traceback (most recent call last):
        jittape.errors.FreedGraphError: Trying to backward through the graph a second time ...
    """


class GradientError(JittapeError, TypeError):
    """A derivative was asked of a function or argument that has none; the message says what to pass instead.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.grad(lambda x: x**2)(np.ones(2))
        Traceback (most recent call last):
        jittape.errors.GradientError: grad needs a function that returns a scalar; this one returned an array of shape (2,). ...
    """


class CheckFailed(JittapeError, AssertionError):
    """`jittape.testing` found a derivative that is not right; the message shows it beside the numeric one.

    Example:
        >>> import jittape as jt
        >>> f = jt.primitive(lambda x: x**2, vjp=lambda g, out, x: 3 * g * x)  # 2 is right
        >>> jt.testing.check_grad(f, 2.0)
        Traceback (most recent call last):
        jittape.errors.CheckFailed: <lambda>: the derivative with respect to argument 0 is wrong
        ...
    """


class DensePatternError(JittapeError, MemoryError):
    """A sparsity pattern has more entries than its limit: it is dense, or nearly."""


class PatternChanged(JittapeError, RuntimeError):
    """A sparse derivative has entries outside the structure that an optimiser was told, at a point that takes another path.

    Args:
        message: what happened.

    Attributes:
        what: which matrix.
        x: the point.
    """

    def __init__(self, message: str, what: str = "", x: Any = None) -> None:
        super().__init__(message)
        self.what, self.x = what, x
