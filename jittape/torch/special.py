"""torch.special: functions of elements under SciPy's names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as _scipy

from jittape.eager.calls import call, elementwise, recording_tape
from jittape.eager.creation import as_tensor
from jittape.eager.indexing import plain
from jittape.eager.kinds import Refusal, refuse
from jittape.eager.methods import where
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import page
from jittape.ops._generated.opcodes import XLOG1PY, ZETA
from jittape.torch.dtypes import get_default_dtype
from jittape.torch.functions import NAMESPACE

KNOWN = {"expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma", "digamma": "digamma", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp2": "exp2", "expm1": "expm1",
         "log1p": "log1p", "logit": "logit", "log_softmax": "log_softmax", "softmax": "softmax", "logsumexp": "logsumexp", "round": "round", "sinc": "sinc", "xlogy": "xlogy", "polygamma": "polygamma"}  # fmt: skip
BY_SCIPY = {"i0": "i0", "i1": "i1", "modified_bessel_i0": "i0", "modified_bessel_i1": "i1", "ndtr": "ndtr", "ndtri": "ndtri", "log_ndtr": "log_ndtr", "gammainc": "gammainc", "gammaincc": "gammaincc",
            "bessel_j0": "j0", "bessel_j1": "j1", "erfcx": "erfcx",
            "i0e": "i0e", "i1e": "i1e", "bessel_y0": "y0", "bessel_y1": "y1", "modified_bessel_k0": "k0", "modified_bessel_k1": "k1",
            "scaled_modified_bessel_k0": "k0e", "scaled_modified_bessel_k1": "k1e"}  # fmt: skip
VALUES = {"chebyshev_polynomial_t": "eval_chebyt", "chebyshev_polynomial_u": "eval_chebyu", "hermite_polynomial_h": "eval_hermite", "hermite_polynomial_he": "eval_hermitenorm",
          "laguerre_polynomial_l": "eval_laguerre", "legendre_polynomial_p": "eval_legendre", "shifted_chebyshev_polynomial_t": "eval_sh_chebyt",
          "shifted_chebyshev_polynomial_u": "eval_sh_chebyu"}  # fmt: skip
"""Polynomials (input, n), without derivatives, as in PyTorch; the name in SciPy, which takes (n, x)."""
FIRST_OF_DEGREE_ONE = {"chebyshev_polynomial_v": -1.0, "chebyshev_polynomial_w": 1.0}
"""Chebyshev's polynomials that SciPy lacks: 1, 2 x + this, and from there on as the others. The shifted ones are those of 2 x - 1."""


def _by_steps(name: str) -> Any:
    """Values of one of these polynomials (n, x)."""
    shifted, start = name.startswith("shifted_"), FIRST_OF_DEGREE_ONE[name.removeprefix("shifted_")]

    def values(n: Any, x: Any) -> Any:
        n, x = np.broadcast_arrays(n, 2.0 * x - 1.0 if shifted else x)
        before, now = np.ones(x.shape), 2.0 * x + start
        found = np.where(n == 0, before, now)
        for k in range(2, int(n.max(initial=0)) + 1):
            before, now = now, 2.0 * x * now - before
            found = np.where(n == k, now, found)
        return found

    return values


OWN_VALUES = {f"{prefix}{name}": _by_steps(f"{prefix}{name}") for name in FIRST_OF_DEGREE_ONE for prefix in ("", "shifted_")}


POLYNOMIAL = """The polynomial of degree n, {of}, of the elements of a tensor; there is no derivative.

Args:
    input: a tensor.
    n: the degree, a number or a tensor that broadcasts with it; 0 is found where it is negative.

Raises:
    NotImplementedError: the tensor is recorded.

Example:
    >>> import jittape.torch as torch
    >>> round(torch.special.{name}(torch.tensor(0.5), 2).item(), 4)
    {found}
"""


def _values_of(name: str, of: Any) -> Any:
    def special(input: Any, n: Any) -> Tensor:
        refuse(Refusal("c", f"{name}_cpu"), input, n)
        x = as_tensor(input)
        if recording_tape((x,)) is not None:
            raise NotImplementedError(f"the derivative for '{name}: x' is not implemented")
        degree = np.trunc(np.asarray(plain(n))).astype(np.int64)
        found = np.where(degree < 0, 0.0, of(np.maximum(degree, 0), np.asarray(x.values(), np.float64)))
        real = [t.dtype for t in (input, n) if isinstance(t, Tensor) and t.dtype.kind == "f"]
        return concrete(found.astype(np.result_type(*real) if real else get_default_dtype()))

    special.__name__ = special.__qualname__ = name
    said = f"`scipy.special.{VALUES[name]}`" if name in VALUES else "Chebyshev's of the third kind (v) or fourth (w)"
    special.__doc__ = POLYNOMIAL.format(name=name, of=said, found=round(float(of(2, 0.5)), 4))
    return special


