"""Layers that look at images: convolutions, pooling, padding, resizing."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from jittape.eager.creation import check_device, empty
from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn import init
from jittape.nn.activations import Layer
from jittape.nn.functional.convolution import sizes
from jittape.nn.module import Parameter

PADDINGS = ("zeros", "reflect", "replicate", "circular")


class _Conv(Layer):
    """What convolutions of one to three axes have in common."""

    axes: ClassVar[int]
    transposed: ClassVar[bool] = False

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
        dtype = self.default_dtype() if dtype is None else dtype
        first = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self.weight = Parameter(empty(*first, *self.kernel_size, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew: U(-k, k) with k = 1 / sqrt(numbers that enter an output)."""
        inputs = self.weight.shape[1] * math.prod(self.kernel_size)
        if inputs:
            k = 1 / math.sqrt(inputs)
            for parameter in (self.weight, self.bias):
                if parameter is not None:
                    init.uniform_(parameter, -k, k)

    def forward(self, x: Any) -> Tensor:
        convolve = getattr(F, f"conv{self.axes}d")
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            if padding == "same":
                margins = [v for k, d in zip(reversed(self.kernel_size), reversed(self.dilation), strict=True) for v in (d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2)]
            else:
                margins = [v for p in reversed(padding if padding != "valid" else (0,) * self.axes) for v in (p, p)]
            x, padding = F.pad(x, margins, self.padding_mode), 0
        return convolve(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)  # type: ignore[no-any-return]

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

    Attributes:
        weight: (out_channels, in_channels / groups, kernel).
        bias: (out_channels,), or None.
    """

    axes = 1


class Conv2d(_Conv):
    """The correlation of images (N, C, H, W) with kernels that are learned; see Conv1d.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Conv2d(3, 8, 3, padding=1)(jt.zeros(5, 3, 16, 16)).shape
        jittape.Size([5, 8, 16, 16])
    """

    axes = 2


class Conv3d(_Conv):
    """The correlation of (N, C, D, H, W) with kernels that are learned; see Conv1d."""

    axes = 3


class _ConvTranspose(_Conv):
    transposed = True

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1,
                 bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype)
        self.output_padding = sizes("output_padding", output_padding, self.axes)

    def forward(self, x: Any, output_size: Any = None) -> Tensor:
        extra = self.output_padding
        if output_size is not None:
            wanted = tuple(output_size)[-self.axes :]
            least = [(s - 1) * st - 2 * p + d * (k - 1) + 1 for s, st, p, d, k in zip(x.shape[-self.axes :], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)]
            extra = tuple(w - m for w, m in zip(wanted, least, strict=True))
            if any(not 0 <= e < max(s, d) for e, s, d in zip(extra, self.stride, self.dilation, strict=True)):
                raise ValueError(f"requested an output size of {wanted}, but valid sizes begin at {least} (for an input of {tuple(x.shape)})")
        convolve = getattr(F, f"conv_transpose{self.axes}d")
        return convolve(x, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)  # type: ignore[no-any-return]


class ConvTranspose1d(_ConvTranspose):
    """The adjoint of Conv1d by its input, which makes images larger."""

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """The adjoint of Conv2d by its input."""

    axes = 2


class ConvTranspose3d(_ConvTranspose):
    """The adjoint of Conv3d by its input."""

    axes = 3


# --- pooling -----------------------------------------------------------------------------------------------------------------------


class _MaxPool(Layer):
    axes: ClassVar[int]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, return_indices: bool = False, ceil_mode: bool = False) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.return_indices, self.ceil_mode = padding, dilation, return_indices, ceil_mode

    def forward(self, x: Any) -> Any:
        pool = getattr(F, f"max_pool{self.axes}d")
        return pool(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, ceil_mode={self.ceil_mode}"


class MaxPool1d(_MaxPool):
    """The largest number of each window of (N, C, L)."""

    axes = 1


class MaxPool2d(_MaxPool):
    """The largest number of each window of (N, C, H, W)."""

    axes = 2


class MaxPool3d(_MaxPool):
    """The largest number of each window of (N, C, D, H, W)."""

    axes = 3


class _MaxUnpool(Layer):
    axes: ClassVar[int]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding

    def forward(self, x: Any, indices: Any, output_size: Any = None) -> Tensor:
        return getattr(F, f"max_unpool{self.axes}d")(x, indices, self.kernel_size, self.stride, self.padding, output_size)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """The numbers of MaxPool1d at their places."""

    axes = 1


class MaxUnpool2d(_MaxUnpool):
    """The numbers of MaxPool2d at their places."""

    axes = 2


class _AvgPool(Layer):
    axes: ClassVar[int]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Any = None) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override = padding, ceil_mode, count_include_pad, divisor_override
        if self.axes == 1:
            self.kernel_size, self.stride, self.padding = (sizes("", v, 1) for v in (self.kernel_size, self.stride, padding))

    def forward(self, x: Any) -> Tensor:
        more = () if self.axes == 1 else (self.divisor_override,)
        return getattr(F, f"avg_pool{self.axes}d")(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, *more)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window of (N, C, L)."""

    axes = 1


