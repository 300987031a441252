"""torch.nn.functional: the functions of `jittape.nn.functional`, and PyTorch's other names of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from jittape.nn import functional as _F
from jittape.nn.functional import *  # noqa: F403
from jittape.nn.functional import __all__ as _known
from jittape.torch.functions import pdist

IN_PLACE = ("celu", "rrelu", "selu", "threshold")
WITH_INDICES = ("max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "fractional_max_pool2d", "fractional_max_pool3d")
MORE: dict[str, Callable[..., Any]] = {
    **{f"{name}_": partial(getattr(_F, name), inplace=True) for name in IN_PLACE},
    **{f"{name}_with_indices": partial(getattr(_F, name), return_indices=True) for name in WITH_INDICES},
    "pdist": pdist,
    "native_channel_shuffle": _F.channel_shuffle,
    "upsample_nearest": partial(_F.upsample, mode="nearest"),
    "upsample_bilinear": partial(_F.upsample, mode="bilinear", align_corners=True),
}
"""A function with an argument that its name says."""
globals().update(MORE)

__all__ = [*_known, *MORE]


def __dir__() -> list[str]:
    return list(__all__)
