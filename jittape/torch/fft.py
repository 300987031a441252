"""torch.fft: discrete Fourier transforms of real and complex tensors, differentiable, as one instruction of the tape each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.array.complexes import COMPLEX
from jittape.eager.complex_calls import called
from jittape.eager.creation import finish
from jittape.eager.defaults import defaults
from jittape.eager.functions import into
from jittape.eager.shapes import axis_of
from jittape.eager.tensor import NAMES, Tensor, tensor_given

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2",
    "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip

OTHER_WAY = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}
"""The norm of a transform whose inverse takes its place."""


def _prepared(x: Any, name: str, norm: Any, real: bool = False) -> Any:
    """The tensor, integers as real numbers of the default dtype."""
    x = tensor_given(x, f"fft_{name}", "input")
    if norm not in OTHER_WAY:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    if real and x.has_parts:
        raise RuntimeError(f"{name} expects a real input tensor, but got {NAMES[x.dtype]}")
    return x if x.dtype.kind in "fc" else x.to(defaults.real)  # type: ignore[attr-defined]


def _length(n: Any, name: str) -> Any:
    if n is None:
        return None
    if not hasattr(type(n), "__index__"):
        raise TypeError(f"fft_{name}(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    return _positive(int(n))


def _positive(n: int) -> int:
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


def _along(name: str, real: bool = False, halved: bool = False) -> Any:
    """A transform along one dimension."""
    function = getattr(np.fft, name)

    def transform(input: Any, n: Any = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Tensor:
        x = _prepared(input, name, norm, real)
        if not x.dim():
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        axis = axis_of(x, dim)
        n = _length(n, name)
        if n is None:
            _positive(2 * (x.shape[axis] - 1) if halved else x.shape[axis])
        return _into(out, called(function, (x, n, axis, norm), {}, made=f"Fft{_kind(name)}Backward0"))

    return _named(transform, name, "The transform along a dimension")


def _kind(name: str) -> str:
    return "C2R" if name.startswith(("irfft", "hfft")) else "R2C" if name.startswith(("rfft", "ihfft")) else "C2C"


def _named(transform: Any, name: str, words: str) -> Any:
    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"""{words}, as PyTorch's: input, length (s= of several), dim and norm ("backward", "ortho", "forward").

    Raises:
        RuntimeError: a length is not positive, there is no such norm, dimensions come twice, or the transform is one of real numbers and these are complex.
        IndexError: there is no such dimension.
    """
    return transform


def _into(out: Any, result: Any) -> Tensor:
    return result if out is None else into("fft", out, result)  # type: ignore[no-any-return]


def _several(name: str, real: bool = False, halved: bool = False, default: tuple[int, ...] | None = None) -> Any:
    """A transform along several dimensions."""
    function = getattr(np.fft, name.removeprefix("i").replace("hfft", "rfft") if "hfft" in name and name.startswith("i") else name.replace("hfft", "irfft"))

    def transform(input: Any, s: Sequence[int] | None = None, dim: Any = default, norm: str | None = None, *, out: Any = None) -> Tensor:
        x = _prepared(input, name, norm, real)
        axes, lengths = _axes(x, s, dim, name, real or halved)
        if halved and lengths is None:
            _positive(2 * (x.shape[axes[-1]] - 1))
        if not axes:
            return _into(out, x.to(COMPLEX.get(x.dtype, x.dtype)))
        made = f"Fft{_kind(name)}Backward0"
        if name.startswith("hfft"):
            return _into(out, called(function, (x.conj(), lengths, axes, OTHER_WAY[norm]), {}, made=made))
        if name.startswith("ihfft"):
            return _into(out, called(function, (x, lengths, axes, OTHER_WAY[norm]), {}, made=made).conj().resolve_conj())
        return _into(out, called(function, (x, lengths, axes, norm), {}, made=made))

    return _named(transform, name, "The transform along several dimensions")


def _axes(x: Any, s: Any, dim: Any, name: str, needed: bool) -> tuple[tuple[int, ...], list[int] | None]:
    """The dimensions of a transform and its lengths, None where they are as the tensor has them."""
    given = None if s is None else [int(n) for n in ([s] if isinstance(s, int) else s)]
    if dim is None:
        n = x.dim() if given is None else len(given)
        if n > x.dim():
            raise RuntimeError(f"Got shape with {n} values but input tensor only has {x.dim()} dimensions.")
        axes = tuple(range(x.dim() - n, x.dim()))
    else:
        axes = tuple(axis_of(x, d) for d in ([dim] if isinstance(dim, int) else dim))
    if given is not None and len(given) != len(axes):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    if len(set(axes)) < len(axes):
        raise RuntimeError("FFT dims must be unique")
    if needed and not axes:
        raise RuntimeError(f"{name} must transform at least one axis")
    if given is None:
        for axis in axes[:-1] if name.startswith(("irfft", "hfft")) else axes:
            _positive(x.shape[axis])
        return axes, None
    halved = name.startswith(("irfft", "hfft"))
    lengths = [(2 * (x.shape[axis] - 1) if halved and k == len(axes) - 1 else x.shape[axis]) if n == -1 else n for k, (axis, n) in enumerate(zip(axes, given, strict=True))]
    return axes, [_positive(n) for n in lengths]


fft, ifft = _along("fft"), _along("ifft")
rfft, ihfft = _along("rfft", real=True), _along("ihfft", real=True)
irfft, hfft = _along("irfft", halved=True), _along("hfft", halved=True)
fft2, ifft2 = _several("fft2", default=(-2, -1)), _several("ifft2", default=(-2, -1))
fftn, ifftn = _several("fftn"), _several("ifftn")
rfft2, ihfft2 = _several("rfft2", real=True, default=(-2, -1)), _several("ihfft2", real=True, default=(-2, -1))
rfftn, ihfftn = _several("rfftn", real=True), _several("ihfftn", real=True)
irfft2, hfft2 = _several("irfft2", halved=True, default=(-2, -1)), _several("hfft2", halved=True, default=(-2, -1))
irfftn, hfftn = _several("irfftn", halved=True), _several("hfftn", halved=True)


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies of `fft` of n samples at a distance d.

    Example:
        >>> import jittape.torch as torch
        >>> torch.fft.fftfreq(4)
        tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    values = np.fft.fftfreq(n, d) if n else np.empty(0)
    return finish(values.astype(defaults.real if dtype is None else dtype), requires_grad)


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies of `rfft` of n samples at a distance d."""
    values = np.fft.rfftfreq(n, d) if n else np.empty(0)
    return finish(values.astype(defaults.real if dtype is None else dtype), requires_grad)


def _shifted(input: Any, dim: Any, name: str, by: Any) -> Tensor:
    x = tensor_given(input, f"fft_{name}", "input")
    dims = tuple(range(x.dim())) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    return x.roll([by(x.shape[axis_of(x, d)]) for d in dims], dims) if dims else x  # type: ignore[attr-defined, no-any-return]


def fftshift(input: Any, dim: Any = None) -> Tensor:
    """The frequency zero moved to the middle, along all dimensions or some.

    Example:
        >>> import jittape.torch as torch
        >>> torch.fft.fftshift(torch.tensor([0.0, 1.0, -1.0]))
        tensor([-1.,  0.,  1.])
    """
    return _shifted(input, dim, "fftshift", lambda n: n // 2)


def ifftshift(input: Any, dim: Any = None) -> Tensor:
    """What undoes `fftshift`."""
    return _shifted(input, dim, "ifftshift", lambda n: (n + 1) // 2)
