"""Layers: pooling: a number for each window of an image."""

from __future__ import annotations

from typing import Any, ClassVar

from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn.activations import Layer
from jittape.nn.documented import twin
from jittape.nn.functional.windows import sizes


class _MaxPool(Layer):
    axes: ClassVar[int]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, return_indices: bool = False, ceil_mode: bool = False) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.return_indices, self.ceil_mode = padding, dilation, return_indices, ceil_mode

    def forward(self, input: Any) -> Any:
        pool = getattr(F, f"max_pool{self.axes}d")
        return pool(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, ceil_mode={self.ceil_mode}"


@twin(F.max_pool1d)
class MaxPool1d(_MaxPool):
    """The largest number of each window of (N, C, L)."""

    axes = 1


@twin(F.max_pool2d)
class MaxPool2d(_MaxPool):
    """The largest number of each window of (N, C, H, W)."""

    axes = 2


@twin(F.max_pool3d)
class MaxPool3d(_MaxPool):
    """The largest number of each window of (N, C, D, H, W)."""

    axes = 3


class _MaxUnpool(Layer):
    axes: ClassVar[int]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Tensor:
        return getattr(F, f"max_unpool{self.axes}d")(input, indices, self.kernel_size, self.stride, self.padding, output_size)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


@twin(F.max_unpool1d)
class MaxUnpool1d(_MaxUnpool):
    """The numbers of MaxPool1d at their places."""

    axes = 1


@twin(F.max_unpool2d)
class MaxUnpool2d(_MaxUnpool):
    """The numbers of MaxPool2d at their places."""

    axes = 2


@twin(F.max_unpool3d)
class MaxUnpool3d(_MaxUnpool):
    """The numbers of MaxPool3d at their places."""

    axes = 3


class _FractionalMaxPool(Layer):
    axes: ClassVar[int]

    def __init__(self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False, _random_samples: Any = None) -> None:
        super().__init__()
        name, n = type(self).__name__, self.axes
        self.kernel_size, self.return_indices = sizes("kernel_size", kernel_size, n), return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else sizes("output_size", output_size, n)
        self.output_ratio = (output_ratio,) * n if isinstance(output_ratio, (int, float)) else output_ratio
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Any) -> Any:
        pool = getattr(F, f"fractional_max_pool{self.axes}d")
        return pool(input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples)


@twin(F.fractional_max_pool2d)
class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest number of windows at random places of (N, C, H, W)."""

    axes = 2


@twin(F.fractional_max_pool3d)
class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest number of windows at random places of (N, C, D, H, W)."""

    axes = 3


class _AvgPool(Layer):
    axes: ClassVar[int]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Any = None) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override = padding, ceil_mode, count_include_pad, divisor_override
        if self.axes == 1:
            self.kernel_size, self.stride, self.padding = (sizes(name, v, 1) for name, v in (("kernel_size", self.kernel_size), ("stride", self.stride), ("padding", padding)))

    def forward(self, input: Any) -> Tensor:
        more = () if self.axes == 1 else (self.divisor_override,)
        return getattr(F, f"avg_pool{self.axes}d")(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, *more)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


@twin(F.avg_pool1d, divisor_override="accepted; it does nothing here.")
class AvgPool1d(_AvgPool):
    """The mean of each window of (N, C, L)."""

    axes = 1


@twin(F.avg_pool2d)
class AvgPool2d(_AvgPool):
    """The mean of each window of (N, C, H, W)."""

    axes = 2


@twin(F.avg_pool3d)
class AvgPool3d(_AvgPool):
    """The mean of each window of (N, C, D, H, W)."""

    axes = 3


class _Adaptive(Layer):
    name: ClassVar[str]

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Any) -> Any:
        more = {"return_indices": True} if self.return_indices else {}
        return getattr(F, self.name)(input, self.output_size, **more)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


@twin(F.adaptive_avg_pool1d, return_indices="False, as means have no places.")
class AdaptiveAvgPool1d(_Adaptive):
    """Means of so many windows that the result has this length."""

    name = "adaptive_avg_pool1d"


@twin(F.adaptive_avg_pool2d, return_indices="False, as means have no places.")
class AdaptiveAvgPool2d(_Adaptive):
    """Means of so many windows that the result has this size."""

    name = "adaptive_avg_pool2d"


@twin(F.adaptive_avg_pool3d, return_indices="False, as means have no places.")
class AdaptiveAvgPool3d(_Adaptive):
    """Means of so many windows that the result has this size."""

    name = "adaptive_avg_pool3d"


@twin(F.adaptive_max_pool1d)
class AdaptiveMaxPool1d(_Adaptive):
    """Maxima of so many windows that the result has this length."""

    name = "adaptive_max_pool1d"


@twin(F.adaptive_max_pool2d)
class AdaptiveMaxPool2d(_Adaptive):
    """Maxima of so many windows that the result has this size."""

    name = "adaptive_max_pool2d"


@twin(F.adaptive_max_pool3d)
class AdaptiveMaxPool3d(_Adaptive):
    """Maxima of so many windows that the result has this size."""

    name = "adaptive_max_pool3d"


@twin(F.lp_pool1d)
class LPPool1d(Layer):
    """The root of the sum of powers of each window of (N, C, L)."""

    pool = staticmethod(F.lp_pool1d)

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input: Any) -> Tensor:
        return self.pool(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, ceil_mode={self.ceil_mode}"


@twin(F.lp_pool2d)
class LPPool2d(LPPool1d):
    """The root of the sum of powers of each window of (N, C, H, W)."""

    pool = staticmethod(F.lp_pool2d)


@twin(F.lp_pool3d)
class LPPool3d(LPPool1d):
    """The root of the sum of powers of each window of (N, C, D, H, W)."""

    pool = staticmethod(F.lp_pool3d)
