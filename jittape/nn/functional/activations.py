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
from jittape.nn.functional.kinds import floating

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""Klambauer et al. (2017): with these the mean and the variance of what enters stay 0 and 1."""


def _applied(x: Tensor, y: Tensor, inplace: bool) -> Tensor:
    """The result y of a function of x, in the memory of x if that is wanted."""
    if not inplace:
        return y
    x._check_in_place()  # type: ignore[attr-defined]
    return x._become(y)  # type: ignore[attr-defined, no-any-return]


def relu(input: Any, inplace: bool = False) -> Tensor:
    """max(input, 0), element by element; the derivative at 0 is 0.

    Args:
        input: a tensor of any shape.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.relu(jt.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    input = as_tensor(input)
    return input.relu_() if inplace else input.relu()  # type: ignore[no-any-return]


def relu_(input: Any) -> Tensor:
    """`relu` in place, of a tensor input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.relu_(jt.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    return relu(input, True)


def tanh(input: Any) -> Tensor:
    """The hyperbolic tangent of a tensor input, element by element.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.tanh(jt.tensor([0.0, 100.0]))
        tensor([0., 1.])
    """
    return as_tensor(input).tanh()  # type: ignore[no-any-return]


def sigmoid(input: Any) -> Tensor:
    """The logistic function 1 / (1 + exp(-input)) of a tensor input, element by element.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.sigmoid(jt.tensor([0.0, 100.0]))
        tensor([0.5, 1. ])
    """
    return as_tensor(input).sigmoid()  # type: ignore[no-any-return]


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta input)) / beta, and input itself where beta input is above the threshold.

    Args:
        input: a tensor of any shape.
        beta: how sharp the bend is.
        threshold: from where on the function is input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softplus(jt.tensor([0.0, 50.0])).round(decimals=4)
        tensor([ 0.6931, 50.    ])
    """
    input = floating(input, "softplus_cpu")
    if beta == 1:
        y = input.softplus()
    else:
        y = (input * beta).softplus() / beta
    return y if threshold == 20 and beta == 1 else where(input.detach() * beta > threshold, input, y)  # type: ignore[no-any-return]


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input, limited to [min_val, max_val]; the derivative at the limits is zero.

    Args:
        input: a tensor of any shape.
        min_val, max_val: the limits.
        inplace: write the result into input.

    Raises:
        RuntimeError: input is of booleans, or of numbers without sign whose limit is negative.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardtanh(jt.tensor([-2.0, 0.5, 2.0]))
        tensor([-1. ,  0.5,  1. ])
    """
    input = as_tensor(input)
    if input.dtype.kind in "biu":  # integers stay what they are, and so do the limits
        if input.dtype.kind == "b":
            raise RuntimeError("Bool inputs not supported for hardtanh")
        if input.dtype.kind == "u" and int(min_val) < 0:
            raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
        low, high = np.trunc([min_val, max_val]).astype(input.dtype)
        return _applied(input, concrete(np.clip(input.values(), low, high)), inplace)
    v = input.detach()
    return _applied(input, where(v <= min_val, min_val, where(v >= max_val, max_val, input)), inplace)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh` in place, of a tensor input, with limits `min_val` and `max_val`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardtanh_(jt.tensor([-2.0, 0.5, 2.0]))
        tensor([-1. ,  0.5,  1. ])
    """
    return hardtanh(input, min_val, max_val, True)


def relu6(input: Any, inplace: bool = False) -> Tensor:
    """min(max(input, 0), 6), element by element.

    Args:
        input: a tensor of any shape.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.relu6(jt.tensor([-1.0, 2.0, 9.0]))
        tensor([0., 2., 6.])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is positive, negative_slope * input elsewhere.

    Args:
        input: a tensor of any shape.
        negative_slope: the derivative of the other side, and at 0.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.leaky_relu(jt.tensor([-1.0, 2.0]), negative_slope=0.1)
        tensor([-0.1,  2. ])
    """
    input = floating(input, "leaky_relu_cpu")
    return _applied(input, where(input.detach() > 0, input, input * negative_slope), inplace)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu` in place, of a tensor input, with the slope `negative_slope`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.leaky_relu_(jt.tensor([-1.0, 2.0]), 0.5)
        tensor([-0.5,  2. ])
    """
    return leaky_relu(input, negative_slope, True)


def prelu(input: Any, weight: Tensor) -> Tensor:
    """`leaky_relu` with a slope that is learned, one for all or one a channel (the second axis).

    Args:
        input: a tensor of any shape, (N, C, ...) for a slope a channel.
        weight: the slopes, (1,) or (C,).

    Raises:
        ShapeError: another number of slopes than of channels.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.prelu(jt.tensor([-1.0, 2.0]), jt.tensor([0.5]))
        tensor([-0.5,  2. ])
    """
    return floating(input, "prelu_cpu").prelu(weight)  # type: ignore[attr-defined, no-any-return]


def rrelu(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False) -> Tensor:
    """`leaky_relu` with slopes that are drawn while training, and their mean otherwise.

    Args:
        input: a tensor of any shape.
        lower, upper: the slopes are uniform between these.
        training: whether they are drawn.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.rrelu(jt.tensor([-1.0, 2.0]), lower=0.5, upper=0.5, training=True)
        tensor([-0.5,  2. ])
    """
    input = floating(input, "leaky_relu_cpu")
    slope: Any = (lower + upper) / 2
    if training:
        slope = concrete(generator().uniform(lower, upper, tuple(input.shape)).astype(input.dtype))
    return _applied(input, where(input.detach() > 0, input, input * slope), inplace)


def _exponential(x: Tensor, alpha: float, scale: float, inner: float) -> Tensor:
    """scale * x where x is positive, scale * alpha * (exp(x / inner) - 1) elsewhere, without overflow of what is not taken."""
    positive = x.detach() > 0
    low = where(positive, 0.0, x)
    return where(positive, x * scale, (low if inner == 1 else low / inner).expm1() * (alpha * scale))  # type: ignore[no-any-return]


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, alpha * (exp(input) - 1) elsewhere.

    Args:
        input: a tensor of any shape.
        alpha: minus the limit far below zero.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.elu(jt.tensor([-100.0, 2.0]))
        tensor([-1.,  2.])
    """
    input = floating(input, "elu_cpu")
    return _applied(input, _exponential(input, alpha, 1.0, 1.0), inplace)


def elu_(input: Any, alpha: float = 1.0) -> Tensor:
    """`elu` in place, of a tensor input, with the limit -`alpha`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.elu_(jt.tensor([-100.0, 2.0]))
        tensor([-1.,  2.])
    """
    return elu(input, alpha, True)


def selu(input: Any, inplace: bool = False) -> Tensor:
    """`elu` with constants for which networks normalise themselves (Klambauer et al., 2017).

    Args:
        input: a tensor of any shape.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.selu(jt.tensor([-100.0, 1.0])).round(decimals=4)
        tensor([-1.7581,  1.0507])
    """
    input = floating(input, "elu_cpu")
    return _applied(input, _exponential(input, SELU_ALPHA, SELU_SCALE, 1.0), inplace)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """max(0, input) + min(0, alpha * (exp(input / alpha) - 1)), element by element.

    Args:
        input: a tensor of any shape.
        alpha: minus the limit far below zero.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.celu(jt.tensor([-100.0, 2.0]), alpha=2.0)
        tensor([-2.,  2.])
    """
    input = floating(input, "elu_cpu")
    return _applied(input, _exponential(input, alpha, 1.0, alpha), inplace)


def gelu(input: Any, approximate: str = "none") -> Tensor:
    """input times the normal distribution function of input.

    Args:
        input: a tensor of any shape.
        approximate: "tanh" takes a hyperbolic tangent in place of the distribution function, "none" itself.

    Raises:
        RuntimeError: another `approximate`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.gelu(jt.tensor([-1.0, 0.0, 1.0])).round(decimals=4)
        tensor([-0.1587,  0.    ,  0.8413])
    """
    input = floating(input, "GeluKernelImpl", "iubc")
    if approximate == "tanh":
        return 0.5 * input * (1.0 + (math.sqrt(2.0 / math.pi) * (input + 0.044715 * input**3)).tanh())  # type: ignore[no-any-return]
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    return input * 0.5 * (1.0 + (input * math.sqrt(0.5)).erf())  # type: ignore[no-any-return]


def silu(input: Any, inplace: bool = False) -> Tensor:
    """input * sigmoid(input), element by element.

    Args:
        input: a tensor of any shape.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.silu(jt.tensor([-1.0, 0.0, 1.0])).round(decimals=4)
        tensor([-0.2689,  0.    ,  0.7311])
    """
    input = floating(input, "silu_cpu")
    return _applied(input, input * input.sigmoid(), inplace)


def mish(input: Any, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)), element by element.

    Args:
        input: a tensor of any shape.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.mish(jt.tensor([-1.0, 0.0, 1.0])).round(decimals=4)
        tensor([-0.3034,  0.    ,  0.8651])
    """
    input = floating(input, "mish_cpu")
    return _applied(input, input * input.softplus().tanh(), inplace)


def hardsigmoid(input: Any, inplace: bool = False) -> Tensor:
    """(input + 3) / 6, limited to [0, 1].

    Args:
        input: a tensor of any shape.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardsigmoid(jt.tensor([-4.0, 0.0, 4.0]))
        tensor([0. , 0.5, 1. ])
    """
    input = floating(input, "hardsigmoid_cpu")
    v = input.detach()
    return _applied(input, where(v <= -3, 0.0, where(v >= 3, 1.0, (input + 3.0) / 6.0)), inplace)


def hardswish(input: Any, inplace: bool = False) -> Tensor:
    """input * hardsigmoid(input), element by element.

    Args:
        input: a tensor of any shape.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardswish(jt.tensor([-4.0, 1.5, 4.0]))
        tensor([0.   , 1.125, 4.   ])
    """
    input = floating(input, "hardswish_cpu")
    v = input.detach()
    return _applied(input, where(v <= -3, 0.0, where(v >= 3, input, input * (input + 3.0) / 6.0)), inplace)


def logsigmoid(input: Any) -> Tensor:
    """The logarithm of the logistic function of a tensor input, without overflow.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.logsigmoid(jt.tensor([0.0, -1000.0])).round(decimals=4)
        tensor([-6.931e-01, -1.000e+03])
    """
    return -(-floating(input, "log_sigmoid_cpu")).softplus()  # type: ignore[no-any-return]


def softsign(input: Any) -> Tensor:
    """input / (1 + abs(input)), element by element of a tensor input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softsign(jt.tensor([-1.0, 3.0]))
        tensor([-0.5 ,  0.75])
    """
    input = as_tensor(input)
    return input / (1.0 + input.abs())  # type: ignore[no-any-return]


def tanhshrink(input: Any) -> Tensor:
    """input - tanh(input), element by element of a tensor input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.tanhshrink(jt.tensor([0.0, 100.0]))
        tensor([ 0., 99.])
    """
    input = as_tensor(input)
    return input - input.tanh()  # type: ignore[no-any-return]


def softshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """input moved towards zero by lambd, and zero within.

    Args:
        input: a tensor of any shape.
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
    input = floating(input, "softshrink_check")
    v = input.detach()
    return where(v > lambd, input - lambd, where(v < -lambd, input + lambd, input * 0.0))  # type: ignore[no-any-return]


def hardshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """input, but zero within lambd of zero.

    Args:
        input: a tensor of any shape.
        lambd: how far.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.hardshrink(jt.tensor([-2.0, 0.25, 2.0]), lambd=0.5)
        tensor([-2.,  0.,  2.])
    """
    return floating(input, "hardshrink_cpu").hardshrink(lambd)  # type: ignore[attr-defined, no-any-return]


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input where it is above the threshold, the value elsewhere.

    Args:
        input: a tensor of any shape.
        threshold: the threshold.
        value: what stands below it.
        inplace: write the result into input.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.threshold(jt.tensor([-2.0, 0.5, 2.0]), threshold=1.0, value=0.0)
        tensor([0., 0., 2.])
    """
    input = floating(input, "threshold_cpu", "b")
    return _applied(input, where(input.detach() <= threshold, value, input), inplace)


def glu(input: Any, dim: int = -1) -> Tensor:
    """The first half along an axis times the sigmoid of the second.

    Args:
        input: a tensor with an axis of even length.
        dim: the axis.

    Raises:
        ShapeError: the axis is of odd length.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.glu(jt.tensor([2.0, 4.0, 0.0, 0.0]))
        tensor([1., 2.])
    """
    input = floating(input, "glu_cpu", "iubc")
    if input.dim() == 0 or input.shape[dim] % 2:
        raise ShapeError(f"glu: Halving dimension must be even, but dimension {dim} of an input of shape {tuple(input.shape)} is not")
    a, b = input.chunk(2, dim)
    return a * b.sigmoid()  # type: ignore[no-any-return]


def _axis(x: Tensor, dim: int | None) -> int:
    """The axis of a function that was given none: PyTorch takes the first one of 0, 1 and 3 axes, else the second."""
    return dim if dim is not None else 0 if x.dim() in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(input) / sum(exp(input)) along an axis, without overflow.

    Args:
        input: a tensor.
        dim: the axis; by default the first one of 0, 1 and 3 axes, else the second.
        dtype: what input is converted to first.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softmax(jt.tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1)
        tensor([[0.5, 0.5],
                [1. , 0. ]])
    """
    input = as_tensor(input) if dtype is None else as_tensor(input).to(dtype)
    return input.softmax(_axis(input, dim))  # type: ignore[no-any-return]


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax` along an axis, without overflow.

    Args:
        input: a tensor.
        dim: the axis; by default the first one of 0, 1 and 3 axes, else the second.
        dtype: what input is converted to first.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.log_softmax(jt.tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1).round(decimals=4)
        tensor([[-6.931e-01, -6.931e-01],
                [ 0.000e+00, -1.000e+03]])
    """
    input = as_tensor(input) if dtype is None else as_tensor(input).to(dtype)
    return input.log_softmax(_axis(input, dim))  # type: ignore[no-any-return]


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The softmax of -input along an axis.

    Args:
        input: a tensor.
        dim: the axis; by default the first one of 0, 1 and 3 axes, else the second.
        dtype: what input is converted to first.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.softmin(jt.tensor([0.0, 0.0]), dim=0)
        tensor([0.5, 0.5])
    """
    return softmax(-as_tensor(input), dim, dtype=dtype)


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
