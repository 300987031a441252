"""The one device there is."""

from __future__ import annotations

from typing import Any


class device(str):
    """A device by its name: "cpu". It is a text, so that it compares equal to one.

    Attributes:
        type: "cpu".
        index: 0 if it was given, else None.

    Raises:
        RuntimeError: another device than the CPU.

    Example:
        >>> import jittape.torch as torch
        >>> torch.device("cpu", 0).index
        0
    """

    type: str
    index: int | None  # type: ignore[assignment]

    def __new__(cls, name: Any = "cpu", index: int | None = None) -> device:
        kind, _, place = str(name).partition(":")
        if kind != "cpu":
            raise RuntimeError(f"jittape computes on the CPU; there is no device {name!r}")
        if place:
            index = int(place)
        new = super().__new__(cls, "cpu" if index is None else f"cpu:{index}")
        new.type, new.index = "cpu", index
        return new

    def __repr__(self) -> str:
        return f"device(type='cpu'{'' if self.index is None else f', index={self.index}'})"

    def __reduce__(self) -> Any:
        return device, (str(self),)


CPU = device("cpu")
