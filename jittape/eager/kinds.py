"""What kinds of numbers functions of tensors are for: what PyTorch refuses for booleans and integers is refused in its words.

Operations of the table are looked up where nothing is recorded (eager/calls.py), as what is recorded is real; methods of
`METHODS` are looked at before they run (eager/preconditions.py). What is refused for complex numbers are methods (eager/complex_methods.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from jittape.eager.tensor import C_NAMES, Tensor, dtype_in_words
from jittape.ops._generated import opcodes as ops

F = TypeVar("F", bound=Callable[..., Any])


class Refusal(NamedTuple):
    """What a function does not take.

    Attributes:
        kinds: the kinds of dtypes.
        words: PyTorch's name of the function, or its whole message, which has blanks; `{}` stands for the dtype there.
    """

    kinds: str
    words: str


BOOLS, INTEGERS = "b", "biu"
EXPECTED = "{name}: Expected a floating point or complex tensor as input. Got {{}}"
MINUS = "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
OPERATIONS = {
    ops.ABS: Refusal(BOOLS, "abs_cpu"), ops.FLOOR: Refusal(BOOLS, "floor_vml_cpu"), ops.CEIL: Refusal(BOOLS, "ceil_vml_cpu"), ops.TRUNC: Refusal(BOOLS, "trunc_vml_cpu"),
    ops.RINT: Refusal(BOOLS, "round_vml_cpu"), ops.FLOOR_DIVIDE: Refusal(BOOLS, "div_floor_cpu"), ops.MOD: Refusal(BOOLS, "remainder_cpu"),
    ops.FMOD: Refusal(BOOLS, "fmod_cpu"), ops.NEG: Refusal(BOOLS, MINUS), ops.RELU: Refusal(BOOLS, "Boolean inputs not supported for relu"),
    ops.HYPOT: Refusal(INTEGERS, "hypot_cpu"), ops.LOGADDEXP: Refusal(INTEGERS, "logaddexp_cpu"), ops.POW: Refusal(BOOLS, "pow"),
    ops.SOFTPLUS: Refusal(INTEGERS, "softplus_cpu"),
}  # fmt: skip
"""Operation -> what it does not take, of one operand or of all of several."""
METHODS = {
    "addcmul": Refusal(BOOLS, "addcmul_cpu_out"), "bitwise_left_shift": Refusal("bf", "lshift_cpu"), "bitwise_right_shift": Refusal("bf", "rshift_cpu"),
    "bitwise_and": Refusal("f", "bitwise_and_cpu"), "bitwise_or": Refusal("f", "bitwise_or_cpu"), "bitwise_xor": Refusal("f", "bitwise_xor_cpu"), "bitwise_not": Refusal("f", "bitwise_not_cpu"),
    "positive": Refusal(BOOLS, "The `+` operator, on a bool tensor is not supported."), "cross": Refusal(BOOLS, "cross"),
    "gcd": Refusal("bf", "gcd_cpu"), "lcm": Refusal("bf", "lcm_cpu"), "kthvalue": Refusal(BOOLS, "kthvalue_cpu"), "median": Refusal(BOOLS, "median_cpu"),
    "nanmedian": Refusal(BOOLS, "median_cpu"), "topk": Refusal(BOOLS, "topk does not support bool dtypes on CPU"), "argmax": Refusal(BOOLS, "argmax(): does not support bool input"),
    "argmin": Refusal(BOOLS, "argmin(): does not support bool input"), "trace": Refusal(BOOLS, "trace"), "bincount": Refusal("bf", "bincount_cpu"), "isin": Refusal("bc", "Unsupported input type encountered for isin(): {}"),
    "addcdiv": Refusal(INTEGERS, "Integer division with addcdiv is no longer supported, and in a future release addcdiv will perform a true division of tensor1 and tensor2: "
                                 "use (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype), or make the arguments real numbers before"),
    "frac": Refusal(INTEGERS, "frac_cpu"), "frexp": Refusal(INTEGERS, "torch.frexp() only supports floating-point dtypes"), "logaddexp2": Refusal(INTEGERS, "logaddexp2_cpu"),
    "nextafter": Refusal(INTEGERS, "nextafter_cpu"), "igamma": Refusal(INTEGERS, "igamma_cpu"), "igammac": Refusal(INTEGERS, "igammac_cpu"),
    "lerp": Refusal(INTEGERS, "lerp_kernel_scalar"), "logcumsumexp": Refusal(INTEGERS, "logcumsumexp_out_cpu"), "histc": Refusal(INTEGERS, "histogram_cpu"),
    "nanmean": Refusal(INTEGERS, "nanmean(): expected input to have floating point or complex dtype but got {}"),
    "cholesky": Refusal(INTEGERS, "cholesky_cpu"), "cholesky_inverse": Refusal(INTEGERS, "cholesky_inverse_out_cpu"), "cholesky_solve": Refusal(INTEGERS, "cholesky_solve_cpu"),
    "geqrf": Refusal(INTEGERS, "geqrf_cpu"), "orgqr": Refusal(INTEGERS, "orgqr_cpu"), "lu": Refusal(INTEGERS, "lu_cpu"), "triangular_solve": Refusal(INTEGERS, "triangular_solve_cpu"),
    "pinverse": Refusal(INTEGERS, "linalg.pinv({}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types"),
    **{method: Refusal(INTEGERS, EXPECTED.format(name=name))
       for method, name in (("matrix_exp", "linalg.matrix_exp"), ("qr", "linalg.qr"), ("svd", "linalg.svd"), ("logdet", "logdet"), ("det", "linalg.det"),
                            ("slogdet", "linalg.slogdet"), ("inverse", "linalg.inv"), ("lu_solve", "torch.linalg.lu_solve"))},
}  # fmt: skip
"""Method -> what its tensor must not be; its methods in place, too."""


def error(refusal: Refusal, dtype: Any) -> Exception:
    """The error of a function that does not take a dtype."""
    name = dtype_in_words(dtype)
    if " " in refusal.words:
        return RuntimeError(refusal.words.replace("{}", name))
    return NotImplementedError(f"\"{refusal.words}\" not implemented for '{name}'")


def refuse(refusal: Refusal, *tensors: Any) -> None:
    """Raise where the first of some arguments that is a tensor is of a kind that is refused."""
    for t in tensors:
        if isinstance(t, Tensor):
            if t.dtype.kind in refusal.kinds:
                raise error(refusal, t.dtype)
            return


def refused(refusal: Refusal, values: list[Any]) -> Exception | None:
    """The error of an operation on arrays and numbers, if all of them are of kinds that it does not take."""
    found = None
    for v in values:
        dtype = getattr(v, "dtype", None)
        kind = "b" if type(v) is bool else "i" if type(v) is int else "f" if dtype is None else dtype.kind
        if kind not in refusal.kinds:
            return None
        found = found or dtype
    return None if found is None else error(refusal, found)


def floats(words: str, kinds: str = INTEGERS) -> Callable[[F], F]:
    """Decorator of a function whose tensors must not be of some kinds.

    Args:
        words: PyTorch's name of the function, or its whole message, as in `Refusal`; "linalg.det: " stands for what these functions say.
        kinds: those that are refused.
    """
    refusal = Refusal(kinds, EXPECTED.format(name=words[:-2]) if words.endswith(": ") else words)

    def decorated(function: F) -> F:
        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            refuse(refusal, *args, *kwargs.values())
            return function(*args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorated


def one_dtype(a: Any, b: Any) -> Any:
    """Refuse what products do not take, two tensors of two dtypes and booleans; returns the second.

    Raises:
        RuntimeError: the dtypes differ.
        NotImplementedError: they are booleans.
    """
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        x, y = a.dtype, b.dtype
        if x is not y and x != y:
            raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {C_NAMES.get(x, x)} != {C_NAMES.get(y, y)}; convert one of them, as by x.to(y.dtype)")
        if x.kind == "b":
            raise NotImplementedError("\"addmm_impl_cpu_\" not implemented for 'Bool'")
    return b
