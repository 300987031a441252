"""torch.nn: the modules of `jittape.nn`, whose parameters have PyTorch's default dtype."""

from __future__ import annotations

import importlib as _importlib
import inspect as _inspect
import typing as _typing

from jittape import nn as _nn
from jittape.errors import page as _page
from jittape.nn import *  # noqa: F403
from jittape.nn.lazy import Lazy as _Lazy
from jittape.torch.dtypes import get_default_dtype as _get_default_dtype
from jittape.torch.paths import also as _also

__all__ = [*_nn.__all__, "DataParallel"]
functional, init, parallel, parameter, utils = (_importlib.import_module(f"{__name__}.{_room}") for _room in ("functional", "init", "parallel", "parameter", "utils"))
DataParallel = parallel.DataParallel


def _of_default_dtype(layer: type) -> type:
    """A layer whose parameters are of the dtype that torch.set_default_dtype set, unless it is told another."""
    return type(layer.__name__, (layer,), {"__module__": __name__, "__qualname__": layer.__name__, "__doc__": vars(layer)["__doc__"],
                                           "default_dtype": staticmethod(_get_default_dtype)})  # fmt: skip


for _name in _nn.__all__:
    _layer = getattr(_nn, _name)
    if isinstance(_layer, type) and issubclass(_layer, _nn.Module) and (issubclass(_layer, _Lazy) or "dtype" in _inspect.signature(_layer.__init__).parameters):  # type: ignore[misc]
        globals()[_name] = _of_default_dtype(_layer)


def __dir__() -> list[str]:
    return list(__all__)


def __getattr__(name: str) -> _typing.Any:
    raise AttributeError(f"jittape.torch.nn has no {name!r}; what differs from PyTorch is listed at {_page('torch')}")


_also(__name__, "modules", *(f"modules.{_file}" for _file in ("activation", "batchnorm", "container", "conv", "distance", "dropout", "flatten", "fold", "instancenorm", "linear", "loss",
      "module", "normalization", "padding", "pixelshuffle", "pooling", "rnn", "sparse", "transformer", "upsampling")))  # fmt: skip
