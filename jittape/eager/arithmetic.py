"""More methods of tensors that are functions of their elements. Each is made of those in methods.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager import results
from jittape.eager.calls import by_elements, call, elementwise, promoted, recording_tape
from jittape.eager.defaults import defaults
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.named import extend_named
from jittape.eager.shapes import sizes_of
from jittape.eager.tensor import Tensor, concrete
from jittape.ops._generated import opcodes as ops


def _special() -> Any:
    """scipy.special, for start-up time loaded when it is asked for."""
    import scipy.special

    return scipy.special


@extend_named
class Arithmetic:
    """The methods of Tensor that are made of others, element by element."""

    def logit(self: Any, eps: Any = None) -> Tensor:
        """log(x / (1 - x)), of each element, which is taken between `eps` and 1 - `eps` where that is given.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.5, 1.0])
            >>> x.logit(eps=0.5)
            tensor([0., 0.])
        """
        return elementwise(ops.LOGIT, self if eps is None else self.clamp(eps, 1 - eps))

    def polygamma(self: Any, n: Any) -> Tensor:
        """The derivative of order n of `digamma`, at each element: x.polygamma(n), and torch.polygamma(n, x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.polygamma(1)
            tensor([1.64493407])
        """
        if recording_tape((self,)) is not None:
            return elementwise(ops.POLYGAMMA, n, self)
        return concrete(np.asarray(_special().polygamma(n, self.values())).astype(self.dtype if self.dtype.kind == "f" else defaults.real))

    def igamma(self: Any, other: Any) -> Tensor:
        """The regularised lower incomplete gamma function P(x, other), of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.igamma(jt.tensor([1.0]))
            tensor([0.63212056])
        """
        return call(_special().gammainc, self, other)  # type: ignore[no-any-return]

    def igammac(self: Any, other: Any) -> Tensor:
        """The regularised upper incomplete gamma function Q(x, other) = 1 - P(x, other), of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.igammac(jt.tensor([1.0]))
            tensor([0.36787944])
        """
        return call(_special().gammaincc, self, other)  # type: ignore[no-any-return]

    def i0(self: Any) -> Tensor:
        """The modified Bessel function of the first kind of order zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 1.0])
            >>> x.i0()
            tensor([1.        , 1.26606588])
        """
        return call(_special().i0, self if self.dtype.kind == "f" else self.to(defaults.real))  # type: ignore[no-any-return]

    def mvlgamma(self: Any, p: int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension `p`, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0])
            >>> x.mvlgamma(2)
            tensor([0.45158271])
        """
        total: Any = p * (p - 1) / 4 * math.log(math.pi)
        for k in range(p):
            total = total + (self - k / 2).lgamma()
        return total  # type: ignore[no-any-return]

    def nextafter(self: Any, other: Any) -> Tensor:
        """The number next to each element towards `other`; it has no derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> (x.nextafter(jt.tensor([2.0])) - x).item()
            2.220446049250313e-16
        """
        return by_elements(np.nextafter, *promoted([x.values() if isinstance(x, Tensor) else x for x in (self, other)]))

    def frexp(self: Any) -> Any:
        """(mantissa, exponent) of each element: x = mantissa * 2**exponent with 0.5 <= abs(mantissa) < 1.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([8.0])
            >>> mantissa, exponent = x.frexp()
            >>> mantissa.item(), exponent.item()
            (0.5, 4)
        """
        _, exponent = np.frexp(self.values())
        return results.frexp(self * np.ldexp(np.ones((), self.dtype), -exponent), concrete(exponent))

    def bitwise_left_shift(self: Any, other: Any) -> Tensor:
        """Integers with their bits moved to the left by `other` places.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 3])
            >>> x.bitwise_left_shift(2)
            tensor([ 4, 12])
        """
        return by_elements(np.left_shift, self, other)

    def bitwise_right_shift(self: Any, other: Any) -> Tensor:
        """Integers with their bits moved to the right by `other` places.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([4, 12])
            >>> x.bitwise_right_shift(2)
            tensor([1, 3])
        """
        return by_elements(np.right_shift, self, other)

    def sum_to_size(self: Any, *size: Any) -> Tensor:
        """The sum over the dimensions along which a tensor of this `size` would be broadcast to that of x: what `expand` undoes.

        Raises:
            RuntimeError: a tensor of this size does not broadcast to that of x.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.sum_to_size(1, 3)
            tensor([[2., 2., 2.]])
        """
        wanted = sizes_of(size, "sum_to_size")
        lead = self.dim() - len(wanted)
        if lead < 0 or any(w not in (1, n) for w, n in zip(wanted, self.shape[lead:], strict=True)):
            raise RuntimeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(self.shape)}}}.")
        axes = (*range(lead), *(lead + k for k, w in enumerate(wanted) if w == 1 and self.shape[lead + k] != 1))
        return self.sum(axes, keepdim=True).reshape(wanted) if axes else self  # type: ignore[no-any-return]

    def clamp_min(self: Any, min: Any) -> Tensor:
        """The values, at least `min`; the derivative at the bound is one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 2.0])
            >>> x.clamp_min(0.0)
            tensor([0., 2.])
        """
        return self.clamp(min=min)  # type: ignore[no-any-return]

    def clamp_max(self: Any, max: Any) -> Tensor:
        """The values, at most `max`; the derivative at the bound is one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 2.0])
            >>> x.clamp_max(0.0)
            tensor([-2.,  0.])
        """
        return self.clamp(max=max)  # type: ignore[no-any-return]

    def frac(self: Any) -> Tensor:
        """The part behind the point of each element, with its sign: x - trunc(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.5, -1.5])
            >>> x.frac()
            tensor([ 0.5, -0.5])
        """
        return self - self.trunc()  # type: ignore[no-any-return]

    def floor_divide(self: Any, other: Any) -> Tensor:
        """The quotient x / other rounded down; the derivative is zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([7.0, -7.0])
            >>> x.floor_divide(2.0)
            tensor([ 3., -4.])
        """
        return self // other  # type: ignore[no-any-return]

    def float_power(self: Any, exponent: Any) -> Tensor:
        """The power x**exponent in float64, or complex128.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2, 3])
            >>> x.float_power(2)
            tensor([4., 9.])
        """
        wide = np.complex128 if self.has_parts or isinstance(exponent, complex) or getattr(exponent, "has_parts", False) else np.float64
        return self.to(wide) ** (exponent.to(wide) if isinstance(exponent, Tensor) else exponent)  # type: ignore[no-any-return]

    def logaddexp2(self: Any, other: Any) -> Tensor:
        """log2(2**x + 2**other) of each element, without overflow.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0])
            >>> x.logaddexp2(jt.tensor([3.0]))
            tensor([4.])
        """
        return call(np.logaddexp2, self, other)  # type: ignore[no-any-return]

    def ldexp(self: Any, other: Any) -> Tensor:
        """x * 2**other, of integers or real numbers `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 3.0])
            >>> x.ldexp(jt.tensor([3, 1]))
            tensor([8., 6.])
        """
        x = self if self.dtype.kind in "fc" else self.to(defaults.real)
        if isinstance(other, Tensor) and other.dtype.kind in "fc":
            return self * 2.0**other  # type: ignore[no-any-return]
        return x * np.asarray(2.0 ** plain(other), x.real.dtype)  # type: ignore[no-any-return]

    def nan_to_num(self: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
        """Numbers in place of NaN and infinities: `nan`, `posinf` and `neginf`, by default zero and the largest and least there are.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("nan"), float("inf"), 1.0])
            >>> x.nan_to_num(posinf=9.0)
            tensor([0., 9., 1.])
        """
        if self.dtype.kind not in "fc":
            return self.clone()  # type: ignore[no-any-return]
        limits = np.finfo(self.dtype)
        x = where(self.isnan(), nan, self)
        x = where(x.detach() == math.inf, float(limits.max) if posinf is None else posinf, x)
        return where(x.detach() == -math.inf, float(limits.min) if neginf is None else neginf, x)  # type: ignore[no-any-return]

    def heaviside(self: Any, values: Any) -> Tensor:
        """The step function of each element: 0 below zero, 1 above, `values` at zero. It has no derivative.

        Raises:
            RuntimeError: `values` of another dtype.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.0, 0.0, 1.0])
            >>> x.heaviside(jt.tensor(0.5))
            tensor([0. , 0.5, 1. ])
        """
        if self.dtype != np.asarray(plain(values)).dtype:
            raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
        return by_elements(np.heaviside, self, values).to(self.dtype)  # type: ignore[no-any-return]

    def signbit(self: Any) -> Tensor:
        """Whether the sign of each element is minus, that of -0.0 included.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-0.0, 0.0])
            >>> x.signbit()
            tensor([ True, False])
        """
        return concrete(np.signbit(self.values()))

    def isclose(self: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
        """Whether abs(x - other) <= atol + rtol * abs(other), of each element; with `equal_nan`, NaN is close to NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.isclose(jt.tensor([1.0 + 1e-9, 2.1]))
            tensor([ True, False])
        """
        return by_elements(lambda x, y: np.isclose(x, y, rtol, atol, equal_nan), self, other)

    def isposinf(self: Any) -> Tensor:
        """Whether each element is plus infinity.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("inf"), float("-inf")])
            >>> x.isposinf()
            tensor([ True, False])
        """
        return concrete(np.isposinf(self.values()))

    def isneginf(self: Any) -> Tensor:
        """Whether each element is minus infinity.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("inf"), float("-inf")])
            >>> x.isneginf()
            tensor([False,  True])
        """
        return concrete(np.isneginf(self.values()))

    def logical_and(self: Any, other: Any) -> Tensor:
        """Whether both x and `other` differ from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_and(jt.tensor([True, False, False]))
            tensor([ True, False, False])
        """
        return by_elements(np.logical_and, self, other)

    def logical_or(self: Any, other: Any) -> Tensor:
        """Whether x or `other` differs from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_or(jt.tensor([True, False, False]))
            tensor([ True,  True, False])
        """
        return by_elements(np.logical_or, self, other)

    def logical_xor(self: Any, other: Any) -> Tensor:
        """Whether just one of x and `other` differs from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_xor(jt.tensor([True, False, False]))
            tensor([False,  True, False])
        """
        return by_elements(np.logical_xor, self, other)

    def bitwise_and(self: Any, other: Any) -> Tensor:
        """The bits that x and `other` have in common: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_and(3)
            tensor([2])
        """
        return self & other  # type: ignore[no-any-return]

    def bitwise_or(self: Any, other: Any) -> Tensor:
        """The bits that x or `other` has: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_or(3)
            tensor([7])
        """
        return self | other  # type: ignore[no-any-return]

    def bitwise_xor(self: Any, other: Any) -> Tensor:
        """The bits that just one of x and `other` has: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_xor(3)
            tensor([5])
        """
        return self ^ other  # type: ignore[no-any-return]

    def bitwise_not(self: Any) -> Tensor:
        """The bits turned over: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, False])
            >>> x.bitwise_not()
            tensor([False,  True])
        """
        return ~self  # type: ignore[no-any-return]

    def gcd(self: Any, other: Any) -> Tensor:
        """The greatest common divisors of integers x and `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([12, 7])
            >>> x.gcd(8)
            tensor([4, 1])
        """
        return by_elements(np.gcd, self, other)

    def lcm(self: Any, other: Any) -> Tensor:
        """The least common multiples of integers x and `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([4, 7])
            >>> x.lcm(6)
            tensor([12, 42])
        """
        return by_elements(np.lcm, self, other)

    def not_equal(self: Any, other: Any) -> Tensor:
        """Whether x and `other` differ, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.not_equal(2.0)
            tensor([ True, False])
        """
        return elementwise(ops.NOT_EQUAL, self, other)

    def greater_equal(self: Any, other: Any) -> Tensor:
        """Whether x >= other, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.greater_equal(2.0)
            tensor([False,  True,  True])
        """
        return elementwise(ops.GREATER_EQUAL, self, other)

    def less_equal(self: Any, other: Any) -> Tensor:
        """Whether x <= other, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.less_equal(2.0)
            tensor([ True,  True, False])
        """
        return elementwise(ops.LESS_EQUAL, self, other)

    def rsub(self: Any, other: Any, *, alpha: Any = 1) -> Tensor:
        """The difference other - alpha * x.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.rsub(10.0)
            tensor([9., 8.])
        """
        return other - self * alpha  # type: ignore[no-any-return]

    def softmin(self: Any, dim: int) -> Tensor:
        """The softmax of -x along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.softmin(0)
            tensor([0.5, 0.5])
        """
        return (-self).softmax(dim)  # type: ignore[no-any-return]
