"""scipy.fft for functions that are differentiated: `from jittape.scipy import fft`.

Names, signatures and results are SciPy's. Transforms of recorded values are an instruction of their own, which is computed natively; cosine and sine
transforms are made of it. `overwrite_x` and `workers` are taken, and change nothing.

Example:
    >>> import numpy as np, jittape as jt
    >>> from jittape.scipy import fft
    >>> jt.grad(lambda x: np.sum(np.abs(fft.fft(x)) ** 2))(np.array([1.0, 2.0, 3.0])).round(12).tolist()
    [6.0, 12.0, 18.0]
"""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.fft.hankel import fht, ifht
from jittape.scipy.fft.spectra import (
    fft,
    fft2,
    fftn,
    hfft,
    hfft2,
    hfftn,
    ifft,
    ifft2,
    ifftn,
    ihfft,
    ihfft2,
    ihfftn,
    irfft,
    irfft2,
    irfftn,
    rfft,
    rfft2,
    rfftn,
)
from jittape.scipy.fft.trigonometric import dct, dctn, dst, dstn, idct, idctn, idst, idstn

__getattr__, __dir__ = falling_through("scipy.fft")

__all__ = [
    "dct", "dctn", "dst", "dstn", "fft", "fft2", "fftn", "fht", "hfft", "hfft2", "hfftn", "idct", "idctn", "idst", "idstn", "ifft", "ifft2", "ifftn", "ifht",
    "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftn",
]  # fmt: skip
