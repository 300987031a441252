"""torch.special: functions of elements under SciPy's names."""

from __future__ import annotations

import math
from typing import Any

import scipy.special as _scipy

from jittape.eager.calls import call
from jittape.eager.creation import as_tensor
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor
from jittape.torch.functions import NAMESPACE

KNOWN = {"expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma", "digamma": "digamma", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp2": "exp2", "expm1": "expm1",
         "log1p": "log1p", "logit": "logit", "log_softmax": "log_softmax", "softmax": "softmax", "logsumexp": "logsumexp", "round": "round", "sinc": "sinc", "xlogy": "xlogy"}  # fmt: skip
BY_SCIPY = {"i0": "i0", "i0e": "i0e", "i1": "i1", "i1e": "i1e", "ndtr": "ndtr", "ndtri": "ndtri", "log_ndtr": "log_ndtr", "gammainc": "gammainc", "gammaincc": "gammaincc",
            "bessel_j0": "j0", "bessel_j1": "j1", "erfcx": "erfcx", "xlog1py": "xlog1py"}  # fmt: skip

__all__ = sorted({*KNOWN, *BY_SCIPY, "entr", "multigammaln"})


def _by_scipy(name: str, of: str) -> Any:
    function = getattr(_scipy, of)

    def special(*inputs: Any) -> Tensor:
        return call(function, *map(as_tensor, inputs))  # type: ignore[no-any-return]

    special.__name__ = special.__qualname__ = name
    special.__doc__ = f"scipy.special.{of} of tensors."
    return special


def entr(input: Any) -> Tensor:
    """-x log(x); 0 at 0, and minus infinity below."""
    x = as_tensor(input)
    return where(x.detach() < 0, -math.inf, -x.xlogy(x))  # type: ignore[no-any-return]


def multigammaln(input: Any, p: int) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension p."""
    x = as_tensor(input)
    total: Any = p * (p - 1) / 4 * math.log(math.pi)
    for k in range(p):
        total = total + (x - k / 2).lgamma()
    return total  # type: ignore[no-any-return]


def __getattr__(name: str) -> Any:
    if name in KNOWN:
        return NAMESPACE[KNOWN[name]]
    if name in BY_SCIPY:
        return globals().setdefault(name, _by_scipy(name, BY_SCIPY[name]))
    raise AttributeError(f"jittape.torch.special has no {name!r}; what differs from PyTorch is listed in docs/torch.md")


def __dir__() -> list[str]:
    return list(__all__)
