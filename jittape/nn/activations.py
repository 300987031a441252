"""Activations as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jittape.eager.creation import check_device, full
from jittape.eager.tensor import Tensor
from jittape.nn import functional as F
from jittape.nn.documented import twin
from jittape.nn.module import Module, Parameter

if TYPE_CHECKING:

    class Layer(Module):
        """A module that makes a tensor of a tensor."""

        def __call__(self, x: Any) -> Tensor: ...

else:
    Layer = Module


@twin(F.relu)
class ReLU(Layer):
    """max(x, 0)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


@twin(F.relu6)
class ReLU6(Layer):
    """min(max(x, 0), 6)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.min_val, self.max_val, self.inplace = 0.0, 6.0, inplace

    def forward(self, input: Any) -> Tensor:
        return F.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


@twin(F.leaky_relu)
class LeakyReLU(Layer):
    """x where it is positive, negative_slope * x elsewhere."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Any) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


@twin(F.rrelu)
class RReLU(Layer):
    """LeakyReLU with slopes that are drawn while training."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Any) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


@twin(F.elu)
class ELU(Layer):
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Any) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


@twin(F.selu)
class SELU(Layer):
    """ELU with constants for which networks normalise themselves."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.selu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


@twin(F.celu)
class CELU(Layer):
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1))."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Any) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


@twin(F.gelu)
class GELU(Layer):
    """x times the normal distribution function of x."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Tensor:
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


@twin(F.silu)
class SiLU(Layer):
    """x * sigmoid(x)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.silu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


@twin(F.mish)
class Mish(Layer):
    """x * tanh(softplus(x))."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.mish(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


@twin(F.tanh)
class Tanh(Layer):
    """The hyperbolic tangent."""

    def forward(self, input: Any) -> Tensor:
        return F.tanh(input)


@twin(F.sigmoid)
class Sigmoid(Layer):
    """1 / (1 + exp(-x))."""

    def forward(self, input: Any) -> Tensor:
        return F.sigmoid(input)


@twin(F.logsigmoid)
class LogSigmoid(Layer):
    """log(sigmoid(x))."""

    def forward(self, input: Any) -> Tensor:
        return F.logsigmoid(input)


@twin(F.softplus)
class Softplus(Layer):
    """log(1 + exp(beta x)) / beta."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Any) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


@twin(F.softsign)
class Softsign(Layer):
    """x / (1 + abs(x))."""

    def forward(self, input: Any) -> Tensor:
        return F.softsign(input)


@twin(F.tanhshrink)
class Tanhshrink(Layer):
    """x - tanh(x)."""

    def forward(self, input: Any) -> Tensor:
        return F.tanhshrink(input)


@twin(F.softshrink)
class Softshrink(Layer):
    """x moved towards zero by lambd."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Tensor:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


@twin(F.hardshrink)
class Hardshrink(Layer):
    """x, but zero within lambd of zero."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Tensor:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


@twin(F.hardtanh)
class Hardtanh(Layer):
    """x, limited to [min_val, max_val]."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Any) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


@twin(F.hardsigmoid)
class Hardsigmoid(Layer):
    """(x + 3) / 6, limited to [0, 1]."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.hardsigmoid(input, self.inplace)


@twin(F.hardswish)
class Hardswish(Layer):
    """x * hardsigmoid(x)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.hardswish(input, self.inplace)


@twin(F.threshold)
class Threshold(Layer):
    """x where it is above the threshold, the value elsewhere."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Any) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


@twin(F.glu)
class GLU(Layer):
    """The first half along an axis times the sigmoid of the second."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Tensor:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


@twin(F.softmax)
class Softmax(Layer):
    """exp(x) / sum(exp(x)) along an axis."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Tensor:
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


@twin(F.log_softmax)
class LogSoftmax(Layer):
    """The logarithm of softmax."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Tensor:
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


@twin(F.softmin)
class Softmin(Layer):
    """Softmax of -x."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Tensor:
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Layer):
    """Softmax over the channels of (N, C, H, W) or (C, H, W).

    Raises:
        ValueError: by a call: an input of other axes.

    Example:
        >>> import jittape as jt
        >>> jt.nn.Softmax2d()(jt.zeros(1, 2, 1, 1)).flatten()
        tensor([0.5, 0.5])
    """

    def forward(self, input: Any) -> Tensor:
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3)


class PReLU(Layer):
    """LeakyReLU whose slope is learned.

    Args:
        num_parameters: 1, or the number of channels.
        init: the first slope.
        device: "cpu", or None.
        dtype: of the slopes; `default_dtype()` by default.

    Example:
        >>> import jittape as jt
        >>> jt.nn.PReLU()(jt.tensor([-1.0, 2.0])).detach()
        tensor([-0.25,  2.  ])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        check_device(device)
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(full((num_parameters,), init, dtype=self.default_dtype() if dtype is None else dtype))

    def reset_parameters(self) -> None:
        """Begin at the first slope again."""
        self.weight.detach().fill_(self.init)

    def forward(self, input: Any) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
