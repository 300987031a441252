"""Layers that normalise."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from jittape.eager.creation import check_device, ones, tensor, zeros
from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn import init
from jittape.nn.activations import Layer
from jittape.nn.documented import twin
from jittape.nn.module import Parameter


class _Scaled(Layer):
    """What has a scale, or None, and perhaps a shift."""

    def reset_parameters(self) -> None:
        """Begin the scale at 1 and the shift at 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if getattr(self, "bias", None) is not None:
            init.zeros_(self.bias)


class _Norm(_Scaled):
    """Normalisation with running means and variances of channels."""

    dims: ClassVar[tuple[int, ...]]
    """How many axes an input may have."""
    affine_default, track_default = True, True

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool | None = None, track_running_stats: bool | None = None,
                 device: Any = None, dtype: Any = None, *, bias: bool = True) -> None:  # fmt: skip
        super().__init__()
        check_device(device)
        dtype = self.default_dtype() if dtype is None else dtype
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine = self.affine_default if affine is None else affine
        self.track_running_stats = self.track_default if track_running_stats is None else track_running_stats
        for name, there in (("weight", self.affine), ("bias", self.affine and bias)):
            self.register_parameter(name, Parameter(zeros(num_features, dtype=dtype)) if there else None)
        tracked = self.track_running_stats
        self.register_buffer("running_mean", zeros(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", ones(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Begin the running mean at 0 and the variance at 1."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Begin running means, scale and shift anew."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check(self, x: Any) -> None:
        if x.dim() not in self.dims:
            raise ValueError(f"{type(self).__name__}: expected {' or '.join(f'{d}D' for d in self.dims)} input (got {x.dim()}D input)")
        if x.dim() > 1 and x.shape[1 if x.dim() == max(self.dims) or min(self.dims) == 2 else 0] != self.num_features:
            raise ValueError(f"{type(self).__name__}: expected {self.num_features} channels, but got an input of shape {tuple(x.shape)}")

    def extra_repr(self) -> str:
        shown = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        return f"{shown}, bias={self.bias is not None}, track_running_stats={self.track_running_stats}"


class _BatchNorm(_Norm):
    def forward(self, input: Any) -> Tensor:
        self._check(input)
        share = self.momentum
        if self.training and self.track_running_stats:
            self.num_batches_tracked.add_(1)
            if share is None:
                share = 1.0 / self.num_batches_tracked.item()
        by_batch = self.training or self.running_mean is None
        moved = not self.training or self.track_running_stats
        mean, var = (self.running_mean, self.running_var) if moved else (None, None)
        return F.batch_norm(input, mean, var, self.weight, self.bias, by_batch, 0.0 if share is None else share, self.eps)


class BatchNorm1d(_BatchNorm):
    """Channels of (N, C) or (N, C, L) with mean 0 and variance 1 over the batch, scaled and shifted.

    Args:
        num_features: C.
        eps: is added to the variance.
        momentum: by which the running mean and variance move; None for the mean of all batches.
        affine: whether there are a scale and a shift that are learned.
        track_running_stats: whether running ones are kept, which `eval()` uses.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.
        bias: whether there is a shift.

    Example:
        >>> import jittape as jt
        >>> norm = jt.nn.BatchNorm1d(1)
        >>> norm(jt.tensor([[1.0], [3.0]])).detach().round(decimals=3)
        tensor([[-1.],
                [ 1.]])
        >>> norm.reset_running_stats()
    """

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Channels of (N, C, H, W) with mean 0 and variance 1 over the batch, scaled and shifted.

    Args:
        num_features, eps, momentum, affine, track_running_stats, device, dtype, bias: see `BatchNorm1d`.

    Example:
        >>> import jittape as jt
        >>> jt.nn.BatchNorm2d(3)(jt.ones(5, 3, 4, 4)).shape
        jittape.Size([5, 3, 4, 4])
    """

    dims = (4,)


class BatchNorm3d(_BatchNorm):
    """Channels of (N, C, D, H, W) with mean 0 and variance 1 over the batch, scaled and shifted.

    Args:
        num_features, eps, momentum, affine, track_running_stats, device, dtype, bias: see `BatchNorm1d`.

    Example:
        >>> import jittape as jt
        >>> jt.nn.BatchNorm3d(3)(jt.ones(5, 3, 2, 2, 2)).shape
        jittape.Size([5, 3, 2, 2, 2])
    """

    dims = (5,)


class _InstanceNorm(_Norm):
    affine_default = track_default = False

    def forward(self, input: Any) -> Tensor:
        single = input.dim() == min(self.dims)
        input = input.unsqueeze(0) if single else input
        if input.shape[1] != self.num_features and self.affine:
            raise ValueError(f"expected input's size at dim=1 to match num_features ({self.num_features}), but got: {input.shape[1]}.")
        by_input = self.training or not self.track_running_stats
        out = F.instance_norm(input, self.running_mean, self.running_var, self.weight, self.bias, by_input, self.momentum or 0.0, self.eps)
        return out[0] if single else out


class InstanceNorm1d(_InstanceNorm):
    """Channels of each sample (N, C, L) with mean 0 and variance 1.

    Args:
        num_features, eps, momentum, device, dtype, bias: see `BatchNorm1d`.
        affine, track_running_stats: see there; False by default.

    Example:
        >>> import jittape as jt
        >>> jt.nn.InstanceNorm1d(1)(jt.tensor([[[1.0, 3.0]]])).round(decimals=3)
        tensor([[[-1.,  1.]]])
    """

    dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Channels of each sample (N, C, H, W) with mean 0 and variance 1.

    Args:
        num_features, eps, momentum, device, dtype, bias: see `BatchNorm1d`.
        affine, track_running_stats: see there; False by default.

    Example:
        >>> import jittape as jt
        >>> jt.nn.InstanceNorm2d(3)(jt.ones(5, 3, 4, 4)).shape
        jittape.Size([5, 3, 4, 4])
    """

    dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Channels of each sample (N, C, D, H, W) with mean 0 and variance 1.

    Args:
        num_features, eps, momentum, device, dtype, bias: see `BatchNorm1d`.
        affine, track_running_stats: see there; False by default.

    Example:
        >>> import jittape as jt
        >>> jt.nn.InstanceNorm3d(3)(jt.ones(5, 3, 2, 2, 2)).shape
        jittape.Size([5, 3, 2, 2, 2])
    """

    dims = (4, 5)


class LayerNorm(_Scaled):
    """The last axes with mean 0 and variance 1, scaled and shifted.

    Args:
        normalized_shape: of the last axes, a number or several.
        eps: is added to the variance.
        elementwise_affine, bias: whether there are a scale and a shift, of that shape.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Example:
        >>> import jittape as jt
        >>> jt.nn.LayerNorm(2)(jt.tensor([[1.0, 3.0]])).detach().round(decimals=3)
        tensor([[-1.,  1.]])
    """

    def __init__(self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        check_device(device)
        dtype = self.default_dtype() if dtype is None else dtype
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, (int, np.integer)) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter("weight", Parameter(ones(*self.normalized_shape, dtype=dtype)) if elementwise_affine else None)
        self.register_parameter("bias", Parameter(zeros(*self.normalized_shape, dtype=dtype)) if elementwise_affine and bias else None)

    def forward(self, input: Any) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"


class RMSNorm(_Scaled):
    """The last axes divided by the root of the mean of their squares, scaled.

    Args:
        normalized_shape: of the last axes, a number or several.
        eps: is added to the mean; that of the dtype by default.
        elementwise_affine: whether there is a scale, of that shape.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Example:
        >>> import jittape as jt
        >>> jt.nn.RMSNorm(2)(jt.tensor([[3.0, 3.0]])).detach().round(decimals=3)
        tensor([[1., 1.]])
    """

    def __init__(self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        check_device(device)
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, (int, np.integer)) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        dtype = self.default_dtype() if dtype is None else dtype
        self.register_parameter("weight", Parameter(ones(*self.normalized_shape, dtype=dtype)) if elementwise_affine else None)

    def forward(self, input: Any) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(_Scaled):
    """Groups of channels of (N, C, ...) with mean 0 and variance 1, scaled and shifted a channel.

    Args:
        num_groups, num_channels: how many groups, and channels C.
        eps: is added to the variance.
        affine, bias: whether there are a scale and a shift, (C,).
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Raises:
        ValueError: the channels do not split into so many groups.

    Example:
        >>> import jittape as jt
        >>> jt.nn.GroupNorm(2, 4)(jt.tensor([[1.0, 3.0, 5.0, 9.0]])).detach().round(decimals=3)
        tensor([[-1.,  1., -1.,  1.]])
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True) -> None:
        super().__init__()
        check_device(device)
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        dtype = self.default_dtype() if dtype is None else dtype
        self.register_parameter("weight", Parameter(ones(num_channels, dtype=dtype)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_channels, dtype=dtype)) if affine and bias else None)

    def forward(self, input: Any) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


@twin(F.local_response_norm)
class LocalResponseNorm(Layer):
    """Channels divided by how large their neighbours are."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
