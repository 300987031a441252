"""Layers and activations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jittape.eager.creation import check_device, empty
from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn import init
from jittape.nn.module import Module, Parameter

if TYPE_CHECKING:

    class Layer(Module):
        """A module that makes a tensor of a tensor."""

        def __call__(self, x: Any) -> Tensor: ...

else:
    Layer = Module


class Linear(Layer):
    """y = x @ weight.T + bias.

    Args:
        in_features, out_features: lengths of the last axis of x and y.
        bias: whether there is one.
        device: "cpu", or None.
        dtype: of the parameters; `default_dtype()` by default.

    Attributes:
        weight: (out_features, in_features), drawn from U(-k, k) with k = 1 / sqrt(in_features).
        bias: (out_features,), drawn likewise, or None.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        check_device(device)
        dtype = self.default_dtype() if dtype is None else dtype
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(out_features, in_features, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        k = 1 / math.sqrt(self.in_features) if self.in_features else 0.0
        init.uniform_(self.weight, -k, k)
        if self.bias is not None:
            init.uniform_(self.bias, -k, k)

    def forward(self, x: Any) -> Tensor:
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class ReLU(Layer):
    """max(x, 0)."""

    def forward(self, x: Any) -> Tensor:
        return F.relu(x)


class Tanh(Layer):
    """The hyperbolic tangent."""

    def forward(self, x: Any) -> Tensor:
        return F.tanh(x)


class Sigmoid(Layer):
    """1 / (1 + exp(-x))."""

    def forward(self, x: Any) -> Tensor:
        return F.sigmoid(x)


class Softplus(Layer):
    """log(1 + exp(x))."""

    def forward(self, x: Any) -> Tensor:
        return F.softplus(x)


class Identity(Layer):
    """Its argument."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        return x
