"""torch.special: functions of elements under SciPy's names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as _scipy

from jittape.eager.calls import call
from jittape.eager.creation import as_tensor
from jittape.eager.custom import Context, Function
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.dtypes import get_default_dtype
from jittape.torch.functions import NAMESPACE

KNOWN = {"expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma", "digamma": "digamma", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp2": "exp2", "expm1": "expm1",
         "log1p": "log1p", "logit": "logit", "log_softmax": "log_softmax", "softmax": "softmax", "logsumexp": "logsumexp", "round": "round", "sinc": "sinc", "xlogy": "xlogy", "polygamma": "polygamma"}  # fmt: skip
BY_SCIPY = {"i0": "i0", "i1": "i1", "modified_bessel_i0": "i0", "modified_bessel_i1": "i1", "ndtr": "ndtr", "ndtri": "ndtri", "log_ndtr": "log_ndtr", "gammainc": "gammainc", "gammaincc": "gammaincc",
            "bessel_j0": "j0", "bessel_j1": "j1", "erfcx": "erfcx", "xlog1py": "xlog1py"}  # fmt: skip



RULES: dict[str, tuple[str, Any]] = {
    "i0e": ("i0e", lambda x, z: _ruled("i1e", x) - x.sign() * z),
    "i1e": ("i1e", lambda x, z: where(x.detach() == 0, 0.5, _ruled("i0e", x) - z * (x.sign() + 1 / x))),
    "bessel_y0": ("y0", lambda x, z: -_ruled("bessel_y1", x)),
    "bessel_y1": ("y1", lambda x, z: _ruled("bessel_y0", x) - z / x),
    "modified_bessel_k0": ("k0", lambda x, z: -_ruled("modified_bessel_k1", x)),
    "modified_bessel_k1": ("k1", lambda x, z: -_ruled("modified_bessel_k0", x) - z / x),
    "scaled_modified_bessel_k0": ("k0e", lambda x, z: z - _ruled("scaled_modified_bessel_k1", x)),
    "scaled_modified_bessel_k1": ("k1e", lambda x, z: z - _ruled("scaled_modified_bessel_k0", x) - z / x),
    "spherical_bessel_j0": ("", lambda x, z: where(x.detach() == 0, 0.0, (x.cos() - z) / x)),
}
"""Functions of one argument with their derivative, of the argument and the value (DLMF 10.6, 10.29, 10.51); the name in SciPy."""


class _Ruled(Function):
    """A function of RULES."""

    @staticmethod
    def forward(ctx: Context, x: Any, name: str) -> Tensor:
        of = getattr(_scipy, RULES[name][0]) if RULES[name][0] else lambda v: np.sinc(v / np.pi)
        z = concrete(np.asarray(of(x.values())).astype(x.dtype))
        ctx.save_for_backward(x, z)
        ctx.name = name  # type: ignore[attr-defined]
        return z

    @staticmethod
    def backward(ctx: Context, g: Any) -> Any:
        x, z = ctx.saved_tensors
        return g * RULES[ctx.name][1](x, z), None  # type: ignore[attr-defined]


def _ruled(name: str, x: Any) -> Any:
    return _Ruled.apply(x, name)


def _by_rule(name: str) -> Any:
    def special(input: Any) -> Tensor:
        x = as_tensor(input)
        return _ruled(name, x if x.is_floating_point() else x.to(get_default_dtype()))  # type: ignore[attr-defined, no-any-return]

    special.__name__ = special.__qualname__ = name
    special.__doc__ = f"scipy.special.{RULES[name][0] or 'spherical_jn(0, ...)'} of a tensor."
    return special


VALUES = {"chebyshev_polynomial_t": "eval_chebyt", "chebyshev_polynomial_u": "eval_chebyu", "hermite_polynomial_h": "eval_hermite", "hermite_polynomial_he": "eval_hermitenorm",
          "laguerre_polynomial_l": "eval_laguerre", "legendre_polynomial_p": "eval_legendre", "shifted_chebyshev_polynomial_t": "eval_sh_chebyt",
          "shifted_chebyshev_polynomial_u": "eval_sh_chebyu"}  # fmt: skip
"""Polynomials (input, n), without derivatives, as in PyTorch; the name in SciPy, which takes (n, x)."""


def _values_of(name: str, of: Any) -> Any:
    def special(input: Any, n: Any) -> Tensor:
        x = as_tensor(input)
        if x.requires_grad:
            raise NotImplementedError(f"the derivative for '{name}: x' is not implemented")
        return concrete(np.asarray(of(plain(n), x.values())).astype(x.dtype if x.dtype.kind == "f" else get_default_dtype()))

    special.__name__ = special.__qualname__ = name
    special.__doc__ = f"{name} of degree n, of a tensor."
    return special


def zeta(input: Any, other: Any) -> Tensor:
    """Hurwitz's zeta function of x and q, without derivatives."""
    x = as_tensor(input)
    return concrete(np.asarray(_scipy.zeta(x.values(), plain(other))).astype(x.dtype))


def airy_ai(input: Any) -> Tensor:
    """Airy's function Ai, without derivatives."""
    x = as_tensor(input)
    return concrete(_scipy.airy(x.values())[0].astype(x.dtype))


__all__ = sorted({*KNOWN, *BY_SCIPY, *RULES, *VALUES, "airy_ai", "entr", "multigammaln", "polygamma", "zeta"})


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
    if name in VALUES:
        return globals().setdefault(name, _values_of(name, getattr(_scipy, VALUES[name])))
    if name in RULES:
        return globals().setdefault(name, _by_rule(name))
    raise AttributeError(f"jittape.torch.special has no {name!r}; what differs from PyTorch is listed in docs/torch.md")


def __dir__() -> list[str]:
    return list(__all__)
