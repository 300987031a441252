"""torch.nn.init: the functions of `jittape.nn.init`, and the names without underscore that the first versions of PyTorch had."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from jittape.nn import init as _init
from jittape.nn.init import *  # noqa: F403

OLD = ("constant", "dirac", "eye", "kaiming_normal", "kaiming_uniform", "normal", "orthogonal", "sparse", "uniform", "xavier_normal", "xavier_uniform")


def _old(name: str) -> Callable[..., Any]:
    function = getattr(_init, f"{name}_")

    @functools.wraps(function)
    def deprecated(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    deprecated.__name__ = deprecated.__qualname__ = name
    return deprecated


globals().update({name: _old(name) for name in OLD})
__all__ = [*_init.__all__, *OLD]


def __dir__() -> list[str]:
    return list(__all__)
