"""The limit that is set to the memory of each tape."""

from __future__ import annotations

from typing import Any

from jittape.tape.memory import limit_idle

_limit: dict[str, int | None] = {"bytes": None}
WATCHERS: list[Any] = [lambda: limit_idle(_limit["bytes"])]
"""Called without arguments when the memory limit was set."""


def set_memory_limit(limit: int | None) -> None:
    """Limit the memory of each tape.

    Args:
        limit: bytes, or None for no limit (the default). A tape that would pass it raises `TapeLimitError` and stays as
            it was. Nor is more memory than that kept between calls (`clear_memory`).

    Raises:
        ValueError: the limit is no positive integer.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.set_memory_limit(2000)
        >>> jt.grad(lambda x: np.sum(np.sin(x)))(np.ones(100_000))
        Traceback (most recent call last):
        jittape.errors.TapeLimitError: the tape would need ... bytes for more values, more than the limit of 2,000 ...
        >>> jt.set_memory_limit(None)
    """
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit <= 0):
        raise ValueError(f"a memory limit is a positive number of bytes or None, not {limit!r}")
    _limit["bytes"] = limit
    for told in WATCHERS:
        told()


def memory_limit() -> int | None:
    """The limit that `set_memory_limit` set, in bytes, or None."""
    return _limit["bytes"]
