"""Convolutions, and windows as columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager.calls import any_complex, call
from jittape.eager.complexes import put_together
from jittape.eager.creation import as_tensor
from jittape.eager.kinds import one_dtype
from jittape.eager.tensor import Tensor
from jittape.errors import ShapeError
from jittape.functions.convolution import Geometry, convolution
from jittape.nn.functional.padding import pad
from jittape.nn.functional.pooling import (  # noqa: F401  (pickled functions of older versions have them by this name)
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
)
from jittape.nn.functional.windows import Sizes, check_windows, images, sizes


def _same(kernel: Sizes, dilation: Sizes) -> list[int]:
    """Zeros before and after each axis, last axis first, for results as large as the input."""
    out = []
    for k, d in zip(reversed(kernel), reversed(dilation), strict=True):
        total = d * (k - 1)
        out += [total // 2, total - total // 2]
    return out


def _convolved(x: Any, weight: Any, bias: Any, at: Geometry, transposed: bool) -> Tensor:
    """A convolution; of complex numbers by those of real and imaginary parts, as a product of complex numbers is."""
    if not any_complex((x, weight, bias)):
        return call(convolution, x, weight, bias, at, transposed)  # type: ignore[no-any-return]
    (a, b), (c, d), (re, im) = (_parts(t) for t in (x, weight, bias))
    re = call(convolution, a, c, re, at, transposed)
    if b is not None and d is not None:
        re = re - call(convolution, b, d, None, at, transposed)
    pairs = [(p, q) for p, q in ((a, d), (b, c)) if p is not None and q is not None]
    turned = [call(convolution, p, q, im if k == 0 else None, at, transposed) for k, (p, q) in enumerate(pairs)]
    if turned:
        im = turned[0] if len(turned) == 1 else turned[0] + turned[1]
    else:  # only the bias is complex
        im = im.reshape((-1, *[1] * len(at.kernel)))
    return put_together(re, im, "ConvolutionBackward0")  # type: ignore[no-any-return]


def _parts(t: Any) -> tuple[Any, Any]:
    """Real and imaginary part, None for what is not there."""
    return (t.real, t.imag) if getattr(t, "has_parts", False) else (t, None)


def _conv(n: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Tensor:
    name = f"conv{n}d"
    x, single = images(name, x, n)
    if not any_complex((x, weight)):
        one_dtype(x, weight)
    if weight.dim() != n + 2:
        raise ShapeError(f"{name}: a weight has {n + 2} axes (out, in / groups, kernel), not shape {tuple(weight.shape)}")
    kernel, stride, dilation = tuple(weight.shape[2:]), sizes("stride", stride, n), sizes("dilation", dilation, n)
    if groups < 1 or weight.shape[0] % groups or x.shape[1] != weight.shape[1] * groups:
        raise ShapeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have {weight.shape[1] * groups} channels, "
            f"but got {x.shape[1]} channels instead"
        )
    if bias is not None and tuple(bias.shape) != (weight.shape[0],):
        raise ShapeError(f"{name}: the bias has shape {tuple(bias.shape)}; {(weight.shape[0],)} is needed, one number an output channel")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(f"padding is 'same', 'valid' or numbers, not {padding!r}")
        if padding == "same":
            if any(s != 1 for s in stride):
                raise RuntimeError("padding='same' is not supported for strided convolutions")
            margins = _same(kernel, dilation)
            if all(a == b for a, b in zip(margins[::2], margins[1::2], strict=True)):
                padding = tuple(reversed(margins[::2]))
            else:
                x, padding = pad(x, margins), 0
        else:
            padding = 0
    padding = sizes("padding", padding, n)
    check_windows(kernel, stride, padding, dilation)
    at = Geometry(stride, padding, dilation, groups, tuple(x.shape[2:]), kernel)
    if min(at.places) < 1 or min(stride) < 1 or min(dilation) < 1:
        raise ShapeError(f"{name}: a kernel of {kernel} does not fit an image of {tuple(x.shape[2:])} with padding {padding}, stride {stride} and dilation {dilation}")
    out = _convolved(x, weight, bias, at, False)
    return out[0] if single else out


def conv1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Tensor:
    """The correlation of (N, C, L) with a weight: (N, O, L').

    Args:
        input: (N, C, L), or without N.
        weight: (O, C / groups, K).
        bias: (O,), or None.
        stride, padding, dilation, groups: see `conv2d`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.conv1d(jt.tensor([[[1.0, 2.0, 4.0]]]), jt.tensor([[[-1.0, 1.0]]]))
        tensor([[[1., 2.]]])
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Tensor:
    """The correlation of images with a weight: (N, O, H', W').

    Args:
        input: (N, C, H, W), or without N.
        weight: (O, C / groups, KH, KW).
        bias: (O,), or None.
        stride, padding, dilation: a number, or one an axis; padding may be "same" or "valid".
        groups: parts into which the channels are split.

    Raises:
        ShapeError: the channels or the bias do not fit the weight, or the kernel does not fit into the image.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.conv2d(jt.ones(1, 1, 3, 3), jt.ones(1, 1, 2, 2))
        tensor([[[[4., 4.],
                  [4., 4.]]]])
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Tensor:
    """The correlation of (N, C, D, H, W) with a weight: (N, O, D', H', W').

    Args:
        input: (N, C, D, H, W), or without N.
        weight: (O, C / groups, KD, KH, KW).
        bias: (O,), or None.
        stride, padding, dilation, groups: see `conv2d`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.conv3d(jt.ones(1, 1, 2, 2, 2), jt.ones(1, 1, 2, 2, 2))
        tensor([[[[[8.]]]]])
    """
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


def _conv_transpose(n: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any) -> Tensor:
    name = f"conv_transpose{n}d"
    x, single = images(name, x, n)
    if not any_complex((x, weight)):
        one_dtype(x, weight)
    kernel, stride, dilation = tuple(weight.shape[2:]), sizes("stride", stride, n), sizes("dilation", dilation, n)
    padding, extra = sizes("padding", padding, n), sizes("output_padding", output_padding, n)
    check_windows(kernel, stride, padding, dilation)
    if min(extra) < 0:
        raise RuntimeError(f"negative output_padding is not supported: {extra}")
    if groups < 1 or x.shape[1] % groups or x.shape[1] != weight.shape[0]:
        raise ShapeError(f"{name}: a weight of shape {tuple(weight.shape)} (in, out / groups, kernel) does not fit {x.shape[1]} channels and {groups} groups")
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got output_padding: {extra}, stride: {stride}, dilation: {dilation}")
    size = tuple((s - 1) * st - 2 * p + d * (k - 1) + e + 1 for s, st, p, d, k, e in zip(x.shape[2:], stride, padding, dilation, kernel, extra, strict=True))
    if any(e >= st for e, st in zip(extra, stride, strict=True)):  # an image of that size has room for more windows than there are: those count nothing
        x = pad(x, [margin for e, st in zip(extra[::-1], stride[::-1], strict=True) for margin in (0, e // st)])
    if min(size) < 1:
        raise ShapeError(f"{name}: the result would have shape {size}")
    if bias is not None and tuple(bias.shape) != (weight.shape[1] * groups,):
        raise ShapeError(f"{name}: the bias has shape {tuple(bias.shape)}; {(weight.shape[1] * groups,)} is needed, one number an output channel")
    out = _convolved(x, weight, bias, Geometry(stride, padding, dilation, groups, size, kernel), True)
    return out[0] if single else out


def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Tensor:
    """The adjoint of `conv1d` by its input: (N, out, L').

    Args:
        input: (N, in, L), or without N.
        weight: (in, out / groups, K).
        bias: (out,), or None.
        stride, padding, output_padding, groups, dilation: see `conv_transpose2d`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.conv_transpose1d(jt.tensor([[[1.0, 2.0]]]), jt.tensor([[[1.0, 10.0]]]))
        tensor([[[ 1., 12., 20.]]])
    """
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Tensor:
    """The adjoint of `conv2d` by its input: (N, out, H', W').

    Args:
        input: (N, in, H, W), or without N.
        weight: (in, out / groups, KH, KW).
        bias: (out,), or None.
        stride, padding, dilation: those of the convolution, a number or one an axis.
        output_padding: how much longer the result is at its end, less than stride or dilation.
        groups: parts into which the channels are split.

    Raises:
        ShapeError: the channels or the bias do not fit the weight.
        RuntimeError: `output_padding` is too large.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.conv_transpose2d(jt.ones(1, 1, 1, 1), jt.ones(1, 1, 1, 2))
        tensor([[[[1., 1.]]]])
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Tensor:
    """The adjoint of `conv3d` by its input: (N, out, D', H', W').

    Args:
        input: (N, in, D, H, W), or without N.
        weight: (in, out / groups, KD, KH, KW).
        bias: (out,), or None.
        stride, padding, output_padding, groups, dilation: see `conv_transpose2d`, whose errors these are.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.conv_transpose3d(jt.ones(1, 1, 1, 1, 1), jt.ones(1, 1, 1, 1, 2)).shape
        jittape.Size([1, 1, 1, 1, 2])
    """
    return _conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


# --- windows as columns ---------------------------------------------------------------------------------------------------------------


def _identity(channels: int, kernel: Sizes, dtype: Any) -> np.ndarray[Any, Any]:
    """The weight whose convolution lists the elements of each window."""
    rows = channels * math.prod(kernel)
    return np.eye(rows, dtype=dtype).reshape(rows, channels, *kernel)


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The windows of images (N, C, H, W) as columns: (N, C KH KW, places).

    Args:
        input: (N, C, H, W), or without N.
        kernel_size: (KH, KW), or a number.
        dilation, padding, stride: those of `conv2d`.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.unfold(jt.arange(6.0).reshape(1, 1, 2, 3), kernel_size=2)
        tensor([[[0., 1.],
                 [1., 2.],
                 [3., 4.],
                 [4., 5.]]])
    """
    input, single = images("unfold", input, 2)
    out = conv2d(input, as_tensor(_identity(input.shape[1], sizes("kernel_size", kernel_size, 2), input.dtype)), None, stride, padding, dilation)
    out = out.reshape((*out.shape[:2], math.prod(out.shape[2:])))  # type: ignore[attr-defined]
    return out[0] if single else out


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The adjoint of `unfold`: columns added up at their places of an image.

    Args:
        input: (N, C KH KW, places), or without N.
        output_size: (H, W) of the image, or a number.
        kernel_size, dilation, padding, stride: those of `unfold`.

    Returns:
        (N, C, H, W).

    Raises:
        ShapeError: the columns do not fit the windows.

    Example:
        >>> import jittape as jt
        >>> F = jt.nn.functional
        >>> F.fold(jt.ones(1, 4, 2), output_size=(2, 3), kernel_size=2)
        tensor([[[[1., 2., 1.],
                  [1., 2., 1.]]]])
    """
    input = as_tensor(input)
    single = input.dim() == 2
    input = input.unsqueeze(0) if single else input
    kernel = sizes("kernel_size", kernel_size, 2)
    size = sizes("output_size", output_size, 2)
    channels = input.shape[1] // math.prod(kernel)
    at = Geometry(sizes("stride", stride, 2), sizes("padding", padding, 2), sizes("dilation", dilation, 2), 1, size, kernel)
    check_windows(kernel, at.stride, at.padding, at.dilation)
    if channels * math.prod(kernel) != input.shape[1] or math.prod(at.places) != input.shape[2]:
        raise ShapeError(f"fold: columns of shape {tuple(input.shape)} do not fit {math.prod(at.places)} windows of {kernel} in an image of {size}")
    out: Tensor = call(convolution, input.reshape((*input.shape[:2], *at.places)), as_tensor(_identity(channels, kernel, input.dtype)), None, at, True)
    return out[0] if single else out
