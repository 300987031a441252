"""Layers: convolutions, and their adjoints."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from jittape.eager.creation import check_device
from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn import init
from jittape.nn.activations import Layer
from jittape.nn.functional.windows import sizes
from jittape.nn.module import Parameter

PADDINGS = ("zeros", "reflect", "replicate", "circular")


class _Conv(Layer):
    """What convolutions of one to three axes have in common."""

    axes: ClassVar[int]
    transposed: ClassVar[bool] = False
    weight: Parameter
    bias: Parameter

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
                 bias: bool = True, padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        check_device(device)
        n = self.axes
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(f"{name} must be divisible by groups")
        if padding_mode not in PADDINGS:
            raise ValueError(f"padding_mode must be one of {PADDINGS}, but got padding_mode='{padding_mode}'")
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string {padding!r}, should be one of 'same', 'valid'")
        self.in_channels, self.out_channels, self.groups, self.padding_mode = in_channels, out_channels, groups, padding_mode
        self.padding: Any
        self.kernel_size, self.stride, self.dilation = sizes("kernel_size", kernel_size, n), sizes("stride", stride, n), sizes("dilation", dilation, n)
        self.padding = padding if isinstance(padding, str) else sizes("padding", padding, n)
        if padding == "same" and any(s != 1 for s in self.stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
        self.output_padding: Any = (0,) * n  # of transposed ones
        first = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self._add_parameters(dtype, weight=(*first, *self.kernel_size), bias=(out_channels,) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew: U(-k, k) with k = 1 / sqrt(numbers that enter an output)."""
        inputs = self.weight.shape[1] * math.prod(self.kernel_size)
        if inputs:
            k = 1 / math.sqrt(inputs)
            for parameter in (self.weight, self.bias):
                if parameter is not None:
                    init.uniform_(parameter, -k, k)

    def forward(self, input: Any) -> Tensor:
        convolve = getattr(F, f"conv{self.axes}d")
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            if padding == "same":
                margins = [v for k, d in zip(reversed(self.kernel_size), reversed(self.dilation), strict=True) for v in (d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2)]
            else:
                margins = [v for p in reversed(padding if padding != "valid" else (0,) * self.axes) for v in (p, p)]
            input, padding = F.pad(input, margins, self.padding_mode), 0
        return convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        if isinstance(self.padding, str) or any(self.padding):
            parts.append(f"padding={self.padding}")
        if any(d != 1 for d in self.dilation):
            parts.append(f"dilation={self.dilation}")
        if any(getattr(self, "output_padding", ())):
            parts.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
        return ", ".join(parts)


class Conv1d(_Conv):
    """The correlation of (N, C, L) with kernels that are learned.

    Args:
        in_channels, out_channels: of input and result.
        kernel_size, stride, padding, dilation: numbers, or one an axis; padding may be "same" or "valid".
        groups: parts into which the channels are split.
        bias: whether a number a channel is added.
        padding_mode: "zeros", "reflect", "replicate" or "circular".
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Attributes:
        weight: (out_channels, in_channels / groups, kernel).
        bias: (out_channels,), or None.

    Raises:
        ValueError: channels that do not split into the groups, another padding or mode.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Conv1d(3, 8, 3)(jt.zeros(5, 3, 16)).shape
        jittape.Size([5, 8, 14])
    """

    axes = 1


class Conv2d(_Conv):
    """The correlation of images (N, C, H, W) with kernels that are learned.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype: see `Conv1d`, whose
            attributes and errors these are.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Conv2d(3, 8, 3, padding=1)(jt.zeros(5, 3, 16, 16)).shape
        jittape.Size([5, 8, 16, 16])
    """

    axes = 2


class Conv3d(_Conv):
    """The correlation of (N, C, D, H, W) with kernels that are learned.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype: see `Conv1d`, whose
            attributes and errors these are.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Conv3d(1, 2, 2)(jt.zeros(5, 1, 4, 4, 4)).shape
        jittape.Size([5, 2, 3, 3, 3])
    """

    axes = 3


class _ConvTranspose(_Conv):
    transposed = True

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1,
                 bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype)
        self.output_padding = sizes("output_padding", output_padding, self.axes)

    def forward(self, input: Any, output_size: Any = None) -> Tensor:
        extra = self.output_padding
        if output_size is not None:
            wanted = tuple(output_size)[-self.axes :]
            least = [(s - 1) * st - 2 * p + d * (k - 1) + 1 for s, st, p, d, k in zip(input.shape[-self.axes :], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)]
            extra = tuple(w - m for w, m in zip(wanted, least, strict=True))
            if any(not 0 <= e < max(s, d) for e, s, d in zip(extra, self.stride, self.dilation, strict=True)):
                raise ValueError(f"requested an output size of {wanted}, but valid sizes begin at {least} (for an input of {tuple(input.shape)})")
        convolve = getattr(F, f"conv_transpose{self.axes}d")
        return convolve(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)  # type: ignore[no-any-return]


class ConvTranspose1d(_ConvTranspose):
    """The adjoint of Conv1d by its input, which makes images larger.

    Args:
        in_channels, out_channels: of input and result.
        kernel_size, stride, padding, dilation: those of the convolution, numbers or one an axis.
        output_padding: how much longer the result is at its end.
        groups: parts into which the channels are split.
        bias: whether a number a channel is added.
        padding_mode: "zeros".
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Attributes:
        weight: (in_channels, out_channels / groups, kernel).
        bias: (out_channels,), or None.

    Raises:
        ValueError: channels that do not split into the groups, or another padding mode.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ConvTranspose1d(3, 8, 4, stride=2)(jt.zeros(5, 3, 16)).shape
        jittape.Size([5, 8, 34])
    """

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """The adjoint of Conv2d by its input.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, dtype: see
            `ConvTranspose1d`, whose attributes and errors these are.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ConvTranspose2d(3, 8, 2, stride=2)(jt.zeros(5, 3, 4, 4)).shape
        jittape.Size([5, 8, 8, 8])
    """

    axes = 2


class ConvTranspose3d(_ConvTranspose):
    """The adjoint of Conv3d by its input.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, dtype: see
            `ConvTranspose1d`, whose attributes and errors these are.

    Example:
        >>> import jittape as jt
        >>> jt.nn.ConvTranspose3d(1, 2, 2)(jt.zeros(5, 1, 2, 2, 2)).shape
        jittape.Size([5, 2, 3, 3, 3])
    """

    axes = 3
