"""Activations: functions of elements, and of a row of them.

At a kink the derivative is PyTorch's: that of the branch which `where` takes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager.creation import as_tensor, generator
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""Klambauer et al. (2017): with these the mean and the variance of what enters stay 0 and 1."""


def _applied(x: Tensor, y: Tensor, inplace: bool) -> Tensor:
    """The result y of a function of x, in the memory of x if that is wanted."""
    if not inplace:
        return y
    x._check_in_place()  # type: ignore[attr-defined]
    return x._become(y)  # type: ignore[attr-defined, no-any-return]


def relu(x: Any, inplace: bool = False) -> Tensor:
    """max(x, 0), element by element; the derivative at 0 is 0.

    Args:
        x: a tensor of any shape.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.relu(jt.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    x = as_tensor(x)
    return x.relu_() if inplace else x.relu()  # type: ignore[no-any-return]


def relu_(x: Any) -> Tensor:
    """`relu` in place, of a tensor x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.relu_(jt.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    return relu(x, True)


def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent of a tensor x, element by element.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.tanh(jt.tensor([0.0, 100.0]))
        tensor([0., 1.])
    """
    return as_tensor(x).tanh()  # type: ignore[no-any-return]


def sigmoid(x: Any) -> Tensor:
    """The logistic function 1 / (1 + exp(-x)) of a tensor x, element by element.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.sigmoid(jt.tensor([0.0, 100.0]))
        tensor([0.5, 1. ])
    """
    return as_tensor(x).sigmoid()  # type: ignore[no-any-return]


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold.

    Args:
        x: a tensor of any shape.
        beta: how sharp the bend is.
        threshold: from where on the function is x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softplus(jt.tensor([0.0, 50.0])).round(decimals=4)
        tensor([ 0.6931, 50.    ])
    """
    x = as_tensor(x)
    if beta == 1:
        y = x.softplus()
    else:
        y = (x * beta).softplus() / beta
    return y if threshold == 20 and beta == 1 else where(x.detach() * beta > threshold, x, y)  # type: ignore[no-any-return]


def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x, limited to [min_val, max_val]; the derivative at the limits is zero.

    Args:
        x: a tensor of any shape.
        min_val, max_val: the limits.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardtanh(jt.tensor([-2.0, 0.5, 2.0]))
        tensor([-1. ,  0.5,  1. ])
    """
    x = as_tensor(x)
    v = x.detach()
    return _applied(x, where(v <= min_val, min_val, where(v >= max_val, max_val, x)), inplace)


def hardtanh_(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh` in place, of a tensor x, with limits `min_val` and `max_val`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardtanh_(jt.tensor([-2.0, 0.5, 2.0]))
        tensor([-1. ,  0.5,  1. ])
    """
    return hardtanh(x, min_val, max_val, True)


def relu6(x: Any, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6), element by element.

    Args:
        x: a tensor of any shape.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.relu6(jt.tensor([-1.0, 2.0, 9.0]))
        tensor([0., 2., 6.])
    """
    return hardtanh(x, 0.0, 6.0, inplace)


def leaky_relu(x: Any, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where it is positive, negative_slope * x elsewhere.

    Args:
        x: a tensor of any shape.
        negative_slope: the derivative of the other side, and at 0.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.leaky_relu(jt.tensor([-1.0, 2.0]), negative_slope=0.1)
        tensor([-0.1,  2. ])
    """
    x = as_tensor(x)
    return _applied(x, where(x.detach() > 0, x, x * negative_slope), inplace)


def leaky_relu_(x: Any, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu` in place, of a tensor x, with the slope `negative_slope`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.leaky_relu_(jt.tensor([-1.0, 2.0]), 0.5)
        tensor([-0.5,  2. ])
    """
    return leaky_relu(x, negative_slope, True)


def prelu(x: Any, weight: Tensor) -> Tensor:
    """`leaky_relu` with a slope that is learned, one for all or one a channel (the second axis).

    Args:
        x: a tensor of any shape, (N, C, ...) for a slope a channel.
        weight: the slopes, (1,) or (C,).

    Raises:
        ShapeError: another number of slopes than of channels.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.prelu(jt.tensor([-1.0, 2.0]), jt.tensor([0.5]))
        tensor([-0.5,  2. ])
    """
    x = as_tensor(x)
    if weight.numel() > 1:
        channels = x.shape[1] if x.dim() > 1 else 1
        if weight.numel() != channels:
            raise ShapeError(f"prelu: {weight.numel()} slopes do not fit {channels} channels of an input of shape {tuple(x.shape)}")
        weight = weight.reshape((1, -1) + (1,) * (x.dim() - 2))
    return where(x.detach() > 0, x, x * weight)  # type: ignore[no-any-return]


def rrelu(x: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False) -> Tensor:
    """`leaky_relu` with slopes that are drawn while training, and their mean otherwise.

    Args:
        x: a tensor of any shape.
        lower, upper: the slopes are uniform between these.
        training: whether they are drawn.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.rrelu(jt.tensor([-1.0, 2.0]), lower=0.5, upper=0.5, training=True)
        tensor([-0.5,  2. ])
    """
    x = as_tensor(x)
    slope: Any = (lower + upper) / 2
    if training:
        slope = concrete(generator().uniform(lower, upper, tuple(x.shape)).astype(x.dtype))
    return _applied(x, where(x.detach() > 0, x, x * slope), inplace)


def _exponential(x: Tensor, alpha: float, scale: float, inner: float) -> Tensor:
    """scale * x where x is positive, scale * alpha * (exp(x / inner) - 1) elsewhere, without overflow of what is not taken."""
    positive = x.detach() > 0
    low = where(positive, 0.0, x)
    return where(positive, x * scale, (low if inner == 1 else low / inner).expm1() * (alpha * scale))  # type: ignore[no-any-return]


def elu(x: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, alpha * (exp(x) - 1) elsewhere.

    Args:
        x: a tensor of any shape.
        alpha: minus the limit far below zero.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.elu(jt.tensor([-100.0, 2.0]))
        tensor([-1.,  2.])
    """
    x = as_tensor(x)
    return _applied(x, _exponential(x, alpha, 1.0, 1.0), inplace)


def elu_(x: Any, alpha: float = 1.0) -> Tensor:
    """`elu` in place, of a tensor x, with the limit -`alpha`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.elu_(jt.tensor([-100.0, 2.0]))
        tensor([-1.,  2.])
    """
    return elu(x, alpha, True)


def selu(x: Any, inplace: bool = False) -> Tensor:
    """`elu` with constants for which networks normalise themselves (Klambauer et al., 2017).

    Args:
        x: a tensor of any shape.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.selu(jt.tensor([-100.0, 1.0])).round(decimals=4)
        tensor([-1.7581,  1.0507])
    """
    x = as_tensor(x)
    return _applied(x, _exponential(x, SELU_ALPHA, SELU_SCALE, 1.0), inplace)


def celu(x: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)), element by element.

    Args:
        x: a tensor of any shape.
        alpha: minus the limit far below zero.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.celu(jt.tensor([-100.0, 2.0]), alpha=2.0)
        tensor([-2.,  2.])
    """
    x = as_tensor(x)
    return _applied(x, _exponential(x, alpha, 1.0, alpha), inplace)


def gelu(x: Any, approximate: str = "none") -> Tensor:
    """x times the normal distribution function of x.

    Args:
        x: a tensor of any shape.
        approximate: "tanh" takes a hyperbolic tangent in place of the distribution function, "none" itself.

    Raises:
        RuntimeError: another `approximate`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.gelu(jt.tensor([-1.0, 0.0, 1.0])).round(decimals=4)
        tensor([-0.1587,  0.    ,  0.8413])
    """
    x = as_tensor(x)
    if approximate == "tanh":
        return 0.5 * x * (1.0 + (math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)).tanh())  # type: ignore[no-any-return]
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    return x * 0.5 * (1.0 + (x * math.sqrt(0.5)).erf())  # type: ignore[no-any-return]


def silu(x: Any, inplace: bool = False) -> Tensor:
    """x * sigmoid(x), element by element.

    Args:
        x: a tensor of any shape.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.silu(jt.tensor([-1.0, 0.0, 1.0])).round(decimals=4)
        tensor([-0.2689,  0.    ,  0.7311])
    """
    x = as_tensor(x)
    return _applied(x, x * x.sigmoid(), inplace)


def mish(x: Any, inplace: bool = False) -> Tensor:
    """x * tanh(softplus(x)), element by element.

    Args:
        x: a tensor of any shape.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.mish(jt.tensor([-1.0, 0.0, 1.0])).round(decimals=4)
        tensor([-0.3034,  0.    ,  0.8651])
    """
    x = as_tensor(x)
    return _applied(x, x * x.softplus().tanh(), inplace)


def hardsigmoid(x: Any, inplace: bool = False) -> Tensor:
    """(x + 3) / 6, limited to [0, 1].

    Args:
        x: a tensor of any shape.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardsigmoid(jt.tensor([-4.0, 0.0, 4.0]))
        tensor([0. , 0.5, 1. ])
    """
    x = as_tensor(x)
    v = x.detach()
    return _applied(x, where(v <= -3, 0.0, where(v >= 3, 1.0, (x + 3.0) / 6.0)), inplace)


def hardswish(x: Any, inplace: bool = False) -> Tensor:
    """x * hardsigmoid(x), element by element.

    Args:
        x: a tensor of any shape.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardswish(jt.tensor([-4.0, 1.5, 4.0]))
        tensor([0.   , 1.125, 4.   ])
    """
    x = as_tensor(x)
    v = x.detach()
    return _applied(x, where(v <= -3, 0.0, where(v >= 3, x, x * (x + 3.0) / 6.0)), inplace)


def logsigmoid(x: Any) -> Tensor:
    """The logarithm of the logistic function of a tensor x, without overflow.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.logsigmoid(jt.tensor([0.0, -1000.0])).round(decimals=4)
        tensor([-6.931e-01, -1.000e+03])
    """
    return -(-as_tensor(x)).softplus()  # type: ignore[no-any-return]


def softsign(x: Any) -> Tensor:
    """x / (1 + abs(x)), element by element of a tensor x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softsign(jt.tensor([-1.0, 3.0]))
        tensor([-0.5 ,  0.75])
    """
    x = as_tensor(x)
    return x / (1.0 + x.abs())  # type: ignore[no-any-return]


def tanhshrink(x: Any) -> Tensor:
    """x - tanh(x), element by element of a tensor x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.tanhshrink(jt.tensor([0.0, 100.0]))
        tensor([ 0., 99.])
    """
    x = as_tensor(x)
    return x - x.tanh()  # type: ignore[no-any-return]


def softshrink(x: Any, lambd: float = 0.5) -> Tensor:
    """x moved towards zero by lambd, and zero within.

    Args:
        x: a tensor of any shape.
        lambd: how far, 0 or more.

    Raises:
        RuntimeError: `lambd` is negative.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softshrink(jt.tensor([-2.0, 0.25, 2.0]), lambd=0.5)
        tensor([-1.5,  0. ,  1.5])
    """
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    x = as_tensor(x)
    v = x.detach()
    return where(v > lambd, x - lambd, where(v < -lambd, x + lambd, x * 0.0))  # type: ignore[no-any-return]


def hardshrink(x: Any, lambd: float = 0.5) -> Tensor:
    """x, but zero within lambd of zero.

    Args:
        x: a tensor of any shape.
        lambd: how far.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardshrink(jt.tensor([-2.0, 0.25, 2.0]), lambd=0.5)
        tensor([-2.,  0.,  2.])
    """
    x = as_tensor(x)
    v = x.detach()
    return where((v >= -lambd) & (v <= lambd), 0.0, x)  # type: ignore[no-any-return]


def threshold(x: Any, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where it is above the threshold, the value elsewhere.

    Args:
        x: a tensor of any shape.
        threshold: the threshold.
        value: what stands below it.
        inplace: write the result into x.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.threshold(jt.tensor([-2.0, 0.5, 2.0]), threshold=1.0, value=0.0)
        tensor([0., 0., 2.])
    """
    x = as_tensor(x)
    return _applied(x, where(x.detach() <= threshold, value, x), inplace)


def glu(x: Any, dim: int = -1) -> Tensor:
    """The first half along an axis times the sigmoid of the second.

    Args:
        x: a tensor with an axis of even length.
        dim: the axis.

    Raises:
        ShapeError: the axis is of odd length.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.glu(jt.tensor([2.0, 4.0, 0.0, 0.0]))
        tensor([1., 2.])
    """
    x = as_tensor(x)
    if x.dim() == 0 or x.shape[dim] % 2:
        raise ShapeError(f"glu: Halving dimension must be even, but dimension {dim} of an input of shape {tuple(x.shape)} is not")
    a, b = x.chunk(2, dim)
    return a * b.sigmoid()  # type: ignore[no-any-return]


def _axis(x: Tensor, dim: int | None) -> int:
    """The axis of a function that was given none: PyTorch takes the first one of 0, 1 and 3 axes, else the second."""
    return dim if dim is not None else 0 if x.dim() in (0, 1, 3) else 1


def softmax(x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(x) / sum(exp(x)) along an axis, without overflow.

    Args:
        x: a tensor.
        dim: the axis; by default the first one of 0, 1 and 3 axes, else the second.
        dtype: what x is converted to first.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softmax(jt.tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1)
        tensor([[0.5, 0.5],
                [1. , 0. ]])
    """
    x = as_tensor(x) if dtype is None else as_tensor(x).to(dtype)
    return x.softmax(_axis(x, dim))  # type: ignore[no-any-return]


def log_softmax(x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax` along an axis, without overflow.

    Args:
        x: a tensor.
        dim: the axis; by default the first one of 0, 1 and 3 axes, else the second.
        dtype: what x is converted to first.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.log_softmax(jt.tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1).round(decimals=4)
        tensor([[-6.931e-01, -6.931e-01],
                [ 0.000e+00, -1.000e+03]])
    """
    x = as_tensor(x) if dtype is None else as_tensor(x).to(dtype)
    return x.log_softmax(_axis(x, dim))  # type: ignore[no-any-return]


def softmin(x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The softmax of -x along an axis.

    Args:
        x: a tensor.
        dim: the axis; by default the first one of 0, 1 and 3 axes, else the second.
        dtype: what x is converted to first.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softmin(jt.tensor([0.0, 0.0]), dim=0)
        tensor([0.5, 0.5])
    """
    return softmax(-as_tensor(x), dim, dtype=dtype)


def gumbel_softmax(logits: Any, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample of the Gumbel-softmax distribution (Jang et al., 2017).

    Args:
        logits: unnormalised log-probabilities.
        tau: the temperature.
        hard: one-hot samples, differentiated as the soft ones.
        eps: accepted; it does nothing.
        dim: the axis of the classes.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.gumbel_softmax(jt.zeros(3), hard=True).sum()
        tensor(1.)
    """
    logits = as_tensor(logits)
    noise = concrete(generator().gumbel(size=tuple(logits.shape)).astype(logits.dtype))
    soft: Tensor = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    best = np.argmax(soft.values(), axis=dim, keepdims=True)
    one = np.zeros(tuple(soft.shape), logits.dtype)
    np.put_along_axis(one, best, 1.0, axis=dim)
    return concrete(one) - soft.detach() + soft  # type: ignore[no-any-return]
