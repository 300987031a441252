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

    def forward(self, input: Any) -> Tensor:
        if self.mode == "circular" and input.dim() not in (self.axes + 1, self.axes + 2):
            raise ValueError(f"expected {self.axes + 1}D or {self.axes + 2}D input (got {input.dim()}D input)")
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Tensor:
        return F.pad(input, self.padding, value=self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad1d(_ConstantPad):
    """More elements around the last axis: a constant.

    Args:
        padding: a number for all ends, or (before, after).
        value: the constant.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ConstantPad1d(1, 7.0)(jt.tensor([[[1.0, 2.0, 3.0]]])).flatten()
        tensor([7., 1., 2., 3., 7.])
    """

    axes = 1


class ConstantPad2d(_ConstantPad):
    """More elements around the last two axes: a constant.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of the one before it.
        value: the constant.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ConstantPad2d((1, 1, 0, 0), 7.0)(jt.tensor([[[[1.0, 2.0, 3.0]]]])).flatten()
        tensor([7., 1., 2., 3., 7.])
    """

    axes = 2


class ConstantPad3d(_ConstantPad):
    """More elements around the last three axes: a constant.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of those before it.
        value: the constant.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ConstantPad3d((1, 1, 0, 0, 0, 0), 7.0)(jt.tensor([[[[[1.0, 2.0, 3.0]]]]])).flatten()
        tensor([7., 1., 2., 3., 7.])
    """

    axes = 3


class ZeroPad1d(_ZeroPad):
    """More elements around the last axis: zeros.

    Args:
        padding: a number for all ends, or (before, after).

    Example:
        >>> import jittape as jt
        >>> jt.nn.ZeroPad1d(1)(jt.tensor([[[1.0, 2.0, 3.0]]])).flatten()
        tensor([0., 1., 2., 3., 0.])
    """

    axes = 1


class ZeroPad2d(_ZeroPad):
    """More elements around the last two axes: zeros.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of the one before it.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ZeroPad2d((1, 1, 0, 0))(jt.tensor([[[[1.0, 2.0, 3.0]]]])).flatten()
        tensor([0., 1., 2., 3., 0.])
    """

    axes = 2


class ZeroPad3d(_ZeroPad):
    """More elements around the last three axes: zeros.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of those before it.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ZeroPad3d((1, 1, 0, 0, 0, 0))(jt.tensor([[[[[1.0, 2.0, 3.0]]]]])).flatten()
        tensor([0., 1., 2., 3., 0.])
    """

    axes = 3


class ReflectionPad1d(_Pad):
    """More elements around the last axis: a reflection, without the edge itself.

    Args:
        padding: a number for all ends, or (before, after).

    Example:
        >>> import jittape as jt
        >>> jt.nn.ReflectionPad1d(1)(jt.tensor([[[1.0, 2.0, 3.0]]])).flatten()
        tensor([2., 1., 2., 3., 2.])
    """

    axes = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """More elements around the last two axes: a reflection, without the edge itself.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of the one before it.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ReflectionPad2d((1, 1, 0, 0))(jt.tensor([[[[1.0, 2.0, 3.0]]]])).flatten()
        tensor([2., 1., 2., 3., 2.])
    """

    axes = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """More elements around the last three axes: a reflection, without the edge itself.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of those before it.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ReflectionPad3d((1, 1, 0, 0, 0, 0))(jt.tensor([[[[[1.0, 2.0, 3.0]]]]])).flatten()
        tensor([2., 1., 2., 3., 2.])
    """

    axes = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """More elements around the last axis: copies of the edge.

    Args:
        padding: a number for all ends, or (before, after).

    Example:
        >>> import jittape as jt
        >>> jt.nn.ReplicationPad1d(1)(jt.tensor([[[1.0, 2.0, 3.0]]])).flatten()
        tensor([1., 1., 2., 3., 3.])
    """

    axes = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """More elements around the last two axes: copies of the edge.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of the one before it.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ReplicationPad2d((1, 1, 0, 0))(jt.tensor([[[[1.0, 2.0, 3.0]]]])).flatten()
        tensor([1., 1., 2., 3., 3.])
    """

    axes = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """More elements around the last three axes: copies of the edge.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of those before it.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ReplicationPad3d((1, 1, 0, 0, 0, 0))(jt.tensor([[[[[1.0, 2.0, 3.0]]]]])).flatten()
        tensor([1., 1., 2., 3., 3.])
    """

    axes = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """More elements around the last axis: the other end.

    Args:
        padding: a number for all ends, or (before, after).

    Example:
        >>> import jittape as jt
        >>> jt.nn.CircularPad1d(1)(jt.tensor([[[1.0, 2.0, 3.0]]])).flatten()
        tensor([3., 1., 2., 3., 1.])
    """

    axes = 1
    mode = "circular"


class CircularPad2d(_Pad):
    """More elements around the last two axes: the other end.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of the one before it.

    Example:
        >>> import jittape as jt
        >>> jt.nn.CircularPad2d((1, 1, 0, 0))(jt.tensor([[[[1.0, 2.0, 3.0]]]])).flatten()
        tensor([3., 1., 2., 3., 1.])
    """

    axes = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """More elements around the last three axes: the other end.

    Args:
        padding: a number for all ends, or (before, after) of the last one, then of those before it.

    Example:
        >>> import jittape as jt
        >>> jt.nn.CircularPad3d((1, 1, 0, 0, 0, 0))(jt.tensor([[[[[1.0, 2.0, 3.0]]]]])).flatten()
        tensor([3., 1., 2., 3., 1.])
    """

    axes = 3
    mode = "circular"
