"""torch.return_types: the classes of what functions of several results give."""

from typing import Any as _Any

from jittape.eager.results import RETURN_TYPES as _RETURN_TYPES

globals().update(_RETURN_TYPES)
__all__ = sorted(_RETURN_TYPES)  # noqa: PLE0605


def __getattr__(name: str) -> _Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
