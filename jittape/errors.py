"""The family of exceptions. Each is also a built-in exception of the same meaning, so that `except TypeError` works."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

__all__ = [
    "BranchChanged", "BranchError", "CheckFailed", "DensePatternError", "DerivativeLostError", "FreedGraphError",
    "GradientError", "JittapeError", "PatternChanged", "RecordingError", "ShapeError", "SharedSlotsError",
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
    """Base of every error that jittape raises of its own."""


class RecordingError(JittapeError, TypeError):
    """An operation cannot be recorded; the message names it and the way round."""


class DerivativeLostError(JittapeError, TypeError):
    """A conversion (`float(x)`, storing into a plain array) would drop the derivative in silence."""


class BranchError(JittapeError, RuntimeError):
    """A recording that is to be replayed depends on the value of a recorded array."""


class BranchChanged(BranchError):
    """A recorded function was called where it decides otherwise than when it was recorded; the message names the line."""


class ShapeError(JittapeError, RuntimeError, ValueError):
    """Shapes of tensors that do not fit together: a RuntimeError as in PyTorch and a ValueError as in NumPy."""


class TapeMismatchError(JittapeError, ValueError):
    """Arrays of two tapes or two threads were mixed."""


class TapeLimitError(JittapeError, MemoryError):
    """A tape reached its limit of slots or memory; the tape as it was stays usable."""


class TapeFileError(JittapeError, ValueError):
    """A saved tape is damaged, of an unknown version, or no tape at all."""


class SharedSlotsError(JittapeError, RuntimeError):
    """The gradient of a view was asked for, and on the tape its elements are those of another tensor."""


class FreedGraphError(JittapeError, RuntimeError):
    """Backward through a graph that an earlier backward freed."""


class GradientError(JittapeError, TypeError):
    """A derivative was asked of a function or argument that has none; the message says what to pass instead."""


class CheckFailed(JittapeError, AssertionError):
    """`jittape.testing` found a derivative that is not right."""


class DensePatternError(JittapeError, MemoryError):
    """A sparsity pattern has more entries than its limit: it is dense, or nearly."""


class PatternChanged(JittapeError, RuntimeError):
    """A sparse derivative has entries outside the structure that an optimiser was told, at a point that takes another path.

    Attributes:
        what: which matrix.
        x: the point.
    """

    def __init__(self, message: str, what: str = "", x: Any = None) -> None:
        super().__init__(message)
        self.what, self.x = what, x
