"""Filling parameters with first values, in place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.autograd import no_grad
from jittape.eager.creation import generator as _numbers
from jittape.eager.tensor import Tensor

__all__ = [
    "calculate_gain", "constant_", "dirac_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "orthogonal_", "sparse_",
    "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip


def __dir__() -> list[str]:
    return list(__all__)


def _filled(tensor: Tensor, values: Any) -> Tensor:
    with no_grad():
        return tensor.copy_(np.asarray(values, tensor.dtype))  # type: ignore[no-any-return]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform random numbers in [a, b), in place.

    Args:
        tensor: which is filled, and returned.
        a, b: the ends.
        generator: a `jittape.torch.Generator`; that of all random tensors by default.

    Example:
        >>> import jittape as jt
        >>> w = jt.nn.init.uniform_(jt.zeros(100), 2.0, 3.0)
        >>> w.min() >= 2.0, w.max() < 3.0
        (tensor(True), tensor(True))
    """
    return _filled(tensor, _numbers(generator).uniform(a, b, tuple(tensor.shape)))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal random numbers, in place.

    Args:
        tensor: which is filled, and returned.
        mean, std: of the numbers.
        generator: see `uniform_`.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.normal_(jt.zeros(2), 5.0, 0.0)
        tensor([5., 5.])
    """
    return _filled(tensor, _numbers(generator).normal(mean, std, tuple(tensor.shape)))


def trunc_normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None) -> Tensor:
    """Normal random numbers, drawn anew where they are not in [a, b], in place.

    Args:
        tensor: which is filled, and returned.
        mean, std: of the numbers.
        a, b: the ends.
        generator: see `uniform_`.

    Example:
        >>> import jittape as jt
        >>> w = jt.nn.init.trunc_normal_(jt.zeros(100), a=-1.0, b=1.0)
        >>> w.abs().max() <= 1.0
        tensor(True)
    """
    draw = _numbers(generator)
    values = draw.normal(mean, std, tuple(tensor.shape))
    outside = (values < a) | (values > b)
    while outside.any():
        values[outside] = draw.normal(mean, std, int(outside.sum()))
        outside = (values < a) | (values > b)
    return _filled(tensor, values)


def constant_(tensor: Tensor, val: Any) -> Tensor:
    """One number, `val`, in place.

    Args:
        tensor: which is filled, and returned.
        val: the number.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.constant_(jt.zeros(2), 3.0)
        tensor([3., 3.])
    """
    with no_grad():
        return tensor.fill_(val)  # type: ignore[no-any-return]


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros, in place of what a `tensor` held.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.zeros_(jt.ones(2))
        tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Ones, in place of what a `tensor` held.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.ones_(jt.zeros(2))
        tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix, in place.

    Args:
        tensor: a matrix, which is filled and returned.

    Raises:
        ValueError: it is no matrix.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.eye_(jt.zeros(2, 2))
        tensor([[1., 0.],
                [0., 1.]])
    """
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return _filled(tensor, np.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The weight of a convolution that keeps its input, in place.

    Args:
        tensor: (O, I, ...), with one to three axes of the kernel; it is filled and returned.
        groups: of the convolution.

    Raises:
        ValueError: other axes, or the outputs do not split into so many groups.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.dirac_(jt.zeros(1, 1, 3))
        tensor([[[0., 1., 0.]]])
    """
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    out, inputs, *kernel = tensor.shape
    if out % groups:
        raise ValueError("dim 0 must be divisible by groups")
    values = np.zeros(tuple(tensor.shape))
    for g in range(groups):
        for d in range(min(out // groups, inputs)):
            values[(g * (out // groups) + d, d, *[n // 2 for n in kernel])] = 1.0
    return _filled(tensor, values)


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """The factor by which weights before an activation are larger.

    Args:
        nonlinearity: "linear", "conv1d" and its kin, "sigmoid", "tanh", "relu", "leaky_relu" or "selu".
        param: of "leaky_relu" its negative slope.

    Raises:
        ValueError: an activation that is not known.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.calculate_gain("tanh")
        1.6666666666666667
    """
    known = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    if nonlinearity in known:
        return known[nonlinearity]
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity in ("linear", "sigmoid", *(f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3))):
        return 1.0
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def _fans(tensor: Tensor) -> tuple[int, int]:
    """(numbers that enter an output, numbers that an input enters) of a weight."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


_calculate_fan_in_and_fan_out = _fans


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform random numbers whose variance is 2 gain**2 / (inputs + outputs) (Glorot and Bengio, 2010), in place.

    Args:
        tensor: a weight of two axes or more, which is filled and returned.
        gain: see `calculate_gain`.
        generator: see `uniform_`.

    Raises:
        ValueError: the tensor has less than two axes.

    Example:
        >>> import jittape as jt
        >>> w = jt.nn.init.xavier_uniform_(jt.zeros(3, 3))
        >>> w.abs().max() <= 1.0
        tensor(True)
    """
    a = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal random numbers of variance 2 gain**2 / (inputs + outputs), in place.

    Args:
        tensor, gain, generator: see `xavier_uniform_`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.xavier_normal_(jt.ones(3, 3), gain=0.0).abs().max()
        tensor(0.)
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), generator)


def _kaiming(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return calculate_gain(nonlinearity, a) / math.sqrt(_fans(tensor)[mode.lower() == "fan_out"])


def kaiming_uniform_(tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None) -> Tensor:
    """Uniform random numbers for layers with a rectifier (He et al., 2015), in place: of variance gain**2 / inputs.

    Args:
        tensor: a weight of two axes or more, which is filled and returned.
        a: the negative slope of the rectifier.
        mode: "fan_in", or "fan_out" to divide by the outputs.
        nonlinearity: see `calculate_gain`.
        generator: see `uniform_`.

    Raises:
        ValueError: the tensor has less than two axes, or another mode.

    Example:
        >>> import jittape as jt
        >>> w = jt.nn.init.kaiming_uniform_(jt.zeros(3, 6), nonlinearity="relu")
        >>> w.abs().max() <= 1.0
        tensor(True)
    """
    if not tensor.numel():
        return tensor
    bound = math.sqrt(3.0) * _kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None) -> Tensor:
    """Normal random numbers for layers with a rectifier, in place: of variance gain**2 / inputs.

    Args:
        tensor, a, mode, nonlinearity, generator: see `kaiming_uniform_`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> jt.nn.init.kaiming_normal_(jt.zeros(3, 6)).shape
        jittape.Size([3, 6])
    """
    return normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity), generator) if tensor.numel() else tensor


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """A random matrix (the first axis by the others) with orthogonal rows or columns (Saxe et al., 2014), in place.

    Args:
        tensor: of two axes or more, which is filled and returned.
        gain: the length of each row or column.
        generator: see `uniform_`.

    Raises:
        ValueError: the tensor has less than two axes.

    Example:
        >>> import jittape as jt
        >>> w = jt.nn.init.orthogonal_(jt.zeros(2, 2))
        >>> (w @ w.T).allclose(jt.eye(2))
        True
    """
    if tensor.dim() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    rows, columns = tensor.shape[0], tensor.numel() // max(tensor.shape[0], 1)
    draw = _numbers(generator).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draw)
    q = q * np.sign(np.diag(r))
    return _filled(tensor, (gain * (q.T if rows < columns else q)).reshape(tuple(tensor.shape)))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal random numbers, of which a share of each column is zero, in place.

    Args:
        tensor: a matrix, which is filled and returned.
        sparsity: the share.
        std: of the numbers.
        generator: see `uniform_`.

    Raises:
        ValueError: the tensor is no matrix.

    Example:
        >>> import jittape as jt
        >>> (jt.nn.init.sparse_(jt.ones(4, 2), 0.5) == 0).sum(0)
        tensor([2, 2])
    """
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    draw = _numbers(generator)
    values = draw.normal(0.0, std, (rows, columns))
    for column in range(columns):
        values[draw.permutation(rows)[: math.ceil(sparsity * rows)], column] = 0.0
    return _filled(tensor, values)
