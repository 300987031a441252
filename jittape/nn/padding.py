"""Layers: what is put around an image."""

from __future__ import annotations

from typing import Any, ClassVar

from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn.activations import Layer


class _Pad(Layer):
    axes: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self.axes) if isinstance(padding, int) else tuple(padding)

    def forward(self, x: Any) -> Tensor:
        return F.pad(x, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, x: Any) -> Tensor:
        return F.pad(x, self.padding, value=self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad1d(_ConstantPad):
    """More elements around the last axis: a constant."""

    axes = 1


class ConstantPad2d(_ConstantPad):
    """More elements around the last two axes: a constant."""

    axes = 2


class ConstantPad3d(_ConstantPad):
    """More elements around the last three axes: a constant."""

    axes = 3


class ZeroPad1d(_ZeroPad):
    """More elements around the last axis: zeros."""

    axes = 1


class ZeroPad2d(_ZeroPad):
    """More elements around the last two axes: zeros."""

    axes = 2


class ZeroPad3d(_ZeroPad):
    """More elements around the last three axes: zeros."""

    axes = 3


class ReflectionPad1d(_Pad):
    """More elements around the last axis: a reflection."""

    axes = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """More elements around the last two axes: a reflection."""

    axes = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """More elements around the last three axes: a reflection."""

    axes = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """More elements around the last axis: copies of the edge."""

    axes = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """More elements around the last two axes: copies of the edge."""

    axes = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """More elements around the last three axes: copies of the edge."""

    axes = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """More elements around the last axis: the other end."""

    axes = 1
    mode = "circular"


class CircularPad2d(_Pad):
    """More elements around the last two axes: the other end."""

    axes = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """More elements around the last three axes: the other end."""

    axes = 3
    mode = "circular"