__all__ = sorted({*KNOWN, *BY_SCIPY, *VALUES, *OWN_VALUES, "airy_ai", "entr", "multigammaln", "polygamma", "spherical_bessel_j0", "xlog1py", "zeta"})


def _floating(name: str, *inputs: Any) -> list[Any]:
    """Tensors; those of integers in the default dtype, numbers in that of the first tensor; complex ones are refused."""
    refuse(Refusal("c", f"{name}_cpu"), *inputs)
    found = [x if isinstance(x, (int, float)) else as_tensor(x) for x in inputs]
    found = [x if isinstance(x, (int, float)) or x.is_floating_point() else x.to(get_default_dtype()) for x in found]  # type: ignore[attr-defined]
    dtype = next((x.dtype for x in found if isinstance(x, Tensor)), get_default_dtype())
    return [as_tensor(x, dtype=dtype) if isinstance(x, (int, float)) else x for x in found]


BY_SCIPY_SAYS = """`scipy.special.{of}` of the elements of tensors.

Args:
    input: a tensor or a number.
    others: further arguments of SciPy's, tensors or numbers that broadcast with it.

Example:
    >>> import jittape.torch as torch
    >>> round(torch.special.{name}({arguments}).item(), 4)
    {found}
"""


def _by_scipy(name: str, of: str) -> Any:
    function = getattr(_scipy, of)

    def special(input: Any, *others: Any) -> Tensor:
        return call(function, *_floating(name, input, *others))  # type: ignore[no-any-return]

    special.__name__ = special.__qualname__ = name
    arguments = (0.5,) * function.nin
    special.__doc__ = BY_SCIPY_SAYS.format(name=name, of=of, arguments=", ".join(["torch.tensor(0.5)", "0.5"][: function.nin]), found=round(float(function(*arguments)), 4))
    return special


def xlog1py(input: Any, other: Any) -> Tensor:
    """x log(1 + y); 0 where x is 0 and y is not NaN.

    Args:
        input: x, a tensor or a number.
        other: y, a tensor or a number that broadcasts with it.

    Example:
        >>> import jittape.torch as torch
        >>> torch.special.xlog1py(torch.tensor(0.0), -1.0).item()
        0.0
    """
    return elementwise(XLOG1PY, *_floating("xlog1py", input, other))


def zeta(input: Any, other: Any) -> Tensor:
    """Hurwitz's zeta function of x and q.

    Args:
        input: x, a tensor or a number.
        other: q, a tensor or a number that broadcasts with it; derivatives go through both where x > 1.

    Example:
        >>> import jittape.torch as torch
        >>> round(torch.special.zeta(torch.tensor(2.0), 1.0).item(), 4)
        1.6449
    """
    x, q = _floating("zeta", input, other)
    if recording_tape((x, q)) is None:
        return call(_scipy.zeta, x, q)  # type: ignore[no-any-return]
    return where(x.detach() < 1, math.nan, elementwise(ZETA, x, q))  # type: ignore[no-any-return]


def airy_ai(input: Any) -> Tensor:
    """Airy's function Ai.

    Args:
        input: a tensor.

    Example:
        >>> import jittape.torch as torch
        >>> round(torch.special.airy_ai(torch.tensor(0.0)).item(), 4)
        0.355
    """
    return call(_scipy.airy, *_floating("airy_ai", input))[0]  # type: ignore[no-any-return]


def spherical_bessel_j0(input: Any) -> Tensor:
    """sin(x) / x; 1 at 0.

    Args:
        input: x, a tensor.

    Example:
        >>> import jittape.torch as torch
        >>> torch.special.spherical_bessel_j0(torch.tensor(0.0)).item()
        1.0
    """
    (x,) = _floating("spherical_bessel_j0", input)
    return NAMESPACE["sinc"](x / math.pi)  # type: ignore[no-any-return]


def entr(input: Any) -> Tensor:
    """-x log(x); 0 at 0, and minus infinity below.

    Args:
        input: x, a tensor.

    Example:
        >>> import jittape.torch as torch
        >>> torch.special.entr(torch.tensor([0.0, 1.0, -1.0])).abs().tolist()
        [0.0, 0.0, inf]
    """
    x = as_tensor(input)
    return where(x.detach() < 0, -math.inf, -x.xlogy(x))  # type: ignore[no-any-return]


def multigammaln(input: Any, p: int) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension p.

    Args:
        input: a tensor, above (p - 1) / 2.
        p: the dimension.

    Example:
        >>> import jittape.torch as torch
        >>> round(torch.special.multigammaln(torch.tensor(3.0), 2).item(), 4)
        1.5502
    """
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
    if name in OWN_VALUES:
        return globals().setdefault(name, _values_of(name, OWN_VALUES[name]))
    raise AttributeError(f"jittape.torch.special has no {name!r}; what differs from PyTorch is listed at {page('torch')}")


def __dir__() -> list[str]:
    return list(__all__)