class AvgPool2d(_AvgPool):
    """The mean of each window of (N, C, H, W)."""

    axes = 2


class AvgPool3d(_AvgPool):
    """The mean of each window of (N, C, D, H, W)."""

    axes = 3


class _Adaptive(Layer):
    name: ClassVar[str]

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, x: Any) -> Any:
        more = {"return_indices": True} if self.return_indices else {}
        return getattr(F, self.name)(x, self.output_size, **more)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_Adaptive):
    """Means of so many windows that the result has this length."""

    name = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_Adaptive):
    """Means of so many windows that the result has this size."""

    name = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_Adaptive):
    """Means of so many windows that the result has this size."""

    name = "adaptive_avg_pool3d"


class AdaptiveMaxPool1d(_Adaptive):
    """Maxima of so many windows that the result has this length."""

    name = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_Adaptive):
    """Maxima of so many windows that the result has this size."""

    name = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_Adaptive):
    """Maxima of so many windows that the result has this size."""

    name = "adaptive_max_pool3d"


class LPPool1d(Layer):
    """The root of the sum of powers of each window of (N, C, L)."""

    pool = staticmethod(F.lp_pool1d)

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, x: Any) -> Tensor:
        return self.pool(x, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, ceil_mode={self.ceil_mode}"


class LPPool2d(LPPool1d):
    """The root of the sum of powers of each window of (N, C, H, W)."""

    pool = staticmethod(F.lp_pool2d)


# --- what is put around, and pixels --------------------------------------------------------------------------------------------------


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


class Upsample(Layer):
    """Images of another size; see functional.interpolate."""

    def __init__(self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None) -> None:
        super().__init__()
        self.size, self.mode, self.align_corners, self.recompute_scale_factor = size, mode, align_corners, recompute_scale_factor
        self.scale_factor = tuple(map(float, scale_factor)) if isinstance(scale_factor, tuple) else float(scale_factor) if scale_factor else None

    def forward(self, x: Any) -> Tensor:
        return F.interpolate(x, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor)

    def extra_repr(self) -> str:
        return (f"scale_factor={self.scale_factor!r}" if self.scale_factor is not None else f"size={self.size!r}") + f", mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Upsample by the nearest pixel."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Upsample by bilinear interpolation between aligned corners."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", True)


class PixelShuffle(Layer):
    """(N, C r r, H, W) as (N, C, H r, W r)."""

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, x: Any) -> Tensor:
        return F.pixel_shuffle(x, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Layer):
    """(N, C, H r, W r) as (N, C r r, H, W)."""

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, x: Any) -> Tensor:
        return F.pixel_unshuffle(x, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Layer):
    """Channels in groups, one of each after the other."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Any) -> Tensor:
        return F.channel_shuffle(x, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class Unfold(Layer):
    """The windows of images as columns."""

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, x: Any) -> Tensor:
        return F.unfold(x, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Layer):
    """The adjoint of Unfold."""

    def __init__(self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.output_size, self.kernel_size, self.dilation, self.padding, self.stride = output_size, kernel_size, dilation, padding, stride

    def forward(self, x: Any) -> Tensor:
        return F.fold(x, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"
