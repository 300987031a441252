"""Short-time Fourier transforms of tensors, and their inverses."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from jittape.eager import complex_methods  # noqa: F401  (whose methods these use)
from jittape.eager.calls import call
from jittape.eager.complex_calls import called
from jittape.eager.named import extend_named
from jittape.eager.tensor import Tensor, concrete

PADDING = {"reflect": "reflect", "constant": "constant", "replicate": "edge", "circular": "wrap"}
SMALLEST = 1e-11
"""Where windows add up to less, nothing can be told of a signal."""


@extend_named
class Spectra:
    """The methods of Tensor that are short-time Fourier transforms."""

    def stft(self: Any, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: Any = None, center: Any = True,
             pad_mode: str = "reflect", normalized: Any = False, onesided: Any = None, return_complex: Any = None) -> Tensor:  # fmt: skip
        """Fourier transforms of windows of a signal, or of several, of shape (..., time): (..., frequencies, windows), complex.

        Args:
            n_fft: the length of a transform.
            hop_length: the distance between windows, by default a quarter of it.
            win_length: the length of a window, by default `n_fft`; there are zeros around shorter ones.
            window: a tensor of that length, by default of ones.
            center: whether windows are centred at the multiples of `hop_length`, with the signal continued at both ends.
            pad_mode: how it is: "reflect", "constant", "replicate" or "circular".
            normalized: divide by the root of `n_fft`.
            onesided: only the frequencies that are not negative; by default of real signals.
            return_complex: needed of a real signal; False gives pairs of real numbers in a last axis.

        Raises:
            RuntimeError: PyTorch's, of arguments that do not fit.
            NotImplementedError: there is no such `pad_mode`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 1.0, 0.0, -1.0, 0.0, 1.0])
            >>> x.stft(4, 2, return_complex=True).shape
            jittape.Size([3, 4])
            >>> bool((x.stft(4, 2, return_complex=True).istft(4, 2) - x).abs().max() < 1e-15)
            True
        """
        any_complex = self.has_parts or (window is not None and window.has_parts)
        if return_complex is None and not any_complex:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release."
            )
        if self.dim() not in (1, 2):
            raise RuntimeError(f"stft: expected a 1D or 2D tensor, but got a {self.dim()}D one")
        hop = n_fft // 4 if hop_length is None else hop_length
        x = self if self.dim() == 2 else self.unsqueeze(0)
        if center:
            if pad_mode not in PADDING:
                raise NotImplementedError(f"Unrecognised padding mode {pad_mode}")
            half = n_fft // 2
            if pad_mode == "reflect" and half >= x.shape[1]:
                raise RuntimeError(f"Padding size should be less than the corresponding input dimension, but got: padding ({half}, {half}) at dimension 2 of input [1, {x.shape[0]}, {x.shape[1]}]")
            x = call(np.pad, x, ((0, 0), (half, half)), mode=PADDING[pad_mode])
        length = x.shape[1]
        if not 0 < n_fft <= length:
            raise RuntimeError(f"stft: expected 0 < n_fft < {length}, but got n_fft={n_fft}")
        if hop <= 0:
            raise RuntimeError(f"stft: expected hop_length > 0, but got hop_length={hop}")
        w = _window("stft", n_fft, win_length, window, self.real.dtype)
        onesided = not any_complex if onesided is None else onesided
        if onesided and any_complex:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        frames = x.unfold(1, n_fft, hop)
        if w is not None:
            frames = frames * w
        out = called(np.fft.rfft if onesided else np.fft.fft, (frames,), {"norm": "ortho" if normalized else None}, made="StftBackward0").transpose(1, 2)
        out = out if self.dim() == 2 else out[0]
        return out if return_complex is not False else complex_methods.view_as_real(out)  # type: ignore[no-any-return]

    def istft(self: Any, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: Any = None, center: Any = True,
              normalized: Any = False, onesided: Any = None, length: int | None = None, return_complex: Any = False) -> Tensor:  # fmt: skip
        """The signal of which `stft` gave this, from windows that overlap: the best one by least squares.

        Args:
            n_fft, hop_length, win_length, window, center, normalized, onesided: as they were given to `stft`.
            length: of the signal, where it is not the windows'.
            return_complex: whether the signal is complex; of transforms with all frequencies.

        Raises:
            RuntimeError: PyTorch's, of arguments that do not fit; the windows leave gaps.

        Example:
            >>> import jittape.torch as torch
            >>> x, w = torch.tensor([1.0, 0.0, 0.0, 2.0, 1.0, 0.0]), torch.hann_window(4)
            >>> z = torch.stft(x, 4, window=w, return_complex=True)
            >>> torch.istft(z, 4, window=w, length=6).round().abs().tolist()
            [1.0, 0.0, 0.0, 2.0, 1.0, 0.0]
        """
        if not self.has_parts:
            raise RuntimeError("istft requires a complex-valued input tensor matching the output from stft with return_complex=True.")
        hop = n_fft // 4 if hop_length is None else hop_length
        size = n_fft if win_length is None else win_length
        if self.dim() not in (2, 3):
            raise RuntimeError(f"istft: expected a tensor with 2 or 3 dimensions, but got {self.dim()}")
        z = self if self.dim() == 3 else self.unsqueeze(0)
        bins, count = z.shape[1:]
        onesided = bins != n_fft if onesided is None else onesided
        if bins != (n_fft // 2 + 1 if onesided else n_fft):
            raise RuntimeError(f"istft: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft {'/ 2 + 1 ' if onesided else ''}when onesided={onesided}, but got {bins}")
        if not 0 < hop <= size:
            raise RuntimeError(f"istft: Expected 0 < hop_length <= win_length, but got hop_length={hop}")
        if return_complex and onesided:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        w = _window("istft", n_fft, win_length, window, self.real.dtype)
        if w is not None and w.has_parts and not return_complex:
            raise RuntimeError("Complex windows are incompatible with return_complex=False")
        norm = "ortho" if normalized else None
        frames = z.transpose(1, 2)
        if not onesided and not return_complex:  # as in PyTorch, real results are those of the first half
            frames, onesided = frames[..., : n_fft // 2 + 1], True
        frames = called(np.fft.irfft, (frames, n_fft), {"norm": norm}) if onesided else called(np.fft.ifft, (frames,), {"norm": norm})
        weights = concrete(np.ones(n_fft, self.real.dtype)) if w is None else w
        full = n_fft + hop * (count - 1)
        at = concrete((np.arange(count)[:, None] * hop + np.arange(n_fft)).reshape(-1))
        windowed = frames * weights
        signal = windowed.new_zeros(z.shape[0], full).index_add(1, at, windowed.reshape(z.shape[0], -1))
        envelope = weights.new_zeros(full).index_add(0, at, (weights * weights).expand(count, n_fft).reshape(-1))
        start = n_fft // 2 if center else 0
        end = start + length if length is not None else full - n_fft // 2 if center else full
        signal, envelope = signal[:, start:end], envelope[start:end]
        lowest = float(envelope.detach().abs().min()) if envelope.numel() else 1.0
        if lowest <= SMALLEST:
            raise RuntimeError(f"istft: window overlap add min: {lowest}")
        signal = signal / envelope
        if end > full:
            warnings.warn("The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. Please check your center and hop_length settings.", UserWarning, stacklevel=3)
            signal = call(np.pad, signal, ((0, 0), (0, end - full)))
        return signal if self.dim() == 3 else signal[0]  # type: ignore[no-any-return]


def _window(name: str, n_fft: int, length: int | None, window: Any, dtype: Any) -> Any:
    """The window with zeros around it; None for one of ones alone."""
    size = n_fft if length is None else length
    if not 0 < size <= n_fft:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={size}")
    if window is None:
        if size == n_fft:
            return None
        window = concrete(np.ones(size, dtype))
    elif window.dim() != 1 or window.shape[0] != size:
        raise RuntimeError(f"{name}: expected a 1D window tensor of size equal to win_length={size}, but got window with size {list(window.shape)}")
    left = (n_fft - size) // 2
    return call(np.pad, window, ((left, n_fft - size - left),)) if size < n_fft else window
